"""How things are drawn on the ground of a printed map."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.font_manager import findfont
from matplotlib.ft2font import FT2Font
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from lsgis.report.printmap.thing import Thing

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


def zone_look(thing: Thing) -> list[dict]:
    """Patch options of a zone: a fill, then (schematic) a hatch, then an outline."""
    fill = {"facecolor": thing.color, "alpha": 0.13 if thing.schematic else 0.22, "linewidth": 0}
    hatch = {"facecolor": "none", "edgecolor": thing.color, "alpha": 0.4, "linewidth": 0,
             "hatch": "//"}  # fmt: skip
    edge = {"facecolor": "none", "edgecolor": thing.color, "linewidth": 1.2,
            "linestyle": (0, (5, 3)) if thing.schematic else "-"}  # fmt: skip
    return [fill, hatch, edge] if thing.schematic else [fill, edge]


def piece_look(thing: Thing) -> list[dict]:
    """Patch options of an overlap: its state's colour, and its pattern for the colour-blind."""
    fill = {"facecolor": thing.color, "alpha": 0.38, "linewidth": 0}
    hatch = {
        "facecolor": "none",
        "edgecolor": thing.color,
        "linewidth": 0.9,
        "hatch": thing.pattern,
    }
    return [fill, hatch]


def site_look(thing: Thing) -> list[dict]:
    """Patch options of the site: a black line in a white casing, nothing inside."""
    return [
        {"facecolor": "none", "edgecolor": "white", "linewidth": 4.4, "joinstyle": "round"},
        {"facecolor": "none", "edgecolor": thing.color, "linewidth": 2.2, "joinstyle": "round"},
    ]


def _area(looks):
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
    ground.plot(*xy.T, linestyle="", marker=MARKERS.get(thing.shape, "o"), markersize=size,
                markerfacecolor=fill, markeredgecolor=thing.color, markeredgewidth=1.6,
                path_effects=HALO, zorder=zorder)  # fmt: skip


_DRAW = {
    "zone": _area(zone_look), "piece": _area(piece_look), "site": _area(site_look),
    "border": _border, "line": _line, "point": _point,
}  # fmt: skip


def grid(ground: Axes, eastings: np.ndarray, northings: np.ndarray) -> None:
    """Grid lines of VN-2000 across the ground."""
    for easting in eastings:
        ground.axvline(easting, color="#7d8b94", linewidth=0.4, zorder=0.5)
    for northing in northings:
        ground.axhline(northing, color="#7d8b94", linewidth=0.4, zorder=0.5)
