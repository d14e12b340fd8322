"""Environmental zones: strict over limited over the rest, a partition whatever the parts."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from toy import EAST, NORTH, VN2000, here

from lsgis.combine import compose_zones, missing_parts, overlay_zones, summarise_zones, trace_parts
from lsgis.errors import LayerError

NAN = float("nan")


def parts_of(*rows):
    """Parts from (zone, part, toy shape) with an optional quality and accuracy."""
    return placed_parts(*((*row[:2], here(row[2]), *row[3:]) for row in rows))


def placed_parts(*rows):
    """Parts from shapes that lie where the province is."""
    full = [(*row, "indicative", 50.0)[:5] if len(row) == 3 else row for row in rows]
    columns = list(zip(*full, strict=True)) if full else [()] * 5
    return gpd.GeoDataFrame(
        {
            "zone": list(columns[0]), "part": list(columns[1]),
            "clause": [f"c-{part}" for part in columns[1]],
            "name_vi": [f"vùng {part}" for part in columns[1]],
            "name_en": [f"part {part}" for part in columns[1]],
            "quality": list(columns[3]), "accuracy_m": list(columns[4]),
        },
        geometry=list(columns[2]), crs=VN2000,
    )  # fmt: skip


box = shapely.box
GROUND = gpd.GeoDataFrame(geometry=[here(box(0, 0, 100, 100))], crs=VN2000)  # one hectare


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([], [("other", "", 10_000)], id="no parts: all is the rest"),
        pytest.param(
            [("strict", "A", box(0, 0, 50, 100)), ("limited", "B", box(25, 0, 75, 100))],
            [("strict", "A", 5000), ("limited", "B", 2500), ("other", "", 2500)],
            id="limited is what strict leaves",
        ),
        pytest.param(
            [("strict", "A", box(0, 0, 50, 100)), ("strict", "B", box(40, 0, 60, 100))],
            [
                ("strict", "A", 4000), ("strict", "B", 1000), ("strict", "A; B", 1000),
                ("other", "", 4000),
            ],
            id="common ground of two parts is counted once and names both",
        ),
        pytest.param(
            [("strict", "A", box(0, 0, 10, 10)), ("strict", "A", box(5, 0, 20, 10))],
            [("strict", "A", 200), ("other", "", 9800)],
            id="two rows of one part are one piece",
        ),
        pytest.param(
            [("strict", "A", box(0, 0, 10, 10)), ("strict", "B", box(0, 0, 10, 10))],
            [("strict", "A; B", 100), ("other", "", 9900)],
            id="two parts on the same ground",
        ),
        pytest.param(
            [("limited", "B", box(10, 10, 90, 90) - box(20, 20, 80, 80))],
            [("limited", "B", 2800), ("other", "", 7200)],
            id="the hole of a part is the rest",
        ),
        pytest.param(
            [("strict", "A", box(-50, -50, 50, 150)), ("limited", "B", box(100, 0, 200, 100))],
            [("strict", "A", 5000), ("other", "", 5000)],
            id="what lies outside the boundary or touches it has no piece",
        ),
        pytest.param(
            [("strict", "A", box(-1, -1, 101, 101)), ("limited", "B", box(1, 1, 2, 2))],
            [("strict", "A", 10_000)],
            id="strict everywhere leaves no limited and no rest",
        ),
        pytest.param(
            [("limited", "B", shapely.MultiPolygon([box(0, 0, 9, 9), box(50, 50, 51, 51)]))],
            [("limited", "B", 82), ("other", "", 9918)],
            id="a part of two pieces is one",
        ),
        pytest.param(
            [("strict", "A", None), ("limited", "B", shapely.Point(5, 5))],
            [("other", "", 10_000)],
            id="a point has no ground",
        ),
    ],
)  # fmt: skip
def test_zones_of_a_hectare(rows, expected):
    parts = parts_of(*rows)
    before = parts.copy(deep=True)
    pieces = compose_zones(parts, GROUND)
    assert parts.equals(before)
    found = pieces[["zone", "part", "area_m2"]].to_numpy().tolist()
    assert found == [[zone, part, pytest.approx(area)] for zone, part, area in expected]
    assert pieces["share"].sum() == pytest.approx(1) and pieces.is_valid.all()


def test_each_piece_keeps_clause_name_quality_and_what_is_not_located():
    parts = parts_of(
        ("strict", "city", box(0, 0, 50, 50), "authoritative", 5.0),
        ("strict", "reserve", box(40, 0, 60, 50), "schematic", 1500.0),
        ("strict", "groundwater", None, "none", NAN),
        ("limited", "buffer", box(0, 50, 50, 60), "indicative", NAN),
        ("limited", "wetland", None, "none", NAN),
        ("other", "", None, "none", NAN),
    )
    parts["clause"] = ["c1", "c2; c1", "c3", "c4", "c5", "c6"]
    parts["source"] = ["s1", "s2", "", "s1", "", ""]
    pieces = compose_zones(parts, GROUND.assign(quality="schematic", accuracy_m=900.0))
    by_part = pieces.set_index("part")
    both = by_part.loc["city; reserve"]
    assert both[["clause", "quality", "accuracy_m", "source"]].tolist() == [
        "c1; c2", "schematic", 1500, "s1; s2",
    ]  # fmt: skip
    assert both["name_vi"] == "vùng city; vùng reserve" and both["not_located"] == ""
    limited = by_part.loc["buffer"]
    assert limited["not_located"] == "groundwater" and limited["quality"] == "indicative"
    assert np.isnan(limited["accuracy_m"])  # unknown is not small
    rest = by_part.loc[""]
    assert rest[["clause", "name_en", "quality"]].tolist() == ["c6", "part", "schematic"]
    assert rest["not_located"] == "groundwater; wetland"
    missing = missing_parts(parts)
    assert missing["part"].tolist() == ["groundwater", "wetland"]
    assert missing["clause"].tolist() == ["c3", "c5"] and "geometry" not in missing


@pytest.mark.parametrize(
    ("parts_m", "boundary_m", "rest_m"),
    [
        pytest.param([3, 5], 900, 900, id="the boundary errs most"),
        pytest.param([3, 1500], 900, 1500, id="a part errs most"),
        pytest.param([3, NAN], 900, NAN, id="one part unknown"),
        pytest.param([NAN, 3], 900, NAN, id="the other unknown"),
        pytest.param([3, 1500], NAN, NAN, id="the boundary unknown"),
    ],
)
def test_the_rest_is_as_sure_as_the_worst_of_all_edges(parts_m, boundary_m, rest_m):
    areas = box(0, 0, 9, 9), box(20, 0, 29, 9)
    rows = zip("AB", areas, parts_m, strict=True)
    parts = parts_of(*(("strict", *row[:2], "indicative", row[2]) for row in rows))
    pieces = compose_zones(parts, GROUND.assign(quality="indicative", accuracy_m=boundary_m))
    found = pieces.set_index("zone").loc["other", "accuracy_m"]
    assert found == pytest.approx(rest_m, nan_ok=True)


def test_a_point_has_no_ground_and_a_square_foot_has():
    parts = parts_of(("strict", "A", shapely.Point(5, 5)), ("strict", "B", box(0, 0, 0.3, 0.3)))
    assert missing_parts(parts)["part"].tolist() == ["A"]
    traced = trace_parts(parts, compose_zones(parts, GROUND))
    assert traced["state"].tolist() == ["not_located", "drawn"]


def test_every_part_can_be_followed_into_the_zones():
    parts = parts_of(
        ("strict", "A", box(0, 0, 50, 100)), ("strict", "B", box(40, 0, 60, 100)),
        ("limited", "C", box(10, 10, 20, 20)), ("limited", "D", box(500, 0, 600, 9)),
        ("limited", "E", None), ("limited", "A", box(55, 0, 70, 100)),
    )  # fmt: skip
    traced = trace_parts(parts, compose_zones(parts, GROUND))
    assert traced["state"].tolist() == [
        "drawn", "drawn", "covered", "covered", "not_located", "drawn",
    ]  # fmt: skip
    assert traced["area_m2"].tolist() == pytest.approx([5000, 2000, 0, 0, 0, 1000])


def test_classes_are_arguments_and_each_has_a_row_in_the_summary():
    parts = parts_of(("II", "x", box(0, 0, 50, 100)), ("I", "y", None))
    pieces = compose_zones(parts, GROUND, order=("I", "II"), rest="III")
    summary = summarise_zones(pieces, zones=("I", "II", "III"))
    assert summary.to_numpy().tolist() == [
        ["I", 0, 0, 0], ["II", pytest.approx(5000), pytest.approx(0.5), 1],
        ["III", pytest.approx(5000), pytest.approx(0.5), 1],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "match"),
    [
        pytest.param(
            ("strict", "B", shapely.Polygon([(0, 0), (9, 9), (9, 0), (0, 9)])),
            r"parts: expected valid geometry, found invalid features: B \(Self-inter.*check-layer",
            id="invalid",
        ),
        pytest.param(("strikt", "B", None), "parts B belong to the zone 'strikt'", id="class"),
        pytest.param(("other", "B", box(0, 0, 1, 1)), "zone 'other'.*strict, limited", id="rest"),
        pytest.param(("strict", "", None), "column part: expected a code in every", id="no code"),
        pytest.param(("strict", "a;b", None), "without a semicolon, found 'a;b'", id="semicolon"),
    ],
)
def test_parts_that_make_no_zones_are_refused(row, match):
    with pytest.raises(LayerError, match=match):
        compose_zones(parts_of(("strict", "A", box(0, 0, 9, 9)), row), GROUND)


def test_a_bad_call_is_refused():
    parts = parts_of(("strict", "A", box(0, 0, 9, 9)))
    with pytest.raises(LayerError, match="parts: expected the column clause"):
        compose_zones(parts.drop(columns="clause"), GROUND)
    with pytest.raises(LayerError, match="zone classes that differ"):
        compose_zones(parts, GROUND, order=("strict", "other"))
    with pytest.raises(LayerError, match="boundary: expected at least one polygon"):
        compose_zones(parts, GROUND.iloc[:0])


metres = st.integers(-300_000, 1_300_000).map(lambda n: n / 997)  # that do not end evenly
grid = st.integers(-2, 8).map(lambda n: 125.0 * n)  # edges that coincide and touch
point, node = (
    st.tuples(along.map(lambda m: EAST + m), along.map(lambda m: NORTH + m))
    for along in (metres, grid)
)
triangle = st.tuples(point, point, point).map(shapely.Polygon)
corners = st.one_of(st.tuples(point, point), st.tuples(node, node))
rectangle = corners.map(lambda two: shapely.MultiPoint(two).envelope)
simple = st.one_of(triangle, rectangle).filter(lambda shape: shape.area > 1)
AREA = (
    st.tuples(st.lists(simple, min_size=1, max_size=3), st.lists(simple, max_size=1))
    .map(lambda two: shapely.union_all(two[0]) - shapely.union_all(two[1]))
    .filter(lambda shape: shape.area > 1 and shape.geom_type.endswith("Polygon"))
)  # polygons of one or more parts, with and without holes
PART = st.tuples(st.sampled_from(["strict", "limited"]), st.sampled_from("ABCD"), AREA)


# Faces with a thin end that lies on the edge of the ground: one point cannot tell their side.
NEEDLE = shapely.Polygon([(0, 2.6), (-0.4, 30.4), (9.2, -80)])
BESIDE = shapely.Polygon([(0, 0.1), (735, -17), (0.3, 5)]) | NEEDLE


@settings(max_examples=80, deadline=None)
@example(rows=[("limited", "A", here(BESIDE))], ground=here(NEEDLE), spots=[])
@given(rows=st.lists(PART, max_size=6), ground=AREA, spots=st.lists(point, max_size=20))
def test_zones_and_rest_divide_the_ground_whatever_the_parts(rows, ground, spots):
    parts, boundary = placed_parts(*rows), gpd.GeoDataFrame(geometry=[ground], crs=VN2000)
    pieces = compose_zones(parts, boundary)
    whole = boundary.area.sum()
    exact = pytest.approx(whole, rel=1e-9, abs=1e-4)
    assert pieces["area_m2"].sum() == exact
    assert summarise_zones(pieces)["area_m2"].sum() == exact
    assert pieces.union_all().area == exact  # so none overlap
    for spot in map(shapely.Point, spots):
        edges = shapely.boundary([*parts.geometry, *boundary.geometry])
        if shapely.distance(edges, spot).min() < 1e-3:
            continue
        on = parts[parts.contains(spot)]
        zone = next((name for name in ("strict", "limited") if name in set(on["zone"])), "other")
        found = pieces[pieces.contains(spot)]
        if not boundary.contains(spot).any():
            assert found.empty
        else:
            names = "; ".join(sorted(set(on.loc[on["zone"] == zone, "part"])))
            assert found["zone"].tolist() == [zone]
            assert "; ".join(sorted(found["part"].iloc[0].split("; "))) == names


def test_wards_and_a_circle_divide_the_real_province(real_communes):
    wards = real_communes[real_communes["full_name"].str.startswith("Phường")]
    assert len(wards) == 4
    centre = wards.union_all().centroid
    shapes = [*wards.geometry, centre.buffer(5000), centre.buffer(15_000), None]
    zones = ["strict"] * 5 + ["limited"] * 2
    names = [*wards["commune_code"], "circle", "buffer", "wetland"]
    parts = placed_parts(*zip(zones, names, shapes, strict=True))
    pieces = compose_zones(parts, real_communes)
    province = real_communes.union_all()
    summary = summarise_zones(pieces).set_index("zone")
    strict = shapely.union_all([shape for shape in shapes[:5] if shape]) & province
    limited = (shapes[5] & province) - strict
    rest = province - strict - limited
    for zone, expected in (("strict", strict), ("limited", limited), ("other", rest)):
        assert summary.at[zone, "area_m2"] == pytest.approx(expected.area, rel=1e-9)
    assert summary["area_m2"].sum() == pytest.approx(province.area, rel=1e-9)
    assert pieces.groupby("zone")["not_located"].first().to_dict() == {
        "strict": "", "limited": "", "other": "wetland",
    }  # fmt: skip
    table = overlay_zones(real_communes, pieces, left_key="commune_code", right_key="zone")
    by_commune = table.groupby("commune_code")["area_m2"].sum()
    assert by_commune.to_numpy() == pytest.approx(
        real_communes.set_index("commune_code").area[by_commune.index].to_numpy(), rel=1e-9
    )
