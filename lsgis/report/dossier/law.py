"""Sections of the law: what follows, where documents disagree, the clauses and their dates."""

from collections.abc import Mapping
from typing import Any

from lsgis.report.dossier.content import Cell, Column, Section, Sentence, Table
from lsgis.report.dossier.wording import cite, day, layer_title, named, word
from lsgis.text import say


def make_consequences(document: Mapping[str, Any], lang: str) -> Section:
    """What the findings mean: law that has been read first, then advice and the unverified.

    A statement that holds for several layers stands once, with all of them.
    """
    columns = (Column("layer", 2.8), Column("consequence", 4.6), Column("standing", 1.5),
               Column("clauses", 2.2))  # fmt: skip
    blocks: list[Table | Sentence] = []
    for code in ("law", "guidance"):
        said: dict[tuple[Cell, ...], list[str]] = {}
        for row in document["consequences"]:
            if _speaks_as_law(row) is (code == "law"):
                told = (
                    Cell(named(row, lang, "text")),
                    _standing(row, lang),
                    Cell(cite(document, row["clauses"], lang)),
                )
                layer = layer_title(document, row["layer"], lang) if row.get("layer") else "–"
                said.setdefault(told, []).append(layer)
        rows = tuple((Cell("; ".join(layers)), *told) for told, layers in said.items())
        title = say(f"dossier.consequences-{code}", lang)
        empty = f"dossier.empty-consequences-{code}"
        blocks.append(Table(f"consequences-{code}", columns, rows, title, empty))
    return Section("consequences", tuple(blocks))


def _speaks_as_law(row: Mapping[str, Any]) -> bool:
    return bool(row["verified"]) and row.get("kind", "law") == "law"


def _standing(row: Mapping[str, Any], lang: str) -> Cell:
    """Law or advice; what nobody has verified is marked wherever it stands."""
    law = _speaks_as_law(row)
    text = word("kind", row.get("kind", "law"), lang, room="law")
    verified = (
        word("read", row.get("read") or "P", lang, room="law")
        if law
        else say("dossier.unverified", lang)
    )
    return Cell(f"{text}: {verified}", look=f"standing {'law' if law else 'guidance'}")


def make_contradictions(document: Mapping[str, Any], lang: str) -> Section:
    """Where documents disagree about something that touches this result."""
    columns = (Column("subject", 2), Column("says_a", 2.4), Column("says_b", 2.4),
               Column("followed", 1.2), Column("note", 2.6))  # fmt: skip
    rows = tuple(
        (
            Cell(named(row, lang, "subject")),
            Cell(f"{row['document_a']}: {row['says_a']}"),
            Cell(f"{row['document_b']}: {row['says_b']}"),
            Cell(_followed(row, lang)),
            Cell(named(row, lang, "note")),
        )
        for row in document["contradictions"]
    )
    empty = "dossier.empty-contradictions"
    return Section("contradictions", (Table("contradictions", columns, rows, empty=empty),))


def _followed(row: Mapping[str, Any], lang: str) -> str:
    document = row.get(f"document_{row['followed']}")
    return str(document or word("followed", row["followed"], lang))


def make_clauses(document: Mapping[str, Any], lang: str) -> Section:
    """Every clause cited, with its dates and its standing on the day asked about."""
    columns = (Column("clause", 2), Column("content", 3.4), Column("effective", 1.3),
               Column("repealed", 1.3), Column("status", 2.3), Column("read", 1.2))  # fmt: skip
    rows = tuple(
        (
            Cell(cite({"clauses": [{**clause, "status": ""}]}, [clause["id"]], lang)),
            Cell("\n".join(filter(None, (named(clause, lang, "title"), clause.get("text_vi"))))),
            Cell(day(clause.get("effective")), look="day"),
            Cell(day(clause.get("repealed")), look="day"),
            Cell(_status(clause, lang), look=f"law {clause.get('status')}"),
            Cell(word("read", clause.get("read"), lang, room="law")),
        )
        for clause in document["clauses"]
    )
    lead = Sentence("dossier.clauses-lead", {"on": day(document["on"])})
    return Section("clauses", (lead, Table("clauses", columns, rows)))


def _status(clause: Mapping[str, Any], lang: str) -> str:
    note = clause.get(f"note_{lang}")
    return "\n".join(filter(None, (word("", clause.get("status"), lang, room="law"), note)))
