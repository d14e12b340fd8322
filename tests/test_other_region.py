"""Combine, check and intake on a region in another zone: answers one can see, and no other region.

The toy region (`toy_region`) has four square communes of 10 km in EPSG:9217, 108°15′.
"""

from dataclasses import replace

import geopandas as gpd
import pandas as pd
import pytest
import shapely
import toy_region
from toy_region import COMMUNES, CRS, EAST, NAMES, NORTH, WIDE

from lsgis.catalogue import read_rows, require_layer
from lsgis.check import (
    check_between,
    check_catalogue,
    check_coverage,
    check_layer,
    check_memberships,
    check_registers,
    describe_issue,
    issues_frame,
    read_profile,
    read_rules,
    write_issues,
)
from lsgis.combine import (
    buffer_lines,
    clip_to,
    compose_zones,
    dissolve_places,
    join_places,
    overlay_zones,
    share_places,
    stack_zones,
)
from lsgis.crs import WGS84, find_crs, move_geometries, plane_of
from lsgis.errors import CatalogueError, CrsError
from lsgis.intake import detect_datum_shift, province_in, suggest_crs, write_template
from lsgis.intake.system import candidate_systems, name_zone, read_zones, usual_systems
from lsgis.layerfile import import_layer
from lsgis.region import read_region

pytestmark = pytest.mark.usefixtures("only_named_regions")
HECTARE = 10_000


def box(x0, y0, x1, y1):
    """A rectangle, metres from the corner of the toy region."""
    return shapely.box(EAST + x0, NORTH + y0, EAST + x1, NORTH + y1)


def frame(*shapes, crs=CRS, **columns):
    return gpd.GeoDataFrame({**columns, "geometry": list(shapes)}, crs=crs)


def communes(*, crs=CRS, region=None, east_m=(0, 0, 0, 0)):
    """The four communes, each moved to the east by so many metres, in any CRS."""
    corners = [toy_region.corner(code) for code in COMMUNES]
    shapes = [
        shapely.box(x + d, y, x + d + WIDE, y + WIDE)
        for (x, y), d in zip(corners, east_m, strict=True)
    ]
    if crs != CRS:
        shapes = move_geometries(shapes, find_crs(CRS), find_crs(crs), region=region)
    columns = {"commune_code": [*NAMES], "name_vi": [*NAMES.values()], "area_ha": 10_000.0}
    return frame(*shapes, crs=crs, **columns)


def codes_of(issues):
    return [issue.code for issue in issues if issue.severity != "note"]


# ---- combine: results lie where their frames lie

LEFT, RIGHT = box(0, 0, 100, 100), box(50, 0, 200, 100)
PART = {"zone": "strict", "part": "a", "clause": "7/I", "name_vi": "A", "name_en": "A"}
PART |= {"quality": "indicative", "accuracy_m": 1.0}


def composed(crs=CRS, other=CRS):
    return compose_zones(frame(LEFT, crs=crs, **{k: [v] for k, v in PART.items()}),
                         frame(box(0, 0, 200, 100), crs=other))  # fmt: skip


COMBINED = {
    "overlay": lambda a, b: overlay_zones(
        frame(LEFT, crs=a, code=["l"]), frame(RIGHT, crs=b, code=["r"]),
        left_key="code", right_key="code",
    ),
    "clip": lambda a, b: clip_to(frame(LEFT, crs=a), frame(RIGHT, crs=b)),
    "compose": composed,
    "stack": lambda a, b: stack_zones(
        {"one": frame(LEFT, crs=a, code=["l"]), "other": frame(RIGHT, crs=b, code=["r"])},
        keys="code",
    ),
    "join": lambda a, b: join_places(
        frame(LEFT, crs=a), frame(RIGHT, crs=b, code=["r"]), key="code", declared=None
    ),
    "shares": lambda a, b: share_places(
        frame(LEFT, crs=a), frame(RIGHT, crs=b, code=["r"]), key="code"
    ),
}  # fmt: skip


@pytest.mark.parametrize("call", COMBINED.values(), ids=COMBINED)
def test_two_frames_of_one_plane_give_a_third_in_it(call):
    found = call(CRS, CRS)
    assert not isinstance(found, gpd.GeoDataFrame) or found.crs == find_crs(CRS)
    assert len(found)


@pytest.mark.parametrize("call", COMBINED.values(), ids=COMBINED)
def test_frames_in_two_planes_are_refused_whichever_comes_first(call):
    for one, other in ((CRS, "EPSG:9215"), ("EPSG:9215", CRS)):
        with pytest.raises(CrsError, match=f"first are in {one}, these in {other}"):
            call(one, other)
    with pytest.raises(CrsError, match="expected VN-2000"):
        call(CRS, "EPSG:32649")


def test_combined_shapes_have_the_areas_one_sees():
    (piece,) = COMBINED["overlay"](CRS, CRS).itertuples()
    assert (piece.area_m2, piece.share_left, piece.share_right) == (5000, 0.5, pytest.approx(1 / 3))
    assert piece.geometry.equals(box(50, 0, 100, 100))
    zones = composed()
    assert zones["zone"].tolist() == ["strict", "other"]
    assert zones["area_m2"].tolist() == [HECTARE, HECTARE]
    line = shapely.LineString([(EAST, NORTH), (EAST + 1000, NORTH)])
    strip = buffer_lines(frame(line), half_width_m=5)
    assert strip.crs == find_crs(CRS) and strip.area.tolist() == [10_000]
    united = dissolve_places(frame(LEFT, RIGHT, code=["a", "a"]), by="code")
    assert united.crs == find_crs(CRS) and united["area_m2"].tolist() == [20_000]


# ---- check: a layer of the region is measured in its plane


@pytest.mark.parametrize("crs", [CRS, "EPSG:4326", "EPSG:4756", "EPSG:32649"])
def test_sound_communes_of_the_region_are_sound_in_every_usual_system(toy, crs):
    layer = require_layer("commune", toy)
    issues = check_layer(communes(crs=crs, region=toy), layer, province=communes())
    assert codes_of(issues) == []
    told = [issue.code for issue in issues if issue.code.startswith("LS-CRS")]
    assert told == ([] if crs == CRS else ["LS-CRS-OTHER-ZONE" if crs == "EPSG:4756" else
                                           "LS-CRS-OTHER"])  # fmt: skip


def test_an_overlap_is_told_where_it_lies_in_the_plane_of_the_region(toy):
    layer = require_layer("commune", toy)
    moved = communes(crs="EPSG:4326", region=toy, east_m=(10, 0, 0, 0))
    overlaps = [i for i in check_layer(moved, layer) if i.code.startswith("LS-OVERLAP")]
    issue = max(overlaps, key=lambda i: i.values["area_m2"])  # long edges in degrees are bent
    assert issue.values["area_m2"] == pytest.approx(10 * WIDE, rel=1e-4)
    assert box(9_999, 0, 10_011, WIDE).covers(issue.place)
    assert issue.shape.symmetric_difference(box(10_000, 0, 10_010, WIDE)).area < 5


def test_what_lies_outside_is_told_by_the_outline_of_the_region(toy):
    layer = require_layer("commune", toy)
    moved = communes(crs="EPSG:4326", region=toy, east_m=(0, 200, 0, 0))
    found = {i.key: i for i in check_layer(moved, layer, province=communes())}
    assert found["90002"].code == "LS-PLACE-PARTLY-OUTSIDE"
    assert found["90002"].values["distance_m"] == pytest.approx(200, abs=0.1)


def test_coordinates_of_another_zone_lie_far_away(toy):
    """The metres of the toy region declared as those of a zone 1° to the west."""
    layer = require_layer("commune", toy)
    wrong = communes().set_crs("EPSG:9215", allow_override=True)
    (issue,) = [i for i in check_layer(wrong, layer) if i.code == "LS-CRS-FAR"]
    assert issue.values["likely"].split(", ")[0] == CRS
    missing = communes().set_crs(None, allow_override=True)
    (issue,) = [i for i in check_layer(missing, layer) if i.code == "LS-CRS-MISSING"]
    assert issue.values["likely"] == CRS
    swapped = frame(*shapely.transform(communes().geometry.values, lambda xy: xy[:, ::-1]),
                    commune_code=[*NAMES])  # fmt: skip
    assert "LS-CRS-AXES-SWAPPED" in codes_of(check_layer(swapped, layer))


def test_gaps_in_degrees_are_measured_in_the_plane_of_the_region(toy):
    moved = communes(crs="EPSG:4326", region=toy, east_m=(0, 5, 0, 5))
    options = {"layer": "commune", "key": "commune_code", "region": toy}
    (slit,) = [i for i in check_coverage(moved, **options) if i.code == "LS-COVER-SLIT"]
    assert slit.values["width_m"] == pytest.approx(5, abs=0.3)
    assert slit.values["area_m2"] == pytest.approx(5 * 2 * WIDE, rel=0.01)
    assert slit.shape.symmetric_difference(box(10_000, 0, 10_005, 2 * WIDE)).area < 100
    whole = check_coverage(communes(), outline=communes(crs="EPSG:4326", region=toy), **options)
    assert all(issue.values["area_m2"] < 5 for issue in whole)  # edges of 10 km, bent
    with pytest.raises(CrsError, match=f"no way from the CRS .* to {CRS}"):
        check_coverage(communes().set_crs("EPSG:4978", allow_override=True), **options)


def test_layers_of_the_region_are_held_against_each_other_in_its_plane(toy):
    reserve = shapely.Point(*toy_region.middle()).buffer(3000, quad_segs=64)
    layers = {
        "commune": communes(),
        "nature_reserve": frame(reserve, code=["R-1"], commune_codes=["90001; 90002"]),
    }
    found = check_between(layers, region=toy)
    noted = {i.key: i for i in found if i.code == "LS-OVERLAP-NOTED"}
    assert {*noted} == {"90001", "90002"}
    assert noted["90001"].values["area_m2"] == pytest.approx(reserve.area / 2)
    assert box(0, 0, 20_000, 10_000).covers(noted["90001"].shape)
    elsewhere = {name: layer.to_crs("EPSG:9215") for name, layer in layers.items()}
    with pytest.raises(CrsError, match=f"expected layers in {CRS}.*found EPSG:9215"):
        check_between(elsewhere, region=toy)
    with pytest.raises(CrsError, match=f"first are in EPSG:9215, these in {CRS}"):
        check_between({**layers, "commune": elsewhere["commune"]}, region=toy)


def test_registers_and_lists_of_the_region_are_its_own(toy):
    rule = {"register": "crosswalk", "key": "old_code", "column": "commune_code", "rule": "refers"}
    rules = pd.DataFrame([{**rule, "other": "commune", "other_column": "commune_code"}])
    assert check_registers(rules, region=toy) == check_registers(region=toy) == []
    assert {issue.code for issue in check_catalogue(toy)} == set()
    units = communes()
    lists = pd.DataFrame({"list": ["a", "a"], "commune_code": ["90001", "06001"]})
    (issue,) = check_memberships(lists, units, region=toy)
    assert (issue.code, issue.key) == ("LS-LIST-UNKNOWN", "06001")


# ---- what is said of issues


def test_issues_are_told_and_written_in_the_plane_of_the_region(toy, tmp_path):
    layer = require_layer("commune", toy)
    issues = check_layer(communes(east_m=(10, 0, 0, 0)), layer)
    table = issues_frame(issues, "en", region=toy)
    assert table.crs == plane_of(toy)
    place = table[table["code"].str.startswith("LS-OVERLAP")].iloc[0]
    (there,) = move_geometries([place.geometry], plane_of(toy), WGS84, region=toy)
    assert (place.lon, place.lat) == (there.x, there.y)
    assert (place.easting, place.northing) == (place.geometry.x, place.geometry.y)
    paths = write_issues(issues, tmp_path, lang="vi", region=toy)
    for name in ("issue", "issue_area"):
        assert gpd.read_file(paths[2], layer=name).crs == plane_of(toy)


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_message_names_the_crs_of_the_region(toy, lang):
    layer = require_layer("commune", toy)
    wrong = communes().assign(area_ha=[20_000.0, 10_000.0, 10_000.0, 10_000.0])
    (issue,) = [i for i in check_layer(wrong, layer) if i.code == "LS-AREA-DIFFERS"]
    assert CRS in describe_issue(issue, lang, region=toy)["message"]
    strict = read_profile("strict", region=toy)
    assert CRS in strict.reasons["LS-CRS-OTHER"][lang]


def test_rules_and_profiles_of_an_office_are_followed(toy, tmp_path):
    """A folder of an office: one rule in other words and another severity, one profile more."""
    (tmp_path / "data").mkdir()
    (rule,) = [dict(row) for row in read_rows("issue", toy) if row["code"] == "LS-OVERLAP-OTHER"]
    rule |= {"severity": "warning", "title_en": "Ours", "message_en": "{key} on {other} in {crs}"}
    rule |= {"message_vi": "{key} trên {other} ở {crs}"}
    pd.DataFrame([rule]).to_csv(tmp_path / "data" / "issue.csv", index=False)
    mild = {"name": "mild", "rule": "*", "severity": "note", "reason_vi": "thử", "reason_en": "toy"}
    pd.DataFrame([mild]).to_csv(tmp_path / "data" / "profile.csv", index=False)
    region = replace(toy, folders=(*toy.folders, tmp_path))
    layer = require_layer("commune", region)
    moved = communes(east_m=(10, 0, 0, 0))
    (issue,) = [i for i in check_layer(moved, layer) if i.code.startswith("LS-OVERLAP")]
    assert (issue.code, issue.severity) == ("LS-OVERLAP-OTHER", "warning")
    said = describe_issue(issue, "en", region=region)
    assert (said["title"], said["message"]) == (
        "Ours",
        f"90001 Đồng Thử Một on 90002 Đồng Thử Hai in {CRS}",
    )
    assert describe_issue(issue, "en", region=toy)["title"] != "Ours"
    assert set(read_profile("mild", region=region).severities.values()) == {"note"}
    assert read_rules(region=toy)["LS-OVERLAP-OTHER"]["severity"] == "note"


@pytest.mark.parametrize(
    ("part", "text", "wrong"),
    [
        pytest.param(
            "title_vi", "Cho\u0302\u0300ng la\u0302\u0301n", "title: letters are not NFC", id="NFC"
        ),
        pytest.param(
            "message_en", "{key} over {others}", "message: placeholders", id="placeholder"
        ),
        pytest.param("todo_vi", "Sửa {", "todo: a brace", id="brace"),
        pytest.param(
            "severity", "grave", r"severity: grave \(error, warning, note\)", id="severity"
        ),
    ],
)
def test_a_rule_of_an_office_that_cannot_be_said_is_refused(toy, tmp_path, part, text, wrong):
    (tmp_path / "data").mkdir()
    (rule,) = [dict(row) for row in read_rows("issue", toy) if row["code"] == "LS-OVERLAP-OTHER"]
    pd.DataFrame([{**rule, part: text}]).to_csv(tmp_path / "data" / "issue.csv", index=False)
    with pytest.raises(CatalogueError, match=f"LS-OVERLAP-OTHER of issue.csv is wrong: {wrong}"):
        read_rules(region=replace(toy, folders=(*toy.folders, tmp_path)))


def test_what_lies_outside_is_told_how_far_off_the_next_zone_is(toy):
    """From 108°15′ to 108°00′ or 108°30′, a quarter of a degree at 13.65° north: 27 km."""
    (issue,) = [
        issue
        for issue in check_layer(
            frame(box(-12_000, 0, -11_000, 1000), commune_code=["90001"]),
            require_layer("commune", toy),
            province=communes(),
        )
        if issue.code == "LS-PLACE-OUTSIDE"
    ]
    assert "about 27 km off" in describe_issue(issue, "en", region=toy)["todo"]
    assert "khoảng 27 km" in describe_issue(issue, "vi", region=toy)["todo"]


# ---- intake: any file into the plane of the region


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:9215", "EPSG:32649", CRS])
def test_a_file_in_any_system_comes_to_lie_in_the_plane_of_the_region(toy, tmp_path, crs):
    path = tmp_path / "xa.gpkg"
    communes(crs=crs, region=toy).drop(columns=["commune_code", "area_ha"]).to_file(path)
    for layer in ("commune", require_layer("commune", toy)):
        found, log = import_layer(path, layer, region=toy)
        assert found.crs == plane_of(toy)
        assert found["commune_code"].tolist() == [*COMMUNES]  # by the register of the region
        apart = [a.symmetric_difference(b).area for a, b in zip(found.geometry,
                 communes().geometry, strict=True)]  # fmt: skip
        assert max(apart) < 1
        assert ("moved" in set(log["what"])) == (crs != CRS)


def test_a_file_without_crs_is_refused_with_the_systems_of_the_region(toy, tmp_path):
    path = tmp_path / "xa.csv"
    rows = communes().assign(wkt=communes().geometry.to_wkt()).drop(columns="geometry")
    pd.DataFrame(rows).to_csv(path, index=False)
    with pytest.raises(CrsError) as refused:
        import_layer(path, "commune", region=toy)
    message = refused.value.message("en")
    assert message.index("EPSG:9217") < message.index("EPSG:5898")
    assert "108°15′: Bình Định" in message and "Lạng Sơn" not in message
    fits = suggest_crs(communes(), region=toy)
    assert fits.iloc[0][["crs", "axes", "fit"]].tolist() == [CRS, "as read", 1.0]
    assert "EPSG:9215" not in set(fits["crs"])


def test_a_shift_left_out_is_found_in_the_plane_of_the_region(toy):
    degrees = communes(crs="EPSG:4756")
    found = detect_datum_shift(degrees.set_crs("EPSG:4326", allow_override=True), communes(),
                               region=toy)  # fmt: skip
    assert found.verdict == "shift-left-out" and 150 < found.shift_m < 300
    assert found.other_residual_m < 1
    assert detect_datum_shift(communes(), communes(), region=toy).verdict == "as-stated"


def test_a_template_has_the_layers_of_the_region_in_its_plane(toy, tmp_path):
    path = write_template(tmp_path / "mau.gpkg", region=toy)
    assert gpd.read_file(path, layer="toy_road").crs == plane_of(toy)
    assert "toy_province" in set(gpd.list_layers(path)["name"])


def test_an_old_name_is_a_code_by_the_crosswalk_of_the_region(toy, tmp_path):
    path = tmp_path / "rung.geojson"
    place = move_geometries([shapely.Point(*toy_region.middle())], plane_of(toy), WGS84, region=toy)
    frame(*place, crs=WGS84, code=["R-1"], commune_codes=["Cũ Một; Đồng Thử Hai"]).to_file(path)
    found, log = import_layer(path, "nature_reserve", region=toy)
    assert found["commune_codes"].tolist() == ["90001; 90002"]
    assert "commune-merged" in set(log["what"])


# ---- the systems a file may be in


def zone_region(code):
    """A region in a TM-3 zone: half a degree around its meridian, or as near as the land lies."""
    degrees, minutes = read_zones(region=LAW)[code][0].rstrip("′").split("°")
    at = int(degrees) + int(minutes) / 60
    return replace(LAW, crs=f"EPSG:{code}", box=(at - 0.25, 15.0, at + 0.25, 15.5)), at


LAW = read_region()  # its registers alone: the zones are the same in every region


@pytest.mark.parametrize("code", read_zones(region=LAW))
def test_systems_of_any_zone_begin_with_its_own(code):
    region, at = zone_region(code)
    usual, found = usual_systems(region), candidate_systems(region)
    assert found[:2] == usual[:2] == (f"EPSG:{code}", "EPSG:4326")
    assert len(set(found)) == len(found) and set(usual) <= set(found)
    utm = [find_crs(name) for name in usual if name.startswith(("EPSG:34", "EPSG:326"))]
    assert utm and all(abs(zone_meridian(crs) - at) <= 3.25 for crs in utm)
    zones = [name for name in found if int(name[5:]) in read_zones(region=LAW)]
    away = [abs(zone_meridian(find_crs(name)) - at) for name in zones]
    near = [far for far in away if far <= 0.75]
    assert near == sorted(near) and away[: len(near)] == near
    assert len(zones) == len(read_zones(region=LAW))  # a file may come from any office
    every = [abs(zone_meridian(find_crs(f"EPSG:{n}")) - at) for n in read_zones(region=LAW)]
    assert set(near) == {far for far in every if far <= 0.75}  # none that is near is left out


def zone_meridian(crs):
    (found,) = [p.value for p in crs.coordinate_operation.params if p.name.startswith("Longitude")]
    return found


@pytest.mark.parametrize("crs", [CRS, "EPSG:4326", "EPSG:3857", "EPSG:9215", "EPSG:32649"])
def test_the_box_of_a_region_holds_all_of_it_in_any_system(toy, crs):
    around = province_in(find_crs(crs), region=toy)
    assert shapely.box(*around).covers(shapely.box(*communes(crs=crs, region=toy).total_bounds))
    wide = province_in(find_crs(crs), margin=1.0, region=toy)
    assert shapely.box(*wide).covers(shapely.box(*around))
    assert province_in(find_crs("EPSG:4978"), region=toy) is None


def test_a_zone_is_named_in_every_region_alike(toy):
    assert name_zone(9217, region=toy).startswith("108°15′: Bình Định")
    assert name_zone(None, region=toy) == name_zone(4326, region=toy) == ""
