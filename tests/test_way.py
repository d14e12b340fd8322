"""Through how many files a reader has to go to follow a site; see scripts/follow_site.py."""

import json
import sys
from datetime import date
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

import lsgis
from lsgis.sitecheck import assess, check_site, judge_site, require_index
from lsgis.sitefile import read_site
from lsgis.text import log_row, plain_text, say

sys.path.append(str(Path(__file__).resolve().parent.parent / "scripts"))
from follow_site import NOT_COUNTED, follow

SQUARE = shapely.box(452_310, 2_417_040, 452_410, 2_417_140)
DEGREES = shapely.box(106.76, 21.85, 106.761, 21.851)


@pytest.fixture
def sources(tmp_path):
    gpd.GeoSeries([SQUARE], crs="EPSG:9215").to_file(tmp_path / "a.gpkg")
    text = json.dumps(shapely.geometry.mapping(DEGREES))
    (tmp_path / "a.geojson").write_text(text, encoding="utf-8")
    return {
        "geojson": tmp_path / "a.geojson",
        "gpkg": tmp_path / "a.gpkg",
        "wkt": f"SRID=9215;{SQUARE.wkt}",
    }


@pytest.mark.parametrize("kind", ["geojson", "gpkg", "wkt"])
def test_a_site_passes_few_files_and_comes_back_to_its_door_alone(kind, sources):
    read_site(sources[kind])
    way = follow(lambda: read_site(sources[kind]))
    more = kind == "gpkg"  # its reader is asked once more, what its CRS is called
    assert way.files[0] == "sitefile/reader.py" and len(way.files) <= 6 + 2 * more, way.files
    assert way.returns <= 5 + 4 * more and way.calls_back <= more, way.steps
    assert not set(NOT_COUNTED) & set(way.files)


def test_a_check_passes_six_files_to_its_verdicts(tmp_path, monkeypatch):
    """From its door to the verdicts, every cut held to its laws; the rest is told by others."""
    index = require_index(cache=tmp_path)
    site = read_site(f"SRID=9215;{SQUARE.wkt}")
    ways = []

    def judge(*given, **options):
        ways.append(follow(lambda: judge_site(*given, **options)))
        return judge_site(*given, **options)

    check_site(site, index, on=date(2026, 11, 22))
    monkeypatch.setattr(assess, "judge_site", judge)
    check_site(site, index, on=date(2026, 11, 22))
    (way,) = ways
    assert way.files[0] == "sitecheck/assess.py" and len(way.files) <= 6, way.files
    assert "sitecheck/verdict.py" in way.files


def test_every_step_from_file_to_file_is_seen():
    """The way of three calls whose steps can be told by hand."""
    root = Path(lsgis.__file__).parent

    def call():
        plain_text("a")
        say("site.empty", "en")
        log_row("site.empty")

    call()
    way = follow(call, left_out=())
    assert way.files == ["text.py"] and way.returns == 0
    read_site("106.76,21.85")
    seen = follow(lambda: read_site("106.76,21.85"), left_out=())
    assert {"crs.py", "text.py"} <= set(seen.files)
    assert all((root / name).is_file() for name in seen.files)
    back = [name for sign, name, *_ in seen.steps if sign == "<-"]
    assert "sitefile/reader.py" in back and seen.returns == len(seen.steps) - len(seen.files)
    assert seen.different < len(seen.steps)
    assert all(a[1] != b[1] for a, b in zip(seen.steps, seen.steps[1:], strict=False))
    less = follow(lambda: read_site("106.76,21.85"))
    assert set(less.files) == set(seen.files) - set(NOT_COUNTED)
