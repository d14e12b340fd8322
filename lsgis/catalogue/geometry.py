"""What the features of a layer are drawn as: its own geometry, or one it accepts instead."""

import geopandas as gpd
import numpy as np
import shapely

from lsgis.catalogue.layer import GEOMETRIES, Layer


def drawn_geometry(layer: Layer, features: gpd.GeoDataFrame) -> str:
    """What the located features of a layer are: "Point", "LineString" or "Polygon".

    Parameters
    ----------
    layer
        Catalogue layer; its own geometry stands where nothing is located.
    features
        Its features, all of one dimension; of several, the highest is told.
    """
    dimensions = shapely.get_dimensions(np.asarray(features.geometry, dtype=object))
    highest = int(dimensions.max(initial=-1))
    return GEOMETRIES[highest] if highest >= 0 else layer.geometry
