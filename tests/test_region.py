"""The province is data: another region, and what an office adds to one, by folders alone."""

import ast
import csv
import json
import re
import shutil
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
import toy_region
from click.testing import CliRunner

import lsgis
from lsgis.catalogue import read_catalogue, read_register, read_rows
from lsgis.catalogue.register import read_header
from lsgis.check import check_between, describe_issue, read_relations
from lsgis.cli import main
from lsgis.crosswalk import crosswalk_table
from lsgis.crs import (
    VN2000_DEGREES,
    WGS84,
    datum_operation,
    move_geometries,
    plane_of,
    require_vn2000,
)
from lsgis.errors import CatalogueError, CrsError
from lsgis.ledger import check_plan, open_rows
from lsgis.region import FILE, embedded_folder, read_region
from lsgis.sitecheck import build_index
from lsgis.sitecheck.law import read_consequences
from lsgis.source import read_plan

PACKAGE = Path(lsgis.__file__).parent


@pytest.fixture(scope="session")
def toy_without_zones(tmp_path_factory):
    return toy_region.write_region(tmp_path_factory.mktemp("region") / "plain", zoning=False)


# ---- no province in code

_REGIONAL = re.compile(
    r"L[ạa]ng S[ơo]n|lang_son|\b339\b|\b9215\b|107[.°]\s?(?:25|15)|decree_08", re.I
)


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_no_constant_of_a_province_in_code(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    told = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and id(node) not in docs
    ]
    names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
    names += [node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    assert [text for text in map(str, told) if _REGIONAL.search(text)] == []
    assert [name for name in names if name in ("VN2000", "LANG_SON")] == []


# ---- the record


def test_the_embedded_region_is_as_its_file_says():
    region = read_region()
    assert (region.code, region.crs, region.rule) == ("lang_son", "EPSG:9215", "339")
    assert region.folders == (embedded_folder(),)
    assert plane_of(region).to_epsg() == 9215
    assert datum_operation(region).code == "EPSG:6960"
    assert hash(region) == hash(read_region()) and region == read_region(embedded_folder())


WRONG = {
    "crs": ('crs = "EPSG:9217"', "crs = 9217", "crs"),
    "crs in words": ('crs = "EPSG:9217"', 'crs = "VN-2000"', "crs"),
    "box of three": ("[108.6, 13.4, 109.1, 13.9]", "[108.6, 13.4, 109.1]", "box"),
    "box turned": ("[108.6, 13.4, 109.1, 13.9]", "[109.1, 13.4, 108.6, 13.9]", "box"),
    "box in words": ("[108.6, 13.4, 109.1, 13.9]", '["a", 1, 2, 3]', "box"),
    "no name": ('vi = "vùng Thử"\n', "", "name"),
    "empty title": (
        'short_title.en = "Plan of',
        'short_title.en = " "  # "Plan of',
        "plan.short_title",
    ),
    "unknown key": ('code = "toy"', 'code = "toy"\ncolour = "red"', "colour"),
    "no plan": ("[plan]\ninstrument", "[plans]\ninstrument", "plan"),
    "operation": ('operation = "VN-2000 to WGS 84 (2)"', "operation = 2", "datum.operation"),
    "rule": ('decision_7 = { vi = "Quyết định 7", en', "decision_7 = { en", "rules.decision_7"),
}


@pytest.mark.parametrize(("old", "new", "key"), WRONG.values(), ids=WRONG)
def test_a_region_file_is_held_by_value(tmp_path, old, new, key):
    text = toy_region.REGION + toy_region.RULES
    assert text.count(old) == 1
    (tmp_path / "data").mkdir()
    (tmp_path / FILE).write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(CatalogueError) as refused:
        read_region(tmp_path)
    message = refused.value.message("en")
    assert FILE in message and f"\n  {key}" in message


def test_a_folder_without_a_region_is_refused(tmp_path):
    with pytest.raises(CatalogueError, match=r"expected the file data/region\.toml"):
        read_region(tmp_path)
    with pytest.raises(CatalogueError, match="adds nothing"):
        read_region(catalogue=[tmp_path])
    with pytest.raises(CatalogueError, match="adds nothing"):
        read_region(catalogue=[tmp_path / "not there"])


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:4756", "EPSG:32649", "EPSG:3857"])
def test_a_region_is_measured_in_metres_of_vn2000(tmp_path, crs):
    (tmp_path / "data").mkdir()
    (tmp_path / FILE).write_text(toy_region.REGION.replace("EPSG:9217", crs), encoding="utf-8")
    with pytest.raises(CrsError, match="must be a projection of VN-2000 in metres"):
        plane_of(read_region(tmp_path))


def test_a_datum_operation_that_proj_does_not_know_is_refused(tmp_path):
    (tmp_path / "data").mkdir()
    text = toy_region.REGION.replace("VN-2000 to WGS 84 (2)", "VN-2000 to Mars (1)")
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(CrsError, match="Mars"):
        datum_operation(read_region(tmp_path))


def test_the_operation_that_the_region_names_is_the_one_used(tmp_path):
    """PROJ has two that differ by 0.68 m: a region with the other one lies that much off."""
    (tmp_path / "data").mkdir()
    text = toy_region.REGION.replace("VN-2000 to WGS 84 (2)", "VN-2000 to WGS 84 (1)")
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    other, point = read_region(tmp_path), [shapely.Point(108.8, 13.6)]
    one, two = (
        move_geometries(point, VN2000_DEGREES, WGS84, region=region)[0]
        for region in (other, read_region())
    )
    metres = one.distance(two) * 111_320
    assert 0.3 < metres < 2


# ---- the toy region


def test_nothing_of_lsgis_own_region_is_in_another(toy):
    assert list(read_catalogue(toy)) == [
        "commune", "environmental_zone", "nature_reserve", "toy_province", "toy_road",
    ]  # fmt: skip
    assert read_register("commune", toy)["commune_code"].tolist() == list(toy_region.COMMUNES)
    assert read_rows("contradiction", toy) == () and len(read_rows("contradiction")) > 0
    assert read_register("place", toy).columns.tolist() == read_register("place").columns.tolist()
    assert read_rows("issue", toy) == read_rows("issue")  # speaks of no region
    with pytest.raises(CatalogueError, match="gardens"):
        read_register("gardens", toy)


def test_the_plan_of_another_region_lies_where_it_was_drawn(toy, only_named_regions):
    plan = read_plan(region=toy)
    assert {frame.crs.to_epsg() for frame in plan.layers.values()} == {9217}
    require_vn2000(*plan.layers.values())
    for row in plan.units.itertuples():
        east, north = toy_region.corner(row.commune_code)
        drawn = shapely.box(east, north, east + 10_000, north + 10_000)
        assert row.geometry.symmetric_difference(drawn).area < 100  # m², of 10 km sides
    reserve = plan.layers["nature_reserve"].set_index("code").loc["R-1", "geometry"]
    assert reserve.centroid.distance(shapely.Point(*toy_region.middle())) < 0.1
    assert reserve.area == pytest.approx(2827.4e4, rel=1e-6)
    assert plan.zones.set_index("zone").loc["strict", "geometry"].area == pytest.approx(2827.4e4)
    ledger = check_plan(plan)
    assert open_rows(ledger)["row_id"].tolist() == [
        "environmental_zone/count", "nature_reserve/count", "nature_reserve/R-2",
    ]  # fmt: skip


def test_a_region_without_environmental_zones_has_a_plan(toy_without_zones, only_named_regions):
    plan = read_plan(region=toy_without_zones)
    assert "environmental_zone" not in plan.layers and plan.parts.empty
    assert check_plan(plan)["status"].eq("agrees").sum() == 3


def test_a_reading_of_the_zones_needs_its_column(toy, tmp_path):
    folder = tmp_path / "toy"
    shutil.copytree(toy.folders[0], folder)
    parts = folder / "data" / "environmental_part.csv"
    text = parts.read_text(encoding="utf-8")
    parts.write_text(text.replace("zone_decision_7", "zone_decision_8"), encoding="utf-8")
    with pytest.raises(CatalogueError, match="needs the column zone_decision_7; there are: part"):
        read_plan(region=read_region(folder))
    parts.unlink()  # nobody has named a part: everything is the rest, and provisional
    plan = read_plan(region=read_region(folder))
    assert plan.zones["zone"].tolist() == ["other"] and plan.parts.empty


def test_old_units_of_another_region_are_moved(toy, only_named_regions):
    table = pd.DataFrame({"xa": ["Cũ Một", "xã Cũ Năm", "Cũ Sáu"], "so": [3, 5, 7]})
    moved = crosswalk_table(table, name="xa", counts=["so"], region=toy)
    assert moved.table["so"].tolist() == [3, pd.NA, pd.NA, pd.NA, 5]
    assert moved.table["so_high"].tolist()[:4] == [3, pd.NA, 5, 5]
    assert moved.unmatched["xa"].tolist() == ["Cũ Sáu"]


def test_a_region_read_again_is_as_its_files_are_now(toy, tmp_path):
    folder = tmp_path / "toy"
    shutil.copytree(toy.folders[0], folder)
    before = read_region(folder)
    assert read_register("commune", before)["name_vi"].tolist()[0] == "Đồng Thử Một"
    file = folder / "data" / "commune.csv"
    text = file.read_text(encoding="utf-8").replace("Đồng Thử Một", "Đồng Thử Mới")
    file.write_text(text, encoding="utf-8")
    assert read_register("commune", read_region(folder))["name_vi"].tolist()[0] == "Đồng Thử Mới"
    layer = folder / "layers" / "commune.toml"
    layer.write_text(layer.read_text("utf-8").replace('en = "Communes"', 'en = "Wards"'), "utf-8")
    assert read_catalogue(read_region(folder))["commune"].title["en"] == "Wards"


# ---- what an office adds


def write_rows(folder: Path, name: str, *lines: str) -> None:
    (folder / "data").mkdir(parents=True, exist_ok=True)
    text = "\n".join(lines) + "\n"
    (folder / "data" / f"{name}.csv").write_text(text, encoding="utf-8")


def test_a_row_of_an_office_adds_or_replaces(tmp_path):
    header = "code,vi,en,rank"
    write_rows(tmp_path, "theme", header, "urban,Phố,Town,4", "sport,Thể thao,Sport,12")
    region = read_region(catalogue=[tmp_path])
    own, before = read_rows("theme", region), read_rows("theme")
    assert [row["code"] for row in own] == [*(row["code"] for row in before), "sport"]
    said = {row["code"]: row["vi"] for row in own}
    assert (said["urban"], said["sport"]) == ("Phố", "Thể thao")
    assert {row["code"]: row["vi"] for row in before}["urban"] != "Phố"


def test_rows_without_a_key_are_only_added(tmp_path):
    before = read_rows("membership")
    header = ",".join(before[0])
    first = ",".join(f'"{cell}"' if "," in cell else cell for cell in before[1].values())
    write_rows(tmp_path, "membership", header, first, "my_list,05977,1,339/I,lsgis,indicative,")
    own = read_rows("membership", read_region(catalogue=[tmp_path]))
    assert own[:-1] == before and own[-1]["list"] == "my_list"


def test_a_register_with_other_columns_is_refused(tmp_path):
    write_rows(tmp_path, "theme", "code,vi", "sport,Thể thao")
    with pytest.raises(CatalogueError, match=r"expected the columns.*rank.*found: 'code', 'vi'"):
        read_rows("theme", read_region(catalogue=[tmp_path]))


def test_of_two_offices_the_later_goes_before(tmp_path):
    header = "code,vi,en,rank"
    for n in ("1", "2"):
        write_rows(tmp_path / n, "theme", header, f"urban,Phố {n},Town,4")
    for order, said in ((("1", "2"), "Phố 2"), (("2", "1"), "Phố 1")):
        region = read_region(catalogue=[tmp_path / n for n in order])
        assert {row["code"]: row["vi"] for row in read_rows("theme", region)}["urban"] == said


# ---- every job, on another region, by the command line

INSIDE = "569800,1504800 570200,1504800 570200,1505200 569800,1505200 569800,1504800"
FAR = "561000,1518000 561100,1518000 561100,1518100 561000,1518100 561000,1518000"


def as_wkt(corners: str) -> str:
    places = ", ".join(pair.replace(",", " ") for pair in corners.split())
    return f"SRID=9217;POLYGON (({places}))"


def run(*words, code: int | None = None):
    done = CliRunner().invoke(main, [str(word) for word in words], catch_exceptions=False)
    assert code is None or done.exit_code == code, done.output
    return done


def test_layers_of_another_region_are_listed(toy, only_named_regions):
    told = run("list-layers", "--region", toy.folders[0], "--lang", "en", code=0).output
    assert "nature_reserve" in told and "EPSG:9217" in told
    assert not _REGIONAL.search(told)


def test_a_site_of_another_region_is_checked(toy, tmp_path, only_named_regions):
    asked = ["--region", toy.folders[0], "--cache", tmp_path / "cache", "--on", "2026-03-01"]
    done = run("check-site", as_wkt(INSIDE), *asked, "--json", code=1)
    report = json.loads(done.stdout)
    (verdict,) = report["themes"]
    assert (verdict["layer"], verdict["state"]) == ("nature_reserve", "affected")
    assert verdict["area_m2"] == pytest.approx(160_000, rel=1e-6)
    assert {row["code"] for row in report["context"]["communes"]} == {"90001", "90002"}
    (verdict,) = json.loads(run("check-site", as_wkt(FAR), *asked, "--json", code=1).stdout)[
        "themes"
    ]
    assert (verdict["state"], verdict["located"], verdict["expected"]) == ("incomplete", 1, 2)
    done = run("check-site", "106.75,21.85", *asked, "--lang", "en", code=2)
    assert "the toy region" in done.output and "Lạng Sơn" not in done.output
    run("check-site", as_wkt(INSIDE).replace("9217", "9215"), *asked, code=2)


def test_the_dossier_of_another_region_speaks_of_it_alone(toy, tmp_path, only_named_regions):
    asked = ["--region", toy.folders[0], "--cache", tmp_path / "cache", "--on", "2026-03-01"]
    out = tmp_path / "dossier"
    out.mkdir()
    for lang in ("vi", "en"):
        shown = ["--lang", lang, "--formats", "html,json,xlsx,gpkg,docx", "--out", out / lang]
        run("check-site", as_wkt(INSIDE), *asked, *shown, code=1)
        (page,) = (out / lang).glob("*.html")
        text = page.read_text(encoding="utf-8")
        said = re.sub(r"<style.*?</style>|data:[^\"]*|<svg.*?</svg>", "", text, flags=re.S)
        assert toy.plan.title[lang] in said and "EPSG:9217" in said
        assert _REGIONAL.findall(said) == []
        done = run("verify", out / lang, *asked[:4], code=0)
        assert done.exit_code == 0
    done = run("verify", out / "vi", "--cache", tmp_path / "cache")
    assert done.exit_code != 0  # held against another region


def test_a_layer_of_another_region_is_checked(toy, tmp_path, only_named_regions):
    file = toy.folders[0] / "data" / "layer" / "commune.geojson"
    region = ["--region", toy.folders[0], "--lang", "en"]
    done = run("check-layer", file, "--as", "commune", *region, "--json")
    issues = json.loads(done.stdout)["rows"]
    assert {row["code"] for row in issues} & {
        "LS-CRS-FAR",
        "LS-CRS-NO-WAY",
        "LS-KEY-ABSENT",
    } == set()
    other = embedded_folder() / "data" / "layer" / "commune.geojson"
    done = run("check-layer", other, "--as", "commune", *region, "--json", code=1)
    assert "LS-CRS-FAR" in {row["code"] for row in json.loads(done.stdout)["rows"]}
    done = run("check-layer", file, "--as", "industrial_park", *region, code=2)
    assert "nature_reserve" in done.output


def test_the_folder_of_another_region_is_published(toy, tmp_path, only_named_regions):
    for lang in ("vi", "en"):
        run("publish", tmp_path / lang, "--region", toy.folders[0], "--lang", lang)
        pages = [*(tmp_path / lang).rglob("*.html"), *(tmp_path / lang).rglob("*.json")]
        text = "".join(path.read_text(encoding="utf-8") for path in pages)
        assert toy.plan.short_title[lang] in text and "EPSG:9217" in text
        own = re.sub(r"<script.*?</script>", "", text, flags=re.S)
        assert _REGIONAL.findall(own) == []
    layers = gpd.read_file(tmp_path / "vi" / "plan.gpkg", layer="nature_reserve")
    assert layers.crs.to_epsg() == 9217


def test_a_region_without_zones_goes_through_every_job(
    toy_without_zones, tmp_path, only_named_regions
):
    region = ["--region", toy_without_zones.folders[0]]
    run("publish", tmp_path / "site", *region)
    run("check-plan", *region, code=1)
    asked = ["--cache", tmp_path / "cache", "--on", "2026-03-01", "--out", tmp_path / "dossier"]
    run("check-site", as_wkt(INSIDE), *region, *asked, "--formats", "html,json", code=1)


def test_the_other_commands_take_a_region(toy, tmp_path, only_named_regions):
    region = ["--region", toy.folders[0]]
    table = tmp_path / "so.csv"
    table.write_text("xa,so\nCũ Một,3\nCũ Hai,4\n", encoding="utf-8")
    moved = run("crosswalk", table, "--name", "xa", "--count", "so", "--json", *region, code=0)
    assert [row["so"] for row in json.loads(moved.stdout)["rows"]][:2] == [3, 4]
    pieces = run("overlay-zones", "commune", "nature_reserve", "--json", *region, code=1)
    assert [row["key"] for row in json.loads(pieces.stdout)["not_located_rows"]] == ["R-2"]
    areas = [row["area_m2"] for row in json.loads(pieces.stdout)["rows"]]
    assert areas == pytest.approx([2827.4e4 / 2] * 2, rel=1e-5)
    clipped = tmp_path / "clip.gpkg"
    own = toy.folders[0] / "data" / "layer" / "commune.geojson"
    run("clip-to", own, "--within", "Đồng Thử Một", "--out", clipped, *region, code=0)
    assert gpd.read_file(clipped).area.sum() == pytest.approx(1e8, rel=1e-6)
    declared = tmp_path / "declared.geojson"
    gpd.read_file(own).assign(commune_codes=list(toy_region.COMMUNES)).to_file(declared)
    placed = run("join-places", declared, *region, "--json", code=0)
    assert json.loads(placed.stdout)["rows"][0]["place_code"] == "90001"
    run("template", tmp_path / "template.gpkg", *region, code=0)
    assert "nature_reserve" in set(gpd.list_layers(tmp_path / "template.gpkg")["name"])
    own_crs = gpd.read_file(tmp_path / "template.gpkg", layer="commune").crs
    assert own_crs.to_epsg() == 9217
    run("import", own, "--as", "commune", "--out", tmp_path / "own.gpkg", *region)
    assert gpd.read_file(tmp_path / "own.gpkg").crs.to_epsg() == 9217
    run("doctor", *region)
    with_facts = tmp_path / "facts.csv"
    with_facts.write_text("commune_code,people\n90001,5\n", encoding="utf-8")
    run("join-facts", own, "--facts", with_facts, *region, code=1)
    refused = run("fetch", *region, "--lang", "en", code=2)
    assert "nobody has named published boundaries of the toy region" in refused.output
    sites = tmp_path / "sites.csv"
    sites.write_text(f'name,wkt\nMột,"{as_wkt(INSIDE)}"\n', encoding="utf-8")
    run("check-sites", sites, "--out", tmp_path / "verdicts", "--cache", tmp_path / "c", *region)


# ---- an office's layer, register and rule, by the command line

PARK = """\
name = "pit"
title = { vi = "Bãi thử", en = "Test pits" }
theme = "environment"
geometry = "Point"
crs = "EPSG:9217"
key = "code"
quality = "indicative"
accuracy_m = 20
restricts = true
fields = ["code", "name_vi", "kind", "commune_codes", "quality", "accuracy_m", "source", "clause"]

[legal]
instrument = "7/QĐ-THỬ"
clause = "7/I"

[build]
from = "point"
register = "pit"

[style]
color = "#aa0000"
"""


def test_an_office_adds_a_layer_a_register_and_a_rule(toy, tmp_path, only_named_regions):
    office = tmp_path / "office"
    (office / "layers").mkdir(parents=True)
    (office / "layers" / "pit.toml").write_text(PARK, encoding="utf-8")
    reserve = read_rows("protected_area", toy)[0]
    place = f"{reserve['lon']},{reserve['lat']}"
    header = "code,name_vi,kind,commune_codes,lon,lat,quality,accuracy_m,source,clause"
    write_rows(office, "pit", header, f"P-1,Bãi Một,,90003,{place},indicative,20,toy,7/I")
    columns = ",".join(read_header("relation", toy))
    rule = "pit-in,pit,,inside,commune,commune_codes,,0,geometry,,nằm trong xã,lies in it,toy,yes"
    write_rows(office, "relation", columns, rule)
    region = ["--region", toy.folders[0], "--catalogue", office, "--lang", "en"]
    assert "pit" in run("list-layers", *region, code=0).output.split()
    asked = ["--cache", tmp_path / "cache", "--on", "2026-03-01", "--json"]
    done = run("check-site", as_wkt(INSIDE), *region, *asked, code=1)
    states = {v["layer"]: v["state"] for v in json.loads(done.stdout)["themes"]}
    assert states == {"nature_reserve": "affected", "pit": "affected"}
    between = json.loads(run("check-plan", *region, "--json", code=1).stdout)["between"]
    assert any(row["layer"] == "pit" and "lies in it" in row["message"] for row in between)
    assert "6 layers" in run("doctor", *region).output
    plain = ["--region", toy.folders[0], "--lang", "en"]
    assert "pit" not in run("list-layers", *plain, code=0).output.split()


CONSEQUENCE = {
    "kind": ("rumour", "one of: law, guidance"),
    "relation": ("near", "one of: overlap, below_threshold, within_band"),
    "states": ("bad", "one of: affected"),
    "layers": ("atlantis", "one of: commune"),
    "project_type": ("spaceport", "one of: *"),
    "max_distance_m": ("far", "a number of 0 or more"),
}
RELATION = {
    "layer": ("atlantis", "one of: commune"),
    "other": ("atlantis", "one of: commune"),
    "relation": ("near", "one of: inside, touches, touches_any, at_border"),
    "distance_m": ("-1", "a number of 0 or more"),
    "field": ("", "exactly one of the columns field"),
}


@pytest.mark.parametrize("column", CONSEQUENCE)
def test_a_consequence_of_an_office_is_held_by_value(toy, tmp_path, column):
    row = {
        **dict.fromkeys(read_header("consequence", toy), ""),
        **{"code": "own", "kind": "guidance", "layers": "*", "relation": "overlap"},
        **{"project_type": "*", "text_vi": "a", "text_en": "b"},
    }
    if column == "max_distance_m":
        row["relation"] = "within_band"
    value, expected = CONSEQUENCE[column]
    row[column] = value
    write_rows(tmp_path, "consequence", ",".join(row), ",".join(row.values()))
    region = read_region(toy.folders[0], catalogue=[tmp_path])
    with pytest.raises(CatalogueError) as refused:
        build_index(read_plan(region=region))
    told = refused.value.message("en")
    assert str(tmp_path) in told and f"row 'own', column {column}: expected {expected}" in told
    assert f'found "{value}"' in told
    asked = ["--region", toy.folders[0], "--catalogue", tmp_path, "--lang", "en", "--json"]
    rows = json.loads(run("doctor", *asked, code=1).stdout)["rows"]
    (row,) = (row for row in rows if row["check"] == "catalogue")
    assert row["status"] == "missing" and f"column {column}: expected" in row["found"]


@pytest.mark.parametrize("column", RELATION)
def test_a_relation_of_an_office_is_held_by_value(toy, tmp_path, column):
    row = {
        **dict.fromkeys(read_header("relation", toy), ""),
        **{"code": "own", "layer": "toy_road", "relation": "touches", "other": "commune"},
        **{"field": "commune_codes", "distance_m": "0", "basis": "default", "vi": "a", "en": "b"},
    }
    value, expected = RELATION[column]
    row[column] = value
    write_rows(tmp_path, "relation", ",".join(row), ",".join(row.values()))
    with pytest.raises(CatalogueError) as refused:
        read_relations(region=read_region(toy.folders[0], catalogue=[tmp_path]))
    told = refused.value.message("en")
    assert str(tmp_path) in told and f"row 'own', column {column}: expected {expected}" in told


def test_a_consequence_of_every_layer_speaks_of_a_new_one(toy, tmp_path):
    restricts = {name: layer.restricts for name, layer in read_catalogue(toy).items()}
    row = dict.fromkeys(read_header("consequence", toy), "")
    row |= {"code": "own", "kind": "guidance", "layers": "*", "relation": "overlap"}
    row |= {"project_type": "*", "text_vi": "a", "text_en": "b"}
    write_rows(tmp_path, "consequence", ",".join(row), ",".join(row.values()))
    region = read_region(toy.folders[0], catalogue=[tmp_path])
    (own,) = (r for r in read_consequences(region, restricts) if r["code"] == "own")
    assert own["layers"] == "nature_reserve"
    more = {**restricts, "cemetery": True, "lake": False}
    (own,) = (r for r in read_consequences(region, more) if r["code"] == "own")
    assert own["layers"] == "cemetery; nature_reserve"


def test_no_clause_is_given_to_a_rule_that_is_the_office_s_own(toy, tmp_path):
    row = {
        **dict.fromkeys(read_header("relation", toy), ""),
        **{"code": "own", "layer": "nature_reserve", "relation": "touches", "other": "commune"},
        **{"codes": "90004", "distance_m": "0", "vi": "gần xã Tư", "en": "is near T4"},
    }
    for basis, told in (("default", "no text read states"), ("geometry", "(7/I)")):
        row["basis"] = basis
        write_rows(tmp_path / basis, "relation", ",".join(row), ",".join(row.values()))
        region = read_region(toy.folders[0], catalogue=[tmp_path / basis])
        issues = check_between(read_plan(region=region).layers, region=region)
        said = [describe_issue(issue, "en", region=region)["message"] for issue in issues]
        (message,) = (text for text in said if "is near T4" in text)
        assert told in message


# ---- registers are held by value, whoever writes them

CELLS = {
    "lon in words": ("protected_area", "lon", "abc", "a number from -180 to 180"),
    "lon beyond": ("protected_area", "lon", "500", "a number from -180 to 180"),
    "lon not a number": ("protected_area", "lon", "nan", "a number from -180 to 180"),
    "area below 0": ("protected_area", "area_ha", "-10", "a number of 0 or more"),
    "accuracy without end": ("protected_area", "accuracy_m", "inf", "a number of 0 or more"),
    "accuracy as a formula": ("commune", "accuracy_m", "=1+1", "a number of 0 or more"),
    "no code": ("commune", "commune_code", " ", "a code or a name, not empty"),
    "no day": ("instrument", "effective", "1/7/2026", "a day as year-month-day"),
    "a day that is none": ("instrument", "issued", "2026-02-30", "a day as year-month-day"),
}


def with_cell(folder: Path, register: str, column: str, value: str) -> None:
    """Put a value into the first row of a register."""
    path = folder / "data" / f"{register}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    rows[1][rows[0].index(column)] = value
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


@pytest.mark.parametrize(("register", "column", "value", "expected"), CELLS.values(), ids=CELLS)
def test_a_cell_of_a_register_is_held_by_value(toy, tmp_path, register, column, value, expected):
    folder = tmp_path / "toy"
    shutil.copytree(toy.folders[0], folder)
    with_cell(folder, register, column, value)
    with pytest.raises(CatalogueError) as refused:
        read_rows(register, read_region(folder))
    told = refused.value.message("en")
    assert f"{register}.csv" in told and f"column {column}: expected {expected}" in told
    done = run("check-site", as_wkt(INSIDE), "--region", folder, "--cache", tmp_path / "c", code=2)
    assert f"{register}.csv" in done.output and "không lường trước" not in done.output


HEADERS = {
    "a mark of Excel": (lambda text: "\ufeff" + text, None),
    "ends of lines of Windows": (lambda text: text.replace("\n", "\r\n"), None),
    "semicolons": (lambda text: text.replace(",", ";"), "expected the columns"),
    "nothing": (lambda text: "", "expected the columns"),
    "a column twice": (lambda text: text.replace("name_en", "name_vi", 1), "expected the columns"),
    "a blank before a name": (lambda text: text.replace(",name_en", ", name_en", 1), "columns"),
    "a column too few": (lambda text: re.sub(r",[^,\n]*$", "", text, flags=re.M), "columns"),
}


@pytest.mark.parametrize(("write", "match"), HEADERS.values(), ids=HEADERS)
def test_a_register_has_its_own_columns(toy, tmp_path, write, match):
    folder = tmp_path / "toy"
    shutil.copytree(toy.folders[0], folder)
    path = folder / "data" / "protected_area.csv"
    text = path.read_text(encoding="utf-8")
    path.write_bytes(write(text).encode("utf-8"))
    region = read_region(folder)
    if match is None:
        assert read_rows("protected_area", region) == read_rows("protected_area", toy)
        return
    with pytest.raises(CatalogueError, match=match):
        read_rows("protected_area", region)


def test_hidden_files_say_nothing(toy, tmp_path):
    folder = tmp_path / "toy"
    shutil.copytree(toy.folders[0], folder)
    (folder / "data" / "._commune.csv").write_bytes(b"\x00\x05\x16\x07")
    (folder / "layers" / "._commune.toml").write_bytes(b"\x00\x05\x16\x07")
    (folder / "layers" / ".#commune.toml").write_text("locked", encoding="utf-8")
    region = read_region(folder)
    assert list(read_catalogue(region)) == list(read_catalogue(toy))
    assert region.registers() == toy.registers()


MADE = {
    "a zoning that is none": ("nature_reserve", 'from = "circle"', 'from = "compose"', "zoning"),
    "a register without places": (
        "nature_reserve",
        'register = "protected_area"',
        'register = "province"',
        "build.register: expected a column of province.csv",
    ),
}


@pytest.mark.parametrize(("layer", "old", "new", "match"), MADE.values(), ids=MADE)
def test_a_way_of_making_geometry_needs_its_register(toy, tmp_path, layer, old, new, match):
    folder = tmp_path / "toy"
    shutil.copytree(toy.folders[0], folder)
    path = folder / "layers" / f"{layer}.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    if new.endswith('province"'):
        header = ",".join(c for c in read_header("province", toy))
        assert "lon" not in header.split(",")
    with pytest.raises(CatalogueError, match=match):
        read_catalogue(read_region(folder))


def test_corridors_do_not_go_round(toy, tmp_path):
    folder = tmp_path / "toy"
    shutil.copytree(toy.folders[0], folder)
    text = (folder / "layers" / "toy_road.toml").read_text(encoding="utf-8")
    start = text[: text.index("[build]")].replace('"LineString"', '"Polygon"')
    for name, other in (("aa", "bb"), ("bb", "aa")):
        own = start.replace('name = "toy_road"', f'name = "{name}"')
        own += f'[build]\nfrom = "corridor"\nlayer = "{other}"\nhalf_width_m = 5\n'
        (folder / "layers" / f"{name}.toml").write_text(own, encoding="utf-8")
    with pytest.raises(CatalogueError, match="a layer of lines that is no corridor"):
        read_catalogue(read_region(folder))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("[108.6,", '["108.6",', "box\\[0\\]: expected a number", id="box in words"),
        pytest.param("decision_7 =", '"../x" =', "a name of lower-case", id="rule as a path"),
        pytest.param('code = "toy"', 'code = "toy"\nshared = ["../x"]', "shared", id="shared path"),
    ],
)
def test_names_and_numbers_of_a_region_are_plain(tmp_path, old, new, expected):
    text = toy_region.REGION + toy_region.RULES
    assert text.count(old) == 1
    (tmp_path / "data").mkdir()
    (tmp_path / FILE).write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(CatalogueError, match=expected):
        read_region(tmp_path)


def test_a_code_of_an_operation_that_is_none_is_refused(tmp_path):
    (tmp_path / "data").mkdir()
    text = "\ufeff" + toy_region.REGION.replace("EPSG:6960", "EPSG:6959")
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(CrsError, match="expected the datum operation"):
        datum_operation(read_region(tmp_path))
