"""Clip, overlay, stack and corridor: toy squares one can see, laws, and the real communes."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
import shapely.affinity
import toy
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from toy import EAST, NORTH, VN2000, here

from lsgis.combine import buffer_lines, clip_to, not_located, overlay_zones, stack_zones
from lsgis.crs import WGS84
from lsgis.errors import CrsError, LayerError

NAN = float("nan")


def frame(*shapes, **columns):
    """Toy shapes as features, moved to where the province lies."""
    return coded(*map(here, shapes), **columns)


def coded(*shapes, **columns):
    """Shapes as features with the codes F0, F1, ..."""
    return toy.frame(*shapes, **{"code": [f"F{n}" for n in range(len(shapes))], **columns})


def box(*corners):
    return shapely.box(*corners)


def line(*points):
    return shapely.LineString(points)


SQUARE = box(0, 0, 100, 100)  # one hectare
BOWTIE = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
MIXED = shapely.GeometryCollection([SQUARE, line((0, 0), (9, 9))])


@pytest.mark.parametrize(
    ("shape", "area_m2", "length_m", "share"),
    [
        pytest.param(box(10, 10, 20, 20), 100, NAN, 1, id="within, left as it is"),
        pytest.param(box(50, 0, 150, 100), 5000, NAN, 0.5, id="half of it"),
        pytest.param(box(99, 99, 199, 199), 1, NAN, 0.0001, id="one square metre counts"),
        pytest.param(box(100, 0, 200, 100), None, None, None, id="a shared edge is no overlap"),
        pytest.param(box(100, 100, 200, 200), None, None, None, id="a shared corner is none"),
        pytest.param(box(-50, -50, 150, 150), 10_000, NAN, 0.25, id="larger than the boundary"),
        pytest.param(
            shapely.MultiPolygon([box(-20, 0, 20, 10), box(80, 0, 120, 10)]), 400, NAN, 0.5,
            id="two parts, half of each",
        ),
        pytest.param(
            box(-50, -50, 150, 150) - box(0, 0, 50, 100), 5000, NAN, 5 / 35, id="a hole is not in"
        ),
        pytest.param(
            shapely.Polygon([(100, 0), (200, 0), (200, 100), (50, 100), (50, 50), (100, 50)]),
            2500, NAN, 0.2, id="overlap and shared edge: the edge drops out",
        ),
        pytest.param(line((-50, 50), (50, 50)), NAN, 50, 0.5, id="line, half of it"),
        pytest.param(line((100, -10), (100, 50)), NAN, 50, 50 / 60, id="line along the edge"),
        pytest.param(line((100, 100), (200, 200)), None, None, None, id="line touching a corner"),
        pytest.param(line((0, 50), (200, 50), (0, 50)), NAN, 100, 0.5, id="out and back once"),
        pytest.param(shapely.Point(50, 50), NAN, NAN, 1, id="point within"),
        pytest.param(shapely.Point(100, 50), NAN, NAN, 1, id="point on the edge"),
        pytest.param(shapely.Point(101, 50), None, None, None, id="point outside"),
        pytest.param(shapely.MultiPoint([(1, 1), (101, 1)]), NAN, NAN, 0.5, id="one point of two"),
        pytest.param(None, None, None, None, id="not located"),
        pytest.param(shapely.Polygon(), None, None, None, id="empty"),
    ],
)  # fmt: skip
def test_clip_to_a_hectare(shape, area_m2, length_m, share):
    features = frame(shape, name_vi=["Hữu Liên"]).set_axis([7], axis=0)
    before = features.copy(deep=True)
    clipped = clip_to(features, frame(SQUARE))
    assert features.equals(before)
    if share is None:
        assert clipped.empty
        assert list(clipped) == [*features, "area_m2", "length_m", "share"]
        assert len(not_located(features)) == (shape is None or shape.is_empty)
    else:
        row = clipped.loc[7]
        assert (row["area_m2"], row["length_m"], row["share"]) == pytest.approx(
            (area_m2, length_m, share), nan_ok=True
        )
        assert row["name_vi"] == "Hữu Liên" and row.geometry.is_valid
        assert shapely.get_dimensions(row.geometry) == shapely.get_dimensions(shape)


def test_a_boundary_of_several_overlapping_places_is_united():
    boundary = frame(box(0, 0, 60, 100), box(40, 0, 100, 100), None)
    clipped = clip_to(frame(box(-100, 0, 100, 100)), boundary)
    assert clipped["area_m2"].tolist() == pytest.approx([10_000])


@pytest.mark.parametrize(
    ("left", "right", "area_m2", "length_m", "share_left", "share_right"),
    [
        pytest.param(SQUARE, box(50, 0, 250, 100), 5000, NAN, 0.5, 0.25, id="polygons"),
        pytest.param(SQUARE, box(99.99, 0, 200, 100), 1, NAN, 1e-4, 1 / 10_001, id="a sliver"),
        pytest.param(SQUARE, line((50, 50), (150, 50)), NAN, 50, NAN, 0.5, id="line on polygon"),
        pytest.param(
            shapely.Point(5, 5), SQUARE, NAN, NAN, 1, NAN, id="point on polygon: only a share"
        ),
        pytest.param(line((0, 0), (10, 0)), line((5, 0), (9, 0)), NAN, 4, 0.4, 1, id="lines"),
        pytest.param(SQUARE, box(100, 0, 200, 100), None, None, None, None, id="a shared edge"),
        pytest.param(
            line((0, 0), (9, 9)), line((0, 9), (9, 0)), None, None, None, None, id="crossing lines"
        ),
        pytest.param(SQUARE, None, None, None, None, None, id="not located"),
    ],
)
def test_overlay_of_a_pair(left, right, area_m2, length_m, share_left, share_right):
    pieces = overlay_zones(frame(left), frame(right), left_key="code", right_key="code")
    measured = ["area_m2", "length_m", "share_left", "share_right"]
    assert list(pieces) == ["code_left", "code_right", *measured, "geometry"]
    assert pieces.crs == VN2000
    expected = [area_m2, length_m, share_left, share_right]
    found = pieces[measured].to_numpy().tolist()
    assert found == ([] if area_m2 is None else [pytest.approx(expected, nan_ok=True)])


def test_what_is_smaller_than_a_square_metre_has_a_share():
    tile, road = box(0, 0, 0.5, 0.5), line((0.25, 0), (0.25, 0.5))
    pieces = overlay_zones(frame(SQUARE), frame(tile, road), left_key="code", right_key="code")
    assert pieces["share_right"].tolist() == pytest.approx([1, 1])


def test_no_overlay_is_more_than_the_whole():
    """Triangles cut by others and cut again: their corners lie beside the edges, by rounding."""
    corners = np.random.default_rng(5).uniform(0, 100, (2, 60, 3, 2))
    features, zones = shapely.polygons(corners + np.array([EAST, NORTH]))
    features = shapely.intersection(features, zones)
    cut = shapely.area(features) > 1
    pieces = overlay_zones(
        coded(*features[cut]), coded(*zones[cut]), left_key="code", right_key="code"
    )
    assert pieces[["share_left", "share_right"]].max().max() == 1


def test_a_stack_has_its_geometry_whatever_it_was_called():
    named = frame(SQUARE).rename_geometry("outline")
    stack = stack_zones({"a": named, "b": frame(box(5, 5, 9, 9))}, keys="code")
    assert stack.geometry.name == "geometry"
    assert stack.area.tolist() == pytest.approx([10_000, 16])


def test_overlay_of_stacked_layers_keeps_layer_key_and_columns_asked_for():
    site = frame(box(0, 0, 10, 10), code=["S"], area_m2=["as declared"])
    stack = stack_zones(
        {
            "forest": frame(box(5, 0, 20, 10), None, code=["R1", "R2"], clause=["c1", "c2"]),
            "water": frame(line((0, 1), (20, 1)), water=["W"], code=["-"], clause=["c3"]),
            "empty": frame(shapely.Point(0, 0), clause=["c4"]).iloc[:0],
        },
        keys={"forest": "code", "water": "water", "empty": "code"},
    )
    assert list(stack) == ["layer", "key", "clause", "geometry"]
    assert stack["key"].tolist() == ["R1", "R2", "W"]
    pieces = overlay_zones(
        site, stack, left_key="code", right_key="key", left_columns=["area_m2"],
        right_columns=["clause"],
    )  # fmt: skip
    assert pieces[["code", "area_m2_left", "layer", "key", "clause"]].to_numpy().tolist() == [
        ["S", "as declared", "forest", "R1", "c1"],
        ["S", "as declared", "water", "W", "c3"],
    ]


@pytest.mark.parametrize(
    ("shape", "area_m2"),
    [
        pytest.param(line((0, 0), (100, 0)), 2000, id="straight, square ends"),
        pytest.param(
            shapely.MultiLineString([[(0, 0), (50, 0)], [(100, 0), (50, 0)]]), 2000,
            id="pieces of one line merge",
        ),
        pytest.param(
            shapely.MultiLineString([[(0, 0), (50, 0)], [(50, 0), (50, 50)]]),
            2000 - 100 + np.pi * 25, id="a bend is rounded, no notch",
        ),
        pytest.param(None, NAN, id="not located keeps its row"),
    ],
)  # fmt: skip
def test_corridor_of_a_line(shape, area_m2):
    corridor = buffer_lines(frame(shape), half_width_m=10)
    assert corridor["half_width_m"].tolist() == [10.0]
    assert corridor.area.tolist() == pytest.approx([area_m2], rel=2e-3, nan_ok=True)


@pytest.mark.parametrize("turned", [False, True], ids=["begin there", "end there"])
@pytest.mark.parametrize(
    "ends",
    [
        pytest.param([(90, 0), (-50, 90), (-50, -90)], id="from all sides"),
        pytest.param([(90, 0), (70, 70), (0, 90)], id="from one side: the corner is rounded"),
    ],
)
def test_a_corridor_has_no_gap_where_three_pieces_meet(ends, turned):
    star = [[(0, 0), (x / 3, y / 2), (x, y)][:: -1 if turned else 1] for x, y in ends]
    beside = line((500, 500), (600, 500))
    corridors = buffer_lines(frame(beside, shapely.MultiLineString(star)), half_width_m=10)
    near = here(shapely.Point(0, 0).buffer(9.9))
    assert corridors.geometry.iloc[1].covers(near) and corridors.is_valid.all()
    assert corridors.geometry.iloc[0].equals(here(box(500, 490, 600, 510)))


def test_what_is_not_drawn_has_no_corridor():
    corridors = buffer_lines(frame(None, shapely.LineString()), half_width_m=10)
    assert corridors.geometry.isna().all()


@pytest.mark.parametrize("width", [0, -1, NAN, float("inf"), None, True, "500"])
def test_a_corridor_needs_a_width(width):
    with pytest.raises(LayerError, match="half width of a corridor in metres, more than 0"):
        buffer_lines(frame(line((0, 0), (9, 0))), half_width_m=width)


@pytest.mark.parametrize(
    ("bad", "match"),
    [
        pytest.param(BOWTIE, r"F1 \(Self-intersection.*check-layer", id="crossing itself"),
        pytest.param(MIXED, r"F1 \(GeometryCollection\)", id="a collection"),
        pytest.param(line((5, np.inf), (9, 9)), r"invalid features: F1", id="no number"),
        pytest.param(line((5, 5), (5, 5)), r"invalid features: F1", id="a line without length"),
    ],
)
def test_bad_geometry_is_refused_by_name_and_never_repaired(bad, match):
    good, mixed = frame(SQUARE), frame(SQUARE, bad)
    for call in (
        lambda: clip_to(mixed, good),
        lambda: overlay_zones(good, mixed, left_key="code", right_key="code"),
        lambda: overlay_zones(mixed, good, left_key="code", right_key="code"),
    ):
        with pytest.raises(LayerError, match=match) as refusal:
            call()
        assert "F1" in refusal.value.message("vi")


def test_what_cannot_be_measured_is_refused():
    good = frame(SQUARE)
    with pytest.raises(LayerError, match=r"boundary: expected polygons, found: F0 \(Point\)"):
        clip_to(good, frame(shapely.Point(0, 0)))
    with pytest.raises(LayerError, match="boundary: expected at least one polygon, found none"):
        clip_to(good, frame(None))
    with pytest.raises(LayerError, match=r"lines: expected lines, found: F0 \(Polygon\)"):
        buffer_lines(good, half_width_m=1)
    with pytest.raises(LayerError, match="right: expected the column zone, found only: code"):
        overlay_zones(good, good, left_key="code", right_key="zone")
    with pytest.raises(LayerError, match="layers b have no key column"):
        stack_zones({"a": good, "b": good}, keys={"a": "code"})
    with pytest.raises(LayerError, match="at least one layer to stack"):
        stack_zones({}, keys="code")
    with pytest.raises(CrsError, match="expected VN-2000"):
        clip_to(good, good.to_crs(WGS84))


metres = st.integers(0, 997_000).map(lambda n: n / 997)  # that do not end evenly
point = st.tuples(metres.map(lambda m: EAST + m), metres.map(lambda m: NORTH + m))
triangle = st.tuples(point, point, point).map(shapely.Polygon)
rectangle = st.tuples(point, point).map(lambda two: shapely.MultiPoint(two).envelope)
simple = st.one_of(triangle, rectangle).filter(lambda shape: shape.area > 1)
AREA = (
    st.tuples(st.lists(simple, min_size=1, max_size=3), st.lists(simple, max_size=1))
    .map(lambda two: shapely.union_all(two[0]) - shapely.union_all(two[1]))
    .filter(lambda shape: shape.area > 1 and shape.geom_type.endswith("Polygon"))
)  # polygons of one or more parts, with and without holes
LINE = st.lists(point, min_size=2, max_size=5, unique=True).map(shapely.LineString)
SHAPES = st.lists(st.one_of(AREA, LINE, point.map(shapely.Point)), min_size=1, max_size=4)


# A line that leaves the boundary at so narrow an angle that rounding shifts the end of its piece.
NARROW = shapely.Polygon([(0, 0), (0, 16 / 997), (130_980 / 997, 1 / 997)])
LEAVING = line((0, 1 / 997), (115 / 997, 0))


@settings(max_examples=100, deadline=None)
@example(shapes=[here(LEAVING)], boundary=[here(NARROW)])
@given(shapes=SHAPES, boundary=st.lists(AREA, min_size=1, max_size=2))
def test_clipping_again_changes_nothing(shapes, boundary):
    once = clip_to(coded(*shapes), coded(*boundary))
    twice = clip_to(once, coded(*boundary))
    for column in ("area_m2", "length_m"):
        assert twice[column].tolist() == pytest.approx(once[column].tolist(), nan_ok=True)
    assert twice.index.equals(once.index)  # a sliver may shift by the rounding of its corners
    assert (shapely.hausdorff_distance(twice.geometry.array, once.geometry.array) < 1e-6).all()


SIZES = st.floats(-7, 3).map(lambda power: 10**power)
OFF = st.floats(-11, -1).map(lambda power: 10**power)


@st.composite
def nearly_alike(draw):
    """Two polygons of one form, from a tenth of a micron on, one of them a little off the other."""
    size, off, turn = draw(SIZES), draw(OFF), draw(st.floats(0, 1))
    corners = np.array(draw(st.sampled_from([[(0, 0), (1, 0), (0, 1)], SQUARE.exterior.coords])))
    corners = corners / corners.max() * [size, size * draw(st.sampled_from([1, 1e-3, 50]))]
    moved = shapely.affinity.rotate(shapely.Polygon(corners + off * turn), draw(OFF), (0, 0))
    return here(shapely.Polygon(corners)), here(moved)


@settings(max_examples=200, deadline=None)
@given(st.one_of(nearly_alike(), st.tuples(AREA, AREA)))
def test_a_clip_states_what_the_overlay_of_the_same_pair_states(pair):
    assume(all(shape.is_valid and shape.area > 0 for shape in pair))
    left, right = (coded(shape) for shape in pair)
    clipped = clip_to(left, right)
    pieces = overlay_zones(left, right, left_key="code", right_key="code")
    assert clipped["area_m2"].tolist() == pieces["area_m2"].tolist()
    assert clipped["share"].tolist() == pieces["share_left"].tolist()
    near = pytest.approx(pieces["area_m2"].tolist(), rel=1e-9, abs=1e-9 * pair[0].area)
    assert clipped.area.tolist() == near


@settings(max_examples=100, deadline=None)
@given(shape=st.one_of(AREA, LINE), ground=AREA, cut=metres)
def test_pieces_of_an_overlay_sum_to_the_clipped_whole(shape, ground, cut):
    middle = EAST + cut
    assume(0 < cut < 1000)
    west, east = box(EAST, NORTH, middle, NORTH + 1e4), box(middle, NORTH, EAST + 1e4, NORTH + 1e4)
    edges = shapely.union_all([ground.boundary, west.boundary])
    assume(shape.geom_type == "Polygon" or shape.intersection(edges).length == 0)
    halves = [clip_to(coded(ground), coded(side)).geometry for side in (west, east)]
    zones = coded(*halves[0], *halves[1])
    assume(len(zones))
    pieces = overlay_zones(coded(shape), zones, left_key="code", right_key="code")
    clipped = clip_to(coded(shape), zones)
    for column in ("area_m2", "length_m"):
        assert pieces[column].sum() == pytest.approx(clipped[column].sum(), rel=1e-6, abs=1e-4)


@settings(max_examples=100, deadline=None)
@given(left=SHAPES, right=SHAPES)
def test_an_overlay_is_the_same_from_either_side(left, right):
    keys = {"left_key": "code", "right_key": "code"}
    one = overlay_zones(coded(*left), coded(*right), **keys)
    other = overlay_zones(coded(*right), coded(*left), **keys)
    swapped = {f"{name}_{side}": f"{name}_{back}" for name in ("code", "share")
               for side, back in (("left", "right"), ("right", "left"))}  # fmt: skip
    both = one.merge(other.rename(columns=swapped), on=["code_left", "code_right"], how="outer")
    both = both.drop(columns=["geometry_x", "geometry_y"]).fillna(0)
    for column in ("area_m2", "length_m", "share_left", "share_right"):
        found, back = both[f"{column}_x"].tolist(), both[f"{column}_y"].tolist()
        assert found == pytest.approx(back, rel=1e-6, abs=1e-4)


def test_real_communes_over_zones_that_divide_them(real_communes):
    """Communes by zones add up to the communes as measured, 1.0 ha over their union."""
    whole = real_communes.union_all()
    centre = whole.centroid
    circle = centre.buffer(20_000)
    zones = gpd.GeoDataFrame(
        {"zone": ["circle", "rest"]}, geometry=[circle & whole, whole - circle], crs=VN2000
    )
    pieces = overlay_zones(real_communes, zones, left_key="commune_code", right_key="zone")
    clipped = clip_to(zones, real_communes)
    measured_ha, union_ha = real_communes.area.sum() / 1e4, whole.area / 1e4
    assert pieces["area_m2"].sum() / 1e4 == pytest.approx(measured_ha, abs=1e-6)
    assert clipped["area_m2"].sum() / 1e4 == pytest.approx(union_ha, abs=1e-6)
    assert 0.9 < measured_ha - union_ha < 1.1  # neighbours overlap: counted in both
    shares = pieces.groupby("commune_code")["share_left"].sum()
    assert shares.to_numpy() == pytest.approx(1, abs=1e-9)
    again = clip_to(clipped, real_communes)
    assert shapely.equals_identical(again.geometry.values, clipped.geometry.values).all()
