"""How many the Decision counts, how many are named, how many somebody has located."""

import geopandas as gpd
import pandas as pd

from lsgis.catalogue import Layer, count_located, title_of
from lsgis.ledger.pair import declared_of, name_keys, pair_features, read_declared
from lsgis.ledger.row import document_of, new_row
from lsgis.text import LANGUAGES


def count_rows(layer: Layer, features: gpd.GeoDataFrame) -> list[dict]:
    """One row for the total of a layer, one for each type and phase that the Decision counts."""
    table = count_located(layer, _with_confirmation(layer, features))
    return [_row(layer, count) for count in table.itertuples()]


def _with_confirmation(layer: Layer, features: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Features with what the register says of whether the Decision means them."""
    declared, frame = read_declared(layer), name_keys(features, layer)
    pairs = pair_features(declared, frame, layer.key)
    return frame.assign(in_decision=declared_of(declared, frame, pairs, "in_decision"))


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
    return (
        new_row(
            f"{layer.name}/count{place}",
            kind="count",
            layer=layer.name,
            status=_status(known, is_counted=is_counted),
            expected=str(count.expected) if is_counted else "",
            found=str(count.located),
            clause=layer.legal.clause,
            document=document_of(layer.legal.clause),
            **known,
        )
        | names
    )


def _status(known: dict[str, int], *, is_counted: bool) -> str:
    if not is_counted:
        return "uncounted" if known["declared"] else "empty"
    if known["extra"]:
        return "too_many"
    return "incomplete" if known["missing"] or known["unlocated"] else "complete"
