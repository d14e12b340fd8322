"""Rows of cells as they stand in a workbook or a text, and what a workbook does not show.

Tables of features, of facts and of corners all come from here; what a row means is for those
who ask. No frames are brought in, and openpyxl only when a workbook is read.
"""

import csv
import re
import warnings
import zipfile
import zlib
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from lsgis.errors import LayerError
from lsgis.intake.opening import read_limits, require_within, require_workbook


@dataclass
class Sheet:
    """Cells of one sheet or text, row by row from the first, and what is told of them."""

    name: str
    rows: list[tuple[Any, ...]]
    visible: bool = True
    hidden_rows: list[int] = field(default_factory=list)  # from 1, those that hold something
    hidden_columns: list[str] = field(default_factory=list)  # letters, alike
    unknown: list[str] = field(default_factory=list)  # formulas that hold no value
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)  # row, column, to; from 0
    mark: str = ""  # what parts the cells of a text
    numbers: list[int] = field(default_factory=list)  # of rows in a text, from 1
    columns: list[int] = field(default_factory=list)  # from 0, where blank ones were left out

    @property
    def numbered(self) -> Iterator[tuple[int, tuple[Any, ...]]]:
        """Number in the file, from 1, and cells of each row."""
        return zip(self.numbers or range(1, len(self.rows) + 1), self.rows, strict=True)

    def place(self, column: int) -> int:
        """Position in the rows of a column of the file (from 0), or of the next one kept."""
        return bisect_left(self.columns, column) if self.columns else column


# Cells of a text: its letters, and the mark that parts them.

_MOST_LINES = 200  # from which the mark is told
_BLANKS = re.compile(r"\t|\s{2,}")
_WORDS = re.compile(r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d+)?(?!\S)|\S+")


def decode(raw: bytes) -> tuple[str, bool]:
    """Text of a file, and whether its letters are bytes yet to be read (its digits never are).

    Bytes that are no Unicode come one character a byte, as Windows-1252 has them;
    `lsgis.intake.encoding` tells what they say.
    """
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace"), False
    try:
        return raw.decode("utf-8-sig"), False
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "surrogateescape")
        return "".join(chr(ord(c) & 0xFF) if 0xDC80 <= ord(c) <= 0xDCFF else c for c in text), True


def sheet_of_text(
    lines: Sequence[str],
    marks: Sequence[str],
    score: Callable[[list[str], str], Any],
    *,
    name: str = "text",
) -> Sheet:
    """Cells of a text, parted by the mark that suits its lines best.

    Parameters
    ----------
    marks
        Those that may part cells, the likelier first: one character, two blanks (any run
        of them, or a tab), or one blank (between words, not within `2 417 140`).
    score
        How well some lines are parted by a mark; the greater the better.
    name
        Of the file, for a refusal.

    Raises
    ------
    LayerError
        It has more columns, or longer cells, than the limits say.
    csv.Error
        The text cannot be parted.
    """
    sample = [line for line in lines if line.strip()][:_MOST_LINES]
    sheet = cut(lines, max(marks, key=lambda mark: score(sample, mark)))
    limits = read_limits()
    if max(map(len, sheet.rows), default=0) > limits.columns:
        held = {n for row in sheet.rows for n, cell in enumerate(row) if cell.strip()}
        require_within(Path(name), columns=len(held))
    if sum(map(len, lines)) > limits.cell_letters:
        longest = max((len(cell) for row in sheet.rows for cell in row), default=0)
        require_within(Path(name), cell_letters=longest)
    return sheet


def cut(lines: Sequence[str], mark: str) -> Sheet:
    """Cells of lines parted by a mark of `sheet_of_text`, whatever their size."""
    if mark == " ":
        return Sheet("", [tuple(_WORDS.findall(line)) for line in lines], mark=mark)
    if mark == "  ":
        return Sheet("", [tuple(_BLANKS.split(line.strip())) for line in lines], mark=mark)
    # the one of this process, which is only ever raised: the limit of lsgis is held by who asks
    csv.field_size_limit(max(csv.field_size_limit(), sum(map(len, lines))))
    reader = csv.reader(lines, delimiter=mark, skipinitialspace=True)
    found = [(reader.line_num, tuple(cells)) for cells in reader]
    return Sheet("", [cells for _, cells in found], mark=mark, numbers=[n for n, _ in found])


# Cells of a workbook, and what it hides, merges, or leaves uncomputed.

MOST_ROWS = 1_000_000
MOST_CELLS = 20_000_000  # of a sheet, blank ones between others too
MOST_BYTES = 400_000_000  # of one sheet, unpacked
# what openpyxl raises for a file that is no workbook, or a broken one
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    KeyError,
    ValueError,
    TypeError,
    IndexError,
    AttributeError,
    OSError,
    SyntaxError,
    NotImplementedError,
    EOFError,
    RuntimeError,
)
_BEFORE_A = ord("A") - 1
_CELL = re.compile(r"([A-Z]{1,3})(\d{1,7})")


def read_workbook(path: Path, *, most_rows: int = MOST_ROWS) -> Iterator[Sheet]:
    """Sheets of an XLSX or XLSM file, in their order.

    Raises
    ------
    ImportError
        openpyxl is not installed.
    LayerError
        It is larger than the limits say, has more than MOST_CELLS cells in a sheet, or its
        XML declares entities.
    One of BROKEN
        The file is no workbook, or a broken one; OverflowError for too many rows.
    """
    import openpyxl

    require_workbook(path)
    with warnings.catch_warnings(), path.open("rb") as file:
        warnings.simplefilter("ignore")  # styles and extensions openpyxl does not know
        parts = _parts(path)
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        for found in book.worksheets:
            rows, columns = _cells(path, found, most_rows)
            sheet = Sheet(found.title, rows, found.sheet_state == "visible", columns=columns)
            if found.title in parts:
                _mark(path, parts[found.title], sheet)
            sheet.hidden_rows = [n for n in sheet.hidden_rows if _holds(sheet.rows[n - 1 : n])]
            yield sheet


def _holds(rows: list[tuple[Any, ...]], column: int | None = None) -> bool:
    chosen = slice(None) if column is None else slice(column, column + 1)
    return any(cell not in (None, "") for row in rows for cell in row[chosen])


def _cells(path: Path, found: Any, most_rows: int) -> tuple[list[tuple[Any, ...]], list[int]]:
    """Rows up to the last that holds something, each up to its last cell that does.

    A sheet may be formatted to its last row and column without a word in them. Where one cell
    stands beyond the limit of columns, columns without a word are left out of all rows, and the
    second list numbers those that stay; else it is empty.
    """
    found.reset_dimensions()  # what a file says of its own size is often wrong
    found._get_row = lambda row, *_, **__: row  # openpyxl fills each row up to its last cell
    most_columns = read_limits().columns
    rows: list[Any] = []
    blank = count = 0
    far: set[int] = set()
    for cells in found.iter_rows(values_only=True):
        row = {c["column"] - 1: c["value"] for c in cells if c["value"] is not None}
        wide = max((n + 1 for n, c in row.items() if str(c).strip()), default=0)
        if not wide:
            blank += 1
            continue
        if len(rows) + blank >= most_rows:
            raise OverflowError(f"more than {most_rows} rows")
        is_far = wide > most_columns
        far |= {n for n, cell in row.items() if n < wide} if is_far else set()
        count += len(row) if is_far else wide
        _require_few(path, count)
        rows += [()] * blank + [row if is_far else tuple(map(row.get, range(wide)))]
        blank = 0
    return _without_blanks(path, rows, far) if far else (rows, [])


def _without_blanks(
    path: Path, rows: list[Any], far: set[int]
) -> tuple[list[tuple[Any, ...]], list[int]]:
    """Rows (cells in their order, or by column), without the columns that hold nothing."""
    for row in rows:
        if not isinstance(row, dict):
            far |= {n for n, cell in enumerate(row) if cell is not None}
    columns = sorted(far)
    require_within(path, columns=len(columns))
    _require_few(path, len(rows) * len(columns))
    for number, row in enumerate(rows):
        known = row if isinstance(row, dict) else dict(enumerate(row))
        rows[number] = _trimmed(tuple(map(known.get, columns)))
    return rows, columns


def _require_few(path: Path, count: int) -> None:
    if count > MOST_CELLS:
        raise LayerError("intake.too-many-cells", path=path.name, most=MOST_CELLS)


def _trimmed(cells: tuple[Any, ...]) -> tuple[Any, ...]:
    """Cells of a row up to the last that holds something."""
    end = len(cells)
    while end and (cells[end - 1] is None or str(cells[end - 1]).strip() == ""):
        end -= 1
    return cells[:end]


def _parts(path: Path) -> dict[str, str]:
    """Name of each sheet -> the part of the file that holds it."""
    with zipfile.ZipFile(path) as packed:
        names = {name.lstrip("/") for name in packed.namelist()}
        if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
            return {}
        for info in packed.infolist():
            if info.file_size > MOST_BYTES:
                raise ValueError(f"{info.filename}: {info.file_size} > {MOST_BYTES}")
        links = {
            node.get("Id"): str(node.get("Target"))
            for node in ET.fromstring(packed.read("xl/_rels/workbook.xml.rels"))
        }
        found = {}
        for node in ET.fromstring(packed.read("xl/workbook.xml")).iter():
            if _tag(node) == "sheet":
                link = next((v for k, v in node.attrib.items() if k.endswith("}id")), None)
                target = links.get(link, "")
                part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
                if part in names:
                    found[str(node.get("name"))] = part
    return found


def _mark(path: Path, part: str, sheet: Sheet) -> None:
    """What the part of a sheet says beyond the values of its cells."""
    with zipfile.ZipFile(path) as packed, packed.open(part) as file:
        for _, node in ET.iterparse(file):
            tag = _tag(node)
            if tag == "c":
                own = {_tag(child): child.text for child in node}
                if "f" in own and own.get("v") in (None, "") and "is" not in own:
                    sheet.unknown.append(str(node.get("r")))
                node.clear()
            elif tag == "row":
                if node.get("hidden") in ("1", "true"):
                    sheet.hidden_rows.append(int(node.get("r") or 0))
                node.clear()
            elif tag == "col" and node.get("hidden") in ("1", "true"):
                first, last = int(node.get("min", 1)), int(node.get("max", 1))
                wide = max(map(len, sheet.rows), default=0)
                hidden = range(sheet.place(first - 1), min(sheet.place(last), wide))
                numbers = sheet.columns or range(wide)
                sheet.hidden_columns += [
                    _letters(numbers[n] + 1) for n in hidden if _holds(sheet.rows, n)
                ]
            elif tag == "mergeCell" and (area := _area(str(node.get("ref")))):
                top, left, bottom, right = area
                left, right = sheet.place(left), sheet.place(right + 1) - 1
                if left <= right:
                    sheet.merged.append((top, left, bottom, right))


def _tag(node: ET.Element) -> str:
    return str(node.tag).rpartition("}")[2]


def _area(ref: str) -> tuple[int, int, int, int] | None:
    """First row and column, last row and column (from 0) of `A1:C2`."""
    ends = [_CELL.fullmatch(text) for text in ref.split(":")]
    if len(ends) != 2 or ends[0] is None or ends[1] is None:
        return None
    (a, b), (c, d) = ((_number(end[1]), int(end[2])) for end in ends if end)
    return b - 1, a - 1, d - 1, c - 1


def split_cell(ref: str) -> tuple[int, int]:
    """Column (from 0) and row (from 1) of `C2`."""
    found = _CELL.fullmatch(ref)
    return (_number(found[1]) - 1, int(found[2])) if found else (0, 0)


def _number(letters: str) -> int:
    found = 0
    for letter in letters:
        found = found * 26 + ord(letter) - _BEFORE_A
    return found


def _letters(number: int) -> str:
    found = ""
    while number:
        number, rest = divmod(number - 1, 26)
        found = chr(_BEFORE_A + 1 + rest) + found
    return found
