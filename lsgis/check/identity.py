"""Which feature is which row of the register: by code and by name, and where the two disagree."""

from collections.abc import Iterable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from lsgis.catalogue import Layer, read_required
from lsgis.check.issue import Issue, Term, new_issue
from lsgis.check.schema import blank
from lsgis.intake.field import ways_to_call
from lsgis.intake.notation import bare_name, bare_place, fold_name

NOBODY = -1


@dataclass(frozen=True)
class Identity:
    """For each feature a row of the register, by position; NOBODY for none.

    `by_code` is the row that bears its code, `by_name` the one row that bears its name. `agrees`
    is False where the code means one row, and the name another or none.
    """

    by_code: np.ndarray
    by_name: np.ndarray
    agrees: np.ndarray

    @property
    def row(self) -> np.ndarray:
        """The row whose figures a feature is held against.

        That of its code, unless its name says otherwise: then the row of that name, or none.
        """
        other = ~self.agrees | (self.by_code == NOBODY)
        return np.where(other, self.by_name, self.by_code)


def identify(rows: pd.DataFrame, facts: pd.DataFrame, layer: Layer) -> Identity:
    """Find each feature in the register of its layer.

    Names are compared without what the layer is called ("Khu công nghiệp", "KCN") or the kind of
    a commune; a remark in brackets is part of a name or another name; capitals and the place of
    a tone mark do not matter, nor do marks where one of the two is written without any. A
    feature without a name, and a register without names, have nothing to disagree with.

    Parameters
    ----------
    rows
        Features, with the column of the layer's key, and `name_vi` where they have names.
    facts
        Rows of the register, alike.
    """
    none = np.full(len(rows), NOBODY)
    by_code = none
    if layer.key in rows:
        place = {code: n for n, code in reversed([*enumerate(facts[layer.key].map(str))])}
        empty = blank(rows[layer.key])
        codes = [
            NOBODY if gone else place.get(str(code), NOBODY)
            for code, gone in zip(rows[layer.key], empty, strict=True)
        ]
        by_code = np.array(codes, dtype=int)
    if "name_vi" not in rows or "name_vi" not in facts:
        return Identity(by_code, none, np.full(len(rows), True))
    called = [_names(name, layer) for name in facts["name_vi"]]
    owners: dict[str, set[int]] = {}
    for n, names in enumerate(called):
        for name in names | {bare_name(name) for name in names}:
            owners.setdefault(name, set()).add(n)
    by_name, agrees = none.copy(), np.full(len(rows), True)
    keys = rows[layer.key] if layer.key in rows else rows["name_vi"].map(lambda _: None)
    for n, (name, key, code) in enumerate(zip(rows["name_vi"], keys, by_code, strict=True)):
        own = set() if str(name) == str(key) else _names(name, layer)  # a code is no name
        found = _bearers(own, called, owners)
        if len(found) == 1:
            by_name[n] = next(iter(found))
        agrees[n] = code == NOBODY or not own or not called[code] or code in found
    return Identity(by_code, by_name, agrees)


def _bearers(own: set[str], called: list[set[str]], owners: dict[str, set[int]]) -> set[int]:
    """Rows that bear one of these names; without marks only where either side has none."""
    found = {row for name in own for row in owners.get(name, ()) if name in called[row]}
    for name in own:
        for row in owners.get(bare_name(name), ()):
            if name.isascii() or any(
                n.isascii() and bare_name(n) == bare_name(name) for n in called[row]
            ):
                found.add(row)
    return found


def _names(name: object, layer: Layer) -> set[str]:
    """The ways a name is known by; none of a cell that says nothing."""
    if not isinstance(name, str) or not name.strip():
        return set()
    outer, _, remark = name.partition("(")
    inner, _, tail = remark.partition(")")
    texts = (name.replace("(", " ").replace(")", " "), f"{outer} {tail}", inner)
    return {core for text in texts if (core := _core(text, layer))}


def _core(name: str, layer: Layer) -> str:
    """A name for comparing, without what its layer is called before it."""
    folded = fold_name(bare_place(name))
    words, kinds = folded.split(), ways_to_call(layer.title["vi"])
    for count in range(min(len(words) - 1, len(layer.title["vi"].split())), 0, -1):
        if bare_name("".join(words[:count])) in kinds:
            return " ".join(words[count:])
    return folded


def check_identity(
    rows: gpd.GeoDataFrame, layer: Layer, facts: pd.DataFrame, keys: np.ndarray
) -> list[Issue]:
    """Features whose code is that of one row of the register, and whose name is not."""
    found = identify(rows, facts, layer)
    issues = []
    for n in np.flatnonzero(~found.agrees):
        coded, named = facts.iloc[found.by_code[n]], found.by_name[n]
        other = Term("check.no-row") if named == NOBODY else _called(facts.iloc[named], layer)
        issues.append(
            new_issue(
                "LS-KEY-NAME",
                layer,
                key=keys[n],
                found=" ".join(str(rows["name_vi"].iloc[n]).split()),
                expected=str(coded["name_vi"]),
                likely=other,
            )
        )
    return issues


def _called(row: pd.Series, layer: Layer) -> str:
    return f"{row[layer.key]} {row['name_vi']}"


def named_keys(rows: pd.DataFrame, facts: pd.DataFrame, layer: Layer) -> Iterable[str]:
    """Keys of the register that features bear, and do not contradict by their names."""
    found = identify(rows, facts, layer)
    sure = found.by_code[(found.by_code != NOBODY) & found.agrees]
    return facts[layer.key].map(str).iloc[np.unique(sure)]


def of_register(layer: Layer, features: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Features that may be what the Decision counts, by key and name and not by their number.

    A key that the register of the layer does not know is nothing of what it names, nor is one
    that a feature bears under the name of something else. A key of one's own may be one of
    the others only where the Decision counts more than the register names; where there is
    no register, every feature may be one.

    Parameters
    ----------
    layer
        Catalogue layer, whose region has the register.
    features
        Its features, with the column of its key.
    """
    required, expected = read_required(layer), layer.expected.count
    if required is None or required.empty or layer.key not in features:
        return features
    found = identify(features, required, layer)
    if expected is None or expected > len(required):
        return features[found.agrees]
    return features[found.agrees & (found.by_code != NOBODY)]
