"""What stands around the ground of a printed map: title, grid labels, scale, north, notes."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Polygon, Rectangle

from lsgis.report.printmap.drawing import FONT, drawable
from lsgis.report.printmap.scale import Bounds, Frame, bounds_of, grid_lines, round_length
from lsgis.report.words import format_number
from lsgis.text import say

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
        paper.add_patch(Rectangle((left + number * part, top - 7), part, 1.5, facecolor=color,
                                  edgecolor="black", linewidth=0.6))  # fmt: skip
    for number in (0, 2, 4):
        value = length * number / 4 / factor
        text = format_number(value, 0 if value == int(value) else 1, lang)
        text = f"{text} {unit}" if number == 4 else text
        write(paper, left + number * part, top - 9.2, text, ha="center", fontsize=6)


def draw_north(paper: Axes, x: float, top: float, lang: str) -> None:
    """An arrow to grid north."""
    for side, color in ((-1, "black"), (1, "white")):
        corners = [(x, top), (x + side * 2.1, top - 7.4), (x, top - 5.6)]
        paper.add_patch(Polygon(corners, closed=True, facecolor=color, edgecolor="black",
                                linewidth=0.6))  # fmt: skip
    write(paper, x, top - 9.2, say("dossier.m-north", lang), ha="center", fontsize=6)


def draw_badge(ground: Axes, frame: Frame, text: str) -> Bounds:
    """A warning in the upper right corner; where it stands (mm on paper)."""
    _, _, east, north = bounds_of(frame)
    metres = frame.scale / 1000
    look = {"facecolor": "#fff3d6", "edgecolor": "#c98a10", "linewidth": 0.8, "pad": 2.4}
    ground.text(east - 2.2 * metres, north - 2.4 * metres, drawable(text), ha="right", va="top",
                fontsize=6.4, fontweight="bold", family=FONT, color="#6b4300", bbox=look,
                parse_math=False, zorder=21)  # fmt: skip
    wide = len(text) * _SIGN_MM + 6
    return (frame.width_mm - wide, frame.height_mm - 7, frame.width_mm, frame.height_mm)


def draw_notes(paper: Axes, left: float, top: float, notes: Sequence[str], apart_mm: float) -> None:
    """Small print: reference system, day, what the map is not, id."""
    for number, note in enumerate(notes):
        write(paper, left, top - 1.3 - number * apart_mm, note, fontsize=5.4, color=_SOFT)
