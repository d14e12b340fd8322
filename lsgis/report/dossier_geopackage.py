"""The site and what it has in common with zones, as a GeoPackage for a GIS."""

import sqlite3
from collections.abc import Container, Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd
import msgspec
import pandas as pd
import pyogrio
import pyproj
import shapely
from shapely.geometry import shape

from lsgis.crs import plane_of
from lsgis.intake.opening import write_dataframe
from lsgis.region import Region
from lsgis.report.findings import findings_of
from lsgis.report.wording import OUT_OF_FORCE, listed
from lsgis.sitecheck.record import ClauseStatus, Finding, Geometry, LayerVerdict, SiteReport

_KEYS = (
    "key",
    "name_vi",
    "name_en",
    "part",
    "state",
    "area_m2",
    "area_least_m2",
    "area_most_m2",
    "length_m",
    "length_least_m",
    "length_most_m",
    "count",
    "share",
    "share_certificate",
    "distance_m",
    "bearing_deg",
    "e_m",
    "accuracy_m",
    "accuracy_assumed",
    "quality",
    "symbol",
    "phase",
    "in_decision",
    "status",
)
_PIECES = {"Polygon": "piece_area", "LineString": "piece_line", "Point": "piece_point"}


_CLAUSE = (
    "id",
    "instrument",
    "article",
    "title_vi",
    "title_en",
    "effective",
    "repealed",
    "status",
    "read",
    "level",
)


def write_geopackage(report: SiteReport, path: Path, region: Region) -> None:
    """Write layers `site`, `piece_area|line|point`, tables `finding` and `clause`.

    Pieces are findings that have a geometry, one layer a dimension; `finding`
    holds every finding, `clause` how each cited clause stands on the day.
    Numbers are those of the report, unrounded; geometry is in the region's CRS.

    Raises
    ------
    pyogrio.errors.DataSourceError, sqlite3.Error
        It could not be written whole: the disk is full, for example.
    """
    frames = _frames(report, plane_of(region))
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{report.on}T00:00:00.000Z"})
    try:
        for layer, frame in frames.items():
            _write(frame, path, layer)
        _require_whole(path, {layer: len(frame) for layer, frame in frames.items()})
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _frames(report: SiteReport, plane: pyproj.CRS) -> dict[str, pd.DataFrame]:
    """Layers and tables by name."""
    site = report.site
    about = {"dossier": report.id, "on_date": report.on.isoformat()}
    facts = {key: getattr(site, key) for key in ("name", "area_m2", "length_m", "accuracy_m")}
    ended = {clause.id for clause in report.clauses if clause.status in OUT_OF_FORCE}
    found = [
        (_row(about, theme, finding, ended), finding.geometry)
        for _, theme, finding in findings_of(report)
    ]
    place = [shape(site.geometry)]
    frames: dict[str, pd.DataFrame] = {
        "site": gpd.GeoDataFrame([about | facts], geometry=place, crs=plane)
    }
    frames |= _pieces(found, plane)
    tables = {
        "finding": [row for row, _ in found],
        "clause": [about | _clause(clause) for clause in report.clauses],
    }
    return frames | {name: pd.DataFrame(rows) for name, rows in tables.items() if rows}


def _clause(clause: ClauseStatus) -> dict[str, Any]:
    """A clause as a row of its table, days as they are written in JSON."""
    plain = msgspec.to_builtins(clause)
    return {key: plain[key] for key in _CLAUSE}


def _require_whole(path: Path, counts: Mapping[str, int]) -> None:
    """GDAL may close a file on a full disk without a word: read it back."""
    with closing(sqlite3.connect(path)) as package:
        for layer, count in counts.items():
            (found,) = package.execute(f'select count(*) from "{layer}"').fetchone()
            if found != count:
                raise sqlite3.DatabaseError(f"{layer}: {found}/{count}")


def _row(
    about: Mapping[str, Any], theme: LayerVerdict, finding: Finding, ended: Container[str]
) -> dict[str, Any]:
    titles = {"layer_vi": theme.title.vi, "layer_en": theme.title.en}
    facts = {key: getattr(finding, key) for key in _KEYS}
    clauses, dispute = listed(finding.clauses), finding.dispute
    return {
        **about,
        "layer": theme.layer,
        **titles,
        **facts,
        "caveats": "; ".join(finding.caveats),
        "source": "; ".join(listed(finding.source)),
        "clauses": "; ".join(clauses),
        "clauses_out_of_force": "; ".join(clause for clause in clauses if clause in ended),
        "dispute_reason": dispute.reason if dispute else None,
        "dispute_by": dispute.by if dispute else None,
    }


def _pieces(
    findings: Iterable[tuple[dict[str, Any], Geometry | None]], plane: pyproj.CRS
) -> dict[str, gpd.GeoDataFrame]:
    """Findings with a geometry by its dimension."""
    found: dict[str, list[tuple[dict[str, Any], shapely.Geometry]]] = {}
    for row, geometry in findings:
        if geometry:
            piece = shape(geometry)
            layer = _PIECES.get(piece.geom_type.removeprefix("Multi"), "piece_mixed")
            found.setdefault(layer, []).append((row, piece))
    return {
        layer: gpd.GeoDataFrame([r for r, _ in rows], geometry=[g for _, g in rows], crs=plane)
        for layer, rows in sorted(found.items())
    }


def _write(frame: pd.DataFrame, path: Path, layer: str) -> None:
    if not isinstance(frame, gpd.GeoDataFrame):
        write_dataframe(frame, path, layer=layer, append=True)
        return
    mixed = layer == "piece_mixed"
    kind = "Unknown" if mixed else None
    write_dataframe(
        frame,
        path,
        layer=layer,
        geometry_type=kind,
        promote_to_multi=not mixed,
        append=path.exists(),
    )
