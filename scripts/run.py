"""Run any lsgis command, setting up a virtual environment first: `python3 scripts/run.py publish site`."""

import subprocess
import sys

from workbench import prepare

if __name__ == "__main__":
    python = prepare()
    arguments = sys.argv[1:] or ["--help"]
    sys.exit(subprocess.run([python, "-m", "lsgis", *arguments], check=False).returncode)
