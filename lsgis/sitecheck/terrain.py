"""Elevation and slope of a site, from a digital elevation model that the user brings.

rasterio is only brought in when a model is given: no other check needs it.
"""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from lsgis.errors import SiteError
from lsgis.region import Region

if TYPE_CHECKING:
    from lsgis.sitefile.reader import Site


# kinds of raster that hold their cells themselves, by their first bytes; others may say where to
# fetch them. What has a header beside it is known by its ending.
_DRIVERS = (
    (b"II*\0", "GTiff"),
    (b"MM\0*", "GTiff"),
    (b"II+\0", "GTiff"),
    (b"MM\0+", "GTiff"),
    (b"ncols", "AAIGrid"),
    (b"EHFA_HEADER_TAG", "HFA"),
    (b"\0\0\0\x0cjP  ", "JP2OpenJPEG"),
    (b"CDF", "netCDF"),
    (b"\x89HDF", "netCDF"),
)
_BESIDE = {".bil": "EHdr", ".flt": "EHdr", ".hgt": "SRTMHGT", ".dat": "ENVI", ".img": "ENVI"}
_MARGIN = 2  # cells around the site, so that its edge has neighbours to measure a slope by


def describe_terrain(site: "Site", dem_path: str | Path) -> dict[str, Any]:
    """Describe the elevation and slope of a site.

    Slope is that of the plane through the four neighbours of a cell, in metres
    of the site's region whatever the CRS of the model; elevations are as the model
    states them.

    Parameters
    ----------
    site
        Polygon, line or point, metres of its region's CRS.
    dem_path
        Raster of elevations (m), one band, in any CRS with a known way to that of the region.

    Returns
    -------
    dict
        `name` and `crs` of the model, `cell_m` (its longer side on the ground),
        `cells` that the site touches, `cells_without_data` among them, and
        `elevation_m`, `slope_deg`: `min`, `mean`, `max`, or None where the model
        has no data (also where the site lies outside it).

    Raises
    ------
    SiteError
        The model cannot be read, has no CRS, or has more than one band.
    """
    import rasterio
    import rasterio.errors

    try:
        path = Path(dem_path).absolute()
        with rasterio.open(path, driver=_driver_of(path)) as model:
            if model.crs is None or model.count != 1:
                raise SiteError("law.dem-crs", path=Path(dem_path).name, bands=model.count)
            shape = _moved(site, model.crs.to_wkt())
            heights, inside, middle = _read(model, shape)
            sides = _sides(model, middle, site.region)
            name, crs = Path(dem_path).name, model.crs.to_string()
    except rasterio.errors.RasterioIOError as error:
        raise SiteError("law.dem-unreadable", path=Path(dem_path).name, reason=error) from error
    known = inside & np.isfinite(heights)
    return {
        "name": name,
        "crs": crs,
        "cell_m": max(math.hypot(*side) for side in sides.tolist()),
        "cells": int(inside.sum()),
        "cells_without_data": int(inside.sum() - known.sum()),
        "elevation_m": _summary(heights[known]),
        "slope_deg": _summary(_slope(heights, sides)[known]),
    }


def _driver_of(path: Path) -> str | None:
    """The one driver that may read a raster, by its content; None for a path without a file.

    Raises
    ------
    SiteError
        It is of no kind that holds its cells itself.
    """
    if not path.is_file():
        return None  # its reader says that it is not there
    with path.open("rb") as file:
        head = file.read(16)
    for start, driver in _DRIVERS:
        if head.lower().startswith(start.lower()):
            return driver
    if path.suffix.lower() in _BESIDE:
        return _BESIDE[path.suffix.lower()]
    known = ", ".join(dict.fromkeys([d for _, d in _DRIVERS] + [*_BESIDE.values()]))
    raise SiteError("law.dem-kind", path=path.name, known=known)


def _moved(site: "Site", wkt: str) -> shapely.Geometry:
    """The site in the CRS of the model, through the one datum operation of its region."""
    import pyproj

    from lsgis.crs import move_geometries, plane_of

    plane, target = plane_of(site.region), pyproj.CRS.from_wkt(wkt)
    return move_geometries([site.geometry], plane, target, region=site.region)[0]


def _read(model: Any, shape: shapely.Geometry) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Heights around a shape (NaN without data), the cells it touches, and the middle cell."""
    from rasterio.features import geometry_mask

    around = shapely.get_coordinates(shapely.box(*shape.bounds))
    cells = np.floor(_apply(model.transform, around, back=True)).astype(int)
    first, last = cells.min(axis=0) - _MARGIN, cells.max(axis=0) + 1 + _MARGIN  # column, row
    heights = np.full((last - first)[::-1], np.nan)
    start, stop = np.maximum(first, 0), np.minimum(last, (model.width, model.height))
    if (start < stop).all():
        window = ((int(start[1]), int(stop[1])), (int(start[0]), int(stop[0])))
        here = tuple(slice(*ends) for ends in zip(start - first, stop - first, strict=True))[::-1]
        heights[here] = model.read(1, window=window, masked=True).astype(float).filled(np.nan)
    a, b, _, d, e, _ = tuple(model.transform)[:6]
    left, top = _apply(model.transform, first[None, :])[0]
    placed = type(model.transform)(a, b, left, d, e, top)
    inside = geometry_mask([shape], heights.shape, placed, all_touched=True, invert=True)
    return heights, inside, (first + last) / 2


def _apply(transform: Any, places: np.ndarray, *, back: bool = False) -> np.ndarray:
    """Cells (column, row; n x 2) to the places they lie at, or `back`."""
    a, b, c, d, e, f = tuple(~transform if back else transform)[:6]
    x, y = places.T
    return np.column_stack([a * x + b * y + c, d * x + e * y + f])


def _sides(model: Any, middle: np.ndarray, region: Region) -> np.ndarray:
    """One cell to the right and one down, as vectors in metres of the region (2 x 2)."""
    import pyproj

    from lsgis.crs import move_geometries, plane_of

    steps = middle + np.array([[0, 0], [1, 0], [0, 1]])
    points = shapely.points(_apply(model.transform, steps))
    source = pyproj.CRS.from_wkt(model.crs.to_wkt())
    moved = move_geometries(points, source, plane_of(region), region=region)
    origin, right, down = shapely.get_coordinates(moved)
    return np.array([right - origin, down - origin])


def _slope(heights: np.ndarray, sides: np.ndarray) -> np.ndarray:
    """Slope (degrees) of each cell; NaN where a neighbour has no data."""
    down, right = np.gradient(heights)
    (a, b), (c, d) = sides.tolist()
    across, along = d * right - b * down, a * down - c * right  # Cramer's rule
    rise = np.hypot(across, along) / abs(a * d - b * c)
    angles = [math.degrees(math.atan(value)) for value in rise.ravel().tolist()]
    return np.array(angles).reshape(heights.shape)


def _summary(values: np.ndarray) -> dict[str, float] | None:
    known = values[np.isfinite(values)]
    if not len(known):
        return None
    return {"min": float(known.min()), "mean": float(known.mean()), "max": float(known.max())}
