"""Plans that say what cannot be: refused by name, never read in silence as something else."""

import csv
import math
import shutil
from dataclasses import replace
from datetime import date

import geopandas as gpd
import pytest
import shapely
import toy_region
from click.testing import CliRunner
from hypothesis import example, given
from hypothesis.strategies import floats, one_of, text
from test_check_elsewhere import site_in
from toy_region import CRS, EAST, NORTH

from lsgis.catalogue import require_layer
from lsgis.catalogue.layer import QUALITIES
from lsgis.catalogue.register import read_header, read_rows
from lsgis.cli.app import main
from lsgis.errors import CatalogueError, CrsError, LayerError, SiteError
from lsgis.region import read_region
from lsgis.sitecheck import build_index, check_site, to_json
from lsgis.sitecheck.build import plain
from lsgis.source import is_schematic, read_plan
from lsgis.source.embedded import as_numbers, complete, require_stated
from lsgis.source.plan import settle_own

pytestmark = pytest.mark.usefixtures("only_named_regions")
ON = date(2026, 11, 22)


@pytest.fixture
def folder(toy, tmp_path):
    """A toy region of one's own, to spoil."""
    return shutil.copytree(toy.folders[0], tmp_path / "toy")


def spoil(folder, name, **cells):
    """Write other cells into the first row of a register, and read the region again."""
    region = read_region(folder)
    rows = [dict(row) for row in read_rows(name, region)]
    rows[0] |= cells
    write_rows(folder, name, rows)
    return read_region(folder)


def write_rows(folder, name, rows):
    header = read_header(name, read_region(folder))
    with (folder / "data" / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def rewrite(folder, file, old, new):
    path = folder / file
    said = path.read_text(encoding="utf-8")
    assert old in said
    path.write_text(said.replace(old, new), encoding="utf-8", newline="\n")
    return read_region(folder)


def measured_in(folder, crs):
    for path in folder.glob("layers/*.toml"):
        rewrite(folder, path, CRS, crs)
    return rewrite_crs(folder, crs)


def rewrite_crs(folder, crs):
    return rewrite(folder, "data/region.toml", CRS, crs)


def reserve(**cells):
    """A reserve of one's own, as a user's file has it: a square around the toy's middle."""
    east, north = toy_region.middle()
    square = shapely.box(east - 3000, north - 3000, east + 3000, north + 3000)
    rows = {"code": ["R-9"], "name_vi": ["Rừng riêng"]} | {name: [v] for name, v in cells.items()}
    return gpd.GeoDataFrame(rows, geometry=[square], crs=CRS)


def read_own(region, tmp_path, frame, name="nature_reserve"):
    (tmp_path / "own").mkdir(exist_ok=True)
    frame.to_file(tmp_path / "own" / f"{name}.gpkg")
    return read_plan(plan=tmp_path / "own", region=region)


# ---- what a feature says of its own place


@pytest.mark.parametrize(
    ("quality", "said"),
    [
        pytest.param("Schematic", "quality is 'Schematic', expected one of", id="a capital"),
        pytest.param("schematic ", "quality is 'schematic ', expected one of", id="a space"),
        pytest.param("sơ đồ", "quality is 'sơ đồ', expected one of", id="another language"),
        pytest.param("none", "quality is 'none'.*has a geometry", id="none, and drawn"),
    ],
)
def test_a_quality_that_is_none_is_refused_by_name(toy, tmp_path, quality, said):
    frame = reserve(quality=quality, accuracy_m=5.0)
    with pytest.raises(LayerError, match=rf"(?s)nature_reserve .*\.gpkg.*R-9: {said}") as refused:
        read_own(toy, tmp_path, frame)
    assert quality in refused.value.message("vi")


@pytest.mark.parametrize("quality", ["Schematic", "sơ đồ", "nan"])
@pytest.mark.parametrize("register", ["protected_area", "province", "transport_line"])
def test_a_quality_of_a_register_that_is_none_is_refused(folder, register, quality):
    region = spoil(folder, register, quality=quality)
    with pytest.raises(LayerError, match=rf"(?s){register}\.csv.*quality is '{quality}'"):
        read_plan(region=region)


def test_what_nobody_located_is_not_drawn_in_a_register_either(folder):
    region = spoil(folder, "protected_area", quality="none")
    with pytest.raises(LayerError, match=r"(?s)protected_area\.csv.*R-1: .*has a geometry"):
        read_plan(region=region)


@given(quality=text())
@example("Authoritative")
@example("none")
@example(" ")
def test_a_quality_is_a_word_known_or_nothing_or_refused(toy, quality):
    layer, frame = require_layer("nature_reserve", toy), reserve(quality=quality, accuracy_m=5.0)
    if quality in QUALITIES and quality != "none":
        expected = quality
    elif not quality.strip():
        expected = "indicative"
    else:
        with pytest.raises(LayerError, match="R-9: quality is"):
            settle_own(layer, frame, path="own.gpkg")
        return
    own = settle_own(layer, frame, path="own.gpkg")
    assert (own["quality"].item(), own["accuracy_m"].item()) == (expected, 5.0)


def test_all_features_that_are_wrong_are_told_at_once(toy):
    rows = {"code": ["a", "b", "c"], "quality": ["good", "indicative", 3]}
    rows |= {"accuracy_m": [1.0, -2.0, 3.0]}
    frame = gpd.GeoDataFrame(rows, geometry=[shapely.Point(EAST, NORTH)] * 3, crs=CRS)
    with pytest.raises(LayerError) as refused:
        require_stated(frame, require_layer("nature_reserve", toy), "x.gpkg")
    lines = str(refused.value).splitlines()[1:]
    assert [line.strip().split(",")[0] for line in lines] == [
        "a: quality is 'good'",
        "b: accuracy_m is -2",
        "c: quality is 3",
    ]


def test_a_feature_without_quality_keeps_the_accuracy_it_states(toy):
    layer, frame = require_layer("nature_reserve", toy), reserve(quality="", accuracy_m=7.0)
    both = complete(frame, layer)
    assert (both["quality"].item(), both["accuracy_m"].item()) == (layer.quality, 7.0)
    neither = complete(frame.drop(columns="accuracy_m"), layer)
    assert neither["accuracy_m"].item() == layer.accuracy_m


def test_own_communes_say_how_sure_they_are(toy, tmp_path):
    communes = read_plan(region=toy).units[["commune_code", "geometry"]]
    plan = read_own(toy, tmp_path, communes, "commune")
    assert not is_schematic(plan) and plan.units["accuracy_m"].isna().all()
    drawn = communes.assign(quality="schematic", accuracy_m=900.0)
    plan = read_own(toy, tmp_path, drawn, "commune")
    assert is_schematic(plan) and set(plan.units["accuracy_m"]) == {900.0}
    assert plan.units["name_vi"].tolist() == [*toy_region.NAMES.values()]
    with pytest.raises(LayerError, match="quality is 'Schematic'"):
        read_own(toy, tmp_path, drawn.assign(quality="Schematic"), "commune")


@given(metres=one_of(floats(), floats().map(str), text()))
@example(math.inf)
@example("-50")
@example("inf")
def test_an_accuracy_is_metres_or_unknown_or_refused(toy, metres):
    layer, frame = require_layer("nature_reserve", toy), reserve(accuracy_m=metres)
    number = as_numbers(frame["accuracy_m"]).item()
    if number < 0 or math.isinf(number):
        with pytest.raises(LayerError, match=r"own\.gpkg.*\n.*R-9: accuracy_m is"):
            settle_own(layer, frame, path="own.gpkg")
        return
    found = settle_own(layer, frame, path="own.gpkg")["accuracy_m"].item()
    assert math.isnan(found) if math.isnan(number) else found == number >= 0


@pytest.mark.parametrize("accuracy", [math.inf, -math.inf, -50.0, "-50"])
def test_a_file_whose_accuracy_is_no_length_is_refused(toy, tmp_path, accuracy):
    with pytest.raises(
        LayerError, match=r"(?s)nature_reserve\.gpkg.*R-9: accuracy_m is -?(50|inf)"
    ):
        read_own(toy, tmp_path, reserve(accuracy_m=accuracy))


@pytest.mark.parametrize("cell", [True, date(2026, 1, 1), "about 50 m", None])
def test_what_is_no_number_is_unknown(toy, cell):
    layer = require_layer("nature_reserve", toy)
    frame = reserve(code="R-9").assign(accuracy_m=[cell], area_ha=[math.inf])
    own = settle_own(layer, frame, path="own.gpkg")
    assert own[["accuracy_m", "area_ha"]].isna().all(axis=None)


def test_an_infinite_number_of_a_column_of_ones_own_ends_no_check(toy, tmp_path):
    plan = read_own(toy, tmp_path, reserve(height=math.inf, quality="schematic", accuracy_m=5.0))
    report = check_site(site_in(toy), build_index(plan), on=ON)
    assert [theme.state for theme in report.themes] == ["likely"] and to_json(report)
    assert (plain(math.inf), plain(-math.inf), plain(math.nan)) == ("inf", "-inf", None)


@pytest.mark.parametrize("cells", [{"quality": "Schematic"}, {"accuracy_m": -1.0}])
def test_a_plan_made_by_hand_is_held_to_the_same(toy, cells):
    plan = read_plan(region=toy)
    frame = plan.layers["nature_reserve"].assign(**cells)
    wrong = replace(plan, layers={**plan.layers, "nature_reserve": frame})
    with pytest.raises(LayerError, match=r'Plan\.layers\["nature_reserve"\].*\n.*R-1: '):
        build_index(wrong)


# ---- a region whose parts do not fit


def test_a_region_in_which_nothing_restricts_is_refused(folder):
    region = rewrite(folder, "layers/nature_reserve.toml", "restricts = true", "restricts = false")
    plan = read_plan(region=region)
    with pytest.raises(CatalogueError, match=r"the toy region: no layer.*set it in the files"):
        build_index(plan)


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:32648"])
@pytest.mark.parametrize("layers_too", [True, False])
def test_a_region_in_another_system_is_told_of_its_own_file(folder, crs, layers_too):
    spoil = measured_in if layers_too else rewrite_crs
    with pytest.raises(CrsError, match=rf"{crs}.*region\.toml"):
        read_plan(region=spoil(folder, crs))


def test_a_region_outside_its_box_is_refused(folder):
    region = rewrite(folder, "data/region.toml", "108.6, 13.4, 109.1, 13.9", "106, 21, 107, 22")
    with pytest.raises(
        CatalogueError, match=r"region\.toml.*box \[106, 21, 107, 22\].*\[108\."
    ) as e:
        read_plan(region=region)
    west, south, east, north = (float(n) for n in e.value.values["found"].split(", "))
    assert 108.6 < west < east < 109.1 and 13.4 < south < north < 13.9


def test_a_box_that_holds_part_of_the_region_is_left_alone(folder):
    region = rewrite(folder, "data/region.toml", "109.1, 13.9", "108.85, 13.9")
    assert len(read_plan(region=region).units) == 4


@pytest.mark.parametrize("layer", ["nature_reserv", "environmental_zone"])
def test_a_part_of_a_layer_that_is_none_is_refused(folder, layer):
    region = spoil(folder, "environmental_part", layer=layer)
    said = (
        rf"environmental_part\.csv.*\n.*row 'nature_reserve', column layer.*nature_reserve.*{layer}"
    )
    with pytest.raises(CatalogueError, match=said):
        read_plan(region=region)


@pytest.mark.parametrize("count", [0, 2])
def test_an_outline_is_one_row(folder, count):
    row = dict(read_rows("province", read_region(folder))[0])
    write_rows(folder, "province", [{**row, "code": f"toy{n}"} for n in range(count)])
    with pytest.raises(CatalogueError, match=rf"toy_province.*province\.csv, found {count}"):
        read_plan(region=read_region(folder))


@pytest.mark.parametrize("code", ["nan", "1;2", "90009"])
def test_an_outline_is_made_of_all_units(folder, code):
    region = spoil(folder, "commune", commune_code=code)
    with pytest.raises(CatalogueError, match=rf'toy_province.*commune.*"{code}".*commune\.csv'):
        read_plan(region=region)


def test_an_outline_of_own_communes_is_made_of_all_of_them(toy, tmp_path):
    communes = read_plan(region=toy).units[["commune_code", "geometry"]]
    with pytest.raises(CatalogueError, match=r'toy_province.*"90001".*draw them'):
        read_own(toy, tmp_path, communes.iloc[1:], "commune")


# ---- what cannot stand in a report


def test_a_register_that_cannot_stand_in_a_report_is_named(folder):
    region = read_region(folder)
    index = build_index(read_plan(region=region))
    clauses = [{**row, "read": "junk"} for row in index.registers["clause"]]
    index = replace(index, registers={**index.registers, "clause": clauses})
    with pytest.raises(SiteError, match=r'/clauses/0/read: expected .*"junk"') as refused:
        check_site(site_in(region), index, on=ON)
    assert refused.value.code == "sitecheck.no-such-value"
    for lang, dossier in (("en", "JSON file"), ("vi", "tệp JSON")):
        assert dossier not in refused.value.message(lang)


def test_a_dossier_of_another_region_is_told_to_name_its_own(toy, folder, tmp_path):
    report = check_site(site_in(toy), build_index(read_plan(region=toy)), on=ON)
    (tmp_path / "toy.json").write_bytes(to_json(report))
    measured_in(folder, "EPSG:9218")
    asked = ["verify", tmp_path / "toy.json", "--region", folder, "--cache", tmp_path]
    said = CliRunner().invoke(main, [str(word) for word in asked], env={"LSGIS_LANG": "en"})
    assert said.exit_code == 2 and "take site and plan of one region: --region DIR" in said.output
