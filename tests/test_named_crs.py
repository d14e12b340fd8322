"""A CRS that a file names: the same one, or the same refusal, in every command."""

import json

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from lsgis.cli import main
from lsgis.crs import find_crs
from lsgis.errors import LsgisError
from lsgis.intake import read_vector
from lsgis.layerfile import import_layer
from lsgis.sitefile import read_site

UNKNOWN = ["urn:ogc:def:crs:EPSG::99999", "EPSG:99999", "VN-2000", "vn2000", "Indian 1960", "HN-72"]
KNOWN = {
    "urn:ogc:def:crs:EPSG::4756": "EPSG:4756",
    "http://www.opengis.net/def/crs/EPSG/0/4756": "EPSG:4756",
    "4756": "EPSG:4756",
    "urn:ogc:def:crs:OGC:1.3:CRS84": "EPSG:4326",
    "WGS 84": "EPSG:4326",
    "EPSG:3405": "EPSG:3405",
    "VN-2000 / TM-3 107-15": "EPSG:9215",
    "VN-2000 / UTM zone 48N": "EPSG:3405",
}
DEGREES = [[106.70, 21.80], [106.71, 21.80], [106.71, 21.81], [106.70, 21.80]]
FEW = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def write(path, name, ring=DEGREES):
    shape = {"type": "Polygon", "coordinates": [ring]}
    feature = {"type": "Feature", "properties": {"name": "a"}, "geometry": shape}
    crs = {"type": "name", "properties": {"name": name}}
    whole = {"type": "FeatureCollection", "crs": crs, "features": [feature]}
    path.write_text(json.dumps(whole), encoding="utf-8")
    return path


def answer(call):
    """Code of a refusal, or the CRS that was found."""
    try:
        return call()
    except LsgisError as error:
        return error.code


@FEW
@given(name=st.sampled_from(UNKNOWN) | st.text(min_size=1, max_size=12))
def test_a_name_is_one_system_or_one_refusal_everywhere(tmp_path, name):
    path = write(tmp_path / "a.geojson", name)
    ways = {
        "site": answer(lambda: read_site(path, kind="polygon").crs_found),
        "vector": answer(lambda: read_vector(path).crs.to_string()),
    }
    assert len({*ways.values()}) == 1, ways
    if name in UNKNOWN:
        assert ways["vector"] in ("crs.unknown-name", "crs.only-datum")
        assert answer(lambda: import_layer(path, "industrial_park")) == ways["vector"]


@pytest.mark.parametrize(("name", "code"), KNOWN.items())
def test_a_known_name_is_read_as_what_it_names(tmp_path, name, code):
    way = Transformer.from_crs("EPSG:4756", code, always_xy=True)
    ring = [list(way.transform(*corner)) for corner in DEGREES]
    ring = ring if find_crs(code).is_projected else DEGREES
    path = write(tmp_path / "a.geojson", name, ring)
    assert read_site(path).crs_found == code
    assert read_vector(path).crs.equals(find_crs(code), ignore_axis_order=True)


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_name_nobody_knows_gives_way_to_what_the_caller_states(tmp_path, name):
    path = write(tmp_path / "a.geojson", name)
    frame = read_vector(path, crs="EPSG:4756")
    assert frame.crs == find_crs("EPSG:4756")
    assert ("crs-unknown-name", name, "EPSG:4756", "") in frame.attrs["told"]
    site = read_site(path, crs="EPSG:4756")
    assert site.crs_found == "EPSG:4756"
    assert "site.crs-unknown-name" in [row["code"] for row in site.log]
    assert import_layer(path, "industrial_park", crs="EPSG:4756")[0].crs == find_crs("EPSG:9215")


@pytest.mark.parametrize(
    "command",
    [
        ["check-site", "{}"],
        ["check-layer", "{}", "--as", "industrial_park"],
        ["import-layer", "{}", "--as", "industrial_park", "--out", "{}.gpkg"],
        ["overlay-zones", "{}", "commune"],
        ["clip-to", "{}", "--within", "industrial_park"],
        ["join-places", "{}"],
    ],
)
def test_no_command_takes_it_for_wgs84(tmp_path, command):
    path = write(tmp_path / "a.geojson", "urn:ogc:def:crs:EPSG::99999")
    words = [word.format(path) for word in command]
    result = CliRunner().invoke(main, [*words, "--lang", "en"])
    assert result.exit_code == 2
    assert "names a CRS nobody knows" in result.output + (result.stderr or "")
