"""A site as a question: what is asked of every layer, what is refused, how far it reaches."""

import math
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely

from lsgis.errors import CrsError, SiteError
from lsgis.sitecheck.index import (
    DIMENSION,
    ROUNDING_M,
    Bounds,
    CheckIndex,
    Feature,
    Found,
    Overlap,
    Way,
    describe_region,
    find_overlaps,
)
from lsgis.sitecheck.state import combine_accuracy
from lsgis.sitecheck.store import apart_each, widen

if TYPE_CHECKING:
    from lsgis.sitefile.reader import Site


# How far each feature of a layer lies from a site, as far as it matters.


def find_ways(
    site: shapely.Geometry,
    bounds: Bounds,
    edges: Found,
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


# What is asked of every layer alike, and what lies near the site in one of them.


class Question(NamedTuple):
    """A site and how it is asked about.

    `accuracy_m` is the site's (95 %), with that of the datum operation in it if
    one was crossed; NaN when nobody knows. `communes` are the codes it lies in;
    `disputes` by layer and key; `parts` the rows of `environmental_part.csv` by layer.
    """

    site: shapely.Geometry
    bounds: Bounds
    dimension: int
    accuracy_m: float
    assumed_accuracy_m: float
    complete: frozenset[str]
    communes: frozenset[str]
    disputes: Mapping[tuple[str | None, str | None], Mapping[str, Any]]
    parts: Mapping[str, Mapping[str, str]]

    def combined(self, feature_m: float) -> tuple[float, bool]:
        """Combined accuracy e (m) with that of a feature, and whether one of the two is assumed."""
        mine, assumed = self.accuracy_m, math.isnan(self.accuracy_m) or math.isnan(feature_m)
        if assumed:
            mine = self.assumed_accuracy_m if math.isnan(mine) else mine
            feature_m = self.assumed_accuracy_m if math.isnan(feature_m) else feature_m
        return combine_accuracy(mine, feature_m), assumed


class Near(NamedTuple):
    """Features of a layer near a site: what overlaps, and the way to those within reach.

    `rows` are those of both kinds, in the order of the layer; the others are out of reach.
    """

    card: Mapping[str, Any]
    dimension: int
    rows: Sequence[int]
    features: Mapping[int, Feature]
    overlaps: Mapping[int, Overlap]
    ways: Mapping[int, Way]
    edges: Found

    def distance_m(self, row: int) -> float:
        """From the site to a feature; infinite when it lies out of reach."""
        if row in self.overlaps:
            return 0.0
        return self.ways[row].distance_m if row in self.ways else math.inf

    def outline(self, row: int) -> np.ndarray:
        """Edges of one feature that lie within reach."""
        return self.edges.shapes[self.edges.owners == row]


def look_near(question: Question, index: CheckIndex, card: Mapping[str, Any]) -> Near:
    """Gather what matters of a layer: overlaps, and ways within the bands or within accuracy."""
    layer, bounds = card["name"], question.bounds
    widest = max(card["check"]["bands_m"], default=0.0)
    reach = max(widest, question.combined(card["accuracy_known_m"] or 0.0)[0])
    if card["accuracy_m"] is None:  # somebody's accuracy is unknown: the assumed one may reach on
        reach = max(reach, question.combined(math.nan)[0])
    pieces, edges = index.store.around(layer, widen(bounds, reach))

    def limit(row: int) -> float:
        return max(widest, question.combined(index.store.feature(layer, row).accuracy_m)[0])

    overlaps = find_overlaps(index.store, layer, question.site, pieces, edges)
    ways = find_ways(question.site, bounds, edges, met=overlaps, reach_m=reach, limit=limit)
    rows = sorted({*overlaps, *ways})
    features = {row: index.store.feature(layer, row) for row in rows}
    return Near(card, DIMENSION[card["geometry"]], rows, features, overlaps, ways, edges)


# What a check refuses, before it says anything.


def require_day(on: date) -> None:
    """Refuse anything but a day; a report speaks of one, and no clock is asked.

    Raises
    ------
    SiteError
        `on` is no day, or has a time.
    """
    if not isinstance(on, date) or isinstance(on, datetime):
        raise SiteError("sitecheck.no-day", found=repr(on))


def require_layers(
    index: CheckIndex, complete: Iterable[str], assumed_accuracy_m: float
) -> list[str]:
    """Names of all restricting layers; refuse options that mean nothing.

    Raises
    ------
    SiteError
        A layer said to be complete is unknown, an assumed accuracy is no length.
    """
    layers = [name for name, card in index.layers.items() if card["restricts"]]
    unknown = [name for name in complete if name not in layers]
    if unknown:
        raise SiteError(
            "sitecheck.unknown-layer", found=", ".join(unknown), known=", ".join(layers)
        )
    if not (math.isfinite(assumed_accuracy_m) and assumed_accuracy_m > 0):
        raise SiteError("sitecheck.assumed", found=assumed_accuracy_m)
    return layers


def require_plane(site: "Site", index: CheckIndex) -> None:
    """Refuse a site that was brought into other metres than those of the plan.

    Raises
    ------
    CrsError
        The regions of site and index differ in CRS or datum operation.
    """
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


def require_inside(
    site: "Site", index: CheckIndex, *, assumed_accuracy_m: float
) -> tuple[Overlap, ...]:
    """Ground of a site by commune; refuse one outside the province, or not to be measured.

    A site that crosses the border is no refusal: the report tells how much of it
    lies outside. Nor is one within the accuracy of the border as it is drawn.

    Raises
    ------
    SiteError
        The geometry is missing, empty, invalid, or has a coordinate that is no
        number; the accuracy is negative; nothing is inside the province.
    CrsError
        See `require_plane`.
    """
    require_plane(site, index)
    shape = site.geometry
    if shape is None or shape.is_empty or not np.isfinite(shapely.get_coordinates(shape)).all():
        raise SiteError("sitecheck.no-geometry")
    if not shape.is_valid:
        raise SiteError("sitecheck.invalid", reason=shapely.is_valid_reason(shape))
    if not (math.isnan(site.accuracy_m) or 0 <= site.accuracy_m < math.inf):
        raise SiteError("sitecheck.accuracy", found=site.accuracy_m)
    communes = tuple(index.overlay(index.one_with_role("unit"), shape))
    if communes:
        return communes
    border = index.nearest(index.one_with_role("outline"), shape)
    if border is None:
        unit, outline = index.one_with_role("unit"), index.one_with_role("outline")
        raise SiteError("sitecheck.no-province", unit=unit, outline=outline)
    both = (site.accuracy_m, border.feature.accuracy_m)
    e_m = combine_accuracy(*(assumed_accuracy_m if math.isnan(m) else m for m in both))
    if border.distance_m > e_m:
        raise SiteError(
            "sitecheck.outside",
            region=index.region.name,
            distance_km=f"{border.distance_m / 1000:.1f}",
            e_m=f"{e_m:.0f}",
        )
    return communes


def require_disputed(
    themes: Iterable[Mapping[str, Any]], disputes: Iterable[Mapping[str, Any]]
) -> None:
    """Refuse a dispute of something that no finding says, or one without a reason.

    Raises
    ------
    SiteError
        The first such dispute, with the findings there are.
    """
    found = {f"{t['layer']}:{finding['key']}" for t in themes for finding in t["findings"]}
    seen: set[str] = set()
    for row in disputes:
        name = f"{row.get('layer') or ''}:{row.get('key') or ''}"
        if name in seen:
            raise SiteError("sitecheck.dispute-twice", found=name)
        seen.add(name)
        if name not in found:
            known = ", ".join(sorted(found)) or "-"
            raise SiteError("sitecheck.dispute", found=name, known=known)
        if not str(row.get("reason") or "").strip():
            raise SiteError("sitecheck.dispute-reason", found=name)
