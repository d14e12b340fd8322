"""A layer is a TOML file: what the Decision expects of it, and how it is drawn."""

import re
import sys
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from lsgis.errors import CatalogueError
from lsgis.resource import layers_dir

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

QUALITIES = ("authoritative", "indicative", "schematic", "none")
GEOMETRIES = ("Point", "LineString", "Polygon")
ACCEPTED = ("Polygon",)  # beside the geometry of a layer of points or lines
TYPES = ("text", "number", "integer", "date")
_REFERS = re.compile(r"(\w+\.\w+)?")
BUILDS = (
    "file", "point", "line", "circle", "union", "dissolve", "corridor", "compose", "none",
)  # fmt: skip


@dataclass(frozen=True)
class Expected:
    """What the Decision counts: features in all, by type, by phase; area in hectares.

    `unit` is "feature", or the column whose different values are counted (a
    zone class drawn in several pieces counts once). `tiles`: the polygons should
    fill their union without gaps (whether they may overlap: `data/overlap_rule.csv`).
    """

    count: int | None = None
    unit: str = "feature"
    by_type: Mapping[str, int] = field(default_factory=dict)
    by_phase: Mapping[str, int] = field(default_factory=dict)
    area_ha: float | None = None
    tolerance: float = 0.01
    tiles: bool = False


@dataclass(frozen=True)
class Legal:
    """Where the layer stands in the law: rows of `instrument.csv` and `clause.csv`."""

    instrument: str
    clause: str
    annex: str = ""


@dataclass(frozen=True)
class Build:
    """How the geometry that travels with lsgis is made from facts."""

    origin: str
    file: str = ""
    register: str = ""
    waypoints: str = ""
    list: tuple[str, ...] = ()
    layer: str = ""
    half_width_m: float | None = None
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Style:
    """How the layer is drawn; colours as #rrggbb, widths in screen pixels.

    `colors` gives values of the column `by` a colour of their own.
    """

    color: str
    shape: str = "circle"
    width: float = 1.5
    dash: str = ""
    fill_opacity: float = 0.25
    by: str = ""
    colors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Check:
    """What a site check asks of the layer: distance bands and smallest overlaps told apart (m, m²).

    A smallest overlap of 0 means that every overlap counts. `office` is a row of `office.csv`.
    """

    bands_m: tuple[float, ...] = (0.0, 100.0, 500.0, 1000.0)
    min_area_m2: float = 0.0
    min_length_m: float = 0.0
    office: str = ""


@dataclass(frozen=True)
class Field:
    """One column of a layer: name, type, titles, unit, domain, pattern.

    `refers` ("commune.commune_code"): a register and its column that hold the
    value, or each of several joined by "; ". `not_before`: another field of the
    layer, a date that this one follows or equals.
    """

    name: str
    type: str
    title: Mapping[str, str]
    unit: str = ""
    domain: tuple[str, ...] = ()
    pattern: str = ""
    nullable: bool = True
    aliases: tuple[str, ...] = ()
    refers: str = ""
    not_before: str = ""


@dataclass(frozen=True)
class Layer:
    """A layer of the catalogue: one file of `layers/`.

    `quality` and `accuracy_m` (horizontal, 95 %) speak of the geometry that
    travels with lsgis; a feature's own columns override them. `accepts`: what
    the user's own file may hold instead of `geometry`, where the real thing has ground.
    """

    name: str
    title: Mapping[str, str]
    theme: str
    geometry: str
    crs: str
    key: str
    quality: str
    legal: Legal
    build: Build
    style: Style
    fields: tuple[Field, ...]
    expected: Expected = field(default_factory=Expected)
    check: Check = field(default_factory=Check)
    accuracy_m: float | None = None
    restricts: bool = False
    accepts: tuple[str, ...] = ()


def read_layer_file(path: Path) -> Layer:
    """Read one layer file; refuse unknown keys and values outside their domain.

    Raises
    ------
    CatalogueError
        The file is not TOML, a key is unknown or missing, or a value is not allowed.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CatalogueError("catalogue.unreadable", path=path, reason=error) from error
    columns = raw.pop("field", [])
    build = dict(raw.get("build", {}))
    build["origin"] = build.pop("from", "")
    raw |= {"build": build, "fields": columns}
    parts = {"expected": Expected, "legal": Legal, "build": Build, "style": Style, "check": Check}
    for name, kind in parts.items():
        raw[name] = _filled(kind, raw.get(name, {}), path, name)
    raw["fields"] = tuple(_filled(Field, column, path, "field") for column in columns)
    layer = _filled(Layer, raw, path, "")
    _require_sound(layer, path)
    return layer


def _filled(kind: type, raw: Mapping[str, Any], path: Path, table: str) -> Any:
    """An instance of a dataclass from a TOML table, with nothing unknown and nothing missing."""
    known = {f.name: f for f in fields(kind)}
    unknown = sorted(set(raw) - set(known))
    if unknown:
        raise CatalogueError(
            "catalogue.unknown-key", path=path.name, table=table or "-", found=", ".join(unknown),
            expected=", ".join(known),
        )  # fmt: skip
    needed = {
        f.name for f in known.values() if f.default is MISSING and f.default_factory is MISSING
    }
    if needed - set(raw):
        missing = ", ".join(sorted(needed - set(raw)))
        raise CatalogueError(
            "catalogue.missing-key", path=path.name, table=table or "-", missing=missing
        )
    return kind(**{name: _frozen(value) for name, value in raw.items()})


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    if isinstance(value, dict):
        return MappingProxyType({key: _frozen(item) for key, item in value.items()})
    return value


def _require_sound(layer: Layer, path: Path) -> None:
    """Refuse a layer whose name, codes or patterns are not what they claim to be."""
    names = [column.name for column in layer.fields]
    wrong = {
        "name": layer.name != path.stem,
        "geometry": layer.geometry not in GEOMETRIES,
        "accepts": layer.accepts not in ((), ACCEPTED) or layer.geometry in layer.accepts,
        "quality": layer.quality not in QUALITIES,
        "build.from": layer.build.origin not in BUILDS,
        "field.type": any(column.type not in TYPES for column in layer.fields),
        "field.refers": any(not _REFERS.fullmatch(column.refers) for column in layer.fields),
        "field.not_before": any(c.not_before not in {"", *names} for c in layer.fields),
        "key": layer.key not in names or len(set(names)) != len(names),
        "accuracy_m": (layer.accuracy_m is None) != (layer.quality == "none"),
        "style.color": not re.fullmatch(r"#[0-9a-f]{6}", layer.style.color),
    }
    if any(wrong.values()):
        found = ", ".join(name for name, is_wrong in wrong.items() if is_wrong)
        raise CatalogueError("catalogue.not-allowed", path=path.name, found=found)


@lru_cache(maxsize=8)
def read_catalogue(folder: Path | None = None) -> Mapping[str, Layer]:
    """Every layer by name, in the order of their file names.

    Parameters
    ----------
    folder
        Folder of layer files; the catalogue of lsgis when None.
    """
    paths = sorted((folder or layers_dir()).glob("*.toml"))
    if not paths:
        raise CatalogueError("catalogue.empty", path=folder or layers_dir())
    layers = [read_layer_file(path) for path in paths]
    return MappingProxyType({layer.name: layer for layer in layers})


def require_layer(name: str) -> Layer:
    """The catalogue layer of that name.

    Raises
    ------
    CatalogueError
        There is none; the message lists those there are.
    """
    catalogue = read_catalogue()
    if name not in catalogue:
        raise CatalogueError("catalogue.no-layer", found=name, known=", ".join(catalogue))
    return catalogue[name]
