"""Corners of a table, row by row: nothing that stands between two corners is passed over."""

from dataclasses import replace

from lsgis.errors import SiteError
from lsgis.intake.number import Marks, is_number, learn_marks, read_cell
from lsgis.sitecheck.site.corner.column import Block, Columns
from lsgis.sitecheck.site.corner.comma import require_one_use
from lsgis.sitecheck.site.corner.entry import Corner, Corners, Gap
from lsgis.sitecheck.site.corner.kind import tell_kinds
from lsgis.sitecheck.site.corner.sheet import Row
from lsgis.sitecheck.site.drawing import plain_text, told


def read_rows(rows: list[Row], columns: Columns) -> Corners:
    """Corners of a table whose columns are known, and what stands between them.

    Raises
    ------
    SiteError
        A corner lacks a coordinate or holds no number, or decimal commas have been
        taken for delimiters.
    """
    found = Corners(titles=_texts(rows[: columns.start]), per_hectare=columns.per_hectare)
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
            told("site.columns-left-out", found=plain_text(", ".join(columns.left_out)))
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
