"""What two geometries have in common: both ways to find it agree, and moved outlines bound it."""

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from toy import box, here

from lsgis.combine.common_ground import (
    DIMENSION,
    NO_PIECES,
    ROUNDING_M,
    Pieces,
    cut_pairs,
    find_ground,
    grow_ground,
    measure,
    measure_ground,
    outline_together,
    single_parts,
    size_deeper,
    size_of,
)
from lsgis.sitecheck.store import shelve

steps = st.integers(-40, 40)
places = st.tuples(steps, steps)


@st.composite
def rectangles(draw):
    x, y = draw(places)
    return here(shapely.box(x, y, x + draw(st.integers(1, 40)), y + draw(st.integers(1, 40))))


@st.composite
def polygons(draw):
    corners = [*draw(st.lists(rectangles(), min_size=1, max_size=3))]
    hole = draw(st.booleans())
    ground = shapely.union_all(corners)
    x0, y0, x1, y1 = ground.bounds
    inner = shapely.box((2 * x0 + x1) / 3, (2 * y0 + y1) / 3, (x0 + x1) / 2, (y0 + y1) / 2)
    left = ground.difference(inner) if hole else ground
    return left if left.area else ground


@st.composite
def lines(draw):
    """Of one stretch or several, that may lie apart."""
    way = st.lists(places, min_size=2, max_size=5, unique=True)
    return here(shapely.MultiLineString(draw(st.lists(way, min_size=1, max_size=3))))


points = st.lists(places, min_size=1, max_size=4, unique=True).map(
    lambda ends: here(shapely.MultiPoint(ends))
)
shapes = st.one_of(polygons(), lines(), points)


def laid(geometry, *others):
    """Ground with each of several, as a check finds it: by their pieces."""
    pieces, edges = shelve(np.array(others, dtype=object)).around(None)
    return find_ground(geometry, pieces, edges)


def kinds(geometry, other):
    return DIMENSION[geometry.geom_type], DIMENSION[other.geom_type]


@given(geometry=shapes, other=shapes)
@settings(max_examples=300, deadline=None)
def test_both_ways_find_the_same_ground(geometry, other):
    """One over one, as an overlay cuts it and as a check measures it, tile by tile."""
    cuts = cut_pairs(np.array([geometry]), np.array([other]))
    found = laid(geometry, other).get(0)
    if kinds(geometry, other) == (1, 1) and found is not None and found.dimension == 0:
        assert not len(cuts.size)  # lines that only cross: an overlay counts no stretch
        return
    size = float(cuts.size[0]) if len(cuts.size) else 0.0
    assert (found.size if found else 0.0) == pytest.approx(size, rel=1e-9, abs=1e-6)
    if found is not None:
        assert found.dimension == min(kinds(geometry, other))
        assert {DIMENSION[part.geom_type] for part in found.parts} == {found.dimension}
        whole = measure(np.array([shapely.union_all(found.parts)]), found.dimension)
        assert found.size == pytest.approx(float(whole[0]), rel=1e-9)


@given(geometry=shapes, others=st.lists(polygons(), min_size=1, max_size=5))
@settings(max_examples=150, deadline=None)
def test_each_of_many_is_found_as_if_alone(geometry, others):
    together = laid(geometry, *others)
    alone = {row: ground for row, other in enumerate(others) if (ground := laid(geometry, other))}
    assert together == {row: ground[0] for row, ground in alone.items()}
    assert list(together) == sorted(together)


@given(site=polygons(), zone=polygons(), e_m=st.floats(0.01, 30))
@settings(max_examples=150, deadline=None)
def test_a_moved_outline_bounds_the_ground(site, zone, e_m):
    ground = laid(site, zone).get(0)
    if ground is None:
        return
    outline = np.array([shapely.boundary(zone)], dtype=object)
    less = size_deeper(ground.parts, outline, e_m, whole=True)
    more = size_of([grow_ground(site, ground.parts, outline, e_m)])
    slack = 1e-6 + ground.size * 1e-9
    assert -slack <= less <= ground.size + slack
    assert ground.size - slack <= more <= site.area + slack
    truth = site.intersection(zone.buffer(-e_m, quad_segs=64)).area
    assert less <= truth + slack + 0.01 * e_m * site.length  # never surer than the truth


@given(
    ways=st.lists(st.lists(places, min_size=2, max_size=4, unique=True), min_size=1, max_size=3),
    zone=polygons(),
    turn=st.floats(0, 360),
    e_m=st.floats(0, 30),
)
@settings(max_examples=150, deadline=None)
def test_a_grown_zone_holds_every_stretch_it_held_and_no_ground_else(ways, zone, turn, e_m):
    """Where cuts of slanting lines meet what was added, nothing is lost or counted twice."""
    site, zone = (
        shapely.affinity.rotate(shape, turn, origin=here(shapely.Point(0, 0)))
        for shape in (here(shapely.union_all([shapely.LineString(way) for way in ways])), zone)
    )
    ground = laid(site, zone).get(0)
    if ground is None:
        return
    grown = grow_ground(site, ground.parts, np.array([zone.boundary], dtype=object), e_m)
    assert {DIMENSION[part.geom_type] for part in single_parts(grown)} == {1}
    truth = shapely.union_all([zone, zone.boundary.buffer(e_m, quad_segs=64)]) if e_m else zone
    least = site.intersection(truth).length
    most = site.intersection(zone.buffer(e_m * 1.006 + 1e-6, quad_segs=64)).length
    assert min(least, ground.size) - 1e-3 <= grown.length <= max(most, ground.size) + 1e-3


@pytest.mark.parametrize(
    ("geometry", "other", "ground"),
    [
        pytest.param(box(0, 0, 9, 9), box(9, 0, 18, 9), None, id="a shared edge"),
        pytest.param(box(0, 0, 9, 9), box(8, 0, 18, 9), (2, 9.0), id="a strip"),
        pytest.param(
            here(shapely.LineString([(0, 0), (9, 0)])),
            box(0, 0, 9, 9),
            (1, 9.0),
            id="a line along an edge",
        ),
        pytest.param(
            here(shapely.LineString([(-9, 0), (0, 0)])),
            box(0, 0, 9, 9),
            None,
            id="a line that ends on an edge",
        ),
        pytest.param(
            here(shapely.LineString([(0, 0), (9, 9)])),
            here(shapely.LineString([(0, 9), (9, 0)])),
            (0, 1.0),
            id="a crossing",
        ),
        pytest.param(here(shapely.Point(0, 5)), box(0, 0, 9, 9), (0, 1.0), id="a point on an edge"),
        pytest.param(
            box(0, 0, 9, 9),
            box(9 - ROUNDING_M / 10, 0, 18, 9),
            None,
            id="thinner than coordinates carry",
        ),
    ],
)
def test_ground_one_can_see(geometry, other, ground):
    found = laid(geometry, other).get(0)
    assert (found and (found.dimension, pytest.approx(found.size))) == ground
    swapped = laid(other, geometry).get(0)
    assert (swapped and (swapped.dimension, pytest.approx(swapped.size))) == ground


def test_nothing_has_nothing_in_common():
    assert find_ground(box(0, 0, 9, 9), NO_PIECES, NO_PIECES) == {}
    assert measure_ground((2, 2), [shapely.Polygon()]) is None
    assert list(single_parts(shapely.GeometryCollection([shapely.Polygon()]))) == []
    one = Pieces(np.array([4]), np.array([box(0, 0, 9, 9)]), np.zeros((4, 1)))
    assert one.take(np.array([], dtype=int)).boxes.shape == (4, 0)


@given(
    seed=st.integers(0, 10**6),
    corners=st.sampled_from([4, 9, 60, 300, 900]),
    way=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    whole=st.booleans(),
    stations=st.integers(1, 8),
)
@settings(max_examples=80, deadline=None)
def test_a_line_along_an_edge_is_not_lost(seed, corners, way, whole, stations):
    """A stretch of a straight edge, whether or not the zone was cut into tiles on the way."""
    rng = np.random.default_rng(seed)
    angles = np.sort(rng.uniform(0, 2 * np.pi, corners))
    radii = 3000 * rng.uniform(0.5, 1, corners)
    zone = here(shapely.Polygon(np.c_[radii * np.cos(angles), radii * np.sin(angles)]))
    rim, edge = shapely.get_coordinates(zone), int(rng.integers(corners))
    first, last = (0.0, 1.0) if whole else sorted(way)
    ends = [rim[edge] + share * (rim[edge + 1] - rim[edge]) for share in (first, last)]
    line = shapely.LineString(ends)
    assume(zone.is_valid and line.length > 0.1)
    line = shapely.segmentize(line, line.length / stations)
    for ground in (laid(line, zone), laid(zone, line)):
        assert ground[0].dimension == 1
        assert ground[0].size == pytest.approx(line.length, rel=1e-6)
    for cuts in (pairs([line], [zone]), pairs([zone], [line])):
        assert cuts.size.tolist() == [pytest.approx(line.length, rel=1e-6)]


@pytest.mark.parametrize(
    ("ends", "length"),
    [
        pytest.param([(0, 0), (-10, 10)], 0, id="at a corner"),
        pytest.param([(15, 5), (20, -40)], 0, id="at an edge, outside"),
        pytest.param([(15, 5), (15, 15)], 10, id="at an edge, inside"),
        pytest.param([(3, 0.9999), (27, 8.9999)], 0, id="beside an edge, a tenth of a mm off"),
    ],
)
def test_a_line_that_only_touches_is_no_stretch(ends, length):
    zone, line = here(shapely.Polygon([(0, 0), (30, 10), (20, 40)])), here(shapely.LineString(ends))
    for ground in (laid(line, zone).get(0), laid(zone, line).get(0)):
        assert (ground.size if ground else 0) == pytest.approx(length, abs=1e-6)
    for cuts in (pairs([line], [zone]), pairs([zone], [line])):
        assert cuts.size.sum() == pytest.approx(length, abs=1e-6)


# Many laid over many: what is large is cut where it is crossed, and nothing else is touched.


@st.composite
def large_zones(draw):
    """A rough ring of many corners, maybe with a hole, maybe of two parts."""
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    corners = draw(st.sampled_from([300, 1_000, 4_000]))
    angles = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    ring = 3000 * (1 + 0.2 * np.sin(5 * angles) + 0.02 * rng.normal(size=corners))
    zone = shapely.Polygon(np.c_[ring * np.cos(angles), ring * np.sin(angles)])
    if draw(st.booleans()):
        zone -= shapely.Point(400, 300).buffer(500, quad_segs=60)
    if draw(st.booleans()):
        zone |= shapely.transform(zone, lambda xy: xy / 3 + [6000, 0])
    return here(zone)


def small_shapes(seed, count=25):
    """Parcels, roads and wells of all sizes, some far off, some on the zone's edge."""
    rng = np.random.default_rng(seed)
    found = []
    for n, (x, y) in enumerate(rng.uniform(-4500, 4500, (count, 2))):
        size = 10 ** rng.uniform(0, 3.5)
        if n % 3 == 0:
            found.append(shapely.LineString([(x, y), (x + size, y - size), (x + size, y)]))
        else:
            found.append(shapely.Point(x, y).buffer(size, quad_segs=int(rng.integers(1, 40))))
    return [here(shape) for shape in [*found, shapely.MultiPoint([(0, 0), (9000, 9000)])]]


def pairs(left, right):
    return cut_pairs(np.array(left, dtype=object), np.array(right, dtype=object))


def bits(cuts):
    """Pieces by pair, to the last bit."""
    rows = zip(cuts.left, cuts.right, shapely.to_wkb(cuts.shape), cuts.size, strict=True)
    return {(int(i), int(j)): (shape, float(size)) for i, j, shape, size in rows}


@given(zones=st.lists(large_zones(), min_size=1, max_size=3), seed=st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_each_pair_has_the_bits_it_has_alone(zones, seed):
    shapes = small_shapes(seed)
    together = bits(pairs(shapes, zones))
    assert list(together) == sorted(together)
    turned = bits(pairs(shapes[::-1], zones))
    for i, shape in enumerate(shapes):
        for j, zone in enumerate(zones):
            alone = bits(pairs([shape], [zone])).get((0, 0))
            assert together.get((i, j)) == alone == turned.get((len(shapes) - 1 - i, j))
            back = pairs([zone], [shape]).size.sum()
            assert back == pytest.approx(alone[1] if alone else 0, rel=1e-9, abs=1e-6)


@given(zone=large_zones(), seed=st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_a_large_zone_is_cut_as_geos_cuts_it_whole(zone, seed):
    shapes = small_shapes(seed)
    found = bits(pairs(shapes, [zone]))
    for n, shape in enumerate(shapes):
        plain, kind = shape.intersection(zone), DIMENSION[shape.geom_type]
        size = float(measure(np.array([plain]), kind)[0])
        piece, own = found.get((n, 0), (None, 0.0))
        assert own == pytest.approx(size, rel=1e-9, abs=1e-5)
        if zone.covers(shape):
            assert piece == shapely.to_wkb(shape)  # what lies inside stays as it was drawn
        elif piece is not None:
            cut = shapely.from_wkb(piece)
            assert cut.is_valid and cut.hausdorff_distance(plain) < 1e-6


def test_what_lies_within_is_not_cut(monkeypatch):
    """2,000 parcels in a zone of 40,000 corners: GEOS is asked to cut none of them."""
    zone = here(shapely.Point(0, 0).buffer(9_000, quad_segs=10_000))
    x, y = np.meshgrid(np.arange(-4000, 4000, 200), np.arange(-5000, 5000, 200))
    parcels = here(shapely.box(x.ravel(), y.ravel(), x.ravel() + 90, y.ravel() + 90))
    asked, cut = [], shapely.intersection
    monkeypatch.setattr(shapely, "intersection", lambda a, b: asked.append(len(a)) or cut(a, b))
    cuts = cut_pairs(parcels, np.array([zone]))
    assert len(cuts.size) == len(parcels) == 2_000 and sum(asked) == 0
    assert shapely.equals_identical(cuts.shape, parcels).all()


@given(
    zones=st.lists(polygons(), min_size=1, max_size=3),
    apart_m=st.sampled_from([0.0, 0.002, 0.009]),
    turn=st.floats(0, 180),
)
@settings(max_examples=60, deadline=None)
def test_an_outline_of_several_moves_no_farther_than_the_seams_it_closes(zones, apart_m, turn):
    """A seam is closed where it gapes, and of the outline of all nothing is moved by it."""
    x0, y0, x1, y1 = shapely.total_bounds(zones).tolist()
    x, y, far = (x0 + x1) / 2, (y0 + y1) / 2, x1 - x0 + y1 - y0
    halves = [
        shapely.affinity.rotate(shapely.box(*box), turn, (x, y))
        for box in ((x - far, y - far, x - apart_m, y + far), (x, y - far, x + far, y + far))
    ]
    parts = [part for zone in zones for half in halves for part in single_parts(zone & half)]
    parts = [part for part in parts if part.geom_type == "Polygon" and part.area > 0.1]
    assume(parts)
    rim = shapely.union_all(outline_together(np.array(parts, dtype=object)))
    drawn = shapely.STRtree(shapely.get_parts(shapely.boundary(parts)))
    corners = shapely.points(shapely.get_coordinates(rim))
    _, away = drawn.query_nearest(corners, return_distance=True, all_matches=False)
    assert away.max() < apart_m + 1e-6


@pytest.mark.parametrize("size_m", [0.001, 0.4, 30.0])
def test_halving_ends_however_small_a_zone_of_many_corners_is(size_m):
    zone = here(shapely.Point(0, 0).buffer(size_m, quad_segs=300))
    half = box(0, -90, 90, 90)
    assert pairs([half], [zone]).size.tolist() == [pytest.approx(zone.area / 2, rel=1e-3)]
