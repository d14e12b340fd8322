"""The headline and what stands beside it: never a comfort that leaves out what nobody knows."""

import re
import subprocess
import sys

import docx
import openpyxl
import pytest
from click.testing import CliRunner
from dossier_case import make_document
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lsgis.cli import main
from lsgis.report import write_dossier
from lsgis.report.dossier_html import render_page
from lsgis.report.summary import make_dossier, make_summary
from lsgis.report.wording import plain
from lsgis.sitecheck.declared import (
    CAUTIONS,
    CONFIRMED,
    DEFAULTED,
    DOUBTS,
    PLACES,
    is_clear,
    standing_cautions,
)
from lsgis.sitecheck.record import WORST_FIRST
from lsgis.sitecheck.record_json import as_report
from lsgis.text import LANGUAGES, read_texts, say

DOCUMENT = make_document()
COUNT = len(DOCUMENT["themes"])
# states of layers that concern the site
FOUND = ("affected", "likely", "possible", "below_threshold")
WORD = {"vi": "theo lời người yêu cầu", "en": "on the word of whoever asked"}
# words of a headline that calm whoever reads no further
CALM = ("Chưa thấy", "nằm ngoài", "chưa lớp nào chắc chắn", "No ", "outside", "none for certain")


def stated(states):
    """The report with these states, nothing found anywhere."""
    themes = [
        theme | {"state": state, "findings": [], "located": 1, "undrawn_here": None}
        for theme, state in zip(DOCUMENT["themes"], states, strict=False)
    ]
    return as_report(DOCUMENT | {"themes": themes})


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    states=st.lists(st.sampled_from(WORST_FIRST), min_size=1, max_size=COUNT),
    lang=st.sampled_from(LANGUAGES),
)
def test_no_headline_comforts_while_a_layer_is_unknown(states, lang):
    """Whatever the states: the sentence that calms names every layer nobody can speak of."""
    report = stated(states)
    summary = make_summary(report, lang)
    unknown = [
        getattr(t.title, lang) for t in report.themes if t.state in ("no_data", "incomplete")
    ]
    below = {title for line in summary.lines for title, _ in line.layers}
    assert {*unknown} <= below  # all of them right below
    assert summary.headline.count(".") == 1 and summary.headline.endswith(".")
    named = [title for title in unknown if title in summary.headline]
    others = re.search(r"(?:và|and) (\d+) (?:lớp khác|others?)\.$", summary.headline)
    assert len(named) + (int(others[1]) if others else 0) == len(unknown)
    assert not unknown or len(named) >= min(4, len(unknown))
    if unknown:
        assert re.search(rf"\b{len(unknown)} (?:lớp|layers?)\b", summary.headline)
        clear = say("dossier.headline-clear", lang, count=len(states), assumed="")
        assert not summary.headline.startswith(clear[:-1])
    elif {*states} == {"not_affected"}:
        assert any(word in summary.headline for word in CALM)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    states=st.lists(st.sampled_from(WORST_FIRST), min_size=1, max_size=COUNT),
    lang=st.sampled_from(LANGUAGES),
)
def test_a_headline_counts_every_layer_with_a_finding(states, lang):
    """Whatever the states: none of those that concern the site vanishes beside a stronger one."""
    headline = make_summary(stated(states), lang).headline
    told = {s: states.count(s) for s in FOUND if s in states}
    if {*told} == {"likely"}:  # the sentence itself says so
        assert say("dossier.headline-likely", lang, count=told.pop("likely"), open="")[:-1] in (
            headline
        )
    if "likely" in told and "affected" not in told:
        start = say("dossier.headline-likely", lang, count=told.pop("likely"), open="")
        assert headline.startswith(start[:-1])
    assert all(say(f"dossier.count-{s}", lang, count=n) in headline for s, n in told.items())
    absent = [s for s in FOUND if s not in states]
    assert not any(
        say(f"dossier.count-{s}", lang, count=n) in headline
        for s in absent
        for n in range(1, COUNT + 1)
    )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_weaker_finding_is_told_beside_a_likely_one(lang):
    headline = make_summary(stated(["likely", "possible", "below_threshold"]), lang).headline
    assert {"vi": "ngoài ra 1 lớp có thể chịu ảnh hưởng, 1 lớp", "en": "besides, 1 possibly"}[
        lang
    ] in headline


def vouched(states, complete, counts):
    """The report with layers somebody vouched for, and how many are expected and located."""
    themes = [
        theme | {"state": state, "findings": [], "located": located, "expected": expected}
        for theme, state, (located, expected) in zip(
            DOCUMENT["themes"], states, counts, strict=False
        )
    ]
    for theme in themes:
        theme |= {"undrawn_here": None, "accuracy_assumed": False, "holds_to_m": None}
    thresholds = DOCUMENT["thresholds"] | {
        "complete": [theme["layer"] for theme, told in zip(themes, complete, strict=False) if told]
    }
    return as_report(DOCUMENT | {"themes": themes, "thresholds": thresholds})


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(WORST_FIRST),
            st.booleans(),
            st.tuples(st.integers(1, 3), st.one_of(st.none(), st.integers(1, 3))),
        ),
        min_size=1,
        max_size=COUNT,
    ),
    lang=st.sampled_from(LANGUAGES),
)
def test_what_is_clear_on_a_word_is_said_beside_every_headline(rows, lang):
    """Whatever else is found: a caution names each layer that only a word calls clear, no other."""
    report = vouched(*zip(*rows, strict=True))
    cautions = [plain(c, lang) for c in make_summary(report, lang).cautions]
    (told,) = [c for c in cautions if WORD[lang] in c] or [""]
    for theme, (state, word, (located, expected)) in zip(report.themes, rows, strict=False):
        on_word = state == "not_affected" and word and (expected is None or located < expected)
        counted = f"{located}/{'?' if expected is None else expected}"
        assert (f"{getattr(theme.title, lang)} ({counted})" in told) == on_word


@pytest.mark.parametrize(
    ("lang", "words"), [("vi", "giả định ±\u00a0100\u00a0m"), ("en", "one, ±\u00a0100\u00a0m")]
)
def test_farther_than_the_accuracy_says_where_it_was_assumed(lang, words):
    themes = [
        theme | {"state": "not_affected", "findings": [], "located": 1, "accuracy_assumed": assumed}
        for theme, assumed in zip(DOCUMENT["themes"], (True, False, True), strict=False)
    ]
    headline = make_summary(as_report(DOCUMENT | {"themes": themes}), lang).headline
    assert words in headline and " 2 " in headline
    for theme in themes:
        theme["accuracy_assumed"] = False
    headline = make_summary(as_report(DOCUMENT | {"themes": themes}), lang).headline
    assert words not in headline


@pytest.mark.parametrize("count", [1, 2, 5, 6, 15])
def test_the_headline_counts_what_it_does_not_name(count):
    en = make_summary(stated(["affected"] * (COUNT - count) + ["no_data"] * count), "en").headline
    told = "1 layer lacks the data" if count == 1 else f"{count} layers lack the data"
    assert told in en
    more = count - 4 if count > 5 else 0
    assert (f" and {more} others." in en) == bool(more)


def test_what_is_declared_in_the_commune_is_named_first():
    states = ["incomplete"] * (COUNT - 1) + ["no_data"]
    report = stated(states)
    themes = [*DOCUMENT["themes"]]
    told = [t | {"state": s, "findings": [], "located": 1, "undrawn_here": None}
            for t, s in zip(themes, states, strict=True)]  # fmt: skip
    told[-1]["undrawn_here"] = "yes"
    last = told[-1]["title"]["vi"]
    assert last not in make_summary(report, "vi").headline
    for other in (None, "no", "possible"):  # none of these is as near
        for theme in told[:-1]:
            theme["undrawn_here"] = other
        assert f": {last}, " in make_summary(as_report(DOCUMENT | {"themes": told}), "vi").headline
    for theme in told[:-1]:
        theme["undrawn_here"] = None
    told[-1]["undrawn_here"] = "no"
    assert last not in make_summary(as_report(DOCUMENT | {"themes": told}), "vi").headline


# ---- cautions


LOG = [
    {"code": "site.sheet", "sheet": "Bảng 1"},
    {"code": "site.crs-default-sure", "crs": "EPSG:9215"},
    {"code": "site.place-elsewhere", "commune": "Na Dương", "distance_m": 15087,
     "readings": "EPSG:9214 (VN-2000 / TM-3 107-00)"},
]  # fmt: skip


def with_log(log, outside=0.0):
    site = DOCUMENT["site"] | {"log": log}
    context = DOCUMENT["context"] | {"outside_share": outside, "outside_m2": outside * 1000}
    return DOCUMENT | {"site": site, "context": context}


def test_every_caution_has_a_text_and_every_place_is_one():
    assert {*CAUTIONS} <= {*read_texts()}
    assert {*PLACES} - {*CAUTIONS} == {"site.place-agrees"}
    assert {*DOUBTS} <= {*CAUTIONS}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("code", CAUTIONS)
def test_a_caution_stands_on_page_one_whatever_else_the_log_says(code, lang):
    values = dict.fromkeys(
        re.findall(r"\{(\w+)(?::[^{}]*)?\}", read_texts()[code]["en"]), "§"
    ) | dict.fromkeys(("count", "of", "parts"), 2)
    report = as_report(with_log([*LOG[:1], {"code": code, **values}]))
    caution, word = make_summary(report, lang).cautions
    assert WORD[lang] in plain(word, lang)
    assert caution.values["text"].lower() == say(code, lang, **values).lower()
    page = render_page(make_dossier(report, lang=lang))
    assert page.index('class="headline') < page.index('class="caution') < page.index('"facts"')


def test_cautions_stand_beside_every_headline(tmp_path):
    document = with_log(LOG, outside=0.25)
    summary = make_summary(as_report(document), "vi")
    told = [plain(caution, "vi") for caution in summary.cautions]
    assert len(told) == 4 and "25,00 %" in told[0] and WORD["vi"] in told[3]
    assert "KHÔNG nằm trong Na Dương" in told[1] and "EPSG:9214" in told[1]
    assert "mặc định EPSG:9215" in told[2]
    files = write_dossier(document, tmp_path / "d", formats=("docx", "xlsx"), lang="vi")
    letter = docx.Document(next(path for path in files if path.suffix == ".docx"))
    lines = [line.text for line in letter.paragraphs]
    start = lines.index(summary.headline)
    assert lines[start + 1 : start + 5] == told
    sheet = openpyxl.load_workbook(next(p for p in files if p.suffix == ".xlsx")).worksheets[0]
    cells = [row[0].value for row in sheet.iter_rows(max_col=1)]
    start = cells.index(summary.headline)
    assert cells[start + 1 : start + 5] == told


def test_the_terminal_says_headline_and_cautions(tmp_path):
    """A site over the border, whose papers name a commune it does not lie in."""
    site = (
        "POLYGON ((449050 2417050, 449250 2417050, 449250 2417200, 449050 2417200, 449050 2417050))"
    )
    asked = ["--crs", "EPSG:9215", "--on", "2026-11-22", "--declared-commune", "Na Dương"]
    result = CliRunner().invoke(main, ["check-site", site, *asked, "--cache", str(tmp_path)])
    assert result.exit_code == 1, result.output
    first, second, *_ = result.output.splitlines()
    assert first.endswith("lớp khác.") and "chưa đủ dữ liệu" in first
    assert second.startswith("! Lưu ý – Khu đất KHÔNG nằm trong")


@pytest.mark.parametrize(
    ("states", "codes", "outside", "clear"),
    [
        pytest.param(["not_affected"], [], 0.0, True, id="clear"),
        pytest.param(["not_affected"], ["site.crs-default"], 0.0, True, id="confirmed"),
        *(pytest.param(["not_affected"], [code], 0.0, False, id=code) for code in DOUBTS),
        pytest.param(["not_affected"], [], 0.01, False, id="in part outside"),
        *(pytest.param(["not_affected", s], [], 0.0, False, id=s) for s in WORST_FIRST[:-1]),
        pytest.param([], [], 0.0, False, id="nothing asked"),
    ],
)
def test_exit_code_0_is_only_for_what_is_clear(states, codes, outside, clear):
    log = [{"code": code} for code in codes]
    assert is_clear(states, log, outside_share=outside) is clear


@given(st.lists(st.sampled_from([*CAUTIONS, "site.sheet", "site.place-agrees"])))
def test_no_caution_is_lost(codes):
    told = [row["code"] for row in standing_cautions([{"code": code} for code in codes])]
    once = [*DEFAULTED] if CONFIRMED in codes else []  # a confirmed default is told as confirmed
    if {f"site.place-{said}" for said in ("elsewhere", "differs", "open", "agrees")} & {*codes}:
        # the place that the papers name says more
        once += ["site.zone-untold", "site.zone-untold-caller"]
    assert sorted(told) == sorted(c for c in codes if c in CAUTIONS and c not in once)
    assert told == sorted(told, key=CAUTIONS.index)


def test_a_summary_needs_no_frames():
    code = "import sys, lsgis.report.summary\nprint(*({'pandas', 'geopandas'} & {*sys.modules}))"
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert made.stdout.strip() == ""


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_site_without_a_name_is_called_so_and_a_point_has_no_share(lang):
    site = DOCUMENT["site"] | {"name": "", "kind": "point"}
    report = as_report(DOCUMENT | {"site": site})
    page = render_page(make_dossier(report, lang=lang))
    assert f"<bdi>{say('dossier.unnamed', lang)}</bdi>" in page
    facts = [f for f in make_summary(report, lang).facts if f.code.startswith("dossier.fact-comm")]
    assert facts and not any("%" in plain(fact, lang) for fact in facts)
