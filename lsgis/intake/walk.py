"""A layer feature by feature: which are sound, which are not, and what the library says of each.

Where a reader of whole files gives up, it says so once, of the file. fiona goes on from feature
to feature, and GDAL speaks at each: what it says while one is read is the reason why that one is
broken. fiona brings a GDAL of its own, which is shut as that of the other reader is.
"""

import logging
import threading
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape

from lsgis.intake.geojson import name_feature
from lsgis.intake.geometry import UNREADABLE, Found, Lost, flatten_faces
from lsgis.intake.opening import (
    DRIVERS,
    SHUT_OPTIONS,
    bring_fiona,
    require_within,
    shut_fiona,
    shut_network,
    unskipped,
)
from lsgis.text import plain_text

_ALL_BYTES = "ISO-8859-1"  # gives every byte a character of its own
_LONGEST = 160  # letters of a reason
_MOST_GONE = 500  # features one behind the other that cannot be read: what lies behind is gone, too


class Walked(NamedTuple):
    """One feature of a layer."""

    number: int  # in the file, from 1
    cells: Mapping[str, Any]
    shape: shapely.Geometry | None
    reason: str  # why it is not sound; "" for a sound one
    said: str  # what GDAL said while it was read
    is_there: bool = True  # its cells, at least, can be read


def walk_features(
    path: Path,
    kind: str,
    layer: str | None = None,
    *,
    ask: Container[int] = (),
    encoding: str | None = None,
) -> Iterator[Walked]:
    """Each feature of a layer in file order, sound or not; behind a break those still found.

    Parameters
    ----------
    path
        A file whose name means nothing but a name; see `read_plainly`.
    kind
        What it is by its content; see `require_kind`. Only drivers of that kind are asked.
    layer
        Which layer; the first when None.
    ask
        Numbers of features to ask GDAL about though they can be read.
    encoding
        Of texts; what the file says when None.

    Raises
    ------
    fiona.errors.FionaError, ValueError
        The layer cannot be opened; a UnicodeDecodeError, where its texts are not in the
        encoding it says.
    LayerError
        `intake.too-much`: more features or vertices than the limits say.
    """
    by_id = _described(path, layer)["capabilities"]["random_read"]
    with _heard() as heard, _Opened(path, kind, layer, encoding) as opened:
        number = vertices = 0
        last = -1
        heard.take()
        for feature in _sequence(opened.features):
            number += 1
            if isinstance(feature, UnicodeDecodeError) and encoding is None:
                raise feature
            said = heard.take()
            last = last + 1 if isinstance(feature, Exception) else int(feature.id)
            found = _judged(number, feature, "" if by_id else said)
            if by_id and (found.shape is None or number in ask):
                if not opened.is_asked:  # at the first question some speak of all features
                    opened.again(last)
                    heard.take()
                opened.again(last)
                found = _judged(number, feature, heard.take())
            vertices += 0 if found.shape is None else int(shapely.get_num_coordinates(found.shape))
            require_within(path, features=number, vertices=vertices)
            yield found
        if not (broke := heard.take()):
            return
        if not by_id:
            yield Walked(number + 1, {}, None, broke, broke, False)
            return
        yield from _behind(opened, number, last, broke, heard)


def walk_layer(
    path: Path, kind: str, layer: str | None, *, keep: bool, bytewise: bool = False
) -> Found:
    """The features of a layer that a reader of whole files gave up on.

    One whose geometry cannot be built stays without; one that cannot be read at all is left
    out. Both are in `lost`.

    Parameters
    ----------
    path, kind, layer
        As of `walk_features`.
    keep
        Return the features; without it only what is lost is found out.
    bytewise
        Texts with one character a byte, whatever the file says of its letters.

    Raises
    ------
    fiona.errors.FionaError, ValueError, pyogrio.errors.DataSourceError
        The layer cannot be opened.
    """
    info, encoding = _described(path, layer), _ALL_BYTES if bytewise else None
    try:
        return _collected(walk_features(path, kind, layer, encoding=encoding), info, keep)
    except UnicodeDecodeError:  # bytes nobody declared: one character a byte, mended later
        walked = walk_features(path, kind, layer, encoding=_ALL_BYTES)
        return _collected(walked, info, keep)


def _collected(walked: Iterable[Walked], info: Mapping[str, Any], keep: bool) -> Found:
    rows: list[Mapping[str, Any]] = []
    shapes: list[shapely.Geometry | None] = []
    lost: list[Lost] = []
    surfaces = 0
    for found in walked:
        if found.reason:
            lost.append((found.number, found.reason))
        if keep and found.is_there:
            faces = None if found.shape is None else flatten_faces(found.shape)
            surfaces += faces is not found.shape
            rows.append(found.cells)
            shapes.append(faces)
    frame = gpd.GeoDataFrame(_table(rows, info), geometry=shapes, crs=info["crs"])
    told = [("surface", "geometry", str(surfaces), "Polygon")] if surfaces else []
    return Found(frame, lost, told)


def _table(rows: list[Mapping[str, Any]], info: Mapping[str, Any]) -> pd.DataFrame:
    """Cells as columns, in the order of the file; days as days."""
    frame = pd.DataFrame(rows, columns=list(info["fields"]), index=range(len(rows)), dtype=object)
    for name, kind in zip(info["fields"], info["dtypes"], strict=True):
        if str(kind).startswith("datetime"):
            frame[name] = pd.to_datetime(frame[name], errors="coerce", format="ISO8601")
    return frame.infer_objects()


def reasons_of(path: Path, kind: str, layer: str | None, numbers: Iterable[int]) -> dict[int, str]:
    """What GDAL says of some features of a layer: number in the file, from 1, and its words.

    Parameters
    ----------
    path, kind, layer
        As of `walk_features`.
    numbers
        Which features.
    """
    wanted = set(numbers)
    found: dict[int, str] = {}
    with suppress(*unopened()):
        for each in walk_features(path, kind, layer, ask=wanted):
            if each.number in wanted and each.said:
                found[each.number] = each.said
            if each.number >= max(wanted, default=0):
                break
    return found


def unopened() -> tuple[type[Exception], ...]:
    """What is raised where a layer cannot be opened."""
    return (bring_fiona().errors.FionaError, *UNREADABLE, ValueError, KeyError, TypeError, OSError)


def _described(path: Path, layer: str | None) -> Mapping[str, Any]:
    with shut_network():
        info: Mapping[str, Any] = pyogrio.read_info(path, layer=layer)
        return info


# One layer, opened; what GDAL says in between.


class _Heard(logging.Handler):
    """What GDAL said in this thread since it was last asked."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._thread, self._said = threading.get_ident(), dict[str, None]()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            text = record.getMessage()
            self._said[text.rpartition("CPLE_AppDefined:")[2]] = None

    def take(self) -> str:
        """All of it as one text, each message once; nothing is left."""
        said, self._said = list(self._said), {}
        return plain_text("; ".join(said), longest=_LONGEST) if said else ""


@contextmanager
def _heard() -> Iterator[_Heard]:
    logger, heard = logging.getLogger("fiona"), _Heard()
    logger.addHandler(heard)
    try:
        yield heard
    finally:
        logger.removeHandler(heard)


class _Opened:
    """A layer opened to be walked through, and once more to ask for single features of it."""

    def __init__(self, path: Path, kind: str, layer: str | None, encoding: str | None) -> None:
        self._path = path
        self._options = {
            "layer": layer,
            "encoding": encoding,
            "enabled_drivers": list(DRIVERS[kind]),
            "allow_unsupported_drivers": True,  # the list above is what is allowed
            **SHUT_OPTIONS.get(kind, {}),
        }
        self._stack = ExitStack()
        self._asked: Any = None

    def __enter__(self) -> "_Opened":
        self._stack.enter_context(shut_fiona())
        self.features = self._open()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _open(self) -> Any:
        fiona = bring_fiona()
        with unskipped():
            opened = fiona.open(self._path, **self._options)
        return self._stack.enter_context(opened)

    @property
    def is_asked(self) -> bool:
        """Whether a single feature was asked for already."""
        return self._asked is not None

    def again(self, number: int) -> Any:
        """A feature by its id, None where there is none to be had."""
        if self._asked is None:
            self._asked = self._open()
        with suppress(Exception):  # of any kind
            return self._asked.get(number)
        return None


def _sequence(layer: Any) -> Iterator[Any]:
    """Features as they come; the error of one instead of it."""
    features, wrong = iter(layer), 0
    while wrong < _MOST_GONE:
        try:
            feature = next(features)
        except StopIteration:
            return
        except Exception as error:  # a library's own kinds, of which it promises none
            feature = error
        wrong = wrong + 1 if isinstance(feature, Exception) else 0
        yield feature


def _behind(opened: _Opened, number: int, last: int, broke: str, heard: _Heard) -> Iterator[Walked]:
    """Features behind one at which reading in order breaks off, found by their ids."""
    gone, held = 0, list[Walked]()
    while gone < _MOST_GONE:
        number, last = number + 1, last + 1
        feature = opened.again(last)
        said = heard.take()
        if feature is None:
            gone += 1
            held.append(Walked(number, {}, None, said if held else broke, said, False))
            continue
        yield from held
        held, gone = [], 0
        yield _judged(number, feature, said)
    yield from held[:1]  # from here on nothing: the first of them stands for all


def _judged(number: int, feature: Any, said: str) -> Walked:
    """A feature with the reason why it is not sound, if it is not."""
    if isinstance(feature, Exception):
        reason = plain_text(said or feature, longest=_LONGEST)
        return Walked(number, {}, None, reason or type(feature).__name__, said, False)
    cells, geometry = dict(feature.properties), feature.geometry
    if geometry is None:  # a row without a place is sound; one whose place cannot be read is not
        return Walked(number, cells, None, said and name_feature(cells, said), said)
    try:
        _require_closed(geometry)
        return Walked(number, cells, shape(geometry), "", said)
    except (ShapelyError, ValueError, TypeError, AttributeError) as error:
        reason = name_feature(cells, plain_text(error, longest=_LONGEST))
        return Walked(number, cells, None, reason, said)


def _require_closed(geometry: Any) -> None:
    """Refuse a ring that does not end where it begins; shapely would close it without a word."""
    parts = {"Polygon": [geometry.coordinates], "MultiPolygon": geometry.coordinates}
    for part in parts.get(geometry.type) or []:
        for ring in part:
            if ring and ring[0] != ring[-1]:
                raise ValueError("a ring does not end where it begins")
