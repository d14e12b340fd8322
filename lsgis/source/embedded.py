"""Geometry that travels with lsgis, made from facts: points, way-points, circles, unions."""

from collections.abc import Mapping
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from lsgis.catalogue import (
    Layer,
    find_files,
    layer_with_role,
    read_catalogue,
    read_facts,
    read_membership,
    read_register,
)
from lsgis.combine import buffer_lines, is_located
from lsgis.crs import WGS84, plane_of, to_vn2000
from lsgis.errors import CatalogueError
from lsgis.region import Region

_Built: TypeAlias = Mapping[str, gpd.GeoDataFrame]
_ORDER = ("schematic", "indicative", "authoritative")


def build_layer(layer: Layer, built: _Built) -> gpd.GeoDataFrame:
    """Features of a layer from the facts that travel with lsgis.

    Parameters
    ----------
    layer
        Catalogue layer; its `build` table says how.
    built
        Layers made before it (the communes for unions, a line layer for a corridor).

    Returns
    -------
    GeoDataFrame
        In the plane of the layer's region. One row a register row; what nobody has located has no
        geometry and quality "none".
    """
    rows = read_facts(layer)
    if rows is None:
        rows = pd.DataFrame({layer.key: pd.Series(dtype=str)})
    makers = {
        "file": _from_file,
        "point": _from_points,
        "line": _from_waypoints,
        "circle": _from_circles,
        "union": _from_union,
        "dissolve": _from_dissolve,
        "corridor": _from_corridor,
        "none": _not_located,
    }
    if layer.build.origin not in makers:
        raise CatalogueError("source.no-maker", layer=layer.name, found=layer.build.origin)
    frame = makers[layer.build.origin](layer, rows, built)
    return complete(frame, layer)


def complete(frame: gpd.GeoDataFrame, layer: Layer) -> gpd.GeoDataFrame:
    """The same features with every column that all layers share, none invented.

    A feature without geometry gets quality "none" and no accuracy; one that
    does not state its own gets the layer's.
    """
    frame = frame.copy()
    texts = ("name_vi", "name_en", "kind", "phase", "commune_codes", "source", "note_vi")
    for name in (*texts, "clause", "quality", "in_decision"):
        frame[name] = frame[name].fillna("").astype(str) if name in frame else ""
    for name in ("area_ha", "accuracy_m"):
        frame[name] = pd.to_numeric(frame[name]) if name in frame else np.nan
    frame["clause"] = frame["clause"].where(frame["clause"] != "", layer.legal.clause)
    here = is_located(frame)
    unstated = here & ~frame["quality"].isin(_ORDER)
    frame.loc[unstated, ["quality", "accuracy_m"]] = [layer.quality, layer.accuracy_m or np.nan]
    frame.loc[~here, "quality"] = "none"
    frame.loc[~here, "accuracy_m"] = np.nan
    spare = {"lon", "lat"} - {field.name for field in layer.fields}
    return frame.drop(columns=list(spare), errors="ignore").reset_index(drop=True)


def _frame(layer: Layer, rows: pd.DataFrame, geometry: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(rows, geometry=geometry, crs=plane_of(layer.region))


def _not_located(layer: Layer, rows: pd.DataFrame, built: _Built) -> gpd.GeoDataFrame:
    return _frame(layer, rows, np.full(len(rows), None))


def place_points(rows: pd.DataFrame, region: Region) -> gpd.GeoSeries:
    """Points of rows with `lon`, `lat` (degrees, WGS 84), in metres; missing where unknown."""
    points = np.full(len(rows), None)
    here = (rows["lon"].notna() & rows["lat"].notna()).to_numpy()
    points[here] = shapely.points(rows.loc[here, ["lon", "lat"]].to_numpy(float))
    frame = gpd.GeoDataFrame(geometry=points, crs=WGS84, index=rows.index)
    return to_vn2000(frame, region=region).geometry


def _from_points(layer: Layer, rows: pd.DataFrame, built: _Built) -> gpd.GeoDataFrame:
    return _frame(layer, rows, place_points(rows, layer.region))


def _from_circles(layer: Layer, rows: pd.DataFrame, built: _Built) -> gpd.GeoDataFrame:
    """A circle of the declared area around the published centre: a symbol, not a boundary."""
    radius = np.sqrt(rows["area_ha"] * 10_000 / np.pi)
    # 64 segments a quarter; scaled up so that the polygon itself has the declared area
    unit_area = shapely.buffer(shapely.Point(0, 0), 1.0, quad_segs=64).area
    reach = (radius * np.sqrt(np.pi / unit_area)).to_numpy()
    circles = shapely.buffer(place_points(rows, layer.region).to_numpy(), reach, quad_segs=64)
    circles[shapely.is_empty(circles)] = None
    return _frame(layer, rows, circles)


def _from_waypoints(layer: Layer, rows: pd.DataFrame, built: _Built) -> gpd.GeoDataFrame:
    """A straight line from way-point to way-point, for each row of the register.

    A row may name the lines it consists of (`line_codes`); otherwise its own code does.
    """
    points = read_register(layer.build.waypoints, layer.region).sort_values(["line_code", "n"])
    located = place_points(points, layer.region)
    lines = {
        code: shapely.linestrings(shapely.get_coordinates(located.loc[part.index]))
        for code, part in points.groupby("line_code")
    }
    parts = rows["line_codes"] if "line_codes" in rows else rows[layer.key]
    geometry = [
        shapely.line_merge(shapely.multilinestrings([lines[c] for c in codes.split("; ")]))
        if all(c in lines for c in codes.split("; "))
        else None
        for codes in parts
    ]
    return _frame(layer, rows, geometry)


def _from_file(layer: Layer, rows: pd.DataFrame, built: _Built) -> gpd.GeoDataFrame:
    file = find_files(f"data/{layer.build.file}", layer.region)[-1]
    shapes = to_vn2000(pyogrio.read_dataframe(file), region=layer.region)
    frame = with_geometry(rows, shapes, layer)
    return frame.assign(quality=layer.quality, accuracy_m=layer.accuracy_m)


def with_geometry(rows: pd.DataFrame, shapes: gpd.GeoDataFrame, layer: Layer) -> gpd.GeoDataFrame:
    """Register rows with the shapes of the same key; shapes nobody registered stay, at the end."""
    keyed = shapes[[layer.key, "geometry"]].astype({layer.key: str})
    order = [*rows[layer.key], *keyed.loc[~keyed[layer.key].isin(rows[layer.key]), layer.key]]
    joined = rows.merge(keyed, on=layer.key, how="outer")
    position = pd.Series(range(len(order)), index=order).groupby(level=0).first()
    joined = joined.sort_values(layer.key, key=lambda codes: codes.map(position), kind="stable")
    return _frame(layer, joined.drop(columns="geometry"), joined["geometry"].to_numpy())


def _from_union(layer: Layer, rows: pd.DataFrame, built: _Built) -> gpd.GeoDataFrame:
    """Union of the communes that the Decision lists, one feature a list (`list` = row's code)."""
    units = _units(layer, built)
    members = read_membership(*layer.build.list, region=layer.region).merge(
        units, on="commune_code"
    )
    groups = gpd.GeoDataFrame(members, geometry="geometry", crs=units.crs).groupby("list")
    shapes = groups["geometry"].apply(lambda part: part.union_all())
    lists = rows["list"] if "list" in rows else rows[layer.key]
    frame = _frame(layer, rows, [shapes.get(name) for name in lists])
    return _inherit(frame, units)


def _from_dissolve(layer: Layer, rows: pd.DataFrame, built: _Built) -> gpd.GeoDataFrame:
    units = _units(layer, built)
    return _inherit(_frame(layer, rows, [units.union_all()]), units)


def _units(layer: Layer, built: _Built) -> gpd.GeoDataFrame:
    return built[layer_with_role(read_catalogue(layer.region), "unit").name]


def _from_corridor(layer: Layer, rows: pd.DataFrame, built: _Built) -> gpd.GeoDataFrame:
    return buffer_lines(built[layer.build.layer], half_width_m=layer.build.half_width_m)


def _inherit(frame: gpd.GeoDataFrame, places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """A union is no better than its members, nor than its register says it is (a free reading).

    The lowest quality, and the largest error; unknown when one of them is.
    """
    worst = min(places["quality"], key=_ORDER.index)
    error = places["accuracy_m"].max(skipna=False)
    read = frame["quality"].isin(_ORDER)
    frame["quality"] = [
        min(own, worst, key=_ORDER.index) if is_read else worst
        for own, is_read in zip(frame["quality"], read, strict=True)
    ]
    own_error = frame["accuracy_m"].where(read, error)
    frame["accuracy_m"] = own_error.where(own_error > error, error)
    return frame
