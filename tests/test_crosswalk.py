"""Old communes to new: nothing is lost, nothing is guessed, what is unknown stands beside."""

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lsgis.catalogue import read_register
from lsgis.crosswalk import crosswalk_table, read_links, read_units
from lsgis.crosswalk.move import rate_range, split_whole
from lsgis.errors import LayerError
from lsgis.text import knows

BINH_XA, KIEN_MOC, DAI_DONG = "06622", "06625", "2024-dai-dong-trang-dinh"
BAC_AI, TAN_LANG = "2019-bac-ai-trang-dinh", "2019-tan-lang-van-lang"
UNITS = read_units("2025")["unit"].tolist()


def rows(**columns):
    return pd.DataFrame(columns)


def stated(unit, **parts):
    named = {code.removeprefix("c"): share for code, share in parts.items()}
    cells = {"unit": unit, "commune_code": list(named), "share": list(named.values())}
    return rows(**cells).assign(source="Nghị quyết thử")


def by_commune(moved):
    return moved.table[moved.table["commune_code"] != ""].set_index("commune_code")


def split_rows(moved):
    return moved.table[moved.table["commune_code"] == ""].set_index("unit")


# ---- the register


def test_as_many_old_units_and_communes_as_the_registers_say():
    communes = set(read_register("commune")["commune_code"])
    assert len(UNITS) == read_register("crosswalk")["old_code"].nunique() == 194
    links = read_links()
    assert set(links.loc[links["unit"].isin(UNITS), "commune_code"]) == communes
    assert len(communes) == 65
    older = read_register("crosswalk_before_2025")
    assert (
        len(read_units("2024")) == 194 + older.loc[older["year"] == 2024, "unit"].nunique() == 200
    )
    assert read_units("auto")["unit"].is_unique


def test_shares_of_every_unit_add_up_to_one_or_are_unknown():
    shares = pd.concat(
        [
            stated(BINH_XA, c06613=0.3, c06625=0.7),
            stated(KIEN_MOC, c06625=0.5, c06637=0.5),
            stated(DAI_DONG, c06040=0.9, c06004=0.1),
        ]
    )
    links = read_links(shares)
    assert links.loc[links["unit"].isin(read_units("2024")["unit"]), "share"].notna().all()
    known = links.groupby("unit")["share"].agg(["sum", "count", "size"])
    whole = known["count"] == known["size"]
    assert known.loc[whole, "sum"].tolist() == pytest.approx([1.0] * whole.sum(), abs=1e-12)
    assert (known.loc[~whole, "count"] == 0).all()
    unknown = read_links().query("share.isna()")["unit"]
    assert {BINH_XA, KIEN_MOC, DAI_DONG} <= set(unknown)
    assert set(unknown) & set(read_units("2024")["unit"]) == {BINH_XA, KIEN_MOC, DAI_DONG}


def test_older_units_have_an_identifier_each():
    older = read_register("crosswalk_before_2025")
    named = older[["older_name_vi", "older_district_vi", "year"]].drop_duplicates()
    assert len(named) == older["unit"].nunique()
    assert (older["unit"].str[:4] == older["year"].astype(int).astype(str)).all()
    split = older.groupby("unit")["commune_codes"].transform("size") > 1
    assert (older.loc[split, "partial"] == "yes").all()
    assert (older.loc[~split & (older["commune_codes"] != ""), "partial"] == "no").all()


# ---- counts


def test_two_units_of_one_commune_add_up():
    table = rows(code=["05983", "05989"], people=[100, 23])  # phường Chi Lăng, xã Quảng Lạc
    moved = crosswalk_table(table, code="code", counts=["people"], generation="2025")
    row = by_commune(moved).loc["05983"]
    assert (row["people"], row["people_low"], row["people_high"]) == (123, 123, 123)
    assert (row["name_vi"], row["units_given"], row["units_missing"]) == ("Lương Văn Tri", 2, "")
    rest = by_commune(moved).drop("05983")
    assert rest["people"].isna().all()  # nothing given is not zero
    assert (rest["units_missing"] != "").all()


def test_a_split_unit_of_unknown_shares_keeps_a_row_and_widens_the_bounds():
    table = rows(code=["06622", "06613"], people=[10, 5])  # Bính Xá; thị trấn Đình Lập
    moved = crosswalk_table(table, code="code", counts=["people"], generation="2025")
    communes, split = by_commune(moved), split_rows(moved)
    assert split.at["06622", "people"] == 10
    assert split.at["06622", "candidates"] == "06613; 06625"
    assert communes.loc["06613", ["people", "people_low", "people_high"]].tolist() == [5, 5, 15]
    kien_moc = communes.loc["06625", ["people", "people_low", "people_high"]]
    assert pd.isna(kien_moc["people"]) and kien_moc.tolist()[1:] == [0, 10]
    assert moved.totals.iloc[0].tolist() == ["people", 15, 5, 10, 0, 0]


def test_stated_shares_are_followed_to_the_last_unit():
    shares = stated("06622", c06613=1 / 3, c06625=2 / 3)
    table = rows(code=["06622"], people=[10], area=[1.0])
    moved = crosswalk_table(table, code="code", counts=["people", "area"], shares=shares,
                            generation="2025")  # fmt: skip
    communes = by_commune(moved)
    assert communes.loc[["06613", "06625"], "people"].tolist() == [3, 7]
    assert communes.loc[["06613", "06625"], "area"].tolist() == pytest.approx([1 / 3, 2 / 3])
    assert (moved.table["unit"] == "").all()
    assert "Nghị quyết thử" in read_links(shares).set_index("unit").at["06622", "source"].iloc[0]


def test_what_fell_in_a_rest_nobody_knows_of_has_no_candidate_for_it():
    table = rows(name=["Tân Lang", "Bắc Ái"], district=["Văn Lãng", "Tràng Định"], n=[7, 2])
    split = split_rows(crosswalk_table(table, name="name", district="district", counts=["n"]))
    assert split["candidates"].to_dict() == {BAC_AI: "", TAN_LANG: "06124"}
    assert split["n"].tolist() == [2, 7]
    shares = stated(TAN_LANG, c06124=0.25, c06154=0.75)
    moved = crosswalk_table(table, name="name", district="district", counts=["n"], shares=shares)
    assert by_commune(moved).loc[["06124", "06154"], "n"].tolist() == [2, 5]


def test_empty_cells_are_counted_and_negative_counts_stay():
    table = rows(code=["05983", "05989", "06622"], change=[-4, None, -10])
    moved = crosswalk_table(table, code="code", counts=["change"], generation="2025")
    row = by_commune(moved).loc["05983"]
    assert (row["change"], row["change_blank"]) == (-4, 1)
    assert by_commune(moved).loc["06613", ["change_low", "change_high"]].tolist() == [-10, 0]


# ---- rates


def test_a_rate_is_weighted_and_its_bounds_hold_a_split_unit():
    table = rows(code=["06613", "06628", "06622"], poor=[0.1, 0.3, 0.5], homes=[300, 100, 200])
    moved = crosswalk_table(table, code="code", rates={"poor": "homes"}, generation="2025")
    row = by_commune(moved).loc["06613"]
    assert row["poor"] == pytest.approx(0.15) and row["poor_weight"] == 400
    assert row["poor_low"] == pytest.approx(0.15)
    assert row["poor_high"] == pytest.approx((0.15 * 400 + 0.5 * 200) / 600)
    only = by_commune(moved).loc["06625"]  # of which nothing is certain
    assert pd.isna(only["poor"]) and (only["poor_low"], only["poor_high"]) == (0.5, 0.5)


@given(
    certain=st.tuples(st.floats(0, 100), st.floats(0, 1)),
    parts=st.lists(st.tuples(st.floats(0.1, 100), st.floats(0, 1)), max_size=3),
    taken=st.lists(st.floats(0, 1), min_size=3, max_size=3),
)
def test_any_part_of_what_is_unknown_keeps_the_mean_within_the_bounds(certain, parts, taken):
    weight, rate = certain
    low, high = rate_range(weight, weight * rate, parts)
    sizes = [size * part for (size, _), part in zip(parts, taken, strict=False)]
    total = weight + sum(sizes)
    if total > 1e-6:
        mean = weight * rate + sum(s * r for s, (_, r) in zip(sizes, parts, strict=True))
        assert low - 1e-9 <= mean / total <= high + 1e-9


def test_large_numbers_stay_exact_and_weighted_totals_reconcile():
    table = rows(code=["05983", "05989", "05977"], n=[str(2**60 + 1), "1", " "])
    moved = crosswalk_table(table, code="code", counts=["n"], generation="2025")
    assert by_commune(moved).at["05983", "n"] == 2**60 + 2
    table = rows(code=["05983", "06622"], rate=[10**9, 4], homes=[10**12, 5])
    moved = crosswalk_table(table, code="code", rates={"rate": "homes"}, generation="2025")
    assert moved.totals["given"].iloc[0] == pytest.approx(1e21 + 20)
    assert abs(moved.totals["difference"].iloc[0]) <= 1e21 * 1e-12


@pytest.mark.parametrize(
    "cell", [True, 1j, float("inf"), [1], "1e", "١", "9" * 400], ids=lambda cell: repr(cell)[:9]
)
def test_what_is_no_number_is_refused(cell):
    table = pd.DataFrame({"code": ["05983"], "n": pd.Series([cell], dtype=object)})
    with pytest.raises(LayerError, match="as a machine writes"):
        crosswalk_table(table, code="code", counts=["n"], generation="2025")


# ---- names


@pytest.mark.parametrize(
    ("name", "district", "unit", "how"),
    [
        pytest.param("Hòa Bình", "Huyện Hữu Lũng", "06397", "name-district", id="homonym"),
        pytest.param("Hoà Bình", "Hữu Lũng", "06397", "name-district", id="other tone mark"),
        pytest.param("xã HÒA BÌNH", "H. Hữu Lũng", "06397", "name-district", id="prefixes"),
        pytest.param("Mẫu Sơn", "Cao Lộc", "06238", "name-district", id="Mẫu Sơn, Cao Lộc"),
        pytest.param("Mẫu Sơn (huyện Lộc Bình)", "", "06532", "name-district", id="in brackets"),
        pytest.param("xã Mẫu Sơn, huyện Lộc Bình", "", "06532", "name-district", id="comma"),
        pytest.param("Thị trấn Chi Lăng", "Chi Lăng", "06466", "name-district-kind", id="town"),
        pytest.param("Xã Chi Lăng", "Chi Lăng", "06523", "name-district-kind", id="commune"),
        pytest.param("P. Chi Lăng", "", "05983", "name-kind", id="ward"),
        pytest.param("Chi Lăng", "TP. Lạng Sơn", "05983", "name-district", id="city"),
        pytest.param("TT NT Thái Bình", "Đình Lập", "06616", "name-district", id="farm town"),
        pytest.param("Thái Bình", "Đình Lập", "06631", "name-district", id="its commune"),
        pytest.param("Đình Lập", "Đình Lập", "06613", "name-same-commune", id="either, same"),
        pytest.param("Đại Đồng", "Tràng Định", DAI_DONG, "name-district", id="of 2024"),
        pytest.param("An Hùng", "", "2019-an-hung-van-lang", "name", id="of 2019"),
    ],
)
def test_a_name_finds_its_unit(name, district, unit, how):
    table = rows(name=[name], district=[district])
    log = crosswalk_table(table, name="name", district="district").log
    assert (log["unit"].iloc[0], log["how"].iloc[0]) == (unit, how)
    assert knows(f"crosswalk.how.{how}")


@pytest.mark.parametrize(
    ("cells", "reason", "nearest"),
    [
        pytest.param({"name": "Mẫu Sơn"}, "ambiguous", "Huyện Lộc Bình", id="homonym"),
        pytest.param({"name": "Hoa Bình"}, "unknown-name", "Hòa Bình", id="wrong tone"),
        pytest.param({"name": "Vĩnh Trạc"}, "unknown-name", "Vĩnh Trại", id="one letter of nine"),
        pytest.param({"name": "Vĩnk Trạc"}, "unknown-name", "", id="two letters of nine"),
        pytest.param({"name": "Tổng số"}, "unknown-name", "", id="total row"),
        pytest.param({"name": "Vĩnh Trại", "district": "Bắc Sơn"}, "not-in-district",
                     "Thành phố Lạng Sơn", id="other district"),
        pytest.param({"code": "99999"}, "unknown-code", "", id="unknown code"),
        pytest.param({"code": "05986", "name": "Tam Thanh"}, "code-and-name-differ",
                     "Hoàng Đồng", id="a code that was used again"),
        pytest.param({"name": " "}, "no-key", "", id="nothing"),
    ],
)  # fmt: skip
def test_what_means_no_unit_is_listed_with_the_reason(cells, reason, nearest):
    table = pd.DataFrame([{"code": "", "name": "", "district": "", **cells, "n": 5}])
    moved = crosswalk_table(table, code="code", name="name", district="district", counts=["n"])
    lost = moved.unmatched.iloc[0]
    assert (lost["reason"], lost["n"]) == (reason, 5)
    assert nearest in lost["nearest"] and bool(nearest) == bool(lost["nearest"])
    assert knows(f"crosswalk.reason.{reason}")
    assert moved.totals.iloc[0].tolist() == ["n", 5, 0, 0, 5, 0]


def test_codes_that_lost_their_zero_are_found_and_told():
    log = crosswalk_table(rows(code=["5977"]), code="code", generation="2025").log
    assert (log["unit"].iloc[0], log["how"].iloc[0]) == ("05977", "code-zero-added")


def test_a_younger_name_is_none_of_the_generation():
    table = rows(name=["Đại Đồng"], district=["Tràng Định"])
    moved = crosswalk_table(table, name="name", district="district", generation="2025")
    assert moved.unmatched["reason"].tolist() == ["unknown-name"]


# ---- refusals


@pytest.mark.parametrize(
    ("call", "match"),
    [
        pytest.param({}, "expected a column of old codes", id="no key"),
        pytest.param({"code": "where"}, "lacks the columns where", id="no such column"),
        pytest.param({"code": "code", "counts": ["text"]}, r"1\.234,5", id="not a number"),
        pytest.param({"code": "code", "counts": ["n", "n"]}, "each column once", id="twice"),
        pytest.param({"code": "n"}, "as text", id="codes as numbers"),
        pytest.param({"code": "code", "rates": {"n": "below"}}, "0 or more", id="weight below 0"),
        pytest.param({"code": "code", "generation": "1999"}, "no generation", id="generation"),
        pytest.param({"code": "code", "generation": "auto"}, "used again", id="codes of now"),
    ],
)
def test_a_bad_call_is_refused(call, match):
    table = rows(code=["05986"], n=[1], text=["1.234,5"], below=[-1])
    with pytest.raises(LayerError, match=match):
        crosswalk_table(table, **{"generation": "2025", **call})


@pytest.mark.parametrize(
    ("shares", "match"),
    [
        pytest.param(stated("05977", c05977=1.0), "not split", id="not split"),
        pytest.param(stated("06622", c06613=0.5, c06637=0.5), "receiving commune", id="elsewhere"),
        pytest.param(stated("06622", c06613=0.5, c06625=0.4), "add up to 1", id="sum"),
        pytest.param(stated("06622", c06613=1.5, c06625=-0.5), "from 0 to 1", id="range"),
        pytest.param(stated("06622", c06613=0.5, c06625=0.5).assign(source=""), "no source",
                     id="source"),
        pytest.param(stated("06622", c06613=1.0).drop(columns="source"), "lacks source", id="gone"),
    ],
)  # fmt: skip
def test_shares_that_do_not_hold_are_refused(shares, match):
    with pytest.raises(LayerError, match=match):
        read_links(shares)


# ---- laws


@given(
    total=st.integers(-(10**15), 10**15),
    shares=st.lists(st.floats(0, 1), min_size=1, max_size=6).filter(lambda s: sum(s) > 1e-3),
)
def test_whole_numbers_are_shared_out_to_the_last_unit(total, shares):
    parts = split_whole(total, shares)
    assert sum(parts) == total
    whole = math.fsum(shares)
    for part, share in zip(parts, shares, strict=True):
        assert abs(part - total * share / whole) <= 1 + abs(total) * 1e-12


cells = st.tuples(
    st.sampled_from([*UNITS, "", "00000", DAI_DONG]),
    st.one_of(st.none(), st.integers(-(10**9), 10**9)),
)


@settings(max_examples=40, deadline=None)
@given(table=st.lists(cells, max_size=40), share=st.floats(0, 1), with_shares=st.booleans())
def test_totals_are_conserved_for_any_table(table, share, with_shares):
    frame = pd.DataFrame(table, columns=["code", "n"]).astype({"code": object, "n": "Int64"})
    shares = stated(BINH_XA, c06613=share, c06625=1 - share) if with_shares else None
    moved = crosswalk_table(frame, code="code", counts=["n"], shares=shares, generation="2024")
    row = moved.totals.iloc[0]
    assert row["given"] == sum(n for _, n in table if n is not None)
    assert row["difference"] == 0
    there = moved.table.loc[moved.table["commune_code"] != ""]
    assert (there["n_low"].dropna() <= there["n_high"].dropna()).all()
    assert moved.table["n"].sum() + moved.unmatched["n"].sum() == row["given"]
    assert len(moved.log) == len(frame)


def test_a_made_up_count_of_every_unit_is_conserved():
    table = rows(code=UNITS, n=[3 * n * n + 7 for n in range(len(UNITS))])
    moved = crosswalk_table(table, code="code", counts=["n"], generation="2025")
    assert moved.unmatched.empty and (by_commune(moved)["units_missing"] == "").all()
    assert set(split_rows(moved).index) == {BINH_XA, KIEN_MOC}
    assert moved.table["n"].sum() == table["n"].sum()
    certain = by_commune(moved)[["n", "n_low"]].dropna()
    assert (certain["n"] == certain["n_low"]).all()


def test_the_census_of_2009_is_conserved_and_what_has_no_successor_is_listed():
    places = read_register("place").astype({"population_2009": "int64"})
    moved = crosswalk_table(
        places, name="name_vi", district="district_vi", counts=["population_2009"]
    )
    row = moved.totals.iloc[0]
    assert row["given"] == places["population_2009"].sum()
    assert row["difference"] == 0
    # every name that means no unit is one whose successor nobody has confirmed
    unmatched = places.loc[moved.unmatched.index]
    assert set(unmatched["assigned_by"]) == {"place_only"}
    assert set(moved.unmatched["reason"]) == {"unknown-name"}
    assert (moved.unmatched["lies_in"] == unmatched["commune_code"]).all()
    assert row["moved"] / row["given"] > 0.9
    # what was matched by name went where its point lies, but for the split units
    named = moved.log.loc[places["assigned_by"] == "name_and_place", "commune_codes"]
    lies = places.loc[named.index, "commune_code"]
    assert all(code in codes for code, codes in zip(lies, named, strict=True))
