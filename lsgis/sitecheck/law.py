"""Clauses, consequences, contradictions and disputes: what the law says on a day."""

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

from lsgis.catalogue.register import WrongCell, read_rows, refuse_cells
from lsgis.errors import CatalogueError, SiteError
from lsgis.region import Decision, Region
from lsgis.sitecheck.record import WORST_FIRST, Standing
from lsgis.text import LANGUAGES, family, say

# How a clause stands on a day: when it began, when it ended, and why nobody may be sure.

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


# Which clauses a report rests on, and what they are worth on the day it speaks of.
#
# A date nobody has read makes a clause "unknown", and so does an amending act that nobody has
# held against it: "in_force" is only said of what is known.

_VALIDITY = family(
    "law.",
    "law.units-valid",
    "law.units-founded",
    "law.units-absent",
    "law.units-unstated",
    "law.plan-valid",
    "law.plan-absent",
    "law.plan-absent-first",
    "law.plan-unstated",
)
_ACT = family(
    "law.act-",
    "law.act-law",
    "law.act-decree",
    "law.act-decision",
    "law.act-resolution",
    "law.act-circular",
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
    units: dict[Decision, list[dict[str, Any]]] = field(default_factory=dict)


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
        the day, `read` (P published page, S scan, U unverified), `level` (A, B, C or ""
        as `LEVELS` says), `sources` (ids: where it was read), `note_vi`, `note_en`
        (why the status is what it is; "" when in force).
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
        "level": row["level"],
        "sources": _listed(row["source"]) if row["read"] != "U" else [],
        **{f"note_{lang}": _say(*why, lang) if why else "" for lang in LANGUAGES},
    }


def _absent(clause: str) -> dict[str, Any]:
    """A clause that a layer names and nobody has entered yet: cited by its id, and no more."""
    texts = ("instrument", "article", "title_vi", "title_en", "text_vi")
    notes = {f"note_{lang}": say("law.note-absent", lang, clause=clause) for lang in LANGUAGES}
    named = {**dict.fromkeys(texts, ""), "article": clause, "effective": None, "repealed": None}
    unread = {"status": "unknown", "read": "U", "level": "", "sources": []}
    return {"id": clause, **named, **unread, **notes}


def _say(code: str, values: Mapping[str, Any], lang: str) -> str:
    """A text with its days as each language writes them, never by locale."""
    days = {k: v for k, v in values.items() if isinstance(v, date)}
    told = {k: f"{v:%d/%m/%Y}" if lang == "vi" else v.isoformat() for k, v in days.items()}
    return say(code, lang, **{**values, **told})


def validity_clauses(clauses: Iterable[Row]) -> list[str]:
    """Ids of the clauses that the communes, their work and the plan stand on, in this order.

    None where no clause says anything of it.

    Raises
    ------
    CatalogueError
        Column `validity` of `clause.csv` names some, but not each of VALIDITY once.
    """
    named = [(row["validity"], row["clause"]) for row in clauses if row.get("validity")]
    if not named:
        return []
    if sorted(part for part, _ in named) != sorted(VALIDITY):
        told = ", ".join(f"{part}: {clause}" for part, clause in named) or "–"
        raise CatalogueError("law.validity", found=told, known=", ".join(VALIDITY))
    return [dict(named)[part] for part in VALIDITY]


def state_units(
    clauses: Iterable[Row], instruments: Iterable[Row], on: date, plan: Decision
) -> list[dict[str, Any]]:
    """Say whether the communes and the plan of a region are valid on a day.

    Parameters
    ----------
    clauses, instruments, on
        As for `state_clauses`.
    plan
        What the plan and its act are called.

    Returns
    -------
    list of dict
        For the communes ("units") and the plan ("plan"): `code`, `clauses`
        (ids, of `validity_clauses`), `valid` on the day, `text_vi`, `text_en`.
        Where no clause says what they stand on, nobody can say that they are valid.

    Sources
    -------
    1672/NQ-UBTVQH15 (2025); 339/QĐ-UBND (2026), Điều 3.
    """
    day = _day(clauses, instruments, on)
    if plan not in day.units:
        rows = [_stated(clause, day) for clause in validity_clauses(clauses)]
        units, act = rows[:2], rows[2:]
        day.units[plan] = [
            _told("units", _state_of_units(units), units, on, _act_of(units, day)),
            _told("plan", _state_of_plan(act, plan), act, on, _named(plan)),
        ]
    return [{**row, "clauses": [*row["clauses"]]} for row in day.units[plan]]


def _state_of_units(rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows or any(row["effective"] is None for row in rows):
        return "unstated"
    founded, at_work = (row["status"] == "in_force" for row in rows)
    return "valid" if at_work else "founded" if founded else "absent"


def _state_of_plan(rows: Sequence[Mapping[str, Any]], plan: Decision) -> str:
    if not rows or rows[0]["effective"] is None:
        return "unstated"
    absent = "absent" if plan.before else "absent-first"
    return "valid" if rows[0]["status"] == "in_force" else absent


def _act_of(rows: Sequence[Mapping[str, Any]], day: _Day) -> dict[str, dict[str, str]]:
    """The act that the communes stand on, as a sentence names it: its kind and its number."""
    if not rows:
        return {}
    act = day.acts[rows[0]["instrument"]]
    code = _ACT.get(act.get("kind", ""))
    number = act["number"]
    return {"act": {n: say(code, n, number=number) if code else number for n in LANGUAGES}}


def _named(plan: Decision) -> dict[str, Mapping[str, str]]:
    return {"act": plan.called, "before": plan.before or dict.fromkeys(LANGUAGES, "")}


def _told(
    code: str,
    state: str,
    rows: Sequence[Mapping[str, Any]],
    on: date,
    named: Mapping[str, Mapping[str, str]],
) -> dict[str, Any]:
    days = {"on": on, **_first_and_last(rows)}
    texts = {
        lang: _say(
            _VALIDITY[f"{code}-{state}"], days | {k: v[lang] for k, v in named.items()}, lang
        )
        for lang in LANGUAGES
    }
    return {
        "code": code,
        "clauses": [row["id"] for row in rows],
        "valid": state == "valid",
        **{f"text_{lang}": text for lang, text in texts.items()},
    }


def _first_and_last(rows: Sequence[Mapping[str, Any]]) -> dict[str, date | None]:
    if not rows:
        return {}
    return {"first": day_of(rows[0]["effective"]), "last": day_of(rows[-1]["effective"])}


# What the verdicts mean for a project: rows of a decision table, law apart from advice.
#
# Every row that fits is drawn; a test holds that no two rows say something of one subject for the
# same situation, so that no row hides or contradicts another.

# Relation of a site to a layer -> states of the layer in which it holds.
RELATIONS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "overlap": frozenset({"affected", "likely"}),
        "below_threshold": frozenset({"below_threshold"}),
        "within_band": frozenset({"possible", "incomplete", "not_affected"}),
        "uncertain": frozenset({"likely", "possible"}),
        "not_located": frozenset({"incomplete", "no_data"}),
        "clear": frozenset({"not_affected"}),
        "project": frozenset(WORST_FIRST),  # binds a project of its type wherever it lies
    }
)
ANY = "*"
# How far a text was read, the farthest first: A the act itself, or a page that prints the whole
# article or paragraph; B a page that quotes the point; C described, or its title only; "" not.
LEVELS = ("A", "B", "C", "")
_KINDS = ("law", "guidance")


def read_consequences(region: Region, layers: Mapping[str, bool]) -> list[dict[str, str]]:
    """Rows of `data/consequence.csv`, every value one that can be followed.

    Parameters
    ----------
    region
        Whose register.
    layers
        Names of its layers, and whether each restricts. "*" as `layers` of a row is
        every layer that does; a row of the relation "project" names none.

    Raises
    ------
    CatalogueError
        A value is none of those it may be, or a statement claims to be better read than
        a clause it rests on; all of them, each with its row and column.
    """
    restricting = sorted(name for name, restricts in layers.items() if restricts)
    types = [row["code"] for row in read_rows("project_type", region)]
    read = {row["clause"]: row["level"] for row in read_rows("clause", region)}
    states: dict[str, Sequence[str]] = {
        "kind": _KINDS,
        "relation": tuple(RELATIONS),
        "states": WORST_FIRST,
        "layers": [*layers, ANY],
        "project_type": [*types, ANY],
    }
    rows: list[dict[str, str]] = []
    wrong: list[WrongCell] = []
    for row in read_rows("consequence", region):
        for column, known in states.items():
            strange = [item for item in _items(row[column]) if item not in known]
            none = column == "states" or (column == "layers" and row["relation"] == "project")
            if strange or not (row[column] or none):
                want = ("catalogue.want-known", {"known": ", ".join(known)})
                wrong.append((row["code"], column, want, "; ".join(strange)))
        if row["relation"] == "within_band" and not _is_amount(row["max_distance_m"]):
            want = ("catalogue.want-from-0", {})
            wrong.append((row["code"], "max_distance_m", want, row["max_distance_m"]))
        known = _levels_of(row, read)
        if row["level"] not in known:
            want = ("catalogue.want-known", {"known": ", ".join(level or "–" for level in known)})
            wrong.append((row["code"], "level", want, row["level"]))
        meant = "; ".join(restricting) if row["layers"] == ANY else row["layers"]
        rows.append({**row, "layers": meant})
    refuse_cells("consequence", region, wrong)
    return rows


def _levels_of(row: Row, read: Mapping[str, str]) -> tuple[str, ...]:
    """Levels a statement may have: none for advice, else no better than its clauses have."""
    if row["kind"] != "law" or not row["clauses"]:
        return ("",)
    worst = max(LEVELS.index(read.get(clause, "")) for clause in _items(row["clauses"]))
    return LEVELS[worst:]


def _is_amount(cell: str) -> bool:
    try:
        return 0 <= float(cell) < math.inf
    except ValueError:
        return False


def draw_consequences(
    themes: Sequence[Mapping[str, Any]], rows: Iterable[Row], *, type: str | None, whole: str
) -> list[dict[str, Any]]:
    """Draw every consequence of a site's verdicts, layer by layer, in the order of the table.

    Parameters
    ----------
    themes
        One a restricting layer: `layer`, `state`, `nearest` (with `distance_m` and
        `e_m`, or None), in report order.
    rows
        Rows of `data/consequence.csv`, text as written.
    type
        Code of `data/project_type.csv`; None when unknown, and then rows of
        every type are drawn, for none can be ruled out.
    whole
        Layer that a row about all its layers together speaks of.

    Returns
    -------
    list of dict
        `code`, `kind` ("law" or "guidance"), `zone_class`, `relation`,
        `project_type`, `text_vi`, `text_en`, `clauses` (ids), `level` (as `LEVELS`),
        `verified` (level A: only that speaks as law), `layer` ("" for what binds a
        project wherever it lies), `within_accuracy` (a distance that is too large as
        drawn, and may not be). Rows of the relation "project" come once, after those of
        the layers; rows of "clear" last and once: they need all their layers "not_affected".
    """
    meant = [row for row in rows if _means_type(row, type)]
    anywhere = [_consequence(row, "") for row in meant if row["relation"] == "project"]
    told: dict[str, list[Row]] = {}
    for row in meant:
        for layer in _items(row["layers"]) if row["relation"] != "clear" else ():
            told.setdefault(layer, []).append(row)
    drawn = [
        _consequence(row, theme["layer"], within_accuracy=_is_beyond(row, theme))
        for theme in themes
        for row in told.get(theme["layer"], ())
        if _holds(row, theme)
    ]
    states = {theme["layer"]: theme["state"] for theme in themes}
    clear = [row for row in meant if row["relation"] == "clear" and _is_clear(row, states)]
    return drawn + anywhere + [_consequence(row, whole) for row in clear]


def _items(cell: str) -> list[str]:
    return cell.split("; ") if cell else []


def _means_type(row: Row, type: str | None) -> bool:
    types = _items(row["project_type"])
    return type is None or ANY in types or type in types


def _holds(row: Row, theme: Mapping[str, Any]) -> bool:
    """Whether a layer's verdict is one the row speaks of."""
    states = _items(row["states"]) or RELATIONS[row["relation"]]
    if theme["state"] not in states:
        return False
    if row["relation"] != "within_band":
        return True
    nearest = theme["nearest"]
    return nearest is not None and nearest["distance_m"] - nearest["e_m"] <= float(
        row["max_distance_m"]
    )


def _is_beyond(row: Row, theme: Mapping[str, Any]) -> bool:
    """Whether the feature lies farther than the row says as drawn, and only may lie as near."""
    if row["relation"] != "within_band":
        return False
    return bool(theme["nearest"]["distance_m"] > float(row["max_distance_m"]))


def _is_clear(row: Row, states: Mapping[str, str]) -> bool:
    return all(states.get(layer) in RELATIONS["clear"] for layer in _items(row["layers"]))


def _consequence(row: Row, layer: str, *, within_accuracy: bool = False) -> dict[str, Any]:
    copied = ("code", "kind", "zone_class", "relation", "project_type", "text_vi", "text_en")
    return {
        **{name: row[name] for name in copied},
        "clauses": _items(row["clauses"]),
        "level": row["level"],
        "verified": row["kind"] == "law" and row["level"] == "A",
        "layer": layer,
        "within_accuracy": within_accuracy,
    }


# Where documents contradict each other about what a report says.


def list_contradictions(
    rows: Iterable[Mapping[str, str]],
    communes: Iterable[Mapping[str, Any]],
    themes: Iterable[Mapping[str, Any]],
    *,
    near: Iterable[Mapping[str, Any]] = (),
) -> list[dict[str, Any]]:
    """Rows of `contradiction.csv` that touch a result, in their order.

    A row about some communes touches the sites in one of them, and those that may be
    within accuracy, and `here` says which ("yes", "possible"); a row about no commune (None)
    touches every result that cites its clause.

    Parameters
    ----------
    rows
        The register, text as written.
    communes, themes
        Of the report: `code` of each commune, `clauses` of each theme.
    near
        Communes the site may lie in: `code` of each.
    """
    here, maybe = ({row["code"] for row in units} for units in (communes, near))
    cited = {clause for theme in themes for clause in theme["clauses"]}
    found: list[dict[str, Any]] = []
    for row in rows:
        codes = {code.strip() for code in row["commune_codes"].split(";")} - {""}
        if codes & (here | maybe):
            found.append({**row, "here": "yes" if codes & here else "possible"})
        elif not codes and row["clause"] in cited:
            found.append({**row, "here": None})
    return found


# What a planner disputes, from a file: computed and disputed findings both stand in the report.

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
