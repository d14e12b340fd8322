"""Rows of the ledger by layer, phase and name: expected, declared, located, missing, extra."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd

from lsgis.catalogue import (
    Layer,
    count_located,
    layer_with_role,
    read_catalogue,
    read_facts,
    read_register,
    title_of,
)
from lsgis.check.identity import NOBODY, identify
from lsgis.combine import is_located, join_places
from lsgis.intake import fold_name
from lsgis.region import Region
from lsgis.source.embedded import place_points
from lsgis.text import LANGUAGES, family, say

# Which feature of a plan is which feature of the registers: by key, else by name.

Note: TypeAlias = tuple[str, Mapping[str, object]]  # code of a text, its values
_NEEDED = ("name_vi", "commune_codes", "in_decision")


def read_declared(layer: Layer) -> pd.DataFrame:
    """Register rows of a layer, none when it has no register; every needed column there."""
    facts = read_facts(layer)
    if facts is None:
        return pd.DataFrame(columns=[layer.key, *_NEEDED], dtype=object)
    return facts.assign(**{name: "" for name in _NEEDED if name not in facts})


def name_keys(features: gpd.GeoDataFrame, layer: Layer) -> gpd.GeoDataFrame:
    """The features numbered from 0, each with a key as text ("#3" for the third without one)."""
    frame = features.reset_index(drop=True)
    keys = frame[layer.key].astype(object).where(frame[layer.key].notna(), "")
    keys = [str(key).strip() or f"#{n + 1}" for n, key in enumerate(keys)]
    return frame.assign(**{layer.key: pd.Series(keys, index=frame.index, dtype=object)})


def pair_features(declared: pd.DataFrame, frame: pd.DataFrame, layer: Layer) -> dict[int, int]:
    """Row of the plan for each row of the register that the plan holds.

    By key, unless the name is that of another row of the register; a feature whose key the
    register lacks, or gives to another, is known by its name, where only one bears it.
    """
    found = identify(frame, declared, layer)
    stray = ~found.agrees & (found.by_name != NOBODY)
    pairs: dict[int, int] = {}
    for row in np.flatnonzero((found.by_code != NOBODY) & ~stray):
        pairs.setdefault(int(found.by_code[row]), int(row))
    named = pd.Series(found.by_name)[(found.by_code == NOBODY) | stray]
    named = named[(named != NOBODY) & ~named.duplicated(keep=False)]
    for row, n in named.items():
        pairs.setdefault(int(n), int(row))
    return pairs


def declared_of(
    declared: pd.DataFrame, frame: pd.DataFrame, pairs: dict[int, int], column: str
) -> pd.Series:
    """What the register declares of each feature; its own words where the register lacks it."""
    known = {row: declared.at[n, column] for n, row in pairs.items()}
    own = frame[column] if column in frame else pd.Series("", index=frame.index)
    said = [known.get(row, cell if isinstance(cell, str) else "") for row, cell in own.items()]
    return pd.Series(said, index=frame.index, dtype=object)


# A row of the ledger: its columns, what its status may be, and its words.

KINDS = ("count", "feature", "partition", "total", "contradiction", "acceptance")
# statuses that ask for something; the others are as the Decision says
OPEN = (
    "declared_not_located",
    "missing",
    "extra",
    "renamed",
    "moved",
    "place_uncertain",
    "unconfirmed",
    "incomplete",
    "too_many",
    "empty",
    "unassigned",
    "repeated",
    "differs",
    "unsettled",
    "stale",
)
STATUSES = (*OPEN, "located", "complete", "uncounted", "assigned", "agrees", "settled")
NUMBERS = ("declared", "located", "missing", "extra", "unlocated")
TEXTS = (
    "row_id",
    "kind",
    "layer",
    "name_vi",
    "name_en",
    "commune",
    "commune_codes",
    "expected",
    "found",
    "found_commune",
    "status",
    "clause",
    "document",
    "note_vi",
    "note_en",
)
ACCEPTANCE = ("accepted", "accepted_by", "accepted_on")
COLUMNS = (*TEXTS, *NUMBERS, *ACCEPTANCE, "is_open")


def new_row(
    row_id: str, *, status: str, notes: Iterable[Note] = (), **values: object
) -> dict[str, Any]:
    """A row; what is not given is blank.

    `notes` are (code of a text, its values); a value given as {"vi": ..., "en": ...}
    is told in the language of the note.
    """
    row: dict[str, object] = {**dict.fromkeys(TEXTS, ""), **dict.fromkeys(NUMBERS, pd.NA)}
    for lang in LANGUAGES:
        row[f"note_{lang}"] = "; ".join(_say(code, lang, known) for code, known in notes)
    return row | {"row_id": row_id, "status": status} | values


def _say(code: str, lang: str, values: Mapping[str, object]) -> str:
    told = {name: v[lang] if isinstance(v, Mapping) else v for name, v in values.items()}
    return say(code, lang, **told)


def rows_frame(rows: Iterable[Mapping[str, object]]) -> pd.DataFrame:
    """Rows as a frame with every column, the order kept, nobody having accepted anything."""
    frame = pd.DataFrame(list(rows), columns=[*TEXTS, *NUMBERS])
    frame = frame.astype(dict.fromkeys(TEXTS, object) | dict.fromkeys(NUMBERS, "Int64"))
    frame = frame.assign(**dict.fromkeys(ACCEPTANCE, ""))
    return frame.assign(is_open=frame["status"].isin(OPEN))[list(COLUMNS)]


def commune_names(codes: Iterable[str], region: Region) -> str:
    """Names of communes by code, joined; a code that is none stays as it is."""
    names = _names_of_communes(region)
    return "; ".join(names.get(code, code) for code in codes if code)


@lru_cache(maxsize=8)
def _names_of_communes(region: Region) -> Mapping[str, str]:
    unit = layer_with_role(read_catalogue(region), "unit").build.register
    return _column(unit, "commune_code", "name_vi", region)


def document_of(clause: str, region: Region) -> str:
    """The instrument in which a clause stands; "" when the register does not know it."""
    return _column("clause", "clause", "instrument", region).get(clause, "")


@lru_cache(maxsize=8)
def _column(register: str, key: str, column: str, region: Region) -> Mapping[str, str]:
    return MappingProxyType(read_register(register, region).set_index(key)[column].to_dict())


# Every feature the registers name: is it in the plan, located, so named, in its commune?

_NAME_NOTE = family(
    "ledger.note.",
    "ledger.note.spelling",
    "ledger.note.unnamed",
)

_NOTE = family(
    "ledger.note.",
    "ledger.note.inferred",
    "ledger.note.unconfirmed",
)

# communes and the province are what places are told by
_PLACES = ("file", "dissolve")


def feature_rows(
    layer: Layer, features: gpd.GeoDataFrame, communes: gpd.GeoDataFrame
) -> list[dict[str, Any]]:
    """One row a feature of the register, then one a feature that only the plan has.

    Parameters
    ----------
    layer
        Catalogue layer.
    features
        Its features in the plan.
    communes
        Communes of the plan, in the same plane."""
    if layer.build.origin == "compose":
        return []
    facts, frame = read_declared(layer), name_keys(features, layer)
    pairs = pair_features(facts, frame, layer)
    codes = declared_of(facts, frame, pairs, "commune_codes")
    found = _placed(layer, frame.assign(declared_codes=codes), facts, communes)
    rows = [
        _row(layer, fact, found.loc[pairs[n]] if n in pairs else None)
        for n, fact in facts.iterrows()
    ]
    others = found.drop(index=list(pairs.values())).sort_values(layer.key, kind="stable")
    is_open_list = _may_hold_more(layer, facts)
    times = others.groupby(layer.key).cumcount() + others[layer.key].isin(facts[layer.key])
    for other, time in zip(others.to_dict("records"), times, strict=True):
        rows.append(_other_row(layer, other, int(time), is_open_list=is_open_list))
    return rows


def _placed(
    layer: Layer, frame: gpd.GeoDataFrame, facts: pd.DataFrame, communes: gpd.GeoDataFrame
) -> pd.DataFrame:
    """Features with the communes that hold them, and `away`: not in those declared."""
    frame = frame.assign(is_here=is_located(frame))
    if layer.build.origin in _PLACES:
        away = _off_its_point(frame, facts, layer).map({True: "moved", False: ""})
        plain = pd.DataFrame(frame.drop(columns="geometry"))
        return plain.assign(place_shares="", place_declared_share=1.0, away=away)
    # feature and edge of its commune both err, apart from each other: as in `check_between`
    reach = np.hypot(frame["accuracy_m"], communes["accuracy_m"].fillna(0.0).max())
    placed = join_places(frame.assign(accuracy_m=reach), communes, declared="declared_codes")
    away = placed["is_here"] & (placed["declared_codes"] != "")
    away &= placed["place_declared_share"] == 0
    near = placed["place_within_accuracy"].map({True: "place_uncertain", False: "moved"})
    return pd.DataFrame(placed.drop(columns="geometry")).assign(away=near.where(away, ""))


def _off_its_point(frame: gpd.GeoDataFrame, facts: pd.DataFrame, layer: Layer) -> pd.Series:
    """Where a commune is drawn farther from a point known to lie in it than both can err."""
    if "lon" not in facts:
        return pd.Series(False, index=frame.index)
    known = facts.set_index(layer.key)[["lon", "lat", "accuracy_m"]].reindex(frame[layer.key])
    points = place_points(known.set_index(frame.index), layer.region)
    reach = known["accuracy_m"].to_numpy() + frame["accuracy_m"].fillna(0.0)
    return frame.geometry.distance(points) > reach


def _row(layer: Layer, fact: pd.Series, found: pd.Series | None) -> dict[str, Any]:
    clause = fact.get("clause") or layer.legal.clause
    codes = fact.get("commune_codes", "")
    known = {
        "kind": "feature",
        "layer": layer.name,
        "clause": clause,
        "document": document_of(clause, layer.region),
        "name_vi": fact["name_vi"],
        "name_en": fact.get("name_en", ""),
        "expected": fact["name_vi"],
        "commune_codes": codes,
        "commune": commune_names(codes.split("; "), layer.region),
    }
    confirmed = fact.get("in_decision", "")
    notes: list[Note] = [(_NOTE[confirmed], {})] if confirmed in _NOTE else []
    row_id = f"{layer.name}/{fact[layer.key]}"
    if found is None:
        status = "unconfirmed" if confirmed == "unconfirmed" else "missing"
        return new_row(row_id, status=status, notes=[*notes, ("ledger.note.absent", {})], **known)
    names = _same_name(fact["name_vi"], found["name_vi"])
    if found[layer.key] != fact[layer.key]:
        notes.append(("ledger.note.key", {"found": found[layer.key]}))
    notes += [(_NAME_NOTE[names], {})] if names in _NAME_NOTE else []
    notes += _place_notes(found)
    status = _status(found, names, confirmed)
    shown = found["name_vi"], commune_names(_codes(found), layer.region)
    return new_row(
        row_id, status=status, notes=notes, found=shown[0], found_commune=shown[1], **known
    )


def _status(found: pd.Series, names: str, confirmed: str) -> str:
    if names == "other":
        return "renamed"
    if found["away"]:
        return str(found["away"])
    if confirmed == "unconfirmed":
        return "unconfirmed"
    return "located" if found["is_here"] else "declared_not_located"


def _same_name(declared: str, found: str) -> str:
    """How two names compare: "same", "spelling" (tone marks, capitals), "unnamed", "other"."""
    if found == declared:
        return "same"
    if not found.strip():
        return "unnamed"
    return "spelling" if fold_name(found) == fold_name(declared) else "other"


def _codes(found: Mapping[str, Any] | pd.Series) -> list[str]:
    return [part.split(" ")[0] for part in found["place_shares"].split("; ") if part]


def _place_notes(found: pd.Series) -> list[Note]:
    if found["away"]:
        metres = f"{found['accuracy_m']:g}"
        return (
            [("ledger.note.moved", {})]
            if found["away"] == "moved"
            else [("ledger.note.uncertain", {"metres": metres})]
        )
    elsewhere = round((1 - found["place_declared_share"]) * 100, 1)
    if found["is_here"] and found["declared_codes"] and elsewhere > 0:
        return [("ledger.note.partly-elsewhere", {"percent": elsewhere})]
    return []


def _may_hold_more(layer: Layer, facts: pd.DataFrame) -> bool:
    """Whether the Decision counts more than the register names: an unknown name may be one."""
    expected = layer.expected
    if facts.empty:
        return True
    counted = facts[facts["in_decision"] != "unconfirmed"] if "in_decision" in facts else facts
    if expected.count is not None:
        return len(counted) < expected.count
    return any((counted["kind"] == kind).sum() < n for kind, n in expected.by_type.items())


def _other_row(
    layer: Layer, found: Mapping[str, Any], time: int, *, is_open_list: bool
) -> dict[str, Any]:
    """A feature that only the plan has: one too many, or one that the register cannot name."""
    code = found[layer.key] + (f"#{time + 1}" if time else "")
    status = "unconfirmed" if is_open_list and not time else "extra"
    note = "ledger.note.twice" if time else "ledger.note.not-in-register"
    return new_row(
        f"{layer.name}/{code}",
        kind="feature",
        layer=layer.name,
        status=status,
        notes=[(note, {})],
        name_vi=found["name_vi"],
        name_en=found.get("name_en", ""),
        found=found["name_vi"],
        commune_codes=found["declared_codes"],
        commune=commune_names(found["declared_codes"].split("; "), layer.region),
        found_commune=commune_names(_codes(found), layer.region),
        clause=layer.legal.clause,
        document=document_of(layer.legal.clause, layer.region),
    )


# How many the Decision counts, how many are named, how many somebody has located.


def count_rows(layer: Layer, features: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """One row for the total of a layer, one for each type and phase that the Decision counts."""
    table = count_located(layer, _with_confirmation(layer, features))
    return [_count_row(layer, count) for count in table.itertuples()]


def _with_confirmation(layer: Layer, features: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Features with what the register says of whether the Decision means them."""
    declared, frame = read_declared(layer), name_keys(features, layer)
    pairs = pair_features(declared, frame, layer)
    return frame.assign(in_decision=declared_of(declared, frame, pairs, "in_decision"))


def _count_row(layer: Layer, count: Any) -> dict[str, Any]:
    place = "" if count.by == "total" else f"/{count.by}/{count.value}"
    names = {}
    for lang in LANGUAGES:
        what = f": {title_of(count.by, count.value, lang, layer.region)}" if place else ""
        names[f"name_{lang}"] = layer.title[lang] + what
    known = {"declared": count.listed, "located": count.located}
    known["unlocated"] = count.listed - count.located
    is_counted = not pd.isna(count.expected)
    if is_counted:
        known["missing"] = max(0, count.expected - count.listed)
        known["extra"] = max(0, count.listed - count.expected)
    return (
        new_row(
            f"{layer.name}/count{place}",
            kind="count",
            layer=layer.name,
            status=_count_status(known, is_counted=is_counted),
            expected=str(count.expected) if is_counted else "",
            found=str(count.located),
            clause=layer.legal.clause,
            document=document_of(layer.legal.clause, layer.region),
            **known,
        )
        | names
    )


def _count_status(known: dict[str, int], *, is_counted: bool) -> str:
    if not is_counted:
        return "uncounted" if known["declared"] else "empty"
    if known["extra"]:
        return "too_many"
    return "incomplete" if known["missing"] or known["unlocated"] else "complete"
