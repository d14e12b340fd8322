"""Sections that let a reader check: thresholds, data, sources, software, the words used."""

from collections.abc import Mapping
from typing import Any

from lsgis.catalogue import read_register
from lsgis.report.dossier.content import Cell, Column, Section, Sentence, Table
from lsgis.report.dossier.figure import figure
from lsgis.report.dossier.wording import (
    STATES,
    layer_title,
    quality_cell,
    source_numbers,
    state_cell,
    word,
)  # fmt: skip
from lsgis.report.words import spoken
from lsgis.text import say

_QUALITIES = ("authoritative", "indicative", "schematic", "none")
_UNITS = {"_m2": "m2", "_m": "m"}


def make_thresholds(document: Mapping[str, Any], lang: str) -> Section:
    """Every threshold the check used, as the document states it."""
    scalars, by_layer = [], {}
    for name, value in document["thresholds"].items():
        if isinstance(value, Mapping):
            by_layer[name] = value
        else:
            at = f"/thresholds/{name}"
            scalars.append((Cell(word("t", name, lang)), _setting(document, at, name, value, lang)))
    columns = (Column("threshold", 3), Column("value", 3))
    tables = [Table("thresholds", columns, tuple(scalars))]
    if by_layer:
        tables.append(_by_layer(document, by_layer, lang))
    return Section("thresholds", tuple(tables))


def _setting(document, at: str, name: str, value: Any, lang: str) -> Cell:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return Cell(word("setting", value, lang) or "–")
    if isinstance(value, list):
        return Cell(", ".join(layer_title(document, str(item), lang) for item in value) or "–")
    kind = next((unit for ending, unit in _UNITS.items() if name.endswith(ending)), "figure")
    return figure(document, at, kind, lang, digits=0 if isinstance(value, int) else None)


def _by_layer(document, settings: Mapping[str, Mapping[str, Any]], lang: str) -> Table:
    layers = dict.fromkeys(layer for values in settings.values() for layer in values)
    columns = (Column("layer", 3), *(Column(f"t-{name}", 1.5, True) for name in settings))
    rows = []
    for layer in layers:
        cells = [Cell(layer_title(document, layer, lang))]
        for name, values in settings.items():
            at, value = f"/thresholds/{name}/{layer}", values.get(layer)
            if isinstance(value, list):
                parts = [
                    figure(document, f"{at}/{n}", "m", lang, digits=0) for n in range(len(value))
                ]
                cells.append(Cell("; ".join(part.text for part in parts) or "–"))
            else:
                cells.append(_setting(document, at, name, value, lang))
        rows.append(tuple(cells))
    return Table("thresholds-layer", columns, tuple(rows), say("dossier.thresholds-layer", lang))


def make_data(document: Mapping[str, Any], lang: str) -> Section:
    """Which data answered: origin, file, hash, quality, accuracy, operation, licence, software."""
    columns = (
        Column("layer", 2.2), Column("origin", 1.2), Column("input", 2), Column("quality", 1.1),
        Column("accuracy", 1, True), Column("crs", 1.4), Column("operation", 1.8),
        Column("licence", 1.2), Column("sha256", 2.6),
    )  # fmt: skip
    rows = tuple(
        (
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
        for number, row in enumerate(document["data"])
    )
    versions = ", ".join(f"{name} {version}" for name, version in document["software"].items())
    software = Sentence("dossier.software", {"versions": versions})
    return Section("data", (Table("data", columns, rows), software), wide=True)


def make_sources(document: Mapping[str, Any], lang: str) -> Section:
    """Titles of the sources that findings name, from the register of sources."""
    known = read_register("source").set_index("source")
    columns = (Column("mark", 0.7), Column("code", 1.8), Column("source_title", 4),
               Column("document", 3))  # fmt: skip
    rows = []
    for name, number in source_numbers(document).items():
        told = (
            (known.at[name, "title"], known.at[name, "url_or_document"])
            if name in known.index
            else ("", "")
        )
        rows.append((Cell(f"[{number}]"), Cell(name), *(Cell(text or "–") for text in told)))
    return Section("sources", (Table("sources", columns, tuple(rows)),))


def make_glossary(lang: str) -> Section:
    """What each state, each quality and the ± mean."""
    columns = (Column("word", 1.6), Column("meaning", 6))
    states = [
        (state_cell(state, lang), Cell(say(f"dossier.means-{state}", lang))) for state in STATES
    ]
    qualities = [
        (quality_cell(name, lang), Cell(say(f"dossier.means-{name}", lang))) for name in _QUALITIES
    ]
    error = (Cell(say("dossier.c-e", lang)), Cell(say("dossier.means-e", lang)))
    return Section("glossary", (Table("glossary", columns, (*states, error, *qualities)),))


def make_disclaimer() -> Section:
    """What this dossier is not."""
    return Section("disclaimer", tuple(Sentence(f"dossier.disclaimer-{n}") for n in range(1, 5)))
