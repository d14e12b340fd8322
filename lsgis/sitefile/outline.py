"""Lines that close: ground with a boundary, or a road that comes back. Asked, never guessed.

Drawings hold the outline of a parcel as a closed polyline far more often than a road that ends
where it began. Checked as a line, the ground inside would be left out, and a site around a whole
zone would lie outside of it; so the one who hands it over says which it is.
"""

from dataclasses import dataclass

import numpy as np
import shapely

from lsgis.errors import SiteError
from lsgis.text import Log, log_row

POLYGON, LINE = "polygon", "line"
READINGS = (POLYGON, LINE)

_SAME_M = 0.001  # ends no farther apart are one corner, as in a table of corners
_NEAR_M = 1.0  # ends no farther apart than this may have been meant as one: told, never joined
_LINE_STRING = 1  # as GEOS numbers kinds
_FEWEST_CORNERS = 4  # of a ring, its first one named twice


@dataclass(frozen=True)
class Outlines:
    """Shapes of a site, each ring among them as what it is read as.

    The last `rings` of the shapes were lines: polygons now, not yet cut by one another.
    """

    shapes: np.ndarray
    rings: int
    log: Log


def require_reading(kind: str) -> None:
    """What closed lines are to be read as; refuse what is neither.

    Raises
    ------
    SiteError
        None of READINGS.
    """
    if kind not in READINGS:
        raise SiteError("site.kind", found=kind, expected=" | ".join(READINGS))


def read_outlines(shapes: np.ndarray, kind: str | None) -> Outlines:
    """Every line that closes, alone or end to end with others, read as the caller says.

    Lines whose ends lie up to 1 mm apart close. Lines that do not stay lines; the log
    tells of those whose ends lie less than 1 m apart. One that only runs back along
    itself encloses nothing and closes nothing.

    Parameters
    ----------
    shapes
        In the plane of the region (m).
    kind
        "polygon": lines are boundaries of ground; "line": they are lines; None: nobody said.

    Raises
    ------
    SiteError
        `site.closed-line-which`: lines close, and nobody said what they are;
        `site.open-line`: lines are to be ground, and one does not close.
    """
    parts = shapely.get_parts(shapely.get_parts(shapes))  # collections may hold multi-parts
    parts = parts[~shapely.is_empty(parts)]
    is_line = shapely.get_dimensions(parts) == 1
    if not is_line.any():
        return Outlines(shapes, 0, [])
    lines, gaps_m, closed = _joined(parts[is_line])
    rings = [_ring(line) for line in lines[closed]]
    if kind == POLYGON:
        if not closed.all():
            values = {"count": int((~closed).sum()), "of": len(lines)}
            gap_m = round(float(gaps_m[~closed].min()), 3)
            raise SiteError("site.open-line", **values, gap_m=gap_m)
        log = [log_row("site.rings-as-ground", count=len(rings))]
        return Outlines(np.array([*parts[~is_line], *rings], dtype=object), len(rings), log)
    if rings and kind is None:
        area_m2 = round(float(shapely.area(rings).sum()))
        raise SiteError("site.closed-line-which", count=len(rings), area_m2=area_m2)
    log = [log_row("site.closed-line", count=len(rings))] if rings else []
    return Outlines(shapes, 0, log + _tell_near(lines[~closed], gaps_m[~closed]))


def ground_of(shape: shapely.Geometry | None) -> shapely.Geometry | None:
    """The ground a polygon is, or a line encloses that ends where it began; None of others."""
    parts = shapely.get_parts(shape)
    parts = parts[~shapely.is_empty(parts)]
    if not len(parts) or (shapely.get_dimensions(parts) == 2).all():
        return shape if len(parts) else None
    if not (shapely.get_type_id(parts) == _LINE_STRING).all():
        return None
    if not all(_encloses(*pair) for pair in zip(parts, _gaps(parts), strict=True)):
        return None
    rings = [_ring(shapely.force_2d(line)) for line in parts]
    return rings[0] if len(rings) == 1 else shapely.multipolygons(rings)


def ground_of_lines(lines: np.ndarray) -> list[tuple[shapely.Polygon, np.ndarray]]:
    """Ground that lines enclose end to end, and which of the lines each ring is made of.

    Parameters
    ----------
    lines
        LineStrings, in metres; they join where `read_outlines` joins them.
    """
    if not len(lines):
        return []
    whole, _, closed = _joined(shapely.force_2d(lines))
    flat = shapely.force_2d(lines)
    rings = [_ring(ring) for ring in whole[closed]]
    return [(ring, np.flatnonzero(shapely.covers(ring.exterior, flat))) for ring in rings]


def _joined(parts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lines joined end to end, how far apart (m) the ends of each lie, which of them close."""
    lines = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(parts)))
    gaps_m = _gaps(lines)
    closed = [_encloses(*pair) for pair in zip(lines, gaps_m, strict=True)]
    return lines, gaps_m, np.array(closed, dtype=bool)


def _gaps(lines: np.ndarray) -> np.ndarray:
    """How far apart (m) the two ends of each line lie."""
    return np.asarray(shapely.distance(shapely.get_point(lines, 0), shapely.get_point(lines, -1)))


def _encloses(line: shapely.LineString, gap_m: float) -> bool:
    """Whether a line ends where it began, with ground inside."""
    if gap_m > _SAME_M or shapely.get_num_coordinates(line) < _FEWEST_CORNERS:
        return False
    return not shapely.polygonize([shapely.node(shapely.force_2d(_closed(line)))]).is_empty


def _closed(line: shapely.LineString) -> shapely.LineString:
    """The line with its last corner exactly at its first."""
    corners = shapely.get_coordinates(line)
    corners[-1] = corners[0]
    return shapely.linestrings(corners)


def _ring(line: shapely.LineString) -> shapely.Polygon:
    return shapely.polygons(shapely.get_coordinates(_closed(line)))


def _tell_near(lines: np.ndarray, gaps_m: np.ndarray) -> Log:
    """That lines nearly close; each is a line all the same."""
    many = shapely.get_num_coordinates(lines) >= _FEWEST_CORNERS
    near = gaps_m[many & (gaps_m > _SAME_M) & (gaps_m < _NEAR_M)]
    if not len(near):
        return []
    return [log_row("site.nearly-closed", count=len(near), gap_m=round(float(near.max()), 3))]


def unite_rings(rings: np.ndarray) -> tuple[shapely.Geometry, Log]:
    """Ground of valid rings, all of it, however they lie: what is drawn twice counts once.

    A ring within another is no hole, as in a corner table: it may be a building, a pond or a
    parcel as well, and ground left out by mistake is ground nobody asks about. The log tells.

    Parameters
    ----------
    rings
        Polygons in the plane of the region (m).
    """
    rings = np.asarray(rings, dtype=object)
    inner, outer = shapely.STRtree(rings).query(rings, predicate="covered_by")
    same = shapely.covered_by(rings[outer], rings[inner])
    twice = np.unique(inner[same & (outer < inner)])
    within = np.setdiff1d(np.unique(inner[~same]), twice)
    log = [log_row("site.rings-twice", count=len(twice))] if len(twice) else []
    if len(within):
        area_m2 = round(float(shapely.union_all(rings[within]).area), 2)
        log.append(log_row("site.rings-inside", count=len(within), area_m2=area_m2))
    return shapely.union_all(rings), log
