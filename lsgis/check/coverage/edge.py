"""Shared boundaries that do not match vertex by vertex, and polygons that touch nobody."""

import numpy as np
import shapely

from lsgis.check.coverage.tile import TOUCH_M, Tiles, in_metres, tell
from lsgis.check.issue import Issue


def unmatched_edges(tiles: Tiles) -> np.ndarray:
    """The edges of each tile that break the coverage (GEOS CoverageValidator), empty if none."""
    return shapely.coverage_invalid_edges(tiles.shapes)


def check_edges(tiles: Tiles, edges: np.ndarray, overlaps: np.ndarray) -> list[Issue]:
    """Places where neighbours share a line but not its vertices: whom, how long, where.

    Parameters
    ----------
    edges
        Unmatched edges of each tile, in the CRS of the tiles.
    overlaps
        Overlaps already told, in the metric CRS: edges that hang together with
        one of them have the same cause and are not told twice.
    """
    row = np.flatnonzero(~shapely.is_empty(edges))
    lines, owner = shapely.get_parts(in_metres(tiles, edges[row]), return_index=True)
    if not len(lines):
        return []
    near = shapely.get_parts(shapely.union_all(shapely.buffer(lines, TOUCH_M, quad_segs=1)))
    line, place = shapely.STRtree(near).query(lines, predicate="intersects")
    told = np.zeros(len(near), dtype=bool)
    if len(overlaps):
        told[shapely.STRtree(near).query(overlaps, predicate="intersects")[1]] = True
    groups = [line[place == n] for n in np.flatnonzero(~told)]
    shapes = np.array([shapely.union_all(lines[group]) for group in groups], dtype=object)
    return tell(
        tiles, "LS-COVER-EDGE", shapes, [np.unique(row[owner[group]]) for group in groups],
        length_m=shapely.length(shapes), count=shapely.get_num_geometries(shapes),
    )  # fmt: skip


def check_apart(tiles: Tiles) -> list[Issue]:
    """Tiles that touch no other, how far the nearest is, largest distance first."""
    if len(tiles.shapes) < 2:
        return []
    tree = shapely.STRtree(tiles.shapes)
    one, other = tree.query(tiles.shapes, predicate="intersects")
    alone = np.setdiff1d(np.arange(len(tiles.shapes)), one[one != other])
    if not len(alone):
        return []
    asked, found = tree.query_nearest(tiles.shapes[alone], exclusive=True, all_matches=False)
    alone, shapes = alone[asked], in_metres(tiles, tiles.shapes)
    far = shapely.distance(shapes[alone], shapes[found])
    order = np.argsort(-far, kind="stable")
    return tell(
        tiles, "LS-COVER-APART", shapes[alone[order]], alone[order, None],
        other=tiles.keys[found[order]], other_name=tiles.names[found[order]],
        distance_m=far[order],
    )  # fmt: skip
