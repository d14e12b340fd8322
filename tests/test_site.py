"""Sites: every form they come in, and every refusal."""

import json
import math
import re
import subprocess
import sys
import unicodedata
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj.database import query_crs_info
from toy import VN2000
from toysite import toy_index

from lsgis.crs import move_geometries
from lsgis.errors import CrsError, LayerError, LsgisError, SiteError
from lsgis.intake.notation import fold, learn_marks, read_cell
from lsgis.intake.system import read_zones
from lsgis.region import read_region
from lsgis.sitecheck.declared import compare_place
from lsgis.sitecheck.store import MemoryStore
from lsgis.sitefile.reader import Site, read_site
from lsgis.sitefile.soundness import MOST_VERTICES, ZONES, zones_that_fit
from lsgis.sitefile.soundness import meridian as zone_meridian
from lsgis.text import LANGUAGES, plain_text, read_texts, say

E0, N0 = 452310.21, 2417040.52
# a hectare, clockwise from the north-west corner, as (easting, northing)
RING = [(E0, N0 + 100), (E0 + 100, N0 + 100), (E0 + 100, N0), (E0, N0)]
SQUARE = shapely.Polygon(RING)


def comma(value: float, decimals: int = 2) -> str:
    return f"{value:.{decimals}f}".replace(".", ",")


def grouped(value: float, group: str, point: str) -> str:
    return f"{value:,.3f}".replace(",", "g").replace(".", point).replace("g", group)


def lines(ring=RING, *, pattern="{n}\t{x:.2f}\t{y:.2f}") -> str:
    """Corners as rows, X north and Y east."""
    return "\n".join(pattern.format(n=n, x=y, y=x) for n, (x, y) in enumerate(ring, 1))


def same(site: Site, shape: shapely.Geometry = SQUARE, *, within: float = 0.001) -> bool:
    """Whether a site is a polygon, up to a strip along its boundary."""
    return site.geometry.symmetric_difference(shape).area <= within * shape.length


def codes(site: Site) -> list[str]:
    return [row["code"].removeprefix("site.") for row in site.log]


def spelt(site: Site) -> list[str]:
    """The whole log in both languages: each row has a text and all its values."""
    return [
        say(row["code"], lang, **{k: v for k, v in row.items() if k != "code"})
        for row in site.log
        for lang in LANGUAGES
    ]


OFFICE = {
    "certificate": """BẢNG LIỆT KÊ TỌA ĐỘ GÓC RANH
Số hiệu điểm\tX(m)\tY(m)\tCạnh (m)
1\t2417140.52\t452310.21\t100.00
2\t2417140.52\t452410.21\t100.00
3\t2417040.52\t452410.21\t100.00
4\t2417040.52\t452310.21\t100.00
1\t2417140.52\t452310.21\t
Diện tích: 10000.0 m²
""",
    "decimal comma, semicolons": """Điểm;X (m);Y (m)
M1;2417140,52;452310,21
M2;2417140,52;452410,21
M3;2417040,52;452410,21
M4;2417040,52;452310,21
""",
    "dots for thousands": """Điểm;X;Y
1;2.417.140,520;452.310,210
2;2.417.140,520;452.410,210
3;2.417.040,520;452.410,210
4;2.417.040,520;452.310,210
""",
    "blanks for thousands": """TT\tX\tY
1\t2 417 140.52\t452 310.21
2\t2 417 140.52\t452 410.21
3\t2 417 040.52\t452 410.21
4\t2 417 040.52\t452 310.21
""",
    "blanks for thousands and columns": """Số hiệu điểm X (m) Y (m)
1 2 417 140,52 452 310,21
2 2 417 140,52 452 410,21
3 2 417 040,52 452 410,21
4 2 417 040,52 452 310,21
""",
    "English thousands, quoted": """Point,X,Y
1,"2,417,140.52","452,310.21"
2,"2,417,140.52","452,410.21"
3,"2,417,040.52","452,410.21"
4,"2,417,040.52","452,310.21"
""",
    "two rows of heading, numbered columns": """,TỌA ĐỘ VN-2000,,
Số hiệu đỉnh,Tọa độ (m),,Chiều dài cạnh (m)
,X,Y,
(1),(2),(3),(4)
1,2417140.52,452310.21,100.0
2,2417140.52,452410.21,100.0
3,2417040.52,452410.21,100.0
4,2417040.52,452310.21,100.0
""",
    "no heading": """1 2417140.52 452310.21
2 2417140.52 452410.21
3 2417040.52 452410.21
4 2417040.52 452310.21
""",
    "no heading, no point numbers": """2417140.52, 452310.21
2417140.52, 452410.21
2417040.52, 452410.21
2417040.52, 452310.21
""",
    "title with the meridian": """Hệ tọa độ VN-2000, kinh tuyến trục 107°15', múi chiếu 3°

STT | Tên mốc | Tọa độ X (m) | Tọa độ Y (m) | Ghi chú
1 | M1 | 2417140.52 | 452310.21 | Mốc bê tông
2 | M2 | 2417140.52 | 452410.21 | Mốc gỗ
3 | M3 | 2417040.52 | 452410.21 |
4 | M4 | 2417040.52 | 452310.21 |
""",
    "lengths between the rows": """Điểm;X;Y;S (m)
1;2417140,52;452310,21;
;;;100,00
2;2417140,52;452410,21;
;;;100,00
3;2417040,52;452410,21;

4;2417040,52;452310,21;
;;;100,00
1;;;
""",
    "two blocks side by side": """Điểm;X;Y;Cạnh;Điểm;X;Y;Cạnh
1;2417140.52;452310.21;100;3;2417040.52;452410.21;100
2;2417140.52;452410.21;100;4;2417040.52;452310.21;100
""",
    "heading again on the next page": """Điểm\tX(m)\tY(m)
A\t2417140.52\t452310.21
B\t2417140.52\t452410.21
Điểm\tX(m)\tY(m)
C\t2417040.52\t452410.21
D\t2417040.52\t452310.21
""",
    "one word for all points": """Thửa;X(m);Y(m)
12a;2417140.52;452310.21
12a;2417140.52;452410.21
12a;2417040.52;452410.21
12a;2417040.52;452310.21
""",
    "degrees spelt out": """Kinh tuyến trục: 107 độ 15 phút; múi 3 độ
Điểm;X(m);Y(m)
1;2417140.52;452310.21
2;2417140.52;452410.21
3;2417040.52;452410.21
4;2417040.52;452310.21
""",
    "named the other way": """Tên điểm;Y (Đông);X (Bắc)
1;452310.21;2417140.52
2;452410.21;2417140.52
3;452410.21;2417040.52
4;452310.21;2417040.52
""",
    "easting, northing": """id,Easting,Northing
1,452310.21,2417140.52
2,452410.21,2417140.52
3,452410.21,2417040.52
4,452310.21,2417040.52
""",
    "units in the cells, height": """Điểm;X;Y;H
1;2417140.52 m;452310.21 m;312.5
2;2417140.52 m;452410.21 m;312.7
3;2417040.52 m;452410.21 m;313
4;2417040.52 m;452310.21 m;312
""",
    "no-break blanks, length at the end": """Số TT\tX(m)\tY(m)\tKhoảng cách
1\t2\u00a0417\u00a0140,52\t452\u00a0310,21\t
2\t2\u00a0417\u00a0140,52\t452\u00a0410,21\t100,02
3\t2\u00a0417\u00a0040,52\t452\u00a0410,21\t99,98
4\t2\u00a0417\u00a0040,52\t452\u00a0310,21\t100,00
""",
}


@pytest.mark.parametrize("text", OFFICE.values(), ids=OFFICE)
def test_tables_as_offices_write_them(text):
    site = read_site(text)
    assert same(site)
    assert (site.kind, site.crs_found, site.operation) == ("polygon", "EPSG:9215", "")
    assert site.input["kind"] == "table"
    assert all(spelt(site))


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".txt"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_tables_in_text_files(tmp_path, ending, encoding):
    path = tmp_path / f"khu đất A{ending}"
    path.write_bytes(OFFICE["certificate"].replace("\n", "\r\n").encode(encoding))
    site = read_site(path)
    assert same(site)
    assert (site.name, site.input["name"]) == ("khu đất A", path.name)
    assert read_site(str(path)) == site


def test_old_letters_do_not_touch_the_numbers(tmp_path):
    path = tmp_path / "a.csv"
    text = OFFICE["decimal comma, semicolons"].replace("Điểm", "§iÓm")
    path.write_bytes(text.encode("latin-1"))
    site = read_site(path)
    assert same(site) and "letters" in codes(site)
    path.write_bytes(b"\xd0\xd1\xa8 \xf7\n" + OFFICE["no heading"].encode())
    assert "encoding" in codes(read_site(path))


def test_x_is_north():
    site = read_site(OFFICE["certificate"])
    assert site.geometry.bounds == pytest.approx((E0, N0, E0 + 100, N0 + 100))


def test_what_is_told():
    told = codes(read_site(OFFICE["certificate"]))
    assert {"table", "rows-skipped", "edges-agree", "closed", "crs-default"} <= {*told}
    assert "accuracy-default" in told
    stated = read_site(OFFICE["title with the meridian"], accuracy_m=0.2)
    assert "crs-of-table" in codes(stated) and "crs-default" not in codes(stated)
    assert stated.accuracy_m == 0.2 and "accuracy-default" not in codes(stated)


def workbook(path: Path, sheets: dict[str, list[list]], *, merge: str = "") -> Path:
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
            if merge:
                sheet.merge_range(merge, rows[0][0])
    return path


TITLE = ["BẢNG KÊ TỌA ĐỘ GÓC RANH KHU ĐẤT", None, None, None]
HEAD = ["Số hiệu điểm", "X (m)", "Y (m)", "Cạnh"]
BODY = [[n, y, x, 100] for n, (x, y) in enumerate(RING, 1)]


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([TITLE, HEAD, *BODY, [1, N0 + 100, E0]], id="numbers"),
        pytest.param([TITLE, [], HEAD, [], *BODY, [], ["Diện tích", 10000.0]], id="blank rows"),
        pytest.param(
            [TITLE, [None, *HEAD], *([None, *row] for row in BODY)], id="one to the right"
        ),
        pytest.param(
            [TITLE, HEAD, *([f"M{n}", comma(y), comma(x), comma(d)] for n, y, x, d in BODY)],
            id="numbers kept as text",
        ),
    ],
)
def test_workbooks(tmp_path, rows):
    path = workbook(tmp_path / "kê.xlsx", {"Sheet1": rows}, merge="A1:D1")
    site = read_site(path)
    assert same(site) and "sheet" in codes(site)


def test_workbook_of_several_sheets(tmp_path):
    table = [HEAD, *BODY]
    sheets = {"bìa": [["Dự án"]], "kê": table}
    assert same(read_site(workbook(tmp_path / "one.xlsx", sheets)))
    two = workbook(tmp_path / "two.xlsx", {"A": table, "B": table})
    with pytest.raises(SiteError, match="several sheets: A, B; name one"):
        read_site(two)
    assert same(read_site(two, layer="B"))
    with pytest.raises(SiteError, match="no sheet 'C'; it has: A, B"):
        read_site(two, layer="C")


def test_merged_hidden_and_uncomputed_cells(tmp_path):
    path = tmp_path / "hai thửa.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("kê")
        sheet.merge_range("A1:E1", "BẢNG KÊ TỌA ĐỘ, kinh tuyến trục 107°15', múi 3°")
        for column, text in enumerate(["Thửa đất số", "Diện tích (m²)", "Số hiệu điểm"]):
            sheet.merge_range(1, column, 2, column, text)
        sheet.merge_range("D2:E2", "Tọa độ (m)")
        sheet.write_row("D3", ["X", "Y"])
        for plot, ring in enumerate((RING, PLOT)):
            top = 3 + 4 * plot
            sheet.merge_range(top, 0, top + 3, 0, 12 + plot)
            sheet.merge_range(top, 1, top + 3, 1, 10_000)
            for n, (x, y) in enumerate(ring):
                sheet.write_row(top + n, 2, [n + 1, y, x])
        sheet.set_row(4, None, None, {"hidden": True})
        hidden = book.add_worksheet("cũ")
        hidden.write_row(0, 0, HEAD)
        hidden.write_row(1, 0, BODY[0])
        hidden.hide()
    site = read_site(path)
    assert same(site, PLOTS) and site.area_certificate_m2 == 20_000 and all(spelt(site))
    assert {"hidden-rows", "parcels-column", "crs-of-table", "area-agrees"} <= {*codes(site)}
    assert next(r["found"] for r in site.log if r["code"] == "site.hidden-rows") == "5"
    assert same(read_site(path, parcel="13"), shapely.Polygon(PLOT))


def test_formulas_nobody_computed_are_told(tmp_path):
    import openpyxl

    book = openpyxl.Workbook()
    for row in [HEAD, *BODY[:3], [4, f"={N0}+0", E0, 100]]:
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(SiteError, match=r"a\.xlsx holds formulas nobody computed, .*: B5"):
        read_site(tmp_path / "a.xlsx")


def test_workbooks_that_are_none(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"PK\x03\x04 not a workbook")
    with pytest.raises(SiteError, match=r"cannot read a\.xlsx: expected an \.xlsx workbook"):
        read_site(path)
    with pytest.raises(SiteError, match="no coordinates found"):
        read_site(workbook(tmp_path / "b.xlsx", {"A": []}))
    (tmp_path / "c.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    with pytest.raises(SiteError, match=r"save it as \.xlsx or CSV"):
        read_site(tmp_path / "c.xls")


def table(*rows: str, heading: str = "Điểm;X;Y") -> str:
    return "\n".join([heading, *rows])


GOOD = [f"{n};{y:.2f};{x:.2f}" for n, (x, y) in enumerate(RING, 1)]
BOWTIE = [GOOD[0], GOOD[2], GOOD[1], GOOD[3]]
BESIDE = [(x - 300, y) for x, y in RING]
SHIFTED = [(x + 130_000, y) for x, y in RING]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param(
            lines([(y, x) for x, y in RING]), "X and Y are swapped: in row 1", id="swapped"
        ),
        pytest.param(
            table(*GOOD[:3], f"4;{E0};{N0}"),
            "1 row has X and Y .* 5: 452310.21",
            id="one swapped",
        ),
        pytest.param(
            table(*(f"{n};{x};{y}" for n, (x, y) in enumerate(RING, 1)), heading="id;North;East"),
            "the heading contradicts the numbers: in row 2",
            id="swapped under names",
        ),
        pytest.param(
            lines(SHIFTED), r"would lie inside it in another zone: .*TM-3 \d+-\d+", id="other zone"
        ),
        pytest.param(
            table("1;21.85;106.76", "2;21.85;106.77", "3;21.84;106.77"),
            "row 2 .* is in degrees, not metres",
            id="degrees",
        ),
        pytest.param(
            table("1;21.85;106.76", "2;21.85;106.77", "3;21.84;106.77", heading="id;Vĩ độ;Kinh độ"),
            "in degrees, not metres: state a CRS in degrees",
            id="degrees by name",
        ),
        pytest.param(table(*BOWTIE), "crosses itself in 1 place .*: 1–3 × 2–4", id="wrong order"),
        pytest.param(
            table(*GOOD[:2], GOOD[1], *GOOD[2:]),
            r"the same place .*: 2 \(3\) = 2 \(4\)",
            id="repeated",
        ),
        pytest.param(
            table(*GOOD, GOOD[0], *GOOD), "'1' and '2' are one and the same", id="two rounds"
        ),
        pytest.param(
            table(*GOOD[:2]), r"only 2 corners \(rows 2, 3\): expected at least 3", id="two corners"
        ),
        pytest.param(
            table(*GOOD[:2], GOOD[0]),
            "only 2 corners .*: expected at least 3",
            id="two corners closed",
        ),
        pytest.param(
            table(*(f"{n};{N0 + n};{E0 + n}" for n in range(1, 5))), "lie on one line", id="a line"
        ),
        pytest.param(
            table(*GOOD[:3], "4;2417040.52;chưa đo"), "row 5: 'chưa đo' is no number", id="text"
        ),
        pytest.param(table(*GOOD[:3], "4;nan;452310"), "row 5: 'nan' is no number", id="nan"),
        pytest.param(table(*GOOD[:3], "4;inf;452310"), "row 5: 'inf' is no number", id="infinite"),
        pytest.param(
            table(*GOOD[:3], "4;2,42E+06;452310"), "row 5: '2,42E.06' is no number", id="exponent"
        ),
        pytest.param(table(*GOOD[:3], "4;;452310"), "row 5 has only one coordinate", id="no X"),
        pytest.param(
            table(*GOOD[:2], "3;;", GOOD[3]), "row 4 .* has a point number but no", id="empty row"
        ),
        pytest.param(table(*GOOD, "5;;"), "row 6 .* has a point number but no", id="empty last"),
        pytest.param(
            table(
                *GOOD, "Ghi chú của nơi đo;;", *(row.replace("2417", "2418") for row in GOOD[1:])
            ),
            "row 6 holds text between .* several parcels",
            id="text",
        ),
        pytest.param(
            table(*GOOD[:3], "4;17040.52;52310.21"),
            "can be no coordinates .* 5: 17040.52",
            id="short",
        ),
        pytest.param(
            table(*GOOD[:3], "4;2417040.52;48452310.21"),
            "can be no coordinates .* 48452310",
            id="prefix",
        ),
        pytest.param(
            table(*GOOD, f"1;{N0 + 90};{E0}"),
            "row 6 repeats point 1 with other",
            id="closing differs",
        ),
        pytest.param(
            table(*GOOD[:3], "4;2417.040;452310.21"),
            "can be no coordinates",
            id="thousands by chance",
        ),
        pytest.param(
            table("1;2.417.140;452310.21", *GOOD[1:3], "4;2.417.040;452.310"),
            "row 5: '452.310' may have thousands or decimals",
            id="marks contradict",
        ),
        pytest.param(
            "1,2417140,52,452310,21\n2,2417140,52,452410,21\n3,2417040,52,452410,21",
            "commas part both the columns and the decimals",
            id="commas twice",
        ),
        pytest.param(
            "Điểm,X,Y\n1,2417140,52,452310,21\n2,2417140,52,452410,21\n3,2417040,52,452410,21",
            "row 2 .* commas part both",
            id="commas twice below a heading",
        ),
        pytest.param(
            table(
                *(f"{row};{100 if n else 145}" for n, row in enumerate(GOOD)),
                heading="Điểm;X;Y;Cạnh",
            ),
            r"1 of 4 edge lengths differ .*: 1–2: 145.00 ≠ 100.00 m",
            id="edge differs",
        ),
        pytest.param(
            table(*GOOD[:3], f"3;{N0};{E0 - 50}", GOOD[3]),
            r"1 point number stands for several points .*: 3 \(4, 5\)",
            id="one number twice",
        ),
        pytest.param(
            table(*GOOD, f"1;{N0 + 90};{E0 - 300}", f"2;{N0 + 90};{E0 - 200}"),
            r"only 2 corners \(rows 6, 7\)",
            id="a parcel of two corners",
        ),
        pytest.param("Điểm;X;Y;X\n" + "\n".join(GOOD), "unequal numbers of X and Y", id="two X"),
        pytest.param("a;b\nc;d", "no coordinates found", id="no numbers"),
        pytest.param(
            "1;2;3\n4;5;6", "the two columns of coordinates cannot be told", id="no columns"
        ),
        pytest.param(
            "Kinh tuyến trục 107°00', múi 3°\n" + table(*GOOD),
            r"is not EPSG:9215: state the right zone .*EPSG:9214",
            id="meridian",
        ),
        pytest.param("Múi chiếu 6°\n" + table(*GOOD), "is not EPSG:9215", id="six degrees"),
        pytest.param("Hệ tọa độ HN-72\n" + table(*GOOD), "is not VN-2000", id="old datum"),
        pytest.param("\0\n\0", "no table of text", id="binary"),
    ],
)
def test_tables_refused(text, found):
    with pytest.raises(SiteError, match=found) as refusal:
        read_site(text)
    assert refusal.value.message("vi") != str(refusal.value)


PLOT = [(x - 300, y) for x, y in RING]  # a hectare to the west
PLOTS = shapely.MultiPolygon([SQUARE, shapely.Polygon(PLOT)])


def corners(ring, *, start: int = 1, prefix: str = "", before: str = "", mark: str = ";") -> str:
    rows = [
        f"{before}{prefix}{n}{mark}{y:.2f}{mark}{x:.2f}" for n, (x, y) in enumerate(ring, start)
    ]
    return "\n".join(rows)


A, B = corners(RING), corners(PLOT)
SEVERAL = {
    "titles": ("title", ["Thửa số 1", "Thửa số 2"],
               f"Thửa số 1\nĐiểm;X;Y\n{A}\nThửa số 2: diện tích 10.000 m2\nĐiểm;X;Y\n{B}"),
    "a title and going numbers": ("title", ["1", "II. Khu đất B"],
                                  f"Điểm;X;Y\n{A}\nII. Khu đất B\n{corners(PLOT, start=5)}"),
    "numbers start again": ("numbering", ["1", "2"], f"Điểm;X;Y\n{A}\n{B}"),
    "numbers start again below a blank row": ("numbering", ["1", "2"], f"Điểm;X;Y\n{A}\n\n{B}"),
    "another letter below a blank row": (
        "numbering", ["1", "2"],
        f"Điểm;X;Y\n{corners(RING, prefix='A')}\n;;\n{corners(PLOT, prefix='B')}",
    ),
    "rings closed by their first point": (
        "closed", ["1", "2"],
        f"Điểm;X;Y\n{A}\n{A.splitlines()[0]}\n{corners(PLOT, start=5)}\n"
        f"{corners(PLOT, start=5).splitlines()[0]}",
    ),
    "rings closed without numbers": (
        "closed", ["1", "2"],
        "\n".join(f"{y:.2f};{x:.2f}" for x, y in [*RING, RING[0], *PLOT, PLOT[0]]),
    ),
    "rings closed by a name alone": (
        "closed", ["1", "2"], f"Điểm;X;Y;S(m)\n{A}\n1;;;\n{corners(PLOT, start=5)}\n5;;;"
    ),
    "a column of parcels": (
        "column", ["12", "13"],
        f"Thửa;Điểm;X;Y\n{corners(RING, before='12;')}\n{corners(PLOT, start=5, before='13;')}",
    ),
    "merged cells of a column, two columns": (
        "column", ["5 / 12", "5 / 13"],
        f"Tờ bản đồ;Số thửa;Điểm;X;Y\n5;12;{A.splitlines()[0]}\n"
        + "\n".join(f";;{row}" for row in A.splitlines()[1:])
        + f"\n;13;{B.splitlines()[0]}\n" + "\n".join(f";;{row}" for row in B.splitlines()[1:]),
    ),
    "side by side": (
        "numbering", ["1", "2"],
        "Điểm;X;Y;Điểm;X;Y\n"
        + "\n".join(f"{a};{b}" for a, b in zip(A.splitlines(), B.splitlines(), strict=True)),
    ),
    "a line of the area between": (
        "title", ["1", "2"],
        f"Điểm;X;Y\n{A}\nDiện tích: 10000.00 m²\n{corners(PLOT, start=5)}\nDiện tích: 10000 m2",
    ),
    "blank row, one ring would cross itself": (
        "blank", ["1", "2"], f"Điểm;X;Y\n{A}\n\n{corners(PLOT, start=5)}"
    ),
    "another layout below the second heading": (
        "title", ["1", "Lô 2"],
        f"Điểm;X;Y\n{A}\nLô 2\nSTT;Ghi chú;Điểm;Y;X\n"
        + "\n".join(f"{n};mốc gỗ;{n};{x:.2f};{y:.2f}" for n, (x, y) in enumerate(PLOT, 1)),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("sign", "names", "text"), SEVERAL.values(), ids=SEVERAL)
def test_several_parcels_in_one_table(sign, names, text):
    site = read_site(text)
    assert same(site, PLOTS) and site.geometry.geom_type == "MultiPolygon"
    told = [row for row in site.log if row["code"] == "site.parcel"]
    assert [row["name"] for row in told] == names
    assert [row["area_m2"] for row in told] == [10_000, 10_000]
    assert f"parcels-{sign}" in codes(site) and "united" in codes(site) and all(spelt(site))
    assert same(read_site(text, parcel="2"), shapely.Polygon(PLOT))
    one = read_site(text, parcel=names[0])
    assert same(one) and "parcel-left-out" in codes(one) and "united" not in codes(one)
    with pytest.raises(SiteError, match=r"no one parcel 'Z9'; it has: "):
        read_site(text, parcel="Z9")


def test_a_blank_row_alone_parts_nothing():
    site = read_site("Điểm;X;Y\n" + A.replace("\n3;", "\n\n3;"))
    assert same(site)
    row = next(row for row in site.log if row["code"] == "site.blank-rows")
    assert (row["count"], row["rows"]) == (1, "4")


def test_a_parcel_is_chosen_in_tables_only():
    for source in ("106.76,21.85", f"SRID=9215;{SQUARE.wkt}"):
        with pytest.raises(SiteError, match="only a table of corners has parcels"):
            read_site(source, parcel="1")


def test_parcels_that_meet_are_told():
    half = [(x + 50, y) for x, y in RING]
    over = read_site(f"Điểm;X;Y\n{A}\n{corners(half)}")
    assert over.geometry.area == pytest.approx(15_000)
    row = next(row for row in over.log if row["code"] == "site.parcels-overlap")
    assert (row["one"], row["other"], row["area_m2"]) == ("1", "2", 5000)
    inner = [(E0 + 25, N0 + 75), (E0 + 75, N0 + 75), (E0 + 75, N0 + 25), (E0 + 25, N0 + 25)]
    hole = read_site(f"Điểm;X;Y\n{A}\n{corners(inner)}")
    assert hole.geometry.area == pytest.approx(10_000) and "parcel-inside" in codes(hole)
    beside = read_site(f"Điểm;X;Y\n{A}\n{corners([(x + 100, y) for x, y in RING])}")
    assert beside.geometry.geom_type == "Polygon" and "parcels-overlap" not in codes(beside)


@given(
    st.lists(st.integers(3, 9), min_size=1, max_size=5),
    st.booleans(), st.booleans(), st.booleans(), st.booleans(),
)  # fmt: skip
@settings(max_examples=120, deadline=None)
def test_parcels_come_back_whole(sizes, closed, titled, blank, going):
    """Regular rings side by side: all of them, however they are parted."""
    if not (closed or titled) and going:
        return  # nothing would part them but blank rows
    rows, shapes, start = ["Điểm;X;Y"], [], 1
    for number, size in enumerate(sizes):
        angle = np.linspace(0, 2 * np.pi, size, endpoint=False)
        ring = np.round(
            np.column_stack([E0 + 500 * number + 90 * np.cos(angle), N0 + 90 * np.sin(angle)]), 2
        )
        shapes.append(shapely.Polygon(ring))
        text = corners(ring, start=start).splitlines()
        rows += [f"Thửa {number + 1};;"] * titled + text + text[:1] * closed + [""] * blank
        start += size if going else 0
    site = read_site("\n".join(rows))
    assert same(site, shapely.union_all(shapes))
    assert shapely.get_num_geometries(site.geometry) == len(sizes)


AREAS = {
    "Diện tích: 10.000,0 m²": ("area-agrees", 10_000),
    "Diện tích: 10.000 m2": ("area-agrees", 10_000),  # 10 or 10 000: the corners decide
    "Tổng diện tích khu đất là 1,00 ha": ("area-agrees", 10_000),
    "Diện tích (m2): 10005": ("area-agrees", 10_005),
    "Diện tích thửa số 7: 10 900,5 m²": ("area-differs", 10_900.5),
    "S = 9.000,25 m2": ("area-differs", 9_000.25),
    "DiÖn tÝch: 10.000,0 m2": ("area-agrees", 10_000),  # .VnArial
    "Diện tích: 99.999 m2": ("area-undecided", None),
    "Diện tích: 45000.5 m2": ("area-differs", 45_000.5),
}


@pytest.mark.parametrize(("text", "expected"), AREAS.items(), ids=AREAS)
@pytest.mark.parametrize("above", [True, False], ids=["above", "below"])
def test_the_area_a_table_states(text, expected, above):
    site = read_site("\n".join([text, "Điểm;X;Y", A] if above else ["Điểm;X;Y", A, text]))
    code, area = expected
    assert code in codes(site) and site.area_certificate_m2 == area and all(spelt(site))
    row = next(row for row in site.log if row["code"] == f"site.{code}")
    if area is not None:
        assert row["deviation_m2"] == pytest.approx(10_000 - area)
        assert row["percent"] == pytest.approx(100 * (10_000 - area) / area, abs=1e-4)


def test_areas_of_several_parcels():
    each = f"Thửa 1: diện tích 10.000,0 m2\nĐiểm;X;Y\n{A}\nThửa 2 (DT: 9.000,0 m2)\n{B}"
    site = read_site(each)
    told = {
        row["parcel"].removesuffix(": "): row["code"]
        for row in site.log
        if row["code"].startswith("site.area")
    }
    assert told == {"Thửa 1": "site.area-agrees", "Thửa 2": "site.area-differs"}
    total = read_site(f"Tổng diện tích: 20.000,0 m2\nThửa 1\nĐiểm;X;Y\n{A}\nThửa 2\n{B}")
    assert total.area_certificate_m2 == 20_000 and "area-agrees" in codes(total)
    column = f"Thửa;Diện tích (m²);Điểm;X;Y\n{corners(RING, before='1;10000;')}\n" + corners(
        PLOT, before="2;9000;"
    )
    assert read_site(column).area_certificate_m2 == 19_000
    assert read_site(column, parcel="2").area_certificate_m2 == 9_000


def test_the_area_on_the_certificate_is_held_against_the_boundary():
    site = read_site(SQUARE.wkt, crs="EPSG:9215", area_certificate_m2=10_020)
    row = next(row for row in site.log if row["code"] == "site.area-differs")
    assert row["deviation_m2"] == pytest.approx(-20, abs=0.01)
    assert row["tolerance_m2"] == pytest.approx(10.02)
    near = read_site(SQUARE.wkt, crs="EPSG:9215", area_certificate_m2=10_005)
    assert "area-agrees" in codes(near) and near.area_certificate_m2 == 10_005
    both = read_site(f"Điểm;X;Y\n{A}\nDiện tích: 9.000,5 m2", area_certificate_m2=10_000)
    assert both.area_certificate_m2 == 10_000 and "area-two" in codes(both)
    assert "area-agrees" not in codes(read_site("106.76,21.85", area_certificate_m2=5))


HEADINGS = {
    "units in a row of their own": "Điểm;X;Y\n;(m);(m)",
    "ordinate and abscissa": "Số hiệu;Tung độ (m);Hoành độ (m)",
    "letters and words": "TT mốc;Tung độ X;Hoành độ Y",
    "zone in the heading": "Số hiệu;Tọa độ VN-2000 KTT 107°15', múi 3°;\n;X (m);Y(m)",
    "zone, raised zero come down": "Số hiệu;Tọa độ VN2000 KTT 107015', múi chiếu 30;\n;X (m);Y(m)",
    "zone in decimals": "Kinh tuyến trục 107.25; múi 3 độ\nĐiểm;X;Y",
    "Lo": "Lo = 107°15', múi 3\nĐiểm;X;Y",
    "in .VnArial": "Sè hiÖu ®iÓm;To¹ ®é X (m);To¹ ®é Y (m)",
    "in VNI": "Soá hieäu ñieåm;Toïa ñoä X (m);Toïa ñoä Y (m)",
}


@pytest.mark.parametrize("heading", HEADINGS.values(), ids=HEADINGS)
def test_headings_as_offices_write_them(heading):
    site = read_site(f"{heading}\n{A}")
    assert same(site) and all(spelt(site))
    assert ("crs-of-table" in codes(site)) == ("107" in heading)


def test_words_are_believed_over_letters():
    east_first = "\n".join(f"{n};{x:.2f};{y:.2f}" for n, (x, y) in enumerate(RING, 1))
    assert same(read_site(f"Điểm;Hoành độ X;Tung độ Y\n{east_first}"))


def dms(value: float) -> str:
    minutes, seconds = divmod(round(value * 3600, 4), 60)
    return f"{int(minutes // 60)}°{int(minutes % 60):02d}'{seconds:07.4f}\""


@pytest.mark.parametrize(
    ("system", "title"), [("EPSG:4756", "Hệ VN-2000"), ("EPSG:4326", "Tọa độ WGS-84")]
)
def test_degrees_minutes_and_seconds(system, title):
    ring = [(106.75, 21.85), (106.751, 21.85), (106.751, 21.849), (106.75, 21.849)]
    rows = "\n".join(f"{n};{dms(x)};{dms(y)}" for n, (x, y) in enumerate(ring, 1))
    site = read_site(f"{title}\nĐiểm;Kinh độ;Vĩ độ\n{rows}")
    stated = read_site(f"Điểm;Kinh độ;Vĩ độ\n{rows}", crs=system)
    assert site.crs_found == system and site.geometry.equals(stated.geometry)
    plain = read_site(shapely.Polygon(ring).wkt, crs=system)
    assert site.geometry.symmetric_difference(plain.geometry).area < 1
    with pytest.raises(SiteError, match="in degrees, not metres: state a CRS in degrees"):
        read_site(f"Điểm;Kinh độ;Vĩ độ\n{rows}")


def test_a_point_in_minutes_and_seconds():
    plain = read_site("106.758472,21.85")
    for text in (
        "106°45'30.5\", 21°51'00\"",
        "21°51'00\"N 106°45'30.5\"E",
        "21°51'B; 106°45'30.5''Đ",
    ):
        site = read_site(text)
        assert site.geometry.distance(plain.geometry) < 0.1 and "datum-point" in codes(site)


def test_lengths_are_checked_wherever_they_stand():
    between = "Điểm;X;Y;S (m)\n" + "\n".join(f"{row};\n;;;100,00" for row in A.splitlines())
    row = next(r for r in read_site(between).log if r["code"] == "site.edges-agree")
    assert row["count"] == 4
    ending = [f"{row};{'' if n == 0 else '100.0'}" for n, row in enumerate(A.splitlines())]
    closing = f"{A.splitlines()[0]};100.0"
    text = "\n".join(["Điểm;X;Y;Cạnh", *ending, closing])
    assert next(r for r in read_site(text).log if r["code"] == "site.edges-agree")["count"] == 4
    wrong = text.replace(closing, closing.replace("100.0", "120.0"))
    with pytest.raises(SiteError, match=r"1 of 4 edge lengths differ .*: 4–1: 120.00 ≠ 100.00"):
        read_site(wrong)
    assert "edges-told" in codes(read_site(wrong, repair=True))


def test_swapped_tables_are_read_when_the_order_is_stated():
    swapped = lines([(y, x) for x, y in RING])
    with pytest.raises(SiteError, match=r"--order easting,northing"):
        read_site(swapped)
    site = read_site(swapped, order="easting,northing")
    assert same(site) and "order-stated" in codes(site)
    with pytest.raises(SiteError, match=r"--order northing,easting"):
        read_site(lines(), order="easting,northing")
    with pytest.raises(SiteError, match="expected one of northing,easting"):
        read_site(lines(), order="yx")


@pytest.mark.parametrize("code", [9214, 9216, 3405, 5897, 32648])
def test_another_zone_is_read_when_it_is_stated(code):
    way = pyproj.Transformer.from_crs(9215, code, always_xy=True)
    if code == 32648:  # across the datums lsgis has its own operation
        ring = [(648000.5, 2417040.5), (648100.5, 2417040.5), (648100.5, 2416940.5)]
        site = read_site(lines(ring), crs="EPSG:32648")
        assert site.operation and site.geometry.area == pytest.approx(5000, rel=0.002)
        return
    moved = [way.transform(*corner) for corner in RING]
    site = read_site(lines(moved, pattern="{n}\t{x:.4f}\t{y:.4f}"), crs=f"EPSG:{code}")
    assert same(site) and site.crs_found == f"EPSG:{code}" and site.operation == ""


def test_degrees_are_read_when_they_are_stated():
    way = pyproj.Transformer.from_crs(9215, 4756, always_xy=True)
    degrees = [way.transform(*corner) for corner in RING]
    for heading, rows in (
        ("Điểm;Vĩ độ;Kinh độ", [(y, x) for x, y in degrees]),
        ("Điểm;X;Y", [(y, x) for x, y in degrees]),
        ("Điểm;X;Y", degrees),
    ):
        text = table(*(f"{n};{a:.9f};{b:.9f}" for n, (a, b) in enumerate(rows)), heading=heading)
        assert same(read_site(text, crs="EPSG:4756"))
    with pytest.raises(SiteError, match="is no latitude and longitude"):
        read_site(table(*GOOD), crs="EPSG:4756")


def placed(code: int, ring=RING) -> str:
    """WKT of a ring of EPSG:9215 as its numbers are in another system."""
    way = pyproj.Transformer.from_crs(9215, code, always_xy=True)
    return shapely.Polygon([way.transform(*corner) for corner in ring]).wkt


@pytest.mark.parametrize(
    ("wkt", "crs", "found"),
    [
        pytest.param(
            placed(9215), "EPSG:32648", r"EPSG:9215 \(VN-2000 / TM-3 107-15; 107°15′: Lạng Sơn\)",
            id="TM-3 numbers under UTM",
        ),
        pytest.param(
            placed(3405), "EPSG:9215", "another zone: .*EPSG:3405", id="UTM numbers under TM-3"
        ),
        pytest.param(
            placed(9214, [(x + 55_000, y) for x, y in RING]), "EPSG:9215",
            r"EPSG:9214 \(VN-2000 / TM-3 107-00; 107°00′: Bắc Giang, Thừa Thiên-Huế\)",
            id="the neighbouring zone",
        ),
    ],
)  # fmt: skip
def test_a_file_in_another_zone_is_named(wkt, crs, found):
    with pytest.raises(SiteError, match=found) as refusal:
        read_site(wkt, crs=crs)
    assert "state --crs" in str(refusal.value) and "the source states" not in str(refusal.value)


def test_zones_are_known_by_their_provinces():
    for code, (meridian, provinces) in read_zones().items():
        crs = pyproj.CRS.from_epsg(code)
        degrees, minutes = meridian.rstrip("′").split("°")
        assert zone_meridian(crs) == pytest.approx(int(degrees) + int(minutes) / 60)
        assert all(fold(name) in fold(crs.area_of_use.name) for name in provinces)
        assert provinces or "zone" in crs.name
    assert set(ZONES) - set(read_zones()) == {3405, 3406}


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:32648"])
def test_wgs_84_is_told_for_numbers_cannot_prove_it(crs):
    site = read_site(shapely.to_wkt(shapely.transform(
        LONLAT, lambda xy: np.column_stack(pyproj.Transformer.from_crs(
            4326, crs, always_xy=True).transform(*xy.T)))), crs=crs)  # fmt: skip
    row = next(row for row in site.log if row["code"] == "site.datum-stated-caller")
    assert 215 < row["shift_m"] < 235 and row["crs"] == crs
    assert "datum-stated" not in codes(read_site(SQUARE.wkt, crs="EPSG:9215"))


def named_toy():
    """The toy province: two communes side by side, the line between them at easting 450000."""
    index = toy_index({})
    rows = dict(index.store.rows)
    names = ("Đông Kinh", "Hữu Lũng")
    rows["commune"] = [
        replace(row, name_vi=n) for row, n in zip(rows["commune"], names, strict=True)
    ]
    return replace(index, store=MemoryStore(rows, index.store.shelves))


@pytest.mark.parametrize(
    ("east", "crs", "commune", "code", "values"),
    [
        pytest.param(460_000, "EPSG:9215", "xã Hữu Lũng", "place-agrees", "", id="inside"),
        pytest.param(449_950, "EPSG:9215", "Hữu Lũng", "place-near", "", id="at the border"),
        pytest.param(440_000, "EPSG:9215", "Hưu Lũng", "place-unknown", "Hữu Lũng", id="misspelt"),
        pytest.param(
            440_000, "EPSG:9215", "Hữu Lũng", "place-elsewhere", "107°30′: Kon Tum", id="zone"
        ),
        pytest.param(449_800, "EPSG:4326", "Hữu Lũng", "place-elsewhere", "EPSG:4756", id="datum"),
        pytest.param(460_000, "EPSG:4326", "Hữu Lũng", "place-open", "EPSG:4756", id="open"),
        pytest.param(
            432_000, "EPSG:4326", "Hữu Lũng", "place-differs", "", id="nothing brings it there"
        ),
    ],
)
def test_a_named_commune_shows_a_wrong_zone_or_datum(east, crs, commune, code, values):
    corner = shapely.box(east, 2_420_000, east + 20, 2_420_020)
    numbers = move_geometries([corner], VN2000, pyproj.CRS(crs))[0]
    index = named_toy()
    site = read_site(numbers.wkt, crs=crs, accuracy_m=60)
    told = compare_place(site, index, commune=commune)
    assert f"site.{code}" in [row["code"] for row in told.log] and all(spelt(told))
    row = next(row for row in told.log if row["code"] == f"site.{code}")
    assert values in str(row.get("readings") or row.get("near") or "")
    assert told.geometry is site.geometry
    assert compare_place(site, index) == site


KIND = st.sampled_from(
    ("", "xã ", "Xã ", "PHƯỜNG ", "phường ", "thị trấn ", "Đặc khu ", "P. ", "P.", "x. ", "TT. ")
)
FORM = st.sampled_from(("NFC", "NFD"))


@given(KIND, st.sampled_from(("Đông Kinh", "Hữu Lũng")), FORM, st.sampled_from((str, str.upper)))
@settings(deadline=None)
def test_a_named_commune_is_known_by_any_kind(kind, name, form, case):
    site = read_site(f"{N0}; {E0}")
    told = compare_place(site, named_toy(), commune=unicodedata.normalize(form, case(kind + name)))
    [found] = [row for row in told.log if str(row["code"]).startswith("site.place-")]
    assert found["code"] != "site.place-unknown" and found["commune"] == name


@given(KIND, st.sampled_from(("Đông Kinh", "Hữu Lũng")))
@settings(deadline=None)
def test_a_commune_without_diacritics_is_only_suggested(kind, name):
    site = read_site(f"{N0}; {E0}")
    for written in (fold(kind + name), fold(name).title()):
        [found] = compare_place(site, named_toy(), commune=written).log[len(site.log) :]
        assert (found["code"], found["near"]) == ("site.place-unknown", name)


def test_the_commune_a_table_names_is_found():
    title = "Khu đất tại xã Hữu Lũng, tỉnh Lạng Sơn"
    site = read_site(f"{title}\nĐiểm;X;Y\n{A}")
    row = next(row for row in site.log if row["code"] == "site.place-named")
    assert row["found"] == "Hữu Lũng"
    assert "place-agrees" in codes(compare_place(site, named_toy()))


def test_the_zones_are_all_of_vn2000():
    listed = query_crs_info(auth_name="EPSG", pj_types=["PROJECTED_CRS"])
    assert {int(row.code) for row in listed if row.name.startswith("VN-2000")} == {*ZONES}


def test_neighbouring_zones_are_about_26_km_away():
    west = (E0 + 26_000, N0, E0 + 26_100, N0 + 100)
    assert [crs.to_epsg() for crs in zones_that_fit(west, read_region())][:2] == [9214, 9216]


@pytest.mark.parametrize(
    ("text", "lonlat", "accuracy_m"),
    [
        ("106.76,21.85", (106.76, 21.85), 787.1),
        ("106.760000, 21.850000", (106.76, 21.85), 10),
        ("106,760000 21,850000", (106.76, 21.85), 10),
        ("106,760000; 21,850000", (106.76, 21.85), 10),
        (" 106.760000\t21.850000\n", (106.76, 21.85), 10),
    ],
)
def test_points(text, lonlat, accuracy_m):
    site = read_site(text)
    assert (site.kind, site.crs_found) == ("point", "EPSG:4326") and site.operation
    assert site.accuracy_m == pytest.approx(accuracy_m, rel=0.001)
    way = pyproj.Transformer.from_crs(9215, 4756, always_xy=True)
    assert way.transform(site.geometry.x, site.geometry.y) == pytest.approx(lonlat, abs=0.003)
    assert read_site(text, accuracy_m=0).accuracy_m == 0 and all(spelt(site))


def test_points_in_metres_are_written_as_in_a_table():
    site = read_site("2417140,52 452310,21")
    assert site.geometry.equals(shapely.Point(452310.21, 2417140.52))
    assert "crs-default" in codes(site)
    with pytest.raises(SiteError, match=r"--order easting,northing"):
        read_site("452310.21, 2417140.52")
    other = read_site("452310.21, 2417140.52", order="easting,northing", crs="EPSG:9215")
    assert other.geometry.equals(site.geometry) and "crs-default" not in codes(other)


@pytest.mark.parametrize(
    ("text", "options", "found"),
    [
        ("21.85,106.76", {}, "latitude first: expected longitude first"),
        ("2.35,48.85", {}, "do not lie in Viet Nam"),
        ("200.5,300.5", {}, "do not lie in Viet Nam"),
        ("0,0", {}, "do not lie in Viet Nam"),
        ("106.76,21.85", {"crs": "EPSG:9215"}, "look like degrees .* counts in metres"),
        ("2417140 452310", {"crs": "EPSG:4326"}, "is no latitude and longitude"),
        ("2417140 582310", {}, "would lie inside it in another zone"),
        ("1e5,1e6", {}, "cannot understand the site"),
        ("", {}, "no site"),
        ("  \n ", {}, "no site"),
        ("Khu công nghiệp", {}, "cannot understand the site"),
        ("no/such.gpkg", {}, "no such file: 'no/such.gpkg'"),
        ("Polygon (1).shp", {}, "no such file"),
        ("khu đất.xlsx", {}, "no such file"),
        ("https://example.org/a.geojson", {}, "no such file"),
        (Path("POINT"), {}, "no such file: 'POINT'"),
        ("a\0b.shp", {}, "no such file"),
        ("106.76,21.85", {"accuracy_m": -1}, "must be a number of metres"),
        ("106.76,21.85", {"accuracy_m": math.nan}, "must be a number of metres"),
        ("106.76,21.85", {"accuracy_m": "a"}, "must be a number of metres"),
        ("106.76,21.85", {"area_certificate_m2": 0}, "must be a number of m²"),
    ],
)
def test_sources_refused(text, options, found):
    with pytest.raises(SiteError, match=found):
        read_site(text, **options)


def test_wkt():
    site = read_site(SQUARE.wkt, crs="EPSG:9215")
    assert same(site) and site.input["kind"] == "wkt" and site.accuracy_m == 10
    assert same(read_site(f"SRID=9215;{SQUARE.wkt}"))
    assert read_site("LINESTRING (452000 2417000, 452100 2417000)", crs=VN2000).kind == "line"
    assert read_site("SRID=4326;MULTIPOINT ((106.7 21.8), (106.8 21.8))").kind == "point"
    raised = shapely.force_3d(SQUARE, 300)
    flat = read_site(shapely.to_wkt(raised, output_dimension=3), crs="EPSG:9215")
    assert same(flat) and not flat.geometry.has_z and "flattened" in codes(flat)


@pytest.mark.parametrize(
    ("text", "crs", "error", "found"),
    [
        (SQUARE.wkt, None, SiteError, "states no coordinate reference system"),
        (f"SRID=9214;{SQUARE.wkt}", "EPSG:9215", CrsError, "states the CRS EPSG:9214"),
        (f"SRID=1;{SQUARE.wkt}", None, CrsError, "EPSG:1"),
        (SQUARE.wkt, "Lạng Sơn", CrsError, "cannot read the CRS"),
        ("POLYGON ((1 2, 3))", "EPSG:9215", SiteError, "cannot read the WKT"),
        ("POLYGON EMPTY", "EPSG:9215", SiteError, "the site is empty"),
        ("POINT (nan nan)", "EPSG:9215", SiteError, "empty|no finite"),
        ("LINESTRING (452000 inf, 1 1)", "EPSG:9215", SiteError, "no finite|cannot read"),
        ("POINT (2417000 452000)", "EPSG:9215", SiteError, "have northing first"),
        ("POINT (21.8 106.7)", "EPSG:4326", SiteError, "latitude first"),
        ("POINT (106.7 21.8)", "EPSG:9215", SiteError, "look like degrees .*, but EPSG:9215"),
        ("POINT (452000 2417000)", "EPSG:4326", SiteError, "are metres, but EPSG:4326"),
        ("POINT (500000 5000000)", "EPSG:9215", SiteError, "do not lie in Viet Nam"),
        (
            f"GEOMETRYCOLLECTION (POINT ({E0} {N0}), LINESTRING ({E0} {N0}, 452100 2417000))",
            "EPSG:9215",
            SiteError,
            r"mixes kinds of geometry \(point 1, line 1\)",
        ),
        (
            shapely.Polygon(RING[::2] + RING[1::2]).wkt,
            "EPSG:9215",
            SiteError,
            r"Self-intersection\[452360\.21\d* 2417090\.5",
        ),
    ],
)
def test_wkt_refused(text, crs, error, found):
    with pytest.raises(error, match=found):
        read_site(text, crs=crs)


def test_repair_only_on_request():
    bowtie = shapely.Polygon([RING[0], RING[2], RING[1], RING[3]])
    site = read_site(bowtie.wkt, crs="EPSG:9215", repair=True)
    row = next(row for row in site.log if row["code"] == "site.repaired")
    assert site.geometry.is_valid and site.geometry.area == pytest.approx(5000)
    assert (row["before_m2"], row["after_m2"]) == pytest.approx((0, 5000), abs=1e-3)
    assert same(read_site(table(*BOWTIE), repair=True), site.geometry)
    with pytest.raises(SiteError, match="cannot be repaired"):
        flat = "POLYGON ((452000 2417000, 452100 2417000, 452000 2417000, 452000 2417000))"
        read_site(flat, crs="EPSG:9215", repair=True)


def test_holes_and_parts_are_kept():
    hole = SQUARE.difference(SQUARE.buffer(-20))
    assert same(read_site(hole.wkt, crs="EPSG:9215"), hole)
    two = shapely.MultiPolygon([SQUARE, shapely.transform(SQUARE, lambda xy: xy + 500)])
    assert same(read_site(two.wkt, crs="EPSG:9215"), two)


def collection(*shapes, **more) -> str:
    features = [
        {
            "type": "Feature",
            "properties": {},
            "geometry": shapely.geometry.mapping(s) if s else None,
        }
        for s in shapes
    ]
    return json.dumps({"type": "FeatureCollection", "features": features, **more})


LONLAT = shapely.box(106.7, 21.8, 106.701, 21.801)


def write(path: Path, text: str, *, encoding: str = "utf-8") -> Path:
    path.write_text(text, encoding=encoding)
    return path


def test_geojson_as_gdal_reads_it(tmp_path):
    path = write(tmp_path / "a.geojson", collection(LONLAT), encoding="utf-8-sig")
    fast = read_site(path)
    (tmp_path / "a.geojsonl").write_text(
        json.dumps(json.loads(collection(LONLAT))["features"][0]), encoding="utf-8"
    )
    slow = read_site(tmp_path / "a.geojsonl")
    assert fast.geometry.equals(slow.geometry) and fast.crs_found == slow.crs_found == "EPSG:4326"
    assert fast.operation == slow.operation != "" and fast.name == "a"


def test_features_become_one_site(tmp_path):
    near = shapely.transform(LONLAT, lambda xy: np.add(xy, (0.0005, 0)))
    path = write(tmp_path / "a.json", collection(LONLAT, near, None))
    site = read_site(path)
    assert site.geometry.geom_type == "Polygon"
    row = next(row for row in site.log if row["code"] == "site.united")
    assert (row["count"], row["parts"]) == (2, 1)
    assert row["overlap_m2"] == pytest.approx(site.geometry.area / 3, rel=0.01)
    assert {"without-geometry", "united"} <= {*codes(site)} and all(spelt(site))


def test_the_crs_a_geojson_states(tmp_path):
    named = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::9215"}}
    path = write(tmp_path / "a.geojson", collection(SQUARE, crs=named))
    assert same(read_site(path)) and same(read_site(path, crs="EPSG:9215"))
    with pytest.raises(CrsError, match="the site states the CRS EPSG:9215"):
        read_site(path, crs="EPSG:9214")
    crs84 = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    assert read_site(write(path, collection(LONLAT, crs=crs84))).crs_found == "EPSG:4326"
    write(path, collection(SQUARE))
    with pytest.raises(SiteError, match="are metres, but EPSG:4326 counts in degrees"):
        read_site(path)
    site = read_site(path, crs="EPSG:9215")
    assert same(site) and "crs-of-caller" in codes(site)
    with pytest.raises(CrsError, match="the site states the CRS EPSG:4326"):
        read_site(write(path, collection(LONLAT)), crs="EPSG:9215")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"type": ', r"found: JSON: Expecting value, line 1, column 10"),
        ("[1, 2]", "found: list"),
        ("[" * 100_000, "cannot read a.geojson"),
        (collection(), "holds no geometry"),
        (collection(None), "holds no geometry"),
        ('{"type": "FeatureCollection", "features": 1}', "found: features"),
        ('{"type": "Point", "coordinates": ["a", 1]}', r"feature number 1 \("),
        ('{"type": "Polygon", "coordinates": [[[106, 21], [106.1, 21]]]}', "feature number 1"),
        ('{"type": "Point", "coordinates": [NaN, 1]}', "feature number 1|no finite"),
        ('{"type": "Point", "coordinates": [1e999, 1]}', "feature number 1|no finite"),
        ('{"type": "FeatureCollection", "features": [1]}', "feature number 1"),
        ('{"type": "Point", "coordinates": [21.8, 106.7]}', "latitude first"),
    ],
)
def test_geojson_refused(tmp_path, text, found):
    with pytest.raises(SiteError, match=found):
        read_site(write(tmp_path / "a.geojson", text))


def test_json_of_another_kind_is_left_to_gdal(tmp_path):
    ring = [[x, y] for x, y in [*RING, RING[0]]]
    esri = {
        "geometryType": "esriGeometryPolygon",
        "spatialReference": {"wkid": 9215},
        "fields": [{"name": "n", "type": "esriFieldTypeInteger"}],
        "features": [{"attributes": {"n": 1}, "geometry": {"rings": [ring]}}],
    }
    assert same(read_site(write(tmp_path / "a.json", json.dumps(esri))))
    with pytest.raises(LayerError, match="cannot read"):
        read_site(write(tmp_path / "b.json", '{"type": "Table"}'))


def test_files_gdal_reads(tmp_path):
    import geopandas as gpd

    frame = gpd.GeoDataFrame({"n": ["a", "b"]}, geometry=[SQUARE, LONLAT.buffer(0)], crs=9215)
    frame.iloc[:1].to_file(tmp_path / "a.gpkg", layer="one")
    assert same(read_site(tmp_path / "a.gpkg"))
    frame.iloc[:1].to_file(tmp_path / "a.gpkg", layer="two")
    with pytest.raises(LayerError, match="holds several layers: one, two"):
        read_site(tmp_path / "a.gpkg")
    assert same(read_site(tmp_path / "a.gpkg", layer="two"))
    frame.iloc[:1].to_file(tmp_path / "b.shp")
    site = read_site(tmp_path / "b.shp")
    (tmp_path / "b.dbf").write_bytes((tmp_path / "b.dbf").read_bytes() + b" ")
    assert site.input["sha256"] != read_site(tmp_path / "b.shp").input["sha256"]
    (tmp_path / "b.prj").unlink()
    with pytest.raises(CrsError, match="no coordinate reference system"):
        read_site(tmp_path / "b.shp")
    assert same(read_site(tmp_path / "b.shp", crs="EPSG:9215"))


@pytest.mark.parametrize("step", [0.01, 1, 10])
def test_no_better_than_it_is_written(step):
    ring = [(round(x / step) * step, round(y / step) * step) for x, y in RING]
    site = read_site(table(*(f"{n};{y:.12g};{x:.12g}" for n, (x, y) in enumerate(ring, 1))))
    assert site.accuracy_m == pytest.approx(max(0.5, min(step, 1) * math.sqrt(0.5)))


def test_names_are_plain_text():
    site = read_site("106.76,21.85", name=" <b>Khu\u202e\x07 A</b>\n=1+1 ")
    assert site.name == "<b>Khu A</b> =1+1"
    assert plain_text("a\ud800b") == "a b" and len(plain_text("x" * 999)) == 200


def test_the_same_input_gives_the_same_site():
    first, again = read_site(OFFICE["certificate"]), read_site(OFFICE["certificate"])
    assert first == again
    assert first.input["sha256"] != read_site(OFFICE["no heading"]).input["sha256"]


def test_a_hundred_thousand_vertices(tmp_path):
    angle = np.linspace(0, 2 * np.pi, 100_000, endpoint=False)
    ring = np.column_stack([E0 + 9000 * np.cos(angle), N0 + 9000 * np.sin(angle)])
    rows = [f"{n};{y:.3f};{x:.3f}" for n, (x, y) in enumerate(ring, 1)]
    site = read_site(write(tmp_path / "a.csv", table(*rows)))
    assert same(site, shapely.Polygon(ring), within=0.002)
    assert same(read_site(shapely.Polygon(ring).wkt, crs="EPSG:9215"), shapely.Polygon(ring))
    crossed = table(*rows[:10], rows[50_000], *rows[10:50_000], *rows[50_001:])
    with pytest.raises(SiteError, match="crosses itself"):
        read_site(write(tmp_path / "b.csv", crossed))
    many = shapely.linestrings(np.resize(ring, (MOST_VERTICES + 1, 2)))
    with pytest.raises(SiteError, match="has 200001 vertices"):
        read_site(many.wkt, crs="EPSG:9215")


FORMATS = {
    "tabs": lambda n, x, y: f"{n}\t{x:.3f}\t{y:.3f}",
    "commas": lambda n, x, y: f"{n},{x:.3f},{y:.3f}",
    "semicolons, decimal comma": lambda n, x, y: f"M{n};{comma(x, 3)};{comma(y, 3)}",
    "dots for thousands": lambda n, x, y: f"{n};{grouped(x, '.', ',')};{grouped(y, '.', ',')}",
    "blanks for thousands": lambda n, x, y: f"{n};{grouped(x, ' ', ',')};{grouped(y, ' ', ',')}",
    "blanks everywhere": lambda n, x, y: f"{n} {grouped(x, ' ', '.')} {grouped(y, ' ', '.')}",
    "English": lambda n, x, y: f"{n}\t{grouped(x, ',', '.')}\t{grouped(y, ',', '.')}",
    "blanks": lambda n, x, y: f"{n}   {x:.3f}   {comma(y, 3)}".replace(",", "."),
    "bars": lambda n, x, y: f"| {n} | {x:.3f} | {y:.3f} |",
}


@given(
    st.lists(st.floats(1, 900), min_size=3, max_size=40),
    st.floats(395_000, 500_000),
    st.floats(2_365_000, 2_480_000),
    st.sampled_from(sorted(FORMATS)),
    st.booleans(),
    st.booleans(),
)
@settings(max_examples=200, deadline=None)
def test_a_polygon_comes_back(radii, east, north, form, heading, closed):
    angle = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    ring = np.column_stack([np.cos(angle), np.sin(angle)]) * np.array(radii)[:, None]
    ring = np.round(np.add(ring, (east, north)), 3)
    polygon = shapely.Polygon(ring)
    rows = [FORMATS[form](n, y, x) for n, (x, y) in enumerate(ring, 1)]
    rows += rows[:1] * closed
    mark = next((m for m in ";\t,|" if m in rows[0]), " ")
    head = [mark.join(["| Điểm" if mark == "|" else "Điểm", "X", "Y"])] * heading
    if not polygon.is_valid or polygon.area == 0 or len({*map(tuple, ring)}) < len(ring):
        return
    assert same(read_site("\n".join([*head, *rows])), polygon)


@given(
    st.floats(1e5, 2.6e6),
    st.sampled_from([("", "."), ("", ","), (".", ","), (",", "."), (" ", ","), ("'", ".")]),
)
@settings(max_examples=200, deadline=None)
def test_a_number_comes_back(value, marks):
    text = grouped(value, *marks)
    assert learn_marks([text]).choose(read_cell(text)).value == pytest.approx(value, abs=0.0006)


@given(st.text(max_size=300))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_only_our_own_errors_come_out(text):
    try:
        read_site(text)
    except LsgisError as error:
        assert error.message("vi")


CELL = st.one_of(
    st.floats(),
    st.integers(),
    st.sampled_from(["X", "Y", "Điểm", "", "nan", "1", "M1", "Cạnh"]),
    st.floats(2_365_000, 2_480_000),
    st.floats(395_000, 500_000),
    st.text(max_size=6),
)


@given(st.lists(st.lists(CELL, max_size=5), min_size=2, max_size=8), st.sampled_from("\t;, "))
@settings(max_examples=400, deadline=None)
def test_odd_tables_give_only_our_own_errors(rows, mark):
    try:
        site = read_site("\n".join(mark.join(map(str, row)) for row in rows))
    except LsgisError as error:
        assert error.message("vi")
    else:
        assert site.geometry.is_valid and not site.geometry.is_empty


def test_every_text_is_used_and_every_code_has_a_text():
    room = Path(read_site.__code__.co_filename).parent
    beside = ["sitecheck/declared.py", "intake/vector.py", "crs.py"]
    files = [*room.rglob("*.py"), *(room.parent / name for name in beside)]
    source = "\n".join(file.read_text(encoding="utf-8") for file in files)
    texts = {code.removeprefix("site.") for code in read_texts() if code.startswith("site.")}
    raised = {*re.findall(r'"site\.([a-z-]+)"', source)}
    assert raised <= texts
    assert {code for code in texts - raised if f'"{code}"' not in source} == set()


FAST = """
import sys
from lsgis.sitefile.reader import read_site
for source in sys.argv[1:]:
    read_site(source)
heavy = {"pandas", "geopandas", "pyogrio", "fiona", "openpyxl", "folium", "requests", "pooch"}
print(sorted(heavy & {*sys.modules}))
"""


def test_a_quick_question_brings_in_no_frames(tmp_path):
    path = write(tmp_path / "a.geojson", collection(LONLAT))
    sources = ["106.76,21.85", f"SRID=9215;{SQUARE.wkt}", OFFICE["certificate"], str(path)]
    sources += [SEVERAL["titles"][2], HEADINGS["in .VnArial"] + "\n" + A]
    command = [sys.executable, "-c", FAST, *sources]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("source", "told"),
    [
        pytest.param("21.85,106.76", "21.85, 106.76", id="latitude first"),
        pytest.param("0.5,0.25", "0.5, 0.25", id="abroad"),
    ],
)
def test_a_refused_point_tells_its_numbers_once(source, told):
    with pytest.raises(SiteError) as refused:
        read_site(source)
    assert refused.value.message("en").count(told) == 1
