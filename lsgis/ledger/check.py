"""A plan held against the Decision: every row of the ledger, in an order that never changes."""

from collections.abc import Mapping, Sequence

import pandas as pd

from lsgis.catalogue import layers_with_role, read_catalogue, read_unit_register
from lsgis.ledger.acceptance import mark_accepted
from lsgis.ledger.count import count_rows
from lsgis.ledger.feature import feature_rows
from lsgis.ledger.row import rows_frame
from lsgis.ledger.statement import contradiction_rows, partition_rows, total_rows
from lsgis.source import Plan


def check_plan(plan: Plan, *, accepted: Sequence[Mapping[str, object]] = ()) -> pd.DataFrame:
    """Hold a plan against what the Decision declares, row by row.

    A change of one feature changes its own row and the counts that count it;
    nothing else, and no row ever goes away.

    Parameters
    ----------
    plan
        The plan: embedded layers, or the user's own in their place.
    accepted
        Rows somebody has accepted: `row_id`, `reason`, `by`, `on` and, when
        wanted, `status`; see `read_accepted`.

    Returns
    -------
    DataFrame
        One row a thing declared: `row_id` (stable, e.g. "industrial_park/KCN-01"),
        `kind` (count, feature, partition, total, contradiction, acceptance),
        `layer`, `name_vi`, `name_en`, `commune` and `commune_codes` (declared),
        `expected`, `found`, `found_commune`, `status`, `clause`, `document`,
        `note_vi`, `note_en`; for counts `declared` (named in the plan),
        `located`, `missing` (expected and not named), `extra`, `unlocated`
        (named, without a place); `accepted` (the reason, "" when nobody has),
        `accepted_by`, `accepted_on`; `is_open` (bool): asks for something, and
        nobody has accepted it. Counts first, then features in the order of the
        catalogue and its registers.

    Raises
    ------
    SourceError
        An acceptance lacks its row, reason, name or day.
    """
    catalogue = read_catalogue()
    rows = []
    for name, layer in catalogue.items():
        rows += count_rows(layer, plan.layers[name])
    for name, layer in catalogue.items():
        rows += feature_rows(layer, plan.layers[name], plan.units)
    for layer in layers_with_role(catalogue, "partition"):
        rows += partition_rows(layer)
    rows += total_rows(plan.layers, catalogue)
    rows += contradiction_rows()
    return mark_accepted(rows_frame(rows), accepted)


def open_rows(ledger: pd.DataFrame) -> pd.DataFrame:
    """Rows that ask for something and that nobody has accepted."""
    return ledger[ledger["is_open"]].reset_index(drop=True)


def summarise_communes(ledger: pd.DataFrame) -> pd.DataFrame:
    """How the features declared in each commune stand.

    Returns
    -------
    DataFrame
        One row a commune in the order of the register: `commune_code`,
        `name_vi`, `declared` (features that name the commune), and one column
        for each status found. A feature of several communes counts in each.
    """
    features = ledger[(ledger["kind"] == "feature") & (ledger["commune_codes"] != "")]
    each = features.assign(commune_code=features["commune_codes"].str.split("; "))
    each = each.explode("commune_code")
    table = pd.crosstab(each["commune_code"], each["status"]).rename_axis(columns=None)
    names = read_unit_register().set_index("commune_code")["name_vi"]
    table = table.reindex(names.index, fill_value=0)
    table.insert(0, "declared", table.sum(axis=1))
    table.insert(0, "name_vi", names)
    return table.reset_index()
