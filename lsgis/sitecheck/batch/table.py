"""Rows of a table of sites by what their headings mean: workbook, CSV, features of a file."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lsgis.sitecheck.site.corner.heading import fold
from lsgis.sitecheck.site.corner.workbook import rows_of_workbook

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
    "declared_commune": (
        "declared_commune", "declared commune", "commune", "ward", "commune/ward", "xa", "phuong",
        "xa/phuong", "xa phuong", "phuong/xa", "phuong xa", "ten xa", "ten xa/phuong",
    ),
}  # fmt: skip
_MOST_HEADING_ROWS = 20  # title rows above the heading


def rows_of_table(table: Path, layer: str | None) -> list[tuple[int, Mapping[str, Any]]]:
    """Number of each row, and its cells by the keys of HEADINGS; none without a heading."""
    suffix = table.suffix.lower()
    if suffix == ".xlsx":
        sheets = rows_of_workbook(table, layer)
        rows = next(iter(sheets.values()), [])
        return _below_heading([(row.number, row.cells) for row in rows])
    if suffix in (".csv", ".tsv", ".txt"):
        return _below_heading(_csv_rows(table))
    return _features(table, layer)


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
    return next((role for role, names in HEADINGS.items() if word in names), "")


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
