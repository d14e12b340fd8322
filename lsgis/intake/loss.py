"""What was not read of a file though nobody said so: features lost, empty, or without numbers."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from lsgis.intake import damage
from lsgis.intake.feature import Found
from lsgis.intake.file import JSON

_MOST_NAMED = 10


def find_lost(source: Path, layer: str | None, found: Found) -> None:
    """Features of which nothing, or not all, was read without a word from the reader."""
    shapes = np.asarray(found.frame.geometry.values, dtype=object)
    known = {number for number, _ in found.lost}
    kind = source.suffix.lower()
    if kind in JSON:
        more = damage.lost_in_geojson(source, shapes)
    elif kind == ".shp":
        found.told += damage.odd_sizes(source, len(shapes))
        more = damage.lost_in_shapefile(source, shapes) if shapely.is_missing(shapes).any() else []
    elif kind == ".gpkg":
        more = damage.lost_in_geopackage(source, layer, shapes)
    elif kind in (".fgb", ".mif"):
        if damage.lacks_rows(source):
            found.told.append(("no-mid", source.name, "", ".mid"))
        more = damage.lost_at_the_end(source, max([len(shapes), *known]))
    elif damage.has_no_end(source):
        found.told.append(("no-end", source.name, "", "EOF"))
        return
    else:
        return
    found.lost = sorted([*found.lost, *((n, why) for n, why in more if n not in known)])


def tell_empty(frame: gpd.GeoDataFrame, found: Found, *, keep_sound: bool) -> None:
    """Name features without coordinates; those that are no numbers are lost, not a place."""
    shapes = np.asarray(frame.geometry.values, dtype=object)
    empty = np.flatnonzero(shapely.is_empty(shapes)) + 1
    if len(empty):
        found.told.append(("empty", _numbers(empty), "geometry", "no coordinates"))
    families = sorted({name.removeprefix("Multi") for name in frame.geom_type.dropna()})
    if len(families) > 1:
        found.told.append(("mixed", "geometry", ", ".join(families), ""))
    xy, index = shapely.get_coordinates(shapes, return_index=True)
    wild = np.unique(index[~np.isfinite(xy).all(axis=1)])
    if len(wild):
        found.told.append(("not-finite", _numbers(wild + 1), "geometry", "no numbers"))
        if keep_sound:
            found.lost += [(int(i) + 1, "coordinates are no finite numbers") for i in wild]
            shapes[wild] = None
            frame.geometry = gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs)


def _numbers(found: np.ndarray) -> str:
    named = ", ".join(map(str, found[:_MOST_NAMED]))
    return named + (", ..." if len(found) > _MOST_NAMED else "")
