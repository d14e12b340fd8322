"""A site as well-known text, with its reference system before it or given beside it."""

import re
from typing import TYPE_CHECKING

import shapely
from shapely.errors import GEOSException

from lsgis.errors import CrsError, SiteError
from lsgis.sitecheck.site.drawing import (
    Drawing,
    digest_text,
    name_crs,
    plain_text,
    read_crs,
    written_step,
)

if TYPE_CHECKING:
    import pyproj

_NAMES = r"(?:MULTI)?(?:POINT|LINESTRING|POLYGON)|GEOMETRYCOLLECTION"
_WKT = re.compile(
    rf"\s*(?:SRID\s*=\s*(\d{{1,7}})\s*;)?\s*((?:{_NAMES})\s*(?:Z|M|ZM)?\s*(?:\(.*\)|EMPTY))\s*;?\s*",
    re.IGNORECASE | re.DOTALL,
)


def is_wkt(text: str) -> bool:
    """Whether a text is meant as WKT or EWKT; `polygon (copy).shp` is not."""
    return bool(_WKT.fullmatch(text))


def read_wkt(text: str, *, crs: "pyproj.CRS | None") -> Drawing:
    """Shape of a WKT or EWKT text.

    Raises
    ------
    SiteError
        It cannot be read, or says nothing of its reference system.
    CrsError
        Its SRID is unknown, or differs from the one given.
    """
    parts = _WKT.fullmatch(text)
    if parts is None:
        raise SiteError("site.wkt", reason=plain_text(text, longest=60))
    srid, shape = parts.groups()
    system = _system(srid) or crs
    if system is None:
        raise SiteError("site.wkt-crs", found=plain_text(text, longest=60))
    if crs is not None and system != crs:
        raise CrsError("site.crs-differs", found=name_crs(system), stated=name_crs(crs))
    try:
        found = shapely.from_wkt(shape)
    except GEOSException as error:
        raise SiteError("site.wkt", reason=plain_text(error)) from error
    step = written_step((found,))
    return Drawing((found,), system, "wkt", "", digest_text(text), step)


def _system(srid: str | None) -> "pyproj.CRS | None":
    """What an SRID stands for; None for none."""
    if not srid or not int(srid):
        return None
    return read_crs(f"EPSG:{int(srid)}")
