"""Frames to a map page that opens from a file, without any network request."""

from lsgis.webmap.asset import write_assets
from lsgis.webmap.ground import outlines_of
from lsgis.webmap.issue_page import (
    ISSUE_SCRIPTS,
    ISSUE_STYLES,
    draw_issue_section,
    draw_issues,
    write_issue_page,
)
from lsgis.webmap.layer import MapClass, MapLayer, Neighbour, NotDrawn
from lsgis.webmap.outline import Outline
from lsgis.webmap.page import draw_map
from lsgis.webmap.simplify import simplify_for_web

__all__ = [
    "ISSUE_SCRIPTS",
    "ISSUE_STYLES",
    "MapClass",
    "MapLayer",
    "Neighbour",
    "NotDrawn",
    "Outline",
    "draw_issue_section",
    "draw_issues",
    "draw_map",
    "outlines_of",
    "simplify_for_web",
    "write_assets",
    "write_issue_page",
]
