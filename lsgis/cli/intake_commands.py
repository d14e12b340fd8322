"""Commands that take in what others made: a file as a layer, a table of old communes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lsgis.cli import options as opt
from lsgis.cli.output import print_json, print_rows, write_features, write_table
from lsgis.cli.usage import PAIR, argument, command, option
from lsgis.text import say

if TYPE_CHECKING:
    import pandas as pd

    from lsgis.region import Region

# what a person must look at
_TO_DECIDE = (
    "lost",
    "picture-frame",
    "crs-unlikely",
    "crs-nearly",
    "crs-other-datum",
    "crs-unnamed",
    "crs-on-wgs84",
    "datum-shift",
    "number-undecided",
    "day-undecided",
    "unit-undecided",
    "cad-texts",
    "value-near",
    "unusable",
)

# letters nobody could settle
_LETTERS_OPEN = (
    "text-undecided",
    "letters-broken",
    "letters-doubt",
    "letters-name-undecided",
    "letters-unknown",
)


@command("import-layer")
@opt.FILE
@opt.AS_LAYER
@option("--out", type=opt.PATH, required=True, metavar="GPKG", help="help.out-import")
@option("--map", "mapping", multiple=True, type=PAIR, metavar="help.m-mapping", help="help.map")
@opt.ENCODING
@option("--keep-sound", is_flag=True, help="help.keep-sound")
@option("--compare-with", "reference", type=opt.PATH, metavar="help.m-file", help="help.compare")
@opt.LAYER
@opt.CAD_LAYERS
@opt.CRS
@opt.FORCE
@opt.grouped(plan=opt.BoundaryOptions, output=opt.OutputOptions)
def import_layer(
    file: Path,
    layer_name: str,
    out: Path,
    mapping: tuple[tuple[str, str], ...],
    encoding: str,
    keep_sound: bool,
    reference: Path | None,
    layer: str | None,
    cad_layers: tuple[str, ...],
    crs: str | None,
    force: bool,
    plan: opt.BoundaryOptions,
    output: opt.OutputOptions,
) -> None:
    """Any file as a layer of the plan; exit code 1 when a person must decide something."""
    from lsgis import intake, layerfile, source
    from lsgis.crs import to_vn2000

    whole = plan.read()
    known = None
    if reference is not None:
        known = to_vn2000(intake.read_vector(reference), region=whole.region)
    frame, log = layerfile.import_layer(
        file,
        layer_name,
        sublayer=layer,
        crs=crs,
        mapping=dict(mapping),
        encoding=encoding,
        keep_sound=keep_sound,
        cad_layers=cad_layers,
        communes=None if source.is_schematic(whole) else whole.units,
        reference=known,
        region=whole.region,
    )
    written = [str(path) for path in layerfile.write_import(frame, log, out, force=force)]
    if output.as_json:
        print_json(log, files=written, count=len(frame))
    else:
        notes = {"→": ", ".join(written)}
        print_rows(log, lang=output.lang, notes=notes, region=whole.region)
        _tell_obstacles(log, layer_name, output.lang, whole.region)
    raise SystemExit(1 if log["what"].isin(_TO_DECIDE).any() else 0)


def _tell_obstacles(log: pd.DataFrame, layer: str, lang: str, region: Region) -> None:
    """What keeps the features from being used as the layer, each with the option that mends it."""
    from lsgis import check

    rules = check.read_rules(region=region)
    rows = log[log["what"] == "unusable"]
    if len(rows):
        click.echo(say("cli.unusable", lang, layer=layer))
    for row in rows.itertuples(index=False):
        said = f"{rules[row.before][f'title_{lang}']}: {row.where}"
        click.echo(f"  - {said}" + (f"  → {row.after}" if row.after else ""))
    free = log.loc[log["what"].isin(["kept", "suggested"]), "where"]
    if len(free) and rows["after"].str.startswith("--map").any():
        click.echo("  " + say("cli.free-columns", lang, found=", ".join(free)))
    for row in log[log["what"] == "value-near"].itertuples(index=False):
        click.echo(f"  - {row.where}: “{row.before}” → {row.after}?")


@command("write-template")
@argument("out", "help.m-file-out", type=opt.PATH)
@opt.FORCE
@opt.grouped(home=opt.RegionOptions, output=opt.OutputOptions)
def write_template(
    out: Path, force: bool, home: opt.RegionOptions, output: opt.OutputOptions
) -> None:
    """An empty GeoPackage of all layers to digitise into."""
    from lsgis import intake

    path = intake.write_template(out, force=force, region=home.about())
    click.echo(json.dumps({"file": Path(path).as_posix()}) if output.as_json else str(path))


@command("mend-text")
@argument("table", "help.m-table", type=opt.PATH)
@option("--out", type=opt.PATH, required=True, metavar="help.m-file", help="help.out-mend")
@opt.ENCODING
@opt.LAYER
@opt.FORCE
@opt.grouped(home=opt.RegionOptions, output=opt.OutputOptions)
def mend_text(
    table: Path,
    out: Path,
    encoding: str,
    layer: str | None,
    force: bool,
    home: opt.RegionOptions,
    output: opt.OutputOptions,
) -> None:
    """A table in Unicode; exit code 1 when a text could not be decided."""
    import pandas as pd

    from lsgis import intake
    from lsgis.intake.field import LOG_COLUMNS
    from lsgis.intake.letters import mend_names

    rows = intake.read_table(table, layer=layer, bytewise=True)
    named, names = mend_names(rows, where=table.name, encoding=encoding)
    mended, texts = intake.mend_text(named, encoding=encoding)
    told = [(*row, 1) for row in [*rows.attrs["told"], *names]]
    told += [
        (f"text-{name}", column, before, after, count)
        for column, name, before, after, count in texts.itertuples(index=False)
    ]
    log = pd.DataFrame(told, columns=list(LOG_COLUMNS))
    region = home.about()
    files = write_table(
        mended, log, out, source=table, force=force, lang=output.lang, region=region
    )
    if output.as_json:
        print_json(log, files=[str(path) for path in files], count=len(mended))
    else:
        print_rows(log, lang=output.lang, notes={"→": ", ".join(map(str, files))}, region=region)
    raise SystemExit(1 if log["what"].isin(_LETTERS_OPEN).any() else 0)


@command("crosswalk-table")
@argument("table", "help.m-table", type=opt.PATH)
@option("--code", metavar="help.m-column", help="help.code")
@option("--name", metavar="help.m-column", help="help.name-column")
@option("--district", metavar="help.m-column", help="help.district")
@option("--count", "counts", multiple=True, metavar="help.m-column", help="help.count")
@option("--rate", "rates", multiple=True, type=PAIR, metavar="help.m-rate", help="help.rate")
@option(
    "--generation",
    default="auto",
    said_default=True,
    metavar="help.m-year",
    help="help.generation",
)
@option("--shares", type=opt.PATH, metavar="help.m-file", help="help.shares")
@opt.grouped(home=opt.RegionOptions, target=opt.FileOptions, output=opt.OutputOptions)
def crosswalk_table(
    table: Path,
    code: str | None,
    name: str | None,
    district: str | None,
    counts: tuple[str, ...],
    rates: tuple[tuple[str, str], ...],
    generation: str,
    shares: Path | None,
    home: opt.RegionOptions,
    target: opt.FileOptions,
    output: opt.OutputOptions,
) -> None:
    """Old communes to those of now; exit code 1 when rows are unmatched or a share is unknown."""
    from lsgis import crosswalk, intake

    moved = crosswalk.crosswalk_table(
        intake.read_table(table),
        code=code,
        name=name,
        district=district,
        counts=counts,
        rates=dict(rates),
        generation=generation,
        shares=intake.read_table(shares) if shares else None,
        region=home.about(),
    )
    if target.out is not None:
        write_features(
            moved.table, target.out, target=target, lang=output.lang, region=home.about()
        )
    if output.as_json:
        more = {"unmatched": moved.unmatched, "totals": moved.totals}
        print_json(moved.table, **{key: part.to_dict("records") for key, part in more.items()})
    else:
        for part in (moved.table, moved.unmatched, moved.totals):
            print_rows(part, lang=output.lang, notes={}, region=home.about())
    unallocated = moved.table["commune_code"].isna() | (moved.table["commune_code"] == "")
    raise SystemExit(1 if len(moved.unmatched) or unallocated.any() else 0)
