"""Rows of cells from a workbook; openpyxl is brought in only here, and only when asked for."""

import warnings
import zipfile
import zlib
from pathlib import Path

from lsgis.errors import SiteError
from lsgis.sitecheck.corner.sheet import MOST_ROWS, Row
from lsgis.sitecheck.drawing import plain_text

MOST_COLUMNS = 100
# what openpyxl raises for a file that is no workbook, or a broken one
_BROKEN = (
    zipfile.BadZipFile, zlib.error, KeyError, ValueError, TypeError, IndexError, AttributeError,
    OSError, SyntaxError, NotImplementedError,
)  # fmt: skip


def rows_of_workbook(path: Path, sheet: str | None) -> dict[str, list[Row]]:
    """Rows of each sheet of a workbook that holds anything, or of the sheet named.

    Raises
    ------
    SiteError
        openpyxl is not installed, the file is no workbook, or has no such sheet.
    """
    try:
        import openpyxl
    except ImportError as error:
        raise SiteError("site.no-openpyxl", path=path.name) from error
    with warnings.catch_warnings(), path.open("rb") as file:
        warnings.simplefilter("ignore")  # styles and extensions openpyxl does not know
        try:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            rows = {found.title: found for found in book.worksheets}
            if sheet is None or sheet in rows:
                rows = {n: _rows(found) for n, found in rows.items() if sheet in (None, n)}
                return {n: found for n, found in rows.items() if any(row.filled for row in found)}
        except SiteError:
            raise
        except _BROKEN as error:
            raise SiteError("site.no-workbook", path=path.name, reason=plain_text(error)) from error
    found = ", ".join(plain_text(name) for name in rows)
    raise SiteError("site.no-sheet", path=path.name, sheet=plain_text(sheet), found=found)


def _rows(sheet) -> list[Row]:
    sheet.reset_dimensions()  # what a file says of its own size is often wrong
    rows = []
    for number, cells in enumerate(sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS), 1):
        if number > MOST_ROWS:
            raise SiteError("site.too-many-rows", found=number, most=MOST_ROWS)
        rows.append(Row(number, tuple(cells)))
    return rows
