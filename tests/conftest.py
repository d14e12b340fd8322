"""What tests share: the real boundaries, and the rule for what is not at hand."""

import os
from pathlib import Path

import geopandas as gpd
import pytest
from hypothesis import settings

# The same examples every time: a landing never hangs on the luck of a draw. To search further,
# run with --hypothesis-profile=default, which draws anew.
settings.register_profile("repeatable", derandomize=True)
settings.load_profile("repeatable")

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("LSGIS_SHARED", ROOT.parent / "shared"))


def not_at_hand(what: str) -> None:
    """Skip a test that needs what this machine lacks; fail it when everything must run."""
    if os.environ.get("LSGIS_TEST_ALL"):
        pytest.fail(f"LSGIS_TEST_ALL is set, but there is no {what}")
    pytest.skip(f"no {what}")


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of the real boundaries and broken files (LSGIS_SHARED, else ../shared)."""
    if not (SHARED / "geodata").is_dir():
        not_at_hand(f"folder of real boundaries at {SHARED} (LSGIS_SHARED)")
    return SHARED


@pytest.fixture(scope="session")
def communes_file(shared: Path) -> Path:
    """The 65 published communes as one GeoJSON file."""
    return shared / "geodata" / "communes_2025.geojson"


@pytest.fixture(scope="session")
def real_communes(communes_file: Path) -> gpd.GeoDataFrame:
    """The 65 published communes in EPSG:9215, columns `commune_code`, `name_vi`."""
    from lsgis.crs import to_vn2000

    frame = gpd.read_file(communes_file).rename(columns={"code": "commune_code", "name": "name_vi"})
    return to_vn2000(frame)


@pytest.fixture(scope="session")
def toy(tmp_path_factory):
    """A region of four square communes in another TM-3 zone."""
    import toy_region

    return toy_region.write_region(tmp_path_factory.mktemp("region") / "toy")


@pytest.fixture
def only_named_regions(monkeypatch):
    """Whoever asks for the region of lsgis instead of the one in hand is refused."""
    from lsgis import region

    def refuse():
        raise AssertionError("the embedded region was asked for")

    shared = region._shared()
    monkeypatch.setattr(region, "_shared", lambda: shared)
    monkeypatch.setattr(region, "_embedded", refuse)
