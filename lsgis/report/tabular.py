"""Tables as files an office opens: CSV for programs, XLSX with Vietnamese or English headings."""

import json
from collections.abc import Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from lsgis import disk
from lsgis.errors import OutputError
from lsgis.region import Region, read_region
from lsgis.report.words import heading, plan_day, spoken, table_title
from lsgis.spreadsheet import BOOK, sheet_name, write_csv

_LONGEST, _MOST_ROWS = 32_767, 1_048_575  # characters in a cell, rows below the heading
_FORMATS = {"_m2": "#,##0", "_ha": "#,##0.00", "share": "0.00%", "deviation": "0.00%"}


def write_tables(
    tables: Mapping[str, pd.DataFrame], folder: Path, *, lang: str, region: Region | None = None
) -> list[Path]:
    """Write each table as `<name>.csv` and `<name>.xlsx`.

    CSV: UTF-8 with a mark that spreadsheets need for Vietnamese, unrounded,
    machine column names. XLSX: headings in `lang`, number formats, frozen
    heading, a filter; text stays text, it never becomes a formula.

    Parameters
    ----------
    tables
        Tables by name, columns as `make_tables` gives them.
    folder
        Existing folder.
    lang
        "vi" or "en".
    region
        Whose registers know the words; the one that travels with lsgis when None.

    Raises
    ------
    OutputError
        They cannot be written; then none is.
    """
    region = region or read_region()
    with disk.whole_set(folder) as aside:
        for name, table in tables.items():
            csv = aside / f"{name}.csv"
            write_csv(table, csv)
            title = table_title(name, lang, region=region)
            write_book({name: table}, aside / f"{name}.xlsx", title=title, lang=lang, region=region)
    return [folder / f"{name}.{kind}" for name in tables for kind in ("csv", "xlsx")]


def write_book(
    tables: Mapping[str, pd.DataFrame], path: Path, *, title: str, lang: str, region: Region
) -> None:
    """Write tables as the sheets of one workbook, headings in `lang`, numbers as numbers.

    A text stays text: never a formula, a link or a number. Where to write it whole: `disk`.

    Raises
    ------
    OutputError
        A table has more rows than a sheet holds.
    """
    for table in tables.values():
        if len(table) > _MOST_ROWS:
            raise OutputError("dossier.too-many-rows", count=len(table), most=_MOST_ROWS)
    with xlsxwriter.Workbook(path, BOOK | {"nan_inf_to_errors": True}) as book:
        made = datetime.combine(plan_day(region), time())
        book.set_properties({"created": made, "title": title})
        head = book.add_format(
            {"bold": True, "bg_color": "#e8edf0", "text_wrap": True, "border": 1}
        )
        formats = {ending: book.add_format({"num_format": f}) for ending, f in _FORMATS.items()}
        used: list[str] = []
        for name, table in tables.items():
            sheet = book.add_worksheet(sheet_name(name, used))
            used.append(sheet.get_name())
            _fill(sheet, table, head, formats, lang, region)


def _fill(
    sheet: Worksheet,
    table: pd.DataFrame,
    head: Format,
    formats: Mapping[str, Format],
    lang: str,
    region: Region,
) -> None:
    for number, column in enumerate(table.columns):
        title, cells = heading(column, lang, region=region), table.iloc[:, number]
        sheet.write_string(0, number, title[:_LONGEST], head)
        style = next((f for ending, f in formats.items() if _measures(column, ending)), None)
        sheet.set_column(number, number, _width(cells, title), style)
        for row, value in enumerate(cells, start=1):
            said = spoken(column, value, lang, region=region)
            _write_cell(sheet, row, number, said, style)
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, len(table), max(len(table.columns) - 1, 0))


def _measures(column: str, ending: str) -> bool:
    return column.removesuffix("_left").removesuffix("_right").endswith(ending)


def _write_cell(sheet: Worksheet, row: int, column: int, value: Any, style: Format | None) -> None:
    if isinstance(value, list | tuple | dict):
        value = json.dumps(value, ensure_ascii=False, default=str)
    if pd.isna(value) or value == "":
        return
    if isinstance(value, str | date):
        sheet.write_string(row, column, str(value)[:_LONGEST])
    else:
        sheet.write_number(row, column, float(value), style)


def _width(column: pd.Series, title: str) -> float:
    longest = column.astype("string").str.len().max() if len(column) else 0
    return float(min(48, max(9, min(len(title), 18), 0 if pd.isna(longest) else longest)))
