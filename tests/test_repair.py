"""Repair on request: polygons tile afterwards, every change is logged, limits refuse the whole."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from toy import EAST as E0
from toy import NORTH as N0
from toy import block, square

from lsgis.check import check_coverage, repair_coverage
from lsgis.errors import CrsError, LayerError
from lsgis.text import LANGUAGES

needs_new_geos = pytest.mark.skipif(
    shapely.geos_version < (3, 14, 0) or not hasattr(shapely, "coverage_clean"),
    reason="closing gaps and overlaps needs GEOS 3.14",
)


def ring(*corners):
    return shapely.Polygon([(E0 + x, N0 + y) for x, y in corners])


def repaired(polygons, *, width_m=5, max_share=0.1):
    """Frame and log, after the laws of every repair have been held."""
    before = polygons.geometry.to_wkb().tolist()
    frame, log = repair_coverage(polygons, key="code", width_m=width_m, max_share=max_share)
    assert polygons.geometry.to_wkb().tolist() == before  # never over the input
    assert frame.drop(columns="geometry").equals(polygons.drop(columns="geometry"))
    assert frame.crs == polygons.crs and frame.geometry.dropna().is_valid.all()
    assert shapely.coverage_is_valid(np.asarray(frame.geometry))
    again, nothing = repair_coverage(frame, key="code", width_m=width_m, max_share=max_share)
    after = frame.geometry.to_wkb().tolist()
    assert again.geometry.to_wkb().tolist() == after and not len(nothing)
    pairs = zip(polygons["code"], before, after, strict=True)
    changed = {code for code, old, new in pairs if old != new}
    assert changed == set(log["feature"])
    return frame, log


@needs_new_geos
def test_a_sound_coverage_comes_back_as_it_was():
    frame, log = repaired(block(square(0, 0), shapely.MultiPolygon([square(100, 0)])))
    assert not len(log) and list(frame.geom_type) == ["Polygon", "MultiPolygon"]


@needs_new_geos
def test_an_overlap_goes_to_one_of_the_two_and_is_logged():
    frame, log = repaired(block(square(0, 0), square(99, 0), square(200, 0)))
    assert frame.area.sum() == pytest.approx(29_900)
    row = log[log["share"] < 0].iloc[0]
    assert (row["what"], row["count"], row["refused"]) == ("overlap", 1, "")
    assert {row["feature"], row["others"]} == {"1", "2"}
    assert row["width_m"] == pytest.approx(1, rel=0.06)
    assert (row["area_before_m2"], row["area_after_m2"]) == pytest.approx((10_000, 9_900))
    assert row["share"] == pytest.approx(-0.01)


@needs_new_geos
@pytest.mark.parametrize(("height", "closed"), [(4, True), (6, False)])
def test_a_closed_gap_up_to_the_width_is_filled(height, closed):
    below = shapely.difference(square(0, 0), square(20, 100 - height, 60))
    frame, log = repaired(block(below, square(0, 100)))
    assert frame.area.sum() == pytest.approx(20_000 - (0 if closed else height * 60))
    assert set(log["what"]) == {"gap" if closed else "edge"}


@needs_new_geos
def test_an_open_slit_is_left_to_the_planner():
    polygons = block(square(0, 0), square(103, 0))
    frame, log = repaired(polygons)
    assert not len(log) and frame.geometry.geom_equals_exact(polygons.geometry, 0).all()
    told = check_coverage(frame, layer="tile", key="code")
    assert [issue.code for issue in told] == ["LS-COVER-APART"] * 2 + ["LS-COVER-SLIT"]


@needs_new_geos
def test_a_vertex_on_one_side_is_given_to_the_other():
    left = ring((0, 0), (100, 0), (100, 37.3), (100, 100), (0, 100))
    frame, log = repaired(block(left, square(100, 0)))
    assert log["what"].tolist() == ["edge"] and log["feature"].tolist() == ["2"]
    assert shapely.get_num_coordinates(frame.geometry.iloc[1]) == 6


@needs_new_geos
def test_repeated_vertices_and_invalid_rings_are_steps_of_their_own():
    twice = ring((0, 0), (100, 0), (100, 0), (100, 100), (0, 100), (0, 100))
    # at its upper edge it runs over its own outline
    ear = ring((100, 0), (200, 0), (200, 100), (150, 100), (149, 101), (150, 101), (149, 100),
               (100, 100))  # fmt: skip
    frame, log = repaired(block(twice, ear), max_share=0.2)
    assert log[["feature", "what", "count"]].to_numpy().tolist()[:2] == [
        ["2", "make-valid", 1],
        ["1", "repeated-vertices", 2],
    ]
    assert (log["area_before_m2"] > 0).all() and frame.is_valid.all()


@needs_new_geos
def test_missing_shapes_and_any_index_are_kept():
    polygons = block(square(0, 0), None, square(99, 0)).set_index(np.array([7, 7, 9]))
    frame, log = repaired(polygons)
    assert frame.geometry.isna().tolist() == [False, True, False]
    assert frame.index.tolist() == [7, 7, 9] and set(log["feature"]) == {"1", "3"}


@needs_new_geos
@pytest.mark.parametrize(
    ("polygons", "limits", "why"),
    [
        pytest.param(block(square(0, 0), square(90, 0)), {"width_m": 5}, "width", id="too wide"),
        pytest.param(
            block(square(0, 0), square(99, 0)), {"max_share": 0.005}, "share", id="too much"
        ),
        pytest.param(
            block(square(0, 0), square(10, 10, 4)), {"max_share": 5.0}, "vanished", id="all of it"
        ),
        pytest.param(
            block(ring((0, 0), (100, 100), (100, 0), (0, 100))), {}, "share", id="a bow tie"
        ),
    ],
)
def test_the_whole_is_refused_beyond_a_limit(polygons, limits, why):
    options = {"width_m": 5.0, "max_share": 0.1} | limits
    with pytest.raises(LayerError, match="beyond the limits") as refusal:
        repair_coverage(polygons, key="code", **options)
    log = refusal.value.values["log"]
    bad = set(log.loc[log["refused"] != "", "feature"])
    for lang in LANGUAGES:  # as many as are listed, and no file that nobody wrote is named
        head, *lines = refusal.value.message(lang).splitlines()
        assert {line.split(":")[0].strip() for line in lines} == bad and f"{len(bad)} " in head
        assert len(lines) == len(bad)
    assert why in set(log["refused"]) and "diện tích" in refusal.value.message("vi")
    assert log.loc[log["refused"] != "", "feature"].isin(polygons["code"]).all()


@needs_new_geos
@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        pytest.param(
            lambda: repair_coverage(block(square(0, 0)).to_crs(4326), key="code", width_m=1),
            CrsError, "true metres", id="degrees",
        ),
        pytest.param(
            lambda: repair_coverage(block(square(0, 0)), key="ma", width_m=1),
            LayerError, "ma", id="no key",
        ),
        pytest.param(
            lambda: repair_coverage(block(square(0, 0)), key="code", width_m=-1),
            LayerError, "positive width", id="no width",
        ),
        pytest.param(
            lambda: repair_coverage(
                block(square(0, 0), shapely.Point(E0, N0)), key="code", width_m=1
            ),
            LayerError, "only polygons", id="a point",
        ),
    ],
)  # fmt: skip
def test_bad_calls_are_refused(call, error, match):
    with pytest.raises(error, match=match):
        call()


def test_an_old_geos_is_told(monkeypatch):
    monkeypatch.setattr(shapely, "geos_version", (3, 13, 0))
    with pytest.raises(
        LayerError, match=r"GEOS 3\.14 or later, found Python .*Python 3\.11 or later"
    ):
        repair_coverage(block(square(0, 0)), key="code", width_m=1)


NUDGE = st.floats(-0.4, 0.4)


@needs_new_geos
@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(NUDGE, NUDGE), min_size=36, max_size=36))
def test_nine_sloppy_squares_tile_after_repair(nudges):
    """Each corner of each square drawn by hand, up to 0.4 m off."""
    moves = iter(nudges)
    shapes = [
        ring(
            *((100 * x + i + dx, 100 * y + j + dy) for i, j in corners for dx, dy in [next(moves)])
        )
        for y in range(3)
        for x in range(3)
        for corners in [((0, 0), (100, 0), (100, 100), (0, 100))]
    ]
    frame, log = repaired(block(*shapes), width_m=2, max_share=0.05)
    found = check_coverage(frame, layer="tile", key="code", gap_width_m=2)
    assert not {i.code for i in found} & {"LS-OVERLAP", "LS-COVER-GAP", "LS-COVER-EDGE"}
    assert np.isfinite(log["share"].astype(float)).all()


@needs_new_geos
def test_what_one_cleaning_leaves_is_cleaned_in_the_same_repair():
    """Three corners off: cleaned once, an edge still runs within a millimetre of a corner."""
    moves = {18: (0, 0.25), 32: (0, -0.25), 35: (0.25, 0)}
    corners = [(0, 0), (100, 0), (100, 100), (0, 100)]
    shapes = []
    for n in range(9):
        off = [moves.get(4 * n + c, (0, 0)) for c in range(4)]
        x, y = 100 * (n % 3), 100 * (n // 3)
        shapes.append(
            ring(*((x + i + dx, y + j + dy) for (i, j), (dx, dy) in zip(corners, off, strict=True)))
        )
    repaired(block(*shapes), width_m=2, max_share=0.05)  # a second repair changes nothing


@needs_new_geos
def test_the_real_communes(real_communes):
    communes = real_communes.assign(code=real_communes["commune_code"])
    with pytest.raises(LayerError, match="beyond the limits"):  # an overlap is 49 m wide
        repair_coverage(communes, key="code", width_m=5)
    frame, log = repaired(communes, width_m=50, max_share=1e-4)
    change = frame.area - communes.area
    assert abs(change.sum()) / communes.area.sum() < 1e-5
    assert (change / communes.area).abs().max() < 1e-4
    assert log.loc[log["what"] == "repeated-vertices", "count"].sum() == 2298
    cut = log[log["what"] != "repeated-vertices"]
    assert set(cut["what"]) == {"overlap", "gap", "overlap; gap"} and len(cut) == 13
    assert (cut["area_after_m2"] - cut["area_before_m2"]).sum() == pytest.approx(
        change.sum(), abs=1
    )
    found = check_coverage(frame, layer="commune", key="code")
    assert not {i.code for i in found} & {"LS-OVERLAP", "LS-COVER-GAP", "LS-COVER-EDGE"}
