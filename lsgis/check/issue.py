"""An issue is a value: what is wrong, where, how grave; its words stand in `data/issue.csv`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from lsgis.catalogue import read_register, title_of
from lsgis.crs import VN2000, to_wgs84
from lsgis.text import say

SEVERITIES = ("error", "warning", "note")
COLUMNS = (
    "code", "severity", "layer", "key", "message", "todo", "easting", "northing", "lon", "lat",
)  # fmt: skip
_NOTHING: Mapping[str, Any] = MappingProxyType({})
_SHOWN = 8


@dataclass(frozen=True)
class Term:
    """A word of an issue that depends on the language.

    `code` is a text of `data/text/`, or a row of the register named (kind, phase).
    """

    code: str
    register: str = ""


@dataclass(frozen=True)
class Issue:
    """One thing found in a layer.

    `code` is a row of `data/issue.csv`; `key` the feature's key ("" when the
    issue is about the whole layer or several features, "#3" for the third
    feature when it has no key); `place` a point in EPSG:9215 or None; `shape`
    the line or polygon at fault in EPSG:9215, where there is one; `values` fill
    the placeholders of the message.
    """

    code: str
    severity: str
    layer: str
    key: str = ""
    place: shapely.Point | None = None
    values: Mapping[str, Any] = field(default_factory=lambda: _NOTHING, hash=False)
    shape: BaseGeometry | None = None


@lru_cache(maxsize=1)
def read_rules() -> Mapping[str, Mapping[str, str]]:
    """Every rule of `data/issue.csv` by code: severity, group, titles, messages, what to do.

    `stops` is "yes" where what was found makes every answer from the file
    worthless, so that a plan refuses it; what "no" rules find is told with the answer.
    """
    rows = read_register("issue").set_index("code")
    return MappingProxyType(rows.to_dict(orient="index"))


def new_issue(
    code: str,
    layer: str,
    *,
    key: str = "",
    place: shapely.Point | None = None,
    shape: BaseGeometry | None = None,
    **values: object,
) -> Issue:
    """An issue with the severity that `data/issue.csv` gives its code."""
    severity = read_rules()[code]["severity"]
    return Issue(code, severity, layer, str(key), place, MappingProxyType(values), shape)


def grouped_issue(
    code: str, layer: str, keys: Sequence[str] | np.ndarray, **values: object
) -> Issue:
    """One issue about several features: `{keys}`, `{count}`; its key only when it is one."""
    only = str(keys[0]) if len(keys) == 1 else ""
    return new_issue(code, layer, key=only, keys=tuple(keys), count=len(keys), **values)


def describe_issue(issue: Issue, lang: str) -> dict[str, str]:
    """Title, message and what to do of an issue, in a language ("vi" or "en").

    Returns
    -------
    dict
        `title`, `message`, `todo`: plain text, not escaped for HTML.
    """
    rule = read_rules()[issue.code]
    known = {"key": issue.key, "layer": issue.layer, **issue.values}
    amount = issue.values.get("amount", 0)
    words = {name: _written(name, value, lang, amount) for name, value in known.items()}
    for code, name in (("key", "name"), ("other", "other_name")):
        if words.get(name) and code in words:
            words[code] = f"{words[code]} {words[name]}"
    parts = ("title", "message", "todo")
    return {part: rule[f"{part}_{lang}"].format(**words) for part in parts}


def _written(name: str, value: object, lang: str, amount: object = 0) -> str:
    """A value in words: terms translated (units for an amount), numbers as the language writes."""
    if isinstance(value, Term):
        if value.register:
            return title_of(value.register, value.code, lang)
        return say(value.code, lang, amount=amount)
    if isinstance(value, tuple):
        shown = ", ".join(_written(name, item, lang) for item in value[:_SHOWN])
        return shown + (f", … (+{len(value) - _SHOWN})" if len(value) > _SHOWN else "")
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
        return str(value)
    if name == "share":
        return _number(value * 100, lang, digits=3) + " %"
    return _number(value, lang, digits=6)


def _number(value: float | np.number, lang: str, *, digits: int) -> str:
    """A number with the separators of a language; floats to some significant digits."""
    size = abs(float(value))
    if isinstance(value, (int, np.integer)):
        text = format(value, ",d")
    elif size < 1000:
        text = np.format_float_positional(
            float(value), precision=digits, fractional=False, trim="-"
        )
    else:
        text = format(value, ",.1f" if size < 1e15 else ".6g")
    return text.translate(str.maketrans(",.", ".,")) if lang == "vi" else text


def count_issues(issues: Iterable[Issue]) -> dict[str, int]:
    """How many errors, warnings and notes there are (notes ask for nothing)."""
    found = [issue.severity for issue in issues]
    return {severity: found.count(severity) for severity in SEVERITIES}


def stopping_issues(issues: Iterable[Issue]) -> list[Issue]:
    """Those that stop the use of a file (`stops` in `data/issue.csv`), whatever their severity."""
    return [issue for issue in issues if read_rules()[issue.code]["stops"] == "yes"]


def issues_frame(issues: Iterable[Issue], lang: str) -> gpd.GeoDataFrame:
    """Issues as a table of points, to be written as JSON, HTML or GeoPackage.

    Returns
    -------
    GeoDataFrame
        EPSG:9215; `code`, `severity`, `layer`, `key`, `message`, `todo`,
        `easting`, `northing` (m), `lon`, `lat` (degrees, WGS 84; NaN without a
        place), in the order given.
    """
    listed = list(issues)
    told = [describe_issue(issue, lang) for issue in listed]
    places = np.array([issue.place for issue in listed], dtype=object)
    frame = gpd.GeoDataFrame(
        {name: [getattr(issue, name) for issue in listed] for name in COLUMNS[:4]},
        geometry=gpd.array.from_shapely(places, crs=VN2000),
    )
    frame = frame.assign(**{name: [text[name] for text in told] for name in COLUMNS[4:6]})
    degrees = np.asarray(to_wgs84(frame).geometry, dtype=object)
    for x, y, points in (("easting", "northing", places), ("lon", "lat", degrees)):
        frame[x], frame[y] = shapely.get_x(points), shapely.get_y(points)
    texts = {name: pd.Series(frame[name], dtype=object) for name in COLUMNS[:6]}
    return frame.assign(**texts)[[*COLUMNS, "geometry"]]
