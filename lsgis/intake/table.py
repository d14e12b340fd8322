"""Tables: CSV, XLSX, DBF as text cells; features from a column of WKT or two of coordinates."""

import csv
import re
import shutil
import tempfile
import unicodedata
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from lsgis.errors import LayerError
from lsgis.intake.feature import UNREADABLE, Found, Lost, reader_reason

SHEETS = {".xlsx", ".xlsm", ".ods"}
TEXTS = {".csv", ".tsv", ".txt"}
_SHAPES = ("wkt", "geom", "geometry", "thegeom", "hinhhoc", "shape")
_PAIRS = (
    ("lon", "lat"), ("long", "lat"), ("lng", "lat"), ("longitude", "latitude"),
    ("kinhdo", "vido"), ("easting", "northing"), ("dong", "bac"), ("x", "y"), ("xm", "ym"),
    ("toadox", "toadoy"), ("xcoord", "ycoord"), ("pointx", "pointy"), ("coordx", "coordy"),
)  # fmt: skip
_NORTHING = 1_000_000  # m: no easting in Viet Nam reaches it, no northing falls short of it


def read_table(path: str | Path, *, layer: str | None = None) -> pd.DataFrame:
    """Read a table of facts: every cell as the text it is, empty cells missing.

    Parameters
    ----------
    path
        CSV (UTF-8), a spreadsheet (XLSX, ODS) or a DBF, whose text is decoded as
        its language driver or .cpg says.
    layer
        Which sheet, when there are several.

    Raises
    ------
    LayerError
        No such file, no table, or several sheets and none named.
    """
    path = Path(path)
    if not path.exists():
        raise LayerError("intake.missing", path=path)
    if path.suffix.lower() in SHEETS | {".dbf"}:
        return _read_sheet(path, layer)
    try:
        rows = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError, OSError) as error:
        raise LayerError("intake.no-table", path=path, reason=error) from error
    return rows.where(rows != "", None)


def _read_sheet(path: Path, layer: str | None) -> pd.DataFrame:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        source = path
        if path.suffix.lower() == ".dbf":  # alone: a .shp beside it is another matter
            source = Path(shutil.copy(path, folder))
            if path.with_suffix(".cpg").exists():
                shutil.copy(path.with_suffix(".cpg"), folder)
        try:
            names = [str(name) for name, _ in pyogrio.list_layers(source)]
            if layer is None and len(names) > 1:
                raise LayerError("intake.which-layer", path=path, found=", ".join(names))
            options = {"HEADERS": "FORCE"} if path.suffix.lower() in SHEETS else {}
            rows = pyogrio.read_dataframe(source, layer=layer, read_geometry=False, **options)
        except (*UNREADABLE, UnicodeDecodeError) as error:
            reason = reader_reason(error, source)
            raise LayerError("intake.no-table", path=path, reason=reason) from error
    return pd.DataFrame({name: [_cell(v) for v in rows[name]] for name in rows}, dtype=object)


def _cell(value: object) -> str | None:
    if value is None or (not isinstance(value, str) and pd.isna(value)) or value == "":
        return None
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def read_rows(path: Path, layer: str | None) -> Found:
    """Rows of a table with their geometry; a row without a sound one keeps its cells.

    Raises
    ------
    LayerError
        No column of WKT, and no two columns of coordinates.
    """
    if path.suffix.lower() in SHEETS:
        found = Found(_read_sheet(path, layer))
    else:
        found = _read_text(path)
    rows = found.frame
    folded = {_fold(name): name for name in reversed(list(rows.columns))}
    shape = next((folded[name] for name in _SHAPES if name in folded), None)
    pair = next(((folded[a], folded[b]) for a, b in _PAIRS if a in folded and b in folded), None)
    if shape is not None:
        shapes, lost = _from_wkt(rows[shape])
        rows = rows.drop(columns=shape)
    elif pair is not None:
        shapes, lost = _from_pair(rows, pair, found)
    else:
        columns = ", ".join(map(str, rows.columns))
        raise LayerError("intake.no-geometry", path=path, columns=columns)
    found.lost = sorted({number: reason for number, reason in [*lost, *found.lost]}.items())
    found.frame = gpd.GeoDataFrame(rows, geometry=shapes)
    return found


def _fold(name: object) -> str:
    bare = unicodedata.normalize("NFD", str(name).lower().replace("đ", "d"))
    return re.sub(r"[^a-z0-9]", "", bare)


def _read_text(path: Path) -> Found:
    """Cells of a delimited text; a row with more cells than the heading loses those, and is told."""
    raw = path.read_bytes()
    told = []
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "surrogateescape")
        text = "".join(chr(ord(c) & 0xFF) if 0xDC80 <= ord(c) <= 0xDCFF else c for c in text)
        told = [("bytes", path.name, "UTF-8", "Windows-1252")]
    heading = text.split("\n", 1)[0]
    mark = max(",;\t|", key=heading.count)
    try:
        lines = [row for row in csv.reader(text.splitlines(), delimiter=mark) if row]
    except csv.Error as error:
        raise LayerError("intake.no-table", path=path, reason=error) from error
    if not lines:
        raise LayerError("intake.no-table", path=path, reason="no rows")
    names = [name.strip() or f"field_{i}" for i, name in enumerate(lines[0], start=1)]
    names = [n if names.index(n) == i else f"{n}_{i + 1}" for i, n in enumerate(names)]
    lost = [
        (number, f"{len(row)} cells under a heading of {len(names)}: {row[len(names) :]}")
        for number, row in enumerate(lines[1:], start=1)
        if len(row) > len(names)
    ]
    cells = [(row + [""] * len(names))[: len(names)] for row in lines[1:]]
    rows = pd.DataFrame(cells, columns=names, dtype=object)
    return Found(rows.where(rows != "", None), lost, told)


def _from_wkt(texts: pd.Series) -> tuple[np.ndarray, list[Lost]]:
    values = [text if isinstance(text, str) else None for text in texts]
    shapes = shapely.from_wkt(np.array(values, dtype=object), on_invalid="ignore")
    lost = [
        (number, f"no WKT: {text[:60]!r}")
        for number, (text, shape) in enumerate(zip(values, shapes, strict=True), start=1)
        if text is not None and shape is None
    ]
    return shapes, lost


def _from_pair(
    rows: pd.DataFrame, pair: tuple[str, str], found: Found
) -> tuple[np.ndarray, list[Lost]]:
    """Points; X and Y as Vietnamese tables print them (X north) are turned, and told."""
    x, y = (_numbers(rows[name]) for name in pair)
    both = np.isfinite(x) & np.isfinite(y)
    if both.any() and (x[both] >= _NORTHING).all() and (y[both] < _NORTHING).all():
        x, y = y, x
        found.told.append(("axes", ", ".join(pair), "northing, easting", "easting, northing"))
    shapes = np.full(len(rows), None, dtype=object)
    shapes[both] = shapely.points(x[both], y[both])
    stated = rows[list(pair)].notna().any(axis=1).to_numpy(dtype=bool)
    lost = [
        (int(i) + 1, f"no coordinates: {rows[pair[0]].iloc[i]!r}, {rows[pair[1]].iloc[i]!r}")
        for i in np.flatnonzero(stated & ~both)
    ]
    return shapes, lost


def _numbers(cells: pd.Series) -> np.ndarray:
    """Numbers of a column; a single comma is a decimal comma."""
    texts = cells.astype("string").str.strip().str.replace(r"^(-?\d+),(\d+)$", r"\1.\2", regex=True)
    values = pd.to_numeric(texts, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan)
