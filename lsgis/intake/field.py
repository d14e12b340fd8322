"""Columns matched to a layer's fields, and their cells as it wants them: numbers, days, codes."""

import difflib
import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from lsgis.catalogue import Field, Layer, read_register, read_unit_register
from lsgis.errors import LayerError
from lsgis.intake.notation import (
    Marks,
    Number,
    bare_name,
    find_codes,
    fold,
    learn_marks,
    read_cell,
)
from lsgis.region import Region

# Columns of commune names as columns of codes, where the register leaves no doubt.

_CODES = ("commune_code", "commune_codes")
Row = tuple[str, str, str, str, int]  # columns of the import log


def with_codes(frame: gpd.GeoDataFrame, layer: Layer) -> tuple[gpd.GeoDataFrame, list[Row]]:
    """Names of communes as codes where the register leaves no doubt."""
    fields = {field.name for field in layer.fields}
    rows: list[Row] = []
    frame = frame.copy()
    if layer.key == "commune_code" and "commune_code" not in frame and "name_vi" in frame:
        frame["commune_code"] = frame["name_vi"]
    for column in [c for c in _CODES if c in fields and c in frame]:
        texts = frame[column].astype(object).where(frame[column].notna(), None)
        known = _read_codes((t for t in texts if isinstance(t, str)), layer.region)
        for text, (code, status, candidates) in known.items():
            count = int((texts == text).sum())
            if code != text or status != "code":
                after = code if code is not None else candidates
                rows.append((f"commune-{status}", column, text, after, count))
        frame[column] = [
            known[t][0] if isinstance(t, str) and known[t][0] is not None else t for t in texts
        ]
    return frame, rows


def _read_codes(texts: Iterable[str], region: Region) -> dict[str, tuple[str | None, str, str]]:
    """Each different text -> its codes, how they were found, and those it could be."""
    units = read_unit_register(region)
    old = read_register("crosswalk", region)
    return {text: _coded(text, units, old) for text in dict.fromkeys(texts)}


def _coded(text: str, units: pd.DataFrame, old: pd.DataFrame) -> tuple[str | None, str, str]:
    """Codes for the names of one cell, "; " between; None when one of them is in doubt."""
    parts = [part.strip() for part in text.replace(",", ";").split(";") if part.strip()]
    found = find_codes(parts, units, old=old)
    doubt = found[found["commune_code"].isna()]
    if len(doubt) or found.empty:
        status = "none" if found.empty else str(doubt["status"].iloc[0])
        return None, status, "; ".join(doubt["candidates"])
    worst = next((s for s in ("merged", "name") if (found["status"] == s).any()), "code")
    return "; ".join(np.unique(found["commune_code"])), worst, ""


# Values as a layer's fields hold them: numbers, days, units; all of it told, nothing guessed.

UNDECIDED = "undecided"
_UNIT = re.compile(r"\s*[\(\[,]\s*([^()\[\],]{1,12}?)\s*[\)\]]?\s*$")
_SIZES = {  # how many m² or m one is
    "m2": ("area", 1.0),
    "ha": ("area", 1e4),
    "hecta": ("area", 1e4),
    "km2": ("area", 1e6),
    "m": ("length", 1.0),
    "km": ("length", 1e3),
    "met": ("length", 1.0),
}
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


def _tell(rows: list[Row], what: str, field: Field, changes: Counter[tuple[str, str]]) -> None:
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


def _choose(ways: tuple[Number, ...], marks: Marks) -> float | None:
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


# Columns of a file as the fields of a layer: mapped where it is certain, else suggested.

LOG_COLUMNS = ("what", "where", "before", "after", "count")
_NEAR = 0.75


def rename_columns(frame: gpd.GeoDataFrame, layer: Layer) -> gpd.GeoDataFrame:
    """The same features with columns named as a catalogue layer names them.

    A column is renamed only when the layer's own name is absent and exactly one
    of its aliases (layer file, `[[field]] aliases`) is there.
    """
    names: dict[str, str] = {}
    for field in layer.fields:
        found = [alias for alias in field.aliases if alias in frame.columns]
        if field.name not in frame.columns and len(found) == 1:
            names[found[0]] = field.name
    return frame.rename(columns=names)


def map_fields(
    frame: gpd.GeoDataFrame, layer: Layer, *, mapping: Mapping[str, str] | None = None
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """The same features with columns named as a layer names them, and a log of every name.

    In this order: `mapping`; the layer's own names; its aliases and titles and the words
    all layers share (data/field_alias.csv), capitals, marks, spaces and units aside. A
    name that is only near one of the layer's is suggested in the log and stays. No
    column is dropped.

    Parameters
    ----------
    mapping
        Names of the file -> names of the layer.

    Returns
    -------
    frame, log
        Log rows `what` ("renamed", "suggested", "kept"), `where` (the column),
        `before`, `after`, `count` (rows).

    Raises
    ------
    LayerError
        `mapping` names a column the file or the layer lacks, or one twice.
    """
    mapping = dict(mapping or {})
    columns = [str(name) for name in frame.columns if name != _shape(frame)]
    _require_mapping(mapping, columns, layer)
    names = mapping | _by_alias(columns, layer, mapping)
    rows = [("renamed", old, old, new, len(frame)) for old, new in names.items() if old != new]
    taken = {*names.values(), *(set(columns) - set(names))}
    known = {field.name for field in layer.fields}
    for column in columns:
        if column in names or column in known:
            continue
        near = _nearest(column, layer, taken)
        rows.append(("suggested" if near else "kept", column, column, near or column, len(frame)))
    return frame.rename(columns=names), pd.DataFrame(rows, columns=list(LOG_COLUMNS))


def _shape(frame: pd.DataFrame) -> str | None:
    return frame.geometry.name if isinstance(frame, gpd.GeoDataFrame) else None


def _require_mapping(mapping: dict[str, str], columns: list[str], layer: Layer) -> None:
    known = [field.name for field in layer.fields]
    strange = [old for old in mapping if old not in columns]
    if strange:
        found = ", ".join(strange)
        raise LayerError("intake.map-column", found=found, known=", ".join(columns))
    strange = [new for new in mapping.values() if new not in known]
    if strange:
        found = ", ".join(strange)
        raise LayerError("intake.map-field", found=found, layer=layer.name, known=", ".join(known))
    stays = set(columns) - set(mapping)
    twice = [n for n in mapping.values() if list(mapping.values()).count(n) > 1 or n in stays]
    if twice:
        raise LayerError("intake.map-twice", found=", ".join(sorted(set(twice))))


def _by_alias(columns: list[str], layer: Layer, mapping: Mapping[str, str]) -> dict[str, str]:
    """Columns that mean a field of the layer beyond doubt: one column, one field."""
    free = [column for column in columns if column not in mapping]
    names: dict[str, str] = {}
    common = _common_words(layer)
    for field in layer.fields:
        if field.name in free or field.name in mapping.values():
            continue
        words = {bare_name(word) for word in (field.name, *field.aliases, *common[field.name])}
        found = [c for c in free if c not in names and c != field.name and _means(c, words)]
        exact = [c for c in found if c in field.aliases]
        if len(found) == 1 or len(exact) == 1:
            names[(exact or found)[0]] = field.name
    known = {field.name for field in layer.fields}
    names |= _by_beginning(
        [c for c in free if c not in names and c not in known],
        {**common, **{f.name: [*common[f.name], f.name, *f.aliases] for f in layer.fields}},
        {*names.values(), *mapping.values(), *(known & set(columns))},
    )
    return {old: new for old, new in names.items() if old not in known}


# A shapefile keeps ten bytes of a name, and a letter with its marks takes up to three of them.
_CUT_BYTES = range(8, 11)


def _by_beginning(
    columns: list[str], words: Mapping[str, list[str]], taken: set[str]
) -> dict[str, str]:
    """Columns whose names were cut off, where one field alone has a word that begins so."""
    meant: dict[str, list[str]] = {}
    for column in columns:
        bare = bare_name(column)
        if len(column.encode()) in _CUT_BYTES and bare:
            longer = [
                name
                for name, some in words.items()
                if any(w.startswith(bare) and w != bare for w in map(bare_name, some))
            ]
            if len(longer) == 1 and longer[0] not in taken:
                meant.setdefault(longer[0], []).append(column)
    return {found[0]: name for name, found in meant.items() if len(found) == 1}


def _common_words(layer: Layer) -> dict[str, list[str]]:
    """Words of each field: its titles, and aliases all layers share; none that two fields have."""
    register = read_register("field_alias", layer.region)
    shared = register.groupby("field")["alias"].agg(list).to_dict()
    words = {f.name: {*f.title.values(), *shared.get(f.name, ())} for f in layer.fields}
    for field in layer.fields:
        if field.name in (layer.key, _NAME):
            title = fold(field.title["vi"])  # "Mã KCN", "Tên khu công nghiệp"
            words[field.name] |= {f"{title} {way}" for way in ways_to_call(layer.title["vi"])}
    owned = Counter(bare_name(word) for f in layer.fields for word in (f.name, *f.aliases))
    seen = owned + Counter(bare for found in words.values() for bare in {*map(bare_name, found)})
    return {name: [w for w in found if seen[bare_name(w)] == 1] for name, found in words.items()}


_NAME = "name_vi"
_MOST_WORDS = 6


@lru_cache(maxsize=128)
def ways_to_call(title: str) -> frozenset[str]:
    """What a layer is called in Vietnamese, in one: written out, in initials, in both.

    "khucongnghiep", "kcn" and "khucn" of "Khu công nghiệp"; none of a name in one word or in
    more than six.
    """
    parts = fold(title).replace(",", " ").split()
    if not 1 < len(parts) <= _MOST_WORDS:
        return frozenset()
    return frozenset(map("".join, itertools.product(*((part, part[0]) for part in parts))))


def _means(column: str, words: set[str]) -> bool:
    """Whether a heading is one of the words, its unit aside: "Diện tích (m²)"."""
    return bare_name(column) in words or bare_name(split_unit(column)[0]) in words


def _nearest(column: str, layer: Layer, taken: set[str]) -> str | None:
    words = {
        bare_name(word): field.name
        for field in layer.fields
        if field.name not in taken
        for word in (*field.title.values(), *field.aliases, field.name)
    }
    close = difflib.get_close_matches(bare_name(column), words, n=1, cutoff=_NEAR)
    return words[close[0]] if close else None
