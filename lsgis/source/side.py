"""What a command is given to work with: layers and files on one side, places, and what lacks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from lsgis.catalogue import (
    count_located,
    layer_with_role,
    read_catalogue,
    read_required,
    require_layer,
)
from lsgis.check.identity import of_register
from lsgis.combine import buffer_lines, is_located, missing_parts, stack_zones
from lsgis.combine.overlay import QUALITIES, SURENESS
from lsgis.crs import require_country, to_vn2000
from lsgis.errors import CrsError, SiteError, SourceError
from lsgis.intake import fold_name, read_table, read_vector
from lsgis.intake.notation import bare_place, near_names
from lsgis.intake.vector import tell_crs
from lsgis.region import Region, read_region
from lsgis.source.embedded import as_numbers
from lsgis.source.plan import SUFFIXES, Plan
from lsgis.text import Log

# what every layer has beside its own fields (`complete`)
_SHARED = (
    *("name_vi", "name_en", "kind", "phase", "commune_codes", "source", "note_vi", "clause"),
    *("in_decision", "area_ha", "lon", "lat", "label_lon", "label_lat"),
)
UNKNOWN = "unknown"  # quality of features that state none
MISSING = ("layer", "key", "name_vi", "name_en", "zone", "clause", "count")
_NOTHING = pd.DataFrame({name: [] for name in MISSING})


# Features of layers and files, and what nobody has located of them.


@dataclass(frozen=True)
class Taken:
    """Features of one side of an overlay, and the column that names them.

    They state `quality` ("unknown" where nobody said) and `accuracy_m` (NaN). `missing`: one
    row for each thing that belongs to the side and has no place: `layer`, `key`, `name_vi`,
    `name_en`, `zone` (of a part of zones), `clause`, `count` (more than 1 where nobody has
    named them). `counts`: of each layer or file, how many features are located, and listed.
    `told`: of each file, what the reader says of a CRS in words of its own: a code of
    data/text/site.csv, and what is filled in.
    """

    features: gpd.GeoDataFrame
    key: str
    missing: pd.DataFrame = field(default_factory=lambda: _NOTHING)
    counts: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    told: Log = field(default_factory=list)


def take_features(
    layers: Mapping[str, gpd.GeoDataFrame],
    name: str,
    *,
    crs: str | None = None,
    sublayer: str | None = None,
    parts: gpd.GeoDataFrame | None = None,
    region: Region | None = None,
) -> Taken:
    """A layer of the plan by name, or the features of a file, in the plane of the region.

    A file's features are named by the first column that is unique, else numbered.

    Parameters
    ----------
    layers
        Layers of a plan by name.
    name
        One of them, or the path of a file.
    crs, sublayer
        Of a file that states no CRS, or holds several layers.
    parts
        Parts of the composed zones (`Plan.parts`): those without ground are missing.
    region
        Whose plan it is; that of the region that travels with lsgis when None.

    Raises
    ------
    CrsError
        The file states no CRS.
    SourceError
        `source.abroad`: its coordinates cannot be in Viet Nam.
    """
    if name in layers:
        missing = _missing_of(layers[name], name, parts, region)
        counts = {name: _counted(layers[name])}
        return Taken(_stated(layers[name]), require_layer(name, region).key, missing, counts)
    frame = read_vector(name, layer=sublayer, crs=crs)
    if frame.crs is None:
        raise CrsError("source.no-crs", path=name)
    _require_country(frame, name, region)
    columns = [column for column in frame.columns.drop("geometry") if _names_each(frame[column])]
    if not columns:
        frame = frame.assign(number=range(1, len(frame) + 1))
    key = columns[0] if columns else "number"
    moved, short = _stated(to_vn2000(frame, region=region)), Path(name).name
    told = [{**row, "path": short} for row in tell_crs(frame)]
    return Taken(moved, key, _undrawn(moved, short, key), {short: _counted(moved)}, told)


def _names_each(cells: pd.Series) -> bool:
    """Whether each cell is another; a column of lists names nothing."""
    try:
        return bool(cells.is_unique)
    except TypeError:
        return False


def _require_country(frame: gpd.GeoDataFrame, name: str, region: Region | None) -> None:
    """Refuse a file whose features cannot be in Viet Nam in their own CRS, as import does."""
    bounds = frame.total_bounds
    if not np.isfinite(bounds).all():
        return  # nothing in it has a place
    west, south, east, north = bounds.tolist()
    try:
        require_country((west, south, east, north), frame.crs, region or read_region())
    except SiteError as error:
        raise SourceError("source.abroad", path=name, reason=error) from error


def _counted(features: gpd.GeoDataFrame) -> tuple[int, int]:
    return int(is_located(features).sum()), len(features)


def take_side(
    plan: Plan | None,
    given: str | Sequence[str],
    *,
    crs: str | None = None,
    sublayer: str | None = None,
    every_column: bool = False,
    region: Region | None = None,
) -> Taken:
    """One side of an overlay: a layer or file, or several of them, as one frame.

    Parameters
    ----------
    plan
        Whose layers, and whose region; its parts tell what a composed layer lacks. None
        where only files are given.
    given
        Names, also several in one with commas between (`split_names`).
    crs, sublayer
        As for `take_features`.
    every_column
        Of several, keep what only some of them have.
    region
        Whose plane, without a plan; that of the region that travels with lsgis when None.

    Returns
    -------
    Taken
        Of one, the features as they are. Of several, `layer`, `key` (text), `name_vi`
        and how sure they are, then every column that all of them have, or any of them.
    """
    layers, parts = (plan.layers, plan.parts) if plan else ({}, None)
    region, names = plan.region if plan else region, split_names(given, layers)
    taken = [
        take_features(layers, name, crs=crs, sublayer=sublayer, parts=parts, region=region)
        for name in names
    ]
    if len(taken) == 1:
        return taken[0]
    frames, called = {}, _told_apart(names)
    shared = ["name_vi"]
    shared += ["not_located"] if any("not_located" in side.features for side in taken) else []
    for name, side in zip(called, taken, strict=True):
        frame = side.features.assign(key=side.features[side.key].map(_as_code))
        for column in shared:
            frame[column] = frame.get(column, "")
        frames[name] = frame
    stack = stack_zones(frames, keys="key")
    if every_column:
        rest = pd.concat([frame for frame in frames.values() if len(frame)], ignore_index=True)
        more = [name for name in rest.columns if name not in stack.columns]
        stack = stack.assign(**{name: rest[name] for name in more})
    counts = {name: count for side in taken for name, count in side.counts.items()}
    told = [row for side in taken for row in side.told]
    return Taken(stack, "key", _joined(side.missing for side in taken), counts, told)


def with_one_key(side: Taken) -> gpd.GeoDataFrame:
    """Features whose key is a text that names one alone, also among those of several layers."""
    codes = side.features[side.key].map(_as_code)
    if side.key == "key" and "layer" in side.features and side.features["layer"].nunique() > 1:
        codes = side.features["layer"] + "/" + codes
    return side.features.assign(**{side.key: codes})


def split_names(given: str | Sequence[str], layers: Mapping[str, Any]) -> list[str]:
    """Names of layers and files, given one by one or with commas between.

    A comma that belongs to the name of a file that is there parts nothing.
    """
    found: list[str] = []
    for text in [given] if isinstance(given, str) else given:
        pieces, start = text.split(","), 0
        while start < len(pieces):
            ends = range(len(pieces), start + 1, -1)  # the longest that is one name
            whole = (end for end in ends if _is_one(",".join(pieces[start:end]), layers))
            end = next(whole, start + 1)
            found.append(",".join(pieces[start:end]).strip())
            start = end
    return [name for name in found if name] or [""]


def _is_one(name: str, layers: Mapping[str, Any]) -> bool:
    return name in layers or Path(name).exists()


def _told_apart(names: Sequence[str]) -> list[str]:
    """What a column `layer` calls each of several; files by their names where these differ."""
    short = [Path(name).name for name in names]
    called = [s if short.count(s) == 1 else name for s, name in zip(short, names, strict=True)]
    return [f"{name} ({called[:n].count(name) + 1})" if name in called[:n] else name
            for n, name in enumerate(called)]  # fmt: skip


def _as_code(value: object) -> str:
    return "" if value is None or value != value else str(value)


def _stated(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The same features, each stating how sure it is; nothing is made up."""
    told = pd.Series(UNKNOWN, index=frame.index)
    if "quality" in frame:
        told = frame["quality"].where(frame["quality"].isin(QUALITIES), UNKNOWN)
    metres = pd.Series(np.nan, index=frame.index)
    if "accuracy_m" in frame:
        metres = as_numbers(frame["accuracy_m"])
        metres = metres.where((metres >= 0) & np.isfinite(metres))
    return frame.assign(quality=told.astype(object), accuracy_m=metres)


def _missing_of(
    features: gpd.GeoDataFrame,
    name: str,
    parts: gpd.GeoDataFrame | None,
    region: Region | None,
) -> pd.DataFrame:
    """What of a layer nobody has located, by name as far as anything names it."""
    layer = require_layer(name, region)
    if layer.build.origin == "compose" and parts is not None:
        lacking = missing_parts(parts, rest="other")
        return _rows(lacking.assign(key=lacking["part"]), name)
    rows = [_undrawn(features, name, layer.key)]
    required = read_required(layer)
    if required is not None:
        absent = required[~required[layer.key].isin(features[layer.key].astype(str))]
        rows.append(_rows(absent.assign(key=absent[layer.key]), name))
    ledger = count_located(layer, of_register(layer, features)).iloc[0]
    expected = 0 if pd.isna(ledger["expected"]) else int(ledger["expected"])
    short = expected - int(ledger["located"]) - sum(map(len, rows))
    if short > 0 or not (is_located(features).any() or sum(map(len, rows))):
        rows.append(_rows(pd.DataFrame({"key": [""], "count": [max(short, 1)]}), name))
    return _joined(rows)


def _undrawn(features: gpd.GeoDataFrame, name: str, key: str) -> pd.DataFrame:
    """Rows of a frame without a place."""
    lacking = pd.DataFrame(features[~is_located(features)])
    return _rows(lacking.assign(key=lacking[key].map(_as_code)), name)


def _rows(lacking: pd.DataFrame, name: str) -> pd.DataFrame:
    told = lacking.assign(layer=name).reindex(columns=[*MISSING])
    told["count"] = told["count"].fillna(1).astype(int)
    texts = [column for column in MISSING if column != "count"]
    return told.assign(**{n: told[n].map(_as_code).astype(object) for n in texts})


def _joined(tables: Any) -> pd.DataFrame:
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else _NOTHING


def take_facts(
    given: str | Sequence[str], known: Mapping[str, Any], read: Callable[[], Plan]
) -> list[pd.DataFrame]:
    """Tables of facts: files of tables or features, or the attributes of layers.

    Parameters
    ----------
    given
        Names, as for `take_side`.
    known
        Names of the layers that there are.
    read
        Reads the plan; asked only for a layer.

    Returns
    -------
    list of DataFrame
        Without geometry, each stating how sure it is. Columns of a layer but its own key
        that every layer has are called `facts_...`.
    """
    tables = []
    for name in split_names(given, known):
        if name in known:
            frame = read().layers[name]
            table = pd.DataFrame(frame.drop(columns=frame.geometry.name))
            shared = {c: f"facts_{c}" for c in _SHARED if c in table and c not in SURENESS}
            table = table.rename(columns=shared)
        elif Path(name).suffix.lower() in SUFFIXES:
            frame = read_vector(name)
            table = pd.DataFrame(frame.drop(columns=frame.geometry.name))
        else:
            table = read_table(name)
        tables.append(pd.DataFrame(_stated(table)))
    return tables


# A place as a planner says it: a file, a commune by name or code, a layer, a feature of a layer.


def find_place(
    layers: Mapping[str, gpd.GeoDataFrame],
    place: str,
    *,
    half_width_m: float | None = None,
    crs: str | None = None,
    region: Region | None = None,
) -> gpd.GeoDataFrame:
    """Polygons of a place of the plan.

    Parameters
    ----------
    layers
        Layers of a plan by name.
    place
        A commune's code ("06385") or name ("Hữu Lũng", "xã Hữu Lũng"; spelling of tone
        marks and capitals do not matter, diacritics do), a layer ("province", "economic_corridor"),
        one feature of a layer ("socio_economic_zone:zone_east"), or a file of polygons or lines.
    half_width_m
        Half the width (m) of the corridor along a line; needed for lines only.
    crs
        CRS of a file that states none.
    region
        Whose plan it is; that of the region that travels with lsgis when None.

    Raises
    ------
    SourceError
        No such place (names near it are suggested), several communes of that name,
        nothing located, or a line without a half-width.
    """
    name, _, code = place.partition(":")
    if name in layers:
        found = layers[name]
        if code:
            key = require_layer(name, region).key
            found = found[found[key] == code]
            if found.empty:
                known = ", ".join(layers[name][key])
                raise SourceError("source.no-feature", layer=name, found=code, known=known)
    elif Path(place).is_file():
        found = take_features(layers, place, crs=crs, region=region).features
    else:
        unit = layer_with_role(read_catalogue(region), "unit").name
        found = _communes(layers[unit], place, [*layers])
    located = found[is_located(found)]
    if located.empty:
        raise SourceError("source.place-not-located", found=place)
    if located.geom_type.str.endswith("Polygon").all():
        return located
    if half_width_m is None:
        raise SourceError("source.needs-width", found=place)
    return buffer_lines(located, half_width_m=half_width_m)


def take_places(
    plan: Plan,
    given: str | Sequence[str],
    *,
    half_width_m: float | None = None,
    crs: str | None = None,
) -> Taken:
    """Polygons of one or several places of the plan (`find_place`), and what they lack.

    A commune or one feature lacks nothing; a layer what nobody has located of it, and so
    does a zone that remains when the parts of a composed layer are taken away.
    """
    frames, missing, counts, told = [], [], {}, []
    for place in split_names(given, plan.layers):
        found = find_place(
            plan.layers, place, half_width_m=half_width_m, crs=crs, region=plan.region
        )
        frames.append(_stated(found))
        name, _, code = place.partition(":")
        if name in plan.layers:
            lacking = _missing_of(plan.layers[name], name, plan.parts, plan.region)
            is_rest = bool((found.get("not_located", pd.Series(dtype=str)).fillna("") != "").any())
            missing.append(lacking if not code or is_rest else _NOTHING)
            counts[name] = _counted(plan.layers[name])
        elif Path(place).is_file():
            side = take_features(plan.layers, place, crs=crs, region=plan.region)
            missing.append(side.missing)
            counts |= side.counts
            told += side.told
    together = pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
    key = layer_with_role(read_catalogue(plan.region), "unit").key
    return Taken(together, key, _joined(missing), counts, told)


def _communes(communes: gpd.GeoDataFrame, place: str, other_names: list[str]) -> gpd.GeoDataFrame:
    """The one commune of a code or name; a refusal suggests the nearest of all names."""
    found = communes[communes["commune_code"] == place]
    if found.empty:
        names = communes["name_vi"].map(lambda name: fold_name(bare_place(name)))
        found = communes[names == fold_name(bare_place(place))]
    if len(found) != 1:
        near = near_names(place, [*communes["name_vi"], *other_names]) if found.empty else []
        if near:
            raise SourceError("source.no-place-near", found=place, near=", ".join(near))
        names = ", ".join(communes["name_vi"].sort_values())
        raise SourceError("source.no-place", found=place, count=len(found), known=names)
    return found
