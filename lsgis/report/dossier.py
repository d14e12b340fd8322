"""A dossier written as one folder in the formats asked for."""

import importlib
import io
import re
import sqlite3
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from lsgis import disk
from lsgis.digest import hash_file
from lsgis.errors import LsgisError, OutputError, SiteError
from lsgis.region import Region, read_region
from lsgis.report.summary import Dossier, Office, make_dossier
from lsgis.report.surroundings import Shapes, shapes_around
from lsgis.report.wording import Picture, clean
from lsgis.sitecheck.record import SiteReport
from lsgis.sitecheck.record_json import as_report, from_json, to_json
from lsgis.sitecheck.verification import LIST, Difference, read_list, to_list
from lsgis.text import LANGUAGES

if TYPE_CHECKING:
    from lsgis.sitecheck.index import CheckIndex

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
        raise _lacking({wanted_for: [package]}) from error
    except OSError as error:
        raise OutputError("dossier.no-system-library", package=package, reason=error) from error


def require_formats(formats: Sequence[str] | None = None) -> None:
    """Refuse formats, all when None, of which one is unknown or lacks a library; all are told.

    Raises
    ------
    OutputError
        Which formats lack which libraries, and the command that installs them.
    """
    wanted = tuple(FORMATS) if formats is None else tuple(formats)
    unknown = sorted(set(wanted) - set(FORMATS))
    if unknown or not wanted:
        known = ", ".join(FORMATS)
        raise OutputError("dossier.no-format", found=", ".join(unknown) or "–", known=known)
    lacking: dict[str, list[str]] = {}
    for name in (name for name in FORMATS if name in wanted):
        for module in FORMATS[name].needs:
            try:
                library(module, wanted_for=name)
            except OutputError as error:
                if error.code != "dossier.no-library":
                    raise
                lacking.setdefault(name, []).append(package_of(module))
    if lacking:
        raise _lacking(lacking)


def _lacking(packages: Mapping[str, Sequence[str]]) -> OutputError:
    """The refusal of formats whose packages are not installed, each on a line of its own."""
    listed = "".join(f"\n  {name}: {', '.join(lacks)}" for name, lacks in packages.items())
    return OutputError("dossier.no-library", listed=listed)


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
    require_formats(formats)
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


# A dossier made once more: what its files hold comes from its JSON file and the plan, so a
# file that was changed together with the list is found out where the same software is at hand.

_MAP = re.compile(r"-map-[^/]*\.png")
_EMBEDDED = re.compile(rb"data:image/png;base64,[A-Za-z0-9+/=]*")


@dataclass(frozen=True)
class Remade:
    """What came of making the files of a dossier once more: names in order, and differences.

    Files that the list does not know, or knows otherwise, are in none of them: `verify`
    tells those. Of a difference, `dossier` is the sha256 of the file as made again.
    """

    same: tuple[str, ...] = ()
    only_listed: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()


def make_again(
    file: Path,
    index: "CheckIndex",
    *,
    formats: Sequence[str] = tuple(FORMATS),
    office: Office | None = None,
) -> Remade:
    """Hold each listed file of a dossier against the one that its report gives today.

    To be asked where `verify` finds that report, plan and software are those of today;
    else every file would differ. Nothing is written but a folder that is removed again.

    Parameters
    ----------
    file
        JSON file of the dossier, its list of files beside it.
    index
        Index of the plan that the report was made with.
    formats
        Which to make again; files of the others are `only_listed`, as are those whose
        library is not at hand or whose name `write_dossier` does not give.
    office
        As for `write_dossier`; the JSON file does not tell it, so without it a letter
        that differs is `only_listed`.

    Returns
    -------
    Remade
        A difference decides where the text of a file or its data are others; a picture
        may be another by a library that no report names.

    Raises
    ------
    SiteError
        The JSON file is no report, or its list none.
    """
    report = from_json(file.read_bytes())
    listed = read_list(file.with_suffix(LIST))
    held = [name for name in listed if _is_as(file.parent / name, listed[name])]
    formats = [name for name in FORMATS if name in formats and _at_hand(name)]
    same: list[str] = []
    differ: list[Difference] = []
    with disk.scratch() as place:
        for lang in LANGUAGES:
            parts = {name: _format_of(name, report, lang) for name in held}
            wanted = [name for name in formats if name in parts.values()]
            folder = place / lang
            if not wanted:
                continue
            try:
                write_dossier(
                    report,
                    folder,
                    formats=wanted,
                    lang=lang,
                    shapes=shapes_around(index, report),
                    region=index.region,
                    office=office,
                )
            except LsgisError:
                continue
            for name in [name for name in held if parts[name] in wanted]:
                if _is_as(folder / name, listed[name]):
                    same.append(name)
                elif parts[name] != "docx" or office is not None:
                    decides = _decides(file.parent / name, folder / name, parts[name])
                    given = hash_file(folder / name) if (folder / name).is_file() else None
                    differ.append(Difference(name, given, listed[name], "file", decides=decides))
    told = {*same, *(row.pointer for row in differ)}
    return Remade(tuple(same), tuple(name for name in held if name not in told), tuple(differ))


def _is_as(path: Path, written: str) -> bool:
    return path.is_file() and hash_file(path) == written


def _at_hand(name: str) -> bool:
    try:
        require_formats([name])
    except OutputError:
        return False
    return True


def _format_of(name: str, report: SiteReport, lang: str) -> str:
    """Format of a file that a dossier in a language gives; the first tells those of none."""
    named = {file: each for each, file in _files(report, tuple(FORMATS), lang).items()}
    if named.get(name) is not None and not FORMATS[named[name]].spoken:
        return named[name] if lang == LANGUAGES[0] else ""
    stem = f"dossier-{report.id[:12]}-{lang}"
    is_map = name.startswith(stem) and _MAP.fullmatch(name[len(stem) :])
    return "png" if is_map else named.get(name, "")


def _decides(found: Path, given: Path, name: str) -> bool:
    """Whether a file that differs says something else; bytes may differ by a library alone."""
    if not given.is_file():
        return True
    if name == "html":
        pages = [_EMBEDDED.sub(b"", path.read_bytes()) for path in (found, given)]
        return pages[0] != pages[1]
    if name in ("xlsx", "gpkg"):
        parts = _members if name == "xlsx" else _rows
        try:
            return parts(found) != parts(given)
        except (sqlite3.Error, zipfile.BadZipFile, OSError, ValueError):
            return True
    return name in ("json", "docx")


def _members(path: Path) -> list[tuple[str, bytes]]:
    """What a workbook holds; of its properties, which name a library, nothing."""
    with zipfile.ZipFile(path) as packed:
        names = [name for name in packed.namelist() if not name.startswith("docProps/")]
        return [(name, packed.read(name)) for name in names]


def _rows(path: Path) -> list[str]:
    """What a GeoPackage holds, apart from the version of SQLite that wrote it."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as store:
        return list(store.iterdump())


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
