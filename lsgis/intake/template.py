"""An empty GeoPackage of all layers to digitise into, with styles for QGIS."""

from collections.abc import Iterable
from datetime import datetime, timezone
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import pandas as pd

from lsgis import disk
from lsgis.catalogue import Field, Layer, read_catalogue, read_rows
from lsgis.errors import OutputError
from lsgis.intake.opening import write_dataframe
from lsgis.region import Region

# The style of a layer as QGIS reads it (QML): symbol, field names, lists, constraints.

_VERSION = "3.22"  # the oldest QGIS these styles were opened in
_SYMBOLS = {
    "Polygon": ("fill", "SimpleFill"),
    "LineString": ("line", "SimpleLine"),
    "Point": ("marker", "SimpleMarker"),
}
_STRONG = "1"  # a constraint that stops saving


def draw_qml(layer: Layer) -> str:
    """A single-symbol QGIS style from the layer's own colour, width and shape, and its form."""
    root = ET.Element("qgis", version=_VERSION, styleCategories="Symbology|Fields|Forms")
    kind, drawer = _SYMBOLS[layer.geometry]
    renderer = ET.SubElement(
        root,
        "renderer-v2",
        type="singleSymbol",
        symbollevels="0",
        enableorderby="0",
        forceraster="0",
    )
    symbol = ET.SubElement(
        ET.SubElement(renderer, "symbols"),
        "symbol",
        type=kind,
        name="0",
        alpha="1",
        clip_to_extent="1",
        force_rhr="0",
    )
    drawn = ET.SubElement(symbol, "layer", {"class": drawer, "enabled": "1", "pass": "0"})
    _options(drawn, _symbol(layer, kind))
    _add_fields(root, layer)
    return ET.tostring(root, encoding="unicode")


def _symbol(layer: Layer, kind: str) -> dict[str, str]:
    style = layer.style
    red, green, blue = (int(style.color[i : i + 2], 16) for i in (1, 3, 5))
    line = f"{red},{green},{blue},255"
    filled = f"{red},{green},{blue},{round(255 * style.fill_opacity)}"
    width = {"outline_width": str(style.width), "outline_width_unit": "Pixel"}
    return {
        "fill": {
            "color": filled,
            "outline_color": line,
            "outline_style": "solid",
            "style": "solid",
            **width,
        },
        "line": {
            "line_color": line,
            "line_width": str(style.width),
            "line_width_unit": "Pixel",
            "line_style": "dash" if style.dash else "solid",
        },
        "marker": {"color": line, "name": style.shape, "size": "9", "size_unit": "Pixel"},
    }[kind]


def _options(parent: ET.Element, values: dict[str, str]) -> None:
    found = ET.SubElement(parent, "Option", type="Map")
    for name, value in values.items():
        ET.SubElement(found, "Option", name=name, value=value, type="QString")


def _add_fields(root: ET.Element, layer: Layer) -> None:
    """Vietnamese names, lists to choose from, and constraints of the fields."""
    widgets = ET.SubElement(root, "fieldConfiguration")
    aliases = ET.SubElement(root, "aliases")
    constraints = ET.SubElement(root, "constraints")
    expressions = ET.SubElement(root, "constraintExpressions")
    for number, field in enumerate(layer.fields, start=1):  # column 0 is the key, fid
        if field.domain:
            _add_list(widgets, field, layer.region)
        unit = f" ({field.unit})" if field.unit else ""
        ET.SubElement(
            aliases, "alias", field=field.name, index=str(number), name=f"{field.title['vi']}{unit}"
        )
        exp = _expression(field)
        ET.SubElement(
            constraints,
            "constraint",
            field=field.name,
            unique_strength="0",
            constraints=str((0 if field.nullable else 1) + (4 if exp else 0)),
            notnull_strength="0" if field.nullable else _STRONG,
            exp_strength=_STRONG if exp else "0",
        )
        ET.SubElement(expressions, "constraint", field=field.name, exp=exp, desc=field.pattern)


def _expression(field: Field) -> str:
    """What QGIS asks of a value with a pattern; an empty one is another matter."""
    if not field.pattern:
        return ""
    pattern = field.pattern.replace("\\", "\\\\").replace("'", "''")
    return f'"{field.name}" IS NULL OR regexp_match("{field.name}", \'^({pattern})$\') > 0'


def _add_list(widgets: ET.Element, field: Field, region: Region) -> None:
    found = ET.SubElement(widgets, "field", name=field.name, configurationFlags="None")
    config = ET.SubElement(ET.SubElement(found, "editWidget", type="ValueMap"), "config")
    rows = ET.SubElement(
        ET.SubElement(config, "Option", type="Map"), "Option", name="map", type="List"
    )
    words = {
        row["code"]: row["vi"]
        for register in ("kind", "phase")
        for row in read_rows(register, region)
    }
    for value in field.domain:
        row = ET.SubElement(rows, "Option", type="Map")
        ET.SubElement(row, "Option", name=words.get(value, value), value=value, type="QString")


# An empty GeoPackage of every layer, to digitise into: fields, domains, CRS, styles for QGIS.

_TYPES = {"text": "string", "number": "float64", "integer": "Int64", "date": "datetime64[ms]"}


def write_template(
    out: str | Path,
    *,
    layers: Iterable[Layer] | None = None,
    force: bool = False,
    region: Region | None = None,
) -> Path:
    """Write an empty GeoPackage of all layers: typed fields, CRS, QGIS styles, tables of domains.

    Table `field` lists every field (title, unit, pattern, whether it may stay
    empty), table `field_domain` the values a field may hold; `layer_styles` holds
    a style a layer, which QGIS loads by itself: symbol, Vietnamese field names, lists of
    values to choose from, and what must be filled in. A layer that accepts polygons beside
    its points is one of points here: outlines come in a layer of their own of the same name.

    Parameters
    ----------
    layers
        Those to write; all of the catalogue of `region` when None.

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
    chosen = list(read_catalogue(region).values() if layers is None else layers)
    with disk.whole_file(out, code="intake.unwritable") as aside:
        for layer in chosen:
            kind = layer.geometry if layer.geometry == "Point" else f"Multi{layer.geometry}"
            write_layer(_empty(layer), aside, layer.name, geometry=kind)
        for name, rows in _tables(chosen).items():
            write_dataframe(rows, aside, layer=name, driver="GPKG", append=True)
    return out


def write_layer(
    frame: gpd.GeoDataFrame, path: Path, name: str, *, geometry: str | None = None
) -> None:
    """Add a layer to a GeoPackage; `geometry` is its kind, "Unknown" when it holds several."""
    kinds = set(frame.geom_type.dropna())
    if geometry is None:
        geometry = next(iter(kinds)) if len(kinds) == 1 else "Unknown"
    if frame.geometry.has_z.any():
        geometry = f"{geometry} Z" if geometry != "Unknown" else geometry
    write_dataframe(
        frame, path, layer=name, driver="GPKG", geometry_type=geometry, append=path.exists()
    )


def _empty(layer: Layer) -> gpd.GeoDataFrame:
    columns = {field.name: pd.Series(dtype=_TYPES[field.type]) for field in layer.fields}
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([], crs=layer.crs))


def _tables(layers: list[Layer]) -> dict[str, pd.DataFrame]:
    fields = pd.DataFrame(
        [
            (
                layer.name,
                f.name,
                f.type,
                f.title["vi"],
                f.title["en"],
                f.unit,
                f.pattern,
                "yes" if f.nullable else "no",
            )
            for layer in layers
            for f in layer.fields
        ],
        columns=["layer", "field", "type", "title_vi", "title_en", "unit", "pattern", "nullable"],
    )
    domains = pd.DataFrame(
        [
            (layer.name, f.name, value)
            for layer in layers
            for f in layer.fields
            for value in f.domain
        ],
        columns=["layer", "field", "value"],
    )
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
