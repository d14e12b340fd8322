"""Letters of files that tell the truth, lie, or say nothing: right, or told; never wrong unsaid."""

import codecs
import csv
import encodings.aliases
import json
import unicodedata
import warnings

import fiona
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from old_letters import (
    ANY_CASE,
    FORMS,
    as_1258,
    as_vni,
    misread,
    score,
    write_csv,
    write_dbf,
    write_dxf,
    write_geojson,
    write_mif,
    write_shapefile,
    write_tab,
)

from lsgis.catalogue import read_register, read_rows
from lsgis.cli import main
from lsgis.errors import LayerError
from lsgis.intake import mend_text, read_table, read_vector
from lsgis.intake.encoding import read_code_pages, read_column, read_text
from lsgis.intake.letters import find_codec
from lsgis.layerfile import import_layer

OLD = {row[f"old_{of}_vi"] for row in read_rows("crosswalk") for of in ("name", "district")}
NAMES = sorted({*read_register("commune")["name_vi"], *read_register("place")["name_vi"], *OLD})
ODD = [
    "Ia Boòng",
    "Ia Púch",
    "Krông Á",
    "Cư Pơng",
    "Đắk Nông",
    "Đak Pơ",
    "Ea Nuôl",
]
BYTES = {form: make(NAMES) for form, make in FORMS.items()}
# what a file says of its letters: a .cpg, a language driver
PAGES = [None, "UTF-8", "1252", "1258", "TCVN5712-1", "GBK", "VISCII"]
DRIVERS = [0x03, 0x4D]


def test_there_are_enough_names():
    assert len(NAMES) >= 234


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("page", PAGES)
def test_every_name_comes_right_or_is_told_whatever_the_page(tmp_path, form, page):
    path = write_shapefile(tmp_path / "s.shp", BYTES[form], page=page)
    found = score(NAMES, read_vector(path), any_case=form in ANY_CASE)
    assert found.wrong == []
    if form != "lossy" and page != "VISCII":
        assert found.right == len(NAMES)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("driver", DRIVERS)
def test_every_name_comes_right_or_is_told_whatever_the_language_driver(tmp_path, form, driver):
    path = write_dbf(tmp_path / "s.dbf", BYTES[form], driver=driver)
    found = score(NAMES, read_table(path), any_case=form in ANY_CASE)
    assert found.wrong == []
    assert found.right == len(NAMES) or form == "lossy"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("charset", ["Neutral", "WindowsLatin1", "WindowsVietnamese", "UTF-8"])
def test_every_name_of_a_mapinfo_file_comes_right_or_is_told(tmp_path, form, charset):
    path = write_mif(tmp_path / "m.mif", BYTES[form], charset=charset)
    if charset == "WindowsLatin1":
        path = write_tab(tmp_path / "t.tab", BYTES[form], charset=charset)
    found = score(NAMES, read_vector(path), any_case=form in ANY_CASE)
    assert found.wrong == []
    assert found.right == len(NAMES) or form == "lossy"


# a text of a drawing is a line: what is a control in it, no drawing holds
DRAWN = [form for form in FORMS if form != "tcvn5712"]


@pytest.mark.parametrize("form", DRAWN)
@pytest.mark.parametrize(
    ("page", "version"),
    [
        ("ANSI_1258", "AC1015"),
        ("ANSI_1252", "AC1015"),
        ("ANSI_936", "AC1015"),
        ("", "AC1015"),
        ("ANSI_1252", "AC1027"),
    ],
)
def test_every_name_of_a_drawing_comes_right_or_is_told(tmp_path, form, page, version):
    path = write_dxf(tmp_path / "d.dxf", BYTES[form], page=page, version=version)
    found = score(NAMES, read_vector(path), "Text", any_case=form in ANY_CASE)
    assert found.wrong == []
    assert found.right == len(NAMES) or form == "lossy"


@pytest.mark.parametrize("form", [form for form in FORMS if form != "tcvn5712"])
@pytest.mark.parametrize("write", [write_csv, write_geojson])
def test_every_name_of_a_text_file_comes_right_or_is_told(tmp_path, form, write):
    path = write(tmp_path / f"t.{'csv' if write is write_csv else 'geojson'}", BYTES[form])
    found = score(NAMES, read_vector(path), any_case=form in ANY_CASE)
    assert found.wrong == []
    assert found.right == len(NAMES) or form == "lossy"


SAMPLES = ["é", "Ж", "Ω", "ש", "ا", "ก", "あ", "中", "한", "ł", "ş", "Đ", "ẫ", "ợ", "—", "½"]


KNOWN = encodings.aliases.aliases
PAGE_NAMES = sorted({name for name in KNOWN.values() if find_codec(name)})


def test_every_alias_of_an_encoding_means_what_python_says():
    for alias, name in KNOWN.items():
        if alias != alias.lower():  # which Python lists, and does not find itself
            continue
        assert find_codec(alias) == find_codec(name), alias
    assert len(PAGE_NAMES) > 80


def test_what_is_written_in_any_encoding_and_declared_comes_whole_or_is_told(tmp_path):
    lost = []
    for name in (*PAGE_NAMES, "VISCII", "MACCROATIAN", "nonsense"):
        try:
            codec = codecs.lookup(name).name
        except LookupError:
            codec = "latin-1"
        texts = [text for letter in SAMPLES for text in (f"a{letter}", f"{letter}bc{letter}")]
        texts = [text for text in texts if text == text.encode(codec, "replace").decode(codec)]
        raws = [text.encode(codec) for text in texts] or [b"\xe9"]
        path = write_dbf(tmp_path / "s.dbf", raws)
        path.with_suffix(".cpg").write_text(name)
        rows = read_table(path)
        told = {code for code, *_ in rows.attrs["told"]}
        found = rows.iloc[:, 0].tolist()
        if found != texts and not told:
            lost.append((name, texts, found))
    assert lost == []


@pytest.mark.parametrize("stated", ["1258", "CP1258", "windows-1258", "ANSI 1258", "cp_1258"])
def test_an_honest_page_is_believed_to_the_last_letter_names_of_columns_too(tmp_path, stated):
    names = [as_1258("mã_xã"), as_1258("tên_xã")]
    values = [*map(as_1258, NAMES), b"05977"]
    path = write_shapefile(tmp_path / "s.shp", values, page=stated, names=names)
    for frame in (read_vector(path), read_table(path.with_suffix(".dbf"))):
        assert [*frame.columns][:2] == ["mã_xã", "tên_xã"]
        assert frame["tên_xã"].tolist() == [*NAMES, "05977"]
        assert frame.attrs["told"] == []


def test_a_folder_of_shapefiles_is_read_as_its_files_are(tmp_path):
    for name in ("a", "b"):
        write_shapefile(tmp_path / f"{name}.shp", BYTES["cp1258"], page="1258")
    assert read_vector(tmp_path, layer="b")["ten"].tolist() == NAMES


@pytest.mark.parametrize(("form", "make"), [("vni", as_vni), ("cp1258", as_1258)])
def test_names_of_columns_follow_the_values_where_nothing_true_is_declared(tmp_path, form, make):
    path = write_shapefile(
        tmp_path / "s.shp", BYTES[form], page="GBK", names=[make("tên_gọi"), b"ma"]
    )
    frame = read_vector(path)
    assert [*frame.columns][:2] == ["tên_gọi", "ma"]
    told = {code: rest for code, *rest in frame.attrs["told"]}
    assert told["letters-other"][1:] == ["GBK", f"{form}: {told['letters-other'][2].split()[1]}"]
    assert told["letters-name"][1:] == [misread(make("tên_gọi")), "tên_gọi"] or form == "vni"


def test_foreign_letters_that_are_declared_stay_what_they_are(tmp_path):
    known = {"GBK": ["凭祥市", "友谊关", "协"], "CP1251": ["Ленин", "ул. Мира"]}
    for page, texts in known.items():
        raws = [text.encode(page) for text in texts]
        frame = read_vector(write_shapefile(tmp_path / "s.shp", raws, page=page))
        assert frame["ten"].tolist() == texts
        assert mend_text(frame)[0]["ten"].tolist() == texts


def test_language_drivers_are_those_of_gdal(tmp_path):
    """As fiona shows them, which brings a GDAL of its own."""
    path = write_shapefile(tmp_path / "s.shp", [b"x"])
    raw = bytearray(path.with_suffix(".dbf").read_bytes())
    for driver in range(1, 256):
        raw[29] = driver
        path.with_suffix(".dbf").write_bytes(raw)
        with fiona.open(path) as file:
            stated = file.tags(ns="SHAPEFILE").get("ENCODING_FROM_LDID", "")
        expected = find_codec(stated) if stated else None
        found = find_codec(f"LDID/{driver}")
        assert (expected and codecs.lookup(expected)) == (found and codecs.lookup(found)), driver


# What is sound is never turned.


def test_no_clean_name_is_turned_alone():
    for name in [*NAMES, *ODD]:
        for text in (name, name.upper(), name.lower()):
            assert read_text(text).text == text


@given(st.lists(st.sampled_from([*NAMES, *ODD]), min_size=1, max_size=12), st.booleans())
def test_no_clean_name_is_turned_among_others(names, capitals):
    column = [name.upper() if capitals else name for name in names]
    assert {value: new.text for value, new in read_column(column).items()} == dict(
        zip(column, column, strict=True)
    )


BLANK = "\u00a0"


@pytest.mark.parametrize(
    "text", [f"XÃ{BLANK}HỮU LŨNG", f"XÃ{BLANK}AN BÌNH", "XÃ—THÔN", f"XÃ{BLANK}"]
)
def test_a_wide_blank_behind_a_capital_is_no_half_of_a_letter(text):
    assert read_text(text).text == text
    assert read_column([text, "Lạng Sơn"])[text].text == text


def test_a_letter_whose_half_is_a_wide_blank_follows_its_column():
    found = read_column([f"HÃ{BLANK} Nam", "Há»¯u LÅ©ng"])
    assert [new.text for new in found.values()] == ["Hà Nam", "Hữu Lũng"]
    assert read_text(f"HÃ{BLANK} Nam").encoding == "undecided"


def test_one_odd_name_does_not_make_the_others_doubtful():
    found = read_column([*NAMES, "Ia Boòng"])
    assert {value for value, new in found.items() if new.encoding} <= {"Ia Boòng"}


@pytest.mark.parametrize("form", FORMS)
def test_names_of_other_tongues_are_right_or_told(form):
    texts = [*NAMES, *ODD]
    raws = FORMS[form](texts)
    column = [
        misread(raw) if form in ("cp1258", "vni", *ANY_CASE) else raw.decode() for raw in raws
    ]
    assert score(texts, pd.DataFrame({"ten": column}), any_case=form in ANY_CASE).wrong == []


def test_every_name_of_the_country_is_right_or_told(shared):
    frame = pd.read_parquet(shared / "geodata/communes_vn_2025.parquet", columns=["name"])
    names = sorted({*frame["name"]})
    assert [name for name in names if read_text(name).text != name] == []
    for form, make in FORMS.items():
        for texts in (names[::3], [name.upper() for name in names[1::3]]):
            raws = make(texts)
            is_bytes = form in ("cp1258", "vni", *ANY_CASE)
            column = [misread(raw) if is_bytes else raw.decode() for raw in raws]
            found = score(texts, pd.DataFrame({"ten": column}), any_case=form in ANY_CASE)
            assert found.wrong == [], form


# Documents in other letters than UTF-8; what only speaks of what may not be opened.

NAME = "Hữu Lũng"
ELSEWHERE = "<OGRVRTDataSource><OGRVRTLayer name='a'/></OGRVRTDataSource>"
DOCUMENTS = {
    "geojson": """{"type": "FeatureCollection", "features": [{"type": "Feature",
"properties": {"name": "NAME"}, "geometry": {"type": "Point", "coordinates": [106.7, 21.8]}}]}""",
    "kml": """<?xml version="1.0" encoding="PAGE"?><!--REMARK-->
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>NAME</name>
<description><![CDATA[x REMARK <b>]]></description>
<Point><coordinates>106.7,21.8</coordinates></Point></Placemark></Document></kml>""",
    "gml": """<?xml version="1.0" encoding="PAGE"?><!--REMARK-->
<gml:FeatureCollection xmlns:gml="http://www.opengis.net/gml"><gml:featureMember><x>
<name>NAME</name><geom><gml:Point srsName="EPSG:4326"><gml:pos>21.8 106.7</gml:pos></gml:Point>
</geom></x></gml:featureMember></gml:FeatureCollection>""",
    "gpx": """<?xml version="1.0" encoding="PAGE"?><!--REMARK-->
<gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1">
<wpt lat="21.8" lon="106.7"><name>NAME</name></wpt></gpx>""",
}


def document(kind, page, remark=""):
    return DOCUMENTS[kind].replace("PAGE", page).replace("REMARK", remark).replace("NAME", NAME)


def name_in(path):
    frame = read_vector(path)
    assert len(frame) == 1
    return next(frame[c].iloc[0] for c in frame.columns if c.lower() == "name"), frame


WIDE = [(kind, page) for kind in DOCUMENTS for page in ("utf-16", "utf-32")]
BARE = [("geojson", page) for page in ("utf-16-le", "utf-16-be")]  # XML begins with its mark


@pytest.mark.parametrize(("kind", "page"), [*WIDE, *BARE])
def test_a_document_in_wide_letters_is_read_and_told(tmp_path, kind, page):
    path = tmp_path / f"a.{kind}"
    path.write_bytes(document(kind, "UTF-16").encode(page))
    name, frame = name_in(path)
    assert name == NAME
    assert ("transcoded", path.name, page.upper(), "UTF-8") in frame.attrs["told"]


@pytest.mark.parametrize("kind", ["kml", "gml", "gpx"])
def test_a_document_is_read_in_the_page_it_declares_and_a_lie_is_found(tmp_path, kind):
    path = tmp_path / f"a.{kind}"
    path.write_bytes(as_1258(document(kind, "windows-1258")))
    assert name_in(path)[0] == NAME
    path.write_bytes(document(kind, "windows-1252").encode())
    name, frame = name_in(path)
    assert name == NAME
    assert "letters-utf8" in {code for code, *_ in frame.attrs["told"]}
    path.write_bytes(as_vni(document(kind, "GBK")))
    name, frame = name_in(path)
    assert name == misread(as_vni(NAME))  # as bytes, which `mend_text` reads
    assert "letters-other" in {code for code, *_ in frame.attrs["told"]}
    path.write_bytes(
        document(kind, "GBK").encode()[:-9] + b"\xff" + document(kind, "GBK").encode()[-9:]
    )
    with pytest.raises(LayerError, match="states the encoding"):
        read_vector(path)


@pytest.mark.parametrize("kind", ["kml", "gml", "gpx"])
@pytest.mark.parametrize("page", ["utf-8", "utf-16"])
def test_a_document_is_judged_by_its_elements_not_by_what_it_speaks_of(tmp_path, kind, page):
    path = tmp_path / f"a.{kind}"
    path.write_bytes(document(kind, page, ELSEWHERE).encode(page))
    assert name_in(path)[0] == NAME
    told_in_a_text = document(kind, page).replace(NAME, f"<![CDATA[{ELSEWHERE}]]>")
    path.write_bytes(told_in_a_text.encode(page))
    assert name_in(path)[0] == ELSEWHERE
    head, _, rest = document(kind, page).partition("<!---->")
    for hostile in (
        head + ELSEWHERE,
        head + ELSEWHERE.replace(">", f">{rest}", 1),
        head + rest.replace(NAME, ELSEWHERE),
        f"{head}<!--{rest.replace('--', '')}-->{ELSEWHERE}",
    ):
        path.write_bytes(hostile.encode(page))
        with pytest.raises(LayerError, match="lie elsewhere"):
            read_vector(path)


def test_geojson_may_speak_of_anything(tmp_path):
    path = tmp_path / "a.geojson"
    path.write_text(document("geojson", "").replace(NAME, ELSEWHERE), encoding="utf-8")
    assert name_in(path)[0] == ELSEWHERE


def test_entities_are_refused_in_wide_letters_too(tmp_path):
    path = tmp_path / "a.kml"
    bomb = '<!DOCTYPE kml [<!ENTITY a "b">]>'
    path.write_bytes(document("kml", "utf-16").replace("<!---->", bomb).encode("utf-16"))
    with pytest.raises(LayerError, match="entities"):
        read_vector(path)


# Tables without geometry.


def run(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.mark.parametrize("kind", ["dbf", "csv", "xlsx"])
def test_the_text_of_a_table_is_mended_with_a_log(tmp_path, kind):
    path, out = tmp_path / f"t.{kind}", tmp_path / "out.csv"
    texts = ["Hữu Lũng", "Đồng Đăng", "Lộc Bình"]
    raws = FORMS["vni"](texts)
    if kind == "dbf":
        write_dbf(path, raws)
    elif kind == "csv":
        write_csv(path, raws)
    else:
        pd.DataFrame({"ten": map(misread, raws)}).to_excel(path, index=False)
    result = run("mend-text", path, "--out", out, "--lang", "en")
    assert result.exit_code == 0, result.output
    assert pd.read_csv(out)["ten"].tolist() == texts
    log = pd.read_csv(tmp_path / "out_log.csv")
    assert log.loc[log["what"] == "text-vni", "after"].tolist() == texts
    again = run("mend-text", path, "--out", out, "--lang", "en")
    assert again.exit_code == 2
    assert "--force" in again.output


def test_what_cannot_be_mended_in_a_table_is_said_by_the_exit_code(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("ten,n\nĐ?ng,1\n=A1,2\n", encoding="utf-8")
    result = run("mend-text", path, "--out", tmp_path / "o.csv", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["rows"][0]["what"] == "text-undecided"
    with (tmp_path / "o.csv").open(encoding="utf-8-sig") as file:
        assert [row["ten"] for row in csv.DictReader(file)] == ["Đ?ng", "'=A1"]
    for out in (path, tmp_path / "o.gpkg"):
        assert run("mend-text", path, "--out", out, "--force").exit_code == 2
    assert path.read_text(encoding="utf-8").startswith("ten,n")


def test_a_table_that_is_no_layer_is_shown_where_to_go(tmp_path):
    path = write_dbf(tmp_path / "t.dbf", [b"a"])
    with pytest.raises(LayerError, match="mend-text"):
        read_vector(path)
    write_csv(tmp_path / "t.csv", [as_vni(NAME)])
    with pytest.raises(LayerError, match="mend-text"):
        read_table(tmp_path / "t.csv")


def test_the_log_of_an_import_says_what_was_declared_and_what_was_found(tmp_path):
    path = write_shapefile(tmp_path / "s.shp", BYTES["nfc"], page="1252")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found, log = import_layer(path, "commune", crs="EPSG:4326", mapping={"ten": "name_vi"})
    assert found["name_vi"].tolist() == NAMES
    row = log[log["what"] == "letters-utf8"].iloc[0]
    assert (row["before"], row["after"]) == ("1252", "UTF-8")
    assert all(unicodedata.is_normalized("NFC", name) for name in found["name_vi"])


def test_what_is_written_in_any_charset_of_mapinfo_and_declared_comes_whole_or_is_told(tmp_path):
    for (kind, name), codec in read_code_pages().items():
        if kind != "mapinfo":
            continue
        texts = [text for text in SAMPLES if text == text.encode(codec, "replace").decode(codec)]
        path = write_mif(tmp_path / "m.mif", [text.encode(codec) for text in texts], charset=name)
        frame = read_vector(path)
        assert frame["ten"].tolist() == texts or frame.attrs["told"], name


def test_rows_of_another_program_among_utf8_are_mended_or_told(tmp_path):
    """A file in two encodings, as it comes of pasting."""
    raws = [name.encode() for name in NAMES[:150]] + BYTES["vni"][150:]
    for page in ("UTF-8", "1252", None):
        path = write_shapefile(tmp_path / "s.shp", raws, page=page)
        frame = read_vector(path)
        assert score(NAMES, frame).wrong == []
        assert page is None or "letters-broken" in {code for code, *_ in frame.attrs["told"]}


# Names of columns, in any kind of file.

HEADINGS = ["Tên xã", "Loại đất", "Ghi chú", "Ø (mm)"]
ROWS = [["Hữu Lũng", "Đất trồng lúa", "Đường quốc lộ"], ["Đồng Tân", "Đất rừng", "Trường học"]]
OLD_FORMS = sorted({"tcvn3", "vni", "cp1258", "nfc"} & {*FORMS})


def old(texts, form):
    """Texts as a program that knows Unicode shows what an old one, or UTF-8, wrote."""
    return [misread(raw) for raw in FORMS[form](texts)]


def write_old(path, names, rows):
    frame = pd.DataFrame(rows, columns=names)
    if path.suffix == ".xlsx":
        frame.to_excel(path, index=False)
    elif path.suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        point = {"type": "Point", "coordinates": [106.7, 21.8]}
        features = [
            {"type": "Feature", "properties": row, "geometry": point}
            for row in frame.to_dict("records")
        ]
        whole = {"type": "FeatureCollection", "features": features}
        path.write_text(json.dumps(whole, ensure_ascii=False), encoding="utf-8")
    return path


@pytest.mark.parametrize("form", OLD_FORMS)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_names_of_the_columns_of_a_table_are_mended_with_its_cells(tmp_path, kind, form):
    names, rows = old(HEADINGS[:3], form), [old(row, form) for row in ROWS]
    path, out = write_old(tmp_path / f"t.{kind}", names, rows), tmp_path / "out.csv"
    result = run("mend-text", path, "--out", out, "--lang", "en")
    assert result.exit_code == 0, result.output
    found = pd.read_csv(out)
    assert [[*found.columns], *found.to_numpy().tolist()] == [HEADINGS[:3], *ROWS]
    log = pd.read_csv(tmp_path / "out_log.csv")
    told = log[log["what"] == "letters-name"]
    pairs = zip(names, HEADINGS[:3], strict=True)
    assert list(zip(told["before"], told["after"], strict=True)) == [
        (before, after) for before, after in pairs if before != after
    ]


@pytest.mark.parametrize("form", OLD_FORMS)
def test_names_of_the_columns_of_features_are_mended_and_may_be_mapped(tmp_path, form):
    names, rows = old(HEADINGS[:3], form), [old(row, form) for row in ROWS]
    path = write_old(tmp_path / "t.geojson", names, rows)
    for asked in (names[0], HEADINGS[0]):
        found, log = import_layer(path, "industrial_park", mapping={asked: "name_vi"})
        assert found["name_vi"].tolist() == [row[0] for row in ROWS]
        assert {"Loại đất", "note_vi"} <= {*found.columns}
        told = log.loc[log["what"] == "letters-name", "after"].tolist()
        pairs = zip(names, HEADINGS[:3], strict=True)
        assert told == [after for before, after in pairs if before != after]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_clean_names_of_columns_stay_and_nothing_is_told(tmp_path, kind):
    rows = [[*row, "200"] for row in ROWS]
    path, out = write_old(tmp_path / f"t.{kind}", HEADINGS, rows), tmp_path / "out.csv"
    result = run("mend-text", path, "--out", out, "--json")
    assert result.exit_code == 0, result.output
    assert [*pd.read_csv(out).columns] == HEADINGS
    assert json.loads(result.stdout)["rows"] == []


def test_a_name_that_another_column_has_is_given_once_and_told(tmp_path):
    names = [*old(["Tên xã"], "mojibake"), "Tên xã"]
    path, out = write_old(tmp_path / "t.csv", names, [["a", "b"]]), tmp_path / "out.csv"
    result = run("mend-text", path, "--out", out, "--json")
    assert result.exit_code == 1
    assert [*pd.read_csv(out).columns] == names
    assert json.loads(result.stdout)["rows"][0]["what"] == "letters-name-undecided"
