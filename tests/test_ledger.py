"""The Decision as a ledger: one change in the plan changes its row and the counts that hold it."""

import dataclasses
import json
from types import MappingProxyType

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point
from toy import VN2000

from lsgis.catalogue import read_catalogue, read_register
from lsgis.errors import SourceError
from lsgis.ledger import (
    COLUMNS,
    KINDS,
    OPEN,
    STATUSES,
    check_plan,
    open_rows,
    read_accepted,
    summarise_communes,
)
from lsgis.source import Plan, read_plan
from lsgis.text import LANGUAGES, say

ACCEPTED = {"row_id": "border_gate/CK-09", "reason": "chờ Phụ lục", "by": "A", "on": "2026-03-02"}


@pytest.fixture(scope="module")
def plan() -> Plan:
    return read_plan()


@pytest.fixture(scope="module")
def ledger(plan) -> pd.DataFrame:
    return check_plan(plan)


def with_layer(plan, name, features):
    layers = dict(plan.layers) | {name: features}
    return dataclasses.replace(plan, layers=MappingProxyType(layers))


def changed(before: pd.DataFrame, after: pd.DataFrame) -> set[str]:
    """Ids of the rows that are not the same, or not in both."""
    one, two = (frame.set_index("row_id").astype(object).map(str) for frame in (before, after))
    both = one.index.intersection(two.index)
    differ = (one.loc[both] != two.loc[both]).any(axis=1)
    return set(differ.index[differ]) | set(one.index.symmetric_difference(two.index))


def row_of(ledger, row_id) -> pd.Series:
    return ledger.set_index("row_id").loc[row_id]


# ---- the law: a change shows in its own row


def test_a_gate_taken_away_changes_its_row_and_the_counts_of_gates(plan, ledger):
    gates = plan.layers["border_gate"]
    after = check_plan(with_layer(plan, "border_gate", gates[gates["code"] != "CK-03"]))
    assert changed(ledger, after) == {
        "border_gate/CK-03", "border_gate/count", "border_gate/count/kind/gate",
    }  # fmt: skip
    row = row_of(after, "border_gate/CK-03")
    assert (row["status"], row["expected"], row["found"]) == ("missing", "Cửa khẩu Chi Ma", "")
    assert row["clause"] == "339/III.1.c" and row["document"] == "339/QĐ-UBND"
    count = row_of(after, "border_gate/count/kind/gate")
    assert (count["declared"], count["missing"]) == (9, 1)


def test_a_park_renamed_changes_exactly_its_row(plan, ledger):
    parks = plan.layers["industrial_park"].copy()
    parks.loc[parks["code"] == "KCN-02", "name_vi"] = "Khu công nghiệp Sông Hóa"
    after = check_plan(with_layer(plan, "industrial_park", parks))
    assert changed(ledger, after) == {"industrial_park/KCN-02"}
    row = row_of(after, "industrial_park/KCN-02")
    assert (row["status"], row["expected"]) == ("renamed", "Khu công nghiệp Đồng Bành")
    assert row["found"] == "Khu công nghiệp Sông Hóa"


@pytest.mark.parametrize(
    ("commune", "status"),
    [
        pytest.param("06040", "moved", id="far away: Thất Khê"),
        pytest.param("06427", "place_uncertain", id="within the accuracy: Cai Kinh"),
    ],
)
def test_a_park_moved_to_another_commune_changes_exactly_its_row(plan, ledger, commune, status):
    parks, communes = plan.layers["industrial_park"].copy(), plan.layers["commune"]
    ground = communes.set_index("commune_code").geometry[commune]
    home = communes.set_index("commune_code").geometry["06445"]  # Tân Thành, declared
    near = ground.representative_point()
    if status == "place_uncertain":
        near = ground.intersection(home.buffer(500)).representative_point()
    parks.loc[parks["code"] == "KCN-02", "geometry"] = gpd.GeoSeries([near], crs=VN2000).array
    after = check_plan(with_layer(plan, "industrial_park", parks))
    assert changed(ledger, after) == {"industrial_park/KCN-02"}
    row = row_of(after, "industrial_park/KCN-02")
    names = communes.set_index("commune_code")["name_vi"]
    assert (row["status"], row["found_commune"]) == (status, names[commune])
    assert row["commune"] == "Tân Thành; Chi Lăng"


def test_a_feature_that_loses_its_place_is_declared_and_not_located(plan, ledger):
    ports = plan.layers["dry_port"].copy()
    code = ports["code"].iloc[0]
    ports.loc[0, "geometry"] = None
    after = check_plan(with_layer(plan, "dry_port", ports))
    assert changed(ledger, after) == {f"dry_port/{code}", "dry_port/count"}
    assert row_of(after, f"dry_port/{code}")["status"] == "declared_not_located"
    assert row_of(after, "dry_port/count")["unlocated"] == 1


@settings(max_examples=6, deadline=None)
@given(data=st.data())
def test_any_feature_taken_away_changes_only_its_row_and_its_counts(plan, ledger, data):
    names = [n for n in plan.layers if len(plan.layers[n]) and n not in ("commune", "province")]
    made = [n for n in names if read_catalogue()[n].build.origin != "compose"]
    name = data.draw(st.sampled_from(made))
    features, key = plan.layers[name], read_catalogue()[name].key
    row = data.draw(st.integers(0, len(features) - 1))
    after = check_plan(with_layer(plan, name, features.drop(index=features.index[row])))
    own = f"{name}/{features[key].iloc[row]}"
    differ = changed(ledger, after)
    assert own in differ
    assert all(row_id.startswith(f"{name}/count") for row_id in differ - {own})
    assert row_of(after, own)["status"] in ("missing", "unconfirmed")
    assert set(after["row_id"]) == set(ledger["row_id"])  # no row ever goes away


def test_the_user_s_own_file_is_held_against_the_register(plan, ledger, tmp_path):
    gates = plan.layers["border_gate"]
    gates[gates["code"] != "CK-03"].to_file(tmp_path / "border_gate.gpkg")
    after = check_plan(read_plan(plan=tmp_path))
    assert changed(ledger, after) == {
        "border_gate/CK-03", "border_gate/count", "border_gate/count/kind/gate",
    }  # fmt: skip


# ---- names


@pytest.mark.parametrize(
    ("name", "status", "note"),
    [
        pytest.param("Cửa khẩu quốc tế Hữu Nghị", "place_uncertain", "", id="as written"),
        pytest.param("CỬA KHẨU quốc tế Hữu Nghị", "place_uncertain", "spelt", id="capitals"),
        pytest.param("Cửa khẩu quốc tế Hưu Nghị", "renamed", "", id="another tone is another name"),
        pytest.param("", "place_uncertain", "no name", id="unnamed"),
    ],
)
def test_names_compare_as_people_read_them(plan, name, status, note):
    gates = plan.layers["border_gate"].copy()
    gates.loc[gates["code"] == "CK-01", "name_vi"] = name
    row = row_of(check_plan(with_layer(plan, "border_gate", gates)), "border_gate/CK-01")
    assert row["status"] == status and note in row["note_en"]


def test_the_other_tone_mark_is_the_same_name(plan):
    clusters = plan.layers["industrial_cluster"].copy()
    named = clusters["name_vi"].str.contains("Hòa")
    assert named.any()
    clusters["name_vi"] = clusters["name_vi"].str.replace("Hòa", "Hoà")
    after = check_plan(with_layer(plan, "industrial_cluster", clusters)).set_index("row_id")
    for code in clusters.loc[named, "code"]:
        assert after.at[f"industrial_cluster/{code}", "status"] != "renamed"
        assert "spelt otherwise" in after.at[f"industrial_cluster/{code}", "note_en"]


def test_a_feature_with_another_key_is_known_by_its_name(plan, ledger):
    parks = plan.layers["industrial_park"].copy()
    parks["code"] = ["A", "B", "C"]
    after = check_plan(with_layer(plan, "industrial_park", parks))
    rows = {f"industrial_park/KCN-0{n}" for n in (1, 2, 3)}
    # a park whose key is unknown cannot say whether the Decision means it but by itself
    assert changed(ledger, after) == rows
    assert "another key in the plan: B" in row_of(after, "industrial_park/KCN-02")["note_en"]
    assert row_of(after, "industrial_park/KCN-02")["status"] == "located"


def added(features, **values):
    row = {"name_vi": "Đối tượng thử", "quality": "indicative", "accuracy_m": 10.0, **values}
    extra = gpd.GeoDataFrame([row], geometry=[Point(430_000, 2_400_000)], crs=VN2000)
    both = pd.concat([features, extra], ignore_index=True)
    texts = both.columns.drop(["geometry", "area_ha", "accuracy_m"])
    return both.assign(**{name: both[name].fillna("") for name in texts})


@pytest.mark.parametrize(
    ("layer", "kind", "status", "count"),
    [
        pytest.param("dry_port", "dry_port", "extra", "too_many", id="the register has them all"),
        pytest.param("industrial_park", "industrial_park", "unconfirmed", "incomplete",
                     id="the Decision counts more than the register names"),
    ],
)  # fmt: skip
def test_a_feature_that_no_register_names(plan, ledger, layer, kind, status, count):
    features = added(plan.layers[layer], code="X-1", kind=kind, phase="")
    after = check_plan(with_layer(plan, layer, features))
    assert changed(ledger, after) == {f"{layer}/X-1", f"{layer}/count"}
    assert row_of(after, f"{layer}/X-1")["status"] == status
    assert row_of(after, f"{layer}/count")["status"] == count


def test_one_key_twice_is_one_too_many(plan):
    ports = plan.layers["dry_port"]
    code = ports["code"].iloc[1]
    after = check_plan(with_layer(plan, "dry_port", added(ports, code=code)))
    row = row_of(after, f"dry_port/{code}#2")
    assert row["status"] == "extra" and "one key" in row["note_en"]
    assert after["row_id"].is_unique


def test_a_commune_drawn_elsewhere_is_moved(plan, ledger):
    communes = plan.layers["commune"].copy()
    two = communes.index[[0, 30]]
    communes.loc[two, "geometry"] = communes.geometry[two[::-1]].array
    after = check_plan(with_layer(plan, "commune", communes))
    swapped = {f"commune/{code}" for code in communes.loc[two, "commune_code"]}
    assert (
        set(after.loc[(after["layer"] == "commune") & (after["status"] == "moved"), "row_id"])
        == swapped
    )
    assert not (ledger.loc[ledger["layer"] == "commune", "status"] == "moved").any()


# ---- what the embedded plan says


def test_every_row_has_words_a_clause_and_a_status(ledger):
    assert list(ledger.columns) == list(COLUMNS)
    assert ledger["row_id"].is_unique and (ledger["row_id"] != "").all()
    assert set(ledger["kind"]) == set(KINDS) - {"acceptance"}
    assert set(ledger["status"]) <= set(STATUSES)
    assert (ledger[["name_vi", "name_en", "clause", "document"]] != "").all(axis=None)
    assert (ledger["is_open"] == ledger["status"].isin(OPEN)).all()
    for lang in LANGUAGES:
        for code in STATUSES:
            assert say(f"ledger.status.{code}", lang)


def test_every_layer_is_counted_and_every_register_row_has_its_row(ledger):
    counts = ledger[ledger["kind"] == "count"]
    assert set(counts["layer"]) == set(read_catalogue())
    parks = read_register("industrial_park")
    assert {f"industrial_park/{code}" for code in parks["code"]} <= set(ledger["row_id"])
    row = row_of(ledger, "industrial_park/count")
    assert (row["expected"], row["declared"], row["missing"]) == ("19", 2, 17)
    assert row["name_vi"] == "Khu công nghiệp"
    phase = row_of(ledger, "industrial_park/count/phase/after-2030")
    assert (phase["expected"], phase["missing"], phase["status"]) == ("11", 11, "incomplete")
    assert row_of(ledger, "wetland/count")["status"] == "empty"  # never "nothing is restricted"


def test_counts_add_up(ledger):
    counts = ledger[(ledger["kind"] == "count") & (ledger["expected"] != "")]
    expected = counts["expected"].astype(int)
    assert (expected == counts["declared"] + counts["missing"] - counts["extra"]).all()
    assert (counts["declared"] == counts["located"] + counts["unlocated"]).all()


def test_what_is_not_confirmed_never_looks_settled(ledger):
    row = row_of(ledger, "industrial_park/KCN-03")
    assert row["status"] == "unconfirmed" and row["is_open"]
    assert row_of(ledger, "border_gate/CK-09")["status"] == "declared_not_located"


def test_lists_that_should_share_out_the_communes_name_those_left_out(ledger):
    lists = ledger[ledger["kind"] == "partition"].set_index("commune_codes")
    assert len(lists) == len(read_register("commune"))
    left = set(lists.index[lists["status"] == "unassigned"])
    told = (
        read_register("contradiction").set_index("code").at["zones-no-partition", "commune_codes"]
    )
    assert left == set(told.split("; "))
    assert set(lists["status"]) == {"unassigned", "assigned"}
    assert "Eastern" in lists.at["06529", "note_en"]


def test_totals_stand_beside_the_decision_s(ledger):
    row = row_of(ledger, "total/area/commune_declared")
    assert (row["expected"], row["found"], row["status"]) == ("830732 ha", "830967 ha", "agrees")
    assert "+235.00 ha" in row["note_en"]


def test_an_area_that_is_not_the_province_s_differs(plan):
    communes = plan.layers["commune"].copy()
    communes["area_ha"] *= 1.02
    after = check_plan(with_layer(plan, "commune", communes))
    assert row_of(after, "total/area/commune_declared")["status"] == "differs"
    communes.loc[0, "area_ha"] = float("nan")  # a sum that is not known agrees with nothing
    after = check_plan(with_layer(plan, "commune", communes))
    assert row_of(after, "total/area/commune_declared")["status"] == "differs"


def test_every_contradiction_shows_both_documents_and_what_is_followed(ledger):
    rows = ledger[ledger["kind"] == "contradiction"].set_index("row_id")
    register = read_register("contradiction")
    assert set(rows.index) == {f"contradiction/{code}" for code in register["code"]}
    row = rows.loc["contradiction/area-236-339"]
    assert row["expected"] == "236/QĐ-TTg: 831.018 ha" and row["found"] == "339/QĐ-UBND: 830.732 ha"
    assert row["status"] == "settled" and "339/QĐ-UBND: the later document" in row["note_en"]
    assert rows.at["contradiction/zones-no-partition", "status"] == "unsettled"
    assert rows.at["contradiction/zones-no-partition", "commune"] == "Ba Sơn; Cao Lộc; Công Sơn"


def test_the_same_plan_gives_the_same_ledger(plan, ledger):
    turned = {name: frame.iloc[::-1] for name, frame in plan.layers.items()}
    turned["commune"] = plan.layers["commune"]
    again = check_plan(dataclasses.replace(plan, layers=MappingProxyType(turned)))
    pd.testing.assert_frame_equal(again, ledger)


def test_communes_are_told_what_is_declared_in_them(ledger):
    table = summarise_communes(ledger).set_index("commune_code")
    assert len(table) == len(read_register("commune"))
    statuses = table.columns.drop(["name_vi", "declared"])
    assert (table[statuses].sum(axis=1) == table["declared"]).all()
    assert table.at["06184", "declared"] >= 3  # Hữu Nghị, the station, Hồng Phong park


# ---- acceptance


def test_an_accepted_row_is_closed_and_stays_in_sight(plan, ledger):
    after = check_plan(plan, accepted=[ACCEPTED])
    assert changed(ledger, after) == {"border_gate/CK-09"}
    row = row_of(after, "border_gate/CK-09")
    assert (row["status"], row["is_open"]) == ("declared_not_located", False)
    assert row[["accepted", "accepted_by", "accepted_on"]].tolist() == [
        "chờ Phụ lục",
        "A",
        "2026-03-02",
    ]
    assert len(open_rows(after)) == len(open_rows(ledger)) - 1
    assert "border_gate/CK-09" not in set(open_rows(after)["row_id"])


@pytest.mark.parametrize(
    ("accepted", "note"),
    [
        pytest.param({**ACCEPTED, "status": "missing"}, "the row has changed", id="another status"),
        pytest.param({**ACCEPTED, "row_id": "dry_port/?"}, "no such row", id="no such row"),
    ],
)
def test_an_acceptance_that_no_longer_fits_is_told_and_closes_nothing(plan, ledger, accepted, note):
    after = check_plan(plan, accepted=[accepted])
    assert changed(ledger, after) == {f"acceptance/{accepted['row_id']}"}
    row = after.iloc[-1]
    assert (row["kind"], row["status"], row["is_open"]) == ("acceptance", "stale", True)
    assert note in row["note_en"] and "chờ Phụ lục" in row["note_vi"]


def test_acceptances_are_read_from_json_and_csv(tmp_path):
    as_json, as_csv = tmp_path / "a.json", tmp_path / "a.csv"
    as_json.write_text(json.dumps([ACCEPTED], ensure_ascii=False), encoding="utf-8")
    pd.DataFrame([ACCEPTED]).to_csv(as_csv, index=False, encoding="utf-8-sig")
    assert read_accepted(as_json) == read_accepted(as_csv) == [{**ACCEPTED, "status": ""}]


@pytest.mark.parametrize(
    ("text", "match"),
    [
        pytest.param("{", "cannot be read", id="broken JSON"),
        pytest.param('{"row_id": "x"}', "not a list", id="no list"),
        pytest.param(
            '[{"row_id": "x", "by": "A", "on": "2026-01-01"}]', "lacks reason", id="reason"
        ),
        pytest.param("row_id,reason,by,on\nx,y,A,31/12/2026\n", "yyyy-mm-dd", id="no day"),
        pytest.param(
            "row_id,reason,by,on\nx,y,A,2026-01-01\nx,y,A,2026-01-01\n", "once", id="twice"
        ),
    ],
)
def test_acceptances_that_say_too_little_are_refused(tmp_path, text, match):
    path = tmp_path / "accepted"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=match):
        read_accepted(path)


def test_no_file_of_acceptances_is_told(tmp_path):
    with pytest.raises(SourceError, match="cannot be read"):
        read_accepted(tmp_path / "none.csv")
