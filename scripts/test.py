"""Run every test, setting up a virtual environment first: `python3 scripts/test.py`.

Further arguments go to pytest. Tests of the real boundaries and of a real
browser are skipped, and said to be, where those are not at hand; with
LSGIS_TEST_ALL=1 they must run.
"""

import subprocess
import sys

from workbench import ROOT, prepare

if __name__ == "__main__":
    python = prepare("test", "dev", "dossier", "parquet")
    several = ["-n", "auto", "--dist", "loadfile"]  # a file's tests share what they made
    suites = [[python, "-m", "pytest", *(sys.argv[1:] or several)]]
    if len(sys.argv) == 1:
        suites.append([python, "-m", "pytest", "--nbmake", "notebooks", "-p", "no:cacheprovider"])
    codes = [subprocess.run(suite, cwd=ROOT, check=False).returncode for suite in suites]
    sys.exit(max(codes))
