"""Legend, labels, scale bar and north arrow."""

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Polygon, Rectangle
from matplotlib.path import Path
from matplotlib.textpath import TextPath
from matplotlib.transforms import Transform

from lsgis.report.printmap.drawing import (
    FONT,
    MARKERS,
    ORDER,
    Bounds,
    Frame,
    Thing,
    bounds_of,
    drawable,
    edge_of,
    grid_lines,
    piece_look,
    round_length,
    site_look,
    zone_look,
)
from lsgis.text import format_number, say

# What stands around the ground of a printed map: title, grid labels, scale, north, notes.

_INK, _SOFT = "#1d2a33", "#4f5c65"
_BAR_MM = 16.0  # at least; at most 2.5 times as long
_TITLE_SIGNS = 68  # that fit at full size
_SIGN_MM = 1.6  # of a bold sign of a badge


def write(paper: Axes, x: float, y: float, text: str, **options: Any) -> None:
    """Text at a place on the paper, in the sheet's font."""
    look: dict[str, Any] = {"fontsize": 7, "color": _INK, "va": "center", "family": FONT}
    paper.text(x, y, drawable(text), parse_math=False, **(look | options))


def draw_title(paper: Axes, left: float, top: float, title: str, subtitle: str) -> None:
    """Title and, under it, whose map it is."""
    size = min(10.0, 10.0 * _TITLE_SIGNS / max(len(title), 1))
    title, size = _cut(title, 2 * _TITLE_SIGNS), max(size, 5.0)
    write(paper, left, top - 2.8, title, fontsize=size, fontweight="bold")
    write(paper, left, top - 7, _cut(subtitle, 100), color=_SOFT, fontsize=6.6)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def draw_grid_labels(paper: Axes, frame: Frame, left: float, bottom: float, lang: str) -> None:
    """Eastings under and above the frame, northings upright at its sides, in metres."""
    west, south, _, _ = bounds_of(frame)
    eastings, northings = grid_lines(frame)
    for easting in eastings:
        x = left + (easting - west) / frame.scale * 1000
        text = format_number(easting, 0, lang)
        for y in (bottom - 1.9, bottom + frame.height_mm + 1.9):
            write(paper, x, y, text, ha="center", fontsize=5.6, color=_SOFT)
    for northing in northings:
        y = bottom + (northing - south) / frame.scale * 1000
        text = format_number(northing, 0, lang)
        for x in (left - 1.9, left + frame.width_mm + 1.9):
            write(paper, x, y, text, ha="center", rotation=90, fontsize=5.6, color=_SOFT)


def draw_scale(paper: Axes, frame: Frame, left: float, top: float, lang: str) -> None:
    """Numeric scale, and a bar of four parts that stays true when the picture is resized."""
    text = f"{say('dossier.m-scale', lang)} 1:{format_number(frame.scale, 0, lang)}"
    write(paper, left, top - 2, text, fontsize=8.4, fontweight="bold")
    length = round_length(_BAR_MM * frame.scale / 1000)
    unit, factor = ("km", 1000.0) if length >= 2000 else ("m", 1.0)
    part = length / frame.scale * 1000 / 4
    for number in range(4):
        color = "black" if number % 2 == 0 else "white"
        paper.add_patch(
            Rectangle(
                (left + number * part, top - 7),
                part,
                1.5,
                facecolor=color,
                edgecolor="black",
                linewidth=0.6,
            )
        )
    for number in (0, 2, 4):
        value = length * number / 4 / factor
        text = format_number(value, 0 if value == int(value) else 1, lang)
        text = f"{text} {unit}" if number == 4 else text
        write(paper, left + number * part, top - 9.2, text, ha="center", fontsize=6)


def draw_north(paper: Axes, x: float, top: float, lang: str) -> None:
    """An arrow to grid north."""
    for side, color in ((-1, "black"), (1, "white")):
        corners = [(x, top), (x + side * 2.1, top - 7.4), (x, top - 5.6)]
        paper.add_patch(
            Polygon(corners, closed=True, facecolor=color, edgecolor="black", linewidth=0.6)
        )
    write(paper, x, top - 9.2, say("dossier.m-north", lang), ha="center", fontsize=6)


def draw_badge(ground: Axes, frame: Frame, text: str) -> Bounds:
    """A warning in the upper right corner; where it stands (mm on paper)."""
    _, _, east, north = bounds_of(frame)
    metres = frame.scale / 1000
    look = {"facecolor": "#fff3d6", "edgecolor": "#c98a10", "linewidth": 0.8, "pad": 2.4}
    ground.text(
        east - 2.2 * metres,
        north - 2.4 * metres,
        drawable(text),
        ha="right",
        va="top",
        fontsize=6.4,
        fontweight="bold",
        family=FONT,
        color="#6b4300",
        bbox=look,
        parse_math=False,
        zorder=21,
    )
    wide = len(text) * _SIGN_MM + 6
    return (frame.width_mm - wide, frame.height_mm - 7, frame.width_mm, frame.height_mm)


def draw_notes(paper: Axes, left: float, top: float, notes: Sequence[str], apart_mm: float) -> None:
    """Small print: reference system, day, what the map is not, id."""
    for number, note in enumerate(notes):
        write(paper, left, top - 1.3 - number * apart_mm, note, fontsize=5.4, color=_SOFT)


# The legend of a printed map: what is visible on it, and nothing else.

ROW_MM = 2.9  # of one line of text
GAP_MM = 1.5
_SIGNS_A_LINE = 31


def visible(things: Sequence[Thing], frame: Frame) -> list[Thing]:
    """Things of which something lies in the frame."""
    window = shapely.box(*bounds_of(frame))
    return [thing for thing in things if window.intersects(thing.geometry)]


def _shows(thing: Thing, frame: Frame) -> bool:
    """Whether a line of the legend has something to point at: a border needs its line."""
    return thing.role != "border" or shapely.box(*bounds_of(frame)).intersects(edge_of(thing))


LegendRow = tuple[Thing, list[str]]


def legend_rows(things: Sequence[Thing], frame: Frame) -> list[LegendRow]:
    """One thing for each title, from the top of the map down, its title in lines."""
    first: dict[str, Thing] = {}
    for thing in sorted(things, key=lambda thing: -ORDER.index(thing.role)):
        if thing.title not in first and _shows(thing, frame):
            first[thing.title] = thing
    return [
        (thing, textwrap.wrap(drawable(title), _SIGNS_A_LINE)[:3] or [""])
        for title, thing in first.items()
    ]


def legend_height(rows: Sequence[LegendRow]) -> float:
    """Height of a legend in two columns, mm."""
    return max((_height(column) for column in _columns(rows)), default=0.0)


def _height(rows: Sequence[LegendRow]) -> float:
    return sum(len(lines) * ROW_MM + GAP_MM for _, lines in rows)


def _columns(rows: Sequence[LegendRow]) -> tuple[Sequence[LegendRow], Sequence[LegendRow]]:
    middle = (len(rows) + 1) // 2
    return rows[:middle], rows[middle:]


def draw_legend(
    paper: Axes, rows: Sequence[LegendRow], *, left: float, top: float, width: float
) -> None:
    """Draw a legend in two columns on paper whose unit is the millimetre."""
    for number, column in enumerate(_columns(rows)):
        x, y = left + number * width / 2, top
        for thing, lines in column:
            _swatch(paper, thing, x, y - 3.6)
            for place, line in enumerate(lines):
                paper.text(
                    x + 11,
                    y - 1.8 - place * ROW_MM,
                    line,
                    fontsize=6.2,
                    family=FONT,
                    va="center",
                    color="#1d2a33",
                    parse_math=False,
                )
            y -= len(lines) * ROW_MM + GAP_MM


def _swatch(paper: Axes, thing: Thing, x: float, y: float) -> None:
    if thing.role == "point" or thing.geometry.geom_type.endswith("Point"):
        fill = "white" if thing.schematic else thing.color
        size = 8 if thing.role == "site" else 6
        paper.plot(
            [x + 4],
            [y + 1.8],
            marker=MARKERS.get(thing.shape, "o"),
            markersize=size,
            markerfacecolor=fill,
            markeredgecolor=thing.color,
            markeredgewidth=1.4,
        )
    elif thing.role in ("line", "border") or thing.geometry.geom_type.endswith("LineString"):
        dash = (0, (8, 2, 1.5, 2)) if thing.role == "border" else (0, (5, 2.5))
        style = dash if thing.schematic or thing.role == "border" else "-"
        width = 2.2 if thing.role == "site" else 1.2 * thing.width
        line = Line2D([x, x + 8], [y + 1.8, y + 1.8], color=thing.color)
        line.set(linestyle=style, linewidth=width)
        paper.add_line(line)
    else:
        looks = {"zone": zone_look, "piece": piece_look, "site": site_look}[thing.role](thing)
        for look in looks:
            paper.add_patch(PathPatch(Path.unit_rectangle().transformed(_placed(x, y)), **look))


def _placed(x: float, y: float) -> Transform:
    return Rectangle((x, y), 8, 3.6).get_patch_transform()


# Labels of a printed map: each stands free, beside the site and not on it, or not at all.

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


def _label(
    ground: Axes,
    frame: Frame,
    thing: Thing,
    kept_free: shapely.Geometry,
    held: Sequence[Bounds],
) -> Bounds | None:
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
    ground.text(
        west + at[0] * metres,
        south + at[1] * metres,
        text,
        ha="center",
        va="center",
        fontsize=_POINTS,
        family=FONT,
        color="#56626a" if soft else "#1d2a33",
        style="italic" if soft else "normal",
        bbox=behind,
        parse_math=False,
        clip_on=True,
        linespacing=1.05,
        zorder=20,
    )
