"""Does a feature lie in the place it declares?"""

import numpy as np
import shapely

from lsgis.check.issue import Issue, new_issue
from lsgis.check.outline import parts_outside
from lsgis.check.relation.rule import names_of, reason_of
from lsgis.check.relation.subject import Named, Subject, skipped


def check_declared(subject: Subject, named: Named) -> list[Issue]:
    """Points and polygons that lie outside the union of what they name.

    Within the error of the feature and of the place together (root of the sum
    of squares) it is a note; partly outside a warning, wholly outside an error.
    A feature of which a name is not at hand is not judged, and told so.
    """
    found: list[Issue] = []
    unknown: list[int] = []
    missing: dict[str, None] = {}
    for codes in dict.fromkeys(subject.codes):
        rows = np.flatnonzero([codes == some for some in subject.codes])
        lost = [code for code in codes if code not in named.shapes]
        if lost:
            unknown += rows.tolist()
            missing |= dict.fromkeys(lost)
            continue
        found += _outside(subject, named, codes, rows)
    return found + skipped(subject, np.array(unknown, dtype=int), tuple(missing), named)


def _outside(subject: Subject, named: Named, codes: tuple, rows: np.ndarray) -> list[Issue]:
    area = named.place(codes)
    accuracy = (
        np.hypot(subject.accuracy_m[rows], named.accuracy_m(codes)) + subject.rule["distance_m"]
    )
    told = parts_outside(subject.shapes[rows], area, accuracy)
    return [
        new_issue(
            "LS-REL-AT-EDGE" if part.near else "LS-REL-OUTSIDE" if part.whole else "LS-REL-PARTLY",
            subject.layer, key=subject.keys[rows[part.row]], name=subject.names[rows[part.row]],
            place=shapely.point_on_surface(part.rest),
            shape=part.rest if part.size == 2 else None,
            named=names_of(codes, named.called), share=float(part.share),
            distance_m=float(part.distance_m), accuracy_m=float(part.accuracy_m),
            **reason_of(subject.rule, "relation", clause=subject.clauses[rows[part.row]]),
        )
        for part in told.itertuples()
    ]  # fmt: skip
