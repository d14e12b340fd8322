"""How fast is a site check against a plain geopandas script, and are the answers the same?

    python scripts/bench_check.py [--json] [--rounds N]

In one run, interleaved, on the same work (`bench_zones.py`; the 65 real communes
from the folder LSGIS_SHARED): the naive way lays the site over each layer and
measures the distance to it; `judge_site` gives every verdict, `check_site` the
whole report. Cold: a naive script against one process that opens a prepared
index and prints the report. Quote the ratios, never the seconds alone.
"""

import argparse
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import shapely
from bench_zones import frame_of, make_lines, make_points, make_sites, make_zones

from lsgis.catalogue import read_catalogue
from lsgis.sitecheck import build_index, check_site, judge_site, require_index
from lsgis.sitefile.reader import Site
from lsgis.source import Plan, read_plan
from lsgis.source.embedded import complete

SHARED = Path(os.environ.get("LSGIS_SHARED", Path(__file__).parents[2] / "shared"))
COMMUNES = SHARED / "geodata" / "communes_2025.geojson"
# zones and points restrict; lines are context; the communes are those of the province
ZONES, POINTS, LINES = "hazard_zone", "geopark_site", "national_road"
ON = date(2026, 11, 22)
SEED = 20260228
BARS = {"report": 50.0, "warm": 300.0, "warm_p99_ms": 2.0, "cold": 2.5}


def main() -> int:
    """Run the benchmark; exit code 1 when an answer differs or a bar is missed."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--json", action="store_true")
    options.add_argument("--rounds", type=int, default=60)
    asked = options.parse_args()
    if not COMMUNES.is_file():
        sys.exit(f"no {COMMUNES}: set LSGIS_SHARED to the folder of real boundaries")
    with tempfile.TemporaryDirectory() as folder:
        result = measure(Path(folder), asked.rounds)
    print(json.dumps(result, indent=1) if asked.json else _table(result))
    met = result["warm"]["ratio"] >= BARS["warm"] and result["cold"]["ratio"] >= BARS["cold"]
    met &= result["warm"]["report_ratio"] >= BARS["report"]
    met &= result["warm"]["verdicts_ms"]["p99"] <= BARS["warm_p99_ms"]
    return 0 if met and not result["differences"] else 1


def measure(folder: Path, rounds: int) -> dict:
    """Everything, in one run."""
    rng = np.random.default_rng(SEED)
    plan = read_plan(communes=COMMUNES)
    province = plan.layers["province"].geometry.iloc[0]
    drawn = {
        ZONES: make_zones(province, rng),
        POINTS: make_points(province, rng),
        LINES: make_lines(province, rng),
    }
    own = {name: frame_of(shapes, name) for name, shapes in drawn.items()}
    sites = make_sites(province, rounds * 20, rng)
    for name, frame in own.items():
        columns = {"quality": "indicative", "accuracy_m": 5.0, "commune_codes": ""}
        own[name] = complete(frame.assign(**columns), read_catalogue()[name])
    layers = MappingProxyType({**{n: _emptied(n, f) for n, f in plan.layers.items()}, **own})
    started = time.perf_counter()
    index = build_index(Plan(layers, plan.provenance, plan.parts, ()))
    built = time.perf_counter() - started
    frames = {**{name: layers[name] for name in own}, "commune": layers["commune"]}
    return {
        "work": {
            "zones": len(drawn[ZONES]),
            "vertices": int(shapely.get_num_coordinates(drawn[ZONES]).sum()),
            "communes": len(layers["commune"]),
            "built_s": built,
        },
        "warm": _warm(frames, index, sites, rounds),
        "differences": _differences(frames, index, sites[:rounds]),
        "cold": _cold(folder, own, sites[0], max(5, rounds // 6)),
    }


def _emptied(name: str, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Restricting layers of the real plan without their places: they are not part of the work."""
    return frame.set_geometry([None] * len(frame), crs=frame.crs) if _restricts(name) else frame


def _restricts(name: str) -> bool:
    return read_catalogue()[name].restricts


def naive(site: shapely.Geometry, frames: dict) -> dict:
    """Overlay and distance per layer, as one would write it in a notebook."""
    found = {}
    one = gpd.GeoDataFrame(geometry=[site], crs="EPSG:9215")
    for name, frame in frames.items():
        pieces = gpd.overlay(frame, one, how="intersection", keep_geom_type=False)
        key = "commune_code" if name == "commune" else "code"
        areas = dict(zip(pieces[key], pieces.area, strict=True))
        found[name] = (frame.distance(site).min(), areas)
    return found


def ours(site: Site, index) -> dict:
    """The same questions, asked of the index: verdicts, communes, nearest line."""
    verdicts = judge_site(site, index)
    themes = {theme["layer"]: theme for theme in verdicts.themes}
    areas = {f["key"]: f["area_m2"] for f in themes[ZONES]["findings"] if f["area_m2"]}
    communes = {found.feature.key: found.area_m2 for found in verdicts.communes}
    nearest = index.nearest(LINES, site.geometry)
    return {
        ZONES: (themes[ZONES]["nearest"]["distance_m"], areas),
        POINTS: (themes[POINTS]["nearest"]["distance_m"], {}),
        LINES: (nearest.distance_m, {}),
        "commune": (0.0, communes),
    }


def _site(shape: shapely.Geometry) -> Site:
    told = {"kind": "wkt", "name": "bench", "sha256": "0" * 64}
    return Site("bench", shape, 0.5, "polygon", told, "EPSG:9215", "", None, ())


def _warm(frames: dict, index, sites: list, rounds: int) -> dict:
    gc.freeze()  # frames and index are no garbage: nobody has to look through them again and again
    naive_s, verdict_s, report_s = [], [], []
    for shape in sites[:5]:
        ours(_site(shape), index), check_site(_site(shape), index, on=ON), naive(shape, frames)
    for n in range(rounds):
        naive_s.append(_timed(naive, sites[n], frames))
        several = sites[20 * n : 20 * n + 20]
        verdict_s += [_timed(ours, _site(shape), index) for shape in several]
        report_s += [_timed(check_site, _site(shape), index, on=ON) for shape in several]
    return {
        "naive_ms": _quantiles(naive_s),
        "verdicts_ms": _quantiles(verdict_s),
        "report_ms": _quantiles(report_s),
        "ratio": float(np.median(naive_s) / np.median(verdict_s)),
        "report_ratio": float(np.median(naive_s) / np.median(report_s)),
    }


def _timed(function, *values, **options) -> float:
    started = time.perf_counter()
    function(*values, **options)
    return time.perf_counter() - started


def _quantiles(seconds: list) -> dict:
    p50, p99 = np.quantile(seconds, [0.5, 0.99]) * 1000
    return {"p50": float(p50), "p99": float(p99), "runs": len(seconds)}


def _differences(frames: dict, index, sites: list) -> list:
    """Answers that differ: areas by more than a millionth, distances by more than 1 µm."""
    found = []
    for n, shape in enumerate(sites):
        theirs, mine = naive(shape, frames), ours(_site(shape), index)
        for name, (distance, areas) in theirs.items():
            other, parts = mine[name]
            real = {key: area for key, area in areas.items() if area > 1e-6}
            same = real.keys() == parts.keys() and all(
                abs(parts[key] - area) <= 1e-6 * max(area, 1.0) for key, area in real.items()
            )
            if not same or abs(distance - other) > 1e-6:
                found.append([n, name, distance, other, areas, parts])
    return found


_NAIVE = """
import sys, geopandas as gpd, shapely
plan, communes, wkt = sys.argv[1:]
site = shapely.from_wkt(wkt)
one = gpd.GeoDataFrame(geometry=[site], crs="EPSG:9215")
for name in ("hazard_zone", "geopark_site", "national_road", "commune"):
    frame = gpd.read_file(communes) if name == "commune" else gpd.read_file(plan, layer=name)
    frame = frame.to_crs("EPSG:9215")
    pieces = gpd.overlay(frame, one, how="intersection", keep_geom_type=False)
    print(name, frame.distance(site).min(), dict(zip(pieces.iloc[:, 0], pieces.area)))
"""


def _cold(folder: Path, own: dict, shape: shapely.Geometry, runs: int) -> dict:
    """Whole processes on the same files: read them, answer, print."""
    plan, cache = folder / "plan.gpkg", folder / "cache"
    for name, frame in own.items():
        frame.to_file(plan, layer=name)
    require_index(communes=COMMUNES, plan=plan, cache=cache)
    size = next(cache.rglob("*.sqlite")).stat().st_size
    theirs = [sys.executable, "-c", _NAIVE, str(plan), str(COMMUNES), shape.wkt]
    mine = [sys.executable, "-m", "lsgis", "check-site", f"SRID=9215;{shape.wkt}", "--json"]
    mine += ["--accuracy", "0.5", "--on", ON.isoformat(), "--plan", str(plan)]
    mine += ["--communes", str(COMMUNES), "--cache", str(cache)]
    naive_s, ours_s = [], []
    for _ in range(runs):
        naive_s.append(_timed(_run, theirs, ZONES))
        ours_s.append(_timed(_run, mine, f'"{ZONES}"'))
    return {
        "naive_ms": _quantiles(naive_s),
        "report_ms": _quantiles(ours_s),
        "ratio": float(np.median(naive_s) / np.median(ours_s)),
        "index_mb": size / 1e6,
    }


def _run(command: list, expected: str) -> None:
    """Run a command whose answer names the zones; exit code 1 says that something was found."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1) or expected not in done.stdout:
        sys.exit(f"{command[:5]} failed: {done.stderr}")


def _table(result: dict) -> str:
    warm, cold = result["warm"], result["cold"]
    lines = [
        f"work: {result['work']}",
        f"warm, naive overlay and distance per layer: {_said(warm['naive_ms'])}",
        f"warm, judge_site (verdicts, communes, nearest): {_said(warm['verdicts_ms'])}",
        f"warm, check_site (the whole report): {_said(warm['report_ms'])}",
        f"warm ratio: {warm['ratio']:.0f} (bar {BARS['warm']:.0f}); "
        f"whole report: {warm['report_ratio']:.0f} (bar {BARS['report']:.0f})",
        f"cold, naive script: {_said(cold['naive_ms'])}",
        f"cold, lsgis check-site --json: {_said(cold['report_ms'])}",
        f"cold ratio: {cold['ratio']:.1f} (bar {BARS['cold']:.1f}); "
        f"index {cold['index_mb']:.1f} MB",
        f"answers that differ: {len(result['differences'])}",
        *(str(row) for row in result["differences"][:5]),
    ]
    return "\n".join(lines)


def _said(times: dict) -> str:
    return f"p50 {times['p50']:.2f} ms, p99 {times['p99']:.2f} ms ({times['runs']} runs)"


if __name__ == "__main__":
    sys.exit(main())
