"""Polygons made to tile, on request only, every change in a log; never in place of the input."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from lsgis.check.coverage.tile import metric_crs
from lsgis.check.repair.log import refuse_beyond
from lsgis.check.repair.step import make_sound, make_tile
from lsgis.check.row import plain_rows
from lsgis.check.shape import finite_shapes
from lsgis.crs import require_crs
from lsgis.errors import CrsError, LayerError

_NEEDS = (3, 14, 0)


@np.errstate(all="ignore")  # odd coordinates are issues, not warnings
def repair_coverage(
    polygons: gpd.GeoDataFrame, *, key: str, width_m: float, max_share: float = 1e-4
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Mend polygons so that they tile: no overlap, no narrow gap, edges that match.

    Invalid polygons are made valid, repeated vertices removed, overlaps given to
    the neighbour with the longest common border, closed gaps up to a width
    likewise. Slits open to the outside and wider gaps are left: which of the two
    outlines is right is not for a program to say. What repair does not touch
    keeps its vertices and their order; a sound coverage comes back as it was.

    The whole is refused when one feature breaks a limit: a neighbour's new edge
    fits only the new edge beside it, so one feature put back opens what its
    neighbours closed.

    Parameters
    ----------
    polygons
        Polygons in EPSG:9215 or another CRS in true metres; not altered. Rows
        without a geometry stay as they are.
    key
        Column that names the features in the log.
    width_m
        Overlaps and closed gaps up to this width (diameter of the largest
        circle inside, m) are closed. A wider overlap is refused.
    max_share
        Refused when the area of one feature would change by more (share 0-1).

    Returns
    -------
    frame, log
        Valid polygons that form a valid coverage, same rows and columns. The log
        has a row for each feature and step (`make-valid`, `repeated-vertices`,
        `overlap`, `gap`, `edge`): `others` the keys of the neighbours concerned,
        `area_before_m2` and `area_after_m2` of the feature, `share` the change
        (0-1, negative when smaller), `count` of vertices removed, or of overlaps
        or gaps, `width_m` of the widest of them.

    Raises
    ------
    CrsError
        `polygons` is in degrees or another CRS without true metres, or in none.
    LayerError
        There is no column `key`; a geometry is no finite polygon; a limit is no
        positive number or is broken (the error's `values["log"]` lists who, by
        how much and, in `refused`, why); GEOS is older than 3.14.
    """
    rows = plain_rows(polygons)
    _require(rows, key, width_m, max_share)
    given = np.asarray(rows.geometry, dtype=object)
    drawn = np.flatnonzero(~(shapely.is_missing(given) | shapely.is_empty(given)))
    keys = rows[key].map(str).to_numpy(dtype=object)[drawn]
    before = shapely.force_2d(given[drawn])
    sound, log = make_sound(before, keys)
    after, cut = make_tile(sound, keys, width_m)
    log = pd.concat([log, cut], ignore_index=True)
    log = refuse_beyond(log, before, after, keys, max_share)
    if (log["refused"] != "").any():
        bad = log[log["refused"] != ""]
        raise LayerError(
            "check.repair-refused", count=bad["feature"].nunique(), width_m=width_m,
            max_share=max_share, first=", ".join(bad["feature"].unique()[:5]), log=log,
        )  # fmt: skip
    if not (shapely.is_valid(after).all() and shapely.coverage_is_valid(after)):
        raise LayerError("check.repair-failed")
    mended = given.copy()
    mended[drawn] = np.where(shapely.equals_exact(before, after), given[drawn], after)
    return polygons.set_geometry(gpd.array.from_shapely(mended, crs=polygons.crs)), log


def _require(polygons: gpd.GeoDataFrame, key: str, width_m: float, max_share: float) -> None:
    if shapely.geos_version < _NEEDS or not hasattr(shapely, "coverage_clean"):
        found = f"shapely {shapely.__version__}, GEOS {shapely.geos_version_string}"
        raise LayerError("check.repair-needs", found=found)
    if metric_crs(require_crs(polygons)) != polygons.crs:
        raise CrsError("check.repair-degrees", found=polygons.crs.to_string())
    if key not in polygons:
        raise LayerError("check.no-column", what="polygons", missing=key)
    for limit in (width_m, max_share):
        if not 0 < limit < np.inf:
            raise LayerError("check.width", found=limit)
    shapes = np.asarray(polygons.geometry, dtype=object)
    known = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    areal = np.isin(shapely.get_type_id(shapes), (3, 6)) & ~shapely.is_missing(
        finite_shapes(shapes)
    )
    if (known & ~areal).any():
        rows = polygons[key].map(str).to_numpy(dtype=object)[known & ~areal]
        raise LayerError("check.repair-no-polygon", count=len(rows), first=", ".join(rows[:5]))
