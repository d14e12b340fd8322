"""The site and what it has in common with zones, as a GeoPackage for a GIS."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
from shapely.geometry import shape

from lsgis.crs import VN2000
from lsgis.report.dossier.findings import findings_of
from lsgis.report.dossier.wording import listed

_KEYS = (
    "key", "name_vi", "name_en", "part", "state", "area_m2", "length_m", "count", "share",
    "distance_m", "bearing_deg", "e_m", "accuracy_m", "accuracy_assumed", "quality", "symbol",
)  # fmt: skip
_PIECES = {"Polygon": "piece_area", "LineString": "piece_line", "Point": "piece_point"}


def write_geopackage(document: Mapping[str, Any], path: Path) -> None:
    """Write layers `site`, `piece_area|line|point` and the table `finding` (EPSG:9215).

    Pieces are findings that have a geometry, one layer a dimension; `finding`
    holds every finding. Numbers are those of the report, unrounded.
    """
    site = document["site"]
    about = {"dossier": document["id"], "on_date": document["on"]}
    facts = {key: site[key] for key in ("name", "area_m2", "length_m", "accuracy_m")}
    frame = gpd.GeoDataFrame([about | facts], geometry=[shape(site["geometry"])], crs=VN2000)
    findings = [
        (_row(about, theme, finding), finding["geometry"])
        for _, theme, finding in findings_of(document)
    ]
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{document['on']}T00:00:00.000Z"})
    try:
        _write(frame, path, "site")
        for layer, pieces in _pieces(findings).items():
            _write(pieces, path, layer)
        if findings:
            table = pd.DataFrame([row for row, _ in findings])
            pyogrio.write_dataframe(table, path, layer="finding", append=True)
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _row(about: Mapping[str, Any], theme: Mapping[str, Any], finding: Mapping[str, Any]) -> dict:
    titles = {f"layer_{lang}": theme["title"].get(lang) for lang in ("vi", "en")}
    row = dict(about) | {"layer": theme["layer"]} | titles | {key: finding[key] for key in _KEYS}
    for key in ("source", "clauses"):
        row[key] = "; ".join(listed(finding[key]))
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


def _write(frame: gpd.GeoDataFrame, path: Path, layer: str) -> None:
    mixed = layer == "piece_mixed"
    kind = "Unknown" if mixed else None
    pyogrio.write_dataframe(
        frame, path, layer=layer, geometry_type=kind, promote_to_multi=not mixed,
        append=path.exists(),
    )  # fmt: skip
