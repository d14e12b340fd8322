"""No command needs a column that its help does not name, in either language."""

import re

import geopandas as gpd
import pytest
from click.testing import CliRunner
from shapely.geometry import box
from toy import VN2000

from lsgis.catalogue import read_catalogue
from lsgis.cli import main
from lsgis.text import LANGUAGES, read_texts

BARE = [
    ["join-facts", "bare.gpkg", "--facts", "bare.csv"],
    ["join-facts", "industrial_park", "--facts", "bare.csv", "--on", "code"],
    ["join-places", "bare.gpkg"],
    ["clip-to", "bare.gpkg", "--within", "bare.gpkg"],
    ["overlay-zones", "bare.gpkg", "bare.gpkg"],
    ["check-layer", "bare.gpkg", "--as", "commune", "--repair", "mended.gpkg"],
    ["import-layer", "bare.gpkg", "--as", "wetland", "--out", "out.gpkg"],
    ["crosswalk-table", "bare.csv"],
    ["crosswalk-table", "bare.csv", "--code", "foo", "--shares", "bare.csv"],
    ["check-site", "bare.csv", "--crs", "EPSG:9215"],
    ["check-site", "106.76,21.85", "--disputes", "bare.csv"],
    ["check-sites", "bare.csv", "--out", "verdicts"],
    ["check-plan", "--accepted", "bare.csv"],
    ["check-plan", "--profile", "bare.csv"],
    ["list-layers", "--communes", "bare.gpkg"],
    ["publish", "site", "--communes", "bare.gpkg"],
]
OWN = {"foo", "bar"}  # what the files have


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    home = tmp_path_factory.mktemp("bare")
    (home / "bare.csv").write_text("foo,bar\n1,2\n", encoding="utf-8")
    shape = box(430000, 2400000, 431000, 2401000)
    gpd.GeoDataFrame({"foo": [1]}, geometry=[shape], crs=VN2000).to_file(home / "bare.gpkg")
    return home


def columns_in(said):
    """Names of columns in a Vietnamese text: words of it without a mark that we give columns."""
    known = {code.partition(".")[2] for code in read_texts() if code.startswith("column.")}
    known |= {field.name for layer in read_catalogue().values() for field in layer.fields}
    known |= {"row_id", "reason", "by", "on", "layer", "key", "unit", "share", "source", "rule"}
    known |= {"site", "lon", "lat", "x", "y", "crs", "type", "as", "declared_commune"}
    return {
        word
        for word in re.findall(r"(?<![\w.-])[A-Za-z][a-z0-9_]*(?!\w|[.-]\w)", said)
        if word.lower() in known
    }


@pytest.mark.parametrize("command", BARE, ids=lambda command: " ".join(command))
def test_each_column_a_refusal_names_stands_in_the_help(command, folder, monkeypatch):
    monkeypatch.chdir(folder)
    result = CliRunner().invoke(main, [*command, "--lang", "vi"])
    said = re.sub(r"(hiện chỉ có|hiện có|bảng có): [^;]*", "", result.stderr)
    wanted = columns_in(said) - OWN if result.exit_code == 2 else set()
    for lang in LANGUAGES:
        helped = CliRunner().invoke(main, [command[0], "--help", "--lang", lang]).output
        named = {word.lower() for word in [*re.findall(r"\w+", helped), *command]}
        assert {word.lower() for word in wanted} <= named, (lang, wanted, said)


def test_the_refusals_are_seen_to_name_columns(folder, monkeypatch):
    """The law above is not empty: it finds what the refusals say."""
    monkeypatch.chdir(folder)
    found = {}
    for name, more in {
        "check-plan": ["--accepted", "bare.csv"],
        "check-site": ["106.76,21.85", "--disputes", "bare.csv"],
        "list-layers": ["--communes", "bare.gpkg"],
        "join-facts": ["bare.gpkg", "--facts", "bare.csv"],
    }.items():
        found[name] = columns_in(CliRunner().invoke(main, [name, *more]).stderr)
    assert found["check-plan"] >= {"row_id", "reason", "by", "on"}
    assert found["check-site"] >= {"layer", "key", "reason"}
    assert "commune_code" in found["list-layers"] and "commune_code" in found["join-facts"]


def test_a_file_without_declared_communes_is_placed_and_undeclared(folder, monkeypatch):
    monkeypatch.chdir(folder)
    result = CliRunner().invoke(main, ["join-places", "bare.gpkg", "--json"])
    assert result.exit_code == 0, result.output
    assert '"place_status": "undeclared"' in result.stdout
