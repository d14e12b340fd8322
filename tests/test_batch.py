"""Many sites at once: a row each, errors told, a broken-off run taken up where it stopped."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
import xlsxwriter
from toysite import EAST, NORTH, Zone, square, toy_index

from lsgis.errors import OutputError, SiteError
from lsgis.sitecheck import check_sites, write_index
from lsgis.sitecheck.batch_table import read_requests
from lsgis.sitecheck.declared import PLACES
from lsgis.source import read_plan
from lsgis.text import LANGUAGES, read_texts, say

openpyxl = pytest.importorskip("openpyxl")
ON = date(2026, 11, 22)
HALF = square(50, 0, 400, 100)  # covers the eastern half of the first site
SITES = [  # name, where, state of the wetland
    ("half in it", square(0, 0, 100, 100).wkt, "affected"),
    ("far", square(3000, 0, 3100, 100).wkt, "not_affected"),
    ("beside", square(405, 0, 500, 100).wkt, "possible"),
]


@pytest.fixture(scope="module")
def index():
    return toy_index({"wetland": [Zone(HALF, 10)]})


def write_xlsx(path: Path, rows, heading=("Tên dự án", "Địa điểm", "Hệ toạ độ", "Sai số (m)")):
    with xlsxwriter.Workbook(
        path, {"strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        sheet = book.add_worksheet()
        for n, row in enumerate([("Danh sách dự án",), heading, *rows]):
            for m, cell in enumerate(row):
                sheet.write(n, m, cell)
    return path


def rows_of(path: Path):
    with (path / "sites.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def run(table, index, out, **options):
    # one process is enough here; tests/test_batch_process.py has the other
    options = {"on": ON, "complete": ["wetland"], "time_limit_s": None, **options}
    return check_sites(table, index, out=out, **options)


def good(n=3):
    return [(name, wkt, "EPSG:9215", 1) for name, wkt, _ in SITES[:n]]


def test_a_row_of_verdicts_each(index, tmp_path):
    table = write_xlsx(tmp_path / "sites.xlsx", good())
    found = run(table, index, tmp_path / "out")
    assert (found.checked, found.failed, found.resumed) == (3, 0, 0)
    rows = rows_of(tmp_path / "out")
    assert [row["name"] for row in rows] == [name for name, *_ in SITES]
    assert [row["wetland"] for row in rows] == [state for *_, state in SITES]
    assert [row["worst"] for row in rows] == ["affected", "no_data", "possible"]
    assert len({row["id"] for row in rows}) == 3
    book = openpyxl.load_workbook(tmp_path / "out" / "sites.xlsx").active
    assert [book.cell(n, 2).value for n in (2, 3, 4)] == [name for name, *_ in SITES]
    titles = [cell.value for cell in book[1]]
    assert "Vùng đất ngập nước quan trọng" in titles
    assert book.cell(2, titles.index("Vùng đất ngập nước quan trọng") + 1).value == "Chịu ảnh hưởng"


BAD = [
    pytest.param(("x", "abc", "EPSG:9215"), "no place", id="no place"),
    pytest.param(("x", "", "EPSG:9215"), "no place", id="nothing"),
    pytest.param(("x", "/etc/passwd", ""), "no place", id="another file"),
    pytest.param(("x", "../plan.gpkg", ""), "no place", id="a path"),
    pytest.param(("x", SITES[0][1], ""), "coordinate reference system", id="no CRS"),
    pytest.param(("x", SITES[0][1], "EPSG:0"), "EPSG:0", id="unknown CRS"),
    pytest.param(("x", SITES[0][1], "EPSG:9215", "near"), "near", id="accuracy in words"),
    pytest.param(("x", "POLYGON((450000 2420000,450009 2420009,450009 2420000,450000 2420009,"
                  "450000 2420000))", "EPSG:9215"), "self-intersection|crosses",
                 id="crossing itself"),
    pytest.param(("x", "POINT (nan nan)", "EPSG:9215"), "no finite numbers", id="NaN"),
    pytest.param(("x", square(30_000, 0, 30_100, 100).wkt, "EPSG:9215"), "outside", id="abroad"),
]  # fmt: skip


@pytest.mark.parametrize(("bad", "said"), BAD)
def test_a_bad_row_is_an_error_row_and_stops_nothing(index, tmp_path, bad, said):
    table = write_xlsx(tmp_path / "sites.xlsx", [good()[0], bad, good()[2]])
    found = run(table, index, tmp_path / "out", lang="en")
    assert (found.checked, found.failed) == (2, 1)
    rows = rows_of(tmp_path / "out")
    assert [row["worst"] for row in rows] == ["affected", "error", "possible"]
    assert [bool(row["error"]) for row in rows] == [False, True, False]
    assert any(word.lower() in rows[1]["error"].lower() for word in said.split("|"))
    assert all(row["wetland"] for row in rows if row["worst"] != "error")


def test_text_never_becomes_a_formula(index, tmp_path):
    hostile = ["=1+1", "+1", "-1", "@SUM(A1)", "<script>", "=HYPERLINK(1)"]
    table = write_xlsx(tmp_path / "sites.xlsx", [(name, *good()[0][1:]) for name in hostile])
    run(table, index, tmp_path / "out")
    assert [row["name"].removeprefix("'") for row in rows_of(tmp_path / "out")] == hostile
    assert not [row for row in rows_of(tmp_path / "out") if row["name"].startswith(tuple("=+-@"))]
    book = openpyxl.load_workbook(tmp_path / "out" / "sites.xlsx").active
    cells = [book.cell(n + 2, 2) for n in range(len(hostile))]
    assert [cell.value for cell in cells] == hostile
    assert {cell.data_type for cell in cells} == {"s"}


@pytest.mark.parametrize(
    ("heading", "row"),
    [
        pytest.param(("name", "lon", "lat"), ("a", 106.77, 21.88), id="degrees"),
        pytest.param(("STT", "Tên", "Kinh độ", "Vĩ độ"), (1, "a", "106,77", "21,88"),
                     id="decimal comma"),
        pytest.param(("Tên", "X (m)", "Y (m)", "Xã"), ("a", NORTH, EAST + 9, "00002"),
                     id="X is north"),
        pytest.param(("site",), ("106.77,21.88",), id="one cell"),
    ],
)  # fmt: skip
def test_where_the_sites_are(index, tmp_path, heading, row):
    table = write_xlsx(tmp_path / "sites.xlsx", [row], heading)
    found = run(table, index, tmp_path / "out", accuracy_m=5.0)
    assert (found.checked, found.failed) == (1, 0), found.rows
    assert found.rows[0]["kind"] == "point"


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_csv(index, tmp_path, mark):
    path = tmp_path / "sites.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=mark)
        writer.writerows([("name", "wkt", "crs", "accuracy_m"), *good()])
    found = run(path, index, tmp_path / "out")
    assert [row["states"]["wetland"] for row in found.rows] == [state for *_, state in SITES]


@pytest.mark.parametrize("crs", [9215, 4326])
def test_features_of_a_file(index, tmp_path, crs):
    shapes = [shapely.from_wkt(wkt) for _, wkt, _ in SITES]
    columns = {"ten": [name for name, *_ in SITES], "accuracy_m": [1.0, 1.0, 1.0]}
    frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=9215).to_crs(crs)
    frame.to_file(tmp_path / "sites.gpkg")
    found = run(tmp_path / "sites.gpkg", index, tmp_path / "out")
    assert [row["name"] for row in found.rows] == columns["ten"]
    assert [row["states"]["wetland"] for row in found.rows] == [state for *_, state in SITES]
    assert [row["area_m2"] for row in found.rows] == pytest.approx(
        [s.area for s in shapes], rel=1e-6
    )


COMMUNES = [  # what the papers name, whose site lies in the eastern commune, 00002
    pytest.param("00002", "agrees", "00002", id="its own"),
    pytest.param(2, "agrees", "00002", id="a code that a workbook took for a number"),
    pytest.param("00001", "near", "within the accuracy", id="the next one, at its border"),
    pytest.param("Hữu Lũng", "unknown", "Hữu Lũng", id="no such commune"),
    pytest.param("00001; 00002", "agrees", "00002", id="two, and it lies in one of them"),
    pytest.param("", "", "", id="none named"),
]


@pytest.mark.parametrize(("named", "place", "said"), COMMUNES)
@pytest.mark.parametrize("heading", ["xã", "Phường", "commune", "Xã/phường", "declared_commune"])
def test_the_commune_the_papers_name(index, tmp_path, heading, named, place, said):
    table = write_xlsx(
        tmp_path / "sites.xlsx", [(*good()[2][:3], named)], ("Tên", "WKT", "CRS", heading)
    )
    found = run(table, index, tmp_path / "out", accuracy_m=600.0, lang="en")
    (row,) = rows_of(tmp_path / "out")
    assert (found.rows[0]["place"], row["place"]) == (place, place)
    assert said in row["place_note"] and bool(row["place_note"]) == bool(place)
    told = openpyxl.load_workbook(tmp_path / "out" / "sites.xlsx").active
    titles = [cell.value for cell in told[1]]
    word = told.cell(2, titles.index("Commune the papers name") + 1).value
    assert word == (say(f"sitecheck.place-{place}", "en") if place else None)


def test_a_site_far_from_its_commune(index, tmp_path):
    table = write_xlsx(
        tmp_path / "sites.xlsx",
        [(*good()[1], name) for name in ("00001", "00002")] + [("x", "nowhere", "", 1, "00001")],
        ("Tên", "WKT", "CRS", "Sai số (m)", "Xã/phường"),
    )
    found = run(table, index, tmp_path / "out", assumed_accuracy_m=1.0)
    assert [row["place"] for row in found.rows] == ["differs", "agrees", None]
    assert "3,000 m" in found.rows[0]["place_en"] and "3.000 m" in found.rows[0]["place_vi"]
    assert "KHÔNG" in found.rows[0]["place_vi"]
    assert [row["states"].get("wetland") for row in found.rows] == ["not_affected"] * 2 + [None]
    assert not any(row["clear"] for row in found.rows)


def test_a_row_is_clear_only_where_its_place_is_no_question(index, tmp_path):
    """What exit code 0 rests on: every layer complete and far, and the papers agree."""
    layers = [name for name, card in index.layers.items() if card["restricts"]]
    listed = {name: read_plan().layers[name][index.layers[name]["key"]] for name in layers}
    zones = {
        n: [Zone(HALF, 1, key=key) for key in (*keys,) or ("1",)] for n, keys in listed.items()
    }
    whole = toy_index(zones)
    table = write_xlsx(
        tmp_path / "sites.xlsx",
        [(*good()[1], name) for name in ("00001", "00002", "")] + [(*good()[0], "")],
        ("Tên", "WKT", "CRS", "Sai số (m)", "Xã/phường"),
    )
    found = run(table, whole, tmp_path / "out", complete=layers, assumed_accuracy_m=1.0)
    assert [row["clear"] for row in found.rows] == [False, True, True, False]


def test_another_commune_is_another_question(index, tmp_path):
    heading = ("Tên", "WKT", "CRS", "Sai số (m)", "Xã")
    seen = []
    for name in ("00001", "00002", "00002"):
        table = write_xlsx(tmp_path / "sites.xlsx", [(*good()[1], name)], heading)
        found = run(table, index, tmp_path / "out")
        seen.append((found.resumed, found.rows[0]["place"]))
    assert seen == [(0, "differs"), (0, "agrees"), (1, "agrees")]


def test_every_place_has_words():
    for code in PLACES:
        for lang in LANGUAGES:
            assert say(code.replace("site.", "sitecheck."), lang)
    assert set(PLACES) == {code for code in read_texts() if code.startswith("site.place-")} - {
        "site.place-named"
    }


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        pytest.param("none.xlsx", None, "no file", id="no file"),
        pytest.param("sites.csv", "a,b\n1,2\n", "no heading", id="no heading"),
        pytest.param("sites.csv", "name,wkt\n", "no row", id="no row"),
        pytest.param("sites.xlsx", "no workbook", "workbook", id="no workbook"),
    ],
)
def test_a_table_that_says_nothing(index, tmp_path, name, content, match):
    if content is not None:
        (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(SiteError, match=match):
        run(tmp_path / name, index, tmp_path / "out")


def test_a_folder_nobody_can_write_to(index, tmp_path):
    (tmp_path / "out").write_text("a file")
    table = write_xlsx(tmp_path / "sites.xlsx", good())
    with pytest.raises(OutputError, match="cannot write the results"):
        run(table, index, tmp_path / "out")


# ---- interruption --------------------------------------------------------------------------


def test_nothing_is_checked_twice(index, tmp_path):
    table = write_xlsx(tmp_path / "sites.xlsx", good())
    seen = []

    def note(document, folder):
        seen.append(folder.name)

    first = run(table, index, tmp_path / "out", dossiers=note)

    def contents():
        found = (tmp_path / "out").iterdir()
        return {path.name: path.read_bytes() for path in found if path.is_file()}

    before = contents()
    again = run(table, index, tmp_path / "out", dossiers=note)
    assert (first.resumed, again.resumed, len(seen)) == (0, 3, 3)
    assert again.rows == first.rows
    assert before == contents()


@pytest.mark.parametrize("left", [1, 40, -30, -1])
def test_a_journal_cut_off_anywhere(index, tmp_path, left):
    table = write_xlsx(tmp_path / "sites.xlsx", good())
    whole = run(table, index, tmp_path / "out")
    journal = tmp_path / "out" / "journal.jsonl"
    journal.write_bytes(journal.read_bytes()[:left])
    again = run(table, index, tmp_path / "out")
    assert again.rows == whole.rows
    assert again.resumed == {1: 0, 40: 0, -30: 2, -1: 3}[left]
    lines = journal.read_text(encoding="utf-8").splitlines()
    keys = [json.loads(line)["key"] for line in lines if line.endswith("}}")]
    assert len(set(keys)) == len(keys) == 3


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"on": date(2026, 11, 23)}, id="day"),
        pytest.param({"type": "industrial"}, id="type"),
        pytest.param({"complete": []}, id="complete"),
    ],
)
def test_another_question_is_asked_again(index, tmp_path, change):
    table = write_xlsx(tmp_path / "sites.xlsx", good())
    run(table, index, tmp_path / "out")
    assert run(table, index, tmp_path / "out", **change).resumed == 0


def test_a_changed_row_is_asked_again(index, tmp_path):
    table = tmp_path / "sites.xlsx"
    run(write_xlsx(table, good()), index, tmp_path / "out")
    rows = good()
    rows[1] = ("moved", square(3000, 0, 3101, 100).wkt, "EPSG:9215", 1)
    again = run(write_xlsx(table, rows), index, tmp_path / "out")
    assert again.resumed == 2
    assert again.rows[1]["name"] == "moved"


def test_killed_half_way_and_run_again(index, tmp_path):
    """500 sites from one workbook: killed, run again; no site twice, none lost."""
    rng = np.random.default_rng(500)
    places = rng.uniform(-15_000, 15_000, (500, 2))
    rows = [
        (f"site {n}", square(x, y, x + 80, y + 60).wkt, "EPSG:9215", 1)
        for n, (x, y) in enumerate(places)
    ]
    write_xlsx(tmp_path / "sites.xlsx", rows)
    write_index(index, tmp_path / "index.sqlite")
    code = (
        "import sys, time; from datetime import date; from pathlib import Path\n"
        "from lsgis.sitecheck import check_sites, open_index\n"
        f"folder = Path({str(tmp_path)!r})\n"
        "index = open_index(folder / 'index.sqlite')\n"
        "def hold(items, **_):\n"  # until the process is killed, or told not to
        "    for n, item in enumerate(items):\n"
        "        if n == 400 and 'hold' in sys.argv: time.sleep(3600)\n"
        "        yield item\n"
        "options = {'out': folder / 'out', 'on': date(2026, 11, 22), 'progress': hold}\n"
        "done = check_sites(folder / 'sites.xlsx', index, **options)\n"
        "print(done.checked, done.failed, done.resumed)"
    )
    journal = tmp_path / "out" / "journal.jsonl"
    first = subprocess.Popen([sys.executable, "-c", code, "hold"], env=os.environ)
    while not (journal.is_file() and journal.stat().st_size > 40_000):
        assert first.poll() is None
        time.sleep(0.005)
    first.send_signal(signal.SIGKILL)
    first.wait()
    half = journal.read_bytes().count(b"\n")
    assert 0 < half <= 400 and not (tmp_path / "out" / "sites.xlsx").exists()
    command = [sys.executable, "-c", code]
    again = subprocess.run(command, env=os.environ, capture_output=True, text=True, check=True)
    checked, failed, resumed = map(int, again.stdout.split())
    assert (checked, failed) == (500, 0) and resumed in (half, half - 1)
    keys = [json.loads(line)["key"] for line in journal.read_bytes().splitlines()
            if line.endswith(b"}}")]  # fmt: skip
    assert len(set(keys)) == len(keys) == 500
    assert [row["name"] for row in rows_of(tmp_path / "out")] == [row[0] for row in rows]


def test_rows_are_numbered_as_in_the_workbook(tmp_path):
    table = write_xlsx(tmp_path / "sites.xlsx", [good()[0], ("", "", ""), good()[2]])
    assert [request.row for request in read_requests(table)] == [3, 5]


# ---- the workbook --------------------------------------------------------------------------

OFFICE_ROWS = [  # number, name, type, day, area, place, commune
    (1, "=1+1", "Công nghiệp", date(2026, 3, 1), 12.5, SITES[0][1], "00001"),
    (2, "@SUM(A1)", "", None, None, SITES[1][1], "00001"),
    (3, "nhà máy", "industry", None, "ba", "nowhere", ""),
]
OFFICE_HEADING = ("STT", "Tên", "Loại dự án", "Ngày", "-1+cmd", "Địa điểm", "Xã")


def office_table(path):
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "dd/mm/yyyy"})
        for n, row in enumerate([OFFICE_HEADING, *OFFICE_ROWS]):
            for m, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(n, m, cell, day)
                elif cell is not None:
                    sheet.write(n, m, cell)
    return path


def read_sheets(out):
    book = openpyxl.load_workbook(out / "sites.xlsx")
    first, second = book.worksheets
    heading, *rows = first.iter_rows()
    told = [dict(zip([c.value for c in heading], row, strict=True)) for row in rows]
    return first, second, told


def test_the_workbook_has_the_table_as_it_came_and_what_was_found(index, tmp_path):
    table = office_table(tmp_path / "table.xlsx")
    found = run(table, index, tmp_path / "out", crs="EPSG:9215", accuracy_m=1.0, lang="vi")
    assert [row["error_en"] is None for row in found.rows] == [True, True, False]
    sheet, _, rows = read_sheets(tmp_path / "out")
    titles = [cell.value for cell in sheet[1]]
    assert titles[: len(OFFICE_HEADING) + 1] == ["Dòng", *OFFICE_HEADING]
    for row, given in zip(rows, OFFICE_ROWS, strict=True):
        cells = [row[heading].value for heading in OFFICE_HEADING]
        kept = [cell.date() if hasattr(cell, "date") else cell for cell in cells]
        assert kept == [cell if cell != "" else None for cell in given]
    assert rows[0]["Kết luận chung"].value == "Chịu ảnh hưởng"
    assert rows[0]["Phần chồng (m²)"].value == pytest.approx(5_000)
    assert rows[0]["Phần chồng (ha)"].value == pytest.approx(0.5)
    assert rows[0]["Đáng chú ý nhất"].value == "00001"
    assert rows[0]["Thuộc lớp"].value == "Vùng đất ngập nước quan trọng"
    assert (rows[0]["Diện tích (m²)"].value, rows[0]["Diện tích (ha)"].value) == (10_000, 1)
    assert rows[0]["Hình dạng"].value == "vùng"
    assert "KHÔNG nằm trong 00001" in rows[1]["Lưu ý"].value
    assert rows[1]["Xã, phường theo giấy tờ"].value == "Nằm nơi khác"
    unknown = [row["unknown"] for row in found.rows]
    assert unknown[0] == sum(s in ("no_data", "incomplete")
                             for s in found.rows[0]["states"].values())  # fmt: skip
    assert [row["Số lớp chưa đủ dữ liệu"].value for row in rows] == unknown
    assert rows[2]["Kết luận chung"].value == "Không kiểm tra được"
    assert "no place" not in rows[2]["Lỗi"].value and rows[2]["Lỗi"].value
    kinds = {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert kinds <= {"s", "n", "d"}  # not one formula
    assert sheet.freeze_panes == "C2" and sheet.print_title_rows == "$1:$1"
    assert sheet.page_setup.orientation == "landscape"


def test_a_second_sheet_says_what_was_asked_of_which_plan(index, tmp_path):
    table = office_table(tmp_path / "table.xlsx")
    found = run(table, index, tmp_path / "out", crs="EPSG:9215", accuracy_m=1.0, lang="en")
    _, sheet, _ = read_sheets(tmp_path / "out")
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    facts = {row[0]: row[1] for row in rows}
    assert facts["By the data and documents as of"] == "22/11/2026"
    assert facts["Id of the plan's data"] == index.digest
    counts = [facts[name] for name in ("Sites in the table", "Checked",
                                       "Not checked (see the column Error)")]  # fmt: skip
    assert counts == [3, 2, 1]
    assert facts["With cautions (see the column Cautions)"] == 1
    assert facts["Layers vouched for as complete"] == "Important wetlands"
    assert any("never means no restriction" in str(row[0]) for row in rows)
    (at,) = [n for n, row in enumerate(rows) if row[0] == "Sites by state"]
    (end,) = [n for n, row in enumerate(rows) if str(row[0]).startswith("Thresholds")]
    told = {row[0]: row[1:9] for row in rows[at + 2 : end] if row[0]}
    assert sum(told["Overall"]) == 3 and told["Overall"][-1] == 1
    layers = [name for name, card in index.layers.items() if card["restricts"]]
    for layer in layers:
        assert sum(told[index.layers[layer]["title"]["en"]]) == 2
    described = {row[0] for row in rows[end + 2 :]}
    assert {index.layers[name]["title"]["en"] for name in (*layers, "commune")} <= described
    assert found.failed == 1
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}


def test_the_workbook_links_to_the_dossiers_beside_it(index, tmp_path):
    """Relative, so that the folder can be moved; only where there is a dossier."""
    from lsgis.report import write_dossier

    def write(report, folder):
        write_dossier(report, folder, formats=("html", "json"), lang="vi")

    table = office_table(tmp_path / "table.xlsx")
    options = {"crs": "EPSG:9215", "accuracy_m": 1.0, "dossiers": write}
    run(table, index, tmp_path / "out", **options)
    before = (tmp_path / "out" / "sites.xlsx").read_bytes()
    for _ in range(2):  # taken up again, the links stand as they were
        _, _, rows = read_sheets(tmp_path / "out")
        for kind in ("HTML", "JSON"):
            cells = [row[f"Hồ sơ {kind}"] for row in rows]
            assert [bool(cell.hyperlink) for cell in cells] == [True, True, False]
            for cell in cells[:2]:
                target = cell.hyperlink.target.replace("\\", "/")
                assert (tmp_path / "out" / target).is_file() and target.startswith("dossier/")
        run(table, index, tmp_path / "out", **options)
        assert (tmp_path / "out" / "sites.xlsx").read_bytes() == before


def test_dossiers_of_another_form_are_written_again(index, tmp_path):
    table, seen = write_xlsx(tmp_path / "sites.xlsx", good()), []
    for form in ({"lang": "vi"}, {"lang": "vi"}, {"lang": "en"}):
        run(table, index, tmp_path / "out", dossiers=lambda *told: seen.append(told), form=form)
    assert len(seen) == 6


def test_columns_of_any_table_come_back(index, tmp_path):
    """Features of a file, and a sheet with columns that have no heading."""
    shapes = [shapely.from_wkt(wkt) for _, wkt, _ in SITES]
    frame = gpd.GeoDataFrame(
        {"ten": ["a", "b", "c"], "ghi chú": ["=x", None, "z"], "số": [1, 2, 3]},
        geometry=shapes, crs=9215,
    )  # fmt: skip
    frame.to_file(tmp_path / "sites.gpkg")
    run(tmp_path / "sites.gpkg", index, tmp_path / "out")
    _, _, rows = read_sheets(tmp_path / "out")
    assert [row["ghi chú"].value for row in rows] == ["=x", None, "z"]
    assert [row["số"].value for row in rows] == [1, 2, 3]
    table = write_xlsx(tmp_path / "t.xlsx", [(*row, "thừa") for row in good()])
    run(table, index, tmp_path / "other")
    _, _, rows = read_sheets(tmp_path / "other")
    assert [row["–"].value for row in rows] == ["thừa"] * 3


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_minimum_that_changed_a_state_is_told_everywhere(index, tmp_path, lang):
    """In the cautions of the row, and on the second sheet: which, and of how many sites."""
    table = write_xlsx(tmp_path / "sites.xlsx", good())
    out = tmp_path / "out"
    found = run(table, index, out, lang=lang, min_area_m2={"wetland": 12_345.6})
    plain = run(table, index, tmp_path / "plain", lang=lang)
    changed = [a["states"] != b["states"] for a, b in zip(found.rows, plain.rows, strict=True)]
    assert True in changed and False in changed
    written = {"vi": "12.345,6 m²", "en": "12,345.6 m²"}[lang]
    for row, other in zip(rows_of(out), changed, strict=True):
        assert (written in row["cautions"]) == other
    for row, before in zip(found.rows, plain.rows, strict=True):
        unset = {n: s for n, s in before["states"].items() if s != row["states"][n]}
        assert row["unset"] == unset and before["unset"] == {}
    told = facts_of(out)
    assert written in told[say("sitecheck.about-minima", lang)]
    assert told[say("sitecheck.about-changed", lang)] == sum(changed)
    assert facts_of(tmp_path / "plain")[say("sitecheck.about-minima", lang)] == "–"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_layer_clear_on_a_word_is_told_everywhere(tmp_path, lang):
    """Vouched for though nobody counted it: in the row, its state, and on the second sheet."""
    index = toy_index({"wetland": [Zone(HALF, 10)], "reserve_buffer": [Zone(HALF, 10)]})
    assert not index.blank("reserve_buffer")["complete"]
    table, out = write_xlsx(tmp_path / "sites.xlsx", good(2)), tmp_path / "out"
    found = run(table, index, out, lang=lang, complete=["reserve_buffer"])
    assert [row["vouched"] for row in found.rows] == [[], ["reserve_buffer"]]
    title = index.layers["reserve_buffer"]["title"][lang]
    near, far = rows_of(out)
    words = {"vi": "theo lời người yêu cầu", "en": "on the word of whoever asked"}[lang]
    assert words not in near["cautions"]
    assert f"{title} (1/" in far["cautions"] and words in far["cautions"]
    sheet = openpyxl.load_workbook(out / "sites.xlsx").worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    assert words in sheet.cell(3, heads.index(title) + 1).value
    assert facts_of(out)[say("sitecheck.about-word", lang)] == 1


def test_a_dossier_that_is_gone_is_written_again(index, tmp_path):
    """Whatever of it is missing: the folder, one file; and its link is there again."""
    table, out = write_xlsx(tmp_path / "sites.xlsx", good(2)), tmp_path / "out"
    asked = {"dossiers": two_files}
    first = run(table, index, out, **asked)
    before = {path: path.read_bytes() for path in sorted(out.rglob("dossier-*"))}
    assert len(before) == 4 and run(table, index, out, **asked).resumed == 2
    shutil.rmtree(out / "dossier" / "00003")
    again = run(table, index, out, **asked)
    assert (again.resumed, again.checked) == (1, 2) and again.rows == first.rows
    for path in before:
        path.unlink()
        assert run(table, index, out, **asked).resumed == 1
        assert {p: p.read_bytes() for p in sorted(out.rglob("dossier-*"))} == before
    assert run(table, index, out, **asked).resumed == 2


def test_a_folder_holds_the_dossier_of_one_question_alone(index, tmp_path):
    """Asked otherwise, or no longer to be read: the old answer goes; what is not ours stays."""
    table, out = write_xlsx(tmp_path / "sites.xlsx", good(2)), tmp_path / "out"
    ids = []
    for accuracy in (100.0, 50.0, 100.0):
        found = run(table, index, out, dossiers=two_files, assumed_accuracy_m=accuracy)
        (out / "dossier" / "00003" / "own.txt").write_text("mine")
        ids.append([row["id"][:12] for row in found.rows])
        for name, row in zip(("00003", "00004"), found.rows, strict=True):
            held = sorted(path.name for path in (out / "dossier" / name).glob("dossier-*"))
            assert held == row["files"] and len(held) == 2
            assert all(row["id"][:12] in each for each in held)
    assert ids[0] == ids[2] != ids[1]
    write_xlsx(table, [("x", "no place", "", ""), *good(2)[1:]])
    run(table, index, out, dossiers=two_files)
    assert [path.name for path in (out / "dossier" / "00003").iterdir()] == ["own.txt"]


def two_files(report, folder):
    """A dossier of two files, named as they are."""
    folder.mkdir(parents=True, exist_ok=True)
    for ending in ("json", "html"):
        (folder / f"dossier-{report.id[:12]}.{ending}").write_text(report.id)


def facts_of(out):
    """Label -> value of the second sheet."""
    sheet = openpyxl.load_workbook(out / "sites.xlsx").worksheets[1]
    return {row[0].value: row[1].value for row in sheet.iter_rows(max_col=2)}
