"""What two geometries have in common, held to laws that every overlay obeys, whoever computes it.

Where edges nearly coincide, GEOS may take the wrong side of one: two polygons that only touch then
share the whole of one of them, two that overlap share nothing, or a part is lost or added. So each
result is held to what must be true of it:

- a piece is no larger than what it is a piece of, and lies in the boxes of both;
- there is a piece where the interiors meet, and only there (DE-9IM, which is computed apart);
- what is common and what is left of either make up the whole of it; a union is as large as the
  largest of its parts at least, and as all of them at most.

What breaks one of them is computed again with a fixed precision, the finest that obeys them. What
breaks them then too is no figure: it is told as not computed.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import shapely

from lsgis.errors import LayerError

# Rounding of coordinates, as a share of the largest: 1e-8 m at 2,800 km, some twenty steps of
# the numbers themselves.
_ROUNDING = 2.0**-48
# Grids of a fixed precision, as multiples of that rounding: to about a millimetre here.
_GRIDS = tuple(10.0**n for n in range(6))
_INTERIORS_MEET = "T********"
# Corners of a pair up to which DE-9IM is asked: along a border of many it takes a hundred times as
# long as the cut. Heavier pairs are held to the other laws.
_LIGHT = 2_000

Operation = Callable[..., np.ndarray]


class Held(NamedTuple):
    """Geometries that obey the laws of an overlay.

    `grid` is 0 where a geometry is as it was computed at once, the grid (units of the
    coordinates) of a fixed precision where that was needed, and NaN where none obeys: the
    shape is None there, and nothing is known of it.
    """

    shape: np.ndarray
    grid: np.ndarray

    @property
    def lost(self) -> np.ndarray:
        """Which could not be computed."""
        return np.isnan(self.grid)


def intersect(one: np.ndarray, other: np.ndarray) -> Held:
    """What each of some pairs of valid geometries has in common, of any dimension.

    Polygons are held to the laws, and lines on polygons. What is left is asked of both sides: a
    piece may be wrong and fit one of them.
    """
    pairs = _measured(one, other)
    shape = _computed(shapely.intersection, pairs)
    grid = np.zeros(len(shape))
    doubtful = np.flatnonzero(pairs.judged)
    if len(doubtful):
        some = pairs if len(doubtful) == len(shape) else pairs.take(doubtful)
        doubtful = doubtful[~_is_common(some, shape[doubtful], some.reach)]
    for n in doubtful:
        shape[n], grid[n] = _intersected_again(pairs.take(np.array([n])), shape[n])
    return Held(shape, grid)


def subtract(one: np.ndarray, other: np.ndarray) -> Held:
    """What is left of each valid geometry without the other; held to the laws as `intersect`.

    Both sides of a cut may be wrong alike, so it is held against what `intersect` finds.
    """
    pairs, common = _measured(one, other), intersect(one, other)
    shape, grid = _computed(shapely.difference, pairs), np.where(common.lost, np.nan, 0.0)
    shape[common.lost] = None
    lost = pairs.judged & np.isfinite(pairs.whole[0]) & ~common.lost
    shared = _size(common.shape, pairs.level)
    lost[lost] = ~_is_left(pairs.take(lost), shape[lost], shared[lost], pairs.reach[lost])
    for n in np.flatnonzero(lost):
        pair = pairs.take(np.array([n]))
        shape[n], grid[n] = None, np.nan
        for finest in _grids(pair):
            again = _computed(shapely.difference, pair, finest)
            if _is_left(pair, again, shared[n], np.maximum(finest, common.grid[n])).all():
                shape[n], grid[n] = again[0], finest
                break
    return Held(shape, grid)


def unite(shapes: Sequence[shapely.Geometry] | np.ndarray) -> shapely.Geometry:
    """Valid polygons as one, common ground once; missing ones add none.

    Raises
    ------
    LayerError
        The union breaks the laws at every precision.
    """
    parts = np.asarray(shapes, dtype=object)
    reach = np.nan_to_num(np.abs(shapely.total_bounds(parts))).max() * _ROUNDING
    for grid in (0.0, *(reach * multiple for multiple in _GRIDS)):
        try:
            whole = shapely.union_all(parts, grid_size=grid or None)
        except shapely.GEOSException:
            continue
        if _is_union(whole, parts, max(reach, grid)):
            return whole
    raise LayerError("combine.union-not-computed", found=len(parts))


def _is_union(whole: shapely.Geometry, parts: np.ndarray, slack: float) -> bool:
    """Whether a union is no larger than all its parts, and no corner of one lies beside it."""
    areas, room = shapely.area(parts), slack * np.nansum(shapely.length(parts))
    if not np.nanmax(areas, initial=0.0) - room <= whole.area <= np.nansum(areas) + room:
        return False
    x0, y0, x1, y1 = np.nan_to_num(shapely.total_bounds(parts) - np.array(shapely.bounds(whole)))
    if min(x0, y0, -x1, -y1) < -slack:
        return False
    corners = np.unique(shapely.get_coordinates(parts), axis=0)
    shapely.prepare(whole)
    return bool(shapely.dwithin(whole, shapely.points(corners), 2 * slack).all())


# Pairs, what is known of both, and the laws.


class _Pairs(NamedTuple):
    """Pairs of geometries (2, n) with what their laws are about; the last axis goes by pairs.

    `level`: dimension of what they may have in common. `judged`: whether laws are held against
    them. `whole`: size of either (m² or m), infinite for one of a higher dimension, of which no
    piece is a share. `low`, `high` (2, n): the box that both boxes have in common. `reach`: how
    far (m) coordinates are rounded; `room`: by how much sizes are, for each metre of it.
    """

    both: np.ndarray
    level: np.ndarray
    judged: np.ndarray
    whole: np.ndarray
    low: np.ndarray
    high: np.ndarray
    reach: np.ndarray
    room: np.ndarray

    def take(self, rows: np.ndarray) -> "_Pairs":
        """Some of them."""
        return _Pairs(*(each[..., rows] for each in self))

    def turned(self) -> "_Pairs":
        """The other of each pair first."""
        return self._replace(both=self.both[::-1], whole=self.whole[::-1])


def _measured(one: np.ndarray, other: np.ndarray) -> _Pairs:
    both = np.array([one, other])
    kinds, boxes = shapely.get_dimensions(both), shapely.bounds(both)
    level = np.minimum(kinds[0], kinds[1])
    low = np.maximum(boxes[0, :, :2], boxes[1, :, :2]).T
    high = np.minimum(boxes[0, :, 2:], boxes[1, :, 2:]).T
    reach = np.abs(boxes).max(axis=(0, 2)) * _ROUNDING
    length, whole = shapely.length(both), shapely.area(both)
    room = length[0] + length[1]
    if kinds.min(initial=2) == 2:
        return _Pairs(both, level, ~np.isnan(reach), whole, low, high, reach, room)
    # two lines may run over each other more than once, points are counted, of nothing is nothing
    judged = (level > 0) & (kinds.max(axis=0) == 2) & ~np.isnan(reach)
    whole = np.where(kinds == level, np.where(level == 2, whole, length), np.inf)
    room = np.where(level == 2, room, shapely.get_num_coordinates(both).sum(axis=0))
    return _Pairs(both, level, judged, whole, low, high, reach, room)


def _size(shapes: np.ndarray, level: np.ndarray) -> np.ndarray:
    """m² where polygons are laid on polygons, m where lines are; nothing is 0, None no number."""
    size = shapely.area(shapes)
    return size if level.min(initial=2) == 2 else np.where(level == 2, size, shapely.length(shapes))


def _computed(operation: Operation, pairs: _Pairs, grid: float = 0.0) -> np.ndarray:
    """Results of an operation, with a fixed precision or without (0); None where it has none."""
    options = {"grid_size": grid} if grid else {}
    try:
        return operation(*pairs.both, **options)
    except shapely.GEOSException:
        found = np.full(len(pairs.level), None, dtype=object)
        if len(found) > 1:
            for n in range(len(found)):
                found[n] = _computed(operation, pairs.take(np.array([n])), grid)[0]
        return found


def _grids(pair: _Pairs) -> Iterator[float]:
    """Grids of a fixed precision to try, the finest first."""
    return (float(pair.reach[0]) * multiple for multiple in _GRIDS)


def _is_common(
    pairs: _Pairs, shape: np.ndarray, slack: np.ndarray, *, grid: float = 0.0
) -> np.ndarray:
    """Which shapes obey the laws of what is common, to a slack (m) of the coordinates.

    That interiors meet where nothing is found is a doubt without a grid alone: a grid closes
    what is thinner than it, and would have found what is thicker.
    """
    size, room = _size(shape, pairs.level), slack * pairs.room
    sound = _fits(pairs, shape, size, slack)
    found = size > room
    meet = found.copy()
    counts = shapely.get_num_coordinates(pairs.both)
    light = counts[0] + counts[1] <= _LIGHT
    meet[light] = shapely.relate_pattern(*pairs.both[:, light], _INTERIORS_MEET)
    sound &= (found == meet) | (meet & bool(grid))
    rows = np.flatnonzero(sound & found)
    if not len(rows):
        return sound
    if len(rows) < len(sound):
        pairs, size, room = pairs.take(rows), size[rows], room[rows]
    for side in (pairs, pairs.turned()):
        left = _size(_computed(shapely.difference, side, grid), side.level)
        sound[rows] &= _is_whole(side, size + left, room)
    return sound


def _fits(pairs: _Pairs, shape: np.ndarray, size: np.ndarray, slack: np.ndarray) -> np.ndarray:
    """Which shapes are no larger than either of their pair, and lie in the boxes of both."""
    box = shapely.bounds(shape).T
    outside = (box[:2] < pairs.low - slack) | (box[2:] > pairs.high + slack)  # false for nothing
    most = np.minimum(pairs.whole[0], pairs.whole[1]) + slack * pairs.room
    return (size <= most) & ~(outside[0] | outside[1])  # what was not computed has no size


def _is_left(pairs: _Pairs, shape: np.ndarray, shared: np.ndarray, slack: np.ndarray) -> np.ndarray:
    """Which shapes are what is left of the first of each pair, so much being shared."""
    box, first = shapely.bounds(shape).T, shapely.bounds(pairs.both[0]).T
    outside = (box[:2] < first[:2] - slack) | (box[2:] > first[2:] + slack)
    size = _size(shape, pairs.level) + shared
    return _is_whole(pairs, size, slack * pairs.room) & ~outside.any(axis=0)


def _is_whole(pairs: _Pairs, size: np.ndarray, room: np.ndarray) -> np.ndarray:
    """Whether sizes are those of the first of each pair, where it is of the dimension measured."""
    sound = np.isinf(pairs.whole[0]) | (np.abs(size - pairs.whole[0]) <= room)
    rows = np.flatnonzero(~sound & (pairs.level == 1))
    if len(rows):  # a line that runs over itself counts once
        once = shapely.length(shapely.union_all(pairs.both[0, rows].reshape(-1, 1), axis=1))
        sound[rows] = np.abs(size[rows] - once) <= room[rows]
    return sound


def _intersected_again(
    pair: _Pairs, first: shapely.Geometry | None
) -> tuple[shapely.Geometry | None, float]:
    """What a pair has in common by the finest fixed precision that obeys the laws; its grid.

    What was computed first stays where that finds the same: then it was the law that was rounded.
    """
    before = np.array([first], dtype=object)
    was = _size(before, pair.level)
    for grid in _grids(pair):
        slack, again = np.array([grid]), _computed(shapely.intersection, pair, grid)
        if not _is_common(pair, again, slack, grid=grid).all():
            continue
        alike = np.abs(_size(again, pair.level) - was) <= 2 * slack * pair.room
        alike &= _fits(pair, before, was, slack)
        return (first, 0.0) if alike.all() else (again[0], grid)
    return None, np.nan
