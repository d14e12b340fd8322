"""One feature that a site meets, or may meet within accuracy: a row of the report."""

import math
from typing import Any

import numpy as np
import shapely

from lsgis.sitecheck.index.check_index import bearing_to
from lsgis.sitecheck.index.feature import Feature, Overlap
from lsgis.sitecheck.index.overlap import united
from lsgis.sitecheck.verdict.question import Near, Question
from lsgis.sitecheck.verdict.state import judge, size_deeper, size_grown

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
        "key": feature.key, "name_vi": feature.name_vi, "name_en": feature.name_en,
        "part": _part(question, feature), "state": state,
        **_sizes(question, dimension, overlap),
        "distance_m": distance, "bearing_deg": bearing_of(question, near, row),
        "e_m": e_m, "accuracy_m": None if math.isnan(feature.accuracy_m) else feature.accuracy_m,
        "accuracy_assumed": assumed, "quality": feature.quality, "symbol": symbol,
        "source": list(feature.sources), "clauses": list(feature.clauses),
        "dispute": _dispute(question, feature),
        "geometry": overlap.pieces if overlap else None,
    }  # fmt: skip
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
