"""What the CRS of a file says is told, or refused, alike by every command that reads it."""

import json

import geopandas as gpd
import pyproj
import pytest
import shapely
from click.testing import CliRunner
from shapely.geometry import box
from toy import VN2000

from lsgis.cli import main
from lsgis.crs import read_named_crs, recognise, settle_described
from lsgis.errors import CrsError
from lsgis.intake import read_vector
from lsgis.sitefile import read_site

SQUARE = box(449_050, 2_417_050, 449_850, 2_417_850)
SEVEN = "-191.90441429,-39.30318279,-111.45032835,0.00928836,-0.01975479,0.00427372,0.252906278"


def written(folder, crs, shape=SQUARE):
    path = folder / "own.gpkg"
    rows = {"code": ["KCN-01"], "name_vi": ["Một"]}
    gpd.GeoDataFrame(rows, geometry=[shape], crs=crs).to_file(path)
    return str(path)


def run(*words):
    return CliRunner().invoke(main, [*words, "--lang", "en"])


def sides(path):
    """Commands that take a file as one of two sides, and which side it is."""
    return {
        ("overlay-zones", path, "province"): "left",
        ("overlay-zones", "province", path): "right",
        ("clip-to", path, "--within", "province"): "left",
        ("clip-to", "province", "--within", path): "right",
        ("join-places", path): "left",
    }


def tm(meridian=107.25, scale=0.9999, easting=500_000, more=f"+ellps=WGS84 +towgs84={SEVEN}"):
    return f"+proj=tmerc +lon_0={meridian!r} +k={scale!r} +x_0={easting} {more} +units=m"


def out(folder, path):
    words = ["import-layer", path, "--as", "industrial_park", "--out", str(folder / "out.gpkg")]
    return [*words, "--force"]


@pytest.mark.parametrize(
    ("crs", "shape"),
    [
        (tm(easting=0), SQUARE),
        (VN2000, shapely.transform(SQUARE, lambda xy: xy[:, ::-1])),
        ("EPSG:4326", SQUARE),
    ],
)
def test_coordinates_outside_the_country_are_refused_by_all_in_one_sentence(tmp_path, crs, shape):
    path = written(tmp_path, crs, shape)
    refused = [run(*words) for words in sides(path)]
    refused += [run(*out(tmp_path, path)), run("check-site", path)]
    said = {done.output.strip().removeprefix(f"lsgis: {path}: ") for done in refused}
    assert [done.exit_code for done in refused] == [2] * len(refused)
    assert len({text.removeprefix("lsgis: ") for text in said}) == 1, said
    assert all(path in done.output for done in refused[:-2])
    done = run("check-layer", path, "--as", "industrial_park", "--json")
    found = {(row["code"], row["severity"]) for row in json.loads(done.stdout)["rows"]}
    assert done.exit_code == 1
    assert any(code.startswith("LS-CRS") and kind == "error" for code, kind in found)


def test_another_ellipsoid_and_another_meridian_are_told_in_metres():
    """On Krassovsky 41 m off; 107.15 typed for 107°15′ is 10 km off; 24 mm are not 0.0 m."""
    for words, least, most in (
        ({"more": f"+ellps=krass +towgs84={SEVEN}"}, 35, 50),
        ({"meridian": 107.15}, 10_000, 10_700),
        ({"scale": 0.99990001}, 0.001, 0.05),
    ):
        crs = pyproj.CRS.from_user_input(tm(**words))
        known = recognise(crs)
        assert (known.kind, known.system) == ("nearly", VN2000), words
        assert least < known.off_m < most
        _, ((code, _, _, far), *_) = settle_described(crs)
        assert code == "crs-nearly" and not far.startswith("0")


@pytest.mark.parametrize("code", [4147, 4240, 4131, 4759, 3148, 32648, 4326, 9215, 4756])
def test_a_datum_that_is_neither_is_told_wherever_it_is_read(code, tmp_path):
    """With a code as with words of its own: what PROJ does by default is not known to be right."""
    crs = pyproj.CRS.from_epsg(code)
    square = gpd.GeoSeries([shapely.box(106.76, 21.85, 106.77, 21.86)], crs=4326).to_crs(crs)
    path = tmp_path / "a.gpkg"
    square.to_file(path)
    other = code not in (32648, 4326, 9215, 4756)
    told = [code for code, *_ in read_vector(path).attrs["told"]]
    assert ("crs-other-datum" in told) is other
    said = {row["code"] for row in read_site(path).log}
    assert ("site.crs-other-datum" in said) is other
    assert not (other and {"site.datum-stated", "site.datum-untold"} & said)


@pytest.mark.parametrize(
    "name", ["{0}/s.prj", "~/s.prj", "a/s.prj", "..\\s.prj", "C:\\s.prj", "file:{0}/s.prj"]
)
def test_the_name_of_a_crs_is_never_the_place_of_a_file(name, tmp_path, monkeypatch):
    """Though there is one, and it says a CRS."""
    monkeypatch.chdir(tmp_path)
    for place in (tmp_path, tmp_path / "a"):
        place.mkdir(exist_ok=True)
        (place / "s.prj").write_text(pyproj.CRS.from_epsg(9215).to_wkt())
    with pytest.raises(CrsError, match=r"unknown|knows"):
        read_named_crs(name.format(tmp_path))
