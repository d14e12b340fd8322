"""Every theme in one of three lists: concerned, not concerned, without full data."""

from collections.abc import Mapping
from typing import Any

from lsgis.report.dossier.content import Cell, Column, Section, Sentence, Table, without_blanks
from lsgis.report.dossier.figure import distance_cells, figure
from lsgis.report.dossier.wording import (
    HERE,
    STATES,
    bearing_cell,
    cite,
    named,
    quality_cell,
    state_cell,
    theme_title,
)
from lsgis.text import family, say

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
        Column("layer", 3), Column("state", 2), *_OVERLAPS, Column("share", 1.3, True),
        *_DISTANCE, Column("located", 1.2, True), Column("clauses", 4.4),
    ),
    "not_concerned": (
        Column("layer", 3), Column("nearest", 3), *_DISTANCE, Column("bearing", 1.9),
        Column("located", 1.2, True), Column("clauses", 4.4),
    ),
    "without_data": (
        Column("layer", 4), Column("state", 3.1), Column("located", 1.2, True),
        Column("expected", 1.2, True), Column("undrawn", 1.2, True), Column("here", 1.6),
        *_DISTANCE, Column("clauses", 5.4),
    ),
}  # fmt: skip


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
        "distance": distance, "e": e,
        "bearing": bearing_cell(document, f"{at}/nearest", lang) if nearest else Cell("–"),
        "located": figure(document, f"{at}/located", "count", lang),
        "expected": figure(document, f"{at}/expected", "count", lang),
        "undrawn": figure(document, f"{at}/undrawn_count", "count", lang),
        "here": Cell(say(HERE[str(here).lower()], lang)),
        "clauses": Cell(cite(document, theme["clauses"], lang)),
    }  # fmt: skip


def by_severity(document: Mapping[str, Any]) -> list[tuple[int, Mapping[str, Any]]]:
    """Themes with their place in the document, the worst first."""
    return sorted(enumerate(document["themes"]), key=lambda item: STATES.index(item[1]["state"]))


def make_theme_table(document: Mapping[str, Any], lang: str) -> Table:
    """Every theme with every figure, for those who sort and filter."""
    columns = (
        Column("table", 2), Column("layer", 3), Column("state", 2), Column("area", 1.5, True),
        Column("length", 1.3, True), Column("count", 1, True), Column("share", 1, True),
        Column("nearest", 3), *_DISTANCE, Column("bearing", 1.5), Column("expected", 1, True),
        Column("listed", 1, True), Column("located", 1, True), Column("undrawn", 1.2, True),
        Column("here", 1.6), Column("quality", 1.3), Column("accuracy", 1.1, True),
        Column("clauses", 3),
    )  # fmt: skip
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
