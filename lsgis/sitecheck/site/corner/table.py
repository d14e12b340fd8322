"""A corner table (bảng kê tọa độ góc ranh) becomes a drawing: X is north, Y is east."""

from dataclasses import dataclass

import numpy as np
import pyproj
import shapely
from shapely.geometry import Polygon

from lsgis.crs import VN2000, move_geometries
from lsgis.errors import CrsError
from lsgis.sitecheck.site.corner.axis import are_degrees, place_corners
from lsgis.sitecheck.site.corner.choice import (
    choose_parcel,
    name_parcels,
    tell_overlaps,
    tell_signs,
)
from lsgis.sitecheck.site.corner.column import Columns, find_columns
from lsgis.sitecheck.site.corner.holding import Ring, hold_areas, tell_parcels
from lsgis.sitecheck.site.corner.parcel import Parcel, split_parcels
from lsgis.sitecheck.site.corner.ring import close_ring, hold_edges, require_uncrossed
from lsgis.sitecheck.site.corner.row import read_rows
from lsgis.sitecheck.site.corner.sheet import Row
from lsgis.sitecheck.site.corner.title import find_system, named_places, require_agreement
from lsgis.sitecheck.site.drawing import name_crs, told
from lsgis.sitecheck.site.zone import require_zone, tell_default

_SAME_M, _SAME_DEGREES = 0.001, 1e-8
_EDGE_M = 0.5
Log = list[dict[str, object]]


@dataclass(frozen=True)
class Boundary:
    """The rings of a table, in its own reference system."""

    polygons: tuple[Polygon, ...]
    crs: pyproj.CRS
    step: float
    log: tuple[dict[str, object], ...]
    area_m2: float | None = None  # what the table states of all that was read


def read_boundary(
    rows: list[Row],
    *,
    crs: pyproj.CRS | None = None,
    order: str | None = None,
    repair: bool = False,
    parcel: str | None = None,
) -> Boundary:
    """Read the boundary a corner table describes: one ring, or one for each parcel.

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
    parcel
        Name or number of the one parcel to read; without it all of them.

    Raises
    ------
    SiteError
        The table cannot be read, or a ring is wrong; rows and points are named.
    """
    columns = find_columns(rows, degrees=crs is not None and crs.is_geographic)
    found = read_rows(rows, columns)
    parcels = split_parcels(found)
    texts = list(dict.fromkeys(text for one in parcels for text in one.texts))
    system = crs or find_system(texts, degrees=are_degrees(found.corners)) or VN2000
    named = require_agreement(texts, system, stated=crs is not None)
    places = place_corners(found.corners, columns.pair, system, order)
    step = 10.0**-found.decimals
    rings, log = _rings(parcels, places, system, step, repair)
    chosen = choose_parcel([ring.name for ring in rings], parcel)
    area_m2, held = hold_areas(rings, chosen, found)
    if len(rings) > 1:
        log += tell_signs(parcels) + tell_parcels(rings, chosen)
        log += tell_overlaps([(ring.name, Polygon(ring.places)) for ring in rings], system)
    count = sum(len(rings[index].places) for index in chosen)
    told_first = [told("site.table", corners=count, columns=_layout(columns)), *found.log]
    if order:
        log.append(told("site.order-stated", order=order))
    log += _tell_system(rings, crs, system, named) + held + named_places(texts)
    polygons = tuple(Polygon(rings[index].places) for index in chosen)
    return Boundary(polygons, system, step, (*told_first, *log), area_m2)


def _rings(
    parcels: list[Parcel], places: np.ndarray, crs: pyproj.CRS, step: float, repair: bool
) -> tuple[list[Ring], Log]:
    """Each parcel as a closed ring, held against the edges it states."""
    rings, log, start = [], [], 0
    same = _SAME_DEGREES if crs.is_geographic else _SAME_M
    for name, one in zip(name_parcels(parcels), parcels, strict=True):
        own = places[start : start + len(one.corners)]
        start += len(one.corners)
        corners, count = close_ring(one.corners, own, same=same)
        if count < len(one.corners) or one.named_again:
            log.append(told("site.closed", point=corners[0].point))
        rings.append(Ring(name, one, corners[:count], own[:count]))
    every = np.vstack([ring.places for ring in rings])
    if not crs.is_geographic:
        require_zone((*every.min(axis=0), *every.max(axis=0)), crs)
    for ring in rings:
        if not repair:
            require_uncrossed(ring.corners, ring.places, same=same)
        plane = _in_metres(ring.places, crs)
        ring.area_m2 = float(Polygon(plane).area)
        ending = ring.corners[0].edge != ring.parcel.corners[0].edge  # from the closing row
        tolerance_m = _EDGE_M + _metres(step, crs)
        log += hold_edges(ring.corners, plane, tolerance_m=tolerance_m, ending=ending, tell=repair)
    return rings, log


def _in_metres(places: np.ndarray, crs: pyproj.CRS) -> np.ndarray:
    """Corners in EPSG:9215; a ring in metres that cannot go there stays as it is."""
    if crs == VN2000:
        return places
    try:
        return shapely.get_coordinates(move_geometries(shapely.points(places), crs, VN2000))
    except CrsError:
        return places


def _metres(step: float, crs: pyproj.CRS) -> float:
    return step * 111_320.0 if crs.is_geographic else step


def _tell_system(rings: list[Ring], crs: pyproj.CRS | None, system: pyproj.CRS, named: bool) -> Log:
    if crs is not None:
        return []
    if named or system.is_geographic:
        return [told("site.crs-of-table", crs=name_crs(system))]
    every = np.vstack([ring.places for ring in rings])
    (west, south), (east, north) = every.min(axis=0).tolist(), every.max(axis=0).tolist()
    return [tell_default((west, south, east, north))]


def _layout(columns: Columns) -> str:
    names = " / ".join(columns.pair) if columns.width else "-"
    return names if len(columns.blocks) == 1 else f"{len(columns.blocks)} × {names}"
