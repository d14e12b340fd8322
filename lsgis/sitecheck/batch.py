"""Hundreds of sites: asked, answered, noted in a journal."""

import json
import re
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from lsgis import disk
from lsgis.digest import digest_of
from lsgis.errors import LsgisError, OutputError, SiteError
from lsgis.sitecheck.assess import check_site
from lsgis.sitecheck.batch_process import Unanswered, answer_each, can_leave, why_not
from lsgis.sitecheck.batch_summary import DOSSIERS, Run, dossier_folder, write_summary
from lsgis.sitecheck.batch_table import Request, read_kind, read_requests, require_place
from lsgis.sitecheck.content import find_strongest
from lsgis.sitecheck.declared import (
    PLACES,
    caution_of_word,
    cautions_of_minima,
    changed_layers,
    compare_place,
    is_clear,
    standing_cautions,
    vouched_layers,
)
from lsgis.sitecheck.index import CheckIndex
from lsgis.sitecheck.record import WORST_FIRST, LogRow, SiteReport
from lsgis.sitecheck.store import keep_in_memory
from lsgis.sitefile.outline import require_reading
from lsgis.sitefile.reader import read_site
from lsgis.text import LANGUAGES, say_row

# What a long run has done so far: one line a site, only ever added to.


class Journal:
    """A file of finished sites, by key. A line cut off by a kill is as if it were not there.

    So is the line of a site that was not answered, once it is read again: its process ended or
    was late, which says nothing of the site for good.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.done: dict[str, Mapping[str, Any]] = {}
        content = path.read_bytes() if path.is_file() else b""
        for line in content.split(b"\n"):
            try:
                told = json.loads(line)
                if not told.get("unanswered"):
                    self.done.setdefault(told["key"], told["result"])
            except (ValueError, KeyError, TypeError, AttributeError):
                continue
        self._torn = bool(content) and not content.endswith(b"\n")

    def add(self, key: str, result: Mapping[str, Any], *, unanswered: bool = False) -> None:
        """Note a finished site, or one not answered; it is with the system before this returns.

        Raises
        ------
        OutputError
            It cannot be noted.
        """
        told = {"key": key, "result": result} | ({"unanswered": True} if unanswered else {})
        line = json.dumps(told, ensure_ascii=False)
        text = f"\n{line}\n" if self._torn else f"{line}\n"
        disk.append_text(self._path, text, code="sitecheck.unwritable-folder")
        self._torn = False
        self.done[key] = result


# One row of many: a site read and checked, its row of the summary, or why there is none.

WriteDossier = Callable[[SiteReport, Path], object]
_STRONGEST = (
    "strongest_layer",
    "strongest_vi",
    "strongest_en",
    "overlap_m2",
    "overlap_m",
    "distance_m",
    "e_m",
)
_BLANK = (
    "assumed_accuracy_m",
    "id",
    "kind",
    "accuracy_m",
    "area_m2",
    "place",
    "place_vi",
    "place_en",
    "communes",
    "communes_near",
    "outside_share",
    "clear",
    "unknown",
    "cautions_vi",
    "cautions_en",
    *_STRONGEST,
)
_BY_LAYER = {"assumed": dict, "caveats": dict, "vouched": list, "unset": dict, "files": list}
_OUTLINES = re.compile("POLYGON|LINESTRING|CURVE|TRIANGLE|SURFACE|TIN", re.IGNORECASE)
_DOSSIER = "dossier-"  # how the names of the files of a dossier begin


def answer_request(
    request: Request,
    index: CheckIndex,
    options: Mapping[str, Any],
    common: Mapping[str, Any],
    folder: Path,
    dossiers: WriteDossier | None,
) -> dict[str, Any]:
    """The summary row of one site: its verdicts, or why there are none.

    Raises
    ------
    OutputError, OSError
        The disk's own reason, which concerns every site.
    Exception
        No memory for it, or what nobody foresaw: it says nothing of the site for good.
    """
    place = folder / dossier_folder(request.row)
    if dossiers is not None:
        _clear(place)  # no two answers in one folder, nor an old one beside an error
    try:
        require_place(request)
        site = read_site(
            request.source,
            crs=request.crs or common["crs"],
            accuracy_m=_metres(request.accuracy_m, common["accuracy_m"]),
            area_certificate_m2=_metres(request.area_certificate_m2, None),
            name=request.name,
            kind=read_kind(request) or common["kind"],
            region=index.region,
        )
        site = compare_place(
            site,
            index,
            commune=request.declared_commune,
            assumed_accuracy_m=options["assumed_accuracy_m"],
        )
        report = check_site(site, index, type=request.type or common["type"], **options)
        if dossiers is not None:
            dossiers(report, place)
    except OutputError:
        raise
    except LsgisError as error:
        return _failed(request, **{f"error_{n}": error.message(n) for n in LANGUAGES})
    files = [] if dossiers is None else _files_in(place)
    return _answered(request, report) | {"files": files}


def _make_ready(
    index: CheckIndex,
    options: Mapping[str, Any],
    common: Mapping[str, Any],
    folder: Path,
    dossiers: WriteDossier | None,
) -> Callable[[Request], dict[str, Any]]:
    """What answers requests, with the index in memory."""
    index = keep_in_memory(index)
    return lambda request: answer_request(request, index, options, common, folder, dossiers)


def _answers(
    ready: Callable[[], Callable[[Request], dict[str, Any]]],
    requests: Sequence[Request],
    limit_s: float | None,
) -> Generator[dict[str, Any] | Unanswered, None, None]:
    """The row of each request: from a process of its own, or without a limit from this one."""
    if requests and limit_s is not None:
        yield from answer_each(ready, requests, limit_s=limit_s)
    elif requests:
        answer = ready()
        for request in requests:
            try:
                row: dict[str, Any] | Unanswered = answer(request)
            except Exception as error:
                why = why_not(error)
                if why is None:
                    raise
                row = why
            yield row


def _unanswered(
    request: Request, why: Unanswered, folder: Path, *, written: bool
) -> dict[str, Any]:
    """The row of a site whose check did not come to its end; what was half written goes."""
    if written:
        place = folder / dossier_folder(request.row)
        disk.sweep(place.parent)
        disk.sweep(place)
        _clear(place)
        with suppress(OSError):  # not there, or somebody else laid something in it
            place.rmdir()
    outlined = _is_outline(request.source)
    told = {f"error_{lang}": why.message(lang, outlined=outlined) for lang in LANGUAGES}
    return _failed(request, **told)


def _is_outline(source: str) -> bool:
    """Whether a site is more than points: a table of corners, or such a shape as WKT."""
    return len(source.splitlines()) > 2 or bool(_OUTLINES.search(source))


def _files_in(place: Path) -> list[str]:
    """Names of the files of a dossier, as they lie in its folder."""
    return sorted(path.name for path in place.glob(f"{_DOSSIER}*"))


def _clear(place: Path) -> None:
    """Take an earlier dossier away; what somebody else laid beside it stays."""
    for name in _files_in(place):
        (place / name).unlink()


def _is_whole(row: Mapping[str, Any], folder: Path) -> bool:
    """Whether the dossier of a row lies in its folder as it was written: that one alone."""
    return _files_in(folder / dossier_folder(row["row"])) == row["files"]


def _metres(cell: str, otherwise: float | None) -> float | None:
    """A number of metres as an office writes it; another one when the cell is empty."""
    return float(cell.replace(",", ".")) if cell else otherwise


def _failed(request: Request, **errors: str) -> dict[str, Any]:
    told = {"row": request.row, "name": request.name, "worst": "error", "states": {}}
    told |= {name: made() for name, made in _BY_LAYER.items()}
    blank = {**dict.fromkeys(_BLANK), "clear": False}
    return {**told, **blank, **errors}


def _answered(request: Request, report: SiteReport) -> dict[str, Any]:
    site, context = report.site, report.context
    states = {theme.layer: theme.state for theme in report.themes}
    return {
        "row": request.row,
        "name": site.name,
        "worst": min(states.values(), key=WORST_FIRST.index),
        "states": states,
        "assumed": {
            theme.layer: theme.holds_to_m for theme in report.themes if theme.accuracy_assumed
        },
        "caveats": {theme.layer: list(theme.caveats) for theme in report.themes if theme.caveats},
        "assumed_accuracy_m": report.thresholds.assumed_accuracy_m,
        "id": report.id,
        "kind": site.kind,
        "accuracy_m": site.accuracy_m,
        "area_m2": site.area_m2,
        **_place(site.log),
        "communes": "; ".join(row.name_vi for row in context.communes),
        "communes_near": "; ".join(row.name_vi for row in context.communes_near),
        "outside_share": context.outside_share,
        "clear": is_clear(states.values(), site.log, outside_share=context.outside_share),
        "unknown": sum(state in ("no_data", "incomplete") for state in states.values()),
        "vouched": [verdict.layer for verdict in vouched_layers(report)],
        "unset": {v.layer: v.state_unset for v in changed_layers(report)},
        **_cautions(report),
        **_strongest(report),
        "error_vi": None,
        "error_en": None,
    }


def _place(log: Sequence[LogRow]) -> dict[str, str]:
    """Whether a site lies in the commune its papers name: a code, and what the log tells of it."""
    rows = [row for row in log if row["code"] in PLACES]
    told = {f"place_{lang}": "; ".join(say_row(row, lang) for row in rows) for lang in LANGUAGES}
    worst = min((str(row["code"]) for row in rows), key=PLACES.index, default="")
    return {"place": worst.removeprefix("site.place-"), **told}


def _cautions(report: SiteReport) -> dict[str, str]:
    """What stands beside the verdicts, lest they calm.

    Where the site lies may be in doubt; a word or a minimum of whoever asked decides a state.
    """
    rows = [*standing_cautions(report.site.log), *caution_of_word(report)]
    rows += cautions_of_minima(report)
    return {f"cautions_{lang}": "; ".join(say_row(row, lang) for row in rows) for lang in LANGUAGES}


def _strongest(report: SiteReport) -> dict[str, Any]:
    """The finding that weighs most, with its overlap (m², m) or distance (m) and accuracy."""
    place = find_strongest(report)
    if place is None:
        return dict.fromkeys(_STRONGEST)
    theme = report.themes[place[0]]
    found = theme.findings[place[1]]
    told = (theme.layer, found.name_vi or found.key, found.name_en or found.name_vi or found.key)
    figures = (found.area_m2, found.length_m, found.distance_m, found.e_m)
    return dict(zip(_STRONGEST, (*told, *figures), strict=True))


# Many sites at once: one row of verdicts each, taken up again where a run was broken off.

JOURNAL = "journal.jsonl"
_LONGEST_S = 1_000_000.0  # more than what clocks of systems can wait for is no limit
Progress = Callable[..., Iterable[Any]]


@dataclass(frozen=True)
class BatchReport:
    """What a run made: rows of the summary in table order, its files, how many were new."""

    rows: tuple[Mapping[str, Any], ...]
    files: tuple[Path, ...]
    checked: int
    failed: int
    resumed: int


def check_sites(
    table: Path | str,
    index: CheckIndex,
    *,
    out: Path | str,
    on: date,
    type: str | None = None,
    crs: str | None = None,
    accuracy_m: float | None = None,
    kind: str | None = None,
    layer: str | None = None,
    complete: Iterable[str] = (),
    assumed_accuracy_m: float = 100.0,
    min_area_m2: Mapping[str, float] | None = None,
    min_length_m: Mapping[str, float] | None = None,
    lang: str = "vi",
    progress: Progress | None = None,
    dossiers: WriteDossier | None = None,
    form: Mapping[str, Any] | None = None,
    time_limit_s: float | None = 600.0,
) -> BatchReport:
    """Check every site of a table; write one row of verdicts each, as XLSX and CSV.

    Beside them the workbook has the table as it came, links to the dossiers, and a sheet on
    what was asked of which plan.

    A row that cannot be checked becomes an error row and stops nothing: also one whose check
    ends its process (a crash of a library, a kill for lack of memory), takes too long, lacks
    memory or raises what nobody foresaw. Such a row is asked again by the next run. Each
    finished site is noted in `journal.jsonl` in `out`: run again after an
    interruption, no site is checked twice and none is lost; one whose dossier is gone,
    or not as it was written, is asked again. Other options, an
    index of other data or a changed row are other questions, and asked again.

    Parameters
    ----------
    table
        XLSX, CSV or vector file; see `read_requests`.
    index
        From `require_index`; it is taken into memory where sites are answered.
    out
        Folder for journal and summary (`sites.xlsx`, `sites.csv`); made if need be.
    on, complete, assumed_accuracy_m, min_area_m2, min_length_m
        As for `check_site`.
    type, crs, accuracy_m, kind
        For rows that state none of their own.
    layer
        Sheet or layer, where the file holds several.
    lang
        Language of the summary's headings, states and messages.
    progress
        `tqdm` or alike, called as `progress(items, desc=..., total=...)`; silent when None.
    dossiers
        Called as `dossiers(report, folder)` for each site checked, before it is
        noted; the folder is `dossier/<row>` in `out`.
    form
        What the dossiers look like (formats, language, office), as JSON can hold it: where it
        is another than that of an earlier run, they are written again.
    time_limit_s
        Seconds one site may take, its dossier with it. Sites are answered in a process of
        their own; in this one, without a limit and without that shelter, when None or when
        `dossiers` cannot go there (a lambda, a function within a function).

    Raises
    ------
    SiteError, CrsError, LayerError
        The table as a whole cannot be read; the limit is no time; or no process that answers
        could begin, tried several times, and none had answered.
    OutputError
        The folder cannot be written.
    """
    folder, complete = Path(out), tuple(complete)
    requests = read_requests(Path(table), layer=layer, crs=crs)
    options: dict[str, Any] = {"on": on, "complete": complete}
    options |= {"assumed_accuracy_m": assumed_accuracy_m}
    minima = {2: {**(min_area_m2 or {})}, 1: {**(min_length_m or {})}}
    options |= {"min_area_m2": minima[2], "min_length_m": minima[1]}
    if kind is not None:
        require_reading(kind)
    if time_limit_s is not None and not 0 < time_limit_s < _LONGEST_S:
        raise SiteError("sitecheck.bad-time-limit", found=time_limit_s, most=f"{_LONGEST_S:g}")
    common = {"type": type, "crs": crs, "accuracy_m": accuracy_m, "kind": kind}
    run = {"index": index.digest, **options, "on": on.isoformat(), **common}
    run["dossiers"] = dossiers is not None and (dict(form) if form else True)
    run["told"] = (*_BLANK, *_BY_LAYER)  # a journal that tells less answers another question
    limit_s = time_limit_s if can_leave(dossiers) else None
    ready = partial(_make_ready, index, options, common, folder, dossiers)
    places = [folder, folder / DOSSIERS] if dossiers is not None else [folder]
    try:
        with disk.making_folders(*places, code="sitecheck.unwritable-folder"):
            journal = Journal(folder / JOURNAL)
            keys = [digest_of([run, request.digest]) for request in requests]
            todo = [
                (key, request)
                for key, request in zip(keys, requests, strict=True)
                if key not in journal.done
                or (dossiers is not None and not _is_whole(journal.done[key], folder))
            ]
            items = progress(todo, desc="check_sites", total=len(todo)) if progress else todo
            asked = [request for _, request in todo]
            with closing(_answers(ready, asked, limit_s)) as answers:
                for (key, request), row in zip(items, answers, strict=False):
                    if isinstance(row, Unanswered):
                        row = _unanswered(request, row, folder, written=dossiers is not None)
                        journal.add(key, row, unanswered=True)
                    else:
                        journal.add(key, row)
            rows = tuple(journal.done[key] for key in keys)
            files = write_summary(
                rows,
                folder,
                cells=[request.cells for request in requests],
                run=Run(index, on, complete, assumed_accuracy_m, minima),
                lang=lang,
                linked=dossiers is not None,
            )
    except OSError as error:
        reason = disk.why(error, folder)
        raise OutputError("sitecheck.unwritable-folder", path=folder, reason=reason) from error
    failed = sum(row["error_en"] is not None for row in rows)
    return BatchReport(rows, files, len(rows) - failed, failed, len(rows) - len(todo))
