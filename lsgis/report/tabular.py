"""Tables as files an office opens: CSV for programs, XLSX with Vietnamese or English headings."""

from collections.abc import Mapping
from datetime import datetime, time
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from lsgis import disk
from lsgis.region import Region, read_region
from lsgis.report.words import heading, plan_day, spoken, table_title

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
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
            table.map(_plain).to_csv(csv, index=False, encoding="utf-8-sig", lineterminator="\n")
            _write_workbook(aside / f"{name}.xlsx", name, table, lang, region)
    return [folder / f"{name}.{kind}" for name in tables for kind in ("csv", "xlsx")]


def _plain(value: object) -> object:
    """A text cell that a spreadsheet would run as a formula gets an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_STARTS) else value


def _write_workbook(path: Path, name: str, table: pd.DataFrame, lang: str, region: Region) -> None:
    options = {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True}
    with xlsxwriter.Workbook(path, options) as book:
        made = datetime.combine(plan_day(region), time())
        book.set_properties({"created": made, "title": table_title(name, lang, region=region)})
        sheet = book.add_worksheet(name[:31])
        head = book.add_format(
            {"bold": True, "bg_color": "#e8edf0", "text_wrap": True, "border": 1}
        )
        formats = {ending: book.add_format({"num_format": f}) for ending, f in _FORMATS.items()}
        for number, column in enumerate(table.columns):
            title = heading(column, lang, region=region)
            sheet.write_string(0, number, title, head)
            style = next((f for ending, f in formats.items() if column.endswith(ending)), None)
            sheet.set_column(number, number, _width(table[column], title), style)
            for row, value in enumerate(table[column], start=1):
                said = spoken(column, value, lang, region=region)
                _write_cell(sheet, row, number, said, style)
        sheet.freeze_panes(1, 2)
        sheet.autofilter(0, 0, len(table), max(len(table.columns) - 1, 0))


def _write_cell(sheet: Worksheet, row: int, column: int, value: Any, style: Format | None) -> None:
    if pd.isna(value) or value == "":
        return
    if isinstance(value, str):
        sheet.write_string(row, column, value)
    else:
        sheet.write_number(row, column, float(value), style)


def _width(column: pd.Series, title: str) -> float:
    longest = column.astype("string").str.len().max() if len(column) else 0
    return float(min(48, max(9, min(len(title), 18), 0 if pd.isna(longest) else longest)))
