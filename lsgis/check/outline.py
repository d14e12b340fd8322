"""Does every feature lie inside the province, or within its own accuracy of it?"""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from lsgis.catalogue import Layer
from lsgis.check.issue import Issue, Term, new_issue
from lsgis.check.row import numbers_in
from lsgis.crs import to_vn2000

# What arithmetic on coordinates of millions of metres cannot tell from zero.
ARITHMETIC_M = 0.001
_STEP_M = 250
_UNITS = {0: "points", 1: "metres", 2: "square-metres"}


def check_inside(
    metres: gpd.GeoDataFrame, layer: Layer, keys: np.ndarray, province: gpd.GeoDataFrame
) -> list[Issue]:
    """Features wholly or partly outside the province: how much, how far, and where.

    Parameters
    ----------
    metres
        Sound features in EPSG:9215; a column `accuracy_m` overrides the layer's.
    province
        Outline, any CRS with a known way to EPSG:9215; its own error is its
        column `accuracy_m`, none when absent.

    Returns
    -------
    list of Issue
        Within the accuracy of feature and outline together (root of the sum of
        squares, both independent at 95 %) a note; partly outside a warning; wholly outside an
        error. `amount` in m², m or points, `share` 0-1 of the feature,
        `distance_m` how far at most the part outside lies from the province.
    """
    area = shapely.union_all(shapely.make_valid(np.asarray(to_vn2000(province).geometry)))
    if shapely.is_empty(area):
        return [new_issue("LS-SKIPPED-PROVINCE", layer.name)]
    shapely.prepare(area)
    shapes = np.asarray(metres.geometry)
    out = np.flatnonzero(~shapely.covers(area, shapes))
    if not len(out):
        return []
    accuracy = np.hypot(_accuracy(metres, layer)[out], _accuracy_of_outline(province))
    near = _covered_within(area, shapes[out], accuracy)
    noise = _covered_within(area, shapes[out], np.full(len(out), ARITHMETIC_M))
    rest = shapely.difference(shapes[out], area)
    told = pd.DataFrame(
        {
            "key": keys[out], "rest": rest, "accuracy_m": accuracy,
            "near": near, "whole": ~shapely.intersects(area, shapes[out]),
            "distance_m": _reach(rest, area), "size": shapely.get_dimensions(shapes[out]),
            "amount": _amount(rest), "share": _amount(rest) / _amount(shapes[out]),
        }
    )[~noise]  # fmt: skip
    return [_told(layer, row) for row in told.itertuples()]


def _told(layer: Layer, row) -> Issue:
    code = "LS-PLACE-OUTSIDE" if row.whole else "LS-PLACE-PARTLY-OUTSIDE"
    return new_issue(
        "LS-PLACE-AT-EDGE" if row.near else code, layer.name, key=row.key,
        place=shapely.point_on_surface(row.rest), amount=float(row.amount),
        unit=Term(f"check.unit.{_UNITS[row.size]}"), share=float(row.share),
        distance_m=float(row.distance_m), accuracy_m=float(row.accuracy_m),
    )  # fmt: skip


def _accuracy(metres: gpd.GeoDataFrame, layer: Layer) -> np.ndarray:
    """Accuracy of each feature (m): its own, else the layer's, else 0."""
    whole = layer.accuracy_m or 0.0
    if "accuracy_m" not in metres:
        return np.full(len(metres), whole)
    own = numbers_in(metres["accuracy_m"])
    return np.where(np.isnan(own), whole, np.maximum(own, 0.0))


def _accuracy_of_outline(province: gpd.GeoDataFrame) -> float:
    if "accuracy_m" not in province:
        return 0.0
    return float(np.nanmax(np.append(numbers_in(province["accuracy_m"]), 0.0)))


def _covered_within(area, shapes: np.ndarray, distance_m: np.ndarray) -> np.ndarray:
    """True where a shape lies wholly within its distance of the area."""
    covered = np.zeros(len(shapes), dtype=bool)
    for distance in np.unique(distance_m[distance_m > 0]):
        these = distance_m == distance
        wider = shapely.buffer(area, distance)
        shapely.prepare(wider)
        covered[these] = shapely.covers(wider, shapes[these])
    return covered


def _reach(rest: np.ndarray, area) -> np.ndarray:
    """How far from the area each rest goes (m), looked at every 250 m of its outline."""
    xy, owner = shapely.get_coordinates(shapely.segmentize(rest, _STEP_M), return_index=True)
    reach = np.zeros(len(rest))
    np.maximum.at(reach, owner, shapely.distance(shapely.points(xy), area))
    return reach


def _amount(shapes: np.ndarray) -> np.ndarray:
    """Area (m²), length (m) or number of points, by the dimension of each shape."""
    kinds = shapely.get_dimensions(shapes)
    counts = shapely.get_num_coordinates(shapes).astype(float)
    return np.select(
        [kinds == 2, kinds == 1], [shapely.area(shapes), shapely.length(shapes)], counts
    )
