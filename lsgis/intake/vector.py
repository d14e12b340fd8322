"""Any vector file a planner brings, read whole or refused; on request, what is sound of it."""

import json
import sqlite3
import warnings
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely
from pandas.api.types import is_numeric_dtype
from shapely.errors import ShapelyError

from lsgis import disk
from lsgis.crs import (
    WGS84,
    find_crs,
    name_crs,
    read_named_crs,
    settle_described,
    tell_described,
)
from lsgis.errors import CrsError, LayerError, LsgisError
from lsgis.hollow import hollow_rows, without_empty_parts
from lsgis.intake.archive import ARCHIVES, require_archive, unpack
from lsgis.intake.cad import (
    DRAWINGS,
    cad_column,
    choose_cad_layers,
    count_entities,
    hidden_layers,
    unescape_layers,
    unit_of,
)
from lsgis.intake.damage import (
    CURVED,
    MARKUP,
    empty_in_shapefile,
    has_curves,
    has_no_end,
    lacks_index,
    lacks_rows,
    lost_at_the_end,
    lost_in_shapefile,
    lost_in_table,
    mend_cut_letters,
    odd_sizes,
    read_markup,
    restore_index,
)
from lsgis.intake.geojson import (
    BrokenJsonError,
    broken_lines,
    look_into_geojson,
    name_feature,
    parse_json,
)
from lsgis.intake.geometry import (
    UNREADABLE,
    Found,
    Lost,
    lists_of_truths,
    read_by_geometry,
    reader_reason,
)
from lsgis.intake.letters import (
    LETTERED,
    Letters,
    find_letters,
    in_plain_utf8,
    read_bytewise,
    settle_letters,
)
from lsgis.intake.opening import read_plainly, require_kind, require_within, shut_network
from lsgis.intake.table import SHEETS, TEXTS, read_rows
from lsgis.intake.walk import reasons_of, unopened, walk_layer
from lsgis.text import LANGUAGES, Log, number_rows, plain_text

JSON = {".geojson", ".json"}
PARQUET = {".parquet", ".geoparquet"}
_NOTHING = "no-features"
_MOST_NAMED = 10
_MOST_SAID = 3  # warnings of a reader in a refusal
_LONGEST = 400  # letters of what a reader said
_MOST_PARSED = 100_000_000  # bytes of JSON taken apart only to say where they break


def read_vector(
    path: str | Path,
    *,
    layer: str | None = None,
    crs: str | pyproj.CRS | None = None,
    keep_sound: bool = False,
    cad_layers: Sequence[str] = (),
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
    cad_layers
        CAD layers of a DXF, levels of a DGN, to read; all when empty. Capitals do not
        matter, `*` stands for any letters.

    Returns
    -------
    GeoDataFrame
        Every feature in file order; geometry missing where the file has none; lists and
        objects in cells as JSON;
        `crs` None when neither the file nor the caller states one.
        `attrs["reader_said"]` lists what the reader warned of; `attrs["told"]` what
        was done on the way: (code, where, before, after); `attrs["lost"]`, with
        `keep_sound`, what could not be read: (number in the file from 1, reason);
        `attrs["left_out"]` what other CAD layers hold: (CAD layer, kind, how many), and
        `attrs["is_drawing"]` whether there are CAD layers at all.

    Raises
    ------
    LayerError
        No such file, not a vector file, cut short, no geometry column, several
        layers and none named; a CAD layer that is not there; or, unless `keep_sound`,
        a feature that cannot be read.
    CrsError
        `crs` is not a CRS, or contradicts the file; the file names one nobody knows, and
        there is no `crs`.
    """
    path = Path(path)
    _require_file(path)
    if path.suffix.lower() in ARCHIVES:
        require_archive(path)
    with read_plainly(path) as plain:
        if plain != path.absolute():
            options = {"layer": layer, "crs": crs, "keep_sound": keep_sound}
            return _read_named(path, plain, cad_layers=cad_layers, **options)
    with (
        warnings.catch_warnings(record=True) as said,
        disk.scratch() as folder,
        shut_network(),
    ):
        warnings.simplefilter("default")
        try:
            found = _read(path, layer, keep_sound, folder)
        except LayerError as error:
            raise _with_what_was_said(error, said) from error
    frame = found.frame
    if not isinstance(frame, gpd.GeoDataFrame):
        raise LayerError("intake.no-geometry", path=path, columns=", ".join(map(str, frame)))
    if found.lost and not keep_sound:
        raise _broken_features(path, found)
    _require_size(path, frame)
    _tell_empty(frame, found, keep_sound=keep_sound)
    _write_lists(frame, found)
    frame.attrs["reader_said"] = sorted({str(warning.message) for warning in said})
    frame.attrs["told"], frame.attrs["lost"] = found.told, found.lost
    frame.attrs["left_out"], frame.attrs["is_drawing"] = [], found.is_drawing
    if cad_layers:
        frame, others = choose_cad_layers(frame, cad_layers, path)
        frame = frame.reset_index(drop=True)
        frame.attrs |= {"left_out": count_entities(others), "is_drawing": True}
    return _with_crs(frame, crs, path, found.crs_name)


def _write_lists(frame: gpd.GeoDataFrame, found: Found) -> None:
    """Cells that hold lists or objects as JSON, which tables and layer files can carry: told."""
    for column in frame.columns.drop("geometry"):
        if frame[column].dtype != object:
            continue
        several = frame[column].map(lambda cell: isinstance(cell, (list, tuple, dict, np.ndarray)))
        if several.any():
            cells = frame.loc[several, column].map(_as_json)
            frame[column] = frame[column].where(~several, cells)
            found.told.append(("list", str(column), str(int(several.sum())), "JSON"))


def _as_json(cell: Any) -> str:
    plain = cell.tolist() if isinstance(cell, np.ndarray) else cell
    return json.dumps(plain, ensure_ascii=False, default=str)


def _with_what_was_said(
    error: LayerError, said: Sequence[warnings.WarningMessage] | None
) -> LayerError:
    """A refusal with what the reader warned of before it gave up."""
    if error.code != "intake.unreadable" or not said:
        return error
    words = dict.fromkeys(str(warning.message) for warning in said)
    reasons = [error.values["reason"], *list(words)[:_MOST_SAID]]
    told = {}
    for lang in LANGUAGES:
        texts = [r.message(lang) if isinstance(r, LsgisError) else str(r) for r in reasons]
        told[lang] = plain_text("; ".join(texts), longest=_LONGEST)
    return LayerError(error.code, **{**error.values, "reason": told})


def _read_named(path: Path, plain: Path, **options: Any) -> gpd.GeoDataFrame:
    """A file that lies under another name for its reader; all that is told has its own."""
    try:
        frame = read_vector(plain, **options)
    except (LayerError, CrsError) as error:
        raise type(error)(error.code, **{**error.values, "path": path}) from error
    frame.attrs["told"] = _renamed(frame.attrs["told"], plain, path)
    return frame


def _renamed(told: Iterable[tuple[str, ...]], plain: Path, path: Path) -> list[Any]:
    return [tuple(text.replace(plain.name, path.name) for text in row) for row in told]


def _require_size(path: Path, frame: gpd.GeoDataFrame) -> None:
    """Refuse more vertices, or longer cells, than the limits say."""
    vertices = int(shapely.get_num_coordinates(frame.geometry.values).sum())
    texts = [name for name in frame.columns if not is_numeric_dtype(frame[name])]
    lengths = [len(c) for name in texts for c in frame[name] if isinstance(c, str)]
    require_within(path, vertices=vertices, cell_letters=max(lengths, default=0))


def _read(path: Path, layer: str | None, keep_sound: bool, folder: Path) -> Found:
    kind = path.suffix.lower()
    if kind in SHEETS | TEXTS:
        return read_rows(path, layer)
    if kind in PARQUET:
        return _read_parquet(path)
    if kind in ARCHIVES and path.is_file():
        inner, name = unpack(path, layer, folder)
        found = _read_inner(path, inner, name, keep_sound, folder)
        found.told.insert(0, ("unpacked", path.name, "", inner.suffix))
        return found
    made, said = in_plain_utf8(path, folder)
    if made is not None:
        found = _read_inner(path, made, layer, keep_sound, folder)
        found.told[:0] = said
        return found
    content = _require_openable(path)
    held = _ENDINGS.get(content, "")
    source, before = _settled(path, folder, held)
    letters = None
    if source.suffix.lower() in LETTERED:
        source, letters, told = find_letters(source, folder)
        before.told += told
    if before.lost and not keep_sound:
        raise _broken_features(path, before)
    try:
        if _has_no_layer(source, held, before):
            degrees = WGS84 if held in MARKUP else None
            return Found(gpd.GeoDataFrame(geometry=[], crs=degrees), told=before.told)
        name = _one_layer(source, path, layer, before)
        if (member := _file_of(source, name)) is not None:
            with read_plainly(member) as plain:
                found = _read_inner(path, plain, None, keep_sound, folder)
            found.told = [*before.told, *_renamed(found.told, plain, member)]
            return found
        _require_table(source, path, name)
        found = _read_features(source, content, name, letters, keep_sound=keep_sound)
    except LsgisError:
        raise
    except (*UNREADABLE, pyproj.exceptions.CRSError, ValueError) as error:
        reason = _why_unreadable(path, error).replace(source.name, path.name)
        raise LayerError("intake.unreadable", path=path, reason=reason) from error
    if isinstance(found.frame, gpd.GeoDataFrame):
        _find_lost(source, content, name, found)
    found.lost, found.told = [*before.lost, *found.lost], [*before.told, *found.told]
    if not len(found.frame) and any(code == "link" for code, *_ in found.told):
        raise LayerError("intake.network-link", path=path)
    if (kind == ".gpkg" and _says_curves(path)) or (kind in CURVED and has_curves(path)):
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


def _with_crs(
    frame: gpd.GeoDataFrame, crs: str | pyproj.CRS | None, path: Path, name: str | None
) -> gpd.GeoDataFrame:
    stated = None if crs is None else find_crs(crs)
    frame.attrs["of_caller"] = False
    if name is not None:
        _take_named(frame, name, stated)
    _recognise(frame)
    if stated is None:
        return frame
    frame.attrs["of_caller"] |= frame.crs is None
    if frame.crs is not None and frame.crs != stated:
        raise CrsError("intake.crs-differs", path=path, found=frame.crs.to_string(), stated=crs)
    return frame.set_crs(stated)


def _take_named(frame: gpd.GeoDataFrame, name: str, stated: pyproj.CRS | None) -> None:
    """The CRS that a GeoJSON names: where GDAL knows none of that name, it takes WGS 84.

    Raises
    ------
    CrsError
        The name is none of a CRS, and the caller states none.
    """
    try:
        system = read_named_crs(name)
    except CrsError:
        if stated is None:
            raise
        system = stated
        frame.attrs["of_caller"] = True
        frame.attrs["told"].append(("crs-unknown-name", name, name_crs(stated), ""))
    if frame.crs is None or not frame.crs.equals(system, ignore_axis_order=True):
        frame.set_crs(system, allow_override=True, inplace=True)


def _recognise(frame: gpd.GeoDataFrame) -> None:
    """Call a system that the file describes in its own words what it is; tell what is doubtful."""
    if frame.crs is not None:
        read_in, told = settle_described(frame.crs)
        frame.attrs["told"] += told
        if told or read_in is not frame.crs:
            frame.set_crs(read_in, allow_override=True, inplace=True)


def tell_crs(frame: gpd.GeoDataFrame) -> Log:
    """What `read_vector` found to say of the CRS of a file, as rows of a log."""
    return tell_described(frame.attrs.get("told", ()))


# Whether a file can be read at all, which of its layers is meant, and why it is refused.

_SHAPEFILE = {".shp", ".dbf", ".shx", ".prj", ".cpg"}


def _require_file(path: Path) -> None:
    if path.exists():
        if path.suffix.lower() in _SHAPEFILE - {".shp"}:
            is_table = path.suffix.lower() == ".dbf"
            code = "intake.table-alone" if is_table else "intake.shapefile-part"
            raise LayerError(code, path=path, expected=path.with_suffix(".shp"))
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


_WITHOUT_LISTS = {"shapefile", "sqlite", "flatgeobuf", "mif", "dxf"}  # of truth values
# a kind by content -> its usual ending: what a file is called says nothing
_ENDINGS = {
    "shapefile": ".shp",
    "sqlite": ".gpkg",
    "flatgeobuf": ".fgb",
    "json": ".json",
    "kml": ".kml",
    "gpx": ".gpx",
    "mif": ".mif",
}


def _require_openable(path: Path) -> str:
    """The kind of a file; refuse what is of none that is opened; of JSON, say where it breaks."""
    try:
        return require_kind(path)
    except LayerError as error:
        if error.code != "intake.kind" or path.suffix.lower() not in JSON:
            raise
        reason = _why_unreadable(path, error)
        raise LayerError("intake.unreadable", path=path, reason=reason) from error


def _has_no_layer(source: Path, kind: str, before: Found) -> bool:
    """Whether a file is sound and holds nothing: readers refuse what has no layer."""
    if any(code == _NOTHING for code, *_ in before.told):
        return True
    may_be_empty = kind == ".gpkg" or (kind in MARKUP and not before.lost)
    return may_be_empty and not len(pyogrio.list_layers(source))


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
        raise _broken_features(path, found)
    if len(filled) == 1:
        left = ", ".join(name for name in names if name not in filled)
        found.told.append(("layer", path.name, left, filled[0]))
        return filled[0]
    raise LayerError("intake.which-layer", path=path, found=", ".join(filled or names))


def _file_of(source: Path, name: str | None) -> Path | None:
    """The file of a layer in a folder of shapefiles or MapInfo files; None where there is none."""
    if not source.is_dir() or source.suffix.lower() == ".gdb":
        return None
    files = [file for file in source.iterdir() if file.suffix.lower() in (".shp", ".tab", ".mif")]
    return next((file for file in sorted(files) if file.stem == name), None)


def _require_table(source: Path, path: Path, name: str | None) -> None:
    """Refuse more rows or columns than the limits say, before they are read."""
    info = pyogrio.read_info(source, layer=name)
    require_within(path, columns=len(info["fields"]), features=int(info["features"]))


def _count(source: Path, name: str) -> int:
    return int(pyogrio.read_info(source, layer=name, force_feature_count=True)["features"])


def _why_unreadable(path: Path, error: Exception) -> str:
    """Why a file cannot be read; for JSON the place where it breaks."""
    if path.suffix.lower() in JSON and path.stat().st_size < _MOST_PARSED:
        try:
            parse_json(path.read_bytes())
        except BrokenJsonError as broken:
            return str(broken)
    return error.message("en") if isinstance(error, LayerError) else reader_reason(error, path)


def _broken_features(path: Path, found: Found) -> LayerError:
    """Name the features that cannot be read."""
    named = ", ".join(f"{number} ({reason})" for number, reason in found.lost[:_MOST_NAMED])
    more = " ..." if len(found.lost) > _MOST_NAMED else ""
    return LayerError(
        "intake.broken-features", path=path, count=len(found.lost), found=named + more
    )


# Features of one layer, in bulk where that goes; and a copy mended before, where it cannot.


def _read_features(
    path: Path, kind: str, layer: str | None, letters: Letters | None, *, keep_sound: bool
) -> Found:
    """Features in file order; one whose geometry cannot be built stays without, and is in `lost`.

    Parameters
    ----------
    letters
        What the file declares of its letters, where they are read byte by byte.
    keep_sound
        Read on behind a record that stops the reader, and leave that record out.

    Raises
    ------
    pyogrio.errors.DataSourceError and its like
        The reader gives up on the layer, or, `keep_sound`, on all of it.
    """
    if path.suffix.lower() in LETTERED:
        with read_bytewise(path, letters) as way:
            bytewise = letters is not None
            found = _read_layer(path, kind, layer, keep_sound=keep_sound, bytewise=bytewise, **way)
        found.frame, told = settle_letters(found.frame, letters)
        found.told += told
    else:
        found = _read_layer(path, kind, layer, keep_sound=keep_sound, bytewise=False)
    if path.suffix.lower() in DRAWINGS:
        found.frame = unescape_layers(found.frame)
        found.is_drawing = cad_column(found.frame) is not None  # whatever its ending says
        if unit := unit_of(path):
            found.told.append(("cad-unit", path.name, unit, "m"))
        if hidden := hidden_layers(path, found.frame):
            found.told.append(("cad-hidden", path.name, "; ".join(hidden), ""))
    return found


def _read_layer(
    path: Path, kind: str, layer: str | None, *, keep_sound: bool, bytewise: bool, **way: str
) -> Found:
    may_list = kind not in _WITHOUT_LISTS
    if may_list and lists_of_truths(pyogrio.read_info(path, layer=layer, **way)):
        return read_by_geometry(path, layer, **way)
    try:
        return Found(pyogrio.read_dataframe(path, layer=layer, **way))
    except UNREADABLE as error:
        try:
            walked = walk_layer(path, kind, layer, keep=keep_sound, bytewise=bytewise)
        except unopened():
            raise error from None
        if not (len(walked.frame) if keep_sound else walked.lost):
            raise
        if not walked.lost:  # fiona finds nothing wrong: what the other said stands
            walked.lost.append((len(walked.frame) + 1, reader_reason(error, path)))
        return walked
    except (ShapelyError, ValueError):
        return read_by_geometry(path, layer, **way)


def _settled(path: Path, folder: Path, kind: str) -> tuple[Path, Found]:
    """The file to read: itself, or a copy mended where a reader would fail or make things up."""
    found = Found(pd.DataFrame())
    if kind in MARKUP and (markup := read_markup(path)):
        if markup.links:
            found.told.append(("link", path.name, str(markup.links), "0"))
        elif not markup.features:
            found.told.append((_NOTHING, path.name, "", ""))
        if markup.pictures:
            found.told.append(("picture-frame", path.name, str(markup.pictures), ""))
        if markup.lost:
            found.lost = list(markup.lost)
            copy = folder / f"{path.stem}{'.gpx' if kind == '.gpx' else '.kml'}"
            copy.write_bytes(markup.sound)
            return copy, found
    if kind in JSON and (sequence := broken_lines(path)):
        lines, found.lost = sequence
        copy = folder / f"{path.stem}.geojsonl"
        copy.write_bytes(lines)
        return copy, found
    if kind == ".shp" and lacks_index(path):
        found.told.append(("index", path.name, "", ".shx"))
        path = restore_index(path, folder)
    if kind == ".shp":
        path, told = mend_cut_letters(path, folder)
        found.told += told
    return path, found


# What was not read of a file though nobody said so: features lost, empty, or without numbers.


def _find_lost(source: Path, content: str, layer: str | None, found: Found) -> None:
    """Features of which nothing, or not all, was read without a word from the reader."""
    shapes = np.asarray(found.frame.geometry.values, dtype=object)
    known, kind = {number for number, _ in found.lost}, _ENDINGS.get(content, "")
    more: list[Lost] = []
    if kind in JSON:
        more, rows, found.crs_name = look_into_geojson(source, shapes)
        if rows:
            said = reasons_of(source, content, layer, rows)
            more, *_ = look_into_geojson(source, shapes, said)
    elif kind == ".shp":
        found.told += odd_sizes(source, len(shapes))
        _set_empty(found, empty_in_shapefile(source, shapes))
        more = lost_in_shapefile(source, shapes) if shapely.is_missing(shapes).any() else []
        if half := lost_in_table(source, len(shapes)):
            # the reader broke off at the table: what it says of it has no number of its own
            found.lost = [row for row in found.lost if row[0] <= max(n for n, _ in half)]
            known = {number for number, _ in found.lost}
            more += [row for row in half if row[0] not in {number for number, _ in more}]
    elif kind == ".gpkg":
        more = _lost_in_geopackage(source, layer, shapes)
    elif kind in (".fgb", ".mif"):
        if lacks_rows(source):
            found.told.append(("no-mid", source.name, "", ".mid"))
        more = lost_at_the_end(source, max([len(shapes), *known]))
    elif has_no_end(source):
        found.told.append(("no-end", source.name, "", "EOF"))
    more = [(number, why) for number, why in more if number not in known]
    if kind in (".shp", ".gpkg") and more:
        more = _with_words(
            found.frame, more, reasons_of(source, content, layer, [n for n, _ in more])
        )
    found.lost = sorted([*found.lost, *more])


def _with_words(frame: gpd.GeoDataFrame, lost: list[Lost], said: Mapping[int, str]) -> list[Lost]:
    """What is lost, with the names of the features and what the reader said of each."""
    rows = frame.drop(columns=frame.geometry.name)
    return [
        (
            number,
            name_feature(
                rows.iloc[number - 1].to_dict() if number <= len(rows) else {},
                "; ".join(filter(None, (reason, said.get(number)))),
            ),
        )
        for number, reason in lost
    ]


def _set_empty(found: Found, empty: Mapping[int, shapely.Geometry]) -> None:
    """Records that are there and hold no coordinates: empty shapes, no lost ones."""
    if empty:
        shapes = np.asarray(found.frame.geometry.values, dtype=object).copy()
        shapes[list(empty)] = list(empty.values())
        found.frame.geometry = gpd.GeoSeries(shapes, index=found.frame.index, crs=found.frame.crs)


def _tell_empty(frame: gpd.GeoDataFrame, found: Found, *, keep_sound: bool) -> None:
    """Name features without coordinates, or with parts that have none; no numbers are lost ones."""
    shapes = np.asarray(frame.geometry.values, dtype=object)
    hollow = hollow_rows(shapes)
    if len(hollow):
        found.told.append(("hollow", number_rows(hollow + 1), "geometry", "empty parts or rings"))
        shapes = without_empty_parts(shapes)
        frame.geometry = gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs)
    if not len(frame) and not found.lost and all(code != _NOTHING for code, *_ in found.told):
        found.told.append((_NOTHING, "geometry", "", ""))
    empty = np.flatnonzero(shapely.is_empty(shapes)) + 1
    if len(empty):
        found.told.append(("empty", number_rows(empty), "geometry", "no coordinates"))
    families = sorted({name.removeprefix("Multi") for name in frame.geom_type.dropna()})
    if len(families) > 1:
        found.told.append(("mixed", "geometry", ", ".join(families), ""))
    xy, index = shapely.get_coordinates(shapes, return_index=True)
    wild = np.unique(index[~np.isfinite(xy).all(axis=1)])
    if len(wild):
        found.told.append(("not-finite", number_rows(wild + 1), "geometry", "no numbers"))
        if keep_sound:
            found.lost += [(int(i) + 1, "coordinates are no finite numbers") for i in wild]
            shapes[wild] = None
            frame.geometry = gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs)


# What a GeoPackage says of itself and readers pass over: geometries nobody can read, curves.

_COLUMN = "select column_name from gpkg_geometry_columns where lower(table_name) = lower(?)"
_CURVES = ("CURVE", "CIRCULAR", "COMPOUND", "SURFACE")


def _lost_in_geopackage(path: Path, layer: str | None, shapes: np.ndarray) -> list[tuple[int, str]]:
    """Rows whose geometry is stored and was not read: (number from 1, reason)."""
    absent = shapely.is_missing(shapes)
    if layer is None or not absent.any():
        return []
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as file:
            (column,) = file.execute(_COLUMN, (layer,)).fetchone()
            name, table = (text.replace('"', '""') for text in (column, layer))
            rows = file.execute(f'select length("{name}") from "{table}" order by rowid')
            sizes = [size for (size,) in rows]
    except (sqlite3.Error, TypeError):
        return []
    if len(sizes) != len(shapes):
        return []
    return [
        (number, f"geometry of {size} bytes cannot be read")
        for number, (size, gone) in enumerate(zip(sizes, absent, strict=True), start=1)
        if gone and size
    ]


def _says_curves(path: Path) -> bool:
    """Whether a GeoPackage says it holds arcs, which are read as runs of short straight pieces."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as file:
            rows = file.execute("select geometry_type_name from gpkg_geometry_columns").fetchall()
    except sqlite3.Error:
        return False
    return any(str(name).upper().startswith(_CURVES) for (name,) in rows)


# GeoParquet, and Parquet whose geometry nobody described.

_SHAPES = ("geometry", "geom", "wkb_geometry", "wkb", "wkt", "shape", "the_geom")


def _read_parquet(path: Path) -> Found:
    """Features of a Parquet file; without geo metadata from a column of WKB or WKT, CRS unknown.

    Raises
    ------
    LayerError
        pyarrow is not installed, the file is damaged, or has no geometry.
    """
    try:
        import pyarrow
    except ImportError as error:
        raise LayerError("intake.no-pyarrow", path=path) from error
    broken = (
        pyarrow.ArrowException,
        pyproj.exceptions.CRSError,
        shapely.errors.ShapelyError,
        ValueError,
        OSError,
        KeyError,
        TypeError,
    )
    try:
        return Found(gpd.read_parquet(path))
    except broken as first:
        try:
            rows = pd.read_parquet(path)
        except broken as error:
            raise LayerError("intake.unreadable", path=path, reason=error) from error
        return _described(path, rows, first)


def _described(path: Path, rows: pd.DataFrame, first: Exception) -> Found:
    column = next((name for name in _SHAPES if name in rows), None)
    if column is None:
        raise LayerError("intake.no-geometry", path=path, columns=", ".join(map(str, rows)))
    cells = [None if not isinstance(cell, bytes | str) else cell for cell in rows[column]]
    lost, shapes = [], []
    for number, cell in enumerate(cells, start=1):
        read = shapely.from_wkb if isinstance(cell, bytes) else shapely.from_wkt
        shape = None if cell is None else read(cell, on_invalid="ignore")
        shapes.append(shape)
        if cell is not None and shape is None:
            lost.append((number, "no WKB or WKT"))
    frame = gpd.GeoDataFrame(rows.drop(columns=column), geometry=shapes)
    told = [("no-geo-metadata", path.name, str(first)[:200], column)]
    return Found(frame, lost, told)
