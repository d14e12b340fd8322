"""Does a frame honour its layer: counts, memberships, and every rule of one layer in its order."""

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from lsgis.catalogue import Layer, count_located
from lsgis.check.coverage import check_tiling
from lsgis.check.extent import (
    check_areas,
    check_coordinates,
    check_crs,
    check_described,
    check_inside,
    check_listed,
    name_issues,
    place_issues,
    region_in,
    require_facts,
)
from lsgis.check.form import check_forms, check_weight
from lsgis.check.identity import check_identity
from lsgis.check.issue import Issue, Term, new_issue
from lsgis.check.overlap import check_overlaps
from lsgis.check.schema import (
    check_columns,
    check_key,
    check_links,
    check_values,
    name_features,
    plain_rows,
)
from lsgis.check.shape import (
    check_duplicates,
    check_finite,
    check_hollow,
    check_present,
    check_type,
    check_valid,
    check_vertices,
    finite_shapes,
    sound_shapes,
)
from lsgis.crs import require_crs, to_vn2000
from lsgis.errors import LayerError
from lsgis.hollow import without_hollows
from lsgis.region import Region, read_region

# Does a layer hold as many features as the Decision counts: in all, by type, by phase?


def check_counts(rows: gpd.GeoDataFrame, layer: Layer) -> list[Issue]:
    """Compare the features with every number the catalogue expects, each with its clause.

    A layer that nobody has drawn (quality "none") is not short of features: what
    it lacks is declared and not located, which is a note.
    """
    found = []
    expected = layer.expected
    for column, numbers in (("kind", expected.by_type), ("phase", expected.by_phase)):
        if numbers and column not in rows:
            found.append(new_issue("LS-SKIPPED-COUNT", layer, field=column))
    shapes = finite_shapes(np.asarray(rows.geometry, dtype=object))
    located = rows.set_geometry(gpd.array.from_shapely(shapes, crs=rows.crs))
    table = count_located(layer, located)
    table = table[table["expected"].notna() & ((table["by"] == "total") | table["by"].isin(rows))]
    for row in table.itertuples():
        what = Term("check.total") if row.by == "total" else Term(row.value, row.by)
        known = {
            "what": what,
            "expected": int(row.expected),
            "listed": row.listed,
            "located": row.located,
            "instrument": layer.legal.instrument,
            "clause": layer.legal.clause,
        }
        found += [new_issue(code, layer, **known) for code in _codes(layer, row)]
    return found


def _codes(layer: Layer, row: Any) -> list[str]:
    codes, undrawn = [], layer.quality == "none"
    if row.listed < row.expected and not undrawn:
        codes.append("LS-COUNT-FEWER")
    if row.listed > row.expected:
        codes.append("LS-COUNT-MORE")
    if row.located < (row.expected if undrawn else row.listed):
        codes.append("LS-COUNT-NOT-LOCATED")
    return codes


# Does a frame honour its layer? Every issue is collected, none ends the check.


def check_layer(
    features: gpd.GeoDataFrame,
    layer: Layer,
    *,
    province: gpd.GeoDataFrame | None = None,
    facts: pd.DataFrame | None = None,
) -> list[Issue]:
    """Find everything in which features break the definition of their layer.

    What cannot be checked (no CRS, no outline, no official figure) is told as a
    note with code `LS-SKIPPED-...`: silence always means "looked at and sound".

    Parameters
    ----------
    features
        Features as read, in any CRS or none; what `read_vector` told of their CRS counts.
    layer
        Catalogue layer they claim to be.
    province
        Outline of the province, any CRS; None leaves "inside the province" unchecked.
    facts
        Official rows of this layer, all of them: its key and `area_ha`
        (`name_vi`, `in_decision` used when there). None: the features' own
        declared `area_ha` stands for the official figure.

    Returns
    -------
    list of Issue
        In the order CRS, geometry, columns, counts, areas and places; empty
        when there is nothing to say. Places in metres of the CRS of `layer.region`.

    Raises
    ------
    LayerError
        `features` has no geometry column, or `facts` lacks a column.
    CrsError
        `province` has no CRS.
    """
    rows = plain_rows(features)
    if facts is not None:
        require_facts(facts, layer)
    if province is not None:
        require_crs(province)
        province = without_hollows(province)
    keys = name_features(rows, layer)
    with np.errstate(all="ignore"):  # odd coordinates are issues, not warnings
        shapes = np.asarray(rows.geometry, dtype=object)
        where, usable = _check_reference(rows, shapes, layer, keys)
        drawn = _check_shapes(rows, shapes, layer, keys)
        found = check_described(features.attrs.get("told", ()), layer)
        found += check_hollow(features, layer)
        found += [*where, *place_issues(drawn, rows, layer.region)]
        found += _check_cells(rows, features.columns, layer, keys)
        found += check_counts(rows, layer)
        if facts is not None:
            found += check_listed(rows, layer, facts)
            found += check_identity(rows, layer, facts, keys)
        found += _check_measures(rows[usable], layer, keys[usable], province, facts)
    return name_issues(found, rows, keys)


def check_use(features: gpd.GeoDataFrame, layer: Layer) -> list[Issue]:
    """What keeps features from being used as a layer at all: those errors of `check_layer`.

    Its key, the columns and cells it requires, domains and patterns, its kinds of geometry. Where
    the features lie and how they agree with the Decision is for `check_layer`.

    Returns
    -------
    list of Issue
        Errors only; empty for features that a plan can take.

    Raises
    ------
    LayerError
        `features` has no geometry column.
    """
    rows = plain_rows(features)
    keys = name_features(rows, layer)
    with np.errstate(all="ignore"):
        drawn = _check_shapes(rows, np.asarray(rows.geometry, dtype=object), layer, keys)
    found = [*drawn, *_check_cells(rows, features.columns, layer, keys)]
    return name_issues([issue for issue in found if issue.severity == "error"], rows, keys)


def _check_cells(
    rows: gpd.GeoDataFrame, columns: pd.Index, layer: Layer, keys: np.ndarray
) -> list[Issue]:
    found = check_key(rows, layer, keys) + check_columns(rows, columns, layer)
    return found + check_values(rows, layer, keys) + check_links(rows, layer, keys)


def _check_reference(
    rows: gpd.GeoDataFrame, shapes: np.ndarray, layer: Layer, keys: np.ndarray
) -> tuple[list[Issue], np.ndarray]:
    """Issues of the CRS and coordinates, and which features can be measured in metres."""
    known = finite_shapes(shapes)
    located = ~shapely.is_missing(known)
    found, usable = check_crs(rows, layer, known[located]), np.zeros(len(rows), dtype=bool)
    if rows.crs is None or region_in(rows.crs, layer.region) is None:
        skipped = [new_issue("LS-SKIPPED-METRES", layer)] if located.any() else []
        return found + skipped, usable
    wrong, near = check_coordinates(known, rows.crs, layer, keys)
    usable = near & sound_shapes(shapes)
    left_out = int((~shapely.is_missing(shapes) & ~usable).sum())
    if left_out:
        wrong.append(new_issue("LS-SKIPPED-FEATURES", layer, count=left_out, total=len(rows)))
    return found + wrong, usable


def _check_shapes(
    rows: gpd.GeoDataFrame, shapes: np.ndarray, layer: Layer, keys: np.ndarray
) -> list[Issue]:
    found = []
    if not len(rows) and layer.quality != "none":
        found.append(new_issue("LS-LAYER-EMPTY", layer))
    found += check_present(rows, shapes, layer, keys)
    found += check_type(shapes, layer, keys) + check_finite(shapes, layer, keys)
    known = finite_shapes(shapes)
    for check in (check_valid, check_vertices, check_duplicates, check_weight):
        found += check(known, layer, keys)
    return found


def _check_measures(
    rows: gpd.GeoDataFrame,
    layer: Layer,
    keys: np.ndarray,
    province: gpd.GeoDataFrame | None,
    facts: pd.DataFrame | None,
) -> list[Issue]:
    """Checks in metres, on features that have a sound place in or near the province."""
    if not len(rows):
        return []
    metres, found = to_vn2000(rows, region=layer.region), []
    areal = shapely.get_dimensions(np.asarray(rows.geometry)) == 2
    if areal.any() and "Polygon" in (layer.geometry, *layer.accepts):
        found += check_areas(metres[areal], layer, keys[areal], facts)
        found += check_forms(metres[areal], layer, keys[areal])
        found += check_overlaps(rows[areal], layer, keys[areal])
        if layer.expected.tiles:
            found += check_tiling(rows[areal], layer, keys[areal])
    if province is None:
        return [*found, new_issue("LS-SKIPPED-PROVINCE", layer)]
    return found + check_inside(metres, layer, keys, province)


# Do the Decision's lists of communes name real units, and do they share them out?

_SUBJECT = "membership"


def check_memberships(
    lists: pd.DataFrame,
    units: pd.DataFrame,
    *,
    partition: Sequence[str] = (),
    region: Region | None = None,
) -> list[Issue]:
    """Hold lists of communes against the units there are; nothing is assigned.

    Parameters
    ----------
    lists
        Columns `list`, `commune_code`: one row for each unit a list names.
    units
        Column `commune_code` (and `name_vi`, used in messages): every unit once.
    partition
        Lists that together ought to hold every unit exactly once.
    region
        Whose units they are.

    Returns
    -------
    list of Issue
        Unknown codes, units named twice in a list, and for `partition` units
        in none and units in several of its lists. `key` is the commune's code.

    Raises
    ------
    LayerError
        A column is missing, or `partition` names a list that has no row.
    """
    _require(lists, ("list", "commune_code"), "lists")
    _require(units, ("commune_code",), "units")
    missing = sorted(set(partition) - set(lists["list"]))
    if missing:
        known = ", ".join(sorted(set(lists["list"])))
        raise LayerError("check.no-list", found=", ".join(missing), known=known)
    codes = units["commune_code"].map(str)
    names = units["name_vi"].map(str) if "name_vi" in units else codes
    called = dict(zip(codes, names, strict=True))
    rows = lists.assign(commune_code=lists["commune_code"].map(str))
    region = region or read_region()
    found = _check_rows(rows, called, region)
    return found + (_check_partition(rows, called, partition, region) if partition else [])


def _check_rows(rows: pd.DataFrame, called: dict[str, str], region: Region) -> list[Issue]:
    pairs = rows.groupby(["list", "commune_code"], sort=False).size()
    found = []
    for (name, code), count in pairs.items():
        known: dict[str, Any] = {"list": name, "name": called.get(code, ""), "count": int(count)}
        if code not in called:
            found.append(new_issue("LS-LIST-UNKNOWN", _SUBJECT, region=region, key=code, **known))
        if count > 1:
            found.append(new_issue("LS-LIST-REPEATED", _SUBJECT, region=region, key=code, **known))
    return found


def _check_partition(
    rows: pd.DataFrame, called: dict[str, str], partition: Sequence[str], region: Region
) -> list[Issue]:
    """Units that stand in none or in several of the lists, in the order of the units."""
    part = rows[rows["list"].isin(partition)].drop_duplicates(["list", "commune_code"])
    holders = part.groupby("commune_code")["list"].agg(tuple).to_dict()
    found = []
    for code, name in called.items():
        held = holders.get(code, ())
        known: dict[str, Any] = {"key": code, "name": name, "region": region}
        if not held:
            lists = tuple(partition)
            found.append(new_issue("LS-LIST-UNASSIGNED", _SUBJECT, lists=lists, **known))
        elif len(held) > 1:
            found.append(new_issue("LS-LIST-SEVERAL", _SUBJECT, lists=held, **known))
    return found


def _require(frame: pd.DataFrame, columns: Sequence[str], what: str) -> None:
    missing = [name for name in columns if name not in frame]
    if missing:
        raise LayerError("check.no-column", what=what, missing=", ".join(missing))
