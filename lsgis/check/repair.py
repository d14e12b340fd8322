"""A coverage mended: gaps and overlaps up to a width closed, every change and its area in a log."""

import platform
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from lsgis.check.coverage import TOUCH_M, holes_of, is_metric, owners_of, widths
from lsgis.check.overlap import ARITHMETIC_M2, overlapping_pairs
from lsgis.check.schema import plain_rows
from lsgis.check.shape import finite_shapes
from lsgis.crs import require_crs
from lsgis.errors import CrsError, LayerError
from lsgis.text import LANGUAGES, family, say

# The log of a repair: a row for each feature and step, with its area before and after.

LOG = (
    "feature",
    "what",
    "others",
    "area_before_m2",
    "area_after_m2",
    "share",
    "count",
    "width_m",
    "refused",
)


def log_row(
    feature: str,
    what: str,
    old: BaseGeometry,
    new: BaseGeometry,
    *,
    others: str = "",
    count: int = 0,
    width_m: float = np.nan,
    refused: str = "",
) -> dict[str, Any]:
    """One step at one feature; the share is of the area before, infinite when that was 0."""
    before, after = shapely.area(old), shapely.area(new)
    known = (feature, what, others, before, after, _share(before, after), count, width_m, refused)
    return dict(zip(LOG, known, strict=True))


def log_frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows as a table with the columns of LOG and their types, also when there is none."""
    numbers = dict.fromkeys(LOG[3:6], float) | {"width_m": float, "count": int}
    kinds = {name: numbers.get(name, object) for name in LOG}
    return pd.DataFrame(rows, columns=list(LOG)).astype(kinds)


def refuse_beyond(
    log: pd.DataFrame, before: np.ndarray, after: np.ndarray, keys: np.ndarray, max_share: float
) -> pd.DataFrame:
    """The log, `refused` filled in for features that vanish or change by more than a share."""
    change = [_share(*pair) for pair in zip(shapely.area(before), shapely.area(after), strict=True)]
    gone, much = set(keys[shapely.is_empty(after)]), set(keys[np.abs(change) > max_share])
    reason = log["refused"].mask(log["feature"].isin(much) & (log["refused"] == ""), "share")
    return log.assign(refused=reason.mask(log["feature"].isin(gone), "vanished"))


def _share(before: float, after: float) -> float:
    if before == after:
        return 0.0
    return (after - before) / before if before else np.inf


# The steps of a repair: sound polygons first, then polygons that tile; each with its log.

# Vertices closer than this are made one while overlaps are cut.
SNAP_M = 0.001
# What one cleaning snaps may be a fault for the next; more rounds than this were never needed.
_ROUNDS = 5
# What is wrong ("overlap" or "gap"), the rows concerned, how wide (m).
Fault = tuple[str, list[int], float]


def make_sound(before: np.ndarray, keys: np.ndarray) -> tuple[np.ndarray, pd.DataFrame]:
    """Valid polygons without repeated vertices, and a log of both steps."""
    broken = ~shapely.is_valid(before)
    valid = before.copy()
    valid[broken] = [
        _areal(shape)
        for shape in shapely.make_valid(before[broken], method="structure", keep_collapsed=False)
    ]
    lean = shapely.remove_repeated_points(valid, 0)
    fewer = shapely.get_num_coordinates(valid) - shapely.get_num_coordinates(lean)
    lean = np.where(fewer > 0, lean, valid)
    rows = [("make-valid", n, 1, before, valid) for n in np.flatnonzero(broken)]
    rows += [("repeated-vertices", n, fewer[n], valid, lean) for n in np.flatnonzero(fewer)]
    log = [
        log_row(keys[n], what, old[n], new[n], count=int(count))
        for what, n, count, old, new in rows
    ]
    return lean, log_frame(log)


def _areal(shape: BaseGeometry) -> BaseGeometry:
    parts = shapely.get_parts(shape)
    areal = parts[shapely.get_dimensions(parts) == 2]
    return areal[0] if len(areal) == 1 else shapely.union_all(areal)


def make_tile(
    sound: np.ndarray, keys: np.ndarray, width_m: float
) -> tuple[np.ndarray, pd.DataFrame]:
    """Polygons that tile, and a log with a row for each one changed."""
    unmatched = _unmatched(sound)
    faults = _overlaps(sound, unmatched) + _gaps(sound, width_m)
    if not faults and not unmatched.any():
        return sound, log_frame([])
    clean, _ = _clean(sound, width_m)
    for _ in range(_ROUNDS):
        if not _unmatched(clean).any():
            break
        clean, settled = _clean(clean, width_m)
        if settled.all():
            break
    same = shapely.equals_exact(shapely.normalize(clean), shapely.normalize(sound))
    clean = np.where(same, sound, clean)
    log = [
        log_row(keys[n], old=sound[n], new=clean[n], **_cause(int(n), faults, keys, width_m))
        for n in np.flatnonzero(~same)
    ]
    return clean, log_frame(log)


def _unmatched(shapes: np.ndarray) -> np.ndarray:
    """Where an edge of a polygon is not its neighbour's, or lies within SNAP_M of it."""
    return ~shapely.is_empty(shapely.coverage_invalid_edges(shapes, gap_width=SNAP_M))


def _clean(shapes: np.ndarray, width_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Polygons cleaned once, of the type they came in, and True where nothing changed."""
    clean = shapely.coverage_clean(shapes, gap_width=width_m, snapping_distance=SNAP_M)
    single = (shapely.get_type_id(shapes) == 6) & (shapely.get_type_id(clean) == 3)
    clean[single] = shapely.multipolygons(clean[single][:, None])
    same = shapely.equals_exact(shapely.normalize(clean), shapely.normalize(shapes))
    return np.where(same, shapes, clean), same


def _cause(row: int, faults: list[Fault], keys: np.ndarray, width_m: float) -> dict[str, Any]:
    """Why a polygon was changed: its own overlaps and gaps, else only its edges."""
    mine = [fault for fault in faults if row in fault[1]]
    others = dict.fromkeys(str(keys[n]) for _, rows, _ in mine for n in rows if n != row)
    too_wide = any(what == "overlap" and width > width_m for what, _, width in mine)
    return {
        "what": "; ".join(dict.fromkeys(what for what, _, _ in mine)) or "edge",
        "others": "; ".join(others),
        "count": len(mine),
        "width_m": max((width for _, _, width in mine), default=np.nan),
        "refused": "width" if too_wide else "",
    }


def _overlaps(sound: np.ndarray, among: np.ndarray) -> list[Fault]:
    left, right, pieces = overlapping_pairs(sound, among=among)
    parts, pair = shapely.get_parts(pieces, return_index=True)
    areal = shapely.area(parts) > ARITHMETIC_M2
    wide = np.zeros(len(pieces))
    np.maximum.at(wide, pair[areal], widths(parts[areal]))
    return [
        ("overlap", [int(left[n]), int(right[n])], float(wide[n])) for n in np.flatnonzero(wide)
    ]


def _gaps(sound: np.ndarray, width_m: float) -> list[Fault]:
    holes = holes_of(shapely.union_all(sound))
    wide = widths(holes)
    narrow = np.flatnonzero((wide <= width_m) & (shapely.area(holes) > ARITHMETIC_M2))
    owners = owners_of(holes[narrow], sound, TOUCH_M)
    return [("gap", who.tolist(), float(wide[n])) for n, who in zip(narrow, owners, strict=False)]


# Polygons made to tile, on request only, every change in a log; never in place of the input.

_NEEDS = (3, 14, 0)
_REFUSED = family(
    "check.refused-", "check.refused-width", "check.refused-share", "check.refused-vanished"
)


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
        Polygons in any CRS in true metres; not altered. Rows
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
            "check.repair-refused",
            count=bad["feature"].nunique(),
            width_m=width_m,
            max_share=max_share,
            listed={lang: _listed(bad, lang) for lang in LANGUAGES},
            log=log,
        )
    if not (shapely.is_valid(after).all() and shapely.coverage_is_valid(after)):
        raise LayerError("check.repair-failed")
    mended = given.copy()
    mended[drawn] = np.where(shapely.equals_exact(before, after), given[drawn], after)
    return polygons.set_geometry(gpd.array.from_shapely(mended, crs=polygons.crs)), log


def _listed(bad: pd.DataFrame, lang: str) -> str:
    """Every feature that breaks a limit, on a line of its own, with what was found there."""
    lines = []
    for feature, rows in bad.groupby("feature", sort=False):
        told = []
        for row in rows.itertuples():
            values = {"width_m": f"{row.width_m:.2g}", "share": f"{row.share:+.2g}"}
            others = row.others or "–"
            told.append(say(_REFUSED[row.refused], lang, others=others, **values))
        lines.append(f"\n  {feature}: {'; '.join(dict.fromkeys(told))}")
    return "".join(lines)


def _require(polygons: gpd.GeoDataFrame, key: str, width_m: float, max_share: float) -> None:
    if shapely.geos_version < _NEEDS or not hasattr(shapely, "coverage_clean"):
        found = f"Python {platform.python_version()}, shapely {shapely.__version__}"
        found += f", GEOS {shapely.geos_version_string}"
        raise LayerError("check.repair-needs", found=found)
    if not is_metric(require_crs(polygons)):
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
