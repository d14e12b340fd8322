"""One text by itself: which old encoding it was written in, if any, and what it says."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from lsgis.intake.charset import CHARSETS, as_bytes, decode_text
from lsgis.intake.syllable import is_vietnamese

UNDECIDED = "undecided"
_ESCAPE = re.compile(r"<U\+([0-9A-Fa-f]{4,6})>|\\U\+([0-9A-Fa-f]{4})")
_HIGH = re.compile(r"[^\x00-\x7f]{2,}")
_LOST = re.compile(r"[^\W\d_]\?[^\W\d_]|\ufffd")
_MOST_TURNS = 3  # text has been through the mangle twice, seldom more


@dataclass(frozen=True)
class Reading:
    """What a value was found to be: an encoding ("" for Unicode as it should be), and its text."""

    encoding: str
    text: str
    others: tuple[tuple[str, str], ...] = ()  # further readings it could have had


@lru_cache(maxsize=65536)
def read_text(value: str) -> Reading:
    """What one text is by itself, without its column.

    Returns
    -------
    Reading
        `encoding` "" and the value itself where there is nothing to mend,
        "undecided" and the value itself where nothing or too much fits.
    """
    text = unicodedata.normalize("NFC", _unescape(value))
    steps = ["escape"] if _unescape(value) != value else []
    if not steps and text != value:
        steps = ["decomposed"]
    whole = _unmangle(text)
    if whole != text:
        steps, text = [*steps, "mojibake"], whole
    others = _legacy(text)
    if is_vietnamese(text):
        if _LOST.search(text) and "=" not in text:  # a question mark in an address is one
            return Reading(UNDECIDED, value)
        return Reading("+".join(steps), text, () if steps else tuple(others.items()))
    if len(set(others.values())) == 1:
        name, new = next(iter(others.items()))
        return Reading(name, new)
    if others:
        return Reading(UNDECIDED, value, tuple(others.items()))
    if steps:
        return Reading("+".join(steps), text)
    foreign = as_bytes(text) is None and not _LOST.search(text)
    return Reading("", value) if foreign else Reading(UNDECIDED, value)


def read_as_stated(value: str, encoding: str) -> Reading:
    """A text in an encoding the caller states; what has no place in it stays."""
    text = unicodedata.normalize("NFC", _unescape(value))
    if text.isascii():
        return Reading("escape" if text != value else "", text)
    new = _unmangle(text) if encoding == "utf-8" else decode_text(text, encoding)
    if new is None:
        return Reading("", text) if is_vietnamese(text) else Reading(UNDECIDED, value)
    return Reading(encoding if new != value else "", new)


def read_column(values: list[str], encoding: str = "auto") -> dict[str, Reading]:
    """Each value by itself; then those with several readings by what the column agrees on."""
    if encoding != "auto":
        return {value: read_as_stated(value, encoding) for value in values}
    found = {value: read_text(value) for value in values}
    decided = {new.encoding for new in found.values() if new.encoding in CHARSETS}
    agreed = next(iter(decided)) if len(decided) == 1 else ""
    if agreed and not any(_is_plain(value, new, agreed) for value, new in found.items()):
        for value, new in found.items():
            text = dict(new.others).get(agreed)
            if text is not None:
                found[value] = Reading(agreed, text)
    if decided:
        for value, new in found.items():  # could be either: it stays, and is told
            if new.others and not new.encoding and decode_text(value, agreed or "vni") != value:
                found[value] = Reading(UNDECIDED, value, new.others)
    return found


def _is_plain(value: str, new: Reading, charset: str) -> bool:
    """Whether a value is Vietnamese in Unicode and could not be of the old character set."""
    if new.encoding or value.isascii():
        return False
    read = decode_text(value, charset)
    return read is None or not is_vietnamese(read)


def _legacy(text: str) -> dict[str, str]:
    """Readings of a text in the old character sets that are spelt as Vietnamese."""
    if text.isascii() and not any(ord(c) < 32 for c in text):
        return {}
    found = {}
    for name in CHARSETS:
        new = decode_text(text, name, capitals=False)
        if new is not None and new != text and is_vietnamese(new):
            found[name] = new
    if not found and not is_vietnamese(text):
        new = decode_text(text, "tcvn3")
        if new is not None and new != text and is_vietnamese(new):
            found["tcvn3"] = new
    return found


def _unescape(value: str) -> str:
    def letter(match: re.Match[str]) -> str:
        code = int(match[1] or match[2], 16)
        sound = 0x20 <= code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF
        return chr(code) if sound else match[0]

    return _ESCAPE.sub(letter, value) if "U+" in value else value


def _unmangle(text: str) -> str:
    """UTF-8 that was read as Windows-1252 or latin-1, run by run, as often as it was."""

    def whole(match: re.Match[str]) -> str:
        raw = as_bytes(match[0])
        try:
            return match[0] if raw is None else raw.decode("utf-8")
        except UnicodeDecodeError:
            return match[0]

    for _ in range(_MOST_TURNS):
        new = _HIGH.sub(whole, text)
        if new == text:
            break
        text = new
    return unicodedata.normalize("NFC", text)
