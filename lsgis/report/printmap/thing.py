"""What a printed map can show."""

from dataclasses import dataclass

import shapely


@dataclass(frozen=True)
class Thing:
    """One geometry (EPSG:9215) with its look.

    `role`: "zone" (filled), "border" (thin grey outline), "line", "point",
    "piece" (an overlap) or "site". Things with the same `title` share a line
    of the legend; `label` is written on the map. Schematic things are hatched
    or hollow. `width` makes a line or border heavier. `coarse_m` is the accuracy
    of what only gives bearings: a map that it would cross anywhere leaves it out.
    """

    geometry: shapely.Geometry
    role: str
    title: str
    color: str
    label: str = ""
    schematic: bool = False
    shape: str = "circle"
    pattern: str = ""
    width: float = 1.0
    coarse_m: float = 0.0
