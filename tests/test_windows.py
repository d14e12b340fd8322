"""What would go wrong on an office's Windows machine, simulated as far as another system can."""

import ast
import errno
import json
import os
import subprocess
import sys
import unicodedata
import zipfile
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import xlsxwriter
from dossier_case import make_document
from hypothesis import example, given, settings
from hypothesis import strategies as st
from shapely.geometry import box
from toy import VN2000

import lsgis
from lsgis import disk
from lsgis.catalogue import read_catalogue
from lsgis.cli.commands import COMMANDS
from lsgis.errors import CatalogueError, LayerError, OutputError
from lsgis.intake import read_vector
from lsgis.publication import publish
from lsgis.region import read_region
from lsgis.report import write_book, write_dossier
from lsgis.spreadsheet import sheet_name
from lsgis.text import LANGUAGES, read_texts, say
from lsgis.webmap import list_carried

ROOT = Path(__file__).resolve().parent.parent
SQUARE = (
    "POLYGON ((449050 2417050, 449250 2417050, 449250 2417200, 449050 2417200, 449050 2417050))"
)
ROOM = 100  # letters of a path that lsgis makes below the folder it was given
OFFICE = (
    r"C:\Users\nguyen.van.a\OneDrive - So Tai nguyen va Moi truong\Quy hoach tinh\Ho so tham dinh"
)


# ---- what is printed

# every command with an error of its own, and one that each refuses in the same way
ASKED = {
    "list-layers": ["--plan", "không có"],
    "fetch": ["--base-url", "ftp://127.0.0.1/đâu"],
    "publish": ["không có/chỗ này"],
    "import-layer": ["không có.shp", "--as", "commune", "--out", "x.gpkg"],
    "write-template": ["không có/mẫu.gpkg"],
    "check-plan": ["--accepted", "không có.csv"],
    "crosswalk-table": ["không có.csv"],
    "mend-text": ["không có.csv", "--out", "x.csv"],
    "check-site": ["không có.xlsx"],
    "check-sites": ["không có.xlsx", "--out", "kết quả"],
    "verify": ["không có"],
    "check-layer": ["không có.gpkg", "--as", "commune"],
    "join-facts": ["không có.gpkg", "--facts", "x.csv"],
    "join-places": ["không có.gpkg"],
    "clip-to": ["không có.gpkg", "--within", "Hữu Lũng"],
    "overlay-zones": ["không có.gpkg", "commune"],
    "doctor": ["--cache"],
}
_EACH = """
import contextlib, io, json, os, sys
from lsgis.cli import main
told = []
for arguments in json.loads(sys.argv[1]):
    streams = [io.TextIOWrapper(io.BytesIO(), encoding=sys.argv[2]) for _ in "ab"]
    with contextlib.redirect_stdout(streams[0]), contextlib.redirect_stderr(streams[1]):
        try:
            code = main([os.fsdecode(each.encode()) for each in arguments])  # as from a keyboard
        except SystemExit as end:
            code = end.code
        for stream in streams:
            stream.flush()
    told.append([code, *(stream.buffer.getvalue().hex() for stream in streams)])
sys.__stdout__.buffer.write(json.dumps(told).encode())
"""


def run_each(commands, encoding, folder):
    """Exit code, stdout and stderr of commands in a child whose streams have an encoding."""
    machine = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0", "LC_ALL": "C", "LSGIS_CACHE": "k"}
    command = [sys.executable, "-c", _EACH, json.dumps(commands), encoding]
    environment = {**os.environ, **machine, "PYTHONPATH": str(ROOT)}
    made = subprocess.run(command, capture_output=True, cwd=folder, env=environment)
    assert made.returncode == 0, made.stderr.decode("utf-8", "replace")
    return [
        (code, bytes.fromhex(out), bytes.fromhex(err)) for code, out, err in json.loads(made.stdout)
    ]


def test_help_and_refusals_of_every_command_are_utf_8_under_every_code_page(tmp_path):
    assert {*ASKED} == {*COMMANDS}
    helps = [["--help"], *([name, "--help"] for name in COMMANDS)]
    refused = [[name, *more, "--lang", "vi"] for name, more in ASKED.items()]
    commands = [*helps, *refused]
    expected = run_each(helps, "utf-8", tmp_path) + run_each(refused, "cp1258", tmp_path)
    assert [code for code, *_ in expected] == [0] * len(helps) + [2] * len(refused)
    for encoding in ("cp1252", "ascii", "cp1258"):
        for command, found, told in zip(
            helps, run_each(helps, encoding, tmp_path), expected, strict=False
        ):
            assert found == told, command
    for command, (_, out, err) in zip(commands, expected, strict=True):
        text = (out + err).decode("utf-8")
        assert any(ord(letter) > 0x1000 for letter in text), command
        assert "LSGIS_DEBUG=1 và gửi" not in text, text


# ---- names


@pytest.mark.parametrize(
    "name",
    [
        "CON",
        "nul.geojson",
        "aux.tar.gz",
        "COM1",
        "LPT¹",
        "com³.csv",
        "CONOUT$",
        "con .txt",
        "a.",
        "a ",
        "a:b",
        "a?",
        "a*",
        "a<b",
        "a>b",
        "a|b",
        'a"b',
        "a\\b",
        "a\nb",
        "a\x01",
    ],
)
def test_a_folder_with_a_name_that_windows_refuses_is_refused(tmp_path, name):
    (tmp_path / "geojson").mkdir()
    (tmp_path / "geojson" / name).write_bytes(b"")
    with pytest.raises(OutputError, match=r"(?s)geojson/.*takes no such name"):
        disk.require_portable(tmp_path)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("A.csv", "a.csv", id="capitals"),
        pytest.param("Đường", "đường", id="Vietnamese capitals"),
        pytest.param(
            unicodedata.normalize("NFC", "xã"), unicodedata.normalize("NFD", "xã"), id="spelling"
        ),
    ],
)
def test_two_names_that_are_one_elsewhere_are_refused(tmp_path, one, other):
    for name in (one, other):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(OutputError, match="the same name"):
        disk.require_portable(tmp_path)
    (tmp_path / one).unlink()
    disk.require_portable(tmp_path)


_LAYER = """\
title = {{ vi = "Thử", en = "Trial" }}
theme = "{theme}"
geometry = "Polygon"
crs = "EPSG:9215"
key = "code"
quality = "none"
fields = ["code", "name_vi", "quality", "accuracy_m", "source", "clause", "note_vi"]
[legal]
instrument = "339/QĐ-UBND"
clause = "339/IX.1.a"
[build]
from = "none"
[style]
color = "#5a5a5a"
"""


def add_layer(office, name, theme):
    (office / "layers").mkdir(parents=True)
    text = f'name = "{name}"\n' + _LAYER.format(theme=theme)
    (office / f"layers/{name}.toml").write_text(text, encoding="utf-8")
    return read_region(catalogue=[office])


@pytest.mark.parametrize("name", ["aux", "con", "com1", "Commune"])
def test_a_layer_whose_file_no_windows_machine_could_hold_is_refused(tmp_path, name):
    with pytest.raises(CatalogueError, match=rf"(?s){name}\.toml .*lower-case letters"):
        read_catalogue(add_layer(tmp_path, name, "environment"))


def test_a_page_whose_name_windows_refuses_is_told_and_nothing_written(tmp_path):
    region = add_layer(tmp_path / "office", "cemetery", "a:b")
    (tmp_path / "office/data").mkdir()
    heading, *_ = (ROOT / "data/theme.csv").read_text(encoding="utf-8").splitlines()
    row = {"code": "a:b", "rank": "99", "vi": "Thử", "en": "Trial"}
    told = ",".join(row.get(name, "") for name in heading.split(","))
    (tmp_path / "office/data/theme.csv").write_text(f"{heading}\n{told}\n", encoding="utf-8")
    region = read_region(catalogue=[tmp_path / "office"])
    with pytest.raises(OutputError, match=r"map_a:b\.html: the system takes no such name"):
        publish(tmp_path / "site", region=region)
    assert [path.name for path in tmp_path.iterdir()] == ["office"]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A site folder and a dossier, as they are handed on."""
    home = tmp_path_factory.mktemp("w")
    publish(home / "site")
    pytest.importorskip("matplotlib")
    formats = ("html", "xlsx", "json", "gpkg", "png")
    write_dossier(make_document(), home / "dossier", formats=formats)
    return home


def test_what_is_handed_on_fits_every_machine(written):
    disk.require_portable(written)
    aside = f"{disk._PREFIX}{2**22}-{'f' * 12}/new/"  # while it is being written
    longest = max((str(path.relative_to(written)) for path in written.rglob("*")), key=len)
    assert len(aside + longest) <= ROOM, longest
    assert len(OFFICE) + 1 + ROOM <= 240


def test_text_is_the_same_bytes_on_every_machine(written):
    """No break of a line but "\\n": a file would differ, and its dossier fail."""
    texts = [
        path
        for path in written.rglob("*")
        if path.suffix in {".html", ".csv", ".json", ".geojson", ".js", ".css", ".sha256"}
    ]
    leaflet, _ = list_carried()  # its files are as they came
    texts = [path for path in texts if path.name not in leaflet.files]
    assert len(texts) > 50
    assert not [path for path in texts if b"\r" in path.read_bytes()]


# of the calls that write text: the mode, where one stands, and which take a `newline`
def _text_writers(tree):
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        called = (
            call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        )
        modes = [
            arg.value
            for arg in [*call.args, *(k.value for k in call.keywords)]
            if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
        ]
        if called == "write_text" and any(k.arg == "encoding" for k in call.keywords):
            yield call
        elif called in {"open", "fdopen", "NamedTemporaryFile", "TemporaryFile"}:
            writes = [m for m in modes if set(m) <= set("rwxabt+") and set(m) & set("wxa+")]
            if writes and not any("b" in mode for mode in writes):
                yield call


def test_no_writer_leaves_its_line_ends_to_the_machine():
    found, strays = 0, []
    for path in sorted(Path(lsgis.__file__).parent.rglob("*.py")):
        for call in _text_writers(ast.parse(path.read_text(encoding="utf-8"))):
            given_ = {k.arg: ast.unparse(k.value) for k in call.keywords}
            found += 1
            if given_.get("newline") not in {"'\\n'", "''"} or "encoding" not in given_:
                strays.append(f"{path.name}:{call.lineno}")
    assert found > 5 and not strays


# ---- sheets of a workbook


@settings(max_examples=25, deadline=None)
@given(names=st.lists(st.text(max_size=40), min_size=1, max_size=5))
@example(names=["", "History", "a/b:c", "'x'", "A" * 40, "a" * 40, "Đất", "đất", "😀" * 20])
def test_any_name_makes_a_sheet(names, tmp_path_factory):
    path = tmp_path_factory.mktemp("book") / "b.xlsx"
    used = []
    with xlsxwriter.Workbook(path) as book:
        for name in names:
            used.append(sheet_name(name, used))
            book.add_worksheet(used[-1])
    assert openpyxl.load_workbook(path).sheetnames == used
    assert len({name.casefold() for name in used}) == len(names)


def test_every_sheet_of_ours_keeps_its_name(tmp_path):
    texts = [
        texts[lang]
        for code, texts in read_texts().items()
        for lang in LANGUAGES
        if "sheet" in code.rpartition(".")[2]
    ]
    assert texts and all(sheet_name(text) == text for text in texts if "{" not in text)
    tables = {"a/b": pd.DataFrame({"x": [1]}), "A:B": pd.DataFrame({"x": [2]})}
    write_book(tables, tmp_path / "b.xlsx", title="t", lang="vi", region=read_region())
    assert openpyxl.load_workbook(tmp_path / "b.xlsx").sheetnames == ["a b", "A B 2"]


# ---- archives packed on Windows


@pytest.fixture
def shapefile(tmp_path):
    frame = gpd.GeoDataFrame(
        {"code": ["A"]}, geometry=[box(430000, 2400000, 431000, 2401000)], crs=VN2000
    )
    (tmp_path / "shp").mkdir()
    frame.to_file(tmp_path / "shp/ranh.shp")
    return {path.suffix: path.read_bytes() for path in (tmp_path / "shp").iterdir()}


def pack(path, members):
    with zipfile.ZipFile(path, "w") as packed:
        for name, content in members.items():
            info = zipfile.ZipInfo("x")
            info.filename = name  # as it is, whatever the system parts folders by
            packed.writestr(info, content)
    return path


@pytest.mark.parametrize(
    "folder", ["", "hồ sơ\\", "a\\b\\", "..\\..\\", "C:\\x\\", "\\\\host\\x\\"]
)
def test_a_backslash_in_an_archive_parts_folders(shapefile, tmp_path, folder):
    members = {f"{folder}ranh{end}": content for end, content in shapefile.items()}
    members[f"__MACOSX\\{folder}ranh.shp"] = b"litter"
    before = sorted(path.name for path in tmp_path.iterdir())
    frame = read_vector(pack(tmp_path / "x.zip", members))
    assert frame["code"].tolist() == ["A"] and frame.crs == VN2000
    (tmp_path / "x.zip").unlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_geodatabase_packed_with_backslashes_is_found(tmp_path):
    with pytest.raises(LayerError, match="cannot") as refused:
        read_vector(pack(tmp_path / "x.zip", {"d\\ranh.gdb\\a00000001.gdbtable": b"no"}))
    assert "no file with features" not in str(refused.value)


def test_two_members_of_one_name_are_refused(shapefile, tmp_path):
    members = {f"ranh{end}": content for end, content in shapefile.items()}
    with pytest.raises(LayerError, match=r"two files called ranh\.DBF"):
        read_vector(pack(tmp_path / "x.zip", {**members, "ranh.DBF": shapefile[".dbf"]}))


# ---- files that another program holds, and what Windows has not


def test_a_file_that_another_program_holds_is_told(tmp_path, monkeypatch):
    """Word holds one file of the folder: the refusal says so, and all stays as it was."""
    write_dossier(make_document(), tmp_path / "d", formats=("json", "xlsx"))
    before = {path.name: path.read_bytes() for path in (tmp_path / "d").iterdir()}
    real = Path.replace

    def held(self, target):
        if Path(target).suffix == ".xlsx":
            error = PermissionError(errno.EACCES, "Access is denied", str(target))
            error.winerror = 32
            raise error
        return real(self, target)

    monkeypatch.setattr(Path, "replace", held)
    with pytest.raises(OutputError, match="open in another program; close it and run again"):
        write_dossier(make_document(), tmp_path / "d", formats=("json", "xlsx"))
    monkeypatch.undo()
    assert {path.name: path.read_bytes() for path in (tmp_path / "d").iterdir()} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["d"]


_WITHOUT = """
import ctypes, importlib.abc, multiprocessing, os, shutil, subprocess, sys, tempfile, types

class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name in {"fcntl", "pwd", "grp", "resource", "termios"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

for name in ("fork", "forkpty", "O_DIRECTORY", "O_NOFOLLOW", "mkfifo", "getpgid", "killpg"):
    if hasattr(os, name):
        delattr(os, name)
held = []
msvcrt = types.ModuleType("msvcrt")
msvcrt.LK_NBLCK = 2
msvcrt.locking = lambda *told: held.append(told)
sys.modules["msvcrt"] = msvcrt
sys.modules.pop("fcntl", None)
sys.meta_path.insert(0, Absent())
ours, sys.platform = sys.platform, "win32"
import lsgis.disk
sys.platform = ours
from lsgis.cli import main
try:
    main(sys.argv[1:])
finally:
    print(len(held), file=sys.stderr)
"""


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["list-layers"], id="list-layers"),
        pytest.param(["write-template", "t.gpkg"], id="write-template"),
        pytest.param(
            [
                "check-site",
                SQUARE,
                "--crs",
                "EPSG:9215",
                "--formats",
                "json,xlsx,gpkg",
                "--out",
                "d",
            ],
            id="check-site",
        ),
        pytest.param(["check-sites", "s.csv", "--out", "v"], id="check-sites"),
        pytest.param(
            ["overlay-zones", "commune", "environmental_zone", "--out", "o.xlsx"],
            id="overlay-zones",
        ),
        pytest.param(
            ["import-layer", "m.geojson", "--as", "wetland", "--out", "w.gpkg"], id="import"
        ),
    ],
)
def test_no_command_needs_what_windows_has_not(tmp_path, command):
    (tmp_path / "s.csv").write_text('site\n"106.76,21.85"\n', encoding="utf-8")
    square = gpd.GeoDataFrame(
        {"code": ["A"], "name_vi": ["a"]}, geometry=[box(106.7, 21.8, 106.71, 21.81)], crs=4326
    )
    square.to_file(tmp_path / "m.geojson")
    run = [sys.executable, "-c", _WITHOUT, *command, "--lang", "en"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LSGIS_CACHE": str(tmp_path / "k")}
    made = subprocess.run(run, capture_output=True, cwd=tmp_path, env=environment, encoding="utf-8")
    assert made.returncode in (0, 1), made.stderr
    assert "Traceback" not in made.stderr and "unexpected" not in made.stderr
    writes = {"--out", "write-template"} & {*command}
    assert (int(made.stderr.split()[-1]) > 0) is bool(writes) or command[0] == "list-layers"


def test_a_refusal_by_name_has_words_in_both_languages():
    for lang in LANGUAGES:
        assert "A.csv" in say("disk.same-name", lang, found="A.csv")
