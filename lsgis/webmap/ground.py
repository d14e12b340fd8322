"""What issues are seen against: the province and its communes, then the features checked."""

from collections.abc import Mapping

import geopandas as gpd
import numpy as np

from lsgis.catalogue import Layer, layer_with_role, read_catalogue, require_layer
from lsgis.check.row import blank, name_features, plain_rows
from lsgis.webmap.outline import Outline


def outlines_of(
    plan: Mapping[str, gpd.GeoDataFrame], checked: Mapping[str, gpd.GeoDataFrame], lang: str
) -> list[Outline]:
    """Outlines for a page of issues, bottom first.

    Parameters
    ----------
    plan
        Layers of a plan; its communes and province are the backdrop. It may be empty.
    checked
        Features by the catalogue layer they were checked as, in any CRS or
        none. Where they are the plan's own communes or province, they stay the backdrop.
    lang
        "vi" or "en", for titles and names.
    """
    layers = read_catalogue()
    backdrop = [layer_with_role(layers, role).name for role in ("unit", "outline")]
    behind = {name: plan[name] for name in backdrop if name in plan}
    behind = {n: frame for n, frame in behind.items() if checked.get(n, frame) is frame}
    above = {name: frame for name, frame in checked.items() if name not in behind}
    return [
        *(_outline(name, frame, lang, backdrop=True) for name, frame in behind.items()),
        *(_outline(name, frame, lang, backdrop=False) for name, frame in above.items()),
    ]


def _outline(name: str, frame: gpd.GeoDataFrame, lang: str, *, backdrop: bool) -> Outline:
    layer, rows = require_layer(name), plain_rows(frame)
    keys = tuple(name_features(rows, layer))
    return Outline(name, layer.title[lang], rows, keys, _names(rows, lang, layer), backdrop)


def _names(rows: gpd.GeoDataFrame, lang: str, layer: Layer) -> tuple[str, ...]:
    """Names to set on the map, of communes only: on others they would hide what lies below."""
    column = f"name_{lang}" if f"name_{lang}" in rows else "name_vi"
    if "unit" not in layer.roles or column not in rows:
        return ()
    return tuple(np.where(blank(rows[column]), "", rows[column].map(str)))
