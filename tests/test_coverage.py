"""Polygons that should tile: every fault is found where it is, on toys and real communes."""

import json
import time
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import shapely.affinity
import shapely.ops
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_check import odd_frames
from toy import EAST as E0
from toy import NORTH as N0
from toy import VN2000, block, square

from lsgis.catalogue import read_catalogue, read_register
from lsgis.check import check_coverage, check_layer, describe_issue, repair_coverage, write_issues
from lsgis.check.overlap import overlapping_pairs
from lsgis.errors import CrsError, LayerError, LsgisError, OutputError


def grid(n=3):
    return block(*(square(100 * x, 100 * y) for y in range(n) for x in range(n)))


def checked(polygons, **options):
    return check_coverage(polygons, layer="tile", key="code", names="name_vi", **options)


def of(issues, code):
    return [issue for issue in issues if issue.code == code]


def codes(issues):
    return sorted({issue.code for issue in issues})


def reshaped(polygons, row, shape):
    shapes = np.asarray(polygons.geometry, dtype=object).copy()
    shapes[row] = shape
    return polygons.set_geometry(gpd.array.from_shapely(shapes, crs=polygons.crs))


# --- toys -------------------------------------------------------------------------------


@pytest.mark.parametrize("crs", [9215, 4326, 32648, 3857])
def test_a_grid_is_a_coverage_in_any_crs(crs):
    assert checked(grid().to_crs(crs)) == []
    assert checked(grid().to_crs(crs), outline=grid().dissolve()) == [] or crs != 9215


def test_an_empty_frame_and_one_polygon_are_silent():
    assert checked(grid().iloc[:0]) == [] == checked(grid().iloc[:1])


def test_an_overlap_is_told_with_area_share_and_place():
    found = checked(block(square(0, 0), square(99.995, 0)))
    assert codes(found) == ["LS-OVERLAP"]
    assert found[0].values["area_m2"] == pytest.approx(0.5, rel=1e-4)
    assert (found[0].key, found[0].values["other"]) == ("1", "2")
    assert found[0].shape.covers(found[0].place)
    assert describe_issue(found[0], "vi")["message"].startswith("1 Xã 1 và 2 Xã 2: chồng nhau")


def test_a_closed_gap_is_told_whatever_its_width():
    hole = grid().drop(index=4)
    issue = of(checked(hole), "LS-COVER-GAP")[0]
    assert issue.values["area_m2"] == pytest.approx(10_000)
    assert issue.values["width_m"] == pytest.approx(100, rel=0.01)
    assert len(issue.values["keys"]) == 8  # four share an edge, four a corner
    assert square(100, 100).covers(issue.place)


def test_an_island_in_a_gap_is_no_gap():
    ring = block(shapely.difference(square(0, 0, 300), square(100, 100)), square(120, 120, 60))
    issue = of(checked(ring), "LS-COVER-GAP")[0]
    assert issue.values["area_m2"] == pytest.approx(10_000 - 3_600)
    assert codes(checked(ring)) == ["LS-COVER-APART", "LS-COVER-GAP"]


@pytest.mark.parametrize(
    ("width", "told"),
    [
        pytest.param(0.05, True, id="5 cm"),
        pytest.param(3, True, id="3 m"),
        pytest.param(9.9, True, id="just below the width asked for"),
        pytest.param(10.1, False, id="just above"),
    ],
)
def test_a_slit_open_at_both_ends(width, told):
    found = of(
        checked(block(square(0, 0), square(100 + width, 0)), gap_width_m=10), "LS-COVER-SLIT"
    )
    assert bool(found) == told
    for issue in found:
        assert issue.values["area_m2"] == pytest.approx(100 * width, rel=1e-6)
        assert issue.values["width_m"] == pytest.approx(width, rel=0.06)
        assert issue.values["keys"] == ("1", "2")


def test_a_notch_in_one_polygon_is_no_slit():
    notched = shapely.difference(square(0, 0), square(40, 98, 4))
    assert checked(block(notched, square(100, 0))) == []


def test_an_extra_vertex_on_one_side_is_an_unmatched_edge():
    corners = [(0, 0), (100, 0), (100, 37.3), (100, 100), (0, 100)]
    left = shapely.Polygon([(E0 + x, N0 + y) for x, y in corners])
    found = checked(block(left, square(100, 0)))
    assert codes(found) == ["LS-COVER-EDGE"]
    assert found[0].values["keys"] == ("1", "2")
    assert found[0].shape.distance(shapely.Point(E0 + 100, N0 + 37.3)) < 0.01
    assert found[0].values["length_m"] == pytest.approx(100)


def test_what_touches_nothing_is_told_with_its_distance():
    found = checked(block(square(0, 0), square(100, 0), square(25_800, 0)))
    assert codes(found) == ["LS-COVER-APART"]
    assert (found[0].key, found[0].values["other"]) == ("3", "2")
    assert found[0].values["distance_m"] == pytest.approx(25_600)


def test_the_outline_is_compared_both_ways_largest_first():
    outline = gpd.GeoDataFrame(geometry=[shapely.box(E0 - 10, N0, E0 + 150, N0 + 100)], crs=VN2000)
    found = checked(block(square(0, 0), square(100, 0)), outline=outline)
    assert [(issue.code, issue.values["area_m2"]) for issue in found] == [
        ("LS-COVER-BEYOND", pytest.approx(5000)),
        ("LS-COVER-SHORT", pytest.approx(1000)),
    ]
    assert [issue.values["keys"] for issue in found] == [("2",), ("1",)]


def test_unsound_rows_are_left_out_and_counted():
    bowtie = shapely.Polygon([(E0, N0), (E0 + 9, N0 + 9), (E0 + 9, N0), (E0, N0 + 9)])
    found = checked(block(square(0, 0), None, bowtie, shapely.Point(E0, N0), shapely.Polygon()))
    assert [(issue.code, issue.values["count"]) for issue in found] == [("LS-SKIPPED-FEATURES", 4)]


def test_one_side_with_a_vertex_more_in_degrees_is_an_edge_not_an_overlap():
    south = shapely.box(106.7, 21.8, 106.8, 21.9)
    corners = [(106.7, 21.9), (106.75, 21.9), (106.8, 21.9), (106.8, 22.0), (106.7, 22.0)]
    found = checked(block(south, shapely.Polygon(corners), crs=4326))
    assert codes(found) == ["LS-COVER-EDGE"]
    assert found[0].values["length_m"] == pytest.approx(10_335, rel=0.01)


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        pytest.param(
            lambda: checked(grid().set_crs(None, allow_override=True)),
            CrsError, "no coordinate reference system", id="no CRS",
        ),
        pytest.param(lambda: checked(grid().drop(columns="code")), LayerError, "code", id="no key"),
        pytest.param(lambda: checked(grid(), gap_width_m=0), LayerError, "width", id="no width"),
        pytest.param(
            lambda: checked(grid(), outline=grid().set_crs(None, allow_override=True)),
            CrsError, "no coordinate reference system", id="outline without CRS",
        ),
    ],
)  # fmt: skip
def test_bad_calls_are_refused(call, error, match):
    with pytest.raises(error, match=match):
        call()


SIDES = st.integers(0, 12)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(SIDES, SIDES, st.integers(1, 6), st.integers(1, 6)), max_size=7))
def test_overlaps_and_gaps_account_for_every_square_metre(boxes):
    shapes = [shapely.box(E0 + x, N0 + y, E0 + x + w, N0 + y + h) for x, y, w, h in boxes]
    found = checked(block(*shapes))
    array = np.array([*shapes, None], dtype=object)[:-1]
    pieces = overlapping_pairs(array)[2]
    told = [issue.values["area_m2"] for issue in of(found, "LS-OVERLAP")]
    assert sum(told) == pytest.approx(shapely.area(pieces).sum())
    whole = shapely.union_all(array)
    filled = shapely.union_all([shapely.Polygon(p.exterior) for p in shapely.get_parts(whole)])
    gaps = sum(issue.values["area_m2"] for issue in of(found, "LS-COVER-GAP"))
    assert gaps == pytest.approx(filled.area - whole.area)
    assert all(issue.place.distance(issue.shape) < 1e-6 for issue in found)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of odd coordinates, while frames are made
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(frame=odd_frames(), outline=st.none() | st.just(grid()))
def test_odd_frames_are_told_or_refused(frame, outline):
    frame = frame.drop(columns="code", errors="ignore")
    frame["code"] = [str(n) for n in range(len(frame))]
    try:
        found = checked_codes(frame, outline)
        assert all(describe_issue(issue, "vi")["message"] for issue in found)
        repair_coverage(frame, key="code", width_m=3)
    except LsgisError:
        pass


def checked_codes(frame, outline):
    return check_coverage(frame, layer="tile", key="code", outline=outline)


# --- files ------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_issues_are_written_as_three_files(tmp_path, lang):
    tiles = block(square(0, 0), square(99, 0), square(201, 0), None)
    tiles["code"] = ["1", "2", "=3", "4"]
    found = checked(tiles)
    paths = write_issues(found, tmp_path / "new" / "folder", lang=lang)
    assert [path.name for path in paths] == ["issues.json", "issues.csv", "issues.gpkg"]
    rows = json.loads(paths[0].read_text(encoding="utf-8"))
    table = pd.read_csv(paths[1], dtype=str, keep_default_na=False)
    points = gpd.read_file(paths[2], layer="issue")
    areas = gpd.read_file(paths[2], layer="issue_area")
    assert len(found) == len(rows) == len(table) == len(points) > len(areas) > 0
    assert points.crs == areas.crs == VN2000
    assert [row["message"] for row in rows] == points["message"].tolist()
    assert [row["message"] for row in rows] == [describe_issue(i, lang)["message"] for i in found]
    overlap = next(row for row in rows if row["code"] == "LS-OVERLAP")
    assert overlap["values"]["area_m2"] == pytest.approx(100)
    assert not table.map(lambda cell: cell.startswith("=")).any(axis=None)
    shape = areas.set_index("number").geometry[overlap["number"]]
    assert shape.area == pytest.approx(100)


def test_no_issue_is_three_files_too(tmp_path):
    for _ in range(2):  # written again over the first
        paths = write_issues([], tmp_path, lang="vi")
    assert json.loads(paths[0].read_text(encoding="utf-8")) == []
    assert len(gpd.read_file(paths[2], layer="issue")) == 0


def test_lines_have_their_own_layer(tmp_path):
    corners = [(0, 0), (100, 0), (100, 37.3), (100, 100), (0, 100)]
    left = shapely.Polygon([(E0 + x, N0 + y) for x, y in corners])
    path = write_issues(checked(block(left, square(100, 0))), tmp_path, lang="en")[2]
    assert gpd.read_file(path, layer="issue_line").length.sum() == pytest.approx(100)


def test_a_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="choose another folder"):
        write_issues([], tmp_path / "file", lang="en")


# --- the real communes ------------------------------------------------------------------


@pytest.fixture(scope="module")
def sound_communes(real_communes):
    """The real communes made a coverage (lighter, to be quick), so that a fault stands out."""
    if not hasattr(shapely, "coverage_clean"):
        pytest.skip("shapely before 2.2 cannot make them one")
    shapes = np.asarray(real_communes.geometry)
    light = shapely.coverage_simplify(shapes, 60)
    clean = shapely.coverage_clean(light, gap_width=10, snapping_distance=0.001)
    return real_communes.set_geometry(gpd.array.from_shapely(clean, crs=VN2000))


def told(polygons, **options):
    return check_coverage(polygons, layer="commune", key="commune_code", names="name_vi", **options)


def border_of(polygons):
    """Two neighbours inside the province with a common boundary: their rows, a long edge of it."""
    shapes = np.asarray(polygons.geometry)
    whole = shapely.union_all(shapes).exterior
    left, right = shapely.STRtree(shapes).query(shapes, predicate="touches")
    for one, other in zip(left, right, strict=True):
        line = shapely.line_merge(shapely.intersection(shapes[one], shapes[other]))
        inside = line.geom_type == "LineString" and line.distance(whole) > 500
        if one < other and inside and line.length > 2000:
            xy = shapely.get_coordinates(line)
            longest = np.argmax(np.hypot(*np.diff(xy, axis=0).T))
            return one, other, line, xy[longest : longest + 2]
    raise AssertionError("no such pair")


def test_figures_of_the_real_communes(real_communes, shared):
    outline = gpd.read_file(shared / "geodata" / "province_2025.geojson")
    start = time.process_time()  # of this process alone, whatever else the machine does
    found = told(real_communes, outline=outline)
    assert time.process_time() - start < 20
    area = {code: sum(i.values["area_m2"] for i in of(found, code)) for code in codes(found)}
    count = {code: len(of(found, code)) for code in codes(found)}
    assert count["LS-OVERLAP"] == 9 and area["LS-OVERLAP"] == pytest.approx(9999.3, abs=1)
    assert count["LS-COVER-GAP"] == 3 and area["LS-COVER-GAP"] == pytest.approx(8.23, abs=0.05)
    assert area["LS-COVER-BEYOND"] == pytest.approx(46.2e6, rel=0.01)
    assert area["LS-COVER-SHORT"] == pytest.approx(47.4e6, rel=0.01)
    extent = [i.values["area_m2"] for i in found if i.code in ("LS-COVER-BEYOND", "LS-COVER-SHORT")]
    assert extent == sorted(extent, reverse=True)
    assert all(issue.place is not None and issue.shape is not None for issue in found)


def test_the_sound_communes_are_silent(sound_communes):
    assert codes(told(sound_communes)) in ([], ["LS-COVER-SLIT"])  # one on the outer edge


def test_a_slit_of_three_metres_at_the_edge_of_the_province(sound_communes):
    shapes = np.asarray(sound_communes.geometry)
    edge = shapely.union_all(shapes).exterior
    for one, other in zip(*shapely.STRtree(shapes).query(shapes, predicate="touches"), strict=True):
        line = shapely.line_merge(shapely.intersection(shapes[one], shapes[other]))
        if line.geom_type == "LineString" and line.length > 3000 and line.distance(edge) == 0:
            break
    else:
        raise AssertionError("no border that ends at the edge")
    strip = shapely.buffer(line, 3, cap_style="flat")
    ending = shapely.buffer(shapely.intersection(line, edge), 1000)
    cut = shapely.difference(shapes[one], shapely.intersection(strip, ending))
    found = of(told(reshaped(sound_communes, one, cut)), "LS-COVER-SLIT")
    keys = set(sound_communes["commune_code"].iloc[[one, other]])
    assert [i for i in found if keys <= set(i.values["keys"]) and i.values["area_m2"] > 1000]


def test_one_commune_missing_is_a_gap_of_its_size(sound_communes):
    one, *_ = border_of(sound_communes)
    whole = sound_communes.dissolve()
    found = told(sound_communes.drop(index=sound_communes.index[one]), outline=whole)
    lost = sound_communes.geometry.iloc[one].area
    for code in ("LS-COVER-GAP", "LS-COVER-SHORT"):
        assert of(found, code)[0].values["area_m2"] == pytest.approx(lost, rel=1e-6)


def test_a_swapped_row_is_far_from_all_others(sound_communes):
    one, *_ = border_of(sound_communes)
    moved = shapely.transform(sound_communes.geometry.iloc[one], lambda xy: xy[:, ::-1])
    found = told(reshaped(sound_communes, one, moved))
    apart = of(found, "LS-COVER-APART")
    assert [issue.key for issue in apart] == [sound_communes["commune_code"].iloc[one]]
    assert apart[0].values["distance_m"] > 1e6 and of(found, "LS-COVER-GAP")


def test_faults_are_found_by_the_check_of_the_layer(sound_communes):
    """64 of 65, a row of the neighbouring zone and a gap, all at once."""
    one, *_ = border_of(sound_communes)
    layer, shapes = read_catalogue()["commune"], np.asarray(sound_communes.geometry)
    facts = read_register("commune")
    rows = sound_communes.merge(facts.drop(columns="name_vi"), on="commune_code")
    whole = sound_communes.dissolve()
    east = next(n for n in np.argsort(-shapely.bounds(shapes)[:, 0]) if n != one)
    shapes = shapes.copy()
    shapes[east] = shapely.transform(shapes[east], lambda xy: xy + np.array([25_800, 0]))
    faulty = reshaped(rows, slice(None), shapes).drop(index=rows.index[one])
    found = check_layer(faulty, layer, province=whole, facts=facts)
    keys = {issue.code: issue.key for issue in found}
    assert {"LS-COUNT-FEWER", "LS-COVER-GAP"} <= set(keys)
    outside = of(found, "LS-PLACE-OUTSIDE") + of(found, "LS-PLACE-PARTLY-OUTSIDE")
    assert rows["commune_code"].iloc[east] in {issue.key for issue in outside}


def test_layers_that_need_not_tile_are_not_asked(sound_communes):
    layer = read_catalogue()["commune"]
    loose = replace(layer, expected=replace(layer.expected, tiles=False))
    one, *_ = border_of(sound_communes)
    holed = sound_communes.drop(index=sound_communes.index[one])
    assert of(check_layer(holed, layer), "LS-COVER-GAP")
    assert not of(check_layer(holed, loose), "LS-COVER-GAP")


# --- faults put into the communes as published, vertex by vertex --------------------------


@pytest.fixture(scope="module")
def published(real_communes):
    """The communes as published, two neighbours among them, and what is wrong with them already."""
    one, other, line, edge = border_of(real_communes)
    return real_communes, (one, other), line, edge, told(real_communes)


def added_by(fault, before):
    """Issues that were not there before the fault: another code, or more than 1 m away."""
    return [
        issue
        for issue in fault
        if not any(
            issue.code == old.code and issue.place.distance(old.place) < 1
            and issue.values.get("area_m2") == pytest.approx(old.values.get("area_m2"), rel=1e-6)
            for old in before
            if old.place is not None and issue.place is not None
        )
    ]  # fmt: skip


def keys_of(issue):
    return {issue.key, issue.values.get("other"), *issue.values.get("keys", ())}


def _patch(shape, other, line, edge):
    """Half a square metre of the neighbour taken in."""
    middle, along = edge.mean(axis=0), np.diff(edge, axis=0)[0]
    along = along / np.hypot(*along)
    half = shapely.LineString([middle - along / 2, middle + along / 2])
    return shapely.union(shape, shapely.buffer(half, 0.5, cap_style="flat"))


def _strip(shape, other, line, edge):
    """A strip of 3 m given up, along a kilometre in the middle of the common boundary."""
    inner = shapely.ops.substring(line, line.length / 2 - 500, line.length / 2 + 500)
    return shapely.difference(shape, shapely.buffer(inner, 3, cap_style="flat"))


def _with_vertex(xy, a, b):
    """Ring coordinates with the middle of the edge a-b put in, whichever way it runs."""
    for n in range(len(xy) - 1):
        if {tuple(xy[n]), tuple(xy[n + 1])} == {tuple(a), tuple(b)}:
            return np.insert(xy, n + 1, (a + b) / 2, axis=0)
    return xy


def _vertex(shape, other, line, edge):
    parts = []
    for part in shapely.get_parts(shape):
        rings = [_with_vertex(shapely.get_coordinates(r), *edge) for r in shapely.get_rings(part)]
        parts.append(shapely.Polygon(rings[0], rings[1:]))
    return shapely.MultiPolygon(parts)


@pytest.mark.parametrize(
    ("fault", "code", "area_m2"),
    [
        pytest.param(_patch, "LS-OVERLAP", 0.5, id="half a square metre of overlap"),
        pytest.param(_strip, "LS-COVER-GAP", 3000, id="a slit of three metres"),
        pytest.param(_vertex, "LS-COVER-EDGE", None, id="a vertex more on one side"),
    ],
)
def test_a_fault_at_a_common_boundary_is_the_only_thing_added(published, fault, code, area_m2):
    communes, (one, other), line, edge, before = published
    shapes = np.asarray(communes.geometry)
    faulty = reshaped(communes, one, fault(shapes[one], shapes[other], line, edge))
    found = added_by(told(faulty), before)
    pair = set(communes["commune_code"].iloc[[one, other]])
    assert of(found, code) and all(pair <= keys_of(issue) for issue in of(found, code))
    assert all(pair & keys_of(issue) and issue.shape.distance(line) < 1 for issue in found)
    if area_m2 is None:
        middle = shapely.Point(edge.mean(axis=0))
        assert of(found, code)[0].shape.distance(middle) < 0.01
    else:
        total = sum(issue.values["area_m2"] for issue in of(found, code))
        assert total == pytest.approx(area_m2, rel=0.1)


@pytest.mark.parametrize(
    "move",
    [
        pytest.param(lambda shape: shapely.affinity.translate(shape, 0.5, 0), id="50 cm east"),
        pytest.param(lambda shape: shapely.affinity.translate(shape, 30, 0), id="30 m to the east"),
        pytest.param(
            lambda shape: shapely.affinity.translate(shape, 25_800, 0), id="into another zone"
        ),
        pytest.param(
            lambda shape: gpd.GeoSeries([shape], crs=9215).to_crs(9214).iloc[0],
            id="read as 107°15' though drawn in 107°",
        ),
        pytest.param(
            lambda shape: gpd.GeoSeries([shape], crs=9215).to_crs(9216).iloc[0],
            id="read as 107°15' though drawn in 107°30'",
        ),
    ],
)
def test_a_commune_out_of_its_place_lies_on_others_and_leaves_its_own_empty(published, move):
    communes, (one, _), _, _, before = published
    shape, key = communes.geometry.iloc[one], communes["commune_code"].iloc[one]
    moved = move(shape)
    found = added_by(told(reshaped(communes, one, moved)), before)
    rest = shapely.union_all(np.delete(np.asarray(communes.geometry), one))
    overlap = sum(i.values["area_m2"] for i in of(found, "LS-OVERLAP") if key in keys_of(i))
    assert overlap == pytest.approx(moved.intersection(rest).area, rel=0.01)
    here = [i for i in of(found, "LS-COVER-GAP") if shape.covers(i.place)]
    gaps = sum(i.values["area_m2"] for i in here)
    assert gaps == pytest.approx(shape.difference(moved).difference(rest).area, rel=0.01)


@pytest.fixture(scope="module")
def delivered(real_communes):
    """The communes as published, with the columns of their layer."""
    facts = read_register("commune").drop(columns="name_vi")
    return real_communes[["commune_code", "name_vi", "geometry"]].merge(facts, on="commune_code")


@pytest.mark.parametrize("row", [0, 40])
def test_sixty_four_of_them_are_one_short_and_it_is_named(delivered, row):
    layer, facts = read_catalogue()["commune"], read_register("commune")
    found = check_layer(delivered.drop(index=row), layer, facts=facts)
    total = of(found, "LS-COUNT-FEWER")[0].values
    assert (total["expected"], total["listed"]) == (len(delivered), len(delivered) - 1)
    assert delivered["commune_code"][row] in of(found, "LS-KEY-ABSENT")[0].values["keys"][0]
    lost = delivered.geometry[row].area
    if row == 40:  # inside the province
        assert of(found, "LS-COVER-GAP")[0].values["area_m2"] == pytest.approx(lost, rel=0.01)


@pytest.mark.parametrize("row", [0, 40])
def test_a_swapped_row_is_named(delivered, row):
    layer = read_catalogue()["commune"]
    turned = shapely.transform(delivered.geometry[row], lambda xy: xy[:, ::-1])
    found = of(check_layer(reshaped(delivered, row, turned), layer), "LS-CRS-AXES-SWAPPED")
    assert [issue.key for issue in found] == [delivered["commune_code"][row]]


# --- narrow fingers ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "count", "length_m"),
    [
        pytest.param(shapely.box(40, 100, 40.4, 160), 1, 60, id="a finger of 40 cm"),
        pytest.param(shapely.box(40, 100, 40.05, 160), 1, 60, id="of 5 cm"),
        pytest.param(shapely.box(40, 100, 41.2, 160), 0, None, id="a lane of 1.2 m"),
        pytest.param(shapely.box(40, 100, 40.4, 109), 0, None, id="a short one"),
        pytest.param(
            shapely.union_all([shapely.box(40, 100, 40.4, 160), shapely.box(70, 100, 70.4, 180)]),
            2, 80, id="two of them",
        ),
        pytest.param(
            shapely.union_all([shapely.box(40, 100, 40.4, 160), shapely.box(20, 160, 80, 200)]),
            1, 60, id="a neck between two wide parts",
        ),
        pytest.param(
            shapely.Polygon([(40, 100), (41.5, 100), (40.7, 180)]), 1, 53, id="a wedge",
        ),
    ],
)  # fmt: skip
def test_fingers_are_found_by_width(shape, count, length_m):
    layer, body = read_catalogue()["nature_reserve"], shapely.box(0, 0, 100, 100)
    whole = shapely.affinity.translate(shapely.union(body, shape), E0, N0)
    frame = block(whole)
    found = of(check_layer(frame, layer), "LS-GEOM-FINGER")
    assert [issue.values["count"] for issue in found] == ([count] if count else [])
    for issue in found:
        assert issue.values["length_m"] == pytest.approx(length_m, rel=0.05)
        near = shapely.affinity.translate(shape, E0, N0)
        assert issue.shape.distance(near) < 0.01 and issue.shape.area < 1.1 * near.area


def test_the_communes_as_published_have_no_fingers(delivered):
    found = check_layer(delivered, read_catalogue()["commune"])
    assert not of(found, "LS-GEOM-FINGER")
