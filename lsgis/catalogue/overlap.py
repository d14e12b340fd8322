"""What is said of two layers that lie on each other: one rule for every pair."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import combinations_with_replacement
from types import MappingProxyType

import pandas as pd

from lsgis.catalogue.layer import read_catalogue
from lsgis.catalogue.register import read_register
from lsgis.errors import CatalogueError

OVERLAPS = ("forbidden", "noted", "allowed")
# why a rule stands: a text that was read, the nature of the thing, or nobody's word but ours
BASES = ("law", "geometry", "default")
ANY = "*"


def resolve_overlaps(
    rows: pd.DataFrame, layers: Iterable[str]
) -> Mapping[tuple[str, str], Mapping[str, str]]:
    """The rule of every pair of layers, a layer with itself among them.

    Parameters
    ----------
    rows
        As `data/overlap_rule.csv`: `code`, `layer`, `other` (names of layers;
        "*" as `other` is every other layer, both "*" is the row for all pairs
        that no row names), `rule` (forbidden, noted, allowed), `basis`
        ("law": `clause` says so and was read; "geometry"; "default"), `clause`,
        `vi`, `en`, `source`, `verified`.
    layers
        Names of the layers asked about.

    Returns
    -------
    mapping
        By (layer, other) in both orders: the row that speaks of the pair. A
        row with both names goes before one with a "*".

    Raises
    ------
    CatalogueError
        A layer is unknown, a word is none of those above, a pair has two
        rules, no row speaks for the others, or a ban rests on nothing read.
    """
    names = list(layers)
    _require(rows, names)
    told = {frozenset((row["layer"], row["other"])): row for row in rows.to_dict("records")}
    if len(told) != len(rows):
        twice = rows.loc[rows[["layer", "other"]].apply(frozenset, axis=1).duplicated(), "code"]
        raise CatalogueError("catalogue.overlap-twice", found=", ".join(twice))
    answers = {}
    for pair in combinations_with_replacement(names, 2):
        answers[pair] = answers[pair[::-1]] = _answer(told, pair)
    return MappingProxyType(answers)


def _answer(told: Mapping[frozenset, dict], pair: tuple[str, str]) -> Mapping[str, str]:
    if frozenset(pair) in told:
        return MappingProxyType(told[frozenset(pair)])
    wide = [] if pair[0] == pair[1] else [frozenset((name, ANY)) for name in pair]
    rows = [told[key] for key in wide if key in told] or [told[frozenset((ANY,))]]
    if len({row["rule"] for row in rows}) > 1:
        raise CatalogueError("catalogue.overlap-twice", found=", ".join(r["code"] for r in rows))
    return MappingProxyType(rows[0])


def _require(rows: pd.DataFrame, names: list[str]) -> None:
    unknown = sorted((set(rows["layer"]) | set(rows["other"])) - {*names, ANY})
    if unknown:
        known = ", ".join(names)
        raise CatalogueError("catalogue.no-layer", found=", ".join(unknown), known=known)
    both = (rows["layer"] == ANY) & (rows["other"] == ANY)
    read = (rows["clause"] != "") & (rows["verified"] == "yes")
    grounded = (rows["basis"] == "geometry") | ((rows["basis"] == "law") & read)
    wrong = {
        "rule": ~rows["rule"].isin(OVERLAPS),
        "basis": ~rows["basis"].isin(BASES),
        "forbidden": (rows["rule"] == "forbidden") & ~grounded,
        "*": (rows["layer"] == ANY) & ~both,
    }
    if both.sum() != 1 or any(mask.any() for mask in wrong.values()):
        found = ", ".join(name for name, mask in wrong.items() if mask.any()) or "* *"
        raise CatalogueError("catalogue.overlap-wrong", found=found)


@lru_cache(maxsize=1)
def read_overlaps() -> Mapping[tuple[str, str], Mapping[str, str]]:
    """The rule of every pair of layers of the catalogue, from `data/overlap_rule.csv`."""
    return resolve_overlaps(read_register("overlap_rule"), read_catalogue())


def overlap_rule(layer: str, other: str) -> Mapping[str, str]:
    """The rule for two layers that lie on each other (`rule`, `basis`, `clause`, ...).

    Raises
    ------
    CatalogueError
        One of them is no layer of the catalogue.
    """
    rules = read_overlaps()
    if (layer, other) not in rules:
        known = read_catalogue()
        found = ", ".join(name for name in (layer, other) if name not in known)
        raise CatalogueError("catalogue.no-layer", found=found, known=", ".join(known))
    return rules[layer, other]
