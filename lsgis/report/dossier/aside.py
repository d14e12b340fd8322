"""Files written aside and moved in place together: all of them, or none."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from errno import EISDIR
from pathlib import Path
from tempfile import mkdtemp

from lsgis.errors import OutputError

try:
    import fcntl
except ImportError:  # Windows: what a killed process leaves stays until somebody deletes it
    fcntl = None  # type: ignore[assignment]

_PREFIX = ".dossier-"


@contextmanager
def written_aside(folder: Path) -> Iterator[Path]:
    """A folder to write in, on the same disk as the one meant; gone in the end.

    What a process that was killed left there is cleared away first.

    Raises
    ------
    OutputError
        There is no place for it.
    """
    home = folder if folder.is_dir() else folder.parent
    try:
        _sweep(home)
        aside, lock = _make(home)
    except OSError as error:
        raise OutputError("dossier.unwritable", path=folder, reason=error.strerror) from error
    try:
        yield aside / "made"
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def _make(home: Path) -> tuple[Path, int | None]:
    """The folder, and the lock that says that somebody works in it."""
    while True:
        aside = Path(mkdtemp(dir=home, prefix=_PREFIX))
        lock = _lock(aside)
        with suppress(FileNotFoundError):  # swept away before the lock was on it: once more
            (aside / "made").mkdir()
            return aside, lock


def _lock(folder: Path) -> int | None:
    """A lock on a folder that ends with its process; None where somebody holds one."""
    if fcntl is None:
        return None
    place = None
    try:
        place = os.open(folder, os.O_RDONLY)
        fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return place
    except OSError:  # held by another, gone, or on a disk without locks
        if place is not None:
            os.close(place)
        return None


def _sweep(home: Path) -> None:
    for left in home.glob(f"{_PREFIX}*"):
        lock = _lock(left) if left.is_dir() and not left.is_symlink() else None
        if lock is not None:
            shutil.rmtree(left, ignore_errors=True)
            os.close(lock)


def move_in(made: Path, folder: Path, *, last: str) -> None:
    """Move every file of `made` into `folder`; when one cannot be, all stays as it was.

    A folder that does not exist appears with all its files at once; in one that
    does, files replace those of the same name one by one, `last` as the last.
    """
    if not folder.exists():
        made.rename(folder)
        return
    before = made.parent / "before"
    before.mkdir()
    done: list[str] = []
    try:
        for name in sorted((path.name for path in made.iterdir()), key=lambda n: (n == last, n)):
            if (folder / name).is_dir():
                raise IsADirectoryError(EISDIR, os.strerror(EISDIR), name)
            done.append(name)
            if (folder / name).exists():
                (folder / name).replace(before / name)
            (made / name).replace(folder / name)
    except OSError:
        _put_back(done, folder, before)
        raise


def _put_back(names: Sequence[str], folder: Path, before: Path) -> None:
    for name in names:
        if (before / name).exists():
            (before / name).replace(folder / name)
        else:
            (folder / name).unlink(missing_ok=True)
