"""The site and what it has in common with zones, as a GeoPackage for a GIS."""

import sqlite3
from collections.abc import Container, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
from shapely.geometry import shape

from lsgis.crs import VN2000
from lsgis.report.findings import findings_of
from lsgis.report.wording import OUT_OF_FORCE, listed

_KEYS = (
    "key",
    "name_vi",
    "name_en",
    "part",
    "state",
    "area_m2",
    "length_m",
    "count",
    "share",
    "distance_m",
    "bearing_deg",
    "e_m",
    "accuracy_m",
    "accuracy_assumed",
    "quality",
    "symbol",
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
)


def write_geopackage(document: Mapping[str, Any], path: Path) -> None:
    """Write layers `site`, `piece_area|line|point`, tables `finding` and `clause` (EPSG:9215).

    Pieces are findings that have a geometry, one layer a dimension; `finding`
    holds every finding, `clause` how each cited clause stands on the day.
    Numbers are those of the report, unrounded.

    Raises
    ------
    pyogrio.errors.DataSourceError, sqlite3.Error
        It could not be written whole: the disk is full, for example.
    """
    frames = _frames(document)
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{document['on']}T00:00:00.000Z"})
    try:
        for layer, frame in frames.items():
            _write(frame, path, layer)
        _require_whole(path, {layer: len(frame) for layer, frame in frames.items()})
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _frames(document: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Layers and tables by name."""
    site = document["site"]
    about = {"dossier": document["id"], "on_date": document["on"]}
    facts = {key: site[key] for key in ("name", "area_m2", "length_m", "accuracy_m")}
    ended = {row["id"] for row in document["clauses"] if row["status"] in OUT_OF_FORCE}
    found = [
        (_row(about, theme, finding, ended), finding["geometry"])
        for _, theme, finding in findings_of(document)
    ]
    place = [shape(site["geometry"])]
    frames = {"site": gpd.GeoDataFrame([about | facts], geometry=place, crs=VN2000)}
    frames |= _pieces(found)
    tables = {
        "finding": [row for row, _ in found],
        "clause": [about | {key: row[key] for key in _CLAUSE} for row in document["clauses"]],
    }
    return frames | {name: pd.DataFrame(rows) for name, rows in tables.items() if rows}


def _require_whole(path: Path, counts: Mapping[str, int]) -> None:
    """GDAL may close a file on a full disk without a word: read it back."""
    with closing(sqlite3.connect(path)) as package:
        for layer, count in counts.items():
            (found,) = package.execute(f'select count(*) from "{layer}"').fetchone()
            if found != count:
                raise sqlite3.DatabaseError(f"{layer}: {found}/{count}")


def _row(about: Mapping[str, Any], theme: Mapping, finding: Mapping, ended: Container) -> dict:
    titles = {f"layer_{lang}": theme["title"].get(lang) for lang in ("vi", "en")}
    row = dict(about) | {"layer": theme["layer"]} | titles | {key: finding[key] for key in _KEYS}
    for key in ("source", "clauses"):
        row[key] = "; ".join(listed(finding[key]))
    row["clauses_out_of_force"] = "; ".join(c for c in listed(finding["clauses"]) if c in ended)
    dispute = finding["dispute"] or {}
    return row | {"dispute_reason": dispute.get("reason"), "dispute_by": dispute.get("by")}


def _pieces(findings) -> dict[str, gpd.GeoDataFrame]:
    """Findings with a geometry by its dimension."""
    found: dict[str, list] = {}
    for row, geometry in findings:
        if geometry:
            piece = shape(geometry)
            layer = _PIECES.get(piece.geom_type.removeprefix("Multi"), "piece_mixed")
            found.setdefault(layer, []).append((row, piece))
    return {
        layer: gpd.GeoDataFrame([r for r, _ in rows], geometry=[g for _, g in rows], crs=VN2000)
        for layer, rows in sorted(found.items())
    }


def _write(frame: pd.DataFrame, path: Path, layer: str) -> None:
    if not isinstance(frame, gpd.GeoDataFrame):
        pyogrio.write_dataframe(frame, path, layer=layer, append=True)
        return
    mixed = layer == "piece_mixed"
    kind = "Unknown" if mixed else None
    pyogrio.write_dataframe(
        frame,
        path,
        layer=layer,
        geometry_type=kind,
        promote_to_multi=not mixed,
        append=path.exists(),
    )
