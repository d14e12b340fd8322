"""What lies between polygons and belongs to none: closed gaps, and slits open to the outside.

Both are found from the union. GEOS's own `gap_width` is not asked: its answer is
not monotonic (a gap told at 1 m may not be told at 2 m).
"""

import numpy as np
import shapely

from lsgis.check.coverage.tile import TOUCH_M, Tiles, in_metres, owners_of, tell, touch_distance
from lsgis.check.coverage.tile import widths as widths_of
from lsgis.check.issue import Issue
from lsgis.check.outline import ARITHMETIC_M
from lsgis.check.overlap import ARITHMETIC_M2

# Corners sharper than this (ratio of a mitre) are rounded off when slits are looked for.
_MITRE = 5.0


def unite(tiles: Tiles) -> shapely.Geometry:
    """Union of the tiles in their own CRS; `coverage_union_all` raises where they overlap.

    Where exact arithmetic fails GEOS itself snaps corners together, then rounds them to a grid.
    """
    return shapely.union_all(tiles.shapes)


def check_gaps(tiles: Tiles, whole: shapely.Geometry) -> list[Issue]:
    """Holes of the union, whatever their width: area, width, place and neighbours."""
    gaps = holes_of(whole)
    owners = owners_of(gaps, tiles.shapes, touch_distance(tiles))
    return _told(tiles, "LS-COVER-GAP", in_metres(tiles, gaps), owners)


def check_slits(tiles: Tiles, whole: shapely.Geometry, *, gap_width_m: float) -> list[Issue]:
    """Slits up to a width between neighbours that open to the outside of the union.

    The union is closed (widened and narrowed again by half the width, corners
    mitred); what that adds and two polygons or more touch is a slit. A slit that
    ends in the inside is told too: it is narrow at its mouth.
    """
    union = shapely.union_all(in_metres(tiles, np.array([whole], dtype=object)))
    slits = open_slits(union, gap_width_m)
    owners = owners_of(slits, in_metres(tiles, tiles.shapes), TOUCH_M)
    between = np.flatnonzero([len(who) > 1 for who in owners])
    # what is narrower is left behind by the mitres, not by anyone who drew
    between = between[widths_of(slits[between]) > ARITHMETIC_M]
    return _told(tiles, "LS-COVER-SLIT", slits[between], [owners[n] for n in between])


def holes_of(whole: shapely.Geometry) -> np.ndarray:
    """What each hole of a union leaves uncovered: polygons, without the islands inside."""
    parts = shapely.get_parts(whole)
    rings, part = shapely.get_rings(parts, return_index=True)
    inner = np.append(False, part[1:] == part[:-1])[: len(rings)]
    holes = shapely.polygons(rings[inner])
    hole, island = shapely.STRtree(parts).query(holes, predicate="contains")
    for n in np.unique(hole):
        holes[n] = shapely.difference(holes[n], shapely.union_all(parts[island[hole == n]]))
    pieces = shapely.get_parts(holes)
    return pieces[shapely.area(pieces) > 0]


def open_slits(union: shapely.Geometry, width_m: float) -> np.ndarray:
    """Polygons that closing a union by a width (m) adds outside its holes."""
    style = {"join_style": "mitre", "mitre_limit": _MITRE}
    filled = shapely.polygons(shapely.get_exterior_ring(shapely.get_parts(union)))
    outer = shapely.union_all(filled)
    wider = shapely.buffer(outer, width_m / 2, **style)
    added = shapely.get_parts(
        shapely.difference(shapely.buffer(wider, -width_m / 2, **style), outer)
    )
    return added[shapely.area(added) > ARITHMETIC_M2]


def _told(tiles: Tiles, code: str, gaps: np.ndarray, owners: list[np.ndarray]) -> list[Issue]:
    area, width = shapely.area(gaps), widths_of(gaps)
    seen = np.flatnonzero(area > ARITHMETIC_M2)
    seen = seen[np.argsort(-area[seen], kind="stable")]
    return tell(
        tiles, code, gaps[seen], [owners[n] for n in seen], area_m2=area[seen], width_m=width[seen]
    )
