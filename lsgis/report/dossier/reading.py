"""Sections that tell a reader what a dossier is not, and what its words mean."""

from lsgis.report.dossier.content import Cell, Column, Section, Sentence, Table
from lsgis.report.dossier.wording import STATES, quality_cell, state_cell
from lsgis.text import family, say

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
