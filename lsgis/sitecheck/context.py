"""Where a site lies: its communes, the zones of the plan around it, what is near.

Context is told, not judged: nothing here restricts, and no verdict comes of it.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import shapely

from lsgis.sitecheck.index import Feature, Nearest, Overlap
from lsgis.sitecheck.verdict import Beside, accuracy_of, combine_stated, find_units

if TYPE_CHECKING:
    from lsgis.sitecheck.index import CheckIndex
    from lsgis.sitefile.reader import Site


def describe_context(
    site: "Site", index: "CheckIndex", *, assumed_accuracy_m: float = 100.0
) -> dict[str, Any]:
    """Describe where a site lies in the province and in the plan.

    Parameters
    ----------
    site
        Polygon, line or point, metres of the plan.
    index
        The plan; its layers with the roles unit, outline, partition, zoning,
        corridor and nearby.
    assumed_accuracy_m
        Stands in where nobody states the accuracy of the site or of a commune.

    Returns
    -------
    dict
        `communes`: `code`, `name_vi`, `name_en`, `kind`, `area_m2`, `share`,
        `accuracy_m`, `e_m`, `accuracy_assumed`, the largest first. `communes_near`: those
        within `e_m` that the site does not overlap, with `distance_m` in place of area
        and share, the nearest first. `outside_m2`, `outside_share`: what lies in no province
        drawn. `socio_economic_zone`: `key`, `name_vi`, `name_en`, `area_m2`,
        `share`. `environmental_zone`: `zone`, `area_m2`, `share`, `provisional`
        (a part of a stricter class that nobody has located may lie there).
        `corridors`, `nearest`: one row a layer: `layer`, `key`, `name_vi`,
        `name_en`, `kind`, `distance_m`, `bearing_deg` (clockwise from grid north,
        0-360, site to nearest point; None at distance 0), `accuracy_m` and
        `quality` of the feature; all None but `layer` where nothing is located.
        `terrain`: None; see `describe_terrain`.
        A share is of the site's area, length or number of points, 0-1; areas of
        lines and points are 0.
    """
    shape = site.geometry
    whole = _size(shape)
    outline, unit = index.one_with_role("outline"), index.one_with_role("unit")
    inside = math.fsum(_part(found, whole) for found in index.overlay(outline, shape))
    outside = max(0.0, 1.0 - inside)
    mine = accuracy_of(site, index)
    units, beside = find_units(
        index, unit, shape, accuracy_m=mine, assumed_accuracy_m=assumed_accuracy_m
    )

    def known(feature: Feature) -> dict[str, Any]:
        return _accuracy(feature, *combine_stated(mine, feature.accuracy_m, assumed_accuracy_m))

    return {
        "communes": _largest_first(_commune(o, whole) | known(o.feature) for o in units),
        "communes_near": [_commune_near(found) for found in beside],
        "outside_m2": outside * shape.area,
        "outside_share": outside,
        "socio_economic_zone": [
            _named(found.feature) | _measured(found, whole)
            for layer in index.with_role("partition")
            for found in index.overlay(layer, shape)
        ],
        "environmental_zone": _zones(
            [found for layer in index.with_role("zoning") for found in index.overlay(layer, shape)],
            whole,
        ),
        "corridors": [_near(n, index.nearest(n, shape)) for n in index.with_role("corridor")],
        "nearest": [_near(n, index.nearest(n, shape)) for n in index.with_role("nearby")],
        "terrain": None,
    }


def _size(shape: shapely.Geometry) -> float:
    """m² of a polygon, m of a line, number of points: by the dimension of the site."""
    dimension = shapely.get_dimensions(shape)
    if dimension == 2:
        return shape.area
    return shape.length if dimension == 1 else float(shapely.get_num_geometries(shape))


def _part(found: Overlap, whole: float) -> float:
    """Share of the site that an overlap takes, 0-1; rounding does not lift it above 1."""
    size = (float(found.count), found.length_m, found.area_m2)[found.dimension]
    return min(1.0, size / whole)


def _measured(found: Overlap, whole: float) -> dict[str, float]:
    return {"area_m2": found.area_m2, "share": _part(found, whole)}


def _named(feature: Feature) -> dict[str, str]:
    return {"key": feature.key, "name_vi": feature.name_vi, "name_en": feature.name_en}


def _unit(unit: Feature) -> dict[str, Any]:
    return {"code": unit.key, "name_vi": unit.name_vi, "name_en": unit.name_en, "kind": unit.kind}


def _commune(found: Overlap, whole: float) -> dict[str, Any]:
    return _unit(found.feature) | _measured(found, whole)


def _commune_near(found: Beside) -> dict[str, Any]:
    told = _unit(found.feature) | {"distance_m": found.distance_m}
    return told | _accuracy(found.feature, found.e_m, found.assumed)


def _accuracy(feature: Feature, e_m: float, assumed: bool) -> dict[str, Any]:
    stated = None if math.isnan(feature.accuracy_m) else feature.accuracy_m
    return {"accuracy_m": stated, "e_m": e_m, "accuracy_assumed": assumed}


def _largest_first(rows: Any) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: (-row["share"], row["code"]))


def _zones(overlaps: Sequence[Overlap], whole: float) -> list[dict[str, Any]]:
    """Classes of environmental zones with the pieces of each added up, in the layer's order."""
    found: dict[str, list[Overlap]] = {}
    for overlap in overlaps:
        found.setdefault(overlap.feature.kind or overlap.feature.key, []).append(overlap)
    return [_zone(zone, pieces, whole) for zone, pieces in found.items()]


def _zone(zone: str, pieces: Sequence[Overlap], whole: float) -> dict[str, Any]:
    return {
        "zone": zone,
        "area_m2": math.fsum(piece.area_m2 for piece in pieces),
        "share": min(1.0, math.fsum(_part(piece, whole) for piece in pieces)),
        "provisional": any(piece.feature.properties.get("not_located") for piece in pieces),
    }


def _near(layer: str, nearest: Nearest | None) -> dict[str, Any]:
    """The nearest feature of a layer; a row without one says that nothing is located."""
    if nearest is None:
        blank = dict.fromkeys(("key", "name_vi", "name_en", "kind", "distance_m", "bearing_deg"))
        return {"layer": layer, **blank, "accuracy_m": None, "quality": None}
    feature = nearest.feature
    return {
        "layer": layer,
        **_named(feature),
        "kind": feature.kind,
        "distance_m": nearest.distance_m,
        "bearing_deg": nearest.bearing_deg,
        "accuracy_m": None if math.isnan(feature.accuracy_m) else feature.accuracy_m,
        "quality": feature.quality,
    }
