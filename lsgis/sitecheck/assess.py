"""One site checked against every restricting layer: a report, from values to values."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from lsgis.combine.common_ground import DIMENSION, united
from lsgis.digest import list_software
from lsgis.errors import SiteError
from lsgis.intake.notation import bare_name, fold, fold_name, near_names
from lsgis.sitecheck.content import (
    describe_site,
    identify,
    list_data,
    state_thresholds,
    to_geojson,
)
from lsgis.sitecheck.context import describe_context
from lsgis.sitecheck.declared import DEFAULTED, require_zone
from lsgis.sitecheck.index import CheckIndex, Overlap, describe_region, require_plane
from lsgis.sitecheck.law import (
    draw_consequences,
    list_contradictions,
    state_clauses,
    state_units,
    validity_clauses,
)
from lsgis.sitecheck.record import SiteReport
from lsgis.sitecheck.record_json import from_document
from lsgis.sitecheck.telling import tell_layer
from lsgis.sitecheck.verdict import (
    Beside,
    Judged,
    Question,
    accuracy_of,
    ask_layer,
    combine_accuracy,
    find_units,
)
from lsgis.text import LANGUAGES, plain_text

if TYPE_CHECKING:
    from lsgis.sitefile.reader import Site
    from lsgis.source import Plan


@dataclass(frozen=True)
class Verdicts:
    """One record a restricting layer (`themes` of the report), and the site's ground by commune.

    `beside` are the communes that it may lie in within accuracy, though not as drawn. What
    overlaps come to at least and at most, the `caveats` of a layer, how far its silence holds
    (`holds_to_m`) and its state without the minima set (`state_unset`) are told by
    `check_site` alone.

    What a site does not change in a record (`title`, `clauses`, `undrawn`) is
    shared with other answers: to be read, not written. The `geometry` of a finding is
    the common ground as it was cut: shapely pieces (metres of the region), or None.
    """

    judged: tuple[Judged, ...]
    communes: tuple[Overlap, ...]
    beside: tuple[Beside, ...]
    question: Question

    @property
    def themes(self) -> tuple[dict[str, Any], ...]:
        """The record of each layer."""
        return tuple([one.record for one in self.judged])


def check_site(
    site: "Site",
    index: "CheckIndex | Plan",
    *,
    on: date,
    type: str | None = None,
    complete: Iterable[str] = (),
    assumed_accuracy_m: float = 100.0,
    min_area_m2: Mapping[str, float] | None = None,
    min_length_m: Mapping[str, float] | None = None,
    disputes: Sequence[Mapping[str, Any]] = (),
    terrain: Mapping[str, Any] | None = None,
) -> SiteReport:
    """Say whether a site is affected, by what, how much, under which clause, and how surely.

    Every restricting layer of the catalogue gets exactly one state. "No data" is
    never "no restriction"; a symbol is never "affected"; worse accuracy never
    makes a verdict more certain.

    Parameters
    ----------
    site
        From `read_site`, for the region of the index.
    index
        From `require_index` or `build_index`; a plan is prepared first.
    on
        Day the report speaks of.
    type
        Code or title of `data/project_type.csv`; None when unknown.
    complete
        Restricting layers the caller vouches for: that what is located is all
        there is. Recorded in the report.
    assumed_accuracy_m
        Stands in where nobody states an accuracy; such a finding is never "affected".
    min_area_m2, min_length_m
        Smallest overlap that a restricting layer tells from none, by its name (m² of
        ground, m of lines), in place of the layer's own. Recorded in the report.
    disputes
        Findings that a planner disputes: `layer`, `key`, `reason`, `by`, `on`.
        They stand beside the finding; nothing is deleted.
    terrain
        From `describe_terrain`, if there is an elevation model; only told.

    Raises
    ------
    SiteError
        The site is empty, invalid or outside the province, or metres of which nobody knows the
        zone (see `require_zone`); an option is unknown; the plan or a register holds a value
        that cannot stand in a report.
    CrsError
        The site was read for a region with another CRS or datum operation.
    """
    index = _prepared(index)
    complete, disputes = tuple(sorted(set(complete))), _in_order(disputes)
    require_day(on)
    type = require_project_type(type, index.registers["project_type"])
    require_layers(index, complete, assumed_accuracy_m)
    require_sound(site, index)
    site = require_zone(site, index, assumed_accuracy_m=assumed_accuracy_m)
    minima = {2: {**(min_area_m2 or {})}, 1: {**(min_length_m or {})}}
    verdicts = judge_site(
        site,
        index,
        complete=complete,
        assumed_accuracy_m=assumed_accuracy_m,
        min_area_m2=minima[2],
        min_length_m=minima[1],
        disputes=disputes,
    )
    themes = [_own(tell_layer(verdicts.question, index, one)) for one in verdicts.judged]
    require_disputed(themes, disputes)
    context = describe_context(site, index, assumed_accuracy_m=assumed_accuracy_m)
    context["terrain"] = dict(terrain) if terrain else None
    rows, zoning = index.registers["consequence"], index.with_role("zoning")
    consequences = draw_consequences(themes, rows, type=type, whole=next(iter(zoning), ""))
    rows = index.registers["contradiction"]
    contradictions = list_contradictions(
        rows, context["communes"], themes, near=context["communes_near"]
    )
    cited = [clause for part in (themes, consequences) for row in part for clause in row["clauses"]]
    cited += [row["clause"] for row in contradictions if row["clause"]]
    clauses, instruments = (index.registers[name] for name in ("clause", "instrument"))
    thresholds = state_thresholds(
        index, [theme["layer"] for theme in themes], complete, assumed_accuracy_m, minima
    )
    return _reported(
        {
            "id": identify(site, index, on, type, thresholds, disputes, terrain),
            "on": on.isoformat(),
            "type": type,
            "region": describe_region(index.region),
            "site": describe_site(site),
            "themes": themes,
            "not_checked": [t["layer"] for t in themes if t["state"] in ("no_data", "incomplete")],
            "context": context,
            "consequences": consequences,
            "contradictions": contradictions,
            "clauses": state_clauses(
                [*cited, *validity_clauses(clauses)], clauses, instruments, on
            ),
            "validity": state_units(clauses, instruments, on, index.region.plan),
            "thresholds": thresholds,
            "data": list_data(index),
            "software": list_software(),
        }
    )


def _reported(document: dict[str, Any]) -> SiteReport:
    """The report of a check; what cannot stand in it came with the plan, not with a dossier."""
    try:
        return from_document(document)
    except SiteError as error:
        if error.code != "sitecheck.record-value":
            raise
        raise SiteError("sitecheck.no-such-value", **error.values) from error


def _own(theme: Mapping[str, Any]) -> dict[str, Any]:
    """A record as the report has it: it shares nothing with other answers, shapes are GeoJSON."""
    undrawn = [{**row, "commune_codes": [*row["commune_codes"]]} for row in theme["undrawn"]]
    parts = {"title": {**theme["title"]}, "clauses": [*theme["clauses"]], "undrawn": undrawn}
    parts["caveats"] = [*theme["caveats"]]
    findings = [{**row, "geometry": _ground(row["geometry"])} for row in theme["findings"]]
    return {**theme, **parts, "findings": findings}


def _ground(pieces: Sequence[shapely.Geometry] | None) -> dict[str, Any] | None:
    return None if pieces is None else to_geojson(united(pieces), digits=3)


def _prepared(index: "CheckIndex | Plan") -> CheckIndex:
    if isinstance(index, CheckIndex):
        return index
    from lsgis.sitecheck.build import build_index  # only now: frames are slow to import

    return build_index(index)


def _in_order(disputes: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Disputes with what a report tells of them, in one order, so that it holds all of them."""
    names = ("layer", "key", "reason", "by", "on")
    rows = [{name: str(row[name]) if row.get(name) else None for name in names} for row in disputes]
    return sorted(rows, key=lambda row: (row["layer"] or "", row["key"] or ""))


def judge_site(
    site: "Site",
    index: CheckIndex,
    *,
    complete: Iterable[str] = (),
    assumed_accuracy_m: float = 100.0,
    min_area_m2: Mapping[str, float] | None = None,
    min_length_m: Mapping[str, float] | None = None,
    disputes: Iterable[Mapping[str, Any]] = (),
) -> Verdicts:
    """The verdicts alone, without the words of a report: for many sites, or for a program.

    Parameters and refusals are those of `check_site`.
    """
    layers = require_layers(index, complete, assumed_accuracy_m)
    minima = {n: told for n, told in ((2, min_area_m2), (1, min_length_m)) if told}
    require_minima(layers, minima)
    require_sound(site, index)
    if any(row["code"] in DEFAULTED for row in site.log):
        site = require_zone(site, index, assumed_accuracy_m=assumed_accuracy_m)
    certificate_m2 = site.area_certificate_m2 if site.kind == "polygon" else None
    communes, beside = require_inside(site, index, assumed_accuracy_m=assumed_accuracy_m)
    codes = frozenset(found.feature.key for found in communes)
    question = Question(
        site=site.geometry,
        bounds=site.geometry.bounds,
        dimension=DIMENSION[site.geometry.geom_type],
        accuracy_m=accuracy_of(site, index),
        assumed_accuracy_m=assumed_accuracy_m,
        complete=frozenset(complete),
        communes=codes,
        within=codes.union(found.feature.key for found in beside) if beside else codes,
        disputes={(row.get("layer"), row.get("key")): row for row in disputes},
        parts=index.parts_by_layer,
        minima=minima,
        certificate_m2=None if certificate_m2 is None else float(certificate_m2),
        later=index.later,
    )
    judged = tuple([ask_layer(question, index, name) for name in layers])
    return Verdicts(judged, communes, beside, question)


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


def require_project_type(told: str | None, types: Iterable[Mapping[str, str]]) -> str | None:
    """Code of the project type that is told, by its code or by a title; None when none is.

    Capitals do not matter, nor do diacritics that are left out where one type alone is meant.

    Raises
    ------
    SiteError
        There is none of that name, or several; the message lists those near it, and all.
    """
    if told is None:
        return None
    rows = list(types)
    readings: list[Callable[[str], str]] = [str, fold_name]  # the closer one counts
    if fold(told) == told.lower():
        readings.append(bare_name)
    for alike in readings:
        for columns in (("code",), ("title_vi", "title_en")):
            wanted = alike(told)
            meant = [row for row in rows if wanted in {alike(row[name]) for name in columns}]
            if len(meant) == 1 and wanted:
                return meant[0]["code"]
            if meant and wanted:
                raise _unknown_type(told, meant, rows)
    titles = {row[name]: row for row in rows for name in ("code", "title_vi", "title_en")}
    near = {titles[name]["code"]: titles[name] for name in near_names(told, titles)}
    raise _unknown_type(told, near.values(), rows)


def _unknown_type(
    told: str, near: Iterable[Mapping[str, str]], rows: Iterable[Mapping[str, str]]
) -> SiteError:
    listed = [
        {
            lang: ", ".join(f"{row['code']} ({row[f'title_{lang}']})" for row in each) or "-"
            for lang in LANGUAGES
        }
        for each in (list(near), list(rows))
    ]
    found = plain_text(told, longest=60)
    return SiteError("law.unknown-type", found=found, near=listed[0], known=listed[1])


def require_layers(
    index: CheckIndex, complete: Iterable[str], assumed_accuracy_m: float
) -> tuple[str, ...]:
    """Names of all restricting layers; refuse options that mean nothing.

    Raises
    ------
    SiteError
        A layer said to be complete is unknown, an assumed accuracy is no length.
    """
    layers = index.restricting
    unknown = [name for name in complete if name not in layers]
    if unknown:
        raise SiteError(
            "sitecheck.unknown-layer", found=", ".join(unknown), known=", ".join(layers)
        )
    if not (math.isfinite(assumed_accuracy_m) and assumed_accuracy_m > 0):
        raise SiteError("sitecheck.assumed", found=assumed_accuracy_m)
    return layers


def require_minima(layers: Sequence[str], minima: Mapping[int, Mapping[str, float]]) -> None:
    """Refuse a minimum of a layer that does not restrict, or one that is no size.

    Raises
    ------
    SiteError
        The first such.
    """
    for told in minima.values():
        for layer, minimum in told.items():
            if layer not in layers:
                raise SiteError("sitecheck.unknown-layer", found=layer, known=", ".join(layers))
            if not (math.isfinite(minimum) and minimum >= 0):
                raise SiteError("sitecheck.minimum", layer=layer, found=minimum)


def require_sound(site: "Site", index: CheckIndex) -> None:
    """Refuse a site that cannot be held against the plan at all.

    Raises
    ------
    SiteError
        The geometry is missing, empty, invalid, or has a coordinate that is no
        number; the accuracy is negative.
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


def require_inside(
    site: "Site", index: CheckIndex, *, assumed_accuracy_m: float
) -> tuple[tuple[Overlap, ...], tuple[Beside, ...]]:
    """Ground of a sound site by commune; refuse one outside the province.

    Beside it the communes that the site may lie in within accuracy. A site that crosses
    the border is no refusal: the report tells how much of it lies outside. Nor is one
    within the accuracy of the border as it is drawn.

    Raises
    ------
    SiteError
        Nothing is inside the province.
    """
    shape = site.geometry
    communes, beside = find_units(
        index,
        index.one_with_role("unit"),
        shape,
        accuracy_m=accuracy_of(site, index),
        assumed_accuracy_m=assumed_accuracy_m,
    )
    if communes:
        return communes, beside
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
    return communes, beside


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
