"""Tables: CSV, XLSX, DBF, every cell as the text it is."""

import csv
import shutil
import tempfile
from pathlib import Path

import pandas as pd
import pyogrio

from lsgis.errors import LayerError
from lsgis.intake.feature import UNREADABLE, Found, reader_reason

SHEETS = {".xlsx", ".xlsm", ".ods"}
TEXTS = {".csv", ".tsv", ".txt"}


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
        return read_sheet(path, layer)
    try:
        rows = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError, OSError) as error:
        raise LayerError("intake.no-table", path=path, reason=error) from error
    return rows.where(rows != "", None)


def read_sheet(path: Path, layer: str | None) -> pd.DataFrame:
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


def read_text_rows(path: Path) -> Found:
    """Cells of a delimited text; a row longer than the heading is told."""
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
