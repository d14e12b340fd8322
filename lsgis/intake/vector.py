"""Any file a planner brings, read whole or refused; on request, what is sound of it."""

import tempfile
import warnings
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyproj

from lsgis.errors import CrsError, LayerError, LsgisError
from lsgis.intake import damage
from lsgis.intake.archive import require_archive, unpack_one
from lsgis.intake.feature import UNREADABLE, Found, read_features
from lsgis.intake.file import (
    broken_features,
    one_layer,
    require_file,
    why_unreadable,
)
from lsgis.intake.grid import SHEETS, TEXTS
from lsgis.intake.loss import find_lost, tell_empty
from lsgis.intake.parquet import PARQUET, read_parquet
from lsgis.intake.point import read_rows

_MARKUP = {".kml", ".kmz", ".gpx"}


def read_vector(
    path: str | Path, *, layer: str | None = None, crs: str | None = None, keep_sound: bool = False
) -> gpd.GeoDataFrame:
    """Read the features of a vector file, with the CRS the file states.

    Parameters
    ----------
    path
        Any file GDAL reads: GeoPackage, GeoJSON, shapefile (zipped too), KML, DXF,
        MapInfo, ...; or a table (CSV, XLSX) with a column of WKT or two of coordinates.
    layer
        Which layer of the file, when it holds several.
    crs
        CRS of a file that states none (`"EPSG:9215"`); never overrules the file.
    keep_sound
        Read what is sound of a damaged file, instead of refusing it.

    Returns
    -------
    GeoDataFrame
        Every feature in file order; geometry missing where the file has none;
        `crs` None when neither the file nor the caller states one.
        `attrs["reader_said"]` lists what the reader warned of; `attrs["told"]` what
        was done on the way: (code, where, before, after); `attrs["lost"]`, with
        `keep_sound`, what could not be read: (number in the file from 1, reason).

    Raises
    ------
    LayerError
        No such file, not a vector file, cut short, no geometry column, several
        layers and none named; or, unless `keep_sound`, a feature that cannot be read.
    CrsError
        `crs` is not a CRS, or contradicts the file.
    """
    path = Path(path)
    require_file(path)
    require_archive(path)
    with (
        warnings.catch_warnings(record=True) as said,
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
    ):
        warnings.simplefilter("default")
        found = _read(path, layer, keep_sound, Path(folder))
    frame = found.frame
    if not isinstance(frame, gpd.GeoDataFrame):
        raise LayerError("intake.no-geometry", path=path, columns=", ".join(map(str, frame)))
    if found.lost and not keep_sound:
        raise broken_features(path, found)
    tell_empty(frame, found, keep_sound=keep_sound)
    frame.attrs["reader_said"] = sorted({str(warning.message) for warning in said})
    frame.attrs["told"], frame.attrs["lost"] = found.told, found.lost
    return _with_crs(frame, crs, path)


def _read(path: Path, layer: str | None, keep_sound: bool, folder: Path) -> Found:
    kind = path.suffix.lower()
    if kind in SHEETS | TEXTS:
        return read_rows(path, layer)
    if kind in PARQUET:
        return read_parquet(path)
    if (inner := unpack_one(path, layer, folder)) is not None:
        found = _read_inner(path, *inner, keep_sound, folder)
        found.told.insert(0, ("unpacked", path.name, "", inner[0].suffix))
        return found
    source, before = _settled(path, folder)
    if before.lost and not keep_sound:
        raise broken_features(path, before)
    try:
        name = one_layer(source, path, layer, before)
        found = read_features(source, name, keep_sound=keep_sound)
    except LsgisError:
        raise
    except (*UNREADABLE, pyproj.exceptions.CRSError, ValueError) as error:
        reason = why_unreadable(path, error).replace(source.name, path.name)
        raise LayerError("intake.unreadable", path=path, reason=reason) from error
    if isinstance(found.frame, gpd.GeoDataFrame):
        find_lost(source, name, found)
    found.lost, found.told = [*before.lost, *found.lost], [*before.told, *found.told]
    if not len(found.frame) and any(code == "link" for code, *_ in found.told):
        raise LayerError("intake.network-link", path=path)
    if damage.has_curves(path):
        found.told.append(("curve", "geometry", "curves", "straight pieces"))
    return found


def _read_inner(
    path: Path, inner: Path, layer: str | None, keep_sound: bool, folder: Path
) -> Found:
    """The one file of an archive; a refusal names the archive."""
    try:
        return _read(inner, layer, keep_sound, folder)
    except LayerError as error:
        raise LayerError(error.code, **{**error.values, "path": path}) from error


def _settled(path: Path, folder: Path) -> tuple[Path, Found]:
    """The file to read: itself, or a copy mended where a reader would fail or make things up."""
    found = Found(pd.DataFrame())
    kind = path.suffix.lower()
    if kind in _MARKUP and (markup := damage.read_markup(path)):
        if markup.links:
            found.told.append(("link", path.name, str(markup.links), "0"))
        if markup.lost:
            found.lost = list(markup.lost)
            copy = folder / f"{path.stem}{'.gpx' if kind == '.gpx' else '.kml'}"
            copy.write_bytes(markup.sound)
            return copy, found
    index = [path.with_suffix(s) for s in (".shx", ".SHX", ".Shx")]
    if kind == ".shp" and not any(file.exists() for file in index):
        found.told.append(("index", path.name, "", ".shx"))
        return damage.restore_index(path, folder), found
    return path, found


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
