"""Is every geometry there, of the right type, finite, valid, and drawn once?

Looked at in the CRS the file came in: moving a shared edge to another CRS opens
gaps and overlaps that nobody drew.
"""

import re

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from lsgis.catalogue import Layer
from lsgis.check.issue import Issue, Term, grouped_issue, new_issue
from lsgis.check.schema import blank
from lsgis.hollow import hollow_rows
from lsgis.text import family, number_rows

_REASONS = family(
    "check.reason.",
    "check.reason.self-intersection",
    "check.reason.ring-self-intersection",
    "check.reason.hole-lies-outside-shell",
    "check.reason.holes-are-nested",
    "check.reason.nested-shells",
    "check.reason.interior-is-disconnected",
    "check.reason.duplicate-rings",
    "check.reason.too-few-points-in-geometry-component",
    "check.reason.ring-is-not-closed",
)

_GEOMETRY = family(
    "check.geometry.",
    "check.geometry.Point",
    "check.geometry.LineString",
    "check.geometry.Polygon",
    "check.geometry.Point-or-Polygon",
    "check.geometry.LineString-or-Polygon",
    "check.geometry.GeometryCollection",
)

_NAMES = ("Point", "LineString", "LineString", "Polygon", "Point", "LineString", "Polygon")


def finite_shapes(shapes: np.ndarray) -> np.ndarray:
    """The geometries that lie somewhere: None in place of missing, empty and non-finite ones."""
    known = shapes.copy()
    known[shapely.is_empty(shapes) | ~_finite(shapes)] = None
    return known


def sound_shapes(shapes: np.ndarray) -> np.ndarray:
    """True where a geometry can be measured: finite, valid, of one simple type."""
    known = finite_shapes(shapes)
    simple = shapely.get_type_id(known) < len(_NAMES)
    return ~shapely.is_missing(known) & simple & shapely.is_valid(known)


def _finite(shapes: np.ndarray) -> np.ndarray:
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    finite = np.ones(len(shapes), dtype=bool)
    finite[owner[~np.isfinite(xy).all(axis=1)]] = False
    return finite


def check_present(
    rows: pd.DataFrame, shapes: np.ndarray, layer: Layer, keys: np.ndarray
) -> list[Issue]:
    """Missing geometries (an error only where one must be drawn) and empty ones."""
    declared: np.ndarray = np.full(len(rows), layer.quality == "none")
    if "quality" in rows:
        own = rows["quality"]
        declared = np.where(blank(own), declared, (own == "none").to_numpy(dtype=bool))
    missing = shapely.is_missing(shapes)
    empty = shapely.is_empty(shapes) & _finite(shapes)
    found = _each("LS-GEOM-MISSING", layer, keys[missing & ~declared])
    found += _each("LS-GEOM-NOT-LOCATED", layer, keys[missing & declared])
    return found + _each("LS-GEOM-EMPTY", layer, keys[empty])


def check_hollow(features: gpd.GeoDataFrame, layer: Layer) -> list[Issue]:
    """Empty parts and rings of geometries, which were left out: how many have them, which."""
    rows = hollow_rows(np.asarray(features.geometry, dtype=object))
    if not len(rows):
        return []
    return [new_issue("LS-GEOM-EMPTY-PART", layer, found=number_rows(rows + 1))]


def check_type(shapes: np.ndarray, layer: Layer, keys: np.ndarray) -> list[Issue]:
    """Geometries that the layer neither has nor accepts, or several kinds; Multi types count."""
    kinds = shapely.get_type_id(shapes)
    names = np.array([*_NAMES, "GeometryCollection", ""], dtype=object)
    found = names[np.minimum(kinds, len(_NAMES))]
    found[kinds < 0] = ""
    allowed = (layer.geometry, *layer.accepts)
    wrong = np.flatnonzero(~np.isin(found, ["", *allowed]))
    terms = {name: Term(_GEOMETRY[name]) for name in names[:-1]}
    together = _GEOMETRY.get("-or-".join(allowed))
    expected = Term(together) if together else tuple(terms[name] for name in allowed)
    issues = [
        new_issue("LS-GEOM-TYPE", layer, key=keys[row], found=terms[found[row]], expected=expected)
        for row in wrong
    ]
    rows = {name: np.flatnonzero(found == name) for name in allowed}
    if all(len(some) for some in rows.values()) and layer.accepts:
        few, many = sorted(allowed, key=lambda name: len(rows[name]))
        issues.append(
            grouped_issue(
                "LS-GEOM-MIXED",
                layer,
                keys[rows[few]],
                found=terms[few],
                other=terms[many],
                rest=len(rows[many]),
            )
        )
    return issues


def check_finite(shapes: np.ndarray, layer: Layer, keys: np.ndarray) -> list[Issue]:
    """Coordinates that are not numbers or infinite."""
    return _each("LS-GEOM-NOT-FINITE", layer, keys[~_finite(shapes)])


def check_valid(shapes: np.ndarray, layer: Layer, keys: np.ndarray) -> list[Issue]:
    """Invalid geometries with the reason and the point that GEOS names."""
    wrong = np.flatnonzero(~shapely.is_missing(shapes) & ~shapely.is_valid(shapes))
    found = []
    for row, text in zip(wrong, shapely.is_valid_reason(shapes[wrong]), strict=True):
        reason, place = _reason(text)
        found.append(new_issue("LS-GEOM-INVALID", layer, key=keys[row], place=place, reason=reason))
    return found


def _reason(text: str) -> tuple[str | Term, shapely.Point | None]:
    """Reason and place from a text such as "Self-intersection[0.5 0.5]"."""
    name, _, rest = text.partition("[")
    numbers = re.findall(r"[-+0-9.eE]+", rest)
    place = shapely.Point(float(numbers[0]), float(numbers[1])) if len(numbers) > 1 else None
    code = _REASONS.get("-".join(name.lower().split()))
    return (Term(code) if code else name), place


def check_vertices(shapes: np.ndarray, layer: Layer, keys: np.ndarray) -> list[Issue]:
    """Vertices that stand twice in a row in a line or ring: how many, and the first place."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    outlines, part = shapely.get_rings(parts, return_index=True)
    is_line = np.isin(shapely.get_type_id(parts), (1, 2))
    chains = np.concatenate([outlines, parts[is_line]])
    feature = np.concatenate([owner[part], owner[is_line]])
    xy, chain = shapely.get_coordinates(chains, return_index=True)
    same = (xy[1:] == xy[:-1]).all(axis=1) & (chain[1:] == chain[:-1])
    again = pd.DataFrame({"row": feature[chain[1:][same]], "at": np.flatnonzero(same)})
    table = again.groupby("row")["at"].agg(["size", "first"])
    return [
        new_issue(
            "LS-GEOM-REPEATED-VERTEX",
            layer,
            key=keys[row],
            place=shapely.Point(xy[at]),
            count=int(size),
        )
        for row, size, at in table.itertuples()
    ]


def check_duplicates(shapes: np.ndarray, layer: Layer, keys: np.ndarray) -> list[Issue]:
    """The same geometry drawn more than once, whatever its order of parts and vertices."""
    known = np.flatnonzero(~shapely.is_missing(shapes))
    forms = shapely.to_wkb(shapely.normalize(shapely.force_2d(shapes[known])))
    form = pd.factorize(forms)[0]
    first = np.unique(form, return_index=True)[1][form]
    codes = np.array(["LS-GEOM-DUPLICATE", "LS-GEOM-SAME-POINT"])
    is_point = shapely.get_dimensions(shapes[known]) == 0
    again = np.flatnonzero(first != np.arange(len(known)))
    places = shapely.point_on_surface(shapes[known[again]])
    return [
        new_issue(
            str(codes[int(is_point[row])]),
            layer,
            key=keys[known[row]],
            place=place,
            other=keys[known[first[row]]],
        )
        for row, place in zip(again, places, strict=True)
    ]


def _each(code: str, layer: Layer, keys: np.ndarray) -> list[Issue]:
    return [new_issue(code, layer, key=key) for key in keys]
