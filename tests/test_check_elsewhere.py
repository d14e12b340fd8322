"""Site checks of a region other than the one that travels with lsgis."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import shapely
import toy_region
from hypothesis import given
from hypothesis.strategies import floats

from lsgis.errors import CrsError, SiteError, SourceError
from lsgis.region import read_region
from lsgis.sitecheck import (
    build_index,
    check_site,
    check_sites,
    compare_place,
    describe_terrain,
    from_json,
    judge_site,
    keep_in_memory,
    open_index,
    require_index,
    to_json,
    verify,
    write_index,
)
from lsgis.sitecheck.declared import _utm_zone
from lsgis.sitefile.reader import Site
from lsgis.source import read_plan

ON = date(2026, 11, 22)
INPUT = {"kind": "wkt", "name": "toy", "sha256": "0" * 64}


@pytest.fixture(scope="module", params=[True, False], ids=["zones", "no zones"])
def toy(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("elsewhere") / "toy"
    return toy_region.write_region(folder, zoning=request.param)


def site_in(region, half=100.0, **changes):
    """A square around the middle of the toy's reserve, as `read_site` would give it."""
    east, north = toy_region.middle()
    shape = shapely.box(east - half, north - half, east + half, north + half)
    given = {"operation": "", "area_certificate_m2": None, "log": (), "region": region}
    return Site("toy", shape, 0.5, "polygon", INPUT, toy_region.CRS, **{**given, **changes})


def test_a_site_is_checked_against_the_region_it_lies_in(toy, tmp_path, only_named_regions):
    index = require_index(region=toy, cache=tmp_path)
    site = compare_place(site_in(toy), index, commune=toy_region.NAMES["90001"])
    report = check_site(site, index, on=ON)
    (reserve,) = report.themes
    assert (reserve.state, reserve.area_m2) == ("affected", pytest.approx(40_000))
    ground = {row.code: row.area_m2 for row in report.context.communes}
    assert ground == {"90001": pytest.approx(20_000), "90002": pytest.approx(20_000)}
    assert [row["code"] for row in report.site.log] == ["site.place-agrees"]
    assert report.region.code == "toy" and report.region.crs == toy_region.CRS
    assert report.thresholds.rule == toy.rule
    assert [row.code for row in report.consequences] == ["reserve"]
    assert report.site.area_ellipsoidal_m2 == pytest.approx(40_000, rel=1e-3)
    assert toy.box[0] < report.site.inside.lon < toy.box[2]
    zones = [row.zone for row in report.context.environmental_zone]
    assert zones == (["strict"] if toy.rules else [])
    assert from_json(to_json(report)) == report and not verify(report, index)
    assert check_site(site, keep_in_memory(index), on=ON) == report


def test_a_report_that_names_no_region_is_computed_again_in_that_of_the_index(toy):
    index = build_index(read_plan(region=toy))
    document = check_site(site_in(toy), index, on=ON).document
    del document["region"]
    assert [row.pointer for row in verify(document, index)] == ["/region"]


def test_what_no_clause_says_is_not_called_valid(toy, only_named_regions):
    report = check_site(site_in(toy), build_index(read_plan(region=toy)), on=ON)
    for row in report.validity:
        assert (row.valid, row.clauses) == (False, ())
        assert "2026-11-22" in row.text_en and "22/11/2026" in row.text_vi
    assert toy.plan.called["en"] in report.validity[1].text_en


def test_a_site_outside_is_told_which_region_it_is_outside_of(toy):
    index = build_index(read_plan(region=toy))
    far = replace(site_in(toy), geometry=shapely.Point(0, 0).buffer(10))
    with pytest.raises(SiteError, match=r"lies outside the toy region: \d+\.\d km") as refused:
        judge_site(far, index)
    assert "nằm ngoài vùng Thử" in refused.value.message("vi")


def test_a_table_of_sites_is_read_and_checked_in_the_region(toy, tmp_path, only_named_regions):
    east, north = toy_region.middle()
    table = tmp_path / "sites.csv"
    rows = [f"in,{north},{east - 50},90001", f"beside,{north},{east + 5_000},90002", "far,1,1,"]
    table.write_text("\n".join(["name,X,Y,commune", *rows]), encoding="utf-8")
    index = build_index(read_plan(region=toy))
    made = check_sites(table, index, out=tmp_path / "out", on=ON)
    assert [row["worst"] for row in made.rows] == ["affected", "incomplete", "error"]
    assert [row["place"] for row in made.rows[:2]] == ["agrees", "agrees"]
    assert made.rows[0]["communes"] == toy_region.NAMES["90001"]


# ---- other metres


def with_operation(region):
    return replace(region, datum=replace(region.datum, code="EPSG:5051"))


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(lambda region: read_region(), id="another plane"),
        pytest.param(with_operation, id="another datum operation"),
    ],
)
def test_a_site_in_other_metres_than_the_plan_is_refused(toy, other):
    index, site = build_index(read_plan(region=toy)), site_in(toy)
    strange = replace(site, region=other(toy))
    report = check_site(site, index, on=ON)
    elsewhere = replace(index, region=other(toy))
    found = r"expected|measured in|read the site again for that region"
    for call in (
        lambda: judge_site(strange, index),
        lambda: check_site(strange, index, on=ON),
        lambda: compare_place(strange, index, commune="90001"),
        lambda: judge_site(site, elsewhere),
    ):
        with pytest.raises(CrsError, match=found):
            call()
    with pytest.raises(SiteError, match=found):
        verify(report, elsewhere)


def test_a_plan_in_another_plane_than_its_region_is_refused(toy):
    plan = read_plan(region=toy)
    frame = plan.layers["nature_reserve"].set_crs("EPSG:9215", allow_override=True)
    wrong = replace(plan, layers={**plan.layers, "nature_reserve": frame})
    with pytest.raises(CrsError, match=r"nature_reserve lies in EPSG:9215.*EPSG:9217"):
        build_index(wrong)


# ---- files of other regions


def test_the_index_of_another_region_is_refused(toy, tmp_path):
    path = tmp_path / "toy.sqlite"
    write_index(build_index(read_plan(region=toy)), path)
    assert open_index(path, region=toy).region == toy
    for other in (read_region(), with_operation(toy), replace(toy, code="toys")):
        with pytest.raises(SourceError, match=r"is of another region: expected .*, found toy,"):
            open_index(path, region=other)
    with pytest.raises(SourceError, match=r"expected lang_son, EPSG:9215"):
        open_index(path)


def test_the_index_of_another_region_in_its_place_is_made_again(toy, tmp_path):
    first = require_index(region=toy, cache=tmp_path)
    (path,) = tmp_path.rglob("*.sqlite")
    inputs = {**first.inputs, "region": {**first.inputs["region"], "code": "other"}}
    write_index(replace(keep_in_memory(first), inputs=inputs), path)
    again = require_index(region=toy, cache=tmp_path)
    assert (again.digest, again.region) == (first.digest, toy)
    assert list(tmp_path.rglob("*.sqlite")) == [path]


# ---- what depends on where a region lies


@given(longitude=floats(95, 120))
def test_a_longitude_lies_in_its_zone_of_utm(longitude):
    zone = _utm_zone(longitude)
    assert 1 <= zone <= 60 and 6 * zone - 186 <= longitude < 6 * zone - 180


def test_slope_is_measured_in_the_metres_of_the_region(toy, tmp_path, only_named_regions):
    rasterio = pytest.importorskip("rasterio")
    east, north = toy_region.middle()
    rise = np.tile(np.arange(60) * 10.0, (60, 1))  # 45 degrees: 10 m up each 10 m eastward
    transform = rasterio.Affine(10, 0, east - 300, 0, -10, north + 300)
    shape = {"width": 60, "height": 60, "count": 1, "dtype": "float64"}
    path = tmp_path / "model.tif"
    with rasterio.open(path, "w", driver="GTiff", crs=toy.crs, transform=transform, **shape) as dem:
        dem.write(rise, 1)
    told = describe_terrain(site_in(toy), path)
    assert told["slope_deg"]["mean"] == pytest.approx(45, abs=1e-9)
    assert told["cell_m"] == pytest.approx(10, abs=1e-9)
