"""A dossier as a Word letter in the form of Vietnamese administrative documents."""

import io
from datetime import datetime
from pathlib import Path

from docx import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Mm, Pt, RGBColor

from lsgis.report.dossier.content import SECTION, Picture, Section, Sentence, Table, plain
from lsgis.report.dossier.letter_summary import add_summary, add_warning
from lsgis.report.dossier.letter_table import (
    add_fields,
    add_table,
    add_text,
    shade_heading,
)  # fmt: skip
from lsgis.report.dossier.letterhead import add_letterhead, add_rule, add_signature
from lsgis.report.dossier.outline import Dossier, tell_schematic
from lsgis.report.dossier.repack import repack
from lsgis.report.dossier.wording import COLORS, day
from lsgis.report.printmap.sheet import SHEET_MM
from lsgis.text import say

FONT = "Times New Roman"
_MARGINS = {"top": 20, "bottom": 20, "left": 30, "right": 15}  # mm


def write_letter(dossier: Dossier, path: Path) -> None:
    """Write a dossier as DOCX: a letter to sign with the summary, and all else as its annex.

    What only the office knows (its name, number, day of signing, signature)
    stays blank. The id and page numbers stand in every footer.
    """
    letter = Document()
    _style(letter, dossier)
    add_letterhead(letter, dossier.lang)
    _title(letter, dossier)
    add_summary(letter, dossier)
    add_signature(letter, dossier)
    _annex(letter, dossier.lang)
    wide = False
    for number, section in enumerate(dossier.sections, start=1):
        if section.wide != wide:
            wide = section.wide
            _turn(letter, wide=wide)
        _add_section(letter, number, section, dossier.lang)
    packed = io.BytesIO()
    letter.save(packed)
    path.write_bytes(repack(packed.getvalue()))


def _style(letter, dossier: Dossier) -> None:
    normal = letter.styles["Normal"]
    normal.font.name, normal.font.size = FONT, Pt(13)
    normal.paragraph_format.space_after = Pt(6)
    for level, size in ((1, 14), (2, 13), (3, 12)):
        shade_heading(letter.styles[f"Heading {level}"], FONT, size)
    page = letter.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    for side, margin in _MARGINS.items():
        setattr(page, f"{side}_margin", Mm(margin))
    page.header_distance = page.footer_distance = Mm(9)
    note = page.footer.paragraphs[0]
    note.add_run(say("dossier.footer-id", dossier.lang, id=dossier.id)).font.size = Pt(7)
    number = page.footer.add_paragraph()
    number.alignment = WD_ALIGN_PARAGRAPH.CENTER
    add_fields(number, say("dossier.page", dossier.lang))
    about = letter.core_properties
    about.title, about.subject = say("dossier.title", dossier.lang), dossier.name[:250]
    about.author = about.last_modified_by = about.comments = ""
    about.identifier, about.language = dossier.id, dossier.lang
    about.created = about.modified = datetime.fromisoformat(dossier.on)


def _title(letter, dossier: Dossier) -> None:
    lines = (
        (say("dossier.kind", dossier.lang), 14, True, False),
        (say("dossier.title", dossier.lang), 14, True, False),
        (say("dossier.of-site", dossier.lang, name=dossier.name or "–"), 13, True, False),
        (say("dossier.as-of", dossier.lang, on=day(dossier.on)), 12, False, True),
    )
    for text, size, bold, italic in lines:
        run = _centred(letter).add_run(text)
        run.bold, run.italic, run.font.size = bold, italic, Pt(size)
    add_rule(letter.add_paragraph(), 165, 0.38)
    run = _centred(letter).add_run(say("dossier.addressee", dossier.lang))
    run.font.size = Pt(13)
    if dossier.schematic:
        run = _centred(letter).add_run(tell_schematic(dossier))
        run.bold, run.font.size = True, Pt(11)
        run.font.color.rgb = RGBColor.from_string(COLORS["possible"][1:])


def _centred(letter):
    line = letter.add_paragraph()
    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    line.paragraph_format.space_after = Pt(2)
    return line


def _annex(letter, lang: str) -> None:
    """The annex begins on a page of its own."""
    line = letter.add_paragraph()
    line.paragraph_format.page_break_before = True
    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = line.add_run(say("dossier.annex", lang))
    run.bold, run.font.size = True, Pt(14)


def _turn(letter, *, wide: bool) -> None:
    """Start a new page, on its side for wide tables."""
    page = letter.add_section(WD_SECTION.NEW_PAGE)
    page.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
    page.page_width, page.page_height = (Mm(297), Mm(210)) if wide else (Mm(210), Mm(297))
    page.left_margin = Mm(15 if wide else _MARGINS["left"])


def _add_section(letter, number: int, section: Section, lang: str) -> None:
    letter.add_heading(f"{number}. {say(SECTION[section.code], lang)}", level=1)
    width = 267.0 if section.wide else 165.0
    for block in section.blocks:
        if isinstance(block, Table):
            if block.title:
                letter.add_heading(block.title, level=2)
            if block.rows:
                add_table(letter, block, lang, width_mm=width)
            else:
                add_text(letter, say(block.empty, lang)).italic = True
        elif isinstance(block, Sentence) and block.look == "warning":
            add_warning(letter, plain(block, lang))
        elif isinstance(block, Sentence):
            add_text(letter, plain(block, lang))
        elif isinstance(block, Picture):
            _add_picture(letter, block)


def _add_picture(letter, picture: Picture) -> None:
    line = letter.add_paragraph()
    shown = line.add_run().add_picture(io.BytesIO(picture.png), width=Mm(SHEET_MM))
    shown._inline.docPr.set("descr", picture.alt)
    shown._inline.docPr.set("name", picture.name)
