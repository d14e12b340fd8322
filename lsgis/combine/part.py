"""Parts of which zones are composed: what is asked of them, and which nobody has located."""

from collections.abc import Iterable, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from lsgis.combine.soundness import (
    is_located,
    read_codes,
    require_columns,
    require_sound,
    shapes_of,
)
from lsgis.errors import LayerError

NEEDED = ("zone", "clause", "name_vi", "name_en", "quality", "accuracy_m")
JOINED = ("part", "clause", "name_vi", "name_en", "source")  # texts that a piece joins by "; "
QUALITIES = ("authoritative", "indicative", "schematic", "none")  # from best to worst


def is_drawn(parts: gpd.GeoDataFrame) -> pd.Series:
    """True for each part that has a polygon; a point says where, not how far."""
    shapes = shapes_of(parts)
    return is_located(parts) & (shapely.get_dimensions(shapes) == 2)


def missing_parts(parts: gpd.GeoDataFrame, *, rest: str = "other") -> pd.DataFrame:
    """Parts without a polygon: nobody has located their ground, so no zone holds it.

    Parameters
    ----------
    parts
        As for `compose_zones`.
    rest
        Class of the remaining ground; its rows have no ground of their own.

    Returns
    -------
    DataFrame
        Their rows with index and columns as given, less the geometry. Show it
        beside the zones: what is missing here may lie in any less strict zone.
    """
    lacking = parts[~is_drawn(parts) & (parts["zone"] != rest)]
    return pd.DataFrame(lacking.drop(columns=lacking.geometry.name))


def trace_parts(parts: gpd.GeoDataFrame, pieces: gpd.GeoDataFrame) -> pd.DataFrame:
    """Follow each part into the composed zones, so that none is lost on the way.

    Parameters
    ----------
    parts, pieces
        What `compose_zones` was given, and what it returned.

    Returns
    -------
    DataFrame
        One row a part on the index of `parts`: `zone`, `part`, `state` ("drawn";
        "covered": its ground lies outside the boundary or in a zone that
        prevails; "not_located"), and `area_m2` of all pieces that name the part
        in its zone, 0 when there is none.
    """
    named = pd.DataFrame(pieces[["zone", "part", "area_m2"]])
    each = named.assign(part=named["part"].str.split("; ")).explode("part")
    area = each.groupby(["zone", "part"])["area_m2"].sum()
    keys = pd.MultiIndex.from_frame(parts[["zone", "part"]])
    size = area.reindex(keys, fill_value=0.0).to_numpy()
    state = np.select([~is_drawn(parts), size > 0], ["not_located", "drawn"], "covered")
    return pd.DataFrame(parts[["zone", "part"]]).assign(
        state=state, area_m2=np.where(state == "drawn", size, 0.0)
    )


def require_parts(parts: gpd.GeoDataFrame, *, order: Sequence[str], rest: str) -> None:
    """Refuse parts of which no zones can be composed; see `compose_zones`."""
    require_sound(parts, frame="parts")
    require_columns(parts, *NEEDED, frame="parts")
    codes = read_codes(parts, "part", frame="parts")
    zones = [*order, rest]
    if len(set(zones)) != len(zones) or "" in zones:
        raise LayerError("combine.zone-order", found=", ".join(zones))
    unnamed = int(((codes == "") & (parts["zone"] != rest)).sum())
    if unnamed:
        raise LayerError("combine.code-missing", frame="parts", column="part", found=unnamed)
    for code in codes:
        if ";" in code:
            raise LayerError("combine.part-code", found=code)
    strange = ~parts["zone"].isin(zones) | (is_drawn(parts) & (parts["zone"] == rest))
    if strange.any():
        found = ", ".join(sorted(set(parts.loc[strange, "zone"].astype(str))))
        raise LayerError(
            "combine.unknown-zone",
            parts=", ".join(codes[strange]),
            found=found,
            expected=", ".join(order),
        )


def describe_parts(members: pd.DataFrame, sureness: Iterable[pd.DataFrame]) -> dict[str, object]:
    """What a piece says of its parts: texts joined, quality the worst, accuracy_m the largest.

    `sureness` are the frames whose `quality` and `accuracy_m` count; one that
    lacks the columns says nothing. Accuracy is NaN where one of them is unknown.
    """
    texts = {name: _joined(members[name]) for name in JOINED if name in members.columns}
    stated = [frame for frame in sureness if len(frame)]
    qualities = [quality for frame in stated for quality in frame.get("quality", ())]
    reach = [pd.to_numeric(frame["accuracy_m"]) for frame in stated if "accuracy_m" in frame]
    largest = max((series.max(skipna=False) for series in reach), key=_unknown_last, default=np.nan)
    return texts | {"quality": max(qualities, key=_badness, default=""), "accuracy_m": largest}


def _joined(texts: pd.Series) -> str:
    """Texts without repeats, each of which may itself be a list, joined by "; "."""
    each = [one.strip() for text in texts.dropna() for one in str(text).split(";")]
    return "; ".join(dict.fromkeys(one for one in each if one))


def _badness(quality: str) -> int:
    return QUALITIES.index(quality) if quality in QUALITIES else len(QUALITIES)


def _unknown_last(metres: float) -> float:
    return np.inf if np.isnan(metres) else metres
