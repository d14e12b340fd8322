"""Any file a planner brings, read whole or refused with a reason. Nothing is guessed or mended."""

import json
import warnings
from pathlib import Path

import fiona
import geopandas as gpd
import pandas as pd
import pyogrio
import pyproj
import shapely
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError
from shapely.errors import ShapelyError

from lsgis.catalogue import Layer
from lsgis.errors import CrsError, LayerError

_UNREADABLE = (DataSourceError, DataLayerError, FeatureError, FieldError, IndexError)
_JSON = {".geojson", ".json"}
_SHAPEFILE = {".shp", ".dbf", ".shx", ".prj", ".cpg"}


def read_vector(
    path: str | Path, *, layer: str | None = None, crs: str | None = None
) -> gpd.GeoDataFrame:
    """Read the features of a vector file, with the CRS the file states.

    Parameters
    ----------
    path
        Any file GDAL reads: GeoPackage, GeoJSON, shapefile (zipped too), KML, ...
    layer
        Which layer of the file, when it holds several.
    crs
        CRS of a file that states none (`"EPSG:9215"`); never overrules the file.

    Returns
    -------
    GeoDataFrame
        Every feature in file order; geometry missing where the file has none;
        `crs` None when neither the file nor the caller states one.
        `attrs["reader_said"]` lists what the reader warned of.

    Raises
    ------
    LayerError
        No such file, not a vector file, cut short, no geometry column, several
        layers and none named, or features whose geometry cannot be built.
    CrsError
        `crs` is not a CRS, or contradicts the file.
    """
    path = Path(path)
    _require_file(path)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        frame = _read_bulk(path, _one_layer(path, layer))
    if not isinstance(frame, gpd.GeoDataFrame):
        raise LayerError("intake.no-geometry", path=path, columns=", ".join(map(str, frame)))
    frame.attrs["reader_said"] = sorted({str(warning.message) for warning in told})
    return _with_crs(frame, crs, path)


def _read_bulk(path: Path, layer: str | None) -> pd.DataFrame:
    try:
        return pyogrio.read_dataframe(path, layer=layer)
    except _UNREADABLE as error:
        raise LayerError("intake.unreadable", path=path, reason=_reason(path, error)) from error
    except (ShapelyError, ValueError) as error:
        raise _broken_features(path, layer, error) from error


def rename_columns(frame: gpd.GeoDataFrame, layer: Layer) -> gpd.GeoDataFrame:
    """The same features with columns named as a catalogue layer names them.

    A column is renamed only when the layer's own name is absent and exactly one
    of its aliases (layer file, `[[field]] aliases`) is there.
    """
    names: dict[str, str] = {}
    for field in layer.fields:
        found = [alias for alias in field.aliases if alias in frame.columns]
        if field.name not in frame.columns and len(found) == 1:
            names[found[0]] = field.name
    return frame.rename(columns=names)


def _require_file(path: Path) -> None:
    if path.exists():
        if path.suffix.lower() in _SHAPEFILE - {".shp"}:
            raise LayerError("intake.shapefile-part", path=path, expected=path.with_suffix(".shp"))
        if path.is_file() and path.stat().st_size == 0:
            raise LayerError("intake.empty-file", path=path)
        return
    if path.suffix.lower() == ".shp":
        parts = sorted(
            file.name for file in path.parent.glob(f"{path.stem}.*") if file.suffix in _SHAPEFILE
        )
        if parts:
            raise LayerError("intake.no-shp", path=path, found=", ".join(parts))
    raise LayerError("intake.missing", path=path)


def _one_layer(path: Path, layer: str | None) -> str | None:
    """Name of the layer to read; refuse when the file holds several and none is named."""
    try:
        rows = pyogrio.list_layers(path)
    except _UNREADABLE as error:
        raise LayerError("intake.unreadable", path=path, reason=_reason(path, error)) from error
    names = [str(name) for name, kind in rows if kind is not None]
    if layer is not None:
        if layer not in names:
            raise LayerError("intake.no-layer", path=path, layer=layer, found=", ".join(names))
        return layer
    if len(names) > 1:
        raise LayerError("intake.which-layer", path=path, found=", ".join(names))
    return names[0] if names else None


def _reason(path: Path, error: Exception) -> str:
    """Why a file cannot be read; for JSON the place where it breaks."""
    if path.suffix.lower() in _JSON:
        try:
            json.loads(path.read_bytes().decode("utf-8-sig"))
        except json.JSONDecodeError as broken:
            return f"JSON: {broken.msg}, line {broken.lineno}, column {broken.colno}"
        except UnicodeDecodeError as broken:
            return f"not UTF-8 at byte {broken.start}"
    return str(error).split("; ")[0].replace(f"'{path}'", path.name)


def _broken_features(path: Path, layer: str | None, error: Exception) -> LayerError:
    """Name the features that made a bulk reader refuse the whole layer."""
    broken = []
    with fiona.open(path, layer=layer) as features:
        for number, feature in enumerate(features, start=1):
            try:
                if feature.geometry is not None:
                    shapely.from_geojson(json.dumps(fiona.model.to_dict(feature.geometry)))
            except (ShapelyError, ValueError, TypeError) as reason:
                broken.append(f"{number} ({reason})")
    found = ", ".join(broken[:10]) + (" ..." if len(broken) > 10 else "") or str(error)
    return LayerError("intake.broken-features", path=path, count=len(broken) or "?", found=found)


def _with_crs(frame: gpd.GeoDataFrame, crs: str | None, path: Path) -> gpd.GeoDataFrame:
    if crs is None:
        return frame
    try:
        stated = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError as error:
        raise CrsError("crs.unknown", found=crs) from error
    if frame.crs is not None and frame.crs != stated:
        raise CrsError("intake.crs-differs", path=path, found=frame.crs.to_string(), stated=crs)
    return frame.set_crs(stated)


def read_table(path: str | Path) -> pd.DataFrame:
    """Read a table of facts from CSV (UTF-8): every cell as the text it is, empty cells missing.

    Raises
    ------
    LayerError
        No such file, or not a CSV table in UTF-8.
    """
    path = Path(path)
    _require_file(path)
    try:
        rows = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise LayerError("intake.no-table", path=path, reason=error) from error
    return rows.where(rows != "", None)
