"""A ground divided by areas that may overlap: every face with the areas that cover it."""

import numpy as np
import shapely


def partition(areas: np.ndarray, ground: shapely.Geometry) -> tuple[np.ndarray, np.ndarray]:
    """Divide a ground along the edges of areas laid over it.

    All edges are noded once and faces are built from them, so that faces share
    their vertices: no overlap, no gap, and no sliver that one cut after
    another would leave.

    Parameters
    ----------
    areas
        Valid polygons; they may overlap, touch, repeat, reach outside.
    ground
        Valid (multi)polygon.

    Returns
    -------
    faces
        Polygons that together make the ground.
    covers
        Boolean, faces by areas: which area covers which face.
    """
    edges = shapely.union_all(shapely.boundary(np.append(areas, ground)))
    faces = shapely.get_parts(shapely.polygonize([edges]))
    faces = faces[_cover(faces, np.array([ground]))[:, 0]]
    return faces, _cover(faces, areas)


def _cover(faces: np.ndarray, areas: np.ndarray) -> np.ndarray:
    """Boolean, faces by areas. A face is within an area or outside, but for rounding.

    Decided by the greater share of the face: a single point of it will not do,
    for in a face with a long thin end it may fall on the edge.
    """
    covers = np.zeros((len(faces), len(areas)), dtype=bool)
    area, face = shapely.STRtree(faces).query(areas, predicate="intersects")
    common = shapely.area(shapely.intersection(faces[face], areas[area]))
    covers[face, area] = common > shapely.area(faces[face]) / 2
    return covers
