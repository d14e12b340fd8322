"""Seeded plans and sites of every kind, judged by lsgis and by the oracle, and compared."""

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import oracle
import shapely
from oracle import Drawn, Theme
from toysite import PROVINCE, RIGHT, UNKNOWN, WEST, Zone, at, toy_index, toy_site

from lsgis.region import read_region
from lsgis.sitecheck import CheckIndex, judge_site
from lsgis.sitecheck.context import describe_context
from lsgis.sitefile.reader import Site, read_site

AREA_REL, AREA_ABS, LENGTH_M = 1e-6, 1e-3, 1e-3
UNITS = {"00001": WEST, "00002": RIGHT}
# what the registers of the region name of a layer; of the others they tell a number at most
NAMES = {
    "nature_reserve": ["BT-01", "BT-02", "BT-03"],
    "hazard_zone": ["TT-01", "TT-02", "TT-03"],
    "ecological_landscape": ["CQ-01", "CQ-02"],
    "urban_inner": ["urban_lang_son"],
}
MINIMA = {
    "geopark_buffer": {"min_area_m2": 400.0, "min_length_m": 25.0},
    "sensitive_area": {"min_length_m": 40.0},
}
DATUM_M = 1.0  # stated of the operation (EPSG:6960)


@dataclass(frozen=True)
class Case:
    """A plan as lsgis has it, and as the oracle has it."""

    index: CheckIndex
    themes: dict[str, Theme]

    def drawn(self, *levels: int) -> list[Drawn]:
        """Located features, of some dimensions."""
        rows = [each for theme in self.themes.values() for each in theme.features if each.shape]
        return [
            each for each in rows if shapely.get_dimensions(each.shape) in (levels or (0, 1, 2))
        ]


# ---- plans


def star(rng: np.random.Generator, reach: float, corners: int, spread: float = 6000) -> Any:
    """A polygon of so many corners, of about this reach, in the middle of the toy."""
    angle = np.sort(rng.uniform(0, 2 * np.pi, corners))
    radius = rng.uniform(0.35, 1.0, corners) * reach
    ring = np.column_stack([np.cos(angle), np.sin(angle)]) * radius[:, None]
    shape = shapely.make_valid(shapely.Polygon(ring + rng.uniform(-spread, spread, 2)))
    return at(shape if shape.geom_type == "Polygon" else shape.convex_hull)


def ringed(rng: np.random.Generator, reach: float) -> Any:
    """A polygon with a hole."""
    outer = star(rng, reach, 9)
    inner = outer.representative_point().buffer(rng.uniform(0.05, 0.2) * reach, quad_segs=2)
    left = outer.difference(inner)
    return max(shapely.get_parts(left), key=lambda part: part.area)


def strips(rng: np.random.Generator, count: int, turn: float) -> list[Any]:
    """A zone handed over as parcels that lie side by side."""
    x, y = rng.uniform(-5000, 5000, 2)
    width, height = rng.uniform(300, 900), rng.uniform(300, 900)
    cuts = np.sort(np.round(rng.uniform(0, width, count - 1), 3))
    edges = np.unique(np.concatenate([[0.0], cuts, [width]]))
    boxes = [shapely.box(x + a, y, x + b, y + height) for a, b in pairwise(edges)]
    turned = [shapely.affinity.rotate(each, turn, origin=(x, y)) for each in boxes]
    return [at(each) for each in turned]


def make_case(seed: int) -> Case:
    """A plan whose layers are each one kind of thing that a planner may hand over."""
    rng = np.random.default_rng(seed)
    any_m: Callable[[], float] = lambda: float(rng.choice([0.0, 0.5, 5.0, 25.0]))  # noqa: E731
    whole = bool(seed % 2)

    def named(layer: str, shapes: list[Any], **told: Any) -> list[Zone]:
        keys = NAMES[layer] if whole else [f"own-{n}" for n in range(len(shapes))]
        return [Zone(shape, key=key, **told) for shape, key in zip(shapes, keys, strict=True)]

    two = [*strips(rng, 3, 0.0), *strips(rng, 5, float(rng.uniform(1, 89)))]
    many = shapely.MultiPolygon([star(rng, 300, 7, 2000) for _ in range(1)] + [
        at(shapely.box(x, 5200, x + 90, 5290)) for x in (0, 200, 400)
    ])  # fmt: skip
    zones: dict[str, list[Zone]] = {
        "nature_reserve": named("nature_reserve", [star(rng, 900, 12) for _ in range(3)],
                                accuracy_m=any_m(), quality="authoritative"),
        "hazard_zone": named("hazard_zone", [star(rng, 500, 6) for _ in range(3)],
                             accuracy_m=any_m()),
        "ecological_landscape": named("ecological_landscape",
                                      [star(rng, 800, 20) for _ in range(2)],
                                      accuracy_m=300.0, quality="schematic"),
        "urban_inner": named("urban_inner", [star(rng, 1500, 30, 2000)], accuracy_m=any_m()),
        "reserve_buffer": [Zone(star(rng, 400, 8), any_m()) for _ in range(3 if whole else 2)],
        "wetland": [Zone(star(rng, float(rng.uniform(50, 900)), int(rng.integers(4, 40))),
                         any_m(), "authoritative") for _ in range(8)],
        "monument_zone": [*(Zone(ringed(rng, 600), any_m(), "authoritative") for _ in range(4)),
                          Zone(shapely.union_all([many]), any_m(), "authoritative")],
        "water_corridor": [Zone(each, 5.0, "authoritative") for each in two],
        "groundwater_source": [Zone(star(rng, 700, 9, 1500), any_m()) for _ in range(6)],
        "surface_water_source": [Zone(star(rng, 500, 9), UNKNOWN) for _ in range(4)],
        "geopark_site": [Zone(at(shapely.Point(rng.uniform(-6000, 6000, 2))), any_m())
                         for _ in range(25)],
        "sensitive_area": [Zone(at(shapely.LineString(rng.uniform(-6000, 6000, (3, 2)))), any_m())
                           for _ in range(4)],
        "geopark_buffer": [Zone(star(rng, 400, 9), any_m()) for _ in range(6)],
        "urban_residential": [Zone(each, 0.5 if n % 2 else 5.0, "authoritative")
                              for n, each in enumerate(strips(rng, 4, 30.0))],
        "geopark_zone_1": [Zone(None)],
    }  # fmt: skip
    geometry = {"geopark_site": "Point", "sensitive_area": "LineString"}
    index = toy_index(zones, checks=MINIMA, geometry=geometry)
    return Case(index, {name: _theme(name, rows) for name, rows in zones.items()})


def _theme(name: str, zones: list[Zone]) -> Theme:
    rows = tuple(
        Drawn(zone.key or f"{n:05d}", zone.shape, zone.accuracy_m, zone.quality)
        for n, zone in enumerate(zones, start=1)
    )
    names = frozenset(NAMES[name]) if name in NAMES else None
    return Theme(name, rows, names, **MINIMA.get(name, {}))


# ---- sites: each kind a function of a plan; what it gives lies near one of its features


def _near(rng: np.random.Generator, case: Case) -> np.ndarray:
    """A place in or beside a feature."""
    drawn = case.drawn()
    shape = drawn[int(rng.integers(len(drawn)))].shape
    x0, y0, x1, y1 = shape.buffer(50).bounds
    return rng.uniform((x0, y0), (x1, y1))


def _blob(rng: np.random.Generator, case: Case, reach: float = 200, corners: int = 12) -> Any:
    place = _near(rng, case)
    angle = np.sort(rng.uniform(0, 2 * np.pi, corners))
    radius = rng.uniform(0.4, 1.0, corners) * reach
    ring = np.column_stack([np.cos(angle), np.sin(angle)]) * radius[:, None] + place
    shape = shapely.make_valid(shapely.Polygon(ring))
    return shape if shape.geom_type == "Polygon" else shape.convex_hull


def _line(rng: np.random.Generator, case: Case, corners: int = 5) -> Any:
    steps = np.vstack([np.zeros(2), rng.uniform(-400, 400, (corners - 1, 2)).cumsum(axis=0)])
    return shapely.LineString(_near(rng, case) + steps)


def _ground(rng: np.random.Generator, case: Case) -> tuple[Drawn, np.ndarray, np.ndarray]:
    """A zone with ground, the middle of one of its edges, and the way out of it there."""
    drawn = case.drawn(2)
    each = drawn[int(rng.integers(len(drawn)))]
    part = max(shapely.get_parts(each.shape), key=lambda one: one.area)
    ring = shapely.get_coordinates(shapely.geometry.polygon.orient(part).exterior)
    n = int(np.argmax(np.hypot(*np.diff(ring, axis=0).T))) if rng.random() < 0.7 else 0
    along = ring[n + 1] - ring[n]
    along = along / np.hypot(*along)
    return each, (ring[n] + ring[n + 1]) / 2, np.array([along[1], -along[0]])


def _at_bound(rng: np.random.Generator, case: Case, *, inside: bool, round: bool) -> Site:
    """A tip at e, a millimetre more or less, within a zone or before it."""
    each, middle, out = _ground(rng, case)
    mine = float(rng.choice([0.0, 0.5, 3.0, 20.0]))
    e_m = math.hypot(mine, each.accuracy_m if not math.isnan(each.accuracy_m) else 100.0)
    off = float(rng.choice([-0.001, 0.001, -0.01, 0.01, 0.0]))
    tip = middle + out * ((-1 if inside else 1) * (e_m + off))
    side = np.array([-out[1], out[0]])
    back = out if inside else -out
    if not inside:
        back = out
    if round:
        radius = float(rng.uniform(2, 60))
        turn = float(rng.uniform(0, 1))
        angle = (np.arange(48) + turn) / 48 * 2 * np.pi
        circle = np.column_stack([np.cos(angle), np.sin(angle)]) * radius
        shape = shapely.Polygon(circle + tip + back * (radius * math.cos(math.pi / 48)))
    else:
        wide = side * float(rng.uniform(1, 80))
        far = back * float(rng.uniform(5, 200))
        shape = shapely.Polygon([tip, tip + far + wide, tip + far - wide])
    return toy_site(shape, accuracy_m=mine)


def _accuracy(rng: np.random.Generator) -> float:
    return float(
        rng.choice([0.0, 0.5, 1.0, 10.0, 60.0, UNKNOWN], p=[0.2, 0.3, 0.2, 0.15, 0.1, 0.05])
    )


def _plain(make: Callable[[np.random.Generator, Case], Any]) -> Callable[..., Site]:
    return lambda rng, case: toy_site(make(rng, case), accuracy_m=_accuracy(rng))


def _hole(rng: np.random.Generator, case: Case) -> Any:
    outer = _blob(rng, case, 400)
    inner = outer.representative_point().buffer(40, quad_segs=3)
    return max(shapely.get_parts(outer.difference(inner)), key=lambda one: one.area)


def _many(rng: np.random.Generator, case: Case) -> Any:
    return shapely.union_all([_blob(rng, case, 120) for _ in range(int(rng.integers(2, 5)))])


def _far(rng: np.random.Generator, case: Case) -> Any:
    aside = at(shapely.Point(rng.uniform(12_000, 18_000, 2))).buffer(80, quad_segs=2)
    return shapely.union_all([_blob(rng, case), aside])


def _outside(rng: np.random.Generator, case: Case) -> Any:
    abroad = at(shapely.box(-20_500 - rng.uniform(0, 900), 100, -19_900, 900))
    return shapely.union_all([abroad, _blob(rng, case)]) if rng.random() < 0.7 else abroad


def _outside_line(rng: np.random.Generator, case: Case) -> Any:
    return shapely.LineString([_near(rng, case), _near(rng, case) + np.array([30_000.0, 0.0])])


def _points(rng: np.random.Generator, case: Case) -> Any:
    return shapely.MultiPoint([_near(rng, case) for _ in range(int(rng.integers(2, 7)))])


def _lines(rng: np.random.Generator, case: Case) -> Any:
    return shapely.union_all([_line(rng, case, 3) for _ in range(3)])


def _on_edge(rng: np.random.Generator, case: Case) -> Any:
    """A point, line or box on the edge of a parcel that lies with the grid."""
    x0, y0, x1, y1 = case.themes["water_corridor"].features[int(rng.integers(3))].shape.bounds
    y = float(rng.uniform(y0, y1))
    return [
        shapely.Point(x0, y),
        shapely.LineString([(x0, y0 - 30), (x0, y1 + 30)]),
        shapely.box(x0 - 50, y0, x0, y1),
        shapely.box(x0, y0, x1, y1),
        shapely.MultiPoint([(x0, y), ((x0 + x1) / 2, y), (x0 - 500, y)]),
    ][int(rng.integers(5))]


def _along(rng: np.random.Generator, case: Case) -> Any:
    """A line along the seam of parcels, or of communes."""
    parcels = case.themes["water_corridor"].features
    one = parcels[int(rng.integers(len(parcels)))].shape
    ring = shapely.get_coordinates(one)
    n = int(rng.integers(4))
    if rng.random() < 0.2:
        return at(shapely.LineString([(0, -3000), (0, 4000)]))
    return shapely.LineString(ring[n : n + 2])


def _sliver(rng: np.random.Generator, case: Case) -> Any:
    x, y = _near(rng, case)
    return shapely.Polygon([(x, y), (x + 400, y + 90), (x + 400, y + 90.01)])


def _spike(rng: np.random.Generator, case: Case) -> Any:
    x, y = _near(rng, case)
    return shapely.Polygon([(x, y), (x + 40, y), (x + 40, y + 40), (x + 20.01, y + 40),
                            (x + 20, y + 900), (x + 19.99, y + 40), (x, y + 40)])  # fmt: skip


def _square(side: float) -> Callable[..., Any]:
    def make(rng: np.random.Generator, case: Case) -> Any:
        x, y = _near(rng, case)
        return shapely.box(x, y, x + side, y + side)

    return make


def _strip(rng: np.random.Generator, case: Case) -> Any:
    line = _line(rng, case, 2)
    return line.buffer(float(rng.choice([0.02, 0.5, 3.0])), cap_style="flat")


def _huge(rng: np.random.Generator, case: Case) -> Any:
    return PROVINCE if rng.random() < 0.5 else at(shapely.box(-19_000, -7000, 9000, 20_400))


def _closed(kind: str) -> Callable[..., Site]:
    """A line that closes, handed over as text and read as what the user says it is."""

    def make(rng: np.random.Generator, case: Case) -> Site:
        ring = shapely.LineString(shapely.get_coordinates(_blob(rng, case, 300).exterior))
        return read_site(ring.wkt, crs=read_region().crs, accuracy_m=1.0, kind=kind)

    return make


def _degrees(rng: np.random.Generator, case: Case) -> Site:
    shape = oracle.to_degrees(_blob(rng, case), read_region().crs, "EPSG:6960")
    return read_site(shapely.to_wkt(shape, rounding_precision=12), crs="EPSG:4326", accuracy_m=1.0)


def _point_degrees(rng: np.random.Generator, case: Case) -> Site:
    shape = oracle.to_degrees(shapely.Point(_near(rng, case)), read_region().crs, "EPSG:6960")
    return read_site(f"{shape.x:.12f},{shape.y:.12f}", accuracy_m=5.0)


KINDS: dict[str, Callable[[np.random.Generator, Case], Site]] = {
    "polygon": _plain(_blob),
    "many corners": _plain(lambda rng, case: _blob(rng, case, 900, 300)),
    "hole": _plain(_hole),
    "several parts": _plain(_many),
    "parts far apart": _plain(_far),
    "outside in part": _plain(_outside),
    "line outside in part": _plain(_outside_line),
    "line": _plain(_line),
    "several lines": _plain(_lines),
    "closed, a polygon": _closed("polygon"),
    "closed, a line": _closed("line"),
    "point": _plain(lambda rng, case: shapely.Point(_near(rng, case))),
    "several points": _plain(_points),
    "on an edge": _plain(_on_edge),
    "along a seam": _plain(_along),
    "tip at depth e": lambda rng, case: _at_bound(rng, case, inside=True, round=False),
    "round at depth e": lambda rng, case: _at_bound(rng, case, inside=True, round=True),
    "tip at distance e": lambda rng, case: _at_bound(rng, case, inside=False, round=False),
    "round at distance e": lambda rng, case: _at_bound(rng, case, inside=False, round=True),
    "sliver": _plain(_sliver),
    "spike": _plain(_spike),
    "1 m²": _plain(_square(1.0)),
    "a hectare": _plain(_square(100.0)),
    "thin strip": _plain(_strip),
    "whole province": _plain(_huge),
    "degrees": _degrees,
    "a point in degrees": _point_degrees,
}
# of hundreds of vertices against every zone of the province: fewer of them
RARE = {"whole province": 0.2, "many corners": 0.3}


# ---- compared


@dataclass
class Tally:
    """What was compared, and what differed."""

    sites: int = 0
    states: int = 0
    findings: int = 0
    ties: int = 0
    by_state: Counter[str] = field(default_factory=Counter)
    by_kind: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    worst: dict[str, float] = field(default_factory=lambda: dict.fromkeys(
        ("area_m2", "area_rel", "length_m", "distance_m", "share"), 0.0))  # fmt: skip
    seconds: dict[str, float] = field(default_factory=lambda: {"lsgis": 0.0, "oracle": 0.0})

    def note(self, name: str, value: float) -> None:
        """Remember the worst error of a kind."""
        self.worst[name] = max(self.worst[name], value)


def make_sites(case: Case, seed: int, each: int) -> Iterator[tuple[str, Site]]:
    """So many sites of each kind, the rare ones fewer."""
    for n, (kind, make) in enumerate(KINDS.items()):
        rng = np.random.default_rng([seed, n])
        for _ in range(max(1, round(each * RARE.get(kind, 1.0)))):
            yield kind, make(rng, case)


def compare(
    case: Case, kind: str, site: Site, tally: Tally, *, place: str = "", communes: bool = True
) -> None:
    """Judge a site twice and note every place where the two disagree."""
    vouched = {"wetland"} if tally.sites % 3 == 0 else set()
    start = time.perf_counter()
    themes = judge_site(site, case.index, complete=vouched).themes
    context = describe_context(site, case.index)
    tally.seconds["lsgis"] += time.perf_counter() - start
    start = time.perf_counter()
    accuracy_m = math.hypot(site.accuracy_m, DATUM_M if site.operation else 0.0)
    for theme in themes:
        mine = case.themes.get(theme["layer"])
        if mine is None:
            continue
        _compare_layer(site.geometry, accuracy_m, theme, mine, vouched, tally, f"{place} {kind}")
    if communes:
        _compare_place(site.geometry, context, tally, f"{place} {kind}")
    tally.seconds["oracle"] += time.perf_counter() - start
    tally.sites += 1
    tally.by_kind[kind] += 1


def _compare_place(shape: Any, context: dict[str, Any], tally: Tally, place: str) -> None:
    found = {row["code"]: row["share"] for row in context["communes"]}
    expected = oracle.shares(shape, UNITS)
    if set(found) != set(expected):
        tally.wrong.append(f"{place}: communes {found}, expected {expected}")
    for code in set(found) & set(expected):
        tally.note("share", abs(found[code] - expected[code]))
    inside = oracle.shares(shape, {"all": PROVINCE}).get("all", 0.0)
    tally.note("share", abs(context["outside_share"] - (1.0 - inside)))


def _compare_layer(
    shape: Any,
    accuracy_m: float,
    theme: dict[str, Any],
    mine: Theme,
    vouched: set[str],
    tally: Tally,
    place: str,
) -> None:
    told = {"vouched": mine.name in vouched}
    expected = oracle.judge(shape, accuracy_m, mine, **told)
    found = {row["key"]: row for row in theme["findings"]}
    tally.states += 1
    tally.findings += len(found)
    tally.by_state[theme["state"]] += 1
    states = {"": theme["state"], **{key: row["state"] for key, row in found.items()}}
    wanted = {"": expected.state, **{key: row[0] for key, row in expected.findings.items()}}
    if states != wanted:
        sights = (-oracle.SIGHT_M, oracle.SIGHT_M)
        near = [oracle.judge(shape, accuracy_m, mine, sight=sight, **told) for sight in sights]
        if len({str((one.state, sorted((k, r[0]) for k, r in one.findings.items())))
                for one in near}) > 1:  # fmt: skip
            tally.ties += 1
        else:
            tally.wrong.append(f"{place} {mine.name}: {_unlike(states, wanted)}\n  {shape.wkt}")
        return
    for key, row in found.items():
        _, size, distance, e_m = expected.findings[key]
        _compare_size(_size(row), size, shape, tally, f"{place} {mine.name} {key}")
        tally.note("distance_m", abs(row["distance_m"] - distance))
        tally.note("distance_m", abs(row["e_m"] - e_m))
    _compare_size(_size(theme), expected.size, shape, tally, f"{place} {mine.name}")
    if expected.nearest_m is not None:
        tally.note("distance_m", abs(theme["nearest"]["distance_m"] - expected.nearest_m))


def _unlike(states: dict[str, str], wanted: dict[str, str]) -> str:
    keys = [key for key in {*states, *wanted} if states.get(key) != wanted.get(key)]
    told = (f"{key or 'layer'} {states.get(key)}, expected {wanted.get(key)}" for key in keys)
    return "; ".join(sorted(told))


def _size(row: dict[str, Any]) -> float:
    return float(row["area_m2"] or row["length_m"] or row["count"] or 0.0)


def _compare_size(found: float, expected: float, shape: Any, tally: Tally, place: str) -> None:
    gap = abs(found - expected)
    if shapely.get_dimensions(shape) == 2:
        if gap > AREA_ABS:
            tally.note("area_rel", gap / max(expected, 1.0))
        tally.note("area_m2", gap)
        if gap > max(AREA_ABS, AREA_REL * expected):
            tally.wrong.append(f"{place}: {found} m², expected {expected}")
    else:
        tally.note("length_m", gap)
        if gap > LENGTH_M:
            tally.wrong.append(f"{place}: {found} m, expected {expected}\n  {shape.wkt}")


def limits_kept(tally: Tally) -> bool:
    """Whether distances and shares agree as well as they must."""
    return tally.worst["distance_m"] <= LENGTH_M and tally.worst["share"] <= 1e-6
