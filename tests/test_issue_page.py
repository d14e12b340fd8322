"""The page of issues: what it holds, and what it does in a real browser without a network."""

import base64
import json
import re

import geopandas as gpd
import numpy as np
import pytest
import shapely
import toy
from browser import open_browser, press_at, trouble, visit
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait
from toy import EAST as E0
from toy import NORTH as N0
from toy import VN2000
from toymap import HOSTILE

from lsgis.catalogue import read_register, require_layer
from lsgis.check import (
    SEVERITIES,
    apply_profile,
    check_layer,
    describe_issue,
    read_profile,
    read_rules,
)
from lsgis.check.issue import new_issue
from lsgis.cli import main
from lsgis.crs import to_wgs84
from lsgis.errors import LsgisError, OutputError
from lsgis.webmap import Outline, draw_issues, outlines_of, write_issue_page
from lsgis.webmap.issue_page import FINE, share_budget, write_outline

NOWHERE = np.empty((0, 2))


def square(x, y, size=1000):
    return toy.square(x, y, size)


def at(x, y):
    return shapely.Point(E0 + x, N0 + y)


def communes(*shapes, crs=VN2000):
    shapes = shapes or (square(0, 0), square(1000, 0), square(0, 1000))
    codes = [f"0000{n + 1}" for n in range(len(shapes))]
    names = [f"Xã số {n + 1}" for n in range(len(shapes))]
    return gpd.GeoDataFrame(
        {"commune_code": codes, "name_vi": names}, geometry=list(shapes), crs=crs
    )


def below(frame=None, lang="vi"):
    return outlines_of({}, {"commune": communes() if frame is None else frame}, lang)


OVERLAP = new_issue("LS-OVERLAP", "commune", key="00001", place=at(1000, 500), other="00002",
                    area_m2=2000.0, share=0.002, shape=square(998, 498, 4))  # fmt: skip
SPIKE = new_issue("LS-GEOM-SPIKE", "commune", key="00003", place=at(200, 1900), count=1,
                  width_m=0.5, length_m=90.0, name="Xã số 3")  # fmt: skip
AREA = new_issue("LS-AREA-TOTAL", "commune", area_ha=1.0, instrument="339", clause="339/I",
                 official_ha=2.0, share=0.5)  # fmt: skip
INVALID = new_issue("LS-GEOM-INVALID", "commune", key="00002", place=at(1500, 300), reason="lỗi")
FOUND = [SPIKE, OVERLAP, AREA, INVALID]


def drawn(issues=FOUND, **options):
    given = {"lang": "vi", "title": "Kết quả", "outlines": below(), **options}
    return draw_issues(issues, **given)


def held(page):
    """What the script of a page is given."""
    return json.loads(re.search(r"lsgis\.showIssues\((\{.*\})\);</script>", page)[1])


def trace(steps):
    """Coordinates (m, EPSG:9215) of a line as the page holds it."""
    degrees = np.cumsum(np.array(steps).reshape(-1, 2), axis=0) / FINE
    points = gpd.GeoSeries(shapely.points(degrees), crs=4326)
    from lsgis.crs import to_vn2000

    return shapely.get_coordinates(to_vn2000(gpd.GeoDataFrame(geometry=points)).geometry)


# --- what the page holds ----------------------------------------------------------------


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_page_holds_every_issue_in_its_words(lang):
    content = held(drawn(lang=lang))
    told = [(row["message"], content["todos"][row["todo"]]) for row in content["issues"]]
    assert told == [(d["message"], d["todo"]) for d in (describe_issue(i, lang) for i in FOUND)]
    assert content["counts"] == {"error": 1, "warning": 3, "note": 0}
    assert list(content["codes"]) == [c for c in read_rules() if c in {i.code for i in FOUND}]
    assert f'<html lang="{lang}">' in drawn(lang=lang)


def test_places_and_shapes_are_exact_to_the_centimetre():
    content = held(drawn())
    spike, overlap, area, _ = content["issues"]
    degrees = to_wgs84(gpd.GeoDataFrame(geometry=[SPIKE.place], crs=VN2000)).geometry[0]
    assert spike["at"] == pytest.approx([degrees.x, degrees.y], abs=1e-7)
    assert "at" not in area and "shape" not in area
    ring = shapely.Polygon(trace(overlap["shape"][0]["areas"][0][0]))
    assert shapely.hausdorff_distance(ring, OVERLAP.shape) < 0.02
    assert spike["metres"] == ["440.200,00", "2.421.900,00"]


def test_the_same_issues_give_the_same_page():
    assert drawn() == drawn()


def test_the_page_carries_all_it_needs_and_may_load_nothing():
    page = drawn()
    assert "default-src 'none'" in page
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=", page)
    assert "url(" not in re.sub(r"<script>.*?</script>", "", page, flags=re.S)
    assert "sourceMappingURL" not in page
    assert "BSD 2-Clause" in page or "Redistribution and use" in page


def test_a_profile_is_named_and_its_reason_told(tmp_path):
    path = tmp_path / "sở.csv"
    path.write_text("rule,severity,reason\nLS-GEOM-SPIKE,note,đã rà\n", encoding="utf-8")
    profile = read_profile(path)
    page = drawn(apply_profile(FOUND, profile), profile=profile)
    assert "Bộ mức độ “sở”: đổi mức 1 trong 4 phát hiện" in page
    row = held(page)["issues"][0]
    assert (row["severity"], row["usual"], row["reason"]) == ("note", "warning", "đã rà")
    assert "usual" not in held(page)["issues"][1]


def test_hostile_texts_never_become_part_of_the_page():
    texts = "".join(HOSTILE)
    issue = new_issue("LS-GEOM-INVALID", texts, key=texts, place=at(0, 0), reason=texts, name=texts)
    page = drawn([issue], title=texts, subtitle=texts, badges=[texts])
    assert "<script>alert" not in page and "<img src=x" not in page
    assert page.count("<script>") == drawn().count("<script>")
    assert held(page)["issues"][0]["name"] == texts


def test_a_page_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="choose another folder"):
        write_issue_page(FOUND, tmp_path / "file", lang="en", title="x")


# --- outlines ---------------------------------------------------------------------------


def circle(x, y, corners):
    return at(x, y).buffer(5000, quad_segs=corners // 4)


def test_an_outline_within_its_budget_is_exact():
    outline = Outline("commune", "Xã", communes(), ("1", "2", "3"))
    written = write_outline(outline, NOWHERE)
    assert (written["shift_m"], written["undrawn"]) == (0, 0)
    assert [feature["key"] for feature in written["features"]] == ["1", "2", "3"]
    line = trace(written["features"][0]["lines"][0])
    assert shapely.hausdorff_distance(shapely.LineString(line), square(0, 0).exterior) < 0.02


def test_a_heavy_outline_is_lighter_but_not_where_an_issue_lies():
    shape = circle(0, 0, 40_000)
    outline = Outline("commune", "Xã", communes(shape))
    place = shapely.get_coordinates(shape)[:1]
    written = write_outline(outline, place, budget=2000)
    line = trace(written["features"][0]["lines"][0])
    assert 0 < written["shift_m"] <= 10
    assert len(line) < 10_000
    gap = shapely.distance(shapely.LineString(line), shape.exterior.interpolate([0, 15_000]))
    assert gap.max() <= written["shift_m"]
    apart = np.hypot(*(line - place).T)
    near = np.hypot(*(shapely.get_coordinates(shape)[:-1] - place).T)
    assert (apart < 25).sum() >= (near < 25).sum()  # every corner near the issue is there


def test_neighbours_keep_their_common_border_common():
    wavy = [(E0 + 40 * np.sin(n), N0 + n * 10) for n in range(1, 2000)]
    west = shapely.Polygon([*wavy, (E0 - 9000, N0 + 19_990), (E0 - 9000, N0 + 10)])
    east = shapely.Polygon([*wavy[::-1], (E0 + 9000, N0 + 10), (E0 + 9000, N0 + 19_990)])
    written = write_outline(Outline("c", "c", communes(west, east)), NOWHERE, budget=500)
    lines = [trace(feature["lines"][0]).round(1) for feature in written["features"]]
    inner = [{tuple(xy) for xy in line if abs(xy[0] - E0) < 100} for line in lines]
    assert inner[0] == inner[1] and 0 < len(inner[0]) < len(wavy)


@pytest.mark.parametrize(
    ("frame", "undrawn"),
    [
        pytest.param(communes(crs=None), 3, id="no CRS"),
        pytest.param(communes(square(0, 0), None, shapely.Point()), 2, id="missing and empty"),
        pytest.param(communes(shapely.Point(np.inf, 0), square(0, 0)), 1, id="infinite"),
        pytest.param(communes(crs='LOCAL_CS["site grid",UNIT["metre",1]]'), 3, id="nowhere"),
        pytest.param(communes().iloc[:0], 0, id="nothing"),
    ],
)
def test_what_cannot_be_drawn_is_counted(frame, undrawn):
    page = drawn(outlines=below(frame))
    assert held(page)["outlines"][0]["undrawn"] == undrawn
    assert (f"Không vẽ được {undrawn} đối tượng" in page) == (undrawn > 0)


def test_the_first_look_is_at_the_province_not_at_what_went_astray():
    astray = communes(square(0, 0), square(0, 900_000))
    (south, west), (north, east) = held(drawn(outlines=below(astray)))["bounds"]
    assert 21 < south < north < 23 and 105 < west < east < 108


def test_small_outlines_get_what_they_need():
    outlines = [Outline(str(n), "", communes(circle(0, 0, n))) for n in (4, 400, 4000)]
    small, middle, large = share_budget(outlines, budget=1000)
    assert (small, middle) == (5, 401)
    assert large == 1000 - small - middle


SHAPES = st.sampled_from(
    [
        None, shapely.Point(), at(0, 0), shapely.Point(np.nan, 1), square(0, 0), square(0, 0, 0),
        shapely.LineString([(E0, N0), (E0, N0)]), shapely.LineString([(E0, N0), (E0 + 9, N0)]),
        shapely.Polygon([(E0, N0), (E0 + 9, N0 + 9), (E0 + 9, N0), (E0, N0 + 9)]),
        shapely.GeometryCollection([at(0, 0), shapely.MultiPolygon([square(0, 0), square(9, 9)])]),
        shapely.Point(1e300, -1e300), shapely.box(0, 0, 1, 1), shapely.MultiPoint([(E0, N0)]),
        shapely.force_3d(square(5, 5)),
    ]
)  # fmt: skip


@settings(deadline=None)
@given(
    shapes=st.lists(SHAPES, max_size=4), places=st.lists(st.tuples(SHAPES, SHAPES), max_size=3),
    crs=st.sampled_from([VN2000, 4326, None]),
)  # fmt: skip
def test_odd_features_and_places_never_crash(shapes, places, crs):
    frame = gpd.GeoDataFrame({"commune_code": [None] * len(shapes)}, geometry=shapes, crs=crs)
    issues = [
        new_issue("LS-GEOM-EMPTY", "commune", shape=shape,
                  place=place if isinstance(place, shapely.Point) else None)
        for place, shape in places
    ]  # fmt: skip
    try:
        found = [*issues, *check_layer(frame, require_layer("commune"))]
    except LsgisError:
        found = issues
    content = held(drawn(found, outlines=below(frame)))
    assert len(content["issues"]) == len(found)


# --- in a browser -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with open_browser(tmp_path_factory.mktemp("profile")) as driver:
        yield driver


@pytest.fixture
def page(browser, tmp_path):
    """Open the page of some issues; nothing may have gone wrong when the test ends."""

    def opened(issues=FOUND, **options):
        path = tmp_path / "issues.html"
        path.write_text(drawn(issues, **options), encoding="utf-8")
        visit(browser, path)
        return browser

    yield opened
    assert trouble(browser) == []


def rows(browser):
    found = browser.find_elements(By.CSS_SELECTOR, "#found tbody tr")
    return [int(row.get_attribute("data-issue")) for row in found]


def row(browser, number):
    return browser.find_element(By.CSS_SELECTOR, f'tr[data-issue="{number}"]')


def chosen(browser):
    found = browser.find_elements(By.CSS_SELECTOR, "tr.chosen")
    return [int(row.get_attribute("data-issue")) for row in found]


def looking_at(browser):
    """Middle of the map (EPSG:9215) and metres across."""
    lon, lat, wide = browser.execute_script(
        "const m = lsgis.map, c = m.getCenter(), b = m.getBounds();"
        "return [c.lng, c.lat, m.distance(b.getSouthWest(), b.getSouthEast())];"
    )
    points = gpd.GeoDataFrame(geometry=[shapely.Point(lon, lat)], crs=4326).to_crs(VN2000)
    return points.geometry[0], wide


def card(browser):
    def shown(_):
        cards = browser.find_elements(By.CSS_SELECTOR, ".leaflet-popup .found-card")
        return cards[-1].text if cards else ""

    return WebDriverWait(browser, 5).until(shown)


def dot(browser, number):
    """Where a dot stands in the window."""
    return browser.execute_script(
        "const b = lsgis.map.getContainer().getBoundingClientRect();"
        "const p = lsgis.map.latLngToContainerPoint(lsgis.marks[arguments[0]].dot.getLatLng());"
        "return [b.left + p.x, b.top + p.y];",
        number,
    )


def test_a_row_takes_the_map_to_its_place_and_opens_its_card(page):
    browser = page()
    assert rows(browser) == [3, 0, 1, 2]  # the error first
    before, wide = looking_at(browser)
    row(browser, 1).click()
    middle, near = looking_at(browser)
    assert middle.distance(OVERLAP.shape) < near < wide / 10
    assert middle.distance(before) > 0
    assert "Chồng lấn" in card(browser) and "00001" in card(browser)
    assert chosen(browser) == [1]
    row(browser, 0).click()
    middle, _ = looking_at(browser)
    assert middle.distance(SPIKE.place) < 300
    assert "Gai nhọn" in card(browser) and chosen(browser) == [0]


def test_an_issue_without_a_place_shows_the_whole(page):
    browser = page()
    home = looking_at(browser)
    row(browser, 1).click()
    row(browser, 2).click()
    assert looking_at(browser)[1] == pytest.approx(home[1], rel=0.01)
    assert chosen(browser) == [2]
    assert "không có vị trí trên bản đồ" in row(browser, 2).text
    WebDriverWait(browser, 5).until(
        lambda b: not b.find_elements(By.CSS_SELECTOR, ".leaflet-popup .found-card")
    )


def test_a_dot_marks_its_row(page):
    browser = page()
    zoom = looking_at(browser)[1]
    press_at(browser, *dot(browser, 3))
    assert "Hình không hợp lệ" in card(browser)
    assert chosen(browser) == [3]
    assert looking_at(browser)[1] == pytest.approx(zoom, rel=0.01)  # it does not jump


def test_dots_on_each_other_lead_to_each_other(page):
    browser = page([SPIKE, new_issue("LS-GEOM-EMPTY", "commune", key="00003", place=SPIKE.place)])
    row(browser, 0).click()
    assert "Cũng tại đây" in card(browser)
    browser.find_element(By.CSS_SELECTOR, ".found-also button").click()
    WebDriverWait(browser, 5).until(lambda b: "Hình rỗng" in card(b))
    assert chosen(browser) == [1]


def test_filters_leave_the_same_rows_and_dots(page):
    browser = page()
    shown = "return lsgis.marks.map((m) => m.dot && lsgis.group.hasLayer(m.dot))"
    browser.find_element(By.CSS_SELECTOR, "input[value=warning]").click()
    assert rows(browser) == [3]
    assert browser.execute_script(shown) == [False, False, None, True]
    assert "Đang hiện 1 trong 4" in browser.find_element(By.CSS_SELECTOR, ".found-count").text
    browser.find_element(By.CSS_SELECTOR, "input[value=warning]").click()
    Select(browser.find_element(By.NAME, "code")).select_by_value("LS-OVERLAP")
    assert rows(browser) == [1]
    assert browser.execute_script(shown) == [False, True, None, False]
    Select(browser.find_element(By.NAME, "code")).select_by_value("")
    browser.find_element(By.NAME, "text").send_keys("số 3")
    WebDriverWait(browser, 5).until(lambda b: rows(b) == [0])


def test_the_list_obeys_the_keyboard(page):
    browser = page()
    row(browser, 3).send_keys(Keys.ENTER)
    assert chosen(browser) == [3]
    row(browser, 3).send_keys(Keys.ARROW_DOWN)
    assert chosen(browser) == [0]
    assert browser.switch_to.active_element.get_attribute("data-issue") == "0"


def test_hostile_texts_are_shown_and_do_nothing(page):
    issues = [
        new_issue(
            "LS-GEOM-INVALID", "commune", key=text, place=at(9 * n, 0), reason=text, name=text
        )
        for n, text in enumerate(HOSTILE)
    ]
    frame = communes().assign(name_vi=HOSTILE[:3])
    browser = page(issues, title=HOSTILE[0], outlines=below(frame))
    for n, text in enumerate(HOSTILE):
        row(browser, n).click()
        assert text.split("\u2028")[0] in card(browser)
    assert browser.find_elements(By.CSS_SELECTOR, "img, .found-card b") == []
    assert browser.find_element(By.CSS_SELECTOR, "h1").text == HOSTILE[0]


def test_nothing_found_is_a_page_too(page):
    browser = page([])
    assert rows(browser) == []
    assert "Không phát hiện" in browser.find_element(By.CSS_SELECTOR, ".found-count").text


def test_five_thousand_issues_stay_in_hand(page):
    seed = np.random.default_rng(1)
    codes = ["LS-GEOM-INVALID", "LS-GEOM-SPIKE", "LS-GEOM-REPEATED-VERTEX"]
    issues = [
        new_issue(codes[n % 3], "commune", key=f"{n}", place=at(*seed.integers(0, 2000, 2)),
                  reason="x", count=1, width_m=1.0, length_m=2.0)
        for n in range(5000)
    ]  # fmt: skip
    browser = page(issues)
    assert len(rows(browser)) < 500  # a stretch of them
    far = browser.execute_script("return lsgis.seen[4000]")
    browser.execute_script("lsgis.choose(arguments[0], { zoom: false })", far)
    assert chosen(browser) == [far] and len(rows(browser)) < 500
    assert browser.execute_script(
        "const a = document.querySelector('tr.chosen').getBoundingClientRect();"
        "const b = document.querySelector('.found-rows').getBoundingClientRect();"
        "return a.top >= b.top && a.bottom <= b.bottom;"
    )
    browser.find_element(By.CSS_SELECTOR, "input[value=note]").click()
    assert "Đang hiện 3334 trong 5000" in browser.find_element(By.CSS_SELECTOR, ".found-count").text


def test_paper_gets_every_row_and_the_map(page):
    issues = [SPIKE] * 400
    browser = page(issues)
    seen = browser.execute_script("return lsgis.map.getSize().x")
    made = browser.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})
    assert base64.b64decode(made["data"]).startswith(b"%PDF")
    browser.execute_script("window.dispatchEvent(new Event('beforeprint'))")
    assert len(rows(browser)) == 400
    assert browser.execute_script("return lsgis.map.getSize().x") < 700  # 180 mm
    browser.execute_script("window.dispatchEvent(new Event('afterprint'))")
    assert browser.execute_script("return lsgis.map.getSize().x") == seen


def test_a_small_screen_has_room_for_both(browser, tmp_path):
    (tmp_path / "issues.html").write_text(drawn(), encoding="utf-8")
    visit(browser, tmp_path / "issues.html", width=390, height=800)
    assert browser.execute_script("return document.body.scrollWidth <= 390")
    row(browser, 1).click()
    assert chosen(browser) == [1]
    assert trouble(browser) == []


# --- commands ---------------------------------------------------------------------------


def test_check_layer_writes_the_page_of_the_real_communes(browser, communes_file, tmp_path):
    arguments = ["check-layer", str(communes_file), "--as", "commune", "--issues", str(tmp_path)]
    assert CliRunner().invoke(main, arguments).exit_code == 1
    table = json.loads((tmp_path / "issues.json").read_text(encoding="utf-8"))
    visit(browser, tmp_path / "issues.html")
    content = browser.execute_script("return lsgis.content.issues.map((i) => i.message)")
    assert content == [line["message"] for line in table]
    gap = next(n for n, line in enumerate(table) if line["code"] == "LS-COVER-GAP")
    browser.execute_script("lsgis.choose(arguments[0], { zoom: true })", gap)
    middle, wide = looking_at(browser)
    there = shapely.Point(table[gap]["easting"], table[gap]["northing"])
    assert middle.distance(there) < wide < 2000
    units = len(read_register("commune"))
    assert browser.execute_script("return lsgis.content.outlines[0].features.length") == units
    assert trouble(browser) == []


def test_the_published_site_has_the_same_map(browser, tmp_path):
    asked = ["publish", str(tmp_path / "site"), "--lang", "en"]
    assert CliRunner().invoke(main, asked).exit_code == 1  # what is not located is told
    table = json.loads((tmp_path / "site" / "issues.json").read_text(encoding="utf-8"))["issues"]
    visit(browser, tmp_path / "site" / "issues.html")
    assert browser.execute_script("return lsgis.marks.length") == len(table)
    placed = next(n for n, line in enumerate(table) if line["place"])
    before = looking_at(browser)[1]
    browser.execute_script("lsgis.choose(arguments[0], { zoom: true })", placed)
    middle, wide = looking_at(browser)
    assert wide < before
    assert middle.distance(shapely.Point(table[placed]["place"])) < max(wide, 50_000)
    assert chosen(browser) == [placed]
    assert trouble(browser) == []


def test_severities_have_each_their_sign():
    style = (drawn()).split("</style>")[1]
    for name in SEVERITIES[:2]:
        assert f".found-dot.{name}" in style  # a shape of its own, not only a colour
