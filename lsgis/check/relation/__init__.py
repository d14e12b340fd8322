"""Do the layers of a plan agree with each other? Rules between layers, each a row of data."""

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from lsgis.catalogue import drawn_geometry, read_catalogue, read_overlaps, resolve_overlaps
from lsgis.check.issue import Issue, new_issue
from lsgis.check.outline import worst_accuracy
from lsgis.check.relation.inside import check_declared
from lsgis.check.relation.overlay import check_overlays
from lsgis.check.relation.rule import RELATIONS, read_relations, require_relations
from lsgis.check.relation.subject import Subject, named_in, subjects_of
from lsgis.check.relation.touch import check_at_border, check_touches
from lsgis.crs import require_vn2000
from lsgis.errors import CatalogueError

__all__ = ["RELATIONS", "check_between", "read_relations"]

# points and polygons lie in a place; lines and polygons reach one
_DIMENSIONS = {"inside": (0, 2), "touches": (1, 2), "touches_any": (1, 2), "at_border": (0, 1, 2)}


@np.errstate(all="ignore")  # odd coordinates are issues, not warnings
def check_between(
    layers: Mapping[str, gpd.GeoDataFrame],
    *,
    relations: pd.DataFrame | None = None,
    overlaps: pd.DataFrame | None = None,
) -> list[Issue]:
    """Find everything in which the layers of a plan contradict each other.

    What lies nowhere is not judged (`check_layer` tells it). Accuracy is
    respected: what the stated errors may explain is a note. Silence means
    looked at and sound; what could not be looked at is told (`LS-SKIPPED-RELATION`).

    Parameters
    ----------
    layers
        Frames by name of their layer, EPSG:9215, with the layer's key and
        (where known) `name_vi`, `accuracy_m`, `commune_codes`. They may be some
        of the catalogue's layers only.
    relations
        Rules, as rows of `data/relation.csv` (the default); see `require_relations`.
    overlaps
        Matrix of overlaps, as rows of `data/overlap_rule.csv` (the default).

    Returns
    -------
    list of Issue
        Relations in the order of their rules, then overlaps, a pair of layers
        at a time. Places and shapes in EPSG:9215, `distance_m`, `accuracy_m` in metres.

    Raises
    ------
    CatalogueError
        A frame belongs to no layer of the catalogue, or a row of `overlaps` is wrong.
    LayerError
        A row of `relations` is wrong.
    CrsError
        A frame is not in EPSG:9215.
    """
    catalogue = read_catalogue()
    unknown = sorted(set(layers) - set(catalogue))
    if unknown:
        known = ", ".join(catalogue)
        raise CatalogueError("catalogue.no-layer", found=", ".join(unknown), known=known)
    require_vn2000(*layers.values())
    rows = read_relations() if relations is None else require_relations(relations, catalogue)
    matrix = read_overlaps() if overlaps is None else resolve_overlaps(overlaps, catalogue)
    found, asked = [], set()
    for rule in rows.to_dict("records"):
        subjects = subjects_of(rule, layers, dimensions=_DIMENSIONS[rule["relation"]])
        if subjects:
            asked.add(rule["other"])
            found += _check_rule(rule, subjects, layers.get(rule["other"]))
    coarse = [name for name in layers if name in asked and _is_schematic(name, layers[name])]
    found += [
        new_issue("LS-REL-COARSE", name, accuracy_m=worst_accuracy(layers[name])) for name in coarse
    ]
    return found + check_overlays(layers, matrix)


def _check_rule(
    rule: Mapping[str, Any], subjects: list[Subject], other: gpd.GeoDataFrame | None
) -> list[Issue]:
    named, relation = named_in(str(rule["other"]), other), rule["relation"]
    found = []
    for subject in subjects:
        if relation == "inside":
            found += check_declared(subject, named)
        elif relation == "at_border":
            found += check_at_border(subject, other, named)
        else:
            found += check_touches(subject, named)
    return found


def _is_schematic(name: str, frame: gpd.GeoDataFrame) -> bool:
    """Whether a layer of polygons, on which others are judged, is only a schematic drawing."""
    areal = drawn_geometry(read_catalogue()[name], frame) == "Polygon"
    return areal and "quality" in frame and bool((frame["quality"] == "schematic").any())
