"""Lay polygon pairs of the GEOS or JTS test suite over each other; hold answers to exact areas.

    python scripts/run_overlay_cases.py FOLDER [--most 4000] [--seeded 0] [--plain]

FOLDER holds the XML files of a test suite: tests/xmltester/tests of the GEOS sources (`apt-get
source geos` on Debian), or modules/tests/src/test/resources/testxml of JTS. They are not part of
lsgis. Each pair is asked about as it lies, and in the plane of the region: moved there by whole
metres and scaled by a power of two, so that it stays as hard as it is; where rounding changes how
the two meet (DE-9IM) it is told as another pair. `--seeded` adds so many pairs that nearly
coincide; `--plain` asks shapely alone, for comparison.

Exit code 1 when an answer differs.
"""

import argparse
import re
import sys
import time
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

sys.path[:0] = [str(Path(__file__).resolve().parent.parent / name) for name in ("tests", "")]

from exact_area import common_area, nearly_coinciding  # noqa: E402

from lsgis.catalogue import read_catalogue  # noqa: E402
from lsgis.check.overlap import ARITHMETIC_M2, check_overlaps  # noqa: E402
from lsgis.combine import clip_to, not_computed, overlay_zones  # noqa: E402
from lsgis.combine.common_ground import find_ground  # noqa: E402
from lsgis.combine.plausible import without_empty_parts  # noqa: E402
from lsgis.crs import plane_of  # noqa: E402
from lsgis.errors import LsgisError  # noqa: E402
from lsgis.sitecheck.store import shelve  # noqa: E402
from lsgis.source import read_plan  # noqa: E402

Pair = tuple[shapely.Geometry, shapely.Geometry]
PLANE = plane_of()
_EXTENT_M = 2.0**15  # how wide a pair is made in the plane of the region, about
_ROUNDING = 2.0**-48


def main() -> int:
    """Ask, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--most", type=int, default=4000, help="corners of a pair, at most")
    parser.add_argument("--seeded", type=int, default=0, help="pairs that nearly coincide, added")
    parser.add_argument("--plain", action="store_true", help="ask shapely alone")
    asked = parser.parse_args()
    start, tally, wrong = time.perf_counter(), Counter(), []
    files, pairs = read_pairs(asked.folder)
    print(f"{len(pairs)} pairs of polygons, all different, in {files} files")
    rng = np.random.default_rng(339)
    pairs += [(f"seeded/{n}", nearly_coinciding(rng)) for n in range(asked.seeded)]
    east, north = np.reshape(read_plan().outline.total_bounds, (2, 2)).mean(axis=0).round()
    ways = {"shapely": _by_shapely} if asked.plain else WAYS
    for name, pair in pairs:
        if sum(map(shapely.get_num_coordinates, pair)) > asked.most:
            tally["too many corners"] += 1
            continue
        places = {"as it lies": pair}
        if (moved := move(pair, east, north)) is not None:
            places["in the plane"] = moved
            tally["in the plane: " + nature(pair, moved)] += 1
        for place, each in places.items():
            sound = all(map(shapely.is_valid, each))
            true = common_area(*each) if sound else np.nan
            for way, ask in ways.items():
                answer = hold(ask, each, true)
                tally[f"{place}, {way}: {answer.partition(' ')[0]}"] += 1
                if answer.startswith("differ"):
                    wrong.append(f"{name}, {place}, {way}: {answer}")
    for told, count in sorted(tally.items()):
        print(f"{count:>7}  {told}")
    print(*wrong[:40], sep="\n")
    print(f"{len(wrong)} answers differ; {time.perf_counter() - start:.0f} s")
    return 1 if wrong else 0


def read_pairs(folder: Path) -> tuple[int, list[tuple[str, Pair]]]:
    """How many files hold pairs of polygons; each pair once, by the file and number of its case."""
    found: dict[bytes, tuple[str, Pair]] = {}
    files = set()
    for path in sorted(folder.rglob("*.xml")):
        for n, case in enumerate(ET.parse(path).getroot().iter("case")):
            shapes = [_read(case.findtext(name)) for name in "ab"]
            if all(shape is not None and _is_ground(shape) for shape in shapes):
                files.add(path)
                key = b"|".join(shapely.to_wkb(shape) for shape in shapes)
                found.setdefault(key, (f"{path.stem}/{n}", (shapes[0], shapes[1])))
    return len(files), list(found.values())


def _read(text: str | None) -> shapely.Geometry | None:
    text = (text or "").strip()
    is_hex = re.fullmatch(r"[0-9A-Fa-f\s]+", text)
    read = shapely.from_wkb if is_hex else shapely.from_wkt
    return read(re.sub(r"\s+", "" if is_hex else " ", text), on_invalid="ignore") if text else None


def _is_ground(shape: shapely.Geometry) -> bool:
    xy = shapely.get_coordinates(shape)
    return "Polygon" in shape.geom_type and len(xy) > 0 and bool(np.isfinite(xy).all())


def move(pair: Pair, east: float, north: float) -> Pair | None:
    """A pair in the plane of the region, as near as numbers allow; None for one without extent."""
    x0, y0, x1, y1 = shapely.total_bounds(pair)
    extent = max(x1 - x0, y1 - y0)
    if not 1e-200 < extent < 1e200:
        return None
    scale = 2.0 ** np.floor(np.log2(_EXTENT_M / extent))
    shift = np.round([east - scale * (x0 + x1) / 2, north - scale * (y0 + y1) / 2])
    one, other = (shapely.transform(shape, lambda xy: xy * scale + shift) for shape in pair)
    return one, other


def nature(pair: Pair, moved: Pair) -> str:
    """Whether a pair that was moved still meets as it did."""
    if [shape.is_valid for shape in pair] != [shape.is_valid for shape in moved]:
        return "another pair (validity)"
    if not all(map(shapely.is_valid, pair)):
        return "invalid"
    pair, moved = (without_empty_parts(np.array(each, dtype=object)) for each in (pair, moved))
    return "same" if pair[0].relate(pair[1]) == moved[0].relate(moved[1]) else "another pair"


def hold(ask: Callable[[Pair], tuple[float, float]], pair: Pair, true: float) -> str:
    """agree, issue, refused, or differ with both figures."""
    try:
        found, least = ask(pair)
    except LsgisError as error:
        return f"refused {error.code}"
    if np.isnan(found):
        return "issue"
    if np.isnan(true):
        return "invalid"
    reach = float(np.abs(shapely.total_bounds(pair)).max()) * _ROUNDING
    rim = sum(map(shapely.length, pair))
    room = max(4 * reach * rim, least) + 1e-12 * true
    return "agree" if abs(found - true) <= room else f"differ {found!r}, exactly {true!r}"


# The ways in which lsgis states an overlap: area, and what it leaves out as nothing.


def _frame(shape: shapely.Geometry) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"code": ["1"]}, geometry=[shape], crs=PLANE)


def _stated(frame: pd.DataFrame) -> tuple[float, float]:
    if not_computed(frame).any():
        return np.nan, 0.0
    return float(frame["area_m2"].sum()), 0.0


def _by_overlay(pair: Pair) -> tuple[float, float]:
    one, other = map(_frame, pair)
    return _stated(overlay_zones(one, other, left_key="code", right_key="code"))


def _by_clip(pair: Pair) -> tuple[float, float]:
    return _stated(clip_to(*map(_frame, pair)))


def _by_issue(pair: Pair) -> tuple[float, float]:
    if not all(map(shapely.is_valid, pair)):  # told as such, and looked at no further
        return np.nan, 0.0
    rows = gpd.GeoDataFrame(geometry=list(pair), crs=PLANE)
    layer = read_catalogue()["commune"]
    told = check_overlaps(rows, layer, np.array(["1", "2"], dtype=object))
    if any(issue.code == "LS-OVERLAP-NOT-COMPUTED" for issue in told):
        return np.nan, 0.0
    areas = [issue.values["area_m2"] for issue in told if "area_m2" in issue.values]
    return sum(areas), ARITHMETIC_M2


def _by_check(pair: Pair) -> tuple[float, float]:
    if not all(map(shapely.is_valid, pair)):  # refused as a site or as a layer
        return np.nan, 0.0
    pieces, edges = shelve(np.array([pair[1]], dtype=object)).around(None)
    found = find_ground(_filled(pair[0]), pieces, edges)
    return (found[0].size if found else 0.0), 0.0


def _filled(shape: shapely.Geometry) -> shapely.Geometry:
    """A site has no empty parts: they are dropped where it is read."""
    return without_empty_parts(np.array([shape], dtype=object))[0]


def _by_shapely(pair: Pair) -> tuple[float, float]:
    if not all(map(shapely.is_valid, pair)):
        return np.nan, 0.0
    return float(shapely.intersection(*pair).area), 0.0


WAYS = {
    "overlay_zones": _by_overlay,
    "clip_to": _by_clip,
    "check-layer": _by_issue,
    "check-site": _by_check,
}


if __name__ == "__main__":
    sys.exit(main())
