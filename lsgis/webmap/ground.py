"""The ground below: province, neighbours, lines simplified for the web."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from lsgis.catalogue import Layer, layers_with_role, read_catalogue
from lsgis.check.schema import blank, name_features, plain_rows
from lsgis.crs import require_vn2000
from lsgis.errors import LayerError
from lsgis.hollow import without_hollows
from lsgis.region import Region, read_region
from lsgis.webmap.feature import GRID_M
from lsgis.webmap.issue_page import Outline
from lsgis.webmap.map_layer import Neighbour

# What issues are seen against: the province and its communes, then the features checked.


def outlines_of(
    plan: Mapping[str, gpd.GeoDataFrame],
    checked: Mapping[str, gpd.GeoDataFrame],
    lang: str,
    *,
    region: Region | None = None,
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
    region
        Whose layers they are; of the one that travels with lsgis when None.
    """
    layers = read_catalogue(region or read_region())
    roles = ("unit", "outline")
    backdrop = [layer.name for role in roles for layer in layers_with_role(layers, role)]
    behind = {name: plan[name] for name in backdrop if name in plan}
    behind = {n: frame for n, frame in behind.items() if checked.get(n, frame) is frame}
    above = {name: frame for name, frame in checked.items() if name not in behind}
    return [
        *(_outline(layers[name], frame, lang, backdrop=True) for name, frame in behind.items()),
        *(_outline(layers[name], frame, lang, backdrop=False) for name, frame in above.items()),
    ]


def _outline(layer: Layer, frame: gpd.GeoDataFrame, lang: str, *, backdrop: bool) -> Outline:
    rows = plain_rows(frame)
    keys = tuple(name_features(rows, layer))
    return Outline(layer.name, layer.title[lang], rows, keys, _names(rows, lang, layer), backdrop)


def _names(rows: gpd.GeoDataFrame, lang: str, layer: Layer) -> tuple[str, ...]:
    """Names to set on the map, of communes only: on others they would hide what lies below."""
    column = f"name_{lang}" if f"name_{lang}" in rows else "name_vi"
    if "unit" not in layer.roles or column not in rows:
        return ()
    return tuple(np.where(blank(rows[column]), "", rows[column].map(str)))


# Where the names of the neighbours stand: outside the province, towards their wind.

_WINDS = ("e", "ne", "n", "nw", "w", "sw", "s", "se")
_SIDES = {"e": "east", "w": "west"}
# room a name needs when the whole is in view, shares of the width and height drawn
_ROOM = {"east": (-0.02, -0.09, 0.3, 0.09), "west": (-0.3, -0.09, 0.02, 0.09)}
_ROOM_MIDDLE = (-0.15, -0.05, 0.15, 0.05)


def place_neighbours(
    neighbours: Sequence[Neighbour], land: shapely.Geometry
) -> list[dict[str, Any]]:
    """Put each name beyond the land, as near to it as its letters leave room.

    Parameters
    ----------
    neighbours
        Name and wind of each.
    land
        What is drawn, degrees.

    Returns
    -------
    list of dict
        `name`, `at` (longitude, latitude) and `side`: "east", "west" or "middle",
        the side of the province it stands on.
    """
    west, south, east, north = land.bounds
    middle, size = land.convex_hull.centroid, np.array([east - west, north - south])
    placed = []
    for name, wind in neighbours:
        if wind.lower() not in _WINDS:
            raise LayerError("webmap.bad-wind", found=wind, known=", ".join(_WINDS))
        side = _SIDES.get(wind[-1].lower(), "middle")
        angle = math.pi / 4 * _WINDS.index(wind.lower())
        way = np.array([math.cos(angle), math.sin(angle)]) * size.max()
        start = np.array([middle.x, middle.y])
        room = np.array(_ROOM.get(side, _ROOM_MIDDLE)) * np.tile(size, 2)
        far = np.arange(0.2, 1.5, 0.01)
        spots = start + far[:, None] * way
        rooms = shapely.box(*(np.tile(spots, 2) + room).T)
        free = ~shapely.intersects(land, rooms)
        at = spots[int(np.argmax(free))]
        placed.append({"name": name, "at": [round(float(value), 4) for value in at], "side": side})
    return placed


# Polygons made light enough for a page, with the harm measured. Never measure on them.


def simplify_for_web(
    polygons: gpd.GeoDataFrame, *, tolerance_m: float
) -> tuple[gpd.GeoDataFrame, float]:
    """Simplify polygons together, so that neighbours still share their borders.

    Parameters
    ----------
    polygons
        (Multi)Polygons, metres of VN-2000. Rows without area stay as they are.
    tolerance_m
        Square root of the area (m²) of the smallest corner kept. It does not
        bound the shift, which is therefore measured.

    Returns
    -------
    frame, greatest_shift_m
        The same rows with lighter geometry, and the greatest distance in metres
        of a corner of the old borders from the nearest new border, the grid the
        page writes coordinates on included.

    Raises
    ------
    CrsError
        The frame is not in metres of VN-2000.
    """
    require_vn2000(polygons)
    polygons = without_hollows(polygons)
    before = polygons.geometry.to_numpy()
    drawn = shapely.area(before) > 0
    after = before.copy()
    after[drawn] = shapely.coverage_simplify(before[drawn], tolerance_m)
    shift = _greatest_shift(before[drawn], after[drawn])
    return polygons.set_geometry(gpd.array.from_shapely(after, crs=polygons.crs)), shift


def _greatest_shift(before: np.ndarray, after: np.ndarray) -> float:
    """Greatest distance of the dropped corners from the new borders, and the page's grid."""
    old, new = _corners(before), _corners(after)
    dropped = old[~np.isin(old, new)]
    if not len(dropped):
        return GRID_M
    borders = shapely.STRtree(_segments(after))
    points = shapely.points(np.column_stack([dropped.real, dropped.imag]))
    _, distances = borders.query_nearest(points, return_distance=True, all_matches=False)
    farthest = float(distances.max())
    return math.ceil((farthest + GRID_M) * 10) / 10


def _corners(polygons: np.ndarray) -> np.ndarray:
    """Every corner once, as complex numbers easting + northing i."""
    corners = shapely.get_coordinates(polygons)
    return np.unique(corners[:, 0] + 1j * corners[:, 1])


def _segments(polygons: np.ndarray) -> np.ndarray:
    """Every border as two-point lines."""
    rings = shapely.get_rings(shapely.get_parts(polygons))
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    ends = np.stack([corners[:-1][same], corners[1:][same]], axis=1)
    return np.asarray(shapely.linestrings(ends))
