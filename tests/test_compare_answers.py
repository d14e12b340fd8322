"""The comparer of answers: a changed byte is found in every kind of file, and nothing else is."""

import io
import json
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from PIL import Image

SCRIPTS = Path(__file__).resolve().parent.parent / "scripts"
sys.path.append(str(SCRIPTS))

from compare_answers import compare, main  # noqa: E402
from record_answers import list_steps, make_given  # noqa: E402

ID, OTHER_ID = "ab" * 32, "cd" * 32


def write_recording(folder: Path, files: dict[str, bytes], version: str = "1.2.3") -> Path:
    """A recording by hand: `files` by their names, and the version that made them."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    folder.mkdir(exist_ok=True)
    (folder / "record.json").write_text(json.dumps({"lsgis": version}))
    return folder


def write_book(path: Path, members: dict[str, bytes], year: int = 2026) -> bytes:
    with zipfile.ZipFile(path, "w") as file:
        for name, content in members.items():
            file.writestr(zipfile.ZipInfo(name, (year, 1, 1, 0, 0, 0)), content)
    return path.read_bytes()


def write_tables(path: Path, rows: list[tuple], version: int = 0) -> bytes:
    file = sqlite3.connect(path)
    file.execute("CREATE TABLE park (code TEXT, area REAL, geom BLOB)")
    file.executemany("INSERT INTO park VALUES (?, ?, ?)", rows)
    file.execute(f"PRAGMA user_version = {version}")
    file.commit()
    file.close()
    return path.read_bytes()


def as_json(value: object) -> bytes:
    return json.dumps(value).encode()


@pytest.fixture
def two(tmp_path):
    """Differences of two recordings that hold one file each."""

    def told(name: str, one: bytes, other: bytes, *, mask_ids: bool = False) -> list[str]:
        sides = [
            write_recording(tmp_path / side, {name: content})
            for side, content in (("one", one), ("other", other))
        ]
        return compare(*sides, mask_ids=mask_ids)

    return told


@pytest.mark.parametrize(
    ("name", "one", "other", "expected"),
    [
        pytest.param("said/a.exit", b"1\n", b"2\n", "line 1: '1\\n' → '2\\n'", id="exit code"),
        pytest.param("said/a.err", b"", b"oops\n", "line 1: '(end)' → 'oops\\n'", id="an error"),
        pytest.param("made/a.csv", b"a,b\n1,2\n", b"a,b\n1,3\n", "line 2", id="a line of a table"),
        pytest.param("made/a.csv", b"a\n", b"\xef\xbb\xbfa\n", "byte order mark", id="a mark"),
        pytest.param("made/a.csv", b"a\n", b"a", "line 1: ", id="the last line's end"),
        pytest.param("made/a.html", b"x" * 500 + b"1", b"x" * 500 + b"2", "1' → ", id="long line"),
        pytest.param("made/a.json", b'{"a":[1,2]}', b'{"a":[1,3]}', "/a/1: '2' → '3'", id="value"),
        pytest.param("made/a.json", b'{"a":1}', b'{"a":1.0}', "shape: new /a float", id="type"),
        pytest.param("made/a.json", b'{"a":1}', b'{"a": 1}', "same values, other bytes", id="gap"),
        pytest.param("made/a.json", b'{"a":1,"b":2}', b'{"b":2,"a":1}', "same values", id="order"),
        pytest.param("said/a.out", b'{"rows":[]}', b'{"rows":[1]}', "new /rows[] int", id="rows"),
        pytest.param("made/a.jsonl", b'{"a":1}\n{"a":1}', b'{"a":1}\n{"a":2}', "/1/a", id="row"),
        pytest.param("made/a.png", b"\x89PNG\xff1", b"\x89PNG\xff2", "from 5 on", id="picture"),
        pytest.param("made/a.fgb", b"\xff12", b"\xff1", "from 2 on (3 → 2 bytes)", id="bytes"),
        pytest.param("said/doctor-json.out", b'{"a":1}', b'{"b":1}', "no more /a int", id="form"),
    ],
)
def test_a_changed_byte_is_told(two, name, one, other, expected):
    lines = two(name, one, other)
    assert expected in "\n".join(lines)
    assert all(line.startswith(f"{name}: ") for line in lines)
    assert two(name, one, one) == []


def test_a_member_of_a_workbook_is_told(two, tmp_path):
    sheet, style = "xl/sheet1.xml", "xl/style.xml"
    one = write_book(tmp_path / "a.xlsx", {sheet: b"<c>1</c>", style: b"s"})
    other = write_book(tmp_path / "b.xlsx", {sheet: b"<c>2</c>", style: b"s"})
    fewer = write_book(tmp_path / "c.xlsx", {sheet: b"<c>1</c>"})
    later = write_book(tmp_path / "d.xlsx", {sheet: b"<c>1</c>", style: b"s"}, year=2027)
    assert two("made/a.xlsx", one, other) == [
        "made/a.xlsx: member xl/sheet1.xml: line 1: '<c>1</c>' → '<c>2</c>'"
    ]
    assert two("made/a.xlsx", one, fewer) == ["made/a.xlsx: member xl/style.xml is missing"]
    assert "the container is not" in two("made/a.xlsx", one, later)[0]


def test_a_row_of_a_geopackage_is_told(two, tmp_path):
    one = write_tables(tmp_path / "a.gpkg", [("A", 1.0, b"\x01"), ("B", 2.0, b"\x02")])
    value = write_tables(tmp_path / "b.gpkg", [("A", 1.0, b"\x01"), ("B", 2.5, b"\x02")])
    shape = write_tables(tmp_path / "c.gpkg", [("A", 1.0, b"\x01"), ("B", 2.0, b"\x03")])
    header = write_tables(tmp_path / "d.gpkg", [("A", 1.0, b"\x01"), ("B", 2.0, b"\x02")], 7)
    assert "table park (2 → 2 rows)" in two("made/a.gpkg", one, value)[0]
    assert "table park" in two("made/a.gpkg", one, shape)[0]
    assert two("made/a.gpkg", one, header) == [
        "made/a.gpkg: tables are the same, the file's bytes are not"
    ]


def write_pdf(text: str, comment: str = "") -> bytes:
    """The least a PDF can be: one page, one line of text."""
    drawn = f"BT /F1 12 Tf 20 20 Td ({text}) Tj ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 900 100] /Contents 4 0 R"
        " /Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body = "\n".join(f"{n} 0 obj\n{text}\nendobj" for n, text in enumerate(objects, start=1))
    return f"%PDF-1.4\n%{comment}\n{body}\ntrailer << /Root 1 0 R >>\n%%EOF\n".encode()


def test_a_pdf_is_told_by_its_text(two, tmp_path):
    one, other = write_pdf("area 7"), write_pdf("area 8")
    told, hidden = two("made/a.pdf", one, other), two("made/a.pdf", one, write_pdf("area 7", "x"))
    if shutil.which("pdftotext") is None:
        assert "cannot be read" in told[0] and "cannot be read" in hidden[0]
        return
    assert "text: line 1: '7\\n' → '8\\n'" in told[0].replace("area ", "")
    assert hidden == ["made/a.pdf: PDF: other bytes, the same text"]
    files = [
        {"said/a.out": as_json({"id": digest}), "made/a.pdf": write_pdf(f"{digest} area {area}")}
        for digest, area in ((ID, 7), (OTHER_ID, 7), (OTHER_ID, 8))
    ]
    sides = [write_recording(tmp_path / f"pdf-{n}", side) for n, side in enumerate(files)]
    assert compare(sides[0], sides[1], mask_ids=True) == []
    assert "'7' → '8'" in compare(sides[0], sides[2], mask_ids=True)[0].replace("\\n", "")


def draw_map(row: int | None) -> bytes:
    """A white picture of 100 rows, with a black point in one of them."""
    picture, content = Image.new("RGB", (50, 100), "white"), io.BytesIO()
    if row is not None:
        picture.putpixel((10, row), (0, 0, 0))
    picture.save(content, "PNG")
    return content.getvalue()


def test_a_map_is_told_above_the_foot_that_bears_the_id(two):
    blank, foot, ground = draw_map(None), draw_map(97), draw_map(60)
    name = "made/dossier-x-vi-map-overview.png"
    assert two(name, blank, foot)
    assert two(name, blank, foot, mask_ids=True) == []
    assert "pixels differ within (10, 60, 11, 61)" in two(name, blank, ground, mask_ids=True)[0]
    assert "pixels differ" in two("made/site/logo.png", blank, foot, mask_ids=True)[0]


def test_a_file_missing_or_new_is_told(tmp_path):
    one = write_recording(tmp_path / "one", {"made/a.csv": b"", "said/x.out": b""})
    other = write_recording(tmp_path / "other", {"made/b.csv": b"", "said/x.out": b""})
    assert [line.split(": ")[0] for line in compare(one, other)] == ["made/a.csv", "made/b.csv"]


def _dossier(report_id: str, area: int, version: str, own: str = "e" * 64) -> dict[str, bytes]:
    """Files of a dossier that tell of its id: JSON, page, a name of a file, standard output."""
    data = [
        {"layer": "a", "origin": "embedded", "sha256": report_id[::-1], "digest": "1" * 64},
        {"layer": "b", "origin": "own", "sha256": own, "digest": "2" * 64},
    ]
    document = {"id": report_id, "area": area, "data": data, "software": {"lsgis": version}}
    page = f"<p>lsgis {version}</p><p>{report_id[:12]}</p>{area}"
    return {
        f"made/dossier-{report_id[:12]}.json": as_json(document),
        f"made/dossier-{report_id[:12]}-vi.html": page.encode(),
        "said/site.out": f"id {report_id[:16]}\n".encode(),
    }


def test_with_ids_masked_only_the_rest_is_told(tmp_path):
    one = write_recording(tmp_path / "one", _dossier(ID, 7, "1.2.3"))
    same = write_recording(tmp_path / "same", _dossier(OTHER_ID, 7, "1.3.0"), "1.3.0")
    other = write_recording(tmp_path / "other", _dossier(OTHER_ID, 8, "1.2.3"))
    own = write_recording(tmp_path / "own", _dossier(ID, 7, "1.2.3", own="f" * 64))
    assert compare(one, same)
    assert compare(one, same, mask_ids=True) == []
    told = compare(one, other, mask_ids=True)
    assert [line.split(": ")[0] for line in told] == [
        "made/dossier-<id 1>-vi.html",
        "made/dossier-<id 1>.json",
    ]
    assert compare(one, own, mask_ids=True)  # a user's file is no file of the program


def test_an_id_that_two_answers_share_must_be_shared_on_both_sides(tmp_path):
    shared = {"said/a.out": as_json({"id": ID}), "said/b.out": as_json({"id": ID})}
    apart = {"said/a.out": as_json({"id": ID}), "said/b.out": as_json({"id": OTHER_ID})}
    one = write_recording(tmp_path / "one", shared)
    other = write_recording(tmp_path / "other", apart)
    assert [line.split(": ")[0] for line in compare(one, other, mask_ids=True)] == ["said/b.out"]


def test_exit_codes(tmp_path, capsys):
    one = write_recording(tmp_path / "one", {"said/a.out": b"x"})
    other = write_recording(tmp_path / "other", {"said/a.out": b"y"})
    assert main(["compare", str(one), str(one)]) == 0
    assert capsys.readouterr().out == "the same\n"
    assert main(["compare", str(one), str(other)]) == 1
    assert "1 files differ" in capsys.readouterr().out
    with pytest.raises(SystemExit) as refused:
        main(["compare", str(one), str(tmp_path / "nothing")])
    assert refused.value.code == 2


def test_every_command_is_recorded():
    from lsgis.cli.commands import COMMANDS

    steps = list_steps(quick=False, real_communes=True)
    names = [step.name for step in steps]
    assert len(set(names)) == len(names)
    assert set(list_steps(quick=True, real_communes=False)) - set(steps) == {
        step for step in list_steps(quick=True, real_communes=False) if "--formats" in step.line
    }
    for command, row in COMMANDS.items():
        called = tuple(f"{name} " for name in (command, *row.aliases))
        mine = [step.line for step in steps if f"{step.line} ".startswith(called)]
        assert any(f"{name}--help" in mine for name in called), command
        assert any("--json" in line for line in mine), command
        assert any("--lang en" in line for line in mine), command


def test_what_is_given_is_the_same_each_time(tmp_path):
    sides = [tmp_path / "one", tmp_path / "other"]
    for side in sides:
        make_given(side / "given", None)
        write_recording(side, {})
    assert compare(*sides) == []
    assert len(list((sides[0] / "given").iterdir())) > 10


def test_a_tree_that_is_not_there_is_refused(tmp_path):
    script = SCRIPTS / "compare_answers.py"
    asked = [sys.executable, script, "record", tmp_path / "out", "--tree", tmp_path]
    said = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert said.returncode == 2
    assert "expected the lsgis of" in said.stderr
