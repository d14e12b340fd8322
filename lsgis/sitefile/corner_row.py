"""Rows of a corner table: its corners in order, and nothing between them passed over."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from lsgis.errors import SiteError
from lsgis.intake.notation import Marks, Number, fold, is_number, learn_marks, read_cell
from lsgis.sitefile.corner_column import (
    UNIT,
    Block,
    Columns,
    Row,
    block_again,
    heading_roles,
    is_numbering,
    rows_above,
)
from lsgis.sitefile.corner_title import names_parcel
from lsgis.text import log_row, plain_text

# What a table of corners holds, in its order: corners, and what stands between them.


@dataclass(frozen=True)
class Corner:
    """One corner as the table writes it."""

    row: int
    point: str  # "#row" where the table gives none
    first: float
    second: float
    edge: float | None = None  # m, beside this corner; None when the table gives none
    parcel: str = ""  # what the column of parcels says, "" without one


@dataclass(frozen=True)
class Gap:
    """What stands between two corners: a blank row, text, a corner's name alone, a heading."""

    kind: str  # blank | text | point | heading | block
    row: int
    text: str = ""


@dataclass
class Corners:
    """Corners and gaps in the order of the table, and what was seen on the way."""

    entries: list[Corner | Gap] = field(default_factory=list)
    decimals: float = 0
    log: list[dict[str, object]] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)  # what stands above the first corner
    above: list[str] = field(default_factory=list)  # of it, what is no heading of columns
    areas: dict[int, str] = field(default_factory=dict)  # row -> area a column states for a parcel
    per_hectare: bool = False

    @property
    def corners(self) -> list[Corner]:
        """Corners alone."""
        return [entry for entry in self.entries if isinstance(entry, Corner)]


# Corners of a table, row by row: nothing that stands between two corners is passed over.


def read_rows(rows: list[Row], columns: Columns) -> Corners:
    """Corners of a table whose columns are known, and what stands between them.

    Raises
    ------
    SiteError
        A corner lacks a coordinate or holds no number, or decimal commas have been
        taken for delimiters.
    """
    found = Corners(
        titles=_texts(rows[: columns.start]),
        above=_texts(rows_above(rows, columns)),
        per_hectare=columns.per_hectare,
    )
    body = rows[columns.start :]
    filled = [row for row in body if row.filled]
    require_one_use(filled, columns)
    cells = [row.cell(c) for row in filled for b in columns.blocks for c in (b.first, b.second)]
    marks = learn_marks(cells)
    for number, block in enumerate(columns.blocks):
        if number:
            found.entries.append(Gap("block", 0))
        _read_block(body, block, columns, marks, found)
    _name_by_parcel(found)
    if columns.left_out:
        found.log.append(
            log_row("site.columns-left-out", found=plain_text(", ".join(columns.left_out)))
        )
    return found


def _read_block(
    body: list[Row], block: Block, columns: Columns, marks: Marks, found: Corners
) -> None:
    """Add the corners of one block, and what stands between them."""
    names: dict[int, str] = {}  # a merged cell counts for the rows below it
    for kind, row, at in tell_kinds(body, block, columns):
        names |= {i: str(c).removesuffix(".0") for i in at.parcel if (c := row.cell(i)) is not None}
        if (area := row.cell(at.area)) is not None and (is_number(area) or kind == "corner"):
            found.areas[row.number] = str(area)
        if kind == "edge":
            _add_edge(row, at, marks, found)
        elif kind == "corner":
            pair = (row.cell(at.first), row.cell(at.second))
            values = [_number(row, cell, marks) for cell in pair]
            found.decimals = max(found.decimals, *(number.decimals for number in values))
            first, second = (number.value for number in values)
            edge = _edge(row, at, marks)
            parcel = plain_text(" / ".join(names[i] for i in at.parcel if i in names))
            corner = Corner(row.number, _point(row, at), first, second, edge, parcel)
            found.entries.append(corner)
        elif kind != "nothing":
            label = row.cell(at.point)
            text = plain_text(label if kind == "point" else " ".join(map(str, row.filled)))
            found.entries.append(Gap(kind, row.number, text))


def _name_by_parcel(found: Corners) -> None:
    """A column of parcels with a name for every corner, and no other names: it names corners."""
    corners = found.corners
    names = [corner.parcel for corner in corners]
    closed = len(names) > 1 and names[0] == names[-1]
    alone = len(corners) > 2 and len({*names}) == len(names) - closed
    if alone and all(corner.point.startswith("#") for corner in corners):
        found.entries = [
            replace(entry, point=entry.parcel, parcel="") if isinstance(entry, Corner) else entry
            for entry in found.entries
        ]


def _add_edge(row: Row, block: Block, marks: Marks, found: Corners) -> None:
    """A length in a row of its own is that of the edge from the corner above."""
    last = found.entries[-1] if found.entries else None
    if isinstance(last, Corner) and last.edge is None:
        found.entries[-1] = replace(last, edge=_edge(row, block, marks))


def _number(row: Row, cell: object, marks: Marks) -> Number:
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


# What a row of a table is: a corner, a heading again, an edge, a point's name, text.

_POINT = re.compile(r"(?:[^\W\d_]{1,4}[-. ]?)?\d{1,6}(?:\.0|['\"*a-zA-Z])?|[A-ZĐ]'?")


def names_corner(label: object) -> bool:
    """Whether a label is what corners are called: 1, M-12, A'."""
    return label is None or _POINT.fullmatch(str(label).strip()) is not None


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
    is_point = label is not None and names_corner(label)
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


# Decimal commas in a table parted by commas: told, for nothing can undo them.


def require_one_use(body: list[Row], columns: Columns) -> None:
    """Refuse a table whose decimal commas were taken for delimiters.

    It shows in whole coordinates followed by numbers no heading names, or with a
    number between them.

    Raises
    ------
    SiteError
        `site.comma-twice`, with the first such row.
    """
    last = max(max(block.first, block.second) for block in columns.blocks)
    first = min(columns.blocks[0].first, columns.blocks[0].second)
    apart = not columns.width and last - first > 1
    for row in body:
        pair = [str(row.cell(i)) for i in (first, last)]
        if row.mark != "," or not all(cell.isdigit() for cell in pair):
            return
        if apart or any(map(is_number, row.cells[columns.width or last + 1 :])):
            raise SiteError("site.comma-twice", row=row.number, found=",".join(map(str, row.cells)))
