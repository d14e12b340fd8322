"""KML and GPX: coordinates that are no numbers (readers make zeros of them), and links."""

import re
import xml.etree.ElementTree as ET
import zipfile
from dataclasses import dataclass
from pathlib import Path

MARKUP = {".kml", ".kmz", ".gpx"}
_SHAPES = {"Point", "LineString", "LinearRing", "Polygon", "MultiGeometry", "Track", "MultiTrack"}
_POINTS = {"wpt", "trkpt", "rtept"}
_MOST_BYTES = 200_000_000
Lost = tuple[int, str]


@dataclass(frozen=True)
class Markup:
    """What a KML or GPX file holds that must not be read as it stands."""

    lost: tuple[Lost, ...]  # features with coordinates that are no numbers
    links: int  # network links; never followed
    sound: bytes  # the document without those geometries


def read_markup(path: Path) -> Markup | None:
    """Find coordinates that are no numbers; None when the file is no readable KML, KMZ or GPX."""
    try:
        root = ET.fromstring(_document(path))
    except (ET.ParseError, OSError, ValueError, KeyError, LookupError, zipfile.BadZipFile):
        return None
    namespace = re.match(r"\{(.*)\}", root.tag)
    if namespace:
        ET.register_namespace("", namespace[1])
    lost = _mend_gpx(root) if path.suffix.lower() == ".gpx" else _mend_kml(root)
    links = sum(_name(node) == "NetworkLink" for node in root.iter())
    return Markup(tuple(lost), links, ET.tostring(root, encoding="utf-8", xml_declaration=True))


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
