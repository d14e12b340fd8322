"""How long, and with how much memory, are all communes of the country checked as a coverage?

    python scripts/bench_coverage.py [FILE] [--epsg 32648] [--json]

FILE is by default `geodata/communes_vn_2025.parquet` of the folder LSGIS_SHARED
(GeoParquet: needs pyarrow). The communes are moved to a projected CRS first,
VN-2000's neighbour UTM 48N on WGS 84 (EPSG:32648), in which areas are measured;
west of 102°E and east of 108°E its areas come out up to 0.4 % too large.
"""

import argparse
import json
import os
import resource
import sys
import time
from collections import Counter
from pathlib import Path

import geopandas as gpd
import shapely

from lsgis.check import check_coverage

SHARED = Path(os.environ.get("LSGIS_SHARED", Path(__file__).parents[2] / "shared"))
BARS = {"seconds": 300, "peak_mb": 4096}


def main() -> int:
    """Run the benchmark; exit code 1 when a bar is missed."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("file", nargs="?", default=SHARED / "geodata" / "communes_vn_2025.parquet")
    options.add_argument("--epsg", type=int, default=32648)
    options.add_argument("--json", action="store_true")
    asked = options.parse_args()
    if not Path(asked.file).is_file():
        sys.exit(f"no {asked.file}: set LSGIS_SHARED to the folder of real boundaries")
    result = measure(Path(asked.file), asked.epsg)
    print(json.dumps(result, indent=1, ensure_ascii=False) if asked.json else _table(result))
    return 0 if all(result[name] <= bar for name, bar in BARS.items()) else 1


def measure(file: Path, epsg: int) -> dict:
    """Read, move, check: seconds, peak memory and how many issues of each kind."""
    start = time.perf_counter()
    communes = gpd.read_parquet(file, columns=["code", "name", "geometry"]).to_crs(epsg)
    read = time.perf_counter()
    issues = check_coverage(communes, layer="commune", key="code", names="name")
    end = time.perf_counter()
    return {
        "polygons": len(communes),
        "vertices": int(shapely.get_num_coordinates(communes.geometry.values).sum()),
        "read_s": round(read - start, 1),
        "check_s": round(end - read, 1),
        "seconds": round(end - start, 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "issues": dict(Counter(issue.code for issue in issues)),
        "area_m2": {
            code: round(sum(i.values["area_m2"] for i in issues if i.code == code), 1)
            for code in ("LS-OVERLAP", "LS-COVER-GAP", "LS-COVER-SLIT")
        },
    }


def _table(result: dict) -> str:
    lines = []
    for name, value in result.items():
        lines += [f"{name:12} {value}"] if not isinstance(value, dict) else [f"{name}"]
        if isinstance(value, dict):
            lines += [f"  {code:20} {number:,}" for code, number in value.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
