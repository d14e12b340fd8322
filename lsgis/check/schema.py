"""Do the columns honour the layer's fields: key, names, types, domains, patterns?"""

import datetime
import math
import re
import unicodedata
from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd

from lsgis.catalogue import Field, Layer
from lsgis.check.issue import Issue, Term, grouped_issue, new_issue
from lsgis.check.row import blank
from lsgis.text import family

_TYPE = family(
    "check.type.",
    "check.type.text",
    "check.type.number",
    "check.type.integer",
    "check.type.date",
)

# Columns every layer frame may carry, declared by the layer or not.
STANDARD = (
    "name_vi", "name_en", "kind", "phase", "area_ha", "commune_codes", "quality", "accuracy_m",
    "source", "clause", "note_vi", "in_decision",
)  # fmt: skip
_LENGTH = 40


def check_key(rows: gpd.GeoDataFrame, layer: Layer, keys: np.ndarray) -> list[Issue]:
    """The key column is there, filled, and names each feature once."""
    if layer.key not in rows:
        return [new_issue("LS-KEY-MISSING", layer.name, field=layer.key)]
    empty = blank(rows[layer.key])
    found = []
    if empty.any():
        found.append(grouped_issue("LS-KEY-NULL", layer.name, keys[empty], field=layer.key))
    counts = pd.Series(keys[~empty], dtype=object).value_counts(sort=False)
    for key, count in counts[counts > 1].items():
        known = {"field": layer.key, "count": int(count)}
        found.append(new_issue("LS-KEY-NOT-UNIQUE", layer.name, key=key, **known))
    return found


def check_columns(rows: gpd.GeoDataFrame, columns: pd.Index, layer: Layer) -> list[Issue]:
    """Columns the layer needs and the file lacks, and those it does not know.

    `columns` are the names as read, before the second of two equal ones is left out.
    """
    names = pd.Index([str(name) for name in columns])
    twice = names[names.duplicated()].unique()
    found = [new_issue("LS-FIELD-TWICE", layer.name, field=name) for name in twice]
    lost = [field for field in layer.fields if field.name not in rows and field.name != layer.key]
    for code, nullable in (("LS-FIELD-MISSING", False), ("LS-FIELD-ABSENT", True)):
        fields = tuple(field.name for field in lost if field.nullable == nullable)
        if fields:
            found.append(new_issue(code, layer.name, fields=fields))
    known = {field.name for field in layer.fields} | set(STANDARD) | {rows.geometry.name}
    other = tuple(name for name in rows.columns if name not in known)
    if other:
        found.append(new_issue("LS-FIELD-UNKNOWN", layer.name, fields=other))
    return found


def check_values(rows: gpd.GeoDataFrame, layer: Layer, keys: np.ndarray) -> list[Issue]:
    """Cells that are empty, of another type, outside the domain or the pattern, or not NFC."""
    fields = [field for field in layer.fields if field.name in rows]
    return [
        issue for field in fields for issue in _check_field(rows[field.name], field, layer, keys)
    ]


def _check_field(column: pd.Series, field: Field, layer: Layer, keys: np.ndarray) -> list[Issue]:
    empty, found = blank(column), []
    if not field.nullable and field.name != layer.key and empty.any():
        found.append(grouped_issue("LS-FIELD-NULL", layer.name, keys[empty], field=field.name))
    typed = _where(column, _TYPES[field.type]) | empty
    known = {"field": field.name, "expected": Term(_TYPE[field.type])}
    found += _wrong("LS-FIELD-TYPE", ~typed, column, layer, keys, **known)
    told = ~typed | empty
    if field.domain:
        outside = ~column.map(str).isin(field.domain).to_numpy(dtype=bool) & ~told
        known = {"field": field.name, "expected": field.domain}
        found += _wrong("LS-FIELD-DOMAIN", outside, column, layer, keys, **known)
    if field.pattern:
        pattern = re.compile(field.pattern)
        broken = ~_where(column, lambda cell: pattern.fullmatch(str(cell)) is not None) & ~told
        known = {"field": field.name, "expected": field.pattern}
        found += _wrong("LS-FIELD-PATTERN", broken, column, layer, keys, **known)
    loose = ~_where(column, _is_composed)
    return found + _wrong("LS-FIELD-NOT-NFC", loose, column, layer, keys, field=field.name)


def _wrong(
    code: str, wrong: np.ndarray, column: pd.Series, layer: Layer, keys: np.ndarray, **known: object
) -> list[Issue]:
    """One issue for all wrong cells of a column, with the different values found."""
    if not wrong.any():
        return []
    cells = (repr(cell) if isinstance(cell, str) else str(cell) for cell in column[wrong])
    short = (cell if len(cell) <= _LENGTH else cell[:_LENGTH] + "…" for cell in cells)
    return [
        grouped_issue(code, layer.name, keys[wrong], found=tuple(dict.fromkeys(short)), **known)
    ]


def _where(column: pd.Series, holds: Callable[[object], bool]) -> np.ndarray:
    return np.array([holds(cell) for cell in column], dtype=bool)


def _is_composed(cell: object) -> bool:
    return not isinstance(cell, str) or unicodedata.is_normalized("NFC", cell)


def _is_number(cell: object) -> bool:
    if isinstance(cell, (bool, np.bool_)):
        return False
    if isinstance(cell, (float, np.floating)):
        return math.isfinite(cell)
    return isinstance(cell, (int, np.integer))


def _is_integer(cell: object) -> bool:
    return _is_number(cell) and cell == math.floor(cell)  # type: ignore[call-overload]


def _is_date(cell: object) -> bool:
    if not isinstance(cell, str):
        return isinstance(cell, (datetime.date, np.datetime64))
    try:
        datetime.date.fromisoformat(cell)
    except ValueError:
        return False
    return True


_TYPES: dict[str, Callable[[object], bool]] = {
    "text": lambda cell: isinstance(cell, str),
    "number": _is_number,
    "integer": _is_integer,
    "date": _is_date,
}
