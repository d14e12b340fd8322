"""Commands on one or two files of features: check, repair, join, clip, overlay."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    from lsgis.source import Plan


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
@opt.FILE
@option("--facts", "table", required=True, type=opt.PATH, metavar="help.m-file", help="help.facts")
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
@opt.grouped(home=opt.RegionOptions, target=opt.FileOptions, output=opt.OutputOptions)
def join_facts(
    file: Path,
    table: Path,
    on: str,
    layer: str | None,
    crs: str | None,
    home: opt.RegionOptions,
    target: opt.FileOptions,
    output: opt.OutputOptions,
) -> None:
    """Join a table to features; exit code 1 when a feature has no facts."""
    from lsgis import combine, intake

    joined = combine.join_facts(
        _read(file, layer, crs, home.about()), intake.read_table(table), on=on
    )
    _deliver(joined, target, output, home.about())
    raise SystemExit(0 if joined["matched"].all() else 1)


@command("join-places")
@opt.FILE
@opt.LAYER
@opt.CRS
@opt.grouped(plan=opt.BoundaryOptions, target=opt.FileOptions, output=opt.OutputOptions)
def join_places(
    file: Path,
    layer: str | None,
    crs: str | None,
    plan: opt.BoundaryOptions,
    target: opt.FileOptions,
    output: opt.OutputOptions,
) -> None:
    """Which commune holds each feature; exit code 1 for conflicts and what lies outside."""
    from lsgis import combine

    features, whole = _read(file, layer, crs, plan.about()), plan.read()
    placed = combine.join_places(features, whole.units)
    names = whole.units.set_index("commune_code")["name_vi"]
    placed["place_name_vi"] = placed["place_code"].map(names)
    _deliver(placed, target, output, plan.about(), whole)
    raise SystemExit(1 if placed["place_status"].isin(["conflicts", "outside"]).any() else 0)


@command("clip-to")
@opt.FILE
@option("--within", "place", required=True, metavar="help.m-place", help="help.within")
@option("--half-width", "half_width_m", type=NUMBER, metavar="M", help="help.half-width")
@opt.LAYER
@opt.CRS
@opt.grouped(plan=opt.PlanOptions, target=opt.FileOptions, output=opt.OutputOptions)
def clip_to(
    file: Path,
    place: str,
    half_width_m: float | None,
    layer: str | None,
    crs: str | None,
    plan: opt.PlanOptions,
    target: opt.FileOptions,
    output: opt.OutputOptions,
) -> None:
    """Features cut by a place."""
    from lsgis import combine, source

    features, whole = _read(file, layer, crs, plan.about()), plan.read()
    boundary = source.find_place(
        whole.layers, place, half_width_m=half_width_m, region=whole.region
    )
    clipped = combine.clip_to(features, boundary)
    not_located = list(clipped.attrs.get("not_located", ()))
    _deliver(clipped, target, output, plan.about(), whole, not_located=not_located)


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
    """Every pair of overlapping features of two layers or files."""
    from lsgis import combine, source

    whole = plan.read()
    one, other = (
        source.take_features(whole.layers, name, crs=stated or crs, region=whole.region)
        for name, stated in ((left, left_crs), (right, right_crs))
    )
    names = [["name_vi"] if "name_vi" in side.features else [] for side in (one, other)]
    pieces = combine.overlay_zones(
        one.features,
        other.features,
        left_key=one.key,
        right_key=other.key,
        left_columns=names[0],
        right_columns=names[1],
    )
    missing = [len(combine.not_located(side.features)) for side in (one, other)]
    told = [
        _tell_missing(name, count, len(side.features), output.lang)
        for name, side, count in zip((left, right), (one, other), missing, strict=True)
    ]
    _deliver(
        pieces,
        target,
        output,
        plan.about(),
        whole,
        note="; ".join(dict.fromkeys(filter(None, told))),
        not_located=dict(zip(("left", "right"), missing, strict=True)),
    )


def _tell_missing(name: str, count: int, total: int, lang: str) -> str:
    """How much of a layer or file has no place; "" when all of it has one."""
    if count == total:
        return say("cli.none-located", lang, name=name, count=count)
    return say("cli.some-located", lang, name=name, count=count, total=total) if count else ""


def _read(file: Path, layer: str | None, crs: str | None, region: Region) -> gpd.GeoDataFrame:
    from lsgis import intake
    from lsgis.crs import to_vn2000

    return to_vn2000(intake.read_vector(file, layer=layer, crs=crs), region=region)


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
    plan: Plan | None = None,
    note: str = "",
    **more: Any,
) -> None:
    """Write the features where asked; print them as a table or as JSON, with their sources.

    `note` says under the table what has no place; `more` goes into the JSON.
    """
    if target.out is not None:
        printed.write_features(features, target.out, target=target, lang=output.lang, region=region)
    if output.as_json:
        sources = printed.provenance(plan) if plan else {}
        printed.print_json(features, **sources, **more)
    else:
        notes = printed.notes(plan, output.lang) if plan else {}
        if note:
            notes = {say("cli.not-located", output.lang): note, **notes}
        printed.print_rows(features, lang=output.lang, notes=notes, region=region)
