"""Codes of a site report in words a reader of either language knows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from lsgis.catalogue import read_catalogue, read_register, read_unit_register
from lsgis.report.dossier.content import Cell
from lsgis.report.dossier.figure import figure
from lsgis.report.words import spoken
from lsgis.text import family, say

HERE = family(
    "dossier.here-",
    "dossier.here-true",
    "dossier.here-false",
    "dossier.here-none",
)

LAW_KIND = family(
    "law.kind-",
    "law.kind-law",
    "law.kind-guidance",
)

READ = family(
    "law.read-",
    "law.read-P",
    "law.read-S",
    "law.read-U",
)

STATUS = family(
    "law.",
    "law.in_force",
    "law.not_yet",
    "law.superseded",
    "law.unknown",
)

BEARING = family(
    "dossier.bearing-",
    "dossier.bearing-n",
    "dossier.bearing-ne",
    "dossier.bearing-e",
    "dossier.bearing-se",
    "dossier.bearing-s",
    "dossier.bearing-sw",
    "dossier.bearing-w",
    "dossier.bearing-nw",
)

STATE = family(
    "dossier.state-",
    "dossier.state-affected",
    "dossier.state-likely",
    "dossier.state-possible",
    "dossier.state-below_threshold",
    "dossier.state-not_affected",
    "dossier.state-incomplete",
    "dossier.state-no_data",
)

STATES = (
    "affected", "likely", "possible", "below_threshold", "incomplete", "no_data", "not_affected",
)  # fmt: skip
COLORS = {
    "affected": "#9b1c2e", "likely": "#b4480f", "possible": "#8a6100", "below_threshold": "#4f6475",
    "incomplete": "#5b4a8a", "no_data": "#555b61", "not_affected": "#1f6b3a",
}  # fmt: skip
OUT_OF_FORCE = ("not_yet", "superseded")  # statuses that every format marks
_POINTS = ("n", "ne", "e", "se", "s", "sw", "w", "nw")


def word(texts: Mapping[str, str], code: object, lang: str) -> str:
    """The text of a family that a code chooses, or the code itself when it has none."""
    name = texts.get(str(code))
    return say(name, lang) if name else str(code or "")


def state_cell(state: str, lang: str) -> Cell:
    """A state in words, marked so that every format can colour it."""
    return Cell(word(STATE, state, lang), look=f"state {state}")


def quality_cell(quality: str | None, lang: str) -> Cell:
    """A quality in words."""
    return Cell(str(spoken("quality", quality, lang) or "–"), look=f"quality {quality}")


def day(text: str | None) -> str:
    """A date as written in Vietnam, dd/mm/yyyy; a dash when it is unknown, else as it stands."""
    try:
        return f"{date.fromisoformat(text):%d/%m/%Y}" if text else "–"
    except ValueError:
        return str(text)


def bearing_cell(document: Mapping[str, Any], at: str, lang: str) -> Cell:
    """A grid bearing in words and whole degrees."""
    degrees = figure(document, f"{at}/bearing_deg", "degree", lang)
    if not degrees.at:
        return degrees
    return replace(degrees, text=f"{bearing_word(degrees.value, lang)} ({degrees.text}°)")


def bearing_word(degrees: float | None, lang: str) -> str:
    """One of eight directions; empty when there is none."""
    if degrees is None:
        return ""
    return say(BEARING[_POINTS[round(degrees / 45) % 8]], lang)


def named(row: Mapping[str, Any], lang: str, stem: str = "name") -> str:
    """`name_vi` or `name_en` of a row; the other language rather than nothing."""
    other = "en" if lang == "vi" else "vi"
    return str(row.get(f"{stem}_{lang}") or row.get(f"{stem}_{other}") or row.get("key") or "")


def theme_title(theme: Mapping[str, Any], lang: str) -> str:
    """Title of a theme; the other language, or the layer's name, rather than nothing."""
    title = theme["title"]
    return str(title.get(lang) or title.get("vi") or title.get("en") or theme["layer"])


def layer_title(document: Mapping[str, Any], layer: str, lang: str) -> str:
    """Title of a layer as the document gives it; for other layers the catalogue's."""
    for theme in document["themes"]:
        if theme["layer"] == layer:
            return theme_title(theme, lang)
    known = read_catalogue()
    return str(known[layer].title[lang]) if layer in known else layer


def cite(document: Mapping[str, Any], ids: Iterable[str], lang: str) -> str:
    """Clauses as a letter cites them; one that is not in force on the day says so."""
    known = {clause["id"]: clause for clause in document["clauses"]}
    cited = []
    for name in ids:
        clause = known.get(name)
        if clause is None:
            cited.append(str(name))
            continue
        text = ", ".join(filter(None, (clause.get("article"), clause.get("instrument"))))
        if clause.get("status") in OUT_OF_FORCE:
            text += f" ({word(STATUS, clause['status'], lang)})"
        cited.append(text)
    return "; ".join(cited) or "–"


def listed(value: str | Sequence[str] | None) -> list[str]:
    """Items of a list, given as one or as text with semicolons."""
    items = value.split(";") if isinstance(value, str) else value or ()
    return [str(item).strip() for item in items if str(item).strip()]


def source_numbers(document: Mapping[str, Any]) -> dict[str, int]:
    """A number for each source that a finding names, in alphabetical order."""
    findings = (finding for theme in document["themes"] for finding in theme["findings"])
    names = sorted({name for finding in findings for name in listed(finding["source"])})
    return {name: number for number, name in enumerate(names, start=1)}


def source_marks(document: Mapping[str, Any], value: str | Sequence[str] | None) -> str:
    """Sources of a finding by their numbers, as `[1], [3]`."""
    numbers = source_numbers(document)
    return ", ".join(f"[{numbers[name]}]" for name in listed(value)) or "–"


def commune_names(codes: str | Sequence[str] | None) -> str:
    """Names of communes for their codes, in the order given."""
    rows = read_unit_register()
    names = dict(zip(rows["commune_code"], rows["name_vi"], strict=True))
    return ", ".join(names.get(code, code) for code in listed(codes)) or "–"


def part_word(part: str, lang: str) -> str:
    """The class of environmental zone that a part (`<part>/<key>`) belongs to."""
    rows = read_register("environmental_part").set_index("part")
    name = part.partition("/")[0]
    if name not in rows.index:
        return part
    zone = spoken("zone", rows.at[name, "zone_339"], lang)
    return say("dossier.part", lang, zone=zone)


def office_name(code: str | None, lang: str) -> str:
    """The office responsible for a layer; empty when nobody is known to be."""
    if not code:
        return ""
    rows = read_register("office").set_index("code")
    return str(rows.at[code, f"name_{lang}"]) if code in rows.index else code
