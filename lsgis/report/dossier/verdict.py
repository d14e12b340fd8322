"""Sections that answer: the three lists, the findings, what nobody has located, disputes."""

from collections.abc import Iterator, Mapping
from typing import Any

from lsgis.report.dossier.content import Cell, Column, Section, Sentence, Table, figure
from lsgis.report.dossier.summary import distance_cells
from lsgis.report.dossier.wording import (
    STATES,     bearing_cell, cite, commune_names, day, listed, named, office_name, part_word,
    quality_cell, state_cell, theme_title,
)  # fmt: skip
from lsgis.text import say

LISTS = {
    "concerned": ("affected", "likely", "possible", "below_threshold"),
    "not_concerned": ("not_affected",),
    "without_data": ("incomplete", "no_data"),
}
_DISTANCE = (Column("distance", 1.1, True), Column("e", 0.9, True))
_FINDING_COLUMNS = (
    Column("zone", 3.2), Column("state", 1.6), Column("area", 1.5, True), Column("length", 1.3, True),
    Column("count", 1.0, True), Column("share", 1.1, True), *_DISTANCE, Column("bearing", 1.2),
    Column("clauses", 2.6), Column("quality", 1.2), Column("accuracy", 1.1, True),
    Column("source", 2.2),
)  # fmt: skip
_LIST_COLUMNS = {
    "concerned": (
        Column("layer", 3), Column("state", 1.8), Column("area", 1.5, True), Column("share", 1, True),
        *_DISTANCE, Column("located", 1.35, True), Column("clauses", 2.6),
    ),
    "not_concerned": (
        Column("layer", 3), Column("nearest", 2.6), *_DISTANCE, Column("bearing", 1.2),
        Column("located", 1.35, True), Column("clauses", 2.6),
    ),
    "without_data": (
        Column("layer", 3), Column("state", 1.6), Column("located", 1.35, True),
        Column("expected", 1, True), Column("undrawn", 1.35, True), Column("here", 1.3),
        *_DISTANCE, Column("clauses", 2.4),
    ),
}  # fmt: skip


def make_lists(document: Mapping[str, Any], lang: str) -> Section:
    """Every theme in exactly one of three lists: concerned, not concerned, without full data."""
    blocks: list[Table | Sentence] = []
    for code, states in LISTS.items():
        rows = []
        for number, theme in _by_severity(document):
            if theme["state"] in states:
                cells = _theme_cells(document, number, theme, lang)
                rows.append(tuple(cells[column.code] for column in _LIST_COLUMNS[code]))
        title = say(f"dossier.list-{code}", lang, count=len(rows))
        empty = f"dossier.empty-{code}"
        blocks.append(Table(f"list-{code}", _LIST_COLUMNS[code], tuple(rows), title, empty))
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
        "share": figure(document, f"{at}/share", "percent", lang),
        "nearest": Cell(named(nearest, lang) if nearest else "–"),
        "distance": distance, "e": e,
        "bearing": bearing_cell(document, f"{at}/nearest", lang) if nearest else Cell("–"),
        "located": figure(document, f"{at}/located", "count", lang),
        "expected": figure(document, f"{at}/expected", "count", lang),
        "undrawn": figure(document, f"{at}/undrawn_count", "count", lang),
        "here": Cell(say(f"dossier.here-{here}".lower(), lang)),
        "clauses": Cell(cite(document, theme["clauses"], lang)),
    }  # fmt: skip


def findings_of(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping, Mapping]]:
    """Each finding with its JSON pointer and its theme."""
    for number, theme in enumerate(document["themes"]):
        for place, finding in enumerate(theme["findings"]):
            yield f"/themes/{number}/findings/{place}", theme, finding


def make_findings(document: Mapping[str, Any], lang: str) -> Section:
    """One row a zone: how it meets the site, under which clause, how well it is known."""
    rows: list[tuple[Cell, ...]] = []
    for number, theme in _by_severity(document):
        office = office_name(theme.get("office"), lang)
        if theme["findings"]:
            rows.append((Cell(" – ".join(filter(None, (theme_title(theme, lang), office)))),))
        for place, finding in enumerate(theme["findings"]):
            rows.append(_finding_row(document, f"/themes/{number}/findings/{place}", finding, lang))
    table = Table("findings", _FINDING_COLUMNS, tuple(rows), empty="dossier.empty-findings")
    return Section("findings", (Sentence("dossier.findings-lead"), table), wide=True)


def _by_severity(document: Mapping[str, Any]) -> list[tuple[int, Mapping[str, Any]]]:
    """Themes with their place in the document, the worst first."""
    return sorted(enumerate(document["themes"]), key=lambda item: STATES.index(item[1]["state"]))


def _finding_row(document, at: str, finding: Mapping[str, Any], lang: str) -> tuple[Cell, ...]:
    part = f"\n{part_word(finding['part'], lang)}" if finding["part"] else ""
    marks = "".join(
        f"\n{say(f'dossier.mark-{mark}', lang)}"
        for mark in ("symbol", "dispute", "accuracy_assumed")
        if finding[mark]
    )
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
        Cell("; ".join(listed(finding["source"])) or "–"),
    )


def make_undrawn(document: Mapping[str, Any], lang: str) -> Section:
    """Features that the Decision declares and nobody has located, those of this commune first."""
    columns = (Column("layer", 2), Column("feature", 3), Column("communes", 3), Column("here", 1.2))
    rows = [
        (not row["here"], number, theme, row)
        for number, theme in enumerate(document["themes"])
        for row in theme["undrawn"]
    ]
    cells = tuple(
        (
            Cell(theme_title(theme, lang)),
            Cell(f"{named(row, lang)} ({row['key']})"),
            Cell(commune_names(row["commune_codes"])),
            Cell(say(f"dossier.here-{row['here']}".lower(), lang)),
        )
        for _, _, theme, row in sorted(rows, key=lambda item: item[:2])
    )
    lead = Sentence("dossier.undrawn-lead")
    return Section("undrawn", (lead, Table("undrawn", columns, cells)))


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


def make_theme_table(document: Mapping[str, Any], lang: str) -> Table:
    """Every theme with every figure, for those who sort and filter."""
    columns = (
        Column("table", 2), Column("layer", 3), Column("state", 2), Column("area", 1.5, True),
        Column("length", 1.3, True), Column("count", 1, True), Column("share", 1, True),
        Column("nearest", 3), *_DISTANCE, Column("bearing", 1.5), Column("expected", 1, True),
        Column("listed", 1, True), Column("located", 1, True), Column("undrawn", 1.2, True),
        Column("here", 1.4), Column("quality", 1.3), Column("accuracy", 1.1, True),
        Column("clauses", 3),
    )  # fmt: skip
    rows = []
    for code, states in LISTS.items():
        for number, theme in _by_severity(document):
            if theme["state"] in states:
                at = f"/themes/{number}"
                cells = _theme_cells(document, number, theme, lang) | {
                    "table": Cell(say(f"dossier.in-{code}", lang)),
                    "length": figure(document, f"{at}/length_m", "m", lang),
                    "count": figure(document, f"{at}/count", "count", lang),
                    "listed": figure(document, f"{at}/listed", "count", lang),
                    "quality": quality_cell(theme["quality"], lang),
                    "accuracy": figure(document, f"{at}/accuracy_m", "m", lang, digits=0),
                }
                rows.append(tuple(cells[column.code] for column in columns))
    return Table("themes", columns, tuple(rows))
