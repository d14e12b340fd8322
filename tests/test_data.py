"""The registers under data/ and the layer files agree with each other and with their own rules."""

import math
import re
import sys
import unicodedata
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pyproj
import pytest

from lsgis.catalogue import read_catalogue, read_layer_file

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]
DATA, LAYERS = ROOT / "data", ROOT / "layers"
QUALITIES = {"authoritative", "indicative", "schematic", "none"}
UNKNOWN_PLACE = "vị trí chưa có nguồn xác nhận"


@cache
def read(name: str) -> pd.DataFrame:
    return pd.read_csv(DATA / f"{name}.csv", dtype=str, keep_default_na=False)


def items(cells: pd.Series) -> set[str]:
    """Different items of cells that each hold a list joined by "; "."""
    return {item for cell in cells if cell for item in cell.split("; ")}


def number(cell: str) -> float:
    return float(cell) if cell else math.nan


REGISTERS = sorted(path.stem for path in DATA.glob("*.csv"))
CATALOGUE = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in LAYERS.glob("*.toml")}
# registers that layers are made of: every row is a feature
FEATURES = sorted({layer["build"].get("register", "") for layer in CATALOGUE.values()} - {""})
each_layer = pytest.mark.parametrize("name", sorted(CATALOGUE))
each_feature_register = pytest.mark.parametrize("name", FEATURES)


def with_column(column: str) -> list[str]:
    return [name for name in REGISTERS if column in read(name)]


def in_register(column: str):
    return pytest.mark.parametrize("name", with_column(column))


def made_from(*origins: str) -> list[str]:
    """Layers whose geometry is made in one of these ways."""
    return [name for name in sorted(CATALOGUE) if CATALOGUE[name]["build"]["from"] in origins]


def layer_rows(layer: dict) -> pd.DataFrame:
    """Rows of a layer's register that its `where` selects."""
    rows = read(layer["build"]["register"])
    for column, values in layer["build"].get("where", {}).items():
        rows = rows[rows[column].isin(values)]
    return rows


# ---- files


@pytest.mark.parametrize(
    "path", [*DATA.glob("*.csv"), *LAYERS.glob("*.toml")], ids=lambda path: path.name
)
def test_text_is_utf8_nfc_with_plain_line_ends(path):
    raw = path.read_bytes()
    text = raw.decode("utf-8")
    assert not text.startswith("\ufeff")
    assert b"\r" not in raw and raw.endswith(b"\n")
    assert unicodedata.is_normalized("NFC", text)


@pytest.mark.parametrize("name", REGISTERS)
def test_cells_have_no_loose_spaces_and_rows_are_not_repeated(name):
    rows = read(name)
    assert len(rows) and not rows.duplicated().any()
    loose = rows.map(lambda cell: cell != cell.strip())
    assert not loose.any(axis=None), rows[loose.any(axis=1)]


# ---- what is referred to exists


@in_register("source")
def test_sources_exist(name):
    rows, known = read(name), read("source")["source"]
    assert known.is_unique
    if name == "source":
        return
    assert (rows["source"] != "").all()
    assert items(rows["source"]) <= set(known)


@in_register("clause")
def test_clauses_exist(name):
    known = read("clause")["clause"]
    assert known.is_unique
    assert items(read(name)["clause"]) <= set(known)


@in_register("instrument")
def test_instruments_exist(name):
    known = read("instrument")["number"]
    assert known.is_unique
    assert items(read(name)["instrument"]) <= set(known)


@pytest.mark.parametrize("column", ["kind", "phase"])
def test_kinds_and_phases_have_titles(column):
    titles = read(column)
    assert titles["code"].is_unique and (titles[["vi", "en"]] != "").all(axis=None)
    used = [items(read(name)[column]) for name in FEATURES if column in read(name)]
    assert set().union(*used) <= set(titles["code"])


@pytest.mark.parametrize(
    ("name", "column"),
    [
        (name, column)
        for column in ("commune_code", "commune_codes", "estimated_commune_codes")
        for name in with_column(column)
    ],
)
def test_commune_codes_exist(name, column):
    known = read("commune")["commune_code"]
    assert known.is_unique
    assert items(read(name)[column]) <= set(known)


# ---- features: quality, position


@in_register("quality")
def test_quality_is_in_its_domain(name):
    assert set(read(name)["quality"]) <= QUALITIES


@each_feature_register
def test_accuracy_is_stated_for_what_has_a_place_and_only_then(name):
    rows = read(name)
    assert ((rows["accuracy_m"] != "") == (rows["quality"] != "none")).all()
    assert all(number(cell) > 0 for cell in rows["accuracy_m"] if cell)


@each_feature_register
def test_keys_name_each_feature_once(name):
    rows = read(name)
    key = "commune_code" if name == "commune" else "code"
    assert rows[key].is_unique and (rows[key] != "").all() and (rows["name_vi"] != "").all()
    assert set(rows["in_decision"]) <= {"yes", "inferred", "unconfirmed"}


@in_register("lon")
def test_positions_are_whole_and_near_the_province(name):
    rows = read(name)
    assert ((rows["lon"] == "") == (rows["lat"] == "")).all()
    here = rows[rows["lon"] != ""]
    assert here["lon"].map(number).between(106, 107.5).all()
    assert here["lat"].map(number).between(21.2, 22.6).all()


@pytest.mark.parametrize("name", sorted(set(FEATURES) & set(with_column("lon"))))
def test_a_place_has_a_quality_and_no_place_says_so(name):
    rows = read(name)
    absent = rows["lon"] == ""
    assert (absent == (rows["quality"] == "none")).all()
    assert (absent == rows["note_vi"].str.contains(UNKNOWN_PLACE)).all()


@each_feature_register
def test_what_has_no_source_has_no_place(name):
    rows = read(name)
    unsourced = rows["source"].str.split("; ").map(lambda ids: "unsourced" in ids)
    assert (rows.loc[unsourced, "quality"] == "none").all()


def test_circles_reach_the_farthest_corner_of_their_box():
    """accuracy_m = from the circle's edge to that corner, rounded up to 100 m."""
    rows = read("protected_area")
    to_metres = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:9215", always_xy=True).transform
    for row in rows[rows["quality"] != "none"].itertuples():
        centre = to_metres(float(row.lon), float(row.lat))
        box = [(x, y) for x in (row.bbox_w, row.bbox_e) for y in (row.bbox_s, row.bbox_n)]
        far = max(math.dist(centre, to_metres(float(x), float(y))) for x, y in box)
        over = far - math.sqrt(float(row.area_ha) * 10_000 / math.pi)
        assert float(row.accuracy_m) == math.ceil(over / 100) * 100, row.code


def test_growth_poles_stand_on_their_urban_centres():
    shared = ["commune_codes", "lon", "lat", "quality", "accuracy_m"]
    towns = read("urban_centre").set_index("code")[shared]
    poles = read("growth_pole").set_index("urban_centre")[shared]
    pd.testing.assert_frame_equal(poles, towns.loc[poles.index], check_names=False)


# ---- lines


def test_lines_have_ordered_waypoints_with_the_same_error():
    lines = read("transport_line").set_index("code")
    points = read("transport_waypoint")
    assert set(points["line_code"]) == set(lines.index)
    for code, part in points.groupby("line_code"):
        assert [int(n) for n in part["n"]] == list(range(1, len(part) + 1)) and len(part) > 1
        for column in ("quality", "accuracy_m"):
            assert set(part[column]) == {lines.at[code, column]}, code


@pytest.mark.parametrize("name", ["development_axis", "economic_corridor"])
def test_corridors_consist_of_lines_that_meet(name):
    points = read("transport_waypoint").astype({"n": int}).sort_values(["line_code", "n"])
    places = points.groupby("line_code")[["lon", "lat"]]
    first, last = places.first(), places.last()
    lines = read("transport_line").set_index("code")["accuracy_m"].map(number)
    for row in read(name).itertuples():
        codes = row.line_codes.split("; ")
        assert set(codes) <= set(first.index)
        assert number(row.accuracy_m) == lines[codes].max()
        for one, two in pairwise(codes):
            assert last.loc[one].tolist() == first.loc[two].tolist()


# ---- the Decision's lists


def test_lists_name_each_commune_once_in_the_order_written():
    for name, part in read("membership").groupby("list", sort=False):
        assert part["commune_code"].is_unique and part["clause"].nunique() == 1, name
        ranks = part["rank"].astype(int)
        assert ranks.is_monotonic_increasing and set(ranks) == set(range(1, ranks.max() + 1)), name


def test_the_city_of_a_list_is_its_four_wards():
    rows, units = read("membership"), read("commune")
    wards = set(units.loc[units["kind"] == "ward", "commune_code"])
    assert set(rows.loc[rows["list"] == "urban_lang_son", "commune_code"]) == wards
    told = rows[rows["note_vi"].str.contains("đô thị Lạng Sơn")]
    assert len(told)
    for name, part in told.groupby("list"):
        assert set(part["commune_code"]) == wards and set(part["rank"]) == {"1"}, name


def test_zones_leave_out_what_the_contradiction_says():
    rows = read("membership")
    zones = rows[rows["list"].isin(CATALOGUE["socio_economic_zone"]["build"]["list"])]
    assert zones["list"].nunique() == CATALOGUE["socio_economic_zone"]["expected"]["count"]
    assert zones["commune_code"].is_unique
    left = set(read("commune")["commune_code"]) - set(zones["commune_code"])
    told = read("contradiction").set_index("code").at["zones-no-partition", "commune_codes"]
    assert left == set(told.split("; "))


@pytest.mark.parametrize(
    ("register", "lists"),
    [
        ("socio_economic_zone", ["zone_dynamic", "zone_east", "zone_west"]),
        ("urban_inner", ["urban_lang_son"]),
        ("development_axis", ["development_axis"]),
    ],
)
def test_registers_of_lists_hold_the_communes_of_their_lists(register, lists):
    rows, members = read(register), read("membership")
    for name, cell in zip(lists, rows["commune_codes"], strict=True):
        assert cell.split("; ") == list(members.loc[members["list"] == name, "commune_code"])


def test_parks_that_count_lie_in_the_communes_the_decision_names():
    members, parks = read("membership"), read("industrial_park")
    named = set(members.loc[members["list"] == "industrial_park_commune", "commune_code"])
    inside = parks["commune_codes"].map(lambda cell: set(cell.split("; ")) <= named)
    assert (inside == (parks["in_decision"] != "unconfirmed")).all()


# ---- communes, old and new


def test_communes_are_as_many_as_expected():
    rows, expected = read("commune"), CATALOGUE["commune"]["expected"]
    assert len(rows) == expected["count"]
    assert rows["kind"].value_counts().to_dict() == expected["by_type"]
    assert sum(expected["by_type"].values()) == expected["count"]


def test_commune_areas_add_up_to_the_sum_shown_as_contradiction():
    told = read("contradiction").set_index("code").loc["area-339-communes"]
    whole = CATALOGUE["province"]["expected"]["area_ha"]
    assert read("province")["area_ha"].tolist() == [str(whole)]
    summed = read("commune")["area_ha"].map(number).sum()
    for cell, area in ((told["says_a"], whole), (told["says_b"], summed)):
        assert int(re.sub(r"\D", "", cell)) == area


def test_crosswalk_splits_are_flagged_and_every_commune_is_reached():
    rows = read("crosswalk")
    assert set(rows["commune_code"]) == set(read("commune")["commune_code"])
    assert not rows.duplicated(["old_code", "commune_code"]).any()
    split = rows.groupby("old_code")["commune_code"].transform("size") > 1
    assert (split == (rows["partial"] == "yes")).all()


# ---- layer files


@each_layer
def test_layer_file_is_sound_and_leaves_nothing_open(name):
    assert read_layer_file(LAYERS / f"{name}.toml") == read_catalogue()[name]


def test_only_layers_of_points_or_lines_accept_polygons():
    accepting = {n: layer["geometry"] for n, layer in CATALOGUE.items() if "accepts" in layer}
    assert set(accepting.values()) == {"Point"}
    assert accepting.keys().isdisjoint({"growth_pole", "monitoring_station"})  # no ground


@each_layer
def test_layer_speaks_codes_that_exist(name):
    layer = CATALOGUE[name]
    clauses = read("clause").set_index("clause")
    assert layer["theme"] in set(read("theme")["code"])
    assert clauses.at[layer["legal"]["clause"], "instrument"] == layer["legal"]["instrument"]
    assert clauses.at[layer["legal"]["clause"], "read"] != "U"
    expected, kinds, phases = layer.get("expected", {}), read("kind"), read("phase")
    assert set(expected.get("by_type", {})) <= set(kinds["code"])
    assert set(expected.get("by_phase", {})) <= set(phases["code"])
    assert set(layer["build"].get("list", [])) <= set(read("membership")["list"])
    for value in layer["style"].get("colors", {}):
        assert value in set(kinds["code"])


@pytest.mark.parametrize(
    "name", [n for n in sorted(CATALOGUE) if "register" in CATALOGUE[n]["build"]]
)
def test_layer_describes_the_columns_and_kinds_of_its_register(name):
    layer, rows = CATALOGUE[name], layer_rows(CATALOGUE[name])
    assert len(rows)
    if layer["build"]["from"] == "compose":
        return
    fields = {column.name: column for column in read_catalogue()[name].fields}
    assert layer["key"] in fields and not fields[layer["key"]].nullable
    assert set(rows) - set(fields) <= {"lon", "lat"}
    assert set(fields) <= set(rows) | {"commune_codes"}
    for column, field in fields.items():
        cells = rows[column][rows[column] != ""] if column in rows else pd.Series(dtype=str)
        assert field.nullable or len(cells) == len(rows), column
        assert set(cells) <= set(field.domain or cells), column
        assert all(re.fullmatch(field.pattern or ".*", cell) for cell in cells), column
        if field.type in ("number", "integer"):
            assert cells.map(number).notna().all(), column


@pytest.mark.parametrize("name", made_from("point", "line", "circle"))
def test_layer_is_as_good_as_its_weakest_located_row(name):
    layer, rows = CATALOGUE[name], layer_rows(CATALOGUE[name])
    here = rows[rows["quality"] != "none"]
    ranks = ["schematic", "indicative", "authoritative"]
    assert layer["quality"] == (min(here["quality"], key=ranks.index) if len(here) else "none")
    assert layer.get("accuracy_m") == (here["accuracy_m"].map(number).max() if len(here) else None)


def test_layers_made_of_communes_are_as_good_as_the_communes():
    communes = CATALOGUE["commune"]
    made = made_from("union", "dissolve", "compose")
    assert made
    for name in made:
        assert CATALOGUE[name]["quality"] == communes["quality"], name
        assert CATALOGUE[name]["accuracy_m"] == communes["accuracy_m"], name


@each_layer
def test_no_more_features_are_counted_than_the_decision_declares(name):
    layer = CATALOGUE[name]
    expected = layer.get("expected", {})
    if "register" not in layer["build"] or not expected:
        return
    rows = layer_rows(layer)
    rows = rows[rows["in_decision"] != "unconfirmed"]
    if "count" in expected:
        assert len(rows) <= expected["count"]
    for column, key in (("kind", "by_type"), ("phase", "by_phase")):
        for value, most in expected.get(key, {}).items():
            assert (rows[column] == value).sum() <= most, value


def test_every_point_layer_looks_different():
    looks = {n: layer["style"] for n, layer in CATALOGUE.items() if layer["geometry"] == "Point"}
    assert len({(look["shape"], look["color"]) for look in looks.values()}) == len(looks)


# ---- environmental zoning


def test_every_part_of_the_zoning_has_a_layer_that_restricts():
    parts = read("environmental_part")
    assert parts["part"].is_unique
    assert set(parts["zone_339"]) == set(read("environmental_zone")["code"])
    assert set(parts["zone_decree_08"]) <= {*read("environmental_zone")["code"], ""}
    for row in parts.itertuples():
        assert (row.layer == "") == (row.zone_339 == "other"), row.part
        assert row.layer == "" or CATALOGUE[row.layer]["restricts"], row.part
        if row.layer:
            assert CATALOGUE[row.layer]["geometry"] == "Polygon", row.part


def test_a_disagreement_with_the_decree_is_explained():
    parts = read("environmental_part")
    apart = parts[parts["zone_339"] != parts["zone_decree_08"]]
    assert len(apart) and (apart["note_vi"] != "").all()
    cited = set(parts["clause_decree"]) - {""}
    assert cited <= set(read("clause")["clause"])
    agreed = parts[parts["zone_decree_08"] != ""]
    zones = {"22.2": "strict", "22.3": "limited", "22.4": "other"}
    for row in agreed.itertuples():
        assert zones[row.clause_decree.split("/")[1][:4]] == row.zone_decree_08, row.part


# ---- law


@pytest.mark.parametrize("name", ["instrument", "clause"])
def test_what_was_not_read_is_flagged_and_not_quoted(name):
    rows = read(name)
    assert set(rows["read"]) == {"P", "S", "U"}
    unread = rows[rows["read"] == "U"]
    if name == "clause":
        assert (unread["text_vi"] == "").all()
        assert (unread["source"] == "general-knowledge").all()
    general = rows["source"].str.split("; ").map(lambda ids: "general-knowledge" in ids)
    assert (rows.loc[general, "read"] == "U").all()


def test_dates_of_instruments_are_dates_in_order():
    for row in read("instrument").itertuples():
        cells = (row.issued, row.effective, row.repealed)
        known = [date.fromisoformat(cell) for cell in cells if cell]
        assert known == sorted(known), row.number
        assert row.status in {"in_force", "amended", "replaced", "unknown"}, row.number
        assert (row.repealed != "") == (row.status == "replaced"), row.number


def test_indicators_have_a_target_and_a_clause_of_their_instrument():
    clauses = read("clause").set_index("clause")["instrument"]
    rows = read("indicator")
    assert rows["code"].is_unique
    for row in rows.itertuples():
        assert clauses[row.clause] == row.instrument, row.code
        assert row.code.endswith(row.year) and row.unit, row.code
        assert number(row.target_low) > 0
        assert not row.target_high or number(row.target_high) >= number(row.target_low)


def test_contradictions_say_two_things_and_which_is_followed():
    rows = read("contradiction")
    assert rows["code"].is_unique and set(rows["followed"]) == {"a", "b", "none"}
    said = ["subject_vi", "subject_en", "document_a", "says_a", "document_b", "says_b"]
    assert (rows[said] != "").all(axis=None)
    assert (rows["says_a"] != rows["says_b"]).all()
    assert ((rows["why"] == "none") == (rows["followed"] == "none")).all()
    # an act is later than another only where both days are known, and they say so
    issued = read("instrument").set_index("number")["issued"]
    for row in rows[rows["why"] == "later"].itertuples():
        first, second = (issued.get(name, "") for name in (row.document_a, row.document_b))
        if first and second:
            assert (second > first) == (row.followed == "b"), row.code


def test_clauses_that_replace_and_acts_that_amend_exist():
    clauses, acts = read("clause"), read("instrument").set_index("number")
    assert items(clauses["replaced_by"]) <= set(clauses["clause"])
    assert items(clauses["amended_by"]) <= set(acts.index)
    for row in clauses.itertuples():
        assert row.clause not in row.replaced_by.split("; ")
        assert row.instrument not in row.amended_by.split("; "), row.clause
        if row.effective and acts.at[row.instrument, "effective"]:
            first = date.fromisoformat(acts.at[row.instrument, "effective"])
            assert date.fromisoformat(row.effective) != first, row.clause


# ---- what a verdict means


def test_consequences_speak_of_layers_that_restrict_and_clauses_that_exist():
    rows = read("consequence")
    assert rows["code"].is_unique
    restricting = {name for name, layer in CATALOGUE.items() if layer["restricts"]}
    assert items(rows["layers"]) - {"*"} <= restricting
    assert ((rows["layers"] == "") == (rows["relation"] == "project")).all()
    assert items(rows["clauses"]) <= set(read("clause")["clause"])
    assert items(rows["project_type"]) <= {*read("project_type")["code"], "*"}
    for row in rows[rows["subject"] == "next-step"].itertuples():
        assert row.layers == "*", row.code


def test_consequence_bands_are_measured_by_their_layers():
    rows = read("consequence")
    for row in rows[rows["max_distance_m"] != ""].itertuples():
        for name in row.layers.split("; "):
            bands = CATALOGUE[name].get("check", {}).get("bands_m", [0, 100, 500, 1000])
            assert number(row.max_distance_m) <= max(bands), row.code


def test_project_types_are_a_list_of_our_own_with_titles():
    rows = read("project_type")
    assert rows["code"].is_unique and (rows != "").all(axis=None)
    assert set(rows["source"]) == {"lsgis"} and rows["code"].iloc[-1] == "other"


def test_an_office_is_named_only_where_an_act_names_it():
    rows = read("office")
    assert rows["code"].is_unique and (rows[["duty_vi", "duty_en", "note_vi"]] != "").all(axis=None)
    named = rows["name_vi"] != ""
    assert named.any() and not named.all()
    assert (named == (rows["name_en"] != "")).all() and (named == (rows["read"] != "U")).all()
    assert (named == (rows["clause"] != "")).all()
    assert (rows.loc[~named, "source"] == "unsourced").all()
    offices = {layer.get("check", {}).get("office", "") for layer in CATALOGUE.values()}
    assert offices - {""} <= set(rows["code"])
