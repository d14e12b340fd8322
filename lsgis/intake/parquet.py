"""GeoParquet, and Parquet whose geometry nobody described."""

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyproj
import shapely

from lsgis.errors import LayerError
from lsgis.intake.feature import Found

PARQUET = {".parquet", ".geoparquet"}
_SHAPES = ("geometry", "geom", "wkb_geometry", "wkb", "wkt", "shape", "the_geom")


def read_parquet(path: Path) -> Found:
    """Features of a Parquet file; without geo metadata from a column of WKB or WKT, CRS unknown.

    Raises
    ------
    LayerError
        pyarrow is not installed, the file is damaged, or has no geometry.
    """
    try:
        import pyarrow
    except ImportError as error:
        raise LayerError("intake.no-pyarrow", path=path) from error
    broken = (pyarrow.ArrowException, pyproj.exceptions.CRSError, shapely.errors.ShapelyError,
              ValueError, OSError, KeyError, TypeError)  # fmt: skip
    try:
        return Found(gpd.read_parquet(path))
    except broken as first:
        try:
            rows = pd.read_parquet(path)
        except broken as error:
            raise LayerError("intake.unreadable", path=path, reason=error) from error
        return _described(path, rows, first)


def _described(path: Path, rows: pd.DataFrame, first: Exception) -> Found:
    column = next((name for name in _SHAPES if name in rows), None)
    if column is None:
        raise LayerError("intake.no-geometry", path=path, columns=", ".join(map(str, rows)))
    cells = [None if not isinstance(cell, bytes | str) else cell for cell in rows[column]]
    lost, shapes = [], []
    for number, cell in enumerate(cells, start=1):
        read = shapely.from_wkb if isinstance(cell, bytes) else shapely.from_wkt
        shape = None if cell is None else read(cell, on_invalid="ignore")
        shapes.append(shape)
        if cell is not None and shape is None:
            lost.append((number, "no WKB or WKT"))
    frame = gpd.GeoDataFrame(rows.drop(columns=column), geometry=shapes)
    told = [("no-geo-metadata", path.name, str(first)[:200], column)]
    return Found(frame, lost, told)
