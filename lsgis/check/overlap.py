"""Which polygons of one layer lie on each other?"""

import geopandas as gpd
import numpy as np
import shapely

from lsgis.catalogue import Layer, overlap_rule, read_catalogue
from lsgis.check.issue import Issue, new_issue
from lsgis.combine.plausible import intersect
from lsgis.crs import to_vn2000
from lsgis.hollow import without_empty_parts

# Below a square millimetre two areas cannot be told from two that touch.
ARITHMETIC_M2 = 1e-6
# Shared by two polygons, of both together: more is one drawn twice.
NEAR_SHARE = 0.9


def check_overlaps(rows: gpd.GeoDataFrame, layer: Layer, keys: np.ndarray) -> list[Issue]:
    """Pairs of polygons that share an area: a warning where that is forbidden, else a note.

    `data/overlap_rule.csv` says where it is forbidden, and where it is nothing to tell.

    The pieces are found in the CRS the features came in, since a shared edge
    with a vertex more on one side overlaps once it is moved; they are measured
    in metres of the region's CRS.

    Parameters
    ----------
    rows
        Sound polygons in their own CRS.

    Returns
    -------
    list of Issue
        `other` the second key, `area_m2`, `share` 0-1 of the smaller of the two.
        Two that are nearly the same (NEAR_SHARE) are told once more as such; of two
        whose overlap could not be computed, that alone.
    """
    shapes = np.asarray(rows.geometry)
    left, right, pieces = overlapping_pairs(shapes)
    lost = shapely.is_missing(pieces)
    unknown = [
        new_issue("LS-OVERLAP-NOT-COMPUTED", layer, key=keys[one], other=keys[other])
        for one, other in zip(left[lost], right[lost], strict=True)
    ]
    left, right, pieces = left[~lost], right[~lost], pieces[~lost]
    apart = gpd.GeoDataFrame(geometry=pieces, crs=rows.crs)
    metres = np.asarray(to_vn2000(apart, region=layer.region).geometry)
    whole = shapely.area(np.asarray(to_vn2000(rows[["geometry"]], region=layer.region).geometry))
    area = shapely.area(metres)
    share = area / np.minimum(whole[left], whole[right])
    places = shapely.point_on_surface(metres)
    rule = _rule(layer)
    forbidden = (rule == "forbidden") & _apart(rows, layer, left, right)
    reported = (area > ARITHMETIC_M2) & (rule != "allowed")
    codes = np.where(forbidden, "LS-OVERLAP", "LS-OVERLAP-OTHER")
    joint = area / (whole[left] + whole[right] - area)
    twice = np.flatnonzero(joint >= NEAR_SHARE)
    twice = twice[~shapely.equals(shapes[left[twice]], shapes[right[twice]])]
    near = [
        new_issue(
            "LS-GEOM-NEAR-DUPLICATE",
            layer,
            key=keys[left[n]],
            place=places[n],
            other=keys[right[n]],
            share=float(joint[n]),
        )
        for n in twice
    ]
    return [*unknown, *near] + [
        new_issue(
            str(codes[n]),
            layer,
            key=keys[left[n]],
            place=places[n],
            other=keys[right[n]],
            area_m2=float(area[n]),
            share=float(share[n]),
            shape=metres[n],
        )
        for n in np.flatnonzero(reported)
    ]


def overlapping_pairs(
    shapes: np.ndarray, *, among: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs of polygons that share an area, and the area they share.

    Parameters
    ----------
    shapes
        Sound polygons.
    among
        Where given, only pairs with a polygon marked True are looked at.

    Returns
    -------
    left, right, pieces
        Rows of the two polygons, the lower first, and the shared polygons; None where they
        could not be computed.
    """
    shapes = without_empty_parts(shapes)
    tree = shapely.STRtree(shapes)
    asked: np.ndarray = np.arange(len(shapes))
    if among is not None:
        asked = np.flatnonzero(among)
    one, other = tree.query(shapes[asked], predicate="intersects")
    one = asked[one]
    pairs = np.unique(np.sort(np.column_stack([one, other])[one != other], axis=1), axis=0)
    left, right = pairs.T if len(pairs) else np.zeros((2, 0), dtype=int)
    pieces = intersect(shapes[left], shapes[right]).shape
    real = ~(shapely.area(pieces) <= 0)  # also what could not be computed
    return left[real], right[real], pieces[real]


def _rule(layer: Layer) -> str:
    """What the matrix says of a layer with itself; a layer of no catalogue is only noted."""
    if layer.name not in read_catalogue(layer.region):
        return "noted"
    return overlap_rule(layer.name, layer.name, layer.region)["rule"]


def _apart(rows: gpd.GeoDataFrame, layer: Layer, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """True for pairs that the Decision counts as two: pieces of one zone may overlap."""
    if layer.expected.unit not in rows:
        return np.ones(len(left), dtype=bool)
    whole = rows[layer.expected.unit].map(str).to_numpy(dtype=object)
    return np.asarray(whole[left] != whole[right], dtype=bool)
