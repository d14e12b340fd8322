"""A virtual environment beside the checkout, made and kept up to date with the standard library.

Works where the system's Python refuses pip: nothing is installed outside `.venv`.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path(os.environ.get("LSGIS_VENV", ROOT / ".venv"))


def prepare(*extras: str) -> Path:
    """Python of an environment with lsgis and at least these of its extras installed.

    The environment is made anew when it is broken, and brought up to date when
    `pyproject.toml` changed or an extra is not yet there; none is taken away.
    """
    if sys.version_info < (3, 10):  # noqa: UP036 (the whole point is to tell an older Python so)
        sys.exit(f"lsgis needs Python 3.10 or later; this is {sys.version.split()[0]}")
    python = FOLDER / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = FOLDER / "lsgis-installed.txt"
    made_of = _fingerprint()
    said = stamp.read_text(encoding="utf-8").splitlines() if stamp.is_file() else []
    there = set(said[1:]) if said[:1] == [made_of] else set()
    if python.exists() and said[:1] == [made_of] and there >= set(extras):
        return python
    if not python.exists() or not _runs([python, "-m", "pip", "--version"]):
        _make_environment()
    wanted = sorted({*extras, *there})
    target = f"{ROOT}[{','.join(wanted)}]" if wanted else str(ROOT)
    print(f"installing lsgis into {FOLDER} (once)", file=sys.stderr)
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if subprocess.run([*install, "--editable", target], check=False).returncode:
        sys.exit(
            "lsgis could not be installed: see the lines above; is the package index reachable?"
        )
    stamp.write_text("\n".join([made_of, *wanted]), encoding="utf-8", newline="\n")
    return python


def _make_environment() -> None:
    """`venv`, or `virtualenv` or `uv` where this Python lacks ensurepip."""
    print(f"making a virtual environment in {FOLDER}", file=sys.stderr)
    ways = [[sys.executable, "-m", "venv", "--clear", FOLDER]]
    ways.append([sys.executable, "-m", "virtualenv", "--clear", FOLDER])
    if uv := shutil.which("uv"):
        ways.append([uv, "venv", "--seed", "--clear", "--python", sys.executable, FOLDER])
    if not any(_runs(way) for way in ways):
        sys.exit(
            "this Python cannot make a virtual environment; on Debian or Ubuntu run once: "
            "sudo apt install python3-venv"
        )


def _runs(command: list) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _fingerprint() -> str:
    project = (ROOT / "pyproject.toml").read_bytes()
    return f"{hashlib.sha256(project).hexdigest()} {sys.version.split()[0]}"
