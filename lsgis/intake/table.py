"""Tables without geometry: workbooks and CSV as planners lay them out."""

import csv
import re
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from lsgis import disk
from lsgis.errors import LayerError
from lsgis.intake.cells import (
    BROKEN,
    Sheet,
    cut,
    decode,
    read_workbook,
    sheet_of_text,
    split_cell,
)
from lsgis.intake.damage import mend_cut_letters
from lsgis.intake.geometry import UNREADABLE, Found, Lost, Told, reader_reason
from lsgis.intake.letters import Letters, find_letters, read_bytewise, settle_letters
from lsgis.intake.notation import bare_name, is_number, learn_marks, read_cell
from lsgis.intake.opening import read_plainly, require_table_kind, shut_network

# Where a table begins: titles above it, a heading over one or two rows, numbered columns.

_MOST_ABOVE = 30  # rows in which a heading is looked for
_NUMBERED = re.compile(r"[\(\[]\s*(\d{1,2}|[A-Z])(?:\s*=.*)?\s*[\)\]]|(\d{1,2}|[A-Z])(?:\.0)?")
_PLACES = ("toado", "coord")
Area = tuple[int, int, int, int]  # first row and column, last row and column, from 0
Telling = tuple[str, str, str, str]


@dataclass
class Table:
    """Names of columns, the rows below them with their numbers in the file, and what was told."""

    names: list[str]
    rows: list[tuple[Any, ...]]
    numbers: list[int]  # from 1
    headed: list[bool]  # whether something stands over each column
    told: list[Telling] = field(default_factory=list)


def lay_out(cells: list[tuple[Any, ...]], merged: list[Area] | None = None) -> Table:
    """The table in rows of cells: nothing above it or in it is left out untold.

    Parameters
    ----------
    cells
        Rows of a sheet or a delimited text, from the first.
    merged
        Merged cells, where the file knows them; values stand in the first cell.
    """
    at = _heading(cells)
    depth = _depth(cells, at, merged)
    told = _titles(cells[:at])
    wide = max((len(row) for row in cells[at : at + depth]), default=0)
    if merged is not None:  # a sheet knows its columns; in a text that runs over, cells moved
        wide = max([wide, *map(len, cells[at:])])
    names = _names(cells[at : at + depth], wide, at, merged or [])
    if depth > 1:
        told.append(("heading-rows", f"{at + 1}-{at + depth}", str(depth), ", ".join(names)))
    start = at + depth
    if start < len(cells) and _is_numbered(cells[start]):
        told.append(("row-of-numbers", str(start + 1), _shown(cells[start]), ""))
        start += 1
    rows = [list(row) for row in cells]
    told += _fill(rows, merged or [], start, wide)
    kept = [i for i in range(start, len(rows)) if any(_filled(cell) for cell in rows[i])]
    headed = [
        any(_filled(c) for r in cells[at : at + depth] for c in r[i : i + 1]) for i in range(wide)
    ]
    return Table(names, [tuple(rows[i]) for i in kept], [i + 1 for i in kept], headed, told)


def _filled(cell: Any) -> bool:
    return cell is not None and str(cell).strip() != ""


def _is_word(cell: Any) -> bool:
    return isinstance(cell, str) and not is_number(cell)


def _heading(cells: list[tuple[Any, ...]]) -> int:
    """Position of the heading: the first row of words that is about as wide as the table."""
    filled = [[cell for cell in row if _filled(cell)] for row in cells]
    wide = max(map(len, filled), default=0)
    for index, row in enumerate(filled[:_MOST_ABOVE]):
        if len(row) >= max(2, (wide + 1) // 2) and all(map(_is_word, row)):
            return index
    return next((i for i, row in enumerate(filled) if row), 0)


def _depth(cells: list[tuple[Any, ...]], at: int, merged: list[Area] | None) -> int:
    """How many rows a heading has: two or more where its cells are merged, or leave room."""
    if at + 1 >= len(cells):
        return 1
    below = cells[at + 1]
    words = [cell for cell in below if _filled(cell)]
    if not words or not all(map(_is_word, words)) or _is_numbered(below):
        return 1
    if merged is not None:
        over = [area for area in merged if area[0] <= at <= area[2]]
        across = any(area[3] > area[1] for area in over)
        return max([area[2] - at + 1 for area in over] + [1 + across])
    top = [*cells[at], *[None] * (len(below) - len(cells[at]))]
    room = any(_filled(b) and not _filled(t) for t, b in zip(top, below, strict=False))
    covered = all(not _filled(below[i]) or _opens(top, i) for i in range(min(len(top), len(below))))
    return 2 if room and covered else 1


def _opens(top: list[Any], index: int) -> bool:
    """Whether a cell of a heading is part of a group: blank itself, or with a blank behind it."""
    behind = index + 1 < len(top) and not _filled(top[index + 1])
    return not _filled(top[index]) or behind


def _names(rows: list[tuple[Any, ...]], wide: int, at: int, merged: list[Area]) -> list[str]:
    """Name of each column: the words over it, those of a group before its own."""
    grid = [[*row, *[None] * (wide - len(row))] for row in rows]
    for first, left, last, right in merged:
        if at <= first < at + len(grid) and left < wide:
            for row in range(first, min(last, at + len(grid) - 1) + 1):
                for column in range(left, min(right, wide - 1) + 1):
                    grid[row - at][column] = grid[first - at][left]
    if not merged and len(grid) > 1:  # a group goes on until the next word
        for column in range(1, wide):
            if not _filled(grid[0][column]) and _filled(grid[1][column]):
                grid[0][column] = grid[0][column - 1]
    found = []
    for column in range(wide):
        words = list(
            dict.fromkeys(str(row[column]).strip() for row in grid if _filled(row[column]))
        )
        if len(words) > 1 and bare_name(words[0]).startswith(_PLACES):
            words = words[1:]
        found.append(" ".join(" ".join(words).split()) or f"field_{column + 1}")
    return [n if found.index(n) == i else f"{n}_{i + 1}" for i, n in enumerate(found)]


def _is_numbered(row: tuple[Any, ...]) -> bool:
    """Whether a row only numbers the columns: (1) (2) (3), or A B 1 2."""
    found = [_NUMBERED.fullmatch(str(cell).strip()) for cell in row if _filled(cell)]
    marks = [(match[1] or match[2]) if match else "" for match in found]
    letters = [mark for mark in marks if mark.isalpha()]
    steps = [int(mark) for mark in marks if mark.isdigit()]
    follow = steps == list(range(1, len(steps) + 1)) and letters == [*"ABCDEFGH"[: len(letters)]]
    bracketed = all(match and match[1] for match in found)
    return all(marks) and follow and len(marks) >= (2 if bracketed else 4)


def _titles(rows: list[tuple[Any, ...]]) -> list[Telling]:
    above = [(number, row) for number, row in enumerate(rows, 1) if any(map(_filled, row))]
    if not above:
        return []
    numbers = ", ".join(str(number) for number, _ in above)
    return [("title-rows", numbers, "; ".join(_shown(row) for _, row in above)[:300], "")]


def _shown(row: tuple[Any, ...]) -> str:
    return " ".join(" ".join(str(cell).split()) for cell in row if _filled(cell))


def _fill(rows: list[list[Any]], merged: list[Area], start: int, wide: int) -> list[Telling]:
    """Cells merged downwards in the table count for every row they cover."""
    told = []
    for first, left, last, right in merged:
        if first < start or last == first or left != right or left >= wide or first >= len(rows):
            continue
        value = rows[first][left] if left < len(rows[first]) else None
        if not _filled(value):
            continue
        for row in rows[first + 1 : last + 1]:
            row += [None] * (left + 1 - len(row))
            if any(_filled(cell) for cell in row):
                row[left] = value
        told.append(("merged-cells", f"{first + 1}-{last + 1}", "", str(value)))
    return told


# Rows of cells of a table file: a workbook, or a delimited text.

SHEETS = {".xlsx", ".xlsm", ".ods"}
TEXTS = {".csv", ".tsv", ".txt"}
_MARKS = (";", "\t", "|", ",")
# blanks at both ends; a wide one may be the end of a letter: "HÃ\u00a0" for "Hà"
_ENDS = re.compile(r"^\s+|(?<![ÂÃÆº»])\s+$|(?<=[ÂÃÆº»])[^\S\u00a0]+$")
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
    sheet = one_sheet(path, layer)
    table = lay_out(sheet.rows, sheet.merged)
    found = Found(_frame(table), told=[*_hidden(sheet), *table.told])
    rows = {number: n for n, number in enumerate(table.numbers, 1)}
    for cell in sheet.unknown:
        column, number = split_cell(cell)
        place = sheet.place(column)
        name = table.names[place] if place < len(table.names) else ""
        found.told.append(("formula", name, cell, ""))
        if number in rows:
            found.uncomputed.setdefault(name, []).append((rows[number], cell))
    return found


def _frame(table: Table) -> pd.DataFrame:
    """Columns with a heading or with anything below; a sheet may be formatted far beyond."""
    wide = len(table.names)
    cells = [[plain_cell(c) for c in (*row, *[None] * wide)[:wide]] for row in table.rows]
    held = [any(row[i] is not None for row in cells) for i in range(wide)]
    columns = [i for i in range(wide) if table.headed[i] or held[i]]
    kept = [[row[i] for i in columns] for row in cells]
    return pd.DataFrame(kept, columns=[table.names[i] for i in columns], dtype=object)


def plain_cell(cell: Any) -> Any:
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return int(cell)
    if isinstance(cell, str):
        return _ENDS.sub("", cell) or None
    return cell


def one_sheet(path: Path, layer: str | None) -> Sheet:
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
        raise LayerError("intake.no-table", path=path, reason=LayerError("intake.no-rows"))
    return shown[0]


def _sheets(path: Path) -> dict[str, Sheet]:
    try:
        if path.suffix.lower() != ".ods":
            return {sheet.name: sheet for sheet in read_workbook(path)}
    except LayerError:
        raise
    except ImportError:
        pass  # GDAL reads the cells, and knows nothing of merged and hidden ones
    except (*BROKEN, OverflowError) as error:
        raise LayerError("intake.no-workbook", path=path, reason=error) from error
    require_table_kind(path)
    try:
        with read_plainly(path) as plain, shut_network():
            names = [str(name) for name, _ in pyogrio.list_layers(plain)]
            return {name: Sheet(name, _cells(plain, name)) for name in names}
    except (*UNREADABLE, UnicodeDecodeError) as error:
        reason = reader_reason(error, path)
        raise LayerError("intake.no-table", path=path, reason=reason) from error


def _cells(path: Path, name: str) -> list[tuple[Any, ...]]:
    frame = pyogrio.read_dataframe(path, layer=name, read_geometry=False, HEADERS="DISABLE")
    frame = frame.astype(object).where(frame.notna(), None)
    return list(frame.itertuples(index=False, name=None))


def _hidden(sheet: Sheet) -> list[Told]:
    named: dict[str, list[Any]] = {
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
    sheet, bytewise = _sheet_of_text(path, _evenness)
    told: list[Told] = [("bytes", path.name, "UTF-8", "Windows-1252")] if bytewise else []
    rows = sheet.rows
    if not any(rows):
        raise LayerError("intake.no-table", path=path, reason=LayerError("intake.no-rows"))
    table = lay_out(rows)
    wide = len(table.names)
    lost: list[Lost] = [
        (number, f"{len(row)} cells under a heading of {wide}: {list(row[wide:])}")
        for number, row in enumerate(table.rows, start=1)
        if any(cell.strip() for cell in row[wide:])
    ]
    frame = _frame(table)
    if bytewise:
        frame, said = settle_letters(frame, Letters("", "", path.name))
        told += said
    return Found(frame, lost, [*told, *table.told])


def _sheet_of_text(path: Path, score: Callable[[list[str], str], Any]) -> tuple[Sheet, bool]:
    """Cells of a delimited text with their line breaks; whether its letters are bytes yet."""
    text, bytewise = decode(path.read_bytes())
    try:
        lines = text.splitlines(keepends=True)
        return sheet_of_text(lines, _MARKS, score, name=path.name), bytewise
    except csv.Error as error:
        raise LayerError("intake.no-table", path=path, reason=error) from error


def _evenness(lines: list[str], mark: str) -> tuple[int, int]:
    """How many rows a mark parts into equally many cells, and into how many."""
    counts = Counter(len(row) for row in cut(lines, mark).rows if len(row) > 1)
    return max(((n, wide) for wide, n in counts.items()), default=(0, 0))


# Tables of facts: CSV, XLSX, ODS, DBF, every cell as the text it is.


def read_table(
    path: str | Path, *, layer: str | None = None, bytewise: bool = False
) -> pd.DataFrame:
    """Read a table of facts: every cell as the text it is, empty cells missing.

    The first row that holds anything is the heading.

    Parameters
    ----------
    path
        CSV (UTF-8; cells parted by commas, semicolons, tabs or bars), a spreadsheet
        (XLSX, ODS) or a DBF, whose text is decoded as its language driver or .cpg says,
        unless its bytes say otherwise.
    layer
        Which sheet, when there are several.
    bytewise
        Take a CSV that is not in UTF-8 with one character a byte, as `mend_text` wants it,
        instead of refusing it.

    Returns
    -------
    DataFrame
        `attrs["told"]` is what was found of the letters of the file: (code, where, before,
        after).

    Raises
    ------
    LayerError
        No such file, no table, several sheets and none named, or a row that is longer
        than the heading.
    """
    path = Path(path)
    if not path.exists():
        raise LayerError("intake.missing", path=path)
    if path.suffix.lower() == ".dbf":
        return _read_dbf(path)
    in_bytes = False
    if path.suffix.lower() in SHEETS:
        sheet = one_sheet(path, layer)
    else:
        sheet, in_bytes = _sheet_of_text(path, _by_heading)
        if in_bytes and not bytewise:
            raise LayerError("intake.no-table", path=path, reason=LayerError("intake.not-utf8"))
    is_text = path.suffix.lower() not in SHEETS  # where a line without a cell is no row
    rows = [(number, row) for number, row in sheet.numbered if row or not is_text]
    while rows and not any(map(_filled, rows[0][1])):
        rows.pop(0)
    if not rows:
        raise LayerError("intake.no-table", path=path, reason=LayerError("intake.no-rows"))
    _, heading = rows.pop(0)
    names = _names([heading], len(heading), 0, [])
    while names and not _filled(heading[len(names) - 1]):
        names.pop()
    for number, row in rows:
        if any(map(_filled, row[len(names) :])):
            values = {"row": number, "count": len(row), "wide": len(names)}
            reason = LayerError("intake.long-row", **values)
            raise LayerError("intake.no-table", path=path, reason=reason)
    wide = len(names)
    cells = [[_fact(cell) for cell in (*row, *[None] * wide)[:wide]] for _, row in rows]
    frame = pd.DataFrame(cells, columns=names, dtype=object)
    frame.attrs["told"] = []
    if in_bytes:
        frame, told = settle_letters(frame, Letters("", "", path.name))
        frame.attrs["told"] = [("bytes", path.name, "UTF-8", "Windows-1252"), *told]
    return frame


def _by_heading(lines: list[str], mark: str) -> tuple[int, int]:
    """How many rows a mark parts into as many cells as the first, and into how many."""
    rows = cut(lines, mark).rows
    wide = len(rows[0]) if rows else 0
    return (sum(len(row) == wide for row in rows) if wide > 1 else 0), wide


def _fact(cell: Any) -> str | None:
    found = plain_cell(cell)
    return None if found is None else str(found)


def _read_dbf(path: Path) -> pd.DataFrame:
    require_table_kind(path)
    with disk.scratch() as folder:
        # alone: a .shp beside it is another matter
        source = Path(shutil.copy(path, folder / "alone.dbf"))
        if path.with_suffix(".cpg").exists():
            shutil.copy(path.with_suffix(".cpg"), folder / "alone.cpg")
        mend_cut_letters(source, folder)
        source, letters, told = find_letters(source, folder)
        try:
            with shut_network(), read_bytewise(source, letters) as way:
                rows = pyogrio.read_dataframe(source, read_geometry=False, **way)
        except (*UNREADABLE, UnicodeDecodeError) as error:
            reason = reader_reason(error, source)
            raise LayerError("intake.no-table", path=path, reason=reason) from error
    rows, found = settle_letters(rows, letters)
    frame = pd.DataFrame({name: [_cell(v) for v in rows[name]] for name in rows}, dtype=object)
    frame.attrs["told"] = [(c, path.name, *more) for c, _, *more in [*told, *found]]
    return frame


def _cell(value: object) -> str | None:
    if value is None or (not isinstance(value, str) and pd.isna(value)) or value == "":
        return None
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


# Features of a table: from a column of WKT, or from two columns of coordinates.

SHAPES = ("wkt", "geom", "geometry", "thegeom", "hinhhoc", "shape")
_PAIRS = (
    ("lon", "lat"),
    ("long", "lat"),
    ("lng", "lat"),
    ("longitude", "latitude"),
    ("kinhdo", "vido"),
    ("easting", "northing"),
    ("dong", "bac"),
    ("x", "y"),
    ("xm", "ym"),
    ("toadox", "toadoy"),
    ("xcoord", "ycoord"),
    ("pointx", "pointy"),
    ("coordx", "coordy"),
    ("toadoxm", "toadoym"),
    ("hoanhdo", "tungdo"),
    ("hoanhdom", "tungdom"),
    ("hoanhdoy", "tungdox"),
    ("e", "n"),
    ("east", "north"),
    ("kinhdol", "vidob"),
    ("kinhdod", "vidob"),
)
_NORTHING = 1_000_000  # m: no easting in Viet Nam reaches it, no northing falls short of it


def read_rows(path: Path, layer: str | None) -> Found:
    """Rows of a table with their geometry; a row without a sound one keeps its cells.

    Raises
    ------
    LayerError
        No column of WKT, and no two columns of coordinates.
    """
    found = read_grid(path, layer)
    rows = found.frame
    folded = {bare_name(name): name for name in reversed(list(rows.columns))}
    shape = next((folded[name] for name in SHAPES if name in folded), None)
    pair = next(((folded[a], folded[b]) for a, b in _PAIRS if a in folded and b in folded), None)
    for name in (shape,) if shape is not None else pair or ():
        found.lost += [
            (number, f"formulas nobody computed: {cell}")
            for number, cell in found.uncomputed.get(name, ())
        ]
    if shape is not None:
        shapes, lost = _from_wkt(rows[shape])
        rows = rows.drop(columns=shape)
    elif pair is not None:
        shapes, lost = _from_pair(rows, pair, found)
    else:
        columns = ", ".join(map(str, rows.columns))
        raise LayerError("intake.no-geometry", path=path, columns=columns)
    shapes[[number - 1 for number, _ in found.lost]] = None  # cells that moved make no place
    found.lost = sorted(dict([*lost, *found.lost]).items())
    found.frame = gpd.GeoDataFrame(rows, geometry=shapes)
    return found


def _from_wkt(texts: pd.Series) -> tuple[np.ndarray, list[Lost]]:
    values = [text if isinstance(text, str) else None for text in texts]
    shapes = shapely.from_wkt(np.array(values, dtype=object), on_invalid="ignore")
    lost = [
        (number, f"no WKT: {text[:60]!r}")
        for number, (text, shape) in enumerate(zip(values, shapes, strict=True), start=1)
        if text is not None and shape is None
    ]
    return shapes, lost


def _from_pair(
    rows: pd.DataFrame, pair: tuple[str, str], found: Found
) -> tuple[np.ndarray, list[Lost]]:
    """Points; X and Y as Vietnamese tables print them (X north) are turned, and told."""
    x, y = (_numbers(rows[name]) for name in pair)
    both = np.isfinite(x) & np.isfinite(y)
    if both.any() and (x[both] >= _NORTHING).all() and (y[both] < _NORTHING).all():
        x, y = y, x
        found.told.append(("axes", ", ".join(pair), "northing, easting", "easting, northing"))
    shapes = np.full(len(rows), None, dtype=object)
    shapes[both] = shapely.points(x[both], y[both])
    stated = rows[list(pair)].notna().any(axis=1).to_numpy(dtype=bool)
    lost = [
        (int(i) + 1, f"no coordinates: {rows[pair[0]].iloc[i]!r}, {rows[pair[1]].iloc[i]!r}")
        for i in np.flatnonzero(stated & ~both)
    ]
    return shapes, lost


def _numbers(cells: pd.Series) -> np.ndarray:
    """Numbers of a column as offices write them; what its other cells leave open is a decimal."""
    marks = learn_marks(cells)
    ways = map(read_cell, cells)
    values = [None if not found else marks.choose(found) for found in ways]
    return np.array([np.nan if number is None else number.value for number in values], dtype=float)
