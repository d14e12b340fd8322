"""Relations between layers as data: which layer is asked to lie in, touch or be near what."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import pandas as pd

from lsgis.catalogue import ANY, read_catalogue, read_register
from lsgis.check.issue import Term
from lsgis.check.row import numbers_in
from lsgis.errors import LayerError

# inside: points and polygons lie in what they name; touches: lines and polygons reach each
# thing they name (touches_any: one of them); at_border: near the edge of communes that name it
RELATIONS = ("inside", "touches", "touches_any", "at_border")
COLUMNS = (
    "code", "layer", "feature", "relation", "other", "field", "codes", "distance_m", "clause",
)  # fmt: skip


def read_relations() -> pd.DataFrame:
    """Rows of `data/relation.csv`, sound; see `require_relations`."""
    return _relations().copy()


@lru_cache(maxsize=1)
def _relations() -> pd.DataFrame:
    return require_relations(read_register("relation"), read_catalogue())


def require_relations(rows: pd.DataFrame, layers: Iterable[str]) -> pd.DataFrame:
    """The same rows with `distance_m` as numbers; refuse what no check could follow.

    Parameters
    ----------
    rows
        `code`; `layer` ("*": every layer that has the column `field`);
        `feature` (a key; "" for all); `relation` (see RELATIONS); `other` (the
        layer named); `field` (column that holds its codes) or `codes` (they
        themselves, joined by "; "); `distance_m` (allowed, m); `clause`.
    layers
        Names of the layers there are.

    Raises
    ------
    LayerError
        A column is missing, a layer or relation unknown, a distance no number
        of 0 or more, or a row says neither field nor codes.
    """
    missing = [name for name in COLUMNS if name not in rows]
    if missing:
        raise LayerError("check.no-column", what="relations", missing=", ".join(missing))
    known, distance = [*layers], numbers_in(rows["distance_m"])
    wrong = {
        "layer": ~rows["layer"].isin([*known, ANY]) | ~rows["other"].isin(known),
        "relation": ~rows["relation"].isin(RELATIONS),
        "distance_m": ~(distance >= 0),
        "field": (rows["field"] == "") == (rows["codes"] == ""),
    }
    for column, mask in wrong.items():
        if mask.any():
            found = ", ".join(rows.loc[mask, "code"])
            raise LayerError("check.relation-wrong", column=column, found=found)
    return rows.assign(distance_m=distance)


def reason_of(rule: Mapping[str, Any], register: str, *, clause: str = "") -> dict[str, object]:
    """What a message says of the rule that was broken: its reason, and the clause it rests on.

    `clause` is the feature's own, for a rule that speaks of every feature.
    """
    clause = str(rule["clause"]) or clause
    return {
        "reason": Term(str(rule["code"]), register),
        "basis": clause or Term("check.no-clause"),
        "rule": str(rule["code"]),
    }


def names_of(codes: Iterable[str | Term], called: Mapping[str, str]) -> tuple[str | Term, ...]:
    """Codes with the names they are known by; words stay as they are."""
    return tuple(
        code if isinstance(code, Term) else f"{code} {called.get(code, '')}".rstrip()
        for code in codes
    )


def split_codes(cell: object) -> tuple[str, ...]:
    """The codes of a cell such as "06385; 06457", each once; none of a missing cell."""
    codes = str(cell).split(";") if isinstance(cell, str) else []
    return tuple(dict.fromkeys(code.strip() for code in codes if code.strip()))
