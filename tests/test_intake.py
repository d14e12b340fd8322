"""Files a planner brings: read whole, or refused with what was expected, found and to do."""

import json
import math
import re
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, box
from toy import VN2000

from lsgis.catalogue import require_layer
from lsgis.crs import to_wgs84
from lsgis.errors import CrsError, LayerError
from lsgis.intake import mend_text, read_table, read_vector, rename_columns
from lsgis.intake.geometry import as_polygons

SQUARE = gpd.GeoDataFrame(
    {"name": ["a"]}, geometry=[box(440000, 2410000, 441000, 2411000)], crs=VN2000
)


@pytest.fixture
def geojson(tmp_path):
    path = tmp_path / "square.geojson"
    SQUARE.to_crs(4326).to_file(path)
    return path


def test_reads_every_feature_with_its_crs(tmp_path):
    path = tmp_path / "square.gpkg"
    SQUARE.to_file(path)
    frame = read_vector(path)
    assert frame.crs == VN2000
    assert frame.area.tolist() == [1_000_000]


def test_a_missing_geometry_keeps_its_row(tmp_path):
    path = tmp_path / "rows.geojson"
    feature = {"type": "Feature", "properties": {"a": 1}, "geometry": None}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    frame = read_vector(path)
    assert len(frame) == 1
    assert frame.geometry.isna().all()


@pytest.mark.parametrize(
    ("content", "match"),
    [
        pytest.param(b'{"type": "FeatureCollection", "feat', "line 1, column", id="cut short"),
        pytest.param(b"", "empty", id="empty file"),
        pytest.param(b"\xff\xfe\x00", "not UTF-8", id="not text"),
    ],
)
def test_a_broken_geojson_is_refused(tmp_path, content, match):
    path = tmp_path / "broken.geojson"
    path.write_bytes(content)
    with pytest.raises(LayerError, match=match):
        read_vector(path)


def test_every_truncation_is_refused_or_whole(geojson, tmp_path):
    whole = geojson.read_bytes()
    for size in range(1, len(whole.rstrip()), 37):
        path = tmp_path / "cut.geojson"
        path.write_bytes(whole[:size])
        with pytest.raises(LayerError, match="cannot read"):
            read_vector(path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(LayerError, match="no file"):
        read_vector(tmp_path / "nothing.gpkg")


def test_a_shapefile_without_its_shp_is_named(tmp_path):
    SQUARE.to_file(tmp_path / "s.shp")
    (tmp_path / "s.shp").unlink()
    with pytest.raises(LayerError, match=r"lacks its \.shp .*s\.dbf"):
        read_vector(tmp_path / "s.shp")
    with pytest.raises(LayerError, match="only one part"):
        read_vector(tmp_path / "s.dbf")


def test_a_table_is_no_vector_file(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(LayerError, match="table without geometry"):
        read_vector(path)


def test_several_layers_ask_which(tmp_path):
    path = tmp_path / "two.gpkg"
    SQUARE.to_file(path, layer="one")
    SQUARE.to_file(path, layer="two")
    with pytest.raises(LayerError, match="one, two"):
        read_vector(path)
    with pytest.raises(LayerError, match="no layer 'three'"):
        read_vector(path, layer="three")
    assert len(read_vector(path, layer="two")) == 1


def test_a_crs_is_stated_never_overruled(tmp_path):
    path = tmp_path / "s.shp"
    SQUARE.to_file(path)
    with pytest.raises(CrsError, match="states the CRS"):
        read_vector(path, crs="EPSG:4326")
    path.with_suffix(".prj").unlink()
    assert read_vector(path).crs is None
    assert read_vector(path, crs="EPSG:9215").crs == VN2000
    with pytest.raises(CrsError, match="cannot read the CRS"):
        read_vector(path, crs="metres")


def test_a_feature_that_cannot_be_built_is_named(shared, tmp_path):
    path = tmp_path / "short.geojson"
    shutil.copy(shared / "messy" / "hint_short-linearring.geojson", path)
    with pytest.raises(LayerError, match="feature number 1"):
        read_vector(path)


def test_messy_files_never_crash(shared):
    """Every real broken file is read, or refused with our own error that names it."""
    seen = 0
    for path in sorted((shared / "messy").iterdir()):
        if path.suffix in {".prj", ".shx", ".ID", ".MAP", ".DAT", ".gfs", ".qix"}:
            continue
        seen += 1
        try:
            frame = read_vector(path)
        except LayerError as error:
            assert path.stem in str(error)
        else:
            assert isinstance(frame, gpd.GeoDataFrame)
    assert seen > 60


def test_columns_are_named_as_the_layer_names_them():
    layer = require_layer("commune")
    frame = gpd.GeoDataFrame({"code": ["06001"], "name": ["x"]}, geometry=[Point(0, 0)])
    renamed = rename_columns(frame, layer)
    assert renamed["commune_code"].tolist() == ["06001"]
    both = frame.assign(commune_code="06004")
    assert rename_columns(both, layer)["commune_code"].tolist() == ["06004"]
    assert frame.columns.tolist() == ["code", "name", "geometry"]


def test_a_table_keeps_its_zeros(tmp_path):
    path = tmp_path / "facts.csv"
    path.write_text("commune_code,note\n06001,\n", encoding="utf-8-sig")
    rows = read_table(path)
    assert rows["commune_code"].tolist() == ["06001"]
    assert rows["note"].isna().all()
    path.write_bytes("tên\nĐồng".encode("cp1258", "replace") if sys.platform else b"\xd0\xd1")
    with pytest.raises(LayerError, match="CSV in UTF-8"):
        read_table(path)


# what each file of the folder gives: refused (part of the text), or rows, what could not be
# read, what was told on the way
READS, REFUSED = "reads", "refused"
OUTCOMES = {
    "ezdxf_bin_dxf_r12.dxf": (READS, 3, (), ()),
    "ezdxf_duplicate_handles.dxf": (READS, 160, (), ("curve", "mixed")),
    "ezdxf_dxf_unicode.dxf": (READS, 0, (), ("no-features",)),
    "ezdxf_r12_with_trash_beyond_eof.dxf": (READS, 1, (), ("curve",)),
    "ezdxf_recover02.dxf": (READS, 95, (), ("mixed",)),
    "fiona_multicurve.gml": (READS, 1, (), ("curve",)),
    "fiona_openfilegdb.gdb.zip": (REFUSED, "holds several layers: point, multipoint"),
    "gdal_bigoffset.shp": (READS, 1, (), ()),
    "gdal_buggymultipoly.shp": (READS, 1, (1,), ()),
    "gdal_chinese.dbf": (REFUSED, "only one part of a shapefile"),
    "gdal_csv_with_utf8_bom.csv": (READS, 2, (1, 2), ()),
    "gdal_empty.shp": (READS, 0, (), ("no-features",)),
    "gdal_extentnan.shp": (READS, 0, (), ("no-features",)),
    "gdal_fuzz_5400376672124928.dxf": (READS, 1, (2,), ("no-end",)),
    "gdal_fuzz_6126814756995072.dxf": (REFUSED, "of no kind that is opened"),
    "gdal_hatch.dxf": (READS, 3, (), ()),
    "gdal_insert-recursive-pair.dxf": (READS, 1, (), ()),
    "gdal_insert-too-many-errors.dxf": (REFUSED, "error at line 44"),
    "gdal_invalid_multisurface_of_polyhedralsurface.fgb": (REFUSED, "Fatal error parsing feature"),
    "gdal_junk_content_after_valid_doc.kml": (REFUSED, "junk after document element on line 65"),
    "gdal_kml_with_space_content_in_coordinates.kml": (READS, 1, (), ("empty",)),
    "gdal_mixed_shape_types.shp": (READS, 6, (), ("mixed",)),
    "gdal_multipatch.shp": (READS, 1, (), ("surface",)),
    "gdal_nan.dbf": (REFUSED, "only one part of a shapefile"),
    "gdal_non_conformant_multi.kml": (READS, 3, (), ("mixed",)),
    "gdal_ogr_geojson_14.geojson": (READS, 27, 24, ("empty", "hollow", "mixed")),
    "gdal_point_with_utf8bom.json": (READS, 1, (), ()),
    "gdal_pointnan.shp": (READS, 2, (), ("empty",)),
    "gdal_poly.zip": (READS, 10, (), ("unpacked", "crs-other-datum")),
    "gdal_prj_utf8_bom.shp": (READS, 1, (), ("crs-other-datum",)),
    "gdal_shx_nonconformant.shp": (READS, 1, (), ()),
    "gdal_slightly_overlapping_parts.shp": (READS, 1, (), ()),
    "gdal_srs_name.geojson": (READS, 1, (), ("crs-other-datum",)),
    "gdal_tab_win1251.tab": (READS, 3, (), ("mixed", "crs-other-datum")),
    "gdal_test_missing_row1_data.xlsx": (REFUSED, "table without geometry"),
    "gdal_testpoly.shp": (READS, 14, (), ()),
    "gdal_truncated.kml": (REFUSED, "no element found on line 35"),
    "geo_daef_cross_selfintersecting.geojson": (READS, 3, (), ()),
    "geo_issue96.geojson": (READS, 3, (), ()),
    "hint_bad-json.geojson": (REFUSED, "line 3, column 5"),
    "hint_bad-polygon-interiorring-rhr.geojson": (READS, 1, (), ()),
    "hint_bad-polygonloop.geojson": (READS, 1, (1,), ()),
    "hint_different-first-last.geojson": (READS, 1, (1,), ()),
    "hint_multiple_problems.geojson": (READS, 2, (1, 3, 4), ()),
    "hint_nullgeometry.geojson": (READS, 1, (), ()),
    "hint_point-labeled-as-a-multipolygon.geojson": (READS, 1, (1,), ("empty",)),
    "hint_short-linearring.geojson": (READS, 1, (1,), ()),
    "hint_stringcoord.geojson": (READS, 2, (1,), ()),
    "pyshp_corrupt_too_long.shp": (READS, 10, (), ("length",)),
    "pyshp_empty_zipfile.zip": (REFUSED, "no file with features in it"),
    "pyshp_latin1.shp": (READS, 1, (), ("index",)),
    "pyshp_two_shapefiles.zip": (REFUSED, "blockgroups, blockgroups2"),
    "tg_bad.gpx": (REFUSED, "routes, tracks"),
    "tg_bad.kml": (READS, 1, (1, 2, 3), ()),
    "tg_networklink.kml": (REFUSED, "only network links"),
    "tg_null_geometry.kml": (READS, 1, (), ()),
}  # fmt: skip


def test_every_messy_file_has_its_outcome(shared):
    index = read_table(shared / "messy" / "index.csv")
    assert set(index["file"]) == set(OUTCOMES)


@pytest.mark.parametrize("name", OUTCOMES)
def test_a_messy_file_gives_what_is_sound_of_it(shared, name):
    path = shared / "messy" / name
    kind, expected, *rest = OUTCOMES[name]
    if kind == REFUSED:
        with pytest.raises(LayerError, match=re.escape(expected)):
            read_vector(path, keep_sound=True)
        return
    frame = read_vector(path, keep_sound=True)
    lost, told = rest
    numbers = tuple(number for number, _ in frame.attrs["lost"])
    assert len(frame) == expected
    assert (len(numbers) if isinstance(lost, int) else numbers) == lost
    assert {code for code, *_ in frame.attrs["told"]} == set(told)
    if numbers:
        with pytest.raises(LayerError, match=r"feature number|cannot read"):
            read_vector(path)


def test_no_messy_file_hangs(shared):
    """Each in its own process time: all of them, both ways, well within ten seconds a file."""
    code = (
        "import sys, time, pathlib; from lsgis.intake import read_vector\n"
        "for file in sys.argv[1:]:\n"
        "    start = time.process_time()\n"
        "    for keep in (False, True):\n"
        "        try: read_vector(file, keep_sound=keep)\n"
        "        except ValueError: pass\n"
        "    assert time.process_time() - start < 10, file\n"
    )
    files = [str(shared / "messy" / name) for name in OUTCOMES]
    subprocess.run([sys.executable, "-W", "ignore", "-c", code, *files], check=True, timeout=900)


def test_a_dbf_alone_is_a_table_decoded_by_its_driver(shared):
    rows = read_table(shared / "messy" / "gdal_chinese.dbf")
    assert "中国" in set(rows.iloc[0])
    assert read_table(shared / "messy" / "gdal_nan.dbf").isna().all(axis=None)
    assert "Ñandú" in set(read_table(shared / "messy" / "pyshp_latin1.dbf").iloc[0])


def test_a_sheet_is_a_table(shared):
    rows = read_table(shared / "messy" / "gdal_test_missing_row1_data.xlsx")
    assert rows.shape == (4, 18)  # 250 rows below hold formatting and no word


def test_a_shapefile_cut_short_names_what_is_gone(tmp_path):
    path = tmp_path / "s.shp"
    gpd.GeoDataFrame(
        {"n": range(4)}, geometry=[box(i, 0, i + 1, 1) for i in range(4)], crs=VN2000
    ).to_file(path)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(LayerError, match="feature number 3"):
        read_vector(path)
    frame = read_vector(path, keep_sound=True)
    assert frame.geometry.isna().tolist() == [False, False, True, True]
    assert [number for number, _ in frame.attrs["lost"]] == [3, 4]
    assert "length" in {code for code, *_ in frame.attrs["told"]}


def test_a_geometry_a_geopackage_holds_and_nobody_can_read_is_named(tmp_path):
    path = tmp_path / "s.gpkg"
    shapes = [box(i, 0, i + 1, 1) for i in range(3)]
    frame = gpd.GeoDataFrame({"n": range(4)}, geometry=[*shapes, None], crs=VN2000)
    frame.to_file(path, layer="s")
    with closing(sqlite3.connect(path)) as file:
        triggers = file.execute("select name from sqlite_master where type = 'trigger'")
        for (name,) in triggers.fetchall():
            file.execute(f'drop trigger "{name}"')
        file.execute("update s set geom = x'00112233' where n = 1")
        file.commit()
    with pytest.raises(LayerError, match=r"feature number 2 \(geometry of 4 bytes"):
        read_vector(path)
    sound = read_vector(path, keep_sound=True)
    assert sound.geometry.isna().tolist() == [False, True, False, True]
    assert [number for number, _ in sound.attrs["lost"]] == [2]


def test_escapes_of_dxf_text_are_decoded(tmp_path):
    path = tmp_path / "a.dxf"
    lines = ["0", "SECTION", "2", "ENTITIES", "0", "TEXT", "8", "T", "10", "440000", "20",
             "2410000", "40", "1", "1", r"\U+0110\U+1ED3ng", "0", "ENDSEC", "0", "EOF",
             ""]  # fmt: skip
    path.write_text("\n".join(lines))
    assert mend_text(read_vector(path))[0]["Text"].tolist() == ["Đồng"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("ten,x,y\na,440000,2410000\n", set(), id="easting first"),
        pytest.param("ten;X (m);Y (m)\na;2410000,00;440000,00\n", {"axes"}, id="as offices print"),
        pytest.param("ten\tWKT\na\tPOINT (440000 2410000)\n", set(), id="wkt"),
    ],
)
def test_points_of_a_table(tmp_path, text, told):
    path = tmp_path / "points.csv"
    path.write_text(text, encoding="utf-8-sig")
    frame = read_vector(path, crs="EPSG:9215")
    assert frame.geometry.iloc[0] == Point(440000, 2410000)
    assert {code for code, *_ in frame.attrs["told"]} == told
    assert read_vector(path).crs is None


def test_rows_without_coordinates_are_named(tmp_path):
    path = tmp_path / "points.csv"
    path.write_text("ten,x,y\na,1,2\nb,no,2\nc,,\n")
    with pytest.raises(
        LayerError, match=r"1 feature has .* feature number 2 \(no coordinates: 'no'"
    ):
        read_vector(path)
    frame = read_vector(path, keep_sound=True)
    assert frame.geometry.isna().tolist() == [False, True, True]


def test_a_file_that_points_elsewhere_is_not_followed(tmp_path):
    path = tmp_path / "a.vrt"
    path.write_text("<OGRVRTDataSource><OGRVRTLayer name='a'/></OGRVRTDataSource>")
    with pytest.raises(LayerError, match="lie elsewhere"):
        read_vector(path)


def test_one_layer_with_features_among_empty_ones_is_read(tmp_path):
    path = tmp_path / "two.gpkg"
    SQUARE.to_file(path, layer="one")
    SQUARE.iloc[:0].to_file(path, layer="none")
    frame = read_vector(path)
    assert len(frame) == 1
    assert frame.attrs["told"] == [("layer", "two.gpkg", "none", "one")]


@pytest.mark.parametrize("kind", ["TIN", "POLYHEDRALSURFACE"])
@pytest.mark.parametrize("z", [False, True])
def test_surfaces_become_polygons(kind, z):
    whole = shapely.multipolygons([box(0, 0, 1, 1), box(2, 2, 3, 3)])
    if z:
        whole = shapely.force_3d(whole)
    wkb = bytearray(shapely.to_wkb(whole, flavor="iso"))
    wkb[1] = wkb[1] - 6 + {"TIN": 16, "POLYHEDRALSURFACE": 15}[kind]
    assert shapely.from_wkb(as_polygons(bytes(wkb))).equals(whole)
    with pytest.raises(ValueError, match="cut short"):
        as_polygons(bytes(wkb)[:-20])


def test_a_garbled_crs_is_refused_by_us(tmp_path):
    path = tmp_path / "s.shp"
    SQUARE.to_file(path)
    text = path.with_suffix(".prj").read_bytes()
    path.with_suffix(".prj").write_bytes(text.replace(b"Greenwich", b"Greenw\xf0ch"))
    with pytest.raises(LayerError, match="cannot read"):
        read_vector(path)


MANY = gpd.GeoDataFrame(
    {"ten": [f"Xã {n}" for n in range(40)]},
    geometry=[box(440000 + 100 * n, 2410000, 440090 + 100 * n, 2410090) for n in range(40)],
    crs=VN2000,
)
WRITTEN = {
    "gpkg": "GPKG", "fgb": "FlatGeobuf", "shp": "ESRI Shapefile", "tab": "MapInfo File",
    "mif": "MapInfo File", "kml": "KML", "geojson": "GeoJSON", "gml": "GML", "parquet": "",
}  # fmt: skip


@pytest.fixture(scope="session")
def many(tmp_path_factory):
    """A folder with forty squares in every format lsgis reads and can write."""
    folder = tmp_path_factory.mktemp("many")
    for ending, driver in WRITTEN.items():
        path = folder / ending / f"a.{ending}"
        path.parent.mkdir()
        frame = to_wgs84(MANY) if ending in ("kml", "geojson") else MANY
        if driver:
            frame.to_file(path, driver=driver)
        else:
            pytest.importorskip("pyarrow")
            frame.to_parquet(path)
    MANY[["geometry"]].to_file(folder / "a.dxf", driver="DXF")
    MANY.to_file(folder / "a.gdb", driver="OpenFileGDB")
    return folder


def accounted(path, whole):
    """Rows read of a file that once was `whole`, each one missing told; None when it is refused.

    Told is a feature by its number, or by that of one before it at which reading broke off.
    """
    try:
        frame = read_vector(path, keep_sound=True)
    except (LayerError, CrsError):
        return None
    here = set(frame.geometry.to_wkb())
    shapes = read_vector(whole).geometry.to_wkb()
    assert len(set(shapes)) == len(MANY)
    missing = {number for number, shape in enumerate(shapes, 1) if shape not in here}
    named = {number for number, _ in frame.attrs["lost"]}
    broken_off = max(named, default=math.inf)
    assert all(number in named or number > broken_off for number in missing)
    return len(frame)


@pytest.mark.parametrize("ending", [*WRITTEN, "dxf"])
@pytest.mark.parametrize("share", [0.02, 0.25, 0.5, 0.75, 0.9, 0.97, 0.999])
def test_no_file_cut_short_loses_a_feature_untold(many, tmp_path, ending, share):
    source = many / "a.dxf" if ending == "dxf" else many / ending / f"a.{ending}"
    for file in source.parent.glob("a.*") if ending != "dxf" else [source]:
        if file.is_file():
            shutil.copy(file, tmp_path)
    path = tmp_path / source.name
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    accounted(path, source)


@pytest.mark.parametrize("part", ["dbf", "shx", "map", "id", "dat", "mid"])
@pytest.mark.parametrize("share", [0.0, 0.4, 0.9])
def test_no_part_cut_short_loses_a_feature_untold(many, tmp_path, part, share):
    ending = {"dbf": "shp", "shx": "shp", "mid": "mif"}.get(part, "tab")
    for file in (many / ending).glob("a.*"):
        shutil.copy(file, tmp_path)
    path = tmp_path / f"a.{part}"
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    accounted(tmp_path / f"a.{ending}", many / ending / f"a.{ending}")


def packed(path, *members):
    """A ZIP of files: (name in it, file or bytes)."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members:
            archive.writestr(name, content if isinstance(content, bytes) else content.read_bytes())
    return path


def test_archives_as_people_send_them(many, tmp_path):
    shp = [(f"bản vẽ/a.{s}", many / "shp" / f"a.{s}") for s in ("shp", "dbf", "shx", "prj")]
    whole = many / "shp" / "a.shp"
    assert accounted(packed(tmp_path / "folder.zip", *shp), whole) == 40
    bare = packed(tmp_path / "bare.zip", *shp[:2])
    assert {"unpacked", "index"} <= {code for code, *_ in read_vector(bare).attrs["told"]}
    kml = many / "kml" / "a.kml"
    assert accounted(packed(tmp_path / "k.zip", ("x/a.kml", kml)), kml) == 40
    files = [(f"x.gdb/{file.name}", file) for file in (many / "a.gdb").iterdir()]
    assert accounted(packed(tmp_path / "x.gdb.zip", *files), many / "a.gdb") == 40
    with pytest.raises(LayerError, match=r"cannot read .*none\.zip"):
        read_vector(packed(tmp_path / "none.zip", ("readme.txt", b"x")))
    whole = (tmp_path / "folder.zip").read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(LayerError, match="no whole ZIP archive"):
        read_vector(tmp_path / "cut.zip")


def test_a_kmz_with_two_documents_asks_which(many, tmp_path):
    kml = many / "kml" / "a.kml"
    path = packed(tmp_path / "two.kmz", ("doc.kml", kml), ("files/b.kml", kml))
    with pytest.raises(LayerError, match=r"doc\.kml, files/b\.kml; name one"):
        read_vector(path)
    assert len(read_vector(path, layer="files/b.kml")) == 40
    assert len(read_vector(packed(tmp_path / "one.kmz", ("doc.kml", kml)))) == 40


def test_parquet_with_and_without_its_description(many, tmp_path):
    assert read_vector(many / "parquet" / "a.parquet").crs == VN2000
    pd.DataFrame({"geometry": MANY.geometry.to_wkb(), "n": 1}).to_parquet(tmp_path / "b.parquet")
    bare = read_vector(tmp_path / "b.parquet")
    assert bare.crs is None and len(bare) == 40
    assert {code for code, *_ in bare.attrs["told"]} == {"no-geo-metadata"}
    pd.DataFrame({"n": [1]}).to_parquet(tmp_path / "c.parquet")
    with pytest.raises(LayerError, match="table without geometry"):
        read_vector(tmp_path / "c.parquet")


def test_parquet_without_its_library(many, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(LayerError, match=r'pip install "lsgis\[parquet\]"') as refused:
        read_vector(many / "parquet" / "a.parquet")
    assert 'pip install "lsgis[parquet]"' in refused.value.message("vi")


def test_a_dxf_states_no_crs(many):
    assert read_vector(many / "a.dxf").crs is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param(
            'ten;kinh độ;vĩ độ\na;106°45\'30";21°51\'00"\n', (106.758333, 21.85), id="dms"
        ),
        pytest.param("ten;lon;lat\na;106,7612;21,8512\n", (106.7612, 21.8512), id="comma"),
        pytest.param('ten,x,y\na,"106,7612","21,8512"\n', (106.7612, 21.8512), id="quoted comma"),
        pytest.param(
            "BẢNG KÊ ĐIỂM\n;;\nTên;X (m);Y (m)\na;2.417.140,52;452.310,21\n",
            (452310.21, 2417140.52), id="titles and thousands",
        ),
        pytest.param(
            "STT;Tọa độ;\n;X (m);Y (m)\n1;2417140,5;452310,2\n", (452310.2, 2417140.5),
            id="heading of two rows",
        ),
    ],
)  # fmt: skip
def test_coordinates_as_offices_write_them(tmp_path, text, found):
    path = tmp_path / "points.csv"
    path.write_text(text, encoding="utf-8-sig")
    frame = read_vector(path)
    assert shapely.get_coordinates(frame.geometry.values)[0] == pytest.approx(found, abs=1e-6)
    assert frame.crs is None and len(frame) == 1


def test_decimal_commas_between_commas_make_no_place(tmp_path):
    path = tmp_path / "points.csv"
    path.write_text("ten,x,y\na,106,7612,21,8512\nb,106.5,21.5\n")
    with pytest.raises(LayerError, match=r"feature number 1 .*5 cells under a heading of 3"):
        read_vector(path)
    frame = read_vector(path, keep_sound=True)
    assert frame.geometry.isna().tolist() == [True, False]


def test_formulas_and_hidden_rows_of_a_workbook(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (["ten", "x", "y"], ["a", "=440000+1", 2410000], ["b", 440000, 2410000]):
        book.active.append(row)
    book.active.row_dimensions[3].hidden = True
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(LayerError, match=r"feature number 1 .*formulas nobody computed: B2"):
        read_vector(tmp_path / "a.xlsx")
    frame = read_vector(tmp_path / "a.xlsx", keep_sound=True)
    assert frame.geometry.isna().tolist() == [True, False]
    assert "hidden-rows" in {code for code, *_ in frame.attrs["told"]}


@settings(max_examples=80, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(
    st.sampled_from(["gpkg", "fgb", "shp", "kml", "mif", "parquet", "geojson"]),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=8),
)
def test_changed_bytes_are_read_or_refused_by_us(many, tmp_path, ending, changes):
    """Bytes turned anywhere: our own error, or a frame; never another exception."""
    for file in (many / ending).glob("a.*"):
        shutil.copy(file, tmp_path)
    path = tmp_path / f"a.{ending}"
    raw = bytearray(path.read_bytes())
    for where, value in changes:
        raw[min(int(where * len(raw)), len(raw) - 1)] = value
    path.write_bytes(raw)
    try:
        frame = read_vector(path, keep_sound=True)
    except (LayerError, CrsError) as error:
        assert error.message("vi")
    else:
        assert isinstance(frame, gpd.GeoDataFrame)
