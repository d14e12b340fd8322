"""Do registers and layer files agree? Dates in order, codes that exist: rules as data."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from lsgis.catalogue import list_open, read_catalogue, read_register, read_rows
from lsgis.check.issue import Issue, new_issue
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


def check_catalogue(folders: Iterable[str | Path] = ()) -> list[Issue]:
    """What layer files leave open: the layers work, and what is told of them is not all there.

    Parameters
    ----------
    folders
        Folders of the catalogue, as in `read_catalogue`.

    Returns
    -------
    list of Issue
        LS-CAT-UNKNOWN for a clause, instrument, theme, office or title that no register
        holds yet, LS-CAT-NO-TEXT for a layer that restricts and has no consequence; both
        name the file and the key.

    Raises
    ------
    CatalogueError
        A layer file is wrong; see `read_catalogue`.
    """
    chosen = tuple(Path(folder) for folder in folders)
    found = []
    for problem in list_open(chosen):
        values = {"file": problem.file, "field": problem.key, "found": problem.found}
        values |= {"expected": f"{problem.register}.csv"}
        found.append(new_issue("LS-CAT-UNKNOWN", problem.file.removesuffix(".toml"), **values))
    told = {name for row in read_rows("consequence", chosen) for name in row["layers"].split("; ")}
    for name, layer in read_catalogue(chosen).items():
        if layer.restricts and name not in told:
            values = {"file": f"{name}.toml", "field": "restricts", "expected": "consequence.csv"}
            found.append(new_issue("LS-CAT-NO-TEXT", name, **values))
    return found
