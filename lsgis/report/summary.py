"""The order of a dossier, and its first page."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from lsgis.catalogue import layers_with_role, read_catalogue
from lsgis.region import Region, read_region
from lsgis.report.annex import (
    make_clauses,
    make_consequences,
    make_contradictions,
    make_data,
    make_sources,
    tell_validity,
)
from lsgis.report.findings import (
    make_disputes,
    make_findings,
    make_lists,
    make_thresholds,
    make_undrawn,
    nearness,
    tell_notes,
    tell_standing,
    tell_strongest,
)
from lsgis.report.surroundings import make_context, make_facts, make_site
from lsgis.report.wording import (
    OUT_OF_FORCE,
    STATE,
    Cell,
    Picture,
    Section,
    Sentence,
    clean,
    figure,
    layer_title,
    make_disclaimer,
    make_glossary,
    theme_title,
    word,
)
from lsgis.sitecheck.declared import caution_of_word, standing_cautions
from lsgis.sitecheck.record import WORST_FIRST, LayerVerdict, SiteReport
from lsgis.text import family, say, say_row
from lsgis.toml_record import Problems, Text, examine, read_toml

# What a director reads in ten seconds: a headline, one line a group, the strongest finding.

_NOTE = family(
    "dossier.note-",
    "dossier.note-assumed",
    "dossier.note-disputed",
    "dossier.note-not-in-force",
    "dossier.note-validity",
    "dossier.note-unverified",
)

_COUNT = family(
    "dossier.count-",
    "dossier.count-affected",
    "dossier.count-likely",
    "dossier.count-possible",
    "dossier.count-below_threshold",
)

_GROUP = family(
    "dossier.group-",
    "dossier.group-concerned",
    "dossier.group-possibly",
    "dossier.group-incomplete",
    "dossier.group-no_data",
    "dossier.group-clear",
)

GROUPS = {
    "concerned": ("affected", "likely"),
    "possibly": ("possible", "below_threshold"),
    "incomplete": ("incomplete",),
    "no_data": ("no_data",),
    "clear": ("not_affected",),
}
UNKNOWN = (*GROUPS["incomplete"], *GROUPS["no_data"])  # states that say nothing of the site
_MOST_NAMED = 5  # layers a headline names; of more, one less and how many others


@dataclass(frozen=True)
class Line:
    """One group: how many layers, and which."""

    code: str
    title: str
    count: int
    layers: tuple[tuple[str, str], ...]  # (title, state)


@dataclass(frozen=True)
class Summary:
    """Headline and its tone (a state), the groups, the strongest finding, what to keep in mind.

    The headline names the layers that nothing is known of. `cautions` belong to it: where the
    site lies, or what was checked of it, is in doubt. `warnings` come before everything else:
    the plan is not that of the day.
    """

    headline: str
    tone: str
    cautions: tuple[Sentence, ...]
    lines: tuple[Line, ...]
    strongest: Sentence | None
    notes: tuple[Sentence, ...]
    warnings: tuple[Sentence, ...]
    facts: tuple[Sentence, ...]


def layers_told(line: Line, lang: str) -> str:
    """Layers of a group in one text, with the state where a group holds several."""
    several = len(GROUPS[line.code]) > 1
    told = (f"{title} ({word(STATE, s, lang)})" if several else title for title, s in line.layers)
    return "; ".join(told) or "–"


def schematic_layers(
    report: SiteReport, themes: Iterable[LayerVerdict], lang: str, region: Region
) -> tuple[str, ...]:
    """Titles of the schematic layers that touch the site: of findings, and of its communes."""
    touched = [
        theme_title(theme, lang)
        for theme in themes
        if any(finding.quality == "schematic" or finding.symbol for finding in theme.findings)
    ]
    layers = read_catalogue(region)
    names = {layer.name for role in ("unit", "outline") for layer in layers_with_role(layers, role)}
    borders = [row for row in report.data if row.layer in names]
    drawn = [row.layer for row in borders if row.quality == "schematic"]
    return (*touched, *(layer_title(report, layer, lang, region) for layer in drawn))


def make_summary(report: SiteReport, lang: str, *, region: Region | None = None) -> Summary:
    """Sum a site report up, for a region (the one that travels with lsgis when None)."""
    region = region or read_region()
    lines = tuple(_line(report, code, lang) for code in GROUPS)
    counts = {line.code: line.count for line in lines}
    tone = min((theme.state for theme in report.themes), key=WORST_FIRST.index)
    return Summary(
        " ".join((_headline(report, counts, lang), *tell_standing(report, lang, region))),
        tone,
        _cautions(report, lang),
        lines,
        tell_strongest(report, lang),
        _notes(report, lang),
        tuple(tell_validity(row, lang) for row in report.validity if not row.valid),
        make_facts(report, lang, region),
    )


def _headline(report: SiteReport, counts: Mapping[str, int], lang: str) -> str:
    """One sentence: all that is found, by how sure it is, and every layer nobody can speak of."""
    unknown = [theme for theme in report.themes if theme.state in UNKNOWN]
    unknown.sort(key=lambda theme: (nearness(theme.undrawn_here), UNKNOWN.index(theme.state)))
    layers = _name_some([theme_title(theme, lang) for theme in unknown], lang)
    count = len(unknown)
    open_ = say("dossier.headline-open", lang, count=count, layers=layers) if unknown else ""
    states = Counter(str(theme.state) for theme in report.themes)
    weaker = _count_each(states, GROUPS["possibly"], lang)
    if counts["concerned"]:
        if weaker:
            open_ = say("dossier.headline-weaker", lang, counts=weaker) + open_
        sure, likely = (_count_each(states, (state,), lang) for state in GROUPS["concerned"])
        code = "dossier.headline-concerned" if sure else "dossier.headline-likely"
        told = ", ".join(filter(None, (sure, likely)))
        return say(code, lang, count=counts["concerned"], counts=told, open=open_)
    if weaker:
        return say("dossier.headline-possibly", lang, counts=weaker, open=open_)
    if unknown:
        return say("dossier.headline-unknown", lang, count=count, layers=layers)
    return say(
        "dossier.headline-clear", lang, count=counts["clear"], assumed=_assumed(report, lang)
    )


def _count_each(states: Mapping[str, int], names: Iterable[str], lang: str) -> str:
    """How many layers are in each of some states; "" for none in any."""
    return ", ".join(say(_COUNT[n], lang, count=states[n]) for n in names if states[n])


def _assumed(report: SiteReport, lang: str) -> str:
    """How many layers are clear by an accuracy that nobody states, and by which; "" for none."""
    count = sum(theme.accuracy_assumed for theme in report.themes)
    e = figure(report, "/thresholds/assumed_accuracy_m", "m", lang, digits=0).text
    return f" {say('dossier.headline-assumed', lang, count=count, e=e)}" if count else ""


def _name_some(titles: Sequence[str], lang: str) -> str:
    """Titles in one text; of many the first, and how many others."""
    named = titles if len(titles) <= _MOST_NAMED else titles[: _MOST_NAMED - 1]
    more = len(titles) - len(named)
    told = ", ".join(named)
    return say("dossier.headline-more", lang, layers=told, count=more) if more else told


def _cautions(report: SiteReport, lang: str) -> tuple[Sentence, ...]:
    """Ground not checked, what the reading leaves in doubt, what stands on a word alone."""
    rows = (*standing_cautions(report.site.log), *caution_of_word(report))
    told = [say_row(row, lang) for row in rows]
    texts = [Sentence("dossier.caution", {"text": text[:1].upper() + text[1:]}) for text in told]
    if report.context.outside_share > 0:
        share = figure(report, "/context/outside_share", "percent", lang)
        texts.insert(0, Sentence("dossier.note-outside", {"share": share}))
    return tuple(texts)


def _line(report: SiteReport, code: str, lang: str) -> Line:
    themes = [theme for theme in report.themes if theme.state in GROUPS[code]]
    themes.sort(key=lambda theme: WORST_FIRST.index(theme.state))
    layers = tuple((theme_title(theme, lang), theme.state) for theme in themes)
    return Line(code, say(_GROUP[code], lang), len(themes), layers)


def _notes(report: SiteReport, lang: str) -> tuple[Sentence, ...]:
    """Assumed accuracy, disputes, clauses not in force, what is unverified: only what there is."""
    findings = [finding for theme in report.themes for finding in theme.findings]
    found = {
        "assumed": sum(finding.accuracy_assumed for finding in findings),
        "disputed": sum(finding.dispute is not None for finding in findings),
        "not-in-force": sum(clause.status in OUT_OF_FORCE for clause in report.clauses),
        "validity": sum(clause.status == "unknown" for clause in report.clauses),
        "unverified": sum(row.kind == "law" and not row.verified for row in report.consequences),
    }
    counted = {code: Cell(str(number), kind="count") for code, number in found.items() if number}
    notes = [Sentence(_NOTE[code], {"count": cell}) for code, cell in counted.items()]
    return (*notes, *tell_notes(report, lang))


# What only the office that signs knows: form, no part of the answer or its id.


@dataclass(frozen=True)
class Office:
    """Who writes a letter, to whom, and who signs it; "" is left to be filled in by hand."""

    superior: Text = ""  # body above the agency, first line of the letterhead
    agency: Text = ""
    symbol: Text = ""  # of the letter, after its number: "BC-STC"
    place: Text = ""  # before the day
    addressee: Text = ""
    recipients: tuple[Text, ...] = ()
    position: Text = ""  # title of who signs
    signatory: Text = ""


def read_office(path: Path | str) -> Office:
    """Read an office's own lines of a letter from a TOML file.

    Raises
    ------
    CatalogueError
        It cannot be read, has a key nobody knows, or a value of the wrong type; all are told.
    """
    path = Path(path)
    problems = Problems(path.name)
    values = examine(Office, read_toml(path), "", problems)
    problems.refuse(also_open=True)
    return Office(**{name: clean(value) for name, value in values.items()})


# The order in which a dossier speaks.


@dataclass(frozen=True)
class Dossier:
    """All that a dossier says, in one language; formats only set it.

    `schematic` are the titles of the schematic layers that touch the site.
    """

    id: str
    on: date
    name: str
    lang: str
    region: Region
    schematic: tuple[str, ...]
    summary: Summary
    sections: tuple[Section, ...]
    office: Office = Office()


def make_dossier(
    report: SiteReport,
    *,
    pictures: Sequence[Picture] = (),
    lang: str,
    region: Region | None = None,
    office: Office | None = None,
) -> Dossier:
    """The content of a dossier from a site report, section by section.

    Parameters
    ----------
    report
        A site report without characters that cannot be shown (`clean`).
    pictures
        Its maps.
    lang
        "vi" or "en".
    region
        Where the site lies; the one that travels with lsgis when None.
    office
        Who signs the letter; its lines are left blank when None.
    """
    region = region or read_region()
    maps: tuple[Picture | Sentence, ...] = tuple(pictures) or (Sentence("dossier.empty-maps"),)
    sections = (
        make_site(report, lang, region),
        make_lists(report, lang),
        make_findings(report, lang, region),
        make_disputes(report, lang),
        Section("maps", maps),
        make_context(report, lang, region),
        make_consequences(report, lang, region),
        make_contradictions(report, lang),
        make_clauses(report, lang),
        make_undrawn(report, lang, region),
        make_thresholds(report, lang, region),
        make_data(report, lang, region),
        make_sources(report, region),
        make_disclaimer(),
        make_glossary(lang, region),
    )
    return Dossier(
        report.id,
        report.on,
        report.site.name,
        lang,
        region,
        schematic_layers(report, report.themes, lang, region),
        make_summary(report, lang, region=region),
        sections,
        office or Office(),
    )


def tell_schematic(dossier: Dossier) -> str:
    """The badge of a dossier that rests on schematic shapes: which layers they are of."""
    return say("dossier.badge-schematic", dossier.lang, layers="; ".join(dossier.schematic))
