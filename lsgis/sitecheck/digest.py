"""One number for many bytes: sha256 of files, of values, of shapes."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from lsgis import __version__
from lsgis.resource import data_dir, layers_dir


def canonical(content: object) -> bytes:
    """A value as JSON in the one way it can be written: sorted keys, no spaces, no NaN."""
    text = json.dumps(
        content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return text.encode("utf-8")


def digest_of(content: object) -> str:
    """sha256 of a value that JSON can hold."""
    return hashlib.sha256(canonical(content)).hexdigest()


def hash_files(files: Iterable[tuple[str, Path]]) -> str:
    """sha256 over files, by their names and every byte of them, in order of name."""
    total = hashlib.sha256()
    for name, path in sorted(files):
        total.update(f"{name}\n".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def package_files() -> list[tuple[str, Path]]:
    """Every file of `data/` and `layers/`, with a name that is the same on every machine."""
    found = []
    for name, folder in (("data", data_dir()), ("layers", layers_dir())):
        paths = (path for path in folder.rglob("*") if path.is_file())
        found += [(f"{name}/{path.relative_to(folder).as_posix()}", path) for path in paths]
    return found


def lsgis_version() -> str:
    """Version of lsgis."""
    return __version__
