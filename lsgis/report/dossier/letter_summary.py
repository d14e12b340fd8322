"""The summary of a Word letter, and what nobody may overlook in it."""

from docx.shared import Pt, RGBColor

from lsgis.report.dossier.content import Cell, Column, Table, plain
from lsgis.report.dossier.letter_table import add_table, add_text
from lsgis.report.dossier.outline import Dossier
from lsgis.report.dossier.summary import layers_told
from lsgis.report.dossier.wording import COLORS
from lsgis.text import say


def add_summary(letter, dossier: Dossier) -> None:
    """Headline, strongest finding, one row a group, what to keep in mind."""
    lang, found = dossier.lang, dossier.summary
    run = letter.add_paragraph().add_run(found.headline)
    run.bold, run.font.size = True, Pt(14)
    run.font.color.rgb = RGBColor.from_string(COLORS[found.tone][1:])
    for warning in found.warnings:
        add_warning(letter, plain(warning, lang))
    if found.strongest:
        letter.add_paragraph(plain(found.strongest, lang))
    letter.add_paragraph("; ".join(plain(fact, lang) for fact in found.facts) + ".")
    columns = (Column("group", 2.6), Column("layers", 0.8, True), Column("which", 5))
    rows = tuple(
        (
            Cell(line.title),
            Cell(str(line.count)),
            Cell(layers_told(line, lang)),
        )
        for line in found.lines
    )
    add_table(letter, Table("groups", columns, rows), lang, width_mm=165)
    add_text(letter, say("dossier.rule", lang)).bold = True
    for note in found.notes:
        add_text(letter, f"– {plain(note, lang)}")
    last = letter.add_paragraph(say("dossier.see-annex", lang))
    last.paragraph_format.keep_with_next = True


def add_warning(letter, text: str) -> None:
    """A sentence that nobody may overlook."""
    run = letter.add_paragraph().add_run(text)
    run.bold = True
    run.font.color.rgb = RGBColor.from_string(COLORS["affected"][1:])
