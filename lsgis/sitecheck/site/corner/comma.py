"""Decimal commas in a table parted by commas: told, for nothing can undo them."""

from lsgis.errors import SiteError
from lsgis.intake.number import is_number
from lsgis.sitecheck.site.corner.column import Columns
from lsgis.sitecheck.site.corner.sheet import Row


def require_one_use(body: list[Row], columns: Columns) -> None:
    """Refuse a table whose decimal commas were taken for delimiters.

    It shows in whole coordinates followed by numbers no heading names, or with a
    number between them.

    Raises
    ------
    SiteError
        `site.comma-twice`, with the first such row.
    """
    last = max(max(block.first, block.second) for block in columns.blocks)
    first = min(columns.blocks[0].first, columns.blocks[0].second)
    apart = not columns.width and last - first > 1
    for row in body:
        pair = [str(row.cell(i)) for i in (first, last)]
        if row.mark != "," or not all(cell.isdigit() for cell in pair):
            return
        if apart or any(map(is_number, row.cells[columns.width or last + 1 :])):
            raise SiteError("site.comma-twice", row=row.number, found=",".join(map(str, row.cells)))
