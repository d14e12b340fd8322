"""What a layer of the catalogue whose polygons should tile is asked."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from lsgis.catalogue import Layer
from lsgis.check.coverage.edge import check_edges, check_pairs, unmatched_edges
from lsgis.check.coverage.gap import check_gaps, check_slits, unite
from lsgis.check.coverage.tile import Tiles, metric_crs
from lsgis.check.issue import Issue

# Narrower than this between two neighbours nobody means a strip of no man's land.
GAP_WIDTH_M = 10.0


def check_tiling(rows: gpd.GeoDataFrame, layer: Layer, keys: np.ndarray) -> list[Issue]:
    """Unmatched edges, gaps and slits of a layer whose polygons should tile.

    Pieces of one zone count as one polygon. Overlaps are `check_overlaps`' to tell.

    Parameters
    ----------
    rows
        Sound polygons in their own CRS.
    """
    shapes = shapely.force_2d(np.asarray(rows.geometry, dtype=object))
    unit = layer.expected.unit
    if unit in rows:
        zones = pd.Series(shapes).groupby(rows[unit].map(str).to_numpy(dtype=object))
        joined = zones.agg(lambda pieces: shapely.union_all(pieces.to_numpy()))
        shapes = joined.to_numpy(dtype=object)
        keys = joined.index.to_numpy(dtype=object)
    if len(shapes) < 2:
        return []
    names = np.full(len(keys), "", dtype=object)
    tiles = Tiles(shapes, rows.crs, metric_crs(rows.crs), keys, names, layer.name)
    edges = unmatched_edges(tiles)
    pieces = check_pairs(tiles, ~shapely.is_empty(edges))[1]
    whole = unite(tiles)
    found = check_edges(tiles, edges, pieces) + check_gaps(tiles, whole)
    return found + check_slits(tiles, whole, gap_width_m=GAP_WIDTH_M)
