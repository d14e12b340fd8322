"""Is a project site affected, by what, how much, under which clause, and how sure are we?

Names are brought in when they are first used: a single check must import
neither pandas nor geopandas, which take longer than the check itself.
"""

from importlib import import_module
from typing import Any

_HOMES = {
    "batch.run": ("BatchReport", "check_sites"),
    "index.build": ("build_index",),
    "index.cache": ("require_index",),
    "check": ("Verdicts", "check_site", "judge_site"),
    "document.dispute": ("read_disputes",),
    "index.check_index": ("CheckIndex", "Feature", "Nearest", "Overlap"),
    "index.memory": ("keep_in_memory",),
    "record": ("SiteReport", "from_document", "from_json", "make_schema", "to_json"),
    "place": ("compare_place",),
    "site.reader": ("Site", "read_site"),
    "index.store": ("open_index", "write_index"),
    "document.terrain": ("describe_terrain",),
    "verification": ("Difference", "verify"),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    """Bring in a public name from its module."""
    if name not in _HOME:
        raise AttributeError(f"module 'lsgis.sitecheck' has no attribute '{name}'")
    return getattr(import_module(f"lsgis.sitecheck.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    """Public names, for completion at the keyboard."""
    return __all__
