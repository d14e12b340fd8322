"""A dossier checked: is what it says what the same inputs say today?"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from shapely.errors import GEOSException
from shapely.geometry import shape

from lsgis.errors import LsgisError, SiteError
from lsgis.sitecheck.check import check_site
from lsgis.sitecheck.index.check_index import CheckIndex

_NEAR = 1e-9  # relative; figures of another version of a library may differ in their last digits


@dataclass(frozen=True)
class Difference:
    """One place of a report (JSON pointer) where it says something else than it says today."""

    pointer: str
    dossier: Any
    found: Any


def verify(dossier: "Path | str | Mapping[str, Any]", index: CheckIndex) -> list[Difference]:
    """Check the site of a report again, and list every place where the answer differs.

    The report holds all that it was asked: the site's own coordinates, the day,
    the options, the disputes. An empty list means: same inputs, same answer,
    same id. Where the versions of the libraries differ, and that is listed, last
    digits may; otherwise nothing may.

    Parameters
    ----------
    dossier
        JSON file of a report, a folder that holds one, or the document itself.
    index
        Index of the plan as it is today, made with the same choices.

    Raises
    ------
    SiteError
        It is no report, or its site cannot be checked at all.
    """
    told = dossier if isinstance(dossier, Mapping) else _read(Path(dossier))
    try:
        found = _again(told, index)
    except LsgisError as error:
        raise SiteError("sitecheck.not-again", reason=error) from error
    except (KeyError, TypeError, ValueError, AttributeError, GEOSException) as error:
        raise SiteError("sitecheck.no-report", path="-", reason=f"{error!r}") from error
    near = _NEAR if told.get("software") != found["software"] else 0.0
    return list(_compare(told, json.loads(json.dumps(found)), "", near))


def _again(told: Mapping[str, Any], index: CheckIndex) -> Mapping[str, Any]:
    """The report of the same question, asked today."""
    from lsgis.sitecheck.site.reader import Site

    site, thresholds = told["site"], told["thresholds"]
    accuracy = site["accuracy_m"]
    again = Site(
        name=site["name"],
        geometry=shape(site["geometry"]),
        accuracy_m=math.nan if accuracy is None else accuracy,
        kind=site["kind"],
        input=site["input"],
        crs_found=site["crs_found"],
        operation=site["operation"],
        area_certificate_m2=site["area_certificate_m2"],
        log=tuple(site["log"]),
    )
    disputes = [
        {"layer": theme["layer"], "key": finding["key"], **finding["dispute"]}
        for theme in told["themes"]
        for finding in theme["findings"]
        if finding["dispute"]
    ]
    return check_site(
        again,
        index,
        on=date.fromisoformat(told["on"]),
        type=told["type"],
        complete=thresholds["complete"],
        assumed_accuracy_m=thresholds["assumed_accuracy_m"],
        disputes=disputes,
        terrain=told["context"]["terrain"],
    ).document


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
