"""Each format of a dossier, from content that is made once: a function and a row of FORMATS."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from lsgis.errors import OutputError
from lsgis.report.dossier.content import Picture
from lsgis.report.dossier.outline import Dossier, make_dossier
from lsgis.report.dossier.shown import clean
from lsgis.sitecheck.record import SiteReport, to_json


@dataclass(frozen=True)
class Content:
    """The report as given and as shown, and the dossier made of it."""

    report: SiteReport
    shown: Mapping[str, Any]
    dossier: Dossier
    pictures: tuple[Picture, ...]

    @cached_property
    def page(self) -> str:
        """The page that HTML and PDF share."""
        from lsgis.report.dossier.page import render_page

        return render_page(self.dossier)


def make_content(
    report: SiteReport, formats: Sequence[str], *, lang: str, shapes: Mapping
) -> Content:
    """Everything the formats need; maps are only drawn for those that show them."""
    shown = clean(report.document)
    pictures: tuple[Picture, ...] = ()
    if any(FORMATS[name].pictured for name in formats):
        from lsgis.report.dossier.maps import draw_maps

        pictures = tuple(draw_maps(shown, shapes, lang=lang))
    return Content(report, shown, make_dossier(shown, pictures=pictures, lang=lang), pictures)


def write_format(name: str, content: Content, path: Path) -> None:
    """Write one format; one of several files writes each beside `path`."""
    FORMATS[name].write(content, path)


def _html(content: Content, path: Path) -> None:
    path.write_text(content.page, encoding="utf-8", newline="\n")


def _pdf(content: Content, path: Path) -> None:
    from lsgis.report.dossier.paper import render_pdf

    path.write_bytes(render_pdf(content.page, content.dossier.id))


def _docx(content: Content, path: Path) -> None:
    from lsgis.report.dossier.letter import write_letter

    write_letter(content.dossier, path)


def _xlsx(content: Content, path: Path) -> None:
    from lsgis.report.dossier.workbook import write_workbook

    write_workbook(content.dossier, content.shown, path)


def _json(content: Content, path: Path) -> None:
    try:
        path.write_bytes(to_json(content.report))
    except ValueError as error:
        raise OutputError("dossier.not-json", reason=error) from error


def _gpkg(content: Content, path: Path) -> None:
    from lsgis.report.dossier.geopackage import write_geopackage

    write_geopackage(content.shown, path)


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
