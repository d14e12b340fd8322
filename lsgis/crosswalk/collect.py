"""What old units bring to each commune: counts, rates, and how much of it is certain."""

import math

import pandas as pd

from lsgis.catalogue import read_unit_register
from lsgis.crosswalk.apportion import rate_range, split_whole
from lsgis.crosswalk.measure import add_up


def collect_units(
    here: pd.DataFrame, links: pd.DataFrame, units: pd.DataFrame, given: set[str]
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
    communes = read_unit_register().set_index("commune_code")["name_vi"]
    stated = here[here["share"] > 0].groupby("commune_code").size()
    rows = pd.DataFrame({"commune_code": communes.index, "name_vi": communes.to_numpy()})
    rows = rows.set_index(communes.index.rename("key")).assign(unit="", candidates="")
    rows["units_given"] = stated.reindex(rows.index, fill_value=0).astype(int)
    rows["units_missing"] = _missing(links, units, given).reindex(rows.index)
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


def _missing(links: pd.DataFrame, units: pd.DataFrame, given: set[str]) -> pd.Series:
    """Units that belong to a commune and are not given, by commune; missing where unknowable."""
    born = units.set_index("unit")["generation"]
    # the units of before 2019 are not all known, so nothing can be said to lack
    oldest = min((born[unit] for unit in given), default=born.max())
    codes = read_unit_register()["commune_code"]
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
    known: dict[str, list] = {key: [] for key in index}
    loose: dict[str, list] = {key: [] for key in index}
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


def _bounds(known: list, loose: list, *, is_whole: bool) -> list:
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


def _mean(known: list[tuple[float, float]], loose: list[tuple[float, float]]) -> list:
    weight, product = (math.fsum(pair[n] for pair in known) for n in (0, 1))
    parts = [(w, m / w) for w, m in loose if w > 0]
    low, high = rate_range(weight, product, parts)
    mean = product / weight if weight > 0 else None
    return [mean, *(None if math.isnan(x) else x for x in (low, high)), weight if known else None]
