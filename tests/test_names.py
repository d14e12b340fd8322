"""A name is nothing but a name: of files to read, of files to write, of folders they lie in."""

import ast
import hashlib
import shutil
import sqlite3
from pathlib import Path
from tempfile import TemporaryDirectory

import geopandas as gpd
import pytest
from click.testing import CliRunner
from shapely.geometry import box
from toy import VN2000

import lsgis
from lsgis.cli import main
from lsgis.errors import LsgisError, OutputError
from lsgis.intake import read_table, read_vector
from lsgis.publication import publish
from lsgis.sitefile import read_site

ODD = ["a!b", "x;y", "a!b;c!d", "end?", "#1", "a%20b", "a&b", "đất ở !", "-a", "'q'", "[a]", "a*"]
DRIVERS = {"geojson": "GeoJSON", "gpkg": "GPKG", "shp": None, "fgb": "FlatGeobuf", "kml": "KML"}


def square(n, crs=VN2000):
    shape = box(449_050 + n, 2_417_050, 449_150 + n, 2_417_150)
    return gpd.GeoDataFrame({"name_vi": [str(n)], "code": [f"{n}"]}, geometry=[shape], crs=crs)


def make(folder, stem, ending, n):
    """A file of one square under any name: made under a plain one, and renamed."""
    frame = square(n).to_crs(4326) if ending in ("geojson", "kml") else square(n)
    with TemporaryDirectory() as plain:
        frame.to_file(Path(plain) / f"p.{ending}", driver=DRIVERS[ending])
        for part in Path(plain).iterdir():
            shutil.copy(part, folder / f"{stem}{part.suffix}")
    return folder / f"{stem}.{ending}"


@pytest.mark.parametrize("stem", ODD)
@pytest.mark.parametrize("ending", DRIVERS)
def test_a_file_is_read_whatever_it_is_called(tmp_path, stem, ending):
    """And never the one that a part of its name might mean."""
    folder = tmp_path / "thư mục !;"
    folder.mkdir()
    path = make(folder, stem, ending, 7)
    for part in stem.replace(";", "!").split("!"):
        if part.strip() and part != stem:
            make(folder, part, ending, 9)
    frame = read_vector(path)
    assert [str(text) for text in frame.iloc[0] if str(text) in ("7", "9")].count("9") == 0
    assert abs(frame.to_crs(VN2000).total_bounds[0] - 449_057) < 0.01
    assert abs(read_site(path).geometry.bounds[0] - 449_057) < 0.01


def digests(folder):
    return {p.name: hashlib.sha256(p.read_bytes()).digest() for p in folder.rglob("*.*")}


@pytest.mark.parametrize("out", ["x!precious.geojson", "x!precious.gpkg", "p;q.fgb", "a!b;c.csv"])
@pytest.mark.parametrize("home", ["plain", "d!x"])
def test_a_file_is_written_under_its_own_name(tmp_path, out, home):
    folder = tmp_path / home
    folder.mkdir()
    own = make(folder, "own", "geojson", 1)
    for name in ("precious.geojson", "precious.gpkg", "p", "c.csv"):
        (folder / name).write_bytes(b"precious")
    before = digests(folder)
    run = CliRunner().invoke(
        main, ["overlay-zones", str(own), "commune", "--out", str(folder / out), "--lang", "en"]
    )
    assert run.exit_code in (0, 1), run.output
    after = digests(folder)
    assert set(after) - set(before) <= {out, f"{Path(out).stem}_not_located.csv"}
    assert {name: after[name] for name in before} == before
    if not out.endswith("csv"):
        assert len(read_vector(folder / out))


def test_a_template_a_dossier_and_a_site_folder_stand_anywhere(tmp_path):
    home = tmp_path / "kết quả !; 1"
    home.mkdir()
    path = lsgis.write_template(home / "tp!l.gpkg")
    assert len(gpd.list_layers(path.rename(tmp_path / "t.gpkg"))) > 30
    run = CliRunner().invoke(
        main,
        ["check-site", "106.76,21.85", "--formats", "gpkg,json", "--out", str(home / "h!s")],
    )
    assert run.exit_code == 1, run.output
    assert {p.suffix for p in (home / "h!s").iterdir()} == {".gpkg", ".json", ".sha256"}
    assert [p.name for p in home.iterdir()] == ["h!s"]


def test_no_other_room_hands_a_name_to_the_writer():
    for path in Path(lsgis.__file__).parent.rglob("*.py"):
        if path.name == "opening.py":
            continue
        calls = [n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Call)]
        assert not [
            c for c in calls if ast.unparse(c.func) in ("pyogrio.write_dataframe", "to_file")
        ], path


def test_a_kind_is_told_by_content_and_nothing_else_is_told(tmp_path):
    path = make(tmp_path, "a", "gpkg", 3).rename(tmp_path / "a.shp")
    frame = read_vector(path)
    assert len(frame) == 1 and frame.attrs["told"] == []


def test_sound_kinds_are_not_refused(tmp_path):
    lines = make(tmp_path, "a", "geojson", 3).read_text("utf-8")
    feature = lines[lines.index('{ "type": "Feature"') : lines.rindex("]")].strip()
    (tmp_path / "s.geojsons").write_text(f"\x1e{feature}\n", encoding="utf-8")
    assert len(read_vector(tmp_path / "s.geojsons")) == 1
    square(1).to_file(tmp_path / "p.shz", driver="ESRI Shapefile")
    assert len(read_vector(tmp_path / "p.shz")) == 1
    deep = "<Folder>" * 50_000 + "</Folder>" * 50_000
    kml = f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{deep}</Document></kml>'
    (tmp_path / "deep.kml").write_text(kml)
    with pytest.raises(LsgisError, match=r"nested|cannot read"):
        read_vector(tmp_path / "deep.kml")


def test_a_table_is_read_whatever_it_is_called(tmp_path):
    path = make(tmp_path, "a!b", "shp", 5).with_suffix(".dbf")
    path.with_suffix(".shp").unlink()
    assert read_table(path)["name_vi"].tolist() == ["5"]


def test_a_site_with_an_open_layer_names_it(tmp_path):
    out = tmp_path / "site"
    publish(out, lang="en")
    before = digests(out)
    held = sqlite3.connect(out / "plan.gpkg")
    held.execute("pragma journal_mode=wal")
    held.execute("create table held (a)")
    held.commit()
    with pytest.raises(OutputError, match=r"plan\.gpkg.*open in another program"):
        publish(out, lang="en")
    held.close()
    assert set(before) <= set(digests(out))
