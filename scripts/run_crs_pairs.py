"""A site whose file states a system it is not in: refused, answered with the doubt, or silent?

    python scripts/run_crs_pairs.py [--sample N]

Each system that data of the region may be in is taken for each other one: the numbers of the
true system, declared as another. Printed for `check-site` and `import`: how many are refused,
how many told, and each that is silent, with the metres it lies off; for right declarations how
far the answer lies off (mm). Exit code 1 when a wrong one is silent, or a right one off.
"""

import argparse
import random
import sys
import tempfile
from pathlib import Path

import geopandas as gpd
import shapely

from lsgis.crs import ZONES, find_crs, move_geometries, plane_of
from lsgis.errors import LsgisError
from lsgis.layerfile import import_layer
from lsgis.region import read_region
from lsgis.sitecheck.declared import standing_cautions
from lsgis.sitefile import read_site

SYSTEMS = [f"EPSG:{code}" for code in (*ZONES, 4756, 4326, 32648, 32649)]
SIDE_M = 800.0
# rows of the log of an import that speak of where the features lie
WARNINGS = {"crs-unlikely", "zone-untold", "datum-untold", "datum-shift"}


def pairs(sample: int = 0, seed: int = 1) -> list[tuple[str, str]]:
    """True and declared systems; all of them, or so many taken by chance."""
    found = [(true, said) for true in SYSTEMS for said in SYSTEMS if true != said]
    return random.Random(seed).sample(found, sample) if sample else found


def square() -> shapely.Polygon:
    """A parcel in the middle of the region, in its plane."""
    region = read_region()
    west, south, east, north = region.box
    middle = shapely.Point((west + east) / 2, (south + north) / 2)
    at = move_geometries([middle], find_crs("EPSG:4756"), plane_of(region))[0]
    return shapely.box(at.x, at.y, at.x + SIDE_M, at.y + SIDE_M)


def written(folder: Path, true: str, said: str) -> Path:
    """The parcel in the numbers of one system, as a file that states another."""
    path = folder / "a.gpkg"
    path.unlink(missing_ok=True)
    here = move_geometries([square()], plane_of(read_region()), find_crs(true))
    gpd.GeoDataFrame({"code": ["A"]}, geometry=here, crs=said).to_file(path)
    return path


def site_of(path: Path) -> tuple[str, float]:
    """What check-site has to say of a file ("refused", "told", "silent"), metres it lies off."""
    try:
        site = read_site(path)
    except LsgisError:
        return "refused", 0.0
    told = standing_cautions(site.log)
    off = site.geometry.centroid.distance(square().centroid)
    return ("told" if told else "silent"), off


def import_of(path: Path) -> tuple[str, float]:
    """The same of an import as a layer."""
    try:
        frame, log = import_layer(path, "industrial_park")
    except LsgisError:
        return "refused", 0.0
    off = frame.geometry[0].centroid.distance(square().centroid)
    return ("told" if WARNINGS & {*log["what"]} else "silent"), off


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=0)
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, ask in (("check-site", site_of), ("import", import_of)):
            counts = {"refused": 0, "told": 0, "silent": 0}
            for true, said in pairs(parser.parse_args().sample):
                answer, off = ask(written(Path(folder), true, said))
                counts[answer] += 1
                if answer == "silent":
                    bad += 1
                    print(f"{name}: {true} declared {said}: silent, {off:.1f} m off")
            rights = {code: ask(written(Path(folder), code, code)) for code in SYSTEMS}
            worst = max(off for _, off in rights.values())
            bad += sum(off > 0.001 or answer == "refused" for answer, off in rights.values())
            print(f"{name}: {counts}; {len(rights)} right ones at most {worst * 1000:.1f} mm off")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
