"""What a dossier says, in words and figures, whatever its format."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Protocol, TypeVar

import msgspec

from lsgis.catalogue import read_catalogue, read_unit_register
from lsgis.region import Region
from lsgis.report.words import row_of, spoken
from lsgis.sitecheck.record import WORST_FIRST, ClauseStatus, LayerVerdict, Shape, SiteReport
from lsgis.text import family, format_number, say

# What a dossier says before it has a format: sections of tables, sentences and pictures.
#
# A number is never copied: its cell names the place in the report where it stands, so that
# every format can be held against the report's JSON file.

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
    "dossier.c-ha",
    "dossier.c-area_least",
    "dossier.c-area_most",
    "dossier.c-length",
    "dossier.c-length_least",
    "dossier.c-length_most",
    "dossier.c-count",
    "dossier.c-share",
    "dossier.c-share_certificate",
    "dossier.c-nearest",
    "dossier.c-distance",
    "dossier.c-e",
    "dossier.c-bearing",
    "dossier.c-expected",
    "dossier.c-listed",
    "dossier.c-located",
    "dossier.c-undrawn",
    "dossier.c-here",
    "dossier.c-perhaps",
    "dossier.c-clauses",
    "dossier.c-quality",
    "dossier.c-accuracy",
    "dossier.c-rests",
    "dossier.c-phase",
    "dossier.c-in_decision",
    "dossier.c-zone_status",
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
    "dossier.c-t-set_min_area_m2",
    "dossier.c-t-set_min_length_m",
    "dossier.c-t-bands_m",
)

_BLANK = ("", "–")


@dataclass(frozen=True)
class Cell:
    """Text as read; for a number also the value, its kind, decimals and place in the report.

    `below` is what stands under it on a page; a spreadsheet has columns for that.
    """

    text: str
    value: float | None = None
    at: str = ""
    kind: str = "text"
    digits: int = 0
    look: str = ""
    below: tuple["Sentence", ...] = ()


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


def make_table(
    code: str,
    columns: tuple[Column, ...],
    rows: Iterable[Mapping[str, Cell] | Cell],
    *,
    title: str = "",
    empty: str = "dossier.empty",
) -> Table:
    """A table of rows that name their cells by column; a bare cell heads the rows after it.

    A row may name more than the columns ask for.
    """
    told = tuple(
        (row,) if isinstance(row, Cell) else tuple(row[column.code] for column in columns)
        for row in rows
    )
    return Table(code, columns, told, title, empty)


def keep_columns(table: Table, kept: Sequence[int]) -> Table:
    """A table with the columns in these places only; heads of groups stay."""
    columns = tuple(table.columns[n] for n in kept)
    rows = (row if is_group(row, table) else tuple(row[n] for n in kept) for row in table.rows)
    return replace(table, columns=columns, rows=tuple(rows))


def without_blanks(table: Table) -> Table:
    """A table without the columns in which no row says anything."""
    rows = [row for row in table.rows if not is_group(row, table)]
    kept = [n for n in range(len(table.columns)) if any(row[n].text not in _BLANK for row in rows)]
    return keep_columns(table, kept) if rows else table


def heading(column: Column, lang: str) -> str:
    """Heading of a column."""
    return column.title or say(COLUMN[column.code], lang)


def is_group(row: Sequence[Cell], table: Table) -> bool:
    """Whether a row heads a group of rows."""
    return len(row) == 1 < len(table.columns)


def join_alike(table: Table) -> Table:
    """A table in which rows that differ only in their first cell are one row."""
    groups: dict[tuple[tuple[str, float | None], ...], list[tuple[Cell, ...]]] = {}
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

# kind of number -> decimals, factor from the report's unit to the reader's
KINDS = {
    "m2": (1, 1.0),
    "ha": (2, 1e-4),
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


def resolve(report: SiteReport | Mapping[str, Any], at: str) -> Any:
    """Value of a report, or of its plain values, at a JSON pointer, e.g. `/themes/0/share`."""
    value: Any = report
    for step in at.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, msgspec.Struct):
            value = getattr(value, name)
        else:
            value = value[int(name)] if isinstance(value, Sequence) else value[name]
    return value


def figure(
    report: SiteReport | Mapping[str, Any],
    at: str,
    kind: str,
    lang: str,
    *,
    digits: int | None = None,
) -> Cell:
    """The number at a JSON pointer as a cell; a dash where the report holds none.

    A number that is not zero never reads as zero, a share below one never as
    100 %: more decimals are shown (at most 6).
    """
    value = resolve(report, at)
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


class Sized(Protocol):
    """A row of a report with an overlap, and what it comes to within accuracy."""

    @property
    def area_least_m2(self) -> float | None: ...
    @property
    def area_most_m2(self) -> float | None: ...
    @property
    def length_least_m(self) -> float | None: ...
    @property
    def length_most_m(self) -> float | None: ...


_BELOW = family(
    "dossier.below-",
    "dossier.below-area",
    "dossier.below-area-range",
    "dossier.below-area-symbol",
    "dossier.below-length-range",
    "dossier.below-length-symbol",
)


def area_cell(report: SiteReport, at: str, lang: str) -> Cell:
    """An area in m², with its hectares below."""
    cell = figure(report, at, "m2", lang)
    if not cell.at:
        return cell
    return replace(cell, below=(Sentence(_BELOW["area"], {"ha": figure(report, at, "ha", lang)}),))


def overlap_cells(
    report: SiteReport, at: str, row: Sized, lang: str, *, symbol: bool
) -> dict[str, Cell]:
    """Area and length of an overlap, with ha and what accuracy makes of them below.

    For a spreadsheet the same as columns of their own. A symbol has no range: that it is
    one is said in its place.
    """
    names = {"area": ("area_m2", "area_least_m2", "area_most_m2", "m2")}
    names["length"] = ("length_m", "length_least_m", "length_most_m", "m")
    cells: dict[str, Cell] = {}
    for code, (key, low, high, kind) in names.items():
        cell = figure(report, f"{at}/{key}", kind, lang)
        ends = [
            figure(report, f"{at}/{name}", kind, lang, digits=_ends(cell)) for name in (low, high)
        ]
        cells |= {code: cell, f"{code}_least": ends[0], f"{code}_most": ends[1]}
        if not cell.at:
            continue
        told: dict[str, Cell | str] = {}
        if code == "area":
            cells["ha"] = told["ha"] = figure(report, f"{at}/{key}", "ha", lang)
        way = code if code == "area" else ""
        if ends[0].at and getattr(row, low) < getattr(row, high) and _is_range(cell, ends, lang):
            told |= {"least": ends[0], "most": ends[1]}
            way = f"{code}-range"
        elif symbol and cell.value:
            way = f"{code}-symbol"
        if way:
            cells[code] = replace(cell, below=(Sentence(_BELOW[way], told),))
    return {"ha": Cell("–"), **cells}


def _is_range(cell: Cell, ends: Sequence[Cell], lang: str) -> bool:
    """Whether one end of a range, as it is shown, is another figure than the overlap itself."""
    shown = format_number(cell.value or 0.0, _ends(cell), lang)
    return any(end.text != shown for end in ends)


def _ends(cell: Cell) -> int:
    """Decimals for the ends of a range: none from a hundred on."""
    return 0 if (cell.value or 0.0) >= 100 else 1


def share_cells(report: SiteReport, at: str, lang: str) -> dict[str, Cell]:
    """The share of the site as measured, and below it that of the area by its certificate."""
    share = figure(report, f"{at}/share", "percent", lang)
    other = figure(report, f"{at}/share_certificate", "percent", lang)
    if share.at and other.at:
        share = replace(share, below=(Sentence("dossier.by-certificate", {"share": other}),))
    return {"share": share, "share_certificate": other}


class Placed(Protocol):
    """A row of a report with an accuracy, metres."""

    @property
    def e_m(self) -> float: ...


class Measured(Placed, Protocol):
    """A row of a report with a distance and its accuracy, metres."""

    @property
    def distance_m(self) -> float: ...


def distance_cells(report: SiteReport, at: str, row: Measured, lang: str) -> tuple[Cell, Cell]:
    """Distance and its ± as cells, no finer than the accuracy deserves."""
    coarse = row.e_m >= 10
    digits = 0 if coarse or not row.distance_m else 1
    return (
        figure(report, f"{at}/distance_m", "m", lang, digits=digits),
        accuracy_cell(report, at, row, lang),
    )


def accuracy_cell(report: SiteReport, at: str, row: Placed, lang: str) -> Cell:
    """The ± of a row as a cell, in whole metres from 10 m on."""
    return figure(report, f"{at}/e_m", "m", lang, digits=0 if row.e_m >= 10 else 1)


# Text as it may be shown, in a file that somebody will sign.

_BIDI = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
Value = TypeVar("Value")


def clean(value: Value) -> Value:
    """A record, or a part of one, as it may be shown: text NFC, no characters that are no text.

    Control, direction-changing and unpaired characters become U+FFFD: they
    break Word and Excel files, or make a reader see something else than is
    written. Geometry, days and numbers pass as they are.
    """
    shown: Any = value
    if isinstance(value, str):
        shown = unicodedata.normalize("NFC", "".join(map(_shown, value)))
    elif isinstance(value, msgspec.Struct) and not isinstance(value, Shape):
        fields = msgspec.structs.asdict(value).items()
        shown = msgspec.structs.replace(value, **{name: clean(part) for name, part in fields})
    elif isinstance(value, Mapping):
        shown = {name: clean(part) for name, part in value.items()}
    elif isinstance(value, list | tuple):
        shown = type(value)(clean(item) for item in value)
    kept: Value = shown
    return kept


def _shown(sign: str) -> str:
    wrong = sign in _BIDI or unicodedata.category(sign) in ("Cc", "Cs") or sign in "\ufffe\uffff"
    if sign in "\u2028\u2029\r":
        return "\n"
    return "\ufffd" if wrong and sign not in "\n\t" else sign


# Codes of a site report in words a reader of either language knows.

HERE = family(
    "dossier.here-",
    "dossier.here-yes",
    "dossier.here-possible",
    "dossier.here-no",
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

LEVEL = family(
    "law.level-",
    "law.level-A",
    "law.level-B",
    "law.level-C",
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


def quality_cell(quality: str | None, lang: str, region: Region) -> Cell:
    """A quality in words."""
    text = str(spoken("quality", quality, lang, region=region) or "–")
    return Cell(text, look=f"quality {quality}")


def day(stated: date | str | None) -> str:
    """A date as written in Vietnam, dd/mm/yyyy; a dash when it is unknown, else as it stands."""
    try:
        known = date.fromisoformat(stated) if isinstance(stated, str) and stated else stated
    except ValueError:
        return str(stated)
    return f"{known:%d/%m/%Y}" if known else "–"


def bearing_cell(report: SiteReport, at: str, lang: str) -> Cell:
    """A grid bearing in words and whole degrees."""
    degrees = figure(report, f"{at}/bearing_deg", "degree", lang)
    if not degrees.at:
        return degrees
    return replace(degrees, text=f"{bearing_word(degrees.value, lang)} ({degrees.text}°)")


def bearing_word(degrees: float | None, lang: str) -> str:
    """One of eight directions; empty when there is none."""
    if degrees is None:
        return ""
    return say(BEARING[_POINTS[round(degrees / 45) % 8]], lang)


def either(vi: str | None, en: str | None, lang: str, otherwise: str | None = "") -> str:
    """A text in a language; in the other one, or `otherwise`, rather than nothing."""
    first, second = (vi, en) if lang == "vi" else (en, vi)
    return first or second or otherwise or ""


class Named(Protocol):
    """A row of a report with a key and a name in both languages."""

    @property
    def key(self) -> str | None: ...
    @property
    def name_vi(self) -> str | None: ...
    @property
    def name_en(self) -> str | None: ...


def named(row: Named, lang: str) -> str:
    """Name of a row; the other language, or its key, rather than nothing."""
    return either(row.name_vi, row.name_en, lang, row.key)


def theme_title(theme: LayerVerdict, lang: str) -> str:
    """Title of a theme; the other language, or the layer's name, rather than nothing."""
    return either(theme.title.vi, theme.title.en, lang, theme.layer)


def layer_title(report: SiteReport, layer: str, lang: str, region: Region) -> str:
    """Title of a layer as the report gives it; for other layers the catalogue's."""
    for theme in report.themes:
        if theme.layer == layer:
            return theme_title(theme, lang)
    known = read_catalogue(region)
    return str(known[layer].title[lang]) if layer in known else layer


def cite(report: SiteReport, ids: Iterable[str], lang: str) -> str:
    """Clauses as a letter cites them; one not known to stand, or not read whole, says so."""
    known = {clause.id: clause for clause in report.clauses}
    cited = [_cited(known[name], lang) if name in known else name for name in ids]
    return "; ".join(cited) or "–"


def _cited(clause: ClauseStatus, lang: str) -> str:
    doubts = [] if clause.status == "in_force" else [word(STATUS, clause.status, lang)]
    doubts += [] if clause.level == "A" else [_read_as(clause, lang)]
    return cite_clause(clause) + (f" ({'; '.join(doubts)})" if doubts else "")


def _read_as(clause: ClauseStatus, lang: str) -> str:
    """Level of a clause that was not read whole, in two words; that nobody has read it."""
    if clause.level:
        return say("law.level-short", lang, level=clause.level)
    return word(READ, "U", lang)


def cite_clause(clause: ClauseStatus) -> str:
    """Article and act of a clause."""
    return ", ".join(filter(None, (clause.article, clause.instrument)))


def listed(items: Iterable[str]) -> list[str]:
    """Items that say something, without the blanks around them."""
    return [item.strip() for item in items if item.strip()]


def source_numbers(report: SiteReport) -> dict[str, int]:
    """A number for each source that a finding or a clause names, in alphabetical order."""
    findings = (finding.source for theme in report.themes for finding in theme.findings)
    clauses = (clause.sources for clause in report.clauses)
    names = sorted({name for named in (*findings, *clauses) for name in listed(named)})
    return {name: number for number, name in enumerate(names, start=1)}


def source_marks(report: SiteReport, sources: Iterable[str]) -> str:
    """Sources of a finding by their numbers, as `[1], [3]`."""
    numbers = source_numbers(report)
    return ", ".join(f"[{numbers[name]}]" for name in listed(sources)) or "–"


def commune_names(codes: Iterable[str], region: Region) -> str:
    """Names of communes for their codes, in the order given."""
    rows = read_unit_register(region)
    names = dict(zip(rows["commune_code"], rows["name_vi"], strict=True))
    return ", ".join(names.get(code, code) for code in listed(codes)) or "–"


def part_word(part: str, rule: str, lang: str, region: Region) -> str:
    """The class of environmental zone that a part (`<part>/<key>`) belongs to by a reading."""
    row = row_of("environmental_part", "part", part.partition("/")[0], region)
    if f"zone_{rule}" not in row:
        return part
    zone = spoken("zone", row[f"zone_{rule}"], lang, region=region)
    return say("dossier.part", lang, zone=zone)


def office_name(code: str | None, lang: str, region: Region) -> str:
    """The office responsible for a layer; empty when nobody is known to be."""
    return row_of("office", "code", code, region).get(f"name_{lang}", code) if code else ""


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


def make_glossary(lang: str, region: Region) -> Section:
    """What each state, each quality and the ± mean."""
    columns = (Column("word", 1.6), Column("meaning", 6))
    states = [(state_cell(state, lang), Cell(say(_MEANS[state], lang))) for state in WORST_FIRST]
    qualities = [
        (quality_cell(name, lang, region), Cell(say(_MEANS[name], lang))) for name in _QUALITIES
    ]
    error = (Cell(say("dossier.c-e", lang)), Cell(say(_MEANS["e"], lang)))
    table = Table("glossary", columns, (*states, error, *qualities))
    return Section("glossary", (table,), annex=True)


def make_disclaimer() -> Section:
    """What this dossier is not."""
    blocks = tuple(Sentence(code) for code in _DISCLAIMER.values())
    return Section("disclaimer", blocks, annex=True)
