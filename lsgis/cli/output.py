"""What a command prints and writes: tables, issues and notes for people, JSON for programs."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from lsgis import disk
from lsgis.errors import OutputError
from lsgis.intake.opening import write_dataframe
from lsgis.report import format_number, heading, in_brief, spoken, write_book
from lsgis.spreadsheet import write_csv
from lsgis.text import say

if TYPE_CHECKING:
    from lsgis.check import Issue, Profile
    from lsgis.cli.options import FileOptions
    from lsgis.region import Region
    from lsgis.source import Plan

_DRIVERS = {".gpkg": "GPKG", ".geojson": "GeoJSON", ".fgb": "FlatGeobuf", ".csv": ""}
_WITHOUT_ROOM = (".geojson", ".fgb", ".csv")  # for what nobody has located


def print_rows(
    rows: pd.DataFrame, *, lang: str, notes: Mapping[str, str], region: "Region"
) -> None:
    """A table with headings in `lang`, then the notes every reader must see."""
    shown = in_brief(say_symbols(rows, lang), lang).copy()
    for column in shown.columns:
        texts = {value for value in shown[column] if type(value) is str}
        said = {text: _cell(column, text, lang, region) for text in texts}  # most stand often
        shown[column] = [
            said[value] if type(value) is str else _cell(column, value, lang, region)
            for value in shown[column]
        ]
    shown.columns = [heading(column, lang, region=region) for column in shown.columns]
    click.echo(shown.to_string(index=False, max_colwidth=48) if len(shown) else "–")
    for title, note in notes.items():
        click.echo(f"{title}: {note}")


# of which column the accuracy is that of what has a share
_SHARES = {
    "share": "accuracy_m",
    "place_share": "accuracy_m",
    "share_left": "accuracy_m_left",
    "share_right": "accuracy_m_right",
}


def say_symbols(rows: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Shares of what only stands for ground, said with how far off it may lie.

    A point, or what is smaller than its own accuracy, is a symbol: that it lies here as a
    whole says nothing of the ground it stands for.
    """
    if not isinstance(rows, gpd.GeoDataFrame):
        return rows
    points = (shapely.get_dimensions(rows.geometry.values) == 0) | rows.geometry.is_empty
    told = rows.copy()
    for column, sure in _SHARES.items():
        if column not in rows or sure not in rows:
            continue
        whole = rows["area_m2"] / rows[column] if "area_m2" in rows else rows.area
        symbols = (points | (rows[sure] >= np.sqrt(whole))) & rows[column].notna()
        said = told[column].astype(object)
        said[symbols] = [_symbol(metres, lang) for metres in rows.loc[symbols, sure]]
        told[column] = said
    return told


def _symbol(accuracy_m: float, lang: str) -> str:
    if pd.isna(accuracy_m):
        return say("cli.symbol-unknown", lang)
    digits = 0 if accuracy_m >= 10 else 1
    return say("cli.symbol", lang, metres=format_number(accuracy_m, digits, lang))


def with_hectares(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with `area_ha` beside `area_m2`; an area that features declare is `declared_area_ha`."""
    if "area_m2" not in rows:
        return rows
    told = rows.rename(columns={"area_ha": "declared_area_ha"})
    told.insert(told.columns.get_loc("area_m2") + 1, "area_ha", told["area_m2"] / 10_000)
    return told


def together(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Tables one below the other; an empty one for none."""
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def print_json(rows: pd.DataFrame, **more: object) -> None:
    """One JSON document on standard output and nothing else; unrounded."""
    plain = pd.DataFrame(rows.drop(columns="geometry", errors="ignore")).astype(object)
    records = plain.where(plain.notna(), None).to_dict("records")
    click.echo(json.dumps({**more, "rows": records}, ensure_ascii=False, indent=1, default=str))


def write_features(
    features: pd.DataFrame,
    path: Path,
    *,
    target: "FileOptions",
    lang: str,
    region: "Region",
    missing: pd.DataFrame | None = None,
    notes: Mapping[str, str] | None = None,
) -> None:
    """Write features (or a table) whole, or nothing at all; refusals are those of `write_both`.

    `missing` is what nobody has located. It goes where the file has room for it: a sheet, the
    metadata of a GeoPackage, else `<stem>_not_located.csv` beside the file.
    """
    lacking = missing if missing is not None and len(missing) else None
    beside = path.with_name(f"{path.stem}_not_located.csv")
    is_apart = lacking is not None and path.suffix.lower() in _WITHOUT_ROOM
    _require_free([path, beside] if is_apart else [path], force=target.force)
    count = 0
    with disk.whole_set(path.parent, last=path.name, named=path, code="cli.unwritable") as aside:
        made = aside / path.name
        if path.suffix.lower() == ".xlsx":
            _write_book(features, made, lang, region, lacking, notes or {})
        else:
            count = _write_frame(features, made, lacking, for_office=target.for_office)
        if is_apart and lacking is not None:
            count += write_csv(lacking, aside / beside.name, for_office=target.for_office)
    if count:  # who reads the file back must know
        click.echo(say("cli.neutralised", lang, path=path, count=count), err=True)


def write_both(features: gpd.GeoDataFrame, log: pd.DataFrame, path: Path, *, force: bool) -> None:
    """Write features, and their log as `<stem>_log.csv` beside them: both whole, or none.

    Raises
    ------
    OutputError
        Unknown kind of file, a file that is there already, a folder that
        cannot be written.
    """
    beside = path.with_name(f"{path.stem}_log.csv")
    if path.suffix.lower() == ".xlsx":  # a coverage without its shapes would be lost
        raise OutputError("cli.unknown-output", path=path, expected=", ".join(_DRIVERS))
    _require_free([path, beside], force=force)
    folder, code = path.parent, "cli.unwritable"
    with disk.whole_set(folder, last=path.name, named=path, code=code) as aside:
        _write_frame(features, aside / path.name)
        _write_frame(log, aside / beside.name)


def write_table(
    rows: pd.DataFrame,
    log: pd.DataFrame,
    path: Path,
    *,
    source: Path,
    force: bool,
    lang: str,
    region: "Region",
) -> list[Path]:
    """Write a table (CSV, XLSX) and its log as `<stem>_log.csv` beside: both whole, or none.

    Raises
    ------
    OutputError
        No kind of table, the table that was read itself, a file that is there already, a
        folder that cannot be written.
    """
    beside = path.with_name(f"{path.stem}_log.csv")
    if path.suffix.lower() not in (".csv", ".xlsx"):
        raise OutputError("cli.unknown-output", path=path, expected=".csv, .xlsx")
    if source.resolve() in (path.resolve(), beside.resolve()):
        raise OutputError("intake.over-input", path=path)
    _require_free([path, beside], force=force)
    count = 0
    with disk.whole_set(path.parent, last=path.name, named=path, code="cli.unwritable") as aside:
        if path.suffix.lower() == ".xlsx":
            _write_book(rows, aside / path.name, lang, region, None, {})
        else:
            count = write_csv(rows, aside / path.name)
        write_csv(log, aside / beside.name)
    if count:  # who reads the file back must know
        click.echo(say("cli.neutralised", lang, path=path, count=count), err=True)
    return [path, beside]


def _require_free(paths: list[Path], *, force: bool) -> None:
    disk.sweep(paths[0].parent)  # what a killed run left half done is no output
    for path in paths:
        if path.suffix.lower() not in (*_DRIVERS, ".xlsx"):
            expected = ", ".join([*_DRIVERS, ".xlsx"])
            raise OutputError("cli.unknown-output", path=path, expected=expected)
        if path.exists() and not force:
            raise OutputError("cli.output-exists", path=path)


def _write_frame(
    features: pd.DataFrame,
    path: Path,
    missing: pd.DataFrame | None = None,
    *,
    for_office: bool = False,
) -> int:
    """Write one file; how many cells of a CSV got an apostrophe."""
    kind = path.suffix.lower()
    if kind == ".csv":
        return write_csv(_plain(features), path, for_office=for_office)
    told: dict[str, Any] = {}
    if missing is not None and kind == ".gpkg":
        listed = missing.to_json(orient="records", force_ascii=False)
        told = {"layer_metadata": {"not_located": listed}}
        told["layer_options"] = {"DESCRIPTION": f"not_located: {len(missing)}"}
    write_dataframe(features, path, driver=_DRIVERS[kind], **told)
    return 0


def _write_book(
    features: pd.DataFrame,
    path: Path,
    lang: str,
    region: "Region",
    missing: pd.DataFrame | None,
    notes: Mapping[str, str],
) -> None:
    """A workbook: the rows, what nobody has located, and what stands under the table."""
    title = say("cli.sheet-rows", lang)
    sheets = {title: _plain(say_symbols(features, lang))}
    if missing is not None:
        sheets[say("cli.not-located", lang)] = missing
    if notes:
        sheets[say("cli.sheet-notes", lang)] = pd.DataFrame(
            {"subject": list(notes), "note_vi": list(notes.values())}
        )
    write_book(sheets, path, title=title, lang=lang, region=region)


def _plain(features: pd.DataFrame) -> pd.DataFrame:
    """The table of features, without their shapes."""
    shape = features.geometry.name if isinstance(features, gpd.GeoDataFrame) else "geometry"
    return pd.DataFrame(features.drop(columns=shape, errors="ignore"))


def provenance(plan: "Plan") -> dict[str, object]:
    """Where each layer came from, and whether the communes are a schema; for JSON."""
    from lsgis import source

    sources = plan.provenance.to_dict("records")
    return {"sources": sources, "schematic": source.is_schematic(plan)}


def notes(plan: "Plan", lang: str) -> dict[str, str]:
    """What stands under every table: the boundaries used, the measuring, the schematic badge."""
    from lsgis import source
    from lsgis.catalogue import layer_with_role, read_catalogue
    from lsgis.crs import datum_operation

    unit = layer_with_role(read_catalogue(plan.region), "unit").name
    row = plan.provenance.set_index("layer").loc[unit]
    way, crs = datum_operation(plan.region), plan.region.crs
    origin = spoken("origin", row["origin"], lang, region=plan.region)
    told = {
        say("cli.boundaries", lang): f"{origin} ({row['input']})",
        say("cli.measured", lang): f"{crs}; {way.name} ({way.code}, ±{way.accuracy_m:g} m)",
    }
    if source.is_schematic(plan):
        told[say("cli.caution", lang)] = say("publish.badge-schematic", lang)
    return told


def badges(plan: "Plan | None", lang: str) -> list[str]:
    """Warnings for the head of a page made from a plan; none without one."""
    from lsgis import source

    schematic = plan is not None and source.is_schematic(plan)
    return [say("publish.badge-schematic", lang)] if schematic else []


def tell_judgement(
    found: "Sequence[Issue]", profile: "Profile", region: "Region"
) -> dict[str, object]:
    """Which profile judged the issues, and what it changed; for JSON."""
    from lsgis import check

    told = {
        "name": profile.name,
        "changed": check.count_changed(found, region=region),
        "total": len(found),
        "counts": check.count_issues(found),
    }
    return {"profile": told}


def write_found(
    found: "Sequence[Issue]",
    folder: Path,
    lang: str,
    profile: "Profile",
    region: "Region",
    *,
    title: str,
    **page: Any,
) -> None:
    """The files of `--issues`: three tables and the page with the map."""
    from lsgis import check, webmap

    check.write_issues(found, folder, lang=lang, profile=profile, region=region)
    webmap.write_issue_page(
        found, folder, lang=lang, title=title, profile=profile, region=region, **page
    )


def print_issues(
    found: "Sequence[Issue]", lang: str, profile: "Profile", region: "Region", *, sound: str = ""
) -> None:
    """Issues one under the other: what, where, what to do; then by which profile.

    `sound` is what is said when there are none.
    """
    from lsgis import check

    print_each(found, lang, region)
    if not found:
        click.echo(sound or say("cli.nothing-found", lang))
    told = {
        "name": profile.name,
        "changed": check.count_changed(found, region=region),
        "total": len(found),
    }
    click.echo(say("check.profile-used", lang, **told))


def print_each(found: "Sequence[Issue]", lang: str, region: "Region") -> None:
    """Issues one under the other: what, where, what to do."""
    from lsgis import check

    rows = check.issues_frame(found, lang, region=region)
    words = {name: str(spoken("severity", name, lang, region=region)) for name in check.SEVERITIES}
    for row, usual in zip(
        rows.itertuples(), check.usual_severities(found, region=region), strict=True
    ):
        place = "" if row.easting != row.easting else f" [{row.easting:.1f}, {row.northing:.1f}]"
        said = words[row.severity]
        if usual != row.severity:
            said += f" ({say('webmap.issue-usual', lang)}: {words[usual]})"
        click.echo(f"{said} {row.code} {row.key}{place}: {row.message}\n    → {row.todo}")


def asks_for_action(found: "Iterable[Issue]") -> bool:
    """Whether an issue is an error or a warning; notes ask for nothing."""
    return any(issue.severity != "note" for issue in found)


def _cell(column: str, value: object, lang: str, region: "Region") -> object:
    said = spoken(column, value, lang, region=region)
    if isinstance(said, str) or said is value is None:
        return said or "–"
    if pd.isna(said):
        return "–"
    if isinstance(said, float):
        small = "share" in column or "deviation" in column or (column == "area_ha" and said < 1)
        digits = 4 if small else 2 if column == "area_ha" else 1 if said % 1 else 0
        return format_number(said, digits, lang)
    return said
