"""How far the schematic communes agree with real ones. Nothing here is needed for building."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

STEP = 100.0  # metres between the points at which boundaries are compared


def measure_agreement(
    drawn: gpd.GeoSeries, real: gpd.GeoSeries, inside: gpd.GeoSeries
) -> pd.DataFrame:
    """Table of agreement between drawn and real communes.

    Parameters
    ----------
    drawn, real
        Polygons indexed by commune code, EPSG:9215.
    inside
        A published point inside each real commune, same index and CRS.

    Returns
    -------
    DataFrame
        Columns `measure`, `value`, `unit`. Boundary distances (95 % are
        shorter) are taken both ways, every STEP metres, between the boundary of
        a commune as drawn and as it is, then pooled over communes.
    """
    real = real.make_valid().reindex(drawn.index)
    inside = inside.reindex(drawn.index)
    shares = _overlap(drawn.values, real.values)
    whole = [shapely.union_all(communes.values) for communes in (drawn, real)]
    off = shapely.distance(drawn.values, inside.values)
    rows = [
        ("outline_iou", _text(_overlap(*whole), 3), "share"),
        ("commune_iou_median", _text(np.median(shares), 3), "share"),
        ("commune_iou_mean", _text(shares.mean(), 3), "share"),
        ("commune_iou_least", _text(shares.min(), 3), "share"),
        ("outline_distance_95", _text(_distance_95(*([one] for one in whole)), 0), "m"),
        ("commune_distance_95", _text(_distance_95(drawn.values, real.values), 0), "m"),
        ("inside_point_missed", str((off > 0).sum()), "communes"),
        ("inside_point_distance_greatest", _text(off.max(), 0), "m"),
    ]
    return pd.DataFrame(rows, columns=["measure", "value", "unit"])


def _overlap(one, two):
    """Shared area over joint area (intersection over union, 0-1)."""
    shared = shapely.area(shapely.intersection(one, two))
    return shared / (shapely.area(one) + shapely.area(two) - shared)


def _distance_95(drawn, real) -> float:
    """Distance (m) that 95 % of boundary points stay below, both ways, all pairs pooled."""
    there = [_apart(one, two) for one, two in zip(drawn, real, strict=True)]
    back = [_apart(two, one) for one, two in zip(drawn, real, strict=True)]
    return float(np.quantile(np.concatenate(there + back), 0.95))


def _apart(one: shapely.Geometry, two: shapely.Geometry) -> np.ndarray:
    """Distances (m) from points along the boundary of one shape to that of another."""
    other = shapely.boundary(two)
    shapely.prepare(other)
    rings = shapely.get_parts(shapely.boundary(one))
    points = [
        shapely.line_interpolate_point(ring, np.arange(0, ring.length, STEP)) for ring in rings
    ]
    return shapely.distance(np.concatenate(points), other)


def _text(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}"
