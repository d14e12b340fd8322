"""An index in memory: one tree of pieces and one of edges a layer, built once, asked often."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely

from lsgis.sitecheck.feature import Bounds, Feature, Found
from lsgis.sitecheck.index import CheckIndex
from lsgis.sitecheck.subdivide import split_lines, tile_polygons

# the tree and a measured distance may differ in the last digits; both stores decide by the latter
_SLACK = 1e-9


class Shelf:
    """Pieces of one layer with the tree that finds them."""

    def __init__(self, shapes: np.ndarray, owners: np.ndarray) -> None:
        self.all = Found(np.arange(len(shapes)), owners, shapes)
        self.tree = shapely.STRtree(shapes)

    def take(self, ids: np.ndarray) -> Found:
        """Pieces of these ids, in order."""
        ids = np.sort(ids)
        return Found(ids, self.all.owners[ids], self.all.shapes[ids])


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
        """Pieces whose boxes meet a box, in order of id; all of them for None."""
        return _query(self.tiles[layer], bounds)

    def edges(self, layer: str, bounds: Bounds | None) -> Found:
        """Edges whose boxes meet a box, in order of id; all of them for None."""
        return _query(self.rims[layer], bounds)

    def near_edges(self, layer: str, geometry: shapely.Geometry) -> Found:
        """Edges of which at least one is the nearest to a geometry; none if nothing is located."""
        shelf = self.rims[layer]
        if not len(shelf.all.ids):
            return shelf.all
        near = shelf.tree.query_nearest(geometry, all_matches=False)
        distance = float(shapely.distance(geometry, shelf.all.shapes[near]).min())
        reach = distance + _SLACK * max(distance, 1.0)
        return shelf.take(shelf.tree.query(geometry, predicate="dwithin", distance=reach))


def _query(shelf: Shelf, bounds: Bounds | None) -> Found:
    return shelf.all if bounds is None else shelf.take(shelf.tree.query(shapely.box(*bounds)))


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
