"""Every command that writes: full disks, read-only ones, locked files, no home, kills."""

import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from click.testing import CliRunner
from writing_case import CASES, ROOT, arguments, given, leftovers, places, seen

from lsgis import disk
from lsgis.cli import main
from lsgis.errors import OutputError
from lsgis.text import LANGUAGES, say

QUICK = [name for name, case in CASES.items() if case.fits]
UNEXPECTED = [say("cli.unexpected", lang, found="§").split("§")[0] for lang in LANGUAGES]


def test_every_path_that_a_command_writes_to_has_a_case():
    """By the command line itself: a new command is asked what it does on a full disk."""
    assert places() == {(case.command, case.parameter) for case in CASES.values()}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    with (
        given(tmp_path_factory.mktemp("given") / "given") as folder,
        pytest.MonkeyPatch.context() as m,
    ):
        m.setenv("NO_PROXY", "127.0.0.1")
        yield folder


def run(case, inputs, out):
    return CliRunner().invoke(main, arguments(case, inputs, out))


@pytest.fixture(scope="module")
def clean(inputs, tmp_path_factory):
    """What a command writes where nothing is in its way, and how many bytes."""
    known = {}

    def ask(name):
        if name not in known:
            out = tmp_path_factory.mktemp("clean")
            told = run(CASES[name], inputs, out)
            assert told.exit_code in (0, 1), told.output
            size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
            known[name] = told.exit_code, seen(out), size
        return known[name]

    return ask


@contextmanager
def disk_of(place, size, *, options="rw"):
    """A real disk of some bytes; only the system's administrator can have one."""
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},{options}", "tmpfs", str(place)],
        capture_output=True,
    )
    if made.returncode:
        pytest.skip("no right to mount a small disk")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def require_told(told, *words):
    """A refusal in words: exit code 2, no traceback, nothing unexpected."""
    assert told.exit_code == 2, told.output
    assert told.exception is None or isinstance(told.exception, SystemExit), told.exception
    assert not any(text in told.output for text in UNEXPECTED), told.output
    assert any(word in told.output for word in words), told.output


@pytest.mark.filterwarnings("ignore")  # GDAL warns of the half file, which nobody keeps
@pytest.mark.parametrize(
    ("name", "share"), [(name, (0.1, 0.5, 0.8)[n % 3]) for n, name in enumerate(QUICK)]
)
def test_a_full_disk_is_told_and_a_rerun_with_room_is_a_clean_run(
    name, share, inputs, clean, tmp_path
):
    case, (code, wanted, size) = CASES[name], clean(name)
    with disk_of(tmp_path / "disk", max(int(size * share) // 4096, 1) * 4096) as place:
        require_told(run(case, inputs, place), "the disk is full")
        kept = {name for name in seen(place) if not name.startswith(case.kept or ("-",))}
        assert not kept and not leftovers(place)
        subprocess.run(["mount", "-o", "remount,size=64m", str(place)], check=True)
        assert run(case, inputs, place).exit_code == code
        assert seen(place) == wanted


@pytest.mark.parametrize("name", [*QUICK, "publish"])
def test_a_disk_only_for_reading_is_told(name, inputs, tmp_path):
    with disk_of(tmp_path / "disk", "64m") as place:
        subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
        require_told(run(CASES[name], inputs, place), "the disk is read-only")


def test_a_full_disk_tells_what_was_needed(inputs, clean, tmp_path):
    """Megabytes: what was written and goes again is free, and was not enough."""
    with disk_of(tmp_path / "disk", "2m") as place:
        told = run(CASES["publish"], inputs, place)
        require_told(told, "MB or more needed")
        free, needed = map(int, re.findall(r"(\d+) MB", told.output)[:2])
        assert 1 <= free <= needed <= 2
        assert not any(place.iterdir())


# ---- sites


@pytest.fixture(scope="module")
def site(inputs, tmp_path_factory):
    out = tmp_path_factory.mktemp("site")
    assert run(CASES["publish"], inputs, out).exit_code in (0, 1)
    return out


@contextmanager
def locked(path, home):
    """A file in `home` that nobody may move or remove: the system's mark, or its own disk."""
    if (
        shutil.which("chattr")
        and not subprocess.run(["chattr", "+i", path], capture_output=True).returncode
    ):
        try:
            yield
        finally:
            subprocess.run(["chattr", "-R", "-i", home], check=True)  # wherever it went
        return
    if subprocess.run(["mount", "--bind", path, path], capture_output=True).returncode:
        pytest.skip("no right to lock a file")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", path], check=True)


@pytest.mark.parametrize("which", ["manifest.json", "site"])
def test_a_locked_file_leaves_a_whole_site(which, site, inputs, tmp_path):
    """Old or new, never a part; and what is left over goes when the lock does."""
    out = tmp_path / "out"
    shutil.copytree(site, out)
    path = out / "site" if which == "site" else out / "site" / which
    with locked(path, out):
        told = run(CASES["publish"], inputs, out)
        assert told.exit_code in (0, 1, 2) and not any(text in told.output for text in UNEXPECTED)
        left = [path for path in out.rglob(which) if ".lsgis-" in str(path) and path.is_file()]
        if told.exit_code != 2:  # a new site; of the old one is told what stays, why and where
            assert left and all(str(path) in told.output for path in left)
            assert say("cli.left", "en") in told.output
        assert {n: d for n, d in seen(out).items() if n.startswith("site/")} == seen(site)
        manifest = json.loads((out / "site" / "manifest.json").read_text(encoding="utf-8"))
        assert set(manifest["files"]) | {"manifest.json"} == {
            name.removeprefix("site/") for name in seen(site)
        }
    assert run(CASES["publish"], inputs, out).exit_code in (0, 1)
    assert seen(out) == seen(site) and not leftovers(out)


# ---- whoever runs it


@pytest.mark.parametrize("home", ["/dev/null", "/proc/none"])
@pytest.mark.parametrize("name", ["index", "fetch"])
def test_somebody_without_a_home_is_told(home, name, inputs, tmp_path, monkeypatch):
    """Whatever stands in the place of a home."""
    for variable in ("LSGIS_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", home)
    monkeypatch.chdir(tmp_path)
    asked = arguments(CASES[name], inputs, tmp_path)
    del asked[asked.index("--cache") : asked.index("--cache") + 2]
    require_told(CliRunner().invoke(main, asked), "LSGIS_CACHE", "check the folder")
    assert not any(tmp_path.iterdir())


# ---- caches


def spoil(path, how):
    content = bytearray(path.read_bytes())
    if how == "cut":
        path.write_bytes(content[: len(content) // 3])
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "flipped":
        content[len(content) // 2] ^= 4
        path.write_bytes(content)
    elif how == "folder":
        path.unlink()
        path.mkdir()
    else:
        path.unlink()
        path.symlink_to(path.parent / "nowhere")


@pytest.mark.parametrize("how", ["cut", "empty", "flipped", "folder", "link"])
def test_a_spoilt_cache_is_made_again_or_told(how, inputs, tmp_path):
    case, out = CASES["index"], tmp_path / "out"
    shutil.copytree(inputs / "cache", out / "cache")
    wanted = CliRunner().invoke(main, [*arguments(case, inputs, out), "--json"]).output
    (path,) = out.rglob("*.sqlite")
    spoil(path, how)
    told = CliRunner().invoke(main, [*arguments(case, inputs, out), "--json"])
    if how == "folder":
        require_told(told, "a folder of that name stands there")
    else:
        assert told.output == wanted and not leftovers(out)


def test_two_at_work_in_one_cache_and_folder_give_what_one_gives(inputs, clean, tmp_path):
    """The same sites into one folder, the index made by both at once."""
    from writing_case import start

    case = CASES["check-sites"]
    mine = tmp_path / "given"
    shutil.copytree(inputs, mine)
    shutil.rmtree(mine / "cache")
    code, wanted, _ = clean("check-sites")
    pair = [start(case, mine, tmp_path / "out") for _ in range(2)]
    (tmp_path / "out").mkdir(exist_ok=True)
    told = [child.communicate()[1] for child in pair]
    assert [child.returncode for child in pair] == [code, code], told
    assert seen(tmp_path / "out") == wanted
    assert not leftovers(tmp_path / "out", mine)


# ---- kills


def test_what_was_killed_is_as_a_clean_run_when_run_again():
    """A kill a command, at random moments; `scripts/run_kills.py` does many."""
    script = Path(ROOT, "scripts", "run_kills.py")
    commands = ["publish", "fetch", "check-sites", "import", "repair", "dossier"]
    told = subprocess.run(
        [sys.executable, script, "--each", "1", "--commands", *commands],
        capture_output=True, text=True, env=os.environ,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout + told.stderr[-2000:]
    assert "kills 6  same 6  different 0  parts 0  leftovers 0" in told.stdout.splitlines()[-1]


def several():
    """Pairs of cases of one command with several outputs, by the command line itself."""
    by_command: dict[str, dict[str, str]] = {}
    for name, case in CASES.items():
        if case.parameter != "cache":  # what is kept there is nobody's answer
            by_command.setdefault(case.command, {}).setdefault(case.parameter, name)
    named = [list(names.values()) for names in by_command.values() if len(names) > 1]
    return [(one, other) for names in named for one in names for other in names if one != other]


@pytest.mark.parametrize("how", ["no folder", "in its place"])
@pytest.mark.parametrize(("fits", "refused"), several())
def test_all_outputs_of_a_command_appear_or_none(fits, refused, how, inputs, tmp_path):
    whole, spoilt = tmp_path / "whole", tmp_path / "spoilt"
    whole.mkdir()
    case, options = CASES[refused], arguments(CASES[fits], inputs, whole)
    if how == "no folder":
        spoilt.write_text("a file, not a folder")
    else:  # told only when all is written and moves in
        target = spoilt / Path(str(case.arguments(inputs, Path())[-1]))
        target /= "issues.json" if case.parameter == "issues" else ""
        target.mkdir(parents=True)
    options += [word for word in arguments(case, inputs, spoilt) if word not in options]
    options += ["--force"] if "out" in (case.parameter, CASES[fits].parameter) else []
    options += ["--force"] if "mended" in (case.parameter, CASES[fits].parameter) else []
    before = sorted(spoilt.rglob("*"))
    told = CliRunner().invoke(main, options)
    require_told(told, "stands there")
    assert list(whole.iterdir()) == [] and sorted(spoilt.rglob("*")) == before
    assert not leftovers(tmp_path)


def test_outputs_together_put_back_what_stood(tmp_path):
    """The first set has moved in over an older one when the second cannot."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    (tmp_path / "a" / "one.txt").write_text("old")
    (tmp_path / "b" / "two.txt").mkdir()
    with pytest.raises(OutputError, match="a folder of that name"), disk.together():
        for folder, name in (("a", "one.txt"), ("new", "new.txt"), ("b", "two.txt")):
            with disk.whole_set(tmp_path / folder) as aside:
                (aside / name).write_text("new")
        assert not (tmp_path / "new").exists()
    assert (tmp_path / "a" / "one.txt").read_text() == "old"
    assert {path.name for path in tmp_path.iterdir()} == {"a", "b"} and not leftovers(tmp_path)
    with disk.together(), disk.whole_set(tmp_path / "a") as aside:
        (aside / "one.txt").write_text("new")
    assert (tmp_path / "a" / "one.txt").read_text() == "new" and not leftovers(tmp_path)


@pytest.mark.parametrize("name", ["check-sites", "check-sites dossiers"])
def test_folders_made_for_nothing_go(name, inputs, tmp_path):
    with disk_of(tmp_path / "full", "512k") as place:
        with (place / "much").open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(4096))
        told = run(CASES[name], inputs, place)
        require_told(told, "the disk is full")
        assert [path.name for path in place.iterdir()] == ["much"]
