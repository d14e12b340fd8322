"""The room `check`: one failing fixture a rule, clean layers silent, odd frames never a crash."""

import re
import time
import unicodedata
import warnings
from dataclasses import FrozenInstanceError, replace
from datetime import date
from pathlib import Path
from string import Formatter
from tempfile import TemporaryDirectory

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from toy import EAST as E0
from toy import NORTH as N0
from toy import VN2000, square

from lsgis.catalogue import (
    Build,
    Expected,
    Field,
    Layer,
    Legal,
    Style,
    read_catalogue,
    read_membership,
    read_register,
)
from lsgis.check import (
    SEVERITIES,
    check_between,
    check_catalogue,
    check_coverage,
    check_layer,
    check_memberships,
    count_issues,
    describe_issue,
    issues_frame,
    read_rules,
)
from lsgis.check.issue import new_issue
from lsgis.combine import plausible
from lsgis.crs import to_vn2000
from lsgis.errors import CrsError, LayerError, LsgisError
from lsgis.region import embedded_folder, read_region
from lsgis.text import choose

TITLE = {"vi": "Ô", "en": "Tile"}
ANY = {"count": 2, "total": 2}  # what a choice of words asks for
TILE = Layer(
    name="commune",  # for its row of the matrix of overlaps
    title=TITLE,
    theme="test",
    geometry="Polygon",
    crs="EPSG:9215",
    key="code",
    quality="indicative",
    accuracy_m=10.0,
    legal=Legal("339/QĐ-UBND", "339/I"),
    build=Build("file", file="layer/tile.geojson"),
    style=Style("#555555"),
    fields=(
        Field("code", "text", TITLE, pattern=r"\d{5}", nullable=False),
        Field("name_vi", "text", TITLE, nullable=False),
        Field("kind", "text", TITLE, domain=("commune", "ward")),
        Field("area_ha", "number", TITLE, unit="ha"),
        Field("households", "integer", TITLE),
        Field("since", "date", TITLE),
        Field("until", "date", TITLE, not_before="since"),
        Field("commune_codes", "text", TITLE, refers="commune.commune_code"),
    ),
    expected=Expected(count=2, by_type={"commune": 1, "ward": 1}, area_ha=2.0, tiles=True),
)
POINT = replace(TILE, geometry="Point", accuracy_m=50.0, expected=Expected(count=2))
PARK = replace(POINT, accepts=("Polygon",))  # a point that stands for ground
UNDRAWN = replace(TILE, quality="none", accuracy_m=None)
PROVINCE = gpd.GeoDataFrame(geometry=[square(0, 0, 1000)], crs=VN2000)
UNITS = pd.DataFrame({"commune_code": ["00001", "00002"], "name_vi": ["Một", "Hai"]})


def tiles(*shapes, crs="EPSG:9215", **columns):
    """Two squares side by side that break nothing; shapes and columns replace theirs."""
    shapes = shapes or (square(0, 0), square(100, 0))
    table = {
        "code": ["00001", "00002"],
        "name_vi": ["Một", "Hai"],
        "kind": ["commune", "ward"],
        "area_ha": [1.0, 1.0],
        "households": [10, 20],
        "since": ["2025-07-01", "2025-07-01"],
        "until": ["2025-07-01", None],
        "commune_codes": ["06001; 06004", ""],
    } | columns
    return gpd.GeoDataFrame(table, geometry=list(shapes), crs=crs)


def points(*places):
    return tiles(*(shapely.Point(E0 + x, N0 + y) for x, y in places))


def checked(features=None, layer=TILE, province=PROVINCE, facts=None):
    features = tiles() if features is None else features
    return check_layer(features, layer, province=province, facts=facts)


def lists(**named):
    rows = [(name, code) for name, codes in named.items() for code in codes]
    return pd.DataFrame(rows, columns=["list", "commune_code"])


def moved(features, change):
    """Features whose coordinates are changed by hand, whatever the CRS says."""
    shapes = shapely.transform(np.asarray(features.geometry), change)
    return features.set_geometry(gpd.array.from_shapely(shapes, crs=features.crs))


def axes(xy):
    return xy[:, ::-1]


def covered(*shapes, outline=None):
    return check_coverage(tiles(*shapes), layer="tile", key="code", outline=outline)


def disc(x, y, segments):
    return shapely.Point(E0 + x, N0 + y).buffer(40, quad_segs=segments)


def frame_of(shape, **columns):
    """One feature of a layer of the catalogue, error 10 m, that declares commune 06001."""
    row = {"code": "X-1", "name_vi": "Thử", "commune_codes": "06001", "quality": "indicative"}
    return gpd.GeoDataFrame([row | {"accuracy_m": 10.0} | columns], geometry=[shape], crs=VN2000)


def place(*, size=100, **columns):
    return frame_of(square(0, 0, size), commune_code="06001", accuracy_m=0.0, **columns)


def spot(x, y, **columns):
    return frame_of(shapely.Point(E0 + x, N0 + y), **columns)


def area(x, y, **columns):
    return frame_of(square(x, y), **{"accuracy_m": 5.0, **columns})


def track(x, **columns):
    return frame_of(shapely.LineString([(E0 + x, N0), (E0 + x, N0 + 100)]), **columns)


def between(layers, **options):
    return check_between(layers, **options)


def overlap_rules(*rows):
    """A matrix of overlaps: these pairs, and every other one noted."""
    every = ("*", "*", "noted", "default")
    table = [
        {"code": f"{one}-{other}", "layer": one, "other": other, "rule": rule, "basis": basis,
         "clause": "", "verified": "yes"}
        for one, other, rule, basis in (*rows, every)
    ]  # fmt: skip
    return pd.DataFrame(table)


BOWTIE = shapely.Polygon([(E0, N0), (E0 + 9, N0 + 9), (E0 + 9, N0), (E0, N0 + 9)])
OPEN = ["zone_a", "zone_b"]
FACTS = pd.DataFrame({"code": ["00001", "00002"], "area_ha": [1.0, 1.0]})


def open_catalogue(**changes):
    """Issues of the catalogue with one layer more, of which something is still open."""
    text = (embedded_folder() / "layers" / "wetland.toml").read_text(encoding="utf-8")
    for key, value in {"name": "marsh", **changes}.items():
        text = re.sub(f"(?m)^{key} = .*$", f'{key} = "{value}"', text)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "layers" / "marsh.toml"
        path.parent.mkdir()
        path.write_text(text, encoding="utf-8")
        return check_catalogue(read_region(catalogue=[folder]))


def told(code, far=""):
    frame = tiles()
    frame.attrs["told"] = [(code, "unknown", "EPSG:9215", far)]
    return checked(frame)


def uncomputed():
    """Two squares of which a kernel says, at every precision, that they share all of the first."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plausible, "_computed", lambda _, pairs, grid=0.0: pairs.both[0].copy())
        return checked(tiles(square(0, 0), square(50, 50)))


BROKEN = {
    "LS-CAT-UNKNOWN": lambda: open_catalogue(clause="339/none"),
    "LS-CAT-NO-TEXT": lambda: open_catalogue(),
    "LS-CRS-MISSING": lambda: checked(tiles(crs=None)),
    "LS-CRS-OTHER": lambda: checked(tiles().to_crs(4326)),
    "LS-CRS-OTHER-ZONE": lambda: checked(tiles().to_crs(3405)),
    "LS-CRS-OTHER-DATUM": lambda: checked(tiles().to_crs(4147)),
    "LS-CRS-NO-WAY": lambda: checked(tiles(crs='LOCAL_CS["site grid",UNIT["metre",1]]')),
    "LS-CRS-UNNAMED": lambda: told("crs-unnamed"),
    "LS-CRS-NEARLY": lambda: told("crs-nearly", "746.8 m"),
    "LS-CRS-ON-WGS84": lambda: told("crs-on-wgs84"),
    "LS-CRS-DESCRIBED": lambda: told("crs-same"),
    "LS-CRS-WAY": lambda: told("crs-way", "0.68 m"),
    "LS-CRS-UNKNOWN-NAME": lambda: told("crs-unknown-name"),
    "LS-CRS-DEGREES-AS-METRES": lambda: checked(
        tiles().to_crs(4326).set_crs(9215, allow_override=True)
    ),
    "LS-CRS-METRES-AS-DEGREES": lambda: checked(tiles().set_crs(4326, allow_override=True)),
    "LS-CRS-AXES-SWAPPED": lambda: checked(moved(tiles(), axes)),
    "LS-CRS-FAR": lambda: checked(tiles(square(0, 0), square(0, 900_000))),
    "LS-LAYER-EMPTY": lambda: checked(tiles().iloc[:0]),
    "LS-GEOM-MISSING": lambda: checked(tiles(square(0, 0), None)),
    "LS-GEOM-NOT-LOCATED": lambda: checked(
        tiles(square(0, 0), None, quality=["indicative", "none"])
    ),
    "LS-GEOM-EMPTY": lambda: checked(tiles(square(0, 0), shapely.Polygon())),
    "LS-GEOM-EMPTY-PART": lambda: checked(
        tiles(square(0, 0), shapely.multipolygons([square(100, 0), shapely.Polygon()]))
    ),
    "LS-GEOM-TYPE": lambda: checked(tiles(square(0, 0), shapely.Point(E0 + 1, N0 + 1))),
    "LS-GEOM-MIXED": lambda: checked(tiles(square(0, 0), shapely.Point(E0 + 1, N0 + 1)), PARK),
    "LS-GEOM-NOT-FINITE": lambda: checked(
        tiles(square(0, 0), shapely.LineString([(E0, N0), (np.inf, N0)]))
    ),
    "LS-GEOM-INVALID": lambda: checked(tiles(square(100, 0), BOWTIE)),
    "LS-GEOM-REPEATED-VERTEX": lambda: checked(
        tiles(shapely.Polygon([(E0, N0), (E0 + 9, N0), (E0 + 9, N0), (E0, N0 + 9)]), square(50, 50))
    ),
    "LS-GEOM-DUPLICATE": lambda: checked(tiles(square(0, 0), square(0, 0).reverse())),
    "LS-GEOM-SAME-POINT": lambda: checked(points((5, 5), (5, 5)), POINT),
    "LS-GEOM-NEAR-DUPLICATE": lambda: checked(tiles(square(0, 0), square(0.5, 0.5))),
    "LS-GEOM-SPIKE": lambda: checked(
        tiles(
            square(100, 0),
            shapely.Polygon(
                [
                    (E0, N0),
                    (E0 + 100, N0),
                    (E0 + 50, N0 + 100),
                    (E0 + 50, N0 + 180),
                    (E0 + 49.96, N0 + 100),
                    (E0, N0 + 100),
                ]
            ),
        )
    ),
    "LS-GEOM-SLIVER": lambda: checked(
        tiles(
            square(100, 0),
            shapely.MultiPolygon([square(0, 0), shapely.box(E0, N0 + 200, E0 + 90, N0 + 200.3)]),
        )
    ),
    "LS-GEOM-HEAVY": lambda: checked(tiles(disc(50, 50, 10_000), disc(150, 50, 10_000))),
    "LS-COVER-EDGE": lambda: checked(
        tiles(
            square(0, 0),
            shapely.Polygon(
                [
                    (E0 + 100, N0),
                    (E0 + 200, N0),
                    (E0 + 200, N0 + 100),
                    (E0 + 100, N0 + 100),
                    (E0 + 100, N0 + 30),
                ]
            ),
        )
    ),
    "LS-COVER-APART": lambda: covered(square(0, 0), square(300, 0)),
    "LS-COVER-GAP": lambda: checked(
        tiles(shapely.difference(square(0, 0), square(60, 40, 10)), square(100, 0))
    ),
    "LS-COVER-SLIT": lambda: checked(tiles(square(0, 0), square(103, 0))),
    "LS-COVER-BEYOND": lambda: covered(square(0, 0), square(950, 0), outline=PROVINCE),
    "LS-COVER-SHORT": lambda: covered(square(0, 0), square(950, 0), outline=PROVINCE),
    "LS-KEY-MISSING": lambda: checked(tiles().drop(columns="code")),
    "LS-KEY-NULL": lambda: checked(tiles(code=["00001", " "])),
    "LS-KEY-NOT-UNIQUE": lambda: checked(tiles(code=["00001", "00001"])),
    "LS-KEY-UNKNOWN": lambda: checked(tiles(code=["00001", "00003"]), facts=FACTS),
    "LS-KEY-NAME": lambda: checked(
        tiles(name_vi=["Xã Một", "Xã Ba"]), facts=FACTS.assign(name_vi=["Xã Một", "Xã Hai"])
    ),
    "LS-KEY-ABSENT": lambda: checked(tiles(code=["00001", "00003"]), facts=FACTS),
    "LS-FIELD-MISSING": lambda: checked(tiles().drop(columns="name_vi")),
    "LS-FIELD-ABSENT": lambda: checked(tiles().drop(columns="households")),
    "LS-FIELD-UNKNOWN": lambda: checked(tiles(colour=["red", "blue"])),
    "LS-FIELD-TWICE": lambda: checked(
        tiles(kind_2=["ward", "ward"]).rename(columns={"kind_2": "kind"})
    ),
    "LS-FIELD-NULL": lambda: checked(tiles(name_vi=["Một", None])),
    "LS-FIELD-TYPE": lambda: checked(tiles(code=[1, 2])),
    "LS-FIELD-DOMAIN": lambda: checked(tiles(kind=["commune", "town"])),
    "LS-FIELD-PATTERN": lambda: checked(tiles(code=["00001", "2"])),
    "LS-FIELD-NOT-NFC": lambda: checked(
        tiles(name_vi=["Một", unicodedata.normalize("NFD", "Đồng Đăng")])
    ),
    "LS-COUNT-FEWER": lambda: checked(tiles().iloc[:1]),
    "LS-COUNT-MORE": lambda: checked(pd.concat([tiles(), tiles()])),
    "LS-COUNT-NOT-LOCATED": lambda: checked(tiles(None, None), UNDRAWN),
    "LS-PLACE-OUTSIDE": lambda: checked(tiles(square(0, 0), square(2000, 0))),
    "LS-PLACE-PARTLY-OUTSIDE": lambda: checked(tiles(square(0, 0), square(950, 0))),
    "LS-PLACE-AT-EDGE": lambda: checked(tiles(square(0, 0), square(905, 0))),
    "LS-AREA-DIFFERS": lambda: checked(tiles(area_ha=[1.0, 1.2])),
    "LS-AREA-TOTAL": lambda: checked(tiles(square(0, 0), square(100, 0, size=90))),
    "LS-OVERLAP": lambda: checked(tiles(square(0, 0), square(99, 0))),
    "LS-OVERLAP-NOT-COMPUTED": lambda: uncomputed(),
    "LS-OVERLAP-OTHER": lambda: checked(
        tiles(square(0, 0), square(99, 0)), replace(TILE, name="nature_reserve")
    ),
    "LS-OVERLAP-BETWEEN": lambda: between(
        {"nature_reserve": area(0, 0), "wetland": area(90, 0)},
        overlaps=overlap_rules(("nature_reserve", "wetland", "forbidden", "geometry")),
    ),
    "LS-OVERLAP-NOTED": lambda: between({"nature_reserve": area(0, 0), "wetland": area(90, 0)}),
    "LS-REL-OUTSIDE": lambda: between({"commune": place(), "dry_port": spot(150, 50)}),
    "LS-REL-PARTLY": lambda: between({"commune": place(), "nature_reserve": area(60, 0)}),
    "LS-REL-AT-EDGE": lambda: between({"commune": place(), "dry_port": spot(105, 50)}),
    "LS-REL-APART": lambda: between({"commune": place(), "railway": track(150)}),
    "LS-REL-UNSURE": lambda: between({"commune": place(), "railway": track(105)}),
    "LS-REL-BORDER": lambda: between(
        {"commune": place(size=10_000, border_china="yes"), "border_gate": spot(5000, 5000)}
    ),
    "LS-REL-COARSE": lambda: between(
        {"commune": place(quality="schematic"), "dry_port": spot(50, 50)}
    ),
    "LS-SKIPPED-RELATION": lambda: between({"border_gate": spot(50, 50)}),
    "LS-GEOM-FINGER": lambda: checked(
        tiles(
            square(100, 0),
            shapely.union(square(0, 0), shapely.box(E0 + 40, N0 + 100, E0 + 40.4, N0 + 160)),
        )
    ),
    "LS-AREA-UNIT": lambda: checked(tiles(area_ha=[1.0, 10_000.0])),
    "LS-FIELD-UNIT": lambda: checked(tiles(area_ha=[1.0, -1.0])),
    "LS-REF-UNKNOWN": lambda: checked(tiles(commune_codes=["06001; 99999", ""])),
    "LS-DATE-ORDER": lambda: checked(tiles(until=["2025-06-30", None])),
    "LS-SKIPPED-METRES": lambda: checked(tiles(crs=None)),
    "LS-SKIPPED-FEATURES": lambda: checked(tiles(square(100, 0), BOWTIE)),
    "LS-SKIPPED-PROVINCE": lambda: checked(province=None),
    "LS-SKIPPED-AREA": lambda: checked(tiles().drop(columns="area_ha")),
    "LS-SKIPPED-COUNT": lambda: checked(tiles().drop(columns="kind")),
    "LS-LIST-UNKNOWN": lambda: check_memberships(lists(zone_a=["99999"]), UNITS),
    "LS-LIST-REPEATED": lambda: check_memberships(lists(zone_a=["00001", "00001"]), UNITS),
    "LS-LIST-UNASSIGNED": lambda: check_memberships(
        lists(zone_a=["00001"], zone_b=["00001"]), UNITS, partition=OPEN
    ),
    "LS-LIST-SEVERAL": lambda: check_memberships(
        lists(zone_a=["00001"], zone_b=["00001"]), UNITS, partition=OPEN
    ),
}


def of(issues, code):
    return [issue for issue in issues if issue.code == code]


def codes(issues):
    return [issue.code for issue in issues]


SQUARES, PLACES = (square(0, 0), square(200, 0)), ((5, 5), (50, 50))
SPINE, ROAD = shapely.LineString([(E0, N0), (E0 + 9, N0)]), replace(PARK, geometry="LineString")
TYPES = {"LS-GEOM-TYPE", "LS-GEOM-MIXED"}


@pytest.mark.parametrize(
    ("features", "layer", "found"),
    [
        pytest.param(points(*PLACES), PARK, [], id="points"),
        pytest.param(tiles(*SQUARES), PARK, [], id="polygons"),
        pytest.param(tiles(shapely.MultiPolygon(SQUARES), square(500, 0)), PARK, [], id="multi"),
        pytest.param(tiles(square(0, 0), None), PARK, [], id="one nobody has located"),
        pytest.param(tiles(*SQUARES), POINT, ["LS-GEOM-TYPE"] * 2, id="not accepted"),
        pytest.param(tiles(square(0, 0), SPINE), PARK, ["LS-GEOM-TYPE"], id="a line is neither"),
        pytest.param(tiles(SPINE, square(0, 0)), ROAD, ["LS-GEOM-MIXED"], id="both"),
        pytest.param(tiles(*SQUARES), ROAD, [], id="ground of a line"),
    ],
)  # fmt: skip
def test_a_layer_has_one_of_the_geometries_it_accepts(features, layer, found):
    assert [issue.code for issue in checked(features, layer) if issue.code in TYPES] == found


def test_a_mixed_layer_says_what_is_mixed_and_names_the_few():
    three = pd.concat([tiles(*SQUARES), points((500, 500), (600, 600)).iloc[:1]])
    three["code"] = ["00001", "00002", "00003"]
    (issue,) = of(checked(three, PARK), "LS-GEOM-MIXED")
    assert issue.key == "00003" and read_rules()[issue.code]["stops"] == "yes"
    message = describe_issue(issue, "en")["message"]
    assert "1 feature of type point (00003)" in message and "2 of type polygon" in message


def test_a_layer_of_points_and_polygons_says_it_needs_either():
    (issue,) = of(checked(tiles(square(0, 0), SPINE), PARK), "LS-GEOM-TYPE")
    assert "needs a point or polygon" in describe_issue(issue, "en")["message"]
    assert "điểm (Point) hoặc vùng (Polygon)" in describe_issue(issue, "vi")["message"]


def test_polygons_of_a_point_layer_are_measured():
    one, two = square(0, 0), square(300, 0, 200)  # 1 ha and 4 ha
    found = checked(tiles(one, two, area_ha=[1.0, 5.0]), PARK)
    assert [issue.key for issue in of(found, "LS-AREA-DIFFERS")] == ["00002"]
    assert of(checked(tiles(one, square(50, 50)), PARK), "LS-OVERLAP")
    assert codes(of(checked(tiles(one, one), PARK), "LS-GEOM-DUPLICATE"))


@pytest.mark.parametrize("code", read_rules())
def test_every_rule_has_a_failing_fixture(code):
    found = of(BROKEN[code](), code)
    assert found and {issue.severity for issue in found} == {read_rules()[code]["severity"]}
    for lang in ("vi", "en"):
        told = describe_issue(found[0], lang)
        assert all(told.values()) and not re.search(r"{[a-z_]+}", "".join(told.values()))
        assert "nan" not in told["message"] and "None" not in told["message"]


def test_no_fixture_without_a_rule():
    assert set(BROKEN) == set(read_rules())


@pytest.mark.parametrize(
    ("changes", "key", "register"),
    [
        pytest.param({"clause": "339/none"}, "legal.clause", "clause", id="clause"),
        pytest.param({"theme": "burial"}, "theme", "theme", id="theme"),
    ],
)
def test_what_a_layer_file_leaves_open_names_the_file_and_the_key(changes, key, register):
    (issue,) = of(open_catalogue(**changes), "LS-CAT-UNKNOWN")
    assert issue.layer == "marsh" and dict(issue.values) == {
        "file": "marsh.toml",
        "field": key,
        "found": f'"{next(iter(changes.values()))}"',
        "expected": f"{register}.csv",
    }
    assert check_catalogue() == []  # the catalogue of lsgis leaves nothing open


@pytest.mark.parametrize("code", read_rules())
def test_rules_speak_both_languages_alike(code):
    rule = read_rules()[code]
    assert rule["severity"] in SEVERITIES and rule["group"]
    for part in ("title", "message", "todo"):
        vi, en = rule[f"{part}_vi"], rule[f"{part}_en"]
        assert vi and en and unicodedata.is_normalized("NFC", vi)
        names = [{n for _, n, _, _ in Formatter().parse(choose(t, ANY))} for t in (vi, en)]
        assert names[0] - {None} == names[1] - {None}


@pytest.mark.parametrize("code", read_rules())
def test_rules_say_one_thing_and_several_in_english(code):
    """A number is followed by a choice of words, unless the rule speaks of several alone."""
    loose = re.findall(r"\{(?:count|total|rest)\} \w+s\b", read_rules()[code]["message_en"])
    assert not loose or code in ("LS-KEY-NOT-UNIQUE", "LS-GEOM-HEAVY")


@pytest.mark.parametrize(
    ("count", "said"),
    [
        pytest.param(1, "1 of 2 features has unsound geometry", id="one"),
        pytest.param(2, "2 of 2 features have unsound geometry", id="several"),
    ],
)
def test_a_message_agrees_with_its_number(count, said):
    issue = new_issue("LS-SKIPPED-FEATURES", TILE, count=count, total=2)
    assert said in describe_issue(issue, "en")["message"]
    assert f"{count} trong 2 đối tượng" in describe_issue(issue, "vi")["message"]


@pytest.mark.parametrize(
    ("features", "layer"),
    [
        pytest.param(tiles(), TILE, id="two tiles"),
        pytest.param(tiles().set_index("kind", drop=False), TILE, id="any index"),
        pytest.param(points((5, 5), (9, 9)), POINT, id="points"),
        pytest.param(tiles(since=[date(2025, 7, 1), None]), TILE, id="dates and a null"),
        pytest.param(tiles(households=[10.0, np.nan]), TILE, id="whole floats"),
        pytest.param(
            tiles(shapely.force_3d(square(0, 0), 7), shapely.MultiPolygon([square(100, 0)])),
            TILE,
            id="multi and 3D",
        ),
    ],
)
def test_a_clean_layer_is_silent(features, layer):
    assert checked(features, layer) == []
    assert checked(features, layer, facts=FACTS) == []


def test_nothing_to_draw_and_nothing_drawn_is_a_note():
    found = checked(tiles().iloc[:0], replace(UNDRAWN, expected=Expected(count=5)))
    assert codes(found) == ["LS-COUNT-NOT-LOCATED"]
    assert dict(found[0].values) | {"what": ""} == {
        "what": "", "expected": 5, "listed": 0, "located": 0,
        "instrument": "339/QĐ-UBND", "clause": "339/I",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("features", "code", "likely"),
    [
        pytest.param(tiles(crs=None), "LS-CRS-MISSING", "EPSG:9215", id="no CRS"),
        pytest.param(
            tiles().to_crs(3405).set_crs(9215, allow_override=True),
            "LS-CRS-FAR",
            "EPSG:3405",
            id="UTM zone 48 declared as TM-3",
        ),
        pytest.param(
            tiles().to_crs(3857).set_crs(4326, allow_override=True),
            "LS-CRS-METRES-AS-DEGREES",
            "EPSG:3857",
            id="web metres declared as degrees",
        ),
        pytest.param(
            moved(tiles().to_crs(4326), axes).set_crs(9215, allow_override=True),
            "LS-CRS-DEGREES-AS-METRES",
            "none of the usual systems",
            id="swapped degrees declared as metres",
        ),
    ],
)
def test_likely_systems_are_named(features, code, likely):
    issue = of(checked(features), code)[0]
    told = describe_issue(issue, "en")
    assert likely in told["message"] + told["todo"]
    assert not {"LS-AREA-DIFFERS", "LS-PLACE-OUTSIDE"} & set(codes(checked(features)))


@pytest.mark.parametrize("epsg", [9215, 4326, 4756, 3405])
def test_swapped_axes_of_one_row_are_found(epsg):
    whole = tiles().to_crs(epsg)
    mixed = pd.concat([whole.iloc[:1], moved(whole.iloc[1:], axes)])
    found = of(checked(mixed), "LS-CRS-AXES-SWAPPED")
    assert [(issue.key, issue.values["count"], issue.values["total"]) for issue in found] == [
        ("00002", 1, 2)
    ]


def test_without_crs_nothing_is_clear():
    found = checked(tiles(square(0, 0), BOWTIE, crs=None))
    assert {"LS-CRS-MISSING", "LS-SKIPPED-METRES", "LS-GEOM-INVALID"} <= set(codes(found))
    assert all(issue.place is None for issue in found)


def test_an_invalid_place_is_moved_to_vn2000():
    found = of(checked(tiles(square(100, 0), BOWTIE).to_crs(4326)), "LS-GEOM-INVALID")
    assert [issue.key for issue in found] == ["00002"]
    assert found[0].place.distance(shapely.Point(E0 + 4.5, N0 + 4.5)) < 1e-3
    assert describe_issue(found[0], "vi")["message"] == "00002 Hai: đường viền tự cắt."


def test_every_fault_is_told_not_the_first():
    features = tiles(BOWTIE, None, code=["00001", "00001"], kind=["town", "ward"])
    assert {
        "LS-GEOM-INVALID", "LS-GEOM-MISSING", "LS-KEY-NOT-UNIQUE", "LS-FIELD-DOMAIN",
        "LS-COUNT-FEWER",
    } <= set(codes(checked(features)))  # fmt: skip


@pytest.mark.parametrize(
    ("x", "code", "distance_m"),
    [
        pytest.param(1049.9, "LS-PLACE-AT-EDGE", 49.9, id="within its accuracy"),
        pytest.param(1050.1, "LS-PLACE-OUTSIDE", 50.1, id="beyond its accuracy"),
        pytest.param(1000, None, 0, id="on the line"),
    ],
)
def test_a_point_outside_is_judged_by_its_accuracy(x, code, distance_m):
    found = checked(points((5, 5), (x, 500)), POINT)
    assert codes(found) == ([code] if code else [])
    for issue in found:
        assert issue.values["distance_m"] == pytest.approx(distance_m)
        assert issue.place == shapely.Point(E0 + x, N0 + 500)


def test_a_feature_has_its_own_accuracy():
    far = points((5, 5), (1200, 500)).assign(accuracy_m=[1.0, 300.0])
    assert codes(checked(far, POINT)) == ["LS-PLACE-AT-EDGE"]


def test_a_coarse_outline_accuses_nobody():
    """30 m of the feature and 40 m of the outline make 50 m together."""
    for x, code in ((1049, "LS-PLACE-AT-EDGE"), (1051, "LS-PLACE-OUTSIDE")):
        found = checked(
            points((5, 5), (x, 500)),
            replace(POINT, accuracy_m=30.0),
            province=PROVINCE.assign(accuracy_m=[40.0]),
        )
        assert codes(found) == [code] and found[0].values["accuracy_m"] == pytest.approx(50)


def test_part_outside_is_measured():
    issue = of(checked(tiles(square(0, 0), square(950, 0))), "LS-PLACE-PARTLY-OUTSIDE")[0]
    assert issue.key == "00002"
    assert issue.values["amount"] == pytest.approx(5000)
    assert issue.values["share"] == pytest.approx(0.5)
    assert issue.values["distance_m"] == pytest.approx(50)


@pytest.mark.parametrize(
    ("x", "area_m2"),
    [
        pytest.param(99.995, 0.5, id="half a square metre"),
        pytest.param(50, 5000, id="half"),
        pytest.param(100, None, id="a shared edge is no overlap"),
    ],
)
def test_overlap_is_measured_where_it_lies(x, area_m2):
    found = of(checked(tiles(square(0, 0), square(x, 0))), "LS-OVERLAP")
    assert [issue.values["area_m2"] for issue in found] == (
        [pytest.approx(area_m2, rel=1e-4)] if area_m2 else []
    )
    assert all(square(0, 0).covers(issue.place) for issue in found)


def test_pieces_of_one_zone_may_overlap():
    layer = replace(TILE, name="environmental_zone", expected=Expected(unit="kind"))
    pieces = tiles(square(0, 0), square(50, 0), kind=["ward", "ward"])
    assert codes(checked(pieces, layer)) == ["LS-OVERLAP-OTHER"]
    assert codes(checked(pieces.assign(kind=["ward", "commune"]), layer)) == ["LS-OVERLAP"]


def test_vn2000_as_another_program_writes_it_needs_no_datum_operation():
    esri = tiles().set_crs(VN2000.to_wkt("WKT1_ESRI"), allow_override=True)
    assert codes(checked(esri)) in ([], ["LS-CRS-OTHER-ZONE"])


def test_a_vertex_more_on_a_shared_edge_is_no_overlap_in_degrees():
    south = shapely.box(106.7, 21.8, 106.8, 21.9)
    corners = [(106.7, 21.9), (106.75, 21.9), (106.8, 21.9), (106.8, 22.0), (106.7, 22.0)]
    together = tiles(south, shapely.Polygon(corners), crs=4326)
    apart = np.asarray(to_vn2000(together).geometry)
    assert shapely.area(shapely.intersection(*apart)) > 1000  # what moving first would invent
    assert not of(checked(together), "LS-OVERLAP")


def test_area_is_held_against_the_facts_before_the_own_column():
    facts = FACTS.assign(area_ha=[1.0, 1.005])
    assert checked(tiles(area_ha=[1.0, 9.0]), facts=facts) == []
    issue = of(checked(facts=FACTS.assign(area_ha=[1.0, 2.0])), "LS-AREA-DIFFERS")[0]
    assert (issue.key, issue.values["official_ha"]) == ("00002", 2.0)
    assert issue.values["share"] == pytest.approx(-0.5)
    assert "lệch -50 %" in describe_issue(issue, "vi")["message"]


def test_unconfirmed_facts_are_not_missed():
    facts = pd.concat([FACTS, FACTS.tail(1).assign(code="00003")])
    assert codes(checked(facts=facts)) == ["LS-KEY-ABSENT"]
    assert checked(facts=facts.assign(in_decision=["yes", "yes", "unconfirmed"])) == []


def test_lists_that_share_out_the_units_are_silent():
    assert check_memberships(lists(zone_a=["00001"], zone_b=["00002"]), UNITS, partition=OPEN) == []


def test_units_in_none_and_in_several_are_named():
    found = check_memberships(lists(zone_a=["00001"], zone_b=["00001"]), UNITS, partition=OPEN)
    assert [(issue.code, issue.key) for issue in found] == [
        ("LS-LIST-SEVERAL", "00001"),
        ("LS-LIST-UNASSIGNED", "00002"),
    ]
    assert describe_issue(found[1], "en")["message"] == (
        "00002 Hai: stands in none of zone_a, zone_b."
    )


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        pytest.param(
            lambda: checked(pd.DataFrame({"code": ["00001"]})),
            LayerError, "geometry column", id="no geometry column",
        ),
        pytest.param(
            lambda: checked(gpd.GeoDataFrame({"code": ["00001"]})),
            LayerError, "geometry column", id="no active geometry",
        ),
        pytest.param(
            lambda: checked(facts=FACTS.drop(columns="area_ha")),
            LayerError, "area_ha", id="facts without areas",
        ),
        pytest.param(
            lambda: checked(province=PROVINCE.set_crs(None, allow_override=True)),
            CrsError, "no coordinate reference system", id="province without CRS",
        ),
        pytest.param(
            lambda: check_memberships(lists(zone_a=[]), UNITS, partition=["zone_x"]),
            LayerError, "zone_x", id="unknown list",
        ),
        pytest.param(
            lambda: check_memberships(pd.DataFrame({"list": []}), UNITS),
            LayerError, "commune_code", id="lists without codes",
        ),
    ],
)  # fmt: skip
def test_bad_calls_are_refused(call, error, match):
    with pytest.raises(error, match=match):
        call()


def test_an_issue_is_frozen_and_counts():
    found = checked(tiles(square(0, 0), square(950, 0)), province=None)
    assert count_issues(found) == {"error": 0, "warning": 0, "note": 1}
    with pytest.raises(FrozenInstanceError, match="severity"):
        found[0].severity = "error"


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_issues_become_a_frame(lang):
    found = checked(tiles(square(0, 0), square(99, 0), code=["00001", "x"]))
    frame = issues_frame(found, lang)
    assert frame.crs == VN2000 and len(frame) == len(found)
    assert list(frame.columns) == [
        "code", "severity", "layer", "key", "message", "todo", "easting", "northing", "lon", "lat",
        "geometry",
    ]  # fmt: skip
    placed = frame[frame["code"] == "LS-OVERLAP"].iloc[0]
    assert placed.easting == pytest.approx(E0 + 99.5)
    assert 106 < placed.lon < 107.4 and 21.3 < placed.lat < 22.5
    assert frame[frame["code"] == "LS-FIELD-PATTERN"].geometry.isna().all()


def test_no_issue_is_an_empty_frame_with_columns():
    frame = issues_frame([], "vi")
    assert len(frame) == 0 and frame.crs == VN2000 and "message" in frame


# --- the real communes ------------------------------------------------------------------


@pytest.fixture(scope="module")
def communes(communes_file):
    """The published communes, in degrees as they came, with the columns of the layer."""
    rows = gpd.read_file(communes_file).rename(columns={"code": "commune_code", "name": "name_vi"})
    facts = read_register("commune").drop(columns="name_vi")
    return rows[["commune_code", "name_vi", "geometry"]].merge(facts, on="commune_code")


@pytest.fixture(scope="module")
def commune_layer():
    return read_catalogue()["commune"]


def test_the_real_communes(communes, commune_layer):
    start = time.process_time()  # of this process alone, whatever else the machine does
    found = check_layer(
        communes, commune_layer, province=communes.dissolve(), facts=read_register("commune")
    )
    assert time.process_time() - start < 10
    assert count_issues(found)["error"] == 0
    assert len(of(found, "LS-OVERLAP")) == 9
    assert sum(issue.values["count"] for issue in of(found, "LS-GEOM-REPEATED-VERTEX")) == 2298
    largest = max(of(found, "LS-OVERLAP"), key=lambda issue: issue.values["area_m2"])
    assert largest.values["area_m2"] == pytest.approx(9545, rel=0.01)
    assert not [code for code in codes(found) if "COUNT" in code or "PLACE" in code]


@pytest.mark.parametrize(
    ("fault", "code", "key"),
    [
        pytest.param(lambda rows: rows.iloc[1:], "LS-COUNT-FEWER", None, id="64 of 65"),
        pytest.param(
            lambda rows: pd.concat([moved(rows.iloc[:1], axes), rows.iloc[1:]]),
            "LS-CRS-AXES-SWAPPED", 0, id="a swapped row",
        ),
        pytest.param(
            lambda rows: pd.concat([moved(rows.iloc[:1], lambda xy: xy + 1.0), rows.iloc[1:]]),
            "LS-PLACE-OUTSIDE", 0, id="a commune moved away",
        ),
        pytest.param(
            lambda rows: pd.concat([moved(rows.iloc[:1], lambda xy: xy + 5e-6), rows.iloc[1:]]),
            "LS-OVERLAP", None, id="a commune moved by half a metre",
        ),
    ],
)  # fmt: skip
def test_injected_faults_are_found(communes, commune_layer, fault, code, key):
    small = communes.assign(
        geometry=shapely.coverage_simplify(np.asarray(communes.geometry), 0.001)
    )
    outline = small.dissolve()
    found = of(check_layer(fault(small), commune_layer, province=outline), code)
    assert found
    if key is not None:
        assert [issue.key for issue in found] == [small["commune_code"].iloc[key]]


def test_the_three_zones_do_not_hold_every_unit():
    zones = ["zone_dynamic", "zone_east", "zone_west"]
    found = check_memberships(read_membership(), read_register("commune"), partition=zones)
    assert {issue.code for issue in found} == {"LS-LIST-UNASSIGNED"}
    named = read_membership(*zones)["commune_code"].nunique()
    assert len(found) == len(read_register("commune")) - named > 0


# --- odd frames -------------------------------------------------------------------------

NUMBERS = st.floats(allow_nan=True, allow_infinity=True) | st.floats(100, 110) | st.floats(4e5, 5e5)
ODD_SHAPES = st.sampled_from(
    [
        None, "POINT EMPTY", "POLYGON EMPTY", "GEOMETRYCOLLECTION EMPTY", "MULTIPOINT EMPTY",
        "GEOMETRYCOLLECTION (POINT (440000 2420000), LINESTRING (0 0, 1 1))",
        "POLYGON ((0 0, 1 1, 1 0, 0 1, 0 0))", "LINESTRING (0 0, 0 0)",
        "LINEARRING (0 0, 1 0, 1 1, 0 0)",
        "POLYGON ((440000 2420000, 440000 2420000, 440000 2420000, 440000 2420000))",
        "MULTIPOLYGON (((440000 2420000, 440900 2420000, 440900 2420900, 440000 2420000)))",
        "POLYGON ((440000 2420000, 440900 2420000, 440900 2420900, 440000 2420000))",
        "MULTILINESTRING ((440000 2420000, 441900 2420000), (0 0, 1 1))",
        "MULTIPOINT (440000 2420000, 106 21)", "POINT Z (106 21 NaN)",
    ]
).map(shapely.from_wkt)  # fmt: skip


@st.composite
def shapes(draw):
    if draw(st.booleans()):
        return draw(ODD_SHAPES)
    xy = draw(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=5))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        if len(xy) == 1:
            return shapely.Point(xy[0])
        make = draw(st.sampled_from([shapely.LineString, shapely.MultiPoint, shapely.Polygon]))
        try:
            return make(xy)
        except (ValueError, shapely.errors.GEOSException):  # nobody can build this one
            return None


CELLS = st.one_of(
    st.none(), st.text(max_size=5), st.integers(), st.floats(), st.booleans(), st.just(pd.NaT),
    st.just(pd.NA), st.lists(st.integers(), max_size=2), st.dates(), st.binary(max_size=3),
    st.just(10**400), st.just(b"\xff"), st.complex_numbers(), st.decimals(allow_nan=False),
)  # fmt: skip
NAMES = st.sampled_from(
    ["code", "name_vi", "kind", "phase", "area_ha", "since", "households", "quality", "accuracy_m",
     "in_decision", "geometry", 7, ("a", "b"), "", "{x}", "<b>"],
)  # fmt: skip
SYSTEMS = st.sampled_from(
    [None, 9215, 4326, 3405, 3857, 4756, 2193, 4978, 3031, 'LOCAL_CS["x",UNIT["metre",1]]']
)
LAYERS = st.sampled_from([TILE, POINT, UNDRAWN, replace(TILE, geometry="LineString")])


@st.composite
def odd_frames(draw):
    size = draw(st.integers(0, 4))
    names = draw(st.lists(NAMES, max_size=6))
    table = pd.DataFrame(index=range(size))
    for place, name in enumerate(names):
        cells = pd.Series(draw(st.lists(CELLS, min_size=size, max_size=size)), dtype=object)
        table.insert(place, name, cells, allow_duplicates=True)
    column = np.array([*draw(st.lists(shapes(), min_size=size, max_size=size)), None])[:-1]
    array = gpd.array.from_shapely(column, crs=draw(SYSTEMS))
    table.insert(len(names), "shape", array)
    return gpd.GeoDataFrame(table, geometry="shape")


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(frame=odd_frames(), layer=LAYERS, facts=st.none() | st.just(FACTS))
def test_odd_frames_never_crash(frame, layer, facts):
    before = frame.copy(deep=True)
    try:
        found = check_layer(frame, layer, province=PROVINCE, facts=facts)
    except LsgisError:
        return
    for issue in found:
        assert issue.place is None or np.isfinite(shapely.get_coordinates(issue.place)).all()
        assert all(describe_issue(issue, lang)["message"] for lang in ("vi", "en"))
    assert len(issues_frame(found, "vi")) == len(found)
    assert list(before.columns) == list(frame.columns) and len(before) == len(frame)


@given(x=st.integers(-300, 1300), y=st.integers(-300, 1300))
@settings(max_examples=40, deadline=None)
def test_a_square_is_inside_or_told(x, y):
    found = [code for code in codes(checked(tiles(square(0, 0), square(x, y)))) if "PLACE" in code]
    inside = 0 <= x <= 900 and 0 <= y <= 900
    assert bool(found) != inside
    assert to_vn2000(PROVINCE).geometry.iloc[0].covers(square(x, y)) == inside
