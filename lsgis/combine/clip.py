"""Features cut by a boundary."""

import geopandas as gpd
import numpy as np
import shapely

from lsgis.combine.piece import columns_of_size, keep_dimension, measure, rounding_of
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
    kept_whole = (size > 0) & (whole - size <= rounding_of(shapes, dimension))
    pieces, size = np.where(kept_whole, shapes, pieces), np.where(kept_whole, whole, size)
    found = located.set_geometry(gpd.array.from_shapely(pieces, crs=features.crs))
    share = np.divide(size, whole, out=np.zeros_like(size), where=whole > 0)
    found = found.assign(**columns_of_size(dimension, size), share=np.minimum(share, 1.0))
    return found[size > 0]


def _cut(shapes: np.ndarray, dimension: np.ndarray, area: shapely.Geometry) -> np.ndarray:
    """Part of each geometry within the area; only those that cross its edge are cut."""
    shapely.prepare(area)
    within = shapely.covers(area, shapes)
    crossing = shapely.intersects(area, shapes) & ~within
    cut = shapely.intersection(shapes[crossing], area)
    pieces = np.where(within, shapes, shapely.Polygon())
    pieces[crossing] = keep_dimension(cut, dimension[crossing])
    return pieces
