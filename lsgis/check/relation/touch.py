"""Does a line reach what it names, and does a gate lie at the border?"""

from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from lsgis.check.issue import Issue, Term, new_issue
from lsgis.check.outline import ARITHMETIC_M, worst_accuracy
from lsgis.check.relation.rule import names_of, reason_of
from lsgis.check.relation.subject import Named, Subject, skipped
from lsgis.check.shape import finite_shapes

_YES = "yes"


def check_touches(subject: Subject, named: Named) -> list[Issue]:
    """Features that lie farther from what they name than the rule and all errors allow.

    A rule `touches` asks for each code, `touches_any` for the nearest of those at hand.
    """
    either = subject.rule["relation"] == "touches_any"
    found: list[Issue] = []
    unknown: list[int] = []
    missing: dict[str, None] = {}
    for row, codes in enumerate(subject.codes):
        known = tuple(code for code in codes if code in named.shapes)
        if len(known) < len(codes) and not (either and known):
            unknown.append(row)
            missing |= dict.fromkeys(code for code in codes if code not in named.shapes)
        asked = [known] if either and known else [(code,) for code in known]
        table = [
            _measure(subject, row, named.place(some), named.accuracy_m(some)) for some in asked
        ]
        for code in ("LS-REL-APART", "LS-REL-UNSURE"):
            these = [n for n, told in enumerate(table) if told["code"] == code]
            who = names_of((c for n in these for c in asked[n]), named.called)
            found += _told(subject, row, who, [table[n] for n in these])
    return found + skipped(subject, np.array(unknown, dtype=int), tuple(missing), named)


def check_at_border(
    subject: Subject, communes: gpd.GeoDataFrame | None, named: Named
) -> list[Issue]:
    """Features farther from the border than the rule and all errors allow.

    The border is not drawn in any source at hand. What is known: which communes
    lie on it (a column that says "yes"), and where the outline of all communes
    runs. The outer edge of those communes holds the border, and at either end
    of it some of the edge towards the neighbouring provinces: a feature far
    from this edge is far from the border for certain. Without such communes
    nothing is checked, and the note says so.
    """
    column = str(subject.rule["field"])
    edge = None if communes is None else outer_edge(communes, column)
    if communes is None or edge is None:
        return skipped(subject, np.arange(len(subject.keys)), (Term("check.border"),), named)
    accuracy = worst_accuracy(communes[communes[column] == _YES])
    found = []
    for row in range(len(subject.keys)):
        told = _measure(subject, row, edge, accuracy)
        if told["code"] == "LS-REL-APART":
            told["code"] = "LS-REL-BORDER"
        found += _told(subject, row, (Term("check.border-edge"),), [told] if told["code"] else [])
    return found


def outer_edge(communes: gpd.GeoDataFrame, column: str) -> shapely.Geometry | None:
    """Outer edge of all communes along those whose column says "yes"; None when none does."""
    if column not in communes:
        return None
    shapes = shapely.make_valid(finite_shapes(np.asarray(communes.geometry, dtype=object)))
    whole = shapely.boundary(shapely.union_all(shapes))
    chosen = shapes[(communes[column] == _YES).to_numpy(dtype=bool)]
    shapely.prepare(whole)
    pieces = [shapely.intersection(whole, shapely.boundary(shape)) for shape in chosen]
    edge = shapely.union_all(np.array([*pieces, None], dtype=object))
    return None if shapely.is_empty(edge) else edge


def _measure(subject: Subject, row: int, place, accuracy_m: float) -> dict[str, Any]:
    """How far a feature lies from a place, and what that comes to ("" when near enough)."""
    shape, expected = subject.shapes[row], float(subject.rule["distance_m"])
    distance = float(shapely.distance(shape, place))
    accuracy = float(np.hypot(subject.accuracy_m[row], accuracy_m))
    near = distance <= expected + ARITHMETIC_M
    code = "LS-REL-APART" if distance > expected + accuracy else "LS-REL-UNSURE"
    return {
        "code": "" if near else code, "distance_m": distance, "accuracy_m": accuracy,
        "place": shapely.get_point(shapely.shortest_line(shape, place), 0),
    }  # fmt: skip


def _told(subject: Subject, row: int, who: tuple, table: list[dict[str, Any]]) -> list[Issue]:
    """One issue for everything that one feature does not reach; its place is by the farthest."""
    if not table:
        return []
    worst = max(table, key=lambda told: told["distance_m"])
    return [
        new_issue(
            worst["code"], subject.layer, key=subject.keys[row], name=subject.names[row],
            place=worst["place"], named=who, distance_m=worst["distance_m"],
            expected=float(subject.rule["distance_m"]), accuracy_m=worst["accuracy_m"],
            **reason_of(subject.rule, "relation", clause=subject.clauses[row]),
        )
    ]  # fmt: skip
