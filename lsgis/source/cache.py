"""Fetched files on this machine: where they lie, which are whole, where each came from."""

import json
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd
import pooch

from lsgis import disk
from lsgis.catalogue import read_register
from lsgis.errors import OutputError, SourceError

DATASET = "commune_2025"  # row of data/dataset.csv; its files are in data/download.csv
PROVENANCE = "provenance.json"


def cache_folder(cache: Path | str | None = None) -> Path:
    """Folder that keeps fetched files: the given one, else the system's place for caches."""
    return Path(cache).expanduser() if cache else Path(pooch.os_cache("lsgis"))


def pinned_folder(cache: Path | str | None = None) -> Path:
    """Folder of the pinned version inside the cache; another version gets another folder."""
    return cache_folder(cache) / DATASET / read_dataset()["commit"][:12]


def read_dataset() -> pd.Series:
    """What is known of the published boundaries as a whole: row of `data/dataset.csv`."""
    return read_register("dataset").set_index("dataset").loc[DATASET]


def list_fetched(*, cache: Path | str | None = None) -> pd.DataFrame:
    """State of every file of the published boundaries in the cache; no network.

    Returns
    -------
    DataFrame
        One row per file: `file` (path at the publisher), `commune_code` (""
        for the province), `sha256` (as pinned), `path`, `found` (sha256 on
        disk, "" if missing), `bytes` (on disk), `status` ("whole" | "missing"
        | "altered").

    Raises
    ------
    SourceError
        A file is there and cannot be read.
    """
    files = read_register("download")
    files = files[files["dataset"] == DATASET].reset_index(drop=True)
    paths = [pinned_folder(cache) / file for file in files["file"]]
    try:
        found = [pooch.file_hash(path) if path.is_file() else "" for path in paths]
        size = [path.stat().st_size if path.is_file() else 0 for path in paths]
    except OSError as error:
        raise _unusable(pinned_folder(cache), error) from error
    rows = files[["file", "commune_code", "sha256"]].assign(path=paths, found=found, bytes=size)
    status = pd.Series("altered", rows.index).mask(rows["found"] == "", "missing")
    return rows.assign(status=status.mask(rows["found"] == rows["sha256"], "whole"))


def make_folders(files: pd.DataFrame, *, cache: Path | str | None = None) -> None:
    """Make the folders of files (column `path`) and refuse a cache nobody can write to."""
    try:
        for folder in {path.parent for path in files["path"]}:
            disk.make_folder(folder)
    except OutputError as error:
        raise _unusable(pinned_folder(cache), error) from error


def write_provenance(
    files: pd.DataFrame, *, origin: str, on: date | None = None, cache: Path | str | None = None
) -> None:
    """Note beside the files what they are, their licence, and where each one came from.

    Parameters
    ----------
    files
        As from `list_fetched`, with a true-or-false column `came`: fetched
        just now. Of the others, what was noted before stays.
    origin
        Address they came from; a user name or password in it is not kept.
    on
        Day of retrieval, if it is to be noted.
    """
    whole = files[files["status"] == "whole"]
    path = pinned_folder(cache) / PROVENANCE
    before = _read_provenance(path)
    if not len(whole) or (before and not files["came"].any()):
        return
    parts = urlsplit(origin)
    address = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    new = {"origin": address, "retrieved": on.isoformat() if on else None}
    old = before.get("files", {})
    dataset = read_dataset()
    record = {"dataset": dataset.name, **dataset[[
        "title_vi", "title_en", "base_url", "commit", "licence", "attribution", "crs",
        "quality", "source", "note_vi",
    ]], "expected": len(files), "whole": len(whole)}  # fmt: skip
    record["files"] = {
        row.file: {
            "origin": None,
            "retrieved": None,
            **(new if row.came else old.get(row.file, {})),
            "sha256": row.sha256,
        }
        for row in whole.itertuples()
    }
    try:
        with disk.whole_file(path) as aside:
            text = json.dumps(record, ensure_ascii=False, indent=1) + "\n"
            aside.write_text(text, encoding="utf-8", newline="\n")
    except OutputError as error:
        raise _unusable(path.parent, error) from error


def _read_provenance(path: Path) -> dict:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # none yet, or spoilt: it is written anew
        return {}


def _unusable(folder: Path, error: OSError | OutputError) -> SourceError:
    reason = error.values["reason"] if isinstance(error, OutputError) else disk.why(error, folder)
    return SourceError("fetch.folder", folder=folder, reason=reason)
