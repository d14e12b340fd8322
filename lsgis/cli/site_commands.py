"""Commands about project sites: check one, check many, compute a dossier again."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lsgis.cli import options as opt
from lsgis.cli.usage import NUMBER, argument, command, option
from lsgis.text import say

if TYPE_CHECKING:
    from lsgis.region import Region
    from lsgis.sitecheck import SiteReport

_MOST_TOLD, _LONGEST = 20, 120  # differences told, and letters of one


@command("check-site")
@argument("site", "help.m-site")
@opt.grouped(
    reading=opt.SiteOptions,
    evidence=opt.EvidenceOptions,
    dossier=opt.DossierOptions,
    question=opt.QuestionOptions,
    plan=opt.IndexOptions,
    output=opt.OutputOptions,
)
def check_site(
    site: str,
    reading: opt.SiteOptions,
    evidence: opt.EvidenceOptions,
    dossier: opt.DossierOptions,
    question: opt.QuestionOptions,
    plan: opt.IndexOptions,
    output: opt.OutputOptions,
) -> None:
    """Read a site, check it, write its dossier; exit code 0 only when all is clear."""
    from lsgis import sitecheck

    office = dossier.signed()
    asked, index = reading.read(site, plan.about()), plan.index()
    asked = sitecheck.compare_place(
        asked,
        index,
        commune=evidence.declared_commune or "",
        assumed_accuracy_m=question.assumed_accuracy_m,
    )
    terrain = sitecheck.describe_terrain(asked, evidence.dem) if evidence.dem else None
    disputes = sitecheck.read_disputes(evidence.disputes) if evidence.disputes else ()
    report = sitecheck.check_site(
        asked, index, **question.asked(), terrain=terrain, disputes=disputes
    )
    if dossier.out is not None:
        dossier.write(index, output.lang, office, report, dossier.out)
    if output.as_json:
        click.echo(sitecheck.to_json(report), nl=False)
    else:
        _tell(report, output.lang, dossier.out, index.region)
    states, outside = (verdict.state for verdict in report.themes), report.context.outside_share
    clear = sitecheck.is_clear(states, report.site.log, outside_share=outside)
    raise SystemExit(0 if clear else 1)


@command("check-sites")
@argument("table", "help.m-table", type=opt.PATH)
@option("--out", type=opt.PATH, required=True, metavar="help.m-folder", help="help.out-verdicts")
@option("--accuracy", "accuracy_m", type=NUMBER, metavar="M", help="help.accuracy-of-rows")
@option("--dossiers", is_flag=True, help="help.dossiers")
@opt.CLOSED_LINES
@opt.LAYER
@opt.CRS
@opt.grouped(
    formats=opt.FormatOptions,
    question=opt.QuestionOptions,
    plan=opt.IndexOptions,
    output=opt.OutputOptions,
)
def check_sites(
    table: Path,
    out: Path,
    accuracy_m: float | None,
    dossiers: bool,
    kind: str | None,
    layer: str | None,
    crs: str | None,
    formats: opt.FormatOptions,
    question: opt.QuestionOptions,
    plan: opt.IndexOptions,
    output: opt.OutputOptions,
) -> None:
    """Check the sites of a table; exit code 0 only when each is clear."""
    from lsgis import sitecheck

    office = formats.signed()
    form = {"formats": formats.formats, "lang": output.lang, "office": office and asdict(office)}
    index = plan.index()
    made = sitecheck.check_sites(
        table,
        index,
        out=out,
        **question.asked(),
        crs=crs,
        accuracy_m=accuracy_m,
        kind=kind,
        layer=layer,
        lang=output.lang,
        progress=opt.bar,
        dossiers=partial(formats.write, index, output.lang, office) if dossiers else None,
        form=form,
    )
    counts = {"checked": made.checked, "failed": made.failed, "resumed": made.resumed}
    files = [str(path) for path in made.files]
    if output.as_json:
        click.echo(json.dumps({**counts, "files": files, "rows": made.rows}, ensure_ascii=False))
    else:
        click.echo(say("cli.sites", output.lang, **counts, files=", ".join(files)))
        if cautious := sum(bool(row["cautions_vi"]) for row in made.rows):
            click.echo(say("cli.sites-cautious", output.lang, count=cautious))
    raise SystemExit(0 if made.rows and all(row["clear"] for row in made.rows) else 1)


@command("verify")
@argument("dossier", "help.m-dossier", type=opt.PATH)
@opt.grouped(plan=opt.IndexAloneOptions, output=opt.OutputOptions)
def verify(dossier: Path, plan: opt.IndexAloneOptions, output: opt.OutputOptions) -> None:
    """Compute a dossier again; exit code 1 when it differs."""
    from lsgis import sitecheck

    found = sitecheck.verify(dossier, plan.index())
    if output.as_json:
        rows = [asdict(row) for row in found]
        click.echo(json.dumps({"same": not found, "differences": rows}, ensure_ascii=False))
    elif found:
        click.echo(say("cli.differs", output.lang, count=len(found)))
        for row in found[:_MOST_TOLD]:
            click.echo(f"  {row.pointer}: {_short(row.dossier)} → {_short(row.found)}")
        click.echo(say("cli.differs-why", output.lang))
    else:
        click.echo(say("cli.same", output.lang))
    raise SystemExit(1 if found else 0)


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _tell(report: SiteReport, lang: str, out: Path | None, region: Region) -> None:
    """The headline with its cautions, one line a layer, and where the dossier lies."""
    from lsgis.report.summary import make_summary
    from lsgis.report.wording import STATE, plain, word
    from lsgis.report.words import format_number
    from lsgis.sitecheck.record import WORST_FIRST

    summary = make_summary(report, lang, region=region)
    for row in report.validity:
        if not row.valid:
            click.echo(f"! {row.text_vi if lang == 'vi' else row.text_en}")
    click.echo(summary.headline)
    for caution in summary.cautions:
        click.echo(f"! {plain(caution, lang)}")
    click.echo()
    for verdict in sorted(report.themes, key=lambda verdict: WORST_FIRST.index(verdict.state)):
        state = word(STATE, verdict.state, lang)
        area = verdict.area_m2
        figure = f"  {format_number(area, 1, lang)} m²" if area else ""
        count = f"  ({verdict.located}/{_number(verdict.expected)})"
        title = verdict.title.vi if lang == "vi" else verdict.title.en
        click.echo(f"{state:<28} {title}{count}{figure}")
    click.echo(f"\nid {report.id[:16]}  {report.on}" + (f"  {out}" if out else ""))


def _number(value: int | None) -> str:
    return "?" if value is None else str(value)
