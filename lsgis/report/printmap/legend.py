"""The legend of a printed map: what is visible on it, and nothing else."""

import textwrap
from collections.abc import Sequence

import shapely
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from lsgis.report.printmap.drawing import (
    FONT,
    MARKERS,
    ORDER,
    drawable,
    edge_of,
    piece_look,
    site_look,
    zone_look,
)  # fmt: skip
from lsgis.report.printmap.scale import Frame, bounds_of
from lsgis.report.printmap.thing import Thing

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


def legend_rows(things: Sequence[Thing], frame: Frame) -> list[tuple[Thing, list[str]]]:
    """One thing for each title, from the top of the map down, its title in lines."""
    first: dict[str, Thing] = {}
    for thing in sorted(things, key=lambda thing: -ORDER.index(thing.role)):
        if thing.title not in first and _shows(thing, frame):
            first[thing.title] = thing
    return [(thing, textwrap.wrap(drawable(title), _SIGNS_A_LINE)[:3] or [""])
            for title, thing in first.items()]  # fmt: skip


def legend_height(rows: Sequence[tuple[Thing, list[str]]]) -> float:
    """Height of a legend in two columns, mm."""
    return max((_height(column) for column in _columns(rows)), default=0.0)


def _height(rows: Sequence[tuple[Thing, list[str]]]) -> float:
    return sum(len(lines) * ROW_MM + GAP_MM for _, lines in rows)


def _columns(rows):
    middle = (len(rows) + 1) // 2
    return rows[:middle], rows[middle:]


def draw_legend(paper: Axes, rows, *, left: float, top: float, width: float) -> None:
    """Draw a legend in two columns on paper whose unit is the millimetre."""
    for number, column in enumerate(_columns(rows)):
        x, y = left + number * width / 2, top
        for thing, lines in column:
            _swatch(paper, thing, x, y - 3.6)
            for place, line in enumerate(lines):
                paper.text(x + 11, y - 1.8 - place * ROW_MM, line, fontsize=6.2, family=FONT,
                           va="center", color="#1d2a33", parse_math=False)  # fmt: skip
            y -= len(lines) * ROW_MM + GAP_MM


def _swatch(paper: Axes, thing: Thing, x: float, y: float) -> None:
    if thing.role == "point" or thing.geometry.geom_type.endswith("Point"):
        fill = "white" if thing.schematic else thing.color
        size = 8 if thing.role == "site" else 6
        paper.plot(
            [x + 4], [y + 1.8], marker=MARKERS.get(thing.shape, "o"), markersize=size,
            markerfacecolor=fill, markeredgecolor=thing.color, markeredgewidth=1.4,
        )  # fmt: skip
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


def _placed(x: float, y: float):
    return Rectangle((x, y), 8, 3.6).get_patch_transform()
