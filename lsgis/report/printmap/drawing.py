"""A printed map: shapes drawn to scale."""

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.font_manager import findfont
from matplotlib.ft2font import FT2Font
from matplotlib.patches import PathPatch
from matplotlib.path import Path

# What a printed map can show.


@dataclass(frozen=True)
class Thing:
    """One geometry (metres of the region's CRS) with its look.

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


# How things are drawn on the ground of a printed map.

FONT = "DejaVu Sans"  # travels with matplotlib, knows Vietnamese
MARKERS = {"circle": "o", "square": "s", "triangle": "^", "diamond": "D", "star": "*"}
HALO = (patheffects.withStroke(linewidth=2.2, foreground="white"),)
ORDER = ("zone", "border", "line", "piece", "point", "site")
_HEAVY = 1.6  # of a piece or site that is a line
_known: set[int] = set()


def draw_things(ground: Axes, things: Sequence[Thing]) -> None:
    """Draw things in the order of their roles."""
    things = [thing for thing in things if thing.role != "border"] + _borders(things)
    for zorder, role in enumerate(ORDER, start=1):
        for thing in things:
            if thing.role == role:
                _DRAW[role](ground, thing, zorder)


def _borders(things: Sequence[Thing]) -> list[Thing]:
    """Borders with one title as one line: what neighbours share is drawn once."""
    groups: dict[str, list[Thing]] = {}
    for thing in things:
        if thing.role == "border":
            groups.setdefault(thing.title, []).append(thing)
    return [
        replace(group[0], geometry=shapely.line_merge(shapely.union_all(list(map(edge_of, group)))))
        for group in groups.values()
    ]


def edge_of(thing: Thing) -> shapely.Geometry:
    """What of a border is drawn: the outline of a polygon."""
    flat = thing.geometry.geom_type.endswith("Polygon")
    return shapely.boundary(thing.geometry) if flat else thing.geometry


def drawable(text: str) -> str:
    """Text in signs the font has; the others become a box, never a warning."""
    if not _known:
        _known.update(FT2Font(findfont(FONT)).get_charmap())
    return "".join(sign if ord(sign) in _known else "\u25a1" for sign in text.replace("\n", " "))


def outlines(geometry: shapely.Geometry) -> list[Path]:
    """Rings of the polygons, or the lines, of a geometry as one path; none for points."""
    rings: list[shapely.Geometry] = []
    for part in shapely.get_parts(shapely.get_parts(geometry)):
        rings += [part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part]
    paths = [
        Path(shapely.get_coordinates(ring), closed=ring.is_closed)
        for ring in rings
        if len(ring.coords) > 1
    ]
    return [Path.make_compound_path(*paths)] if paths else []


def zone_look(thing: Thing) -> list[dict[str, Any]]:
    """Patch options of a zone: a fill, then (schematic) a hatch, then an outline."""
    fill = {"facecolor": thing.color, "alpha": 0.13 if thing.schematic else 0.22, "linewidth": 0}
    hatch = {
        "facecolor": "none",
        "edgecolor": thing.color,
        "alpha": 0.4,
        "linewidth": 0,
        "hatch": "//",
    }
    edge = {
        "facecolor": "none",
        "edgecolor": thing.color,
        "linewidth": 1.2,
        "linestyle": (0, (5, 3)) if thing.schematic else "-",
    }
    return [fill, hatch, edge] if thing.schematic else [fill, edge]


def piece_look(thing: Thing) -> list[dict[str, Any]]:
    """Patch options of an overlap: its state's colour, and its pattern for the colour-blind."""
    fill = {"facecolor": thing.color, "alpha": 0.38, "linewidth": 0}
    hatch = {
        "facecolor": "none",
        "edgecolor": thing.color,
        "linewidth": 0.9,
        "hatch": thing.pattern,
    }
    return [fill, hatch]


def site_look(thing: Thing) -> list[dict[str, Any]]:
    """Patch options of the site: a black line in a white casing, nothing inside."""
    return [
        {"facecolor": "none", "edgecolor": "white", "linewidth": 4.4, "joinstyle": "round"},
        {"facecolor": "none", "edgecolor": thing.color, "linewidth": 2.2, "joinstyle": "round"},
    ]


def _area(looks: Callable[[Thing], list[dict[str, Any]]]) -> Callable[[Axes, Thing, int], None]:
    """Drawing of a zone, a piece or the site, whatever its dimension."""

    def draw(ground: Axes, thing: Thing, zorder: int) -> None:
        if thing.geometry.geom_type.endswith("Point"):
            _point(ground, thing, zorder)
        elif thing.geometry.geom_type.endswith("LineString"):
            _line(ground, replace(thing, width=_HEAVY, schematic=False), zorder)
        else:
            for look in looks(thing):
                _trace(ground, thing, zorder, **look)

    return draw


def _trace(ground: Axes, thing: Thing, zorder: int, **look: Any) -> None:
    for path in outlines(thing.geometry):
        ground.add_artist(PathPatch(path, **look, zorder=zorder))


def _border(ground: Axes, thing: Thing, zorder: int) -> None:
    look = {"facecolor": "none", "edgecolor": thing.color, "linewidth": 0.8 * thing.width}
    _trace(ground, thing, zorder, **look, linestyle=(0, (8, 2, 1.5, 2)))


def _line(ground: Axes, thing: Thing, zorder: int) -> None:
    width, dash = 1.8 * thing.width, (0, (6, 3)) if thing.schematic else "-"
    look = {"facecolor": "none", "edgecolor": "white", "linewidth": width + 1.6}
    _trace(ground, thing, zorder, **look)
    look |= {"edgecolor": thing.color, "linewidth": width}
    _trace(ground, thing, zorder, **look, linestyle=dash)


def _point(ground: Axes, thing: Thing, zorder: int) -> None:
    xy = shapely.get_coordinates(thing.geometry)
    size = 11 if thing.role == "site" else 7
    fill = "white" if thing.schematic else thing.color
    ground.plot(
        *xy.T,
        linestyle="",
        marker=MARKERS.get(thing.shape, "o"),
        markersize=size,
        markerfacecolor=fill,
        markeredgecolor=thing.color,
        markeredgewidth=1.6,
        path_effects=HALO,
        zorder=zorder,
    )


_DRAW = {
    "zone": _area(zone_look),
    "piece": _area(piece_look),
    "site": _area(site_look),
    "border": _border,
    "line": _line,
    "point": _point,
}


def grid(ground: Axes, eastings: np.ndarray, northings: np.ndarray) -> None:
    """Grid lines of VN-2000 across the ground."""
    for easting in eastings:
        ground.axvline(easting, color="#7d8b94", linewidth=0.4, zorder=0.5)
    for northing in northings:
        ground.axhline(northing, color="#7d8b94", linewidth=0.4, zorder=0.5)


# Which ground a sheet shows: a fixed scale, and a frame on round metres.

Bounds = tuple[float, float, float, float]  # min easting, min northing, max easting, max northing

SCALES = (500, 1_000, 2_000, 5_000, 10_000, 25_000, 50_000, 100_000)
_MARGIN = 1.15
_GRID_APART_MM = 22.0


@dataclass(frozen=True)
class Frame:
    """A map frame: centre in metres of the region's CRS, size on paper, scale 1:`scale`."""

    easting: float
    northing: float
    width_mm: float
    height_mm: float
    scale: int


def bounds_of(frame: Frame) -> Bounds:
    """Ground that a frame shows."""
    east = frame.width_mm / 2000 * frame.scale
    north = frame.height_mm / 2000 * frame.scale
    return (
        frame.easting - east,
        frame.northing - north,
        frame.easting + east,
        frame.northing + north,
    )


def choose_frame(
    site: Bounds, others: Sequence[Bounds], *, width_mm: float, height_mm: float
) -> Frame:
    """The largest fixed scale at which the site and what matters beside it fit.

    Parameters
    ----------
    site
        Bounds of the site; it always fits, at a scale below 1:100,000 if need be.
    others
        Bounds of findings, most important first; one that does not fit at
        1:100,000 together with those before it is left out.
    width_mm, height_mm
        Size of the frame on paper.
    """
    seen = site
    for bounds in others:
        wider = _around(seen, bounds)
        if _scale_for(wider, width_mm, height_mm, SCALES):
            seen = wider
    scale = _scale_for(seen, width_mm, height_mm, itertools.chain(SCALES, _smaller()))
    assert scale is not None  # the chain has no end
    step = scale / 1000  # a millimetre on paper
    return Frame(
        round((seen[0] + seen[2]) / 2 / step) * step,
        round((seen[1] + seen[3]) / 2 / step) * step,
        width_mm,
        height_mm,
        scale,
    )


def _smaller() -> Iterator[int]:
    """Scales only for a site that needs them: 1:250,000, 1:500,000, 1:1,000,000 and so on."""
    power = SCALES[-1]
    while True:
        yield from (round(power * step) for step in (2.5, 5, 10))
        power *= 10


def _around(one: Bounds, other: Bounds) -> Bounds:
    return (*np.minimum(one[:2], other[:2]).tolist(), *np.maximum(one[2:], other[2:]).tolist())


def _scale_for(
    bounds: Bounds, width_mm: float, height_mm: float, scales: Iterable[int]
) -> int | None:
    needed = _MARGIN * max(
        (bounds[2] - bounds[0]) / width_mm * 1000, (bounds[3] - bounds[1]) / height_mm * 1000
    )
    return next((scale for scale in scales if scale >= needed), None)


def round_length(least_m: float) -> float:
    """The shortest of 1, 2, 5 times a power of ten that is at least so long."""
    power = 10.0 ** math.floor(math.log10(least_m))
    return float(next(n * power for n in (1, 2, 5, 10) if n * power >= least_m * (1 - 1e-9)))


def grid_lines(frame: Frame) -> tuple[np.ndarray, np.ndarray]:
    """Eastings and northings of the grid lines in a frame, on round metres."""
    step = round_length(_GRID_APART_MM * frame.scale / 1000)
    west, south, east, north = bounds_of(frame)
    return (
        np.arange(np.ceil(west / step), np.floor(east / step) + 1) * step,
        np.arange(np.ceil(south / step), np.floor(north / step) + 1) * step,
    )
