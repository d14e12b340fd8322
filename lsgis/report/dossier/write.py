"""Write a dossier: every format from one document, under one id, all of them or none."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lsgis import disk
from lsgis.errors import OutputError, SiteError
from lsgis.report.dossier.formats import FORMATS, make_content, write_format
from lsgis.report.dossier.library import require_libraries
from lsgis.sitecheck.record import SiteReport, as_report
from lsgis.text import LANGUAGES


def write_dossier(
    report: SiteReport | Mapping[str, Any],
    folder: Path,
    *,
    formats: Sequence[str] | None = None,
    lang: str = "vi",
    shapes: Mapping[str, Sequence[tuple[Any, Mapping[str, Any]]]] | None = None,
    progress: Callable[..., Iterable] | None = None,
) -> list[Path]:
    """Write the dossier of a site report in several formats.

    Files are named `dossier-<first 12 of the id>` and nothing else: never after
    what a user typed. They are written aside and moved in place at the end.

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
        (EPSG:9215) and its attributes `key`, `name_vi`, `name_en`, `quality`,
        `symbol`. The site and the overlaps come from the report.
    progress
        A callable like tqdm; None is silent.

    Returns
    -------
    list of Path
        The files written, in the order of `formats`; maps last.

    Raises
    ------
    OutputError
        A format or language nobody knows, no site report, a library that is
        not installed, or a folder that cannot be written. Nothing is written.
    """
    folder, formats = Path(folder), tuple(FORMATS) if formats is None else formats
    _require(formats, lang)
    try:
        report = as_report(report)
    except SiteError as error:
        told = {name: error.message(name) for name in LANGUAGES}
        raise OutputError("dossier.not-a-report", reason=told) from error
    for name in formats:
        require_libraries(name, FORMATS[name].needs)
    named = _files(report, formats, lang)
    with disk.whole_set(folder, last=named.get("json", ""), code="dossier.unwritable") as aside:
        content = make_content(report, formats, lang=lang, shapes=shapes or {})
        for name in formats if progress is None else progress(formats, desc="dossier"):
            write_format(name, content, aside / named.get(name, name))
        maps = sorted({path.name for path in aside.iterdir()} - set(named.values()))
    return [folder / name for name in (*named.values(), *maps)]


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
