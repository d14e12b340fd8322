"""What people read: every code as it is written, both languages alike, plurals, notes."""

import ast
import csv
import re
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lsgis
from lsgis import errors
from lsgis.region import read_region
from lsgis.report import spoken
from lsgis.text import (
    LANGUAGES,
    family,
    family_of,
    log_row,
    read_text_file,
    read_texts,
    say,
    say_row,
    template,
    told_value,
)

PACKAGE = Path(lsgis.__file__).parent
ROOT = Path(__file__).resolve().parent.parent
FILES = sorted((ROOT / "data" / "text").glob("*.csv"))
SOURCES = [
    path
    for folder in (PACKAGE, ROOT / "scripts")
    for path in sorted(folder.rglob("*"))
    if path.suffix in (".py", ".html", ".js")
]
# what takes the code of a text as its first argument
TAKES_CODE = {
    "say", "template", "told", "Sentence", "Term", "Misuse", "LsgisError",
    *(name for name in vars(errors) if name.endswith("Error")),
}  # fmt: skip
# families whose values come from data (columns of tables, cells, rows of logs): the beginning
# stands in the source, not each text
OPEN = (
    "column.",
    "table.",
    "word.",
    "ledger.status.",
    "crosswalk.reason.",
    "crosswalk.how.",
    "publish.zoning-lead-",
    "intake.log-",
)
CODE = re.compile(r"[a-z]+\.[\w.+-]+")


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def calls(path):
    """Calls of a module that take a code: the name called, and its first argument."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in TAKES_CODE:
                yield name, node.args[0], node.lineno


@pytest.fixture(scope="module")
def written():
    """Every quoted word of the sources that could be a code."""
    quoted = re.compile(r"""(["'])([a-z]+\.[\w.+-]+)\1""")
    text = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    assert all(f'"{prefix}"' in text for prefix in OPEN)
    begun = {code for code in read_texts() if code.startswith(OPEN)}
    return {found[2] for found in quoted.finditer(text)} | begun


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_text_stands_in_the_source_as_it_is_written(path, written):
    """So that a search for a code finds where it is said, and no text is dead."""
    assert [row["code"] for row in rows_of(path) if row["code"] not in written] == []


@pytest.mark.parametrize(
    "path",
    [path for path in SOURCES if path.suffix == ".py"],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_no_code_is_composed_and_every_code_has_its_text(path):
    known = read_texts()
    for name, first, line in calls(path):
        composed = isinstance(first, ast.JoinedStr | ast.BinOp)
        assert not composed, f"{path}:{line}: {name}() is given a code put together"
        if isinstance(first, ast.Constant) and CODE.fullmatch(str(first.value)):
            assert first.value in known, f"{path}:{line}: no text '{first.value}'"


@pytest.mark.parametrize(
    "path",
    # the rows of `lsgis doctor` are named like this, and are no texts
    [path for path in SOURCES if path.suffix == ".py" and path.name != "machine.py"],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_no_beginning_of_a_code_is_filled_in(path):
    rooms = "|".join(path.stem for path in FILES)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
            start = str(node.values[0].value)
            assert not re.match(rf"({rooms})\.", start), f"{path}:{node.lineno}: {start}…"


@pytest.mark.parametrize(
    "path", [path for path in SOURCES if path.suffix == ".html"], ids=lambda path: path.name
)
def test_templates_say_whole_codes(path):
    said = re.findall(r"say\(([^,)]+)", path.read_text(encoding="utf-8"))
    known = read_texts()
    for code in said:
        literal = re.fullmatch(r"""["']([\w.+-]+)["']""", code.strip())
        assert "+" not in code, f"{path.name}: say({code})"
        if literal:
            assert literal[1] in known, f"{path.name}: no text '{literal[1]}'"


def test_a_family_is_made_of_texts_that_exist():
    """Each under the prefix that is taken off to find the value that chooses it."""
    known = read_texts()
    for path in SOURCES:
        if path.suffix != ".py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "family"
            if called:
                prefix, *codes = [argument.value for argument in node.args]
                assert codes and set(codes) <= set(known), f"{path}:{node.lineno}"
                assert all(code.startswith(prefix) for code in codes), f"{path}:{node.lineno}"


def test_an_open_family_has_every_text_under_its_beginning():
    assert family_of("column.")["area_ha"] == "column.area_ha"
    assert set(family_of("word.").values()) == {c for c in read_texts() if c.startswith("word.")}


def test_a_family_leads_from_a_value_to_a_code():
    chosen = family("word.", "word.error", "word.note")
    assert chosen == {"error": "word.error", "note": "word.note"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_files_of_texts_are_sound_and_explain_their_placeholders(path):
    texts = read_text_file(path)
    rows = rows_of(path)
    assert [row["code"] for row in rows] == list(texts)
    for row in rows:
        for name in re.findall(r"\{(\w+)", row["en"]):
            assert f"{{{name}}}" in row["note"], f"{row['code']} does not explain {{{name}}}"
        assert "|" not in "".join(re.findall(r"\{[^}]*\}", row["vi"])), row["code"]
        for lang in LANGUAGES:
            assert row[lang] == row[lang].strip(), row["code"]


WRONG = [
    pytest.param("code,vi,en\nx.a,a,a\n", "columns", id="a column is missing"),
    pytest.param("code,vi,en,note,fr\nx.a,a,a,,a\n", "columns", id="a stray column"),
    pytest.param("code,vi,en,note\nx.a,a,a,,a\n", "more cells", id="a stray cell"),
    pytest.param("code,vi,en,note\nx.a,a,,\n", "lacks a language", id="no English"),
    pytest.param("code,vi,en,note\nx.a,,a,\n", "lacks a language", id="no Vietnamese"),
    pytest.param("code,vi,en,note\nx.a,a,a,\nx.a,b,b,\n", "stands twice", id="twice"),
    pytest.param("code,vi,en,note\ny.a,a,a,\n", "another file", id="another room"),
    pytest.param("code,vi,en,note\nx.a,Xa\u0303,Commune,\n", "NFC", id="letters apart"),
    pytest.param("code,vi,en,note\nx.a,có {n},has {count},\n", "placeholders", id="other names"),
    pytest.param("code,vi,en,note\nx.a,có,has {n},\n", "placeholders", id="one has none"),
    pytest.param("code,vi,en,note\nx.a,có {n},has {n:one|two},\n", "placeholders", id="a choice"),
    pytest.param("code,vi,en,note\nx.a,{n:a|b} {n},{n},\n", "brace", id="a choice in Vietnamese"),
    pytest.param("code,vi,en,note\nx.a,{n} },{n},\n", "brace", id="a brace alone"),
]


@pytest.mark.parametrize(("content", "match"), WRONG)
def test_a_file_of_texts_that_is_wrong_is_refused(tmp_path, content, match):
    path = tmp_path / "x.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(KeyError, match=match):
        read_text_file(path)


def test_a_sound_file_of_texts_is_read(tmp_path):
    path = tmp_path / "x.csv"
    content = "code,vi,en,note\nx.a,có {n} xã,{n} {n:commune|communes},{n}: a number\n"
    path.write_text(content, encoding="utf-8")
    en = "{n} {n:commune|communes}"
    assert read_text_file(path) == {"x.a": {"vi": "có {n} xã", "en": en}}


@pytest.mark.parametrize(
    ("count", "said"),
    [
        pytest.param(0, "and 0 more places", id="none"),
        pytest.param(1, "and 1 more place;", id="one"),
        pytest.param("1", "and 1 more place;", id="one, as a text"),
        pytest.param(1.0, "and 1.0 more place;", id="one, as a measure"),
        pytest.param(2, "and 2 more places", id="two"),
        pytest.param(21, "and 21 more places", id="twenty-one"),
        pytest.param("1,000", "and 1,000 more places", id="many, as a text"),
    ],
)
def test_english_says_one_and_several(count, said):
    assert said in say("cli.differs-more", "en", count=count)
    assert f"{count} chỗ" in say("cli.differs-more", "vi", count=count)


@given(st.sampled_from(sorted(read_texts())), st.sampled_from(LANGUAGES), st.integers(0, 3))
def test_every_text_can_be_said(code, lang, number):
    """With its placeholders filled nothing of the catalogue's own marks is left."""
    names = re.findall(r"\{(\w+)", read_texts()[code]["en"])
    told = say(code, lang, **dict.fromkeys(names, number))
    written = read_texts()[code][lang]  # a brace that is meant stands twice
    assert told and (told.count("{"), told.count("}")) == (written.count("{{"), written.count("}}"))


def test_a_choice_without_its_number_is_refused():
    with pytest.raises(KeyError, match="count"):
        template("cli.differs-more", "en")


def test_no_text_leaves_the_plural_to_the_reader():
    for code, text in read_texts().items():
        assert "(s)" not in text["en"], code


@pytest.mark.parametrize("column", ["quality", "status", "commune", "what"])
def test_a_value_that_is_missing_has_no_word(column):
    assert spoken(column, None, "en") is None
    if column == "commune":  # a column without words takes anything
        assert spoken(column, pd.NA, "en") is pd.NA


def test_an_example_is_no_place_of_the_region_that_travels_with_lsgis():
    region = read_region()
    west, south, east, north = region.box
    for code, said in read_texts().items():
        for lang, text in said.items():
            assert region.crs not in text, code
            for lon, lat in re.findall(r"(\d+\.\d+), ?(\d+\.\d+)", text):
                assert not (west <= float(lon) <= east and south <= float(lat) <= north), code
            if "Lạng Sơn" in text:
                spoken = {"vi": "có sẵn trong lsgis", "en": "travels with lsgis"}[lang]
                assert spoken in text, code


@given(number=st.floats(allow_nan=False, allow_infinity=False), lang=st.sampled_from(LANGUAGES))
def test_a_number_in_a_row_or_a_refusal_is_written_as_the_language_does(number, lang):
    """Whatever the number: read back it is that number, to the millimetre, and in one way only."""
    written = str(told_value(number, lang))
    thousands, point = {"vi": ".,", "en": ",."}[lang]
    whole, _, part = written.partition(point)
    back = float(written.replace(thousands, "").replace(point, "."))
    assert back == pytest.approx(number, rel=1e-5, abs=0.0005)
    assert (thousands not in part and not part.endswith("0")) or "e" in part
    assert all(len(group) == 3 for group in whole.split(thousands)[1:])
    values = {"commune": "X", "distance_m": number, "e_m": 2}
    assert f" {written} m" in say_row(log_row("site.place-near", **values), lang)
    assert f" {written} m" in errors.SiteError("site.place-near", **values).message(lang)
