"""A place as a planner says it: a commune by name or code, a layer, one feature of a layer."""

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd

from lsgis.catalogue import layer_with_role, read_catalogue, require_layer
from lsgis.combine import buffer_lines, is_located
from lsgis.crs import to_vn2000
from lsgis.errors import CrsError, SourceError
from lsgis.intake import fold_name, read_vector


def find_place(
    layers: Mapping[str, gpd.GeoDataFrame], place: str, *, half_width_m: float | None = None
) -> gpd.GeoDataFrame:
    """Polygons of a place of the plan.

    Parameters
    ----------
    layers
        Layers of a plan by name, EPSG:9215.
    place
        A commune's code ("06385") or name ("Hữu Lũng"; spelling of tone marks
        and capitals do not matter), a layer ("province", "economic_corridor")
        or one feature of a layer ("socio_economic_zone:zone_east").
    half_width_m
        Half the width (m) of the corridor along a line; needed for lines only.

    Raises
    ------
    SourceError
        No such place, several communes of that name, nothing located, or a
        line without a half-width.
    """
    name, _, code = place.partition(":")
    if name in layers:
        found = layers[name]
        if code:
            key = require_layer(name).key
            found = found[found[key] == code]
            if found.empty:
                known = ", ".join(layers[name][key])
                raise SourceError("source.no-feature", layer=name, found=code, known=known)
    else:
        found = _communes(layers[layer_with_role(read_catalogue(), "unit").name], place)
    located = found[is_located(found)]
    if located.empty:
        raise SourceError("source.place-not-located", found=place)
    if located.geom_type.str.endswith("Polygon").all():
        return located
    if half_width_m is None:
        raise SourceError("source.needs-width", found=place)
    return buffer_lines(located, half_width_m=half_width_m)


@dataclass(frozen=True)
class Taken:
    """Features of one side of an overlay, and the column that names them."""

    features: gpd.GeoDataFrame
    key: str


def take_features(
    layers: Mapping[str, gpd.GeoDataFrame], name: str, *, crs: str | None = None
) -> Taken:
    """A layer of the plan by name, or the features of a file, in EPSG:9215.

    A file's features are named by the first column that is unique, else numbered.
    """
    if name in layers:
        return Taken(layers[name], require_layer(name).key)
    frame = read_vector(name, crs=crs)
    if frame.crs is None:
        raise CrsError("source.no-crs", path=name)
    columns = [column for column in frame.columns.drop("geometry") if frame[column].is_unique]
    if not columns:
        frame = frame.assign(number=range(1, len(frame) + 1))
    return Taken(to_vn2000(frame), columns[0] if columns else "number")


def _communes(communes: gpd.GeoDataFrame, place: str) -> gpd.GeoDataFrame:
    found = communes[communes["commune_code"] == place]
    if found.empty:
        found = communes[communes["name_vi"].map(fold_name) == fold_name(place)]
    if len(found) != 1:
        names = ", ".join(communes["name_vi"].sort_values())
        raise SourceError("source.no-place", found=place, count=len(found), known=names)
    return found
