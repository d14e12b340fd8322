"""What of a layer somebody has located: how much of what is declared, drawn as what."""

from typing import TYPE_CHECKING

import numpy as np
import shapely

from lsgis.catalogue.layer import GEOMETRIES, Layer

if TYPE_CHECKING:  # whoever asks has frames; a check of one site does not
    import geopandas as gpd
    import pandas as pd

COLUMNS = ["layer", "by", "value", "expected", "listed", "located"]


def count_located(layer: Layer, features: "gpd.GeoDataFrame") -> "pd.DataFrame":
    """Count the features of a layer against what the Decision expects of it.

    Rows whose `in_decision` is "unconfirmed" never count: nobody has read that
    the Decision means them.

    Parameters
    ----------
    layer
        Catalogue layer with its expected counts.
    features
        Its features; a missing or empty geometry is declared, not located.

    Returns
    -------
    DataFrame
        One row for the total (`by` = "total"), one for each type and phase the
        Decision counts: `layer`, `by`, `value`, `expected` (missing when the
        Decision states no count), `listed` (named, with or without a place),
        `located`.
    """
    import pandas as pd

    rows = features
    if "in_decision" in rows:
        rows = rows[rows["in_decision"] != "unconfirmed"]
    expected = layer.expected
    counted = rows
    if expected.by_type and "kind" in rows:
        counted = rows[rows["kind"].isin(expected.by_type)]
    found = [_row(layer, "total", "", expected.count, counted)]
    for column, numbers in (("kind", expected.by_type), ("phase", expected.by_phase)):
        for value, number in numbers.items():
            part = counted[counted[column] == value] if column in counted else counted.iloc[:0]
            found.append(_row(layer, column, value, number, part))
    table = pd.DataFrame(found, columns=COLUMNS)
    return table.astype({"expected": "Int64", "listed": "int64", "located": "int64"})


def _row(layer: Layer, by: str, value: str, expected: int | None, rows) -> list[object]:
    here = rows[~shapely.is_missing(rows.geometry.values) & ~shapely.is_empty(rows.geometry.values)]
    unit = layer.expected.unit
    listed, located = (
        part[unit].nunique() if unit in part and unit != "feature" else len(part)
        for part in (rows, here)
    )
    return [layer.name, by, value, expected, listed, located]


def drawn_geometry(layer: Layer, features: "gpd.GeoDataFrame") -> str:
    """What the located features of a layer are: "Point", "LineString" or "Polygon".

    Parameters
    ----------
    layer
        Catalogue layer; its own geometry stands where nothing is located.
    features
        Its features, all of one dimension; of several, the highest is told.
    """
    dimensions = shapely.get_dimensions(np.asarray(features.geometry, dtype=object))
    highest = int(dimensions.max(initial=-1))
    return GEOMETRIES[highest] if highest >= 0 else layer.geometry
