"""Outlines to see issues against: exact where an issue lies, lighter where none does."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from lsgis.webmap.placed import drawable, in_degrees
from lsgis.webmap.shape import write_steps

FINE = 10_000_000  # steps in a degree: about a centimetre
# Vertices that a page draws without stumbling, all outlines together; as many again near issues.
BUDGET = 80_000
_LABELS = 400
_TOLERANCES_M = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0)
_NEAR_M = (400.0, 100.0, 25.0)


@dataclass(frozen=True)
class Outline:
    """A layer drawn as lines below the issues.

    `keys` name its features as issues do (`Issue.key`, `Issue.layer`), so that
    the page can point at the feature an issue speaks of. `names` are set on the
    map. A `backdrop` is drawn fainter and decides what the page shows first.
    """

    layer: str
    title: str
    frame: gpd.GeoDataFrame
    keys: Sequence[str] = ()
    names: Sequence[str] = ()
    backdrop: bool = False


def share_budget(outlines: Sequence[Outline], *, budget: int = BUDGET) -> list[int]:
    """Vertices each outline may have: the small ones what they need, the others even shares."""
    needs = [int(shapely.get_num_coordinates(outline.frame.geometry).sum()) for outline in outlines]
    shares, left = [0] * len(needs), budget
    for rank, n in enumerate(sorted(range(len(needs)), key=needs.__getitem__)):
        shares[n] = min(needs[n], left // (len(needs) - rank))
        left -= shares[n]
    return shares


def write_outline(outline: Outline, places: np.ndarray, *, budget: int = BUDGET) -> dict[str, Any]:
    """An outline as the page holds it.

    Parameters
    ----------
    outline
        Features in any CRS; those without a usable place are counted, not drawn.
    places
        Coordinates (n, 2) of the issues, EPSG:9215: near them every vertex is kept.
    budget
        Vertices that it may have, and as many again near the issues.

    Returns
    -------
    dict
        `features` (`key`, `lines` or `at` in grid steps), `labels`, `shift_m`
        (how far a line may lie from its data away from the issues), `undrawn`.
    """
    shapes = drawable(outline.frame)
    points, lines, owners = _parts(shapes)
    kept, shift_m = _lighten(lines, places, budget)
    features: dict[int, dict[str, Any]] = {}
    for name, parts, whose in (("lines", kept, owners[0]), ("at", points, owners[1])):
        for part, owner in zip(in_degrees(parts), whose, strict=True):
            feature = features.setdefault(int(owner), {"key": _key(outline, int(owner))})
            feature.setdefault(name, []).append(write_steps(part, FINE))
    return {
        "layer": outline.layer, "title": outline.title, "backdrop": outline.backdrop,
        "areal": bool((shapely.get_dimensions(shapes) == 2).any()),
        "features": list(features.values()), "labels": _labels(outline, shapes),
        "shift_m": shift_m, "undrawn": int(shapely.is_missing(shapes).sum()),
    }  # fmt: skip


def _key(outline: Outline, row: int) -> str:
    return str(outline.keys[row]) if len(outline.keys) else ""


def _parts(shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Points and lines (rings too) of the shapes, and the rows that each belongs to."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    parts, inner = shapely.get_parts(parts, return_index=True)
    owner, size = owner[inner], shapely.get_dimensions(parts)
    rings, polygon = shapely.get_rings(parts[size == 2], return_index=True)
    lines = np.concatenate([rings, parts[size == 1]])
    whose = np.concatenate([owner[size == 2][polygon], owner[size == 1]])
    return parts[size == 0], lines, (whose, owner[size == 0])


def _lighten(lines: np.ndarray, places: np.ndarray, budget: int) -> tuple[np.ndarray, float]:
    """The lines with no more vertices than a page can draw, and the tolerance (m) it took."""
    if not len(lines):
        return lines, 0.0
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    corners = _as_numbers(xy)
    kept: np.ndarray = np.ones(len(xy), dtype=bool)
    tolerance = 0.0
    for tolerance in _TOLERANCES_M:
        if tolerance:
            light = shapely.simplify(lines, tolerance, preserve_topology=False)
            # a corner that two borders share stays in both, or goes from both
            kept = np.isin(corners, _as_numbers(shapely.get_coordinates(light)))
        if kept.sum() <= budget:
            break
    ends = np.r_[True, owner[1:] != owner[:-1]] | np.r_[owner[1:] != owner[:-1], True]
    kept |= ends
    for reach in _NEAR_M if tolerance else ():
        near = _near(xy, places, reach)
        if (near & ~kept).sum() <= budget:
            kept |= near
            break
    return shapely.linestrings(xy[kept], indices=owner[kept]), tolerance


def _near(xy: np.ndarray, places: np.ndarray, reach: float) -> np.ndarray:
    """Which corners lie in the cell of a place or in one beside it, cells `reach` metres wide."""
    if not len(places):
        return np.zeros(len(xy), dtype=bool)
    cells = np.unique(np.floor(places / reach), axis=0)
    around = np.array([(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)])
    taken = (cells[:, None, :] + around).reshape(-1, 2)
    return np.isin(_as_numbers(np.floor(xy / reach)), _as_numbers(taken))


def _as_numbers(xy: np.ndarray) -> np.ndarray:
    """Pairs (n, 2) as complex numbers (n,), bits unchanged, to be compared as one."""
    return np.ascontiguousarray(xy).view(complex)[:, 0]


def _labels(outline: Outline, shapes: np.ndarray) -> list[list[Any]]:
    """Names and where they stand (degrees); none where they would only hide the map."""
    rows = np.flatnonzero(~shapely.is_missing(shapes)) if len(outline.names) else np.array([], int)
    rows = rows[[bool(outline.names[row]) for row in rows]] if len(rows) else rows
    if not 0 < len(rows) <= _LABELS:
        return []
    at = in_degrees(shapely.point_on_surface(shapely.make_valid(shapes[rows])))
    xy = np.column_stack([shapely.get_x(at), shapely.get_y(at)]).round(5)
    told = zip(rows[np.isfinite(xy).all(axis=1)], xy[np.isfinite(xy).all(axis=1)], strict=True)
    return [[str(outline.names[row]), float(x), float(y)] for row, (x, y) in told]
