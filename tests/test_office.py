"""The office's own lines of the letter: form, never answer; what is not told stays blank."""

import json
import re
from dataclasses import fields, replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from dossier_case import make_document
from hypothesis import given, settings
from hypothesis import strategies as st

from lsgis.cli import main
from lsgis.errors import CatalogueError
from lsgis.report import Office, read_office, write_dossier
from lsgis.text import LANGUAGES, say

docx = pytest.importorskip("docx")
README = (Path(__file__).resolve().parent.parent / "README.md").read_text(encoding="utf-8")
[EXAMPLE] = [text for text in re.findall(r"^```toml\n(.*?)^```$", README, re.M | re.S)
             if "signatory" in text]  # fmt: skip
NAMES = [each.name for each in fields(Office)]
SITE = "POLYGON ((449050 2417050, 449250 2417050, 449250 2417200, 449050 2417200, 449050 2417050))"


def letter(folder, office=None, lang="vi"):
    """Every line of the letter before its annex, and the whole file."""
    path, *_ = write_dossier(make_document(), folder, formats=("docx",), lang=lang, office=office)
    found = docx.Document(path)
    cells = [cell.text for table in found.tables for cell in table._cells]
    lines = [line.text for line in found.paragraphs] + "\n".join(cells).split("\n")
    return lines, path.read_bytes()


@pytest.fixture
def office(tmp_path):
    path = tmp_path / "office.toml"
    path.write_text(EXAMPLE, encoding="utf-8")
    return read_office(path)


def test_the_example_of_the_readme_fills_every_blank(office, tmp_path):
    assert all(getattr(office, name) for name in NAMES)
    lines, _ = letter(tmp_path / "d", office)
    told = [office.superior, office.agency, office.signatory, *office.position.split("\n"),
            say("dossier.addressee-of", "vi", addressee=office.addressee),
            say("dossier.number-of", "vi", symbol=office.symbol),
            say("dossier.place-date-of", "vi", place=office.place)]  # fmt: skip
    assert {*told} <= {*lines}
    assert all(any(name in line for line in lines) for name in office.recipients)
    for code in ("office-above", "office", "number", "addressee", "signer", "signer-note",
                 "signer-name", "place-date"):  # fmt: skip
        assert say(f"dossier.{code}", "vi") not in lines


@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_told_stays_blank(office, tmp_path, name):
    _, blank = letter(tmp_path / "blank")
    without, _ = letter(tmp_path / "d", replace(office, **{name: type(getattr(office, name))()}))
    code = {"superior": "office-above", "agency": "office", "symbol": "number",
            "place": "place-date", "addressee": "addressee", "recipients": "recipients-list",
            "position": "signer", "signatory": "signer-name"}[name]  # fmt: skip
    assert {*say(f"dossier.{code}", "vi").split("\n")} <= {*without}
    assert letter(tmp_path / "none", Office())[1] == blank


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_id_and_the_report_do_not_hang_on_it(office, tmp_path, lang):
    formats = ("json", "html", "xlsx", "docx")
    one, other = (
        {p.suffix: p for p in write_dossier(
            make_document(), tmp_path / name, formats=formats, lang=lang, office=given)}
        for name, given in (("a", None), ("b", office))
    )  # fmt: skip
    for ending in (".json", ".html", ".xlsx"):
        assert one[ending].name == other[ending].name
        assert one[ending].read_bytes() == other[ending].read_bytes()
    assert one[".docx"].read_bytes() != other[".docx"].read_bytes()


WRONG = [
    pytest.param('agncy = "x"', "agncy: expected a known key", id="unknown key"),
    pytest.param("symbol = 3", "symbol: expected text", id="a number"),
    pytest.param('recipients = "a"', "recipients: expected a list", id="no list"),
    pytest.param("recipients = [1]", r"recipients\[0\]: expected text", id="a number in a list"),
    pytest.param('place = ""', "place: expected text", id="nothing"),
    pytest.param('[agency]\nname = "x"', "agency: expected text", id="a table"),
    pytest.param("agency = x", "expected TOML", id="no TOML"),
    pytest.param('agncy = "x"\nsymbol = 3', "agncy.*\n.*symbol", id="all at once"),
]


@pytest.mark.parametrize(("text", "match"), WRONG)
def test_a_wrong_file_is_refused_before_anything_is_computed(tmp_path, text, match):
    path = tmp_path / "office.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError, match=match):
        read_office(path)
    asked = ["--crs", "EPSG:9215", "--office", str(path), "--lang", "en", "--out"]
    told = CliRunner().invoke(main, ["check-site", SITE, *asked, str(tmp_path / "d")])
    assert told.exit_code == 2 and re.search(match, told.stderr)
    assert not (tmp_path / "d").exists()


TEXT = st.text(min_size=1, max_size=40).filter(str.strip)


@settings(max_examples=20, deadline=None)
@given(signatory=TEXT, agency=TEXT, recipients=st.lists(TEXT, max_size=3))
def test_any_text_makes_a_sound_letter(tmp_path_factory, signatory, agency, recipients):
    folder = tmp_path_factory.mktemp("office")
    told = {"signatory": signatory, "agency": agency, "recipients": recipients}
    lines = [f"{name} = {json.dumps(value)}" for name, value in told.items()]
    (folder / "office.toml").write_text("\n".join(lines), encoding="utf-8")
    try:
        office = read_office(folder / "office.toml")
    except CatalogueError as refusal:  # what TOML itself cannot hold
        assert refusal.code == "catalogue.unreadable"
        return
    assert letter(folder / "d", office)[0]


def test_check_sites_signs_the_letter_of_every_dossier(tmp_path):
    (tmp_path / "office.toml").write_text('signatory = "Nguyễn Văn A"', encoding="utf-8")
    table = tmp_path / "sites.csv"
    table.write_text(f'name,wkt\na,"{SITE}"\n', encoding="utf-8")
    told = ["check-sites", str(table), "--crs", "EPSG:9215", "--on", "2026-11-22", "--dossiers",
            "--formats", "docx,json", "--out", str(tmp_path / "out"),
            "--cache", str(tmp_path / "cache")]  # fmt: skip
    for more, said in (([], False), (["--office", str(tmp_path / "office.toml")], True)):
        result = CliRunner().invoke(main, [*told, *more])
        assert result.exit_code == 1, result.output
        [path] = (tmp_path / "out" / "dossier" / "00002").glob("*.docx")
        cells = [c.text for table in docx.Document(path).tables for c in table._cells]
        assert any("Nguyễn Văn A" in text for text in cells) is said
    assert (tmp_path / "out" / "sites.xlsx").is_file()
