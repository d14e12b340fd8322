"""Pages beside the maps. Jinja escapes every value; nothing is fetched from elsewhere."""

from collections.abc import Mapping, Sequence

import jinja2
import pandas as pd

from lsgis.check import Issue
from lsgis.report import format_number, heading, in_brief, spoken, table_title
from lsgis.source import Plan
from lsgis.text import say
from lsgis.webmap import ISSUE_SCRIPTS, ISSUE_STYLES, draw_issue_section, outlines_of


def render_findings(
    findings: Mapping[str, object], issues: Sequence[Issue], plan: Plan, *, lang: str
) -> str:
    """`issues.html`: layers, findings on a map, what is not located, sums, contradictions, inputs.

    The map needs the files of `write_assets` in `assets/` beside the page.
    """
    named = {issue.layer for issue in issues}
    layers = {name: frame for name, frame in plan.layers.items() if name in named}
    issue_map = draw_issue_section(
        issues, lang=lang, outlines=outlines_of(plan.layers, layers, lang)
    )
    template = _templates(lang).get_template("findings.html")
    return template.render(
        **findings, lang=lang, issue_map=issue_map, issue_scripts=ISSUE_SCRIPTS,
        issue_styles=ISSUE_STYLES,
    )  # fmt: skip


def render_tables(tables: Mapping[str, pd.DataFrame], *, schematic: bool, lang: str) -> str:
    """`tables.html`: every table as a reader sees it, with links to its files."""
    template = _templates(lang).get_template("tables.html")
    shown = {name: in_brief(table, lang) for name, table in tables.items()}
    return template.render(tables=shown, schematic=schematic, lang=lang)


def _templates(lang: str) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("lsgis.publication", "."),
        autoescape=lambda name: name is None or not name.endswith(".css"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["spoken"] = lambda value, column: spoken(column, value, lang)
    environment.filters["number"] = lambda value, digits=0: format_number(value, digits, lang)
    environment.filters["cell"] = lambda value, column: _cell(column, value, lang)
    environment.globals["say"] = lambda code, **values: say(code, lang, **values)
    environment.globals["table_title"] = lambda name: table_title(name, lang)
    environment.globals["heading"] = lambda column: heading(column, lang)
    return environment


def _cell(column: str, value: object, lang: str) -> object:
    """A cell of a table: codes in words, numbers rounded as their column wants."""
    if isinstance(value, float):
        if column.startswith(("share", "place_share", "difference_share")) or "deviation" in column:
            return format_number(value * 100, 2, lang) + " %" if value == value else "–"
        return format_number(value, 2 if column.endswith("_ha") and value % 1 else 0, lang)
    if value is None or value is pd.NA:
        return "–"
    said = spoken(column, value, lang)
    return said if isinstance(said, str) else format_number(float(said), 0, lang)
