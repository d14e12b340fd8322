"""Rows of a frame as the page holds them: names, values, coordinates on a fine grid."""

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from lsgis.catalogue.layer import QUALITIES
from lsgis.crs import to_wgs84
from lsgis.text import family, say
from lsgis.webmap.citation import cite_clause, cite_sources
from lsgis.webmap.layer import MapLayer
from lsgis.webmap.look import LookKey
from lsgis.webmap.number import format_accuracy, format_value
from lsgis.webmap.shape import label_points, read_parts, write_coordinates

QUALITY = family(
    "webmap.quality-",
    "webmap.quality-authoritative",
    "webmap.quality-indicative",
    "webmap.quality-schematic",
    "webmap.quality-none",
)

FIXED = ("webmap.quality", "webmap.accuracy", "webmap.source", "webmap.clause")


def read_drawn(layer: MapLayer) -> gpd.GeoDataFrame:
    """Rows of a layer that have a place, WGS 84."""
    frame = layer.frame[layer.frame.geometry.notna() & ~layer.frame.geometry.is_empty]
    return to_wgs84(frame)


def read_features(layer: MapLayer, frame: gpd.GeoDataFrame, lang: str) -> list[dict[str, Any]]:
    """Features of a layer as the page holds them, in the order of the frame.

    Parameters
    ----------
    layer
        The layer.
    frame
        Its rows that have a place, WGS 84.
    lang
        "vi" or "en".

    Returns
    -------
    list of dict
        `name`, `values` (texts in the order of `value_titles`), `look` (a
        `LookKey`), `accuracy` (m or None), `at`/`lines`/`areas` (grid steps,
        each step relative to the one before) and, when the layer is labelled,
        `label` (longitude, latitude).
    """
    anchors = label_points(frame.geometry) if layer.label else [None] * len(frame)
    rows = zip(frame.to_dict("records"), frame.geometry, anchors, strict=True)
    return [
        feature
        for row, shape, anchor in rows
        for feature in _features(layer, lang, row, shape, anchor)
    ]


def _features(layer, lang, row: Mapping, shape, anchor) -> list[dict[str, Any]]:
    """One row; several when it mixes points, lines and polygons."""
    given = row.get("quality")
    quality = given if isinstance(given, str) and given in QUALITIES else layer.quality
    accuracy = _accuracy(row)
    base = {
        "name": _text(row, f"name_{lang}", lang) or _text(row, "name_vi", lang),
        "values": _values(layer, lang, row, quality, accuracy),
        "accuracy": accuracy,
    }
    features: list[dict[str, Any]] = []
    for kind, parts in read_parts(shape).items():
        look = LookKey(kind, _class_of(layer, row), layer.symbol or quality == "schematic")
        found = base | {"look": look} | write_coordinates(kind, parts)
        if anchor is not None and not features:
            found["label"] = [round(anchor.x, 5), round(anchor.y, 5)]
        features.append(found)
    return features


def _accuracy(row: Mapping) -> float | None:
    """Stated accuracy, metres; None when there is none or it cannot be meant."""
    metres = float(pd.to_numeric(row.get("accuracy_m", np.nan), errors="coerce"))
    return metres if np.isfinite(metres) and metres > 0 else None


def value_titles(layer: MapLayer, lang: str) -> list[str]:
    """Titles of what the card of a feature shows, in order."""
    own = [title for _, title in layer.popup_fields]
    return own + [say(code, lang) for code in (*FIXED, "webmap.note")]


def _values(layer, lang, row, quality, accuracy) -> list[str]:
    values = [_text(row, column, lang) for column, _ in layer.popup_fields]
    symbol = f" ({say('webmap.symbol', lang)})" if layer.symbol else ""
    return [
        *values,
        say(QUALITY[quality], lang) + symbol,
        format_accuracy(accuracy, lang) if accuracy is not None else "",
        cite_sources(_text(row, "source", lang)),
        cite_clause(_text(row, "clause", lang) or layer.clause),
        _text(row, f"note_{lang}", lang),
    ]


def _text(row: Mapping, column: str, lang: str) -> str:
    return format_value(row.get(column), lang).strip()


def _class_of(layer: MapLayer, row: Mapping) -> int | None:
    """Position of the row's class among the classes of the layer; None outside them."""
    values = [item.value for item in layer.classes]
    value = str(row.get(layer.class_column))
    return values.index(value) if value in values else None
