"""The data sheet: which data answered, where they came from, how good they are."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lsgis.catalogue import layers_with_role, read_catalogue, read_register
from lsgis.report.dossier.content import (
    Cell,
    Column,
    Section,
    Sentence,
    Table,
    heading,
    join_alike,
    without_blanks,
)
from lsgis.report.dossier.figure import figure
from lsgis.report.dossier.wording import layer_title, quality_cell, source_numbers
from lsgis.report.words import spoken

_COLUMNS = (
    Column("layer", 2.6), Column("origin", 1.3), Column("input", 2.6), Column("quality", 1.2),
    Column("accuracy", 0.9, True), Column("crs", 1.2), Column("operation", 1.6),
    Column("licence", 1.2), Column("sha256", 3.4),
)  # fmt: skip
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
    columns = (Column("mark", 0.6), Column("source_title", 5), Column("document", 3),
               Column("retrieved", 1.2), Column("code", 1.8))  # fmt: skip
    rows = tuple(
        (
            Cell(f"[{number}]"),
            *(Cell(known.get(name, {}).get(key) or "–")
              for key in ("title", "url_or_document", "retrieved")),
            Cell(name),
        )
        for name, number in source_numbers(document).items()
    )  # fmt: skip
    table = without_blanks(Table("sources", columns, rows))
    return Section("sources", (table,), annex=True)
