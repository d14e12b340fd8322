"""One number for many bytes: sha256 of files, of values, of shapes.

The sines of a processor with fused multiplication and of one without differ in the last
bit, and the places PROJ moves by up to 3e-9 m. What is computed is therefore rounded
before it enters a digest, so that one answer has one id everywhere: places to
SHAPE_STEP_M, areas of the log to AREA_DECIMALS, numbers to so many digits. No step is so
coarse that nothing falls on its middle, but a millimetre makes that one place in millions.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from lsgis import __version__
from lsgis.region import Region
from lsgis.resource import data_dir, layers_dir
from lsgis.toml_record import GIVEN

SHAPE_STEP_M = 0.001  # the step in which a report tells what a site and a zone have in common
AREA_DECIMALS = 2  # of m²
NUMBER_DIGITS = 12  # significant ones; nobody states a threshold with more
TERRAIN_DIGITS = 7  # of slopes, which hang on the moved sides of a cell


def canonical(content: object) -> bytes:
    """A value as JSON in the one way it can be written: sorted keys, no spaces, no NaN."""
    text = json.dumps(
        content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return text.encode("utf-8")


def digest_of(content: object) -> str:
    """sha256 of a value that JSON can hold."""
    return hashlib.sha256(canonical(content)).hexdigest()


def plain_record(value: Any) -> Any:
    """A record as a value that JSON can hold: what it says, not how it was written or where from.

    Fields that no file states are left out; equal numbers are the same number.
    """
    if is_dataclass(value):
        stated = (each.name for each in fields(value) if each.metadata != GIVEN)
        return {name: plain_record(getattr(value, name)) for name in stated}
    if isinstance(value, Mapping):
        return {str(name): plain_record(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain_record(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def settled(content: Any, *, digits: int = NUMBER_DIGITS) -> Any:
    """A value that JSON can hold, its numbers rounded to so many digits, no zero below 0."""
    if isinstance(content, float):
        return float(f"{content:.{digits}g}") + 0.0
    if isinstance(content, Mapping):
        return {name: settled(value, digits=digits) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [settled(value, digits=digits) for value in content]
    return content


def settled_log(log: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The log of a site, its areas rounded to AREA_DECIMALS."""
    return [
        {
            name: round(value, AREA_DECIMALS)
            if name.endswith("_m2") and isinstance(value, float)
            else value
            for name, value in row.items()
        }
        for row in log
    ]


def shape_bytes(shape: shapely.Geometry) -> bytes:
    """A shape in metres for a digest: WKB, coordinates rounded to SHAPE_STEP_M."""
    steps = round(1 / SHAPE_STEP_M)  # a whole number: the nearest place on the grid, bit by bit
    return shapely.to_wkb(shapely.transform(shape, lambda xy: np.rint(xy * steps) / steps + 0.0))


def hash_file(path: Path) -> str:
    """sha256 of every byte of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def hash_files(files: Iterable[tuple[str, Path]]) -> str:
    """sha256 over files, by their names and every byte of them, in order of name."""
    total = hashlib.sha256()
    for name, path in sorted(files):
        total.update(f"{name}\n".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def region_files(region: Region) -> list[tuple[str, Path]]:
    """Every file of `data/` and `layers/`, of lsgis itself and of each folder of a region.

    Each with a name that is the same on every machine.
    """
    own = {data_dir(): "data", layers_dir(): "layers"}
    for n, folder in enumerate(region.folders):
        for name in ("data", "layers"):
            own.setdefault(folder / name, f"{n}/{name}")
    return [
        (f"{name}/{path.relative_to(folder).as_posix()}", path)
        for folder, name in own.items()
        for path in folder.rglob("*")
        if path.is_file()
    ]


def lsgis_version() -> str:
    """Version of lsgis."""
    return __version__


def list_software() -> dict[str, str]:
    """Versions of what the figures depend on."""
    import pyproj

    return {
        "lsgis": lsgis_version(),
        "shapely": shapely.__version__,
        "geos": shapely.geos_version_string,
        "pyproj": pyproj.__version__,
        "proj": pyproj.proj_version_str,
        "numpy": np.__version__,
    }
