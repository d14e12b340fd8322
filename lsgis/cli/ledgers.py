"""Commands that hold things against the Decision: a plan's ledger, and tables of old communes."""

from pathlib import Path

import click

from lsgis.cli import options as opt
from lsgis.cli.output import print_json, print_rows, write_features
from lsgis.cli.plans import notes, provenance


@click.command("check-plan")
@click.option("--accepted", type=click.Path(path_type=Path), metavar="FILE",
              help="Rows you accept, with reasons (JSON or CSV); they stay visible.")  # fmt: skip
@click.option("--all", "everything", is_flag=True, help="Every row, not only the open ones.")
@opt.options(opt.communes, opt.plan, opt.crs, opt.cache, opt.out, opt.force, opt.lang, opt.as_json)
def check_plan(
    accepted, everything, communes, plan, crs, cache, out, force, lang, as_json
) -> None:
    """The Decision as a ledger: expected, declared, located, missing, extra, contradicted.

    Exit code 1 while a row is open: neither fulfilled nor accepted with a reason.

    Example: lsgis check-plan --plan my_layers --out ledger.csv
    """
    from lsgis import ledger, source

    whole = source.read_plan(communes=communes, plan=plan, crs=crs, cache=cache, progress=opt.bar)
    told = ledger.read_accepted(accepted) if accepted else ()
    rows = ledger.check_plan(whole, accepted=told)
    still_open = ledger.open_rows(rows)
    if out is not None:
        write_features(rows, out, force=force)
    if as_json:
        print_json(rows, sources=provenance(whole), schematic=source.is_schematic(whole))
    else:
        shown = (rows if everything else still_open).rename(columns={f"name_{lang}": "name"})
        columns = ["row_id", "name", "commune", "expected", "found", "status", "clause", "accepted"]
        print_rows(shown[columns], lang=lang, notes=notes(whole, lang))
    raise SystemExit(1 if len(still_open) else 0)


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
