"""Commands: one for each job, exit codes as documented, one JSON document, no traceback."""

import json
import os
import re
import subprocess
import sys
import unicodedata
from dataclasses import fields, is_dataclass

import click
import geopandas as gpd
import pyogrio
import pytest
from click.testing import CliRunner
from shapely.geometry import Point, box
from toy import VN2000

import lsgis
from lsgis.cli import main, options
from lsgis.cli.commands import COMMANDS, NAMES
from lsgis.text import read_texts


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def parks(tmp_path):
    """Two squares in the province; the first says it lies in a commune far away."""
    frame = gpd.GeoDataFrame(
        {"code": ["A", "B"], "commune_codes": ["06001", ""]},
        geometry=[box(430000, 2400000, 431000, 2401000), box(440000, 2400000, 441000, 2401000)],
        crs=VN2000,
    )
    path = tmp_path / "parks.gpkg"
    frame.to_file(path)
    return path


def test_commands_and_functions_bear_one_name():
    assert {name.replace("-", "_") for name in COMMANDS} == set(lsgis.JOBS)
    for job in lsgis.JOBS:
        assert callable(getattr(lsgis, job))
    context = click.Context(main)
    for name, primary in NAMES.items():
        assert main.get_command(context, name).name == primary
    assert len(NAMES) == len(COMMANDS) + sum(len(row.aliases) for row in COMMANDS.values())


@pytest.mark.parametrize("name", ["import", "template", "crosswalk"])
def test_a_shorter_name_is_the_same_command(name):
    short, whole = run(name, "--help"), run(NAMES[name], "--help")
    assert short.exit_code == 0 and f" {NAMES[name]} [" in short.output
    assert short.output == whole.output


# what click says of itself, and the labels of its help
ENGLISH = re.compile(
    r"Usage|Options|OPTIONS|ARGS|Commands?\b|COMMAND|Show this|Show the|default:|required|Error"
    r"|Try '|Invalid|Missing|No such|Example|Exit code"
    r"|\b(TEXT|FLOAT|PATH|INTEGER|BOOLEAN|FILE|DIR)\b"
    r"|\b(the|is|are|of|which|where|needs|requires|unexpected)\b"
)


@pytest.mark.parametrize("command", [(), *((name,) for name in NAMES)], ids=" ".join)
def test_help_speaks_both_languages(command):
    vi, en = run(*command, "--help"), run(*command, "--help", "--lang", "en")
    assert vi.exit_code == en.exit_code == 0
    assert not ENGLISH.search(vi.output), vi.output
    assert "Cách dùng: " in vi.output and "Tuỳ chọn:" in vi.output
    assert "Usage: " in en.output and "Options:" in en.output
    assert not re.search(r"\bhelp\.[a-z]", vi.output + en.output)  # no code in place of a text
    assert unicodedata.is_normalized("NFC", vi.output)
    if command:
        row = COMMANDS[NAMES[command[0]]]
        assert f"Ví dụ: {row.example}" in " ".join(vi.output.split())
        assert f"Example: {row.example}" in " ".join(en.output.split())
        assert row.example.split()[1] in (NAMES[command[0]], *row.aliases)
        assert "--lang" in vi.output and "--json" in vi.output
    else:
        assert all(name in vi.output and name in en.output for name in COMMANDS)
        assert "LSGIS_LANG" in vi.output and "LSGIS_LANG" in en.output


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_option_is_explained_in_both_languages(command):
    context = click.Context(main.get_command(click.Context(main), command))
    for param in context.command.params:
        if isinstance(param, click.Option):
            texts = read_texts()[param.help]
            assert texts["vi"] != texts["en"], param.help
            shown = run(command, "--help", "--lang", "vi").output
            assert param.opts[0] in shown
            assert " ".join(texts["vi"].split())[:20] in " ".join(shown.split())


WRONG = [
    pytest.param(["no-such"], "không có lệnh", "No such command", id="no such command"),
    pytest.param(["--no-such"], "không có tuỳ chọn", "No such option", id="program: option"),
    pytest.param(["doctor", "--no-such"], "không có tuỳ chọn", "No such option", id="option"),
    pytest.param(["doctor", "--jso"], "gần giống: --json", "near it: --json", id="nearly"),
    pytest.param(["doctor", "x"], "thừa tham số: x", "extra argument (x)", id="too much"),
    pytest.param(["doctor", "--cache"], "cần một giá trị", "requires an argument", id="value"),
    pytest.param(["doctor", "--json=1"], "không nhận giá trị", "does not take", id="no value"),
    pytest.param(["publish"], "thiếu tham số 'THƯ_MỤC'", "Missing argument 'OUT'", id="argument"),
    pytest.param(["clip-to", "x"], "thiếu tuỳ chọn '--within'", "Missing option", id="required"),
    pytest.param(["check-site", "x", "--accuracy", "1,5"], "'1,5' không phải là số",
                 "'1,5' is not a number", id="number"),
    pytest.param(["check-site", "x", "--on", "1/7/2026"], "'1/7/2026' không phải là ngày",
                 "'1/7/2026' is not a day", id="day"),
    pytest.param(["check-site", "x", "--rule", "340"], "“340”; có: 339, decree_08",
                 "'340'; there are: 339, decree_08", id="reading of the zones"),
    pytest.param(["check-site", "x", "--order", "xy"], "'xy' không thuộc: northing,easting",
                 "'xy' is not one of: northing,easting", id="choice"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "vi", "en"), WRONG)
def test_wrong_usage_is_refused_in_the_language_asked(arguments, vi, en):
    name, *rest = arguments
    told = {
        "vi": [run(*arguments), run("--lang", "vi", *arguments)],
        "en": [run("--lang", "en", *arguments)],
    }
    told["en"].append(CliRunner().invoke(main, arguments, env={"LSGIS_LANG": "en"}))
    if name in NAMES and rest != ["--cache"]:
        told["en"].append(run(name, "--lang", "en", *rest))
        told["en"].append(run("--lang", "vi", name, "--lang", "en", *rest))  # after wins
    for results, expected in ((told["vi"], vi), (told["en"], en)):
        for result in results:
            assert result.exit_code == 2
            assert result.stdout == ""
            assert expected in result.stderr, result.stderr
    assert not ENGLISH.search(told["vi"][0].stderr), told["vi"][0].stderr


def test_a_command_left_out_is_refused_in_words():
    result = run("--lang", "vi")
    assert result.exit_code == 2 and "thiếu tên lệnh" in result.stderr
    assert "Missing command" in run("--lang", "en").stderr


@pytest.mark.parametrize(
    ("before", "variable", "after", "lang"),
    [
        pytest.param(None, None, None, "vi", id="nobody says"),
        pytest.param(None, "en", None, "en", id="the environment"),
        pytest.param("en", None, None, "en", id="before"),
        pytest.param("en", "vi", None, "en", id="before wins over the environment"),
        pytest.param(None, "vi", "en", "en", id="after wins over the environment"),
        pytest.param("en", None, "vi", "vi", id="after wins over before"),
        pytest.param("vi", "vi", "en", "en", id="after wins over both"),
    ],
)
def test_language_before_and_after_the_command(before, variable, after, lang):
    """The same order for answers, for help, and for refusals."""
    start = ["--lang", before] if before else []
    end = ["--lang", after] if after else []
    asked = [
        (["list-layers"], {"vi": "Đã định vị", "en": "Located"}),
        (["list-layers", "--help"], {"vi": "Tuỳ chọn:", "en": "Options:"}),
        (["check-layer", "no.gpkg", "--as", "x"], {"vi": "không có", "en": "no layer 'x'"}),
    ]
    for command, expected in asked:
        result = CliRunner().invoke(main, [*start, *command, *end], env={"LSGIS_LANG": variable})
        assert expected[lang] in result.output, result.output


def test_an_unknown_language_is_refused_wherever_it_stands():
    for arguments in (["--lang", "fr", "doctor"], ["doctor", "--lang", "fr"]):
        result = run(*arguments)
        assert result.exit_code == 2 and "vi, en" in result.stderr
    assert CliRunner().invoke(main, ["doctor"], env={"LSGIS_LANG": "fr"}).exit_code == 2


def test_the_list_of_commands_imports_no_frames():
    code = (
        "import sys\nfrom lsgis.cli import main\ntry:\n    main(['--help'])\n"
        "except SystemExit:\n    pass\n"
        "print({'pandas', 'numpy', 'pyproj', 'shapely'} & set(sys.modules), file=sys.stderr)"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert made.stderr.strip() == "set()"


def test_options_are_gathered_into_their_settings():
    """Each field of a settings class is filled by an option of the same name, none by two."""
    made = [
        value
        for value in vars(options).values()
        if isinstance(value, type) and is_dataclass(value) and value.__module__ == options.__name__
    ]
    assert len(made) > 8
    for settings in made:
        for each in fields(settings):
            command = click.Command("x", params=[])
            each.metadata["option"](command)
            assert [param.name for param in command.params] == [each.name]


def test_public_names_are_there():
    for name in lsgis.__all__:
        assert getattr(lsgis, name).__doc__ or name.isupper() or name == "WGS84", name
    with pytest.raises(AttributeError, match="nothing"):
        _ = lsgis.nothing


def test_list_layers_in_both_languages_and_json():
    vi, en = run("list-layers"), run("list-layers", "--lang", "en")
    assert vi.exit_code == en.exit_code == 0
    assert "Đã định vị" in vi.output and "SƠ ĐỒ" in vi.output
    assert "Located" in en.output and "SCHEMATIC" in en.output
    document = json.loads(run("list-layers", "--json").output)
    assert document["schematic"] is True
    assert {row["layer"] for row in document["rows"]} == set(lsgis.read_catalogue())


def test_check_layer_tells_and_exits_with_one(parks):
    result = run("check-layer", parks, "--as", "industrial_park", "--lang", "en")
    assert result.exit_code == 1
    assert "LS-" in result.output
    document = json.loads(run("check-layer", parks, "--as", "industrial_park", "--json").output)
    assert {row["severity"] for row in document["rows"]} <= {"error", "warning", "note"}


def test_check_layer_writes_issues_and_a_repair(communes_file, tmp_path):
    mended, folder = tmp_path / "mended.gpkg", tmp_path / "found"
    arguments = ["check-layer", communes_file, "--as", "commune", "--issues", folder]
    result = run(*arguments, "--repair", mended, "--width", "50", "--json")
    assert result.exit_code == 1, result.output
    found = {row["code"] for row in json.loads(result.output)["rows"]}
    assert {"LS-OVERLAP", "LS-COVER-GAP", "LS-AREA-DIFFERS"} <= found
    assert {"issues.json", "issues.csv", "issues.gpkg"} <= {path.name for path in folder.iterdir()}
    assert (tmp_path / "mended_log.csv").is_file()
    again = json.loads(run("check-layer", mended, "--as", "commune", "--json").output)
    assert not {"LS-OVERLAP", "LS-COVER-GAP"} & {row["code"] for row in again["rows"]}
    assert run(*arguments, "--repair", communes_file).exit_code == 2  # never over the input


def test_join_places_tells_a_conflict(parks, tmp_path):
    out = tmp_path / "placed.geojson"
    result = run("join-places", parks, "--json", "--out", out)
    assert result.exit_code == 1
    rows = json.loads(result.output)["rows"]
    assert [row["place_status"] for row in rows] == ["conflicts", "undeclared"]
    assert len(gpd.read_file(out)) == 2


def test_clip_to_a_commune_a_zone_and_a_corridor(parks):
    for place in (["Hữu Lũng"], ["socio_economic_zone:zone_dynamic"], ["province"],
                  ["development_axis", "--half-width", "5000"]):  # fmt: skip
        result = run("clip-to", parks, "--within", *place, "--json")
        assert result.exit_code == 0, result.output
    rows = json.loads(run("clip-to", parks, "--within", "province", "--json").output)["rows"]
    assert [row["area_m2"] for row in rows] == pytest.approx([1e6, 1e6])


def test_overlay_of_two_layers_and_of_a_file(parks, tmp_path):
    out = tmp_path / "pieces.csv"
    result = run("overlay-zones", "commune", parks, "--out", out, "--json")
    assert result.exit_code == 0, result.output
    rows = json.loads(result.output)["rows"]
    assert sum(row["area_m2"] for row in rows) == pytest.approx(2e6)
    assert out.read_text(encoding="utf-8-sig").count("\n") == len(rows) + 1


def test_overlay_says_what_is_not_located(parks):
    result = run("overlay-zones", "commune", "monument_zone", "--lang", "en")
    assert result.exit_code == 1 and "nothing of monument_zone is located" in result.output
    assert "Not located" not in run("overlay-zones", "commune", parks, "--lang", "en").output
    some = run("overlay-zones", "nature_reserve", "monitoring_station", "--json")
    document = json.loads(some.output)
    assert some.exit_code == 1 and document["not_located"] == {"left": 1, "right": 196}
    listed = [(row["side"], row["layer"], row["name_vi"]) for row in document["not_located_rows"]]
    assert len(listed) == 1 + 4 + 1  # those the register names, then all that it only counts
    assert listed[0] == ("left", "nature_reserve", "Khu bảo tồn loài - sinh cảnh Mẫu Sơn")
    told = run("overlay-zones", "nature_reserve", "monitoring_station", "--lang", "en").output
    assert "1 of 3 features of nature_reserve; nothing of monitoring_station" in told


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_sound_layer_is_named(tmp_path, lang):
    path, layer = tmp_path / "sound.gpkg", lsgis.read_catalogue()["urban_centre"]
    lsgis.read_plan().layers["urban_centre"].to_file(path)
    result = run("check-layer", path, "--as", "urban_centre", "--lang", lang)
    told = result.output.splitlines()[0]
    assert result.exit_code == 0
    assert told.startswith(f"{path}: ") and f"urban_centre ({layer.title[lang]})" in told


@pytest.mark.parametrize("option", ["--region", "--catalogue", "--cache", "--plan", "--out"])
def test_an_empty_path_is_as_if_not_given(option):
    usual = run("overlay-zones", "urban_inner", "urban_inner")
    empty = run("overlay-zones", "urban_inner", "urban_inner", option, "")
    assert usual.exit_code == empty.exit_code == 0
    assert empty.output == usual.output


def test_doctor_says_what_is_wrong_in_the_language_of_the_call(tmp_path):
    (tmp_path / "data").mkdir()
    header = "name,rule,severity,reason_vi,reason_en"
    rows = f"{header}\nours,LS-NOT-THERE,error,a,b\n"
    (tmp_path / "data" / "profile.csv").write_text(rows, encoding="utf-8")
    told = {}
    for lang in ("vi", "en"):
        result = run("doctor", "--catalogue", tmp_path, "--json", "--lang", lang)
        found = {row["check"]: row["found"] for row in json.loads(result.output)["rows"]}
        told[lang] = found["catalogue"]
        assert result.exit_code == 1 and "LS-NOT-THERE" in told[lang]
    assert told["vi"] != told["en"] and not ENGLISH.search(told["vi"])


def test_an_empty_part_of_a_list_of_folders_is_none(monkeypatch, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "theme.csv").write_text("code,vi,en,rank\nx,X,X,10\n", encoding="utf-8")
    monkeypatch.setenv("LSGIS_CATALOGUE", f"{tmp_path}{os.pathsep}")
    rows = json.loads(run("doctor", "--json").output)["rows"]
    assert next(row["found"] for row in rows if str(tmp_path) in str(row)).endswith("(1)")


@pytest.mark.parametrize(
    "arguments",
    [
        ["check-layer", "", "--as", "commune"],
        ["publish", ""],
        ["check-sites", "x.csv", "--out", ""],
    ],
)
def test_a_path_that_is_required_is_not_empty(arguments):
    result = run(*arguments, "--lang", "en")
    assert result.exit_code == 2 and "missing" in result.output.lower()


@pytest.mark.parametrize("wrong", ["absent", "folder", "bytes", "text"])
def test_why_a_file_is_not_read_is_said_in_both_languages(tmp_path, wrong):
    path = tmp_path / "x.json"
    if wrong == "folder":
        path.mkdir()
        (path / "y.json").mkdir()
    elif wrong != "absent":
        path.write_bytes(b"\xff\xfe" if wrong == "bytes" else b"{\n,")
    for lang, words in {
        "vi": ("không có tệp", "thư mục", "UTF-8", "từ dòng 2"),
        "en": ("no such file", "folder", "UTF-8", "from line 2"),
    }.items():
        result = run("verify", path, "--lang", lang)
        said = dict(zip(("absent", "folder", "bytes", "text"), words, strict=True))[wrong]
        assert result.exit_code == 2 and said in result.output
        assert not re.search(r"Errno|codec|Expecting|property", result.output)


def test_join_facts_on_codes(tmp_path):
    places = gpd.GeoDataFrame({"commune_code": ["06001", "06004"]},
                              geometry=[Point(440000, 2410000)] * 2, crs=VN2000)  # fmt: skip
    places.to_file(tmp_path / "places.gpkg")
    (tmp_path / "facts.csv").write_text("commune_code,schools\n06001,7\n")
    result = run(
        "join-facts", tmp_path / "places.gpkg", "--facts", tmp_path / "facts.csv", "--json"
    )
    assert result.exit_code == 1  # 06004 has no facts
    assert [row["schools"] for row in json.loads(result.output)["rows"]] == ["7", None]


def test_doctor_says_what_it_found():
    result = run("doctor", "--json")
    rows = {row["check"]: row for row in json.loads(result.output)["rows"]}
    assert rows["datum"]["status"] == "ok" and "EPSG:6960" in rows["datum"]["found"]
    assert result.exit_code == 0


def test_doctor_finds_an_unwritable_cache(tmp_path):
    (tmp_path / "file").write_text("in the way")
    result = run("doctor", "--cache", tmp_path / "file" / "cache", "--json")
    assert result.exit_code == 1
    rows = {row["check"]: row for row in json.loads(result.output)["rows"]}
    assert rows["cache"]["status"] == "missing"


BAD = [
    pytest.param(["publish", "{tmp}/site", "--communes", "{tmp}/none.gpkg"], "no file",
                 id="missing file"),
    pytest.param(["publish", "{tmp}/site", "--communes", "{tmp}/empty.gpkg"], "LS-", id="empty"),
    pytest.param(["publish", "{tmp}/site", "--communes", "{tmp}/nocrs.shp"], "states no coordinate",
                 id="no crs"),
    pytest.param(["publish", "{tmp}/site", "--communes", "{tmp}/degrees.gpkg"], "degrees",
                 id="degrees declared as metres"),
    pytest.param(["publish", "{tmp}/site", "--communes", "{tmp}/swapped.gpkg"], "AXES-SWAPPED",
                 id="swapped axes"),
    pytest.param(["publish", "{tmp}/site", "--communes", "{tmp}/cut.geojson"], "cannot read",
                 id="truncated"),
    pytest.param(["publish", "{tmp}/site", "--communes", "{tmp}/noshp.shp"], "lacks its .shp",
                 id="no shp"),
    pytest.param(["publish", "{tmp}/nowhere/site"], "no folder", id="unwritable"),
    pytest.param(["check-layer", "{tmp}/cut.geojson", "--as", "commune"], "cannot read",
                 id="check-layer"),
    pytest.param(["check-layer", "{tmp}/one.gpkg", "--as", "nothing"], "no layer 'nothing'",
                 id="unknown layer"),
    pytest.param(["clip-to", "{tmp}/one.gpkg", "--within", "Atlantis"], "expected one place",
                 id="unknown place"),
    pytest.param(["overlay-zones", "commune", "{tmp}/none.gpkg"], "no file", id="overlay"),
    pytest.param(["join-places", "{tmp}/nocrs.shp"], "no coordinate reference", id="join-places"),
    pytest.param(["list-layers", "--communes", "fetched", "--cache", "{tmp}/cache"], "lsgis fetch",
                 id="nothing fetched"),
]  # fmt: skip


@pytest.fixture(scope="module")
def bad(tmp_path_factory):
    """A folder of files that each have one fault."""
    home = tmp_path_factory.mktemp("bad")
    lon, lat = 106.5, 21.8
    columns = {"commune_code": ["06001"]}
    degrees = gpd.GeoDataFrame(columns, geometry=[box(lon, lat, lon + 0.1, lat + 0.1)], crs=4326)
    degrees.to_file(home / "one.gpkg")
    pyogrio.write_dataframe(degrees.iloc[:0], home / "empty.gpkg", geometry_type="Polygon")
    degrees.set_crs(VN2000, allow_override=True).to_file(home / "degrees.gpkg")
    turned = gpd.GeoDataFrame(columns, geometry=[box(lat, lon, lat + 0.1, lon + 0.1)], crs=4326)
    turned.to_file(home / "swapped.gpkg")
    for name in ("nocrs", "noshp"):
        degrees.rename(columns={"commune_code": "code"}).to_file(home / f"{name}.shp")
    (home / "nocrs.prj").unlink()
    (home / "noshp.shp").unlink()
    degrees.to_file(home / "whole.geojson")
    whole = (home / "whole.geojson").read_bytes()
    (home / "cut.geojson").write_bytes(whole[: len(whole) // 2])
    return home


@pytest.mark.parametrize(("arguments", "match"), BAD)
def test_bad_input_is_refused_with_code_two(bad, arguments, match):
    before = sorted(path.name for path in bad.iterdir())
    filled = [argument.format(tmp=bad) for argument in arguments]
    result = run(*filled, "--lang", "en")
    assert result.exit_code == 2, result.output
    assert match in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.output
    assert sorted(path.name for path in bad.iterdir()) == before
    vietnamese = run(*filled)
    assert vietnamese.exit_code == 2
    assert vietnamese.stderr != result.stderr


def test_output_is_never_overwritten_unasked(parks, tmp_path):
    out = tmp_path / "out.gpkg"
    out.write_text("mine")
    arguments = ["clip-to", parks, "--within", "province", "--out", out, "--lang", "en"]
    result = run(*arguments)
    assert result.exit_code == 2 and "--force" in result.stderr
    assert out.read_text() == "mine"
    assert run(*arguments, "--force").exit_code == 0
    assert len(gpd.read_file(out)) == 2
    result = run(
        "clip-to", parks, "--within", "province", "--out", tmp_path / "x.doc", "--lang", "en"
    )
    assert result.exit_code == 2 and "cannot write the kind" in result.stderr


def test_nothing_but_json_on_standard_output():
    command = [sys.executable, "-m", "lsgis", "list-layers", "--json"]
    made = subprocess.run(command, capture_output=True, text=True, check=True)
    json.loads(made.stdout)
    assert made.stderr == ""  # no progress bar where there is no terminal


def test_a_file_is_imported_with_a_log(parks, tmp_path):
    out = tmp_path / "imported.gpkg"
    result = run("import", parks, "--as", "industrial_park", "--out", out, "--json")
    assert result.exit_code == 1, result.output  # no column of names: no layer of parks yet
    told = json.loads(result.output)
    assert told["count"] == 2
    assert [row["where"] for row in told["rows"] if row["what"] == "unusable"] == ["name_vi"]
    assert len(gpd.read_file(out)) == 2 and out.with_suffix(".log.csv").is_file()
    again = run("import", parks, "--as", "industrial_park", "--out", out, "--lang", "en")
    assert again.exit_code == 2  # never over what is there


def test_a_template_to_digitise_into(tmp_path):
    out = tmp_path / "plan.gpkg"
    assert run("template", out).exit_code == 0
    assert set(lsgis.read_catalogue()) <= set(pyogrio.list_layers(out)[:, 0])


def test_the_ledger_of_the_decision(tmp_path):
    out = tmp_path / "ledger.csv"
    result = run("check-plan", "--lang", "en", "--out", out)
    assert result.exit_code == 1  # much of the Decision is not located
    assert "industrial_park/count/phase/2030" in result.output
    assert "not located" in run("check-plan", "--all", "--lang", "en").output
    accepted = tmp_path / "accepted.csv"
    accepted.write_text("row_id,reason,by,on\nborder_gate/count,known,me,2026-11-22\n")
    rows = json.loads(run("check-plan", "--accepted", accepted, "--json").output)["rows"]
    assert any(row["accepted"] == "known" for row in rows)


def test_old_communes_to_new(tmp_path):
    table = tmp_path / "old.csv"
    rows = ["xa,huyen,pupils", "Vĩnh Trại,Thành phố Lạng Sơn,10", "Nowhere,X,1"]
    table.write_text("\n".join(rows) + "\n", encoding="utf-8")
    arguments = ["--name", "xa", "--district", "huyen", "--count", "pupils", "--json"]
    result = run("crosswalk", table, *arguments)
    assert result.exit_code == 1  # one row is unmatched
    document = json.loads(result.output)
    moved = {row["commune_code"]: row["pupils"] for row in document["rows"]}
    assert moved["05977"] == 10
    assert [row["xa"] for row in document["unmatched"]] == ["Nowhere"]


def test_wrong_usage_exits_with_two():
    assert run("publish").exit_code == 2
    assert run("no-such-command").exit_code == 2


def test_a_reader_that_leaves_early_is_no_error():
    """`lsgis … | head -1`: whoever reads may stop reading."""
    run = [sys.executable, "-m", "lsgis", "list-layers", "--json"]
    with subprocess.Popen(run, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        told = process.stderr.read().decode()
    assert "BrokenPipe" not in told and "Traceback" not in told


@pytest.mark.parametrize("encoding", ["cp1252", "cp1258", "ascii", "utf-16"])
@pytest.mark.parametrize("asked", [["--help"], ["list-layers"], ["check-site", "1,2"]])
def test_what_is_written_is_utf_8_whatever_a_pipe_is_taken_for(encoding, asked):
    """A Windows machine takes a pipe for its code page; Vietnamese is not in it."""
    told = {
        code: subprocess.run(
            [sys.executable, "-m", "lsgis", *asked],
            capture_output=True,
            env={**os.environ, "PYTHONIOENCODING": code, "PYTHONUTF8": "0"},
        )
        for code in (encoding, "utf-8")
    }
    one, other = told.values()
    assert (one.stdout, one.stderr, one.returncode) == (
        other.stdout,
        other.stderr,
        other.returncode,
    )
    assert any(ord(letter) > 0x1000 for letter in (one.stdout + one.stderr).decode("utf-8"))
