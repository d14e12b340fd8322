"""Do the registers agree with each other? Dates in order, codes that exist: rules as data."""

import pandas as pd

from lsgis.catalogue import read_register
from lsgis.check.issue import Issue
from lsgis.check.link import check_order, check_references

RULES = ("not_before", "refers")


def check_registers(rules: pd.DataFrame | None = None) -> list[Issue]:
    """Hold the registers under `data/` to the rules of `data/register_rule.csv`.

    Parameters
    ----------
    rules
        `register`, `key` (column that names its rows), `column`, `rule`
        ("not_before": `other_column` of the same row is no later day; "refers":
        `other_column` of the register `other` holds each code), by default
        `data/register_rule.csv`.

    Returns
    -------
    list of Issue
        LS-DATE-ORDER and LS-REF-UNKNOWN; the layer of each is the register's name.

    Raises
    ------
    CatalogueError
        There is no such register.
    ValueError
        A rule is none of RULES.
    """
    found = []
    table = read_register("register_rule") if rules is None else rules
    if unknown := sorted({*table["rule"]} - {*RULES}):
        raise ValueError(f"register_rule: expected one of {RULES}, found {unknown}")
    for rule in table.itertuples():
        rows = read_register(rule.register)
        keys = rows[rule.key].map(str).to_numpy(dtype=object)
        column = rows[rule.column]
        if rule.rule == "refers":
            known = frozenset(read_register(rule.other)[rule.other_column].map(str))
            more = {"field": rule.column, "expected": f"{rule.other}.csv"}
            found += check_references(column, known, rule.register, keys, **more)
        else:
            more = {"field": rule.column, "other_field": rule.other_column}
            found += check_order(rows[rule.other_column], column, rule.register, keys, **more)
    return found
