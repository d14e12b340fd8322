"""Whatever is written stands whole, old or new, however a run ends; and one room writes."""

import ast
import errno
import io
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
import traceback
import zipfile
from contextlib import closing
from functools import cache
from itertools import count as numbers
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

import lsgis
from lsgis import disk
from lsgis.errors import CatalogueError, OutputError
from lsgis.text import read_room_texts

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = Path(lsgis.__file__).parent
OLD, NEW = "old" * 1000, "new" * 2000
KINDS = ("file", "folder", "set", "first set")


# ---- one thing to write, of each kind, and what it may look like


def write(kind, place, text):
    """Write `text` everywhere in a file, a folder or a set of files that belong together."""
    if kind == "file":
        with disk.whole_file(place / "out.txt") as aside:
            aside.write_text(text)
    elif kind == "folder":
        with disk.whole_folder(place / "out") as aside:
            (aside / "below").mkdir()
            (aside / "page.txt").write_text(text)
            (aside / "below" / "data.txt").write_text(text)
    else:
        folder = place / "out" if kind == "first set" else place
        with disk.whole_set(folder, last="a.txt") as aside:
            (aside / "below").mkdir()
            for name in ("a.txt", "b.txt", "below/c.txt"):
                (aside / name).write_text(text)


def seen(place):
    """Every file below a folder with its text, work folders left out."""
    found = {}
    for folder, folders, files in os.walk(place):
        folders[:] = [name for name in folders if not name.startswith(".lsgis-")]
        for path in (Path(folder) / name for name in files):
            found[path.relative_to(place).as_posix()] = path.read_text()
    return found


def left(place):
    return sorted(path.name for path in place.rglob(".lsgis-*"))


def hurry():
    """A killed process takes nothing from the system: flushing changes no outcome here."""
    os.fsync = lambda place: None


def alone():
    """Nobody else is at work: what was harmed while it held a folder is waited for in vain."""
    hurry()
    disk._PATIENCE = 1
    disk.why(OSError(errno.EIO, "x"), Path())  # texts are read once, not in each child


@pytest.fixture
def in_memory(tmp_path):
    """A folder in memory where the system has one: a killed process takes nothing from it."""
    if not os.access("/dev/shm", os.W_OK):
        yield tmp_path
        return
    with TemporaryDirectory(dir="/dev/shm") as place:
        yield Path(place)


def prepare(kind, place, *, stood):
    """A place with somebody else's file, and what an earlier run wrote."""
    place.mkdir(parents=True)
    (place / "mine.txt").write_text("mine")
    if stood:
        write(kind, place, OLD)
    return seen(place)


def harm(kind, place, line, how):
    """In a process of its own: write, and be killed or interrupted at the n-th line of disk.py."""
    child = os.fork()
    if child == 0:
        count = 0

        def trace(frame, event, _):
            nonlocal count
            if frame.f_code.co_filename != disk.__file__:
                return None
            if event == "line":
                count += 1
                if count == line:
                    if how == "kill":
                        os.kill(os.getpid(), signal.SIGKILL)
                    sys.settrace(None)
                    raise KeyboardInterrupt if how == "interrupt" else OSError(errno.EIO, "broken")
            return trace

        code = 0
        sys.settrace(trace)
        try:
            if kind == "sweep":
                disk.sweep(place)
            else:
                write(kind, place, NEW)
        except BaseException:
            code = 1
        finally:
            sys.settrace(None)
        os._exit(code if count >= line else 77)  # 77: it ended before
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def harm_everywhere(kind, place, how, stood):
    """The law, for every line of disk.py that the writing runs through; returns their number."""
    alone()
    clean = place / "clean"
    prepare(kind, clean, stood=stood)
    write(kind, clean, NEW)
    expected = seen(clean)
    line, states = 0, set()
    while True:
        line += 1
        home = place / str(line)
        before = prepare(kind, home, stood=stood)
        if harm(kind, home, line, how) == 77:
            break
        now = seen(home)
        assert now.items() <= {*before.items(), *expected.items()}, f"{line}: a part"
        if stood and kind != "folder":
            assert now.keys() == expected.keys(), f"{line}: a moment without"
        disk.sweep(home)
        disk.sweep(home / "out")
        now = seen(home)
        states.add("old" if now == before else "new" if now == expected else f"{line}: {now}")
        assert left(home) == [], f"{line}: a leftover"
        write(kind, home, NEW)
        assert seen(home) == expected, f"{line}: not mended"
    assert states <= {"old", "new"}, states
    return line


FIRST = "import sys; from pathlib import Path; import test_disk as t\n"


def start(code, *arguments, **options):
    """A single-threaded process that knows this file as `t`."""
    path = os.pathsep.join((str(ROOT), str(ROOT / "tests")))
    command = [sys.executable, "-c", FIRST + code, *map(str, arguments)]
    return subprocess.Popen(command, env=os.environ | {"PYTHONPATH": path}, text=True, **options)


def serve():
    """For each line of code it is sent: a child that runs it; its exit code is told."""
    for line in sys.stdin:
        code, out, err, *arguments = json.loads(line)
        child = os.fork()
        if child == 0:
            for place, path in ((1, out), (2, err)):
                os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), place)
            sys.argv[1:] = arguments
            try:
                exec(FIRST + code, {})
            except SystemExit as ended:
                os.write(2, str(ended).encode())
            except BaseException:
                os.write(2, traceback.format_exc().encode())
            else:
                sys.stdout.flush()
                os._exit(0)
            os._exit(1)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


@pytest.fixture(scope="module")
def in_a_process(tmp_path_factory):
    """What a process says until its end; all are children of one, which starts but once."""
    home, number = tmp_path_factory.mktemp("said"), numbers()
    with start("t.serve()", stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:

        def ask(code, *arguments):
            name = f"{next(number)}"
            out, err = home / f"{name}.out", home / f"{name}.error"
            request = json.dumps([code, str(out), str(err), *map(str, arguments)])
            print(request, file=server.stdin, flush=True)
            ended = int(server.stdout.readline())
            return subprocess.CompletedProcess(code, ended, out.read_text(), err.read_text())

        yield ask
        server.stdin.close()


# ---- old-whole or new-whole


@pytest.mark.parametrize(
    ("kind", "how", "stood"),
    [
        *product(("file", "folder", "set"), ("kill", "raise"), (True,)),
        *product(KINDS, ("kill",), (False,)),
        ("first set", "raise", False),  # where one stood it goes the way of "set"
    ],
)
def test_whatever_ends_a_run_at_any_line_is_mended(kind, how, stood, in_memory, in_a_process):
    code = (
        "print(t.harm_everywhere(sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4] == '1'))"
    )
    told = in_a_process(code, kind, in_memory, how, int(stood))
    assert told.returncode == 0, told.stderr[-2000:]
    assert int(told.stdout) > 60  # lines at which it was harmed


def stop_between(place):
    """A set killed right after its first file arrived: the line of disk.py, and what stood."""
    low, high = 1, 400  # nothing has arrived; all has
    while high - low > 1:
        line = (low + high) // 2
        home = place / f"find{line}"
        before = prepare("set", home, stood=True)
        harm("set", home, line, "kill")
        low, high = (line, high) if seen(home) == before else (low, line)
    return high, before


def kill_the_mending(place):
    """A set killed after its first file arrived; the sweep killed at every line of its own."""
    alone()
    line, before = stop_between(place)
    count = 0
    while True:
        count += 1
        home = place / f"mend{count}"
        prepare("set", home, stood=True)
        harm("set", home, line, "kill")
        assert seen(home) != before
        ended = harm("sweep", home, count, "kill")
        disk.sweep(home)
        assert (seen(home), left(home)) == (before, [])
        if ended == 77:
            return count


def test_a_mending_that_is_killed_is_mended(in_memory, in_a_process):
    told = in_a_process("print(t.kill_the_mending(Path(sys.argv[1])))", in_memory)
    assert told.returncode == 0, told.stderr[-2000:]
    assert int(told.stdout) > 40


def kill_at_random(kind, place):
    """Six times: write generation after generation until killed; the law after each."""
    hurry()
    moments, before = random.Random(kind), -1
    for _ in range(6):
        child = os.fork()
        if child == 0:
            for number in range(10**9):
                write(kind, place, f"{number} " * 20_000)
        time.sleep(moments.uniform(0.02, 0.2))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        disk.sweep(place)
        disk.sweep(place / "out")
        texts = set(seen(place).values())
        assert len(texts) <= 1 and left(place) == []
        for text in texts:
            assert text == f"{text.split()[0]} " * 20_000
            before = max(before, int(text.split()[0]))
    assert before >= 0  # at least one was written


@pytest.mark.parametrize("kind", KINDS)
def test_a_kill_at_a_random_moment_leaves_one_generation(kind, tmp_path, in_a_process):
    told = in_a_process("t.kill_at_random(sys.argv[1], Path(sys.argv[2]))", kind, tmp_path)
    assert told.returncode == 0, told.stderr[-2000:]


def write_often(kind, place, word):
    hurry()
    for number in range(40):
        write(kind, place, f"{word}{number} " * 2000)


@pytest.mark.parametrize("kind", ["file", "set"])
def test_two_at_work_do_not_mix(kind, tmp_path):
    code = "t.write_often(sys.argv[1], Path(sys.argv[2]), sys.argv[3])"
    pair = [start(code, kind, tmp_path, word) for word in ("one", "two")]
    while any(child.poll() is None for child in pair):
        for text in seen(tmp_path).values():
            assert text == f"{text.split()[0]} " * 2000
    assert [child.returncode for child in pair] == [0, 0]
    assert len(set(seen(tmp_path).values())) == 1 and left(tmp_path) == []


def test_a_living_run_is_left_alone(tmp_path):
    with disk.whole_set(tmp_path) as aside:
        (aside / "a.txt").write_text("new")
        disk.sweep(tmp_path)
        write("file", tmp_path, "other")
        assert len(left(tmp_path)) == 1
    assert seen(tmp_path) == {"a.txt": "new", "out.txt": "other"}


def test_what_somebody_changed_since_is_not_put_back(tmp_path, in_a_process):
    """A set killed half way: its new file was edited by hand before the next run."""
    code = (
        "t.alone(); line, _ = t.stop_between(Path(sys.argv[1]) / 'find')\n"
        "t.prepare('set', Path(sys.argv[2]), stood=True)\n"
        "t.harm('set', Path(sys.argv[2]), line, 'kill')\n"
    )
    home = tmp_path / "home"
    told = in_a_process(code, tmp_path, home)
    assert told.returncode == 0, told.stderr[-2000:]
    (changed,) = [name for name, text in seen(home).items() if text == NEW]
    (home / changed).write_text("edited by hand")
    disk.sweep(home)
    assert seen(home)[changed] == "edited by hand"
    assert set(seen(home).values()) == {"edited by hand", OLD, "mine"}


@pytest.mark.parametrize(("days", "stays"), [(6.9, True), (7.1, False)])
def test_on_a_disk_without_locks_a_leftover_is_a_week_old(days, stays, tmp_path, monkeypatch):
    def refuse(place):
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr(disk, "_hold", refuse)
    work, then = tmp_path / ".lsgis-1-abc", time.time() - days * 86_400
    work.mkdir()
    (work / "lock").touch()
    os.utime(work, (then, then))
    disk.sweep(tmp_path)
    assert work.exists() == stays


def test_a_work_folder_is_only_one_with_our_name(tmp_path):
    (tmp_path / ".lsgis").mkdir()
    (tmp_path / ".lsgis-mine.txt").write_text("mine")
    (tmp_path / "x.lsgis-1-a").mkdir()
    (tmp_path / ".lsgis-1-link").symlink_to(tmp_path / "x.lsgis-1-a")
    before = sorted(tmp_path.iterdir())
    disk.sweep(tmp_path)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("error", [KeyError("x"), CatalogueError("disk.denied"), SystemExit(1)])
@pytest.mark.parametrize("kind", ["whole_file", "whole_folder", "whole_set"])
def test_an_error_of_the_thing_written_stays_itself(kind, error, tmp_path):
    with pytest.raises(type(error)), getattr(disk, kind)(tmp_path / "out") as aside:
        if aside.is_dir():
            (aside / "x").write_text("half")
        else:
            aside.write_text("half")
        raise error
    assert list(tmp_path.iterdir()) == []


def test_files_are_with_the_disk_before_they_arrive(tmp_path, monkeypatch):
    """Every file and the plan are flushed before the first move, the folder after the last."""
    write("set", tmp_path, OLD)
    told = []
    flush, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda n: (told.append("flush"), flush(n))[1])
    monkeypatch.setattr(
        Path, "replace", lambda path, to: (told.append(Path(to).name), replace(path, to))[1]
    )
    write("set", tmp_path, NEW)
    moves = [name for name in told if name != "flush"]
    assert moves == ["plan", "b.txt", "c.txt", "a.txt"]
    assert told[: told.index("plan")].count("flush") >= 4
    assert "flush" in told[told.index("plan") : told.index("b.txt")] and told[-1] == "flush"


# ---- disks that take no more


@pytest.fixture
def small_disk(tmp_path):
    """A real disk of 256 KB; only the system's administrator can have one."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)], capture_output=True
    )
    if made.returncode:
        pytest.skip("no right to mount a small disk")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def features(count=4000):
    import geopandas as gpd  # only where needed: the many processes of this file start quickly
    import shapely

    shapes = [shapely.box(x, 0, x + 1, 1) for x in range(count)]
    return gpd.GeoDataFrame({"name": ["x" * 40] * count}, geometry=shapes, crs=9215)


def _sqlite(path):
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("create table t (x)")
        file.executemany("insert into t values (?)", [["x" * 1000]] * 1000)


def _workbook(path):
    import xlsxwriter

    with xlsxwriter.Workbook(path) as book:
        picture = io.BytesIO()
        noise().save(picture, "png")
        book.add_worksheet().insert_image(0, 0, "noise.png", {"image_data": picture})


def _package(path):
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("x", os.urandom(1_000_000))


def _figure(path):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 8))
    figure.figimage([[random.random() for _ in range(700)] for _ in range(700)])
    figure.savefig(path, format="png")


def noise():
    from PIL import Image

    return Image.frombytes("RGB", (500, 500), os.urandom(750_000))


LIBRARIES = {
    "text": lambda path: path.write_text("x" * 1_000_000),
    "csv": lambda path: features().to_csv(path),
    "gpkg": lambda path: features().to_file(path, driver="GPKG"),
    "geojson": lambda path: features().to_file(path, driver="GeoJSON"),
    "fgb": lambda path: features().to_file(path, driver="FlatGeobuf"),
    "sqlite": _sqlite,
    "xlsx": _workbook,
    "zip": _package,
    "pillow": lambda path: noise().save(path, "png"),
    "matplotlib": _figure,
}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("name", LIBRARIES)
def test_a_full_disk_is_told_whatever_the_library_says(name, small_disk):
    path = small_disk / f"out.{name}"
    path.write_text(OLD)
    with pytest.raises(OutputError) as refusal, disk.whole_file(path) as aside:
        LIBRARIES[name](aside)
    assert "the disk is full, 0 MB free; free some space and run again" in str(refusal.value)
    assert "ổ đĩa đã đầy, còn trống 0 MB" in refusal.value.message("vi")
    assert (list(small_disk.iterdir()), path.read_text()) == ([path], OLD)


@pytest.mark.parametrize("kind", KINDS)
def test_a_full_disk_keeps_what_stood(kind, small_disk):
    before = prepare(kind, small_disk / "x", stood=True)
    with pytest.raises(OutputError, match="the disk is full"):
        write(kind, small_disk / "x", "x" * 300_000)
    assert (seen(small_disk / "x"), left(small_disk)) == (before, [])
    write(kind, small_disk / "x", NEW)
    assert NEW in seen(small_disk / "x").values()


@pytest.mark.parametrize("kind", KINDS)
def test_a_disk_only_for_reading_is_told(kind, small_disk):
    before = prepare(kind, small_disk / "x", stood=True)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(OutputError, match="the disk is read-only; write to another one"):
        write(kind, small_disk / "x", NEW)
    assert seen(small_disk / "x") == before


@pytest.mark.parametrize("name", ["text", "csv", "gpkg", "sqlite", "xlsx", "zip", "pillow"])
def test_a_file_larger_than_allowed_is_told(name, tmp_path, in_a_process):
    """Needs no right of the administrator: the system refuses files beyond 32 KB."""
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (32768, 32768))\n"
        "try:\n"
        "    with t.disk.whole_file(Path(sys.argv[1])) as aside: t.LIBRARIES[sys.argv[2]](aside)\n"
        "except t.OutputError as error:\n"
        "    sys.exit(f'refused: {error}')\n"
    )
    told = in_a_process(code, tmp_path / "out", name)
    assert "the file is larger than the system allows" in told.stderr.split("refused: ")[1]
    assert list(tmp_path.iterdir()) == []


def test_a_database_without_its_end_does_not_arrive(tmp_path):
    """GDAL may close one on a full disk without a word."""
    _sqlite(tmp_path / "whole")
    content = (tmp_path / "whole").read_bytes()
    with pytest.raises(OutputError), disk.whole_file(tmp_path / "out.sqlite") as aside:
        aside.write_bytes(content[:-4096])
    with disk.whole_file(tmp_path / "out.sqlite") as aside:
        aside.write_bytes(content)
    assert (tmp_path / "out.sqlite").read_bytes() == content
    package = tmp_path / "out.gpkg"
    with pytest.raises(OutputError, match="gpkg_contents"), disk.whole_file(package) as aside:
        aside.write_bytes(content)


# ---- the reason, in words


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("place", "words"),
    [
        pytest.param(
            "none/below",
            r"the folder .*none(.below)? does not exist; make it first$",
            id="no folder",
        ),
        pytest.param("file", "expected a folder, but a file", id="a file in its place"),
        pytest.param("x" * 300, "too long; choose a shorter one", id="a long name"),
        pytest.param("a\0b", "takes no such name", id="a sign no system takes"),
    ],
)
def test_a_place_that_cannot_be_is_told(kind, place, words, tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OutputError, match=words):
        write(kind, tmp_path / place, NEW)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_folder_in_the_place_of_a_file_is_told(tmp_path):
    (tmp_path / "out.txt").mkdir()
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "c.txt").mkdir()
    for kind in ("file", "set"):
        with pytest.raises(OutputError, match="a folder of that name stands there"):
            write(kind, tmp_path, NEW)
    assert seen(tmp_path) == {} and left(tmp_path) == []


def test_a_link_is_never_taken_for_a_folder(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "mine")
    with pytest.raises(OutputError, match="a file or a link stands there"):
        write("folder", tmp_path, NEW)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "out"]


def of_windows(number):
    error = PermissionError(errno.EACCES, "Access is denied")
    error.winerror = number
    return error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.EDQUOT, "x"), "the disk is full"),
        (PermissionError(errno.EACCES, "x"), "no right to write there"),
        (OSError(errno.ETXTBSY, "x"), "open in another program; close it and run again"),
        (OSError(errno.ESTALE, "x"), "no longer connected"),
        (OSError(errno.EMFILE, "Too many open files"), "Too many open files .* MB free"),
        (of_windows(32), "open in another program; close it and run again"),
        (of_windows(5), "open in another program .close it and run again., or there is no right"),
        (of_windows(112), "the disk is full"),
        (of_windows(123), "takes no such name"),
        (of_windows(206), "too long"),
        (sqlite3.OperationalError("unable to open database file"), "unable to open .* MB free"),
    ],
    ids=str,
)
def test_every_reason_has_words(error, words, tmp_path):
    with pytest.raises(OutputError, match=words) as refusal, disk.whole_file(tmp_path / "x"):
        raise error
    assert refusal.value.message("vi") != refusal.value.message("en")
    assert list(tmp_path.iterdir()) == []


def test_every_text_of_the_room_is_used():
    special = {"disk.unwritable", "disk.library", "disk.same-name", "disk.no-home", "disk.vanished"}
    kinds = {*disk._KINDS, *special, "disk.full-needed"}
    assert set(read_room_texts("disk")) == kinds


@pytest.mark.parametrize(
    ("name", "reserved"),
    [
        ("con", True),
        ("NUL.gpkg", True),
        ("com1.csv", True),
        ("a:b", True),
        ("a ", True),
        ("console.gpkg", False),
        ("com.gpkg", False),
        ("hồ sơ.pdf", False),
        (".hidden", False),
    ],
)
def test_names_that_windows_keeps_for_itself(name, reserved):
    assert disk.is_reserved(name) is reserved


# ---- the writers of the package


def table(columns):
    import pandas as pd

    return pd.DataFrame(columns)


def _issues(place):
    from lsgis.check import write_issues

    write_issues([], place / "issues", lang="en")


def _import(place):
    from lsgis.layerfile import write_import

    log = table({"what": ["x" * 1000] * 1000})
    write_import(features(10), log, place / "out.gpkg", force=True)


def _repair(place):
    from lsgis.cli.output import write_both

    write_both(features(10), table({"x": ["x" * 1000] * 1000}), place / "r.csv", force=True)


def _features(place):
    from lsgis.cli.options import FileOptions
    from lsgis.cli.output import write_features
    from lsgis.region import read_region

    target = FileOptions(out=place / "out.geojson", for_office=False, force=True)
    write_features(features(), target.out, target=target, lang="en", region=read_region())


def _template(place):
    lsgis.write_template(place / "template.gpkg", force=True)


def _tables(place):
    from lsgis.report import write_tables

    write_tables({"commune": table({"name_vi": ["x" * 1000] * 1000})}, place, lang="en")


def _assets(place):
    from lsgis.webmap import write_assets

    write_assets(place / "assets")


def _page(place):
    lsgis.write_issue_page([], place / "page", lang="en", title="x" * 300_000)


def _summary(place):
    from datetime import date

    from toysite import toy_index

    from lsgis.sitecheck.batch import _BLANK
    from lsgis.sitecheck.batch_summary import Run, write_summary

    row = dict.fromkeys((*_BLANK, "error_vi"), None) | {"error_en": "x"}
    row |= {"row": 1, "states": {}, "worst": "error", "name": "x" * 1000}
    row |= {"assumed": {}, "caveats": {}, "vouched": [], "unset": {}, "files": {}}
    run = Run(toy_index({}), date(2026, 11, 22), (), 100.0, {2: {}, 1: {}})
    write_summary([row] * 1000, place, cells=(), run=run, lang="en")


def _publish(place):
    lsgis.publish(place / "site")


def _index(place):
    lsgis.require_index(cache=place)


WRITERS = [
    _issues,
    _import,
    _repair,
    _features,
    _template,
    _tables,
    _assets,
    _page,
    _summary,
    _publish,
    _index,
]


@pytest.mark.filterwarnings("ignore")  # GDAL warns of the half file, which nobody keeps
@pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.__name__[1:])
def test_every_writer_tells_of_a_full_disk_and_leaves_no_part(writer, small_disk):
    (small_disk / "filler").write_bytes(bytes(190_000))
    with pytest.raises(OutputError, match="the disk is full, 0 MB free"):
        writer(small_disk)
    assert [path.name for path in small_disk.rglob("*") if path.is_file()] == ["filler"]


def import_killed(place):
    """An import killed when one of its two files has arrived."""
    from lsgis.layerfile import write_import

    log = table({"what": ["x"]})
    replace = Path.replace

    def once(path, to):
        if Path(to).name == "out.gpkg":
            os.kill(os.getpid(), signal.SIGKILL)
        return replace(path, to)

    Path.replace = once
    write_import(features(3), log, place / "out.gpkg")


def test_an_import_that_was_killed_is_run_again_without_force(tmp_path, in_a_process):
    from lsgis.layerfile import write_import

    told = in_a_process("t.import_killed(Path(sys.argv[1]))", tmp_path)
    assert told.returncode == -9, told.stderr
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".csv"] == ["out.log.csv"]
    write_import(features(3), table({"what": ["x"]}), tmp_path / "out.gpkg")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.gpkg", "out.log.csv"]


def replacement_killed(out):
    """The writing of a second site, killed when the old one is aside and the new one not yet in."""
    replace = Path.replace

    def once(path, to):
        if Path(to) == out:
            os.kill(os.getpid(), signal.SIGKILL)
        return replace(path, to)

    Path.replace = once
    with disk.whole_folder(out) as aside:
        (aside / "manifest.json").write_text("{}")


def test_a_site_whose_replacement_was_killed_stands_again(tmp_path, in_a_process):
    out = tmp_path / "site"
    out.mkdir()
    manifest = json.dumps({"software": {"lsgis": "0"}})
    (out / "manifest.json").write_text(manifest)
    told = in_a_process("t.replacement_killed(Path(sys.argv[1]))", out)
    assert told.returncode == -9, told.stderr
    assert not out.exists() and len(left(tmp_path)) == 1
    with pytest.raises(lsgis.LsgisError):  # the next run mends before it reads anything
        lsgis.publish(out, plan=tmp_path / "none")
    assert (out / "manifest.json").read_text() == manifest
    assert left(tmp_path) == []


# ---- one room writes

MOVERS = {"rename", "renames", "link", "rmtree", "move", "fsync", "mkstemp", "mkdtemp"}
# functions that fill a path they are given: each is called within `disk.whole_...` alone
FILLERS = {
    "write_csv",
    "_write_gpkg",
    "write_layer",
    "_write_frame",
    "_write_workbook",
    "write_downloads",
    "_write_geojson",
    "write_json",
    "_write_page",
    "_copy",
    "write_workbook",
    "write_letter",
    "write_geopackage",
    "_write",
    "_html",
    "_pdf",
    "_json",
    "_png",
    "_fill",
}
# what only reads, or writes where nothing is kept
READERS = {"_require_whole", "read_curves", "open_index"}


@cache
def calls():
    """Every call in the package: its file, the functions around it, and itself."""

    def within(node, around):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Call):
                yield around, child
            inner = [child] if isinstance(child, ast.FunctionDef) else []
            yield from within(child, [*around, *inner])

    return [
        (path, around, call)
        for path in sorted(PACKAGE.rglob("*.py"))
        for around, call in within(ast.parse(path.read_text(encoding="utf-8")), [])
    ]


def name_of(call):
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def moves(call):
    """Whether a call moves, removes a tree, or makes its own place beside an output."""
    name, values = name_of(call), [a for a in call.args if not isinstance(a, ast.Constant)]
    if name == "replace":  # of a text has two arguments, of a date names them
        return len(call.args) == 1 and not call.keywords
    if name == "rename":  # of a frame names its columns
        return len(values) == 1
    beside = any(word.arg == "dir" for word in call.keywords)
    return name in MOVERS or (name.startswith(("Temporary", "NamedTemporary")) and beside)


def writes(call):
    """Whether a call writes a file."""
    name = name_of(call)
    if name == "write_text" and isinstance(call.func, ast.Name):
        return False  # of a sheet
    if name == "open":
        modes = [
            a.value
            for a in [*call.args, *(k.value for k in call.keywords)]
            if isinstance(a, ast.Constant)
        ]
        return any(isinstance(m, str) and set(m) & set("wax+") and len(m) < 4 for m in modes)
    if name == "to_csv":
        return bool(call.args)
    if name in ("Workbook", "ZipFile", "savefig", "save", "connect"):
        return False  # into memory, or held below by what is done with the bytes
    return name in {"write_text", "write_bytes", "to_file", "write_dataframe", "copyfile", "touch"}


def test_no_other_room_moves_or_flushes():
    found = {
        (path.relative_to(PACKAGE).as_posix(), call.lineno)
        for path, _, call in calls()
        if moves(call) and path.name != "disk.py"
    }
    found = {row for row in found if row[0] != "machine.py"}  # `doctor` tries a folder
    assert not found


def test_no_other_room_writes_but_aside():
    """A call that writes stands under `with disk.whole_...`, or in a function that fills a path."""
    # copies to read from; pooch's own aside; click's formatter, which writes to a text
    reading = {
        ("intake", ""),
        ("source/fetched.py", "_stream"),
        ("cli/usage.py", "write_paragraphs"),
    }
    found = set()
    for path, around, call in calls():
        name = path.relative_to(PACKAGE).as_posix()
        if not writes(call) or name == "disk.py":
            continue
        here = around[-1] if around else None
        withs = [
            item
            for node in ast.walk(here or ast.Module([], []))
            if isinstance(node, ast.With) and node.lineno <= call.lineno <= node.end_lineno
            for item in node.items
        ]
        in_disk = any(ast.unparse(item.context_expr).startswith("disk.whole_") for item in withs)
        in_temporary = any("disk.scratch()" in ast.unparse(i.context_expr) for i in withs)
        filler = here is not None and here.name in FILLERS
        if not (in_disk or in_temporary or filler):
            found.add((name, getattr(here, "name", ""), call.lineno))
    found = {
        row
        for row in found
        if not any(row[0].startswith(room) and name in ("", row[1]) for room, name in reading)
    }
    assert not found


@pytest.mark.parametrize("way", ["file", "set", "folder"])
def test_a_database_with_an_open_log_is_not_replaced(tmp_path, way):
    """QGIS has it open, or ended without closing it: its log would spoil the new file."""
    home = tmp_path / "home"
    home.mkdir()
    path = home / "plan.gpkg"
    open_one = sqlite3.connect(path)
    open_one.execute("pragma journal_mode=wal")
    open_one.execute("create table t (a)")
    open_one.commit()
    assert path.with_name("plan.gpkg-wal").stat().st_size
    before = {file.name: file.read_bytes() for file in home.iterdir() if "-shm" not in file.name}
    with pytest.raises(OutputError) as refused:
        if way == "file":
            with disk.whole_file(path) as aside:
                aside.write_bytes(b"new")
        elif way == "set":
            with disk.whole_set(home, last="plan.gpkg") as aside:
                (aside / "plan.gpkg").write_bytes(b"new")
                (aside / "log.csv").write_bytes(b"log")
        else:
            with disk.whole_folder(home) as aside:
                (aside / "plan.gpkg").write_bytes(b"new")
    assert "program" in str(refused.value)
    left = {file.name: file.read_bytes() for file in home.iterdir() if "-shm" not in file.name}
    assert left == before
    open_one.execute("insert into t values (1)")
    open_one.close()
    if way == "file":
        with disk.whole_file(path) as aside:
            aside.write_bytes(b"new")
        assert path.read_bytes() == b"new"
