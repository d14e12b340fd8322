"""What a corner table says in words: its reference system, communes, parcels and their areas."""

import math
import re
from dataclasses import dataclass

import pyproj

from lsgis.crs import WGS84, ZONES, meridian, name_crs, read_crs, scale
from lsgis.errors import SiteError
from lsgis.intake.notation import Number, fold, readings
from lsgis.region import Region
from lsgis.sitefile.soundness import compare_areas, describe
from lsgis.text import log_row, plain_text

# What a table says of its own reference system, above or below the corners.

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
    r"(?<!\w)(?:xã|phường|thị trấn|đặc khu|x\.|p\.)\s+([A-ZÀ-ỸĐ][\w']*(?:\s+[A-ZÀ-ỸĐ][\w']*){0,3})",
    re.IGNORECASE,
)


def find_system(titles: list[str], *, degrees: bool) -> pyproj.CRS | None:
    """The system in degrees a table names for its degrees; None when it names none, or two."""
    text = fold(" ; ".join(titles))
    names = [
        name
        for pattern, name in ((_WGS84, "EPSG:4326"), (_VN2000, "EPSG:4756"))
        if pattern.search(text)
    ]
    return read_crs(names[0]) if degrees and len(names) == 1 else None


def named_places(titles: list[str]) -> list[dict[str, object]]:
    """Communes the titles name, for whoever holds the site against them."""
    found = [_capitals(match[1]) for title in titles for match in _PLACE.finditer(title)]
    names = list(dict.fromkeys(name for name in found if name))
    return [log_row("site.place-named", found=plain_text("; ".join(names)))] if names else []


def _capitals(name: str) -> str:
    """The words of a name: those with a capital, up to the first without."""
    words = name.split()
    kept = next((i for i, word in enumerate(words) if not word[0].isupper()), len(words))
    return " ".join(words[:kept])


def require_agreement(titles: list[str], crs: pyproj.CRS, region: Region, *, stated: bool) -> bool:
    """Whether a table names its central meridian; refuse one it is not about to be read in.

    Parameters
    ----------
    titles
        Texts above and below the corners.
    crs
        Reference system the corners are about to be read in.
    region
        Whose names of zones a refusal tells.
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
            zones = _zones(meridians or [meridian(crs)], factors or list(_SCALE.values()), region)
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


def _zones(meridians: list[float], factors: list[float], region: Region) -> str:
    """Zones of VN-2000 with one of these meridians and widths, for a message."""
    fitting = [
        zone
        for zone in map(pyproj.CRS.from_epsg, ZONES)
        if scale(zone) in factors and any(math.isclose(meridian(zone), m) for m in meridians)
    ]
    return describe(fitting, region) or "?"


# Titles of parcels: "Thửa số 2", "II. Khu đất B".

_TITLE = re.compile(
    r"\W*(?:[ivxlc\d]{1,4}[.)]\s*|[a-z][.)]\s*)?(?:toa do |ranh gioi |goc ranh |bang ke toa do )*"
    r"(?:(?:cac )?(?:thua|khu|lo|o dat|to ban do|khoanh|manh|vi tri|vung|phan|ranh)\b"
    r"|parcel\b|plot\b|lot\b|area [a-z\d]|zone\b|part\b|section\b|block\b)"
)


def names_parcel(text: str) -> bool:
    """Whether a text is the title of a parcel: "Thửa số 2", "II. Khu đất B"."""
    return bool(_TITLE.match(fold(text)))


# Areas a table states ("Diện tích: 12.345,6 m²"), held against what its corners enclose.

_FIGURE = r"(?<![\d.,])(?P<figure>\d[\d.,\u00a0 ]*\d|\d)"
_WORD = r"(?:\b(?:dien tich|dt|area)\b|\bs\s*=)"
_STATED = re.compile(
    rf"{_WORD}.{{0,80}}?{_FIGURE}\s*(?P<unit>m2|m 2|met vuong|ha\b|hec ?ta|sq\.? ?m)"
)
_HEADED = re.compile(rf"{_WORD}[^\d;]{{0,60}}\(\s*(?P<unit>m2|ha)\s*\)[^\d;]{{0,20}}{_FIGURE}")
_TOTAL = re.compile(r"\btong\b|\btoan (?:bo|khu)\b|\btotal\b")
_LIKELY = 2.0  # a reading that differs more than so many times is another number


@dataclass(frozen=True)
class Stated:
    """An area as it is written: every way to read it (m²); `total` when it is of all parcels."""

    text: str
    ways: tuple[float, ...]
    steps: tuple[float, ...]  # smallest step (m²) each way is written in
    total: bool = False


@dataclass(frozen=True)
class Held:
    """A stated area, read by what the corners enclose; None where no reading is near it."""

    stated_m2: float | None
    log: tuple[dict[str, object], ...]


def states_area(text: str) -> bool:
    """Whether a text states an area."""
    return read_area(text) is not None


def read_area(text: str) -> Stated | None:
    """The area a text states, None when it states none (a unit is required)."""
    folded = fold(text)
    found = _HEADED.search(folded) or _STATED.search(folded)
    if not found:
        return None
    return _stated(text, found["figure"], found["unit"], bool(_TOTAL.search(folded)))


def read_area_cell(cell: str, *, hectares: bool) -> Stated | None:
    """The area in a cell of a column of areas."""
    return _stated(cell, cell.strip(), "ha" if hectares else "m2", False)


def _stated(text: str, figure: str, unit: str, total: bool) -> Stated | None:
    factor = 10_000.0 if unit.startswith("h") else 1.0
    numbers = [number for number in readings(figure.strip(" .,")) if number.value > 0]
    if not numbers:
        return None
    ways = tuple(number.value * factor for number in numbers)
    return Stated(
        plain_text(text, longest=120), ways, tuple(_step(n, factor) for n in numbers), total
    )


def _step(number: Number, factor: float) -> float:
    return factor * 10.0**-number.decimals


def hold_area(stated: Stated, computed_m2: float, region: Region, name: str = "") -> Held:
    """Hold a stated area against a computed one, and tell by how much they differ.

    A figure that can be read in two ways (12.345) is read as the one within a
    factor of two of the corners; when neither is, it is told and not used.
    """
    likely = [
        (way, step)
        for way, step in zip(stated.ways, stated.steps, strict=True)
        if computed_m2 > 0 and abs(math.log(way / computed_m2)) <= math.log(_LIKELY)
    ]
    if len(likely) != 1 and len(stated.ways) > 1:
        values = {"found": stated.text, "computed_m2": computed_m2, "parcel": name and f"{name}: "}
        return Held(None, (log_row("site.area-undecided", **values),))
    way, step = likely[0] if likely else (stated.ways[0], stated.steps[0])
    return Held(way, (compare_areas(way, computed_m2, region, step_m2=step, parcel=name),))
