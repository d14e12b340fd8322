"""The rows of a frame made fit to look at: plain columns, text keys, numbers that are numbers."""

import geopandas as gpd
import numpy as np
import pandas as pd

from lsgis.catalogue import Layer
from lsgis.errors import LayerError


def plain_rows(features: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The same features with text column names and scalar cells, numbered from 0.

    Raises
    ------
    LayerError
        What was given has no geometry column.
    """
    is_frame = isinstance(features, gpd.GeoDataFrame) and features.active_geometry_name is not None
    shapes = features.geometry if is_frame else None
    if not isinstance(shapes, gpd.GeoSeries):
        raise LayerError("check.no-geometry", found=type(features).__name__)
    columns: dict[str, pd.Series] = {}
    for place, name in enumerate(features.columns):
        if name != shapes.name:
            columns.setdefault(str(name), _plain(features.iloc[:, place]))
    columns.pop("geometry", None)
    table = pd.DataFrame(columns, index=pd.RangeIndex(len(features)))
    return gpd.GeoDataFrame(table, geometry=shapes.values, crs=features.crs)


def _plain(column: pd.Series) -> pd.Series:
    """A column whose cells can be compared: lists and shapes as text, missing as None."""
    column = column.reset_index(drop=True)
    if column.dtype != object and not hasattr(column.dtype, "na_value"):
        return column
    plain = [cell if pd.api.types.is_scalar(cell) else str(cell) for cell in column]
    cells = pd.Series(plain, dtype=object)  # never inferred: a whole number may pass any width
    return cells.where(cells.notna(), None)


def blank(column: pd.Series) -> np.ndarray:
    """Where a column says nothing: missing, or text of spaces only."""
    empty = column.map(lambda cell: isinstance(cell, str) and not cell.strip())
    return column.isna().to_numpy(dtype=bool) | empty.to_numpy(dtype=bool)


def name_features(rows: gpd.GeoDataFrame, layer: Layer) -> np.ndarray:
    """What to call each feature: its key as text, "#n" (counted from 1) where it has none."""
    numbers = np.array([f"#{n + 1}" for n in range(len(rows))], dtype=object)
    if layer.key not in rows:
        return numbers
    keys = rows[layer.key]
    return np.where(blank(keys), numbers, keys.map(str).to_numpy(dtype=object))


def numbers_in(column: pd.Series) -> np.ndarray:
    """The finite numbers of a column, NaN where a cell is none."""
    found = np.array([_number(cell) for cell in column], dtype=float)
    return np.where(np.isfinite(found), found, np.nan)


def _number(cell: object) -> float:
    try:
        return float(cell)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return np.nan
