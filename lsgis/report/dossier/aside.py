"""Files written aside and moved in place together: all of them, or none."""

from collections.abc import Sequence
from errno import EISDIR
from os import strerror
from pathlib import Path
from tempfile import mkdtemp

from lsgis.errors import OutputError


def make_aside(folder: Path) -> Path:
    """A folder to write in, on the same disk as the one meant.

    Raises
    ------
    OutputError
        There is no place for it.
    """
    home = folder if folder.is_dir() else folder.parent
    try:
        return Path(mkdtemp(dir=home, prefix=".dossier-"))
    except OSError as error:
        raise OutputError("dossier.unwritable", path=folder, reason=error.strerror) from error


def move_in(aside: Path, folder: Path, *, first: Sequence[str]) -> list[Path]:
    """Move every file of `aside` into `folder`; when one cannot be, all stays as it was.

    Parameters
    ----------
    aside
        Folder that `make_aside` made; its files replace those of the same name.
    folder
        Made when it does not exist.
    first
        Names that the result begins with, in this order; the others follow by name.
    """
    made = not folder.is_dir()
    names = sorted(path.name for path in aside.iterdir())
    names.sort(key=lambda name: first.index(name) if name in first else len(first))
    before = aside / "before"
    before.mkdir()
    folder.mkdir(exist_ok=True)
    done: list[str] = []
    try:
        for name in names:
            if (folder / name).is_dir():
                raise IsADirectoryError(EISDIR, strerror(EISDIR), name)
            done.append(name)
            if (folder / name).exists():
                (folder / name).replace(before / name)
            (aside / name).replace(folder / name)
    except OSError:
        _put_back(done, folder, before)
        if made:
            folder.rmdir()
        raise
    return [folder / name for name in names]


def _put_back(names: Sequence[str], folder: Path, before: Path) -> None:
    for name in names:
        if (before / name).exists():
            (before / name).replace(folder / name)
        else:
            (folder / name).unlink(missing_ok=True)
