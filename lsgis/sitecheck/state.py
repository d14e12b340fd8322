"""The state of one zone for one site, with the accuracy of both carried into it.

Let e be the combined horizontal accuracy (95 %, metres). A zone that is shrunk
by e holds no ground within e of its outline, so "the overlap remains when the
zone is shrunk" is asked of the common ground and the outline alone: does any of
it lie deeper than e? For lines and points the site's outline takes that part.
"""

import math
from collections.abc import Callable, Sequence
from typing import get_args

import numpy as np
import shapely

from lsgis.sitecheck.index import ROUNDING_M
from lsgis.sitecheck.record import FindingState

SEVERITY = get_args(FindingState)  # worst first
# of a whole site, what a reader must know first: what is there, what nobody knows, the rest
WORST_FIRST = (*SEVERITY, "incomplete", "no_data", "not_affected")
COMBINATION = "root-sum-square"
QUAD_SEGS = 8
# A buffer's arcs are chords inside the true circle. Widened by this, they run outside it: what is
# left of a shrunk zone lies truly deeper than e, and what a grown one misses truly lies farther.
WIDENED = 1.0 / math.cos(math.pi / (4 * QUAD_SEGS))


def combine_accuracy(*metres: float) -> float:
    """Combined accuracy (m) of independent ones: the root of the sum of squares."""
    return math.hypot(*metres)


def judge(
    size: float,
    *,
    distance_m: float,
    e_m: float,
    minimum: float,
    sure: bool,
    shrunk: Callable[[], float],
    grown: Callable[[], float],
) -> str | None:
    """State of one feature for one site; None when it lies farther than e.

    Parameters
    ----------
    size
        Overlap as drawn: m² of polygons, m of lines, number of points. Touching is 0.
    distance_m
        From the site to the feature; 0 where they touch or overlap.
    e_m
        Combined accuracy, metres.
    minimum
        Smallest overlap that the layer tells from none; 0 when every overlap counts.
    sure
        Whether the feature may give "affected": drawn as a place, not as a
        symbol, and with a stated accuracy.
    shrunk, grown
        Overlap when the zone is shrunk or grown by e; asked only where it matters.
    """
    if size > 0 and size >= minimum:
        remaining = shrunk() if sure else 0.0
        return "affected" if remaining > 0 and remaining >= minimum else "likely"
    if size > 0:
        return "possible" if grown() >= minimum else "below_threshold"
    return "possible" if distance_m <= e_m else None


def size_deeper(
    common: Sequence[shapely.Geometry],
    outline: np.ndarray,
    e_m: float,
    *,
    whole: bool = False,
) -> float:
    """Size of what lies deeper than e from an outline; any number above 0 may stand for it.

    Parameters
    ----------
    common
        Common ground of a site and a zone: single points, lines or polygons of
        one dimension.
    outline
        Edges of the zone (of the site, where lines or points restrict): at
        least those within e of the common ground.
    e_m
        Combined accuracy, metres.
    whole
        Whether the true size is needed, and not only whether there is any.

    Returns
    -------
    float
        m², m or number. Where the outline turns, the depth asked for is at most
        0.5 % larger than e: never a surer answer than the truth.
    """
    if not len(outline):
        return _size(common)
    if common[0].geom_type == "Point":
        return float(sum(shapely.distance(outline, point).min() > e_m for point in common))
    if e_m <= 0:
        return _size(common)
    if not whole:
        if any(_reaches_deeper(part, outline, e_m) for part in common):
            return _size(common)
        common = [part for part in common if not _is_shallow(part, outline, e_m)]
        if not common:
            return 0.0
    left = shapely.difference(np.array(common, dtype=object), _belt(common, outline, e_m))
    parts = shapely.get_parts(left)
    return _size([part for part in parts if _size([part]) > ROUNDING_M * max(part.length, 1.0)])


def size_grown(
    site: shapely.Geometry, common: Sequence[shapely.Geometry], outline: np.ndarray, e_m: float
) -> float:
    """Overlap of a site and a zone that is grown by e, at most 0.5 % of e too far."""
    # nothing grows by nothing, and GEOS clips by no box without ground (a straight line's)
    belt = [_belt([site], outline, e_m)] if e_m > 0 else []
    zone = shapely.union_all([*common, *belt])
    return _size([shapely.intersection(site, zone)])


def _belt(ground: Sequence[shapely.Geometry], outline: np.ndarray, e_m: float) -> shapely.Geometry:
    """What lies within e of an outline, as far as it matters to a ground; a little too wide."""
    x0, y0, x1, y1 = shapely.total_bounds(np.array(ground, dtype=object)).tolist()
    reach = e_m * WIDENED
    lines = shapely.get_parts(shapely.get_parts(outline))
    here = shapely.clip_by_rect(lines, x0 - reach, y0 - reach, x1 + reach, y1 + reach)
    return shapely.buffer(shapely.union_all(here), reach, quad_segs=QUAD_SEGS)


def _reaches_deeper(part: shapely.Geometry, outline: np.ndarray, e_m: float) -> bool:
    """Whether one of a few points of a piece lies deeper than e; no is no answer."""
    corners = shapely.get_coordinates(part)
    if _one_is_deeper(corners[:: max(1, len(corners) // _PROBES)], outline, e_m):
        return True
    return _one_is_deeper(shapely.get_coordinates(part.representative_point()), outline, e_m)


def _one_is_deeper(probes: np.ndarray, outline: np.ndarray, e_m: float) -> bool:
    """Whether one of some places (n, 2) lies farther than e from every edge."""
    x, y = probes[:, :1], probes[:, 1:]
    x0, y0, x1, y1 = shapely.bounds(outline).T
    apart = np.maximum(np.maximum(x0 - x, x - x1), np.maximum(y0 - y, y - y1))
    unsure = apart <= e_m  # for the other pairs, already the edge's box is farther than e
    if not unsure.any(axis=1).all():
        return True
    point, edge = unsure.nonzero()
    deep = np.ones(len(probes), dtype=bool)
    near = shapely.distance(shapely.points(probes)[point], outline[edge]) <= e_m
    deep[point[near]] = False
    return bool(deep.any())


_PROBES = 6


def _is_shallow(part: shapely.Geometry, outline: np.ndarray, e_m: float) -> bool:
    """Whether all of a piece lies within e, as seen from its middle; no is no answer."""
    x0, y0, x1, y1 = part.bounds
    middle = shapely.Point((x0 + x1) / 2, (y0 + y1) / 2)
    radius = math.hypot(x1 - x0, y1 - y0) / 2
    return bool(shapely.distance(outline, middle).min() + radius <= e_m)


def _size(parts: Sequence[shapely.Geometry]) -> float:
    """m² of polygons, m of lines, number of points: all of one dimension."""
    if not len(parts):
        return 0.0
    if "Polygon" in parts[0].geom_type:
        return math.fsum(part.area for part in parts)
    if "Line" in parts[0].geom_type:
        return math.fsum(part.length for part in parts)
    return float(shapely.get_num_geometries(parts).sum())
