"""The promise of a site check worked out a second time, feature by feature, from its words alone.

Shapely and pyproj only: nothing of lsgis is imported, nothing is cut into pieces, indexed or
buffered where a distance decides. Slow on purpose.
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyproj
import shapely

SIGHT_M = 1e-6  # what is decided by less than this is decided by rounding: a tie
ROUNDING_M = 1e-8  # thinner ground is the rounding of coordinates
ALONG_M = 1e-7  # a line so near to an edge, for a millimetre at least, runs along it
CLOSED_M = 5e-3  # neighbours that gape by less (on each side) do not gape
SEVERITY = ("affected", "likely", "possible", "below_threshold")


@dataclass(frozen=True)
class Drawn:
    """A feature of a plan; accuracy NaN where nobody states one, shape None where unlocated."""

    key: str
    shape: shapely.Geometry | None
    accuracy_m: float
    quality: str


@dataclass(frozen=True)
class Theme:
    """A layer as it is asked: its features, and what its register names."""

    name: str
    features: tuple[Drawn, ...]
    names: frozenset[str] | None = None
    min_area_m2: float = 0.0
    min_length_m: float = 0.0

    def minimum(self, level: int) -> float:
        """Smallest overlap that counts as one: of points every one does."""
        return (0.0, self.min_length_m, self.min_area_m2)[level]

    @property
    def complete(self) -> bool:
        """Whether what is located is all there is, as the register has it."""
        located = {each.key for each in self.features if each.shape is not None}
        if self.names is not None:
            return bool(located) and set(self.names) <= located
        return False  # a number alone says nothing of what they are


@dataclass(frozen=True)
class Answer:
    """State, overlap (m², m or a number) and, by key, state, overlap, distance and e."""

    state: str
    size: float = 0.0
    nearest_m: float | None = None
    findings: dict[str, tuple[str, float, float, float]] = field(default_factory=dict)


def judge(
    site: shapely.Geometry,
    accuracy_m: float,
    theme: Theme,
    *,
    vouched: bool = False,
    assumed_m: float = 100.0,
    sight: float = 0.0,
) -> Answer:
    """The answer of one layer. `sight` moves every bound by so much: where that changes the
    answer, it hangs on the last digits."""
    located = [each for each in theme.features if each.shape is not None]
    if not located:
        return Answer("no_data")
    findings, distances, shared, grown = {}, [], [], []
    for each in located:
        e_m, assumed = combine(accuracy_m, each.accuracy_m, assumed_m)
        common = in_common(site, each.shape)
        level = min(_dimension(site), _dimension(each.shape))
        size = measure(common)
        distance = 0.0 if size else site.distance(each.shape)
        distances.append(distance)
        whole = _dimension(common) == level if size else True
        minimum = theme.minimum(level) if whole else 0.0
        state = None
        if size and size >= minimum:
            sure = each.quality != "schematic" and not assumed
            left = sure and remains(site, each.shape, common, e_m + sight, minimum)
            state = "affected" if left else "likely"
        elif size:
            more = reached(site, each.shape, e_m)
            grown.append(more)
            state = "possible" if measure(more) >= minimum else "below_threshold"
        elif distance <= e_m + sight:
            state = "possible"
        if size:
            shared.append(common)
        if state:
            findings[each.key] = (state, size, distance, e_m)
    total = measure(in_level(once(shared), min(_dimension(site), _dimension(located[0].shape))))
    nearest = min(distances)
    if not findings:
        state = "not_affected" if theme.complete or vouched else "incomplete"
        return Answer(state, total, nearest)
    state = min((row[0] for row in findings.values()), key=SEVERITY.index)
    level = min(_dimension(site), _dimension(located[0].shape))
    minimum = theme.minimum(level)
    if state != "affected" and _together(site, accuracy_m, located, minimum, assumed_m, sight):
        state = "affected"
    elif state in ("possible", "below_threshold") and total and total >= minimum:
        state = "likely"
    elif state == "below_threshold" and measure(once(grown)) >= minimum:
        state = "possible"
    return Answer(state, total, nearest, findings)


def combine(site_m: float, feature_m: float, assumed_m: float) -> tuple[float, bool]:
    """Combined accuracy (m), and whether one of the two had to be assumed."""
    both = (site_m, feature_m)
    assumed = any(math.isnan(each) for each in both)
    return math.hypot(*(assumed_m if math.isnan(each) else each for each in both)), assumed


def _together(
    site: shapely.Geometry,
    accuracy_m: float,
    located: Sequence[Drawn],
    minimum: float,
    assumed_m: float,
    sight: float,
) -> bool:
    """Whether zones of one accuracy or better, taken as one, hold ground deeper than its e."""
    firm = [
        each for each in located if not math.isnan(each.accuracy_m) and each.quality != "schematic"
    ]
    for feature_m in {each.accuracy_m for each in firm}:
        e_m, assumed = combine(accuracy_m, feature_m, assumed_m)
        shapes = [each.shape for each in firm if each.accuracy_m <= feature_m]
        near = [shape for shape in shapes if shape.distance(site) <= e_m]
        if assumed or len(near) < 2:
            continue
        zone = one_of(near)
        common = in_level(in_common(site, zone), min(_dimension(site), _dimension(zone)))
        if measure(common) and remains(site, zone, common, e_m + sight, minimum):
            return True
    return False


def one_of(shapes: Sequence[shapely.Geometry]) -> shapely.Geometry:
    """Neighbours as one shape, gaps of a centimetre closed."""
    if _dimension(shapes[0]) < 2:
        return shapely.union_all(shapes)
    wide = [
        shape.buffer(CLOSED_M, join_style="mitre", mitre_limit=50).normalize() for shape in shapes
    ]
    whole = shapely.union_all(wide)
    return whole.buffer(-CLOSED_M, join_style="mitre", mitre_limit=50)


# ---- what two have in common


def _dimension(shape: shapely.Geometry) -> int:
    return int(shapely.get_dimensions(shape))


def _parts(shape: shapely.Geometry) -> list[shapely.Geometry]:
    return [part for part in shapely.get_parts(shape) if not part.is_empty]


def in_level(shape: shapely.Geometry, level: int) -> shapely.Geometry:
    """Parts of one dimension; lines that only cross have points, which stay."""
    parts = _flat(shape)
    kept = [part for part in parts if _dimension(part) == level]
    return shapely.union_all(kept or ([] if level == 2 else parts))


def _flat(shape: shapely.Geometry) -> list[shapely.Geometry]:
    return [one for part in _parts(shape) for one in (_parts(part) or [part])]


def in_common(site: shapely.Geometry, zone: shapely.Geometry) -> shapely.Geometry:
    """Ground, stretches or points that both have; an edge that ground only touches is none."""
    levels = _dimension(site), _dimension(zone)
    common = _flat(site.intersection(zone))
    kept = [part for part in common if _dimension(part) == min(levels)]
    if min(levels) == 2:
        kept = [part for part in kept if part.area > ROUNDING_M * part.length]
    elif min(levels) == 1:
        line, other = (site, zone) if levels[0] == 1 else (zone, site)
        if max(levels) == 2:
            beside = in_level(line.intersection(other.buffer(ALONG_M)), 1)
            runs = [part for part in _flat(beside) if part.length > 1e-3]
            kept = runs or kept
        kept = [part for part in kept if part.length > ROUNDING_M]
        if not kept and max(levels) == 1:
            kept = [part for part in common if _dimension(part) == 0]
    return shapely.union_all(kept)


def once(grounds: Sequence[shapely.Geometry]) -> shapely.Geometry:
    """Grounds as one, shared ground once; stretches that nearly coincide are the same."""
    parts = [part for ground in grounds for part in _flat(ground)]
    kept: list[shapely.Geometry] = []
    for part in parts:
        if _dimension(part) == 1:
            for before in kept:
                part = part.difference(before.buffer(2 * ALONG_M, cap_style="flat"))
        kept += [one for one in _flat(part) if not one.is_empty]
    if any(_dimension(part) == 1 for part in kept):
        return shapely.MultiLineString([part for part in kept if _dimension(part) == 1])
    return shapely.union_all(kept)


def measure(shape: shapely.Geometry) -> float:
    """m² of ground, m of lines, number of points."""
    if shape.is_empty:
        return 0.0
    level = _dimension(shape)
    if level == 2:
        return float(shape.area)
    return float(shape.length) if level else float(len(_flat(shape)))


def reached(site: shapely.Geometry, zone: shapely.Geometry, e_m: float) -> shapely.Geometry:
    """What of the site (or of a zone without ground) the other reaches when it is grown by e."""
    if e_m <= 0:
        return in_common(site, zone)
    if _dimension(zone) == 2:
        grown = shapely.union_all([zone, zone.boundary.buffer(e_m, quad_segs=256)])
        return in_common(site, grown)
    return in_common(site.buffer(e_m, quad_segs=256), zone)


# ---- what remains when the zone is shrunk


def remains(
    site: shapely.Geometry,
    zone: shapely.Geometry,
    common: shapely.Geometry,
    e_m: float,
    minimum: float,
) -> bool:
    """Whether common ground lies deeper than e within the zone, and enough of it.

    Where lines or points restrict, it is the site that is shrunk: one without ground
    holds nothing then.
    """
    holder = zone if _dimension(zone) == 2 else site
    if _dimension(holder) < 2:
        return False
    if e_m <= 0 and _dimension(common):
        return True
    if minimum > 0 and _dimension(common):
        belt = holder.boundary.buffer(e_m, quad_segs=512)
        return measure(common.difference(belt)) >= minimum
    edges = segments(holder.boundary)
    return any(deeper(part, edges, e_m) for part in _flat(common))


def segments(boundary: shapely.Geometry) -> np.ndarray:
    """Stretches of an outline: (n, 4), easting and northing of both ends."""
    rows = [
        np.hstack([xy[:-1], xy[1:]])
        for line in _flat(boundary)
        for xy in [shapely.get_coordinates(line)]
    ]
    return np.vstack(rows)


def deeper(part: shapely.Geometry, edges: np.ndarray, e_m: float) -> bool:
    """Whether a place of a piece is farther than e from every edge, exactly.

    Halved until each bit is sure. The distance from a straight edge is convex: on a bit it
    is largest at a corner of it, and so is the mean of two such distances; a place that is
    the farthest from all edges is no farther than that.
    """
    todo = [part]
    while todo:
        bit = todo.pop()
        corners = shapely.get_coordinates(bit)
        if len(corners) == 1:
            if _apart(corners, edges).min() > e_m:
                return True
            continue
        away = _apart(corners, edges)
        if (away.min(axis=1) > e_m + ROUNDING_M).any():
            return True
        if _bound(away) <= e_m + ROUNDING_M or np.ptp(corners, axis=0).max() < ROUNDING_M:
            continue
        todo += _halves(bit)
    return False


def _apart(places: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Distance of each place from each edge."""
    start, way = edges[:, :2], edges[:, 2:] - edges[:, :2]
    long = np.maximum((way**2).sum(axis=1), 1e-300)
    out = places[:, None, :] - start[None, :, :]
    along = np.clip((out * way).sum(axis=2) / long, 0.0, 1.0)
    foot = out - along[:, :, None] * way[None, :, :]
    return np.hypot(foot[:, :, 0], foot[:, :, 1])


def _bound(away: np.ndarray) -> float:
    """No place of a bit is farther from all edges than this; `away`: its corners from each."""
    nearest = np.argsort(away.max(axis=0))[:6]
    most = float(away[:, nearest[0]].max())
    for one, other in itertools.combinations(nearest, 2):
        for share in (0.25, 0.5, 0.75):
            mean = share * away[:, one] + (1 - share) * away[:, other]
            most = min(most, float(mean.max()))
    return most


def _halves(bit: shapely.Geometry) -> Iterator[shapely.Geometry]:
    """A piece cut in two across its longer side."""
    if _dimension(bit) == 1:
        xy = shapely.get_coordinates(bit)
        if len(xy) > 2:
            middle = len(xy) // 2
            yield from (shapely.LineString(xy[: middle + 1]), shapely.LineString(xy[middle:]))
            return
        half = xy.mean(axis=0)
        yield from (shapely.LineString([xy[0], half]), shapely.LineString([half, xy[1]]))
        return
    x0, y0, x1, y1 = bit.bounds
    if x1 - x0 >= y1 - y0:
        middle = (x0 + x1) / 2
        boxes = [(x0, y0, middle, y1), (middle, y0, x1, y1)]
    else:
        middle = (y0 + y1) / 2
        boxes = [(x0, y0, x1, middle), (x0, middle, x1, y1)]
    for box in boxes:
        for part in _flat(bit.intersection(shapely.box(*box))):
            if _dimension(part) == 2:
                yield part


# ---- where the site lies


def shares(site: shapely.Geometry, units: dict[str, shapely.Geometry]) -> dict[str, float]:
    """Part of the site (0-1) in each unit that it has anything in common with."""
    whole = measure(site)
    found = {key: measure(in_common(site, unit)) for key, unit in units.items()}
    return {key: min(size / whole, 1.0) for key, size in found.items() if size}


# ---- places in degrees


def to_degrees(shape: shapely.Geometry, projected: str, operation: str) -> shapely.Geometry:
    """A shape in metres of a VN-2000 zone in degrees of WGS 84, by one datum operation."""
    plane = pyproj.CRS(projected)
    flat = pyproj.Transformer.from_crs(plane, plane.geodetic_crs, always_xy=True)
    datum = pyproj.Transformer.from_pipeline(f"urn:ogc:def:coordinateOperation:{operation}")

    def move(xy: np.ndarray) -> np.ndarray:
        lon, lat = flat.transform(xy[:, 0], xy[:, 1])
        lat, lon = datum.transform(lat, lon)
        return np.column_stack([lon, lat])

    return shapely.transform(shape, move)
