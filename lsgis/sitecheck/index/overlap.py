"""What a site and the features of a layer have in common, measured in the lower dimension."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
import shapely

from lsgis.sitecheck.index.feature import ROUNDING_M, Feature, Found, Overlap, Store

_FEW, _MANY = 4, 64
DIMENSION = {
    "Point": 0, "MultiPoint": 0, "LineString": 1, "LinearRing": 1, "MultiLineString": 1,
    "Polygon": 2, "MultiPolygon": 2,
}  # fmt: skip


def find_overlaps(
    store: Store, layer: str, geometry: shapely.Geometry, pieces: Found, edges: Found
) -> dict[int, Overlap]:
    """What a geometry has in common with each feature of a layer: row -> overlap, in row order.

    A polygon site that no edge of a zone crosses lies within it as a whole, and
    then stays as it was drawn; only where an edge crosses is anything cut.

    Parameters
    ----------
    store, layer
        Where the features lie.
    geometry
        Site, EPSG:9215.
    pieces, edges
        Those of the layer whose boxes meet the site's, and maybe others.
    """
    if not len(pieces.owners):
        return {}
    if len(pieces.owners) + len(edges.owners) > _MANY:
        shapely.prepare(geometry)  # costs more than it saves on a few
    hit = shapely.intersects(geometry, pieces.shapes)
    if not hit.any():
        return {}
    crossed: set[int] = set()
    if len(edges.owners):
        crossed = set(edges.owners[shapely.intersects(geometry, edges.shapes)].tolist())
    owners, shapes = pieces.owners[hit], pieces.shapes[hit]
    mine = DIMENSION[geometry.geom_type]
    found: dict[int, Overlap] = {}
    for row in sorted(set(owners.tolist())):
        here = shapes[owners == row]
        common = [geometry]
        if row in crossed:
            common = _cut(geometry, here)
        dimensions = (mine, DIMENSION[here[0].geom_type])
        overlap = measured(store.feature(layer, row), dimensions, common)
        if overlap is not None:
            found[row] = overlap
    return found


def _cut(geometry: shapely.Geometry, pieces: np.ndarray) -> list[shapely.Geometry]:
    """What a (prepared) geometry has in common with pieces; of many, only those it crosses."""
    if len(pieces) <= _FEW:
        return [geometry.intersection(piece) for piece in pieces]
    whole = shapely.covers(geometry, pieces)
    return [*pieces[whole], *shapely.intersection(geometry, pieces[~whole])]


def measured(
    feature: Feature, dimensions: tuple[int, int], common: Sequence[shapely.Geometry]
) -> Overlap | None:
    """The size of common ground in the lower of two dimensions; None when they only touch.

    Parameters
    ----------
    feature
        Whose ground it is.
    dimensions
        Of the site and of the feature: 0 points, 1 lines, 2 polygons. Two lines
        that cross without running together have points in common.
    common
        Pieces of the ground, of any dimension.
    """
    wanted = min(dimensions)
    parts = [part for shape in common for part in single_parts(shape)]
    kept = [part for part in parts if DIMENSION[part.geom_type] == wanted]
    if wanted == 2:
        kept = [part for part in kept if part.area > ROUNDING_M * part.length]
        area = math.fsum(part.area for part in kept)
        return Overlap(feature, 2, area, 0.0, 0, tuple(kept)) if kept else None
    if wanted == 1:
        lines = united(kept)
        if lines is not None and lines.length > ROUNDING_M:
            return Overlap(feature, 1, 0.0, lines.length, 0, tuple(single_parts(lines)))
        if max(dimensions) == 2:
            return None
        kept = [part for part in parts if DIMENSION[part.geom_type] == 0]
    points = united(kept)
    if points is None:
        return None
    places = tuple(single_parts(points))
    return Overlap(feature, 0, 0.0, 0.0, len(places), places)


def united(shapes: Sequence[shapely.Geometry] | np.ndarray) -> shapely.Geometry | None:
    """Shapes as one, common ground once; None for none."""
    if len(shapes) == 2:
        return shapes[0].union(shapes[1])
    if len(shapes) > 2:
        return shapely.union_all(shapes)
    return shapes[0] if len(shapes) else None


def single_parts(shape: shapely.Geometry) -> Iterator[shapely.Geometry]:
    """The single points, lines and polygons of a geometry, empty ones left out."""
    if not hasattr(shape, "geoms"):
        if not shape.is_empty:
            yield shape
        return
    for part in shape.geoms:
        yield from single_parts(part)
