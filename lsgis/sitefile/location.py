"""In which zone and country a drawing lies."""

import math
from collections.abc import Mapping
from functools import lru_cache

import pyproj
import shapely

from lsgis.crs import VN2000, VN2000_DEGREES, WGS84, crosses_datum, move_geometries
from lsgis.errors import CrsError, SiteError
from lsgis.intake.system import name_zone
from lsgis.sitefile.raw import Bounds, Drawing, bounds_of, name_crs, told

# Whether coordinates can lie in Viet Nam, and what its two datums make of them.


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


# Zones VN-2000 is drawn in, and the one in which coordinates lie in the province.

# EPSG codes of the projected systems of VN-2000: TM-3 (3°) and UTM (6°)
ZONES = (*range(9205, 9219), *range(5896, 5900), 3405, 3406)
# a site at the border may reach this far outside the extent EPSG gives for the province
MARGIN_M = 5_000.0
_HOME = int(VN2000.to_string().removeprefix("EPSG:"))


@lru_cache(maxsize=32)
def extent(code: int) -> Bounds:
    """Extent (m) of the province in a zone of VN-2000: minimum and maximum E, N, E, N."""
    area = VN2000.area_of_use
    assert area is not None  # EPSG states one
    ring = shapely.segmentize(shapely.box(*area.bounds), 0.25)
    moved = move_geometries([ring], VN2000_DEGREES, pyproj.CRS.from_epsg(code))
    return moved[0].bounds


def fits(bounds: tuple[float, ...], code: int, *, margin_m: float = 0.0) -> bool:
    """Whether bounds (m), read in a zone, meet the extent of the province."""
    west, south, east, north = extent(code)
    across = bounds[0] <= east + margin_m and bounds[2] >= west - margin_m
    return across and bounds[1] <= north + margin_m and bounds[3] >= south - margin_m


def zones_that_fit(bounds: Bounds) -> list[pyproj.CRS]:
    """Zones of VN-2000 in which bounds (m) would lie in the province, nearest meridian first.

    Lạng Sơn's own, EPSG:9215, is not among them.
    """
    middle = ((bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2) * 2
    return [crs for code, crs in _other_zones() if fits(middle, code)]


@lru_cache(maxsize=1)
def _other_zones() -> list[tuple[int, pyproj.CRS]]:
    home = meridian(VN2000)
    found = [(c, pyproj.CRS.from_epsg(c)) for c in ZONES if c != _HOME]
    return sorted(found, key=lambda zone: (abs(meridian(zone[1]) - home), zone[1].name))


def meridian(crs: pyproj.CRS) -> float:
    """Central meridian (degrees) of a projected system; NaN when it has none."""
    return _value(crs, "Longitude of natural origin")


def scale(crs: pyproj.CRS) -> float:
    """Scale factor at the central meridian; NaN when it has none."""
    return _value(crs, "Scale factor at natural origin")


def _value(crs: pyproj.CRS, name: str) -> float:
    steps = crs.coordinate_operation.params if crs.coordinate_operation else []
    return next((float(p.value) for p in steps if p.name == name), math.nan)


def describe(zones: list[pyproj.CRS], *, most: int = 3) -> str:
    """Zones by code, name, central meridian and provinces, for a message."""
    return ", ".join(_describe(crs) for crs in zones[:most])


def _describe(crs: pyproj.CRS) -> str:
    known = name_zone(crs.to_epsg())
    return f"{name_crs(crs)} ({crs.name}; {known})" if known else f"{name_crs(crs)} ({crs.name})"


def require_zone(bounds: Bounds, crs: pyproj.CRS, *, of_file: bool = False) -> None:
    """Refuse metres outside the province that another zone of VN-2000 would put inside it.

    Parameters
    ----------
    of_file
        The source itself states the system: it has to be put right there.

    Raises
    ------
    SiteError
        `site.zone`, `site.zone-file`: names the zones that would fit, their central
        meridians and provinces.
    """
    code = None if crs.is_geographic else crs.to_epsg()
    if code is None or fits(bounds, code, margin_m=MARGIN_M):
        return
    values = {"easting": _span(bounds[0], bounds[2]), "northing": _span(bounds[1], bounds[3])}
    west, south, east, north = extent(code)
    values |= {"eastings": _span(west, east), "northings": _span(south, north)}
    own = [VN2000] if code != _HOME and fits(bounds, _HOME) else []
    if zones := [*own, *(zone for zone in zones_that_fit(bounds) if zone != crs)]:
        text = "site.zone-file" if of_file else "site.zone"
        raise SiteError(text, crs=_describe(crs), zones=describe(zones), **values)


def require_province(drawing: Drawing) -> None:
    """Refuse a file or WKT whose metres lie in the province only in another zone than it states.

    Tables and points were held against their zone when they were read.

    Raises
    ------
    SiteError
        See `require_zone`.
    """
    if drawing.kind in ("file", "wkt"):
        require_zone(bounds_of(drawing), drawing.crs, of_file=True)


def tell_default(bounds: Bounds) -> dict[str, object]:
    """What to tell of metres read in EPSG:9215 by default: where else they would fit."""
    own = _describe(VN2000)
    if others := describe(zones_that_fit(bounds)):
        return told("site.crs-default", crs=own, others=others)
    return told("site.crs-default-sure", crs=own)


def _span(low: float, high: float) -> str:
    return f"{low:.0f}–{high:.0f}" if high - low >= 1 else f"{low:.2f}"
