"""Text in old Vietnamese encodings turned into Unicode (NFC), with a log of all of it."""

from collections import Counter

import geopandas as gpd
import pandas as pd

from lsgis.errors import LayerError
from lsgis.intake.charset import CHARSETS
from lsgis.intake.reading import read_column

ENCODINGS = ("auto", "keep", "utf-8", *CHARSETS)
LOG_COLUMNS = ("column", "encoding", "before", "after", "count")


def mend_text(frame: pd.DataFrame, *, encoding: str = "auto") -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every text of a table in Unicode (NFC), and what was done to it.

    Each value is judged by itself: it is turned only when the result is spelt as
    Vietnamese and the value as it stands is not. A value that could be read in
    several ways follows its column when all that was decided there is of one
    encoding; otherwise it stays and is told.

    Parameters
    ----------
    frame
        Features or rows; text columns only are looked at, never the names of columns.
    encoding
        "auto"; "keep" to touch nothing; or the encoding of every text ("utf-8",
        "tcvn3", "vni", "cp1258"), where a value with no place in it stays and is told.

    Returns
    -------
    frame, log
        The same rows, and one row a different value: `column`, `encoding` (or
        "undecided"), `before`, `after`, `count`.

    Raises
    ------
    LayerError
        No such encoding.
    """
    if encoding not in ENCODINGS:
        raise LayerError("intake.no-charset", found=encoding, known=", ".join(ENCODINGS))
    rows: list[tuple[str, str, str, str, int]] = []
    mended = frame.copy()
    for column in () if encoding == "keep" else _text_columns(frame):
        values = Counter(value for value in frame[column] if isinstance(value, str))
        found = read_column(list(values), encoding)
        changes = {value: new.text for value, new in found.items() if new.text != value}
        rows += [
            (str(column), new.encoding, value, new.text, values[value])
            for value, new in found.items()
            if new.encoding
        ]
        if changes:
            mended[column] = [changes.get(v, v) if isinstance(v, str) else v for v in frame[column]]
    return mended, pd.DataFrame(rows, columns=list(LOG_COLUMNS))


def _text_columns(frame: pd.DataFrame) -> list[object]:
    shapes = frame.geometry.name if isinstance(frame, gpd.GeoDataFrame) else None
    return [
        name
        for name in frame.columns
        if name != shapes
        and (frame[name].dtype == object or isinstance(frame[name].dtype, pd.StringDtype))
    ]
