"""Libraries that only dossiers need, imported when asked for."""

import importlib
from collections.abc import Iterable
from types import ModuleType

from lsgis.errors import OutputError

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
