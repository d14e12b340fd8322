"""Corner tables from a file or from pasted text."""

from pathlib import Path

import pyproj

from lsgis.errors import SiteError
from lsgis.sitecheck.corner.column import find_columns
from lsgis.sitecheck.corner.sheet import Row, decode, rows_of_text
from lsgis.sitecheck.corner.table import Boundary, read_boundary
from lsgis.sitecheck.corner.workbook import rows_of_workbook
from lsgis.sitecheck.drawing import Drawing, digest_file, digest_text, plain_text, told

WORKBOOKS = {".xlsx", ".xlsm"}
TEXTS = {".csv", ".tsv", ".txt"}
OLD_SHEETS = {".xls", ".xlsb", ".ods"}
MOST_BYTES = 50_000_000


def read_corner_text(
    text: str, *, crs: pyproj.CRS | None, order: str | None, repair: bool
) -> Drawing:
    """Boundary from a pasted table.

    Raises
    ------
    SiteError
        See `read_boundary`.
    """
    boundary = read_boundary(rows_of_text(text), crs=crs, order=order, repair=repair)
    return _drawing(boundary, "", digest_text(text), ())


def read_corner_file(
    path: Path, *, crs: pyproj.CRS | None, order: str | None, repair: bool, sheet: str | None
) -> Drawing:
    """Boundary from a table in a file: CSV, TSV, TXT, XLSX.

    Raises
    ------
    SiteError
        See `read_boundary`; also a file of another kind, or several sheets to choose from.
    """
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise SiteError("site.table-too-big", path=path.name, found=size, most=MOST_BYTES)
    if path.suffix.lower() in WORKBOOKS:
        rows, log = _one_sheet(rows_of_workbook(path, sheet), path)
    else:
        text, guessed = decode(path.read_bytes())
        rows, log = rows_of_text(text), [told("encoding")] if guessed else []
    boundary = read_boundary(rows, crs=crs, order=order, repair=repair)
    return _drawing(boundary, path.name, digest_file(path), tuple(log))


def _drawing(boundary: Boundary, name: str, sha256: str, log: tuple) -> Drawing:
    return Drawing(
        (boundary.polygon,),
        boundary.crs,
        "table",
        plain_text(name),
        sha256,
        boundary.step,
        (*log, *boundary.log),
    )


def _one_sheet(sheets: dict[str, list[Row]], path: Path) -> tuple[list[Row], list]:
    """The one sheet with a corner table; refuse to choose between several."""
    if len(sheets) > 1:
        tables = {name: rows for name, rows in sheets.items() if _has_corners(rows)}
        if len(tables) > 1:
            found = ", ".join(plain_text(name) for name in tables)
            raise SiteError("site.which-sheet", path=path.name, found=found)
        sheets = tables or sheets
    if not sheets:
        raise SiteError("site.no-corners")
    name, rows = next(iter(sheets.items()))
    return rows, [told("sheet", sheet=plain_text(name))]


def _has_corners(rows: list[Row]) -> bool:
    try:
        return bool(find_columns(rows))
    except SiteError:
        return False
