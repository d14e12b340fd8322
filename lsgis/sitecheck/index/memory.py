"""An index in memory: pieces and edges of each layer on shelves, built once, asked often."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely

from lsgis.sitecheck.index.box import apart, meet, shortest_way, widen
from lsgis.sitecheck.index.check_index import CheckIndex
from lsgis.sitecheck.index.feature import NOTHING, Bounds, Feature, Found, Way
from lsgis.sitecheck.index.subdivide import split_lines, tile_polygons

_FEW = 256  # so many boxes are compared faster than a tree is asked
_FIRST_M = 2_000.0  # reach in which a nearest feature is looked for first; then four times as far


class Shelf:
    """Tiles and rims of one layer, and a tree to find them where there are many.

    Of lines and points, the pieces are their own edges: there are no rims.
    """

    def __init__(self, pieces: tuple, edges: tuple | None = None) -> None:
        shapes, owners = (
            np.concatenate(both) for both in zip(pieces, edges or ([], []), strict=True)
        )
        boxes = np.ascontiguousarray(shapely.bounds(shapes).T)
        self.all = Found(owners.astype(int), shapes, boxes)
        self.split = None if edges is None else len(pieces[0])
        self.edges = (
            self.all if edges is None else self.all.take(np.arange(len(pieces[0]), len(owners)))
        )
        self.tree = shapely.STRtree(shapes) if len(shapes) > _FEW else None
        self.bounds: Bounds | None = None
        if len(shapes):
            (x0, y0), (x1, y1) = boxes[:2].min(axis=1), boxes[2:].max(axis=1)
            self.bounds = (x0, y0, x1, y1)

    def around(self, bounds: Bounds | None) -> tuple[Found, Found]:
        """Pieces and edges whose boxes meet a box, in order; all of them for None."""
        if self.bounds is None or (bounds is not None and not meet(bounds, self.bounds)):
            return NOTHING, NOTHING
        if bounds is None:
            if self.split is None:
                return self.all, self.all
            return self.all.take(np.arange(self.split)), self.edges
        ids = self._meeting(bounds)
        if not len(ids):
            return NOTHING, NOTHING
        if self.split is None:
            found = self.all.take(ids)
            return found, found
        n = int(ids.searchsorted(self.split))
        pieces = self.all.take(ids[:n]) if n else NOTHING
        return pieces, self.all.take(ids[n:]) if n < len(ids) else NOTHING

    def _meeting(self, bounds: Bounds) -> np.ndarray:
        """Numbers of the pieces and edges whose boxes meet a box, in order."""
        if self.tree is not None:
            ids = self.tree.query(np.array([shapely.box(*bounds)]))[1]
            ids.sort()
            return ids
        x0, y0, x1, y1 = self.all.boxes
        across = (x0 <= bounds[2]) & (x1 >= bounds[0])
        return (across & (y0 <= bounds[3]) & (y1 >= bounds[1])).nonzero()[0]

    def way(self, geometry: shapely.Geometry, bounds: Bounds) -> Way | None:
        """The shortest way from a geometry to an edge; None if there is none."""
        if self.tree is None or self.bounds is None:
            return shortest_way(geometry, bounds, self.edges)
        reach, farthest = _FIRST_M, apart(bounds, self.bounds)[1]
        while reach < farthest:
            ids = self._meeting(widen(bounds, reach))
            edges = self.all.take(ids[ids.searchsorted(self.split or 0) :])
            way = shortest_way(geometry, bounds, edges)
            if way is not None and way.distance_m <= reach:
                return way
            reach = min(4 * reach, way.distance_m) if way is not None else 4 * reach
        return shortest_way(geometry, bounds, self.edges)


@dataclass(frozen=True)
class MemoryStore:
    """Features and pieces in memory, by layer."""

    rows: Mapping[str, Sequence[Feature]]
    shelves: Mapping[str, Shelf]

    def feature(self, layer: str, row: int) -> Feature:
        """One row of a layer."""
        return self.rows[layer][row]

    def features(self, layer: str) -> list[Feature]:
        """Every row of a layer, in its order."""
        return list(self.rows[layer])

    def has_ground(self, layer: str) -> bool:
        """Whether a layer is made of polygons."""
        return self.shelves[layer].split is not None

    def around(self, layer: str, bounds: Bounds | None) -> tuple[Found, Found]:
        """Pieces and edges whose boxes meet a box, in their order; all of them for None."""
        return self.shelves[layer].around(bounds)

    def way(self, layer: str, geometry: shapely.Geometry, bounds: Bounds) -> Way | None:
        """The shortest way from a geometry to an edge; None if nothing is located."""
        return self.shelves[layer].way(geometry, bounds)


def keep_in_memory(index: CheckIndex) -> CheckIndex:
    """The same index with every piece in memory: for many sites, or for asking again and again."""
    if isinstance(index.store, MemoryStore):
        return index
    rows = {name: index.store.features(name) for name in index.layers}
    shelves = {}
    for name in index.layers:
        pieces, edges = index.store.around(name, None)
        same = pieces is edges
        rims = None if same else (edges.shapes, edges.owners)
        shelves[name] = Shelf((pieces.shapes, pieces.owners), rims)
    return replace(index, store=MemoryStore(rows, shelves))


def shelve(geometries: np.ndarray) -> Shelf:
    """Pieces and edges of a layer's geometries (None where not located), ready to be asked.

    Parameters
    ----------
    geometries
        One a row, EPSG:9215, valid, all of one dimension.
    """
    rows = np.flatnonzero(~shapely.is_missing(geometries) & ~shapely.is_empty(geometries))
    shapes = geometries[rows]
    dimension = int(shapely.get_dimensions(shapes).max(initial=-1))
    if dimension == 2:
        return Shelf(tile_polygons(shapes, rows), split_lines(shapely.boundary(shapes), rows))
    if dimension == 1:
        return Shelf(split_lines(shapes, rows))
    points, at = shapely.get_parts(shapes, return_index=True)
    return Shelf((points, rows[at]))
