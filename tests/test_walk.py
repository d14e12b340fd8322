"""Where the reader of whole files gives up: which features are sound, which not, and why."""

import json
import random
import sqlite3
import struct
from contextlib import closing, suppress

import fiona
import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box
from toy import VN2000

from lsgis.errors import LayerError
from lsgis.intake import read_vector
from lsgis.intake.opening import DRIVERS, Limits, require_kind, shut_fiona
from lsgis.intake.walk import reasons_of, walk_features, walk_layer
from lsgis.layerfile import import_layer
from lsgis.sitecheck.declared import standing_cautions
from lsgis.sitefile import read_site

MANY = gpd.GeoDataFrame(
    {"ten": [f"Xã {n}" for n in range(40)], "n": range(40)},
    geometry=[box(440000 + 100 * n, 2410000, 440090 + 100 * n, 2410090) for n in range(40)],
    crs=VN2000,
)
WRITTEN = {"gpkg": "GPKG", "fgb": "FlatGeobuf", "shp": "ESRI Shapefile", "geojson": "GeoJSON",
           "gml": "GML", "tab": "MapInfo File", "dxf": "DXF"}  # fmt: skip


def written(folder, ending):
    path = folder / f"a.{ending}"
    frame = MANY[["geometry"]] if ending == "dxf" else MANY
    frame.to_file(path, driver=WRITTEN[ending])
    return path


def walked(path):
    return list(walk_features(path, require_kind(path)))


@pytest.mark.parametrize("ending", WRITTEN)
def test_a_sound_file_walked_is_the_file_read_whole(tmp_path, ending):
    path = written(tmp_path, ending)
    found = walked(path)
    assert [each.number for each in found] == [*range(1, 41)]
    assert not any(each.reason for each in found)
    whole = read_vector(path)
    assert [each.shape.wkb for each in found] == whole.geometry.to_wkb().tolist()
    if ending != "dxf":
        assert [each.cells["ten"] for each in found] == whole["ten"].tolist()
    again = walk_layer(path, require_kind(path), None, keep=True).frame
    names = [name for name in whole if name != whole.geometry.name]
    for name in names:
        assert again[name].isna().equals(whole[name].isna())
        assert again[name].dropna().tolist() == whole[name].dropna().tolist()


@pytest.mark.parametrize("kind", DRIVERS)
def test_each_kind_is_opened_by_its_own_drivers_alone(tmp_path, kind):
    """What any other kind is by its content is nothing to them, whatever the file is called."""
    others = {"gpkg": "sqlite", "fgb": "flatgeobuf", "geojson": "json", "gml": "gml", "dxf": "dxf"}
    for ending, other in others.items():
        path = written(tmp_path, ending)
        if other != kind:
            with pytest.raises((fiona.errors.FionaError, ValueError)):
                list(walk_features(path, kind))


def spoiled(path, numbers):
    """The same file with the bytes of some features' geometry spoiled."""
    if path.suffix == ".gpkg":
        with closing(sqlite3.connect(path)) as file:
            triggers = file.execute("select name from sqlite_master where type = 'trigger'")
            for (name,) in triggers.fetchall():
                file.execute(f'drop trigger "{name}"')
            for number in numbers:
                file.execute("update a set geom = x'47500001' where fid = ?", (number,))
            file.commit()
    elif path.suffix == ".geojson":
        whole = json.loads(path.read_text())
        for number in numbers:
            whole["features"][number - 1]["geometry"]["coordinates"][0][1] = [106.7, 21.8, "cao"]
        path.write_text(json.dumps(whole))
    else:
        raw, at = bytearray(path.read_bytes()), 100
        for number in range(1, 41):
            if number in numbers:
                raw[at + 8 + 36 : at + 8 + 40] = struct.pack("<i", 1_000_000)  # parts of a polygon
            at += 8 + 2 * struct.unpack_from(">i", raw, at + 4)[0]
        path.write_bytes(raw)


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "shp"])
@pytest.mark.parametrize("seed", range(4))
def test_every_feature_is_sound_or_told_with_its_number_name_and_reason(tmp_path, ending, seed):
    path = written(tmp_path, ending)
    whole = read_vector(path)
    chosen = random.Random(seed)
    numbers = sorted(chosen.sample(range(1, 41), chosen.randint(1, 12)))
    spoiled(path, numbers)
    with pytest.raises(LayerError) as refused:
        read_vector(path)
    for lang in ("vi", "en"):
        text = refused.value.message(lang)
        assert "--keep-sound" in text
        assert all(f"{n} (ten: Xã {n - 1}; " in text for n in numbers[:10])
    kept = read_vector(path, keep_sound=True)
    assert [number for number, _ in kept.attrs["lost"]] == numbers
    sound = np.setdiff1d(np.arange(40), np.array(numbers) - 1)
    assert kept.geometry[sound].to_wkb().tolist() == whole.geometry[sound].to_wkb().tolist()
    assert kept["ten"].tolist() == whole["ten"].tolist()
    if ending != "gpkg":  # GDAL says why
        reasons = [reason for _, reason in kept.attrs["lost"]]
        words = {"geojson": "Invalid 'z' coordinate", "shp": "Corrupted .shp file"}[ending]
        assert all(words in reason for reason in reasons)
    _, log = import_layer(path, "commune", keep_sound=True)
    lost = log[log["what"] == "lost"]
    assert lost["where"].tolist() == [str(n) for n in numbers] and (lost["before"] != "").all()


def test_a_file_that_stops_the_reader_is_walked_on_behind_the_break(tmp_path):
    """FlatGeobuf: reading in order ends at a broken feature; those behind it have their ids."""
    path = written(tmp_path, "fgb")
    whole = read_vector(path)
    raw = path.read_bytes()
    for start in range(len(raw) // 2, len(raw)):  # until the size of a feature is hit
        path.write_bytes(raw[:start] + b"\xff" * 4 + raw[start + 4 :])
        with suppress(ValueError):
            read_vector(path)
            continue
        break
    with pytest.raises(LayerError, match=r"feature number .*--keep-sound"):
        read_vector(path)
    kept = read_vector(path, keep_sound=True)
    here = set(kept.geometry.to_wkb())
    missing = [n for n, shape in enumerate(whole.geometry.to_wkb(), 1) if shape not in here]
    lost = [number for number, _ in kept.attrs["lost"]]
    assert 1 <= len(missing) <= 3 and set(missing) <= set(lost) and len(lost) <= 3
    assert all(reason for _, reason in kept.attrs["lost"])


def test_what_gdal_says_stands_with_the_feature_it_says_it_of(tmp_path):
    """A GeoJSON is read at once: what is said at its first feature may be of the last."""
    path = written(tmp_path, "geojson")
    spoiled(path, [17, 40])
    whole = json.loads(path.read_text())
    whole["features"][0]["geometry"] = None
    path.write_text(json.dumps(whole))
    found = walked(path)
    assert [each.number for each in found if each.reason] == [17, 40]
    assert set(reasons_of(path, "json", None, [1, 2, 17, 40])) == {17, 40}


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("few.geojson", '{"type":"Point","coordinates":[106.7]}', "Invalid coord dimension"),
        ("list.geojson", '{"type":"FeatureCollection","features":{}}', "Missing 'features'"),
        ("z.geojson", '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},'
         '"geometry":{"type":"Point","coordinates":[1,2,"f"]}}]}', "Invalid 'z' coordinate"),
    ],
)  # fmt: skip
def test_a_refusal_keeps_the_reason_the_library_named(tmp_path, name, text, words):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(LayerError) as refused:
        read_vector(path)
    for lang in ("vi", "en"):
        assert words in refused.value.message(lang)


CELLS = st.lists(st.none() | st.lists(st.booleans(), max_size=5), min_size=1, max_size=6)


@settings(max_examples=25, deadline=None)
@given(cells=CELLS.filter(any), more=st.sampled_from([{}, {"so": 1, "ten": "Xã"}]))
def test_lists_of_yes_and_no_are_read(tmp_path_factory, cells, more):
    path = tmp_path_factory.mktemp("b") / "a.geojson"
    point = {"type": "Point", "coordinates": [106.7, 21.8]}
    features = [
        {"type": "Feature", "properties": {**more, "co": cell}, "geometry": point} for cell in cells
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    frame = read_vector(path)
    unset = frame["co"].isna()
    read = [
        None if gone else json.loads(cell) for gone, cell in zip(unset, frame["co"], strict=True)
    ]
    assert read == cells
    assert [name for name in frame if name != "geometry"] == [*more, "co"]


KML = '<?xml version="1.0"?>\n<kml xmlns="http://www.opengis.net/kml/2.2">{}</kml>'
PICTURE = (
    "<GroundOverlay><name>a</name><Icon><href>a.jpg</href></Icon><LatLonBox><north>22</north>"
    "<south>21.8</south><east>106.9</east><west>106.7</west></LatLonBox></GroundOverlay>"
)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.kml", KML.format("")),
        ("a.kml", KML.format("<Document></Document>")),
        ("a.kml", KML.format("<Folder><name>x</name></Folder>")),
        ("a.gpx", '<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"></gpx>'),
        ("a.geojson", '{"type":"FeatureCollection","features":[]}'),
    ],
)
def test_a_sound_file_without_features_is_an_empty_layer_and_told(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    frame = read_vector(path)
    assert len(frame) == 0 and frame.crs == "EPSG:4326"
    assert [code for code, *_ in frame.attrs["told"]] == ["no-features"]
    assert "no-features" in set(import_layer(path, "industrial_park")[1]["what"])


def test_the_frame_of_a_picture_is_told(tmp_path):
    path = tmp_path / "a.kml"
    path.write_text(KML.format(f"<Document>{PICTURE}</Document>"))
    _, log = import_layer(path, "industrial_park")
    assert "picture-frame" in set(log["what"])
    site = read_site(path)
    assert "site.picture-frame" in {row["code"] for row in standing_cautions(site.log)}


def _record(kind, rings):
    points = [point for ring in rings for point in ring]
    starts = np.cumsum([0, *map(len, rings)])[:-1].tolist() if rings else []
    return (
        struct.pack("<i4d2i", kind, 0, 0, 1, 1, len(rings), len(points))
        + b"".join(struct.pack("<i", start) for start in starts)
        + b"".join(struct.pack("<2d", *point) for point in points)
    )


@pytest.mark.parametrize(("kind", "named"), [(3, "LineString"), (5, "Polygon")])
def test_a_record_without_vertices_keeps_its_row(tmp_path, kind, named):
    ring = [(0, 0), (0, 1), (1, 1), (1, 0), (0, 0)]
    records = [_record(kind, [ring]), _record(kind, []), _record(kind, [ring]),
               struct.pack("<i", 0)]  # fmt: skip
    body, index, at = b"", b"", 50
    for number, record in enumerate(records, 1):
        body += struct.pack(">ii", number, len(record) // 2) + record
        index += struct.pack(">ii", at, len(record) // 2)
        at += 4 + len(record) // 2
    for ending, content in (("shp", body), ("shx", index)):
        head = struct.pack(">7i", 9994, 0, 0, 0, 0, 0, 50 + len(content) // 2)
        head += struct.pack("<2i8d", 1000, kind, 0, 0, 1, 1, 0, 0, 0, 0)
        (tmp_path / f"a.{ending}").write_bytes(head + content)
    frame = read_vector(tmp_path / "a.shp")
    assert frame.geometry.isna().tolist() == [False, False, False, True]
    assert shapely.is_empty(frame.geometry.values).tolist() == [False, True, False, False]
    assert frame.geom_type[1] == named
    assert ("empty", "2", "geometry", "no coordinates") in frame.attrs["told"]


def test_the_walk_holds_to_the_limits(tmp_path, monkeypatch):
    path = written(tmp_path, "gpkg")
    assert Limits().vertices > 200
    for limit in ("features=39", "vertices=199"):
        monkeypatch.setenv("LSGIS_LIMITS", limit)
        with pytest.raises(LayerError, match="LSGIS_LIMITS"):
            walked(path)


def test_settings_of_fiona_come_back(tmp_path):
    name = "GDAL_HTTP_TIMEOUT"
    with fiona.Env(**{name: "77"}):
        with shut_fiona():
            assert str(fiona.env.getenv()[name]) == "1"
        assert str(fiona.env.getenv()[name]) == "77"
