"""Commands about project sites: check one, check many, compute a dossier again."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lsgis.cli import options as opt
from lsgis.cli.usage import NUMBER, argument, command, option
from lsgis.text import say

if TYPE_CHECKING:
    from lsgis.region import Region
    from lsgis.report import Remade
    from lsgis.sitecheck import Difference, SiteReport
    from lsgis.sitecheck.index import CheckIndex

_MOST_TOLD, _LONGEST = 20, 120  # differences of a kind told, and letters of one
_SAME_ANSWER = 3  # exit code of verify: not every byte is the same, but every answer
_FILE = {  # of a file of a dossier: was it listed, is it there
    (True, True): "cli.file-changed",
    (True, False): "cli.file-missing",
    (False, True): "cli.file-added",
    (False, False): "cli.file-unlisted",
}


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

    office = dossier.signed(wanted=dossier.out is not None)
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
        _write_dossier(partial(dossier.write, index, output.lang, office, report), dossier.out)
    if output.as_json:
        click.echo(sitecheck.to_json(report), nl=False)
    else:
        _tell(report, output.lang, dossier.out, index.region)
    states, outside = (verdict.state for verdict in report.themes), report.context.outside_share
    clear = sitecheck.is_clear(states, report.site.log, outside_share=outside)
    raise SystemExit(0 if clear else 1)


def _write_dossier(write: Callable[[Path], None], out: Path) -> None:
    """Write a dossier, sheltered where memory is short; of half a one nothing is left behind."""
    from lsgis import disk
    from lsgis.sitecheck.batch_process import do_safely

    try:
        do_safely(partial(write, out))
    except Exception:
        for place in (out.parent, out):
            disk.sweep(place)
        raise


@command("check-sites")
@argument("table", "help.m-table", type=opt.PATH)
@option("--out", type=opt.PATH, required=True, metavar="help.m-folder", help="help.out-verdicts")
@option("--accuracy", "accuracy_m", type=NUMBER, metavar="M", help="help.accuracy-of-rows")
@option("--dossiers", is_flag=True, help="help.dossiers")
@option(
    "--time-limit",
    "time_limit_s",
    type=NUMBER,
    default=600.0,
    said_default=True,
    metavar="S",
    help="help.time-limit",
)
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
    time_limit_s: float,
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

    office = formats.signed(wanted=dossiers)
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
        time_limit_s=time_limit_s,
    )
    counts = {"checked": made.checked, "failed": made.failed, "resumed": made.resumed}
    files = [str(path) for path in made.files]
    if output.as_json:
        click.echo(json.dumps({**counts, "files": files, "rows": made.rows}, ensure_ascii=False))
    else:
        click.echo(say("cli.sites", output.lang, **counts, files=", ".join(files)))
        if cautious := sum(bool(row["cautions_vi"]) for row in made.rows):
            click.echo(say("cli.sites-cautious", output.lang, count=cautious))
        _tell_own(made.rows, index, question, output.lang)
    raise SystemExit(0 if made.rows and all(row["clear"] for row in made.rows) else 1)


def _tell_own(
    rows: Sequence[Mapping[str, Any]], index: CheckIndex, question: opt.QuestionOptions, lang: str
) -> None:
    """How many sites have a state that a minimum or a word of whoever asked decides."""
    from lsgis.sitecheck.batch_summary import tell_own_minima

    asked = question.asked()
    if changed := sum(bool(row["unset"]) for row in rows):
        minima = tell_own_minima(index, {2: asked["min_area_m2"], 1: asked["min_length_m"]}, lang)
        click.echo(say("cli.sites-changed", lang, count=changed, minima=minima))
    if on_word := sum(bool(row["vouched"]) for row in rows):
        named = dict.fromkeys(name for row in rows for name in row["vouched"])
        layers = ", ".join(index.layers[name]["title"][lang] for name in named)
        click.echo(say("cli.sites-word", lang, count=on_word, layers=layers))


@command("verify")
@argument("dossier", "help.m-dossier", type=opt.PATH)
@option("--office", type=opt.PATH, metavar="help.m-file", help="help.office")
@option("--deep", is_flag=True, help="help.deep")
@opt.grouped(plan=opt.IndexAloneOptions, output=opt.OutputOptions)
def verify(
    dossier: Path,
    office: Path | None,
    deep: bool,
    plan: opt.IndexAloneOptions,
    output: opt.OutputOptions,
) -> None:
    """Check a dossier's files and compute it again; what differs decides the exit code."""
    from lsgis import report, sitecheck

    signed = None if office is None else report.read_office(office)
    index = plan.index()
    found = sitecheck.verify(dossier, index)
    file, listed = sitecheck.find_report(dossier)
    differs = {row.pointer for row in found}
    only = tuple(name for name in listed if name not in (*differs, file.name))
    remade = report.Remade(only_listed=only)
    if only and file.name not in differs and all(row.kind == "file" for row in found):
        formats = [name for name in report.FORMATS if deep or name != "pdf"]
        remade = report.make_again(file, index, formats=formats, office=signed)
    every = [*found, *remade.differences]
    decides = any(row.decides for row in every)
    if output.as_json:
        told = {
            "same": not every,
            "same_answer": not decides,
            "differences": [asdict(row) for row in every],
            "made_again": remade.same,
            "only_listed": remade.only_listed,
        }
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        titles = {name: card["title"][output.lang] for name, card in index.layers.items()}
        _tell_differences(found, remade, titles, output.lang)
    raise SystemExit(1 if decides else _SAME_ANSWER if every else 0)


def _tell_differences(
    checked: Sequence[Difference], remade: Remade, titles: Mapping[str, str], lang: str
) -> None:
    """What it comes to, then the differences by kind, changed states first."""
    found = [*checked, *remade.differences]
    decides = any(row.decides for row in found)
    unlisted = any(_is_unlisted(row) for row in found)
    code = "cli.same-answer" if found else "cli.same"
    code = "cli.same-but-files" if remade.differences else code
    code = "cli.answer-alone" if unlisted else code
    click.echo(say("cli.differs" if decides else code, lang))
    made = {"cli.same-made": remade.same, "cli.same-listed": remade.only_listed}
    for code, names in made.items():
        if names:
            click.echo(say(code, lang, names=", ".join(names)))
    if remade.same and any(name.endswith(".docx") for name in remade.only_listed):
        click.echo(say("cli.same-letter", lang))
    parts = {
        say("cli.differs-state", lang): [row for row in found if row.kind == "state"],
        say("cli.differs-figure", lang): [row for row in found if row.kind == "figure"],
        say("cli.differs-file", lang): [row for row in found if row.kind == "file"],
        say("cli.differs-other", lang): [
            row for row in found if row.decides and row.kind == "other"
        ],
        say("cli.differs-nothing", lang): [
            row for row in found if not row.decides and row.kind != "file"
        ],
    }
    for title, rows in parts.items():
        if rows:
            click.echo(title)
        for row in rows[:_MOST_TOLD]:
            given = row in remade.differences
            code = "cli.file-not-given" if given else "cli.file-unchecked" if unlisted else ""
            click.echo(f"  {_difference(row, titles, lang, code)}")
        if len(rows) > _MOST_TOLD:
            click.echo("  " + say("cli.differs-more", lang, count=len(rows) - _MOST_TOLD))
    if any(row.kind != "file" and row.pointer and row.decides for row in found):
        click.echo(say("cli.differs-why", lang))


def _is_unlisted(row: Difference) -> bool:
    """Whether a difference says that a dossier has no list of its files."""
    return row.kind == "file" and row.dossier is None and row.found is None


def _difference(row: Difference, titles: Mapping[str, str], lang: str, code: str) -> str:
    """One difference: a state in words under its layer's title, a file by its name.

    `code` is what there is to say of a file other than that it changed since it was listed.
    """
    if row.kind == "file":
        there = row.dossier is not None, row.found is not None
        return say(code if code and there[1] else _FILE[there], lang, name=row.pointer)
    if not row.pointer:
        return say("cli.answer-not-again", lang, reason=row.found[lang])
    if row.kind == "state":
        states = " → ".join(_state(each, lang) for each in (row.dossier, row.found))
        place = "" if row.pointer.count("/") < 4 else f" {row.pointer}"
        return f"{titles.get(row.layer, row.layer)}{place}: {states}"
    return f"{row.pointer}: {_short(row.dossier)} → {_short(row.found)}"


def _state(told: Any, lang: str) -> str:
    """A state, or that of a verdict or finding that only one of two reports has."""
    from lsgis.report.wording import STATE, word

    state = told.get("state") if isinstance(told, Mapping) else told
    return word(STATE, state, lang) or say("cli.differs-none", lang)


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _tell(report: SiteReport, lang: str, out: Path | None, region: Region) -> None:
    """The headline with its cautions, one line a layer, and where the dossier lies."""
    from lsgis.report.findings import by_severity, tell_notes, tell_overlap, tell_rest
    from lsgis.report.summary import make_summary
    from lsgis.report.wording import STATE, plain, word

    summary = make_summary(report, lang, region=region)
    for row in report.validity:
        if not row.valid:
            click.echo(f"! {row.text_vi if lang == 'vi' else row.text_en}")
    click.echo(summary.headline)
    for caution in summary.cautions:
        click.echo(f"! {plain(caution, lang)}")
    click.echo()
    for number, verdict in by_severity(report):
        state = word(STATE, verdict.state, lang)
        overlap, rest = tell_overlap(report, number, lang), tell_rest(report, number, lang)
        more = f"  {overlap}" if overlap else ""
        more += "".join(f"  – {plain(told, lang)}" for told in rest)
        count = f"  ({verdict.located}/{_number(verdict.expected)})"
        title = verdict.title.vi if lang == "vi" else verdict.title.en
        click.echo(f"{state:<28} {title}{count}{more}")
    for note in tell_notes(report, lang):
        click.echo(f"! {plain(note, lang)}")
    click.echo(f"\nid {report.id[:16]}  {report.on}" + (f"  {out}" if out else ""))


def _number(value: int | None) -> str:
    return "?" if value is None else str(value)
