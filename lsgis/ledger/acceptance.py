"""What an office has accepted, with its reason: the row is closed and stays in sight."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pandas as pd

from lsgis.errors import SourceError
from lsgis.ledger.row import new_row, rows_frame

FIELDS = ("row_id", "reason", "by", "on", "status")
_NEEDED = FIELDS[:4]


def read_accepted(path: Path) -> list[dict[str, str]]:
    """Read accepted rows from JSON (a list of objects) or CSV in UTF-8.

    Parameters
    ----------
    path
        Each row: `row_id` of the ledger, `reason`, `by` (who), `on` (a day,
        yyyy-mm-dd) and, when wanted, `status`: the acceptance then speaks of
        that status only, and lapses when the row has another.

    Raises
    ------
    SourceError
        No such file, neither JSON nor CSV, a row without one of these, a day
        that is none, or a row accepted twice.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
        is_json = text.lstrip().startswith(("[", "{"))
        rows = json.loads(text) if is_json else list(csv.DictReader(io.StringIO(text)))
    except (OSError, ValueError, csv.Error) as error:
        raise SourceError("ledger.no-accepted", path=path, reason=error) from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise SourceError("ledger.no-accepted", path=path, reason="not a list of rows")
    return require_accepted(rows)


def require_accepted(rows: Sequence[Mapping[str, object]]) -> list[dict[str, str]]:
    """The same acceptances as plain text; refuse one that lacks something or stands twice."""
    plain = [{name: str(row.get(name) or "").strip() for name in FIELDS} for row in rows]
    for number, row in enumerate(plain, start=1):
        lacking = [name for name in _NEEDED if not row[name]]
        if lacking:
            raise SourceError("ledger.accepted-row", number=number, missing=", ".join(lacking))
        try:
            date.fromisoformat(row["on"])
        except ValueError as error:
            raise SourceError("ledger.accepted-day", number=number, found=row["on"]) from error
    ids = [row["row_id"] for row in plain]
    twice = sorted({row_id for row_id in ids if ids.count(row_id) > 1})
    if twice:
        raise SourceError("ledger.accepted-twice", found=", ".join(twice))
    return plain


def mark_accepted(ledger: pd.DataFrame, accepted: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """The ledger with the reasons of accepted rows, and a row for each acceptance that lapsed."""
    ledger, lapsed = ledger.copy(), []
    rows = {row_id: n for n, row_id in ledger["row_id"].items()}
    for row in require_accepted(accepted):
        n = rows.get(row["row_id"])
        if n is None or row["status"] not in ("", ledger.at[n, "status"]):
            lapsed.append(_lapsed(row, "" if n is None else str(ledger.at[n, "status"])))
            continue
        ledger.loc[n, ["accepted", "accepted_by", "accepted_on"]] = [
            row["reason"], row["by"], row["on"],
        ]  # fmt: skip
        ledger.loc[n, "is_open"] = False
    if not lapsed:
        return ledger
    added = rows_frame(sorted(lapsed, key=lambda row: str(row["row_id"])))
    return pd.concat([ledger, added], ignore_index=True)


def _lapsed(row: Mapping[str, str], status: str) -> dict:
    known = {name: row[name] for name in ("reason", "by", "on")}
    note = ("ledger.note.lapsed", known) if status else ("ledger.note.no-such-row", known)
    return new_row(
        f"acceptance/{row['row_id']}",
        kind="acceptance",
        status="stale",
        notes=[note],
        expected=row["status"],
        found=status,
    )
