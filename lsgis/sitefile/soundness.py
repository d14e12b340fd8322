"""One sound shape of one kind in EPSG:9215, or a refusal that names the place."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from lsgis.crs import VN2000, move_geometries
from lsgis.errors import SiteError
from lsgis.sitefile.raw import Drawing, name_crs, plain_text, told

MOST_VERTICES = 200_000
KINDS = {0: "point", 1: "line", 2: "polygon"}
_MOST_NAMED = 3

Log = list[Mapping[str, object]]


def require_usable(drawing: Drawing) -> Drawing:
    """The same drawing in two dimensions; refuse nothing, too much, and numbers that are none.

    Raises
    ------
    SiteError
        No geometry, a coordinate that is not finite, more than MOST_VERTICES vertices.
    """
    shapes = np.asarray(drawing.shapes, dtype=object)
    if not len(shapes) or shapely.is_empty(shapes).all():
        raise SiteError("site.empty")
    vertices = int(shapely.get_num_coordinates(shapes).sum())
    if vertices > MOST_VERTICES:
        raise SiteError("site.too-many-vertices", found=vertices, most=MOST_VERTICES)
    if not np.isfinite(shapely.get_coordinates(shapes)).all():
        bad = [i + 1 for i, s in enumerate(shapes) if not np.isfinite(_coords(s)).all()]
        raise SiteError("site.not-finite", found=", ".join(map(str, bad[:_MOST_NAMED])))
    log = drawing.log
    if shapely.has_z(shapes).any():
        log = (*log, told("site.flattened"))
    flat = tuple(shapely.force_2d(shapes))
    return replace(drawing, shapes=flat, log=log)


def _coords(shape: BaseGeometry) -> np.ndarray:
    return shapely.get_coordinates(shape)


def make_one(drawing: Drawing, *, repair: bool) -> tuple[BaseGeometry, str, Log]:
    """One shape in EPSG:9215, its kind, and what was done on the way.

    Raises
    ------
    SiteError
        An invalid shape (reason and place), unless `repair`; kinds mixed; nothing left.
    """
    if not repair:
        _require_valid(drawing.shapes, name_crs(drawing.crs))
    moved = move_geometries(drawing.shapes, drawing.crs, VN2000)
    log: Log = []
    if repair:
        moved, log = _repaired(moved)
    else:
        _require_valid(moved, name_crs(VN2000))
    kind = _one_kind(moved)
    united = _united(moved, log)
    if kind == "line" and any(line.is_closed for line in shapely.get_parts(united)):
        log.append(told("site.closed-line"))
    if kind == "polygon" and not united.area > 0:
        raise SiteError("site.empty")
    return united, kind, log


def _require_valid(shapes, crs: str) -> None:
    shapes = np.asarray(shapes, dtype=object)
    bad = np.flatnonzero(~shapely.is_valid(shapes))
    if len(bad):
        reasons = [f"{i + 1}: {shapely.is_valid_reason(shapes[i])}" for i in bad[:_MOST_NAMED]]
        found = plain_text("; ".join(reasons), longest=300)
        raise SiteError("site.invalid-shape", found=found, count=len(bad), crs=crs)


def _repaired(shapes: np.ndarray) -> tuple[np.ndarray, Log]:
    """Invalid shapes made valid, each with its area before and after in the log."""
    shapes = shapes.copy()
    log: Log = []
    for index in np.flatnonzero(~shapely.is_valid(shapes)):
        before, reason = shapes[index], shapely.is_valid_reason(shapes[index])
        after = shapely.make_valid(before, method="structure", keep_collapsed=False)
        if after.is_empty:
            raise SiteError("site.beyond-repair", found=int(index) + 1, reason=plain_text(reason))
        shapes[index] = after
        values = {"before_m2": float(before.area), "after_m2": float(after.area)}
        log.append(
            told("site.repaired", number=int(index) + 1, reason=plain_text(reason), **values)
        )
    return shapes, log


def _one_kind(shapes: np.ndarray) -> str:
    parts = shapely.get_parts(shapely.get_parts(shapes))  # collections may hold multi-parts
    parts = parts[~shapely.is_empty(parts)]
    dimensions, counts = np.unique(shapely.get_dimensions(parts), return_counts=True)
    if len(dimensions) != 1:
        pairs = zip(dimensions.tolist(), counts.tolist(), strict=True)
        found = ", ".join(f"{KINDS[dimension]} {count}" for dimension, count in pairs)
        raise SiteError("site.mixed", found=found)
    return KINDS[int(dimensions[0])]


def _united(shapes: np.ndarray, log: Log) -> BaseGeometry:
    """All shapes as one; several features become one site of several parts, and that is told."""
    if len(shapes) == 1 and shapes[0].geom_type != "GeometryCollection":
        return shapes[0]
    united = shapely.union_all(shapes)
    values: dict[str, float] = {
        "count": len(shapes),
        "parts": int(shapely.get_num_geometries(united)),
    }
    if united.area:
        values["overlap_m2"] = max(0.0, float(shapely.area(shapes).sum() - united.area))
        log.append(told("site.united", **values))
    else:
        log.append(told("site.united-parts", **values))
    return united
