"""Values as a layer's fields hold them: numbers, days, units; all of it told, nothing guessed."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd

from lsgis.catalogue import Field, Layer
from lsgis.intake.code import Row
from lsgis.intake.name import bare_name
from lsgis.intake.number import Marks, learn_marks, read_cell

UNDECIDED = "undecided"
_UNIT = re.compile(r"\s*[\(\[,]\s*([^()\[\],]{1,12}?)\s*[\)\]]?\s*$")
_SIZES = {  # how many m² or m one is
    "m2": ("area", 1.0), "ha": ("area", 1e4), "hecta": ("area", 1e4), "km2": ("area", 1e6),
    "m": ("length", 1.0), "km": ("length", 1e3), "met": ("length", 1.0),
}  # fmt: skip
_DAY = re.compile(r"(\d{1,2})\s*[/.\-]\s*(\d{1,2})\s*[/.\-]\s*(\d{4})(?:[ T]00:00(?::00)?)?")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T]00:00(?::00(?:\.0+)?)?)?")
_WORDS = re.compile(r"ngày\s+(\d{1,2})\s+tháng\s+(\d{1,2})\s+năm\s+(\d{4})", re.IGNORECASE)


def split_unit(column: str) -> tuple[str, str]:
    """A heading without its unit, and the unit ("" for none): "Diện tích (m²)" is in m2."""
    found = _UNIT.search(column)
    unit = bare_name(found[1].replace("²", "2")) if found else ""
    return (column[: found.start()], unit) if found and unit in _SIZES else (column, "")


def settle_values(
    frame: gpd.GeoDataFrame, layer: Layer, columns: dict[str, str]
) -> tuple[gpd.GeoDataFrame, list[Row]]:
    """The same features with numbers as numbers and days as days where a field asks for them.

    Text that can be read in two ways, and that no other cell of its column decides,
    stays as it was and is told.

    Parameters
    ----------
    columns
        Names of the layer's fields -> names of the columns in the file, for their units.

    Returns
    -------
    frame, rows
        Log rows `what` ("number", "day", "unit", "code-padded", or one of these with
        "-undecided"), `where`, `before`, `after`, `count`.
    """
    rows: list[Row] = []
    frame = frame.copy()
    for field in layer.fields:
        if field.name not in frame or field.name == frame.geometry.name:
            continue
        cells = [None if _blank(v) else v for v in frame[field.name].astype(object)]
        settle = {"number": _to_numbers, "integer": _to_numbers, "date": _to_days}
        changed = settle.get(field.type, _to_texts)(cells, field, rows)
        if field.type in ("number", "integer"):
            changed = _in_unit(changed, field, columns.get(field.name, field.name), rows)
        if changed != cells:
            frame[field.name] = pd.Series(changed, index=frame.index, dtype=object).infer_objects()
    return frame, rows


def _blank(value: Any) -> bool:
    return value is None or value is pd.NaT or (value != value) is True or value is pd.NA


def _tell(rows: list[Row], what: str, field: Field, changes: Counter) -> None:
    rows += [(what, field.name, before, after, n) for (before, after), n in changes.items()]


def _each(
    cells: list[Any], field: Field, rows: list[Row], what: str, read: Callable[[str], Any]
) -> list[Any]:
    """Every text of a column read; what cannot be decided stays, and is told."""
    done, left = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    found = []
    for cell in cells:
        new = read(cell) if isinstance(cell, str) else cell
        if new is None and cell is not None:
            left[cell, cell] += 1
            new = cell
        elif isinstance(cell, str) and str(new) != cell:
            done[cell, str(new)] += 1
        found.append(new)
    _tell(rows, what, field, done)
    _tell(rows, f"{what}-{UNDECIDED}", field, left)
    return found


def _to_numbers(cells: list[Any], field: Field, rows: list[Row]) -> list[Any]:
    marks = learn_marks(cell for cell in cells if isinstance(cell, str))

    def read(text: str) -> float | int | None:
        ways = read_cell(text)
        number = _choose(ways, marks) if ways else None
        if number is None:
            return None
        return int(number) if number.is_integer() and field.type == "integer" else number

    return _each(cells, field, rows, "number", read)


def _choose(ways: tuple, marks: Marks) -> float | None:
    """The reading the column's other cells leave; None when they leave two (1.234)."""
    if len(ways) > 1 and not (marks.groups or marks.points):
        return None
    number = marks.choose(ways)
    return None if number is None else float(number.value)


def _in_unit(cells: list[Any], field: Field, column: str, rows: list[Row]) -> list[Any]:
    unit = split_unit(column)[1]
    wanted = bare_name(field.unit.replace("²", "2")) if field.unit else ""
    if not unit or unit == wanted:
        return cells
    (kind, size), (other, divisor) = _SIZES[unit], _SIZES.get(wanted, ("", 1.0))
    numbers = sum(isinstance(cell, int | float) for cell in cells)
    if kind != other:
        rows.append((f"unit-{UNDECIDED}", field.name, unit, field.unit or "", numbers))
        return cells
    rows.append(("unit", field.name, unit, field.unit, numbers))
    factor = size / divisor
    return [float(cell * factor) if isinstance(cell, int | float) else cell for cell in cells]


def _to_days(cells: list[Any], field: Field, rows: list[Row]) -> list[Any]:
    """Days as Vietnamese offices write them, day first; a column that contradicts this stays."""
    texts = [cell.strip() for cell in cells if isinstance(cell, str)]
    american = any((m := _DAY.fullmatch(t)) and int(m[2]) > 12 for t in texts)

    def read(text: str) -> str | None:
        text = text.strip()
        if iso := _ISO.fullmatch(text):
            return _iso(int(iso[1]), int(iso[2]), int(iso[3]))
        if words := _WORDS.search(text):
            return _iso(int(words[3]), int(words[2]), int(words[1]))
        day = _DAY.fullmatch(text)
        return None if day is None or american else _iso(int(day[3]), int(day[2]), int(day[1]))

    return _each(cells, field, rows, "day", read)


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _to_texts(cells: list[Any], field: Field, rows: list[Row]) -> list[Any]:
    """Numbers of a workbook as text; a code that lost its zeros gets them back."""
    width = re.fullmatch(r"\\d\{(\d+)\}(?:\(.*\)\*)?", field.pattern or "")
    padded = Counter[tuple[str, str]]()
    found: list[Any] = []
    for cell in cells:
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            cell = str(int(cell)) if float(cell).is_integer() else str(cell)
            if width and cell.isdigit() and len(cell) < int(width[1]):
                full = cell.zfill(int(width[1]))
                padded[cell, full] += 1
                cell = full
        found.append(cell)
    _tell(rows, "code-padded", field, padded)
    return found
