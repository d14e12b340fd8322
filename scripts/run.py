"""Run any lsgis command, first making a virtual environment: `python3 scripts/run.py --help`."""

import subprocess
import sys

from workbench import prepare

if __name__ == "__main__":
    python = prepare("dossier", "parquet")  # what any of the commands may need
    arguments = sys.argv[1:] or ["--help"]
    sys.exit(subprocess.run([python, "-m", "lsgis", *arguments], check=False).returncode)
