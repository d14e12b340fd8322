"""The verdicts of many sites as one table an office opens: XLSX for reading, CSV for programs."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from lsgis import disk
from lsgis.text import family, say

_COLUMN = family(
    "sitecheck.column-",
    "sitecheck.column-row",
    "sitecheck.column-name",
    "sitecheck.column-worst",
    "sitecheck.column-kind",
    "sitecheck.column-area_m2",
    "sitecheck.column-accuracy_m",
    "sitecheck.column-communes",
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
_LAST = ("kind", "area_m2", "accuracy_m", "communes", "place", "outside_share", "id")
_SAID = ("place", "error")  # in words, in the language of the summary
_FORMATS = {"area_m2": "#,##0.00", "accuracy_m": "#,##0.00", "outside_share": "0.00%"}
_COLORS = {
    "affected": "#f4b6b0", "likely": "#f9d5b5", "possible": "#fdf0c2", "error": "#d9d2e9",
    "below_threshold": "#eef3d2", "not_affected": "#d5ead5",
}  # fmt: skip


def write_summary(
    rows: Sequence[Mapping[str, Any]], folder: Path, *, titles: Mapping[str, str], lang: str
) -> tuple[Path, Path]:
    """Write `sites.xlsx` and `sites.csv`: one row a site, one column a restricting layer.

    CSV: machine names, codes of states, unrounded. XLSX: headings and states in
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
    writer.writerow([*_FIRST, *layers, *_LAST, "place_note", "error"])
    for row in rows:
        states = [row["states"].get(layer, "") for layer in layers]
        words = (row[f"{name}_{lang}"] for name in _SAID)
        told = [*(row[n] for n in _FIRST), *states, *(row[n] for n in _LAST), *words]
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
                _write(sheet, line, n, value, look)
        sheet.freeze_panes(1, 2)
        sheet.autofilter(0, 0, len(rows), len(names) - 1)
    return content.getvalue()


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
