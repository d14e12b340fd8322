"""Where the names of the neighbours stand: outside the province, towards their wind."""

import math
from collections.abc import Sequence
from typing import Any

import shapely

from lsgis.errors import LayerError
from lsgis.webmap.layer import Neighbour

_WINDS = ("e", "ne", "n", "nw", "w", "sw", "s", "se")
_BEYOND = 1.13  # of the way from the middle to the border


def place_neighbours(
    neighbours: Sequence[Neighbour], hull: shapely.Polygon
) -> list[dict[str, Any]]:
    """Put each name a little beyond the hull of what is drawn.

    Parameters
    ----------
    neighbours
        Name and wind of each.
    hull
        Convex hull of everything drawn, degrees.

    Returns
    -------
    list of dict
        `name` and `at` (longitude, latitude).
    """
    middle, placed = hull.centroid, []
    for name, direction in neighbours:
        if direction.lower() not in _WINDS:
            raise LayerError("webmap.bad-wind", found=direction, known=", ".join(_WINDS))
        angle = math.pi / 4 * _WINDS.index(direction.lower())
        far = shapely.Point(middle.x + 9 * math.cos(angle), middle.y + 9 * math.sin(angle))
        edge = shapely.LineString([middle, far]).intersection(hull.exterior)
        at = [c + _BEYOND * (e - c) for c, e in zip(middle.coords[0], edge.coords[0], strict=True)]
        placed.append({"name": name, "at": [round(value, 4) for value in at]})
    return placed
