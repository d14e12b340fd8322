"""Areas a table states ("Diện tích: 12.345,6 m²"), held against what its corners enclose."""

import csv
import math
import re
from dataclasses import dataclass
from functools import lru_cache

from lsgis.intake.number import Number, readings
from lsgis.resource import data_dir
from lsgis.sitecheck.site.corner.heading import fold
from lsgis.sitecheck.site.drawing import plain_text, told

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
        "stated_m2": round(stated_m2, 4), "computed_m2": round(computed_m2, 4),
        "deviation_m2": round(deviation_m2, 4), "percent": round(100 * deviation_m2 / stated_m2, 4),
        "tolerance_m2": round(tolerance_m2, 4), "parcel": name and f"{name}: ",
    }  # fmt: skip
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
