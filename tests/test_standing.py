"""A zone planned for later, or not confirmed, says so wherever it gives a state."""

import csv
import io
import itertools
from datetime import date

import docx
import openpyxl
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from toysite import Zone, square, toy_index, toy_site

from lsgis.catalogue import read_rows
from lsgis.region import read_region
from lsgis.report import write_dossier
from lsgis.report.summary import make_summary
from lsgis.sitecheck import check_site, check_sites, to_json
from lsgis.sitecheck.record import WORST_FIRST

ON = date(2026, 11, 22)
LAYER = "reserve_buffer"
SITE = square(0, 0, 100, 100)
SURE, NEAR = square(-500, -500, 500, 500), square(103, 0, 300, 100)
WEST, EAST = square(40, -500, 48, 500), square(48, -500, 56, 500)  # for 5 m wide enough together


def check(*zones, **options):
    return check_site(toy_site(SITE), toy_index({LAYER: zones}), on=ON, **options)


def theme_of(report):
    return next(theme for theme in report.themes if theme.layer == LAYER)


def zone(shape=SURE, accuracy_m=5.0, **standing):
    return Zone(shape, accuracy_m, **standing)


def test_the_register_of_phases_says_which_come_after_the_period():
    rows = {row["code"]: row["after_period"] for row in read_rows("phase", read_region())}
    assert rows == {"existing": "no", "2030": "no", "after-2030": "yes"}


@pytest.mark.parametrize(
    ("standing", "told", "caveats"),
    [
        pytest.param({}, (None, None, None), (), id="nothing stated"),
        pytest.param({"phase": "existing", "in_decision": "yes"}, ("existing", "yes", None), (),
                     id="there, and in the Decision"),
        pytest.param({"phase": "2030", "in_decision": "inferred"}, ("2030", "inferred", None), (),
                     id="within the period"),
        pytest.param({"phase": "after-2030"}, ("after-2030", None, None), ("later",), id="later"),
        pytest.param({"in_decision": "unconfirmed"}, (None, "unconfirmed", None),
                     ("unconfirmed",), id="unconfirmed"),
        pytest.param({"phase": "after-2030", "in_decision": "unconfirmed", "status": "dự thảo"},
                     ("after-2030", "unconfirmed", "dự thảo"), ("later", "unconfirmed"), id="both"),
    ],
)  # fmt: skip
def test_a_finding_carries_phase_confirmation_and_status(standing, told, caveats):
    report = check(zone(**standing))
    theme = theme_of(report)
    (finding,) = theme.findings
    assert (finding.phase, finding.in_decision, finding.status) == told
    assert theme.state == finding.state == "affected"
    assert theme.caveats == finding.caveats == caveats
    for lang in ("vi", "en"):
        headline = make_summary(report, lang).headline
        for caveat, words in {
            "later": {"vi": "sau kỳ quy hoạch: 00001", "en": "the period of the plan: 00001"},
            "unconfirmed": {"vi": "có trong Quyết định 339: 00001", "en": "in Decision 339: 00001"},
        }.items():
            assert (words[lang] in headline) == (caveat in caveats)


@pytest.mark.parametrize(
    ("zones", "state", "caveats"),
    [
        pytest.param([zone(phase="after-2030"), zone(phase="2030")], "affected", (),
                     id="another one is of the period"),
        pytest.param([zone(phase="after-2030"), zone(NEAR, phase="2030")], "affected", ("later",),
                     id="the other one is only possible"),
        pytest.param([zone(phase="after-2030"), zone(in_decision="unconfirmed")], "affected",
                     (), id="one of either kind: neither is needed"),
        pytest.param([zone(NEAR, phase="after-2030")], "possible", ("later",), id="possible"),
        pytest.param([zone(WEST), zone(EAST, phase="after-2030")], "affected", ("later",),
                     id="only together"),
        pytest.param([zone(WEST, in_decision="unconfirmed"), zone(EAST, phase="after-2030")],
                     "affected", ("later", "unconfirmed"), id="only together, both are needed"),
        pytest.param([zone(WEST), zone(EAST), zone(phase="after-2030")], "affected", (),
                     id="parcels, without the later one too"),
    ],
)  # fmt: skip
def test_a_layer_has_a_caveat_when_its_state_needs_such_zones(zones, state, caveats):
    theme = theme_of(check(*zones))
    assert (theme.state, theme.caveats) == (state, caveats)


STANDINGS = [
    {"phase": phase, "in_decision": confirmed}
    for phase, confirmed in itertools.product(
        ("", "2030", "after-2030"), ("", "yes", "unconfirmed")
    )
]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([SURE, NEAR, WEST, EAST]), st.sampled_from(STANDINGS)),
                min_size=1, max_size=4))  # fmt: skip
def test_a_caveat_is_what_the_state_would_not_be_without(drawn):
    """Asked again without the zones that have it, the layer says less; and only then."""
    zones = [zone(shape, **standing) for shape, standing in drawn]
    report = check(*zones)
    theme = theme_of(report)
    assert len(theme.findings) == len(drawn)
    for caveat, column, code in (
        ("later", "phase", "after-2030"), ("unconfirmed", "in_decision", "unconfirmed")
    ):  # fmt: skip
        rest = [one for one in zones if getattr(one, column) != code]
        less = not rest or WORST_FIRST.index(theme_of(check(*rest)).state) > WORST_FIRST.index(
            theme.state
        )
        assert (caveat in theme.caveats) == less
    headline = make_summary(report, "vi").headline
    assert ("sau kỳ quy hoạch" in headline) == any("later" in f.caveats for f in theme.findings)
    assert ("Chưa xác nhận" in headline) == any("unconfirmed" in f.caveats for f in theme.findings)


def test_every_format_says_it(tmp_path):
    report = check(zone(phase="after-2030", in_decision="unconfirmed", status="dự thảo"))
    paths = write_dossier(report, tmp_path / "out", formats=["html", "docx", "xlsx", "json"])
    by_end = {path.suffix: path for path in paths}
    page = by_end[".html"].read_text(encoding="utf-8")
    letter = docx.Document(by_end[".docx"])
    cells = [c.text for table in letter.tables for row in table.rows for c in row.cells]
    paper = "\n".join([*(line.text for line in letter.paragraphs), *cells])
    for text in (page, paper):
        for words in ("Thuộc giai đoạn sau kỳ quy hoạch: 00001", "(giai đoạn: Sau năm 2030)",
                      "(trong quyết định: chưa xác nhận)", "(tình trạng pháp lý: dự thảo)",
                      "Chỉ khi tính cả vùng thuộc giai đoạn sau kỳ quy hoạch"):  # fmt: skip
            assert words in text
    book = openpyxl.load_workbook(by_end[".xlsx"])
    told = {str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row}
    assert {"Sau năm 2030", "chưa xác nhận", "dự thảo"} <= told
    assert any("Chỉ khi tính cả vùng thuộc giai đoạn sau kỳ quy hoạch" in text for text in told)
    assert b'"later"' in to_json(report)


def test_the_table_of_many_sites_says_it(tmp_path):
    index = toy_index({LAYER: [zone(phase="after-2030")]})
    x, y = SITE.centroid.coords[0]
    table = tmp_path / "sites.csv"
    table.write_text(f"name,x,y,crs,accuracy_m\na,{y},{x},EPSG:9215,1\n", encoding="utf-8")
    made = check_sites(table, index, out=tmp_path / "out", on=ON)
    (row,) = made.rows
    assert row["caveats"] == {LAYER: ["later"]}
    book = openpyxl.load_workbook(tmp_path / "out/sites.xlsx")
    told = [str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row]
    assert any("(chỉ khi tính cả vùng thuộc giai đoạn sau kỳ quy hoạch)" in text for text in told)
    rows = csv.DictReader(io.StringIO((tmp_path / "out/sites.csv").read_text("utf-8-sig")))
    assert next(rows)["caveats"] == f"{LAYER}: later"


def test_the_terminal_says_it():
    from lsgis.cli import site_commands

    def tell() -> str:
        import click

        @click.command()
        def show():
            site_commands._tell(check(zone(phase="after-2030")), "vi", None, read_region())

        return CliRunner().invoke(show).output

    lines = tell().splitlines()
    assert "Thuộc giai đoạn sau kỳ quy hoạch: 00001" in lines[0]
    (line,) = [line for line in lines if "(1/3)" in line]
    assert "Chỉ khi tính cả vùng thuộc giai đoạn sau kỳ quy hoạch" in line
