"""From corners to a boundary: what is wrong with it is named by the point numbers."""

from collections import defaultdict
from dataclasses import replace

import numpy as np
import shapely
from shapely.geometry import Polygon

from lsgis.errors import SiteError
from lsgis.sitecheck.site.corner.entry import Corner
from lsgis.sitecheck.site.drawing import told

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
