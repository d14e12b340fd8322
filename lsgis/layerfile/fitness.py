"""Can what was imported be used as its layer? What is missing, and the option that mends it."""

import difflib
import re
from collections.abc import Mapping, Sequence

import geopandas as gpd
import pandas as pd

from lsgis.catalogue import Field, Layer, title_of
from lsgis.check import Issue, check_use
from lsgis.intake.field import Row
from lsgis.intake.notation import bare_name, fold
from lsgis.region import Region
from lsgis.text import LANGUAGES

UNUSABLE, NEAR = "unusable", "value-near"
_MISSING = ("LS-KEY-MISSING", "LS-FIELD-MISSING")
_WORD = re.compile(r"[a-z0-9]+")
_DIGITS = re.compile(r"[^0-9]+")
_COLUMN = "…"  # where a column has to be named, and none is near


def tell_obstacles(frame: gpd.GeoDataFrame, layer: Layer, rows: Sequence[Row]) -> list[Row]:
    """Rows of the log for what keeps features from being used as their layer.

    Parameters
    ----------
    frame
        Features with columns named as the layer names them, and all others.
    rows
        What the log has so far: which columns no field took.

    Returns
    -------
    list of Row
        `unusable`: `where` the field ("geometry" for shapes), `before` the code of the issue,
        `after` the option that mends it, "" where only the file can be mended; `value-near`:
        `before` a value outside the domain, `after` the one it may have been meant for.
        Nothing is changed.
    """
    told: list[Row] = []
    counts: dict[tuple[str, str, str, str], int] = {}
    for issue in check_use(frame, layer):
        several = 1 if issue.key else len(frame)  # one without a key speaks of the whole file
        for name in _fields(issue):
            row = (UNUSABLE, name, issue.code, _option(issue, name, layer, rows))
            counts[row] = counts.get(row, 0) + int(issue.values.get("count", several))
        if issue.code == "LS-FIELD-DOMAIN":
            field = next(f for f in layer.fields if f.name == issue.values["field"])
            told += _near_values(frame[field.name], field, layer.region)
    return [*((*row, count) for row, count in counts.items()), *dict.fromkeys(told)]


def _fields(issue: Issue) -> Sequence[str]:
    if "fields" in issue.values:
        return tuple(issue.values["fields"])
    return (str(issue.values.get("field", "geometry")),)


def _option(issue: Issue, name: str, layer: Layer, rows: Sequence[Row]) -> str:
    """The option that mends an issue, as it is typed; "" where none does."""
    if issue.code in _MISSING:
        near = [
            before for what, _, before, after, _ in rows if what == "suggested" and after == name
        ]
        return f'--map "{near[0] if len(near) == 1 else _COLUMN}={name}"'
    drawn = any(what == "cad-left-out" for what, *_ in rows)
    if issue.code in ("LS-GEOM-TYPE", "LS-GEOM-MIXED") and drawn:
        return f"--cad-layer {_COLUMN}"
    return ""


# Values outside a domain that one of it may have been meant for.

_CLOSE, _ALIKE = 0.75, 0.5
_REGISTERS = ("kind", "phase")


def _near_values(column: pd.Series, field: Field, region: Region) -> list[Row]:
    counts = column[column.notna()].map(str).value_counts(sort=False)
    called = domain_names(field, region)
    found: list[Row] = []
    for value, count in counts.items():
        near = near_value(str(value), called)
        if str(value) not in field.domain and near:
            found.append((NEAR, field.name, str(value), near, int(count)))
    return found


def domain_names(field: Field, region: Region) -> dict[str, Sequence[str]]:
    """Each value of a domain -> itself, and what the registers call it, its remark or not."""
    found: dict[str, Sequence[str]] = {}
    for value in field.domain:
        titles = []
        if field.name in _REGISTERS:
            titles = [title_of(field.name, value, lang, region) for lang in LANGUAGES]
        found[value] = (value, *titles, *(title.partition(" (")[0] for title in titles))
    return found


def near_value(value: str, called: Mapping[str, Sequence[str]]) -> str:
    """The one value of a domain that a text may mean, "" where none or several may.

    It shares most words with that value or a name of it, or else is nearly written so; another
    number is never a slip of the pen.

    Parameters
    ----------
    called
        Each value of the domain -> what it is called, itself among it.
    """
    alike = {known: max(_shared(value, text) for text in texts) for known, texts in called.items()}
    best = max(alike.values(), default=0.0)
    if best < _ALIKE:
        ways = {known: [*map(bare_name, texts)] for known, texts in called.items()}
        wanted, every = bare_name(value), [text for texts in ways.values() for text in texts]
        every = [text for text in every if _DIGITS.sub("", text) == _DIGITS.sub("", wanted)]
        close = set(difflib.get_close_matches(wanted, every, n=1, cutoff=_CLOSE))
        found = [known for known, texts in ways.items() if close & {*texts}]
    else:
        found = [known for known, share in alike.items() if share == best]
    return found[0] if len(found) == 1 else ""


def _shared(one: str, other: str) -> float:
    """How many of their words two texts share, 0-1; marks and capitals aside."""
    words, others = ({*_WORD.findall(fold(text))} for text in (one, other))
    return len(words & others) / max(len(words | others), 1)
