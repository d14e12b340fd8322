"""Issues as one page with a map."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from markupsafe import Markup

from lsgis import disk
from lsgis.catalogue import read_catalogue
from lsgis.check import (
    SEVERITIES,
    Issue,
    Profile,
    count_changed,
    count_issues,
    describe_issue,
    issues_frame,
    read_rules,
    usual_severities,
)
from lsgis.region import Region, read_region
from lsgis.report import format_number, spoken, table_title
from lsgis.report.markup import open_templates
from lsgis.text import family, say
from lsgis.webmap.element import read_asset, to_script
from lsgis.webmap.feature import (
    Points,
    Shapes,
    drawable,
    first_look,
    in_degrees,
    lighter,
    placed_issues,
    places_of,
    read_parts,
    write_coordinates,
    write_steps,
)

# Outlines to see issues against: exact where an issue lies, lighter where none does.

FINE = 10_000_000  # steps in a degree: about a centimetre
# Vertices that a page draws without stumbling, all outlines together; as many again near issues.
BUDGET = 80_000
_LABELS = 400
_TOLERANCES_M = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0)
_NEAR_M = (400.0, 100.0, 25.0)


@dataclass(frozen=True)
class Outline:
    """A layer drawn as lines below the issues.

    `keys` name its features as issues do (`Issue.key`, `Issue.layer`), so that
    the page can point at the feature an issue speaks of. `names` are set on the
    map. A `backdrop` is drawn fainter and decides what the page shows first.
    """

    layer: str
    title: str
    frame: gpd.GeoDataFrame
    keys: Sequence[str] = ()
    names: Sequence[str] = ()
    backdrop: bool = False


def share_budget(outlines: Sequence[Outline], *, budget: int = BUDGET) -> list[int]:
    """Vertices each outline may have: the small ones what they need, the others even shares."""
    needs = [int(shapely.get_num_coordinates(outline.frame.geometry).sum()) for outline in outlines]
    shares, left = [0] * len(needs), budget
    for rank, n in enumerate(sorted(range(len(needs)), key=needs.__getitem__)):
        shares[n] = min(needs[n], left // (len(needs) - rank))
        left -= shares[n]
    return shares


def write_outline(
    outline: Outline, places: Points, *, budget: int = BUDGET, region: Region | None = None
) -> dict[str, Any]:
    """An outline as the page holds it.

    Parameters
    ----------
    outline
        Features in any CRS; those without a usable place are counted, not drawn.
    places
        Coordinates (n, 2) of the issues, metres of the region's CRS: near them every
        vertex is kept.
    budget
        Vertices that it may have, and as many again near the issues.
    region
        What is near enough to be drawn, and how it gets to WGS 84; the one that travels
        with lsgis when None.

    Returns
    -------
    dict
        `features` (`key`, `lines` or `at` in grid steps), `labels`, `shift_m`
        (how far a line may lie from its data away from the issues), `undrawn`.
    """
    region = region or read_region()
    shapes = drawable(outline.frame, region)
    points, lines, owners = _parts(shapes)
    kept, shift_m = _lighten(lines, places, budget)
    features: dict[int, dict[str, Any]] = {}
    for name, parts, whose in (("lines", kept, owners[0]), ("at", points, owners[1])):
        for part, owner in zip(in_degrees(parts, region), whose, strict=True):
            feature = features.setdefault(int(owner), {"key": _key(outline, int(owner))})
            feature.setdefault(name, []).append(write_steps(part, FINE))
    return {
        "layer": outline.layer,
        "title": outline.title,
        "backdrop": outline.backdrop,
        "areal": bool((shapely.get_dimensions(shapes) == 2).any()),
        "features": list(features.values()),
        "labels": _labels(outline, shapes, region),
        "shift_m": shift_m,
        "undrawn": int(shapely.is_missing(shapes).sum()),
    }


def _key(outline: Outline, row: int) -> str:
    return str(outline.keys[row]) if len(outline.keys) else ""


def _parts(shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Points and lines (rings too) of the shapes, and the rows that each belongs to."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    parts, inner = shapely.get_parts(parts, return_index=True)
    owner, size = owner[inner], shapely.get_dimensions(parts)
    rings, polygon = shapely.get_rings(parts[size == 2], return_index=True)
    lines = np.concatenate([rings, parts[size == 1]])
    whose = np.concatenate([owner[size == 2][polygon], owner[size == 1]])
    return parts[size == 0], lines, (whose, owner[size == 0])


def _lighten(lines: np.ndarray, places: np.ndarray, budget: int) -> tuple[np.ndarray, float]:
    """The lines with no more vertices than a page can draw, and the tolerance (m) it took."""
    if not len(lines):
        return lines, 0.0
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    corners = _as_numbers(xy)
    kept: np.ndarray = np.ones(len(xy), dtype=bool)
    tolerance = 0.0
    for tolerance in _TOLERANCES_M:
        if tolerance:
            light = shapely.simplify(lines, tolerance, preserve_topology=False)
            # a corner that two borders share stays in both, or goes from both
            kept = np.isin(corners, _as_numbers(shapely.get_coordinates(light)))
        if kept.sum() <= budget:
            break
    ends = np.r_[True, owner[1:] != owner[:-1]] | np.r_[owner[1:] != owner[:-1], True]
    kept |= ends
    for reach in _NEAR_M if tolerance else ():
        near = _near(xy, places, reach)
        if (near & ~kept).sum() <= budget:
            kept |= near
            break
    return shapely.linestrings(xy[kept], indices=owner[kept]), tolerance


def _near(xy: np.ndarray, places: np.ndarray, reach: float) -> np.ndarray:
    """Which corners lie in the cell of a place or in one beside it, cells `reach` metres wide."""
    if not len(places):
        return np.zeros(len(xy), dtype=bool)
    cells = np.unique(np.floor(places / reach), axis=0)
    around = np.array([(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)])
    taken = (cells[:, None, :] + around).reshape(-1, 2)
    return np.isin(_as_numbers(np.floor(xy / reach)), _as_numbers(taken))


def _as_numbers(xy: np.ndarray) -> np.ndarray:
    """Pairs (n, 2) as complex numbers (n,), bits unchanged, to be compared as one."""
    return np.ascontiguousarray(xy).view(complex)[:, 0]


def _labels(outline: Outline, shapes: Shapes, region: Region) -> list[list[Any]]:
    """Names and where they stand (degrees); none where they would only hide the map."""
    rows = np.flatnonzero(~shapely.is_missing(shapes)) if len(outline.names) else np.array([], int)
    rows = rows[[bool(outline.names[row]) for row in rows]] if len(rows) else rows
    if not 0 < len(rows) <= _LABELS:
        return []
    at = in_degrees(shapely.point_on_surface(shapely.make_valid(shapes[rows])), region)
    xy = np.column_stack([shapely.get_x(at), shapely.get_y(at)]).round(5)
    told = zip(rows[np.isfinite(xy).all(axis=1)], xy[np.isfinite(xy).all(axis=1)], strict=True)
    return [[str(outline.names[row]), float(x), float(y)] for row, (x, y) in told]


# Issues as their page holds them: texts, places, shapes, and what they are seen against.

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
    outlines: Sequence[Outline],
    profile: Profile | None,
    region: Region,
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
    region
        Whose plan was checked.
    """
    issues = placed_issues(issues, region)
    records, todos = _records(issues, lang, profile, region)
    places = places_of(issues)
    drawn = [
        write_outline(outline, places, budget=budget, region=region)
        for outline, budget in zip(outlines, share_budget(outlines), strict=True)
    ]
    return {
        "grid": FINE,
        "decimal": format_number(0, 1, lang)[1],
        "issues": records,
        "todos": todos,
        "codes": _titles(issues, lang, region),
        "layers": _layers(issues, outlines, lang, region),
        "severities": {name: spoken("severity", name, lang, region=region) for name in SEVERITIES},
        "counts": count_issues(issues),
        "outlines": drawn,
        "bounds": first_look(
            places, [(outline.frame, outline.backdrop) for outline in outlines], region
        ),
        "words": {name: _word(code, lang) for name, code in _WORDS.items()},
    }


def _word(code: str, lang: str) -> str:
    """A text of the page, with the placeholders that its script fills."""
    left = {value: f"{{{value}}}" for value in ("shown", "total", "count")}
    return say(code, lang, **left)


def _records(
    issues: Sequence[Issue], lang: str, profile: Profile | None, region: Region
) -> tuple[list[dict[str, Any]], list[str]]:
    """One an issue; what to do is told by number, since many issues share it."""
    todos: dict[str, int] = {}
    records = []
    frame, rules = issues_frame(issues, lang, region=region), read_rules(region=region)
    shapes = in_degrees(lighter(issue.shape for issue in issues), region)
    usuals = usual_severities(issues, region=region)
    rows = zip(frame.itertuples(index=False), issues, shapes, usuals, strict=True)
    for row, issue, shape, usual in rows:
        record = {
            "severity": row.severity,
            "code": row.code,
            "layer": row.layer,
            "key": row.key,
            "message": row.message,
            "todo": todos.setdefault(row.todo, len(todos)),
            "name": str(issue.values.get("name", "")),
            "keys": _keys(issue),
            "whole": rules[issue.code]["group"] in _WHOLE,
        }
        if np.isfinite([row.lon, row.lat, row.easting, row.northing]).all():
            metres = [format_number(value, 2, lang) for value in (row.easting, row.northing)]
            record |= {"at": [round(row.lon, 7), round(row.lat, 7)], "metres": metres}
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


def _titles(issues: Sequence[Issue], lang: str, region: Region) -> dict[str, str]:
    """Titles of the codes found, in the order of the register."""
    first = {issue.code: issue for issue in reversed(issues)}
    told = [code for code in read_rules(region=region) if code in first]
    return {code: describe_issue(first[code], lang, region=region)["title"] for code in told}


def _layers(
    issues: Sequence[Issue], outlines: Sequence[Outline], lang: str, region: Region
) -> Mapping[str, str]:
    """Titles of the layers spoken of; a list that shares out the communes by its own text."""
    titles = {name: layer.title[lang] for name, layer in read_catalogue(region).items()}
    titles |= {outline.layer: outline.title for outline in outlines}
    names = dict.fromkeys(issue.layer for issue in issues)
    return {name: titles.get(name) or table_title(name, lang, region=region) for name in names}


# Issues on a map: one page that needs no other file, or a part of another page.

ISSUE_PAGE = "issues.html"
ISSUE_SCRIPTS = ("leaflet.js", "feature.js", "issue_map.js", "issue_list.js")
ISSUE_STYLES = ("leaflet.css", "issue.css")


def draw_issues(
    issues: Sequence[Issue],
    *,
    lang: str,
    title: str,
    subtitle: str = "",
    badges: Sequence[str] = (),
    outlines: Sequence[Outline] = (),
    profile: Profile | None = None,
    region: Region | None = None,
) -> str:
    """Draw issues as one page: a list that can be filtered, and a map that zooms to each.

    The page holds all it needs and may load nothing: its own policy forbids
    it. Nothing that comes from data is ever read as HTML or script. The same
    arguments give the same text.

    Parameters
    ----------
    issues
        Numbered from 1 in this order, as `write_issues` numbers them.
    lang
        "vi" or "en".
    title, subtitle, badges
        Head of the page; badges are warnings that must not be missed.
    outlines
        What the issues are seen against, bottom first: the province and its
        communes, the features themselves.
    profile
        The profile that set the severities: named, its changes counted, its
        reasons told.
    region
        Whose plan was checked; the one that travels with lsgis when None.
    """
    region = region or read_region()
    house = open_templates("lsgis.webmap", lang, region)
    return house.get_template("issue_page.html").render(
        lang=lang,
        title=title,
        subtitle=subtitle,
        badges=badges,
        section=draw_issue_section(
            issues, lang=lang, outlines=outlines, profile=profile, region=region
        ),
        scripts=[Markup(_script(name)) for name in ISSUE_SCRIPTS],
        styles=[Markup(_style(name)) for name in ISSUE_STYLES],
        no_script=say("webmap.issue-no-script", lang),
        licence=Markup(read_asset("leaflet-license.txt").replace("--", "- -")),
    )


def draw_issue_section(
    issues: Sequence[Issue],
    *,
    lang: str,
    outlines: Sequence[Outline] = (),
    profile: Profile | None = None,
    region: Region | None = None,
) -> Markup:
    """The list and the map alone, for a page that brings ISSUE_STYLES and ISSUE_SCRIPTS before."""
    region = region or read_region()
    content = issue_content(issues, lang, outlines=outlines, profile=profile, region=region)
    judged = _judged(issues, profile, lang, region)
    values: dict[str, Any] = {
        "content": Markup(to_script(content)),
        "counts": content["counts"],
        "judged": judged,
        "severities": SEVERITIES,
        "codes": content["codes"],
        "layers": content["layers"],
        "by_code": _count(issues, "code"),
        "by_layer": _count(issues, "layer"),
        "total": len(issues),
        "notes": _notes(content, lang),
        "severity_said": lambda name: spoken("severity", name, lang, region=region),
    }
    house = open_templates("lsgis.webmap", lang, region)
    return Markup(house.get_template("issue_section.html").render(values))


def write_issue_page(issues: Sequence[Issue], folder: str | Path, **options: Any) -> Path:
    """Write `issues.html` into a folder, made when missing; options are those of `draw_issues`.

    Raises
    ------
    OutputError
        It cannot be written there.
    """
    path = Path(folder) / ISSUE_PAGE
    page = draw_issues(issues, **options)
    with disk.whole_set(path.parent, code="check.not-written", parents=True) as aside:
        (aside / ISSUE_PAGE).write_text(page, encoding="utf-8", newline="\n")
    return path


def _judged(issues: Sequence[Issue], profile: Profile | None, lang: str, region: Region) -> str:
    if profile is None:
        return ""
    changed = count_changed(issues, region=region)
    return say("check.profile-used", lang, name=profile.name, changed=changed, total=len(issues))


def _count(issues: Sequence[Issue], what: str) -> dict[str, int]:
    found = [getattr(issue, what) for issue in issues]
    return {value: found.count(value) for value in dict.fromkeys(found)}


def _notes(content: dict[str, Any], lang: str) -> list[str]:
    """What the reader must know of the lines: how exact they are, and what is not drawn."""
    shift = max([outline["shift_m"] for outline in content["outlines"]], default=0)
    undrawn = sum(outline["undrawn"] for outline in content["outlines"])
    notes = [say("webmap.issue-shift", lang, metres=f"{shift:g}")] if shift else []
    return notes + ([say("webmap.issue-undrawn", lang, count=undrawn)] if undrawn else [])


def _script(name: str) -> str:
    """A script as it may stand in a page: closing tags broken up, no way to a file beside it."""
    text = re.sub(r"(?m)^//# sourceMappingURL=.*$", "", read_asset(name))
    return text.replace("</script", "<\\/script")


def _style(name: str) -> str:
    """A style sheet without the pictures it would ask for; the page uses none of them."""
    return re.sub(r"url\([^)]*\)", "none", read_asset(name)).replace("</style", "")
