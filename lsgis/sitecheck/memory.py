"""An index in memory: pieces and edges of each layer on shelves, built once, asked often."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely

from lsgis.sitecheck.box import apart, closest, meet, widen
from lsgis.sitecheck.feature import NOTHING, Bounds, Close, Feature, Found
from lsgis.sitecheck.index import CheckIndex
from lsgis.sitecheck.subdivide import split_lines, tile_polygons

_FEW = 256  # so many boxes are compared faster than a tree is asked
_FIRST_M = 2_000.0  # reach in which a nearest feature is looked for first; then four times as far


class Shelf:
    """Pieces of one layer, and a tree to find them where there are many."""

    def __init__(self, shapes: np.ndarray, owners: np.ndarray) -> None:
        boxes = np.ascontiguousarray(shapely.bounds(shapes).T)
        self.all = Found(owners, shapes, boxes)
        self.tree = shapely.STRtree(shapes) if len(shapes) > _FEW else None
        self.bounds = (*boxes[:2].min(axis=1), *boxes[2:].max(axis=1)) if len(shapes) else None

    def query(self, bounds: Bounds | None) -> Found:
        """Pieces whose boxes meet a box, in order; all of them for None."""
        if bounds is None or self.bounds is None:
            return self.all
        if not meet(bounds, self.bounds):
            return NOTHING
        if self.tree is not None:
            return self.all.take(np.sort(self.tree.query(shapely.box(*bounds))))
        x0, y0, x1, y1 = self.all.boxes
        across = (x0 <= bounds[2]) & (x1 >= bounds[0])
        return self.all.take((across & (y0 <= bounds[3]) & (y1 >= bounds[1])).nonzero()[0])

    def near(self, geometry: shapely.Geometry) -> Close:
        """Pieces among which are all the nearest to a geometry."""
        if self.tree is None:
            return closest(geometry, self.all)
        bounds = geometry.bounds
        reach, farthest = _FIRST_M, apart(bounds, self.bounds)[1]
        while reach < farthest:
            close = closest(geometry, self.query(widen(bounds, reach)))
            found = min(close.distances, default=math.inf)
            if found <= reach:
                return close
            reach = min(found, 4 * reach)
        return closest(geometry, self.all)


@dataclass(frozen=True)
class MemoryStore:
    """Features and pieces in memory. `rows`: layer -> features; `tiles`, `rims`: layer -> shelf."""

    rows: Mapping[str, Sequence[Feature]]
    tiles: Mapping[str, Shelf]
    rims: Mapping[str, Shelf]

    def feature(self, layer: str, row: int) -> Feature:
        """One row of a layer."""
        return self.rows[layer][row]

    def features(self, layer: str) -> list[Feature]:
        """Every row of a layer, in its order."""
        return list(self.rows[layer])

    def pieces(self, layer: str, bounds: Bounds | None) -> Found:
        """Pieces whose boxes meet a box, in their order; all of them for None."""
        return self.tiles[layer].query(bounds)

    def edges(self, layer: str, bounds: Bounds | None) -> Found:
        """Edges whose boxes meet a box, in their order; all of them for None."""
        return self.rims[layer].query(bounds)

    def near_edges(self, layer: str, geometry: shapely.Geometry) -> Close:
        """Edges among which are all the nearest to a geometry; none if nothing is located."""
        return self.rims[layer].near(geometry)


def keep_in_memory(index: CheckIndex) -> CheckIndex:
    """The same index with every piece in memory: for many sites, or for asking again and again."""
    if isinstance(index.store, MemoryStore):
        return index
    rows, tiles, rims = {}, {}, {}
    for name in index.layers:
        rows[name] = index.store.features(name)
        for shelves, take in ((tiles, index.store.pieces), (rims, index.store.edges)):
            found = take(name, None)
            shelves[name] = Shelf(found.shapes, found.owners)
    return replace(index, store=MemoryStore(rows, tiles, rims))


def shelve(geometries: np.ndarray) -> tuple[Shelf, Shelf]:
    """Tiles and edges of a layer's geometries (None where not located), ready to be asked.

    Parameters
    ----------
    geometries
        One a row, EPSG:9215, valid, no collections.
    """
    rows = np.flatnonzero(~shapely.is_missing(geometries) & ~shapely.is_empty(geometries))
    shapes = geometries[rows]
    dimension = shapely.get_dimensions(shapes)
    flat, line, point = (dimension == n for n in (2, 1, 0))
    tiles, tile_rows = tile_polygons(shapes[flat], rows[flat])
    rims, rim_rows = split_lines(shapely.boundary(shapes[flat]), rows[flat])
    lines, line_rows = split_lines(shapes[line], rows[line])
    points, at = shapely.get_parts(shapes[point], return_index=True)
    rest, rest_rows = np.concatenate([lines, points]), np.concatenate([line_rows, rows[point][at]])
    return (
        Shelf(np.concatenate([tiles, rest]), np.concatenate([tile_rows, rest_rows])),
        Shelf(np.concatenate([rims, rest]), np.concatenate([rim_rows, rest_rows])),
    )
