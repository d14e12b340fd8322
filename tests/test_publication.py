"""A whole site folder: complete, repeatable, adding up; or nothing at all."""

import csv
import json
import re
import shutil
from html.parser import HTMLParser
from importlib.metadata import distribution
from importlib.metadata import version as metadata_version
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from shapely.geometry import MultiPolygon, box
from toy import VN2000

import lsgis
from lsgis.catalogue import read_catalogue, read_register
from lsgis.digest import hash_file
from lsgis.errors import LayerError, OutputError
from lsgis.publication import publish
from lsgis.report import format_number
from lsgis.source import file_sha256
from lsgis.text import say
from lsgis.webmap import list_carried

HOSTILE = (
    "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> =1+1 ${x} `y` {{ 7*7 }} </script>"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The embedded plan, published in English."""
    out = tmp_path_factory.mktemp("embedded") / "site"
    publish(out, lang="en")
    return out


@pytest.fixture(scope="module")
def real_site(tmp_path_factory, communes_file):
    """The plan on the real communes, in Vietnamese."""
    out = tmp_path_factory.mktemp("real") / "site"
    publish(out, communes=communes_file, lang="vi")
    return out


@pytest.fixture(scope="module")
def hostile_site(tmp_path_factory):
    """A plan whose own layer is named to do harm."""
    home = tmp_path_factory.mktemp("hostile")
    (home / "plan").mkdir()
    columns = {"code": ["=HYPERLINK(1)"], "name_vi": [HOSTILE], "note_vi": [HOSTILE]}
    square = MultiPolygon([box(430000, 2400000, 431000, 2401000)])
    gpd.GeoDataFrame(columns, geometry=[square], crs=VN2000).to_file(home / "plan/wetland.gpkg")
    publish(home / "site", plan=home / "plan", lang="vi")
    return home / "site"


def read_json(path):
    return json.loads(path.read_text(encoding="utf-8"))


def test_everything_is_there(site):
    names = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    themes = read_register("theme")["code"]
    maps = {f"map_{theme}.html" for theme in themes}
    assert {"index.html", "tables.html", "issues.html", "issues.json", "manifest.json",
            "licences.html", "plan.gpkg", *maps} <= names  # fmt: skip
    assert {f"geojson/{name}.geojson" for name in read_catalogue()} <= names
    assert {"tables/commune.csv", "tables/commune.xlsx", "tables/commune_environment.csv"} <= names


def test_the_same_inputs_give_the_same_bytes(site, tmp_path):
    publish(tmp_path / "again", lang="en")
    first, second = (read_json(folder / "manifest.json") for folder in (site, tmp_path / "again"))
    assert first == second
    assert file_sha256(site / "manifest.json") == file_sha256(tmp_path / "again" / "manifest.json")


def test_the_manifest_tells_every_file_and_input(site):
    manifest = read_json(site / "manifest.json")
    names = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    assert set(manifest["files"]) == names - {"manifest.json"}
    assert manifest["files"]["index.html"] == file_sha256(site / "index.html")
    assert {row["layer"] for row in manifest["inputs"]} == set(read_catalogue())
    assert manifest["crs"]["operation_code"] == "EPSG:6960"
    assert manifest["schematic"] is True


@pytest.mark.parametrize("name", ["site", "hostile_site"])
def test_every_file_that_is_not_ours_stands_in_one_entry_of_the_licences(name, request):
    folder = request.getfixturevalue(name)
    assets = [path for path in (folder / "assets").rglob("*") if path.is_file()]
    brought = [path.relative_to(folder / "assets").as_posix() for path in assets]
    listed = [file for work in list_carried() for file in work.files]
    assert sorted(listed) == sorted(brought)  # each once
    page = (folder / "licences.html").read_text(encoding="utf-8")
    for work in list_carried():
        row = page[page.index(f'<tr data-work="{work.name}">') :].partition("</tr>")[0]
        assert work.version in row and work.licence in row and work.text in work.files
        assert all(f"<code>assets/{file}</code>" in row for file in work.files)
        terms = (folder / "assets" / work.text).read_text(encoding="utf-8")
        assert "Copyright (c)" in terms and "WARRANT" in terms
    installed = [
        Path(str(path.locate()))
        for package in ("XStatic-Leaflet", "folium", "branca")
        for path in distribution(package).files or ()
    ]
    others = {hash_file(path) for path in installed if path.is_file() and path.stat().st_size}
    leaflet = {f"assets/{file}" for file in list_carried()[0].files}
    for path in folder.rglob("*"):
        if path.is_file() and path.relative_to(folder).as_posix() not in leaflet:
            assert hash_file(path) not in others, path
    index = (folder / "index.html").read_text(encoding="utf-8")
    assert 'href="licences.html"' in index and not re.search(r"(src|href)=.http", page)


def test_the_version_of_a_work_is_that_of_its_files():
    leaflet, own = list_carried()
    installed = metadata_version("XStatic-Leaflet")
    assert installed.startswith(f"{leaflet.version}.") and own.version == lsgis.__version__
    house = Path(lsgis.__file__).parent
    assert (house / "webmap" / own.text).read_bytes() == (house.parent / "LICENSE").read_bytes()


def test_the_layers_table_hides_nothing(site):
    rows = read_json(site / "issues.json")["layers"]
    total = {row["layer"]: row for row in rows if row["by"] == "total"}
    assert set(total) == set(read_catalogue())
    for name, layer in read_catalogue().items():
        assert total[name]["expected"] == layer.expected.count
        assert total[name]["clause"] == layer.legal.clause
        assert total[name]["quality"] == "none" or total[name]["located"] > 0
    page = (site / "issues.html").read_text(encoding="utf-8")
    for name, layer in read_catalogue().items():
        assert f'data-layer="{name}" data-by="total"' in page
        assert layer.title["en"] in page


def test_everything_made_from_schematic_communes_says_so(site):
    for page in ("index.html", "issues.html", "tables.html", "map_environment.html"):
        assert "SCHEMATIC" in (site / page).read_text(encoding="utf-8"), page


def test_the_tables_add_up(real_site):
    table = pd.read_csv(real_site / "tables/commune_environment.csv", dtype={"commune_code": str})
    assert len(table) == len(read_register("commune"))
    zones = table[["strict_m2", "limited_m2", "other_m2"]].sum(axis=1)
    assert zones.tolist() == pytest.approx(table["sum_m2"].tolist())
    assert table["sum_m2"].tolist() == pytest.approx(table["commune_m2"].tolist(), rel=1e-6)


def test_the_sums_stand_beside_the_decision(real_site):
    sums = {row["sum"]: row for row in read_json(real_site / "issues.json")["sums"]}
    declared = read_catalogue()["province"].expected.area_ha
    assert sums["decision"]["area_ha"] == declared
    assert sums["commune_declared"]["area_ha"] == read_register("commune")["area_ha"].sum()
    for row in sums.values():
        assert row["difference_ha"] == pytest.approx(row["area_ha"] - declared)
    assert abs(sums["province_computed"]["difference_share"]) < 0.001
    assert sums["zones_computed"]["area_ha"] == pytest.approx(sums["province_computed"]["area_ha"])


def test_what_the_lists_leave_out_is_told(real_site):
    told = [i for i in read_json(real_site / "issues.json")["issues"]
            if i["code"] == "LS-LIST-UNASSIGNED"]  # fmt: skip
    left = (
        read_register("contradiction").set_index("code").at["zones-no-partition", "commune_codes"]
    )
    assert {issue["key"] for issue in told} == set(left.split("; "))


def test_the_workbook_reads_like_the_csv(real_site):
    book = openpyxl.load_workbook(real_site / "tables/commune.xlsx")
    rows = list(book.active.iter_rows(values_only=True))
    with (real_site / "tables/commune.csv").open(encoding="utf-8-sig", newline="") as file:
        plain = list(csv.reader(file))
    assert len(rows) == len(plain)
    assert rows[0][0] == "Mã xã"
    assert rows[1][0] == plain[1][0] == "05977"
    column = plain[0].index("area_m2")
    assert rows[1][column] == pytest.approx(float(plain[1][column]))
    assert book.active.freeze_panes == "C2"


def test_the_package_holds_every_layer(real_site):
    for name in read_catalogue():
        frame = gpd.read_file(real_site / "plan.gpkg", layer=name)
        assert frame.crs == VN2000
    assert len(gpd.read_file(real_site / "plan.gpkg", layer="commune")) == len(
        read_register("commune")
    )
    there = gpd.read_file(real_site / "geojson/border_gate.geojson")
    assert there.crs == 4326
    assert len(there) == len(read_register("border_gate"))


def test_outlines_of_point_layers_are_published_as_polygons(tmp_path):
    square = box(430000, 2400000, 431000, 2401000)  # 100 ha
    (tmp_path / "plan").mkdir()
    for name, code in (("industrial_park", "KCN-01"), ("nature_reserve", "BT-01")):
        frame = gpd.GeoDataFrame({"code": [code], "name_vi": ["Ô"]}, geometry=[square], crs=VN2000)
        frame.to_file(tmp_path / f"plan/{name}.gpkg")
    publish(tmp_path / "site", plan=tmp_path / "plan", lang="en")
    for name in ("industrial_park", "nature_reserve"):
        frame = gpd.read_file(tmp_path / "site/plan.gpkg", layer=name)
        assert frame.geom_type.tolist() == ["MultiPolygon"]
        assert frame.geometry.iloc[0].equals(square)
    economy = (tmp_path / "site/map_economy.html").read_text(
        encoding="utf-8"
    )  # under no name it knows
    assert re.search(r">\s*100(\.0)? ha", economy)  # measured, beside its line of the legend
    # their own outlines are no symbols: nothing is hatched
    assert "hatch-1b7837" not in (tmp_path / "site/map_environment.html").read_text("utf-8")


class Scripts(HTMLParser):
    def __init__(self):
        super().__init__()
        self.sources, self.handlers, self.links = [], [], []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.handlers += [name for name in values if name.startswith("on")]
        self.links += [values[n] for n in ("src", "href") if values.get(n)]
        if tag == "script":
            self.sources.append(values.get("src"))


def test_hostile_names_stay_text(hostile_site):
    for path in hostile_site.glob("*.html"):
        page = Scripts()
        page.feed(path.read_text(encoding="utf-8"))
        assert page.handlers == [], path.name
        assert "<script>alert(1)" not in path.read_text(encoding="utf-8")
    rows = pd.read_csv(hostile_site / "tables/layer.csv")
    assert len(rows) > 0


def test_no_page_reaches_out(site, real_site):
    for folder in (site, real_site):
        for path in folder.glob("*.html"):
            page = Scripts()
            page.feed(path.read_text(encoding="utf-8"))
            for link in page.links:
                if "://" not in link and not link.startswith(("#", "data:")):
                    assert (folder / link.split("#")[0]).exists(), f"{path.name}: {link}"
            assert not [s for s in page.sources if s and "://" in s]


def test_a_formula_stays_text(tmp_path):
    from lsgis.report import write_tables

    table = pd.DataFrame(
        {"name_vi": ["=HYPERLINK(1)", "+1", "@x", "ok"], "area_m2": [-1.0, 2, 3, 4]}
    )
    write_tables({"commune": table}, tmp_path, lang="vi")
    cells = [c.value for c in openpyxl.load_workbook(tmp_path / "commune.xlsx").active["A"]][1:]
    assert cells == ["=HYPERLINK(1)", "+1", "@x", "ok"]
    kinds = [c.data_type for c in openpyxl.load_workbook(tmp_path / "commune.xlsx").active["A"]]
    assert set(kinds) == {"s"}
    text = (tmp_path / "commune.csv").read_text(encoding="utf-8-sig")
    assert "'=HYPERLINK(1),-1.0" in text and "'+1" in text and "\nok," in text


def test_an_earlier_site_is_replaced_and_nothing_else(site, tmp_path):
    out = tmp_path / "site"
    out.mkdir()
    (out / "letter.txt").write_text("keep me")
    with pytest.raises(OutputError, match="not a site that lsgis made"):
        publish(out)
    assert [path.name for path in tmp_path.rglob("*")] == ["site", "letter.txt"]
    (out / "letter.txt").unlink()
    publish(out, lang="en")
    manifest = read_json(out / "manifest.json")  # a site of before had one page more
    (out / "old.html").write_text("from an earlier run")
    manifest["files"]["old.html"] = file_sha256(out / "old.html")
    (out / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    publish(out, lang="en")
    assert not (out / "old.html").exists()
    assert (out / "index.html").exists()


def test_a_refusal_leaves_nothing_behind(tmp_path):
    (tmp_path / "broken.geojson").write_text('{"type": "FeatureColl')
    with pytest.raises(LayerError, match="cannot read"):
        publish(tmp_path / "site", communes=tmp_path / "broken.geojson")
    assert [path.name for path in tmp_path.iterdir()] == ["broken.geojson"]


def test_an_unwritable_place_is_refused(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="no folder"):
        publish(tmp_path / "file" / "site")
    with pytest.raises(OutputError, match="not a site"):
        publish(tmp_path / "file")


@pytest.mark.parametrize(
    ("value", "digits", "vi", "en"),
    [(1234.56, 1, "1.234,6", "1,234.6"), (0, 0, "0", "0"), (None, 2, "–", "–")],
)
def test_numbers_as_each_language_writes_them(value, digits, vi, en):
    assert format_number(value, digits, "vi") == vi
    assert format_number(value, digits, "en") == en


def content(folder):
    """Every file below a folder, and where a link leads."""
    return {
        path.relative_to(folder).as_posix(): path.readlink()
        if path.is_symlink()
        else path.read_bytes()
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
    }


def test_a_site_published_again_keeps_what_is_not_its_own(site, tmp_path):
    """Notes, photos, links, an edited table: theirs stay; the rest is the new site."""
    out = tmp_path / "site"
    shutil.copytree(site, out)
    theirs = {
        "my_notes.docx": b"notes",
        "photos/a.jpg": b"photo",
        "photos/sâu/b.jpg": b"photo b",
        "tables/mine.xlsx": b"mine",
    }
    for name, raw in theirs.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(raw)
    (out / "to_photos").symlink_to("photos")
    (out / "gone").symlink_to("nowhere")
    (out / "empty").mkdir()
    edited = next(path for path in sorted((out / "tables").glob("*.csv")))
    edited.write_bytes(b"edited by hand")
    (out / "index.html").unlink()
    kept = publish(out, lang="en").attrs["kept"]
    other = f"tables/{edited.stem}.kept.csv"
    assert kept == sorted([*theirs, "to_photos", "gone", other])
    found = content(out)
    assert {name: found.pop(name) for name in theirs} == theirs
    assert str(found.pop("to_photos")) == "photos" and str(found.pop("gone")) == "nowhere"
    assert found.pop(other) == b"edited by hand"
    assert (out / "empty").is_dir()
    assert found == content(site)
    assert publish(out, lang="en").attrs["kept"] == kept  # and again


@pytest.mark.parametrize("name", ["my_plan.gpkg", "sub/my_plan.gpkg", "plan.gpkg"])
def test_an_input_in_the_folder_to_be_replaced_is_refused(site, tmp_path, name):
    out = tmp_path / "site"
    shutil.copytree(site, out)
    (out / name).parent.mkdir(exist_ok=True)
    shutil.copy(site / "plan.gpkg", out / name)
    before = content(out)
    with pytest.raises(OutputError, match="the input would be lost"):
        publish(out, plan=out / name)
    assert content(out) == before


@pytest.mark.parametrize("name", ["site", "hostile_site"])
def test_every_row_of_the_licences_has_a_name_and_says_its_licence(name, request):
    page = (request.getfixturevalue(name) / "licences.html").read_text(encoding="utf-8")
    lang = "en" if name == "site" else "vi"
    unstated, own = (say(f"publish.licence-{said}", lang) for said in ("none", "own"))
    cells = [re.findall(r"<td>(.*?)</td>", row) for row in re.findall(r"<tr><td>.*?</tr>", page)]
    assert cells and all(row[0] and row[-1] not in ("", "–") for row in cells)
    embedded = [row for row in cells if row[1] == say("word.embedded", lang)]
    assert embedded and {row[-1] for row in embedded} == {own} and own.startswith("MIT")
    licence = Path(__file__).parents[1] / "LICENSE"
    assert licence.read_text(encoding="utf-8").startswith("MIT License")
    assert any(row[-1] == unstated for row in cells)
