"""Commands that make a machine ready: bring the boundaries, look whether anything is missing."""

from pathlib import Path

import click

from lsgis.cli import options as opt
from lsgis.cli.output import print_json, print_rows
from lsgis.cli.usage import command, option
from lsgis.text import say


@command("fetch")
@option("--base-url", metavar="URL", help="help.base-url")
@opt.CACHE
@opt.grouped(home=opt.RegionOptions, output=opt.OutputOptions)
def fetch(
    base_url: str | None, cache: Path | None, home: opt.RegionOptions, output: opt.OutputOptions
) -> None:
    """Bring the published commune boundaries."""
    from lsgis import source

    rows = source.fetch(cache=cache, base_url=base_url, progress=opt.bar, region=home.about())
    folder = source.cache_folder(cache)
    if output.as_json:
        print_json(rows, cache=str(folder))
        return
    counts = rows["status"].value_counts()
    told = {"fetched": counts.get("fetched", 0), "cached": counts.get("cached", 0)}
    click.echo(say("cli.fetched", output.lang, **told, folder=folder))


@command("doctor")
@opt.CACHE
@opt.grouped(home=opt.RegionOptions, output=opt.OutputOptions)
def doctor(cache: Path | None, home: opt.RegionOptions, output: opt.OutputOptions) -> None:
    """Look at the machine; exit code 1 when something is missing."""
    from lsgis.machine import doctor as look

    rows = look(cache=cache, lang=output.lang, region=home.about())
    if output.as_json:
        print_json(rows)
    else:
        print_rows(rows, lang=output.lang, notes={}, region=home.about())
    raise SystemExit(1 if (rows["status"] == "missing").any() else 0)
