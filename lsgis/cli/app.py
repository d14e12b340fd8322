"""The program `lsgis`: its commands by the register, and how a refusal reaches the keyboard."""

import io
import os
import sys
from importlib import import_module
from typing import Any

import click

from lsgis.cli import usage
from lsgis.cli.commands import COMMANDS, NAMES
from lsgis.errors import LsgisError, lacks_memory
from lsgis.text import LANGUAGES, say

# drivers of GDAL that read elsewhere, ask servers or start programs: this program needs none
_SKIPPED = (
    "OGR_VRT,VRT,GDALG,GTI,STACIT,STACTA,OGCAPI,WMS,WCS,WMTS,WFS,OAPIF,CSW,HTTP,PLSCENES,PLMOSAIC,"
    "EEDA,EEDAI,DAAS,Carto,Elasticsearch,AmigoCloud,NGW,GPSBabel,ADBC,MBTiles,PMTiles,MVT"
)


class Commands(usage.Explained, click.Group):
    """Commands of the register, each imported when it is used.

    They end in a message and exit code 2, never in a traceback.
    """

    def main(self, *args: Any, **more: Any) -> Any:
        """Run the program; what it writes is UTF-8, whatever the machine takes a pipe for.

        A name of a file that is no text (of bytes that are no UTF-8) is told as it is, escaped.
        """
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")
        os.environ.setdefault("GDAL_SKIP", _SKIPPED)
        return super().main(*args, **more)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands, without importing one."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or of that shorter name; None when there is none."""
        if cmd_name not in NAMES:
            return None
        name = NAMES[cmd_name]
        home = import_module(f"lsgis.cli.{COMMANDS[name].module}")
        found: click.Command = getattr(home, name.replace("-", "_"))
        return found

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Settle the language, then parse what stands before the command."""
        usage.foresee(ctx, args)
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            raise usage.explain(error, ctx) from error

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command asked for, by the name it bears; refuse one that is none."""
        if args[0] not in NAMES and not args[0].startswith("-"):
            known = ", ".join(COMMANDS)
            raise usage.Misuse("help.no-such-command", ctx, found=args[0], known=known)
        name, found, rest = super().resolve_command(ctx, args)
        return NAMES.get(str(name), name), found, rest

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; turn refusals into a message on standard error."""
        try:
            return super().invoke(ctx)
        except LsgisError as error:
            click.echo(f"lsgis: {error.message(usage.language(ctx))}", err=True)
            ctx.exit(2)
        except click.UsageError as error:
            raise usage.explain(error, ctx) from error
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            if os.environ.get("LSGIS_DEBUG"):
                raise
            found = f"{type(error).__name__}: {error}"
            said = say("cli.unexpected", usage.language(ctx), found=found)
            if lacks_memory(error):
                said = say("errors.no-memory", usage.language(ctx))
            click.echo(f"lsgis: {said}", err=True)
            ctx.exit(2)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """`[OPTIONS] COMMAND [ARGS]...`."""
        more = say("help.command-metavar", usage.language(ctx))
        return [*super().collect_usage_pieces(ctx), more]

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What lsgis is for, and what its exit codes mean."""
        lang = usage.language(ctx)
        usage.write_paragraphs(formatter, [say("help.lsgis", lang), say("help.exit-codes", lang)])

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Options of the program, then its commands."""
        super().format_options(ctx, formatter)
        lang = usage.language(ctx)
        rows = [(name, say(row.help[0], lang)) for name, row in COMMANDS.items()]
        with formatter.section(say("help.commands", lang)):
            formatter.write_dl(rows)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Where language, folder and help of a command are settled."""
        usage.write_paragraphs(formatter, [say("help.epilog", usage.language(ctx))])


def _tell_version(ctx: click.Context, _option: click.Parameter, asked: bool) -> None:
    from lsgis import __version__

    if asked and not ctx.resilient_parsing:
        click.echo(say("help.version-is", usage.language(ctx), version=__version__))
        ctx.exit()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@usage.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_tell_version,
    help="help.version",
)
@usage.option(
    "--lang",
    type=usage.choice(*LANGUAGES),
    default=usage.DEFAULT,
    envvar=usage.VARIABLE,
    said_default=True,
    help="help.lang",
)
def main(lang: str) -> None:
    """The program; what it says of itself is in `data/text/help.csv`."""
