"""Features cut by a boundary."""

import geopandas as gpd
import numpy as np
import shapely

from lsgis.combine.piece import ROUNDING_M, columns_of_size, keep_dimension, measure
from lsgis.combine.soundness import is_located, require_polygons, require_sound, shapes_of


def clip_to(features: gpd.GeoDataFrame, boundary: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Cut features by a boundary and measure what lies within.

    A polygon stays a polygon and a line a line: what only touches the boundary
    from outside drops out, a point on its edge stays. What lies within as a
    whole keeps its geometry to the last digit, so clipping again changes
    nothing.

    Parameters
    ----------
    features
        Points, lines or polygons, EPSG:9215. Features without geometry have no
        piece; `not_located(features)` lists them.
    boundary
        Polygons, EPSG:9215, of any number and overlap: communes, a zone, a
        corridor, the province. They are united first.

    Returns
    -------
    GeoDataFrame
        The features with a piece within, index and columns kept, and
        `area_m2` (polygons), `length_m` (lines) of the piece, NaN for others,
        and `share` of the feature as it was given (0-1). Columns of these
        names are replaced.

    Raises
    ------
    CrsError
        A frame is not in EPSG:9215.
    LayerError
        A geometry is invalid or a collection; the boundary has no polygon or
        something else than polygons.
    """
    require_sound(features, frame="features")
    require_polygons(boundary, frame="boundary")
    located = features[is_located(features)]
    shapes = shapes_of(located)
    dimension = shapely.get_dimensions(shapes)
    whole = measure(shapes, dimension)
    pieces = _cut(shapes, dimension, shapely.union_all(shapes_of(boundary)))
    size = measure(pieces, dimension)
    found = located.set_geometry(gpd.array.from_shapely(pieces, crs=features.crs))
    share = np.divide(size, whole, out=np.zeros_like(size), where=whole > 0)
    found = found.assign(**columns_of_size(dimension, size), share=np.minimum(share, 1.0))
    return found[size > 0]


def _cut(shapes: np.ndarray, dimension: np.ndarray, area: shapely.Geometry) -> np.ndarray:
    """Part of each geometry within the area; only those that cross its edge are cut."""
    shapely.prepare(area)
    within = shapely.covers(area, shapes)
    crossing = shapely.intersects(area, shapes) & ~within
    crossed, dimension = shapes[crossing], dimension[crossing]
    cut = keep_dimension(shapely.intersection(crossed, area), dimension)
    whole = _is_whole(crossed, cut, dimension, area)
    pieces = np.where(within, shapes, shapely.Polygon())
    pieces[crossing] = np.where(whole, crossed, cut)
    return pieces


def _is_whole(
    shapes: np.ndarray, cut: np.ndarray, dimension: np.ndarray, area: shapely.Geometry
) -> np.ndarray:
    """Whether a piece is the whole geometry but for the rounding of coordinates.

    Corners made by an earlier cut lie beside the edge they were computed on, by
    less than `ROUNDING_M`. For a polygon that is a strip of its outline; a line
    that meets the edge at a narrow angle may lose more length than that, so what
    it loses is held against the edge itself.
    """
    lost = measure(shapes, dimension) - measure(cut, dimension)
    whole = lost <= ROUNDING_M * np.where(dimension == 2, shapely.length(shapes), 0.0)
    lines = np.flatnonzero(dimension == 1)
    parts, owner = shapely.get_parts(shapely.difference(shapes[lines], area), return_index=True)
    corners, part = shapely.get_coordinates(parts, return_index=True)
    middles = (corners[1:] + corners[:-1])[part[1:] == part[:-1]] / 2
    beside = np.concatenate([part, part[1:][part[1:] == part[:-1]]])
    far = ~shapely.dwithin(area, shapely.points(np.vstack([corners, middles])), ROUNDING_M)
    whole[lines] = ~np.isin(np.arange(len(lines)), owner[beside[far]])
    return whole
