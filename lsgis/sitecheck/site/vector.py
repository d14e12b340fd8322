"""A site from a vector file: small GeoJSON at once, everything else through GDAL."""

from pathlib import Path

import pyproj
from shapely.geometry.base import BaseGeometry

from lsgis.errors import SiteError
from lsgis.sitecheck.site.drawing import (
    Drawing,
    digest_file,
    plain_text,
    read_crs,
    told,
    written_step,
)
from lsgis.sitecheck.site.geojson import read_geojson

_JSON = {".geojson", ".json"}
_SMALL_BYTES = 20_000_000


def read_file(path: Path, *, crs: pyproj.CRS | None, layer: str | None) -> Drawing:
    """Every feature of a vector file, in the reference system the file states.

    Raises
    ------
    SiteError, LayerError, CrsError
        The file cannot be read, holds several layers, or states no reference system.
    """
    small = path.is_file() and path.stat().st_size <= _SMALL_BYTES
    if path.suffix.lower() in _JSON and layer is None and small:
        found = read_geojson(path.read_bytes(), plain_text(path.name), crs=crs)
        if found is not None:
            return _drawing(path, *found)
    shapes, system, log = _read_with_gdal(path, crs, layer)
    return _drawing(path, shapes, system, log)


def _drawing(path: Path, shapes: tuple, crs: pyproj.CRS, log: list) -> Drawing:
    known = tuple(shape for shape in shapes if shape is not None and not shape.is_empty)
    if len(known) < len(shapes):
        log = [*log, told("site.without-geometry", count=len(shapes) - len(known), of=len(shapes))]
    if not known:
        raise SiteError("site.no-features", path=plain_text(path.name), found=len(shapes))
    name, sha256 = plain_text(path.name), digest_file(path)
    return Drawing(known, crs, "file", name, sha256, written_step(known), tuple(log))


def _read_with_gdal(
    path: Path, crs: pyproj.CRS | None, layer: str | None
) -> tuple[tuple[BaseGeometry | None, ...], pyproj.CRS, list]:
    from lsgis.crs import require_crs
    from lsgis.intake import read_vector

    frame = read_vector(path, layer=layer, crs=crs)
    said = [told("site.reader-said", found=plain_text(text)) for text in frame.attrs["reader_said"]]
    return tuple(frame.geometry.values), read_crs(require_crs(frame)), said
