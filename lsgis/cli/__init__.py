"""The command line: each command reads, calls the function of the same name, and writes."""

import atexit
import gc

import click

from lsgis.cli.options import LazyCommands

# at the end nothing is worth looking through once more for garbage: the process gives all back
atexit.register(gc.freeze)

# a command's module is imported when the command is used: a quick one stays quick
_COMMANDS = {
    "list-layers": "plans",
    "fetch": "plans",
    "publish": "plans",
    "import": "intakes:import_layer",
    "template": "intakes",
    "check-plan": "ledgers",
    "crosswalk": "ledgers",
    "check-site": "sites",
    "check-sites": "sites",
    "verify": "sites",
    "check-layer": "work",
    "join-facts": "work",
    "join-places": "work",
    "clip-to": "work",
    "overlay-zones": "work",
    "doctor": "work",
}


@click.group(
    cls=LazyCommands,
    homes={name: f"lsgis.cli.{module}" for name, module in _COMMANDS.items()},
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="lsgis")
def main() -> None:
    """Spatial planning for Lạng Sơn: overlay the layers of Decision 339, check sites, publish.

    Exit codes: 0 clean, 1 something was found, 2 wrong usage or unreadable input.
    """
