"""Numbers as offices write them: 2417140,52 and 2.417.140,52 and 2 417 140.52.

A mark before three digits (452.310) can part thousands or decimals. Each cell is
read by what the other cells of the same columns show; what they leave open is a
decimal mark, and what they contradict is refused. Degrees come as 106°45'30,5" too.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

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
