"""One site checked against every restricting layer: a report, from values to values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from lsgis.sitecheck.content import (
    describe_site,
    identify,
    list_data,
    list_software,
    state_thresholds,
    to_geojson,
)
from lsgis.sitecheck.context import describe_context
from lsgis.sitecheck.index import DIMENSION, CheckIndex, Overlap, describe_region, united
from lsgis.sitecheck.law import (
    draw_consequences,
    list_contradictions,
    require_project_type,
    state_clauses,
    state_units,
    validity_clauses,
)
from lsgis.sitecheck.question import (
    Question,
    require_day,
    require_disputed,
    require_inside,
    require_layers,
)
from lsgis.sitecheck.record import SiteReport, from_document
from lsgis.sitecheck.state import combine_accuracy
from lsgis.sitecheck.verdict import ask_layer

if TYPE_CHECKING:
    import shapely

    from lsgis.sitefile.reader import Site
    from lsgis.source import Plan


@dataclass(frozen=True)
class Verdicts:
    """One record a restricting layer (`themes` of the report), and the site's ground by commune.

    What a site does not change in a record (`title`, `clauses`, `undrawn`) is
    shared with other answers: to be read, not written. The `geometry` of a finding is
    the common ground as it was cut: shapely pieces (metres of the region), or None.
    """

    themes: tuple[dict[str, Any], ...]
    communes: tuple[Overlap, ...]


def check_site(
    site: "Site",
    index: "CheckIndex | Plan",
    *,
    on: date,
    type: str | None = None,
    complete: Iterable[str] = (),
    assumed_accuracy_m: float = 100.0,
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
        Code of `data/project_type.csv`; None when unknown.
    complete
        Restricting layers the caller vouches for: that what is located is all
        there is. Recorded in the report.
    assumed_accuracy_m
        Stands in where nobody states an accuracy; such a finding is never "affected".
    disputes
        Findings that a planner disputes: `layer`, `key`, `reason`, `by`, `on`.
        They stand beside the finding; nothing is deleted.
    terrain
        From `describe_terrain`, if there is an elevation model; only told.

    Raises
    ------
    SiteError
        The site is empty, invalid or outside the province, or an option is unknown.
    CrsError
        The site was read for a region with another CRS or datum operation.
    """
    index = _prepared(index)
    complete, disputes = tuple(sorted(set(complete))), _in_order(disputes)
    require_day(on)
    require_project_type(type, index.registers["project_type"])
    verdicts = judge_site(
        site, index, complete=complete, assumed_accuracy_m=assumed_accuracy_m, disputes=disputes
    )
    themes = [_own(theme) for theme in verdicts.themes]
    require_disputed(themes, disputes)
    context = {**describe_context(site, index), "terrain": dict(terrain) if terrain else None}
    rows, zoning = index.registers["consequence"], index.with_role("zoning")
    consequences = draw_consequences(themes, rows, type=type, whole=next(iter(zoning), ""))
    rows = index.registers["contradiction"]
    contradictions = list_contradictions(rows, context["communes"], themes)
    cited = [clause for part in (themes, consequences) for row in part for clause in row["clauses"]]
    cited += [row["clause"] for row in contradictions if row["clause"]]
    clauses, instruments = (index.registers[name] for name in ("clause", "instrument"))
    thresholds = state_thresholds(
        index, [theme["layer"] for theme in themes], complete, assumed_accuracy_m
    )
    return from_document(
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


def _own(theme: Mapping[str, Any]) -> dict[str, Any]:
    """A record as the report has it: it shares nothing with other answers, shapes are GeoJSON."""
    undrawn = [{**row, "commune_codes": [*row["commune_codes"]]} for row in theme["undrawn"]]
    parts = {"title": {**theme["title"]}, "clauses": [*theme["clauses"]], "undrawn": undrawn}
    findings = [{**row, "geometry": _ground(row["geometry"])} for row in theme["findings"]]
    return {**theme, **parts, "findings": findings}


def _ground(pieces: "Sequence[shapely.Geometry] | None") -> dict[str, Any] | None:
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
    disputes: Iterable[Mapping[str, Any]] = (),
) -> Verdicts:
    """The verdicts alone, without the words of a report: for many sites, or for a program.

    Parameters and refusals are those of `check_site`.
    """
    layers = require_layers(index, complete, assumed_accuracy_m)
    communes = require_inside(site, index, assumed_accuracy_m=assumed_accuracy_m)
    crossed = index.inputs["datum_accuracy_m"] if site.operation else 0.0
    question = Question(
        site=site.geometry,
        bounds=site.geometry.bounds,
        dimension=DIMENSION[site.geometry.geom_type],
        accuracy_m=combine_accuracy(site.accuracy_m, crossed),
        assumed_accuracy_m=assumed_accuracy_m,
        complete=frozenset(complete),
        communes=frozenset(found.feature.key for found in communes),
        disputes={(row.get("layer"), row.get("key")): row for row in disputes},
        parts={row["layer"]: row for row in index.registers["environmental_part"] if row["layer"]},
    )
    return Verdicts(tuple(ask_layer(question, index, name) for name in layers), communes)
