"""A site as it was given: shapes in their own reference system, and what was told of them."""

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from lsgis.digest import hash_files
from lsgis.errors import CrsError

if TYPE_CHECKING:
    import pyproj


Bounds = tuple[float, float, float, float]  # west, south, east, north
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_FEWEST_TO_JUDGE = 3  # one or two round coordinates may be chance


@dataclass(frozen=True)
class Drawing:
    """Shapes as they were given, before anything is asked of them."""

    shapes: tuple[BaseGeometry | None, ...]
    crs: "pyproj.CRS"
    kind: str  # file | table | point | wkt
    name: str
    sha256: str
    step: float  # smallest step its coordinates are written in, in units of the CRS; 0 unknown
    log: tuple[Mapping[str, object], ...] = ()
    area_m2: float | None = None  # what the source states of its area


def told(code: str, **values: object) -> dict[str, object]:
    """One row of the log: a code of `data/text/site.csv` and the values of its placeholders."""
    return {"code": code, **values}


def plain_text(text: object, *, longest: int = 200) -> str:
    """Text as it can be shown anywhere: NFC, on one line, nothing unseen in it."""
    seen = (" " if unicodedata.category(c) in _UNSEEN else c for c in str(text))
    words = " ".join(unicodedata.normalize("NFC", "".join(seen)).split())
    return words if len(words) <= longest else words[: longest - 1] + "…"


def digest_text(text: str) -> str:
    """SHA-256 of a text in UTF-8."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def digest_file(path: Path) -> str:
    """SHA-256 of a file as it lies on disk.

    A shapefile is all files of its name, a geodatabase all files of its folder.
    """
    if path.is_dir():
        files = [file for file in path.rglob("*") if file.is_file()]
    elif path.suffix.lower() == ".shp":
        files = [file for file in path.parent.iterdir() if file.stem == path.stem]
    else:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    return hash_files((file.name, file) for file in files if file.is_file())


def read_crs(crs: object) -> "pyproj.CRS":
    """The reference system a caller or a file names; CRS84 is WGS 84, longitude first.

    Raises
    ------
    CrsError
        PROJ knows none of that name.
    """
    import pyproj

    from lsgis.crs import WGS84

    try:
        found = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError as error:
        raise CrsError("crs.unknown", found=plain_text(crs)) from error
    return WGS84 if found.equals(WGS84, ignore_axis_order=True) else found


def bounds_of(drawing: Drawing) -> Bounds:
    """Bounds of all shapes of a drawing, in its own system."""
    shapes = np.asarray(drawing.shapes, dtype=object)
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    return west, south, east, north


def name_crs(crs: "pyproj.CRS") -> str:
    """Short name of a reference system: its code where it has one."""
    code = crs.to_string()
    return code if code.startswith("EPSG:") else plain_text(crs.name)


def written_step(shapes: tuple[BaseGeometry | None, ...]) -> float:
    """Smallest power of ten that every coordinate is a multiple of; 0 when it cannot be told."""
    values = shapely.get_coordinates(np.asarray(shapes, dtype=object))
    values = values[np.isfinite(values).all(axis=1)]
    if len({*map(tuple, values.tolist())}) < _FEWEST_TO_JUDGE:
        return 0.0
    for decimals in range(7):
        step = 10.0**-decimals
        if np.allclose(values, np.round(values, decimals), rtol=0, atol=step / 1000):
            return step
    return 0.0
