"""Tables and findings of the site, as HTML, workbooks and CSV."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd

from lsgis.catalogue import (
    Layer,
    layer_with_role,
    layers_with_role,
    read_catalogue,
    read_facts,
    read_membership,
    read_register,
    read_unit_register,
    tell_followed,
    title_of,
)
from lsgis.check import (
    Issue,
    check_between,
    check_catalogue,
    check_layer,
    check_memberships,
    check_registers,
    describe_issues,
)
from lsgis.combine import is_located, join_places, missing_parts, not_computed, overlay_zones
from lsgis.errors import LayerError
from lsgis.region import Region
from lsgis.report import format_number, in_brief, spoken
from lsgis.report.markup import open_templates
from lsgis.source import Plan, is_schematic, list_layers
from lsgis.text import LANGUAGES, family_of, say
from lsgis.webmap import (
    ISSUE_SCRIPTS,
    ISSUE_STYLES,
    draw_issue_section,
    list_carried,
    outlines_of,
)

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
        One table for each layer of features by commune. A plan without
        environmental zones has no tables of them.
    """
    unit = layer_with_role(read_catalogue(plan.region), "unit").name
    zoning = _zoning(plan.region)
    tables = {"layer": make_layer_table(plan), unit: make_commune_table(plan)}
    environment = None
    if zoning:
        environment = make_environment_table(plan)
        tables |= {"commune_environment": environment, zoning.name: _pieces(plan)}
    tables["sum"] = make_sums(plan, environment)
    return tables | {name: place_features(plan, name) for name in _placed(plan.region)}


def _zoning(region: Region) -> Layer | None:
    """The layer of the environmental zones, where the region has one."""
    return next(iter(layers_with_role(read_catalogue(region), "zoning")), None)


def _placed(region: Region) -> list[str]:
    """Layers whose features have a table by commune."""
    return [layer.name for layer in layers_with_role(read_catalogue(region), "table")]


def make_layer_table(plan: Plan) -> pd.DataFrame:
    """Rows of `list_layers` with titles in both languages, in the order of the themes."""
    table = list_layers(plan)
    titles = {name: layer.title for name, layer in read_catalogue(plan.region).items()}
    for place, lang in enumerate(LANGUAGES, start=1):
        table.insert(place, f"title_{lang}", [titles[name][lang] for name in table["layer"]])
    rank = read_register("theme", plan.region).set_index("code")["rank"]
    order = table["theme"].map(rank).fillna(math.inf)  # a theme that no register has yet
    return table.iloc[order.argsort(kind="stable")].reset_index(drop=True)


_FACTS = (
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
)


def make_commune_table(plan: Plan) -> pd.DataFrame:
    """One row a commune: facts, computed area (m²), lists, number of features held."""
    communes = plan.units
    table = pd.DataFrame(communes[[name for name in _FACTS if name in communes]])
    table["area_m2"] = communes.area
    table["area_deviation"] = table["area_m2"] / (table["area_ha"] * 10_000) - 1
    if "population" in table:
        table["density_per_km2"] = table["population"] / (table["area_ha"] / 100)
    members = read_membership(region=plan.region)
    for name, part in members.groupby("list"):
        table[name] = table["commune_code"].isin(part["commune_code"])
    for name in _placed(plan.region):
        places = place_features(plan, name)
        held = places.loc[places["place_status"] != "not_located", "place_code"].value_counts()
        table[f"{name}_count"] = table["commune_code"].map(held).fillna(0).astype(int)
    return table


def make_environment_table(plan: Plan) -> pd.DataFrame:
    """Commune x environmental zone: one row a commune, `<zone>_m2` and their sum, `commune_m2`."""
    communes = plan.units
    zones = plan.zones
    key = layer_with_role(read_catalogue(plan.region), "zoning").key
    pieces = overlay_zones(
        communes, zones, left_key="commune_code", right_key=key, right_columns=["zone"]
    )
    if not_computed(pieces).any():
        raise LayerError("combine.not-computed", found=int(not_computed(pieces).sum()))
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
    unasked = ["geometry", "place_quality", "place_accuracy_m", "e_m"]
    return pd.DataFrame(placed.drop(columns=unasked, errors="ignore"))


def make_sums(plan: Plan, environment: pd.DataFrame | None) -> pd.DataFrame:
    """Areas that ought to agree, side by side with the Decision's (ha) and the difference.

    What the Decision does not state, or a plan does not have, is left out; without the
    Decision's area there is no difference.
    """
    declared = layer_with_role(read_catalogue(plan.region), "outline").expected.area_ha
    communes = plan.units
    rows = {} if declared is None else {"decision": declared}
    rows |= {
        "commune_declared": communes["area_ha"].sum(),
        "commune_computed": communes.area.sum() / 10_000,
        "province_computed": plan.outline.area.sum() / 10_000,
    }
    if environment is not None:
        rows["zones_computed"] = plan.zones.area.sum() / 10_000
        rows["commune_environment"] = environment["sum_m2"].sum() / 10_000
    table = pd.DataFrame({"sum": rows.keys(), "area_ha": rows.values()})
    table["difference_ha"] = table["area_ha"] - (math.nan if declared is None else declared)
    table["difference_share"] = table["difference_ha"] / (declared or math.nan)
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
    region = plan.region
    outlines = outlines_of(plan.layers, layers, lang, region=region)
    issue_map = draw_issue_section(issues, lang=lang, outlines=outlines, region=region)
    template = open_templates("lsgis.publication", lang, region).get_template("findings.html")
    return template.render(
        **findings,
        lang=lang,
        region=region,
        has_zones=_zoning(region) is not None,
        readings=[_reading(plan, rule, lang) for rule in list(region.rules)[1:]],
        issue_map=issue_map,
        issue_scripts=ISSUE_SCRIPTS,
        issue_styles=ISSUE_STYLES,
    )


def _reading(plan: Plan, rule: str, lang: str) -> dict[str, str]:
    """Another reading of the environmental zones than the one followed, as its section says it."""
    region = plan.region
    titles = {"followed": region.rules[region.rule][lang], "other": region.rules[rule][lang]}
    known = family_of("publish.zoning-lead-")
    if plan.rule != region.rule:
        drawn = region.rules[str(plan.rule)][lang]
        lead = say("publish.zoning-drawn", lang, drawn=drawn, **titles)
    else:
        lead = say(known.get(rule, "publish.zoning-lead"), lang, rule=rule, **titles)
    return {
        "column": f"zone_{rule}",
        "title": say("publish.h-zoning", lang, **titles),
        "lead": lead,
    }


def render_tables(tables: Mapping[str, pd.DataFrame], plan: Plan, *, lang: str) -> str:
    """`tables.html`: every table as a reader sees it, with links to its files."""
    house = open_templates("lsgis.publication", lang, plan.region)
    house.filters["cell"] = lambda value, column: _cell(column, value, lang, plan.region)
    shown = {name: in_brief(table, lang) for name, table in tables.items()}
    template = house.get_template("tables.html")
    return template.render(tables=shown, schematic=is_schematic(plan), lang=lang)


def render_licences(plan: Plan, *, lang: str) -> str:
    """`licences.html`: on which terms the works and the data are used that travel with a site."""
    region = plan.region
    cited = {
        code
        for frame in plan.layers.values()
        if "source" in frame
        for cell in frame["source"].dropna()
        for code in str(cell).split("; ")
    }
    sources = read_register("source", region)
    given = plan.provenance[["origin", "input", "licence"]].fillna("").drop_duplicates()
    given = given[given["input"] != ""]  # nobody has drawn the others
    if not region.own_folders:  # what travels with lsgis is its own, and under its licence
        own = say("publish.licence-own", lang)
        given = given.assign(licence=given["licence"].mask(given["origin"] == "embedded", own))
    return (
        open_templates("lsgis.publication", lang, region)
        .get_template("licences.html")
        .render(
            carried=list_carried(),
            inputs=_records(given),
            sources=_records(sources[sources["source"].isin(cited)]),
            region=region.name[lang],
            lang=lang,
        )
    )


def _cell(column: str, value: object, lang: str, region: Region) -> object:
    """A cell of a table: codes in words, numbers rounded as their column wants."""
    if isinstance(value, float):
        if column.startswith(("share", "place_share", "difference_share")) or "deviation" in column:
            return format_number(value * 100, 2, lang) + " %" if value == value else "–"
        return format_number(value, 2 if column.endswith("_ha") and value % 1 else 0, lang)
    if value is None or value is pd.NA:
        return "–"
    said = spoken(column, value, lang, region=region)
    return said if isinstance(said, str) else format_number(float(str(said)), 0, lang)


# What was checked and found, what is declared and not located, what contradicts what.


def check_everything(plan: Plan) -> tuple[Issue, ...]:
    """Every layer of a plan against the catalogue and the others, lists and registers too.

    What was found in the user's files as they were read comes first; it is not
    told twice.
    """
    # the outline, which the first look at a file lacked, is at hand now
    issues = [issue for issue in plan.issues if issue.code != "LS-SKIPPED-PROVINCE"]
    known = {_mark(issue) for issue in issues}
    own = set(plan.provenance.loc[plan.provenance["origin"] == "own", "layer"])
    region = plan.region
    catalogue = read_catalogue(region)
    for name, layer in catalogue.items():
        facts = read_facts(layer) if layer.build.origin != "compose" else None
        found = check_layer(plan.layers[name], layer, province=plan.outline, facts=facts)
        issues += [issue for issue in found if name not in own or _mark(issue) not in known]
    lists = read_register("membership", region)
    partitions = [layer.build.list for layer in layers_with_role(catalogue, "partition")]
    told = [
        check_memberships(lists, plan.units, partition=part, region=region)
        for part in partitions or [()]
    ]
    issues += dict.fromkeys(issue for part in told for issue in part)
    issues += check_between(plan.layers, region=region)
    return tuple(issues + check_registers(region=region) + check_catalogue(region))


def _mark(issue: Issue) -> tuple[str, ...]:
    return issue.code, issue.layer, issue.key, str(issue.values.get("field", ""))


def list_not_located(plan: Plan, lang: str) -> pd.DataFrame:
    """Features that are named but have no place: layer, code, name, communes, clause, note."""
    rows = []
    names = read_unit_register(plan.region).set_index("commune_code")["name_vi"]
    for name, layer in read_catalogue(plan.region).items():
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


def make_findings(
    plan: Plan, issues: tuple[Issue, ...], sums: pd.DataFrame, lang: str
) -> dict[str, Any]:
    """Everything a reader must know before trusting the map, as plain values for JSON or a page."""
    region = plan.region
    layers = make_layer_table(plan)
    layers["title"] = layers[f"title_{lang}"]
    layers["theme_title"] = [title_of("theme", theme, lang, region) for theme in layers["theme"]]
    return {
        "schematic": is_schematic(plan),
        "layers": _records(layers),
        "not_located": _records(list_not_located(plan, lang)),
        "missing_parts": _records(missing_parts(plan.parts)),
        "sums": _records(sums),
        "issues": _told(issues, lang, region),
        "contradictions": [
            {**row, "followed": tell_followed(row, lang)}
            for row in read_register("contradiction", region).to_dict("records")
        ],
        "zoning": _records(_disagreements(region)),
        "inputs": _records(plan.provenance),
    }


def _disagreements(region: Region) -> pd.DataFrame:
    """Parts of the environmental zones that the rules of a region read differently."""
    parts = read_register("environmental_part", region)
    readings = parts[[name for rule in region.rules if (name := f"zone_{rule}") in parts]]
    return parts[readings.nunique(axis=1) > 1]


def _told(issues: Sequence[Issue], lang: str, region: Region) -> list[dict[str, object]]:
    """Issues in words, with the titles of their layers and their places (m)."""
    titles = {name: layer.title[lang] for name, layer in read_catalogue(region).items()}
    said = describe_issues(issues, lang, region=region)
    return [
        {
            "code": issue.code,
            "severity": issue.severity,
            "layer": issue.layer,
            "layer_title": titles.get(issue.layer, issue.layer),
            "key": issue.key,
            "place": None if (at := issue.place) is None else [round(at.x, 2), round(at.y, 2)],
            **{part: texts[n] for part, texts in said.items()},
        }
        for n, issue in enumerate(issues)
    ]


def _records(table: pd.DataFrame) -> list[dict[str, object]]:
    plain = (
        pd.DataFrame(table.drop(columns="geometry"))
        if isinstance(table, gpd.GeoDataFrame)
        else table
    )
    records: list[dict[str, object]]
    records = plain.astype(object).where(plain.notna(), None).to_dict("records")
    return records
