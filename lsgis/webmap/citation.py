"""Where a fact stands, in words: titles of sources and clauses instead of their codes."""

from collections.abc import Mapping
from functools import lru_cache

from lsgis.catalogue import read_register


def cite_sources(codes: str) -> str:
    """Titles of sources joined by "; "; a code no register knows stays as it is."""
    return "; ".join(_sources().get(code, code) for code in codes.split("; "))


def cite_clause(code: str) -> str:
    """Instrument and article of a clause; the code itself when no register knows it."""
    return _clauses().get(code, code)


@lru_cache(maxsize=1)
def _sources() -> Mapping[str, str]:
    rows = read_register("source")
    return dict(zip(rows["source"], rows["title"], strict=True))


@lru_cache(maxsize=1)
def _clauses() -> Mapping[str, str]:
    rows = read_register("clause")
    articles = rows["instrument"] + ", " + rows["article"]
    return dict(zip(rows["clause"], articles, strict=True))
