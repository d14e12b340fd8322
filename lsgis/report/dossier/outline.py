"""The order in which a dossier speaks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lsgis.report.dossier.clause import make_clauses
from lsgis.report.dossier.content import Picture, Section, Sentence
from lsgis.report.dossier.context import make_context
from lsgis.report.dossier.datasheet import make_data, make_sources
from lsgis.report.dossier.findings import make_disputes, make_findings
from lsgis.report.dossier.law import make_consequences, make_contradictions
from lsgis.report.dossier.lists import make_lists
from lsgis.report.dossier.place import make_site
from lsgis.report.dossier.reading import make_disclaimer, make_glossary
from lsgis.report.dossier.summary import Summary, make_summary, schematic_layers
from lsgis.report.dossier.threshold import make_thresholds
from lsgis.report.dossier.undrawn import make_undrawn
from lsgis.text import say


@dataclass(frozen=True)
class Dossier:
    """All that a dossier says, in one language; formats only set it.

    `schematic` are the titles of the schematic layers that touch the site.
    """

    id: str
    on: str
    name: str
    lang: str
    schematic: tuple[str, ...]
    summary: Summary
    sections: tuple[Section, ...]


def make_dossier(
    document: Mapping[str, Any], *, pictures: Sequence[Picture] = (), lang: str
) -> Dossier:
    """The content of a dossier from a site report, section by section.

    Parameters
    ----------
    document
        A site report without characters that cannot be shown (`clean`).
    pictures
        Its maps.
    lang
        "vi" or "en".
    """
    maps: tuple = tuple(pictures) or (Sentence("dossier.empty-maps"),)
    sections = (
        make_site(document, lang),
        make_lists(document, lang),
        make_findings(document, lang),
        make_disputes(document, lang),
        Section("maps", maps),
        make_context(document, lang),
        make_consequences(document, lang),
        make_contradictions(document, lang),
        make_clauses(document, lang),
        make_undrawn(document, lang),
        make_thresholds(document, lang),
        make_data(document, lang),
        make_sources(document, lang),
        make_disclaimer(),
        make_glossary(lang),
    )
    return Dossier(
        document["id"], document["on"], document["site"]["name"], lang,
        schematic_layers(document, lang), make_summary(document, lang), sections,
    )  # fmt: skip


def tell_schematic(dossier: Dossier) -> str:
    """The badge of a dossier that rests on schematic shapes: which layers they are of."""
    return say("dossier.badge-schematic", dossier.lang, layers="; ".join(dossier.schematic))
