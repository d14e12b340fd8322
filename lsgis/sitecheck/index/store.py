"""An index as one SQLite file with R*Trees: written whole, checked whole, read where asked."""

import json
import mmap
import sqlite3
import zlib
from contextlib import closing
from pathlib import Path
from typing import Any

import shapely

from lsgis import disk
from lsgis.errors import SourceError
from lsgis.sitecheck.index.check_index import CheckIndex
from lsgis.sitecheck.index.feature import Found
from lsgis.sitecheck.index.file import FileStore

FORMAT = 5  # of the tables below; another one is another file
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


def _fill_shapes(file: sqlite3.Connection, table: str, n: int, found: Found) -> None:
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


def open_index(path: Path) -> CheckIndex:
    """Open the file of an index; pieces are read only where a site lies.

    Raises
    ------
    SourceError
        The file is missing, or one of its bytes is not the one written: an index
        that lost a branch of its tree would find nothing there, and say so.
    """
    try:
        with path.open("rb") as raw, mmap.mmap(raw.fileno(), 0, access=mmap.ACCESS_READ) as content:
            whole = content[_CHECKSUM] == _checksum(content)
        if not whole:
            raise SourceError("sitecheck.index-altered", path=path)
        uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        file = sqlite3.connect(uri, uri=True)
        (mark,) = file.execute("PRAGMA application_id").fetchone()
        told = dict(file.execute("SELECT name, value FROM told"))
        content = json.loads(told["index"])
        if mark != _MARK or content.pop("format") != FORMAT:
            raise SourceError("sitecheck.index-altered", path=path)
    except (OSError, ValueError, KeyError, sqlite3.Error) as error:
        if isinstance(error, SourceError):
            raise
        raise SourceError("sitecheck.no-index", path=path, reason=error) from error
    return CheckIndex(**content, digest=told["digest"], store=FileStore(file, content["layers"]))
