"""Where pieces lie: in memory, or in one SQLite file."""

import json
import math
import mmap
import sqlite3
import weakref
import zlib
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import shapely

from lsgis import disk
from lsgis.combine.common_ground import (
    NO_PIECES,
    ROUNDING_M,
    TILE_VERTICES,
    Pieces,
    half_boxes,
)
from lsgis.combine.plausible import intersect
from lsgis.errors import LayerError, SourceError
from lsgis.region import Region, read_region
from lsgis.sitecheck.index import Bounds, CheckIndex, Feature, Way, describe_region

# Boxes: min easting, min northing, max easting, max northing, metres.


def widen(bounds: Bounds, metres: float) -> Bounds:
    """A box grown by so much on every side."""
    x0, y0, x1, y1 = bounds
    return (x0 - metres, y0 - metres, x1 + metres, y1 + metres)


def meet(one: Bounds, other: Bounds) -> bool:
    """Whether two boxes have a point in common."""
    across = one[0] <= other[2] and other[0] <= one[2]
    return across and one[1] <= other[3] and other[1] <= one[3]


def apart(one: Bounds, other: Bounds) -> tuple[float, float]:
    """Least and greatest distance (m) between a point of one box and a point of another."""
    across = (other[0] - one[2], one[0] - other[2])
    along = (other[1] - one[3], one[1] - other[3])
    least = math.hypot(max(*across, 0.0), max(*along, 0.0))
    most = math.hypot(
        max(other[2] - one[0], one[2] - other[0]), max(other[3] - one[1], one[3] - other[1])
    )
    return least, most


def apart_each(bounds: Bounds, boxes: np.ndarray) -> np.ndarray:
    """Least distance (m) between a point of one box and a point of each of many, as in `Pieces`."""
    x0, y0, x1, y1 = bounds
    a0, b0, a1, b1 = boxes
    across, along = np.maximum(x0 - a1, a0 - x1), np.maximum(y0 - b1, b0 - y1)
    return np.hypot(np.maximum(across, 0.0), np.maximum(along, 0.0))


def shortest_way(geometry: shapely.Geometry, bounds: Bounds, edges: Pieces) -> Way | None:
    """The shortest way from a geometry (and its box) to edges; of several, the first in order."""
    if not len(edges.owners):
        return None
    least = apart_each(bounds, edges.boxes)
    order = np.argsort(least, kind="stable")  # nearest boxes first: few are measured
    best = (math.inf, -1, -1)
    for n in order.tolist():
        if least[n] > best[0] + ROUNDING_M:
            break
        best = min(best, (geometry.distance(edges.shapes[n]), int(edges.owners[n]), n))
    distance, row, n = best
    return Way(distance, row, edges.shapes[n])


# Large geometries cut into small ones, so that a site meets only what lies near it.

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
    boxes, _, _ = half_boxes(polygons)
    both = [shapely.intersection(polygons, half) for half in boxes]
    made = shapely.area(both).sum(axis=0)
    wrong = np.abs(made - shapely.area(polygons)) > ROUNDING_M * shapely.length(polygons)
    for half, box in zip(both, boxes, strict=True):
        half[wrong] = intersect(polygons[wrong], box[wrong]).shape  # what is lost lacks below
    parts, index = shapely.get_parts(np.concatenate(both), return_index=True)
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


# An index in memory: pieces and edges of each layer on shelves, built once, asked often.

_FEW = 256  # so many boxes are compared faster than a tree is asked
_FIRST_M = 2_000.0  # reach in which a nearest feature is looked for first; then four times as far


Shapes: TypeAlias = tuple[np.ndarray, np.ndarray]  # shapes, the rows they belong to


class Shelf:
    """Tiles and rims of one layer, and a tree to find them where there are many.

    Of lines and points, the pieces are their own edges: there are no rims.
    """

    def __init__(self, pieces: Shapes, edges: Shapes | None = None) -> None:
        both = [pieces] if edges is None else [pieces, edges]
        shapes, owners = (np.concatenate([pair[n] for pair in both]) for n in (0, 1))
        boxes = np.ascontiguousarray(shapely.bounds(shapes).T)
        self.all = Pieces(owners.astype(int), shapes, boxes)
        self.split = None if edges is None else len(pieces[0])
        self.edges = (
            self.all if edges is None else self.all.take(np.arange(len(pieces[0]), len(owners)))
        )
        self.tree = shapely.STRtree(shapes) if len(shapes) > _FEW else None
        self.bounds: Bounds | None = None
        if len(shapes):
            (x0, y0), (x1, y1) = boxes[:2].min(axis=1), boxes[2:].max(axis=1)
            self.bounds = (x0, y0, x1, y1)

    def around(self, bounds: Bounds | None) -> tuple[Pieces, Pieces]:
        """Pieces and edges whose boxes meet a box, in order; all of them for None."""
        if self.bounds is None or (bounds is not None and not meet(bounds, self.bounds)):
            return NO_PIECES, NO_PIECES
        if bounds is None:
            if self.split is None:
                return self.all, self.all
            return self.all.take(np.arange(self.split)), self.edges
        ids = self._meeting(bounds)
        if not len(ids):
            return NO_PIECES, NO_PIECES
        if self.split is None:
            found = self.all.take(ids)
            return found, found
        n = int(ids.searchsorted(self.split))
        pieces = self.all.take(ids[:n]) if n else NO_PIECES
        return pieces, self.all.take(ids[n:]) if n < len(ids) else NO_PIECES

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

    def around(self, layer: str, bounds: Bounds | None) -> tuple[Pieces, Pieces]:
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
        One a row, metres of one plane, valid, all of one dimension.
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


# Features and pieces in a file: each read when a site lies near it, features kept once read.

_LISTS = ("commune_codes", "sources", "clauses")


class FileStore:
    """A store on an open SQLite file (tables: see `store.py`); `cards` of its layers in order."""

    def __init__(
        self, path: Path, file: sqlite3.Connection, cards: Mapping[str, Mapping[str, Any]]
    ) -> None:
        self._path, self._file, self._cards = path, file, cards
        weakref.finalize(self, file.close)  # an index that is no longer asked holds no file
        self._read: dict[tuple[str, int], Feature] = {}
        self._numbers = {name: n for n, name in enumerate(cards)}
        self._flat = {name: card["geometry"] == "Polygon" for name, card in cards.items()}
        self._bounds = {name: card["bounds"] for name, card in cards.items()}

    def __reduce__(self) -> tuple[Any, ...]:
        """In another process: the same file, held to its checksum again."""
        return _open_store, (self._path, self._cards)

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

    def around(self, layer: str, bounds: Bounds | None) -> tuple[Pieces, Pieces]:
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

    def _edges(self, layer: str, bounds: Bounds | None) -> Pieces:
        return self._take("edge" if self._flat[layer] else "piece", layer, bounds)

    def _take(self, table: str, layer: str, bounds: Bounds | None) -> Pieces:
        here = self._bounds[layer]
        if here is None or (bounds and not meet(bounds, here)):
            return NO_PIECES
        n = self._numbers[layer]
        x0, y0, x1, y1 = bounds or (-math.inf, -math.inf, math.inf, math.inf)
        query = (
            f"SELECT t.row, t.wkb FROM {table}_box b JOIN {table} t ON t.id = b.id "
            "WHERE b.l0 >= ? AND b.l1 <= ? AND b.x0 <= ? AND b.x1 >= ? AND b.y0 <= ? "
            "AND b.y1 >= ? ORDER BY t.id"
        )
        rows = self._file.execute(query, (n, n, x1, x0, y1, y0)).fetchall()
        if not rows:
            return NO_PIECES
        owners, wkb = zip(*rows, strict=True)
        shapes = shapely.from_wkb(np.array(wkb, dtype=object))
        return Pieces(np.array(owners), shapes, shapely.bounds(shapes).T)


def _open_store(path: Path, cards: Mapping[str, Mapping[str, Any]]) -> FileStore:
    try:
        _require_unaltered(path)
        return FileStore(path, _open_file(path), cards)
    except (OSError, ValueError, sqlite3.Error) as error:
        if isinstance(error, SourceError):
            raise
        raise SourceError("sitecheck.no-index", path=path, reason=error) from error


def _open_file(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)


def _feature(value: str) -> Feature:
    told = json.loads(value)
    return Feature(**{**told, **{name: tuple(told[name]) for name in _LISTS}})


# An index as one SQLite file with R*Trees: written whole, checked whole, read where asked.

FORMAT = 8  # of the tables below; another one is another file
_MARK = 0x6C736769  # "lsgi": the application id of the file
_CHECKSUM = slice(60, 64)  # SQLite's user version: it holds the checksum of all other bytes
_TABLES = """
    PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA page_size = 8192;
    CREATE TABLE told (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
    CREATE TABLE feature (layer INTEGER, row INTEGER, value TEXT, PRIMARY KEY (layer, row))
        WITHOUT ROWID;
    CREATE TABLE piece (id INTEGER PRIMARY KEY, row INTEGER, wkb BLOB);
    CREATE TABLE edge (id INTEGER PRIMARY KEY, row INTEGER, wkb BLOB);
    CREATE VIRTUAL TABLE piece_box USING rtree (id, x0, x1, y0, y1, l0, l1);
    CREATE VIRTUAL TABLE edge_box USING rtree (id, x0, x1, y0, y1, l0, l1);
"""


def write_index(index: CheckIndex, path: Path) -> None:
    """Write an index as one file: the whole of it, or nothing.

    Parameters
    ----------
    index
        An index in memory, from `build_index`.
    path
        File to write; one that is there is replaced.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    with disk.whole_file(path, code="sitecheck.unwritable") as aside:
        with closing(sqlite3.connect(aside)) as file, file:
            file.executescript(_TABLES)
            file.execute(f"PRAGMA application_id = {_MARK}")
            _fill(file, index)
        content = bytearray(aside.read_bytes())
        content[_CHECKSUM] = _checksum(content)
        aside.write_bytes(content)


def _fill(file: sqlite3.Connection, index: CheckIndex) -> None:
    told = {name: getattr(index, name) for name in ("layers", "registers", "parts", "inputs")}
    file.execute("INSERT INTO told VALUES ('index', ?)", [_json({"format": FORMAT, **told})])
    file.execute("INSERT INTO told VALUES ('digest', ?)", [index.digest])
    for n, layer in enumerate(index.layers):
        rows = ((n, f.row, _json(vars(f))) for f in index.features(layer))
        file.executemany("INSERT INTO feature VALUES (?, ?, ?)", rows)
        pieces, edges = index.store.around(layer, None)
        _fill_shapes(file, "piece", n, pieces)
        if edges is not pieces:
            _fill_shapes(file, "edge", n, edges)


def _fill_shapes(file: sqlite3.Connection, table: str, n: int, found: Pieces) -> None:
    (first,) = file.execute(f"SELECT coalesce(max(id) + 1, 0) FROM {table}").fetchone()
    ids = range(first, first + len(found.owners))
    wkb = shapely.to_wkb(found.shapes).tolist()
    rows = zip(ids, found.owners.tolist(), wkb, strict=True)
    file.executemany(f"INSERT INTO {table} VALUES (?, ?, ?)", rows)
    boxes = zip(ids, found.boxes.T.tolist(), strict=True)
    inserts = ((i, x0, x1, y0, y1, n, n) for i, (x0, y0, x1, y1) in boxes)
    file.executemany(f"INSERT INTO {table}_box VALUES (?, ?, ?, ?, ?, ?, ?)", inserts)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=dict)


def _checksum(content: Any) -> bytes:
    """CRC-32 of a file's bytes, its own place left out."""
    view = memoryview(content)
    crc = zlib.crc32(view[_CHECKSUM.stop :], zlib.crc32(view[: _CHECKSUM.start]))
    return crc.to_bytes(4, "big")


def open_index(path: Path, *, region: Region | None = None) -> CheckIndex:
    """Open the file of an index; pieces are read only where a site lies.

    Parameters
    ----------
    path
        File that `write_index` or `require_index` made.
    region
        Whose index it is; the region that travels with lsgis when None.

    Raises
    ------
    SourceError
        The file is missing, one of its bytes is not the one written (an index
        that lost a branch of its tree would find nothing there, and say so), or it
        is the index of another region, or of one measured in another way.
    """
    region = region or read_region()
    try:
        _require_unaltered(path)
        file = _open_file(path)
        (mark,) = file.execute("PRAGMA application_id").fetchone()
        told = dict(file.execute("SELECT name, value FROM told"))
        content = json.loads(told["index"])
        if mark != _MARK or content.pop("format") != FORMAT:
            file.close()
            raise SourceError("sitecheck.index-altered", path=path)
    except (OSError, ValueError, KeyError, sqlite3.Error) as error:
        if isinstance(error, SourceError):
            raise
        raise SourceError("sitecheck.no-index", path=path, reason=error) from error
    _require_region(path, content["inputs"]["region"], region)
    store = FileStore(path, file, content["layers"])
    return CheckIndex(**content, digest=told["digest"], store=store, region=region)


def _require_unaltered(path: Path) -> None:
    """Refuse a file of which one byte is not the one written."""
    with path.open("rb") as raw, mmap.mmap(raw.fileno(), 0, access=mmap.ACCESS_READ) as content:
        whole = content[_CHECKSUM] == _checksum(content)
    if not whole:
        raise SourceError("sitecheck.index-altered", path=path)


def _require_region(path: Path, found: Mapping[str, Any], region: Region) -> None:
    """Refuse the index of another region: its code, CRS and datum operation stand in the file."""
    mine = describe_region(region)
    if found != mine:
        told = [
            ", ".join(row[name] for name in ("code", "crs", "operation")) for row in (mine, found)
        ]
        raise SourceError("sitecheck.index-region", path=path, expected=told[0], found=told[1])
