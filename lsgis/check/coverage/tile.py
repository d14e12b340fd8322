"""Polygons that should tile, and how a piece of them is measured, named and told."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyproj
import shapely

from lsgis.check.issue import Issue, Term, new_issue
from lsgis.crs import VN2000, move_geometries

# Two outlines closer than this touch: far below any survey, far above arithmetic.
TOUCH_M = 0.01
_METRES_A_DEGREE = 111_000
# Of a width measured by a circle, the part that need not be right.
_FINE, _CELLS = 0.05, 50_000


@dataclass(frozen=True)
class Tiles:
    """Sound polygons in the CRS they are stored in, with what to call each.

    `keys` are their codes, `names` their names ("" where there is none);
    `metric` is the CRS in which lengths and areas are measured.
    """

    shapes: np.ndarray
    crs: pyproj.CRS
    metric: pyproj.CRS
    keys: np.ndarray
    names: np.ndarray
    layer: str


def metric_crs(crs: pyproj.CRS) -> pyproj.CRS:
    """The CRS itself where it is in true metres, else EPSG:9215.

    A Mercator projection is not: here its areas come out 17 % too large.
    """
    units = {axis.unit_name for axis in crs.axis_info[:2]}
    flat = crs.is_projected and units == {"metre"}
    way = crs.coordinate_operation.method_name if flat and crs.coordinate_operation else ""
    return crs if flat and ("Mercator" not in way or "Transverse" in way) else VN2000


def in_metres(tiles: Tiles, pieces: np.ndarray) -> np.ndarray:
    """Pieces in the CRS in which they are measured."""
    if tiles.crs == tiles.metric:
        return pieces
    return move_geometries(pieces, tiles.crs, tiles.metric)


def touch_distance(tiles: Tiles) -> float:
    """TOUCH_M in the unit of the CRS the tiles are stored in."""
    return TOUCH_M if tiles.crs.is_projected else TOUCH_M / _METRES_A_DEGREE


def widths(pieces: np.ndarray) -> np.ndarray:
    """Diameter (m) of the largest circle inside each polygon: how wide it is at its widest."""
    if not len(pieces):
        return np.zeros(0)
    low, high = shapely.bounds(pieces)[:, :2], shapely.bounds(pieces)[:, 2:]
    # the circle is never smaller than area over perimeter, so this is a share of it
    fine = _FINE * shapely.area(pieces) / shapely.length(pieces)
    fine = np.maximum(fine, np.hypot(*(high - low).T) / _CELLS)
    circles = [
        shapely.maximum_inscribed_circle(piece, tolerance=step)
        for piece, step in zip(pieces, fine, strict=True)
    ]
    return 2 * shapely.length(np.array(circles, dtype=object))


def owners_of(pieces: np.ndarray, shapes: np.ndarray, distance: float) -> list[np.ndarray]:
    """Rows of the polygons that each piece touches."""
    if not len(pieces):
        return []
    around = shapely.bounds(pieces) + np.array([-distance, -distance, distance, distance])
    piece, row = shapely.STRtree(shapes).query(shapely.box(*around.T))
    large = shapes[np.unique(row)]
    shapely.prepare(large)  # thousands of vertices each, asked again and again
    near = shapely.dwithin(shapes[row], pieces[piece], distance)
    shapely.destroy_prepared(large)
    piece, row = piece[near], row[near]
    order = np.lexsort((row, piece))
    return np.split(row[order], np.searchsorted(piece[order], np.arange(1, len(pieces))))


def tell(
    tiles: Tiles,
    code: str,
    pieces: np.ndarray,
    owners: Sequence[np.ndarray],
    **values: np.ndarray,
) -> list[Issue]:
    """One issue a piece, each with its place, its shape and whom it concerns.

    Parameters
    ----------
    pieces
        In the metric CRS of the tiles.
    values
        One number a piece for each placeholder of the message.
    """
    if not len(pieces):
        return []
    there = pieces
    if tiles.metric != VN2000:
        there = move_geometries(pieces, tiles.metric, VN2000)
    places = shapely.point_on_surface(there)
    rows = {name: column.tolist() for name, column in values.items()}
    return [
        new_issue(
            code, tiles.layer, place=places[n], shape=there[n], **_called(tiles, who),
            **{name: column[n] for name, column in rows.items()},
        )
        for n, who in enumerate(owners)
    ]  # fmt: skip


def _called(tiles: Tiles, who: np.ndarray) -> dict[str, Any]:
    """What the message calls the polygons: one by `key` and `name`, several by `units`."""
    keys, names = tiles.keys[who].tolist(), tiles.names[who].tolist()
    units = tuple(f"{key} {name}".rstrip() for key, name in zip(keys, names, strict=True))
    only = len(who) == 1
    return {
        "key": keys[0] if only else "", "name": names[0] if only else "",
        "keys": tuple(keys), "units": units or (Term("check.none"),),
    }  # fmt: skip
