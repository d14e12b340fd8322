"""Files a planner brings: read whole, or refused with what was expected, found and to do."""

import json
import shutil
import sys

import geopandas as gpd
import pytest
from shapely.geometry import Point, box

from lsgis.catalogue import require_layer
from lsgis.crs import VN2000
from lsgis.errors import CrsError, LayerError
from lsgis.intake import read_table, read_vector, rename_columns

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
