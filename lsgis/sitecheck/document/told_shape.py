"""Shapes as values that a report can hold: GeoJSON geometries."""

from typing import Any

import shapely


def to_geojson(shape: shapely.Geometry | None, *, digits: int | None = None) -> dict | None:
    """A shape as a GeoJSON geometry; coordinates rounded to `digits`, or as they are."""
    if shape is None:
        return None
    if shape.geom_type == "GeometryCollection":
        parts = [to_geojson(part, digits=digits) for part in shape.geoms]
        return {"type": "GeometryCollection", "geometries": parts}
    return {"type": shape.geom_type, "coordinates": _coordinates(shape, digits)}


def _coordinates(shape: shapely.Geometry, digits: int | None) -> Any:
    if hasattr(shape, "geoms"):
        return [_coordinates(part, digits) for part in shape.geoms]
    if shape.geom_type == "Polygon" and not len(shape.interiors):
        corners = shapely.get_coordinates(shape)
        return [(corners if digits is None else corners.round(digits)).tolist()]
    if shape.geom_type == "Polygon":
        return [_coordinates(ring, digits) for ring in (shape.exterior, *shape.interiors)]
    corners = shapely.get_coordinates(shape)
    told = (corners if digits is None else corners.round(digits)).tolist()
    return told[0] if shape.geom_type == "Point" else told
