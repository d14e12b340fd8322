"""Layers of a map and how they look."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import geopandas as gpd
from markupsafe import Markup

from lsgis.catalogue import Style
from lsgis.catalogue.layer import QUALITIES
from lsgis.errors import LayerError
from lsgis.text import say

# What a map page is made of: layers, classes of a layer, layers nobody has located.


@dataclass(frozen=True)
class MapClass:
    """One colour of a layer: the features whose `MapLayer.class_column` holds `value`."""

    value: str
    title: str
    color: str
    area_ha: float | None = None


@dataclass(frozen=True)
class MapLayer:
    """A layer as a map page shows it; every text in the language of the page.

    `frame` holds the features (VN-2000 or WGS 84); rows without geometry are
    not drawn. Columns read when present: `name_vi`, `name_en`, `quality`,
    `accuracy_m`, `source`, `clause`, `note_vi` and those of `popup_fields`
    (column, title). `symbol` marks features that stand for a place of unknown
    extent: they are hatched and have no area. `located` of `expected` is shown
    as given, never counted from the frame.
    """

    name: str
    title: str
    theme: str
    frame: gpd.GeoDataFrame
    style: Style
    expected: int | None = None
    located: int = 0
    quality: str = "none"
    clause: str = ""
    area_ha: float | None = None
    shown: bool = True
    note: str = ""
    symbol: bool = False
    label: bool = False
    popup_fields: Sequence[tuple[str, str]] = ()
    class_column: str = "kind"
    classes: Sequence[MapClass] = ()


class NotDrawn(NamedTuple):
    """A layer that the Decision declares and nobody has located."""

    title: str
    expected: int | None = None
    clause: str = ""


class Neighbour(NamedTuple):
    """A name set beside the province, towards a wind: n, ne, e, se, s, sw, w, nw."""

    name: str
    direction: str


def require_drawable(layers: Sequence[MapLayer]) -> None:
    """Refuse layers whose name, quality or colour cannot stand in a page.

    Raises
    ------
    LayerError
        A name is no lower-case code or stands twice; a quality is unknown; a
        colour is not #rrggbb.
    """
    seen = set()
    for layer in layers:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", layer.name) or layer.name in seen:
            raise LayerError("webmap.bad-name", found=layer.name)
        seen.add(layer.name)
        if layer.quality not in QUALITIES:
            raise LayerError(
                "webmap.bad-quality",
                layer=layer.name,
                found=layer.quality,
                known=", ".join(QUALITIES),
            )
        for color in (layer.style.color, *(item.color for item in layer.classes)):
            if not re.fullmatch(r"#[0-9a-fA-F]{6}", color):
                raise LayerError("webmap.bad-color", layer=layer.name, found=color)


# How features look, on the map and in its legend alike.
#
# Located features are solid, their points filled. Schematic ones are dashed and softer, their
# points hollow. Symbols (extent unknown) are hatched as well.

_SHAPES = {
    "circle": "M10 4.2a5.8 5.8 0 1 1 0 11.6a5.8 5.8 0 1 1 0-11.6z",
    "square": "M5 5h10v10h-10z",
    "triangle": "M10 3.6L16.6 15.4H3.4z",
    "diamond": "M10 2.8L17.2 10L10 17.2L2.8 10z",
    "star": "M10 2.4l2.3 4.9 5.3.6-3.9 3.7 1 5.3-4.7-2.6-4.7 2.6 1-5.3-3.9-3.7 5.3-.6z",
}


class LookKey(NamedTuple):
    """What decides the look of a feature inside its layer."""

    kind: str
    class_index: int | None
    schematic: bool


@dataclass(frozen=True)
class Look:
    """One look of a layer: its line in the legend and the path options of Leaflet."""

    key: LookKey
    title: str
    color: str
    swatch: Markup
    path: dict[str, Any]
    hatch: str


def draw_looks(layer: MapLayer, keys: Sequence[LookKey], lang: str) -> list[Look]:
    """The looks of a layer, classes in their given order, located before schematic.

    A class that no feature has still gets a look: the legend says it is empty.
    """
    kind = keys[0].kind if keys else "area"
    schematic = layer.symbol or layer.quality == "schematic"
    empty = set(range(len(layer.classes))) - {key.class_index for key in keys}
    every = set(keys) | {LookKey(kind, index, schematic) for index in empty}
    order = sorted(every, key=lambda key: (_rank(key, layer), key.schematic, key.kind))
    return [_look(layer, key, lang) for key in order]


def _rank(key: LookKey, layer: MapLayer) -> int:
    return len(layer.classes) if key.class_index is None else key.class_index


def _look(layer: MapLayer, key: LookKey, lang: str) -> Look:
    known = None if key.class_index is None else layer.classes[key.class_index]
    color = known.color if known else layer.style.color
    drawn = say("webmap.drawn-schematic" if key.schematic else "webmap.drawn-located", lang)
    title = known.title if known else say("webmap.other", lang) if layer.classes else drawn
    hatch = f"hatch-{color[1:].lower()}" if layer.symbol and key.kind == "area" else ""
    path = _path(layer, key, color, hatch)
    return Look(key, title, color, _swatch(layer, key, color, path), path, hatch)


def _path(layer: MapLayer, key: LookKey, color: str, hatch: str) -> dict[str, Any]:
    """Path options of Leaflet; `casing` is ours: pixels of white beside a line."""
    style, soft = layer.style, key.schematic
    if key.kind == "point":
        return {}
    path: dict[str, Any] = {"color": color, "weight": style.width, "lineJoin": "round"}
    if style.dash or soft:
        path["dashArray"] = style.dash or ("7 5" if key.kind == "line" else "5 4")
        path["lineCap"] = "butt"
    if key.kind == "line":
        return path | {"opacity": 0.9 if soft else 1, "casing": 0 if soft else 2, "fill": False}
    opacity = style.fill_opacity * (0.6 if soft else 1)
    return path | {
        "opacity": 0.85,
        "fill": style.fill_opacity > 0,
        "fillColor": f"url(#{hatch})" if hatch else color,
        "fillOpacity": 0.9 if hatch else round(opacity, 3),
    }


def _swatch(layer: MapLayer, key: LookKey, color: str, path: dict[str, Any]) -> Markup:
    """SVG of the look; for points the very drawing that stands on the map."""
    if key.kind == "point":
        fill = "#ffffff" if key.schematic else color
        width = 2.2 if key.schematic else 1
        outline = _SHAPES.get(layer.style.shape, _SHAPES["circle"])
        return Markup(
            '<svg class="point" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">'
            '<path d="{0}" fill="#fff" stroke="#fff" stroke-width="4.4" stroke-linejoin="round"/>'
            '<path d="{0}" fill="{1}" stroke="{2}" stroke-width="{3}" stroke-linejoin="round"/>'
            "</svg>"
        ).format(outline, fill, color, width)
    outline = "M1 9H27" if key.kind == "line" else "M3 3H25V15H3Z"
    if path["fill"] and key.kind == "area":
        fill = Markup('fill="{}" fill-opacity="{}"').format(path["fillColor"], path["fillOpacity"])
    else:
        fill = Markup('fill="none"')
    dash = Markup('stroke-dasharray="{}"').format(path.get("dashArray", "none"))
    return Markup(
        '<svg viewBox="0 0 28 18" width="28" height="18" aria-hidden="true">'
        '<path d="{}" {} stroke="{}" stroke-width="{}" {}/></svg>'
    ).format(outline, fill, color, path["weight"], dash)
