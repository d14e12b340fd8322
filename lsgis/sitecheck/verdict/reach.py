"""How far each feature of a layer lies from a site, as far as it matters."""

from collections.abc import Callable, Container

import numpy as np
import shapely

from lsgis.sitecheck.index.box import apart_each
from lsgis.sitecheck.index.feature import ROUNDING_M, Bounds, Found, Way


def find_ways(
    site: shapely.Geometry,
    bounds: Bounds,
    edges: Found,
    *,
    met: Container[int],
    reach_m: float,
    limit: Callable[[int], float],
) -> dict[int, Way]:
    """The shortest way to every feature within its limit that the site does not meet: row -> way.

    Parameters
    ----------
    site, bounds
        Site, EPSG:9215, and its box.
    edges
        Edges of the features: all that lie within reach, and maybe others.
    met
        Rows the site overlaps: there is no way to go.
    reach_m
        The largest of all limits, metres.
    limit
        Row -> metres; a way longer than this is not looked for.
    """
    if not len(edges.owners):
        return {}
    least = apart_each(bounds, edges.boxes)
    ways: dict[int, Way] = {}
    shortest: dict[int, float] = {}
    order = np.argsort(least, kind="stable").tolist()  # nearest boxes first: few are measured
    owners, gaps = edges.owners.tolist(), least.tolist()
    for n in order:
        row, gap = owners[n], gaps[n]
        if gap > reach_m + ROUNDING_M:
            break
        if row in met:
            continue
        if row not in shortest:
            shortest[row] = limit(row)
        if gap > shortest[row] + ROUNDING_M:
            continue
        distance = site.distance(edges.shapes[n])
        if distance < shortest[row] or (row not in ways and distance == shortest[row]):
            shortest[row] = distance
            ways[row] = Way(distance, row, edges.shapes[n])
    return ways
