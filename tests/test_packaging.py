"""What packaging must carry: the same requirements everywhere, and a wheel that works alone."""

import os
import re
import subprocess
import sys
import venv
from itertools import chain
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
CONDA_NAMES = {"build": "python-build"}
NOT_COMPARED = {"python", "pip", "jupyterlab"}


def bounds(requirements):
    found = {}
    for text in requirements:
        name, bound = re.match(r"([A-Za-z0-9_.-]+)>=([0-9.]+)", text).groups()
        found[CONDA_NAMES.get(name.lower(), name.lower())] = bound
    return found


def test_environment_mirrors_pyproject():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    chosen = (extras[name] for name in ("dossier", "parquet", "test", "dev"))
    stated = bounds([*project["dependencies"], *chain.from_iterable(chosen)])
    lines = (ROOT / "environment.yml").read_text(encoding="utf-8").splitlines()
    mirrored = bounds(line.strip()[2:] for line in lines if re.match(r"\s*- [\w.-]+>=", line))
    assert {k: v for k, v in mirrored.items() if k not in NOT_COMPARED} == stated
    assert mirrored["python"] == project["requires-python"].removeprefix(">=")


def test_the_lock_holds_what_pyproject_asks_for_and_no_address():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in text and "index-url" not in text
    entries = re.findall(
        r"^([\w.-]+)==([^ ;]+)(?: ; ([^\\\n]*?))? \\\n((?: +--hash.*\n?)+)", text, re.M
    )
    assert len(entries) == len(re.findall(r"^\w", text, re.M)) > 30
    assert all(re.fullmatch(r"( +--hash=sha256:[0-9a-f]{64}( \\)?\n?)+", e[3]) for e in entries)
    wanted = map(Requirement, [*project["dependencies"], *extras["dossier"], *extras["parquet"]])
    for wants in wanted:
        locked = [e for e in entries if canonicalize_name(e[0]) == canonicalize_name(wants.name)]
        for python in ("3.10", "3.11", "3.12", "3.13"):
            machine = {"python_version": python, "python_full_version": f"{python}.0"}
            if wants.marker is not None and not wants.marker.evaluate(machine):
                continue
            held = [e[1] for e in locked if not e[2] or Marker(e[2]).evaluate(machine)]
            assert len(held) == 1 and held[0] in wants.specifier, (wants.name, python, held)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", folder, ROOT]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr[-2000:]
    return next(folder.glob("*.whl"))


def test_the_wheel_publishes_outside_the_checkout(wheel, tmp_path):
    """A new environment that sees the installed libraries, but lsgis only from the wheel."""
    home = tmp_path / "venv"
    venv.create(home, with_pip=False, system_site_packages=False)
    scripts = home / ("Scripts" if os.name == "nt" else "bin")
    library = next((home / "lib").glob("python*/site-packages"))
    own = [path for path in sys.path if path.endswith("site-packages")]
    (library / "libraries.pth").write_text("\n".join(own) + "\n")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*install, "--target", library, wheel], check=True)
    python = scripts / "python"
    work = tmp_path / "work"
    work.mkdir()
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    where = [python, "-c", "import lsgis; print(lsgis.__file__)"]
    shown = subprocess.run(
        where, cwd=work, env=environment, capture_output=True, text=True, check=True
    )
    assert Path(shown.stdout.strip()).is_relative_to(library)
    run = [python, "-m", "lsgis", "publish", "site", "--json"]
    made = subprocess.run(
        run, cwd=work, env=environment, capture_output=True, text=True, check=False
    )
    assert made.returncode in (0, 1), made.stderr
    assert (work / "site" / "index.html").is_file()
