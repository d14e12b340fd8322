"""Forms that no planner means to draw: spikes, slivers, outlines too heavy."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from lsgis.catalogue import Layer
from lsgis.check.coverage import widths
from lsgis.check.extent import ARITHMETIC_M
from lsgis.check.issue import Issue, new_issue

# A spike, or a part or finger, narrower than this (m) is no land anyone measures out.
SPIKE_WIDTH_M, SLIVER_WIDTH_M = 0.1, 1.0
# How many times longer than wide a spike or finger is at the least.
_SLENDER = 10
_MITRE = 5.0
# About 12 bytes each once packed: a layer of more no longer opens at once on a slow line.
WEB_VERTICES = 50_000


def check_forms(metres: gpd.GeoDataFrame, layer: Layer, keys: np.ndarray) -> list[Issue]:
    """Spikes, parts and fingers too narrow to be meant, in polygons in metres of VN-2000."""
    shapes = np.asarray(metres.geometry, dtype=object)
    found = check_spikes(shapes, layer, keys) + check_slivers(shapes, layer, keys)
    return found + check_fingers(shapes, layer, keys)


def check_spikes(shapes: np.ndarray, layer: Layer, keys: np.ndarray) -> list[Issue]:
    """Vertices where an outline runs out and back within SPIKE_WIDTH_M: how many, the longest."""
    rings, owner = _rings(shapely.remove_repeated_points(shapes, 0))
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    first = np.flatnonzero(np.append(True, ring[1:] != ring[:-1])[: len(ring)])
    last = np.append(first[1:], len(ring)) - 1
    tip = np.setdiff1d(np.arange(len(ring)), last)  # the closing vertex is the first again
    before = tip - 1
    before[np.searchsorted(tip, first)] = last - 1
    out, back = xy[before] - xy[tip], xy[tip + 1] - xy[tip]
    far, near = (np.maximum(np.hypot(*way.T), np.finfo(float).tiny) for way in (out, back))
    arm = np.minimum(far, near)
    # between two arrows of length 1: no angle, whose sine differs between processors
    width = arm * np.hypot(*(out.T / far - back.T / near))
    sharp = (width < SPIKE_WIDTH_M) & (arm > _SLENDER * np.maximum(width, SPIKE_WIDTH_M))
    table = pd.DataFrame({"row": owner[ring[tip[sharp]]], "arm": arm[sharp], "at": tip[sharp]})
    table = table.sort_values(["row", "arm"], ascending=[True, False], kind="stable")
    spikes = table.groupby("row").agg(
        count=("at", "size"), length=("arm", "first"), at=("at", "first")
    )
    return [
        new_issue(
            "LS-GEOM-SPIKE",
            layer,
            key=keys[row],
            place=shapely.Point(xy[at]),
            count=int(count),
            length_m=float(length),
            width_m=SPIKE_WIDTH_M,
        )
        for row, count, length, at in spikes.itertuples()
    ]


def check_slivers(shapes: np.ndarray, layer: Layer, keys: np.ndarray) -> list[Issue]:
    """Parts no wider than SLIVER_WIDTH_M at their widest, whatever their area."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    area = shapely.area(parts)
    # the largest circle is at least twice as wide as area over perimeter
    thin = np.flatnonzero((2 * area < SLIVER_WIDTH_M * shapely.length(parts)) & (area > 0))
    wide = widths(parts[thin])
    return [
        new_issue(
            "LS-GEOM-SLIVER",
            layer,
            key=keys[owner[n]],
            shape=parts[n],
            place=shapely.point_on_surface(parts[n]),
            width_m=float(width),
            area_m2=float(area[n]),
        )
        for n, width in zip(thin, wide, strict=True)
        if width < SLIVER_WIDTH_M
    ]


def check_fingers(shapes: np.ndarray, layer: Layer, keys: np.ndarray) -> list[Issue]:
    """Where a polygon is narrower than SLIVER_WIDTH_M for a long way: how often, the longest.

    What is lost when a part is narrowed by half that width and widened again
    (corners mitred) is narrower than it: a finger, or a neck between two wide
    parts. A part with no wide place at all is `check_slivers`' to tell.
    """
    parts, owner = shapely.get_parts(shapes, return_index=True)
    style = {"join_style": "mitre", "mitre_limit": _MITRE}
    core = shapely.buffer(parts, -SLIVER_WIDTH_M / 2, **style)
    wide = ~shapely.is_empty(core)
    parts, owner = parts[wide], owner[wide]
    opened = shapely.buffer(core[wide], SLIVER_WIDTH_M / 2 + ARITHMETIC_M, **style)
    lost, part = shapely.get_parts(shapely.difference(parts, opened), return_index=True)
    length = shapely.length(lost) / 2  # of a thin piece
    thin = length > _SLENDER * SLIVER_WIDTH_M
    table = pd.DataFrame({"row": owner[part[thin]], "length": length[thin], "piece": lost[thin]})
    table = table.sort_values(["row", "length"], ascending=[True, False], kind="stable")
    fingers = table.groupby("row", sort=True)
    return [
        new_issue(
            "LS-GEOM-FINGER",
            layer,
            key=keys[row],
            shape=some["piece"].iloc[0],
            place=shapely.point_on_surface(some["piece"].iloc[0]),
            count=len(some),
            width_m=SLIVER_WIDTH_M,
            length_m=float(some["length"].iloc[0]),
            area_m2=float(shapely.area(some["piece"].iloc[0])),
        )
        for row, some in fingers
    ]


def check_weight(shapes: np.ndarray, layer: Layer, keys: np.ndarray) -> list[Issue]:
    """More vertices than a web map should carry; the heaviest features first."""
    counts = shapely.get_num_coordinates(shapes)
    total = int(counts.sum())
    if total <= WEB_VERTICES:
        return []
    most = np.argsort(-counts, kind="stable")
    return [
        new_issue(
            "LS-GEOM-HEAVY",
            layer,
            count=total,
            expected=WEB_VERTICES,
            keys=tuple(keys[most]),
        )
    ]


def _rings(shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    parts, row = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    return rings, row[part]
