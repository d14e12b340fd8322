"""Zones composed of parts: stacked, ranked, partitioned, dissolved; the environmental zoning."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from lsgis.combine.common_ground import cut_pairs
from lsgis.combine.overlay import (
    is_located,
    read_codes,
    require_columns,
    require_polygons,
    require_sound,
    shapes_of,
    weakest_of,
)
from lsgis.combine.plausible import unite
from lsgis.crs import require_vn2000
from lsgis.errors import LayerError

# Parts of which zones are composed: what is asked of them, and which nobody has located.

NEEDED = ("zone", "clause", "name_vi", "name_en", "quality", "accuracy_m")
JOINED = ("part", "clause", "name_vi", "name_en", "source")  # texts that a piece joins by "; "


def is_drawn(parts: gpd.GeoDataFrame) -> pd.Series:
    """True for each part that has a polygon; a point says where, not how far."""
    shapes = shapes_of(parts)
    return is_located(parts) & (shapely.get_dimensions(shapes) == 2)


def missing_parts(parts: gpd.GeoDataFrame, *, rest: str = "other") -> pd.DataFrame:
    """Parts without a polygon: nobody has located their ground, so no zone holds it.

    Parameters
    ----------
    parts
        As for `compose_zones`.
    rest
        Class of the remaining ground; its rows have no ground of their own.

    Returns
    -------
    DataFrame
        Their rows with index and columns as given, less the geometry. Show it
        beside the zones: what is missing here may lie in any less strict zone.
    """
    lacking = parts[~is_drawn(parts) & (parts["zone"] != rest)]
    return pd.DataFrame(lacking.drop(columns=lacking.geometry.name))


def trace_parts(parts: gpd.GeoDataFrame, pieces: gpd.GeoDataFrame) -> pd.DataFrame:
    """Follow each part into the composed zones, so that none is lost on the way.

    Parameters
    ----------
    parts, pieces
        What `compose_zones` was given, and what it returned.

    Returns
    -------
    DataFrame
        One row a part on the index of `parts`: `zone`, `part`, `state` ("drawn";
        "covered": its ground lies outside the boundary or in a zone that
        prevails; "not_located"), and `area_m2` of all pieces that name the part
        in its zone, 0 when there is none.
    """
    named = pd.DataFrame(pieces[["zone", "part", "area_m2"]])
    each = named.assign(part=named["part"].str.split("; ")).explode("part")
    area = each.groupby(["zone", "part"])["area_m2"].sum()
    keys = pd.MultiIndex.from_frame(parts[["zone", "part"]])
    size = area.reindex(keys, fill_value=0.0).to_numpy()
    state = np.select([~is_drawn(parts), size > 0], ["not_located", "drawn"], "covered")
    return pd.DataFrame(parts[["zone", "part"]]).assign(
        state=state, area_m2=np.where(state == "drawn", size, 0.0)
    )


def require_parts(parts: gpd.GeoDataFrame, *, order: Sequence[str], rest: str) -> None:
    """Refuse parts of which no zones can be composed; see `compose_zones`."""
    require_sound(parts, frame="parts")
    require_columns(parts, *NEEDED, frame="parts")
    codes = read_codes(parts, "part", frame="parts")
    zones = [*order, rest]
    if len(set(zones)) != len(zones) or "" in zones:
        raise LayerError("combine.zone-order", found=", ".join(zones))
    unnamed = int(((codes == "") & (parts["zone"] != rest)).sum())
    if unnamed:
        raise LayerError("combine.code-missing", frame="parts", column="part", found=unnamed)
    for code in codes:
        if ";" in code:
            raise LayerError("combine.part-code", found=code)
    strange = ~parts["zone"].isin(zones) | (is_drawn(parts) & (parts["zone"] == rest))
    if strange.any():
        found = ", ".join(sorted(set(parts.loc[strange, "zone"].astype(str))))
        raise LayerError(
            "combine.unknown-zone",
            parts=", ".join(codes[strange]),
            found=found,
            expected=", ".join(order),
        )


def describe_parts(members: pd.DataFrame, sureness: Iterable[pd.DataFrame]) -> dict[str, object]:
    """What a piece says of its parts: texts joined, quality the worst, accuracy_m the largest.

    `sureness` are the frames whose `quality` and `accuracy_m` count; one that
    lacks the columns says nothing. Accuracy is NaN where one of them is unknown.
    """
    texts = {name: _joined(members[name]) for name in JOINED if name in members.columns}
    quality, accuracy_m = weakest_of(sureness)
    return texts | {"quality": quality, "accuracy_m": accuracy_m}


def _joined(texts: pd.Series) -> str:
    """Texts without repeats, each of which may itself be a list, joined by "; "."""
    each = [one.strip() for text in texts.dropna() for one in str(text).split(";")]
    return "; ".join(dict.fromkeys(one for one in each if one))


# A ground divided by areas that may overlap: every face with the areas that cover it.


def partition(areas: np.ndarray, ground: shapely.Geometry) -> tuple[np.ndarray, np.ndarray]:
    """Divide a ground along the edges of areas laid over it.

    All edges are noded once and faces are built from them, so that faces share
    their vertices: no overlap, no gap, and no sliver that one cut after
    another would leave.

    Parameters
    ----------
    areas
        Valid polygons; they may overlap, touch, repeat, reach outside.
    ground
        Valid (multi)polygon.

    Returns
    -------
    faces
        Polygons that together make the ground.
    covers
        Boolean, faces by areas: which area covers which face.
    """
    edges = shapely.union_all(shapely.boundary(np.append(areas, ground)))
    faces = shapely.get_parts(shapely.polygonize([edges]))
    faces = faces[_cover(faces, np.array([ground]))[:, 0]]
    return faces, _cover(faces, areas)


def _cover(faces: np.ndarray, areas: np.ndarray) -> np.ndarray:
    """Boolean, faces by areas. A face is within an area or outside, but for rounding.

    Decided by the greater share of the face: a single point of it will not do,
    for in a face with a long thin end it may fall on the edge.
    """
    covers = np.zeros((len(faces), len(areas)), dtype=bool)
    common = cut_pairs(faces, areas)
    if common.lost.any():
        raise LayerError("combine.not-computed", found=int(common.lost.sum()))
    greater = common.size > shapely.area(faces)[common.left] / 2
    covers[common.left[greater], common.right[greater]] = True
    return covers


# Places united by what they have in common.


def dissolve_places(features: gpd.GeoDataFrame, *, by: str) -> gpd.GeoDataFrame:
    """Unite the polygons that carry the same code into one.

    Overlaps count once and gaps stay: communes as published are no perfect
    coverage.

    Parameters
    ----------
    features
        Polygons, VN-2000 metres; rows without geometry add no ground.
    by
        Column of codes (text); rows without one belong to nothing.

    Returns
    -------
    GeoDataFrame
        One row a code, sorted: `by`, `count` of its rows, `located` (how many
        of them have geometry), `area_m2`, geometry (None when none has).

    Raises
    ------
    CrsError
        Not in VN-2000 metres.
    LayerError
        The column is missing or no text, a geometry is invalid or no polygon, or those of
        a code could not be united.
    """
    require_polygons(features, frame="features")
    codes = read_codes(features, by, frame="features")
    counted = {by: codes, "count": 1, "located": is_located(features)}
    rows = pd.DataFrame(counted | {"shape": shapes_of(features)})[codes != ""]
    groups = rows.groupby(by)
    united = groups[["count", "located"]].sum().reset_index()
    shapes = np.array([None, *(_united(group["shape"]) for _, group in groups)], dtype=object)[1:]
    united = united.assign(area_m2=np.nan_to_num(shapely.area(shapes)))
    return gpd.GeoDataFrame(united, geometry=shapes, crs=features.crs)


def _united(shapes: pd.Series) -> shapely.Geometry | None:
    located = shapes.to_numpy()[~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)]
    return unite(located) if len(located) else None


# Zones composed of parts, each stricter class over the next, which divide a ground.

_SNAPPED_M = 1e-6  # how far noding moves an edge: by more along all, pieces make no ground


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
        Polygons, VN-2000 metres, columns `zone` (class), `part` (code, text without
        ";"), `clause`, `name_vi`, `name_en`, `quality`, `accuracy_m`; `source`
        is carried if there. Parts may overlap, touch and reach outside. A part
        without a polygon is not drawn: `missing_parts` lists it. Rows of the
        class `rest` give that class its names and clause, and have no polygon.
    boundary
        Polygons, VN-2000 metres, united: the ground to divide.
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
        A frame is not in VN-2000 metres, or the two lie in different planes.
    LayerError
        A column, code or class is missing or unknown, a geometry is invalid
        (nothing is repaired), the pieces do not add up to the ground, or one could not be
        computed.

    Sources
    -------
    339/QĐ-UBND (2026), Điều 1, IX.1.a.
    """
    require_parts(parts, order=order, rest=rest)
    require_polygons(boundary, frame="boundary")
    require_vn2000(parts, boundary)
    drawn, lacking = parts[is_drawn(parts)], missing_parts(parts, rest=rest)
    ground = unite(shapes_of(boundary))
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
    return _measured(gpd.GeoDataFrame(pieces, crs=parts.crs), ground)


def _groups(codes: np.ndarray, here: np.ndarray) -> Iterator[list[int]]:
    """Faces that the same parts cover, single parts before those that overlap."""
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for face in np.flatnonzero(here.any(axis=1)):
        groups[tuple(sorted(set(codes[here[face]])))].append(int(face))
    return (groups[name] for name in sorted(groups, key=lambda name: (len(name), name)))


def _piece(
    zone: str, said: dict[str, object], above: pd.DataFrame, faces: np.ndarray
) -> dict[str, object]:
    unseen = "; ".join(dict.fromkeys(above["part"]))
    shape = shapely.normalize(shapely.union_all(faces))
    return {"zone": zone, **said, "not_located": unseen, "geometry": shape}


def _measured(frame: gpd.GeoDataFrame, ground: shapely.Geometry) -> gpd.GeoDataFrame:
    """Pieces with their areas; refuse those that do not make the ground."""
    shapes, area = frame.geometry, frame.area
    if not abs(area.sum() - ground.area) <= _SNAPPED_M * (ground.length + shapes.length.sum()):
        raise LayerError("combine.not-a-partition", found=area.sum(), expected=ground.area)
    plain = pd.DataFrame(frame).drop(columns="geometry")
    plain = plain.assign(area_m2=area, share=area / ground.area)
    return gpd.GeoDataFrame(plain, geometry=shapes, crs=frame.crs)


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
