"""The numbers of a table: read strictly, added up by old unit."""

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from lsgis.errors import LayerError

RESERVED = ("commune_code", "name_vi", "unit", "candidates", "units_given", "units_missing")
_LARGEST = 2**62  # sums of whole numbers stay exact


def read_numbers(table: pd.DataFrame, column: str) -> pd.Series:
    """A column as numbers, empty cells as missing; whole numbers stay whole (`Int64`).

    Whole is what was written so: a column of integers, or of text without a
    decimal point. 2.0 is a measure and may be split into fractions.

    Raises
    ------
    LayerError
        A cell is no finite number as a machine writes it ("1.234,5" is not:
        nobody can know what it means), or whole numbers are too large to add.
    """
    cells = table[column].astype(object).where(table[column].notna(), None)
    blank = cells.map(lambda cell: cell is None or (isinstance(cell, str) and not cell.strip()))
    odd = cells.map(lambda cell: isinstance(cell, bool | np.bool_ | complex | np.complexfloating))
    numbers = pd.to_numeric(cells.where(~blank & ~odd, None), errors="coerce").astype(float)
    wrong = ~blank & ~np.isfinite(numbers)
    if wrong.any():
        found = ", ".join(repr(cell) for cell in cells[wrong].head(5))
        raise LayerError("crosswalk.not-a-number", column=column, found=found)
    if not _are_whole(table[column], cells[~blank]):
        return numbers.astype("Float64")
    if numbers.abs().sum() >= _LARGEST:
        raise LayerError("crosswalk.too-large", column=column)
    # never by way of a float, which holds no more than 15 digits
    whole = [pd.NA if empty else int(cell) for cell, empty in zip(cells, blank, strict=True)]
    return pd.Series(whole, index=table.index, dtype="Int64", name=column)


def _are_whole(column: pd.Series, cells: pd.Series) -> bool:
    if pd.api.types.is_numeric_dtype(column.dtype):
        return pd.api.types.is_integer_dtype(column.dtype)
    return all(re.fullmatch(r"\s*[+-]?\d+\s*", str(cell)) for cell in cells)


def require_columns(
    table: pd.DataFrame, keys: Sequence[str | None], counts: Sequence[str], rates: Mapping[str, str]
) -> None:
    """Refuse a call that names no key, a column that is not there, or one column twice."""
    if keys[0] is None and keys[1] is None:
        raise LayerError("crosswalk.no-key", found=", ".join(map(str, table.columns)))
    asked = [key for key in keys if key is not None] + [*counts, *rates, *rates.values()]
    missing = sorted({column for column in asked if column not in table})
    if missing:
        found = ", ".join(map(str, table.columns))
        raise LayerError("crosswalk.missing-column", missing=", ".join(missing), found=found)
    ends = ("", "_low", "_high", "_blank", "_weight")
    made = [f"{column}{end}" for column in [*counts, *rates] for end in ends]
    twice = sorted({name for name in made if made.count(name) > 1 or name in RESERVED})
    if twice or not table.columns.is_unique:
        found = ", ".join(twice) or ", ".join(map(str, table.columns[table.columns.duplicated()]))
        raise LayerError("crosswalk.column-twice", found=found)


def add_up(values: pd.Series, units: pd.Series) -> pd.DataFrame:
    """Sum of the numbers of each unit (whole numbers as `int`) and how many cells are blank."""
    groups = values.groupby(units, sort=False)
    sums = groups.sum(min_count=1)
    return pd.DataFrame({"sum": sums.astype(object), "blank": groups.apply(_count_blank)})


def _count_blank(values: pd.Series) -> int:
    return int(values.isna().sum())
