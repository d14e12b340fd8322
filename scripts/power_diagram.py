"""Power diagrams: cells of given area around points, exact and without a grid.

A point with a larger weight takes more of the ground between it and its
neighbours; every border is the straight line where squared distance minus
weight is equal. Coordinates and lengths are in one unit (metres here), weights
and areas in its square.
"""

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.linalg import spsolve
from scipy.spatial import ConvexHull

_FAR = 2e6 * np.exp(2j * np.pi * np.arange(16) / 16)  # keeps every cell bounded
_CIRCLE = np.exp(2j * np.pi * np.arange(128) / 128)


def draw_discs(sites: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """Discs as 128-gons, the same on every machine; shape (n,)."""
    rings = sites[:, None, :] + radii[:, None, None] * _as_points(_CIRCLE)
    return shapely.polygons(rings)


def power_diagram(sites: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, ...]:
    """Cells of a power diagram and the borders between them.

    Parameters
    ----------
    sites
        Points, shape (n, 2).
    weights
        Shape (n,).

    Returns
    -------
    cells, pairs, borders
        Polygons (n,), empty where a site has no cell; the two sites (k, 2) a
        border lies between, the second being n or more at the outer rim; and
        the two ends of each border (k, 2, 2).

    Sources
    -------
    Aurenhammer, F. (1987), Power diagrams: properties, algorithms and
    applications: the lower hull of the points lifted to x² + y² - weight.
    """
    count, middle = len(sites), sites.mean(axis=0).round()
    everyone = np.vstack([sites - middle, _as_points(_FAR)])
    lift = (everyone**2).sum(axis=1) - np.append(weights, np.zeros(len(_FAR)))
    hull = ConvexHull(np.column_stack([everyone / 1e3, lift / 1e6]))
    below = hull.equations[:, 2] < -1e-12
    plane, triangles = hull.equations[below], hull.simplices[below]
    corners = -plane[:, :2] / plane[:, 2:3] * 500 + middle
    return (
        _cells(triangles, corners, count),
        *_borders(triangles, corners, count),
    )


def solve_weights(
    sites: np.ndarray,
    areas: np.ndarray,
    *,
    within: shapely.Polygon | None = None,
    weights: np.ndarray | None = None,
    tolerance: float = 1e-9,
) -> tuple[np.ndarray, np.ndarray]:
    """Weights for which every cell has the area asked for.

    Parameters
    ----------
    sites
        Points, shape (n, 2).
    areas
        Area of each cell, shape (n,); they sum to the area of `within`.
    within
        What the cells share out. Without it every cell ends where its own
        disc of radius sqrt(weight) ends: each point takes the ground nearest
        to it until it has its area, and nothing is taken twice.
    weights
        Where to start; by default all equal.
    tolerance
        Largest relative error of an area.

    Returns
    -------
    weights, cells
        Shapes (n,) and (n,).

    Sources
    -------
    Kitagawa, J., Mérigot, Q., Thibert, B. (2019), Convergence of a Newton
    algorithm for semi-discrete optimal transport: damped so that no cell dies.
    """
    if weights is None:
        weights = np.full(len(sites), areas.mean() / np.pi)
    found = _measure(sites, weights, within)
    least = 0.25 * min(areas.min(), found[1].min())
    for _ in range(60):
        error = areas - found[1]
        if np.abs(error / areas).max() < tolerance:
            break
        step, share = spsolve(_slopes(sites, weights, found, within), error), 1.0
        while share > 1e-4:
            trial = _measure(sites, weights + share * step, within)
            better = np.linalg.norm(areas - trial[1]) <= (1 - share / 4) * np.linalg.norm(error)
            if better and trial[1].min() >= least:
                break
            share /= 2
        weights, found = weights + share * step, trial
    return weights, found[0]


def _as_points(numbers: np.ndarray) -> np.ndarray:
    return np.column_stack([numbers.real, numbers.imag])


def _cells(triangles: np.ndarray, corners: np.ndarray, count: int) -> np.ndarray:
    """Polygons of the corners around each site, in order of angle."""
    site, corner = triangles.ravel(), np.repeat(np.arange(len(triangles)), 3)
    site, corner = site[site < count], corner[site < count]
    number = np.bincount(site, minlength=count)
    middle = np.zeros((count, 2))
    np.add.at(middle, site, corners[corner])
    ray = corners[corner] - (middle / np.maximum(number, 1)[:, None])[site]
    order = np.lexsort((np.arctan2(ray[:, 1], ray[:, 0]), site))
    order = order[number[site[order]] >= 3]
    present, index = np.unique(site[order], return_inverse=True)
    cells = np.full(count, shapely.Polygon(), dtype=object)
    cells[present] = shapely.polygons(shapely.linearrings(corners[corner[order]], indices=index))
    return cells


def _borders(triangles: np.ndarray, corners: np.ndarray, count: int) -> tuple[np.ndarray, ...]:
    """The pairs of sites that two triangles share, and the line between their corners."""
    pairs = np.sort(np.vstack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]))
    corner = np.tile(np.arange(len(triangles)), 3)
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    pairs, corner = pairs[order], corner[order]
    twins = np.flatnonzero((pairs[1:] == pairs[:-1]).all(axis=1) & (pairs[1:, 0] < count))
    ends = np.stack([corners[corner[twins]], corners[corner[twins + 1]]], axis=1)
    return pairs[twins], ends


def _measure(sites: np.ndarray, weights: np.ndarray, within: shapely.Polygon | None) -> tuple:
    """Cells cut to what they share out, their areas, and the borders of the diagram."""
    cells, pairs, ends = power_diagram(sites, weights)
    limits = _limits(sites, weights, within)
    cells = shapely.intersection(cells, limits)
    return cells, shapely.area(cells), pairs, ends


def _limits(sites, weights, within):
    return draw_discs(sites, np.sqrt(np.maximum(weights, 1))) if within is None else within


def _slopes(sites: np.ndarray, weights: np.ndarray, found: tuple, within) -> coo_array:
    """How each area answers to each weight: border length / (2 × distance of the sites)."""
    cells, _, pairs, ends = found
    count, limits = len(sites), _limits(sites, weights, within)
    inner = pairs[:, 1] < count
    (one, two), lines = pairs[inner].T, shapely.linestrings(ends[inner])
    limit = limits[one] if within is None else limits
    length = shapely.length(shapely.intersection(lines, limit))
    answer = length / (2 * np.hypot(*(sites[one] - sites[two]).T))
    own = np.bincount(one, answer, count) + np.bincount(two, answer, count)
    if within is None:  # the arc of the disc moves outwards too
        arc = (
            shapely.length(cells)
            - np.bincount(one, length, count)
            - np.bincount(two, length, count)
        )
        own += np.maximum(arc, 0) / (2 * np.sqrt(np.maximum(weights, 1)))
    own += 1e-9 * own.mean()  # only differences of weights matter: pin their level
    here = np.arange(count)
    rows, columns = np.concatenate([here, one, two]), np.concatenate([here, two, one])
    return coo_array((np.concatenate([own, -answer, -answer]), (rows, columns))).tocsc()
