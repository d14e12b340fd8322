"""A dossier held against its list of files and against the answer of today."""

import json
import os
import sqlite3
import subprocess
import zipfile
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from shutil import copytree, which

import pytest
from click.testing import CliRunner
from dossier_case import make_document, make_shapes
from hypothesis import given as given_any
from hypothesis import settings
from hypothesis import strategies as st
from toysite import Zone, square, toy_index, toy_site

from lsgis.cli import main
from lsgis.errors import SiteError
from lsgis.report import Office, make_again, shapes_around
from lsgis.report.dossier import FORMATS, write_dossier
from lsgis.sitecheck import check_site, to_json, verify
from lsgis.sitecheck.verification import LIST, read_list, to_list

ON = date(2026, 11, 22)
SITE = square(0, 0, 100, 100)
ZONES = {
    "nature_reserve": [Zone(square(50, 0, 400, 100), 5, "authoritative")],
    "wetland": [Zone(square(0, 300, 100, 400), 5, "authoritative")],
}
NAMES = [*FORMATS, "map"]  # of the files of a dossier, one of each kind
HARMLESS = {"lsgis": "0.0.9", "numpy": "0", "geos": "0"}


@pytest.fixture(scope="module")
def index():
    return toy_index(ZONES)


@pytest.fixture(scope="module")
def written(index, tmp_path_factory):
    """A dossier in all formats, as `check-site --out` writes it."""
    folder = tmp_path_factory.mktemp("written") / "dossier"
    report = check_site(toy_site(SITE, accuracy_m=1.0), index, on=ON)
    write_dossier(report, folder, shapes=make_shapes())
    return folder


@pytest.fixture
def dossier(written, tmp_path):
    return Path(copytree(written, tmp_path / "dossier"))


def file_of(folder, name):
    """The file of a format; of maps the first."""
    ending = "png" if name == "map" else name
    return sorted(folder.glob(f"*.{ending}"))[0]


def list_of(folder):
    (path,) = folder.glob(f"*{LIST}")
    return path


def told(rows):
    return [(row.pointer, row.kind, row.decides) for row in rows]


def say_again(folder, change):
    """Change the report of a dossier as somebody does who corrects the list too."""
    path = file_of(folder, "json")
    document = json.loads(path.read_bytes())
    change(document)
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    files = [file for file in folder.iterdir() if file.suffix != LIST]
    list_of(folder).write_text(to_list({file.name: sha256(file) for file in files}))


def sha256(path):
    from hashlib import sha256

    return sha256(path.read_bytes()).hexdigest()


def theme(document, layer):
    return next(row for row in document["themes"] if row["layer"] == layer)


# ---- files


def test_the_list_names_every_file_and_nothing_differs(dossier, index):
    files = {path.name: sha256(path) for path in dossier.iterdir() if path.suffix != LIST}
    assert {Path(name).suffix[1:] for name in files} == set(FORMATS)
    text = list_of(dossier).read_bytes()
    assert text == "".join(f"{files[n]}  {n}\n" for n in sorted(files)).encode()
    assert read_list(list_of(dossier)) == files
    assert verify(dossier, index) == verify(file_of(dossier, "json"), index) == []


@pytest.mark.skipif(which("sha256sum") is None, reason="no sha256sum on this machine")
@pytest.mark.parametrize("sound", [True, False])
def test_sha256sum_reads_the_list(dossier, sound):
    if not sound:
        flip(file_of(dossier, "gpkg"), 1000)
    done = subprocess.run(
        ["sha256sum", "--strict", "-c", list_of(dossier).name],
        cwd=dossier, capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode == 0) is sound


def flip(path, at):
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(bytes(content))


@settings(max_examples=20, deadline=None)
@given_any(data=st.data())
@pytest.mark.parametrize("given_as", ["folder", "json"])
@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("json", "png")])
def test_a_flipped_bit_of_any_file_is_told(written, index, name, given_as, data, tmp_path_factory):
    folder = Path(copytree(written, tmp_path_factory.mktemp("flip") / "d"))
    path = file_of(folder, name)
    flip(path, data.draw(st.integers(0, path.stat().st_size - 1)))
    asked = folder if given_as == "folder" else file_of(folder, "json")
    assert told(verify(asked, index)) == [(path.name, "file", True)]


def test_a_byte_of_the_report_that_changes_no_value_is_told(dossier, index):
    path = file_of(dossier, "json")
    path.write_bytes(path.read_bytes() + b"\n")
    assert told(verify(dossier, index)) == [(path.name, "file", True)]


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file_is_told(dossier, index, name):
    path = file_of(dossier, name)
    path.unlink()
    rows = verify(dossier, index)
    assert told(rows) == [(path.name, "file", True)] and rows[0].found is None


@pytest.mark.parametrize("ending", [*FORMATS, "txt"])
@pytest.mark.parametrize("bears", [True, False], ids=["its name", "another name"])
def test_an_added_file_is_told(dossier, index, ending, bears):
    """One that bears the name of the dossier passes for a part of it."""
    report = file_of(dossier, "json")
    stem = f"{report.stem}-x" if bears else "note"
    (dossier / f"{stem}.{ending}").write_bytes(b"x")
    rows = verify(dossier, index)
    assert told(rows) == [(f"{stem}.{ending}", "file", bears)] and rows[0].dossier is None
    beside = verify(report, index)  # other things may lie beside a file
    assert told(beside) == (told(rows) if bears else [])


@pytest.mark.parametrize("pair", [("pdf", "docx"), ("html", "xlsx"), ("gpkg", "map")])
def test_swapped_files_are_told(dossier, index, pair):
    one, other = (file_of(dossier, name) for name in pair)
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)
    assert {row.pointer for row in verify(dossier, index)} == {one.name, other.name}


def test_an_edited_list_is_told_by_the_file_it_wrongs(dossier, index):
    place = list_of(dossier)
    hashes = read_list(place)
    pdf, docx = file_of(dossier, "pdf").name, file_of(dossier, "docx").name
    place.write_text(to_list({**hashes, pdf: "0" * 64}))
    assert told(verify(dossier, index)) == [(pdf, "file", True)]
    place.write_text(to_list({name: each for name, each in hashes.items() if name != docx}))
    assert told(verify(dossier, index)) == [(docx, "file", True)]
    place.write_text("")
    assert {row.pointer for row in verify(file_of(dossier, "json"), index)} == set(hashes)


@pytest.mark.parametrize("given_as", ["folder", "json"])
def test_without_a_list_it_is_never_the_same(dossier, index, given_as):
    place = list_of(dossier)
    place.unlink()
    rows = verify(dossier if given_as == "folder" else file_of(dossier, "json"), index)
    others = {path.name for path in dossier.iterdir() if path.suffix not in (".json", LIST)}
    assert {row.pointer for row in rows} == {place.name} | others  # none of them was checked
    assert {(row.kind, row.decides) for row in rows} == {("file", False)}


ADDED = st.sampled_from([".hidden", "note.txt", "sub/", "sub/x", ".git/x", "a/b/c", "sub.json/"])


@settings(max_examples=20, deadline=None)
@given_any(added=st.sets(ADDED, min_size=1), bears=st.booleans())
def test_all_that_does_not_belong_is_told(written, index, added, bears, tmp_path_factory):
    """Hidden, empty, or a folder deeper: by name, and deciding as any other added thing."""
    folder = Path(copytree(written, tmp_path_factory.mktemp("added") / "d"))
    stem = file_of(folder, "json").stem
    expected = set()
    for name in added:
        *parents, last = name.rstrip("/").split("/")
        named = f".{stem}-{last.strip('.')}" if bears else last
        path = folder.joinpath(*parents, named)
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x")
    for path in set(folder.rglob("*")) - {folder / each.name for each in written.iterdir()}:
        expected.add((path.relative_to(folder).as_posix() + "/" * path.is_dir(), "file",
                      stem in path.name))  # fmt: skip
    assert expected
    assert set(told(verify(folder, index))) == expected


@pytest.mark.parametrize("kind", ["link", "broken link", "link to a folder", "pipe"])
def test_what_is_no_file_is_told_and_never_opened(dossier, index, kind):
    path = dossier / "x"
    if kind == "pipe":
        os.mkfifo(path)
    else:
        target = {"link": __file__, "broken link": "nowhere", "link to a folder": dossier.parent}
        path.symlink_to(target[kind])
    rows = verify(dossier, index)
    assert [row.pointer.rstrip("/") for row in rows] == ["x"] and rows[0].found == ""


@settings(max_examples=20, deadline=None)
@given_any(data=st.data())
@pytest.mark.parametrize("other", [False, True], ids=["alone", "and another file"])
def test_a_broken_report_is_a_changed_file(written, index, data, other, tmp_path_factory):
    """However it was broken: no refusal, but what was changed, and that nothing was computed."""
    folder = Path(copytree(written, tmp_path_factory.mktemp("broken") / "d"))
    path, beside = file_of(folder, "json"), file_of(folder, "xlsx")
    content = path.read_bytes()
    cut = data.draw(st.integers(0, len(content) - 2))
    path.write_bytes(data.draw(st.sampled_from([content[:cut], b"[]", b"{}", b"\xff"])))
    if other:
        flip(beside, 1000)
    rows = verify(folder, index)
    changed = {path.name, beside.name} if other else {path.name}
    assert {row.pointer for row in rows} == changed | {""}
    assert all(row.decides for row in rows)
    (computed,) = (row for row in rows if not row.pointer)
    assert computed.kind == "other" and set(computed.found) == {"vi", "en"}


def test_a_report_broken_as_it_is_listed_is_refused(dossier, index):
    path = file_of(dossier, "json")
    path.write_bytes(b"{}")
    hashes = read_list(list_of(dossier))
    list_of(dossier).write_text(to_list({**hashes, path.name: sha256(path)}))
    with pytest.raises(SiteError, match="no site report"):
        verify(dossier, index)


TRICKS = [
    "../secret", "..", ".", "/etc/passwd", "a/b", "..\\secret", "C:secret", "C:\\secret", "",
    "x\0y", "x\x1by",
]  # fmt: skip


@pytest.mark.parametrize("name", TRICKS)
def test_a_list_that_leads_elsewhere_is_refused(dossier, index, name):
    (dossier.parent / "secret").write_bytes(b"")
    place = list_of(dossier)
    place.write_bytes(place.read_bytes() + f"{'0' * 64}  {name}\n".encode())
    with pytest.raises(SiteError, match=r"the list of files .* is none"):
        verify(dossier, index)


@given_any(line=st.text(max_size=90))
def test_a_line_that_is_none_is_refused(line, tmp_path_factory):
    place = tmp_path_factory.mktemp("list") / f"x{LIST}"
    place.write_text(f"{line}\n", encoding="utf-8", errors="replace", newline="")
    with pytest.raises(SiteError, match="list of files"):
        read_list(place)


@pytest.mark.parametrize("linked", ["file", "list"])
def test_a_link_is_refused(dossier, index, linked):
    path = file_of(dossier, "pdf") if linked == "file" else list_of(dossier)
    path.rename(dossier.parent / "real")
    path.symlink_to(dossier.parent / "real")
    with pytest.raises(SiteError, match=r"the list of files .* is none"):
        verify(dossier, index)


def test_a_name_that_stands_twice_is_refused(dossier, index):
    place = list_of(dossier)
    place.write_text(place.read_text() * 2)
    with pytest.raises(SiteError, match="none twice"):
        verify(dossier, index)


def test_two_languages_in_one_folder_are_one_dossier(index, tmp_path):
    report = check_site(toy_site(SITE, accuracy_m=1.0), index, on=ON)
    for lang in ("vi", "en", "vi"):
        write_dossier(report, tmp_path / "d", formats=("html", "json"), lang=lang)
    assert len(read_list(list_of(tmp_path / "d"))) == 3
    assert verify(tmp_path / "d", index) == []


def test_another_dossier_beside_it_is_no_part_of_it(dossier, index):
    other = check_site(toy_site(SITE, accuracy_m=2.0), index, on=ON)
    write_dossier(other, dossier, formats=("json",))
    for path in dossier.glob("*.json"):
        assert verify(path, index) == []
    with pytest.raises(SiteError, match="several JSON files") as refused:
        verify(dossier, index)
    for path in dossier.glob("*.json"):
        assert path.name in str(refused.value)
    assert "folder of its own" in str(refused.value)


def test_a_dossier_without_a_report_is_refused(tmp_path, index):
    write_dossier(make_document(), tmp_path / "d", formats=("xlsx",))
    with pytest.raises(SiteError, match=r"0 \*\.json"):
        verify(tmp_path / "d", index)


# ---- the answer


def test_a_changed_state_comes_first_with_its_layer(dossier, index):
    def change(document):
        document["software"] |= HARMLESS
        theme(document, "nature_reserve")["area_m2"] += 1
        theme(document, "wetland")["state"] = "affected"

    say_again(dossier, change)
    rows = verify(dossier, index)
    assert (rows[0].kind, rows[0].layer) == ("state", "wetland")
    assert (rows[0].dossier, rows[0].found) == ("affected", "incomplete")
    assert (rows[1].kind, rows[1].layer, rows[1].decides) == ("figure", "nature_reserve", True)
    assert {(row.kind, row.decides) for row in rows[2:]} == {("software", False)}


def test_a_plan_that_changed_is_told_by_its_states(dossier):
    """One zone moved away, one that nobody had drawn: no other row is shifted by it."""
    moved = {"nature_reserve": [Zone(square(900, 0, 999, 100), 5, "authoritative", key="new")]}
    rows = verify(dossier, toy_index({**ZONES, **moved}))
    states = {row.pointer.split("/")[3]: row for row in rows if row.kind == "state"}
    assert {row.layer for row in states.values()} == {"nature_reserve"}
    assert (states["state"].dossier, states["state"].found) == ("affected", "incomplete")
    assert states["findings"].found is None and states["findings"].decides
    assert all(row.layer == "nature_reserve" for row in rows if row.kind == "figure")


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        pytest.param(lambda d: d["software"].update(HARMLESS), {"software"}, id="versions"),
        pytest.param(lambda d: d["software"].update(geos="0") or _scale(d, 1 + 1e-12),
                     {"software"}, id="versions and last digits"),
        pytest.param(lambda d: d.update(id="0" * 64), {"other"}, id="id"),
        pytest.param(lambda d: d["data"][3].update(digest="0" * 64), {"other"}, id="digest"),
        pytest.param(lambda d: d["clauses"][0].update(text_vi="x"), {"other"}, id="text"),
        pytest.param(lambda d: d["clauses"].reverse(), {"other"}, id="order"),
        pytest.param(lambda d: d["software"].update(lsgis="0.0.9") or _older(d),
                     {"software", "other"}, id="a field older versions had not"),
    ],
)  # fmt: skip
def test_what_decides_nothing(dossier, index, change, kinds):
    say_again(dossier, change)
    rows = verify(dossier, index)
    assert {row.kind for row in rows} == kinds
    assert not any(row.decides for row in rows)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        pytest.param(lambda d: _scale(d, 1 + 1e-12), "figure", id="last digit, same versions"),
        pytest.param(lambda d: d["software"].update(geos="0") or _scale(d, 1 + 1e-8), "figure",
                     id="more than last digits"),
        pytest.param(lambda d: theme(d, "wetland").update(complete=True), "other", id="complete"),
        pytest.param(lambda d: d["clauses"][0].update(status="superseded"), "other", id="status"),
        pytest.param(lambda d: d["clauses"].pop(), "other", id="a clause left out"),
        pytest.param(lambda d: d["validity"][0].update(valid=False), "other", id="validity"),
        pytest.param(lambda d: d["not_checked"].pop(), "other", id="not checked"),
        pytest.param(lambda d: d["themes"].pop(), "state", id="a layer left out"),
        pytest.param(lambda d: theme(d, "nature_reserve")["findings"].pop(), "state",
                     id="a finding left out"),
        pytest.param(lambda d: theme(d, "nature_reserve").update(nearest=None)
                     or d["software"].update(lsgis="0.0.9"), "other", id="null is no older field"),
        pytest.param(lambda d: theme(d, "wetland").pop("state"), "state", id="no state"),
    ],
)  # fmt: skip
def test_what_decides(dossier, index, change, kind):
    say_again(dossier, change)
    rows = verify(dossier, index)
    assert rows[0].decides and kind in {row.kind for row in rows if row.decides}


def _scale(document, factor):
    theme(document, "nature_reserve")["area_m2"] *= factor


def _older(document):
    for row in document["themes"]:
        row.pop("office")


# ---- its files made again: who changes a file can change the list, but not what the JSON gives


@pytest.fixture(scope="module")
def given(index, tmp_path_factory):
    """A dossier as the command writes it, in two languages."""
    folder = tmp_path_factory.mktemp("given") / "dossier"
    report = check_site(toy_site(SITE, accuracy_m=1.0), index, on=ON)
    for lang in ("vi", "en"):
        write_dossier(report, folder, lang=lang, shapes=shapes_around(index, report))
    return folder


def relist(folder):
    files = [path for path in folder.iterdir() if path.suffix != LIST]
    list_of(folder).write_text(to_list({path.name: sha256(path) for path in files}))


def test_a_dossier_made_again_is_the_same_to_the_byte(given, index):
    remade = make_again(file_of(given, "json"), index)
    assert (remade.only_listed, remade.differences) == ((), ())
    assert set(remade.same) == {path.name for path in given.iterdir() if path.suffix != LIST}


def edit_page(path, data):
    text = path.read_text(encoding="utf-8")
    at = data.draw(st.integers(0, text.index("data:image") - 1))
    path.write_text(f"{text[:at]}x{text[at:]}", encoding="utf-8")


def edit_book(path, data):
    with zipfile.ZipFile(path) as book:
        members = {name: book.read(name) for name in book.namelist()}
    sheets = sorted(name for name in members if name.startswith("xl/"))
    members[data.draw(st.sampled_from(sheets))] += b" "
    with zipfile.ZipFile(path, "w") as book:
        for name, content in members.items():
            book.writestr(name, content)


def edit_store(path, data):
    with closing(sqlite3.connect(path)) as store, store:
        query = "select table_name, identifier from gpkg_contents"
        table = data.draw(st.sampled_from([name for name, _ in store.execute(query)]))
        store.execute("update gpkg_contents set description = 'x' where table_name = ?", [table])


@settings(max_examples=3, deadline=None)
@given_any(data=st.data())
@pytest.mark.parametrize(
    ("name", "edit"), [("html", edit_page), ("xlsx", edit_book), ("gpkg", edit_store)]
)
def test_a_file_changed_with_its_list_is_not_what_the_report_gives(
    given, index, name, edit, data, tmp_path_factory
):
    folder = Path(copytree(given, tmp_path_factory.mktemp("edit") / "d"))
    path = data.draw(st.sampled_from(sorted(folder.glob(f"*.{name}"))))
    edit(path, data)
    relist(folder)
    assert verify(folder, index) == []
    remade = make_again(file_of(folder, "json"), index, formats=[name])
    assert told(remade.differences) == [(path.name, "file", True)]
    assert remade.differences[0].found == sha256(path) != remade.differences[0].dossier


def pretend_sqlite(path):
    flip(path, 99)  # the last byte of the version of SQLite that wrote the file


def pretend_library(path):
    with zipfile.ZipFile(path) as book:
        members = {name: book.read(name) for name in book.namelist()}
    with zipfile.ZipFile(path, "w") as book:
        for name, content in members.items():
            book.writestr(name, content + b" " * name.startswith("docProps/"))


def other_picture(path):
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("base64,iVBOR", "base64,iVBOS", 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "edit"),
    [
        ("gpkg", pretend_sqlite),
        ("xlsx", pretend_library),
        ("html", other_picture),
        ("png", lambda path: flip(path, 500)),
    ],
)
def test_what_another_library_may_have_made_is_told_and_decides_nothing(
    given, index, name, edit, tmp_path
):
    folder = Path(copytree(given, tmp_path / "d"))
    path = file_of(folder, name)
    edit(path)
    relist(folder)
    remade = make_again(file_of(folder, "json"), index, formats=[name])
    assert told(remade.differences) == [(path.name, "file", False)]


def test_a_map_that_no_report_gives_and_a_name_nobody_knows(given, index, tmp_path):
    folder = Path(copytree(given, tmp_path / "d"))
    stem = file_of(folder, "json").stem
    names = f"{stem}-vi-map-forged.png", f"{stem}-annex.pdf"
    for name in names:
        (folder / name).write_bytes(b"x")
    relist(folder)
    remade = make_again(file_of(folder, "json"), index, formats=["png", "json"])
    assert told(remade.differences) == [(names[0], "file", True)]
    assert names[1] in remade.only_listed and file_of(folder, "pdf").name in remade.only_listed


def test_a_letter_is_made_again_with_its_office(index, tmp_path):
    report = check_site(toy_site(SITE, accuracy_m=1.0), index, on=ON)
    office, shapes = Office(agency="Sở Xây dựng"), shapes_around(index, report)
    write_dossier(report, tmp_path / "d", formats=("docx", "json"), shapes=shapes, office=office)
    file = file_of(tmp_path / "d", "json")
    letter = file_of(tmp_path / "d", "docx").name
    assert make_again(file, index).only_listed == (letter,)
    assert letter in make_again(file, index, office=office).same
    rows = make_again(file, index, office=Office(agency="Sở khác")).differences
    assert told(rows) == [(letter, "file", True)]


# ---- the command


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    cache = tmp_path_factory.mktemp("cache")

    def invoke(command, *arguments):
        given = [command, *map(str, arguments), "--cache", str(cache)]
        return CliRunner().invoke(main, given)

    return invoke


@pytest.fixture(scope="module")
def made(run, tmp_path_factory):
    out = tmp_path_factory.mktemp("made") / "dossier"
    place = "POLYGON ((449050 2417050, 449250 2417050, 449250 2417200, 449050 2417050))"
    formats = ["--formats", "html,json,xlsx,gpkg", "--out", out]
    run("check-site", place, "--crs", "EPSG:9215", "--on", "2026-11-22", *formats)
    return out


def to_likely(document):
    document["software"]["geos"] = "0"
    theme(document, "urban_inner")["state"] = "not_affected"


@pytest.mark.parametrize(
    ("spoil", "code", "said"),
    [
        pytest.param(lambda d: None, 0, "Every file agrees with its list", id="nothing"),
        pytest.param(lambda d: file_of(d, "xlsx").unlink(), 1, ".xlsx: missing", id="missing"),
        pytest.param(lambda d: flip(file_of(d, "gpkg"), 99), 1, ".gpkg: changed", id="changed"),
        pytest.param(lambda d: (d / "a.pdf").touch(), 3, "a.pdf: added", id="added"),
        pytest.param(lambda d: list_of(d).unlink(), 3, "only the JSON could be checked",
                     id="no list"),
        pytest.param(lambda d: list_of(d).unlink(), 3, ".xlsx: not checked",
                     id="no list, another file"),
        pytest.param(lambda d: file_of(d, "html").write_text("x") and relist(d), 1,
                     ".html: not what this report gives", id="changed with the list"),
        pytest.param(lambda d: other_picture(file_of(d, "html")) or relist(d), 3,
                     ".html: not what this report gives", id="a picture changed with the list"),
        pytest.param(lambda d: say_again(d, lambda r: r["software"].update(geos="0")), 3,
                     "list alone, which whoever changes a file can rewrite: dossier",
                     id="another version: held against the list"),
        pytest.param(lambda d: file_of(d, "json").unlink(), 1, ".json: missing", id="no report"),
        pytest.param(lambda d: (d / "sub").mkdir(), 3, "sub/: added", id="an empty folder"),
        pytest.param(lambda d: file_of(d, "json").write_text("{"), 1,
                     "could not be computed again", id="a broken report"),
        pytest.param(lambda d: say_again(d, lambda r: r["software"].update(geos="0")), 3,
                     "the answer is the same", id="another version"),
        pytest.param(lambda d: say_again(d, to_likely), 1, "Not affected → Likely affected",
                     id="another answer"),
        pytest.param(lambda d: list_of(d).write_text("../x"), 2, "../x", id="a broken list"),
    ],
)  # fmt: skip
def test_the_command_says_what_it_comes_to(made, run, tmp_path, spoil, code, said):
    folder = Path(copytree(made, tmp_path / "dossier"))
    spoil(folder)
    result = run("verify", folder, "--lang", "en")
    assert (result.exit_code, said in result.output) == (code, True), result.output
    calm = "decide nothing" in result.output
    assert not (calm and ("not checked" in result.output or "not what" in result.output))
    if code != 2:
        shown = json.loads(run("verify", folder, "--json").output)
        assert shown["same"] is (code == 0) and shown["same_answer"] is (code != 1)
        assert all(row["kind"] and "decides" in row for row in shown["differences"])


def test_a_report_in_hand_has_no_files(index):
    report = check_site(toy_site(SITE, accuracy_m=1.0), index, on=ON)
    assert verify(report, index) == verify(json.loads(to_json(report)), index) == []
    changed = replace(index, digest="1" * 64)
    assert told(verify(report, changed)) == [("/id", "other", False)]
