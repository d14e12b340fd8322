"""Whether coordinates can lie in Viet Nam, and what its two datums make of them."""

import math
from collections.abc import Mapping
from functools import lru_cache

import pyproj
import shapely

from lsgis.crs import VN2000, VN2000_DEGREES, WGS84, crosses_datum, move_geometries
from lsgis.errors import CrsError, SiteError
from lsgis.sitecheck.site.drawing import Bounds, Drawing, bounds_of, name_crs, told


@lru_cache(maxsize=1)
def country() -> Bounds:
    """West, south, east, north (degrees) of the area EPSG gives for VN-2000."""
    area = VN2000_DEGREES.area_of_use
    assert area is not None  # EPSG states one
    return area.bounds


def tell_datum(drawing: Drawing) -> list[Mapping[str, object]]:
    """That the source was moved between datums, and how far off it lies if it states the wrong one.

    Numbers alone never tell VN-2000 written as WGS 84 from WGS 84.
    """
    if not crosses_datum(drawing.crs, VN2000):
        return []
    if drawing.kind == "point":
        return [told("site.datum-point", crs=name_crs(drawing.crs))]
    west, south, east, north = _lonlat(bounds_of(drawing), drawing.crs)
    middle = [shapely.Point((west + east) / 2, (south + north) / 2)]
    ways = [move_geometries(middle, crs, VN2000)[0] for crs in (WGS84, VN2000_DEGREES)]
    return [
        told(
            "site.datum-stated", crs=name_crs(drawing.crs), shift_m=round(ways[0].distance(ways[1]))
        )
    ]


def require_country(drawing: Drawing) -> None:
    """Refuse coordinates that cannot be in Viet Nam in their own reference system.

    Raises
    ------
    SiteError
        Swapped axes, degrees where metres are due or the other way, or elsewhere.
    """
    bounds, crs = bounds_of(drawing), drawing.crs
    found = ", ".join(f"{value:.12g}" for value in bounds)
    if crs.is_geographic:
        lonlat = bounds
        if not _in_country(lonlat):
            west, south, east, north = bounds
            swapped = _in_country((south, west, north, east))
            metres = max(map(abs, bounds)) > 360
            code = "site.lat-lon" if swapped else "site.no-degrees" if metres else "site.abroad"
            raise SiteError(code, found=found, crs=name_crs(crs), country=_country())
        return
    if max(map(abs, bounds)) <= 360:
        raise SiteError("site.degrees", found=found, crs=name_crs(crs))
    if not _in_country(_lonlat(bounds, crs)):
        turned = (bounds[1], bounds[0], bounds[3], bounds[2])
        swapped = _in_country(_lonlat(turned, crs))
        code = "site.axes-swapped" if swapped else "site.abroad"
        raise SiteError(code, found=found, crs=name_crs(crs), country=_country())


def _lonlat(bounds: Bounds, crs: pyproj.CRS) -> Bounds:
    """Bounds in degrees; NaN where the projection has no answer."""
    if crs == WGS84:
        return bounds
    try:
        moved = move_geometries([shapely.box(*bounds)], crs, WGS84)
    except CrsError:
        return (math.nan, math.nan, math.nan, math.nan)
    return moved[0].bounds


def _in_country(lonlat: Bounds) -> bool:
    """Whether bounds in degrees meet Viet Nam (a site may reach over the border)."""
    west, south, east, north = country()
    return lonlat[0] <= east and lonlat[2] >= west and lonlat[1] <= north and lonlat[3] >= south


def _country() -> str:
    west, south, east, north = country()
    return f"{west:g}–{east:g}° E, {south:g}–{north:g}° N"
