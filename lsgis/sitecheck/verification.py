"""A dossier checked: are its files as they were written, and is its answer the one of today?"""

import json
import math
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import msgspec
from shapely.errors import GEOSException
from shapely.geometry import shape

from lsgis.digest import hash_file
from lsgis.errors import LsgisError, SiteError
from lsgis.sitecheck.assess import check_site
from lsgis.sitecheck.index import CheckIndex, require_same_plane
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
_LONGEST = 120  # letters told of a line that is none


Kind = Literal["state", "figure", "file", "other", "software"]


@dataclass(frozen=True)
class Difference:
    """One thing in which a dossier is not what was written, or says something else than today.

    Of a file, `pointer` is its name, `dossier` its sha256 as written and `found` as it
    is: a missing file has no second one, a file that nobody listed no first one, and a
    list of files (`*.sha256`) that is missing itself has neither; then every other file
    beside it is told too, since nothing could be held against anything. A folder is told
    by its name and "/", a link by its name; nothing is opened there, so `found` is "".
    All else is a place of the report, as a JSON pointer; that of the whole report, "",
    says that it could not be computed again, and `found` why: {vi, en}.
    `layer` is the layer it speaks of, where it does.
    `decides` says whether the answer, or a file somebody may have in hand, is another;
    what does not decide are versions, texts and where data came from.
    """

    pointer: str
    dossier: Any
    found: Any
    kind: Kind = "other"
    layer: str = ""
    decides: bool = True


def verify(
    dossier: Path | str | SiteReport | Mapping[str, Any], index: CheckIndex
) -> list[Difference]:
    """Check a dossier: every file against its list, and its site once more, as of today.

    The report holds all that it was asked: the site's own coordinates, the day,
    the options, the disputes. An empty list means: every file as it was written, same
    inputs, same answer, same id. Where the versions of the libraries differ, and that is
    listed, last digits may; otherwise nothing may. The list of files guards against
    loss and mistakes; it is no signature: who changes a file can change the list. The
    JSON file alone is computed again.

    Parameters
    ----------
    dossier
        Folder of a dossier, its JSON file (the list of files beside it is read too), or
        the report itself, which has no files.
    index
        Index of the plan as it is today, made with the same choices.

    Returns
    -------
    list of Difference
        Changed states first, then figures, files and the rest; what decides before what
        does not.

    Raises
    ------
    SiteError
        It is no report, or its site cannot be checked at all, though the JSON file is as
        it is listed; the folder holds several dossiers; or its list of files is none: a
        broken line, a name that leads out of the folder, a link.
    """
    if isinstance(dossier, SiteReport):
        return _in_order(_answers(dossier.document, index))
    if isinstance(dossier, Mapping):
        return _in_order(_answers(dossier, index))
    path = Path(dossier)
    file = _file_of(path)
    files = list(_compare_files(file, alone=not path.is_dir()))
    changed = [row for row in files if row.pointer == file.name and row.dossier is not None]
    if changed and not file.exists():
        return _in_order(files)
    try:
        return _in_order([*files, *_answers(_read(file), index)])
    except SiteError as error:
        if not changed:
            raise
        told = {lang: error.message(lang) for lang in LANGUAGES}
        return _in_order([*files, Difference("", None, told)])


def _answers(told: Mapping[str, Any], index: CheckIndex) -> Iterator[Difference]:
    """Where a report says something else than the same question is answered today."""
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
    software = told.get("software")
    near = _NEAR if software != found["software"] else 0.0
    version = software.get("lsgis") if isinstance(software, Mapping) else None
    older = version != found["software"]["lsgis"]
    for row in _compare(told, found, "", near):
        yield _judged(row, told, found, older=older)


def _in_order(rows: Iterable[Difference]) -> list[Difference]:
    kinds: tuple[Kind, ...] = ("state", "figure", "file", "other", "software")

    def order(row: Difference) -> tuple[bool, int, bool]:
        return not row.decides, kinds.index(row.kind), "/findings/" in row.pointer

    return sorted(rows, key=order)


# The list of the files of a dossier, as `sha256sum -c` reads it.

LIST = ".sha256"
_LINE = re.compile(r"([0-9a-f]{64})  ([^/\\\x00-\x1f]+)")


def to_list(hashes: Mapping[str, str]) -> str:
    """The text of a list of files: a line each, its sha256 and its name, in order of name."""
    return "".join(f"{hashes[name]}  {name}\n" for name in sorted(hashes))


def read_list(path: Path) -> dict[str, str]:
    """Name -> sha256 of a list of files.

    Raises
    ------
    SiteError
        It cannot be read, a line is none, a name stands twice or is none of a file
        beside the list: nothing outside the folder is ever opened for it.
    """
    if path.is_symlink():
        raise SiteError("sitecheck.bad-list", path=path, found=path.name)
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, ValueError) as error:
        raise SiteError("sitecheck.unread-list", path=path, reason=error) from error
    hashes: dict[str, str] = {}
    for line in lines[:-1] if lines[-1] == "" else lines:
        row = _LINE.fullmatch(line)
        if row is None or row[2] in hashes or row[2] in (".", "..") or ":" in row[2]:
            raise SiteError("sitecheck.bad-list", path=path, found=line[:_LONGEST])
        if (path.parent / row[2]).is_symlink():
            raise SiteError("sitecheck.bad-list", path=path, found=row[2])
        hashes[row[2]] = row[1]
    return hashes


def find_report(path: Path) -> tuple[Path, tuple[str, ...]]:
    """The JSON file of a dossier, or of its folder, and the files that its list names.

    Raises
    ------
    SiteError
        There is none or several, or the list is none.
    """
    file = _file_of(path)
    place = file.with_suffix(LIST)
    return file, tuple(read_list(place)) if place.exists() else ()


def _file_of(path: Path) -> Path:
    """The JSON file of a dossier; of a folder its only one, or the only one that is listed."""
    if not path.is_dir():
        return path
    lists = [file.with_suffix(".json") for file in path.glob(f"*{LIST}")]
    listed = [file for file in lists if file.name in read_list(file.with_suffix(LIST))]
    files = listed if len(listed) == 1 else sorted(path.glob("*.json"))
    if not files:
        raise SiteError("sitecheck.no-report", path=path, reason="0 *.json")
    if len(files) > 1:
        names = ", ".join(file.name for file in files)
        raise SiteError("sitecheck.two-reports", path=path, found=names)
    return files[0]


def _compare_files(file: Path, *, alone: bool) -> Iterator[Difference]:
    """Files that are not as written: of one JSON file alone only those that bear its name."""
    place = file.with_suffix(LIST)
    listed = place.exists() or place.is_symlink()
    if not listed and not file.exists():
        return
    hashes = read_list(place) if listed else {}
    if not listed:
        yield Difference(place.name, None, None, "file", decides=False)
    for name, written in hashes.items():
        path = file.parent / name
        found = hash_file(path) if path.is_file() else None
        if found != written:
            yield Difference(name, written, found, "file")
    if listed and file.name not in hashes:
        yield Difference(file.name, None, hash_file(file) if file.is_file() else None, "file")
    known = (*hashes, file.name, place.name)
    for name in _names_in(file.parent, deep=not alone):
        bears = name.rstrip("/").split("/")[-1].lstrip(".").startswith(file.stem)
        if name not in known and (bears or not alone):
            found = _hash_of(file.parent / name)
            yield Difference(name, None, found, "file", decides=bears and listed)


def _names_in(folder: Path, *, deep: bool) -> Iterator[str]:
    """All that lies in a folder, hidden or not; a folder ends in "/" and links are not followed."""
    for place, folders, files in os.walk(folder):
        within = Path(place).relative_to(folder)
        folders.sort()
        names = [*sorted(files), *(f"{name}/" for name in folders)]
        yield from (name if within == Path() else f"{within.as_posix()}/{name}" for name in names)
        if not deep:
            return


def _hash_of(path: Path) -> str:
    """The sha256 of a file; "" of a folder, a link, a pipe (never opened), or one unreadable."""
    try:
        return hash_file(path) if path.is_file() and not path.is_symlink() else ""
    except OSError:
        return ""


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
    """The report of a JSON file."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SiteError("sitecheck.no-report", path=path, reason=error) from error
    if not isinstance(told, Mapping) or "themes" not in told:
        raise SiteError("sitecheck.no-report", path=path, reason="themes")
    return told


# Two reports compared: rows of a list by what names them, so that one more shifts no other.

_NAMES = ("layer", "key", "code", "id")
_TEXTS = re.compile(r"(.*_)?(vi|en|name|title|note|origin|input|licence|source)")
_INPUTS = ("/id", "/data")  # what went in; what came of it stands elsewhere in the report


def _compare(one: Any, other: Any, pointer: str, near: float) -> Iterator[Difference]:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for name in [*one, *(name for name in other if name not in one)]:
            mine, theirs = one.get(name), other.get(name)
            if (name in one) != (name in other):
                yield Difference(f"{pointer}/{name}", mine, theirs)
            else:
                yield from _compare(mine, theirs, f"{pointer}/{name}", near)
    elif isinstance(one, list) and isinstance(other, list):
        yield from _compare_rows(one, other, pointer, near)
    elif not _same(one, other, near):
        yield Difference(pointer, one, other)


def _compare_rows(
    one: Sequence[Any], other: Sequence[Any], pointer: str, near: float
) -> Iterator[Difference]:
    mine, theirs = _named(one), _named(other)
    if mine is not None and theirs is not None:
        for name in [*mine, *(name for name in theirs if name not in mine)]:
            n = [*mine].index(name) if name in mine else [*theirs].index(name)
            if name in mine and name in theirs:
                yield from _compare(mine[name], theirs[name], f"{pointer}/{n}", near)
            else:
                yield Difference(f"{pointer}/{n}", mine.get(name), theirs.get(name))
        if set(mine) == set(theirs) and [*mine] != [*theirs]:
            yield Difference(pointer, [*mine], [*theirs], decides=False)
    elif len(one) == len(other):
        for n, pair in enumerate(zip(one, other, strict=True)):
            yield from _compare(*pair, f"{pointer}/{n}", near)
    else:
        yield Difference(pointer, one, other)


def _named(rows: Sequence[Any]) -> dict[tuple[str, ...], Any] | None:
    """Rows by what names them; None where nothing does, or two bear one name."""
    if not all(isinstance(row, Mapping) for row in rows):
        return None
    named = {tuple(str(row[name]) for name in _NAMES if name in row): row for row in rows}
    return named if len(named) == len(rows) and () not in named else None


def _same(one: Any, other: Any, near: float) -> bool:
    if isinstance(one, float) and isinstance(other, float) and near:
        return math.isclose(one, other, rel_tol=near, abs_tol=near)
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _judged(
    row: Difference, told: Mapping[str, Any], found: Mapping[str, Any], *, older: bool
) -> Difference:
    """What kind of difference it is, of which layer, and whether it decides anything.

    Whatever is not known to decide nothing decides. A field that a report of another
    version of lsgis does not have says nothing about its answer.
    """
    steps = row.pointer.split("/")[1:]
    decides = row.decides and not (
        row.pointer.startswith(_INPUTS)
        or steps[0] == "software"
        or _TEXTS.fullmatch(steps[-1]) is not None
        or (older and not _stands(told, steps) and not steps[-1].isdigit())
    )
    kind: Kind = "other"
    if steps[0] == "software":
        kind = "software"
    elif steps[0] == "themes" and (
        steps[-1] == "state" or steps[-2:-1] in (["themes"], ["findings"])
    ):
        kind = "state"
    elif decides and any(_is_number(each) for each in (row.dossier, row.found)):
        kind = "figure"
    return Difference(
        row.pointer, row.dossier, row.found, kind, _layer_of(row, steps, told, found), decides
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _stands(told: Any, steps: Sequence[str]) -> bool:
    """Whether a report has the field at all that a pointer names."""
    for step in steps:
        if isinstance(told, list):
            told = told[int(step)] if int(step) < len(told) else {}
        elif isinstance(told, Mapping) and step in told:
            told = told[step]
        else:
            return False
    return True


def _layer_of(
    row: Difference, steps: Sequence[str], told: Mapping[str, Any], found: Mapping[str, Any]
) -> str:
    """The layer whose verdict a difference lies in; "" outside of them."""
    if steps[0] != "themes" or len(steps) < 2:
        return ""
    report = found if row.dossier is None and len(steps) == 2 else told
    return str(report["themes"][int(steps[1])]["layer"])
