"""A row of the ledger: its columns, what its status may be, and its words."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType

import pandas as pd

from lsgis.catalogue import layer_with_role, read_catalogue, read_register
from lsgis.text import LANGUAGES, say

KINDS = ("count", "feature", "partition", "total", "contradiction", "acceptance")
# statuses that ask for something; the others are as the Decision says
OPEN = (
    "declared_not_located", "missing", "extra", "renamed", "moved", "place_uncertain",
    "unconfirmed", "incomplete", "too_many", "empty", "unassigned", "repeated", "differs",
    "unsettled", "stale",
)  # fmt: skip
STATUSES = (*OPEN, "located", "complete", "uncounted", "assigned", "agrees", "settled")
NUMBERS = ("declared", "located", "missing", "extra", "unlocated")
TEXTS = (
    "row_id", "kind", "layer", "name_vi", "name_en", "commune", "commune_codes", "expected",
    "found", "found_commune", "status", "clause", "document", "note_vi", "note_en",
)  # fmt: skip
ACCEPTANCE = ("accepted", "accepted_by", "accepted_on")
COLUMNS = (*TEXTS, *NUMBERS, *ACCEPTANCE, "is_open")


def new_row(row_id: str, *, status: str, notes: Iterable[tuple] = (), **values: object) -> dict:
    """A row; what is not given is blank.

    `notes` are (code of a text, its values); a value given as {"vi": ..., "en": ...}
    is told in the language of the note.
    """
    row: dict[str, object] = {**dict.fromkeys(TEXTS, ""), **dict.fromkeys(NUMBERS, pd.NA)}
    for lang in LANGUAGES:
        row[f"note_{lang}"] = "; ".join(_say(code, lang, known) for code, known in notes)
    return row | {"row_id": row_id, "status": status} | values


def _say(code: str, lang: str, values: Mapping[str, object]) -> str:
    told = {name: v[lang] if isinstance(v, Mapping) else v for name, v in values.items()}
    return say(code, lang, **told)


def rows_frame(rows: Iterable[Mapping[str, object]]) -> pd.DataFrame:
    """Rows as a frame with every column, the order kept, nobody having accepted anything."""
    frame = pd.DataFrame(list(rows), columns=[*TEXTS, *NUMBERS])
    frame = frame.astype(dict.fromkeys(TEXTS, object) | dict.fromkeys(NUMBERS, "Int64"))
    frame = frame.assign(**dict.fromkeys(ACCEPTANCE, ""))
    return frame.assign(is_open=frame["status"].isin(OPEN))[list(COLUMNS)]


def commune_names(codes: Iterable[str]) -> str:
    """Names of communes by code, joined; a code that is none stays as it is."""
    unit = layer_with_role(read_catalogue(), "unit").build.register
    names = _column(unit, "commune_code", "name_vi")
    return "; ".join(names.get(code, code) for code in codes if code)


def document_of(clause: str) -> str:
    """The instrument in which a clause stands; "" when the register does not know it."""
    return _column("clause", "clause", "instrument").get(clause, "")


@lru_cache(maxsize=8)
def _column(register: str, key: str, column: str) -> Mapping[str, str]:
    return MappingProxyType(read_register(register).set_index(key)[column].to_dict())
