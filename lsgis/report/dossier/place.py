"""The section about the site itself: as it was given, as it was read."""

from collections.abc import Mapping
from typing import Any

from lsgis.catalogue import read_register
from lsgis.report.dossier.content import Cell, Column, Section, Sentence, Table
from lsgis.report.dossier.figure import figure
from lsgis.report.dossier.wording import day, named, word
from lsgis.report.words import format_number
from lsgis.text import family, knows, say

_SIZE = family(
    "dossier.fact-",
    "dossier.fact-area_m2",
    "dossier.fact-length_m",
)

_FACT = family(
    "dossier.s-",
    "dossier.s-name",
    "dossier.s-kind",
    "dossier.s-type",
    "dossier.s-on",
    "dossier.s-area_m2",
    "dossier.s-area_ellipsoidal_m2",
    "dossier.s-area_certificate_m2",
    "dossier.s-length_m",
    "dossier.s-parts",
    "dossier.s-holes",
    "dossier.s-vertices",
    "dossier.s-accuracy_m",
    "dossier.s-northing",
    "dossier.s-easting",
    "dossier.s-lat",
    "dossier.s-lon",
    "dossier.s-crs_found",
    "dossier.s-operation",
    "dossier.s-input",
    "dossier.s-sha256",
)

_INPUT = family(
    "dossier.input-",
    "dossier.input-file",
    "dossier.input-table",
    "dossier.input-point",
    "dossier.input-wkt",
)

_KIND = family(
    "dossier.kind-",
    "dossier.kind-polygon",
    "dossier.kind-line",
    "dossier.kind-point",
)

_FIGURES = (
    ("area_m2", "m2"), ("area_ellipsoidal_m2", "m2"), ("area_certificate_m2", "m2"),
    ("length_m", "m"), ("parts", "count"), ("holes", "count"), ("vertices", "count"),
    ("accuracy_m", "m"), ("inside/northing", "coordinate"), ("inside/easting", "coordinate"),
    ("inside/lat", "lonlat"), ("inside/lon", "lonlat"),
)  # fmt: skip
_MOST_COMMUNES = 3
_IN_HEAD = 1  # facts that the head of every page of paper says: the name
_PAIR = (Column("fact", 2.4), Column("value", 4))
_PAIRS = (Column("fact", 3), Column("value", 2), Column("fact", 2.6), Column("value", 3))


def make_site(document: Mapping[str, Any], lang: str) -> Section:
    """The site as it was given: areas three ways, where it lies, how it was read."""
    site = document["site"]
    facts = [
        ("name", Cell(site["name"] or "–")),
        ("kind", Cell(word(_KIND, site["kind"], lang))),
        ("type", Cell(_project_type(document["type"], lang))),
        ("on", Cell(day(document["on"]))),
    ]
    for key, kind in _FIGURES:
        cell = figure(document, f"/site/{key}", kind, lang)
        if cell.at or (key == "area_certificate_m2" and site["kind"] == "polygon"):
            facts.append((key.rpartition("/")[2], cell))
    facts += [
        ("crs_found", Cell(site["crs_found"] or "–")),
        ("operation", Cell(site["operation"] or say("dossier.no-operation", lang))),
        ("input", Cell(site["input"]["name"] or word(_INPUT, site["input"]["kind"], lang))),
        ("sha256", Cell(site["input"]["sha256"], look="hash")),
    ]
    rows = [(Cell(say(_FACT[name], lang)), cell) for name, cell in facts]
    log = tuple((Cell(_logged(entry, lang)),) for entry in site["log"])
    logs = (Table("site-log", (Column("log"),), log),) if log else ()
    whole = Table("site", _PAIR, tuple(rows))
    return Section("site", (_two_beside(rows[_IN_HEAD:]), *logs), rows=(whole, *logs))


def _two_beside(rows: list[tuple[Cell, Cell]]) -> Table:
    """Facts in two columns, read down the first and then the second."""
    middle = (len(rows) + 1) // 2
    right = [*rows[middle:], (Cell(""), Cell(""))]
    return Table(
        "site", _PAIRS, tuple((*a, *b) for a, b in zip(rows[:middle], right, strict=False))
    )


def make_facts(document: Mapping[str, Any], lang: str) -> tuple[Sentence, ...]:
    """The site in one line each: how large, in which communes, for what."""
    site, facts = document["site"], []
    accuracy = figure(document, "/site/accuracy_m", "m", lang)
    for key, kind in (("area_m2", "m2"), ("length_m", "m")):
        if site[key] is not None:
            cell = figure(document, f"/site/{key}", kind, lang)
            facts.append(Sentence(_SIZE[key], {"figure": cell, "accuracy": accuracy}))
    if not facts:
        facts.append(Sentence("dossier.fact-point", {"accuracy": accuracy}))
    for number, row in enumerate(document["context"]["communes"][:_MOST_COMMUNES]):
        at, name = f"/context/communes/{number}/share", named(row, lang)
        if row.get("share") is None:
            facts.append(Sentence("dossier.fact-in", {"name": name}))
        else:
            share = figure(document, at, "percent", lang)
            facts.append(Sentence("dossier.fact-commune", {"name": name, "share": share}))
    more = len(document["context"]["communes"]) - _MOST_COMMUNES
    if more > 0:
        facts.append(Sentence("dossier.fact-more", {"count": Cell(str(more), kind="count")}))
    return (*facts, Sentence("dossier.fact-type", {"type": _project_type(document["type"], lang)}))


def _project_type(code: str | None, lang: str) -> str:
    if not code:
        return say("dossier.no-type", lang)
    rows = read_register("project_type").set_index("code")
    return str(rows.at[code, f"title_{lang}"]) if code in rows.index else code


def _logged(entry: Mapping[str, Any], lang: str) -> str:
    """An entry of the reading log in words; its bare values when the text is unknown."""
    values = {key: _told(value, lang) for key, value in entry.items() if key != "code"}
    if not knows(entry["code"]):
        return f"{entry['code']}: {values}"
    return say(entry["code"], lang, **values)


def _told(value: Any, lang: str) -> Any:
    """A value of the log: numbers as the language writes them, no finer than a millimetre."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    digits = 0 if isinstance(value, int) else len(f"{value:.3f}".rstrip("0").partition(".")[2])
    return format_number(value, digits, lang)
