"""What a dossier says, in words and figures, whatever its format."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from lsgis.catalogue import read_catalogue, read_register, read_unit_register
from lsgis.report.words import format_number, spoken
from lsgis.text import family, say

# What a dossier says before it has a format: sections of tables, sentences and pictures.
#
# A number is never copied: its cell names the place in the document where it stands, so that
# every format can be held against the document.

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


# Numbers of a site report as cells: rounded for the reader, never copied from elsewhere.

# kind of number -> decimals, factor from the document's unit to the reader's
KINDS = {
    "m2": (1, 1.0),
    "m": (1, 1.0),
    "percent": (2, 100.0),
    "count": (0, 1.0),
    "degree": (0, 1.0),
    "coordinate": (2, 1.0),
    "lonlat": (7, 1.0),
    "figure": (6, 1.0),
}
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


# Text as it may be shown, in a file that somebody will sign.

_GEOMETRY = ("geometry", "geometry_wgs84")
_BIDI = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


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


# Codes of a site report in words a reader of either language knows.

HERE = family(
    "dossier.here-",
    "dossier.here-true",
    "dossier.here-false",
    "dossier.here-none",
)

LAW_KIND = family(
    "law.kind-",
    "law.kind-law",
    "law.kind-guidance",
)

READ = family(
    "law.read-",
    "law.read-P",
    "law.read-S",
    "law.read-U",
)

STATUS = family(
    "law.",
    "law.in_force",
    "law.not_yet",
    "law.superseded",
    "law.unknown",
)

BEARING = family(
    "dossier.bearing-",
    "dossier.bearing-n",
    "dossier.bearing-ne",
    "dossier.bearing-e",
    "dossier.bearing-se",
    "dossier.bearing-s",
    "dossier.bearing-sw",
    "dossier.bearing-w",
    "dossier.bearing-nw",
)

STATE = family(
    "dossier.state-",
    "dossier.state-affected",
    "dossier.state-likely",
    "dossier.state-possible",
    "dossier.state-below_threshold",
    "dossier.state-not_affected",
    "dossier.state-incomplete",
    "dossier.state-no_data",
)

STATES = (
    "affected",
    "likely",
    "possible",
    "below_threshold",
    "incomplete",
    "no_data",
    "not_affected",
)
COLORS = {
    "affected": "#9b1c2e",
    "likely": "#b4480f",
    "possible": "#8a6100",
    "below_threshold": "#4f6475",
    "incomplete": "#5b4a8a",
    "no_data": "#555b61",
    "not_affected": "#1f6b3a",
}
OUT_OF_FORCE = ("not_yet", "superseded")  # statuses that every format marks
_POINTS = ("n", "ne", "e", "se", "s", "sw", "w", "nw")


def word(texts: Mapping[str, str], code: object, lang: str) -> str:
    """The text of a family that a code chooses, or the code itself when it has none."""
    name = texts.get(str(code))
    return say(name, lang) if name else str(code or "")


def state_cell(state: str, lang: str) -> Cell:
    """A state in words, marked so that every format can colour it."""
    return Cell(word(STATE, state, lang), look=f"state {state}")


def quality_cell(quality: str | None, lang: str) -> Cell:
    """A quality in words."""
    return Cell(str(spoken("quality", quality, lang) or "–"), look=f"quality {quality}")


def day(text: str | None) -> str:
    """A date as written in Vietnam, dd/mm/yyyy; a dash when it is unknown, else as it stands."""
    try:
        return f"{date.fromisoformat(text):%d/%m/%Y}" if text else "–"
    except ValueError:
        return str(text)


def bearing_cell(document: Mapping[str, Any], at: str, lang: str) -> Cell:
    """A grid bearing in words and whole degrees."""
    degrees = figure(document, f"{at}/bearing_deg", "degree", lang)
    if not degrees.at:
        return degrees
    return replace(degrees, text=f"{bearing_word(degrees.value, lang)} ({degrees.text}°)")


def bearing_word(degrees: float | None, lang: str) -> str:
    """One of eight directions; empty when there is none."""
    if degrees is None:
        return ""
    return say(BEARING[_POINTS[round(degrees / 45) % 8]], lang)


def named(row: Mapping[str, Any], lang: str, stem: str = "name") -> str:
    """`name_vi` or `name_en` of a row; the other language rather than nothing."""
    other = "en" if lang == "vi" else "vi"
    return str(row.get(f"{stem}_{lang}") or row.get(f"{stem}_{other}") or row.get("key") or "")


def theme_title(theme: Mapping[str, Any], lang: str) -> str:
    """Title of a theme; the other language, or the layer's name, rather than nothing."""
    title = theme["title"]
    return str(title.get(lang) or title.get("vi") or title.get("en") or theme["layer"])


def layer_title(document: Mapping[str, Any], layer: str, lang: str) -> str:
    """Title of a layer as the document gives it; for other layers the catalogue's."""
    for theme in document["themes"]:
        if theme["layer"] == layer:
            return theme_title(theme, lang)
    known = read_catalogue()
    return str(known[layer].title[lang]) if layer in known else layer


def cite(document: Mapping[str, Any], ids: Iterable[str], lang: str) -> str:
    """Clauses as a letter cites them; one that is not in force on the day says so."""
    known = {clause["id"]: clause for clause in document["clauses"]}
    cited = []
    for name in ids:
        clause = known.get(name)
        if clause is None:
            cited.append(str(name))
            continue
        text = ", ".join(filter(None, (clause.get("article"), clause.get("instrument"))))
        if clause.get("status") in OUT_OF_FORCE:
            text += f" ({word(STATUS, clause['status'], lang)})"
        cited.append(text)
    return "; ".join(cited) or "–"


def listed(value: str | Sequence[str] | None) -> list[str]:
    """Items of a list, given as one or as text with semicolons."""
    items = value.split(";") if isinstance(value, str) else value or ()
    return [str(item).strip() for item in items if str(item).strip()]


def source_numbers(document: Mapping[str, Any]) -> dict[str, int]:
    """A number for each source that a finding names, in alphabetical order."""
    findings = (finding for theme in document["themes"] for finding in theme["findings"])
    names = sorted({name for finding in findings for name in listed(finding["source"])})
    return {name: number for number, name in enumerate(names, start=1)}


def source_marks(document: Mapping[str, Any], value: str | Sequence[str] | None) -> str:
    """Sources of a finding by their numbers, as `[1], [3]`."""
    numbers = source_numbers(document)
    return ", ".join(f"[{numbers[name]}]" for name in listed(value)) or "–"


def commune_names(codes: str | Sequence[str] | None) -> str:
    """Names of communes for their codes, in the order given."""
    rows = read_unit_register()
    names = dict(zip(rows["commune_code"], rows["name_vi"], strict=True))
    return ", ".join(names.get(code, code) for code in listed(codes)) or "–"


def part_word(part: str, lang: str) -> str:
    """The class of environmental zone that a part (`<part>/<key>`) belongs to."""
    rows = read_register("environmental_part").set_index("part")
    name = part.partition("/")[0]
    if name not in rows.index:
        return part
    zone = spoken("zone", rows.at[name, "zone_339"], lang)
    return say("dossier.part", lang, zone=zone)


def office_name(code: str | None, lang: str) -> str:
    """The office responsible for a layer; empty when nobody is known to be."""
    if not code:
        return ""
    rows = read_register("office").set_index("code")
    return str(rows.at[code, f"name_{lang}"]) if code in rows.index else code


# Sections that tell a reader what a dossier is not, and what its words mean.

_DISCLAIMER = family(
    "dossier.disclaimer-",
    "dossier.disclaimer-1",
    "dossier.disclaimer-2",
    "dossier.disclaimer-3",
    "dossier.disclaimer-4",
)

_MEANS = family(
    "dossier.means-",
    "dossier.means-affected",
    "dossier.means-likely",
    "dossier.means-possible",
    "dossier.means-below_threshold",
    "dossier.means-incomplete",
    "dossier.means-no_data",
    "dossier.means-not_affected",
    "dossier.means-e",
    "dossier.means-authoritative",
    "dossier.means-indicative",
    "dossier.means-schematic",
    "dossier.means-none",
)

_QUALITIES = ("authoritative", "indicative", "schematic", "none")


def make_glossary(lang: str) -> Section:
    """What each state, each quality and the ± mean."""
    columns = (Column("word", 1.6), Column("meaning", 6))
    states = [(state_cell(state, lang), Cell(say(_MEANS[state], lang))) for state in STATES]
    qualities = [(quality_cell(name, lang), Cell(say(_MEANS[name], lang))) for name in _QUALITIES]
    error = (Cell(say("dossier.c-e", lang)), Cell(say(_MEANS["e"], lang)))
    table = Table("glossary", columns, (*states, error, *qualities))
    return Section("glossary", (table,), annex=True)


def make_disclaimer() -> Section:
    """What this dossier is not."""
    blocks = tuple(Sentence(code) for code in _DISCLAIMER.values())
    return Section("disclaimer", blocks, annex=True)
