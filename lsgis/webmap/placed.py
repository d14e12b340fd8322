"""What can be drawn on a page of issues, and where to look first."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from lsgis.check import Issue
from lsgis.check.shape import finite_shapes
from lsgis.crs import VN2000, to_vn2000, to_wgs84
from lsgis.intake.region import province_in

# Widths of the province around it: beyond that a feature is not drawn, and counted.
_FAR = 5
# So far beyond the province the first look may reach; what lies farther is a click away.
_BESIDE = 0.25
# Beyond so many vertices a shape of an issue is drawn a hand's breadth coarser.
_HEAVY, _COARSE_M = 2_000, 0.1


def on_the_map(shapes: np.ndarray, crs: pyproj.CRS) -> np.ndarray:
    """Shapes with finite coordinates not too far to be drawn; None in place of the others."""
    known, box = finite_shapes(shapes), province_in(crs, margin=_FAR)
    if box is None:
        return np.full(len(known), None, dtype=object)
    known[~shapely.covered_by(shapely.envelope(known), shapely.box(*box))] = None
    return known


def drawable(frame: gpd.GeoDataFrame) -> np.ndarray:
    """Geometries of a frame in EPSG:9215 metres; None for what has no place to be drawn."""
    if frame.crs is None:
        return np.full(len(frame), None, dtype=object)
    known = on_the_map(np.asarray(frame.geometry, dtype=object), frame.crs)
    if shapely.is_missing(known).all():  # perhaps there is no way from its CRS
        return known
    moved = to_vn2000(gpd.GeoDataFrame(geometry=known, crs=frame.crs))
    return np.asarray(moved.geometry, dtype=object)


def in_degrees(shapes: np.ndarray) -> np.ndarray:
    """Shapes from EPSG:9215 to WGS 84; missing ones stay missing."""
    if shapely.is_missing(shapes).all():
        return shapes
    frame = to_wgs84(gpd.GeoDataFrame(geometry=shapes, crs=VN2000))
    return np.asarray(frame.geometry, dtype=object)


def placed_issues(issues: Sequence[Issue]) -> list[Issue]:
    """The same issues, without places and shapes that cannot be drawn."""
    places = on_the_map(_array(issue.place for issue in issues), VN2000)
    shapes = on_the_map(_array(issue.shape for issue in issues), VN2000)
    return [
        replace(issue, place=place, shape=shape)
        for issue, place, shape in zip(issues, places, shapes, strict=True)
    ]


def places_of(issues: Iterable[Issue]) -> np.ndarray:
    """Every coordinate (n, 2) that issues have, of their places and of their shapes."""
    found = [shape for issue in issues for shape in (issue.place, issue.shape) if shape is not None]
    return shapely.get_coordinates(_array(found))


def lighter(shapes: Iterable[shapely.Geometry | None]) -> np.ndarray:
    """The same shapes, those of very many vertices with fewer."""
    known = _array(shapes)
    heavy = shapely.get_num_coordinates(known) > _HEAVY
    known[heavy] = shapely.simplify(known[heavy], _COARSE_M)
    return known


def first_look(
    places: np.ndarray, frames: Sequence[tuple[gpd.GeoDataFrame, bool]]
) -> list[list[float]]:
    """South-west and north-east (degrees) of what is worth seeing first, in and near the province.

    Parameters
    ----------
    places
        Coordinates (n, 2) of the issues, EPSG:9215.
    frames
        What lies below them, and whether it is the backdrop: where there is
        one, it counts and the other features do not.
    """
    behind = [frame for frame, backdrop in frames if backdrop] or [frame for frame, _ in frames]
    shapes = [drawable(frame) for frame in behind]
    located = np.concatenate([*shapes, shapely.points(places)])
    here = _here()
    whole = shapely.envelope(shapely.geometrycollections(shapely.envelope(located)))
    near = shapely.intersection(whole, here)
    seen = here if near.is_empty else near
    west, south, east, north = in_degrees(np.array([seen]))[0].bounds
    return [[round(south, 6), round(west, 6)], [round(north, 6), round(east, 6)]]


def _here() -> shapely.Polygon:
    """The province and what lies just beside it, EPSG:9215."""
    box = province_in(VN2000, margin=_BESIDE)
    assert box is not None
    return shapely.box(*box)


def _array(shapes: Iterable[shapely.Geometry | None]) -> np.ndarray:
    return np.array([*shapes, None], dtype=object)[:-1]
