"""Facts joined on codes, places found by geometry, places united."""

import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from toy import VN2000
from toy import placed as frame

from lsgis.combine import dissolve_places, join_facts, join_places, share_places, unmatched_facts
from lsgis.errors import LayerError

NAN = float("nan")

# West and east share the edge x = 100; nothing lies south of y = 0.
WEST, EAST_PLACE = shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)
PLACES = frame(EAST_PLACE, WEST, commune_code=["06457", "06385"])


@pytest.mark.parametrize(
    ("shape", "declared", "code", "share", "count", "text", "status"),
    [
        pytest.param(
            shapely.box(38, 0, 138, 50), "06385; 06457", "06385", 0.62, 2,
            "06385 0.62; 06457 0.38", "agrees", id="polygon in two, both declared",
        ),
        pytest.param(
            shapely.box(38, 0, 138, 50), "06385", "06385", 0.62, 2, "06385 0.62; 06457 0.38",
            "conflicts", id="polygon in two, one declared",
        ),
        pytest.param(
            shapely.box(50, 0, 150, 50), "06457;06385", "06385", 0.5, 2, "06385 0.5; 06457 0.5",
            "agrees", id="a tie goes to the smallest code",
        ),
        pytest.param(
            shapely.box(90, 0, 100, 10), "06385", "06385", 1, 1, "06385 1", "agrees",
            id="touching the other place is not lying in it",
        ),
        pytest.param(
            shapely.box(0, -300, 100, 100), "", "06385", 0.25, 1, "06385 0.25", "undeclared",
            id="three quarters outside",
        ),
        pytest.param(
            shapely.LineString([(10, 50), (190, 50), (190, 60)]), "06457", "06457", 10 / 19, 2,
            "06457 0.5263; 06385 0.4737", "conflicts", id="line by length",
        ),
        pytest.param(
            shapely.LineString([(100, 0), (100, 50)]), "06457; 06385", "06385", 1, 2,
            "06385 1; 06457 1", "agrees", id="line along the common edge is in both",
        ),
        pytest.param(
            shapely.Point(150, 50), "06457", "06457", 1, 1, "06457 1", "agrees", id="point",
        ),
        pytest.param(
            shapely.Point(100, 50), "06457; 06385", "06385", 1, 2, "06385 1; 06457 1", "agrees",
            id="point on the common edge is in both",
        ),
        pytest.param(
            shapely.Point(150, 50), "06385", "06457", 1, 1, "06457 1", "conflicts", id="elsewhere",
        ),
        pytest.param(shapely.Point(150, 50), "99999", "06457", 1, 1, "06457 1", "conflicts",
                     id="declared in a place that is not there"),
        pytest.param(shapely.Point(150, 50), None, "06457", 1, 1, "06457 1", "undeclared",
                     id="nothing declared"),
        pytest.param(shapely.Point(1, -1), "06385", "", NAN, 0, "", "outside", id="outside"),
        pytest.param(shapely.box(0, -9, 9, 0), "", "", NAN, 0, "", "outside", id="only touching"),
        pytest.param(None, "06385", "", NAN, 0, "", "not_located", id="not located"),
        pytest.param(shapely.Point(), "", "", NAN, 0, "", "not_located", id="empty"),
    ],
)  # fmt: skip
def test_place_of_a_feature(shape, declared, code, share, count, text, status):
    features = frame(shape, commune_codes=[declared])
    row = join_places(features, PLACES).iloc[0]
    assert row["place_share"] == pytest.approx(share, nan_ok=True)
    found = [row[f"place_{name}"] for name in ("code", "count", "shares", "status")]
    assert found == [code, count, text, status]
    assert "place_within_accuracy" not in row


@pytest.mark.parametrize(
    ("shape", "declared", "accuracy_m", "within", "declared_share"),
    [
        pytest.param(shapely.Point(130, 50), "06385", 50, True, 0, id="30 m off, within 50 m"),
        pytest.param(shapely.Point(130, 50), "06385", 20, False, 0, id="30 m off, 20 m stated"),
        pytest.param(shapely.Point(130, 50), "06385", NAN, False, 0, id="no accuracy stated"),
        pytest.param(shapely.Point(130, 50), "06385; 06457", 1, True, 1, id="agrees anyway"),
        pytest.param(shapely.Point(130, 50), "", 500, False, 0, id="nothing declared"),
        pytest.param(shapely.Point(130, 50), "99999", 500, False, 0, id="unknown code"),
        pytest.param(shapely.Point(50, -40), "06385", 50, True, 0, id="outside, but near"),
        pytest.param(shapely.box(95, 0, 195, 9), "06385", 0, True, 0.05, id="a part lies in it"),
        pytest.param(None, "06385", 50, False, 0, id="not located"),
    ],
)
def test_accuracy_may_explain_a_conflict(shape, declared, accuracy_m, within, declared_share):
    features = frame(shape, commune_codes=[declared], accuracy_m=[accuracy_m])
    row = join_places(features, PLACES).iloc[0]
    assert row["place_within_accuracy"] == within
    assert row["place_declared_share"] == pytest.approx(declared_share)


def test_a_share_below_the_threshold_is_listed_but_names_no_place():
    sliver = frame(shapely.box(0, 0, 100 + 1e-5, 100), commune_codes=["06385"]).set_axis(["a"])
    assert join_places(sliver, PLACES)["place_status"].tolist() == ["agrees"]
    assert join_places(sliver, PLACES, min_share=0)["place_status"].tolist() == ["conflicts"]
    shares = share_places(sliver, PLACES)
    assert list(shares) == ["place_code", "area_m2", "length_m", "share"]
    assert shares["place_code"].to_dict() == {"a": "06457"} and len(shares) == 2
    assert shares["area_m2"].tolist() == pytest.approx([10_000, 1e-3], rel=1e-4)


@pytest.mark.parametrize(("min_share", "count"), [(0.2499, 2), (0.25, 1), (0.7501, 0)])
def test_a_share_at_the_threshold_names_no_place(min_share, count):
    quarter = frame(shapely.box(75, 0, 175, 100), commune_codes=[""])
    assert join_places(quarter, PLACES, min_share=min_share)["place_count"].tolist() == [count]


def test_what_lies_in_two_declared_places_lies_in_them_once():
    edge = frame(shapely.LineString([(100, 0), (100, 50)]), commune_codes=["06457; 06385"])
    assert join_places(edge, PLACES)["place_declared_share"].tolist() == [1]


def test_a_register_of_ten_gates_keeps_what_nobody_located():
    gates = frame(shapely.Point(1, 1), None, commune_codes=["06385", "06457"], name_vi=["a", "b"])
    joined = join_places(gates, PLACES, declared=None)
    assert joined["place_status"].tolist() == ["undeclared", "not_located"]
    assert joined.columns[:3].tolist() == gates.columns.tolist()
    assert join_places(gates.iloc[:0], PLACES)["place_code"].tolist() == []
    assert join_places(joined, PLACES).columns.tolist() == joined.columns.tolist()


@pytest.mark.parametrize(
    ("call", "match"),
    [
        pytest.param(
            lambda: join_places(PLACES, PLACES, declared="commune_codes"),
            "features: expected the column commune_codes", id="no declared column",
        ),
        pytest.param(
            lambda: join_places(PLACES, PLACES.iloc[[0, 0]], declared=None),
            "places, column commune_code: expected one row a code, found more for: 06457",
            id="a place twice",
        ),
        pytest.param(
            lambda: join_places(PLACES, PLACES.assign(commune_code=["", "06385"]), declared=None),
            "expected a code in every row, found 1 row without", id="a place without code",
        ),
        pytest.param(
            lambda: join_places(PLACES, PLACES.assign(commune_code=[6457, 6385]), declared=None),
            r"expected codes as text \(such as '06385'\), found 6457", id="codes as numbers",
        ),
        pytest.param(
            lambda: join_facts(PLACES, pd.DataFrame({"commune_code": ["06457"] * 2})),
            "facts, column commune_code: .*more for: 06457", id="two rows of facts",
        ),
        pytest.param(
            lambda: join_facts(PLACES, pd.DataFrame({"commune_code": [6457]})),
            "facts, column commune_code: expected codes as text", id="facts with numbers",
        ),
        pytest.param(
            lambda: join_facts(PLACES, pd.DataFrame({"commune_code": [], "geometry": []})),
            "columns geometry stand in both tables", id="a column in both",
        ),
        pytest.param(
            lambda: join_facts(PLACES, pd.DataFrame({"commune_code": [], "matched": []})),
            "columns matched stand in both tables", id="the column that is added",
        ),
        pytest.param(
            lambda: share_places(PLACES, frame(shapely.Point(0, 0), commune_code=["06385"])),
            r"places: expected polygons, found: .*\(Point\)", id="a point holds nothing",
        ),
        pytest.param(
            lambda: dissolve_places(frame(shapely.Point(0, 0), zone=["a"]), by="zone"),
            r"features: expected polygons, found: .*\(Point\)", id="points make no ground",
        ),
        pytest.param(
            lambda: join_facts(PLACES, pd.DataFrame({"code": []})),
            "facts: expected the column commune_code, found only: code", id="no key",
        ),
    ],
)  # fmt: skip
def test_a_join_that_cannot_be_right_is_refused(call, match):
    with pytest.raises(LayerError, match=match):
        call()


def test_facts_without_a_feature_are_reported():
    facts = pd.DataFrame({"commune_code": ["06385", "06001", None], "population": [9, 8, 7]})
    joined = join_facts(PLACES, facts)
    assert joined["matched"].tolist() == [False, True]
    assert joined["population"].tolist() == pytest.approx([NAN, 9], nan_ok=True)
    assert unmatched_facts(PLACES, facts)["population"].tolist() == [8, 7]


code = st.sampled_from(["06385", "06457", "06001", "Hoà", "Hòa", ""])


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(code, st.integers(0, 3)), max_size=6),
    known=st.lists(code, unique=True),
)
def test_joining_facts_keeps_every_row_and_the_index(rows, known):
    index = pd.Index([label for _, label in rows], dtype=int)  # labels may repeat
    codes = [commune for commune, _ in rows]
    features = frame(*[None] * len(rows), commune_code=codes).set_axis(index)
    facts = pd.DataFrame({"commune_code": known, "fact": [f"of {name}" for name in known]})
    joined = join_facts(features, facts)
    assert joined[features.columns.tolist()].equals(features) and joined.crs == VN2000
    assert joined["matched"].tolist() == [name != "" and name in known for name in codes]
    for name, fact, matched in zip(codes, joined["fact"], joined["matched"], strict=True):
        assert fact == f"of {name}" if matched else pd.isna(fact)


metres = st.integers(-50_000, 250_000).map(lambda n: n / 997)
shape = st.one_of(
    st.none(),
    st.tuples(metres, metres).map(shapely.Point),
    st.tuples(metres, metres, metres, metres)
    .map(lambda four: shapely.MultiPoint([four[:2], four[2:]]).envelope)
    .filter(lambda area: area.area > 1),
)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.tuples(shape, st.integers(0, 3), code), max_size=5))
def test_joining_places_keeps_every_row_and_measures_it(rows):
    shapes, labels, codes = zip(*rows, strict=True) if rows else ((), (), ())
    features = frame(*shapes, commune_codes=list(codes)).set_axis(pd.Index(labels, dtype=int))
    joined = join_places(features, PLACES, min_share=0)
    assert joined[features.columns.tolist()].equals(features)
    for one, status, count in zip(
        shapes, joined["place_status"], joined["place_count"], strict=True
    ):
        inside = one is not None and one.intersects(WEST | EAST_PLACE)
        touches = inside and one.geom_type == "Polygon" and one.touches(WEST | EAST_PLACE)
        assert (count == 0) == (status in ("outside", "not_located"))
        assert (status == "not_located") == (one is None)
        if not touches and (not inside or one.intersection(WEST | EAST_PLACE).area != 0):
            assert (count > 0) == inside
    area = share_places(features, PLACES)["area_m2"].sum()
    assert area == pytest.approx(features.intersection(PLACES.union_all()).area.sum(), abs=1e-3)


def test_places_united_by_code_count_overlaps_once():
    communes = frame(
        shapely.box(0, 0, 60, 100), shapely.box(40, 0, 100, 100), None, WEST, WEST, WEST,
        zone=["a", "a", "a", "", None, "b"],
    )  # fmt: skip
    united = dissolve_places(communes, by="zone")
    plain = united.drop(columns="geometry").to_numpy().tolist()
    assert plain == [["a", 3, 2, pytest.approx(10_000)], ["b", 1, 1, pytest.approx(10_000)]]
    assert united.crs == VN2000 and united.geom_type.tolist() == ["Polygon"] * 2
    nowhere = dissolve_places(communes.assign(zone=list("abcabd")), by="zone").iloc[2]
    assert nowhere["located"] == 0 and nowhere["area_m2"] == 0 and nowhere.geometry is None
