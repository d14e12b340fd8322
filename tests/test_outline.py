"""Lines that close: refused with the question, read as answered, in every form they come."""

from datetime import date
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from toysite import EAST, NORTH, Zone, at, square, toy_index

from lsgis.cli import main
from lsgis.errors import SiteError
from lsgis.sitecheck import check_site, check_sites
from lsgis.sitefile.reader import Site, read_site
from lsgis.text import LANGUAGES, say

CRS = "EPSG:9215"
QUESTION = "state --as polygon .* or --as line"
RING = square(0, 0, 400, 300).exterior


def codes(site: Site) -> list[str]:
    return [str(row["code"]).removeprefix("site.") for row in site.log]


def row(site: Site, code: str) -> dict[str, object]:
    return dict(next(row for row in site.log if row["code"] == f"site.{code}"))


def read(*lines: shapely.Geometry, kind: str | None = None, **options) -> Site:
    shape = lines[0] if len(lines) == 1 else shapely.GeometryCollection(lines)
    return read_site(shape.wkt, crs=CRS, kind=kind, **options)


def line(shape: shapely.Polygon) -> shapely.LineString:
    return shapely.LineString(shape.exterior)


@st.composite
def rings(draw) -> shapely.Polygon:
    """A ring seen whole from its middle, so that it never crosses itself."""
    radii = draw(st.lists(st.integers(50, 900), min_size=3, max_size=12))
    angles = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    xy = np.column_stack([radii * np.cos(angles), radii * np.sin(angles)])
    return at(shapely.Polygon(np.round(xy, 2)))


@given(ring=rings(), cuts=st.integers(1, 3), turn=st.booleans())
@settings(max_examples=40, deadline=None)
def test_any_ring_is_asked_about_and_read_as_answered(ring, cuts, turn):
    corners = shapely.get_coordinates(ring)[:: -1 if turn else 1]
    ends = np.linspace(0, len(corners) - 1, cuts + 1).astype(int)
    pieces = [
        shapely.LineString(corners[a : b + 1]) for a, b in pairwise(ends)
    ]  # a drawing in one piece, or in several end to end
    with pytest.raises(SiteError, match=QUESTION):
        read(*pieces)
    ground = read(*pieces, kind="polygon")
    assert ground.kind == "polygon" and "rings-as-ground" in codes(ground)
    assert ground.geometry.equals(ring)
    road = read(*pieces, kind="line")
    assert road.kind == "line" and "closed-line" in codes(road)
    assert road.geometry.length == pytest.approx(ring.length)


@pytest.fixture
def drawing(tmp_path):
    """A file of a format with shapes in it, as GDAL writes it."""

    def write(suffix: str, *shapes: shapely.Geometry):
        path = tmp_path / f"ranh{suffix}"
        crs = "EPSG:4326" if suffix in (".kml", ".geojson", ".mif") else CRS
        frame = gpd.GeoDataFrame({"n": range(len(shapes))}, geometry=list(shapes), crs=CRS).to_crs(
            crs
        )
        if suffix == ".dxf":
            frame = frame[["geometry"]].set_crs(None, allow_override=True)
        driver = {".mif": "MapInfo File", ".dxf": "DXF", ".kml": "KML"}.get(suffix)
        more = {"FORMAT": "MIF"} if suffix == ".mif" else {}
        pyogrio.write_dataframe(frame, path, driver=driver, **more)
        return path, CRS if suffix == ".dxf" else None

    return write


@pytest.mark.parametrize("suffix", [".dxf", ".kml", ".mif", ".geojson", ".gpkg", ".shp"])
@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_every_drawing_is_asked_about(drawing, suffix):
    path, crs = drawing(suffix, shapely.LineString(RING))
    with pytest.raises(SiteError, match=QUESTION):
        read_site(path, crs=crs)
    assert read_site(path, crs=crs, kind="line").kind == "line"
    site = read_site(path, crs=crs, kind="polygon")
    # a datum moved there and back keeps its place to the centimetre, MapInfo to its grid
    assert site.geometry.symmetric_difference(shapely.Polygon(RING)).area < 0.1 * RING.length


def test_a_line_around_a_whole_zone_is_affected():
    """Read as a line it met nothing of the zone inside, and was said to be clear of it."""
    index = toy_index({"wetland": [Zone(square(100, 100, 300, 200), 1)]})
    states = {}
    for kind in ("polygon", "line"):
        site = read(shapely.LineString(RING), kind=kind, accuracy_m=1)
        report = check_site(site, index, on=date(2026, 11, 22), complete=("wetland",))
        states[kind] = next(t.state for t in report.themes if t.layer == "wetland")
    assert states == {"polygon": "affected", "line": "not_affected"}


def test_rings_in_rings_are_ground_and_told():
    sides = [square(n, n, 1000 - n, 1000 - n) for n in (0, 100, 200)]
    site = read(*map(line, sides), kind="polygon")
    assert site.geometry.equals(sides[0])
    assert row(site, "rings-inside") | {"count": 2, "area_m2": 800.0**2} == row(
        site, "rings-inside"
    )


@given(
    st.lists(st.tuples(*[st.integers(0, 9)] * 2, *[st.integers(1, 9)] * 2), min_size=1, max_size=6)
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_ground_is_lost(boxes):
    """Whatever boxes are drawn: the ground is all of them, and what lies within another is told."""
    shapes = [square(100 * x, 100 * y, 100 * (x + w), 100 * (y + h)) for x, y, w, h in boxes]
    lines = shapely.MultiLineString([line(shape) for shape in shapes])
    site = read_site(lines.wkt, crs=CRS, kind="polygon")
    assert site.geometry.is_valid and site.geometry.equals(shapely.union_all(shapes))
    within = {s for s in shapes if any(o.covers(s) and not s.covers(o) for o in shapes)}
    told = [r["count"] for r in site.log if r["code"] == "site.rings-inside"]
    assert sum(told) == len({shapely.normalize(s) for s in within})


def test_a_ring_drawn_twice_counts_once():
    site = read(line(square(0, 0, 9, 9)), line(square(0, 0, 9, 9)).reverse(), kind="polygon")
    assert site.geometry.equals(square(0, 0, 9, 9)) and "rings-twice" in codes(site)


def test_polygons_beside_closed_lines_are_asked_about_too():
    shapes = (square(0, 0, 100, 100), line(square(200, 0, 300, 100)))
    with pytest.raises(SiteError, match=QUESTION):
        read(*shapes)
    assert read(*shapes, kind="polygon").geometry.area == pytest.approx(20_000)
    with pytest.raises(SiteError, match=r"mixes kinds of geometry \(line 1, polygon 1\)"):
        read(*shapes, kind="line")


@pytest.mark.parametrize(
    ("gap_m", "asked", "told"),
    [
        pytest.param(0.0005, True, False, id="under a millimetre: one corner"),
        pytest.param(0.01, False, True, id="a centimetre"),
        pytest.param(0.99, False, True, id="under a metre"),
        pytest.param(1.5, False, False, id="more"),
    ],
)
def test_ends_that_nearly_meet(gap_m, asked, told):
    open_line = at(shapely.LineString([(0, 0), (100, 0), (100, 100), (0, 100), (0, gap_m)]))
    if asked:
        with pytest.raises(SiteError, match=QUESTION):
            read(open_line)
        return
    site = read(open_line)
    assert site.kind == "line" and ("nearly-closed" in codes(site)) == told
    with pytest.raises(SiteError, match=f"1 of 1 line does not close .ends at least {gap_m:.4g} m"):
        read(open_line, kind="polygon")


@pytest.mark.parametrize(
    "corners",
    [
        pytest.param([(0, 0), (100, 0), (0, 0)], id="there and back"),
        pytest.param([(0, 0), (50, 0), (100, 0), (50, 0), (0, 0)], id="along itself"),
        pytest.param([(0, 0), (100, 0), (100, 100), (50, 0), (50, 100)], id="a loop within"),
    ],
)
def test_a_line_that_closes_nothing_is_a_line(corners):
    site = read(at(shapely.LineString(corners)))
    assert site.kind == "line" and not {"closed-line", "nearly-closed"} & {*codes(site)}


def test_a_ring_that_crosses_itself_is_refused_or_mended():
    eight = at(shapely.LineString([(0, 0), (100, 100), (100, 0), (0, 100), (0, 0)]))
    with pytest.raises(SiteError, match=QUESTION):
        read(eight)
    with pytest.raises(SiteError, match="Self-intersection"):
        read(eight, kind="polygon")
    mended = read(eight, kind="polygon", repair=True)
    assert mended.geometry.area == pytest.approx(5000) and "repaired" in codes(mended)


TABLE = "\n".join(f"{n};{y:.2f};{x:.2f}" for n, (x, y) in enumerate(RING.coords[:-1], 1))


@pytest.mark.parametrize(
    ("source", "kind", "match"),
    [
        pytest.param(shapely.Polygon(RING).wkt, "line", "is a polygon, not a line", id="ground"),
        pytest.param(TABLE, "line", "is a polygon, not a line", id="a table of corners"),
        pytest.param(f"{NORTH}; {EAST}", "polygon", "is a point, not a polygon", id="a point"),
        pytest.param(RING.wkt, "ring", "cannot be read as 'ring'", id="another word"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused(source, kind, match):
    with pytest.raises(SiteError, match=match):
        read_site(source, crs=CRS, kind=kind)


def test_an_answer_nobody_needed_changes_nothing():
    assert read(shapely.Polygon(RING), kind="polygon") == read(shapely.Polygon(RING))
    assert read_site(TABLE, kind="polygon") == read_site(TABLE)
    road = at(shapely.LineString([(0, 0), (100, 0), (100, 100)]))
    assert read(road, kind="line") == read(road)


def test_many_sites_say_it_in_a_column_or_all_at_once(tmp_path):
    table, wkt = tmp_path / "sites.csv", shapely.LineString(RING).wkt
    rows = [("", ""), ("một", "vùng"), ("hai", "line"), ("ba", "ring")]
    told = "".join(f'{name or "không"};"{wkt}";{CRS};{said}\n' for name, said in rows)
    table.write_text(f"Tên;WKT;CRS;Đọc như\n{told}", encoding="utf-8")
    index = toy_index({"wetland": [Zone(square(0, 0, 9, 9), 1)]})
    kinds = {}
    for kind in (None, "polygon"):
        made = check_sites(table, index, out=tmp_path / str(kind), on=date(2026, 11, 22), kind=kind)
        kinds[kind] = [row["kind"] for row in made.rows]
        assert "cannot be read as 'ring'" in made.rows[3]["error_en"]
    assert kinds == {
        None: [None, "polygon", "line", None],
        "polygon": ["polygon", "polygon", "line", None],
    }


def test_the_command_asks(tmp_path):
    asked = ["check-site", shapely.LineString(RING).wkt, "--crs", CRS, "--cache", str(tmp_path)]
    refused = CliRunner().invoke(main, [*asked, "--lang", "en"])
    assert refused.exit_code == 2 and "--as polygon (ground) or --as line" in refused.output
    answered = CliRunner().invoke(main, [*asked, "--as", "polygon", "--json"])
    assert answered.exit_code == 1 and '"kind": "polygon"' in answered.output


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_was_done_is_told(lang):
    nested = [line(square(n, n, 100 - n, 100 - n)) for n in (0, 10, 10)]
    for site in (read(*nested, kind="polygon"), read(*nested, kind="line")):
        told = [say(**{"lang": lang, **row}) for row in site.log]
        assert any("--as" in text for text in told) and not any("{" in text for text in told)
