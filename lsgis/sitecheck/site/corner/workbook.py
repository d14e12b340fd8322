"""Rows of cells from a workbook, with what it hides."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lsgis.errors import SiteError
from lsgis.intake.workbook import BROKEN, Sheet, read_workbook
from lsgis.sitecheck.site.corner.sheet import MOST_ROWS, Row
from lsgis.sitecheck.site.drawing import plain_text, told

_MOST_NAMED = 10


@dataclass(frozen=True)
class Page:
    """One sheet that holds anything, and what is told of it."""

    rows: list[Row]
    visible: bool
    log: tuple[dict[str, object], ...]


def pages_of_workbook(path: Path, sheet: str | None) -> dict[str, Page]:
    """Sheets of a workbook that hold anything, or the sheet named.

    Raises
    ------
    SiteError
        openpyxl is not installed, the file is no workbook, or has no such sheet.
    """
    try:
        sheets = {found.name: found for found in _read(path)}
    except ImportError as error:
        raise SiteError("site.no-openpyxl", path=path.name) from error
    except OverflowError as error:
        raise SiteError("site.too-many-rows", found=f"> {MOST_ROWS}", most=MOST_ROWS) from error
    except SiteError:
        raise
    except BROKEN as error:
        raise SiteError("site.no-workbook", path=path.name, reason=plain_text(error)) from error
    if sheet is not None and sheet not in sheets:
        found = ", ".join(plain_text(name) for name in sheets)
        raise SiteError("site.no-sheet", path=path.name, sheet=plain_text(sheet), found=found)
    pages = {name: _page(found) for name, found in sheets.items() if sheet in (None, name)}
    return {name: page for name, page in pages.items() if any(row.filled for row in page.rows)}


def rows_of_workbook(path: Path, sheet: str | None) -> dict[str, list[Row]]:
    """Rows of each sheet of a workbook that holds anything, or of the sheet named."""
    return {name: page.rows for name, page in pages_of_workbook(path, sheet).items()}


def _read(path: Path) -> Iterator[Sheet]:
    yield from read_workbook(path, most_rows=MOST_ROWS)


def _page(sheet: Sheet) -> Page:
    rows = [Row(number, cells) for number, cells in enumerate(sheet.rows, 1)]
    log = []
    named: dict[str, list] = {
        "site.hidden-rows": sheet.hidden_rows,
        "site.hidden-columns": sheet.hidden_columns,
        "site.formulas": sheet.unknown,
    }
    for code, found in named.items():
        if found:
            text = ", ".join(map(str, found[:_MOST_NAMED])) + (
                ", …" if len(found) > _MOST_NAMED else ""
            )
            log.append(told(code, found=text, count=len(found)))
    if not sheet.visible:
        log.append(told("site.hidden-sheet", sheet=plain_text(sheet.name)))
    return Page(rows, sheet.visible, tuple(log))
