"""What a check asks of a plan."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
import shapely

from lsgis.combine.common_ground import Ground, Pieces, find_ground, united
from lsgis.errors import CatalogueError, CrsError, SiteError
from lsgis.region import Region, read_region

if TYPE_CHECKING:
    from lsgis.sitefile.reader import Site

# What a check finds and names: features of layers, what a site has in common with them.

Bounds = tuple[float, float, float, float]  # min easting, min northing, max easting, max northing


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
    others are 0. `pieces` together are the common ground. Where it could not be computed
    there are no pieces, and the size is no number.
    """

    feature: Feature
    dimension: int
    area_m2: float
    length_m: float
    count: int
    pieces: tuple[shapely.Geometry, ...]

    @property
    def computed(self) -> bool:
        """Whether anybody knows what they have in common."""
        return bool(self.pieces)


@dataclass(frozen=True)
class Nearest:
    """The feature nearest to a geometry.

    `distance_m` is 0 where they meet. `bearing_deg` is the grid bearing from
    the geometry to the feature, clockwise from grid north; None at distance 0.
    """

    feature: Feature
    distance_m: float
    bearing_deg: float | None


class Way(NamedTuple):
    """The shortest way to a feature: metres, its row, and the edge at which the way ends."""

    distance_m: float
    row: int
    edge: shapely.Geometry


class Store(Protocol):
    """Where features and their pieces lie: in memory, in a file, or in another engine.

    Every engine answers alike, bit by bit. A piece is a tile of a polygon, a stretch of a
    line, a point; an edge is a stretch of a polygon's outline, and for the rest the piece
    itself: see `lsgis.sitecheck.store`, which cuts them. An engine finds and hands out; what
    a site has in common with what it found is measured in one place, for all engines
    (`lsgis.combine.common_ground`). It may hand out more pieces than meet a box, never fewer.
    """

    def feature(self, layer: str, row: int) -> Feature:
        """One row of a layer."""

    def features(self, layer: str) -> list[Feature]:
        """Every row of a layer, in its order."""

    def has_ground(self, layer: str) -> bool:
        """Whether a layer is made of polygons: its edges are not its pieces."""

    def around(self, layer: str, bounds: Bounds | None) -> tuple[Pieces, Pieces]:
        """Pieces and edges whose boxes meet a box, in their order; all of them for None.

        Of lines and points, both are the same object.
        """

    def way(self, layer: str, geometry: shapely.Geometry, bounds: Bounds) -> Way | None:
        """The shortest way from a geometry (and its box) to an edge; None if nothing is located.

        Of several as long, the one to the first feature in the order of the layer.
        """


def find_overlaps(
    store: Store, layer: str, geometry: shapely.Geometry, pieces: Pieces, edges: Pieces
) -> dict[int, Overlap]:
    """What a geometry has in common with each feature of a layer: row -> overlap, in row order.

    Parameters
    ----------
    store, layer
        Where the features lie.
    geometry
        Site, metres of the region's CRS.
    pieces, edges
        Those of the layer whose boxes meet the site's, and maybe others.
    """
    found = find_ground(geometry, pieces, edges).items()
    return {row: _overlap(store.feature(layer, row), ground) for row, ground in found}


def require_computed(found: Iterable[Overlap]) -> None:
    """Refuse overlaps that could not be computed, where every one is needed.

    Raises
    ------
    SiteError
        The first such.
    """
    for overlap in found:
        if not overlap.computed:
            name = overlap.feature.name_vi or overlap.feature.key
            raise SiteError("sitecheck.not-computed", layer=overlap.feature.layer, name=name)


def _overlap(feature: Feature, ground: Ground) -> Overlap:
    dimension, size, pieces = ground
    if dimension == 2:
        return Overlap(feature, 2, size, 0.0, 0, pieces)
    if dimension == 1:
        return Overlap(feature, 1, 0.0, size, 0, pieces)
    # points are not cut: their number is always known
    return Overlap(feature, 0, 0.0, 0.0, int(size), pieces)


# What a site check asks of a plan: pieces to measure by, features to name, registers to cite.
#
# An index stands between the plan (frames, built once) and a check (one site, asked many times).
# It holds no frame and needs no pandas, so that a single site is answered before pandas would be
# imported. Where its pieces lie, in memory or in a file, is the store's business.

__all__ = ["Bounds", "CheckIndex", "Feature", "Nearest", "Overlap", "bearing_to", "describe_region"]


@dataclass(frozen=True)
class CheckIndex:
    """Everything `check_site` needs of a plan.

    Parameters
    ----------
    layers
        One card a layer, in catalogue order: `name`, `title` {vi, en}, `theme`,
        `geometry` (what is drawn), `key`, `restricts`, `roles` (each with the
        layer's place among those of the role, or None), `legal` {instrument, clause, annex},
        `check` {bands_m, min_area_m2, min_length_m, office}, `expected`,
        `listed`, `located`, `drawn`, `complete`, `undrawn`, `accuracy_m`
        (metres; None when one is unknown), `accuracy_known_m` (the largest that is
        known), `record` (see `blank`), `data` {origin,
        input, sha256, quality, accuracy_m, crs, operation, licence}, `digest`.
    registers
        Rows (text, as written) of the registers a check cites, by name:
        `clause`, `instrument`, `contradiction`, `consequence`, `project_type`,
        `office`, `environmental_part`, `kind`, `phase`, `theme`. One that the region does
        not have has no rows.
    parts
        Parts of the environmental zones under the rule of the plan: `zone`,
        `part`, `layer`, `name_vi`, `name_en`, `clause`, `quality`, `drawn`.
    inputs
        What the index was made of: version, region, rule, digests of all that the
        region's files and the texts of reports say, one content digest a layer.
    digest
        sha256 of `inputs`.
    store
        Where features and pieces lie.
    region
        Whose plan it is; everything lies in the metres of its CRS.
    """

    layers: Mapping[str, Mapping[str, Any]]
    registers: Mapping[str, Sequence[Mapping[str, str]]]
    parts: Sequence[Mapping[str, Any]]
    inputs: Mapping[str, Any]
    digest: str
    store: Store
    region: Region = field(default_factory=read_region)

    def blank(self, layer: str) -> dict[str, Any]:
        """A record of `themes` for a site far from everything.

        A new one each time; but what no site changes in it (`title`, `clauses`,
        `undrawn`) is shared by all and only to be read, or replaced as a whole.
        """
        record: dict[str, Any] = self.layers[layer]["record"].copy()
        record["bands"], record["findings"] = [], []
        return record

    @cached_property
    def restricting(self) -> tuple[str, ...]:
        """Names of the layers that every check asks about, in their order."""
        return tuple(name for name, card in self.layers.items() if card["restricts"])

    @cached_property
    def parts_by_layer(self) -> Mapping[str, Mapping[str, str]]:
        """Rows of `environmental_part.csv` by the layer that has their features."""
        rows = self.registers["environmental_part"]
        return MappingProxyType({row["layer"]: row for row in rows if row["layer"]})

    @cached_property
    def later(self) -> frozenset[str]:
        """Phases after the period of the plan."""
        rows = self.registers["phase"]
        return frozenset(row["code"] for row in rows if row.get("after_period") == "yes")

    def with_role(self, role: str) -> list[str]:
        """Names of the layers that have a role, in its order; as `layers_with_role`."""
        places = {
            n: card["roles"][role] for n, card in self.layers.items() if role in card["roles"]
        }
        return sorted(places, key=lambda n: (math.inf if places[n] is None else places[n], n))

    def one_with_role(self, role: str) -> str:
        """Name of the one layer that has a role; refused as by `layer_with_role`."""
        names = self.with_role(role)
        if len(names) != 1:
            found = ", ".join(names) or "–"
            raise CatalogueError("catalogue.one-role", role=role, found=found)
        return names[0]

    def features(self, layer: str) -> list[Feature]:
        """Every feature of a layer in its order, those nobody has located too."""
        return self.store.features(layer)

    def geometry(self, feature: Feature) -> shapely.Geometry | None:
        """A whole feature, its pieces united; None when nobody has located it."""
        found, _ = self.store.around(feature.layer, None)
        return united(found.shapes[found.owners == feature.row])

    def query(self, layer: str, bounds: Bounds) -> list[Feature]:
        """Features of a layer of which a piece's box meets a box, in their order."""
        owners = np.unique(self.store.around(layer, bounds)[0].owners)
        return [self.store.feature(layer, row) for row in owners.tolist()]

    def overlay(self, layer: str, geometry: shapely.Geometry) -> list[Overlap]:
        """What a geometry has in common with each feature of a layer, in their order.

        Touching is no overlap, except for a point on an edge and a line along one.
        No overlap is too small, but for the rounding of coordinates (an area below
        ROUNDING_M times the outline of the piece, a length below ROUNDING_M).

        Raises
        ------
        SiteError
            One could not be computed.
        """
        pieces, edges = self.store.around(layer, geometry.bounds)
        found = list(find_overlaps(self.store, layer, geometry, pieces, edges).values())
        require_computed(found)
        return found

    def nearest(self, layer: str, geometry: shapely.Geometry) -> Nearest | None:
        """The feature of a layer nearest to a geometry; None when nothing is located.

        Of several at the same distance, the first in the order of the layer.
        """
        bounds = geometry.bounds
        if self.store.has_ground(layer):  # a site within it may be far from every edge
            pieces, _ = self.store.around(layer, bounds)
            met = pieces.owners[shapely.intersects(geometry, pieces.shapes)]
            if len(met):
                return Nearest(self.store.feature(layer, int(met.min())), 0.0, None)
        return self.nearest_beside(layer, geometry, bounds)

    def nearest_beside(
        self, layer: str, geometry: shapely.Geometry, bounds: Bounds
    ) -> Nearest | None:
        """`nearest` where nothing of the layer is known to meet the geometry, of these bounds."""
        way = self.store.way(layer, geometry, bounds)
        if way is None:
            return None
        feature = self.store.feature(layer, way.row)
        return Nearest(feature, way.distance_m, bearing_to(geometry, way.edge))


def describe_region(region: Region) -> dict[str, Any]:
    """What an index and a report say of their region: code, name {vi, en}, CRS, datum operation."""
    operation = f"{region.datum.operation} ({region.datum.code})"
    return {
        "code": region.code,
        "name": dict(region.name),
        "crs": region.crs,
        "operation": operation,
    }


def require_plane(site: "Site", index: CheckIndex) -> None:
    """Refuse a site that was brought into other metres than those of the plan.

    Raises
    ------
    CrsError
        The regions of site and index differ in CRS or datum operation.
    """
    if site.region is not index.region:  # hundreds of sites share one
        require_same_plane(describe_region(site.region), index)


def require_same_plane(region: Mapping[str, Any], index: CheckIndex) -> None:
    """Refuse a region (see `describe_region`) whose metres are not those of the plan.

    Raises
    ------
    CrsError
        It differs from that of the index in CRS or datum operation.
    """
    here = describe_region(index.region)
    expected, found = (f"{row['crs']}, {row['operation']}" for row in (here, region))
    if found != expected:
        raise CrsError(
            "sitecheck.site-plane", expected=expected, found=found, region=index.region.code
        )


def bearing_to(geometry: shapely.Geometry, other: shapely.Geometry) -> float | None:
    """Grid bearing (degrees clockwise from grid north) of the shortest way; None if they meet."""
    (x0, y0), (x1, y1) = shapely.get_coordinates(shapely.shortest_line(geometry, other))
    return math.degrees(math.atan2(x1 - x0, y1 - y0)) % 360.0 if (x0, y0) != (x1, y1) else None
