"""A whole sheet: ground, furniture, legend; a PNG whose bytes depend on nothing else."""

import io
from collections.abc import Sequence

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from lsgis.report.printmap.drawing import (
    Bounds,
    Frame,
    Thing,
    bounds_of,
    draw_things,
    grid,
    grid_lines,
)
from lsgis.report.printmap.furniture import (
    LegendRow,
    draw_badge,
    draw_grid_labels,
    draw_labels,
    draw_legend,
    draw_north,
    draw_notes,
    draw_scale,
    draw_title,
    legend_height,
    legend_rows,
    visible,
)

SHEET_MM = 165.0  # as wide as the text of a letter, so that the scale holds in every format
FRAME_MM = (156.0, 80.0)
_PAGE_MM, _LEAST_MM = 113.0, 56.0  # two sheets fit a page
_LEFT, _TITLE, _STRIP, _LABELS, _DPI = 4.5, 9.5, 12.5, 3.8, 200
_SCALE_MM, _LINE_MM = 54.0, 2.7


def draw_sheet(
    frame: Frame,
    things: Sequence[Thing],
    *,
    title: str,
    subtitle: str,
    notes: Sequence[str],
    lang: str,
    badge: str = "",
) -> bytes:
    """Draw things in a frame, with all a map on paper needs, as PNG bytes.

    Parameters
    ----------
    frame
        Ground and scale; `frame.width_mm` at most 156.
    things
        What to show, metres of the region's CRS; the legend lists only what is visible.
    title, subtitle, notes
        Words around the map, one line each.
    lang
        "vi" or "en": how numbers are written.
    badge
        A warning in the corner of the map.

    Returns
    -------
    bytes
        A PNG of 165 mm by what the legend needs at 200 dots per inch. Printed
        at its own size the scale is true.
    """
    seen = visible(things, frame)
    rows = legend_rows(seen, frame)
    below = _below(rows, notes)
    height = _TITLE + _LABELS + frame.height_mm + below
    figure = Figure(figsize=(SHEET_MM / 25.4, height / 25.4), dpi=_DPI, facecolor="white")
    paper = _axes(figure, (0, 0, SHEET_MM, height), height, (0, SHEET_MM, 0, height))
    paper.axis("off")
    west, south, east, north = bounds_of(frame)
    place = (_LEFT, below, frame.width_mm, frame.height_mm)
    ground = _axes(figure, place, height, (west, east, south, north))
    grid(ground, *grid_lines(frame))
    draw_things(ground, seen)
    held = [draw_badge(ground, frame, badge)] if badge else []
    draw_labels(ground, frame, seen, taken=held)
    draw_title(paper, _LEFT, height, title, subtitle)
    draw_grid_labels(paper, frame, _LEFT, below, lang)
    strip = below - _LABELS - 0.6
    draw_scale(paper, frame, _LEFT, strip, lang)
    draw_north(paper, _LEFT + _SCALE_MM - 7, strip, lang)
    draw_legend(paper, rows, left=_LEFT + _SCALE_MM, top=strip, width=frame.width_mm - _SCALE_MM)
    draw_notes(paper, _LEFT, _LINE_MM * len(notes) + 0.6, notes, _LINE_MM)
    return _png(figure)


def _below(rows: Sequence[LegendRow], notes: Sequence[str]) -> float:
    return _LABELS + max(_STRIP, legend_height(rows)) + 1.4 + _LINE_MM * len(notes) + 0.6


def frame_height(frame: Frame, things: Sequence[Thing], notes: Sequence[str]) -> float:
    """Height (mm) that a frame may have so that two sheets fit a page, with a long legend too."""
    rows = legend_rows(visible(things, frame), frame)
    return min(frame.height_mm, max(_PAGE_MM - _TITLE - _LABELS - _below(rows, notes), _LEAST_MM))


def _axes(figure: Figure, place: Bounds, height: float, limits: Bounds) -> Axes:
    """Axes at a place given in millimetres from the lower left corner."""
    left, bottom, width, tall = place
    axes = figure.add_axes((left / SHEET_MM, bottom / height, width / SHEET_MM, tall / height))
    axes.set(xlim=limits[:2], ylim=limits[2:], xticks=[], yticks=[])
    return axes


def _png(figure: Figure) -> bytes:
    FigureCanvasAgg(figure)
    picture = io.BytesIO()
    with matplotlib.rc_context({"hatch.linewidth": 0.5, "path.simplify": True}):
        figure.savefig(picture, format="png", dpi=_DPI, metadata={"Software": None})
    return picture.getvalue()
