"""Draw the embedded schematic communes from facts alone: `python3 scripts/make_commune.py`.

Where each of the communes of 2009 lay and how large it was, which present
commune it belongs to, the official areas and a few known points of the border:
nothing else enters. The result is a diagram, not a map of boundaries.

1. Each place takes the ground nearest to it until it has its area; centres are
   shifted until the places lie amid what they took (`spread_places`).
2. The province is the smoothed union of what was taken, pulled to the known
   points and fitted to the area of the Decision (`draw_outline`).
3. Inside it the places share out the ground anew, each present commune getting
   its official share; the borders are rounded off a little (`share_out`).

`--measure FILE` compares the built file with real communes and prints how far
they agree; `--record SOURCE` also writes that to data/layer/commune_accuracy.csv
with the source (data/source.csv) they were compared with. The building reads
neither.
"""

import argparse
import json
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from measure_commune import measure_agreement
from power_diagram import draw_discs, power_diagram, solve_weights

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from lsgis.crs import WGS84, plane_of, to_vn2000, to_wgs84  # noqa: E402

DATA = ROOT / "data"
GRID = 10.0  # metres: corners are rounded to it, so that all machines write the same bytes
HECTARE = 1e4
SHIFTS = 2  # of the centres; more unsettle the small wards of the city
REFITS = 3  # of the weights, after the borders were rounded off


def read_facts() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, pd.Series, float]:
    """Places and border points (EPSG:9215); official areas of communes and province (m²)."""
    tables = {
        name: pd.read_csv(DATA / f"{name}.csv", dtype=str, keep_default_na=False)
        for name in ("place", "outline_point", "commune", "province")
    }
    points = tables["outline_point"]
    official = tables["commune"].set_index("commune_code")["area_ha"].astype(float).sort_index()
    total = tables["province"]["area_ha"].astype(float).sum()
    used = points[points["used"] == "yes"]
    return _located(tables["place"]), _located(used), official * HECTARE, total * HECTARE


def place_areas(places: pd.DataFrame, official: pd.Series, total: float) -> np.ndarray:
    """Area of each place (m²): that of 2009, scaled to its present commune and to `total`."""
    old = places["area_ha"].astype(float)
    share = old / old.groupby(places["commune_code"]).transform("sum")
    areas = share * places["commune_code"].map(official)
    return (areas * total / areas.sum()).to_numpy()


def spread_places(places: np.ndarray, areas: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Centres, and radii of what each takes, such that a place lies amid its ground.

    No centre moves further from its place than 0.8 of the radius of its area.
    """
    centres, furthest = places, 0.8 * np.sqrt(areas / np.pi)
    for _ in range(SHIFTS):
        _, cells = solve_weights(centres, areas)
        middles = shapely.get_coordinates(shapely.centroid(cells))
        shift = centres - middles  # from each place
        length = np.hypot(*shift.T)
        centres = places + shift * np.minimum(1, furthest / np.maximum(length, 1))[:, None]
    weights, _ = solve_weights(centres, areas)
    return _rounded(centres), _rounded(np.sqrt(weights))


def draw_outline(
    centres: np.ndarray, radii: np.ndarray, points: gpd.GeoDataFrame, total: float
) -> shapely.Polygon:
    """Smoothed union of discs of the area `total`, pulled to known points of the border.

    One length rules it, the radius of a place of mean area: gaps narrower than
    that are closed, tongues narrower than twice that cut off, and a known
    point pulls the outline over that range.
    """
    reach = round(float(np.sqrt(total / len(centres) / np.pi)))
    union = shapely.union_all(draw_discs(centres, radii))
    smooth = union.buffer(reach / 2).buffer(-reach * 1.5).buffer(reach)
    outline = _fit_area(smooth, total)
    for _ in range(2):  # the second time mends what the fit undid
        outline = _fit_area(_pull(outline, points, reach), total)
    return _on_grid(shapely.simplify(outline, 2 * GRID))


def _pull(outline: shapely.Polygon, points: gpd.GeoDataFrame, reach: float) -> shapely.Polygon:
    """Bend an outline towards known points, the less the less certain a point is.

    Simple kriging of the displacement: standard error of the outline half of
    `reach`, of a point half of its accuracy_m (95 %).
    """
    known = shapely.get_coordinates(points.geometry.values)
    error = points["accuracy_m"].astype(float).to_numpy() / 2
    rim = outline.exterior
    foot = shapely.get_coordinates(
        shapely.line_interpolate_point(rim, shapely.line_locate_point(rim, points.geometry.values))
    )

    def alike(one: np.ndarray, two: np.ndarray) -> np.ndarray:
        apart = ((one[:, None] - two[None]) ** 2).sum(axis=2)
        return (reach / 2) ** 2 * np.exp(-apart / (2 * reach**2))

    force = np.linalg.solve(alike(foot, foot) + np.diag(error**2), known - foot)
    fine = shapely.segmentize(outline, reach / 10)
    return shapely.transform(fine, lambda xy: xy + alike(xy, foot) @ force)


def _fit_area(shape: shapely.Geometry, total: float) -> shapely.Polygon:
    """Largest part without holes, grown or shrunk evenly to the area `total`."""
    low, high = -5000.0, 5000.0
    for _ in range(30):
        middle = (low + high) / 2
        parts = shapely.get_parts(shape.buffer(middle))
        fitted = shapely.Polygon(parts[np.argmax(shapely.area(parts))].exterior)
        low, high = (low, middle) if fitted.area > total else (middle, high)
    return fitted


def share_out(
    outline: shapely.Polygon, centres: np.ndarray, areas: np.ndarray, codes: np.ndarray
) -> pd.Series:
    """Polygon of each commune, its area its share of `areas` after rounding off borders."""
    wanted = pd.Series(areas).groupby(codes).sum() * outline.area / areas.sum()
    weights, asked = np.zeros(len(centres)), areas * outline.area / areas.sum()
    for _ in range(1 + REFITS):
        weights, _ = solve_weights(centres, asked, within=outline, weights=weights)
        weights = np.round(weights, -3)
        communes = _draw_communes(outline, centres, weights, codes)
        asked = asked * pd.Series(codes).map(wanted / communes.map(shapely.area)).to_numpy()
        asked *= outline.area / asked.sum()
    return communes


def _draw_communes(
    outline: shapely.Polygon, centres: np.ndarray, weights: np.ndarray, codes: np.ndarray
) -> pd.Series:
    """Faces between the outline and the borders of communes, by the code they belong to."""
    _, pairs, ends = power_diagram(centres, weights)
    pairs[pairs >= len(codes)] = 0  # the outer rim lies far outside the province
    between = codes[pairs[:, 0]] != codes[pairs[:, 1]]
    lines = shapely.intersection(shapely.linestrings(ends[between]), outline)
    borders = shapely.get_parts(shapely.line_merge(shapely.union_all(lines)))
    rounded = [_round_off(border) for border in borders]
    net = shapely.union_all([outline.exterior, *rounded], grid_size=GRID)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(net)))
    inside = shapely.get_coordinates(shapely.point_on_surface(faces))
    away = ((inside[:, None] - centres[None]) ** 2).sum(axis=2) - weights
    owner = codes[away.argmin(axis=1)]
    if missing := sorted(set(codes) - set(owner)):
        raise SystemExit(
            f"no ground left for {', '.join(missing)}: check its rows in data/place.csv"
        )
    return pd.Series(faces).groupby(owner).agg(lambda own: shapely.union_all(own.to_numpy()))


def _round_off(border: shapely.LineString) -> shapely.LineString:
    """Cut the corners of a line twice, ends kept (Chaikin, 1974)."""
    xy = shapely.get_coordinates(border)
    for _ in range(2):
        first, second = xy[:-1] * 0.75 + xy[1:] * 0.25, xy[:-1] * 0.25 + xy[1:] * 0.75
        xy = np.vstack([xy[:1], np.stack([first, second], axis=1).reshape(-1, 2)[1:-1], xy[-1:]])
    return shapely.linestrings(xy)


def write_communes(communes: pd.Series, path: Path) -> None:
    """GeoJSON (RFC 7946), longitude and latitude to 5 decimals (about 1 m), a line a commune."""
    codes = communes.index.sort_values()
    shapes = gpd.GeoDataFrame(geometry=gpd.GeoSeries(communes[codes].to_numpy(), crs=plane_of()))
    degrees = shapely.transform(to_wgs84(shapes).geometry.values, lambda xy: xy.round(5))
    lines = []
    for code, shape in zip(codes, shapely.orient_polygons(shapely.normalize(degrees)), strict=True):
        geometry = json.loads(shapely.to_geojson(shape))
        feature = {"type": "Feature", "properties": {"commune_code": code}, "geometry": geometry}
        lines.append(json.dumps(feature, separators=(",", ":")))
    text = '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def _located(rows: pd.DataFrame) -> gpd.GeoDataFrame:
    at = gpd.points_from_xy(rows["lon"].astype(float), rows["lat"].astype(float), crs=WGS84)
    return to_vn2000(gpd.GeoDataFrame(rows, geometry=at))


def _rounded(numbers: np.ndarray) -> np.ndarray:
    return np.round(numbers / GRID) * GRID


def _on_grid(shape: shapely.Geometry) -> shapely.Geometry:
    return shapely.set_precision(shape, GRID)


def measure(built: Path, real: Path) -> pd.DataFrame:
    """Agreement of the built file with real communes (key `commune_code`, or `code`)."""
    drawn, known = (to_vn2000(gpd.read_file(path)) for path in (built, real))
    known = known.rename(columns={"code": "commune_code"})
    points = _located(pd.read_csv(DATA / "commune.csv", dtype=str))
    tables = (rows.set_index("commune_code").geometry for rows in (drawn, known, points))
    return measure_agreement(*tables)


def build(path: Path) -> None:
    """Read the facts, draw the communes, write them."""
    places, points, official, total = read_facts()
    areas = place_areas(places, official, total)
    start = _rounded(shapely.get_coordinates(places.geometry.values))
    centres, radii = spread_places(start, areas)
    outline = draw_outline(centres, radii, points, total)
    write_communes(share_out(outline, centres, areas, places["commune_code"].to_numpy()), path)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--out", type=Path, default=DATA / "layer" / "commune.geojson")
    options.add_argument("--measure", type=Path, metavar="FILE", help="compare, do not build")
    options.add_argument("--record", metavar="SOURCE", help="with --measure: write it down")
    chosen = options.parse_args()
    if chosen.record and not chosen.measure:
        options.error("--record needs --measure FILE: nothing was measured")
    if not chosen.measure:
        return build(chosen.out)
    table = measure(chosen.out, chosen.measure)
    print(table.to_csv(index=False, lineterminator="\n"), end="")
    if chosen.record:
        record = chosen.out.with_name("commune_accuracy.csv")
        table.assign(source=chosen.record).to_csv(record, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
