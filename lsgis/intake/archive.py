"""Archives: the one file with features in a ZIP or KMZ, unpacked."""

import re
import shutil
import zipfile
from pathlib import Path, PurePosixPath

from lsgis.errors import LayerError
from lsgis.intake.opening import require_small

# Files inside a ZIP or KMZ that a reader passes over: in a folder of it, or a second document.

ARCHIVES = {".zip", ".kmz", ".shz"}
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
_DATABASE = re.compile(r"(?:.*/)?[^/]+\.gdb(?=/)", re.IGNORECASE)
_LITTER = re.compile(r"__MACOSX/|(?:.*/)?\._")  # what a Mac adds to an archive
_PLAIN = re.compile(r"[\w.-]+")


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


def unpack(path: Path, layer: str | None, folder: Path) -> tuple[Path, str | None]:
    """The one file or geodatabase of an archive that holds features, and the layer of it.

    An archive in an archive is looked into only where it is a KMZ: no further. Everything is
    unpacked by lsgis itself, under plain names, into a private folder: no
    library follows a name that an archive holds.

    Parameters
    ----------
    path
        The archive.
    layer
        Which layer; in an archive of several files the name of the file does as well.
    folder
        Private folder to unpack into.

    Raises
    ------
    LayerError
        Several files and none named, or two of one name; nothing with features; too big (see
        `Limits`), or damaged.
    """
    try:
        with zipfile.ZipFile(path) as packed:
            require_small(path, packed)
            found = _members(packed)
            names = [name for name, _ in found if not _LITTER.match(name)]
            name, inner = _choose(path, names, layer)
            return _extract(packed, found, name, folder), inner
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError) as error:
        raise LayerError("intake.unreadable", path=path, reason=error) from error


def _members(packed: zipfile.ZipFile) -> list[tuple[str, zipfile.ZipInfo]]:
    """The files of an archive with their names; some programs part folders by a backslash."""
    named = [(info.filename.replace("\\", "/"), info) for info in packed.infolist()]
    return [(name, info) for name, info in named if not name.endswith("/")]


def _choose(path: Path, names: list[str], layer: str | None) -> tuple[str, str | None]:
    """Which member is meant (of a geodatabase its folder), and the layer still to choose in it."""
    databases = sorted({match[0] for name in names if (match := _DATABASE.match(name))})
    kinds = {".kml"} if path.suffix.lower() == ".kmz" else _VECTOR
    files = [name for name in names if PurePosixPath(name).suffix.lower() in kinds]
    files = [name for name in files if not _DATABASE.match(name)]
    members = [*databases, *files]
    if not members:
        raise LayerError(
            "intake.unreadable", path=path, reason=LayerError("intake.no-vector-inside")
        )
    if len(members) == 1:
        return members[0], layer
    called = [m for m in members if layer in (m, PurePosixPath(m).name, PurePosixPath(m).stem)]
    if len(called) != 1:
        stems = [PurePosixPath(m).stem for m in members]
        shown = stems if len(set(stems)) == len(stems) and kinds == _VECTOR else members
        raise LayerError("intake.which-layer", path=path, found=", ".join(shown))
    return called[0], None


def _extract(
    packed: zipfile.ZipFile, found: list[tuple[str, zipfile.ZipInfo]], name: str, folder: Path
) -> Path:
    """A member with all of its name beside it, or a geodatabase, under plain names in a folder."""
    chosen = PurePosixPath(name)
    place = folder / f"unpacked-{len(list(folder.iterdir()))}"
    place.mkdir()
    database = chosen.suffix.lower() == ".gdb"
    whole = place / f"unpacked{chosen.suffix.lower()}"
    if database:
        whole.mkdir()
    for member, info in found:
        inner = PurePosixPath(member)
        if database:
            if inner.parent != chosen or not _PLAIN.fullmatch(inner.name):
                continue
            target = whole / inner.name
        elif inner.parent == chosen.parent and inner.stem == chosen.stem:
            target = place / f"unpacked{inner.suffix.lower()}"
        else:
            continue
        if target.exists():  # a.dbf and a.DBF, say
            raise LayerError("intake.member-twice", found=member)
        with packed.open(info) as file, target.open("wb") as out:
            shutil.copyfileobj(file, out)
    return whole
