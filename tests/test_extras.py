"""Where an extra is not installed: each format says what it lacks, before any work is done."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lsgis.report import FORMATS
from lsgis.report.dossier import package_of

ROOT = Path(__file__).resolve().parent.parent
EXTRA = sorted({module for form in FORMATS.values() for module in form.needs} | {"pyarrow"})
SITE = "POLYGON ((449050 2417050, 449250 2417050, 449250 2417200, 449050 2417200, 449050 2417050))"
_BLOCKED = """
import contextlib, importlib.abc, io, json, sys

class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in absent:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

absent = set(json.loads(sys.argv[1]))
sys.meta_path.insert(0, Absent())
from lsgis.cli import main
told = []
for arguments in json.loads(sys.argv[2]):
    said = [io.StringIO(), io.StringIO()]
    with contextlib.redirect_stdout(said[0]), contextlib.redirect_stderr(said[1]):
        try:
            code = main(arguments)
        except SystemExit as end:
            code = end.code
    told.append([code, said[1].getvalue()])
print(json.dumps(told))
"""


def run_without(absent, commands, folder):
    """Exit code and standard error of commands where some modules are not installed."""
    run = [sys.executable, "-c", _BLOCKED, json.dumps(absent), json.dumps(commands)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LSGIS_CACHE": str(folder / "k")}
    made = subprocess.run(run, capture_output=True, cwd=folder, env=environment)
    assert made.returncode == 0, made.stderr.decode("utf-8", "replace")
    return json.loads(made.stdout)


def test_each_format_says_what_it_lacks_and_no_other_before_anything_is_read(tmp_path):
    wanting = [name for name, form in FORMATS.items() if form.needs]
    plain = [name for name in FORMATS if name not in wanting]
    ask = ["--lang", "en", "--crs", "EPSG:9215", "--formats"]
    # neither the site nor the table is there: what is missing is told before they are looked for
    commands = [["check-site", "none.shp", "--out", "d", *ask, name] for name in wanting]
    commands += [
        ["check-sites", "none.csv", "--out", "v", "--dossiers", *ask, name] for name in wanting
    ]
    commands += [["check-site", "none.shp", "--out", "d", "--lang", "en"]]
    commands += [["check-site", SITE, "--out", "d", *ask, ",".join(plain)]]
    told = run_without(EXTRA, commands, tmp_path)
    for name, (code, said) in zip(wanting * 2, told, strict=False):
        lacking = ", ".join(package_of(module) for module in FORMATS[name].needs)
        assert code == 2 and said.endswith(f'pip install "lsgis[dossier]":\n  {name}: {lacking}\n')
    code, said = told[-2]  # every format: all that is missing at once, each on its line
    lines = [f"  {n}: {', '.join(map(package_of, FORMATS[n].needs))}" for n in wanting]
    assert code == 2 and said.splitlines()[1:] == lines
    assert told[-1][0] == 1, told[-1]
    assert len([*(tmp_path / "d").iterdir()]) == len(plain) + 1
    assert not (tmp_path / "v").exists()


@pytest.mark.parametrize("absent", [m for m in EXTRA if m != "pyarrow"])
def test_a_format_lacks_only_what_it_needs(tmp_path, absent):
    ask = ["check-site", "none.shp", "--lang", "en", "--out", "d", "--formats"]
    told = run_without([absent], [[*ask, name] for name in FORMATS], tmp_path)
    for (name, form), (code, said) in zip(FORMATS.items(), told, strict=True):
        assert code == 2 and (package_of(absent) in said) is (absent in form.needs), (name, said)


def test_parquet_says_what_it_lacks(tmp_path):
    (tmp_path / "p.parquet").write_bytes(b"PAR1")
    commands = [
        ["check-site", "p.parquet"],
        ["check-layer", "p.parquet", "--as", "commune"],
        ["import-layer", "p.parquet", "--as", "commune", "--out", "o.gpkg"],
        ["clip-to", "p.parquet", "--within", "province"],
    ]
    for code, said in run_without(EXTRA, [[*c, "--lang", "en"] for c in commands], tmp_path):
        assert code == 2 and re.search(r'pyarrow.*pip install "lsgis\[parquet\]"', said), said


def test_the_doctor_names_what_each_format_lacks(tmp_path):
    [[code, said]] = run_without(EXTRA, [["doctor", "--json"]], tmp_path)
    assert code == 0, said  # what only some outputs need is no fault
