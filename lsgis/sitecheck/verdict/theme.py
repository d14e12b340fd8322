"""One restricting layer asked about one site: its state, findings, nearest feature, ledger."""

from collections.abc import Mapping, Sequence
from typing import Any

from lsgis.sitecheck.index.check_index import CheckIndex
from lsgis.sitecheck.index.overlap import united
from lsgis.sitecheck.verdict.finding import SIZES, bearing_of, make_finding, minimum_of, share_of
from lsgis.sitecheck.verdict.question import Near, Question, look_near
from lsgis.sitecheck.verdict.state import SEVERITY


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
        "key": feature.key, "name_vi": feature.name_vi, "name_en": feature.name_en,
        "distance_m": distance, "bearing_deg": bearing,
        "e_m": question.combined(feature.accuracy_m)[0],
    }  # fmt: skip


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
