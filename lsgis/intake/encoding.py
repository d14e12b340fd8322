"""Text in old character sets (TCVN3, VNI, cp1258, mojibake) told apart and made Unicode."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from lsgis.errors import LayerError
from lsgis.resource import data_dir

if TYPE_CHECKING:  # tables of corners need the character sets, and no frames
    import pandas as pd

# The old Vietnamese character sets as tables: bytes of TCVN3 and VNI to letters and back.

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
    rows = [row for row in _read_table(name) if capitals or row.get("abc", "yes") == "yes"]
    return {bytes.fromhex(row["bytes"]).decode("latin-1"): row["character"] for row in rows}


def _read_table(name: str) -> list[dict[str, str]]:
    """Rows of `data/encoding/<name>.csv`: of lsgis itself, the same for every region."""
    with (data_dir() / "encoding" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@lru_cache(maxsize=1)
def read_code_pages() -> Mapping[tuple[str, str], str]:
    """Codec of Python by how files name it: (kind, name), kinds ldid, mapinfo and page.

    Sources
    -------
    `data/encoding/code_page.csv`, column `source`.
    """
    return {(row["kind"], row["name"]): row["codec"] for row in _read_table("code_page")}


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

    A word is raised only when it holds two capitals and no small letter but toned ones, and is
    a syllable or has a capital behind a toned letter: "SRó" is a commune as it stands. Whether
    "hà" was "HÀ" nobody can tell, and it stays.
    """

    def raised(match: re.Match[str]) -> str:
        word = match[0]
        small = [letter for letter in word if letter.islower()]
        capitals = sum(letter.isupper() for letter in word)
        toned = all(set(unicodedata.normalize("NFD", c)) & set(_TONES) for c in small)
        behind = word[word.index(small[0]) :] if small else ""
        is_word = is_syllable(word.lower()) or any(map(str.isupper, behind))
        return word.upper() if capitals > 1 and toned and is_word else word

    return re.sub(r"[^\W\d_]+", raised, text)


# Can a word be Vietnamese? Spelling is strict enough to tell a right decoding from a wrong one.

_TONE_MARKS = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}
_AFTER_STOP = {"\u0301", "\u0323"}  # syllables on c, ch, p, t are sharp or heavy
_STOPS = ("c", "ch", "p", "t")
# signs that stand for letters in old fonts, and touch no letter where they are signs
_LETTERLIKE = re.compile(r"[^\W\d_][×±«»½·]|[×±«»½·][^\W\d_]")
_SIGNS = set("–—‑‘’“”…•·°²³½×±«»€₫\u00a0")
WORD = re.compile(r"[^\W\d_]+")


_EITHER = ("oa", "oe", "uy")  # hòa and hoà
_ON_SECOND = ("uê", "uơ")


@lru_cache(maxsize=1)
def _syllables() -> dict[str, str]:
    """Every syllable that can be written, without its tone -> its rime."""
    parts: dict[str, list[str]] = {}
    for row in _read_table("syllable"):
        parts.setdefault(row["part"], []).append(row["text"])
    found = {i + r: r for i in ["", *parts["initial"]] for r in parts["rime"]}
    return found | {"gi": "i"}


@lru_cache(maxsize=65536)
def is_syllable(word: str) -> bool:
    """Whether a word (NFC) is spelt as one Vietnamese syllable, in one case or with a capital."""
    if not (word.islower() or word.isupper() or word.istitle()):
        return False
    letters = [unicodedata.normalize("NFD", letter) for letter in word.lower()]
    tones = [(i, mark) for i, parts in enumerate(letters) for mark in parts if mark in _TONE_MARKS]
    bare = "".join(
        unicodedata.normalize("NFC", "".join(c for c in parts if c not in _TONE_MARKS))
        for parts in letters
    )
    rime = _syllables().get(bare)
    if rime is None or len(tones) > 1 or len(bare) != len(word):
        return False
    if not tones:
        return not bare.endswith(_STOPS)
    place, tone = tones[0]
    if bare.endswith(_STOPS) and tone not in _AFTER_STOP:
        return False
    return place - (len(bare) - len(rime)) in _tone_places(rime)


@lru_cache(maxsize=512)
def _tone_places(rime: str) -> tuple[int, ...]:
    """Letters of a rime that may carry the tone."""
    vowels = len(rime.rstrip("chgmnpt"))
    if vowels != len(rime):
        return (vowels - 1,)
    if rime in _EITHER:
        return (0, 1)
    return (1,) if vowels == 3 or rime in _ON_SECOND else (0,)


def is_vietnamese(text: str) -> bool:
    """Whether every word with a letter beyond ASCII is spelt as a Vietnamese syllable.

    Text in ASCII alone passes: there is nothing to tell.
    """
    if text.isascii():
        return True
    rest = WORD.sub("", text)
    if _LETTERLIKE.search(text) or any(not c.isascii() and c not in _SIGNS for c in rest):
        return False
    return all(word.isascii() or is_syllable(word) for word in WORD.findall(text))


# Can a word be a name in Unicode as it stands, though it is not spelt as Vietnamese?

_VOWELS = set("aăâeêioôơuưy")
_EACH_LETTER = frozenset(
    unicodedata.normalize("NFC", vowel + tone) for vowel in _VOWELS for tone in ("", *_TONES)
) | {"đ"}
# letters that look like Đ and đ, and are none
_LOOK_ALIKE = str.maketrans({"Ð": "Đ", "ð": "đ", "\u0189": "Đ", "\u0256": "đ"})
# a sign, or what no text holds, where an old character set has capitals: "L—C" for "LỘC"
_INSTEAD = "\u0001-\u0008\u000e-\u001f\u0080-\u00a0€‚ƒ„…†‡ˆ‰‹‘’“”•–—˜™›"
_CONTROL = re.compile("[\u0001-\u0008\u000e-\u001f]")
_TOUCHING = re.compile(rf"[^\W\d_][{_INSTEAD}]|[{_INSTEAD}][^\W\d_]")


def is_clean(text: str) -> bool:
    """Whether a text can be a name in Unicode (NFC): of Vietnamese letters, shaped like a word.

    Names of other tongues are ("Ia Boòng", "Krông Pắc"); each word has one run of vowels with
    at most one tone. What old encodings leave behind ("Höõu", "NguyÔn") mostly is none.
    """
    rest = WORD.sub("", text)
    if _LETTERLIKE.search(text) or _CONTROL.search(text):
        return False
    if any(not c.isascii() and c not in _SIGNS for c in rest):
        return False
    return all(word.isascii() or _is_shaped(word) for word in WORD.findall(text))


@lru_cache(maxsize=65536)
def _is_shaped(word: str) -> bool:
    """Whether a word is of Vietnamese letters, with one run of vowels and at most one tone."""
    small = word.lower()
    if any(not c.isascii() and c not in _EACH_LETTER for c in small):
        return False
    capitals = sum(map(str.isupper, word))
    if any(map(str.isupper, word[capitals:])):  # one behind a small letter
        return False
    parts = [unicodedata.normalize("NFD", letter) for letter in small]
    runs = "".join("v" if p[0] in "aeiouy" else "c" for p in parts)
    tones = sum(mark in _TONE_MARKS for p in parts for mark in p)
    return tones <= 1 and re.fullmatch("c*v+c*", runs) is not None


# One text by itself: which old encoding it was written in, if any, and what it says.

UNDECIDED = "undecided"
LOOK_ALIKE = "look-alike"
MOJIBAKE = "mojibake"
_ESCAPE = re.compile(r"<U\+([0-9A-Fa-f]{4,6})>|\\U\+([0-9A-Fa-f]{4})")
_HIGH = re.compile(r"[^\x00-\x7f]{2,}")
_LOST = re.compile(r"[^\W\d_]\?[^\W\d_]|\ufffd")
_LEADING = re.compile("[ÃÄÅÆáâ]")  # what UTF-8 begins a letter with, misread
# what is a letter of misread UTF-8, or a capital before a wide blank, a dash, a quotation mark
_BOTH_WAYS = re.compile("[ÂÃ][\u00a0–—‘’“”…•]")
# signs of measures and drawings; where no letter touches them they are signs in any old font
_TECHNICAL = "Ø×±°²³¼½¾µ·"
_DETACHED = re.compile(rf"(?<![A-Za-z\x80-\U0010ffff])[{_TECHNICAL}]+(?![A-Za-z\x80-\U0010ffff])")
_UNIT = re.compile(r"µ\w?|[A-Za-z]{1,2}(?:[×·][A-Za-z])+|°\w?|[A-Za-z]{1,2}[²³]")
_RUN = re.compile(r"[A-Za-z\x80-\U0010ffff]+")
# letters of other tongues: one of them in a word is a name ("Zoë"), whatever else it could be
_FOREIGN = set("áàâãäåæçéèêëíìîïñóòôõöøúùûüýÿßÁÀÂÃÄÅÆÇÉÈÊËÍÌÎÏÑÓÒÔÕÖØÚÙÛÜÝ")
_TOLD_BY = 2  # letters of an old encoding, within words, from which a value tells it by itself
_MOST_TURNS = 3  # text has been through the mangle twice, seldom more
_ENOUGH = 3  # values that say together what none of them can say alone
_MANY_TO_ONE = 10  # how much more often a column must say one encoding than all others


@dataclass(frozen=True)
class Reading:
    """What a value was found to be: an encoding ("" for Unicode as it should be), and its text."""

    encoding: str
    text: str
    others: tuple[tuple[str, str], ...] = ()  # further readings it could have had


@lru_cache(maxsize=65536)
def read_text(value: str) -> Reading:
    """What one text is by itself, without its column.

    What can be a name in Unicode as it stands is never turned: "Ia Boòng" is a commune, and
    would be "Ia Bọng" in Windows-1258. Nor is one letter alone, or a sign beside a number, any
    proof ("Lü", "Ø 200 mm"). Only the column can tell.

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
    whole, is_left = _unmangle(text)
    if whole != text and is_clean(text):  # "XÃ", and a wide blank behind it
        rest = _BOTH_WAYS.sub("", text)
        if _is_certain(text) or not is_clean(whole):
            whole = text
        elif not steps and not is_left and _unmangle(rest)[0] == rest:
            return Reading(UNDECIDED, value, ((MOJIBAKE, whole), *_legacy(text).items()))
    if whole != text:
        steps, text = [*steps, MOJIBAKE], whole
        if is_left:  # bytes were dropped on the way: what is left is no letter
            return Reading(UNDECIDED, value)
    legacy = _legacy(text)
    if (alike := text.translate(_LOOK_ALIKE)) != text:
        if is_clean(alike) and _is_certain(text):
            return Reading("+".join([*steps, LOOK_ALIKE]), alike)
        if is_vietnamese(alike):
            if {alike} >= {*legacy.values()}:
                return Reading("+".join([*steps, LOOK_ALIKE]), alike)
            legacy |= {LOOK_ALIKE: alike}
        elif _is_certain(text):
            return Reading(UNDECIDED, value)
    others = tuple(legacy.items())
    if is_vietnamese(text) and not _CONTROL.search(text):
        if _LOST.search(text) and "=" not in text:  # a question mark in an address is one
            return Reading(UNDECIDED, value)
        if others and not steps and _TOUCHING.search(text):
            return Reading(UNDECIDED, value, others)
        return Reading("+".join(steps), text, () if steps else others)
    if is_clean(text) and (steps or _is_certain(text)):
        return Reading("+".join(steps), text)
    if others and (is_clean(text) or len({new for _, new in others}) > 1):
        return Reading(UNDECIDED, value, others)
    if others and _tells([text], _TOLD_BY):
        return Reading(*others[0])
    if steps:
        return Reading("+".join(steps), text)
    if others:
        return Reading(UNDECIDED, value, others)
    if _DETACHED.search(text) and is_vietnamese(_DETACHED.sub("", text)):
        return Reading("", value)
    foreign = as_bytes(text) is None and not _LOST.search(text)
    return Reading("", value) if foreign else Reading(UNDECIDED, value)


def _tells(texts: Iterable[str], enough: int) -> bool:
    """Whether texts hold what only an old encoding has: letters within words, enough of them.

    One of them at least is none of a name in another tongue: a sign, or two side by side.
    """
    runs = [run for text in texts for run in _RUN.findall(text)]
    words = [run for run in runs if len(run) > 1 and not _UNIT.fullmatch(run)]
    odd = {letter for word in words for letter in word if not letter.isascii()}
    return len(odd) >= enough and (not odd <= _FOREIGN or any(map(_HIGH.search, words)))


def _is_certain(text: str) -> bool:
    """Whether a text holds a letter that no byte stands for: it is Unicode."""
    return as_bytes(text) is None and not _LOST.search(text)


def read_as_stated(value: str, encoding: str) -> Reading:
    """A text in an encoding the caller states; what has no place in it stays."""
    text = unicodedata.normalize("NFC", _unescape(value))
    if text.isascii():
        return Reading("escape" if text != value else "", text)
    new = _unmangle(text)[0] if encoding == "utf-8" else decode_text(text, encoding)
    if new is None:
        return Reading("", text) if is_vietnamese(text) else Reading(UNDECIDED, value)
    return Reading(encoding if new != value else "", new)


def read_column(values: list[str], encoding: str = "auto") -> dict[str, Reading]:
    """Each value by itself; then those with several readings by what the column agrees on."""
    if encoding != "auto":
        return {value: read_as_stated(value, encoding) for value in values}
    found = {value: read_text(value) for value in values}
    decided = Counter(filter(None, (_decides(value, new) for value, new in found.items())))
    if not decided:
        decided = _say_together(found)
    agreed, count = decided.most_common(1)[0] if decided else ("", 0)
    against = decided.total() - count
    if agreed in CHARSETS:
        against += sum(not _may_be(value, [agreed]) for value in found)
    if count < _MANY_TO_ONE * against:
        agreed = ""
    if agreed and not any(_is_plain(value, new, agreed) for value, new in found.items()):
        for value, new in found.items():
            text = dict(new.others).get(agreed)
            if new.encoding == LOOK_ALIKE and agreed in CHARSETS:  # bytes as all others
                text = decode_text(value, agreed)
            is_open = new == Reading(UNDECIDED, value) and not _DETACHED.search(value)
            if is_open and agreed in CHARSETS and not _LOST.search(value):
                name = decode_text(value, agreed)  # of another tongue, as the column is written
                text = name if name is not None and is_clean(name) else None
            if text is not None:
                found[value] = Reading(agreed if text != value else "", text)
    if {*decided} & {*CHARSETS}:
        _doubt_strangers(found, decided)
        for value, new in found.items():  # could be either: it stays, and is told
            is_same = agreed in CHARSETS and decode_text(value, agreed) == value
            is_odd = ("tcvn3" in decided and _TOUCHING.search(value)) or _DETACHED.search(value)
            if not new.encoding and not is_same and (new.others or is_odd):
                found[value] = Reading(UNDECIDED, value, new.others)
    misread = sum(MOJIBAKE in new.encoding for new in found.values())
    for value, new in found.items() if misread else ():
        if (text := dict(new.others).get(MOJIBAKE)) is not None:
            found[value] = Reading(MOJIBAKE, text)
            continue
        # bytes may have been dropped of it
        is_likely = not new.encoding or misread > decided[new.encoding] > 0
        if is_likely and _LEADING.search(value) and as_bytes(value) is not None:
            found[value] = Reading(UNDECIDED, value, new.others)
    return found


def _decides(value: str, new: Reading) -> str:
    """What a value says of its column, if anything."""
    if new.encoding == LOOK_ALIKE:
        return LOOK_ALIKE if _is_certain(value) else ""
    return new.encoding if new.encoding in CHARSETS else ""


def _say_together(found: Mapping[str, Reading]) -> Counter[str]:
    """The one character set that several values are of which alone could be names as they stand."""
    doubtful = [dict(new.others) for new in found.values() if new.encoding == UNDECIDED]
    doubtful = [others for others in doubtful if others]
    if len(doubtful) < _ENOUGH or any(_is_certain(value) for value in found):
        return Counter()
    told_by = [value for value, new in found.items() if new.others]
    shared = [name for name in CHARSETS if all(name in others for others in doubtful)]
    if not _tells(told_by, _ENOUGH) or not all(_may_be(value, shared) for value in found):
        return Counter()
    return Counter({shared[0]: len(doubtful)}) if len(shared) == 1 else Counter()


def _may_be(value: str, charsets: list[str]) -> bool:
    """Whether a value can be a name in one of some character sets."""
    if value.isascii() or _DETACHED.search(value):
        return True
    texts = [decode_text(value, name) for name in charsets]
    return any(text is not None and is_clean(text) for text in texts)


def _doubt_strangers(found: dict[str, Reading], decided: Counter[str]) -> None:
    """Doubt a value of another encoding than most where theirs makes a name of it, too."""
    (most, count), *less = decided.most_common()
    for name, fewer in less if most in CHARSETS else ():
        for value, new in found.items():
            if new.encoding != name or fewer >= count:
                continue
            text = decode_text(value, most)
            if text is not None and is_clean(text):
                found[value] = Reading(UNDECIDED, value, ((name, new.text), (most, text)))


def _is_plain(value: str, new: Reading, charset: str) -> bool:
    """Whether a value is Vietnamese in Unicode and could not be of the old character set."""
    if new.encoding or value.isascii() or charset not in CHARSETS:
        return False
    read = decode_text(value, charset)
    return read is None or not is_clean(read)


def _legacy(text: str) -> dict[str, str]:
    """Readings of a text in the old character sets that are spelt as Vietnamese."""
    if text.isascii() and not any(ord(c) < 32 for c in text):
        return {}
    if _DETACHED.search(text):
        return {}
    found = {}
    for name in CHARSETS:
        new = decode_text(text, name, capitals=False)
        if new is not None and new != text and is_vietnamese(new):
            found[name] = new
    if not found or any(map(_TOUCHING.search, found.values())):
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


def _unmangle(text: str) -> tuple[str, bool]:
    """UTF-8 that was read as Windows-1252 or latin-1, run by run, as often as it was.

    The text, and whether the start of a letter is left in it whose end was dropped.
    """

    def whole(match: re.Match[str]) -> str:
        return _as_utf8(match[0]) or match[0]

    is_left = False
    for _ in range(_MOST_TURNS):
        new = _HIGH.sub(whole, text)
        if new == text:
            break
        rest = _HIGH.sub(lambda match: "" if _as_utf8(match[0]) else match[0], text)
        is_left, text = _LEADING.search(rest) is not None, new
    return unicodedata.normalize("NFC", text), is_left


def _as_utf8(run: str) -> str | None:
    raw = None if set(run) <= {*_TECHNICAL} else as_bytes(run)
    try:
        return None if raw is None else raw.decode("utf-8")
    except UnicodeDecodeError:
        return None


# Text in old Vietnamese encodings turned into Unicode (NFC), with a log of all of it.

ENCODINGS = ("auto", "keep", "utf-8", *CHARSETS)
LOG_COLUMNS = ("column", "encoding", "before", "after", "count")


def mend_text(frame: pd.DataFrame, *, encoding: str = "auto") -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every text of a table in Unicode (NFC), and what was done to it.

    Each value is judged by itself: it is turned only when the result is spelt as
    Vietnamese and the value as it stands is not. A value that could be read in
    several ways follows its column when all that was decided there is of one
    encoding; otherwise it stays and is told.

    Parameters
    ----------
    frame
        Features or rows; text columns only are looked at. For the names of columns see
        `lsgis.intake.letters.mend_names`.
    encoding
        "auto"; "keep" to touch nothing; or the encoding of every text ("utf-8",
        "tcvn3", "vni", "cp1258"), where a value with no place in it stays and is told.

    Returns
    -------
    frame, log
        The same rows, and one row a different value: `column`, `encoding` (or
        "undecided"), `before`, `after`, `count`.

    Raises
    ------
    LayerError
        No such encoding.
    """
    import pandas as pd

    if encoding not in ENCODINGS:
        raise LayerError("intake.no-charset", found=encoding, known=", ".join(ENCODINGS))
    rows: list[tuple[str, str, str, str, int]] = []
    mended = frame.copy()
    for column in () if encoding == "keep" else _text_columns(frame):
        values = Counter(value for value in frame[column] if isinstance(value, str))
        found = read_column(list(values), encoding)
        changes = {value: new.text for value, new in found.items() if new.text != value}
        rows += [
            (str(column), new.encoding, value, new.text, values[value])
            for value, new in found.items()
            if new.encoding
        ]
        if changes:
            mended[column] = [changes.get(v, v) if isinstance(v, str) else v for v in frame[column]]
    return mended, pd.DataFrame(rows, columns=list(LOG_COLUMNS))


def _text_columns(frame: pd.DataFrame) -> list[object]:
    import geopandas as gpd
    import pandas as pd

    shapes = frame.geometry.name if isinstance(frame, gpd.GeoDataFrame) else None
    return [
        name
        for name in frame.columns
        if name != shapes
        and (frame[name].dtype == object or isinstance(frame[name].dtype, pd.StringDtype))
    ]
