"""Labels of a printed map: each stands free, or not at all."""

from collections.abc import Sequence

import shapely
from matplotlib.axes import Axes

from lsgis.report.printmap.drawing import FONT, HALO, drawable
from lsgis.report.printmap.scale import Bounds, Frame, bounds_of
from lsgis.report.printmap.thing import Thing

_FIRST = ("zone", "point", "line", "border")  # who speaks first
_LONGEST = 42
_TALL_MM, _SIGN_MM = 2.7, 1.36  # of a label, of one of its signs
_SMALL_SITE_MM = 30.0


def draw_labels(ground: Axes, frame: Frame, things: Sequence[Thing]) -> None:
    """Write the label of each thing in its visible part, the more important first.

    One that finds no free place is left out: the tables name everything.
    """
    taken = [_paper(thing.geometry.bounds, frame) for thing in things if thing.role == "site"]
    taken = [box for box in taken if max(box[2] - box[0], box[3] - box[1]) < _SMALL_SITE_MM]
    window = bounds_of(frame)
    for role in _FIRST:
        for thing in things:
            if thing.role == role and thing.label:
                _label(ground, frame, window, thing, taken)


def _label(ground: Axes, frame: Frame, window: Bounds, thing: Thing, taken: list[Bounds]) -> None:
    seen = shapely.clip_by_rect(shapely.force_2d(thing.geometry), *window)
    if seen.is_empty:
        return
    text = drawable(thing.label)
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    spot = seen.point_on_surface()
    x, y = _paper((spot.x, spot.y, spot.x, spot.y), frame)[:2]
    half = len(text) * _SIGN_MM / 2
    for dx, dy in _places(thing.role, half):
        box = (x + dx - half, y + dy - _TALL_MM / 2, x + dx + half, y + dy + _TALL_MM / 2)
        inside = box[0] > 0 and box[1] > 0 and box[2] < frame.width_mm and box[3] < frame.height_mm
        if inside and not any(_meet(box, other) for other in taken):
            taken.append(box)
            _write(ground, frame, thing, text, (spot.x, spot.y), (dx, dy))
            return


def _places(role: str, half: float) -> list[tuple[float, float]]:
    """Where a label may stand, in millimetres from its thing."""
    beside = [
        (0, 3.4),
        (0, -3.4),
        (half + 2.5, 0),
        (-half - 2.5, 0),
        (0, 7),
        (0, -7),
        (0, 11),
        (0, -11),
    ]
    return beside if role == "point" else [(0, 0), *beside]


def _paper(bounds: Bounds, frame: Frame) -> Bounds:
    """Ground as millimetres from the frame's lower left corner."""
    west, south, _, _ = bounds_of(frame)
    mm = 1000 / frame.scale
    return (
        (bounds[0] - west) * mm, (bounds[1] - south) * mm,
        (bounds[2] - west) * mm, (bounds[3] - south) * mm,
    )  # fmt: skip


def _meet(one: Bounds, other: Bounds) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _write(ground: Axes, frame: Frame, thing: Thing, text: str, spot, away) -> None:
    soft = thing.role == "border"
    metres = frame.scale / 1000
    ground.text(spot[0] + away[0] * metres, spot[1] + away[1] * metres, text, ha="center",
                va="center", fontsize=6.2 if soft else 6.8, family=FONT,
                color="#5f6b73" if soft else "#1d2a33", style="italic" if soft else "normal",
                path_effects=HALO, parse_math=False, clip_on=True, zorder=20)  # fmt: skip
