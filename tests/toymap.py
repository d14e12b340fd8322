"""A toy province to draw: nine square communes, a road, gates, a reserve; and hostile texts."""

import geopandas as gpd
import shapely
import toy

from lsgis.catalogue import Style
from lsgis.webmap import MapLayer, Neighbour, NotDrawn, draw_map

WEST, SOUTH, SIDE = 440_000, 2_400_000, 10_000
HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "`${alert(1)}`",
    "</script><b>",
    "line\u2028separator",
    "{{ 7*7 }}{% raw %}",
    "\"double\" 'single' &amp; \\n",
)


def frame(shapes, **columns) -> gpd.GeoDataFrame:
    """Features in EPSG:9215, schematic unless said otherwise."""
    rows = {"quality": "schematic", "accuracy_m": 500.0, "source": "s1", "clause": "339/I"}
    return toy.frame(*shapes, **{**rows, **columns})


def communes() -> gpd.GeoDataFrame:
    squares = [
        shapely.box(x, y, x + SIDE, y + SIDE)
        for y in (SOUTH, SOUTH + SIDE, SOUTH + 2 * SIDE)
        for x in (WEST, WEST + SIDE, WEST + 2 * SIDE)
    ]
    names = [f"Xã số {i + 1}" for i in range(len(squares))]
    return frame(squares, name_vi=names, population=[1234.5] * 9, quality="indicative")


def at(column: float, row: float) -> shapely.Point:
    return shapely.Point(WEST + column * SIDE, SOUTH + row * SIDE)


def layers() -> list[MapLayer]:
    """Bottom first: communes, a reserve (symbol), a road, gates of which one has no place."""
    road = frame([shapely.LineString([at(0, 0), at(3, 3)])], name_vi=["Quốc lộ"])
    gates = frame([at(1.5, 1.5), None], name_vi=["Cửa khẩu A", "Cửa khẩu B"])
    reserve = frame([at(2.5, 0.5).buffer(3000)], name_vi=["Khu bảo tồn"])
    people = [("population", "Dân số")]
    return [
        MapLayer("commune", "Xã, phường", "Hành chính", communes(), Style("#7a7a7a"), 9, 9,
                 "indicative", "339/I", 90_000.0, label=True, popup_fields=people),
        MapLayer("reserve", "Khu bảo tồn", "Môi trường", reserve, Style("#1b7f4b"), 3, 1,
                 "schematic", "339/IX.1.b", symbol=True),
        MapLayer("road", "Đường", "Giao thông", road, Style("#d98200", width=3), None, 1,
                 "schematic"),
        MapLayer("border_gate", "Cửa khẩu", "Giao thông", gates, Style("#b3123c", shape="star"),
                 10, 1, "schematic", "339/III.1.c"),
    ]  # fmt: skip


def hostile_layers() -> list[MapLayer]:
    """Every text of a feature and of its layer is hostile."""
    shapes = [at(i + 0.5, 0.5).buffer(3000) for i in range(len(HOSTILE))]
    texts = list(HOSTILE)
    rows = frame(
        shapes, name_vi=texts, name_en=texts, source=texts, clause=texts, note_vi=texts,
        note_en=texts, other=texts,
    )  # fmt: skip
    return [
        MapLayer(f"hostile_{i}", text, text, rows.iloc[[i]], Style("#7a7a7a"), 1, 1, "schematic",
                 text, note=text, label=True, popup_fields=[("other", text)])
        for i, text in enumerate(HOSTILE)
    ]  # fmt: skip


def draw(made=None, **options) -> str:
    """The toy page, in Vietnamese unless said otherwise."""
    given = {
        "lang": "vi", "title": "Bản đồ thử", "subtitle": "Quyết định", "badges": ["SƠ ĐỒ"],
        "links": [("Bảng số liệu", "tables.html")], "not_drawn": [NotDrawn("Mỏ", 182, "339/IX.2")],
        "neighbours": [Neighbour("Tỉnh Đông", "e"), Neighbour("Tỉnh Bắc", "n")], "shift_m": 12.3,
    }  # fmt: skip
    return draw_map(layers() if made is None else made, **{**given, **options})
