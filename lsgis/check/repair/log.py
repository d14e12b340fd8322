"""The log of a repair: a row for each feature and step, with its area before and after."""

from typing import Any

import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

LOG = (
    "feature", "what", "others", "area_before_m2", "area_after_m2", "share", "count", "width_m",
    "refused",
)  # fmt: skip


def log_row(
    feature: str,
    what: str,
    old: BaseGeometry,
    new: BaseGeometry,
    *,
    others: str = "",
    count: int = 0,
    width_m: float = np.nan,
    refused: str = "",
) -> dict[str, Any]:
    """One step at one feature; the share is of the area before, infinite when that was 0."""
    before, after = shapely.area(old), shapely.area(new)
    known = (feature, what, others, before, after, _share(before, after), count, width_m, refused)
    return dict(zip(LOG, known, strict=True))


def log_frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows as a table with the columns of LOG and their types, also when there is none."""
    numbers = dict.fromkeys(LOG[3:6], float) | {"width_m": float, "count": int}
    kinds = {name: numbers.get(name, object) for name in LOG}
    return pd.DataFrame(rows, columns=list(LOG)).astype(kinds)


def refuse_beyond(
    log: pd.DataFrame, before: np.ndarray, after: np.ndarray, keys: np.ndarray, max_share: float
) -> pd.DataFrame:
    """The log, `refused` filled in for features that vanish or change by more than a share."""
    change = [_share(*pair) for pair in zip(shapely.area(before), shapely.area(after), strict=True)]
    gone, much = set(keys[shapely.is_empty(after)]), set(keys[np.abs(change) > max_share])
    reason = log["refused"].mask(log["feature"].isin(much) & (log["refused"] == ""), "share")
    return log.assign(refused=reason.mask(log["feature"].isin(gone), "vanished"))


def _share(before: float, after: float) -> float:
    if before == after:
        return 0.0
    return (after - before) / before if before else np.inf
