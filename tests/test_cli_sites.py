"""Site commands: one document, honest exit codes, dossiers that compute again, nothing partial."""

import csv
import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from lsgis.catalogue import read_catalogue
from lsgis.cli import main
from lsgis.text import say

SITE = "POLYGON ((449050 2417050, 449250 2417050, 449250 2417200, 449050 2417200, 449050 2417050))"
ASKED = ("--crs", "EPSG:9215", "--accuracy", "0.5", "--on", "2026-11-22")


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def run(cache):
    def invoke(command, *arguments):
        given = [command, *map(str, arguments), "--cache", str(cache)]
        return CliRunner().invoke(main, given)

    return invoke


def test_one_site_one_document(run):
    result = run("check-site", SITE, *ASKED, "--json")
    assert result.exit_code == 1, result.output
    document = json.loads(result.output)
    restricting = [name for name, layer in read_catalogue().items() if layer.restricts]
    assert [theme["layer"] for theme in document["themes"]] == restricting
    states = {theme["layer"]: theme["state"] for theme in document["themes"]}
    assert states["urban_inner"] == "likely"  # schematic wards never give more
    assert states["wetland"] == "no_data"
    assert document["site"]["area_m2"] == pytest.approx(30_000)
    assert result.output == run("check-site", SITE, *ASKED, "--json").output


def test_people_read_it_in_their_language(run):
    vi, en = run("check-site", SITE, *ASKED), run("check-site", SITE, *ASKED, "--lang", "en")
    assert "Nhiều khả năng chịu ảnh hưởng" in vi.output
    assert "Likely affected" in en.output and "No data" in en.output


def test_another_day_and_another_type_are_another_answer(run):
    one = json.loads(run("check-site", SITE, *ASKED, "--json").output)
    before = [*ASKED[:-1], "2025-01-01"]
    other = json.loads(run("check-site", SITE, *before, "--json").output)
    assert one["id"] != other["id"]
    status = {clause["id"]: clause["status"] for clause in other["clauses"]}
    assert status["339/IX.1.a"] == "not_yet"
    typed = json.loads(run("check-site", SITE, *ASKED, "--type", "industrial", "--json").output)
    assert typed["type"] == "industrial" and typed["id"] != one["id"]


def test_a_dossier_computes_again_and_a_changed_one_is_told(run, tmp_path):
    out = tmp_path / "dossier"
    result = run("check-site", SITE, *ASKED, "--out", out, "--formats", "html,json")
    assert result.exit_code == 1, result.output
    assert run("verify", out).exit_code == 0
    path = next(out.glob("*.json"))
    document = json.loads(path.read_text(encoding="utf-8"))
    document["themes"][-1]["state"] = "not_affected"
    path.write_text(json.dumps(document), encoding="utf-8")
    result = run("verify", path, "--json")
    assert result.exit_code == 1
    assert json.loads(result.output)["differences"]


def test_many_sites_go_on_where_they_stopped(run, tmp_path):
    table = tmp_path / "sites.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerows([["name", "wkt"], ["=1+1", SITE], ["bad", "POLYGON ((1 1"], ["b", SITE]])
    first = run("check-sites", table, *ASKED, "--out", tmp_path / "out", "--json")
    assert first.exit_code == 1, first.output
    told = json.loads(first.output)
    assert (told["checked"], told["failed"], told["resumed"]) == (2, 1, 0)
    again = json.loads(
        run("check-sites", table, *ASKED, "--out", tmp_path / "out", "--json").output
    )
    assert again["resumed"] == 3
    assert again["rows"] == told["rows"]


@pytest.mark.parametrize(
    ("site", "match"),
    [
        pytest.param("nowhere.gpkg", "nowhere.gpkg", id="no file"),
        pytest.param("21.85,106.76", "lon", id="swapped"),
        pytest.param(SITE.replace("POLYGON", "POLYGO"), "WKT", id="no WKT"),
        pytest.param("POLYGON ((0 0, 10 10, 10 0, 0 10, 0 0))", "", id="self-crossing and far off"),
        pytest.param("108.5,21.5", "", id="outside the province"),
    ],
)
def test_a_site_that_cannot_be_is_refused(run, tmp_path, site, match):
    out = tmp_path / "dossier"
    crs = () if "," in site[:14] or site.endswith("gpkg") else ASKED[:2]
    result = run("check-site", site, *crs, "--out", out, "--lang", "en")
    assert result.exit_code == 2, result.output
    assert match in result.stderr
    assert "Traceback" not in result.output and not out.exists()


def test_an_unknown_type_is_refused(run):
    result = run("check-site", SITE, *ASKED, "--type", "spaceport", "--lang", "en")
    assert result.exit_code == 2
    assert "industrial" in result.stderr


def test_a_quick_check_imports_no_frames(cache):
    heavy = "pandas", "geopandas", "pyogrio", "fiona", "folium", "rasterio", "pooch"
    arguments = ["check-site", "106.760000,21.850000", "--json", "--cache", str(cache)]
    code = (
        f"import sys\nfrom lsgis.cli import main\ntry:\n    main({arguments!r})\n"
        f"except SystemExit:\n    pass\n"
        f"print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)"
    )
    for _ in range(2):  # the first run may build the index
        made = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
    assert made.stderr.strip() == "[]"
    json.loads(made.stdout)


def test_formats_are_chosen_and_an_unknown_one_is_refused(run, tmp_path, monkeypatch):
    """A format of one row is written by the command like the others."""
    from lsgis.report.dossier import FORMATS, Format

    def write_text(content, path):
        path.write_text(content.dossier.id, encoding="utf-8")

    monkeypatch.setitem(FORMATS, "txt", Format(write_text, spoken=False))
    out = tmp_path / "dossier"
    result = run("check-site", SITE, *ASKED, "--out", out, "--formats", "txt,json")
    assert result.exit_code == 1, result.output
    document = json.loads(next(out.glob("*.json")).read_text(encoding="utf-8"))
    assert next(out.glob("*.txt")).read_text(encoding="utf-8") == document["id"]
    refused = run("check-site", SITE, *ASKED, "--out", tmp_path / "x", "--formats", "odt")
    assert refused.exit_code == 2
    assert "odt" in refused.stderr and ", ".join(FORMATS) in refused.stderr
    assert not (tmp_path / "x").exists()


def test_a_minimum_is_set_by_layer_and_computed_again(run, tmp_path):
    out = tmp_path / "dossier"
    given = ("--min-area", "urban_inner=40000", "--min-length", "urban_inner=5")
    result = run("check-site", SITE, *ASKED, *given, "--out", out, "--formats", "json")
    assert result.exit_code == 1, result.output
    (path,) = out.glob("*.json")
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document["thresholds"]["set_min_area_m2"] == {"urban_inner": 40_000.0}
    assert document["thresholds"]["set_min_length_m"] == {"urban_inner": 5.0}
    (theme,) = [t for t in document["themes"] if t["layer"] == "urban_inner"]
    assert theme["state_unset"] == "likely" and theme["state"] in ("possible", "below_threshold")
    assert "Ngưỡng do người dùng đặt" in result.output
    assert run("verify", out).exit_code == 0


@pytest.mark.parametrize("wrong", ["urban_inner", "urban_inner=", "urban_inner=x", "nowhere=1"])
def test_what_is_no_minimum_is_wrong_usage(run, wrong):
    result = run("check-site", SITE, *ASKED, "--min-area", wrong)
    assert result.exit_code == 2, result.output
    assert wrong.partition("=")[0] in result.output


@pytest.mark.parametrize("command", ["check-site", "check-sites"])
@pytest.mark.parametrize("option", ["--min-area", "--min-length"])
def test_two_minima_of_one_layer_are_wrong_usage(run, tmp_path, command, option):
    """Neither the last nor the first wins, whatever they are; two layers are two minima."""
    twice = (option, "wetland=1", option, "urban_inner=2", option, "wetland=1")
    more = ("--out", tmp_path / "out") if command == "check-sites" else ()
    result = run(command, SITE, "--on", "2026-11-22", *more, *twice)
    assert result.exit_code == 2 and "'wetland'" in result.output and option in result.output


@pytest.mark.parametrize("blank", ["", " ", ";", " ; "])
def test_a_commune_without_a_name_is_wrong_usage(run, blank):
    result = run("check-site", SITE, *ASKED, "--declared-commune", blank)
    assert result.exit_code == 2 and "--declared-commune" in result.output


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_terminal_tells_what_a_minimum_or_a_word_changed(run, tmp_path, lang):
    table = tmp_path / "sites.csv"
    table.write_text(f'name,site,crs,accuracy_m\nA,"{SITE}",EPSG:9215,0.5\n', encoding="utf-8")
    asked = ("--out", tmp_path / "out", "--on", "2026-11-22", "--lang", lang)
    told = run("check-sites", table, *asked, "--min-area", "urban_inner=40000").output
    written = {"vi": "40.000 m²", "en": "40,000 m²"}[lang]
    assert written in told and say("cli.sites-cautious", lang, count=1) in told
    assert written not in run("check-sites", table, *asked).output
    states = json.loads(run("check-site", SITE, *ASKED, "--json").output)["themes"]
    open_ = next(t for t in states if t["state"] == "incomplete")
    told = run("check-sites", table, *asked, "--complete", open_["layer"]).output
    words = {"vi": "theo lời người yêu cầu", "en": "on the word of whoever asked"}[lang]
    title = open_["title"][lang]
    assert any(words in line and title in line for line in told.splitlines())
