"""Sheets and cells of a workbook: nothing a user typed is ever run."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from math import ceil
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from lsgis.report.dossier.content import Cell, Column, heading
from lsgis.report.dossier.outline import Dossier
from lsgis.text import family, say

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

_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
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
        title, made = say("dossier.title", dossier.lang), datetime.fromisoformat(dossier.on)
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
    sheet.write_number(row, place, cell.value, book.formats[name])


def _number_format(cell: Cell) -> str:
    """As many decimals as the reader sees in the other formats."""
    decimals = "." + "0" * cell.digits if cell.digits else ""
    if cell.kind == "percent":
        return f"0{decimals}%"
    if cell.kind == "degree":
        words = cell.text.partition(" (")[0].replace('"', "")
        return f'"{words} ("0"°)"'
    return f"0{decimals}" if cell.kind == "lonlat" else f"#,##0{decimals}"
