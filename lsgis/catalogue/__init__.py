"""The layers the Decision draws and the facts it rests on: files under `layers/` and `data/`."""

from lsgis.catalogue.count import count_located
from lsgis.catalogue.geometry import drawn_geometry
from lsgis.catalogue.layer import (
    Build,
    Check,
    Expected,
    Field,
    Layer,
    Legal,
    Style,
    read_catalogue,
    read_layer_file,
    require_layer,
)
from lsgis.catalogue.overlap import ANY, overlap_rule, read_overlaps, resolve_overlaps
from lsgis.catalogue.register import read_facts, read_membership, read_register, title_of

__all__ = [
    "ANY",
    "Build",
    "Check",
    "Expected",
    "Field",
    "Layer",
    "Legal",
    "Style",
    "count_located",
    "drawn_geometry",
    "overlap_rule",
    "read_catalogue",
    "read_facts",
    "read_layer_file",
    "read_membership",
    "read_overlaps",
    "read_register",
    "require_layer",
    "resolve_overlaps",
    "title_of",
]
