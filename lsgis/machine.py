"""Is this machine fit for work? Versions, the datum operation, map files, folders, fonts."""

import shutil
import subprocess
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pandas as pd

from lsgis import disk
from lsgis.catalogue import read_catalogue, read_overlaps
from lsgis.check import list_profiles, read_profile, read_relations
from lsgis.check.issue import read_rules
from lsgis.crs import datum_operation
from lsgis.errors import LsgisError
from lsgis.publication import library_versions
from lsgis.region import Region, read_region
from lsgis.report import FORMATS
from lsgis.report.dossier import package_of, require_formats
from lsgis.sitecheck.law import read_consequences
from lsgis.source import cache_folder
from lsgis.webmap import write_assets


def doctor(
    *, cache: Path | None = None, lang: str = "en", region: Region | None = None
) -> pd.DataFrame:
    """Look at everything lsgis needs of a machine.

    Parameters
    ----------
    cache
        Folder of fetched files; the user's cache folder when None.
    lang
        "vi" or "en": language of what is wrong.
    region
        Whose folders and datum operation; those of the region that travels with lsgis
        when None.

    Returns
    -------
    DataFrame
        One row a check: `check`, `found`, `status` ("ok", "missing" or, for
        what only some outputs need, "optional").
    """
    rows = [(f"version.{name}", found, "ok") for name, found in library_versions().items()]
    rows += [_workbooks(), _parquet()]
    rows += [_dossier(name, lang) for name, form in FORMATS.items() if form.needs]
    region = region or read_region()
    rows += [_datum(region, lang), *_folders(region), _catalogue(region, lang)]
    rows += [_map_files(lang), _cache(cache_folder(cache)), _font()]
    return pd.DataFrame(rows, columns=["check", "found", "status"])


def _workbooks() -> tuple[str, str, str]:
    """Corner tables and lists of sites come as XLSX."""
    try:
        return "version.openpyxl", version("openpyxl"), "ok"
    except PackageNotFoundError:
        return "version.openpyxl", "pip install openpyxl", "missing"


def _parquet() -> tuple[str, str, str]:
    """GeoParquet is read by a library that nothing else needs."""
    try:
        return "version.pyarrow", version("pyarrow"), "ok"
    except PackageNotFoundError:
        return "version.pyarrow", 'pip install "lsgis[parquet]"', "optional"


def _dossier(name: str, lang: str) -> tuple[str, str, str]:
    """The libraries that a format of a dossier needs; how to install one where it lacks."""
    needs = FORMATS[name].needs
    try:
        require_formats([name])
    except LsgisError as error:
        return f"dossier.{name}", error.message(lang), "optional"
    found = [f"{package_of(module)} {version(package_of(module))}" for module in needs]
    return f"dossier.{name}", ", ".join(found), "ok"


def _datum(region: Region, lang: str) -> tuple[str, str, str]:
    try:
        way = datum_operation(region)
    except LsgisError as error:
        return "datum", error.message(lang), "missing"
    return "datum", f"{way.name} ({way.code}, {way.accuracy_m:g} m, {way.registry})", "ok"


def _folders(region: Region) -> list[tuple[str, str, str]]:
    """The folders of registers and of layer files, of the region and of what adds to it."""
    rows = []
    for folder in region.folders:
        for name in ("data", "layers"):
            path = folder / name
            count = sum(1 for file in path.rglob("*") if file.is_file()) if path.is_dir() else 0
            needed = folder == region.folders[0]
            state = "ok" if count else "missing" if needed else "optional"
            rows.append((name, f"{path} ({count})", state))
    return rows


def _catalogue(region: Region, lang: str) -> tuple[str, str, str]:
    """Layer files, and the registers that rule what is checked: each value one it may have."""
    try:
        layers = read_catalogue(region)
        read_overlaps(region)
        read_relations(region=region)
        read_consequences(region, {name: layer.restricts for name, layer in layers.items()})
        for profile in list_profiles(region=region):
            read_profile(profile, region=region)
        rules = len(read_rules(region=region))
    except LsgisError as error:
        return "catalogue", error.message(lang), "missing"
    return "catalogue", f"{len(layers)} layers, {rules} rules", "ok"


def _map_files(lang: str) -> tuple[str, str, str]:
    with disk.scratch() as folder:
        try:
            return "map-files", str(len(write_assets(folder))), "ok"
        except LsgisError as error:
            return "map-files", error.message(lang), "missing"
        except OSError as error:
            return "map-files", str(error), "missing"


def _cache(folder: Path) -> tuple[str, str, str]:
    """Writable when a file can really be made in the folder, or in its nearest parent."""
    here = next(path for path in (folder, *folder.parents) if path.exists())
    try:
        with tempfile.NamedTemporaryFile(dir=here):
            return "cache", str(folder), "ok"
    except OSError as error:
        return "cache", f"{folder}: {error.strerror}", "missing"


def _font() -> tuple[str, str, str]:
    """A font with Vietnamese letters; only pictures and PDF need one on this machine."""
    program = shutil.which("fc-list")
    if program is None:
        return "font-vi", "fc-list", "optional"
    asked = [program, ":lang=vi", "family"]
    found = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.splitlines()
    return ("font-vi", sorted(found)[0], "ok") if found else ("font-vi", "-", "optional")
