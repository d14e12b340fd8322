"""The units there were before the reorganisations of 2025, 2024 and 2019, and where each went."""

from fractions import Fraction

import pandas as pd

from lsgis.catalogue import read_register, read_unit_register
from lsgis.errors import LayerError
from lsgis.text import family

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


def read_units(generation: str = "auto") -> pd.DataFrame:
    """Every unit that a table of a generation may name.

    Parameters
    ----------
    generation
        The reorganisation that the table was written before: "2025" (the units
        of 30 June 2025), "2024" (and those that vanished in 2024), "2019" or
        "auto" (and those that vanished in 2019, as far as they are known).

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
    last = read_register("crosswalk").drop_duplicates("old_code").assign(generation="2025")
    last = last.rename(columns=lambda name: name.removeprefix("old_").replace("code", "unit"))
    older = read_register("crosswalk_before_2025").drop_duplicates("unit")
    older = older.rename(columns=lambda name: name.removeprefix("older_"))
    older["generation"] = older["year"].astype(int).astype(str)
    first = "2019" if generation == "auto" else generation
    units = pd.concat([last[COLUMNS], older[COLUMNS]], ignore_index=True)
    return units[units["generation"] >= first].reset_index(drop=True)


def read_links(shares: pd.DataFrame | None = None) -> pd.DataFrame:
    """Where the units of every generation went: one row a unit and commune.

    Parameters
    ----------
    shares
        What part of a split unit went where, as somebody states it: `unit`,
        `commune_code`, `share` (0-1), `source` (who says so). Each unit's
        shares add up to 1. lsgis states none of its own.

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
    last = read_register("crosswalk").rename(columns={"old_code": "unit"})
    older = read_register("crosswalk_before_2025").rename(columns={"commune_codes": "commune_code"})
    columns = [*(name for name in LINKS if name != "share"), "partial"]
    links = pd.concat([last[columns], older[columns]], ignore_index=True)
    whole = (links["partial"] == "no") & (links["commune_code"] != "")
    links = links.assign(share=whole.map({True: 1.0, False: float("nan")}))[LINKS]
    return links if shares is None else _stated(links, shares)


def _stated(links: pd.DataFrame, shares: pd.DataFrame) -> pd.DataFrame:
    """The links with the shares that somebody states in place of the unknown ones."""
    missing = [name for name in LINKS[:4] if name not in shares]
    if missing:
        raise LayerError("crosswalk.shares-columns", missing=", ".join(missing))
    communes = set(read_unit_register()["commune_code"])
    for unit, part in shares.groupby("unit", sort=False):
        known = links[links["unit"] == unit]
        _require_shares(str(unit), part, known, communes)
        told = "; ".join(dict.fromkeys([*known["source"], *part["source"].astype(str)]))
        rows = part[["unit", "commune_code", "share"]].astype({"share": float})
        links = pd.concat([links.drop(known.index), rows.assign(source=told, note_vi="")])
    return links.reset_index(drop=True)


def _require_shares(unit: str, part: pd.DataFrame, known: pd.DataFrame, communes: set) -> None:
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
