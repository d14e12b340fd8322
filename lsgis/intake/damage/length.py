"""Files that end before they say: FlatGeobuf, MIF, DXF cut where a reader sees no fault."""

import re
from pathlib import Path

import pyogrio

Lost = tuple[int, str]
_END = re.compile(rb"^\s*EOF\s*$", re.MULTILINE)
_BINARY_DXF = b"AutoCAD Binary DXF"


def lost_at_the_end(path: Path, count: int) -> list[Lost]:
    """Features a file says it holds behind the last one read: (number from 1, reason)."""
    stated = {".fgb": _stated_by_header, ".mif": _rows_of_mid}.get(path.suffix.lower())
    total = stated(path) if stated else 0
    return [(number, "cut off with the end of the file") for number in range(count + 1, total + 1)]


def has_no_end(path: Path) -> bool:
    """Whether a DXF in text lacks its last line, EOF: what stood behind it nobody knows."""
    if path.suffix.lower() != ".dxf":
        return False
    raw = path.read_bytes()
    return not raw.startswith(_BINARY_DXF) and not _END.search(raw)


def lacks_rows(path: Path) -> bool:
    """Whether a .mif has no .mid beside it: shapes without attributes, and no count of them."""
    return path.suffix.lower() == ".mif" and not _mid(path)


def _mid(path: Path) -> Path | None:
    beside = (path.with_suffix(suffix) for suffix in (".mid", ".MID", ".Mid"))
    return next((file for file in beside if file.exists()), None)


def _stated_by_header(path: Path) -> int:
    return max(int(pyogrio.read_info(path)["features"]), 0)


def _rows_of_mid(path: Path) -> int:
    """Rows of the .mid beside a .mif: one a feature."""
    beside = _mid(path)
    return sum(bool(line.strip()) for line in beside.read_bytes().splitlines()) if beside else 0
