"""Severity profiles: how strictly is data; what the rules find stays the same, and in sight."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from lsgis.catalogue import read_register
from lsgis.check.issue import SEVERITIES, Issue, read_rules
from lsgis.errors import CatalogueError
from lsgis.text import LANGUAGES

# a row may also ask for the severity that the rule itself has
USUAL = "default"
EVERY = "*"
_REASONS = tuple(f"reason_{lang}" for lang in LANGUAGES)
_NEEDED = ("rule", "severity")


@dataclass(frozen=True)
class Profile:
    """Severities to judge by: for rule codes, groups of rules or "*", the narrowest counts.

    `severities` holds every rule of `data/issue.csv`; `reasons` those that a
    row speaks of, in each language.
    """

    name: str
    severities: Mapping[str, str]
    reasons: Mapping[str, Mapping[str, str]]


def list_profiles() -> tuple[str, ...]:
    """Names of the profiles that lsgis carries (`data/profile.csv`)."""
    return tuple(dict.fromkeys(read_register("profile")["name"]))


def read_profile(chosen: str | Path) -> Profile:
    """Read a profile by its name, or from an own CSV file in UTF-8.

    Parameters
    ----------
    chosen
        A name of `data/profile.csv`, or a file with columns `rule` (a code or
        group of `data/issue.csv`, or "*"), `severity` (error, warning, note, or
        "default": as the rule has it), `reason` (or `reason_vi`, `reason_en`)
        and, when wanted, `name` (the same in every row; else the file's name).

    Raises
    ------
    CatalogueError
        No such profile or file, a column is missing, an unknown rule or
        severity, a rule named twice, a row without a reason.
    """
    name, rows = _read_rows(chosen)
    rules = read_rules()
    groups = {rule["group"] for rule in rules.values()}
    known = {EVERY, *groups, *rules}
    named: dict[str, dict[str, str]] = {}
    for number, row in enumerate(rows, start=1):
        _require_row(row, known, named, profile=name, number=number)
        named[row["rule"]] = row
    severities, reasons = {}, {}
    for code, rule in rules.items():
        row = next((named[n] for n in (code, rule["group"], EVERY) if n in named), {})
        asked = row.get("severity", USUAL)
        severities[code] = rule["severity"] if asked == USUAL else asked
        if row:
            reasons[code] = {lang: row[f"reason_{lang}"] for lang in LANGUAGES}
    return Profile(name, MappingProxyType(severities), MappingProxyType(reasons))


def apply_profile(issues: Iterable[Issue], profile: Profile) -> list[Issue]:
    """The same issues, none left out, with the severities of a profile."""
    return [replace(issue, severity=profile.severities[issue.code]) for issue in issues]


def usual_severity(issue: Issue) -> str:
    """The severity that the rule itself has, whatever profile judged the issue."""
    return read_rules()[issue.code]["severity"]


def count_changed(issues: Iterable[Issue]) -> int:
    """How many of these issues bear another severity than their rule has."""
    return sum(issue.severity != usual_severity(issue) for issue in issues)


def _read_rows(chosen: str | Path) -> tuple[str, list[dict[str, str]]]:
    register = read_register("profile")
    if str(chosen) in set(register["name"]):
        return str(chosen), register[register["name"] == str(chosen)].to_dict("records")
    path, known = Path(chosen), ", ".join(list_profiles())
    if not path.is_file():
        raise CatalogueError("check.no-profile", found=chosen, known=known)
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise CatalogueError("check.profile-unread", path=path, reason=error) from error
    table.columns = table.columns.str.strip()
    missing = [name for name in _NEEDED if name not in table]
    if not {"reason", *_REASONS} & set(table.columns):
        missing.append("reason")
    if missing:
        found = ", ".join(table.columns)
        raise CatalogueError(
            "check.profile-column", path=path, missing=", ".join(missing), found=found
        )
    rows = [_plain(row) for row in table.fillna("").to_dict("records")]
    names = list(dict.fromkeys(row["name"] for row in rows if row["name"]))
    if len(names) > 1:
        raise CatalogueError("check.profile-names", path=path, found=", ".join(names))
    return (names or [path.stem])[0], rows


def _plain(row: Mapping[str, str]) -> dict[str, str]:
    """A row of an own file, its one reason standing for both languages."""
    told = {name: str(cell).strip() for name, cell in row.items()}
    given = next((told[n] for n in ("reason", *_REASONS) if told.get(n)), "")
    reasons = {name: told.get(name) or given for name in _REASONS}
    return {"name": told.get("name", ""), **{n: told[n] for n in _NEEDED}, **reasons}


def _require_row(
    row: Mapping[str, str], known: set[str], named: Iterable[str], *, profile: str, number: int
) -> None:
    place = {"profile": profile, "number": number}
    if row["rule"] not in known:
        near = get_close_matches(row["rule"], sorted(known), n=3, cutoff=0.5)
        likely = ", ".join(near or sorted(name for name in known if not name.startswith("LS-")))
        raise CatalogueError("check.profile-rule", found=row["rule"], likely=likely, **place)
    if row["rule"] in named:
        raise CatalogueError("check.profile-twice", found=row["rule"], **place)
    if row["severity"] not in (*SEVERITIES, USUAL):
        expected = ", ".join((*SEVERITIES, USUAL))
        raise CatalogueError(
            "check.profile-severity", found=row["severity"], expected=expected, **place
        )
    if not all(row[name] for name in _REASONS):
        raise CatalogueError("check.profile-reason", found=row["rule"], **place)
