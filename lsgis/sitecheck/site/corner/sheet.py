"""Rows of cells from text, whatever parts its columns."""

import csv
import re
from dataclasses import dataclass

from lsgis.errors import SiteError
from lsgis.intake.number import readings
from lsgis.sitecheck.site.corner.heading import join_words
from lsgis.sitecheck.site.drawing import plain_text

MOST_ROWS = 250_000
_SPACED = re.compile(r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d+)?(?!\S)|\S+")
_SAMPLE = 200


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


def decode(content: bytes) -> tuple[str, bool]:
    """Text of a file, and whether its letters are bytes yet to be read (its digits never are)."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace"), False
    try:
        return content.decode("utf-8-sig"), False
    except UnicodeDecodeError:
        return content.decode("latin-1"), True


def rows_of_text(text: str) -> list[Row]:
    """Rows of a text, parted by the delimiter that makes most of them corners.

    Raises
    ------
    SiteError
        It is no text, cannot be parted, or has more than MOST_ROWS lines.
    """
    if "\0" in text:
        raise SiteError("site.no-table", reason="NUL")
    lines = text.lstrip("\ufeff").splitlines()
    if len(lines) > MOST_ROWS:
        raise SiteError("site.too-many-rows", found=len(lines), most=MOST_ROWS)
    sample = [line for line in lines if line.strip()][:_SAMPLE]
    scores = {mark: _score(sample, mark) for mark in ("\t", ";", "|", ",", "  ", " ")}
    return _parted(lines, max(scores, key=scores.__getitem__))


def _score(lines: list[str], mark: str) -> tuple[int, int]:
    """How many lines hold a pair of coordinates, and how many two numbers."""
    pairs = numbers = 0
    for row in _parted(lines, mark):
        values = [[n.value for n in readings(str(cell))] for cell in row.filled]
        values = [ways for ways in values if ways]
        east = sum(any(is_easting(v) for v in ways) for ways in values)
        north = sum(any(is_northing(v) for v in ways) for ways in values)
        pairs += bool(east and north)
        numbers += len(values) > 1
    return pairs, numbers


def _parted(lines: list[str], mark: str) -> list[Row]:
    if mark == " ":
        cut = [join_words(_SPACED.findall(line)) for line in lines]
        return [Row(number, tuple(cells)) for number, cells in enumerate(cut, 1)]
    if mark == "  ":
        cut = [re.split(r"\t|\s{2,}", line.strip()) for line in lines]
        return [Row(number, tuple(cells)) for number, cells in enumerate(cut, 1)]
    try:
        reader = csv.reader(lines, delimiter=mark, skipinitialspace=True)
        return [Row(reader.line_num, tuple(cells), mark) for cells in reader]
    except csv.Error as error:
        raise SiteError("site.no-table", reason=plain_text(error)) from error
