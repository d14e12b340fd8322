"""Sites asked about in one table: a row of a workbook, of a CSV file, or a feature of a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lsgis.errors import SiteError
from lsgis.sitecheck.batch.table import HEADINGS, rows_of_table
from lsgis.sitecheck.digest import digest_of
from lsgis.sitecheck.site.drawing import plain_text
from lsgis.sitecheck.site.point import split_pair
from lsgis.sitecheck.site.wkt import is_wkt

_KEPT = ("crs", "accuracy_m", "area_certificate_m2", "type", "declared_commune")


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
    declared_commune: str
    digest: str


def read_requests(table: Path, *, layer: str | None = None) -> list[Request]:
    """Every site of a table, good or bad, in its order; what is wrong with one is found later.

    Parameters
    ----------
    table
        XLSX or CSV with a heading: `name`; the site as `site` ("lon,lat" or
        WKT), as `lon` and `lat`, or as `X` (north) and `Y` (east); optionally
        `crs`, `accuracy_m`, `area_certificate_m2`, `type`, and the commune its papers
        name as `declared_commune` ("xã/phường"). Or a vector file, whose features
        are the sites and whose columns are the same.
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
    found = rows_of_table(table, layer)
    if not found:
        known = ", ".join(names[0] for names in HEADINGS.values())
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


def _request(row: int, cells: Mapping[str, Any]) -> Request:
    told = {role: _text(cells.get(role)) for role in HEADINGS}
    source = told["site"]
    if not source and (told["lon"] or told["lat"]):
        source, told["crs"] = f"{told['lon']}; {told['lat']}", told["crs"] or "EPSG:4326"
    elif not source and (told["x"] or told["y"]):
        source = f"{told['x']}; {told['y']}"
    kept = {name: told[name] for name in _KEPT}
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
