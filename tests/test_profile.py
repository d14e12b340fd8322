"""Severity profiles, what stops the use of a file, and the table of all rules."""

import importlib.util
import json
from dataclasses import replace

import geopandas as gpd
import pandas as pd
import pytest
from click.testing import CliRunner
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point, box
from toy import VN2000

from lsgis.catalogue import read_register, require_layer
from lsgis.check import (
    SEVERITIES,
    apply_profile,
    check_layer,
    count_changed,
    list_profiles,
    read_profile,
    read_rules,
    stopping_issues,
    write_issues,
)
from lsgis.check.issue import new_issue
from lsgis.cli import main
from lsgis.errors import CatalogueError, LayerError
from lsgis.source import read_plan
from lsgis.text import LANGUAGES

CODES = sorted(read_rules())
SPIKE = new_issue("LS-GEOM-SPIKE", "commune", key="1", count=1, width_m=0.5, length_m=9.0)
HEAVY = new_issue("LS-GEOM-HEAVY", "commune", count=9, expected=8, keys=("1",))


def own(tmp_path, *rows, columns="rule,severity,reason"):
    path = tmp_path / "office.csv"
    path.write_text("\n".join([columns, *rows]) + "\n", encoding="utf-8")
    return path


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def parks(tmp_path):
    """Two sound points in the province, given in WGS 84: notes and warnings, no error."""
    columns = {"code": ["A", "B"], "name_vi": ["Một", "Hai"]}
    places = [Point(430000, 2400000), Point(440000, 2400000)]
    frame = gpd.GeoDataFrame(columns, geometry=places, crs=VN2000).to_crs(4326)
    frame.to_file(tmp_path / "parks.gpkg")
    return tmp_path / "parks.gpkg"


# --- profiles ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", list_profiles())
def test_a_shipped_profile_judges_every_rule(name):
    profile = read_profile(name)
    assert set(profile.severities) == set(read_rules())
    assert set(profile.severities.values()) <= set(SEVERITIES)
    for reasons in profile.reasons.values():
        assert all(reasons[lang] for lang in LANGUAGES)


def test_the_default_profile_changes_nothing():
    usual = {code: rule["severity"] for code, rule in read_rules().items()}
    assert dict(read_profile("default").severities) == usual


def test_a_delivery_is_judged_no_milder_than_usual():
    strict = read_profile("strict").severities
    for code, rule in read_rules().items():
        assert SEVERITIES.index(strict[code]) <= SEVERITIES.index(rule["severity"]), code
    assert strict["LS-SKIPPED-METRES"] == "warning"  # not checked is not sound


@pytest.mark.parametrize(
    ("rows", "spike", "heavy"),
    [
        pytest.param(["*,error,why"], "error", "error", id="every rule"),
        pytest.param(["geometry,error,why", "*,warning,why"], "error", "error", id="group first"),
        pytest.param(
            ["*,error,why", "geometry,warning,why", "LS-GEOM-HEAVY,note,why"], "warning", "note",
            id="code before group before all",
        ),
        pytest.param(["geometry,note,why"], "note", "note", id="lowered"),
        pytest.param(["*,error,why", "geometry,default,why"], "warning", "note", id="as usual"),
        pytest.param(["LS-CRS-FAR,note,why"], "warning", "note", id="another rule"),
    ],
)  # fmt: skip
def test_the_narrowest_row_counts(tmp_path, rows, spike, heavy):
    profile = read_profile(own(tmp_path, *rows))
    judged = apply_profile([SPIKE, HEAVY], profile)
    assert [issue.severity for issue in judged] == [spike, heavy]
    assert profile.name == "office"
    assert count_changed(judged) == (spike != "warning") + (heavy != "note")


REFUSED = [
    pytest.param(["LS-GEOM-SPIK,note,why"], "row 1: no rule or group 'LS-GEOM-SPIK'.*LS-GEOM-SPIKE",
                 id="misspelt code"),
    pytest.param(["weather,note,why"], "no rule or group 'weather'", id="unknown group"),
    pytest.param(["*,off,why"], "severity 'off' not allowed.*ever hidden", id="hiding"),
    pytest.param(["*,,why"], "severity '' not allowed", id="no severity"),
    pytest.param(["*,note,"], "gives no reason", id="no reason"),
    pytest.param(["*,note,why", "crs,note,why", "*,error,why"], "row 3: '\\*' stands in an earlier",
                 id="twice"),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "match"), REFUSED)
def test_a_profile_that_cannot_be_meant_is_refused(tmp_path, rows, match):
    with pytest.raises(CatalogueError, match=match) as caught:
        read_profile(own(tmp_path, *rows))
    assert caught.value.message("vi") != str(caught.value)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        pytest.param("rule,severity\n*,note\n", "lacks columns: reason", id="no reasons"),
        pytest.param("code,level,reason\n*,note,x\n", "lacks columns: rule, severity", id="others"),
        pytest.param("", "cannot read", id="empty"),
        pytest.param("\xff\xfe\x00", "cannot read", id="no text"),
        pytest.param(
            "name,rule,severity,reason\na,*,note,x\nb,crs,note,x\n", "several names: a, b",
            id="two profiles",
        ),
    ],
)  # fmt: skip
def test_a_file_that_is_no_profile_is_refused(tmp_path, text, match):
    path = tmp_path / "p.csv"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(CatalogueError, match=match):
        read_profile(path)


def test_an_unknown_profile_is_refused_with_the_names_there_are():
    with pytest.raises(CatalogueError, match=r"no severity profile 'stern'.*default, strict"):
        read_profile("stern")


def test_a_spreadsheet_writes_a_profile_too(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text("name,rule,severity,reason_vi\nSở, crs ,note,vì\n", encoding="utf-8-sig")
    profile = read_profile(path)
    assert profile.name == "Sở"
    assert profile.severities["LS-CRS-FAR"] == "note"
    assert profile.reasons["LS-CRS-FAR"] == {"vi": "vì", "en": "vì"}


@given(
    codes=st.lists(st.sampled_from(CODES), max_size=30),
    asked=st.dictionaries(st.sampled_from(CODES), st.sampled_from(SEVERITIES), max_size=10),
)
def test_no_profile_hides_or_changes_an_issue(codes, asked):
    issues = [replace(SPIKE, code=code, severity=read_rules()[code]["severity"]) for code in codes]
    profile = replace(read_profile("default"), severities={**usual(), **asked})
    judged = apply_profile(issues, profile)
    assert [replace(issue, severity="") for issue in judged] == [
        replace(issue, severity="") for issue in issues
    ]
    assert count_changed(apply_profile(judged, read_profile("default"))) == 0


def usual():
    return {code: rule["severity"] for code, rule in read_rules().items()}


def test_files_tell_the_usual_severity_and_the_reason(tmp_path):
    profile = read_profile(own(tmp_path, "LS-GEOM-SPIKE,note,in its survey"))
    judged = apply_profile([SPIKE, HEAVY], profile)
    paths = write_issues(judged, tmp_path / "out", lang="en", profile=profile)
    rows = json.loads(paths[0].read_text(encoding="utf-8"))
    assert [(row["severity"], row["usual_severity"], row["reason"]) for row in rows] == [
        ("note", "warning", "in its survey"),
        ("note", "note", ""),
    ]
    assert pd.read_csv(paths[1])["usual_severity"].tolist() == ["warning", "note"]
    assert gpd.read_file(paths[2], layer="issue")["usual_severity"].tolist() == ["warning", "note"]


# --- commands ---------------------------------------------------------------------------


def judged_by(command, *arguments):
    result = run(*command, *arguments, "--json")
    return result.exit_code, json.loads(result.stdout)["profile"]


def test_check_layer_is_judged_by_a_profile(parks, tmp_path):
    command = ["check-layer", parks, "--as", "industrial_park"]
    code, told = judged_by(command)
    assert (code, told["name"], told["changed"]) == (1, "default", 0)
    assert told["counts"]["warning"] > 0 == told["counts"]["error"]
    code, calm = judged_by(command, "--profile", own(tmp_path, "*,note,only to look"))
    assert (code, calm["name"], calm["total"]) == (0, "office", told["total"])
    assert calm["changed"] == told["counts"]["warning"]
    code, strict = judged_by(command, "--strict")
    assert (code, strict["name"], strict["total"]) == (1, "strict", told["total"])
    assert strict["counts"]["error"] > 0
    assert judged_by(command, "--profile", "strict", "--strict")[1] == strict


def test_a_lowered_issue_stays_in_sight(parks, tmp_path):
    calm = own(tmp_path, "*,note,only to look")
    command = ["check-layer", parks, "--as", "industrial_park", "--lang", "en"]
    usual, lowered = run(*command).output, run(*command, "--profile", calm).output
    lines = [line for line in lowered.splitlines() if line.startswith("note (Usual severity: ")]
    assert len(lines) == sum(line.startswith("warning LS-") for line in usual.splitlines()) > 0
    assert f"Severity profile 'office': severities changed: {len(lines)} of" in lowered


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        pytest.param(["--profile", "stern"], "no severity profile", id="unknown"),
        pytest.param(["--profile", "draft", "--strict"], "cannot stand beside", id="two"),
    ],
)
@pytest.mark.parametrize("command", ["check-layer", "check-plan"])
def test_a_bad_profile_is_wrong_usage(parks, command, arguments, match):
    file = [parks, "--as", "industrial_park"] if command == "check-layer" else []
    result = run(command, *file, *arguments, "--lang", "en")
    assert result.exit_code == 2
    assert match in result.stderr and result.stdout == ""


def test_check_plan_checks_its_layers_when_asked(tmp_path):
    plain = json.loads(run("check-plan", "--json").stdout)
    assert "profile" not in plain
    result = run("check-plan", "--strict", "--issues", tmp_path / "found", "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["profile"]["name"]) == (1, "strict")
    assert told["rows"] == plain["rows"]  # the ledger is the same
    names = {path.name for path in (tmp_path / "found").iterdir()}
    assert names == {"issues.json", "issues.csv", "issues.gpkg", "issues.html"}
    rows = json.loads((tmp_path / "found" / "issues.json").read_text(encoding="utf-8"))
    assert len(rows) == told["profile"]["total"] > 0


# --- what stops the use of a file -------------------------------------------------------


def test_every_rule_says_whether_it_stops():
    rows = read_register("issue")
    assert set(rows["stops"]) == {"yes", "no"}
    stops = rows[rows["stops"] == "yes"]
    assert set(stops["severity"]) == {"error"}
    assert set(stops["group"]) <= {"crs", "geometry", "key", "place"}


def test_stopping_is_no_matter_of_severity():
    broken = new_issue("LS-GEOM-EMPTY", "commune", key="1")
    found = [SPIKE, broken, replace(broken, severity="note")]
    assert stopping_issues(found) == found[1:]


@pytest.mark.parametrize(
    ("column", "values", "stops"),
    [
        pytest.param("code", ["A", None], True, id="a key left empty"),
        pytest.param("phase", ["2031", ""], False, id="a value outside its domain"),
    ],
)
def test_a_plan_refuses_what_stops_and_tells_the_rest(tmp_path, column, values, stops):
    squares = [box(430000, 2400000, 431000, 2401000), box(440000, 2400000, 441000, 2401000)]
    table = {"code": ["A", "B"], "name_vi": ["Một", "Hai"], column: values}
    frame = gpd.GeoDataFrame(table, geometry=squares, crs=VN2000)
    found = check_layer(frame, require_layer("wetland"))
    assert any(issue.severity == "error" for issue in found)
    frame.to_file(tmp_path / "wetland.gpkg")
    if stops:
        with pytest.raises(LayerError, match="LS-KEY-NULL"):
            read_plan(plan=tmp_path)
    else:
        errors = [issue for issue in read_plan(plan=tmp_path).issues if issue.severity == "error"]
        assert {issue.code for issue in errors} == {"LS-FIELD-DOMAIN"}


# --- the table of all rules -------------------------------------------------------------


@pytest.fixture(scope="module")
def make_rules():
    spec = importlib.util.spec_from_file_location("make_rules", ROOT / "scripts/make_rules.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.make_rules


def test_the_table_of_rules_is_what_the_registers_say(make_rules):
    written = (ROOT / "data" / "issue.md").read_text(encoding="utf-8")
    assert written == make_rules(), "run: python scripts/make_rules.py"


def test_the_table_holds_every_rule_in_both_languages(make_rules):
    lines = make_rules().splitlines()
    for code, rule in read_rules().items():
        told = [line for line in lines if line.startswith(f"| `{code}` |") and "**" in line]
        assert len(told) == len(LANGUAGES)
        for line, lang in zip(told, LANGUAGES, strict=True):
            assert rule[f"title_{lang}"] in line
            assert len(line.replace("\\|", "").split("|")) == 9


def test_readers_are_led_to_the_table():
    for name in ("README.md", "README.vi.md"):
        assert "(data/issue.md)" in (ROOT / name).read_text(encoding="utf-8")
