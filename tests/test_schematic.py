"""The embedded schematic communes: built from facts alone, and how far they may be trusted."""

import io
import json
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis.strategies import floats
from toy import VN2000

from lsgis.crs import WGS84, to_vn2000
from lsgis.resource import data_dir

SCRIPTS = Path(__file__).resolve().parent.parent / "scripts"
sys.path.append(str(SCRIPTS))

from power_diagram import solve_weights  # noqa: E402

BUILT = data_dir() / "layer" / "commune.geojson"
RECORD = data_dir() / "layer" / "commune_accuracy.csv"
HECTARE = 10_000


def register(name: str) -> pd.DataFrame:
    return pd.read_csv(data_dir() / f"{name}.csv", dtype=str, keep_default_na=False)


def run_script(*arguments: object) -> str:
    command = [sys.executable, str(SCRIPTS / "make_commune.py"), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def drawn() -> gpd.GeoSeries:
    """The built communes in EPSG:9215, by code."""
    return to_vn2000(gpd.read_file(BUILT)).set_index("commune_code").geometry


@pytest.fixture(scope="module")
def official() -> pd.Series:
    """Official areas of the communes (m²), by code."""
    return register("commune").set_index("commune_code")["area_ha"].astype(float) * HECTARE


@pytest.fixture(scope="module")
def recorded() -> pd.Series:
    return pd.read_csv(RECORD).set_index("measure")["value"]


def test_the_script_rebuilds_the_same_bytes(tmp_path):
    again = tmp_path / "commune.geojson"
    run_script("--out", again)
    assert again.read_bytes() == BUILT.read_bytes()


def test_nothing_but_codes_and_shapes_in_the_file(official):
    features = json.loads(BUILT.read_text(encoding="utf-8"))["features"]
    codes = [feature["properties"]["commune_code"] for feature in features]
    assert codes == sorted(official.index)
    assert all(list(feature["properties"]) == ["commune_code"] for feature in features)
    rings = [ring for feature in features for ring in feature["geometry"]["coordinates"]]
    assert all(shapely.LinearRing(ring).is_ccw for ring in rings)  # RFC 7946: outer rings


def test_each_commune_is_one_valid_piece_of_a_coverage(drawn):
    assert (drawn.geom_type == "Polygon").all()
    assert drawn.is_valid.all()
    assert not drawn.is_empty.any()
    assert shapely.coverage_is_valid(drawn.to_numpy())
    assert shapely.coverage_union_all(drawn.to_numpy()).geom_type == "Polygon"


def test_the_outline_has_the_area_of_the_decision(drawn):
    declared = register("province")["area_ha"].astype(float).sum() * HECTARE
    assert drawn.area.sum() == pytest.approx(declared, rel=0.001)


@pytest.mark.parametrize("scaled", [True, False], ids=["scaled to the outline", "as published"])
def test_every_commune_has_its_official_area(drawn, official, scaled):
    wanted = official * (drawn.area.sum() / official.sum() if scaled else 1)
    assert (drawn.area / wanted - 1).abs().max() < 0.01


def test_the_outline_keeps_to_the_area_of_use_of_its_grid(drawn):
    use = VN2000.area_of_use
    west, south, east, north = shapely.total_bounds(gpd.read_file(BUILT).geometry.to_numpy())
    assert (use.west, use.south) <= (west, south)
    assert (use.east, use.north) >= (east, north)
    assert south >= use.south
    assert north <= use.north


def test_points_inside_communes_are_missed_by_less_than_the_stated_error(drawn, recorded):
    rows = register("commune").set_index("commune_code").loc[drawn.index]
    at = gpd.points_from_xy(rows["lon"].astype(float), rows["lat"].astype(float), crs=WGS84)
    off = drawn.distance(to_vn2000(gpd.GeoDataFrame(rows, geometry=at)).geometry)
    assert (off > 0).sum() == recorded["inside_point_missed"]
    assert off.max() <= recorded["commune_distance_95"]


def test_agreement_with_the_real_communes(drawn, real_communes):
    real = real_communes.set_index("commune_code").geometry.make_valid().loc[drawn.index]
    shared = drawn.intersection(real).area
    assert (shared / (drawn.area + real.area - shared)).median() >= 0.73
    ours, theirs = drawn.union_all(), real.union_all()
    assert ours.intersection(theirs).area / ours.union(theirs).area >= 0.93


def test_the_recorded_agreement_is_the_measured_one(communes_file):
    measured = pd.read_csv(io.StringIO(run_script("--measure", communes_file)), dtype=str)
    written = pd.read_csv(RECORD, dtype=str)
    pd.testing.assert_frame_equal(written[["measure", "value", "unit"]], measured)


def test_every_place_belongs_to_a_commune_and_has_ground(official):
    places = register("place")
    assert places["code"].is_unique
    assert set(places["commune_code"]) == set(official.index)
    assert (places["area_ha"].astype(float) > 0).all()
    assert set(places["assigned_by"]) == {"name_and_place", "place_only"}


def test_no_point_taken_from_published_boundaries_bends_the_outline():
    points = register("outline_point")
    used = points[points["used"] == "yes"]
    assert len(used) > 0
    assert not used["source"].str.contains("unsourced|waypoint-estimate").any()
    assert (used["note_vi"] == "").all()
    assert (points.loc[points["used"] == "no", "note_vi"] != "").all()  # each says why not


# Two points in a square of side 100: the border is where the areas say.
SITES = np.array([[25.0, 50.0], [75.0, 50.0]])
SQUARE = shapely.box(0, 0, 100, 100)


@given(share=floats(0.01, 0.99))
@settings(max_examples=20, deadline=None)
def test_cells_have_the_areas_asked_for(share):
    areas = np.array([share, 1 - share]) * SQUARE.area
    _, cells = solve_weights(SITES, areas, within=SQUARE)
    assert cells[0].bounds == pytest.approx((0, 0, 100 * share, 100), abs=1e-3)
    assert cells[1].bounds == pytest.approx((100 * share, 0, 100, 100), abs=1e-3)


@pytest.mark.parametrize(
    ("area", "apart"), [pytest.param(500, True, id="discs"), pytest.param(4000, False, id="cut")]
)
def test_without_limits_ground_is_taken_once(area, apart):
    _, cells = solve_weights(SITES, np.array([area, area], dtype=float))
    assert shapely.area(cells) == pytest.approx([area, area])
    assert shapely.area(shapely.intersection(*cells)) == pytest.approx(0)
    assert (cells[0].distance(cells[1]) > 0) is apart
