"""A dossier as a workbook: every table, text as text, numbers unrounded and typed."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lsgis.report.dossier.content import Cell, Column, Section, Sentence, Table, is_group, plain
from lsgis.report.dossier.lists import make_theme_table
from lsgis.report.dossier.outline import Dossier, tell_schematic
from lsgis.report.dossier.summary import layers_told
from lsgis.report.dossier.wording import day
from lsgis.report.dossier.workbook_cell import Book, add_sheet, open_book, write_rows, write_text
from lsgis.text import say


def write_workbook(dossier: Dossier, document: Mapping[str, Any], path: Path) -> None:
    """Write a dossier as XLSX: a sheet a section, the same tables as on the page.

    Headings are frozen and repeat on paper; the id stands in every footer. A
    text never becomes a formula, a link or a number.
    """
    content = io.BytesIO()
    with open_book(content, dossier) as book:
        _summary(book, dossier)
        _section(book, Section("themes", (make_theme_table(document, dossier.lang),)))
        for section in dossier.sections:
            if section.code not in ("lists", "maps"):
                _section(book, section)
    path.write_bytes(content.getvalue())


def _summary(book: Book, dossier: Dossier) -> None:
    """First sheet: what is asked about, the headline, the groups."""
    lang, found, sheet = dossier.lang, dossier.summary, add_sheet(book, "summary")
    widths = (38.0, 10.0, 90.0)
    told = (*found.warnings, *filter(None, (found.strongest,)), *found.facts, *found.notes)
    lines = [
        say("dossier.title", lang), dossier.name, say("dossier.footer-id", lang, id=dossier.id),
        say("dossier.as-of", lang, on=day(dossier.on)), found.headline,
        *(plain(sentence, lang) for sentence in told),
    ]  # fmt: skip
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
