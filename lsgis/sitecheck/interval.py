"""What overlaps come to at least and at most, the accuracies of site and zone carried into them.

At least is what remains when the zone is shrunk by e, at most what there is when it is
grown by e (where lines restrict, the site is). Both are a little too wide where an outline
turns (at most 0.5 % of e), never too narrow. A symbol stands for a place and has no outline
that could be moved: of it, and of a layer of which one is found, there is no interval.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from lsgis.combine.common_ground import (
    WIDENED,
    ground_deeper,
    grow_ground,
    parts_once,
    single_parts,
    size_of,
    united,
)
from lsgis.sitecheck.index import CheckIndex
from lsgis.sitecheck.store import apart_each
from lsgis.sitecheck.verdict import Near, Question, look_near, shrink_together

_NAMES = {1: ("length_least_m", "length_most_m"), 2: ("area_least_m2", "area_most_m2")}
_SIZES = {1: "length_m", 2: "area_m2"}
Parts = Sequence[shapely.Geometry]


def tell_intervals(
    question: Question, index: CheckIndex, theme: Mapping[str, Any]
) -> dict[str, Any]:
    """A record of `ask_layer` with the least and the most that each overlap and all may come to.

    Parameters
    ----------
    question, index
        With which the layer was asked.
    theme
        The record; it is not altered.
    """
    findings = theme["findings"]
    if all(finding["symbol"] for finding in findings):
        return dict(theme)
    near = look_near(question, index, index.layers[theme["layer"]])
    dimension = min(question.dimension, near.dimension)
    if not dimension:
        return dict(theme)  # points are counted
    rows = {near.features[row].key: row for row in near.rows}
    told, least, most = [], [], []
    for finding in findings:
        row = rows[finding["key"]]
        overlap = near.overlaps.get(row)
        # a symbol, what was not computed, or two lines that cross and have points in common
        unbounded = finding["symbol"] or row in near.lost
        if unbounded or (overlap and overlap.dimension != dimension):
            told.append(finding)
            continue
        low, high = _least(question, near, row), _most(question, near, row, dimension)
        least += low
        most += high
        size = finding[_SIZES[dimension]]
        told.append(finding | _interval(question, dimension, low, size, high))
    record = {**theme, "findings": told}
    if not any(finding["symbol"] for finding in findings) and not near.lost:
        if len(told) > 1:
            least = parts_once([*least, *shrink_together(question, near)])
            most = parts_once(most)
        record |= _interval(question, dimension, least, theme[_SIZES[dimension]], most)
    return record


def _interval(
    question: Question, dimension: int, least: Parts, size: float, most: Parts
) -> dict[str, float]:
    """The two ends, in order about what was measured, and none above the site's own size."""
    low, high = min(size_of(least), size), max(size_of(most), size)
    if dimension == question.dimension:
        whole = question.site.area if dimension == 2 else question.site.length
        high = max(min(high, whole), size)
    return dict(zip(_NAMES[dimension], (low, high), strict=True))


def _edges(question: Question, near: Near, row: int, e_m: float) -> np.ndarray:
    """Edges of one feature that lie within e of the site's box."""
    here = near.edges.owners == row
    here &= apart_each(question.bounds, near.edges.boxes) <= e_m * WIDENED
    return near.edges.shapes[here]


def _least(question: Question, near: Near, row: int) -> list[shapely.Geometry]:
    """Common ground with a feature that is shrunk by e; with a line, where the site is."""
    if row not in near.overlaps:
        return []
    e_m = question.combined(near.features[row].accuracy_m)[0]
    common = near.overlaps[row].pieces
    if near.dimension == 2:
        return ground_deeper(common, _edges(question, near, row, e_m), e_m)
    if question.dimension < 2:
        return list(common) if e_m == 0 else []
    rim = np.array([shapely.boundary(question.site)], dtype=object)
    return ground_deeper(common, rim, e_m)


def _most(question: Question, near: Near, row: int, dimension: int) -> list[shapely.Geometry]:
    """Common ground with a feature that is grown by e; with a line, where the site is."""
    e_m = question.combined(near.features[row].accuracy_m)[0]
    common = near.overlaps[row].pieces if row in near.overlaps else ()
    edges = _edges(question, near, row, e_m)
    if e_m == 0 or not len(edges):
        return list(common)
    if near.dimension == 2:
        grown = grow_ground(question.site, common, edges, e_m)
    else:
        around = shapely.get_parts(question.site)
        grown = grow_ground(united(edges), around, around, e_m)
    return [part for part in single_parts(grown) if shapely.get_dimensions(part) == dimension]
