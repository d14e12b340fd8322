"""Kill commands at random moments, run them again, and hold the outcome against a clean run.

    python scripts/run_kills.py [--each 20] [--seed 339] [--commands publish fetch ...]

Every other kill is of a run over what an older one wrote (in the other language, with --force
where there is such an option). Prints for each command: kills, how many reruns gave the same
files as a clean run, how many others, files that stood as neither old nor new after the kill,
and leftovers after the rerun. Exit code 1 where anything but kills and same is counted.
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from random import Random

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / name) for name in ("tests", "")]
os.environ["PYTHONPATH"] = str(ROOT)
os.environ["NO_PROXY"] = "127.0.0.1"

from click.testing import CliRunner  # noqa: E402
from writing_case import CASES, Case, arguments, can_force, given, leftovers, seen  # noqa: E402

import lsgis  # noqa: E402
from lsgis.cli.app import main as main_command  # noqa: E402


def fork(case: Case, inputs: Path, out: Path, lang: str, *more: str) -> int:
    """The program in a process that has its libraries already; its number."""
    child = os.fork()
    if child:
        return child
    code = 3
    try:
        said = os.open(out.parent / "said", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(said, 1)
        os.dup2(said, 2)
        tempfile.tempdir = str(out.parent / "tmp")
        os.environ["TMPDIR"] = tempfile.tempdir
        main_command(arguments(case, inputs, out, lang, *more), standalone_mode=True)
    except SystemExit as ended:
        code = int(ended.code or 0)
    finally:
        with suppress(Exception):
            sys.stdout.flush()
        os._exit(code)


def room(place: Path) -> Path:
    """An empty folder to write to, with a place for what is temporary beside it."""
    shutil.rmtree(place, ignore_errors=True)
    (place / "tmp").mkdir(parents=True)
    (place / "out").mkdir()
    return place / "out"


def finish(case: Case, inputs: Path, out: Path, lang: str, *more: str) -> tuple[int, float, float]:
    """A run to its end: exit code, seconds until it first wrote, seconds until the end."""
    began, first = time.perf_counter(), 0.0
    child = fork(case, inputs, out, lang, *more)
    while True:
        pid, status = os.waitpid(child, os.WNOHANG)
        now = time.perf_counter() - began
        first = first or (now if any(out.iterdir()) else 0.0)
        if pid:
            return os.waitstatus_to_exitcode(status), first or now, now
        time.sleep(0.002)


def kill(child: int, after_s: float) -> bool:
    """End a process after a while, however it is; whether it was still at work."""
    time.sleep(after_s)
    os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def harm(case: Case, inputs: Path, home: Path, rng: Random, each: int) -> dict[str, int]:
    """Kill a command `each` times; what came of it."""
    told = dict.fromkeys(("kills", "same", "different", "parts", "leftovers"), 0)
    force = ["--force"] if can_force(case) else []
    # what is read once and kept is kept for all: a kill shall meet the work, not the start
    CliRunner().invoke(main_command, arguments(case, inputs, room(home / "warm")))
    old_out, new_out = room(home / "old"), room(home / "new")
    finish(case, inputs, old_out, "vi")
    wanted, first_s, whole_s = finish(case, inputs, new_out, "en")
    if wanted not in (0, 1):
        raise SystemExit(f"{case.command}: {(home / 'new' / 'said').read_text()}")
    over_out = room(home / "over")
    shutil.copytree(old_out, over_out, dirs_exist_ok=True)
    finish(case, inputs, over_out, "en", *force)
    old, fresh, replaced = seen(old_out), seen(new_out), seen(over_out)
    while told["kills"] < each:
        over = told["kills"] % 2 == 1
        new = replaced if over else fresh
        out = room(home / "killed")
        if over:
            shutil.rmtree(out)
            shutil.copytree(old_out, out)
        more = force if over else []
        begin = 0.0 if rng.random() < 0.25 else first_s
        if not kill(fork(case, inputs, out, "en", *more), rng.uniform(begin, whole_s)):
            continue  # it had ended before
        told["kills"] += 1
        for name, digest in seen(out).items():
            # work folders, and what `fetch` notes for as long as it is at work
            is_work = ".lsgis-" in name or name.endswith("/asked.json")
            if not is_work and digest not in (new.get(name), old.get(name) if over else None):
                told["parts"] += 1
                print(f"  {case.command}: a part: {name}", flush=True)
        code, _, _ = finish(case, inputs, out, "en", *more)
        if code == 2 and not over and force and seen(out) == new:
            code = wanted  # it was killed when all was there
        found = seen(out)
        same = code == wanted and found == new
        told["same" if same else "different"] += 1
        if not same:
            odd = [name for name in {**new, **found} if found.get(name) != new.get(name)]
            print(f"  {case.command}: exit {code}, {odd[:5]}", flush=True)
            print("  " + (out.parent / "said").read_text()[-400:], flush=True)
        rest = leftovers(out, out.parent / "tmp")
        told["leftovers"] += len(rest)
        for name in rest:
            print(f"  {case.command}: left: {name}", flush=True)
    return told


def main() -> int:
    """Kill, count, print; 1 where something is not as after a clean run."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--each", type=int, default=20, help="kills of each command")
    parser.add_argument("--seed", type=int, default=339)
    parser.add_argument("--commands", nargs="*", default=list(CASES), choices=list(CASES))
    asked = parser.parse_args()
    sums: dict[str, int] = {}
    for module in walk_packages(lsgis.__path__, "lsgis."):
        import_module(module.name)  # once, not in each process
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as place, given(Path(place) / "given") as inputs:
        for name in asked.commands:
            began = time.perf_counter()
            rng = Random(f"{asked.seed} {name}")
            told = harm(CASES[name], inputs, Path(place), rng, asked.each)
            sums = {key: sums.get(key, 0) + count for key, count in told.items()}
            counts = "  ".join(f"{key} {count}" for key, count in told.items())
            print(f"{name:<22}{counts}  ({time.perf_counter() - began:.0f} s)", flush=True)
    print(f"{'all':<22}" + "  ".join(f"{key} {count}" for key, count in sums.items()))
    return 0 if sums["kills"] == sums["same"] and not sums["parts"] + sums["leftovers"] else 1


if __name__ == "__main__":
    sys.exit(main())
