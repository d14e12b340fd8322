"""Where the province lies in any CRS, and which CRS a file without one may be in."""

from functools import lru_cache

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from pyproj.exceptions import ProjError

from lsgis.crs import VN2000, WGS84

# Systems that files of this province come in; the zone of the province first.
CANDIDATES = (
    "EPSG:9215", "EPSG:4326", "EPSG:3405", "EPSG:9214", "EPSG:9216", "EPSG:5899", "EPSG:9213",
    "EPSG:5898", "EPSG:5897", "EPSG:32648", "EPSG:3857", "EPSG:4756",
)  # fmt: skip
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
