"""Geometry that travels with lsgis, made from facts: points, way-points, circles, unions."""

import numbers
from collections.abc import Mapping
from operator import itemgetter
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
from lsgis.catalogue.layer import QUALITIES
from lsgis.check.schema import blank
from lsgis.combine import buffer_lines, is_located
from lsgis.crs import WGS84, plane_of, to_vn2000
from lsgis.errors import CatalogueError, LayerError
from lsgis.hollow import without_hollows
from lsgis.region import Region
from lsgis.text import LANGUAGES, say

_Built: TypeAlias = Mapping[str, gpd.GeoDataFrame]
_ORDER = ("schematic", "indicative", "authoritative")
_SURENESS = ("quality", "accuracy_m")
_LONGEST = 60  # characters of a wrong value that a message tells


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

    Raises
    ------
    CatalogueError
        Layer file and register do not fit: no such way to build it, an outline of none or of
        several rows, a union of places of which some have no geometry.
    LayerError
        A row says of its place what cannot be; see `require_stated`.
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
    written = _written(layer)
    require_stated(rows, layer, written)  # before a union takes the quality of its members
    frame = makers[layer.build.origin](layer, rows, built)
    require_stated(frame, layer, written)
    return complete(frame, layer)


def _written(layer: Layer) -> str:
    """Files of the register that a layer is built from, for a message."""
    name = layer.build.register
    return ", ".join(map(str, find_files(f"data/{name}.csv", layer.region))) if name else "–"


# What a feature states of its own place: how sure it is, and to how many metres.


def as_numbers(column: pd.Series) -> pd.Series:
    """A column as numbers, also of text; NaN where a cell is none (a flag or a day is none)."""
    told = [
        cell if isinstance(cell, str | numbers.Real) and not isinstance(cell, bool) else np.nan
        for cell in column
    ]
    return pd.to_numeric(pd.Series(told, index=column.index, dtype=object), errors="coerce")


def require_stated(rows: pd.DataFrame, layer: Layer, path: object) -> None:
    """Refuse features that say of their own place what cannot be, all of them at once.

    Parameters
    ----------
    rows
        Rows of a register, or features. A blank `quality` or `accuracy_m` states nothing.
    layer
        The layer they are of.
    path
        Where they were read, for the message.

    Raises
    ------
    LayerError
        A `quality` that is none of `QUALITIES`, "none" beside a geometry, or an
        `accuracy_m` (m) that is negative or infinite: which feature, what was found, what
        is expected.
    """
    wrong: list[tuple[int, str, dict[str, object]]] = []
    if "quality" in rows:
        drawn = is_located(rows) if isinstance(rows, gpd.GeoDataFrame) else [False] * len(rows)
        cells = zip(rows["quality"], blank(rows["quality"]), drawn, strict=True)
        for row, (cell, unstated, here) in enumerate(cells):
            known = isinstance(cell, str) and cell in QUALITIES
            if not unstated and not known:
                shown = repr(cell) if isinstance(cell, str) else str(cell)
                expected = ", ".join(QUALITIES)
                told: dict[str, object] = {"found": shown[:_LONGEST], "known": expected}
                wrong.append((row, "source.wrong-quality", told))
            elif known and cell == "none" and here:
                wrong.append((row, "source.none-drawn", {}))
    if "accuracy_m" in rows:
        metres = as_numbers(rows["accuracy_m"]).to_numpy()
        for row in np.flatnonzero((metres < 0) | np.isinf(metres)).tolist():
            wrong.append((row, "source.wrong-accuracy", {"found": f"{metres[row]:g}"}))
    if not wrong:
        return
    keys = rows[layer.key] if layer.key in rows else pd.Series(range(1, len(rows) + 1))
    lines = [
        (code, {"key": keys.iloc[row], **values})
        for row, code, values in sorted(wrong, key=itemgetter(0))
    ]
    told = {lang: "".join(f"\n  {say(c, lang, **v)}" for c, v in lines) for lang in LANGUAGES}
    raise LayerError("source.wrong-places", layer=layer.name, path=path, found=told)


def complete(frame: gpd.GeoDataFrame, layer: Layer) -> gpd.GeoDataFrame:
    """The same features with every column that all layers share, none invented.

    A feature without geometry gets quality "none" and no accuracy; one that
    does not state its own quality gets the layer's, and where it states no accuracy
    either, that of the layer, too.
    """
    frame = frame.copy()
    texts = ("name_vi", "name_en", "kind", "phase", "commune_codes", "source", "note_vi")
    for name in (*texts, "clause", "quality", "in_decision"):
        frame[name] = frame[name].fillna("").astype(str) if name in frame else ""
    for name in ("area_ha", "accuracy_m"):
        frame[name] = pd.to_numeric(frame[name]) if name in frame else np.nan
    frame["clause"] = frame["clause"].where(frame["clause"] != "", layer.legal.clause)
    here = is_located(frame)
    unstated = here & blank(frame["quality"])
    frame.loc[unstated, "quality"] = layer.quality
    unmeasured = unstated & frame["accuracy_m"].isna()
    frame.loc[unmeasured, "accuracy_m"] = layer.accuracy_m or np.nan
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
    shapes = to_vn2000(without_hollows(pyogrio.read_dataframe(file)), region=layer.region)
    frame = with_geometry(rows, shapes, layer)
    return frame.assign(quality=layer.quality, accuracy_m=layer.accuracy_m)


def with_geometry(rows: pd.DataFrame, shapes: gpd.GeoDataFrame, layer: Layer) -> gpd.GeoDataFrame:
    """Register rows with the shapes of the same key; shapes nobody registered stay, at the end.

    How sure a place is, is said beside its shape, where the rows do not say it.
    """
    beside = [name for name in _SURENESS if name in shapes and name not in rows]
    keyed = shapes[[layer.key, *beside, "geometry"]].astype({layer.key: str})
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
    if len(rows) != 1:
        name = layer.build.register or "–"
        raise CatalogueError(
            "source.dissolve-rows", layer=layer.name, register=name, count=len(rows)
        )
    units = _units(layer, built)
    return _inherit(_frame(layer, rows, [units.union_all()]), units)


def _units(layer: Layer, built: _Built) -> gpd.GeoDataFrame:
    """The communes that a union is made of; without one of them it would be another place."""
    unit = layer_with_role(read_catalogue(layer.region), "unit")
    units = built[unit.name]
    lost = units.loc[~is_located(units), unit.key]
    if len(units) == 0 or len(lost):
        told = ", ".join(f'"{code}"' for code in lost) or "–"
        where = _written(unit)
        raise CatalogueError(
            "source.units-not-drawn", layer=layer.name, unit=unit.name, found=told, path=where
        )
    return units


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
