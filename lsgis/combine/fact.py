"""Facts from a table, joined to features by a code."""

import geopandas as gpd
import pandas as pd

from lsgis.combine.soundness import read_codes, require_unique
from lsgis.errors import LayerError


def join_facts(
    features: gpd.GeoDataFrame, facts: pd.DataFrame, *, on: str = "commune_code"
) -> gpd.GeoDataFrame:
    """Add the facts of a table to the features that carry the same code.

    Every feature keeps its row, place and index, also those without a fact or
    without geometry. Codes are compared as written: names never join.

    Parameters
    ----------
    features
        Any frame with the column `on`; a code may stand in several rows.
    facts
        A table with the column `on`, one row a code.
    on
        Column of codes, text in both.

    Returns
    -------
    GeoDataFrame
        The columns of `features`, those of `facts`, and `matched` (bool): a
        row of facts was found. Facts of unmatched features are missing values.
        Facts that no feature asked for: `unmatched_facts`.

    Raises
    ------
    LayerError
        `on` is missing, holds numbers (leading zeros are lost), stands twice
        among the facts, or another column stands in both tables.
    """
    asked = read_codes(features, on, frame="features")
    known = read_codes(facts, on, frame="facts")
    require_unique(known[known != ""], frame="facts")
    added = [column for column in facts.columns if column != on]
    shared = [column for column in [*added, "matched"] if column in features.columns]
    shared += ["matched"] if "matched" in added else []
    if shared:
        raise LayerError("combine.shared-columns", found=", ".join(shared))
    coded = pd.DataFrame(facts)[added].set_axis(known.to_numpy(), axis=0)
    found = coded[coded.index != ""].reindex(asked.to_numpy()).set_axis(features.index, axis=0)
    matched = asked.isin(set(known) - {""})
    return features.assign(**dict(found.items()), matched=matched)


def unmatched_facts(
    features: gpd.GeoDataFrame, facts: pd.DataFrame, *, on: str = "commune_code"
) -> pd.DataFrame:
    """Rows of facts whose code no feature carries, rows without a code among them."""
    asked = read_codes(features, on, frame="features")
    known = read_codes(facts, on, frame="facts")
    return facts[~known.isin(set(asked) - {""})].copy()
