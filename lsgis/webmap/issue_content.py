"""Issues as their page holds them: texts, places, shapes, and what they are seen against."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lsgis.catalogue import read_catalogue
from lsgis.check import (
    SEVERITIES,
    Issue,
    Profile,
    count_issues,
    describe_issue,
    issues_frame,
    read_rules,
    usual_severity,
)
from lsgis.report import format_number, spoken, table_title
from lsgis.text import family, say
from lsgis.webmap.outline import FINE, Outline, share_budget, write_outline
from lsgis.webmap.placed import first_look, in_degrees, lighter, placed_issues, places_of
from lsgis.webmap.shape import read_parts, write_coordinates

_WORDS = family(
    "webmap.issue-",
    "webmap.issue-also-here",
    "webmap.issue-before",
    "webmap.issue-close",
    "webmap.issue-coordinates",
    "webmap.issue-count",
    "webmap.issue-degrees",
    "webmap.issue-east",
    "webmap.issue-features",
    "webmap.issue-home",
    "webmap.issue-more",
    "webmap.issue-no-place",
    "webmap.issue-none",
    "webmap.issue-north",
    "webmap.issue-reason",
    "webmap.issue-usual",
    "webmap.issue-whole",
    "webmap.issue-zoom-in",
    "webmap.issue-zoom-out",
)

# Groups of rules that speak of a feature as a whole: the map shows all of it, not one point.
_WHOLE = ("area",)
_FEW = 8


def issue_content(
    issues: Sequence[Issue],
    lang: str,
    *,
    outlines: Sequence[Outline] = (),
    profile: Profile | None = None,
) -> dict[str, Any]:
    """Everything that the script of the page needs, as plain values.

    Parameters
    ----------
    issues
        In the order of their numbers, which are those of `issues.csv`.
    lang
        "vi" or "en".
    outlines
        What lies below the issues, bottom first.
    profile
        The profile that set the severities; its reasons are told.
    """
    issues = placed_issues(issues)
    records, todos = _records(issues, lang, profile)
    places = places_of(issues)
    drawn = [
        write_outline(outline, places, budget=budget)
        for outline, budget in zip(outlines, share_budget(outlines), strict=True)
    ]
    return {
        "grid": FINE, "decimal": format_number(0, 1, lang)[1], "issues": records, "todos": todos,
        "codes": _titles(issues, lang), "layers": _layers(issues, outlines, lang),
        "severities": {name: spoken("severity", name, lang) for name in SEVERITIES},
        "counts": count_issues(issues), "outlines": drawn,
        "bounds": first_look(places, [(outline.frame, outline.backdrop) for outline in outlines]),
        "words": {name: _word(code, lang) for name, code in _WORDS.items()},
    }  # fmt: skip


def _word(code: str, lang: str) -> str:
    """A text of the page, with the placeholders that its script fills."""
    left = {value: f"{{{value}}}" for value in ("shown", "total", "count")}
    return say(code, lang, **left)


def _records(
    issues: Sequence[Issue], lang: str, profile: Profile | None
) -> tuple[list[dict[str, Any]], list[str]]:
    """One an issue; what to do is told by number, since many issues share it."""
    todos: dict[str, int] = {}
    records = []
    frame = issues_frame(issues, lang)
    shapes = in_degrees(lighter(issue.shape for issue in issues))
    for row, issue, shape in zip(frame.itertuples(index=False), issues, shapes, strict=True):
        record = {"severity": row.severity, "code": row.code, "layer": row.layer, "key": row.key,
                  "message": row.message, "todo": todos.setdefault(row.todo, len(todos)),
                  "name": str(issue.values.get("name", "")), "keys": _keys(issue),
                  "whole": read_rules()[issue.code]["group"] in _WHOLE}  # fmt: skip
        if np.isfinite([row.lon, row.lat, row.easting, row.northing]).all():
            metres = [format_number(value, 2, lang) for value in (row.easting, row.northing)]
            record |= {"at": [round(row.lon, 7), round(row.lat, 7)], "metres": metres}
        usual = usual_severity(issue)
        if usual != row.severity:
            record["usual"] = usual
            record["reason"] = profile.reasons.get(issue.code, {}).get(lang, "") if profile else ""
        if shape is not None:
            record["shape"] = [
                write_coordinates(kind, parts, FINE) for kind, parts in read_parts(shape).items()
            ]
        records.append(record)
    return records, list(todos)


def _keys(issue: Issue) -> list[str]:
    """Keys of the features that an issue speaks of, as far as they are few."""
    several = issue.values.get("keys", ())
    told = [issue.key, issue.values.get("other", ""), *(several if len(several) <= _FEW else ())]
    return list(dict.fromkeys(str(key) for key in told if key))


def _titles(issues: Sequence[Issue], lang: str) -> dict[str, str]:
    """Titles of the codes found, in the order of the register."""
    first = {issue.code: issue for issue in reversed(issues)}
    told = [code for code in read_rules() if code in first]
    return {code: describe_issue(first[code], lang)["title"] for code in told}


def _layers(issues: Sequence[Issue], outlines: Sequence[Outline], lang: str) -> Mapping[str, str]:
    """Titles of the layers spoken of; a list that shares out the communes by its own text."""
    titles = {name: layer.title[lang] for name, layer in read_catalogue().items()}
    titles |= {outline.layer: outline.title for outline in outlines}
    names = dict.fromkeys(issue.layer for issue in issues)
    return {name: titles.get(name) or _other(name, lang) for name in names}


def _other(name: str, lang: str) -> str:
    return table_title(name, lang)
