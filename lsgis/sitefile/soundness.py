"""What a site has to be: in the country and its zone, one sound shape, known so accurately.

Whatever a source was, it has become a `RawSite`: it is made what a check can use, or refused.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from lsgis.crs import (
    VN2000_DEGREES,
    WGS84,
    ZONES,
    Bounds,
    crosses_datum,
    lonlat_of,
    meridian,
    move_geometries,
    name_crs,
    other_datum,
    plane_of,
    require_country,
)
from lsgis.errors import SiteError
from lsgis.hollow import hollow_rows, without_empty_parts
from lsgis.region import Region
from lsgis.sitefile.outline import read_outlines, unite_rings
from lsgis.text import Log, log_row, number_rows, plain_text

MOST_VERTICES = 200_000
KINDS = {0: "point", 1: "line", 2: "polygon"}
_MOST_NAMED = 3


@dataclass(frozen=True)
class RawSite:
    """A site as it was given, before anything is asked of it."""

    shapes: tuple[BaseGeometry | None, ...]
    crs: pyproj.CRS
    kind: str  # file | table | point | wkt
    name: str
    sha256: str
    step: float  # smallest step its coordinates are written in, in units of the CRS; 0 unknown
    log: tuple[Mapping[str, object], ...] = ()
    area_m2: float | None = None  # what the source states of its area
    of_caller: bool = False  # the caller stated the system, not the source


@dataclass(frozen=True)
class SoundSite:
    """One shape of one kind in the plane of the region, how well it is known, and all log rows."""

    geometry: BaseGeometry
    kind: str  # polygon | line | point
    accuracy_m: float
    log: tuple[Mapping[str, object], ...]


def make_sound(
    raw: RawSite,
    region: Region,
    *,
    kind: str | None,
    repair: bool,
    accuracy_m: float | None,
    area_certificate_m2: float | None,
) -> SoundSite:
    """A site as it is checked, from one as it was given.

    Parameters
    ----------
    raw
        Shapes in their own reference system.
    region
        In whose plane it is wanted; coordinates that lie in it only in another zone
        than they are stated in are refused.
    kind
        What closed lines are: "polygon" or "line"; they are refused when None.
    repair
        Mend invalid shapes instead of refusing them.
    accuracy_m
        Horizontal accuracy, 95 %; a stated default when None.
    area_certificate_m2
        Area on the land certificate, which the boundary is held against.

    Raises
    ------
    SiteError
        What is wrong with it, where, and what to do.
    CrsError
        A coordinate has no place in the plane of the region.
    """
    raw = require_usable(raw)
    require_country(bounds_of(raw), raw.crs, region)
    if raw.kind in ("file", "wkt"):  # tables and points were held against their zone when read
        require_zone(bounds_of(raw), raw.crs, region, of_file=not raw.of_caller)
    geometry, found, mended = make_one(raw, region, kind=kind, repair=repair)
    accuracy, reasons = settle_accuracy(raw, accuracy_m)
    held = hold_certificate(raw, geometry, area_certificate_m2, region)
    untold = tell_untold(raw, region)
    log = (*raw.log, *mended, *tell_datum(raw, region), *untold, *reasons, *held)
    return SoundSite(geometry, found, accuracy, log)


# Coordinates that can be used at all, and lie in Viet Nam.


def require_usable(raw: RawSite) -> RawSite:
    """The same site in two dimensions; refuse nothing, too much, and numbers that are none.

    Raises
    ------
    SiteError
        No geometry, a coordinate that is not finite, more than MOST_VERTICES vertices.
    """
    shapes = np.asarray(raw.shapes, dtype=object)
    if not len(shapes) or shapely.is_empty(shapes).all():
        raise SiteError("site.empty")
    vertices = int(shapely.get_num_coordinates(shapes).sum())
    if vertices > MOST_VERTICES:
        raise SiteError("site.too-many-vertices", found=vertices, most=MOST_VERTICES)
    if not np.isfinite(shapely.get_coordinates(shapes)).all():
        xy, index = shapely.get_coordinates(shapes, return_index=True)
        bad = np.unique(index[~np.isfinite(xy).all(axis=1)]) + 1
        raise SiteError("site.not-finite", found=", ".join(map(str, bad[:_MOST_NAMED])))
    log, hollow = raw.log, hollow_rows(shapes)
    if len(hollow):
        shapes = without_empty_parts(shapes)
        log = (*log, log_row("site.hollow", count=len(hollow), found=number_rows(hollow + 1)))
    if shapely.has_z(shapes).any():
        log = (*log, log_row("site.flattened"))
    return replace(raw, shapes=tuple(shapely.force_2d(shapes)), log=log)


def bounds_of(raw: RawSite) -> Bounds:
    """Bounds of all shapes of a site, in its own reference system."""
    shapes = np.asarray(raw.shapes, dtype=object)
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    return west, south, east, north


def tell_datum(raw: RawSite, region: Region) -> Log:
    """That the source was moved between datums, and how far off it lies if it states the wrong one.

    Numbers alone never tell VN-2000 written as WGS 84 from WGS 84.
    """
    plane = plane_of(region)
    if not crosses_datum(raw.crs, plane) or other_datum(raw.crs):
        return []  # another datum is told as that
    if raw.kind == "point":
        return [log_row("site.datum-point", crs=name_crs(raw.crs))]
    west, south, east, north = lonlat_of(bounds_of(raw), raw.crs, region)
    middle = [shapely.Point((west + east) / 2, (south + north) / 2)]
    datums = (WGS84, VN2000_DEGREES)
    ways = [move_geometries(middle, crs, plane, region=region)[0] for crs in datums]
    shift_m = round(ways[0].distance(ways[1]))
    text = "site.datum-stated-caller" if raw.of_caller else "site.datum-stated"
    return [log_row(text, crs=name_crs(raw.crs), shift_m=shift_m)]


# Zones VN-2000 is drawn in, and the one in which coordinates lie in the region.

# a site at the border may reach this far outside the box of the region
MARGIN_M = 5_000.0


def require_zone(bounds: Bounds, crs: pyproj.CRS, region: Region, *, of_file: bool = False) -> None:
    """Refuse metres outside the region that another zone of VN-2000 would put inside it.

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
    if crs.is_geographic or crs.to_epsg() is None or fits(bounds, crs, region, margin_m=MARGIN_M):
        return
    values = {"easting": _span(bounds[0], bounds[2]), "northing": _span(bounds[1], bounds[3])}
    west, south, east, north = extent(crs, region)
    values |= {"eastings": _span(west, east), "northings": _span(south, north)}
    plane = plane_of(region)
    own = [plane] if crs != plane and fits(bounds, plane, region) else []
    if zones := [*own, *(zone for zone in zones_that_fit(bounds, region) if zone != crs)]:
        text = "site.zone-file" if of_file else "site.zone"
        named = {"crs": _describe(crs, region), "zones": describe(zones, region)}
        raise SiteError(text, **named, **values)


def tell_default(bounds: Bounds, region: Region) -> dict[str, object]:
    """What to tell of metres read in the plane of the region by default: where else they fit."""
    own = _describe(plane_of(region), region)
    if others := describe(zones_that_fit(bounds, region), region):
        return log_row("site.crs-default", crs=own, others=others)
    return log_row("site.crs-default-sure", crs=own)


def zones_that_fit(bounds: Bounds, region: Region) -> list[pyproj.CRS]:
    """Zones of VN-2000 in which bounds (m) would lie in the region, nearest meridian first.

    The region's own is not among them.
    """
    middle = ((bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2) * 2
    return [crs for crs in _other_zones(plane_of(region)) if fits(middle, crs, region)]


def tell_untold(raw: RawSite, region: Region) -> Log:
    """What nobody can tell from the numbers of a file alone: whether the system it states is right.

    Metres that another zone, too, puts into the region say nothing against either; degrees and
    metres of UTM may be on the datum or on WGS 84. The place that the papers name may decide.
    """
    if raw.kind not in ("file", "wkt") or raw.crs.to_epsg() is None:
        return []
    rows: Log = []
    if others := zones_as_likely(bounds_of(raw), raw.crs, region):
        named = ", ".join(others[:_MOST_NAMED]) + (", …" if len(others) > _MOST_NAMED else "")
        text = "site.zone-untold-caller" if raw.of_caller else "site.zone-untold"
        rows.append(log_row(text, crs=name_crs(raw.crs), others=named))
    if twin := datum_twin(raw.crs):
        text = "site.datum-untold-caller" if raw.of_caller else "site.datum-untold"
        rows.append(log_row(text, crs=name_crs(raw.crs), other=twin))
    return rows


# systems of VN-2000 with one of WGS 84 beside them that is called and used alike
_TWINS = {4756: "EPSG:4326", 3405: "EPSG:32648", 3406: "EPSG:32649"}


def datum_twin(crs: pyproj.CRS) -> str:
    """The system of WGS 84 that one of VN-2000 is easily taken for; "" for those without."""
    return _TWINS.get(crs.to_epsg() or 0, "")


def zones_as_likely(bounds: Bounds, crs: pyproj.CRS, region: Region) -> list[str]:
    """Systems beside a stated one in which the same metres would lie in the region, nearest first.

    By the distance of their meridians alone: to a kilometre, and without asking PROJ of each.

    Parameters
    ----------
    bounds
        In the stated system.
    """
    from lsgis.intake.system import zone_meridians  # a register, for those who need it

    code, own = crs.to_epsg(), meridian(crs)
    if code is None or crs.is_geographic or math.isnan(own):
        return []  # what a file describes in words of its own is told as that
    west, _, east, _ = extent(crs, region)
    lat = math.radians((region.box[1] + region.box[3]) / 2)
    found = []
    for other, at in zone_meridians(region=region).items():
        moved = (at - own) * _M_A_DEGREE * math.cos(lat)
        inside = bounds[0] + moved >= west - MARGIN_M and bounds[2] + moved <= east + MARGIN_M
        if other != code and inside:
            found.append((abs(moved), f"EPSG:{other}"))
    return [name for _, name in sorted(found)]


_M_A_DEGREE = 111_320.0  # of longitude, at the equator


def home_and_other_zones(bounds: Bounds, region: Region) -> list[pyproj.CRS]:
    """Zones of VN-2000 in which bounds (m) would lie in the region, its own first."""
    plane = plane_of(region)
    own = [plane] if fits(bounds, plane, region) else []
    return own + zones_that_fit(bounds, region)


@lru_cache(maxsize=8)
def _other_zones(plane: pyproj.CRS) -> tuple[pyproj.CRS, ...]:
    home = meridian(plane)
    found = [crs for crs in map(pyproj.CRS.from_epsg, ZONES) if crs != plane]
    return tuple(sorted(found, key=lambda crs: (abs(meridian(crs) - home), crs.name)))


def fits(
    bounds: tuple[float, ...], crs: pyproj.CRS, region: Region, *, margin_m: float = 0.0
) -> bool:
    """Whether bounds (m), read in a zone, meet the extent of the region."""
    west, south, east, north = extent(crs, region)
    across = bounds[0] <= east + margin_m and bounds[2] >= west - margin_m
    return across and bounds[1] <= north + margin_m and bounds[3] >= south - margin_m


@lru_cache(maxsize=64)
def extent(crs: pyproj.CRS, region: Region) -> Bounds:
    """Extent (m) of the box of a region in a zone: minimum and maximum E, N, E, N."""
    ring = shapely.segmentize(shapely.box(*region.box), 0.25)
    return move_geometries([ring], VN2000_DEGREES, crs, region=region)[0].bounds


def describe(zones: list[pyproj.CRS], region: Region, *, most: int = 3) -> str:
    """Zones by code, name, central meridian and provinces, for a message."""
    return ", ".join(_describe(crs, region) for crs in zones[:most])


def _describe(crs: pyproj.CRS, region: Region) -> str:
    from lsgis.intake.system import name_zone  # a register, for those who need it

    known = name_zone(crs.to_epsg(), region=region)
    return f"{name_crs(crs)} ({crs.name}; {known})" if known else f"{name_crs(crs)} ({crs.name})"


def _span(low: float, high: float) -> str:
    return f"{low:.0f}–{high:.0f}" if high - low >= 1 else f"{low:.2f}"


# One sound shape of one kind in the plane of the region, or a refusal that names the place.


def make_one(
    raw: RawSite, region: Region, *, kind: str | None, repair: bool
) -> tuple[BaseGeometry, str, Log]:
    """One shape in the plane of the region, its kind, and what was done on the way.

    Raises
    ------
    SiteError
        An invalid shape (reason and place), unless `repair`; kinds mixed, or another than
        the one asked for; closed lines of which nobody said what they are; nothing left.
    """
    if not repair:
        _require_valid(raw.shapes, name_crs(raw.crs))
    plane = plane_of(region)
    moved = move_geometries(raw.shapes, raw.crs, plane, region=region)
    outlines = read_outlines(moved, kind)
    shapes, log = outlines.shapes, outlines.log
    if repair:
        shapes, mended = _repaired(shapes)
        log = [*log, *mended]
    else:
        _require_valid(shapes, name_crs(plane))
    if outlines.rings:
        ground, told = unite_rings(shapes[-outlines.rings :])
        shapes = np.array([*shapes[: -outlines.rings], ground], dtype=object)
        log = [*log, *told]
    found = _one_kind(shapes)
    if kind not in (None, found):
        raise SiteError("site.not-as", found=found, expected=kind)
    united = _united(shapes, log)
    if found == "polygon" and not united.area > 0:
        raise SiteError("site.empty")
    return united, found, log


def _require_valid(shapes: Sequence[BaseGeometry] | np.ndarray, crs: str) -> None:
    shapes = np.asarray(shapes, dtype=object)
    bad = np.flatnonzero(~shapely.is_valid(shapes))
    if len(bad):
        reasons = [f"{i + 1}: {shapely.is_valid_reason(shapes[i])}" for i in bad[:_MOST_NAMED]]
        found = plain_text("; ".join(reasons), longest=300)
        raise SiteError("site.invalid-shape", found=found, count=len(bad), crs=crs)


def _repaired(shapes: np.ndarray) -> tuple[np.ndarray, Log]:
    """Invalid shapes made valid, each with its area before and after in the log."""
    shapes = shapes.copy()
    log: Log = []
    for index in np.flatnonzero(~shapely.is_valid(shapes)):
        before, reason = shapes[index], shapely.is_valid_reason(shapes[index])
        after = shapely.make_valid(before, method="structure", keep_collapsed=False)
        if after.is_empty:
            raise SiteError("site.beyond-repair", found=int(index) + 1, reason=plain_text(reason))
        shapes[index] = after
        values = {"before_m2": float(before.area), "after_m2": float(after.area)}
        log.append(
            log_row("site.repaired", number=int(index) + 1, reason=plain_text(reason), **values)
        )
    return shapes, log


def _one_kind(shapes: np.ndarray) -> str:
    parts = shapely.get_parts(shapely.get_parts(shapes))  # collections may hold multi-parts
    parts = parts[~shapely.is_empty(parts)]
    dimensions, counts = np.unique(shapely.get_dimensions(parts), return_counts=True)
    if len(dimensions) != 1:
        pairs = zip(dimensions.tolist(), counts.tolist(), strict=True)
        found = ", ".join(f"{KINDS[dimension]} {count}" for dimension, count in pairs)
        raise SiteError("site.mixed", found=found)
    return KINDS[int(dimensions[0])]


def _united(shapes: np.ndarray, log: Log) -> BaseGeometry:
    """All shapes as one; several features become one site of several parts, and that is told."""
    if len(shapes) == 1 and shapes[0].geom_type != "GeometryCollection":
        return shapes[0]
    united = shapely.union_all(shapes)
    parts = int(shapely.get_num_geometries(united))
    values: dict[str, float] = {"count": len(shapes), "parts": parts}
    if united.area:
        values["overlap_m2"] = max(0.0, float(shapely.area(shapes).sum() - united.area))
        log.append(log_row("site.united", **values))
    else:
        log.append(log_row("site.united-parts", **values))
    return united


# How well a site is known when its owner does not say, and never better than it is written.
#
# Stated defaults (horizontal, 95 %), used only when the caller gives none, and logged:
#
# - corner table 0.5 m: corners surveyed for a certificate or a land allocation;
# - point, file, WKT 10 m: a hand-held receiver, or a drawing of unstated origin.
#
# A site written in whole metres, or in degrees with three decimals, is no better than that: half
# a step in both directions, √2/2 of the step, is the least.

DEFAULT_ACCURACY_M = {"table": 0.5, "point": 10.0, "file": 10.0, "wkt": 10.0}


def rounding_m(step: float, crs: pyproj.CRS) -> float:
    """Farthest (m) a true place can lie from one written in steps of `step`."""
    to_metres = 1.0
    if crs.is_geographic:
        assert crs.ellipsoid is not None  # degrees are those of one
        to_metres = math.radians(1) * crs.ellipsoid.semi_major_metre
    return step * to_metres * math.sqrt(0.5)


def settle_accuracy(raw: RawSite, accuracy_m: float | None) -> tuple[float, Log]:
    """Accuracy (m, 95 %) to reckon with, and what has to be told of it.

    Raises
    ------
    SiteError
        `accuracy_m` is negative or not a number.
    """
    least = rounding_m(raw.step, raw.crs)
    if accuracy_m is None:
        default = DEFAULT_ACCURACY_M[raw.kind]
        if least > default:
            return least, [log_row("site.accuracy-written", accuracy_m=least, step=raw.step)]
        return default, [log_row("site.accuracy-default", accuracy_m=default)]
    accuracy_m = _positive(accuracy_m)
    if least > accuracy_m:
        return accuracy_m, [log_row("site.accuracy-coarse", accuracy_m=accuracy_m, least=least)]
    return accuracy_m, []


def _positive(accuracy_m: float) -> float:
    try:
        value = float(accuracy_m)
    except (TypeError, ValueError):
        value = math.nan
    if not (math.isfinite(value) and value >= 0):
        raise SiteError("site.accuracy", found=accuracy_m)
    return value


def hold_certificate(
    raw: RawSite, geometry: BaseGeometry, area_certificate_m2: float | None, region: Region
) -> Log:
    """How far the area of a boundary is from the one on the certificate, for the log.

    What a corner table states of its own area was told when it was read; here it is
    held against the area the caller gives.
    """
    if area_certificate_m2 is None or not geometry.area:
        return []
    log: Log = [compare_areas(area_certificate_m2, float(geometry.area), region)]
    if raw.area_m2 is not None and abs(raw.area_m2 - area_certificate_m2) > 0.01:
        values = {"stated_m2": raw.area_m2, "given_m2": area_certificate_m2}
        log.append(log_row("site.area-two", **values))
    return log


def compare_areas(
    stated_m2: float, computed_m2: float, region: Region, *, step_m2: float = 0.0, parcel: str = ""
) -> dict[str, object]:
    """The row of the log for a stated area and the computed one.

    Parameters
    ----------
    step_m2
        Smallest step the stated area is written in.
    parcel
        Name of the one parcel of several that it is stated of.
    """
    share, least_m2 = area_tolerance(region)
    tolerance_m2 = max(least_m2, share * stated_m2, step_m2 / 2)
    deviation_m2 = computed_m2 - stated_m2
    values = {
        "stated_m2": round(stated_m2, 4),
        "computed_m2": round(computed_m2, 4),
        "deviation_m2": round(deviation_m2, 4),
        "percent": round(100 * deviation_m2 / stated_m2, 4),
        "tolerance_m2": round(tolerance_m2, 4),
        "parcel": parcel and f"{parcel}: ",
    }
    if abs(deviation_m2) <= tolerance_m2:
        return log_row("site.area-agrees", **values)
    return log_row("site.area-differs", **values)


def area_tolerance(region: Region) -> tuple[float, float]:
    """Share of a stated area, and least area (m²), up to which a deviation is none.

    Sources
    -------
    data/tolerance.csv: values of lsgis, of no regulation.
    """
    from lsgis.catalogue.register import read_rows

    found = {row["tolerance"]: float(row["value"]) for row in read_rows("tolerance", region)}
    return found["certificate_area_share"], found["certificate_area_least_m2"]
