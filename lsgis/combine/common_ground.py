"""What two geometries have in common, in the lower dimension of the two: found and measured.

Two polygons share ground (m²), a line on anything but a point a stretch (m), points a number.
Two answers are given. `cut_pairs` lays many geometries over many and keeps every piece,
however thin, as it was cut; `find_ground` lays one over the small pieces of many (tiles of
polygons, stretches of lines). Both cut only where an edge crosses, and the same way; each cut is
held to the laws of `lsgis.combine.plausible`, and what breaks them is not computed, never nothing.
`size_deeper` and `grow_ground` say what is left, or added, when an outline is moved by an
accuracy.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely

from lsgis.combine.plausible import intersect, unite
from lsgis.hollow import without_empty_parts

# Coordinates in metres carry about 5e-10 m; what is thinner than this is their rounding.
ROUNDING_M = 1e-8
# A line so near to an edge, for at least so long, runs along it: a point on a slanting edge, and
# where a tile cuts that edge, are rounded each by itself, to this side of it or to the other.
ALONG_M = 1e-7
_RUN_M = 1e-3

DIMENSION = {
    "Point": 0,
    "MultiPoint": 0,
    "LineString": 1,
    "LinearRing": 1,
    "MultiLineString": 1,
    "Polygon": 2,
    "MultiPolygon": 2,
}


# Many geometries laid over many.


@dataclass(frozen=True)
class Cuts:
    """Every piece that a left and a right geometry share, in order of left, then right.

    `left`, `right` are positions; `size` is m² for polygons (`dimension` 2), m for
    lines (1), a count for points (0). `grid_m` is 0 for what was cut at once, the grid (m) of
    the fixed precision that a piece needed to be plausible, NaN for a pair of which none is:
    its size is NaN then, its shape None.
    """

    left: np.ndarray
    right: np.ndarray
    shape: np.ndarray
    dimension: np.ndarray
    size: np.ndarray
    grid_m: np.ndarray

    @property
    def lost(self) -> np.ndarray:
        """Which pairs could not be computed."""
        return np.isnan(self.grid_m)


def cut_pairs(left: np.ndarray, right: np.ndarray) -> Cuts:
    """Cut every left geometry by every right one.

    A piece has the lower dimension of its two parents, so two polygons that
    share only an edge have none; no piece is too small to count. What lies in the
    other as a whole stays as it was drawn, and a line that runs along an edge is not
    lost to rounding. Missing geometries have no piece. Each must be valid and of one
    dimension. A pair gives the same bits alone and among any others.
    """
    left, right = without_empty_parts(left), without_empty_parts(right)
    i, j = _meeting_boxes(left, right)
    one, other = left[i], right[j]
    kinds = np.array([shapely.get_dimensions(one), shapely.get_dimensions(other)])
    in_other = (kinds[0] <= kinds[1]) & _covers(other, one)
    in_one = ~in_other & (kinds[1] <= kinds[0]) & _covers(one, other)
    whole = in_other | in_one
    lines = kinds.sum(axis=0) == 3  # a line and a polygon
    shape = np.where(in_other, one, other)
    crossing = np.flatnonzero(~whole)
    crossing = crossing[_touches(one[crossing], other[crossing], lines[crossing])]
    grid_m = np.zeros(len(shape))
    shape[crossing], grid_m[crossing] = _pieces(one[crossing], other[crossing], kinds[:, crossing])
    dimension = kinds.min(axis=0)
    whole[crossing] = True
    size = np.zeros(len(shape))
    size[whole] = measure(shape[whole], dimension[whole])
    size[np.isnan(grid_m)] = np.nan
    kept = ~(size <= np.where(lines, ROUNDING_M, 0.0))  # also what could not be computed
    return Cuts(i[kept], j[kept], shape[kept], dimension[kept], size[kept], grid_m[kept])


def _meeting_boxes(left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions of all pairs whose boxes meet or nearly do, in order of left, then right."""
    x0, y0, x1, y1 = shapely.bounds(left).T
    boxes = shapely.box(x0 - ALONG_M, y0 - ALONG_M, x1 + ALONG_M, y1 + ALONG_M)
    boxes[np.isnan(x0)] = None
    i, j = shapely.STRtree(right).query(boxes)
    order = np.lexsort((j, i))
    return i[order], j[order]


def _pieces(one: np.ndarray, other: np.ndarray, kinds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What each of some pairs that cross have in common, in the lower of their dimensions; grids.

    None, and no number, where it could not be computed.
    """
    one, other = near_each(one, other)
    lines = kinds.sum(axis=0) == 3
    shape, grid_m = np.empty(len(one), dtype=object), np.zeros(len(one))
    cut = intersect(one[~lines], other[~lines])
    shape[~lines] = keep_dimension(cut.shape, kinds.min(axis=0)[~lines])
    grid_m[~lines] = cut.grid
    for n in np.flatnonzero(lines):
        rim = (one[n] if kinds[0, n] == 2 else other[n]).boundary
        common = _cut_line(one[n], other[n : n + 1], [rim])
        shape[n] = None if common is None else _stretch(common)
        grid_m[n] = np.nan if common is None else 0.0
    return shape, grid_m


def _covers(large: np.ndarray, small: np.ndarray) -> np.ndarray:
    """Which of some pairs lie in the other as a whole; asked only where its box does."""
    x0, y0, x1, y1 = (shapely.bounds(small) - shapely.bounds(large)).T
    found = (x0 >= 0) & (y0 >= 0) & (x1 <= 0) & (y1 <= 0)
    shapely.prepare(large[found])
    found[found] = shapely.covers(large[found], small[found])
    return found


def _touches(one: np.ndarray, other: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """Which of some pairs meet; line and polygon also where only rounding parts them."""
    heavier = shapely.get_num_coordinates(one) >= shapely.get_num_coordinates(other)
    large, small = np.where(heavier, one, other), np.where(heavier, other, one)
    shapely.prepare(large)
    found = np.empty(len(one), dtype=bool)
    found[~lines] = shapely.intersects(large[~lines], small[~lines])
    found[lines] = shapely.dwithin(large[lines], small[lines], ALONG_M)
    return found


def _stretch(common: Sequence[shapely.Geometry]) -> shapely.Geometry:
    """The lines among some pieces as one; empty for none."""
    lines = [part for shape in common for part in single_parts(shape) if part.length]
    return united(lines) or shapely.LineString()


# A large geometry, as much of it as lies around another: what is far off is never cut.

# measured: more in one piece make every cut and distance slower, fewer make more pieces to sift
TILE_VERTICES = 192
_ROOM_M = 1.0  # between what is cut and the next seam


def near_each(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of geometries, the heavier of each without what lies away from the lighter.

    It is halved as long as a half holds all of the other: no seam comes near that. So a
    pair is cut as it would be alone, and two of one size are left as they are.
    """
    near = one.copy(), other.copy()
    counts = shapely.get_num_coordinates(one), shapely.get_num_coordinates(other)
    for n, is_heavy in enumerate((counts[0] > counts[1], counts[1] >= counts[0])):
        at = np.flatnonzero(is_heavy & (counts[n] > TILE_VERTICES))
        near[n][at] = _localised((one, other)[n][at], (other, one)[n][at])
    return near


def _localised(large: np.ndarray, small: np.ndarray) -> np.ndarray:
    """The part of each large geometry around the small one beside it."""
    near, kinds = large.copy(), shapely.get_dimensions(large)
    x0, y0, x1, y1 = (shapely.bounds(small) + _ROOM_M * np.array([-1, -1, 1, 1])).T
    same: dict[int, list[int]] = {}
    for n, shape in enumerate(large):
        same.setdefault(id(shape), []).append(n)
    waiting = [(large[rows[0]], np.array(rows)) for rows in same.values()]
    while waiting:
        shape, rows = waiting.pop()
        near[rows] = shape
        if shapely.get_num_coordinates(shape) <= TILE_VERTICES:
            continue
        boxes, wide, middle = half_boxes(np.array([shape]))
        ends = (x0[rows], x1[rows]) if wide[0] else (y0[rows], y1[rows])
        for box, fits in zip(boxes, (ends[1] <= middle, ends[0] >= middle), strict=True):
            if fits.any():
                half = shapely.intersection(np.array([shape]), box)
                waiting.append((keep_dimension(half, kinds[rows[0]])[0], rows[fits]))
    return near


def half_boxes(shapes: np.ndarray) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray, np.ndarray]:
    """Both halves of each box, divided across its longer side; whether that is its width; where."""
    x0, y0, x1, y1 = shapely.bounds(shapes).T
    wide = x1 - x0 >= y1 - y0
    middle = np.where(wide, x0 + x1, y0 + y1) / 2
    xm, ym = np.where(wide, middle, x1), np.where(wide, y1, middle)
    first = shapely.box(x0, y0, xm, ym)
    second = shapely.box(np.where(wide, xm, x0), np.where(wide, y0, ym), x1, y1)
    return (first, second), wide, middle


def keep_dimension(shapes: np.ndarray, dimension: np.ndarray | int) -> np.ndarray:
    """Each geometry without its parts of another dimension; empty when none is left."""
    wanted = np.broadcast_to(dimension, shapes.shape)
    parts, owner = shapely.get_parts(shapes, return_index=True)
    fits = shapely.get_dimensions(parts) == wanted[owner]
    kept = shapes.copy()
    for row in np.unique(owner[~fits]):
        kept[row] = shapely.union_all(parts[fits & (owner == row)])
    return kept


def measure(shapes: np.ndarray, dimension: np.ndarray | int) -> np.ndarray:
    """Size of each geometry: m² (2), m (1), number of points (0); missing or empty is 0.

    A line that runs twice over the same ground counts it once, as its pieces do.
    """
    wanted = np.broadcast_to(dimension, shapes.shape)
    size = np.where(wanted == 2, shapely.area(shapes), 0.0)
    thin = (wanted < 2) & ~shapely.is_missing(shapes)
    if thin.any():
        once = shapely.union_all(shapes[thin].reshape(-1, 1), axis=1)
        count = shapely.get_num_coordinates(once)
        size[thin] = np.where(wanted[thin] == 1, shapely.length(once), count)
    return np.nan_to_num(size)


# One geometry laid over the pieces of many.

_FEW, _MANY = 4, 64


class Pieces(NamedTuple):
    """Pieces of geometries, those of one after those of another.

    `owners` are the rows they belong to; `boxes` has four rows: min easting, min northing, max
    easting, max northing.
    """

    owners: np.ndarray
    shapes: np.ndarray
    boxes: np.ndarray

    def take(self, at: np.ndarray) -> "Pieces":
        """Some of them."""
        return Pieces(self.owners[at], self.shapes[at], self.boxes.take(at, axis=1))


NO_PIECES = Pieces(np.array([], dtype=int), np.array([], dtype=object), np.empty((4, 0)))


class Ground(NamedTuple):
    """What two geometries have in common: single parts of one dimension, and their size.

    `size` is m² of polygons (`dimension` 2), m of lines (1), the number of points (0); NaN,
    without parts, where what they have in common could not be computed.
    """

    dimension: int
    size: float
    parts: tuple[shapely.Geometry, ...]


def find_ground(geometry: shapely.Geometry, pieces: Pieces, edges: Pieces) -> dict[int, Ground]:
    """What a geometry has in common with each of many: row -> ground, in the order of rows.

    A part that no edge of another crosses lies within it as a whole, or outside as a
    whole, and stays as it was drawn; only where an edge crosses is anything cut.

    Parameters
    ----------
    geometry
        Valid, of one dimension, in metres.
    pieces
        Tiles, stretches or points whose boxes meet the geometry's, and maybe others.
    edges
        Stretches of the outlines of polygons there; for the rest, the pieces themselves.
    """
    if not len(pieces.owners):
        return {}
    if len(pieces.owners) + len(edges.owners) > _MANY:
        shapely.prepare(geometry)  # costs more than it saves on a few
    mine, theirs = DIMENSION[geometry.geom_type], DIMENSION[pieces.shapes[0].geom_type]
    is_line = {mine, theirs} == {1, 2}
    hit = _meets(geometry, pieces.shapes, is_line)
    if not hit.any():
        return {}
    crossing = np.zeros(0, dtype=bool)
    if len(edges.owners):
        crossing = _meets(geometry, edges.shapes, is_line)
    crossed: set[int] = set(edges.owners[crossing].tolist())
    owners, shapes = pieces.owners[hit], pieces.shapes[hit]
    found: dict[int, Ground] = {}
    for row in sorted(set(owners.tolist())):
        here = shapes[owners == row]
        common: Sequence[shapely.Geometry] | None
        if row not in crossed:
            common = _within(geometry, here)
        elif is_line:
            mask = crossing & (edges.owners == row)
            rims = [geometry.boundary] if mine == 2 else edges.shapes[mask]
            common = _cut_line(geometry, here, rims)
        else:
            common = _cut(geometry, here)
        if common is None:
            found[row] = Ground(min(mine, theirs), math.nan, ())
            continue
        ground = measure_ground((mine, theirs), common)
        if ground is not None:
            found[row] = ground
    return found


def _meets(geometry: shapely.Geometry, shapes: np.ndarray, is_line: bool) -> np.ndarray:
    """Which shapes a geometry meets; line and polygon also where only rounding parts them."""
    if is_line:
        return shapely.dwithin(geometry, shapes, ALONG_M)
    return shapely.intersects(geometry, shapes)


def _within(geometry: shapely.Geometry, pieces: np.ndarray) -> list[shapely.Geometry]:
    """Parts of a geometry that lie in one of the pieces; no edge of them crosses any part."""
    if len(getattr(geometry, "geoms", ())) < 2:
        return [geometry]
    return [part for part in geometry.geoms if shapely.intersects(part, pieces).any()]


def _cut(geometry: shapely.Geometry, pieces: np.ndarray) -> list[shapely.Geometry] | None:
    """What a (prepared) geometry has in common with pieces; of many, only those it crosses.

    None where it could not be computed.
    """
    whole = np.zeros(len(pieces), dtype=bool)
    if len(pieces) > _FEW:
        whole = shapely.covers(geometry, pieces)
    crossed = pieces[~whole]
    cut = intersect(np.full(len(crossed), geometry, dtype=object), crossed)
    return None if cut.lost.any() else [*pieces[whole], *cut.shape]


def _cut_line(
    geometry: shapely.Geometry, pieces: np.ndarray, rims: Sequence[shapely.Geometry] | np.ndarray
) -> list[shapely.Geometry] | None:
    """What a line has in common with polygons, or a polygon with lines; `rims` are the outlines.

    What runs along an outline is found beside it first, and only the rest is cut. None where
    that could not be computed.
    """
    if DIMENSION[geometry.geom_type] == 1:
        runs, rest = _run_along(geometry, rims)
        cut = _cut(rest, pieces)
        return None if cut is None else [*runs, *cut]
    common: list[shapely.Geometry] = []
    for line in pieces:
        runs, rest = _run_along(line, rims)
        cut = _cut(geometry, np.array([rest], dtype=object))
        if cut is None:
            return None
        common += [*runs, *cut]
    return common


def _run_along(
    line: shapely.Geometry, rims: Sequence[shapely.Geometry] | np.ndarray
) -> tuple[list[shapely.Geometry], shapely.Geometry]:
    """Stretches of a line that run along edges, and what is left of it."""
    x0, y0, x1, y1 = line.bounds
    reach = 2 * ALONG_M
    near = shapely.clip_by_rect(
        np.asarray(rims, dtype=object), x0 - reach, y0 - reach, x1 + reach, y1 + reach
    )
    beside = shapely.intersection(line, _beside(near))
    runs = [part for shape in beside for part in single_parts(shape) if part.length > _RUN_M]
    return runs, _without(line, runs)


def _beside(lines: np.ndarray) -> np.ndarray:
    """What lies beside each line as near as rounding moves a point, and not beyond its ends."""
    return shapely.buffer(lines, ALONG_M, cap_style="flat", join_style="mitre")


def _without(line: shapely.Geometry, others: Sequence[shapely.Geometry]) -> shapely.Geometry:
    """A line without what lies beside others: one by one, two that nearly coincide spoil a belt."""
    for belt in _beside(np.array(others, dtype=object)):
        line = line.difference(belt)
    return line


def measure_ground(
    dimensions: tuple[int, int], common: Sequence[shapely.Geometry]
) -> Ground | None:
    """The size of common ground in the lower of two dimensions; None when they only touch.

    Parameters
    ----------
    dimensions
        Of the two geometries: 0 points, 1 lines, 2 polygons. Two lines that cross
        without running together have points in common.
    common
        Pieces of the ground, of any dimension.
    """
    wanted = min(dimensions)
    parts = [part for shape in common for part in single_parts(shape)]
    kept = [part for part in parts if DIMENSION[part.geom_type] == wanted]
    if wanted == 2:
        kept = [part for part in kept if part.area > ROUNDING_M * part.length]
        return Ground(2, math.fsum(part.area for part in kept), tuple(kept)) if kept else None
    if wanted == 1:
        lines = united(kept)
        if lines is not None and lines.length > ROUNDING_M:
            return Ground(1, lines.length, tuple(single_parts(lines)))
        if max(dimensions) == 2:
            return None
        kept = [part for part in parts if DIMENSION[part.geom_type] == 0]
    points = united(kept)
    if points is None:
        return None
    places = tuple(single_parts(points))
    return Ground(0, float(len(places)), places)


def united(shapes: Sequence[shapely.Geometry] | np.ndarray) -> shapely.Geometry | None:
    """Shapes as one, common ground once; None for none. Polygons are held to the law of a union."""
    if len(shapes) < 2:
        return shapes[0] if len(shapes) else None
    whole = shapes[0].union(shapes[1]) if len(shapes) == 2 else shapely.union_all(shapes)
    sizes, room = [shape.area for shape in shapes], ROUNDING_M * whole.length
    return whole if max(sizes) - room <= whole.area <= sum(sizes) + room else unite(shapes)


def parts_once(grounds: Sequence[shapely.Geometry]) -> list[shapely.Geometry]:
    """Single parts of several grounds of one dimension, what they have in common kept once.

    Stretches of one line that were cut at the edges of several zones end beside it by the
    rounding of their ends: a union keeps both. So each leaves out what lies beside another.
    """
    if not len(grounds) or DIMENSION[grounds[0].geom_type] != 1:
        return [*single_parts(united(grounds))] if len(grounds) else []
    parts = [part for ground in grounds for part in single_parts(ground)]
    before: dict[int, list[shapely.Geometry]] = {}
    tree = shapely.STRtree(parts)
    for n, other in tree.query(parts, predicate="dwithin", distance=ALONG_M).T.tolist():
        if other < n:
            before.setdefault(n, []).append(parts[other])
    kept = [_without(part, before.get(n, [])) for n, part in enumerate(parts)]
    return [part for shape in kept for part in single_parts(shape)]


def single_parts(shape: shapely.Geometry) -> Iterator[shapely.Geometry]:
    """The single points, lines and polygons of a geometry, empty ones left out."""
    if not hasattr(shape, "geoms"):
        if not shape.is_empty:
            yield shape
        return
    for part in shape.geoms:
        yield from single_parts(part)


# Common ground when an outline is moved: what remains deeper than an accuracy, what it may reach.

QUAD_SEGS = 8
# A buffer's arcs are chords inside the true circle. Widened by this, they run outside it: what is
# left of a shrunk zone lies truly deeper than e, and what a grown one misses truly lies farther.
WIDENED = 1.0 / math.cos(math.pi / (4 * QUAD_SEGS))
_PROBES = 6
_MOST_BITS = 20_000  # what is not sure by then is not said to be deeper
SEAM_M = 0.005  # gaps between neighbours up to twice as wide are no gaps: points are given in cm


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
        m², m or number. Whether there is any is exact; of the true size the depth asked for
        is at most 0.5 % larger than e: never a surer answer than the truth.
    """
    if not len(outline):
        return size_of(common)
    if common[0].geom_type == "Point":
        return float(sum(shapely.distance(outline, point).min() > e_m for point in common))
    if e_m <= 0:
        return size_of(common)
    if not whole:
        if any(_reaches_deeper(part, outline, e_m) for part in common):
            return size_of(common)
        common = [part for part in common if not _is_shallow(part, outline, e_m)]
        return size_of(common) if _holds_deeper(common, outline, e_m) else 0.0
    return size_of(ground_deeper(common, outline, e_m))


def ground_deeper(
    common: Sequence[shapely.Geometry], outline: np.ndarray, e_m: float
) -> list[shapely.Geometry]:
    """Lines or polygons of common ground, as far as they lie deeper than e from an outline.

    Parameters are those of `size_deeper`.
    """
    if e_m <= 0 or not len(outline):
        return list(common)
    left = shapely.difference(np.array(common, dtype=object), _belt(common, outline, e_m))
    parts = shapely.get_parts(left)
    return [part for part in parts if size_of([part]) > ROUNDING_M * max(part.length, 1.0)]


def grow_ground(
    site: shapely.Geometry, common: Sequence[shapely.Geometry], outline: np.ndarray, e_m: float
) -> shapely.Geometry:
    """Common ground of a site and a zone that is grown by e, at most 0.5 % of e too far."""
    # nothing grows by nothing, and GEOS clips by no box without ground (a straight line's)
    belt = np.array([_belt([site], outline, e_m)] if e_m > 0 else [], dtype=object)
    drawn = DIMENSION[common[0].geom_type] if len(common) else 2
    level = min(DIMENSION[site.geom_type], drawn)
    if drawn == 1:
        # a line that is cut twice is not quite the same line: no union finds the two together
        added = keep_dimension(shapely.intersection(site, belt), level)
        return shapely.multilinestrings(parts_once([*common, *added]))
    grown = np.array(
        [shapely.intersection(site, shapely.union_all([*common, *belt]))], dtype=object
    )
    # where the site only touches what was added they have an edge or a corner, and no ground
    return keep_dimension(grown, level)[0]


def outline_together(tiles: np.ndarray) -> np.ndarray:
    """Outline of the ground of several polygons as of one, seams between them left out.

    A seam that two neighbours draw with different corners gapes by the rounding of its
    points: the ground is grown by SEAM_M, which closes it, and back, so that the outline of
    all stays where it was drawn, to the rounding of coordinates.
    """
    grown = shapely.union_all(shapely.buffer(tiles, SEAM_M, join_style="mitre"))
    ground = shapely.buffer(grown, -SEAM_M, join_style="mitre")
    return shapely.get_parts(shapely.boundary(shapely.get_parts(ground)))


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


def _holds_deeper(common: Sequence[shapely.Geometry], outline: np.ndarray, e_m: float) -> bool:
    """Whether some place of lines or polygons lies deeper than e, to the rounding of coordinates.

    They are halved until each bit is sure: one of its corners is deeper, or no place of it
    can be. The distance from a straight stretch is largest at a corner of the bit, and so is
    the mean of the distances from two; a place is no deeper than either.
    """
    if not common:
        return False
    x0, y0, x1, y1 = shapely.total_bounds(np.array(common, dtype=object)).tolist()
    edges = _stretches(outline)
    reach = np.array([[x0 - e_m], [y0 - e_m], [x1 + e_m], [y1 + e_m]])
    low, high = shapely.bounds(edges).T[:2], shapely.bounds(edges).T[2:]
    edges = edges[((high >= reach[:2]) & (low <= reach[2:])).all(axis=0)]
    if not len(edges):
        return True
    tree, todo = shapely.STRtree(edges), [*common]
    for _ in range(_MOST_BITS):
        if not todo:
            return False
        bit = todo.pop()
        corners = shapely.points(shapely.get_coordinates(bit))
        near, away = tree.query_nearest(corners, return_distance=True, all_matches=False)
        if away.max() > e_m + ROUNDING_M:
            return True
        some = edges[np.unique(near[1])[:_MANY]]
        if _deepest(shapely.distance(corners[:, None], some)) > e_m + ROUNDING_M:
            todo += _halves(bit)
    return False


def _stretches(outline: np.ndarray) -> np.ndarray:
    """The straight stretches of lines, each by itself."""
    places, owner = shapely.get_coordinates(shapely.get_parts(outline), return_index=True)
    joined = owner[1:] == owner[:-1]
    return shapely.linestrings(np.stack([places[:-1], places[1:]], axis=1)[joined])


def _deepest(apart: np.ndarray) -> float:
    """A depth that no place of a bit exceeds, from the distances of its corners from edges."""
    best = apart[:, np.argsort(apart.max(axis=0))[:_PROBES]]
    means = (best[:, :, None] + best[:, None, :]) / 2  # of a stretch with itself: its own
    return float(means.max(axis=0).min())


def _halves(bit: shapely.Geometry) -> list[shapely.Geometry]:
    """A line or polygon cut across its longer side; none of one as small as rounding."""
    x0, y0, x1, y1 = bit.bounds
    if max(x1 - x0, y1 - y0) < ROUNDING_M:
        return []
    if bit.geom_type != "Polygon":
        places = shapely.get_coordinates(bit)
        if len(places) == 2:
            places = np.insert(places, 1, places.mean(axis=0), axis=0)
        middle = len(places) // 2
        return [shapely.linestrings(places[: middle + 1]), shapely.linestrings(places[middle:])]
    if x1 - x0 >= y1 - y0:
        x = (x0 + x1) / 2
        sides = [shapely.box(x0, y0, x, y1), shapely.box(x, y0, x1, y1)]
    else:
        y = (y0 + y1) / 2
        sides = [shapely.box(x0, y0, x1, y), shapely.box(x0, y, x1, y1)]
    parts = [part for side in sides for part in single_parts(bit.intersection(side))]
    return [part for part in parts if part.geom_type == "Polygon"]


def _is_shallow(part: shapely.Geometry, outline: np.ndarray, e_m: float) -> bool:
    """Whether all of a piece lies within e, as seen from its middle; no is no answer."""
    x0, y0, x1, y1 = part.bounds
    middle = shapely.Point((x0 + x1) / 2, (y0 + y1) / 2)
    radius = math.hypot(x1 - x0, y1 - y0) / 2
    return bool(shapely.distance(outline, middle).min() + radius <= e_m)


def size_of(parts: Sequence[shapely.Geometry]) -> float:
    """m² of polygons, m of lines, number of points: all of one dimension."""
    if not len(parts):
        return 0.0
    if "Polygon" in parts[0].geom_type:
        return math.fsum(part.area for part in parts)
    if "Line" in parts[0].geom_type:
        return math.fsum(part.length for part in parts)
    return float(shapely.get_num_geometries(parts).sum())
