"""Findings and the three lists: concerned, not concerned, without data."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from lsgis.region import Region
from lsgis.report.wording import (
    HERE,
    STATE,
    Cell,
    Column,
    Section,
    Sentence,
    Table,
    bearing_cell,
    bearing_word,
    cite,
    commune_names,
    day,
    distance_cells,
    figure,
    join_alike,
    keep_columns,
    layer_title,
    listed,
    make_table,
    named,
    office_name,
    overlap_cells,
    part_word,
    plain,
    quality_cell,
    share_cells,
    source_marks,
    state_cell,
    theme_title,
    without_blanks,
    word,
)
from lsgis.report.words import spoken
from lsgis.sitecheck.content import find_strongest
from lsgis.sitecheck.declared import cautions_of_minima
from lsgis.sitecheck.record import SEVERITY, WORST_FIRST, Finding, LayerVerdict, SiteReport, Undrawn
from lsgis.text import family, say, told_value

# Every theme in one of three lists: concerned, not concerned, without full data.

_IN = family(
    "dossier.in-",
    "dossier.in-concerned",
    "dossier.in-not_concerned",
    "dossier.in-without_data",
)

_EMPTY = family(
    "dossier.empty-",
    "dossier.empty-concerned",
    "dossier.empty-not_concerned",
    "dossier.empty-without_data",
)

_TITLE = family(
    "dossier.list-",
    "dossier.list-concerned",
    "dossier.list-not_concerned",
    "dossier.list-without_data",
)

_CAVEAT = family(
    "dossier.caveat-",
    "dossier.caveat-later",
    "dossier.caveat-unconfirmed",
    "dossier.caveat-not_computed",
)

_STANDING = family(
    "dossier.standing-",
    "dossier.standing-later",
    "dossier.standing-unconfirmed",
    "dossier.standing-not_computed",
)
_MOST_ZONES = 5  # named in a headline

LISTS = {
    "concerned": SEVERITY,
    "not_concerned": ("not_affected",),
    "without_data": ("incomplete", "no_data"),
}
_DISTANCE = (Column("distance", 1.4, True), Column("e", 1.1, True))
_OVERLAPS = (Column("area", 2.0, True), Column("length", 1.7, True), Column("count", 1.0, True))
_TYPED = (
    Column("area", 1.5, True),
    Column("ha", 1.2, True),
    Column("area_least", 1.3, True),
    Column("area_most", 1.3, True),
    Column("length", 1.3, True),
    Column("length_least", 1.2, True),
    Column("length_most", 1.2, True),
    Column("count", 1, True),
)
_LIST_COLUMNS = {
    "concerned": (
        Column("layer", 3),
        Column("state", 2),
        *_OVERLAPS,
        Column("share", 1.3, True),
        *_DISTANCE,
        Column("located", 1.2, True),
        Column("clauses", 4.4),
    ),
    "not_concerned": (
        Column("layer", 3),
        Column("nearest", 3),
        *_DISTANCE,
        Column("bearing", 1.9),
        Column("located", 1.2, True),
        Column("clauses", 4.4),
    ),
    "without_data": (
        Column("layer", 4),
        Column("state", 3.1),
        Column("located", 1.2, True),
        Column("expected", 1.2, True),
        Column("undrawn", 1.2, True),
        Column("here", 1.6),
        *_DISTANCE,
        Column("clauses", 5.4),
    ),
}


def make_lists(report: SiteReport, lang: str) -> Section:
    """Every theme in exactly one of three lists: concerned, not concerned, without full data."""
    blocks: list[Table | Sentence] = []
    for code, states in LISTS.items():
        rows = [
            _theme_cells(report, number, theme, lang)
            for number, theme in by_severity(report)
            if theme.state in states
        ]
        title = say(_TITLE[code], lang, count=len(rows))
        table = make_table(
            f"list-{code}", _LIST_COLUMNS[code], rows, title=title, empty=_EMPTY[code]
        )
        blocks.append(without_blanks(table))
    blocks.append(Sentence("dossier.lists-note"))
    return Section("lists", tuple(blocks))


def _theme_cells(
    report: SiteReport, number: int, theme: LayerVerdict, lang: str
) -> dict[str, Cell]:
    at, nearest = f"/themes/{number}", theme.nearest
    distance, e = Cell("–"), Cell("–")
    if nearest:
        distance, e = distance_cells(report, f"{at}/nearest", nearest, lang)
    rests, symbol = tell_rest(report, number, lang), any(row.symbol for row in theme.findings)
    return {
        "layer": Cell(theme_title(theme, lang), below=rests),
        "state": state_cell(theme.state, lang),
        "rests": Cell("; ".join(plain(told, lang) for told in rests) or "–"),
        **overlap_cells(report, at, theme, lang, symbol=symbol),
        "count": figure(report, f"{at}/count", "count", lang),
        **share_cells(report, at, lang),
        "nearest": Cell(named(nearest, lang) if nearest else "–"),
        "distance": distance,
        "e": e,
        "bearing": bearing_cell(report, f"{at}/nearest", lang) if nearest else Cell("–"),
        "located": figure(report, f"{at}/located", "count", lang),
        "expected": figure(report, f"{at}/expected", "count", lang),
        "undrawn": _undrawn_cell(report, at, theme, lang),
        "here": _here_cell(theme.undrawn_here, lang),
        "clauses": Cell(cite(report, theme.clauses, lang)),
    }


def tell_rest(report: SiteReport, number: int, lang: str) -> tuple[Sentence, ...]:
    """What the state of a theme rests on: zones planned later or unconfirmed, assumed accuracy."""
    theme = report.themes[number]
    told = tuple(Sentence(_CAVEAT[caveat]) for caveat in theme.caveats)
    if not theme.accuracy_assumed:
        return told
    assumed = figure(report, "/thresholds/assumed_accuracy_m", "m", lang, digits=0)
    if theme.holds_to_m is None:
        return (*told, Sentence("dossier.rests-on-found", {"e": assumed}))
    holds = figure(report, f"/themes/{number}/holds_to_m", "m", lang, digits=1)
    return (*told, Sentence("dossier.rests-on", {"e": assumed, "holds": holds}))


def tell_standing(report: SiteReport, lang: str, region: Region) -> list[str]:
    """Sentences for a headline: which zones found are planned later, which are unconfirmed."""
    told = []
    for caveat, code in _STANDING.items():
        zones = [
            f"{named(finding, lang)} ({theme_title(theme, lang)})"
            for _, theme, finding in findings_of(report)
            if caveat in finding.caveats
        ]
        if zones:
            more = len(zones) - _MOST_ZONES
            names = "; ".join(zones[:_MOST_ZONES])
            names += f" {say('dossier.and-more', lang, count=more)}" if more > 0 else ""
            told.append(say(code, lang, zones=names, act=region.plan.short[lang]))
    return told


def tell_notes(report: SiteReport, lang: str) -> tuple[Sentence, ...]:
    """What to keep in mind of states: minima that changed one, accuracy that was assumed."""
    told = []
    for row in cautions_of_minima(report):
        values = {name: str(told_value(v, lang)) for name, v in row.items() if name != "code"}
        told.append(Sentence(str(row["code"]), values))
    silent = sum(theme.holds_to_m is not None for theme in report.themes)
    if silent:
        e = figure(report, "/thresholds/assumed_accuracy_m", "m", lang, digits=0)
        count = Cell(str(silent), kind="count")
        told.append(Sentence("dossier.note-silent", {"count": count, "e": e}))
    return tuple(told)


def tell_overlap(report: SiteReport, number: int, lang: str) -> str:
    """What a site and a theme have in common, in one line; empty where they have nothing."""
    theme = report.themes[number]
    symbol = any(finding.symbol for finding in theme.findings)
    cells = overlap_cells(report, f"/themes/{number}", theme, lang, symbol=symbol)
    told = []
    for name, unit in (("area", "m²"), ("length", "m")):
        cell = cells[name]
        if cell.value:
            below = "".join(f" ({plain(sentence, lang)})" for sentence in cell.below)
            told.append(f"{cell.text} {unit}{below}")
    return "; ".join(told)


def _undrawn_cell(report: SiteReport, at: str, theme: LayerVerdict, lang: str) -> Cell:
    """How many nobody has located; where neither a total nor a name is known, nobody knows."""
    if theme.expected is None and not theme.undrawn_count:
        return Cell(say(HERE["none"], lang))
    return figure(report, f"{at}/undrawn_count", "count", lang)


def _here_cell(here: str | None, lang: str) -> Cell:
    return Cell(say(HERE[here or "none"], lang))


def by_severity(report: SiteReport) -> list[tuple[int, LayerVerdict]]:
    """Themes with their place in the report, the worst first."""
    return sorted(enumerate(report.themes), key=lambda item: WORST_FIRST.index(item[1].state))


def make_theme_table(report: SiteReport, lang: str, region: Region) -> Table:
    """Every theme with every figure, for those who sort and filter."""
    columns = (
        Column("table", 2),
        Column("layer", 3),
        Column("state", 2),
        Column("rests", 3),
        *_TYPED,
        Column("share", 1, True),
        Column("share_certificate", 1, True),
        Column("nearest", 3),
        *_DISTANCE,
        Column("bearing", 1.5),
        Column("expected", 1, True),
        Column("listed", 1, True),
        Column("located", 1, True),
        Column("undrawn", 1.2, True),
        Column("here", 1.6),
        Column("quality", 1.3),
        Column("accuracy", 1.1, True),
        Column("clauses", 3),
    )
    rows = [
        _theme_cells(report, number, theme, lang)
        | {
            "table": Cell(say(_IN[code], lang)),
            "listed": figure(report, f"/themes/{number}/listed", "count", lang),
            "quality": quality_cell(theme.quality, lang, region),
            "accuracy": figure(report, f"/themes/{number}/accuracy_m", "m", lang, digits=0),
        }
        for code, states in LISTS.items()
        for number, theme in by_severity(report)
        if theme.state in states
    ]
    return make_table("themes", columns, rows)


# Sections about single features: findings, and what somebody disputes.

_MARK = family(
    "dossier.mark-",
    "dossier.mark-symbol",
    "dossier.mark-dispute",
    "dossier.mark-accuracy_assumed",
)

_STANDS = family(
    "dossier.stands-",
    "dossier.stands-phase",
    "dossier.stands-in_decision",
    "dossier.stands-zone_status",
)
# under the name of a zone: what must be said of it, and its status where it states one
_SHOWN = {"phase": "later", "in_decision": "unconfirmed", "zone_status": ""}

_COLUMNS = (
    Column("zone", 3.6),
    Column("state", 1.9),
    Column("area", 2.0, True),
    Column("length", 1.5, True),
    Column("count", 1.1, True),
    Column("share", 1.3, True),
    Column("distance", 1.3, True),
    Column("e", 1.2, True),
    Column("bearing", 1.5),
    Column("clauses", 3.2),
    Column("quality", 1.3),
    Column("accuracy", 1.2, True),
    Column("source", 1.1),
)
_WHOLE_COLUMNS = (
    *_COLUMNS[:2],
    Column("phase", 1.6),
    Column("in_decision", 1.6),
    Column("zone_status", 1.6),
    *_TYPED,
    _COLUMNS[5],
    Column("share_certificate", 1.3, True),
    *_COLUMNS[6:],
)
_MOST_COLUMNS = 11  # that a page standing upright can hold


def findings_of(report: SiteReport) -> Iterator[tuple[str, LayerVerdict, Finding]]:
    """Each finding with its JSON pointer and its theme."""
    for number, theme in enumerate(report.themes):
        for place, finding in enumerate(theme.findings):
            yield f"/themes/{number}/findings/{place}", theme, finding


def make_findings(report: SiteReport, lang: str, region: Region) -> Section:
    """One row a zone: how it meets the site, under which clause, how well it is known."""
    rows: list[Mapping[str, Cell] | Cell] = []
    for number, theme in by_severity(report):
        office = office_name(theme.office, lang, region)
        if theme.findings:
            rows.append(Cell(" – ".join(filter(None, (theme_title(theme, lang), office)))))
        for place, finding in enumerate(theme.findings):
            at = f"/themes/{number}/findings/{place}"
            rows.append(_finding_cells(report, at, finding, lang, region))
    empty = "dossier.empty-findings"
    whole = make_table("findings", _WHOLE_COLUMNS, rows, empty=empty)
    below = make_table(
        "findings", _COLUMNS, [_source_below(row, lang) for row in rows], empty=empty
    )
    # the sources stand under the names: paper has room downwards only
    table = without_blanks(keep_columns(below, range(len(_COLUMNS) - 1)))
    lead = (Sentence("dossier.findings-lead"),) if rows else ()
    wide = bool(rows) and len(table.columns) > _MOST_COLUMNS
    return Section("findings", (*lead, table), wide=wide, rows=(whole,))


def _finding_cells(
    report: SiteReport, at: str, finding: Finding, lang: str, region: Region
) -> Mapping[str, Cell]:
    rule = report.thresholds.rule
    part = f"\n{part_word(finding.part, rule, lang, region)}" if finding.part else ""
    marks = "".join(f"\n{say(text, lang)}" for m, text in _MARK.items() if getattr(finding, m))
    standing = {
        "phase": str(spoken("phase", finding.phase, lang, region=region) or "–"),
        "in_decision": str(spoken("in_decision", finding.in_decision, lang, region=region) or "–"),
        "zone_status": finding.status or "–",
    }
    shown = [name for name, caveat in _SHOWN.items() if not caveat or caveat in finding.caveats]
    marks += "".join(
        f"\n{say(_STANDS[name], lang, told=standing[name])}"
        for name in shown
        if standing[name] != "–"
    )
    distance, e = distance_cells(report, at, finding, lang)
    return {
        "zone": Cell(f"{named(finding, lang)} ({finding.key}){part}{marks}"),
        "state": state_cell(finding.state, lang),
        **{name: Cell(text) for name, text in standing.items()},
        **overlap_cells(report, at, finding, lang, symbol=finding.symbol),
        "count": figure(report, f"{at}/count", "count", lang),
        **share_cells(report, at, lang),
        "distance": distance,
        "e": e,
        "bearing": bearing_cell(report, at, lang),
        "clauses": Cell(cite(report, finding.clauses, lang)),
        "quality": quality_cell(finding.quality, lang, region),
        "accuracy": figure(report, f"{at}/accuracy_m", "m", lang, digits=0),
        "source": Cell(source_marks(report, finding.source)),
    }


def _source_below(row: Mapping[str, Cell] | Cell, lang: str) -> Mapping[str, Cell] | Cell:
    """A row with its sources under its name."""
    if isinstance(row, Cell):
        return row
    source = say("dossier.source-below", lang, marks=row["source"].text)
    return {**row, "zone": Cell(f"{row['zone'].text}\n{source}")}


def make_disputes(report: SiteReport, lang: str) -> Section:
    """Findings that somebody disputes: what was computed stands beside the reason."""
    columns = (
        Column("zone", 3),
        Column("computed", 1.8),
        Column("reason", 4),
        Column("by", 1.6),
        Column("on", 1.5),
    )
    rows = [
        {
            "zone": Cell(f"{theme_title(theme, lang)}: {named(finding, lang)} ({finding.key})"),
            "computed": state_cell(finding.state, lang),
            "reason": Cell(finding.dispute.reason),
            "by": Cell(finding.dispute.by or "–"),
            "on": _day_told(finding.dispute.on),
        }
        for _, theme, finding in findings_of(report)
        if finding.dispute
    ]
    lead = (Sentence("dossier.disputes-lead"),) if rows else ()
    table = make_table("disputes", columns, rows, empty="dossier.empty-disputes")
    return Section("disputes", (*lead, table))


def _day_told(stated: str | None) -> Cell:
    """A day as a planner wrote it; what is none may be long, and breaks as other text does."""
    text = day(stated)
    return Cell(text, look="day" if len(text) <= len("dd/mm/yyyy") else "")


# The finding that a reader should know first.

_STRONGEST = family(
    "dossier.strongest-",
    "dossier.strongest-area-share",
    "dossier.strongest-area-share-about",
    "dossier.strongest-area",
    "dossier.strongest-area-about",
    "dossier.strongest-length-share",
    "dossier.strongest-length-share-about",
    "dossier.strongest-length",
    "dossier.strongest-length-about",
    "dossier.strongest-count",
    "dossier.strongest-distance-bearing",
    "dossier.strongest-distance",
)

_MEASURES = (("area_m2", "area", "m2"), ("length_m", "length", "m"), ("count", "count", "count"))


def tell_strongest(report: SiteReport, lang: str) -> Sentence | None:
    """The finding that weighs most: worst state first, then the largest overlap or nearest."""
    found = find_strongest(report)
    if found is None:
        return None
    number, place = found
    theme = report.themes[number]
    at = f"/themes/{number}/findings/{place}"
    return _told(report, at, theme, theme.findings[place], lang)


def _told(
    report: SiteReport, at: str, theme: LayerVerdict, finding: Finding, lang: str
) -> Sentence:
    values: dict[str, Cell | str] = {
        "state": word(STATE, finding.state, lang),
        "zone": named(finding, lang),
        "layer": theme_title(theme, lang),
    }
    look = f"state {finding.state}"
    for key, name, kind in _MEASURES:
        if getattr(finding, key):
            values[name] = figure(report, f"{at}/{key}", kind, lang)
            code, share = name, finding.share is not None and name != "count"
            if share:
                values["share"] = figure(report, f"{at}/share", "percent", lang)
                code += "-share"
            cell = overlap_cells(report, at, finding, lang, symbol=False).get(name)
            for below in cell.below if cell else ():
                values |= below.values
                code += "-about" if "least" in below.values else ""
            return Sentence(_STRONGEST[code], values, look)
    values["distance"], values["e"] = distance_cells(report, at, finding, lang)
    values["bearing"] = bearing_word(finding.bearing_deg, lang)
    code = "distance-bearing" if values["bearing"] else "distance"
    return Sentence(_STRONGEST[code], values, look)


# The section about what the Decision declares and nobody has located.


def make_undrawn(report: SiteReport, lang: str, region: Region) -> Section:
    """Features nobody has located, layer by layer: those of the site's own commune first."""
    themes = [theme for theme in report.themes if theme.undrawn]
    themes.sort(key=lambda theme: min(nearness(row.here) for row in theme.undrawn))
    columns = (
        Column("layer", 2),
        Column("here", 2.4),
        Column("perhaps", 2.4),
        Column("elsewhere", 4.4),
        Column("nowhere", 3.2),
    )
    rows = [_by_place(theme, lang, region) for theme in themes]
    table = without_blanks(make_table("undrawn", columns, rows))
    blocks = (Sentence("dossier.undrawn-lead"), table)
    return Section("undrawn", blocks, rows=(_one_a_row(themes, lang, region),), annex=True)


def nearness(here: str | None) -> int:
    """0 for what is declared in a commune of the site, 1 in one it may lie in, else 2."""
    return {"yes": 0, "possible": 1}.get(here or "", 2)


def _by_place(theme: LayerVerdict, lang: str, region: Region) -> Mapping[str, Cell]:
    """Features declared here, in a commune the site may lie in, elsewhere, nobody knows where."""
    other = [row for row in theme.undrawn if row.here not in ("yes", "possible")]
    elsewhere = [row for row in other if listed(row.commune_codes)]
    nowhere = [row for row in other if not listed(row.commune_codes)]
    return {
        "layer": Cell(theme_title(theme, lang)),
        "here": _together(_called(row, lang) for row in theme.undrawn if row.here == "yes"),
        "perhaps": _together(
            _called(row, lang, commune_names(row.commune_codes, region))
            for row in theme.undrawn
            if row.here == "possible"
        ),
        "elsewhere": _together(
            _called(row, lang, commune_names(row.commune_codes, region)) for row in elsewhere
        ),
        "nowhere": _together(_called(row, lang) for row in nowhere),
    }


def _called(row: Undrawn, lang: str, place: str = "") -> str:
    return f"{named(row, lang)} ({row.key}{place and f': {place}'})"


def _together(told: Iterable[str]) -> Cell:
    return Cell("; ".join(told) or "–")


def _one_a_row(themes: Iterable[LayerVerdict], lang: str, region: Region) -> Table:
    """The same for a spreadsheet: one feature a row."""
    columns = (Column("feature", 4), Column("communes", 4), Column("here", 1.3))
    rows: list[Mapping[str, Cell] | Cell] = []
    for theme in themes:
        rows.append(Cell(theme_title(theme, lang)))
        rows += [
            {
                "feature": Cell(_called(row, lang)),
                "communes": Cell(commune_names(row.commune_codes, region)),
                "here": _here_cell(row.here, lang),
            }
            for row in sorted(theme.undrawn, key=lambda row: nearness(row.here))
        ]
    return make_table("undrawn", columns, rows)


# The section about thresholds: every number and choice that decided a verdict.

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
    "dossier.t-set_min_area_m2",
    "dossier.t-set_min_length_m",
    "dossier.t-bands_m",
)

_SETTING = family(
    "dossier.setting-",
    "dossier.setting-root-sum-square",
)

_UNITS = {"_m2": "m2", "_m": "m"}


def make_thresholds(report: SiteReport, lang: str, region: Region) -> Section:
    """Every threshold the check used, as the report states it."""
    scalars: list[Mapping[str, Cell]] = []
    by_layer: dict[str, Mapping[str, Any]] = {}
    for name, value in msgspec.structs.asdict(report.thresholds).items():
        if isinstance(value, Mapping):
            by_layer[name] = value
        else:
            cell = _setting(report, f"/thresholds/{name}", value, lang, region)
            scalars.append({"threshold": Cell(word(_NAME, name, lang)), "value": cell})
    columns = (Column("threshold", 4), Column("value", 3))
    first = make_table("thresholds", columns, scalars)
    whole = _by_layer(report, by_layer, lang, region)
    told = join_alike(without_blanks(whole))
    return Section("thresholds", (first, told), rows=(first, whole), annex=True)


def _setting(report: SiteReport, at: str, value: Any, lang: str, region: Region) -> Cell:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return Cell(word(_SETTING, value, lang) or "–")
    if isinstance(value, tuple):  # names of layers
        return Cell(", ".join(layer_title(report, name, lang, region) for name in value) or "–")
    kind = next((unit for ending, unit in _UNITS.items() if at.endswith(ending)), "figure")
    return figure(report, at, kind, lang, digits=0 if isinstance(value, int) else None)


def _by_layer(
    report: SiteReport, settings: Mapping[str, Mapping[str, Any]], lang: str, region: Region
) -> Table:
    layers = dict.fromkeys(layer for values in settings.values() for layer in values)
    columns = (Column("layer", 5), *(Column(f"t-{name}", 1.6, True) for name in settings))
    rows = [
        {"layer": Cell(layer_title(report, layer, lang, region))}
        | {
            f"t-{name}": _setting_of(report, f"/thresholds/{name}", values, layer, lang)
            for name, values in settings.items()
        }
        for layer in layers
    ]
    title = say("dossier.thresholds-layer", lang)
    return make_table("thresholds-layer", columns, rows, title=title)


def _setting_of(
    report: SiteReport, at: str, values: Mapping[str, Any], layer: str, lang: str
) -> Cell:
    """What is set for one layer, one number or several; a dash where nothing is."""
    value = values.get(layer)
    if value is None:
        return Cell("–")
    kind = next(unit for ending, unit in _UNITS.items() if at.endswith(ending))
    if not isinstance(value, tuple):
        return figure(report, f"{at}/{layer}", kind, lang)
    parts = [figure(report, f"{at}/{layer}/{n}", kind, lang, digits=0) for n in range(len(value))]
    return Cell("; ".join(part.text for part in parts) or "–")
