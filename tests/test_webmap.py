"""Map pages by their content: what they say, what they never do."""

import gzip
import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis.strategies import text
from toymap import HOSTILE, at, communes, draw, frame, hostile_layers, layers

from lsgis.catalogue import Style
from lsgis.errors import CrsError, LayerError
from lsgis.webmap import MapClass, MapLayer, Neighbour, simplify_for_web, write_assets
from lsgis.webmap.element import to_script
from lsgis.webmap.feature import format_accuracy, format_value
from lsgis.webmap.ground import place_neighbours


def content(page: str, name: str) -> dict:
    """What a page hands to the script for a layer."""
    found = re.search(rf"^\s*lsgis\.fill\(feature_group_{name}, (.*)\);$", page, re.MULTILINE)
    return json.loads(found.group(1))


def legend(page: str) -> str:
    return re.sub(
        r"\s+", " ", re.sub(r"<[^>]+>", " ", page.split("<aside")[1].split("</aside>")[0])
    )


def test_same_arguments_same_bytes():
    assert draw() == draw()


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_no_address_in_a_page(lang):
    page = draw(lang=lang)
    assert re.findall(r"(?:https?:)?//[\w.]+", page) == []
    assert set(re.findall(r'(?:src|href)="([^"]+)"', page)) == {
        "assets/leaflet.js", "assets/leaflet.css", "assets/lsgis.css", "assets/feature.js",
        "assets/card.js", "assets/legend.js", "tables.html",
    }  # fmt: skip


def test_tiles_only_when_asked():
    assert set(re.findall(r"//[\w.{}]+", draw(online_basemap=True))) >= {"//tile.openstreetmap.org"}


def test_every_file_a_page_asks_for_is_written(tmp_path):
    written = {str(path.relative_to(tmp_path)) for path in write_assets(tmp_path / "assets")}
    asked = set(re.findall(r'"(assets/[^"]+)"', draw()))
    style = (tmp_path / "assets" / "leaflet.css").read_text(encoding="utf-8")
    asked |= {f"assets/{name}" for name in re.findall(r"url\((images/[^)]+)\)", style)}
    assert asked <= written
    assert all((tmp_path / name).stat().st_size for name in written)


def test_our_scripts_never_write_html(tmp_path):
    own = [
        path
        for path in write_assets(tmp_path)
        if path.name in ("feature.js", "card.js", "legend.js")
    ]
    assert len(own) == 3
    for path in own:
        assert not re.search(
            r"innerHTML|insertAdjacent|document\.write|eval\(|fetch\(", path.read_text()
        )


def test_hostile_texts_reach_the_page_as_text():
    page = draw(
        hostile_layers(), title=HOSTILE[0], subtitle=HOSTILE[1], badges=HOSTILE,
        links=[(text, "a.html") for text in HOSTILE], neighbours=[Neighbour(HOSTILE[0], "n")],
        not_drawn=[(text, None, text) for text in HOSTILE],
    )  # fmt: skip
    harmless = draw([replace(layer, title="t", theme="t", note="") for layer in layers()])
    assert page.count("<script") == harmless.count("<script")
    assert page.count("</script") == harmless.count("</script")
    assert "<img" not in page and "49" not in re.findall(r"<h1>.*?</h1>|<li>.*?</li>", page)
    for i, hostile in enumerate(HOSTILE):
        spec = content(page, f"hostile_{i}")
        feature = spec["features"][0]
        assert [feature["name"], spec["title"], spec["titles"][0]] == [hostile] * 3
        assert feature["values"].count(hostile) == 4  # its own column, source, clause, note


@given(text())
def test_script_text_is_inert_and_true(value):
    written = to_script({"value": value})
    assert json.loads(written) == {"value": value}
    assert not set(written) & set("<>&\u2028\u2029")


def test_the_legend_counts_what_it_was_told():
    said = legend(draw())
    assert "Cửa khẩu 1 / 10" in said  # located / expected
    assert "Đường 1 " in said  # the Decision gives no number
    assert "90.000,0 ha" in said
    assert "không tính diện tích" in said  # a symbol has no area
    assert "182" in said and "339/IX.2" in said  # declared, not located
    assert "90,000.0 ha" in legend(draw(lang="en"))


def test_the_greatest_shift_is_stated():
    assert "12,3 m" in legend(draw())
    assert "12.3 m" in legend(draw(lang="en"))
    assert "giản lược" not in legend(draw(shift_m=None))


def test_features_without_a_place_are_left_out():
    assert [f["name"] for f in content(draw(), "border_gate")["features"]] == ["Cửa khẩu A"]


def test_rows_of_poor_data_are_drawn():
    shapes = [
        shapely.Polygon([at(0, 0), at(1, 1), at(1, 0), at(0, 1)]),  # a bow tie
        shapely.Polygon([at(0, 0), at(1, 1), at(0, 0)]),  # no area
        shapely.MultiPoint([at(0, 0), at(1, 1)]),
        shapely.GeometryCollection([at(0, 0), shapely.MultiPolygon([at(2, 2).buffer(99)])]),
    ]
    rows = frame(shapes, name_vi=[None, pd.NA, np.nan, 5], quality=[pd.NA, None, "good", np.nan],
                 accuracy_m=["x", None, -1, np.inf], kind=[pd.NA, None, 1, "a"])  # fmt: skip
    layer = replace(layers()[0], frame=rows, popup_fields=[("kind", "Loại"), ("absent", "Không")])
    features = content(draw([layer]), "commune")["features"]
    assert [f["name"] for f in features] == ["", "", "", "5", "5"]
    assert {f["accuracy"] for f in features} == {None}
    assert {f["values"][1] for f in features} == {"tham khảo"}  # the layer's own quality


def test_a_page_with_nothing_to_draw_still_opens():
    gone = [replace(layer, frame=layer.frame.iloc[:0]) for layer in layers()]
    assert draw(gone).count("disabled") == len(gone)
    assert "lsgis.start()" in draw([])


def test_coordinates_come_back():
    first = content(draw(), "commune")["features"][0]["areas"][0][0]
    corners = np.cumsum(np.reshape(first, (-1, 2)), axis=0) / 1e5
    square = communes().iloc[[0]].to_crs(4326).geometry.iloc[0]
    assert shapely.hausdorff_distance(shapely.Polygon(corners), square) < 1e-5


def test_schematic_looks_unlike_located():
    page = draw()
    assert "dashArray" not in content(page, "commune")["looks"][0]
    assert content(page, "road")["looks"][0]["dashArray"]
    assert content(page, "reserve")["looks"][0]["fillColor"].startswith("url(#hatch-")
    point = re.search(r'data-look="border_gate-0">(.*?)</svg>', page).group(1)
    assert 'fill="#ffffff"' in point  # hollow
    located = replace(
        layers()[3], quality="indicative", frame=frame([at(1, 1)], quality="indicative")
    )
    point = re.search(r'data-look="border_gate-0">(.*?)</svg>', draw([located])).group(1)
    assert 'fill="#b3123c"' in point


def test_an_outline_of_a_point_layer_is_an_area_of_its_colour():
    parks = frame([at(1, 1).buffer(900)], quality="indicative", kind=["park"])
    layer = MapLayer("industrial_park", "Khu công nghiệp", "Kinh tế", parks,
                     Style("#5e3c99", shape="triangle"), 19, 1, "indicative")  # fmt: skip
    page = draw([*layers()[:1], layer])
    shown = content(page, "industrial_park")
    assert "areas" in shown["features"][0] and "at" not in shown["features"][0]
    assert shown["looks"][0]["fillColor"] == shown["looks"][0]["color"] == "#5e3c99"
    swatch = re.search(r'data-look="industrial_park-0">(.*?)</svg>', page).group(1)
    assert "M3 3H25V15H3Z" in swatch and "#5e3c99" in swatch  # a piece of ground, no triangle


def test_dashed_borders_of_neighbours_are_drawn_once():
    dashed = replace(layers()[0], frame=communes().assign(quality="schematic"))
    lines = content(draw([dashed]), "commune")["borders"]
    steps = sum(np.abs(line[2:]).sum() for line in lines) * 111_000 / 1e5
    assert steps == pytest.approx(24 * 10_000, rel=0.1)  # 36 sides, 12 of them shared


def test_a_class_nobody_has_located_is_not_nothing():
    classes = [
        MapClass("a", "Nghiêm ngặt", "#a50f15", 5.0),
        MapClass("b", "Hạn chế", "#e08214", 0.0),
    ]
    zones = frame([at(1, 1).buffer(1000)], kind=["a"])
    layer = MapLayer("zone", "Vùng", "Môi trường", zones, Style("#000000"), 2, 1, classes=classes)
    assert "Nghiêm ngặt 1 5,0 ha Hạn chế 0 chưa định vị" in legend(draw([layer]))


@pytest.mark.parametrize(
    ("value", "vi", "en"),
    [
        pytest.param(1234.5, "1.234,5", "1,234.5", id="decimals"),
        pytest.param(1234567, "1.234.567", "1,234,567", id="grouped"),
        pytest.param(2030, "2030", "2030", id="a year is not grouped"),
        pytest.param(0.25, "0,25", "0.25", id="two decimals"),
        pytest.param(float("nan"), "", "", id="missing"),
        pytest.param("01.5", "01.5", "01.5", id="text stays as it is"),
    ],
)
def test_values(value, vi, en):
    assert (format_value(value, "vi"), format_value(value, "en")) == (vi, en)


def test_accuracy():
    told = [format_accuracy(metres, "vi") for metres in (50, 1500)]
    assert told == ["±\u00a050\u00a0m", "±\u00a01,5\u00a0km"]


@pytest.mark.parametrize(
    ("options", "match"),
    [
        pytest.param({"made": [replace(layers()[0], name="Xã")]}, "layer name 'Xã'", id="name"),
        pytest.param({"made": layers() * 2}, "layer name 'commune'", id="name twice"),
        pytest.param(
            {"made": [replace(layers()[0], style=Style("red"))]}, "found 'red'", id="colour"
        ),
        pytest.param({"made": [replace(layers()[0], quality="ok")]}, "quality 'ok'", id="quality"),
        pytest.param({"links": [("x", "javascript:alert(1)")]}, "cannot put the link", id="link"),
        pytest.param({"neighbours": [Neighbour("x", "up")]}, "'up' not allowed", id="wind"),
    ],
)
def test_refusals(options, match):
    with pytest.raises(LayerError, match=match):
        draw(**options)


def test_neighbours_stand_outside():
    land = shapely.box(0, 0, 2, 1).union(shapely.box(0, 0, 0.2, 3))
    winds = ("n", "ne", "e", "se", "s", "sw", "w", "nw")
    for name in place_neighbours([Neighbour(wind, wind) for wind in winds], land):
        assert not land.intersects(shapely.Point(name["at"])), name


def test_simplified_neighbours_still_share_their_borders():
    way = np.linspace(0, 10_000, 400)
    waves = [np.column_stack([way, y + 300 * np.sin(way / 90)]) for y in (0, 3000, 6000, 9000)]
    lines = [shapely.LineString(wave[:, ::turn]) for wave in waves for turn in (1, -1)]
    cells = shapely.get_parts(shapely.polygonize([shapely.union_all(lines)]))
    before = frame(cells)
    assert len(before) > 9
    light, shift = simplify_for_web(before, tolerance_m=100)
    assert shapely.coverage_is_valid(light.geometry.to_numpy())
    assert light.count_coordinates().sum() < before.count_coordinates().sum()
    true = shapely.hausdorff_distance(before.boundary.to_numpy(), light.boundary.to_numpy()).max()
    assert true <= shift <= true + 1


def test_simplifying_needs_metres():
    with pytest.raises(CrsError, match="VN-2000 in metres"):
        simplify_for_web(communes().to_crs(4326), tolerance_m=10)


def test_the_real_communes_are_light_and_near(real_communes):
    rows = real_communes.assign(quality="indicative", source="s", clause="339/I")
    light, shift = simplify_for_web(rows, tolerance_m=10)
    assert shift < 50
    layer = MapLayer("commune", "Xã", "Hành chính", light, Style("#777777"), 65, 65, label=True)
    assert len(gzip.compress(draw([layer]).encode(), mtime=0)) <= 400_000
