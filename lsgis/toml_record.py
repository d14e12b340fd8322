"""A TOML file as a typed record: values held to the types of their keys, all problems told at once.

The annotations of a dataclass say what its values are; a field whose metadata say
`GIVEN` is not asked of the file. What is wrong is refused; what
merely waits for a row of a register is told apart, as a value.
"""

import math
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType, NoneType
from typing import Annotated, Any, Literal, TypeAlias, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from lsgis.errors import CatalogueError
from lsgis.text import LANGUAGES, say

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

GIVEN = {"given": True}  # metadata of a field that no file states
_KEYS = {"origin": "from"}  # `from` is a word of Python


# ---- what a value must be


def _is_regex(text: str) -> bool:
    try:
        re.compile(text)
    except (re.error, RecursionError, OverflowError):
        return False
    return True


def _ascends(numbers: Sequence[float]) -> bool:
    return bool(numbers) and all(a < b for a, b in pairwise(numbers))


def must(want: str, test: Callable[[Any], bool] | None = None, **bounds: Any) -> Meta:
    """What a value must be: bounds that msgspec checks, a test for the rest, and its words."""
    return Meta(extra={"want": want, "test": test}, **bounds)


Text: TypeAlias = Annotated[str, must("catalogue.want-text", str.strip, min_length=1)]
# of a name a file is made, which Windows must take
_NAME = r"^(?!(con|prn|aux|nul|com[0-9]|lpt[0-9])\Z)[a-z][a-z0-9_]*\Z"
Name: TypeAlias = Annotated[str, must("catalogue.want-name", pattern=_NAME)]
Flag: TypeAlias = Annotated[bool, must("catalogue.want-flag")]
Count: TypeAlias = Annotated[int, must("catalogue.want-count", ge=0)]
Amount: TypeAlias = Annotated[
    int | float, must("catalogue.want-amount", lambda n: 0 <= n < math.inf)
]
Size: TypeAlias = Annotated[int | float, must("catalogue.want-size", lambda n: 0 < n < math.inf)]
Share: TypeAlias = Annotated[int | float, must("catalogue.want-share", lambda n: 0 <= n <= 1)]
Color: TypeAlias = Annotated[str, must("catalogue.want-color", pattern=r"^#[0-9a-f]{6}\Z")]
Dash: TypeAlias = Annotated[
    str, must("catalogue.want-dash", pattern=r"^(\d+(\.\d+)?( \d+(\.\d+)?)*)?\Z")
]
Regex: TypeAlias = Annotated[str, must("catalogue.want-regex", _is_regex)]
Refers: TypeAlias = Annotated[str, must("catalogue.want-refers", pattern=r"^(\w+\.\w+)?\Z")]
Crs: TypeAlias = Annotated[str, must("catalogue.want-crs", pattern=r"^EPSG:\d{4,6}\Z")]
Bands: TypeAlias = Annotated[tuple[Amount, ...], must("catalogue.want-bands", _ascends)]
Title: TypeAlias = Annotated[
    Mapping[str, Text], must("catalogue.want-title", lambda title: set(title) == set(LANGUAGES))
]


# ---- problems


@dataclass(frozen=True)
class Problem:
    """One value of a layer file that is wrong: its dotted key, what is expected, what was found.

    `register`: the value is well formed and only waits for a row of that register; the
    layer can be used, and what depends on the row is told as not known. "" where it is wrong.
    """

    file: str
    key: str
    expected: Mapping[str, str] = field(hash=False)
    found: str
    register: str = ""


class Problems(list[Problem]):
    """The problems of one file, as they are found."""

    def __init__(self, file: str) -> None:
        super().__init__()
        self.file = file

    def add(self, key: str, want: str, found: object, **v: Any) -> None:
        """Note a problem; `want` is a text of the room, `v` fills its placeholders."""
        expected = {lang: say(want, lang, **v) for lang in LANGUAGES}
        waits = v["register"] if want == "catalogue.want-row" else ""
        self.append(Problem(self.file, key, expected, _shown(found), waits))

    def refuse(self, *, also_open: bool) -> None:
        """Raise for everything noted, at once."""
        wrong = [problem for problem in self if also_open or not problem.register]
        if wrong:
            raise refusal(wrong)


def refusal(problems: Sequence[Problem]) -> CatalogueError:
    """One error that names every problem of a file: key, expected, found."""
    told = {
        lang: "".join(
            "\n  "
            + say("catalogue.problem", lang, key=p.key, expected=p.expected[lang], found=p.found)
            for p in problems
        )
        for lang in LANGUAGES
    }
    return CatalogueError("catalogue.wrong-file", path=problems[0].file, problems=told)


def _shown(value: object) -> str:
    if value is MISSING:
        return "–"
    text = value if isinstance(value, str) else repr(value)
    text = f'"{text}"' if isinstance(value, str) else text
    return text if len(text) <= 80 else f"{text[:79]}…"


# ---- files and values


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file.

    Raises
    ------
    CatalogueError
        It cannot be read, or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise CatalogueError("catalogue.unreadable", path=path, reason=error) from error


def examine(kind: type, raw: Mapping[str, Any], at: str, problems: Problems) -> dict[str, Any]:
    """The sound values of a table by attribute; a problem for each of the others."""
    known = {_KEYS.get(f.name, f.name): f for f in fields(kind) if f.metadata != GIVEN}
    hints, values = _hints(kind), {}
    for key in raw:
        if key not in known:
            problems.add(_joined(at, key), "catalogue.want-key", raw[key], known=", ".join(known))
    for key, attribute in known.items():
        name, before = attribute.name, len(problems)
        if key in raw:
            value = _examine_value(hints[name], raw[key], _joined(at, key), problems)
            if len(problems) == before:
                values[name] = value
        elif attribute.default is MISSING and attribute.default_factory is MISSING:
            problems.add(_joined(at, key), _want(hints[name])[0], MISSING, **_want(hints[name])[1])
        elif attribute.default is not MISSING:
            values[name] = attribute.default
        elif attribute.default_factory is not MISSING:
            values[name] = attribute.default_factory()
    return values


@lru_cache(maxsize=16)
def _hints(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind, include_extras=True)


def _joined(at: str, key: str) -> str:
    return f"{at}.{key}" if at else key


def _examine_value(kind: Any, value: Any, at: str, problems: Problems) -> Any:
    """A value as its type has it: lists as tuples, tables as mappings nobody can change."""
    kind, before = _told(kind), len(problems)
    plain = kind.__origin__ if get_origin(kind) is Annotated else kind
    shape, parts = get_origin(plain), get_args(plain)
    result: Any = None
    if isinstance(value, tuple):  # records made before; TOML has lists
        return value
    if is_dataclass(plain) and isinstance(value, dict):
        values = examine(plain, value, at, problems)  # type: ignore[arg-type]
        return plain(**values) if len(problems) == before else None  # type: ignore[operator]
    if shape is tuple and isinstance(value, list):
        result = tuple(
            _examine_value(parts[0], item, f"{at}[{n}]", problems) for n, item in enumerate(value)
        )
    elif shape is Mapping and isinstance(value, dict):
        for key in value:
            _examine_value(parts[0], key, _joined(at, key), problems)
        result = MappingProxyType(
            {
                key: _examine_value(parts[1], item, _joined(at, key), problems)
                for key, item in value.items()
            }
        )
    elif shape not in (tuple, Mapping) and not is_dataclass(plain):
        try:
            result = msgspec.convert(value, kind, strict=True)
        except msgspec.ValidationError:
            result = MISSING
    else:
        result = MISSING
    if len(problems) == before and (result is MISSING or not _passes(kind, result)):
        want, more = _want(kind)
        problems.add(at, want, value, **more)
    return result


def _told(kind: Any) -> Any:
    """A type without its "or None": TOML cannot say nothing."""
    parts = [part for part in get_args(kind) if part is not NoneType]
    is_optional = NoneType in get_args(kind) and get_origin(kind) is not Annotated
    return parts[0] if is_optional else kind


def _extra(kind: Any) -> Mapping[str, Any]:
    return kind.__metadata__[0].extra if get_origin(kind) is Annotated else {}


def _passes(kind: Any, value: Any) -> bool:
    test = _extra(kind).get("test")
    return test is None or bool(test(value))


def _want(kind: Any) -> tuple[str, dict[str, Any]]:
    """The text that says what a type wants, and its values."""
    kind = _told(kind)
    if want := _extra(kind).get("want"):
        return want, {}
    if get_origin(kind) is Literal:
        return "catalogue.want-one-of", {"known": ", ".join(get_args(kind))}
    if get_origin(kind) is tuple:
        return "catalogue.want-list", {}
    table = get_origin(kind) is Mapping or is_dataclass(kind)
    return "catalogue.want-table" if table else "catalogue.want-string", {}
