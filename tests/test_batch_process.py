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

from lsgis.errors import OutputError, SiteError, lacks_memory
from lsgis.sitecheck import batch_process, check_sites, open_index, require_index
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


# what is raised for one item -> what its row says; None: it is told as it is
RAISED = {
    "memory": (MemoryError(), "not enough memory"),
    "mapped": (ImportError("libgdal.so: failed to map segment from shared object"), "memory"),
    "thread": (RuntimeError("can't start new thread"), "memory"),
    "system": (OSError(12, "Cannot allocate memory"), "memory"),
    "value": (ValueError("no one foresaw"), None),
    "exit": (SystemExit(3), None),
    "base": (BaseException("a panic"), None),
}


def _raise(item):
    if item in RAISED:
        raise RAISED[item][0]
    return item


def make_raise():
    return _raise


@pytest.mark.parametrize("seed", range(2))
def test_what_is_raised_for_one_item_leaves_the_others_answered(seed):
    items = [*RAISED, *range(5)]
    Random(seed).shuffle(items)
    found = list(answer_each(make_raise, items, limit_s=60))
    for item, answer in zip(items, found, strict=True):
        if item not in RAISED:
            assert answer == item
            continue
        error, words = RAISED[item]
        assert (words or repr(error)) in answer.message("en")
        assert ("bộ nhớ" in answer.message("vi")) == answer.of_memory == (words is not None)


def test_a_shortage_is_known_by_what_led_to_it_and_no_refusal_is_one():
    try:
        try:
            raise MemoryError
        except MemoryError as error:
            raise ValueError("a library wraps it") from error
    except ValueError as error:
        assert lacks_memory(error)
    assert not lacks_memory(ValueError("a library"))
    assert not lacks_memory(OutputError("disk.unwritable", path="out of memory", reason="?"))


@pytest.mark.parametrize("number", [4, 5, 6, 7, 8, 9, 11, 15])
@pytest.mark.parametrize("outlined", [True, False])
def test_a_signal_speaks_of_memory_or_of_a_shape_never_of_both(number, outlined):
    ended = Unanswered(code=-number)
    of_memory = number in (5, 6, 9)
    en, vi = (ended.message(lang, outlined=outlined) for lang in ("en", "vi"))
    assert ("memory may have run out" in en) == ("bộ nhớ" in vi) == of_memory
    assert ("shape" in en) == ("ranh giới" in vi) == (outlined and not of_memory)
    late = Unanswered(late_s=1.0)
    assert ("shape" in late.message("en", outlined=outlined)) == outlined


def _cry(item):
    os.write(2, b"\n(process:1): GLib-ERROR **: creating thread failed\n")
    if item:
        os.abort()
    return item


def make_cry():
    return _cry


def test_what_a_library_cries_does_not_reach_the_keyboard_but_the_row(capfd):
    found = list(answer_each(make_cry, [0, 1], limit_s=60))
    assert found == [0, Unanswered(code=-signal.SIGABRT)]
    assert "GLib-ERROR **: creating thread failed" in found[1].message("en")
    assert capfd.readouterr() == ("", "")


def begin(folder, harmed, number):
    """Begin, but at the starts that are `harmed` end or stop by a signal."""
    starts = len(list(folder.iterdir()))
    (folder / f"{starts}").touch()
    if starts in harmed:
        os.kill(os.getpid(), number)
    return _answer


@linux
@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL, signal.SIGSTOP])
def test_a_process_that_cannot_begin_is_begun_again(tmp_path, monkeypatch, number):
    monkeypatch.setattr(batch_process, "START_S", 2.0)
    prepare = partial(begin, tmp_path, (0, 1), number)
    assert list(answer_each(prepare, [(1, ""), (2, "")], limit_s=2)) == [1, 4]


@linux
@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL])
def test_one_that_never_begins_again_leaves_what_is_answered(tmp_path, number):
    prepare = partial(begin, tmp_path, range(1, 99), number)
    items = [(1, ""), (2, "kill"), (3, ""), (4, "")]
    found = list(answer_each(prepare, items, limit_s=60))
    ended = Unanswered(code=-number, begun=False)
    assert found == [1, Unanswered(code=-signal.SIGKILL), ended, ended]
    told = ended.message("en")
    assert f"tried 3 times: signal {int(number)}" in told and "are kept" in told
    assert ("memory" in told) == (number == signal.SIGKILL)


@linux
def test_one_stopped_when_it_is_born_is_late_however_much_it_is_told(monkeypatch):
    monkeypatch.setattr(batch_process, "START_S", 0.3)
    stopped = "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)"
    monkeypatch.setattr(batch_process, "_FIRST", stopped)
    items = [(n, "x" * 1000) for n in range(1000)]  # more than a pipe holds
    with pytest.raises(SiteError, match=r"tried 3 times: no answer after 0\.3 s"):
        list(answer_each(make_ready, items, limit_s=0.2))


def unloadable():
    raise ImportError("libgdal.so: failed to map segment from shared object")


def test_one_that_cannot_load_for_lack_of_memory_is_told_in_one_sentence():
    with pytest.raises(SiteError, match="could not begin for lack of memory") as error:
        list(answer_each(unloadable, [1], limit_s=60))
    assert "không đủ bộ nhớ" in error.value.message("vi")


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


def broken(victims, report, folder):
    """A dossier of which something is written when what nobody foresaw is raised."""
    dossier((), "", report, folder)
    if report.site.name in victims:
        raise MemoryError if report.site.name.endswith("1") else KeyError("unforeseen")


@pytest.mark.parametrize("limit", [60.0, None])
def test_a_dossier_that_fails_is_the_row_of_its_site_and_asked_again(cache, tmp_path, limit):
    sites, index = table(tmp_path / "sites.csv", 4), require_index(cache=cache)
    asked = {"on": ON, "lang": "en", "time_limit_s": limit}
    plain = check_sites(sites, index, out=tmp_path / "p", dossiers=partial(broken, ()), **asked)
    victims, out = ("site 1", "site 2"), tmp_path / "out"
    made = check_sites(sites, index, out=out, dossiers=partial(broken, victims), **asked)
    assert [row for row in made.rows if row["name"] not in victims] == [
        plain.rows[0],
        plain.rows[3],
    ]
    assert "not enough memory" in made.rows[1]["error_en"]
    assert "unforeseen" in made.rows[2]["error_en"]
    assert not any((out / "dossier" / f"{made.rows[n]['row']:05d}").exists() for n in (1, 2))
    again = check_sites(sites, index, out=out, dossiers=partial(broken, ()), **asked)
    assert (again.failed, again.resumed) == (0, 2)
    assert everything(out) == everything(tmp_path / "p")


@linux
def test_a_run_whose_process_never_begins_again_is_written_and_goes_on_later(
    cache, tmp_path, monkeypatch
):
    """What was answered stays so; where nothing was, nothing empty is left."""
    sites, index = table(tmp_path / "sites.csv", 5), require_index(cache=cache)
    out, asked = tmp_path / "out", {"on": ON, "lang": "en"}
    first = batch_process._FIRST
    died = tmp_path / "died"
    once = f"import os, pathlib; died = pathlib.Path({str(died)!r}); died.exists() and os.abort()"
    monkeypatch.setattr(batch_process, "_FIRST", f"{once}; died.touch(); {first}")
    harmed = partial(dossier, ("site 2",), "segfault")
    made = check_sites(sites, index, out=out, dossiers=harmed, **asked)
    assert (made.checked, made.failed) == (2, 3) and (out / "sites.csv").is_file()
    assert all("could not begin" in row["error_en"] for row in made.rows[3:])
    with pytest.raises(SiteError, match="could not begin"):
        check_sites(sites, index, out=tmp_path / "none", dossiers=harmed, **asked)
    assert not (tmp_path / "none").exists()
    monkeypatch.setattr(batch_process, "_FIRST", first)
    again = check_sites(sites, index, out=out, dossiers=partial(dossier, (), ""), **asked)
    assert (again.failed, again.resumed) == (0, 2)


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
    # as from a keyboard, whatever started the tests: a shell in the background ignores SIGINT
    hearing = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, preexec_fn=hearing)


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
    sites, out = table(tmp_path / "sites.csv", 3000), tmp_path / "out"
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


@linux
def test_a_worker_that_is_stopped_does_not_outlive_a_killed_program(cache, tmp_path):
    sites, out = table(tmp_path / "sites.csv", 3000), tmp_path / "out"
    running = start(sites, out, cache)
    wait_for_rows(running, out, 5)
    (worker,) = children(running.pid)
    os.kill(worker, signal.SIGSTOP)
    running.kill()
    running.communicate()
    try:
        for _ in range(500):
            if not Path(f"/proc/{worker}").exists():
                return
            time.sleep(0.01)
        pytest.fail("the worker lives on")
    finally:
        with suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)


def short_of_memory(kilobytes, *command):
    """The real program with so little memory; one thread a library, as many as cores it may be."""
    line = f'ulimit -v {kilobytes}; exec "$@"'
    program = ["sh", "-c", line, "sh", sys.executable, "-m", "lsgis", *map(str, command)]
    env = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.run(program, capture_output=True, text=True, env=env, timeout=120)


RAW = ("Traceback", "Exception ignored", "unexpected", "Error:", "GLib", "wait(")


@linux
@pytest.mark.parametrize("kilobytes", [800_000])
def test_a_program_short_of_memory_says_so_in_words(cache, tmp_path, kilobytes):
    more = [
        "--cache",
        cache,
        "--on",
        ON,
        "--lang",
        "en",
        "--formats",
        "html,docx,gpkg,png,pdf,json",
    ]
    one = short_of_memory(kilobytes, "check-site", "106.76,21.85", "--out", tmp_path / "one", *more)
    assert not [raw for raw in RAW if raw in one.stderr], one.stderr
    assert one.returncode == 2 and one.stderr.count("\n") == 1 and "enough memory" in one.stderr
    assert not list(tmp_path.iterdir())
    sites, out = table(tmp_path / "sites.csv", 1), tmp_path / "out"
    many = short_of_memory(kilobytes, "check-sites", sites, "--out", out, "--dossiers", *more)
    assert not [raw for raw in RAW if raw in many.stderr], many.stderr
    if many.returncode == 2:
        assert "memory" in many.stderr and not out.exists()
    else:
        text = (out / "sites.csv").read_text(encoding="utf-8-sig")
        assert many.returncode == 1 and ("memory" in text or "signal 11" in text)
        assert all(any(path.iterdir()) for path in out.rglob("*") if path.is_dir())
