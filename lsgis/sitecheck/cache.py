"""The prepared index of a plan, kept on this machine under the hash of all it is made of."""

from collections.abc import Mapping
from pathlib import Path

from lsgis import disk
from lsgis.digest import digest_of, hash_files, list_software, region_files
from lsgis.errors import SourceError
from lsgis.region import Region, read_region
from lsgis.sitecheck.index import CheckIndex
from lsgis.sitecheck.store import FORMAT, open_index, write_index

_FOLDER = "check-index"
_KEPT = 8  # indexes of a cache
_CARRIED = ("embedded", "fetched")


def require_index(
    *,
    communes: str | Path = "embedded",
    plan: str | Path | None = None,
    rule: str | None = None,
    crs: str | None = None,
    communes_crs: str | None = None,
    plan_crs: str | None = None,
    cache: Path | str | None = None,
    region: Region | None = None,
) -> CheckIndex:
    """Open the prepared index of a plan, made when there is none of exactly these inputs.

    The file's name is the sha256 of every file of `data/` and `layers/`, of lsgis and of
    the region, of the user's own files, of the choices below and of the versions of lsgis,
    PROJ, GEOS and numpy: whatever changes, another file is made. One that was altered,
    or is of another region, is made again.

    Parameters
    ----------
    communes, plan, rule, crs, communes_crs, plan_crs
        As for `lsgis.source.read_plan`.
    cache
        Folder of fetched files and indexes; the system's place for caches when None.
    region
        Whose plan; that of the region that travels with lsgis when None.

    Returns
    -------
    CheckIndex
        On a file: it reads pieces where a site lies. `keep_in_memory` makes it
        faster for many sites.

    Raises
    ------
    SourceError, LayerError
        The plan cannot be read; then there is no index, and no site is checked.
    OutputError
        The index cannot be written. `build_index(read_plan(...))` needs no disk.
    """
    folder = disk.cache_folder(cache) / _FOLDER
    region = region or read_region()
    rule = region.rule if rule is None else rule
    systems = {"communes": communes_crs or crs, "plan": plan_crs or crs}
    path = folder / f"{_name(communes, plan, rule, systems, region)}.sqlite"
    if path.is_file():
        try:
            return open_index(path, region=region)
        except SourceError:
            pass  # altered, of another format or region: it is built again
    disk.make_folder(folder, code="sitecheck.unwritable")
    from lsgis.sitecheck.build import build_index  # only now: frames are slow to import
    from lsgis.source import read_plan

    kept = None if cache is None else Path(cache)
    read = read_plan(
        communes=communes,
        plan=plan,
        rule=rule or None,
        communes_crs=systems["communes"],
        plan_crs=systems["plan"],
        cache=kept,
        region=region,
    )
    write_index(build_index(read), path)
    _tidy(folder)
    return open_index(path, region=region)


def _tidy(folder: Path) -> None:
    """Keep the indexes made last; of inputs that changed, nothing asks for the old ones again."""
    made = sorted(folder.glob("*.sqlite"), key=lambda file: file.stat().st_mtime_ns)
    for file in made[:-_KEPT]:
        file.unlink(missing_ok=True)


def _name(
    communes: str | Path,
    plan: str | Path | None,
    rule: str,
    systems: Mapping[str, str | None],
    region: Region,
) -> str:
    """sha256 of all that an index is made of; of the CRSs stated, of those that count."""
    own = {"plan": plan, "communes": None if str(communes) in _CARRIED else communes}
    return digest_of(
        {
            "format": FORMAT,
            "software": list_software(),
            "files": hash_files(region_files(region)),
            "region": region.code,
            "own": {name: _hash_own(Path(path)) for name, path in own.items() if path is not None},
            "communes": str(communes) if str(communes) in _CARRIED else "own",
            "rule": rule,
            "crs": {name: systems[name] for name, path in own.items() if path is not None},
        }
    )


def _hash_own(path: Path) -> str:
    """sha256 of a file with those that belong to it (same stem), or of a folder; "" for none."""
    if path.is_dir():
        return hash_files((file.name, file) for file in path.iterdir() if file.is_file())
    siblings = path.parent.glob(f"{path.stem}.*") if path.suffix.lower() == ".shp" else [path]
    return hash_files((file.name, file) for file in siblings if file.is_file())
