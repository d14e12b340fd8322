"""Which polygons of one layer lie on each other?"""

import geopandas as gpd
import numpy as np
import shapely

from lsgis.catalogue import Layer
from lsgis.check.issue import Issue, new_issue
from lsgis.crs import to_vn2000

# Below a square millimetre two areas cannot be told from two that touch.
ARITHMETIC_M2 = 1e-6
# Layers whose polygons tile: drawn communes, and zones made of whole communes.
TILES = ("file", "union", "compose")


def check_overlaps(rows: gpd.GeoDataFrame, layer: Layer, keys: np.ndarray) -> list[Issue]:
    """Pairs of polygons that share an area: a warning where the layer tiles, else a note.

    The pieces are found in the CRS the features came in, since a shared edge
    with a vertex more on one side overlaps once it is moved; they are measured
    in EPSG:9215.

    Parameters
    ----------
    rows
        Sound polygons in their own CRS.

    Returns
    -------
    list of Issue
        `other` the second key, `area_m2`, `share` 0-1 of the smaller of the two.
    """
    shapes = np.asarray(rows.geometry)
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    left, right = left[left < right], right[left < right]
    pieces = shapely.intersection(shapes[left], shapes[right])
    real = shapely.area(pieces) > 0
    left, right, pieces = left[real], right[real], pieces[real]
    metres = np.asarray(to_vn2000(gpd.GeoDataFrame(geometry=pieces, crs=rows.crs)).geometry)
    whole = shapely.area(np.asarray(to_vn2000(rows[["geometry"]]).geometry))
    area = shapely.area(metres)
    share = area / np.minimum(whole[left], whole[right])
    places = shapely.point_on_surface(metres)
    forbidden = (layer.build.origin in TILES) & _apart(rows, layer, left, right)
    codes = np.where(forbidden, "LS-OVERLAP", "LS-OVERLAP-OTHER")
    return [
        new_issue(
            str(codes[n]), layer.name, key=keys[left[n]], place=places[n],
            other=keys[right[n]], area_m2=float(area[n]), share=float(share[n]),
        )
        for n in np.flatnonzero(area > ARITHMETIC_M2)
    ]  # fmt: skip


def _apart(rows: gpd.GeoDataFrame, layer: Layer, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """True for pairs that the Decision counts as two: pieces of one zone may overlap."""
    if layer.expected.unit not in rows:
        return np.ones(len(left), dtype=bool)
    whole = rows[layer.expected.unit].map(str).to_numpy(dtype=object)
    return np.asarray(whole[left] != whole[right], dtype=bool)
