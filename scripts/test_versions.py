"""Run the tests under the lowest and the latest versions of what lsgis needs, on every Python here.

    python3 scripts/test_versions.py                        # a quick, broad choice of the tests
    python3 scripts/test_versions.py --python 3.10 --versions lowest tests/test_cli.py
    python3 scripts/test_versions.py --lock                 # make requirements.lock anew

The lowest are those that `pyproject.toml` names; of what these need in their turn the latest
that fit. Each pair of a Python and a set has an environment of its own in `.venv-versions`,
made anew when `pyproject.toml` changed. Pythons are those of this machine: none is fetched.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from workbench import ROOT

FOLDER = ROOT / ".venv-versions"
LOCK = ROOT / "requirements.lock"
PYTHONS = ("3.10", "3.11", "3.12", "3.13")
SETS = {"lowest": "lowest-direct", "latest": "highest"}
EXTRAS = ("dossier", "parquet", "test")
# one file of each room, and the quick ones first
CHOICE = [
    *("crs", "record", "spreadsheet", "zone", "combine_join", "named_crs", "intake", "cad"),
    *("cells", "webmap", "repair", "site", "verdict", "crosswalk", "office", "disk", "cli"),
]
TOLD = [
    *("shapely", "pyproj", "pyogrio", "rasterio", "numpy", "pandas", "geopandas", "click"),
    *("msgspec", "matplotlib", "weasyprint", "python-docx", "pyarrow", "folium"),
]
_SAY = """
import platform, sys, importlib.metadata as m, pyogrio, pyproj, shapely
named = [f"{name} {m.version(name)}" for name in sys.argv[1:]]
native = f"GEOS {shapely.geos_version_string}, PROJ {pyproj.proj_version_str}, "
native += "GDAL " + ".".join(map(str, pyogrio.__gdal_version__))
print("Python", platform.python_version(), "|", ", ".join(named), "|", native)
"""


def main() -> int:
    """Exit code 1 when a test failed somewhere."""
    asked = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    asked.add_argument("--python", action="append", choices=PYTHONS, help="default: all at hand")
    asked.add_argument("--versions", choices=[*SETS], action="append", help="default: both")
    asked.add_argument("--lock", action="store_true", help="make requirements.lock, run nothing")
    asked.add_argument("tests", nargs="*", help="files of tests; default: a broad choice")
    told = asked.parse_args()
    uv = find_uv()
    if told.lock:
        return make_lock(uv)
    tests = told.tests or [f"tests/test_{name}.py" for name in CHOICE]
    outcome = {}
    for version in told.python or PYTHONS:
        python = find_python(version)
        if python is None:
            print(f"Python {version}: not on this machine")
            continue
        for name in told.versions or SETS:
            made = make_environment(uv, python, f"{version}-{name}", SETS[name])
            subprocess.run([made, "-W", "ignore", "-c", _SAY, *TOLD], check=True)
            command = [made, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
            outcome[f"Python {version}, {name}"] = subprocess.run(command, cwd=ROOT).returncode
    for name, code in outcome.items():
        print(f"{name}: {'passed' if code == 0 else 'FAILED'}")
    return int(any(outcome.values()) or not outcome)


def find_uv() -> str:
    """`uv`, which knows how to choose the lowest versions; installed by pip where it is not."""
    if found := shutil.which("uv"):
        return found
    home = FOLDER / "uv"
    scripts = home / ("Scripts" if os.name == "nt" else "bin")
    if shutil.which("uv", path=str(scripts)) is None:
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        subprocess.run([scripts / "python", "-m", "pip", "install", "--quiet", "uv"], check=True)
    return str(shutil.which("uv", path=str(scripts)))


def find_python(version: str) -> str | None:
    """A Python of that version on this machine; None when there is none that starts."""
    homes = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    for tried in (sys.executable, f"python{version}", *map(str, homes)):
        path = shutil.which(tried)
        say = [path or "", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        if path and subprocess.run(say, capture_output=True, text=True).stdout.strip() == version:
            return path
    return None


def make_environment(uv: str, python: str, name: str, resolution: str) -> Path:
    """Python of an environment with one set of versions."""
    home = FOLDER / name
    made = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = home / "made-of.txt"
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    if not (stamp.is_file() and stamp.read_text(encoding="utf-8") == project):
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", python, home], check=True)
        what = ["--editable", f"{ROOT}[{','.join(EXTRAS)}]"]
        install = [uv, "pip", "install", "--quiet", "--python", made, "--resolution", resolution]
        subprocess.run([*install, *what], check=True)
        stamp.write_text(project, encoding="utf-8", newline="\n")
    return made


def make_lock(uv: str) -> int:
    """Every package of an office's installation with the hashes of its files; no addresses."""
    command = [uv, "pip", "compile", "--quiet", "--universal", "--python-version", PYTHONS[0]]
    command += ["--generate-hashes", "--no-emit-index-url", "--no-annotate", "--no-header"]
    command += ["--upgrade", "--extra", "dossier", "--extra", "parquet", "pyproject.toml"]
    made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if made.returncode or re.search("[a-z]://", made.stdout):
        print(made.stderr or "an address in it", file=sys.stderr)
        return 1
    head = "# Made by `python3 scripts/test_versions.py --lock`; used as the README says.\n"
    LOCK.write_text(head + made.stdout, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
