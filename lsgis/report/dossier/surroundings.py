"""What lies around the site, as the caller gives it, ready to be drawn."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import shapely

from lsgis.catalogue import read_catalogue
from lsgis.report.dossier.shown import clean
from lsgis.report.dossier.wording import layer_title, named
from lsgis.sitecheck.record import SiteReport, as_report
from lsgis.text import say

if TYPE_CHECKING:
    from lsgis.report.printmap import Thing
    from lsgis.sitecheck.index.check_index import CheckIndex

Shapes = Mapping[str, Sequence[tuple[shapely.Geometry, Mapping[str, Any]]]]

_BORDERS = ("unit", "outline")  # roles of the layers whose borders are drawn
_REACH_M = 16_000.0  # beyond the corners of a sheet at 1:100,000
_PLAIN = "#66727a"


def located(shapes: Shapes, layer: str, key: str) -> shapely.Geometry | None:
    """The geometry of a feature among the shapes, if it is given."""
    for geometry, attributes in shapes.get(layer, ()):
        if str(attributes.get("key")) == str(key) and not shapely.is_empty(geometry):
            return geometry
    return None


def surrounding_things(
    document: Mapping[str, Any], shapes: Shapes, layers: Iterable[str], *, lang: str
) -> "list[Thing]":
    """Things to draw for some layers, looking as the catalogue says.

    Attributes used: `key`, `name_vi`, `name_en`, `quality`, `symbol`, `accuracy_m`.
    """
    restricting = {theme["layer"] for theme in document["themes"]}
    things = []
    for layer in layers:
        for geometry, attributes in shapes[layer]:
            if geometry is not None and not geometry.is_empty:
                things.append(_thing(document, layer, geometry, attributes, restricting, lang))
    return things


def _thing(document, layer: str, geometry, attributes, restricting, lang: str) -> "Thing":
    from lsgis.report.printmap import Thing

    known = read_catalogue().get(layer)
    style = known.style if known else None
    roles = known.roles if known else ()
    is_border = not {*_BORDERS}.isdisjoint(roles)
    schematic = attributes.get("quality") == "schematic" or bool(attributes.get("symbol"))
    kind = geometry.geom_type.removeprefix("Multi")
    role = {"Point": "point", "LineString": "line"}.get(kind, "zone")
    own_ground = known is not None and "Polygon" in known.accepts  # no border of neighbours
    if role == "zone" and layer not in restricting and not own_ground:
        role = "border"
    title = layer_title(document, layer, lang)
    if role == "border":
        title = say("dossier.m-border", lang, title=title)
    if schematic:
        title = say("dossier.m-schematic", lang, title=title)
    color = style.color if style and not is_border else _PLAIN
    label = clean(named(attributes, lang)) if "outline" not in roles else ""
    width = 2.0 if "outline" in roles else 1.0
    shape = style.shape if style else "circle"
    coarse = 0.0 if is_border or layer in restricting else attributes.get("accuracy_m") or 0.0
    return Thing(
        geometry, role, title, color, label, schematic, shape, width=width, coarse_m=coarse
    )


def shapes_around(index: "CheckIndex", report: SiteReport | Mapping[str, Any]) -> dict[str, list]:
    """What lies around a site, cut from an index: as far as a map at 1:100,000 can show.

    Parameters
    ----------
    index
        The index that the site was checked with.
    report
        Of the site, or its plain values.

    Returns
    -------
    dict
        `shapes` for `write_dossier`.
    """
    report = as_report(report)
    west, south, east, north = report.site.bounds
    window = shapely.box(west - _REACH_M, south - _REACH_M, east + _REACH_M, north + _REACH_M)
    restricting = [verdict.layer for verdict in report.themes]
    around = [name for role in (*_BORDERS, "around") for name in index.with_role(role)]
    return {
        layer: [
            (shapely.union_all(found.pieces), _attributes(found.feature))
            for found in index.overlay(layer, window)
        ]
        for layer in (*around, *restricting)
        if layer in index.layers
    }


def _attributes(feature: Any) -> dict[str, Any]:
    names = ("key", "name_vi", "name_en", "quality", "accuracy_m")
    return {name: getattr(feature, name) for name in names}
