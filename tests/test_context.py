"""Where a site lies and what is near it; elevation and slope of planes one can compute."""

import math
from dataclasses import dataclass, field

import numpy as np
import pyproj
import pytest
import rasterio
import shapely
from hypothesis import given
from hypothesis.strategies import floats
from rasterio.transform import Affine
from toy import VN2000, here

from lsgis.catalogue import read_catalogue
from lsgis.crs import move_geometries
from lsgis.errors import SiteError
from lsgis.region import Region, read_region
from lsgis.sitecheck.context import describe_context
from lsgis.sitecheck.index import CheckIndex, Feature
from lsgis.sitecheck.store import MemoryStore, shelve
from lsgis.sitecheck.terrain import describe_terrain

# the order in which a report tells of them
CORRIDORS = ("development_axis", "economic_corridor")
NEARBY = (
    "border_gate",
    "national_road",
    "expressway",
    "railway",
    "urban_centre",
    "industrial_park",
    "industrial_cluster",
    "dry_port",
)
E0, N0 = 449_000.0, 2_417_000.0  # a corner in Lạng Sơn, EPSG:9215


@dataclass(frozen=True)
class Spot:
    """What a description needs of a site."""

    geometry: shapely.Geometry
    accuracy_m: float = 0.0
    operation: str = ""
    region: Region = field(default_factory=read_region)


def box(*ends):
    return here(shapely.box(*ends), (E0, N0))


def point(x, y):
    return here(shapely.Point(x, y), (E0, N0))


def line(*corners):
    return here(shapely.LineString(corners), (E0, N0))


def feature(layer, row, key, shape, *, kind="", accuracy_m=10.0, **properties):
    return Feature(
        layer=layer, row=row, key=key, name_vi=f"{key} vi", name_en=f"{key} en", kind=kind,
        phase="", commune_codes=(), quality="schematic" if shape else "none",
        accuracy_m=accuracy_m, sources=(), clauses=(), located=shape is not None,
        properties=properties,
    )  # fmt: skip


def index_of(**layers):
    """An index of toy layers; those a description asks for and that are not given are empty."""
    names = {"commune", "province", "socio_economic_zone", "environmental_zone"}
    rows, shelves = {}, {}
    for layer in names | {*CORRIDORS} | {*NEARBY}:
        given = layers.get(layer, [])
        shapes = np.array([shape for _, shape, _ in given], dtype=object)
        rows[layer] = [feature(layer, n, key, s, **kw) for n, (key, s, kw) in enumerate(given)]
        shelves[layer] = shelve(shapes)
    store = MemoryStore(rows, shelves)
    cards = {
        name: {
            "roles": {role: layer.order.get(role) for role in layer.roles},
            "accuracy_m": 10.0,
            "accuracy_known_m": 10.0,
        }
        for name, layer in read_catalogue().items()
    }
    return CheckIndex(layers=cards, registers={}, parts=[], inputs={}, digest="", store=store)


# two communes of 1 km² side by side make the province
WEST, EAST = box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000)
PLAN = index_of(
    commune=[("06001", WEST, {"kind": "ward"}), ("06002", EAST, {"kind": "commune"})],
    province=[("20", box(0, 0, 2000, 1000), {})],
    socio_economic_zone=[("zone_east", EAST, {})],
    environmental_zone=[
        ("a", box(0, 0, 200, 1000), {"kind": "strict", "not_located": ""}),
        ("b", box(200, 0, 300, 1000), {"kind": "strict", "not_located": ""}),
        ("rest", box(300, 0, 2000, 1000), {"kind": "other", "not_located": "wetland; monument"}),
    ],
    development_axis=[("DA", line((0, 500), (2000, 500)), {})],
    border_gate=[
        ("far", point(0, 5000), {"kind": "gate"}),
        ("near", point(1100, 2000), {"kind": "gate"}),
    ],
    railway=[("R", line((3000, -1000), (3000, 2000)), {"accuracy_m": math.nan})],
    industrial_park=[("nobody knows where", None, {})],
)


def told(shape):
    return describe_context(Spot(shape), PLAN)


def near(context, layer):
    return next(row for row in context["nearest"] + context["corridors"] if row["layer"] == layer)


def test_communes_with_their_shares_the_largest_first():
    context = told(box(900, 0, 1300, 100))
    assert [(row["code"], row["kind"]) for row in context["communes"]] == [
        ("06002", "commune"), ("06001", "ward"),
    ]  # fmt: skip
    assert [row["area_m2"] for row in context["communes"]] == pytest.approx([30_000, 10_000])
    assert [row["share"] for row in context["communes"]] == pytest.approx([0.75, 0.25])
    (zone,) = context["socio_economic_zone"]
    assert zone["key"] == "zone_east" and zone["share"] == pytest.approx(0.75)
    assert context["outside_share"] == pytest.approx(0, abs=1e-12)
    assert context["terrain"] is None


@pytest.mark.parametrize(
    ("shape", "share", "area_m2"),
    [
        pytest.param(box(-100, 0, 100, 100), 0.5, 10_000, id="half outside"),
        pytest.param(box(-200, 0, -100, 100), 1.0, 10_000, id="all outside"),
        pytest.param(box(0, 0, 2000, 1000), 0.0, 0, id="the whole province"),
        pytest.param(line((-300, 500), (100, 500)), 0.75, 0, id="a line, by length"),
        pytest.param(point(-1, 500), 1.0, 0, id="a point outside"),
        pytest.param(point(500, 500), 0.0, 0, id="a point inside"),
    ],
)
def test_what_lies_outside_the_province(shape, share, area_m2):
    context = told(shape)
    assert context["outside_share"] == pytest.approx(share, abs=1e-12)
    assert context["outside_m2"] == pytest.approx(area_m2, abs=1e-6)


def test_environmental_zones_add_up_their_pieces_and_say_what_is_provisional():
    strict, other = told(box(100, 0, 500, 100))["environmental_zone"]
    assert (strict["zone"], strict["provisional"]) == ("strict", False)
    assert (other["zone"], other["provisional"]) == ("other", True)
    assert (strict["area_m2"], other["area_m2"]) == pytest.approx((20_000, 20_000))
    assert strict["share"] + other["share"] == pytest.approx(1)


@pytest.mark.parametrize(
    ("site", "layer", "key", "distance_m", "bearing_deg"),
    [
        pytest.param(point(1100, 1000), "border_gate", "near", 1000, 0, id="due north"),
        pytest.param(point(100, 2000), "border_gate", "near", 1000, 90, id="due east"),
        pytest.param(point(1100, 3000), "border_gate", "near", 1000, 180, id="due south"),
        pytest.param(point(2100, 2000), "border_gate", "near", 1000, 270, id="due west"),
        pytest.param(box(2000, 0, 2500, 500), "railway", "R", 500, 90, id="a line from an edge"),
        pytest.param(box(0, 600, 100, 700), "development_axis", "DA", 100, 180, id="the axis"),
        pytest.param(box(0, 400, 100, 600), "development_axis", "DA", 0, None, id="across it"),
    ],
)
def test_the_nearest_of_each_layer(site, layer, key, distance_m, bearing_deg):
    found = near(told(site), layer)
    assert found["key"] == key and found["name_vi"] == f"{key} vi"
    assert found["distance_m"] == pytest.approx(distance_m)
    if bearing_deg is None:
        assert found["bearing_deg"] is None
    else:
        assert found["bearing_deg"] == pytest.approx(bearing_deg)


def test_every_layer_has_a_row_and_says_when_nothing_is_located():
    context = told(box(0, 0, 100, 100))
    assert [row["layer"] for row in context["corridors"]] == list(CORRIDORS)
    assert [row["layer"] for row in context["nearest"]] == list(NEARBY)
    for layer in ("industrial_park", "dry_port", "economic_corridor"):
        found = near(context, layer)
        assert {found[name] for name in found if name != "layer"} == {None}
    assert set(near(context, "dry_port")) == set(near(context, "railway"))


def test_an_accuracy_nobody_states_is_none():
    assert near(told(point(0, 0)), "railway")["accuracy_m"] is None
    assert near(told(point(0, 0)), "border_gate")["accuracy_m"] == 10.0


@given(shift=floats(-1500, 2500))
def test_inside_and_outside_make_the_site(shift):
    context = told(box(shift, 0, shift + 400, 100))
    shares = [row["share"] for row in context["communes"]]
    assert sum(shares) + context["outside_share"] == pytest.approx(1)
    area = sum(row["area_m2"] for row in context["communes"])
    assert area + context["outside_m2"] == pytest.approx(40_000)


@given(x=floats(-5000, 5000), y=floats(-5000, 5000))
def test_walking_the_bearing_and_distance_arrives(x, y):
    found = near(told(point(x, y)), "border_gate")
    if found["bearing_deg"] is None:
        assert found["distance_m"] == 0
        return
    angle = math.radians(found["bearing_deg"])
    there = (x + found["distance_m"] * math.sin(angle), y + found["distance_m"] * math.cos(angle))
    gate = (0, 5000) if found["key"] == "far" else (1100, 2000)
    assert there == pytest.approx(gate, abs=1e-3)


# ---- the plan that travels with lsgis


def test_the_context_of_a_site_in_the_city():
    from lsgis.sitecheck.build import build_index
    from lsgis.source import read_plan

    context = describe_context(
        Spot(shapely.Point(449_158, 2_417_140).buffer(200)), build_index(read_plan())
    )
    assert sum(row["share"] for row in context["communes"]) == pytest.approx(1, abs=1e-6)
    assert {row["code"] for row in context["communes"]} <= {"05977", "05983", "05986", "06187"}
    assert [row["key"] for row in context["socio_economic_zone"]] == ["zone_dynamic"]
    (zone,) = context["environmental_zone"]
    assert zone["zone"] == "strict" and not zone["provisional"]
    assert near(context, "urban_centre")["key"] == "DT-01"
    assert all(row["distance_m"] is not None for row in context["nearest"])


# ---- terrain: planes whose slope is known


def write_plane(path, *, rise=0.1, cell=10.0, size=40, crs="EPSG:9215", hole=None, bands=1):
    """A plane that rises eastward: 100 m at its western edge, `rise` m a metre."""
    heights = np.tile(100 + rise * cell * (np.arange(size) + 0.5), (size, 1)).astype("float32")
    if hole is not None:
        heights[hole] = -9999
    transform = Affine(cell, 0, E0, 0, -cell, N0 + size * cell)
    profile = {
        "driver": "GTiff", "width": size, "height": size, "count": bands, "dtype": "float32",
        "crs": crs, "transform": transform, "nodata": -9999,
    }  # fmt: skip
    with rasterio.open(path, "w", **profile) as raster:
        for band in range(1, bands + 1):
            raster.write(heights, band)
    return path


def test_elevation_and_slope_of_a_plane(tmp_path):
    model = write_plane(tmp_path / "dem.tif")
    found = describe_terrain(Spot(box(100, 100, 200, 200).buffer(-0.01)), model)
    assert (found["name"], found["crs"], found["cell_m"]) == (
        "dem.tif",
        "EPSG:9215",
        pytest.approx(10),
    )
    assert (found["cells"], found["cells_without_data"]) == (100, 0)
    assert found["elevation_m"] == pytest.approx({"min": 110.5, "mean": 115, "max": 119.5})
    slope = math.degrees(math.atan(0.1))
    assert found["slope_deg"] == pytest.approx(
        dict.fromkeys(("min", "mean", "max"), slope), abs=1e-3
    )


def write_plane_in(path, crs, cell, *, turn=0.0, size=200):
    """The same plane, drawn on a grid of another CRS around the middle of the first."""
    way = pyproj.CRS.from_user_input(crs)
    middle = np.array([point(1000, 1000)], dtype=object)
    x, y = shapely.get_coordinates(move_geometries(middle, VN2000, way))[0]
    cos, sin = cell * math.cos(turn), cell * math.sin(turn)
    left, top = x - size / 2 * (cos + sin), y - size / 2 * (sin - cos)
    columns, rows = np.meshgrid(np.arange(size) + 0.5, np.arange(size) + 0.5)
    places = shapely.points(
        left + cos * columns.ravel() + sin * rows.ravel(),
        top + sin * columns.ravel() - cos * rows.ravel(),
    )
    easting = shapely.get_x(move_geometries(places, way, VN2000))
    heights = (100 + 0.1 * (easting - E0)).reshape(size, size).astype("float32")
    profile = {
        "driver": "GTiff", "width": size, "height": size, "count": 1, "dtype": "float32",
        "crs": crs, "transform": Affine(cos, sin, left, sin, -cos, top),
    }  # fmt: skip
    with rasterio.open(path, "w", **profile) as raster:
        raster.write(heights, 1)
    return path


@pytest.mark.parametrize(
    ("crs", "cell", "turn"),
    [
        pytest.param("EPSG:4326", 1e-4, 0, id="degrees"),
        pytest.param("EPSG:32648", 10, 0, id="UTM of WGS 84"),
        pytest.param("EPSG:3405", 10, 0, id="VN-2000, 6-degree zone"),
        pytest.param("EPSG:9215", 10, 0.5, id="a turned grid"),
    ],
)
def test_the_crs_of_the_model_is_honoured(tmp_path, crs, cell, turn):
    model = write_plane_in(tmp_path / "plane.tif", crs, cell, turn=turn)
    found = describe_terrain(Spot(box(800, 800, 1200, 1200)), model)
    assert found["crs"] == crs and found["cells_without_data"] == 0
    slope = math.degrees(math.atan(0.1))
    assert found["slope_deg"]["min"] == pytest.approx(slope, abs=0.02)
    assert found["slope_deg"]["max"] == pytest.approx(slope, abs=0.02)
    assert found["elevation_m"]["mean"] == pytest.approx(200, abs=0.5)
    assert found["cell_m"] == pytest.approx(10.7, abs=0.8)


def test_no_data_is_told(tmp_path):
    model = write_plane(tmp_path / "dem.tif", hole=(slice(20, 30), slice(10, 20)))
    found = describe_terrain(Spot(box(100, 50, 200, 150).buffer(-0.01)), model)
    assert (found["cells"], found["cells_without_data"]) == (100, 50)
    assert found["elevation_m"]["max"] == pytest.approx(119.5)
    gone = describe_terrain(Spot(box(110, 110, 190, 190).buffer(-0.01)), model)
    assert gone["cells"] == gone["cells_without_data"] == 64
    assert gone["elevation_m"] is None and gone["slope_deg"] is None


@pytest.mark.parametrize(
    ("site", "without"),
    [
        pytest.param(box(-500, 0, -400, 100), 1.0, id="far outside the model"),
        pytest.param(box(-50, 100, 50, 200), 0.5, id="half outside"),
    ],
)
def test_a_site_outside_the_model_has_no_data(tmp_path, site, without):
    model = write_plane(tmp_path / "dem.tif")
    found = describe_terrain(Spot(site.buffer(-0.01)), model)
    assert found["cells_without_data"] == pytest.approx(without * found["cells"])
    assert (found["elevation_m"] is None) == (without == 1.0)


@pytest.mark.parametrize("shape", [point(105, 105), line((100, 105), (195, 105))])
def test_points_and_lines_have_terrain_too(tmp_path, shape):
    found = describe_terrain(Spot(shape), write_plane(tmp_path / "dem.tif"))
    assert found["cells"] in (1, 10) and found["slope_deg"]["mean"] == pytest.approx(5.71, abs=0.01)


def test_a_model_that_cannot_serve_is_refused(tmp_path):
    (tmp_path / "text.tif").write_text("no raster")
    with pytest.raises(SiteError, match=r"elevation model text\.tif is of no kind"):
        describe_terrain(Spot(point(0, 0)), tmp_path / "text.tif")
    (tmp_path / "cut.tif").write_bytes(b"II*\0 cut")
    with pytest.raises(SiteError, match=r"cannot read the elevation model cut\.tif"):
        describe_terrain(Spot(point(0, 0)), tmp_path / "cut.tif")
    plain = write_plane(tmp_path / "plain.tif")
    (tmp_path / "far.tif").write_text(
        '<VRTDataset rasterXSize="4" rasterYSize="4"><VRTRasterBand dataType="Float32" band="1">'
        f"<SimpleSource><SourceFilename>{plain}</SourceFilename></SimpleSource>"
        "</VRTRasterBand></VRTDataset>"
    )
    with pytest.raises(SiteError, match="only says where data lie"):
        describe_terrain(Spot(point(0, 0)), tmp_path / "far.tif")
    with pytest.raises(SiteError, match="expected a CRS and one band, found 2"):
        describe_terrain(Spot(point(0, 0)), write_plane(tmp_path / "two.tif", bands=2))
    with pytest.raises(SiteError, match="expected a CRS and one band"):
        describe_terrain(Spot(point(0, 0)), write_plane(tmp_path / "bare.tif", crs=None))
