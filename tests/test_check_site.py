"""A site checked as a whole: every layer in every report, laws of measuring, ids, refusals."""

import json
import math
import os
import subprocess
import sys
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from toysite import EAST, NORTH, PROVINCE, Zone, at, square, toy_index, toy_site

import lsgis
from lsgis.catalogue import read_catalogue
from lsgis.errors import LayerError, SiteError
from lsgis.sitecheck import (
    build_index,
    check_site,
    from_document,
    judge_site,
    keep_in_memory,
    open_index,
    require_index,
    to_json,
    verify,
    write_index,
)
from lsgis.source import Plan, read_plan

ON = date(2026, 11, 22)
BOW = shapely.Polygon([(0, 0), (9, 9), (9, 0), (0, 9)])
SITE = square(-60, 0, 40, 100)  # one hectare, 60 % of it in the western commune
RESTRICTING = [name for name, layer in read_catalogue().items() if layer.restricts]
CLEAR = {"not_affected"}


def report(site, index, **options):
    return check_site(site, index, on=ON, **options).document


def to_bytes(document):
    return to_json(from_document(document))


def theme_of(document, layer):
    return next(theme for theme in document["themes"] if theme["layer"] == layer)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return read_plan()


@pytest.fixture(scope="module")
def index(plan):
    return build_index(plan)


# A park site near a reserve, the inner city, far from everything: as in the notebooks.
PLACES = {
    "city": shapely.Point(449_158, 2_417_140).buffer(150),
    "reserve": shapely.box(406_000, 2_396_000, 406_400, 2_396_300),
    "far": shapely.box(484_000, 2_380_000, 484_100, 2_380_100),
}


@pytest.mark.parametrize("place", PLACES)
def test_every_restricting_layer_has_one_state_in_every_report(index, place):
    document = report(toy_site(PLACES[place], accuracy_m=1.0), index, type="industrial")
    assert [theme["layer"] for theme in document["themes"]] == RESTRICTING
    unsure = [t["layer"] for t in document["themes"] if t["state"] in ("no_data", "incomplete")]
    assert document["not_checked"] == unsure
    for theme in document["themes"]:
        assert theme["clauses"]
        for finding in theme["findings"]:
            assert finding["clauses"] and finding["source"]
            assert not (finding["symbol"] and finding["state"] == "affected")
    cited = {clause for theme in document["themes"] for clause in theme["clauses"]}
    assert cited <= {clause["id"] for clause in document["clauses"]}


@pytest.mark.parametrize("place", PLACES)
def test_the_document_keeps_its_schema(index, place):
    path = Path(lsgis.__file__).parent / "sitecheck" / "site_report.schema.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    check = jsonschema.Draft202012Validator
    check.check_schema(schema)
    site = toy_site(PLACES[place], accuracy_m=5.0)
    document = json.loads(to_bytes(report(site, index, type="industrial")))
    check(schema, format_checker=jsonschema.FormatChecker()).validate(document)
    assert list(document) == schema["required"]


@pytest.mark.parametrize("layer", RESTRICTING)
def test_an_emptied_layer_is_never_clear(plan, layer):
    layers = {**plan.layers, layer: plan.layers[layer].iloc[:0]}
    index = build_index(Plan(layers, plan.provenance, plan.parts, ()))
    themes = judge_site(toy_site(PLACES["far"]), index, complete=[layer]).themes
    assert {t["layer"]: t["state"] for t in themes}[layer] == "no_data"


@pytest.mark.parametrize("layer", RESTRICTING)
def test_a_removed_layer_stops_the_check(plan, layer):
    layers = {name: frame for name, frame in plan.layers.items() if name != layer}
    with pytest.raises(LayerError, match=f"lacks the layers {layer}"):
        build_index(Plan(layers, plan.provenance, plan.parts, ()))


@pytest.mark.parametrize(
    ("spoil", "match"),
    [
        pytest.param(lambda f: f.assign(code="x"), "stand twice: x", id="one code for all"),
        pytest.param(lambda f: f.assign(code=""), "rows without a code", id="no codes"),
        pytest.param(lambda f: f.set_geometry([at(BOW)] * len(f), crs=f.crs), "invalid",
                     id="crossing itself"),
        pytest.param(lambda f: f.set_crs(4326, allow_override=True), "VN-2000", id="other CRS"),
    ],
)  # fmt: skip
def test_a_spoilt_layer_stops_the_check(plan, spoil, match):
    layers = {**plan.layers, "nature_reserve": spoil(plan.layers["nature_reserve"])}
    with pytest.raises((LayerError, lsgis.CrsError), match=match):
        build_index(Plan(layers, plan.provenance, plan.parts, ()))


def test_a_spoilt_mixture_stops_the_check(plan):
    sites = plan.layers["geopark_site"]
    shapes = [square(0, 0, 9, 9), *sites.geometry.iloc[1:]]
    layers = {**plan.layers, "geopark_site": sites.set_geometry(shapes, crs=sites.crs)}
    with pytest.raises(LayerError, match=r"geopark_site mixes geometry types .points / polygons"):
        build_index(Plan(layers, plan.provenance, plan.parts, ()))


GEOPARK = square(-10, 20, 90, 70)  # 50 m deep, its western half on the site


@pytest.mark.parametrize(
    ("accuracy_m", "quality", "state"),
    [
        pytest.param(2.0, "authoritative", "affected", id="accurate"),
        pytest.param(60.0, "authoritative", "likely", id="coarser than the overlap is deep"),
        pytest.param(math.nan, "indicative", "likely", id="accuracy unknown"),
        pytest.param(2.0, "schematic", "likely", id="a symbol"),
    ],
)
def test_an_outline_of_a_point_layer_is_measured_as_ground(accuracy_m, quality, state):
    index = toy_index({"geopark_site": [Zone(GEOPARK, accuracy_m, quality)]})
    theme = theme_of(report(toy_site(SITE), index), "geopark_site")
    (finding,) = theme["findings"]
    assert (theme["state"], finding["state"]) == (state, state)
    assert (finding["area_m2"], finding["share"]) == pytest.approx((2500, 0.25))
    assert (theme["area_m2"], theme["count"]) == (pytest.approx(2500), None)
    assert finding["geometry"]["type"] == "Polygon"


def test_distance_is_to_the_outline_not_to_its_middle(tmp_path):
    index = toy_index({"geopark_site": [Zone(square(140, 0, 940, 100), 2.0)],
                       "industrial_park": [Zone(square(-500, -500, 500, 500), 2.0)]})  # fmt: skip
    write_index(index, tmp_path / "index.sqlite")
    for known in (index, open_index(tmp_path / "index.sqlite")):
        document = report(toy_site(SITE), known)
        theme = theme_of(document, "geopark_site")
        assert theme["nearest"]["distance_m"] == pytest.approx(100)
        told = [(band["least"], band["most"]) for band in theme["bands"]]
        # at 0 m, at 100 m (as drawn, and 2 m unsure), at 500 m
        assert told[:3] == [(0, 0), (0, 1), (1, 1)]
        near = {row["layer"]: row["distance_m"] for row in document["context"]["nearest"]}
        assert near["industrial_park"] == 0  # the site lies in it


def test_a_site_across_two_communes():
    document = report(toy_site(SITE), toy_index({}))
    shares = {row["code"]: row["share"] for row in document["context"]["communes"]}
    assert shares == pytest.approx({"00001": 0.6, "00002": 0.4})
    assert document["context"]["outside_m2"] == pytest.approx(0)


@pytest.mark.parametrize(
    ("codes", "here"),
    [
        pytest.param(["00001", "00009"], ["yes", "no"], id="one in the site's commune"),
        pytest.param(["00009", "00008"], ["no", "no"], id="elsewhere"),
        pytest.param(["", "00009"], [None, "no"], id="one names no commune"),
    ],
)
def test_what_is_declared_in_the_sites_commune(codes, here):
    zones = [Zone(square(900, 0, 990, 90)), *(Zone(None, communes=code) for code in codes)]
    index = toy_index({"reserve_buffer": zones})  # three are counted, no register names them
    theme = theme_of(report(toy_site(SITE), index), "reserve_buffer")
    assert theme["state"] == "incomplete"
    assert [row["here"] for row in theme["undrawn"]] == here
    assert theme["undrawn_here"] == ("yes" if "yes" in here else None if None in here else "no")


@pytest.mark.parametrize(
    ("site", "outside"),
    [
        pytest.param(square(19_950, 0, 20_050, 100), 0.5, id="half of it abroad"),
        pytest.param(square(-30_000, -30_000, 30_000, 30_000), 1 - 16 / 36, id="larger than it"),
        pytest.param(PROVINCE, 0.0, id="the province itself"),
        pytest.param(square(20_000, 0, 20_050, 100), 1.0, id="at the border, beyond it"),
    ],
)
def test_what_lies_outside_is_told(site, outside):
    context = report(toy_site(site), toy_index({}))["context"]
    assert context["outside_share"] == pytest.approx(outside)
    assert context["outside_m2"] == pytest.approx(outside * site.area)


def test_a_site_outside_the_province_is_refused():
    index, site = toy_index({}), square(25_000, 0, 25_100, 100)
    with pytest.raises(SiteError, match=r"outside Lạng Sơn province: 5\.0 km") as refused:
        report(toy_site(site), index)
    assert "nằm ngoài tỉnh" in refused.value.message("vi")
    assert report(toy_site(site, accuracy_m=6_000.0), index)["context"]["outside_share"] == 1.0


@pytest.mark.parametrize(
    ("site", "options", "match"),
    [
        pytest.param(shapely.Polygon(), {}, "no geometry", id="empty"),
        pytest.param(at(shapely.Polygon([(0, 0), (9, 9), (9, 0), (0, 9)])), {},
                     "Self-intersection", id="crossing itself"),
        pytest.param(shapely.Point(math.nan, 2e6), {}, "no geometry", id="NaN"),
        pytest.param(SITE, {"type": "spaceport"}, "spaceport", id="project type"),
        pytest.param(SITE, {"complete": ["castle"]}, "castle", id="layer"),
        pytest.param(SITE, {"complete": ["commune"]}, "commune", id="it restricts nothing"),
        pytest.param(SITE, {"assumed_accuracy_m": 0.0}, "above 0", id="assumed accuracy"),
        pytest.param(SITE, {"disputes": [{"layer": "wetland", "key": "x", "reason": "r"}]},
                     "meets no finding", id="dispute of nothing"),
    ],
)  # fmt: skip
def test_refusals(site, options, match):
    with pytest.raises(SiteError, match=match):
        report(toy_site(site, kind="polygon"), toy_index({}), **options)


@pytest.mark.parametrize("on", [datetime(2026, 11, 22), "2026-11-22", None])
def test_a_day_is_a_day(on):
    with pytest.raises(SiteError, match="must be a day"):
        check_site(toy_site(SITE), toy_index({}), on=on)


@pytest.mark.parametrize("accuracy", [-1.0, math.inf])
def test_an_accuracy_is_a_length(accuracy):
    with pytest.raises(SiteError, match="accuracy of a site"):
        report(toy_site(SITE, accuracy_m=accuracy), toy_index({}))


def test_a_plan_is_prepared_first(plan, index):
    site = toy_site(PLACES["city"])
    assert to_bytes(report(site, plan)) == to_bytes(report(site, index))


def test_a_dispute_stands_beside_its_finding():
    index = toy_index({"wetland": [Zone(square(0, 0, 50, 50))]})
    plain = theme_of(report(toy_site(SITE), index), "wetland")["findings"][0]
    dispute = {
        "layer": "wetland",
        "key": "00001",
        "reason": "đã lấp năm 2019",
        "by": "Sở",
        "on": "",
    }
    disputed = theme_of(report(toy_site(SITE), index, disputes=[dispute]), "wetland")["findings"][0]
    assert disputed.pop("dispute") == {"reason": "đã lấp năm 2019", "by": "Sở", "on": None}
    assert plain.pop("dispute") is None
    assert disputed == plain
    with pytest.raises(SiteError, match="must give a reason"):
        report(toy_site(SITE), index, disputes=[{**dispute, "reason": " "}])
    with pytest.raises(SiteError, match="two disputes"):
        report(toy_site(SITE), index, disputes=[dispute, dispute])


def test_area_three_ways():
    site = report(toy_site(SITE, area_certificate_m2=9_900.0), toy_index({}))["site"]
    assert site["area_m2"] == pytest.approx(10_000)
    # scale at 50 km from the meridian of the zone: areas come out larger by some 2 in 100,000
    assert site["area_ellipsoidal_m2"] == pytest.approx(10_000, rel=3e-4)
    assert site["area_ellipsoidal_m2"] != site["area_m2"]
    assert site["area_certificate_m2"] == 9_900.0


def test_numbers_of_the_site():
    shape = shapely.union_all([square(0, 0, 90, 90).difference(square(20, 20, 30, 30)),
                               square(200, 0, 290, 90)])  # fmt: skip
    site = report(toy_site(shape), toy_index({}))["site"]
    assert (site["parts"], site["holes"], site["vertices"]) == (2, 1, 12)
    inside = site["inside"]
    assert shape.contains(shapely.Point(inside["easting"], inside["northing"]))
    assert site["bounds"] == [EAST, NORTH, EAST + 290, NORTH + 90]


# ---- laws ----------------------------------------------------------------------------------

number = st.integers(-400, 400)
size = st.integers(2, 300)


def box(x, y, w, h):
    return square(x, y, x + w, y + h)


boxes = st.builds(box, number, number, size, size)


def overlaps(site, zones):
    theme = next(t for t in judge_site(toy_site(site), toy_index({"wetland": zones})).themes
                 if t["layer"] == "wetland")  # fmt: skip
    return theme["area_m2"], {f["key"]: f["area_m2"] for f in theme["findings"]}


@settings(max_examples=25, deadline=None)
@given(zones=st.lists(boxes, min_size=1, max_size=4), cut=st.integers(1, 99))
def test_two_halves_make_the_whole(zones, cut):
    zones = [Zone(zone) for zone in zones]
    total, each = overlaps(square(0, 0, 100, 100), zones)
    left, of_left = overlaps(square(0, 0, cut, 100), zones)
    right, of_right = overlaps(square(cut, 0, 100, 100), zones)
    assert left + right == pytest.approx(total, abs=1e-6)
    for key in each:
        assert of_left.get(key, 0) + of_right.get(key, 0) == pytest.approx(each[key], abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(
    zone=boxes, e=st.floats(0, 80), east=st.integers(-9000, 9000), north=st.integers(-9000, 9000)
)
def test_moving_site_and_zone_together_changes_nothing(zone, e, east, north):
    def asked(shift):
        move = {"transformation": lambda xy: xy + shift}
        index = toy_index({"wetland": [Zone(shapely.transform(zone, **move), e)]})
        site = toy_site(shapely.transform(square(0, 0, 100, 100), **move))
        theme = next(t for t in judge_site(site, index).themes if t["layer"] == "wetland")
        near = theme["nearest"]
        return theme["state"], theme["area_m2"], near["distance_m"], near["bearing_deg"]

    here, there = asked((0, 0)), asked((east, north))
    assert here[0] == there[0]
    assert here[1:] == pytest.approx(there[1:], abs=1e-6)


def star(rng, reach, most):
    """A rough star-shaped polygon somewhere in the toy province."""
    corners = int(rng.integers(4, most))
    angle = np.sort(rng.uniform(0, 2 * np.pi, corners))
    waves = sum(np.sin(n * angle + rng.uniform(0, 6)) / n for n in range(1, 6)) / 4
    radius = (0.7 + 0.5 * waves + rng.normal(0, 0.5 / corners, corners)).clip(0.1) * reach
    ring = np.column_stack([np.cos(angle), np.sin(angle)]) * radius[:, None]
    return at(shapely.make_valid(shapely.Polygon(ring + rng.uniform(-4000, 4000, 2)))).buffer(0)


def test_a_thousand_sites_as_brute_force_has_them():
    """Areas to 1e-6, distances, bands and states as plain shapely finds them, zone by zone."""
    rng = np.random.default_rng(339)
    zones = [Zone(star(rng, rng.uniform(50, 2500), 900), rng.uniform(0, 60)) for _ in range(40)]
    index = toy_index({"wetland": zones})
    seen, ground = set(), shapely.union_all([zone.shape for zone in zones])
    for _ in range(1000):
        site = star(rng, rng.uniform(20, 400), 30)
        theme = next(t for t in judge_site(toy_site(site, accuracy_m=1.0), index).themes
                     if t["layer"] == "wetland")  # fmt: skip
        found = {f["key"]: f for f in theme["findings"]}
        distances = np.array([zone.shape.distance(site) for zone in zones])
        for n, zone in enumerate(zones):
            e = math.hypot(1.0, zone.accuracy_m)
            finding = found.get(f"{n + 1:05d}")
            assert (finding is not None) == (distances[n] <= e)
            if finding:
                common = zone.shape.intersection(site).area
                assert finding["area_m2"] == pytest.approx(common, rel=1e-6, abs=1e-6)
                assert finding["distance_m"] == pytest.approx(distances[n], abs=1e-9)
                assert finding["state"] in brute_states(zone.shape, site, e, common)
                seen.add(finding["state"])
        assert theme["nearest"]["distance_m"] == pytest.approx(distances.min(), abs=1e-9)
        unsure = np.array([math.hypot(1.0, zone.accuracy_m) for zone in zones])
        sure = [found.get(f"{n + 1:05d}", {}).get("state") == "affected" for n in range(40)]
        fewest = theme["state"] == "affected"
        for band in theme["bands"]:
            within = sure | (distances + unsure <= band["within_m"])
            assert band["least"] == max(int(within.sum()), fewest)
            assert band["most"] == int((distances - unsure <= band["within_m"]).sum())
        union = ground.intersection(site).area
        assert theme["area_m2"] == pytest.approx(union, rel=1e-6, abs=1e-6)
        assert theme["share"] == pytest.approx(min(union / site.area, 1.0))
    assert seen == {"affected", "likely", "possible"}


def test_sites_of_several_parts_as_brute_force_has_them():
    """Parts within a zone, across its edge and apart from it: each counts as it lies."""
    rng = np.random.default_rng(1672)
    zones = [Zone(star(rng, rng.uniform(500, 2500), 400), rng.uniform(0, 60)) for _ in range(12)]
    index, ground = toy_index({"wetland": zones}), shapely.union_all([z.shape for z in zones])
    apart = 0
    for _ in range(150):
        site = shapely.union_all([star(rng, rng.uniform(20, 300), 20) for _ in range(3)])
        verdicts = judge_site(toy_site(site, accuracy_m=1.0), index)
        theme = next(t for t in verdicts.themes if t["layer"] == "wetland")
        found = {f["key"]: f for f in theme["findings"]}
        for n, zone in enumerate(zones):
            e, common = math.hypot(1.0, zone.accuracy_m), zone.shape.intersection(site).area
            finding = found.get(f"{n + 1:05d}")
            assert (finding is not None) == (zone.shape.distance(site) <= e)
            if finding:
                assert finding["area_m2"] == pytest.approx(common, rel=1e-6, abs=1e-6)
                assert finding["state"] in brute_states(zone.shape, site, e, common)
                edge = zone.shape.boundary
                apart += 0 < common < site.area and not edge.intersects(site)
        union = ground.intersection(site).area
        assert theme["area_m2"] == pytest.approx(union, rel=1e-6, abs=1e-6)
        inside = sum(overlap.area_m2 for overlap in verdicts.communes)
        assert inside == pytest.approx(site.area, rel=1e-6)
    assert apart > 10


def brute_states(zone, site, e, common):
    """The state, and also the other one where depth and accuracy differ by less than 1.5 %."""
    if common <= 0:
        return {"possible"}
    around = zone.intersection(shapely.box(*site.bounds).buffer(3 * e + 1, join_style="mitre"))
    left = [around.buffer(-e * f, quad_segs=64).intersection(site).area > 0 for f in (0.999, 1.015)]
    return {"affected" if some else "likely" for some in left}


# ---- the index, its file, the id -----------------------------------------------------------


def test_a_file_answers_as_memory_does(index, tmp_path):
    write_index(index, tmp_path / "index.sqlite")
    opened = open_index(tmp_path / "index.sqlite")
    assert opened.digest == index.digest
    for shape in (*PLACES.values(), PLACES["city"].centroid, PLACES["far"].boundary):
        site = toy_site(shape, accuracy_m=2.0)
        expected = to_bytes(report(site, index))
        assert to_bytes(report(site, opened)) == expected
        assert to_bytes(report(site, keep_in_memory(opened))) == expected


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cache")
    require_index(cache=folder)
    return folder


@pytest.mark.parametrize("place", [0, 70, 5_000, -1])
def test_an_altered_index_is_built_again(cache, place):
    (file,) = (cache / "check-index").glob("*.sqlite")
    whole = file.read_bytes()
    altered = bytearray(whole)
    altered[place] ^= 1
    file.write_bytes(altered)
    with pytest.raises(lsgis.SourceError, match="altered or is damaged"):
        open_index(file)
    require_index(cache=cache)
    open_index(file)
    file.write_bytes(whole[:-100])
    require_index(cache=cache)
    open_index(file)


def test_an_index_is_kept_under_the_hash_of_its_inputs(cache, plan, tmp_path):
    folder = tmp_path / "plan"
    folder.mkdir()
    zone = plan.layers["nature_reserve"][["code", "name_vi", "geometry"]].iloc[:1]
    zone.to_file(folder / "nature_reserve.geojson", driver="GeoJSON")
    first = require_index(plan=folder, cache=cache)
    assert len(list((cache / "check-index").glob("*.sqlite"))) == 2
    with (folder / "nature_reserve.geojson").open("ab") as file:
        file.write(b"\n")
    second = require_index(plan=folder, cache=cache)
    assert len(list((cache / "check-index").glob("*.sqlite"))) == 3
    site = toy_site(PLACES["far"])
    one, other = report(site, first), report(site, second)
    assert one["id"] != other["id"]  # one byte of a layer's file is another id
    assert one["themes"] == other["themes"]


def test_a_layer_that_cannot_be_read_stops_the_check(tmp_path):
    (tmp_path / "nature_reserve.geojson").write_text("{", encoding="utf-8")
    with pytest.raises(lsgis.LsgisError):
        require_index(plan=tmp_path, cache=tmp_path / "cache")


CHANGES = {
    "name": {"name": "other"},
    "a millimetre": {"geometry": square(-60, 0, 40.001, 100)},
    "accuracy": {"accuracy_m": 0.1},
    "input": {"input": {"kind": "wkt", "name": "toy", "sha256": "1" * 64}},
}
OPTIONS = {
    "day": {"on": date(2026, 11, 23)},
    "type": {"type": "industrial"},
    "assumed": {"assumed_accuracy_m": 50.0},
    "complete": {"complete": ["wetland"]},
}


def test_same_inputs_same_bytes():
    index = toy_index({"wetland": [Zone(square(0, 0, 50, 50), 3)]})
    assert to_bytes(report(toy_site(SITE), index)) == to_bytes(report(toy_site(SITE), index))


@pytest.mark.parametrize("change", [*CHANGES, *OPTIONS])
def test_another_input_is_another_id(change):
    index = toy_index({})
    site = replace(toy_site(SITE), **CHANGES.get(change, {}))
    other = check_site(site, index, **{"on": ON, **OPTIONS.get(change, {})}).document
    assert other["id"] != report(toy_site(SITE), index)["id"]


def test_another_layer_is_another_id(plan, index):
    frame = plan.layers["nature_reserve"].copy()
    frame.loc[0, "note_vi"] = "khác"
    layers = {**plan.layers, "nature_reserve": frame}
    other = build_index(Plan(layers, plan.provenance, plan.parts, ()))
    assert other.digest != index.digest


def test_a_report_verifies_itself(index, tmp_path):
    site = toy_site(PLACES["city"], accuracy_m=3.0)
    findings = theme_of(report(site, index), "urban_inner")["findings"]
    dispute = {"layer": "urban_inner", "key": findings[0]["key"], "reason": "khác"}
    document = report(site, index, type="industrial", complete=["urban_inner"], disputes=[dispute])
    path = tmp_path / "report.json"
    path.write_bytes(to_bytes(document))
    for place in (path, tmp_path):  # nobody wrote a list of files beside it
        assert [row.kind for row in verify(place, index)] == ["file"]
    assert verify(document, index) == []
    document = json.loads(path.read_bytes())
    theme_of(document, "urban_inner")["area_m2"] += 1e-6
    document["themes"][0]["state"] = "not_affected"
    n = [t["layer"] for t in document["themes"]].index("urban_inner")
    assert [d.pointer for d in verify(document, index)] == [
        "/themes/0/state",
        f"/themes/{n}/area_m2",
    ]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"themes": []}', '{"themes": [], "site": {}}'])
def test_what_is_no_report(index, tmp_path, text):
    (tmp_path / "report.json").write_text(text, encoding="utf-8")
    with pytest.raises(SiteError, match="no site report"):
        verify(tmp_path / "report.json", index)


def test_another_plan_is_told(index):
    site = toy_site(PLACES["far"])
    document = json.loads(to_bytes(report(site, index)))
    document["data"][3]["digest"] = "0" * 64
    assert {d.pointer for d in verify(document, index)} == {"/data/3/digest"}
    changed = replace(index, digest="1" * 64)
    assert {d.pointer for d in verify(report(site, index), changed)} == {"/id"}


# ---- hostile input, speed -------------------------------------------------------------------


def test_a_site_of_100_000_vertices():
    angle = np.linspace(0, 2 * np.pi, 100_000, endpoint=False)
    radius = 3000 + 40 * np.sin(angle * 900)
    ring = np.column_stack([np.cos(angle), np.sin(angle)]) * radius[:, None]
    site = at(shapely.Polygon(ring))
    zone = at(shapely.Polygon(ring[::7] + 2500))
    document = report(toy_site(site), toy_index({"wetland": [Zone(zone, 5)]}))
    theme = theme_of(document, "wetland")
    assert theme["state"] == "affected"
    assert theme["area_m2"] == pytest.approx(shapely.intersection(site, zone).area, rel=1e-6)


HOSTILE = ["<script>alert(1)</script>", "=1+1", "../../etc/passwd", "a\u2028b", "x" * 5000, "\x00"]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_only_text(name):
    document = report(toy_site(SITE, name=name), toy_index({}))
    assert json.loads(to_bytes(document))["site"]["name"] == name


@pytest.mark.parametrize(
    ("library", "name"),
    [
        ("pyproj", "proj_version_str"),
        ("shapely", "geos_version_string"),
        ("shapely", "__version__"),
        ("numpy", "__version__"),
    ],
)
def test_an_index_made_under_other_libraries_is_not_taken(cache, monkeypatch, library, name):
    """What another PROJ moved or GEOS cut may differ in its last bit, and with it the id."""
    before = set((cache / "check-index").glob("*.sqlite"))
    monkeypatch.setattr(f"{library}.{name}", "0.0.0")
    require_index(cache=cache)
    assert len(set((cache / "check-index").glob("*.sqlite")) - before) == 1


def test_one_site_needs_no_frames(cache):
    """Nothing slow to import stands between a prepared index and its answer."""
    code = (
        "import sys; from datetime import date\n"
        "from lsgis.sitecheck import check_site, require_index\n"
        "from lsgis.sitefile import read_site\n"
        f"index = require_index(cache={str(cache)!r})\n"
        "site = read_site('106.76,21.85')\n"
        "check_site(site, index, on=date(2026, 11, 22))\n"
        "slow = {'pandas', 'geopandas', 'pyogrio', 'folium', 'fiona', 'rasterio', 'openpyxl'}\n"
        "print(sorted(slow & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=os.environ, check=False
    )
    assert done.stdout.strip() == "[]", done.stderr
