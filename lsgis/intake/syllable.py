"""Can a word be Vietnamese? Spelling is strict enough to tell a right decoding from a wrong one."""

import csv
import re
import unicodedata
from functools import lru_cache

from lsgis.resource import data_dir

_TONES = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}
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
    with (data_dir() / "encoding" / "syllable.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            parts.setdefault(row["part"], []).append(row["text"])
    found = {i + r: r for i in ["", *parts["initial"]] for r in parts["rime"]}
    return found | {"gi": "i"}


@lru_cache(maxsize=65536)
def is_syllable(word: str) -> bool:
    """Whether a word (NFC) is spelt as one Vietnamese syllable, in one case or with a capital."""
    if not (word.islower() or word.isupper() or word.istitle()):
        return False
    letters = [unicodedata.normalize("NFD", letter) for letter in word.lower()]
    tones = [(i, mark) for i, parts in enumerate(letters) for mark in parts if mark in _TONES]
    bare = "".join(
        unicodedata.normalize("NFC", "".join(c for c in parts if c not in _TONES))
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
