"""Commands about the plan as a whole: its layers, its boundaries, its publication."""

from pathlib import Path

import click

from lsgis.cli import options as opt
from lsgis.cli.found import print_each
from lsgis.cli.output import print_json, print_rows

ISSUE = ("code", "severity", "layer", "message", "todo")  # of what layer files leave open


@click.command("list-layers")
@opt.options(opt.communes, opt.plan, opt.crs, opt.cache, opt.lang, opt.as_json)
def list_layers(communes, plan, crs, cache, lang, as_json) -> None:
    """Every layer the Decision draws: expected, listed, located, quality, clause.

    Example: lsgis list-layers --lang en
    """
    from lsgis import check, source

    with_plan = source.read_plan(
        communes=communes, plan=plan, crs=crs, cache=cache, progress=opt.bar
    )
    rows = source.list_layers(with_plan)
    open_files = check.check_catalogue()
    if as_json:
        more = {"issues": check.issues_frame(open_files, lang)} if open_files else {}
        told = {name: table[list(ISSUE)].to_dict("records") for name, table in more.items()}
        print_json(
            rows, sources=provenance(with_plan), schematic=source.is_schematic(with_plan), **told
        )
        return
    shown = rows[rows["by"] == "total"]
    columns = ["layer", "expected", "listed", "located", "quality", "accuracy_m", "clause"]
    print_rows(shown[columns], lang=lang, notes=notes(with_plan, lang))
    print_each(open_files, lang)


@click.command("fetch")
@click.option("--base-url", help="Another publisher of the same files (a mirror).")
@opt.options(opt.cache, opt.lang, opt.as_json)
def fetch(base_url, cache, lang, as_json) -> None:
    """Bring the published commune boundaries, each file checked by its hash.

    Afterwards `--communes fetched` uses them. A second run fetches only what is missing.

    Example: lsgis fetch --cache D:/lsgis
    """
    from lsgis import source

    rows = source.fetch(cache=cache, base_url=base_url, progress=opt.bar)
    if as_json:
        print_json(rows, cache=str(source.cache_folder(cache)))
        return
    counts = rows["status"].value_counts()
    from lsgis.text import say

    done = say(
        "cli.fetched", lang, fetched=counts.get("fetched", 0), cached=counts.get("cached", 0),
        folder=source.cache_folder(cache),
    )  # fmt: skip
    click.echo(done)


@click.command("publish")
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--rule", type=click.Choice(["339", "decree_08"]), default="339", show_default=True,
    help="Environmental zones as the Decision lists them, or as Decree 08/2022 reads.",
)  # fmt: skip
@click.option("--online-basemap", is_flag=True, help="Add OpenStreetMap tiles (needs a network).")
@opt.options(opt.communes, opt.plan, opt.crs, opt.cache, opt.lang, opt.as_json)
def publish(out, rule, online_basemap, communes, plan, crs, cache, lang, as_json) -> None:
    """Make a site folder: maps, tables, downloads, findings. It opens without a network.

    Example: lsgis publish site --communes fetched
    """
    from lsgis import publication as room
    from lsgis.text import say

    summary = room.publish(
        out, communes=communes, plan=plan, rule=rule, lang=lang, crs=crs, cache=cache,
        online_basemap=online_basemap, progress=opt.bar,
    )  # fmt: skip
    if as_json:
        print_json(summary, out=str(out))
    else:
        print_rows(summary, lang=lang, notes={say("cli.site", lang): str(out / "index.html")})
    found = summary.loc[summary["severity"].isin(["error", "warning"]), "count"].sum()
    raise SystemExit(1 if found else 0)


def provenance(plan) -> list[dict]:
    """Where each layer came from, for JSON."""
    return plan.provenance.to_dict("records")


def notes(plan, lang: str) -> dict[str, str]:
    """What stands under every table: the boundaries used, the measuring, the schematic badge."""
    from lsgis import source
    from lsgis.catalogue import layer_with_role, read_catalogue
    from lsgis.crs import datum_operation
    from lsgis.text import say

    row = plan.provenance.set_index("layer").loc[layer_with_role(read_catalogue(), "unit").name]
    way = datum_operation()
    told = {
        say("cli.boundaries", lang): f"{say('word.' + row['origin'], lang)} ({row['input']})",
        say("cli.measured", lang): f"EPSG:9215; {way.name} ({way.code}, ±{way.accuracy_m:g} m)",
    }
    if source.is_schematic(plan):
        told[say("cli.caution", lang)] = say("publish.badge-schematic", lang)
    return told


def badges(plan, lang: str) -> list[str]:
    """Warnings for the head of a page made from a plan; none without one."""
    from lsgis import source
    from lsgis.text import say

    schematic = plan is not None and source.is_schematic(plan)
    return [say("publish.badge-schematic", lang)] if schematic else []
