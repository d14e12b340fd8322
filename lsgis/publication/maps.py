"""The maps of a plan: the whole on one page, and a page for each theme."""

import math
from collections.abc import Sequence
from dataclasses import replace

import geopandas as gpd
import pandas as pd

from lsgis.catalogue import (
    Layer,
    drawn_geometry,
    layers_with_role,
    read_catalogue,
    read_register,
    read_rows,
    read_unit_register,
    title_of,
)
from lsgis.region import Region
from lsgis.report import heading, spoken
from lsgis.source import Plan, is_schematic, list_layers
from lsgis.text import say
from lsgis.webmap import MapClass, MapLayer, Neighbour, NotDrawn, draw_map, simplify_for_web

POPUP = ("code", "commune_code", "kind_title", "phase_title", "area_ha", "population", "communes")
WEB_TOLERANCE_M = 10.0
_GROUND = {"unit", "outline"}  # on every map
_OF_COMMUNES = ("union", "dissolve", "compose")  # as many vertices as the communes


def draw_plan(plan: Plan, *, lang: str, online_basemap: bool = False) -> dict[str, str]:
    """Pages of a plan by file name: `index.html`, and `map_<theme>.html` for each theme.

    Parameters
    ----------
    plan
        Layers and their provenance.
    lang
        "vi" or "en".
    online_basemap
        Add tiles from the network; without it a page makes no request at all.
    """
    known = read_catalogue(plan.region)
    layers, shift = _map_layers(plan, lang)
    pages = {"index.html": _page(plan, layers, "", shift, lang, online_basemap)}
    for theme in _themes(plan.region)["code"]:
        chosen = [
            replace(layer, shown=True)
            for layer in layers
            if known[layer.name].theme == theme or _GROUND & {*known[layer.name].roles}
        ]
        pages[f"map_{theme}.html"] = _page(plan, chosen, theme, shift, lang, online_basemap)
    return pages


def _themes(region: Region) -> pd.DataFrame:
    """Themes that some layer of the region has, in their order."""
    rows = read_register("theme", region).sort_values("rank")
    used = {layer.theme for layer in read_catalogue(region).values()}
    return rows[rows["code"].isin(used)]


def _page(
    plan: Plan, layers: Sequence[MapLayer], theme: str, shift_m: float, lang: str, tiles: bool
) -> str:
    region = plan.region
    badge = "publish.badge-schematic" if is_schematic(plan) else "publish.badge-reference"
    units = [layer.name for layer in layers_with_role(read_catalogue(region), "unit")]
    origins = plan.provenance.set_index("layer").loc[units, "origin"]
    badges = [] if (origins == "own").all() else [say(badge, lang)]
    title = say("publish.title", lang, plan=region.plan.short_title[lang])
    if theme:
        title = f"{title} – {title_of('theme', theme, lang, region)}"
    missing = [NotDrawn(x.title, x.expected, x.clause) for x in layers if not _is_drawn(x.frame)]
    return draw_map(
        [layer for layer in layers if _is_drawn(layer.frame)],
        lang=lang,
        title=title,
        subtitle=say("publish.subtitle", lang, act=region.plan.dated[lang]),
        badges=badges,
        links=_links(lang, theme, region),
        not_drawn=missing,
        neighbours=_neighbours(lang, region),
        shift_m=shift_m,
        online_basemap=tiles,
        region=region,
    )


def _neighbours(lang: str, region: Region) -> list[Neighbour]:
    rows = read_rows("neighbour", region)
    winds = ["".join(word[0] for word in row["direction"].split("-")) for row in rows]
    return [Neighbour(row[f"name_{lang}"], wind) for row, wind in zip(rows, winds, strict=True)]


def _links(lang: str, theme: str, region: Region) -> list[tuple[str, str]]:
    links = [
        (say("publish.to-issues", lang), "issues.html"),
        (say("publish.to-tables", lang), "tables.html"),
        (say("publish.to-package", lang), "plan.gpkg"),
        (say("publish.to-licences", lang), "licences.html"),
    ]
    if theme:
        return [(say("publish.to-map", lang), "index.html"), *links]
    rows = _themes(region).to_dict("records")
    return links + [(row[lang], f"map_{row['code']}.html") for row in rows]


def _map_layers(plan: Plan, lang: str) -> tuple[list[MapLayer], float]:
    """Every layer ready to draw, and the greatest shift (m) that drawing made to a border."""
    counts = list_layers(plan).query("by == 'total'").set_index("layer")
    origin = plan.provenance.set_index("layer")["origin"]
    order = read_register("theme", plan.region).set_index("code")["rank"]
    layers = read_catalogue(plan.region)
    # a theme that no register has yet stands last
    names = sorted(layers, key=lambda name: (order.get(layers[name].theme, math.inf), name))
    communes, shift_m = simplify_for_web(plan.units, tolerance_m=WEB_TOLERANCE_M)
    drawn = []
    for name in names:
        layer, frame = layers[name], plan.layers[name]
        if "unit" in layer.roles:
            frame = communes
        elif layer.build.origin in _OF_COMMUNES and origin[name] != "own":
            # the tolerance is a bound here: these have no neighbours to keep in step with
            frame = frame.set_geometry(frame.simplify(WEB_TOLERANCE_M))
        frame = _readable(frame, lang, plan.region).assign(
            measured_ha=plan.layers[name].area / 10_000
        )
        drawn.append(_map_layer(layer, frame, counts.loc[name], lang))
    return drawn, max(shift_m, WEB_TOLERANCE_M if shift_m else 0.0)


def _readable(frame: gpd.GeoDataFrame, lang: str, region: Region) -> gpd.GeoDataFrame:
    """Codes of kinds, phases and communes in words."""
    names = read_unit_register(region).set_index("commune_code")["name_vi"]
    frame = frame.copy()
    for column in ("kind", "phase"):
        titles = [title_of(column, code, lang, region) if code else "" for code in frame[column]]
        frame[f"{column}_title"] = titles
    codes = frame["commune_codes"].str.split("; ")
    frame["communes"] = codes.map(lambda part: "; ".join(names.get(c, c) for c in part))
    return frame


def _is_drawn(frame: gpd.GeoDataFrame) -> bool:
    """Whether a layer has anything to show, whether or not the Decision counts it."""
    return bool(frame.geometry.notna().any())


def _map_layer(layer: Layer, frame: gpd.GeoDataFrame, count: pd.Series, lang: str) -> MapLayer:
    symbol = layer.build.origin == "circle" and count["origin"] != "own"
    measured = _is_drawn(frame) and drawn_geometry(layer, frame) == "Polygon" and not symbol
    return MapLayer(
        name=layer.name,
        title=layer.title[lang],
        theme=title_of("theme", layer.theme, lang, layer.region),
        frame=frame,
        style=layer.style,
        expected=None if pd.isna(count["expected"]) else int(count["expected"]),
        located=int(count["located"]),
        quality=count["quality"],
        clause=layer.legal.clause,
        area_ha=float(frame["measured_ha"].sum()) if measured else None,
        shown="opening" in layer.roles,
        symbol=symbol,
        label="unit" in layer.roles,
        popup_fields=[
            (name, heading(name, lang, region=layer.region)) for name in POPUP if name in frame
        ],
        class_column=layer.style.by or "kind",
        classes=_classes(layer, frame, lang, measured=measured),
    )


def _classes(layer: Layer, frame: gpd.GeoDataFrame, lang: str, *, measured: bool) -> list[MapClass]:
    """Values of a layer that have a colour of their own, with their area (ha) if it has one."""
    by = layer.style.by
    classes = []
    for value, color in layer.style.colors.items():
        part = frame[frame[by] == value]
        if by == layer.key and len(part):
            title = part.iloc[0][f"name_{lang}"]
        else:
            title = str(spoken(by, value, lang, region=layer.region))
        area_ha = float(part["measured_ha"].sum()) if measured else None
        classes.append(MapClass(value, title, color, area_ha))
    return classes
