"""Sites asked about in one table: a row of a workbook, of a CSV file, or a feature of a file."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lsgis.errors import SiteError
from lsgis.sitecheck.digest import digest_of
from lsgis.sitecheck.site.corner.heading import fold
from lsgis.sitecheck.site.corner.workbook import rows_of_workbook
from lsgis.sitecheck.site.drawing import plain_text
from lsgis.sitecheck.site.point import split_pair
from lsgis.sitecheck.site.wkt import is_wkt

# what a column means -> headings it goes by, in small letters without marks
_HEADINGS = {
    "name": ("name", "ten", "ten du an", "ten dia diem", "du an", "project"),
    "site": ("site", "dia diem", "wkt", "geometry", "hinh hoc", "toa do"),
    "lon": ("lon", "lng", "longitude", "kinh do"),
    "lat": ("lat", "latitude", "vi do"),
    "x": ("x", "x (m)", "northing", "x north"),
    "y": ("y", "y (m)", "easting", "y east"),
    "crs": ("crs", "he toa do"),
    "accuracy_m": ("accuracy_m", "accuracy", "sai so", "sai so (m)"),
    "area_certificate_m2": ("area_certificate_m2", "dien tich", "dien tich (m2)", "certificate"),
    "type": ("type", "loai", "loai du an"),
}
_MOST_HEADING_ROWS = 20  # title rows above the heading


@dataclass(frozen=True)
class Request:
    """One site asked about. `source` is text for `read_site`; `digest` is that of all the rest."""

    row: int
    name: str
    source: str
    crs: str
    accuracy_m: str
    area_certificate_m2: str
    type: str
    digest: str


def read_requests(table: Path, *, layer: str | None = None) -> list[Request]:
    """Every site of a table, good or bad, in its order; what is wrong with one is found later.

    Parameters
    ----------
    table
        XLSX or CSV with a heading: `name`; the site as `site` ("lon,lat" or
        WKT), as `lon` and `lat`, or as `X` (north) and `Y` (east); optionally
        `crs`, `accuracy_m`, `area_certificate_m2`, `type`. Or a vector file,
        whose features are the sites and whose columns are the same.
    layer
        Sheet or layer, where the file holds several.

    Raises
    ------
    SiteError
        No such file, no heading that says where the sites are, or no row.
    CrsError, LayerError
        A vector file without a reference system, or one that cannot be read.
    """
    if not table.is_file():
        raise SiteError("sitecheck.no-table", path=table.name)
    suffix = table.suffix.lower()
    if suffix == ".xlsx":
        sheets = rows_of_workbook(table, layer)
        rows = next(iter(sheets.values()), [])
        found = _below_heading([(row.number, row.cells) for row in rows])
    elif suffix in (".csv", ".tsv", ".txt"):
        found = _below_heading(_csv_rows(table))
    else:
        found = _features(table, layer)
    if not found:
        known = ", ".join(names[0] for names in _HEADINGS.values())
        raise SiteError("sitecheck.no-heading", path=table.name, known=known)
    return [_request(row, cells) for row, cells in found]


def require_place(request: Request) -> None:
    """Refuse a cell that is no place but, say, the name of a file: a table opens no other file.

    Raises
    ------
    SiteError
        Neither two numbers, nor WKT, nor a table of corners in one cell.
    """
    source = request.source
    if not (split_pair(source) or is_wkt(source) or len(source.splitlines()) > 1):
        raise SiteError("sitecheck.no-place", row=request.row, found=plain_text(source, longest=80))


def _csv_rows(table: Path) -> list[tuple[int, tuple[str, ...]]]:
    text = table.read_text(encoding="utf-8-sig", errors="replace")
    head = text.split("\n", 1)[0]
    mark = max(";\t,", key=head.count)
    reader = csv.reader(text.splitlines(keepends=True), delimiter=mark)
    return [(reader.line_num, tuple(cells)) for cells in reader]


def _below_heading(rows: list[tuple[int, tuple]]) -> list[tuple[int, Mapping[str, Any]]]:
    """Rows below the first that says where the sites are; blank ones left out."""
    for n, (_, cells) in enumerate(rows[:_MOST_HEADING_ROWS]):
        roles = [_role(cell) for cell in cells]
        if "site" in roles or {"lon", "lat"} <= set(roles) or {"x", "y"} <= set(roles):
            return [
                (number, {role: cell for role, cell in zip(roles, cells, strict=False) if role})
                for number, cells in rows[n + 1 :]
                if any(cell not in (None, "") for cell in cells)
            ]
    return []


def _role(heading: object) -> str:
    word = " ".join(fold("" if heading is None else heading).split())
    return next((role for role, names in _HEADINGS.items() if word in names), "")


def _features(table: Path, layer: str | None) -> list[tuple[int, Mapping[str, Any]]]:
    """Features of a vector file with their geometry as WKT, exact to the last digit."""
    import shapely  # frames are brought in only for a file that needs them

    from lsgis.crs import require_crs
    from lsgis.intake import read_vector

    frame = read_vector(table, layer=layer)
    crs = require_crs(frame)
    columns = {role: name for name in frame.columns if (role := _role(name))}
    told = frame.drop(columns=frame.geometry.name).to_dict("records")
    shapes = shapely.to_wkt(frame.geometry.values, rounding_precision=-1)
    return [
        (n, {**{role: row.get(name) for role, name in columns.items()}, "site": wkt or "",
             "crs": crs.to_string()})
        for n, (row, wkt) in enumerate(zip(told, shapes, strict=True), start=1)
    ]  # fmt: skip


def _request(row: int, cells: Mapping[str, Any]) -> Request:
    told = {role: _text(cells.get(role)) for role in _HEADINGS}
    source = told["site"]
    if not source and (told["lon"] or told["lat"]):
        source, told["crs"] = f"{told['lon']}; {told['lat']}", told["crs"] or "EPSG:4326"
    elif not source and (told["x"] or told["y"]):
        source = f"{told['x']}; {told['y']}"
    kept = {name: told[name] for name in ("crs", "accuracy_m", "area_certificate_m2", "type")}
    name = plain_text(told["name"])
    return Request(
        row=row, name=name, source=source, **kept, digest=digest_of([row, name, source, kept])
    )


def _text(cell: object) -> str:
    """A cell as text; a whole number that a workbook holds as a float keeps no ".0"."""
    if cell is None or cell != cell:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
