"""What a map page is made of: layers, classes of a layer, layers nobody has located."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import geopandas as gpd

from lsgis.catalogue import Style
from lsgis.catalogue.layer import QUALITIES
from lsgis.errors import LayerError


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

    `frame` holds the features (EPSG:9215 or WGS 84); rows without geometry are
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
                "webmap.bad-quality", layer=layer.name, found=layer.quality,
                known=", ".join(QUALITIES),
            )  # fmt: skip
        for color in (layer.style.color, *(item.color for item in layer.classes)):
            if not re.fullmatch(r"#[0-9a-fA-F]{6}", color):
                raise LayerError("webmap.bad-color", layer=layer.name, found=color)
