"""GeoJSON without GDAL: longitude and latitude in WGS 84, unless the file says otherwise."""

import json

import pyproj
import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from lsgis.crs import WGS84
from lsgis.errors import CrsError, SiteError
from lsgis.sitecheck.site.drawing import name_crs, plain_text, read_crs, told

_TYPES = {"Feature", "FeatureCollection", "GeometryCollection", "Point", "MultiPoint",
          "LineString", "MultiLineString", "Polygon", "MultiPolygon"}  # fmt: skip
_MOST_NAMED = 5


def read_geojson(
    content: bytes, name: str, *, crs: pyproj.CRS | None
) -> tuple[tuple[BaseGeometry | None, ...], pyproj.CRS, list] | None:
    """Shapes of a GeoJSON file, its reference system, and what has to be told.

    None for JSON of another kind (TopoJSON, Esri JSON), which is left to GDAL.

    The format itself says WGS 84, longitude first (RFC 7946); an older `crs` member
    is honoured. A reference system the caller gives counts only where the numbers
    can be no degrees.

    Raises
    ------
    SiteError
        The JSON breaks, or features have a geometry that cannot be built.
    CrsError
        The file and the caller name different reference systems.
    """
    found = _parse(content, name)
    if found.get("type") not in _TYPES:
        return None
    shapes = _shapes(found, name)
    stated = _stated(found)
    if stated is not None:
        if crs is not None and crs != stated:
            raise CrsError("site.crs-differs", found=name_crs(stated), stated=name_crs(crs))
        return shapes, stated, []
    if crs is None or crs == WGS84:
        return shapes, WGS84, []
    known = [shape for shape in shapes if shape is not None]
    if abs(shapely.get_coordinates(known)).max(initial=0) <= 360:
        raise CrsError("site.crs-differs", found=name_crs(WGS84), stated=name_crs(crs))
    return shapes, crs, [told("site.crs-of-caller", crs=name_crs(crs))]


def _parse(content: bytes, name: str) -> dict:
    try:
        found = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SiteError("site.json", path=name, reason=f"UTF-8, byte {error.start}") from error
    except json.JSONDecodeError as error:
        reason = f"{error.msg} ({error.lineno}:{error.colno})"
        raise SiteError("site.json", path=name, reason=reason) from error
    except (RecursionError, ValueError) as error:
        raise SiteError("site.json", path=name, reason=plain_text(error)) from error
    if not isinstance(found, dict):
        raise SiteError("site.json", path=name, reason=type(found).__name__)
    return found


def _shapes(found: dict, name: str) -> tuple[BaseGeometry | None, ...]:
    features = found.get("features") if found["type"] == "FeatureCollection" else [found]
    if not isinstance(features, list):
        raise SiteError("site.json", path=name, reason="features")
    shapes, broken = [], []
    for number, feature in enumerate(features, 1):
        try:
            inner = feature.get("geometry") if feature.get("type") == "Feature" else feature
            shapes.append(None if inner is None else shapely.from_geojson(json.dumps(inner)))
        except (ShapelyError, ValueError, TypeError, AttributeError, RecursionError) as error:
            broken.append(f"{number} ({plain_text(error, longest=80)})")
    if broken:
        listed = "; ".join(broken[:_MOST_NAMED])
        raise SiteError("site.broken-features", path=name, count=len(broken), found=listed)
    return tuple(shapes)


def _stated(found: dict) -> pyproj.CRS | None:
    """Reference system of the old `crs` member; None when the file has none."""
    member = found.get("crs")
    if member is None:
        return None
    inner = member.get("properties") if isinstance(member, dict) else None
    named = inner.get("name") if isinstance(inner, dict) else None
    if not isinstance(named, str):
        raise CrsError("crs.unknown", found=plain_text(json.dumps(member), longest=80))
    return read_crs(named)
