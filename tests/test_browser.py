"""Map pages in a real browser with the network off."""

import pytest
from browser import open_browser, press_at, trouble, visit
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait
from toymap import HOSTILE, draw, hostile_layers

from lsgis.catalogue import Style
from lsgis.webmap import MapLayer, Neighbour, simplify_for_web, write_assets

COMMUNES = "path.layer-commune"


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with open_browser(tmp_path_factory.mktemp("profile")) as driver:
        yield driver


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("site")
    write_assets(place / "assets")
    (place / "toy.html").write_text(draw(), encoding="utf-8")
    hostile = draw(
        hostile_layers(), title=HOSTILE[0], subtitle=HOSTILE[1], badges=HOSTILE,
        links=[(text, "a.html") for text in HOSTILE], neighbours=[Neighbour(HOSTILE[0], "n")],
        not_drawn=[(text, None, text) for text in HOSTILE],
    )  # fmt: skip
    (place / "hostile.html").write_text(hostile, encoding="utf-8")
    return place


@pytest.fixture
def toy(browser, folder):
    visit(browser, folder / "toy.html")
    yield browser
    assert trouble(browser) == []


def count(browser, css: str) -> int:
    return len(browser.find_elements(By.CSS_SELECTOR, css))


def one(browser, css: str):
    return browser.find_element(By.CSS_SELECTOR, css)


def middle(browser, css: str, number: int = 0) -> tuple[float, float]:
    box = browser.find_elements(By.CSS_SELECTOR, css)[number].rect
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def card(browser) -> str:
    """Text of the one card that is open, once it has faded in."""

    def shown(_):
        cards = browser.find_elements(By.CSS_SELECTOR, ".leaflet-popup .card")
        return cards[0].text if len(cards) == 1 else ""

    return WebDriverWait(browser, 5).until(shown)


def close_card(browser) -> None:
    one(browser, ".leaflet-popup-close-button").click()
    WebDriverWait(browser, 5).until(lambda b: count(b, ".leaflet-popup") == 0)


def test_the_real_communes(browser, folder, real_communes):
    light, shift = simplify_for_web(real_communes, tolerance_m=10)
    layer = MapLayer("commune", "Xã", "Hành chính", light, Style("#777777"), 65, 65, label=True)
    (folder / "real.html").write_text(draw([layer], shift_m=shift), encoding="utf-8")
    visit(browser, folder / "real.html")
    assert count(browser, COMMUNES) == len(real_communes)
    assert trouble(browser) == []
    boxes = [e.rect for e in browser.find_elements(By.CSS_SELECTOR, ".label:not(.hidden) span")]
    assert len(boxes) > 40
    for i, a in enumerate(boxes):
        for b in boxes[:i]:
            apart = (
                a["x"] >= b["x"] + b["width"] or b["x"] >= a["x"] + a["width"]
                or a["y"] >= b["y"] + b["height"] - 1 or b["y"] >= a["y"] + a["height"] - 1
            )  # fmt: skip
            assert apart, "names lie on each other"


def test_a_box_takes_its_layer_away_and_back(toy):
    drawn = count(toy, COMMUNES)
    box = one(toy, "input[data-layer=commune]")
    box.click()
    assert (drawn, count(toy, COMMUNES), count(toy, ".label")) == (9, 0, 0)
    box.click()
    assert count(toy, COMMUNES) == 9


def test_none_and_all(toy):
    one(toy, "[data-every=none]").click()
    assert count(toy, COMMUNES) + count(toy, ".leaflet-marker-icon.point") == 0
    assert count(toy, "#panel input:checked") == 0
    one(toy, "[data-every=all]").click()
    assert count(toy, COMMUNES) == 9
    one(toy, ".theme:nth-of-type(3) [data-theme=none]").click()
    assert (count(toy, COMMUNES), count(toy, ".layer-road, .layer-border_gate")) == (9, 0)


def test_a_box_obeys_the_keyboard(toy):
    one(toy, "#panel-button").send_keys(Keys.TAB, Keys.TAB, Keys.TAB, Keys.TAB, Keys.TAB)
    focused = toy.switch_to.active_element
    assert focused.get_attribute("data-layer") == "commune"
    focused.send_keys(Keys.SPACE)
    assert count(toy, COMMUNES) == 0


def test_a_card_tells_what_is_known_and_how_well(toy):
    press_at(toy, *middle(toy, COMMUNES, 8 - 2))
    said = card(toy)
    for text in ("Xã số 7", "1.234,5", "tham khảo", "± 500 m", "s1", "339/QĐ-UBND", "Xã, phường"):
        assert text in said


def test_a_card_opens_the_others_at_the_same_place(toy):
    press_at(toy, *middle(toy, "path.layer-reserve"))
    assert card(toy).startswith("Khu bảo tồn\nKhu bảo tồn")  # the smaller first
    one(toy, ".also button").click()
    assert "Xã số 3" in card(toy)


def test_a_point_opens_by_keyboard_and_shows_its_accuracy(toy):
    marker = one(toy, ".leaflet-marker-icon.point")
    assert marker.get_attribute("aria-label") == "Cửa khẩu A"
    marker.send_keys(Keys.ENTER)
    assert "Cửa khẩu A" in card(toy)
    assert count(toy, "path.accuracy") == 1
    close_card(toy)
    assert count(toy, "path.accuracy") == 0


def test_hostile_texts_are_shown_and_do_nothing(browser, folder):
    visit(browser, folder / "hostile.html")
    assert trouble(browser) == []  # an alert would break this call
    scripts = browser.execute_script("return document.scripts.length")
    assert (scripts, count(browser, "img, b")) == (5, 0)
    assert one(browser, "h1").text == HOSTILE[0]
    titles = [
        e.get_attribute("textContent")
        for e in browser.find_elements(By.CSS_SELECTOR, ".entry .name")
    ]
    assert titles == list(HOSTILE)
    for i, hostile in enumerate(HOSTILE):
        press_at(browser, *middle(browser, f"path.layer-hostile_{i}"))
        card(browser)
        assert one(browser, ".card h3").get_attribute("textContent") == hostile
        values = [
            e.get_attribute("textContent")
            for e in browser.find_elements(By.CSS_SELECTOR, ".card dd")
        ]
        assert values.count(hostile) == 4
        close_card(browser)
    assert (count(browser, "script"), count(browser, "img")) == (5, 0)


def test_a_small_screen_shows_the_map_first(browser, folder):
    visit(browser, folder / "toy.html", width=390, height=800)
    panel, button = one(browser, "#panel"), one(browser, "#panel-button")
    assert not panel.is_displayed()
    button.click()
    assert panel.is_displayed() and button.get_attribute("aria-expanded") == "true"
    button.send_keys(Keys.ESCAPE)
    assert not panel.is_displayed()
    assert browser.execute_script("return document.body.scrollWidth <= 390")


def test_words_stand_out_from_what_is_behind_them(toy):
    faint = toy.execute_script(
        """
        const light = (color) => {
          const [r, g, b] = color.match(/[\\d.]+/g).slice(0, 3).map((v) => {
            v /= 255;
            return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
          });
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const behind = (e) => {
          for (; e; e = e.parentElement) {
            const color = getComputedStyle(e).backgroundColor;
            if (!/, 0\\)$/.test(color)) return color;
          }
          return "rgb(255, 255, 255)";
        };
        document.querySelector("details").open = true;
        return [...document.querySelectorAll(".head *, #panel *, .neighbour *, .north *")]
          .filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
          .map((e) => [e, light(getComputedStyle(e).color), light(behind(e))])
          .map(([e, a, b]) => [e.textContent, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)])
          .filter(([, ratio]) => ratio < 4.5);
        """
    )
    assert faint == []


def test_paper_gets_the_map_and_its_legend(toy):
    printed = (
        "window.dispatchEvent(new Event('{}')); return document.getElementById('stage').clientWidth"
    )
    seen = toy.execute_script("return document.getElementById('stage').clientWidth")
    assert toy.execute_script(printed.format("beforeprint")) < 780  # 202 mm
    assert not one(toy, "[data-every=all]").is_displayed()
    assert toy.execute_script(printed.format("afterprint")) == seen


def test_the_watch_would_see_a_request(browser, folder):
    (folder / "tiles.html").write_text(draw(online_basemap=True), encoding="utf-8")
    visit(browser, folder / "tiles.html")
    WebDriverWait(browser, 5).until(lambda b: count(b, ".leaflet-tile"))
    assert any("left the machine" in line for line in trouble(browser))
