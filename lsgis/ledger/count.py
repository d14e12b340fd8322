"""How many the Decision counts, how many are named, how many somebody has located."""

import geopandas as gpd
import pandas as pd

from lsgis.catalogue import Layer, count_located, read_facts, title_of
from lsgis.ledger.row import document_of, new_row
from lsgis.text import LANGUAGES


def count_rows(layer: Layer, features: gpd.GeoDataFrame) -> list[dict]:
    """One row for the total of a layer, one for each type and phase that the Decision counts."""
    table = count_located(layer, _with_confirmation(layer, features))
    return [_row(layer, count) for count in table.itertuples()]


def _with_confirmation(layer: Layer, features: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Features that do not say whether the Decision means them take it from the register."""
    facts = read_facts(layer)
    if facts is None or "in_decision" not in facts or layer.key not in features:
        return features
    known = features[layer.key].map(facts.set_index(layer.key)["in_decision"])
    stated = features["in_decision"] if "in_decision" in features else pd.Series("", features.index)
    return features.assign(in_decision=stated.where(stated != "", known).fillna(""))


def _row(layer: Layer, count) -> dict:
    place = "" if count.by == "total" else f"/{count.by}/{count.value}"
    names = {}
    for lang in LANGUAGES:
        what = f": {title_of(count.by, count.value, lang)}" if place else ""
        names[f"name_{lang}"] = layer.title[lang] + what
    known = {"declared": count.listed, "located": count.located}
    known["unlocated"] = count.listed - count.located
    is_counted = not pd.isna(count.expected)
    if is_counted:
        known["missing"] = max(0, count.expected - count.listed)
        known["extra"] = max(0, count.listed - count.expected)
    return new_row(
        f"{layer.name}/count{place}",
        kind="count",
        layer=layer.name,
        status=_status(known, is_counted=is_counted),
        expected=str(count.expected) if is_counted else "",
        found=str(count.located),
        clause=layer.legal.clause,
        document=document_of(layer.legal.clause),
        **names,
        **known,
    )


def _status(known: dict[str, int], *, is_counted: bool) -> str:
    if not is_counted:
        return "uncounted" if known["declared"] else "empty"
    if known["extra"]:
        return "too_many"
    return "incomplete" if known["missing"] or known["unlocated"] else "complete"
