"""Does a frame honour its layer? Every issue is collected, none ends the check."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from lsgis.catalogue import Layer
from lsgis.check.count import check_counts
from lsgis.check.coverage import check_tiling
from lsgis.check.form import check_forms, check_weight
from lsgis.check.issue import Issue, new_issue
from lsgis.check.link import check_links
from lsgis.check.official import check_areas, check_listed, require_facts
from lsgis.check.outline import check_inside
from lsgis.check.overlap import check_overlaps
from lsgis.check.place import name_issues, place_issues
from lsgis.check.reference import check_coordinates, check_crs, region_in
from lsgis.check.row import name_features, plain_rows
from lsgis.check.schema import check_columns, check_key, check_values
from lsgis.check.shape import (
    check_duplicates,
    check_finite,
    check_present,
    check_type,
    check_valid,
    check_vertices,
    finite_shapes,
    sound_shapes,
)
from lsgis.crs import require_crs, to_vn2000


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
        Features as read, in any CRS or none.
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
        when there is nothing to say. Places in EPSG:9215.

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
    keys = name_features(rows, layer)
    with np.errstate(all="ignore"):  # odd coordinates are issues, not warnings
        shapes = np.asarray(rows.geometry, dtype=object)
        where, usable = _check_reference(rows, shapes, layer, keys)
        drawn = _check_shapes(rows, shapes, layer, keys)
        found = [*where, *place_issues(drawn, rows)]
        found += check_key(rows, layer, keys) + check_columns(rows, features.columns, layer)
        found += check_values(rows, layer, keys) + check_links(rows, layer, keys)
        found += check_counts(rows, layer)
        found += check_listed(rows, layer, facts) if facts is not None else []
        found += _check_measures(rows[usable], layer, keys[usable], province, facts)
    return name_issues(found, rows, keys)


def _check_reference(
    rows: gpd.GeoDataFrame, shapes: np.ndarray, layer: Layer, keys: np.ndarray
) -> tuple[list[Issue], np.ndarray]:
    """Issues of the CRS and coordinates, and which features can be measured in metres."""
    known = finite_shapes(shapes)
    located = ~shapely.is_missing(known)
    found, usable = check_crs(rows, layer, known[located]), np.zeros(len(rows), dtype=bool)
    if rows.crs is None or region_in(rows.crs) is None:
        skipped = [new_issue("LS-SKIPPED-METRES", layer.name)] if located.any() else []
        return found + skipped, usable
    wrong, near = check_coordinates(known, rows.crs, layer, keys)
    usable = near & sound_shapes(shapes)
    left_out = int((~shapely.is_missing(shapes) & ~usable).sum())
    if left_out:
        wrong.append(new_issue("LS-SKIPPED-FEATURES", layer.name, count=left_out, total=len(rows)))
    return found + wrong, usable


def _check_shapes(
    rows: gpd.GeoDataFrame, shapes: np.ndarray, layer: Layer, keys: np.ndarray
) -> list[Issue]:
    found = []
    if not len(rows) and layer.quality != "none":
        found.append(new_issue("LS-LAYER-EMPTY", layer.name))
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
    metres, found = to_vn2000(rows), []
    areal = shapely.get_dimensions(np.asarray(rows.geometry)) == 2
    if areal.any() and "Polygon" in (layer.geometry, *layer.accepts):
        found += check_areas(metres[areal], layer, keys[areal], facts)
        found += check_forms(metres[areal], layer, keys[areal])
        found += check_overlaps(rows[areal], layer, keys[areal])
        if layer.expected.tiles:
            found += check_tiling(rows[areal], layer, keys[areal])
    if province is None:
        return [*found, new_issue("LS-SKIPPED-PROVINCE", layer.name)]
    return found + check_inside(metres, layer, keys, province)
