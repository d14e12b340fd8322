"""Which polygons of one layer lie on those of another, and may they?"""

from collections.abc import Mapping
from itertools import combinations

import geopandas as gpd
import numpy as np
import shapely

from lsgis.catalogue import read_catalogue
from lsgis.check.coverage.tile import widths
from lsgis.check.issue import Issue, new_issue
from lsgis.check.overlap import ARITHMETIC_M2
from lsgis.check.relation.rule import reason_of
from lsgis.check.relation.subject import stated_accuracy
from lsgis.check.shape import sound_shapes

Rules = Mapping[tuple[str, str], Mapping[str, str]]


def check_overlays(layers: Mapping[str, gpd.GeoDataFrame], rules: Rules) -> list[Issue]:
    """Polygons of two layers that share an area, by what the matrix says of the two.

    Nothing is told of layers that may overlap. Where they must not, an overlap
    wider than the errors of both together (root of the sum of squares) is a
    warning; every other one is a note.
    """
    areal = {name: _polygons(name, frame) for name, frame in layers.items()}
    areal = {name: frame for name, frame in areal.items() if len(frame)}
    return [
        issue
        for one, other in combinations(areal, 2)
        if rules[one, other]["rule"] != "allowed"
        for issue in _pairs(areal[one], areal[other], one, other, rules[one, other])
    ]


def _polygons(name: str, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    shapes = np.asarray(frame.geometry, dtype=object)
    rows = frame[sound_shapes(shapes) & (shapely.get_dimensions(shapes) == 2)]
    key = read_catalogue()[name].key
    if key not in rows:
        return rows.iloc[:0]
    texts = rows["name_vi"].fillna("").map(str) if "name_vi" in rows else ""
    told = {"key": rows[key].map(str), "name": texts, "accuracy_m": stated_accuracy(rows)}
    return gpd.GeoDataFrame(told, geometry=rows.geometry.values, crs=frame.crs, index=rows.index)


def _pairs(
    left: gpd.GeoDataFrame, right: gpd.GeoDataFrame, one: str, other: str, rule: Mapping[str, str]
) -> list[Issue]:
    here, there = np.asarray(left.geometry), np.asarray(right.geometry)
    a, b = shapely.STRtree(there).query(here, predicate="intersects")
    pieces = shapely.intersection(here[a], there[b])
    area = shapely.area(pieces)
    real = area > ARITHMETIC_M2
    a, b, pieces, area = a[real], b[real], pieces[real], area[real]
    width = np.array([_width(piece) for piece in pieces])
    accuracy = np.hypot(left["accuracy_m"].to_numpy()[a], right["accuracy_m"].to_numpy()[b])
    share = area / np.minimum(shapely.area(here[a]), shapely.area(there[b]))
    banned = (rule["rule"] == "forbidden") & (width > accuracy)
    return [
        new_issue(
            "LS-OVERLAP-BETWEEN" if banned[n] else "LS-OVERLAP-NOTED", one,
            key=left["key"].iloc[a[n]], name=left["name"].iloc[a[n]],
            other=right["key"].iloc[b[n]], other_name=right["name"].iloc[b[n]], other_layer=other,
            place=shapely.point_on_surface(pieces[n]), shape=pieces[n], area_m2=float(area[n]),
            share=float(share[n]), width_m=float(width[n]), accuracy_m=float(accuracy[n]),
            **reason_of(rule, "overlap_rule"),
        )
        for n in range(len(pieces))
    ]  # fmt: skip


def _width(piece: shapely.Geometry) -> float:
    parts = shapely.get_parts(piece)
    parts = parts[shapely.get_dimensions(parts) == 2]
    return float(widths(parts[shapely.area(parts) > 0]).max(initial=0.0))
