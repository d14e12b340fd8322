"""A plan prepared once for many checks."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import shapely

from lsgis.catalogue import (
    Layer,
    count_located,
    drawn_geometry,
    find_files,
    read_catalogue,
    read_required,
    read_rows,
)
from lsgis.check.identity import of_register
from lsgis.combine.common_ground import DIMENSION
from lsgis.combine.overlay import KINDS, require_sound, shapes_of
from lsgis.crs import datum_operation, plane_of
from lsgis.digest import (
    canonical,
    digest_of,
    hash_files,
    lsgis_version,
    plain_record,
    settled,
    shape_bytes,
)
from lsgis.errors import CatalogueError, CrsError, LayerError
from lsgis.region import Region
from lsgis.sitecheck.index import CheckIndex, Feature, describe_region
from lsgis.sitecheck.law import read_consequences
from lsgis.sitecheck.record import INTERVALS, SHARES
from lsgis.sitecheck.store import MemoryStore, shelve
from lsgis.source.embedded import require_stated
from lsgis.text import read_room_texts

if TYPE_CHECKING:
    from lsgis.source import Plan


# A layer as a check sees it: its features, its ledger (listed, located, complete), its source.

_SHARED = (
    "name_vi",
    "name_en",
    "kind",
    "phase",
    "commune_codes",
    "quality",
    "accuracy_m",
    "source",
    "clause",
)
THEME_KEYS = (
    "layer",
    "title",
    "theme",
    "state",
    "state_unset",
    "quality",
    "accuracy_m",
    "accuracy_assumed",
    "holds_to_m",
    "expected",
    "listed",
    "located",
    "complete",
    "origin",
    "area_m2",
    "area_least_m2",
    "area_most_m2",
    "length_m",
    "length_least_m",
    "length_most_m",
    "count",
    "share",
    "share_certificate",
    "nearest",
    "bands",
    "clauses",
    "caveats",
    "undrawn",
    "undrawn_count",
    "undrawn_here",
    "office",
    "findings",
)
_QUALITIES = ("none", "schematic", "indicative", "authoritative")  # from worst to best


def read_features(frame: gpd.GeoDataFrame, layer: Layer) -> list[Feature]:
    """Rows of a layer frame as features.

    Raises
    ------
    LayerError
        A row has no key, or two rows have the same; one says of its own place what cannot be.
    """
    require_stated(frame, layer, f'Plan.layers["{layer.name}"]')
    keys = frame[layer.key].fillna("").astype(str).tolist()
    twice = sorted({key for key in keys if keys.count(key) > 1} - {""})
    if "" in keys or twice:
        raise LayerError(
            "sitecheck.keys",
            layer=layer.name,
            column=layer.key,
            empty=keys.count(""),
            twice=", ".join(twice) or "-",
        )
    here = is_drawn(frame)
    rows = frame.drop(columns=frame.geometry.name).to_dict("records")
    return [_feature(layer, n, keys[n], row, bool(here[n])) for n, row in enumerate(rows)]


def is_drawn(frame: gpd.GeoDataFrame) -> Sequence[bool]:
    """Whether each row has a geometry."""
    shapes = shapes_of(frame)
    return ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))


def _feature(layer: Layer, n: int, key: str, row: Mapping[str, Any], here: bool) -> Feature:
    texts = {name: str(plain(row.get(name)) or "") for name in _SHARED if name != "accuracy_m"}
    accuracy = plain(row.get("accuracy_m"))
    return Feature(
        layer=layer.name,
        row=n,
        key=key,
        **{name: texts[name] for name in ("name_vi", "name_en", "kind", "phase")},
        commune_codes=_listed(texts["commune_codes"]),
        quality=texts["quality"] if here else "none",
        accuracy_m=math.nan if accuracy is None else float(accuracy),
        sources=_listed(texts["source"]),
        clauses=_listed(texts["clause"]) or (layer.legal.clause,),
        located=here,
        properties={str(k): plain(v) for k, v in row.items() if k not in _SHARED},
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())


def plain(value: Any) -> Any:
    """A cell as JSON can hold it: text, number, or None for nothing."""
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value if isinstance(value, str | int | float | bool) else str(value)


def make_card(
    layer: Layer,
    frame: gpd.GeoDataFrame,
    features: Sequence[Feature],
    *,
    origin: Mapping[str, Any],
    part: Mapping[str, str],
) -> dict[str, Any]:
    """What a check says of a layer as a whole; see `CheckIndex.layers`.

    A layer is complete when what the register of the layer names is drawn, not when as
    many things are: three parts of one reserve are not three reserves. Where no register
    names them, nobody can tell by counting.
    """
    counted = of_register(layer, frame)
    ledger = count_located(layer, counted)
    told = ledger[ledger["expected"].notna()]
    total = ledger.iloc[0]
    drawn = [feature for feature in features if feature.located]
    named = _names_of(layer)
    delivered = {*counted[layer.key].astype(str)}
    undrawn = [_named(feature) for feature in features if not feature.located]
    undrawn += [row for row in named if row["key"] not in delivered]
    # where the register names only some, a strange key may be one of the others, or none of them
    is_known = counted[layer.key].astype(str).isin([row["key"] for row in named])
    full = bool((told["located"] >= told["expected"]).all())
    expected = layer.expected.count
    located = int(total["located"])
    known = [f.accuracy_m for f in drawn if not math.isnan(f.accuracy_m)]
    card = {
        "name": layer.name,
        "title": dict(layer.title),
        "theme": layer.theme,
        "geometry": drawn_geometry(layer, frame),
        "key": layer.key,
        "restricts": layer.restricts,
        "roles": {role: layer.order.get(role) for role in layer.roles},
        "legal": vars(layer.legal),
        "clauses": _clauses(layer, part),
        "check": {**vars(layer.check), "bands_m": list(layer.check.bands_m)},
        "expected": expected,
        "listed": int(total["listed"]),
        "located": located,
        "drawn": len(drawn),
        "complete": expected is not None
        and full
        and bool(named)
        and bool(is_known.all())
        and bool(drawn)
        and not undrawn,
        "quality": min((f.quality for f in drawn), key=_QUALITIES.index, default="none"),
        "accuracy_m": max(known) if len(known) == len(drawn) and known else None,
        "accuracy_known_m": max(known, default=None),
        "undrawn": undrawn,
        "undrawn_codes": sorted({code for row in undrawn for code in row["commune_codes"]}),
        "undrawn_count": max(len(undrawn), (expected or 0) - located),
        "bounds": frame.total_bounds.tolist() if drawn else None,
        "data": _data(layer, origin),
        "digest": _content_digest(frame, features),
    }
    return {**card, "record": _record(card)}


def _named(feature: Feature) -> dict[str, Any]:
    return _absent(feature.key, feature.name_vi, feature.name_en, feature.commune_codes)


def _names_of(layer: Layer) -> list[dict[str, Any]]:
    """What the register of a layer says must be there, each as if nobody had located it."""
    rows = read_required(layer)
    if rows is None:
        return []
    told = rows.reindex(columns=[layer.key, "name_vi", "name_en", "commune_codes"], fill_value="")
    return [
        _absent(str(key), name_vi, name_en, _listed(codes))
        for key, name_vi, name_en, codes in told.itertuples(index=False)
    ]


def _absent(key: str, name_vi: str, name_en: str, codes: Sequence[str]) -> dict[str, Any]:
    """Something nobody has located; `here` as for a site in none of its communes."""
    names = {"key": key, "name_vi": name_vi, "name_en": name_en}
    return {**names, "commune_codes": list(codes), "here": "no" if codes else None}


def _record(card: Mapping[str, Any]) -> dict[str, Any]:
    """What a report says of the layer for a site far from everything; the check fills in the rest.

    Whether something is declared in the site's commune is unknown (None) where
    one thing names no commune or is named nowhere, or no number is stated.
    """
    copied = ("title", "theme", "quality", "accuracy_m", "expected", "listed", "located")
    found = ("area_m2", "length_m", *INTERVALS, "count", *SHARES, "nearest")
    told = {"layer": card["name"], "state": "no_data", **{name: card[name] for name in copied}}
    told |= {"complete": card["complete"], "origin": card["data"]["origin"]}
    told |= {"accuracy_assumed": False, "holds_to_m": None, "caveats": []}
    told |= {"state_unset": None}
    told |= {**dict.fromkeys(found), "bands": [], "findings": []}
    told |= {name: card[name] for name in ("clauses", "undrawn", "undrawn_count")}
    unsure = card["expected"] is None or card["undrawn_count"] > len(card["undrawn"])
    unsure |= any(row["here"] is None for row in card["undrawn"])
    told |= {"undrawn_here": None if unsure else "no", "office": card["check"]["office"] or None}
    return {name: told[name] for name in THEME_KEYS}


def _data(layer: Layer, origin: Mapping[str, Any]) -> dict[str, Any]:
    names = ("origin", "input", "sha256", "crs", "operation", "licence")
    return {name: str(plain(origin.get(name)) or "") for name in names}


def _content_digest(frame: gpd.GeoDataFrame, features: Sequence[Feature]) -> str:
    """sha256 of what a layer says, shapes (to SHAPE_STEP_M) and words, whatever file it is from."""
    total = hashlib.sha256()
    for shape, feature in zip(shapes_of(frame), features, strict=True):
        told = {**vars(feature), "accuracy_m": plain(feature.accuracy_m)}
        total.update(canonical(settled(told)) + b"\n")
        total.update(shape_bytes(shape) if feature.located else b"-")
    return total.hexdigest()


def _clauses(layer: Layer, part: Mapping[str, str]) -> list[str]:
    """Clauses under which a layer restricts: its own, those of its part of the zones."""
    named = [layer.legal.clause, part.get("clause", ""), part.get("clause_decree", "")]
    return [clause for clause in dict.fromkeys(named) if clause]


# A plan, prepared once for many checks: small pieces, ledger, registers, digests.

REGISTERS = (
    "clause",
    "instrument",
    "contradiction",
    "consequence",
    "project_type",
    "office",
    "environmental_part",
    "kind",
    "phase",
    "theme",
)
REPORTED = ("column", "dossier", "law", "site", "word")  # rooms whose texts reports are worded in


def build_index(plan: "Plan") -> CheckIndex:
    """Prepare a plan for checks: every layer of the catalogue, whole or not at all.

    Parameters
    ----------
    plan
        From `lsgis.source.read_plan`, or made of frames in the CRS of its region. The
        reading of the environmental zones it was read with is written into the index,
        whose digest differs by it.

    Raises
    ------
    LayerError
        The plan lacks a layer of the catalogue, or a layer has a feature that is
        invalid, unnamed or named twice, or features of several dimensions.
        Nothing is left out or repaired.
    CrsError
        A layer is not in the region's CRS.
    CatalogueError
        No layer of the catalogue restricts: there is nothing to hold a site against.
    """
    region = plan.region
    catalogue = read_catalogue(region)
    if not any(layer.restricts for layer in catalogue.values()):
        known = ", ".join(catalogue)
        raise CatalogueError("sitecheck.nothing-restricts", region=region.name, known=known)
    missing = [name for name in catalogue if name not in plan.layers]
    if missing:
        raise LayerError("sitecheck.layer-missing", found=", ".join(missing))
    origin = {str(row["layer"]): row for row in plan.provenance.to_dict("records")}
    clauses = {row["layer"]: row for row in _register("environmental_part", region)}
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
        "content": digest_content(region),
        "region": describe_region(region),
        "rule": plan.rule,
        "datum_accuracy_m": datum_operation(region).accuracy_m,
        "layers": {name: [card["digest"], _own_file(card)] for name, card in cards.items()},
        "parts": digest_of(parts),
    }
    restricts = {name: layer.restricts for name, layer in catalogue.items()}
    registers: dict[str, Sequence[Mapping[str, str]]] = {
        name: _register(name, region) for name in REGISTERS if name != "consequence"
    }
    registers["consequence"] = read_consequences(region, restricts)
    return CheckIndex(
        layers=cards,
        registers=registers,
        parts=parts,
        inputs=inputs,
        digest=digest_of(inputs),
        store=MemoryStore(rows, shelves),
        region=region,
    )


def digest_content(region: Region) -> dict[str, str]:
    """Digests of what the files of a region say, and of the texts that reports are worded in.

    A comment, the order of columns or keys, the ends of lines or a note for translators
    change none of them; any cell, value or word does. Geometry files count by their bytes.
    """
    catalogue = read_catalogue(region)
    drawn = sorted({layer.build.file for layer in catalogue.values() if layer.build.file})
    files = [
        (f"{name}/{n}", path)
        for name in drawn
        for n, path in enumerate(find_files(f"data/{name}", region))
    ]
    said = {
        "region": plain_record(region),
        "catalogue": {name: plain_record(layer) for name, layer in catalogue.items()},
        "registers": {name: _register(name, region) for name in region.registers()},
        "texts": {room: plain_record(read_room_texts(room)) for room in REPORTED},
    }
    told = {name: digest_of(content) for name, content in said.items()}
    return {**told, "geometry": hash_files(files)}


def _own_file(card: Mapping[str, Any]) -> str:
    """sha256 of the file a layer was handed over or fetched in; "" where lsgis carries it."""
    return "" if card["data"]["origin"] == "embedded" else card["data"]["sha256"]


def _require_one_kind(frame: gpd.GeoDataFrame, layer: Layer) -> None:
    """Refuse unsound features, and points beside polygons: one layer is measured in one way."""
    kinds = sorted(DIMENSION[kind] for kind in (layer.geometry, *layer.accepts))
    require_sound(frame, frame=layer.name, dimensions=kinds)
    if frame.crs != (plane := plane_of(layer.region)):
        expected, found = plane.to_string(), frame.crs.to_string()
        raise CrsError("sitecheck.other-plane", layer=layer.name, expected=expected, found=found)
    found = {DIMENSION[kind] for kind in frame.geom_type[is_drawn(frame)]}
    if len(found) > 1:
        told = " / ".join(KINDS[n] for n in sorted(found))
        raise LayerError("sitecheck.mixed", layer=layer.name, found=told)


def _parts(plan: "Plan") -> list[dict[str, Any]]:
    """Parts of the environmental zones, and whether somebody has drawn them."""
    if plan.parts.empty:  # a region without environmental zones
        return []
    columns = ("zone", "part", "layer", "name_vi", "name_en", "clause", "quality")
    drawn = ~(shapely.is_missing(shapes_of(plan.parts)) | shapely.is_empty(shapes_of(plan.parts)))
    rows = plan.parts[list(columns)].to_dict("records")
    return [
        {**{str(name): plain(value) for name, value in row.items()}, "drawn": bool(here)}
        for row, here in zip(rows, drawn, strict=True)
    ]


def _register(name: str, region: Region) -> list[dict[str, str]]:
    """Rows of a register as written; none when the region does not have it."""
    return [dict(row) for row in read_rows(name, region)]
