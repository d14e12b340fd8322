"""The finding that a reader should know first."""

from collections.abc import Mapping
from typing import Any

from lsgis.report.dossier.content import Cell, Sentence
from lsgis.report.dossier.figure import distance_cells, figure
from lsgis.report.dossier.wording import (
    STATE,
    STATES,
    bearing_word,
    named,
    theme_title,
    word,
)
from lsgis.text import family

_STRONGEST = family(
    "dossier.strongest-",
    "dossier.strongest-area-share",
    "dossier.strongest-area",
    "dossier.strongest-length-share",
    "dossier.strongest-length",
    "dossier.strongest-count",
    "dossier.strongest-distance-bearing",
    "dossier.strongest-distance",
    "dossier.strongest-plain",
)

_CONCERNED = ("affected", "likely", "possible", "below_threshold")
_MEASURES = (("area_m2", "area", "m2"), ("length_m", "length", "m"), ("count", "count", "count"))


def tell_strongest(document: Mapping[str, Any], lang: str) -> Sentence | None:
    """The finding that weighs most: worst state first, then the largest overlap or nearest."""
    ranked = [
        (STATES.index(finding["state"]), *_weight(finding), number, place)
        for number, theme in enumerate(document["themes"])
        for place, finding in enumerate(theme["findings"])
        if finding["state"] in _CONCERNED
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
        "state": word(STATE, finding["state"], lang),
        "zone": named(finding, lang),
        "layer": theme_title(theme, lang),
    }
    look = f"state {finding['state']}"
    for key, name, kind in _MEASURES:
        if finding.get(key):
            values[name] = figure(document, f"{at}/{key}", kind, lang)
            if finding.get("share") is not None and name != "count":
                values["share"] = figure(document, f"{at}/share", "percent", lang)
                return Sentence(_STRONGEST[f"{name}-share"], values, look)
            return Sentence(_STRONGEST[name], values, look)
    if finding.get("distance_m") is None:
        return Sentence(_STRONGEST["plain"], values, look)
    values["distance"], values["e"] = distance_cells(document, at, finding, lang)
    values["bearing"] = bearing_word(finding["bearing_deg"], lang)
    code = "distance-bearing" if values["bearing"] else "distance"
    return Sentence(_STRONGEST[code], values, look)
