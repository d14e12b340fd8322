"""Clauses on a day, and the decision table: what is law, what is advice, what nobody has read."""

import csv
import re
import unicodedata
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import dates

from lsgis.catalogue import read_catalogue
from lsgis.errors import CatalogueError, SiteError
from lsgis.intake.notation import fold
from lsgis.region import read_region
from lsgis.sitecheck.assess import require_project_type
from lsgis.sitecheck.law import (
    ANY,
    LEVELS,
    RELATIONS,
    STATUSES,
    VALIDITY,
    _levels_of,
    draw_consequences,
    read_consequences,
    state_clauses,
    state_units,
    validity_clauses,
)
from lsgis.text import say

DATA = Path(__file__).resolve().parents[1] / "data"
STATES = {
    "affected",
    "likely",
    "possible",
    "below_threshold",
    "incomplete",
    "not_affected",
    "no_data",
}
TOLD_STATES = STATES - {"not_affected"}


def read(name):
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


CLAUSES, INSTRUMENTS = read("clause"), read("instrument")
RESTRICTS = {name: layer.restricts for name, layer in read_catalogue().items()}
ROWS = read_consequences(read_region(), RESTRICTS)
TYPES = [row["code"] for row in read("project_type")]
TODAY = date(2026, 11, 22)
WHOLE = "zoning"  # what a row about all its layers together speaks of

# ---- clauses on a day: a toy register whose answers one can see


def act(number, issued="", effective="", repealed=""):
    return {"number": number, "issued": issued, "effective": effective, "repealed": repealed}


def clause(name, instrument, *, read="P", effective="", replaced_by="", amended_by=""):
    return {
        "clause": name, "instrument": instrument, "article": "Điều 1", "title_vi": "a",
        "title_en": "b", "text_vi": "", "read": read, "level": "A" if read == "P" else "",
        "source": "here", "effective": effective, "replaced_by": replaced_by,
        "amended_by": amended_by,
    }  # fmt: skip


ACTS = [
    act("old", "2019-12-01", "2020-01-01", "2024-07-01"),
    act("new", "2024-05-01", "2024-07-01"),
    act("undated"),
    act("issued", "2024-05-01"),
]
TOY = [
    clause("repealed", "old"),
    clause("plain", "new"),
    clause("later", "new", effective="2025-01-01"),
    clause("replaced", "new", replaced_by="later"),
    clause("no date", "undated"),
    clause("issued only", "issued"),
    clause("unread", "new", read="U"),
    clause("amended", "old", amended_by="new"),
    clause("amended sometime", "new", amended_by="undated"),
]


@pytest.mark.parametrize(
    ("name", "on", "status"),
    [
        ("plain", "2024-06-30", "not_yet"),
        ("plain", "2024-07-01", "in_force"),
        ("repealed", "2024-06-30", "in_force"),
        ("repealed", "2024-07-01", "superseded"),
        ("later", "2024-12-31", "not_yet"),
        ("later", "2025-01-01", "in_force"),
        ("replaced", "2024-12-31", "in_force"),
        ("replaced", "2025-01-01", "superseded"),
        ("no date", "2026-01-01", "unknown"),
        ("issued only", "2024-04-30", "not_yet"),
        ("issued only", "2026-01-01", "unknown"),
        ("unread", "2026-01-01", "unknown"),
        ("unread", "2024-06-30", "not_yet"),
        ("amended", "2024-06-30", "in_force"),
        ("amended sometime", "2026-01-01", "unknown"),
    ],
)
def test_status_of_a_clause_on_a_day(name, on, status):
    (found,) = state_clauses([name], TOY, ACTS, date.fromisoformat(on))
    assert found["status"] == status
    for lang in ("vi", "en"):
        assert bool(found[f"note_{lang}"]) == (status != "in_force")


def test_clauses_come_once_in_the_order_cited():
    found = state_clauses(["plain", "repealed", "plain"], TOY, ACTS, TODAY)
    assert [row["id"] for row in found] == ["plain", "repealed"]
    assert found[0]["effective"] == "2024-07-01" and found[0]["repealed"] is None


def test_a_clause_without_a_row_is_told_as_not_in_the_register():
    (row,) = state_clauses(["missing"], TOY, ACTS, TODAY)
    (known,) = state_clauses([TOY[0]["clause"]], TOY, ACTS, TODAY)
    assert row.keys() == known.keys()
    assert (row["id"], row["article"], row["status"]) == ("missing", "missing", "unknown")
    assert "missing is not in the register" in row["note_en"] and "missing" in row["note_vi"]


def test_the_instrument_of_a_clause_has_a_row():
    orphan = [clause("orphan", "nothing")]
    with pytest.raises(CatalogueError, match=r"'nothing' is not in instrument.csv"):
        state_clauses(["orphan"], orphan, ACTS, TODAY)


@given(on=dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_in_force_is_only_said_of_what_was_read_and_dated(on):
    for row in state_clauses([row["clause"] for row in CLAUSES], CLAUSES, INSTRUMENTS, on):
        assert row["status"] in STATUSES
        if row["status"] == "in_force":
            assert row["read"] != "U"
            assert date.fromisoformat(row["effective"]) <= on


# ---- the registers of lsgis


@pytest.mark.parametrize(
    ("name", "on", "status"),
    [
        pytest.param("339/IX.1.a-strict", "2026-02-27", "not_yet", id="the plan, a day before"),
        pytest.param("339/IX.1.a-strict", "2026-02-28", "in_force", id="the plan, its first day"),
        pytest.param("72-2020/28.1.c", "2026-01-01", "superseded", id="old sensitive factors"),
        pytest.param("146-2025/1.3", "2025-12-31", "not_yet", id="new ones, a day before"),
        pytest.param("146-2025/1.3", "2026-01-01", "in_force", id="new sensitive factors"),
        pytest.param("08-2022/22.2.a", "2024-12-31", "in_force", id="decree before amendments"),
        pytest.param("08-2022/22.2.a", "2025-01-06", "unknown", id="decree since its amendment"),
        pytest.param("02-2022/10.1.a", "2026-11-22", "unknown", id="no date read"),
    ],
)
def test_status_of_what_reports_cite(name, on, status):
    (found,) = state_clauses([name], CLAUSES, INSTRUMENTS, date.fromisoformat(on))
    assert found["status"] == status


@pytest.mark.parametrize(
    ("on", "units", "plan"),
    [
        ("2025-06-15", "absent", "absent"),
        ("2025-06-16", "founded", "absent"),
        ("2025-06-30", "founded", "absent"),
        ("2025-07-01", "valid", "absent"),
        ("2026-02-27", "valid", "absent"),
        ("2026-02-28", "valid", "valid"),
    ],
)
def test_whether_communes_and_plan_are_valid_on_a_day(on, units, plan):
    day = date.fromisoformat(on)
    approved = read_region().plan
    found = state_units(CLAUSES, INSTRUMENTS, day, approved)
    named = {"act": approved.called["vi"], "before": approved.before["vi"]}
    assert [row["code"] for row in found] == ["units", "plan"]
    assert [row["valid"] for row in found] == [units == "valid", plan == "valid"]
    for row, state in zip(found, (units, plan), strict=True):
        days = {"on": f"{day:%d/%m/%Y}"}
        days |= {"first": "16/06/2025"} if row["code"] == "units" else {"first": "28/02/2026"}
        days |= {"act": "Nghị quyết 1672/NQ-UBTVQH15"} if row["code"] == "units" else named
        assert row["text_vi"] == say(f"law.{row['code']}-{state}", "vi", last="01/07/2025", **days)
        assert on in row["text_en"]


def test_what_was_stated_is_kept_for_the_same_registers_only():
    """Another register on the same day is asked anew, and no caller can spoil an answer."""
    first = state_clauses(["plain"], TOY, ACTS, TODAY)
    first[0]["status"] = "spoilt"
    plan = read_region().plan
    state_units(CLAUSES, INSTRUMENTS, TODAY, plan)[0]["clauses"].clear()
    assert state_units(CLAUSES, INSTRUMENTS, TODAY, plan)[0]["clauses"]
    (again,) = state_clauses(["plain"], TOY, ACTS, TODAY)
    assert again["status"] == "in_force"
    repealed = [{**row, "repealed": "2025-01-01"} for row in ACTS]
    (other,) = state_clauses(["plain"], TOY, repealed, TODAY)
    assert other["status"] == "superseded"


@given(on=dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_what_is_valid_once_stays_valid(on):
    """Neither the communes nor the plan have been repealed."""
    days = (on, on + timedelta(days=1))
    plan = read_region().plan
    today, later = (
        [row["valid"] for row in state_units(CLAUSES, INSTRUMENTS, day, plan)] for day in days
    )
    assert all(after >= before for before, after in zip(today, later, strict=True))


# ---- the decision table, row by row


def items(cell):
    return cell.split("; ") if cell else []


def states_of(row):
    return set(items(row["states"])) or set(RELATIONS[row["relation"]])


def types_of(row):
    types = items(row["project_type"])
    return set(TYPES) if ANY in types else set(types)


def theme(layer, state, distance=None):
    nearest = None if distance is None else {"distance_m": distance, "e_m": 0.0}
    return {"layer": layer, "state": state, "nearest": nearest}


def drawn(themes, *, type=None):
    return [
        (row["code"], row["layer"])
        for row in draw_consequences(themes, ROWS, type=type, whole=WHOLE)
    ]


each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row["code"])


@each_row
def test_a_row_is_drawn_where_it_holds_and_nowhere_else(row):
    layers, type = items(row["layers"]), sorted(types_of(row))[0]
    if row["relation"] == "clear":
        clear = [theme(layer, "not_affected") for layer in layers]
        assert (row["code"], WHOLE) in drawn(clear, type=type)
        for state in TOLD_STATES:
            spoilt = [*clear[:-1], theme(layers[-1], state)]
            assert (row["code"], WHOLE) not in drawn(spoilt, type=type)
        assert (row["code"], WHOLE) not in drawn(clear[:-1], type=type)
        return
    if row["relation"] == "project":
        for state in STATES:  # whatever the verdicts, and once
            themes = [theme("wetland", state), theme("nature_reserve", state)]
            assert drawn(themes, type=type).count((row["code"], "")) == 1
        for other in set(TYPES) - types_of(row):
            assert (row["code"], "") not in drawn([], type=other), other
        assert (row["code"], "") in drawn([], type=None)
        return
    band = float(row["max_distance_m"] or 0)
    for layer in layers:
        for state in STATES:
            here = (row["code"], layer) in drawn([theme(layer, state, band)], type=type)
            assert here == (state in states_of(row)), (layer, state)
    state = sorted(states_of(row))[0]
    if row["relation"] == "within_band":
        far = [theme(layers[0], state, band + 0.001)]
        assert (row["code"], layers[0]) not in drawn(far, type=type)
        assert (row["code"], layers[0]) not in drawn([theme(layers[0], state)], type=type)
    for other in set(TYPES) - types_of(row):
        found = drawn([theme(layers[0], state, band)], type=other)
        assert (row["code"], layers[0]) not in found, other
    assert (row["code"], layers[0]) in drawn([theme(layers[0], state, band)], type=None)


@each_row
def test_law_was_read_advice_says_so_and_the_rest_is_unverified(row):
    """Only level A speaks as law; no statement is better read than what it cites."""
    known = {found["clause"]: found for found in CLAUSES}
    cited = [known[name] for name in items(row["clauses"])]
    worst = max((LEVELS.index(found["level"]) for found in cited), default=None)
    assert row["text_vi"] and row["text_en"]
    if row["kind"] == "guidance":
        assert (row["level"], row["source"]) == ("", "lsgis")
        assert row["text_vi"].startswith("Khuyến nghị của lsgis: ")
        assert row["text_en"].startswith("lsgis recommends: ")
    elif row["level"]:
        assert cited and "general-knowledge" not in row["source"]
        assert LEVELS.index(row["level"]) >= worst
        assert not re.search(
            "chưa kiểm chứng|unverified", (row["text_vi"] + row["text_en"]).lower()
        )
    else:
        assert row["kind"] == "law" and row["source"] == "general-knowledge"
        assert row["text_vi"].startswith("Chưa kiểm chứng: ")
        assert row["text_en"].startswith("Unverified: ")


@each_row
def test_no_article_or_act_is_named_that_the_row_does_not_cite(row):
    known = {found["clause"]: found for found in CLAUSES}
    cited = [known[name] for name in items(row["clauses"])]
    ground = " ".join(f"{c['instrument']} {c['article']} {c['text_vi']}" for c in cited)
    if row["kind"] == "law" and row["level"]:
        for named in re.findall(
            r"Điều \d+|Chương [IVX]+|\d+/\d{4}/\S+?CP|\d+/QĐ-\w+", row["text_vi"]
        ):
            assert named in ground, named


@each_row
def test_a_row_can_be_reached(row):
    assert row["relation"] in RELATIONS
    assert set(items(row["states"])) <= RELATIONS[row["relation"]]
    assert items(row["layers"]) == sorted(set(items(row["layers"])))
    assert row["project_type"] == ANY or set(items(row["project_type"])) <= set(TYPES)
    assert bool(row["max_distance_m"]) == (row["relation"] == "within_band")
    if row["max_distance_m"]:
        assert float(row["max_distance_m"]) > 0


def test_relations_share_no_state_of_an_overlap_with_nearness():
    assert set().union(*RELATIONS.values()) == STATES
    assert not RELATIONS["within_band"] & (RELATIONS["overlap"] | RELATIONS["below_threshold"])


def clash(one, other):
    """Whether two rows say something of one subject in the same situation."""
    layers = [set(items(row["layers"])) or {""} for row in (one, other)]
    return (
        one["subject"] == other["subject"]
        and layers[0] & layers[1]
        and states_of(one) & states_of(other)
        and types_of(one) & types_of(other)
    )


def test_no_two_rows_speak_of_one_subject_in_the_same_situation():
    assert [f"{a['code']} / {b['code']}" for a, b in combinations(ROWS, 2) if clash(a, b)] == []
    twice = {**ROWS[0], "code": "again", "project_type": TYPES[0]}
    assert clash(ROWS[0], twice), "the check itself finds a row repeated for one type"


@pytest.mark.parametrize("state", sorted(TOLD_STATES))
def test_every_layer_in_doubt_or_affected_has_one_next_step(state):
    steps = [row for row in ROWS if row["subject"] == "next-step"]
    layers = set().union(*(items(row["layers"]) for row in ROWS)) - {WHOLE}
    for layer in layers:
        found = [row for row in steps if layer in items(row["layers"]) and state in states_of(row)]
        assert len(found) == 1, layer
    assert not [row for row in steps if "not_affected" in states_of(row)]


def test_the_zone_of_each_layer_is_the_one_the_decision_puts_it_in():
    parts = {}
    for part in read("environmental_part"):
        if part["layer"]:
            parts.setdefault(part["zone_339"], set()).add(part["layer"])
    table = {row["code"]: row for row in ROWS}
    for zone, layers in parts.items():
        assert set(items(table[f"{zone}-zone"]["layers"])) == layers
    assert set(items(table["other-zone"]["layers"])) == set().union(*parts.values())
    for row in ROWS:
        if row["zone_class"] in parts:
            assert set(items(row["layers"])) <= parts[row["zone_class"]], row["code"]


def test_consequences_follow_the_report_then_the_table():
    themes = [theme("wetland", "likely", 0.0), theme("nature_reserve", "affected", 0.0)]
    found = draw_consequences(themes, ROWS, type="industrial", whole=WHOLE)
    assert found == draw_consequences(themes, ROWS, type="industrial", whole=WHOLE)
    layers = [row["layer"] for row in found]
    assert layers == sorted(layers, reverse=True)  # those of no layer after the others
    order = [row["code"] for row in ROWS]
    for layer in set(layers):
        codes = [order.index(row["code"]) for row in found if row["layer"] == layer]
        assert codes == sorted(codes)
    cited = [clause for row in found for clause in row["clauses"]]
    assert cited[0] == "339/IX.1.a-limited"
    state_clauses(cited, CLAUSES, INSTRUMENTS, TODAY)


def test_nothing_affected_but_unknown_never_gives_the_other_zone():
    layers = items(next(row for row in ROWS if row["code"] == "other-zone")["layers"])
    for state in ("incomplete", "no_data", "possible", "below_threshold"):
        themes = [theme(layer, "not_affected") for layer in layers[1:]] + [theme(layers[0], state)]
        assert not [code for code, _ in drawn(themes) if code == "other-zone"]


def test_a_project_type_that_is_not_listed_is_refused():
    assert require_project_type(None, read("project_type")) is None
    assert require_project_type("mining", read("project_type")) == "mining"
    found = (
        r"project type 'casino' is unknown.*give the code or title of one: industrial \(Industry"
    )
    with pytest.raises(SiteError, match=found):
        require_project_type("casino", read("project_type"))


PROJECTS = read("project_type")
FORM = {"NFC": str, "NFD": lambda text: unicodedata.normalize("NFD", text)}


@given(
    row=st.sampled_from(PROJECTS),
    column=st.sampled_from(["code", "title_vi", "title_en"]),
    case=st.sampled_from([str, str.upper, str.lower, str.title, str.swapcase]),
    form=st.sampled_from(sorted(FORM)),
    bare=st.booleans(),
    pad=st.sampled_from(["", " ", "  "]),
)
def test_a_project_type_is_known_by_every_name_we_print(row, column, case, form, bare, pad):
    """Any capitals, either way to write the marks, or none of them: one type is meant."""
    told = case(row[column])
    told = fold(told) if bare else FORM[form](told)
    assert require_project_type(f"{pad}{told}{pad}", PROJECTS) == row["code"]


@pytest.mark.parametrize(
    ("told", "near"),
    [
        pytest.param("Công nghiêp", "industrial (Công nghiệp)", id="other marks"),
        pytest.param("du lich sinh thai", "-", id="nothing like it"),
        pytest.param("cong nghip", "industrial (Công nghiệp)", id="a letter left out"),
        pytest.param("", "-", id="nothing"),
        pytest.param("!", "-", id="no letter"),
    ],
)
def test_a_project_type_nearly_named_is_only_suggested(told, near):
    with pytest.raises(SiteError) as refusal:
        require_project_type(told, PROJECTS)
    assert f"gần giống: {near};" in refusal.value.message("vi")


def test_a_name_that_two_types_bear_without_marks_is_asked_about():
    rows = [{"code": "a", "title_vi": "Mỏ", "title_en": "Mine"},
            {"code": "b", "title_vi": "Mơ", "title_en": "Apricots"}]  # fmt: skip
    assert require_project_type("mơ", rows) == "b"
    with pytest.raises(SiteError, match=r"near it: a \(Mine\), b \(Apricots\);"):
        require_project_type("mo", rows)


@given(days=dates(date(2024, 1, 1), date(2027, 1, 1)))
def test_once_superseded_always_superseded(days):
    names = [row["clause"] for row in CLAUSES]
    before = state_clauses(names, CLAUSES, INSTRUMENTS, days)
    after = state_clauses(names, CLAUSES, INSTRUMENTS, days + timedelta(days=30))
    for one, other in zip(before, after, strict=True):
        assert one["status"] != "superseded" or other["status"] == "superseded"
        assert other["status"] != "not_yet" or one["status"] == "not_yet"


@pytest.mark.parametrize(
    "named",
    [
        pytest.param(VALIDITY[:2], id="one is missing"),
        pytest.param([*VALIDITY, VALIDITY[0]], id="one is there twice"),
        pytest.param([*VALIDITY, "plans"], id="one is none"),
    ],
)
def test_what_is_valid_on_a_day_rests_on_three_clauses(named):
    rows = [{"clause": f"c{n}", "validity": part} for n, part in enumerate(VALIDITY)]
    assert validity_clauses([{"clause": "other", "validity": ""}, *rows[::-1]]) == [
        "c0",
        "c1",
        "c2",
    ]
    wrong = [{"clause": f"c{n}", "validity": part} for n, part in enumerate(named)]
    with pytest.raises(CatalogueError, match=r"column validity of clause\.csv must name each of"):
        validity_clauses(wrong)


def test_a_statement_may_be_as_well_read_as_the_worst_it_cites():
    """No level above it, for every row of the table that cites any."""
    levels = {row["clause"]: row["level"] for row in CLAUSES}
    for row in [row for row in read("consequence") if row["kind"] == "law" and row["clauses"]]:
        worst = max(LEVELS.index(levels[name]) for name in items(row["clauses"]))
        assert _levels_of(row, levels) == LEVELS[worst:]
        assert row["level"] in LEVELS[worst:]


def test_every_clause_that_was_read_has_a_level_and_a_page():
    known = {row["source"] for row in read("source")}
    for row in CLAUSES:
        assert row["level"] in LEVELS
        assert (row["level"] == "") == (row["read"] == "U"), row["clause"]
        assert row["read"] != "S" or row["level"] == "A", row["clause"]
        assert set(items(row["source"])) <= known and row["source"], row["clause"]


@pytest.mark.parametrize("type", [None, *TYPES])
def test_no_project_is_told_that_no_law_applies(type):
    """What binds a project wherever it lies is told clear of every zone."""
    far = [theme(layer, "not_affected", 1e6) for layer, restricts in RESTRICTS.items() if restricts]
    told = draw_consequences(far, ROWS, type=type, whole=WHOLE)
    law = {row["code"] for row in told if row["verified"] and not row["layer"]}
    assert {"plan-conformity", "forest-change"} <= law
    mining = {"mining-ban", "mining-land"}
    assert (mining <= law) is (type in (None, "mining"))
