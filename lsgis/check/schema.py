"""Columns of a layer: types, domains, patterns, dates in order, references to registers."""

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from lsgis.catalogue import Field, Layer, list_open, read_catalogue, read_register, read_rows
from lsgis.catalogue.register import WrongCell, read_header, refuse_cells
from lsgis.check.issue import Issue, Term, grouped_issue, new_issue
from lsgis.errors import LayerError
from lsgis.hollow import without_hollows
from lsgis.region import Region, read_region
from lsgis.text import family

# The rows of a frame made fit to look at: plain columns, text keys, numbers that are numbers.


def plain_rows(features: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The same features with text column names and scalar cells, numbered from 0.

    No empty part or ring is among them.

    Raises
    ------
    LayerError
        What was given has no geometry column.
    """
    is_frame = isinstance(features, gpd.GeoDataFrame) and features.active_geometry_name is not None
    shapes = features.geometry if is_frame else None
    if not isinstance(shapes, gpd.GeoSeries):
        raise LayerError("check.no-geometry", found=type(features).__name__)
    columns: dict[str, pd.Series] = {}
    for place, name in enumerate(features.columns):
        if name != shapes.name:
            columns.setdefault(str(name), _plain(features.iloc[:, place]))
    columns.pop("geometry", None)
    table = pd.DataFrame(columns, index=pd.RangeIndex(len(features)))
    return without_hollows(gpd.GeoDataFrame(table, geometry=shapes.values, crs=features.crs))


def _plain(column: pd.Series) -> pd.Series:
    """A column whose cells can be compared: lists and shapes as text, missing as None."""
    column = column.reset_index(drop=True)
    if column.dtype != object and not hasattr(column.dtype, "na_value"):
        return column
    plain = [cell if pd.api.types.is_scalar(cell) else str(cell) for cell in column]
    cells = pd.Series(plain, dtype=object)  # never inferred: a whole number may pass any width
    return cells.where(cells.notna(), None)


def blank(column: pd.Series) -> np.ndarray:
    """Where a column says nothing: missing, or text of spaces only."""
    empty = column.map(lambda cell: isinstance(cell, str) and not cell.strip())
    return column.isna().to_numpy(dtype=bool) | empty.to_numpy(dtype=bool)


def name_features(rows: gpd.GeoDataFrame, layer: Layer) -> np.ndarray:
    """What to call each feature: its key as text, "#n" (counted from 1) where it has none."""
    numbers = np.array([f"#{n + 1}" for n in range(len(rows))], dtype=object)
    if layer.key not in rows:
        return numbers
    keys = rows[layer.key]
    return np.where(blank(keys), numbers, keys.map(str).to_numpy(dtype=object))


def numbers_in(column: pd.Series) -> np.ndarray:
    """The finite numbers of a column, NaN where a cell is none."""
    found = np.array([_number(cell) for cell in column], dtype=float)
    return np.where(np.isfinite(found), found, np.nan)


def _number(cell: object) -> float:
    try:
        return float(cell)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return np.nan


# Do the columns honour the layer's fields: key, names, types, domains, patterns?

_TYPE = family(
    "check.type.",
    "check.type.text",
    "check.type.number",
    "check.type.integer",
    "check.type.date",
)

# Columns every layer frame may carry, declared by the layer or not.
STANDARD = (
    "name_vi",
    "name_en",
    "kind",
    "phase",
    "area_ha",
    "commune_codes",
    "quality",
    "accuracy_m",
    "source",
    "clause",
    "note_vi",
    "in_decision",
)
_LENGTH = 40


def check_key(rows: gpd.GeoDataFrame, layer: Layer, keys: np.ndarray) -> list[Issue]:
    """The key column is there, filled, and names each feature once."""
    if layer.key not in rows:
        return [new_issue("LS-KEY-MISSING", layer, field=layer.key)]
    empty = blank(rows[layer.key])
    found = []
    if empty.any():
        found.append(grouped_issue("LS-KEY-NULL", layer, keys[empty], field=layer.key))
    counts = pd.Series(keys[~empty], dtype=object).value_counts(sort=False)
    for key, count in counts[counts > 1].items():
        found.append(
            new_issue("LS-KEY-NOT-UNIQUE", layer, key=key, field=layer.key, count=int(count))
        )
    return found


def check_columns(rows: gpd.GeoDataFrame, columns: pd.Index, layer: Layer) -> list[Issue]:
    """Columns the layer needs and the file lacks, and those it does not know.

    `columns` are the names as read, before the second of two equal ones is left out.
    """
    names = pd.Index([str(name) for name in columns])
    twice = names[names.duplicated()].unique()
    found = [new_issue("LS-FIELD-TWICE", layer, field=name) for name in twice]
    lost = [field for field in layer.fields if field.name not in rows and field.name != layer.key]
    for code, nullable in (("LS-FIELD-MISSING", False), ("LS-FIELD-ABSENT", True)):
        fields = tuple(field.name for field in lost if field.nullable == nullable)
        if fields:
            found.append(new_issue(code, layer, fields=fields))
    known = {field.name for field in layer.fields} | set(STANDARD) | {rows.geometry.name}
    other = tuple(name for name in rows.columns if name not in known)
    if other:
        found.append(new_issue("LS-FIELD-UNKNOWN", layer, fields=other))
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
        found.append(grouped_issue("LS-FIELD-NULL", layer, keys[empty], field=field.name))
    typed = _where(column, _TYPES[field.type]) | empty
    known = {"field": field.name, "expected": Term(_TYPE[field.type])}
    found += _wrong("LS-FIELD-TYPE", ~typed, column, layer, keys, **known)
    settled = ~typed | empty
    if field.domain:
        outside = ~column.map(str).isin(field.domain).to_numpy(dtype=bool) & ~settled
        known = {"field": field.name, "expected": field.domain}
        found += _wrong("LS-FIELD-DOMAIN", outside, column, layer, keys, **known)
    if field.pattern:
        pattern = re.compile(field.pattern)
        broken = ~_where(column, lambda cell: pattern.fullmatch(str(cell)) is not None) & ~settled
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
    return [grouped_issue(code, layer, keys[wrong], found=tuple(dict.fromkeys(short)), **known)]


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
        return isinstance(cell, (date, np.datetime64))
    try:
        date.fromisoformat(cell)
    except ValueError:
        return False
    return True


_TYPES: dict[str, Callable[[object], bool]] = {
    "text": lambda cell: isinstance(cell, str),
    "number": _is_number,
    "integer": _is_integer,
    "date": _is_date,
}


# Cells held against other cells: dates in order, codes that a register knows, values in a unit.

# What a value in a unit can be; a unit that is not here may be anything.
LIMITS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"°": (-180, 180), "ha": (0, np.inf), "m": (0, np.inf), "m²": (0, np.inf), "người": (0, np.inf)}
)
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
            known = frozenset(row[other] for row in read_rows(register, layer.region))
            more = {"field": field.name, "expected": f"{register}.csv"}
            found += check_references(column, known, layer, keys, **more)
        if field.not_before in rows:
            more = {"field": field.name, "other_field": field.not_before}
            found += check_order(rows[field.not_before], column, layer, keys, **more)
        if field.unit and field.type in ("number", "integer"):
            found += _check_unit(column, field, layer, keys)
    return found


def check_references(
    column: pd.Series, known: frozenset[str], subject: Layer | str, keys: np.ndarray, **more: Any
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
    earlier: pd.Series, later: pd.Series, subject: Layer | str, keys: np.ndarray, **more: Any
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


def _check_unit(column: pd.Series, field: Field, layer: Layer, keys: np.ndarray) -> list[Issue]:
    """Numbers outside what the unit can be, and texts that carry a unit of their own."""
    low, high = LIMITS.get(field.unit, (-np.inf, np.inf))
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
    known = {"field": field.name, "unit": field.unit, "found": found}
    return [grouped_issue("LS-FIELD-UNIT", layer, keys[wrong].tolist(), **known)]


def _codes(cell: object) -> tuple[str, ...]:
    if not isinstance(cell, str):
        return ()
    return tuple(code.strip() for code in cell.split(";") if code.strip())


# Do registers and layer files agree? Dates in order, codes that exist: rules as data.

RULES = ("not_before", "refers")


def check_registers(
    rules: pd.DataFrame | None = None, *, region: Region | None = None
) -> list[Issue]:
    """Hold the registers of a region to the rules of its `data/register_rule.csv`.

    Parameters
    ----------
    rules
        `register`, `key` (column that names its rows), `column`, `rule`
        ("not_before": `other_column` of the same row is no later day; "refers":
        `other_column` of the register `other` holds each code), by default
        `data/register_rule.csv`.
    region
        Whose registers and rules.

    Returns
    -------
    list of Issue
        LS-DATE-ORDER and LS-REF-UNKNOWN; the layer of each is the register's name.

    Raises
    ------
    CatalogueError
        A rule names no register, column or rule; all of them at once.
    """
    found, region = [], region or read_region()
    table = read_register("register_rule", region) if rules is None else rules
    refuse_cells("register_rule", region, _wrong_rules(table, region))
    for rule in table.itertuples():
        rows = read_register(rule.register, region)
        keys = rows[rule.key].map(str).to_numpy(dtype=object)
        column = rows[rule.column]
        if rule.rule == "refers":
            known = frozenset(row[rule.other_column] for row in read_rows(rule.other, region))
            more = {"field": rule.column, "expected": f"{rule.other}.csv", "region": region}
            found += check_references(column, known, rule.register, keys, **more)
        else:
            more = {"field": rule.column, "other_field": rule.other_column, "region": region}
            found += check_order(rows[rule.other_column], column, rule.register, keys, **more)
    return found


def _wrong_rules(table: pd.DataFrame, region: Region) -> list[WrongCell]:
    """Cells of `register_rule.csv` that name no rule, register or column."""
    registers = region.registers()
    wrong: list[WrongCell] = []
    for row in table.to_dict("records"):
        key = " ".join(str(row[name]) for name in ("register", "column", "rule"))

        def want(column: str, known: Iterable[str], row: Any = row, key: str = key) -> None:
            listed = [*known]
            if row[column] not in listed:
                expected = ("catalogue.want-known", {"known": ", ".join(listed)})
                wrong.append((key, column, expected, str(row[column])))

        want("rule", RULES)
        want("register", registers)
        if row["register"] in registers:
            header = read_header(row["register"], region)
            want("key", header)
            want("column", header)
            if row["rule"] == "not_before":
                want("other_column", header)
        if row["rule"] == "refers":
            want("other", registers)
            if row["other"] in registers:
                want("other_column", read_header(row["other"], region))
    return wrong


def check_catalogue(region: Region | None = None) -> list[Issue]:
    """What layer files leave open: the layers work, and what is told of them is not all there.

    Parameters
    ----------
    region
        Whose catalogue, as in `read_catalogue`.

    Returns
    -------
    list of Issue
        LS-CAT-UNKNOWN for a clause, instrument, theme, office or title that no register
        holds yet, LS-CAT-NO-TEXT for a layer that restricts and has no consequence; both
        name the file and the key.

    Raises
    ------
    CatalogueError
        A layer file is wrong; see `read_catalogue`.
    """
    found, region = [], region or read_region()
    for problem in list_open(region):
        values = {"file": problem.file, "field": problem.key, "found": problem.found}
        values |= {"expected": f"{problem.register}.csv"}
        name = problem.file.removesuffix(".toml")
        found.append(new_issue("LS-CAT-UNKNOWN", name, region=region, **values))
    rows = read_rows("consequence", region)
    explained = {name for row in rows for name in row["layers"].split("; ")}
    for name, layer in read_catalogue(region).items():
        if layer.restricts and name not in explained:
            values = {"file": f"{name}.toml", "field": "restricts", "expected": "consequence.csv"}
            found.append(new_issue("LS-CAT-NO-TEXT", name, region=region, **values))
    return found
