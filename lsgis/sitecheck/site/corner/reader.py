"""Corner tables from a file or from pasted text."""

from pathlib import Path

import pyproj

from lsgis.errors import SiteError
from lsgis.sitecheck.site.corner.column import find_columns
from lsgis.sitecheck.site.corner.letters import mend_letters
from lsgis.sitecheck.site.corner.sheet import Row, decode, rows_of_text
from lsgis.sitecheck.site.corner.table import Boundary, read_boundary
from lsgis.sitecheck.site.corner.workbook import Page, pages_of_workbook
from lsgis.sitecheck.site.drawing import Drawing, digest_file, digest_text, plain_text, told

WORKBOOKS = {".xlsx", ".xlsm"}
MOST_BYTES = 50_000_000
_FOR_WANT_OF_A_NUMBER = {"site.half-row", "site.row-empty", "site.no-corners"}


def read_corner_text(
    text: str,
    *,
    crs: pyproj.CRS | None,
    order: str | None,
    repair: bool,
    parcel: str | None = None,
) -> Drawing:
    """Boundary from a pasted table.

    Raises
    ------
    SiteError
        See `read_boundary`.
    """
    rows, log = mend_letters(rows_of_text(text), bytewise=False)
    boundary = read_boundary(rows, crs=crs, order=order, repair=repair, parcel=parcel)
    return _drawing(boundary, "", digest_text(text), log)


def read_corner_file(
    path: Path,
    *,
    crs: pyproj.CRS | None,
    order: str | None,
    repair: bool,
    sheet: str | None,
    parcel: str | None = None,
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
        rows, log = _one_sheet(pages_of_workbook(path, sheet), path)
        bytewise = False
    else:
        text, bytewise = decode(path.read_bytes())
        rows, log = rows_of_text(text), []
    rows, letters = mend_letters(rows, bytewise=bytewise)
    try:
        boundary = read_boundary(rows, crs=crs, order=order, repair=repair, parcel=parcel)
    except SiteError as error:
        empty = next((row["found"] for row in log if row["code"] == "site.formulas"), None)
        if empty is None or error.code not in _FOR_WANT_OF_A_NUMBER:
            raise
        raise SiteError("site.not-computed", path=plain_text(path.name), found=empty) from error
    return _drawing(boundary, path.name, digest_file(path), [*log, *letters])


def _drawing(boundary: Boundary, name: str, sha256: str, log: list) -> Drawing:
    return Drawing(
        boundary.polygons,
        boundary.crs,
        "table",
        plain_text(name),
        sha256,
        boundary.step,
        (*log, *boundary.log),
        boundary.area_m2,
    )


def _one_sheet(pages: dict[str, Page], path: Path) -> tuple[list[Row], list]:
    """The one sheet with a corner table; a hidden one only when no other has one."""
    if len(pages) > 1:
        tables = {name: page for name, page in pages.items() if _has_corners(page.rows)}
        shown = {name: page for name, page in tables.items() if page.visible}
        tables = shown or tables
        if len(tables) > 1:
            found = ", ".join(plain_text(name) for name in tables)
            raise SiteError("site.which-sheet", path=path.name, found=found)
        pages = tables or pages
    if not pages:
        raise SiteError("site.no-corners")
    name, page = next(iter(pages.items()))
    return page.rows, [told("site.sheet", sheet=plain_text(name)), *page.log]


def _has_corners(rows: list[Row]) -> bool:
    try:
        return bool(find_columns(mend_letters(rows, bytewise=False)[0]))
    except SiteError:
        return False
