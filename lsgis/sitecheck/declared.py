"""A site held against the commune its papers name: the one way to find a wrong zone or datum.

Numbers alone never show a TM-3 zone too far (about 26 km for 15′ of the central
meridian) or a datum shift left out (about 224 m), where both readings lie in the
province. A commune that the papers name may; what it cannot decide is told.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import shapely

from lsgis.errors import CrsError, SiteError
from lsgis.intake.notation import bare_place, fold_name, near_names
from lsgis.sitecheck.index import CheckIndex, Feature, require_plane
from lsgis.sitecheck.record import LayerVerdict, SiteReport
from lsgis.sitecheck.verdict import combine_accuracy
from lsgis.text import (
    LANGUAGES,
    Log,
    family,
    log_row,
    plain_text,
    say,
    say_row,
    told_value,
)

if TYPE_CHECKING:  # PROJ: only where numbers are read in another system
    import pyproj

    from lsgis.sitefile.reader import Site


# how a site lies to the commune its papers name, what needs a look first: codes of the log
PLACES = (
    "site.place-elsewhere",
    "site.place-differs",
    "site.place-contradicts",
    "site.place-unknown",
    "site.place-near",
    "site.place-open",
    "site.place-agrees",
)
# codes of the log of metres read in a system that nobody stated
DEFAULTED = ("site.crs-default", "site.crs-default-sure")
CONFIRMED = "site.crs-confirmed"
# rows of the log that stand beside every headline, the gravest first: where the site lies,
# or what was checked of it, may not be what its owner means
CAUTIONS = (
    *PLACES[:-1],
    *DEFAULTED,
    CONFIRMED,
    "site.crs-nearly",
    "site.crs-unnamed",
    "site.crs-on-wgs84",
    "site.crs-other-datum",
    "site.zone-untold",
    "site.zone-untold-caller",
    "site.datum-untold",
    "site.datum-untold-caller",
    "site.datum-stated",
    "site.datum-stated-caller",
    "site.picture-frame",
    "site.area-differs",
    "site.edges-told",
    "site.closed-line",
    "site.nearly-closed",
    "site.repaired",
    "site.united",
    "site.united-parts",
)
# that the numbers of a site do not tell its zone, whoever stated it
_UNTOLD = ("site.zone-untold", "site.zone-untold-caller")
# what a named place says of the zone: more than that the numbers cannot tell it
_TELL_ZONE = (
    "site.place-elsewhere",
    "site.place-differs",
    "site.place-open",
    "site.place-agrees",
)
# those that forbid to call a site clear: it may lie elsewhere, and be asked about elsewhere
DOUBTS = (
    "site.place-elsewhere",
    "site.place-differs",
    "site.place-contradicts",
    "site.place-unknown",
)
STATE = family(
    "sitecheck.state-",
    "sitecheck.state-affected",
    "sitecheck.state-likely",
    "sitecheck.state-possible",
    "sitecheck.state-below_threshold",
    "sitecheck.state-incomplete",
    "sitecheck.state-not_affected",
    "sitecheck.state-no_data",
    "sitecheck.state-error",
)
# parts of an address that are no commune; with its marks, "quận" is no Quan Sơn
_ADDRESS = re.compile(
    r"(tỉnh|tinh|thành phố|tp|huyện|quận|thôn|bản|khối|tổ dân phố|đường)\b|việt nam$"
)
_MOST_NAMED = 4
_UTM_NORTH = 32600  # EPSG code of a zone of WGS 84 / UTM, northern half, less its number


def standing_cautions(log: Iterable[Mapping[str, object]]) -> tuple[Mapping[str, object], ...]:
    """The rows of a site's log that belong beside the headline, the gravest first.

    A default that its place confirmed is told once, as confirmed; that nobody can tell the zone
    from numbers is not told where a place was named, which says more.
    """
    log = [*log]
    rows = [row for row in log if row["code"] in CAUTIONS]
    if any(row["code"] == CONFIRMED for row in rows):
        rows = [row for row in rows if row["code"] not in DEFAULTED]
    if any(row["code"] in _TELL_ZONE for row in log):
        rows = [row for row in rows if row["code"] not in _UNTOLD]
    return tuple(sorted(rows, key=lambda row: CAUTIONS.index(str(row["code"]))))


def vouched_layers(report: SiteReport) -> list[LayerVerdict]:
    """Layers that are `not_affected` on the word of whoever asked, not by the data alone."""
    return [
        verdict
        for verdict in report.themes
        if verdict.state == "not_affected"
        and verdict.layer in report.thresholds.complete
        and (verdict.expected is None or verdict.located < verdict.expected)
    ]


def changed_layers(report: SiteReport) -> list[LayerVerdict]:
    """Layers whose state another one is by a minimum that whoever asked set."""
    return [v for v in report.themes if v.state_unset not in (None, v.state)]


def caution_of_word(report: SiteReport) -> Log:
    """One row that names the layers which nothing but a word calls clear; none without one."""
    named = vouched_layers(report)
    if not named:
        return []
    layers = {
        lang: ", ".join(
            f"{getattr(v.title, lang)} ({v.located}/{'?' if v.expected is None else v.expected})"
            for v in named
        )
        for lang in LANGUAGES
    }
    return [log_row("sitecheck.vouched", layers=layers)]


def cautions_of_minima(report: SiteReport) -> Log:
    """A row for each of `changed_layers`: which minimum, and the state by the layer's own."""
    rows, thresholds = [], report.thresholds
    for verdict in changed_layers(report):
        kinds = ((thresholds.set_min_area_m2, "m²"), (thresholds.set_min_length_m, "m"))
        minima = [(told[verdict.layer], unit) for told, unit in kinds if verdict.layer in told]
        values = {
            "layer": {lang: getattr(verdict.title, lang) for lang in LANGUAGES},
            "minimum": {lang: tell_minima(minima, lang) for lang in LANGUAGES},
            "state": {lang: say(STATE[verdict.state], lang) for lang in LANGUAGES},
            "before": {lang: say(STATE[str(verdict.state_unset)], lang) for lang in LANGUAGES},
        }
        rows.append(log_row("sitecheck.minimum-changed", **values))
    return rows


def tell_minima(minima: Iterable[tuple[float, str]], lang: str) -> str:
    """Minima with their units, as a language writes them."""
    return "; ".join(f"{told_value(metres, lang)} {unit}" for metres, unit in minima)


def is_clear(
    states: Iterable[str], log: Iterable[Mapping[str, object]], *, outside_share: float
) -> bool:
    """Whether nothing at all concerns a site: what exit code 0 says.

    Every layer is `not_affected`, all of the site lies in the region, and its papers name
    no other place.
    """
    doubts = any(row["code"] in DOUBTS for row in log)
    return {*states} == {"not_affected"} and outside_share == 0 and not doubts


def compare_place(
    site: "Site", index: CheckIndex, *, commune: str = "", assumed_accuracy_m: float = 100.0
) -> "Site":
    """The same site, its log telling whether it lies in the commune its papers name.

    Nothing is moved. Where the site lies elsewhere, the readings of the same numbers
    that would put it there are named: another zone of VN-2000, or the other datum.

    Parameters
    ----------
    commune
        Name or code, several joined by ";". Those that the titles of a corner table name are
        compared too: both are the papers.
    assumed_accuracy_m
        Accuracy (m) of a commune's border that states none.

    Returns
    -------
    Site
        With rows `site.place-*` added to its log, and `site.crs-confirmed` where they settle
        in which zone metres without one are; none when no commune is named.

    Raises
    ------
    CrsError
        The site was read for a region with another CRS or datum operation.
    """
    require_plane(site, index)
    titled = "; ".join(str(r["found"]) for r in site.log if r["code"] == "site.place-named")
    said = [_names(told) for told in (commune, titled)]
    features = index.features(index.one_with_role("unit")) if any(said) else []
    log: list[dict[str, object]] = []
    for names in said:
        told = _compare(site, index, names, features, assumed_accuracy_m)
        log += [row for row in told if row not in log]
    declared, of_title = ({f.key for f in _meant(names, features)} for names in said)
    apart = bool(declared and of_title) and declared.isdisjoint(of_title)
    if apart:
        names = [plain_text("; ".join(each), longest=120) for each in said]
        log.append(log_row("site.place-contradicts", declared=names[0], titled=names[1]))
    agreed = [str(row["commune"]) for row in log if row["code"] == "site.place-agrees"]
    others = any(row.get("readings") for row in log)
    if agreed and not (others or apart) and is_zone_open(site):
        log.append(log_row(CONFIRMED, crs=site.crs_found, commune="; ".join(agreed)))
    return replace(site, log=(*site.log, *log))


def _names(told: str) -> list[str]:
    """The communes in a text, without the parts of an address above and below them."""
    parts = [part.strip() for part in re.split("[;,]", told) if part.strip()]
    return [part for part in parts if not _ADDRESS.match(fold_name(part))] or parts


def _meant(names: Iterable[str], features: Iterable[Feature]) -> list[Feature]:
    """The communes that names mean, each once."""
    wanted = [(name, _fold(name)) for name in names]
    return [
        feature
        for feature in features
        if any(_is_code(n, feature.key) or f == _fold(feature.name_vi) for n, f in wanted)
    ]


def _compare(
    site: "Site",
    index: CheckIndex,
    names: list[str],
    features: list[Feature],
    assumed_accuracy_m: float,
) -> list[dict[str, object]]:
    """How a site lies to the communes that one paper names: in one of them is in what it names."""
    log = [
        log_row(
            "site.place-unknown",
            found=plain_text(name, longest=60),
            near=", ".join(near_names(name, (f.name_vi for f in features))) or "-",
        )
        for name in names
        if not any(index.geometry(f) is not None for f in _meant([name], features))
    ]
    meant = [f for f in _meant(names, features) if index.geometry(f) is not None]
    shapes = [shape for f in meant if (shape := index.geometry(f)) is not None]
    if not shapes:
        return log
    from lsgis.sitefile.soundness import describe

    shapely.prepare(shapes)
    inside = [f.name_vi for f, s in zip(meant, shapes, strict=True) if s.intersects(site.geometry)]
    title = " / ".join(inside or [f.name_vi for f in meant])
    mine, *theirs = [
        assumed_accuracy_m if math.isnan(m) else m
        for m in (site.accuracy_m, *(f.accuracy_m for f in meant))
    ]
    e_m = combine_accuracy(mine, max(theirs))
    distance_m = min(shape.distance(site.geometry) for shape in shapes)
    within_m = e_m if distance_m == 0 else 0.0  # what a name rules out, and what it calls for
    fitting = [
        crs
        for crs, moved in _read_otherwise(site)
        if any(shape.dwithin(moved, within_m) for shape in shapes)
    ]
    readings = describe(fitting, site.region, most=_MOST_NAMED)
    if distance_m == 0:
        log.append(log_row("site.place-agrees", commune=title))
        if readings:
            log.append(log_row("site.place-open", commune=title, readings=readings))
        return log
    tell = partial(log_row, commune=title, distance_m=round(distance_m))
    if distance_m <= e_m:
        return [*log, tell("site.place-near", e_m=round(e_m))]
    if readings:
        return [*log, tell("site.place-elsewhere", readings=readings)]
    return [*log, tell("site.place-differs")]


def _is_code(name: str, key: str) -> bool:
    """Whether a name is that code; a workbook that took it for a number lost its first zeros."""
    return name == key or (name.isdecimal() and name == key.lstrip("0"))


def _fold(name: str) -> str:
    return fold_name(bare_place(name))


def _read_otherwise(site: "Site") -> "Iterator[tuple[pyproj.CRS, shapely.Geometry]]":
    """Where the numbers of a site lie (metres of the region) in other systems they may be in.

    Nothing where its own system has no code, or where they lie nowhere near the region.
    """
    from lsgis.crs import VN2000_DEGREES, WGS84, ZONES, move_geometries, plane_of, read_crs
    from lsgis.sitefile.soundness import MARGIN_M, fits

    try:
        own = read_crs(site.crs_found)
    except CrsError:
        return
    region, plane = site.region, plane_of(site.region)
    if own.is_geographic:
        others = [crs for crs in (WGS84, VN2000_DEGREES) if crs != own]
    else:
        west, _, east, _ = region.box
        utm = [_UTM_NORTH + zone for zone in range(_utm_zone(west), _utm_zone(east) + 1)]
        others = [crs for code in (*ZONES, *utm) if (crs := read_crs(f"EPSG:{code}")) != own]
    try:
        numbers = move_geometries([site.geometry], plane, own, region=region)
    except CrsError:
        return
    bounds = numbers[0].bounds
    for crs in others:
        if not (crs.is_geographic or fits(bounds, crs, region, margin_m=MARGIN_M)):
            continue
        try:
            moved = move_geometries(numbers, crs, plane, region=region)[0]
        except CrsError:
            continue
        if np.isfinite(shapely.bounds(moved)).all():
            yield crs, moved


def _utm_zone(longitude: float) -> int:
    return int(longitude // 6) + 31


# Metres of which nobody said in which zone they are: a question, unless their place answers it.


def is_zone_open(site: "Site") -> bool:
    """Whether a site was read in the metres of the region for want of a better word, no more."""
    codes = {row["code"] for row in site.log}
    return not codes.isdisjoint(DEFAULTED) and CONFIRMED not in codes


def require_zone(site: "Site", index: CheckIndex, *, assumed_accuracy_m: float) -> "Site":
    """The same site, where its zone is stated or its place confirms it; else a question.

    Corners in metres without a zone fit several places of a province, 26 km apart. The
    commune that the papers name (see `compare_place`) settles it where the default reading
    lies in it, and no other reading does within accuracy.

    Raises
    ------
    SiteError
        `sitecheck.zone-open`: with the zones that put the numbers into the region, the
        communes each would be in, and what the papers' name was worth.
    """
    if not is_zone_open(site):
        return site
    if not any(row["code"] in PLACES for row in site.log):
        site = compare_place(site, index, assumed_accuracy_m=assumed_accuracy_m)
        if not is_zone_open(site):
            return site
    place = {lang: _said_of_place(site, lang) for lang in LANGUAGES}
    candidates = _candidates(site, index)
    raise SiteError(
        "sitecheck.zone-open", region=site.region.name, candidates=candidates, place=place
    )


def _said_of_place(site: "Site", lang: str) -> str:
    rows = [row for row in site.log if row["code"] in PLACES]
    told = "; ".join(say_row(row, lang) for row in rows)
    return f" {say('sitecheck.zone-place', lang, told=told)}" if told else ""


def _candidates(site: "Site", index: CheckIndex) -> str:
    """Zones of VN-2000 that put the numbers of a site into the region, and in which communes."""
    from lsgis.crs import ZONES, meridian, read_crs
    from lsgis.sitefile.soundness import describe

    own, unit = read_crs(site.crs_found), index.one_with_role("unit")
    zones = [(crs, moved) for crs, moved in _read_otherwise(site) if crs.to_epsg() in ZONES]
    zones.sort(key=lambda pair: abs(meridian(pair[0]) - meridian(own)))
    told = []
    for crs, moved in [(own, site.geometry), *zones]:
        names = [found.feature.name_vi for found in index.overlay(unit, moved)]
        if names or crs == own:
            listed = ", ".join(names[:_MOST_NAMED]) + (", …" if len(names) > _MOST_NAMED else "")
            told.append(f"{describe([crs], site.region)} → {listed or '–'}")
    return "; ".join(told)
