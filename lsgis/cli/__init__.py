"""The command line: each command reads, calls the function of the same name, and writes."""

import atexit
import gc

from lsgis.cli.app import main

__all__ = ["main"]

# at the end nothing is worth looking through once more for garbage: the process gives all back
atexit.register(gc.freeze)
