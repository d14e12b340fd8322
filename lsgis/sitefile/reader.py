"""The site a check is about, from a file, a corner table, a point or WKT."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyproj
import shapely
from shapely.errors import GEOSException, ShapelyError
from shapely.geometry.base import BaseGeometry

from lsgis.crs import VN2000, WGS84, crosses_datum, datum_operation
from lsgis.errors import CrsError, SiteError
from lsgis.intake.notation import Number, learn_marks, readings
from lsgis.region import Region, read_region
from lsgis.sitefile.accuracy import hold_certificate, settle_accuracy, settle_certificate
from lsgis.sitefile.corner_row import Corner
from lsgis.sitefile.corner_table import place_corners
from lsgis.sitefile.location import (
    require_country,
    require_province,
    require_zone,
    tell_datum,
    tell_default,
)
from lsgis.sitefile.raw import (
    Drawing,
    digest_file,
    digest_text,
    name_crs,
    plain_text,
    read_crs,
    told,
    written_step,
)
from lsgis.sitefile.soundness import make_one, require_usable

# A site as well-known text, with its reference system before it or given beside it.

_NAMES = r"(?:MULTI)?(?:POINT|LINESTRING|POLYGON)|GEOMETRYCOLLECTION"
_WKT = re.compile(
    rf"\s*(?:SRID\s*=\s*(\d{{1,7}})\s*;)?\s*((?:{_NAMES})\s*(?:Z|M|ZM)?\s*(?:\(.*\)|EMPTY))\s*;?\s*",
    re.IGNORECASE | re.DOTALL,
)


def is_wkt(text: str) -> bool:
    """Whether a text is meant as WKT or EWKT; `polygon (copy).shp` is not."""
    return bool(_WKT.fullmatch(text))


def read_wkt(text: str, *, crs: "pyproj.CRS | None") -> Drawing:
    """Shape of a WKT or EWKT text.

    Raises
    ------
    SiteError
        It cannot be read, or says nothing of its reference system.
    CrsError
        Its SRID is unknown, or differs from the one given.
    """
    parts = _WKT.fullmatch(text)
    if parts is None:
        raise SiteError("site.wkt", reason=plain_text(text, longest=60))
    srid, shape = parts.groups()
    system = _system(srid) or crs
    if system is None:
        raise SiteError("site.wkt-crs", found=plain_text(text, longest=60))
    if crs is not None and system != crs:
        raise CrsError("site.crs-differs", found=name_crs(system), stated=name_crs(crs))
    try:
        found = shapely.from_wkt(shape)
    except GEOSException as error:
        raise SiteError("site.wkt", reason=plain_text(error)) from error
    step = written_step((found,))
    return Drawing((found,), system, "wkt", "", digest_text(text), step)


def _system(srid: str | None) -> "pyproj.CRS | None":
    """What an SRID stands for; None for none."""
    if not srid or not int(srid):
        return None
    return read_crs(f"EPSG:{int(srid)}")


# The drawing a source holds, whatever its form: a path, or text.

_TABLES = {".csv", ".tsv", ".txt", ".xlsx", ".xlsm"}
_OLD_SHEETS = {".xls", ".xlsb", ".ods"}
_PATH = re.compile(r"[^\n\t]*(?:[/\\]|\.[A-Za-z][A-Za-z0-9]{1,9}\s*$)[^\n\t]*")


def read_drawing(
    source: str | Path,
    crs: "pyproj.CRS | None",
    layer: str | None,
    order: str | None,
    repair: bool,
    parcel: str | None,
) -> Drawing:
    """The drawing a source holds, whatever its form."""
    if (path := _existing(source)) is not None:
        suffix = path.suffix.lower()
        if suffix in _OLD_SHEETS:
            raise SiteError("site.old-sheet", path=plain_text(path.name))
        if suffix in _TABLES and path.is_file():
            from lsgis.sitefile.corner_table import read_corner_file

            return read_corner_file(
                path, crs=crs, order=order, repair=repair, sheet=layer, parcel=parcel
            )
        _require_no_parcel(parcel)

        return read_file(path, crs=crs, layer=layer)
    text = str(source).strip().removeprefix("\ufeff").strip()
    if not text:
        raise SiteError("site.nothing")
    if len(text.splitlines()) < 2 or is_wkt(text):
        _require_no_parcel(parcel)
    if is_wkt(text):
        return read_wkt(text, crs=crs)

    if split_pair(text):
        return read_point(text, crs=crs, order=order)
    if len(text.splitlines()) > 1:
        from lsgis.sitefile.corner_table import read_corner_text

        return read_corner_text(text, crs=crs, order=order, repair=repair, parcel=parcel)
    code = "site.no-file" if _PATH.fullmatch(text) else "site.not-understood"
    raise SiteError(code, found=plain_text(text, longest=120))


def _require_no_parcel(parcel: str | None) -> None:
    if parcel is not None:
        raise SiteError("site.parcel-of-table", found=plain_text(parcel, longest=60))


def _existing(source: str | Path) -> Path | None:
    """The path a source is, None when it is text; a missing path is refused."""
    if isinstance(source, str) and (len(source) > 4096 or "\n" in source or not source.strip()):
        return None
    try:
        exists = Path(source).exists()
    except (OSError, ValueError):  # too long for a name, or with a character none may have
        exists = False
    if not exists and isinstance(source, Path):
        raise SiteError("site.no-file", found=plain_text(source, longest=120))
    return Path(source) if exists else None


# The site a check is about: one geometry in EPSG:9215 and how it was come by.


@dataclass(frozen=True)
class Site:
    """A project site as it is checked."""

    name: str
    geometry: BaseGeometry  # EPSG:9215, two dimensions, valid
    accuracy_m: float  # horizontal, 95 %
    kind: str  # polygon | line | point
    input: Mapping[str, str]  # kind (file | table | point | wkt), name, sha256
    crs_found: str
    operation: str  # the datum operation, "" when none was needed
    area_certificate_m2: float | None
    log: tuple[Mapping[str, object], ...]  # {"code": "site.…", values of its placeholders}
    region: Region = field(default_factory=read_region)


def read_site(
    source: str | Path,
    *,
    crs: "str | pyproj.CRS | None" = None,
    accuracy_m: float | None = None,
    name: str = "",
    layer: str | None = None,
    order: str | None = None,
    repair: bool = False,
    area_certificate_m2: float | None = None,
    parcel: str | None = None,
) -> Site:
    """Read the site of a project, from a file, a corner table, a point or WKT.

    Parameters
    ----------
    source
        A path (vector file; CSV, TSV, TXT or XLSX with a table of corners), or
        text: "lon,lat" in degrees, WKT or EWKT, or a pasted table of corners
        whose X is north and Y is east.
    crs
        Reference system, where the source states none. A vector file and WKT
        need one, a corner table without one is read in EPSG:9215, and "lon,lat"
        is WGS 84. It never overrules what the source says of itself.
    accuracy_m
        Horizontal accuracy of the site, 95 %. Without it the stated defaults of
        `lsgis.sitefile.accuracy` count (corner table 0.5 m, else 10 m), or the
        step the coordinates are written in, where that is coarser; the log tells.
    name
        Name of the project; without it that of the file or the point.
    layer
        Layer of a file that holds several, or sheet of a workbook.
    order
        "northing,easting" (the default) or "easting,northing": what X and Y of a
        table, or two columns without heading, are.
    repair
        Mend an invalid boundary (shapely's make_valid) instead of refusing it;
        the log has the area before and after.
    area_certificate_m2
        Area (m²) on the land certificate, if there is one; without it the one a
        corner table states. The log tells by how much the boundary deviates from it.
    parcel
        Name or number of the one parcel to read of a corner table that has several;
        without it all of them make one site.

    Returns
    -------
    Site
        One geometry; several features of a file become its parts.

    Raises
    ------
    SiteError
        The source cannot be used: what was expected, found, and what to do.
    CrsError, LayerError
        A file states no reference system, or cannot be read.
    """
    system = None if crs is None else read_crs(crs)
    certificate = settle_certificate(area_certificate_m2)
    drawing = require_usable(read_drawing(source, system, layer, order, repair, parcel))
    require_country(drawing)
    require_province(drawing)
    operation = datum_operation().name if crosses_datum(drawing.crs, VN2000) else ""
    geometry, kind, mended = make_one(drawing, repair=repair)
    accuracy, reasons = settle_accuracy(drawing, accuracy_m)
    held = hold_certificate(drawing, geometry, certificate)
    return Site(
        name=plain_text(name) or _name(drawing),
        geometry=geometry,
        accuracy_m=accuracy,
        kind=kind,
        input={"kind": drawing.kind, "name": drawing.name, "sha256": drawing.sha256},
        crs_found=name_crs(drawing.crs),
        operation=operation,
        area_certificate_m2=drawing.area_m2 if certificate is None else certificate,
        log=(*drawing.log, *mended, *tell_datum(drawing), *reasons, *held),
    )


def _name(drawing: Drawing) -> str:
    return Path(drawing.name).stem if drawing.kind in ("file", "table") else drawing.name


# One place written as two numbers: "lon,lat" in degrees, or X and Y in metres.

_NORTH = re.compile(r"^[NSB]|[NSB]$", re.IGNORECASE)
_EAST = re.compile(r"^[EWĐ]|[EWĐ]$", re.IGNORECASE)


def split_pair(text: str) -> tuple[str, str] | None:
    """The two numbers of a text, None when it is no pair of numbers.

    Blanks and semicolons part numbers; a comma does so alone, or before a blank.
    """
    parts = re.split(r"\s*;\s*|\s*,\s+|\s+,|\s+", text.strip())
    if len(parts) == 1:
        parts = text.strip().split(",")
    if len(parts) == 2 and all(readings(part) for part in parts):
        return parts[0], parts[1]
    return None


def read_point(text: str, *, crs: pyproj.CRS | None, order: str | None) -> Drawing:
    """A point site: longitude, latitude (WGS 84), or a corner as a table prints it, X then Y.

    Degrees may be parted into minutes and seconds; with N and E they stand in any order.

    Raises
    ------
    SiteError
        Two numbers in the wrong order, or that can be no place in Viet Nam.
    """
    parts = split_pair(text) or ("", "")
    if _NORTH.search(parts[0]) and _EAST.search(parts[1]):  # 21°51'N 106°45'E says it itself
        parts = parts[::-1]
    first, second = (_number(part, text) for part in parts)
    step = 10.0 ** -max(first.decimals, second.decimals)
    values, log = (first.value, second.value), []
    if max(map(abs, values)) <= 360:
        if crs is not None and not crs.is_geographic:
            raise SiteError("site.degrees", found=plain_text(text), crs=crs.name)
        system, place = crs or WGS84, values
    else:
        system = crs or VN2000
        corner = Corner(1, "1", *values)
        place = tuple(place_corners([corner], ("", ""), system, order)[0])
        require_zone(place * 2, system)
        log = [] if crs is not None else [tell_default(place * 2)]
    name = plain_text(text)
    shapes = (shapely.Point(np.array(place, dtype=float)),)
    return Drawing(shapes, system, "point", name, digest_text(text), step, tuple(log))


def _number(part: str, text: str) -> Number:
    number = learn_marks(split_pair(text) or ()).choose(readings(part))
    if number is None:
        raise SiteError("site.number-ambiguous", row=1, found=plain_text(part))
    return number


# GeoJSON without GDAL: longitude and latitude in WGS 84, unless the file says otherwise.

_TYPES = {
    "Feature",
    "FeatureCollection",
    "GeometryCollection",
    "Point",
    "MultiPoint",
    "LineString",
    "MultiLineString",
    "Polygon",
    "MultiPolygon",
}
_MOST_NAMED = 5


def read_geojson(
    content: bytes, name: str, *, crs: pyproj.CRS | None
) -> tuple[tuple[BaseGeometry | None, ...], pyproj.CRS, list] | None:
    """Shapes of a GeoJSON file, its reference system, and what has to be told.

    None for JSON of another kind (TopoJSON, Esri JSON), which is left to GDAL.

    The format itself says WGS 84, longitude first (RFC 7946); an older `crs` member
    is honoured. A reference system the caller gives counts only where the numbers
    can be no degrees.

    Raises
    ------
    SiteError
        The JSON breaks, or features have a geometry that cannot be built.
    CrsError
        The file and the caller name different reference systems.
    """
    found = _parse(content, name)
    if found.get("type") not in _TYPES:
        return None
    shapes = _shapes(found, name)
    stated = _stated(found)
    if stated is not None:
        if crs is not None and crs != stated:
            raise CrsError("site.crs-differs", found=name_crs(stated), stated=name_crs(crs))
        return shapes, stated, []
    if crs is None or crs == WGS84:
        return shapes, WGS84, []
    known = [shape for shape in shapes if shape is not None]
    if abs(shapely.get_coordinates(known)).max(initial=0) <= 360:
        raise CrsError("site.crs-differs", found=name_crs(WGS84), stated=name_crs(crs))
    return shapes, crs, [told("site.crs-of-caller", crs=name_crs(crs))]


def _parse(content: bytes, name: str) -> dict:
    try:
        found = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SiteError("site.json", path=name, reason=f"UTF-8, byte {error.start}") from error
    except json.JSONDecodeError as error:
        reason = f"{error.msg} ({error.lineno}:{error.colno})"
        raise SiteError("site.json", path=name, reason=reason) from error
    except (RecursionError, ValueError) as error:
        raise SiteError("site.json", path=name, reason=plain_text(error)) from error
    if not isinstance(found, dict):
        raise SiteError("site.json", path=name, reason=type(found).__name__)
    return found


def _shapes(found: dict, name: str) -> tuple[BaseGeometry | None, ...]:
    features = found.get("features") if found["type"] == "FeatureCollection" else [found]
    if not isinstance(features, list):
        raise SiteError("site.json", path=name, reason="features")
    shapes, broken = [], []
    for number, feature in enumerate(features, 1):
        try:
            inner = feature.get("geometry") if feature.get("type") == "Feature" else feature
            shapes.append(None if inner is None else shapely.from_geojson(json.dumps(inner)))
        except (ShapelyError, ValueError, TypeError, AttributeError, RecursionError) as error:
            broken.append(f"{number} ({plain_text(error, longest=80)})")
    if broken:
        listed = "; ".join(broken[:_MOST_NAMED])
        raise SiteError("site.broken-features", path=name, count=len(broken), found=listed)
    return tuple(shapes)


def _stated(found: dict) -> pyproj.CRS | None:
    """Reference system of the old `crs` member; None when the file has none."""
    member = found.get("crs")
    if member is None:
        return None
    inner = member.get("properties") if isinstance(member, dict) else None
    named = inner.get("name") if isinstance(inner, dict) else None
    if not isinstance(named, str):
        raise CrsError("crs.unknown", found=plain_text(json.dumps(member), longest=80))
    return read_crs(named)


# A site from a vector file: small GeoJSON at once, everything else through GDAL.

_JSON = {".geojson", ".json"}
_SMALL_BYTES = 20_000_000


def read_file(path: Path, *, crs: pyproj.CRS | None, layer: str | None) -> Drawing:
    """Every feature of a vector file, in the reference system the file states.

    Raises
    ------
    SiteError, LayerError, CrsError
        The file cannot be read, holds several layers, or states no reference system.
    """
    small = path.is_file() and path.stat().st_size <= _SMALL_BYTES
    if path.suffix.lower() in _JSON and layer is None and small:
        found = read_geojson(path.read_bytes(), plain_text(path.name), crs=crs)
        if found is not None:
            return _drawing(path, *found)
    shapes, system, log = _read_with_gdal(path, crs, layer)
    return _drawing(path, shapes, system, log)


def _drawing(path: Path, shapes: tuple, crs: pyproj.CRS, log: list) -> Drawing:
    known = tuple(shape for shape in shapes if shape is not None and not shape.is_empty)
    if len(known) < len(shapes):
        log = [*log, told("site.without-geometry", count=len(shapes) - len(known), of=len(shapes))]
    if not known:
        raise SiteError("site.no-features", path=plain_text(path.name), found=len(shapes))
    name, sha256 = plain_text(path.name), digest_file(path)
    return Drawing(known, crs, "file", name, sha256, written_step(known), tuple(log))


def _read_with_gdal(
    path: Path, crs: pyproj.CRS | None, layer: str | None
) -> tuple[tuple[BaseGeometry | None, ...], pyproj.CRS, list]:
    from lsgis.crs import require_crs
    from lsgis.intake import read_vector

    frame = read_vector(path, layer=layer, crs=crs)
    said = [told("site.reader-said", found=plain_text(text)) for text in frame.attrs["reader_said"]]
    return tuple(frame.geometry.values), read_crs(require_crs(frame)), said
