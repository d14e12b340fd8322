"""Any file a planner brings, read whole or refused with a reason; on request, what is sound of it."""

import json
import tempfile
import warnings
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely

from lsgis.errors import CrsError, LayerError, LsgisError
from lsgis.intake import damage
from lsgis.intake.feature import UNREADABLE, Found, read_features, reader_reason
from lsgis.intake.table import SHEETS, TEXTS, read_rows

_JSON = {".geojson", ".json"}
_MARKUP = {".kml", ".kmz", ".gpx"}
_SHAPEFILE = {".shp", ".dbf", ".shx", ".prj", ".cpg"}
_ELSEWHERE = (b"<OGRVRT", b"<OGRWFS", b"<GDAL_WMS", b"<VRTDataset", b"<WFS_")
_MOST_NAMED = 10


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
    _require_file(path)
    with (
        warnings.catch_warnings(record=True) as said,
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
    ):
        warnings.simplefilter("always")
        found = _read(path, layer, keep_sound, Path(folder))
    frame = found.frame
    if not isinstance(frame, gpd.GeoDataFrame):
        raise LayerError("intake.no-geometry", path=path, columns=", ".join(map(str, frame)))
    if found.lost and not keep_sound:
        raise _broken(path, found)
    _tell_empty(frame, found, keep_sound=keep_sound)
    frame.attrs["reader_said"] = sorted({str(warning.message) for warning in said})
    frame.attrs["told"], frame.attrs["lost"] = found.told, found.lost
    return _with_crs(frame, crs, path)


def _read(path: Path, layer: str | None, keep_sound: bool, folder: Path) -> Found:
    kind = path.suffix.lower()
    if kind in SHEETS | TEXTS:
        return read_rows(path, layer)
    source, before = _settled(path, folder)
    if before.lost and not keep_sound:
        raise _broken(path, before)
    try:
        name = _one_layer(source, path, layer, before)
        found = read_features(source, name, keep_sound=keep_sound)
    except LsgisError:
        raise
    except (*UNREADABLE, pyproj.exceptions.CRSError, ValueError) as error:
        reason = _reason(path, error).replace(source.name, path.name)
        raise LayerError("intake.unreadable", path=path, reason=reason) from error
    if isinstance(found.frame, gpd.GeoDataFrame):
        _find_lost(source, found)
    found.lost, found.told = [*before.lost, *found.lost], [*before.told, *found.told]
    if not len(found.frame) and any(code == "link" for code, *_ in found.told):
        raise LayerError("intake.network-link", path=path)
    if damage.has_curves(path):
        found.told.append(("curve", "geometry", "curves", "straight pieces"))
    return found


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


def _find_lost(source: Path, found: Found) -> None:
    """Features of which nothing, or not all, was read without a word from the reader."""
    shapes = np.asarray(found.frame.geometry.values, dtype=object)
    known = {number for number, _ in found.lost}
    kind = source.suffix.lower()
    if kind in _JSON:
        more = damage.lost_in_geojson(source, shapes)
    elif kind == ".shp":
        found.told += damage.odd_sizes(source, len(shapes))
        more = damage.lost_in_shapefile(source, shapes) if shapely.is_missing(shapes).any() else []
    else:
        return
    found.lost = sorted([*found.lost, *((n, why) for n, why in more if n not in known)])


def _tell_empty(frame: gpd.GeoDataFrame, found: Found, *, keep_sound: bool) -> None:
    """Name features without coordinates; those that are no numbers are lost, not a place."""
    shapes = np.asarray(frame.geometry.values, dtype=object)
    empty = np.flatnonzero(shapely.is_empty(shapes)) + 1
    if len(empty):
        found.told.append(("empty", _numbers(empty), "geometry", "no coordinates"))
    families = sorted({name.removeprefix("Multi") for name in frame.geom_type.dropna()})
    if len(families) > 1:
        found.told.append(("mixed", "geometry", ", ".join(families), ""))
    xy, index = shapely.get_coordinates(shapes, return_index=True)
    wild = np.unique(index[~np.isfinite(xy).all(axis=1)])
    if len(wild):
        found.told.append(("not-finite", _numbers(wild + 1), "geometry", "no numbers"))
        if keep_sound:
            found.lost += [(int(i) + 1, "coordinates are no finite numbers") for i in wild]
            shapes[wild] = None
            frame.geometry = gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs)


def _numbers(found: np.ndarray) -> str:
    named = ", ".join(map(str, found[:_MOST_NAMED]))
    return named + (", ..." if len(found) > _MOST_NAMED else "")


def _require_file(path: Path) -> None:
    if path.exists():
        if path.suffix.lower() in _SHAPEFILE - {".shp"}:
            raise LayerError("intake.shapefile-part", path=path, expected=path.with_suffix(".shp"))
        if path.is_file() and path.stat().st_size == 0:
            raise LayerError("intake.empty-file", path=path)
        if path.is_file() and _points_elsewhere(path):
            raise LayerError("intake.elsewhere", path=path)
        return
    if path.suffix.lower() == ".shp":
        parts = sorted(
            file.name for file in path.parent.glob(f"{path.stem}.*") if file.suffix in _SHAPEFILE
        )
        if parts:
            raise LayerError("intake.no-shp", path=path, found=", ".join(parts))
    raise LayerError("intake.missing", path=path)


def _points_elsewhere(path: Path) -> bool:
    """Whether a file only describes data that lie elsewhere, maybe on the network."""
    with path.open("rb") as file:
        head = file.read(2048)
    return any(mark in head for mark in _ELSEWHERE)


def _one_layer(source: Path, path: Path, layer: str | None, found: Found) -> str | None:
    """Name of the layer to read; refuse when several hold features and none is named."""
    names = [str(name) for name, kind in pyogrio.list_layers(source) if kind is not None]
    if layer is not None:
        if layer not in names:
            raise LayerError("intake.no-layer", path=path, layer=layer, found=", ".join(names))
        return layer
    if len(names) < 2:
        return names[0] if names else None
    filled = [name for name in names if _count(source, name)]
    if source.suffix.lower() == ".gpx":  # points of a route or track stand in it already
        own = [n for n in filled if not n.endswith("_points") or f"{n[:-7]}s" not in filled]
        filled = own
    if not filled and found.lost:
        raise _broken(path, found)
    if len(filled) == 1:
        left = ", ".join(name for name in names if name not in filled)
        found.told.append(("layer", path.name, left, filled[0]))
        return filled[0]
    raise LayerError("intake.which-layer", path=path, found=", ".join(filled or names))


def _count(source: Path, name: str) -> int:
    return int(pyogrio.read_info(source, layer=name, force_feature_count=True)["features"])


def _reason(path: Path, error: Exception) -> str:
    """Why a file cannot be read; for JSON the place where it breaks."""
    if path.suffix.lower() in _JSON:
        try:
            json.loads(path.read_bytes().decode("utf-8-sig"))
        except json.JSONDecodeError as broken:
            return f"JSON: {broken.msg}, line {broken.lineno}, column {broken.colno}"
        except UnicodeDecodeError as broken:
            return f"not UTF-8 at byte {broken.start}"
        except RecursionError:
            return "JSON nested too deeply"
    return reader_reason(error, path)


def _broken(path: Path, found: Found) -> LayerError:
    """Name the features that cannot be read."""
    named = ", ".join(f"{number} ({reason})" for number, reason in found.lost[:_MOST_NAMED])
    more = " ..." if len(found.lost) > _MOST_NAMED else ""
    return LayerError(
        "intake.broken-features", path=path, count=len(found.lost), found=named + more
    )


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
