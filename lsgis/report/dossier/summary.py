"""What a director reads in ten seconds: a headline, one line a group, the strongest finding."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lsgis.report.dossier.content import Cell, Sentence
from lsgis.report.dossier.figure import distance_cells, figure
from lsgis.report.dossier.wording import STATES, bearing_word, named, theme_title, word
from lsgis.text import say

GROUPS = {
    "concerned": ("affected", "likely"),
    "possibly": ("possible", "below_threshold"),
    "incomplete": ("incomplete",),
    "no_data": ("no_data",),
    "clear": ("not_affected",),
}
_MEASURES = (("area_m2", "area", "m2"), ("length_m", "length", "m"), ("count", "count", "count"))


@dataclass(frozen=True)
class Line:
    """One group: how many layers, and which."""

    code: str
    title: str
    count: int
    layers: tuple[tuple[str, str], ...]  # (title, state)


@dataclass(frozen=True)
class Summary:
    """Headline and its tone (a state), the groups, the strongest finding, what to keep in mind."""

    headline: str
    tone: str
    lines: tuple[Line, ...]
    strongest: Sentence | None
    notes: tuple[Sentence, ...]


def layers_told(line: Line, lang: str) -> str:
    """Layers of a group in one text, with the state where a group holds several."""
    several = len(GROUPS[line.code]) > 1
    told = (f"{title} ({word('state', s, lang)})" if several else title for title, s in line.layers)
    return "; ".join(told) or "–"


def is_schematic(document: Mapping[str, Any]) -> bool:
    """Whether any layer used is schematic."""
    return any(row.get("quality") == "schematic" for row in document["data"])


def make_summary(document: Mapping[str, Any], lang: str) -> Summary:
    """Sum a site report up."""
    lines = tuple(_line(document, code, lang) for code in GROUPS)
    counts = {line.code: line.count for line in lines}
    tone = min(
        (theme["state"] for theme in document["themes"]), key=STATES.index, default="no_data"
    )
    unknown = counts["incomplete"] + counts["no_data"]
    if counts["concerned"]:
        sure = sum(theme["state"] == "affected" for theme in document["themes"])
        code = "dossier.headline-concerned" if sure else "dossier.headline-likely"
        headline = say(code, lang, count=counts["concerned"], sure=sure)
    elif counts["possibly"]:
        headline = say("dossier.headline-possibly", lang, count=counts["possibly"])
    elif unknown:
        headline = say("dossier.headline-unknown", lang, count=unknown)
    else:
        headline = say("dossier.headline-clear", lang, count=counts["clear"])
    return Summary(headline, tone, lines, _strongest(document, lang), _notes(document, lang))


def _line(document: Mapping[str, Any], code: str, lang: str) -> Line:
    themes = [theme for theme in document["themes"] if theme["state"] in GROUPS[code]]
    themes.sort(key=lambda theme: STATES.index(theme["state"]))
    layers = tuple((theme_title(theme, lang), theme["state"]) for theme in themes)
    return Line(code, word("group", code, lang), len(themes), layers)


def _strongest(document: Mapping[str, Any], lang: str) -> Sentence | None:
    """The finding that weighs most: worst state first, then the largest overlap or nearest."""
    ranked = [
        (STATES.index(finding["state"]), *_weight(finding), number, place)
        for number, theme in enumerate(document["themes"])
        for place, finding in enumerate(theme["findings"])
        if finding["state"] in (*GROUPS["concerned"], *GROUPS["possibly"])
    ]
    if not ranked:
        return None
    number, place = min(ranked)[-2:]
    theme = document["themes"][number]
    return _told(
        document, f"/themes/{number}/findings/{place}", theme, theme["findings"][place], lang
    )


def _weight(finding: Mapping[str, Any]) -> tuple[float, float]:
    overlap = finding["area_m2"] or finding["length_m"] or finding["count"] or 0
    return -overlap, finding["distance_m"] or 0


def _told(document, at: str, theme, finding, lang: str) -> Sentence:
    values: dict[str, Cell | str] = {
        "state": word("state", finding["state"], lang),
        "zone": named(finding, lang),
        "layer": theme_title(theme, lang),
    }
    look = f"state {finding['state']}"
    for key, name, kind in _MEASURES:
        if finding.get(key):
            values[name] = figure(document, f"{at}/{key}", kind, lang)
            if finding.get("share") is not None and name != "count":
                values["share"] = figure(document, f"{at}/share", "percent", lang)
                return Sentence(f"dossier.strongest-{name}-share", values, look)
            return Sentence(f"dossier.strongest-{name}", values, look)
    if finding.get("distance_m") is None:
        return Sentence("dossier.strongest-plain", values, look)
    values["distance"], values["e"] = distance_cells(document, at, finding, lang)
    values["bearing"] = bearing_word(finding["bearing_deg"], lang)
    code = "dossier.strongest-distance" + ("-bearing" if values["bearing"] else "")
    return Sentence(code, values, look)


def _notes(document: Mapping[str, Any], lang: str) -> tuple[Sentence, ...]:
    """Schematic data, assumed accuracy, disputes, clauses not in force: only what there is."""
    findings = [finding for theme in document["themes"] for finding in theme["findings"]]
    found = {
        "assumed": sum(bool(finding.get("accuracy_assumed")) for finding in findings),
        "disputed": sum(bool(finding.get("dispute")) for finding in findings),
        "not-in-force": sum(
            c.get("status") in ("not_yet", "superseded") for c in document["clauses"]
        ),
        "unverified": sum(not row["verified"] for row in document["consequences"]),
    }
    counted = {code: Cell(str(number), kind="count") for code, number in found.items() if number}
    notes = [Sentence(f"dossier.note-{code}", {"count": cell}) for code, cell in counted.items()]
    if (document["context"].get("outside_share") or 0) > 0:
        share = figure(document, "/context/outside_share", "percent", lang)
        notes.insert(0, Sentence("dossier.note-outside", {"share": share}))
    return tuple(notes)
