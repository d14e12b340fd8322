"""The layers the Decision draws and the facts it rests on: files under `layers/` and `data/`."""

from lsgis.catalogue.definition import read_layer_file
from lsgis.catalogue.folder import (
    ANY,
    ByLayer,
    UnknownLayerError,
    layer_with_role,
    layers_with_role,
    list_open,
    overlap_rule,
    read_catalogue,
    read_overlaps,
    read_unit_register,
    require_layer,
    resolve_overlaps,
)
from lsgis.catalogue.layer import (
    Build,
    Check,
    Expected,
    Field,
    Layer,
    Legal,
    Style,
    count_located,
    drawn_geometry,
)
from lsgis.catalogue.register import (
    find_files,
    read_facts,
    read_membership,
    read_register,
    read_rows,
    title_of,
)
from lsgis.toml_record import Problem

__all__ = [
    "ANY",
    "Build",
    "ByLayer",
    "Check",
    "Expected",
    "Field",
    "Layer",
    "Legal",
    "Problem",
    "Style",
    "UnknownLayerError",
    "count_located",
    "drawn_geometry",
    "find_files",
    "layer_with_role",
    "layers_with_role",
    "list_open",
    "overlap_rule",
    "read_catalogue",
    "read_facts",
    "read_layer_file",
    "read_membership",
    "read_overlaps",
    "read_register",
    "read_rows",
    "read_unit_register",
    "require_layer",
    "resolve_overlaps",
    "title_of",
]
