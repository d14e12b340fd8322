"""Published commune boundaries: fetched once from a pinned version, checked on every reading."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import geopandas as gpd
import pandas as pd

from lsgis.errors import SourceError
from lsgis.source.cache import (
    cache_folder,
    list_fetched,
    make_folders,
    pinned_folder,
    read_dataset,
    write_provenance,
)
from lsgis.text import LANGUAGES, say

# what to do about a failure, by its code
_TODO = {
    "fetch.unreachable": "fetch.unreachable.todo",
    "fetch.not-found": "fetch.not-found.todo",
    "fetch.refused": "fetch.refused.todo",
    "fetch.hash-differs": "fetch.hash-differs.todo",
    "fetch.cut": "fetch.cut.todo",
    "fetch.timeout": "fetch.timeout.todo",
    "fetch.failed": "fetch.failed.todo",
    "fetch.disk": "fetch.disk.todo",
    "fetch.altered": "fetch.altered.todo",
}

__all__ = ["cache_folder", "fetch", "list_fetched", "read_fetched"]


def fetch(
    *,
    cache: Path | str | None = None,
    base_url: str | None = None,
    retries: int = 3,
    timeout: float = 30.0,
    on: date | None = None,
    progress: Callable | None = None,
) -> pd.DataFrame:
    """Fetch the published commune boundaries into the cache, every file checked by its hash.

    What is there and sound is not fetched again; when all is there, nothing is
    asked of the network. An interrupted run is taken up where it stopped.

    Parameters
    ----------
    cache
        Folder to keep the files in; default: the system's place for caches.
    base_url
        Address that holds the pinned version; default: the publisher's.
    retries
        Further attempts per file after a cut, a time-out or a server's error.
    timeout
        Seconds to wait for a connection, and for each piece of a file.
    on
        Day to note as the day of retrieval; none is noted when not given.
    progress
        Like tqdm: `progress(iterable, desc=..., total=...)`; one step a file.

    Returns
    -------
    DataFrame
        One row per file: `file`, `path`, `sha256`, `status` ("fetched" |
        "cached"), `bytes`.

    Raises
    ------
    SourceError
        Address or folder cannot be used, or not all files came; what came
        whole is kept, and nothing else lies under a file's name.

    Sources
    -------
    data/dataset.csv, data/download.csv.
    """
    origin = _require_address(base_url or read_dataset()["base_url"])
    before = list_fetched(cache=cache)
    wanted = before[before["status"] != "whole"]
    failures: list[SourceError] = []
    try:
        if len(wanted):
            from lsgis.source.download import download_files  # only now: loads an HTTP library

            make_folders(wanted, cache=cache)
            failures = download_files(
                dict(zip(wanted["file"], wanted["sha256"], strict=True)),
                pinned_folder(cache),
                base_url=origin,
                retries=retries,
                timeout=timeout,
                progress=progress,
            )
    finally:  # what came before a Ctrl-C is noted too
        after = list_fetched(cache=cache)
        after["came"] = (after["status"] == "whole") & (before["status"] != "whole")
        write_provenance(after, origin=origin, on=on, cache=cache)
    _require_whole(after, "fetch.incomplete", failures, cache)
    status = after["came"].map({True: "fetched", False: "cached"})
    return after.assign(status=status)[["file", "path", "sha256", "status", "bytes"]]


def read_fetched(*, cache: Path | str | None = None) -> gpd.GeoDataFrame:
    """Read the published communes from the cache, their hashes checked again; no network.

    Returns
    -------
    GeoDataFrame
        One row per commune in order of code, EPSG:4326 as published:
        `commune_code`, `name_vi`, `kind`, geometry (MultiPolygon). Gaps,
        overlaps and repeated vertices of the publisher are not mended.

    Raises
    ------
    SourceError
        A file is missing or was altered; run `fetch` first.
    """
    files = list_fetched(cache=cache)
    failures = [
        SourceError("fetch.altered", name=row.path.name, expected=row.sha256, found=row.found)
        for row in files[files["status"] == "altered"].itertuples()
    ]
    _require_whole(files, "fetch.not-ready", failures, cache)
    paths = files.loc[files["commune_code"] != "", "path"]
    units = pd.concat([gpd.read_file(path) for path in paths], ignore_index=True)
    units["kind"] = units["fullNameEn"].str.split().str[-1].str.lower()
    units = units.rename(columns={"code": "commune_code", "name": "name_vi"})
    columns = ["commune_code", "name_vi", "kind", "geometry"]
    return units[columns].sort_values("commune_code", ignore_index=True)


def _require_address(url: str) -> str:
    """An address that ends with "/"; refuse what is no web address."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # brackets or a port that are none
        usable = False
    if not usable:
        raise SourceError("fetch.base-url", found=url)
    return url.rstrip("/") + "/"


def _require_whole(
    files: pd.DataFrame, code: str, failures: Sequence[SourceError], cache: Path | str | None
) -> None:
    """Refuse a set of files (column `status`) of which one is missing or altered; list why."""
    count = files["status"].value_counts()
    if count.get("whole", 0) < len(files):
        raise SourceError(
            code,
            ready=count.get("whole", 0),
            missing=count.get("missing", 0),
            altered=count.get("altered", 0),
            total=len(files),
            folder=pinned_folder(cache),
            failures=tuple(failures),
            listed={lang: _listed(failures, lang) for lang in LANGUAGES},
        )


def _listed(failures: Sequence[SourceError], lang: str) -> str:
    """Every failure on a line of its own, then what to do about each kind, once."""
    todo = dict.fromkeys(say(_TODO[failure.code], lang) for failure in failures)
    lines = [f"\n  {failure.message(lang)}" for failure in failures]
    return "".join([*lines, *(f"\n  → {text}" for text in todo)])
