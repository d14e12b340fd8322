"""Rows of cells and GeoJSON: one reader for features, facts, corners and lists of sites."""

import csv
import io
import json
from datetime import datetime

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from lsgis.errors import LayerError, SiteError
from lsgis.intake import read_table, read_vector
from lsgis.intake.cells import cut, decode, sheet_of_text
from lsgis.intake.encoding import encode_text
from lsgis.intake.geojson import read_geojson
from lsgis.sitecheck.batch_table import rows_of_table
from lsgis.sitefile import read_site

LISTS = """code,communes,lon,lat
A,06001;06004;06007;06010,106.70,21.80
B,06001;06004;06007;06013,106.71,21.81
"""


def test_lists_within_cells_do_not_part_them(tmp_path):
    """More semicolons than commas in every row: the heading shows what parts the cells."""
    path = tmp_path / "a.csv"
    path.write_text(LISTS, encoding="utf-8")
    frame = read_vector(path)
    assert frame["communes"].tolist()[0] == "06001;06004;06007;06010" and len(frame) == 2
    assert (frame.geometry.x.tolist(), frame.geometry.y.tolist()) == (
        [106.7, 106.71],
        [21.8, 21.81],
    )
    assert read_table(path).columns.tolist() == ["code", "communes", "lon", "lat"]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_a_table_of_facts_is_parted_by_what_its_office_writes(tmp_path, mark):
    path = tmp_path / "a.csv"
    path.write_text("\n".join(mark.join(row) for row in (["code", "n"], ["06001", "1"])))
    assert read_table(path).to_dict("list") == {"code": ["06001"], "n": ["1"]}


def test_a_row_longer_than_its_heading_is_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("code,n\n06001,1\n06004,1,5\n", encoding="utf-8")
    with pytest.raises(LayerError, match="row 3: 3 cells under a heading of 2"):
        read_table(path)
    path.write_text("code,n\n06001,1,5\n06004,1,5\n", encoding="utf-8")
    with pytest.raises(LayerError, match="row 2: 3 cells under a heading of 2"):
        read_table(path)
    path.write_text("code,n\n06001,1,\n06004,1,\n", encoding="utf-8")
    assert read_table(path)["code"].tolist() == ["06001", "06004"]
    path.write_text("\n\n", encoding="utf-8")
    with pytest.raises(LayerError, match="no rows"):
        read_table(path)


def test_the_time_in_a_cell_of_a_workbook_is_kept(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path, {"default_date_format": "dd/mm/yyyy hh:mm"}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["day", "hour"])
        sheet.write_datetime(1, 0, datetime(2025, 7, 1))
        sheet.write_datetime(1, 1, datetime(2025, 7, 1, 15, 58))
    assert read_table(path).iloc[0].tolist() == ["2025-07-01", "2025-07-01 15:58:00"]


WORD = st.text("aĐộ 0;,|\t\n\"'.1", max_size=8).map(str.strip)


@given(
    st.integers(2, 5).flatmap(
        lambda wide: st.lists(st.lists(WORD, min_size=wide, max_size=wide), min_size=1, max_size=6)
    ),
    st.sampled_from(",;\t|"),
)
def test_what_is_written_is_read(tmp_path_factory, rows, mark):
    """Any cells, lists and line breaks in them too, as CSV and as a workbook."""
    folder = tmp_path_factory.mktemp("cells")
    heading = [f"c{n}" for n in range(len(rows[0]))]
    text = io.StringIO()
    csv.writer(text, delimiter=mark, quoting=csv.QUOTE_ALL).writerows([heading, *rows])
    (folder / "a.csv").write_bytes(text.getvalue().encode())
    with xlsxwriter.Workbook(folder / "a.xlsx", {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        for n, row in enumerate([heading, *rows]):
            for column, cell in enumerate(row):
                sheet.write_string(n, column, cell)
    for name in ("a.csv", "a.xlsx"):
        found = read_table(folder / name)
        assert found.columns.tolist() == heading
        expected = [[cell or None for cell in row] for row in rows]
        while name == "a.xlsx" and expected and not any(expected[-1]):
            expected.pop()  # a workbook ends with its last cell
        assert found.to_numpy().tolist()[: len(expected)] == expected
        assert found.iloc[len(expected) :].isna().all(axis=None)


@given(st.binary(max_size=60))
def test_any_bytes_are_text_and_digits_stay(raw):
    text, bytewise = decode(raw)
    if bytewise:  # one character a byte
        assert len(text) == len(raw)
        assert all(a == chr(b) for a, b in zip(text, raw, strict=True) if b < 128)


def test_a_byte_that_is_a_line_break_in_unicode_is_none_in_an_office_file(tmp_path):
    """0x85 ends a line in Unicode; in Windows-1252 it is an ellipsis within a note."""
    path = tmp_path / "a.csv"
    rows = ["Điểm;X;Y;Ghi chú".encode("cp1258", "replace")]
    ring = [(2417140, 452310), (2417140, 452410), (2417040, 452410)]
    rows += [b"%d;%d;%d;c\xf4c g\xe7\x85x" % (n, *corner) for n, corner in enumerate(ring, 1)]
    path.write_bytes(b"\n".join(rows))
    assert read_site(path).geometry.area == 5_000


@pytest.mark.parametrize(
    ("line", "mark", "cells"),
    [
        pytest.param('1,"2,417",3', ",", ("1", "2,417", "3"), id="quoted"),
        pytest.param('1, "a, b", 3', ",", ("1", "a, b", "3"), id="quoted behind a blank"),
        pytest.param("M1  2 417 140  3", "  ", ("M1", "2 417 140", "3"), id="two blanks"),
        pytest.param("M1 2 417 140,5 x", " ", ("M1", "2 417 140,5", "x"), id="one blank"),
    ],
)
def test_cells_of_a_line(line, mark, cells):
    assert cut([line], mark).rows == [cells]


def test_rows_keep_their_numbers():
    sheet = sheet_of_text(["a,b\n", '1,"x\n', 'y"\n', "2,z\n"], ",", lambda lines, mark: 0)
    assert list(sheet.numbered) == [(1, ("a", "b")), (3, ("1", "x\ny")), (4, ("2", "z"))]
    assert list(cut(["a b", "c"], " ").numbered) == [(1, ("a", "b")), (2, ("c",))]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(
            b'{"type": "Point",\n "coordinates": [106.7,, 21]}', "line 2, column 24", id="cut"
        ),
        pytest.param(b'{"type": "\xe1"}', "not UTF-8 at byte 10", id="letters"),
        pytest.param(b"[" * 100_000, "nested too deeply", id="deep"),
    ],
)
def test_broken_json_is_told_alike_as_a_site_and_as_features(tmp_path, content, reason):
    path = tmp_path / "a.geojson"
    path.write_bytes(content)
    with pytest.raises(SiteError, match=reason):
        read_site(path)
    with pytest.raises(LayerError, match=reason):
        read_vector(path)


def test_broken_geometries_are_numbered_and_the_rest_is_read():
    point = {"type": "Point", "coordinates": [1, 2]}
    bad = {"type": "Point", "coordinates": ["a", 1]}
    features = [{"type": "Feature", "geometry": shape} for shape in (point, bad, None, point)]
    whole = {"type": "FeatureCollection", "features": features, "crs": {"a": 1}}
    found = read_geojson(json.dumps(whole).encode())
    assert [shape is not None for shape in found.shapes] == [True, False, False, True]
    assert [number for number, _ in found.broken] == [2] and found.crs == '{"a": 1}'
    assert read_geojson(b'{"type": "Topology"}') is None


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        pytest.param("utf-8-sig", "Hữu Lũng", id="UTF-8"),
        pytest.param("utf-16", "Hữu Lũng", id="UTF-16"),
        pytest.param("tcvn3", "Hữu Lũng", id="TCVN3"),
    ],
)
def test_a_list_of_sites_in_the_letters_of_its_office(tmp_path, encoding, name):
    text = f'tên;địa điểm\n{name};"1;2417140;452310\n2;2417140;452410\n3;2417040;452410"\n'
    old = encoding == "tcvn3"
    raw = encode_text(text, encoding).encode("latin-1") if old else text.encode(encoding)
    (tmp_path / "a.csv").write_bytes(raw)
    ((_, row, _),) = rows_of_table(tmp_path / "a.csv", None, None)
    assert row["name"] == name and read_site(row["site"]).geometry.area == 5_000


def test_line_breaks_within_a_cell_are_kept(tmp_path):
    (tmp_path / "a.csv").write_text('name,lon,lat\n"xã A\nhuyện B",106.7,21.8\n', encoding="utf-8")
    assert read_vector(tmp_path / "a.csv")["name"].tolist() == ["xã A\nhuyện B"]
