"""Two sets of features laid over each other, and layers stacked to be laid at once."""

from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from lsgis.combine.piece import columns_of_size, cut_pairs, measure
from lsgis.combine.soundness import read_codes, require_columns, require_sound, shapes_of
from lsgis.crs import VN2000, require_vn2000
from lsgis.errors import LayerError

MEASURED = {"area_m2", "length_m", "share_left", "share_right", "geometry"}


def overlay_zones(
    left: gpd.GeoDataFrame,
    right: gpd.GeoDataFrame,
    *,
    left_key: str,
    right_key: str,
    left_columns: Sequence[str] = (),
    right_columns: Sequence[str] = (),
) -> gpd.GeoDataFrame:
    """Find every pair of features that overlap, and measure what they share.

    No overlap is dropped or rounded, however small. A piece has the lower
    dimension of the two: polygons on polygons have an area, lines on polygons
    a length, points only a share; two polygons that touch share nothing.

    Parameters
    ----------
    left, right
        Any features, EPSG:9215; one layer or several stacked (`stack_zones`).
        Features of one side may overlap, so shares may add up to more than 1.
        Rows without geometry are in no pair; `not_located` lists them.
    left_key, right_key
        Column that names a feature on each side.
    left_columns, right_columns
        Further columns to carry into the result.

    Returns
    -------
    GeoDataFrame
        One row a pair, in the order of left, then right: the keys, `layer` of a
        stacked side, the columns asked for (a name that both sides have, or that
        is measured here, gets `_left`, `_right`), `area_m2`, `length_m` (NaN in another dimension),
        `share_left`, `share_right` (0-1 of each feature, NaN for a side of a
        higher dimension than the piece) and the geometry of the piece.

    Raises
    ------
    CrsError
        A frame is not in EPSG:9215.
    LayerError
        A column is missing, or a geometry is invalid or a collection.
    """
    require_sound(left, frame="left")
    require_sound(right, frame="right")
    carried = [_carried(left, left_key, left_columns, "left")]
    carried.append(_carried(right, right_key, right_columns, "right"))
    shapes = [shapes_of(side) for side in (left, right)]
    pieces = cut_pairs(*shapes)
    both = set(carried[0]) & set(carried[1]) | MEASURED
    rows: dict[str, object] = {}
    for side, table, at in zip(
        ("left", "right"), carried, (pieces.left, pieces.right), strict=True
    ):
        for column in table.columns:
            name = f"{column}_{side}" if column in both else column
            rows[name] = table[column].array.take(at)
    rows |= columns_of_size(pieces.dimension, pieces.size)
    rows["share_left"] = _share(pieces.size, pieces.dimension, shapes[0][pieces.left])
    rows["share_right"] = _share(pieces.size, pieces.dimension, shapes[1][pieces.right])
    return gpd.GeoDataFrame(rows, geometry=pieces.shape, crs=VN2000)


def _carried(
    features: gpd.GeoDataFrame, key: str, columns: Sequence[str], frame: str
) -> pd.DataFrame:
    """Columns of one side that go into the result: layer, key, and those asked for."""
    stacked = ["layer"] if "layer" in features.columns else []
    names = list(dict.fromkeys([*stacked, key, *columns]))
    require_columns(features, *names, frame=frame)
    return pd.DataFrame(features)[names]


def _share(size: np.ndarray, dimension: np.ndarray, shapes: np.ndarray) -> np.ndarray:
    whole = measure(shapes, dimension)
    same = shapely.get_dimensions(shapes) == dimension
    share = np.full(size.shape, np.nan)
    return np.minimum(np.divide(size, whole, out=share, where=same & (whole > 0)), 1.0)


def stack_zones(
    frames: Mapping[str, gpd.GeoDataFrame], *, keys: Mapping[str, str] | str
) -> gpd.GeoDataFrame:
    """Put several layers into one frame, so that one overlay answers for all.

    Parameters
    ----------
    frames
        Layers by name, EPSG:9215; rows without geometry are kept.
    keys
        Key column of each layer, or the one that all have. Codes are text.

    Returns
    -------
    GeoDataFrame
        Columns `layer`, `key`, then those that every layer has, and the
        geometry; a new index. A layer without rows adds none.

    Raises
    ------
    LayerError
        No layer, a layer without a key column, or keys that are no text.
    """
    if not frames:
        raise LayerError("combine.no-frames")
    lacking = [name for name in frames if not isinstance(keys, str) and name not in keys]
    if lacking:
        raise LayerError("combine.no-key", found=", ".join(lacking))
    layers = []
    for name, frame in frames.items():
        require_vn2000(frame)
        key = keys if isinstance(keys, str) else keys[name]
        codes = read_codes(frame, key, frame=name)
        plain = frame.rename_geometry("geometry") if frame.geometry.name != "geometry" else frame
        plain = plain.drop(columns=[*{key, "key", "layer"} & set(frame.columns)])
        plain.insert(0, "key", codes)
        plain.insert(0, "layer", name)
        layers.append(plain)
    filled = [layer for layer in layers if len(layer)] or layers[:1]
    return pd.concat(filled, join="inner", ignore_index=True)
