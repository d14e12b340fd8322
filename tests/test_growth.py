"""What there is to do grows as the work does: counted in calls, which no other process can change.

Seconds and memory of whole commands: scripts/bench_growth.py.
"""

import cProfile
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from toy import frame, square

from lsgis.catalogue import read_catalogue
from lsgis.check import check_between, issues_frame
from lsgis.check.coverage import _split_by
from lsgis.check.issue import Term, describe_issue, describe_issues, new_issue
from lsgis.check.shape import check_duplicates
from lsgis.cli.output import print_rows
from lsgis.region import read_region

SCRIPT = Path(__file__).resolve().parent.parent / "scripts" / "bench_growth.py"
TIMES = 4
LAYER = read_catalogue()["wetland"]


def calls_of(function, *given):
    """How many calls a function makes, everything it imports or reads once left out."""
    function(*given)
    profile = cProfile.Profile()
    profile.runcall(function, *given)
    return sum(entry.callcount for entry in profile.getstats())


def overlaps(count):
    """So many issues of two features, each with figures of its own."""
    told = {"reason": Term("any-any", "overlap_rule"), "basis": Term("check.own-rule"), "rule": "r"}
    return [
        new_issue("LS-OVERLAP-NOTED", LAYER, key=f"A{n}", name=f"a{n}", other=f"B{n}",
                  other_name=f"b{n}", other_layer="reservoir", place=shapely.Point(n, 0),
                  area_m2=1.7 * n, share=n / 5000, width_m=0.3 * n, accuracy_m=7.5, **told)
        for n in range(count)
    ]  # fmt: skip


def shapes(count):
    """So many squares, each third one drawn twice."""
    drawn = [square(200 * n, 0) for n in range(count)]
    return np.array([drawn[n - (n % 3) // 2] for n in range(count)], dtype=object)


def describe(count):
    issues = overlaps(count)
    return issues_frame, issues, "vi"


def find_twice(count):
    return check_duplicates, shapes(count), LAYER, np.arange(count).astype(str)


def show(count):
    rows = pd.DataFrame({"status": ["missing"] * count, "layer": ["wetland"] * count})
    return lambda: print_rows(rows, lang="vi", notes={}, region=read_region())


@pytest.mark.parametrize(
    ("work", "each"),
    [
        pytest.param(describe, 120, id="issues in words"),
        pytest.param(find_twice, 25, id="shapes drawn twice"),
    ],
)
def test_calls_grow_as_the_work_does(work, each):
    few, many = (calls_of(*work(count)) for count in (150, 150 * TIMES))
    assert many <= 1.05 * TIMES * few
    assert (many - few) / (150 * (TIMES - 1)) <= each


def test_a_column_of_one_word_is_said_once(capsys):
    few, many = (calls_of(show(count)) for count in (150, 150 * TIMES))
    capsys.readouterr()
    assert (many - few) / (150 * (TIMES - 1)) <= 100


@given(groups=st.lists(st.integers(0, 9), max_size=40))
def test_values_are_split_by_their_group(groups):
    group, values = np.array(groups, dtype=int), np.arange(len(groups))
    split = _split_by(group, values, 10)
    assert [part.tolist() for part in split] == [values[group == n].tolist() for n in range(10)]


@pytest.mark.parametrize("lang", ["vi", "en"])
@given(amounts=st.lists(st.sampled_from([1, 1.0, 2, 2.5, 0.0, np.float64(1)]), max_size=8))
def test_issues_told_together_are_told_as_each_alone(lang, amounts):
    """One amount never lends its words to another that is equal, and no issue its own."""
    unit = Term("check.unit.points")
    told = {"share": 0.5, "distance_m": 3.0, "accuracy_m": 1.0, "unit": unit}
    issues = [
        new_issue("LS-PLACE-PARTLY-OUTSIDE", LAYER, key=f"K{n}", amount=amount, **told)
        for n, amount in enumerate(amounts)
    ]
    together = describe_issues(issues, lang)
    for n, issue in enumerate(issues):
        assert describe_issue(issue, lang) == {part: texts[n] for part, texts in together.items()}


def test_between_layers_calls_grow_as_pairs_do():
    """A fixed share of the features of two layers lies on each other."""

    def layers(count):
        one = frame(*shapes(count), code=[f"A{n}" for n in range(count)])
        other = frame(*shapes(count)[::5], code=[f"B{n}" for n in range(0, count, 5)])
        return check_between, {"wetland": one, "reservoir": other}

    few, many = (calls_of(*layers(count)) for count in (100, 100 * TIMES))
    assert many <= 1.05 * TIMES * few


def test_the_benchmark_tells_time_and_memory_at_n_and_4n():
    asked = [sys.executable, str(SCRIPT), "overlay-zones", "--part", "0.004", "--alone", "--json"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    (row,) = json.loads(done.stdout)
    assert (row["n"], row["4n"]) == (10, 40)
    assert row["seconds_n"] > 0 and row["mb_n"] > 50
    assert row["ratio"] == pytest.approx(row["seconds_4n"] / row["seconds_n"])
