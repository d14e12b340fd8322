"""Polygons made light enough for a page, with the harm measured. Never measure on them."""

import math

import geopandas as gpd
import numpy as np
import shapely

from lsgis.crs import require_vn2000
from lsgis.webmap.shape import GRID_M


def simplify_for_web(
    polygons: gpd.GeoDataFrame, *, tolerance_m: float
) -> tuple[gpd.GeoDataFrame, float]:
    """Simplify polygons together, so that neighbours still share their borders.

    Parameters
    ----------
    polygons
        (Multi)Polygons, EPSG:9215. Rows without area stay as they are.
    tolerance_m
        Square root of the area (m²) of the smallest corner kept. It does not
        bound the shift, which is therefore measured.

    Returns
    -------
    frame, greatest_shift_m
        The same rows with lighter geometry, and the greatest distance in metres
        of a corner of the old borders from the nearest new border, the grid the
        page writes coordinates on included.

    Raises
    ------
    CrsError
        The frame is not in EPSG:9215.
    """
    require_vn2000(polygons)
    before = polygons.geometry.to_numpy()
    drawn = shapely.area(before) > 0
    after = before.copy()
    after[drawn] = shapely.coverage_simplify(before[drawn], tolerance_m)
    shift = _greatest_shift(before[drawn], after[drawn])
    return polygons.set_geometry(gpd.array.from_shapely(after, crs=polygons.crs)), shift


def _greatest_shift(before: np.ndarray, after: np.ndarray) -> float:
    """Greatest distance of the dropped corners from the new borders, and the page's grid."""
    old, new = _corners(before), _corners(after)
    dropped = old[~np.isin(old, new)]
    if not len(dropped):
        return GRID_M
    borders = shapely.STRtree(_segments(after))
    points = shapely.points(np.column_stack([dropped.real, dropped.imag]))
    _, distances = borders.query_nearest(points, return_distance=True, all_matches=False)
    return math.ceil((distances.max() + GRID_M) * 10) / 10


def _corners(polygons: np.ndarray) -> np.ndarray:
    """Every corner once, as complex numbers easting + northing i."""
    corners = shapely.get_coordinates(polygons)
    return np.unique(corners[:, 0] + 1j * corners[:, 1])


def _segments(polygons: np.ndarray) -> np.ndarray:
    """Every border as two-point lines."""
    rings = shapely.get_rings(shapely.get_parts(polygons))
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    return shapely.linestrings(np.stack([corners[:-1][same], corners[1:][same]], axis=1))
