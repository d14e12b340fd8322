"""The areas a table states, each held against the ring it is about."""

from dataclasses import dataclass, field

import numpy as np

from lsgis.sitecheck.site.corner.area import Stated, hold_area, read_area, read_area_cell
from lsgis.sitecheck.site.corner.entry import Corner, Corners
from lsgis.sitecheck.site.corner.heading import names_parcel
from lsgis.sitecheck.site.corner.parcel import Parcel
from lsgis.sitecheck.site.drawing import told

Log = list[dict[str, object]]


@dataclass
class Ring:
    """One parcel on its way: corners as written, places in the CRS of the table, area."""

    name: str
    parcel: Parcel
    corners: list[Corner]
    places: np.ndarray
    area_m2: float = float("nan")
    stated: list[Stated] = field(default_factory=list)


def hold_areas(rings: list[Ring], chosen: list[int], found: Corners) -> tuple[float | None, Log]:
    """What the table states of its areas, and how far the corners are from it."""
    totals: list[Stated] = []
    log: Log = []
    for index, ring in enumerate(rings):
        rows = {corner.row for corner in ring.parcel.corners}
        cells = {text for row, text in found.areas.items() if row in rows}
        own = [read_area_cell(text, hectares=found.per_hectare) for text in sorted(cells)]
        for text in ring.parcel.texts:
            stated = read_area(text)
            above = index == 0 and text in found.titles and not names_parcel(text)
            if stated and (stated.total or above) and len(rings) > 1:
                totals.append(stated)
            elif stated:
                own.append(stated)
        ring.stated = [stated for stated in own if stated]
    whole = chosen == list(range(len(rings)))
    known: dict[int, float] = {}
    for index in chosen:
        ring = rings[index]
        for stated in ring.stated:
            held = hold_area(stated, ring.area_m2, ring.name if len(rings) > 1 else "")
            log += held.log
            if held.stated_m2 is not None:
                known[index] = held.stated_m2
    if whole and totals:
        held = hold_area(totals[0], sum(ring.area_m2 for ring in rings))
        return held.stated_m2, [*log, *held.log]
    return (sum(known.values()) if set(known) == {*chosen} else None), log


def tell_parcels(rings: list[Ring], chosen: list[int]) -> Log:
    """Each parcel with its corners and area; those left out, too."""
    log = []
    for index, ring in enumerate(rings):
        values = {"number": index + 1, "name": ring.name, "corners": len(ring.places),
                  "area_m2": round(ring.area_m2, 2)}  # fmt: skip
        code = "site.parcel" if index in chosen else "site.parcel-left-out"
        log.append(told(code, **values))
    return log
