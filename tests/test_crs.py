"""One named way between VN-2000 and WGS 84."""

import geopandas as gpd
import pytest
from hypothesis import given
from hypothesis.strategies import floats
from shapely.geometry import Point, box
from toy import VN2000

from lsgis.crs import WGS84, datum_operation, require_vn2000, to_vn2000, to_wgs84
from lsgis.errors import CrsError

LON, LAT, EASTING, NORTHING = 106.76, 21.85, 449158.033, 2417140.524


def points(x, y, crs):
    return gpd.GeoDataFrame(geometry=[Point(x, y)] * 2, crs=crs)


def test_the_check_point():
    moved = to_vn2000(points(LON, LAT, WGS84)).geometry[0]
    assert (moved.x, moved.y) == pytest.approx((EASTING, NORTHING), abs=0.001)


def test_the_operation_is_named():
    way = datum_operation()
    assert (way.name, way.code) == ("VN-2000 to WGS 84 (2)", "EPSG:6960")
    assert way.accuracy_m == 1.0


@pytest.mark.parametrize("epsg", [4326, 3857, 32648, 4756, 3405, 9216])
def test_every_way_ends_at_the_same_point(epsg):
    there = points(LON, LAT, WGS84)
    there = there if epsg == 4326 else to_wgs84(to_vn2000(there)).to_crs(4326)
    if epsg in (3857, 32648):
        there = there.to_crs(epsg)
    elif epsg != 4326:
        there = to_vn2000(there).to_crs(epsg)
    moved = to_vn2000(there).geometry[0]
    assert (moved.x, moved.y) == pytest.approx((EASTING, NORTHING), abs=0.002)


@given(floats(106.0, 107.5), floats(21.2, 22.6))
def test_there_and_back_is_within_a_millimetre(lon, lat):
    metres = to_vn2000(points(lon, lat, WGS84))
    again = to_vn2000(to_wgs84(metres))
    assert metres.distance(again)[0] < 0.001


def test_missing_geometry_and_the_argument_stay():
    frame = gpd.GeoDataFrame({"a": [1, 2]}, geometry=[None, box(106, 21, 107, 22)], crs=WGS84)
    before = frame.copy()
    moved = to_vn2000(frame)
    assert moved.geometry.isna().tolist() == [True, False]
    assert moved.crs == VN2000
    assert frame.geom_equals(before).tolist()[1]


def test_no_crs_is_refused():
    with pytest.raises(CrsError, match="no coordinate reference system"):
        to_vn2000(gpd.GeoDataFrame(geometry=[Point(0, 0)]))
    with pytest.raises(CrsError, match="expected VN-2000"):
        require_vn2000(points(LON, LAT, WGS84))


def test_coordinates_without_a_result_are_refused():
    with pytest.raises(CrsError, match="no finite result"):
        to_vn2000(points(float("inf"), 10.0, WGS84))
