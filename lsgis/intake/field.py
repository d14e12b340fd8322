"""Columns of a file as the fields of a layer: mapped where it is certain, else suggested."""

import difflib
from collections import Counter
from collections.abc import Mapping

import geopandas as gpd
import pandas as pd

from lsgis.catalogue import Layer, read_register
from lsgis.errors import LayerError
from lsgis.intake.name import bare_name
from lsgis.intake.value import split_unit

LOG_COLUMNS = ("what", "where", "before", "after", "count")
_NEAR = 0.75


def rename_columns(frame: gpd.GeoDataFrame, layer: Layer) -> gpd.GeoDataFrame:
    """The same features with columns named as a catalogue layer names them.

    A column is renamed only when the layer's own name is absent and exactly one
    of its aliases (layer file, `[[field]] aliases`) is there.
    """
    names: dict[str, str] = {}
    for field in layer.fields:
        found = [alias for alias in field.aliases if alias in frame.columns]
        if field.name not in frame.columns and len(found) == 1:
            names[found[0]] = field.name
    return frame.rename(columns=names)


def map_fields(
    frame: gpd.GeoDataFrame, layer: Layer, *, mapping: Mapping[str, str] | None = None
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """The same features with columns named as a layer names them, and a log of every name.

    In this order: `mapping`; the layer's own names; its aliases and titles and the words
    all layers share (data/field_alias.csv), capitals, marks, spaces and units aside. A
    name that is only near one of the layer's is suggested in the log and stays. No
    column is dropped.

    Parameters
    ----------
    mapping
        Names of the file -> names of the layer.

    Returns
    -------
    frame, log
        Log rows `what` ("renamed", "suggested", "kept"), `where` (the column),
        `before`, `after`, `count` (rows).

    Raises
    ------
    LayerError
        `mapping` names a column the file or the layer lacks, or one twice.
    """
    mapping = dict(mapping or {})
    columns = [str(name) for name in frame.columns if name != _shape(frame)]
    _require_mapping(mapping, columns, layer)
    names = mapping | _by_alias(columns, layer, mapping)
    rows = [("renamed", old, old, new, len(frame)) for old, new in names.items() if old != new]
    taken = {*names.values(), *(set(columns) - set(names))}
    known = {field.name for field in layer.fields}
    for column in columns:
        if column in names or column in known:
            continue
        near = _nearest(column, layer, taken)
        rows.append(("suggested" if near else "kept", column, column, near or column, len(frame)))
    return frame.rename(columns=names), pd.DataFrame(rows, columns=list(LOG_COLUMNS))


def _shape(frame: pd.DataFrame) -> str | None:
    return frame.geometry.name if isinstance(frame, gpd.GeoDataFrame) else None


def _require_mapping(mapping: dict[str, str], columns: list[str], layer: Layer) -> None:
    known = [field.name for field in layer.fields]
    strange = [old for old in mapping if old not in columns]
    if strange:
        found = ", ".join(strange)
        raise LayerError("intake.map-column", found=found, known=", ".join(columns))
    strange = [new for new in mapping.values() if new not in known]
    if strange:
        found = ", ".join(strange)
        raise LayerError("intake.map-field", found=found, layer=layer.name, known=", ".join(known))
    stays = set(columns) - set(mapping)
    twice = [n for n in mapping.values() if list(mapping.values()).count(n) > 1 or n in stays]
    if twice:
        raise LayerError("intake.map-twice", found=", ".join(sorted(set(twice))))


def _by_alias(columns: list[str], layer: Layer, mapping: Mapping[str, str]) -> dict[str, str]:
    """Columns that mean a field of the layer beyond doubt: one column, one field."""
    free = [column for column in columns if column not in mapping]
    names: dict[str, str] = {}
    common = _common_words(layer)
    for field in layer.fields:
        if field.name in free or field.name in mapping.values():
            continue
        words = {bare_name(word) for word in (field.name, *field.aliases, *common[field.name])}
        found = [c for c in free if c not in names and c != field.name and _means(c, words)]
        exact = [c for c in found if c in field.aliases]
        if len(found) == 1 or len(exact) == 1:
            names[(exact or found)[0]] = field.name
    known = {field.name for field in layer.fields}
    return {old: new for old, new in names.items() if old not in known}


def _common_words(layer: Layer) -> dict[str, list[str]]:
    """Words of each field: its titles, and aliases all layers share; none that two fields have."""
    register = read_register("field_alias")
    shared = register.groupby("field")["alias"].agg(list).to_dict()
    words = {f.name: {*f.title.values(), *shared.get(f.name, ())} for f in layer.fields}
    owned = Counter(bare_name(word) for f in layer.fields for word in (f.name, *f.aliases))
    seen = owned + Counter(bare for found in words.values() for bare in {*map(bare_name, found)})
    return {name: [w for w in found if seen[bare_name(w)] == 1] for name, found in words.items()}


def _means(column: str, words: set[str]) -> bool:
    """Whether a heading is one of the words, its unit aside: "Diện tích (m²)"."""
    return bare_name(column) in words or bare_name(split_unit(column)[0]) in words


def _nearest(column: str, layer: Layer, taken: set[str]) -> str | None:
    words = {
        bare_name(word): field.name
        for field in layer.fields
        if field.name not in taken
        for word in (*field.title.values(), *field.aliases, field.name)
    }
    close = difflib.get_close_matches(bare_name(column), words, n=1, cutoff=_NEAR)
    return words[close[0]] if close else None
