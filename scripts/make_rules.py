"""Make the table of all rules, data/issue.md, from data/issue.csv and data/profile.csv.

    python scripts/make_rules.py

Nothing in the table is written by hand: every text comes from the registers.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from lsgis.catalogue import read_register
from lsgis.check import list_profiles, read_profile, read_rules
from lsgis.resource import data_dir
from lsgis.text import LANGUAGES, family, say

WORD = family(
    "word.",
    "word.error",
    "word.warning",
    "word.note",
)

GROUP = family(
    "check.group.",
    "check.group.catalogue",
    "check.group.crs",
    "check.group.geometry",
    "check.group.key",
    "check.group.field",
    "check.group.count",
    "check.group.place",
    "check.group.relation",
    "check.group.area",
    "check.group.overlap",
    "check.group.coverage",
    "check.group.skipped",
    "check.group.list",
)

OTHERS = [name for name in list_profiles() if name != "default"]


def make_rules() -> str:
    """The whole document: every rule by group, then every profile; Vietnamese first."""
    parts = [f"# {say('check.doc-title', 'vi')} · {say('check.doc-title', 'en')}", _ways()]
    for lang in LANGUAGES:
        parts += [f"## {say('check.doc-language', lang)}", say("check.doc-lead", lang)]
        parts += [_group(group, rules, lang) for group, rules in _groups().items()]
        parts += [f"### {say('check.doc-profiles', lang)}", say("check.doc-profiles-lead", lang)]
        parts += [_profile(name, lang) for name in OTHERS]
    return "\n\n".join(parts) + "\n"


def _ways() -> str:
    """Links to the languages."""
    titles = [say("check.doc-language", lang) for lang in LANGUAGES]
    return " · ".join(f"[{title}](#{title.lower().replace(' ', '-')})" for title in titles)


def _groups() -> Mapping[str, list[str]]:
    """Codes by group, in the order of the register."""
    groups: dict[str, list[str]] = {}
    for code, rule in read_rules().items():
        groups.setdefault(rule["group"], []).append(code)
    return groups


def _group(group: str, codes: Iterable[str], lang: str) -> str:
    """One group of rules as a table."""
    heads = [say(code, lang) for code in ("check.doc-code", "check.doc-severity")]
    heads += [f"`{name}`" for name in OTHERS]
    heads += [say(code, lang) for code in ("check.doc-stops", "check.doc-says", "check.doc-todo")]
    judged = {name: read_profile(name).severities for name in OTHERS}
    rows = []
    for code in codes:
        rule = read_rules()[code]
        said = [say(WORD[rule["severity"]], lang)]
        said += [_changed(rule, judged[name][code], lang) for name in OTHERS]
        stops = say("check.doc-yes", lang) if rule["stops"] == "yes" else ""
        told = f"**{rule[f'title_{lang}']}.** {rule[f'message_{lang}']}"
        rows.append([f"`{code}`", *said, stops, told, rule[f"todo_{lang}"]])
    return f"### {say(GROUP[group], lang)} (`{group}`)\n\n{_table(heads, rows)}"


def _changed(rule: Mapping[str, str], severity: str, lang: str) -> str:
    return "" if severity == rule["severity"] else say(WORD[severity], lang)


def _profile(name: str, lang: str) -> str:
    """One profile as its rows are written."""
    rows = read_register("profile").query("name == @name")
    heads = [
        say(code, lang) for code in ("check.doc-rule", "check.doc-severity", "check.doc-reason")
    ]
    cells = [
        [f"`{row.rule}`", "–" if row.severity == "default" else say(WORD[row.severity], lang),
         getattr(row, f"reason_{lang}")]
        for row in rows.itertuples()
    ]  # fmt: skip
    return f"#### `{name}`\n\n{_table(heads, cells)}"


def _table(heads: list[str], rows: Iterable[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def write_rules(path: Path) -> bool:
    """Write the document, and tell whether it changed; the same registers give the same bytes."""
    before, made = path.read_bytes() if path.is_file() else b"", make_rules().encode()
    path.write_bytes(made)
    return made != before


if __name__ == "__main__":
    written = data_dir() / "issue.md"
    print(f"{written}: {'changed' if write_rules(written) else 'as before'}")
