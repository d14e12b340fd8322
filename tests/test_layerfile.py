"""A layer as people hand it over: tables of corners, workbooks, drawings become features."""

import csv
import json

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, box
from toy import VN2000, square

from lsgis.catalogue import read_catalogue, require_layer
from lsgis.check import check_layer
from lsgis.cli import main
from lsgis.errors import CrsError, LsgisError, SiteError
from lsgis.intake import map_fields, read_table, read_vector
from lsgis.intake.table import read_grid
from lsgis.layerfile import import_layer
from lsgis.layerfile.fitness import domain_names, near_value
from lsgis.sitefile import read_site

WEST, SOUTH = 440_000.0, 2_410_000.0
MERIDIAN = "Hệ tọa độ VN-2000, kinh tuyến trục 107°15', múi chiếu 3°"
PARK = box(WEST, SOUTH, WEST + 1000, SOUTH + 1000)
FEW = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def corners(west, south, side=100.0, count=4):
    """Corners of a regular ring as a Vietnamese table prints them: X is north, Y is east."""
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return [
        (round(south + side * float(np.cos(a)), 2), round(west + side * float(np.sin(a)), 2))
        for a in angles
    ]


def write_workbook(path, rows, *, wide=0, deep=0):
    """A workbook of these rows, formatted as far as row `deep` and column `wide`."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(list(row))
    grey = openpyxl.styles.PatternFill("solid", fgColor="EEEEEE")
    for column in range(1, wide + 1):
        for row in range(1, len(rows) + 1):
            sheet.cell(row, column).fill = grey
    for row in range(1, deep + 1):
        sheet.cell(row, 1).fill = grey
    book.save(path)
    return path


def write_csv(path, rows, **_):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    return path


WRITERS = {".xlsx": write_workbook, ".csv": write_csv}


def table_of(*parcels, title=MERIDIAN, heading=(), cells=()):
    """Rows of a table with a column of parcels; `heading`, `cells` are further columns."""
    rows = [[title]] if title else []
    rows.append(["Tên khu", "Số hiệu điểm", "X (m)", "Y (m)", *heading])
    for name, ring in parcels:
        rows += [[name, n, *pair, *cells] for n, pair in enumerate(ring, 1)]
    return rows


# The true extent of a sheet.


@FEW
@given(
    table=st.lists(
        st.lists(st.one_of(st.none(), st.integers(1, 99), st.just("a")), min_size=3, max_size=6),
        min_size=1, max_size=5,
    ),
    wide=st.sampled_from([0, 7, 500, 700]), deep=st.sampled_from([0, 40]),
)  # fmt: skip
def test_formatting_adds_no_column_and_no_row(tmp_path, table, wide, deep):
    heading = ["Một", "Hai", "Ba"]
    path = write_workbook(tmp_path / "t.xlsx", [heading, *table], wide=wide, deep=deep)
    frame = read_grid(path, None).frame
    held = {i for row in table for i, cell in enumerate(row) if cell is not None}
    assert len(frame.columns) == len(held | {0, 1, 2})
    assert len(frame) == sum(any(cell is not None for cell in row) for row in table)
    assert sorted(map(str, frame.stack().dropna())) == sorted(
        str(cell) for row in table for cell in row if cell is not None
    )


def test_what_stands_beyond_column_500_is_read(tmp_path):
    row = [*range(1, 520)]
    path = write_workbook(tmp_path / "t.xlsx", [[f"c{n}" for n in row], row])
    assert read_grid(path, None).frame.iloc[0].tolist() == row
    assert read_table(path).shape == (1, 519)


def test_a_text_from_a_wide_sheet_has_the_columns_that_hold_something(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("Tên,Mã" + "," * 498 + "\nA,1" + "," * 498 + "\n", encoding="utf-8")
    assert list(read_grid(path, None).frame) == ["Tên", "Mã"]


# Tables of corners become polygons, read as the check of a site reads them.


@pytest.mark.parametrize("kind", sorted(WRITERS))
@FEW
@given(
    counts=st.lists(st.integers(3, 9), min_size=1, max_size=4), closed=st.booleans(),
    crs=st.sampled_from([None, "EPSG:9215"]),
)  # fmt: skip
def test_each_parcel_of_a_table_is_a_row_and_all_of_them_are_the_site(
    tmp_path, kind, counts, closed, crs
):
    rings = [corners(WEST + 500 * n, SOUTH, count=count) for n, count in enumerate(counts)]
    if closed:
        rings = [[*ring, ring[0]] for ring in rings]
    parcels = [(f"Khu {n}", ring) for n, ring in enumerate(rings, 1)]
    rows = table_of(*parcels, heading=["Ghi chú"], cells=["mới"])
    path = WRITERS[kind](tmp_path / f"t{kind}", rows, wide=500)
    found, log = import_layer(path, "industrial_park", crs=crs)
    assert found["name_vi"].tolist() == [name for name, _ in parcels]
    assert set(found["note_vi"]) == {"mới"}
    assert len(found.columns) < 10 and len(log) < 40
    site = read_site(path, crs=crs)
    assert shapely.union_all(found.geometry.values).equals(site.geometry)
    assert found.crs == "EPSG:9215"


def test_a_parcel_keeps_its_title_its_area_and_what_its_corners_agree_on(tmp_path):
    one, other = corners(WEST, SOUTH), corners(WEST + 500, SOUTH)
    rows = [[MERIDIAN], ["Điểm", "X", "Y", "Mục đích", "Cao độ", "Ngày đo"]]
    rows.append(["Khu đất A, diện tích 20000 m2"])
    rows += [[n, *pair, "SKK", 1.5 * n, f"0{n}/05/2025"] for n, pair in enumerate(one, 1)]
    rows.append(["Khu đất B, diện tích 2 ha"])
    rows += [[n, *pair, "TMD", 2.5 * n, f"0{n}/06/2025"] for n, pair in enumerate(other, 1)]
    found, log = import_layer(write_workbook(tmp_path / "t.xlsx", rows), "industrial_park")
    assert found["name_vi"].tolist() == ["Khu đất A", "Khu đất B"]
    assert found["area_ha"].tolist() == [2.0, 2.0]
    assert found["Mục đích"].tolist() == ["SKK", "TMD"]
    assert not {"Cao độ", "Ngày đo", "Điểm"} & set(found)
    assert log.loc[log["what"] == "corner-column", "where"].tolist() == ["Ngày đo"]


@pytest.mark.parametrize("layer", ["industrial_park", "commune"])
@FEW
@given(count=st.integers(3, 9), beside=st.integers(2, 3))
def test_a_table_printed_side_by_side_is_the_same_corners(tmp_path, layer, count, beside):
    ring = [(n, *pair) for n, pair in enumerate(corners(WEST, SOUTH, count=count), 1)]
    deep = -(-count // beside)
    columns = [ring[i : i + deep] for i in range(0, count, deep)]
    rows = [
        [cell for column in columns for cell in (column[i] if i < len(column) else [None] * 3)]
        for i in range(deep)
    ]
    heading = ["Điểm", "X (m)", "Y (m)"] * len(columns)
    path = write_workbook(tmp_path / "side.xlsx", [[MERIDIAN], heading, *rows])
    frame, _ = import_layer(path, layer)
    assert len(frame) == 1
    assert frame.geometry.iloc[0].equals(read_site(path).geometry)


@FEW
@given(
    column=st.sampled_from(["Tên", "Mã", "Tên khu", "Ký hiệu", "Chủ", "Name"]), first=st.booleans()
)
def test_what_stands_beside_the_corners_is_kept_or_told(tmp_path, column, first):
    beside = {"A": "Khu Một", "B": "Khu Hai"}
    heading = ["Thửa", "Điểm", "X (m)", "Y (m)", column]
    rows = [
        [name, n, *pair, beside[name]]
        for name, west in (("A", WEST), ("B", WEST + 5000))
        for n, pair in enumerate(corners(west, SOUTH), 1)
    ]
    above = [[MERIDIAN]] if first else [[MERIDIAN], ["Huyện Cao Lộc"]]
    path = write_workbook(tmp_path / "parcels.xlsx", [*above, heading, *rows])
    frame, log = import_layer(path, "industrial_park")
    assert any({*beside.values()} <= {*map(str, frame[name])} for name in frame)
    assert not log.astype(str).map(lambda cell: "Thửa Điểm" in cell).any(axis=None)


def test_a_zone_the_title_names_is_obeyed_or_refused_as_for_a_site(tmp_path):
    ring = corners(467_000.0, SOUTH)
    title = "Hệ tọa độ VN-2000, kinh tuyến trục 107°00', múi chiếu 3°"
    path = write_workbook(tmp_path / "t.xlsx", table_of(("Khu A", ring), title=title))
    for read in (read_site, lambda *a, **k: import_layer(a[0], "industrial_park", **k)):
        with pytest.raises(SiteError, match="EPSG:9214") as refused:
            read(path, crs="EPSG:9215")
        assert refused.value.code == "site.title-zone"
    found, _ = import_layer(path, "industrial_park", crs="EPSG:9214")
    site = read_site(path, crs="EPSG:9214")
    assert found.geometry.iloc[0].equals(site.geometry)


@pytest.mark.parametrize("kind", sorted(WRITERS))
def test_a_table_without_a_zone_is_a_question(tmp_path, kind):
    rows = table_of(("Khu A", corners(WEST, SOUTH)), title="")
    path = WRITERS[kind](tmp_path / f"t{kind}", rows)
    with pytest.raises(CrsError, match=r"EPSG:9215.*EPSG:9214.*--crs"):
        import_layer(path, "industrial_park")
    assert import_layer(path, "industrial_park", crs="EPSG:9215")[0].geom_type.tolist() == [
        "Polygon"
    ]


def test_what_a_refusal_of_swapped_columns_advises_helps(tmp_path):
    turned = [[n, east, north] for n, (north, east) in enumerate(corners(WEST, SOUTH), 1)]
    path = tmp_path / "turned.xlsx"
    write_workbook(path, [[MERIDIAN], ["Điểm", "X (m)", "Y (m)"], *turned])
    with pytest.raises(SiteError) as refused:
        import_layer(path, "commune")
    for lang in ("vi", "en"):
        assert "--order" not in refused.value.message(lang)
    write_workbook(path, [[MERIDIAN], ["Điểm", "Easting", "Northing"], *turned])
    frame, _ = import_layer(path, "commune")
    assert frame.geometry[0].centroid.distance(Point(WEST, SOUTH)) < 1


@pytest.mark.parametrize(("crs", "told"), [("EPSG:9215", False), ("EPSG:4326", True)])
def test_the_datum_is_doubted_only_where_it_is_crossed(tmp_path, crs, told):
    path = tmp_path / "park.gpkg"
    gpd.GeoDataFrame({"code": ["A"]}, geometry=[PARK], crs="EPSG:9215").to_crs(crs).to_file(path)
    _, log = import_layer(path, "industrial_park")
    assert ("datum-untold" in set(log["what"])) is told


def test_a_ring_that_crosses_itself_is_refused_as_for_a_site(tmp_path):
    a, b, c, d = corners(WEST, SOUTH)
    path = write_workbook(tmp_path / "t.xlsx", table_of(("Khu A", [a, c, b, d])))
    with pytest.raises(SiteError) as refused:
        import_layer(path, "industrial_park")
    assert refused.value.code == "site.crossing"


@pytest.mark.parametrize("heading", ["Tên cụm", "Tên", "Mã"])
def test_a_list_of_places_is_no_table_of_corners(tmp_path, heading):
    rows = [["STT", heading, "X", "Y"]]
    rows += [[n, f"Cụm {n}", *pair] for n, pair in enumerate(corners(WEST, SOUTH), 1)]
    path = write_workbook(tmp_path / "t.xlsx", rows, wide=500)
    mapping = {"Mã": "code"} if heading == "Mã" else {}
    found, _ = import_layer(path, "industrial_cluster", crs="EPSG:9215", mapping=mapping)
    assert found.geom_type.tolist() == ["Point"] * 4


SIGNS = [
    pytest.param([], ["STT", "X", "Y"], False, "Point", id="X and Y alone"),
    pytest.param([], ["id", "X", "Y"], False, "Point", id="numbered"),
    pytest.param([], ["STT", "X", "Y"], True, "Polygon", id="the first row again"),
    pytest.param(["Tọa độ góc ranh"], ["STT", "X", "Y"], False, "Polygon", id="a title"),
    pytest.param([], ["Số hiệu điểm", "X", "Y"], False, "Polygon", id="names of corners"),
    pytest.param([], ["Mốc", "X", "Y"], False, "Polygon", id="names of marks"),
]


@pytest.mark.parametrize(("title", "heading", "closed", "kind"), SIGNS)
def test_a_table_for_a_layer_of_points_and_ground_is_of_corners_by_a_sign(
    tmp_path, title, heading, closed, kind
):
    ring = corners(WEST, SOUTH)
    rows = [title, heading] if title else [heading]
    rows += [[n, *pair] for n, pair in enumerate([*ring, *ring[: int(closed)]], 1)]
    path = write_csv(tmp_path / "t.csv", rows)
    found, _ = import_layer(path, "mineral_site", crs="EPSG:9215")
    assert set(found.geom_type) == {kind}
    ground, _ = import_layer(path, "nature_reserve", crs="EPSG:9215")
    assert ground.geom_type.tolist() == ["Polygon"]  # which takes nothing else


@pytest.mark.parametrize(
    ("heading", "label", "kind"),
    [("Tên điểm mỏ", "Mỏ đá {}", "Point"), ("Tên điểm", "Mốc số {}", "Polygon"),
     ("Tên điểm", "M{}", "Polygon")],
)  # fmt: skip
def test_labels_tell_places_from_corners(tmp_path, heading, label, kind):
    ring = corners(WEST, SOUTH)
    rows = [[heading, "X", "Y"], *([label.format(n), *pair] for n, pair in enumerate(ring, 1))]
    path = write_csv(tmp_path / "t.csv", rows)
    found, _ = import_layer(path, "mineral_site", crs="EPSG:9215")
    assert set(found.geom_type) == {kind}


def test_a_layer_of_points_has_no_corners(tmp_path):
    rows = table_of(("Khu A", corners(WEST, SOUTH)))
    path = write_workbook(tmp_path / "t.xlsx", rows)
    found, _ = import_layer(path, "monitoring_station", crs="EPSG:9215")
    assert found.geom_type.tolist() == ["Point"] * 4


def test_a_sheet_in_an_old_format_is_refused_as_for_a_site(tmp_path):
    path = tmp_path / "t.ods"
    ring = corners(WEST, SOUTH)
    rows = pd.DataFrame(ring, columns=["X", "Y"])
    rows.insert(0, "Điểm", ["1", "2", "3", "4"])
    pyogrio.write_dataframe(rows, path, driver="ODS")
    with pytest.raises(SiteError) as refused:
        import_layer(path, "industrial_park", crs="EPSG:9215")
    assert refused.value.code == "site.old-sheet"
    assert isinstance(refused.value, LsgisError)


# Names and values that a DBF cut within a letter.

VIETNAMESE = st.text("aăâđeêioôơuưAĐÔƯ ạảấệỉợữỹ", min_size=1, max_size=9)


def write_shapefile(path, names, cells, *, page="UTF-8", shape=PARK):
    """A shapefile whose names and cells are cut after so many bytes, as writers do."""
    frame = gpd.GeoDataFrame(
        {f"f{n}": ["x" * 12] for n in range(len(names))}, geometry=[shape], crs="EPSG:9215"
    )
    frame.to_file(path, encoding="UTF-8")
    raw = bytearray(path.with_suffix(".dbf").read_bytes())
    start = int.from_bytes(raw[8:10], "little") + 1
    for n, (name, cell) in enumerate(zip(names, cells, strict=True)):
        at = 32 + 32 * n
        raw[at : at + 11] = name.encode()[:10].ljust(11, b"\0")
        wide = raw[at + 16]
        raw[start : start + wide] = cell.encode()[:wide].ljust(wide)
        start += wide
    path.with_suffix(".dbf").write_bytes(raw)
    path.with_suffix(".cpg").write_text(page) if page else path.with_suffix(".cpg").unlink()
    return path


def whole(text, most):
    return text.encode()[:most].decode("utf-8", "ignore")


@FEW
@given(name=VIETNAMESE.filter(str.strip), cell=st.integers(0, 3), tail=VIETNAMESE)
def test_a_name_cut_within_a_letter_is_read_as_far_as_it_is_whole(tmp_path, name, cell, tail):
    name = f"x{name}"
    value = ("a" * (80 - cell) + tail).rstrip()
    path = write_shapefile(tmp_path / "s.shp", [name], [value])
    for read in (read_vector(path), read_table(path.with_suffix(".dbf"))):
        assert read.columns[0] == whole(name, 10)
        assert read.iloc[0, 0] == whole(value, 80).rstrip()
    told = {what for what, *_ in read_vector(path).attrs["told"]}
    assert ("field-cut" in told) == (whole(name, 10).encode() != name.encode()[:10])
    assert ("value-cut" in told) == (whole(value, 80).encode() != value.encode()[:80])


@pytest.mark.parametrize("page", ["UTF-8", "65001", ""])
def test_a_shapefile_of_an_office_becomes_a_layer(tmp_path, page):
    names = ["Mã KCN", "Tên khu công nghiệp", "Giai đoạn quy hoạch", "Diện tích (ha)"]
    path = write_shapefile(
        tmp_path / "s.shp", names, ["KCN-01", "Na Dương", "2030", "225"], page=page
    )
    found, log = import_layer(path, "industrial_park")
    row = found.iloc[0]
    assert (row["code"], row["name_vi"], str(row["phase"])) == ("KCN-01", "Na Dương", "2030")
    assert row["area_ha"] == 225
    assert not {"unusable", "value-near"} & set(log["what"])


@pytest.mark.parametrize("names", [["Mã"], ["Phê"], ["Mã", "tên"]])
def test_names_in_latin_letters_are_left_as_they_are(tmp_path, names):
    path = tmp_path / "s.shp"
    frame = gpd.GeoDataFrame({n: ["a"] for n in names}, geometry=[PARK], crs="EPSG:9215")
    frame.to_file(path, encoding="ISO-8859-1")
    assert list(read_vector(path).columns)[:-1] == names


CALLED = [
    layer
    for layer in read_catalogue().values()
    if layer.key == "code" and 1 < len(layer.title["vi"].replace(",", "").split()) < 7
]


@pytest.mark.parametrize("layer", CALLED, ids=lambda layer: layer.name)
def test_what_a_layer_is_called_names_its_key_and_its_name(layer):
    """In words, in initials, in both."""
    words = layer.title["vi"].replace(",", "").split()
    short = "".join(word[0] for word in words).upper()
    for called in (layer.title["vi"], short, f"{words[0]} {short[1:]}"):
        frame = pd.DataFrame({f"Mã {called}": ["1"], f"Tên {called}": ["a"]})
        assert {"code", "name_vi"} <= set(map_fields(frame, layer)[0])


def test_a_beginning_that_two_fields_share_names_neither():
    layer = require_layer("industrial_park")
    for columns in (["Tên khu c", "Tên khu C"], ["Sai số v"], ["Mã khu c", "code"]):
        frame = pd.DataFrame({name: ["a"] for name in columns})
        expected = ["accuracy_m"] if columns == ["Sai số v"] else columns
        assert [*map_fields(frame, layer)[0]] == expected


# Can it be used as its layer?


def run(*words):
    done = CliRunner().invoke(main, [*map(str, words)])
    assert done.exit_code in (0, 1), done.output
    return done


SOUND = {"code": ["KCN-01"], "name_vi": ["Na Dương"]}
OBSTACLES = [
    pytest.param({}, [PARK], set(), "", id="sound"),
    pytest.param({"code": None}, [PARK], {("code", "LS-KEY-MISSING")}, '--map "…=code"',
                 id="no key"),
    pytest.param({"code": None, "codde": ["a"]}, [PARK], {("code", "LS-KEY-MISSING")},
                 '--map "codde=code"', id="a key nearly so named"),
    pytest.param({"name_vi": None}, [PARK], {("name_vi", "LS-FIELD-MISSING")},
                 '--map "…=name_vi"', id="no name"),
    pytest.param({"code": [None]}, [PARK], {("code", "LS-KEY-NULL")}, "", id="empty key"),
    pytest.param({"phase": ["đến 2030"]}, [PARK], {("phase", "LS-FIELD-DOMAIN")}, "", id="domain"),
    pytest.param({"commune_codes": ["1"]}, [PARK],
                 {("commune_codes", "LS-FIELD-PATTERN"), ("commune_codes", "LS-REF-UNKNOWN")}, "",
                 id="pattern"),
    pytest.param({}, [LineString([(WEST, SOUTH), (WEST + 9, SOUTH)])],
                 {("geometry", "LS-GEOM-TYPE")}, "", id="a line"),
    pytest.param({}, [None], {("geometry", "LS-GEOM-MISSING")}, "", id="nothing drawn"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "shapes", "expected", "option"), OBSTACLES)
def test_what_cannot_be_used_exits_with_1_and_says_what_mends_it(
    tmp_path, change, shapes, expected, option
):
    columns = {name: cells for name, cells in (SOUND | change).items() if cells}
    path = tmp_path / "in.gpkg"
    gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:9215").to_file(path)
    done = run(
        "import-layer", path, "--as", "industrial_park", "--out", tmp_path / "o.gpkg", "--json"
    )
    rows = [row for row in json.loads(done.output)["rows"] if row["what"] == "unusable"]
    assert {(row["where"], row["before"]) for row in rows} == expected
    assert done.exit_code == bool(expected)
    assert option in {row["after"] for row in rows} or not option
    # what a check of the layer calls an error of form is what import names, and nothing else
    frame = gpd.read_file(tmp_path / "o.gpkg")
    errors = {
        i.code
        for i in check_layer(frame, require_layer("industrial_park"))
        if i.severity == "error" and i.code.startswith(("LS-KEY", "LS-FIELD", "LS-GEOM", "LS-REF"))
    }
    assert errors == {code for _, code in expected}
    told = run("import-layer", path, "--as", "industrial_park", "--out", tmp_path / "o.gpkg",
               "--force", "--lang", "en").output  # fmt: skip
    assert ("Cannot be used as layer industrial_park" in told) == bool(expected)
    assert option in told


def test_an_option_that_is_named_mends_it(tmp_path):
    path = tmp_path / "in.gpkg"
    gpd.GeoDataFrame(
        {"codde": ["KCN-01"], "ai": ["Na Dương"]}, geometry=[PARK], crs="EPSG:9215"
    ).to_file(path)
    words = ["import-layer", path, "--as", "industrial_park", "--out", tmp_path / "o.gpkg"]
    said = run(*words, "--lang", "en")
    assert said.exit_code == 1 and "that no field took: codde, ai" in said.output
    mended = run(*words, "--force", "--map", "codde=code", "--map", "ai=name_vi")
    assert mended.exit_code == 0, mended.output


def proposals(name="phase"):
    layer = require_layer("industrial_park")
    field = next(field for field in layer.fields if field.name == name)
    return domain_names(field, layer.region)


@pytest.mark.parametrize(
    ("said", "meant"),
    [("đến 2030", "2030"), ("Đến năm 2030", "2030"), ("sau 2030", "after-2030"),
     ("SAU NĂM 2030", "after-2030"), ("exsiting", "existing"), ("2035", ""), ("sau 2035", ""),
     ("", ""), ("?", "")],
)  # fmt: skip
def test_a_value_near_a_domain_is_proposed(said, meant):
    assert near_value(said, proposals()) == meant


@given(
    st.text(max_size=12),
    st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=4, unique=True),
)
def test_a_proposal_is_of_the_domain_or_none(said, domain):
    assert near_value(said, {value: (value,) for value in domain}) in {*domain, ""}


def test_a_proposed_value_is_not_taken(tmp_path):
    path = tmp_path / "in.gpkg"
    cells = ["đến 2030", "2030"]
    gpd.GeoDataFrame(
        {"code": ["a", "b"], "name_vi": ["A", "B"], "phase": cells},
        geometry=[PARK, Point(WEST, SOUTH)], crs="EPSG:9215",
    ).to_file(path)  # fmt: skip
    found, log = import_layer(path, "industrial_park")
    assert found["phase"].tolist() == cells
    near = log[log["what"] == "value-near"]
    assert near[["where", "before", "after", "count"]].values.tolist() == [
        ["phase", "đến 2030", "2030", 1]
    ]


def test_what_is_unusable_counts_the_features_it_is_said_of(tmp_path):
    shapes = [square(200 * n, 0) for n in range(5)]
    shapes[1] = shapes[3] = None
    path = tmp_path / "a.gpkg"
    gpd.GeoDataFrame({"a": range(5)}, geometry=shapes, crs=VN2000).to_file(path)
    _, log = import_layer(path, "commune")
    counts = log[(log["what"] == "unusable") & (log["before"] == "LS-GEOM-MISSING")]["count"]
    assert counts.tolist() == [2]
