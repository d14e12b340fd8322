"""Tables and findings of the site, as HTML, workbooks and CSV."""

from collections.abc import Mapping, Sequence

import geopandas as gpd
import jinja2
import pandas as pd

from lsgis.catalogue import (
    layer_with_role,
    layers_with_role,
    read_catalogue,
    read_facts,
    read_membership,
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
from lsgis.combine import is_located, join_places, missing_parts, overlay_zones
from lsgis.report import format_number, heading, in_brief, spoken, table_title
from lsgis.source import Plan, is_schematic, list_layers
from lsgis.text import LANGUAGES, say
from lsgis.webmap import ISSUE_SCRIPTS, ISSUE_STYLES, draw_issue_section, outlines_of

# Tables of a plan that add up: communes, zones by commune, parks and gates by commune.


def make_tables(plan: Plan) -> Mapping[str, pd.DataFrame]:
    """Every table of a published plan, unrounded; columns carry their units.

    Returns
    -------
    Mapping
        `layer`: what the Decision expects and what is located. `commune`: facts
        and computed area of each commune, lists it belongs to, features it
        holds. `commune_environment`: area of each zone class in each commune.
        `environmental_zone`: the pieces. `sum`: areas beside the Decision's.
        One table for each layer of features by commune.
    """
    unit, zoning = (layer_with_role(read_catalogue(), role).name for role in ("unit", "zoning"))
    environment = make_environment_table(plan)
    tables = {
        "layer": make_layer_table(plan),
        unit: make_commune_table(plan),
        "commune_environment": environment,
        zoning: _pieces(plan),
        "sum": make_sums(plan, environment),
    }
    return tables | {name: place_features(plan, name) for name in _placed()}


def _placed() -> list[str]:
    """Layers whose features have a table by commune."""
    return [layer.name for layer in layers_with_role(read_catalogue(), "table")]


def make_layer_table(plan: Plan) -> pd.DataFrame:
    """Rows of `list_layers` with titles in both languages, in the order of the themes."""
    table = list_layers(plan)
    titles = {name: layer.title for name, layer in read_catalogue().items()}
    for place, lang in enumerate(LANGUAGES, start=1):
        table.insert(place, f"title_{lang}", [titles[name][lang] for name in table["layer"]])
    rank = read_register("theme").set_index("code")["rank"]
    order = table["theme"].map(rank).fillna(rank.max() + 1)  # a theme that no register has yet
    return table.iloc[order.argsort(kind="stable")].reset_index(drop=True)


def make_commune_table(plan: Plan) -> pd.DataFrame:
    """One row a commune: facts, computed area (m², EPSG:9215), lists, number of features held."""
    communes = plan.units
    facts = [
        "commune_code",
        "name_vi",
        "name_en",
        "kind",
        "area_ha",
        "population",
        "seat_vi",
        "border_china",
        "merged_from_vi",
        "quality",
        "accuracy_m",
        "source",
        "clause",
        "note_vi",
    ]
    table = pd.DataFrame(communes[facts])
    table["area_m2"] = communes.area
    table["area_deviation"] = table["area_m2"] / (table["area_ha"] * 10_000) - 1
    table["density_per_km2"] = table["population"] / (table["area_ha"] / 100)
    members = read_membership()
    for name, part in members.groupby("list"):
        table[name] = table["commune_code"].isin(part["commune_code"])
    for name in _placed():
        places = place_features(plan, name)
        held = places.loc[places["place_status"] != "not_located", "place_code"].value_counts()
        table[f"{name}_count"] = table["commune_code"].map(held).fillna(0).astype(int)
    return table


def make_environment_table(plan: Plan) -> pd.DataFrame:
    """Commune x environmental zone: one row a commune, `<zone>_m2` and their sum, `commune_m2`."""
    communes = plan.units
    zones = plan.zones
    key = layer_with_role(read_catalogue(), "zoning").key
    pieces = overlay_zones(
        communes, zones, left_key="commune_code", right_key=key, right_columns=["zone"]
    )
    table = pieces.pivot_table(
        index="commune_code", columns="zone", values="area_m2", aggfunc="sum", fill_value=0.0
    )
    table = table.reindex(index=communes["commune_code"], fill_value=0.0)
    for name in ("strict", "limited", "other"):
        if name not in table:
            table[name] = 0.0
    table = table[["strict", "limited", "other"]].add_suffix("_m2")
    table["sum_m2"] = table.sum(axis=1)
    table["commune_m2"] = communes.set_index("commune_code").area
    names = communes.set_index("commune_code")["name_vi"]
    table.insert(0, "name_vi", names)
    return table.reset_index()


def place_features(plan: Plan, name: str) -> pd.DataFrame:
    """Features of a layer with the commune that holds each, beside the declared one."""
    features = plan.layers[name]
    placed = join_places(features, plan.units)
    names = plan.units.set_index("commune_code")["name_vi"]
    placed["place_name_vi"] = placed["place_code"].map(names)
    codes = placed["commune_codes"].str.split("; ")
    placed["commune_names_vi"] = codes.map(lambda part: "; ".join(names.get(c, c) for c in part))
    return pd.DataFrame(placed.drop(columns="geometry"))


def make_sums(plan: Plan, environment: pd.DataFrame) -> pd.DataFrame:
    """Areas that ought to agree, side by side with the Decision's (ha) and the difference."""
    declared = layer_with_role(read_catalogue(), "outline").expected.area_ha
    communes = plan.units
    zones = plan.zones
    rows = {
        "decision": declared,
        "commune_declared": communes["area_ha"].sum(),
        "commune_computed": communes.area.sum() / 10_000,
        "province_computed": plan.outline.area.sum() / 10_000,
        "zones_computed": zones.area.sum() / 10_000,
        "commune_environment": environment["sum_m2"].sum() / 10_000,
    }
    table = pd.DataFrame({"sum": rows.keys(), "area_ha": rows.values()})
    table["difference_ha"] = table["area_ha"] - declared
    table["difference_share"] = table["difference_ha"] / declared
    return table


def _pieces(plan: Plan) -> pd.DataFrame:
    zones: gpd.GeoDataFrame = plan.zones
    table = pd.DataFrame(zones.drop(columns="geometry"))
    table["area_m2"] = zones.area
    table["share"] = table["area_m2"] / table["area_m2"].sum()
    return table


# Pages beside the maps. Jinja escapes every value; nothing is fetched from elsewhere.


def render_findings(
    findings: Mapping[str, object], issues: Sequence[Issue], plan: Plan, *, lang: str
) -> str:
    """`issues.html`: layers, findings on a map, what is not located, sums, contradictions, inputs.

    The map needs the files of `write_assets` in `assets/` beside the page.
    """
    named = {issue.layer for issue in issues}
    layers = {name: frame for name, frame in plan.layers.items() if name in named}
    issue_map = draw_issue_section(
        issues, lang=lang, outlines=outlines_of(plan.layers, layers, lang)
    )
    template = _templates(lang).get_template("findings.html")
    return template.render(
        **findings,
        lang=lang,
        issue_map=issue_map,
        issue_scripts=ISSUE_SCRIPTS,
        issue_styles=ISSUE_STYLES,
    )


def render_tables(tables: Mapping[str, pd.DataFrame], *, schematic: bool, lang: str) -> str:
    """`tables.html`: every table as a reader sees it, with links to its files."""
    template = _templates(lang).get_template("tables.html")
    shown = {name: in_brief(table, lang) for name, table in tables.items()}
    return template.render(tables=shown, schematic=schematic, lang=lang)


def _templates(lang: str) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("lsgis.publication", "."),
        autoescape=lambda name: name is None or not name.endswith(".css"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["spoken"] = lambda value, column: spoken(column, value, lang)
    environment.filters["number"] = lambda value, digits=0: format_number(value, digits, lang)
    environment.filters["cell"] = lambda value, column: _cell(column, value, lang)
    environment.globals["say"] = lambda code, **values: say(code, lang, **values)
    environment.globals["table_title"] = lambda name: table_title(name, lang)
    environment.globals["heading"] = lambda column: heading(column, lang)
    return environment


def _cell(column: str, value: object, lang: str) -> object:
    """A cell of a table: codes in words, numbers rounded as their column wants."""
    if isinstance(value, float):
        if column.startswith(("share", "place_share", "difference_share")) or "deviation" in column:
            return format_number(value * 100, 2, lang) + " %" if value == value else "–"
        return format_number(value, 2 if column.endswith("_ha") and value % 1 else 0, lang)
    if value is None or value is pd.NA:
        return "–"
    said = spoken(column, value, lang)
    return said if isinstance(said, str) else format_number(float(str(said)), 0, lang)


# What was checked and found, what is declared and not located, what contradicts what.


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
                [
                    layer.title[lang],
                    row[layer.key],
                    row[f"name_{lang}"] or row["name_vi"],
                    communes,
                    row["clause"],
                    row["note_vi"],
                ]
            )
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
        "code": issue.code,
        "severity": issue.severity,
        "layer": issue.layer,
        "layer_title": title,
        "key": issue.key,
        "place": place,
        **describe_issue(issue, lang),
    }


def _records(table: pd.DataFrame) -> list[dict[str, object]]:
    plain = (
        pd.DataFrame(table.drop(columns="geometry"))
        if isinstance(table, gpd.GeoDataFrame)
        else table
    )
    return plain.astype(object).where(plain.notna(), None).to_dict("records")
