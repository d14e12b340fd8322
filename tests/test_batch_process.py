"""Sites answered in a process of their own: what ends it ends one row, never the run."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import date
from functools import partial
from pathlib import Path
from random import Random

import pytest
import shapely

from lsgis.errors import OutputError, SiteError
from lsgis.sitecheck import check_sites, open_index, require_index
from lsgis.sitecheck.batch_process import Unanswered, answer_each, can_leave
from lsgis.text import LANGUAGES

ON = date(2026, 11, 22)
linux = pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")

# ---- any work


def segfault():
    """A real crash of a library: shapely 2.2 with GEOS 3.14; where it is mended, the signal."""
    hollow = shapely.from_wkt("MULTIPOLYGON (((0 0, 5000 0, 0 5000, 0 0)), EMPTY)")
    with suppress(Exception):
        shapely.segmentize(hollow, 1000)
    os.kill(os.getpid(), signal.SIGSEGV)


HARM = {
    "segfault": (segfault, signal.SIGSEGV),
    "abort": (os.abort, signal.SIGABRT),
    "kill": (lambda: os.kill(os.getpid(), signal.SIGKILL), signal.SIGKILL),
    "exit": (partial(os._exit, 3), None),
    "late": (partial(time.sleep, 600), None),
}


def _answer(item):
    number, harm = item
    if harm:
        HARM[harm][0]()
    print("a library that prints")  # is no answer
    return number * number


def make_ready():
    return _answer


@pytest.mark.parametrize("seed", range(2))
def test_every_item_but_the_harmed_is_answered_in_order(seed):
    rng = Random(seed)
    items = [(n, "") for n in range(60)]
    harmed = dict(zip(rng.sample(range(60), len(HARM) - 1), HARM, strict=False))
    items = [(n, harmed.get(n, "")) for n, _ in items]
    found = list(answer_each(make_ready, items, limit_s=60))
    for (n, harm), answer in zip(items, found, strict=True):
        if not harm:
            assert answer == n * n
            continue
        number = HARM[harm][1]
        assert answer == Unanswered(code=3 if number is None else -number)
        for lang in LANGUAGES:
            told = answer.message(lang)
            assert "3" in told if number is None else f"{int(number)} ({number.name})" in told


def test_an_item_that_is_late_is_ended():
    found = list(answer_each(make_ready, [(1, ""), (2, "late"), (3, "")], limit_s=1))
    assert found == [1, Unanswered(late_s=1), 9]
    assert "after 1 s" in found[1].message("en") and "sau 1 giây" in found[1].message("vi")


def _fails(item):
    raise (
        OutputError("disk.denied")
        if item
        else SiteError("sitecheck.no-heading", path="x", known="y")
    )


def fails():
    return _fails


def begins_not():
    os._exit(4)


def test_what_is_raised_there_is_raised_here_and_one_that_cannot_begin_is_told():
    with pytest.raises(OutputError, match="no right to write") as error:
        list(answer_each(fails, [1], limit_s=60))
    assert error.value.code == "disk.denied" and "quyền" in error.value.message("vi")
    with pytest.raises(SiteError, match="x"):
        list(answer_each(fails, [0], limit_s=60))
    with pytest.raises(SiteError, match="could not begin, tried 3 times: exit code 4"):
        list(answer_each(begins_not, [1], limit_s=60))


def test_what_cannot_leave_is_told():
    assert can_leave(make_ready) and not can_leave(lambda: _answer)


# ---- sites


def table(path, count):
    """Squares of 50 m in the province, a row each."""
    rng = Random(count)
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["name", "site", "crs", "accuracy_m"])
        for n in range(count):
            x, y = rng.uniform(440_000, 460_000), rng.uniform(2_405_000, 2_430_000)
            shape = shapely.box(round(x), round(y), round(x) + 50, round(y) + 50)
            rows.writerow([f"site {n}", shape.wkt, "EPSG:9215", 1])
    return path


def dossier(victims, harm, report, folder):
    """A dossier that really ends the process at some sites, half written."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"dossier-{report.id[:12]}.txt").write_text(report.id)
    if report.site.name in victims:
        _answer((0, harm))


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cache")
    require_index(cache=folder)
    return folder


def everything(folder):
    """Every file below a folder but the journal."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "journal.jsonl"
    }


@pytest.mark.parametrize("harm", ["segfault", "late"])
def test_a_site_that_ends_the_process_has_an_error_row_and_is_asked_again(cache, tmp_path, harm):
    sites, index = table(tmp_path / "sites.csv", 8), require_index(cache=cache)
    asked = {"on": ON, "lang": "en"}
    plain = check_sites(
        sites, index, out=tmp_path / "plain", dossiers=partial(dossier, (), ""), **asked
    )
    victims = ("site 0", "site 7") if harm == "segfault" else ("site 3",)
    out = tmp_path / "out"
    harmed = partial(dossier, victims, harm)
    # a limit that holds for whatever machine, where nothing is late
    limit = {"time_limit_s": 5.0} if harm == "late" else {}
    made = check_sites(sites, index, out=out, dossiers=harmed, **asked, **limit)
    assert (made.checked, made.failed, made.resumed) == (8 - len(victims), len(victims), 0)
    for row, whole in zip(made.rows, plain.rows, strict=True):
        if row["name"] not in victims:
            assert row == whole
            continue
        words = {"segfault": "ended the process: signal 11 (SIGSEGV)", "late": "after 5 s"}[harm]
        assert words in row["error_en"] and row["error_vi"] and not row["clear"]
        assert not (out / "dossier" / f"{row['row']:05d}").exists() or not list(
            (out / "dossier" / f"{row['row']:05d}").iterdir()
        )
    with (out / "sites.csv").open(encoding="utf-8-sig", newline="") as file:
        told = {row["name"]: row for row in csv.DictReader(file)}
    with (tmp_path / "plain" / "sites.csv").open(encoding="utf-8-sig", newline="") as file:
        wanted = {row["name"]: row for row in csv.DictReader(file)}
    assert {n: r for n, r in told.items() if n not in victims} == {
        n: r for n, r in wanted.items() if n not in victims
    }
    assert all(words in told[name]["error"] for name in victims)
    again = check_sites(sites, index, out=out, dossiers=partial(dossier, (), ""), **asked)
    assert (again.failed, again.resumed) == (0, 8 - len(victims))
    assert everything(out) == everything(tmp_path / "plain")


@pytest.mark.parametrize("limit", [0.0, -1.0, float("nan"), float("inf")])
def test_a_limit_that_is_no_time_is_refused(cache, tmp_path, limit):
    sites, index = table(tmp_path / "sites.csv", 1), require_index(cache=cache)
    with pytest.raises(SiteError, match="--time-limit above 0"):
        check_sites(sites, index, out=tmp_path / "out", on=ON, time_limit_s=limit)


def test_in_this_process_the_answers_are_the_same(cache, tmp_path):
    sites, index = table(tmp_path / "sites.csv", 5), require_index(cache=cache)
    for name, limit in (("own", 60.0), ("here", None)):
        check_sites(sites, index, out=tmp_path / name, on=ON, time_limit_s=limit)
    assert everything(tmp_path / "own") == everything(tmp_path / "here")
    one, other = ((tmp_path / name / "journal.jsonl").read_bytes() for name in ("own", "here"))
    assert one == other


def test_an_index_spoilt_meanwhile_is_told(cache, tmp_path):
    """The other process reads the file again, and holds it to its checksum."""
    (file,) = (cache / "check-index").glob("*.sqlite")
    copy = tmp_path / "index.sqlite"
    copy.write_bytes(file.read_bytes())
    index, content = open_index(copy), bytearray(copy.read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "other").write_bytes(content)
    (tmp_path / "other").replace(copy)
    with pytest.raises(ValueError, match="index"):
        check_sites(table(tmp_path / "sites.csv", 3), index, out=tmp_path / "out", on=ON)


# ---- the real program, killed from outside


def start(sites, out, cache, *more):
    command = [sys.executable, "-m", "lsgis", "check-sites", str(sites), "--out", str(out)]
    command += ["--cache", str(cache), "--on", ON.isoformat(), "--lang", "en", "--json", *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def children(pid):
    """Processes whose parent is `pid`, without anything but /proc."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            if int(parent) == pid and state != "Z":
                found.append(int(stat.parent.name))
    return found


def wait_for_rows(process, out, count):
    journal = out / "journal.jsonl"
    while not (journal.is_file() and journal.read_bytes().count(b"\n") >= count):
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.002)


@linux
def test_a_worker_killed_from_outside_leaves_one_error_row_a_kill(cache, tmp_path):
    sites = table(tmp_path / "sites.csv", 300)
    out = tmp_path / "out"
    running = start(sites, out, cache)
    wait_for_rows(running, out, 20)
    (worker,) = children(running.pid)
    os.kill(worker, signal.SIGKILL)
    said, _ = running.communicate()
    found = json.loads(said)
    index = require_index(cache=cache)
    clean = check_sites(sites, index, out=tmp_path / "clean", on=ON, lang="en", time_limit_s=None)
    assert running.returncode == 1 and found["failed"] == clean.failed + 1
    wanted = json.loads(json.dumps(clean.rows))
    for row, whole in zip(found["rows"], wanted, strict=True):
        if row != whole:
            assert "signal 9 (SIGKILL), memory may have run out" in row["error_en"]
    again = check_sites(sites, index, out=out, on=ON, lang="en", time_limit_s=None)
    assert again.resumed == len(clean.rows) - 1
    assert everything(out) == everything(tmp_path / "clean")


@linux
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_worker_outlives_the_program(cache, tmp_path, number):
    sites, out = table(tmp_path / "sites.csv", 300), tmp_path / "out"
    running = start(sites, out, cache)
    wait_for_rows(running, out, 5)
    (worker,) = children(running.pid)
    running.send_signal(number)
    running.communicate()
    for _ in range(1000):
        if not Path(f"/proc/{worker}").exists():
            break
        time.sleep(0.01)
    else:
        pytest.fail("the worker lives on")
    assert not (out / "sites.xlsx").exists()
