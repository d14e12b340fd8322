"""What a dossier says before it has a format: sections of tables, sentences and pictures.

A number is never copied: its cell names the place in the document where it
stands, so that every format can be held against the document.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lsgis.report.words import format_number
from lsgis.text import say

# kind of number -> decimals, factor from the document's unit to the reader's
KINDS = {
    "m2": (1, 1.0), "m": (1, 1.0), "percent": (2, 100.0), "count": (0, 1.0),
    "degree": (0, 1.0), "coordinate": (2, 1.0), "lonlat": (7, 1.0), "figure": (6, 1.0),
}  # fmt: skip
_MOST_DIGITS = 6
_GEOMETRY = ("geometry", "geometry_wgs84")
_BIDI = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True)
class Cell:
    """Text as read; for a number also the value, its kind, decimals and place in the document."""

    text: str
    value: float | None = None
    at: str = ""
    kind: str = "text"
    digits: int = 0
    look: str = ""


@dataclass(frozen=True)
class Column:
    """A column: headed `title`, or text `dossier.c-<code>`; `weight` shares out the width."""

    code: str
    weight: float = 1.0
    number: bool = False
    title: str = ""


@dataclass(frozen=True)
class Table:
    """Rows of cells under columns; a table without rows says text `empty` instead.

    A row of a single cell heads the group of rows that follows.
    """

    code: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    title: str = ""
    empty: str = "dossier.empty"


@dataclass(frozen=True)
class Sentence:
    """A text of `data/text/dossier.csv` with cells or words in its places."""

    code: str
    values: Mapping[str, "Cell | str"] = field(default_factory=dict)
    look: str = ""


@dataclass(frozen=True)
class Picture:
    """A map as PNG bytes, `name` for its file, `alt` for those who cannot see it."""

    name: str
    title: str
    alt: str
    png: bytes


@dataclass(frozen=True)
class Section:
    """A section: title `dossier.h-<code>`; `wide` when it needs a page on its side."""

    code: str
    blocks: tuple["Table | Sentence | Picture", ...]
    wide: bool = False


def clean(value: Any) -> Any:
    """The document as it may be shown: text NFC, without characters that are no text.

    Control, direction-changing and unpaired characters become U+FFFD: they
    break Word and Excel files, or make a reader see something else than is
    written. Geometry and numbers pass as they are.
    """
    if isinstance(value, str):
        return unicodedata.normalize("NFC", "".join(map(_shown, value)))
    if isinstance(value, Mapping):
        return {k: v if k in _GEOMETRY else clean(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [clean(item) for item in value]
    return value


def _shown(sign: str) -> str:
    wrong = sign in _BIDI or unicodedata.category(sign) in ("Cc", "Cs") or sign in "\ufffe\uffff"
    if sign in "\u2028\u2029\r":
        return "\n"
    return "\ufffd" if wrong and sign not in "\n\t" else sign


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


def heading(column: Column, lang: str) -> str:
    """Heading of a column."""
    return column.title or say(f"dossier.c-{column.code}", lang)


def is_group(row: Sequence[Cell], table: Table) -> bool:
    """Whether a row heads a group of rows."""
    return len(row) == 1 < len(table.columns)


def plain(sentence: Sentence, lang: str) -> str:
    """A sentence as plain text."""
    values = {k: v.text if isinstance(v, Cell) else v for k, v in sentence.values.items()}
    return say(sentence.code, lang, **values)
