"""The dossier as a letter in the administrative form."""

import io
from collections.abc import Sequence
from datetime import datetime, time
from pathlib import Path

from docx import Document
from docx.document import Document as Letter
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Length, Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.table import Table as Grid
from docx.table import _Cell as GridCell
from docx.table import _Row as GridRow
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from lsgis.report.dossier import library, repack
from lsgis.report.printmap.sheet import SHEET_MM
from lsgis.report.summary import Dossier, Office, layers_told, tell_schematic
from lsgis.report.wording import (
    COLORS,
    SECTION,
    Cell,
    Column,
    Picture,
    Section,
    Sentence,
    Table,
    day,
    heading,
    is_group,
    plain,
)
from lsgis.text import say

# Head and foot of a Vietnamese administrative letter: what the office does not tell is left
# to fill in.

# text, points, bold, italic, a rule under it
Lines = tuple[tuple[str, int, bool, bool, bool], ...]
_SIGN_MM, _QR_MM = 20.0, 18.0  # room for signature and seal; side of the code


def add_letterhead(letter: Letter, office: Office, lang: str) -> None:
    """Issuing body and number on the left, the nation's name and motto on the right."""
    number, day_of = say("dossier.number", lang), say("dossier.place-date", lang)
    if office.symbol:
        number = say("dossier.number-of", lang, symbol=office.symbol)
    if office.place:
        day_of = say("dossier.place-date-of", lang, place=office.place)
    issuer: Lines = (
        (office.superior or say("dossier.office-above", lang), 12, False, False, False),
        (office.agency or say("dossier.office", lang), 12, True, False, True),
        (number, 12, False, False, False),
    )
    nation: Lines = (
        (say("dossier.nation", lang), 12, True, False, False),
        (say("dossier.motto", lang), 13, True, False, True),
        (day_of, 13, False, True, False),
    )
    _two_columns(letter, issuer, nation, widths=(68, 97))
    letter.add_paragraph().paragraph_format.space_after = Pt(2)


def add_signature(letter: Letter, dossier: Dossier) -> None:
    """Recipients and the id as a QR code on the left, place to sign on the right."""
    lang, office = dossier.lang, dossier.office
    listed = ";\n".join(f"- {name}" for name in office.recipients)
    recipients: Lines = (
        (say("dossier.recipients", lang), 12, True, True, False),
        (f"{listed}." if listed else say("dossier.recipients-list", lang), 11, False, False, False),
    )
    signer: Lines = ((office.position or say("dossier.signer", lang), 13, True, False, False),)
    if not office.signatory:
        signer += ((say("dossier.signer-note", lang), 11, False, True, False),)
    grid = _two_columns(letter, recipients, signer, widths=(64, 101), centred=(False, True))
    picture = io.BytesIO()
    code = library("segno").make(dossier.id, error="m", micro=False)
    code.save(picture, kind="png", scale=6, border=1)
    picture.seek(0)
    left, right = grid.rows[0].cells
    left.add_paragraph().add_run().add_picture(picture, width=Mm(_QR_MM))
    name = right.add_paragraph()
    name.alignment = WD_ALIGN_PARAGRAPH.CENTER
    name.paragraph_format.space_before = Mm(_SIGN_MM)
    run = name.add_run(office.signatory or say("dossier.signer-name", lang))
    run.font.size, run.bold = Pt(13), bool(office.signatory) or None


def _two_columns(
    letter: Letter,
    left: Lines,
    right: Lines,
    *,
    widths: tuple[float, float],
    centred: tuple[bool, bool] = (True, True),
) -> Grid:
    """A table without borders of two cells, each of lines."""
    grid: Grid = letter.add_table(rows=1, cols=2)
    grid.autofit = False
    grid.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = Mm(width)
    cells = zip(grid.rows[0].cells, (left, right), widths, centred, strict=True)
    for place, lines, width, middle in cells:
        place.width = Mm(width)
        for number, (text, size, bold, italic, ruled) in enumerate(lines):
            line = place.paragraphs[0] if number == 0 else place.add_paragraph()
            line.alignment = WD_ALIGN_PARAGRAPH.CENTER if middle else WD_ALIGN_PARAGRAPH.LEFT
            line.paragraph_format.space_after = Pt(0 if ruled else 1)
            run = line.add_run(text)
            run.font.size, run.bold, run.italic = Pt(size), bold, italic
            if ruled:
                add_rule(place.add_paragraph(), width, 0.24)
    return grid


def add_rule(line: Paragraph, width: float, indent: float) -> None:
    """A short line under what stands above, as the form asks; indented by a share of the width."""
    line.paragraph_format.left_indent = line.paragraph_format.right_indent = Mm(width * indent)
    line.paragraph_format.space_after = Pt(3)
    line.paragraph_format.line_spacing = Pt(3)
    borders, bottom = OxmlElement("w:pBdr"), OxmlElement("w:top")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")):
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    line._p.get_or_add_pPr().append(borders)


# Tables of a Word letter: headings repeat on every page, rows never break, nothing is clipped.

_MANY = 8  # columns above which the letters are smaller
_ANNEX_PT = 11
_WARN = "#8a4b00"
_MARKED = COLORS | {
    "superseded": COLORS["affected"],
    "not_yet": _WARN,
    "schematic": _WARN,
    "guidance": _WARN,
}
_LONG_ROW = 1500  # characters above which a row may break over pages


def add_table(letter: Letter, table: Table, lang: str, *, width_mm: float) -> None:
    """Add a table; the width is shared out by the columns' weights."""
    many = len(table.columns)
    size = Pt(8 if many > _MANY else 8.5 if many > 5 else 10 if many < 4 else 9)
    grid = letter.add_table(rows=1, cols=len(table.columns), style="Table Grid")
    grid.alignment = WD_TABLE_ALIGNMENT.CENTER
    grid.autofit = False
    _narrow(grid)
    whole = sum(column.weight for column in table.columns)
    widths = [Mm(width_mm * column.weight / whole) for column in table.columns]
    for place, width in zip(grid.columns, widths, strict=True):
        place.width = width
    heads = [Cell(heading(column, lang)) for column in table.columns]
    _fill(grid.rows[0], heads, table.columns, widths, size, lang, head=True)
    for cells in table.rows:
        row = grid.add_row()
        if is_group(cells, table):
            row.cells[0].merge(row.cells[-1])
            _fill(row, cells, table.columns[:1], widths, size, lang, head=False, group=True)
        else:
            _fill(row, cells, table.columns, widths, size, lang, head=False)
    _gap(letter)


def _gap(letter: Letter) -> None:
    """A little room after a table: two that touch would become one."""
    after = letter.add_paragraph().paragraph_format
    after.space_after, after.line_spacing = Pt(0), Pt(5)


def add_text(letter: Letter, text: str) -> Run:
    """A sentence of the annex, smaller than the letter; its run."""
    line = letter.add_paragraph()
    line.paragraph_format.space_after = Pt(3)
    run = line.add_run(text)
    run.font.size = Pt(_ANNEX_PT)
    return run


def _narrow(grid: Grid) -> None:
    """Less room at the sides of cells than the word processor would leave."""
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), "45")
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    grid._tbl.tblPr.append(margins)


def _fill(
    row: GridRow,
    cells: Sequence[Cell],
    columns: tuple[Column, ...],
    widths: Sequence[Length],
    size: Length,
    lang: str,
    *,
    head: bool,
    group: bool = False,
) -> None:
    properties = row._tr.get_or_add_trPr()
    if sum(len(cell.text) for cell in cells) < _LONG_ROW:
        properties.append(OxmlElement("w:cantSplit"))
    if head:
        properties.append(OxmlElement("w:tblHeader"))
    for place, cell, column, width in zip(row.cells, cells, columns, widths, strict=False):
        line = place.paragraphs[0]
        if group:
            line.paragraph_format.keep_with_next = True
        else:
            place.width = width
        line.paragraph_format.space_after = Pt(0)
        if column.number:
            line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        run = line.add_run("\n".join((cell.text, *(plain(told, lang) for told in cell.below))))
        small = Pt(6.5) if cell.look == "hash" else size
        run.font.size, run.bold = small, head or group or cell.look.startswith("state")
        color = _MARKED.get(cell.look.rpartition(" ")[2])
        if color:
            run.font.color.rgb = RGBColor.from_string(color[1:])
        if head:
            _shade(place)


def _shade(place: GridCell) -> None:
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", "EEF2F4")):
        shade.set(qn(f"w:{name}"), value)
    place._tc.get_or_add_tcPr().append(shade)


def add_fields(line: Paragraph, page: str) -> None:
    """`Trang x/y`, counted by the word processor."""
    line.add_run(f"{page} ").font.size = Pt(10)
    for number, name in enumerate(("PAGE", "NUMPAGES")):
        if number:
            line.add_run("/").font.size = Pt(10)
        for kind in ("begin", None, "end"):
            run = line.add_run()
            run.font.size = Pt(10)
            if kind:
                mark = OxmlElement("w:fldChar")
                mark.set(qn("w:fldCharType"), kind)
            else:
                mark = OxmlElement("w:instrText")
                mark.set(qn("xml:space"), "preserve")
                mark.text = name
            run._r.append(mark)


def shade_heading(style: ParagraphStyle, font: str, size: float) -> None:
    """A heading in the letter's font, black and bold, kept with what follows."""
    style.font.name, style.font.size, style.font.bold, style.font.italic = (
        font,
        Pt(size),
        True,
        False,
    )
    style.font.color.rgb = RGBColor(0, 0, 0)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    fonts.set(qn("w:hAnsi"), font)
    style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(10), Pt(4)
    style.paragraph_format.keep_with_next = True


# The summary of a Word letter, and what nobody may overlook in it.


def add_summary(letter: Letter, dossier: Dossier) -> None:
    """Headline, strongest finding, one row a group, what to keep in mind."""
    lang, found = dossier.lang, dossier.summary
    run = letter.add_paragraph().add_run(found.headline)
    run.bold, run.font.size = True, Pt(14)
    run.font.color.rgb = RGBColor.from_string(COLORS[found.tone][1:])
    for caution in found.cautions:
        add_warning(letter, plain(caution, lang), color=COLORS["likely"])
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


def add_warning(letter: Letter, text: str, *, color: str = COLORS["affected"]) -> None:
    """A sentence that nobody may overlook."""
    run = letter.add_paragraph().add_run(text)
    run.bold = True
    run.font.color.rgb = RGBColor.from_string(color[1:])


# A dossier as a Word letter in the form of Vietnamese administrative documents.

FONT = "Times New Roman"
_MARGINS = {"top": 20, "bottom": 20, "left": 30, "right": 15}  # mm


def write_letter(dossier: Dossier, path: Path) -> None:
    """Write a dossier as DOCX: a letter to sign with the summary, and all else as its annex.

    What only the office knows (its name, number, day of signing, signature) stays blank
    where the dossier's `office` does not tell it. The id and page numbers stand in every footer.
    """
    letter = Document()
    _style(letter, dossier)
    add_letterhead(letter, dossier.office, dossier.lang)
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


def _style(letter: Letter, dossier: Dossier) -> None:
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
    about.created = about.modified = datetime.combine(dossier.on, time())


def _title(letter: Letter, dossier: Dossier) -> None:
    name = dossier.name or say("dossier.unnamed", dossier.lang)
    lines = (
        (say("dossier.kind", dossier.lang), 14, True, False),
        (say("dossier.title", dossier.lang), 14, True, False),
        (say("dossier.of-site", dossier.lang, name=name), 13, True, False),
        (say("dossier.as-of", dossier.lang, on=day(dossier.on)), 12, False, True),
    )
    for text, size, bold, italic in lines:
        run = _centred(letter).add_run(text)
        run.bold, run.italic, run.font.size = bold, italic, Pt(size)
    add_rule(letter.add_paragraph(), 165, 0.38)
    to, lang = dossier.office.addressee, dossier.lang
    addressed = (
        say("dossier.addressee-of", lang, addressee=to) if to else say("dossier.addressee", lang)
    )
    run = _centred(letter).add_run(addressed)
    run.font.size = Pt(13)
    if dossier.schematic:
        run = _centred(letter).add_run(tell_schematic(dossier))
        run.bold, run.font.size = True, Pt(11)
        run.font.color.rgb = RGBColor.from_string(COLORS["possible"][1:])


def _centred(letter: Letter) -> Paragraph:
    line = letter.add_paragraph()
    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    line.paragraph_format.space_after = Pt(2)
    return line


def _annex(letter: Letter, lang: str) -> None:
    """The annex begins on a page of its own."""
    line = letter.add_paragraph()
    line.paragraph_format.page_break_before = True
    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = line.add_run(say("dossier.annex", lang))
    run.bold, run.font.size = True, Pt(14)


def _turn(letter: Letter, *, wide: bool) -> None:
    """Start a new page, on its side for wide tables."""
    page = letter.add_section(WD_SECTION.NEW_PAGE)
    page.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
    page.page_width, page.page_height = (Mm(297), Mm(210)) if wide else (Mm(210), Mm(297))
    page.left_margin = Mm(15 if wide else _MARGINS["left"])


def _add_section(letter: Letter, number: int, section: Section, lang: str) -> None:
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


def _add_picture(letter: Letter, picture: Picture) -> None:
    line = letter.add_paragraph()
    shown = line.add_run().add_picture(io.BytesIO(picture.png), width=Mm(SHEET_MM))
    shown._inline.docPr.set("descr", picture.alt)
    shown._inline.docPr.set("name", picture.name)
