"""Does a layer hold as many features as the Decision counts: in all, by type, by phase?"""

import geopandas as gpd
import numpy as np

from lsgis.catalogue import Layer, count_located
from lsgis.check.issue import Issue, Term, new_issue
from lsgis.check.shape import finite_shapes


def check_counts(rows: gpd.GeoDataFrame, layer: Layer) -> list[Issue]:
    """Compare the features with every number the catalogue expects, each with its clause.

    A layer that nobody has drawn (quality "none") is not short of features: what
    it lacks is declared and not located, which is a note.
    """
    found = []
    expected = layer.expected
    for column, numbers in (("kind", expected.by_type), ("phase", expected.by_phase)):
        if numbers and column not in rows:
            found.append(new_issue("LS-SKIPPED-COUNT", layer.name, field=column))
    shapes = finite_shapes(np.asarray(rows.geometry, dtype=object))
    located = rows.set_geometry(gpd.array.from_shapely(shapes, crs=rows.crs))
    table = count_located(layer, located)
    table = table[table["expected"].notna() & ((table["by"] == "total") | table["by"].isin(rows))]
    for row in table.itertuples():
        what = Term("check.total") if row.by == "total" else Term(row.value, row.by)
        known = {
            "what": what, "expected": int(row.expected), "listed": row.listed,
            "located": row.located, "instrument": layer.legal.instrument,
            "clause": layer.legal.clause,
        }  # fmt: skip
        found += [new_issue(code, layer.name, **known) for code in _codes(layer, row)]
    return found


def _codes(layer: Layer, row) -> list[str]:
    codes, undrawn = [], layer.quality == "none"
    if row.listed < row.expected and not undrawn:
        codes.append("LS-COUNT-FEWER")
    if row.listed > row.expected:
        codes.append("LS-COUNT-MORE")
    if row.located < (row.expected if undrawn else row.listed):
        codes.append("LS-COUNT-NOT-LOCATED")
    return codes
