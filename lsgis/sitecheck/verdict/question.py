"""What is asked of every layer alike, and what lies near the site in one of them."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import shapely

from lsgis.sitecheck.index.box import widen
from lsgis.sitecheck.index.check_index import CheckIndex
from lsgis.sitecheck.index.feature import Bounds, Feature, Found, Overlap, Way
from lsgis.sitecheck.index.overlap import DIMENSION, find_overlaps
from lsgis.sitecheck.verdict.reach import find_ways
from lsgis.sitecheck.verdict.state import combine_accuracy


class Question(NamedTuple):
    """A site and how it is asked about.

    `accuracy_m` is the site's (95 %), with that of the datum operation in it if
    one was crossed; NaN when nobody knows. `communes` are the codes it lies in;
    `disputes` by layer and key; `parts` the rows of `environmental_part.csv` by layer.
    """

    site: shapely.Geometry
    bounds: Bounds
    dimension: int
    accuracy_m: float
    assumed_accuracy_m: float
    complete: frozenset[str]
    communes: frozenset[str]
    disputes: Mapping[tuple[str | None, str | None], Mapping[str, Any]]
    parts: Mapping[str, Mapping[str, str]]

    def combined(self, feature_m: float) -> tuple[float, bool]:
        """Combined accuracy e (m) with that of a feature, and whether one of the two is assumed."""
        mine, assumed = self.accuracy_m, math.isnan(self.accuracy_m) or math.isnan(feature_m)
        if assumed:
            mine = self.assumed_accuracy_m if math.isnan(mine) else mine
            feature_m = self.assumed_accuracy_m if math.isnan(feature_m) else feature_m
        return combine_accuracy(mine, feature_m), assumed


class Near(NamedTuple):
    """Features of a layer near a site: what overlaps, and the way to those within reach.

    `rows` are those of both kinds, in the order of the layer; the others are out of reach.
    """

    card: Mapping[str, Any]
    dimension: int
    rows: Sequence[int]
    features: Mapping[int, Feature]
    overlaps: Mapping[int, Overlap]
    ways: Mapping[int, Way]
    edges: Found

    def distance_m(self, row: int) -> float:
        """From the site to a feature; infinite when it lies out of reach."""
        if row in self.overlaps:
            return 0.0
        return self.ways[row].distance_m if row in self.ways else math.inf

    def outline(self, row: int) -> np.ndarray:
        """Edges of one feature that lie within reach."""
        return self.edges.shapes[self.edges.owners == row]


def look_near(question: Question, index: CheckIndex, card: Mapping[str, Any]) -> Near:
    """Gather what matters of a layer: overlaps, and ways within the bands or within accuracy."""
    layer, bounds = card["name"], question.bounds
    widest = max(card["check"]["bands_m"], default=0.0)
    reach = max(widest, question.combined(card["accuracy_known_m"] or 0.0)[0])
    if card["accuracy_m"] is None:  # somebody's accuracy is unknown: the assumed one may reach on
        reach = max(reach, question.combined(math.nan)[0])
    pieces, edges = index.store.around(layer, widen(bounds, reach))

    def limit(row: int) -> float:
        return max(widest, question.combined(index.store.feature(layer, row).accuracy_m)[0])

    overlaps = find_overlaps(index.store, layer, question.site, pieces, edges)
    ways = find_ways(question.site, bounds, edges, met=overlaps, reach_m=reach, limit=limit)
    rows = sorted({*overlaps, *ways})
    features = {row: index.store.feature(layer, row) for row in rows}
    return Near(card, DIMENSION[card["geometry"]], rows, features, overlaps, ways, edges)
