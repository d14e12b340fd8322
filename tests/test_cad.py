"""Drawings by CAD layer: closed lines are ground, the writing within them their names."""

import json
import math
from collections import Counter
from contextlib import suppress

import geopandas as gpd
import pyogrio
import pytest
import shapely
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, Polygon

from lsgis.catalogue import require_layer
from lsgis.cli import main
from lsgis.errors import LayerError, LsgisError
from lsgis.intake import read_vector
from lsgis.intake.encoding import encode_text
from lsgis.layerfile import import_layer, read_as_layer
from lsgis.layerfile.drawn_ground import read_ground
from lsgis.sitefile import read_site

CRS = "EPSG:9215"
WEST, SOUTH = 440_000, 2_410_000


def square(west, south, side=100):
    west, south = WEST + west, SOUTH + south
    return [(west, south), (west + side, south), (west + side, south + side), (west, south + side)]


def polyline(layer, corners, *, closed=True):
    return [
        (0, "LWPOLYLINE"), (100, "AcDbEntity"), (8, layer), (100, "AcDbPolyline"),
        (90, len(corners)), (70, int(closed)),
        *((n, v) for x, y in corners for n, v in ((10, x), (20, y))),
    ]  # fmt: skip


def text(layer, x, y, said, *, many=False):
    kind, classes = ("MTEXT", "AcDbMText") if many else ("TEXT", "AcDbText")
    return [(0, kind), (100, "AcDbEntity"), (8, layer), (100, classes), (10, WEST + x),
            (20, SOUTH + y), (40, 5), (1, said)]  # fmt: skip


def insert(layer, x, y, block):
    return [(0, "INSERT"), (100, "AcDbEntity"), (8, layer), (100, "AcDbBlockReference"),
            (2, block), (10, x), (20, y)]  # fmt: skip


def write_dxf(path, *entities, version="AC1032", page="ANSI_1252", unit=6, blocks=(), encode=None):
    head = [(9, "$ACADVER"), (1, version), (9, "$DWGCODEPAGE"), (3, page), (9, "$INSUNITS"),
            (70, unit)]  # fmt: skip
    drawn = [pair for entity in entities for pair in entity]
    kept = []
    for name, parts in blocks:
        kept += [(0, "BLOCK"), (8, "0"), (2, name), (70, 0), (10, 0), (20, 0)]
        kept += [pair for part in parts for pair in part] + [(0, "ENDBLK"), (8, "0")]
    codes = []
    for name, body in (("HEADER", head), ("BLOCKS", kept), ("ENTITIES", drawn)):
        codes += [(0, "SECTION"), (2, name), *body, (0, "ENDSEC")]
    whole = "".join(f"{code}\n{value}\n" for code, value in [*codes, (0, "EOF")])
    path.write_bytes((encode or str.encode)(whole))
    return path


def names_of(found):
    return found["name_vi"].astype(object).where(found["name_vi"].notna(), None).tolist()


def left_out(log):
    rows = log[log["what"] == "cad-left-out"]
    return {(r.where, r.before): r.count for r in rows.itertuples(index=False)}


LAYERS = st.sampled_from(["RANH_KCN", "ranh_ccn", "KHUNG", "Đường"])
WANTED = ("RANH_KCN", "ranh_kcn", "ranh*", "*", "r?nh_kcn")


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rings=st.lists(st.tuples(LAYERS, st.booleans()), min_size=1, max_size=6),
    texts=st.lists(st.tuples(LAYERS, st.integers(0, 7)), max_size=4),
    wanted=st.sampled_from(WANTED),
)
def test_what_is_asked_for_is_taken_and_all_else_is_counted(tmp_path, rings, texts, wanted):
    fits = {"*": lambda n: True, "ranh*": lambda n: n.casefold().startswith("ranh")}.get(
        wanted, lambda n: n == "RANH_KCN"
    )
    drawn = [polyline(n, square(200 * i, 0), closed=c) for i, (n, c) in enumerate(rings)]
    said = [text(n, 200 * i + 50, 50, f"chữ {k}") for k, (n, i) in enumerate(texts)]
    path = write_dxf(tmp_path / "a.dxf", *drawn, *said)
    taken = [i for i, (name, closed) in enumerate(rings) if closed and fits(name)]
    if not any(fits(name) for name, _ in [*rings, *texts]):
        with pytest.raises(LayerError, match=r"--cad-layer|RANH|KHUNG|ranh|Đường"):
            import_layer(path, "industrial_park", crs=CRS, cad_layers=(wanted,))
        return
    found, log = import_layer(path, "industrial_park", crs=CRS, cad_layers=(wanted,))
    assert [row.count("Polygon") for row in found.geom_type].count(1) == len(taken)
    if not taken:
        return
    assert [
        shape.equals(Polygon(square(200 * i, 0)))
        for shape, i in zip(found.geometry, taken, strict=True)
    ]
    own = [(k, i) for k, (name, i) in enumerate(texts) if fits(name)]
    own = own or [(k, i) for k, (_, i) in enumerate(texts)]
    within = {i: [f"chữ {k}" for k, j in own if j == i] for i in taken}
    names = [within[i][0] if len(within[i]) == 1 else None for i in taken]
    if any(names):
        assert names_of(found) == names
    assert (log["what"] == "cad-texts").sum() == sum(len(t) > 1 for t in within.values())
    used = len(taken) + sum(map(len, within.values()))
    assert sum(left_out(log).values()) == len(rings) + len(texts) - used


LETTERS = [
    pytest.param("AC1032", "ANSI_1258", str.encode, id="2018, a code page that does not count"),
    pytest.param("AC1021", "ANSI_1252", str.encode, id="2007"),
    pytest.param("AC1015", "ANSI_1258", lambda t: encode_text(t, "cp1258").encode("latin-1"),
                 id="2000 in 1258"),
    pytest.param("AC1015", "ANSI_1252",
                 lambda t: "".join(c if c.isascii() else f"\\U+{ord(c):04X}" for c in t).encode(),
                 id="2000 with escapes"),
    pytest.param("AC1009", "ANSI_1252",
                 lambda t: encode_text(t, "tcvn3").encode("latin-1"), id="R12 in TCVN3"),
]  # fmt: skip


@pytest.mark.parametrize(("version", "page", "encode"), LETTERS)
def test_letters_of_a_drawing_are_whole(tmp_path, version, page, encode):
    name = "Khu công nghiệp Đồng Bành, thửa đất số 1 phường Lương Văn Tri"
    drawn = polyline("RANH_ĐẤT", square(0, 0)), text("Tên", 50, 50, name)
    path = write_dxf(tmp_path / "a.dxf", *drawn, version=version, page=page, encode=encode)
    before = pyogrio.get_gdal_config_option("DXF_ENCODING")
    found, _ = import_layer(path, "industrial_park", crs=CRS)
    assert found["name_vi"].tolist() == [name]
    assert found["Layer"].tolist() == ["RANH_ĐẤT"]
    assert pyogrio.get_gdal_config_option("DXF_ENCODING") == before


def test_ground_in_several_cad_layers_is_a_question(tmp_path):
    drawn = polyline("RANH", square(0, 0)), polyline("KHUNG", square(-500, -500, 2000))
    path = write_dxf(tmp_path / "a.dxf", *drawn, text("KHUNG", 50, 50, "Khu A"))
    for read in (
        lambda **more: import_layer(path, "industrial_park", crs=CRS, **more)[0].geometry.iloc[0],
        lambda **more: read_site(path, crs=CRS, kind="polygon", **more).geometry,
    ):
        with pytest.raises(LayerError, match=r"RANH \(1\), KHUNG \(1\).*--cad-layer"):
            read()
        assert read(cad_layers=("ranh",)).equals(Polygon(square(0, 0)))
    assert read_site(path, crs=CRS, kind="polygon", cad_layers=("*",)).geometry.area == 2000**2


def test_a_cad_layer_that_is_not_there_names_those_that_are(tmp_path):
    path = write_dxf(
        tmp_path / "a.dxf", *[polyline("RANH_KCN", square(200 * n, 0)) for n in (0, 1)]
    )
    for wrong, match in (("RANH_KNC", "did you mean RANH_KCN.*"), ("Z", "")):
        with pytest.raises(LayerError, match=match + r"RANH_KCN \(2\)"):
            read_vector(path, cad_layers=(wrong,))
    with pytest.raises(LsgisError, match="no CAD drawing"):
        read_site("106.7,21.8", cad_layers=("A",))
    other = tmp_path / "a.gpkg"
    gpd.GeoDataFrame({"n": [1]}, geometry=[Point(WEST, SOUTH)], crs=CRS).to_file(other)
    with pytest.raises(LayerError, match="no CAD drawing"):
        read_vector(other, cad_layers=("A",))


def test_writing_is_no_part_of_a_site(tmp_path):
    path = write_dxf(tmp_path / "a.dxf", polyline("R", square(0, 0)), text("R", 5, 5, "S = 1 ha"))
    site = read_site(path, crs=CRS, kind="polygon")
    assert site.geometry.equals(Polygon(square(0, 0)))
    assert {"site.cad-texts"} <= {row["code"] for row in site.log}


def test_a_text_belongs_to_the_smallest_ground_around_it_and_of_several_none_is_chosen(tmp_path):
    drawn = polyline("R", square(0, 0, 1000)), polyline("R", square(100, 100, 100))
    said = (text("T", 150, 150, "Lô A"), text("T", 500, 500, "Khu B"),
            text("T", 500, 600, r"{\fArial|b0;Diện tích}\P100 ha", many=True))  # fmt: skip
    path = write_dxf(tmp_path / "a.dxf", *drawn, *said)
    found, log = import_layer(path, "industrial_park", crs=CRS)
    assert names_of(found) == [None, "Lô A"]
    told = log[log["what"] == "cad-texts"]
    assert told[["where", "before"]].values.tolist() == [["1", "Diện tích 100 ha; Khu B"]]


def test_a_block_is_what_it_draws_in_the_layer_it_stands_in(tmp_path):
    part = [(440 - 440, 0), (50, 0), (50, 50), (0, 50)]
    lot = [polyline("0", part), [(0, "TEXT"), (8, "0"), (10, 25), (20, 25), (40, 5), (1, "Lô")]]
    path = write_dxf(
        tmp_path / "a.dxf", insert("LO", WEST, SOUTH, "B"), insert("LO", WEST + 100, SOUTH, "B"),
        blocks=[("B", lot)],
    )  # fmt: skip
    found, _ = import_layer(path, "industrial_park", crs=CRS, cad_layers=("lo",))
    assert found.geometry.area.tolist() == [2500.0] * 2 and found["name_vi"].tolist() == ["Lô"] * 2


def test_a_unit_that_is_no_metre_is_told_and_not_reckoned_with(tmp_path):
    for unit, told in ((4, ["mm"]), (6, []), (0, [])):
        path = write_dxf(tmp_path / "a.dxf", polyline("R", square(0, 0)), unit=unit)
        found, log = import_layer(path, "industrial_park", crs=CRS)
        assert log.loc[log["what"] == "cad-unit", "before"].tolist() == told
        assert found.geometry.area.tolist() == [10_000.0]


@pytest.mark.parametrize(
    ("flags", "color", "told"),
    [(0, 7, False), (1, 7, True), (4, 7, False), (5, 3, True), (0, -7, True), (2, 0, False)],
)
@pytest.mark.parametrize("name", ["RANH", "Ranh đất", "0"])
def test_a_layer_frozen_or_switched_off_is_told_and_read(tmp_path, name, flags, color, told):
    rings = [polyline(name, square(west, 0)) for west in (0, 500)]
    path = write_dxf(tmp_path / "a.dxf", *rings)
    record = f"0\nLAYER\n2\n{name}\n70\n{flags}\n62\n{color}\n6\nCONTINUOUS\n"
    head = "0\nSECTION\n2\nTABLES\n0\nTABLE\n2\nLAYER\n70\n1\n"
    table = f"{head}{record}0\nENDTAB\n0\nENDSEC\n"
    drawn = path.read_bytes().replace(b"\r\n", b"\n")
    at = drawn.index(b"ENDSEC\n") + len(b"ENDSEC\n")
    path.write_bytes(drawn[:at] + table.encode() + drawn[at:])
    found, log = import_layer(path, "industrial_park", crs=CRS)
    assert len(found) == 2
    said = log.loc[log["what"] == "cad-hidden", "before"].tolist()
    assert said == ([name] if told else [])


def test_lines_stay_lines_and_points_points_where_the_layer_asks_for_them(tmp_path):
    path = write_dxf(
        tmp_path / "a.dxf", polyline("TIM", square(0, 0), closed=False), text("CHU", 5, 5, "QL 1"),
    )  # fmt: skip
    found, log = import_layer(path, "national_road", crs=CRS, cad_layers=("tim",))
    assert found.geom_type.tolist() == ["LineString"]
    assert left_out(log) == {("CHU", "Text"): 1}


def levels_of(path, levels):
    """Set the level of each element of a DGN in turn: the low bits of its first byte."""
    raw, at, wanted = bytearray(path.read_bytes()), 0, iter(levels)
    while raw[at : at + 2] != b"\xff\xff":
        if raw[at + 1] & 0x7F in (3, 4, 6):
            raw[at] = (raw[at] & 0xC0) | next(wanted)
        at += 4 + 2 * int.from_bytes(raw[at + 2 : at + 4], "little")
    path.write_bytes(raw)


def test_levels_of_a_dgn_are_its_cad_layers(tmp_path):
    path = tmp_path / "a.dgn"
    closed = shapely.LineString([*square(500, 0), square(500, 0)[0]])
    shapes = [Polygon(square(0, 0)), closed, closed.segmentize(1000), Polygon(square(900, 0))]
    with pytest.warns(UserWarning, match="crs"):
        pyogrio.write_dataframe(
            gpd.GeoDataFrame(geometry=shapes), path, driver="DGN", layer="elements"
        )
    levels_of(path, [10, 20, 30, 20])
    with pytest.raises(LayerError, match=r"20 \(2\), 10 \(1\), 30 \(1\)"):
        import_layer(path, "industrial_park", crs=CRS)
    found, log = import_layer(path, "industrial_park", crs=CRS, cad_layers=("20",))
    assert [
        shape.equals(s)
        for shape, s in zip(found.geometry, (Polygon(square(500, 0)), shapes[3]), strict=True)
    ] == [True, True]
    assert left_out(log) == {("10", "Shape"): 1, ("30", "LineString"): 1}


def test_any_broken_drawing_is_accounted_for_or_refused_by_us(shared):
    """Every entity is a feature, or is counted as left out; most lie nowhere in the country."""
    seen = Counter()
    for path in sorted((shared / "messy").glob("*.dxf")):
        for layer in ("industrial_park", "railway", "monitoring_station"):
            try:
                whole = read_vector(path, crs=CRS, keep_sound=True)
                found = read_ground(whole, require_layer(layer), path, ("*",))
            except LsgisError:
                seen["refused"] += 1
                continue
            counted = ("cad-left-out", "cad-joined", "cad-texts", "beside")
            told = [row[4] for row in found.rows if row[0] in counted]
            assert len(found.frame) + sum(told) >= len(whole)
            seen["read"] += 1
            with suppress(LsgisError):
                import_layer(path, layer, crs=CRS, cad_layers=("*",), keep_sound=True)
    assert seen["read"] >= 15


def test_check_layer_reads_a_drawing_and_corners_as_import_does(tmp_path):
    expected = require_layer("industrial_park")
    path = write_dxf(tmp_path / "a.dxf", polyline("R", square(0, 0)), text("R", 50, 50, "Khu A"))
    table = tmp_path / "a.csv"
    rows = "\n".join(f"{n};{y};{x}" for n, (x, y) in enumerate(square(0, 0), 1))
    table.write_text(f"Điểm;X;Y\n{rows}\n", encoding="utf-8")
    for file, more in ((path, {"cad_layers": ("r",)}), (table, {})):
        read = read_as_layer(file, expected, crs=CRS, **more)
        found, _ = import_layer(file, "industrial_park", crs=CRS, **more)
        assert read.geometry.geom_equals(found.geometry).tolist() == [True]
        assert {"name_vi"} & {*read} == {"name_vi"} & {*found}
        run = CliRunner().invoke(main, [
            "check-layer", str(file), "--as", "industrial_park", "--crs", CRS, "--json",
            *(("--cad-layer", "R") if more else ()),
        ])  # fmt: skip
        codes = {row["code"] for row in json.loads(run.output)["rows"]}
        assert "LS-KEY-MISSING" in codes and not {"LS-GEOM-TYPE", "LS-GEOM-MIXED"} & codes


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(count=st.integers(3, 9), turned=st.randoms(use_true_random=False), gap=st.booleans())
def test_lines_that_close_end_to_end_are_ground_as_for_a_site(tmp_path, count, turned, gap):
    angles = [2 * math.pi * n / count for n in range(count)]
    ring = [
        (round(WEST + 100 * float(math.cos(a)), 3), round(SOUTH + 100 * float(math.sin(a)), 3))
        for a in angles
    ]
    sides = list(zip(ring, [*ring[1:], ring[0]], strict=True))[gap:]
    turned.shuffle(sides)
    sides = [side[:: turned.choice([1, -1])] for side in sides]
    drawn = [polyline("RANH", list(side), closed=False) for side in sides]
    path = tmp_path / "ends.dxf"
    write_dxf(path, *drawn)
    frame, log = import_layer(path, "industrial_park", crs="EPSG:9215")
    if gap:
        assert not frame.geom_type.eq("Polygon").any() and len(frame) == count - 1
        return
    site = read_site(path, crs="EPSG:9215", kind="polygon")
    assert len(frame) == 1 and frame.geometry[0].equals(site.geometry)
    assert ("cad-joined", count) in set(zip(log["what"], log["count"], strict=True))
    write_dxf(path, *drawn, polyline("RANH", [(WEST - 9, SOUTH), (WEST + 9, SOUTH)], closed=False))
    again, log = import_layer(path, "industrial_park", crs="EPSG:9215")
    assert len(again) == 1 and again.geometry[0].equals(frame.geometry[0])
    assert log.loc[log["what"] == "cad-left-out", "count"].tolist() == [1]
