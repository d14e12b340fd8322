"""A layer is a TOML file: what the Decision expects of it, and how it is drawn.

Every value of a file is held to the type of its key. What is wrong is collected, so
that one refusal names every key at fault; what merely waits for a row of a register
(a clause nobody has entered yet) is told apart, as a value.
"""

import math
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType, NoneType
from typing import Annotated, Any, Literal, TypeAlias, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from lsgis.catalogue.register import find_file, list_registers, read_header, read_rows
from lsgis.errors import CatalogueError
from lsgis.text import LANGUAGES, say

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Quality = Literal["authoritative", "indicative", "schematic", "none"]
Geometry = Literal["Point", "LineString", "Polygon"]
Origin = Literal[
    "file", "point", "line", "circle", "union", "dissolve", "corridor", "compose", "none"
]
# What a layer is to the toolkit, whatever it is called:
# unit: the communes; outline: the province; zoning: the environmental zones (one layer each);
# partition: lists that share out the communes; corridor, nearby: told of a site's surroundings;
# around: drawn on the maps of a dossier; table: has a table by commune; opening: on the first map.
Role = Literal[
    "unit", "outline", "zoning", "partition", "corridor", "nearby", "around", "table", "opening"
]
QUALITIES: tuple[str, ...] = get_args(Quality)
GEOMETRIES: tuple[str, ...] = get_args(Geometry)
BUILDS: tuple[str, ...] = get_args(Origin)
ROLES: tuple[str, ...] = get_args(Role)
SINGLE_ROLES = ("unit", "outline", "zoning")

# what each way of making geometry cannot do without
_NEEDS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "file": ("file", "register"), "point": ("register",), "line": ("register", "waypoints"),
    "circle": ("register",), "union": ("register", "list"), "dissolve": ("register",),
    "corridor": ("layer", "half_width_m"), "compose": ("register",), "none": (),
})  # fmt: skip
_KEYS = {"origin": "from"}  # `from` is a word of Python
SHARED_FIELDS = "layers/shared/field.toml"


def _is_regex(text: str) -> bool:
    try:
        re.compile(text)
    except (re.error, RecursionError, OverflowError):
        return False
    return True


def _ascends(numbers: Sequence[float]) -> bool:
    return bool(numbers) and all(a < b for a, b in pairwise(numbers))


def _value(want: str, test: Callable[[Any], bool] | None = None, **bounds: Any) -> Meta:
    """What a value must be: bounds that msgspec checks, a test for the rest, and its words."""
    return Meta(extra={"want": f"catalogue.want-{want}", "test": test}, **bounds)


# The annotations of the records below are what the values of a file are held to.
Text: TypeAlias = Annotated[str, _value("text", str.strip, min_length=1)]
Name: TypeAlias = Annotated[str, _value("name", pattern=r"^[a-z][a-z0-9_]*$")]
Flag: TypeAlias = Annotated[bool, _value("flag")]
Count: TypeAlias = Annotated[int, _value("count", ge=0)]
Amount: TypeAlias = Annotated[int | float, _value("amount", lambda n: 0 <= n < math.inf)]
Size: TypeAlias = Annotated[int | float, _value("size", lambda n: 0 < n < math.inf)]
Share: TypeAlias = Annotated[int | float, _value("share", lambda n: 0 <= n <= 1)]
Color: TypeAlias = Annotated[str, _value("color", pattern=r"^#[0-9a-f]{6}$")]
Dash: TypeAlias = Annotated[str, _value("dash", pattern=r"^(\d+(\.\d+)?( \d+(\.\d+)?)*)?$")]
Regex: TypeAlias = Annotated[str, _value("regex", _is_regex)]
Refers: TypeAlias = Annotated[str, _value("refers", pattern=r"^(\w+\.\w+)?$")]
Crs: TypeAlias = Annotated[str, _value("crs", pattern=r"^EPSG:\d{4,6}$")]
Bands: TypeAlias = Annotated[tuple[Amount, ...], _value("bands", _ascends)]
Title: TypeAlias = Annotated[
    Mapping[str, Text], _value("title", lambda title: set(title) == set(LANGUAGES))
]


@dataclass(frozen=True)
class Expected:
    """What the Decision counts: features in all, by type, by phase; area in hectares.

    `unit` is "feature", or the column whose different values are counted (a
    zone class drawn in several pieces counts once). `tiles`: the polygons should
    fill their union without gaps (whether they may overlap: `data/overlap_rule.csv`).
    """

    count: Count | None = None
    unit: Name = "feature"
    by_type: Mapping[str, Count] = field(default_factory=dict)
    by_phase: Mapping[str, Count] = field(default_factory=dict)
    area_ha: Size | None = None
    tolerance: Share = 0.01
    tiles: Flag = False


@dataclass(frozen=True)
class Legal:
    """Where the layer stands in the law: rows of `instrument.csv` and `clause.csv`."""

    instrument: Text
    clause: Text
    annex: str = ""


@dataclass(frozen=True)
class Build:
    """How the geometry that travels with lsgis is made from facts."""

    origin: Origin
    file: str = ""
    register: str = ""
    waypoints: str = ""
    list: tuple[Text, ...] = ()
    layer: str = ""
    half_width_m: Size | None = None
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Style:
    """How the layer is drawn; colours as #rrggbb, widths in screen pixels.

    `colors` gives values of the column `by` a colour of their own.
    """

    color: Color
    shape: Literal["circle", "square", "triangle", "diamond", "star"] = "circle"
    width: Amount = 1.5
    dash: Dash = ""
    fill_opacity: Share = 0.25
    by: str = ""
    colors: Mapping[str, Color] = field(default_factory=dict)


@dataclass(frozen=True)
class Check:
    """What a site check asks of the layer: distance bands and smallest overlaps told apart (m, m²).

    A smallest overlap of 0 means that every overlap counts. `office` is a row of `office.csv`.
    """

    bands_m: Bands = (0.0, 100.0, 500.0, 1000.0)
    min_area_m2: Amount = 0.0
    min_length_m: Amount = 0.0
    office: str = ""


@dataclass(frozen=True)
class Field:
    """One column of a layer: name, type, titles, unit, domain, pattern.

    `refers` ("commune.commune_code"): a register and its column that hold the
    value, or each of several joined by "; ". `not_before`: another field of the
    layer, a date that this one follows or equals.
    """

    name: Name
    type: Literal["text", "number", "integer", "date"]
    title: Title
    unit: str = ""
    domain: tuple[Text, ...] = ()
    pattern: Regex = ""
    nullable: Flag = True
    aliases: tuple[Text, ...] = ()
    refers: Refers = ""
    not_before: str = ""


@dataclass(frozen=True)
class Layer:
    """A layer of the catalogue: one file of `layers/`.

    `quality` and `accuracy_m` (horizontal, 95 %) speak of the geometry that
    travels with lsgis; a feature's own columns override them. `accepts`: what
    the user's own file may hold instead of `geometry`, where the real thing has
    ground. `roles`: see `Role`; `order`: the place among the layers of a role,
    those without one come last, by name.
    """

    name: Name
    title: Title
    theme: Text
    geometry: Geometry
    crs: Crs
    key: Name
    quality: Quality
    legal: Legal
    build: Build
    style: Style
    fields: tuple[Field, ...]
    expected: Expected = field(default_factory=Expected)
    check: Check = field(default_factory=Check)
    accuracy_m: Size | None = None
    restricts: Flag = False
    accepts: tuple[Literal["Polygon"], ...] = ()
    roles: tuple[Role, ...] = ()
    order: Mapping[Role, Count] = field(default_factory=dict)


@dataclass(frozen=True)
class Problem:
    """One value of a layer file that is wrong: its dotted key, what is expected, what was found.

    `is_open`: the value is well formed and only waits for a row of a register;
    the layer can be used, and what depends on the row is told as not known.
    """

    file: str
    key: str
    expected: Mapping[str, str] = field(hash=False)
    found: str
    is_open: bool = False


class _Problems(list[Problem]):
    """The problems of one file, as they are found."""

    def __init__(self, file: str) -> None:
        super().__init__()
        self.file = file

    def add(self, key: str, want: str, found: object, *, is_open: bool = False, **v: Any) -> None:
        """Note a problem; `want` is a text of the room, `v` fills its placeholders."""
        code = want if want.startswith("catalogue.") else f"catalogue.want-{want}"
        expected = {lang: say(code, lang, **v) for lang in LANGUAGES}
        self.append(Problem(self.file, key, expected, _shown(found), is_open))

    def refuse(self, *, also_open: bool) -> None:
        """Raise for everything noted, at once."""
        wrong = [problem for problem in self if also_open or not problem.is_open]
        if wrong:
            raise refusal(wrong)


def refusal(problems: Sequence[Problem]) -> CatalogueError:
    """One error that names every problem of a file: key, expected, found."""
    told = {
        lang: "".join(
            f"\n  {say('catalogue.problem', lang, key=p.key, expected=p.expected[lang], found=p.found)}"
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
    layer, problems = examine_layer_file(path, folders=folders)
    if problems:
        raise refusal(problems)
    return layer


def examine_layer_file(path: Path, *, folders: Sequence[Path] = ()) -> tuple[Layer, list[Problem]]:
    """A layer, and what of its file is still open; what is wrong is refused as by `read_layer_file`."""
    raw, problems = _read_toml(path), _Problems(path.name)
    raw["fields"] = _resolve_fields(raw, read_shared_fields(tuple(folders)), problems)
    values = _examine(Layer, raw, "", problems)
    for key, want, found, more in _inconsistencies(values, path):
        problems.add(key, want, found, **more)
    for key, want, found, more in _missing_references(values, tuple(folders)):
        problems.add(key, want, found, **more)
    problems.refuse(also_open=False)
    return Layer(**values), list(problems)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise CatalogueError("catalogue.unreadable", path=path, reason=error) from error


# ---- fields


@lru_cache(maxsize=8)
def read_shared_fields(folders: tuple[Path, ...] = ()) -> Mapping[str, Mapping[str, Any]]:
    """Definitions of fields that layers name in `fields`, from `layers/shared/field.toml`.

    Of several folders, the definition of the last one that has it.

    Raises
    ------
    CatalogueError
        As `read_layer_file`, of the shared file.
    """
    shared: dict[str, Mapping[str, Any]] = {}
    for path in find_file(SHARED_FIELDS, folders):
        raw, problems = _read_toml(path), _Problems(path.name)
        for name, definition in raw.items():
            _examine_field(name, definition, name, problems)
        problems.refuse(also_open=True)
        shared |= raw
    return MappingProxyType(shared)


def _resolve_fields(
    raw: dict[str, Any], shared: Mapping[str, Mapping[str, Any]], problems: _Problems
) -> dict[str, Any]:
    """The columns of a layer by name: shared definitions, with what its own tables say over them."""
    names, own = raw.pop("fields", MISSING), raw.pop("field", {})
    if not isinstance(own, dict):
        problems.add("field", "tables", own)
        own = {}
    if not isinstance(names, list) or not names:
        problems.add("fields", "fields", names)
        return {}
    resolved: dict[str, Any] = {}
    for n, name in enumerate(names):
        if not isinstance(name, str) or not (name in shared or name in own):
            problems.add(f"fields[{n}]", "field", name)
        elif name in resolved:
            problems.add(f"fields[{n}]", "once", name)
        elif not isinstance(own.get(name, {}), dict):
            problems.add(f"field.{name}", "table", own[name])
        else:
            resolved[name] = {**shared.get(name, {}), **own.get(name, {})}
    for name in own:
        if name not in names:
            problems.add(f"field.{name}", "listed", name)
    return resolved


def _examine_field(name: str, definition: Any, at: str, problems: _Problems) -> Field | None:
    """A column from its table, whose name is the table's."""
    if not isinstance(definition, dict):
        problems.add(at, "table", definition)
        return None
    if "name" in definition:
        problems.add(f"{at}.name", "no-name", definition["name"])
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
            problems.add(_joined(at, key), "key", raw[key], known=", ".join(known))
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
        result = MappingProxyType({
            key: _examine_value(parts[1], item, _joined(at, key), problems)
            for key, item in value.items()
        })
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
        return "one-of", {"known": ", ".join(get_args(kind))}
    if get_origin(kind) is tuple:
        return "list", {}
    return ("table" if get_origin(kind) is Mapping or is_dataclass(kind) else "string"), {}


# ---- values that must agree

Finding: TypeAlias = tuple[str, str, object, dict[str, Any]]  # key, text, found, its placeholders


def _inconsistencies(values: Mapping[str, Any], path: Path) -> Iterator[Finding]:
    """Values of a layer that are each well formed and do not go together."""
    names = [column.name for column in values.get("fields", ())]
    listed = {"known": ", ".join(names)}
    if values.get("name", path.stem) != path.stem:
        yield "name", "stem", values["name"], {"stem": path.stem}
    if names and values.get("key", names[0]) not in names:
        yield "key", "one-of", values["key"], listed
    for column in values.get("fields", ()):
        if column.not_before not in {"", *names}:
            yield f"field.{column.name}.not_before", "one-of", column.not_before, listed
    if {"quality", "accuracy_m"} <= set(values):
        accuracy_m, unlocated = values["accuracy_m"], values["quality"] == "none"
        if (accuracy_m is None) != unlocated:
            want = "no-accuracy" if unlocated else "accuracy"
            yield "accuracy_m", want, MISSING if accuracy_m is None else accuracy_m, {}
    accepts = values.get("accepts", ())
    if len(set(accepts)) != len(accepts) or values.get("geometry") in accepts:
        yield "accepts", "accepts", list(accepts), {}
    for role in values.get("order", {}):
        if role not in values.get("roles", (role,)):
            yield f"order.{role}", "own-role", role, {"known": ", ".join(values["roles"])}
    if "build" in values:
        for key in _NEEDS[values["build"].origin]:
            if not getattr(values["build"], key):
                yield f"build.{key}", "needed", MISSING, {"origin": values["build"].origin}
    if "style" in values and names and values["style"].by not in {"", *names}:
        yield "style.by", "one-of", values["style"].by, listed


# ---- names of other things


def _missing_references(values: Mapping[str, Any], folders: tuple[Path, ...]) -> Iterator[Finding]:
    """Names that nothing has: of what a layer is made of (wrong), of what is told of it (open)."""
    if "crs" in values and values["crs"] != _measured_in():
        yield "crs", "this-crs", values["crs"], {"crs": _measured_in()}
    if "build" in values:
        yield from _missing_parts(values["build"], folders)
    for column in values.get("fields", ()):
        if column.refers:
            register, name = column.refers.split(".")
            yield from _missing_columns(f"field.{column.name}.refers", register, [name], folders)
    if "legal" in values:
        legal, clauses = values["legal"], {r["clause"]: r for r in read_rows("clause", folders)}
        instrument = clauses.get(legal.clause, {}).get("instrument", legal.instrument)
        if legal.clause not in clauses:
            yield "legal.clause", "row", legal.clause, _open("clause")
        if legal.instrument not in _codes("instrument", "number", folders):
            yield "legal.instrument", "row", legal.instrument, _open("instrument")
        elif legal.instrument != instrument:
            more = {"is_open": True, "number": instrument, "clause": legal.clause}
            yield "legal.instrument", "instrument", legal.instrument, more
    for key, codes, register in _told_codes(values):
        for code in codes:
            if code not in _codes(register, "code", folders):
                yield key, "row", code, _open(register)


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
        yield "build.where", "no-where", dict(build.where), {}
    if build.waypoints:
        columns = ["line_code", "n", "lon", "lat"]
        yield from _missing_columns("build.waypoints", build.waypoints, columns, folders)
    lists = _codes("membership", "list", folders) if build.list else set()
    for n, name in enumerate(build.list):
        if name not in lists:
            yield f"build.list[{n}]", "one-of", name, {"known": ", ".join(sorted(lists))}
    if build.file and not find_file(f"data/{build.file}", folders):
        yield "build.file", "file", build.file, {}


def _missing_columns(
    key: str, register: str, columns: Sequence[str], folders: tuple[Path, ...], at: str = ""
) -> Iterator[Finding]:
    known = list_registers(folders)
    if register not in known:
        yield key, "register", register, {"known": ", ".join(known)}
        return
    header = read_header(register, folders)
    for name in columns:
        if name not in header:
            more = {"register": register, "known": ", ".join(header)}
            yield (f"{at}.{name}" if at else key), "column", name, more


def _open(register: str) -> dict[str, Any]:
    return {"is_open": True, "register": register}


def _codes(register: str, column: str, folders: tuple[Path, ...]) -> set[str]:
    if register not in list_registers(folders):
        return set()
    return {row[column] for row in read_rows(register, folders)}


@lru_cache(maxsize=1)
def _measured_in() -> str:
    from lsgis.crs import VN2000  # PROJ is slow to import, and many need a layer's record alone

    return f"EPSG:{VN2000.to_epsg()}"
