"""One map page: a folium map whose every file lies beside it."""

from collections.abc import Sequence
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

import geopandas as gpd
import jinja2
import shapely

from lsgis.crs import VN2000, to_wgs84
from lsgis.errors import LayerError
from lsgis.report import format_number
from lsgis.text import say
from lsgis.webmap.element import PlanGroup, PlanMap, PlanPage
from lsgis.webmap.feature import GRID, read_drawn, read_features, value_titles
from lsgis.webmap.layer import MapLayer, Neighbour, NotDrawn, require_drawable
from lsgis.webmap.look import Look, draw_looks
from lsgis.webmap.neighbour import place_neighbours
from lsgis.webmap.panel import list_hatches, list_themes, list_undrawn

_WORDS = (
    "also-here", "close", "east", "home", "missing", "north", "note", "zoom-in", "zoom-out",
)  # fmt: skip


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

    Raises
    ------
    LayerError
        A layer's name or colour, a link or a wind cannot stand in a page.
    CrsError
        A frame has no CRS.
    """
    require_drawable(layers)
    _require_links(links)
    frames = [read_drawn(layer) for layer in layers]
    read = [read_features(layer, frame, lang) for layer, frame in zip(layers, frames, strict=True)]
    looks = [
        draw_looks(layer, [feature["look"] for feature in features], lang)
        for layer, features in zip(layers, read, strict=True)
    ]
    hull = _hull(frames)
    plan = PlanMap(hull.bounds, assets=assets, online_basemap=online_basemap)
    plan.begin(_settings(lang, hull, layers, frames, neighbours))
    for layer, features, drawn in zip(layers, read, looks, strict=True):
        plan.add_child(PlanGroup(layer.name, layer.shown, _content(layer, features, drawn, lang)))
    plan.start()
    values = {
        "lang": lang, "title": title, "subtitle": subtitle, "badges": badges, "links": links,
        "themes": list_themes(layers, looks, read, lang), "hatches": list_hatches(looks),
        "undrawn": list_undrawn(not_drawn, lang), "undrawn_count": len(not_drawn),
        "shift": "" if shift_m is None else format_number(shift_m, 1, lang),
        "say": lambda code, **found: say(f"webmap.{code}", lang, **found),
    }  # fmt: skip
    return PlanPage(plan, _template(), values).render()


def _template() -> jinja2.Template:
    text = (files("lsgis.webmap") / "page.html").read_text(encoding="utf-8")
    house = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return house.from_string(text)


def _require_links(links: Sequence[tuple[str, str]]) -> None:
    for _, address in links:
        if urlsplit(address).scheme not in ("", "http", "https"):
            raise LayerError("webmap.bad-link", found=address)


def _hull(frames: Sequence[gpd.GeoDataFrame]) -> shapely.Polygon:
    """Convex hull of all that is drawn, degrees; the zone of VN-2000 when nothing is."""
    shapes = [shape for frame in frames for shape in frame.geometry]
    whole = shapely.geometrycollections(shapely.convex_hull(shapes)).convex_hull
    if whole.is_empty:
        return shapely.box(*VN2000.area_of_use.bounds)
    return whole if whole.geom_type == "Polygon" else whole.buffer(0.05)


def _ground(layers: Sequence[MapLayer], frames: Sequence[gpd.GeoDataFrame]) -> str | None:
    """The layer laid white under everything: the widest, and of equals the one with fewest parts."""
    areas = {
        layer.name: (shapely.area(frame.geometry.to_numpy()).sum(), -len(frame))
        for layer, frame in zip(layers, frames, strict=True)
        if not layer.symbol
    }
    widest = max((area for area, _ in areas.values()), default=0)
    able = [name for name, (area, _) in areas.items() if area > 0.99 * widest > 0]
    return max(able, key=lambda name: areas[name][1], default=None)


def _content(layer: MapLayer, features: list, looks: list[Look], lang: str) -> dict[str, Any]:
    """What the script needs of a layer."""
    place = {look.key: index for index, look in enumerate(looks)}
    titles = value_titles(layer, lang)
    told = [i for i in range(len(titles)) if any(feature["values"][i] for feature in features)]
    return {
        "name": layer.name,
        "title": layer.title,
        "titles": [titles[i] for i in told],
        "looks": [look.path for look in looks],
        "features": [
            feature
            | {"look": place[feature["look"]], "values": [feature["values"][i] for i in told]}
            for feature in features
        ],
    }


def _settings(lang: str, hull: shapely.Polygon, layers, frames, neighbours) -> dict[str, Any]:
    """What the script needs of the whole page."""
    ground = _ground(layers, frames)
    shapes = [
        f.geometry.union_all() for x, f in zip(layers, frames, strict=True) if x.name == ground
    ]
    names = place_neighbours(neighbours, shapely.union_all([*shapes]) if shapes else hull)
    ends = [shapely.Point(name["at"]) for name in names if name["side"] == "middle"]
    west, south, east, north = shapely.union_all([hull, *ends]).bounds
    return {
        "grid": GRID,
        "bounds": [[south, west], [north, east]],
        "decimal": format_number(0, 1, lang)[1],
        "ground": ground,
        "neighbours": names,
        "words": {name: say(f"webmap.{name}", lang) for name in _WORDS},
    }
