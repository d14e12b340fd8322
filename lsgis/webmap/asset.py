"""The files a map page needs beside it: Leaflet as pip installed it, and our own."""

import shutil
from importlib.metadata import PackageNotFoundError, distribution
from importlib.resources import files
from pathlib import Path

from lsgis import disk
from lsgis.errors import OutputError

_LEAFLET = (
    "leaflet.js",
    "leaflet.css",
    "images/layers.png",
    "images/layers-2x.png",
    "images/marker-icon.png",
    "images/marker-icon-2x.png",
    "images/marker-shadow.png",
)
_OWN = (
    "lsgis.css", "feature.js", "card.js", "legend.js", "issue.css", "issue_map.js", "issue_list.js",
    "leaflet-license.txt",
)  # fmt: skip


def write_assets(folder: Path) -> list[Path]:
    """Write the script, style and image files that every map page shares.

    Leaflet comes from the installed XStatic-Leaflet, file by file, so that the
    pages need no server; its licence is written beside it.

    Parameters
    ----------
    folder
        Made when missing; pages refer to it by `draw_map(..., assets=...)`.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    OutputError
        XStatic-Leaflet or one of its files is missing, or they cannot be written.
    """
    with disk.whole_set(folder, parents=True) as aside:
        for name in _LEAFLET:
            _copy(_leaflet_file(name), aside / name)
        for name in _OWN:
            _copy(Path(str(files("lsgis.webmap") / name)), aside / name)
    return [folder / name for name in (*_LEAFLET, *_OWN)]


def read_asset(name: str) -> str:
    """The text of a file of `write_assets`, for a page that carries it inside.

    Raises
    ------
    OutputError
        XStatic-Leaflet or one of its files is missing.
    """
    path = Path(str(files("lsgis.webmap") / name)) if name in _OWN else _leaflet_file(name)
    return path.read_text(encoding="utf-8")


def _leaflet_file(name: str) -> Path:
    try:
        found = distribution("XStatic-Leaflet").locate_file(f"xstatic/pkg/leaflet/data/{name}")
    except PackageNotFoundError as error:
        raise OutputError("webmap.no-leaflet", found="-") from error
    path = Path(str(found))
    if not path.is_file():
        raise OutputError("webmap.no-leaflet", found=path)
    return path


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
