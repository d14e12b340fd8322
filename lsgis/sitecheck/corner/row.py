"""Corners of a table, row by row: nothing that stands between two corners is passed over."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lsgis.errors import SiteError
from lsgis.sitecheck.corner.column import Block, Columns, heading_roles
from lsgis.sitecheck.corner.comma import require_one_use
from lsgis.sitecheck.corner.number import Marks, is_number, learn_marks, read_cell
from lsgis.sitecheck.corner.sheet import Row
from lsgis.sitecheck.drawing import plain_text, told

_POINT = re.compile(r"(?:[^\W\d_]{1,4}[-. ]?)?\d{1,6}(?:\.0|['\"*a-zA-Z])?|[A-ZĐ]'?")


@dataclass(frozen=True)
class Corner:
    """One corner as the table writes it."""

    row: int
    point: str
    first: float
    second: float
    edge: float | None = None  # m, beside this corner; None when the table gives none


@dataclass
class Corners:
    """Corners in the order of the table, and what was seen on the way."""

    corners: list[Corner] = field(default_factory=list)
    decimals: int = 0
    log: list[dict[str, object]] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)  # what stands above and below the table


def read_rows(rows: list[Row], columns: Columns) -> Corners:
    """Corners of a table whose columns are known.

    Raises
    ------
    SiteError
        A corner lacks a coordinate or holds no number, text parts the corners,
        or decimal commas have been taken for delimiters.
    """
    found = Corners(titles=_texts(rows[: columns.start]))
    body = [row for row in rows[columns.start :] if row.filled]
    require_one_use(body, columns)
    cells = [row.cell(c) for row in body for b in columns.blocks for c in (b.first, b.second)]
    marks = learn_marks(cells)
    trailing: list[Row] = []
    for block in columns.blocks:
        trailing += _read_block(body, block, columns, marks, found)
    if trailing:
        skipped = list(dict.fromkeys(row.number for row in trailing))
        found.titles += _texts(trailing)
        text = plain_text("; ".join(_texts(trailing)))
        found.log.append(told("rows-skipped", rows=", ".join(map(str, skipped[:20])), text=text))
    if columns.left_out:
        found.log.append(told("columns-left-out", found=plain_text(", ".join(columns.left_out))))
    return found


def _read_block(
    body: list[Row], block: Block, columns: Columns, marks: Marks, found: Corners
) -> list[Row]:
    """Add the corners of one block; the rows after its last corner are given back."""
    waiting: list[Row] = []
    for row, first, second in _candidates(body, block, columns):
        if not (is_number(first) and is_number(second)):
            _require_no_corner(row, block, first, second)
            if not _closes(row, block, found):
                waiting.append(row)
            continue
        if waiting:
            _refuse_between(waiting[0], block)
        values = [_number(row, cell, marks) for cell in (first, second)]
        found.decimals = max(found.decimals, *(number.decimals for number in values))
        point = _point(row, block)
        edge = _edge(row, block, marks)
        found.corners.append(Corner(row.number, point, *(n.value for n in values), edge))
    for row in waiting:
        if _is_point(row.cell(block.point)):
            _refuse_between(row, block)
    return waiting


def _closes(row: Row, block: Block, found: Corners) -> bool:
    """Whether a row without coordinates only names the first corner again."""
    blank = row.cell(block.first) is None and row.cell(block.second) is None
    return blank and bool(found.corners) and _point(row, block) == found.corners[0].point


def _is_point(label: object) -> bool:
    return label is not None and bool(_POINT.fullmatch(str(label).strip()))


def _candidates(body, block: Block, columns: Columns) -> Iterator[tuple[Row, object, object]]:
    """Rows that hold something of a block, but neither an edge alone nor the heading again."""
    for row in body:
        first, second, point = (row.cell(i) for i in (block.first, block.second, block.point))
        blank = first is None and second is None and point is None
        if blank and (len(columns.blocks) > 1 or not _words(row)):
            continue
        again = columns.width and not is_number(first) and not is_number(second)
        if again and {*columns.pair} <= {*heading_roles(row)}:
            continue
        yield row, first, second


def _words(row: Row) -> list[str]:
    return [str(cell) for cell in row.filled if not is_number(cell)]


def _require_no_corner(row: Row, block: Block, first: object, second: object) -> None:
    """Refuse a row that means to be a corner and is none."""
    label = row.cell(block.point)
    is_point = _is_point(label)
    given = [cell for cell in (first, second) if cell is not None]
    wrong = [cell for cell in given if not is_number(cell)]
    numbers = [cell for cell in given if is_number(cell)]
    note = label is not None and not is_point and len(given) < 2  # "Diện tích | 1234,5"
    if (len(given) == 2 and numbers) or (wrong and is_point):
        raise SiteError("site.no-number", row=row.number, found=plain_text(wrong[0], longest=40))
    if numbers and not note:
        raise SiteError("site.half-row", row=row.number, found=plain_text(numbers[0], longest=40))


def _refuse_between(row: Row, block: Block) -> None:
    text = plain_text(" ".join(map(str, row.filled)), longest=60)
    if _is_point(row.cell(block.point)):
        raise SiteError("site.row-empty", row=row.number, found=text)
    raise SiteError("site.text-between", row=row.number, found=text)


def _number(row: Row, cell: object, marks: Marks):
    number = marks.choose(read_cell(cell))
    if number is None:
        raise SiteError("site.number-ambiguous", row=row.number, found=plain_text(cell))
    return number


def _point(row: Row, block: Block) -> str:
    label = row.cell(block.point)
    if label is None or (block.point is not None and len(str(label)) > 40):
        return f"#{row.number}"
    return plain_text(str(label).removesuffix(".0"), longest=20)


def _edge(row: Row, block: Block, marks: Marks) -> float | None:
    found = read_cell(row.cell(block.edge))
    number = marks.choose(found) if found else None
    return number.value if number else None


def _texts(rows: list[Row]) -> list[str]:
    return [" ".join(map(str, row.filled)) for row in rows if row.filled]
