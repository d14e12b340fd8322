"""A system that a file describes in words of its own is the same system to every reader."""

import json

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, box
from toy import VN2000

from lsgis.cli import main
from lsgis.crs import ZONES, move_geometries, rebase, recognise, to_wgs84
from lsgis.errors import SiteError
from lsgis.intake import read_vector
from lsgis.layerfile import import_layer
from lsgis.region import read_region
from lsgis.sitefile import read_site

SQUARE = box(449_050, 2_417_050, 449_850, 2_417_850)
SEVEN = "-191.90441429,-39.30318279,-111.45032835,0.00928836,-0.01975479,0.00427372,0.252906278"


def esri(meridian=107.25, scale=0.9999, datum="D_unknown", way=""):
    """A .prj as desktop programs write one."""
    return (
        f'PROJCS["own",GEOGCS["GCS_own",DATUM["{datum}",SPHEROID["WGS_1984",6378137,298.257223563]'
        f'{way}],PRIMEM["Greenwich",0],UNIT["Degree",0.017453292519943295]],'
        'PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",500000],'
        f'PARAMETER["False_Northing",0],PARAMETER["Central_Meridian",{meridian}],'
        f'PARAMETER["Scale_Factor",{scale}],PARAMETER["Latitude_Of_Origin",0],UNIT["Meter",1]]'
    )


WAY = f",TOWGS84[{SEVEN}]"


def shapefile(folder, prj, shape=SQUARE):
    path = folder / "s.shp"
    gpd.GeoDataFrame({"code": ["KCN-1"], "name_vi": ["A"]}, geometry=[shape], crs=VN2000).to_file(
        path
    )
    path.with_suffix(".prj").write_text(prj)
    return path


@pytest.mark.parametrize("code", ZONES)
def test_every_zone_is_known_however_it_is_described(code):
    zone = pyproj.CRS.from_epsg(code)
    values = {p.name: p.value for p in zone.coordinate_operation.params}
    middle, scale = (
        values["Longitude of natural origin"],
        values["Scale factor at natural origin"],
    )
    proj = f"+proj=tmerc +lon_0={middle!r} +k={scale!r} +x_0=500000 +ellps=WGS84 +units=m"
    told = {
        "same": [esri(middle, scale, way=WAY), f"{proj} +towgs84={SEVEN}"],
        "unnamed": [esri(middle, scale), proj],
    }
    for kind, texts in told.items():
        for text in texts:
            known = recognise(pyproj.CRS.from_user_input(text))
            assert (known.kind, known.system.to_epsg()) == (kind, code)
            assert known.off_m < 0.001 and known.way_m < 0.01
    assert recognise(zone) is None


@settings(max_examples=40, deadline=None)
@given(
    scale=st.floats(0.9985, 1.0005),
    turn=st.floats(-0.005, 0.005),
)
def test_what_is_nearly_a_zone_is_told_with_its_metres(scale, turn):
    """The metres are those between the places that the two make of the region's corners."""
    known = recognise(pyproj.CRS.from_wkt(esri(107.25 + turn, scale)))
    plane = VN2000
    base = pyproj.CRS.from_epsg(4756)
    other = rebase(pyproj.CRS.from_wkt(esri(107.25 + turn, scale)), base)
    degrees = shapely.points([(106.9, 21.8), (106.2, 22.3)])
    places = [
        shapely.get_coordinates(move_geometries(degrees, base, crs)) for crs in (plane, other)
    ]
    least = np.hypot(*(places[0] - places[1]).T).max()
    if known is None:
        assert least > 500
    elif known.kind == "nearly":
        assert known.off_m >= least * 0.5 and known.off_m > 0.001
    else:
        assert least < 0.01


@pytest.mark.parametrize(
    "crs",
    ["EPSG:4326", "EPSG:32648", "+proj=utm +zone=48 +datum=WGS84", "+proj=longlat +ellps=WGS84"],
)
def test_other_systems_are_left_alone(crs):
    assert recognise(pyproj.CRS.from_user_input(crs)) is None


@pytest.mark.parametrize(
    ("prj", "code"),
    [
        (esri(), "crs-unnamed"),
        (esri(way=WAY), "crs-same"),
        (esri(datum="VN_2000", way=WAY), "crs-same"),
    ],
)
def test_import_and_check_site_read_one_prj_alike(tmp_path, prj, code):
    path = shapefile(tmp_path, prj)
    site = read_site(path)
    frame, log = import_layer(path, "industrial_park")
    assert frame.crs == read_vector(path).crs == VN2000
    assert site.geometry.equals(SQUARE) and frame.geometry[0].equals(SQUARE)
    assert code in set(log["what"]) and f"site.{code}" in {row["code"] for row in site.log}


def test_another_scale_and_another_way_are_told(tmp_path):
    site = read_site(shapefile(tmp_path, esri(scale=1, datum="VN_2000")))
    (row,) = (row for row in site.log if row["code"] == "site.crs-nearly")
    assert float(row["far"].removesuffix(" m")) == pytest.approx(246, abs=5)
    turned = SEVEN.replace("0.00928836,-0.01975479,0.00427372", "-0.009,0.019,-0.004")
    proj = f"+proj=tmerc +lon_0=107.25 +k=0.9999 +x_0=500000 +ellps=WGS84 +towgs84={turned}"
    known = recognise(pyproj.CRS.from_user_input(proj))
    assert known.kind == "same" and 0.5 < known.way_m < 1.0


TO_LOOK_AT = {
    "crs-unnamed": (esri(), "LS-CRS-UNNAMED"),
    "crs-nearly": (esri(scale=0.9996), "LS-CRS-NEARLY"),
    "crs-on-wgs84": (esri(datum="D_WGS_1984"), "LS-CRS-ON-WGS84"),
    "crs-same": (esri(way=WAY), "LS-CRS-DESCRIBED"),
}


@pytest.mark.parametrize("code", TO_LOOK_AT)
def test_every_command_tells_of_a_system_in_words_of_its_own(tmp_path, code):
    prj, rule = TO_LOOK_AT[code]
    path = str(shapefile(tmp_path, prj))
    run = CliRunner().invoke
    assert f"site.{code}" in {row["code"] for row in read_site(path).log}
    done = run(main, ["check-layer", path, "--as", "industrial_park", "--json"])
    assert rule in {row["code"] for row in json.loads(done.stdout)["rows"]}
    words = ["import-layer", path, "--as", "industrial_park", "--out", str(tmp_path / "o.gpkg")]
    done = run(main, [*words, "--json"])
    assert code in {row["what"] for row in json.loads(done.stdout)["rows"]}
    assert done.exit_code == (code != "crs-same")
    for words, side in (
        (["overlay-zones", path, "province"], "left"),
        (["join-places", path, "--places", "province"], "left"),
        (["clip-to", "province", "--within", path], "right"),
    ):
        rows = json.loads(run(main, [*words, "--json"]).stdout)["crs_told"]
        assert [(row["side"], row["code"]) for row in rows] == [(side, f"site.{code}")]
    under = run(main, [*words, "--lang", "en"]).stdout.split("CRS of the file")[1]
    assert "s.shp: " in under and "EPSG:9215" in under


@pytest.mark.parametrize("code", [code for code in ZONES if code not in (3405, 3406)])
def test_a_zone_on_wgs84_is_told_and_read_as_it_says(code):
    zone = pyproj.CRS.from_epsg(code)
    values = {p.name: p.value for p in zone.coordinate_operation.params}
    middle, scale = (
        values["Longitude of natural origin"],
        values["Scale factor at natural origin"],
    )
    proj = f"+proj=tmerc +lon_0={middle!r} +k={scale!r} +x_0=500000 +units=m"
    for text in (
        f"{proj} +ellps=WGS84 +towgs84=0,0,0",
        f"{proj} +ellps=WGS84 +towgs84=0,0,0,0,0,0,0",
        f"{proj} +datum=WGS84",
        esri(middle, scale, datum="D_WGS_1984"),
    ):
        crs = pyproj.CRS.from_user_input(text)
        known = recognise(crs)
        assert (known.kind, known.system.to_epsg()) == ("on-wgs84", code)
        assert known.read_in == crs


SYSTEMS = [f"EPSG:{code}" for code in (*ZONES, 32648, 4326, 4756)]


@pytest.mark.parametrize("code", SYSTEMS)
def test_swapped_axes_are_refused_by_import_as_by_check_site(tmp_path, code):
    """Whatever the system: a place that cannot be in the country is no place."""
    crs = pyproj.CRS.from_user_input(code)
    here = move_geometries([SQUARE], VN2000, crs)[0]
    right, turned = tmp_path / "right.gpkg", tmp_path / "turned.gpkg"
    gpd.GeoDataFrame({"code": ["A"]}, geometry=[here], crs=crs).to_file(right)
    swapped = shapely.transform(here, lambda xy: xy[:, ::-1])
    gpd.GeoDataFrame({"code": ["A"]}, geometry=[swapped], crs=crs).to_file(turned)
    found, _ = import_layer(right, "industrial_park")
    assert found.geometry[0].hausdorff_distance(SQUARE) < 0.001
    for read in (lambda: import_layer(turned, "industrial_park"), lambda: read_site(turned)):
        with pytest.raises(SiteError) as refused:
            read()
        assert refused.value.code in ("site.axes-swapped", "site.lat-lon", "site.abroad")


def grid(count=12, step=1_500):
    """Crooked roads across the region, metres of VN-2000."""
    rng = np.random.default_rng(5)
    lines = []
    for n in range(count):
        xy = np.column_stack([445_000 + np.arange(40) * 300, np.full(40, 2_410_000.0 + n * step)])
        lines.append(LineString(xy + rng.normal(0, 60, xy.shape).cumsum(axis=0) * [0, 1]))
    return gpd.GeoDataFrame(geometry=lines, crs=VN2000)


def shifted(frame):
    """The same numbers in degrees, called WGS 84 although they are VN-2000."""
    degrees = move_geometries(frame.geometry.values, VN2000, pyproj.CRS.from_epsg(4756))
    return gpd.GeoDataFrame({"code": range(len(frame))}, geometry=degrees, crs=4326)


@pytest.mark.parametrize("wrong", [False, True])
def test_a_reference_tells_whether_the_shift_was_left_out(tmp_path, wrong):
    roads = grid()
    own = roads.set_geometry(roads.translate(3.0, -4.0))
    path = tmp_path / "roads.gpkg"
    (shifted(own) if wrong else to_wgs84(own)).to_file(path)
    _, log = import_layer(path, "national_road", reference=roads)
    assert ("datum-shift" if wrong else "datum-agrees") in set(log["what"])


@pytest.mark.parametrize("wrong", [False, True])
def test_without_a_reference_it_cannot_be_told_from_plots(tmp_path, real_communes, wrong):
    """Plots that follow no commune say nothing: it spoke, and was wrong, before."""
    rng = np.random.default_rng(3)
    inner = real_communes.geometry.representative_point()
    plots = gpd.GeoDataFrame(
        geometry=[box(p.x, p.y, p.x + 200, p.y + 200) for p in inner.sample(20, random_state=rng)],
        crs=VN2000,
    )
    path = tmp_path / "plots.gpkg"
    (shifted(plots) if wrong else to_wgs84(plots)).to_file(path)
    _, log = import_layer(path, "industrial_park", communes=real_communes)
    assert "datum-untold" in set(log["what"])
    assert not {"datum-shift", "datum-agrees"} & set(log["what"])


# Every parameter of a description, moved a little: told with the metres it makes, in any container.

PARTS = {"lon_0": 107.25, "k": 0.9999, "x_0": 500_000.0, "y_0": 0.0, "lat_0": 0.0}
MOVED = [
    *(("k", value) for value in (1.0, 0.9996, 0.99990001)),
    *(("lon_0", value) for value in (107.2501, 107.249)),
    *(("x_0", value) for value in (500_000.5, 499_990.0)),
    *(("y_0", value) for value in (0.1, -150.0)),
    ("lat_0", 0.001),
]
WAYS = [(place, -1.0) for place in range(3, 7)] + [(place, 1.02) for place in range(3)]
HOLDERS = ("prj", "gpkg", "geojson")


def described(parts, way):
    told = " ".join(f"+{name}={value!r}" for name, value in parts.items())
    return f"+proj=tmerc {told} +ellps=WGS84 +towgs84={way} +units=m +no_defs"


def held(folder, holder, proj):
    """A square in the numbers of EPSG:9215 in a file that describes its system so."""
    frame = gpd.GeoDataFrame({"code": ["KCN-1"]}, geometry=[SQUARE], crs=VN2000)
    if holder == "geojson":
        path = folder / "s.geojson"
        shape = json.loads(shapely.to_geojson(SQUARE))
        crs = {"type": "name", "properties": {"name": proj}}
        feature = {"type": "Feature", "properties": {"code": "KCN-1"}, "geometry": shape}
        path.write_text(
            json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature]})
        )
        return path
    if holder == "gpkg":
        path = folder / "s.gpkg"
        frame.set_crs(pyproj.CRS.from_user_input(proj), allow_override=True).to_file(path)
        return path
    text = pyproj.CRS.from_user_input(proj).to_wkt("WKT1_GDAL")
    return shapefile(folder, text)


def apart_m(way):
    """How far the way of a description ends from the region's, by PROJ alone (m)."""
    west, south, east, north = read_region().box
    point = [shapely.Point((west + east) / 2, (south + north) / 2)]
    base = pyproj.CRS.from_epsg(4756)
    right = move_geometries(point, base, pyproj.CRS.from_epsg(4326))[0]
    crs = pyproj.CRS.from_user_input(f"+proj=longlat +ellps=WGS84 +towgs84={way} +no_defs")
    over = pyproj.Transformer.from_crs(crs, 4326, always_xy=True).transform(point[0].x, point[0].y)
    return pyproj.Geod(ellps="WGS84").inv(right.x, right.y, *over)[2]


@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize(("name", "value"), MOVED)
def test_each_parameter_moved_is_told_in_metres(tmp_path, holder, name, value):
    proj = described({**PARTS, name: value}, SEVEN)
    path = held(tmp_path, holder, proj)
    told = {code: row for code, *row in read_vector(path).attrs["told"]}
    base = pyproj.CRS.from_epsg(4756)
    other = rebase(
        pyproj.CRS.from_user_input(described({**PARTS, name: value}, "0,0,0")).source_crs, base
    )
    west, south, east, north = read_region().box
    corners = shapely.points([(x, y) for x in (west, east) for y in (south, north)])
    places = [shapely.get_coordinates(move_geometries(corners, base, c)) for c in (VN2000, other)]
    metres = np.hypot(*(places[0] - places[1]).T).max()
    _, code, said = told["crs-nearly"]
    assert code == "EPSG:9215"
    number, unit = said.split()
    assert float(number) / {"m": 1, "mm": 1000}[unit] == pytest.approx(metres, abs=0.06)
    log = {row["code"]: row for row in read_site(path).log}
    assert log["site.crs-nearly"]["far"] == said


@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize(("place", "factor"), WAYS)
def test_each_parameter_of_the_way_to_wgs84_is_told_in_metres(tmp_path, holder, place, factor):
    numbers = [float(each) for each in SEVEN.split(",")]
    numbers[place] *= factor
    way = ",".join(map(repr, numbers))
    path = held(tmp_path, holder, described(PARTS, way))
    told = {code: row for code, *row in read_vector(path).attrs["told"]}
    metres = apart_m(way)
    if metres > 0.06:
        assert float(told["crs-way"][2].removesuffix(" m")) == pytest.approx(metres, abs=0.02)
        assert "site.crs-way" in {row["code"] for row in read_site(path).log}
    elif metres < 0.04:
        assert "crs-way" not in told
    assert read_vector(path).crs == VN2000  # the region's own way is taken, whatever a file brings
