"""The table of sites as an office keeps it: a workbook, a CSV file, features of a file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lsgis.digest import digest_of
from lsgis.errors import SiteError
from lsgis.intake.cells import decode, sheet_of_text
from lsgis.intake.notation import fold
from lsgis.sitefile.corner_column import Row
from lsgis.sitefile.corner_table import mend_letters, rows_of_workbook
from lsgis.sitefile.outline import LINE, POLYGON
from lsgis.sitefile.reader import is_wkt, split_pair
from lsgis.text import plain_text

# Rows of a table of sites by what their headings mean: workbook, CSV, features of a file.

# what a column means -> headings it goes by, in small letters without marks
HEADINGS = {
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
    "kind": ("as", "read as", "doc nhu", "duong khep kin"),
    "declared_commune": (
        "declared_commune",
        "declared commune",
        "commune",
        "ward",
        "commune/ward",
        "xa",
        "phuong",
        "xa/phuong",
        "xa phuong",
        "phuong/xa",
        "phuong xa",
        "ten xa",
        "ten xa/phuong",
    ),
}
_MOST_HEADING_ROWS = 20  # title rows above the heading


# cells of a row under the headings of its table, as they came
Cells = tuple[tuple[str, Any], ...]
# number of a row, its cells by the keys of HEADINGS, and all of them as they came
TableRow = tuple[int, Mapping[str, Any], Cells]


def rows_of_table(table: Path, layer: str | None, crs: str | None) -> list[TableRow]:
    """Every row of a table below its heading; none without one."""
    suffix = table.suffix.lower()
    if suffix == ".xlsx":
        sheets = rows_of_workbook(table, layer)
        rows = next(iter(sheets.values()), [])
        return _below_heading([(row.number, row.cells) for row in rows])
    if suffix in (".csv", ".tsv", ".txt"):
        return _below_heading(_csv_rows(table))
    return _features(table, layer, crs)


def _csv_rows(table: Path) -> list[tuple[int, tuple[object, ...]]]:
    """Rows of a text, parted by what parts its first line; a cell may hold lines of its own."""
    text, bytewise = decode(table.read_bytes())
    sheet = sheet_of_text(
        text.splitlines(keepends=True), ";\t,", _parts_first_line, name=table.name
    )
    if not bytewise:
        return list(sheet.numbered)
    mended, _ = mend_letters([Row(*row) for row in sheet.numbered], bytewise=True)
    return [(row.number, row.cells) for row in mended]


def _parts_first_line(lines: list[str], mark: str) -> int:
    return lines[0].count(mark) if lines else 0


def _below_heading(rows: list[tuple[int, tuple[Any, ...]]]) -> list[TableRow]:
    """Rows below the first that says where the sites are; blank ones left out."""
    for n, (_, cells) in enumerate(rows[:_MOST_HEADING_ROWS]):
        roles = [_role(cell) for cell in cells]
        if "site" in roles or {"lon", "lat"} <= set(roles) or {"x", "y"} <= set(roles):
            below = [row for row in rows[n + 1 :] if any(_holds(cell) for cell in row[1])]
            return [
                (
                    number,
                    {role: cell for role, cell in zip(roles, found, strict=False) if role},
                    told,
                )
                for (number, found), told in zip(below, _under(cells, below), strict=True)
            ]
    return []


def _under(heading: tuple[Any, ...], rows: list[tuple[int, tuple[Any, ...]]]) -> list[Cells]:
    """The cells of each row with their headings; columns that hold nothing are left out."""
    kept = {n for n, title in enumerate(heading) if _holds(title)}
    for _, cells in rows:
        kept.update(n for n, cell in enumerate(cells) if cell not in (None, ""))
    titles = {n: heading[n] if n < len(heading) else None for n in sorted(kept)}
    names = {n: plain_text("" if title is None else title) for n, title in titles.items()}
    return [
        tuple((name, cells[n] if n < len(cells) else None) for n, name in names.items())
        for _, cells in rows
    ]


def _holds(cell: object) -> bool:
    return cell not in (None, "")


def _role(heading: object) -> str:
    word = " ".join(fold("" if heading is None else heading).split())
    return next((role for role, names in HEADINGS.items() if word in names), "")


def _features(table: Path, layer: str | None, crs: str | None) -> list[TableRow]:
    """Features of a vector file with their geometry as WKT, exact to the last digit."""
    import shapely  # frames are brought in only for a file that needs them

    from lsgis.crs import require_crs
    from lsgis.intake import read_vector

    frame = read_vector(table, layer=layer, crs=crs)
    system = require_crs(frame).to_string()
    columns = {role: name for name in frame.columns if (role := _role(name))}
    told = frame.drop(columns=frame.geometry.name).to_dict("records")
    shapes = shapely.to_wkt(frame.geometry.values, rounding_precision=-1)
    return [
        (
            n,
            {
                **{role: row.get(name) for role, name in columns.items()},
                "site": wkt or "",
                "crs": system,
            },
            tuple((str(name), value) for name, value in row.items()),
        )
        for n, (row, wkt) in enumerate(zip(told, shapes, strict=True), start=1)
    ]


# Sites asked about in one table: a row of a workbook, of a CSV file, or a feature of a file.

_KEPT = ("crs", "accuracy_m", "area_certificate_m2", "type", "kind", "declared_commune")
# what a cell says of lines that close, in small letters without marks
_KINDS = {"vung": POLYGON, "ranh gioi": POLYGON, "duong": LINE, "tuyen": LINE}


@dataclass(frozen=True)
class Request:
    """One site asked about: `source` is text for `read_site`, `cells` the whole row as it came.

    `digest` is that of what the answer depends on.
    """

    row: int
    name: str
    source: str
    crs: str
    accuracy_m: str
    area_certificate_m2: str
    type: str
    kind: str
    declared_commune: str
    digest: str
    cells: Cells = field(default=(), compare=False)


def read_requests(
    table: Path, *, layer: str | None = None, crs: str | None = None
) -> list[Request]:
    """Every site of a table, good or bad, in its order; what is wrong with one is found later.

    Parameters
    ----------
    table
        XLSX or CSV with a heading: `name`; the site as `site` ("lon,lat" or
        WKT), as `lon` and `lat`, or as `X` (north) and `Y` (east); optionally
        `crs`, `accuracy_m`, `area_certificate_m2`, `type`, what lines that close are as
        `as` ("polygon" or "line", "vùng" or "đường"), and the commune its papers
        name as `declared_commune` ("xã/phường"). Or a vector file, whose features
        are the sites and whose columns are the same.
    layer
        Sheet or layer, where the file holds several.
    crs
        CRS of a vector file that states none.

    Raises
    ------
    SiteError
        No such file, no heading that says where the sites are, or no row.
    CrsError, LayerError
        A vector file without a reference system, or one that cannot be read.
    """
    if not table.is_file():
        raise SiteError("sitecheck.no-table", path=table.name)
    found = rows_of_table(table, layer, crs)
    if not found:
        known = ", ".join(names[0] for names in HEADINGS.values())
        raise SiteError("sitecheck.no-heading", path=table.name, known=known)
    return [_request(row, cells, whole) for row, cells, whole in found]


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


def read_kind(request: Request) -> str:
    """What the row says lines that close are, as `read_site` takes it; "" when it says nothing."""
    return _KINDS.get(" ".join(fold(request.kind).split()), request.kind)


def _request(row: int, cells: Mapping[str, Any], whole: Cells) -> Request:
    told = {role: _text(cells.get(role)) for role in HEADINGS}
    source = told["site"]
    if not source and (told["lon"] or told["lat"]):
        source, told["crs"] = f"{told['lon']}; {told['lat']}", told["crs"] or "EPSG:4326"
    elif not source and (told["x"] or told["y"]):
        source = f"{told['x']}; {told['y']}"
    kept = {name: told[name] for name in _KEPT}
    name = plain_text(told["name"])
    digest = digest_of([row, name, source, kept])
    return Request(row=row, name=name, source=source, **kept, digest=digest, cells=whole)


def _text(cell: object) -> str:
    """A cell as text; a whole number that a workbook holds as a float keeps no ".0"."""
    if cell is None or cell != cell:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
