"""Where a layer lies: the outline it should fill, official areas, the place its rows name."""

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from lsgis.catalogue import Layer
from lsgis.check.identity import NOBODY, identify, named_keys
from lsgis.check.issue import Issue, Term, grouped_issue, new_issue
from lsgis.check.schema import blank, numbers_in
from lsgis.combine.plausible import subtract
from lsgis.crs import WGS84, datum_operation, ellipsoidal_area, find_crs, is_vn2000, to_vn2000
from lsgis.errors import LayerError
from lsgis.hollow import without_empty_parts
from lsgis.intake.system import Box, province_in, usual_systems
from lsgis.region import Region
from lsgis.text import plain_text

# Does every feature lie inside the province, or within its own accuracy of it?

# What arithmetic on coordinates of millions of metres cannot tell from zero.
ARITHMETIC_M = 0.001
_STEP_M = 250
_MOST_PLACES = 200_000  # 50,000 km of outlines by _STEP_M
_UNITS = {0: "check.unit.points", 1: "check.unit.metres", 2: "check.unit.square-metres"}


def check_inside(
    metres: gpd.GeoDataFrame, layer: Layer, keys: np.ndarray, province: gpd.GeoDataFrame
) -> list[Issue]:
    """Features wholly or partly outside the province: how much, how far, and where.

    Parameters
    ----------
    metres
        Sound features in metres of the region's CRS; a column `accuracy_m` overrides the layer's.
    province
        Outline, any CRS with a known way there; its own error is its
        column `accuracy_m`, none when absent.

    Returns
    -------
    list of Issue
        Within the accuracy of feature and outline together (root of the sum of
        squares, both independent at 95 %) a note; partly outside a warning; wholly outside an
        error. `amount` in m², m or points, `share` 0-1 of the feature,
        `distance_m` how far at most the part outside lies from the province.
    """
    area = shapely.union_all(
        shapely.make_valid(np.asarray(to_vn2000(province, region=layer.region).geometry))
    )
    if shapely.is_empty(area):
        return [new_issue("LS-SKIPPED-PROVINCE", layer)]
    accuracy = np.hypot(_accuracy(metres, layer), worst_accuracy(province))
    parts = parts_outside(np.asarray(metres.geometry), area, accuracy)
    return [
        _outside_issue(layer, str(keys[row.row]), row)
        if row.rest is not None
        else new_issue(
            "LS-OVERLAP-NOT-COMPUTED", layer, key=keys[row.row], other=Term("check.province")
        )
        for row in parts.itertuples()
    ]


def parts_outside(
    shapes: np.ndarray, area: shapely.Geometry, accuracy_m: np.ndarray
) -> pd.DataFrame:
    """Shapes that do not lie in an area: how much of each, and how far.

    Parameters
    ----------
    shapes, area
        In one plane, metres.
    accuracy_m
        How far (m) each may lie from where it is drawn.

    Returns
    -------
    DataFrame
        One row a shape that lies outside by more than arithmetic: `row`,
        `rest` (the part outside; None where it could not be computed), `whole` (all of
        it), `near` (all of it within
        `accuracy_m` of the area), `distance_m` (how far at most the rest lies
        from the area), `size` (dimension), `amount` (m², m or points of the
        rest), `share` (0-1), `accuracy_m`.
    """
    shapely.prepare(area)
    out = np.flatnonzero(~shapely.covers(area, shapes))
    near = _covered_within(area, shapes[out], accuracy_m[out])
    noise = _covered_within(area, shapes[out], np.full(len(out), ARITHMETIC_M))
    lone = without_empty_parts(shapes[out])
    rest = subtract(lone, np.full(len(out), area, dtype=object)).shape
    return pd.DataFrame(
        {
            "row": out,
            "rest": rest,
            "accuracy_m": accuracy_m[out],
            "near": near,
            "whole": ~shapely.intersects(area, shapes[out]),
            "distance_m": _reach(rest, area),
            "size": shapely.get_dimensions(shapes[out]),
            "amount": _amount(rest),
            "share": _amount(rest) / _amount(shapes[out]),
        }
    )[~noise]


def _outside_issue(layer: Layer, key: str, row: Any) -> Issue:
    code = "LS-PLACE-OUTSIDE" if row.whole else "LS-PLACE-PARTLY-OUTSIDE"
    return new_issue(
        "LS-PLACE-AT-EDGE" if row.near else code,
        layer,
        key=key,
        place=shapely.point_on_surface(row.rest),
        amount=float(row.amount),
        unit=Term(_UNITS[row.size]),
        share=float(row.share),
        distance_m=float(row.distance_m),
        accuracy_m=float(row.accuracy_m),
    )


def _accuracy(metres: gpd.GeoDataFrame, layer: Layer) -> np.ndarray:
    """Accuracy of each feature (m): its own, else the layer's, else 0."""
    whole = layer.accuracy_m or 0.0
    if "accuracy_m" not in metres:
        return np.full(len(metres), whole)
    own = numbers_in(metres["accuracy_m"])
    return np.where(np.isnan(own), whole, np.maximum(own, 0.0))


def worst_accuracy(features: gpd.GeoDataFrame) -> float:
    """The largest error (m) that features state; 0 when none states one."""
    if "accuracy_m" not in features:
        return 0.0
    return float(np.nanmax(np.append(numbers_in(features["accuracy_m"]), 0.0)))


def _covered_within(
    area: shapely.Geometry, shapes: np.ndarray, distance_m: np.ndarray
) -> np.ndarray:
    """True where a shape lies wholly within its distance of the area."""
    covered = np.zeros(len(shapes), dtype=bool)
    for distance in np.unique(distance_m[distance_m > 0]):
        these = distance_m == distance
        wider = shapely.buffer(area, distance)
        shapely.prepare(wider)
        covered[these] = shapely.covers(wider, shapes[these])
    return covered


def _reach(rest: np.ndarray, area: shapely.Geometry) -> np.ndarray:
    """How far from the area each rest goes (m), looked at every 250 m of its outline.

    Of outlines so long that this would fill memory, at _MOST_PLACES of all of them together.
    """
    parts, row = shapely.get_parts(rest, return_index=True)
    parts, row = parts[~shapely.is_empty(parts)], row[~shapely.is_empty(parts)]
    step_m = max(_STEP_M, float(shapely.length(parts).sum()) / _MOST_PLACES)
    xy, owner = shapely.get_coordinates(shapely.segmentize(parts, step_m), return_index=True)
    owner, reach = row[owner], np.zeros(len(rest))
    np.maximum.at(reach, owner, shapely.distance(shapely.points(xy), area))
    return reach


def _amount(shapes: np.ndarray) -> np.ndarray:
    """Area (m²), length (m) or number of points, by the dimension of each shape."""
    kinds = shapely.get_dimensions(shapes)
    counts = shapely.get_num_coordinates(shapes).astype(float)
    return np.select(
        [kinds == 2, kinds == 1], [shapely.area(shapes), shapely.length(shapes)], counts
    )


# Do the features and their areas agree with the official figures?

_M2_PER_HA = 10_000
# how many times too large a figure is in a unit that is not the hectare, and the unit
_AREA_UNITS = {10_000.0: "check.unit.m2", 0.01: "check.unit.km2"}
_ALIKE = 0.05


def require_facts(facts: pd.DataFrame, layer: Layer) -> None:
    """Refuse official figures without the layer's key or without areas."""
    missing = [name for name in (layer.key, "area_ha") if name not in facts]
    if missing:
        found = ", ".join(map(str, facts.columns))
        raise LayerError("check.facts-without", missing=", ".join(missing), found=found)


def check_listed(rows: gpd.GeoDataFrame, layer: Layer, facts: pd.DataFrame) -> list[Issue]:
    """Keys the official list does not know, and official features the file lacks, by name."""
    if layer.key not in rows:
        return []
    required = facts
    if "in_decision" in facts:
        required = facts[facts["in_decision"] != "unconfirmed"]
    here = rows[layer.key][~blank(rows[layer.key])].map(str)
    known = facts[layer.key].map(str)
    unknown = here[~here.isin(known)].unique()
    absent = required[~required[layer.key].map(str).isin(named_keys(rows, facts, layer))]
    found = []
    if len(unknown):
        found.append(grouped_issue("LS-KEY-UNKNOWN", layer, unknown, field=layer.key))
    if len(absent):
        names = absent[layer.key].map(str)
        if "name_vi" in absent:
            names = names + " " + absent["name_vi"].fillna("").map(str)
        found.append(
            new_issue(
                "LS-KEY-ABSENT",
                layer,
                keys=tuple(names),
                count=len(names),
                total=len(required),
            )
        )
    return found


def check_areas(
    metres: gpd.GeoDataFrame, layer: Layer, keys: np.ndarray, facts: pd.DataFrame | None
) -> list[Issue]:
    """Area of each polygon in its plane against its official figure, and the sum of all.

    Parameters
    ----------
    metres
        Sound polygons in metres of the region's CRS. Without `facts` their own declared
        `area_ha` is the official figure.
    facts
        Columns: the layer's key, `area_ha`, and `name_vi` where they have names: a feature is
        held against the row of its code, unless its name is that of another, or of none.
    """
    if facts is None and "area_ha" not in metres:
        return [new_issue("LS-SKIPPED-AREA", layer)]
    area_ha = shapely.area(np.asarray(metres.geometry)) / _M2_PER_HA
    official = _official(metres, layer, facts)
    share = area_ha / np.where(official > 0, official, np.nan) - 1
    units = _units(official, area_ha)
    wrong = np.flatnonzero(np.abs(share) > layer.expected.tolerance)
    shapes = np.asarray(metres.geometry, dtype=object)[wrong]
    places, ellipsoid = shapely.point_on_surface(shapes), ellipsoid_areas(shapes, metres.crs)
    found = []
    for row, place, area_m2 in zip(wrong, places, ellipsoid, strict=True):
        known = {
            "area_ha": float(area_ha[row]),
            "official_ha": float(official[row]),
            "ellipsoid_ha": float(area_m2 / _M2_PER_HA),
            "share": float(share[row]),
            "tolerance": layer.expected.tolerance,
            "key": keys[row],
            "place": place,
        }
        if units[row]:
            factor = float(official[row] / area_ha[row])
            known |= {"unit": Term(units[row]), "factor": factor}
        code = "LS-AREA-UNIT" if units[row] else "LS-AREA-DIFFERS"
        found.append(new_issue(code, layer, **known))
    return found + _check_sum(float(area_ha.sum()), layer)


def ellipsoid_areas(shapes: np.ndarray, crs: pyproj.CRS) -> np.ndarray:
    """Areas (m²) of polygons on the ellipsoid, as `lsgis.crs.ellipsoidal_area`."""
    return np.array([ellipsoidal_area(shape, crs) for shape in shapes])


def _units(official: np.ndarray, area_ha: np.ndarray) -> list[str]:
    """The unit that a declared area seems to be in, "" where it is hectares or cannot be told."""
    ratio = official / np.where(area_ha > 0, area_ha, np.nan)
    named = [np.abs(ratio / factor - 1) <= _ALIKE for factor in _AREA_UNITS]
    return np.select(named, list(_AREA_UNITS.values()), default="").tolist()


def _check_sum(area_ha: float, layer: Layer) -> list[Issue]:
    whole = layer.expected.area_ha
    if not whole or abs(area_ha / whole - 1) <= layer.expected.tolerance:
        return []
    return [
        new_issue(
            "LS-AREA-TOTAL",
            layer,
            area_ha=area_ha,
            official_ha=whole,
            share=area_ha / whole - 1,
            instrument=layer.legal.instrument,
            clause=layer.legal.clause,
        )
    ]


def _official(metres: gpd.GeoDataFrame, layer: Layer, facts: pd.DataFrame | None) -> np.ndarray:
    """Official area (ha) of each feature by code and name, NaN where nobody states one."""
    if facts is None:
        return numbers_in(metres["area_ha"])
    rows = identify(metres, facts, layer).row
    figures = np.append(numbers_in(facts["area_ha"]), np.nan)
    return np.where(rows == NOBODY, np.nan, figures[rows])


# Do the coordinates lie where their reference system says? Degrees, metres, axes, distance.

# Half the province's box on each side: neighbours and roads beyond the edge are no mistake.
MARGIN = 0.5
_SWAP = [1, 0, 3, 2]
_FULL_TURN = 360
_WGS84 = "World Geodetic System 1984"


def region_in(crs: pyproj.CRS, region: Region) -> Box | None:
    """The province and as much again around it, in a CRS; None when there is no way there."""
    return province_in(crs, margin=MARGIN, region=region)


def _within(bounds: np.ndarray, box: Box | None) -> np.ndarray:
    if box is None:
        return np.zeros(len(bounds), dtype=bool)
    inside = np.column_stack([bounds[:, :2] >= box[:2], bounds[:, 2:] <= box[2:]])
    return np.asarray(inside.all(axis=1))


# what `read_vector` tells of a file: its CRS in words of its own, what it left out -> rule
_TOLD = {
    "crs-nearly": "LS-CRS-NEARLY",
    "crs-unnamed": "LS-CRS-UNNAMED",
    "crs-on-wgs84": "LS-CRS-ON-WGS84",
    "crs-same": "LS-CRS-DESCRIBED",
    "crs-way": "LS-CRS-WAY",
    "crs-unknown-name": "LS-CRS-UNKNOWN-NAME",
    "hollow": "LS-GEOM-EMPTY-PART",
}


def check_described(told: Sequence[tuple[str, str, str, str]], layer: Layer) -> list[Issue]:
    """What the reader of a file told of it (`read_vector`, `attrs["told"]`)."""
    return [
        new_issue(_TOLD[code], layer, found=plain_text(said), system=system, far=far)
        for code, said, system, far in told
        if code in _TOLD
    ]


def check_crs(rows: gpd.GeoDataFrame, layer: Layer, shapes: np.ndarray) -> list[Issue]:
    """Is there a CRS, is it the layer's, and is there a way from it there?

    `shapes` are the located geometries, finite, as read.
    """
    crs = rows.crs
    if crs is None:
        likely = _likely(shapely.bounds(shapes), layer.region)
        return [new_issue("LS-CRS-MISSING", layer, likely=likely)]
    if region_in(crs, layer.region) is None:
        return [new_issue("LS-CRS-NO-WAY", layer, found=_name(crs), expected=layer.crs)]
    if crs == find_crs(layer.crs):
        return []
    datum, operation = crs.geodetic_crs.datum.name, datum_operation(layer.region)
    code = "LS-CRS-OTHER" if datum.startswith(_WGS84) else "LS-CRS-OTHER-DATUM"
    code = "LS-CRS-OTHER-ZONE" if is_vn2000(crs) else code
    return [
        new_issue(
            code,
            layer,
            found=_name(crs),
            expected=layer.crs,
            datum=datum,
            operation=operation.name,
            epsg=operation.code,
            accuracy_m=operation.accuracy_m,
        )
    ]


def check_coordinates(
    shapes: np.ndarray, crs: pyproj.CRS, layer: Layer, keys: np.ndarray
) -> tuple[list[Issue], np.ndarray]:
    """Find coordinates that cannot be what the CRS says, and why.

    Parameters
    ----------
    shapes
        Geometries as read; missing, empty and non-finite ones given as None.

    Returns
    -------
    list of Issue, array of bool
        One issue a cause, naming its features; True where a feature lies in
        or near the province as declared.
    """
    bounds, found = shapely.bounds(shapes), []
    located = ~shapely.is_missing(shapes)
    causes = _causes(bounds, crs, located, layer.region)
    near = causes.pop("near")
    for code, wrong in causes.items():
        if wrong.any():
            first = bounds[np.flatnonzero(wrong)[0]]
            found.append(
                grouped_issue(
                    code,
                    layer,
                    keys[wrong],
                    total=int(located.sum()),
                    found=_name(crs),
                    x=float(first[0]),
                    y=float(first[1]),
                    likely=_likely(bounds[wrong], layer.region),
                )
            )
    return found, near


def _causes(
    bounds: np.ndarray, crs: pyproj.CRS, located: np.ndarray, region: Region
) -> dict[str, np.ndarray]:
    """Each located feature under exactly one cause, "near" when there is nothing to say."""
    box, degrees = region_in(crs, region), region_in(WGS84, region)
    near = located & _within(bounds, box)
    swapped = located & ~near & _within(bounds[:, _SWAP], box)
    rest = located & ~near & ~swapped
    other = rest & (_within(bounds, degrees) | _within(bounds[:, _SWAP], degrees))
    code = "LS-CRS-DEGREES-AS-METRES"
    if crs.is_geographic:
        code, other = "LS-CRS-METRES-AS-DEGREES", rest & (np.abs(bounds).max(axis=1) > _FULL_TURN)
    return {
        "near": near,
        code: other,
        "LS-CRS-AXES-SWAPPED": swapped,
        "LS-CRS-FAR": rest & ~other,
    }


def _likely(bounds: np.ndarray, region: Region) -> str | Term:
    """The usual systems in which all these boxes would lie in or near the province."""
    boxes = {name: region_in(find_crs(name), region) for name in usual_systems(region)}
    fits = [name for name, box in boxes.items() if len(bounds) and _within(bounds, box).all()]
    return ", ".join(fits) or Term("check.no-crs-fits")


def _name(crs: pyproj.CRS) -> str:
    authority = crs.to_authority()
    return ":".join(authority) if authority else crs.name


# Issues given their places in the plane of the region and the names of the features they speak of.


def place_issues(issues: Sequence[Issue], rows: gpd.GeoDataFrame, region: Region) -> list[Issue]:
    """The same issues, their places moved from the CRS of the rows to that of the region.

    A place has no meaning, and becomes None, without a CRS or far from the province.
    """
    box = region_in(rows.crs, region) if rows.crs is not None else None
    if box is None:
        return [replace(issue, place=None) for issue in issues]
    points = np.array([issue.place for issue in issues], dtype=object)
    inside = shapely.covers(shapely.box(*box), points)
    moved = np.full(len(points), None, dtype=object)
    if inside.any():
        there = gpd.GeoDataFrame(geometry=points[inside], crs=rows.crs)
        there = to_vn2000(there, region=region)
        moved[inside] = np.asarray(there.geometry, dtype=object)
    return [replace(issue, place=place) for issue, place in zip(issues, moved, strict=True)]


def name_issues(issues: Sequence[Issue], rows: gpd.GeoDataFrame, keys: np.ndarray) -> list[Issue]:
    """The same issues, with `name` and `other_name` where the rows have `name_vi`."""
    if "name_vi" not in rows:
        return list(issues)
    names = np.where(blank(rows["name_vi"]), "", rows["name_vi"].map(str))
    called = dict(zip(keys, names, strict=True))

    def named(issue: Issue) -> Issue:
        names = {"name": issue.key, "other_name": issue.values.get("other")}
        known = {name: called[key] for name, key in names.items() if called.get(key)}
        return replace(issue, values=MappingProxyType({**issue.values, **known}))

    return [named(issue) for issue in issues]
