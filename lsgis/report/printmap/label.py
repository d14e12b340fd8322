"""Labels of a printed map: each stands free, beside the site and not on it, or not at all."""

import textwrap
from collections.abc import Iterator, Sequence

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from lsgis.report.printmap.drawing import FONT, drawable
from lsgis.report.printmap.scale import Bounds, Frame, bounds_of
from lsgis.report.printmap.thing import Thing

_FIRST = ("zone", "point", "line", "border")  # who speaks first
_LINE, _LINES = 26, 2  # signs in a line, lines of a label
_POINTS, _TALL_MM, _MM = 6.6, 2.9, 25.4 / 72
_SYMBOL_MM, _FREE_MM = 1.8, 1.2  # of a point symbol; left free around the site
_SMALL_SITE_MM = 45.0
_AROUND = np.array([(0, 3.4), (0, -3.4), (1, 0), (-1, 0), (0, 6.6), (0, -6.6)])
_ALONG = (0.5, 0.3, 0.7, 0.15, 0.85)
_GRID = 9


def draw_labels(
    ground: Axes, frame: Frame, things: Sequence[Thing], *, taken: Sequence[Bounds] = ()
) -> list[Bounds]:
    """Write the label of each thing in its visible part, the more important first.

    One that finds no free place is left out: the tables name everything.

    Returns
    -------
    list of Bounds
        Where labels stand, in millimetres from the frame's lower left corner;
        `taken` are places that are not free.
    """
    kept_free, written = _site(things, frame), []
    held = [*taken, *(_symbol(thing, frame) for thing in things if thing.role == "point")]
    for role in _FIRST:
        for thing in things:
            if thing.role == role and thing.label:
                box = _label(ground, frame, thing, kept_free, held)
                written += [box] if box else []
                held += [box] if box else []
    return written


def _label(ground: Axes, frame: Frame, thing: Thing, kept_free, held) -> Bounds | None:
    seen = _paper(shapely.clip_by_rect(shapely.force_2d(thing.geometry), *bounds_of(frame)), frame)
    if seen.is_empty:
        return None
    lines = _lines(drawable(thing.label))
    half = max(_width(line) for line in lines) / 2 + 0.5, _TALL_MM * len(lines) / 2
    flat = thing.role in ("zone", "border")
    free = seen.difference(kept_free) if flat else seen
    within = shapely.box(1, 1, frame.width_mm - 1, frame.height_mm - 1)
    for room in (within.intersection(free), within) if flat else (within,):
        for x, y in _places(thing.role, free, half[0]):
            box = (x - half[0], y - half[1], x + half[0], y + half[1])
            here, met = shapely.box(*box), any(_meet(box, one) for one in held)
            if not met and room.covers(here) and not kept_free.intersects(here):
                _write(ground, frame, thing, "\n".join(lines), (x, y))
                return box
    return None


def _lines(text: str) -> list[str]:
    """A label in lines of about the same length."""
    count = min(-(-len(text) // _LINE), _LINES)
    width = max(-(-len(text) // max(count, 1)) + 4, 8)
    return textwrap.wrap(text, min(width, _LINE) if count > 1 else _LINE)[:_LINES] or [""]


def _places(role: str, seen: shapely.Geometry, half: float) -> Iterator[tuple[float, float]]:
    """Where a label may stand, on paper, the best first."""
    if seen.is_empty:
        return
    if role == "point":
        here = np.array(seen.representative_point().coords[0])
        aside = _AROUND * np.where(np.abs(_AROUND) == 1, half + 2.4, 1)
        yield from map(tuple, here + aside)
    elif role == "line":
        longest = max(shapely.get_parts(seen), key=lambda part: part.length)
        for share in _ALONG:
            yield longest.interpolate(share, normalized=True).coords[0]
    else:
        middle = seen.representative_point()
        yield middle.coords[0]
        west, south, east, north = seen.bounds
        x, y = np.meshgrid(np.linspace(west, east, _GRID), np.linspace(south, north, _GRID))
        spots = shapely.points(x.ravel(), y.ravel())
        spots = spots[shapely.contains(seen, spots)]
        order = np.argsort(shapely.distance(spots, middle), kind="stable")
        yield from map(tuple, shapely.get_coordinates(spots[order]))


def _site(things: Sequence[Thing], frame: Frame) -> shapely.Geometry:
    """What no label may cover: a small site, of a large one its outline."""
    sites = [_paper(thing.geometry, frame) for thing in things if thing.role == "site"]
    kept = []
    for site in sites:
        size = max(np.subtract(site.bounds[2:], site.bounds[:2]))
        kept.append(site if size < _SMALL_SITE_MM else shapely.boundary(site))
    return shapely.union_all(shapely.buffer(kept, _FREE_MM)) if kept else shapely.Polygon()


def _symbol(thing: Thing, frame: Frame) -> Bounds:
    west, south, east, north = _paper(thing.geometry, frame).bounds
    return west - _SYMBOL_MM, south - _SYMBOL_MM, east + _SYMBOL_MM, north + _SYMBOL_MM


def _paper(geometry: shapely.Geometry, frame: Frame) -> shapely.Geometry:
    """Ground as millimetres from the frame's lower left corner."""
    west, south, _, _ = bounds_of(frame)
    return shapely.transform(geometry, lambda xy: (xy - (west, south)) * (1000 / frame.scale))


def _width(text: str) -> float:
    """Width of a line of a label, mm."""
    path = TextPath((0, 0), text, size=_POINTS, prop=FontProperties(family=FONT), usetex=False)
    return float(path.get_extents().width) * _MM if text.strip() else 0.0


def _meet(one: Bounds, other: Bounds) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _write(ground: Axes, frame: Frame, thing: Thing, text: str, at: tuple[float, float]) -> None:
    soft = thing.role == "border"
    west, south, _, _ = bounds_of(frame)
    metres = frame.scale / 1000
    behind = {"facecolor": "white", "edgecolor": "none", "alpha": 0.72, "pad": 0.7}
    ground.text(west + at[0] * metres, south + at[1] * metres, text, ha="center", va="center",
                fontsize=_POINTS, family=FONT, color="#56626a" if soft else "#1d2a33",
                style="italic" if soft else "normal", bbox=behind, parse_math=False,
                clip_on=True, linespacing=1.05, zorder=20)  # fmt: skip
