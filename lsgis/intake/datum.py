"""Was the datum shift left out? VN-2000 treated as WGS 84, found by the edges of the communes."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from lsgis.crs import VN2000, crosses_datum, is_vn2000, move_geometries, require_crs, require_vn2000
from lsgis.errors import CrsError

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
