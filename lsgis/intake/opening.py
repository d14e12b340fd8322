"""What may be opened: kinds of file told by their content, within limits, and nothing elsewhere.

A file comes from anybody. What it is called says nothing of what it holds, and some formats
only say where data lie: on this disk, or on the network. So each file is looked at before a
library opens it: its kind must be one of a list, it must point nowhere else, and it must not be
larger than the limits say. While it is read, the network of GDAL is shut.
"""

import glob
import mmap
import os
import re
import shutil
import sqlite3
import unicodedata
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.parsers import expat

from lsgis import disk
from lsgis.errors import LayerError, OutputError

if TYPE_CHECKING:
    import pandas as pd

# ---- limits


class Limits(NamedTuple):
    """How much of anything is taken in; an office with larger data sets `LSGIS_LIMITS`.

    `LSGIS_LIMITS="unpacked_mb=4000; features=20000000"`; a limit that is not named keeps
    its value.
    """

    unpacked_mb: int = 500  # of an archive or workbook, unpacked
    ratio: int = 200  # unpacked size to packed size
    members: int = 10_000  # files of an archive
    features: int = 5_000_000
    vertices: int = 100_000_000
    columns: int = 1_000
    cell_letters: int = 1_000_000
    text_mb: int = 1_000  # of a file in text (GeoJSON, KML, GML, DXF, ...)
    fetch_mb: int = 500  # of all that one `fetch` brings
    fetch_seconds: int = 3_600  # that one `fetch` takes as a whole


VARIABLE = "LSGIS_LIMITS"
_SMALL = 1_000_000  # bytes: a file may be packed as well as it likes while it stays below


def read_limits() -> Limits:
    """The limits of this process: those of `Limits`, and what `LSGIS_LIMITS` says instead.

    Raises
    ------
    LayerError
        `intake.bad-limits`: a name nobody knows, or no whole number above 0.
    """
    said = os.environ.get(VARIABLE, "")
    stated: dict[str, int] = {}
    for part in filter(None, map(str.strip, said.replace(",", ";").split(";"))):
        name, _, number = (text.strip() for text in part.partition("="))
        if name not in Limits._fields or not number.isdecimal() or not int(number):
            known = ", ".join(f"{name}={value}" for name, value in Limits()._asdict().items())
            raise LayerError("intake.bad-limits", variable=VARIABLE, found=part, known=known)
        stated[name] = int(number)
    return Limits(**stated)


def require_within(path: Path, **found: float) -> None:
    """Refuse more of something than its limit.

    Parameters
    ----------
    path
        File that is named.
    **found
        How much there is, by the field of `Limits`, in its unit.

    Raises
    ------
    LayerError
        `intake.too-much`, which tells the limit and how to set it.
    """
    limits = read_limits()
    for name, much in found.items():
        if much > getattr(limits, name):
            raise LayerError(
                "intake.too-much",
                path=path.name,
                what=LayerError(_LIMITS[name]),
                found=f"{much:.0f}" if much < 1e15 else f"{much:.1e}",
                limit=getattr(limits, name),
                name=name,
                variable=VARIABLE,
            )


_LIMITS = {
    "unpacked_mb": "intake.limit-unpacked_mb",
    "ratio": "intake.limit-ratio",
    "members": "intake.limit-members",
    "features": "intake.limit-features",
    "vertices": "intake.limit-vertices",
    "columns": "intake.limit-columns",
    "cell_letters": "intake.limit-cell_letters",
    "text_mb": "intake.limit-text_mb",
}


def require_small(path: Path, packed: zipfile.ZipFile) -> None:
    """Refuse an archive of too many or too large members, before one of them is unpacked.

    Raises
    ------
    LayerError
        `intake.too-much`
    """
    infos = packed.infolist()
    size = sum(info.file_size for info in infos)
    ratio = size / max(sum(info.compress_size for info in infos), 1) if size > _SMALL else 0
    require_within(path, members=len(infos), unpacked_mb=size / 1e6, ratio=ratio)


def require_workbook(path: Path) -> None:
    """Refuse a workbook (XLSX, ODS, DOCX: a ZIP of XML) that is too large, or has entities.

    What is no ZIP at all passes: whoever reads it says so.

    Raises
    ------
    LayerError
        `intake.too-much`, `intake.entities`
    """
    try:
        with zipfile.ZipFile(path) as packed:
            require_small(path, packed)
            for info in packed.infolist():
                if info.filename.lower().endswith((".xml", ".rels")):
                    with packed.open(info) as file:
                        _prolog(path, file.read(_HEAD))
    except LayerError:
        raise
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError, ValueError):
        return


# ---- kinds

_HEAD = 64 * 1024
MARKED = 1024 * 1024  # no driver looks further to tell what a file is
# what describes data elsewhere, or work to do: as the drivers themselves look for it
ELSEWHERE = re.compile(
    rb"<OGRVRT|<OGRWFS|<VRTDataset|<GDAL_WMS|<WMTS|<WFS_|<OGCAPI|<GDALTileIndex|<OGRGMLAS"
    rb"|gdal_streamed_alg|<MDIFile|<CSW"
)
_SEAMLESS = re.compile(rb"seamless\W{1,20}true", re.IGNORECASE)
# a member that may name a reference system, also one whose letters hide behind escapes
_CRS = re.compile(rb'"(crs|coordRefSys|[^"\\]{0,20}\\u00[^"]{0,80})"\s*:\s*[{\[]', re.IGNORECASE)
_LINK = re.compile(r"href|\w+://", re.IGNORECASE)
_REGISTRY = re.compile(r"https?://(?:www\.)?opengis\.net/def/crs/", re.IGNORECASE)  # names alone
_ESCAPE = re.compile(rb"\\(?:u00([0-9a-fA-F]{2})|(/))")
_WINDOW = 4096
_GML = re.compile(rb"opengis\.net/gml|schemas\.opengis\.net/gml")
_DXF = re.compile(rb"\s*(?:999[ \t]*[\r\n]+[^\r\n]*\s*)*0[ \t]*[\r\n]+[ \t]*SECTION", re.IGNORECASE)
_ROOTS = {"kml", "gpx"}
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
# drivers that may open each kind, and no others
DRIVERS = {
    "sqlite": ("GPKG", "SQLite"),
    "flatgeobuf": ("FlatGeobuf",),
    "shapefile": ("ESRI Shapefile",),
    "json": ("GeoJSON", "TopoJSON", "ESRIJSON", "GeoJSONSeq"),
    "kml": ("LIBKML", "KML"),
    "gpx": ("GPX",),
    "gml": ("GML",),
    "tab": ("MapInfo File",),
    "mif": ("MapInfo File",),
    "dxf": ("DXF",),
    "dgn": ("DGN",),
    "geodatabase": ("OpenFileGDB",),
    "folder": ("ESRI Shapefile", "MapInfo File"),
}
KINDS = (
    "GeoPackage, SQLite, FlatGeobuf, shapefile, GeoJSON, KML, KMZ, GML, GPX, MapInfo TAB/MIF, "
    "DXF, DGN, File Geodatabase, GeoParquet, ZIP"
)


def require_kind(path: Path) -> str:
    """The kind of a vector file or folder by its content; refuse what is of none that is opened.

    Returns
    -------
    str
        "sqlite", "flatgeobuf", "shapefile", "json", "kml", "gpx", "gml", "tab", "mif", "dxf",
        "dgn", "geodatabase" or "folder" (of shapefiles or MapInfo files).

    Raises
    ------
    LayerError
        `intake.kind`; `intake.elsewhere`: it points to data or a service elsewhere;
        `intake.entities`: its XML declares entities; `intake.too-much`: see `Limits`.
    """
    if path.is_dir():
        return _kind_of_folder(path)
    with path.open("rb") as file:
        head = file.read(MARKED)
    if ELSEWHERE.search(head):
        raise LayerError("intake.elsewhere", path=path)
    kind = _kind(path, head)
    if kind is None:
        raise LayerError("intake.kind", path=path, known=KINDS, found=repr(head[:16]))
    if kind in ("json", "kml", "gpx", "gml", "mif", "dxf"):
        require_within(path, text_mb=path.stat().st_size / 1e6)
    if kind == "sqlite":
        _require_plain_database(path)
    elif kind == "json":
        _require_no_link(path)
    return kind


def _kind(path: Path, head: bytes) -> str | None:
    for start, kind in (
        (b"SQLite format 3\0", "sqlite"),
        (b"fgb\x03", "flatgeobuf"),
        (b"\0\0\x27\x0a", "shapefile"),
        (b"AutoCAD Binary DXF", "dxf"),
    ):
        if head.startswith(start):
            return kind
    if head[1:2] in (b"\x05", b"\x09") and head[:1] in (b"\x08", b"\xc8", b"\x88"):
        return "dgn"
    bare = head
    for mark in _BOMS:
        bare = bare.removeprefix(mark)
    text = bare.replace(b"\0", b"").lstrip(b"\x1e \t\r\n")[:_HEAD]  # of UTF-16 only the letters
    if text.startswith((b"{", b"[")):
        return "json"
    if text.startswith(b"<"):
        return _kind_of_xml(path, head)
    if text[:6].lower() == b"!table":
        if _SEAMLESS.search(head):
            raise LayerError("intake.elsewhere", path=path)
        return "tab"
    if text[:7].lower() == b"version":
        return "mif"
    return "dxf" if _DXF.match(text) else None


def _kind_of_xml(path: Path, head: bytes) -> str | None:
    root = _prolog(path, head)
    name = root.rpartition(":")[2].lower()
    if name in _ROOTS:
        return name
    return "gml" if _GML.search(head.replace(b"\0", b"")) else None


class _Root(Exception):
    """The first element, found."""


def _prolog(path: Path, head: bytes) -> str:
    """Name of the first element of XML; "" where it breaks before. Entities are refused.

    Raises
    ------
    LayerError
        `intake.entities`
    """
    parser = expat.ParserCreate()
    found: list[str] = []

    def start(name: str, _: object) -> None:
        found.append(name)
        raise _Root

    def entity(*_: object) -> None:
        raise LayerError("intake.entities", path=path)

    parser.StartElementHandler = start
    parser.EntityDeclHandler = entity
    parser.ExternalEntityRefHandler = lambda *_: 1
    with suppress(_Root, expat.ExpatError):
        parser.Parse(head, False)
    return found[0] if found else ""


def _kind_of_folder(path: Path) -> str:
    names = {file.suffix.lower() for file in path.iterdir()}
    if ".gdbtable" in names:
        return "geodatabase"
    shapes = [file for file in path.iterdir() if file.suffix.lower() in (".shp", ".tab", ".mif")]
    if not shapes:
        found = ", ".join(sorted(names)[:10]) or "-"
        raise LayerError("intake.kind", path=path, known=KINDS, found=found)
    for file in shapes:
        require_kind(file)
    return "folder"


# tables that are computed by a module, and functions that read files or ask a server
_MODULE = re.compile(r"using\s+[\"'\[`]?(\w+)", re.IGNORECASE)
_INDEXES = {
    *("rtree", "rtree_i32", "geopoly", "fts3", "fts4", "fts5"),
    *("virtualspatialindex", "virtualelementary", "virtualknn", "virtualknn2"),  # of SpatiaLite
}
_REACHES = re.compile(r"\b(?:ogr_\w+|gdal_\w+|load_extension|readfile|writefile)\s*[(\"]", re.I)


def _require_plain_database(path: Path) -> None:
    """Refuse a database whose tables or views are made of something outside of it."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as file:
            rows = file.execute("select type, sql from sqlite_master where sql is not null")
            for kind, sql in rows.fetchall():
                module = _MODULE.search(sql) if str(sql).lower().startswith("create virt") else None
                foreign = module is not None and module[1].lower() not in _INDEXES
                if foreign or (kind == "view" and _REACHES.search(sql)):
                    raise LayerError("intake.elsewhere", path=path)
    except (sqlite3.Error, TypeError):
        return  # broken, or with a log that is still open: the reader says what is wrong


def _require_no_link(path: Path) -> None:
    """Refuse GeoJSON whose reference system is a link: GDAL would ask for it."""
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as raw,
    ):
        for member in _CRS.finditer(raw):
            if _letters(member[1]).lower() not in ("crs", "coordrefsys"):
                continue
            value = raw[member.end() : member.end() + _WINDOW]
            said = _REGISTRY.sub("", _letters(value[: _end_of(value)]))
            if _LINK.search(said):
                raise LayerError("intake.crs-link", path=path)


def _letters(raw: bytes) -> str:
    """JSON text with its escapes of single letters undone."""
    plain = _ESCAPE.sub(lambda m: m[2] or bytes.fromhex(m[1].decode()), raw)
    return plain.decode("utf-8", "replace")


def _end_of(text: bytes) -> int:
    """Where the object or list that has just begun ends, as far as brackets tell."""
    depth = 1
    for place, letter in enumerate(text):
        depth += (letter in b"{[") - (letter in b"}]")
        if not depth:
            return place
    return len(text)


def require_table_kind(path: Path) -> None:
    """Refuse a DBF or a workbook (XLSX, ODS) that is something else by its content.

    Raises
    ------
    LayerError
        `intake.kind`, or as for `require_workbook`.
    """
    with path.open("rb") as file:
        head = file.read(16)
    if path.suffix.lower() == ".dbf":
        if head[:1] not in _DBF or len(head) < 12:
            raise LayerError("intake.kind", path=path, known="DBF", found=repr(head))
    elif not head.startswith(b"PK"):
        raise LayerError("intake.kind", path=path, known="XLSX, ODS", found=repr(head))
    else:
        require_workbook(path)


_DBF = {bytes([version]) for version in (0x02, 0x03, 0x30, 0x31, 0x32, 0x43, 0x63, 0x83, 0x8B)} | {
    bytes([version]) for version in (0x8E, 0xCB, 0xF5, 0xFB)
}


# ---- while it is read

# GDAL asks nobody: not for schemas, not for what a name in a file points to
_SHUT = {
    "GML_DOWNLOAD_SCHEMA": "NO",
    "GML_SKIP_RESOLVE_ELEMS": "ALL",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "GDAL_HTTP_PROXY": "http://127.0.0.1:9",  # nobody listens there: what is asked goes nowhere
    "GDAL_HTTP_CONNECTTIMEOUT": "1",
    "GDAL_HTTP_TIMEOUT": "1",
    "GDAL_HTTP_MAX_RETRY": "0",
    "OGR_SQLITE_LOAD_EXTENSIONS": "",
    "OGR_SQLITE_ALLOW_EXTERNAL_ACCESS": "NO",
    "LIBKML_RESOLVE_STYLE": "NO",
    "GDAL_VRT_ENABLE_PYTHON": "NO",
    "OGR_VRT_ENABLE_PYTHON": "NO",
}
_turn = Lock()
_readers = 0
_before: dict[str, object] = {}


@contextmanager
def shut_network() -> Iterator[None]:
    """GDAL without network and remote schemas; what was set before comes back behind the last."""
    import pyogrio

    global _readers
    with _turn:
        if not _readers:
            _before.update({name: pyogrio.get_gdal_config_option(name) for name in _SHUT})
            pyogrio.set_gdal_config_options(_SHUT)
        _readers += 1
    try:
        yield
    finally:
        with _turn:
            _readers -= 1
            if not _readers:
                pyogrio.set_gdal_config_options(_before)
                _before.clear()


# what an older GDAL, as fiona has, listens to only when a file is opened
SHUT_OPTIONS = {"gml": {"DOWNLOAD_SCHEMA": "NO"}}
_LENT = (
    "DXF_ENCODING",
    "SHAPE_RESTORE_SHX",
)  # settings of a file that both readers are given


@contextmanager
def shut_fiona() -> Iterator[None]:
    """The same for fiona, whose GDAL is another one with settings of its own."""
    import pyogrio

    fiona = bring_fiona()
    from fiona.session import DummySession

    lent = {name: pyogrio.get_gdal_config_option(name) for name in _LENT}
    lent = {name: value for name, value in lent.items() if value is not None}
    with ExitStack() as stack:
        with unskipped():
            stack.enter_context(fiona.Env(DummySession(), **_SHUT, **lent))  # no cloud's account
        yield


def bring_fiona() -> Any:
    """The library fiona, brought in when it is first asked for."""
    with unskipped():
        import fiona
        import fiona.errors

    return fiona


@contextmanager
def unskipped() -> Iterator[None]:
    """Without GDAL_SKIP: fiona's GDAL has not all drivers it names, and complains of each.

    None of them opens a file for it: those that may are listed where one is opened.
    """
    with _turn:
        skipped = os.environ.pop("GDAL_SKIP", None)
        try:
            yield
        finally:
            if skipped is not None:
                os.environ["GDAL_SKIP"] = skipped


# ---- names that mean something to a library

# A library takes a path for an address, and drops, decodes or splits at what means something in
# one; GDAL takes some names for a place within an archive, and a backslash for a folder. Rather
# than all of that, what certainly means nothing is listed: letters, digits, marks of letters.
_PLAIN = " _-.,()+'/"
_PACKED = re.compile(r"^//|^/vsi|\.(zip|tar|tgz|gz|shz|kmz)/", re.IGNORECASE)
_BLANK_EDGE = re.compile(r"(^|/) | (/|$)")


def _is_plain(path: Path) -> bool:
    """Whether a path is the same to all that read it as an address, or a name of GDAL."""
    whole = path.absolute()
    name = whole.as_posix().removeprefix(whole.drive.replace("\\", "/"))
    if _PACKED.search(f"{name}/" if path.is_dir() else name) or _BLANK_EDGE.search(name):
        return False
    return all(c in _PLAIN or c.isalnum() or unicodedata.combining(c) for c in name)


def _plain_name(part: Path, stem: str) -> str:
    """The name that a file gets: what stands behind the stem is kept, as far as it is plain."""
    ending = "".join(re.findall(r"[.A-Za-z0-9]", part.name.removeprefix(stem)))
    return "plain" if part.is_dir() and ending.lower() != ".gdb" else f"plain{ending}"


@contextmanager
def _plain_scratch() -> Iterator[Path]:
    with disk.scratch() as folder:
        if not _is_plain(folder):
            raise OutputError("intake.odd-scratch", path=folder)
        yield folder


@contextmanager
def read_plainly(path: Path) -> Iterator[Path]:
    """The same file, or folder, under a name that its reader takes for nothing but a name.

    Files beside it of the same stem (of a shapefile, a TAB) come along.

    Raises
    ------
    OutputError
        `intake.odd-scratch`: nor does the folder for what is temporary have a plain name.
    """
    path = path.absolute()
    if _is_plain(path):
        yield path
        return
    with _plain_scratch() as folder:
        beside = [] if path.is_dir() else path.parent.glob(f"{glob.escape(path.stem)}.*")
        for part in (path, *sorted(beside)):
            target = folder / _plain_name(part, path.stem)
            if not os.path.lexists(target):  # the file itself comes first
                _lend(part, target)
        yield folder / _plain_name(path, path.stem)


def _lend(path: Path, target: Path) -> None:
    try:
        target.symlink_to(path, target_is_directory=path.is_dir())
    except OSError:  # Windows lets few people make links
        (shutil.copytree if path.is_dir() else shutil.copyfile)(path, target)


@contextmanager
def write_plainly(path: Path) -> Iterator[Path]:
    """A name to write a file at that its writer takes for nothing but a name; then it is `path`.

    What stands at `path` may be added to. For work folders: nobody else may write there.
    """
    path = path.absolute()
    if _is_plain(path):
        yield path
        return
    with _plain_scratch() as folder:
        made = folder / _plain_name(path, path.stem)
        if path.exists():
            shutil.copyfile(path, made)
        yield made
        shutil.copyfile(made, path)


def write_dataframe(frame: "pd.DataFrame", path: Path, **options: object) -> None:
    """What `pyogrio.write_dataframe` does, whatever the file is called."""
    import pyogrio

    with write_plainly(path) as plain:
        pyogrio.write_dataframe(frame, plain, **options)
