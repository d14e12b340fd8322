"""Options that commands share, gathered into settings: which plan, which site, what to write.

A command takes a few such objects instead of a score of values:
`@grouped(plan=PlanOptions, output=OutputOptions)` gives it every option of
both classes and hands them over as `plan` and `output`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lsgis.cli.usage import (
    AMOUNT,
    DAY,
    DEFAULT,
    NUMBER,
    Place,
    argument,
    choice,
    given,
    not_blank,
    once_each,
    option,
    remember,
)
from lsgis.region import Region, read_region, require_rule
from lsgis.text import LANGUAGES

if TYPE_CHECKING:
    from lsgis.check import Profile
    from lsgis.report import Office
    from lsgis.sitecheck.index import CheckIndex
    from lsgis.sitefile import Site
    from lsgis.source import Plan

PATH: click.ParamType = Place(path_type=Path)


def _first_rule() -> str:
    """The reading of the environmental zones followed where no region is named."""
    return read_region().rule


FILE = argument("file", "help.m-file", type=PATH)
SOURCES = argument("sources", "help.m-sources")
ENCODING = option(
    "--encoding",
    default="auto",
    said_default=True,
    metavar="help.m-encoding",
    help="help.encoding",
)
FORCE = option("--force", is_flag=True, help="help.force")
LAYER = option("--layer", metavar="help.m-name", help="help.layer")
CAD_LAYERS = option(
    "--cad-layer", "cad_layers", multiple=True, metavar="help.m-name", help="help.cad-layer"
)
CRS = option("--crs", metavar="help.m-crs", help="help.crs")
OWN_CRS = option("--crs", metavar="help.m-crs", help="help.own-crs")
CACHE = option(
    "--cache",
    type=PATH,
    envvar="LSGIS_CACHE",
    metavar="help.m-folder",
    help="help.cache",
)
CLOSED_LINES = option("--as", "kind", type=choice("polygon", "line"), help="help.as-closed-lines")
AS_LAYER = option("--as", "layer_name", required=True, metavar="help.m-layer", help="help.as")
RULE = option("--rule", metavar="help.m-name", said_default=_first_rule, help="help.rule")
REGION = option(
    "--region",
    type=PATH,
    envvar="LSGIS_REGION",
    metavar="help.m-folder",
    help="help.region",
)
CATALOGUE = option(
    "--catalogue",
    type=PATH,
    multiple=True,
    callback=given,
    envvar="LSGIS_CATALOGUE",
    metavar="help.m-folder",
    help="help.catalogue",
)


def bar(items: Iterable[Any], **told: Any) -> Iterable[Any]:
    """A progress bar after half a second, on standard error; none when that is no terminal."""
    from tqdm import tqdm

    shown: Iterable[Any] = tqdm(items, disable=None, leave=False, delay=0.5, **told)
    return shown


def by(decorator: Callable[..., Any]) -> dict[str, Any]:
    """Metadata of a settings field that an option fills."""
    return {"option": decorator}


def grouped(**groups: type) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command every option of some settings classes; hand them over as objects."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def gathered(**values: Any) -> Any:
            settings = {
                name: made(**{each.name: values.pop(each.name) for each in fields(made)})
                for name, made in groups.items()
            }
            return command(**values, **settings)

        for made in reversed(groups.values()):
            for each in reversed(fields(made)):
                gathered = each.metadata["option"](gathered)
        return gathered

    return decorate


def _asked_before() -> str:
    """The language given before the command, else LSGIS_LANG, else Vietnamese."""
    return click.get_current_context().find_root().params.get("lang") or DEFAULT


@dataclass(frozen=True)
class RegionOptions:
    """Which region is spoken of, and what an office adds to it."""

    region: Path | None = field(metadata=by(REGION))
    catalogue: tuple[Path, ...] = field(metadata=by(CATALOGUE))

    def about(self) -> Region:
        """The region these options name."""
        return read_region(self.region, catalogue=self.catalogue)


@dataclass(frozen=True)
class BoundaryOptions(RegionOptions):
    """The commune boundaries to work with."""

    communes: str = field(
        metadata=by(
            option(
                "--communes",
                default="embedded",
                said_default=True,
                metavar="help.m-communes",
                help="help.communes",
            )
        )
    )
    communes_crs: str | None = field(
        metadata=by(option("--communes-crs", metavar="help.m-crs", help="help.communes-crs"))
    )
    cache: Path | None = field(metadata=by(CACHE))

    def read(self) -> "Plan":
        """The plan these options describe."""
        from lsgis import source

        return source.read_plan(**self.given(), progress=bar)

    def given(self) -> dict[str, Any]:
        """These options as arguments of whatever reads a plan."""
        names = [each.name for each in fields(self) if each.name != "catalogue"]
        return {name: getattr(self, name) for name in names} | {"region": self.about()}


@dataclass(frozen=True)
class PlanOptions(BoundaryOptions):
    """The boundaries, and the layers that take the place of the embedded ones."""

    plan: Path | None = field(
        metadata=by(option("--plan", type=PATH, metavar="help.m-plan", help="help.plan"))
    )
    plan_crs: str | None = field(
        metadata=by(option("--plan-crs", metavar="help.m-crs", help="help.plan-crs"))
    )


@dataclass(frozen=True)
class PlanAloneOptions(PlanOptions):
    """The same for a command that reads no file beside the plan: `--crs` is that of its files."""

    crs: str | None = field(metadata=by(OWN_CRS))


@dataclass(frozen=True)
class IndexOptions(PlanOptions):
    """The plan that a site is held against, under one reading of the environmental zones."""

    rule: str | None = field(metadata=by(RULE))

    def about(self) -> Region:
        """The region these options name; refuse a reading of the zones that it does not have."""
        region = super().about()
        require_rule(self.rule, region)
        return region

    def index(self) -> "CheckIndex":
        """The index of the plan, built where there is none yet."""
        from lsgis import sitecheck

        return sitecheck.require_index(**self.given())


@dataclass(frozen=True)
class IndexAloneOptions(IndexOptions):
    """The same for a command that reads no site: `--crs` is that of the files of the plan."""

    crs: str | None = field(metadata=by(OWN_CRS))


@dataclass(frozen=True)
class SiteOptions:
    """How to read one site."""

    crs: str | None = field(metadata=by(CRS))
    accuracy_m: float | None = field(
        metadata=by(
            option("--accuracy", "accuracy_m", type=NUMBER, metavar="M", help="help.accuracy")
        )
    )
    name: str = field(
        metadata=by(option("--name", default="", metavar="help.m-name", help="help.name"))
    )
    order: str | None = field(
        metadata=by(
            option(
                "--order", type=choice("northing,easting", "easting,northing"), help="help.order"
            )
        )
    )
    repair: bool = field(metadata=by(option("--repair", is_flag=True, help="help.repair-site")))
    area_certificate_m2: float | None = field(
        metadata=by(
            option(
                "--certificate-area",
                "area_certificate_m2",
                type=NUMBER,
                metavar="M2",
                help="help.certificate-area",
            )
        )
    )
    parcel: str | None = field(
        metadata=by(option("--parcel", metavar="help.m-name", help="help.parcel"))
    )
    kind: str | None = field(metadata=by(CLOSED_LINES))
    layer: str | None = field(metadata=by(LAYER))
    cad_layers: tuple[str, ...] = field(metadata=by(CAD_LAYERS))

    def read(self, site: str, region: Region) -> "Site":
        """The site as a file, a table of corners, a point or WKT gives it."""
        from lsgis import sitefile

        given = {each.name: getattr(self, each.name) for each in fields(self)}
        return sitefile.read_site(site, region=region, **given)


@dataclass(frozen=True)
class QuestionOptions:
    """What to ask about a site: on which day, for which project, on which assumptions."""

    type_: str | None = field(
        metadata=by(option("--type", "type_", metavar="help.m-type", help="help.type"))
    )
    on: datetime = field(
        metadata=by(
            option(
                "--on",
                type=DAY,
                default=lambda: date.today().isoformat(),
                said_default="help.today",
                metavar="help.m-day",
                help="help.on",
            )
        )
    )
    complete: tuple[str, ...] = field(
        metadata=by(
            option("--complete", multiple=True, metavar="help.m-layer", help="help.complete")
        )
    )
    min_area_m2: tuple[tuple[str, float], ...] = field(
        metadata=by(
            option(
                "--min-area",
                "min_area_m2",
                type=AMOUNT,
                multiple=True,
                callback=once_each,
                metavar="LAYER=M2",
                help="help.min-area",
            )
        )
    )
    min_length_m: tuple[tuple[str, float], ...] = field(
        metadata=by(
            option(
                "--min-length",
                "min_length_m",
                type=AMOUNT,
                multiple=True,
                callback=once_each,
                metavar="LAYER=M",
                help="help.min-length",
            )
        )
    )
    assumed_accuracy_m: float = field(
        metadata=by(
            option(
                "--assumed-accuracy",
                "assumed_accuracy_m",
                type=NUMBER,
                default=100.0,
                said_default=True,
                metavar="M",
                help="help.assumed-accuracy",
            )
        )
    )

    def asked(self) -> dict[str, Any]:
        """The question as arguments of a site check."""
        return {
            "on": self.on.date(),
            "type": self.type_,
            "complete": self.complete,
            "min_area_m2": dict(self.min_area_m2),
            "min_length_m": dict(self.min_length_m),
            "assumed_accuracy_m": self.assumed_accuracy_m,
        }


@dataclass(frozen=True)
class EvidenceOptions:
    """What is held beside one site: the commune its papers name, terrain, disputed findings."""

    declared_commune: str | None = field(
        metadata=by(
            option(
                "--declared-commune",
                callback=not_blank,
                metavar="help.m-name",
                help="help.declared-commune",
            )
        )
    )
    dem: Path | None = field(
        metadata=by(option("--dem", type=PATH, metavar="help.m-file", help="help.dem"))
    )
    disputes: Path | None = field(
        metadata=by(option("--disputes", type=PATH, metavar="help.m-file", help="help.disputes"))
    )


def _all_formats() -> str:
    from lsgis.report import FORMATS

    return ",".join(FORMATS)


@dataclass(frozen=True)
class FormatOptions:
    """The files of a dossier."""

    formats: str | None = field(
        metadata=by(
            option(
                "--formats",
                said_default=_all_formats,
                metavar="help.m-formats",
                help="help.formats",
            )
        )
    )
    office: Path | None = field(
        metadata=by(option("--office", type=PATH, metavar="help.m-file", help="help.office"))
    )

    def signed(self, *, wanted: bool) -> "Office | None":
        """Who signs the letters, if a file says so; it is read before anything is computed.

        If dossiers are wanted, a format that cannot be written here is refused now, too.
        """
        from lsgis.report import read_office, require_formats

        if wanted:
            require_formats(self.named())
        return None if self.office is None else read_office(self.office)

    def named(self) -> tuple[str, ...] | None:
        """The formats asked for; None for all."""
        return None if self.formats is None else tuple(self.formats.split(","))

    def write(
        self, index: Any, lang: str, office: "Office | None", document: Any, out: Path
    ) -> None:
        """Write the dossier of a report, with what lies around the site on its maps."""
        from lsgis import report

        report.write_dossier(
            document,
            out,
            formats=self.named(),
            lang=lang,
            shapes=report.shapes_around(index, document),
            region=index.region,
            office=office,
        )


@dataclass(frozen=True)
class DossierOptions(FormatOptions):
    """The files of a dossier, and the folder they go to."""

    out: Path | None = field(
        metadata=by(option("--out", type=PATH, metavar="help.m-folder", help="help.out-dossier"))
    )


@dataclass(frozen=True)
class JudgementOptions:
    """By which severities issues are judged, and where they are written."""

    issues: Path | None = field(
        metadata=by(option("--issues", type=PATH, metavar="help.m-folder", help="help.issues"))
    )
    profile: str | None = field(
        metadata=by(option("--profile", metavar="help.m-profile", help="help.profile"))
    )
    strict: bool = field(metadata=by(option("--strict", is_flag=True, help="help.strict")))

    def asked(self) -> bool:
        """Whether any of them was given."""
        return self.issues is not None or self.profile is not None or self.strict

    def read(self, region: Region) -> "Profile":
        """The profile asked for; refuse two at once."""
        from lsgis import check
        from lsgis.errors import CatalogueError

        if self.strict and self.profile not in (None, "strict"):
            raise CatalogueError("cli.two-profiles", found=self.profile)
        name = "strict" if self.strict else self.profile or "default"
        return check.read_profile(name, region=region)


@dataclass(frozen=True)
class FileOptions:
    """Where features are written, and whether over what is there."""

    out: Path | None = field(
        metadata=by(option("--out", type=PATH, metavar="help.m-file", help="help.out"))
    )
    for_office: bool = field(
        metadata=by(option("--office-csv", "for_office", is_flag=True, help="help.office-csv"))
    )
    force: bool = field(metadata=by(FORCE))


@dataclass(frozen=True)
class OutputOptions:
    """What is printed: for people in a language, or one JSON document."""

    lang: str = field(
        metadata=by(
            option(
                "--lang",
                type=choice(*LANGUAGES),
                default=_asked_before,
                said_default=_asked_before,
                is_eager=True,
                callback=remember,
                help="help.lang",
            )
        )
    )
    as_json: bool = field(metadata=by(option("--json", "as_json", is_flag=True, help="help.json")))
