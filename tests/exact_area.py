"""Areas of what two polygons have in common, in whole numbers: no rounding, and no library.

Every coordinate is a whole number of some power of two. The outline of the common ground is
made of the stretches of each outline that lie within the other, so its area is a sum over these:
each edge is cut where the other outline meets it, and the middle of each stretch says
whether it lies within. And pairs of polygons that are hard for an overlay engine, by seed.
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

import numpy as np
import shapely

Point = tuple[int, int]
Edge = tuple[Point, Point]


def common_area(one: shapely.Geometry, other: shapely.Geometry) -> float:
    """Area that two valid (multi)polygons have in common, exact to the last bit of the answer."""
    corners = [*shapely.get_coordinates(one).ravel(), *shapely.get_coordinates(other).ravel()]
    scale = max((Fraction(float(each)).denominator for each in corners), default=1)
    outlines = [_edges(shape, scale) for shape in (one, other)]
    twice = sum(
        (
            start * length
            for mine, theirs, shared in (
                (outlines[0], outlines[1], True),
                (outlines[1], outlines[0], False),
            )
            for start, length in _within(mine, theirs, shared)
        ),
        Fraction(0),
    )
    return float(twice / 2 / scale**2)


def _edges(shape: shapely.Geometry, scale: int) -> list[Edge]:
    """Edges of polygons in whole numbers, their ground to the left."""
    edges: list[Edge] = []
    for part in shapely.get_parts(shapely.orient_polygons(shape)):
        for ring in shapely.get_rings(part):
            places = [(_whole(x, scale), _whole(y, scale)) for x, y in ring.coords]
            edges += [(a, b) for a, b in pairwise(places) if a != b]
    return edges


def _whole(metres: float, scale: int) -> int:
    return int(Fraction(metres) * scale)


def _within(mine: list[Edge], theirs: list[Edge], shared: bool) -> Iterator[tuple[int, Fraction]]:
    """Cross product of each edge, and how much of the edge lies in the ground of the others.

    A stretch that runs along an edge of the others has common ground beside it where
    both have theirs on the same side; it counts for one of the two outlines (`shared`).
    """
    boxes = np.array([_box(edge) for edge in theirs], dtype=float).reshape(-1, 4)
    for edge in mine:
        (x0, y0, x1, y1), cross = _box(edge), edge[0][0] * edge[1][1] - edge[1][0] * edge[0][1]
        level = (boxes[:, 1] <= y1) & (boxes[:, 3] >= y0)  # as floats: never fewer
        near = level & (boxes[:, 0] <= x1) & (boxes[:, 2] >= x0)
        places = {Fraction(0), Fraction(1)}
        for n in np.flatnonzero(near):
            places.update(_meetings(edge, theirs[n]))
        ways = sorted(places)
        rays = [theirs[n] for n in np.flatnonzero(level & (boxes[:, 2] >= x0))]
        beside = [theirs[n] for n in np.flatnonzero(near)]
        inside = Fraction(0)
        for start, end in pairwise(ways):
            along = _runs_along(edge, (start + end) / 2, beside)
            if along is None:
                if _holds(rays, edge, (start + end) / 2):
                    inside += end - start
            elif along and shared:
                inside += end - start
        if inside:
            yield cross, inside


def _box(edge: Edge) -> tuple[int, int, int, int]:
    (ax, ay), (bx, by) = edge
    return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)


def _meetings(edge: Edge, other: Edge) -> Iterator[Fraction]:
    """Where (0-1) along an edge another one meets it."""
    (ax, ay), (bx, by) = edge
    (cx, cy), (dx, dy) = other
    rx, ry, sx, sy = bx - ax, by - ay, dx - cx, dy - cy
    across = rx * sy - ry * sx
    if across:
        t, u = (cx - ax) * sy - (cy - ay) * sx, (cx - ax) * ry - (cy - ay) * rx
        if across < 0:
            t, u, across = -t, -u, -across
        if 0 <= t <= across and 0 <= u <= across:
            yield Fraction(t, across)
    elif (cx - ax) * ry == (cy - ay) * rx:
        for x, y in other:
            t = (x - ax) * rx + (y - ay) * ry
            if 0 <= t <= rx * rx + ry * ry:
                yield Fraction(t, rx * rx + ry * ry)


def _middle(edge: Edge, at: Fraction) -> tuple[int, int, int]:
    """A place along an edge: x and y over a common denominator."""
    (ax, ay), (bx, by) = edge
    n, d = at.numerator, at.denominator
    return ax * d + (bx - ax) * n, ay * d + (by - ay) * n, d


def _runs_along(edge: Edge, at: Fraction, others: list[Edge]) -> bool | None:
    """Whether an edge beside a place runs the same way (True), back (False); None without one."""
    x, y, d = _middle(edge, at)
    rx, ry = edge[1][0] - edge[0][0], edge[1][1] - edge[0][1]
    ways = set()
    for (cx, cy), (ex, ey) in others:
        sx, sy = ex - cx, ey - cy
        if rx * sy != ry * sx or (x - cx * d) * sy != (y - cy * d) * sx:
            continue
        if min(cx, ex) * d <= x <= max(cx, ex) * d and min(cy, ey) * d <= y <= max(cy, ey) * d:
            ways.add(rx * sx + ry * sy > 0)
    if len(ways) > 1:  # parts of one multipolygon that touch along it: ground on both sides
        return None
    return ways.pop() if ways else None


def _holds(others: list[Edge], edge: Edge, at: Fraction) -> bool:
    """Whether a place along an edge, on no other edge, lies in the ground of the others."""
    x, y, d = _middle(edge, at)
    inside = False
    for (cx, cy), (ex, ey) in others:
        if (cy * d > y) != (ey * d > y):
            side = (ex - cx) * (y - cy * d) - (ey - cy) * (x - cx * d)
            if (side > 0) == (ey > cy):
                inside = not inside
    return inside


# Pairs whose edges nearly coincide: where an overlay engine takes the wrong side, it is there.


def nearly_coinciding(rng: np.random.Generator) -> tuple[shapely.Polygon, shapely.Polygon]:
    """Two valid polygons of 1 m to 100 km that have an edge, or more, nearly in common.

    Corners are the same, or off by a step of the numbers, or by up to a micrometre.
    """
    while True:
        size, middle = 10 ** rng.uniform(0, 5), rng.uniform(0, 1000, 2)
        middle = middle + rng.choice([0, 1]) * np.array([4.4e5, 2.42e6])
        turns = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 8)))
        away = size * rng.uniform(0.3, 1, (len(turns), 1))
        ring = middle + away * np.c_[np.cos(turns), np.sin(turns)]
        n = rng.integers(len(ring))
        start, end = ring[n], ring[(n + 1) % len(ring)]
        along = end - start
        across = np.array([-along[1], along[0]])
        if rng.random() < 0.2:
            other = np.array([_off(place, rng) for place in ring])
        else:
            ends = sorted(rng.uniform(-0.5, 1.5, 2)) if rng.random() < 0.3 else (0.0, 1.0)
            side = rng.choice([-1, -1, 1])
            more = [
                start + along * rng.uniform(-0.5, 1.5) + across * side * rng.uniform(0.05, 1.5)
                for _ in range(rng.integers(1, 4))
            ]
            other = np.array([*(_off(start + along * at, rng) for at in ends), *more])
        pair = shapely.Polygon(ring), shapely.Polygon(other)
        if all(each.is_valid and each.area > 0 for each in pair):
            return pair if rng.random() < 0.5 else pair[::-1]


def _off(place: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    way = rng.integers(3)
    if way == 0:
        return place
    if way == 1:
        return np.nextafter(place, place + rng.choice([-1, 1], 2))
    return place + rng.normal(size=2) * 10 ** rng.uniform(-12, -6)
