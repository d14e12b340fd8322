"""Polygons that should tile: gaps, slits, overlaps, edges that do not match, their outline."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from lsgis.catalogue import Layer
from lsgis.check.extent import ARITHMETIC_M, region_in
from lsgis.check.issue import Issue, Term, new_issue
from lsgis.check.overlap import ARITHMETIC_M2, overlapping_pairs
from lsgis.check.schema import blank, plain_rows
from lsgis.check.shape import sound_shapes
from lsgis.crs import move_geometries, plane_of, require_crs
from lsgis.errors import CrsError, LayerError
from lsgis.hollow import without_hollows
from lsgis.region import Region, read_region

# Polygons that should tile, and how a piece of them is measured, named and told.

# Two outlines closer than this touch: far below any survey, far above arithmetic.
TOUCH_M = 0.01
_METRES_A_DEGREE = 111_000
# Of a width measured by a circle, the part that need not be right.
_FINE, _CELLS = 0.05, 50_000


@dataclass(frozen=True)
class Tiles:
    """Sound polygons in the CRS they are stored in, with what to call each.

    `keys` are their codes, `names` their names ("" where there is none).
    """

    shapes: np.ndarray
    crs: pyproj.CRS
    keys: np.ndarray
    names: np.ndarray
    layer: str
    region: Region

    @property
    def metric(self) -> pyproj.CRS:
        """The CRS in which lengths and areas are measured: their own, else the region's."""
        return self.crs if is_metric(self.crs) else plane_of(self.region)


def is_metric(crs: pyproj.CRS) -> bool:
    """Whether a CRS is in true metres.

    A Mercator projection is not: at 22 degrees of latitude its areas come out 16 % too large.
    """
    units = {axis.unit_name for axis in crs.axis_info[:2]}
    flat = crs.is_projected and units == {"metre"}
    way = crs.coordinate_operation.method_name if flat and crs.coordinate_operation else ""
    return flat and ("Mercator" not in way or "Transverse" in way)


def in_metres(tiles: Tiles, pieces: np.ndarray) -> np.ndarray:
    """Pieces in the CRS in which they are measured."""
    if tiles.crs == tiles.metric:
        return pieces
    return move_geometries(pieces, tiles.crs, tiles.metric, region=tiles.region)


def touch_distance(tiles: Tiles) -> float:
    """TOUCH_M in the unit of the CRS the tiles are stored in."""
    return TOUCH_M if tiles.crs.is_projected else TOUCH_M / _METRES_A_DEGREE


def widths(pieces: np.ndarray) -> np.ndarray:
    """Diameter (m) of the largest circle inside each polygon: how wide it is at its widest."""
    if not len(pieces):
        return np.zeros(0)
    low, high = shapely.bounds(pieces)[:, :2], shapely.bounds(pieces)[:, 2:]
    # the circle is never smaller than area over perimeter, so this is a share of it
    fine = _FINE * shapely.area(pieces) / shapely.length(pieces)
    fine = np.maximum(fine, np.hypot(*(high - low).T) / _CELLS)
    return 2 * shapely.length(shapely.maximum_inscribed_circle(pieces, tolerance=fine))


def owners_of(pieces: np.ndarray, shapes: np.ndarray, distance: float) -> list[np.ndarray]:
    """Rows of the polygons that each piece touches."""
    if not len(pieces):
        return []
    around = shapely.bounds(pieces) + np.array([-distance, -distance, distance, distance])
    piece, row = shapely.STRtree(shapes).query(shapely.box(*around.T))
    large = shapes[np.unique(row)]
    shapely.prepare(large)  # thousands of vertices each, asked again and again
    near = shapely.dwithin(shapes[row], pieces[piece], distance)
    shapely.destroy_prepared(large)
    piece, row = piece[near], row[near]
    order = np.argsort(row, kind="stable")
    return _split_by(piece[order], row[order], len(pieces))


def _split_by(group: np.ndarray, values: np.ndarray, count: int) -> list[np.ndarray]:
    """Values of each of so many groups, numbered from 0; within a group in their order."""
    order = np.argsort(group, kind="stable")
    ends = np.searchsorted(group[order], np.arange(1, count + 1))
    return np.split(values[order], ends)[:count]


def tell(
    tiles: Tiles,
    code: str,
    pieces: np.ndarray,
    owners: Sequence[np.ndarray],
    **values: np.ndarray,
) -> list[Issue]:
    """One issue a piece, each with its place, its shape and whom it concerns.

    Parameters
    ----------
    pieces
        In the metric CRS of the tiles.
    values
        One number a piece for each placeholder of the message.
    """
    if not len(pieces):
        return []
    there, plane = pieces, plane_of(tiles.region)
    if tiles.metric != plane:
        there = move_geometries(pieces, tiles.metric, plane, region=tiles.region)
    places = shapely.point_on_surface(there)
    rows = {name: column.tolist() for name, column in values.items()}
    return [
        new_issue(
            code,
            tiles.layer,
            place=places[n],
            shape=there[n],
            region=tiles.region,
            **_called(tiles, who),
            **{name: column[n] for name, column in rows.items()},
        )
        for n, who in enumerate(owners)
    ]


def _called(tiles: Tiles, who: np.ndarray) -> dict[str, Any]:
    """What the message calls the polygons: one by `key` and `name`, several by `units`."""
    keys, names = tiles.keys[who].tolist(), tiles.names[who].tolist()
    units = tuple(f"{key} {name}".rstrip() for key, name in zip(keys, names, strict=True))
    only = len(who) == 1
    return {
        "key": keys[0] if only else "",
        "name": names[0] if only else "",
        "keys": tuple(keys),
        "units": units or (Term("check.none"),),
    }


# Neighbours: who overlaps, whose edges do not match, who touches nobody.

# Of TOUCH_M: a vertex on an edge leaves a gap of arithmetic, on one side as often as an overlap.
_HAIR = 0.1


def unmatched_edges(tiles: Tiles) -> np.ndarray:
    """The edges of each tile that break the coverage (GEOS CoverageValidator), empty if none.

    Gaps of up to a millimetre count as unmatched; wider ones are found from the union.
    """
    return shapely.coverage_invalid_edges(tiles.shapes, gap_width=_HAIR * touch_distance(tiles))


def check_pairs(tiles: Tiles, among: np.ndarray) -> tuple[list[Issue], np.ndarray]:
    """Overlaps as issues and as pieces; a pair overlaps only where edges break."""
    left, right, pieces = overlapping_pairs(tiles.shapes, among=among)
    known = ~shapely.is_missing(pieces)  # of the others `check_overlaps` tells
    left, right, pieces = left[known], right[known], pieces[known]
    size, metres = shapely.area(in_metres(tiles, tiles.shapes)), in_metres(tiles, pieces)
    area = shapely.area(metres)
    order = np.argsort(-area, kind="stable")
    order = order[area[order] > ARITHMETIC_M2]
    left, right, area = left[order], right[order], area[order]
    issues = tell(
        tiles,
        "LS-OVERLAP",
        metres[order],
        left[:, None],
        other=tiles.keys[right],
        other_name=tiles.names[right],
        area_m2=area,
        share=area / np.minimum(size[left], size[right]),
    )
    return issues, pieces[order]


def check_edges(tiles: Tiles, edges: np.ndarray, overlaps: np.ndarray) -> list[Issue]:
    """Places where neighbours share a line but not its vertices: whom, how long, where.

    Parameters
    ----------
    edges
        Unmatched edges of each tile, in the CRS of the tiles.
    overlaps
        Overlaps already told, in the CRS of the tiles: edges that hang together with
        one of them have the same cause and are not told twice.
    """
    row, near = np.flatnonzero(~shapely.is_empty(edges)), touch_distance(tiles)
    lines, owner = shapely.get_parts(edges[row], return_index=True)
    if not len(lines):
        return []
    around = shapely.union_all(shapely.buffer(lines, near, quad_segs=1))
    places = shapely.get_parts(around)
    line, place = shapely.STRtree(places).query(lines, predicate="intersects")
    explained = np.zeros(len(places), dtype=bool)
    explained[shapely.STRtree(places).query(overlaps, predicate="intersects")[1]] = True
    by_place = _split_by(place, line, len(places))
    groups = [by_place[n] for n in np.flatnonzero(~explained)]
    shapes = np.array([None, *(shapely.union_all(lines[group]) for group in groups)])[1:]
    shapes = in_metres(tiles, shapes)
    return tell(
        tiles,
        "LS-COVER-EDGE",
        shapes,
        [np.unique(row[owner[group]]) for group in groups],
        length_m=shapely.length(shapes),
        count=shapely.get_num_geometries(shapes),
    )


def check_apart(tiles: Tiles) -> list[Issue]:
    """Tiles that touch no other, how far the nearest is, largest distance first."""
    if len(tiles.shapes) < 2:
        return []
    tree = shapely.STRtree(tiles.shapes)
    one, other = tree.query(tiles.shapes, predicate="intersects")
    alone = np.setdiff1d(np.arange(len(tiles.shapes)), one[one != other])
    if not len(alone):
        return []
    asked, found = tree.query_nearest(tiles.shapes[alone], exclusive=True, all_matches=False)
    alone, shapes = alone[asked], in_metres(tiles, tiles.shapes)
    far = shapely.distance(shapes[alone], shapes[found])
    order = np.argsort(-far, kind="stable")
    return tell(
        tiles,
        "LS-COVER-APART",
        shapes[alone[order]],
        alone[order, None],
        other=tiles.keys[found[order]],
        other_name=tiles.names[found[order]],
        distance_m=far[order],
    )


# What lies between polygons and belongs to none: closed gaps, and slits open to the outside.
#
# Both are found from the union. GEOS's own `gap_width` is not asked: its answer is not monotonic
# (a gap told at 1 m may not be told at 2 m).

# Corners sharper than this (ratio of a mitre) are rounded off when slits are looked for.
_MITRE = 5.0


def unite(tiles: Tiles) -> shapely.Geometry:
    """Union of the tiles in their own CRS; `coverage_union_all` raises where they overlap.

    Where exact arithmetic fails GEOS itself snaps corners together, then rounds them to a grid.
    """
    return shapely.union_all(tiles.shapes)


def check_gaps(tiles: Tiles, whole: shapely.Geometry) -> list[Issue]:
    """Holes of the union, whatever their width: area, width, place and neighbours."""
    gaps = holes_of(whole)
    owners = owners_of(gaps, tiles.shapes, touch_distance(tiles))
    return _gap_issues(tiles, "LS-COVER-GAP", in_metres(tiles, gaps), owners)


def check_slits(tiles: Tiles, whole: shapely.Geometry, *, gap_width_m: float) -> list[Issue]:
    """Slits up to a width between neighbours that open to the outside of the union.

    The union is closed (widened and narrowed again by half the width, corners
    mitred); what that adds and two polygons or more touch is a slit. A slit that
    ends in the inside is told too: it is narrow at its mouth.
    """
    union = shapely.union_all(in_metres(tiles, np.array([whole], dtype=object)))
    slits = open_slits(union, gap_width_m)
    owners = owners_of(slits, in_metres(tiles, tiles.shapes), TOUCH_M)
    between = np.flatnonzero([len(who) > 1 for who in owners])
    # what is narrower is left behind by the mitres, not by anyone who drew
    between = between[widths(slits[between]) > ARITHMETIC_M]
    return _gap_issues(tiles, "LS-COVER-SLIT", slits[between], [owners[n] for n in between])


def holes_of(whole: shapely.Geometry) -> np.ndarray:
    """What each hole of a union leaves uncovered: polygons, without the islands inside."""
    parts = shapely.get_parts(whole)
    rings, part = shapely.get_rings(parts, return_index=True)
    inner = np.append(False, part[1:] == part[:-1])[: len(rings)]
    holes = shapely.polygons(rings[inner])
    hole, island = shapely.STRtree(parts).query(holes, predicate="contains")
    for n, inside in enumerate(_split_by(hole, island, len(holes))):
        if len(inside):
            holes[n] = shapely.difference(holes[n], shapely.union_all(parts[inside]))
    pieces = shapely.get_parts(holes)
    return pieces[shapely.area(pieces) > 0]


def open_slits(union: shapely.Geometry, width_m: float) -> np.ndarray:
    """Polygons that closing a union by a width (m) adds outside its holes."""
    style = {"join_style": "mitre", "mitre_limit": _MITRE}
    filled = shapely.polygons(shapely.get_exterior_ring(shapely.get_parts(union)))
    outer = shapely.union_all(filled)
    wider = shapely.buffer(outer, width_m / 2, **style)
    added = shapely.get_parts(
        shapely.difference(shapely.buffer(wider, -width_m / 2, **style), outer)
    )
    return added[shapely.area(added) > ARITHMETIC_M2]


def _gap_issues(tiles: Tiles, code: str, gaps: np.ndarray, owners: list[np.ndarray]) -> list[Issue]:
    area, width = shapely.area(gaps), widths(gaps)
    seen = np.flatnonzero(area > ARITHMETIC_M2)
    seen = seen[np.argsort(-area[seen], kind="stable")]
    return tell(
        tiles, code, gaps[seen], [owners[n] for n in seen], area_m2=area[seen], width_m=width[seen]
    )


# Where polygons that should fill an outline go beyond it, or fall short of it.


def check_extent(tiles: Tiles, whole: shapely.Geometry, outline: gpd.GeoDataFrame) -> list[Issue]:
    """Every piece in which the union and an outline differ, the largest first.

    Both are compared in the CRS of the tiles. LS-COVER-BEYOND lies outside the
    outline, LS-COVER-SHORT inside it and in no polygon (a closed gap is one of
    them); each names the polygons it touches.
    """
    border = np.asarray(outline.geometry, dtype=object)
    if outline.crs != tiles.crs:
        border = move_geometries(border, outline.crs, tiles.crs, region=tiles.region)
    area = shapely.union_all(shapely.make_valid(border))
    shapes = in_metres(tiles, tiles.shapes)
    found = []
    for code, rest in (
        ("LS-COVER-BEYOND", shapely.difference(whole, area)),
        ("LS-COVER-SHORT", shapely.difference(area, whole)),
    ):
        pieces = in_metres(tiles, shapely.get_parts(rest))
        size = shapely.area(pieces)
        order = np.argsort(-size, kind="stable")
        order = order[size[order] > ARITHMETIC_M2]
        pieces, size = pieces[order], size[order]
        found += tell(
            tiles,
            code,
            pieces,
            owners_of(pieces, shapes, TOUCH_M),
            area_m2=size,
            width_m=widths(pieces),
        )
    return sorted(found, key=lambda issue: -issue.values["area_m2"])


# What a layer of the catalogue whose polygons should tile is asked.

# Narrower than this between two neighbours nobody means a strip of no man's land.
GAP_WIDTH_M = 10.0


def check_tiling(rows: gpd.GeoDataFrame, layer: Layer, keys: np.ndarray) -> list[Issue]:
    """Unmatched edges, gaps and slits of a layer whose polygons should tile.

    Pieces of one zone count as one polygon. Overlaps are `check_overlaps`' to tell.

    Parameters
    ----------
    rows
        Sound polygons in their own CRS.
    """
    shapes = shapely.force_2d(np.asarray(rows.geometry, dtype=object))
    unit = layer.expected.unit
    if unit in rows:
        zones = pd.Series(shapes).groupby(rows[unit].map(str).to_numpy(dtype=object))
        joined = zones.agg(lambda pieces: shapely.union_all(pieces.to_numpy()))
        shapes = joined.to_numpy(dtype=object)
        keys = joined.index.to_numpy(dtype=object)
    if len(shapes) < 2:
        return []
    names = np.full(len(keys), "", dtype=object)
    tiles = Tiles(shapes, rows.crs, keys, names, layer.name, layer.region)
    edges = unmatched_edges(tiles)
    pieces = check_pairs(tiles, ~shapely.is_empty(edges))[1]
    whole = unite(tiles)
    found = check_edges(tiles, edges, pieces) + check_gaps(tiles, whole)
    return found + check_slits(tiles, whole, gap_width_m=GAP_WIDTH_M)


# Do polygons tile: no overlap, no gap, edges that match, the whole outline filled?

__all__ = ["GAP_WIDTH_M", "check_coverage", "check_tiling"]


@np.errstate(all="ignore")  # odd coordinates are issues, not warnings
def check_coverage(
    polygons: gpd.GeoDataFrame,
    *,
    layer: str,
    key: str,
    names: str | None = None,
    outline: gpd.GeoDataFrame | None = None,
    gap_width_m: float | None = None,
    region: Region | None = None,
) -> list[Issue]:
    """Find every place where polygons that should tile do not.

    Everything is found in the CRS the polygons are stored in: a shared edge with
    a vertex more on one side would overlap once it is moved. Lengths and areas
    are measured in that CRS where it is in metres, else in that of the region.

    Parameters
    ----------
    polygons
        Polygons or MultiPolygons in any CRS, best that of the region. Rows
        without a sound polygon are left out, with a note that says how many.
    layer
        Name that the issues carry.
    key, names
        Columns of codes and of names (none: codes alone).
    outline
        What the polygons should fill, any CRS; None leaves this unchecked.
    gap_width_m
        Greatest width (m) of a slit open to the outside, default GAP_WIDTH_M.
        Closed gaps are told whatever their width.
    region
        The region they lie in.

    Returns
    -------
    list of Issue
        Overlaps (LS-OVERLAP), unmatched edges, polygons that touch none, gaps,
        slits, then the differences from the outline, each kind with the largest
        first. Every one but the note has a `place` and a `shape` in the CRS of
        the region.

    Raises
    ------
    CrsError
        `polygons` or `outline` has no CRS, or one that leads nowhere.
    LayerError
        There is no column `key` or `names`, or the width is not positive.
    """
    rows, region = plain_rows(polygons), region or read_region()
    _require(rows, key, names, gap_width_m, region)
    if outline is not None:
        require_crs(outline)
        outline = without_hollows(outline)
    shapes = np.asarray(rows.geometry, dtype=object)
    sound = sound_shapes(shapes) & (shapely.get_dimensions(shapes) == 2)
    sound &= _on_earth(shapes, rows.crs)
    tiles = Tiles(
        shapely.force_2d(shapes[sound]),
        rows.crs,
        rows.loc[sound, key].map(str).to_numpy(dtype=object),
        _names(rows[sound], names),
        layer,
        region,
    )
    found, edges = [], unmatched_edges(tiles)
    if not sound.all():
        count = int((~sound).sum())
        found.append(
            new_issue("LS-SKIPPED-FEATURES", layer, region=region, count=count, total=len(sound))
        )
    overlaps, pieces = check_pairs(tiles, ~shapely.is_empty(edges))
    whole = unite(tiles)
    found += overlaps + check_edges(tiles, edges, pieces) + check_apart(tiles)
    found += check_gaps(tiles, whole)
    found += check_slits(tiles, whole, gap_width_m=gap_width_m or GAP_WIDTH_M)
    if outline is not None:
        found += check_extent(tiles, whole, outline)
    return found


def _require(
    polygons: gpd.GeoDataFrame,
    key: str,
    names: str | None,
    gap_width_m: float | None,
    region: Region,
) -> None:
    if region_in(require_crs(polygons), region) is None:
        raise CrsError("check.no-way", found=polygons.crs.to_string(), crs=region.crs)
    lost = [name for name in (key, names) if name is not None and name not in polygons]
    if lost:
        raise LayerError("check.no-column", what="polygons", missing=", ".join(lost))
    if gap_width_m is not None and not 0 < gap_width_m < np.inf:
        raise LayerError("check.width", found=gap_width_m)


def _on_earth(shapes: np.ndarray, crs: pyproj.CRS) -> np.ndarray:
    """False where degrees are none, as when the axes are swapped: they lead nowhere."""
    if not crs.is_geographic:
        return np.ones(len(shapes), dtype=bool)
    return (np.abs(shapely.bounds(shapes)) <= (180, 90, 180, 90)).all(axis=1)


def _names(rows: gpd.GeoDataFrame, column: str | None) -> np.ndarray:
    """What each is called, "" where it says nothing or there is no such column."""
    if column is None:
        return np.full(len(rows), "", dtype=object)
    return np.where(blank(rows[column]), "", rows[column].map(str).to_numpy(dtype=object))
