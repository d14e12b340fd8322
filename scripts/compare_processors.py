"""The same bytes on every processor, in every place? `python3 scripts/compare_processors.py`

Makes the three dossiers of the README anew, and those of a point, a site of several parts
and a line (index, report, every format, standard output), for each kind of processor that
this one can stand in for, each time in another locale, time zone, order of hashes and
number of threads, and compares every byte. With
--tests it runs the tests of sites on those processors too. Exit code 1, in words,
when something differs or fails.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from workbench import ROOT, prepare

PARK = """Điểm;X (m);Y (m)
1;2396400,00;411200,00
2;2396400,00;412200,00
3;2395800,00;412200,00
4;2395800,00;411200,00
"""
BLOCK = "449050 2417050, 449250 2417050, 449250 2417200, 449050 2417200, 449050 2417050"
FAR = "494000 2390000, 494300 2390000, 494300 2390200, 494000 2390200, 494000 2390000"
SITES = {
    "park": ["park.csv", "--crs", "EPSG:9215", "--type", "industrial"],
    "block": [f"POLYGON (({BLOCK}))", "--crs", "EPSG:9215", "--type", "residential"],
    "far": [f"POLYGON (({FAR}))", "--crs", "EPSG:9215"],
    "point": ["106.760000,21.850000"],  # moved between the datums
    "parts": [f"MULTIPOLYGON ((({BLOCK})), (({FAR})))", "--crs", "EPSG:9215"],
    "line": ["LINESTRING (106.70 21.80, 106.78 21.86, 106.90 21.95)", "--crs", "EPSG:4326"],
}
TESTS = [
    *("test_site", "test_site_elsewhere", "test_check_site", "test_check_elsewhere"),
    *("test_common_ground", "test_verdict", "test_context", "test_crs", "test_bulk"),
]
# OPENBLAS_CORETYPE is left alone: it is no kind of processor, but a wish for another's code
THREADS = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"),
    "GDAL_NUM_THREADS",
)
PLACES = [
    {"LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "1", **dict.fromkeys(THREADS, "1")},
    {"LC_ALL": "vi_VN.UTF-8", "TZ": "Asia/Ho_Chi_Minh", "PYTHONHASHSEED": "2"},
    {"LC_ALL": "C", "TZ": "America/Los_Angeles", "PYTHONHASHSEED": "3"}
    | dict.fromkeys(THREADS, "4"),
]
_FEATURES = """
import json
from numpy._core._multiarray_umath import __cpu_dispatch__ as made, __cpu_features__ as here
print(json.dumps([name for name in made if here[name]]))
"""


def main() -> int:
    """Compare the dossiers, and run the tests where asked; exit code 1 when one differs."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--tests", action="store_true", help="run the tests of sites too")
    asked = options.parse_args()
    python = prepare("test", "dev", "dossier", "parquet") if asked.tests else prepare("dossier")
    kinds = processors(python)
    print("kinds of processor:", *(f"\n  {name}: without {off}" for name, off in kinds.items()))
    wrong = compare(python, kinds)
    for name, off in kinds.items() if asked.tests else ():
        if off and run_tests(python, off):
            wrong.append(f"tests fail on: {name} (NPY_DISABLE_CPU_FEATURES={off!r})")
    print(*(wrong or ["no byte differs"]), sep="\n")
    return 1 if wrong else 0


def processors(python: Path) -> dict[str, str]:
    """Kinds of processor numpy can be held to, and the features (of this one) each lacks."""
    done = subprocess.run([python, "-c", _FEATURES], capture_output=True, text=True, check=True)
    features = json.loads(done.stdout)
    wide = [name for name in features if "512" in name or name == "X86_V4"]
    kinds = {"this one": "", "no 512 bits": " ".join(wide), "the least": " ".join(features)}
    return {name: off for name, off in kinds.items() if off or name == "this one"}


def compare(python: Path, kinds: dict[str, str]) -> list[str]:
    """What differs between the dossiers, in words; each kind of processor in another place."""
    first: dict[str, bytes] = {}
    wrong = []
    runs = list(kinds.items())
    runs += [("this one", "")] * (len(PLACES) - len(runs))
    for (name, off), place in zip(runs, PLACES, strict=True):
        found = make_dossiers(python, {**place, "NPY_DISABLE_CPU_FEATURES": off})
        first = first or found
        told = f"{name}, {_where(place)}"
        if found.keys() != first.keys():
            wrong.append(f"{told}: other files: {sorted(found.keys() ^ first.keys())}")
        wrong += [
            f"{told}: {path} differs from {runs[0][0]}, {_where(PLACES[0])}"
            for path in sorted(found.keys() & first.keys())
            if found[path] != first[path]
        ]
        for site in SITES:
            print(f"{told}: {site} {dossier_id(found, site)}")
    return wrong


def _where(place: dict[str, str]) -> str:
    """A place in words: locale, time zone, order of hashes, threads."""
    named = [place[name] for name in ("LC_ALL", "TZ", "PYTHONHASHSEED")]
    return " ".join([*named, f"threads {place.get(THREADS[0], 'as the machine has it')}"])


def make_dossiers(python: Path, settings: dict[str, str]) -> dict[str, bytes]:
    """Every file of the dossiers, made with an index of their own, and what was printed."""
    environment = {**os.environ, **{name: value for name, value in settings.items() if value}}
    if not settings["NPY_DISABLE_CPU_FEATURES"]:
        environment.pop("NPY_DISABLE_CPU_FEATURES", None)
    with tempfile.TemporaryDirectory() as name:
        folder, found = Path(name), {}
        (folder / "park.csv").write_text(PARK, encoding="utf-8")
        for site, words in SITES.items():
            command = [python, "-m", "lsgis", "check-site", *words, "--out", site, "--json"]
            command += ["--accuracy", "0.5", "--on", "2026-11-22", "--cache", "cache"]
            done = subprocess.run(command, cwd=folder, env=environment, capture_output=True)
            if done.returncode not in (0, 1):
                sys.exit(f"{site}: {done.stderr.decode()}")
            found[f"{site} (printed)"] = done.stdout
            for path in sorted((folder / site).rglob("*")):
                if path.is_file():
                    found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found


def dossier_id(found: dict[str, bytes], site: str) -> str:
    """The id of the report of a site."""
    (told,) = [
        text
        for path, text in found.items()
        if path.startswith(f"{site}/") and path.endswith(".json")
    ]
    return json.loads(told)["id"]


def run_tests(python: Path, off: str) -> int:
    """Exit code of the tests of sites on a processor without these features."""
    files = [f"tests/{name}.py" for name in TESTS]
    command = [python, "-m", "pytest", "-q", "-n", "auto", "--dist", "loadfile", *files]
    environment = {**os.environ, "NPY_DISABLE_CPU_FEATURES": off}
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
