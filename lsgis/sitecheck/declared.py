"""A site held against the commune its papers name: the one way to find a wrong zone or datum.

Numbers alone never show a TM-3 zone too far (about 26 km for 15′ of the central
meridian) or a datum shift left out (about 224 m), where both readings lie in the
province. A commune that the papers name may; what it cannot decide is told.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import shapely

from lsgis.crs import read_crs
from lsgis.errors import CrsError
from lsgis.intake.notation import bare_place, fold_name, near_names
from lsgis.sitecheck.assess import require_plane
from lsgis.sitecheck.index import CheckIndex, Feature
from lsgis.sitecheck.verdict import combine_accuracy
from lsgis.sitefile.reader import Site
from lsgis.text import log_row, plain_text

if TYPE_CHECKING:
    import pyproj


# how a site lies to the commune its papers name, what needs a look first: codes of the log
PLACES = (
    "site.place-elsewhere",
    "site.place-differs",
    "site.place-unknown",
    "site.place-near",
    "site.place-open",
    "site.place-agrees",
)
# rows of the log that stand beside every headline, the gravest first: where the site lies,
# or what was checked of it, may not be what its owner means
CAUTIONS = (
    *PLACES[:-1],
    "site.crs-default",
    "site.crs-default-sure",
    "site.area-differs",
    "site.edges-told",
    "site.closed-line",
    "site.nearly-closed",
    "site.repaired",
    "site.united",
    "site.united-parts",
)
# those that forbid to call a site clear: it may lie elsewhere, and be asked about elsewhere
DOUBTS = ("site.place-elsewhere", "site.place-differs", "site.place-unknown")
_MOST_NAMED = 4
_UTM_NORTH = 32600  # EPSG code of a zone of WGS 84 / UTM, northern half, less its number


def standing_cautions(log: Iterable[Mapping[str, object]]) -> tuple[Mapping[str, object], ...]:
    """The rows of a site's log that belong beside the headline, the gravest first."""
    rows = [row for row in log if row["code"] in CAUTIONS]
    return tuple(sorted(rows, key=lambda row: CAUTIONS.index(str(row["code"]))))


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
    site: Site, index: CheckIndex, *, commune: str = "", assumed_accuracy_m: float = 100.0
) -> Site:
    """The same site, its log telling whether it lies in the commune its papers name.

    Nothing is moved. Where the site lies elsewhere, the readings of the same numbers
    that would put it there are named: another zone of VN-2000, or the other datum.

    Parameters
    ----------
    commune
        Name or code, several joined by ";"; without it those the titles of a corner table name.
    assumed_accuracy_m
        Accuracy (m) of a commune's border that states none.

    Returns
    -------
    Site
        With rows `site.place-*` added to its log; none when no commune is named.

    Raises
    ------
    CrsError
        The site was read for a region with another CRS or datum operation.
    """
    require_plane(site, index)
    named = next((row["found"] for row in site.log if row["code"] == "site.place-named"), "")
    names = [name.strip() for name in (commune or str(named)).split(";") if name.strip()]
    features = index.features(index.one_with_role("unit")) if names else []
    log = [_compare(site, index, name, features, assumed_accuracy_m) for name in names]
    return replace(site, log=(*site.log, *chain.from_iterable(log)))


def _compare(
    site: Site, index: CheckIndex, name: str, features: list[Feature], assumed_accuracy_m: float
) -> list[dict[str, object]]:
    meant = [f for f in features if _is_code(name, f.key) or _fold(name) == _fold(f.name_vi)]
    shapes = [shape for f in meant if (shape := index.geometry(f)) is not None]
    if not shapes:
        near = ", ".join(near_names(name, (f.name_vi for f in features))) or "-"
        return [log_row("site.place-unknown", found=plain_text(name, longest=60), near=near)]
    from lsgis.sitefile.soundness import describe

    shapely.prepare(shapes)
    title = " / ".join(f.name_vi for f in meant)
    distance_m = min(shape.distance(site.geometry) for shape in shapes)
    readings = describe(
        [crs for crs in _readings(site) if _lies_in(site, crs, shapes)],
        site.region,
        most=_MOST_NAMED,
    )
    if distance_m == 0:
        log = [log_row("site.place-agrees", commune=title)]
        return (
            [*log, log_row("site.place-open", commune=title, readings=readings)]
            if readings
            else log
        )
    mine, *theirs = [
        assumed_accuracy_m if math.isnan(m) else m
        for m in (site.accuracy_m, *(f.accuracy_m for f in meant))
    ]
    tell = partial(log_row, commune=title, distance_m=round(distance_m))
    if distance_m <= (e_m := combine_accuracy(mine, max(theirs))):
        return [tell("site.place-near", e_m=round(e_m))]
    if readings:
        return [tell("site.place-elsewhere", readings=readings)]
    return [tell("site.place-differs")]


def _is_code(name: str, key: str) -> bool:
    """Whether a name is that code; a workbook that took it for a number lost its first zeros."""
    return name == key or (name.isdecimal() and name == key.lstrip("0"))


def _fold(name: str) -> str:
    return fold_name(bare_place(name))


def _readings(site: Site) -> list["pyproj.CRS"]:
    """Other systems the numbers of a site may be in; none where its own has no code."""
    from lsgis.crs import VN2000_DEGREES, WGS84
    from lsgis.sitefile.soundness import ZONES

    try:
        own = read_crs(site.crs_found)
    except CrsError:
        return []
    if own.is_geographic:
        return [crs for crs in (WGS84, VN2000_DEGREES) if crs != own]
    west, _, east, _ = site.region.box
    utm = [f"EPSG:{_UTM_NORTH + zone}" for zone in range(_utm_zone(west), _utm_zone(east) + 1)]
    zones = [read_crs(code) for code in (*(f"EPSG:{code}" for code in ZONES), *utm)]
    return [crs for crs in zones if crs != own]


def _utm_zone(longitude: float) -> int:
    return int(longitude // 6) + 31


def _lies_in(site: Site, crs: "pyproj.CRS", shapes: list[shapely.Geometry]) -> bool:
    """Whether the numbers of a site, read in another system, lie in one of the shapes."""
    from lsgis.crs import move_geometries, plane_of

    own, plane = read_crs(site.crs_found), plane_of(site.region)
    try:
        numbers = move_geometries([site.geometry], plane, own, region=site.region)
        moved = move_geometries(numbers, crs, plane, region=site.region)[0]
    except CrsError:
        return False
    if not np.isfinite(shapely.bounds(moved)).all():
        return False
    return any(shape.intersects(moved) for shape in shapes)
