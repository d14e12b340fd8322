"""Where an answer turns: exactly at a threshold, just above it, just below, each seen by eye.

Every tolerance and every `at least` of joining, coverage, datum, crosswalk and verdict
has a case on either side. Toy coordinates are sums of powers of two, so that "exactly"
holds to the last bit.
"""

import math

import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
import shapely.affinity
from toy import EAST, NORTH, VN2000, block, box, frame, here
from toysite import UNKNOWN, Zone, at, square, toy_index, toy_site

from lsgis.catalogue import read_catalogue
from lsgis.check import check_coverage
from lsgis.check.coverage import check_tiling
from lsgis.combine import (
    clip_to,
    compose_zones,
    join_facts,
    join_places,
    overlay_zones,
    share_places,
    summarise_zones,
)
from lsgis.combine.common_ground import size_deeper
from lsgis.crosswalk import crosswalk_table, read_links, read_units
from lsgis.crosswalk.move import rate_range
from lsgis.crs import move_geometries, to_wgs84
from lsgis.errors import CrsError, LayerError, SiteError
from lsgis.intake import detect_datum_shift, suggest_crs
from lsgis.intake.system import name_zone
from lsgis.region import read_region
from lsgis.sitecheck import judge_site

# ---- which place holds a feature

PLACES = frame(box(100, 0, 200, 100), box(0, 0, 100, 100), commune_code=["06385", "06457"])


@pytest.mark.parametrize(
    ("min_share", "status"),
    [
        pytest.param(0.25, "agrees", id="a share of exactly min_share names no place"),
        pytest.param(0.2499, "conflicts", id="a larger one does"),
    ],
)
def test_a_share_at_the_threshold(min_share, status):
    quarter_east = frame(box(25, 0, 125, 100), commune_codes=["06457"])
    found = join_places(quarter_east, PLACES, min_share=min_share)
    assert found["place_status"].tolist() == [status]


@pytest.mark.parametrize(
    ("over_m", "count"),
    [
        pytest.param(8e-5, 1, id="0.8 millionths lie in no second place"),
        pytest.param(12e-5, 2, id="1.2 millionths do"),
    ],
)
def test_one_millionth_is_the_least_share_unless_said_otherwise(over_m, count):
    site = frame(box(0, 0, 100 + over_m, 100), commune_codes=[""])
    assert join_places(site, PLACES)["place_count"].tolist() == [count]


@pytest.mark.parametrize(
    ("over_m", "code"),
    [
        pytest.param(4e-8, "06385", id="a ten-thousand-millionth apart: equal, the smallest code"),
        pytest.param(-4e-8, "06385", id="as little to the other side: the same"),
        pytest.param(2e-7, "06457", id="four thousand-millionths apart: the larger share"),
        pytest.param(0.05, "06457", id="a thousandth apart: the larger share"),
    ],
)
def test_rounding_decides_no_tie_and_size_does(over_m, code):
    """A square of 100 m across the common edge, more of it by `over_m` in the west (06457)."""
    site = frame(box(50 - over_m, 0, 150 - over_m, 100), commune_codes=[""])
    assert join_places(site, PLACES)["place_code"].tolist() == [code]
    assert share_places(site, PLACES)["place_code"].tolist()[0] == code


def test_no_feature_lies_in_a_place_by_more_than_the_whole():
    """Triangles cut by others and cut again: their corners lie beside the edges, by rounding."""
    corners = np.random.default_rng(5).uniform(0, 100, (2, 60, 3, 2))
    features, places = shapely.polygons(corners + np.array([EAST, NORTH]))
    features = shapely.intersection(features, places)
    cut = shapely.area(features) > 1
    codes = [f"{n:05d}" for n in range(cut.sum())]
    found = share_places(frame(*features[cut]), frame(*places[cut], commune_code=codes))
    assert found["share"].max() == 1


def test_an_overlap_of_a_nanometre_counts():
    width = 2.0**-30  # about a nanometre, exactly
    pieces = overlay_zones(
        frame(box(0, 0, 100, 4), key=["a"]),
        frame(box(100 - width, 0, 200, 4), key=["b"]),
        left_key="key",
        right_key="key",
    )
    assert pieces["area_m2"].tolist() == [4 * width]


@pytest.mark.parametrize(
    ("height_m", "lost_m2", "refused"),
    [
        pytest.param(100, 0.0, False, id="nothing"),
        pytest.param(100, 1e-4, False, id="a micrometre along its edge: rounding"),
        pytest.param(100, 0.005, True, id="half a millionth"),
        pytest.param(100, 0.02, True, id="two millionths"),
        pytest.param(100, 500, True, id="a twentieth"),
        pytest.param(0.001, 1e-6, False, id="of a slit: 10 nanometres along its edge, rounding"),
        pytest.param(0.001, 4e-3, True, id="of a slit: 40 micrometres along its edge"),
    ],
)
def test_zones_that_do_not_make_the_ground_are_refused(monkeypatch, height_m, lost_m2, refused):
    """The ground is divided as ever, then a strip of the first face is taken away."""
    known = compose_zones.__globals__  # wherever the function lives
    divide = known["partition"]

    def lose(areas, ground):
        faces, covers = divide(areas, ground)
        strip = box(0, 0, 100, lost_m2 / 100) if lost_m2 else shapely.Polygon()
        return shapely.difference(faces, strip), covers

    monkeypatch.setitem(known, "partition", lose)
    part = {"clause": "c", "name_vi": "v", "name_en": "e", "quality": "indicative"}
    half = box(0, 0, 100, height_m / 2)
    parts = frame(half, zone=["strict"], part=["A"], accuracy_m=[5.0])
    parts, ground = parts.assign(**part), frame(box(0, 0, 100, height_m))
    if refused:
        with pytest.raises(LayerError, match="the pieces add up to"):
            compose_zones(parts, ground)
    else:
        area = compose_zones(parts, ground)["area_m2"]
        assert area.sum() == pytest.approx(100 * height_m - lost_m2, abs=1e-6)


def test_what_is_cut_again_is_no_more_than_the_whole_of_it():
    """Triangles that reach out of a slanted boundary, as rounding has the share of the rest."""
    corners = np.random.default_rng(7).uniform(0, 100, (2, 60, 3, 2))
    features, places = shapely.polygons(corners + np.array([EAST, NORTH]))
    features = shapely.intersection(features, places)
    cut = shapely.area(features) > 1
    for feature, place in zip(features[cut], places[cut], strict=True):
        assert clip_to(frame(feature), frame(place))["share"].tolist() == [pytest.approx(1)]
        assert clip_to(frame(feature), frame(place))["share"].max() <= 1


@pytest.mark.parametrize(
    ("over_m", "kept"),
    [
        pytest.param(2.0**-25, True, id="30 nanometres over: the rounding of an earlier cut"),
        pytest.param(2.0**-23, False, id="120 nanometres over"),
        pytest.param(1, False, id="a metre over"),
    ],
)
def test_a_polygon_is_left_whole_where_only_rounding_lies_outside(over_m, kept):
    whole = box(0, 0, 100 + over_m, 100)
    (piece,) = clip_to(frame(whole), frame(box(0, 0, 100, 100))).geometry
    assert shapely.equals_identical(piece, whole if kept else box(0, 0, 100, 100)) or (
        not kept and piece.area == 10_000
    )


@pytest.mark.parametrize(
    ("over_m", "kept"),
    [
        pytest.param(2.0**-27, True, id="7 nanometres over: the rounding of an earlier cut"),
        pytest.param(2.0**-26, False, id="15 nanometres over"),
        pytest.param(1, False, id="a metre over"),
    ],
)
def test_a_line_is_left_whole_where_only_rounding_lies_outside(over_m, kept):
    whole = here(shapely.LineString([(0, 50), (100 + over_m, 50)]))
    clipped = clip_to(frame(whole), frame(box(0, 0, 100, 100)))
    assert clipped["length_m"].tolist() == [whole.length if kept else 100]


@pytest.mark.parametrize(("count", "rest"), [(8, ""), (9, ", … (+1)"), (20, ", … (+12)")])
def test_a_refusal_names_eight_and_counts_the_rest(count, rest):
    codes = [f"{n:05d}" for n in range(count)]
    twice = pd.DataFrame({"commune_code": codes * 2, "people": 1})
    with pytest.raises(LayerError) as refusal:
        join_facts(frame(None, commune_code=["00000"]), twice)
    assert ", ".join(codes[:8]) + rest in str(refusal.value)
    assert ("00008" in str(refusal.value)) is False


def test_zones_of_nothing_have_no_area_and_no_share():
    none = pd.DataFrame({"zone": [], "area_m2": []})
    summary = summarise_zones(none)
    assert summary["zone"].tolist() == ["strict", "limited", "other"]
    assert summary[["area_m2", "share", "count"]].to_numpy().tolist() == [[0, 0, 0]] * 3


@pytest.mark.parametrize(
    ("qualities", "worst"),
    [
        pytest.param(["authoritative", "indicative"], "indicative", id="the worse of two"),
        pytest.param(["schematic", "authoritative"], "schematic", id="whichever comes first"),
        pytest.param(["none", "made up"], "made up", id="a word nobody knows is the worst"),
    ],
)
def test_common_ground_is_as_sure_as_the_worst_of_its_parts(qualities, worst):
    parts = frame(
        *[box(0, 0, 50, 100)] * 2,
        zone="strict",
        part=["A", "B"],
        clause="c",
        name_vi="v",
        name_en="e",
        quality=qualities,
        accuracy_m=[3.0, 5.0],
    )
    pieces = compose_zones(parts, frame(box(0, 0, 100, 100))).set_index("zone")
    assert pieces.loc["strict", ["quality", "accuracy_m"]].tolist() == [worst, 5]


# ---- what tiles


def coverage(*shapes, crs=VN2000, **options):
    return check_coverage(block(*shapes, crs=crs), layer="tile", key="code", **options)


def of(issues, code):
    return [issue for issue in issues if issue.code == code]


@pytest.mark.parametrize("turned", [False, True])
def test_the_share_of_an_overlap_is_of_the_smaller(turned):
    large, small = box(0, 0, 100, 100), box(90, 0, 140, 50)  # 1 ha, 2500 m², 500 m² in common
    (issue,) = of(coverage(*([small, large] if turned else [large, small])), "LS-OVERLAP")
    assert issue.values["share"] == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("width_m", "told"),
    [
        pytest.param(2.0**-28, False, id="0.4 mm²: arithmetic"),
        pytest.param(2.0**-26, True, id="1.5 mm²"),
        pytest.param(2.0**-21, True, id="48 mm²"),
    ],
)
def test_a_square_millimetre_is_the_least_that_is_told(width_m, told):
    """A strip of 100 m: an overlap of two, and the same strip beyond an outline, or short of it."""
    west, east = box(0, 0, 100, 100), box(100, 0, 200, 100)
    assert bool(of(coverage(box(0, 0, 100 + width_m, 100), east), "LS-OVERLAP")) == told
    wide, plain = frame(box(0, 0, 200 + width_m, 100)), frame(box(0, 0, 200, 100))
    assert bool(of(coverage(west, east, outline=wide), "LS-COVER-SHORT")) == told
    wider = box(100, 0, 200 + width_m, 100)
    assert bool(of(coverage(west, wider, outline=plain), "LS-COVER-BEYOND")) == told


@pytest.mark.parametrize(
    ("degrees", "told"),
    [
        pytest.param(15, True, id="15 degrees: too sharp to be a corner"),
        pytest.param(20, True, id="20 degrees"),
        pytest.param(27, False, id="27 degrees: a corner"),
        pytest.param(40, False, id="40 degrees"),
    ],
)
def test_a_corner_between_two_is_a_slit_only_where_it_is_sharp(degrees, told):
    """Two polygons that meet in a point and open like scissors to the south."""
    half = math.tan(math.radians(degrees / 2))
    east = np.array([(0, 0), (0, 100), (500, 100), (500, -200), (200 * half, -200)])
    west, east = (shapely.Polygon(east * [way, 1] + [EAST, NORTH]) for way in (-1, 1))
    assert bool(of(coverage(west, east, gap_width_m=10), "LS-COVER-SLIT")) == told


@pytest.mark.parametrize(
    ("x", "y", "left_out"),
    [
        pytest.param(106.7, 21.8, 0, id="longitude, latitude"),
        pytest.param(21.8, 106.7, 1, id="swapped: there is no latitude 106"),
        pytest.param(106.7, 89.9, 0, id="up to the pole"),
        pytest.param(179.9, 21.8, 0, id="up to the date line"),
        pytest.param(180.05, 21.8, 1, id="beyond it"),
    ],
)
def test_degrees_that_are_nowhere_on_earth_are_left_out(x, y, left_out):
    found = coverage(shapely.box(x, y, x + 0.1, y + 0.1), crs=4326)
    assert [issue.values["count"] for issue in of(found, "LS-SKIPPED-FEATURES")] == [1] * left_out


@pytest.mark.parametrize(
    ("width_m", "told"),
    [pytest.param(9.9, True, id="9.9 m"), pytest.param(10.1, False, id="10.1 m")],
)
def test_a_slit_is_up_to_ten_metres_wide_unless_said_otherwise(width_m, told):
    found = coverage(box(0, 0, 100, 100), box(100 + width_m, 0, 200, 100))
    assert bool(of(found, "LS-COVER-SLIT")) == told


@pytest.mark.parametrize(("width_m", "told"), [(0.4, True), (0.6, False)])
def test_a_slit_of_less_than_a_metre_may_be_asked_for(width_m, told):
    tiles = [box(0, 0, 100, 100), box(100 + width_m, 0, 200, 100)]
    assert bool(of(coverage(*tiles, gap_width_m=0.5), "LS-COVER-SLIT")) == told


@pytest.mark.parametrize(("count", "told"), [(1, 0), (2, 1), (3, 2)])
def test_two_are_enough_to_have_a_slit_between_them(count, told):
    rows = block(*(box(101 * n, 0, 101 * n + 100, 100) for n in range(count)))
    found = check_tiling(rows, read_catalogue()["commune"], rows["code"].to_numpy())
    assert len(of(found, "LS-COVER-SLIT")) == told


@pytest.mark.parametrize("width_m", [0, -1, math.inf, math.nan])
def test_a_width_of_no_length_is_refused(width_m):
    with pytest.raises(LayerError, match="width"):
        coverage(box(0, 0, 100, 100), gap_width_m=width_m)


@pytest.mark.parametrize(
    ("apart_m", "keys"),
    [
        pytest.param(0.008, ("2", "3"), id="8 mm apart: they touch"),
        pytest.param(0.012, ("2",), id="12 mm apart: they do not"),
    ],
)
def test_what_lies_within_a_centimetre_touches(apart_m, keys):
    """The half of the second that lies beyond an outline, and a third beside it."""
    tiles = [box(0, 0, 100, 100), box(100, 0, 200, 100), box(200 + apart_m, 0, 299, 100)]
    found = of(coverage(*tiles, outline=frame(box(0, 0, 150, 100))), "LS-COVER-BEYOND")
    assert [issue.values["keys"] for issue in found if issue.values["area_m2"] < 6000] == [keys]


def test_feet_are_measured_in_metres():
    """VN-2000 / TM-3 107-15 with its axes in feet: areas are told in square metres."""
    described = VN2000.to_json_dict()
    described.pop("id")
    for axis in described["coordinate_system"]["axis"]:
        axis["unit"] = {"type": "LinearUnit", "name": "foot", "conversion_factor": 0.3048}
    feet = pyproj.CRS.from_json_dict(described)
    tiles = frame(box(0, 0, 100, 100), box(95, 0, 200, 100))
    shapes = shapely.transform(np.asarray(tiles.geometry), lambda xy: xy / 0.3048)
    (issue,) = of(coverage(*shapes, crs=feet), "LS-OVERLAP")
    assert issue.values["area_m2"] == pytest.approx(500, rel=1e-3)


@pytest.mark.parametrize("crs", [9215, 3857, 4326])
def test_areas_are_true_square_metres_in_any_system(crs):
    """Web Mercator would make 17 % more of it."""
    tiles = frame(box(0, 0, 100, 100), box(95, 0, 200, 100)).to_crs(crs)
    (issue,) = of(coverage(*tiles.geometry, crs=crs), "LS-OVERLAP")
    assert issue.values["area_m2"] == pytest.approx(500, rel=1e-3)


def test_each_kind_is_told_with_the_largest_first():
    """Overlaps of 100, 300, 200 m², gaps of as much, and three far from all, in this order."""
    sizes, apart = [1, 3, 2], [803, 905, 700]
    tiles = [box(0, 0, 100, 600)]
    tiles += [box(100 - size, 200 * n, 150, 200 * n + 100) for n, size in enumerate(sizes)]
    holes = [box(20, 200 * n + 120, 30, 200 * n + 120 + 10 * size) for n, size in enumerate(sizes)]
    tiles[0] = shapely.difference(tiles[0], shapely.union_all(holes))
    tiles += [box(x * 10, 0, x * 10 + 10, 10) for x in apart]
    found = coverage(*tiles)
    for code, name, largest in (
        ("LS-OVERLAP", "area_m2", [300, 200, 100]),
        ("LS-COVER-GAP", "area_m2", [300, 200, 100]),
        ("LS-COVER-APART", "distance_m", [1020, 1010, 1010]),
    ):
        told = [issue.values[name] for issue in of(found, code)]
        assert told == sorted(told, reverse=True)
        assert sorted(told) == pytest.approx(sorted(largest))


# ---- which datum a file is on

COMMUNE = frame(box(0, 0, 20_000, 20_000))
# Reading VN-2000 as WGS 84 moves a point here 195 m to the west and 111 m to the north.


def along(side, off_m):
    """A line along a side of the commune, so many metres outside it at each of its vertices."""
    off_m = np.broadcast_to(off_m, 21) if np.ndim(off_m) == 0 else np.asarray(off_m)
    run = np.linspace(5000, 15_000, len(off_m))
    xy = [run, 20_000 + off_m] if side == "north" else [20_000 + off_m, run]
    return frame(shapely.LineString(np.column_stack(xy) + np.array([EAST, NORTH])))


@pytest.mark.parametrize(
    ("side", "off_m", "verdict"),
    [
        pytest.param("north", 0, "as-stated", id="on the border"),
        pytest.param("north", 99.9, "as-stated", id="just within 100 m of it"),
        pytest.param("north", 100.1, "undecided", id="just over 100 m: it follows no commune"),
        pytest.param("north", -99.9, "shift-left-out", id="11 m away when read the other way"),
        pytest.param("east", 64, "as-stated", id="64 m against 131 m: more than twice as near"),
        pytest.param("east", 66, "undecided", id="66 m against 129 m: less than twice"),
        pytest.param("east", 129, "undecided", id="129 m against 66 m: less than twice"),
        pytest.param("east", 131, "shift-left-out", id="131 m against 64 m"),
    ],
)
def test_how_near_and_how_much_nearer_tells_the_datum(side, off_m, verdict):
    found = detect_datum_shift(along(side, off_m), COMMUNE)
    assert found.verdict == verdict
    assert found.residual_m == pytest.approx(abs(off_m), abs=1e-6)
    assert found.shift_m == pytest.approx(224, abs=1)


def test_the_residual_is_the_median_of_every_point_of_thousands():
    """Points at distances drawn at random: of any part of them the median would be another."""
    off_m = np.random.default_rng(2).uniform(10, 30, 7999)
    found = detect_datum_shift(along("north", off_m), COMMUNE)
    assert found.residual_m == pytest.approx(np.median(off_m), abs=1e-6)


def test_from_eight_thousand_points_on_every_second_tells():
    """By turns 10 m and 30 m outside the border: all of them together would tell 20 m."""
    found = detect_datum_shift(along("north", np.tile([10.0, 30.0], 4000)), COMMUNE)
    assert found.residual_m == pytest.approx(10, abs=1e-6)


def test_outlines_follow_the_communes_at_exactly_a_hundred_metres():
    assert detect_datum_shift(along("north", 100), COMMUNE).verdict == "as-stated"


@pytest.mark.parametrize(
    ("code", "name"),
    [
        pytest.param(9208, "104°45′: Lào Cai, Yên Bái, Phú Thọ, Nghệ An, …", id="four of five"),
        pytest.param(9217, "108°15′: Bình Định, Khánh Hòa, Ninh Thuận", id="all three"),
        pytest.param(5897, "105°00′", id="a zone of no province"),
        pytest.param(4326, "", id="no zone"),
        pytest.param(None, "", id="no code"),
    ],
)
def test_a_zone_is_known_by_its_meridian_and_up_to_four_provinces(code, name):
    assert name_zone(code) == name


@pytest.mark.parametrize(("beyond", "fits"), [(0.09, True), (0.11, False)])
@pytest.mark.parametrize("side", ["west", "south", "east", "north"])
@pytest.mark.parametrize("axes", ["as read", "swapped"])
def test_a_tenth_beside_the_province_still_fits(axes, side, beyond, fits):
    west, south, east, north = read_region().box
    x, y = (west + east) / 2, (south + north) / 2
    x += {"west": -1, "east": 1}.get(side, 0) * (0.5 + beyond) * (east - west)
    y += {"south": -1, "north": 1}.get(side, 0) * (0.5 + beyond) * (north - south)
    spot = shapely.Point(x, y) if axes == "as read" else shapely.Point(y, x)
    found = suggest_crs(frame(spot, crs=4326))
    assert ("EPSG:4326" in set(found.loc[found["axes"] == axes, "crs"])) == fits


@pytest.mark.parametrize("crs", ["EPSG:4756", "EPSG:4326", "EPSG:3405", "EPSG:32648"])
@pytest.mark.parametrize("left_out", [False, True])
def test_either_reading_is_told_in_every_system(crs, left_out):
    """A line on the border, in another system; and as it is read when nobody shifted it."""
    twin = {"EPSG:4756": 4326, "EPSG:4326": 4756, "EPSG:3405": 32648, "EPSG:32648": 3405}[crs]
    # left out: written in the system of the other datum, said to be in this one
    line = move(along("north", 0), twin if left_out else crs)
    found = detect_datum_shift(line.set_crs(crs, allow_override=True), COMMUNE)
    assert found.verdict == ("shift-left-out" if left_out else "as-stated")
    near, far = sorted([found.residual_m, found.other_residual_m])
    assert near < 0.1 and far == pytest.approx(111, abs=2)


def move(features, crs):
    """Features in another system, across the datums by lsgis's own operation."""
    shapes = move_geometries(np.asarray(features.geometry), features.crs, pyproj.CRS(crs))
    return frame(*shapes, crs=crs)


def test_nothing_drawn_tells_no_datum():
    for shapes in ([None], [shapely.Polygon()], []):
        assert detect_datum_shift(frame(*shapes), COMMUNE).verdict == "undecided"
        found = detect_datum_shift(along("north", 0), frame(*shapes))
        assert (found.verdict, math.isnan(found.residual_m)) == ("undecided", True)
    some = frame(None, *along("north", 3).geometry, shapely.LineString())
    assert detect_datum_shift(some, COMMUNE).residual_m == pytest.approx(3)
    with pytest.raises(CrsError, match="expected VN-2000"):
        detect_datum_shift(along("north", 0), to_wgs84(COMMUNE))


@pytest.mark.parametrize(
    ("right", "up", "centred"),
    [
        pytest.param(0, 0, 1, id="in the middle"),
        pytest.param(0.25, 0, 0.75, id="a quarter of the way to the east"),
        pytest.param(-0.25, 0.5, 0.5, id="half the way to the north tells more"),
        pytest.param(-0.95, 0.1, 0.05, id="nearly at the edge"),
    ],
)
def test_how_central_the_data_lies(right, up, centred):
    """Of the way from the middle of the province to the edge of what fits, a tenth beyond it."""
    west, south, east, north = read_region().box
    x = (west + east) / 2 + right * 0.6 * (east - west)
    y = (south + north) / 2 + up * 0.6 * (north - south)
    sides = [shapely.Point(x - 0.01, y), shapely.Point(x + 0.01, y)]  # their middle counts
    found = suggest_crs(frame(*sides, crs=4326)).query("axes == 'as read'").set_index("crs")
    assert found.at["EPSG:4326", "centred"] == pytest.approx(centred, abs=0.005)


# ---- old communes to new

DAI_DONG = "2024-dai-dong-trang-dinh"  # split in 2024
AN_HUNG = "2019-an-hung-van-lang"  # vanished in 2019


def moved(*codes, generation="auto", counts=None, **options):
    table = pd.DataFrame({"code": codes, "n": counts or [1] * len(codes)})
    return crosswalk_table(table, code="code", counts=["n"], generation=generation, **options)


@pytest.mark.parametrize(
    ("codes", "generation", "known"),
    [
        pytest.param(["05977"], "2025", True, id="units of 2025"),
        pytest.param(["05977", DAI_DONG], "2024", True, id="one of before 2024: all are known"),
        pytest.param(["05977", AN_HUNG], "auto", False, id="one of before 2019: not all are"),
    ],
)
def test_what_is_missing_is_said_where_the_list_of_the_year_is_complete(codes, generation, known):
    communes = moved(*codes, generation=generation).table.query("commune_code != ''")
    assert communes["units_missing"].notna().all() == known
    assert communes["units_missing"].isna().all() != known
    older = communes["units_missing"].fillna("").str.contains("2024-").any()
    assert older == (generation == "2024")  # the units of that year are asked for too


@pytest.mark.parametrize(
    ("generation", "years"),
    [
        pytest.param("2025", {"2025"}, id="of 30 June 2025"),
        pytest.param("2024", {"2025", "2024"}, id="and what vanished in 2024"),
        pytest.param("2019", {"2025", "2024", "2019"}, id="and what vanished in 2019"),
        pytest.param("auto", {"2025", "2024", "2019"}, id="every name known"),
    ],
)
def test_a_generation_holds_its_own_units_and_the_younger_ones(generation, years):
    units = read_units(generation)
    assert set(units["generation"]) == years
    assert list(units) == ["unit", "name_vi", "kind", "district_vi", "generation"]
    assert units.index.tolist() == list(range(len(units)))


@pytest.mark.parametrize(
    ("off", "held"),
    [
        pytest.param(0.5e-9, True, id="half of a thousand-millionth too much"),
        pytest.param(-0.5e-9, True, id="as little too few"),
        pytest.param(1.5e-9, False, id="one and a half of them too much"),
        pytest.param(-1.5e-9, False, id="as much too few"),
    ],
)
def test_stated_shares_add_up_to_one_within_a_thousand_millionth(off, held):
    shares = pd.DataFrame(
        {"unit": "06622", "commune_code": ["06613", "06625"], "share": [0.25, 0.75 + off]}
    ).assign(source="s")
    if held:
        assert read_links(shares).query("unit == '06622'")["share"].tolist() == [0.25, 0.75 + off]
    else:
        with pytest.raises(LayerError, match="add up to 1"):
            read_links(shares)


def bits(*parts):
    """What somebody states of Bính Xá, which was split: (commune, share)."""
    codes, shares = zip(*parts, strict=True)
    return pd.DataFrame(
        {"unit": "06622", "commune_code": codes, "share": shares, "source": "Nghị quyết thử"}
    )


def test_all_of_a_unit_may_have_gone_to_one_of_two():
    table = moved("06622", counts=[7], generation="2025", shares=bits(("06613", 1), ("06625", 0)))
    communes = table.table.set_index("commune_code")
    assert communes.loc[["06613", "06625"], "n"].tolist() == [7, 0]
    assert communes.loc[["06613", "06625"], "units_given"].tolist() == [1, 0]
    assert (table.table["unit"] == "").all()


def test_a_rate_goes_with_the_stated_share_of_its_weight():
    """200 homes at 0.5, a quarter and three quarters of them; 100 homes at 0.25 beside."""
    table = pd.DataFrame({"code": ["06622", "06613"], "poor": [0.5, 0.25], "homes": [200, 100]})
    shares = bits(("06613", 0.25), ("06625", 0.75))
    rates = {"code": "code", "rates": {"poor": "homes"}, "generation": "2025"}
    found = crosswalk_table(table, shares=shares, **rates).table.set_index("commune_code")
    assert found.at["06613", "poor_weight"] == 50 + 100
    assert found.at["06613", "poor"] == pytest.approx((0.5 * 50 + 0.25 * 100) / 150)
    assert (found.at["06625", "poor"], found.at["06625", "poor_weight"]) == (0.5, 150)
    assert found["poor_blank"].sum() == 0


@pytest.mark.parametrize(
    ("homes", "held"),
    [
        pytest.param(0.5, True, id="half of one"),
        pytest.param(0.0, True, id="none"),
        pytest.param(-0.5, False, id="fewer than none"),
    ],
)
def test_a_weight_is_nothing_or_more(homes, held):
    table = pd.DataFrame({"code": ["05983", "05989"], "poor": [0.5, 0.3], "homes": [homes, None]})
    rates = {"code": "code", "rates": {"poor": "homes"}, "generation": "2025"}
    if held:
        found = crosswalk_table(table, **rates).table.set_index("commune_code")
        assert found.at["05983", "poor_weight"] == homes
    else:
        with pytest.raises(LayerError, match="homes"):
            crosswalk_table(table, **rates)


def test_an_empty_rate_counts_as_blank_where_its_unit_went():
    table = pd.DataFrame({"code": ["05983", "05989"], "poor": [0.5, None], "homes": [200, 100]})
    rates = {"code": "code", "rates": {"poor": "homes"}, "generation": "2025"}
    found = crosswalk_table(table, **rates).table.set_index("commune_code")
    assert found.loc["05983", ["poor", "poor_weight", "poor_blank"]].tolist() == [0.5, 200, 1]
    assert found["poor_blank"].sum() == 1


@pytest.mark.parametrize(
    "shares",
    [
        pytest.param(
            bits(("06613", 0.25), ("06613", 0.25), ("06625", 0.5)), id="one of them twice"
        ),
        pytest.param(bits(("06613", 0.5), ("06637", 0.5)), id="one it did not go to"),
    ],
)
def test_a_unit_is_stated_to_have_gone_where_it_went(shares):
    with pytest.raises(LayerError, match="receiving commune"):
        read_links(shares)


@pytest.mark.parametrize(
    ("counts", "held"),
    [
        pytest.param([2**61, 2**61 - 1024], True, id="below 2 to the 62nd together"),
        pytest.param([2**61, 2**61], False, id="that many together"),
        pytest.param([-(2**61), 2**61], False, id="whatever their sign"),
    ],
)
def test_whole_numbers_are_added_up_as_far_as_their_sum_is_exact(counts, held):
    if held:
        table = moved("05983", "05989", counts=counts, generation="2025").table
        assert table.set_index("commune_code").at["05983", "n"] == sum(counts)
    else:
        with pytest.raises(LayerError, match="large"):
            moved("05983", "05989", counts=counts, generation="2025")


@pytest.mark.parametrize(
    ("certain", "unknown", "bounds"),
    [
        pytest.param((0, 0), [(0.0, 0.7)], None, id="of nothing, nothing can be said"),
        pytest.param((4, 2), [(0.0, 9.0)], (0.5, 0.5), id="a part of no weight moves nothing"),
        pytest.param((4, 2), [(4.0, 1.0)], (0.5, 0.75), id="one of the same weight, half of it"),
        pytest.param((0, 0), [(4.0, 1.0), (4.0, 0.0)], (0, 1), id="only parts: any alone"),
        pytest.param((0.5, 0), [(0.5, 1.0)], (0, 0.5), id="half a home is a weight too"),
        pytest.param((2, 1), [(2, 0.25), (4, 0.0)], (0.167, 0.5), id="lowest: the lowest alone"),
        pytest.param((2, 1), [(2, 0.75), (2, 1.0)], (0.5, 0.75), id="highest: both as much"),
    ],
)
def test_bounds_of_a_rate(certain, unknown, bounds):
    found = rate_range(*certain, unknown)
    if bounds is None:
        assert all(map(math.isnan, found))
    else:
        assert found == pytest.approx(bounds, abs=1e-3)


@pytest.mark.parametrize(
    ("wrong", "named"), [(5, "'x4'"), (6, "'x4'")], ids=["five", "of six the first five"]
)
def test_what_is_no_number_is_named_up_to_five_times(wrong, named):
    with pytest.raises(LayerError, match=named) as refusal:
        moved(*["05983"] * wrong, counts=[f"x{n}" for n in range(wrong)], generation="2025")
    assert "'x5'" not in str(refusal.value)


@pytest.mark.parametrize("share", [1.5, -0.5, math.nan])
def test_a_share_is_a_part_of_the_whole(share):
    with pytest.raises(LayerError, match="from 0 to 1"):
        read_links(bits(("06613", share)))


@pytest.mark.parametrize("name", ["P. Chi Lăng", "P.Chi Lăng", "p.  chi lăng", "Phường Chi Lăng"])
def test_a_short_word_before_a_name_needs_no_blank(name):
    log = crosswalk_table(pd.DataFrame({"name": [name]}), name="name").log
    assert (log["unit"].iloc[0], log["how"].iloc[0]) == ("05983", "name-kind")


def test_a_district_alone_names_no_unit():
    with pytest.raises(LayerError, match="expected a column of old codes"):
        crosswalk_table(pd.DataFrame({"district": ["Cao Lộc"]}), district="district")


@pytest.mark.parametrize(
    ("counts", "total", "kind"),
    [
        pytest.param(["2", "3", " "], 5, "Int64", id="whole as written, one cell empty"),
        pytest.param(["1.5", "2", "3"], 6.5, "Float64", id="one with a decimal point"),
        pytest.param(["2.0", "3", ""], 5.0, "Float64", id="a point makes a measure of it"),
    ],
)
def test_numbers_written_as_text_are_whole_where_all_are(counts, total, kind):
    table = moved("05983", "05989", "05983", counts=counts, generation="2025").table
    assert table["n"].dtype == kind and table["n"].sum() == total


@pytest.mark.parametrize(
    ("code", "unit"),
    [
        pytest.param("5983", "05983", id="four digits: the zero was dropped"),
        pytest.param("983", "", id="three digits are no code"),
        pytest.param("005983", "", id="nor are six"),
    ],
)
def test_a_code_has_five_digits_or_lost_its_first(code, unit):
    assert moved(code, generation="2025").log["unit"].tolist() == [unit]


# ---- the verdict

SITE = square(0, 0, 100, 100)  # one hectare
LAYER = "wetland"


def ask(*zones, site=SITE, **options):
    index = toy_index({LAYER: list(zones)}, **options)
    themes = judge_site(toy_site(site), index, complete=[LAYER]).themes
    return next(theme for theme in themes if theme["layer"] == LAYER)


def sliver(south, depth_m, accuracy_m=0.0, height=100):
    """A zone that reaches into the east of the site, so deep and so high."""
    return Zone(square(100 - depth_m, south, 300, south + height), accuracy_m)


TALL = square(0, 0, 100, 500)
AT_LEAST = {LAYER: {"min_area_m2": 100.0}}


@pytest.mark.parametrize(
    ("depth_m", "e", "state"),
    [
        pytest.param(1.0, 0.0, "affected", id="exactly the minimum"),
        pytest.param(1.0 - 2**-20, 0.0, "below_threshold", id="a tenth of a millimetre² less"),
        pytest.param(1.5, 0.25, "affected", id="125 m² remain of 150"),
        pytest.param(1.5, 0.75, "likely", id="75 m² remain of 150"),
    ],
)
def test_an_overlap_at_the_minimum(depth_m, e, state):
    assert ask(sliver(0, depth_m, e, 100), site=TALL, checks=AT_LEAST)["state"] == state


def test_small_overlaps_that_add_up_to_exactly_the_minimum():
    two = ask(sliver(0, 0.5), sliver(200, 0.5), site=TALL, checks=AT_LEAST)
    assert [finding["state"] for finding in two["findings"]] == ["below_threshold"] * 2
    assert (two["state"], two["area_m2"]) == ("affected", 100)  # both are known exactly
    less = ask(sliver(0, 0.5), sliver(200, 0.5 - 2**-20), site=TALL, checks=AT_LEAST)
    assert less["state"] == "below_threshold"


def test_small_overlaps_that_may_add_up_to_the_minimum_within_their_accuracy():
    """Each 8 m² as drawn and about 1.5 x 18 m = 27 m² grown by 1 m: four may come to 100 m²."""
    zones = [sliver(n * 100, 0.5, 1.0, 16) for n in range(1, 5)]
    four, three = (ask(*zones[:n], site=TALL, checks=AT_LEAST) for n in (4, 3))
    for theme in (four, three):
        assert {finding["state"] for finding in theme["findings"]} == {"below_threshold"}
    assert (four["state"], three["state"]) == ("possible", "below_threshold")


@pytest.mark.parametrize(
    ("gap_m", "counts"),
    [
        pytest.param(100, [0, 1, 1, 1], id="exactly 100 m lies within 100 m"),
        pytest.param(100 + 2**-20, [0, 0, 1, 1], id="a micrometre more does not"),
        pytest.param(1000, [0, 0, 0, 1], id="exactly the widest band"),
        pytest.param(1000 + 2**-20, [0, 0, 0, 0], id="a micrometre beyond it"),
        pytest.param(0, [1, 1, 1, 1], id="touching lies within 0 m"),
    ],
)
def test_a_feature_at_the_edge_of_a_band(gap_m, counts):
    bands = ask(Zone(square(100 + gap_m, 0, 2000, 100)))["bands"]
    assert [band["within_m"] for band in bands] == [0, 100, 500, 1000]
    assert [band["least"] for band in bands] == counts  # all is known exactly
    assert [band["most"] for band in bands] == counts


@pytest.mark.parametrize(
    ("gap_m", "bearing"),
    [
        pytest.param(0, None, id="touching"),
        pytest.param(2**-10, 90, id="a millimetre to the east"),
        pytest.param(5, 90, id="5 m"),
        pytest.param(50, 90, id="50 m"),
    ],
)
def test_there_is_a_bearing_wherever_there_is_a_way(gap_m, bearing):
    theme = ask(Zone(square(100 + gap_m, 0, 400, 100), 60.0))
    (finding,) = theme["findings"]
    assert (finding["distance_m"], finding["bearing_deg"]) == (gap_m, bearing)
    assert theme["nearest"]["bearing_deg"] == bearing


@pytest.mark.parametrize(
    ("gap_m", "state"),
    [
        pytest.param(80, "possible", id="80 m away"),
        pytest.param(100, "possible", id="as far as is assumed"),
        pytest.param(101, "not_affected", id="farther"),
    ],
)
@pytest.mark.parametrize("others", [[], [Zone(square(-900, 0, -800, 9), 3.0)]])
def test_what_nobody_knows_the_accuracy_of_is_looked_for_as_far_as_is_assumed(gap_m, state, others):
    """No distance band helps: 100 m are assumed, though another feature is known to 3 m."""
    theme = ask(
        Zone(square(100 + gap_m, 0, 400, 100), UNKNOWN),
        *others,
        checks={LAYER: {"bands_m": (0.0,)}},
    )
    assert theme["state"] == state


@pytest.mark.parametrize(
    ("gap_m", "state"),
    [
        pytest.param(150, "possible", id="150 m away"),
        pytest.param(200, "possible", id="as far as it is known"),
        pytest.param(201, "not_affected", id="farther"),
    ],
)
@pytest.mark.parametrize("others", [[], [Zone(square(-900, 0, -800, 9), UNKNOWN)]])
def test_a_feature_is_looked_for_as_far_as_its_accuracy(gap_m, state, others):
    """No distance band helps: 200 m are stated, also where 100 m are assumed of another."""
    rough = Zone(square(100 + gap_m, 0, 900, 100), 200.0)
    theme = ask(rough, *others, checks={LAYER: {"bands_m": (0.0,)}})
    assert theme["state"] == state


def test_lines_that_cross_have_no_length_to_be_too_short():
    road, line = at(shapely.LineString([(0, 50), (100, 50)])), shapely.LineString
    crossing = Zone(at(line([(50, 0), (50, 100)])), 0.0)
    along_it = Zone(at(line([(0, 50), (20, 50)])), 0.0)
    options = {"geometry": {LAYER: "LineString"}, "checks": {LAYER: {"min_length_m": 30.0}}}
    assert ask(crossing, site=road, **options)["state"] == "likely"
    assert ask(along_it, site=road, **options)["state"] == "below_threshold"


@pytest.mark.parametrize(
    ("half_m", "e", "deeper"),
    [
        pytest.param(6, 10, False, id="6 m from either edge, 10 m unsure"),
        pytest.param(9.5, 10, False, id="9.5 m"),
        pytest.param(10, 10, False, id="exactly as far as it is unsure"),
        pytest.param(10.5, 10, True, id="10.5 m"),
        pytest.param(30, 10, True, id="30 m"),
    ],
)
@pytest.mark.parametrize("whole", [False, True])
def test_how_deep_ground_lies_is_asked_of_every_edge(half_m, e, deeper, whole):
    """A strip between two edges, each of many short stretches as an index keeps them."""
    xs = range(-500, 500, 10)
    edges = [shapely.LineString([(x, y), (x + 10, y)]) for y in (-half_m, half_m) for x in xs]
    strip = shapely.box(-50, -half_m, 50, half_m)
    size = size_deeper([strip], np.array(edges, dtype=object), e, whole=whole)
    assert (size > 0) == deeper
    if whole and deeper:
        assert size == pytest.approx(100 * 2 * (half_m - e), rel=0.2)


@pytest.mark.parametrize(
    ("near_m", "far_m", "remains"),
    [
        pytest.param(10.051, 10.06, True, id="more than half a percent deeper than 10 m"),
        pytest.param(9.9, 9.999, False, id="less deep than 10 m"),
    ],
)
def test_depth_is_asked_to_half_a_percent(near_m, far_m, remains):
    """A ring of ground around an outline that is hardly more than a point."""
    dot = np.array([shapely.LineString([(-1e-6, 0), (1e-6, 0)])], dtype=object)
    turn = np.linspace(0, 2 * math.pi, 2001)[:-1]
    round_off = np.column_stack([np.cos(turn), np.sin(turn)])
    ring = shapely.Polygon(far_m * round_off, [near_m * round_off])
    left = size_deeper([ring], dot, 10.0, whole=True)
    assert left == (pytest.approx(ring.area, rel=1e-9) if remains else 0)


def test_a_count_is_a_whole_number_and_a_size_is_none():
    beside = ask(Zone(at(shapely.Point(105, 50)), 10.0), geometry={LAYER: "Point"})
    (finding,) = beside["findings"]
    for told in (beside, finding):
        assert (told["count"], type(told["count"])) == (0, int)
    beside = ask(Zone(square(105, 0, 200, 100), 10.0))
    (finding,) = beside["findings"]
    for told in (beside, finding):
        assert (told["area_m2"], type(told["area_m2"])) == (0, float)


@pytest.mark.parametrize("degrees", [7, 23, 61])
def test_a_site_within_one_of_several_zones_is_affected_by_its_own_area(degrees):
    """To the last bit: the site is not cut up and put together again."""
    site = shapely.affinity.rotate(SITE, degrees)
    zones = [Zone(square(-900, -900, 900, 900)), Zone(square(33.3, -77.7, 444, 55.5))]
    theme = ask(*zones, site=site)
    assert (theme["area_m2"], theme["share"]) == (site.area, 1)


@pytest.mark.parametrize(
    ("accuracy_m", "gap_m", "held"),
    [
        pytest.param(50.0, 50.0, True, id="as far as it is unsure"),
        pytest.param(50.0, 50.001, False, id="a millimetre farther"),
        pytest.param(UNKNOWN, 100.0, True, id="as far as is assumed"),
        pytest.param(UNKNOWN, 100.001, False, id="farther than is assumed"),
        pytest.param(0.0, 0.0, True, id="known exactly, on the border"),
        pytest.param(-1.0, 0.0, False, id="less accurate than nothing"),
        pytest.param(math.inf, 0.0, False, id="without bound"),
    ],
)
def test_a_site_beside_the_province(accuracy_m, gap_m, held):
    index, east = toy_index({}), 20_000 + gap_m
    site = toy_site(square(east, 0, east + 100, 100), accuracy_m=accuracy_m)
    if held:
        assert judge_site(site, index).themes
    else:
        with pytest.raises(SiteError, match=r"outside|accuracy"):
            judge_site(site, index)


@pytest.mark.parametrize("metres", [0.0, -1.0, math.nan, math.inf])
def test_an_assumed_accuracy_is_a_length(metres):
    with pytest.raises(SiteError, match="accuracy"):
        judge_site(toy_site(SITE), toy_index({}), assumed_accuracy_m=metres)


def test_what_names_no_commune_is_not_said_to_lie_elsewhere():
    """Of three that nobody has drawn: here, elsewhere, and where nobody knows."""
    zones = [Zone(None, communes=code) for code in ("00002", "00001", "")]
    theme = ask(*zones, site=square(5, 0, 100, 100))
    assert theme["undrawn_here"] == "yes"
    assert [row["here"] for row in theme["undrawn"]] == ["yes", "no", None]
