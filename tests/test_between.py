"""Rules between layers: toys whose answer you can see, the matrix of overlaps, the real plan."""

import json
import resource
from dataclasses import replace
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.affinity import translate
from test_check import (
    E0,
    N0,
    area,
    codes,
    frame_of,
    odd_frames,
    of,
    overlap_rules,
    place,
    spot,
    square,
    tiles,
    track,
)
from toy import VN2000

from lsgis.catalogue import overlap_rule, read_catalogue, read_register, resolve_overlaps
from lsgis.check import check_between, check_layer, check_registers, describe_issue
from lsgis.check.extent import _reach, ellipsoid_areas
from lsgis.check.relation import read_relations
from lsgis.cli import main
from lsgis.errors import CatalogueError, CrsError, LayerError, LsgisError
from lsgis.publication import check_everything
from lsgis.source import read_plan

LAYERS = list(read_catalogue())


def told(issues):
    return {(issue.code, issue.layer, issue.key) for issue in issues}


def both(left, right):
    return gpd.GeoDataFrame(pd.concat([left, right], ignore_index=True), crs=VN2000)


# --- the matrix of overlaps -------------------------------------------------------------


@pytest.mark.parametrize("layer", LAYERS)
def test_every_pair_of_layers_has_an_answer_and_a_reason(layer):
    for other in LAYERS:
        rule = overlap_rule(layer, other)
        assert rule == overlap_rule(other, layer)
        assert rule["rule"] in ("forbidden", "noted", "allowed") and rule["vi"] and rule["en"]


def test_what_no_row_names_is_noted_and_says_that_nothing_was_read():
    rule = overlap_rule("wetland", "industrial_park")
    assert (rule["code"], rule["rule"], rule["basis"]) == ("any-any", "noted", "default")


def test_what_is_forbidden_rests_on_a_text_that_was_read_or_on_geometry():
    rows, clauses = read_register("overlap_rule"), read_register("clause").set_index("clause")
    banned = rows[rows["rule"] == "forbidden"]
    assert len(banned) and (banned["verified"] == "yes").all()
    law = banned[banned["basis"] == "law"]
    assert set(banned["basis"]) <= {"law", "geometry"}
    assert (clauses.loc[law["clause"], "text_vi"] != "").all()
    assert clauses.loc[law["clause"], "read"].isin(["S", "P"]).all()


def test_layers_that_should_tile_must_not_overlap():
    tiling = [name for name, layer in read_catalogue().items() if layer.expected.tiles]
    assert tiling and all(overlap_rule(name, name)["rule"] == "forbidden" for name in tiling)


def test_a_row_with_both_names_goes_before_a_wide_one():
    rows = overlap_rules(
        ("commune", "*", "allowed", "geometry"), ("commune", "wetland", "noted", "default")
    )
    rules = resolve_overlaps(rows, ["commune", "wetland", "reservoir"])
    assert rules["wetland", "commune"]["rule"] == "noted"
    assert rules["commune", "reservoir"]["rule"] == "allowed"
    assert rules["commune", "commune"]["rule"] == "noted"  # "*" is every other layer


@pytest.mark.parametrize(
    ("rows", "match"),
    [
        pytest.param([("commune", "atlantis", "noted", "default")], "no layer 'atlantis'",
                     id="unknown layer"),
        pytest.param([("commune", "wetland", "maybe", "default")], "rule", id="unknown rule"),
        pytest.param([("commune", "wetland", "noted", "hearsay")], "basis", id="unknown basis"),
        pytest.param([("commune", "wetland", "forbidden", "default")], "forbidden",
                     id="a ban that rests on nothing"),
        pytest.param([("commune", "wetland", "forbidden", "law")], "forbidden",
                     id="a ban by law without a clause"),
        pytest.param([("commune", "wetland", "noted", "default"),
                      ("wetland", "commune", "allowed", "default")], "two rules", id="twice"),
        pytest.param([("commune", "*", "noted", "default"),
                      ("wetland", "*", "allowed", "default")], "two rules", id="two wide rows"),
        pytest.param([("*", "wetland", "noted", "default")], r"\*", id="star first"),
        pytest.param([("*", "*", "noted", "default")], "all other pairs", id="two for all others"),
    ],
)  # fmt: skip
def test_a_matrix_with_a_hole_or_a_quarrel_is_refused(rows, match):
    with pytest.raises(CatalogueError, match=match):
        resolve_overlaps(overlap_rules(*rows), LAYERS)


def test_a_matrix_must_say_what_silence_means():
    with pytest.raises(CatalogueError, match="all other pairs"):
        resolve_overlaps(overlap_rules().iloc[:0], LAYERS)


def test_a_layer_of_no_catalogue_has_no_rule():
    with pytest.raises(CatalogueError, match="no layer 'atlantis'"):
        overlap_rule("commune", "atlantis")


FORBIDDEN = overlap_rules(("nature_reserve", "wetland", "forbidden", "geometry"))
ALLOWED = overlap_rules(("nature_reserve", "wetland", "allowed", "default"))


@pytest.mark.parametrize(
    ("x", "rules", "code", "area_m2"),
    [
        pytest.param(90, FORBIDDEN, "LS-OVERLAP-BETWEEN", 1000, id="wider than the errors"),
        pytest.param(94, FORBIDDEN, "LS-OVERLAP-NOTED", 600, id="the errors may explain it"),
        pytest.param(90, ALLOWED, None, 0, id="allowed"),
        pytest.param(90, None, "LS-OVERLAP-NOTED", 1000, id="nobody has said"),
        pytest.param(100, FORBIDDEN, None, 0, id="a shared edge is no overlap"),
    ],
)
def test_overlaps_of_two_layers(x, rules, code, area_m2):
    layers = {"nature_reserve": area(0, 0), "wetland": area(x, 0)}  # errors of 5 m: 7.07 together
    found = check_between(layers, overlaps=rules)
    found = [issue for issue in found if "OVERLAP" in issue.code]
    assert codes(found) == ([code] if code else [])
    for issue in found:
        assert issue.values["area_m2"] == pytest.approx(area_m2)
        assert issue.values["width_m"] == pytest.approx(100 - x, rel=0.06)
        assert issue.shape.area == pytest.approx(area_m2) and issue.shape.covers(issue.place)
        assert issue.values["other_layer"] == "wetland"


# --- inside what is declared ------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "accuracy_m", "code"),
    [
        pytest.param(99, 10.0, None, id="inside"),
        pytest.param(100, 10.0, None, id="on the edge"),
        pytest.param(109.9, 10.0, "LS-REL-AT-EDGE", id="within its error"),
        pytest.param(110.1, 10.0, "LS-REL-OUTSIDE", id="beyond its error"),
        pytest.param(101, np.nan, "LS-REL-OUTSIDE", id="no error stated, none granted"),
    ],
)
def test_a_point_in_its_commune(x, accuracy_m, code):
    found = check_between({"commune": place(), "dry_port": spot(x, 50, accuracy_m=accuracy_m)})
    assert codes(found) == ([code] if code else [])
    for issue in found:
        assert (issue.layer, issue.key) == ("dry_port", "X-1")
        assert issue.values["distance_m"] == pytest.approx(x - 100)
        assert issue.values["named"] == ("06001 Thử",)
        assert issue.place == shapely.Point(E0 + x, N0 + 50)


def test_feature_and_commune_both_err():
    """30 m and 40 m make 50 m together."""
    for x, code in ((149, "LS-REL-AT-EDGE"), (151, "LS-REL-OUTSIDE")):
        communes = place().assign(accuracy_m=40.0)
        found = check_between({"commune": communes, "dry_port": spot(x, 50, accuracy_m=30.0)})
        assert codes(found) == [code] and found[0].values["accuracy_m"] == pytest.approx(50)


@pytest.mark.parametrize(
    ("x", "code", "share", "distance_m"),
    [
        pytest.param(0, None, 0, 0, id="inside"),
        pytest.param(4, "LS-REL-AT-EDGE", 0.04, 4, id="within its error"),
        pytest.param(50, "LS-REL-PARTLY", 0.5, 50, id="half outside"),
        pytest.param(101, "LS-REL-OUTSIDE", 1, 101, id="wholly outside"),
    ],
)
def test_a_polygon_in_its_commune(x, code, share, distance_m):
    found = check_between({"commune": place(), "nature_reserve": area(x, 0)})
    found = [issue for issue in found if issue.values.get("rule") == "in-commune"]
    assert codes(found) == ([code] if code else [])
    for issue in found:
        assert issue.values["share"] == pytest.approx(share)
        assert issue.values["distance_m"] == pytest.approx(distance_m)
        assert issue.shape.area == pytest.approx(share * 10_000)


def test_any_of_several_communes_will_do():
    communes = both(place(), frame_of(square(100, 0), commune_code="06004", accuracy_m=0.0))
    inside = spot(150, 50, commune_codes="06001; 06004")
    assert check_between({"commune": communes, "dry_port": inside}) == []
    other = spot(150, 50, commune_codes="06001")
    assert codes(check_between({"commune": communes, "dry_port": other})) == ["LS-REL-OUTSIDE"]


@pytest.mark.parametrize(
    "communes",
    [
        pytest.param(None, id="no communes"),
        pytest.param(place().assign(commune_code="06004"), id="another commune"),
        pytest.param(place().set_geometry([None], crs=VN2000), id="not located"),
    ],
)
def test_what_cannot_be_asked_is_told(communes):
    layers = {"dry_port": spot(500, 500)} | ({} if communes is None else {"commune": communes})
    found = check_between(layers)
    assert codes(found) == ["LS-SKIPPED-RELATION"] and found[0].key == "X-1"
    assert "06001" in describe_issue(found[0], "vi")["message"]


def test_what_lies_nowhere_or_declares_nothing_is_not_accused():
    nowhere = frame_of(None)
    undeclared = spot(900, 900, commune_codes="")
    for ports in (nowhere, undeclared, undeclared.assign(commune_codes=None)):
        assert check_between({"commune": place(), "dry_port": ports}) == []


# --- the border -------------------------------------------------------------------------

BORDER = place(size=20_000, border_china="yes")
INLAND = frame_of(square(0, -20_000, 20_000), commune_code="06004", border_china="no")


@pytest.mark.parametrize(
    ("y", "code"),
    [
        pytest.param(17_100, None, id="near enough"),
        pytest.param(16_995, "LS-REL-UNSURE", id="its error of 10 m may explain it"),
        pytest.param(16_900, "LS-REL-BORDER", id="too far"),
    ],
)
def test_a_gate_is_near_the_outer_edge_of_border_communes(y, code):
    """The edge that two communes share is no border."""
    layers = {"commune": both(BORDER, INLAND), "border_gate": spot(10_000, y)}
    found = of(check_between(layers), "LS-REL-BORDER") + of(check_between(layers), "LS-REL-UNSURE")
    assert codes(found) == ([code] if code else [])
    for issue in found:
        assert issue.values["distance_m"] == pytest.approx(20_000 - y)
        assert "339/III.1.c" in describe_issue(issue, "en")["message"]


def test_without_border_communes_the_border_is_not_made_up():
    for communes in (place(size=20_000, border_china="no"), place(size=20_000)):
        found = check_between({"commune": communes, "border_gate": spot(10_000, 10_000)})
        assert codes(found) == ["LS-SKIPPED-RELATION"]
        assert "border" in describe_issue(found[0], "en")["message"]


# --- lines that reach what they name ----------------------------------------------------


def test_a_line_reaches_each_commune_it_declares():
    communes = both(place(), frame_of(square(300, 0), commune_code="06004", accuracy_m=0.0))
    line = track(50, commune_codes="06001; 06004")
    found = check_between({"commune": communes, "railway": line})
    assert codes(found) == ["LS-REL-APART"]
    assert found[0].values["named"] == ("06004 Thử",)
    assert found[0].values["distance_m"] == pytest.approx(250)
    along = frame_of(shapely.LineString([(E0, N0), (E0 + 300, N0)]), commune_codes="06001; 06004")
    assert check_between({"commune": communes, "railway": along}) == []


def rule(**columns):
    row = {
        "code": "r", "layer": "railway", "feature": "", "relation": "touches_any",
        "other": "border_gate", "field": "", "codes": "A; B", "distance_m": "0", "clause": "",
    }  # fmt: skip
    return pd.DataFrame([row | columns])


GATES = both(spot(0, 0, code="A"), spot(500, 0, code="B"))


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        pytest.param({}, [], id="one of them will do"),
        pytest.param({"relation": "touches"}, ["LS-REL-APART"], id="each of them"),
        pytest.param({"relation": "touches", "distance_m": "500"}, [], id="within a distance"),
        pytest.param({"relation": "touches", "feature": "X-9"}, [], id="another feature"),
        pytest.param({"codes": "C"}, ["LS-SKIPPED-RELATION"], id="a gate that is not there"),
        pytest.param({"codes": "C; B"}, ["LS-REL-APART"], id="the only one that is there"),
    ],
)
def test_a_line_reaches_the_gates_that_a_rule_names(columns, found):
    layers = {"border_gate": GATES, "railway": track(0)}
    assert codes(check_between(layers, relations=rule(**columns))) == found


@pytest.mark.parametrize(
    ("columns", "match"),
    [
        pytest.param({"layer": "atlantis"}, "layer", id="unknown layer"),
        pytest.param({"other": "atlantis"}, "other", id="unknown other"),
        pytest.param({"relation": "loves"}, "relation", id="unknown relation"),
        pytest.param({"distance_m": "-1"}, "distance_m", id="negative"),
        pytest.param({"distance_m": "far"}, "distance_m", id="no number"),
        pytest.param({"field": "commune_codes"}, "field", id="field and codes"),
    ],
)
def test_rules_that_no_check_could_follow_are_refused(columns, match):
    with pytest.raises(CatalogueError, match=f"column {match}: expected"):
        check_between({"railway": track(0)}, relations=rule(**columns))


def test_an_outline_longer_than_the_earth_fills_no_memory():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    far = np.array([shapely.Polygon([(0, 0), (0, 4e5), (1e10, 0)])], dtype=object)
    reach = _reach(far, shapely.Point(0, 0).buffer(1))
    assert reach[0] == pytest.approx(1e10, rel=1e-6)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500_000  # kB


def test_bad_calls_are_refused():
    with pytest.raises(CatalogueError, match="no layer 'atlantis'"):
        check_between({"atlantis": place()})
    with pytest.raises(CrsError, match="VN-2000 in metres"):
        check_between({"commune": place().to_crs(4326)})
    with pytest.raises(LayerError, match="distance_m"):
        check_between({}, relations=rule().drop(columns="distance_m"))


def test_rules_name_features_that_the_registers_hold():
    rules, catalogue = read_relations(), read_catalogue()
    for row in rules[rules["codes"] != ""].itertuples():
        for layer, keys in ((row.layer, row.feature), (row.other, row.codes)):
            known = read_register(catalogue[layer].build.register)[catalogue[layer].key]
            assert set(keys.split("; ")) <= set(known), row.code
    clauses = read_register("clause").set_index("clause")["read"]
    law = rules[rules["basis"] == "law"]
    assert (law["verified"] == "yes").all() and clauses[law["clause"]].isin(["S", "P"]).all()


@given(x=st.integers(-300, 400), y=st.integers(-300, 400), error=st.integers(0, 200))
@settings(max_examples=60, deadline=None)
def test_a_point_is_inside_or_told_and_judged_by_its_error(x, y, error):
    found = check_between({"commune": place(), "dry_port": spot(x, y, accuracy_m=float(error))})
    far = square(0, 0).distance(shapely.Point(E0 + x, N0 + y))
    expected = [] if far == 0 else ["LS-REL-AT-EDGE" if far <= error else "LS-REL-OUTSIDE"]
    assert codes(found) == expected


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of odd coordinates, while frames are made
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    frames=st.lists(odd_frames(), min_size=1, max_size=3),
    names=st.permutations(["commune", "border_gate", "nature_reserve", "railway"]),
)
def test_odd_frames_are_told_or_refused(frames, names):
    layers = {}
    for name, frame in zip(names, frames, strict=False):
        moved = frame.set_crs(VN2000, allow_override=True)
        key = read_catalogue()[name].key
        moved = moved.loc[:, ~moved.columns.duplicated()].drop(columns=key, errors="ignore")
        moved[key] = [f"{n:05d}" for n in range(len(moved))]
        layers[name] = moved.assign(commune_codes="00000; 00001", border_china="yes")
    try:
        found = check_between(layers)
    except LsgisError:
        return
    assert all(describe_issue(issue, lang)["message"] for issue in found for lang in ("vi", "en"))


# --- attributes -------------------------------------------------------------------------


def layer_of(**columns):
    from test_check import TILE

    fields = tuple(
        replace(field, **columns) if field.name == "area_ha" else field for field in TILE.fields
    )
    return replace(TILE, fields=fields)


@pytest.mark.parametrize(
    ("unit", "cells", "found"),
    [
        pytest.param("ha", [1.0, -0.1], ("-0.1",), id="a negative area"),
        pytest.param("°", [106.5, 440_000.0], ("440000.0",), id="metres in degrees"),
        pytest.param("ha", [1.0, "1,5 ha"], ("1,5 ha",), id="a unit in the cell"),
        pytest.param("ha", [1.0, "12 000 m²"], ("12 000 m²",), id="another unit in the cell"),
        pytest.param("ha", [1.0, None], None, id="nothing said"),
        pytest.param("km", [1.0, -4.0], None, id="a unit without limits"),
        pytest.param("ha", [1.0, "unknown"], None, id="a word is a wrong type, no unit"),
    ],
)
def test_values_that_their_unit_cannot_have(unit, cells, found):
    issues = of(check_layer(tiles(area_ha=cells), layer_of(unit=unit)), "LS-FIELD-UNIT")
    assert [issue.values["found"] for issue in issues] == ([found] if found else [])


@pytest.mark.parametrize(
    ("factor", "code"),
    [
        pytest.param(1, None, id="hectares"),
        pytest.param(10_000, "LS-AREA-UNIT", id="square metres"),
        pytest.param(0.01, "LS-AREA-UNIT", id="square kilometres"),
        pytest.param(2, "LS-AREA-DIFFERS", id="simply wrong"),
    ],
)
def test_an_area_in_another_unit_is_told_as_such(factor, code):
    found = check_layer(tiles(area_ha=[1.0, factor]), layer_of())
    found = [issue for issue in found if issue.code.startswith("LS-AREA")]
    assert codes(found) == ([code] if code else [])
    for issue in found:
        assert issue.values["area_ha"] == pytest.approx(1)
        # plane over ellipsoid: square of the scale, 0.9999 on the meridian, more away from it
        assert issue.values["ellipsoid_ha"] == pytest.approx(1, rel=2e-4)
        assert issue.values["ellipsoid_ha"] != pytest.approx(1, rel=1e-6)


def test_the_area_on_the_ellipsoid_is_the_ellipsoid_s():
    """On the central meridian the plane is 0.9999 of the ground, so its areas 0.9998."""
    here = shapely.box(499_950, 2_420_000, 500_050, 2_420_100)
    assert ellipsoid_areas(np.array([here]), VN2000)[0] == pytest.approx(
        10_000 / 0.9999**2, rel=1e-8
    )
    holed = here.difference(shapely.box(499_990, 2_420_040, 500_010, 2_420_060))
    assert ellipsoid_areas(np.array([holed]), VN2000)[0] == pytest.approx(
        9_600 / 0.9999**2, rel=1e-8
    )
    geod = pyproj.Geod(ellps="WGS84")  # the ellipsoid of VN-2000
    lon, lat = [106.5, 106.6, 106.6, 106.5], [21.8, 21.8, 21.9, 21.9]
    edges = zip(lon, lat, np.roll(lon, -1), np.roll(lat, -1), strict=True)
    # each edge drawn along the geodesic, whose points the plane does not put on a straight line
    ring = [at for edge in edges for at in (edge[:2], *geod.npts(*edge, 99))]
    frame = gpd.GeoSeries([shapely.Polygon(ring)], crs=4756).to_crs(9215)
    known = geod.polygon_area_perimeter(lon, lat)[0]
    assert ellipsoid_areas(frame.to_numpy(), VN2000)[0] == pytest.approx(known, rel=1e-9)


@pytest.mark.parametrize(
    ("since", "until", "count"),
    [
        pytest.param("2025-07-01", "2025-07-01", 0, id="the same day"),
        pytest.param("2025-07-01", "2025-06-30", 1, id="the day before"),
        pytest.param(pd.Timestamp("2025-07-01"), "2025-06-30", 1, id="a timestamp and a text"),
        pytest.param("2025-07-01", None, 0, id="no end"),
        pytest.param("01/07/2025", "2025-06-30", 0, id="no date: a wrong type, no order"),
    ],
)
def test_dates_of_a_layer_are_in_order(since, until, count):
    found = check_layer(tiles(since=[since, None], until=[until, None]), layer_of())
    assert len(of(found, "LS-DATE-ORDER")) == count


def test_the_registers_agree():
    assert check_registers() == []


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        pytest.param(("instrument", "number", "issued", "not_before", "", "effective"),
                     "LS-DATE-ORDER", id="dates the wrong way round"),
        pytest.param(("clause", "clause", "instrument", "refers", "source", "source"),
                     "LS-REF-UNKNOWN", id="the wrong register"),
    ],
)  # fmt: skip
def test_registers_that_break_a_rule_are_told(rule, code):
    names = ["register", "key", "column", "rule", "other", "other_column"]
    found = check_registers(pd.DataFrame([rule], columns=names))
    assert found and set(codes(found)) == {code} and {issue.layer for issue in found} == {rule[0]}


def test_every_column_that_names_rows_of_a_register_has_a_rule():
    rules = read_register("register_rule")
    asked = set(zip(rules["register"], rules["column"], strict=True))
    catalogue = read_catalogue().values()
    for layer in catalogue:
        rows = read_register(layer.build.register) if layer.build.register else pd.DataFrame()
        for column in {"commune_codes", "clause", "source", "line_codes"} & set(rows):
            assert (layer.build.register, column) in asked


# --- the plan ---------------------------------------------------------------------------

# what the way-points of the register do not reach, by more than their error
SHORT = {
    ("LS-REL-APART", "development_axis", "DA-01"),
    ("LS-REL-APART", "economic_corridor", "EC-01"),
}


# layers that others name
PLACES = ("commune", "urban_centre", "national_road")


@pytest.fixture(scope="module")
def embedded():
    return read_plan()


@pytest.fixture(scope="module")
def with_real(communes_file):
    return read_plan(communes=communes_file)


def grave(issues):
    return told(issue for issue in issues if issue.severity != "note")


def test_what_the_embedded_plan_says_of_itself(embedded):
    found = check_between(embedded.layers)
    assert grave(found) == SHORT
    axis = next(issue for issue in found if issue.key == "DA-01" and issue.severity == "warning")
    assert {name.split(" ")[0] for name in axis.values["named"]} == {
        "06415", "06436", "06391", "06400",
    }  # fmt: skip
    assert [issue.layer for issue in of(found, "LS-REL-COARSE")] == ["commune"]
    assert not [issue for issue in found if "OVERLAP" in issue.code]


def test_what_the_plan_on_the_real_communes_says_of_itself(with_real):
    found = check_between(with_real.layers)
    assert grave(found) == SHORT | {("LS-REL-APART", "expressway", "CT10-DDTL")}
    assert not of(found, "LS-REL-COARSE")
    assert all(issue.place is not None for issue in found)


def test_the_real_gates_lie_at_the_border(with_real):
    found = check_between({name: with_real.layers[name] for name in ("commune", "border_gate")})
    assert not [issue for issue in found if issue.values.get("rule") == "gate-at-border"]


def changed(plan, layer, code, shape):
    frame = plan.layers[layer].copy()
    frame.loc[frame["code"] == code, "geometry"] = gpd.GeoSeries([shape], crs=VN2000).array
    return MappingProxyType({**plan.layers, layer: frame})


def shape_of(plan, layer, code):
    return plan.layers[layer].set_index("code").geometry[code]


@pytest.mark.parametrize(
    ("layer", "code", "east", "north", "found"),
    [
        pytest.param("industrial_park", "KCN-02", 0, 60_000, {"LS-REL-OUTSIDE"}, id="a park"),
        pytest.param("industrial_cluster", "CCN-04", 40_000, 0, {"LS-REL-OUTSIDE"}, id="a cluster"),
        pytest.param("border_gate", "CK-01", 0, -20_000, {"LS-REL-OUTSIDE", "LS-REL-BORDER"},
                     id="a gate inland"),
        pytest.param("nature_reserve", "BT-03", 0, 30_000, {"LS-REL-OUTSIDE", "LS-REL-APART"},
                     id="a reserve"),
        pytest.param("railway", "DS-HNDD", 30_000, 0, {"LS-REL-APART"}, id="a railway"),
        pytest.param("economic_corridor", "EC-02", -60_000, 0, {"LS-REL-APART"}, id="a corridor"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("which", ["embedded", "with_real"])
def test_what_is_moved_away_is_found(request, which, layer, code, east, north, found):
    plan = request.getfixturevalue(which)
    away = changed(plan, layer, code, translate(shape_of(plan, layer, code), east, north))
    after = check_between({name: away[name] for name in {layer, *PLACES}})
    assert grave(after) - SHORT == {(one, layer, code) for one in found}


def test_the_command_tells_what_lies_between():
    said = CliRunner().invoke(main, ["check-plan", "--lang", "en"]).output
    assert "LS-REL-APART DA-01" in said and "06415 Vân Nham" in said
    document = json.loads(CliRunner().invoke(main, ["check-plan", "--json"]).output)
    assert {(row["code"], row["layer"], row["key"]) for row in document["between"]} >= SHORT
    checked = CliRunner().invoke(main, ["check-plan", "--strict", "--lang", "en"]).output
    assert checked.count("LS-REL-APART DA-01") == 1  # everything at once, nothing twice


def test_publishing_tells_what_lies_between(embedded):
    issues = check_everything(embedded)
    assert told(issues) >= SHORT
    assert not of(issues, "LS-REF-UNKNOWN") and not of(issues, "LS-DATE-ORDER")
    assert not of(issues, "LS-FIELD-UNIT")
