"""How values are said to a reader: headings, codes in words, numbers as a language writes them."""

import pandas as pd

from lsgis.catalogue import title_of
from lsgis.text import family, say

HOW = family(
    "crosswalk.how.",
    "crosswalk.how.code",
    "crosswalk.how.code-zero-added",
    "crosswalk.how.name",
    "crosswalk.how.name-kind",
    "crosswalk.how.name-district",
    "crosswalk.how.name-district-kind",
    "crosswalk.how.name-same-commune",
    "crosswalk.how.name-code-unknown",
)

REASON = family(
    "crosswalk.reason.",
    "crosswalk.reason.no-key",
    "crosswalk.reason.unknown-code",
    "crosswalk.reason.unknown-name",
    "crosswalk.reason.not-in-district",
    "crosswalk.reason.ambiguous",
    "crosswalk.reason.code-and-name-differ",
)

STATUS = family(
    "ledger.status.",
    "ledger.status.declared_not_located",
    "ledger.status.missing",
    "ledger.status.extra",
    "ledger.status.renamed",
    "ledger.status.moved",
    "ledger.status.place_uncertain",
    "ledger.status.unconfirmed",
    "ledger.status.incomplete",
    "ledger.status.too_many",
    "ledger.status.empty",
    "ledger.status.unassigned",
    "ledger.status.repeated",
    "ledger.status.differs",
    "ledger.status.unsettled",
    "ledger.status.stale",
    "ledger.status.located",
    "ledger.status.complete",
    "ledger.status.uncounted",
    "ledger.status.assigned",
    "ledger.status.agrees",
    "ledger.status.settled",
)

LOG = family(
    "intake.log-",
    "intake.log-surface",
    "intake.log-curve",
    "intake.log-empty",
    "intake.log-not-finite",
    "intake.log-mixed",
    "intake.log-layer",
    "intake.log-link",
    "intake.log-index",
    "intake.log-length",
    "intake.log-records",
    "intake.log-bytes",
    "intake.log-axes",
    "intake.log-reader",
    "intake.log-lost",
    "intake.log-crs-stated",
    "intake.log-crs-unlikely",
    "intake.log-datum-shift",
    "intake.log-moved",
    "intake.log-renamed",
    "intake.log-suggested",
    "intake.log-kept",
    "intake.log-text-tcvn3",
    "intake.log-text-vni",
    "intake.log-text-cp1258",
    "intake.log-text-mojibake",
    "intake.log-text-utf-8",
    "intake.log-text-escape",
    "intake.log-text-decomposed",
    "intake.log-text-escape+mojibake",
    "intake.log-text-decomposed+mojibake",
    "intake.log-text-undecided",
    "intake.log-commune-name",
    "intake.log-commune-merged",
    "intake.log-commune-homonym",
    "intake.log-commune-near",
    "intake.log-commune-unknown",
    "intake.log-commune-none",
    "intake.log-title-rows",
    "intake.log-heading-rows",
    "intake.log-row-of-numbers",
    "intake.log-merged-cells",
    "intake.log-hidden-rows",
    "intake.log-hidden-columns",
    "intake.log-number",
    "intake.log-number-undecided",
    "intake.log-day",
    "intake.log-day-undecided",
    "intake.log-unit",
    "intake.log-unit-undecided",
    "intake.log-code-padded",
    "intake.log-unpacked",
    "intake.log-no-geo-metadata",
    "intake.log-no-end",
    "intake.log-no-mid",
)

WORD = family(
    "word.",
    "word.authoritative",
    "word.indicative",
    "word.schematic",
    "word.none",
    "word.embedded",
    "word.fetched",
    "word.own",
    "word.error",
    "word.warning",
    "word.note",
    "word.strict",
    "word.limited",
    "word.other",
    "word.total",
    "word.kind",
    "word.phase",
    "word.agrees",
    "word.conflicts",
    "word.undeclared",
    "word.outside",
    "word.not_located",
    "word.yes",
    "word.inferred",
    "word.unconfirmed",
    "word.ok",
    "word.missing",
    "word.optional",
    "word.decision",
    "word.commune_declared",
    "word.commune_computed",
    "word.province_computed",
    "word.zones_computed",
    "word.commune_environment",
    "word.no",
)

COLUMN = family(
    "column.",
    "column.layer",
    "column.layer_title",
    "column.expected",
    "column.listed",
    "column.located",
    "column.quality",
    "column.accuracy_m",
    "column.clause",
    "column.origin",
    "column.theme",
    "column.by",
    "column.value",
    "column.restricts",
    "column.severity",
    "column.code",
    "column.commune_code",
    "column.key",
    "column.message",
    "column.todo",
    "column.name",
    "column.name_vi",
    "column.name_en",
    "column.communes",
    "column.commune_codes",
    "column.commune_names_vi",
    "column.note_vi",
    "column.kind",
    "column.phase",
    "column.area_ha",
    "column.area_m2",
    "column.length_m",
    "column.area_deviation",
    "column.density_per_km2",
    "column.population",
    "column.seat_vi",
    "column.border_china",
    "column.merged_from_vi",
    "column.source",
    "column.in_decision",
    "column.development_axis",
    "column.zone_dynamic",
    "column.zone_east",
    "column.zone_west",
    "column.urban_lang_son",
    "column.industrial_park_commune",
    "column.industrial_park_count",
    "column.industrial_cluster_count",
    "column.border_gate_count",
    "column.urban_centre_count",
    "column.dry_port_count",
    "column.strict_m2",
    "column.limited_m2",
    "column.other_m2",
    "column.sum_m2",
    "column.commune_m2",
    "column.sum",
    "column.difference_ha",
    "column.difference_share",
    "column.share",
    "column.share_left",
    "column.share_right",
    "column.zone",
    "column.part",
    "column.feature",
    "column.zone_339",
    "column.zone_decree_08",
    "column.place_code",
    "column.place_name_vi",
    "column.place_share",
    "column.place_count",
    "column.place_shares",
    "column.place_status",
    "column.place_within_accuracy",
    "column.subject",
    "column.says_a",
    "column.says_b",
    "column.followed",
    "column.input",
    "column.crs",
    "column.operation",
    "column.count",
    "column.check",
    "column.found",
    "column.status",
    "column.kind_title",
    "column.phase_title",
    "column.name_vi_left",
    "column.name_vi_right",
    "column.code_left",
    "column.code_right",
    "column.title_vi",
    "column.title_en",
    "column.level_vi",
    "column.focus_vi",
    "column.counterpart",
    "column.boundary_marker",
    "column.class_339",
    "column.class_236",
    "column.place_declared_share",
    "column.not_located",
    "column.growth_pole",
)

_REGISTERS = {"kind": "kind", "phase": "phase", "theme": "theme"}
_TEXTS = {"status": STATUS, "reason": REASON, "how": HOW, "what": LOG}
_WORDS = (
    "quality", "place_status", "sum", "zone", "zone_339", "zone_decree_08",
    "origin", "by", "in_decision", "severity", "border_china",
)  # fmt: skip

# columns that a screen leaves to the files beside it
_LEFT_OUT = {
    "source", "name_en", "in_decision", "phase", "merged_from_vi", "lon", "lat", "label_lon",
    "label_lat", "place_code", "commune_codes", "place_shares", "note_vi", "seat_vi", "kind",
    "layer", "not_located", "route", "future_ward", "old_unit_vi", "geometry",
}  # fmt: skip


def in_brief(table: pd.DataFrame, lang: str) -> pd.DataFrame:
    """The columns a reader wants first: no codes beside their names, no column that is empty."""
    other = {"vi": "title_en", "en": "title_vi"}[lang]
    dull = _LEFT_OUT - ({"layer"} if f"title_{lang}" not in table else set())
    kept = [column for column in table if column not in dull and column != other]
    filled = [c for c in kept if not table[c].replace("", None).isna().all() or table.empty]
    return pd.DataFrame(table)[filled]


def heading(column: str, lang: str) -> str:
    """Heading of a table column in a language; the column's own name when it has none."""
    return say(COLUMN[column], lang) if column in COLUMN else column


def spoken(column: str, value: object, lang: str) -> object:
    """A cell as a reader sees it: codes of kinds, phases, zones and statuses in words."""
    if isinstance(value, bool):
        return "×" if value else ""
    if column in _REGISTERS and value:
        return title_of(_REGISTERS[column], str(value), lang)
    if column == "value" and value:
        kind = title_of("kind", str(value), lang)
        return kind if kind != value else title_of("phase", str(value), lang)
    texts = WORD if column in _WORDS else _TEXTS.get(column, {})
    if texts and value and str(value) in texts:
        return say(texts[str(value)], lang)
    return value


def format_number(value: float | None, digits: int, lang: str) -> str:
    """A number as readers of a language write it: 1.234,5 in Vietnamese, 1,234.5 in English.

    Written out here, never by the machine's locale. A missing value is a dash.
    """
    if value is None or pd.isna(value):
        return "–"
    text = f"{value:,.{digits}f}"
    return text.translate(str.maketrans(",.", ".,")) if lang == "vi" else text
