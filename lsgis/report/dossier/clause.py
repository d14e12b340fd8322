"""The section about clauses: whether the plan is that of the day, and how each clause stands."""

from collections.abc import Mapping
from typing import Any

from lsgis.report.dossier.content import Cell, Column, Section, Sentence, Table
from lsgis.report.dossier.wording import (
    OUT_OF_FORCE,
    READ,
    STATUS,
    cite,
    day,
    named,
    word,
)
from lsgis.text import say

Row = Mapping[str, Any]


def make_clauses(document: Mapping[str, Any], lang: str) -> Section:
    """Every clause cited, act by act, with its dates and its standing on the day asked about."""
    validity = tuple(tell_validity(row, lang) for row in document["validity"])
    lead = Sentence("dossier.clauses-lead", {"on": day(document["on"])})
    blocks: tuple[Table | Sentence, ...] = (*validity, lead, _by_act(document["clauses"], lang))
    return Section("clauses", blocks, rows=(_one_a_row(document, lang),))


def tell_validity(row: Row, lang: str) -> Sentence:
    """Whether the communes, or the zones, are those of the day; a warning when they are not."""
    look = "" if row["valid"] else "warning"
    return Sentence("dossier.validity", {"text": named(row, lang, "text")}, look)


def _by_act(clauses: list[Row], lang: str) -> Table:
    """Clauses under what is said of all of them: their act, its days, how they stand."""
    groups: dict[tuple, list[Row]] = {}
    for clause in clauses:
        groups.setdefault((clause["instrument"], *_facts(clause, lang)), []).append(clause)
    order = sorted(groups, key=lambda key: groups[key][0]["status"] not in OUT_OF_FORCE)
    rows: list[tuple[Cell, ...]] = []
    for key in order:
        instrument, *facts = key
        look = f"law {groups[key][0]['status']}"
        rows.append((Cell(f"{instrument} – {'; '.join(filter(None, facts))}", look=look),))
        rows += [
            (Cell(clause["article"] or "–"), Cell(_content(clause, lang))) for clause in groups[key]
        ]
    return Table("clauses", (Column("clause", 2), Column("content", 7)), tuple(rows))


def _facts(clause: Row, lang: str) -> tuple[str, ...]:
    """How a clause stands, from when to when, why, and where it was read."""
    start, end, note = clause["effective"], clause["repealed"], clause.get(f"note_{lang}") or ""
    code = "dossier.clause-from" if start else "dossier.clause-undated"
    since = say(code, lang, on=day(start))
    until = say("dossier.clause-until", lang, on=day(end)) if end and not note else ""
    read = word(READ, clause["read"], lang)
    status = word(STATUS, clause["status"], lang).upper()
    return (status, since, until, note, read)


def _content(clause: Row, lang: str) -> str:
    return "\n".join(filter(None, (named(clause, lang, "title"), clause["text_vi"])))


def _one_a_row(document: Mapping[str, Any], lang: str) -> Table:
    """The same for a spreadsheet: one clause a row."""
    columns = (Column("clause", 2), Column("content", 3.4), Column("effective", 1.3),
               Column("repealed", 1.3), Column("status", 2.3), Column("read", 1.2))  # fmt: skip
    rows = tuple(
        (
            Cell(cite({"clauses": [{**clause, "status": ""}]}, [clause["id"]], lang)),
            Cell(_content(clause, lang)),
            Cell(day(clause["effective"]), look="day"),
            Cell(day(clause["repealed"]), look="day"),
            Cell(_status(clause, lang), look=f"law {clause['status']}"),
            Cell(word(READ, clause["read"], lang)),
        )
        for clause in document["clauses"]
    )
    return Table("clauses", columns, rows)


def _status(clause: Row, lang: str) -> str:
    note = clause.get(f"note_{lang}")
    return "\n".join(filter(None, (word(STATUS, clause["status"], lang), note)))
