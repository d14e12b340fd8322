"""A layer as people hand it over: tables of corners, workbooks, drawings become features."""

import csv

import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lsgis.errors import CrsError, LsgisError, SiteError
from lsgis.intake import read_table
from lsgis.intake.table import read_grid
from lsgis.layerfile import import_layer
from lsgis.sitefile import read_site

WEST, SOUTH = 440_000.0, 2_410_000.0
MERIDIAN = "Hệ tọa độ VN-2000, kinh tuyến trục 107°15', múi chiếu 3°"
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


def test_a_layer_of_points_has_no_corners(tmp_path):
    rows = table_of(("Khu A", corners(WEST, SOUTH)))
    path = write_workbook(tmp_path / "t.xlsx", rows)
    found, _ = import_layer(path, "monitoring_station", crs="EPSG:9215")
    assert found.geom_type.tolist() == ["Point"] * 4


def test_a_sheet_in_an_old_format_is_refused_as_for_a_site(tmp_path):
    path = tmp_path / "t.ods"
    ring = corners(WEST, SOUTH)
    pyogrio.write_dataframe(pd.DataFrame(ring, columns=["X", "Y"]), path, driver="ODS")
    with pytest.raises(SiteError) as refused:
        import_layer(path, "industrial_park", crs="EPSG:9215")
    assert refused.value.code == "site.old-sheet"
    assert isinstance(refused.value, LsgisError)
