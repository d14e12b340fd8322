"""The layer tree, which is the legend too: what it says of each layer, ready to be set."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from lsgis.text import say
from lsgis.webmap.feature import QUALITIES
from lsgis.webmap.layer import MapLayer, NotDrawn
from lsgis.webmap.look import Look
from lsgis.webmap.number import format_number


def list_themes(
    layers: Sequence[MapLayer],
    looks: Sequence[Sequence[Look]],
    features: Sequence[Sequence[dict[str, Any]]],
    lang: str,
) -> list[dict[str, Any]]:
    """Themes in the order of first appearance, each with its layers as the legend shows them."""
    themes: dict[str, list[dict[str, Any]]] = {}
    for layer, drawn, found in zip(layers, looks, features, strict=True):
        themes.setdefault(layer.theme, []).append(_entry(layer, drawn, found, lang))
    return [{"title": title, "layers": entries} for title, entries in themes.items()]


def _entry(layer, drawn, found, lang) -> dict[str, Any]:
    known = layer.quality if layer.quality in QUALITIES else "none"
    counts = Counter(feature["look"] for feature in found)
    several = len(drawn) > 1
    return {
        "name": layer.name,
        "title": layer.title,
        "shown": layer.shown and bool(found),
        "empty": not found,
        "swatch": None if several or not drawn else drawn[0].swatch,
        "looks": [_line(layer, look, counts[look.key], lang) for look in drawn] if drawn else [],
        "several": several,
        "count": _count(layer.located, layer.expected, lang),
        "count_said": _count_said(layer, lang),
        "area": _area(layer.area_ha, lang, symbol=layer.symbol),
        "quality": known,
        "quality_said": say(f"webmap.quality-{known}", lang),
        "clause": layer.clause,
        "note": layer.note,
    }


def _line(layer: MapLayer, look: Look, count: int, lang: str) -> dict[str, Any]:
    index = look.key.class_index
    area = None if index is None else layer.classes[index].area_ha
    schematic = f" ({say('webmap.quality-schematic', lang)})" if look.key.schematic else ""
    return {
        "swatch": look.swatch,
        "title": look.title + (schematic if layer.classes else ""),
        "count": count,
        "area": _area(area, lang, symbol=False),
    }


def _count(located: int, expected: int | None, lang: str) -> str:
    found = format_number(located, lang, decimals=0)
    return found if expected is None else f"{found} / {format_number(expected, lang, decimals=0)}"


def _count_said(layer: MapLayer, lang: str) -> str:
    if layer.expected is None:
        return say("webmap.located", lang, located=layer.located)
    return say("webmap.located-of", lang, located=layer.located, expected=layer.expected)


def _area(area_ha: float | None, lang: str, *, symbol: bool) -> str:
    if symbol:
        return say("webmap.no-area", lang)
    return "" if area_ha is None else f"{format_number(area_ha, lang)} ha"


def list_hatches(looks: Sequence[Sequence[Look]]) -> list[tuple[str, str]]:
    """Identifier and colour of every hatch in use, each once."""
    return sorted({(look.hatch, look.color) for drawn in looks for look in drawn if look.hatch})


def list_undrawn(not_drawn: Sequence[NotDrawn], lang: str) -> list[dict[str, str]]:
    """What the Decision declares and nobody has located."""
    missing = say("webmap.not-counted", lang)
    return [
        {
            "title": title,
            "expected": missing if count is None else format_number(count, lang, decimals=0),
            "clause": clause,
        }
        for title, count, clause in (NotDrawn(*row) for row in not_drawn)
    ]
