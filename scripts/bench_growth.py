"""How do time and memory grow when the work grows four times?

    python scripts/bench_growth.py [NAME ...] [--part SHARE] [--alone] [--json]

For each piece of work: processor seconds and peak memory of one command at n and at 4n,
each a process of its own (`os.wait4`: what that process has used, whoever else is at work on
the machine), and what the same takes by a script as one would write it with geopandas, where
there is such a script. A ratio of about 4 is linear; much below, what does not grow weighs
more than what does.

All that is read is made in a temporary folder, the same every time: invented features over
the schematic communes that travel with lsgis. A fixed share of them overlaps, so that what
there is to find grows as the features do. `--part 0.1` does a tenth of all.

Without NAME all of it (about half an hour on an idle machine); `--list` names them. Quote
the ratios of one run, never seconds of different runs.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

# This process stays small: the peak of a child is at least what its parent holds when it starts.

SEED = 20260228
TIMES = 4
BAR = 6.0  # more than so many times the seconds at 4n is no linear growth
_OVERLAPPING = 0.1  # share of features that lie on a neighbour
_CELL_M = 200.0
_LAYERS = 35  # of 37: the communes and the province stay as the Decision has them


@dataclass(frozen=True)
class Work:
    """One command: how many of what it is asked about, how that is made, what it is held against.

    `given` makes the input in a folder; `asked` are the arguments of the command there;
    `peer` does the same without lsgis.
    """

    unit: str
    count: int
    given: Callable[[Path, int], None]
    asked: Callable[[Path], Sequence[object]]
    peer: Callable[[Path], object] | None = None


def main() -> int:
    """Run what is asked for; exit code 1 when something grows faster than the bar."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("names", nargs="*", metavar="NAME")
    options.add_argument("--part", type=float, default=1.0, metavar="SHARE")
    options.add_argument("--alone", action="store_true", help="not what others take")
    options.add_argument("--json", action="store_true")
    options.add_argument("--list", action="store_true")
    options.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.child:
        return _child(*asked.child)
    if asked.list or not set(asked.names) <= set(WORKS):
        print("\n".join(f"{name}: {work.count:,} {work.unit}" for name, work in WORKS.items()))
        return 0 if asked.list else 2
    rows = []
    for name in asked.names or WORKS:
        row = measure(name, asked.part, alone=asked.alone)
        rows.append(row)
        if not asked.json:
            print(_told(row), flush=True)
    if asked.json:
        print(json.dumps(rows, indent=1))
    return 0 if all(row["ratio"] <= BAR for row in rows) else 1


def measure(name: str, part: float, *, alone: bool = False) -> dict[str, Any]:
    """One work at n and 4n: seconds, peak memory (MB) of command and peer, and the ratios."""
    work, peer = WORKS[name], None if alone else WORKS[name].peer
    row: dict[str, Any] = {"name": name, "unit": work.unit}
    for size, times in (("n", 1), ("4n", TIMES)):
        count = max(1, round(work.count * part)) * times
        row[size] = count
        with tempfile.TemporaryDirectory() as folder:
            _run([sys.executable, __file__, "--child", "given", name, f"{folder}:{count}"])
            told = [str(each) for each in work.asked(Path(folder))]
            command = [sys.executable, "-m", "lsgis", *told]
            row[f"seconds_{size}"], row[f"mb_{size}"] = _run(command, allowed=(0, 1))
            if peer is not None:
                command = [sys.executable, __file__, "--child", "peer", name, folder]
                row[f"peer_seconds_{size}"], row[f"peer_mb_{size}"] = _run(command)
    row["ratio"] = row["seconds_4n"] / row["seconds_n"]
    row["mb_ratio"] = row["mb_4n"] / row["mb_n"]
    if peer is not None:
        row["peer_ratio"] = row["peer_seconds_4n"] / row["peer_seconds_n"]
    return row


def _run(command: list[str], *, allowed: Sequence[int] = (0,)) -> tuple[float, float]:
    """Processor seconds and peak memory (MB) of a process; what it says goes nowhere."""
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = code = os.waitstatus_to_exitcode(status)
        if code not in allowed:
            said.seek(0)
            sys.exit(f"{' '.join(command)}\nexit code {code}: {said.read().decode()[-2000:]}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def _told(row: dict[str, Any]) -> str:
    ours = _figures(row, "")
    line = f"{row['name']:14} {row['n']:>9,} -> {row['4n']:>9,} {row['unit']:9} {ours}"
    return line + (f" | geopandas {_figures(row, 'peer_')}" if "peer_ratio" in row else "")


def _figures(row: dict[str, Any], who: str) -> str:
    seconds, memory = ([row[f"{who}{what}_{n}"] for n in ("n", "4n")] for what in ("seconds", "mb"))
    return (
        f"{seconds[0]:7.1f} -> {seconds[1]:7.1f} s (x{row[f'{who}ratio']:.1f})"
        f" {memory[0]:6.0f} -> {memory[1]:6.0f} MB"
    )


def _child(what: str, name: str, where: str) -> int:
    """In a process of its own: make the input of a work, or do it without lsgis."""
    folder, _, count = where.partition(":")
    if what == "given":
        WORKS[name].given(Path(folder), int(count))
    elif (peer := WORKS[name].peer) is not None:
        peer(Path(folder))
    return 0


# What is given: invented features in a grid of cells, drawn in the plane of the region.


def _cells(count: int) -> tuple[Any, float]:
    """Lower left corners (m) of so many cells inside the province, row by row; their side (m)."""
    import numpy as np
    import shapely

    ground = shapely.union_all(_communes().geometry.values)
    x0, y0, x1, y1 = ground.bounds
    side = min(_CELL_M, ((x1 - x0) * (y1 - y0) / (3 * count)) ** 0.5)
    x, y = np.meshgrid(np.arange(x0, x1, side), np.arange(y0, y1, side))
    corners = np.column_stack([x.ravel(), y.ravel()])
    inside = shapely.contains_xy(shapely.buffer(ground, -2 * side), corners)
    return corners[inside][:count], side


def _polygons(corners: Any, side: float) -> Any:
    """A rough polygon of 24 vertices in each cell; a fixed share reaches into the next one."""
    import numpy as np
    import shapely

    rng = np.random.default_rng(SEED)
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    radius = side * 0.42 * rng.uniform(0.85, 1.0, (len(corners), 24))
    radius[rng.random(len(corners)) < _OVERLAPPING] *= 1.5
    ring = corners[:, None, :] + side / 2
    ring = ring + np.stack([np.cos(angle), np.sin(angle)], axis=-1) * radius[..., None]
    return shapely.polygons(np.concatenate([ring, ring[:, :1]], axis=1))


@lru_cache(maxsize=1)
def _communes() -> Any:
    from lsgis.source import read_plan

    return read_plan().units


def _frame(shapes: Any, prefix: str, **columns: object) -> Any:
    import geopandas as gpd

    codes = [f"{prefix}-{n:06d}" for n in range(1, len(shapes) + 1)]
    named = {"code": codes, "name_vi": codes, "name_en": codes, **columns}
    return gpd.GeoDataFrame(named, geometry=list(shapes), crs=_communes().crs)


def _give_parcels(folder: Path, count: int) -> None:
    corners, side = _cells(count)
    _frame(_polygons(corners, side), "P").to_file(folder / "parcels.gpkg")
    _communes()[["commune_code", "geometry"]].to_file(folder / "places.gpkg")


def _give_sites(folder: Path, count: int) -> None:
    """Sites, and an index of the plan that is there already."""
    from lsgis.sitecheck import require_index

    corners, side = _cells(count)
    sites = _frame(_polygons(corners, side), "S", accuracy_m=0.5)
    sites[["name_vi", "accuracy_m", "geometry"]].to_file(folder / "sites.gpkg")
    require_index(cache=folder / "cache")


def _give_rows(folder: Path, count: int) -> None:
    """A table by old communes, a fixed share of which is written in other ways."""
    import numpy as np
    import pandas as pd

    from lsgis.catalogue import read_register

    old = read_register("crosswalk")
    old = old[old["partial"] == "no"].drop_duplicates(["old_name_vi", "old_district_vi"])
    rng = np.random.default_rng(SEED)
    rows = old.iloc[rng.integers(0, len(old), count)]
    names = rows["old_name_vi"].to_numpy(dtype=object)
    loud = rng.random(count) < _OVERLAPPING
    names[loud] = [f"Xã {name.upper()}" for name in names[loud]]
    pupils = rng.integers(1, 900, count)
    table = {"school": range(count), "xa": names, "huyen": rows["old_district_vi"].to_numpy()}
    pd.DataFrame({**table, "pupils": pupils}).to_csv(folder / "rows.csv", index=False)


def _give_communes(folder: Path, vertices: int) -> None:
    """The communes with so many vertices in all: shared edges stay shared, drawn rougher."""
    import numpy as np
    import shapely

    units = _communes()
    lines = shapely.get_parts(
        shapely.line_merge(shapely.union_all(shapely.boundary(units.geometry.values)))
    )
    step = 2 * shapely.length(lines).sum() / vertices  # nearly every edge is that of two communes
    lines = shapely.segmentize(lines, step)
    xy, line = shapely.get_coordinates(lines, return_index=True)
    end = np.append(line[1:] != line[:-1], True) | np.append(True, line[1:] != line[:-1])
    shift = np.random.default_rng(SEED).normal(0, 0.1, xy.shape) * min(step, 1.0)
    shift[end] = 0.0
    pieces = shapely.get_parts(shapely.polygonize(shapely.linestrings(xy + shift, indices=line)))
    tree = shapely.STRtree(units.geometry.values)
    piece, unit = tree.query(shapely.point_on_surface(pieces), predicate="within")
    drawn = [shapely.multipolygons(pieces[piece[unit == n]]) for n in range(len(units))]
    columns = [name for name in units.columns if name not in ("quality", "accuracy_m")]
    told = units[columns].assign(quality="indicative", accuracy_m=1500.0)
    told.set_geometry(drawn, crs=units.crs).to_file(folder / "commune.gpkg")


def _give_plan(folder: Path, each: int) -> None:
    """Features of every layer but communes and province, each in the commune it declares."""
    import numpy as np
    import shapely

    from lsgis.catalogue import layer_with_role, read_catalogue

    units = _communes()
    corners, side = _cells(each * _LAYERS)
    drawn, middles = _polygons(corners, side), shapely.points(corners + side / 2)
    place, unit = shapely.STRtree(units.geometry.values).query(middles, predicate="within")
    codes = np.full(len(corners), "", dtype=object)
    codes[place] = units["commune_code"].to_numpy(dtype=object)[unit]
    catalogue = read_catalogue()
    whole = {layer_with_role(catalogue, role).name for role in ("unit", "outline")}
    names = [name for name in catalogue if name not in whole]
    (folder / "plan").mkdir()
    for n, name in enumerate(names):
        layer, here = catalogue[name], slice(n, len(corners), len(names))
        areal = "Polygon" in (layer.geometry, *layer.accepts)
        shapes = drawn[here] if areal else middles[here]
        if layer.geometry == "LineString":
            across = np.stack([corners[here] + side * 0.1, corners[here] + side * 0.9], axis=1)
            shapes = shapely.linestrings(across)
        told = _frame(shapes, name[:3].upper(), commune_codes=codes[here], accuracy_m=5.0)
        if "zoning" in layer.roles:
            told = told.assign(zone="strict", kind="strict")
        told.rename(columns={"code": layer.key}).to_file(folder / "plan" / f"{name}.gpkg")


# The same without lsgis, as one would write it with geopandas.


def _overlay(folder: Path) -> None:
    import geopandas as gpd

    parcels, places = _read(folder)
    pieces = gpd.overlay(parcels, places, how="intersection", keep_geom_type=True)
    pieces.assign(area_m2=pieces.area).to_file(folder / "peer.gpkg")


def _clip(folder: Path) -> None:
    import geopandas as gpd

    parcels, places = _read(folder)
    pieces = gpd.clip(parcels, places.iloc[:20].union_all())
    pieces.assign(area_m2=pieces.area).to_file(folder / "peer.gpkg")


def _read(folder: Path) -> Any:
    import geopandas as gpd

    return gpd.read_file(folder / "parcels.gpkg"), gpd.read_file(folder / "places.gpkg")


def _overlay_sites(folder: Path) -> None:
    """What each site lies on and is nearest to, a layer at a time: no report, no accuracy."""
    import geopandas as gpd

    from lsgis.source import read_plan

    sites, told = gpd.read_file(folder / "sites.gpkg"), []
    for frame in read_plan().layers.values():
        here = frame[~frame.geometry.isna()][["geometry"]]
        if len(here):
            pieces = gpd.overlay(sites, here, how="intersection", keep_geom_type=False)
            told.append((pieces.area.sum(), gpd.sjoin_nearest(sites, here, distance_col="m")))


def _merge(folder: Path) -> None:
    """Rows joined by name and district as they are written: what is written otherwise is lost."""
    import pandas as pd

    from lsgis.catalogue import read_register

    old = read_register("crosswalk").drop_duplicates(["old_name_vi", "old_district_vi"])
    rows = pd.read_csv(folder / "rows.csv", dtype={"xa": str, "huyen": str})
    keys = {"left_on": ["xa", "huyen"], "right_on": ["old_name_vi", "old_district_vi"]}
    rows.merge(old, how="left", **keys).groupby("commune_code")["pupils"].sum()


def _convert(folder: Path) -> None:
    import geopandas as gpd

    communes = gpd.read_file(folder / "commune.gpkg")
    communes = communes.set_geometry(communes.geometry.make_valid())
    communes.to_file(folder / "peer.gpkg")


def _validate(folder: Path) -> None:
    """Valid, and nothing on anything else: two of some forty rules of a layer."""
    import geopandas as gpd

    communes = gpd.read_file(folder / "commune.gpkg")
    communes.is_valid.all(), communes.area.sum()
    shapes = communes[["commune_code", "geometry"]]
    gpd.overlay(shapes, shapes, how="intersection", keep_geom_type=True)


def _overlay_plan(folder: Path) -> None:
    """Every polygon of the plan over every other: the overlaps alone."""
    import geopandas as gpd
    import pandas as pd

    read = [gpd.read_file(path) for path in sorted((folder / "plan").glob("*.gpkg"))]
    areal = pd.concat([each[each.geom_type == "Polygon"][["geometry"]] for each in read])
    gpd.overlay(areal, areal, how="intersection", keep_geom_type=True).area.sum()


def _in(*told: object) -> Callable[[Path], list[object]]:
    """Arguments in which a path is one of the folder, and the cache is there, too."""
    return lambda folder: [folder / each if isinstance(each, Path) else each for each in told]


_CACHE = ("--cache", Path("cache"))
_OUT = ("--out", Path("out.gpkg"))

WORKS = {
    "check-sites": Work(
        "sites",
        2_500,
        _give_sites,
        _in("check-sites", Path("sites.gpkg"), "--out", Path("out"), "--on", "2026-11-22", *_CACHE),
        _overlay_sites,
    ),
    "crosswalk": Work(
        "rows",
        125_000,
        _give_rows,
        _in(
            *("crosswalk", Path("rows.csv"), "--name", "xa", "--district", "huyen"),
            *("--count", "pupils", "--out", Path("out.csv")),
        ),
        _merge,
    ),
    "check-layer": Work(
        "vertices",
        1_250_000,
        _give_communes,
        _in("check-layer", Path("commune.gpkg"), "--as", "commune", *_CACHE),
        _validate,
    ),
    "import": Work(
        "vertices",
        1_250_000,
        _give_communes,
        _in("import", Path("commune.gpkg"), "--as", "commune", *_OUT, *_CACHE),
        _convert,
    ),
    "check-plan": Work(
        "features",
        1_250,
        _give_plan,
        _in("check-plan", "--plan", Path("plan"), *_CACHE),
        _overlay_plan,
    ),
    "overlay-zones": Work(
        "parcels",
        2_500,
        _give_parcels,
        _in("overlay-zones", Path("parcels.gpkg"), Path("places.gpkg"), *_OUT, *_CACHE),
        _overlay,
    ),
    "clip-to": Work(
        "parcels",
        2_500,
        _give_parcels,
        _in("clip-to", Path("parcels.gpkg"), "--within", Path("places.gpkg"), *_OUT, *_CACHE),
        _clip,
    ),
    "publish": Work(
        "features",
        100,
        _give_plan,
        _in("publish", Path("site"), "--plan", Path("plan"), *_CACHE),
    ),
}


if __name__ == "__main__":
    sys.exit(main())
