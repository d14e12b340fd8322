"""Every common piece of two sets of features, with areas and shares; features cut by a place."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from lsgis.combine.common_ground import ROUNDING_M, Cuts, cut_pairs, measure
from lsgis.combine.plausible import unite
from lsgis.crs import require_vn2000
from lsgis.errors import LayerError
from lsgis.hollow import without_empty_parts


def columns_of_size(dimension: np.ndarray, size: np.ndarray) -> dict[str, np.ndarray]:
    """Sizes as columns `area_m2` and `length_m`, NaN where a row is of another dimension."""
    return {
        "area_m2": np.where(dimension == 2, size, np.nan),
        "length_m": np.where(dimension == 1, size, np.nan),
    }


def columns_of_grid(pieces: Cuts) -> dict[str, np.ndarray]:
    """`grid_m` of pieces, where one of them is not as it was cut at once; else no column."""
    return {GRID: pieces.grid_m} if pieces.grid_m.any() else {}


def not_computed(pieces: pd.DataFrame) -> pd.Series:
    """True for each row of a result whose overlap could not be computed: it has no figure.

    The overlay broke the laws of every overlay at every precision tried
    (`lsgis.combine.plausible`). It is neither an overlap nor none.
    """
    if GRID not in pieces:
        return pd.Series(False, index=pieces.index)
    return pieces[GRID].isna()


# What every function of this room asks of its frames; nothing is repaired here.

SHOWN = 8  # how many features a message names before "and so many more"
GRID = "grid_m"  # column of results: the fixed precision a piece needed, NaN: not computed
LABELS = ("key", "part", "code", "commune_code", "name_vi")  # what a message calls a feature by
KINDS = ("points", "lines", "polygons")  # by dimension
_COLLECTION = 7  # shapely type id: no single dimension


def shapes_of(features: gpd.GeoDataFrame) -> np.ndarray:
    """Geometries of a frame as an array, None where missing; no empty part or ring among them."""
    return without_empty_parts(np.asarray(features.geometry.values, dtype=object))


def is_located(features: gpd.GeoDataFrame) -> pd.Series:
    """True for each feature that has a geometry, on the index of the frame."""
    shapes = shapes_of(features)
    missing = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    return pd.Series(~missing, index=features.index)


def not_located(features: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Features that have no geometry: declared, but nobody has located them.

    Functions that return pieces (`clip_to`, `overlay_zones`) can hold no piece
    of them; show these rows beside the pieces, or "no data" reads as "nothing".
    """
    return features[~is_located(features)].copy()


def require_sound(
    features: gpd.GeoDataFrame, *, frame: str, dimensions: Iterable[int] = (0, 1, 2)
) -> None:
    """Refuse a frame that cannot be measured as it is.

    Parameters
    ----------
    features
        Any features; rows without geometry are allowed.
    frame
        What a message calls the frame, e.g. "boundary".
    dimensions
        Geometry allowed: 0 points, 1 lines, 2 polygons. Collections never are.

    Raises
    ------
    CrsError
        Not in VN-2000 metres.
    LayerError
        Features are invalid, or not of the dimensions allowed; they are named.
    """
    require_vn2000(features)
    shapes = shapes_of(features)
    located = is_located(features).to_numpy()
    kinds = shapely.get_dimensions(shapes)
    mixed = shapely.get_type_id(shapes) == _COLLECTION
    wrong = located & (mixed | ~np.isin(kinds, list(dimensions)))
    if wrong.any():
        expected = " / ".join(KINDS[n] for n in dimensions)
        found = _named(features, wrong, features.geom_type[wrong])
        raise LayerError("combine.wrong-geometry", frame=frame, expected=expected, found=found)
    bad = located & ~shapely.is_valid(shapes)
    if bad.any():
        found = _named(features, bad, shapely.is_valid_reason(shapes[bad]))
        raise LayerError("combine.invalid-geometry", frame=frame, found=found)


def require_polygons(features: gpd.GeoDataFrame, *, frame: str) -> None:
    """Refuse a frame that is not all valid polygons, at least one of them located."""
    require_sound(features, frame=frame, dimensions=(2,))
    if not is_located(features).any():
        raise LayerError("combine.no-polygon", frame=frame)


def require_columns(table: pd.DataFrame, *columns: str, frame: str) -> None:
    """Refuse a table that lacks one of the columns."""
    missing = [column for column in columns if column not in table.columns]
    if missing:
        found = ", ".join(map(str, table.columns))
        raise LayerError(
            "combine.missing-column", frame=frame, expected=", ".join(missing), found=found
        )


def read_codes(table: pd.DataFrame, column: str, *, frame: str) -> pd.Series:
    """Codes of a column, missing ones as ""; numbers are refused, they lost their zeros."""
    require_columns(table, column, frame=frame)
    codes = table[column].astype(object).where(table[column].notna(), "")
    other = [code for code in codes if not isinstance(code, str)]
    if other:
        found = f"{other[0]!r} ({type(other[0]).__name__})"
        raise LayerError("combine.code-not-text", frame=frame, column=column, found=found)
    return codes


def require_unique(codes: pd.Series, *, frame: str) -> None:
    """Refuse codes that stand twice."""
    twice = sorted(set(codes[codes.duplicated()]))
    if twice:
        found = _listed(twice)
        raise LayerError("combine.code-twice", frame=frame, column=codes.name, found=found)


def _named(features: gpd.GeoDataFrame, rows: np.ndarray, reasons: Iterable[str]) -> str:
    """Features with the reason each is refused for, by their code where they have one."""
    label = next((name for name in LABELS if name in features.columns), None)
    names = features.index[rows] if label is None else features.loc[rows, label]
    return _listed([f"{name} ({reason})" for name, reason in zip(names, reasons, strict=True)])


def _listed(names: list[str]) -> str:
    rest = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f", … (+{rest})" if rest > 0 else "")


# How sure features are of their place: carried into every result, never made up.

SURENESS = ("quality", "accuracy_m")
QUALITIES = ("authoritative", "indicative", "schematic", "none")  # from best to worst
_UNSEEN = "not_located"  # column of composed zones: parts that may lie in a piece, not located


def combined_m(*accuracies: Any) -> np.ndarray:
    """Accuracies that err apart from each other as one (m); NaN where one of them is unknown."""
    told = [pd.to_numeric(pd.Series(each), errors="coerce").to_numpy(float) for each in accuracies]
    total: np.ndarray = np.sqrt(sum(metres**2 for metres in told))
    return total


def weakest_of(frames: Iterable[pd.DataFrame]) -> tuple[str, float]:
    """The worst quality of some frames, and the largest accuracy (m), NaN where one is unknown.

    A frame that lacks the columns says nothing.
    """
    stated = [frame for frame in frames if len(frame)]
    qualities = [quality for frame in stated for quality in frame.get("quality", ())]
    reach = [pd.to_numeric(frame["accuracy_m"]) for frame in stated if "accuracy_m" in frame]
    largest = max((series.max(skipna=False) for series in reach), key=_unknown_last, default=np.nan)
    return max(qualities, key=_badness, default=""), largest


def _badness(quality: str) -> int:
    return QUALITIES.index(quality) if quality in QUALITIES else len(QUALITIES)


def _unknown_last(metres: float) -> float:
    return np.inf if np.isnan(metres) else metres


def provisional(features: pd.DataFrame) -> pd.Series:
    """True for what only remains while parts that prevail over it are not located."""
    if _UNSEEN not in features:
        return pd.Series(False, index=features.index)
    return features[_UNSEEN].fillna("") != ""


# Two sets of features laid over each other, and layers stacked to be laid at once.

MEASURED = {"area_m2", "length_m", "share_left", "share_right", "e_m", "geometry", *SURENESS}
MEASURED |= {GRID}


def overlay_zones(
    left: gpd.GeoDataFrame,
    right: gpd.GeoDataFrame,
    *,
    left_key: str,
    right_key: str,
    left_columns: Sequence[str] = (),
    right_columns: Sequence[str] = (),
) -> gpd.GeoDataFrame:
    """Find every pair of features that overlap, and measure what they share.

    No overlap is dropped or rounded, however small. A piece has the lower
    dimension of the two: polygons on polygons have an area, lines on polygons
    a length, points only a share; two polygons that touch share nothing.

    Parameters
    ----------
    left, right
        Any features, VN-2000 metres; one layer or several stacked (`stack_zones`).
        Features of one side may overlap, so shares may add up to more than 1.
        Rows without geometry are in no pair; `not_located` lists them.
    left_key, right_key
        Column that names a feature on each side.
    left_columns, right_columns
        Further columns to carry into the result.

    Returns
    -------
    GeoDataFrame
        One row a pair, in the order of left, then right: the keys, `layer` of a
        stacked side, the columns asked for (a name that both sides have, or that
        is measured here, gets `_left`, `_right`), `area_m2`, `length_m` (NaN in another dimension),
        `share_left`, `share_right` (0-1 of each feature, NaN for a side of a
        higher dimension than the piece) and the geometry of the piece. Of sides that
        state them: `quality_left`, `accuracy_m_left` and the same of the right (m, 95 %);
        with both, `e_m`, the two combined (NaN where one is unknown). Of composed zones:
        `provisional`, True where parts that nobody has located may take from the zone.
        Only where a piece needed it, `grid_m`: the grid (m) of the fixed precision with which it
        is plausible, 0 for the others, NaN for a pair that could not be computed: that has
        no figures and no geometry, and is no "no overlap" (`not_computed`).

    Raises
    ------
    CrsError
        A frame is not in VN-2000 metres, or the two lie in different planes.
    LayerError
        A column is missing, or a geometry is invalid or a collection.
    """
    require_sound(left, frame="left")
    require_sound(right, frame="right")
    require_vn2000(left, right)
    carried = [_carried(left, left_key, left_columns, "left")]
    carried.append(_carried(right, right_key, right_columns, "right"))
    shapes = [shapes_of(side) for side in (left, right)]
    pieces = cut_pairs(*shapes)
    both = set(carried[0]) & set(carried[1]) | MEASURED
    rows: dict[str, object] = {}
    for side, table, at in zip(
        ("left", "right"), carried, (pieces.left, pieces.right), strict=True
    ):
        for column in table.columns:
            name = f"{column}_{side}" if column in both else column
            rows[name] = table[column].array.take(at)
    rows |= columns_of_size(pieces.dimension, pieces.size) | columns_of_grid(pieces)
    rows["share_left"] = _share(pieces, shapes[0], pieces.left)
    rows["share_right"] = _share(pieces, shapes[1], pieces.right)
    if "accuracy_m_left" in rows and "accuracy_m_right" in rows:
        rows["e_m"] = combined_m(rows["accuracy_m_left"], rows["accuracy_m_right"])
    if _UNSEEN in left or _UNSEEN in right:
        each = zip((left, right), (pieces.left, pieces.right), strict=True)
        rows["provisional"] = np.any(
            [provisional(side).to_numpy()[at] for side, at in each], axis=0
        )
    return gpd.GeoDataFrame(rows, geometry=pieces.shape, crs=left.crs)


def _carried(
    features: gpd.GeoDataFrame, key: str, columns: Sequence[str], frame: str
) -> pd.DataFrame:
    """Columns of one side that go into the result: layer, key, those asked for, how sure."""
    stacked = ["layer"] if "layer" in features.columns else []
    sure = [name for name in SURENESS if name in features.columns]
    names = list(dict.fromkeys([*stacked, key, *columns, *sure]))
    require_columns(features, *names, frame=frame)
    return pd.DataFrame(features)[names]


def _share(pieces: Cuts, shapes: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Share of each piece in its feature (`at` its positions); NaN in one of higher dimension."""
    rows, back = np.unique(at, return_inverse=True)  # a large zone has many pieces
    dimension = shapely.get_dimensions(shapes[rows])
    whole, same = measure(shapes[rows], dimension)[back], dimension[back] == pieces.dimension
    return share_of_whole(pieces.size, np.where(same, whole, np.nan))


def share_of_whole(size: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Sizes as shares (0-1), NaN of nothing; a piece is larger than its whole by rounding alone.

    What a cut left larger than that was no piece (`lsgis.combine.plausible`).
    """
    share = np.divide(size, whole, out=np.full(size.shape, np.nan), where=whole > 0)
    return np.minimum(share, 1.0)


def stack_zones(
    frames: Mapping[str, gpd.GeoDataFrame], *, keys: Mapping[str, str] | str
) -> gpd.GeoDataFrame:
    """Put several layers into one frame, so that one overlay answers for all.

    Parameters
    ----------
    frames
        Layers by name, VN-2000 metres; rows without geometry are kept.
    keys
        Key column of each layer, or the one that all have. Codes are text.

    Returns
    -------
    GeoDataFrame
        Columns `layer`, `key`, then those that every layer has, and the
        geometry; a new index. A layer without rows adds none.

    Raises
    ------
    CrsError
        The layers do not lie in one VN-2000 plane.
    LayerError
        No layer, a layer without a key column, or keys that are no text.
    """
    if not frames:
        raise LayerError("combine.no-frames")
    lacking = [name for name in frames if not isinstance(keys, str) and name not in keys]
    if lacking:
        raise LayerError("combine.no-key", found=", ".join(lacking))
    require_vn2000(*frames.values())
    layers = []
    for name, frame in frames.items():
        key = keys if isinstance(keys, str) else keys[name]
        codes = read_codes(frame, key, frame=name)
        plain = frame.rename_geometry("geometry") if frame.geometry.name != "geometry" else frame
        plain = plain.drop(columns=[*{key, "key", "layer"} & set(frame.columns)])
        plain.insert(0, "key", codes)
        plain.insert(0, "layer", name)
        layers.append(plain)
    filled = [layer for layer in layers if len(layer)] or layers[:1]
    return pd.concat(filled, join="inner", ignore_index=True)


# How much of each feature lies in each place.

_EQUAL = 9  # decimals at which two shares are the same, so that rounding decides no tie


def share_places(
    features: gpd.GeoDataFrame, places: gpd.GeoDataFrame, *, key: str = "commune_code"
) -> pd.DataFrame:
    """List how much of each feature lies in each place it meets.

    Parameters
    ----------
    features
        Points, lines or polygons, VN-2000 metres.
    places
        Polygons, VN-2000 metres, one row a place.
    key
        Column of `places` with its code (text, unique).

    Returns
    -------
    DataFrame
        One row a feature and place, features in their order, the largest share
        first: `place_code`, `area_m2` (polygons), `length_m` (lines), `share`
        of the feature (0-1; of its points for points); `grid_m` as of `overlay_zones`,
        where one needs it. Indexed by the labels of the features, repeated. Touching is no
        meeting, except for a point on an edge and a line along one: both places hold those, so
        shares may add up to more than 1. No share is too small to be listed.

    Raises
    ------
    CrsError, LayerError
        As in `join_places`.
    """
    table = share_by_row(features, places, key)
    return table.set_axis(features.index.take(table["row"]), axis=0).drop(columns="row")


def share_by_row(features: gpd.GeoDataFrame, places: gpd.GeoDataFrame, key: str) -> pd.DataFrame:
    """Shares as a table: row (position of the feature), place_code, area_m2, length_m, share."""
    require_sound(features, frame="features")
    require_polygons(places, frame="places")
    require_vn2000(features, places)
    codes = read_codes(places, key, frame="places")
    if (codes == "").any():
        raise LayerError(
            "combine.code-missing", frame="places", column=key, found=int((codes == "").sum())
        )
    require_unique(codes, frame="places")
    shapes = shapes_of(features)
    pieces = cut_pairs(shapes, shapes_of(places))
    whole = measure(shapes[pieces.left], pieces.dimension)
    table = pd.DataFrame(
        {
            "row": pieces.left,
            "place_code": codes.to_numpy()[pieces.right],
            **columns_of_size(pieces.dimension, pieces.size),
            **columns_of_grid(pieces),
            "share": share_of_whole(pieces.size, whole),
        }
    )
    table["rank"] = -table["share"].round(_EQUAL)
    return table.sort_values(["row", "rank", "place_code"], ignore_index=True).drop(columns="rank")


# Features cut by a boundary.

_REST = 1e-9  # of the area of a feature, up to which the rest of it is rounding


def clip_to(features: gpd.GeoDataFrame, boundary: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Cut features by a boundary and measure what lies within.

    A polygon stays a polygon and a line a line: what only touches the boundary
    from outside drops out, a point on its edge stays. What lies within as a
    whole keeps its geometry to the last digit: a polygon that is covered, or of
    which the rest is no more than 1e-9 of its own area. Any other is the piece
    that `overlay_zones` gives; the area and the share are those it states for
    the same pair in any case. Clipping again changes nothing, but of slivers
    the rounding of coordinates.

    Parameters
    ----------
    features
        Points, lines or polygons, VN-2000 metres. Features without geometry have no
        piece; `not_located(features)` lists them.
    boundary
        Polygons, VN-2000 metres, of any number and overlap: communes, a zone, a
        corridor, the province. They are united first.

    Returns
    -------
    GeoDataFrame
        The features with a piece within, index and columns kept, and
        `area_m2` (polygons), `length_m` (lines) of the piece, NaN for others,
        and `share` of the feature as it was given (0-1); `grid_m` as of `overlay_zones`,
        where one needs it. Columns of these names are replaced. Of a boundary that states
        them, the weakest of its places: `boundary_quality`, `boundary_accuracy_m`; `e_m`, with
        the feature's own;
        `provisional`, where zones are composed and parts of them are not located.

    Raises
    ------
    CrsError
        A frame is not in VN-2000 metres, or the two lie in different planes.
    LayerError
        A geometry is invalid or a collection; the boundary has no polygon or
        something else than polygons, or could not be united.
    """
    require_sound(features, frame="features")
    require_polygons(boundary, frame="boundary")
    require_vn2000(features, boundary)
    located = features[is_located(features)]
    shapes = shapes_of(located)
    ground = unite(shapes_of(boundary))
    pieces = cut_pairs(shapes, np.array([ground], dtype=object))
    found, given = located.iloc[pieces.left], shapes[pieces.left]
    cut = np.where(_is_whole(given, pieces, ground), given, pieces.shape)
    whole = measure(given, pieces.dimension)
    size = np.where(pieces.dimension == 2, pieces.size, measure(cut, pieces.dimension))
    size[pieces.lost] = np.nan
    found = found.set_geometry(gpd.array.from_shapely(cut, crs=features.crs))
    share = share_of_whole(size, whole)
    found = found.drop(columns=[GRID] if GRID in found else [])
    measured = columns_of_size(pieces.dimension, size) | columns_of_grid(pieces)
    found = found.assign(**measured, share=share)
    quality, accuracy_m = weakest_of([boundary[is_located(boundary)]])
    if "quality" in boundary:
        found["boundary_quality"] = quality
    if "accuracy_m" in boundary:
        found["boundary_accuracy_m"] = accuracy_m
        if "accuracy_m" in found:
            found["e_m"] = combined_m(found["accuracy_m"], found["boundary_accuracy_m"])
    if _UNSEEN in boundary or _UNSEEN in found:
        found["provisional"] = provisional(found) | bool(provisional(boundary).any())
    return found


def _is_whole(shapes: np.ndarray, pieces: Cuts, area: shapely.Geometry) -> np.ndarray:
    """Whether a piece is the whole geometry but for the rounding of coordinates.

    Corners made by an earlier cut lie beside the edge they were computed on. A polygon is whole
    where it is covered, or what it loses is no more than `_REST` of its area; a line that meets
    the edge at a narrow angle may lose more length than that, so what it loses is held against
    the edge itself, within `ROUNDING_M`.
    """
    given = measure(shapes, pieces.dimension)
    whole = given - pieces.size <= np.where(pieces.dimension == 2, _REST * given, 0.0)
    lines = np.flatnonzero((pieces.dimension == 1) & ~whole & ~pieces.lost)
    parts, owner = shapely.get_parts(shapely.difference(shapes[lines], area), return_index=True)
    corners, part = shapely.get_coordinates(parts, return_index=True)
    middles = (corners[1:] + corners[:-1])[part[1:] == part[:-1]] / 2
    beside = np.concatenate([part, part[1:][part[1:] == part[:-1]]])
    far = ~shapely.dwithin(area, shapely.points(np.vstack([corners, middles])), ROUNDING_M)
    whole[lines] = ~np.isin(np.arange(len(lines)), owner[beside[far]])
    return whole
