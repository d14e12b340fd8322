"""How far each feature of a layer lies from a site, as far as it matters."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import shapely

from lsgis.sitecheck.box import apart_each
from lsgis.sitecheck.feature import ROUNDING_M, Found


class Way(NamedTuple):
    """The shortest way to a feature: metres, and the edge at which it ends."""

    distance_m: float
    edge: shapely.Geometry


def find_ways(site: shapely.Geometry, edges: Found, limits: Mapping[int, float]) -> dict[int, Way]:
    """The shortest way to every feature within its limit: row -> way.

    Parameters
    ----------
    site
        Site, EPSG:9215.
    edges
        Edges of the features: all that lie within the limits, and maybe others.
    limits
        Row -> metres; a way longer than this is not looked for.
    """
    if not len(edges.owners):
        return {}
    least = apart_each(site.bounds, edges.boxes)
    owners, order = edges.owners.tolist(), np.argsort(least, kind="stable").tolist()
    least = least.tolist()
    ways: dict[int, Way] = {}
    for n in order:  # the nearest boxes first: few are measured
        row = owners[n]
        shortest = ways[row].distance_m if row in ways else limits[row]
        if least[n] > shortest + ROUNDING_M:
            continue
        distance = site.distance(edges.shapes[n])
        if distance < shortest or (row not in ways and distance == shortest):
            ways[row] = Way(distance, edges.shapes[n])
    return ways
