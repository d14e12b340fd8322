"""Any file a planner brings: a clean frame, and a log of what was mended.

Names are brought in when they are first used: a table of corners needs the old
character sets, and no frames.
"""

from importlib import import_module
from typing import Any

_HOMES = {
    "datum": ("DatumFit", "detect_datum_shift"),
    "encoding": ("mend_text",),
    "field": ("map_fields", "rename_columns"),
    "load": ("import_layer",),
    "name": ("find_codes", "fold_name"),
    "region": ("province_in", "suggest_crs"),
    "save": ("write_import",),
    "table": ("read_table",),
    "template": ("write_template",),
    "vector": ("read_vector",),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    """Bring in a public name from its module."""
    if name not in _HOME:
        raise AttributeError(f"module 'lsgis.intake' has no attribute '{name}'")
    return getattr(import_module(f"lsgis.intake.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    """Public names, for completion at the keyboard."""
    return __all__
