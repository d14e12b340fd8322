"""Codes of a site report in words a reader of either language knows."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from lsgis.catalogue import read_register
from lsgis.report.dossier.content import Cell
from lsgis.report.words import spoken
from lsgis.text import knows, say

STATES = (
    "affected", "likely", "possible", "below_threshold", "incomplete", "no_data", "not_affected",
)  # fmt: skip
COLORS = {
    "affected": "#9b1c2e", "likely": "#b4480f", "possible": "#8a6100", "below_threshold": "#4f6475",
    "incomplete": "#5b4a8a", "no_data": "#555b61", "not_affected": "#1f6b3a",
}  # fmt: skip
_POINTS = ("n", "ne", "e", "se", "s", "sw", "w", "nw")


def word(prefix: str, code: object, lang: str) -> str:
    """Text `dossier.<prefix>-<code>`, or the code itself when it has none."""
    name = f"dossier.{prefix}-{code}"
    return say(name, lang) if knows(name) else str(code or "")


def state_cell(state: str, lang: str) -> Cell:
    """A state in words, marked so that every format can colour it."""
    return Cell(word("state", state, lang), look=f"state {state}")


def quality_cell(quality: str | None, lang: str) -> Cell:
    """A quality in words."""
    return Cell(str(spoken("quality", quality, lang) or "–"), look=f"quality {quality}")


def day(text: str | None) -> str:
    """A date as written in Vietnam, dd/mm/yyyy; a dash when it is unknown."""
    return f"{date.fromisoformat(text):%d/%m/%Y}" if text else "–"


def bearing_word(degrees: float | None, lang: str) -> str:
    """One of eight directions; empty when there is none."""
    if degrees is None:
        return ""
    return say(f"dossier.bearing-{_POINTS[round(degrees / 45) % 8]}", lang)


def named(row: Mapping[str, Any], lang: str, stem: str = "name") -> str:
    """`name_vi` or `name_en` of a row; the other language rather than nothing."""
    other = "en" if lang == "vi" else "vi"
    return str(row.get(f"{stem}_{lang}") or row.get(f"{stem}_{other}") or row.get("key") or "")


def layer_title(document: Mapping[str, Any], layer: str, lang: str) -> str:
    """Title of a layer as the document gives it; for other layers the catalogue's."""
    from lsgis.catalogue import read_catalogue

    for theme in document["themes"]:
        if theme["layer"] == layer:
            return str(theme["title"].get(lang) or theme["title"].get("vi") or layer)
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
        if clause.get("status") in ("not_yet", "superseded"):
            text += f" ({word('status', clause['status'], lang)})"
        cited.append(text)
    return "; ".join(cited) or "–"


def commune_names(codes: str | Sequence[str] | None) -> str:
    """Names of communes for their codes, in the order given."""
    if not codes:
        return "–"
    wanted = codes.split(";") if isinstance(codes, str) else codes
    rows = read_register("commune")
    names = dict(zip(rows["commune_code"], rows["name_vi"], strict=True))
    return ", ".join(names.get(str(code).strip(), str(code).strip()) for code in wanted)
