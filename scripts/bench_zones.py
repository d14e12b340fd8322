"""The work of the site-check benchmark: invented zones over the real communes, always the same.

300 zones with 364,600 vertices (120 corridors along random walks, 177 blobs, 3
huge ones), 50 points, 10 lines, and sites of 50 vertices. Nothing of it is a
fact about the province.
"""

import geopandas as gpd
import numpy as np
import shapely

VERTICES = 364_600
CORRIDORS, BLOBS, HUGE = 120, 177, (22_000, 30_000, 45_000)
_CORRIDOR_STEPS = 150
_BLOB_VERTICES = (50, 5_000)


def make_zones(province: shapely.Geometry, rng: np.random.Generator) -> np.ndarray:
    """Polygons (EPSG:9215) of which all together have VERTICES vertices."""
    corridors = [_corridor(place, rng) for place in _places(province, CORRIDORS, rng)]
    huge = [_blob(p, n, 13_000, rng) for p, n in zip(_places(province, 3, rng), HUGE, strict=True)]
    left = (
        VERTICES - int(shapely.get_num_coordinates([*corridors, *huge]).sum()) - BLOBS
    )  # a ring says its first vertex twice
    weight = np.exp(rng.uniform(*np.log(_BLOB_VERTICES), BLOBS))
    low, high = _BLOB_VERTICES
    counts = np.clip(np.floor(weight * left / weight.sum()), low, high).astype(int)
    counts[np.argsort(counts)[BLOBS // 2]] += left - counts.sum()
    places = _places(province, BLOBS, rng)
    radii = rng.uniform(500, 2_750, BLOBS)
    blobs = [_blob(*one, rng) for one in zip(places, counts.tolist(), radii, strict=True)]
    return np.array([*corridors, *blobs, *huge], dtype=object)


def make_sites(province: shapely.Geometry, count: int, rng: np.random.Generator) -> list:
    """Sites of 50 vertices, 0.1 to 20 hectares, inside the province."""
    radii = np.sqrt(rng.uniform(1_000, 200_000, count) / np.pi)
    places = _places(province, count, rng)
    return [_blob(place, 50, r, rng) for place, r in zip(places, radii, strict=True)]


def make_points(province: shapely.Geometry, rng: np.random.Generator) -> np.ndarray:
    """50 points."""
    return shapely.points(_places(province, 50, rng))


def make_lines(province: shapely.Geometry, rng: np.random.Generator) -> np.ndarray:
    """10 lines of 60 vertices."""
    return np.array([_walk(place, 60, 900.0, rng) for place in _places(province, 10, rng)])


def frame_of(shapes: np.ndarray, prefix: str, **columns: object) -> gpd.GeoDataFrame:
    """Shapes as a layer of a plan."""
    codes = [f"{prefix}-{n:03d}" for n in range(1, len(shapes) + 1)]
    told = {"code": codes, "name_vi": codes, "name_en": codes, **columns}
    return gpd.GeoDataFrame(told, geometry=list(shapes), crs="EPSG:9215")


def _places(province: shapely.Geometry, count: int, rng: np.random.Generator) -> np.ndarray:
    x0, y0, x1, y1 = province.bounds
    tried = rng.uniform((x0, y0), (x1, y1), (count * 6, 2))
    return tried[shapely.contains_xy(province, tried)][:count]


def _walk(start, steps: int, length: float, rng: np.random.Generator) -> shapely.Geometry:
    heading = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, 0.25, steps))
    moves = length * np.column_stack([np.cos(heading), np.sin(heading)])
    return shapely.linestrings(start + np.vstack([[0, 0], np.cumsum(moves[1:], axis=0)]))


def _corridor(start, rng: np.random.Generator) -> shapely.Geometry:
    line = _walk(start, _CORRIDOR_STEPS, 90.0, rng)
    return shapely.buffer(line, rng.uniform(15, 200) / 2, quad_segs=4)


def _blob(centre, vertices: int, radius: float, rng: np.random.Generator) -> shapely.Geometry:
    """A star-shaped polygon, rough at every scale; the ring closes with one vertex more."""
    angle = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    waves = np.arange(2, 8)
    size, shift = rng.normal(0, 0.12, waves.size) / np.sqrt(waves), rng.uniform(0, 6.3, waves.size)
    rough = (size[:, None] * np.sin(waves[:, None] * angle + shift[:, None])).sum(axis=0)
    rough += rng.normal(0, min(0.02, 1.5 / vertices), vertices)
    ring = radius * np.clip(1 + rough, 0.25, None)
    corners = centre + np.column_stack([np.cos(angle), np.sin(angle)]) * ring[:, None]
    return shapely.polygons(np.vstack([corners, corners[:1]]))
