"""Issues on a map: one page that needs no other file, or a part of another page."""

import re
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from lsgis import disk
from lsgis.check import SEVERITIES, Issue, Profile, count_changed
from lsgis.report import spoken
from lsgis.text import say
from lsgis.webmap.asset import read_asset
from lsgis.webmap.element import to_script
from lsgis.webmap.issue_content import issue_content
from lsgis.webmap.outline import Outline

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
    """
    return _template("issue_page.html").render(
        lang=lang, title=title, subtitle=subtitle, badges=badges,
        section=draw_issue_section(issues, lang=lang, outlines=outlines, profile=profile),
        scripts=[Markup(_script(name)) for name in ISSUE_SCRIPTS],
        styles=[Markup(_style(name)) for name in ISSUE_STYLES],
        no_script=say("webmap.issue-no-script", lang),
        licence=Markup(read_asset("leaflet-license.txt").replace("--", "- -")),
    )  # fmt: skip


def draw_issue_section(
    issues: Sequence[Issue],
    *,
    lang: str,
    outlines: Sequence[Outline] = (),
    profile: Profile | None = None,
) -> Markup:
    """The list and the map alone, for a page that brings ISSUE_STYLES and ISSUE_SCRIPTS before."""
    content = issue_content(issues, lang, outlines=outlines, profile=profile)
    judged = _judged(issues, profile, lang)
    values: dict[str, Any] = {
        "content": Markup(to_script(content)), "counts": content["counts"], "judged": judged,
        "severities": SEVERITIES, "codes": content["codes"], "layers": content["layers"],
        "by_code": _count(issues, "code"), "by_layer": _count(issues, "layer"),
        "total": len(issues), "notes": _notes(content, lang),
        "say": lambda code, **found: say(code, lang, **found),
        "severity_said": lambda name: spoken("severity", name, lang),
    }  # fmt: skip
    return Markup(_template("issue_section.html").render(values))


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


def _judged(issues: Sequence[Issue], profile: Profile | None, lang: str) -> str:
    if profile is None:
        return ""
    changed = count_changed(issues)
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


@lru_cache(maxsize=4)
def _template(name: str) -> jinja2.Template:
    house = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return house.from_string((files("lsgis.webmap") / name).read_text(encoding="utf-8"))


def _script(name: str) -> str:
    """A script as it may stand in a page: closing tags broken up, no way to a file beside it."""
    text = re.sub(r"(?m)^//# sourceMappingURL=.*$", "", read_asset(name))
    return text.replace("</script", "<\\/script")


def _style(name: str) -> str:
    """A style sheet without the pictures it would ask for; the page uses none of them."""
    return re.sub(r"url\([^)]*\)", "none", read_asset(name)).replace("</style", "")
