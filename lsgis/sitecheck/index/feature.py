"""What a check finds and names: features of layers, what a site has in common with them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy as np
import shapely

Bounds = tuple[float, float, float, float]  # min easting, min northing, max easting, max northing

# Coordinates of EPSG:9215 carry about 5e-10 m; what is thinner than this is their rounding.
ROUNDING_M = 1e-8


@dataclass(frozen=True)
class Feature:
    """One row of a layer, located or not.

    `accuracy_m` is NaN where nobody states it. `clauses` and `sources` are ids
    of `clause.csv` and `source.csv`; `properties` holds every further column of
    the layer as text, number or None.
    """

    layer: str
    row: int
    key: str
    name_vi: str
    name_en: str
    kind: str
    phase: str
    commune_codes: tuple[str, ...]
    quality: str
    accuracy_m: float
    sources: tuple[str, ...]
    clauses: tuple[str, ...]
    located: bool
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Overlap:
    """What a geometry has in common with one feature, in the lower dimension of the two.

    `area_m2`, `length_m` or `count` is filled by dimension 2, 1 or 0, the
    others are 0. `pieces` together are the common ground.
    """

    feature: Feature
    dimension: int
    area_m2: float
    length_m: float
    count: int
    pieces: tuple[shapely.Geometry, ...]


@dataclass(frozen=True)
class Nearest:
    """The feature nearest to a geometry.

    `distance_m` is 0 where they meet. `bearing_deg` is the grid bearing from
    the geometry to the feature, clockwise from grid north; None at distance 0.
    """

    feature: Feature
    distance_m: float
    bearing_deg: float | None


class Found(NamedTuple):
    """Pieces that may meet a box, in the order of the layer.

    `owners` are the rows they belong to; `boxes` has four rows: min easting, min northing, max
    easting, max northing.
    """

    owners: np.ndarray
    shapes: np.ndarray
    boxes: np.ndarray

    def take(self, at: np.ndarray) -> "Found":
        """Some of them."""
        return Found(self.owners[at], self.shapes[at], self.boxes.take(at, axis=1))


NOTHING = Found(np.array([], dtype=int), np.array([], dtype=object), np.empty((4, 0)))


class Way(NamedTuple):
    """The shortest way to a feature: metres, its row, and the edge at which the way ends."""

    distance_m: float
    row: int
    edge: shapely.Geometry


class Store(Protocol):
    """Where features and their pieces lie, in memory or in a file; both answer alike.

    A piece is a tile of a polygon, a stretch of a line, a point; an edge is a
    stretch of a polygon's outline, and for the rest the piece itself.
    """

    def feature(self, layer: str, row: int) -> Feature:
        """One row of a layer."""

    def features(self, layer: str) -> list[Feature]:
        """Every row of a layer, in its order."""

    def has_ground(self, layer: str) -> bool:
        """Whether a layer is made of polygons: its edges are not its pieces."""

    def around(self, layer: str, bounds: Bounds | None) -> tuple[Found, Found]:
        """Pieces and edges whose boxes meet a box, in their order; all of them for None.

        Of lines and points, both are the same object.
        """

    def way(self, layer: str, geometry: shapely.Geometry, bounds: Bounds) -> Way | None:
        """The shortest way from a geometry (and its box) to an edge; None if nothing is located.

        Of several as long, the one to the first feature in the order of the layer.
        """
