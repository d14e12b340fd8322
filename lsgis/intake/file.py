"""Whether a file can be read at all, which of its layers is meant, and why it is refused."""

import json
from pathlib import Path

import pyogrio

from lsgis.errors import LayerError
from lsgis.intake.feature import Found, reader_reason

JSON = {".geojson", ".json"}
_SHAPEFILE = {".shp", ".dbf", ".shx", ".prj", ".cpg"}
_ELSEWHERE = (b"<OGRVRT", b"<OGRWFS", b"<GDAL_WMS", b"<VRTDataset", b"<WFS_")
_MOST_NAMED = 10


def require_file(path: Path) -> None:
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


def one_layer(source: Path, path: Path, layer: str | None, found: Found) -> str | None:
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
        raise broken_features(path, found)
    if len(filled) == 1:
        left = ", ".join(name for name in names if name not in filled)
        found.told.append(("layer", path.name, left, filled[0]))
        return filled[0]
    raise LayerError("intake.which-layer", path=path, found=", ".join(filled or names))


def _count(source: Path, name: str) -> int:
    return int(pyogrio.read_info(source, layer=name, force_feature_count=True)["features"])


def why_unreadable(path: Path, error: Exception) -> str:
    """Why a file cannot be read; for JSON the place where it breaks."""
    if path.suffix.lower() in JSON:
        try:
            json.loads(path.read_bytes().decode("utf-8-sig"))
        except json.JSONDecodeError as broken:
            return f"JSON: {broken.msg}, line {broken.lineno}, column {broken.colno}"
        except UnicodeDecodeError as broken:
            return f"not UTF-8 at byte {broken.start}"
        except RecursionError:
            return "JSON nested too deeply"
    return reader_reason(error, path)


def broken_features(path: Path, found: Found) -> LayerError:
    """Name the features that cannot be read."""
    named = ", ".join(f"{number} ({reason})" for number, reason in found.lost[:_MOST_NAMED])
    more = " ..." if len(found.lost) > _MOST_NAMED else ""
    return LayerError(
        "intake.broken-features", path=path, count=len(found.lost), found=named + more
    )
