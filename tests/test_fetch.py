"""Fetching the published boundaries, against a real server on this machine."""

import hashlib
import json
import os
import stat
import threading
import time
import unicodedata
from datetime import date

import geopandas as gpd
import pooch
import pytest
import shapely
from loopback import closed_port, geodata, published, serve

from lsgis.catalogue import read_register
from lsgis.errors import SourceError
from lsgis.source.fetched import cache_folder, fetch, list_fetched, read_fetched

PROVINCE = "json/geojson/20_lang_son/20_lang_son.geojson"
FILES = sorted(read_register("download")["file"])
ALL = len(FILES)
PATIENCE_S = 300  # an answer that comes is never late, however loaded the machine
ONE, TWO, THREE = FILES[5], FILES[30], FILES[-1]


@pytest.fixture(autouse=True)
def direct(monkeypatch):
    """Talk to this machine directly, whatever proxy the machine uses otherwise."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def publisher():
    with serve() as server:
        yield server


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A cache into which everything was fetched."""
    cache = tmp_path_factory.mktemp("filled")
    with pytest.MonkeyPatch.context() as patch, serve() as server:
        patch.setenv("NO_PROXY", "127.0.0.1")
        rows = fetch(cache=cache, base_url=server.url)
    return cache, rows


@pytest.fixture
def copy(filled, tmp_path):
    """A copy of the full cache that a test may spoil."""
    for path in filled[0].rglob("*"):
        if path.is_file():
            target = tmp_path / path.relative_to(filled[0])
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    return tmp_path


def refuse_to_wait(seconds):
    raise AssertionError(f"waits for {seconds} s")


def on_disk(cache):
    """Names below a cache of everything that is a file."""
    return sorted(path.name for path in cache.rglob("*") if path.is_file())


def names(files):
    return sorted(file.rpartition("/")[2] for file in files)


def provenance(cache):
    (path,) = cache.rglob("provenance.json")
    return json.loads(path.read_text(encoding="utf-8"))


# The pinned list


def test_pinned_list_is_the_list_of_the_publisher():
    rows = read_register("download").set_index("file")["sha256"]
    lines = geodata("upstream_sha256.txt").read_text(encoding="utf-8").splitlines()
    listed = dict(reversed(line.split()) for line in lines if not line.startswith("#"))
    assert rows.to_dict() == listed
    assert rows.to_dict() == {
        file: hashlib.sha256(body).hexdigest() for file, body in published().items()
    }


def test_every_file_but_the_province_is_a_commune_of_the_register():
    rows = read_register("download").set_index("file")["commune_code"]
    assert rows[PROVINCE] == ""
    assert sorted(rows.drop(PROVINCE)) == sorted(read_register("commune")["commune_code"])
    assert all(f"/{code}_" in file for file, code in rows.drop(PROVINCE).items())


def test_publisher_is_pinned_to_a_commit():
    (row,) = read_register("dataset").itertuples()
    assert row.base_url.startswith("https://") and row.base_url.endswith(f"/{row.commit}/")
    assert len(row.commit) == 40 and row.crs == "EPSG:4326" and row.licence == "MIT"


# A good day


def test_everything_is_fetched_whole(filled):
    cache, rows = filled
    assert sorted(rows["file"]) == FILES
    assert set(rows["status"]) == {"fetched"}
    assert [path.read_bytes() for path in rows["path"]] == [published()[f] for f in rows["file"]]
    assert rows["bytes"].tolist() == [len(published()[file]) for file in rows["file"]]
    assert on_disk(cache) == sorted([*names(FILES), "provenance.json"])  # and nothing else


def test_what_is_read_equals_the_real_communes(filled):
    communes = read_fetched(cache=filled[0])
    real = gpd.read_file(geodata("communes_2025.geojson")).sort_values("code", ignore_index=True)
    assert communes.crs == "EPSG:4326"
    assert communes.columns.tolist() == ["commune_code", "name_vi", "kind", "geometry"]
    assert communes["commune_code"].tolist() == real["code"].tolist()
    assert communes["name_vi"].tolist() == real["name"].tolist()
    half_a_step = 5e-7  # degrees: coordinates are published to the sixth decimal
    assert shapely.equals_exact(communes.geometry, real.geometry, half_a_step).all()


def test_codes_and_kinds_are_those_of_the_register(filled):
    communes = read_fetched(cache=filled[0]).set_index("commune_code")
    register = read_register("commune").set_index("commune_code")
    assert communes["kind"].to_dict() == register["kind"].to_dict()
    assert all(unicodedata.is_normalized("NFC", name) for name in communes["name_vi"])


def test_second_run_asks_for_nothing(filled, publisher):
    rows = fetch(cache=filled[0], base_url=publisher.url)
    assert set(rows["status"]) == {"cached"}
    assert publisher.asked == []


def test_full_cache_needs_no_network(filled):
    rows = fetch(cache=filled[0], base_url=f"http://127.0.0.1:{closed_port()}/")
    assert set(rows["status"]) == {"cached"}


def test_full_cache_may_be_read_only(filled):
    before = provenance(filled[0])
    folders = [path for path in [filled[0], *filled[0].rglob("*")] if path.is_dir()]
    changed = {path: path.stat().st_mtime_ns for path in folders}
    fetch(cache=filled[0])
    assert {path: path.stat().st_mtime_ns for path in folders} == changed  # nothing was written
    assert provenance(filled[0]) == before


def test_several_files_come_at_once(publisher, tmp_path):
    together = threading.Barrier(4)

    def answer_four_at_once(path):
        if path in publisher.asked[:4]:
            together.wait(PATIENCE_S)  # each of the first four waits for the other three
        time.sleep(0.02)  # a slow line, on which a fifth would be seen

    publisher.on_request = answer_four_at_once
    fetch(cache=tmp_path, base_url=publisher.url, timeout=PATIENCE_S)
    assert sorted(publisher.asked) == FILES  # each asked for once
    assert publisher.most_at_once == 4


def test_progress_is_one_bar_over_the_files(publisher, tmp_path, capfd):
    bars = []

    def progress(items, *, desc, total):
        bars.append([desc, total, 0])
        for item in items:
            bars[-1][2] += 1
            yield item

    fetch(cache=tmp_path, base_url=publisher.url, progress=progress)
    assert bars == [["fetch", len(FILES), len(FILES)]]
    assert capfd.readouterr() == ("", "")  # pooch says nothing either
    fetch(cache=tmp_path, base_url=publisher.url, progress=progress)
    assert len(bars) == 1  # nothing to fetch, no bar


def test_pooch_gets_its_logger_back(filled, copy, publisher):
    before = pooch.get_logger().level
    next(copy.rglob(names([ONE])[0])).unlink()
    fetch(cache=copy, base_url=publisher.url)
    assert pooch.get_logger().level == before


def test_address_may_lack_its_last_slash(copy, publisher):
    next(copy.rglob(names([ONE])[0])).unlink()
    assert (fetch(cache=copy, base_url=publisher.url[:-1])["status"] == "fetched").sum() == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps no such modes")
def test_files_are_as_readable_as_their_folder(filled):
    modes = {stat.S_IMODE(path.stat().st_mode) for path in filled[1]["path"]}
    folder = stat.S_IMODE(filled[1]["path"][0].parent.stat().st_mode)
    assert modes == {folder & 0o666}


# Provenance


def test_provenance_lies_beside_the_files(publisher, tmp_path):
    secret = publisher.url.replace("http://", "http://reader:secret@")
    fetch(cache=tmp_path, base_url=secret, on=date(2026, 9, 1))
    record = provenance(tmp_path)
    dataset = read_register("dataset").iloc[0]
    for key in ("dataset", "commit", "base_url", "licence", "attribution", "crs"):
        assert record[key] == dataset[key]
    assert record["expected"] == record["whole"] == len(FILES)
    assert record["files"][ONE] == {
        "origin": publisher.url,  # without the password
        "retrieved": "2026-09-01",
        "sha256": hashlib.sha256(published()[ONE]).hexdigest(),
    }


def test_provenance_keeps_what_is_known_of_the_older_files(copy, publisher):
    first = provenance(copy)["files"]
    assert first[ONE]["retrieved"] is None  # no clock is read
    next(copy.rglob(names([ONE])[0])).unlink()
    fetch(cache=copy, base_url=publisher.url, on=date(2026, 9, 2))
    record = provenance(copy)["files"]
    assert record.pop(ONE)["retrieved"] == "2026-09-02"
    assert record == {file: entry for file, entry in first.items() if file != ONE}


def test_what_came_before_a_kill_is_told_with_its_origin(copy, publisher, filled):
    """Files arrived, their provenance not: a run killed before its end, and one by another host."""
    (noted,) = copy.rglob("provenance.json")
    noted.unlink()
    told = {"origin": "http://first/", "retrieved": "2026-01-02", "files": [ONE, TWO]}
    (noted.parent / "asked.json").write_text(json.dumps(told))
    (noted.parent / TWO).unlink()
    fetch(cache=copy, base_url=publisher.url, on=date(2026, 3, 4))
    found = provenance(copy)["files"]
    assert found[ONE]["origin"] == "http://first/" and found[ONE]["retrieved"] == "2026-01-02"
    assert found[TWO]["origin"] == publisher.url and found[TWO]["retrieved"] == "2026-03-04"
    assert found[THREE]["origin"] is None
    assert on_disk(copy) == on_disk(filled[0])


def test_lost_provenance_is_written_again_without_guessing(copy, publisher):
    next(copy.rglob("provenance.json")).write_text("{spoilt", encoding="utf-8")
    fetch(cache=copy, base_url=publisher.url, on=date(2026, 9, 2))
    assert publisher.asked == []
    assert provenance(copy)["files"][ONE]["origin"] is None
    assert provenance(copy)["files"][ONE]["retrieved"] is None


# Bad days


@pytest.mark.parametrize(
    ("fault", "code", "found"),
    [
        pytest.param(404, "fetch.not-found", "404", id="not there"),
        pytest.param(403, "fetch.refused", "403", id="refused"),
        pytest.param(503, "fetch.refused", "503", id="server in trouble"),
        pytest.param("cut", "fetch.cut", "more expected", id="cut connection"),
        pytest.param("other", "fetch.hash-differs", "sha256", id="wrong hash"),
    ],
)
def test_one_bad_file_keeps_the_others(publisher, tmp_path, fault, code, found):
    publisher.faults[ONE] = fault
    with pytest.raises(
        SourceError, match=f"expected {ALL} files, found {ALL - 1} whole"
    ) as refusal:
        fetch(cache=tmp_path, base_url=publisher.url, retries=0, timeout=PATIENCE_S)
    (failure,) = refusal.value.values["failures"]
    assert failure.code == code
    assert failure.values["file"] == ONE
    assert found in str(failure)
    assert on_disk(tmp_path) == sorted([*names(set(FILES) - {ONE}), "provenance.json"])
    assert provenance(tmp_path)["whole"] == len(FILES) - 1
    assert ONE not in provenance(tmp_path)["files"]


def test_no_answer_in_time_keeps_the_others(copy, publisher):
    """Only the file that never comes is asked for: no other answer can be late."""
    next(copy.rglob(names([ONE])[0])).unlink()
    publisher.faults[ONE] = "mute"
    match = f"expected {ALL} files, found {ALL - 1} whole"
    with pytest.raises(SourceError, match=match) as refusal:
        fetch(cache=copy, base_url=publisher.url, retries=0, timeout=0.3)
    (failure,) = refusal.value.values["failures"]
    assert (failure.code, failure.values["file"]) == ("fetch.timeout", ONE)
    assert "within 0.3 s" in str(failure)
    assert on_disk(copy) == sorted([*names(set(FILES) - {ONE}), "provenance.json"])
    assert publisher.asked == [ONE]


@pytest.mark.parametrize(
    ("fault", "limit", "code"),
    [
        ("endless", "fetch_mb=40", "fetch.too-large"),
        ("slow", "fetch_seconds=2", "fetch.late"),
        ("slow-head", "fetch_seconds=2", "fetch.late"),
        ("mute", "fetch_seconds=2", "fetch.late"),
    ],
)
def test_a_run_has_an_end_as_a_whole(copy, publisher, monkeypatch, fault, limit, code):
    """However the server holds it up: no part stays, and the limit is told with its name."""
    monkeypatch.setenv("LSGIS_LIMITS", limit)
    lost = [path for path in copy.rglob("*.geojson") if path.name in names([ONE, TWO])]
    for path in lost:
        path.unlink()
    before = on_disk(copy)
    publisher.faults = dict.fromkeys((ONE, TWO), fault)
    began = time.monotonic()
    with pytest.raises(SourceError) as error:
        fetch(cache=copy, base_url=publisher.url, timeout=PATIENCE_S)
    assert time.monotonic() - began < 60
    assert [refusal.code for refusal in error.value.values["failures"]] == [code]
    for lang in ("en", "vi"):
        told, (name, _, value) = error.value.message(lang), limit.partition("=")
        assert name in told and value in told and "LSGIS_LIMITS" in told
    assert on_disk(copy) == before
    publisher.faults = {}
    monkeypatch.delenv("LSGIS_LIMITS")
    assert fetch(cache=copy, base_url=publisher.url)["status"].eq("fetched").sum() == 2


def test_wrong_hash_says_expected_and_found(publisher, tmp_path):
    publisher.faults[ONE] = "other"
    with pytest.raises(SourceError, match="sha256") as refusal:
        fetch(cache=tmp_path, base_url=publisher.url)
    altered = published()[ONE].replace(b"106.", b"107.")
    for body in (published()[ONE], altered):
        assert hashlib.sha256(body).hexdigest() in str(refusal.value)
    assert publisher.asked.count(ONE) == 1  # the same answer would come again


def test_every_failure_is_listed_in_both_languages(publisher, tmp_path):
    publisher.faults = {ONE: 404, TWO: "other", THREE: "cut"}
    with pytest.raises(SourceError, match=f"{ALL - 3} whole") as refusal:
        fetch(cache=tmp_path, base_url=publisher.url, retries=0)
    for text in (str(refusal.value), refusal.value.message("vi")):
        lines = text.splitlines()
        told = [line.partition(":")[0].strip() for line in lines[1:4]]
        assert told == [file.rpartition("/")[2] for file in (ONE, TWO, THREE)]
        assert [line.startswith("  → ") for line in lines[4:]] == [True] * 3  # what to do
    assert f"cần {ALL} tệp, có đủ và đúng {ALL - 3} tệp" in refusal.value.message("vi")


def test_advice_is_given_once_a_kind(publisher, tmp_path):
    publisher.faults = dict.fromkeys(FILES, 404)
    with pytest.raises(SourceError, match="found 0 whole") as refusal:
        fetch(cache=tmp_path, base_url=publisher.url)
    lines = str(refusal.value).splitlines()
    assert len(lines) == 1 + len(FILES) + 1
    assert on_disk(tmp_path) == []


def test_next_run_fetches_exactly_the_missing_files(publisher, tmp_path):
    publisher.faults = {ONE: 404, TWO: "other", THREE: "cut"}
    with pytest.raises(SourceError, match=f"{ALL - 3} whole"):
        fetch(cache=tmp_path, base_url=publisher.url, retries=0)
    publisher.faults, publisher.asked = {}, []
    rows = fetch(cache=tmp_path, base_url=publisher.url).set_index("file")["status"]
    assert sorted(publisher.asked) == sorted([ONE, TWO, THREE])
    assert sorted(rows[rows == "fetched"].index) == sorted([ONE, TWO, THREE])
    assert len(read_fetched(cache=tmp_path)) == len(FILES) - 1


@pytest.mark.parametrize("fault", ["cut", 503])
def test_passing_trouble_is_tried_again(copy, publisher, fault):
    next(copy.rglob(names([ONE])[0])).unlink()
    publisher.faults[ONE] = [fault]  # once
    rows = fetch(cache=copy, base_url=publisher.url, retries=1, timeout=PATIENCE_S)
    assert (rows["status"] == "fetched").sum() == 1
    assert publisher.asked == [ONE, ONE]


def test_no_answer_is_waited_for_again(copy, publisher):
    next(copy.rglob(names([ONE])[0])).unlink()
    publisher.faults[ONE] = ["mute"]  # once; an answer that is late is one more of the kind
    rows = fetch(cache=copy, base_url=publisher.url, retries=6, timeout=0.5)
    assert (rows["status"] == "fetched").sum() == 1
    assert len(publisher.asked) >= 2 and set(publisher.asked) == {ONE}


def test_no_server_is_said_at_once(tmp_path, monkeypatch):
    port = closed_port()
    monkeypatch.setattr(time, "sleep", refuse_to_wait)  # as before another attempt
    with pytest.raises(SourceError, match="found 0 whole") as refusal:
        fetch(cache=tmp_path, base_url=f"http://127.0.0.1:{port}/")  # retries as by default
    (failure,) = refusal.value.values["failures"]  # said once, not once a file
    assert failure.code == "fetch.unreachable"
    assert f"cannot reach 127.0.0.1:{port}: Connection refused" in str(failure)
    assert on_disk(tmp_path) == []


def test_unknown_host_is_said_at_once(tmp_path):
    with pytest.raises(SourceError, match=r"cannot reach nowhere\.invalid"):
        fetch(cache=tmp_path, base_url="http://nowhere.invalid/")
    assert on_disk(tmp_path) == []


def test_host_that_goes_away_midway_stops_the_run(publisher, tmp_path):
    gone = f"127.0.0.1:{closed_port()}"
    publisher.faults = dict.fromkeys(FILES[10:], f"http://{gone}/")  # sends readers on to it
    with pytest.raises(SourceError, match=f"cannot reach {gone}") as refusal:
        fetch(cache=tmp_path, base_url=publisher.url, retries=0)
    assert len(refusal.value.values["failures"]) == 1
    kept = set(on_disk(tmp_path)) - {"provenance.json"}
    assert refusal.value.values["ready"] == len(kept) > 0
    assert kept <= set(names(FILES[:10]))
    assert len(publisher.asked) < 20  # the rest was not asked for


def test_interrupted_run_leaves_no_part(publisher, tmp_path):
    interrupted = threading.Event()

    def interrupt(items, **_):
        yield next(iter(items))
        interrupted.set()
        raise KeyboardInterrupt

    def hold_all_but_the_first(path):
        if path not in publisher.asked[:8]:
            interrupted.wait(PATIENCE_S)

    publisher.on_request = hold_all_but_the_first
    with pytest.raises(KeyboardInterrupt):
        fetch(cache=tmp_path, base_url=publisher.url, progress=interrupt)
    kept = set(on_disk(tmp_path)) - {"provenance.json"}
    assert 0 < len(kept) < 20  # the rest was no longer asked for
    assert kept <= set(names(FILES))
    assert provenance(tmp_path)["whole"] == len(kept)


@pytest.mark.parametrize(
    "where",
    [pytest.param("", id="the folder"), pytest.param("below/it", id="a folder above")],
)
def test_cache_that_cannot_be_written_to(publisher, tmp_path, where):
    blocked = tmp_path / "cache"
    blocked.write_text("a file, not a folder", encoding="utf-8")
    with pytest.raises(
        SourceError, match=r"expected a cache folder .*that can be written to"
    ) as no:
        fetch(cache=blocked / where, base_url=publisher.url)
    assert "LSGIS_CACHE" in str(no.value)
    assert publisher.asked == []
    assert on_disk(tmp_path) == ["cache"]


def test_folder_in_the_place_of_a_file(copy, publisher):
    path = next(copy.rglob(names([ONE])[0]))
    path.unlink()
    path.mkdir()
    with pytest.raises(SourceError, match="a folder of that name stands there") as refusal:
        fetch(cache=copy, base_url=publisher.url)
    said = str(refusal.value)  # which, and what to do about it: no space is wanting
    assert f"cannot write {path}" in said and "remove or rename that folder" in said
    assert "free some space" not in said and "--cache" not in said


@pytest.mark.parametrize("url", ["ftp://host/", "/a/folder", "http://", "http://[/", "http://h:x/"])
def test_address_that_is_none(tmp_path, url):
    with pytest.raises(SourceError, match="expected a download address"):
        fetch(cache=tmp_path, base_url=url)
    assert on_disk(tmp_path) == []


# Reading


def test_reading_an_empty_cache_says_what_to_do(tmp_path):
    with pytest.raises(SourceError, match=f"expected {ALL} .* found 0 whole .* run lsgis fetch"):
        read_fetched(cache=tmp_path)
    assert on_disk(tmp_path) == []


def test_altered_file_is_found_on_reading(copy, publisher):
    path = next(copy.rglob(names([ONE])[0]))
    path.write_bytes(path.read_bytes() + b"\n")
    next(copy.rglob(names([TWO])[0])).unlink()
    with pytest.raises(
        SourceError, match=f"found {ALL - 2} whole .*1 missing, 1 altered"
    ) as refusal:
        read_fetched(cache=copy)
    assert f"{names([ONE])[0]}: expected sha256" in str(refusal.value)
    status = list_fetched(cache=copy).set_index("file")["status"]
    assert (status[ONE], status[TWO], status[THREE]) == ("altered", "missing", "whole")
    fetch(cache=copy, base_url=publisher.url)
    assert sorted(publisher.asked) == sorted([ONE, TWO])
    assert set(list_fetched(cache=copy)["status"]) == {"whole"}


# Where the cache lies


def test_cache_folder(tmp_path, monkeypatch):
    assert cache_folder(tmp_path) == tmp_path
    assert cache_folder("~/maps") == cache_folder("~/maps").expanduser()
    monkeypatch.setenv("LSGIS_CACHE", "elsewhere")  # read by the command, not by the function
    assert cache_folder() == pooch.os_cache("lsgis")
