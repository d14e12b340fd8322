"""Results as readers see them. The only room that rounds.

Names are brought in when they are first used: a site check prints without frames.
"""

from importlib import import_module
from typing import Any

_HOMES = {
    "dossier": ("FORMATS", "shapes_around", "write_dossier"),
    "sheets": ("write_tables",),
    "words": ("format_number", "heading", "in_brief", "spoken", "table_title"),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    """Bring in a public name from its module."""
    if name not in _HOME:
        raise AttributeError(f"module 'lsgis.report' has no attribute '{name}'")
    return getattr(import_module(f"lsgis.report.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    """Public names, for completion at the keyboard."""
    return __all__
