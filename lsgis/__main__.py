"""`python -m lsgis` is the command `lsgis`."""

from lsgis.cli import main

if __name__ == "__main__":
    main(prog_name="lsgis")
