"""Do polygons tile: no overlap, no gap, edges that match, the whole outline filled?"""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from lsgis.catalogue import Layer
from lsgis.check.coverage.edge import check_apart, check_edges, unmatched_edges
from lsgis.check.coverage.extent import check_extent
from lsgis.check.coverage.gap import check_gaps, check_slits, unite
from lsgis.check.coverage.tile import Tiles, in_metres, metric_crs, tell
from lsgis.check.issue import Issue, new_issue
from lsgis.check.overlap import ARITHMETIC_M2, overlapping_pairs
from lsgis.check.row import blank
from lsgis.check.shape import sound_shapes
from lsgis.crs import require_crs
from lsgis.errors import LayerError

# Narrower than this between two neighbours nobody means a strip of no man's land.
GAP_WIDTH_M = 10.0


def check_coverage(
    polygons: gpd.GeoDataFrame,
    *,
    layer: str,
    key: str,
    names: str | None = None,
    outline: gpd.GeoDataFrame | None = None,
    gap_width_m: float | None = None,
) -> list[Issue]:
    """Find every place where polygons that should tile do not.

    Everything is found in the CRS the polygons are stored in: a shared edge with
    a vertex more on one side would overlap once it is moved. Lengths and areas
    are measured in that CRS where it is in metres, else in EPSG:9215.

    Parameters
    ----------
    polygons
        Polygons or MultiPolygons in any CRS; EPSG:9215 for this province. Rows
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

    Returns
    -------
    list of Issue
        Overlaps (LS-OVERLAP), unmatched edges, polygons that touch none, gaps,
        slits, then the differences from the outline, each kind with the largest
        first. Every one but the note has a `place` and a `shape` in EPSG:9215.

    Raises
    ------
    CrsError
        `polygons` or `outline` has no CRS.
    LayerError
        There is no column `key` or `names`, or the width is not positive.
    """
    _require(polygons, key, names, gap_width_m)
    shapes = np.asarray(polygons.geometry, dtype=object)
    sound = sound_shapes(shapes) & (shapely.get_dimensions(shapes) == 2)
    tiles = _tiles(polygons[sound], shapes[sound], layer, key, names)
    found, edges = [], unmatched_edges(tiles)
    if not sound.all():
        known = {"count": int((~sound).sum()), "total": len(sound)}
        found.append(new_issue("LS-SKIPPED-FEATURES", layer, **known))
    overlaps, pieces = _check_overlaps(tiles, ~shapely.is_empty(edges))
    whole = unite(tiles)
    found += overlaps + check_edges(tiles, edges, pieces) + check_apart(tiles)
    found += check_gaps(tiles, whole)
    found += check_slits(tiles, whole, gap_width_m=gap_width_m or GAP_WIDTH_M)
    if outline is not None:
        require_crs(outline)
        found += check_extent(tiles, whole, outline)
    return found


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
    tiles = Tiles(shapes, rows.crs, metric_crs(rows.crs), keys, names, layer.name)
    edges = unmatched_edges(tiles)
    pieces = _check_overlaps(tiles, ~shapely.is_empty(edges))[1]
    whole = unite(tiles)
    found = check_edges(tiles, edges, pieces) + check_gaps(tiles, whole)
    return found + check_slits(tiles, whole, gap_width_m=GAP_WIDTH_M)


def _require(
    polygons: gpd.GeoDataFrame, key: str, names: str | None, gap_width_m: float | None
) -> None:
    require_crs(polygons)
    lost = [name for name in (key, names) if name is not None and name not in polygons]
    if lost:
        raise LayerError("check.no-column", what="polygons", missing=", ".join(lost))
    if gap_width_m is not None and not 0 < gap_width_m < np.inf:
        raise LayerError("check.width", found=gap_width_m)


def _tiles(
    rows: gpd.GeoDataFrame, shapes: np.ndarray, layer: str, key: str, names: str | None
) -> Tiles:
    keys = rows[key].map(str).to_numpy(dtype=object)
    called = np.full(len(rows), "", dtype=object)
    if names is not None:
        called = np.where(blank(rows[names]), "", rows[names].map(str).to_numpy(dtype=object))
    flat = shapely.force_2d(shapes)
    return Tiles(flat, rows.crs, metric_crs(rows.crs), keys, called, layer)


def _check_overlaps(tiles: Tiles, among: np.ndarray) -> tuple[list[Issue], np.ndarray]:
    """Overlaps as issues and as pieces; a pair overlaps only where edges break."""
    left, right, pieces = overlapping_pairs(tiles.shapes, among=among)
    size, metres = shapely.area(in_metres(tiles, tiles.shapes)), in_metres(tiles, pieces)
    area = shapely.area(metres)
    order = np.argsort(-area, kind="stable")
    order = order[area[order] > ARITHMETIC_M2]
    left, right, area = left[order], right[order], area[order]
    told = tell(
        tiles, "LS-OVERLAP", metres[order], left[:, None], other=tiles.keys[right],
        other_name=tiles.names[right], area_m2=area,
        share=area / np.minimum(size[left], size[right]),
    )  # fmt: skip
    return told, pieces[order]
