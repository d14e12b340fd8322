"""How well a site is known when its owner does not say, and never better than it is written.

Stated defaults (horizontal, 95 %), used only when the caller gives none, and logged:

- corner table 0.5 m: corners surveyed for a certificate or a land allocation;
- point, file, WKT 10 m: a hand-held receiver, or a drawing of unstated origin.

A site written in whole metres, or in degrees with three decimals, is no better
than that: half a step in both directions, √2/2 of the step, is the least.
"""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from shapely.geometry.base import BaseGeometry

from lsgis.errors import SiteError
from lsgis.sitecheck.site.drawing import Drawing, told

if TYPE_CHECKING:
    import pyproj

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
    from lsgis.sitecheck.site.corner.area import compare_area

    log: list[Mapping[str, object]] = [compare_area(area_certificate_m2, float(geometry.area))]
    if drawing.area_m2 is not None and abs(drawing.area_m2 - area_certificate_m2) > 0.01:
        values = {"stated_m2": drawing.area_m2, "given_m2": area_certificate_m2}
        log.append(told("site.area-two", **values))
    return log
