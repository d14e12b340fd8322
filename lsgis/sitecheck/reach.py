"""How far each feature of a layer lies from a site, as far as it matters."""

from typing import NamedTuple

import numpy as np
import shapely

from lsgis.sitecheck.feature import Found


class Way(NamedTuple):
    """The shortest way to a feature: metres, and the edge at which it ends."""

    distance_m: float
    edge: shapely.Geometry


def find_ways(site: shapely.Geometry, edges: Found, limits: np.ndarray) -> dict[int, Way]:
    """The shortest way to every feature within its limit: row -> way, in row order.

    Parameters
    ----------
    site
        Site, EPSG:9215.
    edges
        Edges of the features: all that lie within the limits, and maybe others.
    limits
        Metres, one an edge; a way longer than this is not looked for.
    """
    if not len(edges.ids):
        return {}
    x0, y0, x1, y1 = site.bounds
    a0, b0, a1, b1 = shapely.bounds(edges.shapes).T
    least = np.hypot(
        np.maximum(np.maximum(a0 - x1, x0 - a1), 0.0), np.maximum(np.maximum(b0 - y1, y0 - b1), 0.0)
    )
    most = np.hypot(np.maximum(a1 - x0, x1 - a0), np.maximum(b1 - y0, y1 - b0))
    shortest = np.full(int(edges.owners.max()) + 1, np.inf)
    np.minimum.at(shortest, edges.owners, most)
    near = np.flatnonzero((least <= limits) & (least <= shortest[edges.owners]))
    ways: dict[int, Way] = {}
    distances = shapely.distance(site, edges.shapes[near]).tolist()
    for n, row, distance in zip(near, edges.owners[near].tolist(), distances, strict=True):
        if distance <= limits[n] and (row not in ways or distance < ways[row].distance_m):
            ways[row] = Way(distance, edges.shapes[n])
    return dict(sorted(ways.items()))
