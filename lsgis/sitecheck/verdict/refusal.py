"""What a check refuses, before it says anything."""

import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from lsgis.errors import SiteError
from lsgis.sitecheck.index.check_index import CheckIndex
from lsgis.sitecheck.index.feature import Overlap
from lsgis.sitecheck.verdict.state import combine_accuracy

if TYPE_CHECKING:
    from lsgis.sitecheck.site.reader import Site


def require_day(on: date) -> None:
    """Refuse anything but a day; a report speaks of one, and no clock is asked.

    Raises
    ------
    SiteError
        `on` is no day, or has a time.
    """
    if not isinstance(on, date) or isinstance(on, datetime):
        raise SiteError("sitecheck.no-day", found=repr(on))


def require_layers(
    index: CheckIndex, complete: Iterable[str], assumed_accuracy_m: float
) -> list[str]:
    """Names of all restricting layers; refuse options that mean nothing.

    Raises
    ------
    SiteError
        A layer said to be complete is unknown, an assumed accuracy is no length.
    """
    layers = [name for name, card in index.layers.items() if card["restricts"]]
    unknown = [name for name in complete if name not in layers]
    if unknown:
        raise SiteError(
            "sitecheck.unknown-layer", found=", ".join(unknown), known=", ".join(layers)
        )
    if not (math.isfinite(assumed_accuracy_m) and assumed_accuracy_m > 0):
        raise SiteError("sitecheck.assumed", found=assumed_accuracy_m)
    return layers


def require_inside(
    site: "Site", index: CheckIndex, *, assumed_accuracy_m: float
) -> tuple[Overlap, ...]:
    """Ground of a site by commune; refuse one outside the province, or not to be measured.

    A site that crosses the border is no refusal: the report tells how much of it
    lies outside. Nor is one within the accuracy of the border as it is drawn.

    Raises
    ------
    SiteError
        The geometry is missing, empty, invalid, or has a coordinate that is no
        number; the accuracy is negative; nothing is inside the province.
    """
    shape = site.geometry
    if shape is None or shape.is_empty or not np.isfinite(shapely.get_coordinates(shape)).all():
        raise SiteError("sitecheck.no-geometry")
    if not shape.is_valid:
        raise SiteError("sitecheck.invalid", reason=shapely.is_valid_reason(shape))
    if not (math.isnan(site.accuracy_m) or 0 <= site.accuracy_m < math.inf):
        raise SiteError("sitecheck.accuracy", found=site.accuracy_m)
    communes = tuple(index.overlay(index.one_with_role("unit"), shape))
    if communes:
        return communes
    border = index.nearest(index.one_with_role("outline"), shape)
    if border is None:
        raise SiteError("sitecheck.no-province")
    both = (site.accuracy_m, border.feature.accuracy_m)
    e_m = combine_accuracy(*(assumed_accuracy_m if math.isnan(m) else m for m in both))
    if border.distance_m > e_m:
        raise SiteError(
            "sitecheck.outside", distance_km=f"{border.distance_m / 1000:.1f}", e_m=f"{e_m:.0f}"
        )
    return communes


def require_disputed(
    themes: Iterable[Mapping[str, Any]], disputes: Iterable[Mapping[str, Any]]
) -> None:
    """Refuse a dispute of something that no finding says, or one without a reason.

    Raises
    ------
    SiteError
        The first such dispute, with the findings there are.
    """
    found = {f"{t['layer']}:{finding['key']}" for t in themes for finding in t["findings"]}
    seen: set[str] = set()
    for row in disputes:
        name = f"{row.get('layer') or ''}:{row.get('key') or ''}"
        if name in seen:
            raise SiteError("sitecheck.dispute-twice", found=name)
        seen.add(name)
        if name not in found:
            known = ", ".join(sorted(found)) or "-"
            raise SiteError("sitecheck.dispute", found=name, known=known)
        if not str(row.get("reason") or "").strip():
            raise SiteError("sitecheck.dispute-reason", found=name)
