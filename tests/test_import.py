"""A planner's file becomes a layer: mended, named, moved, and every change in the log."""

import json
import sqlite3
import unicodedata
from dataclasses import replace
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, box
from toy import VN2000

from lsgis.catalogue import Field, read_catalogue, read_register, require_layer
from lsgis.crs import to_vn2000, to_wgs84
from lsgis.errors import CrsError, LayerError, LsgisError, OutputError
from lsgis.intake import (
    detect_datum_shift,
    find_codes,
    fold_name,
    map_fields,
    suggest_crs,
    write_template,
)
from lsgis.intake.encoding import encode_text
from lsgis.intake.field import settle_values
from lsgis.intake.template import draw_qml
from lsgis.layerfile import import_layer, write_import
from lsgis.text import knows

PARK = box(440000, 2410000, 441000, 2411000)
REGISTER = read_register("commune")


def frame_of(crs="EPSG:9215", shapes=(PARK,), **columns):
    return gpd.GeoDataFrame(columns or {"a": [1] * len(shapes)}, geometry=list(shapes), crs=crs)


def what(log):
    return set(log["what"])


@pytest.mark.parametrize("crs", ["EPSG:9215", "EPSG:4326", "EPSG:3405", "EPSG:3857", "EPSG:9214"])
def test_the_true_system_is_among_those_that_fit_best(crs):
    whole = to_vn2000(frame_of("EPSG:4326", [box(*VN2000.area_of_use.bounds)]))
    parts = [box(x, y, x + 9000, y + 9000)
             for x in np.linspace(*whole.total_bounds[[0, 2]], 9)[:-1]
             for y in np.linspace(*whole.total_bounds[[1, 3]], 9)[:-1]]  # fmt: skip
    unknown = frame_of(VN2000, parts).to_crs(crs).set_crs(None, allow_override=True)
    found = suggest_crs(unknown)
    best = found[found["fit"] == found["fit"].max()]
    assert crs in set(best["crs"])
    assert (best["axes"] == "as read").all()


def test_a_neighbouring_zone_fits_worse_and_swapped_axes_are_named():
    parts = [box(x, 2410000, x + 900, 2411000) for x in range(370000, 500000, 10000)]
    fits = suggest_crs(frame_of(None, parts)).set_index(["crs", "axes"])["fit"]
    assert fits["EPSG:9215", "as read"] == 1
    assert fits["EPSG:5899", "as read"] < 1
    swapped = frame_of(None, shapely.transform(parts, lambda xy: xy[:, ::-1]))
    assert suggest_crs(swapped).iloc[0][["crs", "axes"]].tolist() == ["EPSG:9215", "swapped"]
    assert suggest_crs(frame_of(None, [Point(5, 5)])).empty
    assert suggest_crs(frame_of(None, [None])).empty


def test_a_left_out_datum_shift_is_measured(real_communes):
    right = detect_datum_shift(real_communes, real_communes)
    assert right.verdict == "as-stated"
    assert 200 < right.shift_m < 250
    degrees = to_wgs84(real_communes)
    assert detect_datum_shift(degrees, real_communes).verdict == "as-stated"
    # VN-2000 degrees written as if they were WGS 84
    wrong = real_communes.to_crs("EPSG:4756").set_crs("EPSG:4326", allow_override=True)
    found = detect_datum_shift(wrong, real_communes)
    assert found.verdict == "shift-left-out"
    assert 200 < found.shift_m < 250
    assert found.other_residual_m < 2
    assert found.residual_m > 50


def test_no_shift_is_read_into_shapes_that_follow_no_commune(real_communes):
    park = frame_of(shapes=[PARK.buffer(3000)])
    assert detect_datum_shift(park, real_communes).verdict == "undecided"
    assert detect_datum_shift(frame_of(shapes=[None]), real_communes).verdict == "undecided"
    with pytest.raises(CrsError, match="neither on VN-2000 nor on WGS 84"):
        detect_datum_shift(frame_of("EPSG:2000"), real_communes)


def test_fields_are_mapped_by_name_alias_and_the_caller():
    layer = require_layer("commune")
    frame = frame_of(Ma_Xa=["06001"], Diện_tích=[1.0], ten=["x"], Populatoin=[5], odd=[1])
    mapped, log = map_fields(frame, layer, mapping={"Diện_tích": "area_ha"})
    assert {"commune_code", "name_vi", "area_ha", "Populatoin", "odd"} <= set(mapped.columns)
    rows = log.set_index("before")
    assert rows.loc["Populatoin", ["what", "after"]].tolist() == ["suggested", "population"]
    assert rows.loc["odd", "what"] == "kept"
    assert frame.columns[0] == "Ma_Xa"


@pytest.mark.parametrize(
    ("mapping", "match"),
    [
        pytest.param({"nothing": "name_vi"}, "no column nothing", id="no column"),
        pytest.param({"a": "nothing"}, "no field nothing", id="no field"),
        pytest.param({"a": "name_vi", "b": "name_vi"}, "two columns", id="twice"),
        pytest.param({"a": "kind"}, "two columns", id="taken"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused(mapping, match):
    with pytest.raises(LayerError, match=match):
        map_fields(frame_of(a=[1], b=[2], kind=["x"]), require_layer("commune"), mapping=mapping)


def test_names_become_codes_where_there_is_no_doubt():
    code = REGISTER.loc[REGISTER["name_vi"] == "Quý Hòa", "commune_code"].iloc[0]
    twins = pd.concat([REGISTER, REGISTER.iloc[:1].assign(commune_code="99999")])
    other = unicodedata.normalize("NFD", "xã Quý Hoà")
    found = find_codes([other, "Quy Hoa", code, "Đông Kinh", "Paris", None, ""], twins)
    assert found["commune_code"].iloc[0] == code
    assert found["status"].tolist() == [
        "name", "near", "code", "homonym", "unknown", "none", "none",
    ]  # fmt: skip
    assert found["candidates"].iloc[3].endswith("99999")
    assert fold_name("Hòa") == fold_name("Hoà") != fold_name("Hoá")


def test_old_names_go_through_the_crosswalk_when_they_went_whole():
    old = pd.DataFrame({
        "old_name_vi": ["Vĩnh Trại", "Xa Lạ", "Xa Lạ"],
        "commune_code": ["05977", "05977", "05983"],
        "partial": ["no", "no", "no"],
    })  # fmt: skip
    found = find_codes(["phường Vĩnh Trại", "Xa Lạ"], REGISTER, old=old)
    assert found["status"].tolist() == ["merged", "homonym"]
    assert found["commune_code"].tolist()[0] == "05977"


def test_a_layer_in_tcvn3_is_imported_with_its_log(tmp_path):
    path = tmp_path / "xa.geojson"
    names = ["Hữu Lũng", "Quý Hòa", "Lộc Bình"]
    frame = frame_of(
        VN2000, [PARK] * 3, ten_xa=[encode_text(name, "tcvn3") for name in names], Vung=["a"] * 3
    )
    to_wgs84(frame).to_file(path)
    found, log = import_layer(path, "commune")
    assert found.crs == VN2000
    assert found["name_vi"].tolist() == names
    known = REGISTER.set_index("name_vi")["commune_code"]
    assert found["commune_code"].tolist() == [known[name] for name in names]
    assert {"text-tcvn3", "renamed", "kept", "commune-name", "moved"} <= what(log)
    assert [code for code in what(log) if not knows(f"intake.log-{code}")] == []


def test_a_file_without_crs_is_refused_with_the_likely_ones(tmp_path):
    path = tmp_path / "s.shp"
    frame_of().to_file(path)
    path.with_suffix(".prj").unlink()
    with pytest.raises(CrsError, match=r"Likely ones .*EPSG:9215 \(VN-2000 / TM-3 107-15"):
        import_layer(path, "industrial_park")
    found, log = import_layer(path, "industrial_park", crs="EPSG:9215")
    assert found.crs == VN2000
    assert "crs-stated" in what(log)


@pytest.mark.parametrize("code", [9210, 9215, 5899, 3405])
def test_a_stated_crs_that_puts_it_elsewhere_is_told_and_kept(tmp_path, code):
    """In the country, and not in the province: told, whatever the system."""
    path = tmp_path / "s.gpkg"
    crs = f"EPSG:{code}"
    there = gpd.GeoSeries([Point(105.0, 20.0).buffer(0.01)], crs=4326).to_crs(crs)
    frame_of(crs, list(there)).to_file(path)
    _, log = import_layer(path, "industrial_park")
    assert log[log["what"] == "crs-unlikely"].iloc[0]["before"] == crs


def test_a_left_out_shift_is_told_on_import(tmp_path, real_communes):
    path = tmp_path / "c.gpkg"
    real_communes.to_crs("EPSG:4756").set_crs("EPSG:4326", allow_override=True).to_file(path)
    _, log = import_layer(path, "commune", communes=real_communes)
    assert "datum-shift" in what(log)


def test_what_is_lost_is_in_the_log(tmp_path):
    path = tmp_path / "two.geojson"
    ring = [[106.5, 21.9], [106.6, 21.9], [106.6, 22.0], [106.5, 21.9]]
    shapes = [ring, ring[:3]]
    features = [
        {"type": "Feature", "properties": {"i": i},
         "geometry": {"type": "Polygon", "coordinates": [shape]}}
        for i, shape in enumerate(shapes)
    ]  # fmt: skip
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    with pytest.raises(LayerError, match="feature number 2"):
        import_layer(path, "industrial_park")
    found, log = import_layer(path, "industrial_park", keep_sound=True)
    assert found.geometry.isna().tolist() == [False, True]
    assert log.loc[log["what"] == "lost", "where"].tolist() == ["2"]


def test_an_import_is_written_beside_its_log_and_never_over_the_input(tmp_path):
    path, out = tmp_path / "in.gpkg", tmp_path / "out.gpkg"
    frame_of(ten=["a"], fid2=[3], Ten=["b"]).to_file(path.with_suffix(".geojson"))
    frame_of(ten=["a"]).to_file(path)
    found, log = import_layer(path, "industrial_park")
    with pytest.raises(OutputError, match="never written over"):
        write_import(found, log, path, force=True)
    wrote, beside = write_import(found, log, out)
    assert gpd.read_file(wrote).crs == VN2000
    assert pyogrio.list_layers(wrote)[0][0] == "industrial_park"
    assert pd.read_csv(beside)["what"].tolist() == log["what"].tolist()
    with pytest.raises(OutputError, match="is there already"):
        write_import(found, log, out)
    with pytest.raises(OutputError, match="must be a GeoPackage"):
        write_import(found, log, tmp_path / "out.shp")
    write_import(found, log, out, force=True)
    assert sorted(file.name for file in tmp_path.glob("out*")) == ["out.gpkg", "out.log.csv"]


def test_the_template_holds_every_layer_and_its_fields(tmp_path):
    out = write_template(tmp_path / "template.gpkg")
    layers = read_catalogue()
    spatial = [name for name, kind in pyogrio.list_layers(out) if kind is not None]
    assert spatial == list(layers)
    for name in ("commune", "border_gate", "national_road"):
        info = pyogrio.read_info(out, layer=name)
        assert info["crs"] == "EPSG:9215"
        assert info["features"] == 0
        assert info["fields"].tolist() == [field.name for field in layers[name].fields]
    with sqlite3.connect(out) as file:
        styles = file.execute("select f_table_name, styleQML from layer_styles").fetchall()
        domains = file.execute("select value from field_domain where layer='commune'").fetchall()
    file.close()
    assert [name for name, _ in styles] == list(layers)
    assert all(qml.startswith("<qgis") for _, qml in styles)
    assert ("ward",) in domains
    with pytest.raises(OutputError, match="is there already"):
        write_template(out)


@pytest.mark.parametrize("name", sorted(read_catalogue()))
def test_a_style_is_what_qgis_reads(name):
    layer = read_catalogue()[name]
    root = ET.fromstring(draw_qml(layer))
    assert root.tag == "qgis" and {"Symbology", "Fields"} <= {
        *root.get("styleCategories").split("|")
    }
    symbol = root.find("renderer-v2/symbols/symbol")
    kind, drawer = {"Polygon": ("fill", "SimpleFill"), "LineString": ("line", "SimpleLine"),
                    "Point": ("marker", "SimpleMarker")}[layer.geometry]  # fmt: skip
    assert (symbol.get("type"), symbol.get("name")) == (kind, "0")
    drawn = symbol.find("layer")
    options = {o.get("name"): o.get("value") for o in drawn.findall("Option/Option")}
    colour = options["line_color" if kind == "line" else "color"].split(",")
    assert drawn.get("class") == drawer
    assert "#" + "".join(f"{int(part):02x}" for part in colour[:3]) == layer.style.color.lower()
    names = {alias.get("field"): alias.get("name") for alias in root.findall("aliases/alias")}
    assert list(names) == [field.name for field in layer.fields]
    lists = {
        found.get("name"): {o.get("value") for o in found.findall(".//Option[@type='QString']")}
        for found in root.findall("fieldConfiguration/field")
    }
    assert lists == {field.name: set(field.domain) for field in layer.fields if field.domain}
    must = {c.get("field") for c in root.findall("constraints/constraint")
            if c.get("notnull_strength") == "1"}  # fmt: skip
    assert must == {field.name for field in layer.fields if not field.nullable}


DATED = Field("issued", "date", {"vi": "Ngày", "en": "Day"})
NUMBER = Field("area_ha", "number", {"vi": "Diện tích", "en": "Area"}, unit="ha")
CODE = Field("commune_code", "text", {"vi": "Mã", "en": "Code"}, pattern=r"\d{5}")


def settle(field, *cells, column=""):
    """A column as a field holds it, and its log as what -> rows."""
    frame = frame_of(shapes=[PARK] * len(cells), **{field.name: list(cells)})
    layer = replace(require_layer("commune"), fields=(field,))
    found, rows = settle_values(frame, layer, {field.name: column or field.name})
    return list(found[field.name]), {row[0]: row for row in rows}


@pytest.mark.parametrize(
    ("cells", "expected", "told"),
    [
        pytest.param(["1.234,5", "2.000"], [1234.5, 2000], {"number"}, id="a comma decides"),
        pytest.param(["1.234", "0.50"], [1.234, 0.5], {"number"}, id="a point decides"),
        pytest.param(["1.234"], ["1.234"], {"number-undecided"}, id="nothing decides"),
        pytest.param(["12,5", 3, None], [12.5, 3, None], {"number"}, id="mixed cells"),
        pytest.param(["khoảng 5"], ["khoảng 5"], {"number-undecided"}, id="words"),
        pytest.param([1.5, 2.0], [1.5, 2.0], set(), id="numbers stay"),
        pytest.param(["1.234.567"], [1234567], {"number"}, id="millions"),
    ],
)
def test_numbers_as_offices_write_them(cells, expected, told):
    found, log = settle(NUMBER, *cells)
    assert [None if v is None or v != v else v for v in found] == expected
    assert {code for code in log if not code.startswith("unit")} == told
    assert all(knows(f"intake.log-{code}") for code in log)


@pytest.mark.parametrize(
    ("column", "expected", "told"),
    [
        ("Diện tích (m²)", 1.0, "unit"),
        ("Diện tích (m2)", 1.0, "unit"),
        ("Diện tích [km2]", 1_000_000.0, "unit"),
        ("Diện tích (ha)", 10_000.0, None),
        ("Chiều dài (km)", 10_000.0, "unit-undecided"),
    ],
)
def test_units_of_a_heading(column, expected, told):
    found, log = settle(NUMBER, 10_000.0, column=column)
    assert found == [expected] and set(log) == ({told} if told else set())


@pytest.mark.parametrize(
    ("cells", "expected", "told"),
    [
        pytest.param(["25/12/2025", "1/2/2026"], ["2025-12-25", "2026-02-01"], {"day"}, id="d/m/y"),
        pytest.param(["2026-02-01"], ["2026-02-01"], set(), id="as it should be"),
        pytest.param(["ngày 5 tháng 3 năm 2026"], ["2026-03-05"], {"day"}, id="in words"),
        pytest.param(
            ["12/25/2025", "1/2/2026"], ["12/25/2025", "1/2/2026"], {"day-undecided"}, id="m/d/y"
        ),
        pytest.param(["31/2/2026", "5/26", "2026"], ["31/2/2026", "5/26", "2026"],
                     {"day-undecided"}, id="no day"),
    ],
)  # fmt: skip
def test_days_as_offices_write_them(cells, expected, told):
    found, log = settle(DATED, *cells)
    assert found == expected and set(log) == told


def test_a_code_that_lost_its_zeros_has_them_again():
    found, log = settle(CODE, 6001, "05977", 5983.0)
    assert found == ["06001", "05977", "05983"] and log["code-padded"][4] == 1


def test_an_office_workbook_is_imported_with_a_row_for_every_change(tmp_path):
    path = tmp_path / "cụm.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Biểu 01")
        sheet.merge_range("A1:F1", "DANH MỤC CỤM CÔNG NGHIỆP")
        sheet.merge_range("A2:F2", "(kèm theo Quyết định)")
        for column, text in enumerate(["STT", "Tên", "Mã xã"]):
            sheet.merge_range(3, column, 4, column, text)
        sheet.merge_range("D4:D5", "Diện tích (m²)")
        sheet.merge_range("E4:F4", "Tọa độ VN-2000")
        sheet.write_row("E5", ["X (m)", "Y (m)"])
        sheet.write_row("A6", ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)"])
        sheet.write_row("A7", [1, "Cụm A", 6001, "250.000,0", "2.417.140,52", "452.310,21"])
        sheet.write_row("A8", [2, "Cụm B", None, "1.000.000", "2.417.240,52", "452.410,21"])
        sheet.merge_range("C7:C8", 6001)
        sheet.set_row(7, None, None, {"hidden": True})
    found, log = import_layer(path, "industrial_cluster", crs="EPSG:9215")
    assert len(found) == 2
    assert shapely.get_coordinates(found.geometry.values).tolist()[0] == [452310.21, 2417140.52]
    expected = {"title-rows", "heading-rows", "row-of-numbers", "merged-cells", "hidden-rows",
                "axes", "crs-stated"}  # fmt: skip
    assert expected <= what(log)
    assert found["area_ha"].tolist() == [25.0, 100.0]
    assert {"number", "unit"} <= what(log)
    assert [code for code in what(log) if not knows(f"intake.log-{code}")] == []
    written, _ = write_import(found, log, tmp_path / "out.gpkg")
    assert gpd.read_file(written)["area_ha"].tolist() == [25.0, 100.0]


HEADS = st.sampled_from(["STT", "Tên", "x", "y", "Diện tích (m²)", "", None, "(1)", "WKT"])
ODD = st.one_of(CELLS_OF_BOOKS := st.one_of(
    st.none(), st.text(max_size=6), st.integers(), st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["1.234,5", "25/12/2025", "(2)", "POINT (1 2)", "2417140,52"]),
), HEADS)  # fmt: skip


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(HEADS, min_size=2, max_size=5),
    st.lists(st.lists(ODD, max_size=6), max_size=6),
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 5), st.integers(0, 3)), max_size=3),
)
def test_any_workbook_is_imported_or_refused_by_us(tmp_path, head, rows, merged):
    path = tmp_path / "any.xlsx"
    with xlsxwriter.Workbook(
        path, {"strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        sheet = book.add_worksheet()
        for number, cells in enumerate([*rows[:2], head, *rows[2:]]):
            for column, cell in enumerate(cells):
                if isinstance(cell, str):
                    sheet.write_string(number, column, cell)
                elif cell is not None:
                    sheet.write_number(number, column, cell)
        taken = set()
        for row, column, more in merged:
            cells = {(r, column) for r in range(row, row + more + 1)}
            if more and not taken & cells:
                taken |= cells
                sheet.merge_range(row, column, row + more, column, "gộp")
    try:
        found, log = import_layer(path, "industrial_cluster", crs="EPSG:9215", keep_sound=True)
        write_import(found, log, tmp_path / "any.gpkg", force=True)
    except LsgisError:
        return
    assert found.crs == VN2000


CELLS = st.one_of(st.none(), st.text(max_size=8), st.integers(-9, 9), st.floats())
NUMBERS = st.one_of(st.floats(), st.floats(106, 107), st.none(), st.text(max_size=3))
POSITIONS = st.lists(NUMBERS, max_size=4)
SHAPES = st.one_of(
    st.none(),
    st.fixed_dictionaries({
        "type": st.sampled_from(["Point", "LineString", "Polygon", "MultiPolygon", "Odd"]),
        "coordinates": st.recursive(POSITIONS, lambda inner: st.lists(inner, max_size=4),
                                    max_leaves=8),
    }),
)  # fmt: skip


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.tuples(SHAPES, st.dictionaries(st.text(max_size=5), CELLS, max_size=3)), max_size=4)
)
def test_any_geojson_is_imported_or_refused_by_us(tmp_path, rows):
    path = tmp_path / "any.geojson"
    features = [{"type": "Feature", "properties": p, "geometry": g} for g, p in rows]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    try:
        found, log = import_layer(path, "industrial_park", keep_sound=True)
        write_import(found, log, tmp_path / "any.gpkg", force=True)
    except LsgisError:
        return
    assert found.crs == VN2000


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.binary(max_size=200), st.sampled_from(["csv", "kml", "dxf", "shp", "gpkg", "xlsx", "gpx"])
)
def test_any_bytes_are_refused_by_us(tmp_path, content, kind):
    path = tmp_path / f"any.{kind}"
    path.write_bytes(content)
    try:
        import_layer(path, "industrial_park", crs="EPSG:9215", keep_sound=True)
    except LsgisError:
        return


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.lists(CELLS, min_size=2, max_size=4), max_size=5))
def test_any_table_of_coordinates_is_imported_or_refused_by_us(tmp_path, rows):
    path = tmp_path / "any.csv"
    text = "x,y,ten\n" + "\n".join(",".join(map(str, row)) for row in rows)
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        import_layer(path, "border_gate", crs="EPSG:9215", keep_sound=True)
    except LsgisError:
        return
