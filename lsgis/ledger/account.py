"""The ledger of the Decision: what a plan lacks, row by row, and what was accepted."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from lsgis.catalogue import (
    Layer,
    layer_with_role,
    layers_with_role,
    read_catalogue,
    read_membership,
    read_register,
    read_unit_register,
    tell_followed,
    title_of,
)
from lsgis.errors import SourceError
from lsgis.ledger.inventory import (
    commune_names,
    count_rows,
    document_of,
    feature_rows,
    new_row,
    rows_frame,
)
from lsgis.region import Region
from lsgis.source import Plan
from lsgis.text import LANGUAGES, family, say

# What the Decision says as a whole: lists that share out the communes, totals, contradictions.

_TOTAL = family(
    "ledger.total.",
    "ledger.total.commune_declared",
    "ledger.total.commune_computed",
    "ledger.total.province_computed",
    "ledger.total.zones_computed",
)

_M2_PER_HA = 10_000


def partition_rows(layer: Layer) -> list[dict[str, Any]]:
    """One row a commune: in which of the lists that should share out the communes it stands."""
    region = layer.region
    members = read_membership(*layer.build.list, region=region)
    held = members.groupby("commune_code", sort=False)["list"].agg(list).to_dict()
    communes = read_unit_register(region).set_index("commune_code")
    units = communes.index.tolist()
    rows = []
    for code in [*units, *sorted(set(held) - set(units))]:
        lists = held.get(code, [])
        titles = {lang: [title_of("kind", n, lang, region) for n in lists] for lang in LANGUAGES}
        status = {0: "unassigned", 1: "assigned"}.get(len(lists), "repeated")
        notes = (
            [("ledger.note.lists", {lang: "; ".join(titles[lang]) for lang in LANGUAGES})]
            if lists
            else []
        )
        rows.append(
            new_row(
                f"{layer.name}/partition/{code}",
                kind="partition",
                layer=layer.name,
                status="extra" if code not in units else status,
                notes=[(note, {"lists": told}) for note, told in notes],
                name_vi=commune_names([code], region),
                name_en=str(communes["name_en"].get(code, code)),
                commune=commune_names([code], region),
                commune_codes=code,
                expected="1",
                found=str(len(lists)),
                clause=layer.legal.clause,
                document=document_of(layer.legal.clause, layer.region),
            )
        )
    return rows


def total_rows(
    layers: Mapping[str, gpd.GeoDataFrame], catalogue: Mapping[str, Layer]
) -> list[dict[str, Any]]:
    """Areas that ought to make the province, beside the area the Decision states (ha).

    None where it states none.
    """
    layer = layer_with_role(catalogue, "outline")
    declared = layer.expected.area_ha
    if declared is None:
        return []
    communes = layers[layer_with_role(catalogue, "unit").name]
    sums = {
        "commune_declared": communes["area_ha"].sum(min_count=len(communes)),
        "commune_computed": communes.area.sum() / _M2_PER_HA,
        "province_computed": layers[layer.name].area.sum() / _M2_PER_HA,
    }
    for zoning in layers_with_role(catalogue, "zoning"):
        sums["zones_computed"] = layers[zoning.name].area.sum() / _M2_PER_HA
    rows = []
    for name, area in sums.items():
        # a sum that is unknown agrees with nothing
        share = (area - declared) / declared
        agrees = abs(share) <= layer.expected.tolerance
        note = {"hectares": f"{area - declared:+.2f}", "percent": f"{share * 100:+.4f}"}
        rows.append(
            new_row(
                f"total/area/{name}",
                kind="total",
                layer=layer.name,
                status="agrees" if agrees else "differs",
                notes=[("ledger.note.difference", note)],
                expected=f"{declared:.10g} ha",
                found=f"{area:.10g} ha",
                clause=layer.legal.clause,
                document=document_of(layer.legal.clause, layer.region),
                **{f"name_{lang}": say(_TOTAL[name], lang) for lang in LANGUAGES},
            )
        )
    return rows


def contradiction_rows(region: Region) -> list[dict[str, Any]]:
    """Every contradiction of the register: what either document says, and which is followed."""
    rows = []
    for row in read_register("contradiction", region).itertuples():
        made = new_row(
            f"contradiction/{row.code}",
            kind="contradiction",
            status="unsettled" if row.followed == "none" else "settled",
            name_vi=row.subject_vi,
            name_en=row.subject_en,
            commune_codes=row.commune_codes,
            commune=commune_names(row.commune_codes.split("; "), region),
            expected=f"{row.document_a}: {row.says_a}",
            found=f"{row.document_b}: {row.says_b}",
            clause=row.clause,
            document="; ".join(dict.fromkeys([row.document_a, row.document_b])),
        )
        for lang in LANGUAGES:
            told = [tell_followed(row._asdict(), lang), getattr(row, f"note_{lang}")]
            made[f"note_{lang}"] = "; ".join(filter(None, told))
        rows.append(made)
    return rows


# What an office has accepted, with its reason: the row is closed and stays in sight.

FIELDS = ("row_id", "reason", "by", "on", "status")
_NEEDED = FIELDS[:4]


def read_accepted(path: Path) -> list[dict[str, str]]:
    """Read accepted rows from JSON (a list of objects) or CSV in UTF-8.

    Parameters
    ----------
    path
        Each row: `row_id` of the ledger, `reason`, `by` (who), `on` (a day,
        yyyy-mm-dd) and, when wanted, `status`: the acceptance then speaks of
        that status only, and lapses when the row has another.

    Raises
    ------
    SourceError
        No such file, neither JSON nor CSV, a row without one of these, a day
        that is none, or a row accepted twice.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
        is_json = text.lstrip().startswith(("[", "{"))
        rows = json.loads(text) if is_json else list(csv.DictReader(io.StringIO(text)))
    except (OSError, ValueError, csv.Error) as error:
        raise SourceError("ledger.no-accepted", path=path, reason=error) from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise SourceError("ledger.no-accepted", path=path, reason=SourceError("ledger.no-list"))
    return require_accepted(rows)


def require_accepted(rows: Sequence[Mapping[str, object]]) -> list[dict[str, str]]:
    """The same acceptances as plain text; refuse one that lacks something or stands twice."""
    plain = [{name: str(row.get(name) or "").strip() for name in FIELDS} for row in rows]
    for number, row in enumerate(plain, start=1):
        lacking = [name for name in _NEEDED if not row[name]]
        if lacking:
            raise SourceError("ledger.accepted-row", number=number, missing=", ".join(lacking))
        try:
            date.fromisoformat(row["on"])
        except ValueError as error:
            raise SourceError("ledger.accepted-day", number=number, found=row["on"]) from error
    ids = [row["row_id"] for row in plain]
    twice = sorted({row_id for row_id in ids if ids.count(row_id) > 1})
    if twice:
        raise SourceError("ledger.accepted-twice", found=", ".join(twice))
    return plain


def mark_accepted(ledger: pd.DataFrame, accepted: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """The ledger with the reasons of accepted rows, and a row for each acceptance that lapsed."""
    ledger, lapsed = ledger.copy(), []
    rows = {row_id: n for n, row_id in ledger["row_id"].items()}
    for row in require_accepted(accepted):
        n = rows.get(row["row_id"])
        if n is None or row["status"] not in ("", ledger.at[n, "status"]):
            lapsed.append(_lapsed(row, "" if n is None else str(ledger.at[n, "status"])))
            continue
        ledger.loc[n, ["accepted", "accepted_by", "accepted_on"]] = [
            row["reason"],
            row["by"],
            row["on"],
        ]
        ledger.loc[n, "is_open"] = False
    if not lapsed:
        return ledger
    added = rows_frame(sorted(lapsed, key=lambda row: str(row["row_id"])))
    return pd.concat([ledger, added], ignore_index=True)


def _lapsed(row: Mapping[str, str], status: str) -> dict[str, Any]:
    known = {name: row[name] for name in ("reason", "by", "on")}
    note = ("ledger.note.lapsed", known) if status else ("ledger.note.no-such-row", known)
    return new_row(
        f"acceptance/{row['row_id']}",
        kind="acceptance",
        status="stale",
        notes=[note],
        expected=row["status"],
        found=status,
    )


# A plan held against the Decision: every row of the ledger, in an order that never changes.


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
    catalogue = read_catalogue(plan.region)
    rows = []
    for name, layer in catalogue.items():
        rows += count_rows(layer, plan.layers[name])
    for name, layer in catalogue.items():
        rows += feature_rows(layer, plan.layers[name], plan.units)
    for layer in layers_with_role(catalogue, "partition"):
        rows += partition_rows(layer)
    rows += total_rows(plan.layers, catalogue)
    rows += contradiction_rows(plan.region)
    return mark_accepted(rows_frame(rows), accepted)


def open_rows(ledger: pd.DataFrame) -> pd.DataFrame:
    """Rows that ask for something and that nobody has accepted."""
    return ledger[ledger["is_open"]].reset_index(drop=True)


def summarise_communes(ledger: pd.DataFrame, *, region: Region | None = None) -> pd.DataFrame:
    """How the features declared in each commune stand.

    Parameters
    ----------
    ledger
        From `check_plan`.
    region
        Whose communes; those of the region that travels with lsgis when None.

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
    names = read_unit_register(region).set_index("commune_code")["name_vi"]
    table = table.reindex(names.index, fill_value=0)
    table.insert(0, "declared", table.sum(axis=1))
    table.insert(0, "name_vi", names)
    return table.reset_index()
