"""Which clauses a report rests on, and what they are worth on the day it speaks of.

A date nobody has read makes a clause "unknown", and so does an amending act
that nobody has held against it: "in_force" is only said of what is known.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from lsgis.errors import CatalogueError
from lsgis.sitecheck.document.standing import (
    STATUSES,
    Row,
    day_of,
    end_of,
    found,
    start_of,
    status_of,
)
from lsgis.text import LANGUAGES, family, say

_VALIDITY = family(
    "law.",
    "law.units-valid",
    "law.units-founded",
    "law.units-absent",
    "law.plan-valid",
    "law.plan-absent",
)

__all__ = ["STATUSES", "state_clauses", "state_units", "validity_clauses"]

# What the communes and the plan stand on: column `validity` of `clause.csv`.
UNITS, UNITS_AT_WORK, PLAN = VALIDITY = ("units", "units_at_work", "plan")
_MOST_DAYS = 8


@dataclass(frozen=True)
class _Day:
    """The registers on one day, and what was stated of them: hundreds of sites ask the same."""

    on: date
    registers: tuple[object, object]
    clauses: Mapping[str, Row]
    acts: Mapping[str, Row]
    stated: dict[str, dict[str, Any]] = field(default_factory=dict)
    units: list[dict[str, Any]] = field(default_factory=list)


_days: dict[date, _Day] = {}


def state_clauses(
    ids: Sequence[str], clauses: Iterable[Row], instruments: Iterable[Row], on: date
) -> list[dict[str, Any]]:
    """State each cited clause once, in the order cited, as it stands on a day.

    A clause that is not in the register is stated as one nobody can look up: its status
    is "unknown", and its note says why.

    Parameters
    ----------
    ids
        Ids of clauses; repeated ones count once.
    clauses, instruments
        Rows of `data/clause.csv` and `data/instrument.csv`, text as written. What
        was stated is kept while the same two objects are asked about: they must
        not change.
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
        The instrument of a clause is not in the register.
    """
    day = _day(clauses, instruments, on)
    return [{**_stated(clause, day)} for clause in dict.fromkeys(ids)]


def _day(clauses: Iterable[Row], instruments: Iterable[Row], on: date) -> _Day:
    day = _days.get(on)
    if day is None or day.registers[0] is not clauses or day.registers[1] is not instruments:
        if len(_days) >= _MOST_DAYS:
            _days.clear()
        known = {row["clause"]: row for row in clauses}
        acts = {row["number"]: row for row in instruments}
        day = _days[on] = _Day(on, (clauses, instruments), known, acts)
    return day


def _stated(clause: str, day: _Day) -> dict[str, Any]:
    if clause not in day.stated:
        day.stated[clause] = _state(clause, day)
    return day.stated[clause]


def _state(clause: str, day: _Day) -> dict[str, Any]:
    if clause not in day.clauses:
        return _absent(clause)
    row = day.clauses[clause]
    act = found(row["instrument"], day.acts, "instrument.csv")
    start, end = start_of(row, act), end_of(row, act, day.clauses, day.acts)
    status, why = status_of(row, act, day.clauses, day.acts, day.on)
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


def _absent(clause: str) -> dict[str, Any]:
    """A clause that a layer names and nobody has entered yet: cited by its id, and no more."""
    texts = ("instrument", "article", "title_vi", "title_en", "text_vi")
    notes = {f"note_{lang}": say("law.note-absent", lang, clause=clause) for lang in LANGUAGES}
    named = {**dict.fromkeys(texts, ""), "article": clause, "effective": None, "repealed": None}
    return {"id": clause, **named, "status": "unknown", "read": "U", **notes}


def _say(code: str, values: Mapping[str, Any], lang: str) -> str:
    """A text with its days as each language writes them, never by locale."""
    days = {k: v for k, v in values.items() if isinstance(v, date)}
    told = {k: f"{v:%d/%m/%Y}" if lang == "vi" else v.isoformat() for k, v in days.items()}
    return say(code, lang, **{**values, **told})


def validity_clauses(clauses: Iterable[Row]) -> list[str]:
    """Ids of the clauses that the communes, their work and the plan stand on, in this order.

    Raises
    ------
    CatalogueError
        Column `validity` of `clause.csv` does not name each of VALIDITY once.
    """
    named = [(row["validity"], row["clause"]) for row in clauses if row["validity"]]
    if sorted(part for part, _ in named) != sorted(VALIDITY):
        told = ", ".join(f"{part}: {clause}" for part, clause in named) or "–"
        raise CatalogueError("law.validity", found=told, known=", ".join(VALIDITY))
    return [dict(named)[part] for part in VALIDITY]


def state_units(
    clauses: Iterable[Row], instruments: Iterable[Row], on: date
) -> list[dict[str, Any]]:
    """Say whether the communes and the plan that lsgis carries are valid on a day.

    Parameters are those of `state_clauses`.

    Returns
    -------
    list of dict
        For the communes ("units") and the plan ("plan"): `code`, `clauses`
        (ids, of `validity_clauses`), `valid` on the day, `text_vi`, `text_en`.

    Sources
    -------
    1672/NQ-UBTVQH15 (2025); 339/QĐ-UBND (2026), Điều 3.
    """
    day = _day(clauses, instruments, on)
    if not day.units:
        rows = [_stated(clause, day) for clause in validity_clauses(clauses)]
        founded, at_work, plan = (row["status"] == "in_force" for row in rows)
        units = "valid" if at_work else "founded" if founded else "absent"
        day.units.append(_told("units", units, rows[:2], on))
        day.units.append(_told("plan", "valid" if plan else "absent", rows[2:], on))
    return [{**row, "clauses": [*row["clauses"]]} for row in day.units]


def _told(code: str, state: str, rows: Sequence[Mapping[str, Any]], on: date) -> dict[str, Any]:
    days = {"on": on, "first": day_of(rows[0]["effective"]), "last": day_of(rows[-1]["effective"])}
    return {
        "code": code,
        "clauses": [row["id"] for row in rows],
        "valid": state == "valid",
        **{f"text_{lang}": _say(_VALIDITY[f"{code}-{state}"], days, lang) for lang in LANGUAGES},
    }
