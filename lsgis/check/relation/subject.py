"""Features asked about by one rule, and the features they name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from lsgis.catalogue import read_catalogue
from lsgis.check.issue import Issue, grouped_issue
from lsgis.check.relation.rule import ANY, names_of, reason_of, split_codes
from lsgis.check.row import numbers_in
from lsgis.check.shape import finite_shapes, sound_shapes


@dataclass(frozen=True)
class Subject:
    """Located features of one layer that one rule asks about.

    `shapes`, `keys`, `names` (what each is called), `codes` (what each names),
    `accuracy_m` (0 where none is stated) and `clauses` (its own) go row by row; EPSG:9215.
    """

    layer: str
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
    rule: Mapping[str, Any], layers: Mapping[str, gpd.GeoDataFrame], *, dimensions: tuple
) -> list[Subject]:
    """What a rule asks about in each layer: located features of some dimensions that name codes."""
    chosen = [rule["layer"]] if rule["layer"] != ANY else [n for n in layers if n != rule["other"]]
    return [
        subject
        for name in chosen
        if name in layers
        for subject in _subject(rule, name, layers[name], dimensions)
    ]


def _subject(
    rule: Mapping[str, Any], name: str, frame: gpd.GeoDataFrame, dimensions: tuple
) -> list[Subject]:
    key, column = read_catalogue()[name].key, rule["field"]
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
            name, rule, shapes[rows], _texts(frame, key)[rows], _texts(frame, "name_vi")[rows],
            tuple(codes[row] for row in rows), stated_accuracy(frame)[rows],
            _texts(frame, "clause")[rows],
        )
    ]  # fmt: skip


def _texts(frame: gpd.GeoDataFrame, column: str) -> np.ndarray:
    """A column as texts, "" where it says nothing or is not there."""
    if column not in frame:
        return np.full(len(frame), "", dtype=object)
    return frame[column].fillna("").map(str).to_numpy(dtype=object)


def named_in(layer: str, frame: gpd.GeoDataFrame | None) -> Named:
    """Located features of the layer that is named; none when the layer is not at hand."""
    key = read_catalogue()[layer].key
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


def skipped(subject: Subject, rows: np.ndarray, missing: tuple, named: Named) -> list[Issue]:
    """One note for the features whose rule could not be asked, and what it would have needed."""
    if not len(rows):
        return []
    return [
        grouped_issue(
            "LS-SKIPPED-RELATION", subject.layer, subject.keys[rows],
            missing=names_of(missing, named.called), **reason_of(subject.rule, "relation"),
        )
    ]  # fmt: skip
