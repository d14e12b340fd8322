"""Shapes as the page holds them: whole steps of a fine grid, each relative to the one before."""

import geopandas as gpd
import numpy as np
import shapely

GRID = 100_000  # steps in a degree
GRID_M = 0.8  # farthest a coordinate moves on that grid, metres
_KINDS = {"Point": "point", "LineString": "line", "LinearRing": "line", "Polygon": "area"}


def read_parts(shape) -> dict[str, list]:
    """Simple parts of a geometry by kind: "point", "line", "area"."""
    parts: dict[str, list] = {}
    for part in shapely.get_parts(shapely.get_parts(shape)):
        parts.setdefault(_KINDS[part.geom_type], []).append(part)
    return parts


def write_coordinates(kind: str, parts: list, grid: int = GRID) -> dict[str, list]:
    """Simple parts of one kind as the page holds them: `at`, `lines` or `areas`."""
    if kind == "point":
        return {"at": [write_steps(part, grid) for part in parts]}
    if kind == "line":
        return {"lines": [write_steps(part, grid) for part in parts]}
    rings = [shapely.get_rings(part) for part in parts]
    return {"areas": [[write_steps(ring, grid) for ring in part] for part in rings]}


def write_steps(line, grid: int = GRID) -> list[int]:
    """Longitude, latitude in grid steps, each pair relative to the pair before; none repeated."""
    corners = np.rint(shapely.get_coordinates(line) * grid).astype(np.int64)
    if line.geom_type == "LinearRing":
        corners = corners[:-1]
    steps = np.vstack([corners[:1], np.diff(corners, axis=0)])
    moved = np.any(steps != 0, axis=1) | (np.arange(len(steps)) == 0)
    return steps[moved].ravel().tolist()


def label_points(shapes: gpd.GeoSeries) -> list:
    """Where a name stands best: deepest inside a polygon, halfway along a line, on a point."""
    points = shapes.representative_point().to_numpy()
    areas = shapes.geom_type.isin(["Polygon", "MultiPolygon"]).to_numpy()
    lines = shapes.geom_type.isin(["LineString", "MultiLineString"]).to_numpy()
    circles = shapely.maximum_inscribed_circle(shapes[areas].to_numpy(), tolerance=0.002)
    points[areas] = shapely.get_point(circles, 0)
    points[lines] = shapely.line_interpolate_point(
        shapely.get_geometry(shapes[lines].to_numpy(), 0), 0.5, normalized=True
    )
    return list(points)
