"""Issues: what was found, in words, judged by a profile."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import lru_cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from lsgis.catalogue import Layer, read_rows, title_of
from lsgis.crs import plane_of, to_wgs84
from lsgis.errors import CatalogueError
from lsgis.intake.system import zone_step_km
from lsgis.region import Region, read_region
from lsgis.text import LANGUAGES, choose, placeholders, say, wrong_text

# An issue is a value: what is wrong, where, how grave; its words stand in `data/issue.csv`.

SEVERITIES = ("error", "warning", "note")
PARTS = ("title", "message", "todo")
COLUMNS = (
    "code",
    "severity",
    "layer",
    "key",
    "message",
    "todo",
    "easting",
    "northing",
    "lon",
    "lat",
)
_NOTHING: Mapping[str, Any] = MappingProxyType({})
_SHOWN = 8
# a code is told with what it is called, where that is known
_CALLED = {"key": "name", "other": "other_name"}
_SWAPPED = str.maketrans(",.", ".,")
Say: TypeAlias = Callable[["Term", object], str]  # a term in a language, for an amount


@dataclass(frozen=True)
class Term:
    """A word of an issue that depends on the language.

    `code` is a text of `data/text/`, or a row of the register named (kind, phase).
    """

    code: str
    register: str = ""


@dataclass(frozen=True)
class Issue:
    """One thing found in a layer.

    `code` is a row of `data/issue.csv`; `key` the feature's key ("" when the
    issue is about the whole layer or several features, "#3" for the third
    feature when it has no key); `place` a point or None, `shape` the line
    or polygon at fault, where there is one, both in metres of the region's CRS; `values`
    fill the placeholders of the message.
    """

    code: str
    severity: str
    layer: str
    key: str = ""
    place: shapely.Point | None = None
    values: Mapping[str, Any] = field(default_factory=lambda: _NOTHING, hash=False)
    shape: BaseGeometry | None = None


def read_rules(*, region: Region | None = None) -> Mapping[str, Mapping[str, str]]:
    """Every rule of `data/issue.csv` by code: severity, group, titles, messages, what to do.

    `stops` is "yes" where what was found makes every answer from the file
    worthless, so that a plan refuses it; what "no" rules find is told with the answer.

    Parameters
    ----------
    region
        Whose rules: a folder of an office may add to them.

    Raises
    ------
    CatalogueError
        A text is not NFC, has a stray brace or other placeholders in the other language, or
        a severity is none.
    """
    return _rules(region or read_region())


@lru_cache(maxsize=8)
def _rules(region: Region) -> Mapping[str, Mapping[str, str]]:
    rules = {row["code"]: row for row in read_rows("issue", region)}
    for code, rule in rules.items():
        for part in PARTS:
            if wrong := wrong_text({lang: rule[f"{part}_{lang}"] for lang in LANGUAGES}):
                raise CatalogueError("check.rule-wrong", rule=code, found=f"{part}: {wrong}")
        if rule["severity"] not in SEVERITIES:
            found = f"severity: {rule['severity']} ({', '.join(SEVERITIES)})"
            raise CatalogueError("check.rule-wrong", rule=code, found=found)
    return MappingProxyType(rules)


def new_issue(
    code: str,
    layer: Layer | str,
    *,
    key: str = "",
    place: shapely.Point | None = None,
    shape: BaseGeometry | None = None,
    region: Region | None = None,
    **values: object,
) -> Issue:
    """An issue with the severity that the rules of a region give its code.

    `layer`: what was checked, a layer of the catalogue, which brings its region, or the
    name of something else (a register, a file) with the region it belongs to.
    """
    name, region = (layer, region) if isinstance(layer, str) else (layer.name, layer.region)
    severity = read_rules(region=region)[code]["severity"]
    return Issue(code, severity, name, str(key), place, MappingProxyType(values), shape)


def grouped_issue(
    code: str, layer: Layer | str, keys: Sequence[str] | np.ndarray, **known: Any
) -> Issue:
    """One issue about several features: `{keys}`, `{count}`; its key only when it is one."""
    only = str(keys[0]) if len(keys) == 1 else ""
    return new_issue(code, layer, key=only, keys=tuple(keys), count=len(keys), **known)


def describe_issue(issue: Issue, lang: str, *, region: Region | None = None) -> dict[str, str]:
    """Title, message and what to do of an issue, in a language ("vi" or "en").

    Parameters
    ----------
    region
        Whose rules and registers hold its words.

    Returns
    -------
    dict
        `title`, `message`, `todo`: plain text, not escaped for HTML.
    """
    told = describe_issues([issue], lang, region=region)
    return {part: texts[0] for part, texts in told.items()}


def describe_issues(
    issues: Sequence[Issue],
    lang: str,
    *,
    parts: Sequence[str] = PARTS,
    region: Region | None = None,
) -> dict[str, list[str]]:
    """Issues in a language ("vi" or "en"), a column a part; see `describe_issue`.

    Parameters
    ----------
    parts
        Those of `title`, `message`, `todo` that are wanted.
    region
        Whose rules and registers hold their words.

    Returns
    -------
    dict
        By part, the text of each issue in the order given.
    """
    region = region or read_region()
    rules, about = read_rules(region=region), {"crs": region.crs, "zone_km": zone_step_km(region)}
    texts = {
        code: tuple(rules[code][f"{part}_{lang}"] for part in parts)
        for code in {issue.code for issue in issues}
    }
    names = {code: _names_in(some) for code, some in texts.items()}
    said = lru_cache(maxsize=None, typed=True)(partial(_said, lang=lang, region=region))
    told = [_fill(texts[i.code], names[i.code], i, about, lang, said) for i in issues]
    return {part: [row[n] for row in told] for n, part in enumerate(parts)}


def _names_in(texts: Iterable[str]) -> frozenset[str]:
    """The values that texts speak of, and what those are called: no other is put in words."""
    named = frozenset[str]().union(*(placeholders(text) for text in texts))
    return named | {_CALLED[name] for name in named if name in _CALLED}


def _fill(
    texts: Sequence[str],
    names: frozenset[str],
    issue: Issue,
    about: Mapping[str, object],
    lang: str,
    said: Say,
) -> list[str]:
    """Texts with the values of an issue in words."""
    known = {"key": issue.key, "layer": issue.layer, **about, **issue.values}
    amount = known.get("amount", 0)
    words = {n: _written(n, known[n], lang, said, amount) for n in names if n in known}
    for code, name in _CALLED.items():
        if words.get(name) and code in words:
            words[code] = f"{words[code]} {words[name]}"
    return [choose(text, known).format(**words) for text in texts]


def _said(term: Term, amount: object, *, lang: str, region: Region) -> str:
    """A term in a language; a unit as it is called for an amount."""
    if term.register:
        return title_of(term.register, term.code, lang, region)
    return say(term.code, lang, amount=amount)


def _written(name: str, value: object, lang: str, said: Say, amount: object = 0) -> str:
    """A value in words: terms translated (units for an amount), numbers as the language writes."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Term):
        return said(value, amount)
    if isinstance(value, tuple):
        shown = ", ".join(_written(name, item, lang, said) for item in value[:_SHOWN])
        return shown + (f", … (+{len(value) - _SHOWN})" if len(value) > _SHOWN else "")
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
        return str(value)
    if name == "share":
        return _number(value * 100, lang, digits=3) + " %"
    return _number(value, lang, digits=6)


def _number(value: float | np.number, lang: str, *, digits: int) -> str:
    """A number with the separators of a language; floats to some significant digits."""
    size = abs(float(value))
    if isinstance(value, (int, np.integer)):
        text = format(value, ",d")
    elif size < 1000:
        text = np.format_float_positional(
            float(value), precision=digits, fractional=False, trim="-"
        )
    else:
        text = format(value, ",.1f" if size < 1e15 else ".6g")
    return text.translate(_SWAPPED) if lang == "vi" else text


def count_issues(issues: Iterable[Issue]) -> dict[str, int]:
    """How many errors, warnings and notes there are (notes ask for nothing)."""
    found = [issue.severity for issue in issues]
    return {severity: found.count(severity) for severity in SEVERITIES}


def stopping_issues(issues: Iterable[Issue], *, region: Region | None = None) -> list[Issue]:
    """Those that stop the use of a file (`stops` in `data/issue.csv`), whatever their severity."""
    rules = read_rules(region=region)
    return [issue for issue in issues if rules[issue.code]["stops"] == "yes"]


def issues_frame(
    issues: Iterable[Issue], lang: str, *, region: Region | None = None
) -> gpd.GeoDataFrame:
    """Issues as a table of points, to be written as JSON, HTML or GeoPackage.

    Parameters
    ----------
    region
        The region whose layers were checked.

    Returns
    -------
    GeoDataFrame
        The CRS of the region; `code`, `severity`, `layer`, `key`, `message`, `todo`,
        `easting`, `northing` (m), `lon`, `lat` (degrees, WGS 84; NaN without a
        place), in the order given.
    """
    listed, region = list(issues), region or read_region()
    said = describe_issues(listed, lang, parts=COLUMNS[4:6], region=region)
    places = np.array([issue.place for issue in listed], dtype=object)
    frame = gpd.GeoDataFrame(
        {name: [getattr(issue, name) for issue in listed] for name in COLUMNS[:4]},
        geometry=gpd.array.from_shapely(places, crs=plane_of(region)),
    )
    frame = frame.assign(**said)
    degrees = np.asarray(to_wgs84(frame, region=region).geometry, dtype=object)
    for x, y, points in (("easting", "northing", places), ("lon", "lat", degrees)):
        frame[x], frame[y] = shapely.get_x(points), shapely.get_y(points)
    texts = {name: pd.Series(frame[name], dtype=object) for name in COLUMNS[:6]}
    return frame.assign(**texts)[[*COLUMNS, "geometry"]]


# Severity profiles: how strictly is data; what the rules find stays the same, and in sight.

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


def list_profiles(*, region: Region | None = None) -> tuple[str, ...]:
    """Names of the profiles that lsgis and the folders of a region carry (`data/profile.csv`)."""
    return tuple(dict.fromkeys(row["name"] for row in read_rows("profile", region)))


def read_profile(chosen: str | Path, *, region: Region | None = None) -> Profile:
    """Read a profile by its name, or from an own CSV file in UTF-8.

    Parameters
    ----------
    chosen
        A name of `data/profile.csv`, or a file with columns `rule` (a code or
        group of `data/issue.csv`, or "*"), `severity` (error, warning, note, or
        "default": as the rule has it), `reason` (or `reason_vi`, `reason_en`)
        and, when wanted, `name` (the same in every row; else the file's name).
    region
        Whose rules are judged.

    Raises
    ------
    CatalogueError
        No such profile or file, a column is missing, an unknown rule or
        severity, a rule named twice, a row without a reason.
    """
    region = region or read_region()
    name, rows = _read_rows(chosen, region)
    rules = read_rules(region=region)
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


def usual_severities(issues: Iterable[Issue], *, region: Region | None = None) -> list[str]:
    """The severity that the rule of each issue itself has, whatever profile judged it."""
    rules = read_rules(region=region)
    return [rules[issue.code]["severity"] for issue in issues]


def count_changed(issues: Iterable[Issue], *, region: Region | None = None) -> int:
    """How many of these issues bear another severity than their rule has."""
    listed = list(issues)
    usual = usual_severities(listed, region=region)
    return sum(issue.severity != own for issue, own in zip(listed, usual, strict=True))


def _read_rows(chosen: str | Path, region: Region) -> tuple[str, list[dict[str, str]]]:
    own = [row for row in read_rows("profile", region) if row["name"] == str(chosen)]
    if own:
        reasons = [{n: row[n].replace("{crs}", region.crs) for n in _REASONS} for row in own]
        return str(chosen), [{**row, **said} for row, said in zip(own, reasons, strict=True)]
    path, known = Path(chosen), ", ".join(list_profiles(region=region))
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
    cells = {name: str(cell).strip() for name, cell in row.items()}
    given = next((cells[n] for n in ("reason", *_REASONS) if cells.get(n)), "")
    reasons = {name: cells.get(name) or given for name in _REASONS}
    return {"name": cells.get("name", ""), **{n: cells[n] for n in _NEEDED}, **reasons}


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
