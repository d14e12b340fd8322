"""Which region lsgis speaks of: its name, CRS, datum operation, plan, and the folders of its facts.

A region is a folder with `data/region.toml`, registers in `data/*.csv` and layer files in
`layers/*.toml`. The one that travels with lsgis is used unless another is named.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Annotated

from lsgis.errors import CatalogueError
from lsgis.resource import data_dir
from lsgis.toml_record import GIVEN, Crs, Name, Problems, Text, Title, examine, must, read_toml

FILE = "data/region.toml"


def _is_box(box: tuple[float, ...]) -> bool:
    return len(box) == 4 and -180 <= box[0] < box[2] <= 180 and -90 <= box[1] < box[3] <= 90


Degrees = Annotated[int | float, must("catalogue.want-number")]
Box = Annotated[tuple[Degrees, ...], must("catalogue.want-box", _is_box)]
Names = Annotated[tuple[Name, ...], must("catalogue.want-texts", lambda n: len(n) == len(set(n)))]
Rule = Annotated[str, must("catalogue.want-rule", pattern=r"^[a-z0-9_]+\Z")]


@dataclass(frozen=True)
class Datum:
    """The one way from the datum of the region to WGS 84: its name in PROJ, its code."""

    operation: Text
    code: Crs


@dataclass(frozen=True)
class Decision:
    """The plan of the region and the act that approved it, as texts name them.

    `instrument` is a row of `instrument.csv`. `called`: the act in a sentence; `short`: in
    a heading; `dated`: under a title. `before`: the plan in force before, "" for none known.
    """

    instrument: Text
    title: Title = field(hash=False)
    short_title: Title = field(hash=False)
    called: Title = field(hash=False)
    short: Title = field(hash=False)
    dated: Title = field(hash=False)
    before: Title | None = field(default=None, hash=False)


@dataclass(frozen=True)
class Region:
    """A province, or a part of one, with everything that is known of it.

    Parameters
    ----------
    code
        Short name in ids and files.
    crs
        The projected CRS in metres in which everything is measured and kept.
    box
        West, south, east, north: degrees on the datum of `crs`, the region within.
    name
        In Vietnamese and English, as in the middle of a sentence.
    datum
        How coordinates get to WGS 84 and back.
    plan
        What the plan and its act are called.
    rules
        Readings of the environmental zones, by the columns `zone_<rule>` of
        `environmental_part.csv`, each with its title; the first is followed.
    shared
        Registers of lsgis itself that speak of no region.
    folders
        Where registers and layer files lie; what a later one says goes before.
    stamp
        Of names, times and sizes of those files when the region was read: read again after
        one was changed, it is another region. Those that travel with lsgis have none.
    """

    code: Name
    crs: Crs
    box: Box
    name: Title = field(hash=False)
    datum: Datum
    plan: Decision
    rules: Mapping[Rule, Title] = field(default_factory=dict, hash=False)
    shared: Names = ()
    folders: tuple[Path, ...] = field(default=(), metadata=GIVEN)
    stamp: str = field(default="", metadata=GIVEN, repr=False)

    @property
    def rule(self) -> str:
        """The reading of the environmental zones that is followed; "" where there is none."""
        return next(iter(self.rules), "")

    @property
    def own_folders(self) -> tuple[Path, ...]:
        """Folders that did not come with lsgis: of another region, of an office."""
        return tuple(folder for folder in self.folders if folder != embedded_folder())

    def find(self, name: str) -> list[Path]:
        """Files of one name ("data/theme.csv") in the folders of the region, in their order.

        A register that is shared, and the fields that layers share, come from lsgis first.
        """
        stem = Path(name).stem
        is_shared = name == f"data/{stem}.csv" and stem in _shared()
        folders = self.folders
        if (is_shared or name.startswith("layers/shared/")) and embedded_folder() not in folders:
            folders = (embedded_folder(), *folders)
        return [path for folder in folders if (path := folder / name).is_file()]

    def registers(self) -> tuple[str, ...]:
        """Names of the registers that the region has, by name."""
        own = {p.stem for folder in self.folders for p in list_visible(folder, "data/*.csv")}
        return tuple(sorted(own | set(_shared())))


def list_visible(folder: Path, pattern: str) -> list[Path]:
    """Files of a folder by their names, those that editors and systems hide left out."""
    return sorted(path for path in folder.glob(pattern) if not path.name.startswith("."))


def embedded_folder() -> Path:
    """The folder of the region that travels with lsgis."""
    return data_dir().parent


def read_region(
    folder: str | Path | None = None, *, catalogue: Iterable[str | Path] = ()
) -> Region:
    """Read a region.

    Parameters
    ----------
    folder
        A folder with `data/region.toml`; the region that travels with lsgis when None.
    catalogue
        Folders of an office that add to it: layer files, registers, check rules (see
        `lsgis.catalogue`). What a later one says goes before.

    Raises
    ------
    CatalogueError
        A folder or file is not there, or a value is not what its key asks for; all that
        is wrong in the file is told at once.
    """
    extra = tuple(Path(path).resolve() for path in catalogue)
    for path in extra:
        if not (list_visible(path, "layers/**/*.toml") or list_visible(path, "data/*.csv")):
            raise CatalogueError("catalogue.no-catalogue", path=path)
    found = _embedded() if folder is None else _read(Path(folder).resolve())
    if not extra:
        return found
    stamp = " ".join([found.stamp, *map(_stamp, extra)])
    return replace(found, folders=(*found.folders, *extra), stamp=stamp)


@lru_cache(maxsize=1)
def _embedded() -> Region:
    return _read(embedded_folder())


def _shared() -> tuple[str, ...]:
    """Registers of lsgis itself, whichever region is spoken of."""
    return _embedded().shared


def _read(folder: Path) -> Region:
    path = folder / FILE
    if not path.is_file():
        raise CatalogueError("catalogue.no-region", path=folder, file=FILE)
    problems = Problems(FILE)
    values = examine(Region, read_toml(path), "", problems)
    problems.refuse(also_open=True)
    stamp = "" if folder == embedded_folder() else _stamp(folder)
    return Region(**values, folders=(folder,), stamp=stamp)


def _stamp(folder: Path) -> str:
    """One number for name, time of change and size of every file of facts in a folder."""
    paths = [*folder.glob("data/**/*"), *folder.glob("layers/**/*.toml")]
    states = {path: path.stat() for path in sorted(paths) if path.is_file()}
    told = [f"{path} {state.st_mtime_ns} {state.st_size}" for path, state in states.items()]
    return sha256("\n".join(told).encode("utf-8", "surrogateescape")).hexdigest()


def require_rule(rule: str | None, region: Region) -> str:
    """A reading of the environmental zones that a region has; the one followed when None.

    "" for a region without any.

    Raises
    ------
    CatalogueError
        The region has no such reading.
    """
    if rule is None:
        return region.rule
    if rule not in region.rules:
        known = ", ".join(region.rules) or "–"
        raise CatalogueError("source.no-rule", found=rule, known=known)
    return rule
