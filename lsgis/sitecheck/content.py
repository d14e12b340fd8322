"""What the report says of site, data and software; its id and its bytes."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from lsgis.combine.common_ground import QUAD_SEGS, ROUNDING_M, WIDENED
from lsgis.digest import (
    TERRAIN_DIGITS,
    digest_of,
    settled,
    settled_log,
    shape_bytes,
)
from lsgis.sitecheck.index import CheckIndex
from lsgis.sitecheck.record import SEVERITY, WORST_FIRST, SiteReport
from lsgis.sitecheck.verdict import COMBINATION

if TYPE_CHECKING:
    from lsgis.sitefile.reader import Site


# Shapes as values that a report can hold: GeoJSON geometries.


def to_geojson(
    shape: shapely.Geometry | None, *, digits: int | None = None
) -> dict[str, Any] | None:
    """A shape as a GeoJSON geometry; coordinates rounded to `digits`, or as they are."""
    if shape is None:
        return None
    if shape.geom_type == "GeometryCollection":
        parts = [to_geojson(part, digits=digits) for part in shape.geoms]
        return {"type": "GeometryCollection", "geometries": parts}
    return {"type": shape.geom_type, "coordinates": _coordinates(shape, digits)}


def _coordinates(shape: shapely.Geometry, digits: int | None) -> Any:
    if hasattr(shape, "geoms"):
        return [_coordinates(part, digits) for part in shape.geoms]
    if shape.geom_type == "Polygon" and not len(shape.interiors):
        corners = shapely.get_coordinates(shape)
        return [(corners if digits is None else corners.round(digits)).tolist()]
    if shape.geom_type == "Polygon":
        return [_coordinates(ring, digits) for ring in (shape.exterior, *shape.interiors)]
    corners = shapely.get_coordinates(shape)
    told = (corners if digits is None else corners.round(digits)).tolist()
    return told[0] if shape.geom_type == "Point" else told


# The report as one plain document: what was asked, of what, with what; and its id.


def identify(
    site: "Site",
    index: CheckIndex,
    on: date,
    type: str | None,
    thresholds: Mapping[str, Any],
    disputes: Sequence[Mapping[str, Any]],
    terrain: Mapping[str, Any] | None,
) -> str:
    """sha256 of everything a report depends on: same inputs, same id; one other byte, another.

    The index stands for the layers: its digest covers what the files of the region
    and the texts of reports say (not how that is written down), the user's own files,
    what they say, the rule and the version of lsgis.
    Computed places and numbers enter rounded, see `lsgis.digest`: another
    processor gives the same id. The source itself enters by the digest of its bytes.
    """
    inputs = {
        "site": {
            "name": site.name,
            "kind": site.kind,
            "input": dict(site.input),
            "crs_found": site.crs_found,
            "operation": site.operation,
            "accuracy_m": number(site.accuracy_m),
            "area_certificate_m2": number(site.area_certificate_m2),
            "log": settled_log(site.log),
            "geometry": hashlib.sha256(shape_bytes(site.geometry)).hexdigest(),
        },
        "index": index.digest,
        "on": on.isoformat(),
        "type": type,
        "thresholds": dict(thresholds),
        "disputes": list(disputes),
        "terrain": settled(dict(terrain), digits=TERRAIN_DIGITS) if terrain else None,
    }
    return digest_of(settled(inputs))


def describe_site(site: "Site") -> dict[str, Any]:
    """What the report says of the site itself, measured in the plane of its region.

    Metres as they are; degrees to 10 decimals (a hundredth of a millimetre) and
    the area on the ellipsoid to 0.001 m², which is what all machines agree on.
    """
    from lsgis.crs import ellipsoidal_area, plane_of, to_degrees  # PROJ: verdicts alone need none

    shape, plane = site.geometry, plane_of(site.region)
    inside = shapely.point_on_surface(shape)
    both = to_degrees(shapely.GeometryCollection([inside, shape]), site.region)  # PROJ asked once
    there, degrees = both.geoms
    flat, thin = site.kind == "polygon", site.kind == "line"
    rings = shapely.get_parts(shape)
    return {
        "name": site.name,
        "kind": site.kind,
        "input": dict(site.input),
        "crs_found": site.crs_found,
        "operation": site.operation,
        "accuracy_m": number(site.accuracy_m),
        "area_m2": float(shape.area) if flat else None,
        "area_ellipsoidal_m2": round(ellipsoidal_area(shape, plane), 3) if flat else None,
        "area_certificate_m2": number(site.area_certificate_m2),
        "length_m": float(shape.length) if thin else None,
        "parts": len(rings),
        "holes": int(shapely.get_num_interior_rings(rings).sum()) if flat else 0,
        "vertices": int(shapely.get_num_coordinates(shape)) - (_closings(rings) if flat else 0),
        "bounds": list(shape.bounds),
        "inside": {
            "easting": inside.x,
            "northing": inside.y,
            "lon": round(there.x, 10),
            "lat": round(there.y, 10),
        },
        "geometry": to_geojson(shape),
        "geometry_wgs84": to_geojson(degrees, digits=9),
        "log": [dict(entry) for entry in site.log],
    }


def number(value: float | None) -> float | None:
    """A number as JSON can hold it: NaN is None."""
    return None if value is None or math.isnan(value) else float(value)


def _closings(polygons: np.ndarray) -> int:
    """Rings of polygons: each says its first vertex twice."""
    return int((shapely.get_num_interior_rings(polygons) + 1).sum())


def state_thresholds(
    index: CheckIndex,
    layers: Sequence[str],
    complete: Sequence[str],
    assumed_accuracy_m: float,
    minima: Mapping[int, Mapping[str, float]],
) -> dict[str, Any]:
    """Every number and choice that decides a state, as used; `minima` that the caller set.

    Those are by the dimension of the overlap: 2 for m², 1 for m.
    """
    own = {n: {name: float(m) for name, m in sorted(minima[n].items())} for n in (2, 1)}
    checks = {name: index.layers[name]["check"] for name in layers}
    return {
        "combination": COMBINATION,
        "assumed_accuracy_m": float(assumed_accuracy_m),
        "datum_accuracy_m": index.inputs["datum_accuracy_m"],
        "complete": list(complete),
        "min_area_m2": {n: own[2].get(n, float(c["min_area_m2"])) for n, c in checks.items()},
        "min_length_m": {n: own[1].get(n, float(c["min_length_m"])) for n, c in checks.items()},
        "set_min_area_m2": own[2],
        "set_min_length_m": own[1],
        "bands_m": {name: [float(m) for m in check["bands_m"]] for name, check in checks.items()},
        "rounding_m": ROUNDING_M,
        "quad_segs": QUAD_SEGS,
        "buffer_widened": WIDENED,
        "rule": index.inputs["rule"],
    }


def list_data(index: CheckIndex) -> list[dict[str, Any]]:
    """Where each layer came from, how good it is, and the digest of what it says."""
    return [
        {
            "layer": name,
            **card["data"],
            "digest": card["digest"],
            "quality": card["quality"],
            "accuracy_m": card["accuracy_m"],
        }
        for name, card in index.layers.items()
    ]


def find_strongest(report: SiteReport) -> tuple[int, int] | None:
    """Numbers of the layer and of its finding that weighs most; None where nothing is found.

    The worst state of a layer first, then of the finding in it, then the largest overlap, then
    the nearest: parcels may come to more together than any of them alone.
    """
    ranked = [
        (
            WORST_FIRST.index(theme.state),
            WORST_FIRST.index(finding.state),
            -(finding.area_m2 or finding.length_m or finding.count or 0),
            finding.distance_m,
            (number, place),
        )
        for number, theme in enumerate(report.themes)
        for place, finding in enumerate(theme.findings)
        if finding.state in SEVERITY
    ]
    return min(ranked)[-1] if ranked else None
