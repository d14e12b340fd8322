"""A dossier as a workbook: every table, text as text, numbers unrounded and typed."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from lsgis.report.dossier.content import (
    Cell,
    Column,
    Section,
    Sentence,
    Table,
    heading,
    is_group,
    plain,
)
from lsgis.report.dossier.lists import make_theme_table
from lsgis.report.dossier.outline import Dossier
from lsgis.report.dossier.summary import layers_told
from lsgis.text import say

_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_LONGEST = 32_767  # characters in a cell of the format
_LOOKS: dict[str, dict[str, Any]] = {
    "head": {"bold": True, "bg_color": "#eef2f4", "text_wrap": True, "border": 1, "valign": "vcenter"},
    "text": {"text_wrap": True, "valign": "top", "border": 1, "border_color": "#cfd8dd"},
    "title": {"bold": True, "font_size": 14}, "bold": {"bold": True, "text_wrap": True},
    "plain": {"text_wrap": True, "valign": "top"},
}  # fmt: skip


def write_workbook(dossier: Dossier, document: Mapping[str, Any], path: Path) -> None:
    """Write a dossier as XLSX: a sheet a section, the same tables as on the page.

    Headings are frozen and repeat on paper; the id stands in every footer. A
    text never becomes a formula, a link or a number.
    """
    with xlsxwriter.Workbook(path, _OPTIONS) as book:
        made = datetime.fromisoformat(dossier.on)
        book.set_properties({"title": say("dossier.title", dossier.lang), "created": made,
                             "comments": dossier.id})  # fmt: skip
        writer = _Writer(book, dossier)
        writer.summary()
        writer.section(Section("themes", (make_theme_table(document, dossier.lang),)))
        for section in dossier.sections:
            if section.code != "lists":
                writer.section(section)


class _Writer:
    """Sheets of one workbook; formats are made once, as the library wants."""

    def __init__(self, book: xlsxwriter.Workbook, dossier: Dossier) -> None:
        self.book, self.dossier, self.lang = book, dossier, dossier.lang
        self.formats = {name: book.add_format(look) for name, look in _LOOKS.items()}

    def summary(self) -> None:
        """First sheet: what is asked about, the headline, the groups."""
        dossier, sheet = self.dossier, self._sheet("summary")
        found = dossier.summary
        sheet.set_column(0, 0, 30)
        sheet.set_column(1, 1, 10)
        sheet.set_column(2, 2, 90)
        lines = [say("dossier.title", self.lang), dossier.name, say("dossier.footer-id", self.lang, id=dossier.id),
                 say("dossier.as-of", self.lang, on=f"{datetime.fromisoformat(dossier.on):%d/%m/%Y}"),
                 found.headline]  # fmt: skip
        lines += [plain(found.strongest, self.lang)] if found.strongest else []
        lines += [say("dossier.badge-schematic", self.lang)] if dossier.schematic else []
        lines += [plain(note, self.lang) for note in found.notes]
        lines.append(say("dossier.rule", self.lang))
        for row, text in enumerate(lines):
            sheet.write_string(row, 0, text[:_LONGEST], self.formats["title"] if row == 0 else None)
        columns = (Column("group"), Column("layers", number=True), Column("which"))
        rows = tuple(
            (Cell(line.title), Cell(str(line.count), line.count, kind="count"),
             Cell(layers_told(line, self.lang)))
            for line in found.lines
        )  # fmt: skip
        self._rows(sheet, len(lines) + 1, columns, rows)

    def section(self, section: Section) -> None:
        """A sheet of a section's tables, one under the other; those alike in one."""
        tables = _merged([block for block in section.blocks if isinstance(block, Table)])
        texts = [block for block in section.blocks if isinstance(block, Sentence)]
        if not tables and section.code != "disclaimer":
            return
        sheet, row = self._sheet(section.code), 0
        for table in tables:
            if row:
                sheet.write_string(row, 0, table.title[:_LONGEST], self.formats["bold"])
                row += 1
            row = self._rows(sheet, row, table.columns, table.rows) + 1
        if tables:
            sheet.freeze_panes(1, 1)
            sheet.repeat_rows(0)
            sheet.autofilter(0, 0, len(tables[0].rows), len(tables[0].columns) - 1)
            self._widths(sheet, tables)
        for text in texts:
            sheet.write_string(row, 0, plain(text, self.lang)[:_LONGEST])
            row += 1

    def _sheet(self, code: str):
        sheet = self.book.add_worksheet(say(f"dossier.sheet-{code}", self.lang))
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        page = say("dossier.page", self.lang)
        sheet.set_footer(f"&L&6 {self.dossier.id}&R&8 {page} &P/&N")
        return sheet

    def _rows(self, sheet, row: int, columns, rows) -> int:
        for place, column in enumerate(columns):
            sheet.write_string(row, place, heading(column, self.lang), self.formats["head"])
        for number, cells in enumerate(rows, start=row + 1):
            for place, cell in enumerate(cells):
                self._cell(sheet, number, place, cell)
        return row + len(rows) + 1

    def _cell(self, sheet, row: int, place: int, cell: Cell) -> None:
        if cell.value is None:
            sheet.write_string(row, place, cell.text[:_LONGEST], self.formats["text"])
            return
        name = _number_format(cell)
        if name not in self.formats:
            look = {"valign": "top", "border": 1, "border_color": "#cfd8dd", "num_format": name}
            self.formats[name] = self.book.add_format(look)
        sheet.write_number(row, place, cell.value, self.formats[name])

    def _widths(self, sheet, tables) -> None:
        for place in range(max(len(table.columns) for table in tables)):
            weights = [t.columns[place].weight for t in tables if place < len(t.columns)]
            sheet.set_column(place, place, max(11.0, 9.0 * max(weights)))


def _merged(tables: list[Table]) -> list[Table]:
    """Tables with the same columns as one; titles and groups get a column of their own."""
    if len(tables) == 1 and any(is_group(row, tables[0]) for row in tables[0].rows):
        return [_flat(tables[0])]
    if len(tables) < 2 or any(table.columns != tables[0].columns for table in tables):
        return tables
    columns = (Column("table", 3), *tables[0].columns)
    rows = tuple((Cell(table.title), *row) for table in tables for row in table.rows)
    return [Table(tables[0].code, columns, rows)]


def _flat(table: Table) -> Table:
    """A table whose groups are told in a column."""
    rows, group = [], Cell("")
    for row in table.rows:
        if is_group(row, table):
            group = row[0]
        else:
            rows.append((group, *row))
    return Table(table.code, (Column("layer", 3), *table.columns), tuple(rows))


def _number_format(cell: Cell) -> str:
    decimals = "." + "0" * cell.digits if cell.digits else ""
    if cell.kind == "percent":
        return f"0{decimals}%"
    if cell.kind == "degree":
        words = cell.text.partition(" (")[0].replace('"', "")
        return f'"{words} ("0"°)"'
    return f"0{decimals}" if cell.kind == "lonlat" else f"#,##0{decimals}"
