"""Accuracy and certificate area of a site."""

import csv
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from shapely.geometry.base import BaseGeometry

from lsgis.errors import SiteError
from lsgis.intake.notation import Number, readings
from lsgis.resource import data_dir
from lsgis.sitefile.corner_sheet import fold
from lsgis.sitefile.raw import Drawing, plain_text, told

if TYPE_CHECKING:
    import pyproj


# How well a site is known when its owner does not say, and never better than it is written.
#
# Stated defaults (horizontal, 95 %), used only when the caller gives none, and logged:
#
# - corner table 0.5 m: corners surveyed for a certificate or a land allocation; - point, file,
# WKT 10 m: a hand-held receiver, or a drawing of unstated origin.
#
# A site written in whole metres, or in degrees with three decimals, is no better than that: half
# a step in both directions, √2/2 of the step, is the least.

DEFAULT_ACCURACY_M = {"table": 0.5, "point": 10.0, "file": 10.0, "wkt": 10.0}


def rounding_m(step: float, crs: "pyproj.CRS") -> float:
    """Farthest (m) a true place can lie from one written in steps of `step`."""
    to_metres = 1.0
    if crs.is_geographic:
        assert crs.ellipsoid is not None  # degrees are those of one
        to_metres = math.radians(1) * crs.ellipsoid.semi_major_metre
    return step * to_metres * math.sqrt(0.5)


def settle_accuracy(
    drawing: Drawing, accuracy_m: float | None
) -> tuple[float, list[Mapping[str, object]]]:
    """Accuracy (m, 95 %) to reckon with, and what has to be told of it.

    Raises
    ------
    SiteError
        `accuracy_m` is negative or not a number.
    """
    least = rounding_m(drawing.step, drawing.crs)
    if accuracy_m is None:
        default = DEFAULT_ACCURACY_M[drawing.kind]
        if least > default:
            return least, [told("site.accuracy-written", accuracy_m=least, step=drawing.step)]
        return default, [told("site.accuracy-default", accuracy_m=default)]
    accuracy_m = _positive(accuracy_m)
    if least > accuracy_m:
        return accuracy_m, [told("site.accuracy-coarse", accuracy_m=accuracy_m, least=least)]
    return accuracy_m, []


def _positive(accuracy_m: float) -> float:
    try:
        value = float(accuracy_m)
    except (TypeError, ValueError):
        value = math.nan
    if not (math.isfinite(value) and value >= 0):
        raise SiteError("site.accuracy", found=accuracy_m)
    return value


def settle_certificate(area_certificate_m2: float | None) -> float | None:
    """Area (m²) the certificate states, or None.

    Raises
    ------
    SiteError
        It is not a positive number.
    """
    if area_certificate_m2 is None:
        return None
    try:
        value = float(area_certificate_m2)
    except (TypeError, ValueError):
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise SiteError("site.certificate", found=area_certificate_m2)
    return value


def hold_certificate(
    drawing: Drawing, geometry: BaseGeometry, area_certificate_m2: float | None
) -> list[Mapping[str, object]]:
    """How far the area of a boundary (EPSG:9215) is from the one on the certificate, for the log.

    What a corner table states of its own area was told when it was read; here it is
    held against the area the caller gives.
    """
    if area_certificate_m2 is None or not geometry.area:
        return []

    log: list[Mapping[str, object]] = [compare_area(area_certificate_m2, float(geometry.area))]
    if drawing.area_m2 is not None and abs(drawing.area_m2 - area_certificate_m2) > 0.01:
        values = {"stated_m2": drawing.area_m2, "given_m2": area_certificate_m2}
        log.append(told("site.area-two", **values))
    return log


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


def hold_area(stated: Stated, computed_m2: float, name: str = "") -> Held:
    """Hold a stated area against a computed one, and tell by how much they differ.

    A figure that can be read in two ways (12.345) is read as the one within a
    factor of two of the corners; when neither is, it is told and not used.
    """
    likely = [
        (way, step)
        for way, step in zip(stated.ways, stated.steps, strict=True)
        if computed_m2 > 0 and abs(math.log(way / computed_m2)) <= math.log(_LIKELY)
    ]
    if len(likely) != 1:
        if len(stated.ways) == 1:
            return Held(
                stated.ways[0], (_told(stated.ways[0], stated.steps[0], computed_m2, name),)
            )
        values = {"found": stated.text, "computed_m2": computed_m2, "parcel": name and f"{name}: "}
        return Held(None, (told("site.area-undecided", **values),))
    way, step = likely[0]
    return Held(way, (_told(way, step, computed_m2, name),))


def compare_area(stated_m2: float, computed_m2: float) -> dict[str, object]:
    """The row of the log for an area of a certificate and the computed one."""
    return _told(stated_m2, 0.0, computed_m2, "")


def _told(stated_m2: float, step: float, computed_m2: float, name: str) -> dict[str, object]:
    share, least_m2 = area_tolerance()
    tolerance_m2 = max(least_m2, share * stated_m2, step / 2)
    deviation_m2 = computed_m2 - stated_m2
    values = {
        "stated_m2": round(stated_m2, 4),
        "computed_m2": round(computed_m2, 4),
        "deviation_m2": round(deviation_m2, 4),
        "percent": round(100 * deviation_m2 / stated_m2, 4),
        "tolerance_m2": round(tolerance_m2, 4),
        "parcel": name and f"{name}: ",
    }
    if abs(deviation_m2) <= tolerance_m2:
        return told("site.area-agrees", **values)
    return told("site.area-differs", **values)


@lru_cache(maxsize=1)
def area_tolerance() -> tuple[float, float]:
    """Share of a stated area, and least area (m²), up to which a deviation is none.

    Sources
    -------
    data/tolerance.csv: values of lsgis, of no regulation.
    """
    with (data_dir() / "tolerance.csv").open(encoding="utf-8", newline="") as file:
        found = {row["tolerance"]: float(row["value"]) for row in csv.DictReader(file)}
    return found["certificate_area_share"], found["certificate_area_least_m2"]
