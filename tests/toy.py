"""Toy shapes one can see: squares of so many metres around a round corner in the province."""

from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from lsgis.crs import plane_of

VN2000 = plane_of()  # the plane of the embedded region
EAST, NORTH = 440_000, 2_420_000  # where a toy's (0, 0) lies unless said otherwise; EPSG:9215


def here(shape: Any, corner: tuple[float, float] = (EAST, NORTH)) -> Any:
    """A shape (or several) drawn around (0, 0), moved to where the province lies."""
    return None if shape is None else shapely.transform(shape, lambda xy: np.add(xy, corner))


def box(x0: float, y0: float, x1: float, y1: float) -> shapely.Polygon:
    """A rectangle, metres from the corner."""
    return shapely.box(EAST + x0, NORTH + y0, EAST + x1, NORTH + y1)


def square(x: float, y: float, size: float = 100) -> shapely.Polygon:
    """A square of so many metres, its lower left so far from the corner; a hectare."""
    return box(x, y, x + size, y + size)


def frame(*shapes: Any, crs: Any = VN2000, **columns: Any) -> gpd.GeoDataFrame:
    """Shapes as features, where they lie."""
    return gpd.GeoDataFrame({**columns, "geometry": list(shapes)}, crs=crs)


def placed(*shapes: Any, **columns: Any) -> gpd.GeoDataFrame:
    """Shapes drawn around (0, 0) as features, moved to where the province lies."""
    return frame(*map(here, shapes), **columns)


def block(*shapes: Any, crs: Any = VN2000) -> gpd.GeoDataFrame:
    """Polygons with codes 1, 2, ... and names."""
    codes = [str(n + 1) for n in range(len(shapes))]
    return frame(*shapes, crs=crs, code=codes, name_vi=[f"Xã {code}" for code in codes])
