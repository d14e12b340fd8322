"""Pieces that two sets of geometry have in common, measured in their own dimension."""

from dataclasses import dataclass

import numpy as np
import shapely

# Coordinates of EPSG:9215 carry about 5e-10 m; what is thinner than this is their rounding.
ROUNDING_M = 1e-8


@dataclass(frozen=True)
class Pieces:
    """Every piece that a left and a right geometry share, in order of left, then right.

    `left`, `right` are positions; `size` is m² for polygons (`dimension` 2), m for
    lines (1), a count for points (0).
    """

    left: np.ndarray
    right: np.ndarray
    shape: np.ndarray
    dimension: np.ndarray
    size: np.ndarray


def cut_pairs(left: np.ndarray, right: np.ndarray) -> Pieces:
    """Cut every left geometry by every right one.

    A piece has the lower dimension of its two parents, so two polygons that
    share only an edge have none; no piece is too small to count. Missing
    geometries have no piece. Each must be valid and of one dimension.
    """
    i, j = _touching(left, right)
    dimension = np.minimum(shapely.get_dimensions(left[i]), shapely.get_dimensions(right[j]))
    shape = keep_dimension(shapely.intersection(left[i], right[j]), dimension)
    size = measure(shape, dimension)
    kept = size > 0
    return Pieces(i[kept], j[kept], shape[kept], dimension[kept], size[kept])


def _touching(left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions of all pairs that touch: one query, which prepares the heavier side."""
    if _weight(left) >= _weight(right):
        i, j = shapely.STRtree(right).query(left, predicate="intersects")
    else:
        j, i = shapely.STRtree(left).query(right, predicate="intersects")
    order = np.lexsort((j, i))
    return i[order], j[order]


def _weight(shapes: np.ndarray) -> int:
    return int(shapely.get_num_coordinates(shapes).sum())


def keep_dimension(shapes: np.ndarray, dimension: np.ndarray | int) -> np.ndarray:
    """Each geometry without its parts of another dimension; empty when none is left."""
    wanted = np.broadcast_to(dimension, shapes.shape)
    parts, owner = shapely.get_parts(shapes, return_index=True)
    fits = shapely.get_dimensions(parts) == wanted[owner]
    kept = shapes.copy()
    for row in np.unique(owner[~fits]):
        kept[row] = shapely.union_all(parts[fits & (owner == row)])
    return kept


def measure(shapes: np.ndarray, dimension: np.ndarray | int) -> np.ndarray:
    """Size of each geometry: m² (2), m (1), number of points (0); missing or empty is 0.

    A line that runs twice over the same ground counts it once, as its pieces do.
    """
    wanted = np.broadcast_to(dimension, shapes.shape)
    size = np.where(wanted == 2, shapely.area(shapes), 0.0)
    thin = (wanted < 2) & ~shapely.is_missing(shapes)
    if thin.any():
        once = shapely.union_all(shapes[thin].reshape(-1, 1), axis=1)
        count = shapely.get_num_coordinates(once)
        size[thin] = np.where(wanted[thin] == 1, shapely.length(once), count)
    return np.nan_to_num(size)


def columns_of_size(dimension: np.ndarray, size: np.ndarray) -> dict[str, np.ndarray]:
    """Sizes as columns `area_m2` and `length_m`, NaN where a row is of another dimension."""
    return {
        "area_m2": np.where(dimension == 2, size, np.nan),
        "length_m": np.where(dimension == 1, size, np.nan),
    }
