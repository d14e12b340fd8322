"""A whole site folder, written aside and put in place at the end: all of it, or nothing."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from lsgis import disk
from lsgis.check import Issue
from lsgis.errors import OutputError
from lsgis.publication.downloads import write_downloads
from lsgis.publication.findings import check_everything, make_findings
from lsgis.publication.manifest import make_manifest, write_json
from lsgis.publication.maps import draw_plan
from lsgis.publication.pages import render_findings, render_tables
from lsgis.publication.tables import make_tables
from lsgis.report import write_tables
from lsgis.source import Plan, is_schematic, read_plan
from lsgis.webmap import write_assets


def publish(
    out: str | Path,
    *,
    communes: str | Path = "embedded",
    plan: str | Path | None = None,
    rule: str = "339",
    lang: str = "vi",
    crs: str | None = None,
    cache: Path | None = None,
    online_basemap: bool = False,
    progress: Callable[..., Iterable[Any]] | None = None,
) -> pd.DataFrame:
    """Publish a plan as a folder that opens on any office computer without a network.

    Writes `index.html` and a map for each theme, `tables/` (CSV and XLSX),
    `plan.gpkg`, `geojson/`, `issues.html`, `issues.json` and `manifest.json`.
    The same inputs give the same bytes.

    Parameters
    ----------
    out
        Folder to make. One that an earlier `publish` made is replaced; any
        other folder that holds something is left alone.
    communes, plan, rule, crs, cache
        What to publish: see `read_plan`.
    lang
        Language of the pages and of the XLSX headings: "vi" or "en".
    online_basemap
        Add OpenStreetMap tiles, the only thing that would need a network.
    progress
        `tqdm` or alike; silent when None.

    Returns
    -------
    DataFrame
        Findings counted: `severity`, `code`, `count`.

    Raises
    ------
    OutputError
        The folder cannot be written, or holds something that is not a site.
    LayerError, CrsError, SourceError
        The inputs cannot be used; nothing is written.
    """
    out = Path(out)
    disk.sweep(out.parent)  # a killed run may have left the site that stood there aside
    _require_place(out)
    whole = read_plan(
        communes=communes, plan=plan, rule=rule, crs=crs, cache=cache, progress=progress
    )
    with disk.whole_folder(out, code="publish.unwritable") as aside:
        issues = _write_site(
            whole, aside, rule=rule, lang=lang, online_basemap=online_basemap, progress=progress
        )
        aside.chmod(0o755)
    return _summary(issues)


def _write_site(
    plan: Plan, folder: Path, *, rule: str, lang: str, online_basemap: bool, progress
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
        write_tables(tables, folder / "tables", lang=lang)
        _write_page(
            folder / "tables.html", render_tables(tables, schematic=is_schematic(plan), lang=lang)
        )

    def write_maps() -> None:
        write_assets(folder / "assets")
        for name, page in draw_plan(plan, lang=lang, online_basemap=online_basemap).items():
            _write_page(folder / name, page)

    def write_layers() -> None:
        write_downloads(plan.layers, folder)

    def write_manifest() -> None:
        files = [path for path in folder.rglob("*") if path.is_file()]
        manifest = make_manifest(plan, rule=rule, files=files, folder=folder)
        write_json(manifest, folder / "manifest.json")

    steps = [compute_tables, check, write_findings, write_table_files, write_maps, write_layers,
             write_manifest]  # fmt: skip
    for step in steps if progress is None else progress(steps, desc="publish"):
        step()
    return tuple(issues)


def _require_place(out: Path) -> None:
    """Refuse to write over anything that an earlier `publish` did not make."""
    if not out.parent.is_dir():
        raise OutputError("publish.no-parent", path=out, parent=out.parent)
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    try:
        made_by = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["software"]
    except (OSError, ValueError, KeyError, TypeError):
        made_by = {}
    if "lsgis" not in made_by:
        raise OutputError("publish.not-a-site", path=out)


def _write_page(path: Path, page: str) -> None:
    path.write_text(page, encoding="utf-8", newline="\n")


def _summary(issues: tuple[Issue, ...]) -> pd.DataFrame:
    rows = pd.DataFrame(
        [(issue.severity, issue.code) for issue in issues], columns=["severity", "code"]
    )
    return rows.value_counts().rename("count").reset_index().sort_values(["severity", "code"])
