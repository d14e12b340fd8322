"""Which feature of a plan is which feature of the registers: by key, else by name."""

import geopandas as gpd
import pandas as pd

from lsgis.catalogue import Layer, read_facts
from lsgis.intake import fold_name

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


def pair_features(declared: pd.DataFrame, frame: pd.DataFrame, key: str) -> dict[int, int]:
    """Row of the plan for each row of the register that the plan holds.

    A feature whose key the register lacks is known by its name, where only one bears it.
    """
    first = {code: n for n, code in reversed(list(frame[key].items()))}
    pairs = {n: first[code] for n, code in declared[key].items() if code in first}
    left = frame[~frame[key].isin(declared[key])]
    names = left["name_vi"].map(fold_name).astype(object)
    free = names[~names.duplicated(keep=False) & (names != "")]
    by_name = {name: n for n, name in free.items()}
    for n, name in declared["name_vi"].items():
        if n not in pairs and fold_name(name) in by_name:
            pairs[n] = by_name.pop(fold_name(name))
    return pairs


def declared_of(
    declared: pd.DataFrame, frame: pd.DataFrame, pairs: dict[int, int], column: str
) -> pd.Series:
    """What the register declares of each feature; its own words where the register lacks it."""
    known = {row: declared.at[n, column] for n, row in pairs.items()}
    own = frame[column] if column in frame else pd.Series("", index=frame.index)
    said = [known.get(row, cell if isinstance(cell, str) else "") for row, cell in own.items()]
    return pd.Series(said, index=frame.index, dtype=object)
