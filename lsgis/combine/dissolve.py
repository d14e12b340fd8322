"""Places united by what they have in common."""

import geopandas as gpd

from lsgis.combine.soundness import is_located, read_codes, require_polygons


def dissolve_places(features: gpd.GeoDataFrame, *, by: str) -> gpd.GeoDataFrame:
    """Unite the polygons that carry the same code into one.

    Overlaps count once and gaps stay: communes as published are no perfect
    coverage.

    Parameters
    ----------
    features
        Polygons, EPSG:9215; rows without geometry add no ground.
    by
        Column of codes (text); rows without one belong to nothing.

    Returns
    -------
    GeoDataFrame
        One row a code, sorted: `by`, `count` of its rows, `located` (how many
        of them have geometry), `area_m2`, geometry (None when none has).

    Raises
    ------
    CrsError
        Not in EPSG:9215.
    LayerError
        The column is missing or no text, a geometry is invalid or no polygon.
    """
    require_polygons(features, frame="features")
    codes = read_codes(features, by, frame="features")
    counted = {by: codes, "count": 1, "located": is_located(features)}
    rows = gpd.GeoDataFrame(counted, geometry=features.geometry.values)[codes != ""]
    united = rows.dissolve(by, aggfunc={"count": "sum", "located": "sum"}, method="unary")
    shapes = united.geometry.where(united["located"] > 0, None)
    united = united.drop(columns="geometry").assign(area_m2=shapes.area.fillna(0.0))
    return gpd.GeoDataFrame(united.reset_index(), geometry=shapes.to_numpy(), crs=features.crs)
