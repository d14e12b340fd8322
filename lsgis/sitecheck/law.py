"""Which clauses a report rests on, and what they are worth on the day it speaks of.

A date nobody has read makes a clause "unknown", and so does an amending act
that nobody has held against it: "in_force" is only said of what is known.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from lsgis.errors import CatalogueError
from lsgis.text import LANGUAGES, say

Row = Mapping[str, str]

STATUSES = ("in_force", "not_yet", "superseded", "unknown")
# What the communes and the plan stand on: rows of `clause.csv`.
UNITS, UNITS_AT_WORK, PLAN = "1672/1", "1672/operation", "339/3.1"


def state_clauses(
    ids: Sequence[str], clauses: Iterable[Row], instruments: Iterable[Row], on: date
) -> list[dict[str, Any]]:
    """State each cited clause once, in the order cited, as it stands on a day.

    Parameters
    ----------
    ids
        Ids of clauses; repeated ones count once.
    clauses, instruments
        Rows of `data/clause.csv` and `data/instrument.csv`, text as written.
    on
        Day the report speaks of.

    Returns
    -------
    list of dict
        `id`, `instrument`, `article`, `title_vi`, `title_en`, `text_vi`,
        `effective` and `repealed` (ISO days; None where unknown), `status` on
        the day, `read` (P published page, S scan, U unverified), `note_vi`,
        `note_en` (why the status is what it is; "" when in force).
        "superseded" covers what was repealed, and what another clause replaced.

    Raises
    ------
    CatalogueError
        A clause, or its instrument, is not in the registers.
    """
    known = {row["clause"]: row for row in clauses}
    acts = {row["number"]: row for row in instruments}
    return [_stated(clause, known, acts, on) for clause in dict.fromkeys(ids)]


def _stated(
    clause: str, known: Mapping[str, Row], acts: Mapping[str, Row], on: date
) -> dict[str, Any]:
    row = _found(clause, known, "clause.csv")
    act = _found(row["instrument"], acts, "instrument.csv")
    start, end = _start(row, act), _end(row, act, known, acts)
    status, why = _status(row, act, acts, on=on, start=start, end=end)
    copied = ("instrument", "article", "title_vi", "title_en", "text_vi")
    return {
        "id": clause,
        **{name: row[name] for name in copied},
        "effective": start.isoformat() if start else None,
        "repealed": end.isoformat() if end else None,
        "status": status,
        "read": row["read"],
        **{f"note_{lang}": _say(*why, lang) if why else "" for lang in LANGUAGES},
    }


def _say(code: str, values: Mapping[str, Any], lang: str) -> str:
    """A text with its days as each language writes them, never by locale."""
    days = {k: v for k, v in values.items() if isinstance(v, date)}
    told = {k: f"{v:%d/%m/%Y}" if lang == "vi" else v.isoformat() for k, v in days.items()}
    return say(code, lang, **{**values, **told})


def _found(key: str, rows: Mapping[str, Row], register: str) -> Row:
    if key not in rows:
        raise CatalogueError("law.no-row", found=key, register=register)
    return rows[key]


def _day(cell: str | None) -> date | None:
    return date.fromisoformat(cell) if cell else None


def _start(row: Row, act: Row) -> date | None:
    """First day of a clause: its own where it has one, else that of its instrument."""
    return _day(row.get("effective")) or _day(act["effective"])


def _end(row: Row, act: Row, known: Mapping[str, Row], acts: Mapping[str, Row]) -> date | None:
    """First day a clause no longer stands: its act repealed, or another clause in its place."""
    days = [_day(act["repealed"])]
    if row.get("replaced_by"):
        other = _found(row["replaced_by"], known, "clause.csv")
        days.append(_start(other, _found(other["instrument"], acts, "instrument.csv")))
    return min((day for day in days if day), default=None)


def _status(
    row: Row, act: Row, acts: Mapping[str, Row], *, on: date, start: date | None, end: date | None
) -> tuple[str, tuple[str, dict[str, Any]] | None]:
    """Status on a day, and the text (code, values) that says why."""
    if end and on >= end:
        by = row.get("replaced_by") or "-"
        return "superseded", ("law.note-superseded", {"day": end, "by": by})
    first = start or _day(act["issued"])  # an act binds nobody before it is issued
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


def _listed(cell: str | None) -> list[str]:
    return cell.split("; ") if cell else []


def _binds(number: str, acts: Mapping[str, Row], on: date) -> bool:
    """Whether an amending act may bind on a day; one without a date always may."""
    act = _found(number, acts, "instrument.csv")
    first = _day(act["effective"]) or _day(act["issued"])
    return first is None or first <= on


def state_units(
    clauses: Iterable[Row], instruments: Iterable[Row], on: date
) -> list[dict[str, Any]]:
    """Say whether the communes and the plan that lsgis carries are valid on a day.

    Returns
    -------
    list of dict
        For the communes ("units") and the plan ("plan"): `code`, `clauses`
        (ids), `valid` on the day, `text_vi`, `text_en`.

    Sources
    -------
    1672/NQ-UBTVQH15 (2025); 339/QĐ-UBND (2026), Điều 3.
    """
    rows = state_clauses([UNITS, UNITS_AT_WORK, PLAN], clauses, instruments, on)
    founded, at_work, plan = (row["status"] == "in_force" for row in rows)
    units = "valid" if at_work else "founded" if founded else "absent"
    return [
        _told("units", units, rows[:2], on),
        _told("plan", "valid" if plan else "absent", rows[2:], on),
    ]


def _told(code: str, state: str, rows: Sequence[Mapping[str, Any]], on: date) -> dict[str, Any]:
    days = {"on": on, "first": _day(rows[0]["effective"]), "last": _day(rows[-1]["effective"])}
    return {
        "code": code,
        "clauses": [row["id"] for row in rows],
        "valid": state == "valid",
        **{f"text_{lang}": _say(f"law.{code}-{state}", days, lang) for lang in LANGUAGES},
    }
