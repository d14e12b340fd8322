"""The table of sites, and the table of their verdicts."""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from lsgis import disk
from lsgis.digest import digest_of
from lsgis.errors import SiteError
from lsgis.intake.cells import decode, sheet_of_text
from lsgis.intake.notation import fold
from lsgis.sitefile.corner_column import Row
from lsgis.sitefile.corner_table import mend_letters, rows_of_workbook
from lsgis.sitefile.outline import LINE, POLYGON
from lsgis.sitefile.reader import is_wkt, split_pair
from lsgis.text import family, plain_text, say

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


def rows_of_table(
    table: Path, layer: str | None, crs: str | None
) -> list[tuple[int, Mapping[str, Any]]]:
    """Number of each row, and its cells by the keys of HEADINGS; none without a heading."""
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
    sheet = sheet_of_text(text.splitlines(keepends=True), ";\t,", _parts_first_line)
    if not bytewise:
        return list(sheet.numbered)
    mended, _ = mend_letters([Row(*row) for row in sheet.numbered], bytewise=True)
    return [(row.number, row.cells) for row in mended]


def _parts_first_line(lines: list[str], mark: str) -> int:
    return lines[0].count(mark) if lines else 0


def _below_heading(rows: list[tuple[int, tuple[Any, ...]]]) -> list[tuple[int, Mapping[str, Any]]]:
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


def _features(
    table: Path, layer: str | None, crs: str | None
) -> list[tuple[int, Mapping[str, Any]]]:
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
        )
        for n, (row, wkt) in enumerate(zip(told, shapes, strict=True), start=1)
    ]


# Sites asked about in one table: a row of a workbook, of a CSV file, or a feature of a file.

_KEPT = ("crs", "accuracy_m", "area_certificate_m2", "type", "kind", "declared_commune")
# what a cell says of lines that close, in small letters without marks
_KINDS = {"vung": POLYGON, "ranh gioi": POLYGON, "duong": LINE, "tuyen": LINE}


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
    kind: str
    declared_commune: str
    digest: str


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


def read_kind(request: Request) -> str:
    """What the row says lines that close are, as `read_site` takes it; "" when it says nothing."""
    return _KINDS.get(" ".join(fold(request.kind).split()), request.kind)


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


# The verdicts of many sites as one table an office opens: XLSX for reading, CSV for programs.

_COLUMN = family(
    "sitecheck.column-",
    "sitecheck.column-row",
    "sitecheck.column-name",
    "sitecheck.column-worst",
    "sitecheck.column-kind",
    "sitecheck.column-area_m2",
    "sitecheck.column-accuracy_m",
    "sitecheck.column-communes",
    "sitecheck.column-communes_near",
    "sitecheck.column-place",
    "sitecheck.column-place-note",
    "sitecheck.column-outside_share",
    "sitecheck.column-id",
    "sitecheck.column-error",
)

_PLACE = family(
    "sitecheck.place-",
    "sitecheck.place-agrees",
    "sitecheck.place-open",
    "sitecheck.place-near",
    "sitecheck.place-elsewhere",
    "sitecheck.place-differs",
    "sitecheck.place-unknown",
)

_CAVEAT = family(
    "sitecheck.caveat-",
    "sitecheck.caveat-later",
    "sitecheck.caveat-unconfirmed",
)

_STATE = family(
    "sitecheck.state-",
    "sitecheck.state-affected",
    "sitecheck.state-likely",
    "sitecheck.state-possible",
    "sitecheck.state-below_threshold",
    "sitecheck.state-incomplete",
    "sitecheck.state-not_affected",
    "sitecheck.state-no_data",
    "sitecheck.state-error",
)

# a workbook must state when it was made; the same rows give the same bytes
_MADE = datetime(2026, 2, 28)
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_FIRST = ("row", "name", "worst")
_LAST = (
    "kind",
    "area_m2",
    "accuracy_m",
    "communes",
    "communes_near",
    "place",
    "outside_share",
    "id",
)
_SAID = ("place", "error")  # in words, in the language of the summary
_FORMATS = {"area_m2": "#,##0.00", "accuracy_m": "#,##0.00", "outside_share": "0.00%"}
_COLORS = {
    "affected": "#f4b6b0",
    "likely": "#f9d5b5",
    "possible": "#fdf0c2",
    "error": "#d9d2e9",
    "below_threshold": "#eef3d2",
    "not_affected": "#d5ead5",
}


def write_summary(
    rows: Sequence[Mapping[str, Any]], folder: Path, *, titles: Mapping[str, str], lang: str
) -> tuple[Path, Path]:
    """Write `sites.xlsx` and `sites.csv`: one row a site, one column a restricting layer.

    CSV: machine names, codes of states, unrounded; `assumed` names the layers whose state
    rests on an assumed accuracy, and up to how many metres it holds; `caveats` those whose
    state stands on zones planned later or unconfirmed alone. XLSX: headings and states in
    `lang`. In both, text stays text and never becomes a formula.

    Parameters
    ----------
    rows
        As `check_sites` keeps them.
    folder
        Existing folder; both files are written whole, or none.
    titles
        Titles of the layers in `lang`.

    Raises
    ------
    OutputError
        They cannot be written.
    """
    layers = list(dict.fromkeys(layer for row in rows for layer in row["states"]))
    content = {
        "sites.xlsx": _workbook(rows, layers, titles, lang),
        "sites.csv": _csv(rows, layers, lang),
    }
    with disk.whole_set(folder, code="sitecheck.unwritable-folder") as aside:
        for name, told in content.items():
            (aside / name).write_bytes(told)
    return folder / "sites.xlsx", folder / "sites.csv"


def _csv(rows: Sequence[Mapping[str, Any]], layers: Sequence[str], lang: str) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*_FIRST, *layers, *_LAST, "assumed", "caveats", "place_note", "error"])
    for row in rows:
        states = [row["states"].get(layer, "") for layer in layers]
        words = (row[f"{name}_{lang}"] for name in _SAID)
        assumed = (f"{n}: {m:g}" if m is not None else n for n, m in row["assumed"].items())
        told = [*(row[n] for n in _FIRST), *states, *(row[n] for n in _LAST)]
        caveats = (f"{n}: {', '.join(told)}" for n, told in row["caveats"].items())
        told += ["; ".join(assumed), "; ".join(caveats), *words]
        writer.writerow([_plain(value) for value in told])
    return text.getvalue().encode("utf-8-sig")  # spreadsheets need the mark for Vietnamese


def _plain(value: object) -> object:
    """A text that a spreadsheet would run as a formula gets an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_STARTS) else value


def _workbook(
    rows: Sequence[Mapping[str, Any]], layers: Sequence[str], titles: Mapping[str, str], lang: str
) -> bytes:
    import xlsxwriter  # only now: a single check needs no workbook

    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        book.set_properties({"created": _MADE})
        sheet = book.add_worksheet(say("sitecheck.sheet", lang))
        head = book.add_format({"bold": True, "text_wrap": True, "border": 1, "valign": "top"})
        looks = {state: book.add_format({"bg_color": color}) for state, color in _COLORS.items()}
        numbers = {name: book.add_format({"num_format": f}) for name, f in _FORMATS.items()}
        said = tuple(f"{name}_{lang}" for name in _SAID)
        names = [*_FIRST, *layers, *_LAST, *said]
        for n, name in enumerate(names):
            title = titles[name] if name in layers else _title(name, lang)
            sheet.write_string(0, n, title, head)
            sheet.set_column(n, n, 28 if name in ("name", "communes", *said) else 14)
            for line, row in enumerate(rows, start=1):
                value = row["states"].get(name) if name in layers else row[name]
                is_state = name == "worst" or name in layers
                look = looks.get(str(value)) if is_state else numbers.get(name)
                if value and (is_state or name == "place"):
                    value = say((_STATE if is_state else _PLACE)[value], lang)
                    value += _rest(row, name, lang)
                _write(sheet, line, n, value, look)
        sheet.freeze_panes(1, 2)
        sheet.autofilter(0, 0, len(rows), len(names) - 1)
    return content.getvalue()


def _rest(row: Mapping[str, Any], layer: str, lang: str) -> str:
    """What stands after the state of a layer: zones planned later, an assumed accuracy."""
    told = [say(_CAVEAT[caveat], lang) for caveat in row["caveats"].get(layer, ())]
    if layer not in row["assumed"]:
        return f" ({'; '.join(told)})" if told else ""
    holds, assumed = row["assumed"][layer], f"{row['assumed_accuracy_m']:g}"
    if holds is None:
        told.append(say("sitecheck.assumed-found", lang, e=assumed))
    else:
        told.append(say("sitecheck.assumed-holds", lang, e=assumed, holds=math.floor(holds)))
    return f" ({'; '.join(told)})"


def _title(name: str, lang: str) -> str:
    if name == f"place_{lang}":
        name = "place-note"
    return say(_COLUMN[name.removesuffix(f"_{lang}")], lang)


def _write(sheet: Any, row: int, column: int, value: Any, look: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, str):
        sheet.write_string(row, column, value, look)
    else:
        sheet.write_number(row, column, value, look)
