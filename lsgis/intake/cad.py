"""Drawings (DXF, DGN): their letters, their CAD layers, what kinds of things they hold."""

import difflib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from lsgis.errors import LayerError
from lsgis.intake.notation import bare_name

# What the header of a DXF says, and escapes in it.

DRAWINGS = {".dxf", ".dgn"}
_HEAD_BYTES = 262_144
_VARIABLE = re.compile(
    rb"\$(ACADVER|DWGCODEPAGE|INSUNITS)\s+(?:1|3|70)\s*\r?\n\s*([\w.-]+)\s*\r?\n"
)
_ESCAPE = re.compile(r"\\U\+([0-9A-Fa-f]{4})")


def read_header(path: Path) -> dict[str, str]:
    """ACADVER, DWGCODEPAGE and INSUNITS of a DXF in text, as far as it states them."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    found = {name.decode(): value.decode() for name, value in _VARIABLE.findall(head)}
    return {name: value.upper() for name, value in found.items()}


def unescape_layers(frame: pd.DataFrame) -> pd.DataFrame:
    """The same rows of a drawing, escapes in the names of CAD layers read as letters."""
    column = cad_column(frame)
    if column is not None:
        frame[column] = [_unescaped(cell) for cell in frame[column]]
    return frame


def _unescaped(cell: object) -> object:
    if not isinstance(cell, str):
        return cell
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), cell)


_METRES = {"0", "6"}  # no unit, metres
_UNITS = {"1": "in", "2": "ft", "3": "mi", "4": "mm", "5": "cm", "7": "km", "14": "dm"}


def unit_of(path: Path) -> str | None:
    """The unit a DXF says it is drawn in, None for metres or none: told, never reckoned with.

    Drawings in metres often say millimetres, for nobody ever set it.
    """
    if path.suffix.lower() != ".dxf" or not path.is_file():
        return None
    stated = read_header(path).get("INSUNITS", "0")
    return None if stated in _METRES else _UNITS.get(stated, stated)


_FROZEN = 1  # bit of group 70 of a LAYER record; a negative colour (62) is one switched off
_CODECS = ("utf-8", "cp1258", "cp1252")


def hidden_layers(path: Path, frame: pd.DataFrame) -> list[str]:
    """CAD layers with entities that a DXF in text has frozen or switched off: told, and read.

    Parameters
    ----------
    path
        The drawing; its LAYER table is read, as far as it has one.
    frame
        Its entities, for the names of their CAD layers.
    """
    column = cad_column(frame)
    if path.suffix.lower() != ".dxf" or not path.is_file() or column is None:
        return []
    drawn = {unicodedata.normalize("NFC", str(name)) for name in frame[column]}
    return sorted(drawn & {name for raw in _hidden(path) for name in _spelled(raw)})


def _hidden(path: Path) -> Iterator[bytes]:
    """Names, in bytes, of the layers that the LAYER table hides."""
    record: dict[bytes, bytes] = {}
    with path.open("rb") as file:
        for code, value in zip(file, file, strict=False):
            code, value = code.strip(), value.strip()
            if code != b"0":
                record.setdefault(code, value)
                continue
            if record.get(b"0") == b"LAYER" and b"2" in record and _is_hidden(record):
                yield record[b"2"]
            if record.get(b"0") == b"SECTION" and record.get(b"2") in (b"ENTITIES", b"BLOCKS"):
                return
            record = {b"0": value}


def _is_hidden(record: Mapping[bytes, bytes]) -> bool:
    flags, color = record.get(b"70", b"0"), record.get(b"62", b"7")
    return (flags.isdigit() and bool(int(flags) & _FROZEN)) or color.startswith(b"-")


def _spelled(raw: bytes) -> set[str]:
    """What a name may read as, by the letters drawings are written in."""
    found = set()
    for codec in _CODECS:
        with suppress(UnicodeDecodeError):
            found.add(unicodedata.normalize("NFC", str(_unescaped(raw.decode(codec)))))
    return found


# CAD layers of a drawing: what each holds, and which are asked for.

_COLUMNS = {"Layer": {"SubClasses", "EntityHandle"}, "Level": {"GraphicGroup", "ColorIndex"}}
_DGN = {3: "Line", 4: "LineString", 6: "Shape", 7: "TextNode", 11: "Curve", 12: "ComplexChain",
        14: "ComplexShape", 15: "Ellipse", 16: "Arc", 17: "Text", 21: "BSpline"}  # fmt: skip
_MOST_NAMED = 20
_NEAR = 0.6
LeftOut = list[tuple[str, str, int]]  # CAD layer, kind of entity, how many


def cad_column(frame: pd.DataFrame) -> str | None:
    """The column that names the CAD layer (DXF) or level (DGN); None when this is no drawing."""
    return next((name for name, more in _COLUMNS.items() if {name, *more} <= {*frame}), None)


def entity_kinds(frame: gpd.GeoDataFrame) -> np.ndarray:
    """What each entity is in CAD words: Polyline, Line, Text, Hatch, BlockReference."""
    shapes = frame.geom_type.fillna("-").to_numpy(dtype=object)
    if cad_column(frame) == "Level":
        return np.array([_DGN.get(int(t), s) for t, s in zip(frame["Type"], shapes, strict=True)])
    found = []
    for classes, text, shape in zip(frame["SubClasses"], frame["Text"], shapes, strict=True):
        last = classes.rpartition(":")[2] if isinstance(classes, str) else ""
        name = last.removeprefix("AcDb") if last != "AcDbEntity" else ""
        found.append(name or ("Text" if isinstance(text, str) and shape == "Point" else shape))
    return np.array(found, dtype=object)


def are_texts(frame: gpd.GeoDataFrame) -> np.ndarray:
    """Which entities are writing on the drawing, and no thing that is drawn."""
    written = frame["Text"].map(lambda text: isinstance(text, str) and bool(text.strip()))
    return (written & (frame.geom_type == "Point")).to_numpy(dtype=bool)


def count_entities(frame: gpd.GeoDataFrame) -> LeftOut:
    """How many entities of each kind each CAD layer has."""
    names = frame[cad_column(frame)].map(str)
    counts = pd.Series(1, index=[names, entity_kinds(frame)]).groupby(level=[0, 1]).sum()
    return [(str(name), str(kind), int(count)) for (name, kind), count in counts.items()]


def choose_cad_layers(
    frame: gpd.GeoDataFrame, wanted: Sequence[str], path: Path
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """The entities of some CAD layers, and all others; numbered as before.

    Parameters
    ----------
    wanted
        Names; capitals do not matter, and `*` and `?` stand for any letters and one.

    Raises
    ------
    LayerError
        The file is no drawing, or a name fits none of its CAD layers: those there are, with
        how many entities each has, and the nearest name.
    """
    column = cad_column(frame)
    if column is None:
        raise LayerError("intake.no-drawing", path=path, layer=", ".join(wanted))
    names = frame[column].map(str)
    chosen: set[str] = set()
    for pattern in wanted:
        fitting = _fitting(pattern, list(dict.fromkeys(names)))
        if not fitting:
            raise _no_cad_layer(pattern, names, path)
        chosen.update(fitting)
    kept = names.isin(chosen).to_numpy(dtype=bool)
    return frame[kept], frame[~kept]


def _fitting(pattern: str, names: list[str]) -> list[str]:
    """Names a pattern means: the one written alike, else all that it fits."""
    wanted = _folded(pattern)
    exact = [name for name in names if _folded(name) == wanted]
    return exact or [name for name in names if fnmatchcase(_folded(name), wanted)]


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip().casefold()


def _no_cad_layer(pattern: str, names: pd.Series, path: Path) -> LayerError:
    bare = {bare_name(name): name for name in dict.fromkeys(names)}
    near = difflib.get_close_matches(bare_name(pattern), bare, n=3, cutoff=_NEAR)
    values = {"path": path, "layer": pattern, "found": list_cad_layers(names)}
    if not near:
        return LayerError("intake.no-cad-layer", **values)
    return LayerError("intake.no-cad-layer-near", near=", ".join(bare[n] for n in near), **values)


def list_cad_layers(names: pd.Series) -> str:
    """CAD layers with how many entities each has, the largest first, for a message."""
    counts = names.map(str).value_counts()
    told = [f"{name} ({count})" for name, count in counts.head(_MOST_NAMED).items()]
    return ", ".join(told) + (", …" if len(counts) > _MOST_NAMED else "")


def require_one_cad_layer(frame: gpd.GeoDataFrame, ground: np.ndarray, path: Path) -> None:
    """Refuse ground in several CAD layers of which nobody said which is meant.

    A frame around the sheet is as much a closed line as the boundary within it.

    Parameters
    ----------
    ground
        Which entities enclose ground.

    Raises
    ------
    LayerError
        `intake.which-cad-layer`: the CAD layers, with how many such entities each has.
    """
    names = frame[cad_column(frame)].map(str)[ground]
    if names.nunique() > 1:
        raise LayerError("intake.which-cad-layer", path=path, found=list_cad_layers(names))
