"""The section about thresholds: every number and choice that decided a verdict."""

from collections.abc import Mapping
from typing import Any

from lsgis.report.dossier.content import Cell, Column, Section, Table, join_alike
from lsgis.report.dossier.figure import figure
from lsgis.report.dossier.wording import layer_title, word
from lsgis.text import family, say

_NAME = family(
    "dossier.t-",
    "dossier.t-combination",
    "dossier.t-assumed_accuracy_m",
    "dossier.t-datum_accuracy_m",
    "dossier.t-complete",
    "dossier.t-rounding_m",
    "dossier.t-quad_segs",
    "dossier.t-buffer_widened",
    "dossier.t-rule",
    "dossier.t-min_area_m2",
    "dossier.t-min_length_m",
    "dossier.t-bands_m",
)

_SETTING = family(
    "dossier.setting-",
    "dossier.setting-root-sum-square",
)

_UNITS = {"_m2": "m2", "_m": "m"}


def make_thresholds(document: Mapping[str, Any], lang: str) -> Section:
    """Every threshold the check used, as the document states it."""
    scalars, by_layer = [], {}
    for name, value in document["thresholds"].items():
        if isinstance(value, Mapping):
            by_layer[name] = value
        else:
            at = f"/thresholds/{name}"
            scalars.append(
                (Cell(word(_NAME, name, lang)), _setting(document, at, name, value, lang))
            )
    columns = (Column("threshold", 4), Column("value", 3))
    first = Table("thresholds", columns, tuple(scalars))
    if not by_layer:
        return Section("thresholds", (first,), annex=True)
    whole = _by_layer(document, by_layer, lang)
    return Section("thresholds", (first, join_alike(whole)), rows=(first, whole), annex=True)


def _setting(document, at: str, name: str, value: Any, lang: str) -> Cell:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return Cell(word(_SETTING, value, lang) or "–")
    if isinstance(value, list):
        return Cell(", ".join(layer_title(document, str(item), lang) for item in value) or "–")
    kind = next((unit for ending, unit in _UNITS.items() if name.endswith(ending)), "figure")
    return figure(document, at, kind, lang, digits=0 if isinstance(value, int) else None)


def _by_layer(document, settings: Mapping[str, Mapping[str, Any]], lang: str) -> Table:
    layers = dict.fromkeys(layer for values in settings.values() for layer in values)
    columns = (Column("layer", 5), *(Column(f"t-{name}", 1.6, True) for name in settings))
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
