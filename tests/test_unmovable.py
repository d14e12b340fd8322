"""Coordinates that cannot be moved: one feature is named and left out, the others are read."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

import lsgis

FAR = {
    "swapped": [21.8, 106.7],
    "without end": [1e300, 21.8],
    "north of the pole": [106.7, 1e300],
}


def written(path, places):
    features = [
        {
            "type": "Feature",
            "properties": {"ten": f"c{n}"},
            "geometry": place and {"type": "Point", "coordinates": place},
        }
        for n, place in enumerate(places)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


@pytest.mark.parametrize("far", FAR.values(), ids=FAR)
def test_some_are_named_and_left_out_on_request(tmp_path, far):
    places = [[106.7, 21.8], None, far, [106.71, 21.81], far, [106.7, 21.82], [106.7, 21.83]]
    path = written(tmp_path / "a.geojson", places)
    with pytest.raises(lsgis.CrsError, match=r"2 of 6 features have .* number 3, 5"):
        lsgis.import_layer(path, "border_gate")
    frame, log = lsgis.import_layer(path, "border_gate", keep_sound=True)
    assert log.loc[log["what"] == "lost", "where"].tolist() == ["3", "5"]
    assert frame.geometry.isna().tolist() == [False, True, True, False, True, False, False]
    xy = np.array([[p.x, p.y] for p in frame.geometry.dropna()])
    assert len(xy) == 4 and np.isfinite(xy).all()
    with pytest.raises(lsgis.CrsError, match="number 3, 5"):
        lsgis.read_site(path)
    with pytest.raises(lsgis.CrsError, match="number 3, 5"):
        lsgis.to_vn2000(lsgis.read_vector(path))


def test_where_most_are_so_it_is_the_file_that_is_wrong(tmp_path):
    path = written(tmp_path / "a.geojson", [[21.8, 106.7]] * 3 + [[106.7, 21.8]])
    for keep_sound in (False, True):
        with pytest.raises(lsgis.CrsError, match="axis order"):
            lsgis.import_layer(path, "border_gate", keep_sound=keep_sound)


def test_no_library_speaks_on_its_own(tmp_path):
    """The other reader has not all drivers that are shut, and said so of each."""
    path = tmp_path / "a.geojson"
    shape = {"type": "Polygon", "coordinates": [[[106.7, 21.8], [106.71, 21.8]]]}
    path.write_text(json.dumps({"type": "Feature", "properties": {}, "geometry": shape}))
    command = [sys.executable, "-m", "lsgis", "check-layer", str(path), "--as", "commune"]
    environment = {name: text for name, text in os.environ.items() if name != "GDAL_SKIP"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 2 and "unload" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
