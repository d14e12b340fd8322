"""The layers of a plan as files to take away: one GeoPackage (EPSG:9215), GeoJSON (WGS 84)."""

from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import pyogrio

from lsgis.catalogue import drawn_geometry, read_catalogue
from lsgis.crs import to_wgs84

# GeoPackage states when each layer changed; the same inputs give the same content
_MADE = "2026-02-28T00:00:00.000Z"


def write_downloads(layers: Mapping[str, gpd.GeoDataFrame], folder: Path) -> list[Path]:
    """Write `plan.gpkg` and `geojson/<layer>.geojson`.

    Every row is written, also what the Decision declares and nobody has
    located: those rows have no geometry.

    Parameters
    ----------
    layers
        Layers by name, EPSG:9215.
    folder
        Existing folder.
    """
    package = folder / "plan.gpkg"
    (folder / "geojson").mkdir()
    written = [package]
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _MADE})
    try:
        for name, features in layers.items():
            drawn = drawn_geometry(read_catalogue()[name], features)
            kind = drawn if drawn == "Point" else f"Multi{drawn}"
            pyogrio.write_dataframe(
                features, package, layer=name, geometry_type=kind, promote_to_multi=kind != "Point"
            )
            written.append(_write_geojson(name, features, folder / "geojson"))
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})
    return written


def _write_geojson(name: str, features: gpd.GeoDataFrame, folder: Path) -> Path:
    path = folder / f"{name}.geojson"
    pyogrio.write_dataframe(
        to_wgs84(features), path, driver="GeoJSON", RFC7946="YES", COORDINATE_PRECISION=7
    )
    return path
