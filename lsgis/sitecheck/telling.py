"""What a report tells of a layer beyond its verdict: intervals, caveats, what silence holds to.

At least is what remains when the zone is shrunk by e, at most what there is when it is
grown by e (where lines restrict, the site is). Both are a little too wide where an outline
turns (at most 0.5 % of e), never too narrow. A symbol stands for a place and has no outline
that could be moved: of it, and of a layer of which one is found, there is no interval.

No state comes of anything here, and no verdict waits for it.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from lsgis.combine.common_ground import (
    ROUNDING_M,
    WIDENED,
    ground_deeper,
    grow_ground,
    parts_once,
    single_parts,
    size_of,
    united,
)
from lsgis.sitecheck.index import CheckIndex, Way
from lsgis.sitecheck.record import SEVERITY
from lsgis.sitecheck.store import apart_each, widen
from lsgis.sitecheck.verdict import (
    Found,
    Judged,
    Near,
    Question,
    ask_layer,
    outline_of,
    reach_of,
    standing_of,
    taken_as_one,
    ways_within,
    worst_of,
)

_NAMES = {1: ("length_least_m", "length_most_m"), 2: ("area_least_m2", "area_most_m2")}
_SIZES = {1: "length_m", 2: "area_m2"}
Parts = Sequence[shapely.Geometry]


def tell_layer(question: Question, index: CheckIndex, judged: Judged) -> dict[str, Any]:
    """The record of a layer with all that a report tells of it; what was judged is not altered.

    Parameters
    ----------
    question, index
        With which the layer was asked.
    judged
        What `ask_layer` said of it.
    """
    record, near, found = judged
    if near is None:
        return record
    told: dict[str, Any] = {}
    if found:
        told["caveats"] = _caveats(question, near, found, record["state"])
        told |= _intervals(question, near, record)
    elif record["accuracy_assumed"]:
        told["holds_to_m"] = _holds_to(question, index, near, record["nearest"])
    name = record["layer"]
    if any(name in minima for minima in question.minima.values()):
        unset = ask_layer(question._replace(minima={}), index, name)
        told["state_unset"] = unset.record["state"]
    return {**record, **told}


# What overlaps come to at least and at most.


def _intervals(question: Question, near: Near, theme: Mapping[str, Any]) -> dict[str, Any]:
    """The least and the most of all findings together, and the findings with their own."""
    findings = theme["findings"]
    dimension = min(question.dimension, near.dimension)
    if not dimension or all(finding["symbol"] for finding in findings):
        return {}  # points are counted
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
    if any(finding["symbol"] for finding in findings) or near.lost:
        return {"findings": told}
    if len(told) > 1:
        least = parts_once([*least, *_shrink_together(question, near)])
        most = parts_once(most)
    together = _interval(question, dimension, least, theme[_SIZES[dimension]], most)
    return {"findings": told, **together}


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


def _shrink_together(question: Question, near: Near) -> list[shapely.Geometry]:
    """What is left of the common ground when features that count as one are shrunk by e."""
    if near.dimension < 2:
        return []  # lines and points have no seams
    return [
        part
        for rows, common, e_m in taken_as_one(question, near, sure=False)
        for part in ground_deeper(common, *outline_of(question, near, rows, e_m))
    ]


# What must be said of a state: that it needs zones planned later, or unconfirmed ones.


def _caveats(question: Question, near: Near, found: Found, state: str) -> list[str]:
    """What must be said of a layer's state: that it needs zones planned later, or unconfirmed.

    Nothing, where the zones without such a caveat give the same state; but what could not be
    computed is always said.
    """
    widest = max(pair[0]["e_m"] for pair in found.values())
    told = {
        row: standing_of(question, near, row)["caveats"]
        for row in near.rows
        if near.distance_m(row) <= widest
    }
    return [
        caveat
        for caveat in sorted({one for each in told.values() for one in each})
        if (caveat == "not_computed" and near.lost)  # it says why there is no sum of all
        or not _gives(question, near, found, state, [n for n in told if caveat not in told[n]])
    ]


def _gives(question: Question, near: Near, found: Found, state: str, rows: Sequence[int]) -> bool:
    """Whether some of the features near a site give a layer that state, or a worse one."""
    rest = {row: found[row] for row in rows if row in found}
    if not rest:
        return False
    some = near._replace(
        rows=rows,
        features={row: near.features[row] for row in rows},
        overlaps={row: near.overlaps[row] for row in rows if row in near.overlaps},
        ways={row: near.ways[row] for row in rows if row in near.ways},
        lost=near.lost.intersection(rows),
    )
    return SEVERITY.index(worst_of(question, some, rest)) <= SEVERITY.index(state)


# Silence that rests on an assumed accuracy: how large that may truly be.


def _holds_to(
    question: Question, index: CheckIndex, near: Near, nearest: Mapping[str, Any]
) -> float:
    """How large (m) what was assumed may truly be before a feature would be met.

    What it stood in for is the accuracy of the site, of a feature, or of each of both; the
    other's is known. The nearest feature is not always the first to be met: it is looked on
    until none that lies farther can be.
    """
    card, reach, edges = near.card, reach_of(question, near.card), near.edges
    while True:
        ways = ways_within(question, edges, reach)
        first = min((_room(question, index, card, way) for way in ways.values()), default=math.inf)
        x0, y0, x1, y1 = widen(question.bounds, reach)
        left, low, right, high = card["bounds"]
        if first <= _room_beyond(question, card, reach):
            return first
        if x0 <= left and y0 <= low and x1 >= right and y1 >= high:
            return first
        known = question.accuracy_m
        if math.isnan(known):
            known = card["accuracy_known_m"] or 0.0
        farther = max(2 * reach, float(nearest["distance_m"]))
        if math.isfinite(first):  # who lies farther than this is met later than that one
            farther = (max(math.hypot(first, known), first * math.sqrt(2)) + 1) * (1 + ROUNDING_M)
        reach = max(reach + 1, farther)
        edges = index.store.around(card["name"], widen(question.bounds, reach))[1]


def _room(question: Question, index: CheckIndex, card: Mapping[str, Any], way: Way) -> float:
    """The assumed accuracy (m) that reaches a feature; infinite where none is assumed."""
    feature_m = index.store.feature(card["name"], way.row).accuracy_m
    if math.isnan(question.accuracy_m) and math.isnan(feature_m):
        return way.distance_m / math.sqrt(2)
    if not question.combined(feature_m)[1]:
        return math.inf
    known = feature_m if math.isnan(question.accuracy_m) else question.accuracy_m
    return _other_of(way.distance_m, known)


def _room_beyond(question: Question, card: Mapping[str, Any], reach_m: float) -> float:
    """The least `_room` that a feature farther than this (m) may have."""
    if not math.isnan(question.accuracy_m):
        return _other_of(reach_m, question.accuracy_m)
    least = _other_of(reach_m, card["accuracy_known_m"] or 0.0)
    return least if card["accuracy_m"] is not None else min(least, reach_m / math.sqrt(2))


def _other_of(combined_m: float, known_m: float) -> float:
    """The accuracy (m) that comes to so much together with a known one."""
    return math.sqrt(max(combined_m - known_m, 0.0) * (combined_m + known_m))
