"""A file that states a system it is not in is refused or answered with the doubt; a right one fits.

`scripts/run_crs_pairs.py` holds this for every pair; here are those between which numbers of the
region are taken for one another, and some others by chance.
"""

import importlib.util
from pathlib import Path

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from lsgis.crs import ZONES, find_crs, move_geometries, plane_of
from lsgis.errors import LsgisError
from lsgis.region import read_region
from lsgis.sitecheck.declared import PLACES, standing_cautions
from lsgis.sitefile import read_site
from lsgis.sitefile.soundness import zones_as_likely
from lsgis.text import say

_PATH = Path(__file__).parents[1] / "scripts" / "run_crs_pairs.py"
_spec = importlib.util.spec_from_file_location("run_crs_pairs", _PATH)
crs_pairs = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(crs_pairs)
NEAR = [
    ("EPSG:9214", "EPSG:9215"), ("EPSG:9215", "EPSG:9214"), ("EPSG:9216", "EPSG:9215"),
    ("EPSG:9215", "EPSG:5899"), ("EPSG:5897", "EPSG:3405"), ("EPSG:3405", "EPSG:32648"),
    ("EPSG:32648", "EPSG:3405"), ("EPSG:32649", "EPSG:3406"), ("EPSG:3406", "EPSG:32649"),
    ("EPSG:4756", "EPSG:4326"), ("EPSG:4326", "EPSG:4756"), ("EPSG:9208", "EPSG:9206"),
]  # fmt: skip


@pytest.mark.parametrize(("true", "said"), [*NEAR, *crs_pairs.pairs(8)])
def test_a_wrong_system_is_refused_or_told(tmp_path, true, said):
    path = crs_pairs.written(tmp_path, true, said)
    assert crs_pairs.site_of(path)[0] in ("refused", "told")
    assert crs_pairs.import_of(path)[0] in ("refused", "told")


@pytest.mark.parametrize("code", ["EPSG:9215", "EPSG:9214", "EPSG:3405", "EPSG:4326", "EPSG:4756"])
def test_a_right_system_is_right_to_a_millimetre_and_no_other_is_believed(tmp_path, code):
    path = crs_pairs.written(tmp_path, code, code)
    for ask in (crs_pairs.site_of, crs_pairs.import_of):
        answer, off = ask(path)
        assert answer != "refused" and off < 0.001
    codes = {row["code"] for row in standing_cautions(read_site(path).log)}
    assert codes <= {"site.zone-untold", "site.datum-untold", "site.datum-stated"}


@settings(max_examples=60, deadline=None)
@given(
    east=st.floats(0.02, 0.98),
    north=st.floats(0.02, 0.98),
    code=st.sampled_from([code for code in ZONES if 9211 <= code <= 9217 or code == 5899]),
)
def test_every_zone_named_puts_the_numbers_into_the_region_and_none_is_left_out(east, north, code):
    """Held against PROJ, which is asked of every zone; within a kilometre of the edge either."""
    region, crs = read_region(), find_crs(f"EPSG:{code}")
    west, south, right, top = region.box
    place = shapely.Point(west + east * (right - west), south + north * (top - south))
    point = move_geometries([place], find_crs("EPSG:4756"), crs)[0]
    named = zones_as_likely(point.bounds, crs, region)
    for other in (*range(9205, 9219), 5896, 5897, 5898, 5899, 3405, 3406):
        if other == code:
            continue
        try:
            there = move_geometries([point], find_crs(f"EPSG:{other}"), find_crs("EPSG:4756"))[0]
        except LsgisError:
            continue
        outside_km = 111.32 * 0.93 * max(west - there.x, there.x - right)
        if outside_km < 3:  # the rim of 5 km, and what a scale makes of a northing
            assert f"EPSG:{other}" in named
        elif outside_km > 7:
            assert f"EPSG:{other}" not in named


def test_the_place_the_papers_name_says_more_than_that_nobody_can_tell(tmp_path):
    site = read_site(crs_pairs.written(tmp_path, "EPSG:9214", "EPSG:9215"))
    assert "site.zone-untold" in {row["code"] for row in standing_cautions(site.log)}
    for code in PLACES:
        told = {row["code"] for row in standing_cautions([*site.log, {"code": code}])}
        silent = {"site.place-unknown", "site.place-near", "site.place-contradicts"}
        assert ("site.zone-untold" in told) is (code in silent)


def test_a_layer_of_the_whole_region_fits_no_other_zone():
    region = read_region()
    plane = plane_of(region)
    whole = move_geometries([shapely.box(*region.box)], find_crs("EPSG:4756"), plane)[0]
    assert zones_as_likely(whole.bounds, plane, region) == []


@pytest.mark.parametrize(
    ("crs", "code"),
    [
        ("EPSG:9214", "zone"),
        ("EPSG:3405", "datum"),
        ("EPSG:4756", "datum"),
        ("EPSG:32648", "datum"),
    ],
)
def test_who_stated_the_system_is_told_as_it_was(crs, code):
    """The same numbers with an SRID, and with the system given beside them."""
    number = crs.removeprefix("EPSG:")
    middle = shapely.Point(449_150, 2_417_100)
    here = move_geometries([middle.buffer(60)], plane_of(read_region()), find_crs(crs))[0]
    text = shapely.to_wkt(here, rounding_precision=7)
    told = {}
    for name, site in (
        ("source", read_site(f"SRID={number};{text}")),
        ("caller", read_site(text, crs=crs)),
    ):
        rows = [row for row in site.log if str(row["code"]).startswith(f"site.{code}-")]
        assert rows and standing_cautions(rows) == tuple(rows)
        values = [{k: v for k, v in row.items() if k != "code"} for row in rows]
        told[name] = [say(str(r["code"]), "en", **v) for r, v in zip(rows, values, strict=True)]
    assert all("the source states" in text for text in told["source"])
    assert all("you stated" in text and "--crs" in text for text in told["caller"])
