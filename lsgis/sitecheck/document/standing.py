"""How a clause stands on a day: when it began, when it ended, and why nobody may be sure."""

from collections.abc import Mapping
from datetime import date
from typing import Any, get_args

from lsgis.errors import CatalogueError
from lsgis.sitecheck.record import Standing

Row = Mapping[str, str]
Why = tuple[str, dict[str, Any]] | None  # text (code, values) that says why it is not in force

STATUSES: tuple[str, ...] = get_args(Standing)


def found(key: str, rows: Mapping[str, Row], register: str) -> Row:
    """A row of a register; what is cited must have one."""
    if key not in rows:
        raise CatalogueError("law.no-row", found=key, register=register)
    return rows[key]


def day_of(cell: str | None) -> date | None:
    """A day as a register writes it; None where nobody has read one."""
    return date.fromisoformat(cell) if cell else None


def start_of(row: Row, act: Row) -> date | None:
    """First day of a clause: its own where it has one, else that of its instrument."""
    return day_of(row.get("effective")) or day_of(act["effective"])


def end_of(row: Row, act: Row, known: Mapping[str, Row], acts: Mapping[str, Row]) -> date | None:
    """First day a clause no longer stands: its act repealed, or another clause in its place."""
    days = [day_of(act["repealed"])]
    if row.get("replaced_by"):
        other = found(row["replaced_by"], known, "clause.csv")
        days.append(start_of(other, found(other["instrument"], acts, "instrument.csv")))
    return min((day for day in days if day), default=None)


def status_of(
    row: Row, act: Row, known: Mapping[str, Row], acts: Mapping[str, Row], on: date
) -> tuple[str, Why]:
    """Status on a day, and the text that says why."""
    start, end = start_of(row, act), end_of(row, act, known, acts)
    if end and on >= end:
        return "superseded", _ended(row, known, end)
    first = start or day_of(act["issued"])  # an act binds nobody before it is issued
    if first and on < first:
        return "not_yet", ("law.note-not-yet", {"day": first})
    if row["read"] == "U":
        return "unknown", ("law.note-unread", {})
    if start is None:
        return "unknown", ("law.note-no-date", {"number": act["number"]})
    touching = [number for number in _listed(row.get("amended_by")) if _binds(number, acts, on)]
    if touching:
        return "unknown", ("law.note-amended", {"numbers": ", ".join(touching)})
    return "in_force", None


def _ended(row: Row, known: Mapping[str, Row], end: date) -> Why:
    """From when a clause no longer stands, and what stands in its place."""
    if not row.get("replaced_by"):
        return "law.note-repealed", {"day": end}
    other = known[row["replaced_by"]]
    return "law.note-superseded", {"day": end, "by": f"{other['article']}, {other['instrument']}"}


def _listed(cell: str | None) -> list[str]:
    return cell.split("; ") if cell else []


def _binds(number: str, acts: Mapping[str, Row], on: date) -> bool:
    """Whether an amending act may bind on a day; one without a date always may."""
    act = found(number, acts, "instrument.csv")
    first = day_of(act["effective"]) or day_of(act["issued"])
    return first is None or first <= on
