"""Files over HTTP, several at once: each comes whole and unaltered, or a refusal says why."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

import pooch
import requests

from lsgis.errors import SourceError
from lsgis.source.failure import is_final, is_unreachable, name_failure

AT_ONCE = 4  # small files over a slow line wait for answers, not for bytes
STOPPING = ("fetch.unreachable", "fetch.disk")  # the other files would fare no better


class _Hopeless(Exception):
    """A failure that another attempt cannot mend; pooch repeats every other one."""

    def __init__(self, refusal: SourceError | None) -> None:
        self.refusal = refusal


class _Downloader:
    """What pooch calls for each attempt: one open session for all files and threads."""

    def __init__(self, session: requests.Session, timeout: float) -> None:
        self.session, self.timeout = session, timeout
        self.reached = threading.Event()  # the host has answered something
        self.stopped = threading.Event()  # nothing more is asked for

    def __call__(self, url: str, path: str, keeper: pooch.Pooch) -> None:
        file = url.removeprefix(keeper.base_url)
        try:
            self._stream(url, Path(path))
        except requests.RequestException as error:
            never = is_unreachable(error) and not self.reached.is_set()
            if never or is_final(error):
                refusal = name_failure(file, error, url=url, timeout=self.timeout)
                raise _Hopeless(refusal) from error
            raise
        expected, found = keeper.registry[file], pooch.file_hash(path)
        if found != expected:
            values = {"name": PurePosixPath(file).name, "expected": expected, "found": found}
            raise _Hopeless(SourceError("fetch.hash-differs", file=file, **values))

    def _stream(self, url: str, path: Path) -> None:
        if self.stopped.is_set():
            raise _Hopeless(None)
        with self.session.get(url, stream=True, timeout=self.timeout) as answer:
            self.reached.set()
            answer.raise_for_status()
            with path.open("wb") as file:
                for piece in answer.iter_content(64 * 1024):
                    if self.stopped.is_set():
                        raise _Hopeless(None)
                    file.write(piece)
        path.chmod(path.parent.stat().st_mode & 0o666)  # as readable as its folder


def _bring(keeper: pooch.Pooch, file: str, download: _Downloader) -> SourceError | None:
    """Fetch one file into its place; None when it came, or was no longer asked for."""
    try:
        keeper.fetch(file, downloader=download)
        return None
    except _Hopeless as error:
        refusal = error.refusal
    except OSError as error:  # the disk's, or the HTTP library's after the last attempt
        url = keeper.get_url(file)
        refusal = name_failure(file, error, url=url, timeout=download.timeout)
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
    progress: Callable | None = None,
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
    keeper = pooch.Pooch(folder, base_url, registry=registry, retry_if_failed=retries)
    pool = ThreadPoolExecutor(AT_ONCE)
    with _quiet_pooch(), requests.Session() as session:
        download = _Downloader(session, timeout)
        try:
            jobs = [pool.submit(_bring, keeper, file, download) for file in registry]
            done = as_completed(jobs)
            for _ in progress(done, desc="fetch", total=len(jobs)) if progress else done:
                pass
        finally:  # after Ctrl-C too: ask for nothing more, leave no part behind
            download.stopped.set()
            pool.shutdown(wait=True, cancel_futures=True)
    failures = [refusal for job in jobs if (refusal := job.result())]
    return list({str(refusal): refusal for refusal in failures}.values())
