"""Sites of a region in another TM-3 zone than Lạng Sơn: Cao Bằng, central meridian 105°45′."""

import json
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from lsgis.errors import SiteError
from lsgis.intake.system import read_zones
from lsgis.region import read_region
from lsgis.sitefile import read_site
from lsgis.text import LANGUAGES, say

HERE = read_region()
THERE = replace(
    HERE,
    code="cao_bang",
    name={"vi": "tỉnh Cao Bằng", "en": "Cao Bằng province"},
    crs="EPSG:9210",
    box=(105.26, 22.35, 106.84, 23.12),
)
# a hectare 52 km east of the central meridian
SQUARE = shapely.box(552_000, 2_508_000, 552_100, 2_508_100)
TABLE = """Điểm;X;Y
1;2508100.00;552000.00
2;2508100.00;552100.00
3;2508000.00;552100.00
4;2508000.00;552000.00
"""
pytestmark = pytest.mark.usefixtures("only_named_regions")


def moved(shape, source, target):
    way = pyproj.Transformer.from_crs(source, target, always_xy=True)
    return shapely.transform(shape, lambda xy: np.column_stack(way.transform(*xy.T)))


def row(site, code):
    return next(row for row in site.log if row["code"] == f"site.{code}")


def said(site):
    return [
        say(row["code"], lang, **{k: v for k, v in row.items() if k != "code"})
        for row in site.log
        for lang in LANGUAGES
    ]


def test_degrees_lie_in_the_plane_of_the_region():
    """From the central meridian 0.01° east: easting 500 km, and 1028 m of a parallel."""
    strip = shapely.box(105.75, 22.67, 105.76, 22.68)
    site = read_site(strip.wkt, crs="EPSG:4756", region=THERE)
    west, south, east, north = site.geometry.bounds
    assert west == pytest.approx(500_000, abs=0.001) and site.operation == ""
    assert east - west == pytest.approx(1028, abs=1) and north - south == pytest.approx(
        1107.5, abs=1
    )
    assert site.region == THERE
    shifted = read_site(strip.wkt, crs="EPSG:4326", region=THERE)
    assert shifted.operation == THERE.datum.operation
    assert 200 < shapely.distance(site.geometry.centroid, shifted.geometry.centroid) < 250
    assert row(shifted, "datum-stated-caller")["crs"] == "EPSG:4326" and all(said(shifted))


def test_geojson_and_geopackage_lie_in_the_plane_of_the_region(tmp_path):
    degrees = moved(SQUARE, 9210, 4756)
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4756"}}
    (tmp_path / "a.geojson").write_text(
        json.dumps({"type": "Feature", "crs": crs, "geometry": shapely.geometry.mapping(degrees)})
    )
    gpd.GeoSeries([SQUARE], crs="EPSG:9210").to_file(tmp_path / "a.gpkg")
    for name in ("a.geojson", "a.gpkg"):
        site = read_site(tmp_path / name, region=THERE)
        assert site.geometry.symmetric_difference(SQUARE).area < 0.01 and site.operation == ""


def test_a_table_without_a_crs_is_read_in_the_metres_of_the_region():
    site = read_site(TABLE, region=THERE)
    assert site.geometry.equals(SQUARE) and site.crs_found == "EPSG:9210"
    told = row(site, "crs-default")
    assert told["crs"].startswith("EPSG:9210 (VN-2000 / TM-3 105-45; 105°45′: Cao Bằng")
    assert told["others"].startswith("EPSG:9209 (VN-2000 / TM-3 105-30; 105°30′: Hà Giang")
    assert all(said(site))
    point = read_site("2508050.00 552050.00", region=THERE)
    assert point.geometry.equals(shapely.Point(552_050, 2_508_050))
    assert row(point, "crs-default")["crs"] == told["crs"]


def test_the_meridian_a_table_states_is_that_of_the_region():
    site = read_site(f"Kinh tuyến trục 105°45'\n{TABLE}", region=THERE)
    assert row(site, "crs-of-table")["crs"] == "EPSG:9210" and site.geometry.equals(SQUARE)
    with pytest.raises(SiteError, match=r"which is not EPSG:9210: .*fitting: EPSG:9215 .*Lạng Sơn"):
        read_site(f"Kinh tuyến trục 107°15'\n{TABLE}", region=THERE)


def test_areas_are_measured_in_the_plane_of_the_region():
    site = read_site(f"{TABLE}Diện tích: 10000.0 m²\n", region=THERE)
    assert row(site, "area-agrees")["computed_m2"] == 10_000
    held = read_site(SQUARE.wkt, crs="EPSG:9210", area_certificate_m2=9_000, region=THERE)
    assert row(held, "area-differs")["deviation_m2"] == 1_000


def as_table(shape):
    ring = shapely.get_coordinates(shape)[:-1]
    return "\n".join(f"{n};{y:.2f};{x:.2f}" for n, (x, y) in enumerate(ring, 1))


@pytest.mark.parametrize(
    ("zone", "named"),
    [
        pytest.param(9214, "EPSG:9214 (VN-2000 / TM-3 107-00; 107°00′: Bắc Giang", id="75′ east"),
        pytest.param(9206, "EPSG:9206 (VN-2000 / TM-3 104-00; 104°00′: Sơn La", id="105′ west"),
        pytest.param(3405, "EPSG:3405 (VN-2000 / UTM zone 48N)", id="UTM"),
    ],
)
def test_metres_of_another_zone_are_refused_by_name(zone, named):
    numbers = moved(SQUARE, 9210, zone)
    with pytest.raises(SiteError) as table:
        read_site(f"Điểm;X;Y\n{as_table(numbers)}", region=THERE)
    with pytest.raises(SiteError) as file:
        read_site(numbers.wkt, crs="EPSG:9210", region=THERE)
    for refusal in (table, file):
        assert refusal.value.code in ("site.zone", "site.zone-file")
        assert named in str(refusal.value) and named in refusal.value.message("vi")
        assert "EPSG:9210 (VN-2000 / TM-3 105-45; 105°45′: Cao Bằng" in str(refusal.value)


def test_the_zone_of_the_region_is_proposed_first():
    with pytest.raises(SiteError, match=r"in another zone: EPSG:9210 \(VN-2000 / TM-3 105-45"):
        read_site(SQUARE.wkt, crs="EPSG:9218", region=THERE)


def test_what_to_state_instead_is_the_crs_of_the_region(tmp_path):
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps(shapely.geometry.mapping(SQUARE)))
    with pytest.raises(SiteError, match="for example --crs EPSG:9210"):
        read_site(path, region=THERE)
    with pytest.raises(SiteError, match="leave out --crs or state EPSG:9210"):
        read_site(TABLE, crs="EPSG:4326", region=THERE)


ZONES = [code for code in read_zones(region=HERE) if code != 5896]  # its meridian is west of all


@given(
    st.sampled_from(ZONES),
    st.integers(430_000, 570_000),
    st.integers(1_000_000, 2_500_000),
    st.integers(30, 900),
)
def test_a_table_of_any_region_comes_back_in_its_plane(code, east, north, size):
    """Of any zone of VN-2000 and anywhere in it: metres are kept, degrees lead to the same."""
    shape = shapely.box(east, north, east + size, north + size)
    bounds = moved(shape, code, 4756).bounds
    box = (bounds[0] - 0.1, bounds[1] - 0.1, bounds[2] + 0.1, bounds[3] + 0.1)
    region = replace(HERE, code="any", crs=f"EPSG:{code}", box=box)
    rows = as_table(shape)
    site = read_site(f"Điểm;X;Y\n{rows}", region=region)
    assert site.geometry.equals(shape) and site.crs_found == region.crs
    degrees = read_site(moved(shape, code, 4756).wkt, crs="EPSG:4756", region=region)
    assert degrees.geometry.symmetric_difference(shape).area < 0.01 * size
