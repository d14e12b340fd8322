"""Sections about single features: findings, and what somebody disputes."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from lsgis.report.dossier.content import Cell, Column, Section, Sentence, Table, without_blanks
from lsgis.report.dossier.figure import distance_cells, figure
from lsgis.report.dossier.lists import by_severity
from lsgis.report.dossier.wording import (
    bearing_cell,
    cite,
    day,
    named,
    office_name,
    part_word,
    quality_cell,
    source_marks,
    state_cell,
    theme_title,
)
from lsgis.text import family, say

_MARK = family(
    "dossier.mark-",
    "dossier.mark-symbol",
    "dossier.mark-dispute",
    "dossier.mark-accuracy_assumed",
)

_COLUMNS = (
    Column("zone", 3.6), Column("state", 1.9), Column("area", 2.0, True),
    Column("length", 1.5, True), Column("count", 1.1, True), Column("share", 1.3, True),
    Column("distance", 1.3, True), Column("e", 1.2, True), Column("bearing", 1.5),
    Column("clauses", 3.2), Column("quality", 1.3), Column("accuracy", 1.2, True),
    Column("source", 1.1),
)  # fmt: skip
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
    columns = (Column("zone", 3), Column("computed", 1.8), Column("reason", 4), Column("by", 1.6),
               Column("on", 1.5))  # fmt: skip
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
