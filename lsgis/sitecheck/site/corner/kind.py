"""What a row of a table is: a corner, a heading again, an edge, a point's name, text."""

import re
from collections.abc import Iterator

from lsgis.errors import SiteError
from lsgis.intake.number import is_number
from lsgis.sitecheck.site.corner.column import (
    Block,
    Columns,
    block_again,
    heading_roles,
    is_numbering,
)
from lsgis.sitecheck.site.corner.heading import UNIT, fold, names_parcel
from lsgis.sitecheck.site.corner.sheet import Row
from lsgis.sitecheck.site.drawing import plain_text

_POINT = re.compile(r"(?:[^\W\d_]{1,4}[-. ]?)?\d{1,6}(?:\.0|['\"*a-zA-Z])?|[A-ZĐ]'?")


def tell_kinds(body: list[Row], block: Block, columns: Columns) -> Iterator[tuple[str, Row, Block]]:
    """What each row is to a block; a heading that comes again may move its columns."""
    numbered = False
    for row in body:
        first, second, point = (row.cell(i) for i in (block.first, block.second, block.point))
        blank = first is None and second is None
        if not row.filled:
            yield "blank", row, block
        elif is_number(first) and is_number(second):
            if not (numbered and is_numbering(row, block.first, block.second)):
                yield "corner", row, block
        elif blank and point is None and (len(columns.blocks) > 1 or not _words(row)):
            yield ("edge" if is_number(row.cell(block.edge)) else "nothing"), row, block
        elif columns.width and {*columns.pair} <= {*heading_roles(row)}:
            block = block_again(row, block, columns)
            numbered = True
            yield "heading", row, block
            continue
        elif _is_unit(first) and _is_unit(second):
            continue
        elif not (numbered and is_numbering(row, block.first, block.second)):
            yield _kind_of_text(row, block, first, second), row, block
        numbered = False


def _kind_of_text(row: Row, block: Block, first: object, second: object) -> str:
    """A row without two coordinates: a point's name alone, or text; refuse what means a corner."""
    label = row.cell(block.point)
    is_point = label is not None and bool(_POINT.fullmatch(str(label).strip()))
    is_point = is_point and not names_parcel(str(label))
    given = [cell for cell in (first, second) if cell is not None]
    wrong = [cell for cell in given if not is_number(cell)]
    numbers = [cell for cell in given if is_number(cell)]
    note = label is not None and not is_point and len(given) < 2  # "Diện tích | 1234,5"
    if (len(given) == 2 and numbers) or (wrong and is_point):
        raise SiteError("site.no-number", row=row.number, found=plain_text(wrong[0], longest=40))
    if numbers and not note:
        raise SiteError("site.half-row", row=row.number, found=plain_text(numbers[0], longest=40))
    return "point" if is_point and not given else "text"


def _is_unit(cell: object) -> bool:
    return isinstance(cell, str) and bool(UNIT.fullmatch(fold(cell)))


def _words(row: Row) -> list[str]:
    return [str(cell) for cell in row.filled if not is_number(cell)]
