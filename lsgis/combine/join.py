"""Joins: which place holds a feature, and facts on codes."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from lsgis.combine.overlay import (
    SURENESS,
    combined_m,
    is_located,
    not_computed,
    provisional,
    read_codes,
    require_unique,
    shapes_of,
    share_by_row,
)
from lsgis.errors import LayerError
from lsgis.hollow import without_hollows

# Which place (commune, zone) holds each feature, held against what was declared.


def join_places(
    features: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame,
    *,
    key: str = "commune_code",
    declared: str | None = "commune_codes",
    min_share: float = 1e-6,
) -> gpd.GeoDataFrame:
    """Find the place that holds each feature and hold it against the declared ones.

    Every feature keeps its row and index. Polygons go by share of area, lines
    by length, points by position.

    Parameters
    ----------
    features
        Points, lines or polygons, VN-2000 metres; missing geometry is allowed.
    places
        Polygons, VN-2000 metres, one row a place; they may overlap or leave gaps.
    key
        Column of `places` with its code (text, unique).
    declared
        Column of `features` with the codes a document gives, joined by ";".
        None when nothing was declared.
    min_share
        A share at or below it names no place: at one millionth it keeps out
        what rounding leaves along a common edge. `share_places` lists them all.

    Returns
    -------
    GeoDataFrame
        The features with these columns (replaced if there):
        `place_code` of the largest share (of equal ones the smallest code; ""
        when none); `place_share` (0-1, NaN when none); `place_count`;
        `place_shares`, e.g. "06385 0.62; 06457 0.38";
        `place_declared_share`, the part of the feature in declared places;
        `place_status`: "agrees" (every place found is declared), "conflicts"
        (one is not: see how much by `place_declared_share`), "undeclared",
        "outside" (in no place), "not_located" (no geometry), "not_computed" (what it shares
        with a place could not be: nothing else is said then). With a column
        `accuracy_m`: `place_within_accuracy`, True when a declared place lies
        within that distance of the feature, so that the stated accuracy may
        explain a conflict; False too when no accuracy is stated. Of places that state
        them: `place_quality`, `place_accuracy_m` of `place_code`; `e_m`, with the
        feature's own accuracy (m, 95 %); `provisional`, where the place is a composed
        zone of which parts are not located.

    Raises
    ------
    CrsError
        A frame is not in VN-2000 metres, or the two lie in different planes.
    LayerError
        A column or code is missing, a code is no text or stands twice, or a
        geometry is invalid or of a kind not allowed.
    """
    features = without_hollows(features)
    shares = share_by_row(features, places, key)
    unknown = np.isin(np.arange(len(features)), shares.loc[not_computed(shares), "row"])
    shares = shares[(shares["share"] > min_share) & ~unknown[shares["row"]]]
    wanted = _declared(features, declared)
    located = is_located(features).to_numpy()
    found = _summary(shares, wanted, len(features))
    found["place_status"] = np.select(
        [
            ~located,
            unknown,
            found["place_count"] == 0,
            ~np.isin(np.arange(len(features)), wanted["row"]),
        ],
        ["not_located", "not_computed", "outside", "undeclared"],
        np.where(found.pop("agreeing") == found["place_count"], "agrees", "conflicts"),
    )
    found.loc[unknown, "place_declared_share"] = np.nan
    if "accuracy_m" in features.columns:
        found["place_within_accuracy"] = _within_accuracy(features, places, key, wanted)
    found = found.assign(**_sureness(found["place_code"], features, places, key))
    return features.assign(**{name: found[name].to_numpy() for name in found})


def _sureness(
    codes: pd.Series, features: gpd.GeoDataFrame, places: gpd.GeoDataFrame, key: str
) -> dict[str, pd.Series | np.ndarray]:
    """How sure the place of each feature is, as far as places state it."""
    keyed = pd.DataFrame(places).set_index(key)
    stated = [name for name in SURENESS if name in keyed]
    told: dict[str, pd.Series | np.ndarray] = {
        f"place_{name}": codes.map(keyed[name]) for name in stated
    }
    if "accuracy_m" in keyed and "accuracy_m" in features.columns:
        told["e_m"] = combined_m(features["accuracy_m"], told["place_accuracy_m"])
    if "not_located" in keyed:
        told["provisional"] = codes.map(provisional(keyed)).eq(True)
    return told


def _declared(features: gpd.GeoDataFrame, column: str | None) -> pd.DataFrame:
    """Table row (position of the feature), place_code: one row a declared code."""
    if column is None:
        none = np.array([], dtype=object)
        return pd.DataFrame({"row": none.astype(int), "place_code": none})
    codes = read_codes(features, column, frame="features").reset_index(drop=True)
    each = codes.str.split(";").explode().astype(object).str.strip().rename("place_code")
    table = each.rename_axis("row").reset_index()
    return table[table["place_code"].fillna("") != ""].drop_duplicates(ignore_index=True)


def _summary(shares: pd.DataFrame, wanted: pd.DataFrame, count: int) -> pd.DataFrame:
    """One row a feature: the place columns, and how many of its places were declared."""
    pairs = zip(shares["place_code"], shares["share"], strict=True)
    text = [f"{code} {share:.4g}" for code, share in pairs]
    shares = shares.assign(text=pd.Series(text, index=shares.index, dtype=object))
    agreeing = shares.merge(wanted, on=["row", "place_code"]).groupby("row")["share"]
    by_row = shares.groupby("row")
    rows = pd.RangeIndex(count)
    return pd.DataFrame(
        {
            "place_code": by_row["place_code"].first().reindex(rows, fill_value=""),
            "place_share": by_row["share"].first().reindex(rows),
            "place_count": by_row.size().reindex(rows, fill_value=0),
            "place_shares": by_row["text"].agg("; ".join).reindex(rows, fill_value=""),
            "place_declared_share": agreeing.sum().reindex(rows, fill_value=0.0).clip(upper=1.0),
            "agreeing": agreeing.size().reindex(rows, fill_value=0),
        }
    )


def _within_accuracy(
    features: gpd.GeoDataFrame, places: gpd.GeoDataFrame, key: str, wanted: pd.DataFrame
) -> np.ndarray:
    """Whether a declared place lies within the stated accuracy of each feature."""
    known = pd.Series(np.arange(len(places)), index=places[key].to_numpy())
    pairs = wanted[wanted["place_code"].isin(known.index)]
    row = pairs["row"].to_numpy(dtype=int)
    grounds = shapes_of(places)
    shapely.prepare(grounds)
    accuracy = pd.to_numeric(features["accuracy_m"]).to_numpy(dtype=float)
    shapes = shapes_of(features)
    near = shapely.dwithin(
        grounds[known[pairs["place_code"]].to_numpy()], shapes[row], accuracy[row]
    )
    within = np.zeros(len(features), dtype=bool)
    within[row[near]] = True
    return within


# Facts from a table, joined to features by a code.


def join_facts(
    features: gpd.GeoDataFrame,
    facts: pd.DataFrame | Sequence[pd.DataFrame],
    *,
    on: str = "commune_code",
) -> gpd.GeoDataFrame:
    """Add the facts of a table, or of several, to the features that carry the same code.

    Every feature keeps its row, place and index, also those without a fact or
    without geometry. Codes are compared as written: names never join.

    Parameters
    ----------
    features
        Any frame with the column `on`; a code may stand in several rows.
    facts
        A table with the column `on`, one row a code; or several such tables.
    on
        Column of codes, text in both.

    Returns
    -------
    GeoDataFrame
        The columns of `features`, those of `facts`, and `matched` (bool): a
        row of facts was found, in each table. Facts of unmatched features are missing
        values. Facts that no feature asked for: `unmatched_facts`. How sure facts are of
        their place is theirs alone: `facts_quality`, `facts_accuracy_m` (`_2` and so on
        of further tables), and `e_m` where features and facts state an accuracy (m).

    Raises
    ------
    LayerError
        `on` is missing, holds numbers (leading zeros are lost), stands twice
        among the facts, or another column stands in both tables.
    """
    tables = [facts] if isinstance(facts, pd.DataFrame) else [*facts]
    joined, matched, accuracies = features, np.ones(len(features), dtype=bool), []
    for n, table in enumerate(tables, start=1):
        ending = "" if n == 1 else f"_{n}"
        joined = _with_facts(
            joined, table.rename(columns={name: f"facts_{name}{ending}" for name in SURENESS}), on
        )
        matched &= joined.pop("matched").to_numpy()
        accuracies.append(f"facts_accuracy_m{ending}")
    if all(name in joined.columns for name in ("accuracy_m", *accuracies)):
        joined["e_m"] = combined_m(joined["accuracy_m"], *(joined[name] for name in accuracies))
    return joined.assign(matched=matched)


def _with_facts(features: gpd.GeoDataFrame, facts: pd.DataFrame, on: str) -> gpd.GeoDataFrame:
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
