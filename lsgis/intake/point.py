"""Features of a table: from a column of WKT, or from two columns of coordinates."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from lsgis.errors import LayerError
from lsgis.intake.feature import Found, Lost
from lsgis.intake.grid import read_grid
from lsgis.intake.name import bare_name
from lsgis.intake.number import learn_marks, read_cell

_SHAPES = ("wkt", "geom", "geometry", "thegeom", "hinhhoc", "shape")
_PAIRS = (
    ("lon", "lat"), ("long", "lat"), ("lng", "lat"), ("longitude", "latitude"),
    ("kinhdo", "vido"), ("easting", "northing"), ("dong", "bac"), ("x", "y"), ("xm", "ym"),
    ("toadox", "toadoy"), ("xcoord", "ycoord"), ("pointx", "pointy"), ("coordx", "coordy"),
    ("toadoxm", "toadoym"), ("hoanhdo", "tungdo"), ("hoanhdom", "tungdom"), ("hoanhdoy", "tungdox"),
    ("e", "n"), ("east", "north"), ("kinhdol", "vidob"), ("kinhdod", "vidob"),
)  # fmt: skip
_NORTHING = 1_000_000  # m: no easting in Viet Nam reaches it, no northing falls short of it


def read_rows(path: Path, layer: str | None) -> Found:
    """Rows of a table with their geometry; a row without a sound one keeps its cells.

    Raises
    ------
    LayerError
        No column of WKT, and no two columns of coordinates.
    """
    found = read_grid(path, layer)
    rows = found.frame
    folded = {bare_name(name): name for name in reversed(list(rows.columns))}
    shape = next((folded[name] for name in _SHAPES if name in folded), None)
    pair = next(((folded[a], folded[b]) for a, b in _PAIRS if a in folded and b in folded), None)
    if shape is not None:
        shapes, lost = _from_wkt(rows[shape])
        rows = rows.drop(columns=shape)
    elif pair is not None:
        shapes, lost = _from_pair(rows, pair, found)
    else:
        columns = ", ".join(map(str, rows.columns))
        raise LayerError("intake.no-geometry", path=path, columns=columns)
    shapes[[number - 1 for number, _ in found.lost]] = None  # cells that moved make no place
    found.lost = sorted(dict([*lost, *found.lost]).items())
    found.frame = gpd.GeoDataFrame(rows, geometry=shapes)
    return found


def _from_wkt(texts: pd.Series) -> tuple[np.ndarray, list[Lost]]:
    values = [text if isinstance(text, str) else None for text in texts]
    shapes = shapely.from_wkt(np.array(values, dtype=object), on_invalid="ignore")
    lost = [
        (number, f"no WKT: {text[:60]!r}")
        for number, (text, shape) in enumerate(zip(values, shapes, strict=True), start=1)
        if text is not None and shape is None
    ]
    return shapes, lost


def _from_pair(
    rows: pd.DataFrame, pair: tuple[str, str], found: Found
) -> tuple[np.ndarray, list[Lost]]:
    """Points; X and Y as Vietnamese tables print them (X north) are turned, and told."""
    x, y = (_numbers(rows[name]) for name in pair)
    both = np.isfinite(x) & np.isfinite(y)
    if both.any() and (x[both] >= _NORTHING).all() and (y[both] < _NORTHING).all():
        x, y = y, x
        found.told.append(("axes", ", ".join(pair), "northing, easting", "easting, northing"))
    shapes = np.full(len(rows), None, dtype=object)
    shapes[both] = shapely.points(x[both], y[both])
    stated = rows[list(pair)].notna().any(axis=1).to_numpy(dtype=bool)
    lost = [
        (int(i) + 1, f"no coordinates: {rows[pair[0]].iloc[i]!r}, {rows[pair[1]].iloc[i]!r}")
        for i in np.flatnonzero(stated & ~both)
    ]
    return shapes, lost


def _numbers(cells: pd.Series) -> np.ndarray:
    """Numbers of a column as offices write them; what its other cells leave open is a decimal."""
    marks = learn_marks(cells)
    ways = map(read_cell, cells)
    values = [None if not found else marks.choose(found) for found in ways]
    return np.array([np.nan if number is None else number.value for number in values], dtype=float)
