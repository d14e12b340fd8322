"""The catalogue as a whole: layers by name and by role, what is open, what may overlap what."""

import difflib
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import combinations_with_replacement
from types import MappingProxyType
from typing import TYPE_CHECKING, Generic, TypeVar

from lsgis.catalogue.definition import examine_layer_file
from lsgis.catalogue.layer import ROLES, SINGLE_ROLES, Layer
from lsgis.catalogue.register import read_register
from lsgis.errors import CatalogueError
from lsgis.region import Region, list_visible, read_region
from lsgis.toml_record import Problem, Problems

if TYPE_CHECKING:
    import pandas as pd

OVERLAPS = ("forbidden", "noted", "allowed")
# why a rule stands: a text that was read, the nature of the thing, or nobody's word but ours
BASES = ("law", "geometry", "default")
ANY = "*"
Value = TypeVar("Value")


class UnknownLayerError(CatalogueError, KeyError):
    """A layer that a catalogue or a plan does not have; also a `KeyError`, as of any mapping."""

    __str__ = Exception.__str__  # that of KeyError would quote the message


class ByLayer(Mapping[str, Value], Generic[Value]):
    """Something of each layer by its name, in the order of the catalogue; nobody can change it.

    A name that is none is refused with the names there are, the nearest first.
    """

    def __init__(self, values: Mapping[str, Value]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> Value:
        try:
            return self._values[name]
        except KeyError:
            raise unknown_layer([name], self._values) from None

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self._values)})"


def unknown_layer(names: Sequence[str], known: Iterable[str]) -> UnknownLayerError:
    """The refusal of names of layers that are none, with the nearest of those there are."""
    listed = list(known)
    near = [n for name in names for n in difflib.get_close_matches(str(name), listed, n=1)]
    values = {"found": ", ".join(map(str, names)), "known": ", ".join(listed)}
    if near:
        return UnknownLayerError("catalogue.no-layer-near", near=", ".join(near), **values)
    return UnknownLayerError("catalogue.no-layer", **values)


def read_catalogue(region: Region | None = None) -> Mapping[str, Layer]:
    """Every layer by name, in the order of their file names.

    A layer of which something is still open (its clause stands in no register) is
    there like every other; see `list_open`.

    Parameters
    ----------
    region
        Whose catalogue: `layers/*.toml` of its folders, a file of a later one in the
        place of an earlier one of its name. The region that travels with lsgis when None.

    Raises
    ------
    CatalogueError
        A file is wrong (see `read_layer_file`), there is none, a layer is made of one
        that is not there, or two layers have a role of which there can be one.
    """
    return _read(region or read_region())[0]


def list_open(region: Region | None = None) -> tuple[Problem, ...]:
    """What layer files name and no register holds yet: the layers work, these rows are missing."""
    return _read(region or read_region())[1]


@lru_cache(maxsize=8)
def _read(region: Region) -> tuple[Mapping[str, Layer], tuple[Problem, ...]]:
    folders = [folder / "layers" for folder in region.folders]
    paths = {path.name: path for folder in folders for path in list_visible(folder, "*.toml")}
    if not paths:
        raise CatalogueError("catalogue.empty", path=", ".join(map(str, folders)))
    read = [examine_layer_file(paths[name], region=region) for name in sorted(paths)]
    layers = {layer.name: layer for layer, _ in read}
    _require_whole(layers)
    return ByLayer(layers), tuple(problem for _, problems in read for problem in problems)


def _require_whole(layers: Mapping[str, Layer]) -> None:
    """Refuse a layer made of one that is not there, and a second layer of a single role."""
    for layer in layers.values():
        if layer.build.layer and layer.build.layer not in layers:
            raise unknown_layer([layer.build.layer], layers)
        if layer.build.layer and layers[layer.build.layer].build.origin == "corridor":
            problems = Problems(f"{layer.name}.toml")
            problems.add("build.layer", "catalogue.want-line", layer.build.layer)
            problems.refuse(also_open=True)
    for role in SINGLE_ROLES:
        names = [layer.name for layer in layers.values() if role in layer.roles]
        if len(names) > 1:
            raise CatalogueError("catalogue.role-twice", role=role, found=", ".join(names))


def require_layer(name: str, region: Region | None = None) -> Layer:
    """The catalogue layer of that name.

    Raises
    ------
    CatalogueError
        There is none; the message lists those there are.
    """
    return read_catalogue(region)[name]


def layers_with_role(catalogue: Mapping[str, Layer], role: str) -> tuple[Layer, ...]:
    """Layers of a catalogue that have a role, in its order; those without a place last, by name.

    Raises
    ------
    CatalogueError
        There is no such role.
    """
    if role not in ROLES:
        raise CatalogueError("catalogue.no-role", role=role, known=", ".join(ROLES))
    found = [layer for layer in catalogue.values() if role in layer.roles]
    return tuple(sorted(found, key=lambda layer: (layer.order.get(role, math.inf), layer.name)))  # type: ignore[call-overload]


def layer_with_role(catalogue: Mapping[str, Layer], role: str) -> Layer:
    """The one layer of a catalogue that has a role: "unit", "outline" or "zoning".

    Raises
    ------
    CatalogueError
        No layer has it, or several have.
    """
    found = layers_with_role(catalogue, role)
    if len(found) != 1:
        names = ", ".join(layer.name for layer in found) or "–"
        raise CatalogueError("catalogue.one-role", role=role, found=names)
    return found[0]


def read_unit_register(region: Region | None = None) -> "pd.DataFrame":
    """The register of the communes, as `read_register`: the layer with the role "unit" names it."""
    unit = layer_with_role(read_catalogue(region), "unit")
    return read_register(unit.build.register, unit.region)


def resolve_overlaps(
    rows: "pd.DataFrame", layers: Iterable[str]
) -> Mapping[tuple[str, str], Mapping[str, str]]:
    """The rule of every pair of layers, a layer with itself among them.

    Parameters
    ----------
    rows
        As `data/overlap_rule.csv`: `code`, `layer`, `other` (names of layers;
        "*" as `other` is every other layer, both "*" is the row for all pairs
        that no row names), `rule` (forbidden, noted, allowed), `basis`
        ("law": `clause` says so and was read; "geometry"; "default"), `clause`,
        `vi`, `en`, `source`, `verified`.
    layers
        Names of the layers asked about.

    Returns
    -------
    mapping
        By (layer, other) in both orders: the row that speaks of the pair. A
        row with both names goes before one with a "*".

    Raises
    ------
    CatalogueError
        A layer is unknown, a word is none of those above, a pair has two
        rules, no row speaks for the others, or a ban rests on nothing read.
    """
    names = list(layers)
    _require(rows, names)
    told = {frozenset((row["layer"], row["other"])): row for row in rows.to_dict("records")}
    if len(told) != len(rows):
        twice = rows.loc[rows[["layer", "other"]].apply(frozenset, axis=1).duplicated(), "code"]
        raise CatalogueError("catalogue.overlap-twice", found=", ".join(twice))
    answers = {}
    for pair in combinations_with_replacement(names, 2):
        answers[pair] = answers[pair[::-1]] = _answer(told, pair)
    return MappingProxyType(answers)


def _answer(
    told: Mapping[frozenset[str], Mapping[str, str]], pair: tuple[str, str]
) -> Mapping[str, str]:
    if frozenset(pair) in told:
        return MappingProxyType(told[frozenset(pair)])
    wide = [] if pair[0] == pair[1] else [frozenset((name, ANY)) for name in pair]
    rows = [told[key] for key in wide if key in told] or [told[frozenset((ANY,))]]
    if len({row["rule"] for row in rows}) > 1:
        raise CatalogueError("catalogue.overlap-twice", found=", ".join(r["code"] for r in rows))
    return MappingProxyType(rows[0])


def _require(rows: "pd.DataFrame", names: list[str]) -> None:
    unknown = sorted((set(rows["layer"]) | set(rows["other"])) - {*names, ANY})
    if unknown:
        raise unknown_layer(unknown, names)
    both = (rows["layer"] == ANY) & (rows["other"] == ANY)
    read = (rows["clause"] != "") & (rows["verified"] == "yes")
    grounded = (rows["basis"] == "geometry") | ((rows["basis"] == "law") & read)
    wrong = {
        "rule": ~rows["rule"].isin(OVERLAPS),
        "basis": ~rows["basis"].isin(BASES),
        "forbidden": (rows["rule"] == "forbidden") & ~grounded,
        "*": (rows["layer"] == ANY) & ~both,
    }
    if both.sum() != 1 or any(mask.any() for mask in wrong.values()):
        found = ", ".join(name for name, mask in wrong.items() if mask.any()) or "* *"
        raise CatalogueError("catalogue.overlap-wrong", found=found)


def read_overlaps(
    region: Region | None = None,
) -> Mapping[tuple[str, str], Mapping[str, str]]:
    """The rule of every pair of layers of a catalogue, from its `data/overlap_rule.csv`."""
    return _overlaps(region or read_region())


@lru_cache(maxsize=8)
def _overlaps(region: Region) -> Mapping[tuple[str, str], Mapping[str, str]]:
    return resolve_overlaps(read_register("overlap_rule", region), read_catalogue(region))


def overlap_rule(layer: str, other: str, region: Region | None = None) -> Mapping[str, str]:
    """The rule for two layers that lie on each other (`rule`, `basis`, `clause`, ...).

    Raises
    ------
    CatalogueError
        One of them is no layer of the catalogue.
    """
    rules = read_overlaps(region)
    if (layer, other) not in rules:
        known = read_catalogue(region)
        raise unknown_layer([name for name in (layer, other) if name not in known], known)
    return rules[layer, other]
