"""Bảng kê tọa độ góc ranh: from a file or pasted text to the rings of a site."""

import csv
import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
from shapely.geometry import Polygon

from lsgis.crs import name_crs, plane_of
from lsgis.errors import LayerError, SiteError
from lsgis.intake.cells import BROKEN, Sheet, cut, decode, read_workbook, sheet_of_text
from lsgis.intake.notation import readings
from lsgis.region import Region
from lsgis.sitefile.corner_column import (
    Columns,
    Row,
    find_columns,
    is_easting,
    is_northing,
    join_words,
    other_headings,
)
from lsgis.sitefile.corner_parcel import (
    Ring,
    choose_parcel,
    hold_areas,
    split_parcels,
    tell_overlaps,
    tell_parcels,
    tell_signs,
)
from lsgis.sitefile.corner_ring import are_degrees, make_rings, place_corners
from lsgis.sitefile.corner_row import read_rows
from lsgis.sitefile.corner_title import find_system, named_places, require_agreement
from lsgis.sitefile.soundness import RawSite, tell_default
from lsgis.text import Log, LogRow, log_row, plain_text

if TYPE_CHECKING:  # tables of old letters, read only where a cell is not in ASCII
    from lsgis.intake.encoding import Reading

MOST_BYTES = 50_000_000
MOST_ROWS = 250_000
WORKBOOKS = {".xlsx", ".xlsm"}
_FOR_WANT_OF_A_NUMBER = {"site.half-row", "site.row-empty", "site.no-corners"}


def read_corner_text(
    text: str,
    crs: pyproj.CRS | None,
    region: Region,
    *,
    order: str | None = None,
    repair: bool = False,
    parcel: str | None = None,
) -> RawSite:
    """Site from a pasted table; parameters and refusals as of `read_boundary`."""
    rows, log = mend_letters(rows_of_text(text), bytewise=False)
    boundary = read_boundary(rows, crs, region, order=order, repair=repair, parcel=parcel)
    return _raw_site(
        boundary, "", text.encode("utf-8", "surrogateescape"), log, of_caller=crs is not None
    )


def read_corner_file(
    path: Path,
    crs: pyproj.CRS | None,
    region: Region,
    *,
    order: str | None = None,
    repair: bool = False,
    sheet: str | None = None,
    parcel: str | None = None,
) -> RawSite:
    """Site from a table in a file: CSV, TSV, TXT, XLSX.

    Raises
    ------
    SiteError
        See `read_boundary`; also a file of another kind, or several sheets to choose from.
    """
    table = read_table_rows(path, sheet)
    boundary = read_table_boundary(table, crs, region, order=order, repair=repair, parcel=parcel)
    return _raw_site(boundary, table.name, table.raw, [], of_caller=crs is not None)


@dataclass(frozen=True)
class TableRows:
    """Rows of a table file with their letters mended, its bytes, and what was told on the way."""

    name: str
    rows: list[Row]
    raw: bytes
    log: Log


def read_table_rows(path: Path, sheet: str | None) -> TableRows:
    """Rows of a CSV, TSV, TXT or XLSX file; of a workbook the one sheet with a corner table.

    Raises
    ------
    SiteError
        Too big, no table, no workbook, or several sheets to choose from.
    """
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise SiteError("site.table-too-big", path=path.name, found=size, most=MOST_BYTES)
    raw, bytewise = path.read_bytes(), False
    if path.suffix.lower() in WORKBOOKS:
        rows, log = _one_sheet(pages_of_workbook(path, sheet), path)
    else:
        text, bytewise = decode(raw)
        rows, log = rows_of_text(text, name=path.name), []
    rows, letters = mend_letters(rows, bytewise=bytewise)
    return TableRows(plain_text(path.name), rows, raw, [*log, *letters])


def read_table_boundary(
    table: TableRows, crs: pyproj.CRS | None, region: Region, **how: Any
) -> "Boundary":
    """The boundary in the rows of a file; `how`, and refusals, as of `read_boundary`.

    Raises
    ------
    SiteError
        Also where numbers are wanting because nobody has computed the formulas.
    """
    try:
        boundary = read_boundary(table.rows, crs, region, **how)
    except SiteError as error:
        empty = next((row["found"] for row in table.log if row["code"] == "site.formulas"), None)
        if empty is None or error.code not in _FOR_WANT_OF_A_NUMBER:
            raise
        raise SiteError("site.not-computed", path=table.name, found=empty) from error
    return replace(boundary, log=(*table.log, *boundary.log))


def _raw_site(boundary: "Boundary", name: str, raw: bytes, log: Log, *, of_caller: bool) -> RawSite:
    return RawSite(
        boundary.polygons,
        boundary.crs,
        "table",
        name,
        hashlib.sha256(raw).hexdigest(),
        boundary.step,
        (*log, *boundary.log),
        boundary.area_m2,
        of_caller,
    )


# From rows of cells to rings.


@dataclass(frozen=True)
class Boundary:
    """The rings of a table, in its own reference system."""

    polygons: tuple[Polygon, ...]
    crs: pyproj.CRS
    step: float
    log: tuple[dict[str, object], ...]
    area_m2: float | None = None  # what the table states of all that was read
    rings: tuple[Ring, ...] = ()  # what the polygons are made of, in their order
    cells: tuple[Mapping[str, tuple[object, ...]], ...] = ()  # of each: heading -> what it says
    is_stated: bool = True  # the caller or the table names the system; else it is the default


def read_boundary(
    rows: list[Row],
    crs: pyproj.CRS | None,
    region: Region,
    *,
    order: str | None = None,
    repair: bool = False,
    parcel: str | None = None,
) -> Boundary:
    """Read the boundary a corner table describes: one ring, or one for each parcel.

    Parameters
    ----------
    rows
        Rows of the whole sheet, titles and notes too.
    crs
        Reference system of the coordinates. None for the plane of the region, unless
        the table itself says otherwise; then the log tells.
    region
        In whose plane areas and lengths are measured.
    order
        What X and Y, or two columns without heading, are: "northing,easting"
        (as Vietnamese tables print them; the default) or "easting,northing".
    repair
        Let a ring that crosses itself pass, for the caller to mend.
    parcel
        Name or number of the one parcel to read; without it all of them.

    Raises
    ------
    SiteError
        The table cannot be read, or a ring is wrong; rows and points are named.
    """
    columns = find_columns(rows, degrees=crs is not None and crs.is_geographic)
    found = read_rows(rows, columns)
    parcels = split_parcels(found)
    texts = list(dict.fromkeys(text for one in parcels for text in one.texts))
    in_degrees = find_system(texts, degrees=are_degrees(found.corners))
    system = crs or in_degrees or plane_of(region)
    named = require_agreement(texts, system, region, stated=crs is not None)
    places = place_corners(found.corners, columns.pair, system, region, order)
    step = 10.0**-found.decimals
    rings, log = make_rings(parcels, places, system, region, step=step, repair=repair)
    chosen = choose_parcel([ring.name for ring in rings], parcel)
    area_m2, held = hold_areas(rings, chosen, found, region)
    if len(rings) > 1:
        log += tell_signs(parcels) + tell_parcels(rings, chosen)
        log += tell_overlaps([(ring.name, Polygon(ring.places)) for ring in rings], system, region)
    count = sum(len(rings[index].places) for index in chosen)
    first = [log_row("site.table", corners=count, columns=_layout(columns)), *found.log]
    if order:
        log.append(log_row("site.order-stated", order=order))
    log += _tell_system(rings, crs, system, region, named=named) + held + named_places(texts)
    read = tuple(rings[index] for index in chosen)
    return Boundary(
        tuple(Polygon(ring.places) for ring in read),
        system,
        step,
        (*first, *log),
        area_m2,
        read,
        _cells(read, rows, columns),
        is_stated=crs is not None or named or system.is_geographic,
    )


def _cells(
    rings: tuple[Ring, ...], rows: list[Row], columns: Columns
) -> tuple[Mapping[str, tuple[object, ...]], ...]:
    """What stands beside the corners of each parcel, each different cell once, by heading."""
    headings = other_headings(rows, columns)
    numbered = {row.number: row for row in rows}
    found = []
    for ring in rings:
        own = [numbered[number] for number in {c.row: None for c in ring.parcel.corners}]
        beside = {
            heading: [cell for row in own if (cell := row.cell(index)) is not None]
            for index, heading in headings.items()
        }
        found.append({heading: tuple(dict.fromkeys(cells)) for heading, cells in beside.items()})
    return tuple(found)


def _tell_system(
    rings: list[Ring],
    crs: pyproj.CRS | None,
    system: pyproj.CRS,
    region: Region,
    *,
    named: bool,
) -> Log:
    if crs is not None:
        return []
    if named or system.is_geographic:
        return [log_row("site.crs-of-table", crs=name_crs(system))]
    every = np.vstack([ring.places for ring in rings])
    (west, south), (east, north) = every.min(axis=0).tolist(), every.max(axis=0).tolist()
    return [tell_default((west, south, east, north), region)]


def _layout(columns: Columns) -> str:
    names = " / ".join(columns.pair) if columns.width else "-"
    return names if len(columns.blocks) == 1 else f"{len(columns.blocks)} × {names}"


# Rows of a text, parted by the delimiter that makes most of them corners.

_MARKS = ("\t", ";", "|", ",", "  ", " ")


def rows_of_text(text: str, *, name: str = "text") -> list[Row]:
    """Rows of a text, parted by the delimiter that makes most of them corners.

    Raises
    ------
    SiteError
        It is no text, cannot be parted, or has more than MOST_ROWS lines.
    """
    if "\0" in text:
        raise SiteError("site.no-table", reason="NUL")
    lines = text.lstrip("\ufeff").splitlines()
    if len(lines) > MOST_ROWS:
        raise SiteError("site.too-many-rows", found=len(lines), most=MOST_ROWS)
    try:
        return _rows(sheet_of_text(lines, _MARKS, _count_corners, name=name))
    except csv.Error as error:
        raise SiteError("site.no-table", reason=plain_text(error)) from error


def _count_corners(lines: list[str], mark: str) -> tuple[int, int]:
    """How many lines hold a pair of coordinates, and how many two numbers."""
    pairs = numbers = 0
    for row in _rows(cut(lines, mark)):
        values = [[n.value for n in readings(str(cell))] for cell in row.filled]
        values = [ways for ways in values if ways]
        east = sum(any(is_easting(v) for v in ways) for ways in values)
        north = sum(any(is_northing(v) for v in ways) for ways in values)
        pairs += bool(east and north)
        numbers += len(values) > 1
    return pairs, numbers


def _rows(sheet: Sheet) -> list[Row]:
    if sheet.mark == " ":  # words of a heading were parted, too
        return [Row(n, tuple(join_words([*cells])), " ") for n, cells in sheet.numbered]
    return [Row(number, cells, sheet.mark) for number, cells in sheet.numbered]


# Rows of cells from a workbook, with what it hides.

_MOST_NAMED = 10


@dataclass(frozen=True)
class Page:
    """One sheet that holds anything, and what is told of it."""

    rows: list[Row]
    visible: bool
    log: tuple[dict[str, object], ...]


def pages_of_workbook(path: Path, sheet: str | None) -> dict[str, Page]:
    """Sheets of a workbook that hold anything, or the sheet named.

    Raises
    ------
    SiteError
        openpyxl is not installed, the file is no workbook, or has no such sheet.
    """
    try:
        sheets = {found.name: found for found in read_workbook(path, most_rows=MOST_ROWS)}
    except ImportError as error:
        raise SiteError("site.no-openpyxl", path=path.name) from error
    except LayerError:  # of a limit
        raise
    except OverflowError as error:
        raise SiteError("site.too-many-rows", found=f"> {MOST_ROWS}", most=MOST_ROWS) from error
    except BROKEN as error:
        raise SiteError("site.no-workbook", path=path.name, reason=plain_text(error)) from error
    if sheet is not None and sheet not in sheets:
        found = ", ".join(plain_text(name) for name in sheets)
        raise SiteError("site.no-sheet", path=path.name, sheet=plain_text(sheet), found=found)
    pages = {name: _page(found) for name, found in sheets.items() if sheet in (None, name)}
    return {name: page for name, page in pages.items() if any(row.filled for row in page.rows)}


def _page(sheet: Sheet) -> Page:
    log = []
    named: dict[str, list[Any]] = {
        "site.hidden-rows": sheet.hidden_rows,
        "site.hidden-columns": sheet.hidden_columns,
        "site.formulas": sheet.unknown,
    }
    for code, found in named.items():
        if found:
            text = ", ".join(map(str, found[:_MOST_NAMED])) + (
                ", …" if len(found) > _MOST_NAMED else ""
            )
            log.append(log_row(code, found=text, count=len(found)))
    if not sheet.visible:
        log.append(log_row("site.hidden-sheet", sheet=plain_text(sheet.name)))
    return Page(_rows(sheet), sheet.visible, tuple(log))


def rows_of_workbook(path: Path, sheet: str | None) -> dict[str, list[Row]]:
    """Rows of each sheet of a workbook that holds anything, or of the sheet named."""
    return {name: page.rows for name, page in pages_of_workbook(path, sheet).items()}


def _one_sheet(pages: dict[str, Page], path: Path) -> tuple[list[Row], list[LogRow]]:
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
    return page.rows, [log_row("site.sheet", sheet=plain_text(name)), *page.log]


def _has_corners(rows: list[Row]) -> bool:
    try:
        return bool(find_columns(mend_letters(rows, bytewise=False)[0]))
    except SiteError:
        return False


# Titles and headings in .VnArial, VNI or Windows-1258: read as what they say.

_MOST_TEXTS = 20_000  # a table of corners has few words
_NAMES = {"tcvn3": "TCVN3 (ABC)", "vni": "VNI", "cp1258": "Windows-1258"}


def _in_words(text: str, new: "Reading") -> "Reading":
    """A title of which two words or more have one other reading is that: few are in one language.

    A cell of a table may be a name of any people, and is never turned for so little.
    """
    from lsgis.intake.encoding import UNDECIDED

    if new.encoding != UNDECIDED or len(new.others) != 1:
        return new
    ((encoding, other),) = new.others
    turned = sum(one != two for one, two in zip(text.split(), other.split(), strict=False))
    return replace(new, encoding=encoding, text=other) if turned > 1 else new


def mend_letters(rows: list[Row], *, bytewise: bool) -> tuple[list[Row], list[dict[str, object]]]:
    """Rows with every cell in Unicode, and a row of the log for each encoding found.

    Parameters
    ----------
    bytewise
        The file is not UTF-8: each character of a cell stands for a byte.
    """
    texts = [c for row in rows for c in row.cells if isinstance(c, str) and not c.isascii()]
    if not texts:
        return rows, []
    from lsgis.intake.encoding import UNDECIDED, as_bytes, read_column

    counts = Counter(texts[:_MOST_TEXTS])
    found = {text: _in_words(text, new) for text, new in read_column(list(counts)).items()}
    log = []
    for name, shown in _NAMES.items():
        if count := sum(counts[text] for text, new in found.items() if new.encoding == name):
            log.append(log_row("site.letters", encoding=shown, count=count))
    changes = {text: new.text for text, new in found.items() if new.text != text}
    open_ = [text for text, new in found.items() if new.encoding == UNDECIDED]
    if bytewise and (open_ or not changes):
        changes |= {
            text: (as_bytes(text) or b"").decode("cp1258", "replace")
            for text in counts
            if text not in changes
        }
        log.append(log_row("site.encoding"))
    if not changes:
        return rows, log
    return [
        replace(row, cells=tuple(changes.get(c, c) if isinstance(c, str) else c for c in row.cells))
        for row in rows
    ], log
