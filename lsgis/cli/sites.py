"""Commands about project sites: check one, check many, compute a dossier again."""

import json
from dataclasses import asdict
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lsgis.cli import options as opt

if TYPE_CHECKING:
    from lsgis.sitecheck import SiteReport

ON = click.option(
    "--on", type=click.DateTime(["%Y-%m-%d"]), default=lambda: date.today().isoformat(),
    show_default="today", metavar="DATE", help="Day the report speaks of (YYYY-MM-DD).",
)  # fmt: skip
TYPE = click.option("--type", "type_", metavar="TYPE", help="Project type, such as industrial.")
COMPLETE = click.option(
    "--complete", multiple=True, metavar="LAYER",
    help="A layer you vouch for: what is located is all there is. Recorded in the report.",
)  # fmt: skip
ASSUMED = click.option(
    "--assumed-accuracy", "assumed_accuracy_m", type=float, default=100.0, show_default=True,
    metavar="M", help="Accuracy (m) that stands in where a layer states none.",
)  # fmt: skip
RULE = click.option(
    "--rule", type=click.Choice(["339", "decree_08"]), default="339", show_default=True,
    help="Environmental zones as the Decision lists them, or as Decree 08/2022 reads.",
)  # fmt: skip
FORMATS = click.option(
    "--formats", default="html,pdf,docx,xlsx,json,gpkg,png", show_default=True,
    help="Files of the dossier.",
)  # fmt: skip


@click.command("check-site")
@click.argument("site")
@click.option("--accuracy", "accuracy_m", type=float, metavar="M",
              help="Horizontal accuracy of the site (m, 95 %).")  # fmt: skip
@click.option("--name", default="", help="What to call the site.")
@click.option("--order", type=click.Choice(["northing,easting", "easting,northing"]),
              help="Columns of a corner table; X is north unless you say otherwise.")  # fmt: skip
@click.option("--repair", is_flag=True, help="Mend an invalid outline; the report says how.")
@click.option("--certificate-area", "area_certificate_m2", type=float, metavar="M2",
              help="Area on the land certificate (m²).")  # fmt: skip
@click.option("--parcel", metavar="NAME",
              help="The one parcel to check of a corner table that has several.")  # fmt: skip
@click.option("--declared-commune", metavar="NAME",
              help="Commune the papers name: shows a wrong zone or datum, if it can.")  # fmt: skip
@click.option("--dem", type=click.Path(path_type=Path), help="Elevation raster for slope.")
@click.option("--disputes", type=click.Path(path_type=Path), metavar="FILE",
              help="Findings you dispute, with reasons; both stand in the report.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Write the dossier.")
@opt.options(TYPE, ON, COMPLETE, ASSUMED, RULE, FORMATS, opt.layer, opt.communes, opt.plan, opt.crs,
             opt.cache, opt.lang, opt.as_json)  # fmt: skip
def check_site(
    site, accuracy_m, name, order, repair, area_certificate_m2, parcel, declared_commune, dem,
    disputes, out, type_, on,
    complete, assumed_accuracy_m, rule, formats, layer, communes, plan, crs, cache, lang, as_json,
) -> None:  # fmt: skip
    """Is this site affected by a protection zone? Which, how much, under which clause, how surely?

    SITE is a vector file, a table of corners (CSV, XLSX), "lon,lat" in degrees, or WKT.
    Exit code 0 only when every restricting layer is complete and clear.

    Example: lsgis check-site plot.xlsx --type industrial --out dossier
    """
    from lsgis import sitecheck

    asked = sitecheck.read_site(
        site, crs=crs, accuracy_m=accuracy_m, name=name, layer=layer, order=order, repair=repair,
        area_certificate_m2=area_certificate_m2, parcel=parcel,
    )  # fmt: skip
    index = sitecheck.require_index(communes=communes, plan=plan, rule=rule, crs=crs, cache=cache)
    asked = sitecheck.compare_place(asked, index, commune=declared_commune or "",
                                    assumed_accuracy_m=assumed_accuracy_m)  # fmt: skip
    terrain = sitecheck.describe_terrain(asked, dem) if dem else None
    report = sitecheck.check_site(
        asked, index, on=on.date(), type=type_, complete=complete,
        assumed_accuracy_m=assumed_accuracy_m, terrain=terrain,
        disputes=sitecheck.read_disputes(disputes) if disputes else (),
    )  # fmt: skip
    if out is not None:
        _write(index, formats, lang, report, out)
    if as_json:
        click.echo(sitecheck.to_json(report), nl=False)
    else:
        _tell(report, lang, out)
    clear = all(verdict.state == "not_affected" for verdict in report.themes)
    raise SystemExit(0 if clear else 1)


@click.command("check-sites")
@click.argument("table", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="DIR",
              help="Folder of the verdicts; run again to go on after an interruption.")  # fmt: skip
@click.option("--accuracy", "accuracy_m", type=float, metavar="M",
              help="Accuracy (m, 95 %) of rows that state none.")  # fmt: skip
@click.option("--dossiers", is_flag=True, help="Write a dossier for each site, too.")
@opt.options(TYPE, ON, COMPLETE, ASSUMED, RULE, FORMATS, opt.layer, opt.communes, opt.plan, opt.crs,
             opt.cache, opt.lang, opt.as_json)  # fmt: skip
def check_sites(
    table, out, accuracy_m, dossiers, type_, on, complete, assumed_accuracy_m, rule, formats,
    layer, communes, plan, crs, cache, lang, as_json,
) -> None:  # fmt: skip
    """Check hundreds of sites from a workbook or a vector file: one row of verdicts each.

    A bad row becomes an error row. A column "xã/phường" (or "commune") is the commune the
    papers name. An interrupted run goes on where it stopped. Exit code 0 only when every
    site is clear of every restricting layer.

    Example: lsgis check-sites projects.xlsx --out verdicts
    """
    from lsgis import sitecheck
    from lsgis.text import say

    index = sitecheck.require_index(communes=communes, plan=plan, rule=rule, crs=crs, cache=cache)
    made = sitecheck.check_sites(
        table, index, out=out, on=on.date(), type=type_, crs=crs, accuracy_m=accuracy_m,
        layer=layer, complete=complete, assumed_accuracy_m=assumed_accuracy_m, lang=lang,
        progress=opt.bar, dossiers=partial(_write, index, formats, lang) if dossiers else None,
    )  # fmt: skip
    counts = {"checked": made.checked, "failed": made.failed, "resumed": made.resumed}
    files = [str(path) for path in made.files]
    if as_json:
        click.echo(json.dumps({**counts, "files": files, "rows": made.rows}, ensure_ascii=False))
    else:
        click.echo(say("cli.sites", lang, **counts, files=", ".join(files)))
    raise SystemExit(0 if made.rows and all(_is_clear(row) for row in made.rows) else 1)


@click.command("verify")
@click.argument("dossier", type=click.Path(path_type=Path))
@opt.options(RULE, opt.communes, opt.plan, opt.crs, opt.cache, opt.lang, opt.as_json)
def verify(dossier, rule, communes, plan, crs, cache, lang, as_json) -> None:
    """Compute a dossier again from the plan as it is today; exit code 1 when it differs.

    DOSSIER is its JSON file, or the folder that holds it.

    Example: lsgis verify dossier
    """
    from lsgis import sitecheck
    from lsgis.text import say

    index = sitecheck.require_index(communes=communes, plan=plan, rule=rule, crs=crs, cache=cache)
    found = sitecheck.verify(dossier, index)
    if as_json:
        rows = [asdict(row) for row in found]
        click.echo(json.dumps({"same": not found, "differences": rows}, ensure_ascii=False))
    elif found:
        click.echo(say("cli.differs", lang, count=len(found)))
        for row in found[:20]:
            click.echo(f"  {row.pointer}: {row.dossier} → {row.found}")
    else:
        click.echo(say("cli.same", lang))
    raise SystemExit(1 if found else 0)


def _is_clear(row) -> bool:
    return row.get("error_en") is None and set(row.get("states", {}).values()) == {"not_affected"}


def _write(index, formats: str, lang: str, checked: "SiteReport", out: Path) -> None:
    """Write the dossier of a report, with what lies around the site on its maps."""
    from lsgis import report

    report.write_dossier(
        checked, out, formats=tuple(formats.split(",")), lang=lang,
        shapes=report.shapes_around(index, checked),
    )  # fmt: skip


def _tell(report: "SiteReport", lang: str, out: Path | None) -> None:
    """The summary, one line a layer, and where the dossier lies."""
    from lsgis.report.dossier.summary import make_summary
    from lsgis.report.words import format_number
    from lsgis.sitecheck.verdict.state import WORST_FIRST
    from lsgis.text import say

    summary = make_summary(report.document, lang)
    for row in report.validity:
        if not row.valid:
            click.echo(f"! {row.text_vi if lang == 'vi' else row.text_en}")
    click.echo(f"{summary.headline}\n")
    for verdict in sorted(report.themes, key=lambda verdict: WORST_FIRST.index(verdict.state)):
        state = say(f"dossier.state-{verdict.state}", lang)
        area = verdict.area_m2
        figure = f"  {format_number(area, 1, lang)} m²" if area else ""
        count = f"  ({verdict.located}/{_number(verdict.expected)})"
        title = verdict.title.vi if lang == "vi" else verdict.title.en
        click.echo(f"{state:<28} {title}{count}{figure}")
    click.echo(f"\nid {report.id[:16]}  {report.on}" + (f"  {out}" if out else ""))


def _number(value: int | None) -> str:
    return "?" if value is None else str(value)
