"""Where polygons that should fill an outline go beyond it, or fall short of it."""

import geopandas as gpd
import numpy as np
import shapely

from lsgis.check.coverage.tile import TOUCH_M, Tiles, in_metres, owners_of, tell, widths
from lsgis.check.issue import Issue
from lsgis.check.overlap import ARITHMETIC_M2
from lsgis.crs import move_geometries


def check_extent(tiles: Tiles, whole: shapely.Geometry, outline: gpd.GeoDataFrame) -> list[Issue]:
    """Every piece in which the union and an outline differ, the largest first.

    Both are compared in the CRS of the tiles. LS-COVER-BEYOND lies outside the
    outline, LS-COVER-SHORT inside it and in no polygon (a closed gap is one of
    them); each names the polygons it touches.
    """
    border = np.asarray(outline.geometry, dtype=object)
    if outline.crs != tiles.crs:
        border = move_geometries(border, outline.crs, tiles.crs)
    area = shapely.union_all(shapely.make_valid(border))
    shapes = in_metres(tiles, tiles.shapes)
    found = []
    for code, rest in (
        ("LS-COVER-BEYOND", shapely.difference(whole, area)),
        ("LS-COVER-SHORT", shapely.difference(area, whole)),
    ):
        pieces = in_metres(tiles, shapely.get_parts(rest))
        size = shapely.area(pieces)
        order = np.argsort(-size, kind="stable")
        order = order[size[order] > ARITHMETIC_M2]
        pieces, size = pieces[order], size[order]
        found += tell(
            tiles, code, pieces, owners_of(pieces, shapes, TOUCH_M),
            area_m2=size, width_m=widths(pieces),
        )  # fmt: skip
    return sorted(found, key=lambda issue: -issue.values["area_m2"])
