"""Features of a GeoJSON file that a reader left out, or whose geometry it read in part."""

import json
from pathlib import Path

import numpy as np
import shapely

Lost = tuple[int, str]


def lost_in_geojson(path: Path, shapes: np.ndarray) -> list[Lost]:
    """Compare what was read with what the file says, position by position.

    Parameters
    ----------
    shapes
        Geometries as read, in file order.

    Returns
    -------
    list of (number, reason)
        Number in the file, from 1; nothing when the file is one of another kind.
    """
    try:
        whole = json.loads(path.read_bytes().decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return []
    entries = _entries(whole)
    lost: list[Lost] = []
    row = 0
    for number, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict) or entry.get("type") != "Feature":
            kind = entry.get("type") if isinstance(entry, dict) else type(entry).__name__
            lost.append((number, f"no Feature but {kind!r}"))
            continue
        if row >= len(shapes):
            break
        reason = _reason(entry.get("geometry"), shapes[row])
        if reason:
            lost.append((number, reason))
        row += 1
    return lost


def _entries(whole: object) -> list:
    if not isinstance(whole, dict):
        return []
    if whole.get("type") == "Feature":
        return [whole]
    if "coordinates" in whole or "geometries" in whole:
        return [{"type": "Feature", "geometry": whole}]
    if "geometryType" in whole:  # Esri's JSON has features of another make
        return []
    found = whole.get("features", [])
    return found if isinstance(found, list) else []


def _reason(geometry: object, shape: shapely.Geometry | None) -> str:
    """Why a geometry counts as lost; "" when all of it was read."""
    if geometry is None:
        return ""
    if not isinstance(geometry, dict):
        return "geometry is no object"
    stated = _positions(geometry)
    read = int(shapely.get_num_coordinates(shape)) if shape is not None else 0
    if stated == read and (read or shape is not None):
        return ""
    if stated == 0 and read == 0 and geometry.get("coordinates", geometry.get("geometries")) == []:
        return ""
    return f"{geometry.get('type')}: {read} of {stated} positions can be read"


def _positions(geometry: object) -> int:
    """How many positions a geometry states; what stands where one belongs counts as one."""
    if not isinstance(geometry, dict):
        return 1
    if "geometries" in geometry:
        parts = geometry["geometries"]
        return sum(map(_positions, parts)) if isinstance(parts, list) else 1
    return _count(geometry.get("coordinates"))


def _count(node: object) -> int:
    if not isinstance(node, list):
        return 1
    if not node:
        return 0
    if all(not isinstance(item, list) for item in node):
        return 1 if any(item is not None for item in node) or len(node) > 1 else len(node)
    return sum(map(_count, node))
