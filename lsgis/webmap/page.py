"""A map page with its panel."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import shapely

from lsgis.errors import LayerError
from lsgis.region import Region, read_region
from lsgis.report import format_number
from lsgis.report.markup import open_templates
from lsgis.text import family, say
from lsgis.webmap.element import PlanGroup, PlanMap, PlanPage
from lsgis.webmap.feature import (
    GRID,
    QUALITY,
    Drawn,
    cite_clause,
    draw_layer,
    find_ground,
    find_hull,
    script_content,
)
from lsgis.webmap.ground import place_neighbours
from lsgis.webmap.map_layer import MapLayer, Neighbour, NotDrawn, require_drawable

# The layer tree, which is the legend too: what it says of each layer, ready to be set.


def list_themes(drawn: Sequence[Drawn], lang: str, region: Region) -> list[dict[str, Any]]:
    """Themes in the order of first appearance, each with its layers as the legend shows them."""
    themes: dict[str, list[dict[str, Any]]] = {}
    for item in drawn:
        themes.setdefault(item.layer.theme, []).append(_entry(item, lang, region))
    return [{"title": title, "layers": entries} for title, entries in themes.items()]


def _entry(item: Drawn, lang: str, region: Region) -> dict[str, Any]:
    layer = item.layer
    return {
        "name": layer.name,
        "title": layer.title,
        "shown": layer.shown and bool(item.features),
        "empty": not item.features,
        "lines": _lines(item, lang),
        "count": _count(layer.located, layer.expected, lang),
        "count_said": _count_said(layer, lang),
        "area": _area(layer, lang),
        "quality": layer.quality,
        "quality_said": say(QUALITY[layer.quality], lang),
        "clause": layer.clause,
        "clause_said": cite_clause(layer.clause, region),
        "note": layer.note,
    }


def _lines(item: Drawn, lang: str) -> list[dict[str, Any]]:
    """Lines of the legend: one a class, with every look that class has; else one a look."""
    counts = Counter(feature["look"] for feature in item.features)
    classes = item.layer.classes
    lines: dict[int | None, dict[str, Any]] = {}
    for place, look in enumerate(item.looks):
        index = look.key.class_index
        line: dict[str, Any] = {"title": look.title, "swatches": [], "count": 0, "area": ""}
        line = lines.setdefault(index if classes else place, line)
        line["swatches"].append((place, look.swatch))
        line["count"] += counts[look.key]
        if index is not None and classes[index].area_ha is not None:
            line["area"] = f"{format_number(classes[index].area_ha, 1, lang)} ha"
    for line in lines.values():
        if not line["count"]:  # "0 ha" would read as "there is none"
            line["area"] = say("webmap.quality-none", lang)
    return list(lines.values())


def _count(located: int, expected: int | None, lang: str) -> str:
    found = format_number(located, 0, lang)
    return found if expected is None else f"{found} / {format_number(expected, 0, lang)}"


def _count_said(layer: MapLayer, lang: str) -> str:
    if layer.expected is None:
        return say("webmap.located", lang, located=layer.located)
    return say("webmap.located-of", lang, located=layer.located, expected=layer.expected)


def _area(layer: MapLayer, lang: str) -> str:
    if layer.symbol:
        return say("webmap.no-area", lang)
    return "" if layer.area_ha is None else f"{format_number(layer.area_ha, 1, lang)} ha"


def list_hatches(drawn: Sequence[Drawn]) -> list[tuple[str, str]]:
    """Identifier and colour of every hatch in use, each once."""
    return sorted({(look.hatch, look.color) for item in drawn for look in item.looks if look.hatch})


def list_undrawn(not_drawn: Sequence[NotDrawn], lang: str, region: Region) -> list[dict[str, str]]:
    """What the Decision declares and nobody has located."""
    missing = say("webmap.not-counted", lang)
    return [
        {
            "title": title,
            "expected": missing if count is None else format_number(count, 0, lang),
            "clause": clause,
            "clause_said": cite_clause(clause, region),
        }
        for title, count, clause in (NotDrawn(*row) for row in not_drawn)
    ]


# One map page: a folium map whose every file lies beside it.

_WORDS = family(
    "webmap.",
    "webmap.also-here",
    "webmap.close",
    "webmap.east",
    "webmap.home",
    "webmap.missing",
    "webmap.north",
    "webmap.note",
    "webmap.zoom-in",
    "webmap.zoom-out",
)


def draw_map(
    layers: Sequence[MapLayer],
    *,
    lang: str,
    title: str,
    subtitle: str = "",
    badges: Sequence[str] = (),
    links: Sequence[tuple[str, str]] = (),
    not_drawn: Sequence[NotDrawn] = (),
    neighbours: Sequence[Neighbour] = (),
    shift_m: float | None = None,
    assets: str = "assets",
    online_basemap: bool = False,
    region: Region | None = None,
) -> str:
    """Draw layers as one page that opens from a file without any network request.

    Nothing that comes from data is ever read as HTML or script. The same
    arguments give the same text.

    Parameters
    ----------
    layers
        Bottom first: polygons lie under lines, lines under points, each in this
        order. The legend groups them by theme, in the order of first appearance.
    lang
        "vi" or "en".
    title, subtitle, badges
        Head of the page; badges are warnings that must not be missed.
    links
        Text and address (relative, http or https) of what lies beside the map.
    not_drawn
        What the Decision declares and nobody has located.
    neighbours
        Names set around what is drawn.
    shift_m
        Greatest shift of simplified borders, stated in the page; None when
        nothing was simplified.
    assets
        Folder of `write_assets`, as seen from the page.
    online_basemap
        Lay OpenStreetMap below; only then does the page ask the network.
    region
        Whose plan it is: its registers know sources and clauses, its datum operation leads
        to WGS 84. The one that travels with lsgis when None.

    Raises
    ------
    LayerError
        A layer's name or colour, a link or a wind cannot stand in a page.
    CrsError
        A frame has no CRS.
    """
    region = region or read_region()
    require_drawable(layers)
    _require_links(links)
    drawn = [draw_layer(layer, lang, region) for layer in layers]
    hull = find_hull(drawn, region)
    plan = PlanMap(hull.bounds, assets=assets, online_basemap=online_basemap)
    ground = None if online_basemap else find_ground(drawn)
    plan.begin(_settings(ground, hull, neighbours, lang))
    for item in drawn:
        plan.add_child(PlanGroup(item.layer.name, item.layer.shown, script_content(item, lang)))
    plan.start()
    values = {
        "lang": lang,
        "title": title,
        "subtitle": subtitle,
        "badges": badges,
        "links": links,
        "themes": list_themes(drawn, lang, region),
        "hatches": list_hatches(drawn),
        "undrawn": list_undrawn(not_drawn, lang, region),
        "undrawn_count": len(not_drawn),
        "shift": "" if shift_m is None else format_number(shift_m, 1, lang),
    }
    template = open_templates("lsgis.webmap", lang, region).get_template("page.html")
    return PlanPage(plan, template, values).render()


def _require_links(links: Sequence[tuple[str, str]]) -> None:
    for _, address in links:
        if urlsplit(address).scheme not in ("", "http", "https"):
            raise LayerError("webmap.bad-link", found=address)


def _settings(
    ground: Drawn | None, hull: shapely.Polygon, neighbours: Sequence[Neighbour], lang: str
) -> dict[str, Any]:
    """What the script needs of the whole page."""
    land = shapely.union_all(shapely.make_valid(ground.frame.geometry.array)) if ground else hull
    names = place_neighbours(neighbours, land)
    ends = [shapely.Point(name["at"]) for name in names if name["side"] == "middle"]
    west, south, east, north = shapely.union_all([hull, *ends]).bounds
    return {
        "grid": GRID,
        "bounds": [[south, west], [north, east]],
        "decimal": format_number(0, 1, lang)[1],
        "ground": ground.layer.name if ground else None,
        "neighbours": names,
        "words": {name: say(code, lang) for name, code in _WORDS.items()},
    }
