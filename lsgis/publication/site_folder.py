"""A whole site folder: steps, manifest, downloads."""

import json
import platform
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import geopandas
import geopandas as gpd
import pandas as pd
import pyogrio
import pyproj
import shapely

from lsgis import disk
from lsgis.catalogue import drawn_geometry, read_catalogue
from lsgis.check import Issue
from lsgis.crs import datum_operation, plane_of, to_wgs84
from lsgis.errors import OutputError
from lsgis.intake.opening import write_dataframe
from lsgis.publication.maps import draw_plan
from lsgis.publication.tables import (
    check_everything,
    make_findings,
    make_tables,
    render_findings,
    render_licences,
    render_tables,
)
from lsgis.region import Region, read_region
from lsgis.report import write_tables
from lsgis.report.words import plan_day
from lsgis.source import Plan, file_sha256, is_schematic, read_plan
from lsgis.webmap import write_assets

# What a published folder was made of: inputs with hash and licence, operation, versions, files.


def make_manifest(plan: Plan, *, files: Iterable[Path], folder: Path) -> dict[str, Any]:
    """The manifest of a site folder: no clock in it, so the same inputs give the same text.

    Parameters
    ----------
    plan
        The plan that was published.
    files
        Every file written before it, under `folder`.
    """
    operation = datum_operation(plan.region)
    rows = plan.provenance.astype(object).where(plan.provenance.notna(), None)
    return {
        "software": {"lsgis": version("lsgis"), **library_versions()},
        "crs": {
            "measured_in": plane_of(plan.region).to_string(),
            "operation": operation.name,
            "operation_code": operation.code,
            "operation_accuracy_m": operation.accuracy_m,
            "registry": operation.registry,
        },
        "schematic": is_schematic(plan),
        "environmental_rule": plan.rule,
        "inputs": rows.to_dict("records"),
        "files": {path.relative_to(folder).as_posix(): file_sha256(path) for path in sorted(files)},
    }


def library_versions() -> dict[str, str]:
    """Versions of what the figures depend on."""
    return {
        "python": platform.python_version(),
        "geopandas": geopandas.__version__,
        "pandas": pd.__version__,
        "shapely": shapely.__version__,
        "geos": shapely.geos_version_string,
        "pyproj": pyproj.__version__,
        "proj": pyproj.proj_version_str,
        "pyogrio": pyogrio.__version__,
        "gdal": pyogrio.__gdal_version_string__,
    }


def write_json(content: object, path: Path) -> Path:
    """Write JSON in UTF-8 with a stable layout."""
    text = json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")
    return path


# The layers of a plan as files to take away: one GeoPackage (metres), GeoJSON (WGS 84).


def write_downloads(plan: Plan, folder: Path) -> list[Path]:
    """Write `plan.gpkg` and `geojson/<layer>.geojson`.

    Every row is written, also what the Decision declares and nobody has
    located: those rows have no geometry.

    Parameters
    ----------
    plan
        Its layers, metres of the region's CRS.
    folder
        Existing folder.
    """
    package = folder / "plan.gpkg"
    (folder / "geojson").mkdir()
    written = [package]
    made = f"{plan_day(plan.region)}T00:00:00.000Z"  # GeoPackage states when each layer changed
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": made})
    try:
        for name, features in plan.layers.items():
            drawn = drawn_geometry(read_catalogue(plan.region)[name], features)
            kind = drawn if drawn == "Point" else f"Multi{drawn}"
            write_dataframe(
                features, package, layer=name, geometry_type=kind, promote_to_multi=kind != "Point"
            )
            degrees = to_wgs84(features, region=plan.region)
            written.append(_write_geojson(name, degrees, folder / "geojson"))
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})
    return written


def _write_geojson(name: str, features: gpd.GeoDataFrame, folder: Path) -> Path:
    path = folder / f"{name}.geojson"
    write_dataframe(features, path, driver="GeoJSON", RFC7946="YES", COORDINATE_PRECISION=7)
    return path


# A whole site folder, written aside and put in place at the end: all of it, or nothing.


def publish(
    out: str | Path,
    *,
    communes: str | Path = "embedded",
    plan: str | Path | None = None,
    rule: str | None = None,
    lang: str = "vi",
    crs: str | None = None,
    communes_crs: str | None = None,
    plan_crs: str | None = None,
    cache: Path | None = None,
    online_basemap: bool = False,
    progress: Callable[..., Iterable[Any]] | None = None,
    region: Region | None = None,
) -> pd.DataFrame:
    """Publish a plan as a folder that opens on any office computer without a network.

    Writes `index.html` and a map for each theme, `tables/` (CSV and XLSX),
    `plan.gpkg`, `geojson/`, `issues.html`, `issues.json`, `licences.html` and `manifest.json`.
    The same inputs give the same bytes.

    Parameters
    ----------
    out
        Folder to make. One that an earlier `publish` made is replaced, by rename: the old
        site stands whole until the new one does. Files in it that are not of that site, or
        were changed since, are kept. Any other folder that holds something is left alone.
    communes, plan, rule, crs, communes_crs, plan_crs, cache
        What to publish: see `read_plan`.
    lang
        Language of the pages and of the XLSX headings: "vi" or "en".
    online_basemap
        Add OpenStreetMap tiles, the only thing that would need a network.
    progress
        `tqdm` or alike; silent when None.
    region
        Whose plan; that of the region that travels with lsgis when None.

    Returns
    -------
    DataFrame
        Findings counted: `severity`, `code`, `count`. `attrs["kept"]` are the files that
        somebody else put into the folder, or changed, as they are called now; `attrs["left"]`
        those of the old site that the system does not let go, aside, until the next run can.

    Raises
    ------
    OutputError
        The folder cannot be written, holds something that is not a site, or holds one of
        the inputs.
    LayerError, CrsError, SourceError
        The inputs cannot be used; nothing is written.
    """
    out, region = Path(out), region or read_region()
    disk.sweep(out.parent)  # a killed run may have left the site that stood there aside
    files = _require_place(out)
    disk.require_closed(out, code="publish.unwritable")
    _require_inputs_elsewhere(out, communes, plan, cache, *region.own_folders)
    whole = read_plan(
        communes=communes,
        plan=plan,
        rule=rule,
        crs=crs,
        communes_crs=communes_crs,
        plan_crs=plan_crs,
        cache=cache,
        progress=progress,
        region=region,
    )
    with disk.whole_folder(out, code="publish.unwritable") as aside:
        issues = _write_site(
            whole,
            aside,
            lang=lang,
            online_basemap=online_basemap,
            progress=progress,
        )
        disk.require_portable(aside, code="publish.unwritable")
        kept = _keep_others(out, aside, files)
        aside.chmod(0o755)
    summary = _summary(issues)
    summary.attrs["kept"] = kept
    summary.attrs["left"] = [str(path) for path in disk.left_over(out.parent)]
    return summary


def _write_site(
    plan: Plan,
    folder: Path,
    *,
    lang: str,
    online_basemap: bool,
    progress: Callable[..., Iterable[Any]] | None,
) -> tuple[Issue, ...]:
    """Every part of the site, one step of progress each."""
    tables: dict[str, pd.DataFrame] = {}
    issues: list[Issue] = []

    def compute_tables() -> None:
        tables.update(make_tables(plan))

    def check() -> None:
        issues.extend(check_everything(plan))

    def write_findings() -> None:
        findings = make_findings(plan, tuple(issues), tables["sum"], lang)
        write_json(findings, folder / "issues.json")
        page = render_findings(findings, tuple(issues), plan, lang=lang)
        _write_page(folder / "issues.html", page)

    def write_table_files() -> None:
        (folder / "tables").mkdir()
        write_tables(tables, folder / "tables", lang=lang, region=plan.region)
        _write_page(folder / "tables.html", render_tables(tables, plan, lang=lang))

    def write_maps() -> None:
        write_assets(folder / "assets")
        _write_page(folder / "licences.html", render_licences(plan, lang=lang))
        for name, page in draw_plan(plan, lang=lang, online_basemap=online_basemap).items():
            _write_page(folder / name, page)

    def write_layers() -> None:
        write_downloads(plan, folder)

    def write_manifest() -> None:
        files = [path for path in folder.rglob("*") if path.is_file()]
        manifest = make_manifest(plan, files=files, folder=folder)
        write_json(manifest, folder / "manifest.json")

    steps = [
        compute_tables,
        check,
        write_findings,
        write_table_files,
        write_maps,
        write_layers,
        write_manifest,
    ]
    for step in steps if progress is None else progress(steps, desc="publish"):
        step()
    return tuple(issues)


def _require_place(out: Path) -> dict[str, str]:
    """Refuse to write over anything that an earlier `publish` did not make.

    Returns
    -------
    dict
        SHA-256 of each file of the site that stands there, by its name below the folder.
    """
    if not out.parent.is_dir():
        raise OutputError("publish.no-parent", path=out, parent=out.parent)
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return {}
    try:
        manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
        made_by, files = manifest["software"], dict(manifest["files"])
    except (OSError, ValueError, KeyError, TypeError):
        made_by, files = {}, {}
    if "lsgis" not in made_by:
        raise OutputError("publish.not-a-site", path=out)
    return {**files, "manifest.json": file_sha256(out / "manifest.json")}


def _require_inputs_elsewhere(out: Path, *inputs: str | Path | None) -> None:
    """Refuse an input that lies in the folder to be replaced."""
    home = out.resolve()
    for given in inputs:
        if (
            given is not None
            and Path(given).exists()
            and Path(given).resolve().is_relative_to(home)
        ):
            raise OutputError("publish.input-inside", path=out, found=given)


def _keep_others(out: Path, made: Path, files: Mapping[str, str]) -> list[str]:
    """Bring what is not the old site's own into the new one; its names there.

    A file of the old site that somebody changed since is theirs too. Where the new site has
    a file of that name, theirs is kept beside it as `name.kept.ending`.
    """
    kept = []
    for path in sorted(out.rglob("*")) if files else []:
        name = path.relative_to(out)
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                (made / name).mkdir(parents=True, exist_ok=True)
            continue
        stated = files.get(name.as_posix())
        if stated is not None and path.is_file() and file_sha256(path) == stated:
            continue
        target = _free(made / name)
        target.parent.mkdir(parents=True, exist_ok=True)
        disk.take_along(path, target)
        kept.append(target.relative_to(made).as_posix())
    return kept


def _free(path: Path) -> Path:
    """The path itself, or one beside it that nothing has yet."""
    free, number = path, 1
    while free.exists() or free.is_symlink():
        free = path.with_name(f"{path.stem}.kept{number if number > 1 else ''}{path.suffix}")
        number += 1
    return free


def _write_page(path: Path, page: str) -> None:
    path.write_text(page, encoding="utf-8", newline="\n")


def _summary(issues: tuple[Issue, ...]) -> pd.DataFrame:
    rows = pd.DataFrame(
        [(issue.severity, issue.code) for issue in issues], columns=["severity", "code"]
    )
    return rows.value_counts().rename("count").reset_index().sort_values(["severity", "code"])
