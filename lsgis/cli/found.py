"""Issues on their way out: judged by a profile, printed, and written where they were asked for."""

from pathlib import Path

import click

from lsgis.errors import CatalogueError
from lsgis.text import say

issues = click.option(
    "--issues", "folder", type=click.Path(path_type=Path), metavar="DIR",
    help="Write issues.json, issues.csv, issues.gpkg and issues.html (a map) there.",
)  # fmt: skip
profile = click.option(
    "--profile", "profile_name", metavar="NAME|FILE.csv",
    help="Severities to judge by: default, strict, draft, or your own file; nothing is hidden.",
)  # fmt: skip
strict = click.option(
    "--strict", is_flag=True, help="Judge as a delivery to the province: --profile strict."
)


def read_judgement(profile_name: str | None, strict: bool):
    """The profile asked for; refuse two at once."""
    from lsgis import check

    if strict and profile_name not in (None, "strict"):
        raise CatalogueError("cli.two-profiles", found=profile_name)
    return check.read_profile("strict" if strict else profile_name or "default")


def tell_judgement(found, judged) -> dict[str, object]:
    """Which profile judged the issues, and what it changed; for JSON."""
    from lsgis import check

    return {
        "name": judged.name, "changed": check.count_changed(found), "total": len(found),
        "counts": check.count_issues(found),
    }  # fmt: skip


def write_found(found, folder: Path, lang: str, judged, *, title: str, **page) -> None:
    """The files of `--issues`: three tables and the page with the map."""
    from lsgis import check, webmap

    check.write_issues(found, folder, lang=lang, profile=judged)
    webmap.write_issue_page(found, folder, lang=lang, title=title, profile=judged, **page)


def print_issues(found, lang: str, judged) -> None:
    """Issues one under the other: what, where, what to do; then by which profile."""
    from lsgis import check

    print_each(found, lang)
    if not found:
        click.echo(say("cli.nothing-found", lang))
    told = {"name": judged.name, "changed": check.count_changed(found), "total": len(found)}
    click.echo(say("check.profile-used", lang, **told))


def print_each(found, lang: str) -> None:
    """Issues one under the other: what, where, what to do."""
    from lsgis import check

    rows = check.issues_frame(found, lang)
    for row, issue in zip(rows.itertuples(), found, strict=True):
        place = "" if row.easting != row.easting else f" [{row.easting:.1f}, {row.northing:.1f}]"
        usual = check.usual_severity(issue)
        said = say(f"word.{row.severity}", lang)
        if usual != row.severity:
            said += f" ({say('webmap.issue-usual', lang)}: {say(f'word.{usual}', lang)})"
        click.echo(f"{said} {row.code} {row.key}{place}: {row.message}\n    → {row.todo}")


def asks_for_action(found) -> bool:
    """Whether an issue is an error or a warning; notes ask for nothing."""
    return any(issue.severity != "note" for issue in found)
