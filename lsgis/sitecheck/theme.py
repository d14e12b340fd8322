"""One restricting layer asked about one site: its state, findings, nearest feature, ledger."""

from collections.abc import Mapping, Sequence
from typing import Any

from lsgis.sitecheck.feature import Feature
from lsgis.sitecheck.finding import SIZES, bearing_of, make_finding, minimum_of, share_of
from lsgis.sitecheck.index import CheckIndex
from lsgis.sitecheck.overlap import united
from lsgis.sitecheck.question import Near, Question, look_near
from lsgis.sitecheck.verdict import SEVERITY


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
    complete = card["complete"] or (name in question.complete and card["drawn"] > 0)
    state = "not_affected" if complete else "incomplete" if card["drawn"] else "no_data"
    findings: list[dict[str, Any]] = []
    total: dict[str, Any] = dict.fromkeys(("area_m2", "length_m", "count", "share"))
    nearest, bands = None, []
    if card["drawn"]:
        near = look_near(question, index, card)
        rows = sorted({*near.overlaps, *near.ways})
        found = [pair for row in rows if (pair := make_finding(question, near, row))]
        findings = [record for record, _ in found]
        findings.sort(key=lambda record: SEVERITY.index(record["state"]))
        total, size = _total(question, near)
        if findings:
            grown = sum(grown for _, grown in found)
            state = _worst(findings, size, grown, minimum_of(near, _dimension(question, near)))
        nearest = _nearest(question, index, near)
        bands = _bands(near)
    return {
        "layer": name, "title": dict(card["title"]), "theme": card["theme"], "state": state,
        "quality": card["quality"], "accuracy_m": card["accuracy_m"],
        "expected": card["expected"], "listed": card["listed"], "located": card["located"],
        "complete": complete, "origin": card["data"]["origin"], **total,
        "nearest": nearest, "bands": bands, "clauses": _clauses(question, card, findings),
        **_undrawn(question, index, card), "office": card["check"]["office"] or None,
        "findings": findings,
    }  # fmt: skip


def _dimension(question: Question, near: Near) -> int:
    return min(question.dimension, near.dimension)


def _worst(findings: Sequence[Mapping], size: float, grown: float, minimum: float) -> str:
    """State of a layer with findings: the worst, and what small ones come to together."""
    worst = findings[0]["state"]
    if worst != "below_threshold":
        return worst
    if size >= minimum:
        return "likely"
    return "possible" if grown >= minimum else worst


def _total(question: Question, near: Near) -> tuple[dict[str, Any], float]:
    """Overlap with all features together, ground they share counted once; and its size."""
    dimension = _dimension(question, near)
    total: dict[str, Any] = dict.fromkeys(("area_m2", "length_m", "count", "share"))
    pieces: dict[int, list] = {0: [], 1: [], 2: []}
    for overlap in near.overlaps.values():
        pieces[overlap.dimension] += overlap.pieces
    several = len(near.overlaps) > 1
    sizes = []
    for n, name in enumerate(SIZES):
        if n != dimension and not pieces[n]:
            sizes.append(0.0)
            continue
        only = next((o for o in near.overlaps.values() if o.dimension == n), None)
        shape = united(pieces[n]) if several else None
        value = getattr(only, name) if only else 0.0
        if shape is not None:
            value = (len(getattr(shape, "geoms", [0])), shape.length, shape.area)[n]
        total[name] = int(value) if n == 0 else float(value)
        sizes.append(value)
    total["share"] = share_of(question, dimension, sizes[dimension])
    return total, float(sizes[dimension])


def _nearest(question: Question, index: CheckIndex, near: Near) -> dict[str, Any] | None:
    rows = {*near.overlaps, *near.ways}
    if rows:
        row = min(rows, key=lambda row: (near.distance_m(row), row))
        feature, distance = near.features[row], near.distance_m(row)
        bearing = bearing_of(question, near, row)
    else:
        found = index.nearest(near.card["name"], question.site)
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
    distances = [near.distance_m(row) for row in {*near.overlaps, *near.ways}]
    return [
        {"within_m": float(metres), "count": sum(distance <= metres for distance in distances)}
        for metres in near.card["check"]["bands_m"]
    ]


def _clauses(question: Question, card: Mapping, findings: Sequence[Mapping]) -> list[str]:
    """Clauses under which the layer restricts: the Decision's, the Decree's, the findings'."""
    part = question.parts.get(card["name"], {})
    named = [card["legal"]["clause"], part.get("clause", ""), part.get("clause_decree", "")]
    named += [clause for record in findings for clause in record["clauses"]]
    return [clause for clause in dict.fromkeys(named) if clause]


def _undrawn(question: Question, index: CheckIndex, card: Mapping) -> dict[str, Any]:
    """Features the Decision declares and nobody has located; whether one is declared here."""
    features = [index.store.feature(card["name"], row) for row in card["undrawn"]]
    rows = [
        {
            "key": f.key, "name_vi": f.name_vi, "name_en": f.name_en,
            "commune_codes": list(f.commune_codes), "here": _here(question, f),
        }
        for f in features
    ]  # fmt: skip
    here = [row["here"] for row in rows]
    unnamed = card["undrawn_count"] - len(rows)  # counted, and named nowhere
    known = True if True in here else None if None in here or unnamed > 0 else False
    if not card["undrawn_count"] and card["expected"] is None:
        known = None
    return {"undrawn": rows, "undrawn_count": card["undrawn_count"], "undrawn_here": known}


def _here(question: Question, feature: Feature) -> bool | None:
    """Whether a feature is declared in a commune of the site; None when no commune is declared."""
    if not feature.commune_codes:
        return None
    return not question.communes.isdisjoint(feature.commune_codes)
