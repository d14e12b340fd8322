"""Bảng kê tọa độ góc ranh: the whole way from sheet to rings."""

from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyproj
import shapely
from shapely.geometry import Polygon

from lsgis.crs import VN2000, move_geometries
from lsgis.errors import CrsError, SiteError
from lsgis.sitefile.corner_column import (
    Columns,
    find_columns,
    find_system,
    named_places,
    require_agreement,
)
from lsgis.sitefile.corner_parcel import (
    Parcel,
    Ring,
    choose_parcel,
    hold_areas,
    name_parcels,
    split_parcels,
    tell_overlaps,
    tell_parcels,
    tell_signs,
)
from lsgis.sitefile.corner_row import Corner, read_rows
from lsgis.sitefile.corner_sheet import (
    Page,
    Row,
    decode,
    is_easting,
    is_northing,
    mend_letters,
    pages_of_workbook,
    rows_of_text,
)
from lsgis.sitefile.location import require_zone, tell_default
from lsgis.sitefile.raw import Drawing, digest_file, digest_text, name_crs, plain_text, told

# From corners to a boundary: what is wrong with it is named by the point numbers.

_MOST_NAMED = 3


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
        return [told("site.edges-agree", count=int(known.sum()))]
    found = []
    for index in bad[:_MOST_NAMED]:
        start = index - best
        pair = f"{corners[start].point}–{corners[(start + 1) % len(corners)].point}"
        found.append(f"{pair}: {stated[index]:.2f} ≠ {ways[best][index]:.2f} m")
    values = {"found": "; ".join(found), "count": len(bad), "of": int(known.sum())}
    if tell:
        return [told("site.edges-told", **values)]
    raise SiteError("site.edges-differ", **values)


# Which coordinate is which: told apart by what the numbers can be, never turned round silently.

ORDERS = ("northing,easting", "easting,northing")


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


# A corner table (bảng kê tọa độ góc ranh) becomes a drawing: X is north, Y is east.

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


# Corner tables from a file or from pasted text.

WORKBOOKS = {".xlsx", ".xlsm"}
MOST_BYTES = 50_000_000
_FOR_WANT_OF_A_NUMBER = {"site.half-row", "site.row-empty", "site.no-corners"}


def read_corner_text(
    text: str,
    *,
    crs: pyproj.CRS | None,
    order: str | None,
    repair: bool,
    parcel: str | None = None,
) -> Drawing:
    """Boundary from a pasted table.

    Raises
    ------
    SiteError
        See `read_boundary`.
    """
    rows, log = mend_letters(rows_of_text(text), bytewise=False)
    boundary = read_boundary(rows, crs=crs, order=order, repair=repair, parcel=parcel)
    return _drawing(boundary, "", digest_text(text), log)


def read_corner_file(
    path: Path,
    *,
    crs: pyproj.CRS | None,
    order: str | None,
    repair: bool,
    sheet: str | None,
    parcel: str | None = None,
) -> Drawing:
    """Boundary from a table in a file: CSV, TSV, TXT, XLSX.

    Raises
    ------
    SiteError
        See `read_boundary`; also a file of another kind, or several sheets to choose from.
    """
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise SiteError("site.table-too-big", path=path.name, found=size, most=MOST_BYTES)
    if path.suffix.lower() in WORKBOOKS:
        rows, log = _one_sheet(pages_of_workbook(path, sheet), path)
        bytewise = False
    else:
        text, bytewise = decode(path.read_bytes())
        rows, log = rows_of_text(text), []
    rows, letters = mend_letters(rows, bytewise=bytewise)
    try:
        boundary = read_boundary(rows, crs=crs, order=order, repair=repair, parcel=parcel)
    except SiteError as error:
        empty = next((row["found"] for row in log if row["code"] == "site.formulas"), None)
        if empty is None or error.code not in _FOR_WANT_OF_A_NUMBER:
            raise
        raise SiteError("site.not-computed", path=plain_text(path.name), found=empty) from error
    return _drawing(boundary, path.name, digest_file(path), [*log, *letters])


def _drawing(boundary: Boundary, name: str, sha256: str, log: list) -> Drawing:
    return Drawing(
        boundary.polygons,
        boundary.crs,
        "table",
        plain_text(name),
        sha256,
        boundary.step,
        (*log, *boundary.log),
        boundary.area_m2,
    )


def _one_sheet(pages: dict[str, Page], path: Path) -> tuple[list[Row], list]:
    """The one sheet with a corner table; a hidden one only when no other has one."""
    if len(pages) > 1:
        tables = {name: page for name, page in pages.items() if _has_corners(page.rows)}
        shown = {name: page for name, page in tables.items() if page.visible}
        tables = shown or tables
        if len(tables) > 1:
            found = ", ".join(plain_text(name) for name in tables)
            raise SiteError("site.which-sheet", path=path.name, found=found)
        pages = tables or pages
    if not pages:
        raise SiteError("site.no-corners")
    name, page = next(iter(pages.items()))
    return page.rows, [told("site.sheet", sheet=plain_text(name)), *page.log]


def _has_corners(rows: list[Row]) -> bool:
    try:
        return bool(find_columns(mend_letters(rows, bytewise=False)[0]))
    except SiteError:
        return False
