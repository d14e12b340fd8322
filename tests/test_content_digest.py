"""The id of a report hangs on what the files of a region say, and not on how it is written."""

import csv
import io
import json
import re
import shutil
from pathlib import Path

import pytest
import toy_region
from hypothesis import given, settings
from hypothesis import strategies as st

import lsgis
from lsgis import resource, text
from lsgis.catalogue import read_rows
from lsgis.catalogue import register as register_module
from lsgis.digest import plain_record
from lsgis.errors import CatalogueError
from lsgis.region import read_region
from lsgis.sitecheck import build_index
from lsgis.sitecheck.build import REPORTED, digest_content
from lsgis.source import read_plan

PACKAGE = Path(lsgis.__file__).parent


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("content") / "toy"
    toy_region.write_region(folder)
    return folder


def digest(folder):
    """Digests of the content of a folder, each file read anew."""
    for kept in (register_module._table, register_module._frame):
        kept.cache_clear()
    lsgis.catalogue.folder._read.cache_clear()
    return digest_content(read_region(folder))


def changed(folder, copy, name, write):
    """The digests after a file was written otherwise, and where they differ from before."""
    shutil.copytree(folder, copy)
    path = copy / name
    before = digest(copy)
    path.write_bytes(write(path.read_bytes()))
    after = digest(copy)
    shutil.rmtree(copy)
    return {key for key in before if before[key] != after[key]}


def read_cells(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))


def write_cells(rows, **layout):
    told = io.StringIO(newline="")
    csv.writer(told, **{"lineterminator": "\n", **layout}).writerows(rows)
    return told.getvalue().encode("utf-8")


def in_other_columns(content):
    return write_cells(row[:1] + row[:0:-1] for row in read_cells(content))


def quoted(content):
    return write_cells(read_cells(content), quoting=csv.QUOTE_ALL, lineterminator="\r\n")


# how a file may be written without saying anything else
ALIKE = {
    "comment": ("*.toml", lambda b: b"# a note for whoever reads it\n" + b + b"\n# and another\n"),
    "blank lines": ("*", lambda b: b + b"\n\n\n"),
    "ends of lines": ("*", lambda b: b.replace(b"\n", b"\r\n")),
    "columns": ("*.csv", in_other_columns),
    "quotes": ("*.csv", quoted),
    "a number of the same value": ("layers/*", lambda b: b.replace(b" = 50", b" = 5e1")),
}
FILES = ("data/clause.csv", "data/protected_area.csv", "data/region.toml", "layers/commune.toml")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("how", ALIKE)
def test_what_says_the_same_has_the_same_digest(folder, tmp_path, name, how):
    pattern, write = ALIKE[how]
    if Path(name).match(pattern):
        assert changed(folder, tmp_path / "copy", name, write) == set()


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_any_cell_that_says_something_else_is_another_digest(folder, tmp_path_factory, data):
    region = read_region(folder)
    named = [name for name in region.registers() if (folder / f"data/{name}.csv").is_file()]
    name = data.draw(st.sampled_from([n for n in named if read_rows(n, region)]))
    rows = read_cells((folder / f"data/{name}.csv").read_bytes())
    row = data.draw(st.integers(1, len(rows) - 1))
    column = data.draw(st.integers(0, len(rows[0]) - 1))
    said = data.draw(st.sampled_from(["", "0", rows[row][column] + " ", "khác"]))
    other = [list(cells) for cells in rows]
    other[row][column] = said
    copy = tmp_path_factory.mktemp("cell") / "copy"
    try:
        found = changed(folder, copy, f"data/{name}.csv", lambda _: write_cells(other))
    except CatalogueError:  # what cannot be is refused
        assert said != rows[row][column]
        return
    assert ("registers" in found) is (said != rows[row][column])


ROAD = "layers/toy_road.toml"
SAID = {
    "a layer's accuracy": (ROAD, b"accuracy_m = 50", b"accuracy_m = 51", "catalogue"),
    "a layer's title": (ROAD, "Đường".encode(), "Lối".encode(), "catalogue"),
    "a layer's colour": (ROAD, b"#2a6f4e", b"#2a6f4f", "catalogue"),
    "another width": (ROAD, b"[style]", b"[style]\nwidth = 2", "catalogue"),
    "the name of the region": ("data/region.toml", b"the toy region", b"a toy region", "region"),
    "the datum operation": ("data/region.toml", b"EPSG:6960", b"EPSG:5051", "region"),
    "geometry": ("data/layer/commune.geojson", b"{", b" {", "geometry"),
}


@pytest.mark.parametrize(("name", "old", "new", "where"), SAID.values(), ids=SAID)
def test_what_says_something_else_has_another_digest(folder, tmp_path, name, old, new, where):
    assert old in (folder / name).read_bytes()
    write = lambda content: content.replace(old, new, 1)  # noqa: E731
    assert changed(folder, tmp_path / "copy", name, write) == {where}


@pytest.mark.parametrize(
    ("room", "column", "differs"),
    [
        pytest.param("law", "note", False, id="a note for translators"),
        pytest.param("law", "vi", True, id="a text of reports"),
        pytest.param("help", "vi", False, id="a text of the command line"),
    ],
)
def test_texts_count_as_far_as_reports_say_them(tmp_path, monkeypatch, room, column, differs):
    before = digest_content(read_region())["texts"]
    shutil.copytree(resource.data_dir() / "text", tmp_path / "data" / "text")
    path = tmp_path / "data" / "text" / f"{room}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    rows[0][header.index(column)] += " (khác)"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    monkeypatch.setattr(text, "data_dir", lambda: tmp_path / "data")
    text.read_room_texts.cache_clear()
    try:
        after = digest_content(read_region())["texts"]
    finally:
        monkeypatch.undo()
        text.read_room_texts.cache_clear()
    assert (after != before) is differs


def test_every_text_of_a_report_counts():
    """What the modules of reports say, but for words of tables that they lend to others."""
    said = re.compile(r"""["'](\w+)\.[\w-]+["']""")
    rooms = {path.stem for path in (resource.data_dir() / "text").glob("*.csv")}
    sources = [*(PACKAGE / "report").rglob("*.py"), *(PACKAGE / "report").glob("*.html")]
    named = {
        room
        for path in sources
        if path.stem != "words"
        for room in said.findall(path.read_text(encoding="utf-8"))
    }
    assert named & rooms <= set(REPORTED) <= rooms


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_a_plain_record_is_equal_to_what_it_was_made_of(value):
    assert plain_record(value) == value
    assert json.loads(json.dumps(plain_record(value))) == value


def test_the_index_hangs_on_its_content(folder):
    region = read_region(folder)
    index = build_index(read_plan(region=region))
    assert index.inputs["content"] == digest(folder)
