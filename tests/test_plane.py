"""What a check answers as PROJ would, without asking PROJ: degrees, areas, sites drawn at home."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from lsgis.sitecheck import read_site
from lsgis.sitecheck.index.plane import (
    WORST_M,
    ellipsoidal_area,
    fit_plane,
    read_plane,
    tell_plane,
    to_degrees,
)
from lsgis.sitecheck.site.country import country
from lsgis.sitecheck.site.drawing import HOME
from lsgis.sitecheck.site.home import _HOME_BOX
from lsgis.sitecheck.site.zone import extent

BOUNDS = (379_000.0, 2_345_000.0, 525_000.0, 2_483_000.0)
METRES = 111_320.0  # to a degree of latitude, and more than to one of longitude here
eastings = st.floats(BOUNDS[0], BOUNDS[2])
northings = st.floats(BOUNDS[1], BOUNDS[3])


@pytest.fixture(scope="module")
def plane():
    found = fit_plane(BOUNDS)
    assert found is not None  # else every law below would hold PROJ against itself
    return found


@given(easting=eastings, northing=northings)
def test_degrees_are_those_of_proj(plane, easting, northing):
    place = shapely.Point(easting, northing)
    away = to_degrees(place, plane).distance(to_degrees(place, None))
    assert away * METRES <= WORST_M


@given(easting=eastings, northing=northings, size=st.floats(1, 15_000))
def test_area_is_that_of_the_geodesic_polygon(plane, easting, northing, size):
    square = shapely.box(easting, northing, easting + size, northing + size)
    expected = ellipsoidal_area(square, None)
    assert ellipsoidal_area(square, plane) == pytest.approx(expected, rel=2e-8, abs=1e-4)


def test_a_hole_is_no_ground(plane):
    whole, hole = shapely.box(440_000, 2.41e6, 441_000, 2.411e6), (440_200, 2.4102e6)
    inner = shapely.box(*hole, hole[0] + 100, hole[1] + 100)
    left = ellipsoidal_area(whole.difference(inner), plane)
    assert left == pytest.approx(
        ellipsoidal_area(whole, plane) - ellipsoidal_area(inner, plane), abs=1e-3
    )


def test_the_margin_is_held_and_farther_out_proj_is_asked(plane):
    west = BOUNDS[0]
    for easting, asked in ((west - 19_999, False), (west - 20_001, True), (west - 200_000, True)):
        place = shapely.Point(easting, 2_400_000)
        mine, theirs = to_degrees(place, plane), to_degrees(place, None)
        assert mine.distance(theirs) * METRES <= WORST_M
        assert mine.equals(theirs) == asked


def test_it_lives_through_json(plane):
    again = read_plane(json.loads(json.dumps(tell_plane(plane))))
    place = shapely.Point(440_000, 2_410_000)
    assert to_degrees(place, again).equals(to_degrees(place, plane))
    assert again.versions == plane.versions and set(again.versions) == {"pyproj", "proj"}
    assert read_plane(tell_plane(None)) is None


@pytest.mark.parametrize(
    "bounds",
    [
        pytest.param((0.0, 0.0, 1e6, 1e6), id="too wide"),
        pytest.param((np.nan, 0.0, 1.0, 1.0), id="no box"),
    ],
)
def test_no_polynomials_where_they_would_be_off(bounds):
    assert fit_plane(bounds) is None


SQUARE = shapely.box(440_000, 2_410_000, 440_300, 2_410_300)


def test_at_home_is_in_its_own_zone_and_in_the_country():
    west, south, east, north = extent(9215)
    assert west <= _HOME_BOX[0] and south <= _HOME_BOX[1]
    assert east >= _HOME_BOX[2] and north >= _HOME_BOX[3]
    lonlat = to_degrees(shapely.box(*_HOME_BOX), None).bounds
    assert shapely.box(*country()).covers(shapely.box(*lonlat))


def test_a_site_drawn_at_home_is_the_one_that_proj_reads(tmp_path):
    path = tmp_path / "site.geojson"
    named = {"type": "name", "properties": {"name": HOME}}
    path.write_text(json.dumps({**json.loads(shapely.to_geojson(SQUARE)), "crs": named}))
    home, file = read_site(f"SRID=9215;{SQUARE.wkt}"), read_site(path)
    stated = read_site(SQUARE.wkt, crs=HOME)
    for other in (file, stated):
        assert replace(other, name="", input={}) == replace(home, name="", input={})


def test_a_site_drawn_at_home_never_imports_proj():
    code = (
        "import sys; from lsgis.sitecheck import read_site\n"
        f"read_site('SRID=9215;{SQUARE.wkt}')\n"
        "print('pyproj' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=os.environ, check=False
    )
    assert done.stdout.strip() == "False", done.stderr
