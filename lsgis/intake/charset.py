"""The old Vietnamese character sets as tables: bytes of TCVN3 and VNI to letters and back."""

import csv
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from lsgis.errors import LayerError
from lsgis.resource import data_dir

CHARSETS = ("tcvn3", "vni", "cp1258")
_TONES = "\u0300\u0301\u0303\u0309\u0323"
# letters cp1258 writes with their mark; every other tone stands behind its letter
_WHOLE = set("àáâăèéêíóôơùúưÀÁÂĂÈÉÊÍÓÔƠÙÚƯ")


@lru_cache(maxsize=4)
def read_charset(name: str, *, capitals: bool = True) -> Mapping[str, str]:
    """Letters of a character set: bytes (as a latin-1 text) -> Unicode character.

    Parameters
    ----------
    name
        "tcvn3" or "vni".
    capitals
        Whether TCVN3 has the toned capitals of TCVN 5712:1993. The fonts of
        ABC (.VnTime) leave them out, and with them much that could be mistaken.

    Sources
    -------
    `data/encoding/<name>.csv`, column `source`.
    """
    with (data_dir() / "encoding" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if capitals or row.get("abc", "yes") == "yes"]
    return {bytes.fromhex(row["bytes"]).decode("latin-1"): row["character"] for row in rows}


@lru_cache(maxsize=4)
def _pattern(name: str) -> re.Pattern[str]:
    keys = sorted(read_charset(name), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, keys)))


def as_bytes(text: str) -> bytes | None:
    """The bytes a text was read from as Windows-1252 or latin-1; None when it was not."""
    found = bytearray()
    for letter in text:
        try:
            found += letter.encode("cp1252")
        except UnicodeEncodeError:
            if ord(letter) > 0xFF:
                return None
            found.append(ord(letter))
    return bytes(found)


def decode_text(text: str, charset: str, *, capitals: bool = True) -> str | None:
    """A text whose bytes are of an old character set, in Unicode (NFC).

    Parameters
    ----------
    text
        The bytes as they were read: one character a byte (Windows-1252, latin-1).
    charset
        One of CHARSETS.

    Returns
    -------
    str or None
        None when a character has no place in the character set.
    """
    _require_charset(charset)
    raw = as_bytes(text)
    if raw is None:
        return None
    if charset == "cp1258":
        try:
            return unicodedata.normalize("NFC", raw.decode("cp1258"))
        except UnicodeDecodeError:
            return None
    table = read_charset(charset, capitals=capitals)
    if charset == "vni":
        found = _pattern("vni").sub(lambda match: table[match[0]], raw.decode("latin-1"))
        left = _pattern("vni").sub("", raw.decode("latin-1"))
    else:
        found = "".join(table.get(letter, letter) for letter in raw.decode("latin-1"))
        left = "".join(letter for letter in raw.decode("latin-1") if letter not in table)
    if not left.isascii() or any(ord(letter) < 32 and letter not in "\t\r\n" for letter in left):
        return None
    return _one_case(found) if charset == "tcvn3" else found


def encode_text(text: str, charset: str) -> str:
    """A Unicode text as the bytes of an old character set, one latin-1 character a byte.

    Raises
    ------
    LayerError
        A letter has no place in the character set, or no such character set.
    """
    _require_charset(charset)
    text = unicodedata.normalize("NFC", text)
    if charset == "cp1258":
        text = "".join(map(_parted, text))
        table: Mapping[str, str] = {}
    else:
        table = {letter: code for code, letter in read_charset(charset).items()}
    try:
        codec = "cp1258" if charset == "cp1258" else "ascii"
        return "".join(
            table[letter] if letter in table else letter.encode(codec).decode("latin-1")
            for letter in text
        )
    except UnicodeEncodeError as error:
        raise LayerError("intake.no-letter", charset=charset, found=error.object) from error


def _require_charset(charset: str) -> None:
    if charset not in CHARSETS:
        raise LayerError("intake.no-charset", found=charset, known=", ".join(CHARSETS))


def _parted(letter: str) -> str:
    """A letter as cp1258 writes it: the tone apart, where it has no letter that carries it."""
    parts = unicodedata.normalize("NFD", letter)
    if letter in _WHOLE or not set(parts) & set(_TONES):
        return letter
    tone = next(mark for mark in parts if mark in _TONES)
    return unicodedata.normalize("NFC", parts.replace(tone, "")) + tone


def _one_case(text: str) -> str:
    """Capitals for toned letters between capitals: ABC fonts know no toned capitals.

    A word is raised only when it holds two capitals and no small letter but
    toned ones; whether "hà" was "HÀ" nobody can tell, and it stays.
    """

    def raised(match: re.Match[str]) -> str:
        word = match[0]
        small = [letter for letter in word if letter.islower()]
        capitals = sum(letter.isupper() for letter in word)
        toned = all(set(unicodedata.normalize("NFD", c)) & set(_TONES) for c in small)
        return word.upper() if capitals > 1 and toned else word

    return re.sub(r"[^\W\d_]+", raised, text)
