"""The command line: each command reads, calls the function of the same name, and writes."""

import click

from lsgis.cli.options import Refusing
from lsgis.cli.plans import fetch, list_layers, publish
from lsgis.cli.work import check_layer, clip_to, doctor, join_facts, join_places, overlay_zones


@click.group(cls=Refusing, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="lsgis")
def main() -> None:
    """Spatial planning for Lạng Sơn: overlay the layers of Decision 339/QĐ-UBND and publish them.

    Exit codes: 0 clean, 1 something was found, 2 wrong usage or unreadable input.
    """


for command in (
    list_layers, fetch, check_layer, join_facts, join_places, clip_to, overlay_zones, publish,
    doctor,
):  # fmt: skip
    main.add_command(command)
