"""Drawings as features: closed lines become ground, the writing within them their names."""

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from lsgis.catalogue import Layer
from lsgis.intake.cad import (
    LeftOut,
    are_texts,
    cad_column,
    choose_cad_layers,
    count_entities,
    require_one_cad_layer,
)
from lsgis.intake.field import Row
from lsgis.layerfile.parcel_table import Read
from lsgis.sitefile.outline import ground_of, ground_of_lines


def read_ground(
    frame: gpd.GeoDataFrame, layer: Layer, path: Path, cad_layers: Sequence[str] = ()
) -> Read:
    """Entities of a drawing as features of a layer, and what of the drawing was left out.

    For a layer that takes polygons, closed lines, and lines of one CAD layer that close end to
    end, become polygons, and everything else is left
    out and counted; a drawing without a closed line stays as it is. The one text within a
    polygon is its name: of the CAD layers asked for, or, where those have no text, of all. A
    text within several polygons belongs to the smallest. Of several texts none is chosen.

    Parameters
    ----------
    frame
        Every entity, as `read_vector` reads it; what is no drawing comes back as it is.
    cad_layers
        CAD layers to take, see `choose_cad_layers`; all when empty.

    Raises
    ------
    LayerError
        A CAD layer that is not there, or ground in several of which none was named.
    """
    if cad_column(frame) is None and not cad_layers:
        return Read(frame, [])
    chosen, others = frame, frame.iloc[:0]
    if cad_layers:
        chosen, others = choose_cad_layers(frame, cad_layers, path)
    if "Polygon" not in (layer.geometry, *layer.accepts):
        return Read(_renumbered(chosen, frame), tell_left_out(count_entities(others)))
    shapes = np.array([ground_of(shape) for shape in chosen.geometry], dtype=object)
    joined = _join_lines(chosen, shapes)
    ground = ~shapely.is_missing(shapes)
    if not ground.any():
        return Read(_renumbered(chosen, frame), tell_left_out(count_entities(others)))
    if not cad_layers:
        require_one_cad_layer(chosen, ground, path)
    texts = chosen[are_texts(chosen)]
    texts = texts if len(texts) else frame[are_texts(frame)]
    owners = _owners(np.asarray(texts.geometry), shapes[ground])
    names, rows = _names(texts, owners, int(ground.sum()))
    read = _renumbered(chosen[ground].set_geometry(shapes[ground]), frame)
    used = {*chosen.index[ground], *texts.index[owners >= 0], *chosen.index[joined]}
    if joined.any():
        rows.append(("cad-joined", "geometry", "Line", "Polygon", int(joined.sum())))
    rows += tell_left_out(count_entities(frame[~frame.index.isin(used)]))
    return Read(read, rows, {"name_vi": names} if any(names) else {})


def _join_lines(chosen: gpd.GeoDataFrame, shapes: np.ndarray) -> np.ndarray:
    """Ground that lines of one CAD layer enclose end to end, set where its first line stands.

    Which entities are such lines; `shapes` are filled in.
    """
    is_line = shapely.is_missing(shapes) & (chosen.geom_type == "LineString").to_numpy(dtype=bool)
    names = chosen[cad_column(chosen)].map(str).to_numpy()
    used = np.zeros(len(chosen), dtype=bool)
    for name in dict.fromkeys(names[is_line]):
        places = np.flatnonzero(is_line & (names == name))
        for ring, members in ground_of_lines(np.asarray(chosen.geometry)[places]):
            own = places[members]
            used[own] = True
            shapes[own[:1]] = ring
    return used


def _renumbered(frame: gpd.GeoDataFrame, whole: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    found = gpd.GeoDataFrame(frame.reset_index(drop=True), crs=whole.crs)
    found.attrs = dict(whole.attrs)
    return found


def tell_left_out(left_out: LeftOut) -> list[Row]:
    """Rows of the log for what was left out: CAD layer, kind of entity, how many."""
    return [("cad-left-out", name, kind, "", count) for name, kind, count in left_out]


def _owners(points: np.ndarray, ground: np.ndarray) -> np.ndarray:
    """Row of the smallest polygon around each point, -1 where there is none."""
    owners = np.full(len(points), -1)
    point, row = shapely.STRtree(ground).query(points, predicate="intersects")
    order = np.argsort(-shapely.area(ground[row]), kind="stable")  # the smallest is set last
    owners[point[order]] = row[order]
    return owners


def _names(
    texts: gpd.GeoDataFrame, owners: np.ndarray, count: int
) -> tuple[list[str | None], list[Row]]:
    """The one text of each polygon, None of none or several; those are told, from the top down."""
    where = texts.geometry.get_coordinates()
    held = pd.DataFrame(
        {
            "owner": owners,
            "text": [" ".join(str(text).split()) for text in texts["Text"]],
            "down": -where["y"].to_numpy(),
            "right": where["x"].to_numpy(),
        }
    ).sort_values(["owner", "down", "right"], kind="stable")
    names: list[str | None] = [None] * count
    rows: list[Row] = []
    for owner, own in held[held["owner"] >= 0].groupby("owner"):
        found = list(dict.fromkeys(own["text"]))
        if len(found) == 1:
            names[int(owner)] = found[0]
        else:
            rows.append(("cad-texts", str(int(owner) + 1), "; ".join(found), "", len(own)))
    return names, rows
