"""How a command explains itself and its refusals of wrong usage, in Vietnamese and English.

click speaks English unless the machine holds a translation of it; here its
headings, labels and refusals come from `data/text/help.csv` like every other text.
"""

import os
from collections.abc import Callable, Sequence
from typing import IO, Any, TypeAlias

import click

from lsgis.cli.commands import COMMANDS
from lsgis.text import LANGUAGES, say

Decorator: TypeAlias = Callable[[Callable[..., Any]], Callable[..., Any]]
DEFAULT = "vi"
VARIABLE = "LSGIS_LANG"
_META = "lsgis.lang"


def language(ctx: click.Context | None) -> str:
    """Language that this call is asked to speak; Vietnamese when nobody said."""
    ctx = ctx or click.get_current_context(silent=True)
    return ctx.meta.get(_META, DEFAULT) if ctx is not None else DEFAULT


def remember(ctx: click.Context, _option: click.Parameter, value: str) -> str:
    """Keep the language a command was given, for whoever speaks afterwards."""
    ctx.meta[_META] = value
    return value


def foresee(ctx: click.Context, args: Sequence[str]) -> None:
    """Look for the language before anything is parsed: help and refusals come first.

    The last `--lang` wins, before the command or after it; then `LSGIS_LANG`.
    """
    asked = [os.environ.get(VARIABLE)]
    for at, arg in enumerate(args):
        if arg == "--":
            break
        if arg == "--lang":
            asked += args[at + 1 : at + 2]
        elif arg.startswith("--lang="):
            asked.append(arg.removeprefix("--lang="))
    known = [lang for lang in asked if lang in LANGUAGES]
    ctx.meta[_META] = known[-1] if known else DEFAULT


class Kind(click.ParamType):
    """A type of click whose refusal is said by a text: `found`, and `expected` if it needs one."""

    def __init__(self, kind: click.ParamType, refusal: str, expected: str = "") -> None:
        self.kind, self.refusal, self.expected = kind, refusal, expected
        self.name = kind.name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The value as its type; refuse another in the language of the call."""
        try:
            return self.kind.convert(value, param, ctx)
        except click.BadParameter:
            said = say(self.refusal, language(ctx), found=value, expected=self.expected)
        self.fail(said, param, ctx)

    def get_metavar(self, *args: Any, **named: Any) -> str | None:
        """How help shows a value, where the option gives it no name."""
        return self.kind.get_metavar(*args, **named)


class Pair(click.ParamType):
    """A name and a value with "=" between them, as a tuple."""

    name = "pair"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The two; refuse a text in which one of them is not there."""
        name, _, told = value.partition("=")
        if not (name and told):
            self.fail(value, param, ctx)
        return name, told


class Amount(Pair):
    """A name and a number with "=" between them, as a tuple."""

    name = "amount"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The two; refuse what is no number."""
        name, told = super().convert(value, param, ctx)
        return name, click.FLOAT.convert(told, param, ctx)


class Place(click.Path):
    """A path; an empty one is as if not given (`Path("")` would be the working folder)."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path, None of an empty one; refuse an empty one where a path is required."""
        if value != "":
            return super().convert(value, param, ctx)
        if param is not None and param.required:
            raise click.MissingParameter(ctx=ctx, param=param)
        return None


def given(_ctx: click.Context, _option: click.Parameter, values: tuple[Any, ...]) -> Any:
    """Of an option that may stand several times, the values that are not empty."""
    return tuple(value for value in values if value is not None)


def once_each(ctx: click.Context, option: click.Parameter, values: tuple[Any, ...]) -> Any:
    """Of an option of names and amounts, its values; refuse a name that stands twice."""
    names = [name for name, _ in values]
    for name in names:
        if names.count(name) > 1:
            said = say("help.named-twice", language(ctx), found=name)
            raise click.BadParameter(said, ctx=ctx, param=option)
    return values


def not_blank(ctx: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """A text that is given; refuse one that says nothing."""
    if value is not None and not value.strip(" ;\t\n"):
        raise click.BadParameter(say("help.not-blank", language(ctx)), ctx=ctx, param=option)
    return value


NUMBER = Kind(click.FLOAT, "help.not-a-number")
PAIR = Kind(Pair(), "help.not-a-pair")
AMOUNT = Kind(Amount(), "help.not-an-amount")
DAY = Kind(click.DateTime(["%Y-%m-%d"]), "help.not-a-day")


def choice(*known: str) -> Kind:
    """One of several words."""
    return Kind(click.Choice(known), "help.not-a-choice", ", ".join(known))


def _spoken_metavar(metavar: str | None, ctx: click.Context | None) -> str | None:
    """A metavar that is a text code in words; M, LAYER=… and the like as they stand."""
    return say(metavar, language(ctx)) if metavar and metavar.startswith("help.") else metavar


class Option(click.Option):
    """An option whose `help` is a text code; `metavar` is one, or stands as it is.

    `said_default` is what help shows as default: a text code, a function that
    gives the value when help is asked for, or True for the default itself.
    """

    def __init__(
        self,
        *args: Any,
        said_default: str | bool | Callable[[], str] = False,
        **named: Any,
    ) -> None:
        self.said_default = said_default
        super().__init__(*args, **named)

    def make_metavar(self, *args: Any, **named: Any) -> str:
        """Name of the value, in the language of the call."""
        if self.metavar is None:
            return super().make_metavar(*args, **named)
        return _spoken_metavar(self.metavar, args[0] if args else None) or ""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """The option and what it is for, with its default."""
        record = super().get_help_record(ctx)
        if record is None:
            return None
        lang, more = language(ctx), []
        if self.said_default:
            more.append(say("help.default", lang, value=self._default_in(ctx, lang)))
        if self.required:
            more.append(say("help.required", lang))
        told = f"  [{'; '.join(more)}]" if more else ""
        return record[0], say(str(self.help), lang) + told

    def _default_in(self, ctx: click.Context, lang: str) -> str:
        if callable(self.said_default):
            return self.said_default()
        if isinstance(self.said_default, str):
            return say(self.said_default, lang)
        return str(self.get_default(ctx))


class Argument(click.Argument):
    """An argument whose `metavar` is a text code."""

    def make_metavar(self, *args: Any, **named: Any) -> str:
        """Name of the argument, in the language of the call."""
        return _spoken_metavar(self.metavar, args[0] if args else None) or ""


def option(*names: str, help: str, **named: Any) -> Decorator:
    """An option of a command; `help` is a text code."""
    return click.option(*names, cls=Option, help=help, **named)


def argument(name: str, metavar: str, **named: Any) -> Decorator:
    """An argument of a command; `metavar` is a text code."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        # made anew for each command: click before 8.1.4 forgets the class when it is used again
        return click.argument(name, cls=Argument, metavar=metavar, **named)(command)

    return decorate


class Explained(click.Command):
    """The headings and labels of a command's help, in the language of the call."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The line of usage."""
        pieces = " ".join(self.collect_usage_pieces(ctx))
        prefix = say("help.usage", language(ctx)) + " "
        formatter.write_usage(ctx.command_path, pieces, prefix=prefix)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """`[OPTIONS]`, then the arguments."""
        params = (param.get_usage_pieces(ctx) for param in self.get_params(ctx))
        return [say("help.options-metavar", language(ctx)), *(p for piece in params for p in piece)]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Every option, in the order of the command."""
        params = (p for p in self.get_params(ctx) if isinstance(p, click.Option))
        records = [param.get_help_record(ctx) for param in params]
        with formatter.section(say("help.options", language(ctx))):
            formatter.write_dl([record for record in records if record is not None])

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """`--help` itself."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = say("help.help", language(ctx))
        return option


class Command(Explained):
    """A command that explains itself by its row of the register."""

    def __init__(self, *args: Any, **named: Any) -> None:
        # click's refusal of further arguments is English: they are let in and refused below
        named["context_settings"] = {"allow_extra_args": True}
        super().__init__(*args, **named)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Arguments as parameters; refuse what is too much."""
        try:
            rest = super().parse_args(ctx, args)
        except click.UsageError as error:
            raise explain(error, ctx) from error
        if rest and not ctx.resilient_parsing:
            raise Misuse("help.too-much", ctx, found=" ".join(rest))
        return rest

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What the command does, and an example of it."""
        row, lang = COMMANDS[str(self.name)], language(ctx)
        told = [say(code, lang) for code in row.help]
        if row.aliases:
            told.append(say("help.aliases", lang, names=", ".join(row.aliases)))
        told.append(say("help.example", lang, command=row.example))
        write_paragraphs(formatter, told)


def command(name: str) -> Callable[[Callable[..., Any]], Command]:
    """A function as the command `name` of the register."""
    return click.command(name, cls=Command)


def write_paragraphs(formatter: click.HelpFormatter, told: Sequence[str]) -> None:
    """Paragraphs of help, wrapped to the width of the screen."""
    formatter.write_paragraph()
    with formatter.indentation():
        formatter.write_text("\n\n".join(told))


class Misuse(click.UsageError):
    """Wrong usage, said in the language of the call: usage, where to find help, what is wrong."""

    def __init__(self, code: str, ctx: click.Context, **values: object) -> None:
        super().__init__(say(code, language(ctx), **values), ctx)

    def show(self, file: IO[Any] | None = None) -> None:
        """Print it on standard error."""
        ctx = self.ctx
        assert ctx is not None
        lang = language(ctx)
        told = {"command": ctx.command_path, "option": max(ctx.help_option_names, key=len)}
        click.echo(f"{ctx.get_usage()}\n{say('help.try', lang, **told)}\n", file, err=True)
        click.echo(say("help.error", lang, message=self.format_message()), file, err=True)


def explain(error: click.UsageError, ctx: click.Context) -> click.UsageError:
    """What click refuses, in the language of the call; what it says of itself stays."""
    ctx = error.ctx or ctx
    helps = getattr(click.exceptions, "NoArgsIsHelpError", ())  # click before 8.2 has none
    if isinstance(error, (Misuse, helps)):
        return error  # spoken already
    if isinstance(error, click.NoSuchOption):
        near = ", ".join(error.possibilities or ())
        code = "help.no-such-option-near" if near else "help.no-such-option"
        return Misuse(code, ctx, option=error.option_name, near=near)
    if isinstance(error, click.BadOptionUsage):
        takes_none = any(
            isinstance(param, click.Option) and param.is_flag
            for param in ctx.command.get_params(ctx)
            if error.option_name in param.opts
        )
        code = "help.takes-no-value" if takes_none else "help.needs-a-value"
        return Misuse(code, ctx, option=error.option_name)
    if isinstance(error, click.MissingParameter) and error.param is not None:
        is_option = isinstance(error.param, click.Option)
        code = "help.missing-option" if is_option else "help.missing-argument"
        return Misuse(code, ctx, name=error.param.get_error_hint(ctx))
    if isinstance(error, click.BadParameter) and error.param is not None:
        hint = error.param.get_error_hint(ctx)
        return Misuse("help.bad-value", ctx, name=hint, reason=error.message)
    if type(error) is click.UsageError and isinstance(ctx.command, click.Group):
        return Misuse("help.no-command", ctx)
    return error
