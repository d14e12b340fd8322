"""Frames to a map page that opens from a file, without any network request."""

from lsgis.webmap.asset import write_assets
from lsgis.webmap.layer import MapClass, MapLayer, Neighbour, NotDrawn
from lsgis.webmap.page import draw_map
from lsgis.webmap.simplify import simplify_for_web

__all__ = [
    "MapClass",
    "MapLayer",
    "Neighbour",
    "NotDrawn",
    "draw_map",
    "simplify_for_web",
    "write_assets",
]
