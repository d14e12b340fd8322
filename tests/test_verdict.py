"""The state of one layer for one site: every state, threshold and accuracy, seen on squares."""

import itertools
import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import shapely
import shapely.affinity
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from toysite import EAST, NORTH, UNKNOWN, Zone, at, square, toy_index, toy_site

from lsgis.catalogue import read_catalogue, read_required
from lsgis.combine.common_ground import WIDENED, size_deeper
from lsgis.sitecheck import check_site, judge_site
from lsgis.sitecheck.record import WORST_FIRST
from lsgis.sitecheck.verdict import judge

SITE = square(0, 0, 100, 100)  # one hectare
LAYER, POINTS = "wetland", "geopark_site"
CERTAIN = {  # how sure a state is; worse accuracy may only go to the right of it
    "affected": ("affected", "likely"),
    "likely": ("likely",),
    "below_threshold": ("below_threshold", "possible"),
    "not_affected": ("not_affected", "possible"),
    "possible": ("possible",),
}


def ask(zones, site=SITE, *, accuracy_m=0.0, layer=LAYER, complete=True, **options):
    """Record of one layer; by default the caller vouches that it is complete."""
    if not isinstance(zones, list):
        zones = [zones]
    index = toy_index({layer: zones}, **options)
    themes = judge_site(
        toy_site(site, accuracy_m=accuracy_m), index, complete=[layer] if complete else []
    ).themes
    assert {theme["state"] for theme in themes} <= set(WORST_FIRST)
    return next(theme for theme in themes if theme["layer"] == layer)


@pytest.mark.parametrize(
    ("zone", "e", "state", "area"),
    [
        pytest.param((50, 0, 200, 100), 0, "affected", 5000, id="half, known exactly"),
        pytest.param((50, 0, 200, 100), 10, "affected", 5000, id="half, 10 m: 40 m remain"),
        pytest.param((50, 0, 200, 100), 49, "affected", 5000, id="half, 49 m: 1 m remains"),
        pytest.param((50, 0, 200, 100), 51, "likely", 5000, id="half, 51 m: nothing remains"),
        pytest.param((95, 0, 200, 100), 10, "likely", 500, id="5 m over, 10 m unsure"),
        pytest.param((99.99, 0, 200, 100), 0, "affected", 1, id="one square metre counts"),
        pytest.param((99.99, 0, 200, 100), 1, "likely", 1, id="one square metre, 1 m unsure"),
        pytest.param((100, 0, 200, 100), 0, "possible", 0, id="a shared edge is no overlap"),
        pytest.param((100, 100, 200, 200), 0, "possible", 0, id="nor is a shared corner"),
        pytest.param((105, 0, 200, 100), 10, "possible", 0, id="5 m away, 10 m unsure"),
        pytest.param((110, 0, 200, 100), 10, "possible", 0, id="as far as the accuracy"),
        pytest.param((110.001, 0, 200, 100), 10, "not_affected", 0, id="a millimetre farther"),
        pytest.param((-50, -50, 150, 150), 10, "affected", 10_000, id="inside"),
        pytest.param((-5, -5, 105, 105), 10, "affected", 10_000, id="inside, 5 m from the edge"),
        pytest.param((40, -500, 55, 500), 10, "likely", 1500, id="15 m corridor, 10 m unsure"),
        pytest.param((40, -500, 70, 500), 10, "affected", 3000, id="30 m corridor, 10 m unsure"),
        pytest.param((40, 40, 60, 60), 9, "affected", 400, id="zone inside the site"),
        pytest.param((40, 40, 60, 60), 11, "likely", 400, id="small zone inside the site"),
    ],
)
def test_states_of_a_square(zone, e, state, area):
    theme = ask(Zone(square(*zone), e))
    assert theme["state"] == state
    assert theme["area_m2"] == pytest.approx(area)
    assert [f["state"] for f in theme["findings"]] == ([] if state == "not_affected" else [state])
    assert theme["share"] == pytest.approx(area / 10_000)


@pytest.mark.parametrize(
    ("mine", "theirs", "datum", "e"),
    [
        pytest.param(3, 4, "", 5.0, id="root of the sum of squares"),
        pytest.param(0, 7, "", 7.0, id="the zone's alone"),
        pytest.param(2, 2, "VN-2000 to WGS 84 (2)", 3.0, id="the datum operation adds 1 m"),
        pytest.param(0, UNKNOWN, "", 100.0, id="assumed where nobody states it"),
        pytest.param(UNKNOWN, 0, "", 100.0, id="assumed for the site"),
    ],
)
def test_combined_accuracy(mine, theirs, datum, e):
    index = toy_index({LAYER: [Zone(square(50, 0, 400, 100), theirs)]})
    site = toy_site(SITE, accuracy_m=mine, operation=datum)
    theme = next(t for t in judge_site(site, index).themes if t["layer"] == LAYER)
    assert theme["nearest"]["e_m"] == pytest.approx(e)
    assert theme["findings"][0]["accuracy_assumed"] == (e == 100.0)
    assert (theme["findings"][0]["state"] == "affected") == (e < 50)


@pytest.mark.parametrize(
    ("zone", "assumed"),
    [
        pytest.param(Zone(square(-500, -500, 500, 500), 0.0, "schematic"), False, id="symbol"),
        pytest.param(Zone(square(-500, -500, 500, 500), UNKNOWN), True, id="accuracy unknown"),
    ],
)
def test_a_symbol_or_an_assumption_never_affects(zone, assumed):
    theme = ask(zone)
    (finding,) = theme["findings"]
    assert finding["state"] == theme["state"] == "likely"
    assert (finding["symbol"], finding["accuracy_assumed"]) == (not assumed, assumed)


@pytest.mark.parametrize(
    ("overlap_m", "e", "state"),
    [
        pytest.param(0.5, 0, "below_threshold", id="50 of 100 m²"),
        pytest.param(0.5, 0.1, "below_threshold", id="60 m² when grown by 0.1 m"),
        pytest.param(0.5, 1, "possible", id="150 m² when grown by 1 m"),
        pytest.param(0.009, 0, "below_threshold", id="0.9 m² is told with its figure"),
        pytest.param(1, 0, "affected", id="100 m² reach the minimum"),
        pytest.param(1.5, 0.2, "affected", id="130 m² remain"),
        pytest.param(1.5, 0.6, "likely", id="90 m² remain"),
        pytest.param(0, 0, "possible", id="touching"),
        pytest.param(-2, 1, "not_affected", id="2 m away"),
    ],
)
def test_smallest_overlap(overlap_m, e, state):
    checks = {LAYER: {"min_area_m2": 100.0}}
    theme = ask(Zone(square(100 - overlap_m, 0, 300, 100), e), checks=checks)
    assert theme["state"] == state
    assert theme["area_m2"] == pytest.approx(max(overlap_m, 0) * 100)


def test_small_overlaps_count_together():
    """Three slivers of 40 m²: each is below 100 m², together they are not."""
    zones = [Zone(square(99.6, n * 200 - 500, 300, n * 200 - 400)) for n in range(3)]
    site = square(0, -500, 100, 500)
    checks = {LAYER: {"min_area_m2": 100.0}}
    theme = ask(zones, site, checks=checks)
    assert [f["state"] for f in theme["findings"]] == ["below_threshold"] * 3
    assert theme["area_m2"] == pytest.approx(120)
    assert theme["state"] == "affected"  # as of one zone of three parts
    assert ask(zones[:2], site, checks=checks)["state"] == "below_threshold"


@pytest.mark.parametrize(
    ("zones", "options", "state"),
    [
        pytest.param([], {}, "no_data", id="an empty layer"),
        pytest.param([Zone(None)], {}, "no_data", id="declared, not located"),
        pytest.param([Zone(square(900, 0, 990, 90))], {"complete": False}, "incomplete",
                     id="the Decision states no number"),
        pytest.param([Zone(square(900, 0, 990, 90)), Zone(None)], {"complete": False}, "incomplete",
                     id="one of two located"),
        pytest.param([Zone(square(900, 0, 990, 90))], {}, "not_affected", id="vouched for"),
    ],
)  # fmt: skip
def test_what_nobody_has_drawn(zones, options, state):
    theme = ask(zones, **options)
    assert theme["state"] == state
    assert theme["findings"] == []


@pytest.mark.parametrize(
    ("count", "state"),
    [
        pytest.param(0, "no_data", id="0 of 3"),
        pytest.param(1, "incomplete", id="1 of 3"),
        pytest.param(3, "not_affected", id="3 of 3"),
    ],
)
def test_complete_as_the_decision_counts(count, state):
    """Three reserves (339/QĐ-UBND, Điều 1, IX.1.b): clear only when all are located."""
    keys = [row["code"] for row in _names("nature_reserve")]
    zones = [replace(_aside(n), key=keys[n]) for n in range(count)]
    theme = ask(zones, layer="nature_reserve", complete=False)
    assert (theme["state"], theme["expected"], theme["located"]) == (state, 3, count)
    assert theme["undrawn_count"] == 3 - count
    assert [row["key"] for row in theme["undrawn"]] == keys[count:]


def _aside(n):
    """The n-th of some zones beside the site."""
    return Zone(square(900, n * 200, 990, n * 200 + 90))


def _names(layer):
    """Rows of the register that must be there for a layer to be whole; none without a register."""
    rows = read_required(read_catalogue()[layer])
    return [] if rows is None else rows.to_dict("records")


COUNTED = [
    name
    for name, layer in read_catalogue().items()
    if layer.restricts and layer.expected.count is not None and _names(name)
]


@given(data=st.data(), layer=st.sampled_from(COUNTED))
@settings(max_examples=60, deadline=None)
def test_complete_is_what_the_register_names_however_many_are_drawn(data, layer):
    """Sub-zones of one reserve are as many as the reserves, and not the reserves."""
    names = {row[read_catalogue()[layer].key]: row for row in _names(layer)}
    drawn = data.draw(st.lists(st.sampled_from(sorted(names)), unique=True), label="named")
    strange = data.draw(st.integers(0, len(names) + 2), label="strange")
    assume(drawn or strange)
    zones = [replace(_aside(n), key=key) for n, key in enumerate(drawn)]
    zones += [replace(_aside(len(drawn) + n), key=f"own-{n}") for n in range(strange)]
    theme = ask(zones, layer=layer, complete=False)
    whole = set(drawn) == set(names)
    assert theme["complete"] == whole and theme["located"] == len(drawn)
    assert theme["state"] == ("not_affected" if whole else "incomplete")
    assert {row["key"] for row in theme["undrawn"]} == set(names) - set(drawn)
    assert theme["undrawn_count"] == theme["expected"] - len(drawn)
    for row in theme["undrawn"]:
        assert row["name_vi"] == names[row["key"]]["name_vi"]
        assert row["commune_codes"] == [
            code for code in names[row["key"]]["commune_codes"].split("; ") if code
        ]
    assert ask(zones, layer=layer)["state"] == "not_affected"  # vouched for


@given(data=st.data(), layer=st.sampled_from(COUNTED))
@settings(max_examples=30, deadline=None)
def test_a_code_under_the_name_of_something_else_is_not_what_the_register_names(data, layer):
    """A layer is whole by what its things are, not by the codes somebody wrote beside them."""
    rows = _names(layer)
    key = read_catalogue()[layer].key
    right = data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)))
    names = [row["name_vi"] if ok else "Khu khác hẳn" for row, ok in zip(rows, right, strict=True)]
    zones = [
        replace(_aside(n), key=row[key], name=name)
        for n, (row, name) in enumerate(zip(rows, names, strict=True))
    ]
    theme = ask(zones, layer=layer, complete=False)
    assert theme["complete"] == all(right)
    assert theme["state"] == ("not_affected" if all(right) else "incomplete")
    assert {row["key"] for row in theme["undrawn"]} == {
        row[key] for row, ok in zip(rows, right, strict=True) if not ok
    }


NAMELESS = [
    name
    for name, layer in read_catalogue().items()
    if layer.restricts and layer.expected.count is not None and not _names(name)
]


@pytest.mark.parametrize("layer", NAMELESS)
@pytest.mark.parametrize("more", [-1, 0, 1])
def test_a_layer_that_nothing_names_is_never_complete_by_count(layer, more):
    """Three parcels of one buffer are as many as the buffers: only the caller can vouch."""
    zones = [_aside(n) for n in range(read_catalogue()[layer].expected.count + more)]
    assert ask(zones, layer=layer, complete=False)["state"] == "incomplete"
    assert ask(zones, layer=layer)["state"] == "not_affected"


RESTRICTING = [name for name, layer in read_catalogue().items() if layer.restricts]


@pytest.mark.parametrize("layer", RESTRICTING)
def test_what_the_caller_vouches_for_can_be_reported(layer):
    """Features of his own that no register knows, far away: a whole report is made of them."""
    index = toy_index({layer: [replace(_aside(9), key="own-1")]})
    report = check_site(toy_site(SITE), index, on=date(2026, 11, 22), complete=[layer])
    (theme,) = [theme for theme in report.themes if theme.layer == layer]
    assert (theme.state, theme.complete) == ("not_affected", True)


def test_strange_keys_do_not_fill_what_the_register_leaves_unnamed():
    """Of 19 parks the register names some: 19 drawn ones are counted, and vouched for by nobody."""
    layer = read_catalogue()["industrial_park"]
    assert 0 < len(_names(layer.name)) < layer.expected.count
    card = toy_index({layer.name: [_aside(n) for n in range(layer.expected.count)]}).layers
    assert card[layer.name]["located"] == layer.expected.count
    assert not card[layer.name]["complete"]


@pytest.mark.parametrize(
    ("site", "e", "state", "count"),
    [
        pytest.param(SITE, 0, "affected", 1, id="inside"),
        pytest.param(SITE, 49, "affected", 1, id="50 m from the edge, 49 m unsure"),
        pytest.param(SITE, 50, "likely", 1, id="50 m from the edge, 50 m unsure"),
        pytest.param(square(50, 0, 90, 90), 0, "likely", 1, id="on the edge"),
        pytest.param(square(60, 0, 90, 90), 10, "possible", 0, id="10 m away"),
        pytest.param(square(60, 0, 90, 90), 9, "not_affected", 0, id="10 m away, 9 m unsure"),
        pytest.param(at(shapely.Point(50, 50)), 0, "likely", 1, id="a point on a point"),
    ],
)
def test_a_point_feature(site, e, state, count):
    theme = ask(Zone(at(shapely.Point(50, 50)), e), site, layer=POINTS)
    assert (theme["state"], theme["count"]) == (state, count)


@pytest.mark.parametrize(
    ("line", "e", "state", "length"),
    [
        pytest.param([(-50, 50), (150, 50)], 10, "affected", 100, id="across the middle"),
        pytest.param([(-50, 50), (150, 50)], 50, "likely", 100, id="nothing is 50 m deep"),
        pytest.param([(-50, 5), (150, 5)], 10, "likely", 100, id="5 m from the edge"),
        pytest.param([(-50, -5), (150, -5)], 10, "possible", 0, id="5 m outside"),
        pytest.param([(-50, 50), (0, 50)], 0, "possible", 0, id="ends at the edge"),
        pytest.param([(-50, 50), (150, 50), (-50, 50.0)], 10, "affected", 100, id="there and back"),
    ],
)
def test_a_line_feature(line, e, state, length):
    zone = Zone(at(shapely.LineString(line)), e)
    theme = ask(zone, geometry={LAYER: "LineString"})
    assert theme["state"] == state
    assert theme["length_m"] == pytest.approx(length)
    assert theme["area_m2"] is None and theme["share"] is None


@pytest.mark.parametrize(
    ("site", "e", "state", "size"),
    [
        pytest.param(shapely.LineString([(-50, 50), (150, 50)]), 10, "affected", ("length_m", 100),
                     id="a road through a zone"),
        pytest.param(shapely.LineString([(-50, 50), (150, 50)]), 60, "likely", ("length_m", 100),
                     id="a road, 60 m unsure"),
        pytest.param(shapely.LineString([(-50, 0), (150, 0)]), 1, "likely", ("length_m", 100),
                     id="a road along the edge"),
        pytest.param(shapely.Point(50, 50), 10, "affected", ("count", 1), id="a point in a zone"),
        pytest.param(shapely.Point(50, 50), 50, "likely", ("count", 1), id="a point, 50 m unsure"),
        pytest.param(shapely.Point(100, 50), 0, "likely", ("count", 1), id="a point on the edge"),
        pytest.param(shapely.Point(105, 50), 10, "possible", ("count", 0), id="a point beside"),
    ],
)  # fmt: skip
def test_a_line_or_point_site(site, e, state, size):
    theme = ask(Zone(SITE, e), at(site))
    name, value = size
    assert theme["state"] == state
    assert theme[name] == pytest.approx(value)


def test_two_lines_that_cross():
    line = shapely.LineString
    site, zone = at(line([(-50, 50), (150, 50)])), Zone(at(line([(50, -50), (50, 150)])), 5)
    theme = ask(zone, site, geometry={LAYER: "LineString"})
    assert (theme["state"], theme["count"], theme["length_m"]) == ("likely", 1, 0)


@pytest.mark.parametrize("hole", [(20, 20, 80, 80), (-5, 20, 80, 80)])
def test_a_hole_is_no_zone(hole):
    outer, inner = square(-500, -500, 500, 500), square(*hole)
    theme = ask(Zone(shapely.difference(outer, inner), 1))
    left = 10_000 - shapely.intersection(SITE, inner).area
    assert theme["area_m2"] == pytest.approx(left)
    assert ask(Zone(shapely.difference(outer, inner), 1), square(30, 30, 70, 70))["area_m2"] == 0


def test_parts_of_one_zone_are_one_finding():
    parts = shapely.union_all([square(-50, 0, 20, 100), square(60, 0, 70, 100)])
    theme = ask(Zone(parts, 1))
    assert [f["area_m2"] for f in theme["findings"]] == [pytest.approx(3000)]


@pytest.mark.parametrize(
    ("layer", "part"),
    [
        pytest.param("nature_reserve", "nature_reserve/00002", id="a part of the zones"),
        pytest.param("hazard_zone", None, id="no part of them"),
    ],
)
def test_a_finding_names_the_part_of_the_environmental_zones(layer, part):
    zones = [Zone(square(900, 0, 990, 90)), Zone(square(50, 0, 200, 100))]
    (finding,) = ask(zones, layer=layer)["findings"]
    assert (finding["key"], finding["part"]) == ("00002", part)


def test_zones_that_overlap_share_their_ground():
    theme = ask([Zone(square(-50, 0, 60, 100)), Zone(square(40, 0, 150, 100))])
    assert [f["share"] for f in theme["findings"]] == pytest.approx([0.6, 0.6])
    assert theme["share"] == pytest.approx(1.0) and theme["share"] <= 1
    assert theme["area_m2"] == pytest.approx(10_000)


def test_the_worst_finding_is_the_state_of_the_layer():
    zones = [Zone(square(105, 0, 200, 100), 10), Zone(square(50, 0, 99, 100), 0),
             Zone(square(-200, 0, 3, 100), 10)]  # fmt: skip
    theme = ask(zones)
    assert [f["state"] for f in theme["findings"]] == ["affected", "likely", "possible"]
    assert theme["state"] == "affected"


def test_distance_and_bearing_to_the_nearest():
    theme = ask([Zone(square(0, 400, 100, 500)), Zone(square(300, 0, 400, 100))])
    nearest = theme["nearest"]
    assert (nearest["key"], nearest["distance_m"], nearest["bearing_deg"]) == ("00002", 200.0, 90.0)
    assert [band["least"] for band in theme["bands"]] == [0, 0, 2, 2]
    assert [band["most"] for band in theme["bands"]] == [0, 0, 2, 2]
    far = ask([Zone(square(0, 9000, 100, 9500))])["nearest"]
    assert (far["distance_m"], far["bearing_deg"]) == (8900.0, 0.0)


def test_judge_asks_only_what_it_needs():
    def refuse():
        raise AssertionError("not to be asked")

    free = {"sure": True, "shrunk": refuse, "grown": refuse}
    assert judge(0, distance_m=5, e_m=4, minimum=0, **free) is None
    assert judge(0, distance_m=5, e_m=5, minimum=0, **free) == "possible"
    asked = {**free, "sure": False}
    assert judge(1, distance_m=0, e_m=5, minimum=0, **asked) == "likely"


corner = st.integers(-300, 300)
boxes = st.tuples(corner, corner, st.integers(1, 400), st.integers(1, 400)).map(
    lambda b: square(b[0], b[1], b[0] + b[2], b[1] + b[3])
)
accuracies = st.floats(0, 500)


@settings(max_examples=60, deadline=None)
@given(zone=boxes, better=accuracies, worse=accuracies, minimum=st.sampled_from([0.0, 900.0]),
       quality=st.sampled_from(["indicative", "schematic"]))  # fmt: skip
def test_worse_accuracy_never_makes_a_verdict_surer(zone, better, worse, minimum, quality):
    better, worse = sorted([better, worse])
    index = toy_index({LAYER: [Zone(zone, 0.0, quality)]}, checks={LAYER: {"min_area_m2": minimum}})
    first, second = (
        next(
            theme["state"]
            for theme in judge_site(toy_site(SITE, accuracy_m=e), index, complete=[LAYER]).themes
            if theme["layer"] == LAYER
        )
        for e in (better, worse)
    )
    assert second in CERTAIN[first]


@settings(max_examples=40, deadline=None)
@given(corners=st.integers(3, 12), e=st.floats(0.5, 60), seed=st.integers(0, 10**6))
def test_what_remains_is_truly_deeper(corners, e, seed):
    """A zone shrunk by e: all that remains lies deeper than e, and nothing deeper is lost."""
    rng = np.random.default_rng(seed)
    angle, radius = np.sort(rng.uniform(0, 2 * math.pi, corners)), rng.uniform(20, 150, corners)
    ring = np.column_stack([np.cos(angle), np.sin(angle)]) * radius[:, None]
    zone = shapely.make_valid(shapely.Polygon(ring + 50))
    common = [part for part in shapely.get_parts(zone) if part.geom_type == "Polygon"]
    outline = np.array([shapely.boundary(part) for part in common], dtype=object)
    size = sum(size_deeper([part], np.array([line]), e, whole=True)
               for part, line in zip(common, outline, strict=True))  # fmt: skip
    exact = [shapely.buffer(part, -e, quad_segs=64).area for part in common]
    least = [shapely.buffer(part, -e * WIDENED * 1.011, quad_segs=64).area for part in common]
    assert sum(least) - 1e-6 <= size <= sum(exact) + 1e-6
    quick = [size_deeper([part], np.array([line]), e) > 0
             for part, line in zip(common, outline, strict=True)]  # fmt: skip
    for found, surely, maybe in zip(quick, least, exact, strict=True):
        assert maybe > 0 if found else surely <= 1e-6


# Several zones of one layer: what they share counts once, and a seam between them is no edge.

floats = st.floats(-150, 150)
spots = st.tuples(floats, floats)


@st.composite
def stars(draw, most=12):
    """A polygon of slanting edges round some place, simple whatever is drawn."""
    x, y = draw(spots)
    radii = draw(st.lists(st.floats(5, 120), min_size=3, max_size=most))
    turn = draw(st.floats(0, 1))
    angles = (np.arange(len(radii)) + turn) * (2 * math.pi / len(radii))
    ends = np.c_[x + radii * np.cos(angles), y + radii * np.sin(angles)]
    return at(shapely.Polygon(ends))


@st.composite
def sites(draw):
    ends = draw(st.lists(spots, min_size=2, max_size=5, unique=True))
    kind = draw(st.sampled_from(["line", "points", "ground"]))
    if kind == "ground":
        return draw(stars())
    site = at(shapely.LineString(ends) if kind == "line" else shapely.MultiPoint(ends))
    assume(kind == "points" or (site.is_simple and site.length > 1))
    return site


@given(site=sites(), zones=st.lists(stars(), min_size=2, max_size=6))
@settings(max_examples=100, deadline=None)
def test_the_total_is_what_lies_in_the_union(site, zones):
    """However the zones of a layer overlap: never more than the site, each piece of it once."""
    theme = ask([Zone(zone) for zone in zones], site)
    union = shapely.union_all(zones)
    inside = shapely.intersection(site, union)
    name, size = {
        0: ("count", len(list(getattr(inside, "geoms", [inside][: not inside.is_empty])))),
        1: ("length_m", inside.length),
        2: ("area_m2", inside.area),
    }[int(shapely.get_dimensions(site))]
    whole = {"count": len(getattr(site, "geoms", [0])), "length_m": site.length}
    assert theme[name] == pytest.approx(size, rel=1e-6, abs=1e-5)
    assert theme[name] <= whole.get(name, site.area) * (1 + 1e-9)
    assert max((f[name] for f in theme["findings"]), default=0) <= theme[name] * (1 + 1e-9) + 1e-6


def test_zones_that_nearly_coincide_count_a_line_once():
    """The same zone three times and one beside it: cuts that differ by the last digit."""
    turns = np.arange(3) * (2 * math.pi / 3)
    first, other = (
        Zone(at(shapely.Polygon(np.c_[x + 5 * np.cos(turns), 5 * np.sin(turns)]))) for x in (0, 3)
    )
    site = at(shapely.LineString([(0, 0.3125), (20, 0)]))
    inside = shapely.intersection(site, first.shape.union(other.shape)).length
    for zones in itertools.permutations([first, first, other, first]):
        assert ask([*zones], site)["length_m"] == pytest.approx(inside, rel=1e-6)


def _parcels(zone, count, turn, grid=0.0):
    """A zone cut into so many strips, slanting; their corners rounded to a grid, if any."""
    x0, y0, x1, y1 = zone.bounds
    far = x1 - x0 + y1 - y0
    middle = shapely.Point((x0 + x1) / 2, (y0 + y1) / 2)
    ways = np.linspace(-far / 2, far / 2, count + 1)
    cut = [
        shapely.affinity.rotate(
            shapely.box(middle.x + a, middle.y - far, middle.x + b, middle.y + far), turn, middle
        )
        for a, b in itertools.pairwise(ways)
    ]
    found = [shapely.set_precision(zone.intersection(strip), grid) for strip in cut]
    return [
        part for shape in found for part in shapely.get_parts(shape) if part.geom_type == "Polygon"
    ]


@given(
    zone=stars(), site=sites(), count=st.integers(2, 25), turn=st.floats(0, 180),
    e=st.floats(0.05, 60), grid=st.sampled_from([0.0, 0.001]),
    minimum=st.sampled_from([0.0, 300.0]),
)  # fmt: skip
@settings(max_examples=80, deadline=None)
def test_a_zone_in_parcels_is_the_zone(zone, site, count, turn, e, grid, minimum):
    """Whether it is handed over as one outline or parcel by parcel, its state is the same."""
    parcels = _parcels(zone, count, turn, grid)
    checks = {LAYER: {"min_area_m2": minimum}}
    near = {ask(Zone(zone, e * k + d), site, checks=checks)["state"]
            for k, d in ((0.98, -0.01), (1, 0), (1.02, 0.01)) if e * k + d >= 0}  # fmt: skip
    size = shapely.intersection(site, zone).area
    assume(len(near) == 1 and abs(size - minimum) > 1)
    (state,) = near
    assert ask([Zone(part, e) for part in parcels], site, checks=checks)["state"] == state


def test_five_hundred_strips_are_one_zone():
    strips = [Zone(square(-500 + 2 * n, -500, -498 + 2 * n, 500), 10) for n in range(500)]
    theme = ask(strips)
    assert theme["state"] == "affected" and theme["area_m2"] == pytest.approx(10_000)
    # of no strip it is sure that the site lies in it: it may be the next one
    assert {finding["state"] for finding in theme["findings"]} == {"likely", "possible"}
    deep = ask([replace(zone, accuracy_m=520) for zone in strips])
    assert deep["state"] == "likely"  # the middle is 500 m from the edge


@pytest.mark.parametrize(
    ("others", "state"),
    [
        pytest.param({}, "affected", id="drawn alike"),
        pytest.param({"accuracy_m": 11}, "affected", id="known less well"),
        pytest.param({"accuracy_m": 9}, "affected", id="known better"),
        pytest.param({"accuracy_m": 0}, "affected", id="known exactly"),
        pytest.param({"accuracy_m": 505}, "likely", id="both as the worse: too little ground"),
        pytest.param({"quality": "authoritative"}, "affected", id="of another quality"),
        pytest.param({"quality": "schematic"}, "likely", id="a symbol beside"),
        pytest.param({"accuracy_m": UNKNOWN}, "likely", id="of no stated accuracy"),
        pytest.param({"shape": None}, "likely", id="not drawn"),
    ],
)
def test_what_is_surely_drawn_is_joined(others, state):
    """A site of 18 m across the seam of two zones, 10 m unsure."""
    left, right = Zone(square(-500, -500, 0, 500), 10), Zone(square(0, -500, 500, 500), 10)
    assert ask([left, replace(right, **others)], square(-9, -9, 9, 9))["state"] == state


@pytest.mark.parametrize(
    ("gap_m", "state"), [(0.002, "affected"), (0.0095, "affected"), (0.0105, "likely")]
)
def test_a_gap_is_no_seam(gap_m, state):
    """But what corners rounded to centimetres leave open is none."""
    zones = [Zone(square(-500, -500, -gap_m, 500), 10), Zone(square(0, -500, 500, 500), 10)]
    assert ask(zones, square(-9, -9, 9, 9))["state"] == state


@given(
    x=st.floats(-300, 300), y=st.floats(-300, 300), share=st.floats(0.1, 0.9), e=st.floats(1, 40)
)
@settings(max_examples=60, deadline=None)
def test_neighbours_with_corners_in_centimetres_do_not_gape(x, y, share, e):
    """One has a corner on the slanting seam, rounded; its neighbour has none."""
    ends = np.round([(EAST + x, NORTH - 400), (EAST + y, NORTH + 400)], 2)
    corner = np.round(ends[0] + share * (ends[1] - ends[0]), 2)
    far = np.array([(600.0, 0.0)])
    left = shapely.Polygon([ends[0], ends[1], *(ends[::-1] - far)])
    right = shapely.Polygon([ends[0], corner, ends[1], *(ends[::-1] + far)])
    site = shapely.Point(corner).buffer(0.5)
    zones = [Zone(left, e), Zone(right, e)]
    assert ask(zones, site)["state"] == "affected"


def test_the_outline_of_parcels_stays_where_it_was_drawn():
    """Closing seams moves no edge: what is exactly as deep as e is not deeper."""
    zones = [Zone(square(-500, -500, 0, 500), 10), Zone(square(0, -500, 500, 500), 10)]
    for deeper, state in ((-0.001, "likely"), (0.001, "affected")):
        assert ask(zones, square(-9, 480, 9, 490 - deeper))["state"] == "affected"
        assert ask(zones, square(-9, 490 - deeper, 9, 520))["state"] == state


@settings(max_examples=60, deadline=None)
@given(
    cuts=st.lists(st.integers(-60, 60), min_size=1, max_size=4, unique=True),
    known=st.lists(st.sampled_from([0.0, 5.0, 19.0, 20.0, 21.0, 45.0]), min_size=5, max_size=5),
    which=st.integers(0, 4),
    worse=st.sampled_from([0.5, 1.0, 7.0, 30.0]),
    site_m=st.sampled_from([0.0, 3.0]),
    minimum=st.sampled_from([0.0, 400.0]),
)
def test_a_parcel_known_less_well_never_makes_a_layer_surer(
    cuts, known, which, worse, site_m, minimum
):
    edges = [-150, *sorted(cuts), 150]
    zones = [Zone(square(a, -100, b, 100), known[n])
             for n, (a, b) in enumerate(itertools.pairwise(edges))]  # fmt: skip
    n = which % len(zones)
    other = [*zones]
    other[n] = replace(zones[n], accuracy_m=zones[n].accuracy_m + worse)
    site = square(-30, -30, 30, 30)
    checks = {LAYER: {"min_area_m2": minimum}}
    first, second = (
        ask(drawn, site, accuracy_m=site_m, checks=checks)["state"] for drawn in (zones, other)
    )
    assert second in CERTAIN[first]


@pytest.mark.parametrize(("apart", "state"), [(0, "below_threshold"), (0.5, "possible")])
def test_the_same_sliver_again_is_no_more_ground(apart, state):
    """Slivers of 20 m², grown 30 m²: five of them on one place never come to 100 m²."""
    zones = [Zone(square(99.8 - n * apart, 0, 100 - n * apart, 100), 0.1) for n in range(5)]
    theme = ask(zones, checks={LAYER: {"min_area_m2": 100.01}})
    assert [finding["state"] for finding in theme["findings"]] == ["below_threshold"] * 5
    assert theme["state"] == state
