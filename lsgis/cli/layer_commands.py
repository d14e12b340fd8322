"""Commands on one or two files of features: check, repair, join, clip, overlay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from lsgis import disk
from lsgis.cli import options as opt
from lsgis.cli import output as printed
from lsgis.cli.usage import NUMBER, argument, command, option
from lsgis.text import say

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from lsgis.catalogue import Layer
    from lsgis.check import Issue, Profile
    from lsgis.region import Region
    from lsgis.source import Plan, Taken

_DECLARED = "commune_codes"  # column of the units that whoever made a file says it lies in


@command("check-layer")
@opt.FILE
@opt.AS_LAYER
@option("--outline", type=opt.PATH, metavar="help.m-file", help="help.outline")
@option("--outline-crs", metavar="help.m-crs", help="help.outline-crs")
@option("--repair", "mended", type=opt.PATH, metavar="help.m-file", help="help.repair-layer")
@option(
    "--width",
    "width_m",
    type=NUMBER,
    default=1.0,
    said_default=True,
    metavar="M",
    help="help.width",
)
@opt.LAYER
@opt.CAD_LAYERS
@opt.CRS
@opt.FORCE
@opt.grouped(judgement=opt.JudgementOptions, plan=opt.BoundaryOptions, output=opt.OutputOptions)
def check_layer(
    file: Path,
    layer_name: str,
    outline: Path | None,
    outline_crs: str | None,
    mended: Path | None,
    width_m: float,
    layer: str | None,
    cad_layers: tuple[str, ...],
    crs: str | None,
    force: bool,
    judgement: opt.JudgementOptions,
    plan: opt.BoundaryOptions,
    output: opt.OutputOptions,
) -> None:
    """Check a file against its layer; exit code 1 when an error or a warning was found."""
    from lsgis import catalogue, check, intake, layerfile

    region = plan.about()
    profile, expected = judgement.read(region), catalogue.require_layer(layer_name, region)
    features = layerfile.read_as_layer(
        file, expected, sublayer=layer, crs=crs, cad_layers=cad_layers
    )
    # the units and the outline make the province themselves: nothing else measures them
    whole = None if {"unit", "outline"} & {*expected.roles} else plan.read()
    province = None if whole is None else whole.outline
    facts = catalogue.read_facts(expected)
    issues = check.check_layer(features, expected, province=province, facts=facts)
    if outline is not None:
        issues += check.check_coverage(
            features,
            layer=layer_name,
            key=expected.key,
            outline=intake.read_vector(outline, crs=outline_crs),
            region=region,
        )
    issues = check.apply_profile(issues, profile)
    with disk.together():
        if judgement.issues is not None:
            _write_found(
                issues, judgement.issues, file, features, expected, whole, profile, output.lang
            )
        if mended is not None:
            _repair(features, expected, mended, width_m, force)
    if output.as_json:
        more = printed.tell_judgement(issues, profile, region)
        rows = check.issues_frame(issues, output.lang, region=region)
        printed.print_json(rows, file=str(file), layer=layer_name, **more)
    else:
        lang, title = output.lang, expected.title[output.lang]
        sound = say("cli.layer-sound", lang, file=file, layer=layer_name, title=title)
        printed.print_issues(issues, lang, profile, region, sound=sound)
    raise SystemExit(1 if printed.asks_for_action(issues) else 0)


@command("join-facts")
@opt.SOURCES
@option(
    "--facts",
    "tables",
    required=True,
    multiple=True,
    metavar="help.m-layer-or-file",
    help="help.facts",
)
@option(
    "--on",
    "on",
    default="commune_code",
    said_default=True,
    metavar="help.m-column",
    help="help.on-code",
)
@opt.LAYER
@opt.CRS
@opt.grouped(plan=opt.PlanOptions, target=opt.FileOptions, output=opt.OutputOptions)
def join_facts(
    sources: str,
    tables: tuple[str, ...],
    on: str,
    layer: str | None,
    crs: str | None,
    plan: opt.PlanOptions,
    target: opt.FileOptions,
    output: opt.OutputOptions,
) -> None:
    """Join tables to features; exit code 1 when a feature has no facts, or has no place."""
    from lsgis import catalogue, combine, source

    known, read = catalogue.read_catalogue(plan.about()), cache(plan.read)
    facts = source.take_facts(tables, known, read)
    names = source.split_names(sources, known)
    # files alone need no plan
    whole = read() if {*names, *source.split_names(tables, known)} & {*known} else None
    side = source.take_side(
        whole, sources, crs=crs, sublayer=layer, every_column=True, region=plan.about()
    )
    joined = combine.join_facts(side.features, facts, on=on)
    lacks = _deliver(joined, target, output, plan.about(), whole, {"left": side})
    raise SystemExit(1 if lacks or not joined["matched"].all() else 0)


@command("join-places")
@opt.SOURCES
@option("--places", multiple=True, metavar="help.m-layer-or-file", help="help.places")
@opt.LAYER
@opt.CRS
@opt.grouped(plan=opt.PlanOptions, target=opt.FileOptions, output=opt.OutputOptions)
def join_places(
    sources: str,
    places: tuple[str, ...],
    layer: str | None,
    crs: str | None,
    plan: opt.PlanOptions,
    target: opt.FileOptions,
    output: opt.OutputOptions,
) -> None:
    """Which commune holds each feature; exit code 1 for conflicts, what lies outside or lacks."""
    from lsgis import catalogue, combine, source

    whole = plan.read()
    unit = catalogue.layer_with_role(catalogue.read_catalogue(whole.region), "unit").name
    side = source.take_side(whole, sources, crs=crs, sublayer=layer, every_column=True)
    held = source.take_side(whole, places or unit, crs=crs)
    holders = source.with_one_key(held)
    held_against = source.split_names(places or unit, whole.layers) == [unit]
    declared = _DECLARED if held_against and _DECLARED in side.features else None
    placed = combine.join_places(side.features, holders, key=held.key, declared=declared)
    if "name_vi" in holders:
        placed["place_name_vi"] = placed["place_code"].map(holders.set_index(held.key)["name_vi"])
    lacks = _deliver(placed, target, output, plan.about(), whole, {"left": side, "right": held})
    found = placed["place_status"].isin(["conflicts", "outside", "not_computed"]).any()
    raise SystemExit(1 if lacks or found else 0)


@command("clip-to")
@opt.SOURCES
@option(
    "--within", "places", required=True, multiple=True, metavar="help.m-place", help="help.within"
)
@option("--half-width", "half_width_m", type=NUMBER, metavar="M", help="help.half-width")
@opt.LAYER
@opt.CRS
@opt.grouped(plan=opt.PlanOptions, target=opt.FileOptions, output=opt.OutputOptions)
def clip_to(
    sources: str,
    places: tuple[str, ...],
    half_width_m: float | None,
    layer: str | None,
    crs: str | None,
    plan: opt.PlanOptions,
    target: opt.FileOptions,
    output: opt.OutputOptions,
) -> None:
    """Features cut by places; exit code 1 when a side lacks what nobody has located."""
    from lsgis import combine, source

    whole = plan.read()
    side = source.take_side(whole, sources, crs=crs, sublayer=layer, every_column=True)
    boundary = source.take_places(whole, places, half_width_m=half_width_m, crs=crs)
    clipped = combine.clip_to(side.features, boundary.features)
    both = {"left": side, "right": boundary}
    raise SystemExit(1 if _deliver(clipped, target, output, plan.about(), whole, both) else 0)


@command("overlay-zones")
@argument("left", "help.m-left")
@argument("right", "help.m-right")
@opt.CRS
@option("--left-crs", metavar="help.m-crs", help="help.left-crs")
@option("--right-crs", metavar="help.m-crs", help="help.right-crs")
@opt.grouped(plan=opt.PlanOptions, target=opt.FileOptions, output=opt.OutputOptions)
def overlay_zones(
    left: str,
    right: str,
    crs: str | None,
    left_crs: str | None,
    right_crs: str | None,
    plan: opt.PlanOptions,
    target: opt.FileOptions,
    output: opt.OutputOptions,
) -> None:
    """Every pair of overlapping features; exit code 1 when a side lacks what is not located."""
    from lsgis import combine, source

    whole = plan.read()
    one, other = (
        source.take_side(whole, names, crs=stated or crs)
        for names, stated in ((left, left_crs), (right, right_crs))
    )
    named = [["name_vi"] if "name_vi" in side.features else [] for side in (one, other)]
    pieces = combine.overlay_zones(
        one.features,
        other.features,
        left_key=one.key,
        right_key=other.key,
        left_columns=named[0],
        right_columns=named[1],
    )
    both = {"left": one, "right": other}
    raise SystemExit(1 if _deliver(pieces, target, output, plan.about(), whole, both) else 0)


def _tell_missing(side: Taken, lang: str) -> str:
    """How much of each layer or file has no place; "" when all of it has one."""
    told = []
    for name, (drawn, total) in side.counts.items():
        lacking = side.missing[side.missing["layer"] == name]
        count = int(lacking["count"].sum())
        if (lacking["zone"] != "").any():
            told.append(say("cli.parts-lacking", lang, name=name, count=count))
        elif count and not drawn:
            told.append(say("cli.none-located", lang, name=name, count=total))
        elif count:
            told.append(say("cli.some-located", lang, name=name, count=count, total=drawn + count))
    return "; ".join(told)


def _tell_crs(row: Mapping[str, object], lang: str) -> str:
    """What is told of the CRS of a file, after its name."""
    values = {name: value for name, value in row.items() if name not in ("code", "side", "path")}
    return f"{row['path']}: {say(str(row['code']), lang, **values)}"


def _list_missing(missing: pd.DataFrame, lang: str) -> str:
    """What has no place, by name."""
    names = missing[f"name_{lang}"].where(missing[f"name_{lang}"] != "", missing["key"])
    return "; ".join(dict.fromkeys(name for name in names if name))


def _repair(
    features: gpd.GeoDataFrame, layer: Layer, target: Path, width_m: float, force: bool
) -> None:
    from lsgis import check
    from lsgis.crs import to_vn2000

    frame, log = check.repair_coverage(
        to_vn2000(features, region=layer.region), key=layer.key, width_m=width_m
    )
    printed.write_both(frame, log, target, force=force)


def _write_found(
    issues: Sequence[Issue],
    folder: Path,
    file: Path,
    features: gpd.GeoDataFrame,
    expected: Layer,
    plan: Plan | None,
    profile: Profile,
    lang: str,
) -> None:
    """The issues of one layer, with the map below them."""
    from lsgis import webmap

    known = plan.layers if plan else {}
    printed.write_found(
        issues,
        folder,
        lang,
        profile,
        expected.region,
        title=say("webmap.issue-title", lang, layer=expected.title[lang]),
        subtitle=file.name,
        badges=printed.badges(plan, lang),
        outlines=webmap.outlines_of(known, {expected.name: features}, lang, region=expected.region),
    )


def _deliver(
    features: pd.DataFrame,
    target: opt.FileOptions,
    output: opt.OutputOptions,
    region: Region,
    plan: Plan | None,
    sides: Mapping[str, Taken],
) -> bool:
    """Write the features where asked; print them as a table or as JSON, with their sources.

    What nobody has located of either side stands below the table, in the JSON and in the
    file, and so does how many overlaps could not be computed. Whether there is any of both.
    """
    from lsgis import combine

    lang, rows = output.lang, printed.with_hectares(features)
    lacking = [side.missing.assign(side=name) for name, side in sides.items() if len(side.missing)]
    missing = printed.together(lacking)
    notes = printed.notes(plan, lang) if plan else {}
    if lacking:
        told = (_tell_missing(side, lang) for side in sides.values())
        listed = {say("cli.missing-listed", lang): _list_missing(missing, lang)}
        counts = {say("cli.not-located", lang): "; ".join(dict.fromkeys(filter(None, told)))}
        notes = counts | {title: text for title, text in listed.items() if text} | notes
    of_crs = [{"side": name, **row} for name, side in sides.items() for row in side.told]
    if of_crs:
        said = dict.fromkeys(_tell_crs(row, lang) for row in of_crs)
        notes = {say("cli.crs-of-file", lang): "; ".join(said), **notes}
    if "provisional" in rows and rows["provisional"].any():
        notes = {say("cli.provisional", lang): say("cli.provisional-why", lang), **notes}
    lost = int(combine.not_computed(rows).sum())
    if lost:
        why = say("cli.not-computed-why", lang, count=lost)
        notes = {say("cli.not-computed", lang): why, **notes}
    if target.out is not None:
        printed.write_features(
            rows,
            target.out,
            target=target,
            lang=lang,
            region=region,
            missing=missing,
            notes=notes,
        )
    if output.as_json:
        sources = printed.provenance(plan) if plan else {}
        counted = {name: int(side.missing["count"].sum()) for name, side in sides.items()}
        listing = missing.to_dict("records") if lacking else []
        more = {"crs_told": of_crs} if of_crs else {}
        printed.print_json(rows, **sources, not_located=counted, not_located_rows=listing, **more)
    else:
        printed.print_rows(rows, lang=lang, notes=notes, region=region)
    return bool(lacking or lost)
