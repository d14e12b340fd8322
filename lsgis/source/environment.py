"""The environmental zones of the plan, composed from their parts as the Decision lists them."""

from collections.abc import Mapping

import geopandas as gpd
import pandas as pd

from lsgis.catalogue import read_register, require_layer
from lsgis.combine import compose_zones
from lsgis.crs import VN2000
from lsgis.errors import CatalogueError

RULES = ("339", "decree_08")
ORDER = ("strict", "limited")


def read_environmental_parts(
    layers: Mapping[str, gpd.GeoDataFrame], *, rule: str = "339"
) -> gpd.GeoDataFrame:
    """Every part of the environmental zoning, with the geometry somebody has located.

    Parameters
    ----------
    layers
        Layers of a plan by name, EPSG:9215.
    rule
        "339": the zones as the Decision lists them (it is followed);
        "decree_08": as Decree 08/2022, article 22 reads, where the two differ.

    Returns
    -------
    GeoDataFrame
        One row a feature of a part, one row for a part of which no feature is
        listed: `zone`, `part` ("nature_reserve/BT-01"), `name_vi`, `name_en`,
        `clause`, `layer`, `source`, `quality`, `accuracy_m`. Without geometry
        where nobody has located it.
    """
    if rule not in RULES:
        raise CatalogueError("source.no-rule", found=rule, known=", ".join(RULES))
    rows = read_register("environmental_part").rename(columns={f"zone_{rule}": "zone"})
    parts = [_features(part, layers) for _, part in rows[rows["zone"] != ""].iterrows()]
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), geometry="geometry", crs=VN2000)


def _features(part: pd.Series, layers: Mapping[str, gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """Features of one part, located or not; the part itself when nobody has listed any."""
    features = layers[part["layer"]] if part["layer"] else gpd.GeoDataFrame(geometry=[], crs=VN2000)
    shared = {"zone": part["zone"], "layer": part["layer"], "clause": part["clause"]}
    if features.empty or part["zone"] not in ORDER:
        only = {name: [part[name]] for name in ("part", "name_vi", "name_en", "source")}
        only |= {"quality": ["none"], "accuracy_m": [float("nan")]}
        return gpd.GeoDataFrame(only, geometry=[None], crs=VN2000).assign(**shared)
    codes = features[require_layer(part["layer"]).key]
    columns = ["name_vi", "name_en", "source", "quality", "accuracy_m", "geometry"]
    return features[columns].assign(part=part["part"] + "/" + codes.astype(str), **shared)


def compose_environmental_zones(
    parts: gpd.GeoDataFrame, province: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Strict; limited minus strict; other = the rest: pieces that partition the province.

    "Other" is where no part has been *located*; while parts are missing it is
    not a finding that nothing protects a place.

    Returns
    -------
    GeoDataFrame
        As `compose_zones`, its class also as `kind`.
    """
    zones = compose_zones(parts, province, order=ORDER, rest="other")
    return zones.assign(kind=zones["zone"])
