"""Sheets that hold corner tables: workbook or text, headings, letters."""

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from lsgis.errors import SiteError
from lsgis.intake.notation import readings
from lsgis.intake.workbook import BROKEN, Sheet, read_workbook
from lsgis.sitefile.raw import plain_text, told

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
UNIT = re.compile(r"\(?\s*(?:m|met|do|°|deg)\s*\)?")
_PATTERNS = {role: re.compile(pattern) for role, pattern in _ROLES.items()}
_DROP = re.compile(
    r"[\(\[]\s*(?:m|met|do|°|deg|degrees?|do[, -]+phut[, -]+giay|° ?['’′]? ?[\"”″]?|dd.?mm.?ss\S*)"
    r"\s*[\)\]]|vn\s*-?\s*2000|wgs\s*-?\s*84"
)
_NOISE = re.compile(r"^(?:hetoado|toado|coordinates?|coord)|(?:toado|coordinate)$")

_TITLE = re.compile(
    r"\W*(?:[ivxlc\d]{1,4}[.)]\s*|[a-z][.)]\s*)?(?:toa do |ranh gioi |goc ranh |bang ke toa do )*"
    r"(?:(?:cac )?(?:thua|khu|lo|o dat|to ban do|khoanh|manh|vi tri|vung|phan|ranh)\b"
    r"|parcel\b|plot\b|lot\b|area [a-z\d]|zone\b|part\b|section\b|block\b)"
)


def fold(text: object) -> str:
    """Text in small letters without marks, to compare words by."""
    bare = unicodedata.normalize("NFD", str(text).lower().replace("đ", "d").replace("²", "2"))
    return "".join(c for c in bare if not unicodedata.combining(c))


def names_parcel(text: str) -> bool:
    """Whether a text is the title of a parcel: "Thửa số 2", "II. Khu đất B"."""
    return bool(_TITLE.match(fold(text)))


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


# Rows of cells from text, whatever parts its columns.

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


# Rows of cells from a workbook, with what it hides.

_MOST_NAMED = 10


@dataclass(frozen=True)
class Page:
    """One sheet that holds anything, and what is told of it."""

    rows: list[Row]
    visible: bool
    log: tuple[dict[str, object], ...]


def pages_of_workbook(path: Path, sheet: str | None) -> dict[str, Page]:
    """Sheets of a workbook that hold anything, or the sheet named.

    Raises
    ------
    SiteError
        openpyxl is not installed, the file is no workbook, or has no such sheet.
    """
    try:
        sheets = {found.name: found for found in _read(path)}
    except ImportError as error:
        raise SiteError("site.no-openpyxl", path=path.name) from error
    except OverflowError as error:
        raise SiteError("site.too-many-rows", found=f"> {MOST_ROWS}", most=MOST_ROWS) from error
    except SiteError:
        raise
    except BROKEN as error:
        raise SiteError("site.no-workbook", path=path.name, reason=plain_text(error)) from error
    if sheet is not None and sheet not in sheets:
        found = ", ".join(plain_text(name) for name in sheets)
        raise SiteError("site.no-sheet", path=path.name, sheet=plain_text(sheet), found=found)
    pages = {name: _page(found) for name, found in sheets.items() if sheet in (None, name)}
    return {name: page for name, page in pages.items() if any(row.filled for row in page.rows)}


def rows_of_workbook(path: Path, sheet: str | None) -> dict[str, list[Row]]:
    """Rows of each sheet of a workbook that holds anything, or of the sheet named."""
    return {name: page.rows for name, page in pages_of_workbook(path, sheet).items()}


def _read(path: Path) -> Iterator[Sheet]:
    yield from read_workbook(path, most_rows=MOST_ROWS)


def _page(sheet: Sheet) -> Page:
    rows = [Row(number, cells) for number, cells in enumerate(sheet.rows, 1)]
    log = []
    named: dict[str, list] = {
        "site.hidden-rows": sheet.hidden_rows,
        "site.hidden-columns": sheet.hidden_columns,
        "site.formulas": sheet.unknown,
    }
    for code, found in named.items():
        if found:
            text = ", ".join(map(str, found[:_MOST_NAMED])) + (
                ", …" if len(found) > _MOST_NAMED else ""
            )
            log.append(told(code, found=text, count=len(found)))
    if not sheet.visible:
        log.append(told("site.hidden-sheet", sheet=plain_text(sheet.name)))
    return Page(rows, sheet.visible, tuple(log))


# Titles and headings in .VnArial, VNI or Windows-1258: read as what they say.

_MOST_TEXTS = 20_000  # a table of corners has few words
_NAMES = {"tcvn3": "TCVN3 (ABC)", "vni": "VNI", "cp1258": "Windows-1258"}


def mend_letters(rows: list[Row], *, bytewise: bool) -> tuple[list[Row], list[dict[str, object]]]:
    """Rows with every cell in Unicode, and a row of the log for each encoding found.

    Parameters
    ----------
    bytewise
        The file is not UTF-8: each character of a cell stands for a byte.
    """
    texts = [c for row in rows for c in row.cells if isinstance(c, str) and not c.isascii()]
    if not texts:
        return rows, []
    from lsgis.intake.encoding import UNDECIDED, read_column

    counts = Counter(texts[:_MOST_TEXTS])
    found = read_column(list(counts))
    log = []
    for name, shown in _NAMES.items():
        if count := sum(counts[text] for text, new in found.items() if new.encoding == name):
            log.append(told("site.letters", encoding=shown, count=count))
    changes = {text: new.text for text, new in found.items() if new.text != text}
    open_ = [text for text, new in found.items() if new.encoding == UNDECIDED]
    if bytewise and (open_ or not changes):
        changes |= {text: _as_cp1258(text) for text in counts if text not in changes}
        log.append(told("site.encoding"))
    if not changes:
        return rows, log
    return [
        replace(row, cells=tuple(changes.get(c, c) if isinstance(c, str) else c for c in row.cells))
        for row in rows
    ], log


def _as_cp1258(text: str) -> str:
    return text.encode("latin-1", "replace").decode("cp1258", "replace")
