"""Columns of a corner table: what each holds."""

import math
import re
from dataclasses import dataclass
from itertools import zip_longest

import pyproj

from lsgis.crs import WGS84
from lsgis.errors import SiteError
from lsgis.intake.notation import is_number, read_cell
from lsgis.sitefile.corner_sheet import PAIRS, Row, fold, is_metres, role_of
from lsgis.sitefile.location import ZONES, describe, meridian, scale
from lsgis.sitefile.raw import name_crs, plain_text, read_crs, told

# Which columns of a table hold point numbers, coordinates and edge lengths.

_NUMBERING = re.compile(r"\(?\[?([1-9]|1\d)\]?\)?")
_ROWS_ABOVE = 2  # a heading may lie over two or three rows


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


def _by_heading(rows: list[Row], index: int, roles: list[str], present: list) -> Columns:
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
    return Columns(blocks, pair, start, len(roles), others, hectares)


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


def _with_higher(roles: list[str], above: Row) -> list[str]:
    """Roles of a heading over several rows: point numbers and edges stand above X and Y."""
    if len(above.filled) < 2:
        return roles
    higher = [
        role if role in ("point", "edge", "parcel", "area") else "" for role in heading_roles(above)
    ]
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


def _fits(cell: object, fits) -> bool:
    return any(fits(number.value) for number in read_cell(cell))


def _is_degrees(value: float) -> bool:
    """Whether a number can be a longitude or latitude in Viet Nam, and is no point number."""
    return 8 <= value <= 110 and value != int(value)


# What a table says of its own reference system, above or below the corners.

# 107°15', 107o15', 107 độ 15 phút, 107-15, 107.25, and 107015' whose raised zero came down
_MERIDIAN = re.compile(
    r"(?:kinh tuyen(?: truc| trung uong| giua)?|\bkttw?|\bkt\b|\bl[0o]\s*=|central meridian)"
    r"\D{0,12}?(1\d\d)(?:(?P<point>[.,])(?P<part>\d+)"
    r"|(?:[°º˚o\s-]{1,3}|\s*do\s*|0(?=[0-5]\d\s*['’′`]))(?P<minutes>[0-5]?\d)(?!\d))?"
)
_WIDTH = re.compile(r"\bmui(?: chieu)?\s*:?\s*([36])(?:0(?!\d)|(?!\d))")
_SCALE = {"3": 0.9999, "6": 0.9996}  # at the central meridian, by width of the zone
_OTHER = re.compile(r"\bwgs\s*-?\s*84\b|\bhn\s*-?\s*72\b|ha noi\s*-?\s*(?:19)?72|\bindian 19\d\d\b")
_WGS84 = re.compile(r"\bwgs\s*-?\s*84\b")
_VN2000 = re.compile(r"\bvn\s*-?\s*2000")


_PLACE = re.compile(
    r"(?<!\w)(?:xã|phường|thị trấn|x\.|p\.)\s+([A-ZÀ-ỸĐ][\w']*(?:\s+[A-ZÀ-ỸĐ][\w']*){0,3})",
    re.IGNORECASE,
)


def find_system(titles: list[str], *, degrees: bool) -> pyproj.CRS | None:
    """The system in degrees a table names for its degrees; None when it names none, or two."""
    text = fold(" ; ".join(titles))
    names = [
        name
        for pattern, name in ((_WGS84, "EPSG:4326"), (_VN2000, "EPSG:4756"))
        if pattern.search(text)
    ]
    return read_crs(names[0]) if degrees and len(names) == 1 else None


def named_places(titles: list[str]) -> list[dict[str, object]]:
    """Communes the titles name, for whoever holds the site against them."""
    found = [_capitals(match[1]) for title in titles for match in _PLACE.finditer(title)]
    names = list(dict.fromkeys(name for name in found if name))
    return [told("site.place-named", found=plain_text("; ".join(names)))] if names else []


def _capitals(name: str) -> str:
    """The words of a name: those with a capital, up to the first without."""
    words = name.split()
    kept = next((i for i, word in enumerate(words) if not word[0].isupper()), len(words))
    return " ".join(words[:kept])


def require_agreement(titles: list[str], crs: pyproj.CRS, *, stated: bool) -> bool:
    """Whether a table names its central meridian; refuse one it is not about to be read in.

    Parameters
    ----------
    titles
        Texts above and below the corners.
    crs
        Reference system the corners are about to be read in.
    stated
        Whether the caller named it; else it is the default of tables.

    Raises
    ------
    SiteError
        The central meridian, the width of the zone or the datum differs.
    """
    named = False
    for title in titles:
        text = fold(title)
        values = {"found": plain_text(title, longest=120), "crs": name_crs(crs)}
        other = None if crs == WGS84 else _OTHER.search(text)
        if other and not stated and not _VN2000.search(text):
            raise SiteError("site.title-datum", **values)
        if crs.is_geographic:
            continue
        meridians = _meridians(text)
        factors = [_SCALE[width] for width in _WIDTH.findall(text)]
        agrees = not meridians or any(math.isclose(m, meridian(crs)) for m in meridians)
        if not agrees or (factors and scale(crs) not in factors):
            zones = _zones(meridians or [meridian(crs)], factors or list(_SCALE.values()))
            raise SiteError("site.title-zone", zones=zones, **values)
        named = named or bool(meridians)
    return named


def _meridians(text: str) -> list[float]:
    """Ways to read the central meridian (degrees) a text states; 107.15 may mean 107°15'."""
    found = _MERIDIAN.search(text)
    if not found:
        return []
    degrees = float(found[1])
    if part := found["part"]:
        minutes = [degrees + int(part) / 60] if len(part) == 2 and int(part) < 60 else []
        return [degrees + float(f"0.{part}"), *minutes]
    return [degrees + int(found["minutes"] or 0) / 60]


def _zones(meridians: list[float], factors: list[float]) -> str:
    """Zones of VN-2000 with one of these meridians and widths, for a message."""
    fitting = [
        zone
        for zone in map(pyproj.CRS.from_epsg, ZONES)
        if scale(zone) in factors and any(math.isclose(meridian(zone), m) for m in meridians)
    ]
    return describe(fitting) or "?"
