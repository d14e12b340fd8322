"""Degrees and areas on the ellipsoid over the province: PROJ's answers, fitted once.

Over an area as small as a province they are polynomials to within a thousandth of
a millimetre. An index carries them, so that one site is told in degrees without
importing PROJ, which takes longer than the whole check. A site that reaches out
of the box they hold in is moved by PROJ itself.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

WORST_M = 1e-6
_DEGREE = 10
_MARGIN_M = 20_000.0  # a site may reach so far out of the province
_WIDEST_M = 400_000.0  # polynomials of this degree follow no larger area
_LONGEST_M = 2_000.0  # an edge longer than this is bent by the curve of the ellipsoid
_NODES = 40


@dataclass(frozen=True, eq=False)
class Plane:
    """Polynomials in easting and northing, scaled to -1..1 over a box (EPSG:9215 m).

    `degrees` and `equal_area` are arrays (2, n, n): coefficients of the first and
    of the second coordinate, by powers of easting and of northing. `versions` are
    those of pyproj and PROJ, whose answers they give.
    """

    box: tuple[float, float, float, float]
    degrees: np.ndarray
    equal_area: np.ndarray
    versions: Mapping[str, str]


def fit_plane(bounds: Sequence[float]) -> Plane | None:
    """Polynomials that give PROJ's answers around a box; None where they would be off.

    Parameters
    ----------
    bounds
        Min easting, min northing, max easting, max northing (EPSG:9215 m).

    Returns
    -------
    Plane or None
        It holds in the box and _MARGIN_M around it. None when the box is too
        large, or a random place in it is off by more than WORST_M.
    """
    import pyproj

    x0, y0, x1, y1 = bounds
    box = (x0 - _MARGIN_M, y0 - _MARGIN_M, x1 + _MARGIN_M, y1 + _MARGIN_M)
    if not max(box[2] - box[0], box[3] - box[1]) <= _WIDEST_M:
        return None
    nodes = np.cos((np.arange(_NODES) + 0.5) * np.pi / _NODES)
    grid = np.array(np.meshgrid(nodes, nodes)).reshape(2, -1).T
    places = np.random.default_rng(9215).uniform(-1.0, 1.0, (2_000, 2))
    fitted = {}
    for name, (exact, metres) in _exact().items():
        fitted[name] = _fitted(grid, exact(_unscaled(grid, box)))
        off = (_evaluated(places, fitted[name]) - exact(_unscaled(places, box))) * metres
        if not np.abs(off).max() <= WORST_M:
            return None
    versions = {"pyproj": pyproj.__version__, "proj": pyproj.proj_version_str}
    return Plane(box=box, **fitted, versions=versions)


def tell_plane(plane: Plane | None) -> dict[str, Any] | None:
    """The same as lists and texts, as JSON holds them; `read_plane` is the way back."""
    if plane is None:
        return None
    both = {name: getattr(plane, name).tolist() for name in ("degrees", "equal_area")}
    return {"box": list(plane.box), **both, "versions": dict(plane.versions)}


def read_plane(told: Mapping[str, Any] | None) -> Plane | None:
    """What `tell_plane` told."""
    if told is None:
        return None
    both = {name: np.array(told[name]) for name in ("degrees", "equal_area")}
    return Plane(box=tuple(told["box"]), **both, versions=told["versions"])


def to_degrees(shape: shapely.Geometry, plane: Plane | None) -> shapely.Geometry:
    """A shape in EPSG:9215 as longitude and latitude in WGS 84."""
    if plane is None or not _holds(plane, shape):
        from lsgis.crs import VN2000, WGS84, move_geometries  # PROJ, where nothing else will do

        return move_geometries([shape], VN2000, WGS84)[0]
    return shapely.transform(shape, lambda places: _move(places, plane, plane.degrees))


def ellipsoidal_area(shape: shapely.Geometry, plane: Plane | None) -> float:
    """Area (m²) on the ellipsoid of a polygon whose edges are straight in EPSG:9215."""
    if shape.length > _LONGEST_M:
        shape = shapely.segmentize(shape, _LONGEST_M)
    if plane is None or not _holds(plane, shape):
        from lsgis.crs import VN2000, VN2000_DEGREES, move_geometries

        moved = move_geometries([shape], VN2000, VN2000_DEGREES)[0]
        ellipsoid = VN2000.get_geod()
        assert ellipsoid is not None  # EPSG:9215 stands on one
        return abs(ellipsoid.geometry_area_perimeter(moved)[0])
    return float(
        shapely.transform(shape, lambda places: _move(places, plane, plane.equal_area)).area
    )


def _exact() -> Mapping[str, tuple[Callable[[np.ndarray], np.ndarray], Sequence[float]]]:
    """PROJ's own answers, and how many metres one unit of each column is at most."""
    import pyproj

    from lsgis.crs import VN2000, VN2000_DEGREES, WGS84, move_geometries

    middle = VN2000.area_of_use
    assert middle is not None  # EPSG states one
    flat = pyproj.Proj(
        proj="laea", ellps="WGS84", lon_0=(middle.west + middle.east) / 2,
        lat_0=(middle.south + middle.north) / 2,
    )  # fmt: skip

    def moved(places: np.ndarray, target: pyproj.CRS) -> np.ndarray:
        return shapely.get_coordinates(move_geometries(shapely.points(places), VN2000, target))

    def equal_area(places: np.ndarray) -> np.ndarray:
        return np.column_stack(flat(*moved(places, VN2000_DEGREES).T))

    return {
        "degrees": (lambda places: moved(places, WGS84), (111_320.0, 111_320.0)),
        "equal_area": (equal_area, (1.0, 1.0)),
    }


def _move(places: np.ndarray, plane: Plane, coefficients: np.ndarray) -> np.ndarray:
    x0, y0, x1, y1 = plane.box
    half = np.array([(x1 - x0) / 2, (y1 - y0) / 2])
    return _evaluated((places - (x0, y0)) / half - 1.0, coefficients)


def _powers(scaled: np.ndarray) -> list[np.ndarray]:
    """Powers 0 to _DEGREE of two columns, each (n, _DEGREE + 1)."""
    return [np.vander(column, _DEGREE + 1, increasing=True) for column in scaled.T]


def _fitted(scaled: np.ndarray, answers: np.ndarray) -> np.ndarray:
    u, v = _powers(scaled)
    i, j = (np.add.outer(np.arange(_DEGREE + 1), np.arange(_DEGREE + 1)) <= _DEGREE).nonzero()
    found = np.zeros((2, _DEGREE + 1, _DEGREE + 1))
    found[:, i, j] = np.linalg.lstsq(u[:, i] * v[:, j], answers, rcond=None)[0].T
    return found


def _evaluated(scaled: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    u, v = _powers(scaled)
    return ((u @ coefficients) * v).sum(axis=2).T


def _unscaled(scaled: np.ndarray, box: Sequence[float]) -> np.ndarray:
    return np.array(box[:2]) + (scaled + 1.0) / 2 * (np.array(box[2:]) - box[:2])


def _holds(plane: Plane, shape: shapely.Geometry) -> bool:
    (x0, y0, x1, y1), (west, south, east, north) = shape.bounds, plane.box
    return west <= x0 and south <= y0 and x1 <= east and y1 <= north
