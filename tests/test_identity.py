"""A feature is held against the row that its code and its name both mean, or against none."""

import json

import geopandas as gpd
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from lsgis.catalogue import read_facts, require_layer
from lsgis.check import check_layer, describe_issue
from lsgis.check.identity import NOBODY, identify
from lsgis.cli import main
from lsgis.ledger.inventory import pair_features

PARK = require_layer("industrial_park")
FACTS = pd.DataFrame(
    {
        "code": ["KCN-01", "KCN-02", "KCN-03", "KCN-04"],
        "name_vi": ["Khu công nghiệp Hữu Lũng (VSIP Lạng Sơn)", "Khu công nghiệp Đồng Bành",
                    "Khu công nghiệp Hồng Phong", "Khu công nghiệp Hòa Phong"],
        "area_ha": [100.0, 200.0, 300.0, 400.0],
    }
)  # fmt: skip


def parks(codes, names, sides=None):
    sides = sides or [1000.0] * len(codes)
    shapes = [
        box(440_000 + 5000 * n, 2_410_000, 440_000 + 5000 * n + side, 2_411_000)
        for n, side in enumerate(sides)
    ]
    return gpd.GeoDataFrame({"code": codes, "name_vi": names}, geometry=shapes, crs="EPSG:9215")


def found_of(issues, code):
    return [issue for issue in issues if issue.code == code]


CODES = st.sampled_from(["KCN-01", "KCN-02", "KCN-03", "KCN-04", "KCN-09", None])
NAMES = st.sampled_from([*FACTS["name_vi"], "Na Dương", "KCN Na Dương", None, ""])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(CODES, NAMES), min_size=1, max_size=4))
def test_no_figure_is_of_a_feature_that_its_name_denies(pairs):
    """Areas of 100 ha each: a difference is told of the row that bears the name, or of none."""
    frame = parks([code for code, _ in pairs], [name for _, name in pairs])
    issues = check_layer(frame, PARK, facts=FACTS)
    official = {row.name_vi: row.area_ha for row in FACTS.itertuples()}
    of_code = {row.code: row.area_ha for row in FACTS.itertuples()}
    expected, conflicts = [], 0
    for code, name in pairs:
        figure = official.get(name) if name else of_code.get(code)
        expected += [figure] if figure not in (None, 100.0) else []
        known = FACTS.set_index("code")["name_vi"].get(code)
        conflicts += bool(name and known is not None and known != name)
    told = [issue.values["official_ha"] for issue in found_of(issues, "LS-AREA-DIFFERS")]
    assert sorted(told) == sorted(expected)
    assert len(found_of(issues, "LS-KEY-NAME")) == conflicts


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("Khu công nghiệp Hồng Phong", 2), ("KCN Hồng Phong", 2), ("Khu CN Hồng Phong", 2),
        ("HỒNG PHONG", 2), ("Hong Phong", 2), ("khu cong nghiep Hong Phong", 2),
        ("Hữu Lũng", 0), ("VSIP Lạng Sơn", 0), ("Khu công nghiệp Hoà Phong", 3), ("Hòa Phong", 3),
        ("Hồng Phóng", NOBODY), ("Hồng Phong 2", NOBODY), ("Na Dương", NOBODY), ("", NOBODY),
        ("KCN", NOBODY),
    ],
)  # fmt: skip
def test_a_name_is_known_however_its_office_writes_it(name, row):
    found = identify(parks([None], [name]), FACTS, PARK)
    assert found.by_name.tolist() == [row] == found.row.tolist()


@pytest.mark.parametrize("n", range(len(read_facts(PARK))))
def test_every_row_of_the_register_is_itself(n):
    facts = read_facts(PARK)
    row = facts.iloc[n]
    found = identify(parks([row["code"]], [row["name_vi"]]), facts, PARK)
    assert (found.by_code[0], found.by_name[0], found.agrees[0]) == (n, n, True)


def test_names_that_two_rows_bear_name_neither():
    facts = FACTS.assign(name_vi=["Một", "Một", "Hai", "Ba"])
    frame = parks([None, "KCN-01", "KCN-03"], ["Một", "Một", "Một"])
    found = identify(frame, facts, PARK)
    assert found.row.tolist() == [NOBODY, 0, NOBODY]
    assert found.agrees.tolist() == [True, True, False]


def test_an_own_park_is_not_held_against_another_of_its_code(tmp_path):
    path = tmp_path / "own.gpkg"
    side = 2_250_000 / 1000
    parks(["KCN-03"], ["Khu công nghiệp Na Dương"], [side]).to_file(path)
    words = ["check-layer", str(path), "--as", "industrial_park"]
    done = CliRunner().invoke(main, [*words, "--json"])
    rows = {row["code"]: row for row in json.loads(done.output)["rows"]}
    assert "LS-AREA-DIFFERS" not in rows and done.exit_code == 1
    said = rows["LS-KEY-NAME"]["message"]
    assert "KCN-03" in said and "Na Dương" in said and "Hồng Phong" in said


def test_both_are_named_where_the_name_is_of_another_row():
    issues = check_layer(parks(["KCN-03"], ["KCN Đồng Bành"]), PARK, facts=FACTS)
    (issue,) = found_of(issues, "LS-KEY-NAME")
    for lang in ("vi", "en"):
        said = describe_issue(issue, lang)["message"]
        assert "Hồng Phong" in said and "KCN-02 Khu công nghiệp Đồng Bành" in said
    absent = found_of(issues, "LS-KEY-ABSENT")[0].values["keys"]
    assert any(key.startswith("KCN-03") for key in absent)


@settings(max_examples=60, deadline=None)
@given(st.permutations(range(4)), st.permutations(range(4)))
def test_the_ledger_pairs_by_the_name_where_code_and_name_are_two_rows(codes, names):
    frame = parks([FACTS["code"][n] for n in codes], [FACTS["name_vi"][n] for n in names])
    pairs = pair_features(FACTS, frame, PARK)
    assert pairs == {row: n for n, row in enumerate(names)}
