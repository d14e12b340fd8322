"""Accuracy wherever it decides: communes, silence, areas, bands; by cases one can see, and laws."""

import math
from datetime import date

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from toysite import UNKNOWN, Zone, at, square, toy_index, toy_site

from lsgis.sitecheck import check_site, judge_site
from lsgis.sitecheck.law import list_contradictions

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
