"""An empty GeoPackage of every layer, to digitise into: fields, domains, CRS, styles for QGIS."""

from collections.abc import Iterable
from datetime import datetime, timezone
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio

from lsgis import disk
from lsgis.catalogue import Layer, read_catalogue
from lsgis.errors import OutputError
from lsgis.intake.save import write_layer
from lsgis.intake.style import draw_qml

_TYPES = {"text": "string", "number": "float64", "integer": "Int64", "date": "datetime64[ms]"}


def write_template(
    out: str | Path, *, layers: Iterable[Layer] | None = None, force: bool = False
) -> Path:
    """Write an empty GeoPackage of all layers: typed fields, CRS, QGIS styles, tables of domains.

    Table `field` lists every field (title, unit, pattern, whether it may stay
    empty), table `field_domain` the values a field may hold; `layer_styles` holds
    a style a layer, which QGIS loads by itself: symbol, Vietnamese field names, lists of
    values to choose from, and what must be filled in. A layer that accepts polygons beside
    its points is one of points here: outlines come in a layer of their own of the same name.

    Raises
    ------
    OutputError
        `out` is no GeoPackage, is there already, or cannot be written.
    """
    out = Path(out)
    if out.suffix.lower() != ".gpkg":
        raise OutputError("intake.no-gpkg", path=out)
    disk.sweep(out.parent)
    if out.exists() and not force:
        raise OutputError("intake.output-exists", path=out)
    chosen = list(read_catalogue().values() if layers is None else layers)
    with disk.whole_file(out, code="intake.unwritable") as aside:
        for layer in chosen:
            kind = layer.geometry if layer.geometry == "Point" else f"Multi{layer.geometry}"
            write_layer(_empty(layer), aside, layer.name, geometry=kind)
        for name, rows in _tables(chosen).items():
            pyogrio.write_dataframe(rows, aside, layer=name, driver="GPKG", append=True)
    return out


def _empty(layer: Layer) -> gpd.GeoDataFrame:
    columns = {field.name: pd.Series(dtype=_TYPES[field.type]) for field in layer.fields}
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([], crs=layer.crs))


def _tables(layers: list[Layer]) -> dict[str, pd.DataFrame]:
    fields = pd.DataFrame(
        [
            (layer.name, f.name, f.type, f.title["vi"], f.title["en"], f.unit, f.pattern,
             "yes" if f.nullable else "no")
            for layer in layers for f in layer.fields
        ],
        columns=["layer", "field", "type", "title_vi", "title_en", "unit", "pattern", "nullable"],
    )  # fmt: skip
    domains = pd.DataFrame(
        [
            (layer.name, f.name, value)
            for layer in layers for f in layer.fields for value in f.domain
        ],
        columns=["layer", "field", "value"],
    )  # fmt: skip
    return {"field": fields, "field_domain": domains, "layer_styles": _styles(layers)}


def _styles(layers: list[Layer]) -> pd.DataFrame:
    """The table QGIS looks for its styles in."""
    return pd.DataFrame(
        {
            "f_table_catalog": "",
            "f_table_schema": "",
            "f_table_name": [layer.name for layer in layers],
            "f_geometry_column": "geom",
            "styleName": [layer.name for layer in layers],
            "styleQML": [draw_qml(layer) for layer in layers],
            "styleSLD": "",
            "useAsDefault": True,
            "description": [layer.title["vi"] for layer in layers],
            "owner": "",
            "ui": None,
            "update_time": pd.Timestamp(datetime.fromtimestamp(0, tz=timezone.utc)),
        }
    )
