"""Any file as a layer of the catalogue, every change logged."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from lsgis import disk
from lsgis.catalogue import Layer, require_layer
from lsgis.crs import (
    WGS84,
    crosses_datum,
    is_vn2000,
    plane_of,
    require_country,
    rows_without_place,
    to_vn2000,
)
from lsgis.errors import CrsError, OutputError
from lsgis.intake.encoding import mend_text
from lsgis.intake.field import (
    LOG_COLUMNS,
    Row,
    map_fields,
    rename_columns,
    settle_values,
    with_codes,
)
from lsgis.intake.letters import mend_names
from lsgis.intake.system import (
    detect_datum_shift,
    name_likely,
    province_in,
    zone_meridians,
)
from lsgis.intake.template import write_layer
from lsgis.intake.vector import read_vector
from lsgis.layerfile.drawn_ground import read_ground
from lsgis.layerfile.fitness import tell_obstacles
from lsgis.layerfile.parcel_table import Read, read_parcels
from lsgis.region import Region
from lsgis.sitefile.soundness import datum_twin, zones_as_likely
from lsgis.spreadsheet import write_csv

# A planner's file as a layer: read, mended, named, moved, with a log of it all.

_FOLLOWS_M = 25.0  # features that follow a reference lie nearer to it than any datum shift


def import_layer(
    path: str | Path,
    layer: str | Layer,
    *,
    sublayer: str | None = None,
    crs: str | None = None,
    mapping: Mapping[str, str] | None = None,
    encoding: str = "auto",
    keep_sound: bool = False,
    communes: gpd.GeoDataFrame | None = None,
    reference: gpd.GeoDataFrame | None = None,
    cad_layers: Sequence[str] = (),
    region: Region | None = None,
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Features of any file as a layer of the catalogue, and every change made on the way.

    Nothing is dropped: columns the layer does not know stay, rows without a sound
    geometry stay without. What is only likely is told in the log and not done.

    Parameters
    ----------
    path
        Any file `read_vector` reads. A table of corners becomes polygons where the layer takes
        them, one a parcel, read as `read_site` reads it.
    layer
        Layer of the catalogue the features belong to.
    sublayer
        Which layer of the file, when it holds several.
    crs
        CRS of a file that states none.
    mapping
        Names of columns in the file (as they stand there, or mended) -> names of the layer's
        fields.
    encoding
        "auto", "keep", or the encoding of every text; see `mend_text`.
    keep_sound
        Take what is sound of a damaged file instead of refusing it.
    communes
        Published communes (metres of VN-2000), to find a datum shift that was left out of
        outlines of communes; other features do not tell.
    reference
        Known features (roads, buildings; metres of VN-2000) that the file's own follow, to
        find such a shift in any layer.
    cad_layers
        CAD layers of a drawing to take, capitals aside, `*` for any letters; all when empty.
        Closed lines become polygons where the layer takes them, texts within their names.
    region
        In whose catalogue a layer named by text is looked up; a `Layer` brings its own.

    Returns
    -------
    frame, log
        Features in metres of the region's CRS; log rows `what` (a code: `intake.log-<what>` of
        data/text/intake.csv), `where`, `before`, `after`, `count`. What keeps the features from
        being used as the layer is told as `unusable`, see `lsgis.layerfile.fitness`.

    Raises
    ------
    LayerError
        The file cannot be read, or the mapping or encoding is wrong.
    CrsError
        The file states no CRS and `crs` neither: the likely ones are named.
    SiteError
        A table of corners is wrong, or contradicts `crs`; see `read_site`.
    """
    layer = require_layer(layer, region) if isinstance(layer, str) else layer
    path = Path(path)
    read = None
    if not cad_layers:
        read = read_parcels(path, layer, sheet=sublayer, crs=crs, mapping=mapping)
    if read is None:
        read = _read_features(path, sublayer, crs, keep_sound, layer.region)
        if read.frame.crs is None:
            raise CrsError(
                "intake.which-crs", path=path, likely=name_likely(read.frame, region=layer.region)
            )
        named, told = mend_names(read.frame, where=path.name, encoding=encoding)
        read.rows += [(*row, 1) for row in told]
        now = {old: new for _, _, old, new in told}
        mapping = {now.get(old, old): new for old, new in (mapping or {}).items()}
        mended, texts = mend_text(named, encoding=encoding)
        read.rows += [
            (f"text-{name}", column, before, after, count)
            for column, name, before, after, count in texts.itertuples(index=False)
        ]
        drawn = read_ground(mended, layer, path, cad_layers)
        read = Read(drawn.frame, read.rows + drawn.rows, drawn.beside)
    frame, rows = read.frame, read.rows
    rows += _crs_rows(frame, layer, crs, communes, reference)
    frame, names = map_fields(frame, layer, mapping=mapping)
    rows += list(names.itertuples(index=False, name=None))
    rows += _take_beside(frame, read.beside, layer)
    renamed = names[names["what"] == "renamed"]
    frame, values = settle_values(
        frame, layer, dict(zip(renamed["after"], renamed["before"], strict=True))
    )
    rows += values
    frame, codes = with_codes(frame, layer)
    moved = to_vn2000(frame, region=layer.region)
    if frame.crs != moved.crs:
        codes.append(("moved", "geometry", _name(frame), _name(moved), len(frame)))
    codes += tell_obstacles(moved, layer, [*rows, *codes])
    moved.attrs = {"path": str(path), "layer": layer.name}
    return moved, pd.DataFrame([*rows, *codes], columns=list(LOG_COLUMNS))


def read_as_layer(
    path: str | Path,
    layer: Layer,
    *,
    sublayer: str | None = None,
    crs: str | None = None,
    cad_layers: Sequence[str] = (),
) -> gpd.GeoDataFrame:
    """Features of any file as they stand in it, columns named as the layer names them.

    Tables of corners and drawings become ground as in `import_layer`, and letters of a drawing
    are read alike; nothing else is mended.

    Parameters
    ----------
    path, layer, sublayer, crs, cad_layers
        As of `import_layer`.

    Returns
    -------
    GeoDataFrame
        In the CRS the file or `crs` states, None when neither does.

    Raises
    ------
    LayerError, CrsError, SiteError
        As `import_layer`, but for the mapping and the CRS.
    """
    path = Path(path)
    read = None if cad_layers else read_parcels(path, layer, sheet=sublayer, crs=crs)
    if read is None:
        drawn = read_vector(path, layer=sublayer, crs=crs)
        if drawn.attrs["is_drawing"]:  # its texts become names
            drawn, _ = mend_text(drawn)
        read = read_ground(drawn, layer, path, cad_layers)
    frame = rename_columns(read.frame, layer)
    _take_beside(frame, read.beside, layer)
    return frame


def _read_features(
    path: Path, sublayer: str | None, crs: str | None, keep_sound: bool, region: Region
) -> Read:
    """Features of a vector file, or of a table of places."""
    frame = read_vector(path, layer=sublayer, crs=crs, keep_sound=keep_sound)
    if keep_sound and frame.crs is not None:
        gone = rows_without_place(frame, region=region)
        shapes = np.asarray(frame.geometry.values, dtype=object).copy()
        shapes[gone] = None
        frame.geometry = gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs)
        reason = f"coordinates cannot be moved to {region.crs}"
        frame.attrs["lost"] = sorted(
            [*frame.attrs["lost"], *((int(row) + 1, reason) for row in gone)]
        )
    rows: list[Row] = [(*log_row, 1) for log_row in frame.attrs["told"]]
    rows += [("reader", "file", text, "", 1) for text in frame.attrs["reader_said"]]
    rows += [("lost", str(n), reason, "", 1) for n, reason in frame.attrs["lost"]]
    return Read(frame, rows)


def _take_beside(
    frame: gpd.GeoDataFrame, beside: Mapping[str, list[Any]], layer: Layer
) -> list[Row]:
    """Fill fields that no column is with what the file says elsewhere; each is told."""
    known = {field.name for field in layer.fields}
    rows: list[Row] = []
    for name, cells in beside.items():
        if name not in known or name in frame:
            continue
        frame[name] = pd.Series(cells, index=frame.index, dtype=object).infer_objects()
        rows += [("beside", name, "", str(cell), 1) for cell in cells if cell is not None]
    return rows


def _name(frame: gpd.GeoDataFrame) -> str:
    authority = frame.crs.to_authority()
    return ":".join(authority) if authority else frame.crs.name


def _crs_rows(
    frame: gpd.GeoDataFrame,
    layer: Layer,
    crs: str | None,
    communes: gpd.GeoDataFrame | None,
    reference: gpd.GeoDataFrame | None,
) -> list[Row]:
    """What the coordinates say against the CRS; nothing of it is done.

    Raises
    ------
    SiteError
        They cannot be in Viet Nam.
    """
    rows: list[Row] = []
    region = layer.region
    if crs is not None:
        rows.append(("crs-stated", "geometry", "", _name(frame), len(frame)))
    shapes = np.asarray(frame.geometry.values, dtype=object)
    bounds = shapely.total_bounds(shapes) if len(shapes) else np.array([math.nan])
    if not np.isfinite(bounds).all():
        return rows
    west, south, east, north = bounds.tolist()
    require_country((west, south, east, north), frame.crs, region)
    if not _reaches(frame, region):
        rows.append(
            (
                "crs-unlikely",
                "geometry",
                _name(frame),
                name_likely(frame, region=region),
                len(frame),
            )
        )
        return rows
    others = zones_as_likely((west, south, east, north), frame.crs, region)
    untold = [("zone-untold", "geometry", _name(frame), ", ".join(others), len(frame))]
    shift = _datum_rows(frame, layer, communes, reference)
    if others and all(what != "datum-agrees" for what, *_ in shift):  # where they agree, all does
        rows += untold
    return rows + shift


def _datum_rows(
    frame: gpd.GeoDataFrame,
    layer: Layer,
    communes: gpd.GeoDataFrame | None,
    reference: gpd.GeoDataFrame | None,
) -> list[Row]:
    """Whether the datum shift was left out, as far as anything tells."""
    region, code = layer.region, frame.crs.to_epsg()
    on_wgs84 = code == WGS84.to_epsg() or code in zone_meridians(region=region)
    if not (is_vn2000(frame.crs) or on_wgs84):
        return []
    if reference is not None:
        return _shift_rows(frame, reference, region, follows_m=_FOLLOWS_M)
    if not {"unit", "outline"} & {*layer.roles}:
        twin = datum_twin(frame.crs)
        if twin or crosses_datum(frame.crs, plane_of(region)):
            return [("datum-untold", "geometry", _name(frame), twin, len(frame))]
        return []
    return [] if communes is None else _shift_rows(frame, communes, region)


def _reaches(frame: gpd.GeoDataFrame, region: Region) -> bool:
    """Whether a feature lies in or near the province in the CRS of its file."""
    box = province_in(frame.crs, region=region)
    bounds = frame.geometry.bounds.to_numpy()
    bounds = bounds[np.isfinite(bounds).all(axis=1)]
    return box is None or bool(
        ((bounds[:, :2] >= box[:2]) & (bounds[:, 2:] <= box[2:])).all(axis=1).any()
    )


def _shift_rows(
    frame: gpd.GeoDataFrame, reference: gpd.GeoDataFrame, region: Region, **options: float
) -> list[Row]:
    """Whether the datum shift was left out, as far as a reference tells."""
    fit = detect_datum_shift(frame, reference, region=region, **options)
    before = f"{fit.stated}: {fit.residual_m:.0f} m"
    after = f"{fit.other}: {fit.other_residual_m:.0f} m ({fit.shift_m:.0f} m)"
    what = {"shift-left-out": "datum-shift", "as-stated": "datum-agrees"}
    if fit.verdict in what:
        return [(what[fit.verdict], "geometry", before, after, len(frame))]
    return [("datum-untold", "geometry", before, after, len(frame))]


# Where an import goes: a GeoPackage with its log beside, never over the input.


def write_import(
    frame: gpd.GeoDataFrame, log: pd.DataFrame, out: str | Path, *, force: bool = False
) -> tuple[Path, Path]:
    """Write imported features (GeoPackage) and their log (CSV, `<out>.log.csv`): both or none.

    Parameters
    ----------
    frame, log
        From `import_layer`.
    out
        The GeoPackage to write.
    force
        Replace what is there already; the file that was imported never.

    Raises
    ------
    OutputError
        `out` is the input or no GeoPackage, is there already, or cannot be written.
    """
    out = Path(out)
    beside = out.with_suffix(".log.csv")
    if out.suffix.lower() != ".gpkg":
        raise OutputError("intake.no-gpkg", path=out)
    source = frame.attrs.get("path")
    if source and Path(source).resolve() in (out.resolve(), beside.resolve()):
        raise OutputError("intake.over-input", path=out)
    disk.sweep(out.parent)  # what a killed run left half done is no output
    for path in (out, beside):
        if path.exists() and not force:
            raise OutputError("intake.output-exists", path=path)
    name = str(frame.attrs.get("layer") or out.stem)
    code = "intake.unwritable"
    with disk.whole_set(out.parent, last=out.name, named=out, code=code) as aside:
        try:
            write_layer(plain_columns(frame), aside / out.name, name)
        except ValueError as error:  # of what a GeoPackage cannot hold
            raise OutputError(code, path=out, reason=error) from error
        write_csv(log, aside / beside.name)
    return out, beside


def plain_columns(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The same features with columns a GeoPackage holds: nested cells as text, names told apart."""
    plain = frame.copy()
    plain.attrs = {}
    shape = plain.geometry.name
    for name in plain.columns:
        if name != shape and plain[name].dtype == object:
            plain[name] = [_cell(value) for value in plain[name]]
    seen: dict[str, int] = {"fid": 0}
    names = []
    for name in map(str, plain.columns):
        key = name.lower()
        seen[key] = seen.get(key, -1) + 1
        names.append(name if not seen[key] else f"{name}_{seen[key]}")
    plain.columns = names
    return plain.set_geometry(names[list(frame.columns).index(shape)])


def _cell(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if value is None or isinstance(value, bool | int | float | np.generic):
        return None if value is None or pd.isna(value) else str(value)
    return None if value is pd.NaT or value is pd.NA else str(value)
