"""What the verdicts mean for a project: rows of a decision table, law apart from advice.

Every row that fits is drawn; a test holds that no two rows say something of one
subject for the same situation, so that no row hides or contradicts another.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from lsgis.errors import SiteError

Row = Mapping[str, str]

# Relation of a site to a layer -> states of the layer in which it holds.
RELATIONS: Mapping[str, frozenset[str]] = MappingProxyType({
    "overlap": frozenset({"affected", "likely"}),
    "below_threshold": frozenset({"below_threshold"}),
    "within_band": frozenset({"possible", "incomplete", "not_affected"}),
    "uncertain": frozenset({"likely", "possible"}),
    "not_located": frozenset({"incomplete", "no_data"}),
    "clear": frozenset({"not_affected"}),
})  # fmt: skip
ANY_TYPE = "*"


def draw_consequences(
    themes: Sequence[Mapping[str, Any]], rows: Iterable[Row], *, type: str | None, whole: str
) -> list[dict[str, Any]]:
    """Draw every consequence of a site's verdicts, layer by layer, in the order of the table.

    Parameters
    ----------
    themes
        One a restricting layer: `layer`, `state`, `nearest` (with `distance_m`,
        or None), in report order.
    rows
        Rows of `data/consequence.csv`, text as written.
    type
        Code of `data/project_type.csv`; None when unknown, and then rows of
        every type are drawn, for none can be ruled out.
    whole
        Layer that a row about all its layers together speaks of.

    Returns
    -------
    list of dict
        `code`, `kind` ("law" or "guidance"), `zone_class`, `relation`,
        `project_type`, `text_vi`, `text_en`, `clauses` (ids), `read`,
        `verified` (only what was read in a published text speaks as law),
        `layer`. Rows of the relation "clear" come last and once: they need all
        their layers "not_affected".
    """
    meant = [row for row in rows if _means_type(row, type)]
    told: dict[str, list[Row]] = {}
    for row in meant:
        for layer in _items(row["layers"]) if row["relation"] != "clear" else ():
            told.setdefault(layer, []).append(row)
    drawn = [
        _consequence(row, theme["layer"])
        for theme in themes
        for row in told.get(theme["layer"], ())
        if _holds(row, theme)
    ]
    states = {theme["layer"]: theme["state"] for theme in themes}
    clear = [row for row in meant if row["relation"] == "clear" and _is_clear(row, states)]
    return drawn + [_consequence(row, whole) for row in clear]


def require_project_type(code: str | None, types: Iterable[Row]) -> None:
    """Refuse a project type that is not in the register.

    Raises
    ------
    SiteError
        There is none of that code; the message lists those there are.
    """
    known: Collection[str] = [row["code"] for row in types]
    if code is not None and code not in known:
        raise SiteError("law.unknown-type", found=code, known=", ".join(known))


def _items(cell: str) -> list[str]:
    return cell.split("; ") if cell else []


def _means_type(row: Row, type: str | None) -> bool:
    types = _items(row["project_type"])
    return type is None or ANY_TYPE in types or type in types


def _holds(row: Row, theme: Mapping[str, Any]) -> bool:
    """Whether a layer's verdict is one the row speaks of."""
    states = _items(row["states"]) or RELATIONS[row["relation"]]
    if theme["state"] not in states:
        return False
    if row["relation"] != "within_band":
        return True
    nearest = theme["nearest"]
    return nearest is not None and nearest["distance_m"] <= float(row["max_distance_m"])


def _is_clear(row: Row, states: Mapping[str, str]) -> bool:
    return all(states.get(layer) in RELATIONS["clear"] for layer in _items(row["layers"]))


def _consequence(row: Row, layer: str) -> dict[str, Any]:
    copied = ("code", "kind", "zone_class", "relation", "project_type", "text_vi", "text_en")
    return {
        **{name: row[name] for name in copied},
        "clauses": _items(row["clauses"]),
        "read": row["read"],
        "verified": row["verified"] == "yes",
        "layer": layer,
    }
