"""The site a check is about: read from a file, a corner table, a point or WKT, and made sound."""

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyproj
import shapely
from shapely.errors import GEOSException
from shapely.geometry.base import BaseGeometry

from lsgis.crs import (
    WGS84,
    crosses_datum,
    datum_operation,
    move_geometries,
    name_crs,
    plane_of,
    read_crs,
    read_named_crs,
    settle_described,
    tell_described,
)
from lsgis.errors import CrsError, SiteError
from lsgis.hollow import hollow_rows, without_empty_parts
from lsgis.intake.geojson import BrokenJsonError, is_sequence, read_geojson
from lsgis.intake.notation import Number, learn_marks, readings
from lsgis.region import Region, read_region
from lsgis.sitefile.outline import require_reading
from lsgis.sitefile.soundness import RawSite, make_sound, require_zone, tell_default
from lsgis.text import LogRow, log_row, plain_text


@dataclass(frozen=True)
class Site:
    """A project site as it is checked."""

    name: str
    geometry: BaseGeometry  # in the plane of the region (m), two dimensions, valid
    accuracy_m: float  # horizontal, 95 %
    kind: str  # polygon | line | point
    input: Mapping[str, str]  # kind (file | table | point | wkt), name, sha256
    crs_found: str
    operation: str  # the datum operation, "" when none was needed
    area_certificate_m2: float | None
    log: tuple[Mapping[str, object], ...]  # {"code": "site.…", values of its placeholders}
    region: Region = field(default_factory=read_region)

    def __post_init__(self) -> None:  # a site may be made by hand: no empty part goes further
        shapes = np.array([self.geometry], dtype=object)
        if len(hollow_rows(shapes)):
            log = (*self.log, log_row("site.hollow", count=1, found="1"))
            object.__setattr__(self, "geometry", without_empty_parts(shapes)[0])
            object.__setattr__(self, "log", log)


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
    kind: str | None = None,
    cad_layers: Sequence[str] = (),
    region: Region | None = None,
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
        need one, a corner table without one is read in the metres of the region,
        and "lon,lat" is WGS 84. It never overrules what the source says of itself.
    accuracy_m
        Horizontal accuracy of the site, 95 %. Without it the stated defaults of
        `lsgis.sitefile.soundness` count (corner table 0.5 m, else 10 m), or the
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
    kind
        What lines that close are: "polygon" (boundaries of ground; a ring within a ring is
        a hole) or "line". Without it such a source is refused with the question.
    cad_layers
        CAD layers of a drawing (DXF, DGN) that hold the site, capitals aside, `*` for any
        letters. Without it a drawing with ground in several is refused with the question.
    region
        In whose plane the site is wanted, and whose zone its metres are held
        against; the region that travels with lsgis when None.

    Returns
    -------
    Site
        One geometry; several features of a file become its parts.

    Raises
    ------
    SiteError
        The source cannot be used: what was expected, found, and what to do; or it is not
        of the `kind` asked for.
    CrsError, LayerError
        A file states no reference system, or cannot be read.
    """
    region = region or read_region()
    system = None if crs is None else read_crs(crs)
    certificate = _require_area(area_certificate_m2)
    if kind is not None:
        require_reading(kind)
    raw = _read(source, system, layer, order, repair, parcel, region, cad_layers)
    sound = make_sound(
        raw,
        region,
        kind=kind,
        repair=repair,
        accuracy_m=accuracy_m,
        area_certificate_m2=certificate,
    )
    crosses = crosses_datum(raw.crs, plane_of(region))
    return Site(
        name=plain_text(name) or _name(raw),
        geometry=sound.geometry,
        accuracy_m=sound.accuracy_m,
        kind=sound.kind,
        input={"kind": raw.kind, "name": raw.name, "sha256": raw.sha256},
        crs_found=name_crs(raw.crs),
        operation=datum_operation(region).name if crosses else "",
        area_certificate_m2=raw.area_m2 if certificate is None else certificate,
        log=sound.log,
        region=region,
    )


def _require_area(area_certificate_m2: float | None) -> float | None:
    """Area (m²) of the certificate as a number; refuse one that is not positive."""
    if area_certificate_m2 is None:
        return None
    try:
        value = float(area_certificate_m2)
    except (TypeError, ValueError):
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise SiteError("site.certificate", found=area_certificate_m2)
    return value


def _name(raw: RawSite) -> str:
    return Path(raw.name).stem if raw.kind in ("file", "table") else raw.name


# What a source is: a path, or text; and who reads it.

TABLES = {".csv", ".tsv", ".txt", ".xlsx", ".xlsm"}
OLD_SHEETS = {".xls", ".xlsb", ".ods"}
_PATH = re.compile(r"[^\n\t]*(?:[/\\]|\.[A-Za-z][A-Za-z0-9]{1,9}\s*$)[^\n\t]*")


def _read(
    source: str | Path,
    crs: pyproj.CRS | None,
    layer: str | None,
    order: str | None,
    repair: bool,
    parcel: str | None,
    region: Region,
    cad_layers: Sequence[str],
) -> RawSite:
    """The site a source holds, whatever its form."""
    path = _existing(source)
    if cad_layers and (path is None or path.suffix.lower() in TABLES | OLD_SHEETS | _JSON):
        named = plain_text(source, longest=120)
        raise SiteError("intake.no-drawing", path=named, layer=", ".join(cad_layers))
    if path is not None:
        suffix = path.suffix.lower()
        if suffix in OLD_SHEETS:
            raise SiteError("site.old-sheet", path=plain_text(path.name))
        if suffix in TABLES and path.is_file():
            from lsgis.sitefile.corner_table import read_corner_file

            return read_corner_file(
                path, crs, region, order=order, repair=repair, sheet=layer, parcel=parcel
            )
        _require_no_parcel(parcel)
        return read_file(path, region, crs=crs, layer=layer, cad_layers=cad_layers)
    text = str(source).strip().removeprefix("\ufeff").strip()
    if not text:
        raise SiteError("site.nothing")
    if len(text.splitlines()) < 2 or is_wkt(text):
        _require_no_parcel(parcel)
    if is_wkt(text):
        return read_wkt(text, crs=crs)
    if split_pair(text):
        return read_point(text, crs, region, order=order)
    if len(text.splitlines()) > 1:
        from lsgis.sitefile.corner_table import read_corner_text

        return read_corner_text(text, crs, region, order=order, repair=repair, parcel=parcel)
    code = "site.no-file" if _PATH.fullmatch(text) else "site.not-understood"
    west, south, east, north = region.box
    example = f"{(west + east) / 2:.2f},{(south + north) / 2:.2f}"
    raise SiteError(code, found=plain_text(text, longest=120), example=example)


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


# A vector file: small GeoJSON at once, everything else through GDAL.

_JSON = {".geojson", ".json"}
_SMALL_BYTES = 20_000_000
_MOST_NAMED = 5


def read_file(
    path: Path,
    region: Region,
    *,
    crs: pyproj.CRS | None,
    layer: str | None,
    cad_layers: Sequence[str] = (),
) -> RawSite:
    """Every feature of a vector file, in the reference system the file states.

    One that states none is refused with those in which it would lie in the region.

    Raises
    ------
    SiteError, LayerError, CrsError
        The file cannot be read, holds several layers, or states no reference system.
    """
    found = _read_json(path, crs) if path.suffix.lower() in _JSON and layer is None else None
    if found is None:
        found = _read_with_gdal(path, crs, layer, cad_layers, region)
    shapes, system, log, of_caller = found
    known = tuple(shape for shape in shapes if shape is not None and not shape.is_empty)
    if len(known) < len(shapes):
        move_geometries(
            shapes, system, plane_of(region), region=region
        )  # names them as in the file
        without = len(shapes) - len(known)
        log = [*log, log_row("site.without-geometry", count=without, of=len(shapes))]
    if not known:
        raise SiteError("site.no-features", path=plain_text(path.name), found=len(shapes))
    name, sha256 = plain_text(path.name), digest_file(path)
    step = written_step(known)
    return RawSite(known, system, "file", name, sha256, step, tuple(log), of_caller=of_caller)


Features = tuple[
    tuple[BaseGeometry | None, ...], pyproj.CRS, list[LogRow], bool
]  # shapes, system, log rows, whether the caller stated the system


def _read_json(path: Path, crs: pyproj.CRS | None) -> Features | None:
    """Shapes of a GeoJSON file; None for a large one and other JSON, which is left to GDAL.

    The format itself says WGS 84, longitude first (RFC 7946); an older `crs` member
    is honoured. A reference system the caller gives counts only where the numbers
    can be no degrees.
    """
    if not path.is_file() or path.stat().st_size > _SMALL_BYTES:
        return None
    name = plain_text(path.name)
    try:
        found = read_geojson(path.read_bytes())
    except BrokenJsonError as error:
        if is_sequence(path):
            return None
        raise SiteError("site.json", path=name, reason=error) from error
    if found is None:
        return None
    if found.broken:
        listed = "; ".join(f"{n} ({reason})" for n, reason in found.broken[:_MOST_NAMED])
        raise SiteError("site.broken-features", path=name, count=len(found.broken), found=listed)
    try:
        stated = WGS84 if found.crs is None else read_named_crs(found.crs)
    except CrsError:
        if crs is None:
            raise
        told = log_row("site.crs-unknown-name", found=plain_text(found.crs), crs=name_crs(crs))
        return found.shapes, crs, [told], True
    stated, described = settle_described(stated)
    if crs is None or crs == stated:
        return found.shapes, stated, tell_described(described), False
    known = [shape for shape in found.shapes if shape is not None]
    degrees = abs(shapely.get_coordinates(known)).max(initial=0) <= 360
    if found.crs is not None or degrees:
        raise CrsError("site.crs-differs", found=name_crs(stated), stated=name_crs(crs))
    return found.shapes, crs, [log_row("site.crs-of-caller", crs=name_crs(crs))], True


def _read_with_gdal(
    path: Path,
    crs: pyproj.CRS | None,
    layer: str | None,
    cad_layers: Sequence[str],
    region: Region,
) -> Features:
    from lsgis.intake.vector import read_vector, tell_crs

    frame = read_vector(path, layer=layer, crs=crs, cad_layers=cad_layers)
    said = frame.attrs["reader_said"]
    log = [log_row("site.reader-said", found=plain_text(text)) for text in said]
    log += tell_crs(frame)
    frames = [count for code, _, count, _ in frame.attrs["told"] if code == "picture-frame"]
    log += [log_row("site.picture-frame", count=int(count)) for count in frames]
    if frame.crs is None:
        from lsgis.intake.system import name_likely

        likely = name_likely(frame, region=region)
        raise CrsError("intake.which-crs", path=plain_text(path.name), likely=likely)
    system = read_crs(frame.crs)
    of_caller = frame.attrs["of_caller"]
    if not frame.attrs["is_drawing"]:
        return tuple(frame.geometry.values), system, log, of_caller
    from lsgis.intake.cad import are_texts, require_one_cad_layer
    from lsgis.sitefile.outline import ground_of

    if not cad_layers:
        ground = [ground_of(shape) is not None for shape in frame.geometry]
        require_one_cad_layer(frame, np.array(ground, dtype=bool), path)
    written = are_texts(frame)
    if written.any() and not written.all():
        log.append(log_row("site.cad-texts", count=int(written.sum())))
        frame = frame[~written]
    if left := [f"{name}: {kind} ({n})" for name, kind, n in frame.attrs["left_out"]]:
        log.append(log_row("site.cad-left-out", found=plain_text(", ".join(left), longest=300)))
    return tuple(frame.geometry.values), system, log, of_caller


def digest_file(path: Path) -> str:
    """SHA-256 of a file as it lies on disk.

    A shapefile is all files of its name, a geodatabase all files of its folder.
    """
    from lsgis.digest import hash_files

    if path.is_dir():
        files = [file for file in path.rglob("*") if file.is_file()]
    elif path.suffix.lower() == ".shp":
        files = [file for file in path.parent.iterdir() if file.stem == path.stem]
    else:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    return hash_files((file.name, file) for file in files if file.is_file())


def digest_text(text: str) -> str:
    """SHA-256 of a text in UTF-8."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


_FEWEST_TO_JUDGE = 3  # one or two round coordinates may be chance


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


# Well-known text, with its reference system before it or given beside it.

_NAMES = r"(?:MULTI)?(?:POINT|LINESTRING|POLYGON)|GEOMETRYCOLLECTION"
_WKT = re.compile(
    rf"\s*(?:SRID\s*=\s*(\d{{1,7}})\s*;)?\s*((?:{_NAMES})\s*(?:Z|M|ZM)?\s*(?:\(.*\)|EMPTY))\s*;?\s*",
    re.IGNORECASE | re.DOTALL,
)


def is_wkt(text: str) -> bool:
    """Whether a text is meant as WKT or EWKT; `polygon (copy).shp` is not."""
    return bool(_WKT.fullmatch(text))


def read_wkt(text: str, *, crs: pyproj.CRS | None) -> RawSite:
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
    system = read_crs(f"EPSG:{int(srid)}") if srid and int(srid) else crs
    if system is None:
        raise SiteError("site.wkt-crs", found=plain_text(text, longest=60))
    if crs is not None and system != crs:
        raise CrsError("site.crs-differs", found=name_crs(system), stated=name_crs(crs))
    try:
        with np.errstate(over="ignore"):  # numbers without end are refused as such
            found = shapely.from_wkt(shape)
    except GEOSException as error:
        raise SiteError("site.wkt", reason=plain_text(error)) from error
    step, stated = written_step((found,)), not (srid and int(srid))
    return RawSite((found,), system, "wkt", "", digest_text(text), step, of_caller=stated)


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


def read_point(text: str, crs: pyproj.CRS | None, region: Region, *, order: str | None) -> RawSite:
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
    place, log = (first.value, second.value), []
    if max(map(abs, place)) <= 360:
        if crs is not None and not crs.is_geographic:
            raise SiteError("site.degrees", found=plain_text(text), crs=crs.name)
        system = crs or WGS84
    else:
        from lsgis.sitefile.corner_ring import place_corners
        from lsgis.sitefile.corner_row import Corner

        system = crs or plane_of(region)
        places = place_corners([Corner(1, "1", *place)], ("", ""), system, region, order)
        place = tuple(places[0])
        require_zone(place * 2, system, region)
        log = [] if crs is not None else [tell_default(place * 2, region)]
    name = plain_text(text)
    shapes = (shapely.Point(np.array(place, dtype=float)),)
    return RawSite(shapes, system, "point", name, digest_text(text), step, tuple(log))


def _number(part: str, text: str) -> Number:
    number = learn_marks(split_pair(text) or ()).choose(readings(part))
    if number is None:
        raise SiteError("site.number-ambiguous", row=1, found=plain_text(part))
    return number
