"""Which old unit a row of a table means: by code, by name and district, with every reason told."""

import difflib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import pandas as pd

from lsgis.catalogue import read_register
from lsgis.errors import LayerError
from lsgis.intake import fold_name

_CODE_LENGTH = 5
_WITHIN = re.compile(r"(.+?)\s*[,(]\s*([^,()]+)\)?\s*$")  # "Mẫu Sơn (huyện Lộc Bình)"


@dataclass(frozen=True)
class Match:
    """What one row means: a unit and how it was found, or why none was."""

    unit: str = ""
    how: str = ""
    reason: str = ""
    nearest: str = ""


@dataclass(frozen=True)
class Names:
    """Units by code and by folded name; the words that stand before names."""

    rows: dict[str, pd.Series]
    by_name: dict[str, list[str]]
    targets: dict[str, set[str]]
    words: dict[str, list[tuple[str, str, str]]]
    districts: dict[str, str]
    cache: dict[tuple[str, str, str], Match] = field(default_factory=dict)


def index_names(units: pd.DataFrame, links: pd.DataFrame) -> Names:
    """Make units ready to be looked up."""
    words = defaultdict(list)
    for row in sorted(read_register("crosswalk_word").itertuples(), key=lambda r: -len(r.word)):
        start = row.word if row.word.endswith(".") else row.word + " "
        words[row.level].append((start, row.kind, row.instead))
    by_name = defaultdict(list)
    for unit, name in zip(units["unit"], units["name_vi"], strict=True):
        by_name[fold_name(name)].append(unit)
    whole = links[links["share"] == 1.0].groupby("unit")["commune_code"].agg(set).to_dict()
    rows = {row["unit"]: row for _, row in units.iterrows()}
    where = {text: fold_name(_bare(text, words["district"])[1]) for text in units["district_vi"]}
    return Names(rows, dict(by_name), whole, dict(words), where)


def match_units(
    table: pd.DataFrame, names: Names, *, code: str | None, name: str | None, district: str | None
) -> list[Match]:
    """The unit that each row of a table means, in the order of its rows."""
    codes, spelt, districts = (_cells(table, column) for column in (code, name, district))
    found = []
    for key in zip(codes, spelt, districts, strict=True):
        if key not in names.cache:
            names.cache[key] = _match(*key, names)
        found.append(names.cache[key])
    return found


def _cells(table: pd.DataFrame, column: str | None) -> Iterable[str]:
    if column is None:
        return [""] * len(table)
    cells = table[column].astype(object).where(table[column].notna(), "")
    other = [cell for cell in cells if not isinstance(cell, str)]
    if other:
        found = f"{other[0]!r} ({type(other[0]).__name__})"
        raise LayerError("crosswalk.not-text", column=column, found=found)
    return [" ".join(unicodedata.normalize("NFC", cell).split()) for cell in cells]


def _match(code: str, name: str, district: str, names: Names) -> Match:
    if not code:
        return _by_name(name, district, names) if name else Match(reason="no-key")
    # a spreadsheet that took codes for numbers dropped the leading zero
    full = code.zfill(_CODE_LENGTH) if re.fullmatch(r"\d{4}", code) else code
    if full not in names.rows:
        other = _by_name(name, district, names) if name else Match(reason="unknown-code")
        return Match(other.unit, other.how and "name-code-unknown", other.reason, other.nearest)
    how = "code" if full == code else "code-zero-added"
    if name:
        told = _candidates(_split_district(name, district)[0], names)[1]
        if full not in told:
            return Match(reason="code-and-name-differ", nearest=names.rows[full]["name_vi"])
    return Match(full, how)


def _by_name(name: str, district: str, names: Names) -> Match:
    name, district = _split_district(name, district)
    kind, found = _candidates(name, names)
    how = "name"
    if not found:
        return Match(reason="unknown-name", nearest=_nearest(name, names))
    if district:
        where = fold_name(_bare(district, names.words["district"])[1])
        here = [u for u in found if names.districts[names.rows[u]["district_vi"]] == where]
        if not here:
            told = "; ".join(dict.fromkeys(names.rows[unit]["district_vi"] for unit in found))
            return Match(reason="not-in-district", nearest=told)
        how, found = "name-district", here
    if len(found) > 1 and kind:
        same = [unit for unit in found if names.rows[unit]["kind"] == kind]
        how, found = (f"{how}-kind", same) if same else (how, found)
    if len(found) > 1:
        ends = [frozenset(names.targets.get(unit, ())) for unit in found]
        if len(set(ends)) > 1 or not ends[0]:
            told = "; ".join(_called(unit, names) for unit in found)
            return Match(reason="ambiguous", nearest=told)
        how = "name-same-commune"
    return Match(found[0], how)


def _nearest(name: str, names: Names) -> str:
    """The known name most like this one, accents aside; "" when none is near."""
    plain = {_plain(row["name_vi"]): row["name_vi"] for row in names.rows.values()}
    bare = _bare(name, names.words["unit"])[1]
    near = difflib.get_close_matches(_plain(bare), plain, n=1, cutoff=0.85)
    return plain[near[0]] if near else ""


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFD", name.casefold().replace("đ", "d"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _candidates(name: str, names: Names) -> tuple[str, list[str]]:
    """The kind that a name states ("" when none) and the units of that name."""
    kind, bare = _bare(name, names.words["unit"])
    return kind, names.by_name.get(fold_name(bare), [])


def _bare(text: str, words: list[tuple[str, str, str]]) -> tuple[str, str]:
    """A name without the words that say what it is; kind of unit those words state."""
    kind = ""
    for _ in range(2):  # "thị trấn NT Thái Bình" has two
        for start, means, instead in words:
            if text.casefold().startswith(start):
                kind = kind or means
                text = f"{instead} {text[len(start) :].strip()}".strip()
                break
    return kind, text


def _split_district(name: str, district: str) -> tuple[str, str]:
    within = _WITHIN.match(name)
    if within is None:
        return name, district
    return within[1], district or within[2]


def _called(unit: str, names: Names) -> str:
    row = names.rows[unit]
    return f"{row['name_vi']} ({row['kind']}, {row['district_vi']})"
