"""Features as they were read: surfaces, dimensions, empty and missing geometry."""

import re
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError
from shapely.errors import ShapelyError

# MultiPatch, TIN and polyhedral surfaces as polygons: the same faces, under a kind GEOS knows.

_FACES = {15: 6, 16: 6, 17: 3}  # PolyhedralSurface, TIN, Triangle -> MultiPolygon, Polygon
_COLLECTIONS = {4, 5, 6, 7, 15, 16}
_Z, _M = 1000, 2000
_OLD_Z = 0x80000000  # how a height was written before ISO


def as_polygons(wkb: bytes) -> bytes:
    """WKB with every surface made of faces written as polygons; nothing else is touched.

    Raises
    ------
    ValueError
        The bytes are no whole WKB.
    """
    out = bytearray(wkb)
    try:
        end = _walk(out, 0)
    except (struct.error, IndexError, RecursionError) as error:
        raise ValueError("geometry is cut short") from error
    if end > len(out):
        raise ValueError("geometry is cut short")
    return bytes(out)


def _walk(out: bytearray, at: int) -> int:
    order = "<" if out[at] else ">"
    kind = struct.unpack_from(order + "I", out, at + 1)[0]
    old, new = kind & _OLD_Z, kind & ~_OLD_Z
    bare, dimension = new % _Z, new // _Z * _Z
    struct.pack_into(order + "I", out, at + 1, old | (_FACES.get(bare, bare) + dimension))
    at += 5
    width = 8 * (2 + (bool(old) or dimension in (_Z, _Z + _M)) + (dimension >= _M))
    if bare == 1:
        return at + width
    count = struct.unpack_from(order + "I", out, at)[0]
    at += 4
    if bare in _COLLECTIONS:
        for _ in range(count):
            at = _walk(out, at)
    elif bare in (3, 17):
        for _ in range(count):
            points = struct.unpack_from(order + "I", out, at)[0]
            at += 4 + points * width
    else:
        at += count * width
    return at


# Features of one layer of a file, piece by piece where a bulk reader gives up.

# pyogrio leaves a name unbound where the CRS of a file is garbled
_GARBLED_CRS = UnboundLocalError
UNREADABLE = (
    DataSourceError,
    DataLayerError,
    FeatureError,
    FieldError,
    IndexError,
    _GARBLED_CRS,
)
_CODE = re.compile(r"\S+\.(?:cpp|c|h), \d+: ")
_MOST_TRIES = 500
Lost = tuple[int, str]
Told = tuple[str, str, str, str]  # code of data/text/intake.csv, where, before, after


@dataclass
class Found:
    """What was read, what was not and why, and what was done on the way."""

    frame: pd.DataFrame
    lost: list[Lost] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    is_drawing: bool = False  # entities in CAD layers
    # formulas without a value: column -> (number of the feature, cell)
    uncomputed: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    crs_name: str | None = None  # what a GeoJSON calls its CRS


def read_by_geometry(path: Path, layer: str | None, **part: Any) -> Found:
    """Attributes and geometries apart, so that one bad ring costs one geometry."""
    meta, _, wkb, _ = pyogrio.raw.read(path, layer=layer, columns=[], **part)
    rows = _attributes(path, layer, **part)
    if wkb is None:
        return Found(rows)
    shapes = shapely.from_wkb(wkb, on_invalid="ignore")
    found = Found(rows)
    surfaces = 0
    for index in np.flatnonzero(shapely.is_missing(shapes)):
        if wkb[index] is None:
            continue
        try:
            shapes[index] = _faces(shapely.from_wkb(as_polygons(wkb[index])))
            surfaces += 1
        except (ShapelyError, ValueError) as error:
            found.lost.append((int(index) + 1, str(error)))
    if surfaces:
        found.told.append(("surface", "geometry", str(surfaces), "Polygon"))
    found.frame = gpd.GeoDataFrame(rows, geometry=shapes, crs=meta["crs"])
    return found


def _size(path: Path) -> int:
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files)


def _faces(shape: shapely.Geometry) -> shapely.Geometry:
    """A collection of faces as one MultiPolygon; anything else as it is."""
    if shape.geom_type != "GeometryCollection":
        return shape
    parts = shapely.get_parts(shapely.get_parts([shape]))
    kinds = {part.geom_type for part in parts}
    return shapely.multipolygons(parts) if kinds == {"Polygon"} else shape


def _attributes(path: Path, layer: str | None, **part: Any) -> pd.DataFrame:
    try:
        return pyogrio.read_dataframe(path, layer=layer, read_geometry=False, **part)
    except UnicodeDecodeError:  # bytes nobody declared: one character a byte, mended later
        part = {**part, "encoding": "ISO-8859-1"}
        return pyogrio.read_dataframe(path, layer=layer, read_geometry=False, **part)


def read_by_halves(path: Path, layer: str | None, reason: str, **way: Any) -> Found:
    """Every record that can be read; one that cannot is found by halving.

    `reason` is what the bulk reader said; it stands for what lies behind the
    last record that could be counted.
    """
    total = pyogrio.read_info(path, layer=layer, force_feature_count=True)["features"]
    total = min(int(total), _size(path))  # a damaged header may count anything
    pieces: list[Found] = []
    lost: list[Lost] = []
    waiting, tries = [(0, max(total, 0))], 0
    while waiting:
        start, count = waiting.pop()
        tries += 1
        if tries > _MOST_TRIES:
            lost += [(start + 1, reason) for start, _ in reversed([*waiting, (start, count)])]
            break
        if not count:
            continue
        try:
            piece = read_by_geometry(path, layer, skip_features=start, max_features=count, **way)
        except (*UNREADABLE, ValueError) as error:
            if count == 1:
                lost.append((start + 1, reader_reason(error, path)))
            else:
                half = count // 2
                waiting += [(start + half, count - half), (start, half)]
            continue
        lost += [(start + number, reason) for number, reason in piece.lost]
        pieces.append(piece)
    if not pieces:
        raise DataSourceError(lost[0][1] if lost else reason)
    if not lost:
        lost.append((total + 1, reason))
    frame = pd.concat([piece.frame for piece in pieces], ignore_index=True)
    return Found(frame, lost, [told for piece in pieces for told in piece.told])


def reader_reason(error: Exception, path: Path) -> str:
    """What the reader said, without its own source files and the folder of the data."""
    if isinstance(error, _GARBLED_CRS):
        return "a CRS nobody can read (.prj); put it right, or take it away and state --crs"
    text = _CODE.sub("", str(error).split("; ")[0])
    return text.replace(f"'{path}'", path.name).replace(str(path), path.name).strip()
