"""Commands about the plan as a whole: its layers, its ledger against the Decision, its site."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lsgis import disk
from lsgis.cli import options as opt
from lsgis.cli import output as printed
from lsgis.cli.usage import argument, command, option
from lsgis.text import say

if TYPE_CHECKING:
    import pandas as pd

    from lsgis.check import Issue, Profile
    from lsgis.source import Plan

_ISSUE = ("code", "severity", "layer", "message", "todo")  # of what layer files leave open


@command("list-layers")
@opt.grouped(plan=opt.PlanAloneOptions, output=opt.OutputOptions)
def list_layers(plan: opt.PlanAloneOptions, output: opt.OutputOptions) -> None:
    """Every layer the Decision draws."""
    from lsgis import check, source

    whole = plan.read()
    rows, left_open = source.list_layers(whole), check.check_catalogue(plan.about())
    if output.as_json:
        table = check.issues_frame(left_open, output.lang, region=plan.about())
        more = {"issues": table[list(_ISSUE)].to_dict("records")} if left_open else {}
        printed.print_json(rows, **printed.provenance(whole), **more)
        return
    shown = rows[rows["by"] == "total"]
    columns = ["layer", "expected", "listed", "located", "quality", "accuracy_m", "clause"]
    notes = printed.notes(whole, output.lang)
    printed.print_rows(shown[columns], lang=output.lang, notes=notes, region=whole.region)
    printed.print_each(left_open, output.lang, plan.about())


@command("publish")
@argument("out", "help.m-folder-out", type=opt.PATH)
@option("--online-basemap", is_flag=True, help="help.online-basemap")
@opt.grouped(plan=opt.IndexAloneOptions, output=opt.OutputOptions)
def publish(
    out: Path, online_basemap: bool, plan: opt.IndexAloneOptions, output: opt.OutputOptions
) -> None:
    """Make a site folder; exit code 1 when an error or a warning was found."""
    from lsgis import publication

    summary = publication.publish(
        out,
        **plan.given(),
        lang=output.lang,
        online_basemap=online_basemap,
        progress=opt.bar,
    )
    if output.as_json:
        told = {name: summary.attrs[name] for name in ("kept", "left")}
        printed.print_json(summary, out=str(out), **told)
    else:
        notes = {say("cli.site", output.lang): str(out / "index.html")}
        if kept := summary.attrs["kept"]:
            notes[say("cli.kept", output.lang)] = ", ".join(kept)
        if left := summary.attrs["left"]:
            notes[say("cli.left", output.lang)] = ", ".join(left)
        printed.print_rows(summary, lang=output.lang, notes=notes, region=plan.about())
    found = summary.loc[summary["severity"].isin(["error", "warning"]), "count"].sum()
    raise SystemExit(1 if found else 0)


@command("check-plan")
@option("--accepted", type=opt.PATH, metavar="help.m-file", help="help.accepted")
@option("--all", "everything", is_flag=True, help="help.all")
@opt.grouped(
    judgement=opt.JudgementOptions,
    plan=opt.PlanAloneOptions,
    file=opt.FileOptions,
    output=opt.OutputOptions,
)
def check_plan(
    accepted: Path | None,
    everything: bool,
    judgement: opt.JudgementOptions,
    plan: opt.PlanAloneOptions,
    file: opt.FileOptions,
    output: opt.OutputOptions,
) -> None:
    """Hold the plan against the Decision; exit code 1 while a row is open.

    Asked to judge, it checks every layer, too; else the layers are only held
    against each other.
    """
    from lsgis import check, ledger, publication

    region, whole = plan.about(), plan.read()
    profile = judgement.read(region)
    rows = ledger.check_plan(whole, accepted=ledger.read_accepted(accepted) if accepted else ())
    still_open = ledger.open_rows(rows)
    issues: list[Issue] = []
    if judgement.asked():
        issues = check.apply_profile(publication.check_everything(whole), profile)
    with disk.together():
        if file.out is not None:
            printed.write_features(rows, file.out, target=file, lang=output.lang, region=region)
        if judgement.issues is not None:
            _write_found(issues, judgement.issues, whole, profile, output.lang)
    between = []
    if not judgement.asked():
        between = check.check_between(whole.layers, region=region)
        between += check.check_catalogue(region)
    if output.as_json:
        more = printed.tell_judgement(issues, profile, region) if judgement.asked() else {}
        if between:
            told = check.issues_frame(between, output.lang, region=region).drop(columns="geometry")
            more["between"] = json.loads(told.to_json(orient="records"))
        printed.print_json(rows, **printed.provenance(whole), **more)
    else:
        _print_ledger(rows if everything else still_open, whole, output.lang)
        if not judgement.asked():
            click.echo(say("cli.between", output.lang))
        printed.print_issues(issues or between, output.lang, profile, region)
    raise SystemExit(1 if len(still_open) or printed.asks_for_action(issues) else 0)


def _print_ledger(rows: pd.DataFrame, plan: Plan, lang: str) -> None:
    shown = rows.rename(columns={f"name_{lang}": "name"})
    columns = ["row_id", "name", "commune", "expected", "found", "status", "clause", "accepted"]
    notes = printed.notes(plan, lang)
    printed.print_rows(shown[columns], lang=lang, notes=notes, region=plan.region)


def _write_found(
    issues: list[Issue], folder: Path, plan: Plan, profile: Profile, lang: str
) -> None:
    """The issues of every layer of a plan, with the map below them."""
    from lsgis import webmap

    named = {issue.layer for issue in issues}
    layers = {name: frame for name, frame in plan.layers.items() if name in named}
    printed.write_found(
        issues,
        folder,
        lang,
        profile,
        plan.region,
        title=say("webmap.issue-title-plan", lang),
        badges=printed.badges(plan, lang),
        outlines=webmap.outlines_of(plan.layers, layers, lang, region=plan.region),
    )
