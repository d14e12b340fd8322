"""Commands on files: check, join, clip, overlay; and the check of the machine itself."""

from pathlib import Path

import click

from lsgis.cli import found
from lsgis.cli import options as opt
from lsgis.cli.output import print_json, print_rows, write_features
from lsgis.cli.plans import badges, notes, provenance
from lsgis.text import say

FILE = click.argument("file", type=click.Path(path_type=Path))


@click.command("check-layer")
@FILE
@click.option("--as", "layer_name", required=True, metavar="LAYER", help="Layer of the catalogue.")
@click.option("--outline", type=click.Path(path_type=Path), metavar="FILE",
              help="An outline that the polygons ought to fill.")  # fmt: skip
@click.option(
    "--repair",
    "mended",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write a repaired coverage there, with a log beside it; never over the input.",
)
@click.option("--width", "width_m", type=float, default=1.0, show_default=True, metavar="M",
              help="Gaps and overlaps up to this width (m) are closed by --repair.")  # fmt: skip
@opt.options(found.issues, found.profile, found.strict, opt.layer, opt.communes, opt.crs,
             opt.cache, opt.force, opt.lang, opt.as_json)  # fmt: skip
def check_layer(
    file, layer_name, outline, mended, width_m, folder, profile_name, strict, layer, communes, crs,
    cache, force, lang, as_json,
) -> None:  # fmt: skip
    """Does a file honour its layer: CRS, geometry, key, fields, counts, place, area, coverage?

    Exit code 1 when an error or a warning was found, as the profile judges it.

    Example: lsgis check-layer communes.gpkg --as commune --issues findings
    """
    from lsgis import catalogue, check, intake, source, webmap

    judged = found.read_judgement(profile_name, strict)
    expected = catalogue.require_layer(layer_name)
    features = intake.rename_columns(intake.read_vector(file, layer=layer, crs=crs), expected)
    province, whole = None, None
    if not {"unit", "outline"} & {*expected.roles}:  # these two have nothing else to measure them
        whole = source.read_plan(communes=communes, crs=crs, cache=cache, progress=opt.bar)
        province = whole.outline
    issues = check.check_layer(
        features, expected, province=province, facts=catalogue.read_facts(expected)
    )
    if outline is not None:
        issues += check.check_coverage(
            features, layer=layer_name, key=expected.key, outline=intake.read_vector(outline)
        )
    issues = check.apply_profile(issues, judged)
    if folder is not None:
        below = webmap.outlines_of(whole.layers if whole else {}, {layer_name: features}, lang)
        page = say("webmap.issue-title", lang, layer=expected.title[lang])
        found.write_found(issues, folder, lang, judged, title=page, subtitle=file.name,
                          badges=badges(whole, lang), outlines=below)  # fmt: skip
    if mended is not None:
        _repair(features, expected.key, mended, width_m, force)
    if as_json:
        print_json(check.issues_frame(issues, lang), file=str(file), layer=layer_name,
                   profile=found.tell_judgement(issues, judged))  # fmt: skip
    else:
        found.print_issues(issues, lang, judged)
    raise SystemExit(1 if found.asks_for_action(issues) else 0)


@click.command("join-facts")
@FILE
@click.option("--facts", "table", required=True, type=click.Path(path_type=Path), help="CSV table.")
@click.option("--on", "on", default="commune_code", show_default=True, help="Code in both.")
@opt.options(opt.layer, opt.crs, opt.out, opt.force, opt.lang, opt.as_json)
def join_facts(file, table, on, layer, crs, out, force, lang, as_json) -> None:
    """Join a table of facts to features, on codes; no feature is lost.

    Example: lsgis join-facts communes.gpkg --facts population.csv --out joined.gpkg
    """
    from lsgis import combine, intake
    from lsgis import crs as frames

    features = frames.to_vn2000(intake.read_vector(file, layer=layer, crs=crs))
    joined = combine.join_facts(features, intake.read_table(table), on=on)
    _deliver(joined, out, force, lang, as_json, {})
    raise SystemExit(0 if joined["matched"].all() else 1)


@click.command("join-places")
@FILE
@opt.options(opt.layer, opt.communes, opt.crs, opt.cache, opt.out, opt.force, opt.lang, opt.as_json)
def join_places(file, layer, communes, crs, cache, out, force, lang, as_json) -> None:
    """Which commune holds each feature; conflicts with the declared commune are told.

    Example: lsgis join-places parks.gpkg --communes fetched
    """
    from lsgis import combine, source

    features, plan = _features_and_plan(file, layer, crs, communes, cache)
    placed = combine.join_places(features, plan.units)
    names = plan.units.set_index("commune_code")["name_vi"]
    placed["place_name_vi"] = placed["place_code"].map(names)
    more = {"sources": provenance(plan), "schematic": source.is_schematic(plan)}
    _deliver(placed, out, force, lang, as_json, more, notes(plan, lang))
    raise SystemExit(1 if placed["place_status"].isin(["conflicts", "outside"]).any() else 0)


@click.command("clip-to")
@FILE
@click.option("--within", "place", required=True, metavar="PLACE",
              help="A commune (name or code), a layer, or layer:code.")  # fmt: skip
@click.option("--half-width", "half_width_m", type=float, metavar="M",
              help="Half the width (m) of the corridor along a line.")  # fmt: skip
@opt.options(opt.layer, opt.communes, opt.plan, opt.crs, opt.cache, opt.out, opt.force, opt.lang,
             opt.as_json)  # fmt: skip
def clip_to(
    file, place, half_width_m, layer, communes, plan, crs, cache, out, force, lang, as_json
) -> None:
    """Features cut by a place, with the area or length that is left.

    Example: lsgis clip-to parks.gpkg --within "Hữu Lũng" --out parks_huu_lung.gpkg
    """
    from lsgis import combine, source

    features, whole = _features_and_plan(file, layer, crs, communes, cache, plan)
    boundary = source.find_place(whole.layers, place, half_width_m=half_width_m)
    clipped = combine.clip_to(features, boundary)
    more = {"sources": provenance(whole), "schematic": source.is_schematic(whole)}
    more["not_located"] = list(clipped.attrs.get("not_located", ()))
    _deliver(clipped, out, force, lang, as_json, more, notes(whole, lang))


@click.command("overlay-zones")
@click.argument("left")
@click.argument("right")
@opt.options(opt.communes, opt.plan, opt.crs, opt.cache, opt.out, opt.force, opt.lang, opt.as_json)
def overlay_zones(left, right, communes, plan, crs, cache, out, force, lang, as_json) -> None:
    """Every pair of overlapping features of two layers or files: area_m2, share of each side.

    LEFT and RIGHT are layers of the catalogue or files.

    Example: lsgis overlay-zones commune environmental_zone --out zones_by_commune.csv
    """
    from lsgis import combine, source

    whole = source.read_plan(communes=communes, plan=plan, crs=crs, cache=cache, progress=opt.bar)
    sides = [source.take_features(whole.layers, name, crs=crs) for name in (left, right)]
    names = [["name_vi"] if "name_vi" in side.features else [] for side in sides]
    pieces = combine.overlay_zones(
        sides[0].features, sides[1].features, left_key=sides[0].key, right_key=sides[1].key,
        left_columns=names[0], right_columns=names[1],
    )  # fmt: skip
    more = {"sources": provenance(whole), "schematic": source.is_schematic(whole)}
    _deliver(pieces, out, force, lang, as_json, more, notes(whole, lang))


@click.command("doctor")
@opt.options(opt.cache, opt.lang, opt.as_json)
def doctor(cache, lang, as_json) -> None:
    """Is this machine fit: versions, PROJ data, map files, fonts, a writable cache?

    Example: lsgis doctor
    """
    from lsgis.machine import doctor as look

    rows = look(cache=cache)
    if as_json:
        print_json(rows)
    else:
        print_rows(rows, lang=lang, notes={})
    raise SystemExit(1 if (rows["status"] == "missing").any() else 0)


def _repair(features, key: str, target: Path, width_m: float, force: bool) -> None:
    from lsgis import check
    from lsgis.crs import to_vn2000

    frame, log = check.repair_coverage(to_vn2000(features), key=key, width_m=width_m)
    write_features(frame, target, force=force)
    write_features(log, target.with_name(f"{target.stem}_log.csv"), force=force)


def _features_and_plan(file, layer, crs, communes, cache, plan=None):
    from lsgis import intake, source
    from lsgis.crs import to_vn2000

    features = to_vn2000(intake.read_vector(file, layer=layer, crs=crs))
    whole = source.read_plan(communes=communes, plan=plan, crs=crs, cache=cache, progress=opt.bar)
    return features, whole


def _deliver(features, out, force, lang, as_json, more, told=None) -> None:
    """Write the features where asked; print them as a table or as JSON."""
    if out is not None:
        write_features(features, out, force=force)
    if as_json:
        print_json(features, **more)
    else:
        print_rows(features, lang=lang, notes=told or {})
