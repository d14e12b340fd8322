"""The annex of a dossier: clauses cited, law, data sheet."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lsgis.catalogue import layers_with_role, read_catalogue, read_register
from lsgis.report.wording import (
    LAW_KIND,
    OUT_OF_FORCE,
    READ,
    STATUS,
    Cell,
    Column,
    Section,
    Sentence,
    Table,
    cite,
    day,
    figure,
    heading,
    join_alike,
    layer_title,
    named,
    quality_cell,
    source_numbers,
    without_blanks,
    word,
)
from lsgis.report.words import spoken
from lsgis.text import family, say

# Sections on what follows from the findings, and where documents disagree.

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
    columns = (
        Column("subject", 2),
        Column("says_a", 2.4),
        Column("says_b", 2.4),
        Column("followed", 1.2),
        Column("note", 2.6),
    )
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


# The section about clauses: whether the plan is that of the day, and how each clause stands.

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
    columns = (
        Column("clause", 2),
        Column("content", 3.4),
        Column("effective", 1.3),
        Column("repealed", 1.3),
        Column("status", 2.3),
        Column("read", 1.2),
    )
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


# The data sheet: which data answered, where they came from, how good they are.

_COLUMNS = (
    Column("layer", 2.6),
    Column("origin", 1.3),
    Column("input", 2.6),
    Column("quality", 1.2),
    Column("accuracy", 0.9, True),
    Column("crs", 1.2),
    Column("operation", 1.6),
    Column("licence", 1.2),
    Column("sha256", 3.4),
)
_INPUT = 2  # place of the column
_OFTEN_ALIKE = ("origin", "crs", "operation", "licence")
_CONTEXT = ("unit", "outline", "partition", "zoning")  # roles of the layers a context tells of


def make_data(document: Mapping[str, Any], lang: str) -> Section:
    """Restricting layers and those of the context; a spreadsheet gets every layer of the plan."""
    rows = {row["layer"]: _row(document, n, row, lang) for n, row in enumerate(document["data"])}
    whole = Table("data", _COLUMNS, tuple(rows.values()))
    used = _used(document)
    kept = [row for layer, row in rows.items() if layer in used]
    nothing = [row[0].text for row in kept if row[_INPUT].text == "–"]
    told = tuple(row for row in kept if row[_INPUT].text != "–")
    table, common = _without_common(replace(whole, rows=told), lang)
    versions = ", ".join(f"{name} {version}" for name, version in document["software"].items())
    others = Cell(str(len(rows) - len(kept)), kind="count")
    notes = [Sentence("dossier.data-common", {"told": common})] if common else []
    after = [Sentence("dossier.data-none", {"layers": "; ".join(nothing)})] if nothing else []
    after += [Sentence("dossier.data-others", {"count": others})] if others.text != "0" else []
    software = Sentence("dossier.software", {"versions": versions})
    blocks: tuple[Table | Sentence, ...] = (*notes, join_alike(table), *after, software)
    return Section("data", blocks, rows=(whole,), annex=True)


def _used(document: Mapping[str, Any]) -> set[str]:
    """Layers that a verdict or the context of this report rests on."""
    context = document["context"]
    catalogue = read_catalogue()
    around = {layer.name for role in _CONTEXT for layer in layers_with_role(catalogue, role)}
    named = {row["layer"] for name in ("corridors", "nearest") for row in context[name]}
    return {theme["layer"] for theme in document["themes"]} | named | around


def _row(document, number: int, row: Mapping[str, Any], lang: str) -> tuple[Cell, ...]:
    return (
        Cell(layer_title(document, row["layer"], lang)),
        Cell(str(spoken("origin", row["origin"], lang) or "–")),
        Cell(str(row["input"] or "–")),
        quality_cell(row["quality"], lang),
        figure(document, f"/data/{number}/accuracy_m", "m", lang, digits=0),
        Cell(str(row["crs"] or "–")),
        Cell(str(row["operation"] or "–")),
        Cell(str(row["licence"] or "–")),
        Cell(str(row["sha256"] or "–"), look="hash"),
    )


def _without_common(table: Table, lang: str) -> tuple[Table, str]:
    """The table without the columns that say the same in every row, and what those say."""
    told, kept = [], []
    for n, column in enumerate(table.columns):
        texts = {row[n].text for row in table.rows}
        if column.code in _OFTEN_ALIKE and len(texts) == 1:
            text = texts.pop()
            told += [f"{heading(column, lang)}: {text}"] if text != "–" else []
        else:
            kept.append(n)
    columns = tuple(table.columns[n] for n in kept)
    rows = tuple(tuple(row[n] for n in kept) for row in table.rows)
    return replace(table, columns=columns, rows=rows), "; ".join(told)


def make_sources(document: Mapping[str, Any], lang: str) -> Section:
    """Titles of the sources that findings name, from the register of sources."""
    known = {row["source"]: row for row in read_register("source").to_dict("records")}
    columns = (
        Column("mark", 0.6),
        Column("source_title", 5),
        Column("document", 3),
        Column("retrieved", 1.2),
        Column("code", 1.8),
    )
    rows = tuple(
        (
            Cell(f"[{number}]"),
            *(
                Cell(known.get(name, {}).get(key) or "–")
                for key in ("title", "url_or_document", "retrieved")
            ),
            Cell(name),
        )
        for name, number in source_numbers(document).items()
    )
    table = without_blanks(Table("sources", columns, rows))
    return Section("sources", (table,), annex=True)
