"""Layer files: every value held to the type of its key, every problem of a file told at once.

What is wrong is refused; what merely waits for a row of a register (a clause nobody
has entered yet) is told apart, as a value.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from lsgis.catalogue.layer import Build, Field, Layer
from lsgis.catalogue.register import find_files, list_registers, read_header, read_rows
from lsgis.region import Region, read_region
from lsgis.toml_record import Problem, Problems, examine, read_toml

# columns that a register must have for a way of making geometry; where it has the layer's key
_COLUMNS = MappingProxyType({"point": ("lon", "lat"), "circle": ("lon", "lat", "area_ha")})
_KEYED = ("file", "point", "circle", "line", "union", "dissolve")
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


def read_layer_file(path: Path, *, region: Region | None = None) -> Layer:
    """Read one layer file; refuse it unless every value is what its key asks for.

    Parameters
    ----------
    path
        A TOML file named as its layer.
    region
        Whose registers and shared fields it names; of the region that travels with
        lsgis when None.

    Raises
    ------
    CatalogueError
        The file is not TOML, or has an unknown or missing key, a value of another
        type or outside its domain, or a name (theme, clause, register, column, list,
        office) that nothing has. One error tells all of them: file, key, expected, found.
    """
    values, problems = _read(path, region or read_region())
    problems.refuse(also_open=True)
    return Layer(**values, region=region or read_region())


def examine_layer_file(path: Path, *, region: Region | None = None) -> tuple[Layer, list[Problem]]:
    """A layer, and what of its file is open; what is wrong is refused as by `read_layer_file`."""
    values, problems = _read(path, region or read_region())
    problems.refuse(also_open=False)
    return Layer(**values, region=region or read_region()), list(problems)


def _read(path: Path, region: Region) -> tuple[dict[str, Any], Problems]:
    """The sound values of a layer file, and everything that is wrong or open in it."""
    raw, problems = read_toml(path), Problems(path.name)
    raw["fields"] = _resolve_fields(raw, read_shared_fields(region), problems)
    values = examine(Layer, raw, "", problems)
    for key, want, found, more in _inconsistencies(values, path):
        problems.add(key, want, found, **more)
    for key, want, found, more in _missing_references(values, region):
        problems.add(key, want, found, **more)
    return values, problems


# ---- fields


class SharedField(NamedTuple):
    """A field that layers name: its table as written, and the column where a layer adds nothing."""

    table: Mapping[str, Any]
    column: Field


@lru_cache(maxsize=8)
def read_shared_fields(region: Region) -> Mapping[str, "SharedField"]:
    """Definitions of fields that layers name in `fields`, from `layers/shared/field.toml`.

    Of several folders, the definition of the last one that has it.

    Raises
    ------
    CatalogueError
        As `read_layer_file`, of the shared file.
    """
    shared: dict[str, SharedField] = {}
    for path in find_files(SHARED_FIELDS, region):
        raw, problems = read_toml(path), Problems(path.name)
        for name, table in raw.items():
            column = _examine_field(name, table, name, problems)
            shared |= {name: SharedField(table, column)} if column else {}
        problems.refuse(also_open=True)
    return MappingProxyType(shared)


def _resolve_fields(
    raw: dict[str, Any], shared: Mapping[str, SharedField], problems: Problems
) -> tuple[Field, ...]:
    """The columns of a layer in order: shared definitions, what its own tables say over them."""
    names, own = raw.pop("fields", MISSING), raw.pop("field", {})
    if not isinstance(own, dict):
        problems.add("field", "catalogue.want-tables", own)
        own = {}
    if not isinstance(names, list) or not names:
        problems.add("fields", "catalogue.want-fields", names)
        return ()
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
    columns = [_examine_field(n, raw, f"field.{n}", problems) for n, raw in resolved.items()]
    return tuple(column for column in columns if column is not None)


def _examine_field(name: str, definition: Any, at: str, problems: Problems) -> Field | None:
    """A column from its table, whose name is the table's."""
    if isinstance(definition, Field):
        return definition
    if not isinstance(definition, dict):
        problems.add(at, "catalogue.want-table", definition)
        return None
    if "name" in definition:
        problems.add(f"{at}.name", "catalogue.want-no-name", definition["name"])
    before = len(problems)
    values = examine(Field, {**definition, "name": name}, at, problems)
    return Field(**values) if len(problems) == before else None


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
        if values["build"].origin == "compose" and "zoning" not in values.get("roles", ("zoning",)):
            yield "build.from", "catalogue.want-zoning", values["build"].origin, {}
    if "style" in values and names and values["style"].by not in {"", *names}:
        yield "style.by", "catalogue.want-one-of", values["style"].by, listed


# ---- names of other things


def _missing_references(values: Mapping[str, Any], region: Region) -> Iterator[Finding]:
    """Names that nothing has: of what a layer is made of (wrong), of what is told of it (open)."""
    if "crs" in values and values["crs"] != region.crs:
        yield "crs", "catalogue.want-this-crs", values["crs"], {"crs": region.crs}
    if "build" in values:
        yield from _missing_parts(values["build"], values.get("key", ""), region)
    for column in values.get("fields", ()):
        if column.refers:
            register, name = column.refers.split(".")
            yield from _missing_columns(f"field.{column.name}.refers", register, [name], region)
    if "legal" in values:
        legal, clauses = values["legal"], _codes("clause", "clause", region)
        instrument = clauses.get(legal.clause, {}).get("instrument", legal.instrument)
        if legal.clause not in clauses:
            yield "legal.clause", "catalogue.want-row", legal.clause, {"register": "clause"}
        if legal.instrument not in _codes("instrument", "number", region):
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
            if code not in _codes(register, "code", region):
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


def _missing_parts(build: Build, key: str, region: Region) -> Iterator[Finding]:
    """What the geometry is to be made of and is not there."""
    if build.register:
        where = list(build.where)
        yield from _missing_columns("build.register", build.register, where, region, "build.where")
        needed = [*_COLUMNS.get(build.origin, ()), *([key] if build.origin in _KEYED else ())]
        yield from _missing_columns("build.register", build.register, needed, region)
    elif build.where:
        yield "build.where", "catalogue.want-no-where", dict(build.where), {}
    if build.waypoints:
        columns = ["line_code", "n", "lon", "lat"]
        yield from _missing_columns("build.waypoints", build.waypoints, columns, region)
    lists = _codes("membership", "list", region) if build.list else ()
    for n, name in enumerate(build.list):
        if name not in lists:
            yield (
                f"build.list[{n}]",
                "catalogue.want-one-of",
                name,
                {"known": ", ".join(sorted(lists))},
            )
    if build.file and not find_files(f"data/{build.file}", region):
        yield "build.file", "catalogue.want-file", build.file, {}


def _missing_columns(
    key: str, register: str, columns: Sequence[str], region: Region, at: str = ""
) -> Iterator[Finding]:
    known = list_registers(region)
    if register not in known:
        yield key, "catalogue.want-register", register, {"known": ", ".join(known)}
        return
    header = read_header(register, region)
    for name in columns:
        if name not in header:
            more = {"register": register, "known": ", ".join(header)}
            yield (f"{at}.{name}" if at else key), "catalogue.want-column", name, more


@lru_cache(maxsize=32)
def _codes(register: str, column: str, region: Region) -> Mapping[str, Mapping[str, str]]:
    """Rows of a register by the code in a column; none when there is no such register."""
    if register not in list_registers(region):
        return {}
    return {row[column]: row for row in read_rows(register, region)}
