"""The state of one layer for one site, and the findings behind it, accuracies carried into it.

Let e be the combined horizontal accuracy (95 %, metres). A zone that is shrunk
by e holds no ground within e of its outline, so "the overlap remains when the
zone is shrunk" is asked of the common ground and the outline alone: does any of
it lie deeper than e? For lines and points the site's outline takes that part.
"""

import math
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely

from lsgis.combine.common_ground import (
    ALONG_M,
    DIMENSION,
    ROUNDING_M,
    SEAM_M,
    WIDENED,
    Pieces,
    grow_ground,
    outline_together,
    parts_once,
    size_deeper,
    size_of,
    united,
)
from lsgis.sitecheck.index import (
    Bounds,
    CheckIndex,
    Feature,
    Overlap,
    Way,
    bearing_to,
    find_overlaps,
    require_computed,
)
from lsgis.sitecheck.record import INTERVALS, SEVERITY, SHARES
from lsgis.sitecheck.store import apart_each, widen

if TYPE_CHECKING:
    from lsgis.sitefile.reader import Site

COMBINATION = "root-sum-square"

# How far each feature of a layer lies from a site, as far as it matters.


def find_ways(
    site: shapely.Geometry,
    bounds: Bounds,
    edges: Pieces,
    *,
    met: Container[int],
    reach_m: float,
    limit: Callable[[int], float],
) -> dict[int, Way]:
    """The shortest way to every feature within its limit that the site does not meet: row -> way.

    Parameters
    ----------
    site, bounds
        Site, and its box.
    edges
        Edges of the features: all that lie within reach, and maybe others.
    met
        Rows the site overlaps: there is no way to go.
    reach_m
        The largest of all limits, metres.
    limit
        Row -> metres; a way longer than this is not looked for.
    """
    if not len(edges.owners):
        return {}
    least = apart_each(bounds, edges.boxes)
    ways: dict[int, Way] = {}
    shortest: dict[int, float] = {}
    order = np.argsort(least, kind="stable").tolist()  # nearest boxes first: few are measured
    owners, gaps = edges.owners.tolist(), least.tolist()
    for n in order:
        row, gap = owners[n], gaps[n]
        if gap > reach_m + ROUNDING_M:
            break
        if row in met:
            continue
        if row not in shortest:
            shortest[row] = limit(row)
        if gap > shortest[row] + ROUNDING_M:
            continue
        distance = site.distance(edges.shapes[n])
        if distance < shortest[row] or (row not in ways and distance == shortest[row]):
            shortest[row] = distance
            ways[row] = Way(distance, row, edges.shapes[n])
    return ways


# The state of one feature.


def combine_accuracy(*metres: float) -> float:
    """Combined accuracy (m) of independent ones: the root of the sum of squares."""
    return math.hypot(*metres)


def accuracy_of(site: "Site", index: CheckIndex) -> float:
    """Accuracy (95 %, m) of a site, a datum operation that was crossed in it; NaN if unknown."""
    crossed = index.inputs["datum_accuracy_m"] if site.operation else 0.0
    return combine_accuracy(site.accuracy_m, crossed)


def combine_stated(site_m: float, feature_m: float, assumed_m: float) -> tuple[float, bool]:
    """Combined accuracy (m) of site and feature, and whether one of the two is assumed (NaN)."""
    assumed = math.isnan(site_m) or math.isnan(feature_m)
    if assumed:
        site_m = assumed_m if math.isnan(site_m) else site_m
        feature_m = assumed_m if math.isnan(feature_m) else feature_m
    return combine_accuracy(site_m, feature_m), assumed


def judge(
    size: float,
    *,
    distance_m: float,
    e_m: float,
    minimum: float,
    sure: bool,
    shrunk: Callable[[], float],
    grown: Callable[[], float],
) -> str | None:
    """State of one feature for one site; None when it lies farther than e.

    Parameters
    ----------
    size
        Overlap as drawn: m² of polygons, m of lines, number of points. Touching is 0.
    distance_m
        From the site to the feature; 0 where they touch or overlap.
    e_m
        Combined accuracy, metres.
    minimum
        Smallest overlap that the layer tells from none; 0 when every overlap counts.
    sure
        Whether the feature may give "affected": drawn as a place, not as a
        symbol, and with a stated accuracy.
    shrunk, grown
        Overlap when the zone is shrunk or grown by e; asked only where it matters.
    """
    if size > 0 and size >= minimum:
        remaining = shrunk() if sure else 0.0
        return "affected" if remaining > 0 and remaining >= minimum else "likely"
    if size > 0:
        return "possible" if grown() >= minimum else "below_threshold"
    return "possible" if distance_m <= e_m else None


# The communes that a site lies in, and those it may lie in.


class Beside(NamedTuple):
    """A feature that a site does not overlap as drawn, though it may within accuracy."""

    feature: Feature
    distance_m: float
    e_m: float
    assumed: bool


def find_units(
    index: CheckIndex,
    layer: str,
    site: shapely.Geometry,
    *,
    accuracy_m: float,
    assumed_accuracy_m: float,
) -> tuple[tuple[Overlap, ...], tuple[Beside, ...]]:
    """What a site overlaps of a layer, and the other features that it may within accuracy.

    Parameters
    ----------
    index, layer
        Where the features lie.
    site
        Metres of the region's CRS.
    accuracy_m, assumed_accuracy_m
        As of a `Question`.

    Returns
    -------
    tuple
        Overlaps in the order of the layer; the others the nearest first, none farther
        than its combined accuracy.

    Raises
    ------
    SiteError
        What the site overlaps could not be computed.
    """
    card, bounds = index.layers[layer], site.bounds

    def combined(feature_m: float) -> tuple[float, bool]:
        return combine_stated(accuracy_m, feature_m, assumed_accuracy_m)

    reach = combined(card["accuracy_known_m"] or 0.0)[0]
    if card["accuracy_m"] is None:
        reach = max(reach, combined(math.nan)[0])
    pieces, edges = index.store.around(layer, widen(bounds, reach))
    met = find_overlaps(index.store, layer, site, pieces, edges)
    require_computed(met.values())
    overlaps = tuple(met.values())
    if met.keys() >= {*edges.owners.tolist()}:
        return overlaps, ()

    def limit(row: int) -> float:
        return combined(index.store.feature(layer, row).accuracy_m)[0]

    ways = find_ways(site, bounds, edges, met=met, reach_m=reach, limit=limit)
    beside = [
        Beside(feature, way.distance_m, *combined(feature.accuracy_m))
        for row, way in ways.items()
        for feature in (index.store.feature(layer, row),)
    ]
    return overlaps, tuple(sorted(beside, key=lambda one: (one.distance_m, one.feature.row)))


# What is asked of every layer alike, and what lies near the site in one of them.


class Question(NamedTuple):
    """A site and how it is asked about.

    `accuracy_m` is the site's (95 %), with that of the datum operation in it if
    one was crossed; NaN when nobody knows. `communes` are the codes it lies in, `within`
    those and the ones it may lie in within accuracy; `disputes` by layer and key; `parts` the
    rows of `environmental_part.csv` by layer; `later` the phases after the period of the plan;
    `minima` (by dimension of the overlap, by layer) those the caller set, in m or m²;
    `certificate_m2` the area of the site's land certificate, if it is ground and has one.
    """

    site: shapely.Geometry
    bounds: Bounds
    dimension: int
    accuracy_m: float
    assumed_accuracy_m: float
    complete: frozenset[str]
    communes: frozenset[str]
    within: frozenset[str]
    disputes: Mapping[tuple[str | None, str | None], Mapping[str, Any]]
    parts: Mapping[str, Mapping[str, str]]
    later: frozenset[str]
    minima: Mapping[int, Mapping[str, float]]
    certificate_m2: float | None

    def combined(self, feature_m: float) -> tuple[float, bool]:
        """Combined accuracy e (m) with that of a feature, and whether one of the two is assumed."""
        return combine_stated(self.accuracy_m, feature_m, self.assumed_accuracy_m)


class Near(NamedTuple):
    """Features of a layer near a site: what overlaps, and the way to those within reach.

    `rows` are those of both kinds, in the order of the layer; the others are out of reach.
    `lost` are rows the site meets and of which what it overlaps could not be computed: they
    may overlap by any size, or only touch.
    """

    card: Mapping[str, Any]
    dimension: int
    rows: Sequence[int]
    features: Mapping[int, Feature]
    overlaps: Mapping[int, Overlap]
    ways: Mapping[int, Way]
    pieces: Pieces
    edges: Pieces
    lost: frozenset[int]

    def distance_m(self, row: int) -> float:
        """From the site to a feature; infinite when it lies out of reach."""
        if row in self.overlaps or row in self.lost:
            return 0.0
        return self.ways[row].distance_m if row in self.ways else math.inf

    def outline(self, row: int) -> np.ndarray:
        """Edges of one feature that lie within reach."""
        return self.edges.shapes[self.edges.owners == row]


def look_near(question: Question, index: CheckIndex, card: Mapping[str, Any]) -> Near:
    """Gather what matters of a layer: overlaps, and ways within the bands and accuracy."""
    layer, bounds = card["name"], question.bounds
    reach = reach_of(question, card)
    pieces, edges = index.store.around(layer, widen(bounds, reach))
    found = find_overlaps(index.store, layer, question.site, pieces, edges)
    overlaps = {row: overlap for row, overlap in found.items() if overlap.computed}
    ways = ways_within(question, edges, reach, met=overlaps)
    rows = sorted({*found, *ways})
    features = {row: index.store.feature(layer, row) for row in rows}
    kind, lost = DIMENSION[card["geometry"]], frozenset(found.keys() - overlaps.keys())
    return Near(card, kind, rows, features, overlaps, ways, pieces, edges, lost)


def reach_of(question: Question, card: Mapping[str, Any]) -> float:
    """How far (m) to look: as far as any feature may be and still count within a band.

    The same for every feature, so that of those within reach none that is nearer is left out.
    """
    reach = question.combined(card["accuracy_known_m"] or 0.0)[0]
    if card["accuracy_m"] is None:  # somebody's accuracy is unknown: the assumed one may reach on
        reach = max(reach, question.combined(math.nan)[0])
    return reach + float(max(card["check"]["bands_m"], default=0.0))


def ways_within(
    question: Question, edges: Pieces, reach_m: float, *, met: Container[int] = ()
) -> dict[int, Way]:
    return find_ways(
        question.site, question.bounds, edges, met=met, reach_m=reach_m, limit=lambda _: reach_m
    )


# One feature that a site meets, or may meet within accuracy: a row of the report.

SIZES = ("count", "length_m", "area_m2")  # by dimension
_MINIMA = (None, "min_length_m", "min_area_m2")


Found = Mapping[int, tuple[dict[str, Any], list[shapely.Geometry]]]  # `make_finding` by row


def make_finding(
    question: Question, near: Near, row: int
) -> tuple[dict[str, Any], list[shapely.Geometry]] | None:
    """The finding on one feature; None when it lies farther than the combined accuracy.

    Returns
    -------
    tuple
        The record, and the overlap when the zone is grown by e (none when nobody
        had to ask): several small ones together may reach the minimum.
    """
    feature, overlap = near.features[row], near.overlaps.get(row)
    e_m, assumed = question.combined(feature.accuracy_m)
    dimension = min(question.dimension, near.dimension)
    symbol = feature.quality == "schematic"
    distance = near.distance_m(row)
    minimum = minimum_of(question, near, dimension)
    size = _size(overlap)
    grown: list[shapely.Geometry] = []

    def grow() -> float:
        grown.append(_grown(question, near, row, e_m))
        return size_of(grown)

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
        **_sizes(question, dimension, overlap, row not in near.lost),
        "distance_m": distance,
        "bearing_deg": bearing_of(question, near, row),
        "e_m": e_m,
        "accuracy_m": None if math.isnan(feature.accuracy_m) else feature.accuracy_m,
        "accuracy_assumed": assumed,
        "quality": feature.quality,
        "symbol": symbol,
        **standing_of(question, near, row),
        "source": list(feature.sources),
        "clauses": list(feature.clauses),
        "dispute": _dispute(question, feature),
        "geometry": overlap.pieces if overlap else None,
    }
    return record, grown


def minimum_of(question: Question, near: Near, dimension: int) -> float:
    """Smallest overlap (m² or m) that a layer tells from none; 0 when every overlap counts."""
    if question.minima:
        told = question.minima.get(dimension, {}).get(near.card["name"])
        if told is not None:
            return float(told)
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
    return _deeper_in_site(question, common, e_m, whole)


def _deeper_in_site(
    question: Question, common: Sequence[shapely.Geometry], e_m: float, whole: bool
) -> float:
    if question.dimension < 2:
        return 0.0  # a line or point site holds nothing once it is shrunk
    outline = np.array([shapely.boundary(question.site)], dtype=object)
    return size_deeper(common, outline, e_m, whole=whole)


def _grown(question: Question, near: Near, row: int, e_m: float) -> shapely.Geometry:
    """Overlap when the zone (where lines restrict, the site) is grown by e."""
    outline, common = near.outline(row), near.overlaps[row].pieces
    if near.dimension == 2:
        return grow_ground(question.site, common, outline, e_m)
    return grow_ground(united(outline), common, np.array([question.site], dtype=object), e_m)


def _sizes(
    question: Question, dimension: int, overlap: Overlap | None, is_known: bool
) -> dict[str, Any]:
    """Overlap in the dimension that site and layer have in common; the others are None."""
    sizes: dict[str, Any] = dict.fromkeys(("area_m2", "length_m", *INTERVALS, "count", *SHARES))
    if not is_known:
        return sizes
    name = SIZES[overlap.dimension if overlap else dimension]
    sizes[name] = getattr(overlap, name) if overlap else (0 if name == "count" else 0.0)
    sizes["share"] = share_of(question, dimension, _size(overlap))
    sizes["share_certificate"] = _share_certificate(question, dimension, _size(overlap))
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


def _share_certificate(question: Question, dimension: int, size: float) -> float | None:
    """Part of the area that the land certificate states; more than 1 where that is too small."""
    if not question.certificate_m2 or dimension != 2:
        return None
    return size / question.certificate_m2


def _part(question: Question, feature: Feature) -> str | None:
    """Which part of the environmental zones the feature is, as in `read_environmental_parts`."""
    row = question.parts.get(feature.layer)
    return f"{row['part']}/{feature.key}" if row else None


def standing_of(question: Question, near: Near, row: int) -> dict[str, Any]:
    """Phase and status of a feature as its layer states them, and what must be said of it."""
    feature = near.features[row]
    confirmed = feature.properties.get("in_decision") or None
    caveats = ["later"] if feature.phase in question.later else []
    caveats += ["unconfirmed"] if confirmed == "unconfirmed" else []
    caveats += ["not_computed"] if row in near.lost else []
    status = feature.properties.get("status")
    return {
        "phase": feature.phase or None,
        "in_decision": None if confirmed is None else str(confirmed),
        "status": None if status in (None, "") else str(status),
        "caveats": caveats,
    }


def _dispute(question: Question, feature: Feature) -> dict[str, Any] | None:
    found = question.disputes.get((feature.layer, feature.key))
    return {name: found.get(name) for name in ("reason", "by", "on")} if found else None


# What a record says of the nearest feature; a finding says the same of its own.
_NEAREST = (
    "key",
    "name_vi",
    "name_en",
    "distance_m",
    "bearing_deg",
    "e_m",
    "accuracy_assumed",
)

# One restricting layer asked about one site: its state, findings, nearest feature, ledger.


class Judged(NamedTuple):
    """What was judged of a layer: its record, and what that was judged by.

    `record` is that of `themes` of the report, where `lsgis.sitecheck.telling` has not added to
    it; `near` is None, and `found` empty, where nothing is drawn.
    """

    record: dict[str, Any]
    near: Near | None
    found: Found


def ask_layer(question: Question, index: CheckIndex, name: str) -> Judged:
    """What one restricting layer comes to for a site.

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
    if not question.within.isdisjoint(card["undrawn_codes"]):
        _tell_here(question, record)
    if not card["drawn"]:
        return Judged(record, None, {})
    if name in question.complete:
        record["complete"] = True
    record["state"] = "not_affected" if record["complete"] else "incomplete"
    near = look_near(question, index, card)
    found = {row: pair for row in near.rows if (pair := make_finding(question, near, row))}
    record |= _total(question, near)[0]
    record["nearest"] = _nearest(question, index, near, found)
    if found:
        findings = sorted((pair[0] for pair in found.values()), key=_severity)
        record["findings"] = findings
        record["state"] = worst_of(question, near, found)
        named = (clause for finding in findings for clause in finding["clauses"])
        record["clauses"] = list(dict.fromkeys([*record["clauses"], *named]))
    record["bands"] = _bands(question, near, found, record["state"])
    record["accuracy_assumed"] = _rests_on_assumed(question, near, record)
    return Judged(record, near, found)


def _bearing(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Findings that bear the state of a layer: those of that state, or all of them together."""
    findings = record["findings"]
    return [finding for finding in findings if finding["state"] == record["state"]] or findings


def _rests_on_assumed(question: Question, near: Near, record: Mapping[str, Any]) -> bool:
    """Whether the state of a layer would be unknown without the accuracy that was assumed.

    "affected" never rests on it; what a finding says, where each of that state does;
    that nothing is near, where it stood in for the site or for any feature.
    """
    state = record["state"]
    if state == "affected":
        return False
    if state in ("likely", "possible"):
        return all(finding["accuracy_assumed"] for finding in _bearing(record))
    return math.isnan(question.accuracy_m) or near.card["accuracy_m"] is None


def _severity(finding: Mapping[str, Any]) -> int:
    return SEVERITY.index(finding["state"])


def worst_of(question: Question, near: Near, found: Found) -> str:
    """State of a layer with findings: the worst, or a worse one of what they come to together."""
    worst = str(min((pair[0] for pair in found.values()), key=_severity)["state"])
    minimum = minimum_of(question, near, min(question.dimension, near.dimension))
    if worst == "affected" or _remains_together(question, near, minimum):
        return "affected"
    if worst in ("possible", "below_threshold"):
        size = _total(question, near)[1]
        if size > 0 and size >= minimum:
            return "likely"
    grown = [shape for pair in found.values() for shape in pair[1]]
    if worst == "below_threshold" and size_of(parts_once(grown)) >= minimum:
        return "possible"
    return worst


def _remains_together(question: Question, near: Near, minimum: float) -> bool:
    """Whether several features, taken as one, leave an overlap when they are shrunk by e."""
    if len(near.rows) < 2 or not near.overlaps:
        return False
    for rows, common, e_m in taken_as_one(question, near, sure=True):
        whole = minimum > 0
        if near.dimension == 2:
            outline, depth_m = outline_of(question, near, rows, e_m)
            left = size_deeper(common, outline, depth_m, whole=whole)
        else:
            left = _deeper_in_site(question, common, e_m, whole)
        if left > 0 and left >= minimum:
            return True
    return False


def taken_as_one(
    question: Question, near: Near, *, sure: bool
) -> Iterator[tuple[list[int], Sequence[shapely.Geometry], float]]:
    """Features that count as one: their rows, common ground once, and accuracy e (m).

    A zone may be handed over as one outline or as the parcels it is made of: a seam
    between two of them is no edge of it. For each accuracy all that are drawn as well or
    better are one zone of that accuracy: what holds of a parcel holds of it when it is known
    less well. A parcel's own finding stays what it is: that the site lies in this one and
    not in the next may well be unsure.

    Symbols are no ground. `sure` leaves out those whose accuracy is assumed.
    """
    known: dict[int, float] = {}
    for row, feature in near.features.items():
        e_m, assumed = question.combined(feature.accuracy_m)
        if feature.quality != "schematic" and not (assumed and sure):
            known[row] = e_m
    dimension = min(question.dimension, near.dimension)
    for e_m in sorted(set(known.values())):
        rows = [row for row in known if known[row] <= e_m and near.distance_m(row) <= e_m]
        met = [near.overlaps[row] for row in rows if row in near.overlaps]
        pieces = [part for one in met if one.dimension == dimension for part in one.pieces]
        if len(rows) > 1 and pieces:
            yield rows, parts_once(pieces) if len(met) > 1 else pieces, e_m


def outline_of(
    question: Question, near: Near, rows: Sequence[int], e_m: float
) -> tuple[np.ndarray, float]:
    """Outline of several features as of one within e of the site, and the depth (m) to ask for."""
    reach = e_m * WIDENED + 2 * SEAM_M
    here = np.isin(near.pieces.owners, rows)
    here &= apart_each(question.bounds, near.pieces.boxes) <= reach
    # nothing is shrunk by nothing; a point on the very edge is not deeper than it, though the
    # outline was drawn anew and is rounded
    depth_m = e_m + ALONG_M if e_m > 0 or not question.dimension else 0.0
    return outline_together(near.pieces.shapes[here]), depth_m


def _total(question: Question, near: Near) -> tuple[dict[str, Any], float]:
    """Overlap with all features together, ground they share counted once; and its size.

    In the dimension that site and layer have in common; two lines that cross
    without running together have points, which are counted beside it.
    """
    dimension = min(question.dimension, near.dimension)
    total: dict[str, Any] = dict.fromkeys(("area_m2", "length_m", "count", *SHARES))
    total[SIZES[dimension]] = 0.0 if dimension else 0
    for n in {overlap.dimension for overlap in near.overlaps.values()}:
        same = [overlap for overlap in near.overlaps.values() if overlap.dimension == n]
        total[SIZES[n]] = getattr(same[0], SIZES[n])
        if len(same) > 1:
            pieces = [piece for overlap in same for piece in overlap.pieces]
            # all of the site, where it lies within one of them
            whole = [piece for piece in pieces if piece is question.site]
            together = size_of(whole[:1] or parts_once(pieces))
            total[SIZES[n]] = together if n else int(together)
    size = float(total[SIZES[dimension]])
    if near.lost:  # what is known of the others is not all
        return dict.fromkeys(total), size
    total["share"] = share_of(question, dimension, size)
    total["share_certificate"] = _share_certificate(question, dimension, size)
    return total, size


def _nearest(
    question: Question, index: CheckIndex, near: Near, found: Found
) -> dict[str, Any] | None:
    if near.rows:
        row = min(near.rows, key=near.distance_m)
        if row in found:
            return {name: found[row][0][name] for name in _NEAREST}
        feature, distance = near.features[row], near.distance_m(row)
        bearing = bearing_of(question, near, row)
    else:
        beside = index.nearest_beside(near.card["name"], question.site, question.bounds)
        if beside is None:
            return None
        feature, distance, bearing = beside.feature, beside.distance_m, beside.bearing_deg
    e_m, assumed = question.combined(feature.accuracy_m)
    return {
        "key": feature.key,
        "name_vi": feature.name_vi,
        "name_en": feature.name_en,
        "distance_m": distance,
        "bearing_deg": bearing,
        "e_m": e_m,
        "accuracy_assumed": assumed,
    }


def _bands(question: Question, near: Near, found: Found, state: str) -> list[dict[str, Any]]:
    """How many features lie within each distance of the site: surely at least, possibly at most.

    A symbol stands for a place, and an assumed accuracy for one nobody states: neither is sure.
    What a site surely overlaps lies within any distance; of parcels that it overlaps together,
    one of them does.
    """
    nearest, farthest = [], []
    bands_m = near.card["check"]["bands_m"]
    for row in near.rows if bands_m else ():
        feature, distance = near.features[row], near.distance_m(row)
        e_m, assumed = question.combined(feature.accuracy_m)
        nearest.append(distance - e_m)
        if row in found and found[row][0]["state"] == "affected":
            farthest.append(0.0)
        elif not assumed and feature.quality != "schematic":
            farthest.append(distance + e_m)
    fewest = int(state == "affected")
    return [
        {
            "within_m": float(metres),
            "least": max(sum(distance <= metres for distance in farthest), fewest),
            "most": sum(distance <= metres for distance in nearest),
        }
        for metres in bands_m
    ]


def _tell_here(question: Question, record: dict[str, Any]) -> None:
    """Mark what is declared in communes the site lies in, or may, of what nobody has located."""
    record["undrawn"] = [
        row if row["here"] is None else {**row, "here": _here(question, row["commune_codes"])}
        for row in record["undrawn"]
    ]
    told = {row["here"] for row in record["undrawn"]}
    record["undrawn_here"] = "yes" if "yes" in told else "possible"


def _here(question: Question, codes: Sequence[str]) -> str:
    """Whether a site lies in one of some communes, or may within accuracy."""
    if not question.communes.isdisjoint(codes):
        return "yes"
    return "no" if question.within.isdisjoint(codes) else "possible"
