"""Tables wider than what they hold, and cells beyond the limits: read soon, or refused."""

import zipfile

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lsgis.errors import LayerError
from lsgis.intake import read_table, read_vector
from lsgis.intake.cells import read_workbook
from lsgis.layerfile import import_layer
from lsgis.sitefile import read_site

FEW = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
READERS = {
    "facts": read_table,
    "layer": lambda path: import_layer(path, "industrial_park", crs="EPSG:4326"),
    "site": read_site,
}


@FEW
@given(
    cells=st.dictionaries(
        st.tuples(st.integers(1, 12), st.integers(1, 16_384)),
        st.integers(1, 99),
        min_size=1,
        max_size=30,
    )
)
def test_cells_keep_their_rows_and_their_order_wherever_they_stand(tmp_path, cells):
    book = openpyxl.Workbook()
    for (row, column), value in cells.items():
        book.active.cell(row, column, value)
    book.save(tmp_path / "far.xlsx")
    (sheet,) = read_workbook(tmp_path / "far.xlsx")
    columns = sheet.columns or range(16_384)
    found = {
        (n, columns[i] + 1): cell
        for n, row in sheet.numbered
        for i, cell in enumerate(row)
        if cell is not None
    }
    assert found == cells
    assert max(map(len, sheet.rows)) <= max(1000, len({column for _, column in cells}))


def test_a_far_cell_in_each_of_many_rows_costs_one_column(tmp_path):
    path = tmp_path / "far.xlsx"
    openpyxl.Workbook().save(path)
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    rows = "".join(f'<row r="{n}"><c r="XFD{n}"><v>1</v></c></row>' for n in range(1, 20_001))
    sheet = next(name for name in parts if name.endswith("sheet1.xml"))
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    parts[sheet] = f'<worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'.encode()
    with zipfile.ZipFile(path, "w") as book:
        for name, part in parts.items():
            book.writestr(name, part)
    (found,) = read_workbook(path)
    assert (len(found.rows), {*map(len, found.rows)}) == (20_000, {1})


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_more_columns_than_the_limit_are_refused_by_it(tmp_path, monkeypatch, reader, kind):
    monkeypatch.setenv("LSGIS_LIMITS", "columns=20")
    rows = [["lon", "lat", *(f"c{n}" for n in range(30))], [106.7, 21.8, *range(30)]]
    path = tmp_path / f"wide.{kind}"
    if kind == "csv":
        path.write_text("\n".join(",".join(map(str, row)) for row in rows))
    else:
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(path)
    with pytest.raises(LayerError) as refused:
        READERS[reader](path)
    assert refused.value.code == "intake.too-much"
    assert refused.value.values["name"] == "columns"


@pytest.mark.parametrize("reader", READERS)
def test_a_long_cell_is_read_up_to_the_limit_and_refused_by_it(tmp_path, monkeypatch, reader):
    path = tmp_path / "long.csv"
    path.write_text(f"lon,lat,name\n106.7,21.8,{'x' * 200_000}\n")
    if reader != "site":  # one place is no ring
        READERS[reader](path)
    monkeypatch.setenv("LSGIS_LIMITS", "cell_letters=150000")
    with pytest.raises(LayerError) as refused:
        READERS[reader](path)
    assert refused.value.values["name"] == "cell_letters"


@FEW
@given(column=st.sampled_from(["note", "lon", "lat", "name"]), row=st.integers(1, 4))
def test_a_formula_without_a_value_costs_its_own_cell(tmp_path, column, row):
    heading = ["name", "lon", "lat", "note"]
    book = openpyxl.Workbook()
    book.active.append(heading)
    for n in range(4):
        book.active.append([f"n{n}", 106.7 + n / 100, 21.8, "x"])
    cell = book.active.cell(row + 1, heading.index(column) + 1, "=1+1")
    book.save(tmp_path / "formula.xlsx")
    frame = read_vector(tmp_path / "formula.xlsx", keep_sound=True)
    located = column in ("name", "note")
    assert ("formula", column, cell.coordinate, "") in frame.attrs["told"]
    assert [shape is not None for shape in frame.geometry] == [
        located or n != row for n in range(1, 5)
    ]
    if located:
        assert frame[column].isna().tolist() == [n == row for n in range(1, 5)]
        assert len(read_vector(tmp_path / "formula.xlsx")) == 4
