"""Features as a map tells them: card, citation, place, shape."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from lsgis.catalogue.layer import QUALITIES
from lsgis.check import Issue
from lsgis.check.shape import finite_shapes
from lsgis.crs import plane_of, to_vn2000, to_wgs84
from lsgis.hollow import without_empty_parts
from lsgis.intake.system import province_in
from lsgis.region import Region
from lsgis.report import format_number
from lsgis.report.words import row_of
from lsgis.text import family, say
from lsgis.webmap.map_layer import Look, LookKey, MapLayer, draw_looks

# Shapes as the page holds them: whole steps of a fine grid, each relative to the one before.

GRID = 100_000  # steps in a degree
GRID_M = 0.8  # farthest a coordinate moves on that grid, metres
Shapes = npt.NDArray[np.object_]  # of geometries, None for those that are missing
Points = npt.NDArray[np.float64]  # (n, 2): easting, northing
_KINDS = {"Point": "point", "LineString": "line", "LinearRing": "line", "Polygon": "area"}


def read_parts(shape: shapely.Geometry) -> dict[str, list[shapely.Geometry]]:
    """Simple parts of a geometry by kind: "point", "line", "area"."""
    parts: dict[str, list[shapely.Geometry]] = {}
    for part in shapely.get_parts(shapely.get_parts(shape)):
        parts.setdefault(_KINDS[part.geom_type], []).append(part)
    return parts


def write_coordinates(
    kind: str, parts: Sequence[shapely.Geometry], grid: int = GRID
) -> dict[str, list[Any]]:
    """Simple parts of one kind as the page holds them: `at`, `lines` or `areas`."""
    if kind == "point":
        return {"at": [write_steps(part, grid) for part in parts]}
    if kind == "line":
        return {"lines": [write_steps(part, grid) for part in parts]}
    rings = [shapely.get_rings(part) for part in parts]
    return {"areas": [[write_steps(ring, grid) for ring in part] for part in rings]}


def write_steps(line: shapely.Geometry, grid: int = GRID) -> list[int]:
    """Longitude, latitude in grid steps, each pair relative to the pair before; none repeated."""
    corners = np.rint(shapely.get_coordinates(line) * grid).astype(np.int64)
    if line.geom_type == "LinearRing":
        corners = corners[:-1]
    steps = np.vstack([corners[:1], np.diff(corners, axis=0)])
    moved = np.any(steps != 0, axis=1) | (np.arange(len(steps)) == 0)
    written: list[int] = steps[moved].ravel().tolist()
    return written


def label_points(shapes: gpd.GeoSeries) -> list[shapely.Point]:
    """Where a name stands best: deepest inside a polygon, halfway along a line, on a point."""
    points = shapes.representative_point().to_numpy()
    areas = shapes.geom_type.isin(["Polygon", "MultiPolygon"]).to_numpy()
    lines = shapes.geom_type.isin(["LineString", "MultiLineString"]).to_numpy()
    circles = shapely.maximum_inscribed_circle(shapes[areas].to_numpy(), tolerance=0.002)
    points[areas] = shapely.get_point(circles, 0)
    points[lines] = shapely.line_interpolate_point(
        shapely.get_geometry(shapes[lines].to_numpy(), 0), 0.5, normalized=True
    )
    return list(points)


# Values of a row as the page says them.


def format_value(value: object, lang: str) -> str:
    """A value for reading; "" when it is missing.

    Whole numbers below 10,000 stay ungrouped (years); others get at most two decimals.
    """
    if isinstance(value, Real) and math.isfinite(value):
        number = float(value)
        if number.is_integer():
            return f"{number:.0f}" if abs(number) < 10_000 else format_number(number, 0, lang)
        return format_number(number, 1 if round(number, 1) == round(number, 2) else 2, lang)
    return "" if pd.isna(value) else str(value)


def format_accuracy(metres: float, lang: str) -> str:
    """Horizontal accuracy: metres below a kilometre, else kilometres."""
    far = metres >= 1000
    number = format_value(round(metres / 1000 if far else metres, 1), lang)
    return f"±\u00a0{number}\u00a0{'km' if far else 'm'}"


# Where a fact stands, in words: titles of sources and clauses instead of their codes.


def cite_sources(codes: str, region: Region) -> str:
    """Titles of sources joined by "; "; a code no register knows stays as it is."""
    return "; ".join(
        row_of("source", "source", code, region).get("title", code) for code in codes.split("; ")
    )


def cite_clause(code: str, region: Region) -> str:
    """Instrument and article of a clause; the code itself when no register knows it."""
    row = row_of("clause", "clause", code, region)
    return f"{row['instrument']}, {row['article']}" if row else code


# Rows of a frame as the page holds them: names, values, coordinates on a fine grid.

QUALITY = family(
    "webmap.quality-",
    "webmap.quality-authoritative",
    "webmap.quality-indicative",
    "webmap.quality-schematic",
    "webmap.quality-none",
)

FIXED = ("webmap.quality", "webmap.accuracy", "webmap.source", "webmap.clause")


def read_drawn(layer: MapLayer, region: Region) -> gpd.GeoDataFrame:
    """Rows of a layer that have a place, WGS 84."""
    frame = layer.frame[layer.frame.geometry.notna() & ~layer.frame.geometry.is_empty]
    return to_wgs84(frame, region=region)


def read_features(
    layer: MapLayer, frame: gpd.GeoDataFrame, lang: str, region: Region
) -> list[dict[str, Any]]:
    """Features of a layer as the page holds them, in the order of the frame.

    Parameters
    ----------
    layer
        The layer.
    frame
        Its rows that have a place, WGS 84.
    lang
        "vi" or "en".
    region
        Whose registers know the sources and clauses.

    Returns
    -------
    list of dict
        `name`, `values` (texts in the order of `value_titles`), `look` (a
        `LookKey`), `accuracy` (m or None), `at`/`lines`/`areas` (grid steps,
        each step relative to the one before) and, when the layer is labelled,
        `label` (longitude, latitude).
    """
    anchors = label_points(frame.geometry) if layer.label else [None] * len(frame)
    rows = zip(frame.to_dict("records"), frame.geometry, anchors, strict=True)
    return [
        feature
        for row, shape, anchor in rows
        for feature in _features(layer, lang, row, shape, anchor, region)
    ]


def _features(
    layer: MapLayer,
    lang: str,
    row: Mapping[Any, Any],
    shape: shapely.Geometry,
    anchor: shapely.Point | None,
    region: Region,
) -> list[dict[str, Any]]:
    """One row; several when it mixes points, lines and polygons."""
    given = row.get("quality")
    quality = given if isinstance(given, str) and given in QUALITIES else layer.quality
    accuracy = _accuracy(row)
    base = {
        "name": _text(row, f"name_{lang}", lang) or _text(row, "name_vi", lang),
        "values": _values(layer, lang, row, quality, accuracy, region),
        "accuracy": accuracy,
    }
    features: list[dict[str, Any]] = []
    for kind, parts in read_parts(shape).items():
        look = LookKey(kind, _class_of(layer, row), layer.symbol or quality == "schematic")
        found = base | {"look": look} | write_coordinates(kind, parts)
        if anchor is not None and not features:
            found["label"] = [round(anchor.x, 5), round(anchor.y, 5)]
        features.append(found)
    return features


def _accuracy(row: Mapping[Any, Any]) -> float | None:
    """Stated accuracy, metres; None when there is none or it cannot be meant."""
    metres = float(pd.to_numeric(row.get("accuracy_m", np.nan), errors="coerce"))
    return metres if np.isfinite(metres) and metres > 0 else None


def value_titles(layer: MapLayer, lang: str) -> list[str]:
    """Titles of what the card of a feature shows, in order."""
    own = [title for _, title in layer.popup_fields]
    return own + [say(code, lang) for code in (*FIXED, "webmap.note")]


def _values(
    layer: MapLayer,
    lang: str,
    row: Mapping[Any, Any],
    quality: str,
    accuracy: float | None,
    region: Region,
) -> list[str]:
    values = [_text(row, column, lang) for column, _ in layer.popup_fields]
    symbol = f" ({say('webmap.symbol', lang)})" if layer.symbol else ""
    return [
        *values,
        say(QUALITY[quality], lang) + symbol,
        format_accuracy(accuracy, lang) if accuracy is not None else "",
        cite_sources(_text(row, "source", lang), region),
        cite_clause(_text(row, "clause", lang) or layer.clause, region),
        _text(row, f"note_{lang}", lang),
    ]


def _text(row: Mapping[Any, Any], column: str, lang: str) -> str:
    return format_value(row.get(column), lang).strip()


def _class_of(layer: MapLayer, row: Mapping[Any, Any]) -> int | None:
    """Position of the row's class among the classes of the layer; None outside them."""
    values = [item.value for item in layer.classes]
    value = str(row.get(layer.class_column))
    return values.index(value) if value in values else None


# What can be drawn on a page of issues, and where to look first.

# Widths of the province around it: beyond that a feature is not drawn, and counted.
_FAR = 5
# So far beyond the province the first look may reach; what lies farther is a click away.
_BESIDE = 0.25
# Beyond so many vertices a shape of an issue is drawn a hand's breadth coarser.
_HEAVY, _COARSE_M = 2_000, 0.1


def on_the_map(shapes: Shapes, crs: pyproj.CRS, region: Region) -> Shapes:
    """Shapes with finite coordinates not too far to be drawn; None in place of the others."""
    known, box = finite_shapes(shapes), province_in(crs, margin=_FAR, region=region)
    if box is None:
        return np.full(len(known), None, dtype=object)
    known[~shapely.covered_by(shapely.envelope(known), shapely.box(*box))] = None
    return known


def drawable(frame: gpd.GeoDataFrame, region: Region) -> Shapes:
    """Geometries of a frame in the region's plane; None for what has no place to be drawn."""
    if frame.crs is None:
        return np.full(len(frame), None, dtype=object)
    shapes = without_empty_parts(np.asarray(frame.geometry, dtype=object))
    known = on_the_map(shapes, frame.crs, region)
    if shapely.is_missing(known).all():  # perhaps there is no way from its CRS
        return known
    moved = to_vn2000(gpd.GeoDataFrame(geometry=known, crs=frame.crs), region=region)
    return np.asarray(moved.geometry, dtype=object)


def in_degrees(shapes: Shapes, region: Region) -> Shapes:
    """Shapes from the region's plane to WGS 84; missing ones stay missing."""
    if shapely.is_missing(shapes).all():
        return shapes
    frame = to_wgs84(gpd.GeoDataFrame(geometry=shapes, crs=plane_of(region)), region=region)
    return np.asarray(frame.geometry, dtype=object)


def placed_issues(issues: Sequence[Issue], region: Region) -> list[Issue]:
    """The same issues, without places and shapes that cannot be drawn."""
    plane = plane_of(region)
    places = on_the_map(_array(issue.place for issue in issues), plane, region)
    shapes = on_the_map(_array(issue.shape for issue in issues), plane, region)
    return [
        replace(issue, place=place, shape=shape)
        for issue, place, shape in zip(issues, places, shapes, strict=True)
    ]


def places_of(issues: Iterable[Issue]) -> Points:
    """Every coordinate (n, 2) that issues have, of their places and of their shapes."""
    found = [shape for issue in issues for shape in (issue.place, issue.shape) if shape is not None]
    xy: Points = shapely.get_coordinates(_array(found))
    return xy


def lighter(shapes: Iterable[shapely.Geometry | None]) -> Shapes:
    """The same shapes, those of very many vertices with fewer."""
    known = _array(shapes)
    heavy = shapely.get_num_coordinates(known) > _HEAVY
    known[heavy] = shapely.simplify(known[heavy], _COARSE_M)
    return known


def first_look(
    places: Points, frames: Sequence[tuple[gpd.GeoDataFrame, bool]], region: Region
) -> list[list[float]]:
    """South-west and north-east (degrees) of what is worth seeing first, in and near the province.

    Parameters
    ----------
    places
        Coordinates (n, 2) of the issues, metres of the region's CRS.
    frames
        What lies below them, and whether it is the backdrop: where there is
        one, it counts and the other features do not.
    region
        The province.
    """
    behind = [frame for frame, backdrop in frames if backdrop] or [frame for frame, _ in frames]
    shapes = [drawable(frame, region) for frame in behind]
    located = np.concatenate([*shapes, shapely.points(places)])
    here = _here(region)
    whole = shapely.envelope(shapely.geometrycollections(shapely.envelope(located)))
    near = shapely.intersection(whole, here)
    seen = here if near.is_empty else near
    west, south, east, north = in_degrees(np.array([seen]), region)[0].bounds
    return [[round(south, 6), round(west, 6)], [round(north, 6), round(east, 6)]]


def _here(region: Region) -> shapely.Polygon:
    """The province and what lies just beside it, metres of its CRS."""
    box = province_in(plane_of(region), margin=_BESIDE, region=region)
    assert box is not None
    return shapely.box(*box)


def _array(shapes: Iterable[shapely.Geometry | None]) -> Shapes:
    return np.array([*shapes, None], dtype=object)[:-1]


# A layer made ready for a page: its features, their looks, what the script needs of them.


@dataclass(frozen=True)
class Drawn:
    """A layer, its rows that have a place (WGS 84), and both as the page holds them."""

    layer: MapLayer
    frame: gpd.GeoDataFrame
    features: list[dict[str, Any]]
    looks: list[Look]


def draw_layer(layer: MapLayer, lang: str, region: Region) -> Drawn:
    """Make a layer ready for a page."""
    frame = read_drawn(layer, region)
    features = read_features(layer, frame, lang, region)
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


def find_hull(drawn: Sequence[Drawn], region: Region) -> shapely.Polygon:
    """Convex hull of all that is drawn, degrees; the box of the region when nothing is."""
    shapes = [shape for item in drawn for shape in item.frame.geometry]
    whole = shapely.geometrycollections(shapely.convex_hull(shapes)).convex_hull
    if whole.is_empty:
        return shapely.box(*region.box)
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
