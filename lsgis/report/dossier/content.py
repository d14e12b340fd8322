"""What a dossier says before it has a format: sections of tables, sentences and pictures.

A number is never copied: its cell names the place in the document where it
stands, so that every format can be held against the document.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from lsgis.text import family, say

SECTION = family(
    "dossier.h-",
    "dossier.h-summary",
    "dossier.h-site",
    "dossier.h-lists",
    "dossier.h-findings",
    "dossier.h-maps",
    "dossier.h-context",
    "dossier.h-consequences",
    "dossier.h-contradictions",
    "dossier.h-undrawn",
    "dossier.h-clauses",
    "dossier.h-thresholds",
    "dossier.h-data",
    "dossier.h-sources",
    "dossier.h-disputes",
    "dossier.h-disclaimer",
    "dossier.h-glossary",
)

COLUMN = family(
    "dossier.c-",
    "dossier.c-group",
    "dossier.c-layers",
    "dossier.c-which",
    "dossier.c-table",
    "dossier.c-layer",
    "dossier.c-state",
    "dossier.c-computed",
    "dossier.c-area",
    "dossier.c-length",
    "dossier.c-count",
    "dossier.c-share",
    "dossier.c-nearest",
    "dossier.c-distance",
    "dossier.c-e",
    "dossier.c-bearing",
    "dossier.c-expected",
    "dossier.c-listed",
    "dossier.c-located",
    "dossier.c-undrawn",
    "dossier.c-here",
    "dossier.c-clauses",
    "dossier.c-quality",
    "dossier.c-accuracy",
    "dossier.c-source",
    "dossier.c-zone",
    "dossier.c-feature",
    "dossier.c-communes",
    "dossier.c-elsewhere",
    "dossier.c-nowhere",
    "dossier.c-reason",
    "dossier.c-by",
    "dossier.c-on",
    "dossier.c-consequence",
    "dossier.c-standing",
    "dossier.c-subject",
    "dossier.c-says_a",
    "dossier.c-says_b",
    "dossier.c-followed",
    "dossier.c-note",
    "dossier.c-clause",
    "dossier.c-content",
    "dossier.c-effective",
    "dossier.c-repealed",
    "dossier.c-status",
    "dossier.c-read",
    "dossier.c-threshold",
    "dossier.c-value",
    "dossier.c-origin",
    "dossier.c-input",
    "dossier.c-crs",
    "dossier.c-operation",
    "dossier.c-licence",
    "dossier.c-sha256",
    "dossier.c-mark",
    "dossier.c-code",
    "dossier.c-source_title",
    "dossier.c-document",
    "dossier.c-retrieved",
    "dossier.c-word",
    "dossier.c-meaning",
    "dossier.c-fact",
    "dossier.c-log",
    "dossier.c-where",
    "dossier.c-name",
    "dossier.c-t-min_area_m2",
    "dossier.c-t-min_length_m",
    "dossier.c-t-bands_m",
)

_BLANK = ("", "–")


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
    """A section: title `dossier.h-<code>`.

    `wide` when it needs a page on its side; `rows` are its tables as a
    spreadsheet wants them (one thing a row, no cell left out), where that is
    not how paper wants them; `annex` when it is for who wants to check.
    """

    code: str
    blocks: tuple["Table | Sentence | Picture", ...]
    wide: bool = False
    rows: tuple[Table, ...] = ()
    annex: bool = False


def without_blanks(table: Table) -> Table:
    """A table without the columns in which no row says anything."""
    rows = [row for row in table.rows if not is_group(row, table)]
    kept = [n for n in range(len(table.columns)) if any(row[n].text not in _BLANK for row in rows)]
    columns = tuple(table.columns[n] for n in kept)
    told = tuple(row if is_group(row, table) else tuple(row[n] for n in kept) for row in table.rows)
    return replace(table, columns=columns, rows=told) if rows else table


def heading(column: Column, lang: str) -> str:
    """Heading of a column."""
    return column.title or say(COLUMN[column.code], lang)


def is_group(row: Sequence[Cell], table: Table) -> bool:
    """Whether a row heads a group of rows."""
    return len(row) == 1 < len(table.columns)


def join_alike(table: Table) -> Table:
    """A table in which rows that differ only in their first cell are one row."""
    groups: dict[tuple, list[tuple[Cell, ...]]] = {}
    for row in table.rows:
        groups.setdefault(tuple((cell.text, cell.value) for cell in row[1:]), []).append(row)
    rows = tuple(
        (Cell("; ".join(row[0].text for row in rows)), *rows[0][1:]) for rows in groups.values()
    )
    return replace(table, rows=rows)


def plain(sentence: Sentence, lang: str) -> str:
    """A sentence as plain text."""
    values = {k: v.text if isinstance(v, Cell) else v for k, v in sentence.values.items()}
    return say(sentence.code, lang, **values)
