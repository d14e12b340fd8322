"""Where the names of the neighbours stand: outside the province, towards their wind."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from lsgis.errors import LayerError
from lsgis.webmap.layer import Neighbour

_WINDS = ("e", "ne", "n", "nw", "w", "sw", "s", "se")
_SIDES = {"e": "east", "w": "west"}
# room a name needs when the whole is in view, shares of the width and height drawn
_ROOM = {"east": (-0.02, -0.09, 0.3, 0.09), "west": (-0.3, -0.09, 0.02, 0.09)}
_ROOM_MIDDLE = (-0.15, -0.05, 0.15, 0.05)


def place_neighbours(
    neighbours: Sequence[Neighbour], land: shapely.Geometry
) -> list[dict[str, Any]]:
    """Put each name beyond the land, as near to it as its letters leave room.

    Parameters
    ----------
    neighbours
        Name and wind of each.
    land
        What is drawn, degrees.

    Returns
    -------
    list of dict
        `name`, `at` (longitude, latitude) and `side`: "east", "west" or "middle",
        the side of the province it stands on.
    """
    west, south, east, north = land.bounds
    middle, size = land.convex_hull.centroid, np.array([east - west, north - south])
    placed = []
    for name, wind in neighbours:
        if wind.lower() not in _WINDS:
            raise LayerError("webmap.bad-wind", found=wind, known=", ".join(_WINDS))
        side = _SIDES.get(wind[-1].lower(), "middle")
        angle = math.pi / 4 * _WINDS.index(wind.lower())
        way = np.array([math.cos(angle), math.sin(angle)]) * size.max()
        start = np.array([middle.x, middle.y])
        room = np.array(_ROOM.get(side, _ROOM_MIDDLE)) * np.tile(size, 2)
        far = np.arange(0.2, 1.5, 0.01)
        spots = start + far[:, None] * way
        rooms = shapely.box(*(np.tile(spots, 2) + room).T)
        free = ~shapely.intersects(land, rooms)
        at = spots[int(np.argmax(free))]
        placed.append({"name": name, "at": [round(float(value), 4) for value in at], "side": side})
    return placed
