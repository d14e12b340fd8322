"""Which reference system a file could be in, and whether its datum shift is missing."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pyproj
import shapely
from pyproj.exceptions import ProjError

from lsgis.crs import (
    VN2000,
    WGS84,
    crosses_datum,
    is_vn2000,
    move_geometries,
    require_crs,
    require_vn2000,
)
from lsgis.errors import CrsError
from lsgis.resource import data_dir

if TYPE_CHECKING:  # a single site asks for the names of zones, and needs no frames
    import geopandas as gpd
    import pandas as pd

# What a zone of VN-2000 is known by: its central meridian and the provinces drawn in it.

_MOST_NAMED = 4


@lru_cache(maxsize=1)
def read_zones() -> Mapping[int, tuple[str, tuple[str, ...]]]:
    """EPSG code of each TM-3 zone -> its central meridian, and provinces (before July 2025).

    Sources
    -------
    EPSG registry, name and area of use of each zone; names of provinces with their
    Vietnamese marks in data/tm3_zone.csv.
    """
    with (data_dir() / "tm3_zone.csv").open(encoding="utf-8", newline="") as file:
        return {
            int(row["epsg"]): (row["meridian"], tuple(filter(None, row["provinces"].split("; "))))
            for row in csv.DictReader(file)
        }


def name_zone(code: int | None) -> str:
    """Central meridian and provinces of a zone ("107°00′: Bắc Giang, ..."); "" for others."""
    meridian, provinces = read_zones().get(code or 0, ("", ()))
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


def detect_datum_shift(frame: gpd.GeoDataFrame, communes: gpd.GeoDataFrame) -> DatumFit:
    """Compare a file as its CRS says, and as if the datum shift had been left out.

    Parameters
    ----------
    frame
        Polygons or lines that follow borders of communes, in their stated CRS, on
        the datum VN-2000 or WGS 84.
    communes
        Published communes, EPSG:9215. Schematic ones are too coarse to tell.

    Returns
    -------
    DatumFit
        Residuals are medians over points of the outlines; `shift_m` is how far
        the two readings lie apart (about 224 m here).

    Raises
    ------
    CrsError
        No CRS, communes not in EPSG:9215, or a CRS on neither datum.
    """
    stated = require_crs(frame)
    require_vn2000(communes)
    other = _other_datum(stated)
    points = shapely.points(_sample(np.asarray(frame.geometry.values, dtype=object)))
    edges = shapely.STRtree(_segments(np.asarray(communes.geometry.values, dtype=object)))
    read = [move_geometries(points, crs, VN2000) for crs in (stated, other)]
    if not len(points) or not len(edges.geometries):
        return _fit(stated, other, float("nan"), float("nan"), float("nan"))
    away = [float(np.median(edges.query_nearest(p, return_distance=True)[1])) for p in read]
    shift = float(np.median(shapely.distance(*read)))
    return _fit(stated, other, away[0], away[1], shift)


def _fit(
    stated: pyproj.CRS, other: pyproj.CRS, residual: float, other_residual: float, shift: float
) -> DatumFit:
    near, far = sorted([residual, other_residual])
    told = near <= _FITS_M and far >= _BETTER * near
    verdict = "as-stated" if residual <= other_residual else "shift-left-out"
    return DatumFit(
        verdict if told else "undecided", stated.name, other.name, residual, other_residual, shift
    )


def _segments(shapes: np.ndarray) -> np.ndarray:
    """Straight pieces of all outlines: an index of short pieces is what makes it quick."""
    outlines = shapely.get_parts(shapely.boundary(shapes))
    xy, ring = shapely.get_coordinates(outlines, return_index=True)
    pairs = np.stack([xy[:-1], xy[1:]], axis=1)[ring[:-1] == ring[1:]]
    return shapely.linestrings(pairs) if len(pairs) else np.array([], dtype=object)


def _sample(shapes: np.ndarray) -> np.ndarray:
    points = shapely.get_coordinates(shapes)
    points = points[np.isfinite(points).all(axis=1)]
    return points[:: max(1, len(points) // _SAMPLE)]


def _other_datum(crs: pyproj.CRS) -> pyproj.CRS:
    """The same projection on the other datum: what the file is in when nobody shifted it."""
    onto = pyproj.CRS("EPSG:4326" if is_vn2000(crs) else "EPSG:4756")
    if crosses_datum(crs, onto) is False or not (is_vn2000(crs) or _is_wgs84(crs)):
        raise CrsError("intake.no-datum", found=crs.to_string())
    if crs.is_geographic:
        return onto
    described = crs.to_json_dict()
    if "base_crs" not in described:
        raise CrsError("intake.no-datum", found=crs.to_string())
    described["base_crs"] = onto.to_json_dict()
    described["name"] = f"{crs.name}, on {onto.name}"
    described.pop("id", None)
    return pyproj.CRS.from_json_dict(described)


def _is_wgs84(crs: pyproj.CRS) -> bool:
    return crs.geodetic_crs is not None and crs.geodetic_crs.name.startswith("WGS 84")


# Where the province lies in any CRS, and which CRS a file without one may be in.

# Systems that files of this province come in; the zone of the province first.
CANDIDATES = (
    "EPSG:9215",
    "EPSG:4326",
    "EPSG:3405",
    "EPSG:9214",
    "EPSG:9216",
    "EPSG:5899",
    "EPSG:9213",
    "EPSG:5898",
    "EPSG:5897",
    "EPSG:32648",
    "EPSG:3857",
    "EPSG:4756",
)
# Share of the province's box added on each side: neighbours and roads beyond the edge count.
_MARGIN = 0.1
Box = tuple[float, float, float, float]


@lru_cache(maxsize=64)
def province_in(crs: pyproj.CRS, *, margin: float = _MARGIN) -> Box | None:
    """Box, in a CRS, around the area of use of EPSG:9215; None when the CRS has no way there.

    `margin` is the share of the box added on each side.

    Sources
    -------
    EPSG registry, area of use of EPSG:9215 (Lạng Sơn province).
    """
    use = VN2000.area_of_use
    if use is None or not (crs.is_geographic or crs.is_projected):
        return None
    west, south, east, north = use.bounds
    dx, dy = (east - west) * margin, (north - south) * margin
    try:
        way = pyproj.Transformer.from_crs(WGS84, crs, always_xy=True)
        box = way.transform_bounds(west - dx, south - dy, east + dx, north + dy)
    except ProjError:
        return None
    return box if np.isfinite(box).all() else None


def suggest_crs(frame: gpd.GeoDataFrame) -> pd.DataFrame:
    """Reference systems the coordinates of a file could be in, likeliest first.

    Nothing is chosen: two systems of one projection differ by a datum shift
    (about 200 m here) that coordinates alone cannot show, and zones side by side
    overlap. Among equal fits the commoner system stands first.

    Parameters
    ----------
    frame
        Features as read; their stated CRS, if any, is left aside.

    Returns
    -------
    DataFrame
        `crs`, `name`, `axes` ("as read" or "swapped"), `fit` (0-1: share of the
        located features whose box lies in or near the province), `centred` (0-1).
        Systems in which nothing fits are left out.
    """
    bounds = shapely.bounds(np.asarray(frame.geometry.values, dtype=object))
    bounds = bounds[np.isfinite(bounds).all(axis=1)]
    rows = []
    for code in CANDIDATES:
        crs = pyproj.CRS(code)
        box = province_in(crs)
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


def _centred(bounds: np.ndarray, box: Box) -> float:
    """1 when the middle of the data is the middle of the province, 0 at its edge."""
    low, high = np.array(box[:2]), np.array(box[2:])
    middle = (bounds[:, :2].min(axis=0) + bounds[:, 2:].max(axis=0)) / 2
    away = np.abs(middle - (low + high) / 2) / ((high - low) / 2)
    return float(max(0.0, 1 - away.max()))
