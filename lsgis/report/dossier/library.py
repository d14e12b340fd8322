"""Libraries that only dossiers need, imported when asked for."""

import importlib
from collections.abc import Iterable
from types import ModuleType

from lsgis.errors import OutputError

# format -> module, name of its package
LIBRARIES = {
    "pdf": ("weasyprint", "weasyprint"),
    "docx": ("docx", "python-docx"),
    "png": ("matplotlib", "matplotlib"),
    "qr": ("segno", "segno"),
}
_WITH_MAPS = ("html", "pdf", "docx", "png")
_WITH_QR = ("html", "pdf", "docx")


def library(name: str) -> ModuleType:
    """Import a library of `LIBRARIES`.

    Raises
    ------
    OutputError
        It is not installed (the message holds the command that installs it),
        or it lacks a library of the system.
    """
    module, package = LIBRARIES[name]
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise OutputError("dossier.no-library", package=package, format=name) from error
    except OSError as error:
        raise OutputError("dossier.no-system-library", package=package, reason=error) from error


def require_libraries(formats: Iterable[str]) -> None:
    """Refuse formats whose libraries are not at hand, before anything is written."""
    wanted = set(formats)
    if wanted & set(_WITH_MAPS):
        library("png")
    if wanted & set(_WITH_QR):
        library("qr")
    for name in sorted(wanted & {"pdf", "docx"}):
        library(name)
