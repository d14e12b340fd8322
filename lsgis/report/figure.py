"""Which maps a dossier shows: an overview, and one for each theme that concerns the site."""

import math
import re
from collections.abc import Iterator, Sequence

import numpy as np
import shapely
from shapely.geometry import shape

from lsgis.crs import plane_of
from lsgis.region import Region, read_region
from lsgis.report.findings import LISTS
from lsgis.report.printmap import Frame, Thing, choose_frame, draw_sheet, frame_height
from lsgis.report.printmap.furniture import visible
from lsgis.report.printmap.sheet import FRAME_MM
from lsgis.report.summary import schematic_layers
from lsgis.report.surroundings import Shapes, located, surrounding_things
from lsgis.report.wording import COLORS, STATE, Picture, day, either, theme_title, word
from lsgis.sitecheck.record import WORST_FIRST, LayerVerdict, SiteReport
from lsgis.text import format_number, say

_PATTERNS = {"likely": "\\\\\\", "possible": "....", "below_threshold": "xxxx"}
_LEAST_ROOM_M = 40.0
_FAR_ROOMS = (4.0, 8.0)  # beside a site that nothing concerns: where in the world is it?
# scale on the central meridian -> width of a zone of VN-2000 (Circular 973/2001/TT-TCĐC), degrees
_WIDTHS = {0.9999: 3, 0.9996: 6}
_MERIDIAN, _SCALE = "8802", "8805"  # EPSG codes of what a projection states

Bounds = tuple[float, float, float, float]


def draw_maps(
    report: SiteReport, shapes: Shapes, *, lang: str, region: Region | None = None
) -> Iterator[Picture]:
    """The maps of a dossier, one after the other.

    Parameters
    ----------
    report
        A cleaned site report; the site and the overlaps are drawn from it.
    shapes
        What lies around: layer -> (geometry in metres of the region's CRS, attributes) pairs.
    lang
        "vi" or "en".
    region
        Where the site lies; the one that travels with lsgis when None.
    """
    region = region or read_region()
    site = shape(report.site.geometry)
    concerned = [
        theme for theme in report.themes if theme.state in LISTS["concerned"] and theme.findings
    ]
    ranked = sorted(concerned, key=lambda theme: WORST_FIRST.index(theme.state))
    near = [
        bounds
        for whole in (False, True)
        for theme in ranked
        for bounds in _zones(theme, site, shapes, whole=whole)
    ]
    things = [thing for theme in ranked for thing in _pieces(theme, lang)]
    around = surrounding_things(report, shapes, shapes, lang, region)
    near += [] if near else [_grown(site, room) for room in _FAR_ROOMS]
    yield _draw(
        report,
        around + things,
        near,
        "overview",
        say("dossier.m-overview", lang),
        lang,
        region,
        room=1.0,
        schematic=bool(schematic_layers(report, report.themes, lang, region)),
    )
    for number, theme in enumerate(ranked):
        things = _pieces(theme, lang)
        if not things and not shapes.get(theme.layer):
            continue
        others = {row.layer for row in report.themes} - {theme.layer}
        beside = [layer for layer in shapes if layer not in others]
        around = surrounding_things(report, shapes, beside, lang, region)
        safe = re.fullmatch(r"[a-z][a-z0-9_]*", theme.layer)
        yield _draw(
            report,
            around + things,
            list(_zones(theme, site, shapes, whole=False)),
            theme.layer if safe else str(number),
            f"{theme_title(theme, lang)}: {word(STATE, theme.state, lang)}",
            lang,
            region,
            room=0.35,
            schematic=bool(schematic_layers(report, [theme], lang, region)),
        )


def _pieces(theme: LayerVerdict, lang: str) -> list[Thing]:
    return [
        Thing(
            shape(finding.geometry),
            "piece",
            say("dossier.m-piece", lang, state=word(STATE, finding.state, lang)),
            COLORS[finding.state],
            pattern=_PATTERNS.get(finding.state, ""),
        )
        for finding in theme.findings
        if finding.geometry
    ]


def _zones(
    theme: LayerVerdict, site: shapely.Geometry, shapes: Shapes, *, whole: bool
) -> Iterator[Bounds]:
    """Bounds to fit beside the site: the nearest place of each finding, or the whole zone."""
    findings = (row for row in theme.findings if row.state in LISTS["concerned"])
    for finding in sorted(findings, key=lambda row: row.distance_m):
        zone = located(shapes, theme.layer, finding.key)
        if zone is not None and not whole:
            zone = shapely.get_point(shapely.shortest_line(site, zone), 1)
        if zone is not None:
            yield zone.bounds
        elif finding.distance_m and finding.bearing_deg is not None:
            angle = math.radians(finding.bearing_deg)
            step = np.array([math.sin(angle), math.cos(angle)]) * finding.distance_m
            yield (*(np.array(site.bounds[:2]) + step), *(np.array(site.bounds[2:]) + step))


def _draw(
    report: SiteReport,
    things: list[Thing],
    near: Sequence[Bounds],
    name: str,
    title: str,
    lang: str,
    region: Region,
    *,
    room: float,
    schematic: bool,
) -> Picture:
    """One sheet; `room` is how much ground beside the site, as a share of its size."""
    site = shape(report.site.geometry)
    bounds = [_grown(site, room), *near]
    things = [*things, Thing(site, "site", say("dossier.m-site", lang), "#000000")]
    width, height = FRAME_MM
    frame = choose_frame(site.bounds, bounds, width_mm=width, height_mm=height)
    things, coarse = _fine_enough(things, frame)
    notes = _notes(report, coarse, lang, region)
    height = frame_height(frame, things, notes)
    frame = choose_frame(site.bounds, bounds, width_mm=width, height_mm=height)
    subtitle = say("dossier.m-subtitle", lang, name=report.site.name, on=day(report.on))
    badge = say("dossier.m-badge", lang) if schematic else ""
    png = draw_sheet(
        frame, things, title=title, subtitle=subtitle, notes=notes, lang=lang, badge=badge
    )
    scale = format_number(frame.scale, 0, lang)
    return Picture(name, title, say("dossier.m-alt", lang, title=title, scale=scale), png)


def _grown(site: shapely.Geometry, room: float) -> tuple[float, float, float, float]:
    """Bounds of the site with some ground beside it, as a share of its size."""
    west, south, east, north = site.bounds
    grow = max(room * max(east - west, north - south), _LEAST_ROOM_M)
    return west - grow, south - grow, east + grow, north + grow


def _fine_enough(things: list[Thing], frame: Frame) -> tuple[list[Thing], list[str]]:
    """Things to draw, and titles of those whose place says nothing on so small a ground."""
    most = min(frame.width_mm, frame.height_mm) * frame.scale / 3000
    fine = [thing for thing in things if not thing.coarse_m > most]  # NaN: nobody says it is
    coarse = [thing for thing in visible(things, frame) if thing.coarse_m > most]
    return fine, sorted({thing.title for thing in coarse})


def _notes(report: SiteReport, coarse: Sequence[str], lang: str, region: Region) -> list[str]:
    """Small print: what is left out, reference system, what the map is not, id."""
    warned = [either(row.text_vi, row.text_en, lang) for row in report.validity if not row.valid]
    left_out = [say("dossier.m-coarse", lang, titles="; ".join(coarse))] if coarse else []
    return [
        *warned,
        *left_out,
        _tell_plane(region, lang),
        say("dossier.m-not", lang),
        say("dossier.footer-id", lang, id=report.id),
    ]


def _tell_plane(region: Region, lang: str) -> str:
    """The reference system of a map, its meridian and zone as the CRS itself states them."""
    projection = plane_of(region).coordinate_operation
    params = projection.params if projection else ()
    stated = {str(param.code): float(param.value) for param in params}
    width = _WIDTHS.get(stated.get(_SCALE, 0.0))
    if width is None or _MERIDIAN not in stated:
        return say("dossier.m-crs-other", lang, crs=region.crs)
    degrees, minutes = divmod(round(stated[_MERIDIAN] * 60), 60)
    meridian = f"{degrees}°{minutes:02d}'"
    return say("dossier.m-crs", lang, meridian=meridian, width=width, crs=region.crs)
