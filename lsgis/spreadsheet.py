"""Tables that spreadsheets open: no cell is ever run; CSV for programs, or as an office opens it.

Every CSV that lsgis writes goes through this chapter. In a workbook a text is typed as text,
which no program runs, so that it stands there as it is (`BOOK`: options of every workbook).
"""

import itertools
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # a site check runs without frames
    import pandas as pd

# A spreadsheet takes a cell of a CSV that starts so for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_NO_SHEET = re.compile(r"[\[\]:*?/\\\x00-\x1f\ufffe\uffff]")
# A workbook whose texts become no formulas, links or numbers, whatever they look like.
BOOK = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def harmless(cell: Any) -> Any:
    """A cell of a CSV: a text that would run as a formula gets an apostrophe before it.

    A break of a line is "\\n", which is quoted: at another the next cell would begin. Numbers
    stay numbers. Whoever reads the file back finds the apostrophe.
    """
    if not isinstance(cell, str):
        return cell
    text = cell.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{text}" if is_formula(cell) else text


def is_formula(cell: object) -> bool:
    """Whether a spreadsheet would take a cell for a formula: a text that starts like one."""
    return isinstance(cell, str) and cell.startswith(FORMULA_STARTS)


def sheet_name(name: str, used: Sequence[str] = ()) -> str:
    """A name as one that a sheet of a workbook may have, and none of it has yet.

    Spreadsheets refuse some signs, more than 31 letters, an apostrophe at an end, nothing at
    all, and a name that another sheet has in capitals.
    """
    plain = _NO_SHEET.sub(" ", name).strip(" '") or "-"
    plain = f"{plain} -" if plain.casefold() == "history" else plain  # Excel's own
    taken = {other.casefold() for other in used}
    tries = (f" {number}" if number > 1 else "" for number in itertools.count(1))
    return next(
        tried
        for end in tries
        if (tried := _cut(plain, 31 - len(end)) + end).casefold() not in taken
    )


def _cut(text: str, most: int) -> str:
    """The beginning of a text, as long as its letters are counted in UTF-16."""
    while len(text.encode("utf-16-le")) > 2 * most:
        text = text[:-1]
    return text.rstrip(" '")


def write_csv(table: "pd.DataFrame", path: Path, *, for_office: bool = False) -> int:
    """Write a table as CSV, numbers unrounded; UTF-8 with a mark, which Vietnamese needs in Excel.

    Parameters
    ----------
    table
        Without geometry. Its headings are cells like any other.
    path
        Where to write; see `disk` for a file that is whole or not there.
    for_office
        As an Excel set to Vietnamese opens it at a double click: semicolons between
        cells and a decimal comma. Otherwise commas and a decimal point.

    Returns
    -------
    int
        How many cells got an apostrophe (`harmless`): whoever reads them back must know.
    """
    import pandas as pd

    texts = {n: dtype for n, dtype in enumerate(table.dtypes) if _may_hold_text(dtype)}
    cells = [table.iloc[:, n].astype(object) for n in texts]
    count = sum(int(column.map(is_formula).sum()) for column in cells if len(column))
    count += sum(map(is_formula, table.columns))
    plain = table.set_axis([*map(harmless, table.columns)], axis=1)
    for n, column in zip(texts, cells, strict=True):
        said = [_with_comma(harmless(cell)) if for_office else harmless(cell) for cell in column]
        plain.isetitem(n, pd.Series(said, index=plain.index, dtype=object))
    marks = {"sep": ";", "decimal": ","} if for_office else {}
    plain.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n", **marks)
    return count


def _may_hold_text(dtype: Any) -> bool:
    return str(dtype) in ("object", "category", "str") or str(dtype).startswith("string")


def _with_comma(cell: Any) -> Any:
    """A number among texts with a decimal comma."""
    return str(cell).replace(".", ",") if isinstance(cell, float) and cell == cell else cell
