"""Shapefiles of which a part is cut short: each record that is lost, or half lost, is named."""

import shutil

import geopandas as gpd
import pytest
from toy import VN2000, square

import lsgis

COUNT = 10


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    shapes = [square(200 * n, 0) for n in range(COUNT)]
    names = [f"thửa {n}" for n in range(COUNT)]
    frame = gpd.GeoDataFrame({"ten": names}, geometry=shapes, crs=VN2000)
    frame.to_file(folder / "a.shp", engine="pyogrio")
    return folder


def cut(whole, folder, **short):
    """A copy whose parts are so many bytes shorter, None: not there."""
    shutil.copytree(whole, folder, dirs_exist_ok=True)
    for ending, much in short.items():
        part = folder / f"a.{ending}"
        if much is None:
            part.unlink()
        else:
            part.write_bytes(part.read_bytes()[:-much])
    return folder / "a.shp"


def lost(path):
    return [number for number, _ in lsgis.read_vector(path, keep_sound=True).attrs["lost"]]


@pytest.mark.parametrize("much", [2, 81, 200, 400])
def test_rows_cut_off_the_table_are_named(whole, tmp_path, much):
    path = cut(whole, tmp_path, dbf=much)
    frame = lsgis.read_vector(path, keep_sound=True)
    gone = [number for number, _ in frame.attrs["lost"]]
    assert gone == list(range(gone[0], COUNT + 1))
    assert frame["ten"].tolist()[: gone[0] - 1] == [f"thửa {n}" for n in range(gone[0] - 1)]
    assert len(frame) == COUNT and frame.geometry.notna().all()
    with pytest.raises(lsgis.LayerError, match=f"{len(gone)} feature"):
        lsgis.read_vector(path)


@pytest.mark.parametrize("much", [10, 150, 300, 700])
@pytest.mark.parametrize("shx", [None, 0], ids=["no index", "index"])
def test_records_cut_off_the_shapes_are_named(whole, tmp_path, much, shx):
    path = cut(whole, tmp_path, shp=much, **({} if shx == 0 else {"shx": None}))
    gone = lost(path)
    first = COUNT - (much - 1) // 136  # a record of a square has 136 bytes with its header
    assert gone == list(range(first, COUNT + 1))
    with pytest.raises(lsgis.LayerError, match=f"{len(gone)} feature"):
        lsgis.read_vector(path)


@pytest.mark.parametrize("much", [1, 16, 60, 170])
def test_an_index_cut_short_is_made_anew(whole, tmp_path, much):
    frame = lsgis.read_vector(cut(whole, tmp_path, shx=much))
    assert frame["ten"].tolist() == [f"thửa {n}" for n in range(COUNT)]
    assert frame.geometry.notna().all()
    assert "index" in {code for code, *_ in frame.attrs["told"]}


def test_whole_ones_and_those_without_a_table_lose_nothing(whole, tmp_path):
    assert lost(cut(whole, tmp_path / "a")) == []
    assert lost(cut(whole, tmp_path / "b", dbf=None)) == []
