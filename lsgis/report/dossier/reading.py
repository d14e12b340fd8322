"""Sections that tell a reader what a dossier is not, and what its words mean."""

from lsgis.report.dossier.content import Cell, Column, Section, Sentence, Table
from lsgis.report.dossier.wording import STATES, quality_cell, state_cell
from lsgis.text import say

_QUALITIES = ("authoritative", "indicative", "schematic", "none")


def make_glossary(lang: str) -> Section:
    """What each state, each quality and the ± mean."""
    columns = (Column("word", 1.6), Column("meaning", 6))
    states = [
        (state_cell(state, lang), Cell(say(f"dossier.means-{state}", lang))) for state in STATES
    ]
    qualities = [
        (quality_cell(name, lang), Cell(say(f"dossier.means-{name}", lang))) for name in _QUALITIES
    ]
    error = (Cell(say("dossier.c-e", lang)), Cell(say("dossier.means-e", lang)))
    table = Table("glossary", columns, (*states, error, *qualities))
    return Section("glossary", (table,), annex=True)


def make_disclaimer() -> Section:
    """What this dossier is not."""
    blocks = tuple(Sentence(f"dossier.disclaimer-{n}") for n in range(1, 5))
    return Section("disclaimer", blocks, annex=True)
