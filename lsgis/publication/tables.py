"""Tables of a plan that add up: communes, zones by commune, parks and gates by commune."""

from collections.abc import Mapping

import geopandas as gpd
import pandas as pd

from lsgis.catalogue import (
    layer_with_role,
    layers_with_role,
    read_catalogue,
    read_membership,
    read_register,
)
from lsgis.combine import join_places, overlay_zones
from lsgis.source import Plan, list_layers
from lsgis.text import LANGUAGES


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
    facts = ["commune_code", "name_vi", "name_en", "kind", "area_ha", "population", "seat_vi",
             "border_china", "merged_from_vi", "quality", "accuracy_m", "source", "clause",
             "note_vi"]  # fmt: skip
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
