"""Where an import goes: a GeoPackage with its log beside, never over the input."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio

from lsgis import disk
from lsgis.errors import OutputError


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
        log.to_csv(aside / beside.name, index=False, encoding="utf-8-sig")
    return out, beside


def write_layer(
    frame: gpd.GeoDataFrame, path: Path, name: str, *, geometry: str | None = None
) -> None:
    """Add a layer to a GeoPackage; `geometry` is its kind, "Unknown" when it holds several."""
    kinds = set(frame.geom_type.dropna())
    if geometry is None:
        geometry = next(iter(kinds)) if len(kinds) == 1 else "Unknown"
    if frame.geometry.has_z.any():
        geometry = f"{geometry} Z" if geometry != "Unknown" else geometry
    pyogrio.write_dataframe(
        frame, path, layer=name, driver="GPKG", geometry_type=geometry, append=path.exists()
    )


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
