"""Commands that hold things against the Decision: a plan's ledger, and tables of old communes."""

import json
from pathlib import Path

import click

from lsgis.cli import found
from lsgis.cli import options as opt
from lsgis.cli.output import print_json, print_rows, write_features
from lsgis.cli.plans import badges, notes, provenance
from lsgis.text import say


@click.command("check-plan")
@click.option("--accepted", type=click.Path(path_type=Path), metavar="FILE",
              help="Rows you accept, with reasons (JSON or CSV); they stay visible.")  # fmt: skip
@click.option("--all", "everything", is_flag=True, help="Every row, not only the open ones.")
@opt.options(found.issues, found.profile, found.strict, opt.communes, opt.plan, opt.crs, opt.cache,
             opt.out, opt.force, opt.lang, opt.as_json)  # fmt: skip
def check_plan(
    accepted, everything, folder, profile_name, strict, communes, plan, crs, cache, out, force,
    lang, as_json,
) -> None:  # fmt: skip
    """The Decision as a ledger: expected, declared, located, missing, extra, contradicted.

    Exit code 1 while a row is open: neither fulfilled nor accepted with a reason.
    With --issues, --profile or --strict every layer is checked too, and an error
    or a warning, as the profile judges it, makes the exit code 1 as well. Without
    them the layers are held against each other only, and that is told below the ledger.

    Example: lsgis check-plan --plan my_layers --out ledger.csv
    """
    from lsgis import check, ledger, source

    judged = found.read_judgement(profile_name, strict)
    whole = source.read_plan(communes=communes, plan=plan, crs=crs, cache=cache, progress=opt.bar)
    told = ledger.read_accepted(accepted) if accepted else ()
    rows = ledger.check_plan(whole, accepted=told)
    still_open = ledger.open_rows(rows)
    if out is not None:
        write_features(rows, out, force=force)
    checked = folder is not None or profile_name is not None or strict
    issues = _check_layers(whole, folder, judged, lang) if checked else []
    between = [] if checked else check.check_between(whole.layers) + check.check_catalogue()
    more = {"profile": found.tell_judgement(issues, judged)} if checked else {}
    if between:
        told_between = check.issues_frame(between, lang).drop(columns="geometry")
        more["between"] = json.loads(told_between.to_json(orient="records"))
    if as_json:
        print_json(rows, sources=provenance(whole), schematic=source.is_schematic(whole), **more)
    else:
        shown = (rows if everything else still_open).rename(columns={f"name_{lang}": "name"})
        columns = ["row_id", "name", "commune", "expected", "found", "status", "clause", "accepted"]
        print_rows(shown[columns], lang=lang, notes=notes(whole, lang))
        if not checked:
            click.echo(say("cli.between", lang))
        found.print_issues(issues if checked else between, lang, judged)
    raise SystemExit(1 if len(still_open) or found.asks_for_action(issues) else 0)


def _check_layers(plan, folder: Path | None, judged, lang: str) -> list:
    """Every layer of a plan checked and judged; written with a map where that was asked for."""
    from lsgis import check, publication, webmap

    issues = check.apply_profile(publication.check_everything(plan), judged)
    if folder is not None:
        named = {issue.layer for issue in issues}
        layers = {name: frame for name, frame in plan.layers.items() if name in named}
        below = webmap.outlines_of(plan.layers, layers, lang)
        found.write_found(issues, folder, lang, judged, title=say("webmap.issue-title-plan", lang),
                          badges=badges(plan, lang), outlines=below)  # fmt: skip
    return issues


@click.command("crosswalk")
@click.argument("table", type=click.Path(path_type=Path))
@click.option("--code", help="Column of old commune codes.")
@click.option("--name", help="Column of old commune names.")
@click.option("--district", help="Column of old districts; tells homonyms apart.")
@click.option("--count", "counts", multiple=True, metavar="COLUMN", help="A column to sum.")
@click.option("--rate", "rates", multiple=True, metavar="COLUMN=WEIGHT",
              help="A column to average, weighted by another.")  # fmt: skip
@click.option("--generation", default="auto", show_default=True, help="auto, 2025, 2024 or 2019.")
@click.option("--shares", type=click.Path(path_type=Path), metavar="FILE",
              help="Stated shares of split units: unit, commune_code, share, source.")  # fmt: skip
@opt.options(opt.out, opt.force, opt.lang, opt.as_json)
def crosswalk(
    table, code, name, district, counts, rates, generation, shares, out, force, lang, as_json
) -> None:
    """Move a table of old communes to the communes of now; totals reconcile to the last unit.

    Exit code 1 when rows were unmatched, or a split unit's share is unknown.

    Example: lsgis crosswalk schools.csv --name xa --district huyen --count pupils
    """
    from lsgis import crosswalk as room
    from lsgis import intake

    moved = room.crosswalk_table(
        intake.read_table(table), code=code, name=name, district=district, counts=counts,
        rates=dict(rate.split("=", 1) for rate in rates), generation=generation,
        shares=intake.read_table(shares) if shares else None,
    )  # fmt: skip
    if out is not None:
        write_features(moved.table, out, force=force)
    if as_json:
        more = {"unmatched": moved.unmatched, "totals": moved.totals}
        print_json(moved.table, **{key: part.to_dict("records") for key, part in more.items()})
    else:
        print_rows(moved.table, lang=lang, notes={})
        print_rows(moved.unmatched, lang=lang, notes={})
        print_rows(moved.totals, lang=lang, notes={})
    unallocated = moved.table["commune_code"].isna() | (moved.table["commune_code"] == "")
    raise SystemExit(1 if len(moved.unmatched) or unallocated.any() else 0)
