"""Head and foot of a Vietnamese administrative letter: names and signatures are left to fill in."""

import io

from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from lsgis.report.dossier.library import library
from lsgis.report.dossier.outline import Dossier
from lsgis.text import say

# text, points, bold, italic, a rule under it
_OFFICE = (
    ("dossier.office-above", 12, False, False, False),
    ("dossier.office", 12, True, False, True),
    ("dossier.number", 12, False, False, False),
)
_NATION = (
    ("dossier.nation", 12, True, False, False),
    ("dossier.motto", 13, True, False, True),
    ("dossier.place-date", 13, False, True, False),
)
_RECIPIENTS = (
    ("dossier.recipients", 12, True, True, False),
    ("dossier.recipients-list", 11, False, False, False),
)
_SIGNER = (
    ("dossier.signer", 13, True, False, False),
    ("dossier.signer-note", 11, False, True, False),
)
_SIGN_MM, _QR_MM = 20.0, 18.0  # room for signature and seal; side of the code


def add_letterhead(letter, lang: str) -> None:
    """Issuing body and number on the left, the nation's name and motto on the right."""
    _two_columns(letter, _OFFICE, _NATION, lang, widths=(68, 97))
    letter.add_paragraph().paragraph_format.space_after = Pt(2)


def add_signature(letter, dossier: Dossier) -> None:
    """Recipients and the id as a QR code on the left, place to sign on the right."""
    grid = _two_columns(letter, _RECIPIENTS, _SIGNER, dossier.lang, widths=(64, 101))
    picture = io.BytesIO()
    code = library("segno").make(dossier.id, error="m", micro=False)
    code.save(picture, kind="png", scale=6, border=1)
    picture.seek(0)
    left, right = grid.rows[0].cells
    left.add_paragraph().add_run().add_picture(picture, width=Mm(_QR_MM))
    name = right.add_paragraph()
    name.alignment = WD_ALIGN_PARAGRAPH.CENTER
    name.paragraph_format.space_before = Mm(_SIGN_MM)
    name.add_run(say("dossier.signer-name", dossier.lang)).font.size = Pt(13)


def _two_columns(letter, left, right, lang: str, *, widths):
    """A table without borders of two cells, each of lines told by their codes."""
    grid = letter.add_table(rows=1, cols=2)
    grid.autofit = False
    grid.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = Mm(width)
    for place, lines, width in zip(grid.rows[0].cells, (left, right), widths, strict=True):
        place.width = Mm(width)
        for number, (code, size, bold, italic, ruled) in enumerate(lines):
            line = place.paragraphs[0] if number == 0 else place.add_paragraph()
            is_list = code.startswith("dossier.recipients")
            line.alignment = WD_ALIGN_PARAGRAPH.LEFT if is_list else WD_ALIGN_PARAGRAPH.CENTER
            line.paragraph_format.space_after = Pt(0 if ruled else 1)
            run = line.add_run(say(code, lang))
            run.font.size, run.bold, run.italic = Pt(size), bold, italic
            if ruled:
                add_rule(place.add_paragraph(), width, 0.24)
    return grid


def add_rule(line, width: float, indent: float) -> None:
    """A short line under what stands above, as the form asks; indented by a share of the width."""
    line.paragraph_format.left_indent = line.paragraph_format.right_indent = Mm(width * indent)
    line.paragraph_format.space_after = Pt(3)
    line.paragraph_format.line_spacing = Pt(3)
    borders, bottom = OxmlElement("w:pBdr"), OxmlElement("w:top")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")):
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    line._p.get_or_add_pPr().append(borders)
