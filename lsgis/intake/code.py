"""Columns of commune names as columns of codes, where the register leaves no doubt."""

import geopandas as gpd
import numpy as np

from lsgis.catalogue import Layer, read_register, read_unit_register
from lsgis.intake.name import find_codes

_CODES = ("commune_code", "commune_codes")
Row = tuple[str, str, str, str, int]  # columns of the import log


def with_codes(frame: gpd.GeoDataFrame, layer: Layer) -> tuple[gpd.GeoDataFrame, list[Row]]:
    """Names of communes as codes where the register leaves no doubt."""
    fields = {field.name for field in layer.fields}
    rows: list[Row] = []
    frame = frame.copy()
    if layer.key == "commune_code" and "commune_code" not in frame and "name_vi" in frame:
        frame["commune_code"] = frame["name_vi"]
    for column in [c for c in _CODES if c in fields and c in frame]:
        texts = frame[column].astype(object).where(frame[column].notna(), None)
        known = {v: _coded(v) for v in dict.fromkeys(t for t in texts if isinstance(t, str))}
        for text, (code, status, candidates) in known.items():
            count = int((texts == text).sum())
            if code != text or status != "code":
                after = code if code is not None else candidates
                rows.append((f"commune-{status}", column, text, after, count))
        frame[column] = [
            known[t][0] if isinstance(t, str) and known[t][0] is not None else t for t in texts
        ]
    return frame, rows


def _coded(text: str) -> tuple[str | None, str, str]:
    """Codes for the names of one cell, "; " between; None when one of them is in doubt."""
    parts = [part.strip() for part in text.replace(",", ";").split(";") if part.strip()]
    found = find_codes(parts, read_unit_register(), old=read_register("crosswalk"))
    doubt = found[found["commune_code"].isna()]
    if len(doubt) or found.empty:
        status = "none" if found.empty else str(doubt["status"].iloc[0])
        return None, status, "; ".join(doubt["candidates"])
    worst = next((s for s in ("merged", "name") if (found["status"] == s).any()), "code")
    return "; ".join(np.unique(found["commune_code"])), worst, ""
