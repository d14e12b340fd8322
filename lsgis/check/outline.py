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
_UNITS = {0: "check.unit.points", 1: "check.unit.metres", 2: "check.unit.square-metres"}


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
    accuracy = np.hypot(_accuracy(metres, layer), worst_accuracy(province))
    told = parts_outside(np.asarray(metres.geometry), area, accuracy)
    return [_told(layer, str(keys[row.row]), row) for row in told.itertuples()]


def parts_outside(
    shapes: np.ndarray, area: shapely.Geometry, accuracy_m: np.ndarray
) -> pd.DataFrame:
    """Shapes that do not lie in an area: how much of each, and how far.

    Parameters
    ----------
    shapes, area
        EPSG:9215.
    accuracy_m
        How far (m) each may lie from where it is drawn.

    Returns
    -------
    DataFrame
        One row a shape that lies outside by more than arithmetic: `row`,
        `rest` (the part outside), `whole` (all of it), `near` (all of it within
        `accuracy_m` of the area), `distance_m` (how far at most the rest lies
        from the area), `size` (dimension), `amount` (m², m or points of the
        rest), `share` (0-1), `accuracy_m`.
    """
    shapely.prepare(area)
    out = np.flatnonzero(~shapely.covers(area, shapes))
    near = _covered_within(area, shapes[out], accuracy_m[out])
    noise = _covered_within(area, shapes[out], np.full(len(out), ARITHMETIC_M))
    rest = shapely.difference(shapes[out], area)
    return pd.DataFrame(
        {
            "row": out, "rest": rest, "accuracy_m": accuracy_m[out],
            "near": near, "whole": ~shapely.intersects(area, shapes[out]),
            "distance_m": _reach(rest, area), "size": shapely.get_dimensions(shapes[out]),
            "amount": _amount(rest), "share": _amount(rest) / _amount(shapes[out]),
        }
    )[~noise]  # fmt: skip


def _told(layer: Layer, key: str, row) -> Issue:
    code = "LS-PLACE-OUTSIDE" if row.whole else "LS-PLACE-PARTLY-OUTSIDE"
    return new_issue(
        "LS-PLACE-AT-EDGE" if row.near else code, layer.name, key=key,
        place=shapely.point_on_surface(row.rest), amount=float(row.amount),
        unit=Term(_UNITS[row.size]), share=float(row.share),
        distance_m=float(row.distance_m), accuracy_m=float(row.accuracy_m),
    )  # fmt: skip


def _accuracy(metres: gpd.GeoDataFrame, layer: Layer) -> np.ndarray:
    """Accuracy of each feature (m): its own, else the layer's, else 0."""
    whole = layer.accuracy_m or 0.0
    if "accuracy_m" not in metres:
        return np.full(len(metres), whole)
    own = numbers_in(metres["accuracy_m"])
    return np.where(np.isnan(own), whole, np.maximum(own, 0.0))


def worst_accuracy(features: gpd.GeoDataFrame) -> float:
    """The largest error (m) that features state; 0 when none states one."""
    if "accuracy_m" not in features:
        return 0.0
    return float(np.nanmax(np.append(numbers_in(features["accuracy_m"]), 0.0)))


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
