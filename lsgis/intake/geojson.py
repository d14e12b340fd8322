"""GeoJSON without GDAL: its shapes at once, and what a reader left out or read in part.

No frames are brought in: a site in GeoJSON is read with shapely alone.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from lsgis.text import plain_text

# All shapes of a file, or where its JSON breaks.

TYPES = {
    "Feature",
    "FeatureCollection",
    "GeometryCollection",
    "Point",
    "MultiPoint",
    "LineString",
    "MultiLineString",
    "Polygon",
    "MultiPolygon",
}
Lost = tuple[int, str]
_LONGEST = 160  # letters of a reason
_INNER = re.compile(r"^\w+Exception: |\[json\.exception\.[\w.]+\] ")  # no words for people


class BrokenJsonError(ValueError):
    """Bytes that are no JSON in UTF-8, or no GeoJSON; the text says where and why."""


@dataclass(frozen=True)
class GeoJson:
    """Geometries of a file in its order, missing where it has none or a broken one.

    `crs` is what the member of that name says, None without one; `broken` the number of
    each feature (from 1) whose geometry cannot be built, and why.
    """

    shapes: tuple[BaseGeometry | None, ...]
    crs: str | None
    broken: tuple[Lost, ...]


def read_geojson(raw: bytes) -> GeoJson | None:
    """Shapes of a GeoJSON file; None for JSON of another kind (TopoJSON, Esri JSON).

    Raises
    ------
    BrokenJsonError
        It is no JSON object in UTF-8, or its features are no list.
    """
    whole = parse_json(raw)
    if not isinstance(whole, dict):
        raise BrokenJsonError(type(whole).__name__)
    if whole.get("type") not in TYPES:
        return None
    features = whole.get("features") if whole["type"] == "FeatureCollection" else [whole]
    if not isinstance(features, list):
        raise BrokenJsonError("features")
    shapes: list[BaseGeometry | None] = []
    broken: list[Lost] = []
    for number, feature in enumerate(features, 1):
        shape, reason = _built(feature)
        shapes.append(shape)
        if reason:
            broken.append((number, reason))
    return GeoJson(tuple(shapes), _named_crs(whole.get("crs")), tuple(broken))


def _built(feature: Any) -> tuple[BaseGeometry | None, str]:
    """The shape of a feature or bare geometry, and why it cannot be built, "" where it can."""
    try:
        inner = feature.get("geometry") if feature.get("type") == "Feature" else feature
        return None if inner is None else shapely.from_geojson(json.dumps(inner)), ""
    except (ShapelyError, ValueError, TypeError, AttributeError, RecursionError) as error:
        reason = plain_text(_INNER.sub("", str(error)), longest=_LONGEST)
        cells = feature.get("properties") if isinstance(feature, dict) else None
        return None, name_feature(_cells(feature, cells), reason)


def parse_json(raw: bytes) -> object:
    """What a JSON file in UTF-8 holds.

    Raises
    ------
    BrokenJsonError
        Where it breaks.
    """
    try:
        return json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BrokenJsonError(f"not UTF-8 at byte {error.start}") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise BrokenJsonError(f"JSON: {error.msg}, {where}") from error
    except RecursionError as error:
        raise BrokenJsonError("JSON nested too deeply") from error
    except ValueError as error:  # a number of thousands of digits
        raise BrokenJsonError(f"JSON: {plain_text(error)}") from error


def _named_crs(member: object) -> str | None:
    """Name or code in the old `crs` member; the member itself, cut short, where it has none."""
    if member is None:
        return None
    inner = member.get("properties") if isinstance(member, dict) else None
    named = inner.get("name") if isinstance(inner, dict) else None
    code = inner.get("code") if isinstance(inner, dict) else None
    if named is None and isinstance(code, int | str):  # as before 2008: {"type": "EPSG", ...}
        named = f"EPSG:{code}"
    return named if isinstance(named, str) else plain_text(json.dumps(member), longest=80)


# Text sequences: a feature a line, or one behind each mark of a record (RFC 8142).

_RECORD = b"\x1e"
_LINES = {".geojsonl", ".geojsons", ".geojsonseq", ".ndjson", ".jsonl"}  # what they are called


def broken_lines(path: Path) -> tuple[bytes, list[Lost]] | None:
    """A text sequence without its broken records, which readers pass over, and which they are.

    Returns
    -------
    tuple or None
        The sequence, in which a record whose geometry cannot be built stands without one; the
        number of each broken record, from 1, its line and the reason. None where the file is
        no such sequence, whatever it is called, or is sound.
    """
    records = _records(path)
    if records is None:
        return None
    kept: list[bytes] = []
    lost: list[Lost] = []
    for number, (line, raw) in enumerate(records, 1):
        record, reason = _record(raw)
        if reason:
            lost.append((number, f"line {line}: {reason}"))
        if record:
            kept.append(record)
    return (b"\n".join([*kept, b""]), lost) if lost else None


def is_sequence(path: Path) -> bool:
    """Whether a file holds a GeoJSON object a line, or behind each mark of a record."""
    return _records(path) is not None


def _records(path: Path) -> list[tuple[int, bytes]] | None:
    """Line and bytes of each record of a text sequence; None for a file of another kind."""
    raw = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    marked = raw.lstrip().startswith(_RECORD)
    parts = raw.split(_RECORD) if marked else raw.split(b"\n")
    records, line = [], 1
    for part in parts:
        if part.strip():
            records.append((line, part.strip()))
        line += part.count(b"\n") if marked else 1
    if marked:
        return records
    begun = sum(record.startswith(b"{") for _, record in records)
    if len(records) < 2 or 2 * begun < len(records):
        return None
    named = path.suffix.lower() in _LINES
    sound = sum(not _record(record)[1] for _, record in records)
    return records if 2 * sound >= len(records) or (named and sound) else None


def _record(raw: bytes) -> tuple[bytes, str]:
    """A record as it can be read, b"" where nothing of it can, and why not all of it can be."""
    try:
        entry = parse_json(raw)
    except BrokenJsonError as error:
        return b"", str(error).replace("line 1, ", "")
    if not isinstance(entry, dict) or entry.get("type") not in TYPES - {"FeatureCollection"}:
        kind = entry.get("type") if isinstance(entry, dict) else type(entry).__name__
        return b"", f"no Feature but {kind!r}"
    shape, reason = _built(entry)
    is_feature = entry["type"] == "Feature"
    stated = entry.get("geometry") if is_feature else entry
    if not reason and (reason := _reason(stated, shape)):
        reason = name_feature(_cells(entry, entry.get("properties")), reason)
    if not reason:
        return raw, ""
    return json.dumps({**entry, "geometry": None}).encode() if is_feature else b"", reason


# Features of a GeoJSON file that a reader left out, or whose geometry it read in part.


def look_into_geojson(
    path: Path, shapes: np.ndarray, said: Mapping[int, str] | None = None
) -> tuple[list[Lost], list[int], str | None]:
    """Compare what was read with what the file says, position by position.

    Parameters
    ----------
    shapes
        Geometries as read, in file order.
    said
        What the reader said of single rows: number, from 1, and its words.

    Returns
    -------
    lost
        Number in the file, from 1, and reason; nothing when the file is one of another kind.
    rows
        Those among them that were read as a row, by its number from 1.
    crs
        What the file calls its CRS, None where it says nothing.
    """
    try:
        whole = parse_json(path.read_bytes())
    except BrokenJsonError:
        return [], [], None
    is_plain = isinstance(whole, dict) and whole.get("type") in TYPES
    crs = _named_crs(whole.get("crs")) if is_plain and isinstance(whole, dict) else None
    return *_lost(_entries(whole), shapes, said or {}), crs


def _lost(
    entries: list[Any], shapes: np.ndarray, said: Mapping[int, str]
) -> tuple[list[Lost], list[int]]:
    lost: list[Lost] = []
    rows: list[int] = []
    row = 0
    for number, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict) or entry.get("type") != "Feature":
            kind = entry.get("type") if isinstance(entry, dict) else type(entry).__name__
            lost.append((number, f"no Feature but {kind!r}"))
            continue
        if row >= len(shapes):
            break
        reason = _reason(entry.get("geometry"), shapes[row])
        row += 1
        if reason:
            words = "; ".join(filter(None, (reason, said.get(row))))
            lost.append((number, name_feature(_cells(entry, entry.get("properties")), words)))
            rows.append(row)
    return lost, rows


def _cells(entry: object, properties: object) -> dict[str, Any]:
    """Properties of a feature, and its id."""
    cells = dict(properties) if isinstance(properties, dict) else {}
    known = entry.get("id") if isinstance(entry, dict) else None
    return cells if known is None else {"id": known, **cells}


_NAMING = ("id", "fid", "objectid", "gid", "code", "ma", "ten", "name", "name_vi")
_LONGEST_NAME = 60


def name_feature(cells: Mapping[str, Any], reason: str) -> str:
    """A reason with what its feature is known by before it ("ten: Khu A; ..."), if it is."""
    by_name = {str(name).lower(): (name, cell) for name, cell in cells.items()}
    for key in _NAMING:
        name, cell = by_name.get(key, ("", None))
        unset = cell is None or (isinstance(cell, float) and math.isnan(cell)) or cell == ""
        if not unset and isinstance(cell, str | int | float):
            known = plain_text(f"{name}: {cell}", longest=_LONGEST_NAME)
            return f"{known}; {reason}"
    return reason


def _entries(whole: object) -> list[Any]:
    if not isinstance(whole, dict):
        return []
    if whole.get("type") == "Feature":
        return [whole]
    if "coordinates" in whole or "geometries" in whole:
        return [{"type": "Feature", "geometry": whole}]
    if "geometryType" in whole:  # Esri's JSON has features of another make
        return []
    found = whole.get("features", [])
    return found if isinstance(found, list) else []


def _reason(geometry: object, shape: shapely.Geometry | None) -> str:
    """Why a geometry counts as lost; "" when all of it was read."""
    if geometry is None:
        return ""
    if not isinstance(geometry, dict):
        return "geometry is no object"
    stated = _positions(geometry)
    read = int(shapely.get_num_coordinates(shape)) if shape is not None else 0
    if stated == read and (read or shape is not None):
        return ""
    if stated == 0 and read == 0 and geometry.get("coordinates", geometry.get("geometries")) == []:
        return ""
    return f"{geometry.get('type')}: {read} of {stated} positions can be read"


def _positions(geometry: object) -> int:
    """How many positions a geometry states; what stands where one belongs counts as one."""
    if not isinstance(geometry, dict):
        return 1
    if "geometries" in geometry:
        parts = geometry["geometries"]
        return sum(map(_positions, parts)) if isinstance(parts, list) else 1
    return _count(geometry.get("coordinates"))


def _count(node: object) -> int:
    if not isinstance(node, list):
        return 1
    if not node:
        return 0
    if all(not isinstance(item, list) for item in node):
        return 1 if any(item is not None for item in node) or len(node) > 1 else len(node)
    return sum(map(_count, node))
