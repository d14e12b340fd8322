"""Facts: tidy CSV registers under `data/`, text as written, every row with its source.

A region has them in one folder or several (those of an office that adds to it). A row of
a later folder stands in the place of the earlier one with the same first cell.
"""

import csv
import io
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from lsgis.errors import CatalogueError
from lsgis.region import Region, embedded_folder, read_region
from lsgis.text import LANGUAGES, family, say

# key of the row, column, a text that says what is expected with its values, what was found
WrongCell: TypeAlias = tuple[str, str, tuple[str, Mapping[str, object]], str]

if TYPE_CHECKING:  # rows alone are read where the import of pandas would cost more than they do
    import pandas as pd

    from lsgis.catalogue.layer import Layer

# Columns that hold numbers in every register, each with the least and the greatest it may be.
NUMBERS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        **dict.fromkeys(("lon", "label_lon", "bbox_w", "bbox_e"), (-180.0, 180.0)),
        **dict.fromkeys(("lat", "label_lat", "bbox_s", "bbox_n"), (-90.0, 90.0)),
        **dict.fromkeys(("area_ha", "accuracy_m", "population"), (0.0, sys.float_info.max)),
        **dict.fromkeys(
            ("rank", "n", "target_low", "target_high", "year"),
            (-sys.float_info.max, sys.float_info.max),
        ),
    }
)
DAYS = ("issued", "effective", "repealed")
# columns named after something of the region: a reading of the environmental zones
_OWN_COLUMN = re.compile(r"zone_[a-z0-9_]+")


def list_registers(region: Region | None = None) -> list[str]:
    """Names of the registers that a region has."""
    return list((region or read_region()).registers())


def find_files(name: str, region: Region | None = None) -> list[Path]:
    """Files of one name ("data/layer/commune.geojson") that a region has, in their order."""
    return (region or read_region()).find(name)


@lru_cache(maxsize=256)
def _table(name: str, region: Region) -> tuple[tuple[str, ...], tuple[Mapping[str, str], ...]]:
    """Columns and rows of a register, as they are written, those of all folders together."""
    paths = region.find(f"data/{name}.csv")
    if not paths:
        lsgis_has = embedded_folder() / f"data/{name}.csv"
        if lsgis_has.is_file():  # a kind of facts that nobody has told of this region
            return _read_file(lsgis_has)[0], ()
        known = ", ".join(region.registers())
        raise CatalogueError("catalogue.no-register", name=name, known=known)
    header, rows = _read_file(paths[0])
    for path in paths[1:]:
        other, more = _read_file(path)
        if other != header:
            raise CatalogueError(
                "catalogue.other-columns",
                path=path,
                expected=", ".join(header),
                found=", ".join(other),
            )
        rows = _laid_over(rows, more)
    table = tuple(MappingProxyType(dict(zip(header, row, strict=True))) for row in rows)
    refuse_cells(name, region, [*_wrong_cells(header, table)])
    return header, table


def _wrong_cells(header: Sequence[str], rows: Sequence[Mapping[str, str]]) -> Iterator[WrongCell]:
    """Cells that cannot be what their column is in every register: a key, a number, a day."""
    for n, row in enumerate(rows, start=2):
        key = row[header[0]] or f"#{n}"
        if not row[header[0]].strip():
            yield key, header[0], ("catalogue.want-filled", {}), row[header[0]]
        for column in NUMBERS.keys() & set(header):
            low, high = NUMBERS[column]
            if row[column] and not _is_number(row[column], low, high):
                span = {"low": f"{low:g}", "high": f"{high:g}"}
                bound = max(abs(low), high) < sys.float_info.max
                want = "catalogue.want-between" if bound else "catalogue.want-number"
                want = "catalogue.want-from-0" if low == 0 else want
                yield key, column, (want, span), row[column]
        for column in set(DAYS) & set(header):
            if row[column] and not _is_day(row[column]):
                yield key, column, ("catalogue.want-day", {}), row[column]


def _is_number(cell: str, low: float, high: float) -> bool:
    try:
        return low <= float(cell) <= high
    except ValueError:
        return False


def _is_day(cell: str) -> bool:
    try:
        return date.fromisoformat(cell).isoformat() == cell
    except ValueError:
        return False


def _laid_over(rows: list[list[str]], more: list[list[str]]) -> list[list[str]]:
    """Rows with those of a later folder: of the same first cell in place, the others after them.

    Where first cells are no key (a list of many rows), rows are only added.
    """
    own = {row[0]: row for row in more}
    if len({row[0] for row in rows}) < len(rows) or len(own) < len(more):
        return [*rows, *(row for row in more if row not in rows)]
    known = {row[0] for row in rows}
    return [*(own.get(row[0], row) for row in rows), *(r for r in more if r[0] not in known)]


def _read_file(path: Path) -> tuple[tuple[str, ...], list[list[str]]]:
    try:
        # Excel writes a mark before the first letter; ends of lines within a cell are one
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        header = tuple(next(reader, ()))
        rows = [row for row in reader if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CatalogueError("catalogue.broken-register", path=path, reason=error) from error
    for n, row in enumerate(rows, start=2):
        if len(row) != len(header):
            reason = f"{n}: {len(row)} / {len(header)}"
            raise CatalogueError("catalogue.broken-register", path=path, reason=reason)
    _require_header(path, header)
    return header, rows


def _require_header(path: Path, header: tuple[str, ...]) -> None:
    """Refuse columns that stand twice; of a register of lsgis's own, others than it has."""
    twice = sorted({column for column in header if header.count(column) > 1})
    known = _known_header(path.name)
    lacking = [c for c in known if c not in header and not _OWN_COLUMN.fullmatch(c)]
    strange = [c for c in header if known and c not in known and not _OWN_COLUMN.fullmatch(c)]
    if twice or lacking or strange or not header:
        expected = ", ".join(known) or "–"
        found = ", ".join(repr(column) for column in header) or "–"
        raise CatalogueError("catalogue.other-columns", path=path, expected=expected, found=found)


@lru_cache(maxsize=128)
def _known_header(name: str) -> tuple[str, ...]:
    """Columns of a register as lsgis has it; none of one it does not know."""
    path = embedded_folder() / "data" / name
    if not path.is_file():
        return ()
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(next(csv.reader(file), ()))


def read_rows(name: str, region: Region | None = None) -> tuple[Mapping[str, str], ...]:
    """Rows of `data/<name>.csv`, every cell the text that is written there.

    A register that lsgis knows and the region does not have is empty.

    Raises
    ------
    CatalogueError
        There is no such register, or it is no table in UTF-8.
    """
    return _table(name, region or read_region())[1]


def refuse_cells(name: str, region: Region, wrong: Sequence[WrongCell]) -> None:
    """Refuse a register of which cells are wrong, all of them at once; none is none.

    Raises
    ------
    CatalogueError
        With the files of the register; for each cell its row, its column, what was
        expected (a text of the catalogue and its values) and what was found.
    """
    if not wrong:
        return
    told = {lang: "".join(f"\n  {_told_cell(cell, lang)}" for cell in wrong) for lang in LANGUAGES}
    paths = ", ".join(map(str, region.find(f"data/{name}.csv")))
    raise CatalogueError("catalogue.wrong-cells", path=paths, cells=told)


def _told_cell(cell: WrongCell, lang: str) -> str:
    row, column, (want, values), found = cell
    expected, shown = say(want, lang, **values), f'"{found}"' if found else "–"
    return say("catalogue.wrong-cell", lang, row=row, column=column, expected=expected, found=shown)


def read_header(name: str, region: Region | None = None) -> tuple[str, ...]:
    """Columns of `data/<name>.csv`; refusals as by `read_rows`."""
    return _table(name, region or read_region())[0]


def read_register(name: str, region: Region | None = None) -> "pd.DataFrame":
    """Rows of `data/<name>.csv`: text columns as written (codes keep their zeros).

    One that lsgis knows and the region does not have is empty, with its columns.
    Columns `lon`, `lat` (degrees, WGS 84), `area_ha`, `accuracy_m` (m),
    `population`, `rank`, `n` are numbers, NaN where the fact is unknown.

    Parameters
    ----------
    name
        Name of the register, without `.csv`.
    region
        Whose register; of the one that travels with lsgis when None.

    Raises
    ------
    CatalogueError
        There is no such register, or it is no table in UTF-8.
    """
    return _frame(name, region or read_region()).copy()


@lru_cache(maxsize=64)
def _frame(name: str, region: Region) -> "pd.DataFrame":
    import pandas as pd

    header, rows = _table(name, region)
    columns = {column: [row[column] for row in rows] for column in header}
    frame = pd.DataFrame(columns, columns=list(header), dtype=str)
    for column in frame.columns.intersection([*NUMBERS]):
        frame[column] = pd.to_numeric(frame[column].replace("", None))
    return frame


def read_facts(layer: "Layer") -> "pd.DataFrame | None":
    """Register rows that a layer selects, by its key; None when no register has that key."""
    if not layer.build.register:
        return None
    rows = read_register(layer.build.register, layer.region)
    for column, values in layer.build.where.items():
        rows = rows[rows[column].isin(values)]
    return rows.reset_index(drop=True) if layer.key in rows else None


def read_required(layer: "Layer") -> "pd.DataFrame | None":
    """Register rows that must be there for a layer to be whole; None when nothing names any.

    Not those that are "unconfirmed": nobody has read that the Decision means them.
    """
    rows = read_facts(layer)
    if rows is None or "in_decision" not in rows:
        return rows
    return rows[rows["in_decision"] != "unconfirmed"].reset_index(drop=True)


def read_membership(*lists: str, region: Region | None = None) -> "pd.DataFrame":
    """Communes that the Decision names in a list: `list`, `commune_code`, `rank`, `clause`.

    Parameters
    ----------
    lists
        Names of lists in `data/membership.csv`; all of them when none is given.
    """
    rows = read_register("membership", region)
    unknown = sorted(set(lists) - set(rows["list"]))
    if unknown:
        known = ", ".join(sorted(rows["list"].unique()))
        raise CatalogueError("catalogue.no-list", found=", ".join(unknown), known=known)
    return rows[rows["list"].isin(lists)].reset_index(drop=True) if lists else rows


def title_of(register: str, code: str, lang: str, region: Region | None = None) -> str:
    """Title of a code (kind, phase, theme) in a language; the code itself when unknown."""
    return _by_code(register, region or read_region()).get(code, {}).get(lang, code)


@lru_cache(maxsize=64)
def _by_code(register: str, region: Region) -> Mapping[str, Mapping[str, str]]:
    """Rows of a register by their code, the first of each."""
    return MappingProxyType({row["code"]: row for row in reversed(read_rows(register, region))})


# Which of two documents that contradict each other is followed, and why: `why` of the register.
_WHY = family(
    "law.why-",
    "law.why-later",
    "law.why-act",
    "law.why-read",
    "law.why-measured",
    "law.why-current",
    "law.why-none",
)


def tell_followed(row: Mapping[str, Any], lang: str) -> str:
    """The document of a contradiction that is followed, and why; or that it is not settled.

    Parameters
    ----------
    row
        Of `data/contradiction.csv`: `document_a`, `document_b`, `followed` (a, b,
        none), `why` (later, act, read, measured, current, none).
    """
    why = say(_WHY[row["why"]], lang)
    document = {"a": row["document_a"], "b": row["document_b"]}.get(row["followed"])
    return say("law.followed", lang, document=document, why=why) if document else why
