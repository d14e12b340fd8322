"""Neighbours: who overlaps, whose edges do not match, who touches nobody."""

import numpy as np
import shapely

from lsgis.check.coverage.tile import Tiles, in_metres, tell, touch_distance
from lsgis.check.issue import Issue
from lsgis.check.overlap import ARITHMETIC_M2, overlapping_pairs

# Of TOUCH_M: a vertex on an edge leaves a gap of arithmetic, on one side as often as an overlap.
_HAIR = 0.1


def unmatched_edges(tiles: Tiles) -> np.ndarray:
    """The edges of each tile that break the coverage (GEOS CoverageValidator), empty if none.

    Gaps of up to a millimetre count as unmatched; wider ones are found from the union.
    """
    return shapely.coverage_invalid_edges(tiles.shapes, gap_width=_HAIR * touch_distance(tiles))


def check_pairs(tiles: Tiles, among: np.ndarray) -> tuple[list[Issue], np.ndarray]:
    """Overlaps as issues and as pieces; a pair overlaps only where edges break."""
    left, right, pieces = overlapping_pairs(tiles.shapes, among=among)
    size, metres = shapely.area(in_metres(tiles, tiles.shapes)), in_metres(tiles, pieces)
    area = shapely.area(metres)
    order = np.argsort(-area, kind="stable")
    order = order[area[order] > ARITHMETIC_M2]
    left, right, area = left[order], right[order], area[order]
    told = tell(
        tiles, "LS-OVERLAP", metres[order], left[:, None], other=tiles.keys[right],
        other_name=tiles.names[right], area_m2=area,
        share=area / np.minimum(size[left], size[right]),
    )  # fmt: skip
    return told, pieces[order]


def check_edges(tiles: Tiles, edges: np.ndarray, overlaps: np.ndarray) -> list[Issue]:
    """Places where neighbours share a line but not its vertices: whom, how long, where.

    Parameters
    ----------
    edges
        Unmatched edges of each tile, in the CRS of the tiles.
    overlaps
        Overlaps already told, in the CRS of the tiles: edges that hang together with
        one of them have the same cause and are not told twice.
    """
    row, near = np.flatnonzero(~shapely.is_empty(edges)), touch_distance(tiles)
    lines, owner = shapely.get_parts(edges[row], return_index=True)
    if not len(lines):
        return []
    around = shapely.union_all(shapely.buffer(lines, near, quad_segs=1))
    places = shapely.get_parts(around)
    line, place = shapely.STRtree(places).query(lines, predicate="intersects")
    told = np.zeros(len(places), dtype=bool)
    told[shapely.STRtree(places).query(overlaps, predicate="intersects")[1]] = True
    groups = [line[place == n] for n in np.flatnonzero(~told)]
    shapes = np.array([None, *(shapely.union_all(lines[group]) for group in groups)])[1:]
    shapes = in_metres(tiles, shapes)
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
