"""Empty parts and rings: every public door answers as without them, and the process lives on.

GEOS 3.14 ends the process over some of them, so each door is asked in a child process.
"""

import json
import random
import subprocess
import sys
import warnings
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from toy import VN2000, square

import lsgis
from lsgis.hollow import hollow_rows, without_empty_parts

MULTI = {"Polygon": "MultiPolygon", "LineString": "MultiLineString", "Point": "MultiPoint"}
EMPTY = {
    "MultiPolygon": shapely.Polygon(),
    "MultiLineString": shapely.LineString(),
    "MultiPoint": shapely.Point(),
}
MAKE = {
    "MultiPolygon": shapely.multipolygons,
    "MultiLineString": shapely.multilinestrings,
    "MultiPoint": shapely.multipoints,
    "GeometryCollection": shapely.geometrycollections,
}


def hollowed(shape, rng):
    """The shape with empty rings and parts put in at random places, one at the least."""
    if shape.geom_type == "Polygon":
        holes = [*shape.interiors, *[shapely.LinearRing()] * rng.randint(1, 2)]
        rng.shuffle(holes)
        return shapely.polygons(shape.exterior, np.array(holes, dtype=object))
    parts = list(shapely.get_parts(shape))
    if shape.geom_type == "GeometryCollection":
        parts = [hollowed(part, rng) for part in parts]
    else:
        parts = [
            hollowed(p, rng) if p.geom_type == "Polygon" and rng.random() < 0.5 else p
            for p in parts
        ]
    none = EMPTY.get(shape.geom_type, shapely.MultiPolygon())
    parts.insert(rng.randint(0, len(parts)), none)
    return MAKE[shape.geom_type](parts)


def drawn(rng):
    """Sound shapes near each other: polygons with holes, several parts."""
    east, north = rng.uniform(0, 40), rng.uniform(0, 40)
    ring = square(east, north, 60).difference(square(east + 20, north + 20, 10))
    other = square(east + 100, north, 30)
    return rng.choice([ring, shapely.MultiPolygon([ring, other]), shapely.MultiPolygon([other])])


@pytest.mark.parametrize("seed", range(40))
def test_what_was_put_in_is_left_out_again(seed):
    rng = random.Random(seed)
    plain = drawn(rng)
    line = shapely.MultiLineString([[(0, 0, 1), (1, 1, 2)], [(5, 5, 1), (6, 6, 2)]])
    several = shapely.GeometryCollection([plain, line, shapely.GeometryCollection([plain])])
    shapes = np.array([plain, None, line, several, shapely.Polygon(), shapely.Point(1, 2)])
    assert without_empty_parts(shapes) is shapes and not len(hollow_rows(shapes))
    odd = shapes.copy()
    for row in (0, 2, 3):
        odd[row] = hollowed(shapes[row], rng)
    kept = without_empty_parts(odd)
    assert shapely.to_wkb(kept).tolist() == shapely.to_wkb(shapes).tolist()
    assert hollow_rows(odd).tolist() == [0, 2, 3]
    assert kept[5] is odd[5]


# --- every public door, in a process of its own ---------------------------------------------


def read(folder, way, name):
    rows = json.loads((folder / f"{way}-{name}.json").read_text())
    shapes = shapely.from_wkt([row.pop("wkt") for row in rows])
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=VN2000)


def plain(frame):
    shapes = shapely.normalize(np.asarray(frame.geometry))
    return frame.drop(columns="geometry").to_json(), shapely.to_wkt(shapes, -1).tolist()


def issues(found):
    return [repr(issue) for issue in found if issue.code != "LS-GEOM-EMPTY-PART"]


def as_layer(frame, name):
    return frame.assign(**{lsgis.require_layer(name).key: frame["code"]})


def checked(frame, name, province=None):
    layer = lsgis.require_layer(name)
    return issues(lsgis.check_layer(as_layer(frame, name), layer, province=province))


def site_checked(shape):
    given = {"kind": "wkt", "name": "", "sha256": "0" * 64}
    site = lsgis.Site("a", shape, 5.0, "polygon", given, "EPSG:9215", "", None, ())
    report = lsgis.check_site(site, lsgis.read_plan(), on=date(2026, 1, 1))
    return [repr(theme) for theme in report.themes]


def site_read(source):
    site = lsgis.read_site(source, crs="EPSG:9215")
    return site.geometry.normalize().wkt, site.accuracy_m


def vector(path):
    return plain(lsgis.read_vector(path))


def doors(folder, way):
    left, right = (read(folder, way, name) for name in ("left", "right"))
    two = {n: as_layer(f, n) for n, f in (("nature_reserve", left), ("industrial_park", right))}
    text = shapely.to_wkt(left.geometry.iloc[0], -1)
    file = folder / f"{way}.geojson"
    keys = {"left_key": "code", "right_key": "code"}
    return {
        "check_layer reserve": lambda: checked(left, "nature_reserve", right),
        "check_layer park": lambda: checked(left, "industrial_park"),
        "check_layer commune": lambda: checked(left, "commune", right),
        "check_coverage": lambda: issues(
            lsgis.check_coverage(left, layer="commune", key="code", outline=right)
        ),
        "check_between": lambda: issues(lsgis.check_between(two)),
        "repair_coverage": lambda: plain(
            lsgis.repair_coverage(left.iloc[:1], key="code", width_m=0.1)[0]
        ),
        "overlay_zones": lambda: plain(lsgis.overlay_zones(left, right, **keys)),
        "clip_to": lambda: plain(lsgis.clip_to(left, right)),
        "join_places": lambda: plain(lsgis.join_places(left, right, key="code", declared=None)),
        "simplify_for_web": lambda: plain(lsgis.simplify_for_web(left.iloc[:1], tolerance_m=5)[0]),
        "read_vector": lambda: vector(file),
        "read_site of a file": lambda: site_read(file),
        "read_site of a text": lambda: site_read(text),
        "check_site": lambda: site_checked(left.geometry.iloc[0]),
        "detect_datum_shift": lambda: repr(lsgis.detect_datum_shift(left, right)),
    }


def answers(folder, way):
    done = subprocess.run(
        [sys.executable, __file__, str(folder), way], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.returncode}: {done.stderr[-800:]}"
    return json.loads(done.stdout)


@pytest.mark.parametrize("seed", [7, 8])
def test_every_door_answers_as_without_them(tmp_path, seed):
    rng = random.Random(seed)
    for name in ("left", "right"):
        sound = [drawn(rng) for _ in range(3)]
        for way, shapes in (("plain", sound), ("hollow", [hollowed(s, rng) for s in sound])):
            rows = [
                {"code": f"{name}{n}", "wkt": shapely.to_wkt(s, rounding_precision=-1)}
                for n, s in enumerate(shapes)
            ]
            (tmp_path / f"{way}-{name}.json").write_text(json.dumps(rows))
            if name == "left":
                crs = {"type": "name", "properties": {"name": "EPSG:9215"}}
                features = [
                    {"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(s)}
                    for s in shapes[:1]
                ]
                whole = {"type": "FeatureCollection", "crs": crs, "features": features}
                (tmp_path / f"{way}.geojson").write_text(json.dumps(whole))
    told = answers(tmp_path, "hollow")
    assert told == answers(tmp_path, "plain")
    refused = [name for name, answer in told.items() if answer[:1] == ["refused"]]
    assert refused == []


def test_it_is_told(tmp_path):
    rng = random.Random(1)
    shape = hollowed(square(0, 0), rng)
    frame = gpd.GeoDataFrame({"code": ["a", "b"]}, geometry=[square(200, 0), shape], crs=VN2000)
    layer = lsgis.require_layer("commune")
    (told,) = [i for i in lsgis.check_layer(frame, layer) if i.code == "LS-GEOM-EMPTY-PART"]
    assert told.values["found"] == "2"
    site = lsgis.read_site(shape.wkt, crs="EPSG:9215")
    assert {"code": "site.hollow", "count": 1, "found": "1"} in [dict(row) for row in site.log]


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    found = {}
    for name, door in doors(Path(sys.argv[1]), sys.argv[2]).items():
        print(name, file=sys.stderr, flush=True)
        try:
            found[name] = door()
        except lsgis.LsgisError as error:
            found[name] = ["refused", error.message("en")]
    print(json.dumps(found))
