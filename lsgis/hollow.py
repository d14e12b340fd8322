"""Parts and rings that hold nothing: GEOS ends the process over one, so no door lets them in.

`MULTIPOLYGON (((...)), EMPTY)` or a polygon with a ring of no corners is the same place without
them. Every function that takes geometry from outside leaves them out before anything is asked.
"""

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    import geopandas as gpd

_POLYGON, _COLLECTION = 3, 7  # as GEOS numbers kinds
_MULTI = {
    4: shapely.multipoints,
    5: shapely.multilinestrings,
    6: shapely.multipolygons,
    _COLLECTION: shapely.geometrycollections,
}


def without_empty_parts(shapes: np.ndarray) -> np.ndarray:
    """The same geometries, empty parts and rings left out, at any depth of a collection.

    Parameters
    ----------
    shapes
        Geometries, None where missing. One that is empty as a whole stays what it is.

    Returns
    -------
    numpy.ndarray
        The array itself where nothing was left out; else a copy in which all others are the
        same objects.
    """
    kinds = shapely.get_type_id(shapes)
    several = np.flatnonzero(np.isin(kinds, [*_MULTI]) & ~shapely.is_empty(shapes))
    changed = _hollow_rings(shapes)
    if len(several):
        parts, owner = shapely.get_parts(shapes[several], return_index=True)
        filled = without_empty_parts(parts)
        empty = shapely.is_empty(parts)
        for row in np.unique(owner[empty | _differ(filled, parts)]):
            here = filled[(owner == row) & ~empty]
            changed[several[row]] = _MULTI[int(kinds[several[row]])](here)
    if not changed:
        return shapes
    kept = shapes.copy()
    for row, shape in changed.items():
        kept[row] = shape
    return kept


def _hollow_rings(shapes: np.ndarray) -> dict[int, shapely.Geometry]:
    """Each polygon with a hole of no corners, by its row: the same without such holes."""
    holed = np.flatnonzero(shapely.get_num_interior_rings(shapes) > 0)
    rings, owner = shapely.get_rings(shapes[holed], return_index=True)
    found = {}
    for row in np.unique(owner[shapely.is_empty(rings)]):
        outer, *holes = rings[owner == row]
        kept = np.array([hole for hole in holes if not hole.is_empty], dtype=object)
        found[int(holed[row])] = shapely.polygons(outer, kept)
    return found


def hollow_rows(shapes: np.ndarray) -> np.ndarray:
    """Rows, from 0, of geometries with parts or rings that hold nothing."""
    return np.flatnonzero(_differ(without_empty_parts(shapes), shapes))


def _differ(kept: np.ndarray, shapes: np.ndarray) -> np.ndarray:
    """Which of some geometries are no longer the same objects."""
    if kept is shapes:
        return np.zeros(len(shapes), dtype=bool)
    pairs = zip(kept, shapes, strict=True)
    return np.array([one is not other for one, other in pairs], dtype=bool)


def without_hollows(frame: "gpd.GeoDataFrame") -> "gpd.GeoDataFrame":
    """A frame whose geometries have no empty part or ring; itself where it is such a one."""
    shapes = np.asarray(frame.geometry.values, dtype=object)
    kept = without_empty_parts(shapes)
    return frame if kept is shapes else frame.set_geometry(kept, crs=frame.crs)
