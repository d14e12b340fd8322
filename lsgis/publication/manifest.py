"""What a published folder was made of: inputs with hash and licence, operation, versions, files."""

import json
import platform
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

import geopandas
import pandas as pd
import pyogrio
import pyproj
import shapely

from lsgis.crs import VN2000, datum_operation
from lsgis.source import Plan, file_sha256, is_schematic


def make_manifest(plan: Plan, *, rule: str, files: Iterable[Path], folder: Path) -> dict:
    """The manifest of a site folder: no clock in it, so the same inputs give the same text.

    Parameters
    ----------
    plan
        The plan that was published.
    rule
        Rule of the environmental zoning.
    files
        Every file written before it, under `folder`.
    """
    operation = datum_operation()
    rows = plan.provenance.astype(object).where(plan.provenance.notna(), None)
    return {
        "software": {"lsgis": version("lsgis"), **library_versions()},
        "crs": {
            "measured_in": VN2000.to_string(),
            "operation": operation.name,
            "operation_code": operation.code,
            "operation_accuracy_m": operation.accuracy_m,
            "registry": operation.registry,
        },
        "schematic": is_schematic(plan),
        "environmental_rule": rule,
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
