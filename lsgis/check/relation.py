"""Rules between layers: what lies in, reaches, or is near what (`data/relation.csv`)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from lsgis.catalogue import (
    ANY,
    Layer,
    drawn_geometry,
    read_catalogue,
    read_overlaps,
    read_register,
    resolve_overlaps,
)
from lsgis.catalogue.register import refuse_cells
from lsgis.check.coverage import widths
from lsgis.check.extent import ARITHMETIC_M, parts_outside, worst_accuracy
from lsgis.check.issue import Issue, Term, grouped_issue, new_issue
from lsgis.check.overlap import ARITHMETIC_M2
from lsgis.check.schema import numbers_in
from lsgis.check.shape import finite_shapes, sound_shapes
from lsgis.combine.plausible import intersect
from lsgis.crs import plane_of, require_vn2000
from lsgis.errors import CatalogueError, CrsError, LayerError
from lsgis.hollow import without_empty_parts, without_hollows
from lsgis.region import Region, read_region

# Relations between layers as data: which layer is asked to lie in, touch or be near what.

# inside: points and polygons lie in what they name; touches: lines and polygons reach each
# thing they name (touches_any: one of them); at_border: near the edge of communes that name it
RELATIONS = ("inside", "touches", "touches_any", "at_border")
COLUMNS = (
    "code",
    "layer",
    "feature",
    "relation",
    "other",
    "field",
    "codes",
    "distance_m",
    "clause",
)


def read_relations(*, region: Region | None = None) -> pd.DataFrame:
    """Rows of the `data/relation.csv` of a region, sound; see `require_relations`."""
    return _relations(region or read_region()).copy()


@lru_cache(maxsize=8)
def _relations(region: Region) -> pd.DataFrame:
    rows = read_register("relation", region)
    return require_relations(rows, read_catalogue(region), region=region)


def require_relations(
    rows: pd.DataFrame, layers: Iterable[str], *, region: Region | None = None
) -> pd.DataFrame:
    """The same rows with `distance_m` as numbers; refuse what no check could follow.

    Parameters
    ----------
    rows
        `code`; `layer` ("*": every layer that has the column `field`);
        `feature` (a key; "" for all); `relation` (see RELATIONS); `other` (the
        layer named); `field` (column that holds its codes) or `codes` (they
        themselves, joined by "; "); `distance_m` (allowed, m); `clause`.
    layers
        Names of the layers there are.
    region
        Whose register it is; the one that travels with lsgis when None.

    Raises
    ------
    LayerError
        A column is missing.
    CatalogueError
        A layer or relation is unknown, a distance no number of 0 or more, or a row
        says neither field nor codes: all of them, each with what it may be.
    """
    missing = [name for name in COLUMNS if name not in rows]
    if missing:
        raise LayerError("check.no-column", what="relations", missing=", ".join(missing))
    known, distance = [*layers], numbers_in(rows["distance_m"])
    names = {"known": ", ".join(known)}
    held = {
        "layer": (rows["layer"].isin([*known, ANY]), ("catalogue.want-known", names)),
        "other": (rows["other"].isin(known), ("catalogue.want-known", names)),
        "relation": (
            rows["relation"].isin(RELATIONS),
            ("catalogue.want-known", {"known": ", ".join(RELATIONS)}),
        ),
        "distance_m": (distance >= 0, ("catalogue.want-from-0", {})),
        "field": (
            (rows["field"] == "") != (rows["codes"] == ""),
            ("catalogue.want-field-or-codes", {}),
        ),
    }
    wrong = [
        (str(row["code"]), column, want, str(row[column]))
        for column, (sound, want) in held.items()
        for _, row in rows[~sound].iterrows()
    ]
    refuse_cells("relation", region or read_region(), wrong)
    return rows.assign(distance_m=distance)


def reason_of(rule: Mapping[str, Any], register: str, *, clause: str = "") -> dict[str, Any]:
    """What a message says of the rule that was broken: its reason, and the clause it rests on.

    `clause` is the feature's own: where a feature lies is told by the clause that declares
    it, so a rule of geometry rests on that. No clause is given to a rule that is nobody's
    but the office's or lsgis's own.
    """
    is_own = rule.get("basis") == "default"
    clause = str(rule["clause"]) or ("" if is_own else clause)
    return {
        "reason": Term(str(rule["code"]), register),
        "basis": clause or Term("check.own-rule" if is_own else "check.no-clause"),
        "rule": str(rule["code"]),
    }


def names_of(codes: Iterable[str | Term], called: Mapping[str, str]) -> tuple[str | Term, ...]:
    """Codes with the names they are known by; words stay as they are."""
    return tuple(
        code if isinstance(code, Term) else f"{code} {called.get(code, '')}".rstrip()
        for code in codes
    )


def split_codes(cell: object) -> tuple[str, ...]:
    """The codes of a cell such as "06385; 06457", each once; none of a missing cell."""
    codes = str(cell).split(";") if isinstance(cell, str) else []
    return tuple(dict.fromkeys(code.strip() for code in codes if code.strip()))


# Features asked about by one rule, and the features they name.


@dataclass(frozen=True)
class Subject:
    """Located features of one layer that one rule asks about.

    `shapes`, `keys`, `names` (what each is called), `codes` (what each names),
    `accuracy_m` (0 where none is stated) and `clauses` (its own) go row by row; metres of
    the region's CRS.
    """

    layer: Layer
    rule: Mapping[str, Any]
    shapes: np.ndarray
    keys: np.ndarray
    names: np.ndarray
    codes: tuple[tuple[str, ...], ...]
    accuracy_m: np.ndarray
    clauses: np.ndarray


@dataclass(frozen=True)
class Named:
    """The layer that is named: located features, names and stated errors (m) by code."""

    shapes: Mapping[str, shapely.Geometry]
    called: Mapping[str, str]
    errors: Mapping[str, float]

    def place(self, codes: Iterable[str]) -> shapely.Geometry:
        """Where some of the features lie, together."""
        return shapely.union_all([self.shapes[code] for code in codes])

    def accuracy_m(self, codes: Iterable[str]) -> float:
        """The largest error (m) that some of the features state."""
        return max((self.errors[code] for code in codes), default=0.0)


def subjects_of(
    rule: Mapping[str, Any],
    layers: Mapping[str, gpd.GeoDataFrame],
    catalogue: Mapping[str, Layer],
    *,
    dimensions: tuple[int, ...],
) -> list[Subject]:
    """What a rule asks about in each layer: located features of some dimensions that name codes."""
    chosen = [rule["layer"]] if rule["layer"] != ANY else [n for n in layers if n != rule["other"]]
    return [
        subject
        for name in chosen
        if name in layers
        for subject in _subject(rule, catalogue[name], layers[name], dimensions)
    ]


def _subject(
    rule: Mapping[str, Any], layer: Layer, frame: gpd.GeoDataFrame, dimensions: tuple[int, ...]
) -> list[Subject]:
    key, column = layer.key, rule["field"]
    if key not in frame or (column and column not in frame and rule["relation"] != "at_border"):
        return []
    shapes = np.asarray(frame.geometry, dtype=object)
    asked = sound_shapes(shapes) & np.isin(shapely.get_dimensions(shapes), dimensions)
    if rule["feature"]:
        asked &= (frame[key] == rule["feature"]).to_numpy(dtype=bool)
    cells = frame[column] if column in frame else [rule["codes"]] * len(frame)
    codes = [split_codes(cell) for cell in cells]
    if rule["relation"] != "at_border":
        asked &= np.array([len(some) > 0 for some in codes], dtype=bool)
    rows = np.flatnonzero(asked)
    if not len(rows):
        return []
    return [
        Subject(
            layer,
            rule,
            shapes[rows],
            _texts(frame, key)[rows],
            _texts(frame, "name_vi")[rows],
            tuple(codes[row] for row in rows),
            stated_accuracy(frame)[rows],
            _texts(frame, "clause")[rows],
        )
    ]


def _texts(frame: gpd.GeoDataFrame, column: str) -> np.ndarray:
    """A column as texts, "" where it says nothing or is not there."""
    if column not in frame:
        return np.full(len(frame), "", dtype=object)
    return frame[column].fillna("").map(str).to_numpy(dtype=object)


def named_in(layer: Layer, frame: gpd.GeoDataFrame | None) -> Named:
    """Located features of the layer that is named; none when the layer is not at hand."""
    key = layer.key
    if frame is None or key not in frame:
        return Named({}, {}, {})
    shapes = finite_shapes(np.asarray(frame.geometry, dtype=object))
    codes, here = frame[key].map(str), ~shapely.is_missing(shapes)
    known = dict(zip(codes[here], shapely.make_valid(shapes[here]), strict=True))
    names = dict(zip(codes, frame["name_vi"].map(str), strict=True)) if "name_vi" in frame else {}
    errors = dict(zip(codes, stated_accuracy(frame), strict=True))
    return Named(known, names, errors)


def stated_accuracy(frame: gpd.GeoDataFrame) -> np.ndarray:
    """The error (m) each feature states; 0 where it states none."""
    if "accuracy_m" not in frame:
        return np.zeros(len(frame))
    return np.maximum(np.nan_to_num(numbers_in(frame["accuracy_m"])), 0.0)


def skipped(
    subject: Subject, rows: np.ndarray, missing: tuple[str | Term, ...], named: Named
) -> list[Issue]:
    """One note for the features whose rule could not be asked, and what it would have needed."""
    if not len(rows):
        return []
    return [
        grouped_issue(
            "LS-SKIPPED-RELATION",
            subject.layer,
            subject.keys[rows],
            missing=names_of(missing, named.called),
            **reason_of(subject.rule, "relation"),
        )
    ]


# Does a line reach what it names, and does a gate lie at the border?

_YES = "yes"


def check_touches(subject: Subject, named: Named) -> list[Issue]:
    """Features that lie farther from what they name than the rule and all errors allow.

    A rule `touches` asks for each code, `touches_any` for the nearest of those at hand.
    """
    either = subject.rule["relation"] == "touches_any"
    place = lru_cache(maxsize=None)(named.place)  # many features name the same
    found: list[Issue] = []
    unknown: list[int] = []
    missing: dict[str, None] = {}
    for row, codes in enumerate(subject.codes):
        known = tuple(code for code in codes if code in named.shapes)
        if len(known) < len(codes) and not (either and known):
            unknown.append(row)
            missing |= dict.fromkeys(code for code in codes if code not in named.shapes)
        asked = [known] if either and known else [(code,) for code in known]
        table = [_measure(subject, row, place(some), named.accuracy_m(some)) for some in asked]
        for code in ("LS-REL-APART", "LS-REL-UNSURE"):
            these = [n for n, measured in enumerate(table) if measured["code"] == code]
            who = names_of((c for n in these for c in asked[n]), named.called)
            found += _apart_issues(subject, row, who, [table[n] for n in these])
    return found + skipped(subject, np.array(unknown, dtype=int), tuple(missing), named)


def check_at_border(
    subject: Subject, communes: gpd.GeoDataFrame | None, named: Named
) -> list[Issue]:
    """Features farther from the border than the rule and all errors allow.

    The border is not drawn in any source at hand. What is known: which communes
    lie on it (a column that says "yes"), and where the outline of all communes
    runs. The outer edge of those communes holds the border, and at either end
    of it some of the edge towards the neighbouring provinces: a feature far
    from this edge is far from the border for certain. Without such communes
    nothing is checked, and the note says so.
    """
    column = str(subject.rule["field"])
    edge = None if communes is None else outer_edge(communes, column)
    if communes is None or edge is None:
        return skipped(subject, np.arange(len(subject.keys)), (Term("check.border"),), named)
    accuracy = worst_accuracy(communes[communes[column] == _YES])
    found = []
    for row in range(len(subject.keys)):
        far = _measure(subject, row, edge, accuracy)
        if far["code"] == "LS-REL-APART":
            far["code"] = "LS-REL-BORDER"
        edge_name, table = (Term("check.border-edge"),), [far] if far["code"] else []
        found += _apart_issues(subject, row, edge_name, table)
    return found


def outer_edge(communes: gpd.GeoDataFrame, column: str) -> shapely.Geometry | None:
    """Outer edge of all communes along those whose column says "yes"; None when none does."""
    if column not in communes:
        return None
    shapes = shapely.make_valid(finite_shapes(np.asarray(communes.geometry, dtype=object)))
    whole = shapely.boundary(shapely.union_all(shapes))
    chosen = shapes[(communes[column] == _YES).to_numpy(dtype=bool)]
    shapely.prepare(whole)
    pieces = [shapely.intersection(whole, shapely.boundary(shape)) for shape in chosen]
    edge = shapely.union_all(np.array([*pieces, None], dtype=object))
    return None if shapely.is_empty(edge) else edge


def _measure(
    subject: Subject, row: int, place: shapely.Geometry, accuracy_m: float
) -> dict[str, Any]:
    """How far a feature lies from a place, and what that comes to ("" when near enough)."""
    shape, expected = subject.shapes[row], float(subject.rule["distance_m"])
    distance = float(shapely.distance(shape, place))
    accuracy = float(np.hypot(subject.accuracy_m[row], accuracy_m))
    near = distance <= expected + ARITHMETIC_M
    code = "LS-REL-APART" if distance > expected + accuracy else "LS-REL-UNSURE"
    return {
        "code": "" if near else code,
        "distance_m": distance,
        "accuracy_m": accuracy,
        "place": shapely.get_point(shapely.shortest_line(shape, place), 0),
    }


def _apart_issues(
    subject: Subject, row: int, who: tuple[str | Term, ...], table: list[dict[str, Any]]
) -> list[Issue]:
    """One issue for everything that one feature does not reach; its place is by the farthest."""
    if not table:
        return []
    worst = max(table, key=lambda measured: measured["distance_m"])
    return [
        new_issue(
            worst["code"],
            subject.layer,
            key=subject.keys[row],
            name=subject.names[row],
            place=worst["place"],
            named=who,
            distance_m=worst["distance_m"],
            expected=float(subject.rule["distance_m"]),
            accuracy_m=worst["accuracy_m"],
            **reason_of(subject.rule, "relation", clause=subject.clauses[row]),
        )
    ]


# Which polygons of one layer lie on those of another, and may they?

Rules = Mapping[tuple[str, str], Mapping[str, str]]


def check_overlays(
    layers: Mapping[str, gpd.GeoDataFrame], catalogue: Mapping[str, Layer], rules: Rules
) -> list[Issue]:
    """Polygons of two layers that share an area, by what the matrix says of the two.

    Nothing is told of layers that may overlap. Where they must not, an overlap
    wider than the errors of both together (root of the sum of squares) is a
    warning; every other one is a note.
    """
    areal = {name: _polygons(catalogue[name], frame) for name, frame in layers.items()}
    areal = {name: frame for name, frame in areal.items() if len(frame)}
    return [
        issue
        for one, other in combinations(areal, 2)
        if rules[one, other]["rule"] != "allowed"
        for issue in _pairs(areal[one], areal[other], catalogue[one], other, rules[one, other])
    ]


def _polygons(layer: Layer, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    shapes = np.asarray(frame.geometry, dtype=object)
    rows = frame[sound_shapes(shapes) & (shapely.get_dimensions(shapes) == 2)]
    key = layer.key
    if key not in rows:
        return rows.iloc[:0]
    texts = rows["name_vi"].fillna("").map(str) if "name_vi" in rows else ""
    columns = {"key": rows[key].map(str), "name": texts, "accuracy_m": stated_accuracy(rows)}
    return gpd.GeoDataFrame(columns, geometry=rows.geometry.values, crs=frame.crs, index=rows.index)


def _pairs(
    left: gpd.GeoDataFrame, right: gpd.GeoDataFrame, one: Layer, other: str, rule: Mapping[str, str]
) -> list[Issue]:
    here, there = (without_empty_parts(np.asarray(f.geometry)) for f in (left, right))
    a, b = shapely.STRtree(there).query(here, predicate="intersects")
    pieces = intersect(here[a], there[b]).shape
    area = shapely.area(pieces)
    unknown = [
        new_issue(
            "LS-OVERLAP-NOT-COMPUTED",
            one,
            key=left["key"].iloc[a[n]],
            other=right["key"].iloc[b[n]],
            other_layer=other,
        )
        for n in np.flatnonzero(shapely.is_missing(pieces))
    ]
    real = area > ARITHMETIC_M2
    a, b, pieces, area = a[real], b[real], pieces[real], area[real]
    width, places = _widths(pieces), shapely.point_on_surface(pieces)
    accuracy = np.hypot(left["accuracy_m"].to_numpy()[a], right["accuracy_m"].to_numpy()[b])
    share = area / np.minimum(shapely.area(here[a]), shapely.area(there[b]))
    banned = (rule["rule"] == "forbidden") & (width > accuracy)
    told, reason = (_told(left, a), _told(right, b)), reason_of(rule, "overlap_rule")
    return unknown + [
        new_issue(
            "LS-OVERLAP-BETWEEN" if banned[n] else "LS-OVERLAP-NOTED",
            one,
            key=told[0]["key"][n],
            name=told[0]["name"][n],
            other=told[1]["key"][n],
            other_name=told[1]["name"][n],
            other_layer=other,
            place=places[n],
            shape=pieces[n],
            area_m2=float(area[n]),
            share=float(share[n]),
            width_m=float(width[n]),
            accuracy_m=float(accuracy[n]),
            **reason,
        )
        for n in range(len(pieces))
    ]


def _told(polygons: gpd.GeoDataFrame, rows: np.ndarray) -> Mapping[str, list[str]]:
    """Keys and names of polygons, as many times as they are asked for."""
    return {name: polygons[name].iloc[rows].tolist() for name in ("key", "name")}


def _widths(pieces: np.ndarray) -> np.ndarray:
    """Width (m) of the widest part of each piece, 0 where none is a polygon with an area."""
    parts, piece = shapely.get_parts(pieces, return_index=True)
    areal = (shapely.get_dimensions(parts) == 2) & (shapely.area(parts) > 0)
    width = np.zeros(len(pieces))
    np.maximum.at(width, piece[areal], widths(parts[areal]))
    return width


# Does a feature lie in the place it declares?


def check_declared(subject: Subject, named: Named) -> list[Issue]:
    """Points and polygons that lie outside the union of what they name.

    Within the error of the feature and of the place together (root of the sum
    of squares) it is a note; partly outside a warning, wholly outside an error.
    A feature of which a name is not at hand is not judged, and told so.
    """
    found: list[Issue] = []
    unknown: list[int] = []
    missing: dict[str, None] = {}
    together: dict[tuple[str, ...], list[int]] = {}
    for row, codes in enumerate(subject.codes):
        together.setdefault(codes, []).append(row)
    for codes, rows in together.items():
        lost = [code for code in codes if code not in named.shapes]
        if lost:
            unknown += rows
            missing |= dict.fromkeys(lost)
            continue
        found += _outside(subject, named, codes, np.array(rows))
    return found + skipped(subject, np.array(unknown, dtype=int), tuple(missing), named)


def _outside(
    subject: Subject, named: Named, codes: tuple[str, ...], rows: np.ndarray
) -> list[Issue]:
    area = named.place(codes)
    accuracy = (
        np.hypot(subject.accuracy_m[rows], named.accuracy_m(codes)) + subject.rule["distance_m"]
    )
    parts = parts_outside(subject.shapes[rows], area, accuracy)
    return [
        new_issue(
            "LS-OVERLAP-NOT-COMPUTED",
            subject.layer,
            key=subject.keys[rows[part.row]],
            other=", ".join(map(str, names_of(codes, named.called))),
        )
        for part in parts.itertuples()
        if part.rest is None
    ] + [
        new_issue(
            "LS-REL-AT-EDGE" if part.near else "LS-REL-OUTSIDE" if part.whole else "LS-REL-PARTLY",
            subject.layer,
            key=subject.keys[rows[part.row]],
            name=subject.names[rows[part.row]],
            place=shapely.point_on_surface(part.rest),
            shape=part.rest if part.size == 2 else None,
            named=names_of(codes, named.called),
            share=float(part.share),
            distance_m=float(part.distance_m),
            accuracy_m=float(part.accuracy_m),
            **reason_of(subject.rule, "relation", clause=subject.clauses[rows[part.row]]),
        )
        for part in parts.itertuples()
        if part.rest is not None
    ]


# Do the layers of a plan agree with each other? Rules between layers, each a row of data.

__all__ = ["RELATIONS", "check_between", "read_relations"]

# points and polygons lie in a place; lines and polygons reach one
_DIMENSIONS = {"inside": (0, 2), "touches": (1, 2), "touches_any": (1, 2), "at_border": (0, 1, 2)}


@np.errstate(all="ignore")  # odd coordinates are issues, not warnings
def check_between(
    layers: Mapping[str, gpd.GeoDataFrame],
    *,
    relations: pd.DataFrame | None = None,
    overlaps: pd.DataFrame | None = None,
    region: Region | None = None,
) -> list[Issue]:
    """Find everything in which the layers of a plan contradict each other.

    What lies nowhere is not judged (`check_layer` tells it). Accuracy is
    respected: what the stated errors may explain is a note. Silence means
    looked at and sound; what could not be looked at is told (`LS-SKIPPED-RELATION`).

    Parameters
    ----------
    layers
        Frames by name of their layer, metres of the region's CRS, with the layer's key and
        (where known) `name_vi`, `accuracy_m`, `commune_codes`. They may be some
        of the catalogue's layers only.
    relations
        Rules, as rows of `data/relation.csv` (the default); see `require_relations`.
    overlaps
        Matrix of overlaps, as rows of `data/overlap_rule.csv` (the default).
    region
        Whose layers they are.

    Returns
    -------
    list of Issue
        Relations in the order of their rules, then overlaps, a pair of layers
        at a time. Places and shapes in metres of the
        region's CRS, `distance_m`, `accuracy_m` in metres.

    Raises
    ------
    CatalogueError
        A frame belongs to no layer of the catalogue, or a row of `overlaps` is wrong.
    LayerError
        A row of `relations` is wrong.
    CrsError
        A frame is not in the CRS of the region.
    """
    region = region or read_region()
    catalogue = read_catalogue(region)
    unknown = sorted(set(layers) - set(catalogue))
    if unknown:
        known = ", ".join(catalogue)
        raise CatalogueError("catalogue.no-layer", found=", ".join(unknown), known=known)
    _require_plane(layers, region)
    layers = {name: without_hollows(frame) for name, frame in layers.items()}
    if relations is None:
        rows = read_relations(region=region)
    else:
        rows = require_relations(relations, catalogue)
    matrix = read_overlaps(region) if overlaps is None else resolve_overlaps(overlaps, catalogue)
    found, asked = [], set()
    for rule in rows.to_dict("records"):
        subjects = subjects_of(rule, layers, catalogue, dimensions=_DIMENSIONS[rule["relation"]])
        if subjects:
            asked.add(rule["other"])
            other = catalogue[rule["other"]]
            found += _check_rule(rule, subjects, other, layers.get(other.name))
    for name in [name for name in layers if name in asked]:
        layer, frame = catalogue[name], layers[name]
        if _is_schematic(layer, frame):
            found.append(new_issue("LS-REL-COARSE", layer, accuracy_m=worst_accuracy(frame)))
    return found + check_overlays(layers, catalogue, matrix)


def _require_plane(layers: Mapping[str, gpd.GeoDataFrame], region: Region) -> None:
    """Refuse frames that do not all lie in the plane of the region."""
    require_vn2000(*layers.values())
    for frame in layers.values():
        if frame.crs != plane_of(region):
            found = frame.crs.to_string()
            raise CrsError("check.other-plane", found=found, expected=region.crs)


def _check_rule(
    rule: Mapping[str, Any], subjects: list[Subject], other: Layer, frame: gpd.GeoDataFrame | None
) -> list[Issue]:
    named, relation = named_in(other, frame), rule["relation"]
    found = []
    for subject in subjects:
        if relation == "inside":
            found += check_declared(subject, named)
        elif relation == "at_border":
            found += check_at_border(subject, frame, named)
        else:
            found += check_touches(subject, named)
    return found


def _is_schematic(layer: Layer, frame: gpd.GeoDataFrame) -> bool:
    """Whether a layer of polygons, on which others are judged, is only a schematic drawing."""
    areal = drawn_geometry(layer, frame) == "Polygon"
    return areal and "quality" in frame and bool((frame["quality"] == "schematic").any())
