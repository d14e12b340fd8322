"""Features as they were read: surfaces, dimensions, empty and missing geometry."""

import re
import struct
from collections.abc import Mapping
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

from lsgis.intake.geojson import name_feature

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


# Features of one layer of a file, in bulk: what the reader could not hold is read apart.

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
_ADVICE = "It might help to specify the correct driver"  # to programs, of no use to people
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


def read_by_geometry(path: Path, layer: str | None, **way: str) -> Found:
    """Attributes and geometries apart, so that one bad ring costs one geometry."""
    meta, _, wkb, _ = pyogrio.raw.read(path, layer=layer, columns=[])
    rows = _attributes(path, layer, **way)
    if wkb is None:
        return Found(rows)
    shapes = shapely.from_wkb(wkb, on_invalid="ignore")
    found = Found(rows)
    surfaces = 0
    for index in np.flatnonzero(shapely.is_missing(shapes)):
        if wkb[index] is None:
            continue
        try:
            shapes[index] = flatten_faces(shapely.from_wkb(as_polygons(wkb[index])))
            surfaces += 1
        except (ShapelyError, ValueError) as error:
            cells = rows.iloc[index].to_dict()
            found.lost.append((int(index) + 1, name_feature(cells, str(error).strip())))
    if surfaces:
        found.told.append(("surface", "geometry", str(surfaces), "Polygon"))
    found.frame = gpd.GeoDataFrame(rows, geometry=shapes, crs=meta["crs"])
    return found


def flatten_faces(shape: shapely.Geometry) -> shapely.Geometry:
    """A collection of faces as one MultiPolygon; anything else as it is."""
    if shape.geom_type != "GeometryCollection":
        return shape
    parts = shapely.get_parts(shapely.get_parts([shape]))
    kinds = {part.geom_type for part in parts}
    return shapely.multipolygons(parts) if kinds == {"Polygon"} else shape


def _attributes(path: Path, layer: str | None, **way: str) -> pd.DataFrame:
    info = pyogrio.read_info(path, layer=layer, **way)
    listed = lists_of_truths(info)
    plain = [name for name in info["fields"] if name not in listed]
    options = {"layer": layer, "read_geometry": False, "columns": plain, "fid_as_index": not plain}
    try:
        rows = pyogrio.read_dataframe(path, **options, **way)
    except UnicodeDecodeError:  # bytes nobody declared: one character a byte, mended later
        rows = pyogrio.read_dataframe(path, **(options | {"encoding": "ISO-8859-1"}))
    rows = rows.reset_index(drop=True)
    for name in listed:
        rows[name] = _truths(path, info["layer_name"], name)
    return rows[list(info["fields"])]


def lists_of_truths(info: Mapping[str, Any]) -> list[str]:
    """Columns with lists of yes and no: the reader fails at them, or takes the first of each."""
    kinds = zip(info["fields"], info["dtypes"], info.get("ogr_types", ()), strict=False)
    return [name for name, dtype, kind in kinds if (dtype, kind) == ("bool", "OFTIntegerList")]


def _truths(path: Path, layer: str, name: str) -> pd.Series:
    """Lists of yes and no; GDAL writes them "(2:1,0)"."""
    column, table = (text.replace('"', r"\"") for text in (name, layer))
    sql = f'SELECT CAST("{column}" AS CHARACTER) AS listed FROM "{table}"'
    cells = pyogrio.read_dataframe(path, sql=sql, sql_dialect="OGRSQL", read_geometry=False)
    found = [_listed(cell) if isinstance(cell, str) else None for cell in cells["listed"]]
    return pd.Series(found, dtype=object)


def _listed(cell: str) -> list[bool]:
    words = cell.strip("()").partition(":")[2].split(",")
    return [word == "1" for word in words if word]


def reader_reason(error: Exception, path: Path) -> str:
    """What the reader said, without its own source files and the folder of the data."""
    if isinstance(error, _GARBLED_CRS):
        return "a CRS nobody can read (.prj); put it right, or take it away and state --crs"
    said = [part for part in str(error).split("; ") if not part.startswith(_ADVICE)]
    text = _CODE.sub("", "; ".join(said))
    return text.replace(f"'{path}'", path.name).replace(str(path), path.name).strip()
