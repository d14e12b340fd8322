"""Layer files: every value held to the type of its key, every problem of a file told at once.

What is wrong is refused; what merely waits for a row of a register (a clause nobody
has entered yet) is told apart, as a value.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType, NoneType
from typing import (
    Annotated,
    Any,
    Literal,
    NamedTuple,
    TypeAlias,
    get_args,
    get_origin,
    get_type_hints,
)

import msgspec

from lsgis.catalogue.layer import Build, Field, Layer, Problem
from lsgis.catalogue.register import find_file, list_registers, read_header, read_rows
from lsgis.errors import CatalogueError
from lsgis.text import LANGUAGES, say

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SHARED_FIELDS = "layers/shared/field.toml"
# what each way of making geometry cannot do without
_NEEDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "file": ("file", "register"),
        "point": ("register",),
        "line": ("register", "waypoints"),
        "circle": ("register",),
        "union": ("register", "list"),
        "dissolve": ("register",),
        "corridor": ("layer", "half_width_m"),
        "compose": ("register",),
        "none": (),
    }
)
_KEYS = {"origin": "from"}  # `from` is a word of Python


class _Problems(list[Problem]):
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


def read_layer_file(path: Path, *, folders: Sequence[Path] = ()) -> Layer:
    """Read one layer file; refuse it unless every value is what its key asks for.

    Parameters
    ----------
    path
        A TOML file named as its layer.
    folders
        Where the registers and the shared fields lie that it names (see
        `read_catalogue`); those of lsgis when empty.

    Raises
    ------
    CatalogueError
        The file is not TOML, or has an unknown or missing key, a value of another
        type or outside its domain, or a name (theme, clause, register, column, list,
        office) that nothing has. One error tells all of them: file, key, expected, found.
    """
    values, problems = _read(path, tuple(folders))
    problems.refuse(also_open=True)
    return Layer(**values)


def examine_layer_file(path: Path, *, folders: Sequence[Path] = ()) -> tuple[Layer, list[Problem]]:
    """A layer, and what of its file is open; what is wrong is refused as by `read_layer_file`."""
    values, problems = _read(path, tuple(folders))
    problems.refuse(also_open=False)
    return Layer(**values), list(problems)


def _read(path: Path, folders: tuple[Path, ...]) -> tuple[dict[str, Any], _Problems]:
    """The sound values of a layer file, and everything that is wrong or open in it."""
    raw, problems = _read_toml(path), _Problems(path.name)
    raw["fields"] = _resolve_fields(raw, read_shared_fields(folders), problems)
    values = _examine(Layer, raw, "", problems)
    for key, want, found, more in _inconsistencies(values, path):
        problems.add(key, want, found, **more)
    for key, want, found, more in _missing_references(values, folders):
        problems.add(key, want, found, **more)
    return values, problems


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise CatalogueError("catalogue.unreadable", path=path, reason=error) from error


# ---- fields


class SharedField(NamedTuple):
    """A field that layers name: its table as written, and the column where a layer adds nothing."""

    table: Mapping[str, Any]
    column: Field


@lru_cache(maxsize=8)
def read_shared_fields(folders: tuple[Path, ...] = ()) -> Mapping[str, "SharedField"]:
    """Definitions of fields that layers name in `fields`, from `layers/shared/field.toml`.

    Of several folders, the definition of the last one that has it.

    Raises
    ------
    CatalogueError
        As `read_layer_file`, of the shared file.
    """
    shared: dict[str, SharedField] = {}
    for path in find_file(SHARED_FIELDS, folders):
        raw, problems = _read_toml(path), _Problems(path.name)
        for name, table in raw.items():
            column = _examine_field(name, table, name, problems)
            shared |= {name: SharedField(table, column)} if column else {}
        problems.refuse(also_open=True)
    return MappingProxyType(shared)


def _resolve_fields(
    raw: dict[str, Any], shared: Mapping[str, SharedField], problems: _Problems
) -> dict[str, Any]:
    """The columns of a layer by name: shared definitions, what its own tables say over them."""
    names, own = raw.pop("fields", MISSING), raw.pop("field", {})
    if not isinstance(own, dict):
        problems.add("field", "catalogue.want-tables", own)
        own = {}
    if not isinstance(names, list) or not names:
        problems.add("fields", "catalogue.want-fields", names)
        return {}
    resolved: dict[str, Any] = {}
    for n, name in enumerate(names):
        if not isinstance(name, str) or not (name in shared or name in own):
            problems.add(f"fields[{n}]", "catalogue.want-field", name)
        elif name in resolved:
            problems.add(f"fields[{n}]", "catalogue.want-once", name)
        elif not isinstance(own.get(name, {}), dict):
            problems.add(f"field.{name}", "catalogue.want-table", own[name])
        elif name in own:
            resolved[name] = {**(shared[name].table if name in shared else {}), **own[name]}
        else:
            resolved[name] = shared[name].column
    for name in own:
        if name not in names:
            problems.add(f"field.{name}", "catalogue.want-listed", name)
    return resolved


def _examine_field(name: str, definition: Any, at: str, problems: _Problems) -> Field | None:
    """A column from its table, whose name is the table's."""
    if isinstance(definition, Field):
        return definition
    if not isinstance(definition, dict):
        problems.add(at, "catalogue.want-table", definition)
        return None
    if "name" in definition:
        problems.add(f"{at}.name", "catalogue.want-no-name", definition["name"])
    before = len(problems)
    values = _examine(Field, {**definition, "name": name}, at, problems)
    return Field(**values) if len(problems) == before else None


# ---- values


def _examine(kind: type, raw: Mapping[str, Any], at: str, problems: _Problems) -> dict[str, Any]:
    """The sound values of a table by attribute; a problem for each of the others."""
    known = {_KEYS.get(f.name, f.name): f for f in fields(kind)}
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


def _examine_value(kind: Any, value: Any, at: str, problems: _Problems) -> Any:
    """A value as its type has it: lists as tuples, tables as mappings nobody can change."""
    kind, before = _told(kind), len(problems)
    plain = kind.__origin__ if get_origin(kind) is Annotated else kind
    shape, parts = get_origin(plain), get_args(plain)
    result: Any = None
    if shape is tuple and parts[0] is Field:  # resolved before: by name, in order
        columns = [_examine_field(n, raw, f"field.{n}", problems) for n, raw in value.items()]
        return tuple(column for column in columns if column is not None)
    if is_dataclass(plain) and isinstance(value, dict):
        values = _examine(plain, value, at, problems)  # type: ignore[arg-type]
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


# ---- values that must agree

Finding: TypeAlias = tuple[str, str, object, dict[str, Any]]  # key, text, found, its placeholders


def _inconsistencies(values: Mapping[str, Any], path: Path) -> Iterator[Finding]:
    """Values of a layer that are each well formed and do not go together."""
    names = [column.name for column in values.get("fields", ())]
    listed = {"known": ", ".join(names)}
    if values.get("name", path.stem) != path.stem:
        yield "name", "catalogue.want-stem", values["name"], {"stem": path.stem}
    if names and values.get("key", names[0]) not in names:
        yield "key", "catalogue.want-one-of", values["key"], listed
    for column in values.get("fields", ()):
        if column.not_before not in {"", *names}:
            yield (
                f"field.{column.name}.not_before",
                "catalogue.want-one-of",
                column.not_before,
                listed,
            )
    if {"quality", "accuracy_m"} <= set(values):
        accuracy_m, unlocated = values["accuracy_m"], values["quality"] == "none"
        if (accuracy_m is None) != unlocated:
            want = "catalogue.want-no-accuracy" if unlocated else "catalogue.want-accuracy"
            yield "accuracy_m", want, MISSING if accuracy_m is None else accuracy_m, {}
    accepts = values.get("accepts", ())
    if len(set(accepts)) != len(accepts) or values.get("geometry") in accepts:
        yield "accepts", "catalogue.want-accepts", list(accepts), {}
    for role in values.get("order", {}):
        if role not in values.get("roles", (role,)):
            yield (
                f"order.{role}",
                "catalogue.want-own-role",
                role,
                {"known": ", ".join(values["roles"])},
            )
    if "build" in values:
        for key in _NEEDS[values["build"].origin]:
            if not getattr(values["build"], key):
                yield (
                    f"build.{key}",
                    "catalogue.want-needed",
                    MISSING,
                    {"origin": values["build"].origin},
                )
    if "style" in values and names and values["style"].by not in {"", *names}:
        yield "style.by", "catalogue.want-one-of", values["style"].by, listed


# ---- names of other things


def _missing_references(values: Mapping[str, Any], folders: tuple[Path, ...]) -> Iterator[Finding]:
    """Names that nothing has: of what a layer is made of (wrong), of what is told of it (open)."""
    if "crs" in values and values["crs"] != _measured_in():
        yield "crs", "catalogue.want-this-crs", values["crs"], {"crs": _measured_in()}
    if "build" in values:
        yield from _missing_parts(values["build"], folders)
    for column in values.get("fields", ()):
        if column.refers:
            register, name = column.refers.split(".")
            yield from _missing_columns(f"field.{column.name}.refers", register, [name], folders)
    if "legal" in values:
        legal, clauses = values["legal"], _codes("clause", "clause", folders)
        instrument = clauses.get(legal.clause, {}).get("instrument", legal.instrument)
        if legal.clause not in clauses:
            yield "legal.clause", "catalogue.want-row", legal.clause, {"register": "clause"}
        if legal.instrument not in _codes("instrument", "number", folders):
            yield (
                "legal.instrument",
                "catalogue.want-row",
                legal.instrument,
                {"register": "instrument"},
            )
        elif legal.instrument != instrument:
            more = {"number": instrument, "clause": legal.clause}
            yield "legal.instrument", "catalogue.want-instrument", legal.instrument, more
    for key, codes, register in _told_codes(values):
        for code in codes:
            if code not in _codes(register, "code", folders):
                yield key, "catalogue.want-row", code, {"register": register}


def _told_codes(values: Mapping[str, Any]) -> Iterator[tuple[str, Sequence[str], str]]:
    """Codes that registers give a title or an address: key, codes, register."""
    if "theme" in values:
        yield "theme", [values["theme"]], "theme"
    if "check" in values and values["check"].office:
        yield "check.office", [values["check"].office], "office"
    if "expected" in values:
        yield "expected.by_type", list(values["expected"].by_type), "kind"
        yield "expected.by_phase", list(values["expected"].by_phase), "phase"


def _missing_parts(build: Build, folders: tuple[Path, ...]) -> Iterator[Finding]:
    """What the geometry is to be made of and is not there."""
    if build.register:
        where = list(build.where)
        yield from _missing_columns("build.register", build.register, where, folders, "build.where")
    elif build.where:
        yield "build.where", "catalogue.want-no-where", dict(build.where), {}
    if build.waypoints:
        columns = ["line_code", "n", "lon", "lat"]
        yield from _missing_columns("build.waypoints", build.waypoints, columns, folders)
    lists = _codes("membership", "list", folders) if build.list else ()
    for n, name in enumerate(build.list):
        if name not in lists:
            yield (
                f"build.list[{n}]",
                "catalogue.want-one-of",
                name,
                {"known": ", ".join(sorted(lists))},
            )
    if build.file and not find_file(f"data/{build.file}", folders):
        yield "build.file", "catalogue.want-file", build.file, {}


def _missing_columns(
    key: str, register: str, columns: Sequence[str], folders: tuple[Path, ...], at: str = ""
) -> Iterator[Finding]:
    known = list_registers(folders)
    if register not in known:
        yield key, "catalogue.want-register", register, {"known": ", ".join(known)}
        return
    header = read_header(register, folders)
    for name in columns:
        if name not in header:
            more = {"register": register, "known": ", ".join(header)}
            yield (f"{at}.{name}" if at else key), "catalogue.want-column", name, more


@lru_cache(maxsize=32)
def _codes(
    register: str, column: str, folders: tuple[Path, ...]
) -> Mapping[str, Mapping[str, str]]:
    """Rows of a register by the code in a column; none when there is no such register."""
    if register not in list_registers(folders):
        return {}
    return {row[column]: row for row in read_rows(register, folders)}


@lru_cache(maxsize=1)
def _measured_in() -> str:
    from lsgis.crs import VN2000  # PROJ is slow to import, and many need a layer's record alone

    return f"EPSG:{VN2000.to_epsg()}"
