"""Letters of a file: what it declares of them, held against its bytes.

GDAL goes by what a DBF, a MapInfo file or a DXF declares. Bytes that the declared code page does
not know it drops, of Windows-1258 and TCVN 5712 it loses the last letter (a tone might have
followed), and whether a file says the truth it does not ask. So where there is a letter beyond
ASCII, such a file is read one character a byte, and its letters are settled here.
"""

from __future__ import annotations

import codecs
import re
import shutil
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple
from xml.sax.saxutils import escape

from lsgis.errors import LayerError
from lsgis.intake.cad import read_header
from lsgis.intake.damage import dbf_names, whole_letters
from lsgis.intake.encoding import (
    CHARSETS,
    UNDECIDED,
    Reading,
    as_bytes,
    decode_text,
    is_clean,
    is_vietnamese,
    read_code_pages,
    read_column,
)
from lsgis.intake.opening import ELSEWHERE, MARKED, require_within

if TYPE_CHECKING:
    import pandas as pd

# What a name of an encoding means, however it is spelt.

_NUMBER = re.compile(r"(?:ANSI|WINDOWS|CP|MS|IBM|OEM|DOS|X-CP)?[ _-]*(\d{3,5})")
_LATIN = re.compile(r"(?:ISO)?[ _-]?8859[ _-]*(\d{1,2})")
_TCVN = re.compile(r"TCVN[ _-]*\d*.*|VN-?1|ABC")
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030"}  # what knows more of the same bytes
# names Python takes for encodings that are none of a text in a file
_NONE = {"idna", "punycode", "undefined", "unicode-escape", "unicode_escape", "mbcs", "oem"}
_NONE |= {"raw-unicode-escape", "raw_unicode_escape"}


@lru_cache(maxsize=256)
def find_codec(stated: str) -> str | None:
    """What reads the letters that a file declares.

    Parameters
    ----------
    stated
        "1258", "CP1258", "windows-1258", "ANSI 1258", "LDID/77", "WindowsLatin1", "8859-1",
        "TCVN5712-1", or any name that Python knows.

    Returns
    -------
    str or None
        A codec of Python, or one of CHARSETS; None for a name nobody knows.
    """
    name = stated.strip().upper()
    pages = read_code_pages()
    if name.startswith("LDID/"):
        name = pages.get(("ldid", name[5:]), "")
    name = pages.get(("mapinfo", name), name)
    if _TCVN.fullmatch(name):
        return "tcvn3"
    if name.lower() in CHARSETS:
        return name.lower()
    names = [name]
    if latin := _LATIN.fullmatch(name):
        names.insert(0, f"ISO8859-{latin[1]}")
    elif number := _NUMBER.fullmatch(name):
        names.insert(0, pages.get(("page", number[1]), f"CP{number[1]}"))
    found = next(filter(None, map(_lookup, names)), None)
    if found is None or not found._is_text_encoding or found.name in _NONE:
        return None
    return _WIDER.get(found.name, found.name)


def _lookup(name: str) -> codecs.CodecInfo | None:
    try:
        return codecs.lookup(name)
    except (LookupError, ValueError):
        return None


def _decoded(raw: bytes, codec: str) -> str | None:
    """Bytes in a codec, composed (NFC) where it writes tones apart; None where they are not."""
    if codec in CHARSETS and codec != "cp1258":
        return decode_text(raw.decode("latin-1"), codec)
    try:
        text = raw.decode(codec)
    except (UnicodeError, ValueError):
        return None
    return unicodedata.normalize("NFC", text) if codec == "cp1258" else text


@lru_cache(maxsize=64)
def _holds_ascii(codec: str) -> bool:
    """Whether ASCII is itself in a codec, byte by byte, and nothing else is."""
    plain = bytes(range(32, 127))
    if _decoded(plain, codec) != plain.decode("ascii"):
        return False
    others = () if codec in CHARSETS else "é中あ한"
    made = [letter.encode(codec, "ignore") for letter in others]
    return not any(raw and raw.isascii() for raw in made)


@lru_cache(maxsize=64)
def _is_multibyte(codec: str) -> bool:
    pairs = bytes([0xB0, 0xA1]) * 4
    found = _decoded(pairs, codec)
    return found is not None and len(found) < len(pairs)


# What a file declares; and the same file so that GDAL reads one character a byte.


class Letters(NamedTuple):
    """What a file that is read byte by byte declares: in its words ("" for nothing), a codec."""

    stated: str
    codec: str
    where: str


Told = tuple[str, str, str, str]
_ALL_BYTES = "ISO-8859-1"
_DXF = "DXF_ENCODING"
_turn = Lock()
_HONEST = {"UTF-8", "UTF8"}  # as GDAL knows it
_CHARSET = re.compile(rb'(charset\s+"?)([\w.-]+)', re.IGNORECASE)
_HEAD_BYTES = 65_536
_UNICODE_SINCE = "AC1021"  # from AutoCAD 2007 on a DXF is UTF-8, whatever page its header names


LETTERED = {".shp", ".dbf", ".tab", ".mif", ".dxf"}  # files whose letters may be any


def find_letters(path: Path, folder: Path) -> tuple[Path, Letters | None, list[Told]]:
    """Whether the letters of a file must be read byte by byte, and the file so to read.

    Parameters
    ----------
    path
        A shapefile, DBF, MapInfo file or drawing; of anything else nothing is asked.
    folder
        Private folder for a copy, where the file itself says how it is to be read.

    Returns
    -------
    path, letters, told
        `letters` is None where GDAL reads them right by itself: in ASCII, in honest UTF-8, or
        under a name that only GDAL may know, which is told.
    """
    kind = path.suffix.lower()
    if kind in (".shp", ".dbf"):
        found = _of_dbf(path)
    elif kind in (".tab", ".mif"):
        found = _of_mapinfo(path)
    elif kind == ".dxf":
        found = _of_drawing(path)
    else:
        return path, None, []
    if found is None:
        return path, None, []
    stated, texts = found
    codec = find_codec(stated) if stated else ""
    if all(map(bytes.isascii, texts)) and (not codec or _holds_ascii(codec)):
        return path, None, []
    is_utf8 = all(_decoded(text, "utf-8") is not None for text in texts)
    told: list[Told] = []
    if codec is None and not is_utf8:
        told.append(("letters-unknown", path.name, stated, ""))
        if kind in (".shp", ".dbf", ".dxf"):  # GDAL may know the name
            return path, None, told
    if is_utf8 and stated.upper() in _HONEST:
        return path, None, []
    if kind in (".tab", ".mif"):
        path = _without_charset(path, folder)
    return path, Letters(stated, codec or "", path.name), told


def _beside(path: Path, ending: str) -> Path | None:
    for suffix in (ending, ending.upper(), ending.capitalize()):
        if path.with_suffix(suffix).is_file():
            return path.with_suffix(suffix)
    return None


def _of_dbf(path: Path) -> tuple[str, list[bytes]] | None:
    table = path if path.suffix.lower() == ".dbf" else _beside(path, ".dbf")
    if table is None:
        return None
    raw = table.read_bytes()
    if len(raw) < 32:
        return None
    page = _beside(path, ".cpg")
    stated = page.read_text("latin-1").strip() if page else ""
    if not stated and raw[29]:
        stated = f"LDID/{raw[29]}"
    return stated, [*dbf_names(raw), raw[int.from_bytes(raw[8:10], "little") :]]


def _of_mapinfo(path: Path) -> tuple[str, list[bytes]]:
    raw = path.read_bytes()
    match = _CHARSET.search(raw[:_HEAD_BYTES])
    stated = match[2].decode("latin-1") if match else ""
    texts = [raw]
    for ending in (".mid", ".dat", ".dbf"):
        if (file := _beside(path, ending)) is not None:
            texts.append(file.read_bytes())
    return "" if stated.lower() == "neutral" else stated, texts


def _of_drawing(path: Path) -> tuple[str, list[bytes]]:
    raw, said = path.read_bytes(), read_header(path)
    is_utf8 = said.get("ACADVER", "") >= _UNICODE_SINCE and _decoded(raw, "utf-8") is not None
    return "UTF-8" if is_utf8 else said.get("DWGCODEPAGE", ""), [raw]


def _without_charset(path: Path, folder: Path) -> Path:
    """A copy of a MapInfo file that declares one character a byte."""
    place = folder / "letters"
    place.mkdir(exist_ok=True)
    for ending in (".mid", ".dat", ".map", ".id", ".ind", ".dbf"):
        if (file := _beside(path, ending)) is not None:
            shutil.copyfile(file, place / f"{path.stem}{ending}")
    raw = path.read_bytes()
    head, rest = raw[:_HEAD_BYTES], raw[_HEAD_BYTES:]
    copy = place / path.name
    copy.write_bytes(_CHARSET.sub(rb"\g<1>ISO8859_1", head) + rest)
    return copy


@contextmanager
def read_bytewise(path: Path, letters: Letters | None) -> Iterator[dict[str, str]]:
    """How GDAL reads one character a byte of a file whose letters must be settled.

    Yields options for pyogrio. A drawing takes none, but is read so within; one in honest UTF-8
    as that, whatever page its header names.
    """
    import pyogrio

    if path.suffix.lower() != ".dxf":
        is_table = path.suffix.lower() in (".shp", ".dbf")
        yield {"encoding": _ALL_BYTES} if letters and is_table else {}
        return
    way = _ALL_BYTES if letters else "UTF-8" if _of_drawing(path)[0] == "UTF-8" else None
    with _turn:  # what GDAL is told is told to the whole process
        before = pyogrio.get_gdal_config_option(_DXF)
        pyogrio.set_gdal_config_options({_DXF: way})
        try:
            yield {}
        finally:
            pyogrio.set_gdal_config_options({_DXF: before})


# Documents in text: JSON and XML in other letters than UTF-8, or that only speak of what may not
# be opened. GDAL reads neither, or takes the one for the other.

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(r"""(<\?xml[^>]{0,100}?encoding\s*=\s*["'])([\w.:-]+)""")
_NOT_SAID = re.compile(r"<!--.*?-->|<!\[CDATA\[(.*?)\]\]>|<\?(?!xml\s).*?\?>", re.DOTALL)
_PIECES = re.compile(rb"[<>\r\n]+")


def in_plain_utf8(path: Path, folder: Path) -> tuple[Path | None, list[Told]]:
    """A copy of a JSON or XML document that GDAL takes for what it is; None where it does anyway.

    It is in UTF-8, and where the document only mentions what describes data elsewhere, in a
    comment or a text, the comments are left out and the texts escaped. Elements stay: whoever
    opens the copy judges it as any other file.

    Parameters
    ----------
    path
        Any file.
    folder
        Private folder for the copy.

    Raises
    ------
    LayerError
        `intake.too-much`, `intake.entities`; `intake.letters-broken`: the document is not in
        the letters it declares.
    """
    if not path.is_file():
        return None, []
    with path.open("rb") as file:
        head = file.read(MARKED)
    codec = _codec_of_text(head)
    mentions = ELSEWHERE.search(head) is not None
    if codec is None or (codec == "utf-8" and not mentions):
        return None, []
    require_within(path, text_mb=path.stat().st_size / 1e6)
    raw = path.read_bytes()
    told = [] if codec == "utf-8" else [("transcoded", path.name, codec.upper(), "UTF-8")]
    way = codec
    if not codec.startswith("utf"):
        pieces = {piece.decode("latin-1") for piece in _PIECES.split(raw) if not piece.isascii()}
        said = _judge(sorted(pieces), Letters(codec.upper(), codec, path.name))[1]
        way = {"letters-utf8": "utf-8", "letters-other": _ALL_BYTES}.get(
            said[0][0] if said else "", codec
        )
        told += said
    text = _decoded(raw, way)
    if text is None and codec == "cp1252":
        text = raw.decode("latin-1")  # what the page leaves out; judged with the values
    if text is None and codec != "utf-8":
        raise LayerError("intake.letters-broken", path=path, stated=codec)
    if text is None:
        return None, []
    text = text.removeprefix("\ufeff")
    plain = _DECLARED.sub(r"\g<1>UTF-8", text, count=1)
    if ELSEWHERE.search(plain.encode("utf-8", "replace")[:MARKED]):
        plain = _without_mentions(plain)
    if plain == text and not told:
        return None, []
    place = folder / "plain"
    place.mkdir(exist_ok=True)
    copy = place / path.name
    copy.write_bytes(plain.encode("utf-8", "surrogatepass"))
    return copy, told


def _codec_of_text(head: bytes) -> str | None:
    """Codec of a JSON or XML document by its first bytes; None for anything else."""
    for mark, codec in _BOMS:
        if head.startswith(mark):
            start = head[:4096].decode(codec, "replace").lstrip()
            return codec if start[:1] in ("{", "[", "<") else None
    for codec in ("utf-16-le", "utf-16-be"):
        if head[:2] in ("{".encode(codec), "[".encode(codec), "<".encode(codec)):
            return codec
    bare = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if bare[:1] in (b"{", b"["):
        return "utf-8"
    if bare[:1] != b"<":
        return None
    match = _DECLARED.match(bare[:200].decode("latin-1"))
    found = find_codec(match[2]) if match else "utf-8"
    return "utf-8" if found == "ascii" else found


def _without_mentions(text: str) -> str:
    """A document without comments, and with its other texts escaped; elements stay."""
    if text.lstrip()[:1] in ("{", "["):
        return text.replace("<", "\\u003c")  # of JSON only texts hold it
    return _NOT_SAID.sub(lambda match: escape(match[1] or ""), text)


# What the bytes say.

_SAMPLE = 5_000  # texts that tell of all


def settle_letters(frame: pd.DataFrame, letters: Letters | None) -> tuple[pd.DataFrame, list[Told]]:
    """Rows read byte by byte, with letters; what was declared and is not so is told.

    A file is believed, unless its bytes contradict it: they are UTF-8; they are not in the
    declared encoding; or an old Vietnamese encoding makes words of most of them, and the
    declared one does not. Then the bytes stay as they are, one character each, for `mend_text`;
    names of columns are settled here.

    Parameters
    ----------
    frame
        Text cells and names of columns with one character a byte; others stay.
    letters
        What the file declares; None where GDAL has read the letters already.

    Returns
    -------
    frame, told
        (code of data/text/intake.csv, where, what was declared, what was found).
    """
    if letters is None:
        return frame, []
    columns = [c for c in frame.columns if any(isinstance(cell, str) for cell in _cells(frame, c))]
    is_plain = not letters.codec or _holds_ascii(letters.codec)
    pool = {str(name) for name in frame.columns if str(name) != "geometry"}
    for column in columns:
        pool |= {cell for cell in _cells(frame, column) if isinstance(cell, str)}
    # escapes of a DXF are letters already
    texts = sorted(t for t in pool if not (is_plain and t.isascii()) and as_bytes(t) is not None)
    found, told = _judge(texts, letters)
    names = _settle_names([str(name) for name in frame.columns], texts, found, letters, told)
    settled = frame.copy(deep=False)
    for column in columns if found else ():
        settled[column] = [
            found.get(cell, cell) if isinstance(cell, str) else cell
            for cell in _cells(frame, column)
        ]
    settled.columns = names
    return settled, told


def _cells(frame: pd.DataFrame, column: object) -> Iterable[object]:
    return frame[column] if frame[column].dtype.kind in "OU" else ()


def _judge(texts: list[str], letters: Letters) -> tuple[dict[str, str], list[Told]]:
    """Text of each value that is settled, by its bytes; and what is told."""
    raws = [as_bytes(text) or b"" for text in texts]
    high = [raw for raw in raws if not raw.isascii()]
    own = [_decoded(raw, letters.codec) if letters.codec else None for raw in raws]
    utf8 = [whole_letters(raw) for raw in raws]  # a DBF cuts what is too long for it
    is_whole = any(text and not text.isascii() for text in utf8)
    if high and letters.codec != "utf-8" and None not in utf8 and is_whole:
        rival = own if letters.codec and _is_multibyte(letters.codec) and None not in own else []
        if not rival or _count(utf8, is_clean) > _count(rival, is_clean):
            told = [("letters-utf8", letters.where, letters.stated, "UTF-8")]
            cut = sum(_decoded(raw, "utf-8") is None for raw in raws)
            told += [("value-cut", letters.where, str(cut), "")] if cut else []
            return _pairs(texts, utf8), told
    if not letters.codec:
        return {}, []
    step = len(texts) // _SAMPLE + 1
    some = texts[::step]
    spelt, other, count = _count(own[::step], is_vietnamese), "", 0
    for name in CHARSETS:
        if name != letters.codec:
            many = _count([decode_text(text, name) for text in some], is_vietnamese)
            other, count = (name, many) if many > count else (other, count)
    share = f"{other}: {count}/{len(some)}"
    if count > spelt and 2 * count >= len(some):
        return {}, [("letters-other", letters.where, letters.stated, share)]
    told = []
    broken = sum(text is None for text in own)
    if broken:
        after = f"{broken}/{len(texts)}"
        told.append(("letters-broken", letters.where, letters.stated, after))
        if letters.codec != "utf-8" and 10 * broken > len(texts):
            return {}, told
    elif count > spelt + 1:  # one alone reads like a word by chance
        told.append(("letters-doubt", letters.where, letters.stated, share))
    return _pairs(texts, own), told


def _count(texts: Iterable[str | None], holds: Callable[[str], bool]) -> int:
    composed = (unicodedata.normalize("NFC", text) for text in texts if text is not None)
    return sum(holds(text) for text in composed if not text.isascii())


def _pairs(texts: list[str], found: list[str | None]) -> dict[str, str]:
    return {text: new for text, new in zip(texts, found, strict=True) if new is not None}


def _settle_names(
    names: list[str], texts: list[str], found: dict[str, str], letters: Letters, told: list[Told]
) -> list[str]:
    """Names of columns as the values were settled, or as old encodings read among them."""
    known = set(texts)
    doubtful = [name for name in names if name in known and name not in found]
    readings = _read_names(doubtful, texts)
    settled: list[str] = []
    for name in names:
        new = found.get(name, name)
        settled.append(_name_told(name, readings, {*settled}, letters.where, told) or new)
        if settled.count(settled[-1]) > 1:
            settled[-1] = name
    return settled


def _read_names(names: list[str], texts: list[str], encoding: str = "auto") -> dict[str, Reading]:
    """What names of columns say, with the texts of their table as evidence."""
    if not names:
        return {}
    some = [*texts[:: len(texts) // _SAMPLE + 1], *names]
    readings = read_column(some, encoding)
    return {name: readings[name] for name in names}


def _name_told(
    name: str, readings: dict[str, Reading], taken: set[str], where: str, told: list[Told]
) -> str:
    """The name of a column as it was read, which is told; "" where there is nothing to mend."""
    reading = readings.get(name)
    if reading is None or not reading.encoding:
        return ""
    is_open = reading.encoding == UNDECIDED or reading.text in taken
    new = name if is_open else reading.text
    told.append(("letters-name-undecided" if is_open else "letters-name", where, name, new))
    return new


def mend_names(
    frame: pd.DataFrame, *, where: str, encoding: str = "auto"
) -> tuple[pd.DataFrame, list[Told]]:
    """Names of columns in Unicode (NFC), judged among the cells of the table; each is told.

    Parameters
    ----------
    frame
        Rows whose cells are not mended yet; names that `settle_letters` told of stay.
    where
        What the file is called in what is told.
    encoding
        As of `mend_text`.

    Returns
    -------
    frame, told
        The same rows, and (`letters-name` or `letters-name-undecided`, where, before, after). A
        name that another column has already is not given twice: it stays, and is told.
    """
    names = [name for name in frame.columns if isinstance(name, str)]
    said = frame.attrs.get("told", ())
    seen = {name for code, _, *both in said if code.startswith("letters-name") for name in both}
    doubtful = [n for n in names if n not in seen and (not n.isascii() or "U+" in n)]
    if encoding == "keep" or not doubtful:
        return frame, []
    pool = {c for name in names for c in _cells(frame, name) if isinstance(c, str)}
    readings = _read_names(doubtful, sorted(pool), encoding)
    told: list[Told] = []
    settled: dict[str, str] = {}
    for name in doubtful:
        taken = {settled.get(other, other) for other in names if other != name}
        settled[name] = _name_told(name, readings, taken, where, told) or name
    mended = frame.copy(deep=False)
    mended.columns = [settled.get(name, name) for name in frame.columns]
    return mended, told
