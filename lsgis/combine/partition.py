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
    inside = shapely.point_on_surface(faces)
    shapely.prepare(ground)
    kept = shapely.intersects(ground, inside)
    faces, inside = faces[kept], inside[kept]
    covers = np.zeros((len(faces), len(areas)), dtype=bool)
    area, face = shapely.STRtree(inside).query(areas, predicate="intersects")
    covers[face, area] = True
    return faces, covers
