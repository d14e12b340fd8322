"""The one way to write: aside, flushed, moved in by rename; what a killed run left is mended.

Whatever is written grows in a work folder `.lsgis-<process>-<token>` beside its place, on the
same disk. A lock in it ends with its process, however that ends: a work folder without a holder
is a leftover, and the next writer there puts back what stood before and clears it away.
"""

import errno
import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import gettempdir
from time import sleep, time
from typing import Any
from unicodedata import normalize

from lsgis.errors import LsgisError, OutputError
from lsgis.text import LANGUAGES, say

if sys.platform == "win32":  # neither module is everywhere
    import msvcrt

    def _hold(place: int) -> None:
        msvcrt.locking(place, msvcrt.LK_NBLCK, 1)

    def _wait(place: int) -> None:
        """Windows locks no folders: two sets that arrive in one at the same moment may mix."""

else:
    import fcntl

    def _hold(place: int) -> None:
        fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _wait(place: int) -> None:
        """To move files in takes milliseconds: who holds a folder for long is stuck."""
        for _ in range(_PATIENCE):
            with suppress(BlockingIOError):
                return _hold(place)
            sleep(0.01)


_PREFIX = ".lsgis-"
_PATIENCE = 300  # hundredths of a second; then one goes on as where there are no locks
_HELD = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)  # what a lock of another's says
_STALE_S = 7 * 86_400  # on a disk without locks: nobody works on one file for a week
_PROBE = bytes(256 * 1024)
_SQLITE = b"SQLite format 3\0"
_LIBRARIES = ("sqlite3", "pyogrio", "xlsxwriter", "zipfile")  # tell of a disk in words of their own
_DEVICE = r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])"
_RESERVED = re.compile(rf"{_DEVICE} *(\..*)?|.*[<>:\"|?*\\/\x00-\x1f].*|.*[ .]", re.I | re.S)
_KINDS = {  # text of data/text/disk.csv -> what the system says, by POSIX and by Windows
    "disk.full": ({errno.ENOSPC, errno.EDQUOT}, {39, 112}),
    "disk.too-large": ({errno.EFBIG}, {223}),
    "disk.read-only": ({errno.EROFS}, {19}),
    "disk.open": ({errno.EBUSY, errno.ETXTBSY}, {32, 33}),
    "disk.open-or-denied": (set(), {5}),  # Windows says the same of both
    "disk.denied": ({errno.EACCES, errno.EPERM}, set()),
    "disk.too-long": ({errno.ENAMETOOLONG}, {111, 206}),
    "disk.bad-name": ({errno.EINVAL, errno.EILSEQ, errno.ELOOP}, {87, 123, 161}),
    "disk.no-folder": ({errno.ENOTDIR, errno.EEXIST}, {80, 183, 267}),
    "disk.folder-there": ({errno.EISDIR, errno.ENOTEMPTY}, {145}),
    "disk.missing": ({errno.ENOENT}, {2, 3}),
    "disk.broken": (
        {errno.EIO, errno.ENXIO, errno.ENODEV, errno.ESTALE, errno.ENOTCONN},
        {21, 23, 53, 55, 59, 64, 1117, 1167},
    ),
}
# what is said of the disk, never of the thing written
_OF_THE_DISK = ("disk.full", "disk.too-large", "disk.read-only", "disk.broken")


# ---- what is written whole


@dataclass(frozen=True)
class _Waiting:
    """A set that is whole in its work folder and waits for others to be; then all move in."""

    work: Path
    folder: Path
    last: str
    code: str
    named: Path


@dataclass
class _Together:
    stack: ExitStack
    sets: list[_Waiting] = field(default_factory=list)


_TOGETHER: ContextVar[_Together | None] = ContextVar("together", default=None)


@contextmanager
def together() -> Iterator[None]:
    """What is written by `whole_set` within the block appears when the block ends: all or none.

    For a command with several outputs in several folders. Nothing of them is to be read back
    within the block. A run killed in the milliseconds in which the sets move in may leave
    the first of them, each whole.

    Raises
    ------
    OutputError
        One could not be written, or not put in its place; then all stands as it stood.
    """
    with ExitStack() as stack:
        waiting = _Together(stack)
        token = _TOGETHER.set(waiting)
        try:
            yield
        finally:
            _TOGETHER.reset(token)
        moved: list[tuple[_Waiting, bool]] = []
        try:
            for one in waiting.sets:
                with _telling(one.named, one.code, one.work):
                    moved.append((one, _arrive(one.work, one.folder, one.last)))
        except BaseException:
            for one, is_new in reversed(moved):
                with suppress(OSError):  # a later sweep will not know: what stood is in `old`
                    _undo(one, is_new)
            raise


def _undo(one: _Waiting, is_new: bool) -> None:
    if is_new:
        one.folder.rename(one.work / "new")
        return
    with _turn(one.folder):
        _put_back_now(one.work, whole=True)


@contextmanager
def whole_file(
    path: str | Path, *, code: str = "disk.unwritable", parents: bool = False
) -> Iterator[Path]:
    """A path to write a file at; it takes its place when the block ends without an error.

    Until then, and after an error or a kill at any moment, there stands what stood before.

    Parameters
    ----------
    path
        Where the file shall stand; one that is there is replaced.
    code
        Text of the refusal, with {path} and {reason}.
    parents
        Make the folder when it is missing.

    Raises
    ------
    OutputError
        It could not be written, whatever library said so; the reason in words.
    """
    path = Path(path)
    with _aside(path, path.parent, code, parents) as work:
        made = work / "new" / path.name
        yield made
        _flush(work / "new")
        if _is_folder(path):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path.name)
        _require_closed(path)
        with _turn(path.parent):
            made.replace(path)
        _flush_folder(path.parent)


@contextmanager
def whole_folder(path: str | Path, *, code: str = "disk.unwritable") -> Iterator[Path]:
    """An empty folder to fill; it takes the place of the one that stands there, if any does.

    The old one moves aside, the new one in, and only then the old one goes. A
    run that is killed between the two is mended by the next `sweep`.

    Parameters
    ----------
    path
        Where the folder shall stand; its parent must exist.
    code
        As for `whole_file`.

    Raises
    ------
    OutputError
        As for `whole_file`; also where a link stands in its place.
    """
    path = Path(path)
    with _aside(path, path.parent, code) as work:
        if path.is_symlink():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path.name)
        made = work / "new" / path.name
        made.mkdir()
        yield made
        _flush(work / "new")
        _swap(work, path.parent, [path.name])


@contextmanager
def whole_set(
    folder: str | Path,
    *,
    last: str = "",
    code: str = "disk.unwritable",
    named: Path | None = None,
    parents: bool = False,
) -> Iterator[Path]:
    """An empty folder to write files in that belong together: all of them arrive, or none.

    A folder that does not exist appears with all its files at once. In one that
    does, files replace those of the same name one after the other, and all
    other files stay; when one of them cannot be replaced, all are put back.
    A run killed between two of them is put back by the next `sweep`.

    Parameters
    ----------
    folder
        Where the files shall stand.
    last
        The file that arrives last: whoever sees it sees the others.
    code
        As for `whole_file`.
    named
        What the refusal names as {path}; the folder when None.
    parents
        Make the folders above when they are missing.

    Raises
    ------
    OutputError
        As for `whole_file`.
    """
    folder, others = Path(folder), _TOGETHER.get()
    home = folder if _is_there(folder) and folder.is_dir() else folder.parent
    named = named or folder
    if others is None:
        with _aside(named, home, code, parents) as work:
            yield work / "new"
            _flush(work / "new")
            _arrive(work, folder, last)
        return
    work = others.stack.enter_context(_work_folder(named, home, code, parents))
    with _telling(named, code, work):
        yield work / "new"
        _flush(work / "new")
    others.sets.append(_Waiting(work, folder, last, code, named))


def _arrive(work: Path, folder: Path, last: str) -> bool:
    """Move a set in; whether the folder is new with it."""
    made = work / "new"
    if not folder.exists() and _moved(made, folder):
        _flush_folder(folder.parent)
        return True
    files = (path.relative_to(made).as_posix() for path in made.rglob("*") if path.is_file())
    _swap(work, folder, sorted(files, key=lambda name: (name == last, name)))
    return False


def append_text(path: Path, text: str, *, code: str = "disk.unwritable") -> None:
    """Add to the end of a text file; it is with the system before this returns.

    The only way to write that is not whole: for journals, whose reader leaves
    out a line that was cut off.

    Raises
    ------
    OutputError
        It could not be added.
    """
    stood = _is_there(path)
    try:
        with path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        with suppress(OSError):  # an empty one says nothing
            if not stood and path.stat().st_size == 0:
                path.unlink()
        raise OutputError(code, path=path, reason=why(error, path.parent)) from error


@contextmanager
def scratch() -> Iterator[Path]:
    """An empty folder to work in, where the system keeps what is for a while; gone in the end.

    Those of killed runs of the same user go, too.

    Raises
    ------
    OutputError
        There is no such place, or its disk takes no more.
    """
    home, code = Path(), "disk.unwritable"
    try:
        home = Path(gettempdir())
        _sweep_mine(home)
        work, lock = _make(home)
    except OSError as error:
        raise OutputError(code, path=home, reason=why(error, home)) from error
    try:
        yield work / "new"
    except OSError as error:
        if _kind(error) not in _OF_THE_DISK:
            raise
        raise OutputError(code, path=home, reason=why(error, work, made=_size(work))) from error
    finally:
        os.close(lock)
        _remove(work)


@contextmanager
def arriving(folder: Path, *, code: str = "disk.unwritable") -> Iterator[Path]:
    """An empty folder on the disk of another, for files that arrive there one by one: `move_in`.

    What has not arrived goes in the end; after a kill, with the next `sweep` of the folder.

    Raises
    ------
    OutputError
        As for `whole_file`.
    """
    with _aside(folder, folder, code) as work:
        yield work / "new"


def move_in(made: Path, path: Path) -> None:
    """Put a file that is whole where it shall stand, on the same disk; an OSError says why not."""
    _flush_file(made)
    made.replace(path)


def cache_folder(cache: Path | str | None = None) -> Path:
    """Folder that keeps what is fetched and prepared: the given one, else the user's for caches.

    Raises
    ------
    OutputError
        None is given and this user has no home: a folder called "~" is nobody's.
    """
    try:
        if cache:
            return Path(cache).expanduser()
        from platformdirs import user_cache_dir  # only where none is given

        folder = Path(user_cache_dir("lsgis"))
    except RuntimeError as error:  # of a home that cannot be found
        raise OutputError("disk.no-home") from error
    if not folder.is_absolute():
        raise OutputError("disk.no-home")
    return folder


def take_along(path: Path, target: Path) -> None:
    """Put somebody's file into a folder that is being written, as it is; links stay links."""
    try:
        os.link(path, target, follow_symlinks=False)
    except (OSError, NotImplementedError):  # a disk without links
        from shutil import copy2

        copy2(path, target, follow_symlinks=False)


def make_folder(path: Path, *, code: str = "disk.unwritable") -> None:
    """Make a folder with those above it, if need be, and make sure that it can be written to.

    Raises
    ------
    OutputError
        It cannot.
    """
    missing = _missing(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
        sweep(path)
        work, lock = _make(path)
    except OSError as error:
        reason = why(error, path)
        _drop_empty(missing)
        raise OutputError(code, path=path, reason=reason) from error
    os.close(lock)
    _remove(work)


@contextmanager
def making_folders(*paths: Path, code: str = "disk.unwritable") -> Iterator[None]:
    """Folders for what is written in the block; those made for it and left empty go again.

    Whether it is refused or not; what was written into them stays.

    Raises
    ------
    OutputError
        As for `make_folder`.
    """
    missing = list(dict.fromkeys(one for path in paths for one in _missing(path)))
    try:
        for path in paths:
            make_folder(path, code=code)
        yield
    finally:
        _drop_empty(missing)


def _missing(path: Path) -> list[Path]:
    """A folder and those above it that are not there, the uppermost first."""
    return [one for one in (*reversed(path.parents), path) if not _is_there(one)]


def _drop_empty(folders: Sequence[Path]) -> None:
    for folder in reversed(folders):
        with suppress(OSError, ValueError):  # not empty, or never made
            folder.rmdir()


# ---- leftovers


def sweep(folder: Path) -> None:
    """Mend what killed runs left half done in a folder, and clear their work away.

    What stood before is put back, unless somebody has changed since what the
    killed run had already put in its place. A living run is left alone.
    """
    for work in _leftovers(folder):
        with suppress(OSError):  # another's, or still in use: a later sweep will mend it
            if work.is_dir() and not work.is_symlink():
                _clear(work)


def left_over(folder: Path) -> list[Path]:
    """Files that finished runs moved aside in a folder and that the system does not let go.

    A later `sweep` clears them away once it can.
    """
    sweep(folder)
    found = []
    for work in _leftovers(folder):
        with suppress(OSError):  # a living run's
            if work.is_dir() and not work.is_symlink():
                os.close(_lock(work)[0])
                found += [path for path in sorted(work.rglob("*")) if not path.is_dir()]
    return [path for path in found if path.name != "lock"]


def _leftovers(folder: Path) -> list[Path]:
    try:
        return list(folder.glob(f"{_PREFIX}*-*"))
    except (OSError, ValueError):  # no folder that can be read: whoever writes there will say so
        return []


def _clear(work: Path, *, put_back: bool = True) -> None:
    lock, locked = _lock(work)
    try:
        if locked or time() - work.stat().st_mtime > _STALE_S:
            if put_back:
                _put_back(work)
            _remove(work)
    finally:
        os.close(lock)


def _sweep_mine(home: Path) -> None:
    """Where all users of a machine write, only one's own leftovers are believed."""
    for work in _leftovers(home):
        with suppress(OSError):  # still in use
            mine = not hasattr(os, "getuid") or work.lstat().st_uid == os.getuid()
            if mine and work.is_dir() and not work.is_symlink():
                _clear(work, put_back=False)  # nothing of it was to stand anywhere


def _remove(folder: Path) -> None:
    from shutil import rmtree  # only now: it loads every way to pack files

    rmtree(folder, ignore_errors=True)


# ---- work folders


@contextmanager
def _aside(path: Path, home: Path, code: str, parents: bool = False) -> Iterator[Path]:
    """A work folder in `home`, gone in the end; what goes wrong in it becomes a refusal."""
    with _work_folder(path, home, code, parents) as work, _telling(path, code, work):
        yield work


@contextmanager
def _telling(path: Path, code: str, work: Path) -> Iterator[None]:
    """Make a refusal of what goes wrong in a work folder, where the disk is to blame."""
    try:
        yield
    except LsgisError:
        raise
    except Exception as error:
        # asked now: when the work is gone, its disk is no longer full
        reason = why(error, work, made=_size(work), stood=_size(path))
        if reason is None:
            raise
        raise OutputError(code, path=path, reason=reason) from error


@contextmanager
def _work_folder(path: Path, home: Path, code: str, parents: bool) -> Iterator[Path]:
    """A work folder in `home`, gone in the end, and so is `home` if it was made and is empty."""
    if "\0" in str(path) or (sys.platform == "win32" and is_reserved(path.name)):
        raise OutputError(code, path=path, reason=_told("disk.bad-name", Path()))
    missing = _missing(home) if parents else []
    try:
        if parents:
            home.mkdir(parents=True, exist_ok=True)
        sweep(home)
        work, lock = _make(home)
    except OSError as error:
        reason = why(error, home)
        _drop_empty(missing)
        raise OutputError(code, path=path, reason=reason) from error
    try:
        yield work
    finally:
        os.close(lock)
        with suppress(OSError):  # what could not be put back waits for the next sweep
            _put_back(work)
            _remove(work)
        _drop_empty(missing)


def _make(home: Path) -> tuple[Path, int]:
    """A work folder, and the open lock that says that somebody works in it."""
    while True:
        work = home / f"{_PREFIX}{os.getpid()}-{os.urandom(6).hex()}"
        work.mkdir(mode=0o700)
        lock = None
        try:
            lock, _ = _lock(work)
            (work / "new").mkdir()
            return work, lock
        except (FileNotFoundError, BlockingIOError):  # swept before the lock was on it
            if lock is not None:
                os.close(lock)


def _lock(work: Path) -> tuple[int, bool]:
    """The lock of a work folder, open, and whether it is held: some disks know no locks.

    Raises
    ------
    BlockingIOError
        A living process holds it.
    """
    place = os.open(work / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _hold(place)
    except OSError as error:
        if error.errno in _HELD:
            os.close(place)
            raise BlockingIOError(*error.args) from error
        return place, False
    return place, True


# ---- moving in, and back


def _moved(made: Path, folder: Path) -> bool:
    """Whether a folder could move to where nothing stood; not when another was quicker."""
    try:
        made.rename(folder)
        return True
    except OSError:
        if folder.is_dir():
            return False
        raise


def _swap(work: Path, home: Path, names: Sequence[str]) -> None:
    """Move each of `new` into `home`, what stood there into `old`; after an error move back.

    The plan is on disk before the first move. While one of `new` has not moved,
    the swap is not done, and `_put_back` undoes it; once all have, it stands.
    """
    with _turn(home):
        _swap_now(work, home, names)
    _flush_folder(home)


def _swap_now(work: Path, home: Path, names: Sequence[str]) -> None:
    new, old = work / "new", work / "old"
    rows = {name: {"made": _mark(new / name), "stood": _stands(home / name)} for name in names}
    plan = {"home": os.path.relpath(home, work.parent), "rows": rows}
    old.mkdir()
    (work / "plan.part").write_text(json.dumps(plan), encoding="utf-8", newline="\n")
    _flush_file(work / "plan.part")
    (work / "plan.part").replace(work / "plan")
    _flush_folder(work)
    try:
        for name in names:
            _require_closed(home / name)
            _keep(home / name, old / name, is_folder=_is_folder(new / name))
            (new / name).replace(home / name)
    except BaseException:
        _put_back_now(work)
        raise


def _keep(path: Path, old: Path, *, is_folder: bool) -> None:
    """Keep what stands at a path: files stay in place under a second name, where disks can."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not _stands(path):
        return
    if _is_folder(path) != is_folder:
        code = errno.ENOTDIR if is_folder else errno.EISDIR
        raise OSError(code, os.strerror(code), path.name)
    old.parent.mkdir(parents=True, exist_ok=True)
    if is_folder:
        path.rename(old)
        return
    try:
        os.link(path, old, follow_symlinks=False)
    except (OSError, NotImplementedError):  # a disk without links
        path.replace(old)


def _put_back(work: Path) -> None:
    """Undo a swap that is not done, from its plan; without one nothing had moved."""
    if (work / "plan").exists():
        with _turn(_home_of(work)):
            _put_back_now(work)


def _home_of(work: Path) -> Path:
    """The folder a plan speaks of."""
    plan = json.loads((work / "plan").read_text(encoding="utf-8"))
    return work.parent / str(plan["home"])


def _put_back_now(work: Path, *, whole: bool = False) -> None:
    """Undo a swap that is not done, as its plan says; one that is done, too, where `whole`."""
    plan = json.loads((work / "plan").read_text(encoding="utf-8"))
    new, home = work / "new", _home_of(work)
    if whole or any(_stands(new / name) for name in plan["rows"]):
        for name, row in plan["rows"].items():
            path, old = home / name, work / "old" / name
            waits = _stands(new / name)
            if waits and _stands(old) and not _stands(path):
                old.replace(path)
            elif not waits and _stands(path) and _mark(path) == row["made"]:
                if _stands(old):
                    old.replace(path)
                elif not row["stood"]:
                    path.unlink()
        _flush_folder(home)
    (work / "plan").unlink()


def _mark(path: Path) -> list[int]:
    """What tells a file from one that somebody changed since."""
    state = path.lstat()
    return [state.st_size, state.st_mtime_ns]


@contextmanager
def _turn(folder: Path) -> Iterator[None]:
    """Alone at changing what stands in a folder, where the system can see to it."""
    place = None
    try:
        with suppress(OSError):
            place = os.open(folder, os.O_RDONLY)
            _wait(place)
        yield
    finally:
        if place is not None:
            os.close(place)


def _size(path: Path) -> int:
    """Bytes of a file, or of all files below a folder; 0 where nothing can be read."""
    found = 0
    with suppress(OSError, ValueError):
        for one in path.rglob("*") if path.is_dir() else [path]:
            found += one.lstat().st_size if one.is_file() else 0
    return found


def _stands(path: Path) -> bool:
    return path.exists() or path.is_symlink()


def _is_there(path: Path) -> bool:
    """As `path.exists()`, also for a path that no system takes: there is nothing."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


# ---- with the disk, not only with the system


def _flush(folder: Path) -> None:
    """Every file below a folder on the disk itself; refuse a database that lacks its end."""
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            _flush_folder(path)
        elif not path.is_symlink():
            _require_whole(path)
            _flush_file(path)
    _flush_folder(folder)


def _flush_file(path: Path) -> None:
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    """The names in a folder; nothing where the system flushes no folders."""
    with suppress(OSError):
        place = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(place)
        finally:
            os.close(place)


def _require_whole(path: Path) -> None:
    """Refuse a database that lacks a part: GDAL may close one on a full disk without a word.

    Its head tells how long it is, and a disk that takes nothing more was full before.
    """
    with path.open("rb") as file:
        head = file.read(100)
    if head.startswith(_SQLITE):
        page = int.from_bytes(head[16:18], "big")
        length = int.from_bytes(head[28:32], "big") * (65_536 if page == 1 else page)
        if path.stat().st_size < length:
            raise OSError(errno.EIO, os.strerror(errno.EIO), path.name)
        if (refusal := _probe(path.parent)) is not None:
            raise refusal
        if path.suffix == ".gpkg":
            _require_layers(path)


def require_closed(path: Path, *, code: str = "disk.unwritable") -> None:
    """Refuse to replace a database, or a folder with one, that another program has open.

    Raises
    ------
    OutputError
        A log of it is open; the refusal names the database.
    """
    try:
        _require_closed(path)
    except OSError as error:
        found = path / str(error.filename) if _is_folder(path) else path
        raise OutputError(code, path=found, reason=why(error, path.parent)) from error


def _require_closed(path: Path) -> None:
    """Refuse to replace a database with an open log: read with the new file, it would spoil it.

    A program that has the database open, or ended without closing it, leaves the log.
    """
    here = _is_folder(path)
    for ending in ("-wal", "-journal"):
        logs = path.rglob(f"*{ending}") if here else [path.with_name(path.name + ending)]
        for log in logs:
            if not (log.is_file() and log.stat().st_size and _stands(_without(log, ending))):
                continue
            name = _without(log, ending).relative_to(path if here else path.parent).as_posix()
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), name)


def _without(path: Path, ending: str) -> Path:
    return path.with_name(path.name.removesuffix(ending))


def _require_layers(path: Path) -> None:
    """Refuse a GeoPackage without the tables it speaks of."""
    import sqlite3  # only now: most of what is written is no database

    with closing(sqlite3.connect(path)) as package:
        for (table,) in package.execute("select table_name from gpkg_contents").fetchall():
            package.execute(f'select 1 from "{table}" limit 1')


# ---- why it could not be


def why(
    error: BaseException, place: Path, *, made: int = 0, stood: int = 0
) -> dict[str, str] | None:
    """Why something could not be written, in words, in every language; None: not the disk's fault.

    Parameters
    ----------
    error
        What a library raised. The system's own error is looked for in it; where
        there is none, the disk is asked by writing a little.
    place
        Folder on the disk that was written to.
    made, stood
        Bytes that were written and go again, and those of what was to be replaced: of a full
        disk they tell how much is needed.
    """
    known = isinstance(error, OSError) or type(error).__module__.split(".")[0] in _LIBRARIES
    kinds = [_kind(found) for found in _system_errors(error, deep=known)]
    probed = _probe(place) if not kinds or kinds == ["disk.broken"] else None
    if probed is not None and _kind(probed) in _OF_THE_DISK:
        kinds = [_kind(probed)]
    if not known:  # an error of the thing written may hold any other error of the system
        kinds = [kind for kind in kinds if kind in _OF_THE_DISK]
    needed = max(made, stood) // 1_000_000
    if kinds and kinds[0] == "disk.full" and needed:
        return _told("disk.full-needed", place, freed=made, needed=needed)
    if kinds and kinds[0] == "disk.missing" and _is_there(place):
        return _told("disk.vanished", place)
    if kinds and kinds[0]:
        return _told(kinds[0], place, folder=place)
    if not known:
        return None
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return _told("disk.library", place, found=said)


def is_reserved(name: str) -> bool:
    """Whether Windows takes a file name for a device, or refuses one of its signs."""
    return _RESERVED.fullmatch(name) is not None


def require_portable(folder: Path, *, code: str = "disk.unwritable") -> None:
    """Refuse a folder that cannot be copied to every machine as it is.

    Names that come from data (of layers, of themes) may be fit for the system they were
    written on and no other: Windows knows names that are no files', and to it, as to a Mac,
    "A" and "a", or one letter in two spellings, are one file.

    Raises
    ------
    OutputError
        The name of such a file, or of two that are one.
    """
    seen: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if is_reserved(path.name):
            raise OutputError(code, path=name, reason=_told("disk.bad-name", Path()))
        other = seen.setdefault(normalize("NFC", name).casefold(), name)
        if other != name:
            raise OutputError(code, path=name, reason=_told("disk.same-name", Path(), found=other))


def _kind(error: OSError) -> str:
    """Code of the text that says it; "" for what has none."""
    windows = getattr(error, "winerror", None)
    if windows is not None:
        found = [kind for kind, (_, codes) in _KINDS.items() if windows in codes]
    else:
        found = [kind for kind, (codes, _) in _KINDS.items() if error.errno in codes]
    return found[0] if found else ""


def _system_errors(error: BaseException, *, deep: bool) -> list[OSError]:
    """Errors of the system in an error: itself, what it holds, what it was raised from."""
    found: list[OSError] = []
    seen: list[BaseException | None] = [None]
    todo: list[Any] = [error]
    while todo:
        one = todo.pop(0)
        if any(one is other for other in seen) or isinstance(one, LsgisError):
            continue
        seen.append(one)
        if isinstance(one, OSError) and one.errno is not None:
            found.append(one)
        todo += [held for held in one.args if isinstance(held, BaseException)]
        todo += [one.__cause__, *([one.__context__] if deep else [])]
    return found


def _probe(place: Path) -> OSError | None:
    """What the system says to a small file; None when it takes it."""
    path = place / f"{_PREFIX}{os.getpid()}.probe"
    try:
        with path.open("wb") as file:
            file.write(_PROBE)
            file.flush()
            os.fsync(file.fileno())
        return None
    except OSError as error:
        return error
    except ValueError:  # a path that no system takes says nothing of the disk
        return None
    finally:
        with suppress(OSError, ValueError):
            path.unlink(missing_ok=True)


def _told(kind: str, place: Path, *, freed: int = 0, **values: object) -> dict[str, str]:
    from shutil import disk_usage

    while not _is_there(place) and place != place.parent:
        place = place.parent
    try:
        free = f"{(disk_usage(place).free + freed) // 1_000_000}"
    except OSError:
        free = "?"
    return {lang: say(kind, lang, free=free, **values) for lang in LANGUAGES}
