"""The drawing a source holds, whatever its form: a path, or text."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from lsgis.errors import SiteError
from lsgis.sitecheck.site.drawing import Drawing, plain_text
from lsgis.sitecheck.site.wkt import is_wkt, read_wkt

if TYPE_CHECKING:
    import pyproj

_TABLES = {".csv", ".tsv", ".txt", ".xlsx", ".xlsm"}
_OLD_SHEETS = {".xls", ".xlsb", ".ods"}
_PATH = re.compile(r"[^\n\t]*(?:[/\\]|\.[A-Za-z][A-Za-z0-9]{1,9}\s*$)[^\n\t]*")


def read_drawing(
    source: str | Path,
    crs: "pyproj.CRS | None",
    layer: str | None,
    order: str | None,
    repair: bool,
    parcel: str | None,
) -> Drawing:
    """The drawing a source holds, whatever its form."""
    if (path := _existing(source)) is not None:
        suffix = path.suffix.lower()
        if suffix in _OLD_SHEETS:
            raise SiteError("site.old-sheet", path=plain_text(path.name))
        if suffix in _TABLES and path.is_file():
            from lsgis.sitecheck.site.corner import (
                read_corner_file,  # each reader when it is needed
            )

            return read_corner_file(
                path, crs=crs, order=order, repair=repair, sheet=layer, parcel=parcel
            )
        _require_no_parcel(parcel)
        from lsgis.sitecheck.site.vector import read_file

        return read_file(path, crs=crs, layer=layer)
    text = str(source).strip().removeprefix("\ufeff").strip()
    if not text:
        raise SiteError("site.nothing")
    if len(text.splitlines()) < 2 or is_wkt(text):
        _require_no_parcel(parcel)
    if is_wkt(text):
        return read_wkt(text, crs=crs)
    from lsgis.sitecheck.site.point import read_point, split_pair

    if split_pair(text):
        return read_point(text, crs=crs, order=order)
    if len(text.splitlines()) > 1:
        from lsgis.sitecheck.site.corner import read_corner_text

        return read_corner_text(text, crs=crs, order=order, repair=repair, parcel=parcel)
    code = "site.no-file" if _PATH.fullmatch(text) else "site.not-understood"
    raise SiteError(code, found=plain_text(text, longest=120))


def _require_no_parcel(parcel: str | None) -> None:
    if parcel is not None:
        raise SiteError("site.parcel-of-table", found=plain_text(parcel, longest=60))


def _existing(source: str | Path) -> Path | None:
    """The path a source is, None when it is text; a missing path is refused."""
    if isinstance(source, str) and (len(source) > 4096 or "\n" in source or not source.strip()):
        return None
    try:
        exists = Path(source).exists()
    except (OSError, ValueError):  # too long for a name, or with a character none may have
        exists = False
    if not exists and isinstance(source, Path):
        raise SiteError("site.no-file", found=plain_text(source, longest=120))
    return Path(source) if exists else None
