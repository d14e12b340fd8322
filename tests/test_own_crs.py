"""Whose CRS an option states: `--crs` the file's, the communes and the plan have their own."""

import json
import shutil

import geopandas as gpd
import pyogrio
import pytest
from click.testing import CliRunner
from geopandas.testing import assert_geoseries_equal
from shapely.geometry import box
from toy import VN2000

from lsgis.cli import main
from lsgis.errors import CrsError
from lsgis.sitecheck import require_index
from lsgis.source import read_plan

pytestmark = pytest.mark.filterwarnings("ignore:'crs' was not provided")
SITE = "POLYGON ((494000 2390000, 494300 2390000, 494300 2390200, 494000 2390200, 494000 2390000))"
PLANE, DEGREES = "EPSG:9215", "EPSG:4326"

COMMANDS = {
    "check-site": ["check-site", "{file}"],
    "check-sites": ["check-sites", "{file}", "--out", "{out}"],
    "check-layer": ["check-layer", "{file}", "--as", "wetland"],
    "join-places": ["join-places", "{file}"],
    "clip-to": ["clip-to", "{file}", "--within", "province"],
    "overlay-zones": ["overlay-zones", "{file}", "commune"],
    "overlay-zones, turned": ["overlay-zones", "commune", "{file}"],
    "import-layer": ["import-layer", "{file}", "--as", "wetland", "--out", "{out}.gpkg"],
}
WITH_PLAN = [n for n, arguments in COMMANDS.items() if arguments[0] not in
             ("check-layer", "join-places", "import-layer")]  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Parks, communes and a plan in metres: as they are, without their CRS, and in degrees."""
    home = tmp_path_factory.mktemp("own")
    columns = {"code": ["A", "B"], "name_vi": ["Một", "Hai"], "commune_codes": ["", ""]}
    parks = gpd.GeoDataFrame(
        columns,
        geometry=[box(430000, 2400000, 431000, 2401000), box(440000, 2400000, 441000, 2401000)],
        crs=VN2000,
    )
    frames = {
        "parks": parks,
        "communes": read_plan().units[["commune_code", "geometry"]],
        "plan/wetland": parks.assign(geometry=parks.geometry.buffer(-200)),
    }
    for name, frame in frames.items():
        for kind in ("stated", "silent", "degrees"):
            path = home / kind / f"{name}.fgb"
            path.parent.mkdir(parents=True, exist_ok=True)
            told = frame.to_crs(4326) if kind == "degrees" else frame
            crs = None if kind == "silent" else told.crs
            pyogrio.write_dataframe(told.set_crs(crs, allow_override=True), path)
    return home


@pytest.fixture
def answer(files, tmp_path, tmp_path_factory):
    """Exit code of a command and what it found, whatever the files are called."""
    cache = tmp_path_factory.getbasetemp() / "cache-of-own-crs"

    def ask(name, *more, file="stated"):
        shutil.rmtree(tmp_path / "out", ignore_errors=True)
        values = {"file": files / file / "parks.fgb", "out": tmp_path / "out"}
        given = [word.format(**values) for word in COMMANDS[name]]
        force = ["--force"] if name == "import-layer" else []
        told = [*given, *map(str, more), *force, "--cache", str(cache), "--json", "--lang", "en"]
        result = CliRunner().invoke(main, told)
        if result.exit_code == 2:
            return 2, result.stderr
        found = json.loads(result.stdout)
        rows = found.get("rows", found.get("themes"))
        for row in rows:
            row.pop("id", None)
        crs_told = [row for row in rows if str(row.get("what", "")).startswith("crs")]
        return result.exit_code, [row for row in rows if row not in crs_told]

    return ask


@pytest.mark.parametrize("name", COMMANDS)
def test_the_file_and_the_communes_each_have_a_crs_of_their_own(files, answer, name):
    communes = {kind: ["--communes", files / kind / "communes.fgb"] for kind in
                ("stated", "silent", "degrees")}  # fmt: skip
    code, known = answer(name, *communes["degrees"])
    assert code in (0, 1) and (known or name == "check-layer")
    silent_file = answer(name, *communes["degrees"], "--crs", PLANE, file="silent")
    assert silent_file == (code, known)
    code, known = answer(name, *communes["stated"], file="degrees")
    silent_communes = answer(name, *communes["silent"], "--communes-crs", PLANE, file="degrees")
    assert silent_communes == (code, known)
    refused = answer(name, *communes["degrees"], "--communes-crs", PLANE)
    assert refused[0] == 2 and "communes.fgb states the CRS EPSG:4326" in refused[1]


@pytest.mark.parametrize("name", WITH_PLAN)
def test_the_plan_has_a_crs_of_its_own(files, answer, name):
    stated = answer(name, "--plan", files / "stated" / "plan", file="degrees")
    assert stated[0] in (0, 1)
    silent = ["--plan", files / "silent" / "plan"]
    assert answer(name, *silent, "--plan-crs", PLANE, file="degrees") == stated
    code, said = answer(name, *silent, file="degrees")
    assert code == 2 and "--plan-crs" in said and "wetland.fgb states no coordinate" in said


def test_two_files_of_an_overlay_have_one_each(files, tmp_path):
    silent, degrees = (files / kind / "parks.fgb" for kind in ("silent", "degrees"))
    asked = ["overlay-zones", str(silent), str(degrees), "--json"]
    result = CliRunner().invoke(main, [*asked, "--left-crs", PLANE])
    assert result.exit_code == 0, result.output
    areas = sum(row["area_m2"] for row in json.loads(result.stdout)["rows"])
    assert areas == pytest.approx(2_000_000, rel=1e-3)
    assert CliRunner().invoke(main, [*asked, "--crs", PLANE]).exit_code == 2  # not the other's
    turned = ["overlay-zones", str(degrees), str(silent), "--right-crs", PLANE]
    assert CliRunner().invoke(main, turned).exit_code == 0


def test_the_site_of_the_readme_is_checked_against_communes_in_degrees(files, tmp_path):
    asked = ["check-site", SITE, "--crs", PLANE, "--cache", str(tmp_path), "--json"]
    result = CliRunner().invoke(main, [*asked, "--communes", str(files / "degrees/communes.fgb")])
    assert result.exit_code == 1, result.output
    assert json.loads(result.stdout)["site"]["area_m2"] == pytest.approx(60_000)


def test_a_command_on_the_plan_alone_takes_one_for_all_its_files(files):
    own = [*("--communes", files / "silent/communes.fgb"), *("--plan", files / "silent/plan")]
    for more in (["--crs", PLANE], ["--communes-crs", PLANE, "--plan-crs", PLANE]):
        result = CliRunner().invoke(main, ["list-layers", *map(str, own), *more])
        assert result.exit_code == 0, result.output
    mixed = ["--plan", str(files / "silent/plan"), "--plan-crs", PLANE]
    mixed += ["--communes", str(files / "degrees/communes.fgb")]
    assert CliRunner().invoke(main, ["list-layers", *mixed]).exit_code == 0


def test_an_index_is_kept_under_the_crs_of_each_file(files, tmp_path):
    """Metres read in another zone are another plan; what no file is read by is none."""

    def made(**options):
        require_index(cache=tmp_path, plan=files / "silent" / "plan", **options)
        return len(list((tmp_path / "check-index").iterdir()))

    assert made(plan_crs=PLANE) == 1
    assert made(crs=PLANE) == made(plan_crs=PLANE, communes_crs="EPSG:9214", crs=DEGREES) == 1
    assert made(plan_crs="EPSG:9214") == 2


def test_one_crs_for_both_still_counts_for_what_has_none_of_its_own(files):
    own = {"communes": files / "silent/communes.fgb", "plan": files / "silent/plan"}
    both = read_plan(**own, crs=PLANE)
    each = read_plan(**own, communes_crs=PLANE, plan_crs=PLANE)
    for name, frame in both.layers.items():
        assert_geoseries_equal(frame.geometry, each.layers[name].geometry)
    with pytest.raises(CrsError, match=r"communes\.fgb states no coordinate reference system"):
        read_plan(**own, plan_crs=PLANE)
