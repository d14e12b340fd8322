"""A dossier checked: is what it says what the same inputs say today?"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
from shapely.errors import GEOSException
from shapely.geometry import shape

from lsgis.errors import LsgisError, SiteError
from lsgis.sitecheck.assess import check_site, require_same_plane
from lsgis.sitecheck.index import CheckIndex
from lsgis.sitecheck.record import (
    Dispute,
    Geometry,
    LogRow,
    Metres,
    RegionRecord,
    SiteInput,
    SiteKind,
    SiteReport,
    SquareMetres,
    Terrain,
)
from lsgis.sitecheck.record_json import read_as
from lsgis.text import LANGUAGES

_NEAR = 1e-9  # relative; figures of another version of a library may differ in their last digits


@dataclass(frozen=True)
class Difference:
    """One place of a report (JSON pointer) where it says something else than it says today."""

    pointer: str
    dossier: Any
    found: Any


def verify(
    dossier: Path | str | SiteReport | Mapping[str, Any], index: CheckIndex
) -> list[Difference]:
    """Check the site of a report again, and list every place where the answer differs.

    The report holds all that it was asked: the site's own coordinates, the day,
    the options, the disputes. An empty list means: same inputs, same answer,
    same id. Where the versions of the libraries differ, and that is listed, last
    digits may; otherwise nothing may.

    Parameters
    ----------
    dossier
        JSON file of a report, a folder that holds one, or the report itself.
    index
        Index of the plan as it is today, made with the same choices.

    Raises
    ------
    SiteError
        It is no report, or its site cannot be checked at all.
    """
    if isinstance(dossier, SiteReport):
        told: Mapping[str, Any] = dossier.document
    else:
        told = dossier if isinstance(dossier, Mapping) else _read(Path(dossier))
    try:
        asked = read_as(_Asked, told)
    except SiteError as error:
        reason = {lang: error.message(lang) for lang in LANGUAGES}
        raise SiteError("sitecheck.no-report", path="-", reason=reason) from error
    try:
        found = _again(asked, index).document
    except LsgisError as error:
        raise SiteError("sitecheck.not-again", reason=error) from error
    except (ValueError, GEOSException) as error:  # rings that are none, for example
        raise SiteError("sitecheck.no-report", path="-", reason=f"{error!r}") from error
    near = _NEAR if told.get("software") != found["software"] else 0.0
    return list(_compare(told, found, "", near))


# What a report says of the question it answers. It is read by value; all else in the
# report, what somebody changed or added too, is answer, and comes out as a difference.


class _AskedFinding(msgspec.Struct, frozen=True):
    key: str
    dispute: Dispute | None


class _AskedTheme(msgspec.Struct, frozen=True):
    layer: str
    findings: tuple[_AskedFinding, ...]


class _AskedContext(msgspec.Struct, frozen=True):
    terrain: Terrain | None


class _AskedThresholds(msgspec.Struct, frozen=True):
    complete: tuple[str, ...]
    assumed_accuracy_m: Metres
    # reports of earlier versions set none
    set_min_area_m2: Mapping[str, SquareMetres] = {}
    set_min_length_m: Mapping[str, Metres] = {}


class _AskedSite(msgspec.Struct, frozen=True):
    name: str
    geometry: Geometry
    accuracy_m: Metres | None
    kind: SiteKind
    input: SiteInput
    crs_found: str
    operation: str
    area_certificate_m2: SquareMetres | None
    log: tuple[LogRow, ...]


class _Asked(msgspec.Struct, frozen=True):
    on: date
    type: str | None
    site: _AskedSite
    thresholds: _AskedThresholds
    context: _AskedContext
    themes: tuple[_AskedTheme, ...]
    region: RegionRecord | None = None  # reports of earlier versions name none


def _again(asked: _Asked, index: CheckIndex) -> SiteReport:
    """The report of the same question, asked today."""
    from lsgis.sitefile.reader import Site

    if asked.region is not None:
        require_same_plane(msgspec.to_builtins(asked.region), index)
    site = asked.site
    again = Site(
        name=site.name,
        geometry=shape(site.geometry),
        accuracy_m=math.nan if site.accuracy_m is None else site.accuracy_m,
        kind=site.kind,
        input=msgspec.structs.asdict(site.input),
        crs_found=site.crs_found,
        operation=site.operation,
        area_certificate_m2=site.area_certificate_m2,
        log=site.log,
        region=index.region,
    )
    disputes = [
        {"layer": theme.layer, "key": finding.key, **msgspec.structs.asdict(finding.dispute)}
        for theme in asked.themes
        for finding in theme.findings
        if finding.dispute
    ]
    terrain = asked.context.terrain
    return check_site(
        again,
        index,
        on=asked.on,
        type=asked.type,
        complete=asked.thresholds.complete,
        assumed_accuracy_m=asked.thresholds.assumed_accuracy_m,
        min_area_m2=asked.thresholds.set_min_area_m2,
        min_length_m=asked.thresholds.set_min_length_m,
        disputes=disputes,
        terrain=None if terrain is None else msgspec.to_builtins(terrain),
    )


def _read(path: Path) -> Mapping[str, Any]:
    """The report of a JSON file, or of the one JSON file of a dossier's folder."""
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    if len(files) != 1:
        raise SiteError("sitecheck.no-report", path=path, reason=f"{len(files)} *.json")
    try:
        told = json.loads(files[0].read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SiteError("sitecheck.no-report", path=files[0], reason=error) from error
    if not isinstance(told, Mapping) or "themes" not in told:
        raise SiteError("sitecheck.no-report", path=files[0], reason="themes")
    return told


def _compare(one: Any, other: Any, pointer: str, near: float) -> Iterator[Difference]:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for name in [*one, *(name for name in other if name not in one)]:
            mine, theirs = one.get(name), other.get(name)
            if (name in one) != (name in other):
                yield Difference(f"{pointer}/{name}", mine, theirs)
            else:
                yield from _compare(mine, theirs, f"{pointer}/{name}", near)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for n, (mine, theirs) in enumerate(zip(one, other, strict=True)):
            yield from _compare(mine, theirs, f"{pointer}/{n}", near)
    elif not _same(one, other, near):
        yield Difference(pointer, one, other)


def _same(one: Any, other: Any, near: float) -> bool:
    if isinstance(one, float) and isinstance(other, float) and near:
        return math.isclose(one, other, rel_tol=near, abs_tol=near)
    return one == other and isinstance(one, bool) == isinstance(other, bool)
