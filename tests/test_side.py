"""Layers and files side by side: named alike, several at once; what nobody knows is told."""

import json
from itertools import chain
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from toy import VN2000, frame, square

from lsgis.cli import main
from lsgis.combine import clip_to, join_facts, join_places, missing_parts, overlay_zones
from lsgis.intake import read_vector
from lsgis.source import read_plan, split_names, take_features, take_places, take_side

PLACE = shapely.box(430_000, 2_400_000, 431_000, 2_401_000)  # within the province


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def document(*arguments):
    result = run(*arguments, "--json")
    assert result.exit_code in (0, 1), result.output
    return json.loads(result.stdout), result.exit_code


@pytest.fixture(scope="module")
def plan():
    return read_plan()


@pytest.fixture
def parcels(tmp_path):
    """A parcel and a well of a file that says nothing of how sure it is."""
    shapes = [PLACE, shapely.Point(430_500, 2_400_500)]
    told = gpd.GeoDataFrame({"code": ["A", "W"]}, geometry=shapes, crs=VN2000)
    told.to_file(tmp_path / "parcels.gpkg")
    return tmp_path / "parcels.gpkg"


# How sure, in each row.

metres = st.one_of(st.floats(0, 10_000), st.just(float("nan")))


@given(one=metres, other=metres)
@settings(max_examples=50, deadline=None)
def test_what_errs_twice_errs_more_and_unknown_stays_unknown(one, other):
    left = frame(square(0, 0), code=["A"], quality=["indicative"], accuracy_m=[one])
    right = frame(square(50, 0), part=["Z"], quality=["schematic"], accuracy_m=[other])
    overlaid = overlay_zones(left, right, left_key="code", right_key="part").iloc[0]
    clipped = clip_to(left, right).iloc[0]
    placed = join_places(left, right, key="part", declared=None).iloc[0]
    facts = pd.DataFrame({"code": ["A"], "quality": ["schematic"], "accuracy_m": [other]})
    joined = join_facts(left, facts, on="code").iloc[0]
    assert (overlaid["quality_left"], overlaid["quality_right"]) == ("indicative", "schematic")
    assert clipped["boundary_quality"] == placed["place_quality"] == "schematic"
    assert joined["facts_quality"] == "schematic" and joined["quality"] == "indicative"
    for row in (overlaid, clipped, placed, joined):
        assert row["e_m"] == pytest.approx(np.hypot(one, other), nan_ok=True)


def test_frames_that_state_nothing_get_no_columns():
    plain = frame(square(0, 0), code=["A"])
    pieces = overlay_zones(plain, plain, left_key="code", right_key="code")
    assert not {"e_m", "quality_left", "accuracy_m_left", "provisional"} & {*pieces}
    half = plain.assign(accuracy_m=[5.0])
    pieces = overlay_zones(half, plain, left_key="code", right_key="code")
    assert pieces["accuracy_m_left"].tolist() == [5.0] and "e_m" not in pieces


@pytest.mark.parametrize(
    ("columns", "quality", "accuracy_m"),
    [
        pytest.param({}, "unknown", None, id="states nothing"),
        pytest.param({"quality": "good", "accuracy_m": "far"}, "unknown", None, id="says no word"),
        pytest.param({"accuracy_m": -4.0}, "unknown", None, id="no accuracy is below nothing"),
        pytest.param({"quality": "indicative", "accuracy_m": "7.5"}, "indicative", 7.5, id="both"),
    ],
)
def test_a_plain_file_says_what_it_knows(tmp_path, plan, columns, quality, accuracy_m):
    told = gpd.GeoDataFrame({"code": ["A"], **columns}, geometry=[PLACE], crs=VN2000)
    told.to_file(tmp_path / "plain.gpkg")
    side = take_features(plan.layers, str(tmp_path / "plain.gpkg")).features.iloc[0]
    assert side["quality"] == quality
    assert side["accuracy_m"] == pytest.approx(accuracy_m or np.nan, nan_ok=True)
    found, _ = document("overlay-zones", tmp_path / "plain.gpkg", "commune")
    for row in found["rows"]:
        assert (row["quality_left"], row["accuracy_m_left"]) == (quality, accuracy_m)
        assert row["quality_right"] == "schematic" and row["accuracy_m_right"] > 1000
        assert (row["e_m"] is None) == (accuracy_m is None)
        assert row["area_ha"] == row["area_m2"] / 10_000


# What nobody has located.


def test_a_side_that_lacks_something_says_so_everywhere(plan, parcels, tmp_path):
    lacking = missing_parts(plan.parts, rest="other")
    found, code = document("overlay-zones", parcels, "environmental_zone")
    rows = found["not_located_rows"]
    assert code == 1 and found["not_located"] == {"left": 0, "right": len(lacking)}
    assert [row["key"] for row in rows] == lacking["part"].tolist()
    assert {row["layer"] for row in rows} == {"environmental_zone"}
    for kind in ("xlsx", "gpkg", "csv", "geojson"):
        out = tmp_path / f"out.{kind}"
        result = run("overlay-zones", parcels, "environmental_zone", "--out", out)
        assert result.exit_code == 1, result.output
        assert all(name in result.stdout for name in lacking["name_vi"])
        assert f"{len(lacking)} phần của environmental_zone chưa có ranh giới" in result.stdout
        if kind == "xlsx":
            sheet = openpyxl.load_workbook(out)["Chưa định vị"]
            listed = [row[1] for row in sheet.iter_rows(min_row=2, values_only=True)]
        elif kind == "gpkg":
            told = pyogrio.read_info(out)["layer_metadata"]["not_located"]
            listed = [row["key"] for row in json.loads(told)]
        else:
            beside = tmp_path / "out_not_located.csv"
            listed = pd.read_csv(beside, encoding="utf-8-sig")["key"].tolist()
            assert run("overlay-zones", parcels, "environmental_zone", "--out", out).exit_code == 2
            beside.unlink()
        assert listed == lacking["part"].tolist()


def test_two_whole_sides_are_clean(parcels, tmp_path):
    found, code = document("overlay-zones", parcels, "commune", "--out", tmp_path / "o.csv")
    assert code == 0 and found["not_located_rows"] == []
    assert [path.name for path in tmp_path.glob("o*")] == ["o.csv"]


@pytest.mark.parametrize(
    ("within", "lacks"),
    [
        pytest.param("province", False, id="the province"),
        pytest.param("05986", False, id="a commune"),
        pytest.param("nature_reserve", True, id="a layer of which one is not located"),
        pytest.param("nature_reserve:BT-01", False, id="one that is located"),
        pytest.param("environmental_zone:rest", True, id="what remains"),
    ],
)
def test_a_place_lacks_what_its_layer_lacks(plan, within, lacks):
    place = within if within != "05986" else plan.units["commune_code"].iloc[0]
    if within.startswith("nature_reserve"):
        key, located = "code", plan.layers["nature_reserve"].geometry.notna()
        place = within.replace("BT-01", plan.layers["nature_reserve"].loc[located, key].iloc[0])
        assert not located.all()
    half = 500.0
    assert bool(len(take_places(plan, place, half_width_m=half).missing)) == lacks


def test_an_own_layer_lacks_what_the_register_names(plan, tmp_path):
    """Three parts of one reserve are not three reserves: what lacks is told by its key."""
    first = plan.layers["nature_reserve"].iloc[[0]]
    (tmp_path / "plan").mkdir()
    frames = first.assign(geometry=[PLACE])[["code", "name_vi", "geometry"]]
    frames.to_file(tmp_path / "plan/nature_reserve.gpkg")
    own = read_plan(plan=tmp_path / "plan")
    lacking = take_side(own, "nature_reserve").missing
    assert lacking["key"].tolist() == plan.layers["nature_reserve"]["code"].tolist()[1:]


def test_a_layer_of_which_nothing_is_known_is_not_whole(plan):
    empty = [name for name, features in plan.layers.items() if not len(features)]
    for name in empty:
        assert len(take_side(plan, name).missing) == 1
    assert empty


def test_what_remains_is_provisional_while_parts_are_missing(plan, parcels):
    found, _ = document("overlay-zones", parcels, "environmental_zone")
    assert found["rows"] and all(row["provisional"] for row in found["rows"])
    told = run("overlay-zones", parcels, "environmental_zone", "--lang", "en").stdout
    assert "Provisional" in told and "will change" in told
    clipped, code = document("clip-to", parcels, "--within", "environmental_zone:rest")
    assert code == 1 and all(row["provisional"] for row in clipped["rows"])
    zones = plan.zones.assign(not_located="")
    whole = overlay_zones(frame(PLACE, code=["A"]), zones, left_key="code", right_key="part")
    assert not whole["provisional"].any()


# What only stands for ground.


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_no_symbol_has_a_crisp_share(lang, tmp_path):
    out = tmp_path / "o.xlsx"
    asked = ["clip-to", "urban_centre", "--within", "province", "--lang", lang]
    told = run(*asked, "--out", out).stdout
    assert ("symbol ± 1,000 m" if lang == "en" else "ký hiệu ± 1.000 m") in told.replace(
        "\xa0", " "
    )
    assert "1.0000" not in told and "1,0000" not in told
    cells = chain(*openpyxl.load_workbook(out).worksheets[0].iter_rows(values_only=True))
    assert any("± 1" in str(cell).replace("\xa0", " ") for cell in cells)
    rows = document(*asked)[0]["rows"]
    assert {row["share"] for row in rows} == {1.0}  # programs get the number, and the accuracy
    assert {row["accuracy_m"] for row in rows} == {1000.0}


def test_a_point_of_unknown_accuracy_says_so(parcels):
    told = run("overlay-zones", parcels, "province", "--lang", "en").stdout
    lines = {line.split()[0]: line for line in told.splitlines() if line.strip()}
    assert "symbol, accuracy unknown" in lines["W"]
    assert "1.0000" in lines["A"]  # a parcel drawn as such


# Names, several at once.

stems = st.text("ab, ,é", min_size=1, max_size=5).filter(lambda name: name.strip(" ,") == name)


@given(names=st.lists(stems, min_size=1, max_size=4, unique=True))
@settings(max_examples=200, deadline=None)
def test_a_comma_in_the_name_of_a_file_parts_nothing(tmp_path_factory, names):
    home = tmp_path_factory.mktemp("names")
    paths = [str(home / f"{n}{name}.gpkg") for n, name in enumerate(names)]
    for path in paths:
        Path(path).touch()
    given_ = ["commune", *paths, "province"]
    layers = {"commune": None, "province": None}
    assert split_names(",".join(given_), layers) == given_
    assert split_names(given_, layers) == given_
    assert split_names(f" {', '.join(given_[:1])} ,province", layers) == ["commune", "province"]


def test_layers_and_files_stand_on_either_side_several_at_once(parcels, tmp_path):
    comma = tmp_path / "a, b.gpkg"
    parcels.rename(comma)
    found, _ = document("overlay-zones", f"{comma},industrial_park", "commune,province")
    pairs = {(row["layer_left"], row["layer_right"]) for row in found["rows"]}
    sides = ("a, b.gpkg", "industrial_park"), ("commune", "province")
    assert pairs == {(one, other) for one in sides[0] for other in sides[1]}
    alone, _ = document("overlay-zones", comma, "province")
    wanted = [row["area_m2"] for row in alone["rows"]]
    mine = [
        r for r in found["rows"] if (r["layer_left"], r["layer_right"]) == (comma.name, "province")
    ]
    assert [row["area_m2"] for row in mine] == wanted
    ground = tmp_path / "ground, mine.gpkg"
    gpd.GeoDataFrame({"n": ["G"]}, geometry=[PLACE], crs=VN2000).to_file(ground)
    clipped, _ = document("clip-to", f"{comma},industrial_park", "--within", ground)
    assert [(row["layer"], row["share"]) for row in clipped["rows"]] == [("a, b.gpkg", 1.0)] * 2
    both, _ = document("clip-to", comma, "--within", "province", "--within", "commune")
    assert [row["area_m2"] for row in both["rows"]] == pytest.approx(wanted, nan_ok=True)


def test_places_may_be_any_polygons(parcels, tmp_path):
    zones = gpd.GeoDataFrame({"zone_no": [7, 8]}, geometry=[PLACE, square(0, 0)], crs=VN2000)
    zones.to_file(tmp_path / "zones.gpkg")
    placed, code = document("join-places", parcels, "--places", tmp_path / "zones.gpkg")
    assert [row["place_code"] for row in placed["rows"]] == ["7", "7"] and code == 0
    assert {row["place_quality"] for row in placed["rows"]} == {"unknown"}
    both, _ = document("join-places", parcels, "--places", f"province,{tmp_path / 'zones.gpkg'}")
    assert {row["place_count"] for row in both["rows"]} == {2}
    assert {row["place_code"].split("/")[0] for row in both["rows"]} <= {"province", "zones.gpkg"}


def test_facts_of_layers_and_tables_together(plan, tmp_path):
    codes = plan.units["commune_code"].tolist()
    (tmp_path / "schools.csv").write_text("commune_code,schools\n" + f"{codes[0]},7\n")
    more = pd.DataFrame({"commune_code": codes, "roads": range(len(codes))})
    more.to_excel(tmp_path / "roads.xlsx", index=False)
    facts = [
        "--facts",
        f"{tmp_path / 'schools.csv'},{tmp_path / 'roads.xlsx'}",
        "--facts",
        "commune",
    ]
    bare = plan.units[["commune_code", "geometry"]]
    bare.to_file(tmp_path / "bare.gpkg")
    joined, code = document("join-facts", tmp_path / "bare.gpkg", *facts)
    rows = joined["rows"]
    assert code == 1 and [row["matched"] for row in rows].count(True) == 1  # one has schools
    assert rows[0]["schools"] == "7" and rows[0]["facts_quality"] == "unknown"
    assert rows[0]["facts_quality_3"] == "schematic" and rows[0]["facts_name_vi"]
    assert {row["quality"] for row in rows} == {"unknown"}
    assert rows[0]["e_m"] is None  # of a table nobody knows it
    whole, code = document("join-facts", "commune", "--facts", tmp_path / "roads.xlsx")
    assert code == 0 and all(row["matched"] for row in whole["rows"])


def test_an_area_that_was_declared_is_not_taken_for_the_measured_one(plan):
    found, _ = document("clip-to", "commune", "--within", "province")
    for row, area_ha in zip(found["rows"], plan.units["area_ha"], strict=True):
        assert row["area_ha"] == row["area_m2"] / 10_000
        assert row["declared_area_ha"] == area_ha


def test_an_office_csv_opens_rightly_in_a_vietnamese_excel(parcels, tmp_path):
    out = tmp_path / "o.csv"
    run("overlay-zones", parcels, "province", "--out", out, "--office-csv")
    text = out.read_bytes().decode("utf-8")
    assert text.startswith("\ufeff") and ";" in text.splitlines()[0]
    table = pd.read_csv(out, sep=";", decimal=",", encoding="utf-8-sig")
    assert table["area_m2"].iloc[0] == pytest.approx(1e6)
    assert pd.api.types.is_float_dtype(table["share_left"])


LISTS = {"l": [1, 2], "t": ["a", "b"], "o": {"k": 1}, "b": [True]}


@pytest.mark.parametrize(
    "line",
    [
        ["overlay-zones", "FILE", "commune"],
        ["clip-to", "FILE", "--within", "province"],
        ["join-places", "FILE"],
        ["check-layer", "FILE", "--as", "industrial_park"],
        ["check-site", "FILE"],
    ],
    ids=lambda line: line[0],
)
def test_cells_with_lists_and_objects_stop_nothing(line, tmp_path):
    ring = [[106.7, 21.8], [106.71, 21.8], [106.71, 21.81], [106.7, 21.8]]
    shape = {"type": "Polygon", "coordinates": [ring]}
    features = [
        {"type": "Feature", "properties": {"code": f"K{n}", **LISTS}, "geometry": shape}
        for n in range(2)
    ]
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    assert read_vector(path)["t"].tolist() == ['["a", "b"]'] * 2
    done = CliRunner().invoke(main, [str(path) if word == "FILE" else word for word in line])
    assert done.exit_code in (0, 1), done.output
