"""Text as it may be shown, in a file that somebody will sign."""

import unicodedata
from collections.abc import Mapping
from typing import Any

_GEOMETRY = ("geometry", "geometry_wgs84")
_BIDI = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean(value: Any) -> Any:
    """The document as it may be shown: text NFC, without characters that are no text.

    Control, direction-changing and unpaired characters become U+FFFD: they
    break Word and Excel files, or make a reader see something else than is
    written. Geometry and numbers pass as they are.
    """
    if isinstance(value, str):
        return unicodedata.normalize("NFC", "".join(map(_shown, value)))
    if isinstance(value, Mapping):
        return {k: v if k in _GEOMETRY else clean(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [clean(item) for item in value]
    return value


def _shown(sign: str) -> str:
    wrong = sign in _BIDI or unicodedata.category(sign) in ("Cc", "Cs") or sign in "\ufffe\uffff"
    if sign in "\u2028\u2029\r":
        return "\n"
    return "\ufffd" if wrong and sign not in "\n\t" else sign
