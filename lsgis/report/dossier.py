"""A dossier written as one folder in the formats asked for."""

import importlib
import io
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

from lsgis import disk
from lsgis.digest import hash_file
from lsgis.errors import OutputError, SiteError
from lsgis.region import Region, read_region
from lsgis.report.summary import Dossier, Office, make_dossier
from lsgis.report.surroundings import Shapes
from lsgis.report.wording import Picture, clean
from lsgis.sitecheck.record import SiteReport
from lsgis.sitecheck.record_json import as_report, to_json
from lsgis.sitecheck.verification import LIST, read_list, to_list
from lsgis.text import LANGUAGES

# Each format of a dossier, from content that is made once: a function and a row of FORMATS.


@dataclass(frozen=True)
class Content:
    """The report as given and as shown, and the dossier made of it."""

    report: SiteReport
    shown: SiteReport
    dossier: Dossier
    pictures: tuple[Picture, ...]
    region: Region

    @cached_property
    def page(self) -> str:
        """The page that HTML and PDF share."""
        from lsgis.report.dossier_html import render_page

        return render_page(self.dossier)


def make_content(
    report: SiteReport,
    formats: Sequence[str],
    *,
    lang: str,
    shapes: Shapes,
    region: Region,
    office: Office | None = None,
) -> Content:
    """Everything the formats need; maps are only drawn for those that show them."""
    shown = clean(report)
    pictures: tuple[Picture, ...] = ()
    if any(FORMATS[name].pictured for name in formats):
        from lsgis.report.figure import draw_maps

        pictures = tuple(draw_maps(shown, shapes, lang=lang, region=region))
    dossier = make_dossier(shown, pictures=pictures, lang=lang, region=region, office=office)
    return Content(report, shown, dossier, pictures, region)


def write_format(name: str, content: Content, path: Path) -> None:
    """Write one format; one of several files writes each beside `path`."""
    FORMATS[name].write(content, path)


def _html(content: Content, path: Path) -> None:
    path.write_text(content.page, encoding="utf-8", newline="\n")


def _pdf(content: Content, path: Path) -> None:
    from lsgis.report.dossier_html import render_pdf

    path.write_bytes(render_pdf(content.page, content.dossier.id))


def _docx(content: Content, path: Path) -> None:
    from lsgis.report.letter import write_letter

    write_letter(content.dossier, path)


def _xlsx(content: Content, path: Path) -> None:
    from lsgis.report.dossier_workbook import write_workbook

    write_workbook(content.dossier, content.shown, path, content.region)


def _json(content: Content, path: Path) -> None:
    try:
        path.write_bytes(to_json(content.report))
    except ValueError as error:
        raise OutputError("dossier.not-json", reason=error) from error


def _gpkg(content: Content, path: Path) -> None:
    from lsgis.report.dossier_geopackage import write_geopackage

    write_geopackage(content.shown, path, content.region)


def _png(content: Content, path: Path) -> None:
    dossier = content.dossier
    for picture in content.pictures:
        name = f"dossier-{dossier.id[:12]}-{dossier.lang}-map-{picture.name}.png"
        (path.parent / name).write_bytes(picture.png)


@dataclass(frozen=True)
class Format:
    """How a format is written, and all that the rest of lsgis needs to know of it."""

    write: Callable[[Content, Path], None]
    needs: tuple[str, ...] = ()  # modules that only dossiers need
    pictured: bool = False  # shows the maps: they are drawn for it
    spoken: bool = True  # one file a language; its name says which
    several: bool = False  # writes files of its own names beside the path it is given


# In the order of `--formats`. The file of a format ends in its name.
FORMATS = {
    "html": Format(_html, needs=("matplotlib", "segno"), pictured=True),
    "pdf": Format(_pdf, needs=("weasyprint", "matplotlib", "segno"), pictured=True),
    "docx": Format(_docx, needs=("docx", "matplotlib", "segno"), pictured=True),
    "xlsx": Format(_xlsx),
    "json": Format(_json, spoken=False),
    "gpkg": Format(_gpkg, spoken=False),
    "png": Format(_png, needs=("matplotlib",), pictured=True, several=True),
}


# Libraries that only dossiers need, imported when asked for.

# module -> its package, where that has another name
_PACKAGES = {"docx": "python-docx"}


def package_of(module: str) -> str:
    """Name of the package that brings a module."""
    return _PACKAGES.get(module, module)


def library(module: str, *, wanted_for: str = "dossier") -> ModuleType:
    """Import a library that a format of the dossier needs.

    Raises
    ------
    OutputError
        It is not installed (the message holds the command that installs it),
        or it lacks a library of the system.
    """
    package = package_of(module)
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise OutputError("dossier.no-library", package=package, format=wanted_for) from error
    except OSError as error:
        raise OutputError("dossier.no-system-library", package=package, reason=error) from error


def require_libraries(name: str, needs: Iterable[str]) -> None:
    """Refuse the format `name` when a library it needs is not at hand."""
    for module in needs:
        library(module, wanted_for=name)


# Write a dossier: every format from one document, under one id, all of them or none.


def write_dossier(
    report: SiteReport | Mapping[str, Any],
    folder: Path,
    *,
    formats: Sequence[str] | None = None,
    lang: str = "vi",
    shapes: Shapes | None = None,
    progress: Callable[..., Iterable[str]] | None = None,
    region: Region | None = None,
    office: Office | None = None,
) -> list[Path]:
    """Write the dossier of a site report in several formats.

    Files are named `dossier-<first 12 of the id>` and nothing else: never after
    what a user typed. They are written aside and moved in place at the end, with a list
    of all of them (`.sha256`) that `verify` and `sha256sum -c` hold them against.

    Parameters
    ----------
    report
        From `check_site`; its plain values (`SiteReport.document`) do as well.
    folder
        Where to; made when its parent exists.
    formats
        Names of `FORMATS`; all of them when None.
    lang
        "vi" or "en". JSON and GeoPackage are the same in both.
    shapes
        What lies around the site, for the maps: layer -> pairs of a geometry
        (metres of the region's CRS) and its attributes `key`, `name_vi`, `name_en`,
        `quality`, `symbol`. The site and the overlaps come from the report.
    progress
        A callable like tqdm; None is silent.
    region
        Where the site lies: titles, offices and sources are told from its registers. The
        one that travels with lsgis when None.
    office
        From `read_office`: who signs the letter, and to whom it goes; left blank when None.
        The id does not hang on it.

    Returns
    -------
    list of Path
        The files written, in the order of `formats`; then maps; the list of them last.

    Raises
    ------
    OutputError
        A format or language nobody knows, no site report, one of another region, a
        library that is not installed, or a folder that cannot be written. Nothing is
        written.
    """
    folder, formats = Path(folder), tuple(FORMATS) if formats is None else formats
    region = region or read_region()
    _require(formats, lang)
    try:
        report = as_report(report)
    except SiteError as error:
        told = {name: error.message(name) for name in LANGUAGES}
        raise OutputError("dossier.not-a-report", reason=told) from error
    if report.region.code != region.code:
        found, expected = report.region.code, region.code
        raise OutputError("dossier.other-region", found=found, expected=expected)
    for name in formats:
        require_libraries(name, FORMATS[name].needs)
    named = _files(report, formats, lang)
    with disk.whole_set(folder, last=named.get("json", ""), code="dossier.unwritable") as aside:
        content = make_content(
            report, formats, lang=lang, shapes=shapes or {}, region=region, office=office
        )
        for name in formats if progress is None else progress(formats, desc="dossier"):
            write_format(name, content, aside / named.get(name, name))
        maps = sorted({path.name for path in aside.iterdir()} - set(named.values()))
        listed = f"dossier-{report.id[:12]}{LIST}"
        hashes = {path.name: hash_file(path) for path in aside.iterdir()}
        hashes = {**_listed(folder / listed), **hashes}
        (aside / listed).write_text(to_list(hashes), encoding="utf-8", newline="\n")
    return [folder / name for name in (*named.values(), *maps, listed)]


def _listed(path: Path) -> dict[str, str]:
    """What a list says of the files of this dossier that stand: in another language, say."""
    try:
        told = read_list(path) if path.is_file() else {}
    except SiteError:  # not lsgis's: what it vouched for is vouched for no longer
        return {}
    return {name: told[name] for name in told if (path.parent / name).is_file()}


def _require(formats: Sequence[str], lang: str) -> None:
    """Refuse a bad call before anything is made."""
    unknown = sorted(set(formats) - set(FORMATS))
    if unknown or not formats:
        known = ", ".join(FORMATS)
        raise OutputError("dossier.no-format", found=", ".join(unknown) or "–", known=known)
    if lang not in LANGUAGES:
        raise OutputError("dossier.no-language", found=lang, known=", ".join(LANGUAGES))


def _files(report: SiteReport, formats: Sequence[str], lang: str) -> dict[str, str]:
    """File name of each format; maps have names of their own."""
    stem = f"dossier-{report.id[:12]}"
    return {
        name: f"{stem}-{lang}.{name}" if FORMATS[name].spoken else f"{stem}.{name}"
        for name in dict.fromkeys(formats)
        if not FORMATS[name].several
    }


# Zip containers without a clock.

_FIRST = (1980, 1, 1, 0, 0, 0)  # the oldest time that the format can state


def repack(packed: bytes) -> bytes:
    """The same members in the same order, none of them saying when it was written."""
    again = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(packed)) as old,
        zipfile.ZipFile(again, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            member = zipfile.ZipInfo(name, date_time=_FIRST)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 3
            new.writestr(member, old.read(name))
    return again.getvalue()
