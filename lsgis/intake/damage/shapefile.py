"""Records of a shapefile that its index or its reader loses."""

import shutil
import struct
from contextlib import suppress
from pathlib import Path

import numpy as np
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

_HEADER = 100
_CUT = -1
Lost = tuple[int, str]


def lost_in_shapefile(path: Path, shapes: np.ndarray) -> list[Lost]:
    """Records that hold a shape of which nothing was read: (number from 1, reason)."""
    kinds = _record_kinds(path)
    if len(kinds) > len(shapes):  # deleted rows of the .dbf: numbers no longer meet
        return []
    kinds += [_CUT] * (len(shapes) - len(kinds))
    absent = shapely.is_missing(shapes)
    return [
        (number, "cut off with the end of the .shp" if kind == _CUT else f"shape of type {kind}")
        for number, (kind, gone) in enumerate(zip(kinds, absent, strict=True), start=1)
        if gone and kind
    ]


def odd_sizes(path: Path, count: int) -> list[tuple[str, str, str, str]]:
    """What is told when a .shp is not as long as it says, or holds more than was read."""
    with path.open("rb") as file:
        head = file.read(_HEADER)
    told = []
    if len(head) == _HEADER:
        stated, size = 2 * struct.unpack_from(">i", head, 24)[0], path.stat().st_size
        if stated != size:
            told.append(("length", path.name, str(stated), str(size)))
    records = len(_record_kinds(path))
    if records > count:
        told.append(("records", path.name, str(records), str(count)))
    return told


def _record_kinds(path: Path) -> list[int]:
    """Shape type of each record of a .shp, in file order; 0 is a record without shape."""
    raw, at, kinds = path.read_bytes(), _HEADER, []
    while at + 12 <= len(raw):
        words = struct.unpack_from(">i", raw, at + 4)[0]
        if words < 2:
            break
        kinds.append(struct.unpack_from("<i", raw, at + 8)[0])
        at += 8 + 2 * words
    return kinds


def restore_index(path: Path, folder: Path) -> Path:
    """A copy of a shapefile that lacks its .shx, with one made anew; the input stays as it is."""
    for part in path.parent.glob(f"{path.stem}.*"):
        if part.suffix.lower() in {".shp", ".dbf", ".prj", ".cpg"}:
            shutil.copyfile(part, folder / f"{path.stem}{part.suffix.lower()}")
    copy = folder / f"{path.stem}.shp"
    before = pyogrio.get_gdal_config_option("SHAPE_RESTORE_SHX")
    pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": True})
    try:
        with suppress(DataSourceError, DataLayerError):  # said when the copy is read
            pyogrio.read_info(copy)
    finally:
        pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": before})
    return copy
