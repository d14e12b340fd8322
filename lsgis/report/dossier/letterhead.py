"""Head and foot of a Vietnamese administrative letter: names and signatures are left to fill in."""

from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from lsgis.text import say

# text, points, bold, italic, a rule under it
_OFFICE = (("office-above", 12, False, False, False), ("office", 12, True, False, True),
           ("number", 12, False, False, False))  # fmt: skip
_NATION = (("nation", 12, True, False, False), ("motto", 13, True, False, True),
           ("place-date", 13, False, True, False))  # fmt: skip
_RECIPIENTS = (("recipients", 12, True, True, False), ("recipients-list", 11, False, False, False))
_SIGNER = (("signer", 12, True, False, False), ("signer-note", 11, False, True, False))


def add_letterhead(letter, lang: str) -> None:
    """Issuing body and number on the left, the nation's name and motto on the right."""
    _two_columns(letter, _OFFICE, _NATION, lang, widths=(68, 97))
    letter.add_paragraph().paragraph_format.space_after = Pt(2)


def add_signature(letter, lang: str) -> None:
    """Recipients on the left, place to sign on the right."""
    letter.add_paragraph().paragraph_format.keep_with_next = True
    _two_columns(letter, _RECIPIENTS, _SIGNER, lang, widths=(64, 101))


def _two_columns(letter, left, right, lang: str, *, widths) -> None:
    grid = letter.add_table(rows=1, cols=2)
    grid.autofit = False
    grid.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = Mm(width)
    for place, lines, width in zip(grid.rows[0].cells, (left, right), widths, strict=True):
        place.width = Mm(width)
        for number, (code, size, bold, italic, ruled) in enumerate(lines):
            line = place.paragraphs[0] if number == 0 else place.add_paragraph()
            is_list = code.startswith("recipients")
            line.alignment = WD_ALIGN_PARAGRAPH.LEFT if is_list else WD_ALIGN_PARAGRAPH.CENTER
            line.paragraph_format.space_after = Pt(0 if ruled else 1)
            run = line.add_run(say(f"dossier.{code}", lang))
            run.font.size, run.bold, run.italic = Pt(size), bold, italic
            if ruled:
                _rule(place.add_paragraph(), width)


def _rule(line, width: float) -> None:
    """A short line under what stands above, as the form asks."""
    line.paragraph_format.left_indent = line.paragraph_format.right_indent = Mm(width * 0.24)
    line.paragraph_format.space_after = Pt(3)
    line.paragraph_format.line_spacing = Pt(3)
    borders, bottom = OxmlElement("w:pBdr"), OxmlElement("w:top")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")):
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    line._p.get_or_add_pPr().append(borders)
