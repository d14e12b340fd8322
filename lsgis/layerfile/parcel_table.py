"""Tables of corners as features: each parcel a polygon, with what the table says of it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from lsgis.catalogue import Layer
from lsgis.crs import read_crs
from lsgis.errors import CrsError, SiteError
from lsgis.intake.cells import Sheet
from lsgis.intake.field import Row, map_fields
from lsgis.intake.notation import bare_name, fold, is_number
from lsgis.intake.table import SHAPES, one_sheet, plain_cell
from lsgis.region import Region
from lsgis.sitefile.corner_column import (
    Block,
    Columns,
    find_columns,
    other_headings,
    role_of,
)
from lsgis.sitefile.corner_column import Row as TableRow
from lsgis.sitefile.corner_row import names_corner
from lsgis.sitefile.corner_table import (
    Boundary,
    TableRows,
    read_table_boundary,
    read_table_rows,
)
from lsgis.sitefile.reader import OLD_SHEETS, TABLES
from lsgis.sitefile.soundness import describe, home_and_other_zones
from lsgis.text import LANGUAGES, say


@dataclass
class Read:
    """Features as they were read, rows of the log, and fields that no column gave.

    `beside` holds, for a field of the layer, what the file says of each feature elsewhere than
    in a column: a title, a text within an outline. It counts where no column is that field.
    """

    frame: gpd.GeoDataFrame
    rows: list[Row]
    beside: Mapping[str, list[Any]] = field(default_factory=dict)


def read_parcels(
    path: Path,
    layer: Layer,
    *,
    sheet: str | None = None,
    crs: str | None = None,
    mapping: Mapping[str, str] | None = None,
) -> Read | None:
    """Parcels of a table of corners, read as the check of a site reads them; None for other files.

    A table whose every row names another feature is a list of places, no table of corners.

    Parameters
    ----------
    layer
        What the features are to be: only a layer that takes polygons has tables of corners.
    sheet
        Which sheet of a workbook, when several have such a table.
    crs
        System of the corners, where the table names none.
    mapping
        Names of columns -> names of the layer's fields, to know names of features by.

    Returns
    -------
    Read
        One row a parcel, in the system of the table: its polygon, and of every column that
        speaks of parcels the cell, where its corners agree on one.

    Raises
    ------
    SiteError
        As `lsgis.sitefile.read_site`: the table cannot be read, contradicts itself or `crs`.
    CrsError
        Neither the table nor the caller names the system: the likely ones are named.
    """
    kind = path.suffix.lower()
    if kind not in TABLES | OLD_SHEETS or not path.is_file() or "Polygon" not in _kinds(layer):
        return None
    table = _rows_of(path, sheet)
    if table is None or not _has_corners(table.rows, layer, mapping or {}):
        return None
    if kind in OLD_SHEETS:
        raise SiteError("site.old-sheet", path=path.name)
    stated = None if crs is None else read_crs(crs)
    try:
        boundary = read_table_boundary(table, stated, layer.region)
    except SiteError as error:
        if error.code != "site.swapped":
            raise
        values = {**error.values, "path": path}  # no option says what X and Y of a layer are
        raise SiteError("intake.swapped", **values) from error
    if not boundary.is_stated:
        raise CrsError("intake.which-zone", path=path, likely=_likely(boundary, layer.region))
    rows: list[Row] = [("corners", path.name, *_said(each), 1) for each in boundary.log]
    cells, told = _cells(boundary)
    frame = gpd.GeoDataFrame(cells, geometry=list(boundary.polygons), crs=boundary.crs)
    return Read(frame, rows + told, _beside(boundary))


def _kinds(layer: Layer) -> set[str]:
    return {layer.geometry, *layer.accepts}


def _rows_of(path: Path, sheet: str | None) -> TableRows | None:
    """Rows of a table; None for one that is none, which others refuse in their own words."""
    if path.suffix.lower() not in OLD_SHEETS:
        try:
            return read_table_rows(path, sheet)
        except SiteError as error:
            if error.code == "site.which-sheet":
                raise
            return None
    if path.suffix.lower() != ".ods":
        return None
    return TableRows(path.name, _numbered(one_sheet(path, sheet)), b"", [])


def _numbered(sheet: Sheet) -> list[TableRow]:
    return [TableRow(number, cells) for number, cells in sheet.numbered]


# Corners of parcels, or places of which each stands for itself?
#
# Where a layer takes points, too, a table of X and Y is one of corners only by a sign that stands
# in it. Rows that each have a name of their own are places, whatever stands over them.

_FEWEST, _MOST_OF_A_PLACE = 3, 2
_CORNER = re.compile(r"(?:so hieu |ten |stt )?(?:cac )?(?:diem|moc|dinh|goc|point|corner|vertex)\b")
_OF_CORNERS = re.compile(
    r"\b(?:goc ranh|ranh gioi|ranh dat|moc gioi|(?:diem|cac) goc|cac diem|corners?|boundary)\b"
)
_LABELS = re.compile(r"(?:so hieu|ky hieu)\b")
_WORD = re.compile(r"[^\W\d_]{2,}\s")  # "Cụm 1" names a place, "M 1" and "M-12" a corner


class Entry(NamedTuple):
    """One corner or place of a table: tables side by side have several in a row."""

    row: TableRow
    block: Block

    @property
    def label(self) -> object:
        """What names it."""
        return self.row.cell(self.block.point)

    @property
    def pair(self) -> tuple[object, object]:
        """Its coordinates as they stand."""
        return self.row.cell(self.block.first), self.row.cell(self.block.second)


def _has_corners(rows: list[TableRow], layer: Layer, mapping: Mapping[str, str]) -> bool:
    """Whether the rows of a table are corners of parcels."""
    try:
        columns = find_columns(rows)
    except SiteError:
        return False
    corners = [
        Entry(row, block)
        for block in columns.blocks
        for row in rows[columns.start :]
        if is_number(row.cell(block.first)) and is_number(row.cell(block.second))
    ]
    enough = len(corners) >= _FEWEST and _shows_corners(rows, columns, corners)
    if "Point" in _kinds(layer) and not enough:
        return False
    headings = _headings(rows, columns, corners)
    if any(bare_name(text) in SHAPES for text in headings.values()):
        return False
    return not _name_places(headings, corners, layer, mapping)


def _shows_corners(rows: list[TableRow], columns: Columns, corners: list[Entry]) -> bool:
    """Whether anything but two columns of coordinates speaks of corners."""
    block = columns.blocks[0]
    if columns.heading is None or len(columns.blocks) > 1:
        return True
    label = fold(rows[columns.heading].cell(block.point) or "")
    above = (fold(cell) for row in rows[: columns.heading] for cell in row.filled)
    return (
        block.edge is not None
        or bool(block.parcel)
        or bool(_CORNER.match(label) or _LABELS.match(label))
        or corners[0].pair == corners[-1].pair
        or any(_OF_CORNERS.search(text) for text in above)
    )


def _headings(rows: list[TableRow], columns: Columns, corners: list[Entry]) -> dict[int, str]:
    """Columns that may name features: those of parcels, and names that are no corners'."""
    found = {
        index: text
        for index, text in other_headings(rows, columns).items()
        if role_of(text) != "point" or not _name_corners(each.row.cell(index) for each in corners)
    }
    block = columns.blocks[0]
    point = rows[columns.heading].cell(block.point) if columns.heading is not None else None
    if block.point is not None and point and not _name_corners(each.label for each in corners):
        found[block.point] = str(point)
    return found


def _name_corners(cells: Iterable[object]) -> bool:
    return all(_is_corner(str(cell or "")) for cell in cells)


def _is_corner(label: str) -> bool:
    """Whether a label is that of a corner, or none: 1, M-12, "Mốc số 3"."""
    if not label or _CORNER.match(fold(label)):
        return True
    return names_corner(label) and not _WORD.match(label)


def _name_places(
    headings: dict[int, str], corners: list[Entry], layer: Layer, mapping: Mapping[str, str]
) -> bool:
    """Whether a column of keys or names names hardly two rows alike: no three make a ring."""
    own = {each.block.point for each in corners}  # side by side, each has its own
    frame = pd.DataFrame(
        {
            text: [each.label if index in own else each.row.cell(index) for each in corners]
            for index, text in headings.items()
        }
    )
    known = {old: new for old, new in mapping.items() if old in frame}
    mapped, _ = map_fields(frame, layer, mapping=known)
    labels = [heading for heading in frame if _CORNER.search(fold(heading))]
    names = [mapped[name] for name in (layer.key, "name_vi", *labels) if name in mapped]
    return any(
        each.notna().all() and each.map(str).value_counts().max() <= _MOST_OF_A_PLACE
        for each in names
    )


# What a table says of its parcels, in columns and beside them.

_M2_PER_HA = 10_000


def _cells(boundary: Boundary) -> tuple[pd.DataFrame, list[Row]]:
    """Columns of the parcels; one whose corners differ belongs to corners, and is told."""
    headings = list(dict.fromkeys(name for cells in boundary.cells for name in cells))
    columns, told = {}, []
    for name in headings:
        cells = [found.get(name, ()) for found in boundary.cells]
        several = max(map(len, cells), default=0)
        if several > 1:
            shown = "; ".join(str(cell) for found in cells for cell in found)[:300]
            told.append(("corner-column", name, shown, "", sum(map(len, cells))))
        elif several:
            columns[name] = [plain_cell(found[0]) if found else None for found in cells]
    return pd.DataFrame(columns, index=range(len(boundary.polygons)), dtype=object), told


def _beside(boundary: Boundary) -> dict[str, list[Any]]:
    """Names in the titles of parcels, and the areas (ha) they state."""
    areas = [ring.stated_m2 for ring in boundary.rings]
    if len(areas) == 1:
        areas = [areas[0] or boundary.area_m2]
    found: dict[str, list[Any]] = {
        "name_vi": [ring.parcel.name or None for ring in boundary.rings],
        "area_ha": [None if area is None else area / _M2_PER_HA for area in areas],
    }
    return {name: cells for name, cells in found.items() if any(cell is not None for cell in cells)}


def _said(row: Mapping[str, Any]) -> tuple[str, str]:
    """What the reader of corners tells, in both languages."""
    values = {name: value for name, value in row.items() if name != "code"}
    vi, en = (say(str(row["code"]), lang, **values) for lang in LANGUAGES)
    return vi, en


def _likely(boundary: Boundary, region: Region) -> str:
    """Zones in which the corners would lie in the region, its own first."""
    west, south, east, north = shapely.total_bounds(np.array(boundary.polygons)).tolist()
    zones = home_and_other_zones((west, south, east, north), region)
    return describe(zones, region, most=4) or "-"
