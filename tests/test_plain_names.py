"""The file named is the file read and written: any character, at every place of a name."""

import json
import sys
import unicodedata
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from affine import Affine
from click.testing import CliRunner
from shapely.geometry import box
from toy import VN2000

from lsgis.cli import main
from lsgis.errors import OutputError
from lsgis.intake import read_table, read_vector
from lsgis.intake.opening import read_plainly, write_dataframe
from lsgis.intake.walk import walk_features
from lsgis.sitefile import read_site

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no such names are allowed there")

ASCII = [chr(n) for n in range(1, 128) if not chr(n).isalnum() and chr(n) != "/"]
BEYOND = ["đ", "ở", unicodedata.normalize("NFD", "ở"), "\x85", "\xa0", "\u2028", "\u200b", "\ufeff"]
BEYOND += ["：", "／", "？", "\u3000", "😀", "\u0661"]
PLACES = ["{}ab", "a{}b", "ab{}", "{0}a{0}{0}b{0}"]


def collection(number):
    shape = box(449_050 + number, 2_417_050, 449_150 + number, 2_417_150)
    ring = [list(xy) for xy in shape.exterior.coords]
    feature = {
        "type": "Feature",
        "properties": {"name_vi": str(number)},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::9215"}}
    return json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature]})


def lay(root, name):
    """The file of a name, which holds 7, among those that a library could take it for: 9."""
    for folder in ("", "ab", "b"):
        for other in ("ab", "a", "b"):
            away = root / folder / f"{other}.geojson"
            if away != root / name and not (root / folder).is_file():
                away.parent.mkdir(exist_ok=True)
                away.write_text(collection(9))
    path = root / name
    path.unlink(missing_ok=True)
    path.parent.mkdir(exist_ok=True)
    path.write_text(collection(7))
    return path


@pytest.mark.parametrize("place", PLACES)
def test_the_file_named_is_the_file_read(tmp_path, place):
    for number, letter in enumerate(ASCII + BEYOND):
        stem = place.format(letter)
        root = tmp_path / str(number)
        root.mkdir()
        if stem in (".", ".."):
            continue
        for name in (f"{stem}.geojson", f"{stem}/ab.geojson"):
            path = lay(root, name)
            frame = read_vector(path)
            assert frame["name_vi"].tolist() == ["7"], repr(name)
            with read_plainly(path) as plain:
                walked = [row.cells["name_vi"] for row in walk_features(plain, "json")]
            assert walked == ["7"], repr(name)
            path.unlink()


@pytest.mark.parametrize("place", PLACES)
def test_the_file_named_is_the_file_written(tmp_path, place):
    frame = gpd.read_file(collection(7))
    for number, letter in enumerate(ASCII + BEYOND):
        root = tmp_path / str(number)
        root.mkdir()
        stem = place.format(letter)
        for name in (f"{stem}.geojson", f"{stem}/ab.geojson"):
            path = lay(root, name)
            path.unlink()
            before = {p: p.read_bytes() for p in root.rglob("*.geojson")}
            write_dataframe(frame, path, driver="GeoJSON")
            assert '"7"' in path.read_text("utf-8"), repr(name)
            assert {p: p.read_bytes() for p in before} == before, repr(name)


ODD = ["a\nb", "\rab", " ab", "ab ", "a?b", "a;b", "a%62", "a\\b", "a:b"]


@pytest.mark.parametrize("stem", ODD)
def test_relative_names_sites_and_tables(tmp_path, monkeypatch, stem):
    monkeypatch.chdir(tmp_path)
    lay(tmp_path, f"{stem}.geojson")
    assert read_vector(f"{stem}.geojson")["name_vi"].tolist() == ["7"]
    assert read_site(Path(f"{stem}.geojson")).geometry.bounds[0] == pytest.approx(449_057, abs=0.01)
    for name, said in (("ab", "9"), ("b", "9"), (stem, "7")):
        (tmp_path / f"{name}.csv").write_text(f"code,name_vi\n{said},x\n")
    assert read_table(f"{stem}.csv")["code"].tolist() == ["7"]


@pytest.mark.parametrize("stem", ODD)
def test_commands_write_the_file_named(tmp_path, monkeypatch, stem):
    monkeypatch.chdir(tmp_path)
    lay(tmp_path, "own.geojson")
    before = {p: p.read_bytes() for p in tmp_path.rglob("*.*")}
    out = f"{stem}.gpkg"
    done = CliRunner().invoke(
        main, ["clip-to", "own.geojson", "--within", "province", "--out", out, "--lang", "en"]
    )
    assert done.exit_code in (0, 1), done.output
    assert read_vector(out)["name_vi"].tolist() == ["7"]
    assert {p: p.read_bytes() for p in before} == before


def test_files_beside_of_one_ending_never_write_over_each_other(tmp_path):
    """Of `a!.geojson` and `a!.old.geojson` only the one named is read, and neither is changed."""
    (tmp_path / "a!.geojson").write_text(collection(7))
    for other in ("a!.old.geojson", "a!.x.geojson", "a!.geojson "):
        (tmp_path / other).write_text(collection(9))
    before = {p: p.read_bytes() for p in tmp_path.iterdir()}
    assert read_vector(tmp_path / "a!.geojson")["name_vi"].tolist() == ["7"]
    assert {p: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_a_shapefile_in_a_folder_has_any_name(tmp_path):
    frame = gpd.read_file(collection(7))
    (tmp_path / "d").mkdir()
    (tmp_path / "made").mkdir()
    for text, name in (("9", "ab"), ("7", "a\nb")):
        frame.assign(name_vi=text).to_file(tmp_path / "made" / "p.shp")
        for part in (tmp_path / "made").iterdir():
            part.rename(tmp_path / "d" / f"{name}{part.suffix}")
    assert read_vector(tmp_path / "d", layer="a\nb")["name_vi"].tolist() == ["7"]


@pytest.mark.parametrize("stem", ODD)
def test_a_model_of_heights_is_the_one_named(tmp_path, stem):
    from lsgis.sitecheck.terrain import describe_terrain

    site = read_site(lay(tmp_path, "own.geojson"))
    for name, height in (("ab", 9), ("b", 9), (stem, 7)):
        made = tmp_path / "made.tif"
        grid = np.full((1, 60, 60), height, dtype="float32")
        told = {"crs": VN2000, "transform": Affine(10, 0, 448_900, 0, -10, 2_417_300)}
        with rasterio.open(
            made, "w", driver="GTiff", height=60, width=60, count=1, dtype="float32", **told
        ) as file:
            file.write(grid)
        made.rename(tmp_path / f"{name}.tif")
    assert describe_terrain(site, tmp_path / f"{stem}.tif")["elevation_m"]["max"] == 7


def test_a_folder_for_temporary_files_with_an_odd_name_is_refused(tmp_path, monkeypatch):
    home = tmp_path / "t;x"
    home.mkdir()
    path = lay(tmp_path, "a!b.geojson")
    monkeypatch.setattr("tempfile.tempdir", str(home))
    with pytest.raises(OutputError, match="TMPDIR"):
        read_vector(path)
