"""Equal in, equal out: for every position of an array, on every processor, and in every id.

A processor adds and multiplies a few numbers at once, and its libraries may take
another road for the last few of an array: what comes out must not show it.
"""

import ast
import math
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.transform import Affine
from toy import VN2000
from toysite import Zone, square, toy_index, toy_site

import lsgis
from lsgis.catalogue import read_catalogue
from lsgis.check.coverage import widths
from lsgis.check.extent import ellipsoid_areas
from lsgis.check.form import check_spikes
from lsgis.combine.common_ground import measure
from lsgis.crs import (
    VN2000_DEGREES,
    WGS84,
    ellipsoidal_area,
    move_geometries,
    to_degrees,
    to_vn2000,
    to_wgs84,
)
from lsgis.digest import SHAPE_STEP_M, settled, settled_log, shape_bytes
from lsgis.errors import CrsError
from lsgis.region import read_region
from lsgis.sitecheck import check_site
from lsgis.sitecheck.build import _content_digest, read_features
from lsgis.sitecheck.content import identify
from lsgis.sitecheck.store import apart_each, split_lines, tile_polygons
from lsgis.sitecheck.terrain import _apply, _slope
from lsgis.webmap.feature import in_degrees, write_steps
from lsgis.webmap.issue_page import _as_numbers, _near

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))
from power_diagram import draw_discs

WEST, SOUTH = 430_000.0, 2_400_000.0
GRID = Affine(30.1, 0.7, WEST, 0.4, -29.9, SOUTH)
ZONE, THIRD = pyproj.CRS.from_epsg(3405), pyproj.CRS.from_epsg(3148)
LONGEST = 70  # more than a processor takes at once, by any number up to 16
counts = st.integers(1, LONGEST)
seeds = st.integers(0, 2**32 - 1)


# ---- each position as if it were alone


def places(count: int, seed: int) -> np.ndarray:
    """Places in the province (EPSG:9215 m), with all the digits a number has."""
    return np.random.default_rng(seed).uniform((WEST, SOUTH), (WEST + 4e4, SOUTH + 4e4), (count, 2))


def bits(row: object) -> bytes:
    """A row as bytes: numbers as they lie in memory, geometries as WKB, lists as they are told."""
    if isinstance(row, shapely.Geometry):
        return shapely.to_wkb(row)
    return row.tobytes() if isinstance(row, np.ndarray | np.generic) else repr(row).encode()


def moved_apart(bulk: Callable, items: np.ndarray, seed: int) -> list[str]:
    """Orders of the items in which a bulk function gives one another answer than it has alone."""
    alone = [bits(bulk(items[n : n + 1])[0]) for n in range(len(items))]
    mixed = np.random.default_rng(seed).permutation(len(items))
    orders = {
        "as it is": np.arange(len(items)),
        "reversed": np.arange(len(items))[::-1],
        "permuted": mixed,
        "padded before": np.append(np.zeros(seed % 9, dtype=int), np.arange(len(items))),
        "padded behind": np.append(np.arange(len(items)), np.zeros(seed % 9, dtype=int)),
    }
    return [
        name
        for name, order in orders.items()
        if [bits(row) for row in bulk(items[order])] != [alone[n] for n in order]
    ]


def squares(xy: np.ndarray) -> np.ndarray:
    """A turned square around each place, ten to sixty metres wide."""
    wide = 10 + xy[:, 0] % 50
    turn = np.array([[1, 0.3], [-0.3, 1], [-1, -0.3], [0.3, -1], [1, 0.3]])
    return shapely.polygons(xy[:, None, :] + turn * wide[:, None, None])


def points_in(crs: pyproj.CRS) -> Callable:
    """The places as points in another system."""

    def there(xy: np.ndarray) -> np.ndarray:
        datum = WGS84 if crs == THIRD else VN2000
        return move_geometries(move_geometries(shapely.points(xy), VN2000, datum), datum, crs)

    return there


def moving(source: pyproj.CRS, target: pyproj.CRS) -> Callable:
    """A move of points between two systems."""
    return lambda points: shapely.get_coordinates(move_geometries(points, source, target))


def as_frame(move: Callable, crs: pyproj.CRS) -> Callable:
    """A move of a frame of points."""
    return lambda points: move(gpd.GeoDataFrame(geometry=points, crs=crs)).geometry.to_numpy()


def corners_of(move: Callable) -> Callable:
    """Corners of one line through all places, moved as a whole; a place is doubled when alone."""

    def bulk(xy: np.ndarray) -> np.ndarray:
        line = shapely.linestrings(xy if len(xy) > 1 else np.repeat(xy, 2, axis=0))
        return shapely.get_coordinates(move(line))[: len(xy)]

    return bulk


def boxes_away(xy: np.ndarray) -> np.ndarray:
    bounds = (WEST + 1 / 3, SOUTH + 1 / 7, WEST + 10.1, SOUTH + 7.7)
    return apart_each(bounds, np.vstack([xy.T, xy.T + 5.3]))


def slopes(xy: np.ndarray) -> np.ndarray:
    """Slope of the middle of a strip of three cells a place, each strip beside the others."""
    heights = np.repeat(xy[:, :1] % 97, 3, axis=1) + np.array([0.0, 0.31, 0.9]) * (xy[:, 1:] % 13)
    strips = np.repeat(heights, 3, axis=0)  # its neighbours above and below are itself
    return _slope(strips, np.array([[30.1, 0.7], [0.4, -29.9]]))[1::3, 1]


def rounded_together(xy: np.ndarray) -> np.ndarray:
    return shapely.get_coordinates(shapely.from_wkb(shape_bytes(shapely.multipoints(xy))))


def pieces_of(shapes: np.ndarray, by: Callable) -> list[list]:
    """Pieces that a bulk function cuts many shapes into, a list for each shape."""
    pieces, owners = by(shapes, np.arange(len(shapes)))
    return [shapely.to_wkb(pieces[owners == n]).tolist() for n in range(len(shapes))]


def outlines(xy: np.ndarray) -> np.ndarray:
    """A line of forty corners from each place."""
    steps = np.arange(40)[None, :, None] * np.array([1.1, 0.7]) + xy[:, None, :]
    return shapely.linestrings(steps)


def rosettes(xy: np.ndarray) -> np.ndarray:
    """A ring of more corners than a tile may have around each place."""
    return shapely.buffer(shapely.points(xy), 12.3 + xy[:, 0] % 3, quad_segs=64)


def spikes(xy: np.ndarray) -> list[tuple]:
    """What is said of a square with one spike at each place, its arm of its own length."""
    layer, arm = read_catalogue()["wetland"], 20 + xy[:, 0] % 30
    tips = [
        shapely.Polygon([(x, y), (x + 9, y), (x + 9 + a, y + 0.001), (x + 9, y + 0.05),
                         (x + 9, y + 9), (x, y + 9)])
        for (x, y), a in zip(xy.tolist(), arm.tolist(), strict=True)
    ]  # fmt: skip
    found = check_spikes(np.array(tips), layer, np.arange(len(xy)).astype(str))
    assert len(found) == len(xy)
    return [(issue.place.wkt, sorted(issue.values.items())) for issue in found]


# name -> the items to be taken one by one or many at once, made of places; the function
BULK = {
    "to WGS 84": (shapely.points, moving(VN2000, WGS84)),
    "from WGS 84": (points_in(WGS84), moving(WGS84, VN2000)),
    "to degrees of VN-2000": (shapely.points, moving(VN2000, VN2000_DEGREES)),
    "from another zone": (points_in(ZONE), moving(ZONE, VN2000)),
    "from a third datum": (points_in(THIRD), moving(THIRD, VN2000)),
    "to the same": (shapely.points, moving(VN2000, VN2000)),
    "to_wgs84": (shapely.points, as_frame(to_wgs84, VN2000)),
    "to_vn2000": (points_in(WGS84), as_frame(to_vn2000, WGS84)),
    "corners of a line, to_degrees": (np.array, corners_of(to_degrees)),
    "ellipsoidal areas": (squares, lambda shapes: ellipsoid_areas(shapes, VN2000)),
    "in degrees for a page": (shapely.points, lambda points: in_degrees(points, read_region())),
    "steps of a page": (
        squares,
        lambda shapes: [write_steps(s) for s in in_degrees(shapes, read_region())],
    ),
    "corners as one number": (np.array, _as_numbers),
    "near a place": (np.array, lambda xy: _near(xy, np.array([[WEST + 2e4, SOUTH + 2e4]]), 9e3)),
    "boxes": (np.array, boxes_away),
    "lines split": (outlines, lambda shapes: pieces_of(shapes, split_lines)),
    "polygons tiled": (rosettes, lambda shapes: pieces_of(shapes, tile_polygons)),
    "measures": (squares, lambda shapes: measure(shapes, 2)),
    "widths": (squares, widths),
    "spikes": (np.array, spikes),
    "cells of a model": (np.array, lambda xy: _apply(GRID, xy)),
    "places of a model": (np.array, lambda xy: _apply(GRID, xy, back=True)),
    "slopes": (np.array, slopes),
    "rounded for a digest": (shapely.points, lambda points: [shape_bytes(p) for p in points]),
    "rounded together": (np.array, rounded_together),
    "discs": (np.array, lambda xy: draw_discs(xy, 10 + xy[:, 0] % 7)),
}


@pytest.mark.parametrize("name", sorted(BULK))
@settings(deadline=None, max_examples=12)  # of many milliseconds each, on a busy machine
@given(count=counts, seed=seeds)
def test_every_position_as_if_alone(name, count, seed):
    make, bulk = BULK[name]
    assert moved_apart(bulk, make(places(count, seed)), seed) == []


@pytest.mark.parametrize("name", ["to WGS 84", "from WGS 84", "corners of a line, to_degrees"])
def test_every_length_of_the_moves_that_a_check_makes(name):
    make, bulk = BULK[name]
    every = make(places(LONGEST, 1))
    alone = [bits(bulk(every[n : n + 1])[0]) for n in range(LONGEST)]
    for count in range(1, LONGEST + 1):
        assert [bits(row) for row in bulk(every[:count])] == alone[:count]
        assert [bits(row) for row in bulk(every[-count:])] == alone[-count:]


@pytest.mark.parametrize(
    ("bulk", "orders"),
    [
        pytest.param(lambda xy: xy.cumsum(axis=0), 4, id="sums"),
        pytest.param(lambda xy: xy + np.arange(len(xy))[:, None] % 4 * 1e-9, 4, id="by four"),
    ],
)  # fmt: skip
def test_a_function_that_looks_at_the_position_is_seen(bulk, orders):
    assert len(moved_apart(bulk, places(9, 4), 4)) >= orders


@settings(deadline=None, max_examples=30)
@given(count=st.integers(3, LONGEST), seed=seeds)
def test_rings_stay_closed_and_sound(count, seed):
    turn = np.sort(np.random.default_rng(seed).uniform(0, 2 * np.pi, count))
    ring = [(450_000 + 90 * math.cos(a), 2_420_000 + 90 * math.sin(a)) for a in turn]
    hole = shapely.Point(450_000, 2_420_000).buffer(0.5, quad_segs=count)
    shapes = [shapely.Polygon(ring), shapely.box(449_000, 2_419_000, 451_000, 2_421_000) - hole]
    for there in (WGS84, VN2000_DEGREES, pyproj.CRS.from_epsg(3405)):
        moved = move_geometries(shapes, VN2000, there)
        for found in (moved, move_geometries(moved, there, VN2000)):
            rings = shapely.get_rings(found)
            assert shapely.is_closed(rings).all() and shapely.is_valid(found).all()
    assert shapely.from_wkb(shape_bytes(shapes[1])).is_valid


@settings(deadline=None, max_examples=30)
@given(count=st.integers(3, 40), seed=seeds)
def test_an_area_on_the_ellipsoid_hangs_on_no_direction(count, seed):
    east, north = places(1, seed)[0]
    whole = shapely.Point(east, north).buffer(200, quad_segs=count)
    hole = shapely.Point(east, north).buffer(50, quad_segs=count)
    expected = ellipsoidal_area(whole, VN2000) - ellipsoidal_area(hole, VN2000)
    far = shapely.affinity.translate(whole, 1000)
    for ring in (hole.exterior, hole.exterior.reverse()):
        holed = shapely.Polygon(whole.exterior, [ring.coords])
        assert ellipsoidal_area(holed, VN2000) == pytest.approx(expected, abs=1e-3)
        two = shapely.MultiPolygon([holed, far.reverse()])
        assert ellipsoidal_area(two, VN2000) == pytest.approx(
            expected + ellipsoidal_area(far, VN2000), abs=1e-3
        )


# ---- no function whose last bit hangs on the processor

# `@` and what stands on BLAS and LAPACK take another road at the ends of an array; the sines and
# powers of numpy are written anew for each kind of processor. math's come from one C library.
_BLAS = {
    "dot", "vdot", "inner", "outer", "matmul", "matvec", "vecmat", "vecdot", "tensordot", "einsum",
    "linalg", "lstsq", "polyfit", "polyval", "vander", "kron", "cov", "corrcoef", "convolve",
    "correlate", "interp",
}  # fmt: skip
_BY_PROCESSOR = {
    "sin", "cos", "tan", "arcsin", "arccos", "arctan", "arctan2", "asin", "acos", "atan", "atan2",
    "sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh", "exp", "exp2", "expm1", "log", "log2",
    "log10", "log1p", "power", "pow", "float_power", "cbrt", "logaddexp", "geomspace", "logspace",
}  # fmt: skip
# module -> names it may use, and why
ALLOWED: dict[str, set[str]] = {}


def forbidden_in(source: str) -> set[str]:
    """Names of forbidden operations in the source of a module."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.MatMult):
            found.add("@")
        elif isinstance(node, ast.Attribute):
            of_numpy = isinstance(node.value, ast.Name) and node.value.id in ("np", "numpy")
            if node.attr in (_BLAS | _BY_PROCESSOR if of_numpy else {"dot"}):
                found.add(node.attr)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("numpy"):
            found |= {alias.name for alias in node.names} & (_BLAS | _BY_PROCESSOR)
            found |= set((node.module or "").split(".")) & _BLAS
        elif isinstance(node, ast.Import):
            found |= {part for alias in node.names for part in alias.name.split(".")} & _BLAS
    return found


def test_nothing_hangs_on_the_kind_of_processor():
    root = Path(lsgis.__file__).parent
    found = {
        path.relative_to(root).as_posix(): names
        for path in sorted(root.rglob("*.py"))
        if (names := forbidden_in(path.read_text(encoding="utf-8")))
    }
    assert found == ALLOWED


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("a = b @ c", "@"), ("a @= b", "@"), ("np.dot(a, b)", "dot"), ("a.dot(b)", "dot"),
        ("np.linalg.solve(a, b)", "linalg"), ("from numpy.linalg import inv", "linalg"),
        ("import numpy.linalg", "linalg"), ("from numpy import einsum", "einsum"),
        ("numpy.sin(a)", "sin"), ("np.arctan2(a, b)", "arctan2"),
    ],
)  # fmt: skip
def test_what_hangs_on_it_is_seen(source, name):
    assert forbidden_in(source) == {name}
    assert forbidden_in("np.hypot(a, b) * np.sqrt(c) + math.sin(d)") == set()


# ---- one answer, one id

ON = date(2026, 11, 22)
NUDGE_M = 3e-9  # by which PROJ's answers differ with and without fused multiplication


@pytest.fixture(scope="module")
def index():
    return toy_index({"wetland": [Zone(square(50, 0, 400, 100), 10)]})


def id_of(site, index) -> str:
    return identify(site, index, ON, None, {"bands_m": [100.0]}, [], None)


def nudged(shape: shapely.Geometry, by: float, seed: int) -> shapely.Geometry:
    """A shape, each of its places moved by so much in some direction; rings closed."""
    turn = np.random.default_rng(seed)
    return shapely.transform(
        shape, lambda xy: xy + by * np.sign(turn.uniform(-1, 1, (1, 2)))
    )  # one direction: a ring's last place is its first


@settings(deadline=None)
@given(seed=seeds)
def test_the_last_bits_of_a_place_make_no_other_id(index, seed):
    corners = np.round(places(5, seed), 2)  # as surveyed: no place in the middle of a step
    site = toy_site(shapely.MultiPoint(corners).convex_hull)
    same = replace(site, geometry=nudged(site.geometry, NUDGE_M, seed))
    other = replace(site, geometry=nudged(site.geometry, 2 * SHAPE_STEP_M, seed))
    assert id_of(same, index) == id_of(site, index) != id_of(other, index)


def test_every_other_word_makes_another_id(index):
    site = toy_site(square(0, 0, 100, 100))
    log = ({"code": "site.repaired", "before_m2": 10.0, "after_m2": 9.5, "number": 1},)
    known = replace(site, log=log)
    ids = {id_of(known, index)}
    for row in ({"after_m2": 9.52}, {"number": 2}, {"code": "site.united"}):
        ids.add(id_of(replace(site, log=({**log[0], **row},)), index))
    ids |= {id_of(replace(known, accuracy_m=0.5000001), index), id_of(site, index)}
    assert len(ids) == 6
    close = ({**log[0], "after_m2": 9.5 + 1e-7},)
    assert id_of(replace(site, log=close), index) in ids


def test_what_is_checked_twice_has_one_id_for_all_that_is_asked(index):
    site = toy_site(square(0, 0, 100, 100))
    one, two = (check_site(site, index, on=ON, assumed_accuracy_m=m) for m in (100.0, 100.001))
    assert one.document["id"] == check_site(site, index, on=ON).document["id"]
    assert one.document["id"] != two.document["id"]


def test_a_layer_has_one_digest_however_it_was_moved():
    layer = read_catalogue()["wetland"]
    frame = gpd.GeoDataFrame(
        {layer.key: ["a"], "accuracy_m": [10.0]}, geometry=[square(0, 0, 90.01, 80)], crs=VN2000
    )
    for by, same in ((NUDGE_M, True), (-NUDGE_M, True), (2 * SHAPE_STEP_M, False)):
        other = frame.set_geometry([nudged(frame.geometry[0], by, 1)], crs=VN2000)
        digests = [_content_digest(one, read_features(one, layer)) for one in (frame, other)]
        assert (digests[0] == digests[1]) is same


def test_zeros_have_one_sign_and_numbers_one_length():
    assert shape_bytes(shapely.Point(-0.0, -0.0001)) == shape_bytes(shapely.Point(0.0, 0.0))
    assert repr(settled([-0.0, {"a": (0.1 + 0.2, 3, True, None, "1.0")}])) == repr(
        [0.0, {"a": [0.3, 3, True, None, "1.0"]}]
    )
    assert settled(1234.56789, digits=3) == 1230.0
    assert settled_log([{"a_m2": 1.005e9 + 1e-5, "a_m": 1e-7, "b_m2": 3}]) == [
        {"a_m2": 1.005e9, "a_m": 1e-7, "b_m2": 3}
    ]


@given(middle=st.integers(0, 10**9), side=st.sampled_from([-1, 1]))
def test_a_place_goes_to_the_nearest_step(middle, side):
    """Half a step away it belongs to both neighbours; just beside, to the nearer one."""
    place = middle * SHAPE_STEP_M + side * 0.499 * SHAPE_STEP_M
    found = shapely.from_wkb(shape_bytes(shapely.Point(place, 0.0))).x
    assert found == pytest.approx(middle * SHAPE_STEP_M, abs=1e-9)
    assert shape_bytes(shapely.Point(found, 0.0)) == shape_bytes(shapely.Point(place, 0.0))


@pytest.mark.parametrize(
    "rest",
    ["EMPTY", "((500 0, 600 0, 600 90, 500 0)), EMPTY", "EMPTY, EMPTY"],
)
def test_an_empty_part_has_no_area_and_harms_nobody(rest):
    """The process itself ended on a long outline with an empty part beside it."""
    long = "((440000 2410000, 450000 2410000, 450000 2420000, 440000 2410000))"
    shape = shapely.from_wkt(f"MULTIPOLYGON ({long}, {rest})")
    sound = shapely.multipolygons([part for part in shape.geoms if not part.is_empty])
    assert ellipsoidal_area(shape, VN2000) == ellipsoidal_area(sound, VN2000) > 0
    assert ellipsoidal_area(shapely.Polygon(), VN2000) == 0


def test_an_outline_longer_than_any_on_earth_is_refused():
    with pytest.raises(CrsError, match="no finite result"):
        ellipsoidal_area(shapely.box(0, 0, 1e300, 1e300), VN2000)
