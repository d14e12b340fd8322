"""Commands that take files in: import one for a layer, and an empty package to digitise into."""

import json
from pathlib import Path

import click

from lsgis.cli import options as opt
from lsgis.cli.output import print_json, print_rows

_TO_DECIDE = (  # what a person must look at
    "lost", "crs-unlikely", "datum-shift", "number-undecided", "day-undecided", "unit-undecided",
)  # fmt: skip


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--as", "layer_name", required=True, metavar="LAYER", help="Layer of the catalogue.")
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="GPKG",
              help="GeoPackage to write; the log of every change lies beside it.")  # fmt: skip
@click.option("--map", "mapping", multiple=True, metavar="OLD=NEW",
              help="A column of the file that means a field of the layer.")  # fmt: skip
@click.option("--encoding", default="auto", show_default=True,
              help="auto, or how the text is written: utf-8, tcvn3, vni, cp1258.")  # fmt: skip
@click.option("--keep-sound", is_flag=True, help="Take what is sound; list what was not.")
@opt.options(opt.layer, opt.communes, opt.crs, opt.cache, opt.force, opt.lang, opt.as_json)
def import_layer(
    file, layer_name, out, mapping, encoding, keep_sound, layer, communes, crs, cache, force, lang,
    as_json,
) -> None:  # fmt: skip
    """Any file as a layer of the plan: CRS, text and fields settled, every change logged.

    Exit code 1 when something is told that a person must decide.

    Example: lsgis import ranh_gioi.shp --as commune --out commune.gpkg
    """
    from lsgis import intake, source

    plan = source.read_plan(communes=communes, cache=cache, progress=opt.bar)
    places = None if source.is_schematic(plan) else plan.units
    frame, log = intake.import_layer(
        file, layer_name, sublayer=layer, crs=crs, mapping=dict(m.split("=", 1) for m in mapping),
        encoding=encoding, keep_sound=keep_sound, communes=places,
    )  # fmt: skip
    written = intake.write_import(frame, log, out, force=force)
    if as_json:
        print_json(log, files=[str(path) for path in written], count=len(frame))
    else:
        print_rows(log, lang=lang, notes={"→": ", ".join(str(path) for path in written)})
    raise SystemExit(1 if log["what"].isin(_TO_DECIDE).any() else 0)


@click.command("template")
@click.argument("out", type=click.Path(path_type=Path))
@opt.options(opt.force, opt.lang, opt.as_json)
def template(out, force, lang, as_json) -> None:
    """An empty GeoPackage of all layers, with fields, domains and CRS, to digitise into.

    Example: lsgis template plan.gpkg
    """
    from lsgis import intake

    path = intake.write_template(out, force=force)
    click.echo(json.dumps({"file": Path(path).as_posix()}) if as_json else str(path))
