"""A plan, prepared once for many checks: small pieces, ledger, registers, digests."""

import csv
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import shapely

from lsgis.catalogue import Layer, read_catalogue
from lsgis.combine.soundness import KINDS, require_sound, shapes_of
from lsgis.crs import datum_operation
from lsgis.errors import LayerError
from lsgis.resource import data_dir
from lsgis.sitecheck.digest import digest_of, hash_files, lsgis_version, package_files
from lsgis.sitecheck.index.card import is_drawn, make_card, plain, read_features
from lsgis.sitecheck.index.check_index import CheckIndex
from lsgis.sitecheck.index.memory import MemoryStore, shelve
from lsgis.sitecheck.index.overlap import DIMENSION

if TYPE_CHECKING:
    from lsgis.source import Plan

REGISTERS = (
    "clause", "instrument", "contradiction", "consequence", "project_type", "office",
    "environmental_part", "kind", "theme",
)  # fmt: skip


def build_index(plan: "Plan", *, rule: str = "339") -> CheckIndex:
    """Prepare a plan for checks: every layer of the catalogue, whole or not at all.

    Parameters
    ----------
    plan
        From `lsgis.source.read_plan`, or made of frames in EPSG:9215.
    rule
        Rule of the environmental zoning the plan was read with; it is written
        into the index, whose digest differs by it.

    Raises
    ------
    LayerError
        The plan lacks a layer of the catalogue, or a layer has a feature that is
        invalid, unnamed or named twice, or features of several dimensions.
        Nothing is left out or repaired.
    CrsError
        A layer is not in EPSG:9215.
    """
    catalogue = read_catalogue()
    missing = [name for name in catalogue if name not in plan.layers]
    if missing:
        raise LayerError("sitecheck.layer-missing", found=", ".join(missing))
    origin = {str(row["layer"]): row for row in plan.provenance.to_dict("records")}
    clauses = {row["layer"]: row for row in _register("environmental_part")}
    rows, shelves, cards = {}, {}, {}
    for name, layer in catalogue.items():
        frame = plan.layers[name]
        _require_one_kind(frame, layer)
        rows[name] = read_features(frame, layer)
        shelves[name] = shelve(shapes_of(frame))
        cards[name] = make_card(
            layer, frame, rows[name], origin=origin.get(name, {}), part=clauses.get(name, {})
        )
    parts = _parts(plan)
    inputs = {
        "lsgis": lsgis_version(),
        "files": hash_files(package_files()),
        "rule": rule,
        "datum_accuracy_m": datum_operation().accuracy_m,
        "layers": {name: [card["digest"], card["data"]["sha256"]] for name, card in cards.items()},
        "parts": digest_of(parts),
    }
    return CheckIndex(
        layers=cards,
        registers={name: _register(name) for name in REGISTERS},
        parts=parts,
        inputs=inputs,
        digest=digest_of(inputs),
        store=MemoryStore(rows, shelves),
    )


def _require_one_kind(frame: gpd.GeoDataFrame, layer: Layer) -> None:
    """Refuse unsound features, and points beside polygons: one layer is measured in one way."""
    kinds = sorted(DIMENSION[kind] for kind in (layer.geometry, *layer.accepts))
    require_sound(frame, frame=layer.name, dimensions=kinds)
    found = {DIMENSION[kind] for kind in frame.geom_type[is_drawn(frame)]}
    if len(found) > 1:
        told = " / ".join(KINDS[n] for n in sorted(found))
        raise LayerError("sitecheck.mixed", layer=layer.name, found=told)


def _parts(plan: "Plan") -> list[dict[str, Any]]:
    """Parts of the environmental zones, and whether somebody has drawn them."""
    columns = ("zone", "part", "layer", "name_vi", "name_en", "clause", "quality")
    drawn = ~(shapely.is_missing(shapes_of(plan.parts)) | shapely.is_empty(shapes_of(plan.parts)))
    rows = plan.parts[list(columns)].to_dict("records")
    return [
        {**{str(name): plain(value) for name, value in row.items()}, "drawn": bool(here)}
        for row, here in zip(rows, drawn, strict=True)
    ]


def _register(name: str) -> list[dict[str, str]]:
    """Rows of a register as written; none when lsgis does not carry it."""
    path = data_dir() / f"{name}.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
