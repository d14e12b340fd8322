"""Published boundaries brought by hash."""

import json
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import geopandas as gpd
import pandas as pd
import pooch
import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import ChunkedEncodingError
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.exceptions import MaxRetryError, ReadTimeoutError

from lsgis import disk
from lsgis.catalogue import read_register
from lsgis.errors import OutputError, SourceError
from lsgis.intake.opening import VARIABLE, read_limits
from lsgis.region import Region, read_region
from lsgis.text import LANGUAGES, say

# Fetched files on this machine: where they lie, which are whole, where each came from.

PROVENANCE = "provenance.json"
_ASKED = "asked.json"  # what a run is fetching: gone when the provenance tells it


def cache_folder(cache: Path | str | None = None) -> Path:
    """Folder that keeps fetched files: the given one, else the system's place for caches."""
    return disk.cache_folder(cache)


def pinned_folder(cache: Path | str | None, region: Region) -> Path:
    """Folder of the pinned version inside the cache; another version gets another folder."""
    dataset = read_dataset(region)
    return cache_folder(cache) / str(dataset.name) / str(dataset["commit"])[:12]


def read_dataset(region: Region) -> pd.Series:
    """What is known of the published boundaries as a whole: first row of `data/dataset.csv`.

    Its name is that of the row; its files are in `data/download.csv`.

    Raises
    ------
    SourceError
        Nobody has named published boundaries of the region.
    """
    rows = read_register("dataset", region).set_index("dataset")
    if rows.empty:
        raise SourceError("source.no-dataset", region=region.name)
    return rows.iloc[0]


def list_fetched(*, cache: Path | str | None = None, region: Region | None = None) -> pd.DataFrame:
    """State of every file of the published boundaries in the cache; no network.

    Parameters
    ----------
    cache
        Folder of fetched files; the user's cache folder when None.
    region
        Whose boundaries; those of the region that travels with lsgis when None.

    Returns
    -------
    DataFrame
        One row per file: `file` (path at the publisher), `commune_code` (""
        for the province), `sha256` (as pinned), `path`, `found` (sha256 on
        disk, "" if missing), `bytes` (on disk), `status` ("whole" | "missing"
        | "altered").

    Raises
    ------
    SourceError
        A file is there and cannot be read.
    """
    region = region or read_region()
    folder, files = pinned_folder(cache, region), read_register("download", region)
    files = files[files["dataset"] == read_dataset(region).name].reset_index(drop=True)
    paths = [folder / file for file in files["file"]]
    try:
        found = [pooch.file_hash(path) if path.is_file() else "" for path in paths]
        size = [path.stat().st_size if path.is_file() else 0 for path in paths]
    except OSError as error:
        raise _unusable(folder, error) from error
    rows = files[["file", "commune_code", "sha256"]].assign(path=paths, found=found, bytes=size)
    status = pd.Series("altered", rows.index).mask(rows["found"] == "", "missing")
    return rows.assign(status=status.mask(rows["found"] == rows["sha256"], "whole"))


def make_folders(files: pd.DataFrame, pinned: Path) -> None:
    """Make the folders of files (column `path`) and refuse a cache nobody can write to."""
    try:
        for folder in {path.parent for path in files["path"]}:
            disk.make_folder(folder)
    except OutputError as error:
        raise _unusable(pinned, error) from error


def write_provenance(
    files: pd.DataFrame, pinned: Path, dataset: pd.Series, *, origin: str, on: date | None = None
) -> None:
    """Note beside the files what they are, their licence, and where each one came from.

    Parameters
    ----------
    files
        As from `list_fetched`, with a true-or-false column `came`: fetched
        just now. Of the others, what was noted before stays.
    pinned
        Their folder.
    dataset
        From `read_dataset`.
    origin
        Address they came from; a user name or password in it is not kept.
    on
        Day of retrieval, if it is to be noted.
    """
    whole = files[files["status"] == "whole"]
    path = pinned / PROVENANCE
    before = _read_provenance(path)
    if not len(whole) or (before and not files["came"].any()):
        return
    new = {"origin": _without_user(origin), "retrieved": on.isoformat() if on else None}
    old = before.get("files", {})
    record = {
        "dataset": dataset.name,
        **dataset[
            [
                "title_vi",
                "title_en",
                "base_url",
                "commit",
                "licence",
                "attribution",
                "crs",
                "quality",
                "source",
                "note_vi",
            ]
        ],
        "expected": len(files),
        "whole": len(whole),
    }
    record["files"] = {
        row.file: {
            "origin": None,
            "retrieved": None,
            **(new if row.came else old.get(row.file, {})),
            "sha256": row.sha256,
        }
        for row in whole.itertuples()
    }
    try:
        with disk.whole_file(path) as aside:
            text = json.dumps(record, ensure_ascii=False, indent=1) + "\n"
            aside.write_text(text, encoding="utf-8", newline="\n")
    except OutputError as error:
        raise _unusable(path.parent, error) from error


def _without_user(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _note_asked(files: Sequence[str], pinned: Path, origin: str, on: date | None) -> None:
    """Note what is about to be fetched, from where and when: a kill must not lose it."""
    told = {
        "origin": _without_user(origin),
        "retrieved": on.isoformat() if on else None,
        "files": list(files),
    }
    try:
        with disk.whole_file(pinned / _ASKED) as aside:
            aside.write_text(json.dumps(told) + "\n", encoding="utf-8", newline="\n")
    except OutputError as error:
        raise _unusable(pinned, error) from error


def _settle_asked(files: pd.DataFrame, pinned: Path, dataset: pd.Series) -> None:
    """Tell in the provenance what came in a run that was killed before it could."""
    path = pinned / _ASKED
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        asked, origin = list(told["files"]), str(told["origin"])
        on = date.fromisoformat(told["retrieved"]) if told["retrieved"] else None
    except (OSError, ValueError, KeyError, TypeError):  # no run was killed, or nothing is known
        return
    came = files["file"].isin(asked) & (files["status"] == "whole")
    write_provenance(files.assign(came=came), pinned, dataset, origin=origin, on=on)
    _forget_asked(pinned)


def _forget_asked(pinned: Path) -> None:
    with suppress(OSError):  # it is told again, the same
        (pinned / _ASKED).unlink(missing_ok=True)


def _read_provenance(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):  # none yet, or spoilt: it is written anew
        return {}


def _unusable(folder: Path, error: OSError | OutputError) -> SourceError:
    reason = error.values["reason"] if isinstance(error, OutputError) else disk.why(error, folder)
    return SourceError("fetch.folder", folder=folder, reason=reason)


# Published commune boundaries: fetched once from a pinned version, checked on every reading.

# what to do about a failure, by its code; what a disk says holds its advice
_TODO = {
    "fetch.unreachable": "fetch.unreachable.todo",
    "fetch.not-found": "fetch.not-found.todo",
    "fetch.refused": "fetch.refused.todo",
    "fetch.hash-differs": "fetch.hash-differs.todo",
    "fetch.cut": "fetch.cut.todo",
    "fetch.timeout": "fetch.timeout.todo",
    "fetch.late": "fetch.late.todo",
    "fetch.too-large": "fetch.too-large.todo",
    "fetch.failed": "fetch.failed.todo",
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
    progress: Callable[..., Any] | None = None,
    region: Region | None = None,
) -> pd.DataFrame:
    """Fetch the published commune boundaries into the cache, every file checked by its hash.

    What is there and sound is not fetched again; when all is there, nothing is
    asked of the network. An interrupted run is taken up where it stopped. One run brings no
    more than `fetch_mb` and takes no longer than `fetch_seconds` (`LSGIS_LIMITS`).

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
    region
        Whose boundaries; those of the region that travels with lsgis when None.

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
    region = region or read_region()
    dataset, pinned = read_dataset(region), pinned_folder(cache, region)
    origin = _require_address(base_url or dataset["base_url"])
    before = list_fetched(cache=cache, region=region)
    wanted = before[before["status"] != "whole"]
    failures: list[SourceError] = []
    _settle_asked(before, pinned, dataset)
    try:
        if len(wanted):
            make_folders(wanted, pinned)
            _note_asked(list(wanted["file"]), pinned, origin, on)
            failures = download_files(
                dict(zip(wanted["file"], wanted["sha256"], strict=True)),
                pinned,
                base_url=origin,
                retries=retries,
                timeout=timeout,
                progress=progress,
            )
    finally:  # what came before a Ctrl-C is noted too
        after = list_fetched(cache=cache, region=region)
        after["came"] = (after["status"] == "whole") & (before["status"] != "whole")
        write_provenance(after, pinned, dataset, origin=origin, on=on)
        _forget_asked(pinned)
    _require_whole(after, "fetch.incomplete", failures, pinned)
    status = after["came"].map({True: "fetched", False: "cached"})
    return after.assign(status=status)[["file", "path", "sha256", "status", "bytes"]]


def read_fetched(
    *, cache: Path | str | None = None, region: Region | None = None
) -> gpd.GeoDataFrame:
    """Read the published communes from the cache, their hashes checked again; no network.

    Parameters
    ----------
    cache, region
        As `list_fetched`.

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
    region = region or read_region()
    files = list_fetched(cache=cache, region=region)
    failures = [
        SourceError("fetch.altered", name=row.path.name, expected=row.sha256, found=row.found)
        for row in files[files["status"] == "altered"].itertuples()
    ]
    _require_whole(files, "fetch.not-ready", failures, pinned_folder(cache, region))
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
    files: pd.DataFrame, code: str, failures: Sequence[SourceError], pinned: Path
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
            folder=pinned,
            failures=tuple(failures),
            listed={lang: _listed(failures, lang) for lang in LANGUAGES},
        )


def _listed(failures: Sequence[SourceError], lang: str) -> str:
    """Every failure on a line of its own, then what to do about each kind, once."""
    codes = [failure.code for failure in failures if failure.code in _TODO]
    todo = dict.fromkeys(say(_TODO[code], lang) for code in codes)
    lines = [f"\n  {failure.message(lang)}" for failure in failures]
    return "".join([*lines, *(f"\n  → {text}" for text in todo)])


# Why a file did not come over HTTP, in the reader's words, and whether to try again.

PASSING = (408, 425, 429)  # besides 5xx: answers that another attempt may change


def name_failure(
    file: str,
    error: Exception,
    *,
    url: str = "",
    timeout: float = 0.0,
    folder: Path | None = None,
    path: Path | None = None,
) -> SourceError:
    """The refusal that tells of one file: which, from where, what was found.

    Parameters
    ----------
    file
        Path of the file at the publisher.
    error
        What the HTTP library or the disk said.
    url, timeout
        Address asked for, and the seconds waited for it.
    folder
        Where it was written until it was whole.
    path
        Where it was to stand.
    """
    code = _code_of(error)
    of_disk = disk.why(error, folder or Path()) if code == "fetch.disk" else None
    asked = getattr(error, "request", None)  # where redirects led, if anywhere
    address = asked.url if asked is not None else url
    return SourceError(
        code,
        file=file,
        path=path or file,
        name=PurePosixPath(file).name,
        host=urlsplit(address).netloc.rpartition("@")[2],  # no user name, no password
        reason=of_disk or _reason(error),
        status=_status(error),
        seconds=f"{timeout:g}",
    )


def _code_of(error: Exception) -> str:
    if isinstance(error, requests.HTTPError):
        return "fetch.not-found" if _status(error) == 404 else "fetch.refused"
    if is_unreachable(error):
        return "fetch.unreachable"
    if isinstance(error, requests.Timeout) or _holds(error, ReadTimeoutError):
        return "fetch.timeout"
    if isinstance(error, requests.ConnectionError | ChunkedEncodingError):
        return "fetch.cut"
    return "fetch.failed" if isinstance(error, requests.RequestException) else "fetch.disk"


def is_unreachable(error: Exception) -> bool:
    """No connection at all: no network, name, route, port, proxy or trusted certificate."""
    return _holds(error, MaxRetryError)


def is_final(error: requests.RequestException) -> bool:
    """Whether another attempt would meet the same answer: no such file, no usable address."""
    if isinstance(error, requests.HTTPError):
        return _status(error) < 500 and _status(error) not in PASSING
    return isinstance(error, ValueError)


def _status(error: Exception) -> int:
    """Status the server answered with; 0 when it answered nothing."""
    response = getattr(error, "response", None)
    return 0 if response is None else response.status_code


def _holds(error: Exception, kind: type[Exception]) -> bool:
    return bool(error.args) and isinstance(error.args[0], kind)


def _reason(error: BaseException) -> str:
    """Text of the innermost cause; the outer ones print addresses in memory."""
    while inner := error.__cause__ or error.__context__:
        error = inner
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


# Files over HTTP, several at once: each comes whole and unaltered, or a refusal says why.

AT_ONCE = 4  # small files over a slow line wait for answers, not for bytes
# the other files would fare no better
STOPPING = ("fetch.unreachable", "fetch.disk", "fetch.too-large", "fetch.late")


class _Hopeless(Exception):
    """A failure that another attempt cannot mend; pooch repeats every other one."""

    def __init__(self, refusal: SourceError | None) -> None:
        self.refusal = refusal


class _Lines(HTTPAdapter):
    """Connections that can all be cut: a server that sends a byte a second is never silent."""

    def __init__(self) -> None:
        self._open: list[socket.socket] = []
        super().__init__()

    def init_poolmanager(self, *given: Any, **more: Any) -> None:
        """As it is, with connections that are noted."""
        super().init_poolmanager(*given, **more)
        self._note(self.poolmanager)

    def proxy_manager_for(self, *given: Any, **more: Any) -> Any:
        """As it is, with connections that are noted."""
        return self._note(super().proxy_manager_for(*given, **more))

    def _note(self, manager: PoolManager) -> PoolManager:
        noted = self._open

        def watched(pool: type[HTTPConnectionPool]) -> type[HTTPConnectionPool]:
            class Connection(pool.ConnectionCls):  # type: ignore[name-defined, misc]
                def connect(self) -> None:
                    super().connect()
                    noted.append(self.sock)

            return type(pool.__name__, (pool,), {"ConnectionCls": Connection})

        pools = {"http": watched(HTTPConnectionPool), "https": watched(HTTPSConnectionPool)}
        manager.pool_classes_by_scheme = pools
        return manager

    def cut(self) -> None:
        """End every connection, whoever waits for it."""
        for line in list(self._open):
            with suppress(OSError):  # closed already
                line.shutdown(socket.SHUT_RDWR)


class _Downloader:
    """What pooch calls for each attempt: one open session for all files and threads."""

    def __init__(self, session: requests.Session, timeout: float, folder: Path) -> None:
        self.session, self.timeout, self.limits = session, timeout, read_limits()
        self.mode = folder.stat().st_mode & 0o666  # files are as readable as their folder
        self.reached = threading.Event()  # the host has answered something
        self.stopped = threading.Event()  # nothing more is asked for
        self.late = threading.Event()  # the time of the whole is over
        self._lock, self._came = threading.Lock(), 0  # bytes, of all files
        self._lines = _Lines()
        for scheme in ("http://", "https://"):
            session.mount(scheme, self._lines)

    def end(self) -> None:
        """The time of the whole is over: what is under way is cut."""
        self.late.set()
        self.stopped.set()
        self._lines.cut()

    def beyond(self, code: str, file: str = "") -> SourceError:
        """The refusal that names a limit of the whole, and how to set it."""
        name = {"fetch.late": "fetch_seconds", "fetch.too-large": "fetch_mb"}[code]
        told = {"name": name, "limit": getattr(self.limits, name), "variable": VARIABLE}
        return SourceError(code, file=PurePosixPath(file).name, **told)

    def _count(self, size: int, file: str) -> None:
        """Refuse more bytes than one run may bring."""
        with self._lock:
            self._came += size
            if self._came > self.limits.fetch_mb * 1_000_000 and not self.stopped.is_set():
                self.stopped.set()  # told once
                raise _Hopeless(self.beyond("fetch.too-large", file))

    def __call__(self, url: str, path: str, keeper: pooch.Pooch) -> None:
        file = url.removeprefix(keeper.base_url)
        try:
            self._stream(url, Path(path), file)
        except requests.RequestException as error:
            if self.late.is_set():
                raise _Hopeless(self.beyond("fetch.late")) from error
            never = is_unreachable(error) and not self.reached.is_set()
            if never or is_final(error):
                refusal = name_failure(file, error, url=url, timeout=self.timeout)
                raise _Hopeless(refusal) from error
            raise
        expected, found = keeper.registry[file], pooch.file_hash(path)
        if found != expected:
            self._require_going()  # cut in its head, an answer looks like an empty one
            values = {"name": PurePosixPath(file).name, "expected": expected, "found": found}
            raise _Hopeless(SourceError("fetch.hash-differs", file=file, **values))

    def _stream(self, url: str, path: Path, name: str) -> None:
        self._require_going()
        with self.session.get(url, stream=True, timeout=self.timeout) as answer:
            self.reached.set()
            answer.raise_for_status()
            with path.open("wb") as file:
                for piece in answer.iter_content(64 * 1024):
                    self._require_going()
                    self._count(len(piece), name)
                    file.write(piece)
        path.chmod(self.mode)

    def _require_going(self) -> None:
        if self.late.is_set():
            raise _Hopeless(self.beyond("fetch.late"))
        if self.stopped.is_set():
            raise _Hopeless(None)


def _bring(
    keeper: pooch.Pooch, file: str, download: _Downloader, folder: Path
) -> SourceError | None:
    """Fetch one file into its place; None when it came, or was no longer asked for."""
    try:
        disk.move_in(Path(keeper.fetch(file, downloader=download)), folder / file)
        return None
    except _Hopeless as error:
        refusal = error.refusal
    except OSError as error:  # the disk's, or the HTTP library's after the last attempt
        url = keeper.get_url(file)
        refusal = name_failure(
            file,
            error,
            url=url,
            timeout=download.timeout,
            folder=Path(keeper.path),
            path=folder / file,
        )
    if refusal is not None and refusal.code in STOPPING:
        download.stopped.set()
    return refusal


@contextmanager
def _quiet_pooch() -> Iterator[None]:
    """Silence what pooch logs about every file, and put its logger back."""
    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel("ERROR")
    try:
        yield
    finally:
        logger.setLevel(level)


def download_files(
    registry: dict[str, str],
    folder: Path,
    *,
    base_url: str,
    retries: int,
    timeout: float,
    progress: Callable[..., Any] | None = None,
) -> list[SourceError]:
    """Fetch files below an address into a folder, each checked before it gets its name.

    A file that fails does not keep the others from coming. Once the host can
    no longer be reached, or the disk refuses a file, the rest is not asked for.

    Parameters
    ----------
    registry
        File (path below `base_url` and below `folder`) -> sha256.
    folder
        Where the files go; their folders must exist.
    base_url
        Address that ends with "/".
    retries
        Further attempts after a cut, a time-out or a server's error. A wrong
        hash, a file that is not there, and a host that was never reached are
        not tried again.
    timeout
        Seconds to wait for a connection, and for each piece of a file.
    progress
        Like tqdm: `progress(iterable, desc=..., total=...)`; one step a file.

    Returns
    -------
    list of SourceError
        One per failed file, in file order (an unreachable host once); empty
        when all came.
    """
    pool = ThreadPoolExecutor(AT_ONCE)
    with disk.arriving(folder) as work, _quiet_pooch(), requests.Session() as session:
        for file in registry:  # beforehand: several at once get into each other's way
            (work / file).parent.mkdir(parents=True, exist_ok=True)
        keeper = pooch.Pooch(work, base_url, registry=registry, retry_if_failed=retries)
        download = _Downloader(session, timeout, folder)
        clock = threading.Timer(download.limits.fetch_seconds, download.end)
        clock.daemon = True
        clock.start()
        try:
            jobs = [pool.submit(_bring, keeper, file, download, folder) for file in registry]
            done = as_completed(jobs)
            for _ in progress(done, desc="fetch", total=len(jobs)) if progress else done:
                pass
        finally:  # after Ctrl-C too: ask for nothing more, leave no part behind
            clock.cancel()
            download.stopped.set()
            pool.shutdown(wait=True, cancel_futures=True)
    failures = [refusal for job in jobs if (refusal := job.result())]
    return list({str(refusal): refusal for refusal in failures}.values())
