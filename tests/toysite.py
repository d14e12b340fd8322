"""A toy province of two communes, and layers of squares in it whose answers one can see."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import geopandas as gpd
import shapely
from toy import here

from lsgis.catalogue import Check, read_catalogue
from lsgis.sitecheck import CheckIndex, build_index
from lsgis.sitecheck.build import make_card, read_features
from lsgis.sitecheck.store import MemoryStore, shelve
from lsgis.sitefile.reader import Site
from lsgis.source import Plan, read_plan
from lsgis.source.embedded import complete

EAST, NORTH = 450_000.0, 2_420_000.0  # where the toy's (0, 0) lies: on the line between communes
KIND = {0: "point", 1: "line", 2: "polygon"}


def at(shape: shapely.Geometry) -> shapely.Geometry:
    """A toy shape, drawn around (0, 0), where it lies in the province."""
    return here(shape, (EAST, NORTH))


def square(x0: float, y0: float, x1: float, y1: float) -> shapely.Polygon:
    """A square of the toy, metres from its middle."""
    return at(shapely.box(x0, y0, x1, y1))


WEST, RIGHT = square(-20_000, -20_000, 0, 20_000), square(0, -20_000, 20_000, 20_000)
PROVINCE = square(-20_000, -20_000, 20_000, 20_000)


@dataclass(frozen=True)
class Zone:
    """One feature of a layer; `shape` None for one that nobody has located.

    Without a `key` it has its number, which no register knows.
    """

    shape: shapely.Geometry | None
    accuracy_m: float = 0.0
    quality: str = "indicative"
    communes: str = ""
    key: str = ""
    name: str = ""
    phase: str = ""
    in_decision: str = ""
    status: str = ""


@lru_cache(maxsize=1)
def _empty() -> CheckIndex:
    """The catalogue with the two communes and nothing else."""
    plan = read_plan()
    layers = {name: frame.iloc[:0] for name, frame in plan.layers.items()}
    layers["commune"] = _frame("commune", [Zone(WEST), Zone(RIGHT)])
    layers["province"] = _frame("province", [Zone(PROVINCE)])
    index = build_index(Plan(layers, plan.provenance, plan.parts.iloc[:0], ()))
    return index


def _frame(name: str, zones: Sequence[Zone]) -> gpd.GeoDataFrame:
    layer = read_catalogue()[name]
    codes = [zone.key or f"{n:05d}" for n, zone in enumerate(zones, start=1)]
    names = [zone.name or code for zone, code in zip(zones, codes, strict=True)]
    rows = {
        layer.key: codes,
        "name_vi": names,
        "name_en": codes,
        "commune_codes": [zone.communes for zone in zones],
        "quality": [zone.quality if zone.shape is not None else "none" for zone in zones],
        "accuracy_m": [zone.accuracy_m for zone in zones],
    }
    for name in ("phase", "in_decision", "status"):
        told = [getattr(zone, name) for zone in zones]
        if any(told):
            rows[name] = told
    frame = gpd.GeoDataFrame(rows, geometry=[zone.shape for zone in zones], crs="EPSG:9215")
    return complete(frame, layer)


def toy_index(
    layers: Mapping[str, Sequence[Zone]],
    *,
    checks: Mapping[str, Mapping[str, Any]] | None = None,
    geometry: Mapping[str, str] | None = None,
) -> CheckIndex:
    """The toy province with some layers filled; `checks`: [check] tables, `geometry`: kinds."""
    base = _empty()
    rows, shelves, cards = dict(base.store.rows), dict(base.store.shelves), dict(base.layers)
    for name, zones in layers.items():
        layer = read_catalogue()[name]
        layer = replace(layer, check=Check(**(checks or {}).get(name, {})))
        layer = replace(layer, geometry=(geometry or {}).get(name, layer.geometry))
        frame = _frame(name, zones)
        rows[name] = read_features(frame, layer)
        shelves[name] = shelve(frame.geometry.to_numpy())
        cards[name] = make_card(layer, frame, rows[name], origin={}, part={})
    return replace(base, layers=cards, store=MemoryStore(rows, shelves))


def toy_site(shape: shapely.Geometry, *, accuracy_m: float = 0.0, **changes: Any) -> Site:
    """A site of a shape, as `read_site` would give it."""
    told = {"kind": "wkt", "name": "toy", "sha256": "0" * 64}
    kind = KIND[int(shapely.get_dimensions(shape))]
    site = Site("toy", shape, accuracy_m, kind, told, "EPSG:9215", "", None, ())
    return replace(site, **changes)


UNKNOWN = math.nan
