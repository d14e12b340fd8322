"""Cells held against other cells: dates in order, codes that a register knows, values in a unit."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import pandas as pd

from lsgis.catalogue import Layer, read_register
from lsgis.check.issue import Issue, grouped_issue, new_issue
from lsgis.check.row import numbers_in

# What a value in a unit can be; a unit that is not here may be anything.
LIMITS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"°": (-180, 180), "ha": (0, np.inf), "m": (0, np.inf), "m²": (0, np.inf), "người": (0, np.inf)}
)
_LENGTH = 40
# A number with a word after it, as "12,5 ha".
_OWN_UNIT = re.compile(r"[+-]?\d[\d.,\s]*([^\W\d_]|°)\S*")


def check_links(rows: gpd.GeoDataFrame, layer: Layer, keys: np.ndarray) -> list[Issue]:
    """Fields of a layer that name an earlier date, a register or a unit, held to it."""
    found = []
    for field in layer.fields:
        if field.name not in rows:
            continue
        column = rows[field.name]
        if field.refers:
            register, _, other = field.refers.partition(".")
            known = frozenset(read_register(register)[other].map(str))
            more = {"field": field.name, "expected": f"{register}.csv"}
            found += check_references(column, known, layer.name, keys, **more)
        if field.not_before in rows:
            more = {"field": field.name, "other_field": field.not_before}
            found += check_order(rows[field.not_before], column, layer.name, keys, **more)
        if field.unit and field.type in ("number", "integer"):
            found += _check_unit(column, field.name, field.unit, layer.name, keys)
    return found


def check_references(
    column: pd.Series, known: frozenset[str], subject: str, keys: np.ndarray, **more: object
) -> list[Issue]:
    """Codes (one a cell, or several joined by "; ") that are not among those known."""
    cells = [_codes(cell) for cell in column]
    lost = [tuple(code for code in codes if code not in known) for codes in cells]
    wrong = np.array([len(codes) > 0 for codes in lost], dtype=bool)
    if not wrong.any():
        return []
    shown = (
        code if len(code) <= _LENGTH else code[:_LENGTH] + "…" for some in lost for code in some
    )
    named = tuple(dict.fromkeys(shown))
    return [grouped_issue("LS-REF-UNKNOWN", subject, keys[wrong].tolist(), found=named, **more)]


def check_order(
    earlier: pd.Series, later: pd.Series, subject: str, keys: np.ndarray, **more: object
) -> list[Issue]:
    """Rows where a date comes before the one it should follow; what is no date is not judged."""
    pairs = [(as_date(a), as_date(b)) for a, b in zip(earlier, later, strict=True)]
    return [
        new_issue(
            "LS-DATE-ORDER", subject, key=keys[row], found=str(last), expected=str(first), **more
        )
        for row, (first, last) in enumerate(pairs)
        if first is not None and last is not None and last < first
    ]


@lru_cache(maxsize=4096)
def _iso(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def as_date(cell: object) -> date | None:
    """The day a cell names (a date, or text yyyy-mm-dd); None when it names none."""
    if isinstance(cell, str):
        return _iso(cell)
    if isinstance(cell, np.datetime64):
        cell = pd.Timestamp(cell)
    if isinstance(cell, datetime):
        return None if pd.isna(cell) else date(cell.year, cell.month, cell.day)
    return cell if isinstance(cell, date) else None


def _check_unit(
    column: pd.Series, field: str, unit: str, subject: str, keys: np.ndarray
) -> list[Issue]:
    """Numbers outside what the unit can be, and texts that carry a unit of their own."""
    low, high = LIMITS.get(unit, (-np.inf, np.inf))
    text = np.array([isinstance(cell, str) for cell in column], dtype=bool)
    loose = np.array(
        [
            isinstance(cell, str) and _OWN_UNIT.fullmatch(cell.strip()) is not None
            for cell in column
        ],
        dtype=bool,
    )
    numbers = numbers_in(column)
    wrong = loose | (~text & ((numbers < low) | (numbers > high)))
    if not wrong.any():
        return []
    found = tuple(dict.fromkeys(str(cell)[:_LENGTH] for cell in column[wrong]))
    known = {"field": field, "unit": unit, "found": found}
    return [grouped_issue("LS-FIELD-UNIT", subject, keys[wrong].tolist(), **known)]


def _codes(cell: object) -> tuple[str, ...]:
    if not isinstance(cell, str):
        return ()
    return tuple(code.strip() for code in cell.split(";") if code.strip())
