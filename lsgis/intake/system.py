"""Which reference system a file could be in, and whether its datum shift is missing."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pyproj
import shapely
from pyproj.exceptions import ProjError

from lsgis.catalogue import read_rows
from lsgis.crs import (
    VN2000_DEGREES,
    WGS84,
    crosses_datum,
    find_crs,
    is_vn2000,
    move_geometries,
    rebase,
    require_crs,
    require_vn2000,
)
from lsgis.errors import CrsError
from lsgis.region import Region, read_region

if TYPE_CHECKING:  # a single site asks for the names of zones, and needs no frames
    import geopandas as gpd
    import pandas as pd

# What a zone of VN-2000 is known by: its central meridian and the provinces drawn in it.

_MOST_NAMED = 4


def read_zones(*, region: Region | None = None) -> Mapping[int, tuple[str, tuple[str, ...]]]:
    """EPSG code of each TM-3 zone -> its central meridian, and provinces (before July 2025).

    Zones without provinces are those of the whole country.

    Parameters
    ----------
    region
        Whose registers: the zones are the same in all of them.

    Sources
    -------
    EPSG registry, name and area of use of each zone; names of provinces with their
    Vietnamese marks in data/tm3_zone.csv.
    """
    return {
        int(row["epsg"]): (row["meridian"], tuple(filter(None, row["provinces"].split("; "))))
        for row in read_rows("tm3_zone", region)
    }


def zone_meridians(*, region: Region | None = None) -> dict[int, float]:
    """EPSG code -> central meridian (degrees) of each TM-3 zone, and of UTM on either datum."""
    tm3 = {code: _degrees(text) for code, (text, _) in read_zones(region=region).items()}
    utm = {zone: 6.0 * zone - 183.0 for zone in _VN_UTM}
    on_vn2000 = {int(_VN_UTM[zone].rpartition(":")[2]): at for zone, at in utm.items()}
    return tm3 | on_vn2000 | {32600 + zone: at for zone, at in utm.items()}


def name_zone(code: int | None, *, region: Region | None = None) -> str:
    """Central meridian and provinces of a zone ("107°00′: Bắc Giang, ..."); "" for others."""
    meridian, provinces = read_zones(region=region).get(code or 0, ("", ()))
    named = ", ".join(provinces[:_MOST_NAMED]) + (", …" if len(provinces) > _MOST_NAMED else "")
    return f"{meridian}: {named}" if named else meridian


# Was the datum shift left out? VN-2000 treated as WGS 84, found by the edges of the communes.

_SAMPLE = 4000  # points of the outlines that are measured
_FITS_M = 100.0  # median distance from the communes' edges at which outlines can be said to follow
_BETTER = 2.0  # how many times nearer the better reading must be


@dataclass(frozen=True)
class DatumFit:
    """Two readings of the same coordinates, and how far each lies from the communes' edges (m).

    `verdict` is "as-stated", "shift-left-out", or "undecided" when the outlines
    follow the communes in neither reading or in both alike.
    """

    verdict: str
    stated: str
    other: str
    residual_m: float
    other_residual_m: float
    shift_m: float


def detect_datum_shift(
    frame: gpd.GeoDataFrame,
    communes: gpd.GeoDataFrame,
    *,
    follows_m: float = _FITS_M,
    region: Region | None = None,
) -> DatumFit:
    """Compare a file as its CRS says, and as if the datum shift had been left out.

    Parameters
    ----------
    frame
        Polygons or lines that follow borders of communes (or what the reference shows), in
        their stated CRS, on the datum VN-2000 or WGS 84.
    communes
        Published communes, or another reference (roads, buildings), metres of VN-2000.
        Schematic ones are too coarse to tell.
    follows_m
        Median distance (m) up to which outlines can be said to follow the reference.
    region
        Whose communes they are, and whose datum operation is meant.

    Returns
    -------
    DatumFit
        Residuals are medians over points of the outlines; `shift_m` is how far
        the two readings lie apart (about 224 m in the north).

    Raises
    ------
    CrsError
        No CRS, communes not in metres of VN-2000, or a CRS on neither datum.
    """
    stated = require_crs(frame)
    require_vn2000(communes)
    other = _other_datum(stated)
    points = shapely.points(_sample(np.asarray(frame.geometry.values, dtype=object)))
    edges = shapely.STRtree(_segments(np.asarray(communes.geometry.values, dtype=object)))
    plane = communes.crs
    read = [move_geometries(points, crs, plane, region=region) for crs in (stated, other)]
    if not len(points) or not len(edges.geometries):
        return _fit(stated, other, math.nan, math.nan, math.nan, follows_m)
    away = [float(np.median(edges.query_nearest(p, return_distance=True)[1])) for p in read]
    shift = float(np.median(shapely.distance(*read)))
    return _fit(stated, other, away[0], away[1], shift, follows_m)


def _fit(
    stated: pyproj.CRS,
    other: pyproj.CRS,
    residual: float,
    other_residual: float,
    shift: float,
    follows_m: float,
) -> DatumFit:
    near, far = sorted([residual, other_residual])
    can_tell = near <= follows_m and far >= _BETTER * near
    verdict = "as-stated" if residual <= other_residual else "shift-left-out"
    return DatumFit(
        verdict if can_tell else "undecided",
        stated.name,
        other.name,
        residual,
        other_residual,
        shift,
    )


def _segments(shapes: np.ndarray) -> np.ndarray:
    """Straight pieces of all outlines: an index of short pieces is what makes it quick."""
    parts = shapely.get_parts(shapes)
    ground = shapely.get_dimensions(parts) == 2
    outlines = np.concatenate([shapely.get_parts(shapely.boundary(parts[ground])), parts[~ground]])
    xy, ring = shapely.get_coordinates(outlines, return_index=True)
    pairs = np.stack([xy[:-1], xy[1:]], axis=1)[ring[:-1] == ring[1:]]
    return shapely.linestrings(pairs) if len(pairs) else np.array([], dtype=object)


def _sample(shapes: np.ndarray) -> np.ndarray:
    points = shapely.get_coordinates(shapes)
    points = points[np.isfinite(points).all(axis=1)]
    return points[:: max(1, len(points) // _SAMPLE)]


def _other_datum(crs: pyproj.CRS) -> pyproj.CRS:
    """The same projection on the other datum: what the file is in when nobody shifted it."""
    onto = WGS84 if is_vn2000(crs) else VN2000_DEGREES
    if crosses_datum(crs, onto) is False or not (is_vn2000(crs) or _is_wgs84(crs)):
        raise CrsError("intake.no-datum", found=crs.to_string())
    other = rebase(crs, onto)
    if other is None:
        raise CrsError("intake.no-datum", found=crs.to_string())
    return other


def _is_wgs84(crs: pyproj.CRS) -> bool:
    return crs.geodetic_crs is not None and crs.geodetic_crs.name.startswith("WGS 84")


# Where the province lies in any CRS, and which CRS a file without one may be in.

# UTM on VN-2000, by its zone.
_VN_UTM = {48: "EPSG:3405", 49: "EPSG:3406"}
_NEIGHBOURS = 0.75  # degrees between meridians of zones that are taken for one another
_WIDTH = 3.0  # degrees that a TM-3 zone is wide
_KM_A_DEGREE = 111.32  # of longitude, at the equator
_MERIDIAN = re.compile(r"(\d+)°(\d+)′")
# Share of the province's box added on each side: neighbours and roads beyond the edge count.
_MARGIN = 0.1
Box = tuple[float, float, float, float]


def usual_systems(region: Region) -> tuple[str, ...]:
    """Systems that most files of a region come in, likeliest first; its own before all others."""
    vn_utm = _VN_UTM.get(_utm_zone(region), "")
    usual = (region.crs, "EPSG:4326", vn_utm, utm_of(region), "EPSG:3857")
    return tuple(dict.fromkeys(filter(None, usual)))


@lru_cache(maxsize=8)
def candidate_systems(region: Region) -> tuple[str, ...]:
    """Every system that a file of a region may be in, likeliest first.

    The usual ones, the TM-3 zones beside its own (the nearest meridian first), the zones of
    the whole country that reach it, and all others: a file may come from any office.
    """
    away, zones = _zones_by_distance(region), read_zones(region=region)
    beside = [code for far, code in away if far <= _NEIGHBOURS]
    country = [code for far, code in away if far <= _WIDTH and not zones[code][1]]
    others = [code for _, code in away]
    tm3 = [f"EPSG:{code}" for code in (*beside, *country, *others)]
    *common, utm, web = usual_systems(region)
    rest = ("EPSG:4756", *_VN_UTM.values())
    return tuple(dict.fromkeys((*common, *tm3, utm, web, *rest)))


@lru_cache(maxsize=8)
def zone_step_km(region: Region) -> int:
    """How far (km) coordinates lie off when taken for those of the nearest other TM-3 zone."""
    step = next(far for far, _ in _zones_by_distance(region) if far > 0)
    middle = (region.box[1] + region.box[3]) / 2
    return round(step * _KM_A_DEGREE * math.cos(math.radians(middle)))


def _zones_by_distance(region: Region) -> list[tuple[float, int]]:
    """TM-3 zones with the degrees between their meridian and that of a region, nearest first."""
    meridians = {
        code: _degrees(meridian) for code, (meridian, _) in read_zones(region=region).items()
    }
    middle = (region.box[0] + region.box[2]) / 2
    own = meridians.get(int(region.crs.rpartition(":")[2]), middle)
    away = sorted((abs(at - own), at, code) for code, at in meridians.items())
    return [(far, code) for far, _, code in away]


def utm_of(region: Region) -> str:
    """UTM on WGS 84 in the zone of a region."""
    return f"EPSG:{32600 + _utm_zone(region)}"


def _utm_zone(region: Region) -> int:
    return int((region.box[0] + region.box[2]) / 2 // 6) + 31


def _degrees(meridian: str) -> float:
    """107.25 of "107°15′"."""
    degrees, minutes = _MERIDIAN.fullmatch(meridian).groups()  # type: ignore[union-attr]
    return int(degrees) + int(minutes) / 60


def province_in(
    crs: pyproj.CRS, *, margin: float = _MARGIN, region: Region | None = None
) -> Box | None:
    """Box, in a CRS, around a region; None when the CRS has no way there.

    Parameters
    ----------
    margin
        Share of the box added on each side.
    region
        The one whose `box` it is.
    """
    return _box_in(crs, margin, region or read_region())


@lru_cache(maxsize=64)
def _box_in(crs: pyproj.CRS, margin: float, region: Region) -> Box | None:
    if not (crs.is_geographic or crs.is_projected):
        return None
    west, south, east, north = region.box
    dx, dy = (east - west) * margin, (north - south) * margin
    try:
        # a box stated to a hundredth of a degree is as good on one datum as on the other
        way = pyproj.Transformer.from_crs(WGS84, crs, always_xy=True)
        box = way.transform_bounds(west - dx, south - dy, east + dx, north + dy)
    except ProjError:
        return None
    return box if np.isfinite(box).all() else None


def suggest_crs(frame: gpd.GeoDataFrame, *, region: Region | None = None) -> pd.DataFrame:
    """Reference systems the coordinates of a file could be in, likeliest first.

    Nothing is chosen: two systems of one projection differ by a datum shift
    (about 200 m in the north) that coordinates alone cannot show, and zones side by side
    overlap. Among equal fits the commoner system stands first.

    Parameters
    ----------
    frame
        Features as read; their stated CRS, if any, is left aside.
    region
        Where they should lie.

    Returns
    -------
    DataFrame
        `crs`, `name`, `axes` ("as read" or "swapped"), `fit` (0-1: share of the
        located features whose box lies in or near the province), `centred` (0-1).
        Systems in which nothing fits are left out.
    """
    bounds = shapely.bounds(np.asarray(frame.geometry.values, dtype=object))
    bounds = bounds[np.isfinite(bounds).all(axis=1)]
    rows, region = [], region or read_region()
    for code in candidate_systems(region):
        crs = find_crs(code)
        box = province_in(crs, region=region)
        if box is None or not len(bounds):
            continue
        for axes, order in (("as read", [0, 1, 2, 3]), ("swapped", [1, 0, 3, 2])):
            turned = bounds[:, order]
            inside = (turned[:, :2] >= box[:2]) & (turned[:, 2:] <= box[2:])
            fit = float(inside.all(axis=1).mean())
            if fit:
                rows.append((code, crs.name, axes, fit, _centred(turned, box)))
    import pandas as pd

    found = pd.DataFrame(rows, columns=["crs", "name", "axes", "fit", "centred"])
    found["read"] = found["axes"] == "as read"
    found = found.sort_values(["fit", "read"], ascending=False, kind="stable", ignore_index=True)
    return found.drop(columns="read")


def name_likely(frame: gpd.GeoDataFrame, *, region: Region | None = None) -> str:
    """The likeliest systems of a file that states none, with their axes and fit, for a message.

    Parameters
    ----------
    frame, region
        As of `suggest_crs`.
    """
    told = []
    for row in suggest_crs(frame, region=region).head(_MOST_NAMED).itertuples(index=False):
        known = name_zone(find_crs(row.crs).to_epsg(), region=region)
        fit = f"{row.crs} ({row.name}; {row.axes}; {row.fit:.0%})"
        told.append(f"{fit} {known}" if known else fit)
    return ", ".join(told) or "-"


def _centred(bounds: np.ndarray, box: Box) -> float:
    """1 when the middle of the data is the middle of the province, 0 at its edge."""
    low, high = np.array(box[:2]), np.array(box[2:])
    middle = (bounds[:, :2].min(axis=0) + bounds[:, 2:].max(axis=0)) / 2
    away = np.abs(middle - (low + high) / 2) / ((high - low) / 2)
    return float(max(0.0, 1 - away.max()))
