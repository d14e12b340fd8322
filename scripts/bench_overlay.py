"""How fast is an overlay against geopandas.overlay, and are the answers the same?

    python scripts/bench_overlay.py [--json] [--count N] [--rounds N]

In one run, in turns, on the same work: parcels of 0.1 to 20 hectares (`bench_zones.py`)
over the environmental zones, composed on the 65 real communes (the folder LSGIS_SHARED;
the schematic ones that travel with lsgis where it is not there). Quote the ratio, never
the seconds alone.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from bench_zones import frame_of, make_sites

from lsgis.combine import overlay_zones
from lsgis.source import read_plan

SHARED = Path(os.environ.get("LSGIS_SHARED", Path(__file__).parents[2] / "shared"))
COMMUNES = SHARED / "geodata" / "communes_2025.geojson"
SEED = 20260228
BAR = 10.0  # so many times faster than geopandas, at least
_RELATIVE, _LEAST_M2 = 1e-9, 1e-4  # by which two areas of one piece may differ


def main() -> int:
    """Run the benchmark; exit code 1 when an answer differs or the bar is missed."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--json", action="store_true")
    options.add_argument("--count", type=int, default=2_000)
    options.add_argument("--rounds", type=int, default=3)
    asked = options.parse_args()
    result = measure(asked.count, asked.rounds)
    if asked.json:
        print(json.dumps(result, indent=1))
    else:
        for name, value in result.items():
            told = f"{value:.4g}" if isinstance(value, float) else value
            print(f"{name:>16}  {told}")
    return 0 if result["ratio"] >= BAR and not result["differences"] else 1


def measure(count: int, rounds: int) -> dict[str, Any]:
    """Seconds of both (the best round), their ratio, and how many answers differ."""
    plan = read_plan(communes=COMMUNES if COMMUNES.is_file() else "embedded")
    zones = plan.zones[["part", "geometry"]]
    province = shapely.union_all(plan.outline.geometry.values)
    shapes = make_sites(province, count, np.random.default_rng(SEED))
    parcels = frame_of(np.array(shapes, dtype=object), "P")[["code", "geometry"]]
    seconds: dict[str, float] = {}
    answers: dict[str, pd.Series] = {}
    for _ in range(rounds):
        for name, way in (("lsgis", _lsgis), ("geopandas", _geopandas)):
            begun = time.perf_counter()
            pieces = way(parcels, zones)
            took = time.perf_counter() - begun
            seconds[name] = min(took, seconds.get(name, took))
            answers[name] = pieces.groupby(["code", "part"])["area_m2"].sum()
    return {
        "parcels": len(parcels),
        "zones": len(zones),
        "zone_vertices": int(shapely.get_num_coordinates(zones.geometry.values).sum()),
        "pieces": len(answers["lsgis"]),
        "lsgis_s": seconds["lsgis"],
        "geopandas_s": seconds["geopandas"],
        "ratio": seconds["geopandas"] / seconds["lsgis"],
        "differences": _differences(answers["lsgis"], answers["geopandas"]),
    }


def _lsgis(parcels: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> pd.DataFrame:
    return overlay_zones(parcels, zones, left_key="code", right_key="part")


def _geopandas(parcels: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> pd.DataFrame:
    pieces = gpd.overlay(parcels, zones, how="intersection", keep_geom_type=True)
    return pieces.assign(area_m2=pieces.area)


def _differences(one: pd.Series, other: pd.Series) -> int:
    """Pairs whose areas differ, those among them that only one of the two has found."""
    both = pd.concat([one, other], axis=1, keys=["one", "other"]).fillna(0.0)
    return int((~np.isclose(both["one"], both["other"], rtol=_RELATIVE, atol=_LEAST_M2)).sum())


if __name__ == "__main__":
    sys.exit(main())
