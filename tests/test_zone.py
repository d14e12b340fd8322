"""Metres without a zone: a question at every door, unless the place the papers name answers it."""

from dataclasses import replace
from datetime import date

import numpy as np
import pyproj
import pytest
import shapely
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from toysite import EAST, NORTH, RIGHT, WEST, toy_index

from lsgis.catalogue import read_unit_register
from lsgis.cli import main
from lsgis.errors import SiteError
from lsgis.sitecheck import check_site, check_sites, compare_place, judge_site, verify
from lsgis.sitecheck.declared import CONFIRMED, DEFAULTED, _names, require_zone
from lsgis.sitefile import read_site
from lsgis.sitefile.soundness import tell_default

xlsxwriter = pytest.importorskip("xlsxwriter")
ON = date(2026, 11, 22)
SHAPES = {"00001": WEST, "00002": RIGHT}  # the toy communes, west and east of EAST


def table(x, y, *titles, side=100):
    ring = [(x, y), (x, y + side), (x + side, y + side), (x + side, y)]
    rows = [f"{n};{north:.2f};{east:.2f}" for n, (east, north) in enumerate(ring, start=1)]
    return "\n".join([*titles, "Điểm;X (m);Y (m)", *rows])


@pytest.fixture(scope="module")
def index():
    return toy_index({})


INSIDE = table(EAST + 5_000, NORTH)  # in the eastern commune, and in no other by another zone
BETWEEN = table(EAST - 8_000, NORTH)  # in the western one; 107°30′ puts it into the eastern


def workbook(path, text):
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for n, line in enumerate(text.splitlines()):
            for m, cell in enumerate(line.split(";")):
                number = n and m
                (sheet.write_number if number else sheet.write_string)(
                    n, m, float(cell) if number else cell
                )
    return path


FORMS = {
    "pasted": lambda folder, text: text,
    "csv": lambda folder, text: written(folder / "a.csv", text),
    "txt": lambda folder, text: written(folder / "a.txt", text.replace(";", "\t")),
    "xlsx": lambda folder, text: workbook(folder / "a.xlsx", text),
    "two numbers": lambda folder, text: " ".join(text.splitlines()[1].split(";")[1:]),
}


def written(path, text):
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("form", FORMS)
def test_metres_without_a_zone_are_a_question_at_every_door(index, tmp_path, form):
    site = read_site(FORMS[form](tmp_path, BETWEEN))
    for door in (lambda: check_site(site, index, on=ON), lambda: judge_site(site, index)):
        with pytest.raises(SiteError) as refusal:
            door()
        assert refusal.value.code == "sitecheck.zone-open"
        for lang, word in (("vi", "khai --crs"), ("en", "state --crs")):
            text = refusal.value.message(lang)
            assert word in text
            assert text.index("EPSG:9215") < text.index("→ 00001") < text.index("EPSG:9216")
            assert text.index("EPSG:9216") < text.index("→ 00002")
    stated = read_site(FORMS[form](tmp_path, BETWEEN), crs="EPSG:9215")
    assert check_site(stated, index, on=ON).site.crs_found == "EPSG:9215"
    assert judge_site(stated, index).themes


@pytest.mark.parametrize("title", ["Hệ toạ độ VN-2000, kinh tuyến trục 107°15'", "KTT 107-15"])
def test_a_table_that_names_its_meridian_is_no_question(index, title):
    assert check_site(read_site(f"{title}\n{BETWEEN}"), index, on=ON)


@pytest.mark.parametrize(
    ("text", "commune", "code"),
    [
        pytest.param(INSIDE, "00002", "", id="there, and by no other zone"),
        pytest.param(INSIDE, "00001", "elsewhere|differs", id="elsewhere"),
        pytest.param(INSIDE, "Nowhere", "unknown", id="no such commune"),
        pytest.param(BETWEEN, "00001", "", id="the western one"),
        pytest.param(BETWEEN, "00002", "elsewhere", id="another zone is meant"),
        pytest.param(BETWEEN, "00001; 00002", "open", id="two, and one says another zone"),
        pytest.param(INSIDE, "00002; Nowhere", "", id="one known, one of before 2025"),
    ],
)
def test_the_commune_of_the_papers_answers_it_or_not(index, text, commune, code):
    site = compare_place(read_site(text), index, commune=commune)
    codes = [row["code"] for row in site.log]
    assert (CONFIRMED in codes) is not bool(code)
    if code:
        assert any(f"site.place-{name}" in codes for name in code.split("|"))
        with pytest.raises(SiteError, match="does not settle it"):
            check_site(site, index, on=ON)
    else:
        report = check_site(site, index, on=ON)
        assert report.site.log[-1]["code"] == CONFIRMED and not verify(report, index)


def test_the_commune_a_title_names_answers_it_without_being_asked(index):
    """The certificate's own address: read with the table, held against the place at the door."""
    rows = dict(index.store.rows)
    rows["commune"] = [replace(row, name_vi=name) for row, name in
                       zip(rows["commune"], ("Tây", "Đông"), strict=True)]  # fmt: skip
    named = replace(index, store=replace(index.store, rows=rows))
    title = "Địa chỉ thửa đất: thôn 2, xã Đông, tỉnh Lạng Sơn"
    report = check_site(read_site(f"{title}\n{INSIDE}"), named, on=ON)
    assert [row["code"] for row in report.site.log][-2:] == ["site.place-agrees", CONFIRMED]
    with pytest.raises(SiteError, match="does not settle it"):
        check_site(read_site(f"{title}\n{BETWEEN}"), named, on=ON)


@pytest.fixture
def named(index):
    """The same communes under names that a title may say."""
    rows = dict(index.store.rows)
    rows["commune"] = [replace(row, name_vi=name) for row, name in
                       zip(rows["commune"], ("Tây", "Đông"), strict=True)]  # fmt: skip
    return replace(index, store=replace(index.store, rows=rows))


@pytest.mark.parametrize("text", [INSIDE, BETWEEN])
@pytest.mark.parametrize(
    "declared", ["", "Tây", "xã Đông", "Tây; Đông", "Phường Đông, tỉnh Lạng Sơn"]
)
@pytest.mark.parametrize("title", ["", "Tây", "Đông", "Tây, xã Đông"])
def test_the_title_and_what_is_declared_are_both_the_papers(named, text, declared, title):
    """Neither is left out, they never agree while they differ, and one place is told once."""
    head = f"Địa chỉ thửa đất: thôn 2, xã {title}, tỉnh Lạng Sơn\n" if title else ""
    site = compare_place(read_site(head + text, accuracy_m=500.0), named, commune=declared)
    codes = [row["code"].removeprefix("site.place-") for row in site.log]
    parts = [{n for n in ("Tây", "Đông") if n in said} for said in (declared, title)]
    apart = all(parts) and parts[0].isdisjoint(parts[1])
    assert ("contradicts" in codes) == apart
    assert not (apart and CONFIRMED in codes)
    assert "unknown" not in codes and len(codes) == len({str(row) for row in site.log})
    if parts[0] == parts[1] or not all(parts):  # one paper: one answer
        assert len({*codes} & {"agrees", "near", "elsewhere", "differs"}) <= 1
    if apart:
        with pytest.raises(SiteError, match="does not settle it"):
            check_site(site, named, on=ON)


def test_every_commune_is_read_from_an_address_whatever_stands_around_it():
    names = read_unit_register()["name_vi"]
    for first, second in zip(names, [*names[1:], names[0]], strict=True):
        assert _names(f"{first}; {second}") == [first, second]
        assert _names(f"thôn 2, {first}, tỉnh Lạng Sơn") == [first]
        assert _names(first) == [first]


OTHERS = [*range(9205, 9215), *range(9216, 9219), *range(5896, 5900), 3405, 3406, 32648, 32649]
MOVES = [pyproj.Transformer.from_crs(code, 9215, always_xy=True) for code in OTHERS]


@settings(max_examples=60, deadline=None)
@given(
    east=st.integers(-19_000, 19_000),
    north=st.integers(-19_000, 19_000),
    commune=st.sampled_from(sorted(SHAPES)),
    accuracy_m=st.sampled_from([0.5, 50.0, 3000.0]),
)
def test_the_answer_hangs_on_the_place_alone(index, east, north, commune, accuracy_m):
    """Held against PROJ: confirmed where this zone lies in the commune and none else within e."""
    x, y = EAST + east, NORTH + north
    site = compare_place(
        read_site(f"{y:.2f} {x:.2f}", accuracy_m=accuracy_m), index, commune=commune
    )
    shape = SHAPES[commune]
    places = [shapely.Point(move.transform(x, y)) for move in MOVES]
    places = [p for p in places if np.isfinite([p.x, p.y]).all()]
    away = [shape.distance(place) - accuracy_m for place in places]
    if any(abs(m) < 5 for m in away):  # where the datum of a zone decides, by metres
        return
    alone = shape.intersects(shapely.Point(x, y)) and min(away) > 0
    try:
        require_zone(site, index, assumed_accuracy_m=100.0)
        passed = True
    except SiteError as refusal:
        assert refusal.code == "sitecheck.zone-open"
        passed = False
    assert passed is alone


def test_a_row_of_a_table_of_sites_is_asked_like_any_other(index, tmp_path):
    x, y = EAST + 5_000, NORTH
    rows = ["name;X;Y;crs;xã", f"asked;{y};{x};;", f"stated;{y};{x};EPSG:9215;",
            f"named;{y};{x};;00002", f"misnamed;{y};{x};;00001"]  # fmt: skip
    path = written(tmp_path / "sites.csv", "\n".join(rows))
    found = check_sites(path, index, out=tmp_path / "out", on=ON)
    assert [row["error_en"] is None for row in found.rows] == [False, True, True, False]
    assert "EPSG:9215" in found.rows[0]["error_vi"]
    whole = check_sites(path, index, out=tmp_path / "all", on=ON, crs="EPSG:9215")
    assert whole.failed == 0


def test_the_command_refuses_and_says_what_to_do(tmp_path):
    path = written(tmp_path / "park.csv", table(411_200, 2_395_800, side=600))
    told = ["check-site", str(path), "--on", "2026-11-22", "--cache", str(tmp_path / "cache")]
    refused = CliRunner().invoke(main, [*told, "--out", str(tmp_path / "d")])
    assert refused.exit_code == 2 and not (tmp_path / "d").exists()
    assert "EPSG:9215" in refused.stderr and "→ Hữu Liên" in refused.stderr
    for more in (["--crs", "EPSG:9215"], ["--declared-commune", "xã Hữu Liên"]):
        assert CliRunner().invoke(main, [*told, *more]).exit_code == 1


@pytest.mark.parametrize("bounds", [(450_000, 2_420_000) * 2, (560_000, 2_420_000) * 2])
def test_the_codes_of_a_default_are_known_to_the_question(bounds):
    from lsgis.region import read_region

    assert tell_default(bounds, read_region())["code"] in DEFAULTED
