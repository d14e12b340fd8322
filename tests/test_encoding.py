"""Old Vietnamese encodings: every letter both ways, real names, nothing turned that was sound."""

import random
import string
import unicodedata

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsgis.catalogue import read_register
from lsgis.errors import LayerError
from lsgis.intake.encoding import (
    CHARSETS,
    UNDECIDED,
    decode_text,
    encode_text,
    is_vietnamese,
    mend_text,
    read_charset,
    read_text,
)

LETTERS = [
    unicodedata.normalize("NFC", letter + tone)
    for letter in "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY"
    for tone in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
] + ["đ", "Đ"]
COMMUNES = list(read_register("commune")["name_vi"])
NAMES = COMMUNES + list(read_register("place")["name_vi"])
COLUMN = sorted(set(NAMES))


def as_read(text: str) -> str:
    """Bytes as a reader shows them: Windows-1252 where it knows them, else latin-1."""
    return "".join(bytes([ord(c)]).decode("cp1252", "ignore") or c for c in text)


def table(*values: str) -> pd.DataFrame:
    return pd.DataFrame({"name": values})


@pytest.mark.parametrize("charset", CHARSETS)
def test_every_letter_goes_both_ways(charset):
    for letter in LETTERS:
        assert decode_text(as_read(encode_text(letter, charset)), charset) == letter


@pytest.mark.parametrize("name", ["tcvn3", "vni"])
def test_a_table_is_one_to_one_and_whole(name):
    found = read_charset(name)
    assert len(set(found.values())) == len(found)
    assert set(found.values()) == {letter for letter in LETTERS if not letter.isascii()}


@pytest.mark.parametrize("charset", CHARSETS)
def test_names_of_the_registers_go_both_ways(charset):
    for name in NAMES:
        assert decode_text(as_read(encode_text(name, charset)), charset) == name


@pytest.mark.parametrize("charset", CHARSETS)
def test_a_column_of_real_names_is_turned_without_being_told_how(charset):
    rows = table(*(as_read(encode_text(name, charset)) for name in COLUMN))
    mended, log = mend_text(rows)
    assert mended["name"].tolist() == COLUMN
    assert set(log["encoding"]) == {charset}
    assert (log["before"] != log["after"]).all()


def test_ten_thousand_rows_of_tcvn3_and_every_failure_listed():
    chance = random.Random(5)
    truth = [chance.choice(COMMUNES) for _ in range(10_000)]
    rows = table(*(as_read(encode_text(name, "tcvn3")) for name in truth))
    mended, log = mend_text(rows)
    wrong = {a for a, b in zip(truth, mended["name"], strict=True) if a != b}
    listed = set(log.loc[log["encoding"] == UNDECIDED, "before"])
    assert {as_read(encode_text(name, "tcvn3")) for name in wrong} == listed
    assert not wrong
    turned = log.loc[log["before"] != log["after"], "count"].sum()
    assert turned == sum(not name.isascii() for name in truth)


@pytest.mark.parametrize(
    ("before", "encoding", "after"),
    [
        pytest.param("H<U+1EEF>u L<U+0169>ng", "escape", "Hữu Lũng", id="escapes"),
        pytest.param(r"\U+0110\U+1ED3ng Kinh", "escape", "Đồng Kinh", id="escapes of DXF"),
        pytest.param("Há»¯u LÅ©ng", "mojibake", "Hữu Lũng", id="mojibake"),
        pytest.param("Ä\u0090á»“ng", "mojibake", "Đồng", id="mojibake with an unknown byte"),
        pytest.param("xã Há»¯u LÅ©ng, Lạng Sơn", "mojibake", "xã Hữu Lũng, Lạng Sơn", id="half"),
        pytest.param(unicodedata.normalize("NFD", "Lạng"), "decomposed", "Lạng", id="decomposed"),
        pytest.param("H÷u Lòng", "tcvn3", "Hữu Lũng", id="tcvn3"),
        pytest.param("HµNG D¦¥NG", "tcvn3", "HÀNG DƯƠNG", id="tcvn3 between capitals"),
        pytest.param("Höõu Luõng", "vni", "Hữu Lũng", id="vni"),
        pytest.param("HýÞu LuÞng", "cp1258", "Hữu Lũng", id="cp1258"),
    ],
)
def test_one_value_is_found_out(before, encoding, after):
    found = read_text(before)
    assert (found.encoding, found.text) == (encoding, after)


@pytest.mark.parametrize("value", ["café", "Zürich", "Đ?ng M?", "H\ufffdu", "abc ×y"])
def test_what_cannot_be_decided_stays_and_is_told(value):
    mended, log = mend_text(table(value))
    assert mended["name"].tolist() == [value]
    assert log["encoding"].tolist() == [UNDECIDED]


def test_a_value_with_two_readings_follows_its_column_or_stays():
    alone, log = mend_text(table("Hoàng Phong"))
    assert alone["name"].tolist() == ["Hoàng Phong"]  # VNI for Hồng Phong, too
    assert log.empty
    among, log = mend_text(table("Hoàng Phong", "Höõu Luõng"))
    assert among["name"].tolist() == ["Hồng Phong", "Hữu Lũng"]
    mixed, log = mend_text(table("Hoàng Phong", "Höõu Luõng", "Lạng Sơn"))
    assert mixed["name"].tolist() == ["Hoàng Phong", "Hữu Lũng", "Lạng Sơn"]
    assert log.set_index("before")["encoding"].to_dict() == {
        "Hoàng Phong": UNDECIDED, "Höõu Luõng": "vni",
    }  # fmt: skip


BORES = ["Ø 200 mm", "Ø200", "Ø 1000 BTCT", "Cống Ø 75", "Ø", "2Ø16", "Ø16a200", "Ống Ø150", "Ø½"]
MEASURES = ["10 ×20 m ½", "5 µm", "± 0,5", "25 °C", "m²", "µg/m³"]
MEASURES += ["kN·m", "N·m", "b×h", "D×R×C", "1ª", "2º"]
LONE = ["½", "µ", "±", "°", "²", "×", "ü", "é", "ñ", "¸", "©", "¼", "Ω"]
ABROAD = ["Müller", "café", "Zürich", "Señor Nuñez", "São Paulo", "Lü", "Sø"]
ABROAD += ["Lü Sø", "Mó Lü", "Zoë", "Jørgen", "Köln", "Rhône", "Né"]
OURS = ["Hữu Lũng", "Cống thoát nước", "Bê tông", "Concrete pipe", "200 m"]
CLEAN = [*BORES, *MEASURES, *LONE, *ABROAD, *OURS]


@given(st.lists(st.sampled_from(CLEAN), min_size=1, max_size=9, unique=True))
def test_signs_and_names_of_technical_text_never_change(values):
    mended, _ = mend_text(table(*values))
    assert mended["name"].tolist() == values


def test_a_sign_beside_a_number_is_no_letter_among_old_letters_either():
    names = [as_read(encode_text(name, "tcvn3")) for name in COLUMN]
    mended, log = mend_text(table(*names, "Ø 200 mm", "Mü"))
    assert mended["name"].tolist() == [*COLUMN, "Ø 200 mm", "Mỹ"]
    assert log.loc[log["encoding"] == UNDECIDED, "before"].tolist() == ["Ø 200 mm"]


@pytest.mark.parametrize("name", ["Xã SRó", "THỦ ĐỨC", "P'Lú", "BẢO LÂM", "Đắk PXi", "KRÔNG PẮC"])
def test_capitals_of_a_name_in_tcvn3_stay_what_they_are(name):
    small = "".join(map(_as_abc_has_it, name))
    assert decode_text(as_read(encode_text(small, "tcvn3")), "tcvn3") == name


def _as_abc_has_it(letter: str) -> str:
    """ABC fonts have no toned capitals."""
    toned = set(unicodedata.normalize("NFD", letter)) & set("\u0300\u0301\u0303\u0309\u0323")
    return letter.lower() if toned else letter


def test_the_caller_may_state_the_encoding_or_want_none():
    mended, _ = mend_text(table("Hoàng Phong", "Ω"), encoding="vni")
    assert mended["name"].tolist() == ["Hồng Phong", "Ω"]
    kept, log = mend_text(table("H÷u Lòng"), encoding="keep")
    assert kept["name"].tolist() == ["H÷u Lòng"]
    assert log.empty
    with pytest.raises(LayerError, match="no encoding 'tcvn'"):
        mend_text(table("a"), encoding="tcvn")


@given(st.text(alphabet=string.printable).filter(lambda text: "U+" not in text))
def test_plain_text_numbers_and_codes_never_change(text):
    mended, log = mend_text(table(text))
    assert mended["name"].tolist() == [text]
    assert UNDECIDED not in set(log["encoding"]) or "?" in text


@given(st.lists(st.sampled_from(NAMES), min_size=1, max_size=6))
def test_vietnamese_in_unicode_never_changes(names):
    rows = table(*names, ", ".join(names))
    mended, log = mend_text(rows)
    assert mended["name"].tolist() == rows["name"].tolist()
    assert log.empty


@given(st.text())
def test_any_text_is_judged_and_a_second_time_changes_nothing(text):
    once, _ = mend_text(table(text))
    twice, _ = mend_text(once)
    assert twice["name"].tolist() == once["name"].tolist()


def test_every_name_of_the_registers_is_spelt_as_vietnamese():
    assert [name for name in NAMES if not is_vietnamese(name)] == []
    assert not is_vietnamese("Thèngơ")
