"""The steps of a repair: sound polygons first, then polygons that tile; each with its log."""

from typing import Any

import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from lsgis.check.coverage.gap import holes_of
from lsgis.check.coverage.tile import TOUCH_M, owners_of, widths
from lsgis.check.overlap import ARITHMETIC_M2, overlapping_pairs
from lsgis.check.repair.log import log_frame, log_row

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
    told = [
        log_row(keys[n], what, old[n], new[n], count=int(count))
        for what, n, count, old, new in rows
    ]
    return lean, log_frame(told)


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
    told = [
        log_row(keys[n], old=sound[n], new=clean[n], **_cause(int(n), faults, keys, width_m))
        for n in np.flatnonzero(~same)
    ]
    return clean, log_frame(told)


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
