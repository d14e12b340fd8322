"""Boxes: min easting, min northing, max easting, max northing, metres."""

import math

import numpy as np
import shapely

from lsgis.sitecheck.index.feature import ROUNDING_M, Bounds, Found, Way


def widen(bounds: Bounds, metres: float) -> Bounds:
    """A box grown by so much on every side."""
    x0, y0, x1, y1 = bounds
    return (x0 - metres, y0 - metres, x1 + metres, y1 + metres)


def meet(one: Bounds, other: Bounds) -> bool:
    """Whether two boxes have a point in common."""
    across = one[0] <= other[2] and other[0] <= one[2]
    return across and one[1] <= other[3] and other[1] <= one[3]


def apart(one: Bounds, other: Bounds) -> tuple[float, float]:
    """Least and greatest distance (m) between a point of one box and a point of another."""
    across = (other[0] - one[2], one[0] - other[2])
    along = (other[1] - one[3], one[1] - other[3])
    least = math.hypot(max(*across, 0.0), max(*along, 0.0))
    most = math.hypot(
        max(other[2] - one[0], one[2] - other[0]), max(other[3] - one[1], one[3] - other[1])
    )
    return least, most


def apart_each(bounds: Bounds, boxes: np.ndarray) -> np.ndarray:
    """Least distance (m) between a point of one box and a point of each of many (as in `Found`)."""
    x0, y0, x1, y1 = bounds
    a0, b0, a1, b1 = boxes
    across, along = np.maximum(x0 - a1, a0 - x1), np.maximum(y0 - b1, b0 - y1)
    return np.hypot(np.maximum(across, 0.0), np.maximum(along, 0.0))


def shortest_way(geometry: shapely.Geometry, bounds: Bounds, edges: Found) -> Way | None:
    """The shortest way from a geometry (and its box) to edges; of several, the first in order."""
    if not len(edges.owners):
        return None
    least = apart_each(bounds, edges.boxes)
    order = np.argsort(least, kind="stable")  # nearest boxes first: few are measured
    best = (math.inf, -1, -1)
    for n in order.tolist():
        if least[n] > best[0] + ROUNDING_M:
            break
        best = min(best, (geometry.distance(edges.shapes[n]), int(edges.owners[n]), n))
    distance, row, n = best
    return Way(distance, row, edges.shapes[n])
