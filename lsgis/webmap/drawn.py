"""A layer made ready for a page: its features, their looks, what the script needs of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import shapely

from lsgis.crs import VN2000
from lsgis.webmap.feature import FIXED, read_drawn, read_features, value_titles
from lsgis.webmap.layer import MapLayer
from lsgis.webmap.look import Look, draw_looks
from lsgis.webmap.shape import write_steps


@dataclass(frozen=True)
class Drawn:
    """A layer, its rows that have a place (WGS 84), and both as the page holds them."""

    layer: MapLayer
    frame: gpd.GeoDataFrame
    features: list[dict[str, Any]]
    looks: list[Look]


def draw_layer(layer: MapLayer, lang: str) -> Drawn:
    """Make a layer ready for a page."""
    frame = read_drawn(layer)
    features = read_features(layer, frame, lang)
    looks = draw_looks(layer, [feature["look"] for feature in features], lang)
    return Drawn(layer, frame, features, looks)


def script_content(drawn: Drawn, lang: str) -> dict[str, Any]:
    """What the script needs of a layer; columns that no feature fills are left out."""
    place = {look.key: index for index, look in enumerate(drawn.looks)}
    titles = value_titles(drawn.layer, lang)
    borders = _borders(drawn)
    own = len(drawn.layer.popup_fields)
    always = range(own, own + len(FIXED))
    told = [
        i
        for i in range(len(titles))
        if i in always or any(feature["values"][i] for feature in drawn.features)
    ]
    features = [
        feature | {"look": place[feature["look"]], "values": [feature["values"][i] for i in told]}
        for feature in drawn.features
    ]
    return {
        "name": drawn.layer.name,
        "title": drawn.layer.title,
        "titles": [titles[i] for i in told],
        "looks": [look.path | {"stroke": not borders} for look in drawn.looks],
        "features": features,
        "borders": borders,
    }


def _borders(drawn: Drawn) -> list[list[int]]:
    """Borders of neighbours, each once: drawn twice, their dashes would close up to a line."""
    areas = drawn.frame.geometry[drawn.frame.geom_type.isin(["Polygon", "MultiPolygon"])]
    if len(areas) < 2 or len(drawn.looks) != 1 or "dashArray" not in drawn.looks[0].path:
        return []
    lines = shapely.line_merge(shapely.union_all(shapely.boundary(areas.to_numpy())))
    return [write_steps(line) for line in shapely.get_parts(lines)]


def find_hull(drawn: Sequence[Drawn]) -> shapely.Polygon:
    """Convex hull of all that is drawn, degrees; the zone of VN-2000 when nothing is."""
    shapes = [shape for item in drawn for shape in item.frame.geometry]
    whole = shapely.geometrycollections(shapely.convex_hull(shapes)).convex_hull
    zone = VN2000.area_of_use
    if whole.is_empty and zone is not None:
        return shapely.box(*zone.bounds)
    return whole if whole.geom_type == "Polygon" else whole.buffer(0.05)


def find_ground(drawn: Sequence[Drawn]) -> Drawn | None:
    """The layer laid white under everything: the widest; of equals, the one in fewest pieces."""
    areas = {
        item.layer.name: shapely.area(item.frame.geometry.to_numpy()).sum()
        for item in drawn
        if not item.layer.symbol
    }
    widest = max(areas.values(), default=0)
    able = [item for item in drawn if areas.get(item.layer.name, 0) > 0.99 * widest > 0]
    return min(able, key=lambda item: len(item.frame), default=None)
