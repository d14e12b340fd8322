"""Do polygons tile: no overlap, no gap, edges that match, the whole outline filled?"""

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from lsgis.check.coverage.edge import check_apart, check_edges, check_pairs, unmatched_edges
from lsgis.check.coverage.extent import check_extent
from lsgis.check.coverage.gap import check_gaps, check_slits, unite
from lsgis.check.coverage.tile import Tiles, metric_crs
from lsgis.check.coverage.tiling import GAP_WIDTH_M, check_tiling
from lsgis.check.issue import Issue, new_issue
from lsgis.check.reference import region_in
from lsgis.check.row import blank, plain_rows
from lsgis.check.shape import sound_shapes
from lsgis.crs import require_crs
from lsgis.errors import CrsError, LayerError

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
        `polygons` or `outline` has no CRS, or one that leads nowhere.
    LayerError
        There is no column `key` or `names`, or the width is not positive.
    """
    rows = plain_rows(polygons)
    _require(rows, key, names, gap_width_m)
    if outline is not None:
        require_crs(outline)
    shapes = np.asarray(rows.geometry, dtype=object)
    sound = sound_shapes(shapes) & (shapely.get_dimensions(shapes) == 2)
    sound &= _on_earth(shapes, rows.crs)
    tiles = _tiles(rows[sound], shapes[sound], layer, key, names)
    found, edges = [], unmatched_edges(tiles)
    if not sound.all():
        count = int((~sound).sum())
        found.append(new_issue("LS-SKIPPED-FEATURES", layer, count=count, total=len(sound)))
    overlaps, pieces = check_pairs(tiles, ~shapely.is_empty(edges))
    whole = unite(tiles)
    found += overlaps + check_edges(tiles, edges, pieces) + check_apart(tiles)
    found += check_gaps(tiles, whole)
    found += check_slits(tiles, whole, gap_width_m=gap_width_m or GAP_WIDTH_M)
    if outline is not None:
        found += check_extent(tiles, whole, outline)
    return found


def _require(
    polygons: gpd.GeoDataFrame, key: str, names: str | None, gap_width_m: float | None
) -> None:
    if region_in(require_crs(polygons)) is None:
        raise CrsError("check.no-way", found=polygons.crs.to_string())
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


def _tiles(
    rows: gpd.GeoDataFrame, shapes: np.ndarray, layer: str, key: str, names: str | None
) -> Tiles:
    keys = rows[key].map(str).to_numpy(dtype=object)
    called: np.ndarray = np.full(len(rows), "", dtype=object)
    if names is not None:
        called = np.where(blank(rows[names]), "", rows[names].map(str).to_numpy(dtype=object))
    flat = shapely.force_2d(shapes)
    return Tiles(flat, rows.crs, metric_crs(rows.crs), keys, called, layer)
