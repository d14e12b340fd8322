"""What a planner disputes, from a file: computed and disputed findings both stand in the report."""

import csv
import io
import json
from pathlib import Path

from lsgis.errors import SiteError

COLUMNS = ("layer", "key", "reason", "by", "on")


def read_disputes(path: Path) -> list[dict[str, str]]:
    """Read disputed findings from JSON (a list of objects) or CSV in UTF-8.

    Parameters
    ----------
    path
        Each row: `layer` and `key` of the finding, `reason`, `by`, `on` (a day).

    Raises
    ------
    SiteError
        No such file, neither JSON nor CSV, or a row without layer, key or reason.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
        if text.lstrip().startswith(("[", "{")):
            rows = json.loads(text)
        else:
            rows = list(csv.DictReader(io.StringIO(text)))
    except (OSError, ValueError) as error:
        raise SiteError("sitecheck.no-disputes", path=path, reason=error) from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise SiteError("sitecheck.no-disputes", path=path, reason="not a list of rows")
    disputes = [{name: str(row.get(name) or "") for name in COLUMNS} for row in rows]
    for number, row in enumerate(disputes, start=1):
        if not (row["layer"] and row["key"] and row["reason"]):
            raise SiteError("sitecheck.dispute-row", path=path, number=number)
    return disputes
