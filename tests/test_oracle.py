"""lsgis held against an implementation that shares no code with it; the whole: run_oracle.py."""

import ast
from itertools import islice
from pathlib import Path

import numpy as np
import oracle
import pytest
import shapely
from oracle_case import KINDS, Case, Tally, compare, limits_kept, make_case, make_sites
from toysite import KIND, UNKNOWN, Zone, square, toy_index, toy_site

from lsgis.sitecheck import build_index
from lsgis.sitecheck.record import SEVERITY
from lsgis.source import read_plan

SEEDS = (339, 340)


def test_the_oracle_shares_no_code_with_lsgis():
    tree = ast.parse(Path(oracle.__file__).read_text(encoding="utf-8"))
    named = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import)
             for alias in node.names}  # fmt: skip
    named |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name for name in named if name.split(".")[0] not in ("shapely", "pyproj", "numpy")} <= {
        "collections.abc", "dataclasses", "itertools", "math",
    }  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
def test_the_two_agree(seed):
    """Every kind of site against every kind of layer: no state differs, nor any figure."""
    case, tally = make_case(seed), Tally()
    for kind, site in make_sites(case, seed, 3):
        compare(case, kind, site, tally, place=str(seed))
    assert tally.wrong == [] and limits_kept(tally), tally.worst
    assert set(tally.by_kind) == set(KINDS)
    assert {*SEVERITY[:3], "incomplete", "no_data", "not_affected"} <= set(tally.by_state)
    assert tally.ties <= 3 and tally.findings > 150


def test_they_agree_on_a_plan_read_from_files(tmp_path):
    """Through the door that a planner uses: a GeoPackage of his own layers, read and indexed."""
    made = make_case(341)
    import geopandas as gpd

    names = ["nature_reserve", "monument_zone", "water_corridor", "wetland"]
    for name in names:
        rows = made.themes[name].features
        told = {"code": [row.key for row in rows], "quality": [row.quality for row in rows],
                "accuracy_m": [row.accuracy_m for row in rows],
                "name_vi": [row.key for row in rows]}  # fmt: skip
        shapes = [row.shape for row in rows]
        frame = gpd.GeoDataFrame(told, geometry=shapes, crs="EPSG:9215")
        frame.to_file(tmp_path / "plan.gpkg", layer=name)
    index = build_index(read_plan(plan=tmp_path / "plan.gpkg"))
    case = Case(index, {name: made.themes[name] for name in names})
    tally = Tally()
    for kind, site in islice(make_sites(case, 341, 1), 27):
        if "outside" not in kind and kind != "whole province":  # of the toy's square province
            compare(case, kind, site, tally, place="files", communes=False)
    assert tally.wrong == [] and limits_kept(tally)
    assert tally.states == 4 * tally.sites and tally.findings > 20


# ---- the oracle itself, where one can see the answer


@pytest.mark.parametrize(
    ("e", "deep"), [(49.999, True), (50.001, False), (0.0, True), (1e9, False)]
)
@pytest.mark.parametrize("turn", [0, 17, 45])
def test_the_middle_of_a_square_is_as_deep_as_half_its_side(e, deep, turn):
    shape = shapely.affinity.rotate(square(0, 0, 100, 300), turn)
    assert oracle.deeper(shape, oracle.segments(shape.boundary), e) is deep


def test_a_changed_state_is_seen():
    """Whoever says less than the promise, or more, is found out."""
    rng = np.random.default_rng(1)
    case = make_case(339)
    named = "wetland"
    other = Case(
        toy_index({named: [Zone(None if each.shape is None else each.shape.buffer(0.5))
                           for each in case.themes[named].features]}), case.themes,
    )  # fmt: skip
    tally = Tally()
    for _ in range(12):
        compare(other, "polygon", KINDS["polygon"](rng, case), tally)
    assert any(named in told for told in tally.wrong)


def test_no_accuracy_is_never_sure():
    zone = square(0, 0, 900, 900)
    theme = oracle.Theme("x", (oracle.Drawn("1", zone, UNKNOWN, "authoritative"),))
    site = square(400, 400, 500, 500)
    assert oracle.judge(site, 1.0, theme).state == "likely"
    assert KIND[2] == toy_site(site).kind


@pytest.mark.parametrize("seed", range(4))
def test_a_depth_is_told_to_the_millimetre(seed):
    """A round site whose deepest place is none of its corners' own: it is found all the same."""
    from lsgis.combine.common_ground import size_deeper

    rng = np.random.default_rng(seed)
    zone = square(0, 0, 2000, 2000)
    centre = shapely.Point(zone.bounds[0] + 500, zone.bounds[1] + rng.uniform(900, 1100))
    site = centre.buffer(rng.uniform(20, 200), quad_segs=16)
    depth = max(zone.boundary.distance(shapely.Point(xy)) for xy in site.exterior.coords)
    outline = np.array([zone.boundary], dtype=object)
    assert size_deeper([site], outline, depth - 0.001) > 0
    assert size_deeper([site], outline, depth + 0.001) == 0
