"""Boxes: min easting, min northing, max easting, max northing, metres."""

import math

from lsgis.sitecheck.feature import Bounds


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
