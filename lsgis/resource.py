"""Where the facts (`data/`) and the layer files (`layers/`) lie.

In a checkout they are top-level folders; in an installed wheel they lie inside
the package. Nothing else in lsgis knows the difference.
"""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def _folder(name: str) -> Path:
    installed = _PACKAGE / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


def data_dir() -> Path:
    """Folder of the registers (CSV), texts and embedded geometry."""
    return _folder("data")


def layers_dir() -> Path:
    """Folder of the layer files (TOML), one a layer."""
    return _folder("layers")
