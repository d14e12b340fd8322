"""Tables of a Word letter: headings repeat on every page, rows never break, nothing is clipped."""

from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from lsgis.report.dossier.content import Cell, Column, Table, heading, is_group
from lsgis.report.dossier.wording import COLORS

_MANY = 8  # columns above which the letters are smaller
_ANNEX_PT = 11
_WARN = "#8a4b00"
_MARKED = COLORS | {
    "superseded": COLORS["affected"], "not_yet": _WARN, "schematic": _WARN, "guidance": _WARN,
}  # fmt: skip
_LONG_ROW = 1500  # characters above which a row may break over pages


def add_table(letter, table: Table, lang: str, *, width_mm: float) -> None:
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
    _fill(grid.rows[0], heads, table.columns, widths, size, head=True)
    for cells in table.rows:
        row = grid.add_row()
        if is_group(cells, table):
            row.cells[0].merge(row.cells[-1])
            _fill(row, cells, table.columns[:1], widths, size, head=False, group=True)
        else:
            _fill(row, cells, table.columns, widths, size, head=False)
    _gap(letter)


def _gap(letter) -> None:
    """A little room after a table: two that touch would become one."""
    after = letter.add_paragraph().paragraph_format
    after.space_after, after.line_spacing = Pt(0), Pt(5)


def add_text(letter, text: str):
    """A sentence of the annex, smaller than the letter; its run."""
    line = letter.add_paragraph()
    line.paragraph_format.space_after = Pt(3)
    run = line.add_run(text)
    run.font.size = Pt(_ANNEX_PT)
    return run


def _narrow(grid) -> None:
    """Less room at the sides of cells than the word processor would leave."""
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), "45")
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    grid._tbl.tblPr.append(margins)


def _fill(
    row, cells, columns: tuple[Column, ...], widths, size, *, head: bool, group: bool = False
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
        run = line.add_run(cell.text)
        small = Pt(6.5) if cell.look == "hash" else size
        run.font.size, run.bold = small, head or group or cell.look.startswith("state")
        color = _MARKED.get(cell.look.rpartition(" ")[2])
        if color:
            run.font.color.rgb = RGBColor.from_string(color[1:])
        if head:
            _shade(place)


def _shade(place) -> None:
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", "EEF2F4")):
        shade.set(qn(f"w:{name}"), value)
    place._tc.get_or_add_tcPr().append(shade)


def add_fields(line, page: str) -> None:
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


def shade_heading(style, font: str, size: float) -> None:
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
