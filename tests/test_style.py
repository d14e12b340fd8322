"""The whole tree keeps to one style and to its own annotations, as ruff and mypy see them."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize(
    "tool",
    [
        pytest.param(["ruff", "check", "."], id="rules"),
        pytest.param(["ruff", "format", "--check", "."], id="form"),
        pytest.param(["mypy", "lsgis"], id="annotations"),
    ],
)
def test_the_tree_is_clean(tool):
    """Rules lie in pyproject.toml; annotations are held against the libraries installed here."""
    if find_spec(tool[0]) is None:
        pytest.fail(f'{tool[0]} is not installed: run pip install -e ".[dev]"', pytrace=False)
    command = [sys.executable, "-m", *tool]
    said = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False
    )
    if said.returncode:
        pytest.fail(f"{' '.join(tool)}:\n{said.stdout}{said.stderr}"[-5000:], pytrace=False)
