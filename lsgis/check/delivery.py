"""Issues as files: JSON for programs, CSV for tables, a GeoPackage for QGIS."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from lsgis import disk
from lsgis.check.issue import Issue, Profile, Term, describe_issues, issues_frame, usual_severities
from lsgis.region import Region, read_region
from lsgis.spreadsheet import write_csv

NAMES = ("issues.json", "issues.csv", "issues.gpkg")


def write_issues(
    issues: Iterable[Issue],
    folder: str | Path,
    *,
    lang: str,
    profile: Profile | None = None,
    region: Region | None = None,
) -> tuple[Path, ...]:
    """Write issues to `issues.json`, `issues.csv` and `issues.gpkg` in a folder.

    The three hold the same rows in the same order, numbered from 1 (`number`).
    The GeoPackage has a layer `issue` of points (rows without a place have
    none) and, where issues have them, `issue_area` and `issue_line` with the
    overlap, gap or edge itself; the CRS of the region. `usual_severity` is the rule's own,
    `reason` why a profile gave another ("" where it is the same).

    Parameters
    ----------
    folder
        Made when it is not there; the three files are replaced together.
    lang
        Language of the messages, "vi" or "en".
    profile
        The profile that set the severities (`apply_profile`), for its reasons.
    region
        The region whose layers were checked.

    Raises
    ------
    OutputError
        A file cannot be written; then none is.
    """
    listed, folder, region = list(issues), Path(folder), region or read_region()
    usual = usual_severities(listed, region=region)
    titles = describe_issues(listed, lang, parts=["title"], region=region)["title"]
    frame = issues_frame(listed, lang, region=region)
    frame.insert(0, "number", np.arange(1, len(frame) + 1))
    frame.insert(4, "title", _texts(titles))
    frame.insert(len(frame.columns) - 1, "usual_severity", _texts(usual))
    reasons = _reasons(listed, usual, profile, lang)
    frame.insert(len(frame.columns) - 1, "reason", _texts(reasons))
    with disk.whole_set(folder, code="check.not-written", parents=True) as aside:
        json_file, table, package = (aside / name for name in NAMES)
        json_file.write_text(_json(frame, listed), encoding="utf-8", newline="\n")
        write_csv(pd.DataFrame(frame.drop(columns="geometry")), table)
        _write_gpkg(frame, listed, package)
    return tuple(folder / name for name in NAMES)


def _reasons(
    issues: list[Issue], usual: list[str], profile: Profile | None, lang: str
) -> list[str]:
    """Why a profile changed each severity; "" where it did not."""
    given = profile.reasons if profile else {}
    return [
        given.get(issue.code, {}).get(lang, "") if issue.severity != severity else ""
        for issue, severity in zip(issues, usual, strict=True)
    ]


def _json(frame: gpd.GeoDataFrame, issues: list[Issue]) -> str:
    """A row an issue: the columns of the table, and the values of its message as `values`."""
    table = frame.drop(columns="geometry").astype(object)
    rows = table.where(table.notna(), None).to_dict(orient="records")
    written = [
        {**row, "values": {name: _plain(value) for name, value in issue.values.items()}}
        for row, issue in zip(rows, issues, strict=True)
    ]
    return json.dumps(written, ensure_ascii=False, indent=1, allow_nan=False, default=_plain) + "\n"


def _plain(value: Any) -> Any:
    """A value as JSON knows it: terms by their code, numbers that are none as None."""
    if isinstance(value, Term):
        return value.code
    if isinstance(value, (tuple, list, np.ndarray)):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value if isinstance(value, (str, bool, int, float, type(None))) else str(value)


def _write_gpkg(frame: gpd.GeoDataFrame, issues: list[Issue], path: Path) -> None:
    frame.to_file(path, layer="issue", driver="GPKG", engine="pyogrio", geometry_type="Point")
    shapes = np.array([*(issue.shape for issue in issues), None], dtype=object)[:-1]
    size = shapely.get_dimensions(shapes)
    for layer, dimension, kind in (
        ("issue_area", 2, "MultiPolygon"),
        ("issue_line", 1, "MultiLineString"),
    ):
        these = (size == dimension) & ~shapely.is_empty(shapes)
        if these.any():
            parts = [_multi(shape, dimension) for shape in shapes[these]]
            rows = frame[these].set_geometry(gpd.array.from_shapely(parts, crs=frame.crs))
            rows.to_file(path, layer=layer, driver="GPKG", engine="pyogrio", geometry_type=kind)


def _multi(shape: shapely.Geometry, dimension: int) -> shapely.Geometry:
    parts = shapely.get_parts(shape)
    parts = parts[shapely.get_dimensions(parts) == dimension]
    return shapely.multipolygons(parts) if dimension == 2 else shapely.multilinestrings(parts)


def _texts(texts: list[str]) -> pd.Series:
    return pd.Series(texts, dtype=object)
