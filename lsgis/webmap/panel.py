"""The layer tree, which is the legend too: what it says of each layer, ready to be set."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from lsgis.report import format_number
from lsgis.text import say
from lsgis.webmap.citation import cite_clause
from lsgis.webmap.drawn import Drawn
from lsgis.webmap.feature import QUALITY
from lsgis.webmap.layer import MapLayer, NotDrawn


def list_themes(drawn: Sequence[Drawn], lang: str) -> list[dict[str, Any]]:
    """Themes in the order of first appearance, each with its layers as the legend shows them."""
    themes: dict[str, list[dict[str, Any]]] = {}
    for item in drawn:
        themes.setdefault(item.layer.theme, []).append(_entry(item, lang))
    return [{"title": title, "layers": entries} for title, entries in themes.items()]


def _entry(item: Drawn, lang: str) -> dict[str, Any]:
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
        "clause_said": cite_clause(layer.clause),
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


def list_undrawn(not_drawn: Sequence[NotDrawn], lang: str) -> list[dict[str, str]]:
    """What the Decision declares and nobody has located."""
    missing = say("webmap.not-counted", lang)
    return [
        {
            "title": title,
            "expected": missing if count is None else format_number(count, 0, lang),
            "clause": clause,
            "clause_said": cite_clause(clause),
        }
        for title, count, clause in (NotDrawn(*row) for row in not_drawn)
    ]
