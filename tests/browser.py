"""Chromium without a network: pages opened as a person would, and what went wrong in them."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conftest import not_at_hand
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND", "--allow-file-access-from-files",
)  # fmt: skip


@contextmanager
def open_browser(profile: Path) -> Iterator[webdriver.Chrome]:
    """A headless Chromium that reaches no other machine; it needs chromium and chromedriver."""
    chromium = next(filter(None, map(shutil.which, NAMES)), None)
    driver = shutil.which("chromedriver")
    if not chromium or not driver:
        not_at_hand("chromium with chromedriver on the PATH")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(driver))
    try:
        yield browser
    finally:
        browser.quit()


def visit(browser: webdriver.Chrome, page: Path, *, width: int = 1440, height: int = 900) -> None:
    """Open a page in a window of this size, with all logs of what was before forgotten."""
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get("data:text/html,")
    trouble(browser)
    browser.get(page.resolve().as_uri())


def trouble(browser: webdriver.Chrome) -> list[str]:
    """Requests of the page that left the machine or failed, and errors of its console."""
    asked: dict[str, str] = {}
    found = []
    for row in browser.get_log("performance"):
        event = json.loads(row["message"])["message"]
        values = event["params"]
        if event["method"] == "Network.requestWillBeSent":
            asked[values["requestId"]] = address = values["request"]["url"]
            if not address.startswith(("file:", "data:", "chrome:", "about:")):
                found.append(f"left the machine: {address}")
        elif event["method"] == "Network.loadingFailed" and values["requestId"] in asked:
            found.append(f"failed: {asked[values['requestId']]} ({values['errorText']})")
    found += [row["message"] for row in browser.get_log("browser") if row["level"] == "SEVERE"]
    return found


def press_at(browser: webdriver.Chrome, x: float, y: float) -> None:
    """Click at a place of the window, as a mouse does."""
    for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
        button = "none" if kind == "mouseMoved" else "left"
        values = {"type": kind, "x": x, "y": y, "button": button, "clickCount": 1}
        browser.execute_cdp_cmd("Input.dispatchMouseEvent", values)
