"""Whether a file holds arcs and splines, which are read as runs of short straight pieces."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

_GML = re.compile(rb"<(?:\w+:)?(?:Arc\w*|Circle\w*|CubicSpline|BSpline|Bezier|Clothoid)\b")
_DXF = re.compile(rb"\n\s*0\r?\n(?:ARC|CIRCLE|ELLIPSE|SPLINE)\r?\n")
_GPKG = ("CURVE", "CIRCULAR", "COMPOUND", "SURFACE")


def has_curves(path: Path) -> bool:
    """Whether a GML, DXF or GeoPackage file says it holds curves."""
    kind = path.suffix.lower()
    if kind == ".gpkg":
        return _gpkg_curves(path)
    pattern = {".gml": _GML, ".xml": _GML, ".dxf": _DXF}.get(kind)
    return pattern is not None and bool(pattern.search(path.read_bytes()))


def _gpkg_curves(path: Path) -> bool:
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as file:
            rows = file.execute("select geometry_type_name from gpkg_geometry_columns").fetchall()
    except sqlite3.Error:
        return False
    return any(str(name).upper().startswith(_GPKG) for (name,) in rows)
