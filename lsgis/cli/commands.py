"""The register of commands: one row each, from which the command line and its help are made.

A command bears the name of its function: `check-site` calls `lsgis.check_site`
and is written as `check_site` in the module its row names. That module is
imported when the command is used, so a quick one stays quick.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One command: its module in `lsgis.cli`, what its help says, an example, shorter names."""

    module: str
    help: tuple[str, ...]  # text codes, one a paragraph; the first stands in the list of commands
    example: str
    aliases: tuple[str, ...] = ()


COMMANDS = {
    "list-layers": Row(
        "plan_commands",
        ("help.list-layers",),
        "lsgis list-layers --lang en",
    ),
    "fetch": Row(
        "setup_commands",
        ("help.fetch", "help.fetch-more"),
        "lsgis fetch --cache D:/lsgis",
    ),
    "publish": Row(
        "plan_commands",
        ("help.publish",),
        "lsgis publish site --communes fetched",
    ),
    "import-layer": Row(
        "intake_commands",
        ("help.import-layer", "help.import-layer-more"),
        "lsgis import ranh_gioi.shp --as commune --out commune.gpkg",
        aliases=("import",),
    ),
    "write-template": Row(
        "intake_commands",
        ("help.write-template",),
        "lsgis template plan.gpkg",
        aliases=("template",),
    ),
    "check-plan": Row(
        "plan_commands",
        ("help.check-plan", "help.check-plan-more"),
        "lsgis check-plan --plan my_layers --out ledger.csv",
    ),
    "crosswalk-table": Row(
        "intake_commands",
        ("help.crosswalk-table", "help.crosswalk-table-more"),
        "lsgis crosswalk schools.csv --name xa --district huyen --count pupils",
        aliases=("crosswalk",),
    ),
    "mend-text": Row(
        "intake_commands",
        ("help.mend-text", "help.mend-text-more"),
        "lsgis mend-text danh_sach.dbf --out danh_sach.xlsx",
    ),
    "check-site": Row(
        "site_commands",
        ("help.check-site", "help.check-site-more"),
        "lsgis check-site plot.xlsx --type industrial --out dossier",
    ),
    "check-sites": Row(
        "site_commands",
        ("help.check-sites", "help.check-sites-more"),
        "lsgis check-sites projects.xlsx --out verdicts",
    ),
    "verify": Row(
        "site_commands",
        ("help.verify", "help.verify-more"),
        "lsgis verify dossier",
    ),
    "check-layer": Row(
        "layer_commands",
        ("help.check-layer", "help.check-layer-more"),
        "lsgis check-layer communes.gpkg --as commune --issues findings",
    ),
    "join-facts": Row(
        "layer_commands",
        ("help.join-facts", "help.join-facts-more"),
        "lsgis join-facts communes.gpkg --facts population.csv --out joined.gpkg",
    ),
    "join-places": Row(
        "layer_commands",
        ("help.join-places", "help.join-places-more"),
        "lsgis join-places parks.gpkg --communes fetched",
    ),
    "clip-to": Row(
        "layer_commands",
        ("help.clip-to", "help.clip-to-more"),
        'lsgis clip-to parks.gpkg --within "Hữu Lũng" --out parks_huu_lung.gpkg',
    ),
    "overlay-zones": Row(
        "layer_commands",
        ("help.overlay-zones", "help.overlay-zones-more"),
        "lsgis overlay-zones commune environmental_zone --out zones_by_commune.csv",
    ),
    "doctor": Row(
        "setup_commands",
        ("help.doctor",),
        "lsgis doctor",
    ),
}
# every name a command answers to -> the name it bears
NAMES = {name: primary for primary, row in COMMANDS.items() for name in (primary, *row.aliases)}
