"""Sections on what follows from the findings, and where documents disagree."""

from collections.abc import Mapping
from typing import Any

from lsgis.report.dossier.content import Cell, Column, Section, Sentence, Table
from lsgis.report.dossier.wording import (
    LAW_KIND,
    READ,
    cite,
    layer_title,
    named,
    word,
)
from lsgis.text import family, say

_FOLLOWED = family(
    "dossier.followed-",
    "dossier.followed-none",
)

_EMPTY = family(
    "dossier.empty-consequences-",
    "dossier.empty-consequences-law",
    "dossier.empty-consequences-guidance",
)

_TITLE = family(
    "dossier.consequences-",
    "dossier.consequences-law",
    "dossier.consequences-guidance",
)


def make_consequences(document: Mapping[str, Any], lang: str) -> Section:
    """What the findings mean: law that has been read first, then advice and the unverified.

    A statement that holds for several layers stands once, with all of them.
    """
    columns = (Column("consequence", 6.4), Column("standing", 1.7), Column("clauses", 2.4))
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
        title = say(_TITLE[code], lang)
        empty = _EMPTY[code]
        blocks.append(Table(f"consequences-{code}", columns, _grouped(said), title, empty))
    return Section("consequences", tuple(blocks))


def _grouped(said: Mapping[tuple[Cell, ...], list[str]]) -> tuple[tuple[Cell, ...], ...]:
    """What is said under the layers that it is said of."""
    groups: dict[str, list[tuple[Cell, ...]]] = {}
    for told, layers in said.items():
        groups.setdefault("; ".join(layers), []).append(told)
    return tuple(row for layers, rows in groups.items() for row in ((Cell(layers),), *rows))


def _speaks_as_law(row: Mapping[str, Any]) -> bool:
    return bool(row["verified"]) and row.get("kind", "law") == "law"


def _standing(row: Mapping[str, Any], lang: str) -> Cell:
    """Law or advice; what nobody has verified is marked wherever it stands."""
    law = _speaks_as_law(row)
    text = word(LAW_KIND, row.get("kind", "law"), lang)
    verified = word(READ, row.get("read") or "P", lang) if law else say("dossier.unverified", lang)
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
    return str(document or word(_FOLLOWED, row["followed"], lang))
