"""Boxes: min easting, min northing, max easting, max northing, metres."""

import math

import numpy as np
import shapely

from lsgis.sitecheck.feature import NOTHING_CLOSE, ROUNDING_M, Bounds, Close, Found


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


def closest(geometry: shapely.Geometry, found: Found) -> Close:
    """Of some pieces, the few that may be the nearest to a geometry."""
    if not len(found.owners):
        return NOTHING_CLOSE
    least = apart_each(geometry.bounds, found.boxes)
    first = least.argmin()
    reached = geometry.distance(found.shapes[first])
    near = (least <= reached + ROUNDING_M).nonzero()[0]
    if len(near) == 1:
        return Close(found.take(near), [reached])
    return Close(found.take(near), [geometry.distance(found.shapes[n]) for n in near.tolist()])
