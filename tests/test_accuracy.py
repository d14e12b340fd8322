"""Accuracy wherever it decides: communes, silence, areas, bands; by cases one can see, and laws."""

import math
from datetime import date

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from toysite import UNKNOWN, Zone, at, square, toy_index, toy_site

from lsgis.combine.common_ground import WIDENED
from lsgis.report.findings import tell_overlap
from lsgis.sitecheck import check_site, judge_site
from lsgis.sitecheck.content import find_strongest
from lsgis.sitecheck.law import draw_consequences, list_contradictions
from lsgis.sitecheck.record import WORST_FIRST

ON = date(2026, 11, 22)
LAYER = "reserve_buffer"  # three are counted, no register names them
METRES = st.sampled_from([0.0, 0.5, 5.0, 30.0, 100.0, 700.0])


def check(site, layers=(), *, accuracy_m=0.0, **options):
    index = toy_index(dict(layers), **{k: options.pop(k) for k in ("checks",) if k in options})
    return check_site(toy_site(site, accuracy_m=accuracy_m), index, on=ON, **options)


def theme_of(report, layer=LAYER):
    return next(theme for theme in report.themes if theme.layer == layer)


# ---- which communes: the line between them runs through easting 0 of the toy

UNDRAWN = [Zone(None, communes="00001"), Zone(None, communes="00002"), Zone(None, communes="00009")]


def communes(accuracy_m):
    """The two communes, drawn as well as told."""
    return {
        "commune": [
            Zone(square(-20_000, -20_000, 0, 20_000), accuracy_m),
            Zone(square(0, -20_000, 20_000, 20_000), accuracy_m),
        ]
    }


@pytest.mark.parametrize(
    ("gap_m", "commune_m", "site_m", "here"),
    [
        pytest.param(50, 0.0, 0.0, "no", id="both known exactly"),
        pytest.param(50, 60.0, 0.0, "possible", id="the commune is drawn to 60 m"),
        pytest.param(50, 50.0, 0.0, "possible", id="exactly as far as it is drawn"),
        pytest.param(50 + 2**-20, 50.0, 0.0, "no", id="a micrometre farther"),
        pytest.param(50, 30.0, 40.0, "possible", id="30 and 40 m are 50 m together"),
        pytest.param(50, 30.0, 39.0, "no", id="30 and 39 m are not"),
        pytest.param(99, UNKNOWN, 0.0, "possible", id="nobody states the commune's accuracy"),
        pytest.param(99, 0.0, UNKNOWN, "possible", id="nobody states the site's"),
        pytest.param(101, UNKNOWN, 0.0, "no", id="farther than is assumed"),
    ],
)
def test_a_commune_within_accuracy_may_be_the_sites(gap_m, commune_m, site_m, here):
    site = square(gap_m, 0, gap_m + 100, 100)
    report = check(site, {LAYER: UNDRAWN, **communes(commune_m)}, accuracy_m=site_m)
    theme = theme_of(report)
    assert [row.here for row in theme.undrawn] == [here, "yes", "no"]
    assert theme.undrawn_here == "yes"
    assert [row.code for row in report.context.communes] == ["00002"]
    near = report.context.communes_near
    assert [row.code for row in near] == (["00001"] if here == "possible" else [])
    assert all(row.distance_m == pytest.approx(gap_m) and row.distance_m <= row.e_m for row in near)
    only = theme_of(check(site, {LAYER: UNDRAWN[:1], **communes(commune_m)}, accuracy_m=site_m))
    # three are counted and one is named, so that nobody can say "no"
    assert only.undrawn_here == ("possible" if here == "possible" else None)


@settings(max_examples=60, deadline=None)
@given(
    x=st.floats(-3000, 3000), width=st.floats(1, 500), commune=METRES, site=METRES,
    kind=st.sampled_from(["polygon", "line", "point"]),
)  # fmt: skip
def test_communes_are_told_as_far_as_accuracy_reaches(x, width, commune, site, kind):
    """Held against distances of whole communes; each is the site's, may be, or is farther."""
    box = shapely.box(x, 0, x + width, 50)
    shape = at({"polygon": box, "line": shapely.LineString([(x, 0), (x + width, 50)]),
                "point": shapely.Point(x, 7)}[kind])  # fmt: skip
    report = check(shape, {LAYER: UNDRAWN, **communes(commune)}, accuracy_m=site)
    e = math.hypot(commune, site)
    met = {row.code for row in report.context.communes}
    near = {row.code: row.distance_m for row in report.context.communes_near}
    drawn = {f"{n:05d}": zone.shape for n, zone in enumerate(communes(0)["commune"], start=1)}
    for code, row in zip(drawn, theme_of(report).undrawn, strict=False):
        distance = drawn[code].distance(shape)
        assert (code in met or code in near) == (distance <= e or code in met)
        assert not (code in met and code in near)
        assert row.here == ("yes" if code in met else "possible" if code in near else "no")
        assert code not in near or near[code] == pytest.approx(distance, abs=1e-6)
    assert all(row.e_m == pytest.approx(e) for row in report.context.communes)
    themes = judge_site(toy_site(shape, accuracy_m=site), toy_index({LAYER: UNDRAWN,
                        **communes(commune)})).themes  # fmt: skip
    told = next(theme for theme in themes if theme["layer"] == LAYER)
    assert [row["here"] for row in told["undrawn"]] == [r.here for r in theme_of(report).undrawn]


@settings(max_examples=30, deadline=None)
@given(gap=st.floats(0.001, 900), less=METRES, more=METRES)
def test_worse_accuracy_never_rules_a_commune_out(gap, less, more):
    order = ["no", "possible", "yes"]
    less, more = sorted((less, more))
    found = [
        theme_of(check(square(gap, 0, gap + 9, 9), {LAYER: UNDRAWN, **communes(e)})).undrawn[0].here
        for e in (less, more)
    ]
    assert order.index(found[0]) <= order.index(found[1])


def test_where_documents_disagree_about_a_commune_that_may_be_the_sites():
    rows = [{"commune_codes": codes, "clause": "c"} for codes in ("1; 3", "2", "4", "")]
    themes = [{"clauses": ["c"]}]
    found = list_contradictions(rows, [{"code": "1"}], themes, near=[{"code": "2"}, {"code": "3"}])
    assert [(row["commune_codes"], row["here"]) for row in found] == [
        ("1; 3", "yes"), ("2", "possible"), ("", None),
    ]  # fmt: skip


# ---- silence that rests on an assumed accuracy

SITE = square(0, 0, 100, 100)  # one hectare


@pytest.mark.parametrize(
    ("zones", "site_m", "assumed", "holds_to_m"),
    [
        pytest.param([(150, 5.0)], 1.0, False, None, id="all is stated"),
        pytest.param([(150, UNKNOWN)], 90.0, True, 120, id="the feature's is not"),
        pytest.param([(150, 90.0)], UNKNOWN, True, 120, id="the site's is not"),
        pytest.param([(150, UNKNOWN)], UNKNOWN, True, 150 / math.sqrt(2), id="neither is"),
        pytest.param([(150, 5.0), (500, UNKNOWN)], 30.0, True, math.sqrt(500**2 - 30**2),
                     id="of the farther one"),
        pytest.param([(9000, UNKNOWN)], 0.0, True, 9000, id="far away"),
        pytest.param([(9000, UNKNOWN), (150, 5.0)], 0.0, True, 9000, id="beyond the bands"),
        pytest.param([(1700, 0.0), (1800, 1500.0)], UNKNOWN, True, math.sqrt(1800**2 - 1500**2),
                     id="the nearest is not the first to be met"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("complete", [(), (LAYER,)])
def test_silence_says_that_it_rests_on_an_assumed_accuracy(
    zones, site_m, assumed, holds_to_m, complete
):
    drawn = [Zone(square(100 + gap, 0, 12_000, 100), metres) for gap, metres in zones]
    theme = theme_of(check(SITE, {LAYER: drawn}, accuracy_m=site_m, complete=complete))
    assert theme.state == ("not_affected" if complete else "incomplete")
    assert theme.accuracy_assumed is assumed
    assert theme.holds_to_m == (None if holds_to_m is None else pytest.approx(holds_to_m))
    nearest = min(zones, key=lambda zone: zone[0])[1]
    assert theme.nearest.accuracy_assumed is (math.isnan(nearest) or math.isnan(site_m))


@pytest.mark.parametrize(
    ("zones", "state", "assumed"),
    [
        pytest.param([(-60, 5.0), (-50, UNKNOWN)], "affected", False, id="one is sure"),
        pytest.param([(-60, UNKNOWN)], "likely", True, id="overlap of assumed accuracy"),
        pytest.param([(3, 5.0), (4, UNKNOWN)], "possible", False, id="one is stated"),
        pytest.param([(60, UNKNOWN)], "possible", True, id="within what is assumed"),
    ],
)
def test_a_state_that_one_finding_bears_rests_on_that_one(zones, state, assumed):
    drawn = [Zone(square(100 + gap, -50, 900, 150), metres) for gap, metres in zones]
    theme = theme_of(check(SITE, {LAYER: drawn}))
    assert (theme.state, theme.accuracy_assumed, theme.holds_to_m) == (state, assumed, None)


@settings(max_examples=60, deadline=None)
@given(
    gaps=st.lists(st.floats(1, 8000), min_size=1, max_size=4),
    stated=st.lists(st.sampled_from([UNKNOWN, 0.5, 20.0, 900.0]), min_size=4, max_size=4),
    site=st.sampled_from([UNKNOWN, 0.0, 3.0, 70.0]),
    worse=st.floats(0, 1),
)
def test_silence_holds_exactly_as_long_as_it_says(gaps, stated, site, worse):
    """Assuming any accuracy up to `holds_to_m` the layer stays silent, and beyond it does not."""
    zones = [Zone(square(100 + gap, 30 * n, 9000, 30 * n + 9), stated[n])
             for n, gap in enumerate(gaps)]  # fmt: skip
    asked = {"accuracy_m": site, "complete": [LAYER], "assumed_accuracy_m": 0.25}
    theme = theme_of(check(SITE, {LAYER: zones}, **asked))
    if theme.state != "not_affected" or not theme.accuracy_assumed:
        assert theme.holds_to_m is None
        return
    most = theme.holds_to_m
    for assumed_m, state in (
        (max(most * worse - 1e-6, 0.25), "not_affected"),
        (most - 1e-6, "not_affected"),
        (most + 1e-6, "possible"),
    ):
        asked["assumed_accuracy_m"] = assumed_m
        assert theme_of(check(SITE, {LAYER: zones}, **asked)).state == state


@settings(max_examples=60, deadline=None)
@given(
    zones=st.lists(
        st.tuples(st.floats(-80, 4000), st.sampled_from([0.0, 5.0, 60.0, 400.0, 3000.0, UNKNOWN])),
        min_size=1,
        max_size=5,
    ),
    site=st.sampled_from([UNKNOWN, 0.0, 30.0]),
)
def test_the_nearest_is_the_nearest(zones, site):
    """Held against the distance of every feature, whatever the accuracies."""
    drawn = [Zone(square(100 + gap, 30 * n, 9000, 30 * n + 9), metres)
             for n, (gap, metres) in enumerate(zones)]  # fmt: skip
    theme = theme_of(check(SITE, {LAYER: drawn}, accuracy_m=site))
    least = min(SITE.distance(zone.shape) for zone in drawn)
    assert theme.nearest.distance_m == pytest.approx(least, abs=1e-6)
    mine = drawn[int(theme.nearest.key) - 1]
    assert SITE.distance(mine.shape) == pytest.approx(least, abs=1e-6)


@settings(max_examples=150, deadline=None)
@given(
    site=st.sampled_from(["polygon", "line", "point"]),
    zone=st.sampled_from(["polygon", "line", "point"]),
    x=st.floats(-40, 260),
    y=st.floats(-40, 160),
    e=st.sampled_from([0.0, 1.0, 35.0, UNKNOWN]),
    turn=st.sampled_from([0.0, 90.0, 30.0]),
)
def test_no_site_near_a_zone_is_refused(site, zone, x, y, e, turn):
    """A straight line beside a zone, a point on it, ground around it: each has its range."""
    line = shapely.affinity.rotate(shapely.LineString([(0, 50), (100, 50)]), turn)
    shapes = {"polygon": shapely.box(0, 0, 100, 100), "line": line, "point": shapely.Point(50, 50)}
    drawn = at(shapely.affinity.translate(shapes[zone], x, y))
    layer = {"polygon": LAYER, "line": "hazard_zone", "point": "geopark_site"}[zone]
    theme = theme_of(check(at(shapes[site]), {layer: [Zone(drawn, e)]}), layer)
    distance, e_m = at(shapes[site]).distance(drawn), 100.0 if math.isnan(e) else e
    assert bool(theme.findings) == (distance <= e_m)
    for low, size, high in (("area_least_m2", "area_m2", "area_most_m2"),
                            ("length_least_m", "length_m", "length_most_m")):  # fmt: skip
        ends = [getattr(theme, name) for name in (low, size, high)]
        assert None in ends or ends == sorted(ends)


# ---- what an overlap comes to at least and at most


@pytest.mark.parametrize(
    ("zone", "accuracy_m", "least", "area", "most"),
    [
        pytest.param((50, -500, 900, 600), 0.0, 5000, 5000, 5000, id="known exactly"),
        pytest.param((50, -500, 900, 600), 10.0, 4000, 5000, 6000, id="an edge through the site"),
        pytest.param((-500, -500, 900, 600), 10.0, 10_000, 10_000, 10_000, id="deep inside"),
        pytest.param((-5, -500, 900, 600), 10.0, 9500, 10_000, 10_000, id="5 m inside"),
        pytest.param((97, -500, 900, 600), 10.0, 0, 300, 1300, id="a sliver"),
        pytest.param((105, -500, 900, 600), 10.0, 0, 0, 500, id="beside it, within accuracy"),
    ],
)
def test_the_least_and_the_most_of_an_overlap(zone, accuracy_m, least, area, most):
    theme = theme_of(check(SITE, {LAYER: [Zone(square(*zone), accuracy_m)]}))
    (finding,) = theme.findings
    for told in (theme, finding):
        ends = (told.area_least_m2, told.area_m2, told.area_most_m2)
        wide = accuracy_m * (WIDENED - 1) * 100 + 1e-6  # half a percent of e along 100 m
        assert ends == pytest.approx((least, area, most), abs=wide)
        assert (told.length_least_m, told.length_most_m) == (None, None)


def test_a_line_and_points_have_their_own():
    road = at(shapely.LineString([(-100, 50), (100, 50)]))
    theme = theme_of(check(road, {LAYER: [Zone(square(0, 0, 500, 100), 10.0)]}))
    ends = (theme.length_least_m, theme.length_m, theme.length_most_m)
    assert ends == pytest.approx((90, 100, 110), abs=0.1) and theme.area_least_m2 is None
    point = theme_of(check(at(shapely.Point(5, 5)), {LAYER: [Zone(SITE, 1.0)]}))
    assert point.count == 1 and point.area_most_m2 is None and point.length_most_m is None


def test_a_symbol_has_no_range():
    """Neither has a layer of which a symbol is found: what a circle covers is no ground."""
    circle = Zone(square(-50, -50, 50, 50), 3000.0, "schematic")
    firm = Zone(square(50, -500, 900, 600), 10.0)
    theme = theme_of(check(SITE, {LAYER: [firm, circle]}))
    ends = {f.symbol: (f.area_least_m2, f.area_most_m2) for f in theme.findings}
    assert ends[True] == (None, None) and None not in ends[False]
    assert (theme.area_least_m2, theme.area_most_m2) == (None, None)


def test_a_seam_between_parcels_takes_nothing_from_the_least():
    """The same ground as one zone and as 20 strips: what remains when it is shrunk is the same."""
    whole = [Zone(square(-100, -100, 200, 200), 10.0)]
    strips = [Zone(square(-100 + 15 * n, -100, -85 + 15 * n, 200), 10.0) for n in range(20)]
    one, many = (theme_of(check(SITE, {LAYER: zones})) for zones in (whole, strips))
    assert one.state == many.state == "affected"
    assert one.area_least_m2 == pytest.approx(10_000) == many.area_least_m2
    assert all(f.area_least_m2 == 0 for f in many.findings)  # each strip is 15 m wide


def shrunk_and_grown(zone, e):
    """Both buffers as plain shapely makes them, with arcs as fine as one likes."""
    return zone.buffer(-e, quad_segs=64), zone.buffer(e, quad_segs=64)


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_ranges_are_what_buffers_of_the_zones_give(data):
    number = st.floats(-150, 150)
    wide = st.floats(5, 200)
    zones = []
    for _ in range(data.draw(st.integers(1, 3))):
        x, y, w, h = (data.draw(one) for one in (number, number, wide, wide))
        turned = shapely.affinity.rotate(shapely.box(x, y, x + w, y + h), data.draw(number))
        zones.append(Zone(at(turned), data.draw(st.sampled_from([0.0, 2.0, 15.0]))))
    line = data.draw(st.booleans())
    site = at(shapely.LineString([(0, 3), (70, 40), (100, 90)])) if line else SITE
    theme = theme_of(check(site, {LAYER: zones}, accuracy_m=1.0))
    low, high, size = (
        ("length_least_m", "length_most_m", "length_m")
        if line
        else ("area_least_m2", "area_most_m2", "area_m2")
    )

    def extent(shape):
        return shape.length if line else shape.area

    whole = extent(site)
    for finding in theme.findings:
        zone = zones[int(finding.key) - 1]
        e = math.hypot(1.0, zone.accuracy_m)
        assert getattr(finding, low) <= getattr(finding, size) <= getattr(finding, high)
        # between what a width 2 % less and one 2 % more gives: a line may graze an edge
        ends = [
            [extent(ground & site) for ground in shrunk_and_grown(zone.shape, e * width)]
            for width in (0.98, 1.02)
        ]
        (most_left, least_added), (least_left, most_added) = ends
        assert least_left - 1e-3 <= getattr(finding, low) <= most_left + 1e-3
        assert least_added - 1e-3 <= getattr(finding, high) <= most_added + 1e-3
    if theme.findings:
        least, area, most = getattr(theme, low), getattr(theme, size), getattr(theme, high)
        assert 0 <= least <= area <= most <= whole * (1 + 1e-12)
        assert max(getattr(f, low) for f in theme.findings) <= least + 1e-6
        assert max(getattr(f, high) for f in theme.findings) <= most + 1e-6


# ---- what weighs most

STATES = {  # zones that give a layer each state, for a site of one hectare
    "affected": [(-500, -500, 50, 500, 60.0), (50, -500, 600, 500, 60.0)],  # only together
    "likely": [(98, -500, 600, 500, 60.0)],
    "possible": [(103, -500, 600, 500, 60.0)],
}


@given(
    states=st.lists(st.sampled_from(sorted(STATES)), min_size=2, max_size=2), symbol=st.booleans()
)
@settings(max_examples=20, deadline=None)
def test_what_weighs_most_is_of_the_layer_that_does(states, symbol):
    """Parcels that are affected together outrank a symbol, however much of the site it covers."""
    names = ("geopark_buffer", LAYER)
    layers = {
        name: [Zone(square(*box), e) for *box, e in STATES[state]]
        for name, state in zip(names, states, strict=True)
    }
    if symbol:
        layers["wetland"] = [Zone(square(-900, -900, 900, 900), 60.0, "schematic")]
    report = check(SITE, layers)
    number, place = find_strongest(report)
    worst = min(WORST_FIRST.index(theme.state) for theme in report.themes if theme.findings)
    theme = report.themes[number]
    assert WORST_FIRST.index(theme.state) == worst
    severest = min(WORST_FIRST.index(finding.state) for finding in theme.findings)
    assert WORST_FIRST.index(theme.findings[place].state) == severest


# ---- how many lie within a distance


@pytest.mark.parametrize(
    ("gap_m", "accuracy_m", "quality", "counts"),
    [
        pytest.param(300, 0.0, "indicative", [(0, 0), (0, 0), (1, 1), (1, 1)], id="exact"),
        pytest.param(480, 30.0, "indicative", [(0, 0), (0, 0), (0, 1), (1, 1)], id="480 ± 30"),
        pytest.param(1020, 30.0, "indicative", [(0, 0)] * 3 + [(0, 1)], id="1,020 ± 30"),
        pytest.param(300, 30.0, "schematic", [(0, 0), (0, 0)] + [(0, 1)] * 2, id="a symbol"),
        pytest.param(300, UNKNOWN, "indicative", [(0, 0), (0, 0)] + [(0, 1)] * 2, id="assumed"),
        pytest.param(-50, 30.0, "indicative", [(1, 1)] * 4, id="surely overlapping"),
        pytest.param(-20, 30.0, "indicative", [(0, 1)] + [(1, 1)] * 3, id="likely overlapping"),
    ],
)
def test_bands_tell_from_how_many_to_how_many(gap_m, accuracy_m, quality, counts):
    zone = Zone(square(100 + gap_m, 0, 9000, 100), accuracy_m, quality)
    bands = theme_of(check(SITE, {LAYER: [zone]})).bands
    assert [band.within_m for band in bands] == [0, 100, 500, 1000]
    assert [(band.least, band.most) for band in bands] == counts


def test_of_parcels_that_are_surely_overlapped_together_one_lies_within_any_distance():
    """A site across the seam: it may miss either, but not both."""
    zones = [Zone(square(-500, -500, 50, 500), 60.0), Zone(square(50, -500, 600, 500), 60.0)]
    theme = theme_of(check(SITE, {LAYER: zones}))
    assert theme.state == "affected" and {f.state for f in theme.findings} == {"likely"}
    assert [(band.least, band.most) for band in theme.bands] == [(1, 2)] + [(2, 2)] * 3


@settings(max_examples=60, deadline=None)
@given(zone=st.tuples(*[st.integers(-200, 300)] * 4), e=METRES, site_m=METRES)
def test_what_is_affected_is_within_every_band(zone, e, site_m):
    x, y, w, h = zone
    drawn = Zone(square(x, y, x + abs(w) + 1, y + abs(h) + 1), e)
    theme = theme_of(check(SITE, {LAYER: [drawn]}, accuracy_m=site_m))
    counts = [(band.least, band.most) for band in theme.bands]
    assert all(least <= most for least, most in counts) and counts == sorted(counts)
    if theme.state == "affected":
        assert counts == [(1, 1)] * 4


@pytest.mark.parametrize(
    ("zone", "accuracy_m", "told"),
    [
        pytest.param((-500, -500, 900, 600), 0.001, "", id="all of the site"),
        pytest.param((50, -500, 900, 600), 0.001, "", id="both ends round to the figure"),
        pytest.param((50, -500, 900, 600), 0.006, "4,999 to 5,001", id="neither does"),
        pytest.param((-0.006, -500, 900, 600), 0.02, "9,999 to 10,000", id="one does not"),
    ],
)
def test_a_range_is_shown_where_it_says_more_than_the_figure(zone, accuracy_m, told):
    report = check(SITE, {LAYER: [Zone(square(*zone), accuracy_m)]})
    (place,) = [n for n, theme in enumerate(report.themes) if theme.layer == LAYER]
    text = tell_overlap(report, place, "en")
    assert "m²" in text and ("from" in text) == bool(told) and told in text


@pytest.mark.parametrize(
    ("distance_m", "e_m", "told"),
    [
        pytest.param(1000, 0.0, [False], id="exactly as far"),
        pytest.param(1001, 0.0, [], id="a metre farther, known exactly"),
        pytest.param(1001, 1.0, [True], id="a metre farther, known to a metre"),
        pytest.param(1500, 400.0, [], id="farther than the accuracy"),
        pytest.param(900, 400.0, [False], id="as near as drawn"),
    ],
)
def test_a_duty_within_a_distance_is_told_as_far_as_accuracy_reaches(distance_m, e_m, told):
    row = dict.fromkeys(("code", "zone_class", "text_vi", "text_en", "clauses"), "")
    row |= {"kind": "law", "layers": "a", "relation": "within_band", "states": "",
            "max_distance_m": "1000", "project_type": "*", "level": "A"}  # fmt: skip
    nearest = {"distance_m": distance_m, "e_m": e_m}
    theme = {"layer": "a", "state": "not_affected", "nearest": nearest}
    drawn = draw_consequences([theme], [row], type=None, whole="")
    assert [one["within_accuracy"] for one in drawn] == told
