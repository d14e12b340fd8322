"""Units of before July 2025: read, and found by name or code."""

import difflib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

import pandas as pd

from lsgis.catalogue import read_register, read_unit_register
from lsgis.errors import LayerError
from lsgis.intake import fold_name
from lsgis.region import Region
from lsgis.text import family

# The units there were before the reorganisations of 2025, 2024 and 2019, and where each went.

_WRONG_SHARES = family(
    "crosswalk.shares-",
    "crosswalk.shares-unit",
    "crosswalk.shares-commune",
    "crosswalk.shares-share",
    "crosswalk.shares-source",
    "crosswalk.shares-sum",
)

# the reorganisation a table was written before; "auto": every name known
GENERATIONS = ("2025", "2024", "2019", "auto")
COLUMNS = ["unit", "name_vi", "kind", "district_vi", "generation"]
LINKS = ["unit", "commune_code", "share", "source", "note_vi"]
_EXACT = Fraction(1, 10**9)


def read_units(generation: str = "auto", *, region: Region | None = None) -> pd.DataFrame:
    """Every unit that a table of a generation may name.

    Parameters
    ----------
    generation
        The reorganisation that the table was written before: "2025" (the units
        of 30 June 2025), "2024" (and those that vanished in 2024), "2019" or
        "auto" (and those that vanished in 2019, as far as they are known).
    region
        Whose units; those of the region that travels with lsgis when None.

    Returns
    -------
    DataFrame
        `unit` (the official code; for units that vanished before 2025, whose
        codes nobody has confirmed, an identifier of `crosswalk_before_2025.csv`),
        `name_vi`, `kind`, `district_vi`, `generation` (the reorganisation that
        ended it).

    Raises
    ------
    LayerError
        No such generation.
    """
    if generation not in GENERATIONS:
        known = ", ".join(GENERATIONS)
        raise LayerError("crosswalk.generation", found=generation, known=known)
    last = read_register("crosswalk", region).drop_duplicates("old_code").assign(generation="2025")
    last = last.rename(columns=lambda name: name.removeprefix("old_").replace("code", "unit"))
    older = read_register("crosswalk_before_2025", region).drop_duplicates("unit")
    older = older.rename(columns=lambda name: name.removeprefix("older_"))
    older["generation"] = older["year"].astype(int).astype(str)
    first = "2019" if generation == "auto" else generation
    units = pd.concat([last[COLUMNS], older[COLUMNS]], ignore_index=True)
    return units[units["generation"] >= first].reset_index(drop=True)


def read_links(shares: pd.DataFrame | None = None, *, region: Region | None = None) -> pd.DataFrame:
    """Where the units of every generation went: one row a unit and commune.

    Parameters
    ----------
    shares
        What part of a split unit went where, as somebody states it: `unit`,
        `commune_code`, `share` (0-1), `source` (who says so). Each unit's
        shares add up to 1. lsgis states none of its own.
    region
        As `read_units`.

    Returns
    -------
    DataFrame
        `unit`; `commune_code` ("" where nobody knows); `share` of the unit
        (1 when it went there whole, NaN when the part is unknown); `source`;
        `note_vi`. The shares of a unit add up to 1 or are all NaN.

    Raises
    ------
    LayerError
        A stated share is no share, speaks of a unit that was not split or of a
        commune it did not go to, does not add up to 1, or has no source.
    """
    last = read_register("crosswalk", region).rename(columns={"old_code": "unit"})
    older = read_register("crosswalk_before_2025", region).rename(
        columns={"commune_codes": "commune_code"}
    )
    columns = [*(name for name in LINKS if name != "share"), "partial"]
    links = pd.concat([last[columns], older[columns]], ignore_index=True)
    whole = (links["partial"] == "no") & (links["commune_code"] != "")
    links = links.assign(share=whole.map({True: 1.0, False: float("nan")}))[LINKS]
    return links if shares is None else _stated(links, shares, region)


def _stated(links: pd.DataFrame, shares: pd.DataFrame, region: Region | None) -> pd.DataFrame:
    """The links with the shares that somebody states in place of the unknown ones."""
    missing = [name for name in LINKS[:4] if name not in shares]
    if missing:
        raise LayerError("crosswalk.shares-columns", missing=", ".join(missing))
    communes = set(read_unit_register(region)["commune_code"])
    for unit, part in shares.groupby("unit", sort=False):
        known = links[links["unit"] == unit]
        _require_shares(str(unit), part, known, communes)
        told = "; ".join(dict.fromkeys([*known["source"], *part["source"].astype(str)]))
        rows = part[["unit", "commune_code", "share"]].astype({"share": float})
        links = pd.concat([links.drop(known.index), rows.assign(source=told, note_vi="")])
    return links.reset_index(drop=True)


def _require_shares(unit: str, part: pd.DataFrame, known: pd.DataFrame, communes: set[str]) -> None:
    values = pd.to_numeric(part["share"], errors="coerce")
    targets = set(known["commune_code"]) - {""}
    # where nobody knows of every part where it went, any commune may be stated
    allowed = communes if "" in set(known["commune_code"]) else targets
    codes = part["commune_code"]
    problems = {
        "unit": known.empty or bool(known["share"].notna().any()),
        "commune": not set(codes) <= allowed or bool(codes.duplicated().any()),
        "share": not values.between(0, 1).all(),
        "source": (part["source"].fillna("").astype(str).str.strip() == "").any(),
    }
    if not any(problems.values()):
        problems["sum"] = abs(sum(map(Fraction, values), Fraction(0)) - 1) > _EXACT
    if any(problems.values()):
        wrong = next(name for name, is_wrong in problems.items() if is_wrong)
        told = ", ".join(f"{c} {s}" for c, s in zip(codes, part["share"], strict=True))
        expected = ", ".join(sorted(targets)) or "?"
        raise LayerError(_WRONG_SHARES[wrong], unit=unit, found=told, expected=expected)


# Which old unit a row of a table means: by code, by name and district, with every reason told.

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


def index_names(units: pd.DataFrame, links: pd.DataFrame, region: Region) -> Names:
    """Make units ready to be looked up."""
    words = defaultdict(list)
    known = read_register("crosswalk_word", region).itertuples()
    for row in sorted(known, key=lambda r: -len(r.word)):
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
