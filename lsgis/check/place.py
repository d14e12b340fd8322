"""Issues given their places in EPSG:9215 and the names of the features they speak of."""

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import shapely

from lsgis.check.issue import Issue
from lsgis.check.reference import region_in
from lsgis.check.row import blank
from lsgis.crs import to_vn2000


def place_issues(issues: Sequence[Issue], rows: gpd.GeoDataFrame) -> list[Issue]:
    """The same issues, their places moved from the CRS of the rows to EPSG:9215.

    A place has no meaning, and becomes None, without a CRS or far from the province.
    """
    box = region_in(rows.crs) if rows.crs is not None else None
    if box is None:
        return [replace(issue, place=None) for issue in issues]
    points = np.array([issue.place for issue in issues], dtype=object)
    inside = shapely.covers(shapely.box(*box), points)
    moved = np.full(len(points), None, dtype=object)
    if inside.any():
        there = to_vn2000(gpd.GeoDataFrame(geometry=points[inside], crs=rows.crs))
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
