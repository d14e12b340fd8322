"""Many sites at once: one row of verdicts each, taken up again where a run was broken off."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from lsgis import disk
from lsgis.errors import OutputError
from lsgis.sitecheck.batch.answer import WriteDossier, answer_request
from lsgis.sitecheck.batch.journal import Journal
from lsgis.sitecheck.batch.request import read_requests
from lsgis.sitecheck.batch.summary import write_summary
from lsgis.sitecheck.digest import digest_of
from lsgis.sitecheck.index.check_index import CheckIndex
from lsgis.sitecheck.index.memory import keep_in_memory

JOURNAL = "journal.jsonl"
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
    layer: str | None = None,
    complete: Iterable[str] = (),
    assumed_accuracy_m: float = 100.0,
    lang: str = "vi",
    progress: Progress | None = None,
    dossiers: WriteDossier | None = None,
) -> BatchReport:
    """Check every site of a table; write one row of verdicts each, as XLSX and CSV.

    A row that cannot be checked becomes an error row and stops nothing. Each
    finished site is noted in `journal.jsonl` in `out`: run again after an
    interruption, no site is checked twice and none is lost. Other options, an
    index of other data or a changed row are other questions, and asked again.

    Parameters
    ----------
    table
        XLSX, CSV or vector file; see `read_requests`.
    index
        From `require_index`; it is taken into memory.
    out
        Folder for journal and summary (`sites.xlsx`, `sites.csv`); made if need be.
    on, complete, assumed_accuracy_m
        As for `check_site`.
    type, crs, accuracy_m
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

    Raises
    ------
    SiteError, CrsError, LayerError
        The table as a whole cannot be read.
    OutputError
        The folder cannot be written.
    """
    folder, complete = Path(out), tuple(complete)
    requests = read_requests(Path(table), layer=layer)
    options = {"on": on, "complete": complete, "assumed_accuracy_m": assumed_accuracy_m}
    common = {"type": type, "crs": crs, "accuracy_m": accuracy_m}
    run = {"index": index.digest, **options, "on": on.isoformat(), **common}
    run["dossiers"] = dossiers is not None
    index = keep_in_memory(index)
    disk.make_folder(folder, code="sitecheck.unwritable-folder")
    try:
        journal = Journal(folder / JOURNAL)
        keys = [digest_of([run, request.digest]) for request in requests]
        todo = [pair for pair in zip(keys, requests, strict=True) if pair[0] not in journal.done]
        items = progress(todo, desc="check_sites", total=len(todo)) if progress else todo
        for key, request in items:
            journal.add(key, answer_request(request, index, options, common, folder, dossiers))
        rows = tuple(journal.done[key] for key in keys)
        titles = {name: card["title"][lang] for name, card in index.layers.items()}
        files = write_summary(rows, folder, titles=titles, lang=lang)
    except OSError as error:
        reason = disk.why(error, folder)
        raise OutputError("sitecheck.unwritable-folder", path=folder, reason=reason) from error
    failed = sum(row["error_en"] is not None for row in rows)
    return BatchReport(rows, files, len(rows) - failed, failed, len(rows) - len(todo))
