"""The state of one layer for one site, and the findings behind it."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from lsgis.sitecheck.index import CheckIndex, Feature, Overlap, bearing_to, united
from lsgis.sitecheck.question import Near, Question, look_near
from lsgis.sitecheck.state import SEVERITY, judge, size_deeper, size_grown

# One feature that a site meets, or may meet within accuracy: a row of the report.

SIZES = ("count", "length_m", "area_m2")  # by dimension
_MINIMA = (None, "min_length_m", "min_area_m2")


def make_finding(question: Question, near: Near, row: int) -> tuple[dict[str, Any], float] | None:
    """The finding on one feature; None when it lies farther than the combined accuracy.

    Returns
    -------
    tuple
        The record, and the overlap when the zone is grown by e (m² or m; 0 when
        nobody had to ask): several small ones together may reach the minimum.
    """
    feature, overlap = near.features[row], near.overlaps.get(row)
    e_m, assumed = question.combined(feature.accuracy_m)
    dimension = min(question.dimension, near.dimension)
    symbol = feature.quality == "schematic"
    distance = near.distance_m(row)
    minimum = minimum_of(near, dimension)
    size = _size(overlap)
    grown: list[float] = []

    def grow() -> float:
        grown.append(_grown(question, near, row, e_m))
        return grown[0]

    state = judge(
        size,
        distance_m=distance,
        e_m=e_m,
        minimum=minimum if overlap is None or overlap.dimension == dimension else 0.0,
        sure=not symbol and not assumed,
        shrunk=lambda: _deeper(question, near, row, e_m, minimum > 0),
        grown=grow,
    )
    if state is None:
        return None
    record = {
        "key": feature.key,
        "name_vi": feature.name_vi,
        "name_en": feature.name_en,
        "part": _part(question, feature),
        "state": state,
        **_sizes(question, dimension, overlap),
        "distance_m": distance,
        "bearing_deg": bearing_of(question, near, row),
        "e_m": e_m,
        "accuracy_m": None if math.isnan(feature.accuracy_m) else feature.accuracy_m,
        "accuracy_assumed": assumed,
        "quality": feature.quality,
        "symbol": symbol,
        "source": list(feature.sources),
        "clauses": list(feature.clauses),
        "dispute": _dispute(question, feature),
        "geometry": overlap.pieces if overlap else None,
    }
    return record, grown[0] if grown else 0.0


def minimum_of(near: Near, dimension: int) -> float:
    """Smallest overlap (m² or m) that a layer tells from none; 0 when every overlap counts."""
    return float(near.card["check"][_MINIMA[dimension]]) if dimension else 0.0


def bearing_of(question: Question, near: Near, row: int) -> float | None:
    """Grid bearing from the site to a feature within reach; None where they meet."""
    if row in near.overlaps or row not in near.ways or near.ways[row].distance_m == 0:
        return None
    return bearing_to(question.site, near.ways[row].edge)


def _size(overlap: Overlap | None) -> float:
    return float(getattr(overlap, SIZES[overlap.dimension])) if overlap else 0.0


def _deeper(question: Question, near: Near, row: int, e_m: float, whole: bool) -> float:
    """Overlap when the zone is shrunk by e; where lines or points restrict, the site is."""
    common = near.overlaps[row].pieces
    if near.dimension == 2:
        return size_deeper(common, near.outline(row), e_m, whole=whole)
    if question.dimension < 2:
        return 0.0  # a line or point site holds nothing once it is shrunk
    outline = np.array([shapely.boundary(question.site)], dtype=object)
    return size_deeper(common, outline, e_m, whole=whole)


def _grown(question: Question, near: Near, row: int, e_m: float) -> float:
    """Overlap when the zone (where lines restrict, the site) is grown by e."""
    outline, common = near.outline(row), near.overlaps[row].pieces
    if near.dimension == 2:
        return size_grown(question.site, common, outline, e_m)
    lines = united(outline)
    return size_grown(lines, [question.site], np.array([question.site], dtype=object), e_m)


def _sizes(question: Question, dimension: int, overlap: Overlap | None) -> dict[str, Any]:
    """Overlap in the dimension that site and layer have in common; the others are None."""
    sizes: dict[str, Any] = dict.fromkeys(("area_m2", "length_m", "count", "share"))
    name = SIZES[overlap.dimension if overlap else dimension]
    sizes[name] = getattr(overlap, name) if overlap else (0 if name == "count" else 0.0)
    sizes["share"] = share_of(question, dimension, _size(overlap))
    return sizes


def share_of(question: Question, dimension: int, size: float) -> float | None:
    """Part of the site (0-1), where the overlap is of the site's own dimension."""
    if dimension != question.dimension:
        return None
    shape = question.site
    if dimension == 2:
        return min(size / shape.area, 1.0)
    whole = shape.length if dimension else shapely.get_num_geometries(shape)
    return min(size / float(whole), 1.0)


def _part(question: Question, feature: Feature) -> str | None:
    """Which part of the environmental zones the feature is, as in `read_environmental_parts`."""
    row = question.parts.get(feature.layer)
    return f"{row['part']}/{feature.key}" if row else None


def _dispute(question: Question, feature: Feature) -> dict[str, Any] | None:
    found = question.disputes.get((feature.layer, feature.key))
    return {name: found.get(name) for name in ("reason", "by", "on")} if found else None


# One restricting layer asked about one site: its state, findings, nearest feature, ledger.


def ask_layer(question: Question, index: CheckIndex, name: str) -> dict[str, Any]:
    """What one restricting layer says of a site: a record of `themes` of the report.

    Parameters
    ----------
    question
        The site and how it is asked about.
    index
        Index of the plan.
    name
        A restricting layer of the catalogue.
    """
    card = index.layers[name]
    record = index.blank(name)
    if not question.communes.isdisjoint(card["undrawn_codes"]):
        _tell_here(question, record)
    if not card["drawn"]:
        return record
    if name in question.complete:
        record["complete"] = True
    record["state"] = "not_affected" if record["complete"] else "incomplete"
    near = look_near(question, index, card)
    found = [pair for row in near.rows if (pair := make_finding(question, near, row))]
    total, size = _total(question, near)
    record |= total
    record["nearest"] = _nearest(question, index, near)
    record["bands"] = _bands(near)
    if found:
        findings = sorted((pair[0] for pair in found), key=_severity)
        minimum = minimum_of(near, min(question.dimension, near.dimension))
        record["findings"] = findings
        record["state"] = _worst(findings, size, sum(pair[1] for pair in found), minimum)
        named = (clause for finding in findings for clause in finding["clauses"])
        record["clauses"] = list(dict.fromkeys([*record["clauses"], *named]))
    return record


def _severity(finding: Mapping[str, Any]) -> int:
    return SEVERITY.index(finding["state"])


def _worst(findings: Sequence[Mapping], size: float, grown: float, minimum: float) -> str:
    """State of a layer with findings: the worst, and what small ones come to together."""
    worst = findings[0]["state"]
    if worst != "below_threshold":
        return worst
    if size >= minimum:
        return "likely"
    return "possible" if grown >= minimum else worst


def _total(question: Question, near: Near) -> tuple[dict[str, Any], float]:
    """Overlap with all features together, ground they share counted once; and its size.

    In the dimension that site and layer have in common; two lines that cross
    without running together have points, which are counted beside it.
    """
    dimension = min(question.dimension, near.dimension)
    total: dict[str, Any] = dict.fromkeys(("area_m2", "length_m", "count", "share"))
    total[SIZES[dimension]] = 0.0 if dimension else 0
    for n in {overlap.dimension for overlap in near.overlaps.values()}:
        same = [overlap for overlap in near.overlaps.values() if overlap.dimension == n]
        total[SIZES[n]] = getattr(same[0], SIZES[n])
        if len(same) > 1:
            shape = question.site  # all of it, where it lies within one of them
            if not any(overlap.pieces[0] is shape for overlap in same):
                shape = united([piece for overlap in same for piece in overlap.pieces])
            assert shape is not None  # an overlap has pieces
            total[SIZES[n]] = (len(getattr(shape, "geoms", [0])), shape.length, shape.area)[n]
    size = float(total[SIZES[dimension]])
    total["share"] = share_of(question, dimension, size)
    return total, size


def _nearest(question: Question, index: CheckIndex, near: Near) -> dict[str, Any] | None:
    if near.rows:
        row = min(near.rows, key=near.distance_m)
        feature, distance = near.features[row], near.distance_m(row)
        bearing = bearing_of(question, near, row)
    else:
        found = index.nearest_beside(near.card["name"], question.site, question.bounds)
        if found is None:
            return None
        feature, distance, bearing = found.feature, found.distance_m, found.bearing_deg
    return {
        "key": feature.key,
        "name_vi": feature.name_vi,
        "name_en": feature.name_en,
        "distance_m": distance,
        "bearing_deg": bearing,
        "e_m": question.combined(feature.accuracy_m)[0],
    }


def _bands(near: Near) -> list[dict[str, Any]]:
    """How many features lie within each distance of the site."""
    distances = [near.distance_m(row) for row in near.rows]
    return [
        {"within_m": float(metres), "count": sum(distance <= metres for distance in distances)}
        for metres in near.card["check"]["bands_m"]
    ]


def _tell_here(question: Question, record: dict[str, Any]) -> None:
    """Mark what is declared in the site's own communes, of what nobody has located."""
    record["undrawn_here"] = True
    record["undrawn"] = [
        row
        if row["here"] is None
        else {**row, "here": not question.communes.isdisjoint(row["commune_codes"])}
        for row in record["undrawn"]
    ]
