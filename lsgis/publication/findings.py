"""What was checked and found, what is declared and not located, what contradicts what."""

import geopandas as gpd
import pandas as pd

from lsgis.catalogue import (
    layers_with_role,
    read_catalogue,
    read_facts,
    read_register,
    read_unit_register,
    title_of,
)
from lsgis.check import (
    Issue,
    check_between,
    check_catalogue,
    check_layer,
    check_memberships,
    check_registers,
    describe_issue,
)
from lsgis.combine import is_located, missing_parts
from lsgis.publication.tables import make_layer_table
from lsgis.source import Plan, is_schematic


def check_everything(plan: Plan) -> tuple[Issue, ...]:
    """Every layer of a plan against the catalogue and the others, lists and registers too.

    What was found in the user's files as they were read comes first; it is not
    told twice.
    """
    # the outline, which the first look at a file lacked, is at hand now
    issues = [issue for issue in plan.issues if issue.code != "LS-SKIPPED-PROVINCE"]
    own = set(plan.provenance.loc[plan.provenance["origin"] == "own", "layer"])
    for name, layer in read_catalogue().items():
        facts = read_facts(layer) if layer.build.origin != "compose" else None
        found = check_layer(plan.layers[name], layer, province=plan.outline, facts=facts)
        known = {_mark(issue) for issue in issues} if name in own else set()
        issues += [issue for issue in found if _mark(issue) not in known]
    lists = read_register("membership")
    partitions = [layer.build.list for layer in layers_with_role(read_catalogue(), "partition")]
    told = [check_memberships(lists, plan.units, partition=part) for part in partitions or [()]]
    issues += dict.fromkeys(issue for part in told for issue in part)
    issues += check_between(plan.layers)
    return tuple(issues + check_registers() + check_catalogue())


def _mark(issue: Issue) -> tuple[str, ...]:
    return issue.code, issue.layer, issue.key, str(issue.values.get("field", ""))


def list_not_located(plan: Plan, lang: str) -> pd.DataFrame:
    """Features that are named but have no place: layer, code, name, communes, clause, note."""
    rows = []
    names = read_unit_register().set_index("commune_code")["name_vi"]
    for name, layer in read_catalogue().items():
        features = plan.layers[name]
        absent = features[~is_located(features)]
        for _, row in absent.iterrows():
            communes = "; ".join(names.get(c, c) for c in row["commune_codes"].split("; "))
            rows.append(
                [layer.title[lang], row[layer.key], row[f"name_{lang}"] or row["name_vi"], communes,
                 row["clause"], row["note_vi"]]
            )  # fmt: skip
    return pd.DataFrame(rows, columns=["layer", "code", "name", "communes", "clause", "note"])


def make_findings(plan: Plan, issues: tuple[Issue, ...], sums: pd.DataFrame, lang: str) -> dict:
    """Everything a reader must know before trusting the map, as plain values for JSON or a page."""
    layers = make_layer_table(plan)
    layers["title"] = layers[f"title_{lang}"]
    layers["theme_title"] = [title_of("theme", theme, lang) for theme in layers["theme"]]
    return {
        "schematic": is_schematic(plan),
        "layers": _records(layers),
        "not_located": _records(list_not_located(plan, lang)),
        "missing_parts": _records(missing_parts(plan.parts)),
        "sums": _records(sums),
        "issues": [_told(issue, lang) for issue in issues],
        "contradictions": _records(read_register("contradiction")),
        "zoning": _records(_disagreements()),
        "inputs": _records(plan.provenance),
    }


def _disagreements() -> pd.DataFrame:
    parts = read_register("environmental_part")
    return parts[parts["zone_339"] != parts["zone_decree_08"]]


def _told(issue: Issue, lang: str) -> dict[str, object]:
    place = None if issue.place is None else [round(issue.place.x, 2), round(issue.place.y, 2)]
    layer = read_catalogue().get(issue.layer)
    title = layer.title[lang] if layer else issue.layer
    return {
        "code": issue.code, "severity": issue.severity, "layer": issue.layer, "layer_title": title,
        "key": issue.key, "place": place, **describe_issue(issue, lang),
    }  # fmt: skip


def _records(table: pd.DataFrame) -> list[dict[str, object]]:
    plain = (
        pd.DataFrame(table.drop(columns="geometry"))
        if isinstance(table, gpd.GeoDataFrame)
        else table
    )
    return plain.astype(object).where(plain.notna(), None).to_dict("records")
