"""Geometries of a GeoPackage that are there and cannot be read, which readers pass over."""

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import shapely

Lost = tuple[int, str]
_COLUMN = "select column_name from gpkg_geometry_columns where lower(table_name) = lower(?)"


def lost_in_geopackage(path: Path, layer: str | None, shapes: np.ndarray) -> list[Lost]:
    """Rows whose geometry is stored and was not read: (number from 1, reason)."""
    absent = shapely.is_missing(shapes)
    if layer is None or not absent.any():
        return []
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as file:
            (column,) = file.execute(_COLUMN, (layer,)).fetchone()
            name, table = (text.replace('"', '""') for text in (column, layer))
            rows = file.execute(f'select length("{name}") from "{table}" order by rowid')
            sizes = [size for (size,) in rows]
    except (sqlite3.Error, TypeError):
        return []
    if len(sizes) != len(shapes):
        return []
    return [
        (number, f"geometry of {size} bytes cannot be read")
        for number, (size, gone) in enumerate(zip(sizes, absent, strict=True), start=1)
        if gone and size
    ]
