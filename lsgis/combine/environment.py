"""Zones composed of parts, each stricter class over the next, which divide a ground."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from lsgis.combine.part import describe_parts, is_drawn, missing_parts, require_parts
from lsgis.combine.partition import partition
from lsgis.combine.piece import ROUNDING_M
from lsgis.combine.soundness import require_polygons, shapes_of
from lsgis.crs import VN2000
from lsgis.errors import LayerError

_EXACT = 1e-6  # relative difference of areas above which the pieces do not make the ground


def compose_zones(
    parts: gpd.GeoDataFrame,
    boundary: gpd.GeoDataFrame,
    *,
    order: Sequence[str] = ("strict", "limited"),
    rest: str = "other",
) -> gpd.GeoDataFrame:
    """Divide a ground into zones: the strict parts, the limited ones less those, the rest.

    Every spot of the ground is in exactly one piece. Where parts of one class
    overlap, the common ground is a piece of its own that names them all.

    Parameters
    ----------
    parts
        Polygons, EPSG:9215, columns `zone` (class), `part` (code, text without
        ";"), `clause`, `name_vi`, `name_en`, `quality`, `accuracy_m`; `source`
        is carried if there. Parts may overlap, touch and reach outside. A part
        without a polygon is not drawn: `missing_parts` lists it. Rows of the
        class `rest` give that class its names and clause, and have no polygon.
    boundary
        Polygons, EPSG:9215, united: the ground to divide.
    order
        Classes, the one that prevails first.
    rest
        Class of what no part covers.

    Returns
    -------
    GeoDataFrame
        Pieces by class: `zone`; `part`, `clause`, `name_vi`, `name_en` of the
        parts of this class that cover it, joined by "; "; `quality` (the worst
        of them), `accuracy_m` (the largest, NaN if one is unknown);
        `not_located` (parts of classes that prevail over this one, which nobody
        has located, so that they may lie here); `area_m2`; `share` of the
        ground; geometry. The rest has quality and accuracy from all parts that
        are drawn and the boundary, for these make its edge.

    Raises
    ------
    CrsError
        A frame is not in EPSG:9215.
    LayerError
        A column, code or class is missing or unknown, a geometry is invalid
        (nothing is repaired), or the pieces do not add up to the ground.

    Sources
    -------
    339/QĐ-UBND (2026), Điều 1, IX.1.a.
    """
    require_parts(parts, order=order, rest=rest)
    require_polygons(boundary, frame="boundary")
    drawn, lacking = parts[is_drawn(parts)], missing_parts(parts, rest=rest)
    ground = shapely.union_all(shapes_of(boundary))
    faces, covers = partition(shapes_of(drawn), ground)
    pieces, free = [], np.ones(len(faces), dtype=bool)
    for n, zone in enumerate(order):
        above = lacking[lacking["zone"].isin(order[:n])]
        here = covers & (drawn["zone"] == zone).to_numpy() & free[:, None]
        for group in _groups(drawn["part"].to_numpy(), here):
            members = drawn[here[group].any(axis=0)]
            said = describe_parts(members, [members])
            pieces.append(_piece(zone, said, above, faces[group]))
        free &= ~here.any(axis=1)
    if free.any():
        said = describe_parts(parts[parts["zone"] == rest], [drawn, boundary])
        pieces.append(_piece(rest, said, lacking, faces[free]))
    return _measured(pieces, ground)


def _groups(codes: np.ndarray, here: np.ndarray) -> Iterator[list[int]]:
    """Faces that the same parts cover, single parts before those that overlap."""
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for face in np.flatnonzero(here.any(axis=1)):
        groups[tuple(sorted(set(codes[here[face]])))].append(int(face))
    return (groups[name] for name in sorted(groups, key=lambda name: (len(name), name)))


def _piece(zone: str, said: dict, above: pd.DataFrame, faces: np.ndarray) -> dict[str, object]:
    unseen = "; ".join(dict.fromkeys(above["part"]))
    shape = shapely.normalize(shapely.union_all(faces))
    return {"zone": zone, **said, "not_located": unseen, "geometry": shape}


def _measured(pieces: list[dict[str, object]], ground: shapely.Geometry) -> gpd.GeoDataFrame:
    """Pieces with their areas; refuse those that do not make the ground."""
    frame = gpd.GeoDataFrame(pieces, crs=VN2000)
    shapes, area = frame.geometry, frame.area
    if not np.isclose(area.sum(), ground.area, rtol=_EXACT, atol=ROUNDING_M * ground.length):
        raise LayerError("combine.not-a-partition", found=area.sum(), expected=ground.area)
    plain = pd.DataFrame(frame).drop(columns="geometry")
    plain = plain.assign(area_m2=area, share=area / ground.area)
    return gpd.GeoDataFrame(plain, geometry=shapes, crs=VN2000)


def summarise_zones(
    pieces: gpd.GeoDataFrame, *, zones: Sequence[str] = ("strict", "limited", "other")
) -> pd.DataFrame:
    """Add up the pieces of each zone class.

    Parameters
    ----------
    pieces
        What `compose_zones` returned, whole or clipped (`zone`, `area_m2`).
    zones
        Classes that get a row even when nothing of them is drawn, in this order.

    Returns
    -------
    DataFrame
        `zone`, `area_m2`, `share` (0-1 of all pieces), `count` of pieces.
    """
    names = list(dict.fromkeys([*zones, *pieces["zone"]]))
    area = pieces.groupby("zone")["area_m2"].agg(["sum", "count"]).reindex(names, fill_value=0)
    total = area["sum"].sum()
    share = area["sum"] / total if total else area["sum"]
    table = pd.DataFrame({"area_m2": area["sum"], "share": share, "count": area["count"]})
    return table.rename_axis("zone").reset_index()
