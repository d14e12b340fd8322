"""Tables keyed by old units moved to the communes of now, totals reconciled to the last unit."""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from lsgis.catalogue import read_register, read_unit_register
from lsgis.crosswalk.unit import Match, index_names, match_units, read_links, read_units
from lsgis.errors import LayerError
from lsgis.region import Region, read_region

# One number shared out so that nothing is lost, and the bounds of what is not known.


def split_whole(total: int | float, shares: Sequence[float]) -> list[int] | list[float]:
    """Share out a number; whole numbers by the largest remainder.

    Parameters
    ----------
    total
        A whole number stays whole in every part; any other is split exactly
        as far as floating point goes, the last part taking the rest.
    shares
        Parts (0 or more) that add up to more than 0; only their ratio counts.

    Returns
    -------
    list
        As many parts as shares. Whole numbers add up to the total to the last
        unit; equal remainders go to the first.
    """
    whole = sum(map(Fraction, shares))
    exact = [Fraction(share) / whole for share in shares]
    if not isinstance(total, int):
        most = [total * float(share) for share in exact[:-1]]
        return [*most, total - math.fsum(most)]
    sign = -1 if total < 0 else 1
    wanted = [abs(total) * share for share in exact]
    parts = [math.floor(part) for part in wanted]
    order = sorted(range(len(parts)), key=lambda n: parts[n] - wanted[n])
    for n in order[: abs(total) - sum(parts)]:
        parts[n] += 1
    return [sign * part for part in parts]


def rate_range(
    weight: float, product: float, unknown: Sequence[tuple[float, float]]
) -> tuple[float, float]:
    """Lowest and highest weighted mean when parts of unknown size may belong to it or not.

    Parameters
    ----------
    weight, product
        Sum of the weights, and of rate times weight, of what certainly belongs.
    unknown
        Weight and rate of each part of which anything between nothing and all
        belongs.

    Returns
    -------
    tuple
        NaN, NaN when nothing can be said.
    """
    rising = sorted((rate, size) for size, rate in unknown if size > 0)
    return _extreme(weight, product, rising, min), _extreme(weight, product, rising[::-1], max)


def _extreme(
    weight: float, product: float, parts: Sequence[tuple[float, float]], best: Callable[..., float]
) -> float:
    """The mean moves towards each part taken in; the extreme takes in the first few."""
    means = [product / weight] if weight > 0 else []
    for rate, size in parts:
        weight, product = weight + size, product + rate * size
        # the part alone: of what belongs for certain there may be nothing
        means.append(product / weight)
    return best(means) if means else math.nan


# The numbers of a table: read strictly, added up by old unit.

RESERVED = ("commune_code", "name_vi", "unit", "candidates", "units_given", "units_missing")
_LARGEST = 2**62  # sums of whole numbers stay exact


def read_numbers(table: pd.DataFrame, column: str) -> pd.Series:
    """A column as numbers, empty cells as missing; whole numbers stay whole (`Int64`).

    Whole is what was written so: a column of integers, or of text without a
    decimal point. 2.0 is a measure and may be split into fractions.

    Raises
    ------
    LayerError
        A cell is no finite number as a machine writes it ("1.234,5" is not:
        nobody can know what it means), or whole numbers are too large to add.
    """
    cells = table[column].astype(object).where(table[column].notna(), None)
    blank = cells.map(lambda cell: cell is None or (isinstance(cell, str) and not cell.strip()))
    odd = cells.map(lambda cell: isinstance(cell, bool | np.bool_ | complex | np.complexfloating))
    numbers = pd.to_numeric(cells.where(~blank & ~odd, None), errors="coerce").astype(float)
    wrong = ~blank & ~np.isfinite(numbers)
    if wrong.any():
        found = ", ".join(repr(cell) for cell in cells[wrong].head(5))
        raise LayerError("crosswalk.not-a-number", column=column, found=found)
    if not _are_whole(table[column], cells[~blank]):
        return numbers.astype("Float64")
    if numbers.abs().sum() >= _LARGEST:
        raise LayerError("crosswalk.too-large", column=column)
    # never by way of a float, which holds no more than 15 digits
    whole = [pd.NA if empty else int(cell) for cell, empty in zip(cells, blank, strict=True)]
    return pd.Series(whole, index=table.index, dtype="Int64", name=column)


def _are_whole(column: pd.Series, cells: pd.Series) -> bool:
    if pd.api.types.is_numeric_dtype(column.dtype):
        return bool(pd.api.types.is_integer_dtype(column.dtype))
    return all(re.fullmatch(r"\s*[+-]?\d+\s*", str(cell)) for cell in cells)


def require_columns(
    table: pd.DataFrame, keys: Sequence[str | None], counts: Sequence[str], rates: Mapping[str, str]
) -> None:
    """Refuse a call that names no key, a column that is not there, or one column twice."""
    if keys[0] is None and keys[1] is None:
        raise LayerError("crosswalk.no-key", found=", ".join(map(str, table.columns)))
    asked = [key for key in keys if key is not None] + [*counts, *rates, *rates.values()]
    missing = sorted({column for column in asked if column not in table})
    if missing:
        found = ", ".join(map(str, table.columns))
        raise LayerError("crosswalk.missing-column", missing=", ".join(missing), found=found)
    ends = ("", "_low", "_high", "_blank", "_weight")
    made = [f"{column}{end}" for column in [*counts, *rates] for end in ends]
    twice = sorted({name for name in made if made.count(name) > 1 or name in RESERVED})
    if twice or not table.columns.is_unique:
        found = ", ".join(twice) or ", ".join(map(str, table.columns[table.columns.duplicated()]))
        raise LayerError("crosswalk.column-twice", found=found)


def add_up(values: pd.Series, units: pd.Series) -> pd.DataFrame:
    """Sum of the numbers of each unit (whole numbers as `int`) and how many cells are blank."""
    groups = values.groupby(units, sort=False)
    sums = groups.sum(min_count=1)
    return pd.DataFrame({"sum": sums.astype(object), "blank": groups.apply(_count_blank)})


def _count_blank(values: pd.Series) -> int:
    return int(values.isna().sum())


# What old units bring to each commune: counts, rates, and how much of it is certain.


def collect_units(
    here: pd.DataFrame,
    links: pd.DataFrame,
    units: pd.DataFrame,
    given: set[str],
    region: Region,
) -> pd.DataFrame:
    """One row a commune, then one a split unit of unknown shares; which units each is made of.

    Parameters
    ----------
    here
        Links of the units that the table names; `links` are all there are.
    units
        Units of the generations looked at; `given` those of the table.

    Returns
    -------
    DataFrame
        Indexed by commune code, or by `own_key` of the split unit.
    """
    communes = read_unit_register(region).set_index("commune_code")["name_vi"]
    stated = here[here["share"] > 0].groupby("commune_code").size()
    rows = pd.DataFrame({"commune_code": communes.index, "name_vi": communes.to_numpy()})
    rows = rows.set_index(communes.index.rename("key")).assign(unit="", candidates="")
    rows["units_given"] = stated.reindex(rows.index, fill_value=0).astype(int)
    rows["units_missing"] = _missing(links, units, given, communes.index).reindex(rows.index)
    split = here[here["share"].isna()].groupby("unit", sort=False)["commune_code"]
    loose = pd.DataFrame({"candidates": split.agg(lambda part: "; ".join(filter(None, part)))})
    loose = loose.assign(commune_code="", name_vi="", unit=loose.index, units_given=1)
    loose = loose.set_axis([own_key(unit) for unit in loose.index], axis=0)
    parts = [rows, loose.assign(units_missing="")[rows.columns]] if len(loose) else [rows]
    table = pd.concat(parts).rename_axis("key")
    return table.astype({"units_given": int})


def own_key(unit: str) -> str:
    """Index of the row that a split unit keeps: its code may be a commune's code of now."""
    return f"unit {unit}"


def _missing(
    links: pd.DataFrame, units: pd.DataFrame, given: set[str], codes: pd.Index
) -> pd.Series:
    """Units that belong to a commune and are not given, by commune; missing where unknowable."""
    born = units.set_index("unit")["generation"]
    # the units of before 2019 are not all known, so nothing can be said to lack
    oldest = min((born[unit] for unit in given), default=born.max())
    if oldest < "2024":
        return pd.Series(pd.NA, index=codes, dtype=object)
    absent = links[links["unit"].isin(born.index[born >= oldest]) & ~links["unit"].isin(given)]
    return absent.groupby("commune_code")["unit"].agg("; ".join).reindex(codes, fill_value="")


def collect_counts(
    values: pd.Series, units: pd.Series, here: pd.DataFrame, index: pd.Index
) -> pd.DataFrame:
    """A count by commune: `c`, `c_low`, `c_high`, `c_blank`, on the index of `collect_units`."""
    column = str(values.name)
    sums = add_up(values[units != ""], units[units != ""])
    known: dict[str, list[Any]] = {key: [] for key in index}
    loose: dict[str, list[Any]] = {key: [] for key in index}
    blank = dict.fromkeys(index, 0)
    for unit, part in here.groupby("unit", sort=False):
        total = sums.at[unit, "sum"]
        codes = part["commune_code"].tolist()
        is_split = bool(part["share"].isna().any())
        for key in [own_key(unit), *filter(None, codes)] if is_split else codes:
            blank[key] += int(sums.at[unit, "blank"])
        if pd.isna(total):
            continue
        number = int(total) if values.dtype == "Int64" else float(total)
        if is_split:
            known[own_key(unit)].append(number)
            for code in filter(None, codes):
                loose[code].append(number)
        else:
            for code, piece in zip(codes, split_whole(number, part["share"]), strict=True):
                known[code].append(piece)
    whole = values.dtype == "Int64"
    rows = [_bounds(known[key], loose[key], is_whole=whole) for key in index]
    names = [column, f"{column}_low", f"{column}_high"]
    table = pd.DataFrame(rows, columns=names, index=index, dtype=object)
    table = table.astype("Int64" if whole else "Float64")
    return table.assign(**{f"{column}_blank": list(blank.values())})


def _bounds(known: list[Any], loose: list[Any], *, is_whole: bool) -> list[Any]:
    add = sum if is_whole else math.fsum
    if not known and not loose:
        return [None, None, None]
    low = add([*known, *(min(0, piece) for piece in loose)])
    high = add([*known, *(max(0, piece) for piece in loose)])
    return [add(known) if known else None, low, high]


def collect_rates(
    values: pd.Series, weights: pd.Series, units: pd.Series, here: pd.DataFrame, index: pd.Index
) -> pd.DataFrame:
    """A weighted mean by commune: `r`, `r_low`, `r_high`, `r_weight`, `r_blank`."""
    column = str(values.name)
    matched = units != ""
    usable = matched & values.notna() & weights.notna()
    weight = weights.astype(float)[usable].groupby(units[usable]).sum()
    product = (values.astype(float) * weights.astype(float))[usable].groupby(units[usable]).sum()
    lost = (matched & ~usable).groupby(units).sum()
    sums: dict[str, list[tuple[float, float]]] = {key: [] for key in index}
    loose: dict[str, list[tuple[float, float]]] = {key: [] for key in index}
    blank = dict.fromkeys(index, 0)
    for unit, part in here.groupby("unit", sort=False):
        is_split = bool(part["share"].isna().any())
        w, m = weight.get(unit, 0.0), product.get(unit, 0.0)
        for code, share in zip(part["commune_code"], part["share"], strict=True):
            if code:
                blank[code] += int(lost.get(unit, 0))
                pair = (w, m) if is_split else (w * share, m * share)
                (loose if is_split else sums)[code].append(pair)
        if is_split:
            blank[own_key(unit)] += int(lost.get(unit, 0))
            sums[own_key(unit)].append((w, m))
    rows = [_mean(sums[key], loose[key]) for key in index]
    names = [column, *(f"{column}_{end}" for end in ("low", "high", "weight"))]
    table = pd.DataFrame(rows, columns=names, index=index, dtype=object).astype("Float64")
    return table.assign(**{f"{column}_blank": list(blank.values())})


def _mean(known: list[tuple[float, float]], loose: list[tuple[float, float]]) -> list[Any]:
    weight, product = (math.fsum(pair[n] for pair in known) for n in (0, 1))
    parts = [(w, m / w) for w, m in loose if w > 0]
    low, high = rate_range(weight, product, parts)
    mean = product / weight if weight > 0 else None
    return [mean, *(None if math.isnan(x) else x for x in (low, high)), weight if known else None]


# What became of every row and every number of a table that was moved.


def list_unmatched(
    table: pd.DataFrame,
    found: list[Match],
    name: str | None,
    district: str | None,
    region: Region,
) -> pd.DataFrame:
    """Rows that mean no unit, why, the nearest name, and where a place of that name lies."""
    reasons = pd.Series([match.reason for match in found], index=table.index, dtype=object)
    nearest = pd.Series([match.nearest for match in found], index=table.index, dtype=object)
    lost = (reasons != "").to_numpy()
    rows = table[lost].assign(reason=reasons[lost], nearest=nearest[lost])
    known = read_register("place", region).groupby(["name_vi", "district_vi"])["commune_code"]
    places = {key: "; ".join(dict.fromkeys(codes)) for key, codes in known}  # some lie in several
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


# A table keyed by old communes, added up by the communes of now; nothing is lost on the way.


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
    region: Region | None = None,
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
    region
        Whose units and communes; those of the region that travels with lsgis when None.

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
    rates, region = dict(rates or {}), region or read_region()
    require_columns(table, (code, name, district), counts, rates)
    links = read_links(shares, region=region)
    units = read_units(generation, region=region)
    if generation == "auto" and code and not name:
        _require_old(table[code], region)
    found = match_units(
        table, index_names(units, links, region), code=code, name=name, district=district
    )
    numbers = {c: read_numbers(table, c) for c in [*counts, *rates, *rates.values()]}
    _require_weights(numbers, rates)
    unit = pd.Series([match.unit for match in found], index=table.index, dtype=object)
    here = links[links["unit"].isin(set(unit) - {""})]
    moved = collect_units(here, links, units, set(unit) - {""}, region)
    for column in counts:
        moved = moved.join(collect_counts(numbers[column], unit, here, moved.index))
    for column, weight in rates.items():
        part = collect_rates(numbers[column], numbers[weight], unit, here, moved.index)
        moved = moved.join(part)
    return Moved(
        moved.reset_index(drop=True),
        list_unmatched(table, found, name, district, region),
        list_matches(table, found, units, links, (code, name, district)),
        add_totals(moved, numbers, unit, counts, rates),
    )


def _require_old(codes: pd.Series, region: Region) -> None:
    """Codes were used again for other units: a table by new codes must not pass for an old one."""
    given = set(codes.dropna()) - {""}
    if given and given <= set(read_unit_register(region)["commune_code"]):
        raise LayerError("crosswalk.new-codes", count=len(given))


def _require_weights(numbers: Mapping[str, pd.Series], rates: Mapping[str, str]) -> None:
    for weight in rates.values():
        if (numbers[weight].dropna() < 0).any():
            raise LayerError("crosswalk.negative-weight", column=weight)
