"""A layer of the catalogue: its records, and how much of it somebody has located.

The annotations of the records are what the values of a layer file are held to.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import shapely

from lsgis.region import Region, read_region
from lsgis.toml_record import (
    GIVEN,
    Amount,
    Bands,
    Color,
    Count,
    Crs,
    Dash,
    Flag,
    Name,
    Refers,
    Regex,
    Share,
    Size,
    Text,
    Title,
)

if TYPE_CHECKING:  # whoever asks what is located has frames; a check of one site does not
    import geopandas as gpd
    import pandas as pd

Quality = Literal["authoritative", "indicative", "schematic", "none"]
Geometry = Literal["Point", "LineString", "Polygon"]
Origin = Literal[
    "file", "point", "line", "circle", "union", "dissolve", "corridor", "compose", "none"
]
# What a layer is to the toolkit, whatever it is called:
# unit: the communes; outline: the province; zoning: the environmental zones (one layer each);
# partition: lists that share out the communes; corridor, nearby: told of a site's surroundings;
# around: drawn on the maps of a dossier; table: has a table by commune; opening: on the first map.
Role = Literal[
    "unit", "outline", "zoning", "partition", "corridor", "nearby", "around", "table", "opening"
]
QUALITIES: tuple[str, ...] = get_args(Quality)
GEOMETRIES: tuple[str, ...] = get_args(Geometry)
BUILDS: tuple[str, ...] = get_args(Origin)
ROLES: tuple[str, ...] = get_args(Role)
SINGLE_ROLES = ("unit", "outline", "zoning")


@dataclass(frozen=True)
class Expected:
    """What the Decision counts: features in all, by type, by phase; area in hectares.

    `unit` is "feature", or the column whose different values are counted (a
    zone class drawn in several pieces counts once). `tiles`: the polygons should
    fill their union without gaps (whether they may overlap: `data/overlap_rule.csv`).
    """

    count: Count | None = None
    unit: Name = "feature"
    by_type: Mapping[str, Count] = field(default_factory=dict)
    by_phase: Mapping[str, Count] = field(default_factory=dict)
    area_ha: Size | None = None
    tolerance: Share = 0.01
    tiles: Flag = False


@dataclass(frozen=True)
class Legal:
    """Where the layer stands in the law: rows of `instrument.csv` and `clause.csv`."""

    instrument: Text
    clause: Text
    annex: str = ""


@dataclass(frozen=True)
class Build:
    """How the geometry that travels with lsgis is made from facts."""

    origin: Origin
    file: str = ""
    register: str = ""
    waypoints: str = ""
    list: tuple[Text, ...] = ()
    layer: str = ""
    half_width_m: Size | None = None
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Style:
    """How the layer is drawn; colours as #rrggbb, widths in screen pixels.

    `colors` gives values of the column `by` a colour of their own.
    """

    color: Color
    shape: Literal["circle", "square", "triangle", "diamond", "star"] = "circle"
    width: Amount = 1.5
    dash: Dash = ""
    fill_opacity: Share = 0.25
    by: str = ""
    colors: Mapping[str, Color] = field(default_factory=dict)


@dataclass(frozen=True)
class Check:
    """What a site check asks of the layer: distance bands and smallest overlaps told apart (m, m²).

    A smallest overlap of 0 means that every overlap counts. `office` is a row of `office.csv`.
    """

    bands_m: Bands = (0.0, 100.0, 500.0, 1000.0)
    min_area_m2: Amount = 0.0
    min_length_m: Amount = 0.0
    office: str = ""


@dataclass(frozen=True)
class Field:
    """One column of a layer: name, type, titles, unit, domain, pattern.

    `refers` ("commune.commune_code"): a register and its column that hold the
    value, or each of several joined by "; ". `not_before`: another field of the
    layer, a date that this one follows or equals.
    """

    name: Name
    type: Literal["text", "number", "integer", "date"]
    title: Title
    unit: str = ""
    domain: tuple[Text, ...] = ()
    pattern: Regex = ""
    nullable: Flag = True
    aliases: tuple[Text, ...] = ()
    refers: Refers = ""
    not_before: str = ""


@dataclass(frozen=True)
class Layer:
    """A layer of the catalogue: one file of `layers/`.

    `quality` and `accuracy_m` (horizontal, 95 %) speak of the geometry that
    travels with lsgis; a feature's own columns override them. `accepts`: what
    the user's own file may hold instead of `geometry`, where the real thing has
    ground. `roles`: see `Role`; `order`: the place among the layers of a role,
    those without one come last, by name. `region`: in whose catalogue it stands.
    """

    name: Name
    title: Title
    theme: Text
    geometry: Geometry
    crs: Crs
    key: Name
    quality: Quality
    legal: Legal
    build: Build
    style: Style
    fields: tuple[Field, ...]
    expected: Expected = field(default_factory=Expected)
    check: Check = field(default_factory=Check)
    accuracy_m: Size | None = None
    restricts: Flag = False
    accepts: tuple[Literal["Polygon"], ...] = ()
    roles: tuple[Role, ...] = ()
    order: Mapping[Role, Count] = field(default_factory=dict)
    region: Region = field(default_factory=read_region, metadata=GIVEN, repr=False, compare=False)


# ---- what is located

COLUMNS = ["layer", "by", "value", "expected", "listed", "located"]


def count_located(layer: Layer, features: "gpd.GeoDataFrame") -> "pd.DataFrame":
    """Count the features of a layer against what the Decision expects of it.

    Rows whose `in_decision` is "unconfirmed" never count: nobody has read that
    the Decision means them.

    Parameters
    ----------
    layer
        Catalogue layer with its expected counts.
    features
        Its features; a missing or empty geometry is declared, not located.

    Returns
    -------
    DataFrame
        One row for the total (`by` = "total"), one for each type and phase the
        Decision counts: `layer`, `by`, `value`, `expected` (missing when the
        Decision states no count), `listed` (named, with or without a place),
        `located`.
    """
    import pandas as pd

    rows = features
    if "in_decision" in rows:
        rows = rows[rows["in_decision"] != "unconfirmed"]
    expected = layer.expected
    counted = rows
    if expected.by_type and "kind" in rows:
        counted = rows[rows["kind"].isin(expected.by_type)]
    found = [_row(layer, "total", "", expected.count, counted)]
    for column, numbers in (("kind", expected.by_type), ("phase", expected.by_phase)):
        for value, number in numbers.items():
            part = counted[counted[column] == value] if column in counted else counted.iloc[:0]
            found.append(_row(layer, column, value, number, part))
    table = pd.DataFrame(found, columns=COLUMNS)
    return table.astype({"expected": "Int64", "listed": "int64", "located": "int64"})


def _row(
    layer: Layer, by: str, value: str, expected: int | None, rows: "gpd.GeoDataFrame"
) -> list[object]:
    here = rows[~shapely.is_missing(rows.geometry.values) & ~shapely.is_empty(rows.geometry.values)]
    unit = layer.expected.unit
    listed, located = (
        part[unit].nunique() if unit in part and unit != "feature" else len(part)
        for part in (rows, here)
    )
    return [layer.name, by, value, expected, listed, located]


def drawn_geometry(layer: Layer, features: "gpd.GeoDataFrame") -> str:
    """What the located features of a layer are: "Point", "LineString" or "Polygon".

    Parameters
    ----------
    layer
        Catalogue layer; its own geometry stands where nothing is located.
    features
        Its features, all of one dimension; of several, the highest is told.
    """
    dimensions = shapely.get_dimensions(np.asarray(features.geometry, dtype=object))
    highest = int(dimensions.max(initial=-1))
    return GEOMETRIES[highest] if highest >= 0 else layer.geometry
