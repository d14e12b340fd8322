"""The user's own files: one layer a file, or a GeoPackage of layers, named as the catalogue."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio

from lsgis.catalogue import Layer, read_register
from lsgis.crs import require_crs, to_vn2000
from lsgis.errors import CrsError, SourceError
from lsgis.intake import read_vector, rename_columns
from lsgis.source.embedded import complete, with_geometry

SUFFIXES = (".gpkg", ".geojson", ".shp", ".fgb", ".kml", ".kmz", ".tab", ".mif", ".parquet", ".gml")
_SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


@dataclass(frozen=True)
class OwnFile:
    """Where one layer of the user's plan lies: a file and, in a GeoPackage, a layer of it."""

    path: Path
    sublayer: str | None = None


def find_own(plan: Path, catalogue: Mapping[str, Layer]) -> dict[str, OwnFile]:
    """Which file of a plan folder or GeoPackage holds which layer of the catalogue.

    Raises
    ------
    SourceError
        No such folder or file, nothing in it, a layer named as none of the
        catalogue (it would be left out in silence), or one layer twice.
    """
    if not plan.exists():
        raise SourceError("source.no-plan", path=plan)
    if plan.is_dir():
        files = sorted(file for file in plan.iterdir() if file.suffix.lower() in SUFFIXES)
        pairs = [(file.stem, OwnFile(file)) for file in files]
    else:
        kinds = pyogrio.list_layers(plan) if plan.suffix.lower() == ".gpkg" else []
        pairs = [(str(n), OwnFile(plan, str(n))) for n, kind in kinds if kind is not None]
    names = [name for name, _ in pairs]
    if not names:
        raise SourceError("source.empty-plan", path=plan, suffixes=", ".join(SUFFIXES))
    unknown = [name for name in names if name not in catalogue]
    if unknown:
        known = ", ".join(catalogue)
        raise SourceError("source.unknown-layer", path=plan, found=", ".join(unknown), known=known)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SourceError("source.layer-twice", path=plan, found=", ".join(twice))
    return dict(pairs)


def read_own(layer: Layer, file: OwnFile, *, crs: str | None = None) -> gpd.GeoDataFrame:
    """Features of one of the user's files as they lie there, columns named as the layer's.

    The CRS stays the file's: `check_layer` looks at the features before they move.

    Raises
    ------
    CrsError
        The file states no CRS and `crs` states none either.
    """
    frame = rename_columns(read_vector(file.path, layer=file.sublayer, crs=crs), layer)
    if frame.crs is None:
        raise CrsError("source.no-crs", path=file.path)
    if layer.key in frame:
        frame[layer.key] = frame[layer.key].astype("string").str.strip()
    return frame


def settle_own(layer: Layer, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """A user's features as a layer of the plan: EPSG:9215, every shared column there.

    A layer that comes from a file also in lsgis (the communes) takes its facts
    from the register by key, and only the geometry from the user. Features that
    state no quality are "indicative", and no accuracy is made up for them; one that
    is no number is unknown.
    """
    require_crs(frame)
    moved = to_vn2000(frame)
    if layer.build.origin == "file":
        moved = with_geometry(read_register(layer.build.register), moved, layer).drop(
            columns=["quality", "accuracy_m"]
        )
    for name in {"area_ha", "accuracy_m"} & {*moved.columns}:
        moved[name] = pd.to_numeric(moved[name], errors="coerce")  # LS-FIELD-TYPE tells of it
    if "quality" not in moved:
        moved["quality"] = "indicative"
    moved["quality"] = moved["quality"].fillna("indicative")
    if "accuracy_m" not in moved:
        moved["accuracy_m"] = float("nan")
    return complete(moved, layer)


def file_sha256(path: Path) -> str:
    """SHA-256 of a file; of all its parts in order when it is a shapefile."""
    parts = [path]
    if path.suffix.lower() == ".shp":
        parts = [p for s in _SHAPEFILE_PARTS if (p := path.with_suffix(s)).is_file()]
    digest = hashlib.sha256()
    for part in parts:
        with part.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()
