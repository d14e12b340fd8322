"""Archives: the one file with features in a ZIP or KMZ, unpacked."""

import shutil
import zipfile
from pathlib import Path, PurePosixPath

from lsgis.errors import LayerError

# Files inside a ZIP or KMZ that a reader passes over: in a folder of it, or a second document.

ARCHIVES = {".zip", ".kmz"}
_VECTOR = {
    ".shp",
    ".gpkg",
    ".geojson",
    ".json",
    ".kml",
    ".kmz",
    ".tab",
    ".mif",
    ".fgb",
    ".dxf",
    ".gml",
    ".gpx",
    ".csv",
    ".xlsx",
    ".parquet",
}
_MOST_BYTES = 2_000_000_000


def require_archive(path: Path) -> None:
    """Refuse a file named ZIP or KMZ that is none, or was cut short.

    Raises
    ------
    LayerError
        `intake.unreadable`
    """
    if path.is_file() and not zipfile.is_zipfile(path):
        reason = LayerError("intake.no-whole-zip")
        raise LayerError("intake.unreadable", path=path, reason=reason)


def unpack_one(path: Path, layer: str | None, folder: Path) -> tuple[Path, str | None] | None:
    """The one file of an archive that holds features, unpacked, and the layer still to choose.

    None where GDAL reads the archive itself as it should: nothing in it, several
    files, a geodatabase.

    Raises
    ------
    LayerError
        A KMZ with several documents and none named, or an archive that is too big or damaged.
    """
    if not path.is_file():
        return None
    try:
        with zipfile.ZipFile(path) as packed:
            found = [info for info in packed.infolist() if not info.is_dir()]
            return _unpack(path, packed, found, layer, folder)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError) as error:
        raise LayerError("intake.unreadable", path=path, reason=error) from error


def _unpack(
    path: Path,
    packed: zipfile.ZipFile,
    found: list[zipfile.ZipInfo],
    layer: str | None,
    folder: Path,
) -> tuple[Path, str | None] | None:
    kinds = {".kml"} if path.suffix.lower() == ".kmz" else _VECTOR
    names = [
        info.filename for info in found if PurePosixPath(info.filename).suffix.lower() in kinds
    ]
    if any(".gdb/" in info.filename.lower() for info in found):
        return None
    if kinds == {".kml"} and len(names) > 1:
        if layer not in names:
            raise LayerError("intake.which-layer", path=path, found=", ".join(names))
        return _extract(packed, found, layer, folder), None
    if len(names) != 1 or path.suffix.lower() == ".kmz":
        return None
    return _extract(packed, found, names[0], folder), layer


def _extract(
    packed: zipfile.ZipFile, found: list[zipfile.ZipInfo], name: str, folder: Path
) -> Path:
    """A file of an archive with all of its name beside it, under plain names in a folder."""
    chosen = PurePosixPath(name)
    place = folder / "unpacked"
    place.mkdir()
    total = 0
    for info in found:
        inner = PurePosixPath(info.filename)
        if inner.parent != chosen.parent or inner.stem != chosen.stem:
            continue
        total += info.file_size
        if total > _MOST_BYTES:
            raise OSError(f"{info.filename}: more than {_MOST_BYTES} bytes")
        with (
            packed.open(info) as file,
            (place / _plain(inner)).open("wb") as out,
        ):
            shutil.copyfileobj(file, out)
    return place / _plain(chosen)


def _plain(inner: PurePosixPath) -> str:
    return f"unpacked{inner.suffix.lower()}"
