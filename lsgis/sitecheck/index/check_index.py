"""What a site check asks of a plan: pieces to measure by, features to name, registers to cite.

An index stands between the plan (frames, built once) and a check (one site,
asked many times). It holds no frame and needs no pandas, so that a single site
is answered before pandas would be imported. Where its pieces lie, in memory or
in a file, is the store's business.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from lsgis.errors import CatalogueError
from lsgis.sitecheck.index.feature import Bounds, Feature, Nearest, Overlap, Store
from lsgis.sitecheck.index.overlap import find_overlaps, united

__all__ = ["Bounds", "CheckIndex", "Feature", "Nearest", "Overlap", "bearing_to"]


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

    def blank(self, layer: str) -> dict[str, Any]:
        """A record of `themes` for a site far from everything.

        A new one each time; but what no site changes in it (`title`, `clauses`,
        `undrawn`) is shared by all and only to be read, or replaced as a whole.
        """
        return {**self.layers[layer]["record"], "bands": [], "findings": []}

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
        """A whole feature (EPSG:9215), its pieces united; None when nobody has located it."""
        found, _ = self.store.around(feature.layer, None)
        return united(found.shapes[found.owners == feature.row])

    def query(self, layer: str, bounds: Bounds) -> list[Feature]:
        """Features of a layer of which a piece's box meets a box (EPSG:9215 m), in their order."""
        owners = np.unique(self.store.around(layer, bounds)[0].owners)
        return [self.store.feature(layer, row) for row in owners.tolist()]

    def overlay(self, layer: str, geometry: shapely.Geometry) -> list[Overlap]:
        """What a geometry has in common with each feature of a layer, in their order.

        Touching is no overlap, except for a point on an edge and a line along one.
        No overlap is too small, but for the rounding of coordinates (an area below
        ROUNDING_M times the outline of the piece, a length below ROUNDING_M).
        """
        pieces, edges = self.store.around(layer, geometry.bounds)
        return list(find_overlaps(self.store, layer, geometry, pieces, edges).values())

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


def bearing_to(geometry: shapely.Geometry, other: shapely.Geometry) -> float | None:
    """Grid bearing (degrees clockwise from grid north) of the shortest way; None if they meet."""
    (x0, y0), (x1, y1) = shapely.get_coordinates(shapely.shortest_line(geometry, other))
    return math.degrees(math.atan2(x1 - x0, y1 - y0)) % 360.0 if (x0, y0) != (x1, y1) else None
