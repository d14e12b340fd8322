"""Which coordinate is which: told apart by what the numbers can be, never turned round silently."""

import numpy as np
import pyproj

from lsgis.errors import SiteError
from lsgis.sitecheck.site.corner.entry import Corner
from lsgis.sitecheck.site.corner.sheet import is_easting, is_northing

ORDERS = ("northing,easting", "easting,northing")
_MOST_NAMED = 3


def are_degrees(corners: list[Corner]) -> bool:
    """Whether every number of a table can be an angle, and none a coordinate in metres."""
    return bool(corners) and all(max(abs(c.first), abs(c.second)) <= 360 for c in corners)


def place_corners(
    corners: list[Corner], pair: tuple[str, str], crs: pyproj.CRS, order: str | None
) -> np.ndarray:
    """Easting and northing (or longitude and latitude) of each corner.

    Parameters
    ----------
    pair
        What the heading calls the two coordinates: x and y, north and east, lat
        and lon, or nothing.
    crs
        Reference system the coordinates are in.
    order
        One of ORDERS; counts for X and Y and for columns without a heading.

    Raises
    ------
    SiteError
        No corner, swapped coordinates, degrees in a table of metres, numbers that can
        be no coordinates in Viet Nam; the rows are named.
    """
    if not corners:
        raise SiteError("site.no-corners")
    if order is not None and order.replace(" ", "") not in ORDERS:
        raise SiteError("site.order", found=order, expected=" | ".join(ORDERS))
    values = np.array([(corner.first, corner.second) for corner in corners], dtype=float)
    lettered = pair in (("x", "y"), ("", ""))
    if crs.is_geographic:
        return _degrees(corners, values, lettered)
    _require_metres(corners, values, pair)
    turned = lettered and order is not None and order.startswith("easting")
    north, east = (values[:, 1], values[:, 0]) if turned else values.T
    _require_ranges(corners, values, north, east, lettered)
    return np.column_stack([east, north])


def _degrees(corners: list[Corner], values: np.ndarray, lettered: bool) -> np.ndarray:
    """Longitude and latitude; X and Y are told apart, for in Viet Nam the ranges never meet."""
    lat, lon = values.T
    if lettered and (lat > 90).all():
        lat, lon = lon, lat
    if (abs(lat) > 90).any() or (abs(lon) > 180).any():
        worst = int(np.argmax((abs(lat) > 90) | (abs(lon) > 180)))
        raise SiteError("site.table-no-degrees", row=corners[worst].row, found=_pair(values[worst]))
    return np.column_stack([lon, lat])


def _require_metres(corners: list[Corner], values: np.ndarray, pair: tuple[str, str]) -> None:
    if pair == ("lat", "lon") or (abs(values) <= 360).all():
        raise SiteError("site.table-degrees", row=corners[0].row, found=_pair(values[0]))


def _require_ranges(
    corners: list[Corner],
    values: np.ndarray,
    north: np.ndarray,
    east: np.ndarray,
    lettered: bool,
) -> None:
    fits = np.array([is_northing(n) and is_easting(e) for n, e in zip(north, east, strict=True)])
    if fits.all():
        return
    turned = np.array([is_northing(e) and is_easting(n) for n, e in zip(north, east, strict=True)])
    if turned.all():
        code = "site.swapped" if lettered else "site.swapped-named"
        order = ORDERS[int(is_easting(values[0, 0]))]
        raise SiteError(code, row=corners[0].row, found=_pair(values[0]), order=order)
    code = "site.rows-swapped" if turned[~fits].all() else "site.absurd"
    bad = [(corners[i].row, _pair(values[i])) for i in np.flatnonzero(~fits)]
    found = "; ".join(f"{row}: {pair}" for row, pair in bad[:_MOST_NAMED])
    raise SiteError(code, found=found, count=len(bad))


def _pair(values: np.ndarray) -> str:
    return " ; ".join(f"{value:.12g}" for value in values)
