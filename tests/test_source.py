"""Where geometry comes from, and what stays declared and not located."""

import re
import unicodedata
from dataclasses import replace

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from shapely.geometry import MultiPolygon, Point, box
from toy import VN2000

from lsgis.catalogue import (
    count_located,
    layer_with_role,
    read_catalogue,
    read_register,
    require_layer,
)
from lsgis.check import describe_issue
from lsgis.crs import to_wgs84
from lsgis.errors import CatalogueError, CrsError, LayerError, SourceError
from lsgis.intake import fold_name
from lsgis.intake.notation import fold
from lsgis.sitecheck import build_index
from lsgis.source import find_place, is_schematic, list_layers, read_plan


@pytest.fixture(scope="module")
def plan():
    return read_plan()


def write(frame, folder, name):
    folder.mkdir(exist_ok=True)
    frame.to_file(folder / name)
    return folder


def test_every_layer_of_the_catalogue_is_there(plan):
    assert set(plan.layers) == set(read_catalogue())
    assert set(plan.provenance["layer"]) == set(read_catalogue())
    for frame in plan.layers.values():
        assert frame.crs == VN2000


def test_a_layer_that_is_none_is_refused_with_the_nearest(plan):
    with pytest.raises(KeyError, match=r"no layer 'comune' .* did you mean 'commune'"):
        plan.layers["comune"]
    with pytest.raises(CatalogueError, match="there are: border_economic_zone, border_gate"):
        replace(plan, layers=dict(plan.layers)).layers["§"]
    assert "comune" not in plan.layers and plan.layers.get("comune") is None


def test_a_plan_says_what_it_is(plan):
    located = sum(int((frame["quality"] != "none").sum()) for frame in plan.layers.values())
    assert f"{len(plan.layers)} layers ({len(plan.layers)} embedded)" in repr(plan)
    table = list_layers(plan).query("layer == 'industrial_park' and by == 'total'")
    parks = table["located"].item()
    page = plan._repr_html_()
    assert page.count("<tr") == 1 + len(plan.layers)
    for told in (
        "Khu công nghiệp",
        f"{parks} / 19",
        "schematic",
        "industrial_park.csv",
        "Lớp · Layer",
    ):
        assert told in page, told
    assert int(re.search(r"(\d+) features located", repr(plan))[1]) <= located
    hostile = plan.provenance.assign(input="<script>")
    assert "<script" not in replace(plan, provenance=hostile)._repr_html_()
    few = replace(plan, layers={"site": plan.layers["commune"]})  # no layer of the catalogue
    assert "1 layers" in repr(few) and "site" in few._repr_html_()


def test_the_parts_of_a_plan_that_every_plan_has(plan):
    for role, frame in {"unit": plan.units, "outline": plan.outline, "zoning": plan.zones}.items():
        assert frame is plan.layers[layer_with_role(read_catalogue(), role).name]


def test_nothing_without_a_place_claims_a_quality(plan):
    for name, frame in plan.layers.items():
        here = frame.geometry.notna() & ~frame.geometry.is_empty
        assert (frame["quality"] != "none").equals(here), name
        assert frame.loc[~here, "accuracy_m"].isna().all(), name


def test_every_located_feature_names_its_source(plan):
    sources = set(read_register("source").iloc[:, 0])
    for name, frame in plan.layers.items():
        for cell in frame.loc[frame["quality"] != "none", "source"]:
            assert cell and set(cell.split("; ")) <= sources, name


def test_the_embedded_communes_are_schematic(plan):
    assert is_schematic(plan)
    assert (plan.layers["socio_economic_zone"]["quality"] == "schematic").all()
    assert (plan.layers["province"]["quality"] == "schematic").all()


def test_layers_are_listed_with_what_is_missing(plan):
    table = list_layers(plan)
    assert set(table.loc[table["quality"] == "none", "layer"]) >= {"wetland", "hazard_zone"}
    parks = table[(table["layer"] == "industrial_park") & (table["by"] == "phase")]
    expected = require_layer("industrial_park").expected.by_phase
    assert dict(zip(parks["value"], parks["expected"], strict=True)) == expected
    register = read_register("industrial_park")
    counted = register[(register["phase"] == "2030") & (register["in_decision"] != "unconfirmed")]
    assert parks.set_index("value").at["2030", "located"] == counted["lon"].notna().sum()


def test_an_unconfirmed_feature_never_counts():
    layer = require_layer("industrial_park")
    rows = gpd.GeoDataFrame(
        {"phase": ["2030", "2030"], "in_decision": ["yes", "unconfirmed"]},
        geometry=[Point(0, 0), Point(1, 1)], crs=VN2000,
    )  # fmt: skip
    assert count_located(layer, rows).set_index("by").at["total", "located"] == 1


def test_circles_have_the_declared_area(plan):
    reserves = plan.layers["nature_reserve"]
    drawn = reserves[reserves["quality"] != "none"]
    assert len(drawn) > 0
    assert (drawn.area / 10_000).tolist() == pytest.approx(drawn["area_ha"].tolist(), rel=1e-9)


def test_environmental_zones_partition_the_province(plan):
    zones = plan.layers["environmental_zone"]
    province = plan.layers["province"].geometry.iloc[0]
    assert zones.area.sum() == pytest.approx(province.area, rel=1e-9)
    assert zones.union_all().symmetric_difference(province).area < 1
    wards = plan.layers["urban_inner"].geometry.iloc[0]
    strict = zones[zones["zone"] == "strict"].union_all()
    assert strict.intersection(wards).area == pytest.approx(wards.area)


def test_the_decree_is_a_parameter(plan):
    other = read_plan(rule="decree_08")
    assert (other.rule, plan.rule) == ("decree_08", "339")
    assert build_index(other).inputs["rule"] == "decree_08"
    parts = other.parts.set_index("part")["zone"]
    towns = [part for part in parts.index if part.startswith("urban_residential")]
    assert set(parts[towns]) == {"strict"}
    followed = plan.parts.set_index("part")["zone"]
    assert set(followed[towns]) == {"limited"}
    assert "groundwater_source" in followed.index and "groundwater_source" not in parts.index


def test_real_communes_take_their_facts_from_the_register(communes_file):
    plan = read_plan(communes=communes_file)
    communes = plan.layers["commune"]
    register = read_register("commune")
    assert communes["commune_code"].tolist() == register["commune_code"].tolist()
    assert communes["population"].tolist() == register["population"].tolist()
    assert not is_schematic(plan)
    assert set(communes["quality"]) == {"indicative"}
    assert communes["accuracy_m"].isna().all()  # the file states none, and none is made up
    row = plan.provenance.set_index("layer").loc["commune"]
    assert (row["origin"], row["crs"], row["input"]) == ("own", "EPSG:4326", communes_file.name)


def test_own_layers_take_the_embedded_ones_place(tmp_path):
    square = gpd.GeoDataFrame(
        {"code": ["R1"], "name_vi": ["Khu thử"], "quality": ["authoritative"], "accuracy_m": [5.0]},
        geometry=[MultiPolygon([box(430000, 2400000, 431000, 2401000)])], crs=VN2000,
    )  # fmt: skip
    folder = write(square, tmp_path / "plan", "wetland.gpkg")
    plan = read_plan(plan=folder)
    assert plan.layers["wetland"]["code"].tolist() == ["R1"]
    zones = plan.layers["environmental_zone"]
    limited = zones[zones["zone"] == "limited"]
    assert limited.area.sum() == pytest.approx(1_000_000)
    assert "wetland" not in set(plan.parts.loc[plan.parts.geometry.isna(), "part"])
    assert plan.provenance.set_index("layer").at["wetland", "origin"] == "own"


PARK, GROVE = box(430000, 2400000, 431000, 2401000), box(433000, 2400000, 434000, 2401000)


def parks(*shapes):
    columns = {"code": ["KCN-01", "KCN-02", "KCN-03"]}
    columns |= {"name_vi": ["Hữu Lũng", "Đồng Bành", "Hồng Phong"]}
    columns |= {"kind": ["industrial_park"] * 3, "phase": ["2030"] * 3, "area_ha": [100.0] * 3}
    columns |= {"quality": ["none" if shape is None else "indicative" for shape in shapes]}
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=VN2000)


def test_outlines_of_parks_stay_as_they_came(tmp_path):
    folder = write(parks(PARK, GROVE, None), tmp_path / "plan", "industrial_park.gpkg")
    plan = read_plan(plan=folder)
    frame = plan.layers["industrial_park"]
    assert frame.geometry.iloc[0].equals(PARK) and frame.geometry.iloc[1].equals(GROVE)
    assert frame["quality"].tolist() == ["indicative", "indicative", "none"]
    totals = list_layers(plan).query("by == 'total'").set_index("layer")
    assert totals.at["industrial_park", "located"] == 2
    wrong = [issue.key for issue in plan.issues if issue.code == "LS-AREA-DIFFERS"]
    assert wrong == ["KCN-01", "KCN-02"]  # 100 ha drawn; the register says 599.76 and 162


def test_points_beside_outlines_stop_the_file(tmp_path):
    folder = write(parks(PARK, GROVE, PARK.centroid), tmp_path / "plan", "industrial_park.geojson")
    with pytest.raises(LayerError, match=r"LS-GEOM-MIXED.*1 feature of type point \(KCN-03"):
        read_plan(plan=folder, crs="EPSG:9215")


@pytest.mark.parametrize(
    ("names", "match"),
    [
        pytest.param(["reserves.gpkg"], "not in the catalogue: reserves", id="unknown name"),
        pytest.param(["wetland.gpkg", "wetland.geojson"], "two files.*wetland", id="twice"),
        pytest.param([], "no layer in", id="empty folder"),
    ],
)
def test_a_plan_folder_leaves_nothing_out(tmp_path, names, match):
    square = gpd.GeoDataFrame({"code": ["a"]}, geometry=[box(0, 0, 1, 1)], crs=VN2000)
    folder = tmp_path / "plan"
    folder.mkdir()
    for name in names:
        write(square, folder, name)
    with pytest.raises(SourceError, match=match):
        read_plan(plan=folder)


def test_an_own_layer_without_crs_is_refused(tmp_path):
    square = gpd.GeoDataFrame({"code": ["a"]}, geometry=[box(430000, 2400000, 430001, 2400001)])
    with pytest.warns(UserWarning, match="crs"):
        folder = write(square, tmp_path / "plan", "wetland.shp")
    with pytest.raises(CrsError, match=r"wetland\.shp states no coordinate reference system"):
        read_plan(plan=folder)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        pytest.param(lambda g: g.set_crs(VN2000, allow_override=True), "degrees", id="degrees"),
        pytest.param(
            lambda g: g.set_geometry(g.geometry.map(_swapped)), "AXES-SWAPPED", id="swapped"
        ),
        pytest.param(lambda g: g.iloc[:0], "LS-", id="no feature"),
        pytest.param(lambda g: g.assign(code="06001"), "06001", id="one code for all"),
    ],
)
def test_own_communes_with_errors_are_refused(tmp_path, communes_file, change, match):
    frame = change(gpd.read_file(communes_file).head(5))
    path = tmp_path / "communes.gpkg"
    pyogrio.write_dataframe(frame, path, geometry_type="Unknown")
    with pytest.raises(LayerError, match=match):
        read_plan(communes=path)


def _swapped(shape):
    return box(*(shape.bounds[1], shape.bounds[0], shape.bounds[3], shape.bounds[2]))


@pytest.mark.parametrize(
    ("place", "count"),
    [
        pytest.param("Hữu Lũng", 1, id="name"),
        pytest.param("06385", 1, id="code"),
        pytest.param("QUÝ HOÀ", 1, id="the other spelling of the tone mark"),
        pytest.param("province", 1, id="layer"),
        pytest.param("socio_economic_zone:zone_east", 1, id="feature of a layer"),
    ],
)
def test_places(plan, place, count):
    assert len(find_place(plan.layers, place)) == count


@pytest.mark.parametrize("kind", ["xã ", "Phường ", "thị trấn ", "đặc khu ", "P. ", "x."])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_every_commune_is_found_with_its_kind(plan, kind, form):
    for name in plan.units["name_vi"]:
        [found] = find_place(plan.layers, unicodedata.normalize(form, kind + name))["name_vi"]
        assert found == name


@pytest.mark.parametrize("kind", ["", "xã ", "xa ", "phuong "])
def test_a_name_without_diacritics_is_suggested_and_never_taken(plan, kind):
    names = plan.units["name_vi"]
    bare = names.map(fold)
    for written in bare[bare != names.str.lower()]:
        near = ", ".join(names[bare == written])
        with pytest.raises(SourceError, match=f"did you mean: {near}[?]"):
            find_place(plan.layers, kind + written)


def test_a_layer_misspelt_is_suggested(plan):
    with pytest.raises(SourceError, match="did you mean: province"):
        find_place(plan.layers, "provinces")


def test_corridors_need_a_width(plan):
    with pytest.raises(SourceError, match="half the width"):
        find_place(plan.layers, "economic_corridor")
    corridor = find_place(plan.layers, "economic_corridor:EC-01", half_width_m=500)
    line = plan.layers["economic_corridor"].set_index("code").geometry["EC-01"]
    assert corridor.area.sum() == pytest.approx(1000 * line.length, rel=0.05)


@pytest.mark.parametrize(
    ("place", "match"),
    [("Atlantis", "expected one place"), ("wetland", "nobody has located"),
     ("province:99", "has no feature")],
)  # fmt: skip
def test_unknown_places_are_refused(plan, place, match):
    with pytest.raises(SourceError, match=match):
        find_place(plan.layers, place)


def test_names_fold_tone_marks_but_keep_tones():
    assert fold_name("Hoà") == fold_name("hòa") == fold_name("HOÀ")
    assert fold_name("Thuỵ Hùng") == fold_name("Thụy Hùng")
    assert fold_name("Vũ Lăng") != fold_name("Vũ Lễ")
    assert fold_name("Hoa") != fold_name("Hòa")


def test_the_plan_is_the_same_every_time(plan):
    again = read_plan()
    for name, frame in plan.layers.items():
        pd.testing.assert_frame_equal(
            pd.DataFrame(to_wgs84(frame).to_wkt()),
            pd.DataFrame(to_wgs84(again.layers[name]).to_wkt()),
        )


def test_a_figure_that_is_no_number_is_told_and_unknown(plan, tmp_path):
    parks = plan.layers["industrial_park"]
    parks = parks[parks["quality"] != "none"].assign(accuracy_m="about 50 m")
    parks.to_file(tmp_path / "industrial_park.gpkg")
    own = read_plan(plan=tmp_path)
    told = [issue for issue in own.issues if issue.code == "LS-FIELD-TYPE"]
    assert told and "accuracy_m" in describe_issue(told[0], "en")["message"]
    assert own.layers["industrial_park"]["accuracy_m"].isna().all()
