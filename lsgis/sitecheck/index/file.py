"""Features and pieces in a file: each read when a site lies near it, features kept once read."""

import json
import math
import sqlite3
from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely

from lsgis.sitecheck.index.box import apart, meet, shortest_way, widen
from lsgis.sitecheck.index.feature import NOTHING, Bounds, Feature, Found, Way

_FIRST_M = 2_000.0  # reach in which a nearest feature is looked for first; then four times as far
_LISTS = ("commune_codes", "sources", "clauses")


class FileStore:
    """A store on an open SQLite file (tables: see `store.py`); `cards` of its layers in order."""

    def __init__(self, file: sqlite3.Connection, cards: Mapping[str, Mapping[str, Any]]) -> None:
        self._file = file
        self._read: dict[tuple[str, int], Feature] = {}
        self._numbers = {name: n for n, name in enumerate(cards)}
        self._flat = {name: card["geometry"] == "Polygon" for name, card in cards.items()}
        self._bounds = {name: card["bounds"] for name, card in cards.items()}

    def feature(self, layer: str, row: int) -> Feature:
        """One row of a layer."""
        if (layer, row) not in self._read:
            query = "SELECT value FROM feature WHERE layer = ? AND row = ?"
            (value,) = self._file.execute(query, (self._numbers[layer], row)).fetchone()
            self._read[layer, row] = _feature(value)
        return self._read[layer, row]

    def features(self, layer: str) -> list[Feature]:
        """Every row of a layer, in its order."""
        query = "SELECT value FROM feature WHERE layer = ? ORDER BY row"
        return [_feature(value) for (value,) in self._file.execute(query, [self._numbers[layer]])]

    def has_ground(self, layer: str) -> bool:
        """Whether a layer is made of polygons."""
        return self._flat[layer]

    def around(self, layer: str, bounds: Bounds | None) -> tuple[Found, Found]:
        """Pieces and edges whose boxes meet a box, in their order; all of them for None."""
        pieces = self._take("piece", layer, bounds)
        return pieces, self._take("edge", layer, bounds) if self._flat[layer] else pieces

    def way(self, layer: str, geometry: shapely.Geometry, bounds: Bounds) -> Way | None:
        """The shortest way from a geometry to an edge; None if nothing is located."""
        if self._bounds[layer] is None:
            return None
        reach, farthest = _FIRST_M, apart(bounds, self._bounds[layer])[1]
        while reach < farthest:
            way = shortest_way(geometry, bounds, self._edges(layer, widen(bounds, reach)))
            if way is not None and way.distance_m <= reach:
                return way
            reach = min(4 * reach, way.distance_m) if way is not None else 4 * reach
        return shortest_way(geometry, bounds, self._edges(layer, None))

    def _edges(self, layer: str, bounds: Bounds | None) -> Found:
        return self._take("edge" if self._flat[layer] else "piece", layer, bounds)

    def _take(self, table: str, layer: str, bounds: Bounds | None) -> Found:
        here = self._bounds[layer]
        if here is None or (bounds and not meet(bounds, here)):
            return NOTHING
        n = self._numbers[layer]
        x0, y0, x1, y1 = bounds or (-math.inf, -math.inf, math.inf, math.inf)
        query = (
            f"SELECT t.row, t.wkb FROM {table}_box b JOIN {table} t ON t.id = b.id "
            "WHERE b.l0 >= ? AND b.l1 <= ? AND b.x0 <= ? AND b.x1 >= ? AND b.y0 <= ? "
            "AND b.y1 >= ? ORDER BY t.id"
        )
        rows = self._file.execute(query, (n, n, x1, x0, y1, y0)).fetchall()
        if not rows:
            return NOTHING
        owners, wkb = zip(*rows, strict=True)
        shapes = shapely.from_wkb(np.array(wkb, dtype=object))
        return Found(np.array(owners), shapes, shapely.bounds(shapes).T)


def _feature(value: str) -> Feature:
    told = json.loads(value)
    return Feature(**{**told, **{name: tuple(told[name]) for name in _LISTS}})
