"""Large geometries cut into small ones, so that a site meets only what lies near it."""

import numpy as np
import shapely

from lsgis.errors import LayerError

# measured: more in one piece make every cut and distance slower, fewer make more pieces to sift
TILE_VERTICES = 192
EDGE_SEGMENTS = 12
_SMALLEST_M = 0.01  # a box smaller than this is not cut again, however many vertices it holds
_EXACT = 1e-9  # relative difference between the area of a polygon and of its tiles


def tile_polygons(polygons: np.ndarray, owners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cut polygons in halves until no piece has more than TILE_VERTICES.

    Parameters
    ----------
    polygons, owners
        Valid (Multi)Polygons and the row each belongs to.

    Returns
    -------
    tuple
        Tiles (Polygons) and their owners; the tiles of one polygon make it up.

    Raises
    ------
    LayerError
        The tiles do not have the area of the polygons.
    """
    whole = float(shapely.area(polygons).sum())
    parts, index = shapely.get_parts(polygons, return_index=True)
    owner = owners[index]
    done, done_owner = [], []
    while len(parts):
        x0, y0, x1, y1 = shapely.bounds(parts).T
        large = shapely.get_num_coordinates(parts) > TILE_VERTICES
        large &= np.maximum(x1 - x0, y1 - y0) > _SMALLEST_M
        done.append(parts[~large])
        done_owner.append(owner[~large])
        parts, owner = _halved(parts[large], owner[large])
    tiles, owner = np.concatenate(done or [parts]), np.concatenate(done_owner or [owner])
    found = float(shapely.area(tiles).sum())
    if abs(found - whole) > _EXACT * max(whole, 1.0):
        raise LayerError("sitecheck.tiles-differ", expected=whole, found=found)
    order = np.argsort(owner, kind="stable")
    return tiles[order], owner[order]


def _halved(polygons: np.ndarray, owners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both halves of each polygon, cut across the longer side of its box."""
    x0, y0, x1, y1 = shapely.bounds(polygons).T
    wide = x1 - x0 >= y1 - y0
    xm, ym = np.where(wide, (x0 + x1) / 2, x1), np.where(wide, y1, (y0 + y1) / 2)
    first = shapely.intersection(polygons, shapely.box(x0, y0, xm, ym))
    second = shapely.intersection(
        polygons, shapely.box(np.where(wide, xm, x0), np.where(wide, y0, ym), x1, y1)
    )
    parts, index = shapely.get_parts(np.concatenate([first, second]), return_index=True)
    # a cut may leave collections of a polygon and the line along which it touches
    parts, again = shapely.get_parts(parts, return_index=True)
    kept = (shapely.get_dimensions(parts) == 2) & ~shapely.is_empty(parts)
    return parts[kept], np.concatenate([owners, owners])[index[again]][kept]


def split_lines(lines: np.ndarray, owners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cut (Multi)LineStrings into stretches of EDGE_SEGMENTS segments, vertices as they are."""
    parts, index = shapely.get_parts(lines, return_index=True)
    if not len(parts):
        return parts, owners[:0]
    corners, line = shapely.get_coordinates(parts, return_index=True)
    first = np.searchsorted(line, np.arange(len(parts)))
    place = np.arange(len(line)) - first[line]
    last = np.append(np.diff(first), len(line) - first[-1])[line] - 1
    # a vertex between two stretches belongs to both
    both = np.flatnonzero((place > 0) & (place % EDGE_SEGMENTS == 0) & (place < last))
    stretch = place // EDGE_SEGMENTS
    stretch[(place == last) & (place > 0) & (place % EDGE_SEGMENTS == 0)] -= 1
    number = np.cumsum(np.append(0, (np.diff(line) != 0) | (np.diff(stretch) != 0)))
    at = np.insert(np.arange(len(line)), both, both)
    number = np.insert(number, both, number[both] - 1)
    return shapely.linestrings(corners[at], indices=number), owners[
        index[_owner_of(line[at], number)]
    ]


def _owner_of(line: np.ndarray, number: np.ndarray) -> np.ndarray:
    """Line of each stretch: that of its first vertex."""
    return line[np.searchsorted(number, np.arange(number[-1] + 1))]
