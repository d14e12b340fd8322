"""Spatial planning for Lạng Sơn province: overlay layers, check them, publish maps.

Names are brought in when they are first used, so that a command imports only
what it needs.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

# the jobs lsgis does; each is also a command of the same name
JOBS = (
    "check_layer",
    "check_plan",
    "check_site",
    "check_sites",
    "clip_to",
    "crosswalk_table",
    "doctor",
    "fetch",
    "import_layer",
    "join_facts",
    "join_places",
    "list_layers",
    "overlay_zones",
    "publish",
    "verify",
    "write_template",
)

_ROOMS = {
    "catalogue": (
        "Layer",
        "count_located",
        "read_catalogue",
        "read_layer_file",
        "read_membership",
        "read_register",
        "require_layer",
    ),
    "check": (
        "Issue",
        "apply_profile",
        "check_between",
        "check_coverage",
        "check_layer",
        "check_memberships",
        "check_registers",
        "describe_issue",
        "issues_frame",
        "list_profiles",
        "read_profile",
        "repair_coverage",
        "write_issues",
    ),
    "combine": (
        "buffer_lines",
        "clip_to",
        "compose_zones",
        "join_facts",
        "join_places",
        "missing_parts",
        "overlay_zones",
        "stack_zones",
        "summarise_zones",
    ),
    "crs": ("VN2000", "WGS84", "datum_operation", "require_vn2000", "to_vn2000", "to_wgs84"),
    "crosswalk": ("crosswalk_table", "read_links", "read_units"),
    "ledger": ("check_plan", "open_rows", "read_accepted"),
    "errors": (
        "CatalogueError",
        "CrsError",
        "LayerError",
        "LsgisError",
        "OutputError",
        "SiteError",
        "SourceError",
    ),
    "intake": (
        "detect_datum_shift",
        "import_layer",
        "map_fields",
        "mend_text",
        "read_table",
        "read_vector",
        "rename_columns",
        "suggest_crs",
        "write_import",
        "write_template",
    ),
    "machine": ("doctor",),
    "publication": ("check_everything", "make_tables", "publish"),
    "report": ("format_number", "shapes_around", "write_dossier", "write_tables"),
    "sitecheck": (
        "Site",
        "SiteReport",
        "build_index",
        "check_site",
        "check_sites",
        "compare_place",
        "describe_terrain",
        "read_disputes",
        "read_site",
        "require_index",
        "verify",
    ),
    "source": ("Plan", "fetch", "find_place", "list_layers", "read_fetched", "read_plan"),
    "webmap": (
        "MapLayer",
        "Outline",
        "draw_issues",
        "draw_map",
        "outlines_of",
        "simplify_for_web",
        "write_assets",
        "write_issue_page",
    ),
}
_HOME = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    """Bring in a public name from its room."""
    if name not in _HOME:
        raise AttributeError(f"module 'lsgis' has no attribute '{name}'")
    return getattr(import_module(f"lsgis.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    """Public names, for completion at the keyboard."""
    return __all__
