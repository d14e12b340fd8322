"""Do the Decision's lists of communes name real units, and do they share them out?"""

from collections.abc import Sequence

import pandas as pd

from lsgis.check.issue import Issue, new_issue
from lsgis.errors import LayerError

_SUBJECT = "membership"


def check_memberships(
    lists: pd.DataFrame, units: pd.DataFrame, *, partition: Sequence[str] = ()
) -> list[Issue]:
    """Hold lists of communes against the units there are; nothing is assigned.

    Parameters
    ----------
    lists
        Columns `list`, `commune_code`: one row for each unit a list names.
    units
        Column `commune_code` (and `name_vi`, used in messages): every unit once.
    partition
        Lists that together ought to hold every unit exactly once.

    Returns
    -------
    list of Issue
        Unknown codes, units named twice in a list, and for `partition` units
        in none and units in several of its lists. `key` is the commune's code.

    Raises
    ------
    LayerError
        A column is missing, or `partition` names a list that has no row.
    """
    _require(lists, ("list", "commune_code"), "lists")
    _require(units, ("commune_code",), "units")
    missing = sorted(set(partition) - set(lists["list"]))
    if missing:
        known = ", ".join(sorted(set(lists["list"])))
        raise LayerError("check.no-list", found=", ".join(missing), known=known)
    codes = units["commune_code"].map(str)
    names = units["name_vi"].map(str) if "name_vi" in units else codes
    called = dict(zip(codes, names, strict=True))
    rows = lists.assign(commune_code=lists["commune_code"].map(str))
    return _check_rows(rows, called) + (
        _check_partition(rows, called, partition) if partition else []
    )


def _check_rows(rows: pd.DataFrame, called: dict[str, str]) -> list[Issue]:
    pairs = rows.groupby(["list", "commune_code"], sort=False).size()
    found = []
    for (name, code), count in pairs.items():
        known = {"list": name, "name": called.get(code, ""), "count": int(count)}
        if code not in called:
            found.append(new_issue("LS-LIST-UNKNOWN", _SUBJECT, key=code, **known))
        if count > 1:
            found.append(new_issue("LS-LIST-REPEATED", _SUBJECT, key=code, **known))
    return found


def _check_partition(
    rows: pd.DataFrame, called: dict[str, str], partition: Sequence[str]
) -> list[Issue]:
    """Units that stand in none or in several of the lists, in the order of the units."""
    part = rows[rows["list"].isin(partition)].drop_duplicates(["list", "commune_code"])
    holders = part.groupby("commune_code")["list"].agg(tuple).to_dict()
    found = []
    for code, name in called.items():
        held = holders.get(code, ())
        if not held:
            known = {"name": name, "lists": tuple(partition)}
            found.append(new_issue("LS-LIST-UNASSIGNED", _SUBJECT, key=code, **known))
        elif len(held) > 1:
            found.append(new_issue("LS-LIST-SEVERAL", _SUBJECT, key=code, name=name, lists=held))
    return found


def _require(frame: pd.DataFrame, columns: Sequence[str], what: str) -> None:
    missing = [name for name in columns if name not in frame]
    if missing:
        raise LayerError("check.no-column", what=what, missing=", ".join(missing))
