"""Which ground a sheet shows: a fixed scale, and a frame on round metres."""

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

Bounds = tuple[float, float, float, float]  # min easting, min northing, max easting, max northing

SCALES = (500, 1_000, 2_000, 5_000, 10_000, 25_000, 50_000, 100_000)
_MARGIN = 1.15
_GRID_APART_MM = 22.0


@dataclass(frozen=True)
class Frame:
    """A map frame: centre in EPSG:9215 metres, size on paper, scale 1:`scale`."""

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
        frame.easting - east, frame.northing - north, frame.easting + east, frame.northing + north,
    )  # fmt: skip


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
        round((seen[0] + seen[2]) / 2 / step) * step, round((seen[1] + seen[3]) / 2 / step) * step,
        width_mm, height_mm, scale,
    )  # fmt: skip


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
