"""A corner table (bảng kê tọa độ góc ranh) becomes a drawing: X is north, Y is east."""

from dataclasses import dataclass

import numpy as np
import pyproj
from shapely.geometry import Polygon

from lsgis.crs import VN2000
from lsgis.errors import SiteError
from lsgis.sitecheck.corner.axis import place_corners
from lsgis.sitecheck.corner.column import Columns, find_columns
from lsgis.sitecheck.corner.ring import close_ring, require_edges, require_uncrossed
from lsgis.sitecheck.corner.row import Corners, read_rows
from lsgis.sitecheck.corner.sheet import Row
from lsgis.sitecheck.corner.title import require_agreement
from lsgis.sitecheck.drawing import name_crs, told
from lsgis.sitecheck.zone import require_zone, tell_default

_SAME_M, _SAME_DEGREES = 0.001, 1e-8
_EDGE_M = 0.5


@dataclass(frozen=True)
class Boundary:
    """The ring of a table, in its own reference system."""

    polygon: Polygon
    crs: pyproj.CRS
    step: float
    log: tuple[dict[str, object], ...]


def read_boundary(
    rows: list[Row],
    *,
    crs: pyproj.CRS | None = None,
    order: str | None = None,
    repair: bool = False,
) -> Boundary:
    """Read the boundary a corner table describes.

    Parameters
    ----------
    rows
        Rows of the whole sheet, titles and notes too.
    crs
        Reference system of the coordinates. Without it VN-2000 / TM-3 107-15
        (EPSG:9215), unless the table itself says otherwise, and the log tells.
    order
        What X and Y, or two columns without heading, are: "northing,easting"
        (as Vietnamese tables print them; the default) or "easting,northing".
    repair
        Let a ring that crosses itself pass, for the caller to mend.

    Raises
    ------
    SiteError
        The table cannot be read, or does not describe one ring; rows and points are named.
    """
    columns = find_columns(rows, degrees=crs is not None and crs.is_geographic)
    found = read_rows(rows, columns)
    if not found.corners:
        raise SiteError("site.no-corners")
    system = crs or VN2000
    named = require_agreement(found.titles, system, stated=crs is not None)
    places = place_corners(found.corners, columns.pair, system, order)
    step = 10.0**-found.decimals
    ring = _ring(found, places, system, step, repair)
    log = [told("table", corners=len(ring), columns=_layout(columns)), *found.log]
    if order:
        log.append(told("order-stated", order=order))
    if crs is None and named:
        log.append(told("crs-of-table", crs=name_crs(system)))
    elif crs is None:
        log.append(tell_default(tuple(map(float, (*ring.min(axis=0), *ring.max(axis=0))))))
    return Boundary(Polygon(ring), system, step, tuple(log))


def _ring(
    found: Corners, places: np.ndarray, crs: pyproj.CRS, step: float, repair: bool
) -> np.ndarray:
    same = _SAME_DEGREES if crs.is_geographic else _SAME_M
    count = close_ring(found.corners, places, same=same)
    corners, ring = found.corners[:count], places[:count]
    if not crs.is_geographic:
        require_zone((*ring.min(axis=0), *ring.max(axis=0)), crs)
    if not repair:
        require_uncrossed(corners, ring, same=same)
    if not (repair or crs.is_geographic) and (
        agreed := require_edges(corners, ring, tolerance_m=_EDGE_M + step)
    ):
        found.log.append(told("edges-agree", count=agreed))
    if count < len(found.corners):
        found.log.append(told("closed", point=corners[0].point))
    return ring


def _layout(columns: Columns) -> str:
    names = " / ".join(columns.pair) if columns.width else "-"
    return names if len(columns.blocks) == 1 else f"{len(columns.blocks)} × {names}"
