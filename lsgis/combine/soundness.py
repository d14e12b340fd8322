"""What every function of this room asks of its frames; nothing is repaired here."""

from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from lsgis.crs import require_vn2000
from lsgis.errors import LayerError

SHOWN = 8  # how many features a message names before "and so many more"
LABELS = ("key", "part", "code", "commune_code", "name_vi")  # what a message calls a feature by
KINDS = ("points", "lines", "polygons")  # by dimension
_COLLECTION = 7  # shapely type id: no single dimension


def shapes_of(features: gpd.GeoDataFrame) -> np.ndarray:
    """Geometries of a frame as an array, None where missing."""
    return np.asarray(features.geometry.values, dtype=object)


def is_located(features: gpd.GeoDataFrame) -> pd.Series:
    """True for each feature that has a geometry, on the index of the frame."""
    shapes = shapes_of(features)
    missing = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    return pd.Series(~missing, index=features.index)


def not_located(features: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Features that have no geometry: declared, but nobody has located them.

    Functions that return pieces (`clip_to`, `overlay_zones`) can hold no piece
    of them; show these rows beside the pieces, or "no data" reads as "nothing".
    """
    return features[~is_located(features)].copy()


def require_sound(
    features: gpd.GeoDataFrame, *, frame: str, dimensions: Iterable[int] = (0, 1, 2)
) -> None:
    """Refuse a frame that cannot be measured as it is.

    Parameters
    ----------
    features
        Any features; rows without geometry are allowed.
    frame
        What a message calls the frame, e.g. "boundary".
    dimensions
        Geometry allowed: 0 points, 1 lines, 2 polygons. Collections never are.

    Raises
    ------
    CrsError
        Not in EPSG:9215.
    LayerError
        Features are invalid, or not of the dimensions allowed; they are named.
    """
    require_vn2000(features)
    shapes = shapes_of(features)
    located = is_located(features).to_numpy()
    kinds = shapely.get_dimensions(shapes)
    mixed = shapely.get_type_id(shapes) == _COLLECTION
    wrong = located & (mixed | ~np.isin(kinds, list(dimensions)))
    if wrong.any():
        expected = " / ".join(KINDS[n] for n in dimensions)
        found = _named(features, wrong, features.geom_type[wrong])
        raise LayerError("combine.wrong-geometry", frame=frame, expected=expected, found=found)
    bad = located & ~shapely.is_valid(shapes)
    if bad.any():
        found = _named(features, bad, shapely.is_valid_reason(shapes[bad]))
        raise LayerError("combine.invalid-geometry", frame=frame, found=found)


def require_polygons(features: gpd.GeoDataFrame, *, frame: str) -> None:
    """Refuse a frame that is not all valid polygons, at least one of them located."""
    require_sound(features, frame=frame, dimensions=(2,))
    if not is_located(features).any():
        raise LayerError("combine.no-polygon", frame=frame)


def require_columns(table: pd.DataFrame, *columns: str, frame: str) -> None:
    """Refuse a table that lacks one of the columns."""
    missing = [column for column in columns if column not in table.columns]
    if missing:
        found = ", ".join(map(str, table.columns))
        raise LayerError(
            "combine.missing-column", frame=frame, expected=", ".join(missing), found=found
        )


def read_codes(table: pd.DataFrame, column: str, *, frame: str) -> pd.Series:
    """Codes of a column, missing ones as ""; numbers are refused, they lost their zeros."""
    require_columns(table, column, frame=frame)
    codes = table[column].astype(object).where(table[column].notna(), "")
    other = [code for code in codes if not isinstance(code, str)]
    if other:
        found = f"{other[0]!r} ({type(other[0]).__name__})"
        raise LayerError("combine.code-not-text", frame=frame, column=column, found=found)
    return codes


def require_unique(codes: pd.Series, *, frame: str) -> None:
    """Refuse codes that stand twice."""
    twice = sorted(set(codes[codes.duplicated()]))
    if twice:
        found = _listed(twice)
        raise LayerError("combine.code-twice", frame=frame, column=codes.name, found=found)


def _named(features: gpd.GeoDataFrame, rows: np.ndarray, reasons: Iterable[str]) -> str:
    """Features with the reason each is refused for, by their code where they have one."""
    label = next((name for name in LABELS if name in features.columns), None)
    names = features.index[rows] if label is None else features.loc[rows, label]
    return _listed([f"{name} ({reason})" for name, reason in zip(names, reasons, strict=True)])


def _listed(names: list[str]) -> str:
    rest = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f", … (+{rest})" if rest > 0 else "")
