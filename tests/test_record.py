"""The record of a site check: typed, written and read back, its JSON Schema generated from it."""

import copy
import importlib.util
import json
import math
from datetime import date
from pathlib import Path

import jsonschema
import msgspec
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from toysite import Zone, square, toy_index, toy_site

import lsgis
from lsgis.errors import SiteError
from lsgis.sitecheck import build_index, check_site, from_document, from_json, make_schema, to_json
from lsgis.sitecheck.record import Record, SiteReport
from lsgis.sitefile.reader import read_site
from lsgis.source import read_plan

ON = date(2026, 11, 22)
ROOT = Path(__file__).resolve().parent.parent
SITES = {
    "a park near a reserve": "POLYGON ((406000 2396000, 406400 2396000, 406400 2396300, "
    "406000 2396300, 406000 2396000))",
    "a block in the inner city": "POLYGON ((449050 2417050, 449250 2417050, 449250 2417200, "
    "449050 2417200, 449050 2417050))",
    "far from everything": "POLYGON ((494000 2390000, 494300 2390000, 494300 2390200, "
    "494000 2390200, 494000 2390000))",
}
VALIDATOR = jsonschema.Draft202012Validator(
    make_schema(),
    format_checker=jsonschema.FormatChecker(),
)


@pytest.fixture(scope="module")
def index():
    return build_index(read_plan())


@pytest.fixture(scope="module")
def reports(index):
    return {
        name: check_site(
            read_site(wkt, crs="EPSG:9215", accuracy_m=0.5),
            index,
            on=ON,
            type="industrial",
        )
        for name, wkt in SITES.items()
    }


def toy_report() -> SiteReport:
    """A report with a finding, a dispute, terrain and a log: everything a report can hold."""
    zones = {
        "wetland": [Zone(square(-10, 0, 50, 100), 5.0), Zone(None, communes="1")],
        "geopark_site": [Zone(shapely.Point(square(0, 0, 1, 1).centroid), 1.0)],
    }
    site = toy_site(
        square(0, 0, 100, 100),
        accuracy_m=2.0,
        log=({"code": "site.closed", "point": "1"}, {"code": "site.blank-rows", "count": 3}),
    )
    spread = {"min": 1.0, "mean": 2.0, "max": 4.5}
    terrain = {
        "name": "dem.tif",
        "crs": "EPSG:4326",
        "cell_m": 30.9,
        "cells": 14,
        "cells_without_data": 0,
        "elevation_m": spread,
        "slope_deg": None,
    }
    index = toy_index(zones)
    found = check_site(site, index, on=ON)
    verdict = next(verdict for verdict in found.themes if verdict.findings)
    dispute = {
        "layer": verdict.layer,
        "key": verdict.findings[0].key,
        "reason": "khác",
        "by": None,
        "on": "2026-11-01",
    }
    return check_site(
        site,
        index,
        on=ON,
        type="mining",
        terrain=terrain,
        disputes=[dispute],
        complete=["wetland"],
    )


TOY = toy_report()


def test_a_check_gives_a_typed_record():
    assert isinstance(TOY, SiteReport)
    assert TOY.on == ON
    assert TOY.site.bounds == (450_000.0, 2_420_000.0, 450_100.0, 2_420_100.0)
    found = [finding for verdict in TOY.themes for finding in verdict.findings]
    assert [finding.dispute.reason for finding in found if finding.dispute] == ["khác"]
    with pytest.raises(AttributeError, match="immutable"):
        TOY.type = "other"


@pytest.mark.parametrize("name", SITES)
def test_what_is_written_is_read_back(reports, name):
    content = to_json(reports[name])
    assert from_json(content) == reports[name]
    assert to_json(from_json(content)) == content
    assert from_document(reports[name].document) == reports[name]
    assert json.loads(content) == reports[name].document


@pytest.mark.parametrize("name", SITES)
def test_reports_keep_their_schema(reports, name):
    VALIDATOR.validate(json.loads(to_json(reports[name])))


def test_a_report_of_everything_keeps_its_schema():
    VALIDATOR.validate(TOY.document)
    assert from_json(to_json(TOY)) == TOY


def test_the_schema_in_the_tree_is_what_the_records_say():
    path = ROOT / "scripts" / "make_schema.py"
    spec = importlib.util.spec_from_file_location("make_schema", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    file = Path(lsgis.__file__).parent / "sitecheck" / "site_report.schema.json"
    assert file.read_text(encoding="utf-8") == module.schema_text(), "run scripts/make_schema.py"
    jsonschema.Draft202012Validator.check_schema(json.loads(module.schema_text()))


def records() -> list[type[Record]]:
    found, left = [], [Record]
    while left:
        found += (below := left.pop().__subclasses__())
        left += below
    return found


@pytest.mark.parametrize("record", records(), ids=lambda record: record.__name__)
def test_every_record_says_what_it_is(record):
    assert record.__doc__ and record.__struct_config__.frozen
    assert record.__struct_config__.forbid_unknown_fields


# ---- what is no report --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "at", "expected", "found"),
    [
        pytest.param(lambda d: d.pop("id"), "/id", None, None, id="missing"),
        pytest.param(lambda d: d["site"].update(x=1), "/site/x", None, None, id="unknown"),
        pytest.param(
            lambda d: d["themes"][0].update(state="clear"),
            "/themes/0/state",
            "not_affected",
            '"clear"',
            id="state nobody knows",
        ),
        pytest.param(
            lambda d: d["site"].update(accuracy_m="about 5 m"),
            "/site/accuracy_m",
            "`float | null`",
            '"about 5 m"',
            id="text for a number",
        ),
        pytest.param(
            lambda d: d["site"].update(accuracy_m=-1),
            "/site/accuracy_m",
            ">= 0",
            "-1",
            id="negative metres",
        ),
        pytest.param(
            lambda d: d["context"].update(outside_share=1.5),
            "/context/outside_share",
            "<= 1",
            "1.5",
            id="more than the whole",
        ),
        pytest.param(
            lambda d: d.update(id="A" * 64),
            "/id",
            "regex",
            '"AAA',
            id="no digest",
        ),
        pytest.param(
            lambda d: d.update(on="2026-02-30"),
            "/on",
            "YYYY-MM-DD",
            '"2026-02-30"',
            id="no day",
        ),
        pytest.param(lambda d: d["validity"].pop(), "/validity", "length", "–", id="one act"),
        pytest.param(
            lambda d: d["site"]["geometry"].update(type="Circle"),
            "/site/geometry/type",
            "MultiPolygon",
            '"Circle"',
            id="no shape",
        ),
        pytest.param(
            lambda d: d["site"]["log"][0].pop("code"),
            "/site",
            "log row with a code",
            "row 0",
            id="log row without a code",
        ),
        pytest.param(
            lambda d: d["thresholds"]["min_area_m2"].update(wetland="5"),
            "/thresholds/min_area_m2/...",
            "`float`",
            "`str`",
            id="threshold of a layer",
        ),
    ],
)
def test_what_is_no_report_is_refused_with_its_place(change, at, expected, found):
    document = TOY.document
    change(document)
    content = json.dumps(document).encode()
    with pytest.raises(SiteError) as refused:
        from_json(content)
    values = refused.value.values
    assert values["at"] == at
    if expected:
        assert expected in values["expected"] and found in values["found"]
    for lang in ("vi", "en"):
        assert at in refused.value.message(lang)
    assert not VALIDATOR.is_valid(json.loads(content))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b'{"on": NaN}', id="not a number"),
        pytest.param(b"\xff\xfe{}", id="other encoding"),
        pytest.param(to_json(TOY)[:-20], id="cut off"),
        pytest.param(to_json(TOY) + b"{}", id="two"),
    ],
)
def test_what_is_no_json(content):
    with pytest.raises(SiteError, match="no sound JSON"):
        from_json(content)


@pytest.mark.parametrize("mark", ["symbol", "accuracy_assumed"])
def test_what_is_not_sure_is_never_affected(mark):
    finding = next(verdict for verdict in TOY.themes if verdict.findings).findings[0]
    sure = msgspec.structs.replace(
        finding,
        state="affected",
        symbol=False,
        accuracy_assumed=False,
    )
    with pytest.raises(ValueError, match=mark):
        msgspec.structs.replace(sure, **{mark: True})
    document = TOY.document
    row = next(theme for theme in document["themes"] if theme["findings"])["findings"][0]
    row.update(state="affected", **{mark: True})
    assert not VALIDATOR.is_valid(document)


def test_nothing_located_is_never_clear():
    verdict = next(verdict for verdict in TOY.themes if not verdict.located)
    with pytest.raises(ValueError, match="no_data"):
        msgspec.structs.replace(verdict, state="not_affected")


def test_a_number_that_is_none_cannot_be_written():
    with pytest.raises(ValueError, match="not JSON compliant"):
        site = msgspec.structs.replace(TOY.site, area_m2=math.nan)
        to_json(msgspec.structs.replace(TOY, site=site))


# ---- the law: schema and reader say the same of any document -----------------------------------


def places(value, at=()):
    """Every place of a document, by the keys that lead to it."""
    yield at
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], (*at, key))
    elif isinstance(value, list):
        for n in range(min(len(value), 2)):  # the others are like them
            yield from places(value[n], (*at, n))


PLACES = [at for at in places(TOY.document) if at]
# no whole number as a float: JSON Schema takes 1.0 for an integer, the reader does not
OTHERS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 400),
    st.sampled_from([-0.5, 0.5, 1.5, 400.25]),
    st.text(max_size=4),
    st.sampled_from(["clear", "affected", "not_affected", "2026-02-30", "2026-03-01", "b", "S"]),
    st.just([]),
    st.just({}),
    st.just([[1.5, 2.5]]),
    st.just({"type": "Point", "coordinates": [1.5, 2.5]}),
)


def inner(document, at):
    for key in at:
        document = document[key]
    return document


@given(
    at=st.sampled_from(PLACES),
    how=st.sampled_from(["drop", "other", "unknown", "twice"]),
    value=OTHERS,
)
@settings(max_examples=150, deadline=None)
def test_schema_and_reader_agree_on_any_document(at, how, value):
    document = copy.deepcopy(TOY.document)
    around, here = inner(document, at[:-1]), inner(document, at)
    if how == "drop":
        del around[at[-1]]
    elif how == "other":
        around[at[-1]] = value
    elif how == "unknown" and isinstance(here, dict):
        here["unknown"] = value
    elif how == "twice" and isinstance(here, list):
        here.extend(here[:1])
    try:
        from_json(json.dumps(document).encode())
        read = True
    except SiteError:
        read = False
    assert VALIDATOR.is_valid(document) is read


def test_a_dropped_field_is_refused_wherever_it_stands():
    """Every key of every record is needed: none is lost unseen."""
    open_keys = {"log", "min_area_m2", "min_length_m", "bands_m"}  # mappings, free in their keys
    for at in PLACES:
        if isinstance(at[-1], int) or open_keys & set(at[:-1]):
            continue
        document = TOY.document
        del inner(document, at[:-1])[at[-1]]
        with pytest.raises(SiteError):
            from_document(document)
        assert not VALIDATOR.is_valid(document), at
