"""Columns of a corner table: which hold coordinates, point numbers, lengths, parcels, areas."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest

from lsgis.errors import SiteError
from lsgis.intake.notation import fold, is_number, read_cell

# A row of a table, and what its numbers can be.


@dataclass(frozen=True)
class Row:
    """One row of a table, with the number a reader finds it by."""

    number: int
    cells: tuple[object, ...]  # text, number or None
    mark: str = ""  # delimiter of the text it was cut from

    def cell(self, column: int | None) -> object:
        """Cell of a column; None when the row is shorter or the cell is blank."""
        if column is None or column >= len(self.cells):
            return None
        found = self.cells[column]
        if isinstance(found, str):
            found = found.strip()
        return None if found == "" else found

    @property
    def filled(self) -> list[object]:
        """Cells that hold something."""
        return [c for i in range(len(self.cells)) if (c := self.cell(i)) is not None]


def is_metres(value: float) -> bool:
    """Whether a number can be a projected coordinate in Viet Nam."""
    return is_easting(value) or is_northing(value)


def is_easting(value: float) -> bool:
    """Whether a number can be an easting of a zone with a false easting of 500 km."""
    return 100_000 <= value < 900_000


def is_northing(value: float) -> bool:
    """Whether a number can be a northing in Viet Nam."""
    return 900_000 <= value < 2_700_000


# Which columns of a table hold point numbers, coordinates and edge lengths.

_NUMBERING = re.compile(r"\(?\[?([1-9]|1\d)\]?\)?")
_ROWS_ABOVE = 2  # a heading may lie over two or three rows
_HIGHER = {"point", "edge", "parcel", "area"}  # what stands in the upper rows of a heading


@dataclass(frozen=True)
class Block:
    """One set of columns; long tables are printed as several side by side."""

    first: int  # X, north or latitude; without headings the left one
    second: int  # Y, east or longitude
    point: int | None = None
    edge: int | None = None
    parcel: tuple[int, ...] = ()
    area: int | None = None


@dataclass(frozen=True)
class Columns:
    """How a table is laid out."""

    blocks: tuple[Block, ...]
    pair: tuple[str, str]  # what the heading calls the coordinates: ("", "") without one
    start: int  # index of the first row below the heading
    width: int  # cells of the heading; 0 without one
    left_out: tuple[str, ...] = ()  # headings of coordinates that are not read
    per_hectare: bool = False  # the column of areas is in hectares
    heading: int | None = None  # index of the row of the heading; None without one


def find_columns(rows: list[Row], *, degrees: bool = False) -> Columns:
    """Layout of a table: by its heading, else by what its numbers can be.

    Parameters
    ----------
    degrees
        The caller's CRS counts in degrees: prefer longitude and latitude columns.

    Raises
    ------
    SiteError
        The columns of the coordinates cannot be told.
    """
    pairs = PAIRS[::-1] if degrees else PAIRS
    for index, row in enumerate(rows):
        roles = heading_roles(row)
        present = [pair for pair in pairs if {*pair} <= {*roles}]
        if present:
            return _by_heading(rows, index, roles, present)
    return _by_numbers(rows)


def heading_roles(row: Row) -> list[str]:
    """Role of each cell of a row, "" for numbers and blanks."""
    cells = [row.cell(i) for i in range(len(row.cells))]
    return [role_of(c) if isinstance(c, str) and not is_number(c) else "" for c in cells]


def _by_heading(
    rows: list[Row], index: int, roles: list[str], present: list[tuple[str, str]]
) -> Columns:
    pair = present[0]
    first = [i for i, role in enumerate(roles) if role == pair[0]]
    second = [i for i, role in enumerate(roles) if role == pair[1]]
    if len(first) != len(second):
        found = ", ".join(str(cell) for cell in rows[index].filled)
        raise SiteError("site.columns-uneven", row=rows[index].number, found=found)
    for above in rows[max(0, index - _ROWS_ABOVE) : index]:
        roles = _with_higher(roles, above)
    start = index + 1
    if start < len(rows) and is_numbering(rows[start], first[0], second[0]):
        start += 1
    others = tuple(
        str(rows[index].cell(i))
        for i, r in enumerate(roles)
        if r == "height" or any(r in other for other in present[1:])
    )
    blocks = _blocks(first, second, roles)
    heads = [str(rows[index].cell(b.area) or "") for b in blocks if b.area is not None]
    hectares = any(re.search(r"\bha\b", fold(head)) for head in heads)
    return Columns(blocks, pair, start, len(roles), others, hectares, index)


def block_again(row: Row, block: Block, columns: Columns) -> Block:
    """The block below a heading that comes again: the same columns, or those it names now.

    Raises
    ------
    SiteError
        Several blocks stand side by side, and the heading moves them.
    """
    roles = heading_roles(row)
    first, second = ([i for i, r in enumerate(roles) if r == side] for side in columns.pair)
    now = _blocks(first, second, roles) if len(first) == len(second) else ()
    before = [(b.first, b.second) for b in columns.blocks]
    if [(b.first, b.second) for b in now] == before:
        return block
    if len(now) != 1 or len(before) != 1:
        found = ", ".join(str(cell) for cell in row.filled)
        raise SiteError("site.columns-uneven", row=row.number, found=found)
    return now[0] if now[0].point is not None or block.point is None else block


def other_headings(rows: list[Row], columns: Columns) -> dict[int, str]:
    """Columns that speak of a parcel, not of a corner, and what is written over each.

    Neither coordinates nor heights, the column that names the points or lengths of edges; of a
    second column of names its cells tell. None where tables stand side by side: nobody can say
    to which of them a column belongs.
    """
    if columns.heading is None or len(columns.blocks) > 1:
        return {}
    block, heading = columns.blocks[0], rows[columns.heading]
    of_corners = {block.first, block.second, block.point, block.edge}
    above = rows[max(0, columns.heading - _ROWS_ABOVE) : columns.heading]
    over = [row for row in above if len(row.filled) > 1]
    found = {}
    for index in range(max(len(row.cells) for row in (heading, *over))):
        texts = [row.cell(index) for row in (heading, *reversed(over))]
        text = next((str(cell) for cell in texts if cell is not None), "")
        role = role_of(text)
        if text and index not in of_corners and role not in _OF_CORNERS - {"point"}:
            found[index] = " ".join(text.split())
    return found


def rows_above(rows: list[Row], columns: Columns) -> list[Row]:
    """Rows above the heading of a table, without those that are part of it."""
    end = columns.start if columns.heading is None else columns.heading
    return [row for row in rows[:end] if len(row.filled) < 2 or not {*heading_roles(row)} & _HIGHER]


def _with_higher(roles: list[str], above: Row) -> list[str]:
    """Roles of a heading over several rows: point numbers and edges stand above X and Y."""
    if len(above.filled) < 2:
        return roles
    higher = [role if role in _HIGHER else "" for role in heading_roles(above)]
    return [own or top for own, top in zip_longest(roles, higher, fillvalue="")]


def _blocks(first: list[int], second: list[int], roles: list[str]) -> tuple[Block, ...]:
    blocks, left = [], 0
    for number, (a, b) in enumerate(zip(first, second, strict=True)):
        right = min((*first[number + 1 :], *second[number + 1 :]), default=len(roles))
        names = [
            i for role in ("point", "order") for i in range(left, min(a, b)) if roles[i] == role
        ]
        edges = [i for i in range(max(a, b) + 1, right) if roles[i] == "edge"]
        around = [*range(left, min(a, b)), *range(max(a, b) + 1, right)]
        parcels = tuple(i for i in around if roles[i] == "parcel")
        area = next((i for i in around if roles[i] == "area"), None)
        beside = min(a, b) - 1
        if not names and beside >= left and not roles[beside]:
            names = [beside]  # a heading in letters nobody can read any more
        blocks.append(Block(a, b, next(iter(names), None), next(iter(edges), None), parcels, area))
        left = max(a, b) + 1
    return tuple(blocks)


def is_numbering(row: Row, first: int, second: int) -> bool:
    """Whether a row only numbers the columns: (1) (2) (3) (4)."""
    one, two = (_NUMBERING.fullmatch(str(row.cell(i)).removesuffix(".0")) for i in (first, second))
    return one is not None and two is not None and abs(int(one[1]) - int(two[1])) == 1


def _by_numbers(rows: list[Row]) -> Columns:
    """Without a heading: the two columns whose numbers can be coordinates."""
    numeric = [row for row in rows if sum(map(is_number, row.filled)) > 1]
    if not numeric:
        raise SiteError("site.no-corners")
    wide = max(len(row.cells) for row in numeric)
    for fits in (is_metres, _is_degrees):
        counts = [sum(_fits(row.cell(i), fits) for row in numeric) for i in range(wide)]
        found = [i for i in range(wide) if 2 * counts[i] > len(numeric)]
        if len(found) == 2:
            start = next(i for i, row in enumerate(rows) if row is numeric[0])
            point = found[0] - 1 if found[0] else None
            return Columns((Block(found[0], found[1], point),), ("", ""), start, 0)
    cells = " | ".join(str(cell) for cell in numeric[0].filled)
    raise SiteError("site.columns-unknown", row=numeric[0].number, found=cells[:120])


def _fits(cell: object, fits: Callable[[float], bool]) -> bool:
    return any(fits(number.value) for number in read_cell(cell))


def _is_degrees(value: float) -> bool:
    """Whether a number can be a longitude or latitude in Viet Nam, and is no point number."""
    return 8 <= value <= 110 and value != int(value)


# What a column heading means, in the words offices use.

# Vietnamese tables print X for north and Y for east (TCVN, cadastral forms); a heading
# that says the direction outright is believed over the letter.
# "Tung độ" is the ordinate, north, and "Hoành độ" the abscissa, east, whatever letter follows.
_ROLES = {
    "north": r"[xy]?(?:n|north|northing|bac|phiabac|huongbac)[xy]?|tungdo[yn]?|[yn]tungdo",
    "east": r"[xy]?(?:e|east|easting|dong|phiadong|huongdong)[xy]?|hoanhdo[xe]?|[xe]hoanhdo",
    "lat": r"(?:vido|lat|latitude|vidob|b|phi)[xy]?(?:dms)?",
    "lon": r"(?:kinhdo|lon|long|lng|longitude|kinhdol|l|lamda)[xy]?(?:dms)?",
    "x": r"(?:tungdo)?x\d?|xtungdo",
    "y": r"(?:hoanhdo)?y\d?|yhoanhdo",
    "height": r"z|h|docao|caodo|docaoh|caodoh|elevation|height",
    "edge": r"s|d|dai|.*(?:canh|chieudai|khoangcach|culy|length|distance).*",
    "parcel": r"(?:so|sohieu|kyhieu|ten|ma|stt)?(?:thua|to|tobando|tobd|lo|khu|khuvuc|odat|khoanh|"
    r"parcel|plot|lot|block|zone|section)(?:dat)?(?:so|id|name|no)?",
    "area": r"dientich(?:cac)?(?:thua|khu|lo)?(?:dat)?(?:m2?|ha)?|area(?:m2?|ha)?|sm2",
    "point": r".*(?:diem|moc|dinh|point|vertex|corner).*|sohieu|kyhieu|id|goc|ten|name|no",
    "order": r"stt|tt|sott|sothutu",
}
PAIRS = (("x", "y"), ("north", "east"), ("lat", "lon"))
_ALONE = {role for pair in PAIRS for role in pair} | {"order", "height"}
_OF_CORNERS = _ALONE | {"point", "edge"}
UNIT = re.compile(r"\(?\s*(?:m|met|do|°|deg)\s*\)?")
_PATTERNS = {role: re.compile(pattern) for role, pattern in _ROLES.items()}
_DROP = re.compile(
    r"[\(\[]\s*(?:m|met|do|°|deg|degrees?|do[, -]+phut[, -]+giay|° ?['’′]? ?[\"”″]?|dd.?mm.?ss\S*)"
    r"\s*[\)\]]|vn\s*-?\s*2000|wgs\s*-?\s*84"
)
_NOISE = re.compile(r"^(?:hetoado|toado|coordinates?|coord)|(?:toado|coordinate)$")


@lru_cache(maxsize=4096)
def role_of(heading: str) -> str:
    """Role of a column by its heading, "" when it names none."""
    word = re.sub(r"[^a-z0-9]", "", _DROP.sub("", fold(heading)))
    word = _NOISE.sub("", word)
    for role, pattern in _PATTERNS.items():
        if pattern.fullmatch(word):
            return role
    return ""


def join_words(words: list[str]) -> list[str]:
    """Cells of a heading that was parted at every space: `Số hiệu điểm | X | Y`.

    Words before a coordinate make one cell; units and "Tọa độ" belong to their neighbour.
    """
    roles = [role_of(word) for word in words]
    if not any({*pair} <= {*roles} for pair in PAIRS):
        return words
    cells: list[str] = []
    waiting: list[str] = []
    for word, role in zip(words, roles, strict=True):
        if role in _ALONE:
            cells += [" ".join(waiting)] * bool(waiting) + [word]
            waiting = []
        elif fold(word) not in ("(m)", "toa", "do", "met"):
            waiting.append(word)
    return cells + [" ".join(waiting)] * bool(waiting)
