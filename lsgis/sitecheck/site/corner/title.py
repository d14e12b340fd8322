"""What a table says of its own reference system, above or below the corners."""

import math
import re

import pyproj

from lsgis.crs import WGS84
from lsgis.errors import SiteError
from lsgis.sitecheck.site.corner.heading import fold
from lsgis.sitecheck.site.drawing import name_crs, plain_text, read_crs, told
from lsgis.sitecheck.site.zone import ZONES, describe, meridian, scale

# 107°15', 107o15', 107 độ 15 phút, 107-15, 107.25, and 107015' whose raised zero came down
_MERIDIAN = re.compile(
    r"(?:kinh tuyen(?: truc| trung uong| giua)?|\bkttw?|\bkt\b|\bl[0o]\s*=|central meridian)"
    r"\D{0,12}?(1\d\d)(?:(?P<point>[.,])(?P<part>\d+)"
    r"|(?:[°º˚o\s-]{1,3}|\s*do\s*|0(?=[0-5]\d\s*['’′`]))(?P<minutes>[0-5]?\d)(?!\d))?"
)
_WIDTH = re.compile(r"\bmui(?: chieu)?\s*:?\s*([36])(?:0(?!\d)|(?!\d))")
_SCALE = {"3": 0.9999, "6": 0.9996}  # at the central meridian, by width of the zone
_OTHER = re.compile(r"\bwgs\s*-?\s*84\b|\bhn\s*-?\s*72\b|ha noi\s*-?\s*(?:19)?72|\bindian 19\d\d\b")
_WGS84 = re.compile(r"\bwgs\s*-?\s*84\b")
_VN2000 = re.compile(r"\bvn\s*-?\s*2000")


_PLACE = re.compile(
    r"(?<!\w)(?:xã|phường|thị trấn|x\.|p\.)\s+([A-ZÀ-ỸĐ][\w']*(?:\s+[A-ZÀ-ỸĐ][\w']*){0,3})",
    re.IGNORECASE,
)


def find_system(titles: list[str], *, degrees: bool) -> pyproj.CRS | None:
    """The system in degrees a table names for its degrees; None when it names none, or two."""
    text = fold(" ; ".join(titles))
    names = [name for pattern, name in ((_WGS84, "EPSG:4326"), (_VN2000, "EPSG:4756"))
             if pattern.search(text)]  # fmt: skip
    return read_crs(names[0]) if degrees and len(names) == 1 else None


def named_places(titles: list[str]) -> list[dict[str, object]]:
    """Communes the titles name, for whoever holds the site against them."""
    found = [_capitals(match[1]) for title in titles for match in _PLACE.finditer(title)]
    names = list(dict.fromkeys(name for name in found if name))
    return [told("site.place-named", found=plain_text("; ".join(names)))] if names else []


def _capitals(name: str) -> str:
    """The words of a name: those with a capital, up to the first without."""
    words = name.split()
    kept = next((i for i, word in enumerate(words) if not word[0].isupper()), len(words))
    return " ".join(words[:kept])


def require_agreement(titles: list[str], crs: pyproj.CRS, *, stated: bool) -> bool:
    """Whether a table names its central meridian; refuse one it is not about to be read in.

    Parameters
    ----------
    titles
        Texts above and below the corners.
    crs
        Reference system the corners are about to be read in.
    stated
        Whether the caller named it; else it is the default of tables.

    Raises
    ------
    SiteError
        The central meridian, the width of the zone or the datum differs.
    """
    named = False
    for title in titles:
        text = fold(title)
        values = {"found": plain_text(title, longest=120), "crs": name_crs(crs)}
        other = None if crs == WGS84 else _OTHER.search(text)
        if other and not stated and not _VN2000.search(text):
            raise SiteError("site.title-datum", **values)
        if crs.is_geographic:
            continue
        meridians = _meridians(text)
        factors = [_SCALE[width] for width in _WIDTH.findall(text)]
        agrees = not meridians or any(math.isclose(m, meridian(crs)) for m in meridians)
        if not agrees or (factors and scale(crs) not in factors):
            zones = _zones(meridians or [meridian(crs)], factors or list(_SCALE.values()))
            raise SiteError("site.title-zone", zones=zones, **values)
        named = named or bool(meridians)
    return named


def _meridians(text: str) -> list[float]:
    """Ways to read the central meridian (degrees) a text states; 107.15 may mean 107°15'."""
    found = _MERIDIAN.search(text)
    if not found:
        return []
    degrees = float(found[1])
    if part := found["part"]:
        minutes = [degrees + int(part) / 60] if len(part) == 2 and int(part) < 60 else []
        return [degrees + float(f"0.{part}"), *minutes]
    return [degrees + int(found["minutes"] or 0) / 60]


def _zones(meridians: list[float], factors: list[float]) -> str:
    """Zones of VN-2000 with one of these meridians and widths, for a message."""
    fitting = [
        zone
        for zone in map(pyproj.CRS.from_epsg, ZONES)
        if scale(zone) in factors and any(math.isclose(meridian(zone), m) for m in meridians)
    ]
    return describe(fitting) or "?"
