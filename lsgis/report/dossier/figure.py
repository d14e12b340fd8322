"""Numbers of a site report as cells: rounded for the reader, never copied from elsewhere."""

from collections.abc import Mapping, Sequence
from typing import Any

from lsgis.report.dossier.content import Cell
from lsgis.report.words import format_number

# kind of number -> decimals, factor from the document's unit to the reader's
KINDS = {
    "m2": (1, 1.0), "m": (1, 1.0), "percent": (2, 100.0), "count": (0, 1.0),
    "degree": (0, 1.0), "coordinate": (2, 1.0), "lonlat": (7, 1.0), "figure": (6, 1.0),
}  # fmt: skip
_MOST_DIGITS = 6
_LARGE_M2 = 1e8  # from 10,000 ha on, whole square metres are fine enough


def resolve(document: Mapping[str, Any], at: str) -> Any:
    """Value of a document at a JSON pointer, e.g. `/themes/0/share`."""
    value: Any = document
    for step in at.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        value = value[int(name)] if isinstance(value, Sequence) else value[name]
    return value


def figure(
    document: Mapping[str, Any], at: str, kind: str, lang: str, *, digits: int | None = None
) -> Cell:
    """The number at a JSON pointer as a cell; a dash where the document holds none.

    A number that is not zero never reads as zero, a share below one never as
    100 %: more decimals are shown (at most 6).
    """
    value = resolve(document, at)
    if value is None or value != value:
        return Cell("–")
    least, factor = KINDS[kind]
    scaled = value * factor
    if kind == "m2" and scaled >= _LARGE_M2:
        least = 0
    places = _digits(scaled, least if digits is None else digits, kind)
    text = format_number(scaled, places, lang)
    if scaled and float(f"{scaled:.{places}f}") == 0:
        text = f"< {format_number(10**-places, places, lang)}"
    return Cell(text, value, at, kind, places)


def _digits(value: float, least: int, kind: str) -> int:
    whole = kind == "percent" and 100 - value > 1e-6
    for digits in range(least, _MOST_DIGITS):
        shown = float(f"{value:.{digits}f}")
        if not (value and shown == 0) and not (whole and shown >= 100):
            return digits
    return max(least, _MOST_DIGITS)


def distance_cells(document, at: str, row: Mapping[str, Any], lang: str) -> tuple[Cell, Cell]:
    """Distance and its ± as cells, no finer than the accuracy deserves."""
    coarse = row.get("e_m") is None or row["e_m"] >= 10
    digits = 0 if coarse or not row["distance_m"] else 1
    return (
        figure(document, f"{at}/distance_m", "m", lang, digits=digits),
        figure(document, f"{at}/e_m", "m", lang, digits=0 if coarse else 1),
    )
