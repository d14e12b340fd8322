"""No file makes lsgis read another file, ask a server, or take memory without end."""

import importlib.util
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from lsgis.errors import LsgisError
from lsgis.intake import read_table, read_vector
from lsgis.intake.opening import Limits, read_limits, shut_network
from lsgis.sitefile import read_site

_spec = importlib.util.spec_from_file_location("hostile", Path(__file__).parent / "hostile/make.py")
hostile = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(hostile)
TOLD = "TOPSECRET"
with TemporaryDirectory() as _folder:
    NAMES = list(hostile.payloads(Path(_folder), Path("/secret.csv"), "http://127.0.0.1:1"))


@pytest.fixture(scope="module")
def server():
    """A server that answers with a reference system, and remembers who asked."""
    asked = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"+proj=longlat +datum=WGS84 +no_defs")

        do_HEAD = do_GET

        def log_message(self, *_):
            pass

    found = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=found.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{found.server_port}", asked
    found.shutdown()
    found.server_close()


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "elsewhere" / "secret.csv"
    path.parent.mkdir()
    path.write_text(f"x,y,name_vi\n106.76,21.85,{TOLD}\n")
    return path


@pytest.mark.parametrize("no_proxy", ["", "*"])
def test_the_network_would_be_asked_and_is_not(server, tmp_path, monkeypatch, no_proxy):
    """The listener hears GDAL when nothing is shut: silence below means something."""
    import pyogrio

    url, asked = server
    monkeypatch.setenv("no_proxy", no_proxy)
    path = tmp_path / "a.gml"
    path.write_bytes(hostile.payloads(tmp_path, tmp_path, url)["gml-schema"])
    before = len(asked)
    pyogrio.read_dataframe(path)
    assert len(asked) > before
    (tmp_path / "b.gml").write_bytes(path.read_bytes())
    before = len(asked)
    with shut_network():
        pyogrio.read_dataframe(tmp_path / "b.gml")
    assert len(asked) == before


# fiona holds on to Python while its GDAL waits for a server, so that it needs a process of its own
OPENED = """
import sys, fiona
from pathlib import Path
from lsgis.intake.walk import walk_features
if sys.argv[2]:
    print(len([*walk_features(Path(sys.argv[1]), "gml")]))
else:
    with fiona.open(sys.argv[1]) as opened:
        print(len(list(opened)))
"""
WALKED = """
import sys
from pathlib import Path
from lsgis.intake.opening import require_kind
from lsgis.intake.walk import unopened, walk_features
for path in map(Path, sys.argv[1:]):
    try:
        print([*walk_features(path, require_kind(path))])
    except (ValueError, *unopened()):  # nothing was read
        pass
"""


@pytest.mark.parametrize("no_proxy", ["", "*"])
@pytest.mark.parametrize("shut", ["", "shut"])
def test_fiona_would_ask_the_network_and_does_not(server, tmp_path, monkeypatch, no_proxy, shut):
    """Its GDAL is another one, and is shut by settings and options of its own."""
    url, asked = server
    monkeypatch.setenv("no_proxy", no_proxy)
    path = tmp_path / "a.gml"
    path.write_bytes(hostile.payloads(tmp_path, tmp_path, url)["gml-schema"])
    before = len(asked)
    told = [sys.executable, "-c", OPENED, str(path), shut]
    done = subprocess.run(told, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "1", done.stderr
    assert (len(asked) > before) is not bool(shut)


def test_nothing_elsewhere_is_walked(server, secret, tmp_path, monkeypatch):
    """What passes the look at its content, read by fiona alone, whatever it is called."""
    url, asked = server
    monkeypatch.setenv("no_proxy", "*")
    before, paths = len(asked), []
    for name, content in hostile.payloads(tmp_path, secret, url).items():
        for ending in ("gml", "json", "kml", "gpkg", "dxf", "txt", "shp"):
            paths.append(tmp_path / f"{name}.{ending}")
            paths[-1].write_bytes(content)
    told = [sys.executable, "-c", WALKED, *map(str, paths)]
    done = subprocess.run(told, capture_output=True, text=True, timeout=120)
    assert "Walked(" in done.stdout and not done.returncode, done.stderr
    assert TOLD not in done.stdout
    assert asked[before:] == []


@pytest.mark.parametrize("name", NAMES)
def test_nothing_elsewhere_is_read(server, secret, tmp_path, monkeypatch, name):
    url, asked = server
    monkeypatch.setenv("no_proxy", "*")  # the way to the server is open: nobody may take it
    content = hostile.payloads(tmp_path, secret, url)[name]
    before = len(asked)
    for path in hostile.disguises(content, name, tmp_path):
        for read in (read_vector, lambda p: read_vector(p, keep_sound=True), read_table, read_site):
            try:
                found = read(path)
            except LsgisError as error:
                for lang in ("vi", "en"):
                    assert TOLD not in error.message(lang)
                continue
            assert TOLD not in str(getattr(found, "to_csv", lambda f=found: repr(f))())
    assert asked[before:] == []


@pytest.fixture(scope="module")
def heavy(tmp_path_factory):
    return hostile.large(tmp_path_factory.mktemp("heavy"))


WEIGHTS = {
    "zeros": "MB when unpacked",
    "spaces": "MB when unpacked",
    "cells": "MB when unpacked",
    "members": "files in the archive",
    "nested": "no file with features in it",
    "columns": "columns: 10000",
    "cell": "letters in one cell",
    "workbook": "MB when unpacked",
    "workbook-entity": "ENTITY",
}
CODE = """
import sys
from lsgis.errors import LsgisError
from lsgis.intake import read_vector
try:
    read_vector(sys.argv[1])
except LsgisError as error:
    print(error)
peak = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(peak[0])  # kB; what the process before it took does not count
"""


@pytest.mark.parametrize("name", WEIGHTS)
def test_what_is_too_much_is_told_before_memory_is_gone(heavy, name):
    run = subprocess.run(
        [sys.executable, "-c", CODE, str(heavy[name])], capture_output=True, text=True, timeout=60
    )
    *said, kilobytes = run.stdout.splitlines()
    assert WEIGHTS[name] in " ".join(said), run.stderr
    assert int(kilobytes) < 1_000_000


def test_a_limit_is_a_setting(heavy, monkeypatch):
    monkeypatch.setenv("LSGIS_LIMITS", "columns=20000; members=30000")
    assert read_limits() == Limits(columns=20_000, members=30_000)
    assert len(read_vector(heavy["columns"]).columns) > 10_000
    for wrong in ("colums=3", "columns=0", "columns=many", "columns"):
        monkeypatch.setenv("LSGIS_LIMITS", wrong)
        with pytest.raises(LsgisError, match="LSGIS_LIMITS"):
            read_limits()


def test_settings_of_others_come_back(tmp_path):
    import pyogrio

    pyogrio.set_gdal_config_options({"GDAL_HTTP_TIMEOUT": "77"})
    try:
        with shut_network(), shut_network():
            assert pyogrio.get_gdal_config_option("GDAL_HTTP_TIMEOUT") == 1
        assert pyogrio.get_gdal_config_option("GDAL_HTTP_TIMEOUT") == 77
    finally:
        pyogrio.set_gdal_config_options({"GDAL_HTTP_TIMEOUT": None})
