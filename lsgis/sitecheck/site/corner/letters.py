"""Titles and headings in .VnArial, VNI or Windows-1258: read as what they say."""

from collections import Counter
from dataclasses import replace

from lsgis.sitecheck.site.corner.sheet import Row
from lsgis.sitecheck.site.drawing import told

_MOST_TEXTS = 20_000  # a table of corners has few words
_NAMES = {"tcvn3": "TCVN3 (ABC)", "vni": "VNI", "cp1258": "Windows-1258"}


def mend_letters(rows: list[Row], *, bytewise: bool) -> tuple[list[Row], list[dict[str, object]]]:
    """Rows with every cell in Unicode, and a row of the log for each encoding found.

    Parameters
    ----------
    bytewise
        The file is not UTF-8: each character of a cell stands for a byte.
    """
    texts = [c for row in rows for c in row.cells if isinstance(c, str) and not c.isascii()]
    if not texts:
        return rows, []
    from lsgis.intake.reading import UNDECIDED, read_column

    counts = Counter(texts[:_MOST_TEXTS])
    found = read_column(list(counts))
    log = []
    for name, shown in _NAMES.items():
        if count := sum(counts[text] for text, new in found.items() if new.encoding == name):
            log.append(told("site.letters", encoding=shown, count=count))
    changes = {text: new.text for text, new in found.items() if new.text != text}
    open_ = [text for text, new in found.items() if new.encoding == UNDECIDED]
    if bytewise and (open_ or not changes):
        changes |= {text: _as_cp1258(text) for text in counts if text not in changes}
        log.append(told("site.encoding"))
    if not changes:
        return rows, log
    return [
        replace(row, cells=tuple(changes.get(c, c) if isinstance(c, str) else c for c in row.cells))
        for row in rows
    ], log


def _as_cp1258(text: str) -> str:
    return text.encode("latin-1", "replace").decode("cp1258", "replace")
