"""A dossier: one report in seven formats that all say the same, and no more than it knows."""

import io
import itertools
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
import zipfile
from datetime import date
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import docx
import numpy as np
import openpyxl
import pytest
import segno
import shapely
from conftest import not_at_hand
from dossier_case import EAST, HOSTILE, NORTH, SITE, make_document, make_shapes
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from PIL import Image
from shapely.geometry import mapping

from lsgis.catalogue import read_catalogue, read_register
from lsgis.errors import OutputError
from lsgis.region import read_region
from lsgis.report.dossier import FORMATS, write_dossier
from lsgis.report.figure import _fine_enough
from lsgis.report.findings import LISTS, make_lists, make_theme_table
from lsgis.report.printmap import Frame, Thing, bounds_of, choose_frame, draw_sheet
from lsgis.report.printmap.drawing import SCALES, grid_lines
from lsgis.report.printmap.furniture import draw_labels, legend_rows, visible
from lsgis.report.printmap.sheet import FRAME_MM, SHEET_MM
from lsgis.report.summary import GROUPS, make_summary
from lsgis.report.surroundings import shapes_around
from lsgis.report.wording import COLORS, KINDS, clean, figure, resolve
from lsgis.sitecheck import build_index, check_site
from lsgis.sitecheck.law import state_units
from lsgis.sitecheck.record import WORST_FIRST
from lsgis.sitecheck.record_json import as_report
from lsgis.sitefile import read_site
from lsgis.source import read_plan
from lsgis.text import read_texts, say

ROOT = Path(__file__).resolve().parent.parent


class Page(HTMLParser):
    """What a browser would make of a page: elements, attributes, text, tables."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags, self.values, self.tables, self.text, self.ids = [], [], [], [], []
        self.value = self.cell = None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.append((tag, given))
        if "id" in given:
            self.ids.append(given["id"])
        if "data-at" in given:
            self.value = [given, ""]
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append([])
        if tag in ("td", "th"):
            self.cell = ""

    def handle_data(self, data):
        self.text.append(data)
        if self.value:
            self.value[1] += data
        if self.cell is not None:
            self.cell += data

    def handle_endtag(self, tag):
        if tag == "span" and self.value:
            self.values.append(tuple(self.value))
            self.value = None
        if tag in ("td", "th"):
            self.tables[-1][-1].append(self.cell)
            self.cell = None


def by_name(paths):
    """Files by format; maps by name."""
    found = {path.suffix[1:]: path for path in paths if path.suffix != ".png"}
    maps = {path.stem.partition("-map-")[2]: path for path in paths if path.suffix == ".png"}
    return found | {"maps": maps}


@pytest.fixture(scope="session")
def document():
    return make_document()


@pytest.fixture(scope="session")
def files(document, tmp_path_factory):
    folder = tmp_path_factory.mktemp("dossier") / "out"
    return by_name(write_dossier(document, folder, shapes=make_shapes()))


@pytest.fixture(scope="session")
def page(files):
    return Page(files["html"].read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def hostile(tmp_path_factory):
    """A dossier in which everything that a user can type is hostile."""
    document = make_document(name=HOSTILE[0] + HOSTILE[-1])
    texts = iter(HOSTILE * 20)
    document["site"]["input"]["name"] = next(texts)
    document["site"]["crs_found"], document["site"]["operation"] = next(texts), next(texts)
    document["site"]["log"] = [{"code": next(texts), "found": next(texts)}]
    document["context"]["communes"][0]["name_vi"] = next(texts)
    for theme in document["themes"]:
        for row in (*theme["findings"], *theme["undrawn"], *filter(None, [theme["nearest"]])):
            row["name_vi"] = next(texts)
        for row in theme["findings"]:
            row["dispute"] = {"reason": next(texts), "by": next(texts), "on": next(texts)}
            row["key"] = next(texts)
            row["source"] = [next(texts)]
    for row in document["data"]:
        row["input"], row["licence"] = next(texts), next(texts)
    for row in document["consequences"]:
        row["text_vi"] = next(texts)
    rows = [{"key": text, "name_vi": text, "name_en": "", "commune_codes": [text], "here": None}
            for text in HOSTILE]  # fmt: skip
    document["themes"][0]["undrawn"] = rows
    shapes = make_shapes()
    shapes["wetland"] = [
        (shape, row | {"name_vi": HOSTILE[13]}) for shape, row in shapes["wetland"]
    ]
    folder = tmp_path_factory.mktemp("hostile") / "out"
    formats = [name for name in FORMATS if name != "json"]
    return document, by_name(write_dossier(document, folder, formats=formats, shapes=shapes))


def number(text, lang="vi"):
    """A number read back from what a reader sees."""
    found = re.search(r"-?\d[\d.,]*", text)[0].rstrip(".,")
    thousands, decimal = (".", ",") if lang == "vi" else (",", ".")
    return float(found.replace(thousands, "").replace(decimal, "."))


def decimals(text, lang="vi"):
    return len(re.search(r"-?\d[\d.,]*", text)[0].partition("," if lang == "vi" else ".")[2])


# ---- one id, one name


def test_every_file_is_named_after_the_id_alone(document, files):
    names = [
        path.name for path in [*files["maps"].values(), *(files[f] for f in FORMATS if f != "png")]
    ]
    assert all(name.startswith(f"dossier-{document['id'][:12]}") for name in names)
    assert {path.parent for path in files["maps"].values()} == {files["pdf"].parent}
    assert not list(files["pdf"].parent.parent.glob(".lsgis-*"))


def test_every_format_carries_the_whole_id(document, files, page):
    id = document["id"]
    assert ("meta", {"name": "dossier-id", "content": id}) in page.tags
    assert json.loads(files["json"].read_text(encoding="utf-8"))["id"] == id
    footers = [section.footer for section in docx.Document(files["docx"]).sections]
    assert all(id in footer.paragraphs[0].text for footer in footers)
    book = openpyxl.load_workbook(files["xlsx"])
    assert all(id in sheet.oddFooter.left.text for sheet in book)
    with sqlite3.connect(files["gpkg"]) as package:
        assert package.execute("select dossier from site").fetchall() == [(id,)]


def test_the_qr_code_holds_the_id(document, files):
    code = segno.make(document["id"], error="m", micro=False)
    path = re.search(r'd="([^"]+)"', code.svg_inline(border=1))[1]
    assert path in files["html"].read_text(encoding="utf-8")


# ---- every number is the report's


def test_every_number_on_the_page_is_the_one_in_the_json(files, page):
    document = json.loads(files["json"].read_text(encoding="utf-8"))
    assert len(page.values) > 150
    for attributes, text in page.values:
        value = resolve(document, attributes["data-at"])
        assert float(attributes["data-value"]) == value
        factor = KINDS[attributes["data-kind"]][1]
        if not text.startswith("<"):
            half = 0.5 * 10 ** -decimals(text) + 1e-9
            assert number(text) == pytest.approx(value * factor, abs=half), attributes["data-at"]


def test_no_figure_of_a_finding_is_left_out(document, page):
    shown = {given["data-at"] for given, _ in page.values}
    keys = (
        "area_m2",
        "length_m",
        "count",
        "share",
        "distance_m",
        "bearing_deg",
        "e_m",
        "accuracy_m",
    )
    for t, theme in enumerate(document["themes"]):
        for f, finding in enumerate(theme["findings"]):
            told = {f"/themes/{t}/findings/{f}/{key}" for key in keys if finding[key] is not None}
            assert told <= shown
        assert {f"/themes/{t}/located"} <= shown
    for key in ("area_m2", "area_ellipsoidal_m2", "area_certificate_m2", "accuracy_m"):
        assert f"/site/{key}" in shown


def test_word_says_the_same_as_the_page(files, page):
    """Every table of the annex, cell by cell; the summary's has the states in brackets."""
    letter = docx.Document(files["docx"])
    tables = [[[cell.text for cell in row.cells] for row in t.rows] for t in letter.tables]
    tables = [
        [list(dict.fromkeys(row)) if len(set(row)) == 1 else row for row in t] for t in tables
    ]
    told = [[[" ".join(cell.split()) for cell in row] for row in table] for table in tables]
    seen = [[[" ".join(cell.split()) for cell in row] for row in table] for table in page.tables]
    for table in seen[1:]:
        assert [row if len(set(row)) > 1 else row[:1] for row in table] in told
    counts = [row[1] for row in seen[0]]
    assert counts in [[row[1] for row in t] for t in told if all(len(row) == 3 for row in t)]


def rows_of(book, title):
    """Rows of a sheet as mappings from heading to cell."""
    head, *rows = book[title].iter_rows()
    return [{h.value: cell for h, cell in zip(head, row, strict=True)} for row in rows]


def test_excel_holds_the_numbers_unrounded_and_typed(document, files):
    book = openpyxl.load_workbook(files["xlsx"])
    rows = rows_of(book, say("dossier.sheet-findings", "vi"))
    found = [finding for theme in document["themes"] for finding in theme["findings"]]
    kinds = {"area": "area_m2", "share": "share", "distance": "distance_m", "e": "e_m",
             "bearing": "bearing_deg", "accuracy": "accuracy_m", "count": "count"}  # fmt: skip
    named = {row["Vùng"].value: row for row in rows if row["Vùng"].value}
    rows = {re.search(r"\((\w+-1)\)", name)[1]: row for name, row in named.items() if "(" in name}
    assert set(rows) == {finding["key"] for finding in found}
    for finding in found:
        for code, key in kinds.items():
            cell = rows[finding["key"]][say(f"dossier.c-{code}", "vi")]
            if finding[key] is None:
                assert cell.value == "–"
            else:
                assert cell.data_type == "n"
                assert cell.value == pytest.approx(finding[key], rel=1e-15)  # as XLSX can hold it
    themes = rows_of(book, say("dossier.sheet-themes", "vi"))
    assert len(themes) == len(document["themes"])
    assert sorted(row["Đã định vị"].value for row in themes) == sorted(
        theme["located"] for theme in document["themes"]
    )


def test_excel_suits_an_office(files):
    book = openpyxl.load_workbook(files["xlsx"])
    sheet = book[say("dossier.sheet-findings", "vi")]
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref
    assert sheet.print_title_rows == "$1:$1"
    formats = {cell.number_format for row in sheet.iter_rows() for cell in row}
    assert {"#,##0.0", "0.00%"} <= formats
    assert not any(cell.data_type == "f" for s in book for row in s.iter_rows() for cell in row)


def all_numbers(value):
    """Every number that a document holds, geometry left out."""
    if isinstance(value, dict):
        inner = (v for k, v in value.items() if not k.startswith("geometry"))
        return {number for item in inner for number in all_numbers(item)}
    if isinstance(value, list | tuple):
        return {number for item in value for number in all_numbers(item)}
    told = isinstance(value, int | float) and not isinstance(value, bool)
    return {float(f"{value:.14g}")} if told else set()


def test_excel_and_the_json_hold_the_same_numbers(document, files):
    book = openpyxl.load_workbook(files["xlsx"])
    cells = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row]
    told = all_numbers([value for value in cells if not isinstance(value, str)])
    known = all_numbers(document)
    areas = [theme["area_m2"] for theme in document["themes"] if theme["area_m2"] is not None]
    areas += [f["area_m2"] for t in document["themes"] for f in t["findings"] if f["area_m2"]]
    known |= all_numbers([area * 1e-4 for area in areas])  # ha beside m²
    counts = {float(line.count) for line in make_summary(as_report(document), "vi").lines}
    assert told <= known | counts
    lists = ("expected", "listed", "located", "undrawn_count", "area_m2", "share", "length_m")
    parts = [{key: theme[key] for key in lists} for theme in document["themes"]]
    parts += [theme["findings"] for theme in document["themes"]]
    parts += [document["context"][key] for key in ("communes", "nearest", "terrain", "corridors")]
    parts += [[row["accuracy_m"] for row in document["data"]]]
    assert all_numbers(parts) <= told


def test_every_number_of_the_page_stands_on_paper(files, page):
    """The text of each figure, as the page writes it, among the words of the PDF."""
    printed = {unescape(word[4]) for _, words in pdf_words(files["pdf"]) for word in words}
    printed = {word.strip("();,.:") for word in printed}
    for attributes, text in page.values:
        for word in text.split():
            assert word.strip("();,.:") in printed, (attributes, text)


def test_the_json_is_the_report(document, files):
    assert json.loads(files["json"].read_text(encoding="utf-8")) == json.loads(json.dumps(document))


def test_the_geopackage_holds_site_and_pieces(document, files):
    with sqlite3.connect(files["gpkg"]) as package:
        names = {row[0] for row in package.execute("select table_name from gpkg_contents")}
        systems = {row[0] for row in package.execute("select srs_id from gpkg_geometry_columns")}
        pieces = dict(package.execute("select key, area_m2 from piece_area"))
        findings = dict(package.execute("select key, state from finding"))
    assert (names, systems) == ({"site", "piece_area", "finding", "clause"}, {9215})
    found = [finding for theme in document["themes"] for finding in theme["findings"]]
    assert pieces == {f["key"]: f["area_m2"] for f in found if f["geometry"]}
    assert findings == {f["key"]: f["state"] for f in found}


# ---- what is said, and in which order


def test_sections_stand_in_their_order(page):
    order = ["summary", "site", "lists", "findings", "disputes", "maps", "context", "consequences",
             "contradictions", "clauses", "undrawn", "thresholds", "data", "sources",
             "disclaimer", "glossary"]  # fmt: skip
    assert [name for name in page.ids if not name.startswith("h-")] == order


def test_every_theme_stands_in_one_list(document):
    section = make_lists(as_report(document), "vi")
    told = [row[0].text for block in section.blocks[:3] for row in block.rows]
    assert sorted(told) == sorted(theme["title"]["vi"] for theme in document["themes"])
    assert sorted(s for states in LISTS.values() for s in states) == sorted(WORST_FIRST)
    assert sorted(s for states in GROUPS.values() for s in states) == sorted(WORST_FIRST)


@pytest.mark.parametrize(
    ("states", "tone", "words"),
    [
        pytest.param(
            ["affected", "likely"], "affected", "2 lớp vùng bảo vệ, trong đó 1", id="affected"
        ),
        pytest.param(["likely", "no_data"], "likely", "chưa lớp nào chắc chắn", id="likely"),
        pytest.param(
            ["possible", "below_threshold"],
            "possible",
            "định vị, 1 lớp có thể chịu ảnh hưởng, 1 lớp chồng lấn dưới ngưỡng.",
            id="possible",
        ),
        pytest.param(
            ["incomplete", "no_data"], "incomplete", "2 lớp chưa đủ dữ liệu", id="unknown"
        ),
        pytest.param(["not_affected"], "not_affected", "ngoài cả 1 lớp", id="clear"),
        pytest.param(["not_affected", "no_data"], "no_data", "1 lớp chưa đủ", id="never clear"),
    ],
)
def test_the_headline_says_the_worst(document, states, tone, words):
    themes = [theme | {"state": state, "findings": [], "located": 1}
              for theme, state in zip(document["themes"], states, strict=False)]  # fmt: skip
    summary = make_summary(as_report(document | {"themes": themes}), "vi")
    assert summary.tone == tone
    assert words in summary.headline
    assert {line.code: line.count for line in summary.lines} == {
        code: sum(state in group for state in states) for code, group in GROUPS.items()
    }


def test_the_strongest_finding_is_named_with_its_figures(document, page):
    [affected] = [t for t in document["themes"] if t["state"] == "affected"]
    text = " ".join("".join(page.text).split())
    area = affected["findings"][0]["area_m2"]
    told = f"phần chồng {area:,.1f}".translate(str.maketrans(",.", ".,"))
    assert f"{affected['findings'][0]['name_vi']} ({affected['title']['vi']}), {told} m²" in text


def test_what_is_computed_and_what_is_disputed_both_stand(page):
    [table] = [t for t in page.tables if say("dossier.c-reason", "vi") in t[0]]
    assert table[1][1] == say("dossier.state-likely", "vi")
    assert table[1][2] == "Ranh giới suối đã được nắn năm 2025"
    assert say("dossier.mark-dispute", "vi") in "".join(page.text)


def test_unverified_statements_are_marked(page):
    tables = [t for t in page.tables if say("dossier.c-standing", "vi") in t[0]]
    rows = [row for table in tables for row in table[1:] if len(row) == 3]
    assert ["CHƯA KIỂM CHỨNG" in row[1] for row in rows] == [False, True]


def test_a_superseded_clause_says_so_in_every_format(document, files, page):
    """Where it is cited, where it is listed, and in the summary; a map cites nothing."""
    said = say("law.superseded", "vi")
    cited = [cell for table in page.tables for row in table for cell in row if "43/2015" in cell]
    assert len(cited) == 2
    assert all(said in cell.lower() for cell in cited)
    note = say("dossier.note-not-in-force", "vi", count=1)
    printed = " ".join(word[4] for _, words in pdf_words(files["pdf"]) for word in words)
    letter = docx.Document(files["docx"])
    book = openpyxl.load_workbook(files["xlsx"])
    cells = " ".join(str(c.value) for sheet in book for row in sheet.iter_rows() for c in row)
    told = ["".join(page.text), printed, "".join(letter.element.itertext()), cells]
    assert all(note in " ".join(text.split()) for text in told)
    [row] = [row for row in rows_of(book, "Điều khoản") if "43/2015" in str(row["Nội dung"].value)
             or "43/2015" in str(row["Điều khoản"].value)]  # fmt: skip
    assert said in row["Tình trạng"].value
    with sqlite3.connect(files["gpkg"]) as package:
        statuses = dict(package.execute("select id, status from clause"))
        [ended] = package.execute("select clauses_out_of_force from finding where "
                                  "layer = 'water_corridor'").fetchone()  # fmt: skip
    assert statuses == {clause["id"]: clause["status"] for clause in document["clauses"]}
    assert ended == "43-2015/9"


@pytest.mark.parametrize(
    ("on", "units", "plan"),
    [
        pytest.param("2025-06-30", False, False, id="before the communes work"),
        pytest.param("2026-02-27", True, False, id="before the plan is signed"),
        pytest.param("2026-11-22", True, True, id="since then"),
    ],
)
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_plan_of_another_day_is_told_first(document, tmp_path, on, units, plan, lang):
    rows = [read_register(name).fillna("").to_dict("records") for name in ("clause", "instrument")]
    validity = state_units(*rows, date.fromisoformat(on), read_region().plan)
    assert [row["valid"] for row in validity] == [units, plan]
    told = document | {"validity": validity, "on": on}
    formats = ("html", "pdf", "docx", "xlsx")
    files = by_name(write_dossier(told, tmp_path / "out", formats=formats, lang=lang))
    page = Page(files["html"].read_text(encoding="utf-8"))
    summary = make_summary(as_report(told), lang)
    texts = {row["code"]: row[f"text_{lang}"] for row in validity}
    warned = [texts[row["code"]] for row in validity if not row["valid"]]
    assert [warning.values["text"] for warning in summary.warnings] == warned
    assert [given.get("class") for _, given in page.tags].count("warning") == len(warned)
    first = " ".join(word[4] for word in pdf_words(files["pdf"])[0][1])
    letter = "\n".join(line.text for line in docx.Document(files["docx"]).paragraphs)
    sheet = [cell.value for cell in openpyxl.load_workbook(files["xlsx"]).worksheets[0]["A"]]
    for row in validity:
        assert texts[row["code"]] in "".join(page.text)  # valid or not, the law section says it
        assert texts[row["code"]] in letter
        assert (texts[row["code"]] in first) is (not row["valid"])
        assert (texts[row["code"]] in sheet) is (not row["valid"])


@pytest.mark.parametrize(
    ("quality", "symbol", "data", "badge"),
    [
        pytest.param("schematic", False, "indicative", True, id="a finding"),
        pytest.param("indicative", True, "indicative", True, id="a symbol"),
        pytest.param("indicative", False, "schematic", True, id="the communes"),
        pytest.param("indicative", False, "indicative", False, id="nothing that touches"),
    ],
)
def test_the_badge_names_the_schematic_layers(document, tmp_path, quality, symbol, data, badge):
    [theme] = [theme for theme in document["themes"] if theme["layer"] == "nature_reserve"]
    found = [row | {"quality": quality, "symbol": symbol} for row in theme["findings"]]
    commune = document["data"][0] | {"layer": "commune", "quality": data}
    told = document | {"themes": [theme | {"findings": found}], "data": [commune]}
    path, _ = write_dossier(told, tmp_path / "out", formats=("html",))
    page = path.read_text(encoding="utf-8")
    assert ('class="badge"' in page) is badge
    named = "Xã, phường" if data == "schematic" else theme["title"]["vi"]
    assert (f"CÓ DỮ LIỆU SƠ ĐỒ: {named} –" in page) is badge


def test_english_speaks_english(document, tmp_path):
    paths = write_dossier(document, tmp_path / "out", formats=("html", "docx", "json"), lang="en")
    assert [path.name.rpartition("-")[2][:3] for path in paths[:2]] == ["en.", "en."]
    page = Page(paths[0].read_text(encoding="utf-8"))
    text = "".join(page.text)
    assert ("html", {"lang": "en"}) in page.tags
    assert "Layers without full data" in text
    assert "Chịu ảnh hưởng" not in text
    assert "22/11/2026" in text
    for attributes, shown in page.values:
        assert "," not in shown or re.search(r"\d,\d{3}", shown), (attributes, shown)


def test_a_summary_is_told_without_frames(files):
    """`check-site` prints it: nothing slow to import stands before its first line."""
    code = (
        "import sys; from pathlib import Path\n"
        "from lsgis.report.summary import make_summary\n"
        "from lsgis.sitecheck.record_json import from_json\n"
        "print(make_summary(from_json(Path(sys.argv[1]).read_bytes()), 'en').headline)\n"
        "print(sorted({'pandas', 'geopandas', 'pyogrio', 'jinja2'} & set(sys.modules)))"
    )
    run = [sys.executable, "-c", code, str(files["json"])]
    told = subprocess.run(run, capture_output=True, text=True, encoding="utf-8", check=True).stdout
    assert told.splitlines()[0].startswith("The site overlaps")
    assert told.splitlines()[1] == "[]"


# ---- a ± stands with its figure


def test_no_text_parts_a_plus_minus_from_its_figure_and_unit():
    told = {code: text for code, said in read_texts().items() for text in said.values()}
    parted = re.compile(r"±(?!\u00a0)\s+\{|±\s*\{\w+\}(?!\u00a0)\s+k?m\b")
    assert [code for code, text in told.items() if parted.search(text)] == []
    assert parted.search("± {e} m") and parted.search("±\u00a0{e} m")


@pytest.mark.parametrize("letters", [1, 9, 17, 25, 33, 41])
def test_no_line_ends_between_a_plus_minus_and_its_figure(document, tmp_path, letters):
    """The sentence that weighs most, pushed along its line by the name of the zone."""
    themes = json.loads(json.dumps(document["themes"]))
    theme = next(theme for theme in themes if theme["state"] == "possible")
    theme["findings"] = theme["findings"][:1]
    theme["findings"][0] |= {"name_vi": "Hang " + "x" * letters, "bearing_deg": 45.0}
    told = document | {"themes": [theme]}
    files = by_name(write_dossier(told, tmp_path / "out", formats=("html", "docx", "pdf")))
    page = "".join(Page(files["html"].read_text(encoding="utf-8")).text)
    letter = "\n".join(line.text for line in docx.Document(files["docx"]).paragraphs)
    for text in (page, letter):
        assert len(re.findall(r"±\u00a0[\d.,]+\u00a0m", text)) >= 2
        assert not re.search(r"±[ \n]*[\d<]", text)
    words = [word for _, found in pdf_words(files["pdf"]) for word in found]
    pairs = [pair for pair in itertools.pairwise(words) if pair[0][4].endswith("±")]
    figures = [(sign, figure) for sign, figure in pairs if figure[4][0].isdigit()]
    assert len(figures) >= 2 or any("±\u00a0" in word[4] for word in words)
    assert all(abs(sign[1] - figure[1]) < 1 for sign, figure in figures)


# ---- numbers as a language writes them


@pytest.mark.parametrize(
    ("value", "kind", "vi", "en"),
    [
        pytest.param(2159.6, "m2", "2.159,6", "2,159.6", id="thousands"),
        pytest.param(8_307_320_000.4, "m2", "8.307.320.000", "8,307,320,000", id="a province"),
        pytest.param(0.0004, "m2", "0,0004", "0.0004", id="never zero"),
        pytest.param(1e-9, "m2", "< 0,000001", "< 0.000001", id="too small to write"),
        pytest.param(0.0, "m2", "0,0", "0.0", id="zero"),
        pytest.param(0.99999, "percent", "99,999", "99.999", id="not all"),
        pytest.param(1 - 1e-12, "percent", "100,00", "100.00", id="rounding of a whole"),
        pytest.param(1.0, "percent", "100,00", "100.00", id="all"),
        pytest.param(None, "m", "–", "–", id="unknown"),
        pytest.param(float("nan"), "m", "–", "–", id="not a number"),
    ],
)
def test_numbers_are_written_out(value, kind, vi, en):
    assert figure({"a": value}, "/a", kind, "vi").text == vi
    assert figure({"a": value}, "/a", kind, "en").text == en


@given(st.floats(0, 1, exclude_min=True, exclude_max=True))
def test_a_share_never_reads_as_nothing_or_all(share):
    text = figure({"a": share}, "/a", "percent", "en").text
    if not text.startswith("<"):
        assert float(text) > 0
        assert float(text) < 100 or share > 1 - 1e-8


def test_state_colours_can_be_read():
    """Contrast on white of at least 4.5 (WCAG)."""

    def light(color):
        parts = [int(color[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        parts = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return np.dot(parts, (0.2126, 0.7152, 0.0722))

    assert set(COLORS) == set(WORST_FIRST)
    assert min(1.05 / (light(color) + 0.05) for color in COLORS.values()) >= 4.5


# ---- pages


def test_the_page_needs_nothing_else(page, files):
    html = files["html"].read_text(encoding="utf-8")
    assert "http" not in html
    assert not {"script", "link", "iframe", "object"} & {tag for tag, _ in page.tags}
    sources = [given["src"] for tag, given in page.tags if "src" in given]
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    links = [given["href"] for tag, given in page.tags if tag == "a"]
    assert {link.removeprefix("#") for link in links} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))


def test_every_map_has_words_and_a_table(page):
    pictures = [given for tag, given in page.tags if tag == "img"]
    assert len(pictures) == 6
    assert all(re.match(r"Bản đồ tỷ lệ 1:[\d.]+\. ", given["alt"]) for given in pictures)
    links = [given["href"] for tag, given in page.tags if tag == "a"]
    assert links.count("#findings") == len(pictures) + 1


def pdf_words(path):
    """Words of each page with their boxes, and the page's size."""
    if not shutil.which("pdftotext"):
        not_at_hand("pdftotext (poppler-utils)")
    run = ["pdftotext", "-bbox", str(path), "-"]
    told = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    pages = []
    for part in told.split("<page ")[1:]:
        size = [float(x) for x in re.match(r'width="([\d.]+)" height="([\d.]+)"', part).groups()]
        boxes = re.findall(
            r'<word xMin="(.+?)" yMin="(.+?)" xMax="(.+?)" yMax="(.+?)">(.*?)<', part
        )
        pages.append((size, [(*map(float, box[:4]), box[4]) for box in boxes]))
    return pages


def test_every_page_of_the_pdf_has_id_and_number(document, files):
    pages = pdf_words(files["pdf"])
    assert len(pages) > 8
    for number_, (size, words) in enumerate(pages, start=1):
        texts = [word[4] for word in words]
        assert document["id"] in texts
        assert f"{number_}/{len(pages)}" in texts
        assert texts[texts.index(f"{number_}/{len(pages)}") - 1] == "Trang"
        inside = [w[0] >= 0 and w[1] >= 0 and w[2] <= size[0] and w[3] <= size[1] for w in words]
        assert all(inside)


def test_nothing_of_a_table_is_clipped_on_paper(files, page):
    """Every short word of every table stands in the PDF, and none over the margin."""
    pages = pdf_words(files["pdf"])
    printed = {word[4] for _, words in pages for word in words}
    told = {word for table in page.tables for row in table for cell in row for word in cell.split()}
    told = {word for word in told if len(word) < 9 and word.isalnum()}
    assert told <= printed
    margin = 12 / 25.4 * 72
    for size, words in pages:
        assert max(word[2] for word in words) <= size[0] - margin


def test_no_heading_ends_a_page(files):
    for size, words in pdf_words(files["pdf"]):
        body = [word for word in words if word[3] < size[1] - 19 / 25.4 * 72]
        last = max(word[3] for word in body)
        line = " ".join(word[4] for word in sorted(body) if word[3] > last - 3)
        assert not re.match(r"\d+\. \w", line), line


def test_vietnamese_is_right_in_the_pdf(files):
    text = subprocess.run(["pdftotext", files["pdf"], "-"], capture_output=True, text=True).stdout
    flat = " ".join(text.split())
    assert "Nhiều khả năng chịu ảnh hưởng" in flat
    assert "Không có dữ liệu không có nghĩa là không có hạn chế." in flat
    assert "\ufffd" not in flat


def test_the_letter_has_the_form_of_the_administration(files):
    letter = docx.Document(files["docx"])
    head = letter.tables[0]
    right = [p.text for p in head.cell(0, 1).paragraphs if p.text]
    assert right[:2] == ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"]
    assert "2026" not in " ".join(right)  # the day of signing is the signer's
    assert head.cell(0, 0).paragraphs[-1].text.startswith("Số:")
    signed = [
        cell.text for table in letter.tables for cell in table._cells if "NGƯỜI KÝ" in cell.text
    ]
    assert len(signed) == 1
    repeated = [table for table in letter.tables if "w:tblHeader" in table._tbl.xml]
    assert len(repeated) == len(letter.tables) - 2
    assert {round(section.page_width.mm) for section in letter.sections} == {210}
    assert [line.text for line in letter.paragraphs][1:3] == ["BÁO CÁO", say("dossier.title", "vi")]
    margins = letter.sections[0]
    assert [round(margins.left_margin.mm), round(margins.right_margin.mm)] == [30, 15]
    pictures = letter.inline_shapes
    assert {round(picture.width.mm) for picture in pictures} == {18, 165}


# ---- maps


@given(
    st.floats(0, 60_000), st.floats(0, 60_000),
    st.lists(st.tuples(st.floats(-90_000, 90_000), st.floats(-90_000, 90_000)), max_size=4),
)  # fmt: skip
def test_the_site_always_fits_at_a_fixed_scale(width, height, places):
    site = (EAST, NORTH, EAST + width, NORTH + height)
    others = [(EAST + x, NORTH + y, EAST + x, NORTH + y) for x, y in places]
    frame = choose_frame(site, others, width_mm=156, height_mm=140)
    west, south, east, north = bounds_of(frame)
    assert west <= site[0] and south <= site[1] and east >= site[2] and north >= site[3]
    assert frame.scale in SCALES or max(width, height) > 10_000


@pytest.mark.parametrize(
    ("size", "other", "scale"),
    [
        pytest.param(60, [], 500, id="a house"),
        pytest.param(400, [], 5_000, id="a factory"),
        pytest.param(400, [3_000], 25_000, id="and its neighbour"),
        pytest.param(400, [3_000, 40_000], 25_000, id="what is too far stays out"),
        pytest.param(30_000, [], 250_000, id="larger than the ladder"),
    ],
)
def test_scale_is_chosen_from_the_ladder(size, other, scale):
    site = (EAST, NORTH, EAST + size, NORTH + size)
    places = [(EAST + away, NORTH, EAST + away, NORTH) for away in other]
    assert choose_frame(site, places, width_mm=156, height_mm=140).scale == scale


@pytest.mark.parametrize("scale", [500, 10_000, 50_000])
def test_the_map_is_true_to_scale(scale):
    """The outline of a square, measured on the picture, within 0.2 mm."""
    size = 0.06 * scale
    square = shapely.box(EAST, NORTH, EAST + size, NORTH + size)
    others = [(EAST - 0.03 * scale, NORTH, EAST + 0.09 * scale, NORTH + size)]
    frame = choose_frame(square.bounds, others, width_mm=FRAME_MM[0], height_mm=FRAME_MM[1])
    assert frame.scale == scale
    things = [Thing(square, "site", "site", "#ff0000")]
    png = draw_sheet(frame, things, title="", subtitle="", notes=[], lang="vi")
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)
    red = (pixels[..., 0] > 200) & (pixels[..., 1] < 60)
    red[pixels.shape[0] * 3 // 4 :] = False  # the legend
    mm = SHEET_MM / pixels.shape[1]
    across, down = (np.flatnonzero(red.any(axis=axis)) for axis in (0, 1))
    line = 2.2 / 72 * 25.4  # the outline's own width
    assert (across[-1] - across[0] + 1) * mm - line == pytest.approx(60, abs=0.2)
    assert (down[-1] - down[0] + 1) * mm - line == pytest.approx(60, abs=0.2)


@pytest.mark.parametrize("scale", SCALES)
def test_grid_lines_stand_on_round_metres(scale):
    site = (EAST, NORTH, EAST + 0.1 * scale, NORTH + 0.1 * scale)
    frame = choose_frame(site, [], width_mm=156, height_mm=140)
    for lines in grid_lines(frame):
        steps = np.diff(lines)
        assert len(lines) >= 2
        assert np.ptp(steps) == pytest.approx(0, abs=1e-6)
        assert 20 <= steps[0] / frame.scale * 1000 <= 60
        assert np.allclose(lines % steps[0], 0)


def test_the_legend_lists_only_what_is_visible():
    frame = choose_frame(SITE.bounds, [], width_mm=156, height_mm=140)
    around = shapely.box(EAST - 90_000, NORTH - 90_000, EAST + 90_000, NORTH + 90_000)
    things = [
        Thing(SITE, "site", "site", "#000000"),
        Thing(SITE.centroid.buffer(50), "zone", "zone", "#00aa00", schematic=True),
        Thing(shapely.Point(EAST + 9000, NORTH), "point", "far", "#0000aa"),
        Thing(around, "border", "border beyond", "#777777"),
        Thing(SITE.centroid.buffer(60), "zone", "zone", "#00aa00"),
    ]
    seen = visible(things, frame)
    assert [thing.title for thing, _ in legend_rows(seen, frame)] == ["site", "zone"]


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(st.floats(0, 156), st.floats(0, 80), st.integers(3, 60)), max_size=14),
    st.floats(1, 70), st.floats(0, 80), st.floats(0, 40),
)  # fmt: skip
def test_labels_stand_free_and_beside_the_site(places, size, across, up):
    frame = Frame(EAST, NORTH, 156.0, 80.0, 10_000)
    west, south, _, _ = bounds_of(frame)

    def ground(x, y):
        return west + 10 * x, south + 10 * y

    site = shapely.box(*ground(across, up), *ground(across + size, up + size))
    things = [Thing(site, "site", "site", "#000000")]
    for x, y, signs in places:
        spot = shapely.Point(ground(x, y))
        things.append(Thing(spot, "point", "point", "#0000ff", ("Hang " * 12)[:signs]))
        things.append(Thing(spot.buffer(150), "zone", "zone", "#00aa00", ("Khu " * 15)[:signs]))
    axes = Figure().add_axes((0, 0, 1, 1))
    boxes = [shapely.box(*box) for box in draw_labels(axes, frame, things)]
    kept = shapely.box(across, up, across + size, up + size)
    kept = kept if size < 45 else kept.boundary
    for number, box in enumerate(boxes):
        assert shapely.box(0, 0, 156, 80).covers(box)
        assert not box.intersects(kept.buffer(1))
        assert not any(box.overlaps(other) for other in boxes[:number])
        assert not any(box.contains(shapely.Point(x, y)) for x, y, _ in places)


@pytest.mark.parametrize(
    ("accuracy", "drawn"),
    [(3000.0, False), (20.0, True), pytest.param(float("nan"), True, id="nobody states one")],
)
def test_what_is_too_coarse_for_the_scale_is_named_and_not_drawn(accuracy, drawn):
    frame = Frame(EAST, NORTH, 156.0, 80.0, 10_000)
    road = shapely.LineString([(EAST - 900, NORTH), (EAST + 900, NORTH)])
    things = [Thing(road, "line", "Quốc lộ", "#aa0000", coarse_m=accuracy),
              Thing(SITE, "site", "site", "#000000")]  # fmt: skip
    fine, coarse = _fine_enough(things, frame)
    assert (things[0] in fine, coarse) == (drawn, [] if drawn else ["Quốc lộ"])
    assert things[1] in fine


def test_two_maps_fit_a_page(files):
    """At their own size, with their captions, on what A4 leaves inside the margins."""
    for path in files["maps"].values():
        with Image.open(path) as picture:
            assert picture.size[1] * 25.4 / 200 <= 120


def test_a_map_for_each_theme_that_concerns(document, files):
    concerned = {t["layer"] for t in document["themes"] if t["state"] in LISTS["concerned"]}
    assert set(files["maps"]) == concerned | {"overview"}


def test_without_surroundings_the_overlaps_are_still_drawn(document, tmp_path):
    maps = by_name(write_dossier(document, tmp_path / "out", formats=("png",)))["maps"]
    drawn = {t["layer"] for t in document["themes"] if any(f["geometry"] for f in t["findings"])}
    assert set(maps) == drawn | {"overview"}


@pytest.mark.parametrize(
    "geometry",
    [
        pytest.param(shapely.Point(EAST, NORTH), id="point"),
        pytest.param(shapely.MultiPoint([(EAST, NORTH), (EAST + 90, NORTH)]), id="points"),
        pytest.param(shapely.LineString([(EAST, NORTH), (EAST + 900, NORTH)]), id="line"),
        pytest.param(shapely.MultiPolygon([SITE, shapely.box(0, 0, 9, 9)]), id="parts"),
        pytest.param(shapely.Point(EAST, NORTH).buffer(500, 25_000), id="100,000 vertices"),
    ],
)
def test_any_shape_of_site_can_be_drawn(document, tmp_path, geometry):
    site = document["site"] | {"geometry": mapping(geometry), "bounds": list(geometry.bounds)}
    paths = write_dossier(document | {"site": site}, tmp_path / "out", formats=("png", "gpkg"))
    assert len(paths) >= 2


# ---- hostile text


def test_hostile_text_stays_text_on_the_page(hostile):
    document, files = hostile
    page = Page(files["html"].read_text(encoding="utf-8"))
    assert not {"script", "b"} & {tag for tag, _ in page.tags}
    assert len([1 for tag, _ in page.tags if tag == "img"]) == len(files["maps"])
    assert not [key for _, given in page.tags for key in given if key.startswith("on")]
    cells = {cell for table in page.tables for row in table for cell in row}
    for text in HOSTILE:
        shown = clean(text).strip()
        assert any(shown in cell for cell in cells), text
    assert clean(document["site"]["name"]) in "".join(page.text)


def test_hostile_text_runs_nowhere(hostile):
    _, files = hostile
    book = openpyxl.load_workbook(files["xlsx"])
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not any(cell.data_type == "f" or cell.hyperlink for cell in cells)
    texts = {cell.value for cell in cells if isinstance(cell.value, str)}
    assert HOSTILE[2] in texts
    letter = "".join(docx.Document(files["docx"]).element.itertext())
    assert HOSTILE[1] in letter
    with zipfile.ZipFile(files["docx"]) as packed:
        assert not [name for name in packed.namelist() if "macro" in name.lower()]
        outside = [name for name in packed.namelist() if name.endswith(".rels")
                   and b'TargetMode="External"' in packed.read(name)]  # fmt: skip
        assert not outside


def test_hostile_names_make_no_file_names(hostile):
    _, files = hostile
    names = [path.name for path in [*files["maps"].values(), files["pdf"], files["docx"]]]
    assert all(re.fullmatch(r"dossier-[0-9a-f]{12}-vi[a-z0-9_-]*\.[a-z]+", name) for name in names)


def test_hostile_text_breaks_no_page(hostile):
    document, files = hostile
    pages = pdf_words(files["pdf"])
    for size, words in pages:
        assert max(word[2] for word in words) <= size[0]
        assert document["id"] in {word[4] for word in words}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("Hoà", "Hoà", id="composed"),
        pytest.param("a\u202eb", "a\ufffdb", id="direction"),
        pytest.param("a\x00\x1bb", "a\ufffd\ufffdb", id="control"),
        pytest.param("\ud83d", "\ufffd", id="half a sign"),
        pytest.param("a\u2028b", "a\nb", id="line separator"),
    ],
)
def test_signs_that_are_no_text_are_shown_as_such(text, shown):
    assert clean({"x": [text]}) == {"x": [shown]}
    report = as_report(make_document(name=text))
    told = clean(report)
    assert told.site.name == shown
    assert told.site.geometry is report.site.geometry
    assert as_report(make_document(name=shown, id=report.id)) == told


# ---- the same bytes again


def test_the_same_report_gives_the_same_bytes(document, files, tmp_path, monkeypatch):
    """In another folder, at another time, in another time zone and language."""
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    monkeypatch.setenv("LC_ALL", "vi_VN.UTF-8")
    time.sleep(2.1)  # a ZIP archive counts time in steps of two seconds
    again = by_name(write_dossier(document, tmp_path / "elsewhere", shapes=make_shapes()))
    for name in ("html", "pdf", "docx", "xlsx", "json"):
        assert files[name].read_bytes() == again[name].read_bytes(), name
    for name, path in files["maps"].items():
        assert path.read_bytes() == again["maps"][name].read_bytes(), name

    def content(path):  # the bytes of an R-tree differ between platforms
        with sqlite3.connect(path) as package:
            return [line for line in package.iterdump() if "rtree" not in line]

    assert content(files["gpkg"]) == content(again["gpkg"])


# ---- all or nothing


def run_python(code, folder, *arguments):
    """A process of its own in which `document` and `shapes` are at hand."""
    first = (
        "import os, resource, signal, sys\n"
        "from pathlib import Path\n"
        "from dossier_case import make_document, make_shapes\n"
        "from lsgis.errors import OutputError\n"
        "from lsgis.report.dossier import write_dossier\n"
        "document, shapes, out = make_document(), make_shapes(), Path(sys.argv[1])\n"
    )
    path = os.pathsep.join((str(ROOT), str(ROOT / "tests")))
    return subprocess.run([sys.executable, "-c", first + code, str(folder), *arguments],
                          env=os.environ | {"PYTHONPATH": path}, capture_output=True,
                          text=True, check=False)  # fmt: skip


@pytest.mark.parametrize("format", FORMATS)
def test_a_disk_that_takes_no_more_leaves_nothing(tmp_path, format):
    """The system refuses to let files grow beyond 4 KB, as a full disk does."""
    code = (
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "try:\n"
        "    write_dossier(document, out, formats=(sys.argv[2],), shapes=shapes)\n"
        "except OutputError as error:\n"
        "    sys.exit(f'refused: {error}')\n"
    )
    told = run_python(code, tmp_path / "out", format)
    assert "refused: cannot write the dossier" in told.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("stood", [True, False], ids=["a folder with files", "no folder"])
@pytest.mark.parametrize("formats", [1, 6])
def test_a_killed_process_leaves_no_dossier(document, tmp_path, stood, formats):
    """What it left hidden is cleared away by the next."""
    out = tmp_path / "out"
    if stood:
        out.mkdir()
        (out / "mine.txt").write_text("mine")
    code = (
        "def progress(formats, desc):\n"
        "    for number, name in enumerate(formats):\n"
        "        if number == int(sys.argv[2]): os.kill(os.getpid(), signal.SIGKILL)\n"
        "        yield name\n"
        "write_dossier(document, out, shapes=shapes, progress=progress)\n"
    )
    told = run_python(code, out, str(formats))
    assert told.returncode == -9, told.stderr
    seen = [path.name for path in tmp_path.rglob("*") if ".lsgis-" not in str(path)]
    assert sorted(seen) == (["mine.txt", "out"] if stood else [])
    left = list(tmp_path.rglob(".lsgis-*"))
    assert len(left) == 1
    write_dossier(document, out, formats=("json",))
    assert list(tmp_path.rglob(".lsgis-*")) == []


def test_two_at_work_in_one_folder_leave_each_other_alone(document, tmp_path):
    def progress(formats, desc):
        for name in formats:
            write_dossier(document, tmp_path, formats=("xlsx",))
            yield name

    written = write_dossier(document, tmp_path, formats=("json",), progress=progress)
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".json", ".sha256", ".xlsx"]
    assert written[0].exists()


@pytest.mark.parametrize(
    "place",
    [
        pytest.param("file/out", id="under a file"),
        pytest.param("file", id="in place of a file"),
        pytest.param("/proc/out", id="where nothing can be made"),
    ],
)
def test_a_place_that_cannot_be_written_is_refused(document, tmp_path, place):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OutputError, match="cannot write the dossier"):
        write_dossier(document, tmp_path / place, formats=("json",))
    assert (tmp_path / "file").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_format_that_fails_leaves_nothing(document, tmp_path):
    """After two formats are written a third finds something it cannot say."""
    told = document | {"site": document["site"] | {"area_certificate_m2": float("nan")}}
    with pytest.raises(OutputError, match="JSON"):
        write_dossier(told, tmp_path / "out", formats=("xlsx", "gpkg", "json"))
    assert list(tmp_path.iterdir()) == []


def test_what_stood_there_is_put_back(document, tmp_path):
    out = tmp_path / "out"
    paths = write_dossier(document, out, formats=("json", "html"))
    paths[0].write_text("mine")
    xlsx = out / f"dossier-{document['id'][:12]}-vi.xlsx"
    xlsx.mkdir()
    with pytest.raises(OutputError, match="a folder of that name stands there"):
        write_dossier(document, out, formats=("json", "xlsx"))
    assert paths[0].read_text() == "mine"
    assert sorted(out.iterdir()) == sorted([*paths, xlsx])


def test_other_files_of_the_folder_stay(document, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    for _ in range(2):
        paths = write_dossier(document, tmp_path, formats=("json",))
    assert sorted(tmp_path.iterdir()) == sorted([*paths, tmp_path / "mine.txt"])


@pytest.mark.parametrize(
    ("changes", "options", "words"),
    [
        pytest.param({}, {"formats": ("odt",)}, "odt.*html", id="format"),
        pytest.param({}, {"formats": ()}, "expected some of", id="no format"),
        pytest.param({}, {"lang": "fr"}, "fr.*vi, en", id="language"),
        pytest.param({"id": "../../x"}, {}, "/id", id="id with a path"),
        pytest.param({"id": '"; } body { display: none'}, {}, "/id", id="id with a style"),
        pytest.param({"type": "\ud83d"}, {"formats": ("json",)}, "JSON", id="no text"),
        pytest.param({"software": {"x": 1}}, {"formats": ("json",)}, "/software", id="no software"),
        pytest.param({"more": 1}, {"formats": ("json",)}, "/more", id="unknown key"),
    ],
)
def test_a_bad_call_writes_nothing(document, tmp_path, changes, options, words):
    with pytest.raises(OutputError, match=words):
        write_dossier(document | changes, tmp_path / "out", **options)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_report_is_refused(tmp_path):
    with pytest.raises(OutputError, match="the report lacks /on"):
        write_dossier({"id": "a" * 64}, tmp_path / "out")


def test_a_folder_without_a_parent_is_refused(document, tmp_path):
    with pytest.raises(OutputError, match="cannot write the dossier"):
        write_dossier(document, tmp_path / "no" / "out", formats=("json",))


@pytest.mark.parametrize(
    ("module", "format"),
    [("weasyprint", "pdf"), ("docx", "docx"), ("matplotlib", "png"), ("segno", "html")],
)
def test_a_missing_library_names_the_command(document, tmp_path, monkeypatch, module, format):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(OutputError, match=r'pip install "lsgis\[dossier\]"'):
        write_dossier(document, tmp_path / "out", formats=(format, "json"))
    assert list(tmp_path.iterdir()) == []


def test_plain_formats_need_no_further_library(document, tmp_path):
    """JSON, XLSX and GeoPackage are written where the extra is not installed."""
    (tmp_path / "document.json").write_text(json.dumps(document), encoding="utf-8")
    code = (
        "import json, sys\n"
        "for name in ('weasyprint', 'docx', 'matplotlib', 'segno'): sys.modules[name] = None\n"
        "from lsgis.report.dossier import write_dossier\n"
        "document = json.load(open('document.json', encoding='utf-8'))\n"
        "write_dossier(document, 'out', formats=('json', 'xlsx', 'gpkg'))\n"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True)
    assert len(list((tmp_path / "out").iterdir())) == 4  # and the list of them


def test_progress_counts_the_formats(document, tmp_path):
    told = []

    def progress(items, desc):
        told.append((list(items), desc))
        return items

    write_dossier(document, tmp_path / "out", formats=("json", "xlsx"), progress=progress)
    assert told == [(["json", "xlsx"], "dossier")]


@pytest.fixture(scope="session")
def index():
    """Of the plan that travels with lsgis."""
    return build_index(read_plan())


def test_every_report_says_whether_the_plan_is_that_of_the_day(index):
    site = read_site("106.76,21.85", accuracy_m=5)
    told = {
        day: check_site(site, index, on=date.fromisoformat(day)).document
        for day in ("2025-06-30", "2026-02-27", "2026-11-22")
    }
    valid = [[row["valid"] for row in document["validity"]] for document in told.values()]
    assert valid == [[False, False], [True, False], [True, True]]
    for day, document in told.items():
        stated = {clause["id"]: clause for clause in document["clauses"]}
        cited = [clause for row in document["validity"] for clause in row["clauses"]]
        assert set(cited) <= set(stated)
        assert stated["339/3.1"]["status"] == ("in_force" if day > "2026-02-28" else "not_yet")
    ids = {document["id"] for document in told.values()}
    assert len(ids) == 3


EXAMPLES = {  # as notebooks/02_check_a_site.ipynb has them
    "park": ("411200 2395800, 412200 2395800, 412200 2396400, 411200 2396400, 411200 2395800",
             "industrial", 14),
    "inner city": ("449050 2417050, 449250 2417050, 449250 2417200, 449050 2417200, 449050 2417050",
                   "residential", 13),
    "far": ("494000 2390000, 494300 2390000, 494300 2390200, 494000 2390200, 494000 2390000",
            None, 12),
}  # fmt: skip


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_plain_dossier_is_short(index, tmp_path, name):
    corners, type, most = EXAMPLES[name]
    site = read_site(f"POLYGON (({corners}))", crs="EPSG:9215", name=name, accuracy_m=0.5)
    report = check_site(site, index, on=date(2026, 11, 22), type=type).document
    shapes = shapes_around(index, report)
    path, _ = write_dossier(report, tmp_path / "out", formats=("pdf",), shapes=shapes)
    pages = pdf_words(path)
    assert len(pages) <= most
    first = " ".join(word[4] for word in pages[0][1])
    summary = make_summary(as_report(report), "vi")
    assert summary.headline in first
    assert all(line.title in first for line in summary.lines)
    assert say("dossier.rule", "vi") in first


def test_a_real_check_becomes_a_dossier(index, tmp_path):
    """From the plan that travels with lsgis: a site in the inner city of Lạng Sơn."""
    site = read_site("POLYGON((106.757 21.848,106.759 21.848,106.759 21.8495,106.757 21.848))",
                     crs="EPSG:4326", name="Nhà ở thử", accuracy_m=0.5)  # fmt: skip
    report = check_site(site, index, on=date(2026, 11, 22), type="residential").document
    shapes = shapes_around(index, report)
    assert all(zone.geom_type.endswith("Polygon") for zone, _ in shapes["commune"])
    formats = ("html", "json", "png")
    files = by_name(write_dossier(report, tmp_path / "out", formats=formats, shapes=shapes))
    assert set(files["maps"]) == {"overview", "urban_inner"}
    assert json.loads(files["json"].read_text(encoding="utf-8")) == report
    page = Page(files["html"].read_text(encoding="utf-8"))
    for attributes, _ in page.values:
        assert float(attributes["data-value"]) == resolve(report, attributes["data-at"])
    text = "".join(page.text)
    assert all(theme["title"]["vi"] in text for theme in report["themes"])


def test_all_layers_have_their_words():
    """Every restricting layer of the catalogue stands in the case of these tests."""
    names = {layer.name for layer in read_catalogue().values() if layer.restricts}
    assert {theme["layer"] for theme in make_document()["themes"]} == names


def test_a_format_is_one_function_and_one_row(document, tmp_path, monkeypatch):
    """A new format needs nothing else: default, file name, refusal, library, help, doctor."""
    from click.testing import CliRunner

    from lsgis.cli import main
    from lsgis.machine import doctor
    from lsgis.report.dossier import Format

    def write_text(content, path):
        path.write_text(content.dossier.id, encoding="utf-8")

    monkeypatch.setitem(FORMATS, "txt", Format(write_text, needs=("segno",)))
    paths = write_dossier(document, tmp_path / "one", formats=("txt", "json"), lang="en")
    stem = f"dossier-{document['id'][:12]}"
    assert [path.name for path in paths] == [f"{stem}-en.txt", f"{stem}.json", f"{stem}.sha256"]
    assert paths[0].read_text(encoding="utf-8") == document["id"]
    everything = write_dossier(document, tmp_path / "all")
    assert f"{stem}-vi.txt" in {path.name for path in everything}
    with pytest.raises(OutputError, match=r"expected some of .*png, txt"):
        write_dossier(document, tmp_path / "no", formats=("nothing",))
    helped = CliRunner().invoke(main, ["check-site", "--help"]).output
    assert ",".join(FORMATS) in "".join(helped.split())
    assert "dossier.txt" in set(doctor(cache=tmp_path)["check"])
    monkeypatch.setitem(sys.modules, "segno", None)
    with pytest.raises(OutputError, match=r"not installed; run pip.*:\n  txt: segno"):
        write_dossier(document, tmp_path / "lacks", formats=("txt",))


@pytest.mark.parametrize("format", [name for name in FORMATS if FORMATS[name].needs])
def test_a_missing_library_is_told_for_its_format(document, tmp_path, monkeypatch, format):
    for module in FORMATS[format].needs:
        with monkeypatch.context() as without:
            without.setitem(sys.modules, module, None)
            with pytest.raises(OutputError, match=f"\n  {format}: "):
                write_dossier(document, tmp_path / "out", formats=("json", format))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_what_nobody_counted_is_not_told_as_none(lang):
    """Layers without a total of which no member is named: how many lack a place is unknown."""
    themes = [
        dict(theme, expected=None, undrawn=[], undrawn_count=0, state="no_data", located=0)
        | {"nearest": None, "findings": [], "undrawn_here": None}
        for theme in make_document()["themes"]
    ]
    known = [dict(theme, expected=3, undrawn_count=3) for theme in themes]
    for rows, is_known in ((themes, False), (known, True)):
        report = as_report(make_document() | {"themes": rows})
        table = make_theme_table(report, lang, read_region())
        at = [column.code for column in table.columns].index("undrawn")
        texts = {row[at].text for row in table.rows}
        assert texts == ({"3"} if is_known else {say("dossier.here-none", lang)})
