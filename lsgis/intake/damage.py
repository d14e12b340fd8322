"""Damage that readers pass over in silence: files cut short, curves lost, rings left open."""

import glob
import re
import shutil
import struct
import xml.etree.ElementTree as ET
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from lsgis.errors import LayerError

# Records of a shapefile that its index or its reader loses.

_HEADER = 100
_CUT = -1
_DELETED = 0x2A
_VERTICES_AT = {3: 40, 5: 40, 8: 36}  # by the last digit of a type: with heights it is 13, 15, 18
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
        if gone and (kind > 0 or kind == _CUT)
    ]


def lost_in_table(path: Path, count: int) -> list[Lost]:
    """Records of which the .dbf, or the .shp beside it, holds nothing, or not all.

    Parameters
    ----------
    path
        The .shp.
    count
        Features that were read of it.

    Returns
    -------
    list
        Number of each from 1, and reason; none where there is no .dbf.
    """
    table = next((f for f in (path.with_suffix(s) for s in (".dbf", ".DBF")) if f.exists()), None)
    raw = table.read_bytes() if table else b""
    if len(raw) < _DBF_HEADER:
        return []
    stated, size, width = struct.unpack_from("<IHH", raw, 4)
    whole = min(max(len(raw) - size, 0) // max(width, 1), stated)
    if not stated or any(raw[size + n * width] == _DELETED for n in range(whole)):
        return []  # of deleted rows numbers no longer meet
    shapes = len(_record_kinds(path))
    lost = dict.fromkeys(range(shapes + 1, stated + 1), "cut off with the end of the .shp")
    if shapes >= count:  # what the .shp itself lacks is told apart
        lost |= dict.fromkeys(range(stated + 1, shapes + 1), "no attributes: no row of the .dbf")
    cut = "attributes cut off with the end of the .dbf"
    return sorted({**lost, **dict.fromkeys(range(whole + 1, stated + 1), cut)}.items())


def lacks_index(path: Path) -> bool:
    """Whether the .shx of a shapefile is not there, or shorter than the records it leads to."""
    index = next((f for f in map(path.with_suffix, (".shx", ".SHX", ".Shx")) if f.exists()), None)
    return index is None or index.stat().st_size < _HEADER + 8 * len(_record_kinds(path))


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
    """Shape type of each record of a .shp, in file order; 0 is a record without shape.

    Of a record that says it holds no vertex, the type below zero.
    """
    raw, at, kinds = path.read_bytes(), _HEADER, []
    while at + 12 <= len(raw):
        words = struct.unpack_from(">i", raw, at + 4)[0]
        if words < 2:
            break
        kind = struct.unpack_from("<i", raw, at + 8)[0]
        place = at + 8 + _VERTICES_AT.get(kind % 10, 0)  # where it says how many vertices it has
        counted = kind % 10 in _VERTICES_AT and place + 4 <= min(at + 8 + 2 * words, len(raw))
        kinds.append(-kind if counted and raw[place : place + 4] == bytes(4) else kind)
        at += 8 + 2 * words
    return kinds


_EMPTY = {3: "LINESTRING EMPTY", 5: "POLYGON EMPTY", 8: "MULTIPOINT EMPTY"}


def empty_in_shapefile(path: Path, shapes: np.ndarray) -> dict[int, shapely.Geometry]:
    """Records that say they hold no vertex, and of which nothing was read: row from 0, shape."""
    kinds, found = _record_kinds(path), {}
    if len(kinds) != len(shapes):
        return {}
    for row in np.flatnonzero(shapely.is_missing(shapes)).tolist():
        if kinds[row] < 0:
            found[row] = shapely.from_wkt(_EMPTY[-kinds[row] % 10])
    return found


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


# Names and values of a DBF cut in the middle of a letter: it holds ten bytes of a name.

_DBF_HEADER, _DBF_FIELD = 32, 32
_NAME_BYTES, _MOST_CUT = 10, 3
_UTF8 = {"UTF-8", "UTF8", "65001"}


def whole_letters(raw: bytes) -> str | None:
    """Text in UTF-8 up to its last whole letter; None for what is not UTF-8 even so."""
    for end in range(len(raw), max(len(raw) - _MOST_CUT, 0) - 1, -1):
        try:
            return raw[:end].decode()
        except UnicodeDecodeError as error:
            if error.reason != "unexpected end of data":
                return None
    return None


def mend_cut_letters(path: Path, folder: Path) -> tuple[Path, list[tuple[str, str, str, str]]]:
    """A DBF (or shapefile) in UTF-8 whose names or values end within a letter, as a copy without.

    The file itself, and nothing told, where it says no UTF-8 or nothing is cut.

    Returns
    -------
    path, told
        Told is `field-cut` (name as it was, and whole) and `value-cut` (field, count).
    """
    table = next((f for f in (path.with_suffix(s) for s in (".dbf", ".DBF")) if f.exists()), None)
    page = next((f for f in (path.with_suffix(s) for s in (".cpg", ".CPG")) if f.exists()), None)
    if table is None or page is None:
        return path, []
    if page.read_text("ascii", "replace").strip().upper() not in _UTF8:
        return path, []
    raw = bytearray(table.read_bytes())
    told = _mend_names(raw) + _mend_values(raw)
    if not told:
        return path, []
    for part in path.parent.glob(f"{glob.escape(path.stem)}.*"):
        if part.suffix.lower() in {".shp", ".shx", ".prj", ".cpg"} and part.parent != folder:
            shutil.copyfile(part, folder / f"{path.stem}{part.suffix.lower()}")
    (folder / f"{path.stem}.dbf").write_bytes(raw)
    return folder / f"{path.stem}{path.suffix.lower()}", told


def _dbf_fields(raw: bytes | bytearray) -> list[tuple[int, str, int, int]]:
    """Each field of a DBF: where its description is, its type, where in a record, its width."""
    if len(raw) < _DBF_HEADER:
        return []
    size = struct.unpack_from("<H", raw, 8)[0]
    found, at, start = [], _DBF_HEADER, 1
    while at + _DBF_FIELD <= min(size, len(raw)) and raw[at] != 0x0D:
        found.append((at, chr(raw[at + 11]), start, raw[at + 16]))
        start += raw[at + 16]
        at += _DBF_FIELD
    return found


def dbf_names(raw: bytes | bytearray) -> list[bytes]:
    """Names of the columns of a DBF, as bytes."""
    return [
        bytes(raw[at : at + _NAME_BYTES + 1]).partition(b"\0")[0] for at, *_ in _dbf_fields(raw)
    ]


def _mend_names(raw: bytearray) -> list[tuple[str, str, str, str]]:
    told = []
    fields = _dbf_fields(raw)
    names = dbf_names(raw)
    taken = {name for name in names if whole_letters(name) == name.decode("utf-8", "replace")}
    for (at, *_), name in zip(fields, names, strict=True):
        whole = whole_letters(name)
        if whole is None or name in taken:
            continue
        new, number = whole.encode(), 1
        while new in taken or not new:
            number += 1
            short = whole_letters(whole.encode()[: _NAME_BYTES - 1 - len(str(number))]) or "field"
            new = f"{short}_{number}".encode()
        taken.add(new)
        raw[at : at + _NAME_BYTES + 1] = new.ljust(_NAME_BYTES + 1, b"\0")
        told.append(("field-cut", new.decode(), name.decode("utf-8", "replace"), new.decode()))
    return told


def _mend_values(raw: bytearray) -> list[tuple[str, str, str, str]]:
    """Blanks for the bytes behind the last whole letter of a cell that is filled to its end."""
    count, size, width = struct.unpack_from("<IHH", raw, 4) if len(raw) > 12 else (0, 0, 0)
    told = []
    for at, kind, start, wide in _dbf_fields(raw):
        cut = 0
        ends = range(size + start + wide, min(size + count * width, len(raw)) + 1, max(width, 1))
        for end in ends if kind == "C" and wide else ():
            cell = bytes(raw[end - wide : end])
            if cell[-1] < 0x80:
                continue
            whole = whole_letters(cell)
            if whole is not None and len(whole.encode()) < wide:
                raw[end - wide : end] = whole.encode().ljust(wide)
                cut += 1
        if cut:
            name = bytes(raw[at : at + _NAME_BYTES + 1]).partition(b"\0")[0]
            told.append(("value-cut", name.decode("utf-8", "replace"), str(cut), ""))
    return told


# KML and GPX: coordinates that are no numbers (readers make zeros of them), and links.

MARKUP = {".kml", ".kmz", ".gpx"}
_SHAPES = {"Point", "LineString", "LinearRing", "Polygon", "MultiGeometry", "Track", "MultiTrack"}
_POINTS = {"wpt", "trkpt", "rtept"}
_FEATURES = ("Placemark", "GroundOverlay", "PhotoOverlay", "wpt", "trk", "rte")
_MOST_BYTES = 200_000_000


@dataclass(frozen=True)
class Markup:
    """What a KML or GPX file holds that must not be read as it stands."""

    lost: tuple[Lost, ...]  # features with coordinates that are no numbers
    links: int  # network links; never followed
    features: int  # whatever a reader makes a feature of
    pictures: int  # frames of pictures laid on the ground, which readers take for polygons
    sound: bytes  # the document without those geometries


def read_markup(path: Path) -> Markup | None:
    """Find coordinates that are no numbers; None when the file is no readable KML, KMZ or GPX."""
    try:
        return _marked(path, ET.fromstring(_document(path)))
    except RecursionError as error:
        nested = LayerError("intake.nested")
        raise LayerError("intake.unreadable", path=path, reason=nested) from error
    except (ET.ParseError, OSError, ValueError, KeyError, LookupError, zipfile.BadZipFile):
        return None


def _marked(path: Path, root: ET.Element) -> Markup:
    namespace = re.match(r"\{(.*)\}", root.tag)
    if namespace:
        ET.register_namespace("", namespace[1])
    lost = _mend_gpx(root) if path.suffix.lower() == ".gpx" else _mend_kml(root)
    names = [_name(node) for node in root.iter()]
    links = names.count("NetworkLink")
    features, pictures = sum(map(names.count, _FEATURES)), names.count("GroundOverlay")
    return Markup(
        tuple(lost),
        links,
        features,
        pictures,
        ET.tostring(root, encoding="utf-8", xml_declaration=True),
    )


def _document(path: Path) -> bytes:
    if path.suffix.lower() != ".kmz":
        return path.read_bytes()
    with zipfile.ZipFile(path) as packed:
        names = [name for name in packed.namelist() if name.lower().endswith(".kml")]
        info = packed.getinfo(names[0] if names else "doc.kml")
        if info.file_size > _MOST_BYTES:
            raise ValueError(info.file_size)
        return packed.read(info)


def _name(node: ET.Element) -> str:
    return str(node.tag).rpartition("}")[2]


def _mend_kml(root: ET.Element) -> list[Lost]:
    lost = []
    places = (node for node in root.iter() if _name(node) == "Placemark")
    for number, place in enumerate(places, start=1):
        texts = [n.text or "" for n in place.iter() if _name(n) in ("coordinates", "coord")]
        bad = [word for text in texts for word in text.split() if not _is_position(word)]
        if bad:
            lost.append((number, f"{len(bad)} coordinates are no numbers, first '{bad[0][:40]}'"))
            for node in [node for node in place if _name(node) in _SHAPES]:
                place.remove(node)
    return lost


def _is_position(word: str) -> bool:
    parts = word.strip(",").split(",")
    return all(_is_number(part) for part in parts)


def _is_number(text: str | None) -> bool:
    try:
        return abs(float(text or "")) < float("inf")
    except ValueError:
        return False


def _mend_gpx(root: ET.Element) -> list[Lost]:
    lost, number = [], 0
    for parent in list(root.iter()):
        for node in list(parent):
            if _name(node) not in _POINTS:
                continue
            number += 1
            if not (_is_number(node.get("lat")) and _is_number(node.get("lon"))):
                found = f"lat='{node.get('lat')}' lon='{node.get('lon')}'"
                lost.append((number, f"{_name(node)}: {found} are no numbers"))
                parent.remove(node)
    return lost


# Files that end before they say: FlatGeobuf, MIF, DXF cut where a reader sees no fault.

_END = re.compile(rb"^\s*EOF\s*$", re.MULTILINE)
_BINARY_DXF = b"AutoCAD Binary DXF"


def lost_at_the_end(path: Path, count: int) -> list[Lost]:
    """Features a file says it holds behind the last one read: (number from 1, reason)."""
    stated = {".fgb": _stated_by_header, ".mif": _rows_of_mid}.get(path.suffix.lower())
    total = stated(path) if stated else 0
    return [(number, "cut off with the end of the file") for number in range(count + 1, total + 1)]


def has_no_end(path: Path) -> bool:
    """Whether a DXF in text lacks its last line, EOF: what stood behind it nobody knows."""
    if path.suffix.lower() != ".dxf":
        return False
    raw = path.read_bytes()
    return not raw.startswith(_BINARY_DXF) and not _END.search(raw)


def lacks_rows(path: Path) -> bool:
    """Whether a .mif has no .mid beside it: shapes without attributes, and no count of them."""
    return path.suffix.lower() == ".mif" and not _mid(path)


def _mid(path: Path) -> Path | None:
    beside = (path.with_suffix(suffix) for suffix in (".mid", ".MID", ".Mid"))
    return next((file for file in beside if file.exists()), None)


def _stated_by_header(path: Path) -> int:
    return max(int(pyogrio.read_info(path)["features"]), 0)


def _rows_of_mid(path: Path) -> int:
    """Rows of the .mid beside a .mif: one a feature."""
    beside = _mid(path)
    return sum(bool(line.strip()) for line in beside.read_bytes().splitlines()) if beside else 0


# Whether a file holds arcs and splines, which are read as runs of short straight pieces.

_GML = re.compile(rb"<(?:\w+:)?(?:Arc\w*|Circle\w*|CubicSpline|BSpline|Bezier|Clothoid)\b")
_DXF = re.compile(rb"\n\s*0\r?\n(?:ARC|CIRCLE|ELLIPSE|SPLINE)\r?\n")
CURVED = {".gml": _GML, ".xml": _GML, ".dxf": _DXF}


def has_curves(path: Path) -> bool:
    """Whether a GML or DXF file holds curves."""
    pattern = CURVED.get(path.suffix.lower())
    return pattern is not None and bool(pattern.search(path.read_bytes()))
