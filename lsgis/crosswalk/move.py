"""A table keyed by old communes, added up by the communes of now; nothing is lost on the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from lsgis.catalogue import read_unit_register
from lsgis.crosswalk.account import add_totals, list_matches, list_unmatched
from lsgis.crosswalk.collect import collect_counts, collect_rates, collect_units
from lsgis.crosswalk.match import index_names, match_units
from lsgis.crosswalk.measure import read_numbers, require_columns
from lsgis.crosswalk.unit import read_links, read_units
from lsgis.errors import LayerError


@dataclass(frozen=True)
class Moved:
    """A table moved to the communes of now.

    `table`: one row a commune, then one for each split unit whose parts nobody
    has stated. `unmatched`: rows of the input that mean no unit, with the
    reason. `log`: how each row was matched and where it went. `totals`: given =
    moved + unallocated + unmatched, for every count and weighted rate.
    """

    table: pd.DataFrame
    unmatched: pd.DataFrame
    log: pd.DataFrame
    totals: pd.DataFrame


def crosswalk_table(
    table: pd.DataFrame,
    *,
    code: str | None = None,
    name: str | None = None,
    district: str | None = None,
    counts: Sequence[str] = (),
    rates: Mapping[str, str] | None = None,
    generation: str = "auto",
    shares: pd.DataFrame | None = None,
) -> Moved:
    """Move a table from the communes of before July 2025 to the communes of now.

    A unit that was split is shared out only as somebody states (`shares`).
    Otherwise it keeps a row of its own, so that the totals stay whole, and each
    commune that may have received of it says how much that could be at most.

    Parameters
    ----------
    table
        One row or several a unit. Codes and names are text.
    code, name, district
        Columns that say which unit: its code, or its name, with or without
        "xã", "phường", "thị trấn", in either spelling of tone marks, and its
        district. A name that several units bore needs its district.
    counts
        Columns to add up. Whole numbers stay whole.
    rates
        Columns to average, each with the column of its weight (0 or more):
        `{"poverty_rate": "households"}`.
    generation
        The reorganisation the table was written before; see `read_units`.
    shares
        Stated parts of split units; see `read_links`.

    Returns
    -------
    Moved
        `table` has `commune_code` and `name_vi` (both "" in the row of a split
        unit), `unit` (that split unit, else ""), `candidates` (where it may
        have gone; "" when nobody knows), `units_given` (how many units of the
        table went there, whole or in stated part), `units_missing` (units that
        belong there and the table lacks; missing when the table names units of
        before 2019, for their list is not complete), and for each count `c`:
        `c` (what certainly belongs there; missing when no unit was given),
        `c_low`, `c_high` (with nothing or all of each split unit of unknown
        share), `c_blank` (empty cells among what was added up). For each rate
        `r`: `r`, `r_low`, `r_high`, `r_blank` and `r_weight`.

    Raises
    ------
    LayerError
        A column is missing or no number, a stated share does not hold, or
        every code is also a code of now and no name says which is meant.

    Sources
    -------
    1672/NQ-UBTVQH15 (2025) and earlier reorganisations; data/crosswalk.csv,
    data/crosswalk_before_2025.csv.
    """
    rates = dict(rates or {})
    require_columns(table, (code, name, district), counts, rates)
    links = read_links(shares)
    units = read_units(generation)
    if generation == "auto" and code and not name:
        _require_old(table[code])
    found = match_units(table, index_names(units, links), code=code, name=name, district=district)
    numbers = {c: read_numbers(table, c) for c in [*counts, *rates, *rates.values()]}
    _require_weights(numbers, rates)
    unit = pd.Series([match.unit for match in found], index=table.index, dtype=object)
    here = links[links["unit"].isin(set(unit) - {""})]
    moved = collect_units(here, links, units, set(unit) - {""})
    for column in counts:
        moved = moved.join(collect_counts(numbers[column], unit, here, moved.index))
    for column, weight in rates.items():
        part = collect_rates(numbers[column], numbers[weight], unit, here, moved.index)
        moved = moved.join(part)
    return Moved(
        moved.reset_index(drop=True),
        list_unmatched(table, found, name, district),
        list_matches(table, found, units, links, (code, name, district)),
        add_totals(moved, numbers, unit, counts, rates),
    )


def _require_old(codes: pd.Series) -> None:
    """Codes were used again for other units: a table by new codes must not pass for an old one."""
    given = set(codes.dropna()) - {""}
    if given and given <= set(read_unit_register()["commune_code"]):
        raise LayerError("crosswalk.new-codes", count=len(given))


def _require_weights(numbers: Mapping[str, pd.Series], rates: Mapping[str, str]) -> None:
    for weight in rates.values():
        if (numbers[weight].dropna() < 0).any():
            raise LayerError("crosswalk.negative-weight", column=weight)
