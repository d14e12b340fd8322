"""What became of every row and every number of a table that was moved."""

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from lsgis.catalogue import read_register
from lsgis.crosswalk.match import Match


def list_unmatched(
    table: pd.DataFrame, found: list[Match], name: str | None, district: str | None
) -> pd.DataFrame:
    """Rows that mean no unit, why, the nearest name, and where a place of that name lies."""
    reasons = pd.Series([match.reason for match in found], index=table.index, dtype=object)
    nearest = pd.Series([match.nearest for match in found], index=table.index, dtype=object)
    lost = (reasons != "").to_numpy()
    rows = table[lost].assign(reason=reasons[lost], nearest=nearest[lost])
    places = read_register("place").set_index(["name_vi", "district_vi"])["commune_code"]
    keys = zip(rows[name], rows[district], strict=True) if name and district else [None] * len(rows)
    return rows.assign(lies_in=[places.get(key, "") if key else "" for key in keys])


def list_matches(
    table: pd.DataFrame,
    found: list[Match],
    units: pd.DataFrame,
    links: pd.DataFrame,
    keys: Iterable[str | None],
) -> pd.DataFrame:
    """One row a row of the table: what it said, the unit, how it was found, where it went."""
    known = units.set_index("unit")
    ends = links.groupby("unit")["commune_code"].agg("; ".join)
    sources = links.groupby("unit")["source"].agg(lambda part: "; ".join(dict.fromkeys(part)))
    shown = [key for key in keys if key]
    given = table[shown].astype(object).where(table[shown].notna(), "")
    rows = {
        "row": range(1, len(table) + 1),
        "given": [" | ".join(map(str, cells)) for cells in given.itertuples(index=False)],
        "unit": [match.unit for match in found],
        "how": [match.how or match.reason for match in found],
    }
    log = pd.DataFrame(rows, index=table.index)
    for column in ("name_vi", "district_vi", "generation"):
        log[column] = log["unit"].map(known[column]).fillna("")
    log["commune_codes"] = log["unit"].map(ends).fillna("")
    return log.assign(source=log["unit"].map(sources).fillna(""))


def add_totals(
    moved: pd.DataFrame,
    numbers: Mapping[str, pd.Series],
    unit: pd.Series,
    counts: Sequence[str],
    rates: Mapping[str, str],
) -> pd.DataFrame:
    """What was given, and where it is now: nothing may be missing (`difference`)."""
    matched, rows = (unit != "").to_numpy(), []
    named = (moved["commune_code"] != "").to_numpy()
    amounts = {c: (numbers[c], moved[c]) for c in counts}
    for rate, weight in rates.items():
        product = moved[rate] * moved[f"{rate}_weight"]
        amounts[f"{rate} x {weight}"] = (
            numbers[rate].astype("Float64") * numbers[weight].astype("Float64"),
            product,
        )
    for measure, (given, there) in amounts.items():
        parts = [given.sum(), there[named].sum(), there[~named].sum(), given[~matched].sum()]
        rows.append([measure, *parts, parts[0] - sum(parts[1:])])
    columns = ["measure", "given", "moved", "unallocated", "unmatched", "difference"]
    return pd.DataFrame(rows, columns=columns, dtype=object)
