"""Findings and the three lists: concerned, not concerned, without data."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from lsgis.report.wording import (
    HERE,
    STATE,
    STATES,
    Cell,
    Column,
    Section,
    Sentence,
    Table,
    bearing_cell,
    bearing_word,
    cite,
    commune_names,
    day,
    distance_cells,
    figure,
    join_alike,
    layer_title,
    listed,
    named,
    office_name,
    part_word,
    quality_cell,
    source_marks,
    state_cell,
    theme_title,
    without_blanks,
    word,
)
from lsgis.text import family, say

# Every theme in one of three lists: concerned, not concerned, without full data.

_IN = family(
    "dossier.in-",
    "dossier.in-concerned",
    "dossier.in-not_concerned",
    "dossier.in-without_data",
)

_EMPTY = family(
    "dossier.empty-",
    "dossier.empty-concerned",
    "dossier.empty-not_concerned",
    "dossier.empty-without_data",
)

_TITLE = family(
    "dossier.list-",
    "dossier.list-concerned",
    "dossier.list-not_concerned",
    "dossier.list-without_data",
)

LISTS = {
    "concerned": ("affected", "likely", "possible", "below_threshold"),
    "not_concerned": ("not_affected",),
    "without_data": ("incomplete", "no_data"),
}
_DISTANCE = (Column("distance", 1.4, True), Column("e", 1.1, True))
_OVERLAPS = (Column("area", 2.0, True), Column("length", 1.7, True), Column("count", 1.0, True))
_LIST_COLUMNS = {
    "concerned": (
        Column("layer", 3),
        Column("state", 2),
        *_OVERLAPS,
        Column("share", 1.3, True),
        *_DISTANCE,
        Column("located", 1.2, True),
        Column("clauses", 4.4),
    ),
    "not_concerned": (
        Column("layer", 3),
        Column("nearest", 3),
        *_DISTANCE,
        Column("bearing", 1.9),
        Column("located", 1.2, True),
        Column("clauses", 4.4),
    ),
    "without_data": (
        Column("layer", 4),
        Column("state", 3.1),
        Column("located", 1.2, True),
        Column("expected", 1.2, True),
        Column("undrawn", 1.2, True),
        Column("here", 1.6),
        *_DISTANCE,
        Column("clauses", 5.4),
    ),
}


def make_lists(document: Mapping[str, Any], lang: str) -> Section:
    """Every theme in exactly one of three lists: concerned, not concerned, without full data."""
    blocks: list[Table | Sentence] = []
    for code, states in LISTS.items():
        found = [
            _theme_cells(document, number, theme, lang)
            for number, theme in by_severity(document)
            if theme["state"] in states
        ]
        columns = _LIST_COLUMNS[code]
        rows = tuple(tuple(cells[column.code] for column in columns) for cells in found)
        title = say(_TITLE[code], lang, count=len(rows))
        table = Table(f"list-{code}", columns, rows, title, _EMPTY[code])
        blocks.append(without_blanks(table))
    blocks.append(Sentence("dossier.lists-note"))
    return Section("lists", tuple(blocks))


def _theme_cells(document, number: int, theme: Mapping[str, Any], lang: str) -> dict[str, Cell]:
    at, nearest = f"/themes/{number}", theme["nearest"]
    distance, e = Cell("–"), Cell("–")
    if nearest:
        distance, e = distance_cells(document, f"{at}/nearest", nearest, lang)
    here = theme["undrawn_here"]
    return {
        "layer": Cell(theme_title(theme, lang)),
        "state": state_cell(theme["state"], lang),
        "area": figure(document, f"{at}/area_m2", "m2", lang),
        "length": figure(document, f"{at}/length_m", "m", lang),
        "count": figure(document, f"{at}/count", "count", lang),
        "share": figure(document, f"{at}/share", "percent", lang),
        "nearest": Cell(named(nearest, lang) if nearest else "–"),
        "distance": distance,
        "e": e,
        "bearing": bearing_cell(document, f"{at}/nearest", lang) if nearest else Cell("–"),
        "located": figure(document, f"{at}/located", "count", lang),
        "expected": figure(document, f"{at}/expected", "count", lang),
        "undrawn": figure(document, f"{at}/undrawn_count", "count", lang),
        "here": Cell(say(HERE[str(here).lower()], lang)),
        "clauses": Cell(cite(document, theme["clauses"], lang)),
    }


def by_severity(document: Mapping[str, Any]) -> list[tuple[int, Mapping[str, Any]]]:
    """Themes with their place in the document, the worst first."""
    return sorted(enumerate(document["themes"]), key=lambda item: STATES.index(item[1]["state"]))


def make_theme_table(document: Mapping[str, Any], lang: str) -> Table:
    """Every theme with every figure, for those who sort and filter."""
    columns = (
        Column("table", 2),
        Column("layer", 3),
        Column("state", 2),
        Column("area", 1.5, True),
        Column("length", 1.3, True),
        Column("count", 1, True),
        Column("share", 1, True),
        Column("nearest", 3),
        *_DISTANCE,
        Column("bearing", 1.5),
        Column("expected", 1, True),
        Column("listed", 1, True),
        Column("located", 1, True),
        Column("undrawn", 1.2, True),
        Column("here", 1.6),
        Column("quality", 1.3),
        Column("accuracy", 1.1, True),
        Column("clauses", 3),
    )
    rows = []
    for code, states in LISTS.items():
        for number, theme in by_severity(document):
            if theme["state"] in states:
                at = f"/themes/{number}"
                cells = _theme_cells(document, number, theme, lang) | {
                    "table": Cell(say(_IN[code], lang)),
                    "listed": figure(document, f"{at}/listed", "count", lang),
                    "quality": quality_cell(theme["quality"], lang),
                    "accuracy": figure(document, f"{at}/accuracy_m", "m", lang, digits=0),
                }
                rows.append(tuple(cells[column.code] for column in columns))
    return Table("themes", columns, tuple(rows))


# Sections about single features: findings, and what somebody disputes.

_MARK = family(
    "dossier.mark-",
    "dossier.mark-symbol",
    "dossier.mark-dispute",
    "dossier.mark-accuracy_assumed",
)

_COLUMNS = (
    Column("zone", 3.6),
    Column("state", 1.9),
    Column("area", 2.0, True),
    Column("length", 1.5, True),
    Column("count", 1.1, True),
    Column("share", 1.3, True),
    Column("distance", 1.3, True),
    Column("e", 1.2, True),
    Column("bearing", 1.5),
    Column("clauses", 3.2),
    Column("quality", 1.3),
    Column("accuracy", 1.2, True),
    Column("source", 1.1),
)
_MOST_COLUMNS = 11  # that a page standing upright can hold


def findings_of(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping, Mapping]]:
    """Each finding with its JSON pointer and its theme."""
    for number, theme in enumerate(document["themes"]):
        for place, finding in enumerate(theme["findings"]):
            yield f"/themes/{number}/findings/{place}", theme, finding


def make_findings(document: Mapping[str, Any], lang: str) -> Section:
    """One row a zone: how it meets the site, under which clause, how well it is known."""
    rows: list[tuple[Cell, ...]] = []
    for number, theme in by_severity(document):
        office = office_name(theme.get("office"), lang)
        if theme["findings"]:
            rows.append((Cell(" – ".join(filter(None, (theme_title(theme, lang), office)))),))
        for place, finding in enumerate(theme["findings"]):
            rows.append(_finding_row(document, f"/themes/{number}/findings/{place}", finding, lang))
    whole = Table("findings", _COLUMNS, tuple(rows), empty="dossier.empty-findings")
    table = without_blanks(_source_below(whole, lang))
    lead = (Sentence("dossier.findings-lead"),) if rows else ()
    wide = bool(rows) and len(table.columns) > _MOST_COLUMNS
    return Section("findings", (*lead, table), wide=wide, rows=(whole,))


def _finding_row(document, at: str, finding: Mapping[str, Any], lang: str) -> tuple[Cell, ...]:
    part = f"\n{part_word(finding['part'], lang)}" if finding["part"] else ""
    marks = "".join(f"\n{say(text, lang)}" for mark, text in _MARK.items() if finding[mark])
    overlap = (("area_m2", "m2"), ("length_m", "m"), ("count", "count"), ("share", "percent"))
    return (
        Cell(f"{named(finding, lang)} ({finding['key']}){part}{marks}"),
        state_cell(finding["state"], lang),
        *(figure(document, f"{at}/{key}", kind, lang) for key, kind in overlap),
        *distance_cells(document, at, finding, lang),
        bearing_cell(document, at, lang),
        Cell(cite(document, finding["clauses"], lang)),
        quality_cell(finding["quality"], lang),
        figure(document, f"{at}/accuracy_m", "m", lang, digits=0),
        Cell(source_marks(document, finding["source"])),
    )


def _source_below(table: Table, lang: str) -> Table:
    """The table with the sources under the names: paper has room downwards only."""
    rows = []
    for row in table.rows:
        if len(row) > 1:
            source = say("dossier.source-below", lang, marks=row[-1].text)
            row = (Cell(f"{row[0].text}\n{source}"), *row[1:-1])
        rows.append(row)
    return replace(table, columns=table.columns[:-1], rows=tuple(rows))


def make_disputes(document: Mapping[str, Any], lang: str) -> Section:
    """Findings that somebody disputes: what was computed stands beside the reason."""
    columns = (
        Column("zone", 3),
        Column("computed", 1.8),
        Column("reason", 4),
        Column("by", 1.6),
        Column("on", 1.5),
    )
    rows = tuple(
        (
            Cell(f"{theme_title(theme, lang)}: {named(finding, lang)} ({finding['key']})"),
            state_cell(finding["state"], lang),
            Cell(str(finding["dispute"]["reason"])),
            Cell(str(finding["dispute"].get("by") or "–")),
            Cell(day(finding["dispute"].get("on")), look="day"),
        )
        for _, theme, finding in findings_of(document)
        if finding["dispute"]
    )
    lead = (Sentence("dossier.disputes-lead"),) if rows else ()
    empty = "dossier.empty-disputes"
    return Section("disputes", (*lead, Table("disputes", columns, rows, empty=empty)))


# The finding that a reader should know first.

_STRONGEST = family(
    "dossier.strongest-",
    "dossier.strongest-area-share",
    "dossier.strongest-area",
    "dossier.strongest-length-share",
    "dossier.strongest-length",
    "dossier.strongest-count",
    "dossier.strongest-distance-bearing",
    "dossier.strongest-distance",
    "dossier.strongest-plain",
)

_CONCERNED = ("affected", "likely", "possible", "below_threshold")
_MEASURES = (("area_m2", "area", "m2"), ("length_m", "length", "m"), ("count", "count", "count"))


def tell_strongest(document: Mapping[str, Any], lang: str) -> Sentence | None:
    """The finding that weighs most: worst state first, then the largest overlap or nearest."""
    ranked = [
        (STATES.index(finding["state"]), *_weight(finding), number, place)
        for number, theme in enumerate(document["themes"])
        for place, finding in enumerate(theme["findings"])
        if finding["state"] in _CONCERNED
    ]
    if not ranked:
        return None
    number, place = min(ranked)[-2:]
    theme = document["themes"][number]
    return _told(
        document, f"/themes/{number}/findings/{place}", theme, theme["findings"][place], lang
    )


def _weight(finding: Mapping[str, Any]) -> tuple[float, float]:
    overlap = finding["area_m2"] or finding["length_m"] or finding["count"] or 0
    return -overlap, finding["distance_m"] or 0


def _told(document, at: str, theme, finding, lang: str) -> Sentence:
    values: dict[str, Cell | str] = {
        "state": word(STATE, finding["state"], lang),
        "zone": named(finding, lang),
        "layer": theme_title(theme, lang),
    }
    look = f"state {finding['state']}"
    for key, name, kind in _MEASURES:
        if finding.get(key):
            values[name] = figure(document, f"{at}/{key}", kind, lang)
            if finding.get("share") is not None and name != "count":
                values["share"] = figure(document, f"{at}/share", "percent", lang)
                return Sentence(_STRONGEST[f"{name}-share"], values, look)
            return Sentence(_STRONGEST[name], values, look)
    if finding.get("distance_m") is None:
        return Sentence(_STRONGEST["plain"], values, look)
    values["distance"], values["e"] = distance_cells(document, at, finding, lang)
    values["bearing"] = bearing_word(finding["bearing_deg"], lang)
    code = "distance-bearing" if values["bearing"] else "distance"
    return Sentence(_STRONGEST[code], values, look)


# The section about what the Decision declares and nobody has located.

Row = Mapping[str, Any]


def make_undrawn(document: Mapping[str, Any], lang: str) -> Section:
    """Features nobody has located, layer by layer: those of the site's own commune first."""
    themes = [theme for theme in document["themes"] if theme["undrawn"]]
    themes.sort(key=lambda theme: not any(row["here"] for row in theme["undrawn"]))
    columns = (
        Column("layer", 2),
        Column("here", 2.4),
        Column("elsewhere", 4.4),
        Column("nowhere", 3.2),
    )
    rows = tuple(
        (Cell(theme_title(theme, lang)), *_by_place(theme["undrawn"], lang)) for theme in themes
    )
    lead = Sentence("dossier.undrawn-lead")
    table = without_blanks(Table("undrawn", columns, rows))
    return Section("undrawn", (lead, table), rows=(_one_a_row(themes, lang),), annex=True)


def _by_place(rows: Sequence[Row], lang: str) -> tuple[Cell, Cell, Cell]:
    """Features declared here, elsewhere, and nobody knows in which commune."""
    here = [row for row in rows if row["here"]]
    elsewhere = [row for row in rows if not row["here"] and listed(row["commune_codes"])]
    nowhere = [row for row in rows if not row["here"] and not listed(row["commune_codes"])]
    return (
        _told_undrawn(here, lang, places=False),
        _told_undrawn(elsewhere, lang, places=True),
        _told_undrawn(nowhere, lang, places=False),
    )


def _told_undrawn(rows: Iterable[Row], lang: str, *, places: bool) -> Cell:
    told = []
    for row in rows:
        place = f": {commune_names(row['commune_codes'])}" if places else ""
        told.append(f"{named(row, lang)} ({row['key']}{place})")
    return Cell("; ".join(told) or "–")


def _one_a_row(themes: Iterable[Row], lang: str) -> Table:
    """The same for a spreadsheet: one feature a row."""
    columns = (Column("feature", 4), Column("communes", 4), Column("here", 1.3))
    rows: list[tuple[Cell, ...]] = []
    for theme in themes:
        rows.append((Cell(theme_title(theme, lang)),))
        for row in sorted(theme["undrawn"], key=lambda row: not row["here"]):
            feature = Cell(f"{named(row, lang)} ({row['key']})")
            here = Cell(say(HERE[str(row["here"]).lower()], lang))
            rows.append((feature, Cell(commune_names(row["commune_codes"])), here))
    return Table("undrawn", columns, tuple(rows))


# The section about thresholds: every number and choice that decided a verdict.

_NAME = family(
    "dossier.t-",
    "dossier.t-combination",
    "dossier.t-assumed_accuracy_m",
    "dossier.t-datum_accuracy_m",
    "dossier.t-complete",
    "dossier.t-rounding_m",
    "dossier.t-quad_segs",
    "dossier.t-buffer_widened",
    "dossier.t-rule",
    "dossier.t-min_area_m2",
    "dossier.t-min_length_m",
    "dossier.t-bands_m",
)

_SETTING = family(
    "dossier.setting-",
    "dossier.setting-root-sum-square",
)

_UNITS = {"_m2": "m2", "_m": "m"}


def make_thresholds(document: Mapping[str, Any], lang: str) -> Section:
    """Every threshold the check used, as the document states it."""
    scalars, by_layer = [], {}
    for name, value in document["thresholds"].items():
        if isinstance(value, Mapping):
            by_layer[name] = value
        else:
            at = f"/thresholds/{name}"
            scalars.append(
                (Cell(word(_NAME, name, lang)), _setting(document, at, name, value, lang))
            )
    columns = (Column("threshold", 4), Column("value", 3))
    first = Table("thresholds", columns, tuple(scalars))
    if not by_layer:
        return Section("thresholds", (first,), annex=True)
    whole = _by_layer(document, by_layer, lang)
    return Section("thresholds", (first, join_alike(whole)), rows=(first, whole), annex=True)


def _setting(document, at: str, name: str, value: Any, lang: str) -> Cell:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return Cell(word(_SETTING, value, lang) or "–")
    if isinstance(value, list):
        return Cell(", ".join(layer_title(document, str(item), lang) for item in value) or "–")
    kind = next((unit for ending, unit in _UNITS.items() if name.endswith(ending)), "figure")
    return figure(document, at, kind, lang, digits=0 if isinstance(value, int) else None)


def _by_layer(document, settings: Mapping[str, Mapping[str, Any]], lang: str) -> Table:
    layers = dict.fromkeys(layer for values in settings.values() for layer in values)
    columns = (Column("layer", 5), *(Column(f"t-{name}", 1.6, True) for name in settings))
    rows = []
    for layer in layers:
        cells = [Cell(layer_title(document, layer, lang))]
        for name, values in settings.items():
            at, value = f"/thresholds/{name}/{layer}", values.get(layer)
            if isinstance(value, list):
                parts = [
                    figure(document, f"{at}/{n}", "m", lang, digits=0) for n in range(len(value))
                ]
                cells.append(Cell("; ".join(part.text for part in parts) or "–"))
            else:
                cells.append(_setting(document, at, name, value, lang))
        rows.append(tuple(cells))
    return Table("thresholds-layer", columns, tuple(rows), say("dossier.thresholds-layer", lang))
