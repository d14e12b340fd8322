"""VN-2000 of Lạng Sơn (EPSG:9215) and WGS 84, joined by one named datum operation.

PROJ knows two operations between the datums that both claim 1 m and differ by
0.68 m. lsgis always uses the same one, which carries the official seven
parameters, and says so in every output; nothing is left to a default.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pyproj
import shapely
from pyproj.transformer import Transformer, TransformerGroup

from lsgis.errors import CrsError

if TYPE_CHECKING:  # a single site needs no frames, and their import costs more than its check
    import geopandas as gpd

VN2000 = pyproj.CRS.from_epsg(9215)
VN2000_DEGREES = pyproj.CRS.from_epsg(4756)  # what EPSG:9215 is drawn on
WGS84 = pyproj.CRS.from_epsg(4326)
DATUM_OPERATION = "VN-2000 to WGS 84 (2)"
_LONGEST_M = 2_000.0  # an edge longer than this is bent by the curve of the ellipsoid
_FARTHEST_M = 1e9  # an outline longer than this is none: cut by _LONGEST_M it would fill memory


@dataclass(frozen=True)
class DatumOperation:
    """The one way from VN-2000 to WGS 84 that lsgis uses."""

    name: str
    code: str
    accuracy_m: float
    registry: str


@lru_cache(maxsize=1)
def datum_operation() -> DatumOperation:
    """Name, EPSG code and stated accuracy (m) of the datum operation in use."""
    for step in _transformer(VN2000.srs, WGS84.srs).operations or ():
        if step.name.endswith(DATUM_OPERATION):
            found = pyproj.crs.CoordinateOperation.from_epsg(6960)
            version = pyproj.database.get_database_metadata("EPSG.VERSION") or ""
            return DatumOperation(DATUM_OPERATION, "EPSG:6960", found.accuracy, f"EPSG {version}")
    raise CrsError("crs.no-operation", name=DATUM_OPERATION, proj=pyproj.proj_version_str)


@lru_cache(maxsize=64)
def _transformer(source: str, target: str) -> Transformer:
    """Transformer that crosses between the datums by DATUM_OPERATION only.

    Systems come as the text they were made of, which costs nothing to ask for.
    """
    start, end = pyproj.CRS.from_user_input(source), pyproj.CRS.from_user_input(target)
    with warnings.catch_warnings():  # a better way that needs a grid file is not ours to fetch
        warnings.simplefilter("ignore", UserWarning)
        ways = TransformerGroup(start, end, always_xy=True).transformers
    if is_vn2000(start) == is_vn2000(end):
        return ways[0]
    for way in ways:
        if any(step.name.endswith(DATUM_OPERATION) for step in way.operations or ()):
            return way
    raise CrsError("crs.no-operation", name=DATUM_OPERATION, proj=pyproj.proj_version_str)


def _move_points(way: Transformer, xy: np.ndarray) -> np.ndarray:
    # pyproj takes an array of one point for a number, and numpy objects
    columns = xy.T.tolist() if len(xy) == 1 else xy.T
    return np.column_stack(way.transform(*columns))


def crosses_datum(source: pyproj.CRS, target: pyproj.CRS) -> bool:
    """Whether DATUM_OPERATION lies between two CRS, and its accuracy with it."""
    return is_vn2000(source) != is_vn2000(target)


def is_vn2000(crs: pyproj.CRS) -> bool:
    """Whether a CRS stands on the datum VN-2000."""
    geodetic = crs.geodetic_crs
    return geodetic is not None and "2000" in geodetic.name and "VN" in geodetic.name.upper()


def require_crs(frame: gpd.GeoDataFrame) -> pyproj.CRS:
    """CRS of a frame; refuse a frame that has none (it is never guessed)."""
    if frame.crs is None:
        raise CrsError("crs.missing")
    return frame.crs


def require_vn2000(*frames: gpd.GeoDataFrame) -> None:
    """Refuse any frame whose coordinates are not VN-2000 metres (EPSG:9215)."""
    for frame in frames:
        if frame.crs != VN2000:
            found = frame.crs.to_string() if frame.crs else "no CRS"
            raise CrsError("crs.not-vn2000", found=found)


def to_vn2000(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The same features in VN-2000 / TM-3 107-15 (EPSG:9215), metres.

    Parameters
    ----------
    frame
        Features in any CRS with a known way to EPSG:9215. Missing geometries
        stay missing.

    Raises
    ------
    CrsError
        The frame has no CRS, or a coordinate has no finite result.
    """
    return _moved(frame, VN2000)


def to_wgs84(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The same features in WGS 84 degrees (EPSG:4326, longitude first).

    Raises
    ------
    CrsError
        The frame has no CRS, or a coordinate has no finite result.
    """
    return _moved(frame, WGS84)


def _moved(frame: gpd.GeoDataFrame, target: pyproj.CRS) -> gpd.GeoDataFrame:
    if require_crs(frame) == target:
        return frame.copy()
    moved = move_geometries(frame.geometry.values, frame.crs, target)
    return frame.set_geometry(moved, crs=target)


def move_geometries(geometries, source: pyproj.CRS, target: pyproj.CRS) -> np.ndarray:
    """Geometries moved between two CRS; through WGS 84 when a third datum is met.

    Parameters
    ----------
    geometries
        Array of shapely geometries; missing ones stay missing.
    source, target
        CRS they are in, and CRS they are wanted in; x is easting or longitude.

    Raises
    ------
    CrsError
        A coordinate has no finite result.
    """
    if is_vn2000(target) and not is_vn2000(source) and source != WGS84:
        geometries, source = move_geometries(geometries, source, WGS84), WGS84
    moved = np.array(geometries, dtype=object)
    if source != target:
        way = _transformer(source.srs, target.srs)
        moved = shapely.transform(moved, lambda xy: _move_points(way, xy))
    known = moved[~shapely.is_missing(moved)]
    if not np.isfinite(shapely.get_coordinates(known)).all():
        raise CrsError("crs.not-finite", source=source.to_string(), target=target.to_string())
    return moved


def to_degrees(shape: shapely.Geometry) -> shapely.Geometry:
    """A shape in EPSG:9215 as longitude and latitude in WGS 84 (EPSG:4326).

    Raises
    ------
    CrsError
        A coordinate has no finite result.
    """
    return move_geometries([shape], VN2000, WGS84)[0]


def ellipsoidal_area(shape: shapely.Geometry) -> float:
    """Area (m²) on the ellipsoid of VN-2000 of a polygon whose edges are straight in EPSG:9215.

    Rings may run either way. A shape without area has 0.

    Raises
    ------
    CrsError
        A coordinate has no finite result, or the outline is longer than any on Earth.
    """
    parts = shapely.get_parts(shapely.get_parts(shape))
    ground = (shapely.get_dimensions(parts) == 2) & ~shapely.is_empty(parts)
    shape = shapely.multipolygons(parts[ground])  # an empty part ends the process in segmentize
    if not shape.length <= _FARTHEST_M:
        raise CrsError("crs.not-finite", source=VN2000.to_string(), target="VN-2000")
    if shape.length > _LONGEST_M:
        shape = shapely.segmentize(shape, _LONGEST_M)
    moved = move_geometries([shape], VN2000, VN2000_DEGREES)[0]
    moved = shapely.orient_polygons(moved)  # pyproj takes a hole that runs on for ground
    return abs(_ellipsoid().geometry_area_perimeter(moved)[0])


@lru_cache(maxsize=1)
def _ellipsoid() -> pyproj.Geod:
    found = VN2000.get_geod()
    assert found is not None  # EPSG:9215 stands on one
    return found
