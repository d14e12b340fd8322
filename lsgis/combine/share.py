"""How much of each feature lies in each place."""

import geopandas as gpd
import numpy as np
import pandas as pd

from lsgis.combine.piece import columns_of_size, cut_pairs, measure
from lsgis.combine.soundness import (
    read_codes,
    require_polygons,
    require_sound,
    require_unique,
    shapes_of,
)
from lsgis.errors import LayerError

_EQUAL = 9  # decimals at which two shares are the same, so that rounding decides no tie


def share_places(
    features: gpd.GeoDataFrame, places: gpd.GeoDataFrame, *, key: str = "commune_code"
) -> pd.DataFrame:
    """List how much of each feature lies in each place it meets.

    Parameters
    ----------
    features
        Points, lines or polygons, EPSG:9215.
    places
        Polygons, EPSG:9215, one row a place.
    key
        Column of `places` with its code (text, unique).

    Returns
    -------
    DataFrame
        One row a feature and place, features in their order, the largest share
        first: `place_code`, `area_m2` (polygons), `length_m` (lines), `share`
        of the feature (0-1; of its points for points). Indexed by the labels
        of the features, repeated. Touching is no meeting, except for a point
        on an edge and a line along one: both places hold those, so shares may
        add up to more than 1. No share is too small to be listed.

    Raises
    ------
    CrsError, LayerError
        As in `join_places`.
    """
    table = share_by_row(features, places, key)
    return table.set_axis(features.index.take(table["row"]), axis=0).drop(columns="row")


def share_by_row(features: gpd.GeoDataFrame, places: gpd.GeoDataFrame, key: str) -> pd.DataFrame:
    """Shares as a table: row (position of the feature), place_code, area_m2, length_m, share."""
    require_sound(features, frame="features")
    require_polygons(places, frame="places")
    codes = read_codes(places, key, frame="places")
    if (codes == "").any():
        raise LayerError(
            "combine.code-missing", frame="places", column=key, found=int((codes == "").sum())
        )
    require_unique(codes, frame="places")
    shapes = shapes_of(features)
    pieces = cut_pairs(shapes, shapes_of(places))
    whole = measure(shapes[pieces.left], pieces.dimension)
    table = pd.DataFrame(
        {
            "row": pieces.left,
            "place_code": codes.to_numpy()[pieces.right],
            **columns_of_size(pieces.dimension, pieces.size),
            "share": np.minimum(pieces.size / whole, 1.0),
        }
    )
    table["rank"] = -table["share"].round(_EQUAL)
    return table.sort_values(["row", "rank", "place_code"], ignore_index=True).drop(columns="rank")
