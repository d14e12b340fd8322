"""Rows of cells of a table file: a workbook, or a delimited text."""

import csv
import re
from collections import Counter
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pandas as pd
import pyogrio

from lsgis.errors import LayerError
from lsgis.intake.feature import UNREADABLE, Found, Lost, Told, reader_reason
from lsgis.intake.layout import Table, lay_out
from lsgis.intake.workbook import BROKEN, Sheet, read_workbook

SHEETS = {".xlsx", ".xlsm", ".ods"}
TEXTS = {".csv", ".tsv", ".txt"}
_MOST_LINES = 200
_ROW = re.compile(r"\D")
_MOST_NAMED = 10


def read_grid(path: Path, layer: str | None) -> Found:
    """Rows of a table, each cell as it stands: text, number, day; what was passed over is told.

    Raises
    ------
    LayerError
        No table, or several sheets with something in them and none named.
    """
    if path.suffix.lower() in TEXTS:
        return _of_text(path)
    sheet = _one_sheet(path, layer)
    table = lay_out(sheet.rows, sheet.merged)
    found = Found(_frame(table), told=[*_hidden(sheet), *table.told])
    open_cells: dict[int, list[str]] = {}
    for cell in sheet.unknown:
        open_cells.setdefault(int(_ROW.sub("", cell)), []).append(cell)
    found.lost = [
        (n, f"formulas nobody computed: {', '.join(open_cells[number][:_MOST_NAMED])}")
        for n, number in enumerate(table.numbers, 1)
        if number in open_cells
    ]
    return found


def _frame(table: Table) -> pd.DataFrame:
    wide = len(table.names)
    cells = [[_plain(c) for c in (*row, *[None] * wide)[:wide]] for row in table.rows]
    return pd.DataFrame(cells, columns=table.names, dtype=object)


def _plain(cell: Any) -> Any:
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return int(cell)
    if isinstance(cell, str):
        return cell.strip() or None
    return cell


def _one_sheet(path: Path, layer: str | None) -> Sheet:
    sheets = _sheets(path)
    if layer is not None:
        if layer not in sheets:
            names = ", ".join(sheets)
            raise LayerError("intake.no-layer", path=path, layer=layer, found=names)
        return sheets[layer]
    filled = [s for s in sheets.values() if any(c is not None for row in s.rows for c in row)]
    shown = [sheet for sheet in filled if sheet.visible] or filled
    if len(shown) > 1:
        names = ", ".join(sheet.name for sheet in shown)
        raise LayerError("intake.which-layer", path=path, found=names)
    if not shown:
        raise LayerError("intake.no-table", path=path, reason="no rows")
    return shown[0]


def _sheets(path: Path) -> dict[str, Sheet]:
    try:
        if path.suffix.lower() != ".ods":
            return {sheet.name: sheet for sheet in read_workbook(path)}
    except ImportError:
        pass  # GDAL reads the cells, and knows nothing of merged and hidden ones
    except (*BROKEN, OverflowError) as error:
        raise LayerError("intake.no-workbook", path=path, reason=error) from error
    try:
        names = [str(name) for name, _ in pyogrio.list_layers(path)]
        return {name: Sheet(name, _cells(path, name)) for name in names}
    except (*UNREADABLE, UnicodeDecodeError) as error:
        reason = reader_reason(error, path)
        raise LayerError("intake.no-table", path=path, reason=reason) from error


def _cells(path: Path, name: str) -> list[tuple[Any, ...]]:
    frame = pyogrio.read_dataframe(path, layer=name, read_geometry=False, HEADERS="DISABLE")
    frame = frame.astype(object).where(frame.notna(), None)
    return list(frame.itertuples(index=False, name=None))


def _hidden(sheet: Sheet) -> list[Told]:
    named: dict[str, list] = {
        "hidden-rows": sheet.hidden_rows,
        "hidden-columns": sheet.hidden_columns,
    }
    return [
        (code, sheet.name, "", ", ".join(map(str, found[:_MOST_NAMED])))
        for code, found in named.items()
        if found
    ]


def _of_text(path: Path) -> Found:
    """Cells of a delimited text; a row longer than the heading is told."""
    raw = path.read_bytes()
    told: list[Told] = []
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = raw.decode("utf-16", "replace")
    else:
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("cp1252", "surrogateescape")
            text = "".join(chr(ord(c) & 0xFF) if 0xDC80 <= ord(c) <= 0xDCFF else c for c in text)
            told = [("bytes", path.name, "UTF-8", "Windows-1252")]
    lines = text.splitlines()
    try:
        rows = [tuple(row) for row in csv.reader(lines, delimiter=_mark(lines))]
    except csv.Error as error:
        raise LayerError("intake.no-table", path=path, reason=error) from error
    if not any(rows):
        raise LayerError("intake.no-table", path=path, reason="no rows")
    table = lay_out(rows)
    wide = len(table.names)
    lost: list[Lost] = [
        (number, f"{len(row)} cells under a heading of {wide}: {list(row[wide:])}")
        for number, row in enumerate(table.rows, start=1)
        if any(cell.strip() for cell in row[wide:])
    ]
    return Found(_frame(table), lost, [*told, *table.told])


def _mark(lines: list[str]) -> str:
    """The delimiter that parts most lines into equally many cells."""
    sample = [line for line in lines if line.strip()][:_MOST_LINES]

    def score(mark: str) -> tuple[int, int]:
        counts = Counter(count for line in sample if (count := line.count(mark)))
        often, much = max(((n, count) for count, n in counts.items()), default=(0, 0))
        return often, much

    return max(";\t|,", key=score)
