"""Corridors along lines."""

import math
from typing import TypeGuard

import geopandas as gpd
import numpy as np
import shapely

from lsgis.combine.overlay import require_sound, shapes_of
from lsgis.errors import LayerError


def buffer_lines(lines: gpd.GeoDataFrame, *, half_width_m: float | None) -> gpd.GeoDataFrame:
    """Turn each line into the corridor that reaches so far on either side of it.

    The corridor ends square where its line ends; it is rounded (by arcs of 64
    sides a turn) at bends and where pieces of one line meet, so that no gap is
    left there.

    Parameters
    ----------
    lines
        Lines, VN-2000 metres; the pieces of a multi-part line make one corridor.
    half_width_m
        Distance from the line to the edge of the corridor, metres. No document
        gives one for most lines, hence no default.

    Returns
    -------
    GeoDataFrame
        The same rows, index and columns with polygons for lines, and
        `half_width_m`. A line without geometry keeps its row without one.

    Raises
    ------
    CrsError
        Not in VN-2000 metres.
    LayerError
        `half_width_m` is not a number above 0, or a feature is no valid line.
    """
    if not (_is_number(half_width_m) and math.isfinite(half_width_m) and half_width_m > 0):
        raise LayerError("combine.half-width", found=half_width_m)
    require_sound(lines, frame="lines", dimensions=(1,))
    merged = shapely.line_merge(shapes_of(lines))
    strips = shapely.buffer(merged, half_width_m, cap_style="flat")
    corridors = shapely.union(strips, shapely.buffer(_junctions(merged), half_width_m))
    corridors[shapely.is_missing(merged) | shapely.is_empty(merged)] = None
    shapes = gpd.array.from_shapely(corridors, crs=lines.crs)
    return lines.set_geometry(shapes).assign(half_width_m=float(half_width_m))


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def _junctions(merged: np.ndarray) -> np.ndarray:
    """Points where three or more ends of one merged line meet: square ends would leave gaps."""
    parts, owner = shapely.get_parts(merged, return_index=True)
    ends = [shapely.get_coordinates(shapely.get_point(parts, n)) for n in (0, -1)]
    rows = np.column_stack([np.tile(owner, 2), np.vstack(ends)])
    unique, count = np.unique(rows, axis=0, return_counts=True)
    met = unique[count > 1]
    points = np.full(merged.shape, shapely.MultiPoint(), dtype=object)
    if len(met):
        row, where = np.unique(met[:, 0].astype(int), return_inverse=True)
        points[row] = shapely.multipoints(shapely.points(met[:, 1:]), indices=where)
    return points
