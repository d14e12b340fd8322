"""Pages, tables and dossiers of another region: its names, rules and CRS, and no others."""

import json
import re
import sqlite3
from contextlib import closing
from dataclasses import replace

import geopandas as gpd
import pytest
import toy_region
from dossier_case import make_document, make_shapes

from lsgis.errors import OutputError
from lsgis.intake.system import read_zones
from lsgis.publication import publish
from lsgis.region import read_region
from lsgis.report import heading, spoken
from lsgis.report.dossier import write_dossier
from lsgis.report.figure import _tell_plane

OTHERS = re.compile(
    r"L[ạa]ng S[ơo]n|lang_son|339/QĐ|Quyết định 339|Decision 339|EPSG:9215|decree_08"
)


@pytest.fixture(scope="session")
def plain(tmp_path_factory):
    """The toy region without environmental zones, rules and parts of them."""
    return toy_region.write_region(tmp_path_factory.mktemp("plain") / "toy", zoning=False)


def texts_of(folder):
    """Every page, table and record of a folder, without the scripts of others."""
    kinds = (".html", ".json", ".csv", ".geojson")
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.suffix in kinds and "assets" not in path.parts
    }


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_site_folder_speaks_of_its_region_alone(toy, only_named_regions, tmp_path, lang):
    publish(tmp_path / "site", lang=lang, region=toy)
    texts = texts_of(tmp_path / "site")
    assert {name: OTHERS.findall(text) for name, text in texts.items() if OTHERS.search(text)} == {}
    for name in ("index.html", "map_environment.html"):
        assert toy.plan.short_title[lang] in texts[name] and toy.plan.dated[lang] in texts[name]
    maps = {name for name in texts if name.startswith("map_")}
    assert maps == {f"map_{theme}.html" for theme in ("administrative", "environment", "transport")}
    assert set(re.findall(r'href="(map_\w+\.html)"', texts["index.html"])) == maps
    manifest = json.loads(texts["manifest.json"])
    assert manifest["crs"]["measured_in"] == toy_region.CRS
    assert manifest["environmental_rule"] == "decision_7"
    package = tmp_path / "site" / "plan.gpkg"
    for name in gpd.list_layers(package)["name"]:
        assert gpd.read_file(package, layer=name).crs.to_epsg() == 9217
    with closing(sqlite3.connect(package)) as open_package:
        days = open_package.execute("select distinct date(last_change) from gpkg_contents")
        assert days.fetchall() == [("2026-02-01",)]  # the day of the act, no clock
    reserve = gpd.read_file(tmp_path / "site" / "geojson" / "nature_reserve.geojson").iloc[0]
    back = gpd.GeoSeries([reserve.geometry.centroid], crs="EPSG:4326").to_crs(toy_region.CRS)[0]
    east, north = toy_region.middle()
    assert abs(back.x - east) < 1 and abs(back.y - north) < 1  # PROJ's own way differs by 0.7 m
    assert f"{toy_region.CRS}." in texts["issues.html"]  # where areas were measured
    assert 'id="contradictions"' not in texts["issues.html"]  # nobody told of any


def test_a_plan_without_zones_has_no_tables_of_them(plain, only_named_regions, tmp_path):
    publish(tmp_path / "site", lang="vi", region=plain)
    texts = texts_of(tmp_path / "site")
    found = json.loads(texts["issues.json"])
    assert "tables/commune_environment.csv" not in texts and "tables/commune.csv" in texts
    assert [row["sum"] for row in found["sums"]] == [
        "decision", "commune_declared", "commune_computed", "province_computed",
    ]  # fmt: skip
    assert found["zoning"] == found["missing_parts"] == []
    assert 'id="parts"' not in texts["issues.html"] and "#parts" not in texts["issues.html"]
    assert json.loads(texts["manifest.json"])["environmental_rule"] == ""


def test_a_plan_whose_act_states_no_area_has_no_differences(tmp_path):
    folder = tmp_path / "toy"
    toy_region.write_region(folder, zoning=False)
    layer = folder / "layers" / "toy_province.toml"
    text = re.sub(r"(?m)^area_ha = .*\n", "", layer.read_text(encoding="utf-8"))
    layer.write_text(text, encoding="utf-8")
    publish(tmp_path / "site", lang="vi", region=read_region(folder))
    texts = texts_of(tmp_path / "site")
    sums = json.loads(texts["issues.json"])["sums"]
    assert sums[0]["sum"] == "commune_declared"
    assert {row["difference_ha"] for row in sums} == {None}
    assert '<td class="number">–</td>' in texts["issues.html"]


def test_every_other_reading_of_the_zones_has_its_section(tmp_path):
    folder = tmp_path / "toy"
    toy_region.write_region(folder)
    path, parts = folder / "data" / "region.toml", folder / "data" / "environmental_part.csv"
    more = 'older = { vi = "Quyết định 5", en = "Decision 5" }\n'
    path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")
    table = parts.read_text(encoding="utf-8").replace("zone_decree_08", "zone_older")
    parts.write_text(table, encoding="utf-8")
    publish(tmp_path / "site", lang="en", region=read_region(folder))
    page = texts_of(tmp_path / "site")["issues.html"]
    assert "Where Decision 7 and Decision 5 differ" in page
    assert "Decision 5 places these parts otherwise; lsgis publish --rule older" in page
    assert "<th>Decision 7</th><th>Decision 5</th>" in page


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_dossier_speaks_of_the_region_it_is_given(toy, tmp_path, request, lang):
    document, shapes = make_document(contradictions=[], data=[]), make_shapes()
    document["site"]["crs_found"] = "–"
    with pytest.raises(OutputError, match=r"of the region lang_son .* for the region toy"):
        write_dossier(document, tmp_path / "out", region=toy)
    document["region"]["code"] = "toy"
    request.getfixturevalue("only_named_regions")
    paths = write_dossier(document, tmp_path / "out", lang=lang, shapes=shapes, region=toy)
    files = {path.suffix: path for path in paths}
    page = files[".html"].read_text(encoding="utf-8")
    assert f'<p class="kicker">{toy.plan.title[lang]}</p>' in page
    assert f"VN-2000, {toy_region.CRS} (m²)" in page
    assert "EPSG:9215" not in page
    assert {
        gpd.read_file(files[".gpkg"], layer=name).crs.to_epsg() for name in ("site", "piece_area")
    } == {9217}


def test_headings_and_words_come_from_the_region(toy):
    assert heading("zone_decision_7", "vi", region=toy) == "Quyết định 7"
    assert heading("zone_339", "vi") == "Quyết định 339"
    assert heading("zone_339", "vi", region=toy) == "zone_339"
    assert heading("urban_lang_son", "en") == "Lạng Sơn city"
    assert heading("urban_lang_son", "en", region=toy) == "urban_lang_son"
    assert heading("class_339", "en") == "Class (339)"
    assert spoken("sum", "decision", "en") == "Area stated by Decision 339"
    assert spoken("sum", "decision", "en", region=toy) == "Area stated by Decision 7"
    assert spoken("zone_decision_7", "strict", "en", region=toy) == spoken("zone", "strict", "en")
    assert spoken("zone_339", "strict", "en", region=toy) == "strict"


@pytest.mark.parametrize("epsg", sorted(read_zones()))
def test_a_map_tells_the_meridian_that_its_crs_states(epsg):
    meridian, _ = read_zones()[epsg]
    told = _tell_plane(replace(read_region(), crs=f"EPSG:{epsg}"), "en")
    assert told.startswith(f"VN-2000, central meridian {meridian.replace('′', chr(39))}, 3° zone")
    assert f"(EPSG:{epsg})" in told


def test_a_map_tells_the_width_of_its_zone():
    assert "105°00', 6° zone (EPSG:3405)" in _tell_plane(
        replace(read_region(), crs="EPSG:3405"), "en"
    )
