"""Names of communes as people write them, and the codes they mean."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a name is folded without frames
    from collections.abc import Iterable

    import pandas as pd

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_KIND = re.compile(r"^(xã|phường|thị trấn|thị xã|x\.|p\.|tt\.?|commune|ward)\s+", re.IGNORECASE)
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


def bare_name(name: object) -> str:
    """A name in small ASCII letters and digits alone, to find what is near it."""
    letters = unicodedata.normalize("NFD", str(name).lower().replace("đ", "d"))
    return re.sub(r"[^a-z0-9]", "", letters)


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
    bare = _KIND.sub("", unicodedata.normalize("NFC", text)).strip()
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
