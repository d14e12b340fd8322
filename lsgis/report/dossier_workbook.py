"""The dossier as a workbook."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time
from io import BytesIO
from math import ceil
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from lsgis.region import Region
from lsgis.report.findings import make_theme_table
from lsgis.report.summary import Dossier, layers_told, tell_schematic
from lsgis.report.wording import (
    KINDS,
    Cell,
    Column,
    Section,
    Sentence,
    Table,
    day,
    heading,
    is_group,
    plain,
)
from lsgis.sitecheck.record import SiteReport
from lsgis.spreadsheet import BOOK
from lsgis.text import family, say

# Sheets and cells of a workbook: nothing a user typed is ever run.

_SHEET = family(
    "dossier.sheet-",
    "dossier.sheet-summary",
    "dossier.sheet-themes",
    "dossier.sheet-site",
    "dossier.sheet-findings",
    "dossier.sheet-context",
    "dossier.sheet-consequences",
    "dossier.sheet-contradictions",
    "dossier.sheet-undrawn",
    "dossier.sheet-clauses",
    "dossier.sheet-thresholds",
    "dossier.sheet-data",
    "dossier.sheet-sources",
    "dossier.sheet-disputes",
    "dossier.sheet-disclaimer",
    "dossier.sheet-glossary",
)

_OPTIONS = BOOK | {"in_memory": True}
_LONGEST = 32_767  # characters in a cell of the format
_A4 = 9
_LINE_PT, _HIGHEST_PT = 15.0, 405.0
_LINE = {"valign": "top", "border": 1, "border_color": "#cfd8dd"}
_LOOKS: dict[str, dict[str, Any]] = {
    "head": {"bold": True, "bg_color": "#eef2f4", "text_wrap": True, "border": 1},
    "text": {"text_wrap": True} | _LINE,
    "title": {"bold": True, "font_size": 14},
    "bold": {"bold": True},
    "bare": {},
}


@dataclass(frozen=True)
class Book:
    """A workbook being written, its formats by name."""

    file: xlsxwriter.Workbook
    id: str
    lang: str
    formats: dict[str, Any]


@contextmanager
def open_book(content: BytesIO, dossier: Dossier) -> Iterator[Book]:
    """A workbook that says no time of its own: its day is that of the report."""
    with xlsxwriter.Workbook(content, _OPTIONS) as file:
        title, made = say("dossier.title", dossier.lang), datetime.combine(dossier.on, time())
        file.set_properties({"title": title, "created": made, "comments": dossier.id})
        formats = {name: file.add_format(look) for name, look in _LOOKS.items()}
        yield Book(file, dossier.id, dossier.lang, formats)


def add_sheet(book: Book, code: str) -> Worksheet:
    """A sheet named `dossier.sheet-<code>`, set for paper, the id in its footer."""
    sheet = book.file.add_worksheet(say(_SHEET[code], book.lang))
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(f"&L&6 {book.id}&R&8 {say('dossier.page', book.lang)} &P/&N")
    return sheet


def write_text(book: Book, sheet: Worksheet, row: int, place: int, text: str, look: str) -> None:
    """Text as text, cut where the format ends."""
    sheet.write_string(row, place, text[:_LONGEST], book.formats[look])


def write_rows(
    book: Book,
    sheet: Worksheet,
    row: int,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    widths: Sequence[float],
) -> int:
    """Headings and rows from a row on, as wide as told; the number of the row after them."""
    for place, width in enumerate(widths):
        sheet.set_column(place, place, width)
    heads = [Cell(heading(column, book.lang)) for column in columns]
    sheet.set_row(row, _height(heads, widths))
    for place, column in enumerate(columns):
        write_text(book, sheet, row, place, heading(column, book.lang), "head")
    for number, cells in enumerate(rows, start=row + 1):
        sheet.set_row(number, _height(cells, widths))
        for place, cell in enumerate(cells):
            _write(book, sheet, number, place, cell)
    return row + len(rows) + 1


def _height(cells: Sequence[Cell], widths: Sequence[float]) -> float:
    """Height of a row in points, so that wrapped text is seen in every program."""
    lines = (
        sum(ceil(max(len(line), 1) * 1.1 / width) for line in cell.text.split("\n"))
        for cell, width in zip(cells, widths, strict=False)
        if cell.value is None
    )
    return min(_LINE_PT * max(lines, default=1), _HIGHEST_PT)


def _write(book: Book, sheet: Worksheet, row: int, place: int, cell: Cell) -> None:
    if cell.value is None:
        write_text(book, sheet, row, place, cell.text, "text")
        return
    name = _number_format(cell)
    if name not in book.formats:
        book.formats[name] = book.file.add_format(_LINE | {"num_format": name})
    value = cell.value * KINDS["ha"][1] if cell.kind == "ha" else cell.value
    sheet.write_number(row, place, value, book.formats[name])


def _number_format(cell: Cell) -> str:
    """As many decimals as the reader sees in the other formats."""
    decimals = "." + "0" * cell.digits if cell.digits else ""
    if cell.kind == "percent":
        return f"0{decimals}%"
    if cell.kind == "degree":
        words = cell.text.partition(" (")[0].replace('"', "")
        return f'"{words} ("0"°)"'
    return f"0{decimals}" if cell.kind == "lonlat" else f"#,##0{decimals}"


# A dossier as a workbook: every table, text as text, numbers unrounded and typed.


def write_workbook(dossier: Dossier, report: SiteReport, path: Path, region: Region) -> None:
    """Write a dossier as XLSX: a sheet a section, the same tables as on the page.

    Headings are frozen and repeat on paper; the id stands in every footer. A
    text never becomes a formula, a link or a number.
    """
    content = io.BytesIO()
    with open_book(content, dossier) as book:
        _summary(book, dossier)
        themes = make_theme_table(report, dossier.lang, region)
        _section(book, Section("themes", (themes,)))
        for section in dossier.sections:
            if section.code not in ("lists", "maps"):
                _section(book, section)
    path.write_bytes(content.getvalue())


def _summary(book: Book, dossier: Dossier) -> None:
    """First sheet: what is asked about, the headline, the groups."""
    lang, found, sheet = dossier.lang, dossier.summary, add_sheet(book, "summary")
    widths = (38.0, 10.0, 90.0)
    told = (
        *found.cautions,
        *found.warnings,
        *filter(None, (found.strongest,)),
        *found.facts,
        *found.notes,
    )
    lines = [
        say("dossier.title", lang),
        dossier.name,
        say("dossier.footer-id", lang, id=dossier.id),
        say("dossier.as-of", lang, on=day(dossier.on)),
        found.headline,
        *(plain(sentence, lang) for sentence in told),
    ]
    lines += [tell_schematic(dossier)] if dossier.schematic else []
    for row, text in enumerate([*lines, say("dossier.rule", lang)]):
        write_text(book, sheet, row, 0, text, "title" if row == 0 else "bare")
    columns = (Column("group"), Column("layers", number=True), Column("which"))
    rows = tuple(
        (
            Cell(line.title),
            Cell(str(line.count), line.count, kind="count"),
            Cell(layers_told(line, lang)),
        )
        for line in found.lines
    )
    write_rows(book, sheet, len(lines) + 2, columns, rows, widths)


def _section(book: Book, section: Section) -> None:
    """A sheet of a section's tables, one under the other; those alike in one."""
    paper = tuple(block for block in section.blocks if isinstance(block, Table))
    tables = _merged(list(section.rows or paper))
    sheet, row = add_sheet(book, section.code), 0
    widths = _widths(tables)
    for table in tables:
        if row:
            write_text(book, sheet, row, 0, table.title, "bold")
            row += 1
        row = write_rows(book, sheet, row, table.columns, table.rows, widths) + 1
    if len(tables) == 1:
        sheet.freeze_panes(1, 1)
        sheet.repeat_rows(0)
        sheet.autofilter(0, 0, len(tables[0].rows), len(tables[0].columns) - 1)
    for block in section.blocks:
        if isinstance(block, Sentence):
            write_text(book, sheet, row, 0, plain(block, book.lang), "bare")
            row += 1


def _widths(tables: list[Table]) -> list[float]:
    """Widths of the columns of a sheet, in characters, by their weights."""
    most = max((len(table.columns) for table in tables), default=0)
    weights = [[t.columns[n].weight for t in tables if n < len(t.columns)] for n in range(most)]
    return [max(11.0, 9.0 * max(column)) for column in weights]


def _merged(tables: list[Table]) -> list[Table]:
    """Tables with the same columns as one; titles and groups get a column of their own."""
    tables = [_flat(table) for table in tables]
    if len(tables) < 2 or any(table.columns != tables[0].columns for table in tables):
        return tables
    columns = (Column("table", 3), *tables[0].columns)
    rows = tuple((Cell(table.title), *row) for table in tables for row in table.rows)
    return [Table(tables[0].code, columns, rows)]


def _flat(table: Table) -> Table:
    """A table whose groups are told in a column."""
    if not any(is_group(row, table) for row in table.rows):
        return table
    group, rows = Cell(""), []
    for row in table.rows:
        if is_group(row, table):
            group = row[0]
        else:
            rows.append((group, *row))
    return Table(table.code, (Column("layer", 3), *table.columns), tuple(rows))
