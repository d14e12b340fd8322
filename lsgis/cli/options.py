"""Options that commands share, and how a refusal reaches the person at the keyboard."""

import os
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from lsgis.errors import LsgisError
from lsgis.text import LANGUAGES, say


def bar(items: Iterable, **told: object) -> Iterable:
    """A progress bar after half a second, on standard error; none when that is no terminal."""
    from tqdm import tqdm

    return tqdm(items, disable=None, leave=False, delay=0.5, **told)


def _remember(ctx: click.Context, _option: click.Parameter, value: str) -> str:
    ctx.meta["lsgis.lang"] = value
    return value


lang = click.option(
    "--lang", type=click.Choice(LANGUAGES), default="vi", show_default=True, envvar="LSGIS_LANG",
    is_eager=True, callback=_remember, help="Language of what people read.",
)  # fmt: skip
as_json = click.option(
    "--json", "as_json", is_flag=True, help="One JSON document on standard output, nothing else."
)
communes = click.option(
    "--communes", default="embedded", show_default=True, metavar="embedded|fetched|FILE",
    help="Commune boundaries: the schematic ones, those `lsgis fetch` brought, or your file.",
)  # fmt: skip
plan = click.option(
    "--plan", type=click.Path(path_type=Path), metavar="DIR|GPKG",
    help="Your layers, named as in `lsgis list-layers`; they take the embedded ones' place.",
)  # fmt: skip
crs = click.option("--crs", help="CRS of files that state none, for example EPSG:9215.")
cache = click.option(
    "--cache", type=click.Path(path_type=Path), envvar="LSGIS_CACHE", metavar="DIR",
    help="Folder of fetched files (or LSGIS_CACHE).",
)  # fmt: skip
out = click.option(
    "--out", type=click.Path(path_type=Path), metavar="FILE",
    help="Write the features there: .gpkg, .geojson, .fgb or .csv.",
)  # fmt: skip
force = click.option("--force", is_flag=True, help="Replace the output file if it is there.")
layer = click.option("--layer", help="Which layer of a file that holds several.")


def options(*chosen: Callable) -> Callable:
    """Several shared options as one decorator, in the order they are listed."""

    def decorate(command: Callable) -> Callable:
        for option in reversed(chosen):
            command = option(command)
        return command

    return decorate


class LazyCommands(click.Group):
    """Commands by the module that holds them, imported when used.

    They end in a message and exit code 2, never in a traceback.
    """

    def __init__(self, *args: Any, homes: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.homes = homes

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands, without importing one."""
        return list(self.homes)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name; None when there is none."""
        if cmd_name not in self.homes:
            return None
        module, _, name = self.homes[cmd_name].partition(":")
        return getattr(import_module(module), name or cmd_name.replace("-", "_"))

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; turn refusals into a message on standard error."""
        try:
            return super().invoke(ctx)
        except LsgisError as error:
            language = _language(ctx)
            click.echo(f"lsgis: {error.message(language)}", err=True)
            ctx.exit(2)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            if os.environ.get("LSGIS_DEBUG"):
                raise
            found = f"{type(error).__name__}: {error}"
            click.echo(f"lsgis: {say('cli.unexpected', _language(ctx), found=found)}", err=True)
            ctx.exit(2)


def _language(ctx: click.Context) -> str:
    """Language a command was asked to speak; Vietnamese when the command has no such option."""
    return ctx.meta.get("lsgis.lang", "vi")
