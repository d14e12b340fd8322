"""Do the features and their areas agree with the official figures?"""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from lsgis.catalogue import Layer
from lsgis.check.issue import Issue, Term, grouped_issue, new_issue
from lsgis.check.row import blank, numbers_in
from lsgis.crs import ellipsoidal_area
from lsgis.errors import LayerError

_M2_PER_HA = 10_000
# how many times too large a figure is in a unit that is not the hectare, and the unit
_UNITS = {10_000.0: "check.unit.m2", 0.01: "check.unit.km2"}
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
    absent = required[~required[layer.key].map(str).isin(here)]
    found = []
    if len(unknown):
        found.append(grouped_issue("LS-KEY-UNKNOWN", layer.name, unknown, field=layer.key))
    if len(absent):
        names = absent[layer.key].map(str)
        if "name_vi" in absent:
            names = names + " " + absent["name_vi"].fillna("").map(str)
        found.append(
            new_issue("LS-KEY-ABSENT", layer.name, keys=tuple(names), count=len(names),
                      total=len(required))
        )  # fmt: skip
    return found


def check_areas(
    metres: gpd.GeoDataFrame, layer: Layer, keys: np.ndarray, facts: pd.DataFrame | None
) -> list[Issue]:
    """Area of each polygon in EPSG:9215 against its official figure, and the sum of all.

    Parameters
    ----------
    metres
        Sound polygons in EPSG:9215. Without `facts` their own declared
        `area_ha` is the official figure.
    facts
        Columns: the layer's key, `area_ha`.
    """
    if facts is None and "area_ha" not in metres:
        return [new_issue("LS-SKIPPED-AREA", layer.name)]
    area_ha = shapely.area(np.asarray(metres.geometry)) / _M2_PER_HA
    official = _official(metres, layer, keys, facts)
    share = area_ha / np.where(official > 0, official, np.nan) - 1
    units = _units(official, area_ha)
    wrong = np.flatnonzero(np.abs(share) > layer.expected.tolerance)
    shapes = np.asarray(metres.geometry, dtype=object)[wrong]
    places, ellipsoid = shapely.point_on_surface(shapes), ellipsoid_areas(shapes)
    found = []
    for row, place, area_m2 in zip(wrong, places, ellipsoid, strict=True):
        known = {
            "area_ha": float(area_ha[row]), "official_ha": float(official[row]),
            "ellipsoid_ha": float(area_m2 / _M2_PER_HA), "share": float(share[row]),
            "tolerance": layer.expected.tolerance, "key": keys[row], "place": place,
        }  # fmt: skip
        if units[row]:
            factor = float(official[row] / area_ha[row])
            known |= {"unit": Term(units[row]), "factor": factor}
        code = "LS-AREA-UNIT" if units[row] else "LS-AREA-DIFFERS"
        found.append(new_issue(code, layer.name, **known))
    return found + _check_sum(float(area_ha.sum()), layer)


def ellipsoid_areas(shapes: np.ndarray) -> np.ndarray:
    """Areas (m²) of polygons in EPSG:9215 on the ellipsoid, as `lsgis.crs.ellipsoidal_area`."""
    return np.array([ellipsoidal_area(shape) for shape in shapes])


def _units(official: np.ndarray, area_ha: np.ndarray) -> list[str]:
    """The unit that a declared area seems to be in, "" where it is hectares or cannot be told."""
    ratio = official / np.where(area_ha > 0, area_ha, np.nan)
    named = [np.abs(ratio / factor - 1) <= _ALIKE for factor in _UNITS]
    return np.select(named, list(_UNITS.values()), default="").tolist()


def _check_sum(area_ha: float, layer: Layer) -> list[Issue]:
    whole = layer.expected.area_ha
    if not whole or abs(area_ha / whole - 1) <= layer.expected.tolerance:
        return []
    return [
        new_issue(
            "LS-AREA-TOTAL", layer.name, area_ha=area_ha, official_ha=whole,
            share=area_ha / whole - 1, instrument=layer.legal.instrument,
            clause=layer.legal.clause,
        )
    ]  # fmt: skip


def _official(
    metres: gpd.GeoDataFrame, layer: Layer, keys: np.ndarray, facts: pd.DataFrame | None
) -> np.ndarray:
    """Official area (ha) of each feature, NaN where nobody states one."""
    if facts is None:
        return numbers_in(metres["area_ha"])
    figures = pd.Series(numbers_in(facts["area_ha"]), index=facts[layer.key].map(str))
    return figures[~figures.index.duplicated()].reindex(keys).to_numpy()
