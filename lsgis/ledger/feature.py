"""Every feature the registers name: is it in the plan, located, so named, in its commune?"""

import geopandas as gpd
import numpy as np
import pandas as pd

from lsgis.catalogue import Layer
from lsgis.combine import is_located, join_places
from lsgis.crs import WGS84, to_vn2000
from lsgis.intake import fold_name
from lsgis.ledger.pair import declared_of, name_keys, pair_features, read_declared
from lsgis.ledger.row import commune_names, document_of, new_row
from lsgis.text import family

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
) -> list[dict]:
    """One row a feature of the register, then one a feature that only the plan has.

    Parameters
    ----------
    layer
        Catalogue layer.
    features
        Its features in the plan, EPSG:9215.
    communes
        Communes of the plan, EPSG:9215."""
    if layer.build.origin == "compose":
        return []
    facts, frame = read_declared(layer), name_keys(features, layer)
    pairs = pair_features(facts, frame, layer.key)
    codes = declared_of(facts, frame, pairs, "commune_codes")
    found = _placed(layer, frame.assign(declared_codes=codes), facts, communes)
    rows = [
        _row(layer, fact, found.loc[pairs[n]] if n in pairs else None)
        for n, fact in facts.iterrows()
    ]
    others = found.drop(index=list(pairs.values())).sort_values(layer.key, kind="stable")
    is_open_list = _may_hold_more(layer, facts)
    times = others.groupby(layer.key).cumcount() + others[layer.key].isin(facts[layer.key])
    for (_, other), time in zip(others.iterrows(), times, strict=True):
        rows.append(_other_row(layer, other, int(time), is_open_list=is_open_list))
    return rows


def _placed(
    layer: Layer, frame: gpd.GeoDataFrame, facts: pd.DataFrame, communes: gpd.GeoDataFrame
) -> pd.DataFrame:
    """Features with the communes that hold them, and `away`: not in those declared."""
    frame = frame.assign(is_here=is_located(frame))
    if layer.build.origin in _PLACES:
        away = _off_its_point(frame, facts, layer.key).map({True: "moved", False: ""})
        plain = pd.DataFrame(frame.drop(columns="geometry"))
        return plain.assign(place_shares="", place_declared_share=1.0, away=away)
    # feature and edge of its commune both err, apart from each other: as in `check_between`
    reach = np.hypot(frame["accuracy_m"], communes["accuracy_m"].fillna(0.0).max())
    placed = join_places(frame.assign(accuracy_m=reach), communes, declared="declared_codes")
    away = placed["is_here"] & (placed["declared_codes"] != "")
    away &= placed["place_declared_share"] == 0
    near = placed["place_within_accuracy"].map({True: "place_uncertain", False: "moved"})
    return pd.DataFrame(placed.drop(columns="geometry")).assign(away=near.where(away, ""))


def _off_its_point(frame: gpd.GeoDataFrame, facts: pd.DataFrame, key: str) -> pd.Series:
    """Where a commune is drawn farther from a point known to lie in it than both can err."""
    if "lon" not in facts:
        return pd.Series(False, index=frame.index)
    known = facts.set_index(key)[["lon", "lat", "accuracy_m"]].reindex(frame[key])
    here = gpd.points_from_xy(known["lon"], known["lat"], crs=WGS84)
    points = to_vn2000(gpd.GeoDataFrame(geometry=here, index=frame.index)).geometry
    reach = known["accuracy_m"].to_numpy() + frame["accuracy_m"].fillna(0.0)
    return frame.geometry.distance(points) > reach


def _row(layer: Layer, fact: pd.Series, found: pd.Series | None) -> dict:
    clause = fact.get("clause") or layer.legal.clause
    codes = fact.get("commune_codes", "")
    known = {
        "kind": "feature", "layer": layer.name, "clause": clause, "document": document_of(clause),
        "name_vi": fact["name_vi"], "name_en": fact.get("name_en", ""), "expected": fact["name_vi"],
        "commune_codes": codes, "commune": commune_names(codes.split("; ")),
    }  # fmt: skip
    confirmed = fact.get("in_decision", "")
    notes: list[tuple] = [(_NOTE[confirmed], {})] if confirmed in _NOTE else []
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
    shown = found["name_vi"], commune_names(_codes(found))
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


def _codes(found: pd.Series) -> list[str]:
    return [part.split(" ")[0] for part in found["place_shares"].split("; ") if part]


def _place_notes(found: pd.Series) -> list[tuple]:
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


def _other_row(layer: Layer, found: pd.Series, time: int, *, is_open_list: bool) -> dict:
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
        commune=commune_names(found["declared_codes"].split("; ")),
        found_commune=commune_names(_codes(found)),
        clause=layer.legal.clause,
        document=document_of(layer.legal.clause),
    )
