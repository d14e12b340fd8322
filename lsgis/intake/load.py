"""A planner's file as a layer: read, mended, named, moved, with a log of it all."""

from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from lsgis.catalogue import Layer, require_layer
from lsgis.crs import is_vn2000, to_vn2000
from lsgis.errors import CrsError
from lsgis.intake.code import Row, with_codes
from lsgis.intake.datum import detect_datum_shift
from lsgis.intake.encoding import mend_text
from lsgis.intake.field import LOG_COLUMNS, map_fields
from lsgis.intake.region import CANDIDATES, suggest_crs
from lsgis.intake.value import settle_values
from lsgis.intake.vector import read_vector
from lsgis.intake.zone import name_zone

_MOST_NAMED = 4


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
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Features of any file as a layer of the catalogue, and every change made on the way.

    Nothing is dropped: columns the layer does not know stay, rows without a sound
    geometry stay without. What is only likely is told in the log and not done.

    Parameters
    ----------
    path
        Any file `read_vector` reads.
    layer
        Layer of the catalogue the features belong to.
    sublayer
        Which layer of the file, when it holds several.
    crs
        CRS of a file that states none.
    mapping
        Names of columns in the file -> names of the layer's fields.
    encoding
        "auto", "keep", or the encoding of every text; see `mend_text`.
    keep_sound
        Take what is sound of a damaged file instead of refusing it.
    communes
        Published communes (EPSG:9215), to find a datum shift that was left out.

    Returns
    -------
    frame, log
        Features in EPSG:9215; log rows `what` (a code: `intake.log-<what>` of
        data/text/intake.csv), `where`, `before`, `after`, `count`.

    Raises
    ------
    LayerError
        The file cannot be read, or the mapping or encoding is wrong.
    CrsError
        The file states no CRS and `crs` neither: the likely ones are named.
    """
    layer = require_layer(layer) if isinstance(layer, str) else layer
    frame = read_vector(path, layer=sublayer, crs=crs, keep_sound=keep_sound)
    rows: list[Row] = [(*told, 1) for told in frame.attrs["told"]]
    rows += [("reader", "file", text, "", 1) for text in frame.attrs["reader_said"]]
    rows += [("lost", str(n), reason, "", 1) for n, reason in frame.attrs["lost"]]
    if frame.crs is None:
        raise CrsError("intake.which-crs", path=path, likely=_likely(frame))
    rows += _crs_rows(frame, crs, communes)
    frame, texts = mend_text(frame, encoding=encoding)
    rows += [
        (f"text-{name}", column, before, after, count)
        for column, name, before, after, count in texts.itertuples(index=False)
    ]
    frame, names = map_fields(frame, layer, mapping=mapping)
    rows += list(names.itertuples(index=False, name=None))
    renamed = names[names["what"] == "renamed"]
    frame, values = settle_values(
        frame, layer, dict(zip(renamed["after"], renamed["before"], strict=True))
    )
    rows += values
    frame, codes = with_codes(frame, layer)
    moved = to_vn2000(frame)
    if frame.crs != moved.crs:
        codes.append(("moved", "geometry", _name(frame), _name(moved), len(frame)))
    moved.attrs = {"path": str(path), "layer": layer.name}
    return moved, pd.DataFrame([*rows, *codes], columns=list(LOG_COLUMNS))


def _name(frame: gpd.GeoDataFrame) -> str:
    authority = frame.crs.to_authority()
    return ":".join(authority) if authority else frame.crs.name


def _likely(frame: gpd.GeoDataFrame) -> str:
    found = suggest_crs(frame).head(_MOST_NAMED)
    rows = []
    for r in found.itertuples(index=False):
        known = name_zone(pyproj.CRS(r.crs).to_epsg())
        rows.append(f"{r.crs} ({r.name}; {r.axes}; {r.fit:.0%})" + (f" {known}" if known else ""))
    return ", ".join(rows) or "-"


def _crs_rows(
    frame: gpd.GeoDataFrame, crs: str | None, communes: gpd.GeoDataFrame | None
) -> list[Row]:
    """What the coordinates say against the CRS; nothing of it is done."""
    rows: list[Row] = []
    if crs is not None:
        rows.append(("crs-stated", "geometry", "", _name(frame), len(frame)))
    found = suggest_crs(frame)
    here = (found["crs"] == _name(frame)) & (found["axes"] == "as read")
    shapes = np.asarray(frame.geometry.values, dtype=object)
    located = np.isfinite(shapely.bounds(shapes)).all(axis=1).any()
    unlikely = bool(_name(frame) in CANDIDATES and located and not here.any())
    if unlikely:
        rows.append(("crs-unlikely", "geometry", _name(frame), _likely(frame), len(frame)))
    on_datum = is_vn2000(frame.crs) or _name(frame) in ("EPSG:4326", "EPSG:32648")
    if communes is not None and on_datum and not unlikely:
        fit = detect_datum_shift(frame, communes)
        if fit.verdict == "shift-left-out":
            after = f"{fit.other}: {fit.other_residual_m:.0f} m ({fit.shift_m:.0f} m)"
            before = f"{fit.stated}: {fit.residual_m:.0f} m"
            rows.append(("datum-shift", "geometry", before, after, len(frame)))
    return rows
