"""Tables: CSV, XLSX, DBF, every cell as the text it is."""

import shutil
import tempfile
from pathlib import Path

import pandas as pd
import pyogrio

from lsgis.errors import LayerError
from lsgis.intake.feature import UNREADABLE, reader_reason
from lsgis.intake.grid import SHEETS


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
