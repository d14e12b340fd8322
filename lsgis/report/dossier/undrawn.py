"""The section about what the Decision declares and nobody has located."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lsgis.report.dossier.content import Cell, Column, Section, Sentence, Table, without_blanks
from lsgis.report.dossier.wording import (
    HERE,
    commune_names,
    listed,
    named,
    theme_title,
)
from lsgis.text import say

Row = Mapping[str, Any]


def make_undrawn(document: Mapping[str, Any], lang: str) -> Section:
    """Features nobody has located, layer by layer: those of the site's own commune first."""
    themes = [theme for theme in document["themes"] if theme["undrawn"]]
    themes.sort(key=lambda theme: not any(row["here"] for row in theme["undrawn"]))
    columns = (Column("layer", 2), Column("here", 2.4), Column("elsewhere", 4.4),
               Column("nowhere", 3.2))  # fmt: skip
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
        _told(here, lang, places=False), _told(elsewhere, lang, places=True),
        _told(nowhere, lang, places=False),
    )  # fmt: skip


def _told(rows: Iterable[Row], lang: str, *, places: bool) -> Cell:
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
