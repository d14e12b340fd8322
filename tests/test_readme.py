"""What the READMEs tell to type is typed, word for word, in a folder with the files they name."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
import toy_region
from conftest import SHARED, not_at_hand
from loopback import serve

from lsgis.source import read_plan
from lsgis.source.fetched import fetch

ROOT = Path(__file__).resolve().parent.parent
READMES = ("README.md", "README.vi.md")
RUN = "python3 scripts/run.py "
NOT_RUN = {"python3 scripts/test.py": "the tests themselves"}
REAL = (SHARED / "geodata").is_dir()
# a second time with the published communes, where a command takes them and names none
TAKES_COMMUNES = ("check-site ", "check-sites ", "check-plan ", "verify ")
CORNERS = [("1", "2396400,00", "411200,00"), ("2", "2396400,00", "412200,00"),
           ("3", "2395800,00", "412200,00"), ("4", "2395800,00", "411200,00")]  # fmt: skip


def text_of(name):
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name, language):
    """Texts between fences of one kind, each fence paired with the next one."""
    marks = re.split(r"^```(.*)\n", text_of(name), flags=re.M)[1:]
    return [marks[n + 1] for n in range(0, len(marks), 4) if marks[n] == language]


def command_lines(name):
    """Lines of the blocks, without what stands after `#`, which the shell leaves out too."""
    lines = [line for block in blocks(name, "") for line in block.splitlines()]
    return [line.partition(" # ")[0].strip() for line in lines if line.strip()]


def table_lines(name):
    """Commands of the table of sites, which stand there without their beginning."""
    return re.findall(r"^\|[^|]+\| `(check-site [^`]+)` \|", text_of(name), re.M)


COMMANDS = {name: command_lines(name) for name in READMES}


def shape_of(line):
    """A line without the names of files and columns that either README has in its own language."""
    line = re.sub(r"[\w./-]+(\.(?:gpkg|xlsx|csv|geojson|shp))(?= |$)", r"*\1", line)
    return re.sub(r"((?:--out|--plan|--catalogue|--count)|verify) \S+", r"\1 *", line)


# what stands in both is run once, whatever its files are called
LINES = list({shape_of(line): (name, line) for name in reversed(READMES)
              for line in reversed(COMMANDS[name])}.values())[::-1]  # fmt: skip


# ---- the folder: a checkout's scripts, and the files that the READMEs speak of


def write_corners(path, rows=CORNERS):
    """A table of corners as surveyors print it."""
    book = openpyxl.Workbook()
    for row in (("Bảng kê tọa độ góc ranh",), ("Điểm", "X (m)", "Y (m)"), *rows):
        book.active.append(row)
    book.save(path)


def write_projects(path):
    book = openpyxl.Workbook()
    book.active.append(("Tên dự án", "Kinh độ", "Vĩ độ", "Loại dự án"))
    book.active.append(("Điểm 1", 106.76, 21.85, "industrial"))
    book.active.append(("Điểm 2", 106.9, 21.9, ""))
    book.save(path)


def write_layers(folder, plan):
    """Own layers, named as the catalogue names them."""
    folder.mkdir()
    parks = plan.layers["industrial_park"]
    parks[~parks.geometry.isna()].to_file(folder / "industrial_park.gpkg")
    reserves = plan.layers["nature_reserve"].to_crs("EPSG:4326")
    reserves = reserves[~reserves.geometry.isna()]
    reserves[["code", "name_vi", "geometry"]].to_file(folder / "nature_reserve.geojson")


def write_office(folder):
    """What CONTRIBUTING.md has an office add: a layer and its consequence."""
    (sample,) = re.findall(r"^```toml\n(.*?)^```$", text_of("CONTRIBUTING.md"), re.M | re.S)
    (folder / "layers").mkdir(parents=True)
    (folder / "layers" / "cemetery.toml").write_text(sample, encoding="utf-8", newline="\n")


def write_files(home):
    plan = read_plan()
    communes = plan.layers["commune"]
    for name in ("plot.xlsx", "thua_dat.xlsx"):
        write_corners(home / name)
    rows = [";".join(row) for row in [("Điểm", "X (m)", "Y (m)"), *CORNERS]]
    (home / "park.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    for name in ("projects.xlsx", "du_an.xlsx"):
        write_projects(home / name)
    if REAL:
        real = gpd.read_file(SHARED / "geodata" / "communes_2025.geojson")
        communes = real.rename(columns={"code": "commune_code", "name": "name_vi"})
    for name in ("my.gpkg", "cua_toi.gpkg"):
        communes[["commune_code", "name_vi", "geometry"]].to_file(home / name)
    short = communes[["commune_code", "name_vi", "geometry"]].set_axis(
        ["ma_xa", "ten_xa", "geometry"], axis=1
    )
    short.to_file(home / "ranh_gioi.shp", encoding="utf-8")
    for name in ("my_layers", "lop_cua_toi"):
        write_layers(home / name, plan)
    for name in ("parks.gpkg", "kcn.gpkg"):
        shutil.copy(home / "my_layers" / "industrial_park.gpkg", home / name)
    units = "xa,huyen,{}\nHữu Liên,Hữu Lũng,120\nĐồng Đăng,Cao Lộc,310\n"
    (home / "schools.csv").write_text(units.format("pupils"), encoding="utf-8")
    (home / "truong_hoc.csv").write_text(units.format("hoc_sinh"), encoding="utf-8")
    plot = gpd.GeoSeries.from_wkt(["POLYGON ((106.75 21.85, 106.751 21.85, 106.751 21.851,"
                                   " 106.75 21.85))"], crs="EPSG:4326")  # fmt: skip
    for name in ("plot.geojson", "thua_dat.geojson"):
        plot.to_file(home / name)
    for name in ("our_office", "co_quan"):
        write_office(home / name)
    toy_region.write_region(home.parent / "cao_bang")


def write_python(folder):
    """What `scripts/run.py` would make first, made already: an environment that has lsgis."""
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        import workbench
    finally:
        sys.path.pop(0)
    (folder / "bin").mkdir(parents=True)
    for name in ("python", "python3"):
        python = folder / "bin" / name
        python.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
        python.chmod(0o755)
    stamp = [workbench._fingerprint(), "dossier", "parquet"]
    (folder / "lsgis-installed.txt").write_text("\n".join(stamp))


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """The folder, and how a command is run in it."""
    top = tmp_path_factory.mktemp("readme")
    home = top / "checkout"
    home.mkdir()
    write_files(home)
    shutil.copytree(ROOT / "scripts", home / "scripts")
    shutil.copy(ROOT / "pyproject.toml", home)
    write_python(top / "venv")
    environment = {
        **os.environ,
        "PATH": f"{top / 'venv' / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "LSGIS_VENV": str(top / "venv"),
        "XDG_CACHE_HOME": str(top / "cache"),
    }
    if REAL:  # what `fetch` brings, from a server on this machine
        with pytest.MonkeyPatch.context() as patch, serve() as server:
            patch.setenv("NO_PROXY", "127.0.0.1")
            patch.setenv("XDG_CACHE_HOME", str(top / "cache"))
            fetch(base_url=server.url)

    def run(line, code=(0, 1)):
        done = subprocess.run(line, shell=True, cwd=home, env=environment, capture_output=True,
                              text=True, check=False)  # fmt: skip
        said = done.stdout + done.stderr
        assert done.returncode in code and "Traceback" not in said, f"{line}\n{said[-2000:]}"
        return done

    return home, run


def maker_of(line):
    """The line that makes what another verifies; None of a line that verifies nothing."""
    said = re.search(r" verify (\S+)", line)
    return said and next(each for _, each in LINES if each.endswith(f"--out {said[1]}"))


# ---- every line


def test_every_command_block_is_found():
    """Nothing slips through because it is marked in another way."""
    for name in READMES:
        marks = re.findall(r"^```(.*)$", text_of(name), re.M)
        assert set(marks) <= {"", "python", "toml"}
        assert all(line.startswith("python3 scripts/") for line in COMMANDS[name])
    assert sum(map(len, COMMANDS.values())) > 20 and len(LINES) > 12
    assert len(table_lines("README.md")) == 3


@pytest.mark.skipif(os.name == "nt", reason="the lines are those of a POSIX shell")
@pytest.mark.parametrize(("name", "line"), LINES, ids=[line[len(RUN) :] for _, line in LINES])
def test_a_line_does_what_it_says(desk, name, line):
    home, run = desk
    if line in NOT_RUN:
        pytest.skip(NOT_RUN[line])
    if not REAL and (line == f"{RUN}fetch" or "fetched" in line):
        not_at_hand("published boundaries, and no network is asked for them")
    maker = maker_of(line)
    if maker and not (home / maker.split()[-1]).exists():  # where that test was not asked for
        run(maker)
    done = run(line)
    out = re.search(r"(?:--out|publish) (\S+)", line)
    if out:
        assert (home / out[1]).exists(), done.stdout
    if " verify " in line:
        assert done.returncode == 0, done.stdout


MADE = {maker_of(line) for _, line in LINES}  # with what verifies it
REPEATED = [
    line
    for _, line in LINES
    if line.startswith(tuple(RUN + word for word in TAKES_COMMUNES))
    and not {"--communes", "--catalogue"} & {*line.split()}
    and line not in MADE
]


@pytest.mark.skipif(os.name == "nt", reason="the lines are those of a POSIX shell")
@pytest.mark.parametrize("line", REPEATED, ids=[line[len(RUN) :] for line in REPEATED])
def test_a_line_does_it_with_the_published_communes_too(desk, line):
    if not REAL:
        not_at_hand(f"folder of real boundaries at {SHARED} (LSGIS_SHARED)")
    home, run = desk
    maker = maker_of(line)
    out = re.search(r"--out (\S+)", maker or line)
    if out:  # made with the communes carried: another answer by now
        shutil.rmtree(home / out[1], ignore_errors=True)
        (home / out[1]).unlink(missing_ok=True)
    more = f" --communes {shlex.quote(str(SHARED / 'geodata' / 'communes_2025.geojson'))}"
    if maker:
        run(maker + more)
    done = run(line + more)
    if " verify " in line:
        assert done.returncode == 0, done.stdout


@pytest.mark.skipif(os.name == "nt", reason="the lines are those of a POSIX shell")
@pytest.mark.parametrize("communes", ["carried", "published"])
@pytest.mark.parametrize("n", range(3))
def test_a_site_of_the_table_is_answered_and_verified(desk, n, communes):
    """With the options that the README says stand after each."""
    _, run = desk
    more = ""
    if communes == "published":
        if not REAL:
            not_at_hand(f"folder of real boundaries at {SHARED} (LSGIS_SHARED)")
        more = " --communes fetched"
    line = table_lines("README.md")[n]
    (after,) = re.findall(r"boundaries carried, `([^`]+)`", text_of("README.md").replace("\n", " "))
    options = after.replace("DIR", f"table-{n}-{communes}")
    done = run(f"{RUN}{line} {options}{more} --formats json,html,xlsx --lang en", code=(1,))
    told = re.search(rf"`{re.escape(line)}` \| \*?(\w+)", text_of("README.md"))[1]
    if communes == "carried" and told != "nothing":
        assert told.capitalize()[:-1] in done.stdout  # "possible": "Possibly affected"
    verified = run(f"{RUN}verify table-{n}-{communes}{more}", code=(0,))
    assert verified.returncode == 0


@pytest.mark.parametrize("name", READMES)
def test_the_python_of_a_readme_runs(desk, name):
    home, _ = desk
    for code in blocks(name, "python"):
        if not REAL:
            not_at_hand("published boundaries, and no network is asked for them")
        environment = {**os.environ, "PYTHONPATH": str(ROOT),
                       "XDG_CACHE_HOME": str(home.parent / "cache")}  # fmt: skip
        code += "\nassert len(parks) and len(pieces)\n"
        subprocess.run([sys.executable, "-c", code], cwd=home, env=environment, check=True)
