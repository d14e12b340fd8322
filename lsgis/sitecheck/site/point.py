"""One place written as two numbers: "lon,lat" in degrees, or X and Y in metres."""

import re

import numpy as np
import pyproj
import shapely

from lsgis.crs import VN2000, WGS84
from lsgis.errors import SiteError
from lsgis.intake.number import Number, learn_marks, readings
from lsgis.sitecheck.site.corner.axis import place_corners
from lsgis.sitecheck.site.corner.entry import Corner
from lsgis.sitecheck.site.drawing import Drawing, digest_text, plain_text
from lsgis.sitecheck.site.zone import require_zone, tell_default

_NORTH = re.compile(r"^[NSB]|[NSB]$", re.IGNORECASE)
_EAST = re.compile(r"^[EWĐ]|[EWĐ]$", re.IGNORECASE)


def split_pair(text: str) -> tuple[str, str] | None:
    """The two numbers of a text, None when it is no pair of numbers.

    Blanks and semicolons part numbers; a comma does so alone, or before a blank.
    """
    parts = re.split(r"\s*;\s*|\s*,\s+|\s+,|\s+", text.strip())
    if len(parts) == 1:
        parts = text.strip().split(",")
    if len(parts) == 2 and all(readings(part) for part in parts):
        return parts[0], parts[1]
    return None


def read_point(text: str, *, crs: pyproj.CRS | None, order: str | None) -> Drawing:
    """A point site: longitude, latitude (WGS 84), or a corner as a table prints it, X then Y.

    Degrees may be parted into minutes and seconds; with N and E they stand in any order.

    Raises
    ------
    SiteError
        Two numbers in the wrong order, or that can be no place in Viet Nam.
    """
    parts = split_pair(text) or ("", "")
    if _NORTH.search(parts[0]) and _EAST.search(parts[1]):  # 21°51'N 106°45'E says it itself
        parts = parts[::-1]
    first, second = (_number(part, text) for part in parts)
    step = 10.0 ** -max(first.decimals, second.decimals)
    values, log = (first.value, second.value), []
    if max(map(abs, values)) <= 360:
        if crs is not None and not crs.is_geographic:
            raise SiteError("site.degrees", found=plain_text(text), crs=crs.name)
        system, place = crs or WGS84, values
    else:
        system = crs or VN2000
        corner = Corner(1, "1", *values)
        place = tuple(place_corners([corner], ("", ""), system, order)[0])
        require_zone(place * 2, system)
        log = [] if crs is not None else [tell_default(place * 2)]
    name = plain_text(text)
    shapes = (shapely.Point(np.array(place, dtype=float)),)
    return Drawing(shapes, system, "point", name, digest_text(text), step, tuple(log))


def _number(part: str, text: str) -> Number:
    number = learn_marks(split_pair(text) or ()).choose(readings(part))
    if number is None:
        raise SiteError("site.number-ambiguous", row=1, found=plain_text(part))
    return number
