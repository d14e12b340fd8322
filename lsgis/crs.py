"""VN-2000 and WGS 84, joined by one named datum operation; the plane in which a region is measured.

PROJ knows two operations between the datums that both claim 1 m and differ by
0.68 m. lsgis always uses the one that the region names, and says so in every output;
nothing is left to a default.
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
import shapely
from pyproj.transformer import Transformer, TransformerGroup

from lsgis.errors import CrsError, SiteError
from lsgis.region import Region, read_region
from lsgis.text import Log, log_row, number_rows, plain_text

if TYPE_CHECKING:  # a single site needs no frames, and their import costs more than its check
    import geopandas as gpd

VN2000_DEGREES = pyproj.CRS.from_epsg(4756)  # the datum of Viet Nam
WGS84 = pyproj.CRS.from_epsg(4326)
_WGS84 = "World Geodetic System 1984"
_DATUM = "Vietnam 2000"  # as PROJ calls it, whatever a file does (VN_2000)
_LONGEST_M = 2_000.0  # an edge longer than this is bent by the curve of the ellipsoid
_FARTHEST_M = 1e9  # an outline longer than this is none: cut by _LONGEST_M it would fill memory


@lru_cache(maxsize=16)
def find_crs(code: str) -> pyproj.CRS:
    """A CRS by its code ("EPSG:4326"), made once.

    Raises
    ------
    CrsError
        No registry has it.
    """
    try:
        return pyproj.CRS.from_user_input(code)
    except pyproj.exceptions.CRSError as error:
        raise CrsError("crs.unknown", found=code) from error


def read_crs(crs: object) -> pyproj.CRS:
    """The CRS that a caller or a file names; CRS84 is WGS 84, longitude first.

    Raises
    ------
    CrsError
        PROJ knows none of that name.
    """
    try:
        found = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError as error:
        raise CrsError("crs.unknown", found=plain_text(crs)) from error
    return WGS84 if found.equals(WGS84, ignore_axis_order=True) else found


_CODE = re.compile(r"\d+|.*[:\[{+].*", re.DOTALL)  # a code, WKT, JSON or a PROJ string: no name


_PLACE = re.compile(r"\s*(?:[~.]*[/\\]|[A-Za-z]:[/\\]|file:|[\w.-]+[/\\][\w.])", re.IGNORECASE)


def read_named_crs(name: str) -> pyproj.CRS:
    """The CRS that a file names in words or by its code.

    A name that is only that of a datum ("VN-2000") says neither which zone nor that the numbers
    are degrees, and is no CRS; of WGS 84 it is, for the formats that name it mean degrees.

    Raises
    ------
    CrsError
        `crs.unknown-name`: PROJ knows none of that name; `crs.only-datum`.
    """
    try:
        if _PLACE.match(name):  # of a file: PROJ would look whether it is there
            raise CrsError("crs.unknown", found=name)
        found = read_crs(name)
    except CrsError as error:
        raise CrsError("crs.unknown-name", found=plain_text(name, longest=80)) from error
    if found.is_geographic and found != WGS84 and not _CODE.fullmatch(name):
        raise CrsError("crs.only-datum", found=plain_text(name, longest=80))
    return found


def name_crs(crs: pyproj.CRS) -> str:
    """Short name of a CRS for a message: its code where it has one."""
    code = crs.to_string()
    return code if code.startswith("EPSG:") else plain_text(crs.name)


def plane_of(region: Region | None = None) -> pyproj.CRS:
    """The projected CRS (metres) in which a region is measured; see `Region.crs`.

    Raises
    ------
    CrsError
        It is not VN-2000 in metres.
    """
    return _plane((region or read_region()).crs)


@lru_cache(maxsize=16)
def _plane(code: str) -> pyproj.CRS:
    crs = find_crs(code)
    if not is_plane(crs):
        raise CrsError("crs.no-plane", found=crs.to_string())
    return crs


@lru_cache(maxsize=64)
def is_plane(crs: pyproj.CRS) -> bool:
    """Whether a CRS is a projection of VN-2000 with eastings and northings in metres."""
    if not (crs.is_projected and is_vn2000(crs)):
        return False
    return all(axis.unit_name == "metre" for axis in crs.axis_info)


@dataclass(frozen=True)
class DatumOperation:
    """The one way from VN-2000 to WGS 84 that a region uses."""

    name: str
    code: str
    accuracy_m: float
    registry: str


def datum_operation(region: Region | None = None) -> DatumOperation:
    """Name, EPSG code and stated accuracy (m) of the datum operation of a region.

    Raises
    ------
    CrsError
        PROJ does not know it.
    """
    datum = (region or read_region()).datum
    return _operation(datum.operation, datum.code)


@lru_cache(maxsize=8)
def _operation(name: str, code: str) -> DatumOperation:
    for step in _transformer(VN2000_DEGREES.srs, WGS84.srs, name).operations or ():
        if step.name.endswith(name):
            try:
                found = pyproj.crs.CoordinateOperation.from_authority(  # type: ignore[attr-defined]
                    *code.split(":")
                )
            except pyproj.exceptions.CRSError:
                break
            version = pyproj.database.get_database_metadata("EPSG.VERSION") or ""
            return DatumOperation(name, code, found.accuracy, f"EPSG {version}")
    raise CrsError("crs.no-operation", name=name, proj=pyproj.proj_version_str)


@lru_cache(maxsize=64)
def _transformer(source: str, target: str, operation: str) -> Transformer:
    """Transformer that crosses between the datums by the named operation only.

    Systems come as the text they were made of, which costs nothing to ask for.
    """
    start, end = pyproj.CRS.from_user_input(source), pyproj.CRS.from_user_input(target)
    with warnings.catch_warnings():  # a better way that needs a grid file is not ours to fetch
        warnings.simplefilter("ignore", UserWarning)
        ways = TransformerGroup(start, end, always_xy=True).transformers
    if is_vn2000(start) == is_vn2000(end):
        return ways[0]
    for way in ways:
        if any(step.name.endswith(operation) for step in way.operations or ()):
            return way
    raise CrsError("crs.no-operation", name=operation, proj=pyproj.proj_version_str)


def _move_points(way: Transformer, xy: np.ndarray) -> np.ndarray:
    # pyproj takes an array of one point for a number, and numpy objects
    columns = xy.T.tolist() if len(xy) == 1 else xy.T
    return np.column_stack(way.transform(*columns))


def crosses_datum(source: pyproj.CRS, target: pyproj.CRS) -> bool:
    """Whether the datum operation lies between two CRS, and its accuracy with it."""
    return is_vn2000(source) != is_vn2000(target)


@lru_cache(maxsize=64)
def is_vn2000(crs: pyproj.CRS) -> bool:
    """Whether a CRS stands on the datum VN-2000, whatever its degrees are called."""
    geodetic = crs.geodetic_crs
    if geodetic is None:
        return False
    if "2000" in geodetic.name and "VN" in geodetic.name.upper():
        return True
    return geodetic.datum is not None and geodetic.datum.name == _DATUM


def require_crs(frame: gpd.GeoDataFrame) -> pyproj.CRS:
    """CRS of a frame; refuse a frame that has none (it is never guessed)."""
    if frame.crs is None:
        raise CrsError("crs.missing")
    crs: pyproj.CRS = frame.crs
    return crs


def require_vn2000(*frames: gpd.GeoDataFrame) -> None:
    """Refuse any frames but those that lie in one plane, metres of VN-2000.

    Raises
    ------
    CrsError
        A frame has no CRS, one that is not VN-2000 in metres, or another than the first.
    """
    for frame in frames:
        if frame.crs is None or not is_plane(frame.crs):
            found = frame.crs.to_string() if frame.crs else "no CRS"
            raise CrsError("crs.not-vn2000", found=found)
        if frame.crs != frames[0].crs:
            first, found = frames[0].crs.to_string(), frame.crs.to_string()
            raise CrsError("crs.two-planes", expected=first, found=found)


def to_vn2000(frame: gpd.GeoDataFrame, *, region: Region | None = None) -> gpd.GeoDataFrame:
    """The same features in the VN-2000 metres of a region (EPSG:9215 for Lạng Sơn).

    Parameters
    ----------
    frame
        Features in any CRS with a known way there. Missing geometries stay missing.
    region
        Whose CRS and datum operation; those of the embedded region when None.

    Raises
    ------
    CrsError
        The frame has no CRS, or a coordinate has no finite result.
    """
    return _moved(frame, plane_of(region), region)


def to_wgs84(frame: gpd.GeoDataFrame, *, region: Region | None = None) -> gpd.GeoDataFrame:
    """The same features in WGS 84 degrees (EPSG:4326, longitude first).

    Parameters
    ----------
    frame, region
        As `to_vn2000`.

    Raises
    ------
    CrsError
        The frame has no CRS, or a coordinate has no finite result.
    """
    return _moved(frame, WGS84, region)


def _moved(frame: gpd.GeoDataFrame, target: pyproj.CRS, region: Region | None) -> gpd.GeoDataFrame:
    if require_crs(frame) == target:
        return frame.copy()
    moved = move_geometries(frame.geometry.values, frame.crs, target, region=region)
    return frame.set_geometry(moved, crs=target)


def move_geometries(
    geometries: Iterable[Any],
    source: pyproj.CRS,
    target: pyproj.CRS,
    *,
    region: Region | None = None,
) -> np.ndarray:
    """Geometries moved between two CRS; through WGS 84 when a third datum is met.

    Parameters
    ----------
    geometries
        Array of shapely geometries; missing ones stay missing.
    source, target
        CRS they are in, and CRS they are wanted in; x is easting or longitude.
    region
        Whose datum operation, where one lies between; of the embedded one when None.

    Raises
    ------
    CrsError
        A coordinate has no finite result: `crs.not-finite`; where that is so of some features
        only, they are named by their numbers from 1 (`crs.rows-not-finite`).
    """
    moved = _sent(geometries, source, target, region)
    gone = _not_finite(moved)
    if not len(gone):
        return moved
    values: dict[str, object] = {"source": source.to_string(), "target": target.to_string()}
    known = len(moved) - int(shapely.is_missing(moved).sum())
    if 2 * len(gone) > known:
        raise CrsError("crs.not-finite", **values)
    values |= {"count": len(gone), "of": known, "found": number_rows(gone + 1)}
    raise CrsError("crs.rows-not-finite", **values)


def rows_without_place(frame: gpd.GeoDataFrame, *, region: Region | None = None) -> np.ndarray:
    """Rows, from 0, of features whose coordinates have no finite result in a region's metres.

    None where that is so of most: then it is the CRS, or the order of the axes, that is wrong.

    Parameters
    ----------
    frame, region
        As `to_vn2000`.
    """
    moved = _sent(frame.geometry.values, require_crs(frame), plane_of(region), region)
    gone = _not_finite(moved)
    return gone[: 0 if 2 * len(gone) > (~shapely.is_missing(moved)).sum() else None]


def _not_finite(shapes: np.ndarray) -> np.ndarray:
    """Rows, from 0, of shapes with a coordinate that is no finite number."""
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    return np.unique(owner[~np.isfinite(xy).all(axis=1)])


def _sent(
    geometries: Iterable[Any], source: pyproj.CRS, target: pyproj.CRS, region: Region | None
) -> np.ndarray:
    """Geometries moved, whatever became of them."""
    here, there = is_vn2000(source), is_vn2000(target)
    if there and not here and source != WGS84:
        geometries = _sent(geometries, source, WGS84, region)
        source = WGS84
    moved = np.array(geometries, dtype=object)
    if source != target:
        # within one datum, no region is asked
        operation = (region or read_region()).datum.operation if here != there else ""
        way = _transformer(source.srs, target.srs, operation)
        moved = shapely.transform(moved, lambda xy: _move_points(way, xy))
    return moved


def to_degrees(shape: shapely.Geometry, region: Region | None = None) -> shapely.Geometry:
    """A shape in the metres of a region as longitude and latitude in WGS 84 (EPSG:4326).

    Raises
    ------
    CrsError
        A coordinate has no finite result.
    """
    return move_geometries([shape], plane_of(region), WGS84, region=region)[0]


def ellipsoidal_area(shape: shapely.Geometry, crs: pyproj.CRS) -> float:
    """Area (m²) on the ellipsoid of VN-2000 of a polygon whose edges are straight in a plane of it.

    Rings may run either way. A shape without area has 0.

    Parameters
    ----------
    shape
        A polygon, or several.
    crs
        The plane it lies in, metres of VN-2000.

    Raises
    ------
    CrsError
        A coordinate has no finite result, or the outline is longer than any on Earth.
    """
    parts = shapely.get_parts(shapely.get_parts(shape))
    ground = (shapely.get_dimensions(parts) == 2) & ~shapely.is_empty(parts)
    shape = shapely.multipolygons(parts[ground])  # an empty part ends the process in segmentize
    if not shape.length <= _FARTHEST_M:
        raise CrsError("crs.not-finite", source=crs.to_string(), target="VN-2000")
    if shape.length > _LONGEST_M:
        shape = shapely.segmentize(shape, _LONGEST_M)
    moved = move_geometries([shape], crs, VN2000_DEGREES)[0]
    moved = shapely.orient_polygons(moved)  # pyproj takes a hole that runs on for ground
    return abs(_ellipsoid().geometry_area_perimeter(moved)[0])


@lru_cache(maxsize=1)
def _ellipsoid() -> pyproj.Geod:
    found = VN2000_DEGREES.get_geod()
    assert found is not None  # EPSG:4756 stands on one
    return found


# Coordinates that cannot lie in the country.

Bounds = tuple[float, float, float, float]  # west, south, east, north


@lru_cache(maxsize=1)
def _country_box() -> Bounds:
    """West, south, east, north (degrees) of the area EPSG gives for VN-2000."""
    area = VN2000_DEGREES.area_of_use
    assert area is not None  # EPSG states one
    return area.bounds


def require_country(bounds: Bounds, crs: pyproj.CRS, region: Region) -> None:
    """Refuse coordinates that cannot be in Viet Nam in their own reference system.

    Raises
    ------
    SiteError
        Swapped axes, degrees where metres are due or the other way, or elsewhere.
    """
    told = bounds[:2] if bounds[:2] == bounds[2:] else bounds  # of a point, its numbers once
    found = ", ".join(f"{value:.12g}" for value in told)
    if crs.is_geographic:
        lonlat = bounds
        if not _in_country(lonlat):
            west, south, east, north = bounds
            swapped = _in_country((south, west, north, east))
            metres = max(map(abs, bounds)) > 360
            code = "site.lat-lon" if swapped else "site.no-degrees" if metres else "site.abroad"
            values = {"plane": region.crs, "country": _country()}
            raise SiteError(code, found=found, crs=name_crs(crs), **values)
        return
    if max(map(abs, bounds)) <= 360:
        raise SiteError("site.degrees", found=found, crs=name_crs(crs))
    if not _in_country(lonlat_of(bounds, crs, region)):
        turned = (bounds[1], bounds[0], bounds[3], bounds[2])
        swapped = _in_country(lonlat_of(turned, crs, region))
        code = "site.axes-swapped" if swapped else "site.abroad"
        raise SiteError(code, found=found, crs=name_crs(crs), country=_country())


def lonlat_of(bounds: Bounds, crs: pyproj.CRS, region: Region) -> Bounds:
    """Bounds in degrees; NaN where the projection has no answer."""
    if crs == WGS84:
        return bounds
    try:
        moved = move_geometries([shapely.box(*bounds)], crs, WGS84, region=region)
    except CrsError:
        return (math.nan, math.nan, math.nan, math.nan)
    return moved[0].bounds


def _in_country(lonlat: Bounds) -> bool:
    """Whether bounds in degrees meet Viet Nam (a site may reach over the border)."""
    west, south, east, north = _country_box()
    return lonlat[0] <= east and lonlat[2] >= west and lonlat[1] <= north and lonlat[3] >= south


def _country() -> str:
    west, south, east, north = _country_box()
    return f"{west:g}–{east:g}° E, {south:g}–{north:g}° N"


# What a file describes in its own words, and the system of VN-2000 that it is, or nearly is.

# EPSG codes of the projected systems of VN-2000: TM-3 (3°) and UTM (6°)
_UTM = (3405, 3406)
ZONES = (*range(9205, 9219), *range(5896, 5900), *_UTM)
_SAME_M = 0.001
_NEAR_M = 60_000.0  # farther apart, two systems are not taken for one another
_OWN_WAY_M = 5.0  # a way to WGS 84 that ends nearer than this is one of VN-2000
_BESIDE_DEG = 0.5  # between central meridians: one mistyped is off by so much at most


@dataclass(frozen=True)
class KnownAs:
    """A system of VN-2000 that a description amounts to, and the CRS to read a file in.

    `kind` is "same": the description is that system; "unnamed": it is its projection, on a
    datum nobody named; "nearly": a projection beside it, `off_m` away; "own": VN-2000 in a
    projection like no other; "on-wgs84": the very projection of a TM-3 zone, on WGS 84 by its
    own words or parameters, which no system is, and in which it is read. `way_m` is how far
    the way to WGS 84 that the description brings ends from that of the region; 0 without one.
    """

    kind: str
    system: pyproj.CRS
    read_in: pyproj.CRS
    off_m: float
    way_m: float


def recognise(crs: pyproj.CRS, region: Region | None = None) -> KnownAs | None:
    """The system of VN-2000 that a CRS without a code amounts to; None for any other.

    Files often describe VN-2000 in words of their own: a projection with seven parameters to
    WGS 84 (TOWGS84), or on a datum "unknown". What they amount to is found by moving
    the corners of the region, never by comparing names.

    Parameters
    ----------
    crs
        As a file states it.
    region
        Around whose box it is compared, and whose datum operation is the right one.
    """
    if crs.to_authority(min_confidence=100) is not None:
        return None
    region = region or read_region()
    own = crs.source_crs if crs.is_bound else crs
    if own is None or not (own.is_geographic or own.is_projected):
        return None
    step = crs.coordinate_operation if crs.is_bound else None
    parameters = [float(value) for value in step.towgs84] if step is not None else []
    way_m = _apart_by_way(parameters, region) if any(parameters) else 0.0
    named = is_vn2000(own) or (any(parameters) and way_m < _OWN_WAY_M)
    on_wgs84 = not named and _is_on_wgs84(own, parameters)
    if not (named or on_wgs84) and (parameters or not _is_unnamed(own)):
        return None
    onto = rebase(own, VN2000_DEGREES)
    if onto is None:
        return None
    system, off_m = _nearest_system(own, onto, region)
    if on_wgs84:
        is_zone = system is not None and off_m <= _SAME_M and system.to_epsg() not in _UTM
        return KnownAs("on-wgs84", system, crs, 0.0, 0.0) if system and is_zone else None
    if system is not None and own.is_projected and not _has_ellipsoid(own.geodetic_crs):
        drawn = _corners(onto, region, own)  # the same degrees on another ellipsoid
        off_m = float(np.hypot(*(drawn - _corners(system, region)).T).max())
        if _SAME_M < off_m <= _NEAR_M:
            return KnownAs("nearly", system, crs, off_m, way_m)
    if system is None or off_m > _NEAR_M:
        return KnownAs("own", onto, onto, 0.0, way_m) if named else None
    if off_m > _SAME_M:
        return KnownAs("nearly", system, onto if named else crs, off_m, way_m)
    return KnownAs("same" if named else "unnamed", system, system, off_m, way_m)


_ANOTHER_WAY_M = 0.05
# what is told of a CRS that a file describes, or names, in words of its own
_DESCRIBED = {
    "crs-same": "site.crs-same",
    "crs-unnamed": "site.crs-unnamed",
    "crs-nearly": "site.crs-nearly",
    "crs-on-wgs84": "site.crs-on-wgs84",
    "crs-way": "site.crs-way",
    "crs-unknown-name": "site.crs-unknown-name",
    "crs-other-datum": "site.crs-other-datum",
}


def settle_described(crs: pyproj.CRS) -> tuple[pyproj.CRS, list[tuple[str, str, str, str]]]:
    """The CRS to read a file in, and what is told of the words in which it describes its own.

    Returns
    -------
    crs, told
        Told is (code, what the file calls it, the system it amounts to, how far off); nothing
        of a system that has a code, but that it is on another datum.
    """
    known = recognise(crs)
    if known is None:
        datum = other_datum(crs)
        return crs, [("crs-other-datum", crs.name, datum, "")] if datum else []
    said, code = crs.name, known.system.to_string()
    told = []
    if known.kind == "nearly":
        told.append(("crs-nearly", said, code, _length(known.off_m)))
    elif known.kind != "own":
        told.append((f"crs-{known.kind}", said, code, ""))
    if known.way_m > _ANOTHER_WAY_M:
        told.append(("crs-way", said, code, f"{known.way_m:.2f} m"))
    return known.read_in, told


def other_datum(crs: pyproj.CRS) -> str:
    """The datum of a CRS that is neither VN-2000 nor WGS 84; "" of those two."""
    geodetic = crs.geodetic_crs
    if geodetic is None or geodetic.datum is None or is_vn2000(crs):
        return ""
    name: str = geodetic.datum.name
    return "" if name.startswith("World Geodetic System 1984") else name


def _length(metres: float) -> str:
    """A length that never reads as none: in millimetres below one metre."""
    return f"{metres:.1f} m" if metres >= 1 else f"{max(metres * 1000, 1):.0f} mm"


def tell_described(told: Iterable[tuple[str, str, str, str]]) -> Log:
    """What was told of the CRS of a file, as rows of a log; other things told are passed over."""
    return [
        log_row(_DESCRIBED[code], found=plain_text(before), crs=system, far=after)
        for code, before, system, after in told
        if code in _DESCRIBED
    ]


def rebase(crs: pyproj.CRS, onto: pyproj.CRS) -> pyproj.CRS | None:
    """The same projection on another datum; of degrees, the other degrees. None where none is."""
    if crs.is_geographic:
        return onto
    described = crs.to_json_dict()
    if "base_crs" not in described:
        return None
    described["base_crs"] = onto.to_json_dict()
    described["name"] = f"{crs.name}, on {onto.name}"
    described.pop("id", None)
    return pyproj.CRS.from_json_dict(described)


def meridian(crs: pyproj.CRS) -> float:
    """Central meridian (degrees) of a projected system; NaN when it has none."""
    return _parameter(crs, "Longitude of natural origin")


def scale(crs: pyproj.CRS) -> float:
    """Scale factor at the central meridian; NaN when it has none."""
    return _parameter(crs, "Scale factor at natural origin")


def _parameter(crs: pyproj.CRS, name: str) -> float:
    steps = crs.coordinate_operation.params if crs.coordinate_operation else []
    return next((float(p.value) for p in steps if p.name == name), math.nan)


def _is_unnamed(crs: pyproj.CRS) -> bool:
    """Whether a projection stands on the ellipsoid of VN-2000 and on a datum without a name."""
    base = crs.geodetic_crs
    if base is None or base.datum is None or not _has_ellipsoid(base):
        return False
    return crs.is_projected and "unknown" in base.datum.name.lower()


def _is_on_wgs84(crs: pyproj.CRS, parameters: list[float]) -> bool:
    """Whether a projection stands on WGS 84: by the name of its datum, or by a way of zeros."""
    base = crs.geodetic_crs
    if base is None or base.datum is None or not crs.is_projected or not _has_ellipsoid(base):
        return False
    stands_still = bool(parameters) and not any(parameters)
    return stands_still or base.datum.name.startswith(_WGS84)


def _has_ellipsoid(base: pyproj.CRS | None) -> bool:
    """Whether degrees are on the ellipsoid of VN-2000, which is that of WGS 84."""
    if base is None or base.ellipsoid is None:
        return False
    other = _ellipsoid()
    alike = math.isclose(base.ellipsoid.semi_major_metre, other.a, abs_tol=0.001)
    return alike and math.isclose(base.ellipsoid.inverse_flattening, 1 / other.f, abs_tol=1e-6)


def _nearest_system(
    own: pyproj.CRS, onto: pyproj.CRS, region: Region
) -> tuple[pyproj.CRS | None, float]:
    """The system of VN-2000 with this projection or the nearest one, and metres between the two."""
    if own.is_geographic:
        return VN2000_DEGREES, 0.0
    here = _corners(onto, region)
    best: pyproj.CRS | None = None
    off_m = math.inf
    for code in ZONES:
        zone = find_crs(f"EPSG:{code}")
        if not abs(meridian(zone) - meridian(own)) <= _BESIDE_DEG:
            continue
        apart = float(np.hypot(*(here - _corners(zone, region)).T).max())
        if apart < off_m:
            best, off_m = zone, apart
    return best, off_m


def _corners(crs: pyproj.CRS, region: Region, drawn: pyproj.CRS | None = None) -> np.ndarray:
    """Corners and middle of the box of a region in a projection of VN-2000, (5, 2).

    With `drawn`, the numbers that the same degrees get in that projection, whatever its datum.
    """
    west, south, east, north = region.box
    points = [(west, south), (east, south), (east, north), (west, north)]
    points.append(((west + east) / 2, (south + north) / 2))
    if drawn is not None:
        way = Transformer.from_crs(drawn.geodetic_crs, drawn, always_xy=True)
        return _move_points(way, np.array(points))
    moved = move_geometries(shapely.points(points), VN2000_DEGREES, crs, region=region)
    return shapely.get_coordinates(moved)


def _apart_by_way(parameters: list[float], region: Region) -> float:
    """How far (m) TOWGS84 moves the middle of a region from where its datum operation does."""
    west, south, east, north = region.box
    middle = shapely.Point((west + east) / 2, (south + north) / 2)
    right = move_geometries([middle], VN2000_DEGREES, WGS84, region=region)[0]
    names = ("x", "y", "z", "rx", "ry", "rz", "s")
    told = " ".join(f"+{n}={v!r}" for n, v in zip(names, parameters, strict=False))
    turned = "+convention=position_vector" if len(parameters) > 3 else ""
    way = Transformer.from_pipeline(
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad "
        f"+step +proj=cart +ellps=WGS84 +step +proj=helmert {told} {turned} "
        "+step +inv +proj=cart +ellps=WGS84 +step +proj=unitconvert +xy_in=rad +xy_out=deg"
    )
    lon, lat, _ = way.transform(middle.x, middle.y, 0.0)
    return float(_ellipsoid().inv(right.x, right.y, lon, lat)[2])
