"""How values are said to a reader: headings, codes in words, numbers as a language writes them."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from lsgis.catalogue import read_catalogue, read_rows, title_of
from lsgis.region import Region, read_region
from lsgis.text import family_of, say
from lsgis.text import format_number as format_number  # part of this room's public names

if TYPE_CHECKING:  # a site check prints without frames
    import pandas as pd

_REGISTERS = {"kind": "kind", "phase": "phase", "theme": "theme"}
# columns whose cells are codes, and the family of texts that says them
_TEXTS = {
    "status": "ledger.status.",
    "reason": "crosswalk.reason.",
    "how": "crosswalk.how.",
    "what": "intake.log-",
    "quality": "word.",
    "place_status": "word.",
    "sum": "word.",
    "zone": "word.",
    "origin": "word.",
    "by": "word.",
    "in_decision": "word.",
    "severity": "word.",
    "border_china": "word.",
}

_SAID_AS = {
    "boundary_quality": "quality",
    "place_quality": "quality",
    "facts_quality": "quality",
}
_FIRST_DAY = date(1980, 1, 1)
# columns that a screen leaves to the files beside it
_LEFT_OUT = {
    "source",
    "name_en",
    "in_decision",
    "phase",
    "merged_from_vi",
    "lon",
    "lat",
    "label_lon",
    "label_lat",
    "place_code",
    "commune_codes",
    "place_shares",
    "note_vi",
    "seat_vi",
    "kind",
    "layer",
    "not_located",
    "route",
    "future_ward",
    "old_unit_vi",
    "geometry",
}


def in_brief(table: "pd.DataFrame", lang: str) -> "pd.DataFrame":
    """The columns a reader wants first: no codes beside their names, no column that is empty."""
    import pandas as pd

    other = {"vi": "title_en", "en": "title_vi"}[lang]
    dull = _LEFT_OUT - ({"layer"} if f"title_{lang}" not in table else set())
    kept = [column for column in table if column not in dull and column != other]
    filled = [c for c in kept if not table[c].replace("", None).isna().all() or table.empty]
    return pd.DataFrame(table)[filled]


def row_of(register: str, key: str, code: str, region: Region) -> Mapping[str, str]:
    """The row of a register that a code in the column `key` names; empty where there is none."""
    return _rows_by(register, key, region).get(code, {})


@lru_cache(maxsize=64)
def _rows_by(register: str, key: str, region: Region) -> Mapping[str, Mapping[str, str]]:
    return {row[key]: row for row in reversed(read_rows(register, region))}


def plan_day(region: Region) -> date:
    """Day of the act that approved the plan: what files state that must say when they were made.

    The oldest day that a container can state where nobody has told it. The same inputs give
    the same bytes.
    """
    issued = row_of("instrument", "number", region.plan.instrument, region).get("issued", "")
    try:
        return date.fromisoformat(issued)
    except ValueError:
        return _FIRST_DAY


def heading(column: str, lang: str, *, region: Region | None = None) -> str:
    """Heading of a table column in a language; the column's own name when it has none.

    A column that counts the features of a layer is called as the layer, one that tells of
    a list of communes as the list (`data/list.csv`), one of a reading of the environmental
    zones (`zone_<rule>`) as the rule.
    """
    region = region or read_region()
    known = family_of("column.")
    if column in known:
        return say(known[column], lang)
    base, side = _side_of(column)
    if side and base in known:
        return f"{say(known[base], lang)} ({say(family_of('word.')[side], lang)})"
    start, _, rest = column.partition("_")
    if start == "zone" and rest in region.rules:
        return region.rules[rest][lang]
    if start == "class" and rest:
        return say("publish.class-by", lang, rule=rest)
    counted = read_catalogue(region).get(column.removesuffix("_count"))
    if counted and column.endswith("_count"):
        return counted.title[lang]
    return row_of("list", "code", column, region).get(lang, column)


def _side_of(column: str) -> tuple[str, str]:
    """A column of one side of an overlay without its ending, and the side; "" for no side."""
    for side in ("left", "right"):
        if column.endswith(f"_{side}"):
            return column.removesuffix(f"_{side}"), side
    return column, ""


def table_title(name: str, lang: str, *, region: Region | None = None) -> str:
    """Title of a published table; that of its layer, or its name, where no text is written."""
    known = family_of("table.")
    if name in known:
        return say(known[name], lang)
    layer = read_catalogue(region).get(name)
    return layer.title[lang] if layer else name


def spoken(column: str, value: object, lang: str, *, region: Region | None = None) -> object:
    """A cell as a reader sees it: codes of kinds, phases, zones and statuses in words."""
    if isinstance(value, bool):
        return "×" if value else ""
    region = region or read_region()
    if column == "origin" and value == "embedded" and len(region.own_folders):
        return say("word.of-the-region", lang, region=region.name[lang])
    if column in _REGISTERS and value:
        return title_of(_REGISTERS[column], str(value), lang, region)
    if column == "value" and value:
        kind = title_of("kind", str(value), lang, region)
        return kind if kind != value else title_of("phase", str(value), lang, region)
    column = _SAID_AS.get(column, _side_of(column)[0])
    start, _, rest = column.partition("_")
    prefix = "word." if start == "zone" and rest in region.rules else _TEXTS.get(column)
    texts = family_of(prefix) if prefix and value else {}
    if str(value) in texts:
        return say(texts[str(value)], lang, act=region.plan.short[lang])
    return value
