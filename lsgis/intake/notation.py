"""Names and numbers as people write them."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


# Names of communes as people write them, and the codes they mean.

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_KIND = re.compile(
    r"^(?:(?:xã|phường|thị trấn|thị xã|đặc khu|commune|ward|tt)\s+|(?:x|p|tt|đk)\.\s*)"
    r"|\s+(?:commune|ward|township)$",
    re.IGNORECASE,
)
_BARE_KIND = re.compile(r"^(?:xa|phuong|thi tran|thi xa|dac khu)\s+")  # written without marks
_NEAR = 0.8


def fold_name(name: str) -> str:
    """A Vietnamese name for comparing: small letters, "Hòa" and "Hoà" alike, diacritics kept.

    The tone mark is taken off its vowel and put at the end of the syllable, so
    both spellings of it agree while different tones stay different.
    """
    syllables = []
    for syllable in unicodedata.normalize("NFD", name.casefold()).split():
        tones = [mark for mark in syllable if mark in _TONES]
        syllables.append("".join(mark for mark in syllable if mark not in tones) + "".join(tones))
    return unicodedata.normalize("NFC", " ".join(syllables))


def fold(text: object) -> str:
    """Text in small letters without marks, to compare words by."""
    bare = unicodedata.normalize("NFD", str(text).lower().replace("đ", "d").replace("²", "2"))
    return "".join(c for c in bare if not unicodedata.combining(c))


def bare_name(name: object) -> str:
    """A name in small ASCII letters and digits alone, to find what is near it."""
    letters = unicodedata.normalize("NFD", str(name).lower().replace("đ", "d"))
    return re.sub(r"[^a-z0-9]", "", letters)


def bare_place(name: str) -> str:
    """Name of a commune without the kind beside it: "phường", "P.", "đặc khu", "ward"."""
    return _KIND.sub("", " ".join(unicodedata.normalize("NFC", name).split())).strip()


def near_names(name: str, names: Iterable[str], *, most: int = 3) -> list[str]:
    """Names that one may have been meant for, nearest first: a suggestion, never an answer.

    Kinds and diacritics do not matter; where names differ in nothing else, only those are near.
    """
    import difflib

    known: dict[str, list[str]] = {}
    for each in names:
        known.setdefault(bare_name(bare_place(each)), []).append(each)
    wanted = [
        bare_name(bare_place(name)),
        bare_name(_BARE_KIND.sub("", " ".join(fold(name).split()))),
    ]
    close = [word for word in wanted if word in known] or [
        word for one in wanted for word in difflib.get_close_matches(one, known, most, cutoff=_NEAR)
    ]
    return [each for word in dict.fromkeys(close) for each in known[word]][:most]


def find_codes(
    names: Iterable[object], register: pd.DataFrame, *, old: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Codes of communes from their names; nothing that could mean two is decided.

    Parameters
    ----------
    names
        Names as written, "xã" and "phường" before them or not; a code stands for itself.
    register
        Rows with `commune_code` and `name_vi` (`read_register("commune")`).
    old
        Rows with `old_name_vi`, `commune_code`, `partial` (`read_register("crosswalk")`):
        a name of before that went whole into one commune stands for that one.

    Returns
    -------
    DataFrame
        A row a name, in order: `name`, `commune_code` (missing unless decided),
        `status` ("code", "name", "merged", "homonym", "near", "unknown", "none") and
        `candidates`, the codes it could be ("; "-separated).
    """
    import pandas as pd

    folded: dict[str, list[str]] = {}
    for code, name in zip(register["commune_code"], register["name_vi"], strict=True):
        folded.setdefault(fold_name(name), []).append(code)
    near = {bare_name(name): codes for name, codes in folded.items()}
    known = set(register["commune_code"])
    merged = _merged(old) if old is not None else {}
    rows = [(name, *_find(name, folded, near, known, merged)) for name in names]
    return pd.DataFrame(rows, columns=["name", "commune_code", "status", "candidates"])


def _merged(old: pd.DataFrame) -> dict[str, list[str]]:
    """Names of before -> codes they went into; a part of a unit counts as a doubt."""
    found: dict[str, list[str]] = {}
    for name, code, partial in zip(
        old["old_name_vi"], old["commune_code"], old["partial"], strict=True
    ):
        codes = found.setdefault(fold_name(name), [])
        codes += [code] if partial == "no" else [code, code]
    return found


def _find(
    name: object,
    folded: dict[str, list[str]],
    near: dict[str, list[str]],
    known: set[str],
    merged: dict[str, list[str]],
) -> tuple[str | None, str, str]:
    text = name.strip() if isinstance(name, str) else ""
    if not text:
        return None, "none", ""
    if text in known:
        return text, "code", text
    bare = bare_place(text)
    codes = folded.get(fold_name(bare), [])
    if len(codes) == 1:
        return codes[0], "name", codes[0]
    if codes:
        return None, "homonym", "; ".join(codes)
    codes = merged.get(fold_name(bare), [])
    if len(codes) == 1:
        return codes[0], "merged", codes[0]
    if codes:
        return None, "homonym", "; ".join(dict.fromkeys(codes))
    import difflib

    close = difflib.get_close_matches(bare_name(bare), near, n=3, cutoff=_NEAR)
    if close:
        return None, "near", "; ".join(code for match in close for code in near[match])
    return None, "unknown", ""


# Numbers as offices write them: 2417140,52 and 2.417.140,52 and 2 417 140.52.
#
# A mark before three digits (452.310) can part thousands or decimals. Each cell is read by what
# the other cells of the same columns show; what they leave open is a decimal mark, and what they
# contradict is refused. Degrees come as 106°45'30,5" too.

_SPACES = str.maketrans(dict.fromkeys("\u00a0\u2007\u2009\u202f'’", " ") | {"\u2212": "-"})
_PLAIN = re.compile(r"([+-]?\d+)(?:([.,])(\d+))?")
_GROUPED = re.compile(r"([+-]?\d{1,3}(?:([ .,])\d{3})(?:\2\d{3})*)(?:([.,])(\d+))?")
_SIDE = r"(?P<{}>[NSEWBĐnsewbđ])?"
_DEGREES = re.compile(
    _SIDE.format("before")
    + r"\s*(?P<degrees>\d{1,3}(?:[.,]\d+)?)\s*(?:[°º˚]|o(?=[\s\d])|độ|deg)\s*"
    r"(?:(?P<minutes>[0-5]?\d(?:[.,]\d+)?)\s*(?:['’′`]|phút|min)\s*)?"
    r"(?:(?P<seconds>[0-5]?\d(?:[.,]\d+)?)\s*(?:''|’’|′′|[\"”“″]|giây|sec))?\s*"
    + _SIDE.format("after"),
    re.IGNORECASE,
)
_SHARES = (("degrees", 1), ("minutes", 60), ("seconds", 3600))


@dataclass(frozen=True)
class Number:
    """One way to read a cell."""

    value: float
    decimals: float  # of a degree parted in minutes and seconds, no whole number
    group: str = ""  # mark that parts thousands
    point: str = ""  # mark before the decimals


@lru_cache(maxsize=65536)
def readings(text: str) -> tuple[Number, ...]:
    """Every way to read a text as a number: none, one, or two."""
    if parted := _DEGREES.fullmatch(text.strip()):
        return _in_degrees(parted)
    text = re.sub(r"\s*m$", "", text.translate(_SPACES).strip())
    found = []
    if plain := _PLAIN.fullmatch(text):
        whole, point, decimals = plain[1], plain[2] or "", plain[3] or ""
        found.append(Number(float(f"{whole}.{decimals or 0}"), len(decimals), "", point))
    if grouped := _GROUPED.fullmatch(text):
        whole, group, point, decimals = grouped.groups(default="")
        if group != point and not whole.lstrip("+-").startswith("0"):
            digits = whole.replace(group, "")
            found.append(Number(float(f"{digits}.{decimals or 0}"), len(decimals), group, point))
    return tuple(found)


def _in_degrees(parted: re.Match[str]) -> tuple[Number, ...]:
    """Degrees, minutes and seconds as degrees; none when a part that is cut up has parts below."""
    parts = [(parted[name].replace(",", "."), share) for name, share in _SHARES if parted[name]]
    if any("." in text for text, _ in parts[:-1]):
        return ()
    sides = {(parted[name] or "").upper() for name in ("before", "after")}
    last, share = parts[-1]
    decimals = len(last.partition(".")[2]) + math.log10(share)
    value = sum(float(text) / share for text, share in parts)
    return (Number(-value if sides & {"S", "W"} else value, decimals),)


def is_number(cell: object) -> bool:
    """Whether a cell can be read as a number at all."""
    return bool(read_cell(cell))


def read_cell(cell: object) -> tuple[Number, ...]:
    """Every way to read a cell; a number of a workbook has one."""
    if isinstance(cell, str):
        return readings(cell)
    if isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) < 1e15:
        text = f"{cell:.6f}".rstrip("0")
        return (Number(float(cell), len(text.partition(".")[2])),)
    return ()


@dataclass(frozen=True)
class Marks:
    """Which marks the unmistakable cells use, for what."""

    groups: frozenset[str]
    points: frozenset[str]

    def choose(self, found: tuple[Number, ...]) -> Number | None:
        """The reading these marks leave; None when they contradict each other."""
        if len(found) < 2:
            return found[0]
        plain, grouped = found
        as_point = plain.point in self.points
        as_group = grouped.group in self.groups or bool(self.points - {plain.point})
        if as_point and as_group:
            return None
        return grouped if as_group else plain


def learn_marks(cells: Iterable[object]) -> Marks:
    """Marks of the cells that can be read in one way only."""
    sure = [found[0] for cell in cells if len(found := read_cell(cell)) == 1]
    return Marks(
        frozenset(number.group for number in sure if number.group.strip()),
        frozenset(number.point for number in sure if number.point),
    )
