"""Minima that a user sets, and shares of the area a land certificate states."""

import json
import math
from datetime import date

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from toysite import Zone, at, square, toy_index, toy_site

from lsgis.errors import SiteError
from lsgis.report.findings import tell_notes
from lsgis.report.summary import make_dossier, make_summary
from lsgis.report.wording import plain
from lsgis.sitecheck import check_site, check_sites, judge_site, to_json, verify
from lsgis.sitecheck.record import SEVERITY

ON = date(2026, 11, 22)
LAYER = "reserve_buffer"
SITE = square(0, 0, 100, 100)  # one hectare
SLIVER = square(97, -500, 900, 600)  # 300 m² of it


def check(zones, *, site=SITE, checks=None, certificate=None, **options):
    index = toy_index({LAYER: zones}, checks={LAYER: checks or {}})
    asked = toy_site(site, area_certificate_m2=certificate)
    return check_site(asked, index, on=ON, **options)


def theme_of(report):
    return next(theme for theme in report.themes if theme.layer == LAYER)


@pytest.mark.parametrize(
    ("own", "given", "state", "unset"),
    [
        pytest.param(0.0, None, "affected", None, id="none set"),
        pytest.param(0.0, 1000.0, "below_threshold", "affected", id="larger than the overlap"),
        pytest.param(0.0, 300.0, "affected", "affected", id="exactly the overlap"),
        pytest.param(1000.0, 0.0, "affected", "below_threshold", id="in place of the layer's own"),
    ],
)
def test_a_minimum_that_is_set_stands_in_place_of_the_layers(own, given, state, unset):
    told = {} if given is None else {"min_area_m2": {LAYER: given}}
    report = check([Zone(SLIVER)], checks={"min_area_m2": own}, **told)
    theme = theme_of(report)
    assert (theme.state, theme.state_unset) == (state, unset)
    assert report.thresholds.min_area_m2[LAYER] == (own if given is None else given)
    assert report.thresholds.set_min_area_m2 == told.get("min_area_m2", {})
    others = [theme.state_unset for theme in report.themes if theme.layer != LAYER]
    assert set(others) == {None}
    notes = [plain(note, "vi") for note in tell_notes(report, "vi")]
    changed = unset not in (None, state)
    assert any("Ngưỡng do người dùng đặt" in note for note in notes) == changed
    assert [plain(n, "vi") for n in make_summary(report, "vi").notes][-len(notes) :] == notes or (
        not notes
    )


def test_a_minimum_of_length():
    road = at(shapely.LineString([(0, 50), (100, 50)]))
    zones = [Zone(square(80, 0, 900, 100))]
    short = check(zones, site=road, min_length_m={LAYER: 30.0})
    assert (theme_of(short).state, theme_of(short).state_unset) == ("below_threshold", "affected")
    assert theme_of(check(zones, site=road, min_area_m2={LAYER: 30.0})).state == "affected"
    assert short.thresholds.set_min_length_m == {LAYER: 30.0}


def test_a_minimum_enters_the_id_stands_on_the_page_and_is_asked_again():
    index = toy_index({LAYER: [Zone(SLIVER)]})
    plain_one = check_site(toy_site(SITE), index, on=ON)
    asked = check_site(toy_site(SITE), index, on=ON, min_area_m2={LAYER: 1000.0})
    same = check_site(toy_site(SITE), index, on=ON, min_area_m2={LAYER: 1000})
    assert asked.id == same.id != plain_one.id
    assert verify(json.loads(to_json(asked)), index) == []
    (section,) = [s for s in make_dossier(asked, lang="vi").sections if s.code == "thresholds"]
    told = [cell.text for block in section.blocks for row in block.rows for cell in row]
    assert "1.000,0" in told
    document = asked.document
    document["thresholds"]["set_min_area_m2"] = {}
    assert "/themes" in {d.pointer[:7] for d in verify(document, index)}


@pytest.mark.parametrize(
    ("told", "match"),
    [
        pytest.param({"nowhere": 1.0}, "no restricting layer nowhere", id="no such layer"),
        pytest.param({"commune": 1.0}, "no restricting layer commune", id="one that only tells"),
        pytest.param({LAYER: -1.0}, "0 or more; found: -1", id="less than nothing"),
        pytest.param({LAYER: math.nan}, "found: nan", id="no number"),
        pytest.param({LAYER: math.inf}, "found: inf", id="without bound"),
    ],
)
@pytest.mark.parametrize("name", ["min_area_m2", "min_length_m"])
def test_what_is_no_minimum_is_refused(name, told, match):
    with pytest.raises(SiteError, match=match):
        check([Zone(SLIVER)], **{name: told})


@settings(max_examples=40, deadline=None)
@given(
    depths=st.lists(st.floats(0.5, 90), min_size=1, max_size=3),
    e=st.sampled_from([0.0, 1.0, 8.0]),
    minima=st.tuples(st.floats(0, 9000), st.floats(0, 9000)),
)
def test_a_set_minimum_answers_as_the_layers_own_does(depths, e, minima):
    """And a larger one never makes a state worse."""
    zones = [Zone(square(100 - d, 30 * n, 900, 30 * n + 30), e) for n, d in enumerate(depths)]
    order = [*SEVERITY, "incomplete"]
    states = []
    for minimum in sorted(minima):
        index = toy_index({LAYER: zones})
        own = toy_index({LAYER: zones}, checks={LAYER: {"min_area_m2": minimum}})
        given_one = judge_site(toy_site(SITE), index, min_area_m2={LAYER: minimum}).themes
        themes = [
            next(theme for theme in found if theme["layer"] == LAYER)
            for found in (given_one, judge_site(toy_site(SITE), own).themes)
        ]
        assert [f["state"] for f in themes[0]["findings"]] == [
            f["state"] for f in themes[1]["findings"]
        ]
        assert themes[0]["state"] == themes[1]["state"]
        states.append(order.index(themes[0]["state"]))
    assert states == sorted(states)


@pytest.mark.parametrize(
    ("certificate", "shares"),
    [
        pytest.param(None, (0.03, None), id="none"),
        pytest.param(10_000.0, (0.03, 0.03), id="as measured"),
        pytest.param(5000.0, (0.03, 0.06), id="half of it"),
        pytest.param(200.0, (0.03, 1.5), id="less than the overlap"),
    ],
)
def test_shares_by_the_certificate_stand_beside_the_measured_ones(certificate, shares):
    report = check([Zone(SLIVER)], certificate=certificate)
    theme = theme_of(report)
    for told in (theme, *theme.findings):
        assert (told.share, told.share_certificate) == pytest.approx(shares)
    (section,) = [s for s in make_dossier(report, lang="vi").sections if s.code == "findings"]
    below = [
        plain(sentence, "vi")
        for block in section.blocks
        for row in getattr(block, "rows", ())
        for cell in row
        for sentence in cell.below
    ]
    words = {None: None, 10_000.0: "3,00 %", 5000.0: "6,00 %", 200.0: "150,00 %"}[certificate]
    told = [text for text in below if "giấy chứng nhận" in text]
    assert told == ([] if words is None else [f"theo giấy chứng nhận: {words}"])


def test_a_line_has_no_share_by_a_certificate():
    road = at(shapely.LineString([(0, 50), (100, 50)]))
    assert theme_of(check([Zone(SLIVER)], site=road, certificate=500.0)).share_certificate is None


def test_many_sites_are_asked_with_the_same_minimum(tmp_path):
    index = toy_index({LAYER: [Zone(SLIVER)]})
    wkt = SITE.wkt
    table = tmp_path / "sites.csv"
    table.write_text(f'name,site,crs,accuracy_m\na,"{wkt}",EPSG:9215,0\n', encoding="utf-8")
    asked = {"out": tmp_path / "out", "on": ON}
    (first,) = check_sites(table, index, **asked).rows
    again = check_sites(table, index, **asked, min_area_m2={LAYER: 1000.0})
    assert first["states"][LAYER] == "affected"
    assert again.rows[0]["states"][LAYER] == "below_threshold"
    assert again.resumed == 0  # another question
