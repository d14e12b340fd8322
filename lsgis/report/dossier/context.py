"""The section about what lies around the site: communes, zones, corridors, the nearest places."""

from collections.abc import Mapping, Sequence
from typing import Any

from lsgis.report.dossier.content import Cell, Column, Section, Sentence, Table
from lsgis.report.dossier.figure import figure
from lsgis.report.dossier.wording import bearing_cell, layer_title, named, theme_title, word
from lsgis.report.words import format_number, spoken
from lsgis.text import family, say

_FACT = family(
    "dossier.x-",
    "dossier.x-communes",
    "dossier.x-outside",
    "dossier.x-socio_economic_zone",
    "dossier.x-environmental_zone",
    "dossier.x-name",
    "dossier.x-crs",
    "dossier.x-cell_m",
    "dossier.x-cells",
    "dossier.x-cells_without_data",
    "dossier.x-elevation_m",
    "dossier.x-slope_deg",
    "dossier.x-min",
    "dossier.x-mean",
    "dossier.x-max",
)

_ZONES = ("socio_economic_zone", "environmental_zone")
_PART = (Column("where", 2), Column("name", 4), Column("area", 2, True), Column("share", 1.2, True))
_NEAREST = (Column("layer", 2.4), Column("name", 3.4), Column("distance", 1.3, True),
            Column("bearing", 1.3), Column("accuracy", 1.3, True))  # fmt: skip


def make_context(document: Mapping[str, Any], lang: str) -> Section:
    """Communes with shares, zones, corridors, the nearest of each layer, terrain when given."""
    context = document["context"]
    rows = _rows(document, "communes", lang)
    if context.get("outside_m2"):
        area = figure(document, "/context/outside_m2", "m2", lang)
        share = figure(document, "/context/outside_share", "percent", lang)
        rows.append((Cell(say("dossier.x-outside", lang)), Cell("–"), area, share))
    for name in _ZONES:
        rows += _rows(document, name, lang)
    blocks: list[Table | Sentence] = [Table("context", _PART, tuple(rows))]
    if any(row.get("provisional") for row in context.get("environmental_zone") or ()):
        blocks.append(Sentence("dossier.context-provisional"))
    nearest = tuple(
        _nearest(document, f"/context/{name}/{number}", row, lang)
        for name in ("corridors", "nearest")
        for number, row in enumerate(context[name])
    )
    blocks.append(Table("nearest", _NEAREST, nearest, say("dossier.nearest-title", lang)))
    blocks.append(_bands(document, lang))
    if context.get("terrain"):
        blocks.append(_terrain(document, context["terrain"], lang))
    return Section("context", tuple(blocks))


def _rows(document, name: str, lang: str) -> list[tuple[Cell, ...]]:
    found = document["context"].get(name) or ()
    return [
        (
            Cell(say(_FACT[name], lang) if number == 0 else ""),
            Cell(_name(row, lang)),
            _optional(document, row, f"/context/{name}/{number}", "area_m2", "m2", lang),
            _optional(document, row, f"/context/{name}/{number}", "share", "percent", lang),
        )
        for number, row in enumerate(found)
    ]


def _name(row: Mapping[str, Any] | str, lang: str) -> str:
    if isinstance(row, str):
        return row
    if row.get("zone") and not row.get("name_vi"):
        return str(spoken("zone", row["zone"], lang))
    code = row.get("code") or row.get("key")
    return f"{named(row, lang)} ({code})" if code else named(row, lang)


def _optional(document, row, at: str, key: str, kind: str, lang: str) -> Cell:
    has = isinstance(row, Mapping) and row.get(key) is not None
    return figure(document, f"{at}/{key}", kind, lang) if has else Cell("–")


def _nearest(document, at: str, row: Mapping[str, Any], lang: str) -> tuple[Cell, ...]:
    coarse = row["accuracy_m"] is None or row["accuracy_m"] >= 10
    return (
        Cell(layer_title(document, row["layer"], lang)),
        Cell(named(row, lang) or say("dossier.nothing-located", lang)),
        figure(document, f"{at}/distance_m", "m", lang, digits=0 if coarse else 1),
        bearing_cell(document, at, lang),
        figure(document, f"{at}/accuracy_m", "m", lang, digits=0),
    )


def _terrain(document, terrain: Mapping[str, Any], lang: str) -> Table:
    """Elevation and slope as smallest, mean, largest; what the model is."""
    rows = []
    for key, value in terrain.items():
        at, title = f"/context/terrain/{key}", Cell(word(_FACT, key, lang))
        if isinstance(value, Mapping):
            rows += [
                (Cell(f"{title.text}, {word(_FACT, part, lang)}"),
                 figure(document, f"{at}/{part}", "m", lang))
                for part in value
            ]  # fmt: skip
        elif isinstance(value, int | float):
            whole = isinstance(value, int)
            rows.append((title, figure(document, at, "count" if whole else "m", lang)))
        else:
            rows.append((title, Cell(str(value or "–"))))
    columns = (Column("fact", 2.4), Column("value", 4))
    return Table("terrain", columns, tuple(rows), say("dossier.terrain-title", lang))


def _bands(document: Mapping[str, Any], lang: str) -> Table:
    """How many features of each layer lie within each distance of its bands."""
    themes = [(n, theme) for n, theme in enumerate(document["themes"]) if theme["bands"]]
    widths = sorted({band["within_m"] for _, theme in themes for band in theme["bands"]})
    columns = (
        Column("layer", 4),
        *(Column("within", 1.2, True, f"≤ {format_number(m, 0, lang)} m") for m in widths),
    )
    rows = tuple(
        (Cell(theme_title(theme, lang)), *_counts(document, number, theme, widths, lang))
        for number, theme in themes
    )
    return Table("bands", columns, rows, say("dossier.bands-title", lang), "dossier.empty-bands")


def _counts(document, number: int, theme, widths: Sequence[float], lang: str) -> list[Cell]:
    places = {band["within_m"]: place for place, band in enumerate(theme["bands"])}
    return [
        figure(document, f"/themes/{number}/bands/{places[m]}/count", "count", lang)
        if m in places
        else Cell("–")
        for m in widths
    ]
