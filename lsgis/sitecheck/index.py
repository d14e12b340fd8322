"""What a site check asks of a plan: pieces to measure by, features to name, registers to cite.

An index stands between the plan (frames, built once) and a check (one site,
asked many times). It holds no frame and needs no pandas, so that a single site
is answered before pandas would be imported. Where its pieces lie, in memory or
in a file, is the store's business.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol

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
    others are 0. `pieces` together are the common ground; they do not overlap.
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


class Store(Protocol):
    """Where features and their pieces lie. Owners are rows of the layer."""

    def feature(self, layer: str, row: int) -> Feature: ...
    def features(self, layer: str) -> list[Feature]: ...
    def geometry(self, layer: str, row: int) -> shapely.Geometry | None: ...
    def pieces(self, layer: str, bounds: Bounds) -> tuple[np.ndarray, np.ndarray]: ...
    def edges(self, layer: str, bounds: Bounds) -> tuple[np.ndarray, np.ndarray]: ...
    def nearest(self, layer: str, geometry: shapely.Geometry) -> tuple[int, float] | None: ...


@dataclass(frozen=True)
class CheckIndex:
    """Everything `check_site` needs of a plan.

    Parameters
    ----------
    layers
        One card a layer, in catalogue order: `name`, `title` {vi, en}, `theme`,
        `geometry`, `key`, `restricts`, `legal` {instrument, clause, annex},
        `check` {bands_m, min_area_m2, min_length_m, office}, `expected`,
        `listed`, `located`, `drawn`, `complete`, `undrawn`, `data` {origin,
        input, sha256, quality, accuracy_m, crs, operation, licence}, `digest`.
    registers
        Rows (text, as written) of the registers a check cites, by name:
        `clause`, `instrument`, `contradiction`, `consequence`, `project_type`,
        `office`, `environmental_part`, `kind`, `theme`. One that lsgis does not
        carry has no rows.
    parts
        Parts of the environmental zones under the rule of the plan: `zone`,
        `part`, `layer`, `name_vi`, `name_en`, `clause`, `quality`, `drawn`.
    inputs
        What the index was made of: versions, rule, one sha256 over all files
        of lsgis, one content digest a layer.
    digest
        sha256 of `inputs`.
    store
        Where features and pieces lie.
    """

    layers: Mapping[str, Mapping[str, Any]]
    registers: Mapping[str, Sequence[Mapping[str, str]]]
    parts: Sequence[Mapping[str, Any]]
    inputs: Mapping[str, Any]
    digest: str
    store: Store

    def features(self, layer: str) -> list[Feature]:
        """Every feature of a layer in its order, those nobody has located too."""
        return self.store.features(layer)

    def geometry(self, feature: Feature) -> shapely.Geometry | None:
        """A feature as it was drawn, whole (EPSG:9215); None when nobody has located it."""
        return self.store.geometry(feature.layer, feature.row)

    def query(self, layer: str, bounds: Bounds) -> list[Feature]:
        """Features of a layer of which a piece may meet a box (EPSG:9215 m), in their order."""
        owners, _ = self.store.pieces(layer, bounds)
        return [self.store.feature(layer, row) for row in np.unique(owners)]

    def overlay(self, layer: str, geometry: shapely.Geometry) -> list[Overlap]:
        """What a geometry has in common with each feature of a layer, in their order.

        Touching is no overlap, except for a point on an edge and a line along one.
        No overlap is too small, but for the rounding of coordinates (ROUNDING_M
        times the outline of the piece).
        """
        owners, pieces = self.store.pieces(layer, geometry.bounds)
        return [
            overlap_of(self.store.feature(layer, row), geometry, found)
            for row, found in cut(geometry, owners, pieces).items()
        ]

    def nearest(self, layer: str, geometry: shapely.Geometry) -> Nearest | None:
        """The feature of a layer nearest to a geometry; None when nothing is located.

        Of several at the same distance, the first in the order of the layer.
        """
        found = self.store.nearest(layer, geometry)
        if found is None:
            return None
        row, distance, chunk = found
        bearing = bearing_to(geometry, chunk) if distance > 0 else None
        return Nearest(self.store.feature(layer, row), distance, bearing)


def bearing_to(geometry: shapely.Geometry, other: shapely.Geometry) -> float | None:
    """Grid bearing (degrees clockwise from grid north) of the shortest way; None if they meet."""
    (x0, y0), (x1, y1) = shapely.get_coordinates(shapely.shortest_line(geometry, other))
    return math.degrees(math.atan2(x1 - x0, y1 - y0)) % 360.0 if (x0, y0) != (x1, y1) else None
