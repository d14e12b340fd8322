"""A dossier: one report in seven formats that all say the same, and no more than it knows."""

import io
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
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from shapely.geometry import mapping

from lsgis.catalogue import read_catalogue
from lsgis.errors import OutputError
from lsgis.report.dossier import FORMATS, shapes_around, write_dossier
from lsgis.report.dossier import write as writing
from lsgis.report.dossier.figure import KINDS, figure, resolve
from lsgis.report.dossier.lists import LISTS, make_lists
from lsgis.report.dossier.shown import clean
from lsgis.report.dossier.summary import GROUPS, make_summary
from lsgis.report.dossier.wording import COLORS, STATES
from lsgis.report.printmap import Thing, bounds_of, choose_frame, draw_sheet
from lsgis.report.printmap.legend import legend_rows, visible
from lsgis.report.printmap.scale import SCALES, grid_lines
from lsgis.report.printmap.sheet import FRAME_MM, SHEET_MM
from lsgis.sitecheck import build_index, check_site, read_site
from lsgis.source import read_plan
from lsgis.text import say

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
    for theme in document["themes"]:
        for row in (*theme["findings"], *theme["undrawn"], *filter(None, [theme["nearest"]])):
            row["name_vi"] = next(texts)
        for row in theme["findings"]:
            row["dispute"] = {"reason": next(texts), "by": next(texts), "on": None}
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
    names = [path.name for path in [*files["maps"].values(), *(files[f] for f in FORMATS[:-1])]]
    assert all(name.startswith(f"dossier-{document['id'][:12]}") for name in names)
    assert {path.parent for path in files["maps"].values()} == {files["pdf"].parent}
    assert not list(files["pdf"].parent.parent.glob(".dossier-*"))


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


def test_the_json_is_the_report(document, files):
    assert json.loads(files["json"].read_text(encoding="utf-8")) == json.loads(json.dumps(document))


def test_the_geopackage_holds_site_and_pieces(document, files):
    with sqlite3.connect(files["gpkg"]) as package:
        names = {row[0] for row in package.execute("select table_name from gpkg_contents")}
        systems = {row[0] for row in package.execute("select srs_id from gpkg_geometry_columns")}
        pieces = dict(package.execute("select key, area_m2 from piece_area"))
        findings = dict(package.execute("select key, state from finding"))
    assert (names, systems) == ({"site", "piece_area", "finding"}, {9215})
    found = [finding for theme in document["themes"] for finding in theme["findings"]]
    assert pieces == {f["key"]: f["area_m2"] for f in found if f["geometry"]}
    assert findings == {f["key"]: f["state"] for f in found}


# ---- what is said, and in which order


def test_sections_stand_in_their_order(page):
    order = ["summary", "site", "lists", "findings", "maps", "context", "consequences",
             "contradictions", "undrawn", "clauses", "thresholds", "data", "sources", "disputes",
             "disclaimer", "glossary"]  # fmt: skip
    assert [name for name in page.ids if not name.startswith("h-")] == order


def test_every_theme_stands_in_one_list(document):
    section = make_lists(document, "vi")
    told = [row[0].text for block in section.blocks[:3] for row in block.rows]
    assert sorted(told) == sorted(theme["title"]["vi"] for theme in document["themes"])
    assert sorted(s for states in LISTS.values() for s in states) == sorted(STATES)
    assert sorted(s for states in GROUPS.values() for s in states) == sorted(STATES)


@pytest.mark.parametrize(
    ("states", "tone", "words"),
    [
        pytest.param(
            ["affected", "likely"], "affected", "2 lớp vùng bảo vệ, trong đó 1", id="affected"
        ),
        pytest.param(["likely", "no_data"], "likely", "chưa lớp nào chắc chắn", id="likely"),
        pytest.param(
            ["possible", "below_threshold"], "possible", "2 lớp vùng bảo vệ nằm", id="possible"
        ),
        pytest.param(
            ["incomplete", "no_data"], "incomplete", "2 lớp chưa đủ dữ liệu", id="unknown"
        ),
        pytest.param(["not_affected"], "not_affected", "ngoài cả 1 lớp", id="clear"),
        pytest.param(["not_affected", "no_data"], "no_data", "1 lớp chưa đủ", id="never clear"),
    ],
)
def test_the_headline_says_the_worst(document, states, tone, words):
    themes = [theme | {"state": state, "findings": []}
              for theme, state in zip(document["themes"], states, strict=False)]  # fmt: skip
    summary = make_summary(document | {"themes": themes}, "vi")
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
    assert [("CHƯA KIỂM CHỨNG" in row[2]) for table in tables for row in table[1:]] == [False, True]


def test_a_superseded_clause_says_so_wherever_it_is_cited(page):
    cited = [cell for table in page.tables for row in table for cell in row if "43/2015" in cell]
    assert len(cited) == 2
    assert all(say("law.superseded", "vi") in cell for cell in cited[:1])


@pytest.mark.parametrize("schematic", [True, False])
def test_the_badge_stands_when_data_are_schematic(document, tmp_path, schematic):
    quality = "schematic" if schematic else "indicative"
    data = [row | {"quality": quality} for row in document["data"]]
    [path] = write_dossier(document | {"data": data}, tmp_path / "out", formats=("html",))
    assert ('class="badge"' in path.read_text(encoding="utf-8")) is schematic


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

    assert set(COLORS) == set(STATES)
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
    widths = {round(section.page_width.mm) for section in letter.sections}
    assert widths == {210, 297}
    pictures = letter.inline_shapes
    assert {round(picture.width.mm) for picture in pictures} == {20, 165}


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
)  # fmt: skip
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
    assert clean({"x": [text], "geometry": text}) == {"x": [shown], "geometry": text}


# ---- the same bytes again


def test_the_same_report_gives_the_same_bytes(document, files, tmp_path, monkeypatch):
    """In another folder, at another time, in another time zone and language."""
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    monkeypatch.setenv("LC_ALL", "vi_VN.UTF-8")
    time.sleep(1.1)
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


def test_a_format_that_fails_leaves_nothing(document, tmp_path, monkeypatch):
    def fail(name, content, path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing, "write_format", fail)
    with pytest.raises(OutputError, match="No space left"):
        write_dossier(document, tmp_path / "out", formats=("json",))
    assert list(tmp_path.iterdir()) == []


def test_what_stood_there_is_put_back(document, tmp_path):
    out = tmp_path / "out"
    paths = write_dossier(document, out, formats=("json", "html"))
    paths[0].write_text("mine")
    xlsx = out / f"dossier-{document['id'][:12]}-vi.xlsx"
    xlsx.mkdir()
    with pytest.raises(OutputError, match="Is a directory"):
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
        pytest.param({"id": "../../x"}, {}, "sha256", id="id with a path"),
        pytest.param({"id": '"; } body { display: none'}, {}, "sha256", id="id with a style"),
        pytest.param({"software": {"x": float("nan")}}, {"formats": ("json",)}, "JSON", id="NaN"),
        pytest.param({"software": {"x": "\ud83d"}}, {"formats": ("json",)}, "JSON", id="no text"),
    ],
)
def test_a_bad_call_writes_nothing(document, tmp_path, changes, options, words):
    with pytest.raises(OutputError, match=words):
        write_dossier(document | changes, tmp_path / "out", **options)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_report_is_refused(tmp_path):
    with pytest.raises(OutputError, match="lacks: on, type, site"):
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
    assert len(list((tmp_path / "out").iterdir())) == 3


def test_progress_counts_the_formats(document, tmp_path):
    told = []

    def progress(items, desc):
        told.append((list(items), desc))
        return items

    write_dossier(document, tmp_path / "out", formats=("json", "xlsx"), progress=progress)
    assert told == [(["json", "xlsx"], "dossier")]


def test_a_real_check_becomes_a_dossier(tmp_path):
    """From the plan that travels with lsgis: a site in the inner city of Lạng Sơn."""
    index = build_index(read_plan())
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
