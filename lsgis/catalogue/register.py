"""Facts: tidy CSV registers under `data/`, text as written, every row with its source.

A catalogue lies in one folder or several, each with `data/` (registers) and `layers/`
(layer files); a file of a later folder stands in the place of an earlier one of its name.
"""

import csv
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from lsgis.errors import CatalogueError
from lsgis.resource import data_dir

if TYPE_CHECKING:  # rows alone are read where the import of pandas would cost more than they do
    import pandas as pd

    from lsgis.catalogue.layer import Layer

NUMBERS = (
    "lon",
    "lat",
    "area_ha",
    "accuracy_m",
    "population",
    "rank",
    "n",
    "target_low",
    "target_high",
    "year",
    "label_lon",
    "label_lat",
    "bbox_w",
    "bbox_s",
    "bbox_e",
    "bbox_n",
)


def embedded_folder() -> Path:
    """The folder of the catalogue that travels with lsgis."""
    return data_dir().parent


def find_file(name: str, folders: Sequence[Path] = ()) -> list[Path]:
    """Files of one name ("data/theme.csv") in the folders of a catalogue, in their order.

    Parameters
    ----------
    name
        Path within a folder.
    folders
        Folders of a catalogue; that of lsgis when empty.
    """
    paths = [folder / name for folder in folders or (embedded_folder(),)]
    return [path for path in paths if path.is_file()]


def list_registers(folders: Sequence[Path] = ()) -> list[str]:
    """Names of the registers that a catalogue has."""
    return sorted(_registers(tuple(folders)))


@lru_cache(maxsize=8)
def _registers(folders: tuple[Path, ...]) -> Mapping[str, Path]:
    found = folders or (embedded_folder(),)
    return {path.stem: path for folder in found for path in sorted(folder.glob("data/*.csv"))}


@lru_cache(maxsize=256)
def _table(
    name: str, folders: tuple[Path, ...]
) -> tuple[tuple[str, ...], tuple[Mapping[str, str], ...]]:
    """Columns and rows of a register, as they are written."""
    registers = _registers(folders)
    if name not in registers:
        known = ", ".join(sorted(registers))
        raise CatalogueError("catalogue.no-register", name=name, known=known)
    try:
        with registers[name].open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = tuple(next(reader, ()))
            cells = [row for row in reader if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CatalogueError(
            "catalogue.broken-register", path=registers[name], reason=error
        ) from error
    for n, row in enumerate(cells, start=2):
        if len(row) != len(header):
            reason = f"{n}: {len(row)} / {len(header)}"
            raise CatalogueError("catalogue.broken-register", path=registers[name], reason=reason)
    rows = (MappingProxyType(dict(zip(header, row, strict=True))) for row in cells)
    return header, tuple(rows)


def read_rows(name: str, folders: Sequence[Path] = ()) -> tuple[Mapping[str, str], ...]:
    """Rows of `data/<name>.csv`, every cell the text that is written there.

    Raises
    ------
    CatalogueError
        There is no such register, or it is no table in UTF-8.
    """
    return _table(name, tuple(folders))[1]


def read_header(name: str, folders: Sequence[Path] = ()) -> tuple[str, ...]:
    """Columns of `data/<name>.csv`; refusals as by `read_rows`."""
    return _table(name, tuple(folders))[0]


def read_register(name: str, folders: Sequence[Path] = ()) -> "pd.DataFrame":
    """Rows of `data/<name>.csv`: text columns as written (codes keep their zeros).

    Columns `lon`, `lat` (degrees, WGS 84), `area_ha`, `accuracy_m` (m),
    `population`, `rank`, `n` are numbers, NaN where the fact is unknown.

    Parameters
    ----------
    name
        Name of the register, without `.csv`.
    folders
        Folders of the catalogue, the last one that has the register counts; that of
        lsgis when empty.

    Raises
    ------
    CatalogueError
        There is no such register, or it is no table in UTF-8.
    """
    return _frame(name, tuple(folders)).copy()


@lru_cache(maxsize=64)
def _frame(name: str, folders: tuple[Path, ...]) -> "pd.DataFrame":
    import pandas as pd

    header, rows = _table(name, folders)
    columns = {column: [row[column] for row in rows] for column in header}
    frame = pd.DataFrame(columns, columns=list(header), dtype=str)
    for column in frame.columns.intersection(NUMBERS):
        frame[column] = pd.to_numeric(frame[column].replace("", None))
    return frame


def read_facts(layer: "Layer", folders: Sequence[Path] = ()) -> "pd.DataFrame | None":
    """Register rows that a layer selects, by its key; None when no register has that key."""
    if not layer.build.register:
        return None
    rows = read_register(layer.build.register, folders)
    for column, values in layer.build.where.items():
        rows = rows[rows[column].isin(values)]
    return rows.reset_index(drop=True) if layer.key in rows else None


def read_membership(*lists: str, folders: Sequence[Path] = ()) -> "pd.DataFrame":
    """Communes that the Decision names in a list: `list`, `commune_code`, `rank`, `clause`.

    Parameters
    ----------
    lists
        Names of lists in `data/membership.csv`; all of them when none is given.
    """
    rows = read_register("membership", folders)
    unknown = sorted(set(lists) - set(rows["list"]))
    if unknown:
        known = ", ".join(sorted(rows["list"].unique()))
        raise CatalogueError("catalogue.no-list", found=", ".join(unknown), known=known)
    return rows[rows["list"].isin(lists)].reset_index(drop=True) if lists else rows


def title_of(register: str, code: str, lang: str, folders: Sequence[Path] = ()) -> str:
    """Title of a code (kind, phase, theme) in a language; the code itself when unknown."""
    rows = (row for row in read_rows(register, folders) if row["code"] == code)
    return next(rows, {}).get(lang, code)
