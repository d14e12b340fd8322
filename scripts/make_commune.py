"""Draw the embedded schematic communes from facts alone: `python3 scripts/make_commune.py`.

Where each of the communes of 2009 lay and how large it was, which present
commune it belongs to, the official areas and a few known points of the border:
nothing else enters. The result is a diagram, not a map of boundaries.

1. Each place takes the ground nearest to it until it has its area; points are
   shifted until they lie near the middle of what they took (`spread_places`).
2. The province is the smoothed union of what was taken, pulled to the known
   points and fitted to the area of the Decision (`draw_outline`).
3. Inside it the places share out the ground anew, each present commune
   getting its official share; borders between communes are rounded off a
   little (`share_out`).

`--measure FILE` compares the built file with real communes and prints how far
they agree; `--record` also writes that to data/layer/commune_accuracy.csv. The
building never reads either.
"""

import argparse
import json
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from power_diagram import draw_discs, power_diagram, solve_weights

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from lsgis.crs import VN2000, WGS84, to_vn2000, to_wgs84  # noqa: E402

DATA = ROOT / "data"
GRID = 10.0  # metres: every corner is rounded to it, so all machines write the same bytes
HECTARE = 1e4
SHIFTS = 2  # more of them unsettle the small wards of the city


def read_facts() -> tuple[gpd.GeoDataFrame, pd.Series, gpd.GeoDataFrame, float]:
    """Places and border points (EPSG:9215), official areas by commune and of the province (m²)."""
    text = {"dtype": str, "keep_default_na": False}
    places = _located(pd.read_csv(DATA / "place.csv", **text))
    communes = pd.read_csv(DATA / "commune.csv", **text).set_index("commune_code")
    points = pd.read_csv(DATA / "outline_point.csv", **text)
    province = pd.read_csv(DATA / "province.csv", **text)
    official = communes["area_ha"].astype(float).sort_index() * HECTARE
    area = province["area_ha"].astype(float).sum() * HECTARE
    return places, official, _located(points[points["used"] == "yes"]), area


def _located(rows: pd.DataFrame) -> gpd.GeoDataFrame:
    at = gpd.points_from_xy(rows["lon"].astype(float), rows["lat"].astype(float), crs=WGS84)
    return to_vn2000(gpd.GeoDataFrame(rows, geometry=at))


def place_areas(places: pd.DataFrame, official: pd.Series, total: float) -> np.ndarray:
    """Area of each place (m²): that of 2009, scaled to its present commune and to `total`."""
    old = places["area_ha"].astype(float)
    share = old / old.groupby(places["commune_code"]).transform("sum")
    areas = share * places["commune_code"].map(official)
    return (areas * total / areas.sum()).to_numpy()


def spread_places(start: np.ndarray, areas: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Centres, and radii of what each takes, so that a place lies amid its ground.

    A place is a point well inside its commune, mostly within 0.5 km of the
    centroid. No centre moves further than 0.8 of the radius of its area.
    """
    sites, furthest = start, 0.8 * np.sqrt(areas / np.pi)
    for _ in range(SHIFTS):
        _, cells = solve_weights(sites, areas)
        shift = sites - shapely.get_coordinates(shapely.centroid(cells))
        shift += sites * 0 + 0
        sites = start + _at_most(sites - start + start - _middles(cells), furthest)
    weights, _ = solve_weights(sites, areas)
    return _rounded(sites), _rounded(np.sqrt(weights))
