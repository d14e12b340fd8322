"""VN-2000 and WGS 84, joined by one named datum operation; the plane in which a region is measured.

PROJ knows two operations between the datums that both claim 1 m and differ by
0.68 m. lsgis always uses the one that the region names, and says so in every output;
nothing is left to a default.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
import shapely
from pyproj.transformer import Transformer, TransformerGroup

from lsgis.errors import CrsError
from lsgis.region import Region, read_region
from lsgis.text import plain_text

if TYPE_CHECKING:  # a single site needs no frames, and their import costs more than its check
    import geopandas as gpd

VN2000_DEGREES = pyproj.CRS.from_epsg(4756)  # the datum of Viet Nam
WGS84 = pyproj.CRS.from_epsg(4326)
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


def is_vn2000(crs: pyproj.CRS) -> bool:
    """Whether a CRS stands on the datum VN-2000."""
    geodetic = crs.geodetic_crs
    return geodetic is not None and "2000" in geodetic.name and "VN" in geodetic.name.upper()


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
        A coordinate has no finite result.
    """
    here, there = is_vn2000(source), is_vn2000(target)
    if there and not here and source != WGS84:
        geometries = move_geometries(geometries, source, WGS84, region=region)
        source = WGS84
    moved = np.array(geometries, dtype=object)
    if source != target:
        # within one datum, no region is asked
        operation = (region or read_region()).datum.operation if here != there else ""
        way = _transformer(source.srs, target.srs, operation)
        moved = shapely.transform(moved, lambda xy: _move_points(way, xy))
    known = moved[~shapely.is_missing(moved)]
    if not np.isfinite(shapely.get_coordinates(known)).all():
        raise CrsError("crs.not-finite", source=source.to_string(), target=target.to_string())
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
