"""Files as they lie on disk: archives unpacked, siblings found, layers named."""

import shutil
import zipfile
from pathlib import Path, PurePosixPath

import pyogrio

from lsgis.errors import LayerError
from lsgis.intake.geojson import BrokenJsonError, parse_json
from lsgis.intake.geometry import Found, reader_reason

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
    """Refuse a ZIP or KMZ that is none, or was cut short.

    Raises
    ------
    LayerError
        `intake.unreadable`
    """
    if path.suffix.lower() in ARCHIVES and path.is_file() and not zipfile.is_zipfile(path):
        reason = "no whole ZIP archive (cut short?)"
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
    if path.suffix.lower() not in ARCHIVES or not path.is_file():
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


# Whether a file can be read at all, which of its layers is meant, and why it is refused.

JSON = {".geojson", ".json"}
_SHAPEFILE = {".shp", ".dbf", ".shx", ".prj", ".cpg"}
_ELSEWHERE = (b"<OGRVRT", b"<OGRWFS", b"<GDAL_WMS", b"<VRTDataset", b"<WFS_")
_MOST_NAMED = 10


def require_file(path: Path) -> None:
    if path.exists():
        if path.suffix.lower() in _SHAPEFILE - {".shp"}:
            raise LayerError("intake.shapefile-part", path=path, expected=path.with_suffix(".shp"))
        if path.is_file() and path.stat().st_size == 0:
            raise LayerError("intake.empty-file", path=path)
        if path.is_file() and _points_elsewhere(path):
            raise LayerError("intake.elsewhere", path=path)
        return
    if path.suffix.lower() == ".shp":
        parts = sorted(
            file.name for file in path.parent.glob(f"{path.stem}.*") if file.suffix in _SHAPEFILE
        )
        if parts:
            raise LayerError("intake.no-shp", path=path, found=", ".join(parts))
    raise LayerError("intake.missing", path=path)


def _points_elsewhere(path: Path) -> bool:
    """Whether a file only describes data that lie elsewhere, maybe on the network."""
    with path.open("rb") as file:
        head = file.read(2048)
    return any(mark in head for mark in _ELSEWHERE)


def one_layer(source: Path, path: Path, layer: str | None, found: Found) -> str | None:
    """Name of the layer to read; refuse when several hold features and none is named."""
    names = [str(name) for name, kind in pyogrio.list_layers(source) if kind is not None]
    if layer is not None:
        if layer not in names:
            raise LayerError("intake.no-layer", path=path, layer=layer, found=", ".join(names))
        return layer
    if len(names) < 2:
        return names[0] if names else None
    filled = [name for name in names if _count(source, name)]
    if source.suffix.lower() == ".gpx":  # points of a route or track stand in it already
        own = [n for n in filled if not n.endswith("_points") or f"{n[:-7]}s" not in filled]
        filled = own
    if not filled and found.lost:
        raise broken_features(path, found)
    if len(filled) == 1:
        left = ", ".join(name for name in names if name not in filled)
        found.told.append(("layer", path.name, left, filled[0]))
        return filled[0]
    raise LayerError("intake.which-layer", path=path, found=", ".join(filled or names))


def _count(source: Path, name: str) -> int:
    return int(pyogrio.read_info(source, layer=name, force_feature_count=True)["features"])


def why_unreadable(path: Path, error: Exception) -> str:
    """Why a file cannot be read; for JSON the place where it breaks."""
    if path.suffix.lower() in JSON:
        try:
            parse_json(path.read_bytes())
        except BrokenJsonError as broken:
            return str(broken)
    return reader_reason(error, path)


def broken_features(path: Path, found: Found) -> LayerError:
    """Name the features that cannot be read."""
    named = ", ".join(f"{number} ({reason})" for number, reason in found.lost[:_MOST_NAMED])
    more = " ..." if len(found.lost) > _MOST_NAMED else ""
    return LayerError(
        "intake.broken-features", path=path, count=len(found.lost), found=named + more
    )
