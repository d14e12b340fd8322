"""Rings of a corner table: which coordinate is which; closed, uncrossed, as long as stated."""

from collections import defaultdict
from dataclasses import replace

import numpy as np
import pyproj
import shapely
from shapely.geometry import Polygon

from lsgis.crs import move_geometries, plane_of
from lsgis.errors import CrsError, SiteError
from lsgis.region import Region
from lsgis.sitefile.corner_column import is_easting, is_northing
from lsgis.sitefile.corner_parcel import Parcel, Ring, name_parcels
from lsgis.sitefile.corner_row import Corner
from lsgis.sitefile.soundness import require_zone
from lsgis.text import Log, log_row

_SAME_M, _SAME_DEGREES = 0.001, 1e-8
_EDGE_M = 0.5
_MOST_NAMED = 3


def make_rings(
    parcels: list[Parcel],
    places: np.ndarray,
    crs: pyproj.CRS,
    region: Region,
    *,
    step: float,
    repair: bool,
) -> tuple[list[Ring], Log]:
    """Each parcel as a closed ring, held against the zone of its CRS and the edges it states.

    Parameters
    ----------
    places
        Easting, northing (or longitude, latitude) of the corners of all parcels.
    step
        Smallest step they are written in, in units of the CRS.
    repair
        Let a ring that crosses itself pass, for the caller to mend.

    Raises
    ------
    SiteError
        What is wrong with a ring, named by its points.
    """
    rings, log, start = [], [], 0
    same = _SAME_DEGREES if crs.is_geographic else _SAME_M
    for name, one in zip(name_parcels(parcels), parcels, strict=True):
        own = places[start : start + len(one.corners)]
        start += len(one.corners)
        corners, count = close_ring(one.corners, own, same=same)
        if count < len(one.corners) or one.named_again:
            log.append(log_row("site.closed", point=corners[0].point))
        rings.append(Ring(name, one, corners[:count], own[:count]))
    every = np.vstack([ring.places for ring in rings])
    if not crs.is_geographic:
        require_zone((*every.min(axis=0), *every.max(axis=0)), crs, region)
    for ring in rings:
        if not repair:
            require_uncrossed(ring.corners, ring.places, same=same)
        plane = _in_metres(ring.places, crs, region)
        ring.area_m2 = float(Polygon(plane).area)
        ending = ring.corners[0].edge != ring.parcel.corners[0].edge  # from the closing row
        tolerance_m = _EDGE_M + _metres(step, crs)
        log += hold_edges(ring.corners, plane, tolerance_m=tolerance_m, ending=ending, tell=repair)
    return rings, log


def _in_metres(places: np.ndarray, crs: pyproj.CRS, region: Region) -> np.ndarray:
    """Corners in the plane of the region; a ring in metres that cannot go there stays as it is."""
    plane = plane_of(region)
    if crs == plane:
        return places
    try:
        moved = move_geometries(shapely.points(places), crs, plane, region=region)
        return shapely.get_coordinates(moved)
    except CrsError:
        return places


def _metres(step: float, crs: pyproj.CRS) -> float:
    return step * 111_320.0 if crs.is_geographic else step


# What is wrong with a ring is named by the point numbers.


def close_ring(
    corners: list[Corner], places: np.ndarray, *, same: float
) -> tuple[list[Corner], int]:
    """Corners that make the ring, and how many: without the first one repeated at its end.

    A length beside the repeated corner, of the edge that ends there, goes to the first.

    Parameters
    ----------
    places
        Easting, northing (or longitude, latitude) of each corner.
    same
        Distance, in units of the CRS, under which two corners are one.

    Raises
    ------
    SiteError
        The last corner bears the first one's number at another place, two corners
        are one or bear one number, or fewer than three are left.
    """
    count = len(corners)
    if count > 1:
        first, last = corners[0], corners[-1]
        apart = float(np.hypot(*(places[-1] - places[0])))
        if apart <= same:
            count -= 1
            if first.edge is None and last.edge is not None:
                corners = [replace(first, edge=last.edge), *corners[1:]]
        elif [corner.point for corner in corners].count(first.point) == 2 and (
            first.point == last.point
        ):
            raise SiteError("site.closing-differs", point=first.point, row=last.row, rows=first.row)
    _require_distinct(corners[:count], places[:count], same)
    _require_one_parcel(corners[:count])
    if count < 3:
        rows = ", ".join(str(corner.row) for corner in corners[:_MOST_NAMED])
        raise SiteError("site.too-few-corners", found=count, rows=rows)
    return corners, count


def _require_distinct(corners: list[Corner], places: np.ndarray, same: float) -> None:
    seen = defaultdict(list)
    for index, cell in enumerate(map(tuple, np.round(places / same).astype(np.int64))):
        seen[cell].append(index)
    twice = [indexes for indexes in seen.values() if len(indexes) > 1]
    if twice:
        found = "; ".join(
            " = ".join(f"{corners[i].point} ({corners[i].row})" for i in indexes[:_MOST_NAMED])
            for indexes in twice[:_MOST_NAMED]
        )
        raise SiteError("site.repeated", found=found)


def _require_one_parcel(corners: list[Corner]) -> None:
    """Refuse point numbers that start anew: chained, two parcels may look like a sound one."""
    rows = defaultdict(list)
    for corner in corners:
        rows[corner.point].append(corner.row)
    twice = [(point, found) for point, found in rows.items() if len(found) > 1]
    if twice and len(rows) > 1:  # one word for all of them numbers nothing
        found = "; ".join(
            f"{point} ({', '.join(map(str, at[:_MOST_NAMED]))})"
            for point, at in twice[:_MOST_NAMED]
        )
        raise SiteError("site.point-twice", found=found, count=len(twice))


def require_uncrossed(corners: list[Corner], places: np.ndarray, *, same: float) -> None:
    """Refuse a ring that crosses or touches itself, naming the edges; or one without area.

    Raises
    ------
    SiteError
        `site.crossing`, `site.no-area`, or `site.invalid` when no edge can be named.
    """
    ring = Polygon(places)
    if ring.is_valid and ring.area > 0:
        return
    hull = ring.convex_hull
    if hull.area <= same * hull.length:
        raise SiteError("site.no-area", found=len(corners))
    pairs = _crossings(places)
    if not pairs:
        raise SiteError("site.invalid", found=shapely.is_valid_reason(ring))
    names = [
        f"{c.point}–{n.point}" for c, n in zip(corners, [*corners[1:], corners[0]], strict=True)
    ]
    found = "; ".join(f"{names[i]} × {names[j]}" for i, j in pairs[:_MOST_NAMED])
    raise SiteError("site.crossing", found=found, count=len(pairs))


def _crossings(places: np.ndarray) -> list[tuple[int, int]]:
    """Pairs of edges that meet elsewhere than at a corner they share."""
    edges = shapely.linestrings(np.stack([places, np.roll(places, -1, axis=0)], axis=1))
    first, second = shapely.STRtree(edges).query(edges, predicate="intersects")
    ahead = first < second
    first, second = first[ahead], second[ahead]
    gap = second - first
    neighbours = (gap == 1) | (gap == len(edges) - 1)
    # neighbours share a corner; they cross only when one runs back along the other
    back = shapely.length(shapely.intersection(edges[first], edges[second])) > 0
    keep = ~neighbours | back
    return sorted(zip(first[keep].tolist(), second[keep].tolist(), strict=True))


def hold_edges(
    corners: list[Corner], places: np.ndarray, *, tolerance_m: float, ending: bool, tell: bool
) -> list[dict[str, object]]:
    """Hold the edge lengths a table states against its coordinates (m), for the log.

    A length stands beside the corner its edge starts from, or beside the one it
    ends at: the reading that agrees more often counts. The tolerance grows with
    1 m per km, for lengths measured on the ground.

    Parameters
    ----------
    ending
        One of the lengths is known to stand where its edge ends.
    tell
        Tell of lengths that do not agree instead of refusing them: the ring is
        about to be mended.

    Raises
    ------
    SiteError
        One does not agree: a digit, or the order of the corners, is wrong.
    """
    stated = np.array([np.nan if c.edge is None else c.edge for c in corners])
    known = np.isfinite(stated)
    if not known.any():
        return []
    lengths = np.hypot(*(np.roll(places, -1, axis=0) - places).T)
    ways = [np.roll(lengths, shift) for shift in (0, 1)]
    wrong = [known & (abs(way - stated) > tolerance_m + way / 1000) for way in ways]
    best = 1 if ending else int(np.argmin([bad.sum() for bad in wrong]))
    bad = np.flatnonzero(wrong[best])
    if not len(bad):
        return [log_row("site.edges-agree", count=int(known.sum()))]
    found = []
    for index in bad[:_MOST_NAMED]:
        start = index - best
        pair = f"{corners[start].point}–{corners[(start + 1) % len(corners)].point}"
        found.append(f"{pair}: {stated[index]:.2f} ≠ {ways[best][index]:.2f} m")
    values = {"found": "; ".join(found), "count": len(bad), "of": int(known.sum())}
    if tell:
        return [log_row("site.edges-told", **values)]
    raise SiteError("site.edges-differ", **values)


# Which coordinate is which: told apart by what the numbers can be, never turned round silently.

ORDERS = ("northing,easting", "easting,northing")


def are_degrees(corners: list[Corner]) -> bool:
    """Whether every number of a table can be an angle, and none a coordinate in metres."""
    return bool(corners) and all(max(abs(c.first), abs(c.second)) <= 360 for c in corners)


def place_corners(
    corners: list[Corner],
    pair: tuple[str, str],
    crs: pyproj.CRS,
    region: Region,
    order: str | None,
) -> np.ndarray:
    """Easting and northing (or longitude and latitude) of each corner.

    Parameters
    ----------
    pair
        What the heading calls the two coordinates: x and y, north and east, lat
        and lon, or nothing.
    crs
        Reference system the coordinates are in.
    region
        Whose metres a refusal proposes.
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
        return _degrees(corners, values, lettered, region)
    _require_metres(corners, values, pair)
    turned = lettered and order is not None and order.startswith("easting")
    north, east = (values[:, 1], values[:, 0]) if turned else values.T
    _require_ranges(corners, values, north, east, lettered)
    return np.column_stack([east, north])


def _degrees(
    corners: list[Corner], values: np.ndarray, lettered: bool, region: Region
) -> np.ndarray:
    """Longitude and latitude; X and Y are told apart, for in Viet Nam the ranges never meet."""
    lat, lon = values.T
    if lettered and (lat > 90).all():
        lat, lon = lon, lat
    if (abs(lat) > 90).any() or (abs(lon) > 180).any():
        worst = int(np.argmax((abs(lat) > 90) | (abs(lon) > 180)))
        found = {"row": corners[worst].row, "found": _pair(values[worst])}
        raise SiteError("site.table-no-degrees", crs=region.crs, **found)
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
