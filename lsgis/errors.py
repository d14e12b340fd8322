"""One root and a handful of refusals. Each says: expected, found, what to do next."""

import errno
import mmap
import re
from collections.abc import Iterator, Mapping
from json import JSONDecodeError
from typing import Any

from lsgis.text import say, told_value

# what reading a file may end in: its text, where there is one in both languages
_UNREAD: Mapping[type[Exception], str] = {
    FileNotFoundError: "errors.not-there",
    IsADirectoryError: "errors.is-folder",
    NotADirectoryError: "errors.no-folder",
    PermissionError: "errors.not-readable",
    UnicodeDecodeError: "errors.not-utf8",
    JSONDecodeError: "errors.not-json",
}


class LsgisError(ValueError):
    """A call that lsgis refuses, with a code of `data/text/*.csv` and its values.

    `str(error)` is the English text; `error.message("vi")` the Vietnamese one.
    A value that is itself a text in both languages is given as {"vi": ..., "en": ...};
    an error of reading, or another refusal, is said in the language asked for.
    """

    def __init__(self, code: str, **values: object) -> None:
        self.code = code
        self.values = values
        super().__init__(self.message("en"))

    def __reduce__(self) -> tuple[Any, ...]:
        """To another process it goes as code and values, not as a text."""
        return _raised_again, (type(self), self.code, self.values)

    def message(self, lang: str) -> str:
        """The text of this refusal in a language ("vi" or "en")."""
        values = {name: _said(value, lang) for name, value in self.values.items()}
        return say(self.code, lang, **values)


def _raised_again(kind: type[LsgisError], code: str, values: Mapping[str, object]) -> LsgisError:
    return kind(code, **values)


def _said(value: object, lang: str) -> object:
    """A value of a text in a language; what has no text there stays as it is."""
    if isinstance(value, Mapping | float):  # a whole number may be a code: it stands as it is
        return told_value(value, lang)
    if isinstance(value, LsgisError):
        return value.message(lang)
    for kind, code in _UNREAD.items():
        if isinstance(value, kind):
            line = getattr(value, "lineno", "")
            return say(code, lang, **({"line": line} if line else {}))
    return value


class CrsError(LsgisError):
    """Coordinates without a reference system, or in another one than needed."""


class CatalogueError(LsgisError):
    """A layer file or register breaks its own rules, or a name is unknown."""


class LayerError(LsgisError):
    """Features cannot be read, or do not carry what a function needs."""


class SourceError(LsgisError):
    """Geometry cannot be had from where it was asked for."""


class OutputError(LsgisError):
    """A result cannot be written where it was asked for."""


class SiteError(LsgisError):
    """A project site cannot be used as it was given."""


# ---- a shortage of memory, which every library tells in its own way, and some in none

_SAID_OF_MEMORY = re.compile(
    r"failed to map segment|(cannot|unable to|could not|failed to) allocate|out of memory"
    r"|not enough (memory|storage)|memory allocation|MemoryError|bad_alloc|paging file"
    r"|start(ing)? (a )?new thread|creating thread",
    re.IGNORECASE,
)
_LITTLE = 96 << 20  # bytes that any work needs; where they are not left, memory is what fails


def lacks_memory(error: BaseException) -> bool:
    """Whether an error comes of a shortage of memory, whatever library says it in which words.

    What it says is read with all that led to it; where that tells nothing, the system is asked
    for a little memory.
    """
    return any(map(_of_memory, _with_causes(error))) or not has_room(_LITTLE)


def says_memory(text: str) -> bool:
    """Whether the words of a library, or of one that ended the process, are about memory."""
    return _SAID_OF_MEMORY.search(text) is not None


def has_room(size: int) -> bool:
    """Whether the system would give this process so many bytes more; they are given back."""
    try:
        mmap.mmap(-1, size).close()
    except (OSError, OverflowError, ValueError):
        return False
    return True


def _of_memory(error: BaseException) -> bool:
    if isinstance(error, LsgisError):  # its words are ours, and may name a file
        return False
    numbers = (getattr(error, "errno", None), getattr(error, "winerror", None))
    return isinstance(error, MemoryError) or (
        numbers[0] == errno.ENOMEM or numbers[1] in (8, 14, 1455) or says_memory(str(error))
    )


def _with_causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what led to it."""
    seen: list[BaseException] = []
    found: BaseException | None = error
    while found is not None and found not in seen:
        seen.append(found)
        found = found.__cause__ or found.__context__
    yield from seen
